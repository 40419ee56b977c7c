/*
 * changes.c
 *		Which relations have changed: slots in shared memory, written at commit.
 *
 * The transaction callback runs after the commit has become visible and before
 * the statistics system takes the transaction's counts away.  It takes no lock
 * unless somebody watches: the moment is one atomic addition, and a slot is
 * one atomic store for every relation changed.  Two transactions that write one slot at
 * once may leave the earlier moment in it; so the greater one is put there.
 *
 * A watcher that has been told is not told again until it listens: the write load
 * of the database does not become its wake-ups.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/latch.h"

#include "gqle/base/changes.h"
#include "gqle/base/shmem.h"

#if GQLE_HAVE_XACT_COUNTS
#include "utils/pgstat_internal.h"
#endif

#define MAX_WATCHERS	64
#define WORD_BITS		32
#define N_WORDS			(GQLE_N_CHANGE_SLOTS / WORD_BITS)

typedef struct Watcher
{
	Oid			dboid;			/* InvalidOid: free; guarded by GQLE_LOCK_LIVE */
	Latch	   *latch;			/* likewise */
	pg_atomic_uint32 is_told;
	pg_atomic_uint32 slots[N_WORDS];	/* that it watches, a bit each */
} Watcher;

typedef struct Slot
{
	pg_atomic_uint64 last;		/* moment of the last change */
	pg_atomic_uint32 is_unreliable;
} Slot;

typedef struct Changes
{
	pg_atomic_uint64 now;
	pg_atomic_uint32 n_watchers;
	Slot		slots[GQLE_N_CHANGE_SLOTS];
	Watcher		watchers[MAX_WATCHERS];
} Changes;

static Changes *changes = NULL;
static Watcher *myself = NULL;

static void xact_ended(XactEvent event, void *arg);

static void
create(void *area)
{
	Changes    *fresh = area;

	pg_atomic_init_u64(&fresh->now, 1);
	pg_atomic_init_u32(&fresh->n_watchers, 0);
	for (int i = 0; i < GQLE_N_CHANGE_SLOTS; i++)
	{
		pg_atomic_init_u64(&fresh->slots[i].last, 0);
		pg_atomic_init_u32(&fresh->slots[i].is_unreliable, 0);
	}
	for (int i = 0; i < MAX_WATCHERS; i++)
	{
		pg_atomic_init_u32(&fresh->watchers[i].is_told, 0);
		for (int k = 0; k < N_WORDS; k++)
			pg_atomic_init_u32(&fresh->watchers[i].slots[k], 0);
	}
}

void
gqle_changes_init(void)
{
	gqle_shmem_register("gqle changes", sizeof(Changes), (void **) &changes, create);
	RegisterXactCallback(xact_ended, NULL);
}

/* ------------------------------------------------------------------------
 * Looking
 * ------------------------------------------------------------------------ */

bool
gqle_changes_are_told(void)
{
#if GQLE_HAVE_XACT_COUNTS
	return changes != NULL && pgstat_track_counts && !RecoveryInProgress();
#else
	return false;
#endif
}

GqleMoment
gqle_changes_now(void)
{
	return changes != NULL ? pg_atomic_read_u64(&changes->now) : 0;
}

int
gqle_changes_slot(Oid relid)
{
	return hash_combine(murmurhash32(MyDatabaseId), murmurhash32(relid)) %
		GQLE_N_CHANGE_SLOTS;
}

GqleMoment
gqle_changes_last(int slot)
{
	return changes != NULL ? pg_atomic_read_u64(&changes->slots[slot].last) : 0;
}

bool
gqle_changes_is_unreliable(int slot)
{
	return changes == NULL ||
		pg_atomic_read_u32(&changes->slots[slot].is_unreliable) != 0;
}

/* ------------------------------------------------------------------------
 * Watching
 * ------------------------------------------------------------------------ */

static void
leave(int code, Datum arg)
{
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_LIVE), LW_EXCLUSIVE);
	myself->dboid = InvalidOid;
	myself->latch = NULL;
	pg_atomic_fetch_sub_u32(&changes->n_watchers, 1);
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_LIVE));
	myself = NULL;
}

void
gqle_changes_register(void)
{
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_LIVE), LW_EXCLUSIVE);
	for (int i = 0; i < MAX_WATCHERS && myself == NULL; i++)
		if (changes->watchers[i].latch == NULL)
			myself = &changes->watchers[i];
	if (myself != NULL)
	{
		myself->dboid = MyDatabaseId;
		myself->latch = MyLatch;
		pg_atomic_write_u32(&myself->is_told, 0);
		for (int k = 0; k < N_WORDS; k++)
			pg_atomic_write_u32(&myself->slots[k], 0);
		pg_atomic_fetch_add_u32(&changes->n_watchers, 1);
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_LIVE));
	if (myself != NULL)
		before_shmem_exit(leave, (Datum) 0);
}

void
gqle_changes_watch(int slot, bool on)
{
	uint32		bit = (uint32) 1 << (slot % WORD_BITS);

	if (myself == NULL)
		return;
	if (on)
		pg_atomic_fetch_or_u32(&myself->slots[slot / WORD_BITS], bit);
	else
		pg_atomic_fetch_and_u32(&myself->slots[slot / WORD_BITS], ~bit);
}

bool
gqle_changes_are_due(void)
{
	return myself != NULL && pg_atomic_read_u32(&myself->is_told) != 0;
}

/* The exchange is a barrier: what is read of slots afterwards is not older. */
void
gqle_changes_listen(void)
{
	if (myself != NULL)
		pg_atomic_exchange_u32(&myself->is_told, 0);
}

/* ------------------------------------------------------------------------
 * Telling
 * ------------------------------------------------------------------------ */

#if GQLE_HAVE_XACT_COUNTS

/* The slots that a transaction changed, while it ends. */
typedef struct Changed
{
	int			n;
	int			slots[64];
	bool		is_all;			/* there were more */
} Changed;

static bool
is_watching(const Watcher *watcher, const Changed *changed)
{
	if (changed->is_all)
		return true;
	for (int i = 0; i < changed->n; i++)
	{
		int			slot = changed->slots[i];
		uint32		word = pg_atomic_read_u32(unconstify(pg_atomic_uint32 *,
														 &watcher->slots[slot / WORD_BITS]));

		if (word & ((uint32) 1 << (slot % WORD_BITS)))
			return true;
	}
	return false;
}

static void
tell_watchers(const Changed *changed)
{
	if (pg_atomic_read_u32(&changes->n_watchers) == 0)
		return;
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_LIVE), LW_SHARED);
	for (int i = 0; i < MAX_WATCHERS; i++)
	{
		Watcher    *watcher = &changes->watchers[i];

		if (watcher->latch == NULL || watcher->dboid != MyDatabaseId ||
			pg_atomic_read_u32(&watcher->is_told) != 0 ||
			!is_watching(watcher, changed))
			continue;
		if (pg_atomic_exchange_u32(&watcher->is_told, 1) == 0)
			SetLatch(watcher->latch);
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_LIVE));
}

/* Put a moment into a slot, unless a later one is there. */
static void
mark_slot(int slot, GqleMoment moment, bool is_unreliable)
{
	Slot	   *s = &changes->slots[slot];
	uint64		last = pg_atomic_read_u64(&s->last);

	while (last < moment &&
		   !pg_atomic_compare_exchange_u64(&s->last, &last, moment))
		;
	if (is_unreliable)
		pg_atomic_write_u32(&s->is_unreliable, 1);
}

/*
 * Note what the current transaction changed.  One prepared for a two-phase commit
 * has changed nothing yet; when it will have, nobody says.
 */
static void
note_changes(bool is_prepared)
{
	Changed		changed;
	PgStat_TableXactStatus *counts;
	GqleMoment	moment;

	changed.n = 0;
	changed.is_all = false;
	counts = pgstat_get_xact_stack_level(1)->first;
	if (counts == NULL)
		return;
	moment = pg_atomic_add_fetch_u64(&changes->now, 1);
	for (; counts != NULL; counts = counts->next)
	{
		int			slot;

		if (counts->tuples_inserted == 0 && counts->tuples_updated == 0 &&
			counts->tuples_deleted == 0 && !counts->truncdropped)
			continue;
		slot = gqle_changes_slot(gqle_table_counts_oid(counts->parent));
		mark_slot(slot, moment, is_prepared);
		if (changed.n < (int) lengthof(changed.slots))
			changed.slots[changed.n++] = slot;
		else
			changed.is_all = true;
	}
	if (changed.n > 0)
		tell_watchers(&changed);
}

static void
xact_ended(XactEvent event, void *arg)
{
	if (changes == NULL || (event != XACT_EVENT_COMMIT && event != XACT_EVENT_PREPARE) ||
		!TransactionIdIsValid(GetTopTransactionIdIfAny()))
		return;
	note_changes(event == XACT_EVENT_PREPARE);
}

#else

static void
xact_ended(XactEvent event, void *arg)
{
}

#endif
