/*
 * meta_action.c
 *		Commands on actions and custom types (reference §10).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/spi.h"

static bool run_create(GqleMetaCall *call, const GqleJson *args);
static bool run_update(GqleMetaCall *call, const GqleJson *args);
static bool run_drop(GqleMetaCall *call, const GqleJson *args);
static bool run_create_permission(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_permission(GqleMetaCall *call, const GqleJson *args);
static bool run_set_types(GqleMetaCall *call, const GqleJson *args);

static const GqleMetaField create_fields[] = {
	{"name", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{"definition", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_action_definition},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape create_shape = {"CreateAction", create_fields,
.generic = "Hasura.RQL.DDL.Action.CreateAction(CreateAction)"};

static const GqleMetaField drop_fields[] = {
	{"name", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{"clear_data", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape drop_shape = {"DropAction", drop_fields,
.generic = "Hasura.RQL.DDL.Action.DropAction(DropAction)"};

static const GqleMetaField permission_fields[] = {
	{"action", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"definition", GQLE_META_ANY},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape permission_shape = {"CreateActionPermission",
	permission_fields,
.generic = "Hasura.RQL.DDL.Action.CreateActionPermission(CreateActionPermission)"};

static const GqleMetaField drop_permission_fields[] = {
	{"action", GQLE_META_GRAPHQL_NAME, GQLE_META_REQUIRED},
	{"role", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape drop_permission_shape = {"DropActionPermission",
	drop_permission_fields,
.generic = "Hasura.RQL.DDL.Action.DropActionPermission(DropActionPermission)"};

#define BOTH (GQLE_META_ENGINE | GQLE_META_V1 | GQLE_META_APART)

const GqleMetaCommand gqle_meta_action_commands[] = {
	{"create_action", BOTH, &create_shape, run_create},
	{"update_action", BOTH, &create_shape, run_update},
	{"drop_action", BOTH, &drop_shape, run_drop},
	{"create_action_permission", BOTH, &permission_shape, run_create_permission},
	{"drop_action_permission", BOTH, &drop_permission_shape, run_drop_permission},
	{"set_custom_types", BOTH, &gqle_meta_custom_types, run_set_types},
	{"test_webhook_transform", GQLE_META_ENGINE | GQLE_META_READS,
	&gqle_meta_test_transform, gqle_meta_run_test_transform},
	{NULL}
};

/* check refuses an action that came out inconsistent. */
static bool
check(GqleMetaCall *call, const char *name)
{
	return gqle_meta_check_roots(call) &&
		gqle_meta_check_target(call, "action", psprintf("action %s", name));
}

/* run_create adds an action. */
static bool
run_create(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row = gqle_json_make_object();

	if (!gqle_meta_check_transforms(call, gqle_json_lookup(args, "definition")))
		return false;
	if (gqle_meta_store_exists("actions", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "action with name \"%s\" already exists", name);
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "definition"));
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_insert_one("actions", row);
	return check(call, name);
}

/* need_action refuses an unknown action. */
static bool
need_action(GqleMetaCall *call, const char *name)
{
	if (gqle_meta_store_exists("actions", "name", name))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
						  "action with name \"%s\" does not exist", name);
}

/* run_update replaces definition and comment of an action. */
static bool
run_update(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *set = gqle_json_make_object();

	if (!gqle_meta_check_transforms(call, gqle_json_lookup(args, "definition")) ||
		!need_action(call, name))
		return false;
	gqle_json_object_set(set, "definition", gqle_json_lookup(args, "definition"));
	gqle_meta_row_set_text(set, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_update("actions", set, "name", name);
	return check(call, name);
}

/* clear_data forgets the calls of an asynchronous action. */
static void
clear_data(const char *name)
{
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&values, name);
	gqle_spi_execute("DELETE FROM gqle.action_log WHERE action_name = $1", &values);
}

/* run_drop drops an action with its permissions and, unless told otherwise, calls. */
static bool
run_drop(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");

	if (!need_action(call, name))
		return false;
	gqle_meta_store_delete("actions", "name", name);
	if (!gqle_meta_check_others(call))
		return false;
	if (gqle_meta_bool(args, "clear_data", true))
		clear_data(name);
	return true;
}

/* run_create_permission lets a role call an action. */
static bool
run_create_permission(GqleMetaCall *call, const GqleJson *args)
{
	const char *action = gqle_meta_text(args, "action");
	const char *role = gqle_meta_text(args, "role");
	GqleJson   *row = gqle_json_make_object();

	if (!need_action(call, action))
		return false;
	if (gqle_meta_store_exists("action_permissions", "action role", action, role))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "permission for role \"%s\" is already defined on \"%s\"",
							  role, action);
	gqle_meta_row_set_text(row, "action", action);
	gqle_meta_row_set_text(row, "role", role);
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_place_first("action_permissions", row, "action", action);
	gqle_meta_store_insert_one("action_permissions", row);
	return gqle_meta_check_target(call, "action_permission",
								  psprintf("action_permission %s permission in %s", role, action));
}

/* run_drop_permission takes that back. */
static bool
run_drop_permission(GqleMetaCall *call, const GqleJson *args)
{
	const char *action = gqle_meta_text(args, "action");
	const char *role = gqle_meta_text(args, "role");

	if (gqle_meta_store_delete("action_permissions", "action role", action, role) == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "permission for role: \"%s\" is not defined on \"%s\"",
							  role, action);
	return gqle_meta_check_others(call);
}

/* run_set_types replaces the custom types. */
static bool
run_set_types(GqleMetaCall *call, const GqleJson *args)
{
	GqleJson   *row = gqle_json_make_object();

	if (args->n == 0)
		gqle_meta_store_delete("settings", "key", "custom_types");
	else
	{
		gqle_meta_row_set_text(row, "key", "custom_types");
		gqle_json_object_set(row, "value", unconstify(GqleJson *, args));
		gqle_meta_store_upsert("settings", row);
	}
	return gqle_meta_check_roots(call) &&
		gqle_meta_check_target(call, "custom_types", "custom_types custom_types");
}
