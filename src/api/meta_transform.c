/*
 * meta_transform.c
 *		Transforms of webhooks in metadata: their shapes, whether their templates are
 *		templates, and test_webhook_transform.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/json_write.h"
#include "gqle/exec/transform.h"
#include "gqle/lang/kriti.h"

/* ------------------------------------------------------------------------
 * Shapes
 * ------------------------------------------------------------------------ */

/* read_text accepts a string, which messages call by the name in data. */
static GqleJson *
read_text(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
		  const void *data)
{
	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_mismatch(reader, path, data, "String", value);
	return unconstify(GqleJson *, value);
}

/* read_templates accepts an object of strings; with data also of nulls. */
static GqleJson *
read_templates(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			   const void *data)
{
	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path, "HashMap", "Object", value);
	for (int i = 0; i < value->n; i++)
	{
		GqleMetaPath below = {path, value->members[i].key, 0, NULL};
		const GqleJson *item = value->members[i].value;

		if ((data == NULL || item->kind != GQLE_JSON_NULL) &&
			read_text(reader, &below, item, "Template") == NULL)
			return NULL;
	}
	return gqle_meta_sort(value);
}

/* read_query_params accepts a template, or templates by name. */
static GqleJson *
read_query_params(GqleMetaReader *reader, const GqleMetaPath *path,
				  const GqleJson *value, const void *data)
{
	if (value->kind == GQLE_JSON_STRING)
		return unconstify(GqleJson *, value);
	if (value->kind == GQLE_JSON_OBJECT)
		return read_templates(reader, path, value, "nullable");
	return gqle_meta_reader_fail(reader, path, "Invalid query parameter");
}

static const GqleMetaField remove_fields[] = {
	{"action", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaField template_fields[] = {
	{"action", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{"template", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = read_text,
	.data = "Template"},
	{NULL}
};
static const GqleMetaField form_fields[] = {
	{"action", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{"form_template", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = read_templates},
	{NULL}
};
static const GqleMetaShape remove_shape = {"BodyTransformFn", remove_fields};
static const GqleMetaShape template_shape = {"BodyTransformFn", template_fields};
static const GqleMetaShape form_shape = {"BodyTransformFn", form_fields};

/* read_action brings the body of version 2 into canonical form. */
static GqleJson *
read_action(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *body)
{
	GqleJson   *head = gqle_meta_shape_apply(reader, path, &remove_shape, body);
	const char *action;

	if (head == NULL)
		return NULL;
	action = gqle_meta_text(head, "action");
	if (strcmp(action, "remove") == 0)
		return head;
	if (strcmp(action, "transform") == 0)
		return gqle_meta_shape_apply(reader, path, &template_shape, body);
	if (strcmp(action, "x_www_form_urlencoded") == 0)
		return gqle_meta_shape_apply(reader, path, &form_shape, body);
	return gqle_meta_reader_fail(reader, path, "invalid transform action");
}

/* finish_transform reads the body as the version has it. */
static GqleJson *
finish_transform(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	GqleMetaPath version_path = {path, "version", 0, NULL};
	GqleMetaPath body_path = {path, "body", 0, NULL};
	int64		version = gqle_meta_int(object, "version", 1);
	GqleJson   *body = gqle_json_lookup(object, "body");

	if (version != 1 && version != 2)
		return gqle_meta_reader_fail(reader, &version_path,
									 "expected 1 or 2, encountered " INT64_FORMAT, version);
	if (body == NULL)
		return object;
	body = version == 1 ? read_text(reader, &body_path, body, "Template") :
		read_action(reader, &body_path, body);
	if (body == NULL)
		return NULL;
	gqle_json_object_set(object, "body", body);
	return object;
}

static const char *const engine_list[] = {"Kriti", NULL};
static const GqleMetaWords engines = {engine_list,
"Hasura.RQL.Types.Webhook.Transform.Class.TemplatingEngine"};

static const GqleMetaField header_fields[] = {
	{"add_headers", GQLE_META_CUSTOM, GQLE_META_FILL, "{}", .custom = read_templates},
	{"remove_headers", GQLE_META_TEXT, GQLE_META_LIST | GQLE_META_FILL, "[]"},
	{NULL}
};
static const GqleMetaShape headers_shape = {"AddReplaceRemoveFields", header_fields};

#define ENGINE_AND_VERSION(URL) \
	{"template_engine", GQLE_META_CUSTOM, GQLE_META_FILL, "\"Kriti\"", \
	.custom = gqle_meta_one_of, .data = &engines}, \
	URL \
	{"version", GQLE_META_INT, GQLE_META_FILL, "1"}, \
	{NULL}
#define URL_FIELD {"url", GQLE_META_CUSTOM, .custom = read_text, .data = "Template"},

static const GqleMetaField request_transform_fields[] = {
	{"body", GQLE_META_ANY},
	{"method", GQLE_META_CUSTOM, .custom = read_text, .data = "Method"},
	{"query_params", GQLE_META_CUSTOM, .custom = read_query_params},
	{"request_headers", GQLE_META_SHAPE, .shape = &headers_shape},
	ENGINE_AND_VERSION(URL_FIELD)
};
const GqleMetaShape gqle_meta_request_transform = {"RequestTransform",
request_transform_fields, .finish = finish_transform};

static const GqleMetaField response_transform_fields[] = {
	{"body", GQLE_META_ANY},
	ENGINE_AND_VERSION()
};
const GqleMetaShape gqle_meta_response_transform = {"MetadataResponseTransform",
response_transform_fields, .finish = finish_transform};

/* ------------------------------------------------------------------------
 * Checking
 * ------------------------------------------------------------------------ */

/* fail_transform reports errors of a transform. */
static bool
fail_transform(GqleMetaCall *call, const char *which, StringInfo errors)
{
	return gqle_meta_fail_internal(call, 400, GQLE_ERR_VALIDATION_FAILED,
								   psprintf("[%s]", errors->data),
								   "%s transform validation failed", which);
}

/* See meta.h. */
bool
gqle_meta_check_transforms(GqleMetaCall *call, const GqleJson *definition)
{
	const GqleJson *request = gqle_json_lookup(definition, "request_transform");
	const GqleJson *response = gqle_json_lookup(definition, "response_transform");
	StringInfoData errors;

	initStringInfo(&errors);
	if (!gqle_json_is_null(response) && !gqle_transform_check_response(response, &errors))
		return fail_transform(call, "response", &errors);
	if (!gqle_json_is_null(request) && !gqle_transform_check_request(request, &errors))
		return fail_transform(call, "request", &errors);
	return true;
}

/* ------------------------------------------------------------------------
 * test_webhook_transform
 * ------------------------------------------------------------------------ */

/* read_texts accepts an object of strings. */
static GqleJson *
read_texts(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
		   const void *data)
{
	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path, "HashMap", "Object", value);
	for (int i = 0; i < value->n; i++)
	{
		GqleMetaPath below = {path, value->members[i].key, 0, NULL};

		if (read_text(reader, &below, value->members[i].value, data) == NULL)
			return NULL;
	}
	return unconstify(GqleJson *, value);
}

/* read_pairs accepts [["name", "value"], ...]. */
static GqleJson *
read_pairs(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
		   const void *data)
{
	if (value->kind != GQLE_JSON_ARRAY)
		return gqle_meta_reader_mismatch(reader, path, "[]", "Array", value);
	for (int i = 0; i < value->n; i++)
	{
		GqleMetaPath below = {path, NULL, i, NULL};
		const GqleJson *pair = value->items[i];

		if (pair->kind != GQLE_JSON_ARRAY)
			return gqle_meta_reader_mismatch(reader, &below, "(,)", "Array", pair);
		if (pair->n != 2)
			return gqle_meta_reader_fail(reader, &below,
										 "cannot unpack array of length %d into a tuple of length 2",
										 pair->n);
		for (int k = 0; k < 2; k++)
		{
			GqleMetaPath item = {&below, NULL, k, NULL};

			if (read_text(reader, &item, pair->items[k], "Text") == NULL)
				return NULL;
		}
	}
	return unconstify(GqleJson *, value);
}

static const GqleMetaField test_fields[] = {
	{"env", GQLE_META_CUSTOM, .custom = read_texts, .data = "[Char]"},
	{"request_headers", GQLE_META_CUSTOM, .custom = read_pairs},
	{"webhook_url", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_webhook_value},
	{"body", GQLE_META_ANY, GQLE_META_REQUIRED | GQLE_META_KEEP_NULL},
	{"request_transform", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_request_transform},
	{"response_transform", GQLE_META_SHAPE, .shape = &gqle_meta_response_transform},
	{"session_variables", GQLE_META_CUSTOM, .custom = read_texts, .data = "Text"},
	{NULL}
};
const GqleMetaShape gqle_meta_test_transform = {"TestWebhookTransform", test_fields};

/*
 * interpolate replaces {{NAMES}} by the variables given for the test; NULL after
 * reporting.  compat: the empty text is no template.
 */
static char *
interpolate(GqleMetaCall *call, const GqleJson *env, const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	if (*text == '\0')
	{
		gqle_meta_fail(call, GQLE_ERR_PARSE_FAILED, "Invalid Url Template");
		return NULL;
	}
	while (*text != '\0')
	{
		int			len = strncmp(text, "{{", 2) == 0 ? (int) strcspn(text + 2, "}") : 0;
		const char *name;
		const char *value;

		if (len == 0 || strncmp(text + 2 + len, "}}", 2) != 0)
		{
			appendStringInfoChar(&out, *text++);
			continue;
		}
		name = pnstrdup(text + 2, len);
		value = gqle_meta_text(env, name);
		if (value == NULL)
		{
			gqle_meta_fail(call, GQLE_ERR_NOT_FOUND,
						   "Missing Env Var: %s. For security reasons when testing request options real environment variable values are not available. Please enter a mock value for %s in the Sample Env Variables list. See https://hasura.io/docs/latest/graphql/core/actions/rest-connectors/#action-transforms-sample-context",
						   name, name);
			return NULL;
		}
		appendStringInfoString(&out, value);
		text += len + 4;
	}
	return out.data;
}

/* test_url returns the URL that is to be transformed, or NULL after reporting. */
static const char *
test_url(GqleMetaCall *call, const GqleJson *args)
{
	const GqleJson *env = gqle_json_lookup(args, "env");
	const GqleJson *url = gqle_json_lookup(args, "webhook_url");
	const char *variable;
	const char *value;

	if (url->kind == GQLE_JSON_STRING)
		return interpolate(call, env, url->text);
	variable = gqle_meta_text(url, "from_env");
	value = gqle_meta_text(env, variable);
	if (value == NULL)
		gqle_meta_fail(call, GQLE_ERR_NOT_FOUND, "Missing Env Var");
	return value;
}

/* test_headers fills in the headers; false after reporting. */
static bool
test_headers(GqleMetaCall *call, const GqleJson *args, GqleTransformRequest *request)
{
	const GqleJson *env = gqle_json_lookup(args, "env");
	const GqleJson *pairs = gqle_json_lookup(args, "request_headers");
	GqleHttpHeader *headers;

	request->n_headers = pairs != NULL ? pairs->n : 0;
	request->headers = headers = palloc0(sizeof(GqleHttpHeader) * Max(request->n_headers, 1));
	for (int i = 0; i < request->n_headers; i++)
	{
		headers[i].name = pairs->items[i]->items[0]->text;
		headers[i].value = interpolate(call, env, pairs->items[i]->items[1]->text);
		if (headers[i].value == NULL)
			return false;
	}
	return true;
}

/* lower_keys returns an object with lower case keys; NULL for NULL. */
static GqleJson *
lower_keys(const GqleJson *object)
{
	GqleJson   *result = gqle_json_make_object();

	if (object == NULL)
		return NULL;
	for (int i = 0; i < object->n; i++)
	{
		char	   *key = pstrdup(object->members[i].key);

		for (char *c = key; *c != '\0'; c++)
			*c = pg_ascii_tolower((unsigned char) *c);
		gqle_json_object_set(result, key, object->members[i].value);
	}
	return result;
}

/* append_request appends what a transform has made. */
static void
append_request(StringInfo out, const GqleTransformRequest *request)
{
	appendStringInfoString(out, "{\"body\":");
	if (request->body != NULL)
		gqle_kriti_append_json(out, request->body);
	else
		gqle_json_write_cstring(out, request->raw_body);
	appendStringInfoString(out, ",\"headers\":[");
	for (int i = 0; i < request->n_headers; i++)
	{
		char	   *name = pstrdup(request->headers[i].name);

		for (char *c = name; *c != '\0'; c++)
			*c = pg_ascii_tolower((unsigned char) *c);
		appendStringInfoString(out, i > 0 ? ",[" : "[");
		gqle_json_write_cstring(out, name);
		appendStringInfoChar(out, ',');
		gqle_json_write_cstring(out, request->headers[i].value);
		appendStringInfoChar(out, ']');
	}
	appendStringInfoString(out, "],\"method\":");
	gqle_json_write_cstring(out, request->method);
	appendStringInfoString(out, ",\"webhook_url\":");
	gqle_json_write_cstring(out, request->url);
	appendStringInfoChar(out, '}');
}

/* See meta.h: shows what a transform makes of a request. */
bool
gqle_meta_run_test_transform(GqleMetaCall *call, const GqleJson *args)
{
	GqleTransformRequest request = {.method = "GET"};
	StringInfoData errors;
	GqleJson   *context;
	const char *reason;

	initStringInfo(&errors);
	if (!gqle_meta_check_transforms(call, args))
		return false;
	request.url = test_url(call, args);
	if (request.url == NULL || !test_headers(call, args, &request))
		return false;
	if (!gqle_transform_check_url(request.url, &reason))
	{
		appendStringInfoString(&errors,
							   "{\"error_code\":\"Request Initialization Error\",\"message\":");
		gqle_json_write_cstring(&errors, psprintf("InvalidUrlException %s \"%s\"",
												  gqle_json_to_text(gqle_json_make_string(request.url)),
												  reason));
		appendStringInfoChar(&errors, '}');
		return fail_transform(call, "request", &errors);
	}
	request.body = gqle_json_lookup(args, "body");
	context = gqle_transform_context(&request, request.url,
									 lower_keys(gqle_json_lookup(args, "session_variables")));
	if (!gqle_transform_request(gqle_json_lookup(args, "request_transform"), context,
								&request, &errors))
		return fail_transform(call, "request", &errors);
	append_request(call->out, &request);
	return true;
}
