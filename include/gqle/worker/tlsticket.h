/*
 * tlsticket.h
 *		Keys of tickets by which clients resume TLS sessions.
 */
#ifndef GQLE_WORKER_TLSTICKET_H
#define GQLE_WORKER_TLSTICKET_H

#include <openssl/ssl.h>

#include "gqle/gqle.h"

extern void gqle_tlsticket_init(void);

/* A new context: let it give tickets, if there are keys for them. */
extern void gqle_tlsticket_prepare(SSL_CTX *context);

/* To be called now and then: have the context use the keys that are in force. */
extern void gqle_tlsticket_refresh(SSL_CTX *context);

#endif							/* GQLE_WORKER_TLSTICKET_H */
