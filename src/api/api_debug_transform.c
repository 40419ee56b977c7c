/*
 * api_debug_transform.c
 *		What a response transform makes of an answer:
 *		gqle_internal.transformed_response.
 */
#include "gqle/gqle.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "gqle/exec/transform.h"

PG_FUNCTION_INFO_V1(gqle_sql_transformed_response);

/* A json argument, which PostgreSQL has checked already; NULL for null. */
static GqleJson *
json_argument(FunctionCallInfo fcinfo, int arg)
{
	GqleJsonError error;
	char	   *value;
	GqleJson   *json;

	if (PG_ARGISNULL(arg))
		return NULL;
	value = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	json = gqle_json_parse(value, (int) strlen(value), &error);
	if (json == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("could not read JSON: %s", error.message)));
	return json;
}

/*
 * gqle_internal.transformed_response(transform json, request_context json,
 * session_variables json, status integer, body text) returns text
 */
Datum
gqle_sql_transformed_response(PG_FUNCTION_ARGS)
{
	const GqleJson *transform = json_argument(fcinfo, 0);
	GqleHttpReply reply = {.body = "",.head = ""};
	StringInfoData out;
	StringInfoData errors;

	if (transform == NULL)
		PG_RETURN_NULL();
	reply.status = PG_ARGISNULL(3) ? 200 : PG_GETARG_INT32(3);
	if (!PG_ARGISNULL(4))
		reply.body = text_to_cstring(PG_GETARG_TEXT_PP(4));
	reply.body_len = (int) strlen(reply.body);
	initStringInfo(&out);
	initStringInfo(&errors);
	if (gqle_transform_response(transform, json_argument(fcinfo, 1),
								json_argument(fcinfo, 2), &reply, &out, &errors))
		PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("[%s]", errors.data)));
}
