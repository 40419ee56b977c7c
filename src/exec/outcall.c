/*
 * outcall.c
 *		Calls that an operation makes to the network: asking and answering.
 */
#include "gqle/gqle.h"

#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/utf8.h"
#include "gqle/catalog/catalog.h"
#include "gqle/exec/outcall.h"
#include "gqle/exec/spans.h"
#include "gqle/net/envtext.h"
#include "gqle/net/url.h"

#define SESSION_PREFIX	"x-hasura-"
#define COOKIE_KEY		"cookie"	/* of notes */
#define MAX_TURNS		10000	/* of one operation or batch */

void		(*gqle_outcalls_perform) (GqleOutcalls *outcalls) = NULL;

/* Headers of the client that are not passed on, unless metadata say which: compat. */
static const char *const ignored[] = {
	"Content-Length", "Content-MD5", "User-Agent", "Host", "Origin", "Referer",
	"Accept", "Accept-Encoding", "Accept-Language", "Accept-Datetime",
	"Cache-Control", "Connection", "DNT", "Content-Type"
};

/* Those about the connection to us, which never are. */
static const char *const hop_headers[] = {
	"Connection", "Content-Length", "Expect", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
	"Transfer-Encoding", "Upgrade",
	"Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol",
	"Sec-WebSocket-Extensions"
};

/* Headers of the client that are passed on by another name. */
static const char *const renamed[][2] = {
	{"Host", "X-Forwarded-Host"},
	{"User-Agent", "X-Forwarded-User-Agent"},
	{"Origin", "X-Forwarded-Origin"}
};

/* ------------------------------------------------------------------------
 * Asking and answering
 * ------------------------------------------------------------------------ */

/* See outcall.h. */
GqleOutcalls *
gqle_outcalls_make(MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleOutcalls *outcalls = palloc0(sizeof(GqleOutcalls));

	outcalls->context = context;
	outcalls->progress = makeStringInfo();
	MemoryContextSwitchTo(old);
	return outcalls;
}

/* See outcall.h. */
void
gqle_outcalls_rewind(GqleOutcalls *outcalls)
{
	int			n = 0;

	outcalls->last_asked = -1;
	outcalls->n_notes = outcalls->n_kept_notes;
	for (int i = 0; i < outcalls->n; i++)
		if (outcalls->calls[i].is_done)
			outcalls->calls[n++] = outcalls->calls[i];
	outcalls->n = n;
	for (int i = 0; i < n; i++)
		outcalls->calls[i].is_asked = false;
}

/* See outcall.h. */
void
gqle_outcalls_forget(GqleOutcalls *outcalls)
{
	outcalls->n = outcalls->n_notes = outcalls->n_kept_notes = 0;
	outcalls->last_asked = -1;
}

static bool
is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
is_same_request(const GqleHttpRequest *a, const GqleHttpRequest *b)
{
	if (!is_same_text(a->method, b->method) || strcmp(a->url, b->url) != 0 ||
		(a->body == NULL) != (b->body == NULL) || a->body_len != b->body_len ||
		memcmp(a->body != NULL ? a->body : "", b->body != NULL ? b->body : "",
			   a->body_len) != 0 ||
		a->n_headers != b->n_headers)
		return false;
	for (int i = 0; i < a->n_headers; i++)
		if (strcmp(a->headers[i].name, b->headers[i].name) != 0 ||
			strcmp(a->headers[i].value, b->headers[i].value) != 0)
			return false;
	return true;
}

static char *
copy_bytes(const char *bytes, int len)
{
	char	   *copy = MemoryContextAllocHuge(CurrentMemoryContext, (Size) len + 1);

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

static GqleHttpRequest
copy_request(const GqleHttpRequest *request)
{
	GqleHttpRequest copy = *request;
	GqleHttpHeader *headers = palloc0(sizeof(GqleHttpHeader) * Max(request->n_headers, 1));

	for (int i = 0; i < request->n_headers; i++)
	{
		headers[i].name = pstrdup(request->headers[i].name);
		headers[i].value = pstrdup(request->headers[i].value);
	}
	copy.headers = headers;
	copy.url = pstrdup(request->url);
	if (request->method != NULL)
		copy.method = pstrdup(request->method);
	if (request->body != NULL)
		copy.body = copy_bytes(request->body, request->body_len);
	return copy;
}

/* Room for one more call; the caller is in the context. */
static GqleOutcall *
add_call(GqleOutcalls *outcalls)
{
	GqleOutcall *call;

	if (outcalls->n == outcalls->allocated)
	{
		outcalls->allocated = Max(outcalls->allocated * 2, 4);
		outcalls->calls = outcalls->calls == NULL ?
			palloc(sizeof(GqleOutcall) * outcalls->allocated) :
			repalloc(outcalls->calls, sizeof(GqleOutcall) * outcalls->allocated);
	}
	call = &outcalls->calls[outcalls->n++];
	memset(call, 0, sizeof(*call));
	return call;
}

/* See outcall.h. */
const GqleHttpReply *
gqle_outcalls_ask(GqleOutcalls *outcalls, const GqleHttpRequest *request)
{
	GqleOutcall *call;
	MemoryContext old;

	for (int i = 0; i < outcalls->n; i++)
	{
		call = &outcalls->calls[i];
		if (call->is_asked || !call->is_done || !is_same_request(&call->request, request))
			continue;
		call->is_asked = true;
		outcalls->last_asked = i;
		return &call->reply;
	}
	if (outcalls->n_turns > MAX_TURNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a GraphQL operation makes more than %d calls one after the other",
						MAX_TURNS)));
	old = MemoryContextSwitchTo(outcalls->context);
	call = add_call(outcalls);
	call->request = copy_request(request);
	call->is_asked = true;
	MemoryContextSwitchTo(old);
	return NULL;
}

/* See outcall.h. */
void
gqle_outcalls_note(GqleOutcalls *outcalls, const char *key, const char *text, int len)
{
	MemoryContext old = MemoryContextSwitchTo(outcalls->context);
	GqleNote   *note;

	if (outcalls->n_notes == outcalls->allocated_notes)
	{
		outcalls->allocated_notes = Max(outcalls->allocated_notes * 2, 4);
		outcalls->notes = outcalls->notes == NULL ?
			palloc(sizeof(GqleNote) * outcalls->allocated_notes) :
			repalloc(outcalls->notes, sizeof(GqleNote) * outcalls->allocated_notes);
	}
	note = &outcalls->notes[outcalls->n_notes++];
	note->key = pstrdup(key);
	note->text = copy_bytes(text, len);
	note->len = len;
	MemoryContextSwitchTo(old);
}

/* See outcall.h. */
const GqleNote *
gqle_outcalls_recall(const GqleOutcalls *outcalls, const char *key)
{
	for (int i = 0; i < outcalls->n_notes; i++)
		if (strcmp(outcalls->notes[i].key, key) == 0)
			return &outcalls->notes[i];
	return NULL;
}

/* See outcall.h. */
void
gqle_outcalls_add_cookie(GqleOutcalls *outcalls, const char *cookie)
{
	if (gqle_http_is_header("Set-Cookie", cookie))
		gqle_outcalls_note(outcalls, COOKIE_KEY, cookie, strlen(cookie));
}

/* See outcall.h. */
const char *
gqle_outcalls_cookie(const GqleOutcalls *outcalls, int n)
{
	for (int i = 0; i < outcalls->n_notes; i++)
		if (strcmp(outcalls->notes[i].key, COOKIE_KEY) == 0 && n-- == 0)
			return outcalls->notes[i].text;
	return NULL;
}

/* See outcall.h. */
void
gqle_outcalls_keep(GqleOutcalls *outcalls)
{
	outcalls->n_kept_notes = outcalls->n_notes;
}

/* See outcall.h. */
bool
gqle_outcalls_is_news(GqleOutcalls *outcalls)
{
	GqleOutcall *call = &outcalls->calls[outcalls->last_asked];
	bool		is_news = !call->is_told;

	call->is_told = true;
	return is_news;
}

/* See outcall.h. */
bool
gqle_outcalls_is_pending(const GqleOutcalls *outcalls)
{
	for (int i = 0; i < outcalls->n; i++)
		if (!outcalls->calls[i].is_done)
			return true;
	return false;
}

/* See outcall.h. */
void
gqle_outcalls_answer(GqleOutcalls *outcalls, GqleOutcall *call,
					 const GqleHttpReply *reply)
{
	MemoryContext old = MemoryContextSwitchTo(outcalls->context);

	call->is_done = true;
	call->reply = *reply;
	call->reply.reason = reply->reason != NULL ? pstrdup(reply->reason) : NULL;
	call->reply.body = copy_bytes(reply->body, reply->body_len);
	call->reply.head = pstrdup(reply->head);
	MemoryContextSwitchTo(old);
}

/* ------------------------------------------------------------------------
 * As bytes
 *
 * They go from one of our processes to another, so they are not doubted.
 * Numbers are ints as they are in memory; a text is its length and its bytes, -1
 * for NULL.
 * ------------------------------------------------------------------------ */

static void
put_int(StringInfo out, int value)
{
	appendBinaryStringInfo(out, (const char *) &value, sizeof(value));
}

static void
put_bytes(StringInfo out, const char *bytes, int len)
{
	put_int(out, bytes != NULL ? len : -1);
	if (bytes != NULL)
		appendBinaryStringInfo(out, bytes, len);
}

static void
put_text(StringInfo out, const char *text)
{
	put_bytes(out, text, text != NULL ? (int) strlen(text) : 0);
}

static void
put_call(StringInfo out, const GqleOutcall *call)
{
	const GqleHttpRequest *request = &call->request;

	put_text(out, request->method);
	put_text(out, request->url);
	put_int(out, request->n_headers);
	for (int i = 0; i < request->n_headers; i++)
	{
		put_text(out, request->headers[i].name);
		put_text(out, request->headers[i].value);
	}
	put_bytes(out, request->body, request->body_len);
	put_int(out, request->timeout);
	put_int(out, request->max_body);
	put_int(out, request->max_redirects);
	put_int(out, request->allows_self_signed);
	put_int(out, call->is_done);
	put_int(out, call->is_told);
	if (!call->is_done)
		return;
	put_int(out, call->reply.failure);
	put_text(out, call->reply.reason);
	put_int(out, call->reply.status);
	put_bytes(out, call->reply.body, call->reply.body_len);
	put_text(out, call->reply.head);
}

/* See outcall.h. */
void
gqle_outcalls_pack(StringInfo out, const GqleOutcalls *outcalls)
{
	put_int(out, outcalls->n_turns);
	put_bytes(out, outcalls->progress->data, outcalls->progress->len);
	put_int(out, outcalls->n_kept_notes);
	for (int i = 0; i < outcalls->n_kept_notes; i++)
	{
		put_text(out, outcalls->notes[i].key);
		put_bytes(out, outcalls->notes[i].text, outcalls->notes[i].len);
	}
	put_int(out, outcalls->n);
	for (int i = 0; i < outcalls->n; i++)
		put_call(out, &outcalls->calls[i]);
}

/* Bytes being read. */
typedef struct Packed
{
	const char *next;
	const char *end;
} Packed;

static int
get_int(Packed *in)
{
	int			value;

	Ensure(in->end - in->next >= (ptrdiff_t) sizeof(value), "packed calls are cut short");
	memcpy(&value, in->next, sizeof(value));
	in->next += sizeof(value);
	return value;
}

static char *
get_bytes(Packed *in, int *len)
{
	char	   *bytes;

	*len = get_int(in);
	if (*len < 0)
	{
		*len = 0;
		return NULL;
	}
	Ensure(in->end - in->next >= *len, "packed calls are cut short");
	bytes = copy_bytes(in->next, *len);
	in->next += *len;
	return bytes;
}

static char *
get_text(Packed *in)
{
	int			len;

	return get_bytes(in, &len);
}

static void
get_call(Packed *in, GqleOutcall *call)
{
	GqleHttpRequest *request = &call->request;
	GqleHttpHeader *headers;

	request->method = get_text(in);
	request->url = get_text(in);
	request->n_headers = get_int(in);
	headers = palloc0(sizeof(GqleHttpHeader) * Max(request->n_headers, 1));
	for (int i = 0; i < request->n_headers; i++)
	{
		headers[i].name = get_text(in);
		headers[i].value = get_text(in);
	}
	request->headers = headers;
	request->body = get_bytes(in, &request->body_len);
	request->timeout = get_int(in);
	request->max_body = get_int(in);
	request->max_redirects = get_int(in);
	request->allows_self_signed = get_int(in) != 0;
	call->is_done = get_int(in) != 0;
	call->is_told = get_int(in) != 0;
	if (!call->is_done)
		return;
	call->reply.failure = (GqleHttpFailure) get_int(in);
	call->reply.reason = get_text(in);
	call->reply.status = get_int(in);
	call->reply.body = get_bytes(in, &call->reply.body_len);
	call->reply.head = get_text(in);
}

/* See outcall.h. */
GqleOutcalls *
gqle_outcalls_unpack(const char *bytes, int len, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleOutcalls *outcalls = gqle_outcalls_make(context);
	Packed		in = {bytes, bytes + len};
	int			n;
	char	   *progress;
	int			progress_len;

	outcalls->n_turns = get_int(&in);
	progress = get_bytes(&in, &progress_len);
	appendBinaryStringInfo(outcalls->progress, progress, progress_len);
	n = get_int(&in);
	for (int i = 0; i < n; i++)
	{
		char	   *key = get_text(&in);
		int			note_len;
		char	   *note = get_bytes(&in, &note_len);

		gqle_outcalls_note(outcalls, key, note, note_len);
	}
	gqle_outcalls_keep(outcalls);
	n = get_int(&in);
	for (int i = 0; i < n; i++)
		get_call(&in, add_call(outcalls));
	MemoryContextSwitchTo(old);
	return outcalls;
}

/* ------------------------------------------------------------------------
 * Headers
 * ------------------------------------------------------------------------ */

/* Headers being put together: the first of a name stays. */
typedef struct Headers
{
	int			n;
	int			allocated;
	GqleHttpHeader *items;
} Headers;

static void
add_header(Headers *headers, const char *name, const char *value)
{
	for (int i = 0; i < headers->n; i++)
		if (pg_strcasecmp(headers->items[i].name, name) == 0)
			return;
	if (headers->n == headers->allocated)
	{
		headers->allocated *= 2;
		headers->items = repalloc(headers->items,
								  sizeof(GqleHttpHeader) * headers->allocated);
	}
	headers->items[headers->n].name = name;
	headers->items[headers->n++].value = value;
}

static bool
is_among(const char *name, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (pg_strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

static bool
is_ignored(const GqleWebhook *webhook, const char *name)
{
	if (webhook->ignored_headers != NULL ?
		is_among(name, webhook->ignored_headers, webhook->n_ignored) :
		is_among(name, ignored, lengthof(ignored)))
		return true;
	if (is_among(name, hop_headers, lengthof(hop_headers)))
		return true;
	return pg_strncasecmp(name, SESSION_PREFIX, strlen(SESSION_PREFIX)) == 0;
}

static void
add_client_headers(Headers *headers, const GqleWebhook *webhook,
				   const GqleOutcalls *outcalls)
{
	for (int i = 0; i < outcalls->n_client_headers; i++)
	{
		const GqleHttpHeader *h = &outcalls->client_headers[i];

		for (size_t k = 0; k < lengthof(renamed); k++)
			if (pg_strcasecmp(renamed[k][0], h->name) == 0)
				add_header(headers, renamed[k][1], h->value);
	}
	for (int i = 0; i < outcalls->n_client_headers; i++)
	{
		const GqleHttpHeader *h = &outcalls->client_headers[i];

		if (!is_ignored(webhook, h->name))
			add_header(headers, h->name, h->value);
	}
}

/* Those of the definition; false after reporting. */
static bool
add_configured_headers(Headers *headers, const GqleWebhook *webhook, GqleErrorSink *sink)
{
	for (int i = 0; i < webhook->n_headers; i++)
	{
		const GqleWebhookHeader *h = &webhook->headers[i];
		const char *missing;
		const char *value;

		if (h->from_env != NULL)
		{
			value = gqle_env_lookup(NULL, h->from_env);
			if (value == NULL)
				return gqle_error_report(sink, GQLE_ERR_NOT_FOUND, NULL,
										 "environment variable '%s' not set",
										 h->from_env);
		}
		else
		{
			value = gqle_envtext_render(h->value, gqle_env_lookup, NULL, &missing);
			if (value == NULL)
				return gqle_error_report(sink, GQLE_ERR_NOT_FOUND, NULL,
										 "template cannot be resolved: %s", missing);
		}
		add_header(headers, h->name, value);
	}
	return true;
}

static void
add_default_headers(Headers *headers)
{
	add_header(headers, "Content-Type", "application/json");
	add_header(headers, "User-Agent", GQLE_HTTP_AGENT);
}

/*
 * Whose part the call is, in both forms that there are.  The span is that of the
 * operation: the request must be the same whenever it is asked for.  Who makes the
 * call may put a span of its own there (worker/http_span.c).
 */
static void
add_trace_headers(Headers *headers)
{
	const GqleTraceContext *trace = gqle_spans_trace();

	if (trace == NULL)
		return;
	add_header(headers, GQLE_B3_TRACE_ID, pstrdup(trace->trace_id));
	add_header(headers, GQLE_B3_SPAN_ID, pstrdup(trace->span_id));
	add_header(headers, GQLE_B3_SAMPLED, trace->is_sampled ? "1" : "0");
	add_header(headers, GQLE_TRACE_PARENT, gqle_trace_parent_text(trace));
}

/* See outcall.h. */
GqleHttpHeader *
gqle_outcall_headers(const GqleWebhook *webhook, const GqleOutcalls *outcalls, int *n,
					 GqleErrorSink *sink)
{
	Headers		headers = {0, 16, palloc0(sizeof(GqleHttpHeader) * 16)};

	add_trace_headers(&headers);
	if (gqle_guc_configured_header_precedence)
	{
		if (!add_configured_headers(&headers, webhook, sink))
			return NULL;
		add_default_headers(&headers);
	}
	if (webhook->forward_client_headers)
		add_client_headers(&headers, webhook, outcalls);
	if (!gqle_guc_configured_header_precedence)
	{
		add_default_headers(&headers);
		if (!add_configured_headers(&headers, webhook, sink))
			return NULL;
	}
	*n = headers.n;
	return headers.items;
}

/* See outcall.h. */
GqleHttpHeader *
gqle_outcall_event_headers(const GqleWebhook *webhook, int *n, GqleErrorSink *sink)
{
	Headers		headers = {0, 16, palloc0(sizeof(GqleHttpHeader) * 16)};

	add_trace_headers(&headers);
	add_default_headers(&headers);
	if (!add_configured_headers(&headers, webhook, sink))
		return NULL;
	*n = headers.n;
	return headers.items;
}

static bool
is_renamed(const char *name)
{
	for (size_t i = 0; i < lengthof(renamed); i++)
		if (pg_strcasecmp(renamed[i][0], name) == 0)
			return true;
	return false;
}

/* See outcall.h. */
void
gqle_outcall_append_forwarded(StringInfo out, const GqleWebhook *webhook,
							  const GqleOutcalls *outcalls)
{
	bool		first = true;

	appendStringInfoChar(out, '{');
	for (int i = 0; webhook->forward_client_headers && i < outcalls->n_client_headers; i++)
	{
		const GqleHttpHeader *h = &outcalls->client_headers[i];

		if (is_ignored(webhook, h->name) && !is_renamed(h->name))
			continue;
		gqle_json_write_key(out, h->name, &first);
		gqle_json_write_string(out, h->value, gqle_utf8_check(h->value, strlen(h->value)));
	}
	appendStringInfoChar(out, '}');
}

/* See outcall.h. */
GqleHttpHeader *
gqle_outcall_remote_headers(const GqleWebhook *webhook, const GqleOutcalls *outcalls,
							const GqleSession *session, int *n, GqleErrorSink *sink)
{
	Headers		headers = {0, 16, palloc0(sizeof(GqleHttpHeader) * 16)};

	add_trace_headers(&headers);
	add_default_headers(&headers);
	if (!add_configured_headers(&headers, webhook, sink))
		return NULL;
	for (int i = 0; i < session->n_variables; i++)
		add_header(&headers, session->variables[i].name, session->variables[i].value);
	if (webhook->forward_client_headers && outcalls != NULL)
		add_client_headers(&headers, webhook, outcalls);
	*n = headers.n;
	return headers.items;
}

/* See outcall.h. */
bool
gqle_outcall_allows_self_signed(const char *url)
{
	GqleUrl		parsed;

	return gqle_url_parse(url, &parsed) && parsed.is_secure &&
		gqle_catalog_allows_self_signed(parsed.host, parsed.port);
}

/* ------------------------------------------------------------------------
 * Failures
 * ------------------------------------------------------------------------ */

static void
append_member(StringInfo out, const char *key, const char *value, bool *first)
{
	gqle_json_write_key(out, key, first);
	gqle_json_write_cstring(out, value);
}

/* See outcall.h. */
char *
gqle_outcall_failure_json(const GqleHttpRequest *request, const GqleHttpReply *reply)
{
	const char *message = gqle_http_failure_text(reply->failure);
	StringInfoData out;
	bool		first = true;
	GqleUrl		url;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	if (reply->failure == GQLE_HTTP_BAD_URL || !gqle_url_parse(request->url, &url))
	{
		append_member(&out, "message", "Invalid URL", &first);
		append_member(&out, "type", "invalid_url", &first);
		appendStringInfoChar(&out, '}');
		return out.data;
	}
	if (reply->failure == GQLE_HTTP_REDIRECTS)
		message = psprintf("%s: %d redirects", message, request->max_redirects + 1);
	append_member(&out, "message", message, &first);
	gqle_json_write_key(&out, "request", &first);
	appendStringInfoChar(&out, '{');
	first = true;
	append_member(&out, "host", url.host, &first);
	append_member(&out, "method", request->method != NULL ? request->method :
				  request->body != NULL ? "POST" : "GET", &first);
	append_member(&out, "path", *url.path != '\0' ? url.path : "/", &first);
	gqle_json_write_key(&out, "port", &first);
	appendStringInfo(&out, "%d", url.port);
	append_member(&out, "queryString", url.query, &first);
	append_member(&out, "responseTimeout",
				  psprintf("ResponseTimeoutMicro %lld", request->timeout * 1000LL), &first);
	gqle_json_write_key(&out, "secure", &first);
	appendStringInfoString(&out, url.is_secure ? "true}" : "false}");
	append_member(&out, "type", "http_exception", &first);
	appendStringInfoChar(&out, '}');
	return out.data;
}
