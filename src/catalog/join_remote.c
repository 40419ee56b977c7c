/*
 * join_remote.c
 *		Joins to a field of a remote schema: do its arguments fit?
 *
 * Arguments are templates in JSON, in which a string "$x" stands for the left side's
 * field x.  compat: the types of those are not looked at, nor is it asked whether all
 * required arguments are there; the wording is Hasura's, spaces and all.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/base/ident.h"
#include "gqle/catalog/cache.h"
#include "gqle/catalog/join.h"
#include "gqle/catalog/join_parts.h"
#include "gqle/catalog/remote.h"

/* One check of one join against one graph. */
typedef struct RemoteCheck
{
	const GqleJoin *join;
	const GqleRemoteGraph *graph;
	GqleErrorSink *sink;
} RemoteCheck;

static bool check_value(RemoteCheck *check, const GqleJson *value, GqleRemoteRef ref);
static bool check_strip(RemoteCheck *check, const GqleJson *value, GqleRemoteRef ref);

static bool
fail(RemoteCheck *check, const char *text)
{
	return gqle_error_report(check->sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL, "%s", text);
}

/* ------------------------------------------------------------------------
 * Type references
 * ------------------------------------------------------------------------ */

static GqleRemoteRef
nullable(GqleRemoteRef ref)
{
	if (gqle_remote_ref_is_non_null(ref))
		ref.wraps >>= 2;
	return ref;
}

static bool
is_list(GqleRemoteRef ref)
{
	return (nullable(ref).wraps & 3) == GQLE_REMOTE_LIST_OF;
}

/* The elements of a list; anything else is itself. */
static GqleRemoteRef
element(GqleRemoteRef ref)
{
	if (!is_list(ref))
		return ref;
	ref = nullable(ref);
	ref.wraps >>= 2;
	return ref;
}

/* ------------------------------------------------------------------------
 * Values
 * ------------------------------------------------------------------------ */

/* Does a literal of a built-in scalar fit?  A single value fits a list, too. */
static bool
check_scalar(RemoteCheck *check, const char *name, GqleRemoteRef ref)
{
	if (strcmp(ref.name, "ID") == 0)
	{
		if (strcmp(name, "Int") == 0 || strcmp(name, "String") == 0)
			return true;
		return fail(check, psprintf("Only ID, Int, uuid or String scalar types can be joined to the ID type, but received \"%s\"",
									name));
	}
	if (strcmp(ref.name, name) == 0)
		return true;
	return fail(check, psprintf("expected type \"%s\" but got \"%s\"", ref.name, name));
}

static const GqleRemoteInput *
find_input(const GqleRemoteInput *inputs, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(inputs[i].name, name) == 0)
			return &inputs[i];
	return NULL;
}

static bool
check_members(RemoteCheck *check, const GqleJson *object, const GqleRemoteInput *inputs,
			  int n)
{
	for (int i = 0; i < object->n; i++)
	{
		const char *name = object->members[i].key;
		const GqleRemoteInput *input = find_input(inputs, n, name);

		if (input == NULL)
			return fail(check, psprintf("argument with name \"%s\" not found in remote schema",
										name));
		if (!check_value(check, object->members[i].value, input->ref))
			return false;
	}
	return true;
}

static bool
check_object(RemoteCheck *check, const GqleJson *object, GqleRemoteRef ref)
{
	if (object->n == 0)
		return true;
	if (ref.type == NULL)
		return fail(check, psprintf("type with name \"%s\" not found", ref.name));
	if (ref.type->kind != GQLE_REMOTE_INPUT_OBJECT)
		return fail(check, psprintf("type \"%s\"not an input object type",
									object->members[0].key));
	return check_members(check, object, ref.type->inputs, ref.type->n_inputs);
}

static bool
check_list(RemoteCheck *check, const GqleJson *list, GqleRemoteRef ref)
{
	if (list->n > 1)
		return fail(check, "multiple elements in list value is not supported");
	if (!is_list(ref))
		return fail(check, psprintf("type \"%s\"is not a list type", ref.name));
	return list->n == 0 || check_value(check, list->items[0], element(ref));
}

/* Is a string the name of a variable, which must be a field of the join? */
static bool
check_variable(RemoteCheck *check, const char *name)
{
	for (int i = 0; i < check->join->n_fields; i++)
		if (strcmp(check->join->fields[i].name, name) == 0)
			return true;
	return fail(check, psprintf("variable \"%s\" is not found", name));
}

/* Is a number an integer?  1.0 is one. */
static bool
is_integral(const char *text)
{
	const char *rest = text + strcspn(text, ".eE");

	return *rest == '\0' || (*rest == '.' && rest[1 + strspn(rest + 1, "0")] == '\0');
}

static bool
check_value(RemoteCheck *check, const GqleJson *value, GqleRemoteRef ref)
{
	check_stack_depth();
	switch (value->kind)
	{
		case GQLE_JSON_NULL:
			return fail(check, "null is not allowed here");
		case GQLE_JSON_BOOL:
			return check_scalar(check, "Boolean", ref);
		case GQLE_JSON_NUMBER:
			return check_scalar(check, is_integral(value->text) ? "Int" : "Float", ref);
		case GQLE_JSON_STRING:
			if (value->text[0] == '$')
				return check_variable(check, value->text + 1);
			return check_scalar(check, "String", ref);
		case GQLE_JSON_ARRAY:
			return check_list(check, value, ref);
		case GQLE_JSON_OBJECT:
			return check_object(check, value, ref);
	}
	return false;
}

/*
 * Can what a template gives be taken out of a type, so that clients give the rest?
 * Objects in lists, for instance, cannot.
 */
static bool
check_strip(RemoteCheck *check, const GqleJson *value, GqleRemoteRef ref)
{
	check_stack_depth();
	if (value->kind == GQLE_JSON_ARRAY && value->n == 1)
		return is_list(ref) ? check_strip(check, value->items[0], element(ref)) :
			fail(check, psprintf("type \"%s\" is invalid for stripping", ref.name));
	if (value->kind != GQLE_JSON_OBJECT)
		return true;
	if (is_list(ref) || ref.type == NULL || ref.type->kind != GQLE_REMOTE_INPUT_OBJECT)
		return fail(check, psprintf("type \"%s\" is invalid for stripping", ref.name));
	for (int i = 0; i < value->n; i++)
	{
		const GqleRemoteInput *input = find_input(ref.type->inputs, ref.type->n_inputs,
												  value->members[i].key);

		if (input != NULL && !check_strip(check, value->members[i].value, input->ref))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * The way to a field
 * ------------------------------------------------------------------------ */

/* A call's field of an object, with arguments that fit; NULL after reporting. */
static const GqleRemoteField *
check_call(RemoteCheck *check, const GqleJoinCall *call, const GqleRemoteType *type)
{
	const GqleRemoteField *field = gqle_remote_lookup_field(type, call->field);

	if (field == NULL)
	{
		fail(check, psprintf("remote field with name \"%s\" and type \"%s\" not found",
							 call->field, type->name));
		return NULL;
	}
	if (!check_members(check, call->arguments, field->args, field->n_args))
		return NULL;
	for (int i = 0; i < call->arguments->n; i++)
	{
		const GqleRemoteInput *input = find_input(field->args, field->n_args,
												  call->arguments->members[i].key);

		if (!check_strip(check, call->arguments->members[i].value, input->ref))
			return NULL;
	}
	return field;
}

/* See join.h. */
const GqleRemoteField *
gqle_join_find_field(const GqleJoin *join, const GqleRemoteGraph *graph,
					 GqleErrorSink *sink)
{
	RemoteCheck check = {join, graph, sink};
	const GqleRemoteType *type = graph->query;
	const GqleRemoteField *field = NULL;

	if (type == NULL)
	{
		fail(&check, psprintf("field with name \"%s\" not found in remote schema",
							  graph->query_name));
		return NULL;
	}
	for (int i = 0; i < join->n_calls; i++)
	{
		field = check_call(&check, &join->calls[i], type);
		if (field == NULL)
			return NULL;
		if (field->ref.type == NULL || field->ref.type->kind == GQLE_REMOTE_INPUT_OBJECT)
		{
			fail(&check, psprintf("type \"%s\"only output type is expected", field->ref.name));
			return NULL;
		}
		/* compat: of what has no fields the next one is looked for where this was */
		if (field->ref.type->kind == GQLE_REMOTE_OBJECT_TYPE)
			type = field->ref.type;
	}
	return field;
}

/* ------------------------------------------------------------------------
 * Definitions
 * ------------------------------------------------------------------------ */

/* "a"; "a" or "b"; "a", "b", or "c" */
static char *
or_list(const List *names)
{
	StringInfoData text;
	int			n = list_length(names);

	initStringInfo(&text);
	for (int i = 0; i < n; i++)
		appendStringInfo(&text, "%s\"%s\"",
						 i == 0 ? "" : i < n - 1 ? ", " : n == 2 ? " or " : ", or ",
						 (const char *) list_nth(names, i));
	return text.data;
}

/* Report a field that the left side does not have. */
static bool
report_field(const char *name, const char *owner, const List *allowed, GqleErrorSink *sink)
{
	return gqle_error_report(sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL,
							 "field with name \"%s\"is not provided by the lhs entity\"%s\"for defining a join condition%s%s",
							 name, owner, allowed == NIL ? "" : ", the allowed fields are ",
							 allowed == NIL ? "" : or_list(allowed));
}

/* What something is called, as a part of a type's name. */
static char *
make_owner_name(const char *owner)
{
	char	   *name = pstrdup(owner);

	for (char *p = name; *p != '\0'; p++)
		if (!((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
			  (*p >= 'A' && *p <= 'Z')))
			*p = '_';
	return name;
}

/* {"field": {"arguments": {}, "field"?: ..}} */
static void
read_calls(GqleJoin *join, const GqleJson *json)
{
	const GqleJson *level;

	for (level = json; !gqle_json_is_null(level) && level->n == 1;
		 level = gqle_json_lookup(level->members[0].value, "field"))
		join->n_calls++;
	join->calls = palloc0(sizeof(GqleJoinCall) * Max(join->n_calls, 1));
	level = json;
	for (int i = 0; i < join->n_calls; i++)
	{
		const GqleJson *call = level->members[0].value;
		const GqleJson *arguments = gqle_json_lookup(call, "arguments");

		join->calls[i].field = pstrdup(level->members[0].key);
		join->calls[i].arguments = gqle_json_is_null(arguments) ?
			gqle_json_make_object() : gqle_catalog_copy_json(arguments);
		level = gqle_json_lookup(call, "field");
	}
}

/* See join_parts.h. */
bool
gqle_join_read_remote(GqleCatalog *catalog, GqleJoin *join, const GqleJson *json,
					  const char *owner, GqleJoinFieldFinder find, const void *find_in,
					  List *allowed, GqleErrorSink *sink)
{
	const char *name = gqle_catalog_json_string(json, "remote_schema");
	const GqleJson *fields = gqle_json_lookup(json, "lhs_fields");
	const GqleRemoteSchema *schema = gqle_catalog_lookup_remote(catalog, name ? name : "");

	if (fields == NULL)
		fields = gqle_json_lookup(json, "hasura_fields");
	if (schema == NULL)
		return gqle_error_report(sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL,
								 "remote schema with name \"%s\" not found", name ? name : "");
	join->remote_schema = schema->name;
	join->owner = make_owner_name(owner);
	join->n_fields = fields ? fields->n : 0;
	join->fields = palloc0(sizeof(GqleJoinField) * Max(join->n_fields, 1));
	for (int i = 0; i < join->n_fields; i++)
	{
		const char *field = fields->items[i]->text;

		if (!find(find_in, field, &join->fields[i]))
			return report_field(field, owner, allowed, sink);
		if (!gqle_ident_is_name(field))
			return gqle_error_report(sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL,
									 "\"%s\" is not a valid GraphQL identifier", field);
	}
	read_calls(join, gqle_json_lookup(json, "remote_field"));
	return gqle_join_find_field(join, schema->graph, sink) != NULL;
}
