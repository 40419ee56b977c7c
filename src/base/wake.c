/*
 * wake.c
 *		Who is woken for what: latches of workers by kind and database.
 *
 * A latch lies in a PGPROC entry, so its address is the same in every process.
 * A worker takes its entry back before its PGPROC is given away, under the lock
 * that wakers hold while they set the latch.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"

#include "gqle/base/shmem.h"
#include "gqle/base/wake.h"
#include "gqle/base/xactcb.h"

#define MAX_DATABASES 16		/* as many as are served */

typedef struct Sleeper
{
	Oid			dboid;			/* InvalidOid: free */
	Latch	   *latch;
} Sleeper;

/* Guarded by GQLE_LOCK_WAKE. */
typedef struct WakeArea
{
	Sleeper		sleepers[GQLE_N_WAKES][MAX_DATABASES];
} WakeArea;

static WakeArea *area = NULL;
static bool is_due[GQLE_N_WAKES];	/* at the end of this transaction */

void
gqle_wake_init(void)
{
	gqle_shmem_register("gqle wake", sizeof(WakeArea), (void **) &area, NULL);
}

/* Exchange the latch of a kind and this database; no-op without an entry. */
static void
set_latch_of(GqleWakeKind kind, Latch *before, Latch *after)
{
	int			i;

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_WAKE), LW_EXCLUSIVE);
	for (i = 0; i < MAX_DATABASES; i++)
	{
		Sleeper    *sleeper = &area->sleepers[kind][i];

		if (sleeper->latch != before ||
			(before != NULL && sleeper->dboid != MyDatabaseId))
			continue;
		sleeper->latch = after;
		sleeper->dboid = after != NULL ? MyDatabaseId : InvalidOid;
		break;
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_WAKE));
}

static void
forget_latch(int code, Datum arg)
{
	set_latch_of((GqleWakeKind) DatumGetInt32(arg), MyLatch, NULL);
}

void
gqle_wake_register(GqleWakeKind kind)
{
	set_latch_of(kind, NULL, MyLatch);
	before_shmem_exit(forget_latch, Int32GetDatum((int32) kind));
}

void
gqle_wake(GqleWakeKind kind)
{
	int			i;

	if (area == NULL)
		return;
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_WAKE), LW_SHARED);
	for (i = 0; i < MAX_DATABASES; i++)
	{
		Sleeper    *sleeper = &area->sleepers[kind][i];

		if (sleeper->latch != NULL && sleeper->dboid == MyDatabaseId)
			SetLatch(sleeper->latch);
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_WAKE));
}

static void
transaction_ended(bool committed, void *arg)
{
	GqleWakeKind kind = (GqleWakeKind) (intptr_t) arg;

	is_due[kind] = false;
	if (committed)
		gqle_wake(kind);
}

void
gqle_wake_at_commit(GqleWakeKind kind)
{
	if (is_due[kind])
		return;
	gqle_xactcb_at_end(transaction_ended, (void *) (intptr_t) kind);
	is_due[kind] = true;
}
