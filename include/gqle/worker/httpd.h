/*
 * httpd.h
 *		HTTP/1.1 on sockets: the seam over libmicrohttpd.
 *
 * Nothing outside httpd.c sees the library.  An *exchange* is one request and
 * its answer; it belongs to httpd, which reuses it.  The user gives handlers:
 *
 *	on_head		the head is complete and well formed.  Return true to have the
 *				body read, or answer (gqle_httpd_reply) and return false.
 *	on_request	the body is complete.  Answer, or suspend and answer later.
 *	on_gone		the client left while the exchange was suspended, or while its
 *				answer was streamed; forget it.
 *	on_end		the exchange is over: free what x->service refers to.
 *
 * Handlers must not throw: there are frames of the library below them.  (An
 * error that nobody catches ends the process, which is sound.)
 */
#ifndef GQLE_WORKER_HTTPD_H
#define GQLE_WORKER_HTTPD_H

#include "gqle/gqle.h"

#include "storage/latch.h"

#include "gqle/net/http.h"
#include "gqle/worker/listen.h"

/* A client's address without its port; empty if it came by the Unix socket. */
typedef struct GqlePeer
{
	uint8		len;			/* 0, 4 or 16 */
	uint8		bytes[16];
} GqlePeer;

typedef struct GqleExchange GqleExchange;

typedef struct GqleReply
{
	int			status;
	const char *content_type;
	const char *body;			/* must live until on_end; usually x->out */
	int			body_len;
	const char *request_id;		/* sent as x-request-id; may be NULL */
	const char *allow;			/* sent as Allow; may be NULL */
	const GqleHttpHeader *headers;	/* further ones, as long-lived as body */
	int			n_headers;
	int			retry_after;	/* seconds, sent if not negative */
	bool		close;			/* end the connection after it */
} GqleReply;

struct GqleExchange
{
	/* the request; texts live until on_end */
	const char *method;
	const char *target;			/* as sent, without scheme and host */
	int			target_len;
	int			path_len;		/* of target, up to "?" */
	bool		is_http_1_0;
	GqlePeer	peer;
	GqleHttpHeader *headers;	/* in order, duplicates separate */
	int			n_headers;
	int64		content_length; /* -1: not given */
	bool		is_chunked;		/* the body came in chunks */
	char	   *body;			/* NUL-terminated */
	int			body_len;

	/* the answer */
	const char *extensions;		/* agreed upon, if it becomes a WebSocket */
	StringInfo	out;			/* an empty buffer to write into */

	/* the user's, zeroed at the beginning; size as told to gqle_httpd_start */
	void	   *service;
};

typedef struct GqleHttpdHandlers
{
	bool		(*on_head) (GqleExchange *x);
	void		(*on_request) (GqleExchange *x);
	void		(*on_gone) (GqleExchange *x);
	void		(*on_end) (GqleExchange *x);
} GqleHttpdHandlers;

/*
 * Start on listening sockets, which it then owns.  Throws if the library can't
 * be started.
 */
extern void gqle_httpd_start(const GqleHttpdHandlers *handlers,
							 Size service_size, const GqleListener *listeners,
							 int n_listeners);

/* Add the descriptors to wait for to the process' set (two events). */
extern void gqle_httpd_add_to_set(WaitEventSet *set);

/* Longest time to wait before the next turn, in ms. */
extern long gqle_httpd_timeout(void);

/*
 * One turn: accept, read, call handlers, write, enforce deadlines.  events are
 * those of the wait before.
 */
extern void gqle_httpd_turn(const WaitEvent *events, int n_events);

/* Answer, now or later; texts in reply are as long-lived as it says above. */
extern void gqle_httpd_reply(GqleExchange *x, const GqleReply *reply);

/*
 * In on_request: the answer comes later.  The client's leaving is watched.
 * Nothing happens if the exchange is suspended already.
 */
extern void gqle_httpd_suspend(GqleExchange *x);

/*
 * In on_request: switch to WebSocket.  When the answer is sent, handler gets the
 * socket, which it then owns, with the bytes that the client sent already; the
 * exchange is still there, and over afterwards.  If the client leaves before,
 * handler isn't called.  extensions may be NULL.
 */
typedef void (*GqleUpgradeHandler) (GqleExchange *x, int fd, const char *extra,
									size_t extra_len);
extern void gqle_httpd_upgrade(GqleExchange *x, const char *accept,
							   const char *protocol, const char *extensions,
							   GqleUpgradeHandler handler);

/*
 * Instead of an answer: one without an end yet, made of what is written later.
 * reply has no body; its texts live as long as those of an answer.  x->out is the stream's
 * from now on.  If the client leaves, on_gone is called, and on_end follows;
 * nothing may be written then.  What is written is not bounded here, so look
 * whether the stream is congested before.  An end that isn't whole tells the
 * client that something is missing.
 */
extern void gqle_httpd_stream_begin(GqleExchange *x, const GqleReply *reply);
extern void gqle_httpd_stream_write(GqleExchange *x, const char *bytes, int len);
extern bool gqle_httpd_stream_is_congested(const GqleExchange *x);
extern void gqle_httpd_stream_end(GqleExchange *x, bool is_whole);

/* Put another body in the place of the request's; false without memory. */
extern bool gqle_httpd_set_body(GqleExchange *x, const char *bytes, int len);

/* The value of the last header of that name (lower case), or NULL. */
extern const char *gqle_httpd_header(const GqleExchange *x, const char *name);

/*
 * The numeric address of the client, or of the proxy before it; empty for a Unix
 * socket.  Good until the next call.
 */
extern const char *gqle_httpd_address(const GqleExchange *x);

/* Stop accepting; idle connections are closed, others after their answer. */
extern void gqle_httpd_begin_drain(void);

/* Open connections. */
extern int	gqle_httpd_count(void);

#endif							/* GQLE_WORKER_HTTPD_H */
