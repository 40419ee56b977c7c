/*
 * meta_scheduled.c
 *		Commands on scheduled events: those of cron triggers, and one-off ones.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/base/wake.h"

static bool run_create(GqleMetaCall *call, const GqleJson *args);
static bool run_delete(GqleMetaCall *call, const GqleJson *args);
static bool run_list(GqleMetaCall *call, const GqleJson *args);
static bool run_invocations(GqleMetaCall *call, const GqleJson *args);

/* The tables of a kind of event, and its JSON. */
typedef struct EventKind
{
	const char *type;
	const char *events;
	const char *invocations;
	const char *json;
} EventKind;

static const EventKind cron_kind = {
	"cron", "gqle.cron_events", "gqle.cron_event_invocation_logs",
	"json_build_object('id', id, 'trigger_name', trigger_name,"
	" 'scheduled_time', gqle_internal.utc_text(scheduled_time), 'status', status,"
	" 'tries', tries, 'created_at', gqle_internal.utc_text(created_at),"
	" 'next_retry_at', gqle_internal.utc_text(next_retry_at))"
};
static const EventKind one_off_kind = {
	"one_off", "gqle.scheduled_events", "gqle.scheduled_event_invocation_logs",
	"json_build_object('id', id, 'webhook_conf', webhook_conf,"
	" 'scheduled_time', gqle_internal.utc_text(scheduled_time), 'retry_conf', retry_conf,"
	" 'payload', payload, 'header_conf', header_conf, 'status', status, 'tries', tries,"
	" 'created_at', gqle_internal.utc_text(created_at),"
	" 'next_retry_at', gqle_internal.utc_text(next_retry_at), 'comment', comment,"
	" 'request_transform', NULL, 'response_transform', NULL)"
};

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

/* A fixed number of digits; -1 if there are others. */
static int
read_digits(const char **p, int n)
{
	int			value = 0;

	for (; n > 0; n--, (*p)++)
	{
		if (**p < '0' || **p > '9')
			return -1;
		value = value * 10 + (**p - '0');
	}
	return value;
}

/* Is a text a date that exists, up to the place behind it? */
static bool
read_date(const char **p)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int			year = read_digits(p, 4);
	int			month;
	int			day;

	if (year < 1 || *(*p)++ != '-' || (month = read_digits(p, 2)) < 1 || month > 12 ||
		*(*p)++ != '-' || (day = read_digits(p, 2)) < 1)
		return false;
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return day <= 29;
	return day <= lengths[month - 1];
}

/* Is a text a time of day with a zone, up to its end? */
static bool
read_time(const char *p)
{
	int			part;

	if ((part = read_digits(&p, 2)) < 0 || part > 23 || *p++ != ':' ||
		(part = read_digits(&p, 2)) < 0 || part > 59)
		return false;
	if (*p == ':')
	{
		p++;
		if ((part = read_digits(&p, 2)) < 0 || part > 60)
			return false;
		if (*p == '.')
			p += 1 + strspn(p + 1, "0123456789");
	}
	if (strcmp(p, "Z") == 0)
		return true;
	if (*p != '+' && *p != '-')
		return false;
	p++;
	if ((part = read_digits(&p, 2)) < 0 || part > 14)
		return false;
	if (*p == ':')
		p++;
	return (part = read_digits(&p, 2)) >= 0 && part < 60 && *p == '\0';
}

/* read_instant takes a time in ISO 8601 form with a zone. */
static GqleJson *
read_instant(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			 const void *data)
{
	const char *p = value->text;

	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_mismatch(reader, path, "UTCTime", "String", value);
	if (!read_date(&p) || (*p != 'T' && *p != ' ') || !read_time(p + 1))
		return gqle_meta_reader_fail(reader, path, "could not parse date: %s", value->text);
	return (GqleJson *) value;
}

static const char *const type_list[] = {"cron", "one_off", NULL};
static const GqleMetaWords types = {type_list,
"Hasura.RQL.Types.ScheduledTrigger.ScheduledEventType"};
static const char *const status_list[] = {"scheduled", "locked", "delivered", "error", "dead",
NULL};
static const GqleMetaWords statuses = {status_list, "String", "unexpected status: %s"};
static const char *const direction_list[] = {"asc", "desc", NULL};
static const GqleMetaWords directions = {direction_list,
"Hasura.Backends.Postgres.SQL.DML.OrderType"};
static const char *const nulls_list[] = {"first", "last", NULL};
static const GqleMetaWords nulls_places = {nulls_list,
"Hasura.Backends.Postgres.SQL.DML.NullsOrder"};

static const GqleMetaField create_fields[] = {
	{"webhook", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_webhook_value},
	{"schedule_at", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = read_instant},
	{"payload", GQLE_META_ANY},
	{"headers", GQLE_META_SHAPE, GQLE_META_LIST, .shape = &gqle_meta_header},
	{"retry_conf", GQLE_META_SHAPE, GQLE_META_FILL, GQLE_META_CRON_RETRY_DEFAULT,
	.shape = &gqle_meta_cron_retry},
	{"comment", GQLE_META_TEXT},
	{"request_transform", GQLE_META_SHAPE, .shape = &gqle_meta_request_transform},
	{"response_transform", GQLE_META_SHAPE, .shape = &gqle_meta_response_transform},
	{NULL}
};
static const GqleMetaShape create_shape = {"CreateScheduledEvent", create_fields};

#define TYPE_FIELD {"type", GQLE_META_CUSTOM, GQLE_META_REQUIRED, \
	.custom = gqle_meta_one_of, .data = &types}

static const GqleMetaField delete_fields[] = {
	TYPE_FIELD,
	{"event_id", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape delete_shape = {"DeleteScheduledEvent", delete_fields,
.generic = "Hasura.RQL.Types.ScheduledTrigger.DeleteScheduledEvent(DeleteScheduledEvent)"};

static const GqleMetaField order_fields[] = {
	{"column", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{"type", GQLE_META_CUSTOM, .custom = gqle_meta_one_of, .data = &directions},
	{"nulls", GQLE_META_CUSTOM, .custom = gqle_meta_one_of, .data = &nulls_places},
	{NULL}
};
static const GqleMetaShape order_shape = {"OrderByItem", order_fields};

/* need_trigger_name wants the name of a cron trigger, unless an event is named. */
static GqleJson *
need_trigger_name(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *args)
{
	if (strcmp(gqle_meta_text(args, "type"), "cron") == 0 &&
		gqle_meta_text(args, "event_id") == NULL &&
		gqle_meta_text(args, "trigger_name") == NULL)
		return gqle_meta_reader_fail(reader, path, "key \"trigger_name\" not found");
	return args;
}

static const GqleMetaField list_fields[] = {
	TYPE_FIELD,
	{"trigger_name", GQLE_META_NAME},
	{"limit", GQLE_META_INT},
	{"offset", GQLE_META_INT},
	{"status", GQLE_META_CUSTOM, GQLE_META_LIST, .custom = gqle_meta_one_of,
	.data = &statuses},
	{"get_rows_count", GQLE_META_BOOL},
	{"order_by", GQLE_META_SHAPE, GQLE_META_LIST, .shape = &order_shape},
	{NULL}
};
static const GqleMetaShape list_shape = {"GetScheduledEvents", list_fields,
.finish = need_trigger_name};

static const GqleMetaField invocation_fields[] = {
	TYPE_FIELD,
	{"event_id", GQLE_META_TEXT},
	{"trigger_name", GQLE_META_NAME},
	{"limit", GQLE_META_INT},
	{"offset", GQLE_META_INT},
	{"get_rows_count", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape invocation_shape = {"GetScheduledEventInvocations",
invocation_fields, .finish = need_trigger_name};

#define READS (GQLE_META_ENGINE | GQLE_META_READS)

const GqleMetaCommand gqle_meta_scheduled_commands[] = {
	{"create_scheduled_event", READS | GQLE_META_V1, &create_shape, run_create},
	{"delete_scheduled_event", READS, &delete_shape, run_delete},
	{"get_scheduled_events", READS, &list_shape, run_list},
	{"get_scheduled_event_invocations", READS, &invocation_shape, run_invocations},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Creating and deleting
 * ------------------------------------------------------------------------ */

/* add_json adds a member of the arguments as JSON, or null. */
static void
add_json(GqleSpiArgs *values, const GqleJson *args, const char *key)
{
	const GqleJson *value = gqle_json_lookup(args, key);

	gqle_spi_add_json(values, value != NULL ? gqle_json_to_text(value) : NULL);
}

/* run_create adds a one-off event.  compat: its transforms are not kept. */
static bool
run_create(GqleMetaCall *call, const GqleJson *args)
{
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	add_json(&values, args, "webhook");
	gqle_spi_add_text(&values, gqle_meta_text(args, "schedule_at"));
	add_json(&values, args, "retry_conf");
	add_json(&values, args, "payload");
	add_json(&values, args, "headers");
	gqle_spi_add_text(&values, gqle_meta_text(args, "comment"));
	rows = gqle_spi_execute("INSERT INTO gqle.scheduled_events (webhook_conf, scheduled_time,"
							" retry_conf, payload, header_conf, comment) "
							"VALUES ($1, $2::timestamptz, $3, $4, coalesce($5, '[]'), $6) RETURNING id",
							&values);
	gqle_wake_at_commit(GQLE_WAKE_DELIVERY);
	appendStringInfoString(call->out, "{\"message\":\"success\",\"event_id\":");
	gqle_json_write_cstring(call->out, gqle_rows_text(rows, 0, 0));
	appendStringInfoChar(call->out, '}');
	return true;
}

static const EventKind *
kind_of(const GqleJson *args)
{
	return strcmp(gqle_meta_text(args, "type"), "cron") == 0 ? &cron_kind : &one_off_kind;
}

/* run_delete deletes an event; that there is none is no mistake (compat). */
static bool
run_delete(GqleMetaCall *call, const GqleJson *args)
{
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&values, gqle_meta_text(args, "event_id"));
	gqle_spi_execute(psprintf("DELETE FROM %s WHERE id = $1", kind_of(args)->events), &values);
	return true;
}

/* ------------------------------------------------------------------------
 * Looking
 * ------------------------------------------------------------------------ */

/* need_trigger reports a cron trigger that does not exist. */
static bool
need_trigger(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "trigger_name");

	if (kind_of(args) == &one_off_kind || gqle_meta_text(args, "event_id") != NULL ||
		gqle_meta_store_exists("cron_triggers", "name", name))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
						  "cron trigger with name: %s does not exist", name);
}

/*
 * append_answer appends what a query selects as a list under a key, and how many
 * there are without limit and offset, if that is asked for.
 */
static void
append_answer(GqleMetaCall *call, const GqleJson *args, const char *key, const char *json,
			  const char *from, const char *order, GqleSpiArgs *values)
{
	const GqleJson *limit = gqle_json_lookup(args, "limit");
	GqleSpiArgs count_values = *values;
	GqleRows   *rows;

	gqle_spi_add(values, INT8OID, Int64GetDatum(Max(gqle_meta_int(args, "limit", 0), 0)),
				 gqle_json_is_null(limit));
	gqle_spi_add_int8(values, Max(gqle_meta_int(args, "offset", 0), 0));
	rows = gqle_spi_query(psprintf("SELECT coalesce(json_agg(r.json), '[]') FROM "
								   "(SELECT %s AS json %s ORDER BY %s LIMIT $%d OFFSET $%d) AS r",
								   json, from, order, values->n - 1, values->n), values);
	appendStringInfo(call->out, "{\"%s\":", key);
	gqle_json_append(call->out, gqle_meta_parse_stored(gqle_rows_text(rows, 0, 0)));
	if (gqle_meta_bool(args, "get_rows_count", false))
	{
		rows = gqle_spi_query(psprintf("SELECT count(*) %s", from), &count_values);
		appendStringInfo(call->out, ",\"count\":%s", gqle_rows_text(rows, 0, 0));
	}
	appendStringInfoChar(call->out, '}');
}

/* make_order makes the ORDER BY of a list; NULL after reporting. */
static const char *
make_order(GqleMetaCall *call, const GqleJson *items)
{
	static const char *const columns[] = {"id", "trigger_name", "scheduled_time", "status",
	"tries", "created_at", "next_retry_at", "comment"};
	StringInfoData order;
	int			i;
	int			j;

	if (items == NULL || items->n == 0)
		return "scheduled_time, id";
	initStringInfo(&order);
	for (i = 0; i < items->n; i++)
	{
		const char *column = gqle_meta_text(items->items[i], "column");
		const char *type = gqle_meta_text(items->items[i], "type");
		const char *nulls = gqle_meta_text(items->items[i], "nulls");

		for (j = 0; j < (int) lengthof(columns); j++)
			if (strcmp(columns[j], column) == 0)
				break;
		if (j == lengthof(columns))
		{
			gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS, "column \"%s\" does not exist", column);
			return NULL;
		}
		appendStringInfo(&order, "%s%s%s%s%s%s", i > 0 ? ", " : "", columns[j],
						 type != NULL ? " " : "", type != NULL ? type : "",
						 nulls != NULL ? " nulls " : "", nulls != NULL ? nulls : "");
	}
	return order.data;
}

/* run_list lists the events of a cron trigger, or the one-off ones. */
static bool
run_list(GqleMetaCall *call, const GqleJson *args)
{
	const EventKind *kind = kind_of(args);
	const GqleJson *status = gqle_json_lookup(args, "status");
	const char *order = make_order(call, gqle_json_lookup(args, "order_by"));
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;

	if (order == NULL || !need_trigger(call, args))
		return false;
	gqle_spi_add_json(&values, status != NULL && status->n > 0 ?
					  gqle_json_to_text(status) : NULL);
	if (kind == &cron_kind)
		gqle_spi_add_text(&values, gqle_meta_text(args, "trigger_name"));
	append_answer(call, args, "events", kind->json,
				  psprintf("FROM %s WHERE ($1 IS NULL OR status IN "
						   "(SELECT s.value FROM json_array_elements_text($1) AS s))%s",
						   kind->events,
						   kind == &cron_kind ? " AND trigger_name = $2" : ""),
				  order, &values);
	return true;
}

/* run_invocations lists calls of webhooks, the newest first. */
static bool
run_invocations(GqleMetaCall *call, const GqleJson *args)
{
	const EventKind *kind = kind_of(args);
	const char *event_id = gqle_meta_text(args, "event_id");
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;
	const char *condition = "true";

	if (!need_trigger(call, args))
		return false;
	if (event_id != NULL)
	{
		gqle_spi_add_text(&values, event_id);
		condition = "event_id = $1";
	}
	else if (kind == &cron_kind)
	{
		gqle_spi_add_text(&values, gqle_meta_text(args, "trigger_name"));
		condition = "event_id IN (SELECT e.id FROM gqle.cron_events AS e WHERE e.trigger_name = $1)";
	}
	append_answer(call, args, "invocations",
				  "json_build_object('id', id, 'event_id', event_id, 'status', status,"
				  " 'request', request, 'response', response,"
				  " 'created_at', gqle_internal.utc_text(created_at))",
				  psprintf("FROM %s WHERE %s", kind->invocations, condition),
				  "created_at DESC, id", &values);
	return true;
}
