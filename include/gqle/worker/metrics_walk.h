/*
 * metrics_walk.h
 *		All metrics of the served database, one after the other, for whoever writes
 *		them down.
 */
#ifndef GQLE_WORKER_METRICS_WALK_H
#define GQLE_WORKER_METRICS_WALK_H

#include "gqle/base/metrics.h"

typedef enum GqleMetricKind
{
	GQLE_KIND_COUNTER,
	GQLE_KIND_GAUGE,
	GQLE_KIND_HISTOGRAM
} GqleMetricKind;

/*
 * What is told of a metric: begin, then its numbers or histograms, then end.  Labels
 * are names and values, n of each.
 */
typedef struct GqleMetricVisitor
{
	void	   *arg;
	void		(*begin) (void *arg, const char *name, GqleMetricKind kind,
						  const char *help);
	void		(*number) (void *arg, const char *const *labels, int n, uint64 value);
	void		(*histogram) (void *arg, const char *const *labels, int n,
							  GqleHistogram histogram, const GqleHistogramCell *cell);
	void		(*end) (void *arg);
} GqleMetricVisitor;

extern void gqle_metrics_walk(const GqleMetricVisitor *visitor);

#endif							/* GQLE_WORKER_METRICS_WALK_H */
