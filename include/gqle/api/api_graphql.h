/*
 * api_graphql.h
 *		What the SQL functions of GraphQL requests share.
 */
#ifndef GQLE_API_API_GRAPHQL_H
#define GQLE_API_API_GRAPHQL_H

#include "fmgr.h"

#include "gqle/catalog/session.h"
#include "gqle/validate/validate.h"

/*
 * The first four arguments of graphql.execute and graphql.explain: session
 * jsonb, query text, variables jsonb, operation_name text.  Throws if they are
 * not what they should be.
 */
extern void gqle_api_session_arguments(FunctionCallInfo fcinfo, GqleSession **session,
									   GqleRequest *request);

#endif							/* GQLE_API_API_GRAPHQL_H */
