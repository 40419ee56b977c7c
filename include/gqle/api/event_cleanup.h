/*
 * event_cleanup.h
 *		Deleting old events of event triggers.
 */
#ifndef GQLE_API_EVENT_CLEANUP_H
#define GQLE_API_EVENT_CLEANUP_H

#include "gqle/base/json_read.h"

/*
 * Make the rows of gqle.hdb_event_log_cleanups follow the schedules of the event
 * triggers: a trigger that has one has at least five times ahead.
 */
extern void gqle_event_cleanups_follow(void);

/* A cleanup that is due. */
typedef struct GqleEventCleanup
{
	const char *id;				/* of its row */
	const char *trigger;
	const GqleJson *config;		/* clear_older_than, batch_size, ... */
} GqleEventCleanup;

/*
 * What is due, of each trigger the latest; earlier ones become dead, those of
 * triggers that pause paused.  Returns their number.
 */
extern int	gqle_event_cleanups_due(GqleEventCleanup **due);

/*
 * Delete one batch of events that are done and older than the configuration says;
 * returns how many, and of the log of their delivery *n_logs.
 */
extern int	gqle_event_cleanup_batch(const char *trigger, const GqleJson *config, int *n_logs);

/* Record that a cleanup has ended. */
extern void gqle_event_cleanup_end(const char *id, int64 n_events, int64 n_logs);

#endif							/* GQLE_API_EVENT_CLEANUP_H */
