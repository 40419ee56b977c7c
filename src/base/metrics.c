/*
 * metrics.c
 *		Where the counters live.
 *
 * A process without a cell of its own counts into a private one: only workers
 * are watched, and an ordinary backend must not pay for atomics.
 */
#include "postgres.h"

#include "gqle/base/metrics.h"
#include "gqle/base/shmem.h"

static GqleMetricCell private_cell;
static GqleMetricCell *cells = NULL;

GqleMetricCell *gqle_metrics_own = &private_cell;

void
gqle_metrics_init(void)
{
	gqle_shmem_register("gqle metrics",
						sizeof(GqleMetricCell) * GQLE_MAX_METRIC_CELLS,
						(void **) &cells, NULL);
}

void
gqle_metrics_attach(int cell)
{
	Ensure(cells != NULL && cell > 0 && cell < GQLE_MAX_METRIC_CELLS,
		   "no such cell of counters");
	gqle_metrics_own = &cells[cell];
	memset(gqle_metrics_own, 0, sizeof(GqleMetricCell));
}

uint64
gqle_metrics_read(int cell, GqleMetric metric)
{
	if (cells == NULL)
		return 0;
	return cells[cell].values[metric];
}
