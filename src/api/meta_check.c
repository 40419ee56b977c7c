/*
 * meta_check.c
 *		Did a change make something inconsistent?
 *
 * The list of inconsistent objects after a change is compared with the list
 * before it; objects are the same if type and name are.  What was inconsistent
 * before never blocks a change elsewhere.  compat: the status of the refusal
 * depends on the kind of command (reference §2).
 */
#include "postgres.h"

#include "gqle/api/meta_problems.h"
#include "gqle/api/meta_scope.h"
#include "gqle/base/guc.h"
#include "gqle/base/strhash.h"
#include "gqle/catalog/remote.h"

static GqleJson *each_in_list(const GqleJson *list);
static GqleStrHash *keys_of(const GqleJson *list);
static bool is_new(const GqleStrHash *before, const GqleJson *object);
static GqleJson *objects_of(const GqleJson *list, const char *type, const char *name);
static const char *join_reasons(const GqleJson *list);

/* near_list returns what of a few tables, and of what is no table, is inconsistent. */
static GqleJson *
near_list(GqleCatalog *catalog, const GqleMetaScope *near)
{
	int			n = list_length(near->tables);
	const char **schemas = palloc(sizeof(char *) * (n + 1));
	const char **names = palloc(sizeof(char *) * (n + 1));
	ListCell   *cell;
	int			i = 0;

	foreach(cell, near->tables)
	{
		const GqleMetaName *table = lfirst(cell);

		schemas[i] = table->schema;
		names[i++] = table->name;
	}
	return gqle_catalog_some_inconsistencies(catalog, schemas, names, n);
}

/* catalog_list returns what of the catalog is inconsistent, of all or of the scope. */
static GqleJson *
catalog_list(GqleMetaRequest *request)
{
	GqleCatalog *catalog = gqle_meta_catalog(request);
	GqleMetaName table;

	if (request->near != NULL)
		return near_list(catalog, request->near);
	if (request->scope == NULL)
		return gqle_catalog_inconsistencies(catalog);
	if (request->scope->command->flags & GQLE_META_APART)
		return gqle_json_make_array();
	table = gqle_meta_name(request->scope->args, "table");
	return gqle_catalog_table_inconsistencies(catalog, table.schema, table.name);
}

/*
 * gqle_meta_check_list returns what is inconsistent now; a copy, since the
 * catalog's list may share text with a catalog that the next change retires.
 */
GqleJson *
gqle_meta_check_list(GqleMetaRequest *request)
{
	GqleJson   *list = catalog_list(request);
	GqleJson   *result = gqle_json_make_array();
	int			i;

	list = gqle_meta_parse_stored(gqle_json_to_text(list));
	for (i = 0; i < list->n; i++)
		gqle_json_array_add(result, list->items[i]);
	gqle_meta_action_problems(result, gqle_meta_catalog(request));
	gqle_meta_endpoint_problems(result);
	gqle_meta_environment_problems(result);
	gqle_meta_telemetry_problems(result);
	gqle_meta_collection_problems(result, gqle_meta_catalog(request));
	return result;
}

/* gqle_meta_check_begin notes what is inconsistent before a change. */
void
gqle_meta_check_begin(GqleMetaRequest *request)
{
	if (request->inconsistent == NULL)
		request->inconsistent = gqle_meta_check_list(request);
}

/*
 * is_limited tells whether the flags of a call say what it can break.  What a
 * cascade drops may belong to any table.
 */
static bool
is_limited(const GqleMetaCall *call)
{
	if (call->request->defers_checks)
		return false;
	if (call->command->flags & GQLE_META_APART)
		return true;
	return (call->command->flags & GQLE_META_OWN_TABLE) &&
		!gqle_meta_bool(call->args, "cascade", false) &&
		strcmp(gqle_meta_name(call->args, "table").source, gqle_meta_local_source()) == 0;
}

/*
 * gqle_meta_check_call_begin notes what is inconsistent before a call, of what
 * it can break, and returns what was noted before.
 */
GqleJson *
gqle_meta_check_call_begin(GqleMetaCall *call)
{
	GqleMetaRequest *request = call->request;
	GqleJson   *before = request->inconsistent;

	if (call->command->flags & (GQLE_META_READS | GQLE_META_BULK | GQLE_META_LIGHT))
		return NULL;
	if (is_limited(call))
	{
		request->scope = call;
		request->inconsistent = NULL;
	}
	else if ((call->command->flags & GQLE_META_NEAR) && !request->defers_checks)
	{
		request->near = gqle_meta_scope_of_call(call);
		if (request->near != NULL)
		{
			request->scope = call;
			request->inconsistent = NULL;
		}
	}
	gqle_meta_check_begin(request);
	return before;
}

/* gqle_meta_check_call_end ends the limits of a call, if it had any. */
void
gqle_meta_check_call_end(GqleMetaCall *call, GqleJson *before)
{
	if (call->request->scope != call)
		return;
	call->request->scope = NULL;
	call->request->near = NULL;
	call->request->inconsistent = before;
}

/*
 * is_informational tells of what is listed, but no reason to refuse anything:
 * permissions that an inherited role could not take over.
 */
static bool
is_informational(const GqleJson *object)
{
	const char *type = gqle_meta_text(object, "type");

	return type != NULL && strcmp(type, "inherited role permission inconsistency") == 0;
}

/*
 * gqle_meta_check_new returns what has become inconsistent since the last
 * check, and remembers the state.
 */
GqleJson *
gqle_meta_check_new(GqleMetaRequest *request)
{
	GqleJson   *now = gqle_meta_check_list(request);
	GqleJson   *result = gqle_json_make_array();
	GqleStrHash *before = keys_of(request->inconsistent);
	int			i;

	for (i = 0; i < now->n; i++)
		if (!is_informational(now->items[i]) &&
			is_new(before, now->items[i]))
			gqle_json_array_add(result, now->items[i]);
	request->inconsistent = now;
	return result;
}

/*
 * gqle_meta_check_target refuses a change of one object if the object itself is
 * inconsistent now, or anything else that was not before.
 */
bool
gqle_meta_check_target(GqleMetaCall *call, const char *type, const char *name)
{
	GqleJson   *fresh;
	GqleJson   *own;

	if (call->request->defers_checks)
		return true;
	fresh = gqle_meta_check_new(call->request);
	own = objects_of(call->request->inconsistent, type, name);
	if (own->n > 0)
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_INVALID_CONFIGURATION,
									   gqle_json_to_text(own), "%s",
									   join_reasons(own));
	if (fresh->n > 0)
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_UNEXPECTED,
									   gqle_json_to_text(fresh),
									   "cannot continue due to new inconsistent metadata");
	return true;
}

/*
 * gqle_meta_check_only refuses a change only if the object itself is
 * inconsistent; what it was before need not be known.
 */
bool
gqle_meta_check_only(GqleMetaCall *call, const char *type, const char *name)
{
	GqleJson   *own = objects_of(gqle_meta_check_list(call->request), type, name);

	if (own->n == 0)
		return true;
	return gqle_meta_fail_internal(call, 400, GQLE_ERR_INVALID_CONFIGURATION,
								   gqle_json_to_text(own), "%s", join_reasons(own));
}

/* gqle_meta_check_others refuses a change that makes anything inconsistent. */
bool
gqle_meta_check_others(GqleMetaCall *call)
{
	GqleJson   *fresh;

	if (call->request->defers_checks)
		return true;
	fresh = gqle_meta_check_new(call->request);
	if (fresh->n > 0)
		return gqle_meta_fail_internal(call, 500, GQLE_ERR_UNEXPECTED,
									   gqle_json_to_text(fresh),
									   "cannot continue due to newly found inconsistent metadata");
	return true;
}

/*
 * gqle_meta_check_deferred does what checks left out: objects may have needed
 * each other.
 */
bool
gqle_meta_check_deferred(GqleMetaCall *call)
{
	GqleJson   *fresh;

	call->request->defers_checks = false;
	if (!gqle_meta_check_roots(call) || !gqle_meta_check_remote_types(call))
		return false;
	fresh = gqle_meta_check_new(call->request);
	if (fresh->n > 0)
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_BAD_REQUEST,
									   gqle_json_to_text(each_in_list(fresh)),
									   "Schema inconsistency");
	return true;
}

/* each_in_list puts every element into a list of its own (compat). */
static GqleJson *
each_in_list(const GqleJson *list)
{
	GqleJson   *result = gqle_json_make_array();
	int			i;

	for (i = 0; i < list->n; i++)
	{
		GqleJson   *alone = gqle_json_make_array();

		gqle_json_array_add(alone, list->items[i]);
		gqle_json_array_add(result, alone);
	}
	return result;
}

/*
 * object_keys returns what tells an inconsistent object from others, or of several in
 * conflict each.  compat: endpoints that are ambiguous together go by the first.
 */
static List *
object_keys(const GqleJson *object)
{
	const char *type = gqle_meta_text(object, "type");
	const char *name = gqle_meta_text(object, "name");
	const GqleJson *objects = gqle_json_lookup(object, "objects");
	const GqleJson *conflicts = gqle_json_lookup(object, "conflicts");
	List	   *keys = NIL;
	int			i;

	if (type != NULL && name != NULL)
		return list_make1(psprintf("%s/%s", type, name));
	for (i = 0; objects != NULL && i < objects->n; i++)
		keys = list_concat(keys, object_keys(objects->items[i]));
	if (conflicts != NULL)
		keys = lappend(keys, psprintf("rest_endpoint/rest_endpoint %s",
									  gqle_meta_text(conflicts->items[0], "name")));
	return keys != NIL ? keys : list_make1(gqle_json_to_text(object));
}

/* keys_of returns the keys of a list of inconsistent objects. */
static GqleStrHash *
keys_of(const GqleJson *list)
{
	GqleStrHash *keys = gqle_strhash_make(CurrentMemoryContext, list->n);
	ListCell   *cell;
	int			i;

	for (i = 0; i < list->n; i++)
		foreach(cell, object_keys(list->items[i]))
			gqle_strhash_set(keys, lfirst(cell), list->items[i]);
	return keys;
}

/* is_new tells whether one of an object's keys is none of those before. */
static bool
is_new(const GqleStrHash *before, const GqleJson *object)
{
	ListCell   *cell;

	foreach(cell, object_keys(object))
		if (gqle_strhash_lookup(before, lfirst(cell)) == NULL)
			return true;
	return false;
}

/* is_about tells whether an object is the one with that type and name. */
static bool
is_about(const GqleJson *object, const char *type, const char *name)
{
	const char *key = psprintf("%s/%s", type, name);
	ListCell   *cell;

	foreach(cell, object_keys(object))
		if (strcmp(lfirst(cell), key) == 0)
			return true;
	return false;
}

/* objects_of returns the objects of a list with that type and name; compat: backwards. */
static GqleJson *
objects_of(const GqleJson *list, const char *type, const char *name)
{
	GqleJson   *result = gqle_json_make_array();
	int			i;

	for (i = list->n - 1; i >= 0; i--)
		if (is_about(list->items[i], type, name))
			gqle_json_array_add(result, list->items[i]);
	return result;
}

/* join_reasons returns the reasons of a list, separated by commas. */
static const char *
join_reasons(const GqleJson *list)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	for (i = 0; i < list->n; i++)
		appendStringInfo(&out, "%s%s", i > 0 ? ", " : "",
						 gqle_meta_text(list->items[i], "reason"));
	return out.data;
}

/* ------------------------------------------------------------------------
 * Remote schemas
 * ------------------------------------------------------------------------ */

/* get_remotes returns the remote schemas that are served. */
static const GqleRemoteSchema **
get_remotes(GqleMetaRequest *request, int *n)
{
	*n = 0;
	if (request->defers_checks || !gqle_meta_store_exists("remote_schemas", ""))
		return NULL;
	return gqle_catalog_remotes(gqle_meta_catalog(request), n);
}

/*
 * gqle_meta_check_node refuses the name of a table that a query of a remote schema has.
 * compat: whatever the table's root fields are called; and with permissions nobody
 * looks.
 */
bool
gqle_meta_check_node(GqleMetaCall *call, const char *name)
{
	int			n;
	const GqleRemoteSchema **remotes = get_remotes(call->request, &n);

	if (gqle_guc_enable_remote_schema_permissions)
		return true;
	for (int i = 0; i < n; i++)
		if (gqle_remote_has_query(remotes[i]->graph, name))
			return gqle_meta_fail(call, GQLE_ERR_REMOTE_SCHEMA_CONFLICTS,
								  "node %s already exists in current graphql schema", name);
	return true;
}

/* gqle_meta_served_remotes returns the names of the remote schemas that are served. */
List *
gqle_meta_served_remotes(GqleMetaRequest *request)
{
	int			n;
	const GqleRemoteSchema **remotes = get_remotes(request, &n);
	List	   *names = NIL;

	for (int i = 0; i < n; i++)
		names = lappend(names, psprintf("remote_schema %s", remotes[i]->name));
	return names;
}

/*
 * gqle_meta_check_remotes refuses a change by which some of them cannot be served any
 * more; it is for commands that break nothing else.
 */
bool
gqle_meta_check_remotes(GqleMetaCall *call, List *before)
{
	GqleJson   *fresh;
	ListCell   *cell;
	int			n;

	if (before == NIL)
		return true;
	get_remotes(call->request, &n);
	if (n >= list_length(before))
		return true;
	fresh = gqle_json_make_array();
	foreach(cell, before)
	{
		GqleJson   *own = objects_of(gqle_meta_check_list(call->request), "remote_schema",
									 lfirst(cell));

		for (int i = 0; i < own->n; i++)
			gqle_json_array_add(fresh, own->items[i]);
	}
	return gqle_meta_fail_internal(call, 400, GQLE_ERR_UNEXPECTED,
								   gqle_json_to_text(fresh),
								   "cannot continue due to new inconsistent metadata");
}
