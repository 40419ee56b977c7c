/*
 * plan_node.c
 *		Global ids of the Relay schema, and the node of one (execution.md §15).
 *
 * An id is base64 of [1, "schema", "table", key...].  It is known when compiling,
 * so which table is meant is, too, and only what is selected of its type is
 * planned.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "gqle/gqle.h"
#include "gqle/net/base64url.h"
#include "gqle/plan/build.h"
#include "gqle/validate/coerce.h"

/* ------------------------------------------------------------------------
 * JSON in base64
 * ------------------------------------------------------------------------ */

/* See build.h.  encode() breaks lines, which clients do not expect. */
GqleSqlExpr *
gqle_plan_base64(GqleSqlExpr *json)
{
	GqleSqlExpr *bytes;
	GqleSqlExpr *text;

	bytes = gqle_sql_function("pg_catalog", "convert_to",
							  list_make2(gqle_sql_cast(json, "text"),
										 gqle_sql_string("UTF8")));
	text = gqle_sql_function("pg_catalog", "encode",
							 list_make2(bytes, gqle_sql_string("base64")));
	return gqle_sql_function("pg_catalog", "translate",
							 list_make3(text,
										gqle_sql_function("pg_catalog", "chr",
														  list_make1(gqle_sql_integer('\n'))),
										gqle_sql_string("")));
}

/* Bytes as the characters of these numbers, which is how Hasura prints them. */
static char *
show_bytes(const unsigned char *bytes, int len)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	for (i = 0; i < len; i++)
	{
		if (bytes[i] < 0x80)
			appendStringInfoChar(&out, bytes[i]);
		else
		{
			appendStringInfoChar(&out, 0xc0 | (bytes[i] >> 6));
			appendStringInfoChar(&out, 0x80 | (bytes[i] & 0x3f));
		}
	}
	return out.data;
}

/* See build.h.  *rest gets the text from where it could not be read on. */
GqleJson *
gqle_plan_read_base64(const char *text, const char **rest)
{
	int			len = strlen(text);
	unsigned char *bytes = palloc(GQLE_BASE64URL_MAX(len) + 1);
	int			n = gqle_base64url_decode_lenient(text, len, bytes);
	GqleJsonError error = {0};
	GqleJson   *json;

	n = Max(n, 0);
	bytes[n] = '\0';
	json = gqle_json_parse((char *) bytes, n, &error);
	if (json == NULL && rest != NULL)
	{
		int			offset = Min(Max(error.offset, 0), n);

		*rest = show_bytes(bytes + offset, n - offset);
	}
	return json;
}

/* ------------------------------------------------------------------------
 * Ids
 * ------------------------------------------------------------------------ */

/* See build.h. */
GqleSqlExpr *
gqle_plan_node_id(GqlePlanContext *ctx, GqlePlanRow *row)
{
	const GqleUniqueKey *key = row->table->primary_key;
	List	   *parts;
	int			i;

	parts = list_make3(gqle_sql_integer(1), gqle_sql_string(row->table->schema),
					   gqle_sql_string(row->table->name));
	for (i = 0; i < key->n_columns; i++)
		parts = lappend(parts, gqle_row_column(ctx, row, key->columns[i]));
	return gqle_plan_base64(gqle_sql_function("pg_catalog", "json_build_array", parts));
}

static bool
report_id(GqlePlanContext *ctx, const GqleSelection *selection, const char *message)
{
	return gqle_error_report(ctx->sink, GQLE_ERR_VALIDATION_FAILED,
							 psprintf("%s.args.id", selection->path),
							 "invalid node id: %s", message);
}

/* What is wrong with the form of an id, or NULL. */
static const char *
check_form(const GqleJson *id)
{
	StringInfoData number;

	if (id->kind != GQLE_JSON_ARRAY)
		return psprintf("Error in $: parsing node id failed, expected Array, but encountered %s",
						gqle_json_kind_name(id));
	if (id->n == 0 || id->items[0]->kind != GQLE_JSON_NUMBER)
		return "Error in $: unexpected GUID format, needs to start with a version number";
	initStringInfo(&number);
	gqle_coerce_append_number(&number, id->items[0]->text);
	if (strcmp(number.data, "1") != 0 && strcmp(number.data, "1.0") != 0)
		return psprintf("Error in $: unsupported GUID version: %s%s", number.data,
						strpbrk(number.data, ".e") == NULL ? ".0" : "");
	if (id->n < 4 || id->items[1]->kind != GQLE_JSON_STRING ||
		id->items[2]->kind != GQLE_JSON_STRING)
		return "Error in $: GUID version 1: expecting schema name, table name and at least one column value";
	return NULL;
}

/* Does the id have as many values as the key has columns?  What is wrong, or NULL. */
static const char *
check_values(const GqleJson *id, const GqleUniqueKey *key)
{
	int			n = id->n - 3;
	StringInfoData list;
	int			i;

	initStringInfo(&list);
	if (n < key->n_columns)
	{
		for (i = n; i < key->n_columns; i++)
			appendStringInfo(&list, "%s'%s'", i > n ? ", " : "", key->columns[i]->name);
		return psprintf("primary key columns [%s] are missing", list.data);
	}
	if (n > key->n_columns)
	{
		for (i = key->n_columns; i < n; i++)
			appendStringInfo(&list, "%s%s", i > key->n_columns ? ", " : "",
							 gqle_json_to_text(id->items[i + 3]));
		return psprintf("unexpected column values [%s]", list.data);
	}
	return NULL;
}

/* The id's value of a key column as a parameter; NULL after reporting. */
static GqleSqlExpr *
make_value(GqlePlanContext *ctx, const GqleSelection *selection, const GqleColumn *column,
		   const GqleJson *value)
{
	GqleLeaf   *leaf = gqle_leaf_const(column->scalar, false, value, selection->path);
	GqleErrorSink sink = {0};

	if (!gqle_coerce_check_leaf(leaf, NULL, &sink))
	{
		gqle_error_report(ctx->sink, GQLE_ERR_PARSE_FAILED, selection->path,
						  "value of column '%s' in node id: %s", column->name,
						  sink.error.message);
		return NULL;
	}
	return gqle_params_add(ctx->params, leaf);
}

/* A table of nodes that the role can have, or NULL: no matter why. */
static GqleTable *
lookup_node_table(GqlePlanContext *ctx, const char *schema, const char *name)
{
	GqleTable  *table = gqle_catalog_lookup_table(ctx->schema->catalog, schema, name);

	if (table == NULL || table->primary_key == NULL ||
		gqle_permission_get(ctx->schema->catalog, table, ctx->schema->role)->select == NULL)
		return NULL;
	return table;
}

/* The table and values of an id; NULL after reporting. */
static GqleTable *
find_table(GqlePlanContext *ctx, const GqleSelection *selection, const GqleJson **id)
{
	const GqleInput *input = gqle_selection_arg(selection, GQLE_INPUT_NODE_ID);
	const char *rest = NULL;
	const char *problem;
	GqleTable  *table;

	*id = gqle_plan_read_base64(input->text, &rest);
	if (*id == NULL && rest[0] == '\0')
		problem = "Error in $: not enough input";
	else if (*id == NULL)
		problem = psprintf("Error in $: Failed reading: not a valid json value at '%s'", rest);
	else
		problem = check_form(*id);
	if (problem != NULL)
	{
		report_id(ctx, selection, problem);
		return NULL;
	}
	table = lookup_node_table(ctx, (*id)->items[1]->text, (*id)->items[2]->text);
	if (table == NULL)
	{
		report_id(ctx, selection, psprintf("no such table found: '%s.%s'",
										   (*id)->items[1]->text, (*id)->items[2]->text));
		return NULL;
	}
	problem = check_values(*id, table->primary_key);
	if (problem != NULL)
	{
		report_id(ctx, selection, problem);
		return NULL;
	}
	return table;
}

/* ------------------------------------------------------------------------
 * node(id)
 * ------------------------------------------------------------------------ */

/* What the selection says of rows of the table. */
GqleSelection
gqle_plan_narrow(const GqleSelection *selection, const GqleTable *table)
{
	GqleSelection narrow = *selection;
	int			i;

	narrow.n_types = 0;
	for (i = 0; i < selection->n_types; i++)
	{
		if (selection->types[i].type->table == table)
		{
			narrow.n_children = selection->types[i].n_children;
			narrow.children = selection->types[i].children;
		}
	}
	return narrow;
}

/* See build.h. */
GqleStatement *
gqle_plan_by_values(GqlePlanContext *ctx, const GqleSelection *selection,
					const GqleTable *table, const GqleSelectPerm *perm, List *values)
{
	GqleSelection narrow = gqle_plan_narrow(selection, table);
	GqleTemplate *template = gqle_template_make();
	GqleRowsSpec spec = {0};
	GqleRowsPlan plan;
	ListCell   *lc;
	int			i;

	spec.selection = selection;
	spec.objects = &narrow;
	spec.table = table;
	spec.perm = perm;
	spec.alias = gqle_plan_alias(ctx, NULL, selection->response_key);
	spec.by_key = true;
	ctx->n_correlated++;		/* one row: nothing to gain by grouping */
	gqle_plan_rows(ctx, &spec, &plan);
	for (i = 0; i < table->primary_key->n_columns; i++)
	{
		const GqleColumn *column = table->primary_key->columns[i];

		gqle_sql_add_where(plan.base,
						   gqle_sql_operator("=", gqle_row_column(ctx, plan.row, column),
											 list_nth(values, i)));
	}
	gqle_plan_object(ctx, template, plan.row, &narrow);
	gqle_plan_rows_finish(ctx, &spec, &plan);
	foreach(lc, template->values)
		gqle_sql_add_target(plan.top, lfirst(lc), NULL);
	return gqle_plan_finish(ctx, gqle_sql_statement(plan.top, NULL), GQLE_RESULT_ROW,
							template->text.data);
}

/* See build.h. */
GqleStatement *
gqle_plan_node(GqlePlanContext *ctx, const GqleSelection *selection)
{
	const GqleJson *id;
	GqleTable  *table = find_table(ctx, selection, &id);
	const GqleSelectPerm *perm;
	List	   *values = NIL;
	int			i;

	if (table == NULL)
		return NULL;
	for (i = 0; i < table->primary_key->n_columns; i++)
	{
		GqleSqlExpr *value = make_value(ctx, selection, table->primary_key->columns[i],
										id->items[i + 3]);

		if (value == NULL)
			return NULL;
		values = lappend(values, value);
	}
	perm = gqle_permission_get(ctx->schema->catalog, table, ctx->schema->role)->select;
	return gqle_plan_by_values(ctx, selection, table, perm, values);
}
