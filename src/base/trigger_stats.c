/*
 * trigger_stats.c
 *		What became of the events of each event trigger, in shared memory.
 *
 * A table of fixed size.  A slot is taken under GQLE_LOCK_METRICS and then written
 * by one process only; readers see each number whole, but not all of one instant.
 * Triggers for which there is no room share the first slot of their group.
 */
#include "postgres.h"

#include "gqle/base/shmem.h"
#include "gqle/base/trigger_stats.h"

#define N_SLOTS 256

/* The first ones are those without a name, one for each group. */
typedef struct Table
{
	int			n;
	GqleTriggerStats slots[N_SLOTS];
} Table;

static Table *table = NULL;

static void
create_table(void *place)
{
	Table	   *t = place;

	t->n = GQLE_MAX_METRIC_GROUPS;
	for (int i = 0; i < t->n; i++)
		t->slots[i].group = i;
}

void
gqle_trigger_stats_init(void)
{
	gqle_shmem_register("gqle trigger stats", sizeof(Table), (void **) &table, create_table);
}

static GqleTriggerStats *
find(int group, const char *name)
{
	for (int i = GQLE_MAX_METRIC_GROUPS; i < table->n; i++)
	{
		GqleTriggerStats *slot = &table->slots[i];

		if (slot->group == group &&
			strncmp(slot->name, name, GQLE_TRIGGER_NAME_SIZE - 1) == 0)
			return slot;
	}
	return NULL;
}

GqleTriggerStats *
gqle_trigger_stats_get(int group, const char *name)
{
	GqleTriggerStats *slot;

	Ensure(table != NULL && group >= 0 && group < GQLE_MAX_METRIC_GROUPS,
		   "no such group of counters");
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_METRICS), LW_EXCLUSIVE);
	slot = find(group, name);
	if (slot == NULL && table->n < N_SLOTS)
	{
		slot = &table->slots[table->n++];
		slot->group = group;
		strlcpy(slot->name, name, GQLE_TRIGGER_NAME_SIZE);
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_METRICS));
	return slot != NULL ? slot : &table->slots[group];
}

bool
gqle_trigger_stats_read(int group, int *i, GqleTriggerStats *stats)
{
	bool		is_found = false;

	if (table == NULL)
		return false;
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_METRICS), LW_SHARED);
	while (!is_found && *i < table->n)
	{
		is_found = table->slots[*i].group == group;
		if (is_found)
			*stats = table->slots[*i];
		(*i)++;
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_METRICS));
	return is_found;
}
