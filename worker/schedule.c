/*
 * schedule.c
 *		Delivery of scheduled events: those of cron triggers, and one-off ones.
 *
 * The times of cron triggers are rows (api/cron_events.c), filled up here every
 * minute.  What is due is claimed (status locked), called and recorded, as
 * events.c does it; the worker sleeps until the earliest of those to come.  An
 * event that is later than its tolerance allows is dead and never called.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/ilist.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/api/cron_events.h"
#include "gqle/api/meta.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/metrics.h"
#include "gqle/base/spi.h"
#include "gqle/exec/spans.h"
#include "gqle/worker/delivery.h"
#include "gqle/worker/delivery_span.h"
#include "gqle/worker/httpc.h"
#include "gqle/worker/invocation.h"
#include "gqle/worker/trigger.h"

#define BATCH			100		/* claimed at once */
#define LONGEST_SLEEP_MS 60000	/* between two looks: clocks are set, too */

/* Columns of a claim, the same for both kinds. */
enum
{
	CLAIM_ID,
	CLAIM_NAME,					/* of the cron trigger, else null */
	CLAIM_SCHEDULED,
	CLAIM_CREATED,				/* of one-off events, else null */
	CLAIM_TRIES,
	CLAIM_AGE,					/* s since it was due */
	CLAIM_PAYLOAD,
	CLAIM_COMMENT,
	CLAIM_DEFINITION,			/* of the cron trigger, or the webhook */
	CLAIM_RETRY,
	CLAIM_HEADERS
};

typedef struct Kind
{
	GqleSpiStatement claim;
	GqleSpiStatement log;
	GqleSpiStatement update;
	const char *release;
	bool		is_cron;
} Kind;

#define IS_DUE "status = 'scheduled' AND (next_retry_at IS NULL AND scheduled_time <= now() OR next_retry_at <= now())"

#define LOG_INTO(table) \
	"INSERT INTO " table " (event_id, status, request, response) VALUES ($1, $2, $3, $4)"
#define UPDATE_OF(table) \
	"UPDATE " table " SET status = $2, tries = tries + $3," \
	" next_retry_at = now() + $4 * interval '1 s' WHERE id = $1"
#define RELEASE(table) \
	"UPDATE " table " SET status = 'scheduled' WHERE status = 'locked'"

/* Claims are materialized, or else their limit may hold for each row instead of all. */
static Kind kinds[] = {
	{
		{"WITH c AS MATERIALIZED ("
			" SELECT e.id, t.definition"
			" FROM gqle.cron_events AS e JOIN gqle.cron_triggers AS t ON t.name = e.trigger_name"
			" WHERE " IS_DUE
			" ORDER BY scheduled_time LIMIT $1 FOR UPDATE OF e SKIP LOCKED) "
			"UPDATE gqle.cron_events AS l SET status = 'locked' FROM c WHERE l.id = c.id "
			"RETURNING l.id, l.trigger_name, gqle_internal.utc_text(l.scheduled_time), NULL::text, l.tries,"
			" extract(epoch FROM now() - l.scheduled_time)::bigint, c.definition->'payload',"
		" c.definition->>'comment', c.definition, NULL::json, NULL::json"},
		{LOG_INTO("gqle.cron_event_invocation_logs")},
		{UPDATE_OF("gqle.cron_events")},
		RELEASE("gqle.cron_events"),
		true
	},
	{
		{"WITH c AS MATERIALIZED ("
			" SELECT e.id FROM gqle.scheduled_events AS e WHERE " IS_DUE
			" ORDER BY scheduled_time LIMIT $1 FOR UPDATE OF e SKIP LOCKED) "
			"UPDATE gqle.scheduled_events AS l SET status = 'locked' FROM c WHERE l.id = c.id "
			"RETURNING l.id, NULL::text, gqle_internal.utc_text(l.scheduled_time),"
			" gqle_internal.utc_text(l.created_at), l.tries,"
			" extract(epoch FROM now() - l.scheduled_time)::bigint, l.payload,"
		" l.comment, l.webhook_conf, l.retry_conf, l.header_conf"},
		{LOG_INTO("gqle.scheduled_event_invocation_logs")},
		{UPDATE_OF("gqle.scheduled_events")},
		RELEASE("gqle.scheduled_events"),
		false
	},
};

typedef struct Event
{
	dlist_node	node;			/* in called or ended */
	MemoryContext context;		/* of the event and all it points to */
	Kind	   *kind;
	const char *id;
	const char *name;			/* of the cron trigger, or NULL */
	int			tries;			/* before this one */
	bool		is_dead;
	bool		is_hopeless;	/* can't be made into a request, ever */
	GqleTrigger *trigger;
	GqleInvocation invocation;
	GqleInvocationOutcome outcome;
	GqleDeliverySpan span;
} Event;

static dlist_head called = DLIST_STATIC_INIT(called);
static dlist_head ended = DLIST_STATIC_INIT(ended);
static int	n_called = 0;
static TimestampTz next_due = 0;
static TimestampTz next_fill = 0;

/* ------------------------------------------------------------------------
 * Calling
 * ------------------------------------------------------------------------ */

static void
append_member(StringInfo out, const char *key, const char *value, bool *first)
{
	if (value == NULL)
		return;
	gqle_json_write_key(out, key, first);
	gqle_json_write_cstring(out, value);
}

static void
append_json(StringInfo out, const char *key, const char *json, bool *first)
{
	gqle_json_write_key(out, key, first);
	appendStringInfoString(out, json != NULL ? json : "null");
}

/* Append a transform of the trigger; compat: its definition is sent as well. */
static void
append_transform(StringInfo out, const GqleTrigger *trigger, const char *key, bool *first)
{
	const GqleJson *transform = gqle_json_lookup(trigger->definition, key);

	if (!gqle_json_is_null(transform))
		append_json(out, key, gqle_json_to_text(transform), first);
}

/* What the webhook of an event gets. */
static char *
make_body(const GqleRows *rows, int row, const GqleTrigger *trigger)
{
	StringInfoData out;
	bool		first = true;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	append_member(&out, "comment", gqle_rows_text(rows, row, CLAIM_COMMENT), &first);
	append_member(&out, "created_at", gqle_rows_text(rows, row, CLAIM_CREATED), &first);
	append_member(&out, "id", gqle_rows_text(rows, row, CLAIM_ID), &first);
	append_member(&out, "name", gqle_rows_text(rows, row, CLAIM_NAME), &first);
	append_json(&out, "payload", gqle_rows_text(rows, row, CLAIM_PAYLOAD), &first);
	append_transform(&out, trigger, "request_transform", &first);
	append_transform(&out, trigger, "response_transform", &first);
	append_member(&out, "scheduled_time", gqle_rows_text(rows, row, CLAIM_SCHEDULED), &first);
	appendStringInfoChar(&out, '}');
	return out.data;
}

/* The webhook has answered, or not; GqleHttpcDone. */
static void
take_reply(void *arg, const GqleHttpReply *reply)
{
	Event	   *event = arg;
	MemoryContext old = MemoryContextSwitchTo(event->context);

	gqle_http_span_end(&event->span.http, &event->invocation.request, reply);
	event->outcome = gqle_invocation_judge(&event->invocation, reply);
	MemoryContextSwitchTo(old);
	dlist_delete(&event->node);
	n_called--;
	dlist_push_tail(&ended, &event->node);
}

/* Send the request of an event; false if that can't be. */
static bool
send_request(Event *event)
{
	GqleHttpRequest request = event->invocation.request;

	gqle_http_span_begin(&event->span.http, &request);
	return gqle_httpc_begin(&request, take_reply, event) != NULL;
}

/* Call the webhook with a body; one that can't be called has ended. */
static void
call_event(Event *event, const char *body)
{
	GqleErrorSink sink = {0};
	GqleInvocationMade made = GQLE_INVOCATION_UNRESOLVED;
	const char *problem = event->trigger->problem;

	if (!event->is_dead && problem == NULL)
	{
		gqle_delivery_span_begin(&event->span, NULL);
		made = gqle_invocation_make(&event->invocation, GQLE_INVOCATION_SCHEDULED,
									event->trigger->webhook, event->trigger->definition,
									NULL, body, &sink);
		gqle_spans_end();
		problem = sink.has_error ? sink.error.message : NULL;
	}
	event->invocation.timed_name = event->kind->is_cron ?
		psprintf("Cron Scheduled event %s of cron trigger \"%s\"", event->id, event->name) :
		psprintf("One-off Scheduled event %s", event->id);
	event->is_hopeless = made == GQLE_INVOCATION_UNTRANSFORMED;
	if (event->is_dead || event->is_hopeless)
	{
		if (event->is_hopeless)
			ereport(LOG,
					(errmsg("gqle can't deliver scheduled event \"%s\": %s", event->id, problem)));
		dlist_push_tail(&ended, &event->node);
		return;
	}
	if (problem != NULL)
		event->outcome = gqle_invocation_fail(&event->invocation, GQLE_INVOCATION_SCHEDULED,
											  problem);
	else if (send_request(event))
	{
		dlist_push_tail(&called, &event->node);
		n_called++;
		return;
	}
	else
		event->outcome = gqle_invocation_judge(&event->invocation, &gqle_invocation_bad_url);
	dlist_push_tail(&ended, &event->node);
}

/* Begin with a claimed row. */
static void
begin_event(Kind *kind, const GqleRows *rows, int row)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "gqle scheduled event",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Event	   *event = palloc0(sizeof(Event));
	const char *definition = gqle_rows_text(rows, row, CLAIM_DEFINITION);

	event->context = context;
	event->kind = kind;
	event->id = gqle_rows_text(rows, row, CLAIM_ID);
	event->name = gqle_rows_text(rows, row, CLAIM_NAME);
	event->tries = gqle_rows_int4(rows, row, CLAIM_TRIES);
	event->trigger = kind->is_cron ? gqle_trigger_of_cron(definition) :
		gqle_trigger_of_one_off(definition, gqle_rows_text(rows, row, CLAIM_RETRY),
								gqle_rows_text(rows, row, CLAIM_HEADERS));
	event->is_dead = gqle_rows_int8(rows, row, CLAIM_AGE) > event->trigger->tolerance;
	call_event(event, make_body(rows, row, event->trigger));
	MemoryContextSwitchTo(old);
}

/* ------------------------------------------------------------------------
 * Recording
 * ------------------------------------------------------------------------ */

static void
log_invocation(const Event *event)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, event->id);
	gqle_spi_add(&args, INT4OID, Int32GetDatum(event->outcome.status),
				 !event->outcome.has_status);
	gqle_spi_add_json(&args, event->invocation.log_request);
	gqle_spi_add_json(&args, event->outcome.log_response);
	gqle_spi_execute_kept(&event->kind->log, &args);
}

/* Count what came of an event, and end its span. */
static void
account_for(const Event *event, bool has_call, bool is_over)
{
	GqleMetric	invocations = event->kind->is_cron ? GQLE_METRIC_CRON_INVOCATIONS :
		GQLE_METRIC_ONE_OFF_INVOCATIONS;
	GqleMetric	processed = event->kind->is_cron ? GQLE_METRIC_CRON_PROCESSED :
		GQLE_METRIC_ONE_OFF_PROCESSED;

	if (has_call)
		gqle_metrics_add(invocations + event->outcome.is_delivered, 1);
	if (is_over)
		gqle_metrics_add(processed + event->outcome.is_delivered, 1);
	gqle_delivery_span_end(&event->span, "Scheduled trigger",
						   event->name, event->id,
						   !event->outcome.is_delivered);
}

/* Record one event; call within a transaction. */
static void
record_event(const Event *event)
{
	const GqleInvocationOutcome *outcome = &event->outcome;
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	bool		has_call = !event->is_dead && !event->is_hopeless;
	int			retry_in = -1;

	if (has_call)
	{
		if (outcome->retry_after > 0)
			retry_in = outcome->retry_after;
		else if (!outcome->is_delivered && event->tries < event->trigger->num_retries)
			retry_in = event->trigger->retry_interval;
		log_invocation(event);
		gqle_invocation_log(&event->invocation, outcome, event->trigger->url_name, event->id,
							event->name);
	}
	account_for(event, has_call, retry_in < 0);
	gqle_spi_add_text(&args, event->id);
	gqle_spi_add_text(&args, event->is_dead ? "dead" : outcome->is_delivered ? "delivered" :
					  retry_in >= 0 ? "scheduled" : "error");
	gqle_spi_add_int4(&args, has_call ? 1 : 0);
	gqle_spi_add(&args, INT4OID, Int32GetDatum(retry_in), retry_in < 0);
	gqle_spi_execute_kept(&event->kind->update, &args);
}

static void
record_ended(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, &ended)
		record_event(dlist_container(Event, node, iter.cur));
}

static void
forget_ended(void)
{
	while (!dlist_is_empty(&ended))
		MemoryContextDelete(dlist_container(Event, node,
											dlist_pop_head_node(&ended))->context);
}

/* ------------------------------------------------------------------------
 * Turns
 * ------------------------------------------------------------------------ */

/* When to look again: at the next time of an event, or after a while. */
static void
find_next_due(void)
{
	static GqleSpiStatement statement = {
		"SELECT min(d.at) FROM ("
		" SELECT min(coalesce(next_retry_at, scheduled_time)) AS at FROM gqle.scheduled_events WHERE status = 'scheduled'"
		" UNION ALL SELECT min(coalesce(e.next_retry_at, e.scheduled_time)) FROM gqle.cron_events AS e"
		"  WHERE e.status = 'scheduled' AND EXISTS (SELECT FROM gqle.cron_triggers AS t WHERE t.name = e.trigger_name)"
		") AS d"
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	bool		is_null;
	Datum		value = gqle_rows_datum(rows, 0, 0, &is_null);

	next_due = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), LONGEST_SLEEP_MS);
	if (!is_null)
		next_due = Min(next_due, DatumGetTimestampTz(value));
}

/*
 * Claim what is due and call; within a transaction.  Nothing is sent before the
 * next turn of httpc, that is after the commit.
 */
static void
claim_due(Kind *kind)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	gqle_spi_add_int8(&args, Min(BATCH, gqle_guc_events_http_pool_size - n_called));
	rows = gqle_spi_execute_kept(&kind->claim, &args);
	for (int i = 0; i < rows->n; i++)
		begin_event(kind, rows, i);
}

/* See delivery.h. */
void
gqle_schedule_turn(bool look, bool is_draining)
{
	bool		fills = !is_draining && gqle_delivery_ms_until(next_fill) == 0;
	bool		claims = !is_draining && n_called < gqle_guc_events_http_pool_size &&
		(look || gqle_delivery_ms_until(next_due) == 0);

	if (!fills && !claims && dlist_is_empty(&ended))
		return;
	gqle_delivery_begin("gqle: deliver scheduled events");
	record_ended();
	if (fills)
		gqle_cron_events_fill();
	find_next_due();			/* a retry may come before */
	gqle_delivery_commit();
	forget_ended();
	if (fills)
		next_fill = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), LONGEST_SLEEP_MS);
	if (!claims)
		return;
	gqle_delivery_begin("gqle: deliver scheduled events");
	for (size_t i = 0; i < lengthof(kinds); i++)
		claim_due(&kinds[i]);
	find_next_due();
	gqle_delivery_commit();
}

/* See delivery.h. */
long
gqle_schedule_timeout(void)
{
	if (!dlist_is_empty(&ended))
		return 0;
	if (n_called >= gqle_guc_events_http_pool_size)
		return LONGEST_SLEEP_MS;
	return Min(gqle_delivery_ms_until(next_due), gqle_delivery_ms_until(next_fill));
}

int
gqle_schedule_count(void)
{
	return n_called;
}

/* Make claimed events scheduled ones again. */
static void
release_claimed(void)
{
	for (size_t i = 0; i < lengthof(kinds); i++)
		gqle_spi_execute(kinds[i].release, NULL);
}

/* See delivery.h. */
void
gqle_schedule_start(void)
{
	gqle_delivery_begin("gqle: free scheduled events");
	release_claimed();
	gqle_delivery_commit();
}

/* See delivery.h. */
void
gqle_schedule_stop(void)
{
	gqle_delivery_begin("gqle: free scheduled events");
	record_ended();
	release_claimed();
	gqle_delivery_commit();
}
