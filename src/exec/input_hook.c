/*
 * input_hook.c
 *		Asking the webhooks that validate what a mutation writes
 *		(events-and-actions.md, 4).
 *
 * A hook is told the rows or the arguments and answers 200, whatever the body,
 * or 400 with a message for the client.  Anything else is an error of ours:
 * nothing is written unless the hook has said yes.
 *
 * Values are shown as the client wrote them, columns and relationships under
 * their names in the database.  Presets are not shown: compat.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"

#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/base/utf8.h"
#include "gqle/exec/input_hook.h"
#include "gqle/net/url.h"
#include "gqle/plan/plan_mutation.h"
#include "gqle/validate/coerce.h"

#define MAX_ANSWER		(1024 * 1024)
#define MAX_REDIRECTS	10
#define MAX_LOGGED_ANSWER	4096	/* bytes of one that is not JSON */

/* What is asked, and for whom. */
typedef struct Asking
{
	const GqleRequest *request;
	const GqleSession *session;
	GqleOutcalls *outcalls;
	GqleErrorSink *sink;
} Asking;

/* ------------------------------------------------------------------------
 * What is shown
 * ------------------------------------------------------------------------ */

static bool append_row(StringInfo out, const Asking *asking, const GqleInput *row);

/* The value of a column; false after reporting one that does not fit. */
static bool
append_value(StringInfo out, const Asking *asking, const GqleInput *value)
{
	const GqleJson *variables = asking->request->variables;

	if (value->kind == GQLE_IN_LEAF)
	{
		if (!gqle_coerce_check_leaf(value->leaf, variables, asking->sink))
			return false;
		gqle_json_append(out, gqle_coerce_leaf_to_json(value->leaf, variables));
	}
	else if (value->kind == GQLE_IN_ENUM)
		gqle_json_write_cstring(out, value->value->name);
	else
		appendStringInfoString(out, "null");
	return true;
}

/* Rows in brackets; false after reporting. */
static bool
append_rows(StringInfo out, const Asking *asking, GqleInput *const *rows, int n)
{
	int			i;

	appendStringInfoChar(out, '[');
	for (i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoChar(out, ',');
		if (!append_row(out, asking, rows[i]))
			return false;
	}
	appendStringInfoChar(out, ']');
	return true;
}

/* {"data":...} of what is nested in a row; false after reporting. */
static bool
append_nested(StringInfo out, const Asking *asking, const GqleInput *data)
{
	appendStringInfoString(out, "{\"data\":");
	if (data->kind == GQLE_IN_LIST ? !append_rows(out, asking, data->items, data->n) :
		!append_row(out, asking, data))
		return false;
	appendStringInfoChar(out, '}');
	return true;
}

/* A row to be inserted; false after reporting. */
static bool
append_row(StringInfo out, const Asking *asking, const GqleInput *row)
{
	bool		first = true;
	int			i;

	check_stack_depth();
	appendStringInfoChar(out, '{');
	for (i = 0; i < row->n; i++)
	{
		const GqleInputField *field = row->entries[i].field;
		const GqleInput *value = row->entries[i].value;

		if (field->role == GQLE_INPUT_COLUMN)
		{
			gqle_json_write_key(out, field->column->name, &first);
			if (!append_value(out, asking, value))
				return false;
		}
		else if (field->role == GQLE_INPUT_RELATIONSHIP && value->kind == GQLE_IN_OBJECT)
		{
			const GqleInput *data = gqle_input_entry(value, GQLE_INPUT_DATA);

			if (data == NULL)
				continue;
			gqle_json_write_key(out, field->relationship->name, &first);
			if (!append_nested(out, asking, data))
				return false;
		}
	}
	appendStringInfoChar(out, '}');
	return true;
}

/* The input that a hook is to validate; false after reporting. */
static bool
append_input(StringInfo out, const Asking *asking, const GqleInputHook *hook)
{
	const GqleJson *given;

	if (hook->form == GQLE_HOOK_ROWS)
		return append_rows(out, asking, hook->rows, hook->n_rows);
	given = gqle_coerce_literal_to_json(hook->given, asking->request->variables);
	switch (hook->form)
	{
		case GQLE_HOOK_ROWS:
			break;
		case GQLE_HOOK_UPDATES:
			gqle_json_append(out, gqle_json_lookup(given, "updates"));
			break;
		case GQLE_HOOK_ARGUMENTS:
			appendStringInfoChar(out, '[');
			gqle_json_append(out, given);
			appendStringInfoChar(out, ']');
			break;
		case GQLE_HOOK_KEY:
			appendStringInfoString(out, "[{\"pk_columns\":");
			gqle_json_append(out, given);
			appendStringInfoString(out, "}]");
			break;
	}
	return true;
}

/* The body of the request; false after reporting. */
static bool
append_body(StringInfo out, const Asking *asking, const GqleInputHook *hook)
{
	appendStringInfoString(out, "{\"data\":{\"input\":");
	if (!append_input(out, asking, hook))
		return false;
	appendStringInfoString(out, "},\"role\":");
	gqle_json_write_cstring(out, asking->session->role);
	appendStringInfoString(out, ",\"session_variables\":");
	gqle_session_append_json(out, asking->session);
	appendStringInfoString(out, ",\"version\":1}");
	return true;
}

/* ------------------------------------------------------------------------
 * What is answered
 * ------------------------------------------------------------------------ */

/* Report an error that is the hook's fault, with its reason as internal. */
static GqleHookResult
fail_internal(GqleErrorSink *sink, const char *message, const char *internal)
{
	gqle_error_report(sink, GQLE_ERR_UNEXPECTED, NULL, "%s", message);
	sink->error.http_status = 500;
	sink->error.internal = internal;
	return GQLE_HOOK_FAILED;
}

static char *
quote_json(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_json_write_cstring(&out, text);
	return out.data;
}

/* A refusal: {"message": "..."} for the client. */
static GqleHookResult
read_refusal(const GqleHttpReply *reply, GqleErrorSink *sink)
{
	GqleJsonError error;
	GqleJson   *json = gqle_json_parse(reply->body, reply->body_len, &error);
	GqleJson   *message = NULL;
	const char *reason;

	if (json == NULL)
		reason = psprintf("Error in $: %s", error.message);
	else if (json->kind != GQLE_JSON_OBJECT)
		reason = psprintf("Error in $: parsing Hasura.Backends.Postgres.Execute.Mutation.ValidateInputErrorResponse(ValidateInputErrorResponse) failed, expected Object, but encountered %s",
						  gqle_json_kind_name(json));
	else if ((message = gqle_json_lookup(json, "message")) == NULL)
		reason = "Error in $: parsing Hasura.Backends.Postgres.Execute.Mutation.ValidateInputErrorResponse(ValidateInputErrorResponse) failed, key \"message\" not found";
	else if (message->kind != GQLE_JSON_STRING)
		reason = psprintf("Error in $.message: parsing Text failed, expected String, but encountered %s",
						  gqle_json_kind_name(message));
	else
	{
		gqle_error_report(sink, GQLE_ERR_VALIDATION_FAILED, NULL, "%s", message->text);
		return GQLE_HOOK_FAILED;
	}
	return fail_internal(sink, "received invalid response from input validation webhook",
						 quote_json(psprintf("invalid response: %s", reason)));
}

static GqleHookResult
read_reply(const GqleHttpRequest *request, const GqleHttpReply *reply, GqleErrorSink *sink)
{
	if (reply->failure != GQLE_HTTP_OK)
		return fail_internal(sink, "http exception when validating input data",
							 gqle_outcall_failure_json(request, reply));
	if (reply->status >= 200 && reply->status <= 299)
		return GQLE_HOOK_PASSED;
	if (reply->status == 400)
		return read_refusal(reply, sink);
	return fail_internal(sink, "internal error when validating input data",
						 quote_json(psprintf("expecting 200 or 400 status code, but found %d",
											 reply->status)));
}

/* A line of the log about an answer. */
static void
log_reply(const GqleWebhook *webhook, const GqleHttpRequest *request,
		  const GqleHttpReply *reply)
{
	GqleJsonError error;
	GqleJson   *json;
	StringInfo	out;

	if (reply->failure != GQLE_HTTP_OK ||
		!gqle_log_wants(GQLE_LOG_VALIDATE_INSERT_INPUT, GQLE_LOG_LEVEL_INFO))
		return;
	out = gqle_log_begin(GQLE_LOG_VALIDATE_INSERT_INPUT, GQLE_LOG_LEVEL_INFO);
	appendStringInfoString(out, "{\"type\":\"http\",\"details\":{\"url\":");
	gqle_log_append_url(out, webhook->url);
	appendStringInfo(out, ",\"request\":%s,\"request_headers\":", request->body);
	if (webhook->header_conf != NULL)
		gqle_json_append(out, webhook->header_conf);
	else
		appendStringInfoString(out, "[]");
	appendStringInfoString(out, ",\"response\":");
	json = gqle_json_parse(reply->body, reply->body_len, &error);
	if (json != NULL)
		gqle_json_append(out, json);
	else
		gqle_json_write_string(out, reply->body,
							   gqle_utf8_check(reply->body,
											   Min(reply->body_len, MAX_LOGGED_ANSWER)));
	appendStringInfo(out, ",\"response_status\":%d}}", reply->status);
	gqle_log_end();
}

/* ------------------------------------------------------------------------
 * Asking
 * ------------------------------------------------------------------------ */

static GqleHookResult
ask_hook(const Asking *asking, const GqleInputHook *hook)
{
	GqleHttpRequest request = {.method = "POST",
		.url = gqle_url_clean(hook->webhook->url),
		.timeout = hook->webhook->timeout,.max_body = MAX_ANSWER,
	.max_redirects = MAX_REDIRECTS};
	const GqleHttpReply *reply;
	StringInfoData body;

	request.allows_self_signed = gqle_outcall_allows_self_signed(request.url);
	initStringInfo(&body);
	if (!append_body(&body, asking, hook))
		return GQLE_HOOK_FAILED;
	request.body = body.data;
	request.body_len = body.len;
	request.headers = gqle_outcall_headers(hook->webhook, asking->outcalls,
										   &request.n_headers, asking->sink);
	if (request.headers == NULL)
		return GQLE_HOOK_FAILED;
	reply = gqle_outcalls_ask(asking->outcalls, &request);
	if (reply == NULL)
		return GQLE_HOOK_PENDING;
	if (gqle_outcalls_is_news(asking->outcalls))
		log_reply(hook->webhook, &request, reply);
	return read_reply(&request, reply, asking->sink);
}

/* The hooks of one root field of a mutation. */
static GqleHookResult
ask_mutation(const Asking *asking, const GqleMutationPlan *plan)
{
	GqleHookResult result = GQLE_HOOK_PASSED;
	int			i;

	if (plan->n_hooks > 0 && asking->outcalls == NULL)
	{
		gqle_error_report(asking->sink, GQLE_ERR_NOT_SUPPORTED, NULL,
						  "webhooks of permissions cannot be called from here");
		return GQLE_HOOK_FAILED;
	}
	for (i = 0; i < plan->n_hooks && result == GQLE_HOOK_PASSED; i++)
		result = ask_hook(asking, &plan->hooks[i]);
	return result;
}

static GqleHookResult
ask_roots(const Asking *asking, const GqleRootPlan *roots, int n)
{
	GqleHookResult result = GQLE_HOOK_PASSED;
	int			i;

	for (i = 0; i < n && result == GQLE_HOOK_PASSED; i++)
	{
		if (roots[i].kind == GQLE_ROOTPLAN_MUTATION)
			result = ask_mutation(asking, roots[i].mutation);
		else if (roots[i].kind == GQLE_ROOTPLAN_GROUP)
			result = ask_roots(asking, roots[i].children, roots[i].n_children);
	}
	return result;
}

/* See input_hook.h. */
GqleHookResult
gqle_input_hooks_ask(const GqlePlan *plan, const GqleRequest *request,
					 const GqleSession *session, GqleOutcalls *outcalls,
					 GqleErrorSink *sink)
{
	Asking		asking = {request, session, outcalls, sink};

	if (plan->type != GQLE_OPERATION_MUTATION)
		return GQLE_HOOK_PASSED;
	return ask_roots(&asking, plan->roots, plan->n_roots);
}
