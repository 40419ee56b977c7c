/*
 * auth_parts.h
 *		The ways to be somebody, among themselves; others use auth.h.
 */
#ifndef GQLE_WORKER_AUTH_PARTS_H
#define GQLE_WORKER_AUTH_PARTS_H

#include "gqle/worker/auth.h"

/* What one way says about a request. */
typedef enum GqleAuthVerdict
{
	GQLE_VERDICT_NOT_FOR_ME,
	GQLE_VERDICT_ACCEPTED, /* here is the session */
	GQLE_VERDICT_REFUSED,  /* the sink has the error */
	GQLE_VERDICT_PENDING   /* it will be told later */
} GqleAuthVerdict;

/* Microseconds since 1970. */
extern int64 gqle_auth_now(void);

/*
 * auth_jwt.c: tokens.
 *
 * Read the settings; false and *error if they can't be used, and then what was
 * read before stays in force.
 */
extern bool gqle_auth_jwt_load(const char **error);

/* Are tokens configured? */
extern bool gqle_auth_jwt_is_on(void);

/* The session of a request by its token; role is what it asks for, or NULL. */
extern GqleAuthVerdict gqle_auth_jwt_try(const GqleExchange *x,
										 const char *role,
										 GqleSession **session,
										 GqleErrorSink *sink);

#endif /* GQLE_WORKER_AUTH_PARTS_H */
