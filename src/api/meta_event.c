/*
 * meta_event.c
 *		Commands on event triggers (reference §11).
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

#include "gqle/api/meta.h"
#include "gqle/api/event_cleanup.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/boolexp.h"

static bool run_create(GqleMetaCall *call, const GqleJson *args);
static bool run_delete(GqleMetaCall *call, const GqleJson *args);
static bool run_pause(GqleMetaCall *call, const GqleJson *args);
static bool run_resume(GqleMetaCall *call, const GqleJson *args);
static bool run_cleanup(GqleMetaCall *call, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

/* is_empty_list tells whether a value is a list without elements. */
static bool
is_empty_list(const GqleJson *value)
{
	return value != NULL && value->kind == GQLE_JSON_ARRAY && value->n == 0;
}

/*
 * finish_create wants something that fires the trigger, and one webhook.  The
 * rule on names comes first, as in Hasura.
 */
static GqleJson *
finish_create(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *args)
{
	static const char *const operations[] = {"insert", "update", "delete"};
	const char *name = gqle_meta_text(args, "name");
	bool		has_webhook = gqle_json_lookup(args, "webhook") != NULL;
	bool		has_env = gqle_json_lookup(args, "webhook_from_env") != NULL;
	int			i;

	if (!gqle_meta_is_legal_event_name(name))
		return gqle_meta_reader_fail(reader, path,
									 "only alphanumeric and underscore and hyphens allowed for name");
	if (strlen(name) > 42)
		return gqle_meta_reader_fail(reader, path,
									 "event trigger name can be at most 42 characters");
	if (gqle_json_lookup(args, "insert") == NULL &&
		gqle_json_lookup(args, "update") == NULL &&
		gqle_json_lookup(args, "delete") == NULL &&
		!gqle_meta_bool(args, "enable_manual", false))
		return gqle_meta_reader_fail(reader, path,
									 "atleast one amongst insert/update/delete/enable_manual spec must be provided");
	if (has_webhook && has_env)
		return gqle_meta_reader_fail(reader, path,
									 "only one of webhook or webhook_from_env should be given");
	if (!has_webhook && !has_env)
		return gqle_meta_reader_fail(reader, path,
									 "must provide webhook or webhook_from_env");
	for (i = 0; i < (int) lengthof(operations); i++)
	{
		const GqleJson *operation = gqle_json_lookup(args, operations[i]);

		if (is_empty_list(gqle_json_lookup(operation, "columns")))
			return gqle_meta_reader_fail(reader, path, "found empty column specification");
		if (is_empty_list(gqle_json_lookup(operation, "payload")))
			return gqle_meta_reader_fail(reader, path, "found empty payload specification");
	}
	return args;
}

static const GqleMetaField create_fields[] = {
	{"source", GQLE_META_NAME},
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED},
	{"insert", GQLE_META_SHAPE, .shape = &gqle_meta_event_operation},
	{"update", GQLE_META_SHAPE, .shape = &gqle_meta_event_operation},
	{"delete", GQLE_META_SHAPE, .shape = &gqle_meta_event_operation},
	{"enable_manual", GQLE_META_BOOL, GQLE_META_FILL, "false"},
	{"retry_conf", GQLE_META_SHAPE, GQLE_META_FILL,
		"{\"interval_sec\":10,\"num_retries\":0,\"timeout_sec\":60}",
	.shape = &gqle_meta_event_retry},
	{"webhook", GQLE_META_TEXT},
	{"webhook_from_env", GQLE_META_TEXT},
	{"headers", GQLE_META_SHAPE, GQLE_META_LIST, .shape = &gqle_meta_header},
	{"replace", GQLE_META_BOOL},
	{"request_transform", GQLE_META_SHAPE, .shape = &gqle_meta_request_transform},
	{"response_transform", GQLE_META_SHAPE, .shape = &gqle_meta_response_transform},
	{"cleanup_config", GQLE_META_SHAPE, .shape = &gqle_meta_event_cleanup},
	{"trigger_on_replication", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape create_shape = {"CreateEventTriggerQuery", create_fields,
.finish = finish_create};

static const GqleMetaField delete_fields[] = {
	{"source", GQLE_META_NAME},
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape delete_shape = {"DeleteEventTriggerQuery", delete_fields};

static const GqleMetaField pause_fields[] = {
	{"event_triggers", GQLE_META_ANY, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape pause_shape = {"TriggerLogCleanupToggleConfig", pause_fields};

static const GqleMetaField cleanup_fields[] = {
	{"event_trigger_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"source", GQLE_META_NAME},
	{"batch_size", GQLE_META_INT, GQLE_META_FILL, "10000"},
	{"clear_older_than", GQLE_META_INT, GQLE_META_REQUIRED},
	{"timeout", GQLE_META_INT, GQLE_META_FILL, "60"},
	{"clean_invocation_logs", GQLE_META_BOOL, GQLE_META_FILL, "false"},
	{NULL}
};
static const GqleMetaShape cleanup_shape = {"TriggerLogCleanupConfig", cleanup_fields};

#define TRIGGER (GQLE_META_BACKEND | GQLE_META_V1 | GQLE_META_WRITES_DATA | GQLE_META_APART)

const GqleMetaCommand gqle_meta_event_commands[] = {
	{"create_event_trigger", TRIGGER, &create_shape, run_create},
	{"delete_event_trigger", TRIGGER, &delete_shape, run_delete},
	{"pause_event_trigger_cleanups", GQLE_META_ENGINE | GQLE_META_APART, &pause_shape, run_pause},
	{"resume_event_trigger_cleanups", GQLE_META_ENGINE | GQLE_META_APART, &pause_shape, run_resume},
	{"cleanup_event_trigger_logs", GQLE_META_ENGINE | GQLE_META_APART | GQLE_META_WRITES_DATA,
	&cleanup_shape, run_cleanup},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Create and delete
 * ------------------------------------------------------------------------ */

/* stored_form returns the metadata object of a trigger. */
static GqleJson *
stored_form(const GqleJson *args)
{
	static const char *const operations[] = {"delete", "enable_manual", "insert",
	"update"};
	GqleErrorSink sink = {0};
	GqleMetaReader reader = {&sink, NULL};
	GqleMetaPath root = {NULL, NULL, 0, "$"};
	GqleJson   *loose = gqle_json_make_object();
	GqleJson   *definition = gqle_json_make_object();
	GqleJson   *result;
	int			i;

	for (i = 0; i < args->n; i++)
		gqle_json_object_set(loose, args->members[i].key, args->members[i].value);
	for (i = 0; i < (int) lengthof(operations); i++)
		if (gqle_json_lookup(args, operations[i]) != NULL)
			gqle_json_object_set(definition, operations[i],
								 gqle_json_lookup(args, operations[i]));
	gqle_json_object_set(loose, "definition", definition);
	result = gqle_meta_shape_apply(&reader, &root, &gqle_meta_event_trigger, loose);
	Ensure(result != NULL, "an event trigger's arguments do not make an event trigger");
	return result;
}

/*
 * check_columns refuses columns that the table does not have.  compat: those of a
 * payload are told as what the trigger depends on.
 */
static bool
check_columns(GqleMetaCall *call, const GqleTable *table, const GqleJson *args)
{
	static const char *const operations[] = {"insert", "update", "delete"};
	int			i;
	int			k;

	for (i = 0; i < (int) lengthof(operations); i++)
	{
		const GqleJson *spec = gqle_json_lookup(args, operations[i]);
		const GqleJson *columns = gqle_json_lookup(spec, "columns");
		const GqleJson *payload = gqle_json_lookup(spec, "payload");
		GqleErrorSink sink = {0};

		for (k = 0; columns != NULL && columns->kind == GQLE_JSON_ARRAY && k < columns->n; k++)
			if (gqle_boolexp_require_column(table, columns->items[k]->text, "", NULL,
											&sink) == NULL)
				return gqle_meta_fail(call, sink.error.code, "%s", sink.error.message);
		for (k = 0; payload != NULL && payload->kind == GQLE_JSON_ARRAY && k < payload->n; k++)
			if (gqle_table_lookup_column(table, payload->items[k]->text) == NULL)
				return gqle_meta_fail(call, GQLE_ERR_INVALID_CONFIGURATION,
									  "Inconsistent object: table \"%s\" has no field named \"%s\"",
									  table->display, payload->items[k]->text);
	}
	return true;
}

/* check_replaced refuses to replace a trigger that is none of the table's. */
static bool
check_replaced(GqleMetaCall *call, const GqleMetaName *table, const char *name)
{
	if (!gqle_meta_store_exists("event_triggers", "source name", table->source, name))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "event trigger \"%s\" does not exist", name);
	if (!gqle_meta_store_exists("event_triggers", "source schema_name table_name name",
								table->source, table->schema, table->name, name))
		return gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
							  "cannot replace table or schema for trigger");
	return true;
}

/* run_create adds an event trigger, or replaces one on the same table. */
static bool
run_create(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *name = gqle_meta_text(args, "name");
	bool		replaces = gqle_meta_bool(args, "replace", false);
	GqleTable  *loaded;
	GqleJson   *row;

	if (!gqle_meta_check_transforms(call, args) ||
		!gqle_meta_need_table(call, &table))
		return false;
	loaded = gqle_meta_lookup_table(call->request, &table);
	if (loaded == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "table \"%s\" does not exist in source: %s",
							  gqle_meta_display(&table), table.source);
	if ((replaces && !check_replaced(call, &table, name)) ||
		!check_columns(call, loaded, args))
		return false;
	if (!replaces && gqle_meta_store_exists("event_triggers", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "Event trigger with name %s already exists", name);
	row = gqle_meta_row_of_table(&table);
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "definition", stored_form(args));
	gqle_meta_store_upsert("event_triggers", row);
	return gqle_meta_check_target(call, "event_trigger",
								  psprintf("event_trigger %s in table %s in source %s",
										   name, gqle_meta_display(&table),
										   table.source));
}

/* run_delete removes an event trigger. */
static bool
run_delete(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "name");

	if (!gqle_meta_need_source(call, source))
		return false;
	if (gqle_meta_store_delete("event_triggers", "source name", source, name) == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "event trigger \"%s\" does not exist", name);
	return gqle_meta_check_others(call);
}

/* ------------------------------------------------------------------------
 * Cleanup of logs
 * ------------------------------------------------------------------------ */

/* set_paused pauses or resumes the cleanup of one trigger's logs. */
static bool
set_paused(GqleMetaCall *call, const char *source, const char *name, bool paused)
{
	GqleJson   *trigger = gqle_meta_store_get("event_triggers", "definition",
											  "source name", source, name);
	GqleJson   *cleanup = trigger != NULL ?
		gqle_json_lookup(trigger, "cleanup_config") : NULL;
	GqleJson   *set = gqle_json_make_object();
	GqleJson   *copy = gqle_json_make_object();
	int			i;

	if (trigger == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "event trigger \"%s\" does not exist", name);
	if (cleanup == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "cleanup config does not exist for %s", name);
	gqle_json_object_set(cleanup, "paused", gqle_json_make_bool(paused));
	for (i = 0; i < trigger->n; i++)
		gqle_json_object_set(copy, trigger->members[i].key, trigger->members[i].value);
	gqle_json_object_set(set, "definition", copy);
	gqle_meta_store_update("event_triggers", set, "source name", source, name);
	return true;
}

/* set_paused_source does so for all triggers of a source that have a cleanup. */
static bool
set_paused_source(GqleMetaCall *call, const char *source, bool paused)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;
	int			i;

	if (!gqle_meta_store_exists("sources", "name", source))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "source with name %s does not exists", source);
	gqle_spi_add_text(&args, source);
	rows = gqle_spi_query("SELECT name FROM gqle.event_triggers WHERE source = $1 "
						  "AND definition->'cleanup_config' IS NOT NULL", &args);
	for (i = 0; i < rows->n; i++)
		if (!set_paused(call, source, gqle_rows_text(rows, i, 0), paused))
			return false;
	return true;
}

/*
 * toggle goes through {"sources": "*" or names}, or a list of triggers by
 * source.
 */
static bool
toggle(GqleMetaCall *call, const GqleJson *args, bool paused)
{
	const GqleJson *triggers = gqle_json_lookup(args, "event_triggers");
	const GqleJson *sources = gqle_json_lookup(triggers, "sources");
	int			i;
	int			j;

	if (sources != NULL && sources->kind == GQLE_JSON_STRING)
	{
		GqleRows   *rows = gqle_spi_query("SELECT name FROM gqle.sources", NULL);

		for (i = 0; i < rows->n; i++)
			if (!set_paused_source(call, gqle_rows_text(rows, i, 0), paused))
				return false;
		return true;
	}
	if (sources != NULL && sources->kind == GQLE_JSON_ARRAY)
	{
		for (i = 0; i < sources->n; i++)
			if (sources->items[i]->kind != GQLE_JSON_STRING ||
				!set_paused_source(call, sources->items[i]->text, paused))
				return false;
		return true;
	}
	if (triggers->kind != GQLE_JSON_ARRAY)
		return gqle_meta_fail(call, GQLE_ERR_PARSE_FAILED,
							  "expecting a list of event triggers, or an object with \"sources\"");
	for (i = 0; i < triggers->n; i++)
	{
		const GqleJson *names = gqle_json_lookup(triggers->items[i], "event_triggers");
		const char *source = gqle_meta_text(triggers->items[i], "source_name");

		for (j = 0; names != NULL && j < names->n; j++)
			if (names->items[j]->kind == GQLE_JSON_STRING &&
				!set_paused(call, source != NULL ? source : "default",
							names->items[j]->text, paused))
				return false;
	}
	return true;
}

/* run_pause pauses the cleanup of logs. */
static bool
run_pause(GqleMetaCall *call, const GqleJson *args)
{
	return toggle(call, args, true);
}

/* run_resume resumes it. */
static bool
run_resume(GqleMetaCall *call, const GqleJson *args)
{
	return toggle(call, args, false);
}

/*
 * run_cleanup deletes what is old of a trigger's log, batch by batch; no batch is
 * begun after the timeout.
 */
static bool
run_cleanup(GqleMetaCall *call, const GqleJson *args)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "event_trigger_name");
	TimestampTz began = GetCurrentTimestamp();
	int			timeout_ms = (int) Min(Max(gqle_meta_int(args, "timeout", 60), 0), 86400) * 1000;
	int			n_logs;

	if (!gqle_meta_need_source(call, source))
		return false;
	if (!gqle_meta_store_exists("event_triggers", "source name", source, name))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "event trigger \"%s\" does not exist", name);
	while (gqle_event_cleanup_batch(name, args, &n_logs) > 0 &&
		   !TimestampDifferenceExceeds(began, GetCurrentTimestamp(), timeout_ms))
		CHECK_FOR_INTERRUPTS();
	return true;
}
