/*
 * ws_log.c
 *		Lines of websocket-log.
 *
 * Their shape is that of Hasura's GraphQL/Transport/WebSocket.hs: who, which
 * socket, and an event with its detail.
 */
#include "postgres.h"

#include "pgtime.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/worker/ws_log.h"

#define USECS 1000000

static void
append_text_or_null(StringInfo out, const char *text)
{
	if (text != NULL)
		gqle_json_write_cstring(out, text);
	else
		appendStringInfoString(out, "null");
}

/* When the session ends, as a time in UTC, or null. */
static void
append_expiry(StringInfo out, const GqleSession *session)
{
	char		text[64];
	pg_time_t	seconds;

	if (session == NULL || session->expires_at == 0)
	{
		appendStringInfoString(out, "null");
		return;
	}
	seconds = session->expires_at / USECS;
	pg_strftime(text, sizeof(text), "\"%Y-%m-%dT%H:%M:%SZ\"", pg_gmtime(&seconds));
	appendStringInfoString(out, text);
}

/* Begin a line up to its event's type; NULL if it isn't wanted. */
static StringInfo
begin_event(const GqleWsLogger *logger, GqleLogLevel level, const char *type)
{
	StringInfo	out;

	if (!gqle_log_wants(GQLE_LOG_WEBSOCKET, level))
		return NULL;
	out = gqle_log_begin(GQLE_LOG_WEBSOCKET, level);
	appendStringInfoString(out, "{\"user_vars\":");
	if (logger->session != NULL)
		gqle_session_append_json(out, logger->session);
	else
		appendStringInfoString(out, "null");
	appendStringInfoString(out, ",\"connection_info\":{\"websocket_id\":");
	gqle_json_write_cstring(out, logger->websocket_id);
	appendStringInfoString(out, ",\"token_expiry\":");
	append_expiry(out, logger->session);
	appendStringInfo(out, ",\"msg\":null},\"event\":{\"type\":\"%s\"", type);
	return out;
}

static void
end_event(StringInfo out)
{
	appendStringInfoString(out, "}}");
	gqle_log_end();
}

void
gqle_ws_log_accepted(const GqleWsLogger *logger)
{
	StringInfo	out = begin_event(logger, GQLE_LOG_LEVEL_INFO, "accepted");

	if (out != NULL)
		end_event(out);
}

void
gqle_ws_log_closed(const GqleWsLogger *logger)
{
	StringInfo	out = begin_event(logger, GQLE_LOG_LEVEL_INFO, "closed");

	if (out != NULL)
		end_event(out);
}

void
gqle_ws_log_rejected(const GqleWsLogger *logger, const GqleError *error)
{
	StringInfo	out = begin_event(logger, GQLE_LOG_LEVEL_ERROR, "rejected");

	if (out == NULL)
		return;
	appendStringInfoString(out, ",\"detail\":");
	gqle_error_append_plain(out, error, false);
	end_event(out);
}

void
gqle_ws_log_conn_err(const GqleWsLogger *logger, const char *message)
{
	StringInfo	out = begin_event(logger, GQLE_LOG_LEVEL_ERROR, "conn_err");

	if (out == NULL)
		return;
	appendStringInfoString(out, ",\"detail\":");
	gqle_json_write_cstring(out, message);
	end_event(out);
}

/* Begin the event of an operation, up to the type of what befell it. */
static StringInfo
begin_operation(const GqleWsLogger *logger, const GqleWsOperation *op,
				GqleLogLevel level, const char *type)
{
	StringInfo	out = begin_event(logger, level, "operation");

	if (out == NULL)
		return NULL;
	appendStringInfoString(out, ",\"detail\":{\"operation_id\":");
	gqle_json_write_cstring(out, op->id);
	appendStringInfoString(out, ",\"request_id\":");
	append_text_or_null(out, op->request_id);
	appendStringInfoString(out, ",\"operation_name\":");
	append_text_or_null(out, op->name);
	appendStringInfo(out, ",\"operation_type\":{\"type\":\"%s\"", type);
	return out;
}

static void
end_operation(StringInfo out, const GqleWsOperation *op)
{
	appendStringInfoString(out, "},\"query\":");
	if (op->body != NULL && gqle_guc_has_log(GQLE_LOG_QUERY))
		gqle_json_write_raw(out, op->body, op->body_len);
	else
		appendStringInfoString(out, "null");
	appendStringInfoString(out, ",\"parameterized_query_hash\":null}");
	end_event(out);
}

void
gqle_ws_log_started(const GqleWsLogger *logger, const GqleWsOperation *op)
{
	StringInfo	out = begin_operation(logger, op, GQLE_LOG_LEVEL_INFO, "started");

	if (out != NULL)
		end_operation(out, op);
}

void
gqle_ws_log_completed(const GqleWsLogger *logger, const GqleWsOperation *op)
{
	StringInfo	out = begin_operation(logger, op, GQLE_LOG_LEVEL_INFO, "completed");

	if (out != NULL)
		end_operation(out, op);
}

void
gqle_ws_log_stopped(const GqleWsLogger *logger, const GqleWsOperation *op)
{
	StringInfo	out = begin_operation(logger, op, GQLE_LOG_LEVEL_INFO, "stopped");

	if (out != NULL)
		end_operation(out, op);
}

void
gqle_ws_log_proto_err(const GqleWsLogger *logger, const GqleWsOperation *op,
					  const char *message)
{
	StringInfo	out = begin_operation(logger, op, GQLE_LOG_LEVEL_ERROR, "proto_err");

	if (out == NULL)
		return;
	appendStringInfoString(out, ",\"detail\":");
	gqle_json_write_cstring(out, message);
	end_operation(out, op);
}

void
gqle_ws_log_query_err(const GqleWsLogger *logger, const GqleWsOperation *op,
					  const char *answer, int len)
{
	StringInfo	out = begin_operation(logger, op, GQLE_LOG_LEVEL_ERROR, "query_err");

	if (out == NULL)
		return;
	appendStringInfoString(out, ",\"detail\":");
	gqle_error_append_flat(out, answer, len);
	end_operation(out, op);
}
