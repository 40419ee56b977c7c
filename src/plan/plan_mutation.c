/*
 * plan_mutation.c
 *		Root fields of mutations: the answer, and what all writes share.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "gqle/gqle.h"
#include "gqle/base/json_write.h"
#include "gqle/plan/build_mutation.h"

/* ------------------------------------------------------------------------
 * Writes
 * ------------------------------------------------------------------------ */

/* See build_mutation.h. */
void
gqle_write_begin(GqleWriteContext *wctx, GqleMutationContext *mctx,
				 GqleSqlWriteKind kind, const GqleTable *table,
				 const GqleSelectPerm *select, const char *alias)
{
	GqlePlanContext *ctx = &wctx->ctx;

	gqle_plan_context_init(ctx, mctx->schema, mctx->sink);
	gqle_plan_alias(ctx, NULL, "excluded"); /* has its own meaning in INSERT */
	wctx->row = gqle_row_make(table, select,
							  gqle_plan_alias(ctx, NULL, alias ? alias : table->name),
							  NULL);
	wctx->row->join_mode = GQLE_JOIN_NEVER;
	wctx->write = gqle_sql_write(kind, table->schema, table->name, wctx->row->alias);
}

/* See build_mutation.h. */
void
gqle_write_add_filter(GqleWriteContext *wctx, const GqleBoolExp *filter)
{
	GqleSqlExpr *condition = gqle_perm_filter(&wctx->ctx, filter, wctx->row);

	wctx->write->where = wctx->write->where == NULL ? condition :
		gqle_sql_and(list_make2(wctx->write->where, condition));
}

/* See build_mutation.h. */
void
gqle_write_add_where(GqleWriteContext *wctx, const GqleInput *where)
{
	GqleSqlExpr *condition;

	if (where == NULL)
		return;
	condition = gqle_boolexp_to_sql(&wctx->ctx,
									gqle_boolexp_from_input(&wctx->ctx, where),
									wctx->row, false);
	wctx->write->where = wctx->write->where == NULL ? condition :
		gqle_sql_and(list_make2(wctx->write->where, condition));
}

/* See build_mutation.h. */
void
gqle_write_add_key(GqleWriteContext *wctx, const GqleColumn *column,
				   const GqleInput *value)
{
	GqleSqlExpr *condition =
		gqle_sql_operator("=", gqle_row_cell(&wctx->ctx, wctx->row, column),
						  gqle_plan_value(&wctx->ctx, value, column->scalar));

	wctx->write->where = wctx->write->where == NULL ? condition :
		gqle_sql_and(list_make2(wctx->write->where, condition));
}

/* See build_mutation.h. */
void
gqle_write_add_presets(GqleWriteContext *wctx, const GqleUpdatePerm *perm)
{
	int			i;

	for (i = 0; i < perm->n_presets; i++)
	{
		const GqlePreset *preset = &perm->presets[i];

		wctx->write->set =
			lappend(wctx->write->set,
					gqle_sql_assignment(preset->column->name,
										gqle_params_add(wctx->ctx.params, preset->leaf)));
	}
}

/*
 * Append the templates of the answer's lists to a statement's values; returns
 * these.
 */
static List *
append_lists(GqlePlanContext *ctx, GqleMutationContext *mctx, GqlePlanRow *row,
			 List *values, GqleMutationWrite *write)
{
	int			i;

	write->n_templates = mctx->plan->n_lists;
	write->templates = palloc(Max(write->n_templates, 1) * sizeof(char *));
	for (i = 0; i < write->n_templates; i++)
	{
		GqleTemplate *template = gqle_template_make();

		template->values = values;
		gqle_plan_object(ctx, template, row, mctx->lists[i]);
		write->templates[i] = template->text.data;
		values = template->values;
	}
	return values;
}

static List *
make_targets(List *values)
{
	GqleSqlSelect *select = gqle_sql_select();
	ListCell   *lc;

	foreach(lc, values)
		gqle_sql_add_target(select, lfirst(lc), NULL);
	return select->targets;
}

/* See build_mutation.h. */
void
gqle_write_finish(GqleWriteContext *wctx, GqleMutationContext *mctx, GqleSqlExpr *check,
				  List *keys, bool is_answer, GqleMutationWrite *write)
{
	GqleTable  *table = unconstify(GqleTable *, wctx->row->table);
	List	   *values = NIL;

	write->check_column = write->row_column = -1;
	if (check && !gqle_sql_is_true(check))
	{
		write->check_column = 0;
		values = lappend(values, check);
	}
	if (is_answer && mctx->plan->reread)
	{
		write->row_column = list_length(values);
		values = lappend(values,
						 gqle_sql_cast(gqle_row_whole(&wctx->ctx, wctx->row),
									   quote_qualified_identifier(table->schema,
																  table->name)));
	}
	write->first_key = list_length(values);
	values = list_concat(values, keys);
	if (is_answer && mctx->plan->reread == NULL)
		values = append_lists(&wctx->ctx, mctx, wctx->row, values, write);

	write->has_returning = values != NIL;
	wctx->write->returning = make_targets(values);
	write->statement = gqle_plan_finish(&wctx->ctx,
										gqle_sql_statement(NULL, wctx->write),
										GQLE_RESULT_LIST, NULL);
}

/* ------------------------------------------------------------------------
 * The answer
 * ------------------------------------------------------------------------ */

static char *
quote_json(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_json_write_cstring(&out, text);
	return out.data;
}

/* The fields of a T_mutation_response. */
static void
plan_parts(GqleMutationContext *mctx)
{
	const GqleSelection *selection = mctx->selection;
	GqleMutationPlan *plan = mctx->plan;
	int			i;

	plan->n_parts = selection->n_children;
	plan->parts = palloc0(Max(plan->n_parts, 1) * sizeof(GqleResponsePart));
	mctx->lists = palloc0(Max(plan->n_parts, 1) * sizeof(GqleSelection *));
	for (i = 0; i < plan->n_parts; i++)
	{
		const GqleSelection *child = selection->children[i];
		GqleResponsePart *part = &plan->parts[i];

		part->key = pstrdup(child->response_key);
		switch (child->field->kind)
		{
			case GQLE_FIELD_TYPENAME:
				part->kind = GQLE_PART_TEXT;
				part->text = quote_json(child->parent->name);
				break;
			case GQLE_FIELD_AFFECTED_ROWS:
				part->kind = GQLE_PART_AFFECTED_ROWS;
				break;
			default:
				part->kind = GQLE_PART_LIST;
				part->list = plan->n_lists;
				mctx->lists[plan->n_lists++] = child;
				break;
		}
	}
}

/* Does any list have a relationship at its first level? */
static bool
has_relationships(const GqleMutationContext *mctx)
{
	int			i,
				j;

	for (i = 0; i < mctx->plan->n_lists; i++)
	{
		for (j = 0; j < mctx->lists[i]->n_children; j++)
		{
			GqleFieldKind kind = mctx->lists[i]->children[j]->field->kind;

			if (kind == GQLE_FIELD_OBJECT_REL || kind == GQLE_FIELD_ARRAY_REL ||
				kind == GQLE_FIELD_ARRAY_REL_AGGREGATE)
				return true;
		}
	}
	return false;
}

/* Does the answer need a second statement? */
static bool
needs_reread(const GqleMutationContext *mctx)
{
	const GqleInput *objects;

	if (mctx->plan->n_lists == 0)
		return false;
	if (has_relationships(mctx))
		return true;
	objects = gqle_selection_arg(mctx->selection, GQLE_INPUT_OBJECTS);
	if (objects == NULL)
		objects = gqle_selection_arg(mctx->selection, GQLE_INPUT_OBJECT);
	return objects && gqle_insert_is_nested(objects);
}

/* SELECT ... FROM unnest($1::t[]) */
static void
plan_reread(GqleMutationContext *mctx)
{
	GqleMutationWrite *reread = palloc0(sizeof(GqleMutationWrite));
	const GqleTable *table = mctx->field->table;
	GqleSqlSelect *select = gqle_sql_select();
	Oid			row_type = get_rel_type_id(table->relid);
	GqlePlanContext ctx;
	GqleSqlExpr *rows;
	GqlePlanRow *row;
	List	   *values;

	gqle_plan_context_init(&ctx, mctx->schema, mctx->sink);
	rows = gqle_params_add_given(ctx.params, get_array_type(row_type),
								 psprintf("%s[]",
										  quote_qualified_identifier(table->schema,
																	 table->name)));
	row = gqle_row_make(table, mctx->field->perms->select,
						gqle_plan_alias(&ctx, NULL, mctx->selection->response_key),
						select);
	row->join_mode = GQLE_JOIN_NEVER;	/* keeps their order */
	gqle_sql_add_from(select,
					  gqle_sql_from_function(gqle_sql_function("pg_catalog", "unnest",
															   list_make1(rows)),
											 row->alias),
					  GQLE_SQL_JOIN_FIRST, NULL);
	values = append_lists(&ctx, mctx, row, NIL, reread);
	select->targets = make_targets(values);
	reread->check_column = reread->row_column = -1;
	reread->has_returning = true;
	reread->statement = gqle_plan_finish(&ctx, gqle_sql_statement(select, NULL),
										 GQLE_RESULT_LIST, NULL);
	mctx->plan->reread = reread;
	mctx->plan->row_type = row_type;
}

static void
plan_answer(GqleMutationContext *mctx)
{
	GqleMutationPlan *plan = mctx->plan;

	switch (mctx->field->kind)
	{
		case GQLE_FIELD_INSERT_ONE:
		case GQLE_FIELD_UPDATE_BY_PK:
		case GQLE_FIELD_DELETE_BY_PK:
			plan->form = GQLE_MUTATION_ROW;
			plan->n_lists = 1;
			mctx->lists = palloc(sizeof(GqleSelection *));
			mctx->lists[0] = mctx->selection;
			break;
		case GQLE_FIELD_UPDATE_MANY:
			plan->form = GQLE_MUTATION_RESPONSES;
			plan_parts(mctx);
			break;
		default:
			plan->form = GQLE_MUTATION_RESPONSE;
			plan_parts(mctx);
			break;
	}
	if (needs_reread(mctx))
		plan_reread(mctx);
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

static void
plan_call(GqleMutationContext *mctx)
{
	GqlePlanContext ctx;

	gqle_plan_context_init(&ctx, mctx->schema, mctx->sink);
	mctx->plan->form = GQLE_MUTATION_CALL;
	mctx->plan->call = gqle_plan_function(&ctx, mctx->selection);
}

/* See build.h. */
GqleMutationPlan *
gqle_plan_mutation(GqleSchema *schema, const GqleSelection *selection,
				   GqleErrorSink *sink)
{
	GqleMutationPlan *plan = palloc0(sizeof(GqleMutationPlan));
	GqleMutationContext mctx = {schema, sink, selection, selection->field, plan, NULL};

	plan->error_path = "$";
	if (selection->field->kind == GQLE_FIELD_FUNCTION)
		plan_call(&mctx);
	else
	{
		plan_answer(&mctx);
		switch (selection->field->kind)
		{
			case GQLE_FIELD_INSERT:
			case GQLE_FIELD_INSERT_ONE:
				gqle_plan_insert(&mctx);
				break;
			case GQLE_FIELD_UPDATE:
			case GQLE_FIELD_UPDATE_BY_PK:
			case GQLE_FIELD_UPDATE_MANY:
				gqle_plan_update(&mctx);
				break;
			default:
				gqle_plan_delete(&mctx);
				break;
		}
	}
	return sink->has_error ? NULL : plan;
}

/* ------------------------------------------------------------------------
 * Looking at plans
 * ------------------------------------------------------------------------ */

static List *
add_writes(List *statements, const GqleMutationWrite *writes, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (writes[i].statement)
			statements = lappend(statements, writes[i].statement);
	return statements;
}

static List *
add_level(List *statements, const GqleInsertLevel *level)
{
	int			i;

	for (i = 0; i < level->n_before; i++)
		statements = add_level(statements, level->before[i]);
	statements = add_writes(statements, level->writes, level->n_writes);
	for (i = 0; i < level->n_after; i++)
		statements = add_level(statements, level->after[i]);
	return statements;
}

/* See plan_mutation.h. */
List *
gqle_plan_mutation_statements(const GqleMutationPlan *plan)
{
	List	   *statements = NIL;

	if (plan->form == GQLE_MUTATION_TEXT)
		return NIL;
	if (plan->form == GQLE_MUTATION_CALL)
		return list_make1(plan->call);
	if (plan->level)
		statements = add_level(statements, plan->level);
	statements = add_writes(statements, plan->writes, plan->n_writes);
	if (plan->reread)
		statements = add_writes(statements, plan->reread, 1);
	return statements;
}
