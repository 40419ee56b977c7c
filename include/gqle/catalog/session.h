/*
 * session.h
 *		Who makes a request: a role and session variables.
 *
 * Names are lower case ("x-hasura-user-id"), values are strings, as in Hasura.
 * A session is made by the worker from authenticated headers, or from the
 * jsonb argument of graphql.execute; the engine below never looks elsewhere.
 */
#ifndef GQLE_CATALOG_SESSION_H
#define GQLE_CATALOG_SESSION_H

#include "gqle/base/error.h"
#include "gqle/base/json_read.h"

typedef struct GqleSessionVariable
{
	const char *name;
	const char *value;
} GqleSessionVariable;

typedef struct GqleSession
{
	const char *role;			/* value of x-hasura-role */
	bool		is_admin;		/* role is "admin" */
	bool		backend_only;	/* may use backend_only mutations */
	int64 expires_at;			/* microseconds since 1970; 0: never */
	int			n_variables;	/* includes x-hasura-role; sorted by name */
	GqleSessionVariable *variables;
} GqleSession;

/*
 * Build a session from a JSON object of strings, numbers or booleans; names
 * are lower-cased and names not starting with "x-hasura-" are dropped.  A
 * missing role means admin.  Allocates in the current memory context.
 */
extern GqleSession *gqle_session_from_json(const GqleJson *object, GqleErrorSink *sink);

/* A copy in one piece of memory, which pfree gives back. */
extern GqleSession *gqle_session_copy(const GqleSession *from,
									  MemoryContext context);

/* Value of a variable (name in lower case), or NULL. */
extern const char *gqle_session_lookup(const GqleSession *session, const char *name);

/* The variables as a JSON object, in name order; what GUCs and functions see. */
extern void gqle_session_append_json(StringInfo out, const GqleSession *session);

/* Does this metadata string refer to a session variable? ("X-Hasura-...") */
extern bool gqle_session_is_reference(const char *text);

#endif							/* GQLE_CATALOG_SESSION_H */
