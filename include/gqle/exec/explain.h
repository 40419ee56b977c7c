/*
 * explain.h
 *		How an operation would run.
 */
#ifndef GQLE_EXEC_EXPLAIN_H
#define GQLE_EXEC_EXPLAIN_H

#include "gqle/catalog/session.h"
#include "gqle/validate/validate.h"

typedef enum GqleExplainFormat
{
	GQLE_EXPLAIN_SQL,			/* the SQL of each root field, for people; of
								 * mutations, too */
	GQLE_EXPLAIN_PLAN,			/* and the plan */
	GQLE_EXPLAIN_ANALYZE,		/* and what running it took */
	GQLE_EXPLAIN_JSON			/* [{"field":..,"sql":..,"plan":[..]}] */
} GqleExplainFormat;

/*
 * Append how a query would run under the active snapshot.  Returns false after
 * reporting: the client's mistakes, and operations that are not queries.
 */
extern bool gqle_explain(const GqleSession *session, const GqleRequest *request,
						 GqleExplainFormat format, StringInfo out, GqleErrorSink *sink);

#endif							/* GQLE_EXEC_EXPLAIN_H */
