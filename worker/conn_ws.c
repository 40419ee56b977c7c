/*
 * conn_ws.c
 *		Connections of both protocols of GraphQL over WebSocket
 *		(http-and-config.md, 10).
 *
 * A *connection* is a socket and who speaks on it:
 *
 *		NEW		no session yet; connection_init must come in time
 *		READY	authenticated: operations may be started.  Another
 *				connection_init authenticates anew, for those that follow
 *		CLOSED	a close frame is queued; nothing is sent or looked at any more
 *
 * It is *modern* if the client asked for graphql-transport-ws and nothing else.
 * While the webhook is asked who it is, nothing is read, and what had been read
 * already is put off.  A connection in state NEW takes small messages only.
 *
 * Connections are small, since most of them are idle: texts of a connection lie
 * in one piece of memory each.  What is said on them is told in ws_parts.h.
 */
#include "postgres.h"

#include <time.h>

#include "common/hashfn.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/base/guc.h"
#include "gqle/base/memory.h"
#include "gqle/base/metrics.h"
#include "gqle/base/secrets.h"
#include "gqle/worker/conn_sse.h"
#include "gqle/worker/conn_ws.h"
#include "gqle/worker/cors.h"
#include "gqle/worker/live.h"
#include "gqle/worker/registry.h"
#include "gqle/worker/worker_main.h"
#include "gqle/worker/ws_parts.h"

#define KEEP_OUT_BYTES	(1024 * 1024)
#define MAX_IN_LANE		32		/* operations of one connection */
#define INIT_LIMIT		(64 * 1024) /* bytes of a message before the session */

/* A message that came while the webhook was asked. */
typedef struct Deferred
{
	dlist_node	node;
	int			len;
	char		text[FLEXIBLE_ARRAY_MEMBER];
} Deferred;

MemoryContext gqle_ws_memory = NULL;
MemoryContext gqle_ws_message_memory = NULL;

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
static void handle_message(GqleWsConnection *conn, const char *text, int len);
static void authenticate(GqleWsConnection *conn, const GqleWsMessage *message);
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

	gqle_ws_memory = AllocSetContextCreate(TopMemoryContext, "gqle WebSocket",
										 ALLOCSET_DEFAULT_SIZES);
	gqle_ws_message_memory = gqle_memory_make_request();
	old = MemoryContextSwitchTo(gqle_ws_memory);
	expiries = pairingheap_allocate(compare_expiries, NULL);
	MemoryContextSwitchTo(old);
	dlist_init(&initialising);
	dlist_init(&keeping_alive);
	gqle_ws_send_start();
	gqle_ws_operation_init();
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

void
gqle_ws_trim_buffer(StringInfo buffer)
{
	if (buffer->maxlen <= KEEP_OUT_BYTES)
		return;
	pfree(buffer->data);
	buffer->data = MemoryContextAlloc(gqle_ws_memory, 1024);
	buffer->maxlen = 1024;
	resetStringInfo(buffer);
}

/* ------------------------------------------------------------------------
 * What is logged
 * ------------------------------------------------------------------------ */

GqleWsLogger
gqle_ws_logger(const GqleWsConnection *conn)
{
	GqleWsLogger logger = {conn->id, conn->session};

	return logger;
}

void
gqle_conn_ws_log_rejected(const GqleError *error)
{
	char		id[GQLE_UUID_TEXT_LEN + 1];
	GqleWsLogger logger = {id, NULL};

	gqle_random_uuid(id);
	gqle_ws_log_rejected(&logger, error);
}

static void
log_accepted(GqleWsConnection *conn)
{
	GqleWsLogger logger;

	gqle_random_uuid(conn->id);
	logger = gqle_ws_logger(conn);
	gqle_ws_log_accepted(&logger);
}

static void
log_closed(const GqleWsConnection *conn)
{
	GqleWsLogger logger = gqle_ws_logger(conn);

	gqle_ws_log_closed(&logger);
}

static void
log_conn_err(const GqleWsConnection *conn, const char *message)
{
	GqleWsLogger logger = gqle_ws_logger(conn);

	gqle_ws_log_conn_err(&logger, message);
}

/* ------------------------------------------------------------------------
 * Connections
 * ------------------------------------------------------------------------ */

bool
gqle_conn_ws_is_handshake(const GqleExchange *x)
{
	return gqle_ws_handshake_is_one(x);
}

bool
gqle_conn_ws_accept(GqleExchange *x, int *status, GqleErrorSink *sink)
{
	if (is_draining)
		return gqle_ws_handshake_refuse(status, 503, sink, GQLE_ERR_UNEXPECTED,
										"Server is shutting down");
	return gqle_ws_handshake_accept(x, take_socket, status, sink);
}

static void
keep_alive(GqleWsConnection *conn)
{
	conn->kept_alive = now_ms;
	gqle_ws_send_keepalive(conn);
}

/* The handshake is over: GqleUpgradeHandler. */
static void
take_socket(GqleExchange *x, int fd, const char *extra, size_t extra_len)
{
	GqleWsConnection *conn;

	if (gqle_guc_max_connections_per_address > 0 &&
		gqle_wsock_count_of_peer(&x->peer) >= gqle_guc_max_connections_per_address)
	{
		gqle_metrics_add(GQLE_METRIC_BUSY, 1);
		close(fd);
		return;
	}
	conn = MemoryContextAllocZero(gqle_ws_memory, sizeof(*conn));
	conn->socket = gqle_wsock_open(fd, &x->peer, extra, extra_len, conn);
	if (conn->socket == NULL)
	{
		pfree(conn);
		return;
	}
	conn->endpoint = gqle_ws_handshake_endpoint(x);
	conn->is_modern = gqle_ws_handshake_is_modern(x);
	dlist_init(&conn->operations);
	dlist_init(&conn->deferred);
	conn->headers = gqle_ws_handshake_keep_headers(x, &conn->n_headers);
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
	keep_alive(conn);
}

static void
set_expiry(GqleWsConnection *conn, int64 expires_at)
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
	int64		first = pairingheap_const_container(GqleWsConnection, expiry_node, a)->expires_at;
	int64		second = pairingheap_const_container(GqleWsConnection, expiry_node, b)->expires_at;

	return first < second ? 1 : first > second ? -1 : 0;
}

static void
stop_init_timer(GqleWsConnection *conn)
{
	if (conn->is_initialising)
		dlist_delete(&conn->init_node);
	conn->is_initialising = false;
}

void
gqle_ws_hold_or_not(GqleWsConnection *conn)
{
	/* not while the webhook is asked, or many operations are in the lane */
	bool		is_held = conn->question != NULL ||
		conn->n_in_lane >= MAX_IN_LANE;

	if (is_held == conn->is_held)
		return;
	conn->is_held = is_held;
	gqle_wsock_hold(conn->socket, is_held);
}

/* Out of all lists of the living; operations end. */
static void
leave(GqleWsConnection *conn)
{
	if (conn->state == GQLE_WS_CLOSED)
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
	conn->state = GQLE_WS_CLOSED;
	gqle_ws_operation_end_all(conn);
}

void
gqle_ws_close(GqleWsConnection *conn, int code, const char *reason)
{
	leave(conn);
	gqle_wsock_close(conn->socket, code, reason);
}

static void
on_gone(GqleSocket *s)
{
	GqleWsConnection *conn = gqle_wsock_user(s);

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
		gqle_ws_close(dlist_head_element(GqleWsConnection, alive_node,
											&keeping_alive), code, reason);
}

/* What was put off while the client didn't read is due at the next poll. */
static void
on_drained(GqleSocket *s)
{
}

/* Keep a message for when the webhook has answered. */
static void
defer_message(GqleWsConnection *conn, const char *text, int len)
{
	Deferred   *d = MemoryContextAllocHuge(gqle_ws_memory,
										   offsetof(Deferred, text) + len);

	d->len = len;
	memcpy(d->text, text, len);
	dlist_push_tail(&conn->deferred, &d->node);
}

/* A message; GqleSocketHandlers. */
static void
on_message(GqleSocket *s, const char *text, int len)
{
	GqleWsConnection *conn = gqle_wsock_user(s);

	if (conn->state == GQLE_WS_CLOSED)
		return;
	if (conn->question != NULL)
		defer_message(conn, text, len);
	else
		handle_message(conn, text, len);
}

static void
handle_message(GqleWsConnection *conn, const char *text, int len)
{
	MemoryContext old;
	GqleWsMessage *message;
	const char *error;

	old = MemoryContextSwitchTo(gqle_ws_message_memory);
	message = gqle_wsmessage_parse(text, len, &error);
	if (message == NULL)
	{
		log_conn_err(conn, error);
		if (conn->is_modern)
			gqle_ws_send_close(conn, GQLE_WS_BAD, GQLE_WS_BAD,
							   psprintf("Parsing client message failed: %s", error));
		else
			gqle_ws_send_connection_error(conn,
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
				gqle_ws_operation_start(conn, message);
				break;
			case GQLE_WS_STOP:
				gqle_ws_operation_stop(conn, message->id);
				break;
			case GQLE_WS_TERMINATE:
				gqle_ws_close(conn, GQLE_WS_NORMAL,
								 "GQL_CONNECTION_TERMINATE received");
				break;
			case GQLE_WS_PING:
				gqle_ws_send_pong(conn, message->payload);
				break;
			case GQLE_WS_PONG:
				break;
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(gqle_ws_message_memory);
}

/* ------------------------------------------------------------------------
 * Who speaks
 * ------------------------------------------------------------------------ */

/* Headers of the handshake, save for those that connection_init has, too. */
static void
merge_headers(const GqleWsConnection *conn, const GqleWsMessage *message,
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
accept_session(GqleWsConnection *conn, const GqleSession *session)
{
	GqleSession *copy = gqle_session_copy(session, gqle_ws_memory);

	if (conn->session != NULL)
		pfree(conn->session);
	conn->session = copy;
	stop_init_timer(conn);
	conn->state = GQLE_WS_READY;
	set_expiry(conn, session->expires_at);
	gqle_wsock_limit(conn->socket, (Size) gqle_guc_websocket_max_message_size * 1024);
	gqle_ws_send_ack(conn);
	if (!conn->is_modern)
		keep_alive(conn);
}

static void
refuse_session(GqleWsConnection *conn, const GqleErrorSink *sink)
{
	log_conn_err(conn, sink->error.message);
	if (conn->is_modern)
	{
		gqle_ws_send_close(conn, GQLE_WS_FORBIDDEN, GQLE_WS_FORBIDDEN, "Forbidden");
		return;
	}
	gqle_ws_send_connection_error(conn, sink->error.message);
	gqle_ws_send_close(conn, GQLE_WS_BAD, GQLE_WS_BAD,
					   psprintf("Connection initialization failed: %s",
								sink->error.message));
}

/* The webhook has answered: go on with what came meanwhile. */
static void
take_hook_answer(void *arg, const GqleHttpReply *reply)
{
	GqleWsConnection *conn = arg;
	MemoryContext old = MemoryContextSwitchTo(gqle_ws_message_memory);
	GqleErrorSink sink = {0};
	GqleSession *session = gqle_auth_webhook_read(reply, &sink);

	conn->question = NULL;
	if (session != NULL)
		accept_session(conn, session);
	else
		refuse_session(conn, &sink);
	MemoryContextSwitchTo(old);
	MemoryContextReset(gqle_ws_message_memory);

	while (conn->question == NULL && !dlist_is_empty(&conn->deferred))
	{
		Deferred   *d = dlist_container(Deferred, node,
										dlist_pop_head_node(&conn->deferred));

		handle_message(conn, d->text, d->len);
		pfree(d);
	}
	if (conn->state != GQLE_WS_CLOSED)
		gqle_ws_hold_or_not(conn);
}

/* connection_init: as a request with these headers would be authenticated. */
static void
authenticate(GqleWsConnection *conn, const GqleWsMessage *message)
{
	GqleExchange x = {.method = "GET",.target = "",.content_length = -1};
	GqleErrorSink sink = {0};
	GqleSession *session;

	merge_headers(conn, message, &x);
	if (conn->client_headers != NULL)
		pfree(conn->client_headers);
	conn->client_headers = gqle_ws_handshake_keep_headers(&x, &conn->n_client_headers);
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
				gqle_ws_hold_or_not(conn);
				return;
			}
			gqle_auth_webhook_fail(&sink);
			break;
	}
	refuse_session(conn, &sink);
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
		timeout = Min(timeout, dlist_head_element(GqleWsConnection, init_node,
												  &initialising)->since + init_ms() - now_ms + 5);
	if (!dlist_is_empty(&keeping_alive) && keepalive_ms() > 0)
		timeout = Min(timeout, dlist_head_element(GqleWsConnection, alive_node,
												  &keeping_alive)->kept_alive + keepalive_ms() - now_ms + 5);
	if (!pairingheap_is_empty(expiries))
	{
		GqleWsConnection *first = pairingheap_container(GqleWsConnection, expiry_node,
												  pairingheap_first(expiries));

		timeout = Min(timeout, (first->expires_at - gqle_auth_now()) / 1000 + 1);
	}
	return Max(timeout, 0);
}

static void
close_uninitialised(void)
{
	while (!dlist_is_empty(&initialising) && init_ms() > 0)
	{
		GqleWsConnection *conn = dlist_head_element(GqleWsConnection, init_node,
											  &initialising);

		if (now_ms - conn->since < init_ms())
			break;
		gqle_ws_close(conn,
						 conn->is_modern ? GQLE_WS_INIT_LATE : GQLE_WS_INTERNAL,
						 "Connection initialisation timed out");
	}
}

/* All have the same interval, so the list stays in order of time. */
static void
send_keepalives(void)
{
	while (!dlist_is_empty(&keeping_alive) && keepalive_ms() > 0)
	{
		GqleWsConnection *conn = dlist_head_element(GqleWsConnection, alive_node,
											  &keeping_alive);

		if (now_ms - conn->kept_alive < keepalive_ms())
			break;
		dlist_delete(&conn->alive_node);
		dlist_push_tail(&keeping_alive, &conn->alive_node);
		if (gqle_wsock_is_congested(conn->socket))
			conn->kept_alive = now_ms;
		else
			keep_alive(conn);
	}
}

/* As in Hasura, a connection whose token expires ends without a close frame. */
static void
end_expired(void)
{
	int64		now = gqle_auth_now();

	while (!pairingheap_is_empty(expiries))
	{
		GqleWsConnection *conn = pairingheap_container(GqleWsConnection, expiry_node,
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
		close_all(GQLE_WS_RESTART, "auth mode changed");
	if (cors != known_cors)
		close_all(GQLE_WS_RESTART, "cors policy changed");
	if (known_stringify != gqle_guc_stringify_numeric_types)
		close_all(GQLE_WS_RESTART,
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
		close_all(GQLE_WS_RESTART, "Server state changed, restarting the server");
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
	close_all(GQLE_WS_RESTART, "shutting server down");
}
