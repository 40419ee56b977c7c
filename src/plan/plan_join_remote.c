/*
 * plan_join_remote.c
 *		Joins to a field of a remote schema: what the calls to it say.
 *
 * Arguments of the last field are the template of the join's definition and what the
 * client gives, put together key by key; those of fields on the way are the template
 * alone.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/gqle.h"
#include "gqle/base/json_write.h"
#include "gqle/catalog/remote.h"
#include "gqle/lang/parser.h"
#include "gqle/lang/printer.h"
#include "gqle/plan/build.h"
#include "gqle/plan/joins.h"

static GqleJoinValue *
make_value(GqleJoinValueKind kind, int n)
{
	GqleJoinValue *value = palloc0(sizeof(GqleJoinValue));

	value->kind = kind;
	if (kind == GQLE_JOIN_VALUE_LIST || kind == GQLE_JOIN_VALUE_OBJECT)
		value->items = palloc0(sizeof(GqleJoinValue *) * Max(n, 1));
	if (kind == GQLE_JOIN_VALUE_OBJECT)
		value->keys = palloc0(sizeof(char *) * Max(n, 1));
	return value;
}

static void
add_item(GqleJoinValue *value, const char *key, GqleJoinValue *item)
{
	if (key != NULL)
		value->keys[value->n] = key;
	value->items[value->n++] = item;
}

/* ------------------------------------------------------------------------
 * Templates
 * ------------------------------------------------------------------------ */

/* The field of a join that a variable names. */
static GqleJoinValue *
make_field(const GqleJoin *join, const char *name)
{
	GqleJoinValue *value = make_value(GQLE_JOIN_VALUE_FIELD, 0);

	while (value->field < join->n_fields &&
		   strcmp(join->fields[value->field].name, name) != 0)
		value->field++;
	Ensure(value->field < join->n_fields, "template with an unknown variable");
	return value;
}

static GqleJoinValue *
from_template(const GqleJoin *join, const GqleJson *json)
{
	GqleJoinValue *value;
	StringInfoData text;
	int			i;

	check_stack_depth();
	switch (json->kind)
	{
		case GQLE_JSON_ARRAY:
			value = make_value(GQLE_JOIN_VALUE_LIST, json->n);
			for (i = 0; i < json->n; i++)
				add_item(value, NULL, from_template(join, json->items[i]));
			return value;
		case GQLE_JSON_OBJECT:
			value = make_value(GQLE_JOIN_VALUE_OBJECT, json->n);
			for (i = 0; i < json->n; i++)
				add_item(value, json->members[i].key,
						 from_template(join, json->members[i].value));
			return value;
		default:
			if (json->kind == GQLE_JSON_STRING && json->text[0] == '$')
				return make_field(join, json->text + 1);
			/* literals of JSON are literals of GraphQL */
			initStringInfo(&text);
			gqle_json_append(&text, json);
			value = make_value(GQLE_JOIN_VALUE_TEXT, 0);
			value->text = text.data;
			return value;
	}
}

/* ------------------------------------------------------------------------
 * What clients give
 * ------------------------------------------------------------------------ */

static GqleJoinValue *
from_literal(const GqleValueNode *node)
{
	GqleJoinValue *value;
	StringInfoData text;
	int			i;

	check_stack_depth();
	if (node->kind == GQLE_VALUE_LIST)
	{
		value = make_value(GQLE_JOIN_VALUE_LIST, node->n);
		for (i = 0; i < node->n; i++)
			add_item(value, NULL, from_literal(node->items[i]));
		return value;
	}
	if (node->kind == GQLE_VALUE_OBJECT)
	{
		value = make_value(GQLE_JOIN_VALUE_OBJECT, node->n);
		for (i = 0; i < node->n; i++)
			add_item(value, node->fields[i].name, from_literal(node->fields[i].value));
		return value;
	}
	initStringInfo(&text);
	gqle_printer_append_value(&text, node);
	value = make_value(GQLE_JOIN_VALUE_TEXT, 0);
	value->text = text.data;
	return value;
}

/* A value that can be put together with another. */
static GqleJoinValue *
from_remote(const GqleRemoteValue *remote)
{
	GqleJoinValue *value;
	GqleParseError error;
	GqleValueNode *node;
	GqleRemoteText *text;
	int			i;

	check_stack_depth();
	switch (remote->kind)
	{
		case GQLE_REMOTE_LITERAL:
			node = gqle_parser_parse_value(remote->text, strlen(remote->text), &error);
			Ensure(node != NULL, "literal that is none");
			return from_literal(node);
		case GQLE_REMOTE_LIST:
		case GQLE_REMOTE_OBJECT:
			value = make_value(remote->kind == GQLE_REMOTE_LIST ? GQLE_JOIN_VALUE_LIST :
							   GQLE_JOIN_VALUE_OBJECT, remote->n);
			for (i = 0; i < remote->n; i++)
				add_item(value, remote->kind == GQLE_REMOTE_OBJECT ? remote->keys[i] : NULL,
						 from_remote(remote->items[i]));
			return value;
		default:
			text = gqle_remote_text_make();
			gqle_remote_text_append_value(text, remote);
			value = make_value(GQLE_JOIN_VALUE_REMOTE, 0);
			value->remote = text;
			return value;
	}
}

/* ------------------------------------------------------------------------
 * Both
 * ------------------------------------------------------------------------ */

/* A value as messages show it. */
static void
describe(StringInfo out, const GqleJoinValue *value)
{
	int			i;

	switch (value->kind)
	{
		case GQLE_JOIN_VALUE_TEXT:
			appendStringInfoString(out, value->text);
			break;
		case GQLE_JOIN_VALUE_FIELD:
		case GQLE_JOIN_VALUE_REMOTE:
			appendStringInfoChar(out, '$');
			break;
		case GQLE_JOIN_VALUE_LIST:
		case GQLE_JOIN_VALUE_OBJECT:
			appendStringInfoChar(out, value->kind == GQLE_JOIN_VALUE_LIST ? '[' : '{');
			for (i = 0; i < value->n; i++)
			{
				appendStringInfoString(out, i > 0 ? ", " : "");
				if (value->keys != NULL)
					appendStringInfo(out, "%s: ", value->keys[i]);
				describe(out, value->items[i]);
			}
			appendStringInfoChar(out, value->kind == GQLE_JOIN_VALUE_LIST ? ']' : '}');
			break;
	}
}

static GqleJoinValue *
report_mismatch(const char *key, const GqleJoinValue *ours, const GqleJoinValue *theirs,
				GqleErrorSink *sink)
{
	StringInfoData a;
	StringInfoData b;

	initStringInfo(&a);
	initStringInfo(&b);
	describe(&a, ours);
	describe(&b, theirs);
	gqle_error_report(sink, GQLE_ERR_UNEXPECTED, NULL,
					  "combineValues: cannot combine values (%s) and (%s) for field %s; lists can only be merged with lists, objects can only be merged with objects",
					  a.data, b.data, key);
	sink->error.http_status = 500;
	return NULL;
}

static int
find_key(const GqleJoinValue *object, const char *key)
{
	int			i;

	for (i = 0; i < object->n; i++)
		if (strcmp(object->keys[i], key) == 0)
			return i;
	return -1;
}

/*
 * What a client gives and what the template has for a key, put together: lists one
 * after the other, objects key by key.  NULL after reporting.
 */
static GqleJoinValue *
combine(const char *key, const GqleJoinValue *client, const GqleJoinValue *template,
		GqleErrorSink *sink)
{
	GqleJoinValue *value;
	int			i;

	check_stack_depth();
	if (client->kind != template->kind ||
		(client->kind != GQLE_JOIN_VALUE_LIST && client->kind != GQLE_JOIN_VALUE_OBJECT))
		return report_mismatch(key, client, template, sink);
	value = make_value(client->kind, client->n + template->n);
	for (i = 0; i < client->n; i++)
	{
		GqleJoinValue *item = client->items[i];
		int			other = client->keys ? find_key(template, client->keys[i]) : -1;

		if (other >= 0)
			item = combine(client->keys[i], item, template->items[other], sink);
		if (item == NULL)
			return NULL;
		add_item(value, client->keys ? client->keys[i] : NULL, item);
	}
	for (i = 0; i < template->n; i++)
		if (template->keys == NULL || find_key(client, template->keys[i]) < 0)
			add_item(value, template->keys ? template->keys[i] : NULL, template->items[i]);
	return value;
}

/* See joins.h. */
GqleJoinRemote *
gqle_plan_join_remote(GqleSchema *schema, const GqleSelection *selection,
					  GqleErrorSink *sink)
{
	const GqleJoin *join = selection->field->join;
	GqleJoinRemote *remote = palloc0(sizeof(GqleJoinRemote));
	int			last = join->n_calls - 1;
	GqleRemoteText *set;
	int			i;

	remote->schema = gqle_catalog_lookup_remote(schema->catalog, join->remote_schema);
	Ensure(remote->schema != NULL, "join to a remote schema that is not there");
	remote->n_calls = join->n_calls;
	remote->fields = palloc(sizeof(char *) * join->n_calls);
	remote->arguments = palloc(sizeof(GqleJoinValue *) * join->n_calls);
	set = gqle_remote_text_make();
	gqle_remote_text_append_set(set, selection);
	remote->set = set;
	remote->shape = gqle_plan_remote_shape(selection);
	for (i = 0; i < join->n_calls; i++)
	{
		remote->fields[i] = join->calls[i].field;
		remote->arguments[i] = from_template(join, join->calls[i].arguments);
	}
	if (selection->remote != NULL)
		remote->arguments[last] = combine(remote->fields[last],
										  from_remote(selection->remote),
										  remote->arguments[last], sink);
	return remote->arguments[last] != NULL ? remote : NULL;
}
