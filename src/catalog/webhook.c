/*
 * webhook.c
 *		Endpoints of users that the engine calls, as metadata describe them.
 *
 * compat: variables in a URL are replaced when metadata are read, those in headers
 * at each call.
 */
#include "postgres.h"

#include "gqle/catalog/webhook.h"
#include "gqle/net/envtext.h"

#define MAX_TIMEOUT_SECONDS	3600

static const char *
text_of(const GqleJson *object, const char *key)
{
	const GqleJson *value = gqle_json_lookup(object, key);

	return value != NULL && value->kind == GQLE_JSON_STRING ? value->text : NULL;
}

/* The url with its variables replaced; false after reporting. */
static bool
parse_url(GqleWebhook *webhook, const GqleJson *definition, GqleErrorSink *sink)
{
	const char *url = text_of(definition, "url");
	const char *missing;

	if (url == NULL)
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "key \"url\" not found");
	webhook->url = gqle_envtext_render(url, gqle_env_lookup, NULL, &missing);
	if (webhook->url != NULL)
		return true;
	return gqle_error_report(sink, GQLE_ERR_UNEXPECTED, NULL,
							 "Value for environment variables not found: %s", missing);
}

/* The headers; false after reporting. */
static bool
parse_headers(GqleWebhook *webhook, const GqleJson *headers, GqleErrorSink *sink)
{
	if (gqle_json_is_null(headers))
		return true;
	if (headers->kind != GQLE_JSON_ARRAY)
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
								 "headers must be a list");
	webhook->header_conf = headers;
	webhook->headers = palloc0(sizeof(GqleWebhookHeader) * Max(headers->n, 1));
	for (int i = 0; i < headers->n; i++)
	{
		GqleWebhookHeader *header = &webhook->headers[webhook->n_headers++];

		header->name = text_of(headers->items[i], "name");
		header->value = text_of(headers->items[i], "value");
		header->from_env = text_of(headers->items[i], "value_from_env");
		if (header->name == NULL || (header->value == NULL) == (header->from_env == NULL))
			return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
									 "expecting value or value_from_env keys");
	}
	return true;
}

/* See webhook.h. */
GqleWebhook *
gqle_webhook_parse(const GqleJson *definition, int default_timeout, GqleErrorSink *sink)
{
	GqleWebhook *webhook = palloc0(sizeof(GqleWebhook));
	const GqleJson *timeout = gqle_json_lookup(definition, "timeout");
	const GqleJson *forward = gqle_json_lookup(definition, "forward_client_headers");
	double		seconds = default_timeout;

	if (timeout != NULL && timeout->kind == GQLE_JSON_NUMBER)
		seconds = strtod(timeout->text, NULL);
	if (seconds < 0)
	{
		gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
						  "timeout value cannot be negative");
		return NULL;
	}
	webhook->timeout = (int) (Min(seconds, MAX_TIMEOUT_SECONDS) * 1000);
	webhook->forward_client_headers = forward != NULL &&
		forward->kind == GQLE_JSON_BOOL && forward->boolean;
	if (!parse_url(webhook, definition, sink) ||
		!parse_headers(webhook, gqle_json_lookup(definition, "headers"), sink))
		return NULL;
	return webhook;
}
