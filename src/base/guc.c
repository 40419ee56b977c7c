/*
 * guc.c
 *		Every setting of gqle.
 *
 * A setting is a GUC gqle.<name>.  Its boot value comes from the environment
 * variable HASURA_GRAPHQL_<NAME> that the postmaster was started with, so a
 * value in postgresql.conf or by ALTER SYSTEM has precedence, and RESET goes
 * back to the environment.  A variable with a value that its setting does not
 * take stops the start with a message that names it, as in Hasura.
 *
 * Settings of a deployment that decide who may do what, or how the listener
 * runs, are PGC_SIGHUP; those that change how the engine answers are PGC_SUSET,
 * so that a database can have its own (ALTER DATABASE ... SET) and a superuser
 * can try one in a session.  Definitions are sorted by name.
 */
#include "postgres.h"

#include <limits.h>

#include "access/xact.h"
#include "utils/guc.h"

#include "gqle/base/environment.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_read.h"
#include "gqle/base/log.h"
#include "gqle/base/secrets.h"
#include "gqle/errcodes.h"

#define ENV_PREFIX GQLE_ENV_PREFIX

/* One word of a list setting and its bit. */
typedef struct ListWord
{
	const char *word;
	int			bit;
} ListWord;

bool		gqle_guc_admin_internal_errors;
char	   *gqle_guc_admin_secret;
bool		gqle_guc_allowlist_role_scopes;
int			gqle_guc_async_actions_fetch_batch_size;
int			gqle_guc_async_actions_fetch_interval;
uint64 gqle_guc_auth_generation = 0;
char *gqle_guc_auth_hook;
int gqle_guc_auth_hook_mode;
bool gqle_guc_auth_hook_send_request_body;
bool		gqle_guc_backwards_compat_null_in_nonnullable_variables;
int			gqle_guc_body_timeout;
bool		gqle_guc_boolean_null_collapse;
bool		gqle_guc_close_websockets_on_metadata_change;
bool gqle_guc_configured_header_precedence;
char	   *gqle_guc_client_address_header;
bool		gqle_guc_connection_compression;
char	   *gqle_guc_console_assets_dir;
char *gqle_guc_cors_domain;
double		gqle_guc_cost_limit;
char	   *gqle_guc_cost_limit_roles;
char	   *gqle_guc_database;
int			gqle_guc_default_naming_convention;
bool		gqle_guc_dev_mode;
bool gqle_guc_disable_cors;
bool		gqle_guc_disable_native_query_validation;
bool		gqle_guc_enable_allowlist;
bool		gqle_guc_enable_console;
bool		gqle_guc_enable_apollo_federation;
bool		gqle_guc_enable_maintenance_mode;
bool		gqle_guc_enable_metadata_query_logging;
bool		gqle_guc_enable_persisted_queries;
bool		gqle_guc_enable_query_tracing;
bool		gqle_guc_enable_read_only_mode;
bool		gqle_guc_enable_remote_schema_permissions;
bool		gqle_guc_enable_triggers_error_log_level;
char	   *gqle_guc_enabled_apis;
char	   *gqle_guc_enabled_log_types;
int			gqle_guc_events_fetch_batch_size;
int			gqle_guc_events_fetch_interval;
int			gqle_guc_events_http_pool_size;
int			gqle_guc_executors_max;
int			gqle_guc_executors_min;
char	   *gqle_guc_experimental_features;
int			gqle_guc_graceful_shutdown_timeout;
int			gqle_guc_head_timeout;
bool		gqle_guc_http_log_query_only_on_error;
int			gqle_guc_idle_timeout;
bool		gqle_guc_infer_function_permissions;
int			gqle_guc_inline_budget;
double		gqle_guc_inline_cost_limit;
char *gqle_guc_jwt_secret;
char *gqle_guc_jwt_secrets;
char	   *gqle_guc_listen_addresses;
bool		gqle_guc_linked;
int			gqle_guc_live_min_interval;
int			gqle_guc_live_queries_multiplexed_batch_size;
int			gqle_guc_live_queries_multiplexed_refetch_interval;
int			gqle_guc_live_safety_interval;
int			gqle_guc_log_destination;
char	   *gqle_guc_log_file;
int			gqle_guc_log_level;
int			gqle_guc_max_body_size;
int			gqle_guc_max_connections;
int			gqle_guc_max_connections_per_address;
int			gqle_guc_max_queued_calls;
int			gqle_guc_max_total_header_length;
char	   *gqle_guc_metadata_defaults;
bool		gqle_guc_metrics_enable_high_cardinality_labels;
char	   *gqle_guc_metrics_secret;
int			gqle_guc_operation_cache_size;
int			gqle_guc_otlp_metrics_interval;
int			gqle_guc_persisted_queries_ttl;
int			gqle_guc_pg_dump_max_size;
char	   *gqle_guc_pg_dump_path;
int			gqle_guc_port;
bool		gqle_guc_preserve_401_errors;
bool		gqle_guc_remote_schema_prioritize_data;
bool		gqle_guc_remote_schema_skip_nulls;
int			gqle_guc_server_workers;
char	   *gqle_guc_session;
int			gqle_guc_slow_query_threshold;
int			gqle_guc_streaming_queries_multiplexed_batch_size;
int			gqle_guc_streaming_queries_multiplexed_refetch_interval;
bool		gqle_guc_stringify_numeric_types;
char	   *gqle_guc_tls_cert;
char	   *gqle_guc_tls_key;
int			gqle_guc_tls_port;
int			gqle_guc_tx_isolation;
char	   *gqle_guc_unauthorized_role;
char	   *gqle_guc_unix_socket;
int			gqle_guc_unix_socket_permissions;
int			gqle_guc_websocket_connection_init_timeout;
int			gqle_guc_websocket_keepalive;
int			gqle_guc_websocket_max_message_size;
int			gqle_guc_websocket_max_operations;
bool		gqle_guc_ws_read_cookie;

/*
 * What PostgreSQL holds for a secret: always the same, so that nothing it says
 * about a setting, such as "parameter changed to" at a reload, can tell one.
 */
#define SECRET_MASK "********"

static char *admin_secret_shown;
static char *admin_secrets_shown;
static char *jwt_secret_shown;
static char *jwt_secrets_shown;
static char *metrics_secret_shown;

static int	enabled_apis_mask;
static int	enabled_log_types_mask;
static int	experimental_features_mask;

static const ListWord api_words[] = {
	{"config", GQLE_API_GROUP_CONFIG},
	{"developer", GQLE_API_GROUP_DEVELOPER},
	{"graphql", GQLE_API_GROUP_GRAPHQL},
	{"metadata", GQLE_API_GROUP_METADATA},
	{"metrics", GQLE_API_GROUP_METRICS},
	{"pgdump", GQLE_API_GROUP_PGDUMP},
	{NULL, 0}
};

static const ListWord feature_words[] = {
	{"apollo_federation", GQLE_FEATURE_APOLLO_FEDERATION},
	{"bigquery_string_numeric_input", GQLE_FEATURE_BIGQUERY_STRING_NUMERIC_INPUT},
	{"disable_postgres_arrays", GQLE_FEATURE_DISABLE_POSTGRES_ARRAYS},
	{"group_by_aggregations", GQLE_FEATURE_GROUP_BY_AGGREGATIONS},
	{"hide_aggregation_predicates", GQLE_FEATURE_HIDE_AGGREGATION_PREDICATES},
	{"hide_stream_fields", GQLE_FEATURE_HIDE_STREAM_FIELDS},
	{"hide_update_many_fields", GQLE_FEATURE_HIDE_UPDATE_MANY_FIELDS},
	{"inherited_roles", GQLE_FEATURE_INHERITED_ROLES},
	{"naming_convention", GQLE_FEATURE_NAMING_CONVENTION},
	{"no_null_unbound_variable_default", GQLE_FEATURE_NO_NULL_UNBOUND_VARIABLE_DEFAULT},
	{"optimize_permission_filters", GQLE_FEATURE_OPTIMIZE_PERMISSION_FILTERS},
	{"remove_empty_subscription_responses", GQLE_FEATURE_REMOVE_EMPTY_SUBSCRIPTION_RESPONSES},
	{"streaming_subscriptions", GQLE_FEATURE_STREAMING_SUBSCRIPTIONS},
	{NULL, 0}
};

static const struct config_enum_entry hook_modes[] = {{"GET", GQLE_HOOK_GET,
													   false},
													  {"POST", GQLE_HOOK_POST,
													   false},
													  {NULL, 0, false}};

static const struct config_enum_entry log_destinations[] = {
	{"server", GQLE_LOG_TO_SERVER, false},
	{"file", GQLE_LOG_TO_FILE, false},
	{NULL, 0, false}
};

static const struct config_enum_entry log_levels[] = {
	{"debug", GQLE_LOG_LEVEL_DEBUG, false},
	{"info", GQLE_LOG_LEVEL_INFO, false},
	{"warn", GQLE_LOG_LEVEL_WARN, false},
	{"error", GQLE_LOG_LEVEL_ERROR, false},
	{NULL, 0, false}
};

/* Variables with an older name that Hasura still takes. */
static const char *const env_aliases[][2] = {
	{"AUTH_HOOK_MODE", "AUTH_HOOK_TYPE"},
};

static const struct config_enum_entry naming_conventions[] = {
	{"graphql-default", GQLE_NAMING_GRAPHQL_DEFAULT, false},
	{"hasura-default", GQLE_NAMING_HASURA_DEFAULT, false},
	{NULL, 0, false}
};

static const struct config_enum_entry isolation_levels[] = {
	{"read-committed", XACT_READ_COMMITTED, false},
	{"repeatable-read", XACT_REPEATABLE_READ, false},
	{"serializable", XACT_SERIALIZABLE, false},
	{NULL, 0, false}
};

static void define_a_to_d(void);
static void define_e_to_i(void);
static void define_j_to_p(void);
static void define_r_to_z(void);

void
gqle_guc_init(void)
{
	define_a_to_d();
	define_e_to_i();
	define_j_to_p();
	define_r_to_z();

	MarkGUCPrefixReserved("gqle");
}

bool
gqle_guc_has_api(GqleApiGroup group)
{
	return (enabled_apis_mask & group) != 0;
}

bool
gqle_guc_has_feature(GqleFeature feature)
{
	if (feature == GQLE_FEATURE_APOLLO_FEDERATION && gqle_guc_enable_apollo_federation)
		return true;
	return (experimental_features_mask & feature) != 0;
}

const char *
gqle_guc_next_cost_limit(const char *at, const char **role, int *role_len, double *cost)
{
	const char *equals = strchr(at, '=');
	char	   *end;

	*role = at + strspn(at, " ");
	if (equals == NULL || equals <= *role)
		return NULL;
	*role_len = equals - *role;
	while (*role_len > 0 && (*role)[*role_len - 1] == ' ')
		(*role_len)--;
	*cost = strtod(equals + 1, &end);
	if (*role_len == 0 || end == equals + 1 || !(*cost >= 0))
		return NULL;
	end += strspn(end, " ");
	if (*end != ',' && *end != '\0')
		return NULL;
	return *end == ',' ? end + 1 : end;
}

bool
gqle_guc_has_log(int type)
{
	return (enabled_log_types_mask & (1 << type)) != 0;
}

/* The environment: readers return the fallback for an absent or empty one. */

static const char *
env_string(const char *name, const char *fallback)
{
	char		variable[NAMEDATALEN * 2];
	const char *value;

	snprintf(variable, sizeof(variable), ENV_PREFIX "%s", name);
	value = getenv(variable);
	gqle_environment_note(name);
	for (size_t i = 0; i < lengthof(env_aliases); i++)
	{
		if (strcmp(name, env_aliases[i][0]) != 0)
			continue;
		gqle_environment_note(env_aliases[i][1]);
		if (value != NULL)
			continue;
		snprintf(variable, sizeof(variable), ENV_PREFIX "%s",
				 env_aliases[i][1]);
		value = getenv(variable);
	}
	return value != NULL && value[0] != '\0' ? value : fallback;
}

/* Stop the start over a value that a setting cannot take. */
static void
env_reject(const char *name, const char *expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_GQLE_INVALID_ENVIRONMENT),
			 errmsg("invalid value of environment variable " ENV_PREFIX "%s",
					name),
			 errdetail("Expected %s.", expected)));
}

static bool
env_bool(const char *name, bool fallback)
{
	static const char *const yes[] = {"true", "t", "yes", "y"};
	static const char *const no[] = {"false", "f", "no", "n"};
	const char *value = env_string(name, NULL);

	if (value == NULL)
		return fallback;
	for (size_t i = 0; i < lengthof(yes); i++)
	{
		if (pg_strcasecmp(value, yes[i]) == 0)
			return true;
		if (pg_strcasecmp(value, no[i]) == 0)
			return false;
	}
	env_reject(name, "true, t, yes, y, false, f, no or n");
	return fallback;
}

static int
env_int(const char *name, int fallback, int unit)
{
	const char *value = env_string(name, NULL);
	char	   *end;
	long		number;

	if (value == NULL)
		return fallback;
	errno = 0;
	number = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || number < 0 ||
		number > INT_MAX / unit)
		env_reject(name, "a whole number");
	return (int) number * unit;
}

static double
env_real(const char *name, double fallback)
{
	const char *value = env_string(name, NULL);
	char	   *end;
	double		number;

	if (value == NULL)
		return fallback;
	errno = 0;
	number = strtod(value, &end);
	if (errno != 0 || end == value || *end != '\0')
		env_reject(name, "a number");
	return number;
}

static int
env_enum(const char *name, int fallback, const struct config_enum_entry *options)
{
	const char *value = env_string(name, NULL);

	if (value == NULL)
		return fallback;
	for (; options->name != NULL; options++)
	{
		if (pg_strcasecmp(value, options->name) == 0)
			return options->val;
	}
	env_reject(name, "one of the values of the setting");
	return fallback;
}

/* Lists of words */

/*
 * Turn a comma separated list into a mask.  Returns false at a word that is
 * not in the table.
 */
static bool
parse_word_list(const char *list, const ListWord *words, int *mask)
{
	const char *cursor = list;

	*mask = 0;
	while (*cursor != '\0')
	{
		const char *start;
		const ListWord *w;
		size_t		len;

		cursor += strspn(cursor, " ,");
		start = cursor;
		len = strcspn(start, " ,");
		if (len == 0)
			break;
		for (w = words; w->word != NULL; w++)
		{
			if (strlen(w->word) == len && pg_strncasecmp(w->word, start, len) == 0)
				break;
		}
		if (w->word == NULL)
			return false;
		*mask |= w->bit;
		cursor = start + len;
	}
	return true;
}

/* Keep the mask of a list setting for its assign hook. */
static bool
check_word_list(char **value, void **extra, const ListWord *words)
{
	int		   *mask = guc_malloc(LOG, sizeof(int));

	if (mask == NULL)
		return false;
	if (!parse_word_list(*value != NULL ? *value : "", words, mask))
	{
		guc_free(mask);
		return false;
	}
	*extra = mask;
	return true;
}

static bool
check_enabled_apis(char **value, void **extra, GucSource source)
{
	if (check_word_list(value, extra, api_words))
		return true;
	GUC_check_errdetail("Only expecting list of comma separated API types metadata,graphql,pgdump,developer,config,metrics.");
	return false;
}

static void
assign_enabled_apis(const char *value, void *extra)
{
	enabled_apis_mask = *(int *) extra;
}

/*
 * check_metadata_defaults wants an object; of its members only those that have
 * an effect are taken.
 */
static bool
check_metadata_defaults(char **value, void **extra, GucSource source)
{
	GqleJsonError error;
	GqleJson   *json;
	int			i;

	if (*value == NULL || **value == '\0')
		return true;
	json = gqle_json_parse(*value, strlen(*value), &error);
	if (json == NULL || json->kind != GQLE_JSON_OBJECT)
	{
		GUC_check_errdetail("It is a JSON object, a part of a metadata document.");
		return false;
	}
	for (i = 0; i < json->n; i++)
		if (strcmp(json->members[i].key, "backend_configs") != 0 &&
			strcmp(json->members[i].key, "version") != 0)
		{
			GUC_check_errdetail("Only \"backend_configs\" can have defaults.");
			return false;
		}
	return true;
}

/* Is the text a list of role=cost? */
static bool
check_cost_limit_roles(char **value, void **extra, GucSource source)
{
	const char *role;
	double		cost;

	for (const char *at = *value; at != NULL && *at != '\0';)
	{
		int			len;

		at = gqle_guc_next_cost_limit(at, &role, &len, &cost);
		if (at == NULL)
		{
			GUC_check_errdetail("It is a list of role=cost with commas between.");
			return false;
		}
	}
	return true;
}

static bool
check_enabled_log_types(char **value, void **extra, GucSource source)
{
	ListWord	words[GQLE_N_SELECTABLE_LOGS + 1] = {0};

	for (int i = 0; i < GQLE_N_SELECTABLE_LOGS; i++)
	{
		words[i].word = gqle_log_type_name(i);
		words[i].bit = 1 << i;
	}
	if (check_word_list(value, extra, words))
		return true;
	GUC_check_errdetail("It is a comma separated list of startup, query-log, webhook-log, http-log, websocket-log, jwk-refresh-log, execution-log, livequery-poller-log, action-handler-log, data-connector-log and validate-insert-input-log.");
	return false;
}

static void
assign_enabled_log_types(const char *value, void *extra)
{
	enabled_log_types_mask = *(int *) extra;
}

static bool
check_experimental_features(char **value, void **extra, GucSource source)
{
	if (check_word_list(value, extra, feature_words))
		return true;
	GUC_check_errdetail("It is a comma separated list of names of experimental features of Hasura.");
	return false;
}

static void
assign_experimental_features(const char *value, void *extra)
{
	experimental_features_mask = *(int *) extra;
}

/* Put the mask in place of a value. */
static bool
mask_secret(char **value)
{
	char	   *mask = guc_strdup(LOG, SECRET_MASK);

	if (mask == NULL)
		return false;
	guc_free(*value);
	*value = mask;
	return true;
}

/* The secret itself goes to the assign hook. */
static bool
check_secret(char **value, void **extra, GucSource source)
{
	*extra = guc_strdup(LOG, *value != NULL ? *value : "");
	return *extra != NULL && mask_secret(value);
}

/* The list of secrets as its setting's hooks have it. */
static bool
check_admin_secrets(char **value, void **extra, GucSource source)
{
	*extra = gqle_secrets_parse(*value);
	if (*extra != NULL)
		return mask_secret(value);
	/* the value isn't said, but the server's own message would */
	GUC_check_errmsg("gqle.admin_secrets must be a JSON array of non-empty strings");
	return false;
}

static void
assign_admin_secret(const char *value, void *extra)
{
	gqle_guc_admin_secret = extra;
	gqle_guc_auth_generation++;
}

static void
assign_jwt_secret(const char *value, void *extra)
{
	gqle_guc_jwt_secret = extra;
	gqle_guc_auth_generation++;
}

static void
assign_jwt_secrets(const char *value, void *extra)
{
	gqle_guc_jwt_secrets = extra;
	gqle_guc_auth_generation++;
}

static void
assign_metrics_secret(const char *value, void *extra)
{
	gqle_guc_metrics_secret = extra;
}

static void
assign_admin_secrets(const char *value, void *extra)
{
	gqle_secrets_list = extra;
	gqle_guc_auth_generation++;
}

/* The variable's value, which no message may show. */
static const char *
env_admin_secrets(const char *name, const char *fallback)
{
	const char *value = env_string(name, fallback);
	GqleSecretList *list = gqle_secrets_parse(value);

	if (list == NULL)
		env_reject(name, "a JSON array of non-empty strings");
	guc_free(list);
	return value;
}

/* Workers look at this to learn that who may do what has changed. */
static void
assign_auth_text(const char *value, void *extra)
{
	gqle_guc_auth_generation++;
}

/* Is there a secret, without telling it. */
static const char *
show_admin_secret(void)
{
	return gqle_guc_is_set(gqle_guc_admin_secret) ? SECRET_MASK : "";
}

static const char *
show_admin_secrets(void)
{
	return gqle_secrets_list != NULL && gqle_secrets_list->n > 0 ? SECRET_MASK : "";
}

static const char *
show_metrics_secret(void)
{
	return gqle_guc_is_set(gqle_guc_metrics_secret) ? SECRET_MASK : "";
}

static const char *
show_jwt_secret(void)
{
	return gqle_guc_is_set(gqle_guc_jwt_secret) ? SECRET_MASK : "";
}

static const char *
show_jwt_secrets(void)
{
	return gqle_guc_is_set(gqle_guc_jwt_secrets) ? SECRET_MASK : "";
}

static const char *
show_unix_socket_permissions(void)
{
	static char text[12];

	snprintf(text, sizeof(text), "%04o", gqle_guc_unix_socket_permissions);
	return text;
}

static void
define_a_to_d(void)
{
	DefineCustomBoolVariable("gqle.admin_internal_errors",
							 "Shows internal details of errors to the admin role.",
							 NULL,
							 &gqle_guc_admin_internal_errors,
							 env_bool("ADMIN_INTERNAL_ERRORS", true),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable(
		"gqle.admin_secret", "Secret that gives a request the admin role.",
		"Without one, every request is trusted.", &admin_secret_shown,
		env_string("ADMIN_SECRET", env_string("ACCESS_KEY", "")), PGC_SIGHUP,
		GUC_SUPERUSER_ONLY | GUC_NO_SHOW_ALL, check_secret, assign_admin_secret,
		show_admin_secret);
	DefineCustomStringVariable(
		"gqle.admin_secrets", "Several admin secrets, as a JSON array.",
		"They take the place of gqle.admin_secret; any of them will do.",
		&admin_secrets_shown, env_admin_secrets("ADMIN_SECRETS", ""),
		PGC_SIGHUP, GUC_SUPERUSER_ONLY | GUC_NO_SHOW_ALL, check_admin_secrets,
		assign_admin_secrets, show_admin_secrets);
	DefineCustomBoolVariable("gqle.allowlist_role_scopes",
							 "Lets collections that are allowed to some roles count for these.",
							 "Off, only collections allowed to all count, as in Hasura's open build.",
							 &gqle_guc_allowlist_role_scopes,
							 env_bool("ALLOWLIST_ROLE_SCOPES", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.async_actions_fetch_batch_size",
							"Calls of asynchronous actions that are made at the same time; 0 makes none.",
							NULL,
							&gqle_guc_async_actions_fetch_batch_size,
							env_int("ASYNC_ACTIONS_FETCH_BATCH_SIZE", 10, 1), 0, 10000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.async_actions_fetch_interval",
							"Longest time until calls of asynchronous actions are looked for again; 0 makes none.",
							"New calls are noticed when they commit.",
							&gqle_guc_async_actions_fetch_interval,
							env_int("ASYNC_ACTIONS_FETCH_INTERVAL", 1000, 1), 0, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomStringVariable(
		"gqle.auth_hook", "URL of a webhook that says who sends a request.",
		"It needs an admin secret, and excludes JSON Web Tokens.",
		&gqle_guc_auth_hook, env_string("AUTH_HOOK", ""), PGC_SIGHUP,
		GUC_SUPERUSER_ONLY, NULL, assign_auth_text, NULL);
	DefineCustomEnumVariable(
		"gqle.auth_hook_mode", "How the authentication webhook is called.",
		"GET sends the client's headers as headers, POST in the body.",
		&gqle_guc_auth_hook_mode,
		env_enum("AUTH_HOOK_MODE", GQLE_HOOK_GET, hook_modes), hook_modes,
		PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable(
		"gqle.auth_hook_send_request_body",
		"Sends the GraphQL request to the authentication webhook.",
		"Only by POST.", &gqle_guc_auth_hook_send_request_body,
		env_bool("AUTH_HOOK_SEND_REQUEST_BODY", true), PGC_SIGHUP, 0, NULL,
		NULL, NULL);
	DefineCustomBoolVariable("gqle.backwards_compat_null_in_nonnullable_variables",
							 "Accepts null for non-null variables with a default.",
							 NULL,
							 &gqle_guc_backwards_compat_null_in_nonnullable_variables,
							 env_bool("BACKWARDS_COMPAT_NULL_IN_NONNULLABLE_VARIABLES", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.body_timeout",
							"Time a client has for sending a request's body.",
							NULL,
							&gqle_guc_body_timeout,
							env_int("BODY_TIMEOUT", 60000, 1), 100, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.boolean_null_collapse",
							 "Lets a comparison with null be true, as Hasura v1 did.",
							 NULL,
							 &gqle_guc_boolean_null_collapse,
							 env_bool("V1_BOOLEAN_NULL_COLLAPSE", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.client_address_header",
							   "Header in which a proxy says who its client is.",
							   "For limits of rate by address, which is else that of the connection; such as x-forwarded-for, of which the last address counts.",
							   &gqle_guc_client_address_header,
							   env_string("CLIENT_ADDRESS_HEADER", ""),
							   PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.close_websockets_on_metadata_change",
							 "Closes all WebSockets when /v1/metadata has changed the metadata.",
							 NULL,
							 &gqle_guc_close_websockets_on_metadata_change,
							 env_bool("CLOSE_WEBSOCKETS_ON_METADATA_CHANGE", true),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable(
		"gqle.configured_header_precedence",
		"Lets configured headers of webhooks win over those of the client.",
		NULL, &gqle_guc_configured_header_precedence,
		env_bool("CONFIGURED_HEADER_PRECEDENCE", false), PGC_SIGHUP, 0, NULL,
		NULL, NULL);
	DefineCustomBoolVariable("gqle.connection_compression",
							 "Compresses WebSocket messages for clients that offer it.",
							 "By permessage-deflate.",
							 &gqle_guc_connection_compression,
							 env_bool("CONNECTION_COMPRESSION", false),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.console_assets_dir",
							   "Directory whose files the console is made of, before those that are installed.",
							   "They are served at /console/assets to everybody; index.html is the page.",
							   &gqle_guc_console_assets_dir,
							   env_string("CONSOLE_ASSETS_DIR", ""),
							   PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomStringVariable(
		"gqle.cors_domain", "Origins whose pages may use the endpoints.",
		"* means all; a wildcard at the beginning of a host stands for one label.",
		&gqle_guc_cors_domain, env_string("CORS_DOMAIN", "*"), PGC_SIGHUP, 0,
		NULL, assign_auth_text, NULL);
	DefineCustomRealVariable("gqle.cost_limit",
							 "Planner cost above which queries of roles other than admin are refused.",
							 "0 means no limit.",
							 &gqle_guc_cost_limit,
							 env_real("COST_LIMIT", 0.0), 0.0, 1e18,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.cost_limit_roles",
							   "Limits of planner cost that some roles have instead.",
							   "A list of role=cost with commas between; 0 means no limit.",
							   &gqle_guc_cost_limit_roles,
							   env_string("COST_LIMIT_ROLES", ""),
							   PGC_SUSET, 0, check_cost_limit_roles, NULL, NULL);
	DefineCustomStringVariable("gqle.database",
							   "Databases to serve, each as name or name:port.",
							   "If empty, the oldest database that has the extension is served.",
							   &gqle_guc_database, env_string("DATABASE", ""),
							   PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("gqle.default_naming_convention",
							 "Naming convention of sources that choose none.",
							 NULL,
							 &gqle_guc_default_naming_convention,
							 env_enum("DEFAULT_NAMING_CONVENTION",
									  GQLE_NAMING_HASURA_DEFAULT,
									  naming_conventions),
							 naming_conventions,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.dev_mode",
							 "Shows internal details of errors to every role.",
							 NULL,
							 &gqle_guc_dev_mode, env_bool("DEV_MODE", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.disable_cors",
							 "Answers no cross-origin requests of browsers.",
							 NULL, &gqle_guc_disable_cors,
							 env_bool("DISABLE_CORS", false), PGC_SIGHUP, 0,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.disable_native_query_validation",
							 "Takes native queries without having Postgres look at them.",
							 "Saves time where there are hundreds; a wrong one fails when it is run.",
							 &gqle_guc_disable_native_query_validation,
							 env_bool("DISABLE_NATIVE_QUERY_VALIDATION", false),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
}

static void
define_e_to_i(void)
{
	DefineCustomBoolVariable("gqle.enable_allowlist",
							 "Restricts roles other than admin to documents of the allow list.",
							 NULL,
							 &gqle_guc_enable_allowlist,
							 env_bool("ENABLE_ALLOWLIST", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.enable_apollo_federation",
							 "Serves the fields that Apollo's gateway asks for.",
							 "As the experimental feature apollo_federation does.",
							 &gqle_guc_enable_apollo_federation,
							 env_bool("ENABLE_APOLLO_FEDERATION", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.enable_console",
							 "Serves the console at /console.",
							 "Its files are built with npm by make console, and installed with the extension.",
							 &gqle_guc_enable_console,
							 env_bool("ENABLE_CONSOLE", false),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.enable_maintenance_mode",
							 "Refuses every change of the metadata, while servers are upgraded.",
							 NULL,
							 &gqle_guc_enable_maintenance_mode,
							 env_bool("ENABLE_MAINTENANCE_MODE", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.enable_metadata_query_logging",
							 "Shows commands to /v1/metadata and /v1/query in http-log.",
							 "With query-log only; there may be secrets in them.",
							 &gqle_guc_enable_metadata_query_logging,
							 env_bool("ENABLE_METADATA_QUERY_LOGGING", false),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.enable_persisted_queries",
							 "Keeps queries that clients send with their hash, and takes the hash alone later.",
							 "Automatic persisted queries, as Apollo Client and urql have them.",
							 &gqle_guc_enable_persisted_queries,
							 env_bool("ENABLE_PERSISTED_QUERIES", false),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.enable_query_tracing",
							 "Shows the text of operations and statements in spans.",
							 "Literals in an operation's text are shown, too.",
							 &gqle_guc_enable_query_tracing,
							 env_bool("ENABLE_QUERY_TRACING", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.enable_read_only_mode",
							 "Refuses mutations, SQL that writes, and changes of the metadata.",
							 NULL,
							 &gqle_guc_enable_read_only_mode,
							 env_bool("ENABLE_READ_ONLY_MODE", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.enable_remote_schema_permissions",
							 "Shows roles other than admin only what permissions of remote schemas give them.",
							 "Otherwise every role sees all of every remote schema.",
							 &gqle_guc_enable_remote_schema_permissions,
							 env_bool("ENABLE_REMOTE_SCHEMA_PERMISSIONS", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.enable_triggers_error_log_level",
							 "Log calls of events that failed at level error instead of info.",
							 NULL,
							 &gqle_guc_enable_triggers_error_log_level,
							 env_bool("ENABLE_TRIGGERS_ERROR_LOG_LEVEL", false),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.enabled_apis",
							   "Groups of endpoints that are served.",
							   "A list of metadata, graphql, pgdump, developer, config and metrics.",
							   &gqle_guc_enabled_apis,
							   env_string("ENABLED_APIS",
										  "metadata,graphql,pgdump,config"),
							   PGC_SIGHUP, 0,
							   check_enabled_apis, assign_enabled_apis, NULL);
	DefineCustomStringVariable("gqle.enabled_log_types",
							   "Types of log lines that are written.",
							   "A list of Hasura's: startup, http-log, query-log, websocket-log, webhook-log, jwk-refresh-log, execution-log, livequery-poller-log, action-handler-log, data-connector-log, validate-insert-input-log.",
							   &gqle_guc_enabled_log_types,
							   env_string("ENABLED_LOG_TYPES",
										  "startup,http-log,webhook-log,websocket-log,jwk-refresh-log"),
							   PGC_SIGHUP, 0, check_enabled_log_types,
							   assign_enabled_log_types, NULL);
	DefineCustomIntVariable("gqle.events_fetch_batch_size",
							"Events claimed for delivery at once; 0 delivers none.",
							NULL,
							&gqle_guc_events_fetch_batch_size,
							env_int("EVENTS_FETCH_BATCH_SIZE", 100, 1), 0, 10000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.events_fetch_interval",
							"Longest time until events that are due are looked for again; 0 delivers none.",
							"New events are noticed when they commit.",
							&gqle_guc_events_fetch_interval,
							env_int("EVENTS_FETCH_INTERVAL", 1000, 1), 0, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.events_http_pool_size",
							"Most webhooks of events called at the same time.",
							NULL,
							&gqle_guc_events_http_pool_size,
							env_int("EVENTS_HTTP_POOL_SIZE", 100, 1), 1, 10000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.executors_max",
							"Most executor workers of a served database.",
							NULL,
							&gqle_guc_executors_max,
							env_int("EXECUTORS_MAX", 8, 1), 1, 32,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.executors_min",
							"Executor workers of a served database kept ready.",
							NULL,
							&gqle_guc_executors_min,
							env_int("EXECUTORS_MIN", 1, 1), 1, 32,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.experimental_features",
							   "Experimental features of Hasura that are switched on.",
							   NULL,
							   &gqle_guc_experimental_features,
							   env_string("EXPERIMENTAL_FEATURES", ""),
							   PGC_SUSET, 0, check_experimental_features,
							   assign_experimental_features, NULL);
	DefineCustomIntVariable("gqle.graceful_shutdown_timeout",
							"Time given to requests in flight when a worker is stopped.",
							NULL,
							&gqle_guc_graceful_shutdown_timeout,
							env_int("GRACEFUL_SHUTDOWN_TIMEOUT", 60, 1), 0, 3600,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.head_timeout",
							"Time a client has for sending a request's head.",
							NULL,
							&gqle_guc_head_timeout,
							env_int("HEAD_TIMEOUT", 10000, 1), 100, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.http_log_query_only_on_error",
							 "Shows requests in http-log only if they fail.",
							 "Then without query-log, too.",
							 &gqle_guc_http_log_query_only_on_error,
							 env_bool("HTTP_LOG_QUERY_ONLY_ON_ERROR", false),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.idle_timeout",
							"Time after which a silent connection is closed.",
							NULL,
							&gqle_guc_idle_timeout,
							env_int("SERVER_TIMEOUT", 30, 1), 1, 86400,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.infer_function_permissions",
							 "Lets roles call a function if they may select its result table.",
							 NULL,
							 &gqle_guc_infer_function_permissions,
							 env_bool("INFER_FUNCTION_PERMISSIONS", true),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.inline_budget",
							"Time a query may run in a server worker before it moves to an executor.",
							NULL,
							&gqle_guc_inline_budget,
							env_int("INLINE_BUDGET", 25, 1), 1, 10000,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomRealVariable("gqle.inline_cost_limit",
							 "Planner cost up to which a query runs in a server worker.",
							 "0 sends everything to executors.",
							 &gqle_guc_inline_cost_limit,
							 env_real("INLINE_COST_LIMIT", 1000.0), 0.0, 1e12,
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
}

static void
define_j_to_p(void)
{
	DefineCustomStringVariable(
		"gqle.jwt_secret",
		"How JSON Web Tokens are verified and read, as JSON.",
		"As HASURA_GRAPHQL_JWT_SECRET; it needs an admin secret.",
		&jwt_secret_shown, env_string("JWT_SECRET", ""), PGC_SIGHUP,
		GUC_SUPERUSER_ONLY | GUC_NO_SHOW_ALL, check_secret, assign_jwt_secret,
		show_jwt_secret);
	DefineCustomStringVariable(
		"gqle.jwt_secrets",
		"Several configurations of JSON Web Tokens, as a JSON array.",
		"It takes the place of gqle.jwt_secret.", &jwt_secrets_shown,
		env_string("JWT_SECRETS", ""), PGC_SIGHUP,
		GUC_SUPERUSER_ONLY | GUC_NO_SHOW_ALL, check_secret, assign_jwt_secrets,
		show_jwt_secrets);
	DefineCustomBoolVariable("gqle.linked",
							 "This database is a source of another one, which serves it.",
							 "Set for the database when it is added as a source; it is then not served on its own.",
							 &gqle_guc_linked,
							 false,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.listen_addresses",
							   "Host names or addresses to listen on, or *.",
							   "If empty: * with an admin secret, localhost without one.",
							   &gqle_guc_listen_addresses,
							   env_string("SERVER_HOST", ""),
							   PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.live_min_interval",
							"Least time from one run of a live query to the next.",
							"Changes within it are told together. Subscriptions that are costly, or many, rest longer.",
							&gqle_guc_live_min_interval,
							env_int("LIVE_MIN_INTERVAL", 5, 1), 1, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.live_queries_multiplexed_batch_size",
							"Live queries of one operation that one statement is run for.",
							"Those with the same values count as one. 1: each has a statement of its own.",
							&gqle_guc_live_queries_multiplexed_batch_size,
							env_int("LIVE_QUERIES_MULTIPLEXED_BATCH_SIZE", 100, 1),
							1, 10000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.live_queries_multiplexed_refetch_interval",
							"Time between runs of a live query whose changes can't be watched.",
							"Other live queries are run when what they read has changed; a costly one not more often than this.",
							&gqle_guc_live_queries_multiplexed_refetch_interval,
							env_int("LIVE_QUERIES_MULTIPLEXED_REFETCH_INTERVAL", 1000, 1),
							1, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.live_safety_interval",
							"Longest time that a live query rests while nothing it reads changes.",
							NULL,
							&gqle_guc_live_safety_interval,
							env_int("LIVE_SAFETY_INTERVAL", 60, 1), 1, INT_MAX / 1000,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomEnumVariable("gqle.log_destination",
							 "Where log lines of requests go.",
							 "server: to PostgreSQL's log; file: to gqle.log_file.",
							 &gqle_guc_log_destination,
							 env_enum("LOG_DESTINATION", GQLE_LOG_TO_SERVER, log_destinations),
							 log_destinations, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.log_file",
							   "File for log lines, one JSON object a line.",
							   "Relative to the data directory; opened anew by a reload.",
							   &gqle_guc_log_file,
							   env_string("LOG_FILE", "gqle.log"),
							   PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomEnumVariable("gqle.log_level",
							 "Least severe log lines that are written.",
							 NULL, &gqle_guc_log_level,
							 env_enum("LOG_LEVEL", GQLE_LOG_LEVEL_INFO, log_levels),
							 log_levels, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.max_body_size",
							"Largest request body accepted.",
							NULL,
							&gqle_guc_max_body_size,
							env_int("MAX_BODY_SIZE", 32 * 1024, 1), 1, 512 * 1024,
							PGC_SIGHUP, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.max_connections",
							"Most client connections of one server worker.",
							NULL,
							&gqle_guc_max_connections,
							env_int("MAX_CONNECTIONS", 10000, 1), 1, 1000000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.max_connections_per_address",
							"Most connections of one client address to one server worker.",
							"0 means no limit; clients behind one proxy share its address.",
							&gqle_guc_max_connections_per_address,
							env_int("MAX_CONNECTIONS_PER_ADDRESS", 0, 1), 0, 1000000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.max_queued_calls",
							"Most calls that wait for an executor of a served database.",
							"Further ones are answered with status 503.",
							&gqle_guc_max_queued_calls,
							env_int("MAX_QUEUED_CALLS", 200, 1), 1, 1000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.max_total_header_length",
							"Most bytes of a request's head.",
							"Those of cookies count twice.",
							&gqle_guc_max_total_header_length,
							env_int("MAX_TOTAL_HEADER_LENGTH", 24 * 1024, 1),
							1024, 8 * 1024 * 1024,
							PGC_SIGHUP, GUC_UNIT_BYTE, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.metadata_defaults",
							   "Metadata that hold where the stored ones say nothing; never exported.",
							   "A JSON object; \"backend_configs\" is what it may have.",
							   &gqle_guc_metadata_defaults,
							   env_string("METADATA_DEFAULTS", ""),
							   PGC_SIGHUP, 0, check_metadata_defaults, NULL, NULL);
	DefineCustomBoolVariable("gqle.metrics_enable_high_cardinality_labels",
							 "Tells numbers of requests by operation in /v1/metrics.",
							 NULL, &gqle_guc_metrics_enable_high_cardinality_labels,
							 env_bool("METRICS_ENABLE_HIGH_CARDINALITY_LABELS", true),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable(
		"gqle.metrics_secret", "Secret that opens /v1/metrics, as a bearer token.",
		"Without one, that endpoint is for admins.", &metrics_secret_shown,
		env_string("METRICS_SECRET", ""), PGC_SIGHUP,
		GUC_SUPERUSER_ONLY | GUC_NO_SHOW_ALL, check_secret, assign_metrics_secret,
		show_metrics_secret);
	DefineCustomIntVariable("gqle.operation_cache_size",
							"Memory for compiled operations in each process.",
							"The operations used longest ago go first; 0 keeps only those in use.",
							&gqle_guc_operation_cache_size,
							env_int("OPERATION_CACHE_SIZE", 64 * 1024, 1),
							0, MAX_KILOBYTES,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.otlp_metrics_interval",
							"Time between two exports of metrics to an OpenTelemetry collector.",
							NULL, &gqle_guc_otlp_metrics_interval,
							env_int("OTLP_METRICS_INTERVAL", 60, 1), 1, 86400,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.persisted_queries_ttl",
							"Time after which a persisted query that nobody asked for is forgotten.",
							NULL, &gqle_guc_persisted_queries_ttl,
							env_int("PERSISTED_QUERIES_TTL", 5, 1), 1, 86400,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.pg_dump_max_size",
							"Largest dump that /v1alpha1/pg_dump answers with.",
							NULL,
							&gqle_guc_pg_dump_max_size,
							env_int("PG_DUMP_MAX_SIZE", 256 * 1024, 1),
							64, 1000 * 1024,
							PGC_SIGHUP, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.pg_dump_path",
							   "Program that /v1alpha1/pg_dump runs.",
							   "If empty, the pg_dump beside the server's own program.",
							   &gqle_guc_pg_dump_path,
							   env_string("PG_DUMP_PATH", ""),
							   PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.port",
							"TCP port of the HTTP listener.",
							"0 means no listener.",
							&gqle_guc_port, env_int("SERVER_PORT", 8080, 1),
							0, 65535,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.preserve_401_errors",
							 "Keeps status 401 on GraphQL endpoints that otherwise answer 200.",
							 NULL,
							 &gqle_guc_preserve_401_errors,
							 env_bool("PRESERVE_401_ERRORS", false),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
}

static void
define_r_to_z(void)
{
	DefineCustomBoolVariable("gqle.remote_schema_prioritize_data",
							 "Takes the data of a remote schema that answers data and errors.",
							 "Otherwise the errors are the answer.",
							 &gqle_guc_remote_schema_prioritize_data,
							 env_bool("REMOTE_SCHEMA_PRIORITIZE_DATA", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.remote_schema_skip_nulls",
							 "Does not pass on arguments that are null to remote schemas.",
							 NULL,
							 &gqle_guc_remote_schema_skip_nulls,
							 env_bool("REMOTE_SCHEMA_SKIP_NULLS", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.server_workers",
							"Server workers of a served database.",
							"-1 means one per processor, at most four.",
							&gqle_guc_server_workers,
							env_int("SERVER_WORKERS", -1, 1), -1, 16,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.session",
							   "Session variables of the running operation, as JSON.",
							   "Set by the engine for each operation; rules and policies read it with gqle.session_var().",
							   &gqle_guc_session, "",
							   PGC_SUSET,
							   GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL |
							   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.slow_query_threshold",
							"Operations that take longer are logged with their statements.",
							"As lines of type slow-query-log; -1 means none.",
							&gqle_guc_slow_query_threshold,
							env_int("SLOW_QUERY_THRESHOLD", -1, 1), -1, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.streaming_queries_multiplexed_batch_size",
							"Streaming subscriptions of one operation that one statement is run for.",
							NULL,
							&gqle_guc_streaming_queries_multiplexed_batch_size,
							env_int("STREAMING_QUERIES_MULTIPLEXED_BATCH_SIZE", 100, 1),
							1, 10000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.streaming_queries_multiplexed_refetch_interval",
							"Time from one batch of a streaming subscription to the next.",
							NULL,
							&gqle_guc_streaming_queries_multiplexed_refetch_interval,
							env_int("STREAMING_QUERIES_MULTIPLEXED_REFETCH_INTERVAL", 1000, 1),
							1, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.stringify_numeric_types",
							 "Returns bigint, numeric, double precision and money as JSON strings.",
							 NULL,
							 &gqle_guc_stringify_numeric_types,
							 env_bool("STRINGIFY_NUMERIC_TYPES", false),
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.tls_cert",
							   "File of the listener's certificate, with the chain behind it.",
							   "With gqle.tls_key it makes the listener speak TLS; a renewed file is noticed.",
							   &gqle_guc_tls_cert, env_string("TLS_CERT", ""),
							   PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomStringVariable("gqle.tls_key",
							   "File of the listener's private key.",
							   "Nobody but the server's owner, or root, may be able to change or read it.",
							   &gqle_guc_tls_key, env_string("TLS_KEY", ""),
							   PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.tls_port",
							"TCP port for TLS beside gqle.port.",
							"0 means that gqle.port speaks TLS, and only that, when there is a certificate.",
							&gqle_guc_tls_port, env_int("TLS_PORT", 0, 1),
							0, 65535,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("gqle.tx_isolation",
							 "Isolation level of mutations.",
							 NULL,
							 &gqle_guc_tx_isolation,
							 env_enum("TX_ISOLATION", XACT_READ_COMMITTED,
									  isolation_levels),
							 isolation_levels,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable(
		"gqle.unauthorized_role", "Role of requests that carry no credentials.",
		"If empty, such requests are refused when an admin secret is set.",
		&gqle_guc_unauthorized_role, env_string("UNAUTHORIZED_ROLE", ""),
		PGC_SIGHUP, 0, NULL, assign_auth_text, NULL);
	DefineCustomStringVariable("gqle.unix_socket",
							   "Path of a Unix socket to listen on, for the database at gqle.port.",
							   "It never speaks TLS.",
							   &gqle_guc_unix_socket, env_string("UNIX_SOCKET", ""),
							   PGC_POSTMASTER, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.unix_socket_permissions",
							"Access permissions of the Unix socket, as for chmod.",
							"Whoever may write to it can connect.",
							&gqle_guc_unix_socket_permissions,
							0777, 0000, 0777,
							PGC_POSTMASTER, 0, NULL, NULL,
							show_unix_socket_permissions);
	DefineCustomIntVariable("gqle.websocket_connection_init_timeout",
							"Time a WebSocket client has for connection_init.",
							"0 means no limit.",
							&gqle_guc_websocket_connection_init_timeout,
							env_int("WEBSOCKET_CONNECTION_INIT_TIMEOUT", 3, 1), 0, 86400,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.websocket_keepalive",
							"Time between keep-alive messages to WebSocket clients.",
							"0 means none.",
							&gqle_guc_websocket_keepalive,
							env_int("WEBSOCKET_KEEPALIVE", 5, 1), 0, 86400,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.websocket_max_message_size",
							"Largest message accepted from a WebSocket client.",
							"A larger one closes the connection; so does one of 64 kB before connection_init.",
							&gqle_guc_websocket_max_message_size,
							env_int("WEBSOCKET_MAX_MESSAGE_SIZE", 32 * 1024, 1), 1,
							512 * 1024,
							PGC_SIGHUP, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("gqle.websocket_max_operations",
							"Most operations of a WebSocket client that run or wait, subscriptions included.",
							NULL,
							&gqle_guc_websocket_max_operations,
							env_int("WEBSOCKET_MAX_OPERATIONS", 1000, 1), 1, 100000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("gqle.ws_read_cookie",
							 "Reads the cookies of WebSocket clients when CORS is disabled.",
							 "Any page's scripts can then use a client's cookies.",
							 &gqle_guc_ws_read_cookie,
							 env_bool("WS_READ_COOKIE", false),
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
}
