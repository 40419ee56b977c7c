/*
 * environment.h
 *		HASURA_GRAPHQL_* variables that no setting takes.
 */
#ifndef GQLE_BASE_ENVIRONMENT_H
#define GQLE_BASE_ENVIRONMENT_H

#include "gqle/gqle.h"

#define GQLE_ENV_PREFIX "HASURA_GRAPHQL_"

/* A setting takes this variable; name is without the prefix, and static. */
extern void gqle_environment_note(const char *name);

/*
 * Say in the server's log which variables of this process' environment have no
 * effect, and why.  Values are not shown.
 */
extern void gqle_environment_report(void);

#endif							/* GQLE_BASE_ENVIRONMENT_H */
