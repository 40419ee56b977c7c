/*
 * meta_telemetry_check.c
 *		Inconsistent settings of OpenTelemetry (reference §13).
 *
 * Three objects may be so, each for itself: the status, the exporter (looked at only
 * while telemetry is on) and the batches.
 */
#include "postgres.h"

#include "gqle/api/meta_problems.h"
#include "gqle/net/envtext.h"
#include "gqle/net/url.h"

/* add adds a part of the settings to the list. */
static void
add(GqleJson *list, const char *part, const GqleJson *definition, const char *reason)
{
	gqle_meta_problem_add(list, "open_telemetry", psprintf("open_telemetry %s", part),
						  gqle_meta_sort(definition),
						  psprintf("Inconsistent object: %s", reason));
}

/* find_status returns the status, of a variable too; NULL with a reason if there is none. */
static const char *
find_status(const GqleJson *settings, const char **reason)
{
	const char *status = gqle_meta_text(settings, "status");
	const char *value;
	char	   *name;

	if (status == NULL || strncmp(status, "{{", 2) != 0)
		return status;
	name = pnstrdup(status + 2, strlen(status) - 4);
	value = getenv(name);
	if (value == NULL)
		*reason = psprintf("environment variable %s does not exist", name);
	else if (strcmp(value, "enabled") != 0 && strcmp(value, "disabled") != 0)
		*reason = psprintf("OpenTelemetry status must be either \"enabled\" or \"disabled\", got %s",
						   value);
	return *reason == NULL ? value : NULL;
}

/* is_exported tells whether a kind of data is among data_types. */
static bool
is_exported(const GqleJson *settings, const char *kind)
{
	const GqleJson *kinds = gqle_json_lookup(settings, "data_types");
	int			i;

	for (i = 0; kinds != NULL && i < kinds->n; i++)
		if (strcmp(kinds->items[i]->text, kind) == 0)
			return true;
	return false;
}

/* missing_variables complains of variables that a template names; *text is its value. */
static const char *
missing_variables(const char *template, const char **text)
{
	const char *missing = "";

	*text = template == NULL ? NULL :
		gqle_envtext_render(template, gqle_env_lookup, NULL, &missing);
	return *missing == '\0' ? NULL :
		psprintf("Value for environment variables not found: %s", missing);
}

/* header_problem returns what is wrong with the headers, or NULL. */
static const char *
header_problem(const GqleJson *headers)
{
	const char *value;
	int			i;

	for (i = 0; headers != NULL && i < headers->n; i++)
	{
		const char *variable = gqle_meta_text(headers->items[i], "value_from_env");
		const char *missing = missing_variables(gqle_meta_text(headers->items[i], "value"),
												&value);

		if (missing != NULL)
			return psprintf("template cannot be resolved: %s", missing);
		if (variable != NULL && getenv(variable) == NULL)
			return psprintf("environment variable '%s' not set", variable);
	}
	return NULL;
}

/* is_url tells whether a text has the form of a URL. */
static bool
is_url(const char *text)
{
	Size		scheme = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
								"0123456789+.-");

	return scheme > 0 && text[scheme] == ':' && strpbrk(text, " \"<>\\^`{|}") == NULL;
}

/* endpoint_problem returns what is wrong with the endpoint of a kind of data, or NULL. */
static const char *
endpoint_problem(const GqleJson *exporter, const char *key, const char *absent)
{
	const char *url = gqle_meta_text(exporter, key);
	const char *missing;
	const char *value;
	GqleUrl		parsed;

	if (url == NULL)
		return absent;
	missing = missing_variables(url, &value);
	if (missing != NULL)
		return missing;
	if (!is_url(value))
		return "Invalid URL";
	/* what variables hold is told to nobody */
	if (!gqle_url_parse(value, &parsed))
		return psprintf("InvalidUrlException \"%s\" \"Invalid scheme\"", url);
	return NULL;
}

/* exporter_problem returns what is wrong with the exporter, or NULL. */
static const char *
exporter_problem(const GqleJson *settings, const GqleJson *exporter)
{
	static const struct
	{
		const char *kind;
		const char *key;
		const char *absent;
	}			endpoints[] = {
		{"traces", "otlp_traces_endpoint",
		"Traces export is enabled but tracing endpoint missing"},
		{"metrics", "otlp_metrics_endpoint",
		"Metrics export is enabled but metrics endpoint missing"},
		{"logs", "otlp_logs_endpoint",
		"Logs export is enabled but logs endpoint missing"}
	};
	const GqleJson *attributes = gqle_json_lookup(exporter, "resource_attributes");
	const char *reason = header_problem(gqle_json_lookup(exporter, "headers"));
	const char *value;
	int			i;

	for (i = 0; reason == NULL && i < (int) lengthof(endpoints); i++)
		if (is_exported(settings, endpoints[i].kind))
			reason = endpoint_problem(exporter, endpoints[i].key, endpoints[i].absent);
	for (i = 0; reason == NULL && attributes != NULL && i < attributes->n; i++)
		reason = missing_variables(gqle_meta_text(attributes->items[i], "value"), &value);
	return reason;
}

/* gqle_meta_telemetry_problems adds what of the telemetry settings is inconsistent. */
void
gqle_meta_telemetry_problems(GqleJson *list)
{
	const GqleJson *settings = gqle_meta_store_get("settings", "value", "key",
												   "opentelemetry");
	const GqleJson *exporter = gqle_json_lookup(settings, "exporter_otlp");
	const GqleJson *batch = gqle_json_lookup(settings, "batch_span_processor");
	const char *reason = NULL;
	const char *status;

	if (settings == NULL)
		return;
	if (batch != NULL && gqle_meta_int(batch, "max_export_batch_size", 512) <= 0)
		add(list, "batch_span_processor", batch,
			"max_export_batch_size must be a positive integer");
	status = find_status(settings, &reason);
	if (reason != NULL)
		add(list, "all", gqle_json_lookup(settings, "status"), reason);
	if (status == NULL || strcmp(status, "enabled") != 0)
		return;
	if (exporter == NULL)
		exporter = gqle_json_make_object();
	reason = exporter_problem(settings, exporter);
	if (reason != NULL)
		add(list, "exporter_otlp", exporter, reason);
}
