/*
 * plan_delete.c
 *		delete_T and delete_T_by_pk.
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/plan/build_mutation.h"

/* See build_mutation.h. */
void
gqle_plan_delete(GqleMutationContext *mctx)
{
	const GqleField *field = mctx->field;
	const GqleDeletePerm *perm = field->perms->del;
	GqleMutationPlan *plan = mctx->plan;
	GqleWriteContext wctx;
	int			i;

	gqle_plan_arguments_hook(mctx, perm->hook);
	gqle_write_begin(&wctx, mctx, GQLE_SQL_DELETE, perm->table, field->perms->select,
					 mctx->selection->response_key);
	gqle_write_add_filter(&wctx, perm->filter);
	for (i = 0; i < field->n_args; i++)
	{
		if (field->args[i]->role == GQLE_INPUT_PK_COLUMN)
			gqle_write_add_key(&wctx, field->args[i]->column, mctx->selection->args[i]);
	}
	gqle_write_add_where(&wctx, gqle_selection_arg(mctx->selection, GQLE_INPUT_WHERE));

	plan->n_writes = 1;
	plan->writes = palloc0(sizeof(GqleMutationWrite));
	gqle_write_finish(&wctx, mctx, NULL, NIL, true, &plan->writes[0]);
}
