/*
 * bind.h
 *		Values of a request into the parameters of a statement.
 */
#ifndef GQLE_EXEC_BIND_H
#define GQLE_EXEC_BIND_H

#include "gqle/exec/op_cache.h"

/*
 * Make a statement ready to run: plan kept, input functions looked up, values
 * that no request can change converted.  Allocated in the given context.
 * Returns false after reporting a constant that does not fit.
 */
extern bool gqle_bind_prepare(GqlePrepared *prepared, const GqleStatement *statement,
							  MemoryContext context, GqleErrorSink *sink);

/*
 * Fill values and nulls for a request, in the current context.  The client's
 * mistakes are reported; text that Postgres can't convert throws its error.
 * Parameters without a leaf are left to the caller.
 */
extern bool gqle_bind_values(GqlePrepared *prepared, const GqleRequest *request,
							 const GqleSession *session, GqleErrorSink *sink);

#endif							/* GQLE_EXEC_BIND_H */
