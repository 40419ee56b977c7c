/*
 * action_call.c
 *		Calling the webhook of an action: the request, and what its answer means.
 *
 * compat: the order of checks, the messages and the "internal" part are Hasura's,
 * which calls every number and string a "scalar String".  Objects are checked
 * one level deep.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"

#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/base/utf8.h"
#include "gqle/exec/action_call.h"
#include "gqle/exec/transform.h"
#include "gqle/net/url.h"

#define MAX_ANSWER		(32 * 1024 * 1024)
#define MAX_REDIRECTS	10

#define ERROR_SHAPE \
	"parsing Hasura.GraphQL.Execute.Action.Types.ActionWebhookErrorResponse(ActionWebhookErrorResponse) failed, "

/* ------------------------------------------------------------------------
 * The request
 * ------------------------------------------------------------------------ */

/* {"action","input","request_query","session_variables"} */
static void
append_body(StringInfo out, const GqleActionCall *call)
{
	appendStringInfoString(out, "{\"action\":{\"name\":");
	gqle_json_write_cstring(out, call->action->name);
	appendStringInfo(out, "},\"input\":%s,\"request_query\":", call->input);
	if (call->query != NULL)
		gqle_json_write_string(out, call->query, call->query_len);
	else
		appendStringInfoString(out, "null");
	appendStringInfo(out, ",\"session_variables\":%s}", call->session);
}

/* Report an error of ours or of the webhook's, with what is internal. */
static bool
fail_500(GqleErrorSink *sink, const char *message, const char *internal)
{
	gqle_error_report(sink, GQLE_ERR_UNEXPECTED, NULL, "%s", message);
	sink->error.http_status = 500;
	sink->error.internal = internal;
	return false;
}

/* False after reporting. */
static bool
transform(GqleActionCall *call, GqleErrorSink *sink)
{
	GqleTransformed transformed;
	StringInfoData errors;

	initStringInfo(&errors);
	if (!gqle_transform_http(call->action->request_transform, call->action->webhook->url,
							 call->session_variables, &call->request, &transformed, &errors))
		return fail_500(sink, "Request Transformation Failed",
						psprintf("[%s]", errors.data));
	call->context = transformed.context;
	return true;
}

/* See action_call.h. */
bool
gqle_action_call_make(GqleActionCall *call, const GqleOutcalls *client,
					  GqleErrorSink *sink)
{
	const GqleWebhook *webhook = call->action->webhook;
	GqleHttpRequest *request = &call->request;
	GqleJsonError error;
	StringInfoData body;

	memset(request, 0, sizeof(*request));
	initStringInfo(&body);
	append_body(&body, call);
	request->body = body.data;
	request->body_len = call->body_len = body.len;
	call->session_variables = gqle_json_parse(call->session, strlen(call->session), &error);
	request->method = "POST";
	request->url = gqle_url_clean(webhook->url);
	request->timeout = webhook->timeout;
	request->max_body = MAX_ANSWER;
	request->max_redirects = MAX_REDIRECTS;
	request->headers = gqle_outcall_headers(webhook, client, &request->n_headers, sink);
	if (request->headers == NULL)
		return false;
	if (call->action->request_transform != NULL && !transform(call, sink))
		return false;
	request->allows_self_signed = gqle_outcall_allows_self_signed(request->url);
	return true;
}

/* ------------------------------------------------------------------------
 * What only admins are told
 * ------------------------------------------------------------------------ */

/* What was called, without headers and body: those may hold secrets. */
static void
append_request(StringInfo out, const GqleHttpRequest *request)
{
	appendStringInfoString(out, "{\"method\":");
	gqle_json_write_cstring(out, request->method);
	appendStringInfo(out, ",\"response_timeout\":\"ResponseTimeoutMicro %lld\",\"url\":",
					 request->timeout * 1000LL);
	gqle_log_append_url(out, request->url);
	appendStringInfoChar(out, '}');
}

/* Those of the definition; values that it holds may be secret. */
static void
append_configured_headers(StringInfo out, const GqleWebhook *webhook)
{
	appendStringInfoChar(out, '[');
	for (int i = 0; i < webhook->n_headers; i++)
	{
		const GqleWebhookHeader *header = &webhook->headers[i];

		appendStringInfoString(out, i > 0 ? ",{\"name\":" : "{\"name\":");
		gqle_json_write_cstring(out, header->name);
		appendStringInfoString(out, header->from_env != NULL ? ",\"value_from_env\":" :
							   ",\"value\":");
		gqle_json_write_cstring(out, header->from_env != NULL ? header->from_env :
								"<REDACTED>");
		appendStringInfoChar(out, '}');
	}
	appendStringInfoChar(out, ']');
}

/* Is the header about the answer, rather than about how it came to us? */
static bool
is_about_answer(const char *name, int len)
{
	static const char *const others[] = {"Connection", "Content-Length", "Date",
		"Keep-Alive", "Server", "Transfer-Encoding"};

	for (size_t i = 0; i < lengthof(others); i++)
		if ((int) strlen(others[i]) == len && pg_strncasecmp(others[i], name, len) == 0)
			return false;
	return true;
}

/* [{"name":..,"value":..}, ..] */
static void
append_answer_headers(StringInfo out, const char *head)
{
	bool		first = true;

	appendStringInfoChar(out, '[');
	while (*head != '\0')
	{
		int			len = strcspn(head, "\r\n");
		const char *colon = memchr(head, ':', len);

		if (colon != NULL && strncmp(head, "HTTP/", 5) != 0 &&
			is_about_answer(head, colon - head) && gqle_utf8_check(head, len) == len)
		{
			const char *value = colon + 1 + strspn(colon + 1, " \t");

			appendStringInfoString(out, first ? "{\"name\":" : ",{\"name\":");
			gqle_json_write_string(out, head, colon - head);
			appendStringInfoString(out, ",\"value\":");
			gqle_json_write_string(out, value, Max(head + len - value, 0));
			appendStringInfoChar(out, '}');
			first = false;
		}
		head += len;
		head += strspn(head, "\r\n");
	}
	appendStringInfoChar(out, ']');
}

/*
 * error is JSON text, body of the answer too; reply NULL: there was none.  NULL if
 * nobody is told.
 */
static char *
make_internal(const GqleActionCall *call, const char *error, const GqleHttpReply *reply,
			  const char *body)
{
	StringInfoData out;

	if (call->is_later)
		return NULL;
	initStringInfo(&out);
	appendStringInfo(&out, "{\"error\":%s,\"request\":{\"body\":", error);
	append_body(&out, call);
	appendStringInfoString(&out, ",\"headers\":");
	append_configured_headers(&out, call->action->webhook);
	appendStringInfoString(&out, ",\"transformed_request\":");
	if (call->context != NULL)
		append_request(&out, &call->request);
	else
		appendStringInfoString(&out, "null");
	appendStringInfoString(&out, ",\"url\":");
	gqle_json_write_cstring(&out, call->action->handler);
	appendStringInfoString(&out, "},\"response\":");
	if (reply == NULL)
		appendStringInfoString(&out, "null");
	else
	{
		appendStringInfo(&out, "{\"body\":%s,\"headers\":", body);
		append_answer_headers(&out, reply->head);
		appendStringInfo(&out, ",\"status\":%d}", reply->status);
	}
	appendStringInfoChar(&out, '}');
	return out.data;
}

static char *
quote_json(const char *text, int len)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_json_write_string(&out, text, gqle_utf8_check(text, len));
	return out.data;
}

/* ------------------------------------------------------------------------
 * Is the answer right?
 * ------------------------------------------------------------------------ */

#define fail(sink, ...) gqle_error_report((sink), GQLE_ERR_UNEXPECTED, NULL, __VA_ARGS__)

/* Fields that may not be null. */
static bool
check_object(const GqleCustomType *type, const GqleJson *value, GqleErrorSink *sink)
{
	for (int i = 0; i < type->n_fields; i++)
	{
		const GqleCustomField *field = &type->fields[i];
		const GqleJson *member;

		if (!field->wraps->non_null)
			continue;
		member = gqle_json_lookup(value, field->name);
		if (member == NULL)
			return fail(sink, "field \"%s\" expected in webhook response, but not found",
						field->name);
		if (member->kind == GQLE_JSON_NULL)
			return fail(sink, "expecting not null value for field \"%s\"", field->name);
	}
	return true;
}

static bool
is_named(const GqleCustomType *type, const char *one, const char *other)
{
	return strcmp(type->name, one) == 0 || strcmp(type->name, other) == 0;
}

/* A value of a named type that is none of those that take anything. */
static bool
check_named(const GqleCustomType *type, const GqleJson *value, GqleErrorSink *sink)
{
	switch (value->kind)
	{
		case GQLE_JSON_NULL:
			break;
		case GQLE_JSON_NUMBER:
			return is_named(type, "Int", "Float") ||
				fail(sink, "got scalar String for the action webhook response, expecting %s",
					 type->name);
		case GQLE_JSON_BOOL:
			return is_named(type, "Boolean", "Boolean") ||
				fail(sink, "got scalar Boolean for the action webhook response, expecting %s",
					 type->name);
		case GQLE_JSON_STRING:
			return is_named(type, "String", "ID") ||
				fail(sink, "got scalar String for the action webhook response, expecting %s",
					 type->name);
		case GQLE_JSON_ARRAY:
			return fail(sink, "got array for the action webhook response, expecting %s",
						type->name);
		case GQLE_JSON_OBJECT:
			if (type->kind != GQLE_CUSTOM_OBJECT)
				return fail(sink, "got object for the action webhook response, expecting %s",
							type->name);
			return check_object(type, value, sink);
	}
	return true;
}

/* Does the type take whatever comes? */
static bool
takes_anything(const GqleCustomType *type)
{
	return type->kind != GQLE_CUSTOM_OBJECT && !is_named(type, "Int", "Float") &&
		!is_named(type, "String", "Boolean") && !is_named(type, "ID", "ID");
}

/* False after reporting. */
static bool
check_answer(const GqleTypeNode *wraps, const GqleCustomType *type,
			 const GqleJson *value, GqleErrorSink *sink)
{
	check_stack_depth();
	if (wraps->of == NULL && takes_anything(type))
		return true;
	if (value->kind == GQLE_JSON_NULL)
		return !wraps->non_null || fail(sink, "got null for the action webhook response");
	if (wraps->of == NULL)
		return check_named(type, value, sink);
	if (value->kind != GQLE_JSON_ARRAY)
		return fail(sink, "expecting array for the action webhook response");
	for (int i = 0; i < value->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!check_answer(wraps->of, type, value->items[i], sink))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * The answer
 * ------------------------------------------------------------------------ */

/* A refusal: {"message", "code"?, "extensions"?} for the client. */
static void
read_refusal(const GqleJson *value, int status, GqleErrorSink *sink)
{
	const GqleJson *message = NULL;
	const GqleJson *code = NULL;
	const GqleJson *extensions = NULL;

	if (value->kind != GQLE_JSON_OBJECT)
	{
		gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
						  ERROR_SHAPE "expected Object, but encountered %s",
						  gqle_json_kind_name(value));
		return;
	}
	message = gqle_json_lookup(value, "message");
	code = gqle_json_lookup(value, "code");
	extensions = gqle_json_lookup(value, "extensions");
	if (message == NULL)
		gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
						  ERROR_SHAPE "key \"message\" not found");
	else if (message->kind != GQLE_JSON_STRING)
		gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, "$.message",
						  "parsing Text failed, expected String, but encountered %s",
						  gqle_json_kind_name(message));
	else if (!gqle_json_is_null(code) && code->kind != GQLE_JSON_STRING)
		gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, "$.code",
						  "parsing Text failed, expected String, but encountered %s",
						  gqle_json_kind_name(code));
	else
	{
		gqle_error_report(sink, gqle_json_is_null(code) ? GQLE_ERR_UNEXPECTED :
						  GQLE_ERR_CUSTOM, NULL, "%s", message->text);
		if (!gqle_json_is_null(code))
			sink->error.custom_code = code->text;
		if (!gqle_json_is_null(extensions))
			sink->error.extensions = gqle_json_to_text(extensions);
		sink->error.http_status = status;
	}
}

/* The body of the answer, transformed; NULL after reporting. */
static const char *
transform_answer(const GqleActionCall *call, const GqleHttpReply *reply, int *len,
				 GqleErrorSink *sink)
{
	StringInfoData body;
	StringInfoData errors;

	*len = reply->body_len;
	if (call->action->response_transform == NULL)
		return reply->body;
	initStringInfo(&body);
	initStringInfo(&errors);
	if (!gqle_transform_response(call->action->response_transform, call->context,
								 call->session_variables, reply, &body, &errors))
	{
		fail_500(sink, "Response Transformation Failed", psprintf("[%s]", errors.data));
		return NULL;
	}
	*len = body.len;
	return body.data;
}

/* See action_call.h. */
GqleJson *
gqle_action_call_read(const GqleActionCall *call, const GqleHttpReply *reply,
					  GqleErrorSink *sink)
{
	const GqleCustomField *output = &call->action->output;
	GqleJsonError error;
	GqleJson   *value;
	const char *body;
	const char *reason;
	int			len;

	if (reply->failure != GQLE_HTTP_OK)
	{
		fail_500(sink, "http exception when calling webhook",
				 make_internal(call, gqle_outcall_failure_json(&call->request, reply), NULL,
							   NULL));
		return NULL;
	}
	body = transform_answer(call, reply, &len, sink);
	if (body == NULL)
		return NULL;
	value = gqle_json_parse(body, len, &error);
	if (value == NULL)
	{
		reason = psprintf("invalid JSON: Error in $: %s", error.message);
		fail_500(sink, "not a valid json response from webhook",
				 make_internal(call, quote_json(reason, strlen(reason)), reply,
							   quote_json(reply->body, reply->body_len)));
		return NULL;
	}
	if (reply->status >= 200 && reply->status <= 299)
	{
		if (check_answer(output->wraps, output->type, value, sink))
			return value;
		sink->error.internal = make_internal(call, "\"unexpected response\"", reply,
											 gqle_json_to_text(value));
	}
	else if (reply->status >= 400 && reply->status <= 499)
	{
		read_refusal(value, reply->status, sink);
		if (sink->error.code == GQLE_ERR_PARSE_FAILED)
			sink->error.internal = make_internal(call, "\"unexpected response\"", reply,
												 gqle_json_to_text(value));
	}
	else
	{
		reason = psprintf("expecting 2xx or 4xx status code, but found %d", reply->status);
		fail_500(sink, "internal error",
				 make_internal(call, quote_json(reason, strlen(reason)), reply,
							   gqle_json_to_text(value)));
	}
	return NULL;
}

/* ------------------------------------------------------------------------
 * The log
 * ------------------------------------------------------------------------ */

static const char *
type_name(const GqleAction *action)
{
	if (action->is_query)
		return "query";
	return action->is_async ? "mutation-asynchronous" : "mutation-synchronous";
}

/* See action_call.h. */
void
gqle_action_call_log(const GqleActionCall *call, const GqleHttpReply *reply)
{
	GqleHttpRequest original = call->request;
	StringInfo	out;

	if (reply->failure != GQLE_HTTP_OK ||
		!gqle_log_wants(GQLE_LOG_ACTION_HANDLER, GQLE_LOG_LEVEL_INFO))
		return;
	original.method = "POST";
	original.url = call->action->webhook->url;
	out = gqle_log_begin(GQLE_LOG_ACTION_HANDLER, GQLE_LOG_LEVEL_INFO);
	appendStringInfoString(out, "{\"request\":");
	append_request(out, &original);
	if (call->context != NULL)
	{
		appendStringInfoString(out, ",\"request_trans\":");
		append_request(out, &call->request);
	}
	appendStringInfo(out, ",\"request_size\":%d", call->body_len);
	if (call->context != NULL)
		appendStringInfo(out, ",\"transformed_request_size\":%d", call->request.body_len);
	appendStringInfo(out, ",\"response_size\":%d,\"action_name\":", reply->body_len);
	gqle_json_write_cstring(out, call->action->name);
	appendStringInfo(out, ",\"action_type\":\"%s\"}", type_name(call->action));
	gqle_log_end();
}
