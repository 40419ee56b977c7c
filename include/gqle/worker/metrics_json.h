/*
 * metrics_json.h
 *		GET /dev/ekg: counters as JSON.
 */
#ifndef GQLE_WORKER_METRICS_JSON_H
#define GQLE_WORKER_METRICS_JSON_H

#include "gqle/gqle.h"

extern void gqle_metrics_append_json(StringInfo out);

#endif							/* GQLE_WORKER_METRICS_JSON_H */
