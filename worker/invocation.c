/*
 * invocation.c
 *		Calling a webhook with an event, and what the log says of it.
 *
 * What is sent is a body of JSON and headers: ours, then those of the webhook's
 * definition, whose secrets from the environment the log shows by their names
 * only.  Texts of the network go into the log as they are if they are UTF-8.
 */
#include "postgres.h"

#include "common/base64.h"
#include "mb/pg_wchar.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/api/meta.h"
#include "gqle/exec/outcall.h"
#include "gqle/exec/transform.h"
#include "gqle/worker/httpc.h"
#include "gqle/worker/invocation.h"
#include "gqle/worker/tls_allowlist.h"

#define MAX_ANSWER		(1024 * 1024)	/* bytes of an answer that are read */
#define MAX_REDIRECTS	10

const GqleHttpReply gqle_invocation_bad_url = {.failure = GQLE_HTTP_BAD_URL,.body = "",
.head = ""};

/* Of the log's format. */
static const char *
version_of(GqleInvocationKind kind)
{
	return kind == GQLE_INVOCATION_EVENT ? "2" : "1";
}

/* ------------------------------------------------------------------------
 * The request
 * ------------------------------------------------------------------------ */

static void
append_header(StringInfo out, const char *name, const char *key, const char *value)
{
	bool		first = true;

	if (out->data[out->len - 1] != '[')
		appendStringInfoChar(out, ',');
	appendStringInfoChar(out, '{');
	gqle_json_write_key(out, "name", &first);
	gqle_json_write_cstring(out, name);
	gqle_json_write_key(out, key, &first);
	gqle_json_write_cstring(out, value);
	appendStringInfoChar(out, '}');
}

static void
append_configured_header(StringInfo out, const GqleWebhookHeader *header)
{
	append_header(out, header->name, header->from_env != NULL ? "value_from_env" : "value",
				  header->from_env != NULL ? header->from_env : header->value);
}

/* One of our own; compat: one of just that name in the definition shows instead. */
static void
append_own_header(StringInfo out, const GqleWebhook *webhook, const char *name,
				  const char *value)
{
	for (int i = 0; i < webhook->n_headers; i++)
		if (strcmp(webhook->headers[i].name, name) == 0)
		{
			append_configured_header(out, &webhook->headers[i]);
			return;
		}
	append_header(out, name, "value", value);
}

/* The request as the log has it; payload is JSON. */
static char *
make_log_request(GqleInvocationKind kind, const GqleWebhook *webhook, const char *payload)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	appendStringInfo(&out, "{\"payload\":%s,\"headers\":[", payload);
	append_own_header(&out, webhook, "Content-Type", "application/json");
	append_own_header(&out, webhook, "User-Agent", GQLE_HTTP_AGENT);
	for (i = 0; i < webhook->n_headers; i++)
		if (pg_strcasecmp(webhook->headers[i].name, "Content-Type") != 0 &&
			pg_strcasecmp(webhook->headers[i].name, "User-Agent") != 0)
			append_configured_header(&out, &webhook->headers[i]);
	appendStringInfo(&out, "],\"version\":\"%s\"}", version_of(kind));
	return out.data;
}

/*
 * Transform the request; *payload becomes what the log shows.  False after
 * reporting.
 */
static bool
transform_request(GqleInvocation *invocation, const GqleJson *transform,
				  const char **payload, GqleErrorSink *sink)
{
	GqleHttpRequest *request = &invocation->request;
	GqleTransformed transformed;
	StringInfoData errors;

	initStringInfo(&errors);
	if (!gqle_transform_http(transform, request->url, invocation->session, request,
							 &transformed, &errors))
		return gqle_error_report(sink, GQLE_ERR_UNEXPECTED, NULL,
								 "the request can't be transformed: [%s]", errors.data);
	invocation->request_context = transformed.context;
	*payload = transformed.has_json ? request->body : "null";
	return true;
}

/* See invocation.h. */
GqleInvocationMade
gqle_invocation_make(GqleInvocation *invocation, GqleInvocationKind kind,
					 const GqleWebhook *webhook, const GqleJson *definition,
					 const GqleJson *session, const char *body, GqleErrorSink *sink)
{
	GqleHttpRequest *request = &invocation->request;
	const GqleJson *transform = gqle_json_lookup(definition, "request_transform");
	const char *payload = body;

	memset(invocation, 0, sizeof(*invocation));
	invocation->kind = kind;
	invocation->webhook = webhook;
	invocation->session = session;
	invocation->response_transform = gqle_json_lookup(definition, "response_transform");
	request->headers = gqle_outcall_event_headers(webhook, &request->n_headers, sink);
	if (request->headers == NULL)
		return GQLE_INVOCATION_UNRESOLVED;
	request->method = "POST";
	request->url = webhook->url;
	request->body = body;
	request->body_len = strlen(body);
	request->timeout = webhook->timeout;
	request->max_body = MAX_ANSWER;
	request->max_redirects = MAX_REDIRECTS;
	request->allows_self_signed = gqle_tls_allowlist_has(webhook->url);
	if (transform != NULL && !transform_request(invocation, transform, &payload, sink))
		return GQLE_INVOCATION_UNTRANSFORMED;
	invocation->log_request = make_log_request(kind, webhook, payload);
	return GQLE_INVOCATION_READY;
}

/* ------------------------------------------------------------------------
 * The outcome
 * ------------------------------------------------------------------------ */

/* Append bytes as a string, or in base64 if they are no text. */
static void
append_text(StringInfo out, const char *bytes, int len)
{
	char	   *encoded;
	int			size;

	if (pg_verify_mbstr(PG_UTF8, bytes, len, true))
	{
		gqle_json_write_string(out, bytes, len);
		return;
	}
	size = pg_b64_enc_len(len);
	encoded = palloc(size);
	appendStringInfoString(out, "[\"Base64\",");
	gqle_json_write_string(out, encoded, pg_b64_encode(bytes, len, encoded, size));
	appendStringInfoChar(out, ']');
}

/* Append the header lines of an answer as a list. */
static void
append_answer_headers(StringInfo out, const char *head)
{
	appendStringInfoChar(out, '[');
	while (*head != '\0')
	{
		int			len = strcspn(head, "\r\n");
		const char *colon = memchr(head, ':', len);

		if (colon != NULL && strncmp(head, "HTTP/", 5) != 0 &&
			pg_verify_mbstr(PG_UTF8, head, len, true))
		{
			const char *value = colon + 1 + strspn(colon + 1, " \t");

			append_header(out, pnstrdup(head, colon - head), "value",
						  pnstrdup(value, Max(head + len - value, 0)));
		}
		head += len;
		head += strspn(head, "\r\n");
	}
	appendStringInfoChar(out, ']');
}

/* {"type":"client_error"...}: the answer of a failure. */
static char *
make_client_error(GqleInvocationKind kind, const char *message, int len)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"type\":\"client_error\",\"data\":{\"message\":");
	append_text(&out, message, len);
	appendStringInfo(&out, "},\"version\":\"%s\"}", version_of(kind));
	return out.data;
}

/* A failure of ours; compat: its message is a text of JSON. */
static void
fail(GqleInvocationOutcome *outcome, GqleInvocationKind kind, const char *message)
{
	StringInfoData text;

	initStringInfo(&text);
	gqle_json_write_cstring(&text, message);
	outcome->is_delivered = false;
	outcome->has_status = true;
	outcome->status = 500;
	outcome->log_response = make_client_error(kind, text.data, text.len);
}

/* The request as the log has it when all there is to be told is an error. */
static char *
make_log_error(GqleInvocationKind kind, const char *message)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"payload\":{\"error\":");
	gqle_json_write_cstring(&out, message);
	appendStringInfo(&out, "},\"headers\":[],\"version\":\"%s\"}", version_of(kind));
	return out.data;
}

/* See invocation.h. */
GqleInvocationOutcome
gqle_invocation_fail(GqleInvocation *invocation, GqleInvocationKind kind,
					 const char *message)
{
	GqleInvocationOutcome outcome = {.retry_after = -1};

	memset(invocation, 0, sizeof(*invocation));
	invocation->kind = kind;
	invocation->log_request = make_log_error(kind, psprintf("Error creating the request. %s",
															message));
	fail(&outcome, kind, message);
	return outcome;
}

/* compat: Hasura's clock of the whole delivery goes off before that of its client. */
static void
time_out(GqleInvocation *invocation, GqleInvocationOutcome *outcome)
{
	const char *message = psprintf("%s timed out while processing.", invocation->timed_name);

	invocation->log_request = invocation->kind == GQLE_INVOCATION_EVENT ?
		make_log_request(invocation->kind, invocation->webhook, "null") :
		make_log_error(invocation->kind, message);
	fail(outcome, invocation->kind, message);
}

/* Did the whole time go by, connecting or waiting? */
static bool
is_timed_out(const GqleInvocation *invocation, const GqleHttpReply *reply)
{
	return invocation->timed_name != NULL &&
		(reply->failure == GQLE_HTTP_TIMEOUT ||
		 (reply->failure == GQLE_HTTP_CONNECT_TIMEOUT &&
		  invocation->request.timeout <= GQLE_HTTPC_CONNECT_MS));
}

/* Seconds of a Retry-After header: a positive whole number, else -1. */
static int
read_retry_after(const GqleHttpReply *reply)
{
	char	   *value = gqle_http_reply_header(reply, "Retry-After", 0);

	if (value == NULL || value[0] == '\0' || strlen(value) > 9 ||
		strspn(value, "0123456789") != strlen(value) || atoi(value) == 0)
		return -1;
	return atoi(value);
}

/* Append what an answer becomes; false if that makes it a failure. */
static bool
transform_response(const GqleInvocation *invocation, const GqleHttpReply *reply,
				   StringInfo body, GqleInvocationOutcome *outcome)
{
	StringInfoData errors;

	initStringInfo(&errors);
	if (gqle_transform_response(invocation->response_transform, invocation->request_context,
								invocation->session, reply, body, &errors))
		return true;
	fail(outcome, invocation->kind, psprintf("[%s]", errors.data));
	return false;
}

/* See invocation.h. */
GqleInvocationOutcome
gqle_invocation_judge(GqleInvocation *invocation, const GqleHttpReply *reply)
{
	GqleInvocationOutcome outcome = {.retry_after = -1};
	StringInfoData body;
	StringInfoData out;

	if (reply->failure != GQLE_HTTP_OK)
	{
		outcome.failure = gqle_outcall_failure_json(&invocation->request, reply);
		if (is_timed_out(invocation, reply))
			time_out(invocation, &outcome);
		else
			outcome.log_response = make_client_error(invocation->kind, outcome.failure,
													 strlen(outcome.failure));
		return outcome;
	}
	outcome.has_status = true;
	outcome.status = reply->status;
	outcome.size = reply->body_len;
	outcome.is_delivered = reply->status >= 200 && reply->status < 300;
	if (!outcome.is_delivered)
	{
		outcome.retry_after = read_retry_after(reply);
		outcome.log_response = make_client_error(invocation->kind, reply->body,
												 reply->body_len);
		return outcome;
	}
	initStringInfo(&body);
	if (invocation->response_transform == NULL)
		appendBinaryStringInfo(&body, reply->body, reply->body_len);
	else if (!transform_response(invocation, reply, &body, &outcome))
		return outcome;
	initStringInfo(&out);
	appendStringInfoString(&out, "{\"type\":\"webhook_response\",\"data\":{\"body\":");
	append_text(&out, body.data, body.len);
	appendStringInfoString(&out, ",\"headers\":");
	append_answer_headers(&out, reply->head);
	appendStringInfo(&out, ",\"status\":%d},\"version\":\"%s\"}", reply->status,
					 version_of(invocation->kind));
	outcome.log_response = out.data;
	return outcome;
}

/* ------------------------------------------------------------------------
 * Log lines
 * ------------------------------------------------------------------------ */

/* Append the headers of a definition, their secrets by name only. */
static void
append_configured_headers(StringInfo out, const GqleWebhook *webhook)
{
	bool		first = true;
	int			i;

	appendStringInfoChar(out, '{');
	for (i = 0; webhook != NULL && i < webhook->n_headers; i++)
	{
		const GqleWebhookHeader *header = &webhook->headers[i];

		gqle_json_write_key(out, header->name, &first);
		gqle_json_write_cstring(out, header->from_env != NULL ?
								psprintf("<from_env: %s>", header->from_env) : "<REDACTED>");
	}
	appendStringInfoChar(out, '}');
}

/* Append an answer: its status and size, or why it is a failure. */
static void
append_answer(StringInfo out, const GqleInvocationOutcome *outcome)
{
	if (outcome->failure != NULL)
		appendStringInfo(out, "{\"type\":\"client\",\"detail\":%s}", outcome->failure);
	else if (outcome->is_delivered)
		appendStringInfo(out, "{\"status\":%d,\"size\":%d}", outcome->status, outcome->size);
	else
		appendStringInfo(out, "{\"type\":\"status\",\"detail\":{\"status\":%d,\"size\":%d}}",
						 outcome->status, outcome->size);
}

/* See invocation.h. */
void
gqle_invocation_log(const GqleInvocation *invocation,
					const GqleInvocationOutcome *outcome, const char *url_name,
					const char *event_id, const char *event_name)
{
	GqleLogType type = invocation->kind == GQLE_INVOCATION_EVENT ?
		GQLE_LOG_EVENT_TRIGGER : GQLE_LOG_SCHEDULED_TRIGGER;
	GqleLogLevel level = !outcome->is_delivered && gqle_guc_enable_triggers_error_log_level ?
		GQLE_LOG_LEVEL_ERROR : GQLE_LOG_LEVEL_INFO;
	StringInfo	out;

	if (!gqle_log_wants(type, level))
		return;
	out = gqle_log_begin(type, level);
	appendStringInfoString(out, "{\"response\":");
	append_answer(out, outcome);
	appendStringInfoString(out, ",\"request\":{\"original_request\":{\"method\":\"POST\",\"url\":");
	gqle_json_write_cstring(out, url_name);
	appendStringInfoString(out, ",\"headers\":");
	append_configured_headers(out, invocation->webhook);
	appendStringInfo(out, "},\"original_size\":%d},\"event_id\":", invocation->request.body_len);
	gqle_json_write_cstring(out, event_id);
	if (event_name != NULL)
	{
		appendStringInfoString(out, ",\"event_name\":");
		gqle_json_write_cstring(out, event_name);
	}
	appendStringInfoChar(out, '}');
	gqle_log_end();
}
