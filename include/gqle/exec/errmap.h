/*
 * errmap.h
 *		Postgres errors as GraphQL errors (execution.md §13).
 */
#ifndef GQLE_EXEC_ERRMAP_H
#define GQLE_EXEC_ERRMAP_H

#include "gqle/base/error.h"

/*
 * Report an error thrown while a GraphQL operation was executed.  path may be
 * NULL.  The statement and its arguments go into the error's internal part
 * where the table says so.
 */
extern void gqle_errmap_report(const ErrorData *edata, const char *path,
							   GqleErrorSink *sink);

#endif							/* GQLE_EXEC_ERRMAP_H */
