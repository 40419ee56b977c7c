/*
 * run_sql_check.c
 *		The metadata follow what run_sql did to the schema (reference §18).
 *
 * Before the SQL runs, the tracked tables (those it seems to be about, see
 * run_sql_scope.c) are noted with their columns by number and their foreign keys
 * and functions by OID.  Afterwards the same OIDs
 * are looked up again: what has another name was renamed, what is gone was
 * dropped.  Inconsistent tables take no part.
 *
 * compat: Hasura commits the SQL before it finds other inconsistencies that
 * the change caused, and answers with an error nevertheless; here the SQL is
 * undone with the rest.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "gqle/api/meta_deps.h"
#include "gqle/api/meta_rename.h"
#include "gqle/api/meta_scope.h"
#include "gqle/api/run_sql.h"
#include "gqle/base/spi.h"

/* A function that tracked functions or computed fields need. */
typedef struct SqlFunction
{
	Oid			oid;
	GqleMetaName name;
	const GqleTable *table;		/* computed field: its table, else NULL */
	const char *field;			/* computed field: its name */
	bool		is_volatile;
	bool		is_mutation;
} SqlFunction;

struct GqleSqlState
{
	GqleCatalog *catalog;		/* pinned, with the tables loaded */
	const GqleSqlGuess *guess;	/* or NULL: the tables are all tables */
	GqleMetaDeps *deps;
	GqleSqlPrints *prints;		/* of all tables */
	int			n_tables;
	GqleTable **tables;
	List	   *functions;		/* of SqlFunction */
	List	   *changed;		/* tables that are gone or look different now */
	List	   *rekeyed;		/* tables with other foreign keys */
};

/* What was found out by comparing. */
typedef struct SqlDiff
{
	GqleMetaCall *call;
	GqleSqlState *state;
	int			n_renames;
	int			max_renames;
	GqleMetaRename *renames;
	List	   *dropped_tables; /* of GqleTable */
	List	   *dropped_columns;	/* pairs: GqleTable, GqleColumn */
	List	   *dropped_functions;	/* of SqlFunction, tracked ones */
} SqlDiff;

static void load_functions(GqleSqlState *state);
static bool compare_tables(SqlDiff *diff);
static bool compare_columns(SqlDiff *diff, GqleTable *table, const GqleRows *rows,
							int *row);
static bool compare_type(SqlDiff *diff, const GqleMetaName *name,
						 const GqleColumn *column, Oid type);
static void compare_keys(SqlDiff *diff);
static bool compare_functions(SqlDiff *diff);
static bool check_renamed_column(SqlDiff *diff, const GqleTable *table, const char *from,
								 const char *to);
static void add_rename(SqlDiff *diff, GqleMetaRenameKind kind, const GqleTable *table,
					   const char *from, const char *to_schema, const char *to);
static void apply(SqlDiff *diff);
static void forget_column(const GqleTable *table, const char *column);

/* name_of returns the name of a table. */
static GqleMetaName
name_of(const GqleTable *table)
{
	GqleMetaName name = {table->source, table->schema, table->name};

	return name;
}

/* guessed_tables finds the tables of a guess that are consistent. */
static GqleTable **
guessed_tables(GqleCatalog *catalog, const GqleSqlGuess *guess, int *n)
{
	GqleTable **tables = palloc(sizeof(GqleTable *) * (list_length(guess->near->tables) + 1));
	ListCell   *cell;

	*n = 0;
	foreach(cell, guess->near->tables)
	{
		const GqleMetaName *name = lfirst(cell);
		GqleTable  *table = gqle_catalog_lookup_table(catalog, name->schema, name->name);

		if (table != NULL)
			tables[(*n)++] = table;
	}
	return tables;
}

/* gqle_sql_state_load notes how things are. */
GqleSqlState *
gqle_sql_state_load(GqleMetaRequest *request, const GqleSqlGuess *guess)
{
	GqleSqlState *state = palloc0(sizeof(GqleSqlState));
	int			i;

	state->catalog = gqle_catalog_pin();
	state->guess = guess;
	if (guess != NULL)
		state->tables = guessed_tables(state->catalog, guess, &state->n_tables);
	else
		state->tables = gqle_catalog_tables(state->catalog, &state->n_tables);
	for (i = 0; i < state->n_tables; i++)
		gqle_catalog_load_table(state->catalog, state->tables[i]);
	state->deps = gqle_meta_deps_load_near(request, guess != NULL ? guess->near : NULL);
	state->prints = gqle_sql_prints_load(state->catalog);
	load_functions(state);
	return state;
}

/* gqle_sql_state_compare finds the tables that have changed. */
bool
gqle_sql_state_compare(GqleSqlState *state)
{
	GqleSqlPrints *now = gqle_sql_prints_load(state->catalog);

	gqle_sql_prints_compare(state->prints, now, state->catalog, &state->changed,
							&state->rekeyed);
	return state->guess == NULL ||
		gqle_sql_guess_covers(state->guess, state->prints, now, state->changed,
							  state->rekeyed);
}

/* gqle_sql_state_free lets go of the catalog. */
void
gqle_sql_state_free(GqleSqlState *state)
{
	gqle_catalog_release(state->catalog);
}

/* load_functions notes the functions that the metadata need. */
static void
load_functions(GqleSqlState *state)
{
	const char *source = gqle_meta_local_source();
	const GqleRootFunction **functions;
	int			n;
	int			i;
	int			j;

	functions = gqle_catalog_functions(state->catalog, &n);
	for (i = 0; i < n; i++)
	{
		SqlFunction *noted = palloc0(sizeof(SqlFunction));

		noted->oid = functions[i]->function->function_oid;
		noted->name.source = source;
		noted->name.schema = functions[i]->function->schema;
		noted->name.name = functions[i]->function->name;
		noted->is_volatile = functions[i]->function->is_volatile;
		noted->is_mutation = functions[i]->is_mutation;
		state->functions = lappend(state->functions, noted);
	}
	for (i = 0; i < state->n_tables; i++)
		for (j = 0; j < state->tables[i]->n_computed_fields; j++)
		{
			const GqleComputedField *field = state->tables[i]->computed_fields[j];
			SqlFunction *noted = palloc0(sizeof(SqlFunction));

			noted->oid = field->function->function_oid;
			noted->name.source = source;
			noted->name.schema = field->function->schema;
			noted->name.name = field->function->name;
			noted->table = state->tables[i];
			noted->field = field->name;
			state->functions = lappend(state->functions, noted);
		}
}

/* gqle_sql_state_follow brings the metadata in line with the schema. */
bool
gqle_sql_state_follow(GqleMetaCall *call, GqleSqlState *state, bool cascade)
{
	SqlDiff		diff = {call, state};
	ListCell   *cell;

	if (!compare_tables(&diff) || !compare_functions(&diff))
		return false;
	compare_keys(&diff);
	foreach(cell, diff.dropped_tables)
	{
		GqleMetaName name = name_of(lfirst(cell));

		gqle_meta_deps_ignore_table(state->deps, &name);
	}
	foreach(cell, diff.dropped_functions)
	{
		const SqlFunction *function = lfirst(cell);

		gqle_meta_deps_ignore(state->deps, gqle_meta_deps_key_function(&function->name));
	}
	if (!cascade && !gqle_meta_deps_check(call, state->deps))
		return false;
	gqle_meta_deps_purge(state->deps);
	apply(&diff);
	return true;
}

/* ------------------------------------------------------------------------
 * Tables and columns
 * ------------------------------------------------------------------------ */

/* compare_tables finds dropped and renamed tables and columns. */
static bool
compare_tables(SqlDiff *diff)
{
	GqleSqlState *state = diff->state;
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	int			n = list_length(state->changed);
	const char **relids = palloc(sizeof(char *) * (n + 1));
	GqleRows   *rows;
	int			row = 0;
	int			i;

	if (n == 0)
		return true;
	for (i = 0; i < n; i++)
		relids[i] = psprintf("%u", ((GqleTable *) list_nth(state->changed, i))->relid);
	gqle_spi_add_text_array(&args, relids, n);
	rows = gqle_spi_query("SELECT w.position, n.nspname, c.relname, a.attnum, a.attname, a.atttypid "
						  "FROM unnest($1) WITH ORDINALITY AS w (relid, position) "
						  "JOIN pg_class c ON c.oid = w.relid::oid "
						  "JOIN pg_namespace n ON n.oid = c.relnamespace "
						  "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
						  "AND NOT a.attisdropped "
						  "ORDER BY w.position, a.attnum", &args);
	for (i = 0; i < n; i++)
	{
		GqleTable  *table = list_nth(state->changed, i);
		GqleMetaName name = name_of(table);
		const char *new_schema;
		const char *new_name;

		if (row >= rows->n || gqle_rows_int8(rows, row, 0) != i + 1)
		{
			diff->dropped_tables = lappend(diff->dropped_tables, table);
			gqle_meta_deps_mark(state->deps, gqle_meta_deps_key_table(&name));
			continue;
		}
		new_schema = gqle_rows_text(rows, row, 1);
		new_name = gqle_rows_text(rows, row, 2);
		if (!compare_columns(diff, table, rows, &row))
			return false;
		if (strcmp(new_schema, table->schema) != 0 || strcmp(new_name, table->name) != 0)
		{
			GqleMetaName renamed = {table->source, new_schema, new_name};

			add_rename(diff, GQLE_META_RENAME_TABLE, table, NULL, new_schema, new_name);
			if (state->guess != NULL)
				gqle_meta_scope_add(state->guess->near, &renamed);
		}
	}
	return true;
}

/*
 * compare_columns finds what happened to the columns of a table; *row is moved
 * past the rows of the table.
 */
static bool
compare_columns(SqlDiff *diff, GqleTable *table, const GqleRows *rows, int *row)
{
	GqleMetaName name = name_of(table);
	int64		position = gqle_rows_int8(rows, *row, 0);
	int			first = *row;
	int			end = first;
	int			i;

	while (end < rows->n && gqle_rows_int8(rows, end, 0) == position)
		end++;
	*row = end;
	for (i = 0; i < table->n_columns; i++)
	{
		const GqleColumn *column = table->columns[i];
		const char *new_name;
		int			at = first;

		while (at < end && (gqle_rows_is_null(rows, at, 3) ||
							gqle_rows_int2(rows, at, 3) != column->attnum))
			at++;
		if (at == end)
		{
			diff->dropped_columns = lappend(lappend(diff->dropped_columns, table),
											unconstify(GqleColumn *, column));
			gqle_meta_deps_mark(diff->state->deps,
								gqle_meta_deps_key_member("column", &name, column->name));
			continue;
		}
		new_name = gqle_rows_text(rows, at, 4);
		if (strcmp(new_name, column->name) != 0)
		{
			if (!check_renamed_column(diff, table, column->name, new_name))
				return false;
			add_rename(diff, GQLE_META_RENAME_COLUMN, table, column->name, NULL, new_name);
		}
		if (!compare_type(diff, &name, column, gqle_rows_oid(rows, at, 5)))
			return false;
	}
	return true;
}

/*
 * check_renamed_column refuses a column's new name that a relationship has.
 */
static bool
check_renamed_column(SqlDiff *diff, const GqleTable *table, const char *from,
					 const char *to)
{
	GqleMetaName name = name_of(table);

	if (gqle_table_lookup_relationship(table, to) == NULL)
		return true;
	return gqle_meta_fail(diff->call, GQLE_ERR_ALREADY_EXISTS,
						  "cannot rename column \"%s\" to \"%s\" in table \"%s\" as a relationship with the name already exists",
						  from, to, gqle_meta_display(&name));
}

/*
 * compare_type refuses a new type of a column for which a permission has a
 * literal value.
 */
static bool
compare_type(SqlDiff *diff, const GqleMetaName *name, const GqleColumn *column, Oid type)
{
	StringInfoData list;
	GqleJson   *uses;
	int			i;

	if (type == column->type_oid)
		return true;
	uses = gqle_meta_deps_static_uses(diff->state->deps,
									  gqle_meta_deps_key_member("column", name,
																column->name));
	if (uses->n == 0)
		return true;
	initStringInfo(&list);
	for (i = 0; i < uses->n; i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", uses->items[i]->text);
	return gqle_meta_fail(diff->call, GQLE_ERR_DEPENDENCY_ERROR,
						  "cannot change type of column \"%s\" in table \"%s\" because of the following dependencies: %s",
						  column->name, gqle_meta_display(name), list.data);
}

/* add_rename notes a renamed thing. */
static void
add_rename(SqlDiff *diff, GqleMetaRenameKind kind, const GqleTable *table,
		   const char *from, const char *to_schema, const char *to)
{
	GqleMetaRename *rename;

	if (diff->n_renames == diff->max_renames)
	{
		diff->max_renames = Max(diff->max_renames * 2, 8);
		diff->renames = diff->renames == NULL ?
			palloc(sizeof(GqleMetaRename) * diff->max_renames) :
			repalloc(diff->renames, sizeof(GqleMetaRename) * diff->max_renames);
	}
	rename = &diff->renames[diff->n_renames++];
	rename->kind = kind;
	rename->relid = table->relid;
	rename->table = name_of(table);
	rename->from = from;
	rename->to_schema = to_schema;
	rename->to = to;
}

/* ------------------------------------------------------------------------
 * Foreign keys
 * ------------------------------------------------------------------------ */

/* uses_key tells whether a relationship is made from a foreign key. */
static bool
uses_key(const GqleTable *table, const GqleRelationship *relationship,
		 const GqleTable *holder, const GqleForeignKey *key)
{
	const GqleTable *other = table == holder ? relationship->target : table;
	int			n_same = 0;
	int			i;
	int			j;

	if (other->relid != key->foreign_relid || relationship->n_columns != key->n_columns)
		return false;
	for (i = 0; i < key->n_columns; i++)
		for (j = 0; j < key->n_columns; j++)
		{
			const char *own = table == holder ? relationship->columns[j]->name :
				relationship->target_columns[j];
			const char *foreign = table == holder ? relationship->target_columns[j] :
				relationship->columns[j]->name;

			if (strcmp(own, key->columns[i]->name) == 0 &&
				strcmp(foreign, key->foreign_columns[i]) == 0)
				n_same++;
		}
	return n_same == key->n_columns;
}

/* mark_users marks the relationships that were made from a key that is gone. */
static void
mark_users(SqlDiff *diff, GqleTable *holder, const GqleForeignKey *key)
{
	GqleSqlState *state = diff->state;
	int			i;
	int			j;

	for (i = 0; i < state->n_tables; i++)
	{
		GqleTable  *table = state->tables[i];
		GqleMetaName name = name_of(table);

		for (j = 0; j < table->n_relationships; j++)
		{
			const GqleRelationship *relationship = table->relationships[j];
			GqleJson   *using;

			if (table != holder && relationship->target != holder)
				continue;
			if (!uses_key(table, relationship, holder, key))
				continue;
			using = gqle_meta_store_get("relationships", "using_definition",
										"source schema_name table_name name", name.source,
										name.schema, name.name, relationship->name);
			if (using != NULL &&
				gqle_json_lookup(using, "foreign_key_constraint_on") != NULL)
				gqle_meta_deps_mark_object(state->deps,
										   gqle_meta_deps_key_member("relationship", &name,
																	 relationship->name));
		}
	}
}

/*
 * compare_keys finds foreign keys of surviving tables that are gone: neither
 * does one of that name exist on the table, nor one over the same columns.
 */
static void
compare_keys(SqlDiff *diff)
{
	ListCell   *cell;
	int			j;

	foreach(cell, diff->state->rekeyed)
	{
		GqleTable  *table = lfirst(cell);

		if (table->n_foreign_keys == 0 ||
			list_member_ptr(diff->dropped_tables, table))
			continue;
		for (j = 0; j < table->n_foreign_keys; j++)
		{
			const GqleForeignKey *key = &table->foreign_keys[j];
			GqleSpiArgs args = GQLE_SPI_NO_ARGS;
			const char **columns = palloc(sizeof(char *) * key->n_columns);
			int			k;

			for (k = 0; k < key->n_columns; k++)
				columns[k] = psprintf("%d", key->columns[k]->attnum);
			gqle_spi_add_oid(&args, table->relid);
			gqle_spi_add_oid(&args, key->foreign_relid);
			gqle_spi_add_text(&args, key->name);
			gqle_spi_add_text_array(&args, columns, key->n_columns);
			if (gqle_spi_query("SELECT 1 FROM pg_constraint WHERE contype = 'f' "
							   "AND conrelid = $1 AND confrelid = $2 "
							   "AND (conname = $3 OR (conkey @> $4::int2[] "
							   "AND conkey <@ $4::int2[])) LIMIT 1", &args)->n == 0)
				mark_users(diff, table, key);
		}
	}
}

/* ------------------------------------------------------------------------
 * Functions
 * ------------------------------------------------------------------------ */

/* compare_function finds what happened to one function. */
static bool
compare_function(SqlDiff *diff, SqlFunction *function)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleMetaName table = {NULL};
	GqleRows   *rows;
	bool		exists;
	bool		is_volatile;
	bool		is_overloaded;

	if (function->table != NULL)
		table = name_of(function->table);
	gqle_spi_add_oid(&args, function->oid);
	gqle_spi_add_text(&args, function->name.schema);
	gqle_spi_add_text(&args, function->name.name);
	rows = gqle_spi_query("SELECT bool_or(p.oid = $1), bool_or(p.oid = $1 AND p.provolatile = 'v'), "
						  "count(*) > 1 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
						  "WHERE n.nspname = $2 AND p.proname = $3", &args);
	exists = gqle_rows_bool(rows, 0, 0);
	is_volatile = gqle_rows_bool(rows, 0, 1);
	is_overloaded = gqle_rows_bool(rows, 0, 2);

	if (is_overloaded && function->table != NULL)
		return gqle_meta_fail(diff->call, GQLE_ERR_NOT_SUPPORTED,
							  "The function \"%s\" associated with computed field\"%s\" of table \"%s\" is being overloaded",
							  gqle_meta_display(&function->name), function->field,
							  gqle_meta_display(&table));
	if (is_overloaded)
		return gqle_meta_fail(diff->call, GQLE_ERR_NOT_SUPPORTED,
							  "the following tracked function(s) cannot be overloaded: %s",
							  gqle_meta_display(&function->name));
	if (!exists && function->table == NULL)
		diff->dropped_functions = lappend(diff->dropped_functions, function);
	else if (!exists)
		gqle_meta_deps_mark_object(diff->state->deps,
								   gqle_meta_deps_key_member("computed field", &table,
															 function->field));
	else if (is_volatile && function->table != NULL)
		return gqle_meta_fail(diff->call, GQLE_ERR_NOT_SUPPORTED,
							  "The type of function \"%s\" associated with computed field \"%s\" of table \"%s\" is being altered to \"VOLATILE\"",
							  gqle_meta_display(&function->name), function->field,
							  gqle_meta_display(&table));
	else if (is_volatile && !function->is_volatile && !function->is_mutation)
		return gqle_meta_fail(diff->call, GQLE_ERR_NOT_SUPPORTED,
							  "type of function \"%s\" is altered to \"VOLATILE\" which is not supported now",
							  gqle_meta_display(&function->name));
	return true;
}

/* compare_functions finds what happened to the functions that are needed. */
static bool
compare_functions(SqlDiff *diff)
{
	ListCell   *cell;

	foreach(cell, diff->state->functions)
	{
		SqlFunction *function = lfirst(cell);

		/* what a dropped table owns goes with it */
		if (function->table != NULL &&
			list_member_ptr(diff->dropped_tables, function->table))
			continue;
		if (!compare_function(diff, function))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Applying
 * ------------------------------------------------------------------------ */

/* apply changes the metadata. */
static void
apply(SqlDiff *diff)
{
	ListCell   *cell;
	int			i;

	foreach(cell, diff->dropped_tables)
	{
		GqleMetaName name = name_of(lfirst(cell));

		gqle_meta_store_delete("tables", "source schema_name table_name", name.source,
							   name.schema, name.name);
	}
	foreach(cell, diff->dropped_functions)
	{
		const SqlFunction *function = lfirst(cell);

		gqle_meta_store_delete("functions", "source schema_name function_name",
							   function->name.source, function->name.schema,
							   function->name.name);
	}
	for (i = 0; i + 1 < list_length(diff->dropped_columns); i += 2)
		forget_column(list_nth(diff->dropped_columns, i),
					  ((GqleColumn *) list_nth(diff->dropped_columns, i + 1))->name);
	gqle_meta_rename_apply(diff->state->catalog,
						   diff->state->guess != NULL ? diff->state->guess->near : NULL,
						   diff->renames, diff->n_renames);
}

/* forget_column takes a dropped column out of its table's configuration. */
static void
forget_column(const GqleTable *table, const char *column)
{
	GqleMetaName name = name_of(table);
	GqleJson   *before = gqle_meta_store_get("tables", "configuration",
											 "source schema_name table_name", name.source,
											 name.schema, name.name);
	GqleJson   *after;
	GqleJson   *set;
	int			i;
	int			j;

	if (before == NULL)
		return;
	after = gqle_json_make_object();
	for (i = 0; i < before->n; i++)
	{
		const char *key = before->members[i].key;
		GqleJson   *value = before->members[i].value;

		if (strcmp(key, "column_config") == 0 || strcmp(key, "custom_column_names") == 0)
		{
			GqleJson   *copy = gqle_json_make_object();

			for (j = 0; j < value->n; j++)
				if (strcmp(value->members[j].key, column) != 0)
					gqle_json_object_set(copy, value->members[j].key,
										 value->members[j].value);
			value = copy;
		}
		gqle_json_object_set(after, key, value);
	}
	set = gqle_json_make_object();
	gqle_json_object_set(set, "configuration", after);
	gqle_meta_store_update("tables", set, "source schema_name table_name", name.source,
						   name.schema, name.name);
}
