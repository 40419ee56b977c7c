/*
 * trigger.c
 *		Reading whom to call for an event, and how often.
 *
 * Definitions come from the metadata's own tables, where only what has the right
 * shape is stored.
 */
#include "postgres.h"

#include <limits.h>

#include "gqle/api/meta.h"
#include "gqle/net/envtext.h"
#include "gqle/worker/trigger.h"

#define DEFAULT_TIMEOUT_S	60
#define LONGEST_TIMEOUT_S	1800	/* of one delivery, whatever is configured */

/* The names that a kind of trigger has for its retries. */
typedef struct RetryKeys
{
	const char *interval;
	const char *timeout;
} RetryKeys;

static const RetryKeys event_keys = {"interval_sec", "timeout_sec"};
static const RetryKeys scheduled_keys = {"retry_interval_seconds", "timeout_seconds"};

/* The URL: a template, or the value of a variable; NULL sets the problem. */
static const char *
find_url(GqleTrigger *trigger, const char *template, const char *variable)
{
	const char *missing;
	const char *url;

	trigger->url_name = variable != NULL ? variable : template != NULL ? template : "";
	if (variable != NULL)
	{
		url = gqle_env_lookup(NULL, variable);
		if (url == NULL)
			trigger->problem = psprintf("environment variable '%s' not set", variable);
		return url;
	}
	url = gqle_envtext_render(trigger->url_name, gqle_env_lookup, NULL, &missing);
	if (url == NULL)
		trigger->problem = psprintf("Value for environment variables not found: %s", missing);
	return url;
}

/* Fill in the webhook and the retries. */
static void
set_webhook(GqleTrigger *trigger, const char *url, const GqleJson *headers,
			const GqleJson *retry, const RetryKeys *keys)
{
	GqleWebhook *webhook;
	GqleErrorSink sink = {0};
	GqleJson   *definition = gqle_json_make_object();
	int64		timeout = gqle_meta_int(retry, keys->timeout, DEFAULT_TIMEOUT_S);

	trigger->num_retries = (int) Min(gqle_meta_int(retry, "num_retries", 0), INT_MAX);
	trigger->retry_interval = (int) Min(gqle_meta_int(retry, keys->interval, 10), INT_MAX);
	trigger->tolerance = (int) Min(gqle_meta_int(retry, "tolerance_seconds", 21600), INT_MAX);
	if (url == NULL)
		return;
	gqle_json_object_set(definition, "url", gqle_json_make_string(url));
	if (headers != NULL)
		gqle_json_object_set(definition, "headers", (GqleJson *) headers);
	webhook = gqle_webhook_parse(definition, DEFAULT_TIMEOUT_S, &sink);
	if (webhook == NULL)
	{
		trigger->problem = sink.error.message;
		return;
	}
	webhook->url = url;
	webhook->timeout = (int) Max(Min(timeout, LONGEST_TIMEOUT_S), 1) * 1000;
	trigger->webhook = webhook;
}

/* See trigger.h. */
GqleTrigger *
gqle_trigger_of_event(const char *definition)
{
	GqleTrigger *trigger = palloc0(sizeof(GqleTrigger));
	GqleJson   *json = gqle_meta_parse_stored(definition);
	const GqleJson *retry = gqle_json_lookup(json, "retry_conf");

	trigger->definition = json;
	trigger->has_timeout = gqle_json_is_null(retry) ||
		!gqle_json_is_null(gqle_json_lookup(retry, event_keys.timeout));
	set_webhook(trigger,
				find_url(trigger, gqle_meta_text(json, "webhook"),
						 gqle_meta_text(json, "webhook_from_env")),
				gqle_json_lookup(json, "headers"), retry, &event_keys);
	return trigger;
}

/* See trigger.h. */
GqleTrigger *
gqle_trigger_of_cron(const char *definition)
{
	GqleTrigger *trigger = palloc0(sizeof(GqleTrigger));
	GqleJson   *json = gqle_meta_parse_stored(definition);
	GqleJson   *webhook = gqle_json_lookup(json, "webhook");

	trigger->definition = json;
	set_webhook(trigger,
				find_url(trigger, gqle_meta_text(json, "webhook"),
						 gqle_meta_text(webhook, "from_env")),
				gqle_json_lookup(json, "headers"), gqle_json_lookup(json, "retry_conf"),
				&scheduled_keys);
	return trigger;
}

static void
append_missing(StringInfo out, const char *what)
{
	appendStringInfo(out, "%s%s", out->len > 0 ? ", " : "", what);
}

/* Append the variables that a list of headers misses. */
static void
add_missing_of_headers(StringInfo out, const GqleJson *headers)
{
	for (int i = 0; headers != NULL && i < headers->n; i++)
	{
		const char *value = gqle_meta_text(headers->items[i], "value");
		const char *variable = gqle_meta_text(headers->items[i], "value_from_env");
		const char *missing;

		if (value != NULL &&
			gqle_envtext_render(value, gqle_env_lookup, NULL, &missing) == NULL)
			append_missing(out, psprintf("template cannot be resolved: \"%s\"", missing));
		else if (variable != NULL && gqle_env_lookup(NULL, variable) == NULL)
			append_missing(out, variable);
	}
}

/* See trigger.h. */
GqleTrigger *
gqle_trigger_of_one_off(const char *webhook, const char *retry, const char *headers)
{
	GqleTrigger *trigger = palloc0(sizeof(GqleTrigger));
	GqleJson   *url = gqle_meta_parse_stored(webhook);
	GqleJson   *header_list = headers != NULL ? gqle_meta_parse_stored(headers) : NULL;
	const char *variable = gqle_meta_text(url, "from_env");
	const char *names;
	StringInfoData missing;

	set_webhook(trigger,
				find_url(trigger, url->kind == GQLE_JSON_STRING ? url->text : NULL, variable),
				header_list, retry != NULL ? gqle_meta_parse_stored(retry) : NULL,
				&scheduled_keys);
	initStringInfo(&missing);
	if (variable != NULL && gqle_env_lookup(NULL, variable) == NULL)
		append_missing(&missing, variable);
	else if (variable == NULL &&
			 gqle_envtext_render(trigger->url_name, gqle_env_lookup, NULL, &names) == NULL)
		append_missing(&missing, names);
	add_missing_of_headers(&missing, header_list);
	if (missing.len > 0)
		trigger->problem = psprintf("The value for environment variables not found: %s",
									missing.data);
	return trigger;
}
