/*
 * rule_field_exists.c
 *		A selected field is a field of the type it is selected on.
 *
 * GraphQL §5.3.1 Field Selections on Objects, Interfaces, and Unions Types.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

const GqleField *
gqle_rule_field_exists(GqleValidator *v, GqleType *type, const char *name)
{
	const GqleField *field = gqle_schema_lookup_field(v->schema, type, name);

	if (field == NULL)
		gqle_validator_fail(v, "field '%s' not found in type: '%s'", name, type->name);
	return field;
}
