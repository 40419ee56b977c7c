/*
 * steps.h
 *		Root fields that have to ask the network before they have an answer.
 *
 * An operation of steps (plan->has_steps) is run again and again until no call
 * is pending: see outcall.h.  Everything here is therefore written as if there
 * were only one run, in which an answer may not be there yet.
 */
#ifndef GQLE_EXEC_STEPS_H
#define GQLE_EXEC_STEPS_H

#include "gqle/catalog/session.h"
#include "gqle/exec/outcall.h"
#include "gqle/plan/plan.h"
#include "gqle/validate/validate.h"

typedef enum GqleStepResult
{
	GQLE_STEP_DONE,				/* its value was appended */
	GQLE_STEP_FAILED,			/* reported */
	GQLE_STEP_PENDING			/* a call has to be made, or a transaction ended, first */
} GqleStepResult;

/* What a step works with. */
typedef struct GqleStep
{
	const GqleSession *session;
	const GqleRequest *request;
	GqleOperationType type;
	MemoryContext plan_context; /* lives as long as the plan */
	GqleOutcalls *outcalls;
	const char *key;			/* of its notes: each begins with it */
	StringInfo	out;
	GqleErrorSink *sink;
} GqleStep;

#endif							/* GQLE_EXEC_STEPS_H */
