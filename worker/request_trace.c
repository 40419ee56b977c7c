/*
 * request_trace.c
 *		A client's request as a span.
 *
 * compat: names and attributes are Hasura's.  The client decides by the sampled
 * flag of its context whether the spans are exported; without one all are.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/random_id.h"
#include "gqle/worker/otlp.h"
#include "gqle/worker/request_trace.h"

/* The client's context; false if it has none. */
static bool
read_context(const GqleExchange *x, GqleTraceContext *given)
{
	const char *b3 = x != NULL ? gqle_httpd_header(x, "x-b3-traceid") : NULL;
	const char *parent = x != NULL ? gqle_httpd_header(x, "traceparent") : NULL;

	return (b3 != NULL &&
			gqle_trace_read_b3(b3, gqle_httpd_header(x, "x-b3-spanid"),
							   gqle_httpd_header(x, "x-b3-sampled"), given)) ||
		(parent != NULL && gqle_trace_read_parent(parent, given));
}

void
gqle_request_trace_begin(GqleRequestTrace *trace, const GqleExchange *x)
{
	GqleTraceContext given = {.is_sampled = true};
	bool		is_given = read_context(x, &given);
	bool		is_exporting = gqle_otlp_wants_spans();

	memset(trace, 0, sizeof(*trace));
	if (!is_given && !is_exporting)
		return;
	trace->trace = given;
	strlcpy(trace->parent_id, given.span_id, sizeof(trace->parent_id));
	gqle_random_hex(trace->trace.span_id, GQLE_SPAN_ID_LEN / 2);
	if (!is_given)
		gqle_random_hex(trace->trace.trace_id, GQLE_TRACE_ID_LEN / 2);
	trace->is_wanted = is_exporting && given.is_sampled;
	trace->start = gqle_spans_now();
}

void
gqle_request_trace_pass(const GqleRequestTrace *trace, GqleCallOrigin *origin)
{
	origin->trace = trace->trace;
	origin->wants_spans = trace->is_wanted;
}

/* The attributes of the request; how many there are. */
static int
make_attributes(const GqleRequestOutcome *outcome, const char **attributes)
{
	StringInfoData session;
	int			n = 0;

#define ADD(name, value) (attributes[2 * n] = (name), attributes[2 * n++ + 1] = (value))
	if (outcome->request_id != NULL)
		ADD("request_id", outcome->request_id);
	if (outcome->session != NULL || outcome->session_json != NULL)
	{
		initStringInfo(&session);
		if (outcome->session != NULL)
			gqle_session_append_json(&session, outcome->session);
		else
			appendStringInfoString(&session, outcome->session_json);
		ADD("session_variables", session.data);
	}
	if (outcome->session != NULL)
		ADD("enduser.role", outcome->session->role);
	if (outcome->method != NULL)
		ADD("http.method", outcome->method);
	if (outcome->status != 0)
		ADD("http.status_code", psprintf("%d", outcome->status));
	ADD("http.response_content_length", psprintf("%d", outcome->length));
#undef ADD
	return n;
}

static void
add_span(const GqleRequestTrace *trace, const GqleRequestOutcome *outcome,
		 const GqleSpans *noted)
{
	const char *attributes[12];
	GqleSpan	span = {.trace_id = trace->trace.trace_id,
		.span_id = trace->trace.span_id,.parent_id = trace->parent_id,
		.name = outcome->name,.kind = GQLE_SPAN_SERVER,.start = trace->start,
		.end = gqle_spans_now(),.is_error = outcome->is_error,
		.attributes = attributes,.n_attributes = make_attributes(outcome, attributes),
		.more = noted->attributes_len > 0 ? noted->attributes : NULL,
	.more_len = noted->attributes_len};

	gqle_otlp_add_span(&span);
}

void
gqle_request_trace_end(const GqleRequestTrace *trace, const GqleRequestOutcome *outcome,
					   bool ran_here)
{
	MemoryContext context;
	MemoryContext old;
	GqleSpans	noted = {0};

	if (!trace->is_wanted)
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "gqle span",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	if (outcome->noted != NULL)
		gqle_spans_unpack(outcome->noted, &noted);
	else if (ran_here)
		gqle_spans_noted(&noted);
	gqle_otlp_add_noted(&noted);
	add_span(trace, outcome, &noted);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
