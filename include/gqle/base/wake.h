/*
 * wake.h
 *		Waking the worker that does something for a database.
 *
 * A worker says what it does (gqle_wake_register); any backend of that database
 * wakes it, at once or when its transaction commits.  Without such a worker, or
 * without shared memory, waking does nothing: a worker looks for work when it
 * starts, and now and then anyway.
 */
#ifndef GQLE_BASE_WAKE_H
#define GQLE_BASE_WAKE_H

#include "gqle/gqle.h"

typedef enum GqleWakeKind
{
	GQLE_WAKE_DELIVERY,			/* events are to be delivered */
	GQLE_N_WAKES
} GqleWakeKind;

extern void gqle_wake_init(void);

/* Make this process the one to wake, until it ends. */
extern void gqle_wake_register(GqleWakeKind kind);

/* Wake the worker of this database. */
extern void gqle_wake(GqleWakeKind kind);

/* The same when the current transaction commits; cheap to call often. */
extern void gqle_wake_at_commit(GqleWakeKind kind);

#endif							/* GQLE_BASE_WAKE_H */
