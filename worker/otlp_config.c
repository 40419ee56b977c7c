/*
 * otlp_config.c
 *		Where telemetry goes, by the metadata (set_opentelemetry_config).
 *
 * Values of headers may come from the environment and be secret: they are in this
 * process' memory and in the requests that are sent, nowhere else.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/json_read.h"
#include "gqle/net/envtext.h"
#include "gqle/net/otlp_proto.h"
#include "gqle/worker/otlp_config.h"

#define DEFAULT_BATCH_SIZE	512

/* In the order of GqleSignal: among data_types, and the member with the URL. */
static const char *const data_types[] = {"traces", "metrics", "logs"};
static const char *const endpoint_keys[] = {"otlp_traces_endpoint",
"otlp_metrics_endpoint", "otlp_logs_endpoint"};

static MemoryContext config_memory = NULL;
static GqleOtlpConfig config;

static const char *
text_of(const GqleJson *object, const char *key)
{
	const GqleJson *value = gqle_json_lookup(object, key);

	return value != NULL && value->kind == GQLE_JSON_STRING ? value->text : NULL;
}

/* A text with the environment's variables in it; NULL if one isn't set. */
static char *
render(const char *text)
{
	const char *missing = NULL;
	char	   *rendered = text != NULL ?
		gqle_envtext_render(text, gqle_env_lookup, NULL, &missing) : NULL;

	if (missing != NULL)
		ereport(LOG,
				(errmsg("telemetry is not exported as configured: environment variable \"%s\" is not set",
						missing)));
	return rendered;
}

static void
add_header(const char *name, const char *value)
{
	if (name == NULL || value == NULL || config.n_headers == GQLE_OTLP_MAX_HEADERS)
		return;
	config.headers[config.n_headers].name = pstrdup(name);
	config.headers[config.n_headers++].value = pstrdup(value);
}

/* Is a word one of a list? */
static bool
lists(const GqleJson *list, const char *word)
{
	for (int i = 0; list != NULL && list->kind == GQLE_JSON_ARRAY && i < list->n; i++)
	{
		if (list->items[i]->kind == GQLE_JSON_STRING &&
			strcmp(list->items[i]->text, word) == 0)
			return true;
	}
	return false;
}

static void
read_exporter(const GqleJson *exporter)
{
	const GqleJson *headers = gqle_json_lookup(exporter, "headers");
	const GqleJson *attributes = gqle_json_lookup(exporter, "resource_attributes");
	bool		has_name = false;

	add_header("Content-Type", "application/x-protobuf");
	for (int i = 0; headers != NULL && i < headers->n; i++)
	{
		const char *variable = text_of(headers->items[i], "value_from_env");

		add_header(text_of(headers->items[i], "name"),
				   variable != NULL ? gqle_env_lookup(NULL, variable) :
				   render(text_of(headers->items[i], "value")));
	}
	initStringInfo(&config.resource);
	for (int i = 0; attributes != NULL && i < attributes->n; i++)
	{
		const char *name = text_of(attributes->items[i], "name");
		const char *value = text_of(attributes->items[i], "value");

		if (name == NULL || value == NULL)
			continue;
		has_name |= strcmp(name, "service.name") == 0;
		gqle_otlp_append_resource_attribute(&config.resource, name, value);
	}
	if (!has_name)
		gqle_otlp_append_resource_attribute(&config.resource, "service.name", "hasura");
}

void
gqle_otlp_config_read(const GqleJson *json)
{
	MemoryContext old;
	const GqleJson *exporter = gqle_json_lookup(json, "exporter_otlp");
	const GqleJson *batch;
	const char *status;

	if (config_memory == NULL)
		config_memory = AllocSetContextCreate(TopMemoryContext, "gqle otlp",
											  ALLOCSET_SMALL_SIZES);
	MemoryContextReset(config_memory);
	memset(&config, 0, sizeof(config));
	old = MemoryContextSwitchTo(config_memory);
	status = render(text_of(json, "status"));
	if (status != NULL && strcmp(status, "enabled") == 0 && exporter != NULL)
	{
		batch = gqle_json_lookup(gqle_json_lookup(json, "batch_span_processor"),
								 "max_export_batch_size");
		config.batch_size = batch != NULL && batch->kind == GQLE_JSON_NUMBER ?
			Max(atoi(batch->text), 1) : DEFAULT_BATCH_SIZE;
		read_exporter(exporter);
		for (int i = 0; i < GQLE_N_SIGNALS; i++)
			if (lists(gqle_json_lookup(json, "data_types"), data_types[i]))
				config.urls[i] = render(text_of(exporter, endpoint_keys[i]));
	}
	MemoryContextSwitchTo(old);
}

const GqleOtlpConfig *
gqle_otlp_config(void)
{
	return &config;
}
