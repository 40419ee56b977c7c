/*
 * auth_webhook.c
 *		Sessions from a webhook (http-and-config.md, 12).
 *
 * The hook is told who calls, by headers (GET) or in a body (POST), and answers
 * with session variables.  A *question* is one such call; the exchange that it
 * is about waits, suspended, and nothing else does.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/exec/spans.h"
#include "gqle/net/httphdr.h"
#include "gqle/worker/auth_parts.h"
#include "gqle/worker/http_span.h"
#include "gqle/worker/httpc.h"
#include "gqle/worker/tls_allowlist.h"

#define TIMEOUT_MS		30000
#define MAX_ANSWER		(1024 * 1024)
#define MAX_VARIABLES	1000
#define MAX_REDIRECTS	10
#define ROLE_VARIABLE	"x-hasura-role"
#define PREFIX			"x-hasura-"
#define USECS			INT64CONST(1000000)
#define MAX_LOGGED_ANSWER	1000
#define MAX_TRACE_HEADERS	4

struct GqleAuthQuestion
{
	GqleHttpcCall *call;
	GqleHttpRequest request;	/* for the span: method and size */
	GqleHttpSpan span;
	GqleAuthAnswered answered;
	void	   *arg;
};

/*
 * Headers of the client that the hook is not sent by GET: compat, and those that
 * are about the connection to us.
 */
static const char *const withheld[] = {
	"content-length", "content-md5", "user-agent", "host", "origin", "referer",
	"accept", "accept-encoding", "accept-language", "accept-datetime",
	"cache-control", "connection", "dnt", "content-type",
	"expect", "keep-alive", "proxy-connection", "te", "trailer",
	"transfer-encoding", "upgrade"
};

bool
gqle_auth_webhook_is_on(void)
{
	return gqle_guc_is_set(gqle_guc_auth_hook);
}

/* ------------------------------------------------------------------------
 * Asking
 * ------------------------------------------------------------------------ */

static bool
is_withheld(const GqleHttpHeader *h)
{
	for (size_t i = 0; i < lengthof(withheld); i++)
	{
		if (pg_strcasecmp(h->name, withheld[i]) == 0)
			return true;
	}
	return false;
}

/* The request's members that a hook is shown, or null. */
static void
append_request(StringInfo out, const GqleJson *request)
{
	static const char *const names[] = {"query", "variables", "operationName"};
	bool		first = true;

	if (request->kind != GQLE_JSON_OBJECT ||
		gqle_json_lookup(request, "query") == NULL)
	{
		appendStringInfoString(out, "null");
		return;
	}
	appendStringInfoChar(out, '{');
	for (size_t i = 0; i < lengthof(names); i++)
	{
		GqleJson   *value = gqle_json_lookup(request, names[i]);

		gqle_json_write_key(out, names[i], &first);
		if (value != NULL)
			gqle_json_append(out, value);
		else
			appendStringInfoString(out, "null");
	}
	appendStringInfoChar(out, '}');
}

/* The body of a GraphQL request: one or a list, or null if it is neither. */
static void
append_requests(StringInfo out, const GqleExchange *x)
{
	GqleJsonError error;
	GqleJson   *json = gqle_json_parse(x->body, x->body_len, &error);

	if (json == NULL)
		appendStringInfoString(out, "null");
	else if (json->kind != GQLE_JSON_ARRAY)
		append_request(out, json);
	else
	{
		appendStringInfoChar(out, '[');
		for (int i = 0; i < json->n; i++)
		{
			if (i > 0)
				appendStringInfoChar(out, ',');
			append_request(out, json->items[i]);
		}
		appendStringInfoChar(out, ']');
	}
}

/* What is posted. */
static char *
make_body(const GqleExchange *x, bool is_graphql)
{
	GqleJson   *headers = gqle_json_make_object();
	StringInfoData body;

	for (int i = 0; i < x->n_headers; i++)
		gqle_json_object_set(headers, x->headers[i].name,
							 gqle_json_make_string(x->headers[i].value));
	initStringInfo(&body);
	appendStringInfoString(&body, "{\"headers\":");
	gqle_json_append(&body, headers);
	if (gqle_guc_auth_hook_send_request_body)
	{
		appendStringInfoString(&body, ",\"request\":");
		if (is_graphql)
			append_requests(&body, x);
		else
			appendStringInfoString(&body, "null");
	}
	appendStringInfoChar(&body, '}');
	return body.data;
}

/* Whose part the call is; how many headers say it. */
static int
add_trace_headers(GqleHttpHeader *headers)
{
	const GqleTraceContext *trace = gqle_spans_trace();

	if (trace == NULL)
		return 0;
	headers[0].name = GQLE_B3_TRACE_ID;
	headers[0].value = trace->trace_id;
	headers[1].name = GQLE_B3_SPAN_ID;
	headers[1].value = trace->span_id;
	headers[2].name = GQLE_B3_SAMPLED;
	headers[2].value = trace->is_sampled ? "1" : "0";
	headers[3].name = GQLE_TRACE_PARENT;
	headers[3].value = gqle_trace_parent_text(trace);
	return MAX_TRACE_HEADERS;
}

static void take_answer(void *arg, const GqleHttpReply *reply);

GqleAuthQuestion *
gqle_auth_webhook_ask(const GqleExchange *x, bool is_graphql,
					  GqleAuthAnswered answered, void *arg)
{
	GqleAuthQuestion *question = MemoryContextAllocZero(TopMemoryContext,
														sizeof(*question));
	GqleHttpRequest request = {.url = gqle_guc_auth_hook,.timeout = TIMEOUT_MS,
	.max_body = MAX_ANSWER,
	.allows_self_signed = gqle_tls_allowlist_has(gqle_guc_auth_hook)};
	GqleHttpHeader *headers = palloc0(sizeof(GqleHttpHeader) *
									  (x->n_headers + 2 + MAX_TRACE_HEADERS));
	bool		is_post = gqle_guc_auth_hook_mode == GQLE_HOOK_POST;

	headers[request.n_headers].name = "Content-Type";
	headers[request.n_headers++].value = "application/json";
	headers[request.n_headers].name = "User-Agent";
	headers[request.n_headers++].value = GQLE_HTTP_AGENT;
	request.n_headers += add_trace_headers(headers + request.n_headers);
	for (int i = 0; i < x->n_headers && !is_post; i++)
	{
		if (!is_withheld(&x->headers[i]) &&
			!(gqle_spans_trace() != NULL && gqle_http_span_is_header(x->headers[i].name)))
			headers[request.n_headers++] = x->headers[i];
	}
	request.headers = headers;
	request.keeps_tls = true;
	if (!is_post)
		request.max_redirects = MAX_REDIRECTS;
	else
	{
		request.body = make_body(x, is_graphql);
		request.body_len = strlen(request.body);
	}
	question->answered = answered;
	question->arg = arg;
	question->request.method = is_post ? "POST" : "GET";
	question->request.body_len = request.body_len;
	gqle_http_span_begin(&question->span, &request);
	question->call = gqle_httpc_begin(&request, take_answer, question);
	if (question->call != NULL)
		return question;
	pfree(question);
	return NULL;
}

void
gqle_auth_webhook_cancel(GqleAuthQuestion *question)
{
	gqle_httpc_cancel(question->call);
	pfree(question);
}

/* ------------------------------------------------------------------------
 * The answer
 * ------------------------------------------------------------------------ */

static bool
fail_answer(GqleErrorSink *sink, int status, GqleErrorCode code,
			const char *message)
{
	gqle_error_report(sink, code, NULL, "%s", message);
	sink->error.http_status = status;
	return false;
}

bool
gqle_auth_webhook_fail(GqleErrorSink *sink)
{
	return fail_answer(sink, 500, GQLE_ERR_UNEXPECTED,
					   "webhook authentication request failed");
}

/* The answer as an object of strings, or NULL after an error. */
static GqleJson *
read_object(const GqleHttpReply *reply, GqleErrorSink *sink)
{
	GqleJsonError error;
	GqleJson   *json = gqle_json_parse(reply->body, reply->body_len, &error);
	const char *reason = NULL;

	if (json == NULL)
		reason = psprintf("Error in $: %s", error.message);
	else if (json->kind != GQLE_JSON_OBJECT)
		reason = psprintf("Error in $: parsing HashMap failed, expected Object, but encountered %s",
						  gqle_json_kind_name(json));
	else if (json->n > MAX_VARIABLES)
		reason = "too many session variables";
	for (int i = 0; reason == NULL && i < json->n; i++)
	{
		if (json->members[i].value->kind != GQLE_JSON_STRING)
			reason = psprintf("Error in $['%s']: parsing Text failed, expected String, but encountered %s",
							  json->members[i].key,
							  gqle_json_kind_name(json->members[i].value));
	}
	if (reason == NULL)
		return json;
	fail_answer(sink, 500, GQLE_ERR_UNEXPECTED,
				psprintf("Invalid response from authorization hook: %s", reason));
	return NULL;
}

/* When the answer says that it is over; 0 if it doesn't. */
static int64
expiry_of(const GqleJson *object)
{
	GqleJson   *cache_control = gqle_json_lookup(object, "Cache-Control");
	GqleJson   *expires = gqle_json_lookup(object, "Expires");
	GqleCacheControl parsed = {0};
	int64		seconds;

	if (cache_control != NULL)
		gqle_httphdr_parse_cache_control(cache_control->text, &parsed);
	if (parsed.has_max_age)
		return gqle_auth_now() + parsed.max_age * USECS;
	if (expires != NULL && gqle_httphdr_parse_date(expires->text, &seconds))
		return seconds * USECS;
	return 0;
}

static char *
lower_name(const char *name)
{
	char	   *lower = pstrdup(name);

	for (char *c = lower; *c != '\0'; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	return lower;
}

/* The session that the answer describes, or NULL after an error. */
static GqleSession *
make_session(const GqleJson *object, GqleErrorSink *sink)
{
	GqleSession *session = palloc0(sizeof(*session));

	session->variables = palloc(sizeof(GqleSessionVariable) * (object->n + 1));
	for (int i = 0; i < object->n; i++)
	{
		const GqleJsonMember *member = &object->members[i];

		if (pg_strncasecmp(member->key, PREFIX, strlen(PREFIX)) == 0 &&
			!gqle_auth_is_credential(member->key))
			gqle_auth_set_variable(session, lower_name(member->key),
								   member->value->text);
		else if (pg_strcasecmp(member->key, ROLE_VARIABLE) == 0 &&
				 member->value->len > 0)
			session->role = member->value->text;
	}
	if (session->role == NULL)
	{
		fail_answer(sink, 400, GQLE_ERR_INVALID_PARAMS,
					"\"" ROLE_VARIABLE "\" not found in session variables");
		return NULL;
	}
	gqle_auth_set_variable(session, ROLE_VARIABLE, session->role);
	session->is_admin = strcmp(session->role, "admin") == 0;
	session->expires_at = expiry_of(object);
	return session;
}

/* A line of webhook-log: the hook said no, or nothing that makes sense. */
static void
log_refusal(const GqleHttpReply *reply, const char *message)
{
	StringInfo	out;

	if (!gqle_log_wants(GQLE_LOG_WEBHOOK, GQLE_LOG_LEVEL_ERROR))
		return;
	out = gqle_log_begin(GQLE_LOG_WEBHOOK, GQLE_LOG_LEVEL_ERROR);
	if (reply->failure == GQLE_HTTP_OK)
		appendStringInfo(out, "{\"status_code\":%d,\"url\":", reply->status);
	else
		appendStringInfoString(out, "{\"status_code\":null,\"url\":");
	gqle_log_append_url(out, gqle_guc_auth_hook);
	appendStringInfo(out, ",\"method\":\"%s\",\"http_error\":",
					 gqle_guc_auth_hook_mode == GQLE_HOOK_POST ? "POST" : "GET");
	if (reply->failure != GQLE_HTTP_OK)
		gqle_json_write_cstring(out, reply->reason);
	else
		appendStringInfoString(out, "null");
	appendStringInfoString(out, ",\"response\":");
	if (reply->failure == GQLE_HTTP_OK)
		gqle_json_write_string(out, reply->body,
							   pg_encoding_mbcliplen(PG_UTF8, reply->body,
													 reply->body_len,
													 MAX_LOGGED_ANSWER));
	else
		appendStringInfoString(out, "null");
	appendStringInfoString(out, ",\"message\":");
	gqle_json_write_cstring(out, message);
	appendStringInfoChar(out, '}');
	gqle_log_end();
}

GqleSession *
gqle_auth_webhook_read(const GqleHttpReply *reply, GqleErrorSink *sink)
{
	GqleJson   *object;

	if (reply->failure != GQLE_HTTP_OK)
		gqle_auth_webhook_fail(sink);
	else if (reply->status == 401)
		fail_answer(sink, 401, GQLE_ERR_ACCESS_DENIED,
					"Authentication hook unauthorized this request");
	else if (reply->status != 200)
		fail_answer(sink, 500, GQLE_ERR_UNEXPECTED,
					"Invalid response from authorization hook");
	else if ((object = read_object(reply, sink)) != NULL)
	{
		GqleSession *session = make_session(object, sink);

		if (session != NULL)
			return session;
	}
	log_refusal(reply, sink->error.message);
	return NULL;
}

static void
take_answer(void *arg, const GqleHttpReply *reply)
{
	GqleAuthQuestion question = *(GqleAuthQuestion *) arg;

	pfree(arg);
	question.request.url = gqle_guc_auth_hook;	/* not kept: it may change */
	gqle_http_span_end(&question.span, &question.request, reply);
	question.answered(question.arg, reply);
}
