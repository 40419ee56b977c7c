/*
 * cors.c
 *		Requests of pages from elsewhere (http-and-config.md, 9).
 *
 * A page of an origin that isn't allowed is served like any other client; its
 * browser keeps the answer from it, for want of our headers.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/net/httphdr.h"
#include "gqle/worker/cors.h"

#define ALLOWED_METHODS	"GET,POST,PUT,PATCH,DELETE,OPTIONS"
#define EXPOSED_HEADERS	"X-Hasura-Query-Cache-Key,X-Hasura-Query-Family-Cache-Key,Warning"
#define MAX_AGE			"1728000"

static MemoryContext memory = NULL;
static GqleCorsPolicy *policy = NULL;	/* NULL: nothing is allowed */

void
gqle_cors_load(bool is_start)
{
	MemoryContext fresh = AllocSetContextCreate(TopMemoryContext, "gqle cors",
												ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(fresh);
	const char *error;
	GqleCorsPolicy *parsed = gqle_cors_parse_policy(gqle_guc_cors_domain, &error);

	MemoryContextSwitchTo(old);
	if (parsed == NULL)
	{
		ereport(is_start ? FATAL : LOG,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg_internal("Fatal Error:- Environment variable HASURA_GRAPHQL_CORS_DOMAIN: %s",
								 error)));
		MemoryContextDelete(fresh);
		return;
	}
	if (memory != NULL)
		MemoryContextDelete(memory);
	memory = fresh;
	policy = parsed;
}

bool
gqle_cors_is_origin_allowed(const char *origin)
{
	return !gqle_guc_disable_cors && policy != NULL &&
		gqle_cors_is_allowed(policy, origin);
}

bool
gqle_cors_is_preflight(const GqleExchange *x)
{
	const char *origin;

	if (strcmp(x->method, "OPTIONS") != 0)
		return false;
	origin = gqle_httpd_header(x, "origin");
	return origin != NULL && gqle_cors_is_origin_allowed(origin) &&
		gqle_httpd_header(x, "access-control-request-method") != NULL;
}

int
gqle_cors_headers(const GqleExchange *x, bool is_preflight,
				  GqleHttpHeader *headers)
{
	const char *origin = gqle_httpd_header(x, "origin");
	const char *requested;
	int			n = 0;

	if (origin == NULL || !gqle_cors_is_origin_allowed(origin))
		return 0;
	headers[n].name = "Access-Control-Allow-Origin";
	headers[n++].value = origin;
	headers[n].name = "Access-Control-Allow-Credentials";
	headers[n++].value = "true";
	headers[n].name = "Access-Control-Allow-Methods";
	headers[n++].value = ALLOWED_METHODS;
	headers[n].name = "Access-Control-Expose-Headers";
	headers[n++].value = EXPOSED_HEADERS;
	if (!is_preflight)
		return n;
	headers[n].name = "Access-Control-Max-Age";
	headers[n++].value = MAX_AGE;
	requested = gqle_httpd_header(x, "access-control-request-headers");
	if (requested != NULL)
	{
		headers[n].name = "Access-Control-Allow-Headers";
		headers[n++].value = requested;
	}
	return n;
}
