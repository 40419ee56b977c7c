/*
 * run_action.h
 *		Root fields of actions.
 */
#ifndef GQLE_EXEC_RUN_ACTION_H
#define GQLE_EXEC_RUN_ACTION_H

#include "gqle/exec/steps.h"
#include "gqle/plan/plan_action.h"

extern GqleStepResult gqle_run_action(const GqleStep *step, const GqleActionPlan *plan);

#endif							/* GQLE_EXEC_RUN_ACTION_H */
