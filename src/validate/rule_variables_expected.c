/*
 * rule_variables_expected.c
 *		Every value given for a variable is used.
 *
 * Not of the specification, which ignores them; Hasura refuses values nobody
 * asks for.  A variable that is declared but used nowhere must not be given.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

bool
gqle_rule_variables_expected(GqleValidator *v)
{
	const GqleJson *values = v->request->variables;
	StringInfoData names;
	int			i;

	if (values == NULL)
		return true;
	names.data = NULL;
	for (i = 0; i < values->n; i++)
	{
		const char *key = values->members[i].key;
		const GqleVariable *variable = gqle_validator_lookup_variable(v, key);

		if (variable != NULL && variable->is_used)
			continue;
		if (names.data == NULL)
			initStringInfo(&names);
		else
			appendStringInfoString(&names, ", ");
		appendStringInfoString(&names, key);
	}
	if (names.data == NULL)
		return true;
	return gqle_validator_fail(v, "unexpected variables in variableValues: %s",
							   names.data);
}
