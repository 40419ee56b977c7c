/*
 * meta_cron.c
 *		Commands on cron triggers.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/spi.h"

static bool run_create(GqleMetaCall *call, const GqleJson *args);
static bool run_delete(GqleMetaCall *call, const GqleJson *args);
static bool run_list(GqleMetaCall *call, const GqleJson *args);

static const GqleMetaField create_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"webhook", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_webhook_value},
	{"schedule", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_cron_schedule},
	{"include_in_metadata", GQLE_META_BOOL, GQLE_META_REQUIRED},
	{"payload", GQLE_META_ANY},
	{"retry_conf", GQLE_META_SHAPE, 0, GQLE_META_CRON_RETRY_DEFAULT,
	.shape = &gqle_meta_cron_retry},
	{"headers", GQLE_META_SHAPE, GQLE_META_LIST | GQLE_META_OMIT_EMPTY,
	.shape = &gqle_meta_header},
	{"comment", GQLE_META_TEXT},
	{"replace", GQLE_META_BOOL},
	{"request_transform", GQLE_META_SHAPE, .shape = &gqle_meta_request_transform},
	{"response_transform", GQLE_META_SHAPE, .shape = &gqle_meta_response_transform},
	{NULL}
};
static const GqleMetaShape create_shape = {"CreateCronTrigger", create_fields};

static const GqleMetaField delete_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape delete_shape = {"ScheduledTriggerName", delete_fields,
.generic = "Hasura.RQL.Types.ScheduledTrigger.ScheduledTriggerName(ScheduledTriggerName)"};

#define BOTH (GQLE_META_ENGINE | GQLE_META_V1 | GQLE_META_APART)

const GqleMetaCommand gqle_meta_cron_commands[] = {
	{"create_cron_trigger", BOTH, &create_shape, run_create},
	{"delete_cron_trigger", BOTH, &delete_shape, run_delete},
	{"get_cron_triggers", GQLE_META_ENGINE | GQLE_META_READS | GQLE_META_NO_ARGS, NULL,
	run_list},
	{NULL}
};

/* without_replace returns the trigger that the arguments describe. */
static GqleJson *
without_replace(const GqleJson *args)
{
	GqleJson   *result = gqle_json_make_object();
	int			i;

	for (i = 0; i < args->n; i++)
		if (strcmp(args->members[i].key, "replace") != 0)
			gqle_json_object_set(result, args->members[i].key, args->members[i].value);
	return result;
}

/* run_create adds a cron trigger, or replaces one. */
static bool
run_create(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row = gqle_json_make_object();
	bool		exists = gqle_meta_store_exists("cron_triggers", "name", name);
	bool		replaces = gqle_meta_bool(args, "replace", false);

	if (!gqle_meta_check_transforms(call, args))
		return false;
	if (exists && !replaces)
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "cron trigger with name: %s already exists", name);
	if (!exists && replaces)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "cron trigger with name: %s does not exist", name);
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "include_in_metadata",
						 gqle_json_lookup(args, "include_in_metadata"));
	gqle_json_object_set(row, "definition", without_replace(args));
	gqle_meta_store_upsert("cron_triggers", row);
	return gqle_meta_check_target(call, "cron_trigger", psprintf("cron_trigger %s", name));
}

/* run_delete removes a cron trigger. */
static bool
run_delete(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");

	if (gqle_meta_store_delete("cron_triggers", "name", name) == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "cron trigger with name: %s does not exist", name);
	return gqle_meta_check_others(call);
}

/* full_form returns a trigger with all members, as this command shows it. */
static GqleJson *
full_form(const GqleJson *trigger)
{
	static const GqleMetaField fields[] = {
		{"comment", GQLE_META_TEXT, GQLE_META_WRITE_NULL},
		{"headers", GQLE_META_ANY, GQLE_META_FILL, "[]"},
		{"include_in_metadata", GQLE_META_BOOL},
		{"name", GQLE_META_TEXT},
		{"payload", GQLE_META_ANY, GQLE_META_WRITE_NULL},
		{"request_transform", GQLE_META_ANY},
		{"response_transform", GQLE_META_ANY},
		{"retry_conf", GQLE_META_ANY, GQLE_META_FILL, GQLE_META_CRON_RETRY_DEFAULT},
		{"schedule", GQLE_META_TEXT},
		{"webhook", GQLE_META_ANY},
		{NULL}
	};
	static const GqleMetaShape shape = {"CronTriggerMetadata", fields};
	GqleErrorSink sink = {0};
	GqleMetaReader reader = {&sink, NULL};
	GqleMetaPath root = {NULL, NULL, 0, "$"};
	GqleJson   *result = gqle_meta_shape_apply(&reader, &root, &shape, trigger);

	Ensure(result != NULL, "a stored cron trigger is malformed");
	return result;
}

/* run_list lists the cron triggers. */
static bool
run_list(GqleMetaCall *call, const GqleJson *args)
{
	GqleRows   *rows = gqle_spi_query("SELECT definition FROM gqle.cron_triggers "
									  "ORDER BY name COLLATE \"C\"", NULL);
	int			i;

	appendStringInfoString(call->out, "{\"cron_triggers\":[");
	for (i = 0; i < rows->n; i++)
	{
		if (i > 0)
			appendStringInfoChar(call->out, ',');
		gqle_json_append(call->out,
						 full_form(gqle_meta_parse_stored(gqle_rows_text(rows, i, 0))));
	}
	appendStringInfoString(call->out, "]}");
	return true;
}
