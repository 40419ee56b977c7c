/*
 * startup_log.h
 *		Lines of type startup: what is served, with which settings.
 */
#ifndef GQLE_WORKER_STARTUP_LOG_H
#define GQLE_WORKER_STARTUP_LOG_H

#include "gqle/gqle.h"

/* A server worker listens, that many seconds after its start. */
extern void gqle_startup_log(const char *database, double seconds);

/* It begins to drain. */
extern void gqle_startup_log_shutdown(void);

#endif							/* GQLE_WORKER_STARTUP_LOG_H */
