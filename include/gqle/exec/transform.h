/*
 * transform.h
 *		Transforms of webhooks: what a request becomes before it is sent, what an
 *		answer becomes before it is looked at (events-and-actions.md, 5).
 *
 * A transform is metadata, an object in canonical form.  Errors are appended to
 * a text as JSON objects with commas between them; it is empty if there are none.
 */
#ifndef GQLE_EXEC_TRANSFORM_H
#define GQLE_EXEC_TRANSFORM_H

#include "gqle/base/json_read.h"
#include "gqle/net/http.h"

/* A request on its way through a transform. */
typedef struct GqleTransformRequest
{
	const char *method;
	const char *url;			/* in: absolute */
	const GqleJson *body;		/* JSON; out: NULL if raw_body is the body */
	const char *raw_body;		/* out: a form, or "" for none */
	int			n_headers;
	const GqleHttpHeader *headers;
} GqleTransformRequest;

/* Are the templates of a transform templates?  Appends an error for each that isn't. */
extern bool gqle_transform_check_request(const GqleJson *transform, StringInfo errors);
extern bool gqle_transform_check_response(const GqleJson *transform, StringInfo errors);

/* Can a URL be called?  False and *reason, in the words of Hasura's HTTP client. */
extern bool gqle_transform_check_url(const char *url, const char **reason);

/*
 * What templates see of a request, before it is transformed: "body", "base_url"
 * (the URL as configured), "query_params", "session_variables" (an object or NULL).
 */
extern GqleJson *gqle_transform_context(const GqleTransformRequest *request,
										const char *base_url,
										const GqleJson *session_variables);

/* Transform a request in place; false after appending errors. */
extern bool gqle_transform_request(const GqleJson *transform, const GqleJson *context,
								   GqleTransformRequest *request, StringInfo errors);

/* What is known of a request that was transformed. */
typedef struct GqleTransformed
{
	const GqleJson *context;	/* what templates saw of it */
	bool		has_json;		/* is its body JSON now? */
} GqleTransformed;

/*
 * Transform a request that is ready to be sent, and whose body is JSON; base_url is
 * its URL as configured.  False after appending errors.
 */
extern bool gqle_transform_http(const GqleJson *transform, const char *base_url,
								const GqleJson *session_variables,
								GqleHttpRequest *request, GqleTransformed *transformed,
								StringInfo errors);

/*
 * Append what an answer becomes.  request_context is what templates saw of the
 * request, or NULL if it was not transformed.  False after appending errors.
 */
extern bool gqle_transform_response(const GqleJson *transform,
									const GqleJson *request_context,
									const GqleJson *session_variables,
									const GqleHttpReply *reply, StringInfo out,
									StringInfo errors);

#endif							/* GQLE_EXEC_TRANSFORM_H */
