/*
 * cron_events.h
 *		The times at which cron triggers fire next, as rows.
 */
#ifndef GQLE_API_CRON_EVENTS_H
#define GQLE_API_CRON_EVENTS_H

#include "gqle/base/json_read.h"

/* All cron triggers, as [{"name","definition"}]. */
extern GqleJson *gqle_cron_triggers(void);

/*
 * After a change of the metadata: drop what is to come of triggers that were
 * there before and are other or no more, and fill up.
 */
extern void gqle_cron_events_follow(const GqleJson *triggers_before);

/* See that a hundred times are there for every trigger. */
extern void gqle_cron_events_fill(void);

#endif							/* GQLE_API_CRON_EVENTS_H */
