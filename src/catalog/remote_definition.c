/*
 * remote_definition.c
 *		Where a remote schema is, and what it is sent, as its definition says.
 */
#include "postgres.h"

#include "gqle/catalog/cache.h"
#include "gqle/catalog/remote.h"
#include "gqle/net/envtext.h"

#define DEFAULT_TIMEOUT_SECONDS	60
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* A scheme, a colon, and nothing that may not be in a URI. */
static bool
is_uri(const char *text)
{
	const char *c = text + strspn(text, LETTERS "0123456789+-.");

	if (strspn(text, LETTERS) == 0 || *c != ':')
		return false;
	for (; *c != '\0'; c++)
		if ((unsigned char) *c <= ' ' || strchr("\"<>\\^`{|}", *c) != NULL ||
			(unsigned char) *c >= 0x7f)
			return false;
	return true;
}

/* What webhook.h wants, of a remote schema's definition. */
static GqleJson *
webhook_definition(const GqleJson *definition, const char *url)
{
	GqleJson   *json = gqle_json_make_object();
	const GqleJson *timeout = gqle_json_lookup(definition, "timeout_seconds");
	const GqleJson *headers = gqle_json_lookup(definition, "headers");
	const GqleJson *forward = gqle_json_lookup(definition, "forward_client_headers");

	gqle_json_object_set(json, "url", gqle_json_make_string(url));
	if (!gqle_json_is_null(timeout))
		gqle_json_object_set(json, "timeout", unconstify(GqleJson *, timeout));
	if (headers != NULL)
		gqle_json_object_set(json, "headers", unconstify(GqleJson *, headers));
	if (forward != NULL)
		gqle_json_object_set(json, "forward_client_headers", unconstify(GqleJson *, forward));
	return json;
}

/* See remote.h. */
GqleWebhook *
gqle_remote_parse_definition(const GqleJson *definition, const char **url_name,
							 GqleErrorSink *sink)
{
	const char *variable = gqle_catalog_json_string(definition, "url_from_env");
	const char *url = gqle_catalog_json_string(definition, "url");
	GqleWebhook *webhook;

	*url_name = variable != NULL ? variable : url;
	if (variable != NULL)
		url = gqle_env_lookup(NULL, variable);
	if (url == NULL)
	{
		gqle_error_report(sink, GQLE_ERR_INVALID_PARAMS, NULL,
						  "environment variable '%s' not set",
						  variable != NULL ? variable : "");
		return NULL;
	}
	webhook = gqle_webhook_parse(webhook_definition(definition, url),
								 DEFAULT_TIMEOUT_SECONDS, sink);
	if (webhook == NULL || is_uri(webhook->url))
		return webhook;
	gqle_error_report(sink, GQLE_ERR_INVALID_PARAMS, NULL,
					  variable != NULL ? "not a valid URI in environment variable: %s" :
					  "not a valid URI generated from the template: %s", *url_name);
	return NULL;
}
