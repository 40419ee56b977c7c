/*
 * meta_permission.c
 *		Commands on permissions of tables (reference §6).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"

static bool run_create_insert(GqleMetaCall *call, const GqleJson *args);
static bool run_create_select(GqleMetaCall *call, const GqleJson *args);
static bool run_create_update(GqleMetaCall *call, const GqleJson *args);
static bool run_create_delete(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_insert(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_select(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_update(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_delete(GqleMetaCall *call, const GqleJson *args);
static bool run_set_comment(GqleMetaCall *call, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

#define CREATE_SHAPE(operation) \
static const GqleMetaField create_##operation##_fields[] = { \
	{"source", GQLE_META_NAME}, \
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED | GQLE_META_OUTER}, \
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED}, \
	{"permission", GQLE_META_SHAPE, GQLE_META_REQUIRED, \
	.shape = &gqle_meta_##operation##_permission}, \
	{"comment", GQLE_META_TEXT}, \
	{NULL} \
}; \
static const GqleMetaShape create_##operation##_shape = {"CreatePerm", \
	create_##operation##_fields, \
	.generic = "Hasura.RQL.Types.Permission.PermDef(PermDef)", \
	.wrapper = "expecting an Object with key 'table'"}

CREATE_SHAPE(insert);
CREATE_SHAPE(select);
CREATE_SHAPE(update);
CREATE_SHAPE(delete);

static const GqleMetaField drop_fields[] = {
	{"source", GQLE_META_NAME},
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED | GQLE_META_OUTER},
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape drop_shape = {"DropPerm", drop_fields};

/* Checks the kind of permission. */
static GqleJson *
read_operation(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			   const void *data)
{
	if (value->kind == GQLE_JSON_STRING &&
		(strcmp(value->text, "insert") == 0 || strcmp(value->text, "select") == 0 ||
		 strcmp(value->text, "update") == 0 || strcmp(value->text, "delete") == 0))
		return unconstify(GqleJson *, value);
	return gqle_meta_reader_fail(reader, path,
								 "perm_type should be one of 'insert', 'select', 'update', 'delete'");
}

static const GqleMetaField comment_fields[] = {
	{"source", GQLE_META_NAME},
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED | GQLE_META_OUTER},
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"permission", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = read_operation},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape comment_shape = {"SetPermComment", comment_fields};

#define PERMISSION_FLAGS (GQLE_META_BACKEND | GQLE_META_V1 | GQLE_META_OWN_TABLE)

const GqleMetaCommand gqle_meta_permission_commands[] = {
	{"create_insert_permission", PERMISSION_FLAGS, &create_insert_shape, run_create_insert},
	{"create_select_permission", PERMISSION_FLAGS, &create_select_shape, run_create_select},
	{"create_update_permission", PERMISSION_FLAGS, &create_update_shape, run_create_update},
	{"create_delete_permission", PERMISSION_FLAGS, &create_delete_shape, run_create_delete},
	{"drop_insert_permission", PERMISSION_FLAGS, &drop_shape, run_drop_insert},
	{"drop_select_permission", PERMISSION_FLAGS, &drop_shape, run_drop_select},
	{"drop_update_permission", PERMISSION_FLAGS, &drop_shape, run_drop_update},
	{"drop_delete_permission", PERMISSION_FLAGS, &drop_shape, run_drop_delete},
	{"set_permission_comment", PERMISSION_FLAGS | GQLE_META_UNSTORED_V1, &comment_shape,
	run_set_comment},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Running
 * ------------------------------------------------------------------------ */

#define PERMISSION_KEY "source schema_name table_name role operation"

/* create adds a permission. */
static bool
create(GqleMetaCall *call, const GqleJson *args, const char *operation)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *role = gqle_meta_text(args, "role");
	GqleJson   *row;

	if (!gqle_meta_need_table(call, &table))
		return false;
	if (strcmp(role, "admin") == 0 ||
		gqle_meta_store_exists("permissions", PERMISSION_KEY, table.source, table.schema,
							   table.name, role, operation))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "%s permission already defined on table \"%s\" with role \"%s\"",
							  operation, gqle_meta_display(&table), role);
	row = gqle_meta_row_of_table(&table);
	gqle_meta_row_set_text(row, "role", role);
	gqle_meta_row_set_text(row, "operation", operation);
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "permission"));
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_insert_one("permissions", row);
	return gqle_meta_check_target(call, psprintf("%s_permission", operation),
								  psprintf("%s_permission %s in table %s in source %s",
										   operation, role, gqle_meta_display(&table),
										   table.source));
}

/* run_create_insert adds an insert permission. */
static bool
run_create_insert(GqleMetaCall *call, const GqleJson *args)
{
	return create(call, args, "insert");
}

/* run_create_select adds a select permission. */
static bool
run_create_select(GqleMetaCall *call, const GqleJson *args)
{
	return create(call, args, "select");
}

/* run_create_update adds an update permission. */
static bool
run_create_update(GqleMetaCall *call, const GqleJson *args)
{
	return create(call, args, "update");
}

/* run_create_delete adds a delete permission. */
static bool
run_create_delete(GqleMetaCall *call, const GqleJson *args)
{
	return create(call, args, "delete");
}

/* drop removes a permission. */
static bool
drop(GqleMetaCall *call, const GqleJson *args, const char *operation)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *role = gqle_meta_text(args, "role");

	if (!gqle_meta_need_table(call, &table))
		return false;
	if (gqle_meta_store_delete("permissions", PERMISSION_KEY, table.source, table.schema,
							   table.name, role, operation) == 0)
		return gqle_meta_fail(call, GQLE_ERR_PERMISSION_DENIED,
							  "%s permission on \"%s\" for role \"%s\" does not exist",
							  operation, gqle_meta_display(&table), role);
	return gqle_meta_check_others(call);
}

/* run_drop_insert removes an insert permission. */
static bool
run_drop_insert(GqleMetaCall *call, const GqleJson *args)
{
	return drop(call, args, "insert");
}

/* run_drop_select removes a select permission. */
static bool
run_drop_select(GqleMetaCall *call, const GqleJson *args)
{
	return drop(call, args, "select");
}

/* run_drop_update removes an update permission. */
static bool
run_drop_update(GqleMetaCall *call, const GqleJson *args)
{
	return drop(call, args, "update");
}

/* run_drop_delete removes a delete permission. */
static bool
run_drop_delete(GqleMetaCall *call, const GqleJson *args)
{
	return drop(call, args, "delete");
}

/* run_set_comment sets or removes the comment of a permission. */
static bool
run_set_comment(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *role = gqle_meta_text(args, "role");
	const char *operation = gqle_meta_text(args, "permission");
	GqleJson   *set = gqle_json_make_object();

	if (!gqle_meta_need_table(call, &table))
		return false;
	gqle_meta_row_set_text(set, "comment", gqle_meta_text(args, "comment"));
	if (gqle_meta_store_update("permissions", set, PERMISSION_KEY, table.source,
							   table.schema, table.name, role, operation) == 0)
		return gqle_meta_fail(call, GQLE_ERR_PERMISSION_DENIED,
							  "'%s' permission on \"%s\" for role \"%s\" does not exist",
							  operation, gqle_meta_display(&table), role);
	return true;
}
