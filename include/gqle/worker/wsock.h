/*
 * wsock.h
 *		WebSockets: the seam over wslay.
 *
 * Nothing outside wsock.c sees the library.  A *socket* carries messages both
 * ways; it belongs to wsock, which frees it, and always in its own turn:
 *
 *	on_message	a text or binary message is complete (of valid UTF-8, if text).
 *	on_drained	much was queued and has been sent: there is room again.
 *	on_gone		the socket is at its end; forget it, and free what is yours.
 *
 * What is sent is queued and written at the end of the turn.  Queueing has no
 * bound here, so look at gqle_wsock_is_congested before; while a socket is
 * congested nothing is read from it.  Handlers must not throw.
 */
#ifndef GQLE_WORKER_WSOCK_H
#define GQLE_WORKER_WSOCK_H

#include "gqle/gqle.h"

#include "storage/latch.h"

#include "gqle/worker/httpd.h"

typedef struct GqleSocket GqleSocket;

typedef struct GqleSocketHandlers
{
	void		(*on_message) (GqleSocket *s, const char *text, int len);
	void		(*on_drained) (GqleSocket *s);
	void		(*on_gone) (GqleSocket *s);
} GqleSocketHandlers;

extern void gqle_wsock_start(const GqleSocketHandlers *handlers);

/* Add the descriptor to wait for to the process' set (one event). */
extern void gqle_wsock_add_to_set(WaitEventSet *set);

/* Longest time to wait before the next turn, in ms. */
extern long gqle_wsock_timeout(void);

/*
 * Half a turn each: read and call handlers, if the events of the wait before
 * ask for it; then write what was queued since, and free what is at its end.
 */
extern void gqle_wsock_read(const WaitEvent *events, int n_events);
extern void gqle_wsock_write(void);

/*
 * A socket on a descriptor, which it then owns, after the handshake; extra are
 * bytes already read.  NULL, with the descriptor closed, without memory.
 */
extern GqleSocket *gqle_wsock_open(int fd, const GqlePeer *peer,
								   const char *extra, size_t extra_len,
								   void *user);
extern void *gqle_wsock_user(const GqleSocket *s);

/* Largest message to be taken; a larger one closes the socket with 1009. */
extern void gqle_wsock_limit(GqleSocket *s, Size max_message);

/* permessage-deflate has been agreed upon: at once after the opening. */
extern void gqle_wsock_compress(GqleSocket *s);

/* Queue a text message; it is copied. */
extern void gqle_wsock_send(GqleSocket *s, const char *text, int len);
extern bool gqle_wsock_is_congested(const GqleSocket *s);

/* Read nothing from the socket until told otherwise. */
extern void gqle_wsock_hold(GqleSocket *s, bool is_held);

/*
 * Close: nothing is sent or handed out afterwards.  A reason has at most
 * GQLE_WSOCK_MAX_REASON bytes.  abort does without a close frame, but sends
 * what was queued before.
 */
#define GQLE_WSOCK_MAX_REASON	123
extern void gqle_wsock_close(GqleSocket *s, int code, const char *reason);
extern void gqle_wsock_abort(GqleSocket *s);
extern bool gqle_wsock_is_closing(const GqleSocket *s);

/* Open sockets; also of one client address. */
extern int	gqle_wsock_count(void);
extern int	gqle_wsock_count_of_peer(const GqlePeer *peer);

#endif							/* GQLE_WORKER_WSOCK_H */
