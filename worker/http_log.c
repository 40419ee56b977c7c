/*
 * http_log.c
 *		A line of http-log for each request that is answered.
 *
 * The shape is Hasura's (its Server/Logging.hs).  The text of a request is only
 * shown if query-log is enabled, as there; commands to the metadata may hold
 * secrets and need a setting of their own.  Headers are never shown.
 *
 * There is a line for every request, so the common case parses nothing and
 * formats nothing with printf.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_read.h"
#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/worker/http_log.h"

#define NS_PER_S 1000000000

/* Append a literal. */
#define APPEND(out, literal) gqle_json_write_raw(out, literal, sizeof(literal) - 1)

bool
gqle_http_log_is_wanted(bool is_error)
{
	return gqle_log_wants(GQLE_LOG_HTTP, is_error ? GQLE_LOG_LEVEL_ERROR :
						  GQLE_LOG_LEVEL_INFO);
}

static void
append_int(StringInfo out, int number)
{
	char		digits[MAXINT8LEN + 1];

	gqle_json_write_raw(out, digits, pg_ltoa(number, digits));
}

/* Nanoseconds as seconds. */
static void
append_seconds(StringInfo out, int64 ns)
{
	char		digits[16];

	ns = Max(ns, 0);
	append_int(out, (int) (ns / NS_PER_S));
	pg_ultostr_zeropad(digits, (uint32) (ns % NS_PER_S), 9);
	APPEND(out, ".");
	gqle_json_write_raw(out, digits, 9);
}

/* Who the client says it is, or who its proxy says: for people, not for rules. */
static const char *
find_address(const GqleExchange *x)
{
	const char *address = gqle_httpd_header(x, "x-real-ip");

	if (address == NULL)
		address = gqle_httpd_header(x, "x-forwarded-for");
	return address != NULL ? address : gqle_httpd_address(x);
}

static bool
is_path(const GqleExchange *x, const char *path)
{
	return (int) strlen(path) == x->path_len &&
		memcmp(path, x->target, x->path_len) == 0;
}

/* Is the request itself to be shown? */
static bool
shows_request(const GqleExchange *x, bool is_error)
{
	if (gqle_guc_http_log_query_only_on_error)
		return is_error;
	if (!gqle_guc_has_log(GQLE_LOG_QUERY))
		return false;
	return gqle_guc_enable_metadata_query_logging ||
		!(is_path(x, "/v1/metadata") || is_path(x, "/v1/query"));
}

/* {"key": the text of that member of the request, or null} */
static void
append_member(StringInfo out, const char *key, const GqleJson *request)
{
	const GqleJson *value = request != NULL && request->kind == GQLE_JSON_OBJECT ?
		gqle_json_lookup(request, key) : NULL;
	bool		first = true;

	APPEND(out, "{");
	gqle_json_write_key(out, key, &first);
	if (value != NULL && value->kind == GQLE_JSON_STRING)
		gqle_json_write_cstring(out, value->text);
	else
		APPEND(out, "null");
	APPEND(out, "}");
}

/* What is shown of the request. */
static void
append_request(StringInfo out, const GqleExchange *x, const GqleHttpLog *log)
{
	bool		is_shown = shows_request(x, log->is_error);
	bool		by_name = gqle_guc_http_log_query_only_on_error;
	GqleJson   *request = NULL;
	GqleJsonError error;

	/* a GraphQL request has no type, so nothing need be read for that */
	if (is_shown || by_name || !log->is_graphql)
		request = gqle_json_parse(x->body, x->body_len, &error);
	APPEND(out, ",\"query\":");
	if (!is_shown)
		append_member(out, by_name ? "operationName" : "type", request);
	else if (request != NULL)
		gqle_json_append(out, request);
	else
		APPEND(out, "null");
	if (is_shown && log->is_error && request == NULL)
	{
		APPEND(out, ",\"raw_query\":");
		gqle_json_write_string(out, x->body, x->body_len);
	}
}

/* The next of some numbers with commas between, or -1. */
static int64
take_time(const char **times)
{
	char	   *end;
	int64		us;

	if (*times == NULL || **times == '\0')
		return -1;
	us = strtoll(*times, &end, 10);
	*times = *end == ',' ? end + 1 : end;
	return us;
}

/* One part of an array of requests: answer is its answer. */
static void
append_part(StringInfo out, const GqleJson *request, const GqleJson *answer, int64 us)
{
	char	   *text = gqle_json_to_text(answer);

	APPEND(out, "{");
	if (request != NULL)
	{
		APPEND(out, "\"query\":");
		gqle_json_append(out, request);
		APPEND(out, ",");
	}
	if (gqle_json_lookup(answer, "errors") != NULL)
	{
		APPEND(out, "\"error\":");
		gqle_error_append_flat(out, text, strlen(text));
	}
	else
	{
		APPEND(out, "\"response_size\":");
		append_int(out, strlen(text));
		if (us >= 0)
		{
			APPEND(out, ",\"query_execution_time\":");
			append_seconds(out, us * 1000);
		}
	}
	APPEND(out, "}");
}

/* The parts of an array of requests; what was asked only if requests are shown. */
static void
append_batch(StringInfo out, const GqleExchange *x, const GqleHttpLog *log)
{
	GqleJsonError error;
	GqleJson   *answers = gqle_json_parse(log->body, log->body_len, &error);
	GqleJson   *requests = shows_request(x, false) ?
		gqle_json_parse(x->body, x->body_len, &error) : NULL;
	const char *times = log->batch_times;

	if (answers == NULL || answers->kind != GQLE_JSON_ARRAY || answers->n == 0)
		return;
	if (requests != NULL && (requests->kind != GQLE_JSON_ARRAY || requests->n != answers->n))
		requests = NULL;
	APPEND(out, ",\"batched_operations\":[");
	for (int i = 0; i < answers->n; i++)
	{
		if (i > 0)
			APPEND(out, ",");
		append_part(out, requests != NULL ? requests->items[i] : NULL, answers->items[i],
					take_time(&times));
	}
	APPEND(out, "]");
}

static void
append_http_info(StringInfo out, const GqleExchange *x, const GqleHttpLog *log)
{
	APPEND(out, "{\"http_info\":{\"status\":");
	append_int(out, log->status);
	APPEND(out, ",\"method\":");
	gqle_json_write_cstring(out, x->method);
	APPEND(out, ",\"ip\":");
	gqle_json_write_cstring(out, find_address(x));
	APPEND(out, ",\"url\":");
	gqle_json_write_string(out, x->target, x->path_len);
	if (x->is_http_1_0)
		APPEND(out, ",\"http_version\":\"HTTP/1.0\"");
	else
		APPEND(out, ",\"http_version\":\"HTTP/1.1\"");
	if (log->is_compressed)
		APPEND(out, ",\"content_encoding\":\"gzip\"}");
	else
		APPEND(out, ",\"content_encoding\":null}");
}

static void
append_operation(StringInfo out, const GqleExchange *x, const GqleHttpLog *log,
				 bool is_batch)
{
	APPEND(out, ",\"operation\":{\"request_id\":");
	gqle_json_write_cstring(out, log->request_id);
	if (log->session != NULL)
	{
		APPEND(out, ",\"user_vars\":");
		gqle_session_append_json(out, log->session);
	}
	else if (log->user_vars != NULL)
	{
		APPEND(out, ",\"user_vars\":");
		gqle_json_write_raw(out, log->user_vars, strlen(log->user_vars));
	}
	APPEND(out, ",\"response_size\":");
	append_int(out, log->sent_len);
	APPEND(out, ",\"uncompressed_response_size\":");
	append_int(out, log->body_len);
	APPEND(out, ",\"request_read_time\":");
	append_seconds(out, log->read_ns);
	APPEND(out, ",\"query_execution_time\":");
	append_seconds(out, log->run_ns);
	append_request(out, x, log);
	if (log->is_error)
	{
		APPEND(out, ",\"error\":");
		gqle_error_append_flat(out, log->body, log->body_len);
		APPEND(out, ",\"request_mode\":\"error\"}");
	}
	else if (!log->is_graphql)
		APPEND(out, ",\"request_mode\":\"non-graphql\"}");
	else if (is_batch)
		APPEND(out, ",\"request_mode\":\"batched\"}");
	else
		APPEND(out, ",\"request_mode\":\"single\"}");
}

void
gqle_http_log_write(const GqleExchange *x, const GqleHttpLog *log)
{
	bool		is_batch = log->is_graphql && !log->is_error &&
		log->body_len > 0 && log->body[0] == '[';
	StringInfo	out = gqle_log_begin(GQLE_LOG_HTTP, log->is_error ?
									 GQLE_LOG_LEVEL_ERROR : GQLE_LOG_LEVEL_INFO);

	append_http_info(out, x, log);
	append_operation(out, x, log, is_batch);
	APPEND(out, ",\"request_id\":");
	gqle_json_write_cstring(out, log->request_id);
	if (is_batch)
		append_batch(out, x, log);
	APPEND(out, "}");
	gqle_log_end();
}
