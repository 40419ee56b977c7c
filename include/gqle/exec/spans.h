/*
 * spans.h
 *		What a call does, as spans of the trace that it is part of.
 */
#ifndef GQLE_EXEC_SPANS_H
#define GQLE_EXEC_SPANS_H

#include "gqle/net/otlp_proto.h"

/*
 * What a call has noted: encoded attributes of its own span, and encoded spans
 * below it.  As bytes, it is one after the other behind their lengths.
 */
typedef struct GqleSpans
{
	int			n;				/* of the spans */
	const char *attributes;
	int			attributes_len;
	const char *spans;
	int			spans_len;
} GqleSpans;

/*
 * A call begins: the trace that it is part of (NULL or empty: none), and whether
 * spans of it are wanted.  It ends; what was noted is there until the next begins.
 */
extern void gqle_spans_begin(const GqleTraceContext *trace, bool are_wanted);
extern void gqle_spans_end(void);

/* The span that the call is, while it runs; NULL without a trace. */
extern const GqleTraceContext *gqle_spans_trace(void);
extern bool gqle_spans_are_wanted(void);

/* Now, in ns since 1970. */
extern uint64 gqle_spans_now(void);

/* Only if wanted: an attribute of the call's own span. */
extern void gqle_spans_add_attribute(const char *name, const char *value);

/* Only if wanted: a span below it, from start until now. */
extern void gqle_spans_add(const char *name, GqleSpanKind kind, uint64 start,
						   bool is_error, const char *const *attributes, int n_attributes);

/* What the last call has noted. */
extern void gqle_spans_noted(GqleSpans *noted);

/* As bytes, for another process, and back; those hold what was unpacked. */
extern int	gqle_spans_packed_len(const GqleSpans *spans);
extern void gqle_spans_pack(char *place, const GqleSpans *spans);
extern void gqle_spans_unpack(const char *bytes, GqleSpans *spans);

#endif							/* GQLE_EXEC_SPANS_H */
