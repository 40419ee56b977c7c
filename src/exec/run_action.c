/*
 * run_action.c
 *		Root fields of actions: call the webhook, or put the call into the log, or
 *		say what became of one.
 *
 * compat: of an answer's objects only the fields that were asked for are shown; a
 * nested object is looked up under its alias; lists in lists are shown as they
 * are.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/exec/action_call.h"
#include "gqle/exec/action_log.h"
#include "gqle/exec/execute.h"
#include "gqle/exec/query_log.h"
#include "gqle/exec/run_action.h"
#include "gqle/validate/coerce.h"
#include "gqle/validate/plain.h"

/* ------------------------------------------------------------------------
 * What the webhook is shown
 * ------------------------------------------------------------------------ */

static bool append_input(StringInfo out, const GqleStep *step,
						 const GqleActionInput *input);

/* False after reporting a value that does not fit. */
static bool
append_leaf(StringInfo out, const GqleStep *step, const GqleLeaf *leaf)
{
	const GqleJson *variables = step->request->variables;

	if (!gqle_coerce_check_leaf(leaf, variables, step->sink))
		return false;
	gqle_json_append(out, gqle_plain_value(leaf->plain,
										   gqle_coerce_leaf_to_json(leaf, variables)));
	return true;
}

/* The members of a list or object; false after reporting. */
static bool
append_items(StringInfo out, const GqleStep *step, const GqleActionInput *input)
{
	bool		first = true;

	for (int i = 0; i < input->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (input->keys != NULL)
			gqle_json_write_key(out, input->keys[i], &first);
		else if (i > 0)
			appendStringInfoChar(out, ',');
		if (!append_input(out, step, input->items[i]))
			return false;
	}
	return true;
}

static bool
append_input(StringInfo out, const GqleStep *step, const GqleActionInput *input)
{
	bool		is_object = input->kind == GQLE_ACTION_IN_OBJECT;

	check_stack_depth();
	switch (input->kind)
	{
		case GQLE_ACTION_IN_LEAF:
			return append_leaf(out, step, input->leaf);
		case GQLE_ACTION_IN_TEXT:
			appendStringInfoString(out, input->text);
			return true;
		case GQLE_ACTION_IN_LIST:
		case GQLE_ACTION_IN_OBJECT:
			appendStringInfoChar(out, is_object ? '{' : '[');
			if (!append_items(out, step, input))
				return false;
			appendStringInfoChar(out, is_object ? '}' : ']');
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * What the client is shown
 * ------------------------------------------------------------------------ */

static void append_object(StringInfo out, const GqleActionOutput *fields, int n,
						  const GqleJson *object);

/* Can a nested value be shown?  A scalar in the place of an object cannot. */
static bool
is_shown(const GqleJson *value)
{
	return value != NULL && (value->kind == GQLE_JSON_OBJECT ||
							 value->kind == GQLE_JSON_ARRAY ||
							 value->kind == GQLE_JSON_NULL);
}

static void
append_nested(StringInfo out, const GqleActionOutput *field, const GqleJson *value)
{
	bool		first = true;

	check_stack_depth();
	if (value->kind == GQLE_JSON_OBJECT)
		append_object(out, field->children, field->n_children, value);
	else if (value->kind == GQLE_JSON_NULL)
		appendStringInfoString(out, "null");
	else
	{
		appendStringInfoChar(out, '[');
		for (int i = 0; i < value->n; i++)
		{
			if (!is_shown(value->items[i]))
				continue;
			if (!first)
				appendStringInfoChar(out, ',');
			first = false;
			append_nested(out, field, value->items[i]);
		}
		appendStringInfoChar(out, ']');
	}
}

/* One field, if it is there. */
static void
append_field(StringInfo out, const GqleActionOutput *field, const GqleJson *object,
			 bool *first)
{
	const GqleJson *value;

	if (field->kind == GQLE_ACTION_OUT_OBJECT)
	{
		value = gqle_json_lookup(object, field->response_key);
		if (!is_shown(value))
			return;
		gqle_json_write_key(out, field->response_key, first);
		append_nested(out, field, value);
		return;
	}
	gqle_json_write_key(out, field->response_key, first);
	if (field->kind == GQLE_ACTION_OUT_TYPENAME)
	{
		gqle_json_write_cstring(out, field->name);
		return;
	}
	value = field->kind == GQLE_ACTION_OUT_VALUE ?
		gqle_json_lookup(object, field->name) : NULL;
	if (value != NULL)
		gqle_json_append(out, value);
	else
		appendStringInfoString(out, "null");
}

static void
append_object(StringInfo out, const GqleActionOutput *fields, int n,
			  const GqleJson *object)
{
	bool		first = true;

	appendStringInfoChar(out, '{');
	for (int i = 0; i < n; i++)
		append_field(out, &fields[i], object, &first);
	appendStringInfoChar(out, '}');
}

/* The answer of a webhook; scalars are shown as they are. */
static void
append_answer(StringInfo out, const GqleAction *action, const GqleActionOutput *fields,
			  int n, const GqleJson *value)
{
	bool		is_object = action->output.type->kind == GQLE_CUSTOM_OBJECT;

	if (is_object && value->kind == GQLE_JSON_OBJECT)
		append_object(out, fields, n, value);
	else if (is_object && value->kind == GQLE_JSON_ARRAY)
	{
		appendStringInfoChar(out, '[');
		for (int i = 0; i < value->n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			if (i > 0)
				appendStringInfoChar(out, ',');
			if (value->items[i]->kind == GQLE_JSON_OBJECT)
				append_object(out, fields, n, value->items[i]);
			else
				gqle_json_append(out, value->items[i]);
		}
		appendStringInfoChar(out, ']');
	}
	else
		gqle_json_append(out, value);
}

/* ------------------------------------------------------------------------
 * Calling
 * ------------------------------------------------------------------------ */

/* Cookies that the webhook sets; compat: those of queries are kept from clients. */
static void
take_cookies(const GqleStep *step, const GqleHttpReply *reply)
{
	const char *cookie;

	if (step->type != GQLE_OPERATION_MUTATION)
		return;
	for (int i = 0; (cookie = gqle_http_reply_header(reply, "Set-Cookie", i)) != NULL; i++)
		gqle_outcalls_add_cookie(step->outcalls, cookie);
}

static char *
session_json(const GqleSession *session)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_session_append_json(&out, session);
	return out.data;
}

/* Call the webhook now. */
static GqleStepResult
call_webhook(const GqleStep *step, const GqleActionPlan *plan)
{
	GqleActionCall call = {.action = plan->action,.query = step->request->query,
	.query_len = step->request->query_len};
	const GqleHttpReply *reply;
	StringInfoData input;
	GqleJson   *answer;

	initStringInfo(&input);
	if (!append_input(&input, step, plan->input))
		return GQLE_STEP_FAILED;
	call.input = input.data;
	call.session = session_json(step->session);
	if (!gqle_action_call_make(&call, step->outcalls, step->sink))
		return GQLE_STEP_FAILED;
	reply = gqle_outcalls_ask(step->outcalls, &call.request);
	if (reply == NULL)
	{
		if (gqle_query_log_is_wanted())
			gqle_query_log_action(step->request);
		return GQLE_STEP_PENDING;
	}
	if (gqle_outcalls_is_news(step->outcalls))
		gqle_action_call_log(&call, reply);
	answer = gqle_action_call_read(&call, reply, step->sink);
	if (answer == NULL)
		return GQLE_STEP_FAILED;
	take_cookies(step, reply);
	append_answer(step->out, plan->action, plan->fields, plan->n_fields, answer);
	return GQLE_STEP_DONE;
}

/* ------------------------------------------------------------------------
 * Calls that are made later
 * ------------------------------------------------------------------------ */

/* Put the call into the log, and answer its id. */
static GqleStepResult
enqueue(const GqleStep *step, const GqleActionPlan *plan)
{
	StringInfoData input;

	initStringInfo(&input);
	if (!append_input(&input, step, plan->input))
		return GQLE_STEP_FAILED;
	if (gqle_query_log_is_wanted())
		gqle_query_log_action(step->request);
	gqle_json_write_cstring(step->out,
							gqle_action_log_add(plan->action, input.data,
												session_json(step->session),
												step->outcalls));
	return GQLE_STEP_DONE;
}

/* The id that was asked for, or NULL after reporting. */
static const char *
read_id(const GqleStep *step, const GqleLeaf *leaf)
{
	bool		is_null;
	bool		has_datum;
	Datum		datum;
	const char *text;

	if (!gqle_coerce_leaf(leaf, step->request->variables, step->session, step->sink,
						  &is_null, &has_datum, &datum, &text))
		return NULL;
	if (has_datum)
		return DatumGetCString(DirectFunctionCall1(uuid_out, datum));
	gqle_error_report(step->sink, GQLE_ERR_PARSE_FAILED, leaf->path, "invalid UUID");
	return NULL;
}

/* A text of an error in the log, or what stands for it. */
static const char *
error_text(const GqleJson *errors, const char *key, const char *fallback)
{
	const GqleJson *value = errors->kind == GQLE_JSON_OBJECT ?
		gqle_json_lookup(errors, key) : NULL;

	return value != NULL && value->kind == GQLE_JSON_STRING ? value->text : fallback;
}

/* {"code","error","internal"?,"path"} */
static void
append_errors(const GqleStep *step, const GqleJson *errors)
{
	bool		shows_internal = gqle_guc_dev_mode ||
		(gqle_guc_admin_internal_errors && step->session->is_admin);
	const GqleJson *internal;

	if (errors == NULL)
	{
		appendStringInfoString(step->out, "null");
		return;
	}
	appendStringInfoString(step->out, "{\"code\":");
	gqle_json_write_cstring(step->out, error_text(errors, "code", "unexpected"));
	appendStringInfoString(step->out, ",\"error\":");
	gqle_json_write_cstring(step->out,
							error_text(errors, "error",
									   "internal: error in parsing the action log"));
	internal = errors->kind == GQLE_JSON_OBJECT ? gqle_json_lookup(errors, "internal") : NULL;
	if (shows_internal && internal != NULL)
	{
		appendStringInfoString(step->out, ",\"internal\":");
		gqle_json_append(step->out, internal);
	}
	appendStringInfoString(step->out, ",\"path\":\"$\"}");
}

static void
append_known(const GqleStep *step, const GqleActionPlan *plan, const char *id,
			 const GqleActionRecord *record, const GqleActionOutput *field)
{
	switch (field->kind)
	{
		case GQLE_ACTION_OUT_TYPENAME:
			gqle_json_write_cstring(step->out, field->name);
			break;
		case GQLE_ACTION_OUT_ID:
			gqle_json_write_cstring(step->out, id);
			break;
		case GQLE_ACTION_OUT_CREATED_AT:
			appendStringInfoString(step->out, record->created_at);
			break;
		case GQLE_ACTION_OUT_ERRORS:
			append_errors(step, record->errors);
			break;
		default:
			if (record->response != NULL)
				append_answer(step->out, plan->action, field->children,
							  field->n_children, record->response);
			else
				appendStringInfoString(step->out, "null");
			break;
	}
}

/*
 * What is known of a call.  compat: where it shows rows of tables, only to whom
 * has the session that made the call.
 */
static GqleStepResult
show_result(const GqleStep *step, const GqleActionPlan *plan)
{
	const GqleAction *action = plan->action;
	const char *id = read_id(step, plan->input->leaf);
	GqleActionRecord record;
	bool		first = true;

	if (id == NULL)
		return GQLE_STEP_FAILED;
	if (!gqle_action_log_find(action, id, session_json(step->session), &record))
	{
		gqle_error_report(step->sink, GQLE_ERR_UNEXPECTED, NULL, "database query error");
		step->sink->error.http_status = 500;
		return GQLE_STEP_FAILED;
	}
	if (action->output.type->n_joins == 0 &&
		(record.response != NULL || record.errors != NULL))
		gqle_execute_note_end();
	if (action->output.type->n_joins > 0 && !record.is_owned && !step->session->is_admin)
		appendStringInfoString(step->out, "null");
	else if (action->output.type->kind != GQLE_CUSTOM_OBJECT)
	{
		if (record.response != NULL)
			gqle_json_append(step->out, record.response);
		else
			appendStringInfoString(step->out, "null");
	}
	else
	{
		appendStringInfoChar(step->out, '{');
		for (int i = 0; i < plan->n_fields; i++)
		{
			gqle_json_write_key(step->out, plan->fields[i].response_key, &first);
			append_known(step, plan, id, &record, &plan->fields[i]);
		}
		appendStringInfoChar(step->out, '}');
	}
	return GQLE_STEP_DONE;
}

/* See run_action.h. */
GqleStepResult
gqle_run_action(const GqleStep *step, const GqleActionPlan *plan)
{
	switch (plan->kind)
	{
		case GQLE_ACTION_CALL:
			return call_webhook(step, plan);
		case GQLE_ACTION_ENQUEUE:
			return enqueue(step, plan);
		case GQLE_ACTION_RESULT:
			return show_result(step, plan);
	}
	return GQLE_STEP_FAILED;
}
