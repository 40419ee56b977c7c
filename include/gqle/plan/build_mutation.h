/*
 * build_mutation.h
 *		What the planner's files about mutations share.
 */
#ifndef GQLE_PLAN_BUILD_MUTATION_H
#define GQLE_PLAN_BUILD_MUTATION_H

#include "gqle/plan/build.h"
#include "gqle/plan/plan_mutation.h"

/* A mutation's root field being planned. */
typedef struct GqleMutationContext
{
	GqleSchema *schema;
	GqleErrorSink *sink;
	const GqleSelection *selection;
	const GqleField *field;
	GqleMutationPlan *plan;
	const GqleSelection **lists;	/* whose children are made of each row */
} GqleMutationContext;

/* A write being planned. */
typedef struct GqleWriteContext
{
	GqlePlanContext ctx;
	GqleSqlWrite *write;
	GqlePlanRow *row;
} GqleWriteContext;

/* The row is called as the root field, or if that is NULL as the table. */
extern void gqle_write_begin(GqleWriteContext *wctx, GqleMutationContext *mctx,
							 GqleSqlWriteKind kind, const GqleTable *table,
							 const GqleSelectPerm *select, const char *alias);

/*
 * Add RETURNING and finish.  check may be NULL; keys are GqleSqlExpr; with
 * is_answer the rows are those of the answer.
 */
extern void gqle_write_finish(GqleWriteContext *wctx, GqleMutationContext *mctx,
							  GqleSqlExpr *check, List *keys, bool is_answer,
							  GqleMutationWrite *write);

/* Webhooks that validate rows to be inserted, nested ones too. */
extern void gqle_plan_insert_hooks(GqleMutationContext *mctx);

/* The webhook, or NULL, that validates the arguments of an update or delete. */
extern void gqle_plan_arguments_hook(GqleMutationContext *mctx,
									 const GqleWebhook *webhook);

/* Add conditions to a write: the permission's, and that of an argument. */
extern void gqle_write_add_filter(GqleWriteContext *wctx, const GqleBoolExp *filter);
extern void gqle_write_add_where(GqleWriteContext *wctx, const GqleInput *where);
extern void gqle_write_add_key(GqleWriteContext *wctx, const GqleColumn *column,
							   const GqleInput *value);

/* SET column = value for the presets of an update permission. */
extern void gqle_write_add_presets(GqleWriteContext *wctx, const GqleUpdatePerm *perm);

/* Does an object, or any of a list, have relationships with rows to insert? */
extern bool gqle_insert_is_nested(const GqleInput *objects);

/* Root fields by kind; each fills the context's plan. */
extern void gqle_plan_insert(GqleMutationContext *mctx);
extern void gqle_plan_update(GqleMutationContext *mctx);
extern void gqle_plan_delete(GqleMutationContext *mctx);

#endif							/* GQLE_PLAN_BUILD_MUTATION_H */
