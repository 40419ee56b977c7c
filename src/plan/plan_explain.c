/*
 * plan_explain.c
 *		What a role may do with a table, as SQL for people.
 *
 * The statements are made by the code that makes those of requests, from the
 * same rules: inherited roles combined, cells masked.
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"

/* What a parameter stands for: a session variable or a constant. */
static void
append_parameters(StringInfo out, const GqleStatement *statement)
{
	int			i;

	for (i = 0; i < statement->n_params; i++)
	{
		const GqleLeaf *leaf = statement->params[i].leaf;

		appendStringInfo(out, "-- $%d: ", i + 1);
		if (leaf->source == GQLE_LEAF_SESSION)
			appendStringInfo(out, "%s\n", leaf->session_name);
		else if (leaf->source == GQLE_LEAF_SESSION_JSON)
			appendStringInfoString(out, "all session variables\n");
		else
			appendStringInfo(out, "%s\n", gqle_json_to_text(leaf->value));
	}
}

/* The cells of some columns of the rows that a rule leaves. */
static void
append_rows(StringInfo out, GqleSchema *schema, const GqleTable *table,
			const Bitmapset *columns, const GqleSelectPerm *mask,
			const GqleBoolExp *filter, int64 limit)
{
	GqleErrorSink sink = {0};
	GqlePlanContext ctx;
	GqleSqlSelect *select = gqle_sql_select();
	GqleStatement *statement;
	GqlePlanRow *row;
	int			column = -1;

	gqle_plan_context_init(&ctx, schema, &sink);
	row = gqle_row_make(table, mask, gqle_plan_alias(&ctx, NULL, table->name), select);
	gqle_sql_add_from(select, gqle_row_from(&ctx, row), GQLE_SQL_JOIN_FIRST, NULL);
	while ((column = bms_next_member(columns, column)) >= 0)
		gqle_sql_add_target(select, gqle_row_cell(&ctx, row, table->columns[column]),
							table->columns[column]->name);
	if (select->targets == NIL)
		gqle_sql_add_target(select, gqle_sql_integer(1), NULL);
	gqle_sql_add_where(select, gqle_perm_filter(&ctx, filter, row));
	if (limit >= 0)
		gqle_sql_set_limit(select, limit);
	statement = gqle_plan_finish(&ctx, gqle_sql_statement(select, NULL), GQLE_RESULT_LIST,
								 NULL);
	appendStringInfo(out, "%s\n", gqle_plan_pretty_sql(statement));
	append_parameters(out, statement);
}

static void
append_presets(StringInfo out, const GqlePreset *presets, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		const GqleLeaf *leaf = presets[i].leaf;

		appendStringInfo(out, "-- %s is always ", presets[i].column->name);
		if (leaf->source == GQLE_LEAF_SESSION)
			appendStringInfo(out, "%s\n", leaf->session_name);
		else
			appendStringInfo(out, "%s\n", gqle_json_to_text(leaf->value));
	}
}

static bool
append_select(StringInfo out, GqleSchema *schema, const GqleSelectPerm *perm)
{
	if (perm == NULL)
		return false;
	appendStringInfoString(out, "-- rows that are seen\n");
	append_rows(out, schema, perm->table, perm->columns, perm, perm->filter, perm->limit);
	return true;
}

static bool
append_insert(StringInfo out, GqleSchema *schema, const GqleInsertPerm *perm)
{
	if (perm == NULL)
		return false;
	appendStringInfoString(out, "-- rows as they must be when inserted\n");
	append_rows(out, schema, perm->table, perm->columns, NULL, perm->check, -1);
	append_presets(out, perm->presets, perm->n_presets);
	return true;
}

static bool
append_update(StringInfo out, GqleSchema *schema, const GqleUpdatePerm *perm)
{
	if (perm == NULL)
		return false;
	appendStringInfoString(out, "-- rows that can be updated\n");
	append_rows(out, schema, perm->table, perm->columns, NULL, perm->filter, -1);
	if (perm->check != NULL)
	{
		appendStringInfoString(out, "-- rows as they must be afterwards\n");
		append_rows(out, schema, perm->table, perm->columns, NULL, perm->check, -1);
	}
	append_presets(out, perm->presets, perm->n_presets);
	return true;
}

static bool
append_delete(StringInfo out, GqleSchema *schema, const GqleDeletePerm *perm)
{
	if (perm == NULL)
		return false;
	appendStringInfoString(out, "-- rows that can be deleted\n");
	append_rows(out, schema, perm->table, NULL, NULL, perm->filter, -1);
	return true;
}

/* See plan.h. */
bool
gqle_plan_append_permission(StringInfo out, GqleSchema *schema, GqleTable *table,
							GqlePermissionKind kind)
{
	const GqleTablePerms *perms = gqle_permission_get(schema->catalog, table, schema->role);

	switch (kind)
	{
		case GQLE_PERMISSION_SELECT:
			return append_select(out, schema, perms->select);
		case GQLE_PERMISSION_INSERT:
			return append_insert(out, schema, perms->insert);
		case GQLE_PERMISSION_UPDATE:
			return append_update(out, schema, perms->update);
		case GQLE_PERMISSION_DELETE:
			return append_delete(out, schema, perms->del);
	}
	return false;
}
