/*
 * event.h
 *		Events of event triggers: capturing them, and the triggers of tables
 *		that do.
 */
#ifndef GQLE_API_EVENT_H
#define GQLE_API_EVENT_H

#include "gqle/base/json_read.h"

/*
 * Put an event into the queue of an event trigger; data is the JSON text of
 * {"old":..,"new":..}, the session and the trace are those of the transaction.
 * Returns the event's id.
 */
extern char *gqle_event_enqueue(const char *trigger, const char *schema,
								const char *table, const char *operation,
								const char *data);

/* The names of all event triggers of this database's source. */
extern GqleJson *gqle_event_trigger_names(void);

/*
 * Make the triggers of tables those that the metadata ask for, and archive the
 * events of event triggers that were there before and are no more.
 */
extern void gqle_event_triggers_follow(const GqleJson *names_before);

/* Have hdb_catalog.event_log and its like, or not; views of other users keep them. */
extern void gqle_event_catalog_show(void);
extern void gqle_event_catalog_hide(void);

#endif							/* GQLE_API_EVENT_H */
