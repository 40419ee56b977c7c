/*
 * tls.h
 *		Connections with TLS, made plain for those who serve them.
 *
 * A *tunnel* is a client's socket, its TLS, and one end of a socket pair; the
 * other end is handed to the user when the handshake is done, and is to him what
 * a client's socket without TLS is: httpd.c and wsock.c know no difference.
 */
#ifndef GQLE_WORKER_TLS_H
#define GQLE_WORKER_TLS_H

#include "gqle/gqle.h"

#include <sys/socket.h>

#include "storage/latch.h"

/* A handshake is done: fd is the plain end, which the user then owns. */
typedef void (*GqleTlsHandler) (int fd, struct sockaddr *addr,
								socklen_t addr_len);

/* Throws if the system gives no epoll descriptor. */
extern void gqle_tls_start(GqleTlsHandler handler);

/* Add the descriptor to wait for to the process' set (one event). */
extern void gqle_tls_add_to_set(WaitEventSet *set);

/* Longest time to wait before the next turn, in ms. */
extern long gqle_tls_timeout(void);

/*
 * One turn: bytes both ways, handshakes, deadlines.  It is worth one before the
 * plain ends are served and one after.
 */
extern void gqle_tls_turn(void);

/* Take a client's socket, non-blocking; it is closed if that can't be. */
extern void gqle_tls_open(int fd, const struct sockaddr *addr,
						  socklen_t addr_len);

/* End handshakes that aren't done; the tunnels end with their plain ends. */
extern void gqle_tls_begin_drain(void);

/* Tunnels whose plain end nobody has yet, or any more; and all of them. */
extern int	gqle_tls_count_unserved(void);
extern int	gqle_tls_count(void);

#endif							/* GQLE_WORKER_TLS_H */
