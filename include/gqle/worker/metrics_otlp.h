/*
 * metrics_otlp.h
 *		The metrics of /v1/metrics for an OpenTelemetry collector.
 */
#ifndef GQLE_WORKER_METRICS_OTLP_H
#define GQLE_WORKER_METRICS_OTLP_H

#include "gqle/gqle.h"

/* Append them as members of ScopeMetrics; how many there are. */
extern int	gqle_metrics_append_otlp(StringInfo out);

#endif							/* GQLE_WORKER_METRICS_OTLP_H */
