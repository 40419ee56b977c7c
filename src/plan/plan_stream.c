/*
 * plan_stream.c
 *		Streaming subscriptions: the next rows after a cursor.
 *
 *		WHERE <permission> AND <where> AND column > $n::type
 *		ORDER BY column FETCH FIRST batch_size ROWS WITH TIES
 *
 * $n is the initial value; whoever runs the statement again gives it the column
 * of the last row, which is the statement's last column, as text.  Rows whose
 * column is null are never seen.
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"

/* The column and its initial value, or NULL after reporting. */
static const GqleInputEntry *
cursor_entry(GqlePlanContext *ctx, const GqleSelection *selection, bool *descending)
{
	const GqleInput *cursors = gqle_selection_arg(selection, GQLE_INPUT_CURSOR);
	const GqleInputEntry *entry = NULL;
	int			n = 0;
	int			i;

	*descending = false;
	for (i = 0; cursors->kind == GQLE_IN_LIST && i < cursors->n; i++)
	{
		const GqleInput *value;
		const GqleInput *ordering;

		if (cursors->items[i]->kind != GQLE_IN_OBJECT)
			continue;
		value = gqle_input_entry(cursors->items[i], GQLE_INPUT_INITIAL_VALUE);
		ordering = gqle_input_entry(cursors->items[i], GQLE_INPUT_ORDERING);
		n += value->n;
		if (value->n == 0)
			continue;
		entry = &value->entries[0];
		*descending = ordering && ordering->kind == GQLE_IN_ENUM &&
			ordering->value->descending;
	}
	if (n == 1)
		return entry;
	gqle_error_report(ctx->sink, GQLE_ERR_VALIDATION_FAILED,
					  psprintf("%s.args", selection->path),
					  n == 0 ? "one streaming column field is expected" :
					  "multiple column cursors are not supported yet");
	return NULL;
}

/* A parameter that nothing else shares: its value moves. */
static GqleSqlExpr *
cursor_param(GqlePlanContext *ctx, const GqleInputEntry *entry)
{
	const GqleScalar *scalar = entry->field->column->scalar;
	const GqleInput *value = entry->value;
	const GqleLeaf *leaf;

	if (value->kind == GQLE_IN_LEAF)
		leaf = value->leaf;
	else
		leaf = gqle_leaf_const(scalar, false,
							   value->kind == GQLE_IN_ENUM ?
							   gqle_json_make_string(value->value->text) :
							   gqle_json_make_null(),
							   value->path);
	return gqle_params_add_unshared(ctx->params, leaf);
}

/* See build.h. */
void
gqle_plan_stream_slice(GqlePlanContext *ctx, const GqleRowsSpec *spec, GqlePlanRow *row,
					   GqleSqlSelect *base)
{
	const GqleInput *size = gqle_selection_arg(spec->selection, GQLE_INPUT_BATCH_SIZE);
	const GqleInputEntry *entry;
	GqleSqlExpr *cell;
	bool		descending;

	entry = cursor_entry(ctx, spec->selection, &descending);
	if (entry == NULL)
		return;
	cell = gqle_row_cell(ctx, row, entry->field->column);
	gqle_sql_add_where(base, gqle_sql_operator(descending ? "<" : ">", cell,
											   cursor_param(ctx, entry)));
	base->order_by = list_make1(gqle_sql_order(cell, descending, descending));
	gqle_sql_set_limit(base, gqle_perm_limit(spec->perm, size->integer));
	base->with_ties = true;
}

/* See build.h. */
GqleSqlExpr *
gqle_plan_stream_cursor(GqlePlanContext *ctx, const GqleSelection *selection,
						GqlePlanRow *row)
{
	bool		descending;
	const GqleInputEntry *entry = cursor_entry(ctx, selection, &descending);

	if (entry == NULL)
		return gqle_sql_keyword("NULL");
	return gqle_sql_cast(gqle_row_cell(ctx, row, entry->field->column), "text");
}
