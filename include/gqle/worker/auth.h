/*
 * auth.h
 *		Who sends a request: from headers to a session, or a refusal.
 */
#ifndef GQLE_WORKER_AUTH_H
#define GQLE_WORKER_AUTH_H

#include "gqle/catalog/session.h"
#include "gqle/worker/httpd.h"

typedef enum GqleAuthResult
{
	GQLE_AUTH_OK,				/* session is set */
	GQLE_AUTH_REFUSED			/* sink has the error */
} GqleAuthResult;

/*
 * Read the settings.  At the start, and whenever they have become such that
 * nobody could be told apart, this ends the process: a server that doesn't know
 * who may do what must not serve.
 */
extern void gqle_auth_start(void);

/* Once per turn of the loop: take over settings that have changed. */
extern void gqle_auth_turn(void);

/* Longest time to wait before the next turn, in ms. */
extern long gqle_auth_timeout(void);

/*
 * Authenticate a request.  The session is allocated in the current memory
 * context and refers to texts of the exchange.
 */
extern GqleAuthResult gqle_auth_authenticate(const GqleExchange *x,
											 GqleSession **session,
											 GqleErrorSink *sink);

#endif							/* GQLE_WORKER_AUTH_H */
