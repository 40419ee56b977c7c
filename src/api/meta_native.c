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

static const GqleMetaField permission_fields[] = {
	{"source", GQLE_META_NAME},
	{"name", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"type", GQLE_META_TEXT},
	{"permission", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_select_permission},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape permission_shape = {"CreateLogicalModelPermission",
	permission_fields};

static const GqleMetaField drop_permission_fields[] = {
	{"source", GQLE_META_NAME},
	{"name", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"type", GQLE_META_TEXT},
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

	if (!gqle_meta_need_source(call, gqle_meta_source(args)))
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

	if (!gqle_meta_store_exists("sources", "name", source))
		return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND,
							  "Source '%s' of kind postgres not found.", source);
	if (gqle_meta_store_exists("native_queries", "source root_field_name", source, name))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_TRACKED,
							  "Native query '%s' is already tracked.", name);
	gqle_meta_row_set_text(row, "source", source);
	gqle_meta_row_set_text(row, "root_field_name", name);
	gqle_json_object_set(row, "definition", canonical(&gqle_meta_native_query, args));
	gqle_meta_store_insert_one("native_queries", row);
	if (!gqle_meta_check_roots(call))
		return false;
	return gqle_meta_check_target(call, "native_query",
								  psprintf("native_query %s in source %s", name, source));
}

/* run_untrack_query removes one. */
static bool
run_untrack_query(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "root_field_name");

	if (!gqle_meta_store_exists("sources", "name", source))
		return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND, "Source \"%s\" not found.", source);
	if (gqle_meta_store_delete("native_queries", "source root_field_name", source,
							   name) == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND,
							  "Native query \"%s\" not found in source \"%s\".", name,
							  source);
	return gqle_meta_check_others(call);
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
	return gqle_meta_check_target(call, "logical_model",
								  psprintf("logical_model %s in source %s", name, source));
}

/* users_of returns what refers to a logical model, as messages name it. */
static const char *
users_of(const char *source, const char *name)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, source);
	gqle_spi_add_text(&args, name);
	return gqle_rows_text(gqle_spi_query(
										 "SELECT string_agg(u, ', ' ORDER BY u COLLATE \"C\") FROM ("
										 "SELECT format('native query %s in source \"%s\"', root_field_name, source) "
										 "FROM gqle.native_queries WHERE source = $1 "
										 "AND definition->>'returns' = $2 "
										 "UNION ALL SELECT format('table %s in source \"%s\"', "
										 "CASE schema_name WHEN 'public' THEN table_name "
										 "ELSE schema_name || '.' || table_name END, source) "
										 "FROM gqle.tables WHERE source = $1 AND logical_model = $2) AS x (u)",
										 &args), 0, 0);
}

/* run_untrack_model removes a logical model that nothing uses. */
static bool
run_untrack_model(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "name");
	const char *users;

	if (!gqle_meta_store_exists("sources", "name", source))
		return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND, "Source \"%s\" not found.", source);
	if (!gqle_meta_store_exists("logical_models", "source name", source, name))
		return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND,
							  "Logical model \"%s\" not found in source \"%s\".", name,
							  source);
	users = users_of(source, name);
	if (users != NULL)
		return gqle_meta_fail(call, GQLE_ERR_DEPENDENCY_ERROR,
							  "cannot drop due to the following dependent objects: %s",
							  users);
	gqle_meta_store_delete("logical_models", "source name", source, name);
	return gqle_meta_check_others(call);
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

/* need_model refuses an unknown logical model. */
static bool
need_model(GqleMetaCall *call, const char *source, const char *name)
{
	if (!gqle_meta_need_source(call, source))
		return false;
	if (gqle_meta_store_exists("logical_models", "source name", source, name))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND,
						  "Logical model \"%s\" not found in source \"%s\".", name, source);
}

/* run_create_permission lets a role select from a logical model. */
static bool
run_create_permission(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "name");
	const char *role = gqle_meta_text(args, "role");
	GqleJson   *row = gqle_json_make_object();

	if (!need_model(call, source, name))
		return false;
	if (gqle_meta_store_exists("logical_model_permissions", "source name role", source,
							   name, role))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "select permission already defined on logical model \"%s\" with role \"%s\"",
							  name, role);
	gqle_meta_row_set_text(row, "source", source);
	gqle_meta_row_set_text(row, "name", name);
	gqle_meta_row_set_text(row, "role", role);
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "permission"));
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_insert_one("logical_model_permissions", row);
	return gqle_meta_check_target(call, "select_permission",
								  psprintf("select_permission %s in logical_model %s in source %s",
										   role, name, source));
}

/* run_drop_permission takes that back. */
static bool
run_drop_permission(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "name");
	const char *role = gqle_meta_text(args, "role");

	if (!need_model(call, source, name))
		return false;
	if (gqle_meta_store_delete("logical_model_permissions", "source name role", source,
							   name, role) == 0)
		return gqle_meta_fail(call, GQLE_ERR_PERMISSION_DENIED,
							  "select permission on logical model \"%s\" for role \"%s\" does not exist",
							  name, role);
	return gqle_meta_check_others(call);
}
