/*
 * otlp_config.h
 *		Where telemetry goes, by the metadata.
 */
#ifndef GQLE_WORKER_OTLP_CONFIG_H
#define GQLE_WORKER_OTLP_CONFIG_H

#include "gqle/base/json_read.h"
#include "gqle/net/http.h"

#define GQLE_OTLP_MAX_HEADERS 32

typedef enum GqleSignal
{
	GQLE_SIGNAL_SPANS,
	GQLE_SIGNAL_METRICS,
	GQLE_SIGNAL_LOGS,
	GQLE_N_SIGNALS
} GqleSignal;

typedef struct GqleOtlpConfig
{
	char	   *urls[GQLE_N_SIGNALS];	/* NULL: not exported */
	int			batch_size;		/* of spans */
	int			n_headers;
	GqleHttpHeader headers[GQLE_OTLP_MAX_HEADERS];
	StringInfoData resource;	/* its attributes, encoded */
} GqleOtlpConfig;

/* Take over what the metadata say: their settings of OpenTelemetry, or NULL. */
extern void gqle_otlp_config_read(const GqleJson *json);

/* What was taken over last; never NULL. */
extern const GqleOtlpConfig *gqle_otlp_config(void);

#endif							/* GQLE_WORKER_OTLP_CONFIG_H */
