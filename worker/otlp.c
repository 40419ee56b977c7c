/*
 * otlp.c
 *		Spans to an OpenTelemetry collector, as the metadata say.
 *
 * Spans are kept in the form in which they are sent, OTLP's protobuf over HTTP,
 * and sent when there are enough for a batch or after a second, one batch at a
 * time, from the worker's event loop; no request waits for it.  What comes while
 * too many wait is dropped and counted, and so is a batch that the collector
 * doesn't take.
 *
 * The messages (opentelemetry/proto/collector/trace/v1):
 *
 *		ExportTraceServiceRequest { ResourceSpans resource_spans = 1 }
 *		ResourceSpans { Resource resource = 1; ScopeSpans scope_spans = 2 }
 *		Resource { KeyValue attributes = 1 }
 *		ScopeSpans { InstrumentationScope scope = 1; Span spans = 2 }
 *
 * A worker looks at the metadata when it is asked for spans and has not looked
 * for a second.
 */
#include "postgres.h"

#include <time.h>

#include "utils/memutils.h"

#include "gqle/api/call.h"
#include "gqle/base/json_read.h"
#include "gqle/base/log.h"
#include "gqle/base/metrics.h"
#include "gqle/base/percent.h"
#include "gqle/net/envtext.h"
#include "gqle/worker/httpc.h"
#include "gqle/worker/otlp.h"

#define LOOK_MS			1000
#define SEND_MS			1000
#define TIMEOUT_MS		10000
#define MAX_SPANS		4096
#define MAX_BYTES		(4 * 1024 * 1024)
#define MAX_ANSWER		(64 * 1024)
#define MAX_IDLE_MS		10000
#define MAX_HEADERS		32

/* What the metadata say; in config_memory. */
typedef struct Config
{
	char	   *url;			/* NULL: nothing is sent */
	int			batch_size;
	int			n_headers;
	GqleHttpHeader headers[MAX_HEADERS];
	StringInfoData resource;	/* its attributes, encoded */
} Config;

static MemoryContext config_memory = NULL;
static Config config;
static char *known_text = NULL; /* that config was made from */
static int64 looked_at = 0;
static StringInfoData spans;	/* encoded, each as a member of ScopeSpans */
static int	n_spans = 0;
static int64 first_at;			/* when the oldest was recorded */
static int	n_sent = 0;			/* in the call under way */
static GqleHttpcCall *call = NULL;

static int64
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------------
 * Protobuf
 * ------------------------------------------------------------------------ */

static void
put_varint(StringInfo out, uint64 value)
{
	while (value >= 0x80)
	{
		appendStringInfoChar(out, (char) (value | 0x80));
		value >>= 7;
	}
	appendStringInfoChar(out, (char) value);
}

static void
put_bytes(StringInfo out, int field, const char *bytes, int len)
{
	put_varint(out, field << 3 | 2);
	put_varint(out, len);
	appendBinaryStringInfo(out, bytes, len);
}

static void
put_text(StringInfo out, int field, const char *text)
{
	put_bytes(out, field, text, strlen(text));
}

static void
put_number(StringInfo out, int field, uint64 value)
{
	put_varint(out, field << 3);
	put_varint(out, value);
}

static void
put_fixed64(StringInfo out, int field, uint64 value)
{
	put_varint(out, field << 3 | 1);
	for (int i = 0; i < 8; i++)
		appendStringInfoChar(out, (char) (value >> (8 * i)));
}

/* KeyValue { string key = 1; AnyValue value = 2 }, the value a string (1). */
static void
put_attribute(StringInfo out, int field, const char *name, const char *value)
{
	StringInfoData any;
	StringInfoData pair;

	initStringInfo(&any);
	put_text(&any, 1, value);
	initStringInfo(&pair);
	put_text(&pair, 1, name);
	put_bytes(&pair, 2, any.data, any.len);
	put_bytes(out, field, pair.data, pair.len);
	pfree(any.data);
	pfree(pair.data);
}

/* An identifier as the bytes that its digits stand for. */
static void
put_id(StringInfo out, int field, const char *digits)
{
	char		bytes[GQLE_TRACE_ID_LEN / 2];
	int			n = strlen(digits) / 2;

	for (int i = 0; i < n; i++)
		bytes[i] = (char) (gqle_percent_hex_value(digits[2 * i]) << 4 |
						   gqle_percent_hex_value(digits[2 * i + 1]));
	put_bytes(out, field, bytes, n);
}

/* ------------------------------------------------------------------------
 * Configuration
 * ------------------------------------------------------------------------ */

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
				(errmsg("spans are not exported: environment variable \"%s\" is not set",
						missing)));
	return rendered;
}

static void
add_header(const char *name, const char *value)
{
	if (name == NULL || value == NULL || config.n_headers == MAX_HEADERS)
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
		put_attribute(&config.resource, 1, name, value);
	}
	if (!has_name)
		put_attribute(&config.resource, 1, "service.name", "hasura");
}

/* Take over what the metadata say. */
static void
read_config(const char *text)
{
	MemoryContext old;
	GqleJsonError error;
	GqleJson   *json;
	const GqleJson *exporter;
	const GqleJson *batch;
	const char *status;

	if (config_memory == NULL)
		config_memory = AllocSetContextCreate(TopMemoryContext, "gqle otlp",
											  ALLOCSET_SMALL_SIZES);
	MemoryContextReset(config_memory);
	memset(&config, 0, sizeof(config));
	old = MemoryContextSwitchTo(config_memory);
	known_text = pstrdup(text);
	json = gqle_json_parse(text, strlen(text), &error);
	status = json != NULL ? render(text_of(json, "status")) : NULL;
	exporter = json != NULL ? gqle_json_lookup(json, "exporter_otlp") : NULL;
	if (status != NULL && strcmp(status, "enabled") == 0 && exporter != NULL &&
		lists(gqle_json_lookup(json, "data_types"), "traces"))
	{
		batch = gqle_json_lookup(gqle_json_lookup(json, "batch_span_processor"),
								 "max_export_batch_size");
		config.batch_size = batch != NULL && batch->kind == GQLE_JSON_NUMBER ?
			Max(atoi(batch->text), 1) : 512;
		read_exporter(exporter);
		config.url = render(text_of(exporter, "otlp_traces_endpoint"));
	}
	MemoryContextSwitchTo(old);
}

/* Ask the database. */
static void
look(void)
{
	static GqleSessionVariable variable = {"x-hasura-role", "admin"};
	GqleSession session = {.role = "admin",.is_admin = true,.n_variables = 1,
	.variables = &variable};
	StringInfoData out;
	GqleCall	ask = {.endpoint = GQLE_ENDPOINT_TELEMETRY,.place = GQLE_PLACE_INLINE,
		.session = &session,.body = "",.out = &out};

	initStringInfo(&out);
	if (gqle_call_run(&ask) == GQLE_CALL_DONE && !ask.is_error &&
		(known_text == NULL || strcmp(known_text, out.data) != 0))
		read_config(out.data);
	pfree(out.data);
}

bool
gqle_otlp_is_on(void)
{
	int64		now = clock_ms();

	if (known_text == NULL || now - looked_at >= LOOK_MS)
	{
		looked_at = now;
		look();
	}
	return config.url != NULL;
}

/* ------------------------------------------------------------------------
 * Spans
 * ------------------------------------------------------------------------ */

static uint64
wall_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

void
gqle_otlp_record(const GqleSpan *span)
{
	uint64		end = wall_clock_ns();
	StringInfoData encoded;
	MemoryContext old;

	if (spans.data == NULL)
	{
		old = MemoryContextSwitchTo(TopMemoryContext);
		initStringInfo(&spans);
		MemoryContextSwitchTo(old);
	}
	if (n_spans >= MAX_SPANS || spans.len >= MAX_BYTES)
	{
		gqle_metrics_add(GQLE_METRIC_SPANS_BUFFER_FULL, 1);
		return;
	}
	initStringInfo(&encoded);
	put_id(&encoded, 1, span->context->trace_id);
	put_id(&encoded, 2, span->context->span_id);
	if (span->parent_id[0] != '\0')
		put_id(&encoded, 4, span->parent_id);
	put_text(&encoded, 5, span->name);
	put_number(&encoded, 6, 2);	/* SPAN_KIND_SERVER */
	put_fixed64(&encoded, 7, end - span->duration);
	put_fixed64(&encoded, 8, end);
	for (int i = 0; i < span->n_attributes; i++)
		put_attribute(&encoded, 9, span->attributes[2 * i], span->attributes[2 * i + 1]);
	if (span->is_error)
		put_bytes(&encoded, 15, "\030\002", 2); /* Status { code = 3: ERROR } */
	put_bytes(&spans, 2, encoded.data, encoded.len);
	pfree(encoded.data);
	if (n_spans++ == 0)
		first_at = clock_ms();
}

/* The end of a batch; GqleHttpcDone. */
static void
take_reply(void *arg, const GqleHttpReply *reply)
{
	bool		is_taken = reply->failure == GQLE_HTTP_OK && reply->status >= 200 &&
		reply->status < 300;

	call = NULL;
	gqle_metrics_add(is_taken ? GQLE_METRIC_SPANS_SENT :
					 GQLE_METRIC_SPANS_SEND_FAILED, n_sent);
	if (!is_taken)
		gqle_log_message(GQLE_LOG_UNSTRUCTURED, GQLE_LOG_LEVEL_WARN,
						 "the OpenTelemetry collector did not take a batch of spans");
}

static void
send_batch(void)
{
	static const char scope[] = "\012\004gqle";
	StringInfoData scope_spans;
	StringInfoData resource_spans;
	StringInfoData body;
	GqleHttpRequest request = {.url = config.url,.headers = config.headers,
		.n_headers = config.n_headers,.timeout = TIMEOUT_MS,.max_body = MAX_ANSWER};

	initStringInfo(&scope_spans);
	put_bytes(&scope_spans, 1, scope, sizeof(scope) - 1);
	appendBinaryStringInfo(&scope_spans, spans.data, spans.len);
	initStringInfo(&resource_spans);
	put_bytes(&resource_spans, 1, config.resource.data, config.resource.len);
	put_bytes(&resource_spans, 2, scope_spans.data, scope_spans.len);
	initStringInfo(&body);
	put_bytes(&body, 1, resource_spans.data, resource_spans.len);
	request.body = body.data;
	request.body_len = body.len;
	n_sent = n_spans;
	call = gqle_httpc_begin(&request, take_reply, NULL);
	if (call == NULL)
		gqle_metrics_add(GQLE_METRIC_SPANS_SEND_FAILED, n_sent);
	pfree(scope_spans.data);
	pfree(resource_spans.data);
	pfree(body.data);
	resetStringInfo(&spans);
	n_spans = 0;
}

long
gqle_otlp_timeout(void)
{
	if (n_spans == 0 || call != NULL)
		return MAX_IDLE_MS;
	return Max(first_at + SEND_MS - clock_ms(), 0);
}

void
gqle_otlp_turn(void)
{
	if (n_spans == 0 || call != NULL)
		return;
	if (config.url == NULL)
	{
		/* switched off meanwhile */
		gqle_metrics_add(GQLE_METRIC_SPANS_SEND_FAILED, n_spans);
		resetStringInfo(&spans);
		n_spans = 0;
	}
	else if (n_spans >= config.batch_size || clock_ms() - first_at >= SEND_MS)
		send_batch();
}
