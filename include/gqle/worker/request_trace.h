/*
 * request_trace.h
 *		A client's request as a span.
 */
#ifndef GQLE_WORKER_REQUEST_TRACE_H
#define GQLE_WORKER_REQUEST_TRACE_H

#include "gqle/api/call.h"
#include "gqle/worker/httpd.h"

typedef struct GqleRequestTrace
{
	GqleTraceContext trace;		/* of the request's own span; empty: none */
	char		parent_id[GQLE_SPAN_ID_LEN + 1];	/* the client's span, or empty */
	bool		is_wanted;		/* by the collector */
	uint64		start;			/* ns since 1970 */
} GqleRequestTrace;

/* What is told of a request when it ends; texts may be NULL. */
typedef struct GqleRequestOutcome
{
	const char *name;
	const char *request_id;
	const GqleSession *session; /* or, if NULL: */
	const char *session_json;
	const char *method;
	int			status;			/* 0: none */
	int			length;			/* of the answer */
	bool		is_error;
	const char *noted;			/* what the call noted elsewhere, packed */
} GqleRequestOutcome;

/*
 * A request begins: a part of the client's trace, if it names one (x may be NULL), or
 * of a new one, if a collector wants spans.
 */
extern void gqle_request_trace_begin(GqleRequestTrace *trace, const GqleExchange *x);

/* Let a call be part of it. */
extern void gqle_request_trace_pass(const GqleRequestTrace *trace, GqleCallOrigin *origin);

/*
 * It has ended.  If noted is NULL, what was noted is what the last call noted in this
 * process, provided that it ran here.
 */
extern void gqle_request_trace_end(const GqleRequestTrace *trace,
								   const GqleRequestOutcome *outcome, bool ran_here);

#endif							/* GQLE_WORKER_REQUEST_TRACE_H */
