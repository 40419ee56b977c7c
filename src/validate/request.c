/*
 * request.c
 *		The body of a GraphQL request: its three keys and their shapes.
 *
 * compat: messages are those of Hasura's JSON decoder, keys are looked at in
 * the order operationName, query, variables, and unknown keys are ignored.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"
#include "gqle/validate/validate.h"

static bool read_operation_name(const GqleJson *body, GqleRequest *request,
								GqleErrorSink *sink);
static bool read_query(const GqleJson *body, GqleRequest *request,
					   GqleErrorSink *sink);
static bool read_variables(const GqleJson *body, GqleRequest *request,
						   GqleErrorSink *sink);
static bool check_extensions(const GqleJson *body, GqleErrorSink *sink);

GqleRequest *
gqle_request_from_json(const GqleJson *body, GqleErrorSink *sink)
{
	GqleRequest *request;

	if (body->kind != GQLE_JSON_OBJECT)
	{
		gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
						  "parsing Hasura.GraphQL.Transport.HTTP.Protocol.GQLReq(GQLReq) failed, "
						  "expected Object, but encountered %s",
						  gqle_json_kind_name(body));
		return NULL;
	}

	request = palloc0(sizeof(GqleRequest));
	if (!check_extensions(body, sink) ||
		!read_operation_name(body, request, sink) ||
		!read_query(body, request, sink) ||
		!read_variables(body, request, sink))
		return NULL;
	return request;
}

/*
 * Persisted queries are refused, also where the query is sent in full.  Without
 * it clients look for the word by which they know to send it.
 */
static bool
check_extensions(const GqleJson *body, GqleErrorSink *sink)
{
	const GqleJson *extensions = gqle_json_lookup(body, "extensions");

	if (extensions == NULL || extensions->kind != GQLE_JSON_OBJECT ||
		gqle_json_is_null(gqle_json_lookup(extensions, "persistedQuery")))
		return true;
	return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, NULL,
							 gqle_json_is_null(gqle_json_lookup(body, "query")) ?
							 "PersistedQueryNotSupported" :
							 "Automatic Persisted Queries is not enabled");
}

static bool
read_operation_name(const GqleJson *body, GqleRequest *request,
					GqleErrorSink *sink)
{
	const GqleJson *name = gqle_json_lookup(body, "operationName");

	if (gqle_json_is_null(name))
		return true;
	if (name->kind != GQLE_JSON_STRING)
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, "$.operationName",
								 "parsing Name failed, expected String, but encountered %s",
								 gqle_json_kind_name(name));
	if (!gqle_rules_is_name(name->text))
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, "$.operationName",
								 "%s is not valid GraphQL name", name->text);
	request->operation_name = name->text;
	return true;
}

static bool
read_query(const GqleJson *body, GqleRequest *request, GqleErrorSink *sink)
{
	const GqleJson *query = gqle_json_lookup(body, "query");

	if (query == NULL)
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "key \"query\" not found");
	if (query->kind != GQLE_JSON_STRING)
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, "$.query",
								 "parsing Text failed, expected String, but encountered %s",
								 gqle_json_kind_name(query));
	request->query = query->text;
	request->query_len = query->len;
	return true;
}

static bool
read_variables(const GqleJson *body, GqleRequest *request, GqleErrorSink *sink)
{
	const GqleJson *variables = gqle_json_lookup(body, "variables");
	int			i;

	if (gqle_json_is_null(variables))
		return true;
	if (variables->kind != GQLE_JSON_OBJECT)
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, "$.variables",
								 "parsing HashMap failed, expected Object, but encountered %s",
								 gqle_json_kind_name(variables));
	for (i = 0; i < variables->n; i++)
	{
		const char *key = variables->members[i].key;
		StringInfoData path;

		if (gqle_rules_is_name(key))
			continue;
		initStringInfo(&path);
		appendStringInfoString(&path, "$.variables");
		gqle_error_append_path_key(&path, key);
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, path.data,
								 "%s is not valid GraphQL name", key);
	}
	request->variables = variables;
	return true;
}
