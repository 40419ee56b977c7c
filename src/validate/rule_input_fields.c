/*
 * rule_input_fields.c
 *		Every key of an input object is a field of its type.
 *
 * GraphQL §5.6.2 Input Object Field Names.
 *
 * Keys from a variable may be any string, those of a literal are names.  That a
 * field is given only once (§5.6.3) is the parser's business.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

const GqleInputField *
gqle_rule_input_field_exists(GqleValidator *v, GqleType *type, const char *name)
{
	const GqleInputField *field;
	int			mark;

	field = gqle_schema_lookup_input_field(v->schema, type, name);
	if (field != NULL)
		return field;
	mark = gqle_validator_enter_key(v, name);
	gqle_validator_fail(v, "field '%s' not found in type: '%s'", name, type->name);
	gqle_validator_leave(v, mark);
	return NULL;
}

bool
gqle_rule_input_key_is_name(GqleValidator *v, const char *key)
{
	if (gqle_rules_is_name(key))
		return true;
	return gqle_validator_fail(v, "variable value contains object with key \"%s\", "
							   "which is not a legal GraphQL name",
							   key);
}
