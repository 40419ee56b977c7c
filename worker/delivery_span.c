/*
 * delivery_span.c
 *		The delivery of an event as a span.
 *
 * compat: an event that was captured in a traced transaction goes on with its
 * trace; any other is a trace of its own.
 */
#include "postgres.h"

#include "gqle/base/random_id.h"
#include "gqle/exec/spans.h"
#include "gqle/worker/delivery_span.h"
#include "gqle/worker/otlp.h"
#include "gqle/worker/otlp_config.h"

static const char *
text_of(const GqleJson *object, const char *key)
{
	const GqleJson *value = gqle_json_lookup(object, key);

	return value != NULL && value->kind == GQLE_JSON_STRING ? value->text : NULL;
}

void
gqle_delivery_span_begin(GqleDeliverySpan *span, const GqleJson *event)
{
	const GqleJson *context = gqle_json_lookup(event, "trace_context");
	const char *trace_id = text_of(context, "trace_id");
	bool		is_exporting = gqle_otlp_config()->urls[GQLE_SIGNAL_SPANS] != NULL;

	memset(span, 0, sizeof(*span));
	span->trace.is_sampled = true;
	if (trace_id != NULL &&
		gqle_trace_read_b3(trace_id, text_of(context, "span_id"),
						   text_of(context, "sampling_state"), &span->trace))
		memcpy(span->parent_id, span->trace.span_id, sizeof(span->parent_id));
	else if (is_exporting)
		gqle_random_hex(span->trace.trace_id, GQLE_TRACE_ID_LEN / 2);
	else
		return;
	gqle_random_hex(span->trace.span_id, GQLE_SPAN_ID_LEN / 2);
	span->is_wanted = is_exporting && span->trace.is_sampled;
	span->start = gqle_spans_now();
	gqle_spans_begin(&span->trace, false);
}

void
gqle_delivery_span_end(const GqleDeliverySpan *span, const char *kind, const char *name,
					   const char *event_id, bool is_error)
{
	const char *attributes[] = {"event_id", event_id};
	GqleSpan	ended = {.trace_id = span->trace.trace_id,
		.span_id = span->trace.span_id,.parent_id = span->parent_id,
		.kind = GQLE_SPAN_INTERNAL,.start = span->start,.end = gqle_spans_now(),
		.is_error = is_error,.attributes = attributes,.n_attributes = 1};
	char	   *full_name;

	if (!span->is_wanted)
		return;
	full_name = name != NULL ? psprintf("%s: %s", kind, name) : pstrdup(kind);
	ended.name = full_name;
	gqle_otlp_add_span(&ended);
	pfree(full_name);
}
