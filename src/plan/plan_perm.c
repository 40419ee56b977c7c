/*
 * plan_perm.c
 *		Permissions in statements: filters and limits.
 *
 * Column sets need nothing here: a field the role may not see is not in its
 * schema.  Masks of inherited roles are in plan_row.c, checks of mutations in
 * plan_mutation.c.
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"

GqleSqlExpr *
gqle_perm_filter(GqlePlanContext *ctx, const GqleBoolExp *filter, GqlePlanRow *row)
{
	if (filter == NULL || gqle_boolexp_is_true(filter))
		return gqle_sql_bool(true);
	return gqle_sql_marked(ctx->remark, gqle_boolexp_to_sql(ctx, filter, row, true));
}

int64
gqle_perm_limit(const GqleSelectPerm *perm, int64 limit)
{
	if (perm->limit < 0)
		return limit;
	return limit < 0 ? perm->limit : Min(limit, perm->limit);
}
