/*
 * http.h
 *		A request of ours and its answer, as values.
 *
 * Who makes the call is the worker's business (worker/httpc.c); what is asked
 * and what follows from the answer is the engine's.  The structs own nothing.
 */
#ifndef GQLE_NET_HTTP_H
#define GQLE_NET_HTTP_H

#include "gqle/gqle.h"

/* User-Agent of all our requests: compat. */
#define GQLE_HTTP_AGENT	"hasura-graphql-engine/" GQLE_COMPAT_VERSION

typedef struct GqleHttpHeader
{
	const char *name;			/* as sent; a token, NUL-terminated */
	const char *value;			/* NUL-terminated */
	int			name_len;
	int			value_len;
} GqleHttpHeader;

typedef struct GqleHttpRequest
{
	const char *method;			/* NULL: GET, or POST if there is a body */
	const char *url;			/* http or https */
	int			n_headers;
	const GqleHttpHeader *headers;	/* lengths are not looked at */
	const char *body;			/* or NULL */
	int			body_len;
	int			timeout;		/* for all of it, ms */
	int			max_body;		/* bytes of the answer; more is a failure */
	int			max_redirects;	/* to follow; 0: none */
	bool		keeps_tls;		/* from https, no redirect leads to http */
	bool		allows_self_signed; /* a certificate that nobody vouches for, or of
									 * another name, will do */
} GqleHttpRequest;

/* Why there is no answer. */
typedef enum GqleHttpFailure
{
	GQLE_HTTP_OK = 0,
	GQLE_HTTP_BAD_URL,
	GQLE_HTTP_BAD_HEADER,
	GQLE_HTTP_NO_CONNECTION,
	GQLE_HTTP_CONNECT_TIMEOUT,
	GQLE_HTTP_TIMEOUT,
	GQLE_HTTP_REDIRECTS,		/* too many */
	GQLE_HTTP_NO_DATA,			/* closed before an answer */
	GQLE_HTTP_TOO_LARGE,
	GQLE_HTTP_INTERNAL			/* TLS, memory and the rest */
} GqleHttpFailure;

typedef struct GqleHttpReply
{
	GqleHttpFailure failure;
	const char *reason;			/* of a failure, for logs */
	int			status;
	const char *body;			/* NUL-terminated */
	int			body_len;
	const char *head;			/* header lines, CR LF after each */
} GqleHttpReply;

/*
 * The n-th value (from 0) of a header in a reply, in the current memory context,
 * or NULL.
 */
extern char *gqle_http_reply_header(const GqleHttpReply *reply, const char *name,
									int n);

/* "Response timeout": a failure in the words of Hasura's HTTP client. */
extern const char *gqle_http_failure_text(GqleHttpFailure failure);

/* May it be sent as a header: a token, and a value of one line? */
extern bool gqle_http_is_header(const char *name, const char *value);

#endif							/* GQLE_NET_HTTP_H */
