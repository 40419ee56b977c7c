/*
 * http_span.h
 *		A call of ours as a span of the trace that it is part of.
 */
#ifndef GQLE_WORKER_HTTP_SPAN_H
#define GQLE_WORKER_HTTP_SPAN_H

#include "gqle/net/http.h"
#include "gqle/net/tracecontext.h"

typedef struct GqleHttpSpan
{
	GqleTraceContext trace;		/* its own; empty: nothing is noted */
	char		parent_id[GQLE_SPAN_ID_LEN + 1];
	uint64		start;
} GqleHttpSpan;

/*
 * If the headers of a request say that it is part of a trace whose spans are
 * wanted, give it a span of its own and headers that name it.
 */
extern void gqle_http_span_begin(GqleHttpSpan *span, GqleHttpRequest *request);

/* The call has ended. */
extern void gqle_http_span_end(const GqleHttpSpan *span, const GqleHttpRequest *request,
							   const GqleHttpReply *reply);

/* Is it one of the headers that say so? */
extern bool gqle_http_span_is_header(const char *name);

#endif							/* GQLE_WORKER_HTTP_SPAN_H */
