/*
 * conn_http.h
 *		Requests to endpoints over HTTP: routing, calls, answers.
 */
#ifndef GQLE_WORKER_CONN_HTTP_H
#define GQLE_WORKER_CONN_HTTP_H

#include "gqle/worker/httpd.h"

/* Start serving on listening sockets. */
extern void gqle_conn_http_start(const int *listeners, int n_listeners);

/* Send the answers that executors have finished. */
extern void gqle_conn_http_collect(void);

/* Calls that wait for an executor. */
extern int	gqle_conn_http_count_waiting(void);

#endif							/* GQLE_WORKER_CONN_HTTP_H */
