/*
 * meta_remote.c
 *		Commands on remote schemas and remote relationships (reference §7, §9).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_deps.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/spi.h"

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

/* check refuses a remote schema that came out inconsistent. */
static bool
check(GqleMetaCall *call, const char *name)
{
	return gqle_meta_check_target(call, "remote_schema", psprintf("remote_schema %s", name));
}

/* run_add adds a remote schema. */
static bool
run_add(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row = gqle_json_make_object();

	if (gqle_meta_store_exists("remote_schemas", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "remote schema with name \"%s\" already exists", name);
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "definition"));
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_insert_one("remote_schemas", row);
	return check(call, name);
}

/* run_update replaces a remote schema; compat: its relationships are lost. */
static bool
run_update(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *set = gqle_json_make_object();

	gqle_json_object_set(set, "definition", gqle_json_lookup(args, "definition"));
	gqle_meta_row_set_text(set, "comment", gqle_meta_text(args, "comment"));
	if (gqle_meta_store_update("remote_schemas", set, "name", name) == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "remote schema with name \"%s\" doesn't exist", name);
	gqle_meta_store_delete("remote_schema_relationships", "remote_schema", name);
	return check(call, name);
}

/* run_remove removes a remote schema with its permissions. */
static bool
run_remove(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	const char *key = gqle_meta_deps_key_remote_schema(name);
	GqleMetaDeps *deps;

	if (!gqle_meta_store_exists("remote_schemas", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "remote schema with name \"%s\" doesn't exist", name);
	deps = gqle_meta_deps_load(call->request);
	gqle_meta_deps_mark(deps, key);
	gqle_meta_deps_ignore_owned(deps, key);
	if (!gqle_meta_deps_check(call, deps))
		return false;
	gqle_meta_store_delete("remote_schemas", "name", name);
	return gqle_meta_check_others(call);
}

/* run_reload would fetch the schema anew. */
static bool
run_reload(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");

	if (!gqle_meta_store_exists("remote_schemas", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "remote schema with name \"%s\" does not exist", name);
	return check(call, name);
}

/* run_introspect would return the schema as it was fetched. */
static bool
run_introspect(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");

	if (!gqle_meta_store_exists("remote_schemas", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS, "remote schema: \"%s\" not found",
							  name);
	return gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
						  "remote schemas are not served by this version yet");
}

/* run_add_permission says which part of a remote schema a role sees. */
static bool
run_add_permission(GqleMetaCall *call, const GqleJson *args)
{
	const char *schema = gqle_meta_text(args, "remote_schema");
	const char *role = gqle_meta_text(args, "role");
	const char *enabled = gqle_meta_setting("enable_remote_schema_permissions");
	GqleJson   *row = gqle_json_make_object();

	if (enabled == NULL || strcmp(enabled, "true") != 0)
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

	if (!gqle_meta_need_table(call, &table))
		return false;
	if (gqle_meta_store_exists("remote_relationships", TABLE_KEY, table.source,
							   table.schema, table.name, name))
		return true;
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

/* run_delete_type_relationship removes one. */
static bool
run_delete_type_relationship(GqleMetaCall *call, const GqleJson *args)
{
	if (!need_type_relationship(call, args))
		return false;
	gqle_meta_store_delete("remote_schema_relationships", "remote_schema type_name name",
						   gqle_meta_text(args, "remote_schema"),
						   gqle_meta_text(args, "type_name"), gqle_meta_text(args, "name"));
	return gqle_meta_check_others(call);
}
