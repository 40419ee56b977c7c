/*
 * actions.c
 *		Actions: root fields that webhooks answer.
 *
 * Read all at once when a catalog is first asked for any of them.  compat:
 * arguments and results of type Int, Float, String and Boolean are those of
 * Postgres, which take what columns of such a type do; within input objects they
 * are GraphQL's own.
 */
#include "postgres.h"

#include "gqle/catalog/cache.h"
#include "gqle/catalog/customtypes.h"
#include "gqle/catalog/roles.h"
#include "gqle/net/envtext.h"

#define DEFAULT_TIMEOUT_S	30

/* ------------------------------------------------------------------------
 * One action
 * ------------------------------------------------------------------------ */

static bool
is_text(const GqleJson *object, const char *key, const char *value)
{
	const char *text = gqle_catalog_json_string(object, key);

	return text != NULL && strcmp(text, value) == 0;
}

/* Its arguments; what is wrong with them, or NULL. */
static const char *
parse_arguments(GqleCustomTypes *types, const GqleJson *list, GqleAction *action)
{
	if (gqle_json_is_null(list) || list->kind != GQLE_JSON_ARRAY)
		return NULL;
	action->arguments = palloc0(sizeof(GqleCustomField) * Max(list->n, 1));
	for (int i = 0; i < list->n; i++)
	{
		GqleCustomField *argument = &action->arguments[action->n_arguments++];
		const char *base = gqle_custom_field_parse(argument, list->items[i], "type");

		argument->type = gqle_custom_types_postgres(types, base);
		if (argument->type == NULL)
			argument->type = gqle_custom_types_own(types, base);
		if (argument->type == NULL || argument->type->kind == GQLE_CUSTOM_OBJECT)
			return psprintf("the type: \"%s\" is not defined in custom types or it is not a scalar/enum/input_object",
							base);
	}
	return NULL;
}

/* Its result; what is wrong with it, or NULL. */
static const char *
parse_output(GqleCustomTypes *types, const GqleJson *definition, GqleAction *action)
{
	GqleCustomField *output = &action->output;
	const char *base = gqle_custom_field_parse(output, definition, "output_type");

	output->name = action->name;
	output->description = NULL;
	output->type = gqle_custom_types_postgres(types, base);
	if (output->type == NULL)
		output->type = gqle_custom_types_own(types, base);
	if (output->type == NULL || output->type->kind == GQLE_CUSTOM_ENUM ||
		output->type->kind == GQLE_CUSTOM_INPUT)
		return psprintf("the type: \"%s\" is not an object or scalar type defined in custom types",
						base);
	return NULL;
}

/* Does a relationship start from a field that holds objects? */
static bool
starts_from_object(const GqleCustomType *type, const GqleJoin *join)
{
	for (int i = 0; i < join->n_fields; i++)
		for (int j = 0; j < type->n_fields; j++)
			if (strcmp(type->fields[j].name, join->fields[i].name) == 0 &&
				type->fields[j].type->kind == GQLE_CUSTOM_OBJECT)
				return true;
	return false;
}

/* What is wrong with the relationships of its result, or NULL. */
static const char *
check_relationships(const GqleAction *action)
{
	const GqleCustomType *type = action->output.type;
	StringInfoData names;

	if (type->kind != GQLE_CUSTOM_OBJECT || type->n_joins == 0)
		return NULL;
	initStringInfo(&names);
	for (int i = 0; !action->is_async && i < type->n_joins; i++)
		if (starts_from_object(type, type->joins[i]))
			appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "",
							 type->joins[i]->name);
	for (int i = 0; action->is_async && i < type->n_fields; i++)
		if (type->fields[i].type->kind == GQLE_CUSTOM_OBJECT)
			appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "",
							 type->fields[i].name);
	if (names.len == 0)
		return NULL;
	return psprintf(action->is_async ?
					"Async action relations cannot be used with object fields: %s" :
					"Relationships cannot be defined with nested object fields: %s",
					names.data);
}

/* Headers of clients that are not passed on, or the usual ones. */
static void
parse_ignored_headers(GqleWebhook *webhook, const GqleJson *list)
{
	if (gqle_json_is_null(list) || list->kind != GQLE_JSON_ARRAY)
		return;
	webhook->ignored_headers = palloc0(sizeof(char *) * Max(list->n, 1));
	for (int i = 0; i < list->n; i++)
		if (list->items[i]->kind == GQLE_JSON_STRING)
			webhook->ignored_headers[webhook->n_ignored++] = list->items[i]->text;
}

/* Its webhook; what is wrong with it, or NULL. */
static const char *
parse_webhook(const GqleJson *definition, GqleAction *action)
{
	GqleJson   *hook = gqle_json_make_object();
	GqleErrorSink sink = {0};
	const char *handler = gqle_catalog_json_string(definition, "handler");

	if (definition->kind != GQLE_JSON_OBJECT)
		return "the definition is no object";
	for (int i = 0; i < definition->n; i++)
		gqle_json_object_add(hook, definition->members[i].key,
							 definition->members[i].value);
	action->handler = handler != NULL ? handler : "";
	gqle_json_object_set(hook, "url", gqle_json_make_string(action->handler));
	action->webhook = gqle_webhook_parse(hook, DEFAULT_TIMEOUT_S, &sink);
	if (action->webhook == NULL)
		return sink.error.message;
	parse_ignored_headers(action->webhook,
						  gqle_json_lookup(definition, "ignored_client_headers"));
	return NULL;
}

static const GqleJson *
transform_of(const GqleJson *definition, const char *key)
{
	const GqleJson *transform = gqle_json_lookup(definition, key);

	return gqle_json_is_null(transform) ? NULL : transform;
}

/* See action.h. */
const char *
gqle_action_parse(GqleCustomTypes *types, const char *name, const GqleJson *definition,
				  GqleAction *action)
{
	const char *reason;

	memset(action, 0, sizeof(*action));
	action->name = name;
	action->is_query = is_text(definition, "type", "query");
	action->is_async = !action->is_query && is_text(definition, "kind", "asynchronous");
	reason = parse_arguments(types, gqle_json_lookup(definition, "arguments"), action);
	if (reason == NULL)
		reason = parse_output(types, definition, action);
	if (reason == NULL)
		reason = check_relationships(action);
	if (reason == NULL)
		reason = parse_webhook(definition, action);
	action->request_transform = transform_of(definition, "request_transform");
	action->response_transform = transform_of(definition, "response_transform");
	return reason;
}

/* ------------------------------------------------------------------------
 * All actions
 * ------------------------------------------------------------------------ */

static const GqleAction *
find_action(const GqleAction **actions, int n, const char *name)
{
	int			low = 0;
	int			high = n - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;
		int			order = strcmp(actions[middle]->name, name);

		if (order == 0)
			return actions[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return NULL;
}

/* Who may call which action. */
static void
load_permissions(const GqleAction **actions, int n)
{
	static GqleSpiStatement statement = {"SELECT action, role FROM gqle.action_permissions"};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);

	for (int i = 0; i < rows->n; i++)
	{
		const char *name = gqle_rows_text(rows, i, 0);
		GqleAction *action = unconstify(GqleAction *, find_action(actions, n, name));

		if (action == NULL)
			continue;
		if (action->roles == NULL)
			action->roles = gqle_strhash_make(CurrentMemoryContext, 4);
		gqle_strhash_add(action->roles, gqle_rows_text(rows, i, 1), action);
	}
}

/* Read actions and custom types into the catalog's context. */
static void
load_actions(GqleCatalog *catalog)
{
	static GqleSpiStatement statement = {
		"SELECT name, definition, comment FROM gqle.actions ORDER BY name"
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	const GqleAction **actions = palloc(sizeof(GqleAction *) * Max(rows->n, 1));
	GqleCustomTypes *types;
	int			n = 0;

	if (rows->n == 0)
		return;
	types = gqle_custom_types_parse(catalog,
									gqle_catalog_parse_json(gqle_catalog_setting("custom_types")));
	for (int i = 0; types->reasons == NIL && i < rows->n; i++)
	{
		const GqleJson *definition = gqle_catalog_parse_json(gqle_rows_text(rows, i, 1));
		GqleAction *action = palloc0(sizeof(GqleAction));

		if (gqle_action_parse(types, gqle_rows_text(rows, i, 0), definition, action) != NULL)
			continue;
		if (!gqle_rows_is_null(rows, i, 2))
			action->comment = gqle_rows_text(rows, i, 2);
		actions[n++] = action;
	}
	if (n > 0)
		load_permissions(actions, n);
	catalog->custom_types = types;
	catalog->actions = actions;
	catalog->n_actions = n;
}

/* See action.h. */
const GqleAction **
gqle_catalog_actions(GqleCatalog *catalog, int *n)
{
	MemoryContext old;

	if (!catalog->has_actions)
	{
		old = MemoryContextSwitchTo(catalog->context);
		load_actions(catalog);
		MemoryContextSwitchTo(old);
		catalog->has_actions = true;
	}
	*n = catalog->n_actions;
	return catalog->actions;
}

/* See action.h. */
const GqleAction *
gqle_catalog_lookup_action(GqleCatalog *catalog, const char *name)
{
	int			n;
	const GqleAction **actions = gqle_catalog_actions(catalog, &n);

	return find_action(actions, n, name);
}

/* See action.h. */
const GqleCustomTypes *
gqle_catalog_custom_types(GqleCatalog *catalog)
{
	int			n;

	(void) gqle_catalog_actions(catalog, &n);
	return n > 0 ? catalog->custom_types : NULL;
}

/* See action.h. */
bool
gqle_action_allows(GqleCatalog *catalog, const GqleAction *action, const char *role)
{
	const char **parents;
	int			n;

	if (strcmp(role, "admin") == 0)
		return true;
	if (action->roles == NULL)
		return false;
	if (gqle_strhash_lookup(action->roles, role) != NULL)
		return true;
	n = gqle_role_parents(catalog, role, &parents);
	for (int i = 0; i < n; i++)
		if (gqle_action_allows(catalog, action, parents[i]))
			return true;
	return false;
}
