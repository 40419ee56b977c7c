/*
 * plain.c
 *		Values of GraphQL's own scalars, and of those that somebody made up.
 *
 * GraphQL §3.5 Scalars.  compat: as in Hasura an ID is a string or an integer, a
 * float is any number, and a scalar that is declared takes anything.
 */
#include "gqle/gqle.h"

#include <math.h>

#include "gqle/validate/coerce.h"
#include "gqle/validate/plain.h"
#include "gqle/validate/rules.h"

static const struct
{
	const char *name;
	const char *words;
}			plain_types[] = {
	[GQLE_PLAIN_NONE] = {"", ""},
	[GQLE_PLAIN_INT] = {"Int", "a 32-bit integer"},
	[GQLE_PLAIN_FLOAT] = {"Float", "a float"},
	[GQLE_PLAIN_STRING] = {"String", "a string"},
	[GQLE_PLAIN_BOOLEAN] = {"Boolean", "a boolean"},
	[GQLE_PLAIN_ID] = {"ID", "a String or a 32-bit integer"},
	[GQLE_PLAIN_ANY] = {"", ""}
};

/* See plain.h. */
const char *
gqle_plain_name(GqlePlainType plain)
{
	return plain_types[plain].name;
}

/* See plain.h. */
const char *
gqle_plain_words(GqlePlainType plain)
{
	return plain_types[plain].words;
}

/* See plain.h. */
bool
gqle_plain_takes_literal(GqlePlainType plain, GqleValueKind kind)
{
	switch (plain)
	{
		case GQLE_PLAIN_INT:
			return kind == GQLE_VALUE_INT;
		case GQLE_PLAIN_FLOAT:
			return kind == GQLE_VALUE_INT || kind == GQLE_VALUE_FLOAT;
		case GQLE_PLAIN_STRING:
			return kind == GQLE_VALUE_STRING;
		case GQLE_PLAIN_BOOLEAN:
			return kind == GQLE_VALUE_BOOLEAN;
		case GQLE_PLAIN_ID:
			return kind == GQLE_VALUE_STRING || kind == GQLE_VALUE_INT;
		case GQLE_PLAIN_NONE:
		case GQLE_PLAIN_ANY:
			break;
	}
	return true;
}

static bool
takes_json(GqlePlainType plain, GqleJsonKind kind)
{
	switch (plain)
	{
		case GQLE_PLAIN_INT:
		case GQLE_PLAIN_FLOAT:
			return kind == GQLE_JSON_NUMBER;
		case GQLE_PLAIN_STRING:
			return kind == GQLE_JSON_STRING;
		case GQLE_PLAIN_BOOLEAN:
			return kind == GQLE_JSON_BOOL;
		case GQLE_PLAIN_ID:
			return kind == GQLE_JSON_STRING || kind == GQLE_JSON_NUMBER;
		case GQLE_PLAIN_NONE:
		case GQLE_PLAIN_ANY:
			break;
	}
	return true;
}

/* An integer within bounds, whatever it looks like. */
static bool
check_integer(const GqleJson *value, int64 min, int64 max, const char *path,
			  GqleErrorSink *sink)
{
	StringInfoData number;
	int64		integer;

	if (gqle_coerce_integer(value->text, min, max, &integer))
		return true;
	initStringInfo(&number);
	gqle_coerce_append_number(&number, value->text);
	return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, path,
							 GQLE_COERCE_INTEGER_MESSAGE, number.data);
}

static bool
check_float(const GqleJson *value, const char *path, GqleErrorSink *sink)
{
	StringInfoData number;

	if (!isinf(strtod(value->text, NULL)))
		return true;
	initStringInfo(&number);
	gqle_coerce_append_number(&number, value->text);
	return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, path,
							 "The value %s lies outside the bounds. Is it overflowing the float bounds?",
							 number.data);
}

/* See plain.h. */
bool
gqle_plain_check(GqlePlainType plain, const GqleJson *value, const char *path,
				 GqleErrorSink *sink)
{
	if (!takes_json(plain, value->kind))
		return gqle_error_report(sink, GQLE_ERR_VALIDATION_FAILED, path,
								 "expected %s for type '%s', but found %s",
								 gqle_plain_words(plain), gqle_plain_name(plain),
								 gqle_rule_describe_json(value));
	if (plain == GQLE_PLAIN_INT)
		return check_integer(value, PG_INT32_MIN, PG_INT32_MAX, path, sink);
	if (plain == GQLE_PLAIN_ID && value->kind == GQLE_JSON_NUMBER)
		return check_integer(value, PG_INT64_MIN, PG_INT64_MAX, path, sink);
	if (plain == GQLE_PLAIN_FLOAT)
		return check_float(value, path, sink);
	return true;
}

/* See plain.h. */
const GqleJson *
gqle_plain_value(GqlePlainType plain, const GqleJson *value)
{
	int64		integer;

	if (value->kind != GQLE_JSON_NUMBER ||
		(plain != GQLE_PLAIN_INT && plain != GQLE_PLAIN_ID) ||
		!gqle_coerce_integer(value->text, PG_INT64_MIN, PG_INT64_MAX, &integer))
		return value;
	if (plain == GQLE_PLAIN_ID)
		return gqle_json_make_string(psprintf(INT64_FORMAT, integer));
	return gqle_json_make_number(psprintf(INT64_FORMAT, integer));
}
