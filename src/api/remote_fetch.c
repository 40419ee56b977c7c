/*
 * remote_fetch.c
 *		Asking remote schemas for their types, and keeping what they answer.
 *
 * Who makes the call is somebody else's business: metadata commands ask through
 * outcalls, the delivery worker by itself.
 */
#include "postgres.h"

#include "gqle/api/remote_fetch.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/base/utf8.h"
#include "gqle/catalog/remote.h"
#include "gqle/limits.h"
#include "gqle/net/url.h"

#define MAX_REDIRECTS	10

static char *
make_body(void)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"query\":");
	gqle_json_write_cstring(&out, gqle_remote_introspection_query);
	appendStringInfoString(&out, ",\"operationName\":\"IntrospectionQuery\"}");
	return out.data;
}

/* See remote_fetch.h. */
bool
gqle_remote_fetch_request(const GqleJson *definition, const GqleOutcalls *outcalls,
						  GqleHttpRequest *request, GqleErrorSink *sink)
{
	static GqleSessionVariable variable = {"x-hasura-role", "admin"};
	static const GqleSession session = {.role = "admin",.is_admin = true,.n_variables = 1,
		.variables = &variable
	};
	const char *url_name;
	GqleWebhook *webhook = gqle_remote_parse_definition(definition, &url_name, sink);

	memset(request, 0, sizeof(*request));
	if (webhook == NULL)
		return false;
	request->method = "POST";
	request->url = gqle_url_clean(webhook->url);
	request->timeout = webhook->timeout;
	request->max_body = GQLE_MAX_INTROSPECTION_BYTES;
	request->max_redirects = MAX_REDIRECTS;
	request->allows_self_signed = gqle_outcall_allows_self_signed(request->url);
	request->body = make_body();
	request->body_len = (int) strlen(request->body);
	webhook->forward_client_headers = false;
	request->headers = gqle_outcall_remote_headers(webhook, outcalls, &session,
												   &request->n_headers, sink);
	return request->headers != NULL;
}

/* See remote_fetch.h. */
const char *
gqle_remote_fetch_read(const GqleJson *definition, const GqleHttpRequest *request,
					   const GqleHttpReply *reply, GqleErrorSink *sink)
{
	const GqleJson *variable = gqle_json_lookup(definition, "url_from_env");
	const GqleJson *url = gqle_json_lookup(definition, "url");

	if (reply->failure != GQLE_HTTP_OK)
	{
		gqle_error_report(sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL,
						  "HTTP exception occurred while sending the request to \"%s\"",
						  !gqle_json_is_null(variable) ? variable->text :
						  !gqle_json_is_null(url) ? url->text : request->url);
		sink->error.internal = gqle_outcall_failure_json(request, reply);
		return NULL;
	}
	if (gqle_utf8_check(reply->body, reply->body_len) < reply->body_len ||
		memchr(reply->body, '\0', reply->body_len) != NULL)
	{
		gqle_error_report(sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL,
						  "Error in $: the answer is not UTF-8");
		return NULL;
	}
	return reply->body;
}

/* See remote_fetch.h. */
void
gqle_remote_fetch_store(const char *name, const GqleJson *definition, const char *answer)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, name);
	gqle_spi_add_json(&args, gqle_json_to_text(definition));
	gqle_spi_add_text(&args, answer);
	gqle_spi_execute(
		"INSERT INTO gqle.remote_introspections AS i "
		"(remote_schema, request, answer, digest) "
		"VALUES ($1, gqle_internal.remote_request($2), $3, pg_catalog.md5($3)) "
		"ON CONFLICT (remote_schema) DO UPDATE SET request = excluded.request, "
		"answer = excluded.answer, digest = excluded.digest, failure = NULL, "
		"tries = 0, fetched_at = now()",
		&args);
}

/* See remote_fetch.h. */
void
gqle_remote_fetch_store_failure(const char *name, const GqleJson *definition,
								const GqleError *error)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	StringInfoData failure;

	initStringInfo(&failure);
	appendStringInfoString(&failure, "{\"message\":");
	gqle_json_write_cstring(&failure, error->message);
	appendStringInfo(&failure, ",\"internal\":%s}",
					 error->internal != NULL ? error->internal : "null");
	gqle_spi_add_text(&args, name);
	gqle_spi_add_json(&args, gqle_json_to_text(definition));
	gqle_spi_add_json(&args, failure.data);
	if (gqle_spi_execute("UPDATE gqle.remote_introspections "
						 "SET tries = tries + 1, fetched_at = now() "
						 "WHERE remote_schema = $1 "
						 "AND request = gqle_internal.remote_request($2) "
						 "AND failure::text = $3::text "
						 "RETURNING 1",
						 &args)
			->n > 0)
		return;
	gqle_spi_execute(
		"INSERT INTO gqle.remote_introspections AS i "
		"(remote_schema, request, failure, tries) "
		"VALUES ($1, gqle_internal.remote_request($2), $3, 1) "
		"ON CONFLICT (remote_schema) DO UPDATE SET request = excluded.request, "
		"answer = CASE WHEN i.request = excluded.request "
		"THEN i.answer END, failure = excluded.failure, "
		"tries = i.tries + 1, fetched_at = now()",
		&args);
}
