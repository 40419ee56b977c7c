/*
 * execute.h
 *		Running operations: compile or find in the cache, bind, execute, answer.
 */
#ifndef GQLE_EXEC_EXECUTE_H
#define GQLE_EXEC_EXECUTE_H

#include "gqle/catalog/session.h"
#include "gqle/validate/validate.h"

typedef enum GqleExecutePlace
{
	GQLE_EXECUTE_ANYWHERE,
	GQLE_EXECUTE_CHEAP_ONLY		/* refuse what does not fit the inline rule */
} GqleExecutePlace;

typedef enum GqleExecuteResult
{
	GQLE_EXECUTE_OK,			/* {"data":...} was appended */
	GQLE_EXECUTE_ERROR,			/* sink has the error, nothing was appended */
	GQLE_EXECUTE_TOO_HEAVY		/* CHEAP_ONLY: nothing was done */
} GqleExecuteResult;

/*
 * Execute one request in the current transaction under the active snapshot and
 * append {"data":...} to out.  The client's mistakes end up in the sink; errors
 * of Postgres are thrown, and gqle_execute_error_path tells where the operation
 * was.  The transaction is to be rolled back after any error.
 */
extern GqleExecuteResult gqle_execute(const GqleSession *session,
									  const GqleRequest *request,
									  GqleExecutePlace place,
									  StringInfo out, GqleErrorSink *sink);

/* Path of the root field that was being executed when an error was thrown. */
extern const char *gqle_execute_error_path(void);

/* The last inline operation overran its budget: never run its shape inline again. */
extern void gqle_execute_mark_slow(void);

#endif							/* GQLE_EXEC_EXECUTE_H */
