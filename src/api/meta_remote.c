/*
 * meta_remote.c
 *		Commands on remote schemas and remote relationships (reference §7, §9).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_deps.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/api/remote_fetch.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/remote.h"

static bool run_add(GqleMetaCall *call, const GqleJson *args);
static bool run_update(GqleMetaCall *call, const GqleJson *args);
static bool run_remove(GqleMetaCall *call, const GqleJson *args);
static bool run_reload(GqleMetaCall *call, const GqleJson *args);
static bool run_introspect(GqleMetaCall *call, const GqleJson *args);
static bool run_add_permission(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_permission(GqleMetaCall *call, const GqleJson *args);
static bool run_create_relationship(GqleMetaCall *call, const GqleJson *args);
static bool run_update_relationship(GqleMetaCall *call, const GqleJson *args);
static bool run_delete_relationship(GqleMetaCall *call, const GqleJson *args);
static bool run_create_type_relationship(GqleMetaCall *call, const GqleJson *args);
static bool run_update_type_relationship(GqleMetaCall *call, const GqleJson *args);
static bool run_delete_type_relationship(GqleMetaCall *call, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

static const GqleMetaField add_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"definition", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_remote_schema_definition},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape add_shape = {"AddRemoteSchemaQuery", add_fields,
.generic = "Hasura.RemoteSchema.MetadataAPI.Core.AddRemoteSchemaQuery(AddRemoteSchemaQuery)"};

static const GqleMetaField name_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape name_shape = {"RemoteSchemaNameQuery", name_fields,
.generic = "Hasura.RemoteSchema.MetadataAPI.Core.RemoteSchemaNameQuery(RemoteSchemaNameQuery)"};

static const GqleMetaField add_permission_fields[] = {
	{"remote_schema", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"definition", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_remote_schema_role},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape add_permission_shape = {"AddRemoteSchemaPermission",
	add_permission_fields,
.generic = "Hasura.RemoteSchema.MetadataAPI.Permission.AddRemoteSchemaPermission(AddRemoteSchemaPermission)"};

static const GqleMetaField drop_permission_fields[] = {
	{"remote_schema", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape drop_permission_shape = {"DropRemoteSchemaPermissions",
	drop_permission_fields,
.generic = "Hasura.RemoteSchema.MetadataAPI.Permission.DropRemoteSchemaPermissions(DropRemoteSchemaPermissions)"};

/*
 * finish_relationship takes the older form, whose definition lies open among
 * the arguments.
 */
static GqleJson *
finish_relationship(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *args)
{
	static const char *const keys[] = {"hasura_fields", "remote_field", "remote_schema"};
	GqleJson   *definition = gqle_json_lookup(args, "definition");
	bool		is_old = gqle_json_lookup(args, "remote_schema") != NULL;
	GqleJson   *loose;
	int			i;

	if ((definition != NULL) == is_old)
		return gqle_meta_reader_fail(reader, path,
									 "create_remote_relationship expects exactly one of: remote_schema, definition");
	if (definition != NULL)
		return args;
	loose = gqle_json_make_object();
	for (i = 0; i < (int) lengthof(keys); i++)
		if (gqle_json_lookup(args, keys[i]) != NULL)
			gqle_json_object_set(loose, keys[i], gqle_json_lookup(args, keys[i]));
	if (gqle_json_lookup(loose, "hasura_fields") == NULL)
		return gqle_meta_reader_fail(reader, path, "key \"hasura_fields\" not found");
	definition = gqle_meta_remote_definition(reader, path, loose, NULL);
	if (definition == NULL)
		return NULL;
	gqle_json_object_set(args, "definition", definition);
	return args;
}

static const GqleMetaField relationship_fields[] = {
	{"source", GQLE_META_NAME},
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED},
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"definition", GQLE_META_CUSTOM, .custom = gqle_meta_remote_definition},
	{"remote_schema", GQLE_META_ANY},
	{"hasura_fields", GQLE_META_ANY},
	{"remote_field", GQLE_META_ANY},
	{NULL}
};
static const GqleMetaShape relationship_shape = {"CreateFromSourceRelationship",
	relationship_fields, .finish = finish_relationship};

static const GqleMetaField delete_fields[] = {
	{"source", GQLE_META_NAME},
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED},
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape delete_shape = {"DeleteFromSourceRelationship", delete_fields};

static const GqleMetaField type_relationship_fields[] = {
	{"remote_schema", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"type_name", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"definition", GQLE_META_CUSTOM, GQLE_META_REQUIRED,
	.custom = gqle_meta_remote_definition},
	{NULL}
};
static const GqleMetaShape type_relationship_shape = {
	"CreateRemoteSchemaRemoteRelationship", type_relationship_fields};

static const GqleMetaField delete_type_fields[] = {
	{"remote_schema", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"type_name", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape delete_type_shape = {"DeleteRemoteSchemaRemoteRelationship",
	delete_type_fields};

#define BOTH (GQLE_META_ENGINE | GQLE_META_V1)
#define TABLE_FLAGS (GQLE_META_BACKEND | GQLE_META_V1)

const GqleMetaCommand gqle_meta_remote_commands[] = {
	{"add_remote_schema", BOTH, &add_shape, run_add},
	{"update_remote_schema", BOTH, &add_shape, run_update},
	{"remove_remote_schema", BOTH, &name_shape, run_remove},
	{"reload_remote_schema", BOTH, &name_shape, run_reload},
	{"introspect_remote_schema", BOTH | GQLE_META_READS, &name_shape, run_introspect},
	{"add_remote_schema_permissions", GQLE_META_ENGINE, &add_permission_shape,
	run_add_permission},
	{"drop_remote_schema_permissions", GQLE_META_ENGINE, &drop_permission_shape,
	run_drop_permission},
	{"create_remote_relationship", TABLE_FLAGS, &relationship_shape,
	run_create_relationship},
	{"update_remote_relationship", TABLE_FLAGS, &relationship_shape,
	run_update_relationship},
	{"delete_remote_relationship", TABLE_FLAGS | GQLE_META_ATOMIC, &delete_shape,
	run_delete_relationship},
	{"create_remote_schema_remote_relationship", GQLE_META_ENGINE,
	&type_relationship_shape, run_create_type_relationship},
	{"update_remote_schema_remote_relationship", GQLE_META_ENGINE,
	&type_relationship_shape, run_update_type_relationship},
	{"delete_remote_schema_remote_relationship", GQLE_META_ENGINE, &delete_type_shape,
	run_delete_type_relationship},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Remote schemas
 * ------------------------------------------------------------------------ */

/*
 * gqle_meta_check_remote_types refuses types of one name in two remote schemas; compat:
 * that is no inconsistent object, there is no schema then.
 */
bool
gqle_meta_check_remote_types(GqleMetaCall *call)
{
	const char *reason = call->request->defers_checks ? NULL :
		gqle_remote_type_clash(gqle_meta_catalog(call->request));

	return reason == NULL ||
		gqle_meta_fail_status(call, 500, GQLE_ERR_UNEXPECTED, "%s", reason);
}

/* check refuses a remote schema that came out inconsistent. */
static bool
check(GqleMetaCall *call, const char *name)
{
	return gqle_meta_check_remote_types(call) &&
		gqle_meta_check_target(call, "remote_schema", psprintf("remote_schema %s", name));
}

/* fail_with reports what another part has found, at the call's path. */
static bool
fail_with(GqleMetaCall *call, const GqleError *error)
{
	gqle_meta_fail(call, error->code, "%s", error->message);
	call->sink->error.internal = error->internal;
	return false;
}

/* What became of asking a remote schema for its types. */
typedef enum Fetch
{
	FETCH_DONE,
	FETCH_FAILED,				/* reported */
	FETCH_PENDING				/* the whole request will be run again */
} Fetch;

/* fetch asks a remote schema for its types. */
static Fetch
fetch(GqleMetaCall *call, const GqleJson *definition, const char **answer,
	  GqleErrorSink *sink)
{
	GqleOutcalls *outcalls = call->request->outcalls;
	GqleHttpRequest request;
	const GqleHttpReply *reply;

	if (outcalls == NULL)
	{
		gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, NULL,
						  "remote schemas cannot be called from here");
		return FETCH_FAILED;
	}
	if (!gqle_remote_fetch_request(definition, outcalls, &request, sink))
		return FETCH_FAILED;
	reply = gqle_outcalls_ask(outcalls, &request);
	if (reply == NULL)
	{
		call->request->is_pending = true;
		return FETCH_PENDING;
	}
	*answer = gqle_remote_fetch_read(definition, &request, reply, sink);
	return *answer != NULL ? FETCH_DONE : FETCH_FAILED;
}

/*
 * fetch_checked fetches and keeps the types of a remote schema, if they are right;
 * false after reporting that they are not, or that there are none yet.
 */
static bool
fetch_checked(GqleMetaCall *call, const char *name, const GqleJson *definition)
{
	GqleErrorSink sink = {0};
	const char *answer = NULL;

	if (fetch(call, definition, &answer, &sink) == FETCH_PENDING)
		return !gqle_meta_remote_pends(call);
	if (answer == NULL ||
		!gqle_remote_check_answer(name, definition, answer, (int) strlen(answer), &sink))
		return fail_with(call, &sink.error);
	gqle_remote_fetch_store(name, definition, answer);
	return true;
}

/* fetch_any fetches the types of a remote schema and keeps what comes of it. */
static void
fetch_any(GqleMetaCall *call, const char *name, const GqleJson *definition)
{
	GqleErrorSink sink = {0};
	const char *answer = NULL;

	switch (fetch(call, definition, &answer, &sink))
	{
		case FETCH_DONE:
			gqle_remote_fetch_store(name, definition, answer);
			break;
		case FETCH_FAILED:
			gqle_remote_fetch_store_failure(name, definition, &sink.error);
			break;
		case FETCH_PENDING:
			break;
	}
}

/*
 * gqle_meta_remote_fetch fetches the types of remote schemas: of those that names, a
 * list, has, or with NULL of those that were never asked under their definition.  What
 * nobody has any more is forgotten.
 */
void
gqle_meta_remote_fetch(GqleMetaCall *call, const GqleJson *names)
{
	GqleRows   *rows;
	int			i;
	int			j;

	gqle_spi_execute("DELETE FROM gqle.remote_introspections AS i WHERE NOT EXISTS "
					 "(SELECT FROM gqle.remote_schemas AS r WHERE r.name = i.remote_schema)",
					 NULL);
	rows = gqle_spi_query("SELECT r.name, r.definition, i.remote_schema IS NULL "
						  "FROM gqle.remote_schemas AS r LEFT JOIN gqle.remote_introspections AS i "
						  "ON i.remote_schema = r.name "
						  "AND i.request OPERATOR(pg_catalog.=) gqle_internal.remote_request(r.definition) "
						  "ORDER BY r.name", NULL);
	for (i = 0; i < rows->n; i++)
	{
		const char *name = gqle_rows_text(rows, i, 0);
		bool		is_wanted = names == NULL && gqle_rows_bool(rows, i, 2);

		for (j = 0; names != NULL && j < names->n; j++)
			is_wanted = is_wanted || strcmp(names->items[j]->text, name) == 0;
		if (is_wanted)
			fetch_any(call, name, gqle_meta_parse_stored(gqle_rows_text(rows, i, 1)));
	}
}

/*
 * gqle_meta_remote_pends tells whether the request has to be run again.  Then nobody
 * will see what it reports, but there is something for whoever looks.
 */
bool
gqle_meta_remote_pends(GqleMetaCall *call)
{
	if (call->request->is_pending)
		gqle_meta_fail(call, GQLE_ERR_UNEXPECTED, "a remote schema has to be asked first");
	return call->request->is_pending;
}

/* gqle_meta_remote_names returns the names of all remote schemas. */
GqleJson *
gqle_meta_remote_names(void)
{
	GqleRows   *rows = gqle_spi_query("SELECT name FROM gqle.remote_schemas ORDER BY name",
									  NULL);
	GqleJson   *names = gqle_json_make_array();
	int			i;

	for (i = 0; i < rows->n; i++)
		gqle_json_array_add(names, gqle_json_make_string(gqle_rows_text(rows, i, 0)));
	return names;
}

/* run_add adds a remote schema. */
static bool
run_add(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *definition = gqle_json_lookup(args, "definition");
	GqleJson   *row = gqle_json_make_object();

	if (gqle_meta_store_exists("remote_schemas", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "remote schema with name \"%s\" already exists", name);
	if (!fetch_checked(call, name, definition))
		return false;
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "definition", definition);
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_insert_one("remote_schemas", row);
	return check(call, name);
}

/* same_text tells whether a member of two objects is one text. */
static bool
same_text(const GqleJson *a, const GqleJson *b, const char *key)
{
	const char *text = gqle_meta_text(a, key);
	const char *other = gqle_meta_text(b, key);

	return text != NULL && other != NULL && strcmp(text, other) == 0;
}

/*
 * run_update replaces a remote schema; compat: its relationships are lost, and what the
 * server answers is looked at first only if it is another server.
 */
static bool
run_update(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *definition = gqle_json_lookup(args, "definition");
	const GqleJson *former = gqle_meta_store_get("remote_schemas", "definition", "name", name);
	GqleJson   *set = gqle_json_make_object();
	GqleErrorSink sink = {0};
	const char *url_name;

	if (former == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "remote schema with name \"%s\" doesn't exist", name);
	if (gqle_remote_parse_definition(definition, &url_name, &sink) == NULL)
		return fail_with(call, &sink.error);
	if (!same_text(former, definition, "url") &&
		!same_text(former, definition, "url_from_env") &&
		!fetch_checked(call, name, definition))
		return false;
	gqle_json_object_set(set, "definition", definition);
	gqle_meta_row_set_text(set, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_update("remote_schemas", set, "name", name);
	gqle_meta_store_delete("remote_schema_relationships", "remote_schema", name);
	gqle_meta_remote_fetch(call, NULL);
	return !gqle_meta_remote_pends(call) && check(call, name);
}

/* run_remove removes a remote schema with its permissions. */
static bool
run_remove(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	const char *key = gqle_meta_deps_key_remote_schema(name);
	GqleMetaDeps *deps;

	if (!gqle_meta_store_exists("remote_schemas", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS, "no such remote schema");
	deps = gqle_meta_deps_load(call->request);
	gqle_meta_deps_mark(deps, key);
	gqle_meta_deps_ignore_owned(deps, key);
	if (!gqle_meta_deps_check(call, deps))
		return false;
	gqle_meta_store_delete("remote_schemas", "name", name);
	gqle_meta_store_delete("remote_introspections", "remote_schema", name);
	return gqle_meta_check_others(call);
}

/* run_reload fetches the schema anew. */
static bool
run_reload(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *names = gqle_json_make_array();

	if (!gqle_meta_store_exists("remote_schemas", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "remote schema with name \"%s\" does not exist", name);
	gqle_json_array_add(names, gqle_json_make_string(name));
	gqle_meta_remote_fetch(call, names);
	return !gqle_meta_remote_pends(call) && gqle_meta_check_remote_types(call) &&
		gqle_meta_check_others(call);
}

/* run_introspect returns the schema as it was fetched. */
static bool
run_introspect(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");

	const char *answer = gqle_remote_stored_answer(name);

	if (answer == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS, "remote schema: \"%s\" not found",
							  name);
	appendStringInfoString(call->out, answer);
	return true;
}

/* check_document refuses a document that is no part of the remote schema. */
static bool
check_document(GqleMetaCall *call, const char *schema_name, const char *role,
			   const GqleJson *args)
{
	GqleCatalog *catalog = gqle_meta_catalog(call->request);
	const GqleRemoteSchema *schema = gqle_catalog_lookup_remote(catalog, schema_name);
	const char *sdl = gqle_meta_text(gqle_json_lookup(args, "definition"), "schema");
	GqleErrorSink sink = {0};

	if (schema == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "remote schema \"%s\" doesn't exist", schema_name);
	return gqle_remote_check_permission(catalog, schema, role, sdl, &sink) ||
		fail_with(call, &sink.error);
}

/* run_add_permission says which part of a remote schema a role sees. */
static bool
run_add_permission(GqleMetaCall *call, const GqleJson *args)
{
	const char *schema = gqle_meta_text(args, "remote_schema");
	const char *role = gqle_meta_text(args, "role");
	GqleJson   *row = gqle_json_make_object();

	if (!gqle_guc_enable_remote_schema_permissions)
		return gqle_meta_fail(call, GQLE_ERR_CONSTRAINT_VIOLATION,
							  "remote schema permissions can only be added when remote schema permissions are enabled in the graphql-engine");
	if (!gqle_meta_store_exists("remote_schemas", "name", schema))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "remote schema \"%s\" doesn't exist", schema);
	if (gqle_meta_store_exists("remote_schema_permissions", "remote_schema role", schema,
							   role))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "permissions for role: \"%s\" for remote schema:\"%s\" already exists",
							  role, schema);
	if (!check_document(call, schema, role, args))
		return false;
	gqle_meta_row_set_text(row, "remote_schema", schema);
	gqle_meta_row_set_text(row, "role", role);
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "definition"));
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_place_first("remote_schema_permissions", row, "remote_schema", schema);
	gqle_meta_store_insert_one("remote_schema_permissions", row);
	return gqle_meta_check_target(call, "remote_schema_permission",
								  psprintf("remote_schema_permission %s permission in remote schema %s", role,
										   schema));
}

/* run_drop_permission takes that back. */
static bool
run_drop_permission(GqleMetaCall *call, const GqleJson *args)
{
	const char *schema = gqle_meta_text(args, "remote_schema");
	const char *role = gqle_meta_text(args, "role");

	if (!gqle_meta_store_exists("remote_schemas", "name", schema))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "remote schema \"%s\" doesn't exist", schema);
	if (gqle_meta_store_delete("remote_schema_permissions", "remote_schema role", schema,
							   role) == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "permissions for role: \"%s\" for remote schema:\"%s\" doesn't exist",
							  role, schema);
	return gqle_meta_check_others(call);
}

/* ------------------------------------------------------------------------
 * Remote relationships of tables
 * ------------------------------------------------------------------------ */

#define TABLE_KEY "source schema_name table_name name"

/* store_relationship adds a remote relationship or replaces it. */
static bool
store_relationship(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row = gqle_meta_row_of_table(&table);

	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "definition"));
	gqle_meta_store_upsert("remote_relationships", row);
	return gqle_meta_check_target(call, "remote_relationship",
								  psprintf("remote_relationship %s in table %s in source %s",
										   name, gqle_meta_display(&table),
										   table.source));
}

/* run_create_relationship adds one; compat: silently replaces another. */
static bool
run_create_relationship(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");

	return gqle_meta_need_table(call, &table) && store_relationship(call, args);
}

/* need_relationship refuses an unknown remote relationship. */
static bool
need_relationship(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *name = gqle_meta_text(args, "name");
	const GqleTable *local;

	if (!gqle_meta_need_table(call, &table))
		return false;
	if (gqle_meta_store_exists("remote_relationships", TABLE_KEY, table.source,
							   table.schema, table.name, name))
		return true;
	local = gqle_meta_lookup_table(call->request, &table);
	if (local != NULL && (gqle_table_lookup_column(local, name) != NULL ||
						  gqle_table_lookup_relationship(local, name) != NULL ||
						  gqle_table_lookup_computed_field(local, name) != NULL))
		return gqle_meta_fail(call, GQLE_ERR_UNEXPECTED_PAYLOAD,
							  "expecting a remote relationship");
	return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS, "\"%s\" does not exist", name);
}

/* run_update_relationship replaces one. */
static bool
run_update_relationship(GqleMetaCall *call, const GqleJson *args)
{
	return need_relationship(call, args) && store_relationship(call, args);
}

/* run_delete_relationship removes one. */
static bool
run_delete_relationship(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");

	if (!need_relationship(call, args))
		return false;
	gqle_meta_store_delete("remote_relationships", TABLE_KEY, table.source, table.schema,
						   table.name, gqle_meta_text(args, "name"));
	return gqle_meta_check_others(call);
}

/* ------------------------------------------------------------------------
 * Relationships of remote types
 * ------------------------------------------------------------------------ */

/* need_schema refuses an unknown remote schema. */
static bool
need_schema(GqleMetaCall *call, const GqleJson *args)
{
	const char *schema = gqle_meta_text(args, "remote_schema");

	if (gqle_meta_store_exists("remote_schemas", "name", schema))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
						  "remote schema with name \"%s\" does not exist", schema);
}

/* need_type_relationship refuses an unknown relationship. */
static bool
need_type_relationship(GqleMetaCall *call, const GqleJson *args)
{
	const char *schema = gqle_meta_text(args, "remote_schema");
	const char *name = gqle_meta_text(args, "name");

	if (!need_schema(call, args))
		return false;
	if (gqle_meta_store_exists("remote_schema_relationships",
							   "remote_schema type_name name", schema,
							   gqle_meta_text(args, "type_name"), name))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
						  "no relationship defined on remote schema \"%s\" with name \"%s\"",
						  schema, name);
}

/* run_create_type_relationship adds one. */
static bool
run_create_type_relationship(GqleMetaCall *call, const GqleJson *args)
{
	GqleJson   *row = gqle_json_make_object();
	const char *schema = gqle_meta_text(args, "remote_schema");
	const char *type = gqle_meta_text(args, "type_name");
	const char *name = gqle_meta_text(args, "name");

	if (!need_schema(call, args))
		return false;
	gqle_meta_row_set_text(row, "remote_schema", schema);
	gqle_meta_row_set_text(row, "type_name", type);
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "definition"));
	if (!gqle_meta_store_exists("remote_schema_relationships", "remote_schema type_name name",
								schema, type, name))
		gqle_meta_store_place_last("remote_schema_relationships", row, "remote_schema", schema);
	gqle_meta_store_upsert("remote_schema_relationships", row);
	return gqle_meta_check_target(call, "remote_schema_remote_relationship",
								  psprintf("remote_schema_remote_relationship remote_relationship %s on type %s in remote schema %s",
										   name, type, schema));
}

/* run_update_type_relationship replaces one. */
static bool
run_update_type_relationship(GqleMetaCall *call, const GqleJson *args)
{
	return need_type_relationship(call, args) && run_create_type_relationship(call, args);
}

/* run_delete_type_relationship removes one; compat: there may be none. */
static bool
run_delete_type_relationship(GqleMetaCall *call, const GqleJson *args)
{
	gqle_meta_store_delete("remote_schema_relationships", "remote_schema type_name name",
						   gqle_meta_text(args, "remote_schema"),
						   gqle_meta_text(args, "type_name"), gqle_meta_text(args, "name"));
	return gqle_meta_check_others(call);
}
