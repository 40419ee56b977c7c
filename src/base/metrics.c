/*
 * metrics.c
 *		Where the counters live.
 *
 * A process without a cell of its own counts into a private one: only workers
 * are watched, and an ordinary backend must not pay for atomics.
 *
 * Cells belong to groups, one for each served database.  A cell that gets a new
 * owner is first added to its group's past, so that sums over a group never go
 * down when a worker is replaced; gauges are left out there, and zeroed when
 * their owner ends.
 */
#include "postgres.h"

#include "storage/ipc.h"

#include "gqle/base/metrics.h"
#include "gqle/base/shmem.h"

#define FIRST_GAUGE GQLE_METRIC_HTTP_CONNECTIONS
#define US UINT64CONST(1)		/* microseconds */
#define MS UINT64CONST(1000)
#define S UINT64CONST(1000000)

typedef struct Cells
{
	GqleMetricCell past[GQLE_MAX_METRIC_GROUPS];
	GqleMetricCell cells[GQLE_MAX_METRIC_CELLS];
} Cells;

/* compat: Hasura's. */
static const uint64 execution_bounds[] = {10 * MS, 30 * MS, 100 * MS, 300 * MS, S, 3 * S,
10 * S};
static const uint64 long_bounds[] = {10 * MS, 30 * MS, 100 * MS, 300 * MS, S, 3 * S, 10 * S,
30 * S, 100 * S};
static const uint64 fetch_bounds[] = {100 * US, 300 * US, MS, 3 * MS, 10 * MS, 30 * MS,
100 * MS, 300 * MS, S, 3 * S, 10 * S};
static const uint64 subscription_bounds[] = {US, 100 * US, 10 * MS, 100 * MS, 300 * MS, S,
3 * S, 10 * S, 30 * S, 100 * S};

static GqleMetricCell private_cell;
static Cells *shared = NULL;

GqleMetricCell *gqle_metrics_own = &private_cell;

void
gqle_metrics_init(void)
{
	gqle_shmem_register("gqle metrics", sizeof(Cells), (void **) &shared, NULL);
}

/* Gauges tell of something that ends with its process. */
static void
zero_gauges(int code, Datum arg)
{
	for (int m = FIRST_GAUGE; m < GQLE_N_METRICS; m++)
		gqle_metrics_own->values[m] = 0;
}

static void
add_cell(GqleMetricCell *to, const GqleMetricCell *from, int n_metrics)
{
	for (int m = 0; m < n_metrics; m++)
		to->values[m] += from->values[m];
	for (int h = 0; h < GQLE_N_HISTOGRAMS; h++)
	{
		for (int b = 0; b < GQLE_MAX_BUCKETS; b++)
			to->histograms[h].buckets[b] += from->histograms[h].buckets[b];
		to->histograms[h].count += from->histograms[h].count;
		to->histograms[h].sum += from->histograms[h].sum;
	}
}

void
gqle_metrics_attach(int cell, int group)
{
	GqleMetricCell *own;

	Ensure(shared != NULL && cell > 0 && cell < GQLE_MAX_METRIC_CELLS,
		   "no such cell of counters");
	own = &shared->cells[cell];
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_METRICS), LW_EXCLUSIVE);
	add_cell(&shared->past[own->group], own, FIRST_GAUGE);
	memset(own, 0, sizeof(GqleMetricCell));
	own->group = group >= 0 && group < GQLE_MAX_METRIC_GROUPS ? group : 0;
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_METRICS));
	gqle_metrics_own = own;
	before_shmem_exit(zero_gauges, (Datum) 0);
}

uint64
gqle_metrics_read(int cell, GqleMetric metric)
{
	if (shared == NULL)
		return 0;
	return shared->cells[cell].values[metric];
}

void
gqle_metrics_sum(int group, GqleMetricCell *sums)
{
	memset(sums, 0, sizeof(*sums));
	if (shared == NULL || group < 0 || group >= GQLE_MAX_METRIC_GROUPS)
		return;
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_METRICS), LW_SHARED);
	add_cell(sums, &shared->past[group], FIRST_GAUGE);
	for (int i = 1; i < GQLE_MAX_METRIC_CELLS; i++)
	{
		if (shared->cells[i].group == group)
			add_cell(sums, &shared->cells[i], GQLE_N_METRICS);
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_METRICS));
}

int
gqle_metrics_bounds(GqleHistogram histogram, const uint64 **bounds)
{
	if (histogram == GQLE_HISTOGRAM_EVENT_LONG)
	{
		*bounds = long_bounds;
		return lengthof(long_bounds);
	}
	if (histogram == GQLE_HISTOGRAM_EVENT_FETCH)
	{
		*bounds = fetch_bounds;
		return lengthof(fetch_bounds);
	}
	if (histogram >= GQLE_HISTOGRAM_SUBSCRIPTION && histogram < GQLE_N_HISTOGRAMS)
	{
		*bounds = subscription_bounds;
		return lengthof(subscription_bounds);
	}
	*bounds = execution_bounds;
	return lengthof(execution_bounds);
}

void
gqle_metrics_observe(GqleHistogram histogram, uint64 microseconds)
{
	gqle_metrics_observe_in(&gqle_metrics_own->histograms[histogram], histogram,
							microseconds);
}

void
gqle_metrics_observe_in(GqleHistogramCell *cell, GqleHistogram histogram,
						uint64 microseconds)
{
	const uint64 *bounds;
	int			n = gqle_metrics_bounds(histogram, &bounds);
	int			i = 0;

	while (i < n && microseconds > bounds[i])
		i++;
	cell->buckets[i]++;
	cell->count++;
	cell->sum += microseconds;
}

void
gqle_metrics_count_request(GqleMetricOperation operation, bool failed,
						   uint64 microseconds)
{
	if (operation == GQLE_METRIC_BATCH)
		return;
	gqle_metrics_add(GQLE_METRIC_GRAPHQL_REQUESTS + 2 * operation + failed, 1);
	if (failed)
		return;
	if (operation == GQLE_METRIC_QUERY)
		gqle_metrics_observe(GQLE_HISTOGRAM_QUERY, microseconds);
	else if (operation == GQLE_METRIC_MUTATION)
		gqle_metrics_observe(GQLE_HISTOGRAM_MUTATION, microseconds);
}
