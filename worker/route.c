/*
 * route.c
 *		The table of endpoints.
 *
 * Paths are compared byte by byte with what was sent: no decoding, no case
 * folding, no trailing slash.  One that ends in a slash here stands for all
 * that is below it, and for itself without the slash; save for the root.
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
	{"POST", "/v1alpha1/pg_dump", GQLE_ROUTE_CALL, GQLE_API_GROUP_PGDUMP,
		GQLE_ENDPOINT_PG_DUMP, false, false, false,
	.answer_type = "application/sql; charset=utf-8"},
	{"GET", "/v1/graphql", GQLE_ROUTE_NO_PERSISTED, GQLE_API_GROUP_GRAPHQL,
	GQLE_ENDPOINT_V1_GRAPHQL, true, true, true},
	{"GET", "/healthz", GQLE_ROUTE_HEALTH, 0, 0, false, false, false},
	{"GET", "/healthz/sources", GQLE_ROUTE_SOURCES, 0, GQLE_ENDPOINT_SOURCES, false, false,
	true},
	{"GET", "/hasura/healthz", GQLE_ROUTE_HEALTH, 0, 0, false, false, false},
	{"GET", "/v1/version", GQLE_ROUTE_VERSION, 0, 0, false, false, false},
	{"GET", "/v1alpha1/config", GQLE_ROUTE_CONFIG, GQLE_API_GROUP_CONFIG,
	0, false, false, false},
	{"*", "/api/rest/", GQLE_ROUTE_REST, 0, GQLE_ENDPOINT_REST, false, false,
	true},
	{"GET", "/api/swagger/json", GQLE_ROUTE_CALL, 0, GQLE_ENDPOINT_OPENAPI,
	false, false, false},
	{"GET", "/", GQLE_ROUTE_ROOT, GQLE_API_GROUP_METADATA, 0, false, false,
	false},
	{"GET", "/console/assets/", GQLE_ROUTE_CONSOLE_ASSET,
	GQLE_API_GROUP_METADATA, 0, false, false, false},
	{"GET", "/console/", GQLE_ROUTE_CONSOLE, GQLE_API_GROUP_METADATA, 0, false,
	false, false},
	{"GET", "/livez", GQLE_ROUTE_LIVE, 0, 0, false, false, false},
	{"GET", "/readyz", GQLE_ROUTE_HEALTH, 0, 0, false, false, false},
	{"GET", "/v1/metrics", GQLE_ROUTE_METRICS, GQLE_API_GROUP_METRICS, 0,
	false, false, false},
	{"GET", "/dev/plan_cache", GQLE_ROUTE_TEXT, GQLE_API_GROUP_DEVELOPER, 0,
	false, false, false, "null"},
	{"GET", "/dev/subscriptions", GQLE_ROUTE_SUBSCRIPTIONS, GQLE_API_GROUP_DEVELOPER, 0,
	false, false, false},
	{"GET", "/dev/subscriptions/extended", GQLE_ROUTE_SUBSCRIPTIONS,
	GQLE_API_GROUP_DEVELOPER, 0, false, false, false, "extended"},
	{"GET", "/dev/ekg", GQLE_ROUTE_EKG, GQLE_API_GROUP_DEVELOPER, 0, false, false, false},
};

static bool
matches_path(const GqleRoute *route, const char *path, int path_len)
{
	int			len = strlen(route->path);

	if (len == path_len)
		return memcmp(route->path, path, len) == 0;
	if (route->path[len - 1] != '/' || len == 1)
		return false;
	if (path_len > len)
		return memcmp(route->path, path, len) == 0;
	return path_len == len - 1 && memcmp(route->path, path, path_len) == 0;
}

static bool
matches_method(const GqleRoute *route, const char *method)
{
	return strcmp(route->method, method) == 0 || route->method[0] == '*' ||
		(strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* Is a route's group of endpoints, or the console, switched off? */
static bool
is_off(const GqleRoute *route)
{
	if (route->kind == GQLE_ROUTE_ROOT || route->kind == GQLE_ROUTE_CONSOLE ||
		route->kind == GQLE_ROUTE_CONSOLE_ASSET)
	{
		if (!gqle_guc_enable_console)
			return true;
	}
	return route->group != 0 && !gqle_guc_has_api(route->group);
}

const GqleRoute *
gqle_route_lookup(const char *method, const char *path, int path_len)
{
	for (size_t i = 0; i < lengthof(routes); i++)
	{
		const GqleRoute *route = &routes[i];

		if (!matches_path(route, path, path_len) || !matches_method(route, method))
			continue;
		if (!is_off(route))
			return route;
	}
	return NULL;
}
