/*
 * conn_sse.h
 *		GraphQL as a stream of server-sent events: an operation for each
 *		request, its results as events ("distinct connections mode").
 */
#ifndef GQLE_WORKER_CONN_SSE_H
#define GQLE_WORKER_CONN_SSE_H

#include "gqle/api/call.h"
#include "gqle/worker/httpd.h"

typedef struct GqleEvents GqleEvents;

extern void gqle_conn_sse_start(void);

/*
 * What is to be known about a request whose answer will be events: who asks.
 * It belongs to the exchange's user, who closes it in on_end at the latest.
 */
extern GqleEvents *gqle_conn_sse_open(GqleExchange *x, GqleEndpoint endpoint,
									  const GqleSession *session);
extern void gqle_conn_sse_close(GqleEvents *events);

/*
 * The operation's first answer, of a call whose outcome is set.  reply has the headers of the answer over HTTP,
 * which begins now; and goes on if the operation is live.
 */
extern void gqle_conn_sse_answer(GqleEvents *events, const GqleReply *reply,
								 const GqleCall *outcome, const char *body, int len);

/* End all streams, in a way that makes clients come back. */
extern void gqle_conn_sse_end_all(void);

/* Longest time to wait before the next turn, in ms. */
extern long gqle_conn_sse_timeout(void);

/* One turn: keep-alives, and sessions that expire. */
extern void gqle_conn_sse_turn(void);

#endif							/* GQLE_WORKER_CONN_SSE_H */
