/*
 * httpc.h
 *		Outgoing HTTP calls of a worker: the seam over libcurl.
 *
 * A call is begun, and its end is told by a callback from gqle_httpc_turn, never
 * from gqle_httpc_begin.  The callback may begin and cancel calls, and may throw.
 */
#ifndef GQLE_WORKER_HTTPC_H
#define GQLE_WORKER_HTTPC_H

#include "gqle/gqle.h"

#include "storage/latch.h"

#include "gqle/net/http.h"

/* A connection must be made in this time, if the call has not less. */
#define GQLE_HTTPC_CONNECT_MS	10000

typedef struct GqleHttpcCall GqleHttpcCall;

typedef void (*GqleHttpcDone) (void *arg, const GqleHttpReply *reply);

/* Once per process that makes calls, after its start; later calls do nothing. */
extern void gqle_httpc_start(void);

/* Add the descriptor to wait for to the process' set (one event). */
extern void gqle_httpc_add_to_set(WaitEventSet *set);

/* Longest time to wait before the next turn, in ms. */
extern long gqle_httpc_timeout(void);

/* One turn: move transfers on, tell the ends. */
extern void gqle_httpc_turn(void);

/*
 * Begin a call; texts are copied.  NULL if it can't be made, for instance
 * because the URL is none.
 */
extern GqleHttpcCall *gqle_httpc_begin(const GqleHttpRequest *request,
									   GqleHttpcDone done, void *arg);

/* Forget a call: done is not called. */
extern void gqle_httpc_cancel(GqleHttpcCall *call);

/*
 * Wait until *is_done or a shutdown is asked for, making turns: for calls that
 * the worker can't go on without.
 */
extern void gqle_httpc_wait_for(const volatile bool *is_done);

/* The same for a time, in ms. */
extern void gqle_httpc_sleep(long duration);

#endif							/* GQLE_WORKER_HTTPC_H */
