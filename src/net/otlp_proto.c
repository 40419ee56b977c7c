/*
 * otlp_proto.c
 *		What an OpenTelemetry collector is sent, as protobuf messages (OTLP).
 *
 * Of opentelemetry/proto, as far as it is used here:
 *
 *		Export{Trace,Metrics,Logs}ServiceRequest { Resource* resources = 1 }
 *		Resource{Spans,Metrics,Logs} { Resource resource = 1; Scope* scopes = 2 }
 *		Resource { KeyValue attributes = 1 }
 *		Scope{Spans,Metrics,Logs} { InstrumentationScope scope = 1; items = 2 }
 *		KeyValue { string key = 1; AnyValue value = 2 }
 *		AnyValue { string string_value = 1 }
 */
#include "gqle/gqle.h"

#include "gqle/net/otlp_proto.h"

#define MAX_ID_BYTES	(GQLE_TRACE_ID_LEN / 2)
#define CUMULATIVE		2		/* AggregationTemporality */
#define STATUS_CODE_ERROR	2

/* Wire types. */
#define VARINT			0
#define FIXED64			1
#define BYTES			2

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
	put_varint(out, field << 3 | BYTES);
	put_varint(out, len);
	appendBinaryStringInfo(out, bytes, len);
}

static void
put_text(StringInfo out, int field, const char *text)
{
	put_bytes(out, field, text, (int) strlen(text));
}

/* A message that was put together elsewhere, which is let go. */
static void
put_message(StringInfo out, int field, StringInfo message)
{
	put_bytes(out, field, message->data, message->len);
	pfree(message->data);
}

static void
put_number(StringInfo out, int field, uint64 value)
{
	put_varint(out, field << 3 | VARINT);
	put_varint(out, value);
}

static void
put_eight(StringInfo out, uint64 value)
{
	for (int i = 0; i < 8; i++)
		appendStringInfoChar(out, (char) (value >> (8 * i)));
}

static void
put_fixed64(StringInfo out, int field, uint64 value)
{
	put_varint(out, field << 3 | FIXED64);
	put_eight(out, value);
}

static uint64
bits_of(double value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void
put_double(StringInfo out, int field, double value)
{
	put_fixed64(out, field, bits_of(value));
}

static void
put_attribute(StringInfo out, int field, const char *name, const char *value)
{
	StringInfoData any;
	StringInfoData pair;

	initStringInfo(&any);
	put_text(&any, 1, value);
	initStringInfo(&pair);
	put_text(&pair, 1, name);
	put_message(&pair, 2, &any);
	put_message(out, field, &pair);
}

static void
put_attributes(StringInfo out, int field, const char *const *attributes, int n)
{
	for (int i = 0; i < n; i++)
		put_attribute(out, field, attributes[2 * i], attributes[2 * i + 1]);
}

static int
digit_value(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

/* An identifier as the bytes that its lower-case digits stand for. */
static void
put_id(StringInfo out, int field, const char *digits)
{
	char		bytes[MAX_ID_BYTES];
	int			n = Min((int) strlen(digits) / 2, MAX_ID_BYTES);

	for (int i = 0; i < n; i++)
		bytes[i] = (char) (digit_value(digits[2 * i]) << 4 |
						   digit_value(digits[2 * i + 1]));
	put_bytes(out, field, bytes, n);
}

/* ------------------------------------------------------------------------
 * Spans
 * ------------------------------------------------------------------------ */

void
gqle_otlp_append_span(StringInfo out, const GqleSpan *span)
{
	StringInfoData encoded;
	StringInfoData status;

	initStringInfo(&encoded);
	put_id(&encoded, 1, span->trace_id);
	put_id(&encoded, 2, span->span_id);
	if (span->parent_id[0] != '\0')
		put_id(&encoded, 4, span->parent_id);
	put_text(&encoded, 5, span->name);
	put_number(&encoded, 6, span->kind);
	put_fixed64(&encoded, 7, span->start);
	put_fixed64(&encoded, 8, span->end);
	put_attributes(&encoded, 9, span->attributes, span->n_attributes);
	if (span->more != NULL)
		appendBinaryStringInfo(&encoded, span->more, span->more_len);
	if (span->is_error)
	{
		initStringInfo(&status);
		put_number(&status, 3, STATUS_CODE_ERROR);
		put_message(&encoded, 15, &status);
	}
	put_message(out, 2, &encoded);
}

void
gqle_otlp_append_span_attribute(StringInfo out, const char *name, const char *value)
{
	put_attribute(out, 9, name, value);
}

void
gqle_otlp_append_resource_attribute(StringInfo out, const char *name, const char *value)
{
	put_attribute(out, 1, name, value);
}

/* ------------------------------------------------------------------------
 * Metrics
 * ------------------------------------------------------------------------ */

void
gqle_otlp_begin_metric(GqleOtlpMetric *metric, GqleOtlpMetricKind kind, uint64 start,
					   uint64 now)
{
	metric->kind = kind;
	metric->start = start;
	metric->now = now;
	initStringInfo(&metric->points);
}

void
gqle_otlp_add_number(GqleOtlpMetric *metric, const char *const *labels, int n_labels,
					 uint64 value)
{
	StringInfoData point;

	initStringInfo(&point);
	put_fixed64(&point, 2, metric->start);
	put_fixed64(&point, 3, metric->now);
	put_fixed64(&point, 6, value);
	put_attributes(&point, 7, labels, n_labels);
	put_message(&metric->points, 1, &point);
}

void
gqle_otlp_add_histogram(GqleOtlpMetric *metric, const char *const *labels, int n_labels,
						const double *bounds, int n_bounds, const uint64 *counts,
						double sum)
{
	StringInfoData point;
	uint64		count = 0;

	for (int i = 0; i <= n_bounds; i++)
		count += counts[i];
	initStringInfo(&point);
	put_fixed64(&point, 2, metric->start);
	put_fixed64(&point, 3, metric->now);
	put_fixed64(&point, 4, count);
	put_double(&point, 5, sum);
	put_varint(&point, 6 << 3 | BYTES);
	put_varint(&point, (uint64) (n_bounds + 1) * 8);
	for (int i = 0; i <= n_bounds; i++)
		put_eight(&point, counts[i]);
	put_varint(&point, 7 << 3 | BYTES);
	put_varint(&point, (uint64) n_bounds * 8);
	for (int i = 0; i < n_bounds; i++)
		put_eight(&point, bits_of(bounds[i]));
	put_attributes(&point, 9, labels, n_labels);
	put_message(&metric->points, 1, &point);
}

void
gqle_otlp_append_metric(StringInfo out, GqleOtlpMetric *metric, const char *name,
						const char *description)
{
	/* in the order of GqleOtlpMetricKind: Sum, Gauge, Histogram */
	static const int fields[] = {7, 5, 9};
	StringInfoData encoded;

	if (metric->kind != GQLE_OTLP_GAUGE)
		put_number(&metric->points, 2, CUMULATIVE);
	if (metric->kind == GQLE_OTLP_SUM)
		put_number(&metric->points, 3, 1);	/* is_monotonic */
	initStringInfo(&encoded);
	put_text(&encoded, 1, name);
	put_text(&encoded, 2, description);
	put_message(&encoded, fields[metric->kind], &metric->points);
	put_message(out, 2, &encoded);
}

/* ------------------------------------------------------------------------
 * Logs, and whole requests
 * ------------------------------------------------------------------------ */

void
gqle_otlp_append_log(StringInfo out, uint64 time, int severity, const char *severity_text,
					 const char *body, int body_len, const char *trace_id,
					 const char *span_id)
{
	StringInfoData any;
	StringInfoData record;

	initStringInfo(&any);
	put_bytes(&any, 1, body, body_len);
	initStringInfo(&record);
	put_fixed64(&record, 1, time);
	put_number(&record, 2, severity);
	put_text(&record, 3, severity_text);
	put_message(&record, 5, &any);
	if (trace_id != NULL)
		put_id(&record, 9, trace_id);
	if (span_id != NULL)
		put_id(&record, 10, span_id);
	put_message(out, 2, &record);
}

void
gqle_otlp_append_request(StringInfo out, const char *resource, int resource_len,
						 const char *list, int list_len)
{
	static const char name[] = "gqle";
	StringInfoData scope;
	StringInfoData items;
	StringInfoData whole;

	initStringInfo(&scope);
	put_text(&scope, 1, name);
	put_text(&scope, 2, GQLE_VERSION);
	initStringInfo(&items);
	put_message(&items, 1, &scope);
	appendBinaryStringInfo(&items, list, list_len);
	initStringInfo(&whole);
	put_bytes(&whole, 1, resource, resource_len);
	put_message(&whole, 2, &items);
	put_message(out, 1, &whole);
}
