/*
 * plan_orderby.c
 *		order_by arguments.
 *
 * Order by an object relationship's columns uses the join that selecting the
 * relationship would use; if there can be several related rows, or for
 * aggregates, each item is a subquery.  What the role may not see of related
 * rows is null here, too.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"

typedef struct OrderState
{
	GqlePlanContext *ctx;
	List	   *items;			/* GqleSqlOrder */
	List	   *plain_columns;	/* of the leading items */
	bool		plain_ended;
	List	   *path;			/* const char *: names down to the current item */
	List	   *keys;			/* GqlePlanOrderKey, as items */
	List	   *wrappers;		/* Wrapper, outermost first */
} OrderState;

/* A select that every item found now is a subquery of. */
typedef struct Wrapper
{
	GqleSqlSelect *select;
	GqlePlanRow *row;			/* null if this row is not there; or NULL */
} Wrapper;

static void append_object(OrderState *state, GqlePlanRow *row, const GqleInput *object);

/* Put an item into copies of the selects it is found in, innermost first. */
static GqleSqlExpr *
wrap_item(OrderState *state, GqleSqlExpr *expr)
{
	int			i;

	for (i = list_length(state->wrappers) - 1; i >= 0; i--)
	{
		const Wrapper *wrapper = list_nth(state->wrappers, i);
		GqleSqlSelect *select = palloc(sizeof(GqleSqlSelect));

		*select = *wrapper->select;
		gqle_sql_add_target(select, expr, NULL);
		expr = gqle_sql_subquery(select);
		if (wrapper->row)
			expr = gqle_row_null_if_absent(state->ctx, wrapper->row, expr);
	}
	return expr;
}

static void
push_wrapper(OrderState *state, GqleSqlSelect *select, GqlePlanRow *row)
{
	Wrapper    *wrapper = palloc(sizeof(Wrapper));

	wrapper->select = select;
	wrapper->row = row;
	state->wrappers = lappend(state->wrappers, wrapper);
}

/* An item of that name; its value is of the scalar, and never null if so said. */
static void
append_item(OrderState *state, GqleSqlExpr *expr, const GqleInput *direction,
			const char *name, const GqleScalar *scalar, bool not_null)
{
	GqlePlanOrderKey *key;

	if (direction->kind != GQLE_IN_ENUM)
		return;
	key = palloc(sizeof(GqlePlanOrderKey));
	key->path = lappend(list_copy(state->path), unconstify(char *, name));
	key->scalar = scalar;
	key->not_null = not_null;
	state->keys = lappend(state->keys, key);
	state->items = lappend(state->items,
						   gqle_sql_order(wrap_item(state, expr),
										  direction->value->descending,
										  direction->value->nulls_first));
}

static void
append_column(OrderState *state, GqlePlanRow *row, const GqleInputEntry *entry)
{
	const GqleColumn *column = entry->field->column;
	bool		is_masked;

	if (entry->value->kind != GQLE_IN_ENUM)
		return;
	is_masked = row->mask != NULL && row->mask->column_masks != NULL;
	append_item(state, gqle_row_cell(state->ctx, row, column), entry->value,
				column->name, column->scalar,
				column->not_null && !is_masked && state->path == NIL);
	if (!state->plain_ended)
		state->plain_columns = lappend(state->plain_columns,
									   unconstify(GqleColumn *, entry->field->column));
}

/* A select from related rows that the role may see. */
static GqleSqlSelect *
select_related(OrderState *state, GqlePlanRow *row, const GqleInputField *field,
			   GqlePlanRow **related)
{
	GqlePlanContext *ctx = state->ctx;
	const GqleRelationship *relationship = field->relationship;
	const GqleSelectPerm *perm = field->perms->select;
	GqleSqlSelect *select = gqle_sql_select();

	*related = gqle_row_make(relationship->target, perm,
							 gqle_plan_alias(ctx, row->alias, relationship->name), select);
	gqle_sql_add_from(select, gqle_row_from(ctx, *related), GQLE_SQL_JOIN_FIRST, NULL);
	gqle_sql_add_where(select,
					   gqle_sql_and(lappend(gqle_row_join_conditions(ctx, row, relationship,
																	 *related),
											gqle_perm_filter(ctx, perm->filter, *related))));
	return select;
}

static void
append_relationship(OrderState *state, GqlePlanRow *row, const GqleInputEntry *entry)
{
	const GqleInputField *field = entry->field;
	GqlePlanRow *related;
	GqleSqlSelect *select;

	state->path = lappend(state->path, unconstify(char *, field->relationship->name));
	related = gqle_row_join(state->ctx, row, field->relationship, field->perms->select);
	if (related)
	{
		append_object(state, related, entry->value);
		state->path = list_delete_last(state->path);
		return;
	}
	select = select_related(state, row, field, &related);
	gqle_sql_set_limit(select, 1);
	push_wrapper(state, select, NULL);
	append_object(state, related, entry->value);
	state->wrappers = list_delete_last(state->wrappers);
	state->path = list_delete_last(state->path);
}

/* The scalar of an aggregate's value. */
static const GqleScalar *
aggregate_scalar(const char *function, const GqleScalar *scalar)
{
	if (strcmp(function, "max") == 0 || strcmp(function, "min") == 0)
		return scalar;
	return gqle_scalar_get(NUMERICOID);
}

/* {column: desc} of one aggregate function */
static void
append_operation(OrderState *state, GqlePlanRow *row, const GqleInputEntry *operation)
{
	const char *function = operation->field->sql_function;
	int			i;

	state->path = lappend(state->path, unconstify(char *, function));
	for (i = 0; i < operation->value->n; i++)
	{
		const GqleInputEntry *item = &operation->value->entries[i];
		const GqleComputedField *computed = item->field->computed_field;
		const GqleScalar *scalar;
		GqleSqlExpr *cell;

		if (computed)
		{
			scalar = computed->function->scalar;
			cell = gqle_row_computed(state->ctx, row, computed, NULL);
		}
		else
		{
			scalar = item->field->column->scalar;
			cell = gqle_row_cell(state->ctx, row, item->field->column);
		}
		append_item(state, gqle_plan_aggregate_of(function, scalar, cell), item->value,
					computed ? computed->name : item->field->column->name,
					aggregate_scalar(function, scalar), false);
	}
	state->path = list_delete_last(state->path);
}

/*
 * {count: asc, max: {column: desc}} over the rows of a select, which belong to a
 * row: null, counts too, if that is not there.
 */
static void
append_aggregates(OrderState *state, GqlePlanRow *parent, GqlePlanRow *row,
				  GqleSqlSelect *select, const char *name, const GqleInput *object)
{
	bool		not_null = state->path == NIL;
	int			i;

	push_wrapper(state, select, parent);
	state->path = lappend(state->path, psprintf("%s_aggregate", name));
	for (i = 0; i < object->n; i++)
	{
		const GqleInputEntry *entry = &object->entries[i];

		if (entry->field->role == GQLE_INPUT_ORDER_COUNT)
			append_item(state, gqle_plan_aggregate_call("count", NIL), entry->value,
						"count", gqle_scalar_get(INT8OID), not_null);
		else if (entry->value->kind == GQLE_IN_OBJECT)
			append_operation(state, row, entry);
	}
	state->path = list_delete_last(state->path);
	state->wrappers = list_delete_last(state->wrappers);
}

/* Rows of a table computed field that the role may see. */
static GqleSqlSelect *
select_computed(OrderState *state, GqlePlanRow *row, const GqleInputField *field,
				GqlePlanRow **computed)
{
	GqlePlanContext *ctx = state->ctx;
	const GqleFunction *function = field->computed_field->function;
	const GqleSelectPerm *perm = field->perms->select;
	GqleSqlSelect *select = gqle_sql_select();

	*computed = gqle_row_make(function->table, perm,
							  gqle_plan_alias(ctx, row->alias, field->computed_field->name),
							  select);
	gqle_sql_add_from(select,
					  gqle_sql_from_function(gqle_plan_call(ctx, function, row, NULL),
											 (*computed)->alias),
					  GQLE_SQL_JOIN_FIRST, NULL);
	gqle_sql_add_where(select, gqle_perm_filter(ctx, perm->filter, *computed));
	return select;
}

static void
append_entry(OrderState *state, GqlePlanRow *row, const GqleInputEntry *entry)
{
	GqlePlanRow *other;
	GqleSqlSelect *select;

	switch (entry->field->role)
	{
		case GQLE_INPUT_COLUMN:
			append_column(state, row, entry);
			return;
		case GQLE_INPUT_COMPUTED_FIELD:
			state->plain_ended = true;
			append_item(state,
						gqle_row_computed(state->ctx, row, entry->field->computed_field,
										  NULL),
						entry->value, entry->field->computed_field->name,
						entry->field->computed_field->function->scalar, false);
			return;
		case GQLE_INPUT_RELATIONSHIP:
			state->plain_ended = true;
			append_relationship(state, row, entry);
			return;
		case GQLE_INPUT_RELATIONSHIP_AGGREGATE:
			state->plain_ended = true;
			select = select_related(state, row, entry->field, &other);
			append_aggregates(state, row, other, select, entry->field->relationship->name,
							  entry->value);
			return;
		case GQLE_INPUT_COMPUTED_AGGREGATE:
			state->plain_ended = true;
			select = select_computed(state, row, entry->field, &other);
			append_aggregates(state, row, other, select,
							  entry->field->computed_field->name, entry->value);
			return;
		default:
			elog(ERROR, "field \"%s\" of an order has no meaning", entry->field->name);
	}
}

static void
append_object(OrderState *state, GqlePlanRow *row, const GqleInput *object)
{
	int			i;

	check_stack_depth();

	if (object->kind != GQLE_IN_OBJECT)
		return;
	for (i = 0; i < object->n; i++)
	{
		if (object->entries[i].value->kind != GQLE_IN_NULL)
			append_entry(state, row, &object->entries[i]);
	}
}

List *
gqle_plan_order_by(GqlePlanContext *ctx, GqlePlanRow *row, const GqleInput *order_by,
				   List **plain_columns)
{
	List	   *keys;

	return gqle_plan_order_keys(ctx, row, order_by, plain_columns, &keys);
}

/* See build.h. */
List *
gqle_plan_order_keys(GqlePlanContext *ctx, GqlePlanRow *row, const GqleInput *order_by,
					 List **plain_columns, List **keys)
{
	OrderState	state = {ctx};
	int			i;

	if (order_by && order_by->kind == GQLE_IN_LIST)
	{
		for (i = 0; i < order_by->n; i++)
			append_object(&state, row, order_by->items[i]);
	}
	else if (order_by)
		append_object(&state, row, order_by);
	*plain_columns = state.plain_columns;
	*keys = state.keys;
	return state.items;
}
