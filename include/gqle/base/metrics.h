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
	GQLE_N_METRICS
} GqleMetric;

#define GQLE_MAX_METRIC_CELLS 129	/* GQLE_MAX_WORKERS + 1 */

typedef struct GqleMetricCell
{
	uint64		values[GQLE_N_METRICS];
} GqleMetricCell;

/* This process' cell; never NULL. */
extern GqleMetricCell *gqle_metrics_own;

extern void gqle_metrics_init(void);

/* Make this process the owner of a cell (1 .. n) and zero it. */
extern void gqle_metrics_attach(int cell);

/* One counter of a cell; 0 without shared memory. */
extern uint64 gqle_metrics_read(int cell, GqleMetric metric);

static inline void
gqle_metrics_add(GqleMetric metric, int64 n)
{
	gqle_metrics_own->values[metric] += (uint64) n;
}

#endif							/* GQLE_BASE_METRICS_H */
