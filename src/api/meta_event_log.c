/*
 * meta_event_log.c
 *		Commands on the events of event triggers and the log of their delivery.
 */
#include "postgres.h"

#include "gqle/api/event.h"
#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/base/wake.h"
#include "gqle/exec/identity.h"

static bool run_redeliver(GqleMetaCall *call, const GqleJson *args);
static bool run_invoke(GqleMetaCall *call, const GqleJson *args);
static bool run_logs(GqleMetaCall *call, const GqleJson *args);
static bool run_invocations(GqleMetaCall *call, const GqleJson *args);
static bool run_by_id(GqleMetaCall *call, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

/* read_status takes the status of events to list. */
static GqleJson *
read_status(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			const void *data)
{
	if (value->kind == GQLE_JSON_STRING &&
		(strcmp(value->text, "processed") == 0 || strcmp(value->text, "pending") == 0))
		return (GqleJson *) value;
	return gqle_meta_reader_fail(reader, path,
								 "event logs status can only be one of the following: processed or pending");
}

static const GqleMetaField redeliver_fields[] = {
	{"event_id", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{"source", GQLE_META_NAME},
	{NULL}
};
static const GqleMetaShape redeliver_shape = {"RedeliverEventQuery", redeliver_fields};

static const GqleMetaField invoke_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"source", GQLE_META_NAME},
	{"payload", GQLE_META_ANY, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape invoke_shape = {"InvokeEventTriggerQuery", invoke_fields};

static const GqleMetaField log_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"source", GQLE_META_NAME},
	{"limit", GQLE_META_INT, GQLE_META_FILL, "100"},
	{"offset", GQLE_META_INT, GQLE_META_FILL, "0"},
	{"status", GQLE_META_CUSTOM, .custom = read_status},
	{NULL}
};
static const GqleMetaShape log_shape = {"GetEventLogs", log_fields};

static const GqleMetaField invocation_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"source", GQLE_META_NAME},
	{"limit", GQLE_META_INT, GQLE_META_FILL, "100"},
	{"offset", GQLE_META_INT, GQLE_META_FILL, "0"},
	{NULL}
};
static const GqleMetaShape invocation_shape = {"GetEventInvocations", invocation_fields};

static const GqleMetaField by_id_fields[] = {
	{"event_id", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{"source", GQLE_META_NAME},
	{"invocation_log_limit", GQLE_META_INT, GQLE_META_FILL, "100"},
	{"invocation_log_offset", GQLE_META_INT, GQLE_META_FILL, "0"},
	{NULL}
};
static const GqleMetaShape by_id_shape = {"GetEventById", by_id_fields};

#define READS (GQLE_META_BACKEND | GQLE_META_READS)

const GqleMetaCommand gqle_meta_event_log_commands[] = {
	{"redeliver_event", READS | GQLE_META_V1, &redeliver_shape, run_redeliver},
	{"invoke_event_trigger", READS | GQLE_META_V1, &invoke_shape, run_invoke},
	{"get_event_logs", READS, &log_shape, run_logs},
	{"get_event_invocation_logs", READS, &invocation_shape, run_invocations},
	{"get_event_by_id", READS, &by_id_shape, run_by_id},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Queueing
 * ------------------------------------------------------------------------ */

/*
 * run_redeliver makes an event pending again, unless it is being delivered.
 * compat: what was archived stays so, and is not delivered.
 */
static bool
run_redeliver(GqleMetaCall *call, const GqleJson *args)
{
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	if (!gqle_meta_need_source(call, gqle_meta_source(args)))
		return false;
	gqle_spi_add_text(&values, gqle_meta_text(args, "event_id"));
	rows = gqle_spi_execute("SELECT locked IS NOT NULL FROM gqle.event_log WHERE id = $1 FOR UPDATE",
							&values);
	if (rows->n == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS, "event not found");
	if (gqle_rows_bool(rows, 0, 0))
		return gqle_meta_fail(call, GQLE_ERR_BUSY, "event is already being processed");
	gqle_spi_execute("UPDATE gqle.event_log SET delivered = false, error = false, tries = 0 "
					 "WHERE id = $1", &values);
	gqle_wake_at_commit(GQLE_WAKE_DELIVERY);
	return true;
}

/* need_trigger reports an unknown event trigger; sets *definition if wanted. */
static bool
need_trigger(GqleMetaCall *call, const GqleJson *args, GqleJson **definition)
{
	const char *source = gqle_meta_source(args);
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *found;

	if (!gqle_meta_need_source(call, source))
		return false;
	found = gqle_meta_store_get("event_triggers", "definition", "source name", source, name);
	if (found == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "event trigger \"%s\" does not exist", name);
	if (definition != NULL)
		*definition = found;
	return true;
}

/* run_invoke puts an event with a payload of the caller's into the queue. */
static bool
run_invoke(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;
	GqleJson   *definition;
	GqleRows   *table;
	char	   *id;
	int			identity;

	if (!need_trigger(call, args, &definition))
		return false;
	if (!gqle_meta_bool(gqle_json_lookup(definition, "definition"), "enable_manual", false))
		return gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
							  "manual mode is not enabled for event trigger");
	gqle_spi_add_text(&values, gqle_meta_source(args));
	gqle_spi_add_text(&values, name);
	table = gqle_spi_query("SELECT schema_name, table_name FROM gqle.event_triggers "
						   "WHERE source = $1 AND name = $2", &values);
	identity = gqle_identity_begin(call->request->session);
	id = gqle_event_enqueue(name, gqle_rows_text(table, 0, 0), gqle_rows_text(table, 0, 1),
							"MANUAL",
							psprintf("{\"old\":null,\"new\":%s}",
									 gqle_json_to_text(gqle_json_lookup(args, "payload"))));
	gqle_identity_end(identity);
	appendStringInfoString(call->out, "{\"event_id\":");
	gqle_json_write_cstring(call->out, id);
	appendStringInfoChar(call->out, '}');
	return true;
}

/* ------------------------------------------------------------------------
 * Looking
 * ------------------------------------------------------------------------ */

#define EVENT_JSON \
	"json_build_object('id', id, 'schema_name', schema_name, 'table_name', table_name," \
	" 'trigger_name', trigger_name, 'payload', payload, 'delivered', delivered," \
	" 'error', error, 'tries', tries, 'created_at', gqle_internal.utc_text(created_at)," \
	" 'locked', gqle_internal.utc_text(locked)," \
	" 'next_retry_at', gqle_internal.utc_text(next_retry_at), 'archived', archived)"

#define INVOCATION_JSON \
	"json_build_object('id', id, 'trigger_name', trigger_name, 'event_id', event_id," \
	" 'http_status', status, 'request', request, 'response', response," \
	" 'created_at', gqle_internal.utc_text(created_at))"

/* add_page adds the values of limit and offset; a negative one counts as none. */
static void
add_page(GqleSpiArgs *values, const GqleJson *args, const char *limit, const char *offset)
{
	gqle_spi_add_int8(values, Max(gqle_meta_int(args, limit, 100), 0));
	gqle_spi_add_int8(values, Max(gqle_meta_int(args, offset, 0), 0));
}

/* append_list appends a list of what a query has in its one column. */
static void
append_list(StringInfo out, const char *sql, const GqleSpiArgs *values)
{
	GqleRows   *rows = gqle_spi_query(sql, values);
	int			i;

	appendStringInfoChar(out, '[');
	for (i = 0; i < rows->n; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ',');
		gqle_json_append(out, gqle_meta_parse_stored(gqle_rows_text(rows, i, 0)));
	}
	appendStringInfoChar(out, ']');
}

/* run_logs lists the events of a trigger, the newest first. */
static bool
run_logs(GqleMetaCall *call, const GqleJson *args)
{
	const char *status = gqle_meta_text(args, "status");
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;

	if (!need_trigger(call, args, NULL))
		return false;
	gqle_spi_add_text(&values, gqle_meta_text(args, "name"));
	add_page(&values, args, "limit", "offset");
	gqle_spi_add_text(&values, status);
	append_list(call->out, "SELECT " EVENT_JSON " FROM gqle.event_log WHERE trigger_name = $1 "
				"AND ($4 IS NULL OR NOT archived AND (delivered OR error) = ($4 = 'processed')) "
				"ORDER BY created_at DESC LIMIT $2 OFFSET $3", &values);
	return true;
}

/* run_invocations lists the calls of a trigger's webhook, the newest first. */
static bool
run_invocations(GqleMetaCall *call, const GqleJson *args)
{
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;

	if (!need_trigger(call, args, NULL))
		return false;
	gqle_spi_add_text(&values, gqle_meta_text(args, "name"));
	add_page(&values, args, "limit", "offset");
	append_list(call->out, "SELECT " INVOCATION_JSON " FROM gqle.event_invocation_logs "
				"WHERE trigger_name = $1 ORDER BY created_at DESC LIMIT $2 OFFSET $3", &values);
	return true;
}

/* run_by_id shows one event and the calls for it. */
static bool
run_by_id(GqleMetaCall *call, const GqleJson *args)
{
	const char *id = gqle_meta_text(args, "event_id");
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	if (!gqle_meta_need_source(call, gqle_meta_source(args)))
		return false;
	gqle_spi_add_text(&values, id);
	rows = gqle_spi_query("SELECT " EVENT_JSON " FROM gqle.event_log WHERE id = $1", &values);
	if (rows->n == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS, "event id %s does not exist", id);
	appendStringInfoString(call->out, "{\"event\":");
	gqle_json_append(call->out, gqle_meta_parse_stored(gqle_rows_text(rows, 0, 0)));
	appendStringInfoString(call->out, ",\"invocations\":");
	add_page(&values, args, "invocation_log_limit", "invocation_log_offset");
	append_list(call->out, "SELECT " INVOCATION_JSON " FROM gqle.event_invocation_logs "
				"WHERE event_id = $1 ORDER BY created_at DESC LIMIT $2 OFFSET $3", &values);
	appendStringInfoChar(call->out, '}');
	return true;
}
