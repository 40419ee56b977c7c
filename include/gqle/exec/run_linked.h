/*
 * run_linked.h
 *		Asking linked sources.
 */
#ifndef GQLE_EXEC_RUN_LINKED_H
#define GQLE_EXEC_RUN_LINKED_H

#include "gqle/catalog/linked.h"
#include "gqle/exec/steps.h"

/*
 * Run an operation in a linked database, as the session's role.  variables is a JSON
 * object, name the operation's name or NULL.  The answer of graphql.execute in the
 * current context; NULL after reporting that there is none, or its error.
 */
extern char *gqle_run_linked(const GqleStep *step, const GqleLinkedSource *source,
							 const char *query, const char *variables, const char *name);

#endif							/* GQLE_EXEC_RUN_LINKED_H */
