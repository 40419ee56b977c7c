/*
 * otlp_proto.h
 *		What an OpenTelemetry collector is sent, as protobuf messages (OTLP).
 */
#ifndef GQLE_NET_OTLP_PROTO_H
#define GQLE_NET_OTLP_PROTO_H

#include "gqle/net/tracecontext.h"

/* Of a span; values are OTLP's. */
typedef enum GqleSpanKind
{
	GQLE_SPAN_INTERNAL = 1,
	GQLE_SPAN_SERVER = 2,
	GQLE_SPAN_CLIENT = 3
} GqleSpanKind;

/* A span that has ended. */
typedef struct GqleSpan
{
	const char *trace_id;		/* hexadecimal digits */
	const char *span_id;
	const char *parent_id;		/* empty: none */
	const char *name;
	GqleSpanKind kind;
	uint64		start;			/* ns since 1970 */
	uint64		end;
	bool		is_error;
	const char *const *attributes;	/* names and values, n of each */
	int			n_attributes;
	const char *more;			/* attributes that are encoded already, or NULL */
	int			more_len;
} GqleSpan;

/* Lists are members of the messages whose part they are: append what follows. */

/* A member of ScopeSpans. */
extern void gqle_otlp_append_span(StringInfo out, const GqleSpan *span);

/* An attribute of a span, for GqleSpan.more. */
extern void gqle_otlp_append_span_attribute(StringInfo out, const char *name,
											const char *value);

/* A member of Resource. */
extern void gqle_otlp_append_resource_attribute(StringInfo out, const char *name,
												const char *value);

/* Is a sum, that only grows, or a state of the moment? */
typedef enum GqleOtlpMetricKind
{
	GQLE_OTLP_SUM,
	GQLE_OTLP_GAUGE,
	GQLE_OTLP_HISTOGRAM
} GqleOtlpMetricKind;

/* A metric in the making: points are appended to it, then it ends. */
typedef struct GqleOtlpMetric
{
	GqleOtlpMetricKind kind;
	uint64		start;			/* since when sums are counted, ns since 1970 */
	uint64		now;
	StringInfoData points;
} GqleOtlpMetric;

extern void gqle_otlp_begin_metric(GqleOtlpMetric *metric, GqleOtlpMetricKind kind,
								   uint64 start, uint64 now);

/* A point of a sum or gauge; labels are names and values, n of each. */
extern void gqle_otlp_add_number(GqleOtlpMetric *metric, const char *const *labels,
								 int n_labels, uint64 value);

/* A point of a histogram; there is one count more than there are bounds. */
extern void gqle_otlp_add_histogram(GqleOtlpMetric *metric, const char *const *labels,
									int n_labels, const double *bounds, int n_bounds,
									const uint64 *counts, double sum);

/* A member of ScopeMetrics. */
extern void gqle_otlp_append_metric(StringInfo out, GqleOtlpMetric *metric,
									const char *name, const char *description);

/* A record of a log, a member of ScopeLogs; ids may be NULL. */
extern void gqle_otlp_append_log(StringInfo out, uint64 time, int severity,
								 const char *severity_text, const char *body, int body_len,
								 const char *trace_id, const char *span_id);

/*
 * A whole request for the export of spans, metrics or log records: they differ in
 * nothing else than what is in the list.
 */
extern void gqle_otlp_append_request(StringInfo out, const char *resource,
									 int resource_len, const char *list, int list_len);

#endif							/* GQLE_NET_OTLP_PROTO_H */
