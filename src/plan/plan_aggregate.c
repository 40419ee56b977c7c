/*
 * plan_aggregate.c
 *		Aggregates over rows, and the rows themselves ("nodes"), in one pass.
 *
 * The request's filter, order and slice come first, then the aggregates.  A
 * permission's limit does not change aggregates; it cuts the nodes only.  When
 * both are asked for, rows are numbered and the nodes filtered by number.
 */
#include "postgres.h"

#include "access/transam.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"

/* See build.h. */
GqleSqlExpr *
gqle_plan_aggregate_call(const char *function, List *args)
{
	if (args == NIL)
		args = list_make1(gqle_sql_keyword("*"));
	return gqle_sql_function("pg_catalog", function, args);
}

/*
 * See build.h.  Types of extensions bring aggregates of their own, which are
 * found as their operators are: citext's max is not that of text.
 */
GqleSqlExpr *
gqle_plan_aggregate_of(const char *function, const GqleScalar *scalar, GqleSqlExpr *value)
{
	GqleSqlExpr *call = gqle_plan_aggregate_call(function, list_make1(value));

	if (scalar->type_oid >= FirstNormalObjectId)
		call->qualifier = NULL;
	return call;
}

/* count(*), count(column), count(ROW(columns)), with DISTINCT */
static GqleSqlExpr *
make_count(GqlePlanContext *ctx, GqlePlanRow *row, const GqleSelection *selection)
{
	const GqleInput *columns = gqle_selection_arg(selection, GQLE_INPUT_COUNT_COLUMNS);
	const GqleInput *distinct = gqle_selection_arg(selection, GQLE_INPUT_COUNT_DISTINCT);
	List	   *cells = NIL;
	GqleSqlExpr *count;
	int			i;

	if (columns && columns->kind == GQLE_IN_LIST)
		for (i = 0; i < columns->n; i++)
			cells = lappend(cells, gqle_row_cell(ctx, row, columns->items[i]->value->column));
	if (list_length(cells) > 1)
		cells = list_make1(gqle_sql_row(cells));
	count = gqle_plan_aggregate_call("count", cells);
	count->distinct = cells != NIL && distinct && distinct->kind == GQLE_IN_CONST &&
		distinct->boolean;
	return count;
}

/* {"column": sum(column), ...} of one aggregate operation */
static void
append_operation(GqlePlanContext *ctx, GqleTemplate *template, GqlePlanRow *row,
				 const GqleSelection *operation)
{
	int			i;

	gqle_template_begin_object(template);
	for (i = 0; i < operation->n_children; i++)
	{
		const GqleSelection *child = operation->children[i];
		const GqleScalar *scalar;
		GqleSqlExpr *cell;

		gqle_template_append_key(template, child->response_key);
		if (child->field->kind == GQLE_FIELD_TYPENAME)
		{
			gqle_template_append_string(template, child->parent->name);
			continue;
		}
		if (child->field->computed_field)
		{
			scalar = child->field->computed_field->function->scalar;
			cell = gqle_row_computed(ctx, row, child->field->computed_field,
									 gqle_selection_arg(child, GQLE_INPUT_ARGS));
		}
		else
		{
			scalar = child->field->column->scalar;
			cell = gqle_row_cell(ctx, row, child->field->column);
		}
		cell = gqle_plan_aggregate_of(operation->field->sql_function, scalar, cell);
		gqle_template_append_value(template, gqle_plan_output(ctx, NULL, scalar, cell));
		if (!gqle_template_check(template, ctx->sink, operation->path))
			break;
	}
	gqle_template_end_object(template);
}

/* What "aggregate" holds. */
static void
append_aggregate(GqlePlanContext *ctx, GqleTemplate *template, GqlePlanRow *row,
				 const GqleSelection *selection)
{
	int			i;

	gqle_template_begin_object(template);
	for (i = 0; i < selection->n_children; i++)
	{
		const GqleSelection *child = selection->children[i];

		gqle_template_append_key(template, child->response_key);
		switch (child->field->kind)
		{
			case GQLE_FIELD_TYPENAME:
				gqle_template_append_string(template, child->parent->name);
				break;
			case GQLE_FIELD_COUNT:
				gqle_template_append_value(template, make_count(ctx, row, child));
				break;
			case GQLE_FIELD_AGGREGATE_OP:
				append_operation(ctx, template, row, child);
				break;
			default:
				elog(ERROR, "field \"%s\" is not an aggregate", child->field->name);
		}
	}
	gqle_template_end_object(template);
}

/* The rows themselves, cut at the permission's limit if they are numbered. */
static void
append_nodes(GqlePlanContext *ctx, GqleTemplate *template, const GqleRowsPlan *plan,
			 const GqleRowsSpec *spec, const GqleSelection *selection)
{
	GqleTemplate *node = gqle_template_make();
	GqleSqlExpr *list;

	gqle_plan_object(ctx, node, plan->row, selection);
	list = gqle_template_list(node);
	if (plan->row_number)
		list->filter = gqle_sql_marked(ctx->remark,
									   gqle_sql_operator("<=", plan->row_number,
														 gqle_sql_integer(spec->perm->limit)));
	gqle_template_append_value(template, list);
}

static bool
has_child(const GqleSelection *selection, GqleFieldKind kind)
{
	int			i;

	for (i = 0; i < selection->n_children; i++)
		if (selection->children[i]->field->kind == kind)
			return true;
	return false;
}

/* See build.h. */
GqleSqlSelect *
gqle_plan_aggregate(GqlePlanContext *ctx, GqleRowsSpec *spec, GqleTemplate *template)
{
	const GqleSelection *selection = spec->selection;
	bool		has_nodes = has_child(selection, GQLE_FIELD_NODES);
	GqleRowsPlan plan;
	ListCell   *lc;
	int			i;

	spec->is_aggregated = true;
	spec->is_unordered = !has_nodes;
	spec->no_permission_limit = has_child(selection, GQLE_FIELD_AGGREGATE);
	spec->is_numbered = has_nodes && spec->no_permission_limit && spec->perm->limit >= 0;
	gqle_plan_rows(ctx, spec, &plan);

	gqle_template_begin_object(template);
	for (i = 0; i < selection->n_children; i++)
	{
		const GqleSelection *child = selection->children[i];

		gqle_template_append_key(template, child->response_key);
		switch (child->field->kind)
		{
			case GQLE_FIELD_TYPENAME:
				gqle_template_append_string(template, child->parent->name);
				break;
			case GQLE_FIELD_AGGREGATE:
				append_aggregate(ctx, template, plan.row, child);
				break;
			case GQLE_FIELD_NODES:
				append_nodes(ctx, template, &plan, spec, child);
				break;
			default:
				elog(ERROR, "field \"%s\" is not part of an aggregate", child->field->name);
		}
	}
	gqle_template_end_object(template);
	gqle_template_check(template, ctx->sink, selection->path);
	gqle_plan_rows_finish(ctx, spec, &plan);
	foreach(lc, template->values)
		gqle_sql_add_target(plan.top, lfirst(lc), NULL);

	/* nothing but __typename was asked for: one row all the same */
	if (template->values == NIL)
		gqle_sql_add_target(plan.top, gqle_plan_aggregate_call("count", NIL), NULL);
	return plan.top;
}

/* See build.h. */
GqleStatement *
gqle_plan_aggregate_statement(GqlePlanContext *ctx, GqleRowsSpec *spec)
{
	GqleTemplate *template = gqle_template_make();
	GqleSqlSelect *select = gqle_plan_aggregate(ctx, spec, template);

	return gqle_plan_finish(ctx, gqle_sql_statement(select, NULL), GQLE_RESULT_ROW,
							template->text.data);
}
