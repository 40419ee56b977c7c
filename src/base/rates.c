/*
 * rates.c
 *		How many requests somebody made in the last minute, over all processes.
 *
 * A table of fixed size in shared memory, one slot for each key, with the number
 * of requests in the current minute and in the one before.  What was made in the
 * last sixty seconds is taken to be the current number and that part of the
 * former one that the sixty seconds still reach into, as if it had been evenly
 * spread: a sliding window at the cost of two numbers.
 *
 * A key may lie in any of a few neighbouring slots; if all are taken, the one
 * whose last request is oldest makes room.  An attacker who has many keys can
 * only push out others that happen to be his neighbours, and finds his own
 * requests limited where there is a limit on something he has not many of.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "gqle/base/rates.h"
#include "gqle/base/shmem.h"

#define N_SLOTS		16384		/* a power of two */
#define N_PROBES	16
#define WINDOW		USECS_PER_MINUTE

typedef struct RateSlot
{
	uint64		key;			/* 0: free */
	int64		minute;			/* that current counts */
	int			current;
	int			former;
} RateSlot;

typedef struct RateTable
{
	RateSlot	slots[N_SLOTS];
} RateTable;

static RateTable *table = NULL;

void
gqle_rates_init(void)
{
	gqle_shmem_register("gqle rates", sizeof(RateTable), (void **) &table, NULL);
}

/* The slot of a key, fresh if it had none. */
static RateSlot *
find_slot(uint64 key)
{
	RateSlot   *oldest = NULL;

	for (int i = 0; i < N_PROBES; i++)
	{
		RateSlot   *slot = &table->slots[(key + i) & (N_SLOTS - 1)];

		if (slot->key == key)
			return slot;
		if (oldest == NULL || (oldest->key != 0 &&
							   (slot->key == 0 || slot->minute < oldest->minute)))
			oldest = slot;
	}
	memset(oldest, 0, sizeof(*oldest));
	oldest->key = key;
	return oldest;
}

/* Let the slot count this minute. */
static void
turn_slot(RateSlot *slot, int64 minute)
{
	if (slot->minute == minute)
		return;
	slot->former = slot->minute == minute - 1 ? slot->current : 0;
	slot->current = 0;
	slot->minute = minute;
}

bool
gqle_rates_admit(uint64 key, int n, int max)
{
	TimestampTz now = GetCurrentTimestamp();
	double		passed = (double) (now % WINDOW) / WINDOW;
	bool		is_admitted;
	RateSlot   *slot;

	if (table == NULL)
		return true;
	if (key == 0)
		key = 1;
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_RATES), LW_EXCLUSIVE);
	slot = find_slot(key);
	turn_slot(slot, now / WINDOW);
	is_admitted = slot->current + n + slot->former * (1 - passed) <= max;
	if (is_admitted)
		slot->current += n;
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_RATES));
	return is_admitted;
}
