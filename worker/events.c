/*
 * events.c
 *		Delivery of the events of event triggers.
 *
 * An event is *claimed* in batches (its locked is set, and that commits), *waits*
 * here until fewer than gqle.events_http_pool_size calls are in flight, is
 * *called*, and *recorded* with what came of it.  A batch is claimed whenever no
 * more than one is waiting, so that a slow receiver finds two batches claimed at
 * most.  After a batch that was not full there is nothing more, until the next
 * commit of an event or the end of gqle.events_fetch_interval, which is also how
 * late a retry may be.
 *
 * compat: what is sent, when it is tried again and what the log says are
 * Hasura's; see events-and-actions in docs/compat.md.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/api/meta.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/base/trigger_stats.h"
#include "gqle/exec/spans.h"
#include "gqle/worker/delivery.h"
#include "gqle/worker/delivery_span.h"
#include "gqle/worker/httpc.h"
#include "gqle/worker/invocation.h"
#include "gqle/worker/trigger.h"
#include "gqle/worker/worker_main.h"

#define POSTPONED_S	60			/* an event whose trigger can't be used */

typedef struct Event
{
	dlist_node	node;			/* in waiting, called or ended */
	MemoryContext context;		/* of the event and all it points to */
	const char *id;
	const char *trigger_name;
	const char *body;			/* what the webhook gets */
	int			tries;			/* before this one */
	bool		is_hopeless;	/* can't be made into a request, ever */
	GqleTrigger *trigger;
	GqleInvocation invocation;
	GqleInvocationOutcome outcome;
	GqleHttpcCall *call;
	GqleDeliverySpan span;
	TimestampTz claimed_at;
	TimestampTz called_at;		/* 0: it wasn't */
	TimestampTz answered_at;
} Event;

static dlist_head waiting = DLIST_STATIC_INIT(waiting);
static dlist_head called = DLIST_STATIC_INIT(called);
static dlist_head ended = DLIST_STATIC_INIT(ended);
static int	n_waiting = 0;
static int	n_called = 0;
static TimestampTz next_look = 0;	/* when to claim again without being woken */
static bool may_have_more = true;

/* ------------------------------------------------------------------------
 * Claiming
 * ------------------------------------------------------------------------ */

enum
{
	CLAIM_ID,
	CLAIM_SCHEMA,
	CLAIM_TABLE,
	CLAIM_TRIGGER,
	CLAIM_PAYLOAD,
	CLAIM_TRIES,
	CLAIM_CREATED,
	CLAIM_DEFINITION
};

/* Materialized, or else the limit may hold for each row instead of all. */
static GqleSpiStatement claim = {
	"WITH c AS MATERIALIZED ("
	" SELECT e.id, t.definition"
	" FROM gqle.event_log AS e JOIN gqle.event_triggers AS t ON t.name = e.trigger_name"
	" WHERE NOT e.delivered AND NOT e.error AND NOT e.archived"
	"  AND (e.locked IS NULL OR e.locked < now() - interval '30 minutes')"
	"  AND (e.next_retry_at IS NULL OR e.next_retry_at <= now())"
	" ORDER BY e.locked NULLS FIRST, e.next_retry_at NULLS FIRST, e.created_at"
	" LIMIT $1 FOR UPDATE OF e SKIP LOCKED) "
	"UPDATE gqle.event_log AS l SET locked = now() FROM c WHERE l.id = c.id "
	"RETURNING l.id, l.schema_name, l.table_name, l.trigger_name, l.payload, l.tries,"
	" rtrim(gqle_internal.utc_text(l.created_at), 'Z'), c.definition"
};

static void
append_member(StringInfo out, const char *key, const char *value, bool *first)
{
	gqle_json_write_key(out, key, first);
	gqle_json_write_cstring(out, value);
}

/* What the webhook of an event gets. */
static char *
make_body(const GqleRows *rows, int row, const GqleTrigger *trigger)
{
	StringInfoData out;
	bool		first = true;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	append_member(&out, "created_at", gqle_rows_text(rows, row, CLAIM_CREATED), &first);
	appendStringInfo(&out, ",\"delivery_info\":{\"current_retry\":%d,\"max_retries\":%d}",
					 gqle_rows_int4(rows, row, CLAIM_TRIES), trigger->num_retries);
	appendStringInfo(&out, ",\"event\":%s", gqle_rows_text(rows, row, CLAIM_PAYLOAD));
	append_member(&out, "id", gqle_rows_text(rows, row, CLAIM_ID), &first);
	appendStringInfoString(&out, ",\"table\":{");
	first = true;
	append_member(&out, "schema", gqle_rows_text(rows, row, CLAIM_SCHEMA), &first);
	append_member(&out, "name", gqle_rows_text(rows, row, CLAIM_TABLE), &first);
	appendStringInfoString(&out, "},\"trigger\":{");
	first = true;
	append_member(&out, "name", gqle_rows_text(rows, row, CLAIM_TRIGGER), &first);
	appendStringInfoString(&out, "}}");
	return out.data;
}

/* An event of a claimed row, in a memory context of its own. */
static Event *
make_event(const GqleRows *rows, int row)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "gqle event",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Event	   *event = palloc0(sizeof(Event));

	event->context = context;
	event->claimed_at = GetCurrentTimestamp();
	event->id = gqle_rows_text(rows, row, CLAIM_ID);
	event->trigger_name = gqle_rows_text(rows, row, CLAIM_TRIGGER);
	event->tries = gqle_rows_int4(rows, row, CLAIM_TRIES);
	event->trigger = gqle_trigger_of_event(gqle_rows_text(rows, row, CLAIM_DEFINITION));
	event->body = make_body(rows, row, event->trigger);
	MemoryContextSwitchTo(old);
	return event;
}

/* Claim a batch; call within a transaction. */
static void
claim_batch(void)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	TimestampTz began = GetCurrentTimestamp();
	GqleRows   *rows;

	gqle_spi_add_int8(&args, gqle_guc_events_fetch_batch_size);
	rows = gqle_spi_execute_kept(&claim, &args);
	gqle_metrics_observe(GQLE_HISTOGRAM_EVENT_FETCH, Max(GetCurrentTimestamp() - began, 0));
	gqle_metrics_add(GQLE_METRIC_EVENTS_FETCHED, rows->n);
	if (rows->n > 0)
		gqle_metrics_own->values[GQLE_METRIC_EVENTS_PER_BATCH] = rows->n;
	for (int i = 0; i < rows->n; i++)
	{
		dlist_push_tail(&waiting, &make_event(rows, i)->node);
		n_waiting++;
	}
	may_have_more = rows->n == gqle_guc_events_fetch_batch_size;
}

/* ------------------------------------------------------------------------
 * Calling
 * ------------------------------------------------------------------------ */

static void
end_event(Event *event)
{
	dlist_push_tail(&ended, &event->node);
}

/* The webhook has answered, or not; GqleHttpcDone. */
static void
take_reply(void *arg, const GqleHttpReply *reply)
{
	Event	   *event = arg;
	MemoryContext old = MemoryContextSwitchTo(event->context);

	event->call = NULL;
	event->answered_at = GetCurrentTimestamp();
	gqle_http_span_end(&event->span.http, &event->invocation.request, reply);
	event->outcome = gqle_invocation_judge(&event->invocation, reply);
	MemoryContextSwitchTo(old);
	dlist_delete(&event->node);
	n_called--;
	end_event(event);
}

/* The session variables in an event's body, or NULL. */
static const GqleJson *
session_of(const GqleJson *body)
{
	const GqleJson *session = gqle_json_lookup(gqle_json_lookup(body, "event"),
											   "session_variables");

	return session != NULL && session->kind == GQLE_JSON_OBJECT ? session : NULL;
}

/* Make the request of an event; false if there is none to send. */
static bool
make_request(Event *event)
{
	const GqleTrigger *trigger = event->trigger;
	GqleErrorSink sink = {0};
	GqleInvocationMade made = GQLE_INVOCATION_UNRESOLVED;
	const GqleJson *session = NULL;
	const GqleJson *body = NULL;

	if (trigger->webhook != NULL)
	{
		if (gqle_json_lookup(trigger->definition, "request_transform") != NULL ||
			gqle_json_lookup(trigger->definition, "response_transform") != NULL ||
			strstr(event->body, "\"trace_context\"") != NULL)
			body = gqle_meta_parse_stored(event->body);
		session = session_of(body);
		gqle_delivery_span_begin(&event->span, gqle_json_lookup(body, "event"));
		made = gqle_invocation_make(&event->invocation, GQLE_INVOCATION_EVENT,
									trigger->webhook, trigger->definition, session,
									event->body, &sink);
		gqle_spans_end();
	}
	if (trigger->has_timeout)
		event->invocation.timed_name = psprintf("Event Trigger \"%s\"", event->trigger_name);
	if (made == GQLE_INVOCATION_READY)
		return true;
	event->is_hopeless = made == GQLE_INVOCATION_UNTRANSFORMED;
	ereport(LOG,
			(errmsg("gqle can't deliver event \"%s\" of event trigger \"%s\": %s",
					event->id, event->trigger_name,
					trigger->problem != NULL ? trigger->problem : sink.error.message)));
	return false;
}

/* Send the request of an event; NULL if that can't be. */
static GqleHttpcCall *
send_request(Event *event)
{
	GqleHttpRequest request = event->invocation.request;

	event->called_at = event->answered_at = GetCurrentTimestamp();
	gqle_http_span_begin(&event->span.http, &request);
	return gqle_httpc_begin(&request, take_reply, event);
}

/* Call the webhook of an event that waits; one that can't be called has ended. */
static void
call_event(Event *event)
{
	MemoryContext old = MemoryContextSwitchTo(event->context);

	dlist_delete(&event->node);
	n_waiting--;
	if (!make_request(event))
		end_event(event);
	else if ((event->call = send_request(event)) != NULL)
	{
		dlist_push_tail(&called, &event->node);
		n_called++;
	}
	else
	{
		event->outcome = gqle_invocation_judge(&event->invocation, &gqle_invocation_bad_url);
		end_event(event);
	}
	MemoryContextSwitchTo(old);
}

/* ------------------------------------------------------------------------
 * Recording
 * ------------------------------------------------------------------------ */

/* Columns of the rows that record_ended makes; '' stands for null. */
enum
{
	RECORD_ID,
	RECORD_TRIGGER,
	RECORD_STATUS,
	RECORD_REQUEST,
	RECORD_RESPONSE,			/* '' if there was no call */
	RECORD_DELIVERED,
	RECORD_RETRY_IN,			/* s */
	N_RECORD_COLUMNS
};

/*
 * Logs calls and frees the rows of their events: delivered, failed, or to be tried
 * again.
 */
static GqleSpiStatement record = {
	"WITH r AS (SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)"
	"  AS u (id, trigger_name, status, request, response, delivered, retry_in)),"
	" logged AS (INSERT INTO gqle.event_invocation_logs (trigger_name, event_id, status, request, response)"
	"  SELECT trigger_name, id, nullif(status, '')::int, request::json, response::json FROM r"
	"  WHERE response <> '') "
	"UPDATE gqle.event_log AS l SET tries = tries + (r.response <> '')::int,"
	" delivered = r.delivered = 't', error = r.delivered = 'f' AND r.retry_in = '', locked = NULL,"
	" next_retry_at = now() + nullif(r.retry_in, '')::int * interval '1 s' "
	"FROM r WHERE l.id = r.id"
};

/* In how many seconds an event is to be tried again, or -1. */
static int
retry_in(const Event *event)
{
	if (event->outcome.log_response == NULL)
		return event->is_hopeless ? -1 : POSTPONED_S;
	if (event->outcome.retry_after > 0)
		return event->outcome.retry_after;
	if (!event->outcome.is_delivered && event->tries < event->trigger->num_retries)
		return event->trigger->retry_interval;
	return -1;
}

/* Count what came of an event, and end its span. */
static void
account_for(const Event *event, bool is_over)
{
	GqleTriggerStats *stats =
		gqle_trigger_stats_get(gqle_registry->workers[gqle_worker_slot].database,
							   event->trigger_name);
	bool		is_delivered = event->outcome.is_delivered;

	if (event->called_at != 0)
	{
		stats->invocations[is_delivered]++;
		gqle_metrics_observe_in(&stats->queue_time, GQLE_HISTOGRAM_EVENT_LONG,
								Max(event->called_at - event->claimed_at, 0));
		gqle_metrics_observe_in(&stats->webhook_time, GQLE_HISTOGRAM_EVENT_SHORT,
								Max(event->answered_at - event->called_at, 0));
	}
	if (is_over)
	{
		stats->processed[is_delivered]++;
		gqle_metrics_observe_in(&stats->processing_time, GQLE_HISTOGRAM_EVENT_LONG,
								Max(GetCurrentTimestamp() - event->claimed_at, 0));
	}
	gqle_delivery_span_end(&event->span, "Event trigger", event->trigger_name, event->id,
						   !is_delivered);
}

/* Record what has ended; call within a transaction. */
static void
record_ended(void)
{
	const char **columns[N_RECORD_COLUMNS];
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	dlist_iter	iter;
	int			n = 0;

	if (dlist_is_empty(&ended))
		return;
	dlist_foreach(iter, &ended)
		n++;
	for (int i = 0; i < N_RECORD_COLUMNS; i++)
		columns[i] = palloc(sizeof(char *) * n);
	n = 0;
	dlist_foreach(iter, &ended)
	{
		const Event *event = dlist_container(Event, node, iter.cur);
		const GqleInvocationOutcome *outcome = &event->outcome;
		int			seconds = retry_in(event);

		if (outcome->log_response != NULL)
			gqle_invocation_log(&event->invocation, outcome, event->trigger->url_name,
								event->id, event->trigger_name);
		account_for(event, seconds < 0);
		columns[RECORD_ID][n] = event->id;
		columns[RECORD_TRIGGER][n] = event->trigger_name;
		columns[RECORD_STATUS][n] = outcome->has_status ? psprintf("%d", outcome->status) : "";
		columns[RECORD_REQUEST][n] = outcome->log_response != NULL ?
			event->invocation.log_request : "";
		columns[RECORD_RESPONSE][n] = outcome->log_response != NULL ?
			outcome->log_response : "";
		columns[RECORD_DELIVERED][n] = outcome->is_delivered ? "t" : "f";
		columns[RECORD_RETRY_IN][n] = seconds >= 0 ? psprintf("%d", seconds) : "";
		n++;
	}
	for (int i = 0; i < N_RECORD_COLUMNS; i++)
		gqle_spi_add_text_array(&args, columns[i], n);
	gqle_spi_execute_kept(&record, &args);
}

/* Forget the recorded ones, after the commit. */
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

/* Has something to be claimed now? */
static bool
must_claim(bool look)
{
	if (gqle_guc_events_fetch_interval == 0 || gqle_guc_events_fetch_batch_size == 0 ||
		n_waiting > gqle_guc_events_fetch_batch_size)
		return false;
	return look || may_have_more || gqle_delivery_ms_until(next_look) == 0;
}

/* See delivery.h. */
void
gqle_events_turn(bool look, bool is_draining)
{
	bool		claims = !is_draining && must_claim(look);

	if (look && !claims)
		may_have_more = true;	/* to be found when there is room */
	if (claims || !dlist_is_empty(&ended))
	{
		gqle_delivery_begin("gqle: deliver events");
		record_ended();
		if (claims)
			claim_batch();
		gqle_delivery_commit();
		forget_ended();
		if (claims)
			next_look = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													gqle_guc_events_fetch_interval);
	}
	while (!is_draining && n_waiting > 0 && n_called < gqle_guc_events_http_pool_size)
		call_event(dlist_head_element(Event, node, &waiting));
	gqle_metrics_own->values[GQLE_METRIC_EVENT_HTTP_WORKERS] = n_called;
}

/* See delivery.h. */
long
gqle_events_timeout(void)
{
	if (!dlist_is_empty(&ended) || (may_have_more && must_claim(false)))
		return 0;
	if (gqle_guc_events_fetch_interval == 0 || gqle_guc_events_fetch_batch_size == 0)
		return 60000;
	return Max(gqle_delivery_ms_until(next_look), 1);
}

int
gqle_events_count(void)
{
	return n_called;
}

/* See delivery.h. */
void
gqle_events_start(void)
{
	gqle_delivery_begin("gqle: free events");
	gqle_spi_execute("UPDATE gqle.event_log SET locked = NULL "
					 "WHERE locked IS NOT NULL AND NOT delivered AND NOT error AND NOT archived",
					 NULL);
	gqle_delivery_commit();
}

/* Free the rows of a list of events. */
static void
free_rows(dlist_head *list)
{
	dlist_iter	iter;

	dlist_foreach(iter, list)
	{
		GqleSpiArgs args = GQLE_SPI_NO_ARGS;

		gqle_spi_add_text(&args, dlist_container(Event, node, iter.cur)->id);
		gqle_spi_execute("UPDATE gqle.event_log SET locked = NULL WHERE id = $1", &args);
	}
}

/* See delivery.h. */
void
gqle_events_stop(void)
{
	gqle_delivery_begin("gqle: free events");
	record_ended();
	free_rows(&waiting);
	free_rows(&called);
	gqle_delivery_commit();
}
