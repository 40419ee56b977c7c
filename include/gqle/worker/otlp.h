/*
 * otlp.h
 *		Spans, metrics and log lines to an OpenTelemetry collector, as the metadata
 *		say (set_opentelemetry_config).
 */
#ifndef GQLE_WORKER_OTLP_H
#define GQLE_WORKER_OTLP_H

#include "gqle/exec/spans.h"

/* Have this process export from now on; some worker for each database exports
 * metrics. */
extern void gqle_otlp_start(bool exports_metrics);

/* Look again at the metadata if that was long ago; then: are spans wanted? */
extern bool gqle_otlp_wants_spans(void);

/* Keep a span for the collector; if too many wait, it is dropped. */
extern void gqle_otlp_add_span(const GqleSpan *span);

/* Keep the spans that a call noted. */
extern void gqle_otlp_add_noted(const GqleSpans *noted);

/* Longest time to wait before the next turn, in ms. */
extern long gqle_otlp_timeout(void);

/* Once per turn of the loop: send what is due. */
extern void gqle_otlp_turn(void);

/* The process ends soon: have what is left sent.  Is there nothing left? */
extern bool gqle_otlp_drain(void);

#endif							/* GQLE_WORKER_OTLP_H */
