/*
 * persisted.h
 *		Automatic persisted queries: a client sends the hash of a query it has
 *		sent before.
 */
#ifndef GQLE_EXEC_PERSISTED_H
#define GQLE_EXEC_PERSISTED_H

#include "gqle/base/error.h"
#include "gqle/base/json_read.h"

extern void gqle_persisted_init(void);

/*
 * With gqle.enable_persisted_queries: let a request that has a hash have its
 * query, or keep the query for others.  The members that say so are removed
 * from the body.  False after reporting: the query isn't known, or has another
 * hash.  Requests without a hash are left alone.
 */
extern bool gqle_persisted_resolve(GqleJson *body, GqleErrorSink *sink);

#endif							/* GQLE_EXEC_PERSISTED_H */
