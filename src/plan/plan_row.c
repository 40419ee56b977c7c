/*
 * plan_row.c
 *		Rows that expressions refer to, and joins between them.
 *
 * A row is an item of FROM.  The same table's row may be seen from within its
 * select, or from a select around that one; gqle_row_column and its kin give the
 * expression that is right where the row is seen, and make the inner select
 * output what is needed outside.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"

/*
 * From this number of tables or columns on object relationships become
 * subqueries, one column each, instead of joins: Postgres takes 1,664 columns in a
 * row, and its planner's time grows with the square of the tables and worse.
 */
#define MAX_JOINED_TARGETS	800
#define MAX_JOINED_TABLES	24

GqlePlanRow *
gqle_row_make(const GqleTable *table, const GqleSelectPerm *mask, const char *alias,
			  GqleSqlSelect *select)
{
	GqlePlanRow *row = palloc0(sizeof(GqlePlanRow));

	row->table = table;
	row->mask = mask;
	row->alias = alias;
	row->select = select;
	row->columns = palloc0(Max(table->n_columns, 1) * sizeof(GqleSqlExpr *));
	row->cells = palloc0(Max(table->n_columns, 1) * sizeof(GqleSqlExpr *));
	return row;
}

GqlePlanRow *
gqle_row_through(GqlePlanRow *origin, const char *alias, GqleSqlSelect *select)
{
	GqlePlanRow *row = gqle_row_make(origin->table, origin->mask, alias, select);

	row->origin = origin;
	row->is_stored = origin->is_stored;
	row->relationship = origin->relationship;
	return row;
}

GqleSqlFrom *
gqle_row_from(GqlePlanContext *ctx, const GqlePlanRow *row)
{
	if (row->table->native != NULL)
		return gqle_plan_native_from(ctx, row->table->native, NULL, row->alias);
	return gqle_sql_from_table(row->table->schema, row->table->name, row->alias);
}

/* ------------------------------------------------------------------------
 * Columns
 * ------------------------------------------------------------------------ */

/* An expression over the origin as a column of its subquery. */
static GqleSqlExpr *
see_through(GqlePlanRow *row, GqleSqlExpr *inner, const char *wanted)
{
	return gqle_sql_column(row->alias,
						   gqle_sql_output_name(row->origin->select, inner, wanted));
}

GqleSqlExpr *
gqle_row_column(GqlePlanContext *ctx, GqlePlanRow *row, const GqleColumn *column)
{
	GqleSqlExpr **slot = &row->columns[column->index];

	if (*slot == NULL)
	{
		if (row->origin)
			*slot = see_through(row, gqle_row_column(ctx, row->origin, column),
								column->name);
		else
			*slot = gqle_sql_column(row->alias, column->name);
	}
	return *slot;
}

/* Columns whose names GraphQL cannot say are not in the catalog, but may be keys. */
GqleSqlExpr *
gqle_row_column_named(GqlePlanContext *ctx, GqlePlanRow *row, const char *name)
{
	const GqleColumn *column = gqle_table_lookup_column(row->table, name);

	if (column)
		return gqle_row_column(ctx, row, column);
	if (row->origin)
		return see_through(row, gqle_row_column_named(ctx, row->origin, name), name);
	return gqle_sql_column(row->alias, name);
}

/* The condition under which the role sees a cell, or NULL: always. */
static const GqleBoolExp *
lookup_mask(const GqleBoolExp **masks, int index)
{
	const GqleBoolExp *mask = masks ? masks[index] : NULL;

	return mask && !gqle_boolexp_is_true(mask) ? mask : NULL;
}

static GqleSqlExpr *
apply_mask(GqlePlanContext *ctx, GqlePlanRow *row, const GqleBoolExp *mask,
		   GqleSqlExpr *value)
{
	GqleSqlExpr *condition = gqle_boolexp_to_sql(ctx, mask, row, true);

	if (gqle_sql_is_true(condition))
		return value;
	return gqle_sql_case(gqle_sql_marked(ctx->remark, condition), value, NULL);
}

GqleSqlExpr *
gqle_row_cell(GqlePlanContext *ctx, GqlePlanRow *row, const GqleColumn *column)
{
	GqleSqlExpr **slot = &row->cells[column->index];
	const GqleBoolExp *mask = NULL;

	if (*slot)
		return *slot;
	if (row->mask)
		mask = lookup_mask(row->mask->column_masks, column->index);
	if (mask == NULL)
		*slot = gqle_row_column(ctx, row, column);
	else if (row->origin)
		*slot = see_through(row, gqle_row_cell(ctx, row->origin, column), column->name);
	else
		*slot = apply_mask(ctx, row, mask, gqle_row_column(ctx, row, column));
	return *slot;
}

/* See build.h. */
int
gqle_row_cell_number(GqlePlanRow *row, const GqleColumn *column, GqleTemplate *template,
					 GqleSqlExpr *cell)
{
	int		   *number;

	if (row->numbers_of != template)
	{
		row->numbers_of = template;
		row->numbers = palloc0(row->table->n_columns * sizeof(int));
	}
	number = &row->numbers[column->index];
	if (*number == 0)
		*number = gqle_template_add_value(template, cell);
	return *number;
}

/* See build.h. */
int
gqle_row_key_number(GqlePlanContext *ctx, GqlePlanRow *row,
					const GqleRelationship *relationship, GqleTemplate *template)
{
	const char *name = relationship->target_columns[0];
	const GqleColumn *column = gqle_table_lookup_column(row->table, name);
	GqleSqlExpr *key = gqle_row_column_named(ctx, row, name);

	/* a cell may be null by its mask */
	if (column && gqle_row_cell(ctx, row, column) == key)
		return gqle_row_cell_number(row, column, template, key);
	return gqle_template_add_value(template, key);
}

GqleSqlExpr *
gqle_row_whole(GqlePlanContext *ctx, GqlePlanRow *row)
{
	if (row->whole == NULL)
	{
		if (row->origin)
		{
			GqleSqlExpr *inner = gqle_row_whole(ctx, row->origin);

			/* a cast keeps Postgres from spreading the row into columns */
			if (inner->kind == GQLE_SQL_WHOLE_ROW)
				inner = gqle_sql_cast(inner,
									  quote_qualified_identifier(row->table->schema,
																 row->table->name));
			row->whole = see_through(row, inner,
									 psprintf("%s_row", row->origin->alias));
		}
		else
			row->whole = gqle_sql_whole_row(row->alias);
	}
	return row->whole;
}

GqleSqlExpr *
gqle_row_computed(GqlePlanContext *ctx, GqlePlanRow *row, const GqleComputedField *field,
				  const GqleInput *args)
{
	GqleSqlExpr *call = gqle_plan_call(ctx, field->function, row, args);
	const GqleBoolExp *mask = NULL;

	if (row->mask)
		mask = lookup_mask(row->mask->computed_masks, field->index);
	return gqle_row_null_if_absent(ctx, row,
								   mask ? apply_mask(ctx, row, mask, call) : call);
}

/* See build.h. */
GqleSqlExpr *
gqle_row_null_if_absent(GqlePlanContext *ctx, GqlePlanRow *row, GqleSqlExpr *value)
{
	GqleSqlExpr *key;

	if (row->relationship == NULL)
		return value;
	key = gqle_row_column_named(ctx, row, row->relationship->target_columns[0]);
	return gqle_sql_case(gqle_sql_is_null(key, false), value, NULL);
}

/* ------------------------------------------------------------------------
 * Relationships
 * ------------------------------------------------------------------------ */

static bool
is_integer(Oid type_oid)
{
	return type_oid == INT2OID || type_oid == INT4OID || type_oid == INT8OID;
}

/*
 * The value of a join's left side as one of the target's type: what Hasura sends
 * from one database to the other is its JSON.  Integers compare as they are.
 */
static GqleSqlExpr *
convert_key(GqlePlanContext *ctx, GqleSqlExpr *value, Oid type_oid, const GqleTable *target,
			const char *target_column)
{
	const GqleColumn *column;
	GqleSqlExpr *json;

	gqle_catalog_load_table(ctx->schema->catalog, unconstify(GqleTable *, target));
	column = gqle_table_lookup_column(target, target_column);
	if (column == NULL || column->type_oid == type_oid ||
		(is_integer(column->type_oid) && is_integer(type_oid)))
		return value;
	json = gqle_sql_function("pg_catalog", "to_jsonb", list_make1(value));
	return gqle_sql_cast(gqle_sql_operator("#>>", json,
										   gqle_sql_cast(gqle_sql_string("{}"), "text[]")),
						 gqle_sql_type_name(column->scalar));
}

/* See build.h. */
GqleSqlExpr *
gqle_row_join_key(GqlePlanContext *ctx, GqlePlanRow *row,
				  const GqleRelationship *relationship, int index)
{
	const GqleComputedField *computed =
		relationship->computed ? relationship->computed[index] : NULL;
	const GqleColumn *column = relationship->columns[index];
	GqleSqlExpr *key;

	if (computed != NULL)
		key = gqle_plan_call(ctx, computed->function, row, NULL);
	else
		key = gqle_row_column_named(ctx, row, column->name);
	if (!relationship->is_join || relationship->table == NULL)
		return key;
	return convert_key(ctx, key, computed ? computed->function->scalar->type_oid :
					   column->type_oid, relationship->target,
					   relationship->target_columns[index]);
}

/* See build.h. */
GqleSqlExpr *
gqle_row_null_without_key(GqlePlanContext *ctx, GqlePlanRow *row,
						  const GqleRelationship *relationship, GqleSqlExpr *value)
{
	List	   *conditions = NIL;
	int			i;

	if (!relationship->is_join)
		return value;
	for (i = 0; i < relationship->n_columns; i++)
	{
		if (relationship->columns[i] != NULL && relationship->columns[i]->not_null &&
			row->relationship == NULL)
			continue;
		conditions = lappend(conditions,
							 gqle_sql_is_null(gqle_row_join_key(ctx, row, relationship, i),
											  false));
	}
	return conditions == NIL ? value : gqle_sql_case(gqle_sql_and(conditions), value, NULL);
}

List *
gqle_row_join_conditions(GqlePlanContext *ctx, GqlePlanRow *row,
						 const GqleRelationship *relationship, GqlePlanRow *target)
{
	List	   *conditions = NIL;
	int			i;

	for (i = 0; i < relationship->n_columns; i++)
	{
		GqleSqlExpr *theirs = gqle_row_column_named(ctx, target,
													relationship->target_columns[i]);
		GqleSqlExpr *ours = gqle_row_join_key(ctx, row, relationship, i);

		conditions = lappend(conditions, gqle_sql_operator("=", theirs, ours));
	}
	return conditions;
}

static bool
key_is_covered(const GqleUniqueKey *key, const GqleRelationship *relationship)
{
	int			i,
				j;

	if (!key->is_plain)
		return false;
	for (i = 0; i < key->n_columns; i++)
	{
		for (j = 0; j < relationship->n_columns; j++)
		{
			if (strcmp(key->columns[i]->name, relationship->target_columns[j]) == 0)
				break;
		}
		if (j == relationship->n_columns)
			return false;
	}
	return key->n_columns > 0;
}

bool
gqle_relationship_is_unique(GqlePlanContext *ctx, const GqleRelationship *relationship)
{
	GqleTable  *target = relationship->target;
	int			i;

	gqle_catalog_load_table(ctx->schema->catalog, target);
	for (i = 0; i < target->n_unique_keys; i++)
	{
		if (key_is_covered(&target->unique_keys[i], relationship))
			return true;
	}
	return false;
}

static GqlePlanRow *
lookup_join(const GqlePlanRow *row, const GqleRelationship *relationship)
{
	ListCell   *lc;

	foreach(lc, row->joins)
	{
		GqlePlanRow *joined = lfirst(lc);

		if (joined->relationship == relationship)
			return joined;
	}
	return NULL;
}

/* Is there room for another table in the select a join would be made in? */
static bool
can_join(const GqlePlanRow *row)
{
	const GqleSqlSelect *select = NULL;

	switch (row->join_mode)
	{
		case GQLE_JOIN_HERE:
			select = row->select;
			break;
		case GQLE_JOIN_IN_ORIGIN:
			select = row->origin->select;
			break;
		case GQLE_JOIN_NEVER:
			break;
	}
	return select != NULL && list_length(select->targets) < MAX_JOINED_TARGETS &&
		list_length(select->from) < MAX_JOINED_TABLES;
}

/* LEFT JOIN the related row beside this one. */
static GqlePlanRow *
join_here(GqlePlanContext *ctx, GqlePlanRow *row, const GqleRelationship *relationship,
		  const GqleSelectPerm *perm)
{
	GqlePlanRow *target;
	List	   *conditions;

	target = gqle_row_make(relationship->target, perm,
						   gqle_plan_alias(ctx, row->alias, relationship->name),
						   row->select);
	target->is_stored = true;
	conditions = gqle_row_join_conditions(ctx, row, relationship, target);
	conditions = lappend(conditions, gqle_perm_filter(ctx, perm->filter, target));
	gqle_sql_add_from(row->select, gqle_row_from(ctx, target), GQLE_SQL_JOIN_LEFT,
					  gqle_sql_and(conditions));
	return target;
}

GqlePlanRow *
gqle_row_join(GqlePlanContext *ctx, GqlePlanRow *row,
			  const GqleRelationship *relationship, const GqleSelectPerm *perm)
{
	GqlePlanRow *joined = lookup_join(row, relationship);
	GqlePlanRow *inner = NULL;

	if (joined)
		return joined;

	/* what the subquery has joined already, for its order, is there to be used */
	if (row->origin)
		inner = lookup_join(row->origin, relationship);
	if (inner == NULL)
	{
		if (!can_join(row) || !gqle_relationship_is_unique(ctx, relationship))
			return NULL;
		if (row->join_mode == GQLE_JOIN_IN_ORIGIN)
			inner = gqle_row_join(ctx, row->origin, relationship, perm);
	}

	if (inner)
		joined = gqle_row_through(inner, row->alias, row->select);
	else
		joined = join_here(ctx, row, relationship, perm);
	joined->relationship = relationship;
	joined->join_mode = row->join_mode;
	row->joins = lappend(row->joins, joined);
	return joined;
}
