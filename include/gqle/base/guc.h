/*
 * guc.h
 *		The settings of gqle, one C variable each.
 *
 * Setting gqle.<name> is variable gqle_guc_<name>.  What a setting means, its
 * unit and its environment variable are told once, in guc.c.
 */
#ifndef GQLE_BASE_GUC_H
#define GQLE_BASE_GUC_H

#include "gqle/gqle.h"

/* gqle.enabled_apis, as a mask */
typedef enum GqleApiGroup
{
	GQLE_API_GROUP_METADATA = 1 << 0,
	GQLE_API_GROUP_GRAPHQL = 1 << 1,
	GQLE_API_GROUP_PGDUMP = 1 << 2,
	GQLE_API_GROUP_DEVELOPER = 1 << 3,
	GQLE_API_GROUP_CONFIG = 1 << 4,
	GQLE_API_GROUP_METRICS = 1 << 5
} GqleApiGroup;

/* gqle.experimental_features, as a mask */
typedef enum GqleFeature
{
	GQLE_FEATURE_INHERITED_ROLES = 1 << 0,
	GQLE_FEATURE_OPTIMIZE_PERMISSION_FILTERS = 1 << 1,
	GQLE_FEATURE_NAMING_CONVENTION = 1 << 2,
	GQLE_FEATURE_STREAMING_SUBSCRIPTIONS = 1 << 3,
	GQLE_FEATURE_APOLLO_FEDERATION = 1 << 4,
	GQLE_FEATURE_HIDE_UPDATE_MANY_FIELDS = 1 << 5,
	GQLE_FEATURE_BIGQUERY_STRING_NUMERIC_INPUT = 1 << 6,
	GQLE_FEATURE_HIDE_AGGREGATION_PREDICATES = 1 << 7,
	GQLE_FEATURE_HIDE_STREAM_FIELDS = 1 << 8,
	GQLE_FEATURE_GROUP_BY_AGGREGATIONS = 1 << 9,
	GQLE_FEATURE_DISABLE_POSTGRES_ARRAYS = 1 << 10,
	GQLE_FEATURE_NO_NULL_UNBOUND_VARIABLE_DEFAULT = 1 << 11,
	GQLE_FEATURE_REMOVE_EMPTY_SUBSCRIPTION_RESPONSES = 1 << 12
} GqleFeature;

typedef enum GqleNamingConvention
{
	GQLE_NAMING_HASURA_DEFAULT,
	GQLE_NAMING_GRAPHQL_DEFAULT
} GqleNamingConvention;

typedef enum GqleHookMode
{
	GQLE_HOOK_GET,
	GQLE_HOOK_POST
} GqleHookMode;

/* Sorted by name, as in guc.c. */
extern bool gqle_guc_admin_internal_errors;
extern char *gqle_guc_admin_secret; /* see secrets.h */
extern char *gqle_guc_auth_hook;
extern int gqle_guc_auth_hook_mode; /* GqleHookMode */
extern bool gqle_guc_auth_hook_send_request_body;
extern bool gqle_guc_backwards_compat_null_in_nonnullable_variables;
extern int	gqle_guc_body_timeout;
extern bool gqle_guc_boolean_null_collapse;
extern bool gqle_guc_close_websockets_on_metadata_change;
extern bool gqle_guc_configured_header_precedence;
extern bool gqle_guc_connection_compression;
extern char *gqle_guc_client_address_header;
extern char *gqle_guc_console_assets_dir;
extern char *gqle_guc_cors_domain;
extern double gqle_guc_cost_limit;
extern char *gqle_guc_cost_limit_roles;
extern char *gqle_guc_database;
extern int	gqle_guc_default_naming_convention; /* GqleNamingConvention */
extern bool gqle_guc_dev_mode;
extern bool gqle_guc_disable_cors;
extern bool gqle_guc_disable_native_query_validation;
extern bool gqle_guc_enable_allowlist;
extern bool gqle_guc_enable_console;
extern bool gqle_guc_enable_apollo_federation;
extern bool gqle_guc_enable_maintenance_mode;
extern bool gqle_guc_enable_metadata_query_logging;
extern bool gqle_guc_enable_persisted_queries;
extern bool gqle_guc_enable_query_tracing;
extern bool gqle_guc_enable_read_only_mode;
extern bool gqle_guc_enable_remote_schema_permissions;
extern bool gqle_guc_enable_triggers_error_log_level;
extern char *gqle_guc_enabled_apis;
extern char *gqle_guc_enabled_log_types;
extern int	gqle_guc_events_fetch_batch_size;
extern int	gqle_guc_events_fetch_interval;
extern int	gqle_guc_events_http_pool_size;
extern int	gqle_guc_executors_max;
extern int	gqle_guc_executors_min;
extern char *gqle_guc_experimental_features;
extern int	gqle_guc_graceful_shutdown_timeout;
extern int	gqle_guc_head_timeout;
extern bool gqle_guc_http_log_query_only_on_error;
extern int	gqle_guc_idle_timeout;
extern bool gqle_guc_infer_function_permissions;
extern int	gqle_guc_inline_budget;
extern double gqle_guc_inline_cost_limit;
extern char *gqle_guc_jwt_secret;
extern char *gqle_guc_jwt_secrets;
extern char *gqle_guc_listen_addresses;
extern bool gqle_guc_linked;
extern int	gqle_guc_live_min_interval;	/* ms */
extern int	gqle_guc_live_queries_multiplexed_batch_size;
extern int	gqle_guc_live_queries_multiplexed_refetch_interval;
extern int	gqle_guc_live_safety_interval;	/* s */
extern int	gqle_guc_log_destination;	/* GqleLogDestination */
extern char *gqle_guc_log_file;
extern int	gqle_guc_log_level; /* GqleLogLevel */
extern int	gqle_guc_max_body_size;
extern int	gqle_guc_max_connections;
extern int	gqle_guc_max_connections_per_address;
extern int	gqle_guc_max_queued_calls;
extern int	gqle_guc_max_total_header_length;
extern char *gqle_guc_metadata_defaults;
extern bool gqle_guc_metrics_enable_high_cardinality_labels;
extern char *gqle_guc_metrics_secret;
extern int	gqle_guc_operation_cache_size;	/* kB */
extern int	gqle_guc_otlp_metrics_interval;
extern int	gqle_guc_persisted_queries_ttl;	/* seconds */
extern int	gqle_guc_pg_dump_max_size;	/* kB */
extern char *gqle_guc_pg_dump_path;
extern int	gqle_guc_port;
extern bool gqle_guc_preserve_401_errors;
extern bool gqle_guc_remote_schema_prioritize_data;
extern bool gqle_guc_remote_schema_skip_nulls;
extern int	gqle_guc_server_workers;
extern char *gqle_guc_session;
extern int	gqle_guc_slow_query_threshold;
extern int	gqle_guc_streaming_queries_multiplexed_batch_size;
extern int	gqle_guc_streaming_queries_multiplexed_refetch_interval;
extern bool gqle_guc_stringify_numeric_types;
extern char *gqle_guc_tls_cert;
extern char *gqle_guc_tls_key;
extern int	gqle_guc_tls_port;
extern int	gqle_guc_tx_isolation;	/* XACT_READ_COMMITTED and so on */
extern char *gqle_guc_unauthorized_role;
extern char *gqle_guc_unix_socket;
extern int	gqle_guc_unix_socket_permissions;
extern int	gqle_guc_websocket_connection_init_timeout;
extern int	gqle_guc_websocket_keepalive;
extern int	gqle_guc_websocket_max_message_size;
extern int	gqle_guc_websocket_max_operations;
extern bool gqle_guc_ws_read_cookie;

/*
 * Counts the changes of settings that decide who may do what: secrets, tokens,
 * the webhook, the unauthorized role, origins.
 */
extern bool gqle_guc_allowlist_role_scopes;
extern int	gqle_guc_async_actions_fetch_batch_size;
extern int	gqle_guc_async_actions_fetch_interval;
extern uint64 gqle_guc_auth_generation;

/* Define all settings; called once by _PG_init. */
extern void gqle_guc_init(void);

/* Is this group of endpoints, or this feature, switched on? */
extern bool gqle_guc_has_api(GqleApiGroup group);
extern bool gqle_guc_has_feature(GqleFeature feature);

/* Is this type of log lines (GqleLogType) enabled?  Only for those that can be chosen. */
extern bool gqle_guc_has_log(int type);

/*
 * The first entry of a list like gqle.cost_limit_roles; returns what follows it,
 * or NULL if it is malformed.
 */
extern const char *gqle_guc_next_cost_limit(const char *at, const char **role,
											int *role_len, double *cost);

/* Is a string setting (admin_secret, unauthorized_role, ...) set at all? */
static inline bool
gqle_guc_is_set(const char *value)
{
	return value != NULL && value[0] != '\0';
}

#endif							/* GQLE_BASE_GUC_H */
