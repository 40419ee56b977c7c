/*
 * event_catalog.c
 *		The queue of events and its log by the names they have in Hasura.
 *
 * compat: hdb_catalog.event_log and hdb_catalog.event_invocation_logs are there
 * from the first event trigger on until the metadata are cleared.  They are views
 * and members of the extension; the tables behind them keep their rows.  A schema
 * hdb_catalog that is not the extension's is Hasura's own and left alone.
 */
#include "postgres.h"

#include "gqle/api/event.h"
#include "gqle/base/spi.h"

static const char *const views[] = {"event_log", "event_invocation_logs",
"hdb_event_log_cleanups"};

/* Is the schema the extension's? */
static bool
owns_schema(void)
{
	static GqleSpiStatement statement = {
		"SELECT FROM pg_namespace AS n"
		" JOIN pg_depend AS d ON d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'"
		" JOIN pg_extension AS x ON x.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass"
		" WHERE n.nspname = 'hdb_catalog' AND x.extname = 'gqle'"
	};

	return gqle_spi_query_kept(&statement, NULL)->n > 0;
}

/* Is there a relation of that name in it, and does nothing depend on it? */
static bool
is_there(const char *name, bool *is_used)
{
	static GqleSpiStatement statement = {
		"SELECT EXISTS (SELECT FROM pg_depend AS d WHERE d.refclassid = 'pg_class'::regclass"
		" AND d.refobjid = c.oid AND d.deptype = 'n' AND NOT EXISTS (SELECT FROM pg_rewrite AS r"
		"  WHERE d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid AND r.ev_class = c.oid)) "
		"FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
		"WHERE n.nspname = 'hdb_catalog' AND c.relname = $1"
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	gqle_spi_add_text(&args, name);
	rows = gqle_spi_query_kept(&statement, &args);
	*is_used = rows->n > 0 && gqle_rows_bool(rows, 0, 0);
	return rows->n > 0;
}

/* See event.h. */
void
gqle_event_catalog_show(void)
{
	bool		is_used;

	if (!owns_schema())
		return;
	for (int i = 0; i < (int) lengthof(views); i++)
	{
		if (is_there(views[i], &is_used))
			continue;
		gqle_spi_execute(psprintf("CREATE VIEW hdb_catalog.%s AS TABLE gqle.%s", views[i],
								  views[i]), NULL);
		gqle_spi_execute(psprintf("REVOKE ALL ON hdb_catalog.%s FROM PUBLIC", views[i]), NULL);
		gqle_spi_execute(psprintf("COMMENT ON VIEW hdb_catalog.%s IS 'gqle: as in Hasura'",
								  views[i]), NULL);
		gqle_spi_execute(psprintf("ALTER EXTENSION gqle ADD VIEW hdb_catalog.%s", views[i]),
						 NULL);
	}
}

/* See event.h. */
void
gqle_event_catalog_hide(void)
{
	bool		is_used;

	if (!owns_schema())
		return;
	for (int i = 0; i < (int) lengthof(views); i++)
	{
		if (!is_there(views[i], &is_used) || is_used)
			continue;
		gqle_spi_execute(psprintf("ALTER EXTENSION gqle DROP VIEW hdb_catalog.%s", views[i]),
						 NULL);
		gqle_spi_execute(psprintf("DROP VIEW hdb_catalog.%s", views[i]), NULL);
	}
}
