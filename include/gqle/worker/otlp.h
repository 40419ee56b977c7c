/*
 * otlp.h
 *		Spans to an OpenTelemetry collector, as the metadata say
 *		(set_opentelemetry_config).
 */
#ifndef GQLE_WORKER_OTLP_H
#define GQLE_WORKER_OTLP_H

#include "gqle/net/tracecontext.h"

/* A span that has ended; texts may be NULL where it says so. */
typedef struct GqleSpan
{
	const GqleTraceContext *context;	/* its own */
	const char *parent_id;		/* empty: none */
	const char *name;
	int64		duration;		/* until now, ns */
	bool		is_error;
	const char *const *attributes;	/* names and values, n of each */
	int			n_attributes;
} GqleSpan;

/* Look again at the metadata if that was long ago; then: are spans wanted? */
extern bool gqle_otlp_is_on(void);

/* Keep a span for the collector; if too many wait, it is dropped. */
extern void gqle_otlp_record(const GqleSpan *span);

/* Longest time to wait before the next turn, in ms. */
extern long gqle_otlp_timeout(void);

/* Once per turn of the loop: send what is due. */
extern void gqle_otlp_turn(void);

#endif							/* GQLE_WORKER_OTLP_H */
