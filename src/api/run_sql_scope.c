/*
 * run_sql_scope.c
 *		Which tables a run_sql may change.
 *
 * Looking at all metadata before and after a change of the schema takes seconds if
 * there are many.  So we guess from the words of the SQL which tables it is about,
 * look at those and what refers to them, and afterwards compare what all tables
 * and functions look like with how they looked before, by hashes.  If anything has
 * changed that was not looked at (by DROP SCHEMA, say, or a DO block), the SQL is
 * undone and run once more, with everything looked at.
 */
#include "postgres.h"

#include "gqle/api/meta_scope.h"
#include "gqle/api/run_sql.h"
#include "gqle/base/spi.h"
#include "gqle/base/strhash.h"

/* How a tracked table or a function that metadata name looks; texts or NULL. */
typedef struct Print
{
	const char *columns;		/* its name, columns, primary and unique keys */
	const char *keys;			/* its foreign keys */
} Print;

struct GqleSqlPrints
{
	int			n_tables;		/* as gqle_catalog_tables has them */
	Print	   *tables;
	List	   *missing;		/* GqleMetaName of tracked tables that do not exist */
	int			n_functions;
	char	  **functions;		/* names and hashes, sorted by name */
	char	  **function_names;
};

/* ------------------------------------------------------------------------
 * Words
 * ------------------------------------------------------------------------ */

/* is_word_char tells whether a byte may be part of an identifier without quotes. */
static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '$' || IS_HIGHBIT_SET(c);
}

/* add_word adds a word as it is and in lower case. */
static void
add_word(GqleStrHash *words, const char *word, int len)
{
	char	   *raw = pnstrdup(word, len);
	char	   *lower = pnstrdup(word, len);
	char	   *c;

	for (c = lower; *c != '\0'; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	(void) gqle_strhash_add(words, raw, raw);
	(void) gqle_strhash_add(words, lower, lower);
}

/*
 * find_words returns all that may be an identifier in a text, within strings and
 * comments, too.
 */
static GqleStrHash *
find_words(const char *sql)
{
	GqleStrHash *words = gqle_strhash_make(CurrentMemoryContext, 64);
	const char *c = sql;

	while (*c != '\0')
	{
		const char *start = c;

		if (is_word_char(*c))
		{
			while (is_word_char(*c))
				c++;
			add_word(words, start, c - start);
		}
		else if (*c == '"')
		{
			/* what stands in quotes; the words in it come next */
			const char *end = strchr(c + 1, '"');

			if (end != NULL && end - c < 2 * NAMEDATALEN)
				add_word(words, c + 1, end - c - 1);
			c++;
		}
		else
			c++;
	}
	return words;
}

/* ------------------------------------------------------------------------
 * Guessing
 * ------------------------------------------------------------------------ */

/* find_core returns the tracked tables that words name, themselves or by a function. */
static List *
find_core(GqleStrHash *words)
{
	static GqleSpiStatement statement = {
		"SELECT schema_name, table_name, table_name FROM gqle.tables WHERE source = $1 "
		"UNION SELECT schema_name, table_name, "
		"COALESCE(definition->'function'->>'name', definition->>'function') "
		"FROM gqle.computed_fields WHERE source = $1", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	const char *source = gqle_meta_local_source();
	GqleRows   *rows;
	List	   *core = NIL;
	int			i;

	gqle_spi_add_text(&args, source);
	rows = gqle_spi_query_kept(&statement, &args);
	for (i = 0; i < rows->n; i++)
	{
		char	   *word = gqle_rows_text(rows, i, 2);
		GqleMetaName *table;

		if (word == NULL || gqle_strhash_lookup(words, word) == NULL)
			continue;
		table = palloc(sizeof(GqleMetaName));
		table->source = source;
		table->schema = gqle_rows_text(rows, i, 0);
		table->name = gqle_rows_text(rows, i, 1);
		core = lappend(core, table);
	}
	return core;
}

GqleSqlGuess *
gqle_sql_guess(const char *sql)
{
	GqleSqlGuess *guess = palloc0(sizeof(GqleSqlGuess));

	/* names written with escapes */
	if (strstr(sql, "&\"") != NULL)
		return NULL;
	guess->words = find_words(sql);
	guess->near = gqle_meta_scope_make(find_core(guess->words));
	return guess->near != NULL ? guess : NULL;
}

/* ------------------------------------------------------------------------
 * Prints
 * ------------------------------------------------------------------------ */

/* load_tables reads how the tables of a catalog look. */
static void
load_tables(GqleSqlPrints *prints, GqleCatalog *catalog)
{
	static GqleSpiStatement statement = {
		"SELECT concat_ws(' ', (SELECT hash_record_extended(ROW(n.nspname, c.relname), 0) "
		"FROM pg_namespace AS n WHERE n.oid = c.relnamespace), "
		"(SELECT sum(hash_record_extended(ROW(a.attnum, a.attname, a.atttypid), 0)) "
		"FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), "
		"(SELECT sum(hash_record_extended(ROW(k.contype, k.conname, k.conkey), 0)) "
		"FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u'))), "
		"(SELECT sum(hash_record_extended(ROW(k.conname, k.confrelid, k.conkey), 0))::text "
		"FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'f') "
		"FROM unnest($1) WITH ORDINALITY AS w (relid, position) "
		"LEFT JOIN pg_class AS c ON c.oid = w.relid::oid ORDER BY w.position", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleTable **tables = gqle_catalog_tables(catalog, &prints->n_tables);
	const char **relids = palloc(sizeof(char *) * (prints->n_tables + 1));
	GqleRows   *rows;
	int			i;

	for (i = 0; i < prints->n_tables; i++)
		relids[i] = psprintf("%u", tables[i]->relid);
	gqle_spi_add_text_array(&args, relids, prints->n_tables);
	rows = gqle_spi_query_kept(&statement, &args);
	prints->tables = palloc(sizeof(Print) * (prints->n_tables + 1));
	for (i = 0; i < prints->n_tables; i++)
	{
		prints->tables[i].columns = gqle_rows_text(rows, i, 0);
		prints->tables[i].keys = gqle_rows_text(rows, i, 1);
	}
}

/* load_missing finds the tracked tables that do not exist: they may come back. */
static void
load_missing(GqleSqlPrints *prints)
{
	static GqleSpiStatement statement = {
		"SELECT t.schema_name, t.table_name FROM gqle.tables AS t WHERE t.source = $1 "
		"AND NOT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
		"WHERE n.nspname = t.schema_name::name AND c.relname = t.table_name::name)", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	const char *source = gqle_meta_local_source();
	GqleRows   *rows;
	int			i;

	gqle_spi_add_text(&args, source);
	rows = gqle_spi_query_kept(&statement, &args);
	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName *table = palloc(sizeof(GqleMetaName));

		table->source = source;
		table->schema = gqle_rows_text(rows, i, 0);
		table->name = gqle_rows_text(rows, i, 1);
		prints->missing = lappend(prints->missing, table);
	}
}

/* load_functions reads how the functions look that metadata name. */
static void
load_functions(GqleSqlPrints *prints)
{
	static GqleSpiStatement statement = {
		"SELECT f.n, concat_ws(' ', f.s, f.n, "
		"sum(hash_record_extended(ROW(p.oid, p.provolatile), 0)) FILTER (WHERE p.oid IS NOT NULL)) "
		"FROM (SELECT schema_name AS s, function_name AS n FROM gqle.functions UNION "
		"SELECT COALESCE(definition->'function'->>'schema', 'public'), "
		"COALESCE(definition->'function'->>'name', definition->>'function') "
		"FROM gqle.computed_fields) AS f "
		"LEFT JOIN pg_namespace AS n ON n.nspname = f.s::name "
		"LEFT JOIN pg_proc AS p ON p.pronamespace = n.oid AND p.proname = f.n::name "
		"GROUP BY f.s, f.n ORDER BY f.s, f.n", NULL
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	int			i;

	prints->n_functions = rows->n;
	prints->functions = palloc(sizeof(char *) * (rows->n + 1));
	prints->function_names = palloc(sizeof(char *) * (rows->n + 1));
	for (i = 0; i < rows->n; i++)
	{
		prints->function_names[i] = gqle_rows_text(rows, i, 0);
		prints->functions[i] = gqle_rows_text(rows, i, 1);
	}
}

GqleSqlPrints *
gqle_sql_prints_load(GqleCatalog *catalog)
{
	GqleSqlPrints *prints = palloc0(sizeof(GqleSqlPrints));

	load_tables(prints, catalog);
	load_missing(prints);
	load_functions(prints);
	return prints;
}

/* same_text compares two texts, either of which may be NULL. */
static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

void
gqle_sql_prints_compare(const GqleSqlPrints *before, const GqleSqlPrints *after,
						GqleCatalog *catalog, List **changed, List **rekeyed)
{
	int			n;
	GqleTable **tables = gqle_catalog_tables(catalog, &n);
	int			i;

	for (i = 0; i < n; i++)
	{
		if (!same_text(before->tables[i].columns, after->tables[i].columns))
			*changed = lappend(*changed, tables[i]);
		if (!same_text(before->tables[i].keys, after->tables[i].keys))
			*rekeyed = lappend(*rekeyed, tables[i]);
	}
}

/* has_name tells whether a list of names has one. */
static bool
has_name(const List *names, const GqleMetaName *name)
{
	const ListCell *cell;

	foreach(cell, names)
		if (gqle_meta_same_name(lfirst(cell), name))
			return true;
	return false;
}

/* has_table tells whether a table is in the core of a guess, or anywhere in it. */
static bool
has_table(const GqleSqlGuess *guess, const GqleTable *table, bool in_core)
{
	GqleMetaName name = {table->source, table->schema, table->name};

	return in_core ? gqle_meta_scope_has_core(guess->near, &name) :
		gqle_meta_scope_has_table(guess->near, &name);
}

bool
gqle_sql_guess_covers(const GqleSqlGuess *guess, const GqleSqlPrints *before,
					  const GqleSqlPrints *after, const List *changed,
					  const List *rekeyed)
{
	const ListCell *cell;
	int			i;

	foreach(cell, changed)
		if (!has_table(guess, lfirst(cell), true))
			return false;
	foreach(cell, rekeyed)
		if (!has_table(guess, lfirst(cell), false))
			return false;
	foreach(cell, before->missing)
		if (!has_name(after->missing, lfirst(cell)) &&
			!gqle_meta_scope_has_core(guess->near, lfirst(cell)))
			return false;
	if (before->n_functions != after->n_functions)
		return false;
	for (i = 0; i < before->n_functions; i++)
		if (strcmp(before->functions[i], after->functions[i]) != 0 &&
			gqle_strhash_lookup(guess->words, before->function_names[i]) == NULL)
			return false;
	return true;
}
