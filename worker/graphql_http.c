/*
 * graphql_http.c
 *		GraphQL over HTTP, as its specification has it.
 *
 * Hasura takes any POST for a request, whatever its Content-Type says, answers
 * with application/json and status 200, and knows no GET.  That stays so for
 * everybody but clients that prefer application/graphql-response+json or
 * text/event-stream: theirs are the strict rules, statuses that mean something,
 * and queries by GET.
 */
#include "postgres.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_read.h"
#include "gqle/base/percent.h"
#include "gqle/validate/validate.h"
#include "gqle/worker/graphql_http.h"

/* Refuse a request. */
static bool
refuse(int *status, int wanted, GqleErrorSink *sink, GqleErrorCode code,
	   const char *message)
{
	*status = wanted;
	return gqle_error_report(sink, code, NULL, "%s", message);
}

/*
 * A part of application/x-www-form-urlencoded, decoded; NULL if it is malformed
 * or holds a NUL.
 */
static char *
decode(const char *text, int len)
{
	char	   *copy = palloc(len + 1);
	int			n = 0;

	for (int i = 0; i < len; i++)
	{
		char		c = text[i];

		if (c == '+')
			c = ' ';
		else if (c == '%')
		{
			int			high = i + 2 < len ? gqle_percent_hex_value(text[i + 1]) : -1;
			int			low = high >= 0 ? gqle_percent_hex_value(text[i + 2]) : -1;

			if (low < 0 || high * 16 + low == 0)
				return NULL;
			c = (char) (high * 16 + low);
			i += 2;
		}
		copy[n++] = c;
	}
	copy[n] = '\0';
	return copy;
}

/* One parameter, into the body that is being made; false if it can't be. */
static bool
take_parameter(GqleJson *body, const char *name, const char *value)
{
	static const char *const texts[] = {"query", "operationName"};
	static const char *const objects[] = {"variables", "extensions"};

	for (size_t i = 0; i < lengthof(texts); i++)
	{
		if (strcmp(name, texts[i]) != 0)
			continue;
		if (gqle_json_lookup(body, name) != NULL)
			return false;
		gqle_json_object_add(body, texts[i], gqle_json_make_string(value));
		return true;
	}
	for (size_t i = 0; i < lengthof(objects); i++)
	{
		GqleJsonError error;
		GqleJson   *json;

		if (strcmp(name, objects[i]) != 0)
			continue;
		json = gqle_json_parse(value, strlen(value), &error);
		if (json == NULL || gqle_json_lookup(body, name) != NULL)
			return false;
		gqle_json_object_add(body, objects[i], json);
		return true;
	}
	return true;				/* others are none of our business */
}

/* Is there a hash in place of a query, and are such queries kept? */
static bool
names_persisted(const GqleJson *body)
{
	const GqleJson *extensions = gqle_json_lookup(body, "extensions");

	return gqle_guc_enable_persisted_queries && extensions != NULL &&
		!gqle_json_is_null(gqle_json_lookup(extensions, "persistedQuery"));
}

bool
gqle_graphql_http_read(GqleExchange *x, int *status, GqleErrorSink *sink)
{
	GqleJson   *body = gqle_json_make_object();
	const char *at = x->target + x->path_len;
	char	   *text;

	at += *at == '?';
	while (*at != '\0')
	{
		int			len = strcspn(at, "&");
		const char *equals = memchr(at, '=', len);
		int			name_len = equals != NULL ? equals - at : len;
		char	   *name = decode(at, name_len);
		char	   *value = equals == NULL ? pstrdup("") :
			decode(equals + 1, len - name_len - 1);

		if (name == NULL || value == NULL || !take_parameter(body, name, value))
			return refuse(status, 400, sink, GQLE_ERR_PARSE_FAILED,
						  "the parameters of the URL are malformed");
		at += len;
		at += *at == '&';
	}
	if (gqle_json_lookup(body, "query") == NULL && !names_persisted(body))
		return refuse(status, 400, sink, GQLE_ERR_PARSE_FAILED,
					  "the parameter \"query\" is missing");
	text = gqle_json_to_text(body);
	if (!gqle_httpd_set_body(x, text, strlen(text)))
		return refuse(status, 503, sink, GQLE_ERR_UNEXPECTED, "out of memory");
	return true;
}

bool
gqle_graphql_http_is_mutation(const char *body, int len)
{
	GqleJsonError json_error;
	GqleErrorSink sink = {0};
	GqleOperationType type;
	GqleJson   *json = gqle_json_parse(body, len, &json_error);
	GqleRequest *request = json != NULL ?
		gqle_request_from_json(json, &sink) : NULL;

	return request != NULL &&
		gqle_validate_operation_type(request, &type, &sink) &&
		type == GQLE_OPERATION_MUTATION;
}

bool
gqle_graphql_http_check(GqleExchange *x, GqleAnswerType type, int *status,
						const char **allow, GqleErrorSink *sink)
{
	*allow = NULL;
	if (type == GQLE_ANSWER_NONE)
		return refuse(status, 406, sink, GQLE_ERR_NOT_SUPPORTED,
					  "none of the accepted media types can be given");
	if (strcmp(x->method, "POST") == 0)
	{
		if (!gqle_httphdr_is_json(gqle_httpd_header(x, "content-type")))
			return refuse(status, 415, sink, GQLE_ERR_NOT_SUPPORTED,
						  "the content type must be application/json, in UTF-8");
		return true;
	}
	if (!gqle_graphql_http_read(x, status, sink))
		return false;
	if (gqle_graphql_http_is_mutation(x->body, x->body_len))
	{
		*allow = "POST";
		return refuse(status, 405, sink, GQLE_ERR_NOT_SUPPORTED,
					  "mutations are not possible by GET");
	}
	return true;
}
