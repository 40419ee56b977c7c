/*
 * url.h
 *		Absolute URLs of http and https, taken apart.
 */
#ifndef GQLE_NET_URL_H
#define GQLE_NET_URL_H

#include "gqle/gqle.h"

typedef struct GqleUrl
{
	bool		is_secure;		/* https */
	const char *user;			/* before "@", or NULL */
	const char *host;
	int			port;			/* the scheme's if not given */
	bool		has_port;
	const char *path;			/* "" or with its first "/" */
	const char *query;			/* with its "?", or "" */
	const char *fragment;		/* with its "#", or "" */
} GqleUrl;

/*
 * Take a URL apart, in the current memory context.  False if it is no absolute
 * URL of http or https, or has characters that RFC 3986 does not allow.
 */
extern bool gqle_url_parse(const char *text, GqleUrl *url);

/* A copy in which characters that a URL can't have are percent-encoded. */
extern char *gqle_url_clean(const char *text);

/* A URL whose query is another: text with its "?" or "". */
extern char *gqle_url_with_query(const GqleUrl *url, const char *query);

#endif							/* GQLE_NET_URL_H */
