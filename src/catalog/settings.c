/*
 * settings.c
 *		Single objects of the metadata that bear on what the engine serves.
 */
#include "postgres.h"

#include "gqle/base/spi.h"
#include "gqle/catalog/catalog.h"

/* See catalog.h.  Anything but a list of roles hides nothing. */
bool
gqle_catalog_hides_introspection(const char *role)
{
	static GqleSpiStatement statement = {
		"SELECT EXISTS (SELECT FROM gqle.settings, LATERAL json_array_elements_text("
		"CASE json_typeof(value->'disabled_for_roles') WHEN 'array' "
		"THEN value->'disabled_for_roles' ELSE '[]' END) AS hidden(role) "
		"WHERE key = 'graphql_schema_introspection' AND hidden.role = $1)", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, role);
	return gqle_rows_bool(gqle_spi_query_kept(&statement, &args), 0, 0);
}

/* See catalog.h.  A role's own limit takes the place of that for all. */
int
gqle_catalog_api_limit(const char *name, const char *role)
{
	static GqleSpiStatement statement = {
		"SELECT least(coalesce(value->$1->'per_role'->>$2, value->$1->>'global')::numeric, "
		"2147483647)::int4 FROM gqle.settings WHERE key = 'api_limits' "
		"AND value->>'disabled' IS DISTINCT FROM 'true'", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	gqle_spi_add_text(&args, name);
	gqle_spi_add_text(&args, role);
	rows = gqle_spi_query_kept(&statement, &args);
	if (rows->n == 0 || gqle_rows_is_null(rows, 0, 0))
		return -1;
	return Max(gqle_rows_int4(rows, 0, 0), 0);
}

/* See catalog.h. */
char *
gqle_catalog_api_limits(void)
{
	static GqleSpiStatement statement = {
		"SELECT value::text FROM gqle.settings WHERE key = 'api_limits' "
		"AND value->>'disabled' IS DISTINCT FROM 'true'", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows = gqle_spi_query_kept(&statement, &args);

	return rows->n == 0 ? NULL : pstrdup(gqle_rows_text(rows, 0, 0));
}

/* See catalog.h.  An entry without a suffix holds for all ports. */
bool
gqle_catalog_allows_self_signed(const char *host, int port)
{
	static GqleSpiStatement statement = {
		"SELECT EXISTS (SELECT FROM gqle.settings, LATERAL json_array_elements("
		"CASE json_typeof(value->'tls_allowlist') WHEN 'array' "
		"THEN value->'tls_allowlist' ELSE '[]' END) AS allowed(entry) "
		"WHERE key = 'network' AND entry->>'host' = $1 "
		"AND coalesce(entry->>'suffix' = $2, true) "
		"AND (coalesce(entry->>'permissions', 'null') = 'null' "
		"OR (entry->'permissions')::jsonb ? 'self-signed'))", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, host);
	gqle_spi_add_text(&args, psprintf("%d", port));
	return gqle_rows_bool(gqle_spi_query_kept(&statement, &args), 0, 0);
}

/* See catalog.h. */
char *
gqle_catalog_setting(const char *key)
{
	static GqleSpiStatement statement = {
		"SELECT value::text FROM gqle.settings WHERE key = $1", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	gqle_spi_add_text(&args, key);
	rows = gqle_spi_query_kept(&statement, &args);
	return rows->n == 0 ? NULL : pstrdup(gqle_rows_text(rows, 0, 0));
}
