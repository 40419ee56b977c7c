/*
 * tlscert.h
 *		The certificate of the listener, and what may be spoken with it.
 */
#ifndef GQLE_WORKER_TLSCERT_H
#define GQLE_WORKER_TLSCERT_H

#include "gqle/gqle.h"

#include <openssl/ssl.h>

/* Are a certificate and a key configured? */
extern bool gqle_tlscert_is_configured(void);

/*
 * The context for new connections, or NULL while there is none that can be
 * used; it belongs to tlscert, connections keep what they need.  Files that
 * have changed are read again.  Never throws.
 */
extern SSL_CTX *gqle_tlscert_context(void);

#endif							/* GQLE_WORKER_TLSCERT_H */
