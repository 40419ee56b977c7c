/*
 * api_rest.c
 *		/api/rest/...: a stored query, its variables from path, query and body.
 *
 * The call's body holds four parts, each but the last ended by a newline: the
 * method, the target as sent, the content type, and the request's body.
 *
 * Values in the path and the query string are texts; the type that the query
 * declares for a variable says what becomes of them.  Members of a JSON body
 * pass as they are.  Of one variable, the path beats the body beats the query
 * string.  The answer is the operation's data without its wrapper.
 */
#include "gqle/gqle.h"

#include "mb/pg_wchar.h"
#include "nodes/pg_list.h"

#include "gqle/api/call.h"
#include "gqle/api/rest.h"
#include "gqle/base/guc.h"
#include "gqle/base/ident.h"
#include "gqle/base/percent.h"
#include "gqle/exec/execute.h"

#define PREFIX			"/api/rest"
#define DATA_PREFIX		"{\"data\":"
#define FORM_TYPE		"application/x-www-form-urlencoded"

/* A request as it came, taken apart. */
typedef struct RestRequest
{
	const char *method;
	char	   *path;			/* below the prefix, decoded */
	const char *query;			/* query string, "" if none */
	const char *content_type;
	const char *body;
	int			body_len;
} RestRequest;

static bool read_request(const GqleCall *call, RestRequest *request, GqleErrorSink *sink);
static const GqleRestEndpoint *match(GqleCatalog *catalog, const RestRequest *request,
									 GqleJson *path_values, GqleErrorSink *sink);
static GqleJson *gather_variables(const GqleRestEndpoint *endpoint,
								  const RestRequest *request,
								  const GqleJson *path_values, GqleErrorSink *sink);
static void run(GqleCall *call, const GqleRestEndpoint *endpoint,
				const GqleJson *variables, GqleErrorSink *sink);

/* See call.h. */
void
gqle_api_rest(GqleCall *call)
{
	GqleErrorSink sink = {0};
	RestRequest request = {0};
	GqleCatalog *catalog = gqle_catalog_pin();
	GqleJson   *path_values = gqle_json_make_object();
	const GqleRestEndpoint *endpoint;
	const GqleJson *variables;

	if (read_request(call, &request, &sink) &&
		(endpoint = match(catalog, &request, path_values, &sink)) != NULL &&
		(variables = gather_variables(endpoint, &request, path_values, &sink)) != NULL)
		run(call, endpoint, variables, &sink);
	gqle_catalog_release(catalog);
	if (!sink.has_error)
		return;
	gqle_error_append_plain(call->out, &sink.error, gqle_guc_dev_mode ||
							(gqle_guc_admin_internal_errors && call->session->is_admin));
	call->status = sink.error.http_status;
	call->rollback = true;
}

/* ------------------------------------------------------------------------
 * Taking requests apart
 * ------------------------------------------------------------------------ */

/*
 * Percent-decoded copy; "+" is a blank in query strings.  A percent sign that
 * starts no pair of digits stands for itself.  NULL if the outcome is not UTF-8
 * or holds a NUL.
 */
static char *
decode(const char *text, int len, bool plus_is_blank)
{
	int			n;
	char	   *result = gqle_percent_decode(text, len, plus_is_blank, &n);

	if (memchr(result, '\0', n) != NULL || !pg_verify_mbstr(PG_UTF8, result, n, true))
		return NULL;
	return result;
}

static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* Cut the next part of the call's body. */
static char *
next_part(const char **cursor)
{
	const char *end = strchr(*cursor, '\n');
	char	   *part = pnstrdup(*cursor, end - *cursor);

	*cursor = end + 1;
	return part;
}

static bool
read_request(const GqleCall *call, RestRequest *request, GqleErrorSink *sink)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", NULL};
	static const char *const others[] = {"HEAD", "TRACE", "CONNECT", "OPTIONS", NULL};
	const char *cursor = call->body;
	const char *target;
	int			path_len;

	request->method = next_part(&cursor);
	target = next_part(&cursor);
	request->content_type = next_part(&cursor);
	request->body = cursor;
	request->body_len = call->body_len - (cursor - call->body);

	if (!is_one_of(request->method, methods))
		return is_one_of(request->method, others) ?
			gqle_error_report(sink, GQLE_ERR_BAD_REQUEST, NULL, "Method %s not supported.",
							  request->method) :
			gqle_error_report(sink, GQLE_ERR_BAD_REQUEST, NULL,
							  "Nonstandard method not allowed for REST endpoints");
	path_len = strcspn(target, "?");
	request->query = target[path_len] == '?' ? target + path_len + 1 : "";
	request->path = decode(target + strlen(PREFIX), path_len - strlen(PREFIX), false);
	if (request->path == NULL)
		return gqle_error_report(sink, GQLE_ERR_BAD_REQUEST, NULL,
								 "the path is not valid UTF-8");
	if (request->path[0] == '/')
		request->path++;
	return true;
}

/* ------------------------------------------------------------------------
 * Matching
 * ------------------------------------------------------------------------ */

/* Does a path fit an endpoint's?  Segments are the NUL-separated path. */
static bool
fits(const GqleRestEndpoint *endpoint, const List *segments)
{
	int			i;

	if (list_length(segments) != endpoint->n_segments)
		return false;
	for (i = 0; i < endpoint->n_segments; i++)
		if (endpoint->segments[i][0] != ':' &&
			strcmp(endpoint->segments[i], list_nth(segments, i)) != 0)
			return false;
	return true;
}

static bool
has_method(const GqleRestEndpoint *endpoint, const char *method)
{
	int			i;

	for (i = 0; i < endpoint->n_methods; i++)
		if (strcmp(endpoint->methods[i], method) == 0)
			return true;
	return false;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* 405, naming the methods that the path has got. */
static void
report_method(List *methods, GqleErrorSink *sink)
{
	StringInfoData names;
	const char *last = NULL;
	ListCell   *cell;

	initStringInfo(&names);
	list_sort(methods, compare_names);
	foreach(cell, methods)
	{
		if (last == NULL || strcmp(last, lfirst(cell)) != 0)
			appendStringInfo(&names, "%s%s", last == NULL ? "" : ", ",
							 (const char *) lfirst(cell));
		last = lfirst(cell);
	}
	gqle_error_report(sink, GQLE_ERR_METHOD_NOT_ALLOWED, NULL, "Allowed methods: %s",
					  names.data);
	sink->error.http_status = 405;
}

/*
 * The endpoint of a request, and the variables in its path; NULL after
 * reporting.
 */
static const GqleRestEndpoint *
match(GqleCatalog *catalog, const RestRequest *request, GqleJson *path_values,
	  GqleErrorSink *sink)
{
	const GqleRestEndpoint *found = NULL;
	List	   *segments = NIL;
	List	   *methods = NIL;
	char	   *rest = request->path;
	GqleRestEndpoint **endpoints;
	int			n;
	int			i;
	int			j;

	for (;;)
	{
		char	   *slash = strchr(rest, '/');

		segments = lappend(segments, slash == NULL ? rest : pnstrdup(rest, slash - rest));
		if (slash == NULL)
			break;
		rest = slash + 1;
	}
	endpoints = gqle_rest_endpoints(catalog, &n);
	for (i = 0; i < n; i++)
	{
		if (!fits(endpoints[i], segments))
			continue;
		for (j = 0; j < endpoints[i]->n_methods; j++)
			methods = lappend(methods, unconstify(char *, endpoints[i]->methods[j]));
		if (!has_method(endpoints[i], request->method))
			continue;
		if (found != NULL)
		{
			gqle_error_report(sink, GQLE_ERR_UNEXPECTED, NULL,
							  "Multiple endpoints match request");
			sink->error.http_status = 500;
			return NULL;
		}
		found = endpoints[i];
	}
	if (found == NULL && methods != NIL)
		report_method(methods, sink);
	else if (found == NULL)
	{
		gqle_error_report(sink, GQLE_ERR_NOT_FOUND, NULL, "Endpoint not found");
		sink->error.http_status = 404;
	}
	for (i = 0; found != NULL && i < found->n_segments; i++)
		if (found->segments[i][0] == ':')
			gqle_json_object_set(path_values, found->segments[i] + 1,
								 gqle_json_make_string(list_nth(segments, i)));
	return found;
}

/* ------------------------------------------------------------------------
 * Variables
 * ------------------------------------------------------------------------ */

static const GqleVariableDefNode *
find_variable(const GqleRestEndpoint *endpoint, const char *name)
{
	int			i;

	for (i = 0; i < endpoint->operation->n_variables; i++)
		if (strcmp(endpoint->operation->variables[i].name, name) == 0)
			return &endpoint->operation->variables[i];
	return NULL;
}

/*
 * Set a variable from a text of a path or query string; false after reporting.
 * compat: a text that is none of its type's values is refused as the string it is.
 */
static bool
set_text(const GqleVariableDefNode *variable, const GqleJson *text, GqleJson *variables,
		 GqleErrorSink *sink)
{
	static const char *const numbers[] = {"Int", "Float", "Number", "Double", "float8",
	"numeric", NULL};
	static const char *const booleans[] = {"Boolean", "Bool", NULL};
	const GqleTypeNode *type = variable->type;
	GqleJson   *value = NULL;
	GqleJsonError error;
	bool		is_boolean;

	if (type->name == NULL)
		return gqle_error_report(sink, GQLE_ERR_BAD_REQUEST, NULL,
								 "List variables are not currently supported in URL or Query parameters. (Variable %s, with value %s)",
								 variable->name, gqle_json_to_text(text));
	is_boolean = is_one_of(type->name, booleans);
	if (text->len == 0 && strcmp(type->name, "Boolean") == 0)
		value = gqle_json_make_bool(true);
	else if (text->len == 0 && !type->non_null)
		return true;			/* as if it were not there */
	else if (is_boolean || is_one_of(type->name, numbers))
		value = gqle_json_parse(text->text, text->len, &error);
	if (value == NULL || value->kind != (is_boolean ? GQLE_JSON_BOOL : GQLE_JSON_NUMBER))
		value = gqle_json_make_string(text->text);
	gqle_json_object_set(variables, variable->name, value);
	return true;
}

/*
 * Set variables from the members of an object, texts or values, but those that
 * were seen before, which have precedence; false after reporting.  compat: what is
 * no GraphQL name is passed over.
 */
static bool
set_variables(const GqleRestEndpoint *endpoint, const GqleJson *given, bool are_texts,
			  GqleJson *seen, GqleJson *variables, GqleErrorSink *sink)
{
	int			i;

	for (i = 0; i < given->n; i++)
	{
		const char *name = given->members[i].key;
		GqleJson   *value;
		const GqleVariableDefNode *variable = find_variable(endpoint, name);

		if (!gqle_ident_is_name(name) || gqle_json_lookup(seen, name) != NULL)
			continue;
		if (variable == NULL)
			return gqle_error_report(sink, GQLE_ERR_BAD_REQUEST, NULL,
									 "Unexpected variable %s", name);
		value = gqle_json_lookup(given, name);	/* the last of several */
		if (!are_texts)
			gqle_json_object_set(variables, name, value);
		else if (!set_text(variable, value, variables, sink))
			return false;
		gqle_json_object_set(seen, name, value);
	}
	return true;
}

/* Add the members of a query string, or of a form, to an object of texts. */
static bool
read_form(const char *text, int len, GqleJson *texts, GqleErrorSink *sink)
{
	const char *end = text + len;

	while (text < end)
	{
		const char *stop = memchr(text, '&', end - text);
		const char *equals;
		char	   *key;
		char	   *value;

		if (stop == NULL)
			stop = end;
		equals = memchr(text, '=', stop - text);
		if (equals == NULL)
			equals = stop;
		key = decode(text, equals - text, true);
		value = equals < stop ? decode(equals + 1, stop - equals - 1, true) : pstrdup("");
		if (key == NULL || value == NULL)
			return gqle_error_report(sink, GQLE_ERR_BAD_REQUEST, NULL,
									 "the parameters are not valid UTF-8");
		if (stop > text)
			gqle_json_object_set(texts, key, gqle_json_make_string(value));
		text = stop + 1;
	}
	return true;
}

/* The members of the body, none if it is not an object. */
static GqleJson *
read_body(const RestRequest *request)
{
	GqleJsonError error;
	GqleJson   *body = gqle_json_parse(request->body, request->body_len, &error);

	return body != NULL && body->kind == GQLE_JSON_OBJECT ? body : gqle_json_make_object();
}

static GqleJson *
gather_variables(const GqleRestEndpoint *endpoint, const RestRequest *request,
				 const GqleJson *path_values, GqleErrorSink *sink)
{
	GqleJson   *variables = gqle_json_make_object();
	GqleJson   *seen = gqle_json_make_object();
	GqleJson   *texts = gqle_json_make_object();
	bool		is_form = pg_strncasecmp(request->content_type, FORM_TYPE,
										 strlen(FORM_TYPE)) == 0;
	GqleJson   *body = read_body(request);	/* curl says of any body that it is a form */

	if (!read_form(request->query, strlen(request->query), texts, sink) ||
		(is_form && !read_form(request->body, request->body_len, texts, sink)))
		return NULL;
	return set_variables(endpoint, path_values, true, seen, variables, sink) &&
		set_variables(endpoint, body, false, seen, variables, sink) &&
		set_variables(endpoint, texts, true, seen, variables, sink) ? variables : NULL;
}

/* ------------------------------------------------------------------------
 * Running
 * ------------------------------------------------------------------------ */

/* Execute and unwrap the data. */
static void
run(GqleCall *call, const GqleRestEndpoint *endpoint, const GqleJson *variables,
	GqleErrorSink *sink)
{
	GqleRequest request = {0};
	StringInfo	out = call->out;
	int			start = out->len;
	int			len;

	request.query = endpoint->query;
	request.query_len = strlen(endpoint->query);
	request.variables = variables;
	switch (gqle_execute(call->session, &request,
						 call->place == GQLE_PLACE_INLINE ? GQLE_EXECUTE_CHEAP_ONLY : 0,
						 call->outcalls, out, sink))
	{
		case GQLE_EXECUTE_OK:
			len = out->len - start - strlen(DATA_PREFIX) - 1;
			memmove(out->data + start, out->data + start + strlen(DATA_PREFIX), len);
			out->len = start + len;
			out->data[out->len] = '\0';
			call->status = 200;
			return;
		case GQLE_EXECUTE_ERROR:
			return;
		case GQLE_EXECUTE_TOO_HEAVY:
			call->to_lane = true;
			return;
		case GQLE_EXECUTE_NEEDS_HTTP:
			call->needs_http = true;
			return;
	}
}
