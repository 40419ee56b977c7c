/*
 * meta_store.c
 *		Rows of the metadata tables.
 *
 * A row is handled as a JSON object whose members are columns, and Postgres
 * turns it into a row (json_populate_recordset), so one set of functions serves
 * all tables.  Names of tables and columns come from our own source text only;
 * values are always parameters.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "gqle/api/meta.h"
#include "gqle/base/spi.h"

#define MAX_KEY_COLUMNS 6

static void append_where(StringInfo sql, const char *key, GqleSpiArgs *args,
						 const char *alias, va_list values);
static void append_columns(StringInfo sql, const GqleJson *row, const char *fmt);

/* gqle_meta_store_insert inserts rows; all have the columns of the first. */
void
gqle_meta_store_insert(const char *table, const GqleJson *rows)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	StringInfoData sql;

	if (rows->n == 0)
		return;
	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO gqle.%s (", table);
	append_columns(&sql, rows->items[0], "%s");
	appendStringInfoString(&sql, ") SELECT ");
	append_columns(&sql, rows->items[0], "%s");
	appendStringInfo(&sql, " FROM pg_catalog.json_populate_recordset(NULL::gqle.%s, $1)",
					 table);
	gqle_spi_add_json(&args, gqle_json_to_text(rows));
	gqle_spi_execute(sql.data, &args);
}

/* gqle_meta_store_insert_one inserts one row. */
void
gqle_meta_store_insert_one(const char *table, GqleJson *row)
{
	GqleJson   *rows = gqle_json_make_array();

	gqle_json_array_add(rows, row);
	gqle_meta_store_insert(table, rows);
}

/* gqle_meta_store_upsert inserts a row or replaces the one of the same key. */
void
gqle_meta_store_upsert(const char *table, GqleJson *row)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO gqle.%s (", table);
	append_columns(&sql, row, "%s");
	appendStringInfoString(&sql, ") SELECT ");
	append_columns(&sql, row, "%s");
	appendStringInfo(&sql, " FROM pg_catalog.json_populate_record(NULL::gqle.%s, $1) "
					 "ON CONFLICT ON CONSTRAINT %s_pkey DO UPDATE SET ", table, table);
	append_columns(&sql, row, "%s = EXCLUDED.%s");
	gqle_spi_add_json(&args, gqle_json_to_text(row));
	gqle_spi_execute(sql.data, &args);
}

/* gqle_meta_store_delete deletes the rows with a key. */
int
gqle_meta_store_delete(const char *table, const char *key,...)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	StringInfoData sql;
	va_list		values;

	initStringInfo(&sql);
	appendStringInfo(&sql, "DELETE FROM gqle.%s AS t", table);
	va_start(values, key);
	append_where(&sql, key, &args, "t", values);
	va_end(values);
	return (int) gqle_spi_execute(sql.data, &args)->processed;
}

/* gqle_meta_store_exists tells whether there is a row with a key. */
bool
gqle_meta_store_exists(const char *table, const char *key,...)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	StringInfoData sql;
	va_list		values;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT 1 FROM gqle.%s AS t", table);
	va_start(values, key);
	append_where(&sql, key, &args, "t", values);
	va_end(values);
	appendStringInfoString(&sql, " LIMIT 1");
	return gqle_spi_query(sql.data, &args)->n > 0;
}

/* place gives a new row of a table that keeps an order a position among those with a key. */
static void
place(const char *table, GqleJson *row, const char *position, const char *key, va_list values)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	StringInfoData sql;
	GqleRows   *rows;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s FROM gqle.%s AS t", position, table);
	append_where(&sql, key, &args, "t", values);
	rows = gqle_spi_query(sql.data, &args);
	gqle_json_object_set(row, "position",
						 gqle_json_make_number(gqle_rows_text(rows, 0, 0)));
}

/*
 * gqle_meta_store_place_first makes a new row the first of those with a key.
 * compat: Hasura puts what is added to a list there.
 */
void
gqle_meta_store_place_first(const char *table, GqleJson *row, const char *key,...)
{
	va_list		values;

	va_start(values, key);
	place(table, row, "coalesce(min(t.position), 1) - 1", key, values);
	va_end(values);
}

/*
 * gqle_meta_store_place_last makes a new row the last of those with a key.
 * compat: Hasura puts what is added to a map that keeps its order there.
 */
void
gqle_meta_store_place_last(const char *table, GqleJson *row, const char *key,...)
{
	va_list		values;

	va_start(values, key);
	place(table, row, "coalesce(max(t.position), 0) + 1", key, values);
	va_end(values);
}

/* gqle_meta_store_get returns a json column of the row with a key, or NULL. */
GqleJson *
gqle_meta_store_get(const char *table, const char *column, const char *key,...)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	StringInfoData sql;
	va_list		values;
	GqleRows   *rows;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT t.%s FROM gqle.%s AS t", column, table);
	va_start(values, key);
	append_where(&sql, key, &args, "t", values);
	va_end(values);
	rows = gqle_spi_query(sql.data, &args);
	if (rows->n == 0 || gqle_rows_is_null(rows, 0, 0))
		return NULL;
	return gqle_meta_parse_stored(gqle_rows_text(rows, 0, 0));
}

/* gqle_meta_store_update sets columns of the rows with a key. */
int
gqle_meta_store_update(const char *table, const GqleJson *set, const char *key,...)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	StringInfoData sql;
	va_list		values;

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE gqle.%s AS t SET ", table);
	append_columns(&sql, set, "%s = r.%s");
	appendStringInfo(&sql, " FROM pg_catalog.json_populate_record(NULL::gqle.%s, $1) AS r",
					 table);
	gqle_spi_add_json(&args, gqle_json_to_text(set));
	va_start(values, key);
	append_where(&sql, key, &args, "t", values);
	va_end(values);
	return (int) gqle_spi_execute(sql.data, &args)->processed;
}

/* append_where appends the condition for a key and its values as parameters. */
static void
append_where(StringInfo sql, const char *key, GqleSpiArgs *args, const char *alias,
			 va_list values)
{
	const char *column = key;
	bool		first = true;

	while (*column != '\0')
	{
		int			len = strcspn(column, " ");

		gqle_spi_add_text(args, va_arg(values, const char *));
		appendStringInfo(sql, "%s%s.%.*s = $%d", first ? " WHERE " : " AND ", alias,
						 len, column, args->n);
		first = false;
		column += len;
		while (*column == ' ')
			column++;
	}
}

/*
 * append_columns appends, for each member of a row and separated by commas, the
 * format with every %s replaced by the column.
 */
static void
append_columns(StringInfo sql, const GqleJson *row, const char *fmt)
{
	int			i;

	for (i = 0; i < row->n; i++)
	{
		const char *column = quote_identifier(row->members[i].key);
		const char *c;

		if (i > 0)
			appendStringInfoString(sql, ", ");
		for (c = fmt; *c != '\0'; c++)
			if (c[0] == '%' && c[1] == 's')
			{
				appendStringInfoString(sql, column);
				c++;
			}
			else
				appendStringInfoChar(sql, *c);
	}
}

/* gqle_meta_row_of_table starts a row of something that belongs to a table. */
GqleJson *
gqle_meta_row_of_table(const GqleMetaName *table)
{
	GqleJson   *row = gqle_json_make_object();

	gqle_meta_row_set_text(row, "source", table->source);
	gqle_meta_row_set_text(row, "schema_name", table->schema);
	gqle_meta_row_set_text(row, "table_name", table->name);
	return row;
}

/* gqle_meta_row_set_text sets a text column; NULL means null. */
void
gqle_meta_row_set_text(GqleJson *row, const char *column, const char *value)
{
	gqle_json_object_set(row, column, value != NULL ? gqle_json_make_string(value) :
						 gqle_json_make_null());
}

/* gqle_meta_row_set_bool sets a boolean column. */
void
gqle_meta_row_set_bool(GqleJson *row, const char *column, bool value)
{
	gqle_json_object_set(row, column, gqle_json_make_bool(value));
}

/* gqle_meta_parse_stored parses JSON that a metadata table holds. */
GqleJson *
gqle_meta_parse_stored(const char *text)
{
	GqleJsonError error;
	GqleJson   *result = gqle_json_parse(text, strlen(text), &error);

	if (result == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a metadata table holds JSON that cannot be read: %s",
						error.message)));
	return result;
}
