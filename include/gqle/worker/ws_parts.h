/*
 * ws_parts.h
 *		The parts of GraphQL over WebSocket, among themselves; others use conn_ws.h.
 *
 *		conn_ws.c		connections: their states, who speaks, time and change
 *		ws_handshake.c	what a handshake must be, and what is kept of it
 *		ws_send.c		what is sent, in the words of both protocols
 *		ws_operation.c	operations, from start to end
 */
#ifndef GQLE_WORKER_WS_PARTS_H
#define GQLE_WORKER_WS_PARTS_H

#include "gqle/gqle.h"

#include "lib/ilist.h"
#include "lib/pairingheap.h"

#include "gqle/api/call.h"
#include "gqle/net/wsmessage.h"
#include "gqle/worker/auth.h"
#include "gqle/worker/ws_log.h"
#include "gqle/worker/wsock.h"

#define GQLE_WS_NORMAL		1000
#define GQLE_WS_INTERNAL	1011
#define GQLE_WS_RESTART		1012
#define GQLE_WS_BAD			4400
#define GQLE_WS_FORBIDDEN	4403
#define GQLE_WS_INIT_LATE	4408

typedef enum GqleWsState
{
	GQLE_WS_NEW,
	GQLE_WS_READY,
	GQLE_WS_CLOSED
} GqleWsState;

/* A connection; see conn_ws.c.  There are many, so it is small. */
typedef struct GqleWsConnection
{
	GqleSocket *socket;
	GqleWsState	state;
	char		id[GQLE_UUID_TEXT_LEN + 1]; /* for the log */
	GqleCallOrigin origin;		/* of all its operations */
	bool		is_modern;
	bool		is_initialising;	/* in the list of that name */
	bool		is_held;		/* nothing is read: see gqle_ws_hold_or_not */
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
	dlist_head	operations;		/* of ws_operation.c, as the next three */
	int			n_operations;
	int			n_in_lane;
	struct Operation *mutation; /* the one that others wait for */
	GqleAuthQuestion *question; /* to the webhook, or NULL */
	dlist_head	deferred;		/* messages that came meanwhile */
} GqleWsConnection;

/* conn_ws.c: memory of connections and operations; reset after each message. */
extern MemoryContext gqle_ws_memory;
extern MemoryContext gqle_ws_message_memory;

/* Let go of a buffer (of gqle_ws_memory) that grew too large. */
extern void gqle_ws_trim_buffer(StringInfo buffer);

/* Close with a code; operations end, and nothing is sent or looked at any more. */
extern void gqle_ws_close(GqleWsConnection *conn, int code, const char *reason);

/* Read, or don't, as the state and the number of operations ask for. */
extern void gqle_ws_hold_or_not(GqleWsConnection *conn);

/* Whose events they are, for the log. */
extern GqleWsLogger gqle_ws_logger(const GqleWsConnection *conn);

/* ws_handshake.c: does a request ask for a WebSocket?  For that protocol only? */
extern bool gqle_ws_handshake_is_one(const GqleExchange *x);
extern bool gqle_ws_handshake_is_modern(const GqleExchange *x);

/* The endpoint that its path means, or -1. */
extern int	gqle_ws_handshake_endpoint(const GqleExchange *x);

/* Switch protocols, as gqle_conn_ws_accept says. */
extern bool gqle_ws_handshake_accept(GqleExchange *x, GqleUpgradeHandler handler,
									 int *status, GqleErrorSink *sink);

/* Refuse a handshake: always false. */
extern bool gqle_ws_handshake_refuse(int *status, int wanted, GqleErrorSink *sink,
									 GqleErrorCode code, const char *message);

/*
 * Copy headers that are not of the handshake, in one piece with the array first;
 * NULL if there are none.
 */
extern GqleHttpHeader *gqle_ws_handshake_keep_headers(const GqleExchange *x, int *n);

/* ws_send.c */
extern void gqle_ws_send_start(void);
extern void gqle_ws_send_ack(GqleWsConnection *conn);
extern void gqle_ws_send_keepalive(GqleWsConnection *conn);
extern void gqle_ws_send_pong(GqleWsConnection *conn, const GqleJson *payload);
extern void gqle_ws_send_connection_error(GqleWsConnection *conn, const char *message);
extern void gqle_ws_send_complete(GqleWsConnection *conn, const char *id);

/* A result: body is {"data":...}. */
extern void gqle_ws_send_data(GqleWsConnection *conn, const char *id,
							  const char *body, int len);

/*
 * A failure: body is {"errors":[...]}.  is_executed says that the operation had
 * begun to run: then, with Apollo, it is a result.
 */
extern void gqle_ws_send_failure(GqleWsConnection *conn, const char *id,
								 bool is_executed, const char *body, int len);

/* The end of an operation that failed, after the above. */
extern void gqle_ws_send_failed(GqleWsConnection *conn, const char *id);

/* A failure of our own, and the end. */
extern void gqle_ws_send_trouble(GqleWsConnection *conn, const char *id,
								 GqleErrorCode code, const char *message);

/* The client broke the protocol's order: an error, and modern ones are closed. */
extern void gqle_ws_send_start_failed(GqleWsConnection *conn, const char *id,
									  const char *message);

/*
 * Close with {"server_error_msg":"<code>: <message>"}, of which as much is said
 * as a close frame holds.
 */
extern void gqle_ws_send_close(GqleWsConnection *conn, int close_code, int code,
							   const char *message);

/* ws_operation.c */
extern void gqle_ws_operation_init(void);
extern void gqle_ws_operation_start(GqleWsConnection *conn, const GqleWsMessage *message);
extern void gqle_ws_operation_stop(GqleWsConnection *conn, const char *id);

/* End all operations of a connection that is CLOSED. */
extern void gqle_ws_operation_end_all(GqleWsConnection *conn);

#endif							/* GQLE_WORKER_WS_PARTS_H */
