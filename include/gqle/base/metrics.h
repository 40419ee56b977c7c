/*
 * metrics.h
 *		Counters in shared memory, one cell per worker slot and one shared by
 *		all other backends.
 *
 * A worker owns its cell, so counting is a plain addition; readers see each
 * counter whole but not all of them at one instant.
 */
#ifndef GQLE_BASE_METRICS_H
#define GQLE_BASE_METRICS_H

#include "gqle/gqle.h"

typedef enum GqleMetric
{
	GQLE_METRIC_CONNECTIONS,	/* gauge: open client connections */
	GQLE_METRIC_ACCEPTED,		/* connections accepted */
	GQLE_METRIC_REQUESTS,		/* requests answered */
	GQLE_METRIC_INLINE,			/* calls answered in the server worker */
	GQLE_METRIC_LANE,			/* calls sent to an executor, or run by one */
	GQLE_METRIC_OVERRAN,		/* calls whose inline budget ended */
	GQLE_METRIC_CANCELLED,		/* calls whose client went away */
	GQLE_METRIC_BUSY,			/* calls refused with status 503 */
	GQLE_METRIC_BAD_HEADS,		/* requests refused for their head */
	GQLE_METRIC_TIMEOUTS,		/* connections closed by a deadline */
	GQLE_METRIC_BYTES_IN,		/* bytes of request bodies */
	GQLE_METRIC_BYTES_OUT,		/* bytes of answers' bodies */
	GQLE_N_WORKER_METRICS,		/* those above are columns of gqle.stat_workers */

	/* GraphQL requests, by GqleMetricOperation, then by success and failure */
	GQLE_METRIC_GRAPHQL_REQUESTS = GQLE_N_WORKER_METRICS,
	GQLE_METRIC_GRAPHQL_REQUESTS_LAST = GQLE_METRIC_GRAPHQL_REQUESTS + 7,

	GQLE_METRIC_HTTP_BYTES_IN,	/* without health checks */
	GQLE_METRIC_HTTP_BYTES_OUT,
	GQLE_METRIC_WS_BYTES_IN,
	GQLE_METRIC_WS_BYTES_OUT,
	GQLE_METRIC_LIMITED,		/* requests refused by a rate limit */
	GQLE_METRIC_SPANS_SENT,
	GQLE_METRIC_SPANS_BUFFER_FULL,	/* dropped for want of room */
	GQLE_METRIC_SPANS_SEND_FAILED,
	GQLE_METRIC_LOGS_SENT,		/* lines of the log, likewise */
	GQLE_METRIC_LOGS_BUFFER_FULL,
	GQLE_METRIC_LOGS_SEND_FAILED,
	GQLE_METRIC_EVENTS_FETCHED,	/* of event triggers */
	GQLE_METRIC_CRON_INVOCATIONS,	/* failed, succeeded */
	GQLE_METRIC_CRON_PROCESSED = GQLE_METRIC_CRON_INVOCATIONS + 2,
	GQLE_METRIC_ONE_OFF_INVOCATIONS = GQLE_METRIC_CRON_PROCESSED + 2,
	GQLE_METRIC_ONE_OFF_PROCESSED = GQLE_METRIC_ONE_OFF_INVOCATIONS + 2,

	/* gauges */
	GQLE_METRIC_HTTP_CONNECTIONS = GQLE_METRIC_ONE_OFF_PROCESSED + 2,
	GQLE_METRIC_WS_CONNECTIONS,
	GQLE_METRIC_SUBSCRIPTIONS,	/* live queries, streams */
	GQLE_METRIC_POLLERS = GQLE_METRIC_SUBSCRIPTIONS + 2,
	GQLE_METRIC_POLLERS_IN_ERROR = GQLE_METRIC_POLLERS + 2,
	GQLE_METRIC_EVENT_HTTP_WORKERS = GQLE_METRIC_POLLERS_IN_ERROR + 2,
	GQLE_METRIC_EVENTS_PER_BATCH,
	GQLE_N_METRICS
} GqleMetric;

/* What the operation of a request is; unknown if it didn't come that far. */
typedef enum GqleMetricOperation
{
	GQLE_METRIC_UNKNOWN,
	GQLE_METRIC_QUERY,
	GQLE_METRIC_MUTATION,
	GQLE_METRIC_SUBSCRIPTION,
	GQLE_METRIC_BATCH			/* several, counted one by one elsewhere */
} GqleMetricOperation;

typedef enum GqleHistogram
{
	GQLE_HISTOGRAM_QUERY,		/* time of successful queries */
	GQLE_HISTOGRAM_MUTATION,
	GQLE_HISTOGRAM_EVENT_FETCH,	/* claiming a batch of events */
	GQLE_HISTOGRAM_SUBSCRIPTION,	/* a run and telling it: live queries, streams */
	GQLE_HISTOGRAM_SUBSCRIPTION_RUN = GQLE_HISTOGRAM_SUBSCRIPTION + 2,
	GQLE_N_HISTOGRAMS = GQLE_HISTOGRAM_SUBSCRIPTION_RUN + 2,

	/* those of each event trigger: base/trigger_stats.h */
	GQLE_HISTOGRAM_EVENT_SHORT = GQLE_N_HISTOGRAMS,
	GQLE_HISTOGRAM_EVENT_LONG
} GqleHistogram;

#define GQLE_MAX_BUCKETS 16
#define GQLE_MAX_METRIC_CELLS 129	/* GQLE_MAX_WORKERS + 1 */
#define GQLE_MAX_METRIC_GROUPS 16	/* GQLE_MAX_DATABASES */

/* Values in the bucket of their size, not in larger ones, too. */
typedef struct GqleHistogramCell
{
	uint64		buckets[GQLE_MAX_BUCKETS];	/* the last used is that of no bound */
	uint64		count;
	uint64		sum;			/* microseconds */
} GqleHistogramCell;

typedef struct GqleMetricCell
{
	int			group;
	uint64		values[GQLE_N_METRICS];
	GqleHistogramCell histograms[GQLE_N_HISTOGRAMS];
} GqleMetricCell;

/* This process' cell; never NULL. */
extern GqleMetricCell *gqle_metrics_own;

extern void gqle_metrics_init(void);

/*
 * Make this process the owner of a cell (1 .. n) and zero it.  What an earlier
 * owner had counted stays in the sums of its group.
 */
extern void gqle_metrics_attach(int cell, int group);

/* One counter of a cell; 0 without shared memory. */
extern uint64 gqle_metrics_read(int cell, GqleMetric metric);

/*
 * The sums over all processes of a group, past ones too, save for gauges; zeroes
 * without shared memory.
 */
extern void gqle_metrics_sum(int group, GqleMetricCell *sums);

/* Bounds of a histogram's buckets, in microseconds; the number of them. */
extern int	gqle_metrics_bounds(GqleHistogram histogram, const uint64 **bounds);

/* Count a value into a histogram's bucket; into a cell of one's own. */
extern void gqle_metrics_observe_in(GqleHistogramCell *cell, GqleHistogram histogram,
									uint64 microseconds);

/* The same, in this process' cell. */
extern void gqle_metrics_observe(GqleHistogram histogram, uint64 microseconds);

/* A GraphQL request was answered, that long after it had been read. */
extern void gqle_metrics_count_request(GqleMetricOperation operation, bool failed,
									   uint64 microseconds);

static inline void
gqle_metrics_add(GqleMetric metric, int64 n)
{
	gqle_metrics_own->values[metric] += (uint64) n;
}

#endif							/* GQLE_BASE_METRICS_H */
