/*
 * input_hook.h
 *		Asking the webhooks that validate what a mutation writes.
 */
#ifndef GQLE_EXEC_INPUT_HOOK_H
#define GQLE_EXEC_INPUT_HOOK_H

#include "gqle/catalog/session.h"
#include "gqle/exec/outcall.h"
#include "gqle/plan/plan.h"
#include "gqle/validate/validate.h"

typedef enum GqleHookResult
{
	GQLE_HOOK_PASSED,			/* or there is none */
	GQLE_HOOK_FAILED,			/* reported */
	GQLE_HOOK_PENDING			/* a call has to be made first */
} GqleHookResult;

/*
 * Have all hooks of an operation passed what it writes?  They are asked one after
 * the other, before anything is done.  Without outcalls nobody can be asked,
 * which is reported.
 */
extern GqleHookResult gqle_input_hooks_ask(const GqlePlan *plan, const GqleRequest *request,
										   const GqleSession *session,
										   GqleOutcalls *outcalls, GqleErrorSink *sink);

#endif							/* GQLE_EXEC_INPUT_HOOK_H */
