/*
 * identity.h
 *		Letting the database know who asks.
 */
#ifndef GQLE_EXEC_IDENTITY_H
#define GQLE_EXEC_IDENTITY_H

#include "gqle/catalog/session.h"

/*
 * Make a session known to triggers, functions and policies: gqle.session, which
 * only we can set, and its mirrors hasura.user and request.jwt.claims.  Holds
 * until gqle_identity_end or the end of the (sub)transaction, whichever comes
 * first; returns what gqle_identity_end needs.
 */
extern int	gqle_identity_begin(const GqleSession *session);

/* The values before gqle_identity_begin return. */
extern void gqle_identity_end(int nest_level);

#endif							/* GQLE_EXEC_IDENTITY_H */
