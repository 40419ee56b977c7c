/*
 * metrics_text.c
 *		GET /v1/metrics: counters in the form that Prometheus reads.
 *
 * Names, labels and buckets are Hasura's where it has a metric for the thing;
 * what only exists here begins with gqle_.  Nothing is told that isn't counted:
 * a metric of Hasura's that has no meaning here is absent, not zero.
 *
 * With labels of high cardinality the requests are told by operation, as far as
 * the table of operations remembers them; the rest of the sum, which belongs to
 * operations forgotten or never compiled, has no name.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/base/guc.h"
#include "gqle/base/metrics.h"
#include "gqle/base/secrets.h"
#include "gqle/exec/stat_operations.h"
#include "gqle/worker/metrics_text.h"
#include "gqle/worker/worker_main.h"

#define BEARER "Bearer "

/* A metric that is one counter, or one of those with the name before it. */
typedef struct Metric
{
	const char *name;			/* NULL: that of the one before, other labels */
	const char *type;
	const char *help;
	const char *labels;			/* in braces, or empty */
	GqleMetric	metric;
} Metric;

static const Metric metrics[] = {
	{"hasura_http_connections", "gauge", "Open HTTP connections, without WebSockets",
	"", GQLE_METRIC_HTTP_CONNECTIONS},
	{"hasura_websocket_connections", "gauge", "Open WebSocket connections", "",
	GQLE_METRIC_WS_CONNECTIONS},
	{"hasura_active_subscriptions", "gauge", "Subscriptions that are told changes",
	"{subscription_kind=\"live-query\"}", GQLE_METRIC_LIVE_SUBSCRIPTIONS},
	{NULL, NULL, NULL, "{subscription_kind=\"streaming\"}",
	GQLE_METRIC_STREAM_SUBSCRIPTIONS},
	{"hasura_http_request_bytes_total", "counter",
		"Bytes of HTTP request bodies, without health checks", "",
	GQLE_METRIC_HTTP_BYTES_IN},
	{"hasura_http_response_bytes_total", "counter",
		"Bytes of HTTP response bodies, without health checks", "",
	GQLE_METRIC_HTTP_BYTES_OUT},
	{"hasura_websocket_messages_received_bytes_total", "counter",
	"Bytes received over WebSockets", "", GQLE_METRIC_WS_BYTES_IN},
	{"hasura_websocket_messages_sent_bytes_total", "counter",
	"Bytes of WebSocket messages sent", "", GQLE_METRIC_WS_BYTES_OUT},
	{"hasura_otel_sent_spans", "counter", "Spans that the collector has taken", "",
	GQLE_METRIC_SPANS_SENT},
	{"hasura_otel_dropped_spans", "counter", "Spans that it has not",
	"{reason=\"buffer_full\"}", GQLE_METRIC_SPANS_BUFFER_FULL},
	{NULL, NULL, NULL, "{reason=\"send_failed\"}", GQLE_METRIC_SPANS_SEND_FAILED},
	{"gqle_connections_accepted_total", "counter", "Client connections accepted", "",
	GQLE_METRIC_ACCEPTED},
	{"gqle_calls_inline_total", "counter", "Calls answered by server workers", "",
	GQLE_METRIC_INLINE},
	{"gqle_calls_overran_total", "counter",
		"Calls moved to an executor because their inline budget ended", "",
	GQLE_METRIC_OVERRAN},
	{"gqle_calls_cancelled_total", "counter", "Calls whose client went away", "",
	GQLE_METRIC_CANCELLED},
	{"gqle_refused_busy_total", "counter",
	"Connections and calls refused for want of room", "", GQLE_METRIC_BUSY},
	{"gqle_refused_rate_limit_total", "counter", "Requests refused by a rate limit",
	"", GQLE_METRIC_LIMITED},
	{"gqle_refused_malformed_total", "counter", "Requests refused for their head", "",
	GQLE_METRIC_BAD_HEADS},
	{"gqle_connections_timed_out_total", "counter",
	"Connections closed by a deadline", "", GQLE_METRIC_TIMEOUTS},
};

/* In the order of GqleMetricOperation. */
static const char *const operation_names[] = {"unknown", "query", "mutation",
"subscription"};
static const char *const status_names[] = {"success", "failed"};

bool
gqle_metrics_text_is_allowed(const GqleExchange *x)
{
	const char *given = gqle_httpd_header(x, "authorization");

	return gqle_guc_is_set(gqle_guc_metrics_secret) && given != NULL &&
		strncmp(given, BEARER, strlen(BEARER)) == 0 &&
		gqle_secrets_equal(given + strlen(BEARER), gqle_guc_metrics_secret);
}

static void
append_head(StringInfo out, const char *name, const char *type, const char *help)
{
	appendStringInfo(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
append_simple(StringInfo out, const GqleMetricCell *sums)
{
	const char *name = NULL;

	for (size_t i = 0; i < lengthof(metrics); i++)
	{
		const Metric *m = &metrics[i];

		if (m->name != NULL)
		{
			name = m->name;
			append_head(out, name, m->type, m->help);
		}
		appendStringInfo(out, "%s%s " UINT64_FORMAT "\n", name, m->labels,
						 sums->values[m->metric]);
	}
}

static void
append_histogram(StringInfo out, const char *name, const char *label,
				 GqleHistogram histogram, const GqleHistogramCell *cell)
{
	const uint64 *bounds;
	int			n = gqle_metrics_bounds(histogram, &bounds);
	uint64		below = 0;

	for (int i = 0; i < n; i++)
	{
		below += cell->buckets[i];
		appendStringInfo(out, "%s_bucket{%s,le=\"%g\"} " UINT64_FORMAT "\n", name,
						 label, bounds[i] / 1e6, below);
	}
	below += cell->buckets[n];
	appendStringInfo(out, "%s_bucket{%s,le=\"+Inf\"} " UINT64_FORMAT "\n", name,
					 label, below);
	appendStringInfo(out, "%s_sum{%s} %.6f\n", name, label, cell->sum / 1e6);
	appendStringInfo(out, "%s_count{%s} " UINT64_FORMAT "\n", name, label, below);
}

/* A label's value: as is, save for backslash, quote and line feed. */
static void
append_escaped(StringInfo out, const char *text)
{
	for (; *text != '\0'; text++)
	{
		if (*text == '\n')
			appendStringInfoString(out, "\\n");
		else
		{
			if (*text == '\\' || *text == '"')
				appendStringInfoChar(out, '\\');
			appendStringInfoChar(out, *text);
		}
	}
}

static void
append_requests(StringInfo out, const char *operation_type, const char *status,
				const char *name, const char *hash, uint64 n)
{
	appendStringInfo(out, "hasura_graphql_requests_total{operation_type=\"%s\",response_status=\"%s\"",
					 operation_type, status);
	if (hash != NULL)
	{
		appendStringInfoString(out, ",operation_name=\"");
		append_escaped(out, name);
		appendStringInfo(out, "\",parameterized_query_hash=\"%s\"", hash);
	}
	appendStringInfo(out, "} " UINT64_FORMAT "\n", n);
}

/* What one operation was asked for; its share is taken from the rest. */
typedef struct Walk
{
	StringInfo	out;
	uint64		rest[lengthof(operation_names)][2];
} Walk;

static void
append_operation(const GqleStatCounts *counts, void *arg)
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
			append_requests(walk->out, operation_names[counts->operation],
							status_names[failed], counts->name, counts->hash,
							n[failed]);
	}
}

static void
append_all_requests(StringInfo out, const GqleMetricCell *sums)
{
	Walk		walk = {.out = out};
	bool		by_name = gqle_guc_metrics_enable_high_cardinality_labels;

	append_head(out, "hasura_graphql_requests_total", "counter",
				"GraphQL requests received");
	for (size_t i = 0; i < lengthof(operation_names); i++)
	{
		for (int failed = 0; failed < 2; failed++)
			walk.rest[i][failed] =
				sums->values[GQLE_METRIC_GRAPHQL_REQUESTS + 2 * i + failed];
	}
	if (by_name)
		gqle_stat_operations_walk(append_operation, &walk);
	for (size_t i = 0; i < lengthof(operation_names); i++)
	{
		for (int failed = 0; failed < 2; failed++)
			append_requests(out, operation_names[i], status_names[failed], "",
							by_name ? "" : NULL, walk.rest[i][failed]);
	}
}

void
gqle_metrics_text_append(StringInfo out)
{
	int			database = gqle_registry->workers[gqle_worker_slot].database;
	GqleMetricCell sums;

	gqle_metrics_sum(database, &sums);
	append_all_requests(out, &sums);
	append_head(out, "hasura_graphql_execution_time_seconds", "histogram",
				"Time of successful GraphQL requests");
	append_histogram(out, "hasura_graphql_execution_time_seconds",
					 "operation_type=\"query\"", GQLE_HISTOGRAM_QUERY,
					 &sums.histograms[GQLE_HISTOGRAM_QUERY]);
	append_histogram(out, "hasura_graphql_execution_time_seconds",
					 "operation_type=\"mutation\"", GQLE_HISTOGRAM_MUTATION,
					 &sums.histograms[GQLE_HISTOGRAM_MUTATION]);
	append_simple(out, &sums);
	append_head(out, "hasura_postgres_connections", "gauge",
				"Worker processes connected to the database");
	appendStringInfo(out, "hasura_postgres_connections{source_name=\"default\",conn_info=\"default\",role=\"primary\"} %d\n",
					 gqle_registry_count_connected(MyDatabaseId));
}
