/*
 * meta_native.c
 *		Commands on native queries and logical models (reference §14).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/spi.h"

static bool run_track_query(GqleMetaCall *call, const GqleJson *args);
static bool run_untrack_query(GqleMetaCall *call, const GqleJson *args);
static bool run_get_queries(GqleMetaCall *call, const GqleJson *args);
static bool run_track_model(GqleMetaCall *call, const GqleJson *args);
static bool run_untrack_model(GqleMetaCall *call, const GqleJson *args);
static bool run_get_models(GqleMetaCall *call, const GqleJson *args);
static bool run_create_permission(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_permission(GqleMetaCall *call, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

static const GqleMetaField untrack_query_fields[] = {
	{"source", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"root_field_name", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape untrack_query_shape = {"UntrackNativeQuery",
	untrack_query_fields};

static const GqleMetaField source_fields[] = {
	{"source", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape source_shape = {"GetNativeQuery", source_fields};

static const GqleMetaField untrack_model_fields[] = {
	{"source", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"name", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape untrack_model_shape = {"UntrackLogicalModel",
	untrack_model_fields};

/* Whose logical model it is: that of the name, or that of the native query of the name. */
static GqleJson *
read_owner(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
		   const void *data)
{
	if (value->kind == GQLE_JSON_STRING && (strcmp(value->text, "logical_model") == 0 ||
											strcmp(value->text, "native_query") == 0))
		return unconstify(GqleJson *, value);
	return gqle_meta_reader_fail(reader, path, "Expected string");
}

static const GqleMetaField permission_fields[] = {
	{"source", GQLE_META_NAME},
	{"type", GQLE_META_CUSTOM, .custom = read_owner},
	{"name", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED | GQLE_META_OUTER},
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"permission", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_select_permission},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape permission_shape = {"CreateLogicalModelPermission",
	permission_fields, .generic = "Hasura.RQL.Types.Permission.PermDef(PermDef)",
	.wrapper = "parsing CreateLogicalModelPermission failed, expected Object, but encountered %s"};

static const GqleMetaField drop_permission_fields[] = {
	{"source", GQLE_META_NAME},
	{"name", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"type", GQLE_META_CUSTOM, .custom = read_owner},
	{NULL}
};
static const GqleMetaShape drop_permission_shape = {"DropLogicalModelPermission",
	drop_permission_fields};

const GqleMetaCommand gqle_meta_native_commands[] = {
	{"track_native_query", GQLE_META_BACKEND | GQLE_META_ATOMIC, &gqle_meta_track_native_query,
	run_track_query},
	{"untrack_native_query", GQLE_META_BACKEND | GQLE_META_ATOMIC, &untrack_query_shape,
	run_untrack_query},
	{"get_native_query", GQLE_META_BACKEND | GQLE_META_READS, &source_shape,
	run_get_queries},
	{"track_logical_model", GQLE_META_BACKEND | GQLE_META_ATOMIC, &gqle_meta_track_logical_model,
	run_track_model},
	{"untrack_logical_model", GQLE_META_BACKEND | GQLE_META_ATOMIC,
	&untrack_model_shape, run_untrack_model},
	{"get_logical_model", GQLE_META_BACKEND | GQLE_META_READS, &source_shape,
	run_get_models},
	{"create_logical_model_select_permission", GQLE_META_BACKEND, &permission_shape,
	run_create_permission},
	{"drop_logical_model_select_permission", GQLE_META_BACKEND, &drop_permission_shape,
	run_drop_permission},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Helpers
 * ------------------------------------------------------------------------ */

/* canonical brings arguments into the form of a metadata object. */
static GqleJson *
canonical(const GqleMetaShape *shape, const GqleJson *args)
{
	GqleErrorSink sink = {0};
	GqleMetaReader reader = {&sink, NULL};
	GqleMetaPath root = {NULL, NULL, 0, "$"};
	GqleJson   *result = gqle_meta_shape_apply(&reader, &root, shape, args);

	Ensure(result != NULL, "arguments of a command do not make a metadata object");
	return result;
}

/* need_source refuses an unknown source, in the words of these commands. */
static bool
need_source(GqleMetaCall *call, const char *source)
{
	if (gqle_meta_store_exists("sources", "name", source))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND,
						  "Source '%s' of kind postgres not found.", source);
}

/* need_stored refuses the name of what its source does not have. */
static bool
need_stored(GqleMetaCall *call, const char *what, const char *table, const char *key,
			const char *source, const char *name)
{
	if (!gqle_meta_store_exists("sources", "name", source))
		return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND, "Source \"%s\" not found.", source);
	if (gqle_meta_store_exists(table, key, source, name))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND, "%s \"%s\" not found in source \"%s\".",
						  what, name, source);
}

static bool
need_query(GqleMetaCall *call, const char *source, const char *name)
{
	return need_stored(call, "Native query", "native_queries", "source root_field_name", source,
					   name);
}

static bool
need_model(GqleMetaCall *call, const char *source, const char *name)
{
	return need_stored(call, "Logical model", "logical_models", "source name", source, name);
}

/* check_query and check_model look at what was changed. */
static bool
check_query(GqleMetaCall *call, const char *source, const char *name)
{
	return gqle_meta_check_target(call, "native_query",
								  psprintf("native_query %s in source %s", name, source));
}

static bool
check_model(GqleMetaCall *call, const char *source, const char *name)
{
	return gqle_meta_check_target(call, "logical_model",
								  psprintf("logical_model %s in source %s", name, source));
}

/*
 * list answers with the stored objects of a source; a second column are the
 * permissions of an object.
 */
static bool
list(GqleMetaCall *call, const GqleJson *args, const char *sql)
{
	GqleSpiArgs spi_args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;
	GqleJson   *object;
	int			i;

	if (!need_source(call, gqle_meta_source(args)))
		return false;
	gqle_spi_add_text(&spi_args, gqle_meta_source(args));
	rows = gqle_spi_query(sql, &spi_args);
	appendStringInfoChar(call->out, '[');
	for (i = 0; i < rows->n; i++)
	{
		if (i > 0)
			appendStringInfoChar(call->out, ',');
		object = gqle_meta_parse_stored(gqle_rows_text(rows, i, 0));
		if (rows->desc->natts > 1 && !gqle_rows_is_null(rows, i, 1))
			gqle_json_object_set(object, "select_permissions",
								 gqle_meta_parse_stored(gqle_rows_text(rows, i, 1)));
		gqle_json_append(call->out, gqle_meta_sort(object));
	}
	appendStringInfoChar(call->out, ']');
	return true;
}

/* ------------------------------------------------------------------------
 * Native queries
 * ------------------------------------------------------------------------ */

/* run_track_query adds a native query. */
static bool
run_track_query(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "root_field_name");
	GqleJson   *row = gqle_json_make_object();

	if (!need_source(call, source))
		return false;
	if (gqle_meta_store_exists("native_queries", "source root_field_name", source, name))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_TRACKED,
							  "Native query '%s' is already tracked.", name);
	gqle_meta_row_set_text(row, "source", source);
	gqle_meta_row_set_text(row, "root_field_name", name);
	gqle_json_object_set(row, "definition", canonical(&gqle_meta_native_query, args));
	gqle_meta_store_insert_one("native_queries", row);
	return gqle_meta_check_roots(call) && check_query(call, source, name);
}

/* run_untrack_query removes one. */
static bool
run_untrack_query(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "root_field_name");

	if (!need_query(call, source, name))
		return false;
	gqle_meta_store_delete("native_queries", "source root_field_name", source, name);
	return check_query(call, source, name);
}

/* run_get_queries lists them. */
static bool
run_get_queries(GqleMetaCall *call, const GqleJson *args)
{
	return list(call, args, "SELECT definition FROM gqle.native_queries WHERE source = $1 "
				"ORDER BY root_field_name COLLATE \"C\"");
}

/* ------------------------------------------------------------------------
 * Logical models
 * ------------------------------------------------------------------------ */

/* run_track_model adds a logical model. */
static bool
run_track_model(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row = gqle_json_make_object();

	if (!gqle_meta_store_exists("sources", "name", source))
		return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND, "Source %s not found.", source);
	if (gqle_meta_store_exists("logical_models", "source name", source, name))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_TRACKED,
							  "Logical model '%s' is already tracked.", name);
	gqle_meta_row_set_text(row, "source", source);
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "definition", canonical(&gqle_meta_logical_model, args));
	gqle_meta_store_insert_one("logical_models", row);
	return check_model(call, source, name);
}

/* run_untrack_model removes a logical model. */
static bool
run_untrack_model(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "name");

	if (!need_model(call, source, name))
		return false;
	gqle_meta_store_delete("logical_models", "source name", source, name);
	return check_model(call, source, name);
}

/* run_get_models lists them. */
static bool
run_get_models(GqleMetaCall *call, const GqleJson *args)
{
	return list(call, args,
				"SELECT definition, (SELECT json_agg(CASE WHEN p.comment IS NULL "
				"THEN json_build_object('role', p.role, 'permission', p.definition) "
				"ELSE json_build_object('role', p.role, 'permission', p.definition, "
				"'comment', p.comment) END ORDER BY p.role) "
				"FROM gqle.logical_model_permissions AS p "
				"WHERE p.source = m.source AND p.name = m.name) "
				"FROM gqle.logical_models AS m WHERE source = $1 "
				"ORDER BY name COLLATE \"C\"");
}

/* is_inline tells whether a permission is on a model that a native query has within it. */
static bool
is_inline(const GqleJson *args)
{
	const char *type = gqle_meta_text(args, "type");

	return type != NULL && strcmp(type, "native_query") == 0;
}

/*
 * set_inline puts a permission, or NULL for none, in place of that of a role on what a
 * native query returns.  compat: nothing happens if that is a model with a name.
 */
static bool
set_inline(GqleMetaCall *call, const GqleJson *args, GqleJson *permission)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "name");
	const char *role = gqle_meta_text(args, "role");
	GqleJson   *definition;
	GqleJson   *returns;
	const GqleJson *old;
	GqleJson   *permissions = gqle_json_make_array();
	GqleJson   *set = gqle_json_make_object();
	int			i;

	if (!need_query(call, source, name))
		return false;
	definition = gqle_meta_store_get("native_queries", "definition", "source root_field_name",
									 source, name);
	returns = gqle_json_lookup(definition, "returns");
	if (returns->kind != GQLE_JSON_OBJECT)
		return check_query(call, source, name);
	old = gqle_json_lookup(returns, "select_permissions");
	for (i = 0; old != NULL && i < old->n; i++)
		if (strcmp(gqle_meta_text(old->items[i], "role"), role) != 0)
			gqle_json_array_add(permissions, old->items[i]);
	if (permission != NULL)
		gqle_json_array_add(permissions, permission);
	gqle_json_object_set(returns, "select_permissions", permissions);
	gqle_json_object_set(set, "definition", canonical(&gqle_meta_native_query, definition));
	gqle_meta_store_update("native_queries", set, "source root_field_name", source, name);
	return check_query(call, source, name);
}

/* run_create_permission lets a role select from a logical model; compat: or replaces that. */
static bool
run_create_permission(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row = gqle_json_make_object();

	gqle_meta_row_set_text(row, "role", gqle_meta_text(args, "role"));
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	if (is_inline(args))
	{
		gqle_json_object_set(row, "permission", gqle_json_lookup(args, "permission"));
		return set_inline(call, args, row);
	}
	if (!need_model(call, source, name))
		return false;
	gqle_meta_row_set_text(row, "source", source);
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "permission"));
	gqle_meta_store_upsert("logical_model_permissions", row);
	return check_model(call, source, name);
}

/* run_drop_permission takes that back; compat: whether there was one or not. */
static bool
run_drop_permission(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "name");

	if (is_inline(args))
		return set_inline(call, args, NULL);
	if (!need_model(call, source, name))
		return false;
	gqle_meta_store_delete("logical_model_permissions", "source name role", source, name,
						   gqle_meta_text(args, "role"));
	return check_model(call, source, name);
}
