/*
 * outcall.h
 *		Calls that an operation makes to the network.
 *
 * The engine does no network I/O.  An operation *asks*: it says what is to be
 * called and gets the answer if there is one by now.  If not, it gives up with
 * GQLE_EXECUTE_NEEDS_HTTP; whoever runs it makes the calls that were noted, with
 * no transaction open, and runs it again with the same GqleOutcalls.  What it
 * asks then must begin with what it asked before; an answer is only good for
 * the very same request at the same place.  So nothing of the engine's state is
 * kept meanwhile, and metadata may change.
 *
 * An operation that has done something for good before it asks (it committed)
 * writes into progress what it needs to go on from there, and forgets the
 * answers it has made use of.  An operation that goes step by step *notes* what
 * the database answered, so that the next run finds it instead of asking again.
 * Notes hold once a run has ended with GQLE_EXECUTE_NEEDS_HTTP, which keeps what
 * it did; those of a run that came to nothing are dropped.
 *
 * Calls asked by one run are independent of each other and made at the same
 * time.
 */
#ifndef GQLE_EXEC_OUTCALL_H
#define GQLE_EXEC_OUTCALL_H

#include "gqle/base/error.h"
#include "gqle/catalog/session.h"
#include "gqle/catalog/webhook.h"
#include "gqle/net/http.h"

typedef struct GqleOutcall
{
	GqleHttpRequest request;
	bool		is_done;
	bool		is_told;		/* the operation has heard of it before */
	bool		is_asked;		/* by the current run */
	GqleHttpReply reply;
} GqleOutcall;

/* What a step of the operation came to. */
typedef struct GqleNote
{
	const char *key;
	const char *text;
	int			len;
} GqleNote;

typedef struct GqleOutcalls
{
	MemoryContext context;		/* of all that is in it */
	int			n;
	int			allocated;
	GqleOutcall *calls;
	int			last_asked;		/* index of the call asked last */
	int			n_notes;
	int			n_kept_notes;	/* of earlier runs */
	int			allocated_notes;
	GqleNote   *notes;
	int			n_turns;		/* how often calls were made */
	StringInfo	progress;		/* empty: from the beginning */
	int			n_client_headers;	/* of the request we serve */
	const GqleHttpHeader *client_headers;
} GqleOutcalls;

/* Without any call; all it will hold is allocated in the given context. */
extern GqleOutcalls *gqle_outcalls_make(MemoryContext context);

/* A run begins: nothing is asked yet. */
extern void gqle_outcalls_rewind(GqleOutcalls *outcalls);

/* Forget all calls and notes, since the operation went past them. */
extern void gqle_outcalls_forget(GqleOutcalls *outcalls);

/*
 * Ask: the answer, or NULL if the call has to be made first.  The request is
 * copied.  The answer's struct is good until the next question, its texts as long
 * as outcalls.
 */
extern const GqleHttpReply *gqle_outcalls_ask(GqleOutcalls *outcalls,
											  const GqleHttpRequest *request);

/* Note what a step came to, under a key of its own; both are copied. */
extern void gqle_outcalls_note(GqleOutcalls *outcalls, const char *key, const char *text,
							   int len);

/* What was noted under a key, or NULL. */
extern const GqleNote *gqle_outcalls_recall(const GqleOutcalls *outcalls, const char *key);

/* A cookie for the client, noted as above; and the n-th (from 0) of them, or NULL. */
extern void gqle_outcalls_add_cookie(GqleOutcalls *outcalls, const char *cookie);
extern const char *gqle_outcalls_cookie(const GqleOutcalls *outcalls, int n);

/* The run's work is kept: so are its notes. */
extern void gqle_outcalls_keep(GqleOutcalls *outcalls);

/* Is this the first time that the last answer was given?  For logs. */
extern bool gqle_outcalls_is_news(GqleOutcalls *outcalls);

/* Are there calls without an answer? */
extern bool gqle_outcalls_is_pending(const GqleOutcalls *outcalls);

/* Note the answer of a call; it is copied. */
extern void gqle_outcalls_answer(GqleOutcalls *outcalls, GqleOutcall *call,
								 const GqleHttpReply *reply);

/* All of it but the client's headers as bytes, and back; between processes. */
extern void gqle_outcalls_pack(StringInfo out, const GqleOutcalls *outcalls);
extern GqleOutcalls *gqle_outcalls_unpack(const char *bytes, int len,
										  MemoryContext context);

/*
 * Make the pending calls and wait for them; for ordinary backends.  Throws if the
 * wait is interrupted.  Set by the worker layer.
 */
extern void (*gqle_outcalls_perform) (GqleOutcalls *outcalls);

/*
 * The headers of a call to a webhook, in the order and with the precedence of
 * Hasura: the client's (if it wants them), ours, those of its definition.  NULL
 * after reporting a variable that is not set.
 */
extern GqleHttpHeader *gqle_outcall_headers(const GqleWebhook *webhook,
											const GqleOutcalls *outcalls, int *n,
											GqleErrorSink *sink);

/* The headers of an event's delivery: ours, those of its webhook's definition. */
extern GqleHttpHeader *gqle_outcall_event_headers(const GqleWebhook *webhook, int *n,
												  GqleErrorSink *sink);

/*
 * The headers of a call to a remote schema, with the precedence of Hasura: ours, those
 * of its definition, session variables, the client's (if it wants them).  outcalls may
 * be NULL: there is no client.  NULL after reporting a variable that is not set.
 */
extern GqleHttpHeader *gqle_outcall_remote_headers(const GqleWebhook *webhook,
												   const GqleOutcalls *outcalls,
												   const GqleSession *session, int *n,
												   GqleErrorSink *sink);

/*
 * The headers of the client that a later call may need, as a JSON object; {} if the
 * webhook wants none.
 */
extern void gqle_outcall_append_forwarded(StringInfo out, const GqleWebhook *webhook,
										  const GqleOutcalls *outcalls);

/* Do metadata allow the host of a URL to vouch for itself?  (Reads them.) */
extern bool gqle_outcall_allows_self_signed(const char *url);

/* {"type":"http_exception",...}: why a call failed, for the internal part. */
extern char *gqle_outcall_failure_json(const GqleHttpRequest *request,
									   const GqleHttpReply *reply);

#endif							/* GQLE_EXEC_OUTCALL_H */
