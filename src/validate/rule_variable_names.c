/*
 * rule_variable_names.c
 *		No two variables of an operation have the same name.
 *
 * GraphQL §5.8.1 Variable Uniqueness.
 *
 * compat: code parse-failed.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

bool
gqle_rule_variable_names(GqleValidator *v)
{
	int			i;

	for (i = 0; i < v->n_variables; i++)
	{
		if (v->variables[i].is_duplicate)
			return gqle_validator_report(v, GQLE_ERR_PARSE_FAILED,
										 "multiple definitions for variable \"%s\"",
										 v->variables[i].node->name);
	}
	return true;
}
