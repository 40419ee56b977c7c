/*
 * plan_mutation.c
 *		Root fields of mutations.
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"

/* See build.h. */
struct GqleMutationPlan *
gqle_plan_mutation(GqleSchema *schema, const GqleSelection *selection, GqleErrorSink *sink)
{
	gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, selection->path,
					  "mutations are not supported yet");
	return NULL;
}
