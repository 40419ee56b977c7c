/*
 * delivery_span.h
 *		The delivery of an event as a span.
 */
#ifndef GQLE_WORKER_DELIVERY_SPAN_H
#define GQLE_WORKER_DELIVERY_SPAN_H

#include "gqle/base/json_read.h"
#include "gqle/worker/http_span.h"

typedef struct GqleDeliverySpan
{
	GqleTraceContext trace;		/* its own; empty: none */
	char		parent_id[GQLE_SPAN_ID_LEN + 1];	/* empty: none */
	bool		is_wanted;
	uint64		start;
	GqleHttpSpan http;			/* of the call */
} GqleDeliverySpan;

/*
 * An event's delivery begins, as part of the trace that its payload names (event:
 * what was captured, or NULL) or of one of its own.  Until gqle_spans_end the
 * headers of webhooks name it.
 */
extern void gqle_delivery_span_begin(GqleDeliverySpan *span, const GqleJson *event);

/* It has ended; kind and name, which may be NULL, make the span's name. */
extern void gqle_delivery_span_end(const GqleDeliverySpan *span, const char *kind,
								   const char *name, const char *event_id, bool is_error);

#endif							/* GQLE_WORKER_DELIVERY_SPAN_H */
