/*
 * invocation.h
 *		Calling a webhook with an event, and what the log says of it.
 */
#ifndef GQLE_WORKER_INVOCATION_H
#define GQLE_WORKER_INVOCATION_H

#include "gqle/catalog/webhook.h"
#include "gqle/net/http.h"

/* Whose events: their logs differ. */
typedef enum GqleInvocationKind
{
	GQLE_INVOCATION_EVENT,		/* event triggers */
	GQLE_INVOCATION_SCHEDULED	/* cron triggers, one-off events */
} GqleInvocationKind;

/* A request and the log's account of it. */
typedef struct GqleInvocation
{
	GqleInvocationKind kind;
	GqleHttpRequest request;
	const char *log_request;	/* JSON */
	const GqleWebhook *webhook;
	const GqleJson *response_transform; /* or NULL */
	const GqleJson *request_context;	/* what it sees of the request, or NULL */
	const GqleJson *session;	/* session variables, or NULL */
	const char *timed_name;		/* what it is when time has run out, or NULL: a delivery
								 * has no time of its own; set by the caller */
} GqleInvocation;

/* What came of it. */
typedef struct GqleInvocationOutcome
{
	bool		is_delivered;
	bool		has_status;
	int			status;
	const char *log_response;	/* JSON */
	int			size;			/* bytes of the answer */
	const char *failure;		/* JSON: why there was no answer, or NULL */
	int			retry_after;	/* seconds that the receiver asks for, or -1 */
} GqleInvocationOutcome;

typedef enum GqleInvocationMade
{
	GQLE_INVOCATION_READY,
	GQLE_INVOCATION_UNRESOLVED, /* a variable is not set, by now */
	GQLE_INVOCATION_UNTRANSFORMED	/* never to be tried again */
} GqleInvocationMade;

/*
 * Make the request for a body of JSON; definition has the transforms (or is
 * NULL), session the variables that these see.  Reports why if it is not ready.
 * Everything is allocated in the current memory context; what is given must live
 * as long.
 */
extern GqleInvocationMade gqle_invocation_make(GqleInvocation *invocation,
											   GqleInvocationKind kind,
											   const GqleWebhook *webhook,
											   const GqleJson *definition,
											   const GqleJson *session,
											   const char *body, GqleErrorSink *sink);

/* Judge the reply, in the current memory context; what the log says of the request
 * may change. */
extern GqleInvocationOutcome gqle_invocation_judge(GqleInvocation *invocation,
												   const GqleHttpReply *reply);

/* The reply of a URL that is none. */
extern const GqleHttpReply gqle_invocation_bad_url;

/*
 * An invocation that can't be made, for reasons that the log tells: "Error creating
 * the request."  Its outcome is a failure of status 500.
 */
extern GqleInvocationOutcome gqle_invocation_fail(GqleInvocation *invocation,
												  GqleInvocationKind kind,
												  const char *message);

/*
 * Write a line of what was called and what came of it.  The URL shows as url_name;
 * event_name is the trigger's, or NULL.
 */
extern void gqle_invocation_log(const GqleInvocation *invocation,
								const GqleInvocationOutcome *outcome,
								const char *url_name, const char *event_id,
								const char *event_name);

#endif							/* GQLE_WORKER_INVOCATION_H */
