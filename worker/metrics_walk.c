/*
 * metrics_walk.c
 *		All metrics of the served database, one after the other.
 *
 * Names, labels and buckets are Hasura's where it has a metric for the thing;
 * what only exists here begins with gqle_.  Nothing is told that isn't counted:
 * a metric of Hasura's that has no meaning here is absent, not zero.
 *
 * With labels of high cardinality the requests are told by operation, as far as
 * the table of operations remembers them; the rest of the sum, which belongs to
 * operations forgotten or never compiled, has no name.  So are events by trigger.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/base/guc.h"
#include "gqle/base/trigger_stats.h"
#include "gqle/exec/stat_operations.h"
#include "gqle/worker/metrics_walk.h"
#include "gqle/worker/worker_main.h"

#define SOURCE "source_name", "default"
#define MAX_LABELS 3

/* A metric that is one counter, or one of those with the name before it. */
typedef struct Metric
{
	const char *name;			/* NULL: that of the one before, other labels */
	GqleMetricKind kind;
	const char *help;
	GqleMetric	metric;
	int			n_labels;
	const char *labels[2 * MAX_LABELS];
} Metric;

#define LIVE 1, {"subscription_kind", "live-query"}
#define STREAM 1, {"subscription_kind", "streaming"}
#define FAILED 1, {"status", "failed"}
#define SUCCEEDED 1, {"status", "success"}
#define FULL 1, {"reason", "buffer_full"}
#define NOT_SENT 1, {"reason", "send_failed"}
#define COUNTER GQLE_KIND_COUNTER
#define GAUGE GQLE_KIND_GAUGE

static const Metric metrics[] = {
	{"hasura_http_connections", GAUGE, "Open HTTP connections, without WebSockets",
	GQLE_METRIC_HTTP_CONNECTIONS},
	{"hasura_websocket_connections", GAUGE, "Open WebSocket connections",
	GQLE_METRIC_WS_CONNECTIONS},
	{"hasura_active_subscriptions", GAUGE, "Subscriptions that are told changes",
	GQLE_METRIC_SUBSCRIPTIONS, LIVE},
	{NULL, GAUGE, NULL, GQLE_METRIC_SUBSCRIPTIONS + 1, STREAM},
	{"hasura_active_subscription_pollers", GAUGE,
	"Operations that are run again and again for subscriptions", GQLE_METRIC_POLLERS, LIVE},
	{NULL, GAUGE, NULL, GQLE_METRIC_POLLERS + 1, STREAM},
	{"hasura_active_subscription_pollers_in_error_state", GAUGE,
	"Those whose last run failed", GQLE_METRIC_POLLERS_IN_ERROR, LIVE},
	{NULL, GAUGE, NULL, GQLE_METRIC_POLLERS_IN_ERROR + 1, STREAM},
	{"hasura_http_request_bytes_total", COUNTER,
		"Bytes of HTTP request bodies, without health checks",
	GQLE_METRIC_HTTP_BYTES_IN},
	{"hasura_http_response_bytes_total", COUNTER,
		"Bytes of HTTP response bodies, without health checks",
	GQLE_METRIC_HTTP_BYTES_OUT},
	{"hasura_websocket_messages_received_bytes_total", COUNTER,
	"Bytes received over WebSockets", GQLE_METRIC_WS_BYTES_IN},
	{"hasura_websocket_messages_sent_bytes_total", COUNTER,
	"Bytes of WebSocket messages sent", GQLE_METRIC_WS_BYTES_OUT},
	{"hasura_event_trigger_http_workers", GAUGE,
		"Calls of webhooks of event triggers in flight",
	GQLE_METRIC_EVENT_HTTP_WORKERS},
	{"hasura_events_fetched_per_batch", GAUGE, "Events in the batch claimed last",
	GQLE_METRIC_EVENTS_PER_BATCH},
	{"hasura_events_fetched_total", COUNTER, "Events claimed", GQLE_METRIC_EVENTS_FETCHED, 1,
	{SOURCE}},
	{"hasura_cron_events_invocation_total", COUNTER, "Calls of webhooks of cron triggers",
	GQLE_METRIC_CRON_INVOCATIONS, FAILED},
	{NULL, COUNTER, NULL, GQLE_METRIC_CRON_INVOCATIONS + 1, SUCCEEDED},
	{"hasura_cron_events_processed_total", COUNTER, "Events of cron triggers that are over",
	GQLE_METRIC_CRON_PROCESSED, FAILED},
	{NULL, COUNTER, NULL, GQLE_METRIC_CRON_PROCESSED + 1, SUCCEEDED},
	{"hasura_oneoff_events_invocation_total", COUNTER, "Calls of webhooks of one-off events",
	GQLE_METRIC_ONE_OFF_INVOCATIONS, FAILED},
	{NULL, COUNTER, NULL, GQLE_METRIC_ONE_OFF_INVOCATIONS + 1, SUCCEEDED},
	{"hasura_oneoff_events_processed_total", COUNTER, "One-off events that are over",
	GQLE_METRIC_ONE_OFF_PROCESSED, FAILED},
	{NULL, COUNTER, NULL, GQLE_METRIC_ONE_OFF_PROCESSED + 1, SUCCEEDED},
	{"hasura_otel_sent_spans", COUNTER, "Spans that the collector has taken",
	GQLE_METRIC_SPANS_SENT},
	{"hasura_otel_dropped_spans", COUNTER, "Spans that it has not",
	GQLE_METRIC_SPANS_BUFFER_FULL, FULL},
	{NULL, COUNTER, NULL, GQLE_METRIC_SPANS_SEND_FAILED, NOT_SENT},
	{"hasura_otel_sent_logs", COUNTER, "Log lines that the collector has taken",
	GQLE_METRIC_LOGS_SENT},
	{"hasura_otel_dropped_logs", COUNTER, "Log lines that it has not",
	GQLE_METRIC_LOGS_BUFFER_FULL, FULL},
	{NULL, COUNTER, NULL, GQLE_METRIC_LOGS_SEND_FAILED, NOT_SENT},
	{"gqle_connections_accepted_total", COUNTER, "Client connections accepted",
	GQLE_METRIC_ACCEPTED},
	{"gqle_calls_inline_total", COUNTER, "Calls answered by server workers",
	GQLE_METRIC_INLINE},
	{"gqle_calls_overran_total", COUNTER,
		"Calls moved to an executor because their inline budget ended",
	GQLE_METRIC_OVERRAN},
	{"gqle_calls_cancelled_total", COUNTER, "Calls whose client went away",
	GQLE_METRIC_CANCELLED},
	{"gqle_refused_busy_total", COUNTER,
	"Connections and calls refused for want of room", GQLE_METRIC_BUSY},
	{"gqle_refused_rate_limit_total", COUNTER, "Requests refused by a rate limit",
	GQLE_METRIC_LIMITED},
	{"gqle_refused_malformed_total", COUNTER, "Requests refused for their head",
	GQLE_METRIC_BAD_HEADS},
	{"gqle_connections_timed_out_total", COUNTER,
	"Connections closed by a deadline", GQLE_METRIC_TIMEOUTS},
};

/* Histograms of the cell, two by two if there are labels. */
typedef struct Histogram
{
	const char *name;
	const char *help;
	GqleHistogram first;
	int			n;
	const char *labels[2][2];
	int			n_labels;
} Histogram;

static const Histogram histograms[] = {
	{"hasura_graphql_execution_time_seconds", "Time of successful GraphQL requests",
	GQLE_HISTOGRAM_QUERY, 2, {{"operation_type", "query"}, {"operation_type", "mutation"}}, 1},
	{"hasura_subscription_total_time_seconds",
		"Time of running a subscription again and telling its subscribers",
		GQLE_HISTOGRAM_SUBSCRIPTION, 2,
	{{"subscription_kind", "live-query"}, {"subscription_kind", "streaming"}}, 1},
	{"hasura_subscription_db_execution_time_seconds",
		"Time of running a subscription again", GQLE_HISTOGRAM_SUBSCRIPTION_RUN, 2,
	{{"subscription_kind", "live-query"}, {"subscription_kind", "streaming"}}, 1},
	{"hasura_event_fetch_time_per_batch_seconds", "Time of claiming a batch of events",
	GQLE_HISTOGRAM_EVENT_FETCH, 1},
	{"hasura_events_fetch_query_time_seconds", "Time of the query that claims a batch",
	GQLE_HISTOGRAM_EVENT_FETCH, 1, {{SOURCE}}, 1},
};

/* In the order of GqleMetricOperation. */
static const char *const operation_names[] = {"unknown", "query", "mutation",
"subscription"};
static const char *const status_names[] = {"success", "failed"};

static void
walk_numbers(const GqleMetricVisitor *visitor, const GqleMetricCell *sums)
{
	for (size_t i = 0; i < lengthof(metrics); i++)
	{
		const Metric *m = &metrics[i];

		if (m->name != NULL)
			visitor->begin(visitor->arg, m->name, m->kind, m->help);
		visitor->number(visitor->arg, m->labels, m->n_labels, sums->values[m->metric]);
		if (i + 1 == lengthof(metrics) || metrics[i + 1].name != NULL)
			visitor->end(visitor->arg);
	}
}

static void
walk_histograms(const GqleMetricVisitor *visitor, const GqleMetricCell *sums)
{
	for (size_t i = 0; i < lengthof(histograms); i++)
	{
		const Histogram *h = &histograms[i];

		visitor->begin(visitor->arg, h->name, GQLE_KIND_HISTOGRAM, h->help);
		for (int k = 0; k < h->n; k++)
			visitor->histogram(visitor->arg, h->labels[k], h->n_labels, h->first + k,
							   &sums->histograms[h->first + k]);
		visitor->end(visitor->arg);
	}
}

/* ------------------------------------------------------------------------
 * Requests, by operation
 * ------------------------------------------------------------------------ */

static void
tell_requests(const GqleMetricVisitor *visitor, int operation, int failed,
			  const char *name, const char *hash, uint64 n)
{
	const char *labels[] = {"operation_type", operation_names[operation],
		"response_status", status_names[failed], "operation_name", name,
	"parameterized_query_hash", hash};

	visitor->number(visitor->arg, labels, hash != NULL ? 4 : 2, n);
}

/* What one operation was asked for; its share is taken from the rest. */
typedef struct Walk
{
	const GqleMetricVisitor *visitor;
	uint64		rest[lengthof(operation_names)][2];
} Walk;

static void
tell_operation(const GqleStatCounts *counts, void *arg)
{
	Walk	   *walk = arg;
	uint64		n[2] = {counts->calls - counts->errors, counts->errors};

	for (int failed = 0; failed < 2; failed++)
	{
		uint64	   *rest = &walk->rest[counts->operation][failed];

		/* counted elsewhere too, for instance from SQL: no more than the sum */
		n[failed] = Min(n[failed], *rest);
		*rest -= n[failed];
		if (n[failed] > 0)
			tell_requests(walk->visitor, counts->operation, failed, counts->name,
						  counts->hash, n[failed]);
	}
}

static void
walk_requests(const GqleMetricVisitor *visitor, const GqleMetricCell *sums)
{
	Walk		walk = {.visitor = visitor};
	bool		by_name = gqle_guc_metrics_enable_high_cardinality_labels;

	visitor->begin(visitor->arg, "hasura_graphql_requests_total", GQLE_KIND_COUNTER,
				   "GraphQL requests received");
	for (size_t i = 0; i < lengthof(operation_names); i++)
	{
		for (int failed = 0; failed < 2; failed++)
			walk.rest[i][failed] =
				sums->values[GQLE_METRIC_GRAPHQL_REQUESTS + 2 * i + failed];
	}
	if (by_name)
		gqle_stat_operations_walk(tell_operation, &walk);
	for (size_t i = 0; i < lengthof(operation_names); i++)
	{
		for (int failed = 0; failed < 2; failed++)
			tell_requests(visitor, i, failed, "", by_name ? "" : NULL,
						  walk.rest[i][failed]);
	}
	visitor->end(visitor->arg);
}

/* ------------------------------------------------------------------------
 * Events, by trigger
 * ------------------------------------------------------------------------ */

static void
add_histogram(GqleHistogramCell *to, const GqleHistogramCell *from)
{
	for (int i = 0; i < GQLE_MAX_BUCKETS; i++)
		to->buckets[i] += from->buckets[i];
	to->count += from->count;
	to->sum += from->sum;
}

static void
add_trigger(GqleTriggerStats *to, const GqleTriggerStats *from)
{
	for (int i = 0; i < 2; i++)
	{
		to->invocations[i] += from->invocations[i];
		to->processed[i] += from->processed[i];
	}
	add_histogram(&to->queue_time, &from->queue_time);
	add_histogram(&to->webhook_time, &from->webhook_time);
	add_histogram(&to->processing_time, &from->processing_time);
}

/* The triggers to tell of: each, or all as one without a name. */
static GqleTriggerStats *
load_triggers(int group, int *n)
{
	GqleTriggerStats *all = palloc0(sizeof(GqleTriggerStats));
	GqleTriggerStats one;
	bool		by_name = gqle_guc_metrics_enable_high_cardinality_labels;

	*n = by_name ? 0 : 1;
	for (int i = 0; gqle_trigger_stats_read(group, &i, &one);)
	{
		if (!by_name)
			add_trigger(all, &one);
		else if (one.name[0] != '\0' || one.queue_time.count > 0)
		{
			all = repalloc(all, sizeof(GqleTriggerStats) * (*n + 1));
			all[(*n)++] = one;
		}
	}
	return all;
}

static void
walk_trigger_counts(const GqleMetricVisitor *visitor, const char *name, const char *help,
					const GqleTriggerStats *triggers, int n, size_t member)
{
	static const char *const statuses[] = {"failed", "success"};

	visitor->begin(visitor->arg, name, GQLE_KIND_COUNTER, help);
	for (int i = 0; i < n; i++)
	{
		const uint64 *counts = (const uint64 *) ((const char *) &triggers[i] + member);

		for (int k = 0; k < 2; k++)
		{
			const char *labels[] = {"status", statuses[k], SOURCE, "trigger_name",
			triggers[i].name};

			visitor->number(visitor->arg, labels, triggers[i].name[0] != '\0' ? 3 : 2,
							counts[k]);
		}
	}
	visitor->end(visitor->arg);
}

static void
walk_trigger_times(const GqleMetricVisitor *visitor, const char *name, const char *help,
				   GqleHistogram histogram, const GqleTriggerStats *triggers, int n,
				   size_t member)
{
	visitor->begin(visitor->arg, name, GQLE_KIND_HISTOGRAM, help);
	for (int i = 0; i < n; i++)
	{
		const char *labels[] = {SOURCE, "trigger_name", triggers[i].name};

		visitor->histogram(visitor->arg, labels, triggers[i].name[0] != '\0' ? 2 : 1,
						   histogram, (const GqleHistogramCell *)
						   ((const char *) &triggers[i] + member));
	}
	visitor->end(visitor->arg);
}

static void
walk_triggers(const GqleMetricVisitor *visitor, int group)
{
	int			n;
	GqleTriggerStats *triggers = load_triggers(group, &n);

	if (n > 0)
	{
		walk_trigger_counts(visitor, "hasura_event_invocations_total",
							"Calls of webhooks of event triggers", triggers, n,
							offsetof(GqleTriggerStats, invocations));
		walk_trigger_counts(visitor, "hasura_event_processed_total",
							"Events of event triggers that are over", triggers, n,
							offsetof(GqleTriggerStats, processed));
		walk_trigger_times(visitor, "hasura_event_queue_time_seconds",
						   "From when an event was claimed until its webhook is called",
						   GQLE_HISTOGRAM_EVENT_LONG, triggers, n,
						   offsetof(GqleTriggerStats, queue_time));
		walk_trigger_times(visitor, "hasura_event_webhook_processing_time_seconds",
						   "From the call of the webhook to its answer",
						   GQLE_HISTOGRAM_EVENT_SHORT, triggers, n,
						   offsetof(GqleTriggerStats, webhook_time));
		walk_trigger_times(visitor, "hasura_event_processing_time_seconds",
						   "From when an event was claimed until it is over",
						   GQLE_HISTOGRAM_EVENT_LONG, triggers, n,
						   offsetof(GqleTriggerStats, processing_time));
	}
	pfree(triggers);
}

void
gqle_metrics_walk(const GqleMetricVisitor *visitor)
{
	static const char *const labels[] = {SOURCE, "conn_info", "default", "role", "primary"};
	int			database = gqle_registry->workers[gqle_worker_slot].database;
	GqleMetricCell sums;

	gqle_metrics_sum(database, &sums);
	walk_requests(visitor, &sums);
	walk_histograms(visitor, &sums);
	walk_numbers(visitor, &sums);
	walk_triggers(visitor, database);
	visitor->begin(visitor->arg, "hasura_postgres_connections", GQLE_KIND_GAUGE,
				   "Worker processes connected to the database");
	visitor->number(visitor->arg, labels, 3, gqle_registry_count_connected(MyDatabaseId));
	visitor->end(visitor->arg);
}
