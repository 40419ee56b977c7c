/*
 * httpd_inside.h
 *		What the files of httpd share: httpd.c has exchanges, httpd_stream.c answers in
 *		pieces, httpd_conn.c connections; httpd_head.c looks at heads.
 */
#ifndef GQLE_WORKER_HTTPD_INSIDE_H
#define GQLE_WORKER_HTTPD_INSIDE_H

#include <sys/socket.h>
#include <microhttpd.h>

#include "lib/ilist.h"

#include "gqle/worker/httpd.h"

#define GQLE_HTTPD_MAX_HEADERS	128
#define GQLE_HTTPD_TARGET_SIZE	256

typedef enum GqleHttpdPhase
{
	GQLE_PHASE_WAITING,
	GQLE_PHASE_HEAD,
	GQLE_PHASE_BODY,
	GQLE_PHASE_HANDLING,
	GQLE_N_PHASES
} GqleHttpdPhase;

typedef struct GqleHttpdExchange GqleHttpdExchange;

typedef struct GqleHttpdConn
{
	dlist_node	node;			/* in phases[phase] */
	GqleHttpdPhase phase;
	int			fd;
	int64		since;			/* when the phase began, ms */
	bool		is_half_closed; /* client will send no more */
	dlist_node	half_node;		/* in half_closed, if so */
	GqlePeer	peer;
	struct MHD_Connection *mhd;
	GqleHttpdExchange *exchange;
} GqleHttpdConn;

typedef enum GqleHttpdState
{
	GQLE_EXCHANGE_HEAD,	/* collecting the head */
	GQLE_EXCHANGE_BODY,
	GQLE_EXCHANGE_DISPATCHED,	/* on_request was called */
	GQLE_EXCHANGE_SUSPENDED,
	GQLE_EXCHANGE_ANSWERED,	/* reply is set, not queued yet */
	GQLE_EXCHANGE_UPGRADING,	/* the answer is the switch of protocols */
	GQLE_EXCHANGE_QUEUED,
	GQLE_EXCHANGE_OPENING,	/* the answer is a stream, not queued yet */
	GQLE_EXCHANGE_STREAMING,
	GQLE_EXCHANGE_STREAMED,	/* nothing more is written to it */
	GQLE_EXCHANGE_GONE	/* client left while suspended or streaming */
} GqleHttpdState;

struct GqleHttpdExchange
{
	GqleExchange pub;
	GqleHttpdState state;
	GqleHttpdConn *conn;
	GqleReply	reply;
	GqleUpgradeHandler upgrade_handler;
	const char *upgrade_accept;
	const char *upgrade_protocol;
	int			body_size;		/* of pub.body */
	bool		is_announced;	/* on_head was called, so on_end will be */
	bool		is_body_large;	/* over the limit: rest is thrown away */
	int64		discarded;
	int			stream_sent;	/* bytes of out that the library has taken */
	bool		is_stream_idle; /* suspended for want of bytes */
	bool		is_stream_ending;	/* ended before it was queued */
	bool		is_stream_whole;	/* if STREAMED */
	StringInfoData out;
	GqleHttpHeader headers[GQLE_HTTPD_MAX_HEADERS];
	const char *uri;			/* in the library's buffer */
	int			uri_len;
	char		target[GQLE_HTTPD_TARGET_SIZE];
	char	   *long_target;
	GqleHttpdExchange *next_free;
};

typedef struct GqleHttpd
{
	const GqleHttpdHandlers *handlers;
	struct MHD_Daemon *daemon;
	MemoryContext context;
	int64		now_ms;			/* since some time in the past, as of this turn */
	bool		must_turn;		/* something resumed: do not wait */
	bool		is_draining;
} GqleHttpd;

extern GqleHttpd gqle_httpd;

/* Memory or NULL, never an error. */
extern void *gqle_httpd_try_alloc(Size size);

extern void gqle_httpd_read_clock(void);

/* Headers of an answer, as the library wants them. */
extern void gqle_httpd_add_reply_headers(struct MHD_Response *response, const GqleReply *r, 				  bool is_chunked);

/* ------------------------------------------------------------------------
 * httpd_stream.c
 * ------------------------------------------------------------------------ */

/* There is something to tell the library about a stream that it waits for. */
extern void gqle_httpd_wake_stream(GqleHttpdExchange *x);

/* Give a stream that was begun to the library. */
extern enum MHD_Result gqle_httpd_queue_stream(GqleHttpdExchange *x,
											   struct MHD_Connection *mhd);

/* ------------------------------------------------------------------------
 * httpd_head.c
 * ------------------------------------------------------------------------ */

/* Status to refuse a head with, or 0 if it is sound; fills in what it says. */
extern int	gqle_httpd_check_head(GqleHttpdExchange *x, struct MHD_Connection *mhd,
								  const char *version);

/* ------------------------------------------------------------------------
 * httpd_conn.c
 * ------------------------------------------------------------------------ */

/* Begin to listen. */
extern void gqle_httpd_conn_start(const GqleListener *given, int n_given);

/* The descriptor that is readable when gqle_httpd_conn_serve has something to do. */
extern int	gqle_httpd_conn_epoll(void);

/* How long it may take at most until the next turn, ms. */
extern int64 gqle_httpd_conn_timeout(void);

/* A turn, before the library's own and after it. */
extern void gqle_httpd_conn_serve(bool is_watch_ready);
extern void gqle_httpd_conn_tidy(void);

/* Hand a socket to the library; it is closed if that fails. */
extern void gqle_httpd_adopt(int fd, struct sockaddr *addr, socklen_t addr_len);

/* The library took a socket, or let go of one. */
extern void gqle_httpd_notice_conn(void *cls, struct MHD_Connection *mhd,
								   void **socket_context,
								   enum MHD_ConnectionNotificationCode code);

extern GqleHttpdConn *gqle_httpd_conn_of(struct MHD_Connection *mhd);
extern void gqle_httpd_set_phase(GqleHttpdConn *conn, GqleHttpdPhase phase);

/* The socket is somebody else's from now on: don't watch it. */
extern void gqle_httpd_conn_forget(GqleHttpdConn *conn);

#endif							/* GQLE_WORKER_HTTPD_INSIDE_H */
