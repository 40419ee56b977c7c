/*
 * auth.h
 *		Who sends a request: from headers to a session, or a refusal.
 */
#ifndef GQLE_WORKER_AUTH_H
#define GQLE_WORKER_AUTH_H

#include "gqle/catalog/session.h"
#include "gqle/worker/httpc.h"
#include "gqle/worker/httpd.h"

typedef enum GqleAuthResult
{
	GQLE_AUTH_OK,				/* session is set */
	GQLE_AUTH_REFUSED,			/* sink has the error */
	GQLE_AUTH_PENDING			/* ask the webhook */
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

/* Microseconds since 1970, as in expires_at of sessions. */
extern int64 gqle_auth_now(void);

/*
 * The address of the client: what the header says that gqle.client_address_header
 * names, or that of the connection.  Good until the next call.
 */
extern const char *gqle_auth_address(const GqleExchange *x);

/*
 * Authenticate a request.  The session is allocated in the current memory
 * context and refers to texts of the exchange.
 */
extern GqleAuthResult gqle_auth_authenticate(const GqleExchange *x,
											 GqleSession **session,
											 GqleErrorSink *sink);

/*
 * auth_webhook.c: asking the webhook, after GQLE_AUTH_PENDING.  answered is
 * called later with the reply, from which gqle_auth_webhook_read makes the
 * session, or NULL and an error; or never, after gqle_auth_webhook_cancel.  If
 * the hook can't be asked at all, the question is NULL, and gqle_auth_webhook_fail
 * gives the error.
 */
typedef struct GqleAuthQuestion GqleAuthQuestion;

typedef void (*GqleAuthAnswered) (void *arg, const GqleHttpReply *reply);

extern bool gqle_auth_webhook_is_on(void);
extern GqleAuthQuestion *gqle_auth_webhook_ask(const GqleExchange *x,
											   bool is_graphql,
											   GqleAuthAnswered answered,
											   void *arg);
extern void gqle_auth_webhook_cancel(GqleAuthQuestion *question);
extern GqleSession *gqle_auth_webhook_read(const GqleHttpReply *reply,
										   GqleErrorSink *sink);
extern bool gqle_auth_webhook_fail(GqleErrorSink *sink);

#endif							/* GQLE_WORKER_AUTH_H */
