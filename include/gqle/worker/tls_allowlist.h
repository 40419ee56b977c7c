/*
 * tls_allowlist.h
 *		Hosts that may vouch for themselves (add_host_to_tls_allowlist), for calls that
 *		are made outside of a transaction.
 */
#ifndef GQLE_WORKER_TLS_ALLOWLIST_H
#define GQLE_WORKER_TLS_ALLOWLIST_H

#include "gqle/base/json_read.h"

/* Take over what the metadata say: their network settings, or NULL. */
extern void gqle_tls_allowlist_read(const GqleJson *network);

/* Is a certificate of a URL's host fine that nobody else vouches for? */
extern bool gqle_tls_allowlist_has(const char *url);

#endif							/* GQLE_WORKER_TLS_ALLOWLIST_H */
