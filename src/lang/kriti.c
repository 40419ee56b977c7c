/*
 * kriti.c
 *		Evaluating Kriti templates.
 *
 * Every value looked at costs a step, and so does every 32 bytes of text that is
 * made.  Values are shared and never copied, so that small templates can make
 * results that are huge when written down; the result is measured before it is
 * given away.
 */
#include "gqle/gqle.h"

#ifndef GQLE_STANDALONE
#include "miscadmin.h"
#endif

#include <stdlib.h>

#include "gqle/base/json_write.h"
#include "gqle/lang/kriti_tree.h"
#include "gqle/limits.h"

#define BYTES_PER_STEP	32

/* Variables bound by ranges, the innermost first. */
typedef struct Scope
{
	const struct Scope *outer;
	const char *name;
	const GqleJson *value;
} Scope;

typedef struct Evaluation
{
	const GqleKritiContext *context;
	GqleKritiError *error;
	GqleKritiBudget budget;
} Evaluation;

static const GqleJson *eval(Evaluation *e, const Scope *scope, const GqleKritiNode *node);

/* ------------------------------------------------------------------------
 * Errors
 * ------------------------------------------------------------------------ */

static const GqleJson *
fail(Evaluation *e, const char *code, GqleKritiSpan span, const char *message)
{
	e->error->code = code;
	e->error->message = message;
	e->error->span = span;
	return NULL;
}

static const GqleJson *
fail_type(Evaluation *e, GqleKritiSpan span, const GqleJson *value, const char *expected)
{
	return fail(e, "Type Error", span,
				psprintf("Couldn't match expected type '%s' with actual type '%s'", expected,
						 gqle_json_kind_name(value)));
}

/* Spend steps; false after reporting. */
static bool
spend(Evaluation *e, const GqleKritiNode *node, int64 steps)
{
	if (gqle_kriti_spend(&e->budget, steps))
		return true;
	fail(e, "Function Error", node->span, "The template takes too many steps.");
	return false;
}

/* See kriti.h. */
void
gqle_kriti_append_error(StringInfo out, const GqleKritiError *error)
{
	appendStringInfoString(out, "{\"error_code\":");
	gqle_json_write_cstring(out, error->code);
	appendStringInfoString(out, ",\"message\":");
	gqle_json_write_cstring(out, error->message);
	appendStringInfo(out, ",\"source_position\":{\"end_column\":%d,\"end_line\":%d,"
					 "\"start_column\":%d,\"start_line\":%d}}",
					 error->span.end.column, error->span.end.line,
					 error->span.start.column, error->span.start.line);
}

/* ------------------------------------------------------------------------
 * Values
 * ------------------------------------------------------------------------ */

static int
compare_members(const void *a, const void *b)
{
	return strcmp(((const GqleJsonMember *) a)->key, ((const GqleJsonMember *) b)->key);
}

/* See kriti_tree.h. */
GqleJsonMember *
gqle_kriti_sorted_members(const GqleJson *object, int *n)
{
	GqleJsonMember *members = palloc(sizeof(GqleJsonMember) * Max(object->n, 1));
	int			i;

	*n = 0;
	if (object->n > 0)
		memcpy(members, object->members, sizeof(GqleJsonMember) * object->n);
	qsort(members, object->n, sizeof(GqleJsonMember), compare_members);
	for (i = 0; i < object->n; i++)
	{
		if (*n > 0 && strcmp(members[*n - 1].key, members[i].key) == 0)
			members[*n - 1].value = gqle_json_lookup(object, members[i].key);
		else
			members[(*n)++] = members[i];
	}
	return members;
}

/* See kriti.h. */
void
gqle_kriti_append_json(StringInfo out, const GqleJson *value)
{
	GqleJsonMember *members;
	bool		first = true;
	int			n;
	int			i;

	check_stack_depth();
	switch (value->kind)
	{
		case GQLE_JSON_ARRAY:
			appendStringInfoChar(out, '[');
			for (i = 0; i < value->n; i++)
			{
				if (i > 0)
					appendStringInfoChar(out, ',');
				gqle_kriti_append_json(out, value->items[i]);
			}
			appendStringInfoChar(out, ']');
			return;
		case GQLE_JSON_OBJECT:
			members = gqle_kriti_sorted_members(value, &n);
			appendStringInfoChar(out, '{');
			for (i = 0; i < n; i++)
			{
				gqle_json_write_key(out, members[i].key, &first);
				gqle_kriti_append_json(out, members[i].value);
			}
			appendStringInfoChar(out, '}');
			return;
		default:
			gqle_json_append(out, value);
			return;
	}
}

/* Spend what it takes to write a value down; false if it is too much. */
static bool
measure(GqleKritiBudget *budget, const GqleJson *value)
{
	int			i;

	check_stack_depth();
	if (!gqle_kriti_spend(budget, 1 + value->len / BYTES_PER_STEP))
		return false;
	if (value->kind == GQLE_JSON_ARRAY)
	{
		for (i = 0; i < value->n; i++)
			if (!measure(budget, value->items[i]))
				return false;
	}
	else if (value->kind == GQLE_JSON_OBJECT)
	{
		for (i = 0; i < value->n; i++)
			if (!gqle_kriti_spend(budget, value->members[i].key_len / BYTES_PER_STEP) ||
				!measure(budget, value->members[i].value))
				return false;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Names, fields
 * ------------------------------------------------------------------------ */

static const GqleJson *
eval_variable(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	const GqleJson *value;

	for (; scope != NULL; scope = scope->outer)
		if (strcmp(scope->name, node->name) == 0)
			return scope->value;
	value = gqle_json_lookup(e->context->variables, node->name);
	if (value != NULL)
		return value;
	return fail(e, "Name Error", node->span,
				psprintf("Variable '%s' not in scope", node->name));
}

/* A small whole number; false if it is none. */
static bool
to_index(const GqleJson *number, long *index)
{
	char	   *end;

	*index = strtol(number->text, &end, 10);
	if (*end == '.')
		end += 1 + strspn(end + 1, "0");
	return *end == '\0' && *index > -1000000000 && *index < 1000000000;
}

/* The member of that name; errors say that there is none. */
static const GqleJson *
get_member(Evaluation *e, const GqleKritiNode *node, const GqleJson *object,
		   const char *name)
{
	const GqleJson *value = gqle_json_lookup(object, name);

	if (value != NULL)
		return spend(e, node, object->n / 8) ? value : NULL;
	return fail(e, "Attribute Error", node->span,
				psprintf("'Object' has no attritubte '%s'.", name));
}

static const GqleJson *
eval_field(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	const GqleJson *base = eval(e, scope, node->children[0]);
	const GqleJson *key;
	long		index;

	if (base == NULL)
		return NULL;
	if (node->name != NULL)
		return base->kind == GQLE_JSON_OBJECT ? get_member(e, node, base, node->name) :
			fail_type(e, node->children[0]->span, base, "Object");
	if (base->kind != GQLE_JSON_OBJECT && base->kind != GQLE_JSON_ARRAY)
		return fail_type(e, node->children[0]->span, base, "Object");
	key = eval(e, scope, node->children[1]);
	if (key == NULL)
		return NULL;
	if (base->kind == GQLE_JSON_OBJECT)
		return key->kind == GQLE_JSON_STRING ? get_member(e, node, base, key->text) :
			fail_type(e, node->children[0]->span, key, "String");
	if (key->kind != GQLE_JSON_NUMBER || !to_index(key, &index))
		return fail_type(e, node->span, key, "Integer");
	if (index < 0 || index >= base->n)
		return fail(e, "Index Error", node->span, "Can only range over an array");
	return base->items[index];
}

/* One step of an optional chain; null where it leads nowhere. */
static const GqleJson *
optional_step(const GqleJson *value, const GqleJson *key)
{
	const GqleJson *found = NULL;
	long		index;

	if (value->kind == GQLE_JSON_OBJECT && key->kind == GQLE_JSON_STRING)
		found = gqle_json_lookup(value, key->text);
	else if (value->kind == GQLE_JSON_ARRAY && key->kind == GQLE_JSON_NUMBER &&
			 to_index(key, &index) && index >= 0 && index < value->n)
		found = value->items[index];
	return found != NULL ? found : gqle_json_make_null();
}

/* compat: an error in the base is as good as null, the keys are looked at anyway. */
static const GqleJson *
eval_optional(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	const GqleJson *value = eval(e, scope, node->children[0]);
	const GqleJson **keys = palloc(sizeof(GqleJson *) * node->n);
	int			i;

	if (value == NULL)
	{
		if (!spend(e, node, 1))
			return NULL;
		value = gqle_json_make_null();
	}
	for (i = node->n - 1; i > 0; i--)
	{
		keys[i] = eval(e, scope, node->children[i]);
		if (keys[i] == NULL)
			return NULL;
	}
	if (value->kind != GQLE_JSON_OBJECT && value->kind != GQLE_JSON_ARRAY &&
		value->kind != GQLE_JSON_NULL)
		return fail_type(e, node->children[0]->span, value, "Object");
	for (i = 1; i < node->n; i++)
		value = optional_step(value, keys[i]);
	return value;
}

/* ------------------------------------------------------------------------
 * Collections
 * ------------------------------------------------------------------------ */

static const GqleJson *
eval_object(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	GqleJson   *object = gqle_json_make_object();
	int			i;

	/* compat: the first of equal keys counts */
	for (i = node->n - 1; i >= 0; i--)
	{
		const GqleJson *value = eval(e, scope, node->children[i]);

		if (value == NULL || !spend(e, node, object->n / 8))
			return NULL;
		gqle_json_object_set(object, node->keys[i], unconstify(GqleJson *, value));
	}
	return object;
}

static const GqleJson *
eval_array(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	GqleJson   *array = gqle_json_make_array();
	int			i;

	for (i = 0; i < node->n; i++)
	{
		const GqleJson *value = eval(e, scope, node->children[i]);

		if (value == NULL)
			return NULL;
		gqle_json_array_add(array, unconstify(GqleJson *, value));
	}
	return array;
}

static const GqleJson *
eval_string(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	const GqleJson **values = palloc(sizeof(GqleJson *) * Max(node->n, 1));
	StringInfoData text;
	int			i;

	for (i = 0; i < node->n; i++)
	{
		values[i] = eval(e, scope, node->children[i]);
		if (values[i] == NULL)
			return NULL;
	}
	initStringInfo(&text);
	for (i = 0; i < node->n; i++)
	{
		if (!measure(&e->budget, values[i]))
		{
			(void) spend(e, node, 1);
			return NULL;
		}
		if (values[i]->kind == GQLE_JSON_STRING)
			appendBinaryStringInfo(&text, values[i]->text, values[i]->len);
		else
			gqle_kriti_append_json(&text, values[i]);
	}
	return gqle_json_make_string(text.data);
}

static const GqleJson *
eval_range(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	const GqleJson *list = eval(e, scope, node->children[0]);
	GqleJson   *result = gqle_json_make_array();
	int			i;

	if (list == NULL)
		return NULL;
	if (list->kind != GQLE_JSON_ARRAY)
		return fail_type(e, node->span, list, "Array");
	for (i = 0; i < list->n; i++)
	{
		Scope		item = {scope, node->name, list->items[i]};
		Scope		index = {&item, node->index_name, NULL};
		const GqleJson *value;

		if (node->index_name != NULL)
			index.value = gqle_json_make_number(psprintf("%d", i));
		value = eval(e, node->index_name != NULL ? &index : &item, node->children[1]);
		if (value == NULL)
			return NULL;
		gqle_json_array_add(result, unconstify(GqleJson *, value));
	}
	return result;
}

/* ------------------------------------------------------------------------
 * Conditions
 * ------------------------------------------------------------------------ */

/* Evaluate a condition; false after reporting. */
static bool
eval_condition(Evaluation *e, const Scope *scope, const GqleKritiNode *condition,
			   GqleKritiSpan span, bool *result)
{
	const GqleJson *value = eval(e, scope, condition);

	if (value == NULL)
		return false;
	if (value->kind != GQLE_JSON_BOOL)
		return fail_type(e, span, value, "Boolean") != NULL;
	*result = value->boolean;
	return true;
}

static const GqleJson *
eval_if(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	bool		holds;
	int			i;

	if (!eval_condition(e, scope, node->children[0], node->span, &holds))
		return NULL;
	if (holds)
		return eval(e, scope, node->children[1]);
	for (i = 2; i < node->n - 1; i++)
	{
		const GqleKritiNode *elif = node->children[i];

		if (!eval_condition(e, scope, elif->children[0], elif->span, &holds))
			return NULL;
		if (holds)
			return eval(e, scope, elif->children[1]);
	}
	return eval(e, scope, node->children[node->n - 1]);
}

/* a && b, a || b: both are looked at. */
static const GqleJson *
eval_logic(Evaluation *e, const GqleKritiNode *node, const GqleJson *a, const GqleJson *b)
{
	if (b->kind != GQLE_JSON_BOOL)
		return fail_type(e, node->span, b, "Boolean");
	if (a->kind != GQLE_JSON_BOOL)
		return fail_type(e, node->span, a, "Boolean");
	return gqle_json_make_bool(node->kind == GQLE_KRITI_AND ? a->boolean && b->boolean :
							   a->boolean || b->boolean);
}

/* key in object, value in array */
static const GqleJson *
eval_in(Evaluation *e, const GqleKritiNode *node, const GqleJson *a, const GqleJson *b)
{
	int			i;

	if (b->kind == GQLE_JSON_OBJECT)
		return a->kind == GQLE_JSON_STRING ?
			gqle_json_make_bool(gqle_json_lookup(b, a->text) != NULL) :
			fail_type(e, node->span, a, "String");
	if (b->kind != GQLE_JSON_ARRAY)
		return fail_type(e, node->span, b, "Array");
	for (i = 0; i < b->n; i++)
	{
		bool		is_equal = gqle_kriti_compare(a, b->items[i], &e->budget) == 0;

		if (!spend(e, node, 0))
			return NULL;
		if (is_equal)
			return gqle_json_make_bool(true);
	}
	return gqle_json_make_bool(false);
}

static const GqleJson *
eval_comparison(Evaluation *e, const GqleKritiNode *node, const GqleJson *a,
				const GqleJson *b)
{
	int			order = gqle_kriti_compare(a, b, &e->budget);
	bool		result = false;

	if (!spend(e, node, 0))
		return NULL;
	switch (node->kind)
	{
		case GQLE_KRITI_EQ:
			result = order == 0;
			break;
		case GQLE_KRITI_NOT_EQ:
			result = order != 0;
			break;
		case GQLE_KRITI_LT:
			result = order < 0;
			break;
		case GQLE_KRITI_GT:
			result = order > 0;
			break;
		case GQLE_KRITI_LTE:
			result = order <= 0;
			break;
		default:
			result = order >= 0;
			break;
	}
	return gqle_json_make_bool(result);
}

static const GqleJson *
eval_binary(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	const GqleJson *a = eval(e, scope, node->children[0]);
	const GqleJson *b;

	if (a == NULL)
		return NULL;
	if (node->kind == GQLE_KRITI_DEFAULT && a->kind != GQLE_JSON_NULL)
		return a;
	b = eval(e, scope, node->children[1]);
	if (b == NULL || node->kind == GQLE_KRITI_DEFAULT)
		return b;
	if (node->kind == GQLE_KRITI_AND || node->kind == GQLE_KRITI_OR)
		return eval_logic(e, node, a, b);
	if (node->kind == GQLE_KRITI_IN)
		return eval_in(e, node, a, b);
	return eval_comparison(e, node, a, b);
}

/* ------------------------------------------------------------------------
 * Functions
 * ------------------------------------------------------------------------ */

/* A function of the context; NULL and *found false if there is none. */
static const GqleJson *
call_given(Evaluation *e, const GqleKritiNode *node, const GqleJson *value, bool *found,
		   const char **message)
{
	const GqleKritiContext *context = e->context;
	int			i;

	for (i = 0; i < context->n_functions; i++)
		if (strcmp(context->functions[i].name, node->name) == 0)
		{
			*found = true;
			return context->functions[i].call(context->functions[i].arg, value, message);
		}
	*found = false;
	return NULL;
}

static const GqleJson *
eval_call(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	const GqleJson *value = eval(e, scope, node->children[0]);
	const GqleJson *result;
	const char *message = NULL;
	bool		found;

	if (value == NULL)
		return NULL;
	result = call_given(e, node, value, &found, &message);
	if (!found)
		result = gqle_kriti_call(node->name, value, &e->budget, &found, &message);
	if (!found)
		return fail(e, "Name Error", node->span,
					psprintf("Variable '%s' not in scope", node->name));
	if (!spend(e, node, 0))
		return NULL;
	return result != NULL ? result :
		fail(e, "Function Error", node->children[0]->span, message);
}

/* ------------------------------------------------------------------------
 * The driver
 * ------------------------------------------------------------------------ */

/* The value of a node, or NULL after reporting. */
static const GqleJson *
eval(Evaluation *e, const Scope *scope, const GqleKritiNode *node)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (!spend(e, node, 1))
		return NULL;
	switch (node->kind)
	{
		case GQLE_KRITI_LITERAL:
			return node->json;
		case GQLE_KRITI_OBJECT:
			return eval_object(e, scope, node);
		case GQLE_KRITI_ARRAY:
			return eval_array(e, scope, node);
		case GQLE_KRITI_STRING:
			return eval_string(e, scope, node);
		case GQLE_KRITI_VARIABLE:
			return eval_variable(e, scope, node);
		case GQLE_KRITI_FIELD:
			return eval_field(e, scope, node);
		case GQLE_KRITI_OPTIONAL:
			return eval_optional(e, scope, node);
		case GQLE_KRITI_IF:
			return eval_if(e, scope, node);
		case GQLE_KRITI_ELIF:
			break;
		case GQLE_KRITI_RANGE:
			return eval_range(e, scope, node);
		case GQLE_KRITI_CALL:
			return eval_call(e, scope, node);
		case GQLE_KRITI_EQ:
		case GQLE_KRITI_NOT_EQ:
		case GQLE_KRITI_LT:
		case GQLE_KRITI_GT:
		case GQLE_KRITI_LTE:
		case GQLE_KRITI_GTE:
		case GQLE_KRITI_AND:
		case GQLE_KRITI_OR:
		case GQLE_KRITI_IN:
		case GQLE_KRITI_DEFAULT:
			return eval_binary(e, scope, node);
	}
	Ensure(false, "a Kriti node of no kind");
	return NULL;
}

/* See kriti.h. */
const GqleJson *
gqle_kriti_eval(const GqleKritiNode *template, const GqleKritiContext *context,
				GqleKritiError *error)
{
	Evaluation	e = {context, error, {GQLE_MAX_KRITI_STEPS}};
	const GqleJson *result;

	memset(error, 0, sizeof(*error));
	result = eval(&e, NULL, template);
	if (result == NULL || measure(&e.budget, result))
		return result;
	(void) spend(&e, template, 1);
	return NULL;
}
