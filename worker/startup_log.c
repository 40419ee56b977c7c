/*
 * startup_log.c
 *		Lines of type startup: what is served, with which settings.
 */
#include "postgres.h"

#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "utils/guc.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/base/secrets.h"
#include "gqle/worker/startup_log.h"

typedef enum Kind
{
	KIND_TEXT,
	KIND_URL,
	KIND_BOOL,
	KIND_NUMBER,
	KIND_LIST					/* of words with commas between */
} Kind;

/* A member of server_configuration and the setting that tells it. */
typedef struct Member
{
	const char *key;
	const char *setting;
	Kind		kind;
} Member;

static const Member members[] = {
	{"port", "gqle.port", KIND_NUMBER},
	{"server_host", "gqle.listen_addresses", KIND_TEXT},
	{"transaction_isolation", "gqle.tx_isolation", KIND_TEXT},
	{"auth_hook", "gqle.auth_hook", KIND_URL},
	{"auth_hook_mode", "gqle.auth_hook_mode", KIND_TEXT},
	{"unauth_role", "gqle.unauthorized_role", KIND_TEXT},
	{"enable_console", "gqle.enable_console", KIND_BOOL},
	{"console_assets_dir", "gqle.console_assets_dir", KIND_TEXT},
	{"enable_maintenance_mode", "gqle.enable_maintenance_mode", KIND_BOOL},
	{"events_fetch_batch_size", "gqle.events_fetch_batch_size", KIND_NUMBER},
	{"cors_config", "gqle.cors_domain", KIND_TEXT},
	{"stringify_numeric_types", "gqle.stringify_numeric_types", KIND_BOOL},
	{"v1-boolean-null-collapse", "gqle.boolean_null_collapse", KIND_BOOL},
	{"enabled_apis", "gqle.enabled_apis", KIND_LIST},
	{"enable_allowlist", "gqle.enable_allowlist", KIND_BOOL},
	{"enabled_log_types", "gqle.enabled_log_types", KIND_LIST},
	{"log_level", "gqle.log_level", KIND_TEXT},
	{"websocket_keep_alive", "gqle.websocket_keepalive", KIND_NUMBER},
	{"infer_function_permissions", "gqle.infer_function_permissions", KIND_BOOL},
	{"experimental_features", "gqle.experimental_features", KIND_LIST},
	{"graceful_shutdown_timeout", "gqle.graceful_shutdown_timeout", KIND_NUMBER},
	{"websocket_connection_init_timeout", "gqle.websocket_connection_init_timeout",
	KIND_NUMBER},
	{"enable_metadata_query_logging", "gqle.enable_metadata_query_logging", KIND_BOOL},
	{"http_log_query_only_on_error", "gqle.http_log_query_only_on_error", KIND_BOOL},
};

static void
append_list(StringInfo out, const char *value)
{
	bool		first = true;

	appendStringInfoChar(out, '[');
	for (;;)
	{
		int			len;

		value += strspn(value, " ,");
		len = strcspn(value, " ,");
		if (len == 0)
			break;
		if (!first)
			appendStringInfoChar(out, ',');
		first = false;
		gqle_json_write_string(out, value, len);
		value += len;
	}
	appendStringInfoChar(out, ']');
}

static void
append_value(StringInfo out, const Member *member)
{
	const char *value = GetConfigOption(member->setting, false, false);

	switch (member->kind)
	{
		case KIND_TEXT:
		case KIND_URL:
			if (value[0] == '\0')
				appendStringInfoString(out, "null");
			else if (member->kind == KIND_URL)
				gqle_log_append_url(out, value);
			else
				gqle_json_write_cstring(out, value);
			break;
		case KIND_BOOL:
			appendStringInfoString(out, strcmp(value, "on") == 0 ? "true" : "false");
			break;
		case KIND_NUMBER:
			appendStringInfoString(out, value);
			break;
		case KIND_LIST:
			append_list(out, value);
			break;
	}
}

static void
log_configuration(void)
{
	StringInfo	out = gqle_log_begin(GQLE_LOG_STARTUP, GQLE_LOG_LEVEL_INFO);
	bool		first = true;

	appendStringInfo(out, "{\"kind\":\"server_configuration\",\"info\":{\"admin_secret_set\":%s",
					 gqle_secrets_exist() ? "true" : "false");
	appendStringInfo(out, ",\"jwt_secret\":%s,",
					 gqle_guc_is_set(gqle_guc_jwt_secret) ||
					 gqle_guc_is_set(gqle_guc_jwt_secrets) ? "\"<JWT SECRET>\"" : "null");
	for (size_t i = 0; i < lengthof(members); i++)
	{
		gqle_json_write_key(out, members[i].key, &first);
		append_value(out, &members[i]);
	}
	appendStringInfo(out, ",\"live_query_options\":{\"batch_size\":%d,\"refetch_delay\":%g}",
					 gqle_guc_live_queries_multiplexed_batch_size,
					 gqle_guc_live_queries_multiplexed_refetch_interval / 1000.0);
	/* what is not a setting here */
	appendStringInfo(out, ",\"websocket_compression_options\":\"%s\"",
					 gqle_guc_connection_compression ? "permessage-deflate" : "NoCompression");
	appendStringInfoString(out, ",\"console_sentry_dsn\":null,\"enable_telemetry\":false,"
						   "\"use_prepared_statements\":true}}");
	gqle_log_end();
}

void
gqle_startup_log(const char *database, double seconds)
{
	StringInfo	out;

	if (!gqle_log_wants(GQLE_LOG_STARTUP, GQLE_LOG_LEVEL_INFO))
		return;
	log_configuration();
	out = gqle_log_begin(GQLE_LOG_STARTUP, GQLE_LOG_LEVEL_INFO);
	appendStringInfoString(out, "{\"kind\":\"postgres_connection\",\"info\":{\"database\":");
	gqle_json_write_cstring(out, database);
	appendStringInfoString(out, "}}");
	gqle_log_end();
	out = gqle_log_begin(GQLE_LOG_STARTUP, GQLE_LOG_LEVEL_INFO);
	appendStringInfo(out, "{\"kind\":\"server\",\"info\":{\"message\":\"Starting API server\",\"time_taken\":%.6f}}",
					 seconds);
	gqle_log_end();
}

void
gqle_startup_log_shutdown(void)
{
	StringInfo	out;

	if (!gqle_log_wants(GQLE_LOG_STARTUP, GQLE_LOG_LEVEL_INFO))
		return;
	out = gqle_log_begin(GQLE_LOG_STARTUP, GQLE_LOG_LEVEL_INFO);
	appendStringInfoString(out, "{\"kind\":\"server\",\"info\":\"Gracefully shutting down server\"}");
	gqle_log_end();
}
