/*
 * kriti_functions.c
 *		The functions of Kriti, and the order of its values.
 *
 * Messages are those of the original, and of the JSON library it uses.  Where the
 * original breaks down (the tail of nothing, a division by zero) there is an
 * error.
 */
#include "gqle/gqle.h"

#ifndef GQLE_STANDALONE
#include "miscadmin.h"
#endif

#include <math.h>
#include <stdlib.h>

#include "gqle/base/percent.h"
#include "gqle/base/utf8.h"
#include "gqle/lang/kriti_case.h"
#include "gqle/lang/kriti_tree.h"

#define BYTES_PER_STEP	32

/* One call. */
typedef struct Call
{
	const GqleJson *value;
	GqleKritiBudget *budget;
	const char **message;
} Call;

typedef const GqleJson *(*Function) (Call *call);

/* ------------------------------------------------------------------------
 * Order
 * ------------------------------------------------------------------------ */

/* A number as 0.digits * 10^exponent. */
typedef struct Decimal
{
	int			sign;			/* 0: zero */
	StringInfoData digits;		/* no zero at either end */
	int64		exponent;
} Decimal;

static void
read_decimal(const char *text, Decimal *decimal)
{
	bool		after_point = false;

	decimal->sign = *text == '-' ? -1 : 1;
	decimal->exponent = 0;
	initStringInfo(&decimal->digits);
	for (text += *text == '-'; *text == '.' || (*text >= '0' && *text <= '9'); text++)
	{
		if (*text == '.')
			after_point = true;
		else if (*text == '0' && decimal->digits.len == 0)
			decimal->exponent -= after_point;
		else
		{
			appendStringInfoChar(&decimal->digits, *text);
			decimal->exponent += !after_point;
		}
	}
	while (decimal->digits.len > 0 && decimal->digits.data[decimal->digits.len - 1] == '0')
		decimal->digits.data[--decimal->digits.len] = '\0';
	if (decimal->digits.len == 0)
		decimal->sign = 0;
	else if (*text != '\0')
		decimal->exponent += Max(Min(strtoll(text + 1, NULL, 10), INT64CONST(1) << 40),
								 -(INT64CONST(1) << 40));
}

static int
compare_numbers(const char *a, const char *b)
{
	Decimal		x;
	Decimal		y;
	int			order;

	read_decimal(a, &x);
	read_decimal(b, &y);
	if (x.sign != y.sign || x.sign == 0)
		return x.sign - y.sign;
	if (x.exponent != y.exponent)
		order = x.exponent < y.exponent ? -1 : 1;
	else
		order = strcmp(x.digits.data, y.digits.data);
	return x.sign > 0 ? order : -order;
}

static int
compare_arrays(const GqleJson *a, const GqleJson *b, GqleKritiBudget *budget)
{
	int			i;

	for (i = 0; i < a->n && i < b->n; i++)
	{
		int			order = gqle_kriti_compare(a->items[i], b->items[i], budget);

		if (order != 0)
			return order;
	}
	return a->n - b->n;
}

static int
compare_objects(const GqleJson *a, const GqleJson *b, GqleKritiBudget *budget)
{
	int			n_a;
	int			n_b;
	GqleJsonMember *x = gqle_kriti_sorted_members(a, &n_a);
	GqleJsonMember *y = gqle_kriti_sorted_members(b, &n_b);
	int			i;

	for (i = 0; i < n_a && i < n_b; i++)
	{
		int			order = strcmp(x[i].key, y[i].key);

		if (order == 0)
			order = gqle_kriti_compare(x[i].value, y[i].value, budget);
		if (order != 0)
			return order;
	}
	return n_a - n_b;
}

/* See kriti_tree.h. */
int
gqle_kriti_compare(const GqleJson *a, const GqleJson *b, GqleKritiBudget *budget)
{
	/* in the order of GqleJsonKind */
	static const int ranks[] = {5, 4, 3, 2, 1, 0};

	check_stack_depth();
	if (!gqle_kriti_spend(budget, 1 + (a->len + a->n + b->n) / BYTES_PER_STEP) || a == b)
		return 0;
	if (a->kind != b->kind)
		return ranks[a->kind] - ranks[b->kind];
	switch (a->kind)
	{
		case GQLE_JSON_NULL:
			return 0;
		case GQLE_JSON_BOOL:
			return (int) a->boolean - (int) b->boolean;
		case GQLE_JSON_NUMBER:
			return compare_numbers(a->text, b->text);
		case GQLE_JSON_STRING:
			return strcmp(a->text, b->text);
		case GQLE_JSON_ARRAY:
			return compare_arrays(a, b, budget);
		case GQLE_JSON_OBJECT:
			return compare_objects(a, b, budget);
	}
	return 0;
}

/* ------------------------------------------------------------------------
 * What functions share
 * ------------------------------------------------------------------------ */

static const GqleJson *
fail(Call *call, const char *message)
{
	*call->message = message;
	return NULL;
}

/* "parsing String failed, expected String, but encountered Number" */
static const GqleJson *
fail_kind(Call *call, const char *what, const char *expected, const GqleJson *value)
{
	return fail(call, psprintf("parsing %s failed, expected %s, but encountered %s", what,
							   expected, gqle_json_kind_name(value)));
}

static GqleJson *
make_text(const char *text, int len)
{
	return gqle_json_make_string(pnstrdup(text, len));
}

static GqleJson *
make_count(int n)
{
	return gqle_json_make_number(psprintf("%d", n));
}

static int
char_len(const char *text)
{
	int			len = gqle_utf8_char_len((const unsigned char *) text, (int) strlen(text));

	return Max(len, 1);
}

/* ------------------------------------------------------------------------
 * The functions
 * ------------------------------------------------------------------------ */

static const GqleJson *
call_empty(Call *call)
{
	const GqleJson *value = call->value;
	bool		is_empty = true;

	switch (value->kind)
	{
		case GQLE_JSON_OBJECT:
		case GQLE_JSON_ARRAY:
			is_empty = value->n == 0;
			break;
		case GQLE_JSON_STRING:
			is_empty = value->text[strspn(value->text, " \t\n\v\f\r")] == '\0';
			break;
		case GQLE_JSON_NUMBER:
			is_empty = compare_numbers(value->text, "0") == 0;
			break;
		case GQLE_JSON_BOOL:
			return fail(call, "Cannot define emptiness for a boolean");
		case GQLE_JSON_NULL:
			break;
	}
	return gqle_json_make_bool(is_empty);
}

static const GqleJson *
call_size(Call *call)
{
	const GqleJson *value = call->value;
	int			n = 0;
	const char *c;

	switch (value->kind)
	{
		case GQLE_JSON_OBJECT:
			(void) gqle_kriti_sorted_members(value, &n);
			break;
		case GQLE_JSON_ARRAY:
			n = value->n;
			break;
		case GQLE_JSON_STRING:
			for (c = value->text; *c != '\0'; c += char_len(c))
				n++;
			break;
		case GQLE_JSON_NUMBER:
			return value;
		case GQLE_JSON_BOOL:
			n = value->boolean;
			break;
		case GQLE_JSON_NULL:
			break;
	}
	return make_count(n);
}

static const GqleJson *
reverse_text(const GqleJson *value)
{
	char	   *text = palloc((Size) value->len + 1);
	char	   *place = text + value->len;
	const char *c;
	int			len;

	for (c = value->text; *c != '\0'; c += len)
	{
		len = char_len(c);
		place -= len;
		memcpy(place, c, len);
	}
	text[value->len] = '\0';
	return gqle_json_make_string(text);
}

static const GqleJson *
call_inverse(Call *call)
{
	const GqleJson *value = call->value;
	GqleJson   *reversed;
	double		number;
	int			i;

	switch (value->kind)
	{
		case GQLE_JSON_ARRAY:
			reversed = gqle_json_make_array();
			for (i = value->n - 1; i >= 0; i--)
				gqle_json_array_add(reversed, value->items[i]);
			return reversed;
		case GQLE_JSON_STRING:
			return reverse_text(value);
		case GQLE_JSON_BOOL:
			return gqle_json_make_bool(!value->boolean);
		case GQLE_JSON_NUMBER:
			number = 1 / strtod(value->text, NULL);
			return isfinite(number) ? gqle_json_make_number(psprintf("%.15g", number)) :
				fail(call, "Division by zero");
		case GQLE_JSON_OBJECT:
		case GQLE_JSON_NULL:
			break;
	}
	return value;
}

static const GqleJson *
call_head(Call *call)
{
	const GqleJson *value = call->value;

	if (value->kind == GQLE_JSON_ARRAY)
		return value->n > 0 ? value->items[0] : fail(call, "Empty array");
	if (value->kind == GQLE_JSON_STRING)
		return value->len > 0 ? make_text(value->text, char_len(value->text)) :
			fail(call, "Empty string");
	return fail(call, "Expected an array or string");
}

static const GqleJson *
call_tail(Call *call)
{
	const GqleJson *value = call->value;
	GqleJson   *tail;
	int			i;

	if (value->kind == GQLE_JSON_STRING)
		return value->len > 0 ? gqle_json_make_string(value->text + char_len(value->text)) :
			fail(call, "Empty string");
	if (value->kind != GQLE_JSON_ARRAY)
		return fail(call, "Expected an array or string");
	if (value->n == 0)
		return fail(call, "Empty array");
	tail = gqle_json_make_array();
	for (i = 1; i < value->n; i++)
		gqle_json_array_add(tail, value->items[i]);
	return tail;
}

static const GqleJson *
change_case(Call *call, GqleKritiCase to)
{
	StringInfoData out;

	if (call->value->kind != GQLE_JSON_STRING)
		return fail_kind(call, "String", "String", call->value);
	initStringInfo(&out);
	gqle_kriti_append_case(&out, call->value->text, to);
	return gqle_json_make_string(out.data);
}

static const GqleJson *
call_fold(Call *call)
{
	return change_case(call, GQLE_KRITI_CASE_FOLD);
}

static const GqleJson *
call_lower(Call *call)
{
	return change_case(call, GQLE_KRITI_CASE_LOWER);
}

static const GqleJson *
call_upper(Call *call)
{
	return change_case(call, GQLE_KRITI_CASE_UPPER);
}

static const GqleJson *
call_title(Call *call)
{
	return change_case(call, GQLE_KRITI_CASE_TITLE);
}

static const GqleJson *
call_escape_uri(Call *call)
{
	StringInfoData out;

	if (call->value->kind != GQLE_JSON_STRING)
		return fail_kind(call, "String", "String", call->value);
	initStringInfo(&out);
	gqle_percent_append(&out, call->value->text, call->value->len);
	return gqle_json_make_string(out.data);
}

/* [["key", value], ...] to {"key": value, ...} */
static const GqleJson *
call_from_pairs(Call *call)
{
	GqleJson   *object = gqle_json_make_object();
	int			i;

	if (call->value->kind != GQLE_JSON_ARRAY)
		return fail_kind(call, "Nested Arrays", "Array", call->value);
	for (i = 0; i < call->value->n; i++)
	{
		const GqleJson *pair = call->value->items[i];

		if (pair->kind != GQLE_JSON_ARRAY)
			return fail_kind(call, "Array of Pair", "Array", pair);
		if (pair->n != 2)
			return fail(call, "Expected an array of shape [ [k1,v1], [k2,v2] ... ] - With String keys.");
		if (pair->items[0]->kind != GQLE_JSON_STRING)
			return fail_kind(call, "Key", "String", pair->items[0]);
		if (!gqle_kriti_spend(call->budget, 1 + object->n / 8))
			return NULL;
		gqle_json_object_set(object, pair->items[0]->text, pair->items[1]);
	}
	return object;
}

/* {"key": value, ...} to [["key", value], ...] */
static const GqleJson *
call_to_pairs(Call *call)
{
	GqleJson   *pairs = gqle_json_make_array();
	GqleJsonMember *members;
	int			n;
	int			i;

	if (call->value->kind != GQLE_JSON_OBJECT)
		return fail_kind(call, "Object", "Object", call->value);
	members = gqle_kriti_sorted_members(call->value, &n);
	for (i = 0; i < n; i++)
	{
		GqleJson   *pair = gqle_json_make_array();

		gqle_json_array_add(pair, gqle_json_make_string(members[i].key));
		gqle_json_array_add(pair, members[i].value);
		gqle_json_array_add(pairs, pair);
	}
	return pairs;
}

static const GqleJson *
call_remove_nulls(Call *call)
{
	GqleJson   *kept = gqle_json_make_array();
	int			i;

	if (call->value->kind != GQLE_JSON_ARRAY)
		return fail_kind(call, "Array", "Array", call->value);
	for (i = 0; i < call->value->n; i++)
		if (call->value->items[i]->kind != GQLE_JSON_NULL)
			gqle_json_array_add(kept, call->value->items[i]);
	return kept;
}

static const GqleJson *
concat_arrays(Call *call)
{
	GqleJson   *result = gqle_json_make_array();
	int			i;
	int			k;

	for (i = 0; i < call->value->n; i++)
	{
		if (!gqle_kriti_spend(call->budget, call->value->items[i]->n))
			return NULL;
		for (k = 0; k < call->value->items[i]->n; k++)
			gqle_json_array_add(result, call->value->items[i]->items[k]);
	}
	return result;
}

static const GqleJson *
concat_texts(Call *call)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	for (i = 0; i < call->value->n; i++)
	{
		if (!gqle_kriti_spend(call->budget, 1 + call->value->items[i]->len / BYTES_PER_STEP))
			return NULL;
		appendBinaryStringInfo(&out, call->value->items[i]->text, call->value->items[i]->len);
	}
	return gqle_json_make_string(out.data);
}

/* The right-most of equal keys counts. */
static const GqleJson *
concat_objects(Call *call)
{
	GqleJson   *result = gqle_json_make_object();
	int			i;
	int			k;

	for (i = 0; i < call->value->n; i++)
		for (k = 0; k < call->value->items[i]->n; k++)
		{
			const GqleJsonMember *member = &call->value->items[i]->members[k];

			if (!gqle_kriti_spend(call->budget, 1 + result->n / 8))
				return NULL;
			gqle_json_object_set(result, member->key, member->value);
		}
	return result;
}

/* The first item that is not of a kind, or NULL. */
static const GqleJson *
other_than(const GqleJson *list, GqleJsonKind kind)
{
	int			i;

	for (i = 0; i < list->n; i++)
		if (list->items[i]->kind != kind)
			return list->items[i];
	return NULL;
}

static const GqleJson *
call_concat(Call *call)
{
	const GqleJson *other;

	if (call->value->kind != GQLE_JSON_ARRAY)
		return fail_kind(call, "Array", "Array", call->value);
	if (other_than(call->value, GQLE_JSON_ARRAY) == NULL)
		return concat_arrays(call);
	if (other_than(call->value, GQLE_JSON_STRING) == NULL)
		return concat_texts(call);
	other = other_than(call->value, GQLE_JSON_OBJECT);
	return other == NULL ? concat_objects(call) :
		fail_kind(call, "Nested Object", "Object", other);
}

static const GqleJson *
call_not(Call *call)
{
	if (call->value->kind != GQLE_JSON_BOOL)
		return fail_kind(call, "Bool", "Boolean", call->value);
	return gqle_json_make_bool(!call->value->boolean);
}

static const struct
{
	const char *name;
	Function	function;
}			functions[] = {
	{"concat", call_concat}, {"empty", call_empty}, {"escapeUri", call_escape_uri},
	{"fromPairs", call_from_pairs}, {"head", call_head}, {"inverse", call_inverse},
	{"not", call_not}, {"removeNulls", call_remove_nulls}, {"size", call_size},
	{"tail", call_tail}, {"toCaseFold", call_fold}, {"toLower", call_lower},
	{"toPairs", call_to_pairs}, {"toTitle", call_title}, {"toUpper", call_upper},
};

/* See kriti_tree.h. */
const GqleJson *
gqle_kriti_call(const char *name, const GqleJson *value, GqleKritiBudget *budget,
				bool *found, const char **message)
{
	Call		call = {value, budget, message};
	size_t		i;

	*message = NULL;
	*found = false;
	for (i = 0; i < lengthof(functions); i++)
	{
		if (strcmp(functions[i].name, name) != 0)
			continue;
		*found = true;
		if (!gqle_kriti_spend(budget, 1 + value->n + value->len / BYTES_PER_STEP))
			return NULL;
		return functions[i].function(&call);
	}
	return NULL;
}
