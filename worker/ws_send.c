/*
 * ws_send.c
 *		What is sent over a WebSocket, in the words of both protocols
 *		(http-and-config.md, 10.2).
 *
 * A message is built in one buffer for all connections, since most of them are
 * idle, and queued.  graphql-transport-ws ("modern") and Apollo's graphql-ws have
 * different names, and different ways to fail.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "gqle/base/json_write.h"
#include "gqle/worker/ws_parts.h"

#define ERRORS_PREFIX	"{\"errors\":"

static StringInfoData frame;	/* a message to be sent */

void
gqle_ws_send_start(void)
{
	MemoryContext old = MemoryContextSwitchTo(gqle_ws_memory);

	initStringInfo(&frame);
	MemoryContextSwitchTo(old);
}

/* Begin a message in the frame buffer: type, and id if there is one. */
static void
begin_frame(const char *type, const char *id)
{
	resetStringInfo(&frame);
	appendStringInfo(&frame, "{\"type\":\"%s\"", type);
	if (id != NULL)
	{
		appendStringInfoString(&frame, ",\"id\":");
		gqle_json_write_cstring(&frame, id);
	}
}

static void
send_frame(GqleWsConnection *conn)
{
	appendStringInfoChar(&frame, '}');
	gqle_wsock_send(conn->socket, frame.data, frame.len);
	gqle_ws_trim_buffer(&frame);
}

static void
send_plain(GqleWsConnection *conn, const char *type, const char *id)
{
	begin_frame(type, id);
	send_frame(conn);
}

void
gqle_ws_send_ack(GqleWsConnection *conn)
{
	send_plain(conn, "connection_ack", NULL);
}

void
gqle_ws_send_keepalive(GqleWsConnection *conn)
{
	if (conn->is_modern)
	{
		begin_frame("ping", NULL);
		appendStringInfoString(&frame,
							   ",\"payload\":{\"message\":\"keepalive\"}");
		send_frame(conn);
	}
	else
		send_plain(conn, "ka", NULL);
}

void
gqle_ws_send_pong(GqleWsConnection *conn, const GqleJson *payload)
{
	if (!conn->is_modern)
		return;
	begin_frame("pong", NULL);
	if (payload != NULL)
	{
		appendStringInfoString(&frame, ",\"payload\":");
		gqle_json_append(&frame, payload);
	}
	send_frame(conn);
}

void
gqle_ws_send_connection_error(GqleWsConnection *conn, const char *message)
{
	begin_frame("connection_error", NULL);
	appendStringInfoString(&frame, ",\"payload\":");
	gqle_json_write_cstring(&frame, message);
	send_frame(conn);
}

void
gqle_ws_send_complete(GqleWsConnection *conn, const char *id)
{
	send_plain(conn, "complete", id);
}

void
gqle_ws_send_data(GqleWsConnection *conn, const char *id, const char *body, int len)
{
	begin_frame(conn->is_modern ? "next" : "data", id);
	appendStringInfoString(&frame, ",\"payload\":");
	appendBinaryStringInfo(&frame, body, len);
	send_frame(conn);
}

void
gqle_ws_send_failure(GqleWsConnection *conn, const char *id, bool is_executed,
			 const char *body, int len)
{
	int			prefix = strlen(ERRORS_PREFIX);
	bool		is_list = len > prefix &&
		strncmp(body, ERRORS_PREFIX, prefix) == 0;

	begin_frame(is_executed && !conn->is_modern ? "data" : "error", id);
	appendStringInfoString(&frame, ",\"payload\":");
	if (conn->is_modern && is_list)
		appendBinaryStringInfo(&frame, body + prefix, len - prefix - 1);
	else if (is_executed && is_list)
	{
		appendStringInfoString(&frame, "{\"data\":null,");
		appendBinaryStringInfo(&frame, body + 1, len - 1);
	}
	else if (conn->endpoint == GQLE_ENDPOINT_V1ALPHA1_GRAPHQL)
	{
		MemoryContext old = MemoryContextSwitchTo(gqle_ws_message_memory);

		gqle_error_append_flat(&frame, body, len);
		MemoryContextSwitchTo(old);
	}
	else
		appendBinaryStringInfo(&frame, body, len);
	send_frame(conn);
}

/*
 * With the newer protocol an error is an end by itself, and libraries count one
 * operation too many as ended if "complete" comes with it; Hasura sends that.
 */
void
gqle_ws_send_failed(GqleWsConnection *conn, const char *id)
{
	if (!conn->is_modern)
		gqle_ws_send_complete(conn, id);
}

void
gqle_ws_send_trouble(GqleWsConnection *conn, const char *id, GqleErrorCode code,
			 const char *message)
{
	GqleErrorSink sink = {0};
	StringInfoData text;
	MemoryContext old = MemoryContextSwitchTo(gqle_ws_message_memory);

	initStringInfo(&text);
	gqle_error_report(&sink, code, NULL, "%s", message);
	gqle_error_append_graphql(&text, &sink.error, false);
	gqle_ws_send_failure(conn, id, false, text.data, text.len);
	gqle_ws_send_failed(conn, id);
	MemoryContextSwitchTo(old);
}

void
gqle_ws_send_close(GqleWsConnection *conn, int close_code, int code,
				   const char *message)
{
	char		reason[GQLE_WSOCK_MAX_REASON + 1];
	int			len = strlen(message);
	StringInfoData text;
	MemoryContext old = MemoryContextSwitchTo(gqle_ws_message_memory);

	initStringInfo(&text);
	for (;;)
	{
		char	   *whole = psprintf("%d: %.*s", code, len, message);

		resetStringInfo(&text);
		appendStringInfoString(&text, "{\"server_error_msg\":");
		gqle_json_write_cstring(&text, whole);
		appendStringInfoChar(&text, '}');
		if (text.len <= GQLE_WSOCK_MAX_REASON || len == 0)
			break;
		len = pg_encoding_mbcliplen(PG_UTF8, message, len, len - 1);
	}
	strlcpy(reason, text.data, sizeof(reason));
	MemoryContextSwitchTo(old);
	gqle_ws_close(conn, close_code, reason);
}

void
gqle_ws_send_start_failed(GqleWsConnection *conn, const char *id, const char *message)
{
	GqleError	error = {.code = GQLE_ERR_CUSTOM,.custom_code = "start-failed",
	.message = message};

	GqleWsLogger logger = gqle_ws_logger(conn);
	GqleWsOperation description = {.id = id};

	gqle_ws_log_proto_err(&logger, &description, message);
	begin_frame("error", id);
	appendStringInfoString(&frame, ",\"payload\":");
	gqle_error_append_plain(&frame, &error, false);
	send_frame(conn);
	gqle_ws_send_failed(conn, id);
	if (conn->is_modern)
		gqle_ws_send_close(conn, GQLE_WS_NORMAL, GQLE_WS_BAD, message);
}
