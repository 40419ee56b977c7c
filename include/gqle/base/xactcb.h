/*
 * xactcb.h
 *		Things to do when the current transaction ends.
 */
#ifndef GQLE_BASE_XACTCB_H
#define GQLE_BASE_XACTCB_H

#include "gqle/gqle.h"

/*
 * What to do.  Runs after a commit has become visible to others, or after an
 * abort; it must not throw and can't read tables.
 */
typedef void (*GqleXactCallback) (bool committed, void *arg);

/*
 * Call fn once when the current transaction ends: with true if it commits, with
 * false if it, or the subtransaction running now, is rolled back.  arg must
 * live until then (TopTransactionContext does).
 */
extern void gqle_xactcb_at_end(GqleXactCallback fn, void *arg);

extern void gqle_xactcb_init(void);

#endif							/* GQLE_BASE_XACTCB_H */
