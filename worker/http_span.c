/*
 * http_span.c
 *		A call of ours as a span of the trace that it is part of.
 *
 * compat: name and attributes are Hasura's; its URLs are shown whole, ours without
 * user, password and query, which may be secret.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/random_id.h"
#include "gqle/net/url.h"
#include "gqle/worker/http_span.h"
#include "gqle/worker/otlp.h"
#include "gqle/worker/otlp_config.h"

static const char *
find_header(const GqleHttpRequest *request, const char *name)
{
	for (int i = 0; i < request->n_headers; i++)
		if (pg_strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

bool
gqle_http_span_is_header(const char *name)
{
	static const char *const names[] = {GQLE_B3_TRACE_ID, GQLE_B3_SPAN_ID,
	GQLE_B3_PARENT_ID, GQLE_B3_SAMPLED, GQLE_TRACE_PARENT};

	for (size_t i = 0; i < lengthof(names); i++)
		if (pg_strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The request's headers with those about the trace that belong to its span. */
static void
replace_headers(const GqleHttpSpan *span, GqleHttpRequest *request)
{
	const GqleHttpHeader ours[] = {
		{.name = GQLE_B3_TRACE_ID,.value = span->trace.trace_id},
		{.name = GQLE_B3_SPAN_ID,.value = span->trace.span_id},
		{.name = GQLE_B3_PARENT_ID,.value = span->parent_id},
		{.name = GQLE_B3_SAMPLED,.value = "1"},
		{.name = GQLE_TRACE_PARENT,.value = gqle_trace_parent_text(&span->trace)}
	};
	GqleHttpHeader *headers = palloc(sizeof(GqleHttpHeader) *
									 (request->n_headers + lengthof(ours)));
	int			n = 0;

	for (size_t i = 0; i < lengthof(ours); i++)
		headers[n++] = ours[i];
	for (int i = 0; i < request->n_headers; i++)
		if (!gqle_http_span_is_header(request->headers[i].name))
			headers[n++] = request->headers[i];
	request->headers = headers;
	request->n_headers = n;
}

void
gqle_http_span_begin(GqleHttpSpan *span, GqleHttpRequest *request)
{
	const char *trace_id = find_header(request, GQLE_B3_TRACE_ID);

	memset(span, 0, sizeof(*span));
	if (trace_id == NULL || gqle_otlp_config()->urls[GQLE_SIGNAL_SPANS] == NULL)
		return;
	if (!gqle_trace_read_b3(trace_id, find_header(request, GQLE_B3_SPAN_ID),
							find_header(request, GQLE_B3_SAMPLED), &span->trace) ||
		!span->trace.is_sampled)
	{
		span->trace.trace_id[0] = '\0';
		return;
	}
	memcpy(span->parent_id, span->trace.span_id, sizeof(span->parent_id));
	gqle_random_hex(span->trace.span_id, GQLE_SPAN_ID_LEN / 2);
	span->start = gqle_spans_now();
	replace_headers(span, request);
}

/* Scheme, host, port and path. */
static char *
shown_url(const char *url)
{
	GqleUrl		parsed;

	if (!gqle_url_parse(url, &parsed))
		return pstrdup("");
	return psprintf("%s://%s:%d%s", parsed.is_secure ? "https" : "http", parsed.host,
					parsed.port, parsed.path);
}

static void
add_ended(const GqleHttpSpan *span, const GqleHttpRequest *request,
		  const GqleHttpReply *reply)
{
	const char *method = request->method != NULL ? request->method :
		request->body != NULL ? "POST" : "GET";
	const char *attributes[] = {
		"request_body_bytes", psprintf("%d", request->body_len),
		"response_body_bytes", psprintf("%d", reply->body_len),
		"http.status_code", psprintf("%d", reply->status)
	};
	GqleSpan	ended = {.trace_id = span->trace.trace_id,
		.span_id = span->trace.span_id,.parent_id = span->parent_id,
		.name = psprintf("%s %s", method, shown_url(request->url)),
		.kind = GQLE_SPAN_CLIENT,.start = span->start,.end = gqle_spans_now(),
		.is_error = reply->failure != GQLE_HTTP_OK || reply->status >= 400,
		.attributes = attributes,
	.n_attributes = reply->failure == GQLE_HTTP_OK ? 3 : 1};

	gqle_otlp_add_span(&ended);
}

void
gqle_http_span_end(const GqleHttpSpan *span, const GqleHttpRequest *request,
				   const GqleHttpReply *reply)
{
	MemoryContext context;
	MemoryContext old;

	if (span->trace.trace_id[0] == '\0')
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "gqle span",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	add_ended(span, request, reply);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
