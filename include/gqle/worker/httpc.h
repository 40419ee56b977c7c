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

typedef struct GqleHttpcRequest
{
	const char *url;			/* http or https; redirects are not followed */
	const char *body;			/* NULL: GET, else POST */
	int			body_len;
	const char *const *headers; /* "Name: value" */
	int			n_headers;
	int			timeout;		/* for all of it, ms */
	int			max_body;		/* more is a failure */
} GqleHttpcRequest;

typedef struct GqleHttpcReply
{
	const char *failure;		/* NULL, or why there is no answer */
	int			status;
	const char *body;			/* NUL-terminated */
	int			body_len;
	const char *head;			/* header lines, CR LF after each */
} GqleHttpcReply;

typedef struct GqleHttpcCall GqleHttpcCall;

typedef void (*GqleHttpcDone) (void *arg, const GqleHttpcReply *reply);

/* Once per process that makes calls, after its start. */
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
extern GqleHttpcCall *gqle_httpc_begin(const GqleHttpcRequest *request,
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

/*
 * The n-th value (from 0) of a header in a reply, in the current memory context,
 * or NULL.
 */
extern char *gqle_httpc_header(const GqleHttpcReply *reply, const char *name,
							   int n);

#endif							/* GQLE_WORKER_HTTPC_H */
