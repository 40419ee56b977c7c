/*
 * metadata_deps.c
 *		Inconsistent objects: what of the metadata cannot be served, and why.
 *
 * Problems are recorded where they are found, while tables are filled and rules
 * parsed; asking for all of them first makes sure that everything was looked at.
 * Tables without relationships, computed fields and permissions have nothing
 * that could fail beyond what was checked when the catalog was made.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/base/spi.h"
#include "gqle/catalog/cache.h"
#include "gqle/catalog/linked.h"
#include "gqle/catalog/join.h"

GqleJson *
gqle_problem_table_name(const char *schema, const char *name)
{
	GqleJson   *json = gqle_json_make_object();

	gqle_json_object_set(json, "name", gqle_json_make_string(name));
	gqle_json_object_set(json, "schema", gqle_json_make_string(schema));
	return json;
}

static GqleProblem *
add_problem(GqleCatalog *catalog, const char *type, const char *name)
{
	MemoryContext old = MemoryContextSwitchTo(catalog->context);
	char	   *key = psprintf("%s %s", type, name);
	GqleProblem *problem = NULL;

	if (catalog->problem_names == NULL)
		catalog->problem_names = gqle_strhash_make(catalog->context, 16);
	if (gqle_strhash_add(catalog->problem_names, key, key))
	{
		problem = palloc0(sizeof(GqleProblem));
		problem->type = type;
		problem->name = pstrdup(name);
		catalog->problems = lappend(catalog->problems, problem);
	}
	MemoryContextSwitchTo(old);
	return problem;
}

void
gqle_problem_add(GqleCatalog *catalog, const char *type, const char *name,
				 GqleJson *definition, const char *fmt,...)
{
	GqleProblem *problem = add_problem(catalog, type, name);
	MemoryContext old = MemoryContextSwitchTo(catalog->context);
	StringInfoData reason;
	int			needed;

	if (problem != NULL)
	{
		initStringInfo(&reason);
		do
		{
			va_list		args;

			va_start(args, fmt);
			needed = appendStringInfoVA(&reason, fmt, args);
			va_end(args);
			if (needed > 0)
				enlargeStringInfo(&reason, needed);
		} while (needed > 0);
		problem->reason = reason.data;
		problem->definition = gqle_catalog_copy_json(definition);
	}
	MemoryContextSwitchTo(old);
}

void
gqle_problem_add_message(GqleCatalog *catalog, const char *type, const char *name,
						 GqleJson *definition, const char *reason, GqleJson *message)
{
	int			n = list_length(catalog->problems);

	gqle_problem_add(catalog, type, name, definition, "%s", reason);
	if (list_length(catalog->problems) > n)
		((GqleProblem *) llast(catalog->problems))->message = message;
}

/* Say to which table the problem just added belongs; n is how many were before. */
static void
set_owner(GqleCatalog *catalog, const GqleTableEntry *entry, int n)
{
	if (list_length(catalog->problems) > n)
		((GqleProblem *) llast(catalog->problems))->entry = entry;
}

void
gqle_problem_add_table(GqleCatalog *catalog, const GqleTableEntry *entry, const char *reason)
{
	const GqleTable *table = &entry->table;
	int			n = list_length(catalog->problems);

	gqle_problem_add(catalog, "table",
					 psprintf("table %s in source %s", table->display, table->source),
					 gqle_problem_table_name(table->schema, table->name), "%s", reason);
	set_owner(catalog, entry, n);
}

void
gqle_problem_add_member(GqleCatalog *catalog, const GqleTableEntry *entry,
						const char *type, const char *name, GqleJson *definition,
						const char *reason)
{
	int			n = list_length(catalog->problems);

	gqle_problem_add(catalog, type,
					 psprintf("%s %s in table %s in source %s", type, name,
							  entry->table.display, entry->table.source),
					 definition, "%s", reason);
	set_owner(catalog, entry, n);
}

void
gqle_problem_add_whole(GqleCatalog *catalog, const GqleTableEntry *entry,
					   const char *type, const char *name, GqleJson *whole)
{
	GqleProblem *problem = add_problem(catalog, type, name);

	MemoryContext old = MemoryContextSwitchTo(catalog->context);

	if (problem != NULL)
	{
		problem->entry = entry;
		problem->whole = gqle_catalog_copy_json(whole);
	}
	MemoryContextSwitchTo(old);
}

/* ------------------------------------------------------------------------
 * Looking at everything
 * ------------------------------------------------------------------------ */

/* What a linked database finds inconsistent in its source. */
static void
add_problems_of(GqleCatalog *catalog, GqleLinkedSource *source)
{
	char	  **columns = gqle_linked_query(source, "SELECT gqle_internal.catalog_problems()", 0,
											NULL);
	GqleJson   *list = columns != NULL ? gqle_catalog_parse_json(columns[0]) : NULL;

	for (int i = 0; list != NULL && i < list->n; i++)
	{
		const char *type = gqle_catalog_json_string(list->items[i], "type");
		const char *name = gqle_catalog_json_string(list->items[i], "name");

		/* inherited roles are those of here */
		if (type != NULL && name != NULL && strcmp(type, "inherited_role") != 0)
			gqle_problem_add_whole(catalog, NULL, type, name, list->items[i]);
	}
}

/* Sources that are other databases; with all: also what they find themselves. */
static void
check_sources(GqleCatalog *catalog, bool all)
{
	int			n;
	GqleLinkedSource *sources = gqle_catalog_linked(catalog, &n);

	for (int i = 0; i < n; i++)
	{
		char	   *reason = unconstify(char *, sources[i].reason);
		GqleLink   *link = sources[i].url == NULL ? NULL :
			gqle_linked_connect(sources[i].url, &reason);

		if (link == NULL)
			gqle_problem_add(catalog, "source", psprintf("source %s", sources[i].name),
							 gqle_json_make_string(sources[i].name), "%s", reason);
		else if (all)
			add_problems_of(catalog, &sources[i]);
	}
}

/*
 * Relationships and computed fields of tables that don't exist.
 */
static void
check_orphans(GqleCatalog *catalog, GqleTableEntry *entry)
{
	static GqleSpiStatement statement = {
		"SELECT kind || '_relation', name, using_definition, comment FROM gqle.relationships "
		"WHERE source = $1 AND schema_name = $2 AND table_name = $3 "
		"UNION ALL "
		"SELECT 'computed_field', name, definition, comment FROM gqle.computed_fields "
		"WHERE source = $1 AND schema_name = $2 AND table_name = $3", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;
	const GqleTable *table = &entry->table;

	gqle_spi_add_text(&args, table->source);
	gqle_spi_add_text(&args, table->schema);
	gqle_spi_add_text(&args, table->name);
	rows = gqle_spi_query_kept(&statement, &args);
	for (int i = 0; i < rows->n; i++)
	{
		char	   *type = gqle_rows_text(rows, i, 0);
		char	   *name = gqle_rows_text(rows, i, 1);
		char	   *comment = gqle_rows_text(rows, i, 3);
		bool		is_computed = strcmp(type, "computed_field") == 0;
		GqleJson   *definition = gqle_json_make_object();

		gqle_json_object_set(definition, "comment", comment ? gqle_json_make_string(comment) :
							 gqle_json_make_null());
		if (is_computed)
			gqle_json_object_set(definition, "definition",
								 gqle_catalog_parse_json(gqle_rows_text(rows, i, 2)));
		gqle_json_object_set(definition, "name", gqle_json_make_string(name));
		gqle_json_object_set(definition, "source", gqle_json_make_string(table->source));
		gqle_json_object_set(definition, "table",
							 gqle_problem_table_name(table->schema, table->name));
		if (!is_computed)
			gqle_json_object_set(definition, "using",
								 gqle_catalog_parse_json(gqle_rows_text(rows, i, 2)));
		gqle_problem_add_member(catalog, entry, type, name, definition,
								psprintf("table \"%s\" does not exist", table->display));
	}
}

/* Check one table and what belongs to it. */
static void
check_table(GqleCatalog *catalog, GqleTableEntry *entry)
{
	if (entry->state == GQLE_ENTRY_OK)
	{
		int			n_joins;

		gqle_catalog_load_table(catalog, &entry->table);
		(void) gqle_table_joins(catalog, &entry->table, &n_joins);
		gqle_permission_check_table(catalog, entry);
	}
	else
		check_orphans(catalog, entry);
}

/* Check the tables that have anything that could fail. */
static void
check_members(GqleCatalog *catalog)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	if (catalog->local == NULL)
		return;
	gqle_spi_add_text(&args, catalog->local->name);
	rows = gqle_spi_query("SELECT schema_name, table_name FROM gqle.relationships WHERE source = $1 "
						  "UNION SELECT schema_name, table_name FROM gqle.computed_fields WHERE source = $1 "
						  "UNION SELECT schema_name, table_name FROM gqle.remote_relationships WHERE source = $1 "
						  "UNION SELECT schema_name, table_name FROM gqle.permissions WHERE source = $1 "
						  "ORDER BY 1, 2", &args);
	for (int i = 0; i < rows->n; i++)
	{
		GqleTableEntry *entry = gqle_catalog_lookup_entry(catalog, gqle_rows_text(rows, i, 0),
														  gqle_rows_text(rows, i, 1));

		CHECK_FOR_INTERRUPTS();
		if (entry != NULL)
			check_table(catalog, entry);
	}
}

/*
 * The object as the API prints it, keys in alphabetical order.
 */
static GqleJson *
make_problem_json(const GqleProblem *problem)
{
	GqleJson   *json = gqle_json_make_object();

	if (problem->whole != NULL)
		return problem->whole;
	gqle_json_object_set(json, "definition", problem->definition);
	if (problem->message != NULL)
		gqle_json_object_set(json, "message", problem->message);
	gqle_json_object_set(json, "name", gqle_json_make_string(problem->name));
	gqle_json_object_set(json, "reason",
						 gqle_json_make_string(gqle_catalog_join("Inconsistent object: ",
																 problem->reason, NULL)));
	gqle_json_object_set(json, "type", gqle_json_make_string(problem->type));
	return json;
}

/* Problems of one table, or all of them, as an array in the current context. */
static GqleJson *
make_problems_json(const GqleCatalog *catalog, const GqleTableEntry *entry)
{
	GqleJson   *array = gqle_json_make_array();
	ListCell   *cell;

	foreach(cell, catalog->problems)
	{
		const GqleProblem *problem = lfirst(cell);

		if (entry == NULL || problem->entry == entry)
			gqle_json_array_add(array, gqle_catalog_copy_json(make_problem_json(problem)));
	}
	return array;
}

/*
 * Everything is looked at in a catalog of its own, thrown away afterwards: a
 * process that only asks for problems needn't keep all tables and rules.
 */
GqleJson *
gqle_catalog_inconsistencies(GqleCatalog *catalog)
{
	MemoryContext old = CurrentMemoryContext;
	GqleCatalog *scratch;

	if (catalog->all_problems == NULL)
	{
		scratch = gqle_catalog_make_scratch();
		MemoryContextSwitchTo(scratch->context);
		check_sources(scratch, true);
		check_members(scratch);
		gqle_function_load_roots(scratch);
		gqle_native_check_all(scratch);
		gqle_remote_check_all(scratch);
		gqle_join_check_types(scratch);
		MemoryContextSwitchTo(catalog->context);
		catalog->all_problems = make_problems_json(scratch, NULL);
		MemoryContextSwitchTo(old);
		MemoryContextDelete(scratch->context);
	}
	return gqle_catalog_copy_json(catalog->all_problems);
}

GqleJson *
gqle_catalog_some_inconsistencies(GqleCatalog *catalog, const char **schemas,
								  const char **names, int n)
{
	GqleJson   *array = gqle_json_make_array();
	bool	   *is_wanted = palloc0(sizeof(bool) * Max(catalog->n_entries, 1));
	MemoryContext old = MemoryContextSwitchTo(catalog->context);
	ListCell   *cell;

	check_sources(catalog, false);
	for (int i = 0; i < n; i++)
	{
		GqleTableEntry *entry = gqle_catalog_lookup_entry(catalog, schemas[i], names[i]);

		CHECK_FOR_INTERRUPTS();
		if (entry == NULL)
			continue;
		is_wanted[entry - catalog->entries] = true;
		check_table(catalog, entry);
	}
	gqle_function_load_roots(catalog);
	gqle_native_check_all(catalog);
	gqle_remote_check_all(catalog);
	gqle_join_check_types(catalog);
	MemoryContextSwitchTo(old);
	foreach(cell, catalog->problems)
	{
		const GqleProblem *problem = lfirst(cell);
		const GqleTableEntry *entry = problem->entry;

		if (entry == NULL || entry < catalog->entries ||
			entry >= catalog->entries + catalog->n_entries ||
			is_wanted[entry - catalog->entries])
			gqle_json_array_add(array, gqle_catalog_copy_json(make_problem_json(problem)));
	}
	return array;
}

GqleJson *
gqle_catalog_table_inconsistencies(GqleCatalog *catalog, const char *schema,
								   const char *name)
{
	GqleTableEntry *entry = gqle_catalog_lookup_entry(catalog, schema, name);

	if (entry == NULL)
		return gqle_json_make_array();
	check_table(catalog, entry);
	return make_problems_json(catalog, entry);
}
