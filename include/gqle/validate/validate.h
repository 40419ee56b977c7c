/*
 * validate.h
 *		Request text and variables to a validated operation.
 *
 * Checks are made in Hasura's order and the first error wins: syntax, choice of
 * the operation, fragments, variables, then the selection set depth first, each
 * field's arguments before its sub-selections.  One rule of the specification a
 * file (rule_*.c); rules.h lists them.
 */
#ifndef GQLE_VALIDATE_VALIDATE_H
#define GQLE_VALIDATE_VALIDATE_H

#include "gqle/schema/schema.h"
#include "gqle/schema/selection.h"
#include "gqle/validate/shape.h"

/* One GraphQL request as it came. */
typedef struct GqleRequest
{
	const char *query;
	int			query_len;
	const char *operation_name; /* or NULL */
	const GqleJson *variables;	/* object or NULL */
	bool		is_relay;		/* against the Relay schema */
	const char *cursor;			/* of a stream: the text after whose row to go
								 * on, or NULL: the initial value */
} GqleRequest;

/*
 * Decode {"query":..,"operationName":..,"variables":..}.  Returns NULL after
 * reporting.  The request points into body.
 */
extern GqleRequest *gqle_request_from_json(const GqleJson *body, GqleErrorSink *sink);

/*
 * Validate a request against a role's schema.  shape collects which parts of
 * the variables were looked at; a later request with an equal shape gets the
 * same operation save for the values of leaves.  Everything is allocated in the
 * current memory context.  Returns NULL after reporting.
 */
extern GqleOperation *gqle_validate(GqleSchema *schema, const GqleRequest *request,
									GqleShape *shape, GqleErrorSink *sink);

/*
 * Which kind of operation a request asks for, found by parsing alone: what
 * transports need to know.  Returns false after reporting.
 */
extern bool gqle_validate_operation_type(const GqleRequest *request,
										 GqleOperationType *type, GqleErrorSink *sink);

#endif							/* GQLE_VALIDATE_VALIDATE_H */
