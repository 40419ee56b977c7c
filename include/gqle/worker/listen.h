/*
 * listen.h
 *		Listening sockets of the HTTP listener.
 */
#ifndef GQLE_WORKER_LISTEN_H
#define GQLE_WORKER_LISTEN_H

#include "gqle/gqle.h"

#define GQLE_MAX_LISTEN_SOCKETS 16

/* What gqle.listen_addresses means: never empty. */
extern const char *gqle_listen_addresses(void);

/* A listening socket and what its clients speak. */
typedef struct GqleListener
{
	int			fd;
	bool		is_tls;
	bool		is_inherited;	/* the Unix socket: shared, and never closed */
} GqleListener;

/*
 * In the postmaster, when it loads the library: open the Unix socket, which all
 * workers inherit.  That it can't be had is logged.
 */
extern void gqle_listen_init(void);

/* Does a database at this port listen on the Unix socket, too? */
extern bool gqle_listen_has_unix(int port);

/* The port with TLS of a database at this port, perhaps the same; 0: none. */
extern int	gqle_listen_tls_port(int port);

/*
 * Open sockets for a port and what belongs to it, shared with the other server
 * workers.  Returns how many there are; what went wrong is logged.
 */
extern int	gqle_listen_open(int port, GqleListener *listeners, int max);

/* Could the port be had alone?  Logs who can't. */
extern bool gqle_listen_is_free(int port);

#endif							/* GQLE_WORKER_LISTEN_H */
