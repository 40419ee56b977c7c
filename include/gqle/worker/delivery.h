/*
 * delivery.h
 *		The parts of the delivery worker: events of event triggers, scheduled ones,
 *		calls of asynchronous actions, and what remote schemas are asked.
 *
 * Each part claims what is due, calls webhooks and records what came of it.  The
 * worker gives them turns; between two of them no transaction is open.
 */
#ifndef GQLE_WORKER_DELIVERY_H
#define GQLE_WORKER_DELIVERY_H

#include "gqle/gqle.h"

#include "datatype/timestamp.h"

/* A transaction of the worker, shown in pg_stat_activity. */
extern void gqle_delivery_begin(const char *activity);
extern void gqle_delivery_commit(void);

/* Milliseconds until a time: 0 if it has come. */
extern long gqle_delivery_ms_until(TimestampTz at);

/* ------------------------------------------------------------------------
 * events.c, schedule.c, action_delivery.c
 * ------------------------------------------------------------------------ */

/* What an earlier worker had claimed is free again. */
extern void gqle_events_start(void);
extern void gqle_schedule_start(void);
extern void gqle_actions_start(void);

/*
 * Record what has ended, claim what is due, call.  With look, there may be
 * something new; while draining, nothing is claimed and called any more.
 */
extern void gqle_events_turn(bool look, bool is_draining);
extern void gqle_schedule_turn(bool look, bool is_draining);
extern void gqle_actions_turn(bool look, bool is_draining);

/* How long to sleep before the next turn, in ms. */
extern long gqle_events_timeout(void);
extern long gqle_schedule_timeout(void);
extern long gqle_actions_timeout(void);

/* Number of calls in flight. */
extern int	gqle_events_count(void);
extern int	gqle_schedule_count(void);
extern int	gqle_actions_count(void);

/* Give back what is claimed and has not ended; the worker leaves. */
extern void gqle_events_stop(void);
extern void gqle_schedule_stop(void);
extern void gqle_actions_stop(void);

/* ------------------------------------------------------------------------
 * remotes.c
 * ------------------------------------------------------------------------ */

/* Record what remote schemas have answered, ask those whose types are missing. */
extern void gqle_remotes_turn(bool is_draining);

/* How long to sleep before the next turn, in ms. */
extern long gqle_remotes_timeout(void);

/* Ask no more; the worker leaves. */
extern void gqle_remotes_stop(void);

/* ------------------------------------------------------------------------
 * cleanup.c: old events are deleted
 * ------------------------------------------------------------------------ */

/*
 * One step: take up what is due, or delete one batch.  When woken, something may
 * have become due.
 */
extern void gqle_cleanup_turn(bool is_woken, bool is_draining);
extern long gqle_cleanup_timeout(void);

#endif							/* GQLE_WORKER_DELIVERY_H */
