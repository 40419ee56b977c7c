/*
 * api_debug_schema.c
 *		The schema of a role as text: graphql.sdl and gqle_internal.schema_type.
 */
#include "gqle/gqle.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "gqle/schema/sdl.h"

PG_FUNCTION_INFO_V1(gqle_sql_sdl);
PG_FUNCTION_INFO_V1(gqle_sql_schema_type);

/* graphql.sdl(role text, backend_only boolean) returns text */
Datum
gqle_sql_sdl(PG_FUNCTION_ARGS)
{
	char	   *role = text_to_cstring(PG_GETARG_TEXT_PP(0));
	GqleCatalog *catalog = gqle_catalog_pin();
	StringInfoData out;

	initStringInfo(&out);
	gqle_sdl_append(&out, gqle_schema_get(catalog, role, PG_GETARG_BOOL(1)));
	gqle_catalog_release(catalog);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/*
 * gqle_internal.schema_type(role text, type_name text, backend_only boolean)
 * returns text; null if the role has no such type
 */
Datum
gqle_sql_schema_type(PG_FUNCTION_ARGS)
{
	char	   *role = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	GqleCatalog *catalog = gqle_catalog_pin();
	GqleSchema *schema = gqle_schema_get(catalog, role, PG_GETARG_BOOL(2));
	StringInfoData out;
	bool		found;

	initStringInfo(&out);
	found = gqle_sdl_append_named(&out, schema, name);
	gqle_catalog_release(catalog);
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
