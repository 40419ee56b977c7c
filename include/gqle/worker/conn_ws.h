/*
 * conn_ws.h
 *		GraphQL over WebSocket: handshake, authentication, operations.
 */
#ifndef GQLE_WORKER_CONN_WS_H
#define GQLE_WORKER_CONN_WS_H

#include "gqle/worker/httpd.h"

extern void gqle_conn_ws_start(void);

/* Does a request ask for a WebSocket? */
extern bool gqle_conn_ws_is_handshake(const GqleExchange *x);

/*
 * Accept such a request: true after switching the exchange; else *status says
 * with what to refuse it, the sink why, and nothing is answered yet.
 */
extern bool gqle_conn_ws_accept(GqleExchange *x, int *status,
								GqleErrorSink *sink);

/* Longest time to wait before the next turn, in ms. */
extern long gqle_conn_ws_timeout(void);

/* One turn, after reading: timers, changes of metadata and settings. */
extern void gqle_conn_ws_turn(void);

/* Close all sockets and refuse new ones. */
extern void gqle_conn_ws_begin_drain(void);

/* Log that a handshake was refused. */
extern void gqle_conn_ws_log_rejected(const GqleError *error);

#endif							/* GQLE_WORKER_CONN_WS_H */
