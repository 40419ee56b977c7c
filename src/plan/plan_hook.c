/*
 * plan_hook.c
 *		Webhooks that validate what a mutation writes.
 *
 * compat: of an insert, each table with such a hook is validated once, with its
 * rows of all levels together; tables come in the order in which they are met,
 * rows before what is nested in them.  Of an update or delete it is the
 * arguments, as they were written.
 *
 * Plans outlive schemas, so of the rows a hook keeps copies that don't point into
 * one.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/gqle.h"
#include "gqle/plan/build_mutation.h"

/* Rows of one table being collected. */
typedef struct TableRows
{
	const GqleTable *table;
	const GqleWebhook *webhook;
	List	   *rows;			/* GqleInput */
} TableRows;

static void collect_rows(List **tables, const GqleTable *table, const GqleWebhook *webhook,
						 const GqleInput *data);

static void
add_rows(List **tables, const GqleTable *table, const GqleWebhook *webhook,
		 GqleInput *const *rows, int n)
{
	TableRows  *found = NULL;
	ListCell   *lc;
	int			i;

	foreach(lc, *tables)
	{
		if (((TableRows *) lfirst(lc))->table == table)
			found = lfirst(lc);
	}
	if (found == NULL)
	{
		found = palloc0(sizeof(TableRows));
		found->table = table;
		found->webhook = webhook;
		*tables = lappend(*tables, found);
	}
	for (i = 0; i < n; i++)
		found->rows = lappend(found->rows, rows[i]);
}

/* What is nested in a row. */
static void
collect_nested(List **tables, const GqleInput *row)
{
	int			i;

	for (i = 0; i < row->n; i++)
	{
		const GqleInputField *field = row->entries[i].field;
		const GqleInput *value = row->entries[i].value;
		const GqleInput *data;

		if (field->role != GQLE_INPUT_RELATIONSHIP || value->kind != GQLE_IN_OBJECT)
			continue;
		data = gqle_input_entry(value, GQLE_INPUT_DATA);
		if (data != NULL)
			collect_rows(tables, field->table, field->perms->insert->hook, data);
	}
}

/* Rows of a table, a list or one, and what is nested in them. */
static void
collect_rows(List **tables, const GqleTable *table, const GqleWebhook *webhook,
			 const GqleInput *data)
{
	GqleInput  *single = unconstify(GqleInput *, data);
	GqleInput **rows = data->kind == GQLE_IN_LIST ? data->items : &single;
	int			n = data->kind == GQLE_IN_LIST ? data->n : 1;
	int			i;

	check_stack_depth();
	if (webhook != NULL)
		add_rows(tables, table, webhook, rows, n);
	for (i = 0; i < n; i++)
	{
		if (rows[i]->kind == GQLE_IN_OBJECT)
			collect_nested(tables, rows[i]);
	}
}

/* A copy of a row, or of a value in it, that does without the schema. */
static GqleInput *
keep_input(const GqleInput *input)
{
	GqleInput  *kept = palloc(sizeof(GqleInput));
	int			i;

	check_stack_depth();
	*kept = *input;
	if (input->kind == GQLE_IN_ENUM)
	{
		GqleEnumValue *value = palloc(sizeof(GqleEnumValue));

		*value = *input->value;
		value->name = pstrdup(value->name);
		kept->value = value;
	}
	else if (input->kind == GQLE_IN_LIST)
	{
		kept->items = palloc(sizeof(GqleInput *) * Max(input->n, 1));
		for (i = 0; i < input->n; i++)
			kept->items[i] = keep_input(input->items[i]);
	}
	else if (input->kind == GQLE_IN_OBJECT)
	{
		kept->entries = palloc(sizeof(GqleInputEntry) * Max(input->n, 1));
		for (i = 0; i < input->n; i++)
		{
			GqleInputField *field = palloc(sizeof(GqleInputField));

			*field = *input->entries[i].field;
			kept->entries[i].field = field;
			kept->entries[i].value = keep_input(input->entries[i].value);
		}
	}
	return kept;
}

/* See build_mutation.h. */
void
gqle_plan_insert_hooks(GqleMutationContext *mctx)
{
	const GqleSelection *selection = mctx->selection;
	const GqleInsertPerm *perm = mctx->field->perms->insert;
	const GqleInput *data = gqle_selection_arg(selection, GQLE_INPUT_OBJECTS);
	GqleMutationPlan *plan = mctx->plan;
	List	   *tables = NIL;
	ListCell   *lc;

	if (perm->is_admin)
		return;
	if (data == NULL)
		data = gqle_selection_arg(selection, GQLE_INPUT_OBJECT);
	collect_rows(&tables, perm->table, perm->hook, data);
	plan->hooks = palloc0(sizeof(GqleInputHook) * Max(list_length(tables), 1));
	foreach(lc, tables)
	{
		const TableRows *rows = lfirst(lc);
		GqleInputHook *hook = &plan->hooks[plan->n_hooks++];
		ListCell   *row;

		hook->webhook = rows->webhook;
		hook->form = GQLE_HOOK_ROWS;
		hook->rows = palloc(sizeof(GqleInput *) * Max(list_length(rows->rows), 1));
		foreach(row, rows->rows)
			hook->rows[hook->n_rows++] = keep_input(lfirst(row));
	}
}

/* See build_mutation.h. */
void
gqle_plan_arguments_hook(GqleMutationContext *mctx, const GqleWebhook *webhook)
{
	GqleMutationPlan *plan = mctx->plan;
	GqleInputHook *hook;

	if (webhook == NULL)
		return;
	hook = plan->hooks = palloc0(sizeof(GqleInputHook));
	plan->n_hooks = 1;
	hook->webhook = webhook;
	hook->given = mctx->selection->given;
	switch (mctx->field->kind)
	{
		case GQLE_FIELD_UPDATE_MANY:
			hook->form = GQLE_HOOK_UPDATES;
			break;
		case GQLE_FIELD_DELETE_BY_PK:
			hook->form = GQLE_HOOK_KEY;
			break;
		default:
			hook->form = GQLE_HOOK_ARGUMENTS;
			break;
	}
}
