/*
 * run_joins.h
 *		Joining to what a root field answered.
 */
#ifndef GQLE_EXEC_RUN_JOINS_H
#define GQLE_EXEC_RUN_JOINS_H

#include "gqle/exec/steps.h"
#include "gqle/plan/joins.h"

/*
 * Append the left side's answer, a JSON text with placeholders and phantoms, with
 * everything in place that is joined to it.
 */
extern GqleStepResult gqle_run_joins(const GqleStep *step, GqleJoins *joins,
									 const char *text, int len);

#endif							/* GQLE_EXEC_RUN_JOINS_H */
