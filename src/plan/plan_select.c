/*
 * plan_select.c
 *		Lists of rows and the objects made of them.
 *
 * A list is one select where possible: the table, LEFT JOINs for object
 * relationships that have at most one row, the role's filter and the client's
 * conditions, order and slice.  Array relationships are subqueries in its target
 * list; where many parents are expected the lists of all of them can be made at
 * once instead, grouped by key, and exec chooses by the planner's estimates
 * (bind.c).
 *
 * It becomes two, a *base* that filters, orders and slices and a *top* that makes
 * objects of what is left, where work would be done for rows that are sliced
 * away, or where one value (json_list, aggregates) is made of ordered or sliced
 * rows.  Objects are built the same way in both cases: a GqlePlanRow knows from
 * where it is seen.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"
#include "gqle/plan/joins.h"

/* ------------------------------------------------------------------------
 * Rows
 * ------------------------------------------------------------------------ */

/* The integer of a constant argument, or -1. */
static int64
constant_argument(const GqleSelection *selection, GqleInputRole role)
{
	const GqleInput *input = gqle_selection_arg(selection, role);

	return input && input->kind == GQLE_IN_CONST ? input->integer : -1;
}

/*
 * Conditions on the primary key's columns from arguments of those names; as the
 * role sees them, or keys it must not see could be guessed.
 */
static void
add_key_conditions(GqlePlanContext *ctx, const GqleRowsSpec *spec, GqlePlanRow *row,
				   GqleSqlSelect *select)
{
	const GqleField *field = spec->selection->field;
	int			i;

	for (i = 0; i < field->n_args; i++)
	{
		const GqleInput *input = spec->selection->args[i];

		if (field->args[i]->role != GQLE_INPUT_PK_COLUMN || input == NULL)
			continue;
		gqle_sql_add_where(select,
						   gqle_sql_operator("=",
											 gqle_row_cell(ctx, row, field->args[i]->column),
											 gqle_plan_value(ctx, input,
															 field->args[i]->column->scalar)));
	}
}

/* distinct_on as columns, checked against the leading columns of the order. */
List *
gqle_plan_distinct_columns(GqlePlanContext *ctx, const GqleRowsSpec *spec,
						   List *order_by, List *plain_columns)
{
	const GqleInput *input = gqle_selection_arg(spec->selection, GQLE_INPUT_DISTINCT_ON);
	List	   *columns = NIL;
	int			i;

	if (input == NULL || input->kind != GQLE_IN_LIST)
		return NIL;
	for (i = 0; i < input->n; i++)
		columns = list_append_unique_ptr(columns,
										 unconstify(GqleColumn *, input->items[i]->value->column));
	if (order_by != NIL)
	{
		int			n = list_length(columns);
		List	   *leading = list_copy(plain_columns);

		leading = list_truncate(leading, n);
		if (list_length(leading) < n || list_difference_ptr(columns, leading) != NIL)
			gqle_error_report(ctx->sink, GQLE_ERR_VALIDATION_FAILED,
							  psprintf("%s.args", spec->selection->path),
							  "\"distinct_on\" columns must match initial \"order_by\" columns");
	}
	return columns;
}

/* FROM, join with the parent, permission and conditions. */
GqlePlanRow *
gqle_plan_rows_begin(GqlePlanContext *ctx, const GqleRowsSpec *spec, GqleSqlSelect *base)
{
	GqlePlanRow *row = gqle_row_make(spec->table, spec->perm, spec->alias, base);
	const GqleInput *where = gqle_selection_arg(spec->selection, GQLE_INPUT_WHERE);

	gqle_sql_add_from(base, spec->from ? spec->from : gqle_row_from(ctx, row),
					  GQLE_SQL_JOIN_FIRST, NULL);
	row->is_stored = spec->from == NULL;
	if (spec->relationship)
	{
		/* what a join compares may be of two types */
		if (!spec->relationship->is_join)
		{
			row->owner = spec->parent;
			row->owned_by = spec->relationship;
		}
		gqle_sql_add_where(base, gqle_sql_and(gqle_row_join_conditions(ctx, spec->parent,
																	   spec->relationship, row)));
	}
	gqle_sql_add_where(base, gqle_perm_filter(ctx, spec->perm->filter, row));
	if (spec->by_key)
		add_key_conditions(ctx, spec, row, base);
	if (where)
		gqle_boolexp_add_where(ctx, gqle_boolexp_from_input(ctx, where), row);
	return row;
}

/* ORDER BY and DISTINCT ON. */
static void
order_base(GqlePlanContext *ctx, const GqleRowsSpec *spec, GqlePlanRow *row,
		   GqleSqlSelect *base)
{
	const GqleInput *order_by = gqle_selection_arg(spec->selection, GQLE_INPUT_ORDER_BY);
	List	   *plain_columns = NIL;
	ListCell   *lc;

	if (order_by)
		base->order_by = gqle_plan_order_by(ctx, row, order_by, &plain_columns);
	foreach(lc, gqle_plan_distinct_columns(ctx, spec, base->order_by, plain_columns))
		base->distinct_on = lappend(base->distinct_on,
									gqle_row_cell(ctx, row, (GqleColumn *) lfirst(lc)));
}

/* DISTINCT ON, ORDER BY, LIMIT and OFFSET; was there any slice? */
static bool
slice_base(GqlePlanContext *ctx, const GqleRowsSpec *spec, GqlePlanRow *row,
		   GqleSqlSelect *base)
{
	int64		limit = constant_argument(spec->selection, GQLE_INPUT_LIMIT);
	const GqleInput *offset = gqle_selection_arg(spec->selection, GQLE_INPUT_OFFSET);

	if (spec->is_stream)
	{
		gqle_plan_stream_slice(ctx, spec, row, base);
		return true;
	}
	if (!spec->no_permission_limit && !spec->by_key)
		limit = gqle_perm_limit(spec->perm, limit);
	if (limit >= 0)
		gqle_sql_set_limit(base, limit);
	base->has_offset = offset && offset->kind == GQLE_IN_CONST;
	base->offset = base->has_offset ? offset->integer : 0;

	if (!spec->is_unordered || base->has_limit || base->has_offset ||
		gqle_selection_arg(spec->selection, GQLE_INPUT_DISTINCT_ON))
		order_base(ctx, spec, row, base);
	return base->has_limit || base->has_offset || base->distinct_on != NIL;
}

/* Will the objects of a selection join tables, or run subqueries or functions? */
static void
look_ahead(const GqlePlanContext *ctx, const GqleSelection *selection, bool *has_joins,
		   bool *has_costly)
{
	int			i;

	*has_joins = *has_costly = false;
	for (i = 0; selection && i < selection->n_children; i++)
	{
		switch (selection->children[i]->field->kind)
		{
			case GQLE_FIELD_OBJECT_REL:
				*has_joins = true;
				break;
			case GQLE_FIELD_ARRAY_REL:
				*(ctx->grouped ? has_joins : has_costly) = true;
				break;
			case GQLE_FIELD_ARRAY_REL_AGGREGATE:
			case GQLE_FIELD_CONNECTION:
			case GQLE_FIELD_COMPUTED_SCALAR:
			case GQLE_FIELD_COMPUTED_TABLE:
				*has_costly = true;
				break;
			default:
				break;
		}
	}
}

/*
 * Is a select around the base needed?  With a LIMIT alone Postgres evaluates
 * costly targets after it, but it joins before; OFFSET and DISTINCT ON come after
 * all targets.
 */
static bool
needs_top(const GqlePlanContext *ctx, const GqleRowsSpec *spec, const GqleSqlSelect *base,
		  bool is_sliced)
{
	bool		has_joins;
	bool		has_costly;

	if (spec->by_key)
		return false;
	if (spec->is_aggregated)
		return is_sliced || spec->is_numbered || base->order_by != NIL;
	if (!is_sliced)
		return false;
	look_ahead(ctx, spec->objects, &has_joins, &has_costly);
	return has_joins || (has_costly && (base->has_offset || base->distinct_on != NIL));
}

/*
 * Joins must not disturb the order of rows that one value is made of, nor be made
 * for rows that are sliced away.
 */
static GqleJoinMode
choose_join_mode(const GqleRowsSpec *spec, const GqleSqlSelect *base, bool is_sliced)
{
	if (!spec->is_aggregated || base->order_by == NIL)
		return GQLE_JOIN_HERE;
	return is_sliced ? GQLE_JOIN_NEVER : GQLE_JOIN_IN_ORIGIN;
}

/* See build.h. */
void
gqle_plan_rows(GqlePlanContext *ctx, const GqleRowsSpec *spec, GqleRowsPlan *plan)
{
	GqlePlanRow *row;
	bool		is_sliced;

	memset(plan, 0, sizeof(*plan));
	plan->base = plan->top = gqle_sql_select();
	row = plan->row = gqle_plan_rows_begin(ctx, spec, plan->base);
	is_sliced = slice_base(ctx, spec, row, plan->base);
	if (!needs_top(ctx, spec, plan->base, is_sliced))
		return;

	/* the alias may be the same inside and outside: the inner one is not seen */
	plan->top = gqle_sql_select();
	gqle_sql_add_from(plan->top, gqle_sql_from_select(plan->base, spec->alias),
					  GQLE_SQL_JOIN_FIRST, NULL);
	plan->row = gqle_row_through(row, spec->alias, plan->top);
	plan->row->join_mode = choose_join_mode(spec, plan->base, is_sliced);
	if (spec->is_numbered)
		plan->row_number = gqle_sql_column(spec->alias, NULL);
}

/*
 * Number the rows of the base in a select between it and the top: they count in
 * their order, after slicing.
 */
static void
insert_row_numbers(GqleRowsPlan *plan)
{
	GqleSqlFrom *from = linitial(plan->top->from);
	GqleSqlSelect *numbered = gqle_sql_select();
	GqleSqlExpr *number = gqle_sql_function("pg_catalog", "row_number", NIL);
	ListCell   *lc;

	number->over = true;
	foreach(lc, plan->base->targets)
	{
		const GqleSqlTarget *target = lfirst(lc);

		gqle_sql_add_target(numbered, gqle_sql_column(from->alias, target->name),
							target->name);
	}
	plan->row_number->name = gqle_sql_output_name(numbered, number, "row_number");
	gqle_sql_add_from(numbered, gqle_sql_from_select(plan->base, from->alias),
					  GQLE_SQL_JOIN_FIRST, NULL);
	from->select = numbered;
}

/* The base's order once more in the top. */
static void
repeat_order(GqleRowsPlan *plan)
{
	ListCell   *lc;

	foreach(lc, plan->base->order_by)
	{
		const GqleSqlOrder *order = lfirst(lc);
		const char *wanted = order->expr->kind == GQLE_SQL_COLUMN ?
			order->expr->name : "sort_key";
		const char *name = gqle_sql_output_name(plan->base, order->expr, wanted);

		plan->top->order_by =
			lappend(plan->top->order_by,
					gqle_sql_order(gqle_sql_column(plan->row->alias, name),
								   order->descending, order->nulls_first));
	}
}

/* See build.h.  A subquery's order holds outside as long as nothing is joined to it. */
void
gqle_plan_rows_finish(GqlePlanContext *ctx, const GqleRowsSpec *spec, GqleRowsPlan *plan)
{
	if (plan->row_number)
		insert_row_numbers(plan);
	if (plan->top != plan->base && !spec->is_aggregated &&
		list_length(plan->top->from) > 1)
		repeat_order(plan);
}

/* ------------------------------------------------------------------------
 * Objects
 * ------------------------------------------------------------------------ */

/* A list of rows as one JSON value. */
static GqleSqlExpr *
list_subquery(GqlePlanContext *ctx, GqleRowsSpec *spec)
{
	GqleTemplate *template = gqle_template_make();
	GqleRowsPlan plan;

	spec->is_aggregated = true;
	ctx->n_correlated++;
	gqle_plan_rows(ctx, spec, &plan);
	gqle_plan_object(ctx, template, plan.row, spec->objects);
	gqle_plan_rows_finish(ctx, spec, &plan);
	ctx->n_correlated--;
	gqle_sql_add_target(plan.top, gqle_template_list(template), NULL);
	return gqle_sql_subquery(plan.top);
}

/* Lists beyond this number of tables in one FROM are not joined to it. */
#define MAX_GROUPED_TABLES	8

/*
 * Can the lists of all rows be made at once?  Not if each is sliced for itself,
 * nor inside a subquery that runs once per row, nor where joining would lose an
 * order.
 */
static bool
can_group(const GqlePlanContext *ctx, const GqleRowsSpec *spec)
{
	const GqlePlanRow *row = spec->parent;

	return spec->relationship != NULL && ctx->n_correlated == 0 &&
		row->select != NULL && row->join_mode == GQLE_JOIN_HERE &&
		list_length(row->select->from) < MAX_GROUPED_TABLES &&
		spec->perm->limit < 0 &&
		gqle_selection_arg(spec->selection, GQLE_INPUT_LIMIT) == NULL &&
		gqle_selection_arg(spec->selection, GQLE_INPUT_OFFSET) == NULL &&
		gqle_selection_arg(spec->selection, GQLE_INPUT_DISTINCT_ON) == NULL;
}

/*
 * The list of a row's related rows from a subquery that makes the lists of all
 * rows, grouped by key and joined to them.
 */
static GqleSqlExpr *
grouped_list(GqlePlanContext *ctx, GqleRowsSpec *spec)
{
	const GqleRelationship *relationship = spec->relationship;
	const GqleInput *order_by = gqle_selection_arg(spec->selection, GQLE_INPUT_ORDER_BY);
	GqlePlanRow *row = spec->parent;
	const char *alias = gqle_plan_alias(ctx, spec->alias, "lists");
	GqleTemplate *template = gqle_template_make();
	List	   *conditions = NIL;
	List	   *plain_columns = NIL;
	GqleSqlExpr *list;
	GqleRowsPlan plan;
	int			i;

	spec->relationship = NULL;
	spec->is_aggregated = spec->is_unordered = true;
	gqle_plan_rows(ctx, spec, &plan);
	gqle_plan_object(ctx, template, plan.row, spec->objects);
	list = gqle_template_list(template);
	if (order_by)
		list->order_by = gqle_plan_order_by(ctx, plan.row, order_by, &plain_columns);
	for (i = 0; i < relationship->n_columns; i++)
	{
		GqleSqlExpr *theirs = gqle_row_column_named(ctx, plan.row,
													relationship->target_columns[i]);
		const char *name = psprintf("key_%d", i + 1);

		gqle_sql_add_target(plan.top, theirs, name);
		plan.top->group_by = lappend(plan.top->group_by, theirs);
		conditions = lappend(conditions,
							 gqle_sql_operator("=", gqle_sql_column(alias, name),
											   gqle_row_join_key(ctx, row, relationship,
																 i)));
	}
	gqle_sql_add_target(plan.top, list, "list");
	gqle_sql_add_from(row->select, gqle_sql_from_select(plan.top, alias),
					  GQLE_SQL_JOIN_LEFT, gqle_sql_and(conditions));
	list = gqle_sql_column(alias, "list");
	return gqle_sql_case(gqle_sql_is_null(list, true),
						 gqle_sql_cast(gqle_sql_string("[]"), "json"), list);
}

/* The related rows of a row as one JSON value, by the way the context says. */
static GqleSqlExpr *
make_list(GqlePlanContext *ctx, GqleRowsSpec *spec)
{
	const GqleRelationship *relationship = spec->relationship;
	GqleSqlExpr *list = NULL;

	if (can_group(ctx, spec))
	{
		ctx->could_group = true;
		if (ctx->grouped)
			list = grouped_list(ctx, spec);
	}
	if (list == NULL)
		list = list_subquery(ctx, spec);
	return relationship == NULL ? list :
		gqle_row_null_without_key(ctx, spec->parent, relationship, list);
}

/* Let rows of a native query come from it, with the arguments of the selection. */
static void
use_native(GqlePlanContext *ctx, GqleRowsSpec *spec)
{
	if (spec->table->native != NULL)
		spec->from = gqle_plan_native_from(ctx, spec->table->native,
										   gqle_selection_arg(spec->selection,
															  GQLE_INPUT_ARGS),
										   spec->alias);
}

/* The rows of a relationship or computed field seen from a row. */
static GqleRowsSpec
related_rows(GqlePlanContext *ctx, GqlePlanRow *row, const GqleSelection *selection)
{
	const GqleField *field = selection->field;
	GqleRowsSpec spec = {0};

	gqle_catalog_load_table(ctx->schema->catalog, field->table);
	spec.selection = spec.objects = selection;
	spec.table = field->table;
	spec.perm = field->perms->select;
	spec.alias = gqle_plan_alias(ctx, row->alias, selection->response_key);
	spec.parent = row;
	spec.relationship = field->relationship;
	use_native(ctx, &spec);
	if (field->kind == GQLE_FIELD_COMPUTED_TABLE)
		spec.from = gqle_sql_from_function(gqle_plan_call(ctx, field->computed_field->function,
														  row,
														  gqle_selection_arg(selection, GQLE_INPUT_ARGS)),
										   spec.alias);
	return spec;
}

/*
 * An object relationship: columns of a row joined beside this one, null when
 * there is none, or else a subquery.
 */
static void
append_object_relationship(GqlePlanContext *ctx, GqleTemplate *template,
						   GqlePlanRow *row, const GqleSelection *selection)
{
	const GqleField *field = selection->field;
	GqlePlanRow *joined;
	GqleTemplate *inner;
	GqleRowsSpec spec;
	GqleRowsPlan plan;

	gqle_catalog_load_table(ctx->schema->catalog, field->table);
	joined = gqle_row_join(ctx, row, field->relationship, field->perms->select);
	if (joined)
	{
		/* the join's own condition keeps this column from being null */
		gqle_template_append_number(template,
									gqle_row_key_number(ctx, joined, field->relationship,
														template));
		gqle_template_append_guard(template);
		gqle_plan_object(ctx, template, joined, selection);
		return;
	}
	spec = related_rows(ctx, row, selection);
	spec.no_permission_limit = true;
	ctx->n_correlated++;
	gqle_plan_rows(ctx, &spec, &plan);
	inner = gqle_template_make();
	gqle_plan_object(ctx, inner, plan.row, selection);
	gqle_plan_rows_finish(ctx, &spec, &plan);
	ctx->n_correlated--;
	gqle_sql_add_target(plan.top, gqle_template_row(inner), NULL);
	if (!gqle_relationship_is_unique(ctx, field->relationship))
		gqle_sql_set_limit(plan.top, 1);
	gqle_template_append_value(template, gqle_sql_subquery(plan.top));
}

/* The aggregates of related rows as one JSON value. */
static GqleSqlExpr *
aggregate_subquery(GqlePlanContext *ctx, GqlePlanRow *row, const GqleSelection *selection)
{
	GqleRowsSpec spec = related_rows(ctx, row, selection);
	GqleTemplate *template = gqle_template_make();
	GqleSqlSelect *select;

	ctx->n_correlated++;
	select = gqle_plan_aggregate(ctx, &spec, template);
	ctx->n_correlated--;
	select->targets = NIL;
	gqle_sql_add_target(select, gqle_template_row(template), NULL);
	return gqle_row_null_without_key(ctx, row, selection->field->relationship,
									 gqle_sql_subquery(select));
}

/* A column asked for again, under another name, is the same value. */
static void
append_column(GqlePlanContext *ctx, GqleTemplate *template, GqlePlanRow *row,
			  const GqleSelection *selection)
{
	const GqleColumn *column = selection->field->column;
	GqleSqlExpr *cell = gqle_row_cell(ctx, row, column);
	GqleSqlExpr *value = gqle_plan_output(ctx, selection, column->scalar, cell);
	int			number;

	if (value == cell)
		number = gqle_row_cell_number(row, column, template, cell);
	else
		number = gqle_template_add_value(template, value);
	gqle_template_append_number(template, number);
}

/* A page of related rows as one JSON value. */
static GqleSqlExpr *
connection_subquery(GqlePlanContext *ctx, GqlePlanRow *row, const GqleSelection *selection)
{
	GqleRowsSpec spec = related_rows(ctx, row, selection);
	GqleTemplate *template = gqle_template_make();
	GqleSqlSelect *select;

	ctx->n_correlated++;
	select = gqle_plan_connection(ctx, &spec, template);
	ctx->n_correlated--;
	gqle_sql_add_target(select, gqle_template_row(template), NULL);
	return gqle_sql_subquery(select);
}

/* See build.h. */
void
gqle_plan_field(GqlePlanContext *ctx, GqleTemplate *template, GqlePlanRow *row,
				const GqleSelection *selection)
{
	const GqleField *field = selection->field;
	GqleRowsSpec spec;
	GqleSqlExpr *value;

	switch (field->kind)
	{
		case GQLE_FIELD_TYPENAME:
			gqle_template_append_string(template, selection->parent->kind ==
														  GQLE_TYPE_OBJECT
													  ? selection->parent->name
													  : row->table->type_name);
			return;
		case GQLE_FIELD_NODE_ID:
			gqle_template_append_value(template, gqle_plan_node_id(ctx, row));
			return;
		case GQLE_FIELD_CONNECTION:
			gqle_template_append_value(template, connection_subquery(ctx, row, selection));
			return;
		case GQLE_FIELD_COLUMN:
			append_column(ctx, template, row, selection);
			return;
		case GQLE_FIELD_COMPUTED_SCALAR:
			value = gqle_row_computed(ctx, row, field->computed_field,
									  gqle_selection_arg(selection, GQLE_INPUT_ARGS));
			gqle_template_append_value(template,
									   gqle_plan_output(ctx, selection,
														field->computed_field->function->scalar,
														value));
			return;
		case GQLE_FIELD_OBJECT_REL:
		case GQLE_FIELD_JOIN_OBJECT:
			append_object_relationship(ctx, template, row, selection);
			return;
		case GQLE_FIELD_ARRAY_REL:
		case GQLE_FIELD_JOIN_ARRAY:
		case GQLE_FIELD_COMPUTED_TABLE:
			spec = related_rows(ctx, row, selection);
			gqle_template_append_value(template, make_list(ctx, &spec));
			return;
		case GQLE_FIELD_ARRAY_REL_AGGREGATE:
		case GQLE_FIELD_JOIN_AGGREGATE:
			gqle_template_append_value(template, aggregate_subquery(ctx, row, selection));
			return;
		default:
			elog(ERROR, "field \"%s\" is not a field of a row", field->name);
	}
}

/* What joins take of a row, whatever the role may see of it. */
static void
append_phantoms(GqlePlanContext *ctx, GqleTemplate *template, GqlePlanRow *row,
				const GqleSelection *selection)
{
	ListCell   *lc;

	foreach(lc, gqle_join_phantoms(selection->children, selection->n_children))
	{
		const GqleJoinPhantom *phantom = lfirst(lc);
		const GqleColumn *column = phantom->field->column;
		const GqleComputedField *computed = phantom->field->computed_field;
		const GqleScalar *scalar;
		GqleSqlExpr *value;

		if (column != NULL)
			value = gqle_row_column(ctx, row, column);
		else
			value = gqle_plan_call(ctx, computed->function, row, NULL);
		scalar = column ? column->scalar : computed->function->scalar;
		gqle_template_append_key(template, phantom->key);
		gqle_template_append_value(template, gqle_plan_output(ctx, NULL, scalar, value));
	}
}

/* See build.h. */
void
gqle_plan_object(GqlePlanContext *ctx, GqleTemplate *template, GqlePlanRow *row,
				 const GqleSelection *selection)
{
	int			i;

	check_stack_depth();
	gqle_template_begin_object(template);
	for (i = 0; i < selection->n_children; i++)
	{
		gqle_template_append_key(template, selection->children[i]->response_key);
		if (gqle_join_is_placeholder(selection->children[i]->field))
			appendStringInfoString(&template->text, "null");
		else
			gqle_plan_field(ctx, template, row, selection->children[i]);
		if (!gqle_template_check(template, ctx->sink, selection->path))
			break;
	}
	append_phantoms(ctx, template, row, selection);
	gqle_template_end_object(template);
}

/* ------------------------------------------------------------------------
 * Statements
 * ------------------------------------------------------------------------ */

/* See build.h. */
GqleStatement *
gqle_plan_rows_statement(GqlePlanContext *ctx, const GqleRowsSpec *spec,
						 GqleResultForm form)
{
	GqleTemplate *template = gqle_template_make();
	GqleRowsPlan plan;
	GqleStatement *statement;
	ListCell   *lc;

	gqle_plan_rows(ctx, spec, &plan);
	gqle_plan_object(ctx, template, plan.row, spec->objects);
	if (spec->is_stream)
		gqle_template_add_value(template,
								gqle_plan_stream_cursor(ctx, spec->selection, plan.row));
	gqle_plan_rows_finish(ctx, spec, &plan);
	foreach(lc, template->values)
		gqle_sql_add_target(plan.top, lfirst(lc), NULL);
	statement = gqle_plan_finish(ctx, gqle_sql_statement(plan.top, NULL), form,
								 template->text.data);
	if (spec->is_stream)
		statement->cursor_column = list_length(template->values);
	return statement;
}

/* See build.h. */
GqleStatement *
gqle_plan_select(GqlePlanContext *ctx, const GqleSelection *selection)
{
	const GqleField *field = selection->field;
	GqleRowsSpec spec = {0};

	spec.selection = spec.objects = selection;
	spec.table = field->table;
	spec.perm = field->perms->select;
	spec.alias = gqle_plan_alias(ctx, NULL, selection->response_key);
	spec.by_key = field->kind == GQLE_FIELD_SELECT_BY_PK;
	spec.is_stream = field->kind == GQLE_FIELD_SELECT_STREAM;
	use_native(ctx, &spec);
	if (spec.by_key)
		ctx->n_correlated++;	/* one row: nothing to gain */
	if (field->kind == GQLE_FIELD_SELECT_AGGREGATE)
		return gqle_plan_aggregate_statement(ctx, &spec);
	return gqle_plan_rows_statement(ctx, &spec,
									spec.by_key ? GQLE_RESULT_ROW : GQLE_RESULT_LIST);
}
