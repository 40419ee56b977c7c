/*
 * metrics_text.h
 *		GET /v1/metrics: counters in the form that Prometheus reads.
 */
#ifndef GQLE_WORKER_METRICS_TEXT_H
#define GQLE_WORKER_METRICS_TEXT_H

#include "gqle/worker/httpd.h"

/* Does the request carry gqle.metrics_secret?  Otherwise it is for admins. */
extern bool gqle_metrics_text_is_allowed(const GqleExchange *x);

/* Append what this database's workers have counted. */
extern void gqle_metrics_text_append(StringInfo out);

#endif							/* GQLE_WORKER_METRICS_TEXT_H */
