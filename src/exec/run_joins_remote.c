/*
 * run_joins_remote.c
 *		Right sides of joins that are fields of a remote schema.
 *
 * All arguments of a join on its level make one query, with a field for each:
 *
 *		query { f0: user(id: 1) { name } f1: user(id: 2) { name } }
 *
 * Values of the left side are literals in it, made of their JSON.
 *
 * compat: whatever is wrong with the answer is a mistake of ours, but for the server's
 * own errors, which are wrapped; there is no answer in part.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/base/ident.h"
#include "gqle/base/json_write.h"
#include "gqle/exec/query_log.h"
#include "gqle/exec/run_joins_parts.h"
#include "gqle/exec/run_remote.h"

/* The query being put together. */
typedef struct Asking
{
	const GqleStep *step;
	StringInfoData out;
	GqleRemoteVariables variables;
} Asking;

static bool append_value(Asking *asking, const GqleJoinValue *value, GqleJson **fields);

/* ------------------------------------------------------------------------
 * Values
 * ------------------------------------------------------------------------ */

/* How much of a number is to be sent: compat: 1.00 is the integer 1. */
static int
integral_len(const char *text)
{
	const char *point = strchr(text, '.');

	if (point == NULL || point[1 + strspn(point + 1, "0")] != '\0')
		return strlen(text);
	return point - text;
}

/* A value of JSON as a literal of GraphQL; false after reporting. */
static bool
append_json(Asking *asking, const GqleJson *json)
{
	StringInfo	out = &asking->out;
	int			i;

	check_stack_depth();
	switch (json->kind)
	{
		case GQLE_JSON_ARRAY:
			appendStringInfoChar(out, '[');
			for (i = 0; i < json->n; i++)
			{
				appendStringInfoString(out, i > 0 ? ", " : "");
				if (!append_json(asking, json->items[i]))
					return false;
			}
			appendStringInfoChar(out, ']');
			return true;
		case GQLE_JSON_OBJECT:
			appendStringInfoChar(out, '{');
			for (i = 0; i < json->n; i++)
			{
				const char *key = json->members[i].key;

				if (!gqle_ident_is_name(key))
					return gqle_error_report(asking->step->sink, GQLE_ERR_VALIDATION_FAILED,
											 NULL, "invalid object field name: '%s'", key);
				appendStringInfo(out, "%s%s: ", i > 0 ? ", " : "", key);
				if (!append_json(asking, json->members[i].value))
					return false;
			}
			appendStringInfoChar(out, '}');
			return true;
		case GQLE_JSON_NUMBER:
			appendBinaryStringInfo(out, json->text, integral_len(json->text));
			return true;
		default:
			/* literals of JSON are literals of GraphQL */
			gqle_json_append(out, json);
			return true;
	}
}

/* The items of a list or object. */
static bool
append_items(Asking *asking, const GqleJoinValue *value, GqleJson **fields)
{
	int			i;

	for (i = 0; i < value->n; i++)
	{
		appendStringInfoString(&asking->out, i > 0 ? ", " : "");
		if (value->keys != NULL)
			appendStringInfo(&asking->out, "%s: ", value->keys[i]);
		if (!append_value(asking, value->items[i], fields))
			return false;
	}
	return true;
}

static bool
append_value(Asking *asking, const GqleJoinValue *value, GqleJson **fields)
{
	bool		done;

	check_stack_depth();
	switch (value->kind)
	{
		case GQLE_JOIN_VALUE_TEXT:
			appendStringInfoString(&asking->out, value->text);
			return true;
		case GQLE_JOIN_VALUE_FIELD:
			return append_json(asking, fields[value->field]);
		case GQLE_JOIN_VALUE_REMOTE:
			return gqle_remote_append_text(asking->step, &asking->out, value->remote,
										   &asking->variables);
		case GQLE_JOIN_VALUE_LIST:
		case GQLE_JOIN_VALUE_OBJECT:
			appendStringInfoChar(&asking->out, value->keys != NULL ? '{' : '[');
			done = append_items(asking, value, fields);
			appendStringInfoChar(&asking->out, value->keys != NULL ? '}' : ']');
			return done;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * The query
 * ------------------------------------------------------------------------ */

/* One field with all below it. */
static bool
append_field(Asking *asking, const GqleJoinRemote *remote, int number, GqleJson **fields)
{
	int			i;

	appendStringInfo(&asking->out, "f%d: ", number);
	for (i = 0; i < remote->n_calls; i++)
	{
		appendStringInfo(&asking->out, "%s%s", i > 0 ? " { " : "", remote->fields[i]);
		if (remote->arguments[i]->n == 0)
			continue;
		appendStringInfoChar(&asking->out, '(');
		if (!append_items(asking, remote->arguments[i], fields))
			return false;
		appendStringInfoChar(&asking->out, ')');
	}
	if (!gqle_remote_append_text(asking->step, &asking->out, remote->set,
								 &asking->variables))
		return false;
	for (i = 1; i < remote->n_calls; i++)
		appendStringInfoString(&asking->out, " }");
	return true;
}

static bool
append_fields(Asking *asking, const GqleJoinRemote *remote, const GqleJoinArguments *arguments)
{
	int			i;

	appendStringInfoString(&asking->out, "{ ");
	for (i = 0; i < arguments->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(&asking->out, i > 0 ? " " : "");
		if (!append_field(asking, remote, arguments->ids[i], arguments->fields[i]))
			return false;
	}
	appendStringInfoString(&asking->out, " }");
	return true;
}

/* ------------------------------------------------------------------------
 * The answer
 * ------------------------------------------------------------------------ */

/* The object of data in an answer, or NULL after reporting. */
static GqleJson *
read_data(const GqleStep *step, const GqleHttpReply *reply)
{
	GqleJsonError error;
	GqleJson   *json = gqle_json_parse(reply->body, reply->body_len, &error);
	GqleJson   *errors;
	GqleJson   *data;

	if (json == NULL)
	{
		gqle_join_fail(step, "Remote server response is not valid JSON: Error in $: %s",
					   error.message);
		return NULL;
	}
	if (json->kind != GQLE_JSON_OBJECT)
	{
		gqle_join_fail(step, "expecting ordered object");
		return NULL;
	}
	errors = gqle_json_lookup(json, "errors");
	if (!gqle_json_is_null(errors))
	{
		gqle_error_report(step->sink, GQLE_ERR_UNEXPECTED, NULL, "Errors from remote server");
		step->sink->error.internal = psprintf("{\"errors\":%s}", gqle_json_to_text(errors));
		return NULL;
	}
	data = gqle_json_lookup(json, "data");
	if (data == NULL)
		gqle_join_fail(step, "\"data\" field not found in remote response");
	else if (data->kind != GQLE_JSON_OBJECT)
		gqle_join_fail(step, "expecting ordered object");
	else
		return data;
	return NULL;
}

/* The value of an argument's field, below the fields on the way to it; or NULL. */
static GqleJson *
find_value(const GqleStep *step, const GqleJoinRemote *remote, GqleJson *data, int number)
{
	GqleJson   *value = data;
	StringInfoData rest;
	int			i;

	for (i = 0; i < remote->n_calls; i++)
	{
		const char *key = i == 0 ? psprintf("f%d", number) : remote->fields[i];

		if (value->kind != GQLE_JSON_OBJECT)
		{
			initStringInfo(&rest);
			for (; i < remote->n_calls; i++)
				appendStringInfo(&rest, "%s%s", rest.len > 0 ? ", " : "", remote->fields[i]);
			gqle_join_fail(step, "unexpected non-object json value found while path not empty: %s",
						   rest.data);
			return NULL;
		}
		value = gqle_json_lookup(value, key);
		if (value == NULL)
		{
			gqle_join_fail(step, "failed to lookup key '%s' in response", key);
			return NULL;
		}
	}
	return value;
}

/* A value with what has to be changed in it, ready for what is joined to it. */
static GqleJson *
shape_value(const GqleJoinRemote *remote, GqleJson *value)
{
	GqleJsonError error;
	StringInfoData text;

	if (remote->shape == NULL)
		return value;
	initStringInfo(&text);
	gqle_remote_append_answer(&text, remote->schema, remote->shape, value);
	value = gqle_json_parse(text.data, text.len, &error);
	Ensure(value != NULL, "answer that was JSON");
	return value;
}

/* See run_joins_parts.h. */
GqleStepResult
gqle_join_ask_remote(const GqleStep *step, const GqleJoinRemote *remote,
					 const GqleJoinArguments *arguments, GqleJson **values)
{
	Asking		asking = {step};
	const GqleHttpReply *reply;
	GqleStepResult result;
	GqleJson   *data;
	int			i;

	initStringInfo(&asking.out);
	if (!append_fields(&asking, remote, arguments))
		return GQLE_STEP_FAILED;
	result = gqle_remote_send(step, remote->schema, GQLE_OPERATION_QUERY, NULL,
							  asking.out.data, &asking.variables, &reply);
	if (result != GQLE_STEP_DONE)
		return result;
	if (gqle_outcalls_is_news(step->outcalls) && gqle_query_log_is_wanted())
		gqle_query_log_remote(step->request);
	data = read_data(step, reply);
	for (i = 0; data != NULL && i < arguments->n; i++)
	{
		GqleJson   *value = find_value(step, remote, data, arguments->ids[i]);

		if (value == NULL)
			return GQLE_STEP_FAILED;
		values[i] = shape_value(remote, value);
	}
	return data != NULL ? GQLE_STEP_DONE : GQLE_STEP_FAILED;
}
