/*
 * api_grant.c
 *		gqle.allow_execute: who may call graphql.execute.
 *
 * Whoever calls it chooses the session, so it is granted to nobody by default.
 * An operation runs with its caller's own privileges on tables; besides those it
 * needs the functions that the engine's statements use.
 */
#include "gqle/gqle.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "gqle/base/spi.h"

PG_FUNCTION_INFO_V1(gqle_sql_allow_execute);

static const char *const grants[] = {
	"GRANT USAGE ON SCHEMA graphql, gqle_internal TO %s",
	"GRANT EXECUTE ON FUNCTION graphql.execute(jsonb, text, jsonb, text) TO %s",
	"GRANT EXECUTE ON FUNCTION gqle_internal.json_row(text, \"any\") TO %s",
	"GRANT EXECUTE ON FUNCTION gqle_internal.json_list(text, \"any\") TO %s",
};

/*
 * gqle.allow_execute(role regrole) returns void
 */
Datum
gqle_sql_allow_execute(PG_FUNCTION_ARGS)
{
	char	   *role = GetUserNameFromId(PG_GETARG_OID(0), false);
	int			i;

	for (i = 0; i < (int) lengthof(grants); i++)
		gqle_spi_execute(psprintf(grants[i], quote_identifier(role)), NULL);
	PG_RETURN_VOID();
}
