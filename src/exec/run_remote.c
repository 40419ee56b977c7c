/*
 * run_remote.c
 *		Asking remote schemas: the operation as it is sent, and what is made of the
 *		answer (remote-and-live.md, 1.5 and 1.6).
 *
 * Every root field is a request of its own.  Errors of the server are the answer of the
 * whole operation, word for word.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/base/guc.h"
#include "gqle/base/ident.h"
#include "gqle/base/json_write.h"
#include "gqle/exec/query_log.h"
#include "gqle/exec/run_linked.h"
#include "gqle/exec/run_remote.h"
#include "gqle/limits.h"
#include "gqle/net/url.h"
#include "gqle/plan/joins.h"
#include "gqle/validate/coerce.h"

#define MAX_REDIRECTS	10

/* A variable of the operation. */
typedef struct GqleRemoteVariable
{
	const char *name;
	const char *type;
	const char *default_text;	/* or NULL */
	const char *json;			/* its value */
	bool		is_own;			/* one of those that share their values */
} GqleRemoteVariable;

/* ------------------------------------------------------------------------
 * Variables
 * ------------------------------------------------------------------------ */

static GqleRemoteVariable *
add_variable(GqleRemoteVariables *variables, const char *name, const char *type,
			 const char *json)
{
	GqleRemoteVariable *variable;

	if (variables->n == variables->allocated)
	{
		variables->allocated = Max(variables->allocated * 2, 8);
		variables->items = variables->items == NULL ?
			palloc(sizeof(GqleRemoteVariable) * variables->allocated) :
			repalloc(variables->items, sizeof(GqleRemoteVariable) * variables->allocated);
	}
	variable = &variables->items[variables->n++];
	memset(variable, 0, sizeof(*variable));
	variable->name = name;
	variable->type = type;
	variable->json = json;
	return variable;
}

static GqleRemoteVariable *
find_variable(const GqleRemoteVariables *variables, const char *name)
{
	int			i;

	for (i = 0; i < variables->n; i++)
		if (strcmp(variables->items[i].name, name) == 0)
			return &variables->items[i];
	return NULL;
}

/* See run_remote.h. */
void
gqle_remote_append_json(StringInfo out, const char *type, const char *json,
						GqleRemoteVariables *variables)
{
	const char *name;
	int			i;

	for (i = 0; i < variables->n; i++)
	{
		const GqleRemoteVariable *variable = &variables->items[i];

		if (variable->is_own && strcmp(variable->type, type) == 0 &&
			strcmp(variable->json, json) == 0)
		{
			appendStringInfo(out, "$%s", variable->name);
			return;
		}
	}
	name = psprintf("hasura_json_var_%d", ++variables->n_json);
	add_variable(variables, name, type, json)->is_own = true;
	appendStringInfo(out, "$%s", name);
}

/* The value of a leaf, or null where there is none. */
static char *
leaf_to_text(const GqleStep *step, const GqleLeaf *leaf)
{
	if (leaf == NULL)
		return pstrdup("null");
	return gqle_json_to_text(gqle_coerce_leaf_to_json(leaf, step->request->variables));
}

/* A variable of the client: its value, or that of its default, or null. */
static void
append_client_variable(const GqleStep *step, StringInfo out, const GqleRemoteValue *value,
					   GqleRemoteVariables *variables)
{
	appendStringInfo(out, "$%s", value->text);
	if (find_variable(variables, value->text) != NULL)
		return;
	add_variable(variables, value->text, value->type, leaf_to_text(step, value->leaf))->
		default_text = value->default_text;
	if (value->leaf == NULL && value->default_text != NULL)
		variables->items[variables->n - 1].json = NULL;
}

/* ------------------------------------------------------------------------
 * Session variables
 * ------------------------------------------------------------------------ */

static bool
fail_coercion(const GqleStep *step, const char *fmt, const char *value)
{
	return gqle_error_report(step->sink, GQLE_ERR_COERCION_ERROR, NULL, fmt, value);
}

static bool
is_integer(const char *text)
{
	const char *c = *text == '-' ? text + 1 : text;

	return *c != '\0' && strspn(c, "0123456789") == strlen(c);
}

/* compat: digits before and after the point, as Haskell reads a number. */
static bool
is_float(const char *text)
{
	const char *c = *text == '-' ? text + 1 : text;
	size_t		digits = strspn(c, "0123456789");

	if (digits == 0)
		return false;
	c += digits;
	if (*c == '.')
	{
		digits = strspn(c + 1, "0123456789");
		if (digits == 0)
			return false;
		c += digits + 1;
	}
	if (*c == 'e' || *c == 'E')
	{
		c++;
		if (*c == '+' || *c == '-')
			c++;
		digits = strspn(c, "0123456789");
		if (digits == 0)
			return false;
		c += digits;
	}
	return *c == '\0';
}

static char *
quote_json(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_json_write_cstring(&out, text);
	return out.data;
}

static bool
check_enum(const GqleStep *step, const GqleRemoteType *type, const char *value)
{
	int			i;

	if (!gqle_ident_is_name(value))
		return fail_coercion(step, "\"%s\" is not a valid GraphQL name", value);
	for (i = 0; i < type->n_values; i++)
		if (strcmp(type->values[i].name, value) == 0)
			return true;
	return fail_coercion(step, "\"%s\" is not one of the valid enum values", value);
}

/* The JSON of a session variable for a scalar or enum; NULL after reporting. */
static const char *
coerce_session(const GqleStep *step, const GqleRemoteType *type, const char *value)
{
	const char *name = type != NULL ? type->name : "String";

	if (type != NULL && type->kind == GQLE_REMOTE_ENUM)
		return check_enum(step, type, value) ? quote_json(value) : NULL;
	if (strcmp(name, "Int") == 0)
	{
		if (is_integer(value))
			return value;
		fail_coercion(step, "\"%s\" cannot be coerced into an Int value", value);
		return NULL;
	}
	if (strcmp(name, "Float") == 0)
	{
		if (is_float(value))
			return value;
		fail_coercion(step, "\"%s\" cannot be coerced into a Float value", value);
		return NULL;
	}
	if (strcmp(name, "Boolean") == 0)
	{
		if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
			return value;
		fail_coercion(step, "\"%s\" cannot be coerced into a Boolean value", value);
		return NULL;
	}
	return quote_json(value);
}

static bool
append_session_variable(const GqleStep *step, StringInfo out, const GqleRemoteValue *value,
						GqleRemoteVariables *variables)
{
	const char *session_value = gqle_session_lookup(step->session, value->text);
	char	   *name = pstrdup(value->text);
	const char *json;

	if (session_value == NULL)
		return gqle_error_report(step->sink, GQLE_ERR_NOT_FOUND, NULL,
								 "\"%s\" session variable expected, but not found",
								 value->text);
	for (char *c = name; *c != '\0'; c++)
		if (*c == '-')
			*c = '_';
	if (!gqle_ident_is_name(name))
	{
		gqle_error_report(step->sink, GQLE_ERR_UNEXPECTED, NULL,
						  "\"%s\" cannot be made into a valid GraphQL name", value->text);
		step->sink->error.http_status = 500;
		return false;
	}
	appendStringInfo(out, "$%s", name);
	if (find_variable(variables, name) != NULL)
		return true;
	json = coerce_session(step, value->named, session_value);
	if (json == NULL)
		return false;
	add_variable(variables, name, value->type, json);
	return true;
}

/* ------------------------------------------------------------------------
 * Operations
 * ------------------------------------------------------------------------ */

/* See run_remote.h. */
bool
gqle_remote_append_text(const GqleStep *step, StringInfo out, const GqleRemoteText *text,
						GqleRemoteVariables *variables)
{
	int			i;

	for (i = 0; i < text->n; i++)
	{
		const GqleRemoteValue *value = text->values[i];

		appendStringInfoString(out, text->pieces[i]);
		if (value->kind == GQLE_REMOTE_VARIABLE)
			append_client_variable(step, out, value, variables);
		else if (value->kind == GQLE_REMOTE_JSON)
			gqle_remote_append_json(out, value->type, leaf_to_text(step, value->leaf),
									variables);
		else if (!append_session_variable(step, out, value, variables))
			return false;
	}
	appendBinaryStringInfo(out, text->piece.data, text->piece.len);
	return true;
}

/* The operation's text. */
static char *
make_query(GqleOperationType type, const char *name, const char *selection_set,
		   const GqleRemoteVariables *variables)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	/* compat: spaces as Hasura has them, since errors tell columns */
	appendStringInfo(&out, "%s %s", type == GQLE_OPERATION_MUTATION ? "mutation" : "query",
					 name != NULL ? name : "");
	for (i = 0; i < variables->n; i++)
	{
		appendStringInfo(&out, "%s$%s: %s", i == 0 ? "(" : ",",
						 variables->items[i].name, variables->items[i].type);
		if (variables->items[i].default_text != NULL)
			appendStringInfo(&out, " = %s", variables->items[i].default_text);
	}
	appendStringInfo(&out, "%s %s", variables->n > 0 ? ")" : "", selection_set);
	return out.data;
}

static void
append_variables(StringInfo out, const GqleRemoteVariables *variables)
{
	bool		first = true;
	int			i;

	appendStringInfoChar(out, '{');
	for (i = 0; i < variables->n; i++)
	{
		if (variables->items[i].json == NULL)
			continue;
		gqle_json_write_key(out, variables->items[i].name, &first);
		appendStringInfoString(out, variables->items[i].json);
	}
	appendStringInfoChar(out, '}');
}

/* The body of the request. */
static void
append_body(StringInfo out, GqleOperationType type, const char *name,
			const char *selection_set, const GqleRemoteVariables *variables)
{
	appendStringInfoString(out, "{\"query\":");
	gqle_json_write_cstring(out, make_query(type, name, selection_set, variables));
	if (variables->n > 0)
	{
		appendStringInfoString(out, ",\"variables\":");
		append_variables(out, variables);
	}
	if (name != NULL)
	{
		appendStringInfoString(out, ",\"operationName\":");
		gqle_json_write_cstring(out, name);
	}
	appendStringInfoChar(out, '}');
}

static GqleStepResult
fail(const GqleStep *step, const char *message)
{
	(void) gqle_error_report(step->sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL, "%s", message);
	return GQLE_STEP_FAILED;
}

/* The server's errors are those of the operation. */
static GqleStepResult
fail_verbatim(const GqleStep *step, const GqleJson *errors)
{
	(void) fail(step, "errors from remote server");
	step->sink->error.errors = gqle_json_to_text(errors);
	step->sink->error.http_status = 200;
	return GQLE_STEP_FAILED;
}

/* What the server answered: an object of data, or errors. */
static GqleStepResult
read_reply(const GqleStep *step, const char *body, int body_len, GqleJson **data)
{
	GqleJsonError error;
	GqleJson   *json = gqle_json_parse(body, body_len, &error);
	GqleJson   *errors;

	if (json == NULL)
		return fail(step, psprintf("Error in $: %s", error.message));
	if (json->kind != GQLE_JSON_OBJECT)
		return fail(step, "expecting ordered object");
	errors = gqle_json_lookup(json, "errors");
	*data = gqle_json_lookup(json, "data");
	if (gqle_json_is_null(errors))
		errors = NULL;
	if (errors != NULL && errors->kind != GQLE_JSON_ARRAY)
		return fail(step, "Invalid \"errors\" field in response from remote");
	if (errors != NULL && errors->n == 0)
		return fail(step, "Empty \"errors\" field in response from remote");
	if (errors != NULL &&
		(gqle_json_is_null(*data) || !gqle_guc_remote_schema_prioritize_data))
		return fail_verbatim(step, errors);
	if (*data == NULL)
		return fail(step, "Missing \"data\" field with no errors in response from remote");
	if ((*data)->kind == GQLE_JSON_NULL)
		return fail(step, "Received null \"data\" field with no errors in response from remote");
	if ((*data)->kind != GQLE_JSON_OBJECT)
		return fail(step, "expecting ordered object");
	return GQLE_STEP_DONE;
}

/* Cookies that the server sets are the client's. */
static void
take_cookies(const GqleStep *step, const GqleHttpReply *reply)
{
	const char *cookie;
	int			i;

	for (i = 0; (cookie = gqle_http_reply_header(reply, "Set-Cookie", i)) != NULL; i++)
		gqle_outcalls_add_cookie(step->outcalls, cookie);
}

/* See run_remote.h. */
GqleStepResult
gqle_remote_send(const GqleStep *step, const GqleRemoteSchema *schema,
				 GqleOperationType type, const char *name, const char *selection_set,
				 const GqleRemoteVariables *variables, const GqleHttpReply **reply)
{
	GqleHttpRequest request = {.method = "POST",.url = gqle_url_clean(schema->webhook->url),
		.timeout = schema->webhook->timeout,.max_body = GQLE_MAX_REMOTE_BYTES,
	.max_redirects = MAX_REDIRECTS};
	StringInfoData body;

	initStringInfo(&body);
	append_body(&body, type, name, selection_set, variables);
	request.body = body.data;
	request.body_len = body.len;
	request.allows_self_signed = gqle_outcall_allows_self_signed(request.url);
	request.headers = gqle_outcall_remote_headers(schema->webhook, step->outcalls,
												  step->session, &request.n_headers,
												  step->sink);
	if (request.headers == NULL)
		return GQLE_STEP_FAILED;
	*reply = gqle_outcalls_ask(step->outcalls, &request);
	if (*reply == NULL)
		return GQLE_STEP_PENDING;
	if ((*reply)->failure == GQLE_HTTP_OK)
		return GQLE_STEP_DONE;
	(void) fail(step, psprintf("HTTP exception occurred while sending the request to \"%s\"",
							   schema->url_name));
	step->sink->error.internal = gqle_outcall_failure_json(&request, *reply);
	return GQLE_STEP_FAILED;
}

/* The same of a linked source. */
static GqleStepResult
ask_linked(const GqleStep *step, const GqleLinkedSource *source, const char *selection_set,
		   const GqleRemoteVariables *variables, GqleJson **data)
{
	const char *name = step->request->operation_name;
	StringInfoData values;
	char	   *answer;

	initStringInfo(&values);
	append_variables(&values, variables);
	answer = gqle_run_linked(step, source, make_query(step->type, name, selection_set, variables),
							 values.data, name);
	return answer != NULL ? read_reply(step, answer, strlen(answer), data) : GQLE_STEP_FAILED;
}

/* Ask for a root field; DONE: *data is the object the server answered. */
static GqleStepResult
ask(const GqleStep *step, const GqleRemoteSchema *schema, const char *selection_set,
	const GqleRemoteVariables *variables, GqleJson **data)
{
	const GqleHttpReply *reply;
	GqleStepResult result;

	if (schema->linked != NULL)
		return ask_linked(step, schema->linked, selection_set, variables, data);
	result = gqle_remote_send(step, schema, step->type, step->request->operation_name,
							  selection_set, variables, &reply);
	if (result != GQLE_STEP_DONE)
		return result;
	take_cookies(step, reply);
	return read_reply(step, reply->body, reply->body_len, data);
}

/* ------------------------------------------------------------------------
 * Answers
 * ------------------------------------------------------------------------ */

static void append_object(StringInfo out, const GqleRemoteSchema *schema,
						  const GqleRemoteBranch *branch, const GqleJson *object);

/* The fields selected of an object: compat: of all types, if it does not say which. */
static const GqleRemoteBranch *
find_branch(const GqleRemoteShape *shape, const GqleJson *object)
{
	const GqleJson *name = gqle_json_lookup(object, GQLE_JOIN_TYPENAME_KEY);
	int			i;

	for (i = 0; name != NULL && name->kind == GQLE_JSON_STRING && i < shape->n_branches; i++)
		if (shape->branches[i].type_name != NULL &&
			strcmp(shape->branches[i].type_name, name->text) == 0)
			return &shape->branches[i];
	return shape->n_branches == 1 ? &shape->branches[0] : NULL;
}

/* Where types are selected and none is known: every branch may tell of a key. */
static const GqleRemoteKey *
find_key(const GqleRemoteBranch *branch, const char *name)
{
	int			i;

	for (i = 0; i < branch->n_keys; i++)
		if (strcmp(branch->keys[i].key, name) == 0)
			return &branch->keys[i];
	return NULL;
}

static void
append_typename(StringInfo out, const GqleRemoteSchema *schema, const GqleJson *value)
{
	const GqleRemoteType *type = NULL;

	if (value->kind == GQLE_JSON_STRING)
		type = gqle_remote_lookup_type(schema->graph, value->text);
	if (type != NULL)
		gqle_json_write_cstring(out, type->public_name);
	else
		gqle_json_append(out, value);
}

static void
append_value(StringInfo out, const GqleRemoteSchema *schema, const GqleRemoteKey *key,
			 const GqleJson *value)
{
	if (key != NULL && key->is_typename)
		append_typename(out, schema, value);
	else if (key != NULL && key->below != NULL)
		gqle_remote_append_answer(out, schema, key->below, value);
	else
		gqle_json_append(out, value);
}

/* An object whose type is not known: its members as they came. */
static void
append_unknown(StringInfo out, const GqleRemoteSchema *schema, const GqleRemoteShape *shape,
			   const GqleJson *object)
{
	bool		first = true;
	int			i;
	int			j;

	appendStringInfoChar(out, '{');
	for (i = 0; i < object->n; i++)
	{
		const GqleRemoteKey *key = NULL;

		gqle_json_write_key(out, object->members[i].key, &first);
		for (j = 0; j < shape->n_branches; j++)
		{
			const GqleRemoteKey *other = find_key(&shape->branches[j],
												  object->members[i].key);

			if (other != NULL && (key == NULL || other->is_typename || other->below != NULL))
				key = other;
		}
		append_value(out, schema, key, object->members[i].value);
	}
	appendStringInfoChar(out, '}');
}

/*
 * An object in the order of its selection, with null where something is joined; what
 * nobody selected comes last.
 */
static void
append_object(StringInfo out, const GqleRemoteSchema *schema, const GqleRemoteBranch *branch,
			  const GqleJson *object)
{
	bool		first = true;
	int			i;

	appendStringInfoChar(out, '{');
	for (i = 0; i < branch->n_keys; i++)
	{
		const GqleRemoteKey *key = &branch->keys[i];
		const GqleJson *value = key->is_placeholder ? NULL :
			gqle_json_lookup(object, key->key);

		if (value == NULL && !key->is_placeholder)
			continue;
		gqle_json_write_key(out, key->key, &first);
		if (value == NULL)
			appendStringInfoString(out, "null");
		else
			append_value(out, schema, key, value);
	}
	for (i = 0; i < object->n; i++)
	{
		if (find_key(branch, object->members[i].key) != NULL)
			continue;
		gqle_json_write_key(out, object->members[i].key, &first);
		if (strcmp(object->members[i].key, GQLE_JOIN_TYPENAME_KEY) == 0)
			append_typename(out, schema, object->members[i].value);
		else
			gqle_json_append(out, object->members[i].value);
	}
	appendStringInfoChar(out, '}');
}

/* See run_remote.h. */
void
gqle_remote_append_answer(StringInfo out, const GqleRemoteSchema *schema,
						  const GqleRemoteShape *shape, const GqleJson *value)
{
	const GqleRemoteBranch *branch;
	int			i;

	check_stack_depth();
	if (shape == NULL || (value->kind != GQLE_JSON_ARRAY && value->kind != GQLE_JSON_OBJECT))
		gqle_json_append(out, value);
	else if (value->kind == GQLE_JSON_ARRAY)
	{
		appendStringInfoChar(out, '[');
		for (i = 0; i < value->n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			if (i > 0)
				appendStringInfoChar(out, ',');
			gqle_remote_append_answer(out, schema, shape, value->items[i]);
		}
		appendStringInfoChar(out, ']');
	}
	else
	{
		branch = find_branch(shape, value);
		if (branch != NULL)
			append_object(out, schema, branch, value);
		else
			append_unknown(out, schema, shape, value);
	}
}

/* See run_remote.h. */
GqleStepResult
gqle_run_remote(const GqleStep *step, const GqleRemotePlan *plan)
{
	GqleRemoteVariables variables = {0};
	StringInfoData set;
	GqleJson   *data;
	GqleJson   *value;
	GqleStepResult result;

	initStringInfo(&set);
	appendStringInfoString(&set, "{ ");
	if (!gqle_remote_append_text(step, &set, plan->field, &variables))
		return GQLE_STEP_FAILED;
	appendStringInfoString(&set, " }");
	result = ask(step, plan->schema, set.data, &variables, &data);
	if (result != GQLE_STEP_DONE)
		return result;
	if (plan->schema->linked == NULL && gqle_outcalls_is_news(step->outcalls) &&
		gqle_query_log_is_wanted())
		gqle_query_log_remote(step->request);
	value = gqle_json_lookup(data, plan->response_key);
	if (value == NULL)
		return fail(step, psprintf("expecting key %s", plan->response_key));
	gqle_remote_append_answer(step->out, plan->schema, plan->shape, value);
	return GQLE_STEP_DONE;
}
