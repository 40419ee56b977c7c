/*
 * rule_required_input.c
 *		Arguments and input fields that are required are given.
 *
 * GraphQL §5.4.2.1 Required Arguments, §5.6.4 Input Object Required Fields.
 *
 * Called for what is absent, with its name at the end of the path.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

bool
gqle_rule_required_input(GqleValidator *v, const GqleInputField *field)
{
	if (!gqle_typeref_is_non_null(field->type) || field->default_text != NULL)
		return true;
	return gqle_validator_fail(v, "missing required field '%s'", field->name);
}
