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

/*
 * Open sockets for a port, shared with the other server workers.  Returns how
 * many were opened; what went wrong is logged.
 */
extern int	gqle_listen_open(int port, int *fds, int max);

/* Could the port be had alone?  Logs who can't. */
extern bool gqle_listen_is_free(int port);

#endif							/* GQLE_WORKER_LISTEN_H */
