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
