/*
 * route.c
 *		The table of endpoints.
 *
 * Paths are compared byte by byte with what was sent: no decoding, no case
 * folding, no trailing slash.
 */
#include "postgres.h"

#include "gqle/worker/route.h"

static const GqleRoute routes[] = {
	{"POST", "/v1/graphql", GQLE_ROUTE_CALL, GQLE_API_GROUP_GRAPHQL,
	GQLE_ENDPOINT_V1_GRAPHQL, true, true, true},
	{"POST", "/v1alpha1/graphql", GQLE_ROUTE_CALL, GQLE_API_GROUP_GRAPHQL,
	GQLE_ENDPOINT_V1ALPHA1_GRAPHQL, true, false, true},
	{"POST", "/v1beta1/relay", GQLE_ROUTE_CALL, GQLE_API_GROUP_GRAPHQL,
	GQLE_ENDPOINT_RELAY, true, true, true},
	{"POST", "/v1/metadata", GQLE_ROUTE_CALL, GQLE_API_GROUP_METADATA,
	GQLE_ENDPOINT_METADATA, false, false, false},
	{"POST", "/v2/query", GQLE_ROUTE_CALL, GQLE_API_GROUP_METADATA,
	GQLE_ENDPOINT_V2_QUERY, false, false, false},
	{"POST", "/v1/query", GQLE_ROUTE_CALL, GQLE_API_GROUP_METADATA,
	GQLE_ENDPOINT_V1_QUERY, false, false, false},
	{"POST", "/v1/graphql/explain", GQLE_ROUTE_CALL, GQLE_API_GROUP_METADATA,
	GQLE_ENDPOINT_EXPLAIN, false, false, false},
	{"POST", "/v1alpha1/graphql/explain", GQLE_ROUTE_CALL,
		GQLE_API_GROUP_METADATA, GQLE_ENDPOINT_EXPLAIN, false, false, false},
	{"GET", "/v1/graphql", GQLE_ROUTE_NO_PERSISTED, GQLE_API_GROUP_GRAPHQL,
	GQLE_ENDPOINT_V1_GRAPHQL, true, true, false},
	{"GET", "/healthz", GQLE_ROUTE_HEALTH, 0, 0, false, false, false},
	{"GET", "/hasura/healthz", GQLE_ROUTE_HEALTH, 0, 0, false, false, false},
	{"GET", "/v1/version", GQLE_ROUTE_VERSION, 0, 0, false, false, false},
	{"GET", "/v1alpha1/config", GQLE_ROUTE_CONFIG, GQLE_API_GROUP_CONFIG,
	0, false, false, false},
};

const GqleRoute *
gqle_route_lookup(const char *method, const char *path, int path_len)
{
	for (size_t i = 0; i < lengthof(routes); i++)
	{
		const GqleRoute *route = &routes[i];

		if (strncmp(route->path, path, path_len) != 0 ||
			route->path[path_len] != '\0')
			continue;
		if (strcmp(route->method, method) != 0 &&
			!(strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0))
			continue;
		if (route->group != 0 && !gqle_guc_has_api(route->group))
			continue;
		return route;
	}
	return NULL;
}
