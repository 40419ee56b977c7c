/*
 * metadata_watch.h
 *		What a worker needs of the metadata for itself, not for a request.
 */
#ifndef GQLE_WORKER_METADATA_WATCH_H
#define GQLE_WORKER_METADATA_WATCH_H

#include "gqle/gqle.h"

/*
 * Ask the metadata if that was longer ago than a second, and have what has changed
 * taken over (otlp_config.h, tls_allowlist.h).  To be called outside of a transaction.
 */
extern void gqle_metadata_watch_look(void);

#endif							/* GQLE_WORKER_METADATA_WATCH_H */
