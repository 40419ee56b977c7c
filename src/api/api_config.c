/*
 * api_config.c
 *		What the server says about itself: version and configuration.
 */
#include "gqle/gqle.h"

#include "gqle/api/api_config.h"
#include "gqle/api/call.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/secrets.h"
#include "gqle/catalog/catalog.h"
#include "gqle/net/jwt.h"

void
gqle_api_append_version(StringInfo out)
{
	appendStringInfoString(out, "{\"version\":\"" GQLE_COMPAT_VERSION
						   "\",\"server_type\":\"ce\"}");
}

static const char *
bool_text(bool value)
{
	return value ? "true" : "false";
}

/* The words of gqle.experimental_features as a list of strings. */
static void
append_features(StringInfo out)
{
	const char *cursor = gqle_guc_experimental_features;
	bool		first = true;

	appendStringInfoChar(out, '[');
	for (;;)
	{
		int			len;

		cursor += strspn(cursor, " ,");
		len = strcspn(cursor, " ,");
		if (len == 0)
			break;
		if (!first)
			appendStringInfoChar(out, ',');
		first = false;
		gqle_json_write_string(out, cursor, len);
		cursor += len;
	}
	appendStringInfoChar(out, ']');
}

/* Where the claims are in the tokens of each configuration; no keys. */
static void
append_jwt(StringInfo out)
{
	const char *text = gqle_guc_is_set(gqle_guc_jwt_secrets)
						   ? gqle_guc_jwt_secrets
						   : gqle_guc_jwt_secret;
	GqleJsonError json_error;
	GqleJson *json;
	bool first = true;

	if (!gqle_guc_is_set(text))
		return;
	json = gqle_json_parse(text, strlen(text), &json_error);
	for (int i = 0;
		 json != NULL && i < (json->kind == GQLE_JSON_ARRAY ? json->n : 1); i++)
	{
		const char *error;
		GqleJwtConfig *config;

		config = gqle_jwt_read_config(
			json->kind == GQLE_JSON_ARRAY ? json->items[i] : json, &error);
		if (config == NULL)
			continue;
		if (!first)
			appendStringInfoChar(out, ',');
		first = false;
		gqle_json_append(out, config->shown);
		gqle_jwk_free(config->keys);
	}
}

/*
 * The flags that Hasura reads from HASURA_FF_<NAME>; True, as Haskell spells it,
 * is on.
 */
static void
append_feature_flags(StringInfo out)
{
	static const struct
	{
		const char *name;
		const char *variable;
		const char *description;
	}			flags[] = {
		{"test-flag", "HASURA_FF_TEST_FLAG",
		"Testing feature flag integration"},
		{"naming-convention-sep-2023", "HASURA_FF_NAMING_CONVENTION_SEP_2023",
		"The changes to the naming-convention feature that were added in September 2023"},
	};

	for (size_t i = 0; i < lengthof(flags); i++)
	{
		const char *value = getenv(flags[i].variable);

		appendStringInfo(out, "%s{\"name\":\"%s\",\"description\":\"%s\",\"enabled\":%s}",
						 i > 0 ? "," : "", flags[i].name, flags[i].description,
						 bool_text(value != NULL && strcmp(value, "True") == 0));
	}
}

/* How often a kind of subscription is run again, in seconds. */
static void
append_subscriptions(StringInfo out, const char *key, int batch_size,
					 int refetch_interval)
{
	appendStringInfo(out, ",\"%s\":{\"batch_size\":%d,\"refetch_delay\":%g}",
					 key, batch_size, refetch_interval / 1000.0);
}

void
gqle_api_append_config(StringInfo out)
{
	appendStringInfo(out, "{\"version\":\"%s\"", GQLE_COMPAT_VERSION);
	appendStringInfo(out, ",\"is_function_permissions_inferred\":%s",
					 bool_text(gqle_guc_infer_function_permissions));
	appendStringInfo(out, ",\"is_remote_schema_permissions_enabled\":%s",
					 bool_text(gqle_guc_enable_remote_schema_permissions));
	appendStringInfo(out, ",\"is_admin_secret_set\":%s",
					 bool_text(gqle_secrets_exist()));
	appendStringInfo(out, ",\"is_auth_hook_set\":%s",
					 bool_text(gqle_guc_is_set(gqle_guc_auth_hook)));
	appendStringInfo(out, ",\"is_jwt_set\":%s,\"jwt\":[",
					 bool_text(gqle_guc_is_set(gqle_guc_jwt_secret) ||
							   gqle_guc_is_set(gqle_guc_jwt_secrets)));
	append_jwt(out);
	appendStringInfo(out, "],\"is_allow_list_enabled\":%s",
					 bool_text(gqle_guc_enable_allowlist));
	append_subscriptions(out, "live_queries",
						 gqle_guc_live_queries_multiplexed_batch_size,
						 gqle_guc_live_queries_multiplexed_refetch_interval);
	append_subscriptions(out, "streaming_queries",
						 gqle_guc_streaming_queries_multiplexed_batch_size,
						 gqle_guc_streaming_queries_multiplexed_refetch_interval);
	appendStringInfoString(out, ",\"console_assets_dir\":");
	if (gqle_guc_is_set(gqle_guc_console_assets_dir))
		gqle_json_write_cstring(out, gqle_guc_console_assets_dir);
	else
		appendStringInfoString(out, "null");
	appendStringInfoString(out, ",\"experimental_features\":");
	append_features(out);
	appendStringInfo(out, ",\"is_prometheus_metrics_enabled\":%s",
					 bool_text(gqle_guc_has_api(GQLE_API_GROUP_METRICS)));
	appendStringInfo(out, ",\"default_naming_convention\":\"%s\"",
					 gqle_guc_default_naming_convention == GQLE_NAMING_GRAPHQL_DEFAULT ?
					 "graphql-default" : "hasura-default");
	appendStringInfoString(out, ",\"feature_flags\":[");
	append_feature_flags(out);
	appendStringInfoChar(out, ']');
	appendStringInfo(out, ",\"is_apollo_federation_enabled\":%s}",
					 bool_text(gqle_guc_has_feature(GQLE_FEATURE_APOLLO_FEDERATION)));
}

/* Where telemetry goes, and which hosts are trusted: {"opentelemetry","network"}. */
void
gqle_api_worker_settings(GqleCall *call)
{
	static const char *const keys[] = {"opentelemetry", "network"};
	bool		first = true;

	appendStringInfoChar(call->out, '{');
	for (size_t i = 0; i < lengthof(keys); i++)
	{
		const char *text = gqle_catalog_setting(keys[i]);

		gqle_json_write_key(call->out, keys[i], &first);
		appendStringInfoString(call->out, text != NULL ? text : "{}");
	}
	appendStringInfoChar(call->out, '}');
}
