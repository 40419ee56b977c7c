/*
 * run_mutation.h
 *		Running the steps of a mutation's root field.
 */
#ifndef GQLE_EXEC_RUN_MUTATION_H
#define GQLE_EXEC_RUN_MUTATION_H

#include "gqle/catalog/session.h"
#include "gqle/plan/plan.h"
#include "gqle/validate/validate.h"

/*
 * Execute one root field of a mutation and append its JSON value to out.
 * Statements prepared on the way are kept in context, which lives as long as
 * the plan.  Returns false after reporting the client's mistake or a failed
 * permission check; errors of Postgres are thrown, their position set before
 * with gqle_execute_set_position.
 */
extern bool gqle_run_mutation(const GqleRootPlan *root, MemoryContext context,
							  const GqleRequest *request, const GqleSession *session,
							  StringInfo out, GqleErrorSink *sink);

#endif							/* GQLE_EXEC_RUN_MUTATION_H */
