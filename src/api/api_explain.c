/*
 * api_explain.c
 *		POST /v1/graphql/explain and graphql.explain.
 *
 * The HTTP body is {"query": {"query":.., "variables":.., "operationName":..},
 * "user": {"x-hasura-role":..}, "is_relay": bool}; only an admin may ask, on
 * behalf of any session.
 */
#include "gqle/gqle.h"

#include "utils/builtins.h"

#include "gqle/api/api_graphql.h"
#include "gqle/api/call.h"
#include "gqle/base/guc.h"
#include "gqle/exec/explain.h"
#include "gqle/plan/plan.h"

PG_FUNCTION_INFO_V1(gqle_sql_explain);
PG_FUNCTION_INFO_V1(gqle_sql_explain_relay);
PG_FUNCTION_INFO_V1(gqle_sql_explain_permission);

/* Decode the body and explain; false after reporting. */
static bool
explain_body(GqleCall *call, GqleErrorSink *sink)
{
	GqleJsonError json_error;
	GqleJson   *body = gqle_json_parse(call->body, call->body_len, &json_error);
	GqleJson   *query;
	GqleJson   *user;
	GqleJson   *is_relay;
	GqleRequest *request;
	GqleSession *session;

	if (body == NULL)
		return gqle_error_report(sink, GQLE_ERR_INVALID_JSON, NULL, "%s", json_error.message);
	if (!call->session->is_admin)
		return gqle_error_report(sink, GQLE_ERR_ACCESS_DENIED, NULL,
								 "You have to be an admin to access this endpoint");
	if (body->kind != GQLE_JSON_OBJECT)
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "parsing Object failed, expected Object, but encountered %s",
								 gqle_json_kind_name(body));
	query = gqle_json_lookup(body, "query");
	if (query == NULL)
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL, "key \"query\" not found");
	is_relay = gqle_json_lookup(body, "is_relay");
	request = gqle_request_from_json(query, sink);
	if (request == NULL)
		return false;
	request->is_relay = is_relay != NULL && is_relay->kind == GQLE_JSON_BOOL &&
		is_relay->boolean;
	user = gqle_json_lookup(body, "user");
	if (gqle_json_is_null(user))
		user = gqle_json_make_object();
	session = gqle_session_from_json(user, sink);
	return session != NULL &&
		gqle_explain(session, request, GQLE_EXPLAIN_JSON, call->out, sink);
}

/* See call.h. */
void
gqle_api_explain(GqleCall *call)
{
	GqleErrorSink sink = {0};

	if (call->place == GQLE_PLACE_INLINE)
	{
		call->to_lane = true;
		return;
	}
	if (explain_body(call, &sink))
	{
		call->status = 200;
		return;
	}
	gqle_error_append_plain(call->out, &sink.error,
							gqle_guc_dev_mode ||
							(gqle_guc_admin_internal_errors && call->session->is_admin));
	call->status = sink.error.http_status;
}

static GqleExplainFormat
parse_format(const char *text)
{
	if (strcmp(text, "sql") == 0)
		return GQLE_EXPLAIN_SQL;
	if (strcmp(text, "plan") == 0)
		return GQLE_EXPLAIN_PLAN;
	if (strcmp(text, "analyze") == 0)
		return GQLE_EXPLAIN_ANALYZE;
	if (strcmp(text, "json") == 0)
		return GQLE_EXPLAIN_JSON;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized explain format \"%s\"", text),
			 errhint("Valid formats are \"sql\", \"plan\", \"analyze\" and \"json\".")));
}

/* Explain the request of an SQL function's arguments. */
static Datum
explain_arguments(FunctionCallInfo fcinfo, bool is_relay)
{
	GqleExplainFormat format = GQLE_EXPLAIN_SQL;
	GqleErrorSink sink = {0};
	GqleSession *session;
	GqleRequest request = {0};
	StringInfoData out;

	gqle_api_session_arguments(fcinfo, &session, &request);
	request.is_relay = is_relay;
	if (!PG_ARGISNULL(4))
		format = parse_format(text_to_cstring(PG_GETARG_TEXT_PP(4)));
	initStringInfo(&out);
	if (!gqle_explain(session, &request, format, &out, &sink))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s", sink.error.message),
				 errdetail("Path: %s", sink.error.path ? sink.error.path : "$")));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/*
 * graphql.explain(session jsonb, query text, variables jsonb, operation_name text,
 * format text) returns text
 */
Datum
gqle_sql_explain(PG_FUNCTION_ARGS)
{
	return explain_arguments(fcinfo, false);
}

/* graphql.explain_relay: the same on the Relay schema */
Datum
gqle_sql_explain_relay(PG_FUNCTION_ARGS)
{
	return explain_arguments(fcinfo, true);
}

static GqlePermissionKind
parse_operation(const char *text)
{
	if (strcmp(text, "select") == 0)
		return GQLE_PERMISSION_SELECT;
	if (strcmp(text, "insert") == 0)
		return GQLE_PERMISSION_INSERT;
	if (strcmp(text, "update") == 0)
		return GQLE_PERMISSION_UPDATE;
	if (strcmp(text, "delete") == 0)
		return GQLE_PERMISSION_DELETE;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized operation \"%s\"", text),
			 errhint("Operations are \"select\", \"insert\", \"update\" and \"delete\".")));
}

/*
 * graphql.explain_permission(role text, tab regclass, operation text) returns
 * text; null if the role has no such permission
 */
Datum
gqle_sql_explain_permission(PG_FUNCTION_ARGS)
{
	char	   *role = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Oid			relid = PG_GETARG_OID(1);
	GqlePermissionKind kind = parse_operation(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	GqleCatalog *catalog = gqle_catalog_pin();
	GqleTable  *table = gqle_catalog_lookup_relid(catalog, relid);
	StringInfoData out;
	bool		found;

	if (table == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table %s is not tracked, or inconsistent",
						DatumGetCString(DirectFunctionCall1(regclassout,
															ObjectIdGetDatum(relid))))));
	initStringInfo(&out);
	found = gqle_plan_append_permission(&out, gqle_schema_get(catalog, role, true), table,
										kind);
	gqle_catalog_release(catalog);
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
