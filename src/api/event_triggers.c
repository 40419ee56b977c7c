/*
 * event_triggers.c
 *		The triggers of tables that capture events, kept as the metadata ask.
 *
 * An event trigger has one trigger per operation on its table, named as in
 * Hasura: notify_hasura_<name>_INSERT.  All call the same function; what they
 * capture is in their arguments (event_capture.c), so a trigger is as wanted if
 * its arguments are, and whatever changed in the metadata - columns, a rename,
 * another table - is found by comparing.
 *
 * A trigger that the owner of the table has disabled stays disabled.  Partitions
 * have clones of the trigger of their parent, which come and go with it.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "gqle/api/event.h"
#include "gqle/api/event_cleanup.h"
#include "gqle/api/meta.h"
#include "gqle/base/spi.h"

/* Columns of a difference. */
enum
{
	DIFFERENCE_RELATION,
	DIFFERENCE_NAME,
	DIFFERENCE_IS_WANTED,
	DIFFERENCE_IS_PRESENT,
	DIFFERENCE_OPERATION,
	DIFFERENCE_ENABLED,
	DIFFERENCE_FIRST_ARG
};
#define N_TRIGGER_ARGS 5

/* Triggers that are wanted and not there, there and not wanted, or other. */
static GqleSpiStatement differences = {
	"WITH wanted AS ("
	" SELECT c.oid AS relid, format('%I.%I', n.nspname, c.relname) AS relation,"
	"  'notify_hasura_' || e.name || '_' || o.operation AS name, o.operation,"
	"  ARRAY[e.name, e.schema_name, e.table_name,"
	"   CASE json_typeof(d.spec->'payload') WHEN 'array' THEN d.spec->>'payload' ELSE '*' END,"
	"   CASE json_typeof(d.spec->'columns') WHEN 'array' THEN d.spec->>'columns' ELSE '*' END] AS args,"
	"  CASE e.definition->>'trigger_on_replication' WHEN 'true' THEN 'A' ELSE 'O' END AS enabled"
	" FROM gqle.event_triggers AS e"
	" JOIN pg_namespace AS n ON n.nspname = e.schema_name"
	" JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = e.table_name AND c.relkind IN ('r', 'p')"
	" CROSS JOIN (VALUES ('INSERT', 'insert'), ('UPDATE', 'update'), ('DELETE', 'delete')) AS o (operation, key)"
	" CROSS JOIN LATERAL (SELECT e.definition->'definition'->o.key) AS d (spec)"
	" WHERE e.source = $1 AND json_typeof(d.spec) = 'object'"
	"), present AS ("
	" SELECT t.tgrelid AS relid, t.tgname AS name, t.tgargs AS args, t.tgenabled AS enabled"
	" FROM pg_depend AS d JOIN pg_trigger AS t ON t.oid = d.objid"
	" WHERE d.classid = 'pg_trigger'::regclass AND d.refclassid = 'pg_proc'::regclass"
	"  AND d.refobjid = 'gqle_internal.capture_event'::regproc AND t.tgparentid = 0"
	")"
	" SELECT coalesce(w.relation, p.relid::regclass::text), coalesce(w.name, p.name),"
	"  w.relid IS NOT NULL, p.relid IS NOT NULL, w.operation, w.enabled,"
	"  w.args[1], w.args[2], w.args[3], w.args[4], w.args[5]"
	" FROM wanted AS w FULL JOIN present AS p ON p.relid = w.relid AND p.name = w.name"
	" WHERE w.relid IS NULL OR p.relid IS NULL OR"
	"  p.args <> (SELECT string_agg(convert_to(u.arg, 'UTF8') || '\\x00'::bytea, ''::bytea ORDER BY u.i)"
	"             FROM unnest(w.args) WITH ORDINALITY AS u (arg, i)) OR"
	"  (p.enabled IN ('O', 'A') AND p.enabled <> w.enabled)"
};

static void
drop_trigger(const char *relation, const char *name)
{
	gqle_spi_execute(psprintf("DROP TRIGGER %s ON %s", quote_identifier(name), relation),
					 NULL);
}

/*
 * Drop the trigger of that name that Hasura made, whose place ours takes: else
 * its events would go to a queue that nobody delivers from.
 */
static void
drop_hasura_trigger(const char *relation, const char *name)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	gqle_spi_add_text(&args, relation);
	gqle_spi_add_text(&args, name);
	rows = gqle_spi_query("SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
						  "JOIN pg_namespace n ON n.oid = p.pronamespace "
						  "WHERE t.tgrelid = $1::regclass AND t.tgname = $2 "
						  "AND n.nspname = 'hdb_catalog' AND p.proname LIKE 'notify\\_hasura\\_%'", &args);
	if (rows->n > 0)
		gqle_spi_execute(psprintf("DROP TRIGGER %s ON %s", quote_identifier(name),
								  relation), NULL);
}

/* Make the trigger that a row of differences wants. */
static void
create_trigger(const GqleRows *rows, int row, const char *relation, const char *name)
{
	StringInfoData sql;
	int			i;

	drop_hasura_trigger(relation, name);
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TRIGGER %s AFTER %s ON %s FOR EACH ROW "
					 "EXECUTE FUNCTION gqle_internal.capture_event(",
					 quote_identifier(name),
					 gqle_rows_text(rows, row, DIFFERENCE_OPERATION), relation);
	for (i = 0; i < N_TRIGGER_ARGS; i++)
		appendStringInfo(&sql, "%s%s", i > 0 ? ", " : "",
						 quote_literal_cstr(gqle_rows_text(rows, row,
														   DIFFERENCE_FIRST_ARG + i)));
	appendStringInfoChar(&sql, ')');
	gqle_spi_execute(sql.data, NULL);

	if (strcmp(gqle_rows_text(rows, row, DIFFERENCE_ENABLED), "A") == 0)
		gqle_spi_execute(psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", relation,
								  quote_identifier(name)), NULL);
}

/* See event.h. */
GqleJson *
gqle_event_trigger_names(void)
{
	static GqleSpiStatement statement = {
		"SELECT name FROM gqle.event_triggers WHERE source = $1"
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleJson   *names = gqle_json_make_array();
	GqleRows   *rows;
	int			i;

	gqle_spi_add_text(&args, gqle_meta_local_source());
	rows = gqle_spi_query_kept(&statement, &args);
	for (i = 0; i < rows->n; i++)
		gqle_json_array_add(names, gqle_json_make_string(gqle_rows_text(rows, i, 0)));
	return names;
}

/* Archive the events of event triggers that are no more. */
static void
archive_events(const GqleJson *names_before)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	if (names_before->n == 0)
		return;
	gqle_spi_add_json(&args, gqle_json_to_text(names_before));
	gqle_spi_execute("UPDATE gqle.event_log SET archived = true WHERE NOT archived "
					 "AND trigger_name IN (SELECT b.name FROM json_array_elements_text($1) AS b (name) "
					 "WHERE NOT EXISTS (SELECT FROM gqle.event_triggers AS e WHERE e.name = b.name))",
					 &args);
}

/* See event.h. */
void
gqle_event_triggers_follow(const GqleJson *names_before)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;
	int			i;

	gqle_spi_add_text(&args, gqle_meta_local_source());
	rows = gqle_spi_query_kept(&differences, &args);
	if (gqle_event_trigger_names()->n > 0)
		gqle_event_catalog_show();
	for (i = 0; i < rows->n; i++)
	{
		const char *relation = gqle_rows_text(rows, i, DIFFERENCE_RELATION);
		const char *name = gqle_rows_text(rows, i, DIFFERENCE_NAME);

		if (gqle_rows_bool(rows, i, DIFFERENCE_IS_PRESENT))
			drop_trigger(relation, name);
		if (gqle_rows_bool(rows, i, DIFFERENCE_IS_WANTED))
			create_trigger(rows, i, relation, name);
	}
	archive_events(names_before);
	gqle_event_cleanups_follow();
}
