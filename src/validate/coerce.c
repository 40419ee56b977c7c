/*
 * coerce.c
 *		From what a client wrote to a value of a Postgres type.
 *
 * Every parameter of every request passes through gqle_coerce_leaf, so the values
 * that nearly all requests have (integers, booleans, texts, uuids, and lists of
 * them) become datums here without their input functions.  Anything else becomes
 * the text those functions read; whether that is good, Postgres says.
 *
 * compat: which JSON a type takes and what is said of the rest follows Hasura's
 * parsers (execution.md §5): a string is passed on for every type but raster and
 * ltree, whose form is checked; of other JSON each type takes its own kind.
 */
#include "gqle/base/percent.h"
#include "gqle/gqle.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

#include "gqle/catalog/boolexp.h"
#include "gqle/validate/coerce.h"
#include "gqle/validate/geojson.h"
#include "gqle/validate/number.h"
#include "gqle/validate/plain.h"

/* What is to be made of a value. */
typedef enum Want
{
	WANT_CHECK,					/* nothing: is it right? */
	WANT_TEXT,
	WANT_DATUM					/* if that is easy, else text */
} Want;

typedef struct Result
{
	bool		is_null;
	bool		has_datum;
	Datum		datum;
	const char *text;
} Result;

static bool coerce_leaf(const GqleLeaf *leaf, const GqleJson *variables, Want want,
						GqleErrorSink *sink, Result *result);
static bool coerce_session(const GqleLeaf *leaf, const GqleSession *session,
						   GqleErrorSink *sink, Result *result);
static const GqleJson *find_value(const GqleLeaf *leaf, const GqleJson *variables);
static bool coerce_list(const GqleLeaf *leaf, const GqleJson *value, Want want,
						GqleErrorSink *sink, Result *result);
static bool coerce_json(const GqleScalar *scalar, const GqleJson *value, Want want,
						Result *result, char **message);
static bool coerce_string(const GqleScalar *scalar, const GqleJson *value, Want want,
						  Result *result, char **message);
static bool coerce_integer(const GqleScalar *scalar, const GqleJson *value, Want want,
						   Result *result, char **message);
static bool coerce_float(const GqleScalar *scalar, const GqleJson *value, Want want,
						 Result *result, char **message);
static bool coerce_array(const GqleScalar *scalar, const GqleJson *value, Want want,
						 Result *result, char **message);
static bool array_datum(const GqleScalar *element, const GqleJson *array,
						bool allow_nulls, Result *result);
static void append_array(StringInfo out, const GqleScalar *element,
						 const GqleJson *array);
static const char *string_kind(const GqleScalar *scalar);
static bool parse_datum(const GqleScalar *scalar, const char *text, int len,
						Result *result);

bool
gqle_coerce_leaf(const GqleLeaf *leaf, const GqleJson *variables,
				 const GqleSession *session, GqleErrorSink *sink,
				 bool *is_null, bool *has_datum, Datum *datum, const char **text)
{
	Result		result = {0};
	StringInfoData json;

	switch (leaf->source)
	{
		case GQLE_LEAF_CONST:
		case GQLE_LEAF_VARIABLE:
		case GQLE_LEAF_TEMPLATE:
			if (!coerce_leaf(leaf, variables, WANT_DATUM, sink, &result))
				return false;
			break;
		case GQLE_LEAF_SESSION:
			if (!coerce_session(leaf, session, sink, &result))
				return false;
			break;
		case GQLE_LEAF_SESSION_JSON:
			initStringInfo(&json);
			gqle_session_append_json(&json, session);
			result.text = json.data;
			break;
	}
	*is_null = result.is_null;
	*has_datum = result.has_datum;
	*datum = result.datum;
	*text = result.text;
	return true;
}

bool
gqle_coerce_check_leaf(const GqleLeaf *leaf, const GqleJson *variables,
					   GqleErrorSink *sink)
{
	Result		result = {0};

	switch (leaf->source)
	{
		case GQLE_LEAF_CONST:
		case GQLE_LEAF_VARIABLE:
		case GQLE_LEAF_TEMPLATE:
			return coerce_leaf(leaf, variables, WANT_CHECK, sink, &result);
		case GQLE_LEAF_SESSION:
		case GQLE_LEAF_SESSION_JSON:
			break;
	}
	return true;
}

/* See coerce.h. */
void
gqle_coerce_init(void)
{
	gqle_boolexp_check_value = gqle_coerce_check_leaf;
}

/* ------------------------------------------------------------------------
 * Leaves
 * ------------------------------------------------------------------------ */

static bool
report_null(const GqleScalar *scalar, const char *path, GqleErrorSink *sink)
{
	return gqle_error_report(sink, GQLE_ERR_VALIDATION_FAILED, path,
							 "unexpected null value for type '%s'", scalar->name);
}

/* Of a value of no Postgres type nothing is made. */
static bool
check_plain(const GqleLeaf *leaf, const GqleJson *value, GqleErrorSink *sink)
{
	static const GqleJson null = {.kind = GQLE_JSON_NULL};

	if (leaf->nullable && gqle_json_is_null(value))
		return true;
	return gqle_plain_check(leaf->plain, value != NULL ? value : &null, leaf->path, sink);
}

static bool
coerce_leaf(const GqleLeaf *leaf, const GqleJson *variables, Want want,
			GqleErrorSink *sink, Result *result)
{
	const GqleJson *value = find_value(leaf, variables);
	char	   *message;

	if (leaf->plain != GQLE_PLAIN_NONE)
		return check_plain(leaf, value, sink);
	if (gqle_json_is_null(value))
	{
		result->is_null = true;
		if (leaf->nullable)
			return true;
		if (leaf->is_list)
			return gqle_error_report(sink, GQLE_ERR_VALIDATION_FAILED, leaf->path,
									 "expected a list, but found null");
		return report_null(leaf->scalar, leaf->path, sink);
	}
	if (leaf->is_list)
		return coerce_list(leaf, value, want, sink, result);
	if (coerce_json(leaf->scalar, value, want, result, &message))
	{
		if (leaf->shows_numeric && want != WANT_CHECK &&
			leaf->scalar->coercion == GQLE_COERCE_NUMERIC && value->kind == GQLE_JSON_NUMBER)
			result->text = gqle_number_show(result->text);
		return true;
	}
	return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, leaf->path, "%s", message);
}

/* The value of a key that probably is at the given place; NULL if not there. */
static const GqleJson *
lookup_near(const GqleJson *object, const char *key, int index)
{
	if (object != NULL && object->kind == GQLE_JSON_OBJECT && index < object->n &&
		strcmp(object->members[index].key, key) == 0)
		return object->members[index].value;
	return gqle_json_lookup(object, key);
}

/* The JSON a leaf stands for in this request; NULL for none. */
static const GqleJson *
find_value(const GqleLeaf *leaf, const GqleJson *variables)
{
	const GqleJson *value;
	int			i;

	if (leaf->source == GQLE_LEAF_CONST)
		return leaf->value;
	if (leaf->source == GQLE_LEAF_TEMPLATE)
		return gqle_coerce_literal_to_json(leaf->node, variables);

	value = lookup_near(variables, leaf->variable, leaf->variable_index);
	if (value == NULL)
		return leaf->default_value;
	for (i = 0; i < leaf->n_steps && value != NULL; i++)
	{
		const GqleLeafStep *step = &leaf->steps[i];

		if (step->key != NULL)
			value = lookup_near(value, step->key, step->index);
		else if (value->kind == GQLE_JSON_ARRAY && step->index < value->n)
			value = value->items[step->index];
		else
			value = NULL;
	}
	return value;
}

/* See coerce.h. */
const GqleJson *
gqle_coerce_leaf_to_json(const GqleLeaf *leaf, const GqleJson *variables)
{
	const GqleJson *value = find_value(leaf, variables);

	return value != NULL ? value : gqle_json_make_null();
}

/* An item of a list is wrong: report it with the list's path and its index. */
static bool
report_item(const GqleLeaf *leaf, int index, const char *message, GqleErrorSink *sink)
{
	StringInfoData path;

	initStringInfo(&path);
	appendStringInfoString(&path, leaf->path != NULL ? leaf->path : "$");
	gqle_error_append_path_index(&path, index);
	if (message == NULL)
		return report_null(leaf->scalar, path.data, sink);
	return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, path.data, "%s", message);
}

/*
 * A list for one array parameter; anything that is no list is one of one item.
 */
static bool
coerce_list(const GqleLeaf *leaf, const GqleJson *value, Want want,
			GqleErrorSink *sink, Result *result)
{
	GqleJson	single = {0};
	GqleJson   *item = unconstify(GqleJson *, value);
	StringInfoData text;
	int			i;

	if (value->kind != GQLE_JSON_ARRAY)
	{
		single.kind = GQLE_JSON_ARRAY;
		single.n = 1;
		single.items = &item;
		value = &single;
	}
	if (want == WANT_DATUM && array_datum(leaf->scalar, value, false, result))
		return true;

	for (i = 0; i < value->n; i++)
	{
		Result		ignored = {0};
		char	   *message;

		if (gqle_json_is_null(value->items[i]))
			return report_item(leaf, i, NULL, sink);
		if (!coerce_json(leaf->scalar, value->items[i], WANT_CHECK, &ignored, &message))
			return report_item(leaf, i, message, sink);
	}
	if (want == WANT_CHECK)
		return true;
	initStringInfo(&text);
	append_array(&text, leaf->scalar, value);
	result->text = text.data;
	return true;
}

/* See coerce.h. */
const char *
gqle_coerce_require_session(const GqleSession *session, const char *name,
							GqleErrorSink *sink)
{
	const char *value = gqle_session_lookup(session, name);

	if (value == NULL)
		gqle_error_report(sink, GQLE_ERR_NOT_FOUND, NULL,
						  "missing session variable: \"%s\"", name);
	return value;
}

/* compat: the variable's text as it is, a list being an array literal */
static bool
coerce_session(const GqleLeaf *leaf, const GqleSession *session, GqleErrorSink *sink,
			   Result *result)
{
	const char *value = gqle_coerce_require_session(session, leaf->session_name, sink);

	if (value == NULL)
		return false;
	if (leaf->is_list || !parse_datum(leaf->scalar, value, strlen(value), result))
		result->text = pg_any_to_server(value, strlen(value), PG_UTF8);
	return true;
}

/* ------------------------------------------------------------------------
 * JSON to one value
 * ------------------------------------------------------------------------ */

static bool
fail(char **message, const char *text)
{
	*message = pstrdup(text);
	return false;
}

static bool
fail_kind(char **message, const char *what, const char *expected, const GqleJson *value)
{
	*message = psprintf("parsing %s failed, expected %s, but encountered %s",
						what, expected, gqle_json_kind_name(value));
	return false;
}

/* Text in the encoding of the database. */
static void
set_text(Result *result, Want want, const char *text, int len)
{
	if (want != WANT_CHECK)
		result->text = pg_any_to_server(text, len, PG_UTF8);
}

/* A value that is not null; *message tells why not. */
static bool
coerce_json(const GqleScalar *scalar, const GqleJson *value, Want want,
			Result *result, char **message)
{
	const char *name;
	char	   *text;

	switch (scalar->coercion)
	{
		case GQLE_COERCE_RASTER:
		case GQLE_COERCE_LTREE:
		case GQLE_COERCE_JSON:
			break;
		default:
			if (value->kind == GQLE_JSON_STRING)
				return coerce_string(scalar, value, want, result, message);
	}

	switch (scalar->coercion)
	{
		case GQLE_COERCE_INT2:
		case GQLE_COERCE_INT4:
		case GQLE_COERCE_INT8:
			return coerce_integer(scalar, value, want, result, message);
		case GQLE_COERCE_FLOAT:
			return coerce_float(scalar, value, want, result, message);
		case GQLE_COERCE_NUMERIC:
			if (value->kind != GQLE_JSON_NUMBER)
				return fail_kind(message, "Scientific", "Number", value);
			result->text = value->text;
			return true;
		case GQLE_COERCE_MONEY:
			if (value->kind != GQLE_JSON_NUMBER)
				return fail_kind(message, "Scientific", "Number", value);
			if (want != WANT_CHECK)
				result->text = gqle_number_to_money(value->text);
			return true;
		case GQLE_COERCE_BOOLEAN:
			if (value->kind != GQLE_JSON_BOOL)
				return fail_kind(message, "Bool", "Boolean", value);
			result->text = value->boolean ? "true" : "false";
			result->has_datum = want == WANT_DATUM && scalar->type_oid == BOOLOID;
			result->datum = BoolGetDatum(value->boolean);
			return true;
		case GQLE_COERCE_TEXT:
			return fail_kind(message, "Text", "String", value);
		case GQLE_COERCE_CHAR:
			return fail_kind(message, "Char", "String", value);
		case GQLE_COERCE_STRING:
			if (scalar->type_oid == TIMETZOID)
				return fail(message, "Expecting a string for timetz");
			return fail_kind(message, string_kind(scalar), "String", value);
		case GQLE_COERCE_JSON:
			if (want == WANT_CHECK)
				return true;
			text = gqle_json_to_text(value);
			set_text(result, want, text, strlen(text));
			return true;
		case GQLE_COERCE_GEO:
			text = gqle_geojson_to_text(value, message);
			if (text == NULL)
				return false;
			set_text(result, want, text, strlen(text));
			return true;
		case GQLE_COERCE_RASTER:
			if (value->kind != GQLE_JSON_STRING)
				return fail(message, "expecting String for raster");
			if (value->len % 2 != 0 ||
				strspn(value->text, "0123456789abcdefABCDEF") != (Size) value->len)
				return fail(message, "invalid hexadecimal representation of raster "
							"well known binary format");
			result->text = value->text;
			return true;
		case GQLE_COERCE_LTREE:
			if (value->kind != GQLE_JSON_STRING || value->len == 0 ||
				value->text[0] == '.' || value->text[value->len - 1] == '.' ||
				strstr(value->text, "..") != NULL)
				return fail(message, "Expecting label path: a sequence of zero or more labels "
							"separated by dots, for example L1.L2.L3");
			set_text(result, want, value->text, value->len);
			return true;
		case GQLE_COERCE_UNKNOWN:
			name = scalar->name;
			if (scalar->typtype == TYPTYPE_COMPOSITE)
				name = pnstrdup(name, strlen(name) - strlen("_scalar"));
			*message = psprintf("A string is expected for type: %s", name);
			return false;
		case GQLE_COERCE_ARRAY:
			return coerce_array(scalar, value, want, result, message);
	}
	pg_unreachable();
}

/* A string for a type that takes any: as a datum, or for its input function. */
static bool
coerce_string(const GqleScalar *scalar, const GqleJson *value, Want want,
			  Result *result, char **message)
{
	if (want != WANT_DATUM || !parse_datum(scalar, value->text, value->len, result))
		set_text(result, want, value->text, value->len);
	return true;
}

/* What Hasura's decoder calls a string of this type. */
static const char *
string_kind(const GqleScalar *scalar)
{
	switch (scalar->type_oid)
	{
		case DATEOID:
			return "Day";
		case TIMESTAMPOID:
			return "LocalTime";
		case TIMESTAMPTZOID:
			return "UTCTime";
		case UUIDOID:
			return "UUID";
		default:
			return "Text";
	}
}

static bool
set_integer(const GqleScalar *scalar, int64 value, Result *result)
{
	switch (scalar->type_oid)
	{
		case INT2OID:
			result->datum = Int16GetDatum((int16) value);
			break;
		case INT4OID:
			result->datum = Int32GetDatum((int32) value);
			break;
		case INT8OID:
			result->datum = Int64GetDatum(value);
			break;
		default:
			return false;
	}
	result->has_datum = true;
	return true;
}

static void
integer_bounds(const GqleScalar *scalar, int64 *min, int64 *max)
{
	*min = PG_INT64_MIN;
	*max = PG_INT64_MAX;
	if (scalar->coercion == GQLE_COERCE_INT2)
	{
		*min = PG_INT16_MIN;
		*max = PG_INT16_MAX;
	}
	else if (scalar->coercion == GQLE_COERCE_INT4)
	{
		*min = PG_INT32_MIN;
		*max = PG_INT32_MAX;
	}
}

static bool
coerce_integer(const GqleScalar *scalar, const GqleJson *value, Want want,
			   Result *result, char **message)
{
	int64		min;
	int64		max;
	int64		integer;
	StringInfoData number;

	if (value->kind != GQLE_JSON_NUMBER)
		return fail_kind(message,
						 psprintf("Integer expected for input type: %s", scalar->aeson_name),
						 "Number", value);
	integer_bounds(scalar, &min, &max);
	if (gqle_coerce_integer(value->text, min, max, &integer))
	{
		if (want == WANT_CHECK ||
			(want == WANT_DATUM && set_integer(scalar, integer, result)))
			return true;
		result->text = psprintf(INT64_FORMAT, integer);
		return true;
	}
	initStringInfo(&number);
	gqle_coerce_append_number(&number, value->text);
	*message = psprintf(GQLE_COERCE_INTEGER_MESSAGE, number.data);
	return false;
}

static bool
coerce_float(const GqleScalar *scalar, const GqleJson *value, Want want,
			 Result *result, char **message)
{
	bool		is_single = scalar->type_oid == FLOAT4OID;
	double		number;
	StringInfoData shown;

	if (value->kind != GQLE_JSON_NUMBER)
		return fail_kind(message,
						 psprintf("Float expected for input type: %s", scalar->aeson_name),
						 "Number", value);
	number = is_single ? strtof(value->text, NULL) : strtod(value->text, NULL);
	if (isinf(number) || (number == 0 && !gqle_number_is_zero(value->text)))
	{
		initStringInfo(&shown);
		gqle_coerce_append_number(&shown, value->text);
		*message = psprintf("The value %s lies outside the bounds. Is it overflowing the float bounds?",
							shown.data);
		return false;
	}
	result->text = value->text;
	if (want == WANT_DATUM && (is_single || scalar->type_oid == FLOAT8OID))
	{
		result->has_datum = true;
		result->datum = is_single ? Float4GetDatum((float4) number) : Float8GetDatum(number);
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Text to a datum where that is no more than reading it
 * ------------------------------------------------------------------------ */

/* The usual form only: 8-4-4-4-12 digits. */
static bool
parse_uuid(const char *text, int len, Result *result)
{
	pg_uuid_t  *uuid;
	unsigned char bytes[UUID_LEN];
	int			n = 0;
	int			i;

	if (len != 36)
		return false;
	for (i = 0; i < len;)
	{
		int			high;
		int			low;

		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (text[i++] != '-')
				return false;
			continue;
		}
		high = gqle_percent_hex_value(text[i]);
		low = gqle_percent_hex_value(text[i + 1]);
		if (high < 0 || low < 0)
			return false;
		bytes[n++] = (unsigned char) (high << 4 | low);
		i += 2;
	}
	uuid = palloc(sizeof(pg_uuid_t));
	memcpy(uuid->data, bytes, UUID_LEN);
	result->has_datum = true;
	result->datum = UUIDPGetDatum(uuid);
	return true;
}

/* Digits and nothing else, so that there is no doubt what Postgres would read. */
static bool
parse_integer(const GqleScalar *scalar, const char *text, int len, Result *result)
{
	int			start = len > 0 && text[0] == '-' ? 1 : 0;
	int64		min;
	int64		max;
	int64		integer = 0;
	int			i;

	if (len == start || len > 18)
		return false;
	for (i = start; i < len; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		integer = integer * 10 + (text[i] - '0');
	}
	if (start == 1)
		integer = -integer;
	integer_bounds(scalar, &min, &max);
	return integer >= min && integer <= max && set_integer(scalar, integer, result);
}

static bool
parse_datum(const GqleScalar *scalar, const char *text, int len, Result *result)
{
	switch (scalar->type_oid)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return parse_integer(scalar, text, len, result);
		case UUIDOID:
			return parse_uuid(text, len, result);
		case TEXTOID:
		case VARCHAROID:
			if (GetDatabaseEncoding() != PG_UTF8)
				return false;
			result->has_datum = true;
			result->datum = PointerGetDatum(cstring_to_text_with_len(text, len));
			return true;
		default:
			return false;
	}
}

/* ------------------------------------------------------------------------
 * Arrays
 * ------------------------------------------------------------------------ */

/* Is every item, at any depth of lists, a value of the element type or null? */
static bool
check_items(const GqleScalar *element, const GqleJson *array, char **message)
{
	int			i;

	check_stack_depth();
	for (i = 0; i < array->n; i++)
	{
		const GqleJson *item = array->items[i];
		Result		ignored = {0};

		CHECK_FOR_INTERRUPTS();
		if (gqle_json_is_null(item))
			continue;
		if (item->kind == GQLE_JSON_ARRAY && element->coercion != GQLE_COERCE_JSON)
		{
			if (!check_items(element, item, message))
				return false;
		}
		else if (!coerce_json(element, item, WANT_CHECK, &ignored, message))
			return false;
	}
	return true;
}

/* A value of an array type: a list of elements (strings are passed on before). */
static bool
coerce_array(const GqleScalar *scalar, const GqleJson *value, Want want,
			 Result *result, char **message)
{
	StringInfoData text;

	if (value->kind != GQLE_JSON_ARRAY)
		return fail_kind(message, "[]", "Array", value);
	if (want == WANT_DATUM && array_datum(scalar->element, value, true, result))
		return true;
	if (!check_items(scalar->element, value, message))
		return false;
	if (want == WANT_CHECK)
		return true;
	initStringInfo(&text);
	append_array(&text, scalar->element, value);
	result->text = text.data;
	return true;
}

/* Types whose values become datums without their input functions. */
static bool
has_easy_datums(const GqleScalar *element)
{
	switch (element->type_oid)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case TEXTOID:
		case VARCHAROID:
		case UUIDOID:
			return true;
		default:
			return false;
	}
}

/* Make an array of items that all are easy; false if some are not, or wrong. */
static bool
array_datum(const GqleScalar *element, const GqleJson *array, bool allow_nulls,
			Result *result)
{
	Datum	   *values;
	bool	   *nulls;
	int			n = array->n;
	int			lower = 1;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	int			i;

	if (!has_easy_datums(element))
		return false;
	if (n == 0)
	{
		result->has_datum = true;
		result->datum = PointerGetDatum(construct_empty_array(element->type_oid));
		return true;
	}
	values = palloc(sizeof(Datum) * n);
	nulls = palloc(sizeof(bool) * n);
	for (i = 0; i < n; i++)
	{
		Result		item = {0};
		char	   *ignored;

		CHECK_FOR_INTERRUPTS();
		nulls[i] = gqle_json_is_null(array->items[i]);
		if (nulls[i] && !allow_nulls)
			return false;
		if (nulls[i])
			continue;
		if (!coerce_json(element, array->items[i], WANT_DATUM, &item, &ignored) ||
			!item.has_datum)
			return false;
		values[i] = item.datum;
	}
	get_typlenbyvalalign(element->type_oid, &typlen, &typbyval, &typalign);
	result->has_datum = true;
	result->datum = PointerGetDatum(construct_md_array(values, nulls, 1, &n, &lower,
													   element->type_oid, typlen,
													   typbyval, typalign));
	return true;
}

static void
append_quoted(StringInfo out, const char *text)
{
	const char *c;

	appendStringInfoChar(out, '"');
	for (c = text; *c != '\0'; c++)
	{
		if (*c == '"' || *c == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, *c);
	}
	appendStringInfoChar(out, '"');
}

/*
 * compat: in an array of json a string that holds JSON is that JSON; elsewhere it
 * is a string.
 */
static const char *
json_element_text(const GqleJson *item)
{
	GqleJsonError error;

	if (item->kind == GQLE_JSON_STRING &&
		gqle_json_parse(item->text, item->len, &error) != NULL)
		return pg_any_to_server(item->text, item->len, PG_UTF8);
	return NULL;
}

/* The array literal of items that have been checked. */
static void
append_array(StringInfo out, const GqleScalar *element, const GqleJson *array)
{
	char		delimiter = element->type_oid == BOXOID ? ';' : ',';
	bool		is_json = element->coercion == GQLE_COERCE_JSON;
	int			i;

	appendStringInfoChar(out, '{');
	for (i = 0; i < array->n; i++)
	{
		const GqleJson *item = array->items[i];
		Result		result = {0};
		char	   *message;

		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoChar(out, delimiter);
		if (gqle_json_is_null(item))
		{
			appendStringInfoString(out, "NULL");
			continue;
		}
		if (item->kind == GQLE_JSON_ARRAY && !is_json)
		{
			append_array(out, element->coercion == GQLE_COERCE_ARRAY ?
						 element->element : element, item);
			continue;
		}
		if (is_json)
			result.text = json_element_text(item);
		if (result.text == NULL &&
			!coerce_json(element, item, WANT_TEXT, &result, &message))
			Ensure(false, "an item of an array was checked and is wrong");
		if (element->coercion == GQLE_COERCE_NUMERIC && item->kind == GQLE_JSON_NUMBER)
			result.text = gqle_number_show(result.text);
		/* a string for an array within the array is an array literal itself */
		if (element->coercion == GQLE_COERCE_ARRAY)
			appendStringInfoString(out, result.text);
		else
			append_quoted(out, result.text);
	}
	appendStringInfoChar(out, '}');
}
