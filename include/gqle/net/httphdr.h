/*
 * httphdr.h
 *		What values of HTTP headers mean: times, codings, origins.
 */
#ifndef GQLE_NET_HTTPHDR_H
#define GQLE_NET_HTTPHDR_H

#include "gqle/gqle.h"

/* The one word after "Bearer" in an Authorization header, or NULL. */
extern const char *gqle_httphdr_bearer(const char *value, int *len);

/*
 * The value of the next cookie of that name in the text of a Cookie header, which
 * is moved behind it; NULL if there is none any more.
 */
extern const char *gqle_httphdr_next_cookie(const char **text, const char *name,
											int *len);

/* Seconds since 1970 of "Sun, 06 Nov 1994 08:49:37 GMT"; false if it is none. */
extern bool gqle_httphdr_parse_date(const char *text, int64 *seconds);

/* The directives of a Cache-Control header. */
typedef struct GqleCacheControl
{
	bool		has_max_age;	/* max-age, or else s-maxage */
	int64		max_age;		/* seconds */
	bool		no_cache;		/* no-cache or no-store */
	bool		must_revalidate;
} GqleCacheControl;

extern void gqle_httphdr_parse_cache_control(const char *text,
											 GqleCacheControl *parsed);

/* Which codings of an answer does an Accept-Encoding header allow? */
typedef struct GqleCodings
{
	bool		gzip;
	bool		identity;
} GqleCodings;

/* text is NULL when there is no such header. */
extern GqleCodings gqle_httphdr_accepted_codings(const char *text);

/* What a client wants a GraphQL answer to be. */
typedef enum GqleAnswerType
{
	GQLE_ANSWER_JSON,			/* application/json: also whenever in doubt */
	GQLE_ANSWER_GRAPHQL,		/* application/graphql-response+json */
	GQLE_ANSWER_EVENTS,			/* text/event-stream */
	GQLE_ANSWER_NONE			/* it named one of these, and none will do */
} GqleAnswerType;

/* By an Accept header, or NULL; of types wanted alike, JSON comes first. */
extern GqleAnswerType gqle_httphdr_answer_type(const char *accept);

/* Does a Content-Type header say JSON in UTF-8?  NULL doesn't. */
extern bool gqle_httphdr_is_json(const char *content_type);

/*
 * Origins that may use the endpoints, from "https://a.com, http://b.com:3000"; a host
 * may begin with a wildcard for one label.
 * Allocated in the current memory context; NULL and *error in Hasura's words if
 * the text is none.
 */
typedef struct GqleCorsPolicy GqleCorsPolicy;

extern GqleCorsPolicy *gqle_cors_parse_policy(const char *text,
											  const char **error);

extern bool gqle_cors_is_allowed(const GqleCorsPolicy *policy,
								 const char *origin);

#endif							/* GQLE_NET_HTTPHDR_H */
