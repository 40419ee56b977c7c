/*
 * query_log.c
 *		What operations ran, as lines of query-log, execution-log and
 *		slow-query-log.
 *
 * Values of a client are shown where Hasura shows them, in query-log: in the
 * request and as arguments of its statements.  slow-query-log has the text of
 * the operation and the statements only.
 */
#include "gqle/gqle.h"

#include "utils/lsyscache.h"
#include "fmgr.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/exec/query_log.h"

bool
gqle_query_log_is_wanted(void)
{
	return gqle_log_wants(GQLE_LOG_QUERY, GQLE_LOG_LEVEL_INFO);
}

static void
append_text_or_null(StringInfo out, const char *text)
{
	if (text != NULL)
		gqle_json_write_cstring(out, text);
	else
		appendStringInfoString(out, "null");
}

/* The request as the client sent it. */
static void
append_request(StringInfo out, const GqleRequest *request)
{
	appendStringInfoString(out, "{\"query\":");
	gqle_json_write_string(out, request->query, request->query_len);
	if (request->operation_name != NULL)
	{
		appendStringInfoString(out, ",\"operationName\":");
		gqle_json_write_cstring(out, request->operation_name);
	}
	if (request->variables != NULL)
	{
		appendStringInfoString(out, ",\"variables\":");
		gqle_json_append(out, request->variables);
	}
	appendStringInfoChar(out, '}');
}

/* The values bound to a statement, as text. */
static void
append_arguments(StringInfo out, const GqlePrepared *prepared)
{
	int			i;

	appendStringInfoChar(out, '[');
	for (i = 0; prepared != NULL && i < prepared->n_bindings; i++)
	{
		Oid			function;
		bool		is_varlena;

		if (i > 0)
			appendStringInfoChar(out, ',');
		if (prepared->nulls[i])
		{
			appendStringInfoString(out, "null");
			continue;
		}
		getTypeOutputInfo(prepared->bindings[i].type_oid, &function, &is_varlena);
		gqle_json_write_cstring(out, OidOutputFunctionCall(function,
														   prepared->values[i]));
	}
	appendStringInfoChar(out, ']');
}

/* The end of a line of query-log. */
static void
append_request_id(StringInfo out, const char *kind)
{
	appendStringInfoString(out, ",\"request_id\":");
	append_text_or_null(out, gqle_log_request_id());
	appendStringInfo(out, ",\"kind\":\"%s\"}", kind);
}

void
gqle_query_log_statement(const GqleRequest *request, const char *field,
						 const char *sql, const GqlePrepared *prepared)
{
	StringInfoData arguments;
	StringInfo	out;

	/* output functions may throw, and a begun line must be ended */
	initStringInfo(&arguments);
	append_arguments(&arguments, prepared);
	out = gqle_log_begin(GQLE_LOG_QUERY, GQLE_LOG_LEVEL_INFO);
	appendStringInfoString(out, "{\"query\":");
	append_request(out, request);
	appendStringInfoString(out, ",\"generated_sql\":{");
	gqle_json_write_cstring(out, field);
	appendStringInfoString(out, ":{\"query\":");
	gqle_json_write_cstring(out, sql);
	appendStringInfoString(out, ",\"prepared_arguments\":");
	appendBinaryStringInfo(out, arguments.data, arguments.len);
	appendStringInfoString(out, "}}");
	append_request_id(out, "database");
	gqle_log_end();
	pfree(arguments.data);
}

/* A root field that makes no statement. */
static void
log_without_sql(const GqleRequest *request, const char *kind)
{
	StringInfo	out = gqle_log_begin(GQLE_LOG_QUERY, GQLE_LOG_LEVEL_INFO);

	appendStringInfoString(out, "{\"query\":");
	append_request(out, request);
	appendStringInfoString(out, ",\"generated_sql\":null");
	append_request_id(out, kind);
	gqle_log_end();
}

void
gqle_query_log_introspection(const GqleRequest *request)
{
	log_without_sql(request, "introspection");
}

void
gqle_query_log_action(const GqleRequest *request)
{
	log_without_sql(request, "action");
}

void
gqle_query_log_remote(const GqleRequest *request)
{
	log_without_sql(request, "remote-schema");
}

static void
log_slow(const GqleSession *session, const GqleRequest *request,
		 const GqleCompiled *compiled, uint64 elapsed_us, bool failed)
{
	StringInfo	out = gqle_log_begin(GQLE_LOG_SLOW_QUERY, GQLE_LOG_LEVEL_WARN);
	int			i;

	appendStringInfoString(out, "{\"request_id\":");
	append_text_or_null(out, gqle_log_request_id());
	appendStringInfoString(out, ",\"role\":");
	gqle_json_write_cstring(out, session->role);
	appendStringInfoString(out, ",\"operation_name\":");
	append_text_or_null(out, compiled->name);
	appendStringInfo(out, ",\"execution_time\":%.6f,\"failed\":%s,\"query\":",
					 elapsed_us / 1e6, failed ? "true" : "false");
	gqle_json_write_string(out, request->query, request->query_len);
	appendStringInfoString(out, ",\"generated_sql\":[");
	for (i = 0; i < compiled->n_prepared; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ',');
		gqle_json_write_cstring(out, compiled->prepared[i].statement->sql);
	}
	appendStringInfoString(out, "]}");
	gqle_log_end();
}

void
gqle_query_log_end(const GqleSession *session, const GqleRequest *request,
				   const GqleCompiled *compiled, uint64 elapsed_us, uint64 bytes,
				   bool failed)
{
	StringInfo	out;

	if (gqle_guc_slow_query_threshold >= 0 &&
		elapsed_us >= (uint64) gqle_guc_slow_query_threshold * 1000 &&
		gqle_log_wants(GQLE_LOG_SLOW_QUERY, GQLE_LOG_LEVEL_WARN))
		log_slow(session, request, compiled, elapsed_us, failed);
	if (!gqle_log_wants(GQLE_LOG_EXECUTION, GQLE_LOG_LEVEL_INFO))
		return;
	out = gqle_log_begin(GQLE_LOG_EXECUTION, GQLE_LOG_LEVEL_INFO);
	appendStringInfoString(out, "{\"request_id\":");
	append_text_or_null(out, gqle_log_request_id());
	appendStringInfo(out,
					 ",\"statistics\":{\"execution_time\":%.6f,\"response_size\":" UINT64_FORMAT
					 ",\"planner_cost\":%.2f,\"failed\":%s}}",
					 elapsed_us / 1e6, bytes, compiled->cost,
					 failed ? "true" : "false");
	gqle_log_end();
}
