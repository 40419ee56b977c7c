/*
 * conn_http.h
 *		Requests to endpoints over HTTP: routing, calls, answers.
 */
#ifndef GQLE_WORKER_CONN_HTTP_H
#define GQLE_WORKER_CONN_HTTP_H

#include "gqle/worker/httpd.h"

/* Start serving on listening sockets. */
extern void gqle_conn_http_start(const GqleListener *listeners,
								 int n_listeners);

#endif							/* GQLE_WORKER_CONN_HTTP_H */
