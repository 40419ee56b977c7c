/*
 * transform.c
 *		Transforms of webhooks (events-and-actions.md, 5).
 *
 * Two kinds of templates: a *full* one is a Kriti template; an *unescaped* one is
 * what stands between the quotes of a Kriti string, so that it makes a text.  All
 * parts of a transform see the request as it was before any of them.
 *
 * compat: a URL that is a URI without a host changes nothing; its query is replaced
 * by that of the untransformed URL, unless query_params says something else.
 */
#include "gqle/gqle.h"

#include "gqle/base/json_write.h"
#include "gqle/base/percent.h"
#include "gqle/base/utf8.h"
#include "gqle/exec/transform.h"
#include "gqle/lang/kriti.h"
#include "gqle/net/url.h"

/* One run of one transform. */
typedef struct Run
{
	GqleKritiContext kriti;
	StringInfo	errors;
} Run;

/* ------------------------------------------------------------------------
 * Errors
 * ------------------------------------------------------------------------ */

static void
add_kriti_error(StringInfo errors, const GqleKritiError *error)
{
	if (errors->len > 0)
		appendStringInfoChar(errors, ',');
	gqle_kriti_append_error(errors, error);
}

/* An error of ours; always returns NULL. */
static void *
add_error(StringInfo errors, const char *message, const GqleJson *value)
{
	if (errors->len > 0)
		appendStringInfoChar(errors, ',');
	appendStringInfoString(errors, "{\"error_code\":\"TransformationError\",\"message\":");
	gqle_json_write_cstring(errors, message);
	if (value != NULL)
	{
		appendStringInfoString(errors, ",\"value\":");
		gqle_kriti_append_json(errors, value);
	}
	appendStringInfoChar(errors, '}');
	return NULL;
}

/* ------------------------------------------------------------------------
 * Parts of a transform
 * ------------------------------------------------------------------------ */

static const char *
text_of(const GqleJson *object, const char *key)
{
	const GqleJson *value = gqle_json_lookup(object, key);

	return value != NULL && value->kind == GQLE_JSON_STRING ? value->text : NULL;
}

/* A member that is an object, or NULL. */
static const GqleJson *
object_of(const GqleJson *object, const char *key)
{
	const GqleJson *value = gqle_json_lookup(object, key);

	return value != NULL && value->kind == GQLE_JSON_OBJECT ? value : NULL;
}

/* What is to be done with a body. */
typedef enum BodyAction
{
	BODY_KEEP,
	BODY_REMOVE,
	BODY_TEMPLATE,
	BODY_FORM
} BodyAction;

/* The action of a transform's body, with its template or form. */
static BodyAction
body_action(const GqleJson *transform, const char **template, const GqleJson **form)
{
	const GqleJson *body = gqle_json_lookup(transform, "body");
	const char *action;

	if (gqle_json_is_null(body))
		return BODY_KEEP;
	if (body->kind == GQLE_JSON_STRING)
	{
		*template = body->text;
		return BODY_TEMPLATE;
	}
	action = text_of(body, "action");
	if (action != NULL && strcmp(action, "remove") == 0)
		return BODY_REMOVE;
	*template = text_of(body, "template");
	if (*template != NULL)
		return BODY_TEMPLATE;
	*form = object_of(body, "form_template");
	return *form != NULL ? BODY_FORM : BODY_KEEP;
}

/* ------------------------------------------------------------------------
 * Templates
 * ------------------------------------------------------------------------ */

/* The text of an unescaped template as a Kriti string. */
static char *
quoted(const char *text)
{
	return psprintf("\"%s\"", text);
}

/* The value of a full template, or NULL after appending an error. */
static const GqleJson *
eval_full(Run *run, const char *template)
{
	GqleKritiError error;
	GqleKritiNode *parsed = gqle_kriti_parse(template, (int) strlen(template), &error);
	const GqleJson *result = NULL;

	if (parsed != NULL)
		result = gqle_kriti_eval(parsed, &run->kriti, &error);
	if (result == NULL)
		add_kriti_error(run->errors, &error);
	return result;
}

/* The text of an unescaped template, or NULL after appending an error. */
static const char *
eval_text(Run *run, const char *template)
{
	const GqleJson *result = eval_full(run, quoted(template));

	if (result == NULL)
		return NULL;
	switch (result->kind)
	{
		case GQLE_JSON_STRING:
		case GQLE_JSON_NUMBER:
			return result->text;
		case GQLE_JSON_BOOL:
			return result->boolean ? "true" : "false";
		case GQLE_JSON_NULL:
		case GQLE_JSON_ARRAY:
		case GQLE_JSON_OBJECT:
			break;
	}
	return add_error(run->errors,
					 "Template must produce a String, Number, or Boolean value", result);
}

/* getSessionVariable("x-hasura-..."): GqleKritiFunction's call */
static const GqleJson *
get_session_variable(void *arg, const GqleJson *name, const char **message)
{
	const GqleJson *variables = arg;

	if (name->kind == GQLE_JSON_NULL)
		return name;
	if (name->kind != GQLE_JSON_STRING)
	{
		*message = "Session variable name should be a string";
		return NULL;
	}
	for (int i = 0; variables != NULL && i < variables->n; i++)
		if (pg_strcasecmp(variables->members[i].key, name->text) == 0)
			return variables->members[i].value;
	*message = psprintf("Session variable \"%s\" not found", name->text);
	return NULL;
}

/* Begin a run with variables and the function that knows the session. */
static void
begin_run(Run *run, GqleJson *variables, const GqleJson *session_variables,
		  StringInfo errors)
{
	GqleKritiFunction *function = palloc0(sizeof(GqleKritiFunction));

	function->name = "getSessionVariable";
	function->call = get_session_variable;
	function->arg = unconstify(GqleJson *, session_variables);
	run->kriti.variables = variables;
	run->kriti.functions = function;
	run->kriti.n_functions = 1;
	run->errors = errors;
}

/* ------------------------------------------------------------------------
 * Checking
 * ------------------------------------------------------------------------ */

static void
check_full(const char *template, StringInfo errors)
{
	GqleKritiError error;

	if (template != NULL &&
		gqle_kriti_parse(template, (int) strlen(template), &error) == NULL)
		add_kriti_error(errors, &error);
}

static void
check_text(const char *template, StringInfo errors)
{
	if (template != NULL)
		check_full(quoted(template), errors);
}

/* The values, and perhaps the keys, of an object of templates. */
static void
check_map(const GqleJson *map, bool with_keys, StringInfo errors)
{
	for (int i = 0; map != NULL && i < map->n; i++)
	{
		if (with_keys)
			check_text(map->members[i].key, errors);
		if (map->members[i].value->kind == GQLE_JSON_STRING)
			check_text(map->members[i].value->text, errors);
	}
}

static void
check_body(const GqleJson *transform, StringInfo errors)
{
	const char *template = NULL;
	const GqleJson *form = NULL;

	switch (body_action(transform, &template, &form))
	{
		case BODY_KEEP:
		case BODY_REMOVE:
			break;
		case BODY_TEMPLATE:
			check_full(template, errors);
			break;
		case BODY_FORM:
			check_map(form, false, errors);
			break;
	}
}

/* See transform.h. */
bool
gqle_transform_check_request(const GqleJson *transform, StringInfo errors)
{
	const GqleJson *headers = object_of(transform, "request_headers");

	check_text(text_of(transform, "url"), errors);
	check_body(transform, errors);
	check_text(text_of(transform, "query_params"), errors);
	check_map(object_of(transform, "query_params"), true, errors);
	if (headers != NULL)
		check_map(object_of(headers, "add_headers"), false, errors);
	return errors->len == 0;
}

/* See transform.h. */
bool
gqle_transform_check_response(const GqleJson *transform, StringInfo errors)
{
	check_body(transform, errors);
	return errors->len == 0;
}

/* ------------------------------------------------------------------------
 * URLs
 * ------------------------------------------------------------------------ */

/* Bytes of "http:" and the like at the beginning; 0 if there is no scheme. */
static int
scheme_len(const char *text)
{
	int			n = (int) strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
								 "0123456789+-.");

	return n > 0 && text[n] == ':' && strchr("0123456789+-.", text[0]) == NULL ? n + 1 : 0;
}

/* See transform.h. */
bool
gqle_transform_check_url(const char *url, const char **reason)
{
	int			scheme = scheme_len(url);
	GqleUrl		parsed;

	*reason = "Invalid URL";
	if (scheme == 0)
		return false;
	if (gqle_url_parse(gqle_url_clean(url), &parsed))
		return true;
	if (pg_strncasecmp(url, "http:", scheme) != 0 && pg_strncasecmp(url, "https:", scheme) != 0)
		*reason = "Invalid scheme";
	else if (strncmp(url + scheme, "//", 2) != 0)
		*reason = "URL must be absolute";
	return false;
}

/* A URI of any scheme? */
static bool
is_uri(const char *text)
{
	if (scheme_len(text) == 0)
		return false;
	for (; *text != '\0'; text++)
		if (!gqle_percent_is_unreserved(*text) &&
			strchr(":/?#[]@!$&'()*+,;=%", *text) == NULL)
			return false;
	return true;
}

/* A parameter of a query; value is NULL if there is no "=". */
static void
add_param(GqleJson *params, const char *key, int key_len, const char *value)
{
	GqleJson   *pair = gqle_json_make_array();
	int			len;

	gqle_json_array_add(pair, gqle_json_make_string(gqle_percent_decode(key, key_len, true,
																		&len)));
	gqle_json_array_add(pair, value == NULL ? gqle_json_make_null() :
						gqle_json_make_string(gqle_percent_decode(value, (int) strlen(value),
																  true, &len)));
	gqle_json_array_add(params, pair);
}

/* [["key", "value" or null], ...] of a query with or without "?". */
static GqleJson *
parse_query(const char *query)
{
	GqleJson   *params = gqle_json_make_array();

	if (*query == '?')
		query++;
	while (*query != '\0')
	{
		int			len = (int) strcspn(query, "&;");
		char	   *part = pnstrdup(query, len);
		char	   *equals = strchr(part, '=');

		add_param(params, part, equals != NULL ? (int) (equals - part) : len,
				  equals != NULL ? equals + 1 : NULL);
		query += len;
		if (*query != '\0')
			query++;
	}
	return params;
}

/* The query of parameters, with its "?"; "" if there are none. */
static char *
render_query(const GqleJson *params)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < params->n; i++)
	{
		const GqleJson *key = params->items[i]->items[0];
		const GqleJson *value = params->items[i]->items[1];

		appendStringInfoChar(&out, i == 0 ? '?' : '&');
		gqle_percent_append(&out, key->text, key->len);
		if (value->kind == GQLE_JSON_NULL)
			continue;
		appendStringInfoChar(&out, '=');
		gqle_percent_append(&out, value->text, value->len);
	}
	return out.data;
}

/* The text of a URL with other parameters, as Hasura's HTTP client prints it. */
static char *
render_url(const GqleUrl *url, const GqleJson *params)
{
	GqleUrl		printed = *url;

	printed.has_port = url->port != (url->is_secure ? 443 : 80);
	printed.fragment = "";
	return gqle_url_with_query(&printed, render_query(params));
}

/* ------------------------------------------------------------------------
 * Requests
 * ------------------------------------------------------------------------ */

/* A text in which bytes that are no UTF-8 have become U+FFFD. */
static GqleJson *
scrub(GqleJson *value)
{
	StringInfoData out;
	int			from = 0;

	if (value->kind != GQLE_JSON_STRING || gqle_utf8_check(value->text, value->len) == value->len)
		return value;
	initStringInfo(&out);
	while (from < value->len)
	{
		int			len = gqle_utf8_check(value->text + from, value->len - from);

		appendBinaryStringInfo(&out, value->text + from, len);
		from += len;
		if (from++ < value->len)
			appendStringInfoString(&out, "\xef\xbf\xbd");
	}
	return gqle_json_make_string(out.data);
}

/* The parameters of a query as templates see them, who know nothing but text. */
static GqleJson *
visible_params(const char *query)
{
	GqleJson   *params = parse_query(query);

	for (int i = 0; i < params->n; i++)
		for (int k = 0; k < params->items[i]->n; k++)
			params->items[i]->items[k] = scrub(params->items[i]->items[k]);
	return params;
}

/* See transform.h. */
GqleJson *
gqle_transform_context(const GqleTransformRequest *request, const char *base_url,
					   const GqleJson *session_variables)
{
	GqleJson   *context = gqle_json_make_object();
	GqleUrl		url;

	gqle_json_object_set(context, "base_url", gqle_json_make_string(base_url));
	gqle_json_object_set(context, "body", request->body != NULL ?
						 unconstify(GqleJson *, request->body) : gqle_json_make_null());
	gqle_json_object_set(context, "query_params",
						 gqle_url_parse(gqle_url_clean(request->url), &url) ?
						 visible_params(url.query) : gqle_json_make_array());
	gqle_json_object_set(context, "session_variables", session_variables != NULL ?
						 unconstify(GqleJson *, session_variables) : gqle_json_make_null());
	return context;
}

/* The context as templates see it: "$body" and so on. */
static GqleJson *
make_variables(const GqleJson *context)
{
	GqleJson   *variables = gqle_json_make_object();

	for (int i = 0; i < context->n; i++)
		gqle_json_object_set(variables, psprintf("$%s", context->members[i].key),
							 context->members[i].value);
	return variables;
}

/* The URL of a template; false after appending an error. */
static bool
transform_url(Run *run, const char *template, GqleUrl *url)
{
	const GqleJson *result = eval_full(run, quoted(template));
	GqleUrl		parsed;
	StringInfoData text;

	if (result == NULL)
		return false;
	if (result->kind != GQLE_JSON_STRING)
	{
		initStringInfo(&text);
		gqle_kriti_append_json(&text, result);
		return add_error(run->errors,
						 psprintf("URL Transforms must produce a JSON String: %s", text.data),
						 NULL) != NULL;
	}
	if (gqle_url_parse(result->text, &parsed))
		*url = parsed;
	else if (!is_uri(result->text) || pg_strncasecmp(result->text, "http", 4) == 0)
		return add_error(run->errors, psprintf("Invalid URL: %s", result->text), NULL) != NULL;
	return true;
}

/* key=value&..., percent-encoded; values that are null are left out. */
static char *
render_form(Run *run, const GqleJson *form)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < form->n; i++)
	{
		const GqleJsonMember *member = &form->members[i];
		const char *value = member->value->kind == GQLE_JSON_STRING ?
			eval_text(run, member->value->text) : "null";

		if (value == NULL || strcmp(value, "null") == 0)
			continue;
		if (out.len > 0)
			appendStringInfoChar(&out, '&');
		gqle_percent_append(&out, member->key, member->key_len);
		appendStringInfoChar(&out, '=');
		gqle_percent_append(&out, value, (int) strlen(value));
	}
	return out.data;
}

static void
transform_body(Run *run, const GqleJson *transform, GqleTransformRequest *request)
{
	const char *template = NULL;
	const GqleJson *form = NULL;

	switch (body_action(transform, &template, &form))
	{
		case BODY_KEEP:
			break;
		case BODY_REMOVE:
			request->body = NULL;
			request->raw_body = "";
			break;
		case BODY_TEMPLATE:
			request->body = eval_full(run, template);
			break;
		case BODY_FORM:
			request->raw_body = render_form(run, form);
			request->body = NULL;
			break;
	}
}

/* The parameters that a transform asks for. */
static GqleJson *
transform_params(Run *run, const GqleJson *transform, GqleJson *original)
{
	const GqleJson *map = object_of(transform, "query_params");
	const char *template = text_of(transform, "query_params");
	GqleJson   *params = gqle_json_make_array();

	if (template != NULL)
	{
		const char *query = eval_text(run, template);

		return query != NULL ? parse_query(query) : params;
	}
	if (map == NULL)
		return original;
	for (int i = 0; i < map->n; i++)
	{
		const GqleJsonMember *member = &map->members[i];
		bool		has_value = member->value->kind == GQLE_JSON_STRING;
		const char *key = eval_text(run, member->key);
		const char *value = has_value ? eval_text(run, member->value->text) : NULL;
		GqleJson   *pair = gqle_json_make_array();

		if (key == NULL || (has_value && value == NULL) || strcmp(key, "null") == 0 ||
			(has_value && strcmp(value, "null") == 0))
			continue;
		gqle_json_array_add(pair, gqle_json_make_string(key));
		gqle_json_array_add(pair, has_value ? gqle_json_make_string(value) :
							gqle_json_make_null());
		gqle_json_array_add(params, pair);
	}
	return params;
}

static bool
is_removed(const GqleJson *remove, const char *name)
{
	for (int i = 0; remove != NULL && remove->kind == GQLE_JSON_ARRAY && i < remove->n; i++)
		if (remove->items[i]->kind == GQLE_JSON_STRING &&
			pg_strcasecmp(remove->items[i]->text, name) == 0)
			return true;
	return false;
}

/* compat: what is added comes after what is there, even of the same name. */
static void
transform_headers(Run *run, const GqleJson *headers, GqleTransformRequest *request)
{
	const GqleJson *add = object_of(headers, "add_headers");
	const GqleJson *remove = gqle_json_lookup(headers, "remove_headers");
	int			max = request->n_headers + (add != NULL ? add->n : 0);
	GqleHttpHeader *items = palloc0(sizeof(GqleHttpHeader) * Max(max, 1));
	int			n = 0;

	for (int i = 0; i < request->n_headers; i++)
		if (!is_removed(remove, request->headers[i].name))
			items[n++] = request->headers[i];
	for (int i = 0; add != NULL && i < add->n; i++)
	{
		const GqleJson *template = add->members[i].value;
		const char *value = template->kind == GQLE_JSON_STRING ?
			eval_text(run, template->text) : NULL;

		if (value == NULL)
			continue;
		items[n].name = add->members[i].key;
		items[n++].value = value;
	}
	request->headers = items;
	request->n_headers = n;
}

/* See transform.h. */
bool
gqle_transform_request(const GqleJson *transform, const GqleJson *context,
					   GqleTransformRequest *request, StringInfo errors)
{
	const GqleJson *session = object_of(context, "session_variables");
	const GqleJson *headers = object_of(transform, "request_headers");
	const char *method = text_of(transform, "method");
	const char *template = text_of(transform, "url");
	GqleJson   *params;
	GqleUrl		url;
	Run			run;

	begin_run(&run, make_variables(context), session, errors);
	if (!gqle_url_parse(gqle_url_clean(request->url), &url))
		return add_error(errors, psprintf("Invalid URL: %s", request->url), NULL) != NULL;
	params = parse_query(url.query);
	if (*url.path == '\0')
		url.path = "/";

	/* compat: the first part that fails hides the others */
	if (template != NULL && !transform_url(&run, template, &url))
		return false;
	transform_body(&run, transform, request);
	if (errors->len == 0)
		params = transform_params(&run, transform, params);
	if (errors->len == 0 && headers != NULL)
		transform_headers(&run, headers, request);
	if (errors->len > 0)
		return false;
	if (method != NULL)
		request->method = method;
	request->url = render_url(&url, params);
	return true;
}

/* See transform.h. */
bool
gqle_transform_http(const GqleJson *transform, const char *base_url,
					const GqleJson *session_variables, GqleHttpRequest *request,
					GqleTransformed *transformed, StringInfo errors)
{
	GqleJsonError error;
	GqleTransformRequest parts = {.method = request->method,.url = request->url,
		.body = gqle_json_parse(request->body, request->body_len, &error),
	.n_headers = request->n_headers,.headers = request->headers};

	transformed->context = gqle_transform_context(&parts, base_url, session_variables);
	if (!gqle_transform_request(transform, transformed->context, &parts, errors))
		return false;
	transformed->has_json = parts.body != NULL;
	request->method = parts.method;
	request->url = parts.url;
	request->n_headers = parts.n_headers;
	request->headers = parts.headers;
	request->body = parts.body != NULL ? gqle_json_to_text(parts.body) : parts.raw_body;
	request->body_len = strlen(request->body);
	return true;
}

/* ------------------------------------------------------------------------
 * Answers
 * ------------------------------------------------------------------------ */

/* {"body": context, "method": context, ...}: compat */
static GqleJson *
request_variable(const GqleJson *context)
{
	static const char *const parts[] = {"body", "method", "query_params", "request_headers",
	"url"};
	GqleJson   *object;

	if (context == NULL)
		return gqle_json_make_null();
	object = gqle_json_make_object();
	for (size_t i = 0; i < lengthof(parts); i++)
		gqle_json_object_set(object, parts[i], unconstify(GqleJson *, context));
	return object;
}

/* See transform.h. */
bool
gqle_transform_response(const GqleJson *transform, const GqleJson *request_context,
						const GqleJson *session_variables, const GqleHttpReply *reply,
						StringInfo out, StringInfo errors)
{
	GqleJson   *variables = gqle_json_make_object();
	GqleJson   *response = gqle_json_make_object();
	GqleJsonError json_error;
	GqleJson   *body = gqle_json_parse(reply->body, reply->body_len, &json_error);
	const GqleJson *result = NULL;
	const char *template = NULL;
	const GqleJson *form = NULL;
	Run			run;

	if (body == NULL)
		body = gqle_json_make_null();
	gqle_json_object_set(response, "status",
						 gqle_json_make_number(psprintf("%d", reply->status)));
	gqle_json_object_set(variables, "$body", body);
	gqle_json_object_set(variables, "$request", request_variable(request_context));
	gqle_json_object_set(variables, "$response", response);
	gqle_json_object_set(variables, "$session_variables", session_variables != NULL ?
						 unconstify(GqleJson *, session_variables) : gqle_json_make_null());
	begin_run(&run, variables, session_variables, errors);
	switch (body_action(transform, &template, &form))
	{
		case BODY_KEEP:
			result = body;
			break;
		case BODY_REMOVE:
			result = gqle_json_make_null();
			break;
		case BODY_TEMPLATE:
			result = eval_full(&run, template);
			break;
		case BODY_FORM:
			result = gqle_json_make_string(render_form(&run, form));
			break;
	}
	if (errors->len > 0)
		return false;
	gqle_kriti_append_json(out, result);
	return true;
}
