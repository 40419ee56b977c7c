/*
 * api_auth.c
 *		graphql.verify_jwt: why a token is taken, or not.
 *
 * With several configurations each has its say, in order.  Keys at a URL are
 * known to the server workers only, so for those a key set must be given.
 */
#include "postgres.h"

#include <sys/time.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/net/jwt.h"

PG_FUNCTION_INFO_V1(gqle_sql_verify_jwt);

static int64
now_usecs(void)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return (int64) now.tv_sec * 1000000 + now.tv_usec;
}

static pg_attribute_noreturn() void
refuse(const char *what, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s cannot be used", what),
			 errdetail("%s", reason)));
}

/* The text of a jsonb argument, or NULL. */
static char *
jsonb_argument(FunctionCallInfo fcinfo, int i)
{
	Jsonb	   *value;

	if (PG_ARGISNULL(i))
		return NULL;
	value = PG_GETARG_JSONB_P(i);
	return JsonbToCString(NULL, &value->root, VARSIZE(value));
}

static void
append_claims(StringInfo out, const GqleJwtClaims *claims)
{
	bool		first = true;

	appendStringInfoString(out, "{\"valid\":true,\"default_role\":");
	gqle_json_write_cstring(out, claims->default_role);
	appendStringInfoString(out, ",\"allowed_roles\":[");
	for (int i = 0; i < claims->n_roles; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ',');
		gqle_json_write_cstring(out, claims->roles[i]);
	}
	appendStringInfoString(out, "],\"variables\":{");
	for (int i = 0; i < claims->n_variables; i++)
	{
		gqle_json_write_key(out, claims->variables[i].name, &first);
		gqle_json_write_cstring(out, claims->variables[i].value);
	}
	appendStringInfoString(out, "},\"claims\":");
	gqle_json_append(out, claims->payload);
	appendStringInfoChar(out, '}');
}

/* What one configuration says; keys may be NULL. */
static void
append_verdict(StringInfo out, const GqleJson *json, const char *token,
			   const GqleJwtKeySet *keys)
{
	const char *error;
	GqleJwtConfig *config = gqle_jwt_read_config(json, &error);
	GqleJwtClaims claims;
	GqleErrorSink sink = {0};
	bool		is_valid;

	if (config == NULL)
		refuse("the configuration of JSON Web Tokens", error);
	if (config->keys == NULL && keys == NULL)
		refuse("the configuration of JSON Web Tokens",
			   "Its keys are at a URL; give them as the third argument.");
	is_valid = gqle_jwt_verify(config, config->keys != NULL ? config->keys : keys,
							   token, strlen(token), now_usecs(), &claims, &sink);
	gqle_jwk_free(config->keys);
	if (is_valid)
	{
		append_claims(out, &claims);
		return;
	}
	appendStringInfoString(out, "{\"valid\":false,\"code\":");
	gqle_json_write_cstring(out, gqle_error_code_text(&sink.error));
	appendStringInfoString(out, ",\"message\":");
	gqle_json_write_cstring(out, sink.error.message);
	appendStringInfoChar(out, '}');
}

Datum
gqle_sql_verify_jwt(PG_FUNCTION_ARGS)
{
	char	   *token;
	char	   *config = jsonb_argument(fcinfo, 1);
	char	   *key_text = jsonb_argument(fcinfo, 2);
	const char *error = NULL;
	GqleJsonError json_error;
	GqleJson   *json;
	GqleJwtKeySet *keys = NULL;
	StringInfoData out;

	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be superuser to verify a token")));
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	token = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (config == NULL)
		config = gqle_guc_is_set(gqle_guc_jwt_secrets) ?
			gqle_guc_jwt_secrets : gqle_guc_jwt_secret;
	if (!gqle_guc_is_set(config))
		refuse("the configuration of JSON Web Tokens", "There is none.");
	json = gqle_json_parse(config, strlen(config), &json_error);
	if (json == NULL)
		refuse("the configuration of JSON Web Tokens", json_error.message);
	if (key_text != NULL)
	{
		keys = gqle_jwk_parse_set(key_text, strlen(key_text), &error);
		if (keys == NULL)
			refuse("the key set", error);
	}

	initStringInfo(&out);
	if (json->kind != GQLE_JSON_ARRAY)
		append_verdict(&out, json, token, keys);
	else
	{
		appendStringInfoChar(&out, '[');
		for (int i = 0; i < json->n; i++)
		{
			if (i > 0)
				appendStringInfoChar(&out, ',');
			append_verdict(&out, json->items[i], token, keys);
		}
		appendStringInfoChar(&out, ']');
	}
	gqle_jwk_free(keys);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data));
}
