/*
 * meta_collection.c
 *		Commands on query collections and the allow list (reference §12).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/base/strhash.h"

static bool run_create(GqleMetaCall *call, const GqleJson *args);
static bool run_rename(GqleMetaCall *call, const GqleJson *args);
static bool run_drop(GqleMetaCall *call, const GqleJson *args);
static bool run_add_query(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_query(GqleMetaCall *call, const GqleJson *args);
static bool run_allow(GqleMetaCall *call, const GqleJson *args);
static bool run_set_scope(GqleMetaCall *call, const GqleJson *args);
static bool run_disallow(GqleMetaCall *call, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

static const GqleMetaField create_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"definition", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_collection_definition},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape create_shape = {"CreateCollection", create_fields,
.generic = "Hasura.RQL.Types.QueryCollection.CreateCollection(CreateCollection)"};

static const GqleMetaField rename_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"new_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape rename_shape = {"RenameCollection", rename_fields,
.generic = "Hasura.RQL.Types.QueryCollection.RenameCollection(RenameCollection)"};

static const GqleMetaField drop_fields[] = {
	{"collection", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"cascade", GQLE_META_BOOL, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape drop_shape = {"DropCollection", drop_fields,
.generic = "Hasura.RQL.Types.QueryCollection.DropCollection(DropCollection)"};

static const GqleMetaField add_query_fields[] = {
	{"collection_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"query_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"query", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_document},
	{NULL}
};
static const GqleMetaShape add_query_shape = {"AddQueryToCollection", add_query_fields,
.generic = "Hasura.RQL.Types.QueryCollection.AddQueryToCollection(AddQueryToCollection)"};

static const GqleMetaField drop_query_fields[] = {
	{"collection_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"query_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape drop_query_shape = {"DropQueryFromCollection",
	drop_query_fields,
.generic = "Hasura.RQL.Types.QueryCollection.DropQueryFromCollection(DropQueryFromCollection)"};

static const GqleMetaField allow_fields[] = {
	{"collection", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"scope", GQLE_META_SHAPE, GQLE_META_FILL, "{\"global\":true}",
	.shape = &gqle_meta_allowlist_scope},
	{NULL}
};
static const GqleMetaShape allow_shape = {"AllowlistEntry", allow_fields};

static const GqleMetaField scope_fields[] = {
	{"collection", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"scope", GQLE_META_SHAPE, GQLE_META_REQUIRED, .shape = &gqle_meta_allowlist_scope},
	{NULL}
};
static const GqleMetaShape scope_shape = {"UpdateScopeOfCollectionInAllowlist",
	scope_fields};

static const GqleMetaField disallow_fields[] = {
	{"collection", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape disallow_shape = {"DropCollectionFromAllowlist",
	disallow_fields,
	.generic = "Hasura.RQL.Types.Allowlist.DropCollectionFromAllowlist(DropCollectionFromAllowlist)"};

#define BOTH (GQLE_META_ENGINE | GQLE_META_V1 | GQLE_META_APART)

const GqleMetaCommand gqle_meta_collection_commands[] = {
	{"create_query_collection", BOTH, &create_shape, run_create},
	{"rename_query_collection", BOTH, &rename_shape, run_rename},
	{"drop_query_collection", BOTH, &drop_shape, run_drop},
	{"add_query_to_collection", BOTH, &add_query_shape, run_add_query},
	{"drop_query_from_collection", BOTH, &drop_query_shape, run_drop_query},
	{"add_collection_to_allowlist", BOTH, &allow_shape, run_allow},
	{"update_scope_of_collection_in_allowlist", GQLE_META_ENGINE | GQLE_META_APART, &scope_shape,
	run_set_scope},
	{"drop_collection_from_allowlist", BOTH, &disallow_shape, run_disallow},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Collections
 * ------------------------------------------------------------------------ */

/* need_collection refuses an unknown collection. */
static bool
need_collection(GqleMetaCall *call, const char *name)
{
	if (gqle_meta_store_exists("query_collections", "name", name))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
						  "query collection with name \"%s\" does not exist", name);
}

/* need_member does so for a collection that the argument "collection" names. */
static bool
need_member(GqleMetaCall *call, const char *name)
{
	if (gqle_meta_store_exists("query_collections", "name", name))
		return true;
	return gqle_meta_fail_at(call, "collection", GQLE_ERR_NOT_EXISTS,
							 "query collection with name \"%s\" does not exist", name);
}

/* need_no_collection refuses the name of a collection that exists. */
static bool
need_no_collection(GqleMetaCall *call, const char *member, const char *name)
{
	if (!gqle_meta_store_exists("query_collections", "name", name))
		return true;
	return gqle_meta_fail_at(call, member, GQLE_ERR_ALREADY_EXISTS,
							 "query collection with name \"%s\" already exists", name);
}

/* need_distinct refuses a list with two queries of one name. */
static bool
need_distinct(GqleMetaCall *call, const GqleJson *queries)
{
	GqleStrHash *seen = gqle_strhash_make(CurrentMemoryContext, queries->n);
	StringInfoData twice;
	int			i;

	initStringInfo(&twice);
	for (i = 0; i < queries->n; i++)
	{
		const char *name = gqle_meta_text(queries->items[i], "name");

		if (!gqle_strhash_add(seen, name, unconstify(char *, name)))
			appendStringInfo(&twice, "%s\"%s\"", twice.len > 0 ? ", " : "", name);
	}
	if (twice.len == 0)
		return true;
	return gqle_meta_fail_at(call, "definition.queries", GQLE_ERR_NOT_SUPPORTED,
							 "found duplicate query names %s", twice.data);
}

/* run_create adds a collection. */
static bool
run_create(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row = gqle_json_make_object();

	if (!need_no_collection(call, "name", name) ||
		!need_distinct(call, gqle_json_lookup(gqle_json_lookup(args, "definition"),
											  "queries")))
		return false;
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "definition"));
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_insert_one("query_collections", row);
	return gqle_meta_check_others(call);
}

/* run_rename renames a collection and follows in the allow list and endpoints. */
static bool
run_rename(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	const char *new_name = gqle_meta_text(args, "new_name");
	GqleSpiArgs spi_args = GQLE_SPI_NO_ARGS;

	if (!need_collection(call, name) || !need_no_collection(call, "new_name", new_name))
		return false;
	gqle_spi_add_text(&spi_args, name);
	gqle_spi_add_text(&spi_args, new_name);
	gqle_spi_execute("UPDATE gqle.query_collections SET name = $2 WHERE name = $1",
					 &spi_args);
	gqle_spi_execute("UPDATE gqle.allowlist SET collection = $2 WHERE collection = $1",
					 &spi_args);
	gqle_spi_execute("UPDATE gqle.rest_endpoints SET definition = json_build_object('query', "
					 "json_build_object('collection_name', $2, 'query_name', "
					 "definition->'query'->>'query_name')) "
					 "WHERE definition->'query'->>'collection_name' = $1", &spi_args);
	return gqle_meta_check_others(call);
}

/*
 * run_drop drops a collection, with cascade together with its entry in the allow
 * list.  Endpoints that use it would be inconsistent, so they prevent it.
 */
static bool
run_drop(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "collection");

	if (!need_member(call, name))
		return false;
	if (!gqle_meta_bool(args, "cascade", false) &&
		gqle_meta_store_exists("allowlist", "collection", name))
		return gqle_meta_fail_at(call, "collection", GQLE_ERR_DEPENDENCY_ERROR,
							  "query collection with name \"%s\" is present in the allowlist; cannot proceed to drop. please use cascade to confirm you wish to drop it from the allowlist as well",
							  name);
	gqle_meta_store_delete("allowlist", "collection", name);
	gqle_meta_store_delete("query_collections", "name", name);
	return gqle_meta_check_others(call);
}

/* ------------------------------------------------------------------------
 * Queries
 * ------------------------------------------------------------------------ */

/* queries_of returns the list of queries of a collection. */
static const GqleJson *
queries_of(const char *collection)
{
	return gqle_json_lookup(gqle_meta_store_get("query_collections", "definition", "name",
												collection), "queries");
}

/* store_queries replaces the list of queries of a collection. */
static void
store_queries(const char *collection, GqleJson *queries)
{
	GqleJson   *set = gqle_json_make_object();
	GqleJson   *definition = gqle_json_make_object();

	gqle_json_object_set(definition, "queries", queries);
	gqle_json_object_set(set, "definition", definition);
	gqle_meta_store_update("query_collections", set, "name", collection);
}

/* run_add_query adds a query to a collection. */
static bool
run_add_query(GqleMetaCall *call, const GqleJson *args)
{
	const char *collection = gqle_meta_text(args, "collection_name");
	const char *name = gqle_meta_text(args, "query_name");
	const GqleJson *queries;
	GqleJson   *copy = gqle_json_make_array();
	GqleJson   *query = gqle_json_make_object();
	int			i;

	if (!need_collection(call, collection))
		return false;
	queries = queries_of(collection);
	for (i = 0; i < queries->n; i++)
	{
		if (strcmp(gqle_meta_text(queries->items[i], "name"), name) == 0)
			return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
								  "query with name \"%s\" already exists in collection \"%s\"",
								  name, collection);
		gqle_json_array_add(copy, queries->items[i]);
	}
	gqle_meta_row_set_text(query, "name", name);
	gqle_json_object_set(query, "query", gqle_json_lookup(args, "query"));
	gqle_json_array_add(copy, query);
	store_queries(collection, copy);
	return gqle_meta_check_others(call);
}

/* run_drop_query removes a query from a collection. */
static bool
run_drop_query(GqleMetaCall *call, const GqleJson *args)
{
	const char *collection = gqle_meta_text(args, "collection_name");
	const char *name = gqle_meta_text(args, "query_name");
	const GqleJson *queries;
	GqleJson   *copy = gqle_json_make_array();
	int			i;

	if (!need_collection(call, collection))
		return false;
	queries = queries_of(collection);
	for (i = 0; i < queries->n; i++)
		if (strcmp(gqle_meta_text(queries->items[i], "name"), name) != 0)
			gqle_json_array_add(copy, queries->items[i]);
	if (copy->n == queries->n)
		return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND,
							  "query with name \"%s\" not found in collection \"%s\"",
							  name, collection);
	store_queries(collection, copy);
	return gqle_meta_check_others(call);
}

/* ------------------------------------------------------------------------
 * Allow list
 * ------------------------------------------------------------------------ */

/* run_allow puts a collection on the allow list. */
static bool
run_allow(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "collection");
	GqleJson   *row = gqle_json_make_object();

	if (!need_member(call, name))
		return false;
	if (gqle_meta_store_exists("allowlist", "collection", name))
	{
		appendStringInfoString(call->out, "{\"message\":");
		gqle_json_write_cstring(call->out,
								psprintf("collection \"%s\" already exists in the allowlist, scope ignored; to change scope, use update_scope_of_collection_in_allowlist",
										 name));
		appendStringInfoChar(call->out, '}');
		return true;
	}
	gqle_meta_row_set_text(row, "collection", name);
	gqle_json_object_set(row, "scope", gqle_json_lookup(args, "scope"));
	gqle_meta_store_insert_one("allowlist", row);
	return gqle_meta_check_others(call);
}

/* need_allowed refuses a collection that is not on the allow list. */
static bool
need_allowed(GqleMetaCall *call, const char *name)
{
	if (gqle_meta_store_exists("allowlist", "collection", name))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND,
						  "collection \"%s\" doesn't exist in the allowlist", name);
}

/* run_set_scope says for which roles a collection is allowed. */
static bool
run_set_scope(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "collection");
	GqleJson   *set = gqle_json_make_object();

	if (!need_member(call, name) || !need_allowed(call, name))
		return false;
	gqle_json_object_set(set, "scope", gqle_json_lookup(args, "scope"));
	gqle_meta_store_update("allowlist", set, "collection", name);
	return gqle_meta_check_others(call);
}

/* run_disallow takes a collection off the allow list. */
static bool
run_disallow(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "collection");

	if (!need_member(call, name) || !need_allowed(call, name))
		return false;
	gqle_meta_store_delete("allowlist", "collection", name);
	return gqle_meta_check_others(call);
}
