/*
 * route.h
 *		Paths and methods, and what serves them.
 */
#ifndef GQLE_WORKER_ROUTE_H
#define GQLE_WORKER_ROUTE_H

#include "gqle/api/call.h"
#include "gqle/base/guc.h"

typedef enum GqleRouteKind
{
	GQLE_ROUTE_CALL,			/* an endpoint call: authenticate and run */
	GQLE_ROUTE_CONFIG,			/* configuration, for admins */
	GQLE_ROUTE_CONSOLE,			/* the console's page, whatever is below */
	GQLE_ROUTE_CONSOLE_ASSET,	/* one of its files */
	GQLE_ROUTE_EKG,				/* counters as JSON, for admins */
	GQLE_ROUTE_HEALTH,
	GQLE_ROUTE_LIVE,			/* this process answers, that's all */
	GQLE_ROUTE_METRICS,			/* counters, for whoever has the secret, or admins */
	GQLE_ROUTE_NO_PERSISTED,	/* GET of GraphQL: none that are persisted */
	GQLE_ROUTE_ROOT,			/* leads to the console */
	GQLE_ROUTE_REST,			/* a call that sees the whole request */
	GQLE_ROUTE_SOURCES,			/* the health of each source */
	GQLE_ROUTE_SUBSCRIPTIONS,	/* of this worker, for admins */
	GQLE_ROUTE_TEXT,			/* a fixed JSON text, for admins */
	GQLE_ROUTE_VERSION
} GqleRouteKind;

typedef struct GqleRoute
{
	const char *method;			/* "*": any */
	const char *path;			/* with "/" at its end: and everything below */
	GqleRouteKind kind;
	int			group;			/* GqleApiGroup that must be on, or 0 */
	GqleEndpoint endpoint;		/* of GQLE_ROUTE_CALL */
	bool		is_graphql;		/* errors as {"errors":[...]} */
	bool		is_always_200;	/* errors, too */
	bool		may_run_inline;
	const char *text;			/* of GQLE_ROUTE_TEXT and _SUBSCRIPTIONS */
	const char *answer_type;	/* of answers that are no errors; NULL: JSON */
} GqleRoute;

/*
 * The route of a request, or NULL: an unknown path, a method that the path
 * hasn't got and a group that is switched off look alike.
 */
extern const GqleRoute *gqle_route_lookup(const char *method, const char *path,
										  int path_len);

#endif							/* GQLE_WORKER_ROUTE_H */
