/*
 * rule_enum_values.c
 *		A value of an enum type is one of its values.
 *
 * GraphQL §3.9 Enums, §5.6.1 Values of Correct Type.
 *
 * compat: the message lists the values in the order of their definition.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

const GqleEnumValue *
gqle_rule_enum_value(GqleValidator *v, GqleType *type, const char *name)
{
	const GqleEnumValue *value;
	StringInfoData names;
	int			i;

	value = gqle_schema_lookup_enum_value(v->schema, type, name);
	if (value != NULL)
		return value;

	gqle_type_fill(v->schema, type);
	initStringInfo(&names);
	for (i = 0; i < type->n_values; i++)
		appendStringInfo(&names, "%s'%s'", i > 0 ? ", " : "", type->values[i].name);
	gqle_validator_fail(v, "expected one of the values [%s] for type '%s', but found '%s'",
						names.data, type->name, name);
	return NULL;
}
