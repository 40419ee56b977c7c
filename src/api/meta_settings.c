/*
 * meta_settings.c
 *		Commands on limits, introspection, network, telemetry (reference §13).
 *
 * Each of these is one object, a row of gqle.settings.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"

static bool run_set_limits(GqleMetaCall *call, const GqleJson *args);
static bool run_remove_limits(GqleMetaCall *call, const GqleJson *args);
static bool run_set_metrics(GqleMetaCall *call, const GqleJson *args);
static bool run_remove_metrics(GqleMetaCall *call, const GqleJson *args);
static bool run_set_introspection(GqleMetaCall *call, const GqleJson *args);
static bool run_add_host(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_host(GqleMetaCall *call, const GqleJson *args);
static bool run_set_telemetry(GqleMetaCall *call, const GqleJson *args);
static bool run_set_telemetry_status(GqleMetaCall *call, const GqleJson *args);
static bool run_add_agent(GqleMetaCall *call, const GqleJson *args);
static bool run_delete_agent(GqleMetaCall *call, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

static const GqleMetaField drop_host_fields[] = {
	{"host", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{"suffix", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape drop_host_shape = {"DropHostFromTLSAllowlist",
	drop_host_fields};

static const GqleMetaField add_agent_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"url", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{"display_name", GQLE_META_TEXT},
	{"force", GQLE_META_BOOL},
	{"skip_check", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape add_agent_shape = {"DCAddAgent", add_agent_fields};

static const GqleMetaField delete_agent_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape delete_agent_shape = {"DCDeleteAgent", delete_agent_fields};

/* prepare_status reads the status, which is all of the arguments. */
static const GqleJson *
prepare_status(GqleMetaCall *call, GqleMetaReader *reader, const GqleMetaPath *path,
			   const GqleJson *args)
{
	return gqle_meta_otel_status(reader, path, args, NULL);
}

#define SETTING (GQLE_META_ENGINE | GQLE_META_APART)

const GqleMetaCommand gqle_meta_settings_commands[] = {
	{"set_api_limits", SETTING, &gqle_meta_api_limits, run_set_limits},
	{"remove_api_limits", SETTING | GQLE_META_NO_ARGS, NULL, run_remove_limits},
	{"set_metrics_config", SETTING, &gqle_meta_metrics_config, run_set_metrics},
	{"remove_metrics_config", SETTING | GQLE_META_NO_ARGS, NULL,
	run_remove_metrics},
	{"set_graphql_schema_introspection_options", SETTING,
	&gqle_meta_introspection, run_set_introspection},
	{"add_host_to_tls_allowlist", SETTING, &gqle_meta_network_host,
	run_add_host},
	{"drop_host_from_tls_allowlist", SETTING, &drop_host_shape, run_drop_host},
	{"set_opentelemetry_config", SETTING, &gqle_meta_opentelemetry,
	run_set_telemetry},
	{"set_opentelemetry_status", SETTING, NULL, run_set_telemetry_status,
	prepare_status},
	{"dc_add_agent", SETTING, &add_agent_shape, run_add_agent},
	{"dc_delete_agent", SETTING, &delete_agent_shape, run_delete_agent},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Helpers
 * ------------------------------------------------------------------------ */

/* store replaces one setting. */
static void
store(const char *key, const GqleJson *value)
{
	GqleJson   *row = gqle_json_make_object();

	gqle_meta_row_set_text(row, "key", key);
	gqle_json_object_set(row, "value", unconstify(GqleJson *, value));
	gqle_meta_store_upsert("settings", row);
}

/* load returns one setting, or NULL. */
static GqleJson *
load(const char *key)
{
	return gqle_meta_store_get("settings", "value", "key", key);
}

/* ------------------------------------------------------------------------
 * Limits, metrics, introspection
 * ------------------------------------------------------------------------ */

/* run_set_limits stores limits of requests. */
static bool
run_set_limits(GqleMetaCall *call, const GqleJson *args)
{
	store("api_limits", args);
	return true;
}

/* run_remove_limits removes them. */
static bool
run_remove_limits(GqleMetaCall *call, const GqleJson *args)
{
	gqle_meta_store_delete("settings", "key", "api_limits");
	return true;
}

/* run_set_metrics stores what is to be measured. */
static bool
run_set_metrics(GqleMetaCall *call, const GqleJson *args)
{
	store("metrics_config", args);
	return true;
}

/* run_remove_metrics removes that. */
static bool
run_remove_metrics(GqleMetaCall *call, const GqleJson *args)
{
	gqle_meta_store_delete("settings", "key", "metrics_config");
	return true;
}

/* run_set_introspection says who must not see the schema. */
static bool
run_set_introspection(GqleMetaCall *call, const GqleJson *args)
{
	store("graphql_schema_introspection", args);
	return true;
}

/* ------------------------------------------------------------------------
 * Network
 * ------------------------------------------------------------------------ */

/* is_host tells whether an entry is for a host and suffix. */
static bool
is_host(const GqleJson *entry, const char *host, const char *suffix)
{
	const char *entry_suffix = gqle_meta_text(entry, "suffix");

	return strcmp(gqle_meta_text(entry, "host"), host) == 0 &&
		(suffix == NULL ? entry_suffix == NULL :
		 entry_suffix != NULL && strcmp(entry_suffix, suffix) == 0);
}

/* allowed_hosts returns the list of hosts, perhaps empty. */
static GqleJson *
allowed_hosts(void)
{
	GqleJson   *network = load("network");
	GqleJson   *hosts = network != NULL ? gqle_json_lookup(network, "tls_allowlist") : NULL;

	return hosts != NULL ? hosts : gqle_json_make_array();
}

/* store_hosts replaces the list of hosts. */
static void
store_hosts(GqleJson *hosts)
{
	GqleJson   *network = gqle_json_make_object();

	gqle_json_object_set(network, "tls_allowlist", hosts);
	store("network", network);
}

/* run_add_host lets a host have a certificate of its own. */
static bool
run_add_host(GqleMetaCall *call, const GqleJson *args)
{
	const char *host = gqle_meta_text(args, "host");
	const char *suffix = gqle_meta_text(args, "suffix");
	const GqleJson *hosts = allowed_hosts();
	GqleJson   *copy = gqle_json_make_array();
	int			i;

	if (*host == '\0')
		return gqle_meta_fail(call, GQLE_ERR_BAD_REQUEST, "key \"host\" cannot be empty");
	for (i = 0; i < hosts->n; i++)
	{
		if (is_host(hosts->items[i], host, suffix))
			return suffix == NULL ?
				gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							   "the host \"%s\" already exists in the allowlist", host) :
				gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							   "the host \"%s\" with suffix \"%s\" already exists in the allowlist",
							   host, suffix);
		gqle_json_array_add(copy, hosts->items[i]);
	}
	gqle_json_array_add(copy, unconstify(GqleJson *, args));
	store_hosts(copy);
	return true;
}

/* run_drop_host takes that back. */
static bool
run_drop_host(GqleMetaCall *call, const GqleJson *args)
{
	const char *host = gqle_meta_text(args, "host");
	const char *suffix = gqle_meta_text(args, "suffix");
	const GqleJson *hosts = allowed_hosts();
	GqleJson   *copy = gqle_json_make_array();
	int			i;

	if (*host == '\0')
		return gqle_meta_fail(call, GQLE_ERR_BAD_REQUEST, "hostname cannot be empty");
	for (i = 0; i < hosts->n; i++)
		if (!is_host(hosts->items[i], host, suffix))
			gqle_json_array_add(copy, hosts->items[i]);
	if (copy->n == hosts->n && suffix == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "the host \"%s\" isn't present in the allowlist", host);
	if (copy->n == hosts->n)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "the host \"%s\" with suffix \"%s\" isn't present in the allowlist",
							  host, suffix);
	store_hosts(copy);
	return true;
}

/* ------------------------------------------------------------------------
 * Telemetry
 * ------------------------------------------------------------------------ */

/* run_set_telemetry stores where traces, metrics and logs go. */
static bool
run_set_telemetry(GqleMetaCall *call, const GqleJson *args)
{
	store("opentelemetry", args);
	return gqle_meta_check_target(call, "open_telemetry", "open_telemetry all");
}

/* run_set_telemetry_status switches telemetry on or off. */
static bool
run_set_telemetry_status(GqleMetaCall *call, const GqleJson *args)
{
	GqleJson   *stored = load("opentelemetry");
	GqleErrorSink sink = {0};
	GqleMetaReader reader = {&sink, NULL};
	GqleMetaPath root = {NULL, NULL, 0, "$"};

	if (stored == NULL)
		stored = gqle_json_make_object();
	stored = gqle_meta_shape_apply(&reader, &root, &gqle_meta_opentelemetry, stored);
	Ensure(stored != NULL, "the stored telemetry settings are malformed");
	gqle_json_object_set(stored, "status", unconstify(GqleJson *, args));
	store("opentelemetry", stored);
	return gqle_meta_check_target(call, "open_telemetry", "open_telemetry all");
}

/* ------------------------------------------------------------------------
 * Data connectors
 * ------------------------------------------------------------------------ */

/* agents returns a copy of the agents without one of them. */
static GqleJson *
agents(const char *without, bool *found)
{
	GqleJson   *stored = load("backend_configs");
	const GqleJson *before = stored != NULL ? gqle_json_lookup(stored, "dataconnector") :
		NULL;
	GqleJson   *copy = gqle_json_make_object();
	int			i;

	*found = false;
	for (i = 0; before != NULL && i < before->n; i++)
		if (strcmp(before->members[i].key, without) == 0)
			*found = true;
		else
			gqle_json_object_set(copy, before->members[i].key, before->members[i].value);
	return copy;
}

/* store_agents replaces the agents. */
static void
store_agents(GqleJson *list)
{
	GqleJson   *configs = gqle_json_make_object();

	if (list->n == 0)
	{
		gqle_meta_store_delete("settings", "key", "backend_configs");
		return;
	}
	gqle_json_object_set(configs, "dataconnector", gqle_meta_sort(list));
	store("backend_configs", configs);
}

/* run_add_agent stores a data connector. */
static bool
run_add_agent(GqleMetaCall *call, const GqleJson *args)
{
	bool		found;
	GqleJson   *list = agents(gqle_meta_text(args, "name"), &found);
	GqleJson   *agent = gqle_json_make_object();
	const char *display_name = gqle_meta_text(args, "display_name");

	if (display_name != NULL)
		gqle_meta_row_set_text(agent, "display_name", display_name);
	gqle_meta_row_set_text(agent, "uri", gqle_meta_text(args, "url"));
	gqle_json_object_set(list, gqle_meta_text(args, "name"), agent);
	store_agents(list);
	return true;
}

/* run_delete_agent removes one. */
static bool
run_delete_agent(GqleMetaCall *call, const GqleJson *args)
{
	bool		found;
	GqleJson   *list = agents(gqle_meta_text(args, "name"), &found);

	if (!found)
		return gqle_meta_fail(call, GQLE_ERR_NOT_FOUND,
							  "DC Agent '%s' not found", gqle_meta_text(args, "name"));
	store_agents(list);
	return true;
}
