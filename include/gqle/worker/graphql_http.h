/*
 * graphql_http.h
 *		What GraphQL over HTTP adds to Hasura's ways, for clients that ask for
 *		its media type or for a stream of events.
 */
#ifndef GQLE_WORKER_GRAPHQL_HTTP_H
#define GQLE_WORKER_GRAPHQL_HTTP_H

#include "gqle/base/error.h"
#include "gqle/net/httphdr.h"
#include "gqle/worker/httpd.h"

/*
 * Is a request for such an answer as it must be?  A GET's parameters become its
 * body.  If not, *status and the sink say why; *allow is then what Allow should
 * be, or NULL.  Results are in the current memory context.
 */
extern bool gqle_graphql_http_check(GqleExchange *x, GqleAnswerType type,
									int *status, const char **allow,
									GqleErrorSink *sink);

/* Is it a mutation?  Whoever can't tell will be told by the engine. */
extern bool gqle_graphql_http_is_mutation(const char *body, int len);

/*
 * Make the body that a POST would have of the parameters of a GET's URL; false
 * with a status after reporting.
 */
extern bool gqle_graphql_http_read(GqleExchange *x, int *status, GqleErrorSink *sink);

#endif							/* GQLE_WORKER_GRAPHQL_HTTP_H */
