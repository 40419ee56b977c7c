/*
 * meta_function.c
 *		Commands on tracked functions (reference §5).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/catalog/permission.h"

static bool run_track(GqleMetaCall *call, const GqleJson *args);
static bool run_untrack(GqleMetaCall *call, const GqleJson *args);
static bool run_customize(GqleMetaCall *call, const GqleJson *args);
static bool run_create_permission(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_permission(GqleMetaCall *call, const GqleJson *args);
static const GqleJson *prepare_name(GqleMetaCall *call, GqleMetaReader *reader,
									const GqleMetaPath *path, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

#define FUNCTION_OF_SOURCE \
	{"source", GQLE_META_NAME}, \
	{"function", GQLE_META_FUNCTION, GQLE_META_REQUIRED}

static const GqleMetaField track_fields[] = {
	FUNCTION_OF_SOURCE,
	{"configuration", GQLE_META_SHAPE, .shape = &gqle_meta_function_configuration},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape track_shape = {"TrackFunctionV2", track_fields};

static const GqleMetaField untrack_fields[] = {FUNCTION_OF_SOURCE, {NULL}};
static const GqleMetaShape untrack_shape = {"UntrackFunction", untrack_fields};

static const GqleMetaField customize_fields[] = {
	FUNCTION_OF_SOURCE,
	{"configuration", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_function_configuration},
	{NULL}
};
static const GqleMetaShape customize_shape = {"SetFunctionCustomization", customize_fields};

static const GqleMetaField permission_fields[] = {
	FUNCTION_OF_SOURCE,
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape permission_shape = {"FunctionPermissionArgument",
	permission_fields};

const GqleMetaCommand gqle_meta_function_commands[] = {
	{"track_function", GQLE_META_BACKEND | GQLE_META_V1 | GQLE_META_V1_VERSION_2,
	&track_shape, run_track, prepare_name},
	{"untrack_function", GQLE_META_BACKEND | GQLE_META_V1, &untrack_shape, run_untrack,
	prepare_name},
	{"set_function_customization", GQLE_META_BACKEND, &customize_shape, run_customize},
	{"create_function_permission", GQLE_META_BACKEND, &permission_shape,
	run_create_permission},
	{"drop_function_permission", GQLE_META_BACKEND, &permission_shape,
	run_drop_permission},
	{NULL}
};

/* prepare_name accepts the name of a function for the arguments. */
static const GqleJson *
prepare_name(GqleMetaCall *call, GqleMetaReader *reader, const GqleMetaPath *path,
			 const GqleJson *args)
{
	GqleJson   *result;

	if (args->kind != GQLE_JSON_STRING &&
		(args->kind != GQLE_JSON_OBJECT || gqle_json_lookup(args, "function") != NULL ||
		 gqle_json_lookup(args, "name") == NULL))
		return args;
	result = gqle_json_make_object();
	gqle_json_object_set(result, "function", unconstify(GqleJson *, args));
	return result;
}

/* ------------------------------------------------------------------------
 * Running
 * ------------------------------------------------------------------------ */

#define FUNCTION_KEY "source schema_name function_name"

/* object_name returns the name of a function in lists of inconsistent objects. */
static const char *
object_name(const GqleMetaName *function)
{
	return psprintf("function %s in source %s", gqle_meta_display(function),
					function->source);
}

/* need_function refuses a function that is not tracked. */
static bool
need_function(GqleMetaCall *call, const GqleMetaName *function)
{
	if (gqle_meta_is_tracked_function(function))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
						  "function \"%s\" does not exist in source: %s",
						  gqle_meta_display(function), function->source);
}

/* run_track tracks a function. */
static bool
run_track(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName function = gqle_meta_name(args, "function");
	GqleJson   *configuration = gqle_json_lookup(args, "configuration");
	GqleJson   *row = gqle_json_make_object();

	if (!gqle_meta_store_exists("sources", "name", function.source))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "\"%s\" is not a known postgres source", function.source);
	if (gqle_meta_is_tracked_function(&function))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_TRACKED,
							  "function already tracked: \"%s\"",
							  gqle_meta_display(&function));
	if (gqle_meta_is_tracked_table(&function))
		return gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
							  "table with name \"%s\" already exists",
							  gqle_meta_display(&function));
	gqle_meta_row_set_text(row, "source", function.source);
	gqle_meta_row_set_text(row, "schema_name", function.schema);
	gqle_meta_row_set_text(row, "function_name", function.name);
	if (configuration != NULL && configuration->n > 0)
		gqle_json_object_set(row, "configuration", configuration);
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_insert_one("functions", row);
	return gqle_meta_check_roots(call) &&
		gqle_meta_check_target(call, "function", object_name(&function));
}

/* run_untrack untracks a function and its permissions. */
static bool
run_untrack(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName function = gqle_meta_name(args, "function");

	if (!need_function(call, &function))
		return false;
	gqle_meta_store_delete("functions", FUNCTION_KEY, function.source, function.schema,
						   function.name);
	return gqle_meta_check_others(call);
}

/* run_customize replaces the configuration of a function. */
static bool
run_customize(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName function = gqle_meta_name(args, "function");
	GqleJson   *configuration = gqle_json_lookup(args, "configuration");
	GqleJson   *set = gqle_json_make_object();

	if (!need_function(call, &function))
		return false;
	gqle_json_object_set(set, "configuration", configuration->n > 0 ? configuration :
						 gqle_json_make_null());
	gqle_meta_store_update("functions", set, FUNCTION_KEY, function.source,
						   function.schema, function.name);
	return gqle_meta_check_roots(call) &&
		gqle_meta_check_target(call, "function", object_name(&function));
}

/* lookup_function returns the catalog's entry of a tracked function, or NULL. */
static const GqleRootFunction *
lookup_function(GqleCatalog *catalog, const GqleMetaName *function)
{
	const GqleRootFunction **functions;
	int			n;
	int			i;

	functions = gqle_catalog_functions(catalog, &n);
	for (i = 0; i < n; i++)
		if (strcmp(functions[i]->function->schema, function->schema) == 0 &&
			strcmp(functions[i]->function->name, function->name) == 0)
			return functions[i];
	return NULL;
}

/*
 * may_permit refuses a permission for a role that can't select from the table
 * that the function returns.
 */
static bool
may_permit(GqleMetaCall *call, const GqleMetaName *function, const char *role)
{
	GqleCatalog *catalog = gqle_meta_catalog(call->request);
	const GqleRootFunction *root = lookup_function(catalog, function);
	GqleTable  *table = root != NULL ? root->function->table : NULL;
	GqleMetaName name;

	if (root == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "function \"%s\" does not exist in source: %s",
							  gqle_meta_display(function), function->source);
	if (table == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "function's return table \"%s\" not found in the cache",
							  gqle_meta_display(function));
	gqle_catalog_load_table(catalog, table);
	name.source = table->source;
	name.schema = table->schema;
	name.name = table->name;
	if (gqle_permission_get(catalog, table, role)->select == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
							  "function permission can only be added when the function's return table \"%s\" has select permission configured for role: \"%s\"",
							  gqle_meta_display(&name), role);
	return true;
}

/* run_create_permission lets a role call a function. */
static bool
run_create_permission(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName function = gqle_meta_name(args, "function");
	const char *role = gqle_meta_text(args, "role");
	GqleJson   *row = gqle_json_make_object();

	if (!need_function(call, &function))
		return false;
	if (gqle_meta_store_exists("function_permissions", FUNCTION_KEY " role",
							   function.source, function.schema, function.name, role))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "permission of role \"%s\" already exists for function \"%s\" in source: \"%s\"",
							  role, gqle_meta_display(&function), function.source);
	if (!may_permit(call, &function, role))
		return false;
	gqle_meta_row_set_text(row, "source", function.source);
	gqle_meta_row_set_text(row, "schema_name", function.schema);
	gqle_meta_row_set_text(row, "function_name", function.name);
	gqle_meta_row_set_text(row, "role", role);
	gqle_meta_store_place_first("function_permissions", row, FUNCTION_KEY, function.source,
								function.schema, function.name);
	gqle_meta_store_insert_one("function_permissions", row);
	return gqle_meta_check_target(call, "function_permission",
								  psprintf("function_permission %s permission for function %s in source %s",
										   role, gqle_meta_display(&function),
										   function.source));
}

/* run_drop_permission takes that back. */
static bool
run_drop_permission(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName function = gqle_meta_name(args, "function");
	const char *role = gqle_meta_text(args, "role");

	if (!need_function(call, &function))
		return false;
	if (gqle_meta_store_delete("function_permissions", FUNCTION_KEY " role",
							   function.source, function.schema, function.name, role) == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "permission of role \"%s\" does not exist for function \"%s\" in source: \"%s\"",
							  role, gqle_meta_display(&function), function.source);
	return gqle_meta_check_others(call);
}
