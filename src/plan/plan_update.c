/*
 * plan_update.c
 *		update_T, update_T_by_pk and update_T_many.
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/plan/build_mutation.h"

/* The input of an operator, wherever it was: an argument, or a field of updates. */
typedef struct OperatorInput
{
	const char *op;				/* "_set" */
	const GqleInput *columns;	/* object of column: operand */
} OperatorInput;

/* ------------------------------------------------------------------------
 * Operators
 * ------------------------------------------------------------------------ */

static OperatorInput *
make_operator(const GqleInputField *field, const GqleInput *input)
{
	OperatorInput *result = palloc(sizeof(OperatorInput));

	result->op = field->update_op;
	result->columns = input;
	return result;
}

/* List of OperatorInput, from the arguments. */
static List *
operators_of_field(const GqleSelection *selection)
{
	const GqleField *field = selection->field;
	List	   *result = NIL;
	int			i;

	for (i = 0; i < field->n_args; i++)
	{
		if (field->args[i]->role == GQLE_INPUT_UPDATE_OP && selection->args[i])
			result = lappend(result, make_operator(field->args[i], selection->args[i]));
	}
	return result;
}

/* List of OperatorInput, from an item of updates. */
static List *
operators_of_item(const GqleInput *item)
{
	List	   *result = NIL;
	int			i;

	for (i = 0; i < item->n; i++)
	{
		if (item->entries[i].field->role == GQLE_INPUT_UPDATE_OP)
			result = lappend(result,
							 make_operator(item->entries[i].field, item->entries[i].value));
	}
	return result;
}

/* The new value of a column. */
static GqleSqlExpr *
operator_value(GqleWriteContext *wctx, const char *op, const GqleColumn *column,
			   const GqleInput *input)
{
	GqleSqlExpr *old;
	GqleSqlExpr *operand;

	if (strcmp(op, "_default") == 0)
		return gqle_sql_keyword("DEFAULT");
	old = gqle_row_column(&wctx->ctx, wctx->row, column);
	operand = gqle_plan_value(&wctx->ctx, input, column->scalar);
	if (strcmp(op, "_set") == 0)
		return operand;
	if (strcmp(op, "_inc") == 0)
		return gqle_sql_operator("+", old, operand);
	if (strcmp(op, "_mul") == 0)
		return gqle_sql_operator("*", old, operand);
	if (strcmp(op, "_append") == 0)
		return gqle_sql_operator("||", old, operand);
	if (strcmp(op, "_prepend") == 0)
		return gqle_sql_operator("||", operand, old);
	if (strcmp(op, "_delete_key") == 0 || strcmp(op, "_delete_elem") == 0)
		return gqle_sql_operator("-", old, operand);
	if (strcmp(op, "_delete_at_path") == 0)
		return gqle_sql_operator("#-", old, operand);
	elog(ERROR, "unknown update operator \"%s\"", op);
}

/* "Column found in multiple operators: ['a', 'b']." if there is one. */
static bool
report_repeated(GqleMutationContext *mctx, List *operators, const char *path)
{
	Bitmapset  *seen = NULL;
	Bitmapset  *repeated = NULL;
	StringInfoData names;
	ListCell   *lc;
	int			i;

	initStringInfo(&names);
	foreach(lc, operators)
	{
		const OperatorInput *operator = lfirst(lc);

		for (i = 0; i < operator->columns->n; i++)
		{
			const GqleColumn *column = operator->columns->entries[i].field->column;

			if (bms_is_member(column->index, seen) &&
				!bms_is_member(column->index, repeated))
			{
				appendStringInfo(&names, "%s'%s'", names.len > 0 ? ", " : "",
								 column->graphql_name);
				repeated = bms_add_member(repeated, column->index);
			}
			seen = bms_add_member(seen, column->index);
		}
	}
	if (repeated == NULL)
		return false;
	gqle_error_report(mctx->sink, GQLE_ERR_VALIDATION_FAILED, path,
					  "Column found in multiple operators: [%s].", names.data);
	return true;
}

/* SET column = value for everything the client asks for. */
static void
add_operators(GqleWriteContext *wctx, List *operators)
{
	ListCell   *lc;
	int			i;

	foreach(lc, operators)
	{
		const OperatorInput *operator = lfirst(lc);

		for (i = 0; i < operator->columns->n; i++)
		{
			const GqleInputEntry *entry = &operator->columns->entries[i];
			const GqleColumn *column = entry->field->column;

			wctx->write->set =
				lappend(wctx->write->set,
						gqle_sql_assignment(column->name,
											operator_value(wctx, operator->op, column,
														   entry->value)));
		}
	}
}

/* ------------------------------------------------------------------------
 * Writes
 * ------------------------------------------------------------------------ */

/* One UPDATE; its statement stays NULL if there is nothing to set. */
static void
plan_write(GqleMutationContext *mctx, List *operators, const GqleInput *where,
		   const GqleInput *keys, const char *path, GqleMutationWrite *write)
{
	const GqleUpdatePerm *perm = mctx->field->perms->update;
	GqleSqlExpr *check = NULL;
	GqleWriteContext wctx;
	int			i;

	if (report_repeated(mctx, operators, path))
		return;
	gqle_write_begin(&wctx, mctx, GQLE_SQL_UPDATE, perm->table,
					 mctx->field->perms->select, mctx->selection->response_key);
	add_operators(&wctx, operators);
	gqle_write_add_presets(&wctx, perm);
	gqle_write_add_filter(&wctx, perm->filter);
	for (i = 0; keys && i < keys->n; i++)
		gqle_write_add_key(&wctx, keys->entries[i].field->column, keys->entries[i].value);
	gqle_write_add_where(&wctx, where);
	if (wctx.write->set == NIL)
		return;
	if (perm->check)
		check = gqle_perm_filter(&wctx.ctx, perm->check, wctx.row);
	gqle_write_finish(&wctx, mctx, check, NIL, true, write);
}

/* update_T_many: one write for every item. */
static void
plan_many(GqleMutationContext *mctx)
{
	const GqleInput *updates = gqle_selection_arg(mctx->selection, GQLE_INPUT_UPDATES);
	GqleMutationPlan *plan = mctx->plan;
	bool		is_any = false;
	int			i;

	plan->n_writes = updates->n;
	plan->writes = palloc0(Max(updates->n, 1) * sizeof(GqleMutationWrite));
	for (i = 0; i < updates->n; i++)
	{
		const GqleInput *item = updates->items[i];

		plan_write(mctx, operators_of_item(item),
				   gqle_input_entry(item, GQLE_INPUT_WHERE), NULL, item->path,
				   &plan->writes[i]);
		is_any |= plan->writes[i].statement != NULL;
	}
	if (!is_any)
		plan->n_writes = 0;
}

/* See build_mutation.h. */
void
gqle_plan_update(GqleMutationContext *mctx)
{
	const GqleSelection *selection = mctx->selection;
	const GqleUpdatePerm *perm = mctx->field->perms->update;
	GqleMutationPlan *plan = mctx->plan;

	gqle_plan_arguments_hook(mctx, perm->hook);
	if (mctx->field->kind == GQLE_FIELD_UPDATE_MANY)
	{
		plan_many(mctx);
		return;
	}
	plan->n_writes = 1;
	plan->writes = palloc0(sizeof(GqleMutationWrite));
	plan_write(mctx, operators_of_field(selection),
			   gqle_selection_arg(selection, GQLE_INPUT_WHERE),
			   gqle_selection_arg(selection, GQLE_INPUT_PK_COLUMNS),
			   psprintf("%s.args", selection->path), &plan->writes[0]);
	if (plan->form == GQLE_MUTATION_ROW && plan->writes[0].statement == NULL)
	{
		plan->form = GQLE_MUTATION_TEXT;	/* compat: an object without fields */
		plan->text = "{}";
	}
}
