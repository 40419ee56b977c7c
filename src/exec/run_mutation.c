/*
 * run_mutation.c
 *		Running the steps of a mutation's root field.
 */
#include "gqle/gqle.h"

#include "gqle/exec/run_mutation.h"

/* See run_mutation.h. */
bool
gqle_run_mutation(const GqleRootPlan *root, MemoryContext context,
				  const GqleRequest *request, const GqleSession *session,
				  StringInfo out, GqleErrorSink *sink)
{
	return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, root->error_path,
							 "mutations are not supported yet");
}
