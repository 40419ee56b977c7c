/*
 * metrics_otlp.c
 *		The metrics of /v1/metrics for an OpenTelemetry collector: the same names and
 *		labels, seconds as there.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "gqle/exec/spans.h"
#include "gqle/worker/metrics_otlp.h"
#include "gqle/worker/metrics_walk.h"
#include "gqle/worker/registry.h"

typedef struct Walk
{
	StringInfo	out;
	int			n;
	uint64		start;
	uint64		now;
	const char *name;
	const char *help;
	GqleOtlpMetric metric;
} Walk;

static void
begin_metric(void *arg, const char *name, GqleMetricKind kind, const char *help)
{
	/* in the order of GqleMetricKind */
	static const GqleOtlpMetricKind kinds[] = {GQLE_OTLP_SUM, GQLE_OTLP_GAUGE,
	GQLE_OTLP_HISTOGRAM};
	Walk	   *walk = arg;

	walk->name = name;
	walk->help = help;
	gqle_otlp_begin_metric(&walk->metric, kinds[kind], walk->start, walk->now);
}

static void
add_number(void *arg, const char *const *labels, int n, uint64 value)
{
	gqle_otlp_add_number(&((Walk *) arg)->metric, labels, n, value);
}

static void
add_histogram(void *arg, const char *const *labels, int n, GqleHistogram histogram,
			  const GqleHistogramCell *cell)
{
	const uint64 *bounds;
	int			n_bounds = gqle_metrics_bounds(histogram, &bounds);
	double		seconds[GQLE_MAX_BUCKETS];

	for (int i = 0; i < n_bounds; i++)
		seconds[i] = bounds[i] / 1e6;
	gqle_otlp_add_histogram(&((Walk *) arg)->metric, labels, n, seconds, n_bounds,
							cell->buckets, cell->sum / 1e6);
}

static void
end_metric(void *arg)
{
	Walk	   *walk = arg;

	gqle_otlp_append_metric(walk->out, &walk->metric, walk->name, walk->help);
	walk->n++;
}

int
gqle_metrics_append_otlp(StringInfo out)
{
	Walk		walk = {.out = out,.now = gqle_spans_now()};
	const GqleMetricVisitor visitor = {.arg = &walk,.begin = begin_metric,
		.number = add_number,.histogram = add_histogram,.end = end_metric};

	/* sums go on when a worker is replaced: they began when the server did */
	walk.start = ((uint64) PgStartTime / 1000000 +
				  (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * UINT64CONST(86400)) *
		UINT64CONST(1000000000);
	gqle_metrics_walk(&visitor);
	return walk.n;
}
