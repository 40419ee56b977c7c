/*
 * conn_ws.c
 *		Both protocols of GraphQL over WebSocket (http-and-config.md, 10).
 *
 * Nouns: a *connection* is a socket and who speaks on it; an *operation* is what
 * a client started and has not seen the end of, found by the client's id.
 *
 *		NEW		no session yet; connection_init must come in time
 *		READY	authenticated: operations may be started.  Another
 *				connection_init authenticates anew, for those that follow
 *		CLOSED	a close frame is queued; nothing is sent or looked at any more
 *
 * While the webhook is asked who it is, nothing is read, and what had been read
 * already is put off.  A connection in state NEW takes small messages only.  It is *modern* if the
 * client asked for graphql-transport-ws and nothing else; the older protocol,
 * of Apollo, has other names and other ways to fail, all of them in the part
 * "What is sent".
 *
 * Operations run as calls do over HTTP: here, if cheap, else in the lane.  A
 * query in the lane doesn't hold up others, but what follows a mutation on the
 * same connection may rely on its effect and waits for its end.  A subscription
 * is run once, like a query, and if that went well it becomes a subscriber
 * (live.c).
 *
 * Connections are small, since most of them are idle: texts of a connection lie
 * in one piece of memory each, and what is sent is built in one buffer for all.
 */
#include "postgres.h"

#include <openssl/evp.h>
#include <sys/time.h>
#include <time.h>

#include "common/hashfn.h"
#include "lib/ilist.h"
#include "lib/pairingheap.h"
#include "mb/pg_wchar.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/memory.h"
#include "gqle/base/metrics.h"
#include "gqle/base/secrets.h"
#include "gqle/net/pmdeflate.h"
#include "gqle/net/wsmessage.h"
#include "gqle/worker/auth.h"
#include "gqle/worker/conn_sse.h"
#include "gqle/worker/conn_ws.h"
#include "gqle/worker/cors.h"
#include "gqle/worker/graphql_http.h"
#include "gqle/worker/lane.h"
#include "gqle/worker/live.h"
#include "gqle/worker/registry.h"
#include "gqle/worker/request_trace.h"
#include "gqle/worker/worker_main.h"
#include "gqle/worker/ws_log.h"
#include "gqle/worker/wsock.h"

#define MODERN			"graphql-transport-ws"
#define APOLLO			"graphql-ws"
#define GUID			"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_LEN			24		/* base64 of 16 bytes */
#define ACCEPT_SIZE		32
#define KEEP_OUT_BYTES	(1024 * 1024)
#define MAX_IN_LANE		32		/* operations of one connection */
#define INIT_LIMIT		(64 * 1024) /* bytes of a message before the session */

#define CODE_NORMAL		1000
#define CODE_INTERNAL	1011
#define CODE_RESTART	1012
#define CODE_BAD		4400
#define CODE_FORBIDDEN	4403
#define CODE_INIT_LATE	4408

#define ERRORS_PREFIX	"{\"errors\":"

typedef enum ConnState
{
	CONN_NEW,
	CONN_READY,
	CONN_CLOSED
} ConnState;

typedef struct Connection
{
	GqleSocket *socket;
	ConnState	state;
	char		id[GQLE_UUID_TEXT_LEN + 1]; /* for the log */
	GqleCallOrigin origin;		/* of all its operations */
	bool		is_modern;
	bool		is_initialising;	/* in the list of that name */
	bool		is_held;		/* nothing is read: see hold_or_not */
	GqleEndpoint endpoint;
	dlist_node	init_node;		/* in initialising, if is_initialising */
	dlist_node	alive_node;		/* in keeping_alive, unless CLOSED */
	int64		since;			/* accepted, ms */
	int64		kept_alive;		/* last keep-alive message, ms */
	pairingheap_node expiry_node;
	int64		expires_at;		/* microseconds since 1970; 0: never, and not in
								 * the heap */
	GqleHttpHeader *headers;	/* of the handshake */
	int			n_headers;
	GqleHttpHeader *client_headers; /* with those of connection_init */
	int			n_client_headers;
	GqleSession *session;		/* NULL if not READY */
	dlist_head	operations;
	int			n_operations;
	int			n_in_lane;
	struct Operation *mutation; /* the one that others wait for */
	GqleAuthQuestion *question; /* to the webhook, or NULL */
	dlist_head	deferred;		/* messages that came meanwhile */
} Connection;

typedef struct Deferred
{
	dlist_node	node;
	int			len;
	char		text[FLEXIBLE_ARRAY_MEMBER];
} Deferred;

typedef enum OperationState
{
	OPERATION_WAITING,			/* for the end of a mutation */
	OPERATION_IN_LANE,
	OPERATION_LIVE
} OperationState;

typedef struct Operation
{
	dlist_node	node;
	OperationState state;
	Connection *conn;
	GqleTicket	ticket;
	char	   *body;			/* until it has been run for the first time */
	int			body_len;
	GqleSession *session;		/* the connection's at the start, likewise */
	GqleSubscriber subscriber;
	int64		started_at;		/* microseconds since 1970 */
	GqleRequestTrace trace;
	const char *name;			/* after the id; NULL if the client gave none */
	char		request_id[GQLE_UUID_TEXT_LEN + 1];
	char		id[FLEXIBLE_ARRAY_MEMBER];
} Operation;

static MemoryContext conn_context;	/* connections and operations */
static MemoryContext message_context;	/* reset after each message */
static StringInfoData out;		/* answers of calls run here */
static StringInfoData frame;	/* a message to be sent */
static dlist_head initialising;
static dlist_head keeping_alive;
static pairingheap *expiries;
static int64 now_ms;
static bool is_draining = false;
static uint64 known_changes;	/* of metadata */
static TimestampTz known_reload;
static uint64 known_auth;		/* hash_auth_settings() */
static uint64 known_cors;
static bool known_stringify;

static void on_message(GqleSocket *s, const char *text, int len);
static void on_drained(GqleSocket *s);
static void on_gone(GqleSocket *s);
static void take_socket(GqleExchange *x, int fd, const char *extra,
						size_t extra_len);
static void close_connection(Connection *conn, int code, const char *reason);
static void handle_message(Connection *conn, const char *text, int len);
static void authenticate(Connection *conn, const GqleWsMessage *message);
static void start_operation(Connection *conn, const GqleWsMessage *message);
static void run_operation(Operation *op);
static void stop_operation(Connection *conn, const char *id);
static void end_operation(Operation *op);
static void take_answer(void *owner, const GqleAnswer *answer);
static bool tell_change(GqleSubscriber *subscriber, bool is_error,
						const char *body, int len);
static uint64 hash_auth_settings(void);
static uint64 hash_cors_settings(void);
static int	compare_expiries(const pairingheap_node *a,
							 const pairingheap_node *b, void *arg);

static const GqleSocketHandlers socket_handlers = {
	.on_message = on_message,
	.on_drained = on_drained,
	.on_gone = on_gone
};

static void
read_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	now_ms = (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Microseconds since 1970. */
static int64
wall_clock(void)
{
	struct timeval tv;

	gettimeofday(&tv, NULL);
	return (int64) tv.tv_sec * 1000000 + tv.tv_usec;
}

static uint64
metadata_changes(void)
{
	int			index = gqle_registry->workers[gqle_worker_slot].database;

	return gqle_registry->databases[index].metadata_changes;
}

void
gqle_conn_ws_start(void)
{
	MemoryContext old;

	conn_context = AllocSetContextCreate(TopMemoryContext, "gqle WebSocket",
										 ALLOCSET_DEFAULT_SIZES);
	message_context = gqle_memory_make_request();
	old = MemoryContextSwitchTo(conn_context);
	initStringInfo(&out);
	initStringInfo(&frame);
	expiries = pairingheap_allocate(compare_expiries, NULL);
	MemoryContextSwitchTo(old);
	dlist_init(&initialising);
	dlist_init(&keeping_alive);
	known_changes = metadata_changes();
	known_reload = PgReloadTime;
	known_auth = hash_auth_settings();
	known_cors = hash_cors_settings();
	known_stringify = gqle_guc_stringify_numeric_types;
	gqle_wsock_start(&socket_handlers);
	gqle_live_start();
	gqle_conn_sse_start();
	if (gqle_guc_ws_read_cookie && !gqle_guc_disable_cors)
		ereport(LOG,
				(errmsg("gqle.ws_read_cookie is without effect while CORS is enabled"),
				 errdetail("Cookies of allowed origins are read then.")));
}

/* Let go of a buffer that grew too large. */
static void
trim_buffer(StringInfo buffer)
{
	if (buffer->maxlen <= KEEP_OUT_BYTES)
		return;
	pfree(buffer->data);
	buffer->data = MemoryContextAlloc(conn_context, 1024);
	buffer->maxlen = 1024;
	resetStringInfo(buffer);
}

/* ------------------------------------------------------------------------
 * Handshake
 * ------------------------------------------------------------------------ */

/* Is a word one of a header's comma separated list? */
static bool
lists_word(const char *list, const char *word)
{
	size_t		len = strlen(word);

	while (list != NULL && *list != '\0')
	{
		size_t		n;

		list += strspn(list, " \t,");
		n = strcspn(list, " \t,");
		if (n == len && pg_strncasecmp(list, word, len) == 0)
			return true;
		list += n;
	}
	return false;
}

bool
gqle_conn_ws_is_handshake(const GqleExchange *x)
{
	return strcmp(x->method, "GET") == 0 &&
		lists_word(gqle_httpd_header(x, "upgrade"), "websocket");
}

/* Does the client ask for the newer protocol, and for nothing else? */
static bool
asks_for_modern(const GqleExchange *x)
{
	bool		is_modern = false;

	for (int i = 0; i < x->n_headers; i++)
	{
		if (pg_strcasecmp(x->headers[i].name, "sec-websocket-protocol") != 0)
			continue;
		if (is_modern || strcmp(x->headers[i].value, MODERN) != 0)
			return false;
		is_modern = true;
	}
	return is_modern;
}

static bool
wants_compression(const GqleExchange *x)
{
	if (!gqle_guc_connection_compression)
		return false;
	for (int i = 0; i < x->n_headers; i++)
	{
		if (pg_strcasecmp(x->headers[i].name, "sec-websocket-extensions") == 0 &&
			gqle_pmdeflate_is_offered(x->headers[i].value))
			return true;
	}
	return false;
}

/* The endpoint that a path means, or -1. */
static int
find_endpoint(const GqleExchange *x)
{
	static const struct
	{
		const char *path;
		GqleEndpoint endpoint;
	}			paths[] = {
		{"/v1/graphql", GQLE_ENDPOINT_V1_GRAPHQL},
		{"/v1alpha1/graphql", GQLE_ENDPOINT_V1ALPHA1_GRAPHQL},
		{"/v1beta1/relay", GQLE_ENDPOINT_RELAY},
	};

	if (!gqle_guc_has_api(GQLE_API_GROUP_GRAPHQL))
		return -1;
	for (size_t i = 0; i < lengthof(paths); i++)
	{
		if ((int) strlen(paths[i].path) == x->path_len &&
			memcmp(paths[i].path, x->target, x->path_len) == 0)
			return paths[i].endpoint;
	}
	return -1;
}

/* Sec-WebSocket-Accept for a key; false if it isn't one (RFC 6455 §4.2). */
static bool
make_accept(const char *client_key, char *accept)
{
	unsigned char bytes[KEY_LEN];
	unsigned char digest[EVP_MAX_MD_SIZE];
	char		text[KEY_LEN + sizeof(GUID)];
	unsigned int digest_len;

	if (client_key == NULL || strlen(client_key) != KEY_LEN ||
		strcmp(client_key + KEY_LEN - 2, "==") != 0 ||
		EVP_DecodeBlock(bytes, (const unsigned char *) client_key, KEY_LEN) < 0)
		return false;
	snprintf(text, sizeof(text), "%s" GUID, client_key);
	if (EVP_Digest(text, strlen(text), digest, &digest_len, EVP_sha1(), NULL) != 1)
		return false;
	EVP_EncodeBlock((unsigned char *) accept, digest, digest_len);
	return true;
}

/*
 * May a page of the request's origin, if there is one, have a socket?  With CORS
 * switched off it may, but its cookies are ignored then.
 */
static bool
is_origin_welcome(const GqleExchange *x)
{
	const char *origin = gqle_httpd_header(x, "origin");

	return gqle_guc_disable_cors || origin == NULL ||
		gqle_cors_is_origin_allowed(origin);
}

/* Refuse a handshake. */
static bool
refuse(int *status, int wanted, GqleErrorSink *sink, GqleErrorCode code,
	   const char *message)
{
	*status = wanted;
	return gqle_error_report(sink, code, NULL, "%s", message);
}

bool
gqle_conn_ws_accept(GqleExchange *x, int *status, GqleErrorSink *sink)
{
	static char accept[ACCEPT_SIZE];	/* copied before the next one */
	const char *version = gqle_httpd_header(x, "sec-websocket-version");

	if (is_draining)
		return refuse(status, 503, sink, GQLE_ERR_UNEXPECTED,
					  "Server is shutting down");
	if (!is_origin_welcome(x))
		return refuse(status, 400, sink, GQLE_ERR_ACCESS_DENIED,
					  "received origin header does not match configured CORS domains");
	if (find_endpoint(x) < 0)
		return refuse(status, 404, sink, GQLE_ERR_NOT_FOUND,
					  "only '/v1/graphql', '/v1alpha1/graphql' and '/v1beta1/relay' are supported on websockets");
	if (version == NULL || strcmp(version, "13") != 0)
		return refuse(status, 426, sink, GQLE_ERR_BAD_REQUEST,
					  "only version 13 of WebSocket is supported");
	if (!lists_word(gqle_httpd_header(x, "connection"), "upgrade") ||
		x->is_http_1_0 || x->is_chunked ||
		!make_accept(gqle_httpd_header(x, "sec-websocket-key"), accept))
		return refuse(status, 400, sink, GQLE_ERR_BAD_REQUEST,
					  "the WebSocket handshake is malformed");
	gqle_httpd_upgrade(x, accept, asks_for_modern(x) ? MODERN : APOLLO,
					   wants_compression(x) ? GQLE_PMDEFLATE_ANSWER : NULL,
					   take_socket);
	return true;
}

/* Is it a header of the handshake that nobody may, or need, look at later? */
static bool
is_of_handshake(const GqleHttpHeader *h)
{
	if (pg_strcasecmp(h->name, "cookie") == 0)
		return gqle_guc_disable_cors && !gqle_guc_ws_read_cookie;
	return pg_strncasecmp(h->name, "sec-websocket-", 14) == 0 ||
		pg_strcasecmp(h->name, "upgrade") == 0 ||
		pg_strcasecmp(h->name, "connection") == 0;
}

/*
 * Copy headers that are not of the handshake, in one piece with the array first;
 * NULL if there are none.
 */
static GqleHttpHeader *
keep_headers(const GqleExchange *x, int *n)
{
	Size		size = 0;
	GqleHttpHeader *headers;
	char	   *place;

	*n = 0;
	for (int i = 0; i < x->n_headers; i++)
	{
		if (is_of_handshake(&x->headers[i]))
			continue;
		size += sizeof(GqleHttpHeader) + x->headers[i].name_len +
			x->headers[i].value_len + 2;
		(*n)++;
	}
	if (size == 0)
		return NULL;
	headers = MemoryContextAlloc(conn_context, size);
	place = (char *) &headers[*n];
	*n = 0;
	for (int i = 0; i < x->n_headers; i++)
	{
		const GqleHttpHeader *from = &x->headers[i];
		GqleHttpHeader *h;

		if (is_of_handshake(from))
			continue;
		h = &headers[(*n)++];
		h->name = memcpy(place, from->name, from->name_len + 1);
		h->name_len = from->name_len;
		place += from->name_len + 1;
		h->value = memcpy(place, from->value, from->value_len + 1);
		h->value_len = from->value_len;
		place += from->value_len + 1;
	}
	return headers;
}

/* ------------------------------------------------------------------------
 * What is logged
 * ------------------------------------------------------------------------ */

static GqleWsLogger
logger_of(const Connection *conn)
{
	GqleWsLogger logger = {conn->id, conn->session};

	return logger;
}

static GqleWsOperation
described(const Operation *op)
{
	GqleWsOperation description = {op->id, op->request_id, op->name, op->body,
	op->body_len};

	return description;
}

void
gqle_conn_ws_log_rejected(const GqleError *error)
{
	char		id[GQLE_UUID_TEXT_LEN + 1];
	GqleWsLogger logger = {id, NULL};

	gqle_random_uuid(id);
	gqle_ws_log_rejected(&logger, error);
}

/* What befell an operation. */
static void
log_operation(const Operation *op,
			  void (*log) (const GqleWsLogger *logger, const GqleWsOperation *op))
{
	GqleWsLogger logger = logger_of(op->conn);
	GqleWsOperation description = described(op);

	log(&logger, &description);
}

static void
log_accepted(Connection *conn)
{
	GqleWsLogger logger;

	gqle_random_uuid(conn->id);
	logger = logger_of(conn);
	gqle_ws_log_accepted(&logger);
}

static void
log_closed(const Connection *conn)
{
	GqleWsLogger logger = logger_of(conn);

	gqle_ws_log_closed(&logger);
}

static void
log_conn_err(const Connection *conn, const char *message)
{
	GqleWsLogger logger = logger_of(conn);

	gqle_ws_log_conn_err(&logger, message);
}

/* ------------------------------------------------------------------------
 * What is sent
 * ------------------------------------------------------------------------ */

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
send_frame(Connection *conn)
{
	appendStringInfoChar(&frame, '}');
	gqle_wsock_send(conn->socket, frame.data, frame.len);
	trim_buffer(&frame);
}

static void
send_plain(Connection *conn, const char *type, const char *id)
{
	begin_frame(type, id);
	send_frame(conn);
}

static void
send_keepalive(Connection *conn)
{
	conn->kept_alive = now_ms;
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

static void
send_pong(Connection *conn, const GqleJson *payload)
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

static void
send_connection_error(Connection *conn, const char *message)
{
	begin_frame("connection_error", NULL);
	appendStringInfoString(&frame, ",\"payload\":");
	gqle_json_write_cstring(&frame, message);
	send_frame(conn);
}

static void
send_complete(Connection *conn, const char *id)
{
	send_plain(conn, "complete", id);
}

/* A result: body is {"data":...}. */
static void
send_data(Connection *conn, const char *id, const char *body, int len)
{
	begin_frame(conn->is_modern ? "next" : "data", id);
	appendStringInfoString(&frame, ",\"payload\":");
	appendBinaryStringInfo(&frame, body, len);
	send_frame(conn);
}

/*
 * A failure: body is {"errors":[...]}.  is_executed says that the operation had
 * begun to run: then, with Apollo, it is a result.
 */
static void
send_failure(Connection *conn, const char *id, bool is_executed,
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
		MemoryContext old = MemoryContextSwitchTo(message_context);

		gqle_error_append_flat(&frame, body, len);
		MemoryContextSwitchTo(old);
	}
	else
		appendBinaryStringInfo(&frame, body, len);
	send_frame(conn);
}

/* A failure of our own, as above. */
static void
send_trouble(Connection *conn, const char *id, GqleErrorCode code,
			 const char *message)
{
	GqleErrorSink sink = {0};
	StringInfoData text;
	MemoryContext old = MemoryContextSwitchTo(message_context);

	initStringInfo(&text);
	gqle_error_report(&sink, code, NULL, "%s", message);
	gqle_error_append_graphql(&text, &sink.error, false);
	send_failure(conn, id, false, text.data, text.len);
	MemoryContextSwitchTo(old);
}

/*
 * Close with {"server_error_msg":"<code>: <message>"}, of which as much is said
 * as a close frame holds.
 */
static void
close_with_message(Connection *conn, int close_code, int code,
				   const char *message)
{
	char		reason[GQLE_WSOCK_MAX_REASON + 1];
	int			len = strlen(message);
	StringInfoData text;
	MemoryContext old = MemoryContextSwitchTo(message_context);

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
	close_connection(conn, close_code, reason);
}

/* The client broke the protocol's order: an error, and modern ones are closed. */
static void
fail_start(Connection *conn, const char *id, const char *message)
{
	GqleError	error = {.code = GQLE_ERR_CUSTOM,.custom_code = "start-failed",
	.message = message};

	GqleWsLogger logger = logger_of(conn);
	GqleWsOperation description = {.id = id};

	gqle_ws_log_proto_err(&logger, &description, message);
	begin_frame("error", id);
	appendStringInfoString(&frame, ",\"payload\":");
	gqle_error_append_plain(&frame, &error, false);
	send_frame(conn);
	send_complete(conn, id);
	if (conn->is_modern)
		close_with_message(conn, CODE_NORMAL, CODE_BAD, message);
}

/* ------------------------------------------------------------------------
 * Connections
 * ------------------------------------------------------------------------ */

/* The handshake is over: GqleUpgradeHandler. */
static void
take_socket(GqleExchange *x, int fd, const char *extra, size_t extra_len)
{
	Connection *conn;

	if (gqle_guc_max_connections_per_address > 0 &&
		gqle_wsock_count_of_peer(&x->peer) >= gqle_guc_max_connections_per_address)
	{
		gqle_metrics_add(GQLE_METRIC_BUSY, 1);
		close(fd);
		return;
	}
	conn = MemoryContextAllocZero(conn_context, sizeof(*conn));
	conn->socket = gqle_wsock_open(fd, &x->peer, extra, extra_len, conn);
	if (conn->socket == NULL)
	{
		pfree(conn);
		return;
	}
	conn->endpoint = find_endpoint(x);
	conn->is_modern = asks_for_modern(x);
	dlist_init(&conn->operations);
	dlist_init(&conn->deferred);
	conn->headers = keep_headers(x, &conn->n_headers);
	read_clock();
	conn->since = now_ms;
	conn->is_initialising = true;
	dlist_push_tail(&initialising, &conn->init_node);
	dlist_push_tail(&keeping_alive, &conn->alive_node);
	gqle_wsock_limit(conn->socket, INIT_LIMIT);
	if (x->extensions != NULL)
		gqle_wsock_compress(conn->socket);
	strlcpy(conn->origin.address, gqle_auth_address(x), sizeof(conn->origin.address));
	log_accepted(conn);
	send_keepalive(conn);
}

static void
set_expiry(Connection *conn, int64 expires_at)
{
	if (conn->expires_at != 0)
		pairingheap_remove(expiries, &conn->expiry_node);
	conn->expires_at = expires_at;
	if (expires_at != 0)
		pairingheap_add(expiries, &conn->expiry_node);
}

/* The heap has its largest on top: the one that expires first. */
static int
compare_expiries(const pairingheap_node *a, const pairingheap_node *b, void *arg)
{
	int64		first = pairingheap_const_container(Connection, expiry_node, a)->expires_at;
	int64		second = pairingheap_const_container(Connection, expiry_node, b)->expires_at;

	return first < second ? 1 : first > second ? -1 : 0;
}

static void
stop_init_timer(Connection *conn)
{
	if (conn->is_initialising)
		dlist_delete(&conn->init_node);
	conn->is_initialising = false;
}

/*
 * Nothing is read while the webhook is asked, or while many operations are in
 * the lane.
 */
static void
hold_or_not(Connection *conn)
{
	bool		is_held = conn->question != NULL ||
		conn->n_in_lane >= MAX_IN_LANE;

	if (is_held == conn->is_held)
		return;
	conn->is_held = is_held;
	gqle_wsock_hold(conn->socket, is_held);
}

/* Out of all lists of the living; operations end. */
static void
leave(Connection *conn)
{
	if (conn->state == CONN_CLOSED)
		return;
	stop_init_timer(conn);
	dlist_delete(&conn->alive_node);
	set_expiry(conn, 0);
	if (conn->question != NULL)
		gqle_auth_webhook_cancel(conn->question);
	conn->question = NULL;
	while (!dlist_is_empty(&conn->deferred))
		pfree(dlist_container(Deferred, node,
							  dlist_pop_head_node(&conn->deferred)));
	log_closed(conn);
	conn->state = CONN_CLOSED;
	conn->mutation = NULL;		/* nobody waits any more */
	while (!dlist_is_empty(&conn->operations))
		end_operation(dlist_head_element(Operation, node, &conn->operations));
}

static void
close_connection(Connection *conn, int code, const char *reason)
{
	leave(conn);
	gqle_wsock_close(conn->socket, code, reason);
}

static void
on_gone(GqleSocket *s)
{
	Connection *conn = gqle_wsock_user(s);

	leave(conn);
	if (conn->headers != NULL)
		pfree(conn->headers);
	if (conn->client_headers != NULL)
		pfree(conn->client_headers);
	if (conn->session != NULL)
		pfree(conn->session);
	pfree(conn);
}

/* Whoever has been told something that may not hold any more asks again. */
static void
close_all(int code, const char *reason)
{
	gqle_conn_sse_end_all();
	while (!dlist_is_empty(&keeping_alive))
		close_connection(dlist_head_element(Connection, alive_node,
											&keeping_alive), code, reason);
}

/* What was put off while the client didn't read is due at the next poll. */
static void
on_drained(GqleSocket *s)
{
}

/* Keep a message for when the webhook has answered. */
static void
defer_message(Connection *conn, const char *text, int len)
{
	Deferred   *d = MemoryContextAllocHuge(conn_context,
										   offsetof(Deferred, text) + len);

	d->len = len;
	memcpy(d->text, text, len);
	dlist_push_tail(&conn->deferred, &d->node);
}

/* A message; GqleSocketHandlers. */
static void
on_message(GqleSocket *s, const char *text, int len)
{
	Connection *conn = gqle_wsock_user(s);

	if (conn->state == CONN_CLOSED)
		return;
	if (conn->question != NULL)
		defer_message(conn, text, len);
	else
		handle_message(conn, text, len);
}

static void
handle_message(Connection *conn, const char *text, int len)
{
	MemoryContext old;
	GqleWsMessage *message;
	const char *error;

	old = MemoryContextSwitchTo(message_context);
	message = gqle_wsmessage_parse(text, len, &error);
	if (message == NULL)
	{
		log_conn_err(conn, error);
		if (conn->is_modern)
			close_with_message(conn, CODE_BAD, CODE_BAD,
							   psprintf("Parsing client message failed: %s", error));
		else
			send_connection_error(conn,
								  psprintf("parsing ClientMessage failed: %s", error));
	}
	else
	{
		switch (message->kind)
		{
			case GQLE_WS_INIT:
				authenticate(conn, message);
				break;
			case GQLE_WS_START:
				start_operation(conn, message);
				break;
			case GQLE_WS_STOP:
				stop_operation(conn, message->id);
				break;
			case GQLE_WS_TERMINATE:
				close_connection(conn, CODE_NORMAL,
								 "GQL_CONNECTION_TERMINATE received");
				break;
			case GQLE_WS_PING:
				send_pong(conn, message->payload);
				break;
			case GQLE_WS_PONG:
				break;
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(message_context);
}

/* ------------------------------------------------------------------------
 * Who speaks
 * ------------------------------------------------------------------------ */

/* Headers of the handshake, save for those that connection_init has, too. */
static void
merge_headers(const Connection *conn, const GqleWsMessage *message,
			  GqleExchange *x)
{
	x->headers = palloc(sizeof(GqleHttpHeader) *
						(conn->n_headers + message->n_headers + 1));
	for (int i = 0; i < conn->n_headers; i++)
	{
		bool		is_given = false;

		for (int j = 0; j < message->n_headers && !is_given; j++)
			is_given = pg_strcasecmp(message->headers[j].name,
									 conn->headers[i].name) == 0;
		if (!is_given)
			x->headers[x->n_headers++] = conn->headers[i];
	}
	for (int j = 0; j < message->n_headers; j++)
	{
		GqleHttpHeader *h = &x->headers[x->n_headers++];

		h->name = message->headers[j].name;
		h->name_len = strlen(h->name);
		h->value = message->headers[j].value;
		h->value_len = strlen(h->value);
	}
}

static void
accept_session(Connection *conn, const GqleSession *session)
{
	GqleSession *copy = gqle_session_copy(session, conn_context);

	if (conn->session != NULL)
		pfree(conn->session);
	conn->session = copy;
	stop_init_timer(conn);
	conn->state = CONN_READY;
	set_expiry(conn, session->expires_at);
	gqle_wsock_limit(conn->socket, (Size) gqle_guc_websocket_max_message_size * 1024);
	send_plain(conn, "connection_ack", NULL);
	if (!conn->is_modern)
		send_keepalive(conn);
}

static void
refuse_session(Connection *conn, const GqleErrorSink *sink)
{
	log_conn_err(conn, sink->error.message);
	if (conn->is_modern)
	{
		close_with_message(conn, CODE_FORBIDDEN, CODE_FORBIDDEN, "Forbidden");
		return;
	}
	send_connection_error(conn, sink->error.message);
	close_with_message(conn, CODE_BAD, CODE_BAD,
					   psprintf("Connection initialization failed: %s",
								sink->error.message));
}

/* The webhook has answered: go on with what came meanwhile. */
static void
take_hook_answer(void *arg, const GqleHttpReply *reply)
{
	Connection *conn = arg;
	MemoryContext old = MemoryContextSwitchTo(message_context);
	GqleErrorSink sink = {0};
	GqleSession *session = gqle_auth_webhook_read(reply, &sink);

	conn->question = NULL;
	if (session != NULL)
		accept_session(conn, session);
	else
		refuse_session(conn, &sink);
	MemoryContextSwitchTo(old);
	MemoryContextReset(message_context);

	while (conn->question == NULL && !dlist_is_empty(&conn->deferred))
	{
		Deferred   *d = dlist_container(Deferred, node,
										dlist_pop_head_node(&conn->deferred));

		handle_message(conn, d->text, d->len);
		pfree(d);
	}
	if (conn->state != CONN_CLOSED)
		hold_or_not(conn);
}

/* connection_init: as a request with these headers would be authenticated. */
static void
authenticate(Connection *conn, const GqleWsMessage *message)
{
	GqleExchange x = {.method = "GET",.target = "",.content_length = -1};
	GqleErrorSink sink = {0};
	GqleSession *session;

	merge_headers(conn, message, &x);
	if (conn->client_headers != NULL)
		pfree(conn->client_headers);
	conn->client_headers = keep_headers(&x, &conn->n_client_headers);
	switch (gqle_auth_authenticate(&x, &session, &sink))
	{
		case GQLE_AUTH_OK:
			accept_session(conn, session);
			return;
		case GQLE_AUTH_REFUSED:
			break;
		case GQLE_AUTH_PENDING:
			conn->question = gqle_auth_webhook_ask(&x, false, take_hook_answer,
												   conn);
			if (conn->question != NULL)
			{
				stop_init_timer(conn);
				hold_or_not(conn);
				return;
			}
			gqle_auth_webhook_fail(&sink);
			break;
	}
	refuse_session(conn, &sink);
}

/* ------------------------------------------------------------------------
 * Operations
 * ------------------------------------------------------------------------ */

static Operation *
find_operation(Connection *conn, const char *id)
{
	dlist_iter	iter;

	dlist_foreach(iter, &conn->operations)
	{
		Operation  *op = dlist_container(Operation, node, iter.cur);

		if (strcmp(op->id, id) == 0)
			return op;
	}
	return NULL;
}

static void
count_in_lane(Connection *conn, int change)
{
	conn->n_in_lane += change;
	hold_or_not(conn);
}

/* What only the first run needs. */
static void
free_request(Operation *op)
{
	if (op->body != NULL)
		pfree(op->body);
	if (op->session != NULL)
		pfree(op->session);
	op->body = NULL;
	op->session = NULL;
}

/* Run what waited for a mutation, until there is another one. */
static void
run_waiting(Connection *conn)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &conn->operations)
	{
		Operation  *op = dlist_container(Operation, node, iter.cur);

		if (conn->mutation != NULL || conn->state == CONN_CLOSED)
			return;
		if (op->state == OPERATION_WAITING)
			run_operation(op);
	}
}

/* Forget an operation, whatever it does. */
static void
end_operation(Operation *op)
{
	Connection *conn = op->conn;
	bool		is_mutation = conn->mutation == op;

	switch (op->state)
	{
		case OPERATION_IN_LANE:
			gqle_lane_cancel(op->ticket);
			count_in_lane(conn, -1);
			break;
		case OPERATION_LIVE:
			gqle_live_leave(&op->subscriber);
			break;
		case OPERATION_WAITING:
			count_in_lane(conn, -1);
			break;
	}
	dlist_delete(&op->node);
	conn->n_operations--;
	free_request(op);
	pfree(op);
	if (is_mutation)
	{
		conn->mutation = NULL;
		run_waiting(conn);
	}
}

static void
stop_operation(Connection *conn, const char *id)
{
	Operation  *op = find_operation(conn, id);

	if (op == NULL)
		return;
	log_operation(op, gqle_ws_log_stopped);
	end_operation(op);
}

static void
start_operation(Connection *conn, const GqleWsMessage *message)
{
	Size		id_size = strlen(message->id) + 1;
	const GqleJson *name = gqle_json_lookup(message->payload, "operationName");
	bool		has_name = name != NULL && name->kind == GQLE_JSON_STRING;
	Operation  *op;
	char	   *body;

	if (conn->state != CONN_READY)
	{
		fail_start(conn, message->id,
				   "start received before the connection is initialised");
		return;
	}
	if (find_operation(conn, message->id) != NULL)
	{
		fail_start(conn, message->id,
				   psprintf("an operation already exists with this id: %s",
							message->id));
		return;
	}
	if (conn->n_operations >= gqle_guc_websocket_max_operations)
	{
		send_trouble(conn, message->id, GQLE_ERR_BUSY,
					 "too many operations on this connection");
		send_complete(conn, message->id);
		return;
	}
	body = gqle_json_to_text(message->payload);
	op = MemoryContextAllocZero(conn_context, offsetof(Operation, id) + id_size +
								(has_name ? name->len + 1 : 0));
	op->conn = conn;
	memcpy(op->id, message->id, id_size);
	if (has_name)
		op->name = memcpy(op->id + id_size, name->text, name->len + 1);
	gqle_random_uuid(op->request_id);
	op->body_len = strlen(body);
	op->body = MemoryContextAllocHuge(conn_context, op->body_len + 1);
	memcpy(op->body, body, op->body_len + 1);
	op->session = gqle_session_copy(conn->session, conn_context);
	op->started_at = wall_clock();
	gqle_request_trace_begin(&op->trace, NULL);
	op->state = OPERATION_WAITING;
	dlist_push_tail(&conn->operations, &op->node);
	conn->n_operations++;
	count_in_lane(conn, 1);
	log_operation(op, gqle_ws_log_started);
	if (conn->mutation == NULL)
		run_operation(op);
}

/* The operation's span ends with its first answer: compat. */
static void
end_trace(const Operation *op, bool is_error, int len, bool ran_here, const char *noted)
{
	GqleRequestOutcome outcome = {.name = "websocket",.request_id = op->request_id,
	.session = op->session,.length = len,.is_error = is_error,.noted = noted};

	gqle_request_trace_end(&op->trace, &outcome, ran_here);
}

/* The first answer of an operation: pass it on, and see what comes next. */
static void
answer_operation(Operation *op, const GqleCall *call, const char *body, int len)
{
	Connection *conn = op->conn;
	bool		is_error = call->is_error;
	bool		is_live = call->is_live;

	gqle_metrics_count_request(call->operation, is_error,
							   Max(wall_clock() - op->started_at, 0));

	if (is_error)
	{
		GqleWsLogger logger = logger_of(conn);
		GqleWsOperation description = described(op);

		gqle_ws_log_query_err(&logger, &description, body, len);
		send_failure(conn, op->id, call->is_executed && !is_live, body, len);
	}
	else if (!is_live || !gqle_live_is_silent(call))
		send_data(conn, op->id, body, len);
	if (is_live && !is_error)
	{
		gqle_live_join(&op->subscriber, tell_change, call, body, len);
		count_in_lane(conn, -1);
		op->state = OPERATION_LIVE;
		free_request(op);
		return;
	}
	if (!is_error)
		log_operation(op, gqle_ws_log_completed);
	send_complete(conn, op->id);
	end_operation(op);
}

/* Run an operation that waits: here, or in the lane. */
static void
run_operation(Operation *op)
{
	Connection *conn = op->conn;
	GqleCall	call = {.endpoint = conn->endpoint,.over_socket = true,
		.session = op->session,.body = op->body,.body_len = op->body_len,
		.headers = conn->client_headers,.n_headers = conn->n_client_headers,
	.request_id = op->request_id,.origin = conn->origin,.out = &out};

	gqle_request_trace_pass(&op->trace, &call.origin);
	resetStringInfo(&out);
	if (gqle_guc_inline_cost_limit > 0)
	{
		call.place = GQLE_PLACE_INLINE;
		if (gqle_call_run(&call) == GQLE_CALL_DONE)
		{
			gqle_metrics_add(GQLE_METRIC_INLINE, 1);
			end_trace(op, call.is_error, out.len, true, NULL);
			answer_operation(op, &call, out.data, out.len);
			trim_buffer(&out);
			return;
		}
	}
	call.place = GQLE_PLACE_LANE;
	if (!gqle_lane_submit(&call, take_answer, op, &op->ticket))
	{
		send_trouble(conn, op->id, GQLE_ERR_BUSY,
					 "too many requests are waiting, try again later");
		send_complete(conn, op->id);
		end_operation(op);
		return;
	}
	op->state = OPERATION_IN_LANE;
	if (gqle_graphql_http_is_mutation(call.body, call.body_len))
		conn->mutation = op;
}

/* The answer of an executor; GqleLaneHandler. */
static void
take_answer(void *owner, const GqleAnswer *answer)
{
	Operation  *op = owner;
	MemoryContext old = MemoryContextSwitchTo(message_context);
	GqleCall	call = {.endpoint = op->conn->endpoint,.over_socket = true,
		.session = op->session,.body = op->body,.body_len = op->body_len,
	.request_id = op->request_id,.operation = answer->operation};

	op->state = OPERATION_WAITING;	/* not in the lane any more */
	if (answer->is_lost)
	{
		send_trouble(op->conn, op->id, GQLE_ERR_UNEXPECTED,
					 "the server process that ran the request has ended");
		send_complete(op->conn, op->id);
		end_operation(op);
	}
	else
	{
		gqle_lane_take_answer(answer, &call);
		end_trace(op, call.is_error, answer->body_len, false, answer->spans);
		answer_operation(op, &call, answer->body, answer->body_len);
		gqle_channel_free_answer(answer);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(message_context);
}

/* A subscription's answer has changed; GqleLiveHandler. */
static bool
tell_change(GqleSubscriber *subscriber, bool is_error, const char *body, int len)
{
	Operation  *op = (Operation *) ((char *) subscriber -
									offsetof(Operation, subscriber));
	Connection *conn = op->conn;

	if (gqle_wsock_is_congested(conn->socket))
		return false;
	if (!is_error)
		send_data(conn, op->id, body, len);
	else
	{
		send_failure(conn, op->id, true, body, len);
		/* the newer protocol knows no results after an error */
		if (conn->is_modern)
			end_operation(op);
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Time and change
 * ------------------------------------------------------------------------ */

static int64
keepalive_ms(void)
{
	return (int64) gqle_guc_websocket_keepalive * 1000;
}

static int64
init_ms(void)
{
	return (int64) gqle_guc_websocket_connection_init_timeout * 1000;
}

long
gqle_conn_ws_timeout(void)
{
	int64		timeout = Min(gqle_wsock_timeout(), gqle_live_timeout());

	timeout = Min(timeout, gqle_conn_sse_timeout());
	read_clock();
	if (!dlist_is_empty(&initialising) && init_ms() > 0)
		timeout = Min(timeout, dlist_head_element(Connection, init_node,
												  &initialising)->since + init_ms() - now_ms + 5);
	if (!dlist_is_empty(&keeping_alive) && keepalive_ms() > 0)
		timeout = Min(timeout, dlist_head_element(Connection, alive_node,
												  &keeping_alive)->kept_alive + keepalive_ms() - now_ms + 5);
	if (!pairingheap_is_empty(expiries))
	{
		Connection *first = pairingheap_container(Connection, expiry_node,
												  pairingheap_first(expiries));

		timeout = Min(timeout, (first->expires_at - wall_clock()) / 1000 + 1);
	}
	return Max(timeout, 0);
}

static void
close_uninitialised(void)
{
	while (!dlist_is_empty(&initialising) && init_ms() > 0)
	{
		Connection *conn = dlist_head_element(Connection, init_node,
											  &initialising);

		if (now_ms - conn->since < init_ms())
			break;
		close_connection(conn,
						 conn->is_modern ? CODE_INIT_LATE : CODE_INTERNAL,
						 "Connection initialisation timed out");
	}
}

/* All have the same interval, so the list stays in order of time. */
static void
send_keepalives(void)
{
	while (!dlist_is_empty(&keeping_alive) && keepalive_ms() > 0)
	{
		Connection *conn = dlist_head_element(Connection, alive_node,
											  &keeping_alive);

		if (now_ms - conn->kept_alive < keepalive_ms())
			break;
		dlist_delete(&conn->alive_node);
		dlist_push_tail(&keeping_alive, &conn->alive_node);
		if (gqle_wsock_is_congested(conn->socket))
			conn->kept_alive = now_ms;
		else
			send_keepalive(conn);
	}
}

/* As in Hasura, a connection whose token expires ends without a close frame. */
static void
end_expired(void)
{
	int64		now = wall_clock();

	while (!pairingheap_is_empty(expiries))
	{
		Connection *conn = pairingheap_container(Connection, expiry_node,
												 pairingheap_first(expiries));

		if (conn->expires_at > now)
			break;
		leave(conn);
		gqle_wsock_abort(conn->socket);
	}
}

static uint64
hash_more(uint64 hash, const char *text)
{
	if (text == NULL)
		text = "";
	return hash_bytes_extended((const unsigned char *) text, strlen(text) + 1,
							   hash);
}

/* What changes when the settings about authentication do; so for origins. */
static uint64
hash_auth_settings(void)
{
	uint64		hash = gqle_secrets_hash();

	hash = hash_more(hash, gqle_guc_unauthorized_role);
	hash = hash_more(hash, gqle_guc_auth_hook);
	hash = hash_more(hash, gqle_guc_jwt_secret);
	return hash_more(hash, gqle_guc_jwt_secrets);
}

static uint64
hash_cors_settings(void)
{
	return hash_more(gqle_guc_disable_cors, gqle_guc_cors_domain);
}

/* Settings that decide what open connections may do, or get. */
static void
notice_settings(void)
{
	uint64		auth;
	uint64		cors;

	if (known_reload == PgReloadTime)
		return;
	known_reload = PgReloadTime;
	auth = hash_auth_settings();
	cors = hash_cors_settings();
	if (auth != known_auth)
		close_all(CODE_RESTART, "auth mode changed");
	if (cors != known_cors)
		close_all(CODE_RESTART, "cors policy changed");
	if (known_stringify != gqle_guc_stringify_numeric_types)
		close_all(CODE_RESTART,
				  "HASURA_GRAPHQL_STRINGIFY_NUMERIC_TYPES env var changed");
	known_auth = auth;
	known_cors = cors;
	known_stringify = gqle_guc_stringify_numeric_types;
}

static void
notice_metadata(void)
{
	uint64		changes = metadata_changes();

	if (changes == known_changes)
		return;
	known_changes = changes;
	if (gqle_guc_close_websockets_on_metadata_change)
		close_all(CODE_RESTART, "Server state changed, restarting the server");
}

void
gqle_conn_ws_turn(void)
{
	read_clock();
	notice_metadata();
	notice_settings();
	end_expired();
	close_uninitialised();
	send_keepalives();
	gqle_conn_sse_turn();
	gqle_live_turn();
}

void
gqle_conn_ws_begin_drain(void)
{
	is_draining = true;
	close_all(CODE_RESTART, "shutting server down");
}
