/*
 * tracecontext.h
 *		Whose part a request is: trace contexts of W3C and of B3.
 */
#ifndef GQLE_NET_TRACECONTEXT_H
#define GQLE_NET_TRACECONTEXT_H

#include "gqle/gqle.h"

#define GQLE_TRACE_ID_LEN	32
#define GQLE_SPAN_ID_LEN	16

/* Headers of B3, and that of W3C. */
#define GQLE_B3_TRACE_ID	"X-B3-TraceId"
#define GQLE_B3_SPAN_ID		"X-B3-SpanId"
#define GQLE_B3_PARENT_ID	"X-B3-ParentSpanId"
#define GQLE_B3_SAMPLED		"X-B3-Sampled"
#define GQLE_TRACE_PARENT	"traceparent"

/* Identifiers as lower-case hexadecimal digits; empty: none. */
typedef struct GqleTraceContext
{
	char		trace_id[GQLE_TRACE_ID_LEN + 1];
	char		span_id[GQLE_SPAN_ID_LEN + 1];
	bool		is_sampled;		/* to be exported */
} GqleTraceContext;

/* A traceparent header; false and nothing set if it is malformed. */
extern bool gqle_trace_read_parent(const char *text, GqleTraceContext *context);

/*
 * The headers x-b3-traceid, x-b3-spanid and x-b3-sampled; the last may be NULL,
 * which leaves the decision to us: it is sampled.
 */
extern bool gqle_trace_read_b3(const char *trace_id, const char *span_id,
							   const char *sampled, GqleTraceContext *context);

/* The value of a traceparent header, palloc'd. */
extern char *gqle_trace_parent_text(const GqleTraceContext *context);

#endif							/* GQLE_NET_TRACECONTEXT_H */
