/*
 * plan_connection.c
 *		Connections of the Relay schema: pages of rows between cursors
 *		(execution.md §15).
 *
 * The base set is the rows that the role and the client's conditions leave, in
 * the order asked for and then by primary key.  A page is what of it comes after
 * or before a cursor, cut to its first or last rows.  Whether there are rows
 * around the page is a question about the base set.
 *
 * Three selects: base, page and one that aggregates the page.  Where the answer
 * depends on places in the base set, the base numbers all its rows.  Mostly it
 * does not: then the cursor's condition and the limit are in the base itself,
 * where an index serves them, the page numbers its few rows, and one row more
 * than asked for tells whether there are others.
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"
#include "gqle/validate/coerce.h"

typedef struct Paging
{
	GqlePlanContext *ctx;
	GqleRowsSpec *spec;
	const GqleSelection *selection;
	int64		n_wanted;		/* first or last; -1: all */
	bool		from_end;		/* last */
	const GqleJson *cursor;		/* or NULL */
	bool		is_before;		/* the cursor ends the page */
	bool		numbers_all;
	bool		probes;			/* fetches one row more than wanted */

	/* as seen from the outermost select so far */
	GqleSqlSelect *select;
	GqlePlanRow *row;
	List	   *order;			/* GqleSqlOrder */
	List	   *keys;			/* GqlePlanOrderKey, as order */
	GqleSqlExpr *number;		/* a row's place */
	GqleSqlExpr *total;			/* of numbers_all: rows of the base set */
} Paging;

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

static bool
report_args(Paging *paging, const char *message)
{
	return gqle_error_report(paging->ctx->sink, GQLE_ERR_VALIDATION_FAILED,
							 psprintf("%s.args", paging->selection->path), "%s", message);
}

static void
report_cursor(Paging *paging)
{
	report_args(paging, "the \"after\" or \"before\" cursor is invalid");
}

static bool
read_arguments(Paging *paging)
{
	const GqleInput *first = gqle_selection_arg(paging->selection, GQLE_INPUT_FIRST);
	const GqleInput *last = gqle_selection_arg(paging->selection, GQLE_INPUT_LAST);
	const GqleInput *after = gqle_selection_arg(paging->selection, GQLE_INPUT_AFTER);
	const GqleInput *before = gqle_selection_arg(paging->selection, GQLE_INPUT_BEFORE);

	if (after && before)
		return report_args(paging, "\"after\" and \"before\" are not allowed at once");
	paging->n_wanted = first ? first->integer : last ? last->integer : -1;
	paging->from_end = last != NULL;
	paging->is_before = before != NULL;
	if (after || before)
	{
		paging->cursor = gqle_plan_read_base64(after ? after->text : before->text, NULL);
		if (paging->cursor == NULL || paging->cursor->kind != GQLE_JSON_OBJECT)
		{
			report_cursor(paging);
			return false;
		}
	}
	if (first && last)
		return report_args(paging, "\"first\" and \"last\" are not allowed at once");
	return true;
}

/* Is a field of pageInfo selected? */
static bool
wants(const Paging *paging, GqleFieldKind kind)
{
	int			i;
	int			j;

	for (i = 0; i < paging->selection->n_children; i++)
	{
		const GqleSelection *child = paging->selection->children[i];

		for (j = 0; child->field->kind == GQLE_FIELD_PAGE_INFO && j < child->n_children; j++)
		{
			if (child->children[j]->field->kind == kind)
				return true;
		}
	}
	return false;
}

/*
 * Choose how to answer.  Looking from the end that the page is cut at, rows
 * beyond the page are seen by fetching one more, and there are none before it;
 * unless a cursor leaves some out: those on its other side, and those with nulls,
 * which are on neither.
 */
static void
choose_way(Paging *paging, bool is_distinct)
{
	bool		beyond = wants(paging, paging->from_end ? GQLE_FIELD_HAS_PREVIOUS_PAGE :
							   GQLE_FIELD_HAS_NEXT_PAGE);
	bool		behind = wants(paging, paging->from_end ? GQLE_FIELD_HAS_NEXT_PAGE :
							   GQLE_FIELD_HAS_PREVIOUS_PAGE);
	bool		has_nulls = false;
	ListCell   *lc;

	foreach(lc, paging->keys)
		has_nulls = has_nulls || !((GqlePlanOrderKey *) lfirst(lc))->not_null;
	paging->numbers_all = is_distinct || paging->spec->perm->limit >= 0;
	if (paging->cursor && behind)
		paging->numbers_all = true;
	if (paging->cursor && beyond && (has_nulls || paging->is_before != paging->from_end))
		paging->numbers_all = true;
	paging->probes = !paging->numbers_all && beyond && paging->n_wanted >= 0;
}

/* ------------------------------------------------------------------------
 * Order and cursors
 * ------------------------------------------------------------------------ */

/* The order asked for, then the primary key; distinct columns, if any. */
static List *
make_order(Paging *paging)
{
	GqlePlanContext *ctx = paging->ctx;
	const GqleInput *order_by = gqle_selection_arg(paging->selection, GQLE_INPUT_ORDER_BY);
	const GqleUniqueKey *key = paging->spec->table->primary_key;
	List	   *plain_columns = NIL;
	List	   *distinct;
	int			i;

	if (order_by)
		paging->order = gqle_plan_order_keys(ctx, paging->row, order_by, &plain_columns,
											 &paging->keys);
	distinct = gqle_plan_distinct_columns(ctx, paging->spec, paging->order, plain_columns);
	for (i = 0; i < key->n_columns; i++)
	{
		GqleColumn *column = unconstify(GqleColumn *, key->columns[i]);
		GqlePlanOrderKey *order_key;

		if (list_member_ptr(plain_columns, column))
			continue;
		order_key = palloc(sizeof(GqlePlanOrderKey));
		order_key->path = list_make1(unconstify(char *, column->name));
		order_key->scalar = column->scalar;
		order_key->not_null = true;
		paging->keys = lappend(paging->keys, order_key);
		paging->order = lappend(paging->order,
								gqle_sql_order(gqle_row_column(ctx, paging->row, column),
											   false, false));
	}
	return distinct;
}

static List *
reverse_order(List *order)
{
	List	   *reversed = NIL;
	ListCell   *lc;

	foreach(lc, order)
	{
		const GqleSqlOrder *item = lfirst(lc);

		reversed = lappend(reversed, gqle_sql_order(item->expr, !item->descending,
													!item->nulls_first));
	}
	return reversed;
}

/* The cursor's value of a key as a parameter; NULL after reporting. */
static GqleSqlExpr *
cursor_value(Paging *paging, const GqlePlanOrderKey *key)
{
	const GqleJson *value = paging->cursor;
	GqleErrorSink sink = {0};
	GqleLeaf   *leaf;
	ListCell   *lc;

	foreach(lc, key->path)
	{
		if (value != NULL && value->kind == GQLE_JSON_OBJECT)
			value = gqle_json_lookup(value, lfirst(lc));
		else
			value = NULL;
	}
	if (value == NULL)
	{
		report_cursor(paging);
		return NULL;
	}
	leaf = gqle_leaf_const(key->scalar, false, value, psprintf("%s.args",
															   paging->selection->path));
	if (!gqle_coerce_check_leaf(leaf, NULL, &sink))
	{
		report_cursor(paging);
		return NULL;
	}
	return gqle_params_add(paging->ctx->params, leaf);
}

/*
 * Is a row beyond the cursor: a > x OR (a = x AND (b > y OR ...)).  Comparisons
 * with null are never true.  That a >= x follows, but only said it can be looked
 * up in an index.
 */
static GqleSqlExpr *
beyond_cursor(Paging *paging)
{
	GqleSqlExpr *condition = NULL;
	int			i;

	for (i = list_length(paging->order) - 1; i >= 0; i--)
	{
		const GqleSqlOrder *item = list_nth(paging->order, i);
		GqleSqlExpr *value = cursor_value(paging, list_nth(paging->keys, i));
		bool		is_less = item->descending != paging->is_before;
		GqleSqlExpr *beyond;

		if (value == NULL)
			return gqle_sql_bool(false);
		beyond = gqle_sql_operator(is_less ? "<" : ">", item->expr, value);
		if (condition != NULL)
		{
			GqleSqlExpr *same = gqle_sql_operator("=", item->expr, value);

			beyond = gqle_sql_or(list_make2(beyond,
											gqle_sql_and(list_make2(same, condition))));
			if (i == 0)
				beyond = gqle_sql_and(list_make2(gqle_sql_operator(is_less ? "<=" : ">=",
																   item->expr, value),
												 beyond));
		}
		condition = beyond;
	}
	return condition;
}

/* json_build_object of the keys from one on whose paths agree down to a depth. */
static GqleSqlExpr *
cursor_object(Paging *paging, List *members, int depth)
{
	List	   *args = NIL;
	List	   *done = NIL;
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, members)
	{
		int			index = lfirst_int(lc);
		const GqlePlanOrderKey *key = list_nth(paging->keys, index);
		const char *name = list_nth(key->path, depth);
		List	   *same = NIL;

		if (list_member_int(done, index))
			continue;
		foreach(other, members)
		{
			const GqlePlanOrderKey *candidate = list_nth(paging->keys, lfirst_int(other));

			if (list_length(candidate->path) > depth &&
				strcmp(list_nth(candidate->path, depth), name) == 0)
				same = lappend_int(same, lfirst_int(other));
		}
		done = list_concat(done, same);
		args = lappend(args, gqle_sql_string(name));
		if (list_length(key->path) == depth + 1)
			args = lappend(args, ((GqleSqlOrder *) list_nth(paging->order, index))->expr);
		else
			args = lappend(args, cursor_object(paging, same, depth + 1));
	}
	return gqle_sql_function("pg_catalog", "json_build_object", args);
}

/* A row's cursor, in the outermost select. */
static GqleSqlExpr *
make_cursor(Paging *paging)
{
	List	   *members = NIL;
	int			i;

	for (i = 0; i < list_length(paging->keys); i++)
		members = lappend_int(members, i);
	return gqle_plan_base64(cursor_object(paging, members, 0));
}

/* ------------------------------------------------------------------------
 * Selects
 * ------------------------------------------------------------------------ */

/* What an expression of the inner select is outside. */
static GqleSqlExpr *
see_outside(GqleSqlSelect *inner, const char *alias, GqleSqlExpr *expr, const char *wanted)
{
	return gqle_sql_column(alias, gqle_sql_output_name(inner, expr, wanted));
}

/* Select from the outermost select so far. */
static void
step_out(Paging *paging, const char *name)
{
	GqleSqlSelect *inner = paging->select;
	const char *alias = gqle_plan_alias(paging->ctx, paging->spec->alias, name);
	GqlePlanRow *row;
	List	   *order = NIL;
	ListCell   *lc;

	paging->select = gqle_sql_select();
	gqle_sql_add_from(paging->select, gqle_sql_from_select(inner, alias),
					  GQLE_SQL_JOIN_FIRST, NULL);
	row = gqle_row_through(paging->row, alias, paging->select);
	paging->row = row;
	foreach(lc, paging->order)
	{
		const GqleSqlOrder *item = lfirst(lc);

		order = lappend(order, gqle_sql_order(see_outside(inner, alias, item->expr, "sort_key"),
											  item->descending, item->nulls_first));
	}
	paging->order = order;
	if (paging->number)
		paging->number = see_outside(inner, alias, paging->number, "row_number");
	if (paging->total)
		paging->total = see_outside(inner, alias, paging->total, "total");
}

static GqleSqlExpr *
window(const char *function, List *args, List *order)
{
	GqleSqlExpr *expr = gqle_sql_function("pg_catalog", function, args);

	expr->over = true;
	expr->order_by = order;
	return expr;
}

/* Base and page where the base numbers all its rows. */
static void
select_numbered(Paging *paging, List *distinct)
{
	int64		limit = paging->spec->perm->limit;
	const GqleInput *order_by = gqle_selection_arg(paging->selection, GQLE_INPUT_ORDER_BY);
	ListCell   *lc;

	foreach(lc, distinct)
		paging->select->distinct_on =
			lappend(paging->select->distinct_on,
					gqle_row_cell(paging->ctx, paging->row, (GqleColumn *) lfirst(lc)));
	if (distinct != NIL)
	{
		if (order_by)
			paging->select->order_by = paging->order;
		step_out(paging, "distinct");
	}
	paging->number = window("row_number", NIL, paging->order);
	if (wants(paging, GQLE_FIELD_HAS_NEXT_PAGE))
		paging->total = window("count", list_make1(gqle_sql_keyword("*")), NIL);
	if (limit >= 0)
	{
		paging->select->order_by = paging->order;
		gqle_sql_set_limit(paging->select, limit);
	}
	step_out(paging, "base");
	if (paging->total && limit >= 0)
		paging->total = gqle_sql_case(gqle_sql_operator(">", paging->total,
														gqle_sql_integer(limit)),
									  gqle_sql_integer(limit), paging->total);
	if (paging->cursor)
		gqle_sql_add_where(paging->select, beyond_cursor(paging));
	if (paging->n_wanted >= 0)
	{
		paging->select->order_by =
			list_make1(gqle_sql_order(paging->number, paging->from_end, paging->from_end));
		gqle_sql_set_limit(paging->select, paging->n_wanted);
	}
	step_out(paging, "page");
}

/* Base and page where the base holds no more rows than are needed. */
static void
select_slice(Paging *paging)
{
	if (paging->cursor)
		gqle_sql_add_where(paging->select, beyond_cursor(paging));
	if (paging->n_wanted >= 0)
	{
		paging->select->order_by = paging->from_end ? reverse_order(paging->order) :
			paging->order;
		gqle_sql_set_limit(paging->select, paging->n_wanted + (paging->probes ? 1 : 0));
	}
	step_out(paging, "base");
	paging->number = window("row_number", NIL,
							paging->from_end ? reverse_order(paging->order) : paging->order);
	step_out(paging, "page");
}

/* ------------------------------------------------------------------------
 * Answers
 * ------------------------------------------------------------------------ */

/* An aggregate over the page, in its order. */
static GqleSqlExpr *
over_page(Paging *paging, GqleSqlExpr *aggregate)
{
	bool		is_reversed = paging->from_end && !paging->numbers_all;

	aggregate->order_by = list_make1(gqle_sql_order(paging->number, is_reversed, is_reversed));
	if (paging->probes)
		aggregate->filter = gqle_sql_operator("<=", paging->number,
											  gqle_sql_integer(paging->n_wanted));
	return aggregate;
}

/* The cursor of the first or last row. */
static GqleSqlExpr *
end_cursor(Paging *paging, bool is_last)
{
	GqleSqlExpr *cursors = gqle_sql_function("pg_catalog", "json_agg",
											 list_make1(make_cursor(paging)));

	return gqle_sql_operator("->>", over_page(paging, cursors),
							 gqle_sql_integer(is_last ? -1 : 0));
}

/* Are there rows of the base set before or after the page? */
static GqleSqlExpr *
has_page(Paging *paging, bool is_next)
{
	GqleSqlExpr *answer;
	List	   *numbers = list_make1(paging->number);

	if (paging->numbers_all && is_next)
		answer = gqle_sql_operator("<", gqle_plan_aggregate_call("max", numbers),
								   gqle_plan_aggregate_call("max", list_make1(paging->total)));
	else if (paging->numbers_all)
		answer = gqle_sql_operator(">", gqle_plan_aggregate_call("min", numbers),
								   gqle_sql_integer(1));
	else if (paging->probes && is_next != paging->from_end)
		answer = gqle_sql_operator(">", gqle_plan_aggregate_call("max", numbers),
								   gqle_sql_integer(paging->n_wanted));
	else
		return gqle_sql_bool(false);

	/* of an empty page, and one of which no row is wanted, nothing is known */
	if (paging->n_wanted == 0)
		return gqle_sql_bool(false);
	return gqle_sql_case(answer, gqle_sql_bool(true), gqle_sql_bool(false));
}

static void
append_page_info(Paging *paging, GqleTemplate *template, const GqleSelection *selection)
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
			case GQLE_FIELD_START_CURSOR:
				gqle_template_append_value(template, end_cursor(paging, false));
				break;
			case GQLE_FIELD_END_CURSOR:
				gqle_template_append_value(template, end_cursor(paging, true));
				break;
			case GQLE_FIELD_HAS_NEXT_PAGE:
				gqle_template_append_value(template, has_page(paging, true));
				break;
			case GQLE_FIELD_HAS_PREVIOUS_PAGE:
				gqle_template_append_value(template, has_page(paging, false));
				break;
			default:
				elog(ERROR, "field \"%s\" is not part of a page", child->field->name);
		}
	}
	gqle_template_end_object(template);
}

/* The rows of the page as a list of edges. */
static void
append_edges(Paging *paging, GqleTemplate *template, const GqleSelection *selection)
{
	GqleTemplate *edge = gqle_template_make();
	int			i;

	gqle_template_begin_object(edge);
	for (i = 0; i < selection->n_children; i++)
	{
		const GqleSelection *child = selection->children[i];

		gqle_template_append_key(edge, child->response_key);
		switch (child->field->kind)
		{
			case GQLE_FIELD_TYPENAME:
				gqle_template_append_string(edge, child->parent->name);
				break;
			case GQLE_FIELD_CURSOR:
				gqle_template_append_value(edge, make_cursor(paging));
				break;
			case GQLE_FIELD_EDGE_NODE:
				gqle_plan_object(paging->ctx, edge, paging->row, child);
				break;
			default:
				elog(ERROR, "field \"%s\" is not part of an edge", child->field->name);
		}
	}
	gqle_template_end_object(edge);
	gqle_template_append_value(template, over_page(paging, gqle_template_list(edge)));
}

static void
append_connection(Paging *paging, GqleTemplate *template)
{
	int			i;

	gqle_template_begin_object(template);
	for (i = 0; i < paging->selection->n_children; i++)
	{
		const GqleSelection *child = paging->selection->children[i];

		gqle_template_append_key(template, child->response_key);
		switch (child->field->kind)
		{
			case GQLE_FIELD_TYPENAME:
				gqle_template_append_string(template, child->parent->name);
				break;
			case GQLE_FIELD_EDGES:
				append_edges(paging, template, child);
				break;
			case GQLE_FIELD_PAGE_INFO:
				append_page_info(paging, template, child);
				break;
			default:
				elog(ERROR, "field \"%s\" is not part of a connection", child->field->name);
		}
	}
	gqle_template_end_object(template);
}

/* See build.h.  Without an aggregate there would be a row for every row. */
GqleSqlSelect *
gqle_plan_connection(GqlePlanContext *ctx, GqleRowsSpec *spec, GqleTemplate *template)
{
	Paging		paging = {ctx, spec, spec->selection};
	List	   *distinct;

	paging.select = gqle_sql_select();
	if (!read_arguments(&paging))
		paging.cursor = NULL;
	paging.row = gqle_plan_rows_begin(ctx, spec, paging.select);
	distinct = make_order(&paging);
	choose_way(&paging, distinct != NIL);
	if (paging.numbers_all)
		select_numbered(&paging, distinct);
	else
		select_slice(&paging);
	append_connection(&paging, template);
	gqle_template_add_value(template, gqle_plan_aggregate_call("count", NIL));
	return paging.select;
}

/* See build.h. */
GqleStatement *
gqle_plan_connection_root(GqlePlanContext *ctx, const GqleSelection *selection)
{
	const GqleField *field = selection->field;
	GqleTemplate *template = gqle_template_make();
	GqleRowsSpec spec = {0};
	GqleSqlSelect *select;
	ListCell   *lc;

	spec.selection = spec.objects = selection;
	spec.table = field->table;
	spec.perm = field->perms->select;
	spec.alias = gqle_plan_alias(ctx, NULL, selection->response_key);
	if (field->function)
		spec.from = gqle_sql_from_function(gqle_plan_call(ctx, field->function->function, NULL,
														  gqle_selection_arg(selection,
																			 GQLE_INPUT_ARGS)),
										   spec.alias);
	ctx->n_correlated++;
	select = gqle_plan_connection(ctx, &spec, template);
	foreach(lc, template->values)
		gqle_sql_add_target(select, lfirst(lc), NULL);
	return gqle_plan_finish(ctx, gqle_sql_statement(select, NULL), GQLE_RESULT_ROW,
							template->text.data);
}
