/*
 * pmdeflate.h
 *		The WebSocket extension permessage-deflate (RFC 7692), without context
 *		that is kept from one message to the next.
 */
#ifndef GQLE_NET_PMDEFLATE_H
#define GQLE_NET_PMDEFLATE_H

#include "gqle/gqle.h"

/* What a server answers that has accepted an offer. */
#define GQLE_PMDEFLATE_ANSWER \
	"permessage-deflate; server_no_context_takeover; client_no_context_takeover"

/* Is there an offer in a Sec-WebSocket-Extensions header that we can accept? */
extern bool gqle_pmdeflate_is_offered(const char *extensions);

/* Append a message's compressed form; false, with out as it was, on failure. */
extern bool gqle_pmdeflate_compress(StringInfo out, const char *bytes, int len);

typedef enum GqleInflated
{
	GQLE_INFLATED,
	GQLE_INFLATED_TOO_LARGE,	/* more than max bytes */
	GQLE_INFLATED_BAD			/* no compressed message, or no memory */
} GqleInflated;

/* Append a message of at most max bytes from its compressed form. */
extern GqleInflated gqle_pmdeflate_expand(StringInfo out, const char *bytes,
										  int len, int max);

#endif							/* GQLE_NET_PMDEFLATE_H */
