/*
 * auth_parts.h
 *		The ways to be somebody, among themselves; others use auth.h.
 */
#ifndef GQLE_WORKER_AUTH_PARTS_H
#define GQLE_WORKER_AUTH_PARTS_H

#include "gqle/net/jwt.h"
#include "gqle/worker/auth.h"

/* What one way says about a request. */
typedef enum GqleAuthVerdict
{
	GQLE_VERDICT_NOT_FOR_ME,
	GQLE_VERDICT_ACCEPTED, /* here is the session */
	GQLE_VERDICT_REFUSED  /* the sink has the error */
} GqleAuthVerdict;

/*
 * Put a variable in its place by name; a later one of that name wins.  There
 * must be room for it.
 */
extern void gqle_auth_set_variable(GqleSession *session, const char *name,
								   const char *value);

/* Is it a header that says who the sender is, instead of a session variable? */
extern bool gqle_auth_is_credential(const char *name);

/*
 * auth_jwt.c: tokens.
 *
 * Read the settings; false and *error if they can't be used, and then what was
 * read before stays in force.  At the start, keys are waited for.
 */
extern bool gqle_auth_jwt_load(bool is_start, const char **error);

/* Once per turn of the loop: refresh keys. */
extern void gqle_auth_jwt_turn(void);

/* When the next turn is needed, or GQLE_JWT_NEVER. */
extern int64 gqle_auth_jwt_next_turn(void);

/* Are tokens configured? */
extern bool gqle_auth_jwt_is_on(void);

/* The session of a request by its token; role is what it asks for, or NULL. */
extern GqleAuthVerdict gqle_auth_jwt_try(const GqleExchange *x,
										 const char *role,
										 GqleSession **session,
										 GqleErrorSink *sink);

/* auth_jwk.c: keys at a URL. */
typedef struct GqleJwkSource GqleJwkSource;

extern GqleJwkSource *gqle_auth_jwk_make(const char *url);
extern void gqle_auth_jwk_free(GqleJwkSource *source);

/* The keys in force; maybe none. */
extern const GqleJwtKeySet *gqle_auth_jwk_keys(const GqleJwkSource *source);

/* Wait for the first keys; false and *error if they don't come. */
extern bool gqle_auth_jwk_fetch_first(GqleJwkSource *source,
									  const char **error);

/* Ask for new keys if it is time.  Have they changed since the last turn? */
extern bool gqle_auth_jwk_turn(GqleJwkSource *source);

/* When it will be time, or GQLE_JWT_NEVER. */
extern int64 gqle_auth_jwk_refresh_time(const GqleJwkSource *source);

#endif							/* GQLE_WORKER_AUTH_PARTS_H */
