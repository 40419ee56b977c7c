/*
 * rule_values.c
 *		Values are of the type their place wants.
 *
 * GraphQL §5.6.1 Values of Correct Type.
 *
 * The check itself is part of coercion (input.c, coerce.c); here are the
 * messages.  Values of Postgres types have messages of their own.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

static const char *
describe_literal(const GqleValueNode *literal)
{
	switch (literal->kind)
	{
		case GQLE_VALUE_VARIABLE:
			break;				/* resolved before */
		case GQLE_VALUE_INT:
			return "an integer";
		case GQLE_VALUE_FLOAT:
			return "a float";
		case GQLE_VALUE_STRING:
			return "a string";
		case GQLE_VALUE_BOOLEAN:
			return "a boolean";
		case GQLE_VALUE_NULL:
			return "null";
		case GQLE_VALUE_ENUM:
			return "an enum value";
		case GQLE_VALUE_LIST:
			return "a list";
		case GQLE_VALUE_OBJECT:
			return "an object";
	}
	Ensure(false, "a variable is no value");
	pg_unreachable();
}

/* See rules.h. */
const char *
gqle_rule_describe_json(const GqleJson *json)
{
	switch (json->kind)
	{
		case GQLE_JSON_NULL:
			return "null";
		case GQLE_JSON_BOOL:
			return "a boolean";
		case GQLE_JSON_NUMBER:
			return "a number";
		case GQLE_JSON_STRING:
			return "a string";
		case GQLE_JSON_ARRAY:
			return "a list";
		case GQLE_JSON_OBJECT:
			return "an object";
	}
	pg_unreachable();
}

bool
gqle_rule_value_mismatch(GqleValidator *v, const char *type_name, const char *what,
						 const GqleValueNode *literal, const GqleJson *json)
{
	return gqle_validator_fail(v, "expected %s for type '%s', but found %s",
							   what, type_name,
							   json != NULL ? gqle_rule_describe_json(json) : describe_literal(literal));
}
