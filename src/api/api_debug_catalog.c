/*
 * api_debug_catalog.c
 *		What the catalog knows, as JSON: gqle_internal.catalog_dump and
 *		gqle_internal.catalog_problems.
 *
 * Meant for people and tests: OIDs and estimates are left out.
 */
#include "gqle/gqle.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "miscadmin.h"

#include "gqle/base/json_write.h"
#include "gqle/catalog/catalog.h"
#include "gqle/catalog/permission.h"
#include "gqle/catalog/roles.h"

PG_FUNCTION_INFO_V1(gqle_sql_catalog_dump);
PG_FUNCTION_INFO_V1(gqle_sql_catalog_problems);
PG_FUNCTION_INFO_V1(gqle_sql_catalog_generation);

/* ------------------------------------------------------------------------
 * Writing JSON
 * ------------------------------------------------------------------------ */

static void
add_string(StringInfo out, bool *first, const char *key, const char *value)
{
	if (value == NULL)
		return;
	gqle_json_write_key(out, key, first);
	gqle_json_write_cstring(out, value);
}

/* A flag is shown only if it is set. */
static void
add_flag(StringInfo out, bool *first, const char *key, bool value)
{
	if (!value)
		return;
	gqle_json_write_key(out, key, first);
	appendStringInfoString(out, "true");
}

static void
begin_item(StringInfo out, int index)
{
	appendStringInfoString(out, index > 0 ? ",\n  " : "\n  ");
}

static void
add_columns(StringInfo out, bool *first, const char *key, int n, const GqleColumn **columns)
{
	gqle_json_write_key(out, key, first);
	appendStringInfoChar(out, '[');
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ',');
		gqle_json_write_cstring(out, columns[i]->name);
	}
	appendStringInfoChar(out, ']');
}

/* ------------------------------------------------------------------------
 * Boolean expressions, as text
 * ------------------------------------------------------------------------ */

static void append_exp(StringInfo out, const GqleBoolExp *exp);

static void
append_leaf(StringInfo out, const GqleLeaf *leaf)
{
	switch (leaf->source)
	{
		case GQLE_LEAF_CONST:
			gqle_json_append(out, leaf->value);
			break;
		case GQLE_LEAF_SESSION:
			appendStringInfoString(out, leaf->session_name);
			break;
		case GQLE_LEAF_SESSION_JSON:
			appendStringInfoString(out, "session");
			break;
		case GQLE_LEAF_VARIABLE:
		case GQLE_LEAF_TEMPLATE:
			appendStringInfoString(out, "?");
			break;
	}
	appendStringInfo(out, "::%s%s", leaf->scalar->sql_name, leaf->is_list ? "[]" : "");
}

static void
append_compare(StringInfo out, const GqleBoolExp *exp)
{
	appendStringInfoString(out, exp->column ? exp->column->name :
						   exp->computed_field ? exp->computed_field->name : "result");
	if (exp->cast_sql_name != NULL)
		appendStringInfo(out, "::%s", exp->cast_sql_name);
	appendStringInfo(out, " %s%s", exp->op->name, exp->null_safe ? "? " : " ");
	switch (exp->rhs_kind)
	{
		case GQLE_RHS_NONE:
			appendStringInfoString(out, exp->boolean ? "true" : "false");
			break;
		case GQLE_RHS_LEAF:
			append_leaf(out, exp->rhs);
			break;
		case GQLE_RHS_COLUMN:
			appendStringInfo(out, "%s%s", exp->rhs_scope == GQLE_SCOPE_ROOT ? "$." : "",
							 exp->rhs_column->name);
			break;
	}
	for (int i = 0; i < exp->n_more; i++)
	{
		appendStringInfoString(out, ", ");
		append_leaf(out, exp->more[i]);
	}
}

static void
append_children(StringInfo out, const GqleBoolExp *exp, const char *word)
{
	appendStringInfo(out, "%s(", word);
	for (int i = 0; i < exp->n_children; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		append_exp(out, exp->children[i]);
	}
	appendStringInfoChar(out, ')');
}

static void
append_exp(StringInfo out, const GqleBoolExp *exp)
{
	check_stack_depth();
	switch (exp->kind)
	{
		case GQLE_BOOL_AND:
			if (exp->n_children == 0)
				appendStringInfoString(out, "true");
			else
				append_children(out, exp, "and");
			break;
		case GQLE_BOOL_OR:
			append_children(out, exp, "or");
			break;
		case GQLE_BOOL_NOT:
			append_children(out, exp, "not");
			break;
		case GQLE_BOOL_COMPARE:
			append_compare(out, exp);
			break;
		case GQLE_BOOL_RELATIONSHIP:
			append_children(out, exp, exp->relationship->name);
			break;
		case GQLE_BOOL_EXISTS:
			append_children(out, exp, psprintf("exists %s", exp->table->display));
			break;
		case GQLE_BOOL_COMPUTED_TABLE:
			append_children(out, exp, exp->computed_field->name);
			break;
		case GQLE_BOOL_AGGREGATE:
			append_children(out, exp, "aggregate");
			break;
	}
}

static void
add_exp(StringInfo out, bool *first, const char *key, const GqleBoolExp *exp)
{
	StringInfoData text;

	if (exp == NULL)
		return;
	initStringInfo(&text);
	append_exp(&text, exp);
	add_string(out, first, key, text.data);
}

/* ------------------------------------------------------------------------
 * Parts of a table
 * ------------------------------------------------------------------------ */

static void
append_column(StringInfo out, const GqleColumn *column)
{
	bool		first = true;

	appendStringInfoChar(out, '{');
	add_string(out, &first, "name", column->name);
	if (strcmp(column->name, column->graphql_name) != 0)
		add_string(out, &first, "graphql_name", column->graphql_name);
	add_string(out, &first, "scalar", column->scalar->name);
	add_flag(out, &first, "is_list", gqle_scalar_is_list(column->scalar));
	add_string(out, &first, "sql", column->scalar->sql_name);
	add_flag(out, &first, "not_null", column->not_null);
	add_flag(out, &first, "has_default", column->has_default);
	add_flag(out, &first, "read_only", !column->insertable);
	if (column->enum_table != NULL)
		add_string(out, &first, "enum", column->enum_table->display);
	add_string(out, &first, "description", column->description);
	appendStringInfoChar(out, '}');
}

static void
append_keys(StringInfo out, const GqleTable *table)
{
	for (int i = 0; i < table->n_unique_keys; i++)
	{
		const GqleUniqueKey *key = &table->unique_keys[i];
		bool		first = true;

		begin_item(out, i);
		appendStringInfoChar(out, '{');
		add_string(out, &first, "name", key->name);
		add_columns(out, &first, "columns", key->n_columns, key->columns);
		add_flag(out, &first, "is_primary", key->is_primary);
		add_flag(out, &first, "is_index_only", !key->is_constraint);
		add_flag(out, &first, "is_special", !key->is_plain);
		appendStringInfoChar(out, '}');
	}
}

static void
append_relationships(StringInfo out, const GqleTable *table)
{
	for (int i = 0; i < table->n_relationships; i++)
	{
		const GqleRelationship *rel = table->relationships[i];
		bool		first = true;

		begin_item(out, i);
		appendStringInfoChar(out, '{');
		add_string(out, &first, "name", rel->name);
		add_string(out, &first, "kind", rel->kind == GQLE_REL_OBJECT ? "object" : "array");
		add_string(out, &first, "target", rel->target->display);
		add_columns(out, &first, "columns", rel->n_columns, rel->columns);
		gqle_json_write_key(out, "target_columns", &first);
		appendStringInfoChar(out, '[');
		for (int j = 0; j < rel->n_columns; j++)
		{
			if (j > 0)
				appendStringInfoChar(out, ',');
			gqle_json_write_cstring(out, rel->target_columns[j]);
		}
		appendStringInfoChar(out, ']');
		add_flag(out, &first, "is_nullable", rel->is_nullable);
		add_flag(out, &first, "after_parent", rel->after_parent);
		appendStringInfoChar(out, '}');
	}
}

static void
append_computed_fields(StringInfo out, const GqleTable *table)
{
	for (int i = 0; i < table->n_computed_fields; i++)
	{
		const GqleComputedField *field = table->computed_fields[i];
		bool		first = true;

		begin_item(out, i);
		appendStringInfoChar(out, '{');
		add_string(out, &first, "name", field->name);
		add_string(out, &first, "function", field->function->qualified);
		if (field->function->table != NULL)
			add_string(out, &first, "returns", field->function->table->display);
		else
			add_string(out, &first, "returns", field->function->scalar->name);
		add_string(out, &first, "description", field->description);
		appendStringInfoChar(out, '}');
	}
}

static void
append_roots(StringInfo out, const GqleTable *table)
{
	for (int i = 0; i < GQLE_N_TABLE_ROOTS; i++)
	{
		begin_item(out, i);
		gqle_json_write_cstring(out, table->roots[i].name);
	}
}

/* ------------------------------------------------------------------------
 * Rules
 * ------------------------------------------------------------------------ */

static void
add_column_set(StringInfo out, bool *first, const GqleTable *table, const Bitmapset *set)
{
	int			index = -1;
	int			n = 0;

	gqle_json_write_key(out, "columns", first);
	appendStringInfoChar(out, '[');
	while ((index = bms_next_member(set, index)) >= 0)
	{
		if (n++ > 0)
			appendStringInfoChar(out, ',');
		gqle_json_write_cstring(out, table->columns[index]->name);
	}
	appendStringInfoChar(out, ']');
}

static void
add_presets(StringInfo out, bool *first, int n, const GqlePreset *presets)
{
	for (int i = 0; i < n; i++)
	{
		StringInfoData text;

		initStringInfo(&text);
		append_leaf(&text, presets[i].leaf);
		add_string(out, first, psprintf("set %s", presets[i].column->name), text.data);
	}
}

static void
add_select(StringInfo out, const GqleSelectPerm *perm)
{
	const GqleTable *table = perm->table;
	bool		first = true;
	int			index = -1;

	appendStringInfoChar(out, '{');
	add_column_set(out, &first, table, perm->columns);
	while ((index = bms_next_member(perm->computed_fields, index)) >= 0)
		add_flag(out, &first, psprintf("field %s", table->computed_fields[index]->name), true);
	add_exp(out, &first, "filter", perm->filter);
	for (int i = 0; perm->column_masks != NULL && i < table->n_columns; i++)
		add_exp(out, &first, psprintf("mask %s", table->columns[i]->name),
				perm->column_masks[i]);
	for (int i = 0; perm->computed_masks != NULL && i < table->n_computed_fields; i++)
		add_exp(out, &first, psprintf("mask %s", table->computed_fields[i]->name),
				perm->computed_masks[i]);
	if (perm->limit >= 0)
		add_string(out, &first, "limit", psprintf(INT64_FORMAT, perm->limit));
	add_flag(out, &first, "allow_aggregations", perm->allow_aggregations);
	gqle_json_write_key(out, "roots", &first);
	appendStringInfo(out, "\"%x %x\"}", perm->query_roots, perm->subscription_roots);
}

static void
append_rules(StringInfo out, const GqleTablePerms *perms)
{
	bool		first = true;

	appendStringInfoChar(out, '{');
	if (perms->select != NULL)
	{
		gqle_json_write_key(out, "select", &first);
		add_select(out, perms->select);
	}
	if (perms->insert != NULL)
	{
		const GqleInsertPerm *perm = perms->insert;
		bool		inner = true;

		gqle_json_write_key(out, "insert", &first);
		appendStringInfoChar(out, '{');
		add_column_set(out, &inner, perm->table, perm->columns);
		add_exp(out, &inner, "check", perm->check);
		add_presets(out, &inner, perm->n_presets, perm->presets);
		add_flag(out, &inner, "backend_only", perm->backend_only);
		appendStringInfoChar(out, '}');
	}
	if (perms->update != NULL)
	{
		const GqleUpdatePerm *perm = perms->update;
		bool		inner = true;

		gqle_json_write_key(out, "update", &first);
		appendStringInfoChar(out, '{');
		add_column_set(out, &inner, perm->table, perm->columns);
		add_exp(out, &inner, "filter", perm->filter);
		add_exp(out, &inner, "check", perm->check);
		add_presets(out, &inner, perm->n_presets, perm->presets);
		add_flag(out, &inner, "backend_only", perm->backend_only);
		appendStringInfoChar(out, '}');
	}
	if (perms->del != NULL)
	{
		bool		inner = true;

		gqle_json_write_key(out, "delete", &first);
		appendStringInfoChar(out, '{');
		add_exp(out, &inner, "filter", perms->del->filter);
		add_flag(out, &inner, "backend_only", perms->del->backend_only);
		appendStringInfoChar(out, '}');
	}
	appendStringInfoChar(out, '}');
}

/* Rules of every role that has some, admin left out. */
static void
append_permissions(StringInfo out, GqleCatalog *catalog, GqleTable *table)
{
	const char **roles;
	int			n_roles;
	bool		first = true;

	roles = gqle_catalog_roles(catalog, &n_roles);
	for (int i = 0; i < n_roles; i++)
	{
		const GqleTablePerms *perms = gqle_permission_get(catalog, table, roles[i]);

		if (perms->select == NULL && perms->insert == NULL && perms->update == NULL &&
			perms->del == NULL)
			continue;
		appendStringInfoString(out, first ? "\n  " : ",\n  ");
		first = true;
		gqle_json_write_key(out, roles[i], &first);
		append_rules(out, perms);
	}
}

/* ------------------------------------------------------------------------
 * Entries
 * ------------------------------------------------------------------------ */

static void
append_table(StringInfo out, GqleCatalog *catalog, GqleTable *table)
{
	bool		first = true;

	appendStringInfoChar(out, '{');
	add_string(out, &first, "table", table->display);
	add_string(out, &first, "type_name", table->type_name);
	add_string(out, &first, "base_name", table->base_name);
	add_string(out, &first, "description", table->description);
	add_flag(out, &first, "is_enum", table->is_enum);
	add_flag(out, &first, "is_insertable", table->is_insertable);
	add_flag(out, &first, "is_updatable", table->is_updatable);
	add_flag(out, &first, "is_deletable", table->is_deletable);
	appendStringInfoString(out, ",\n \"roots\":[");
	append_roots(out, table);
	appendStringInfoString(out, "],\n \"columns\":[");
	for (int i = 0; i < table->n_columns; i++)
	{
		begin_item(out, i);
		append_column(out, table->columns[i]);
	}
	appendStringInfoString(out, "],\n \"keys\":[");
	append_keys(out, table);
	appendStringInfoString(out, "],\n \"relationships\":[");
	append_relationships(out, table);
	appendStringInfoString(out, "],\n \"computed_fields\":[");
	append_computed_fields(out, table);
	appendStringInfoString(out, "],\n \"enum_values\":[");
	for (int i = 0; i < table->n_enum_rows; i++)
	{
		begin_item(out, i);
		gqle_json_write_cstring(out, table->enum_rows[i].value);
	}
	appendStringInfoString(out, "],\n \"permissions\":{");
	append_permissions(out, catalog, table);
	appendStringInfoString(out, "}}");
}

/* gqle_internal.catalog_dump(schema text, table text) returns json */
Datum
gqle_sql_catalog_dump(PG_FUNCTION_ARGS)
{
	GqleCatalog *catalog = gqle_catalog_pin();
	GqleTable  *table = gqle_catalog_lookup_table(catalog,
												  text_to_cstring(PG_GETARG_TEXT_PP(0)),
												  text_to_cstring(PG_GETARG_TEXT_PP(1)));
	StringInfoData out;

	if (table == NULL)
	{
		gqle_catalog_release(catalog);
		PG_RETURN_NULL();
	}
	initStringInfo(&out);
	append_table(&out, catalog, table);
	gqle_catalog_release(catalog);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* gqle_internal.catalog_problems() returns json */
Datum
gqle_sql_catalog_problems(PG_FUNCTION_ARGS)
{
	GqleCatalog *catalog = gqle_catalog_pin();
	GqleJson   *problems = gqle_catalog_inconsistencies(catalog);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '[');
	for (int i = 0; i < problems->n; i++)
	{
		begin_item(&out, i);
		gqle_json_append(&out, problems->items[i]);
	}
	appendStringInfoChar(&out, ']');
	gqle_catalog_release(catalog);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* gqle_internal.catalog_generation() returns bigint */
Datum
gqle_sql_catalog_generation(PG_FUNCTION_ARGS)
{
	GqleCatalog *catalog = gqle_catalog_pin();
	int64		generation = (int64) gqle_catalog_generation(catalog);

	gqle_catalog_release(catalog);
	PG_RETURN_INT64(generation);
}
