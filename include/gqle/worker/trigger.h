/*
 * trigger.h
 *		Event triggers, cron triggers and one-off events as the delivery worker
 *		needs them: whom to call, and how often.
 */
#ifndef GQLE_WORKER_TRIGGER_H
#define GQLE_WORKER_TRIGGER_H

#include "gqle/catalog/webhook.h"

typedef struct GqleTrigger
{
	const GqleWebhook *webhook; /* NULL: a variable is not set */
	const char *problem;		/* why */
	const char *url_name;		/* the URL as metadata have it: for logs */
	bool		has_timeout;	/* of an event trigger: for all of a delivery */
	int			num_retries;
	int			retry_interval; /* s */
	int			tolerance;		/* s; scheduled events older than that are dead */
	const GqleJson *definition;
} GqleTrigger;

/* Of an event trigger's definition, in the current memory context. */
extern GqleTrigger *gqle_trigger_of_event(const char *definition);

/* Of a cron trigger's. */
extern GqleTrigger *gqle_trigger_of_cron(const char *definition);

/* Of a one-off event's columns; retry and headers may be NULL. */
extern GqleTrigger *gqle_trigger_of_one_off(const char *webhook, const char *retry,
											const char *headers);

#endif							/* GQLE_WORKER_TRIGGER_H */
