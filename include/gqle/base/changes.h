/*
 * changes.h
 *		Which relations have changed, known to every process at the commit.
 *
 * Commits that change relations are put in an order: each takes the next *moment*,
 * after what it did has become visible.  A relation's *slot* holds the moment of its
 * last change; few relations share one, and a database with thousands wakes a
 * few watchers too often.
 *
 * Who asks for the moment before it takes its snapshot, and later finds a slot at a
 * later one, has to look again; who finds none has missed nothing.
 *
 * What a transaction changed is taken from the counts that Postgres keeps for its
 * statistics, so no trigger, hook or lock is needed: exact for DML, COPY, cascades,
 * partitions and TRUNCATE.  They don't show changes of transactions prepared for a
 * two-phase commit (a slot that such a one touched is unreliable from then on),
 * and nothing where track_counts is off.
 */
#ifndef GQLE_BASE_CHANGES_H
#define GQLE_BASE_CHANGES_H

#include "gqle/gqle.h"

#define GQLE_N_CHANGE_SLOTS 4096

typedef uint64 GqleMoment;		/* 0: before everything */

extern void gqle_changes_init(void);

/* Can changes be told from the counts of this server at all? */
extern bool gqle_changes_are_told(void);

/* The moment of the last commit that changed anything. */
extern GqleMoment gqle_changes_now(void);

/* The slot of a relation of this database. */
extern int	gqle_changes_slot(Oid relid);

/* The moment of the last change in a slot. */
extern GqleMoment gqle_changes_last(int slot);

/* May changes go by that the slot does not show? */
extern bool gqle_changes_is_unreliable(int slot);

/*
 * Have the latch of this process set after changes in slots it watches, until it
 * ends.  After a set latch it is not set again before gqle_changes_listen has been
 * called; then slots are to be looked at.
 */
extern void gqle_changes_register(void);
extern void gqle_changes_watch(int slot, bool on);
extern bool gqle_changes_are_due(void);
extern void gqle_changes_listen(void);

#endif							/* GQLE_BASE_CHANGES_H */
