/*
 * registry.c
 *		Slots of workers and served databases in shared memory.
 *
 * A slot is taken by the launcher (STARTING), attached by the worker it
 * registers, and given back by the worker's exit callback (GONE), which leaves
 * the launcher to read how it ended.  The generation tells a worker that comes
 * up late that its slot belongs to another by now.
 *
 * Slots hold pointers to latches: those are in PGPROC entries, whose address is
 * the same in every process, and setting the latch of a process that is gone
 * does no harm (as the server does for the WAL receiver).
 */
#include "postgres.h"

#include <signal.h>

#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/timestamp.h"

#include "gqle/base/metrics.h"
#include "gqle/base/shmem.h"
#include "gqle/worker/registry.h"

StaticAssertDecl(GQLE_MAX_METRIC_CELLS == GQLE_MAX_WORKERS + 1,
				 "every worker slot has a cell of counters");
StaticAssertDecl(GQLE_MAX_METRIC_GROUPS == GQLE_MAX_DATABASES,
				 "each served database needs a group of counters");

GqleRegistry *gqle_registry = NULL;

void
gqle_registry_init(void)
{
	gqle_shmem_register("gqle registry", sizeof(GqleRegistry),
						(void **) &gqle_registry, NULL);
}

int
gqle_registry_claim(GqleWorkerKind kind, Oid dboid, int database, int number)
{
	int			found = -1;

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	for (int i = 0; i < GQLE_MAX_WORKERS && found < 0; i++)
	{
		GqleWorkerSlot *slot = &gqle_registry->workers[i];
		uint32		generation = slot->generation;

		if (slot->state != GQLE_WORKER_FREE)
			continue;
		memset(slot, 0, sizeof(*slot));
		slot->state = GQLE_WORKER_STARTING;
		slot->kind = kind;
		slot->generation = generation + 1;
		slot->number = number;
		slot->dboid = dboid;
		slot->database = database;
		slot->started_at = GetCurrentTimestamp();
		found = i;
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
	return found;
}

/* Free a slot whose worker is gone or never came; a newer owner keeps it. */
void
gqle_registry_release(int slot, uint32 generation)
{
	GqleWorkerSlot *s = &gqle_registry->workers[slot];

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	if (s->generation == generation)
	{
		s->state = GQLE_WORKER_FREE;
		s->pid = 0;
		s->latch = NULL;
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
}

/*
 * Make this process the worker of a slot.  False if the slot has another owner
 * by now, or its database is wanted by somebody else: leave at once.
 */
bool
gqle_registry_attach(int slot, uint32 generation)
{
	GqleWorkerSlot *s = &gqle_registry->workers[slot];
	bool		attached = false;

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	if (s->generation == generation && s->state == GQLE_WORKER_STARTING)
	{
		if (gqle_registry_is_paused(s->dboid))
		{
			s->was_asked = true;
			s->state = GQLE_WORKER_GONE;
		}
		else
		{
			s->state = GQLE_WORKER_CONNECTING;
			s->pid = MyProcPid;
			s->latch = &MyProc->procLatch;
			attached = true;
		}
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
	return attached;
}

void
gqle_registry_detach(int slot)
{
	GqleWorkerSlot *s = &gqle_registry->workers[slot];

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	if (s->pid == MyProcPid)
	{
		s->state = GQLE_WORKER_GONE;
		s->pid = 0;
		s->latch = NULL;
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
	gqle_registry_wake_launcher();
}

/* For display and for the launcher; a word is written whole, so no lock. */
void
gqle_registry_set_state(int slot, GqleWorkerState state)
{
	gqle_registry->workers[slot].state = state;
}

void
gqle_registry_note_metadata_change(int database)
{
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	gqle_registry->databases[database].metadata_changes++;
	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];

		if (s->kind == GQLE_WORKER_SERVER && s->database == database &&
			s->latch != NULL)
			SetLatch(s->latch);
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
}

void
gqle_registry_terminate(int slot, bool leave_now)
{
	GqleWorkerSlot *s = &gqle_registry->workers[slot];

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	s->was_asked = true;
	if (leave_now)
		s->leave_now = true;
	if (s->pid != 0 && s->pid != MyProcPid)
		kill(s->pid, SIGTERM);
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
}

void
gqle_registry_request_probe(Oid dboid)
{
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	if (gqle_registry->n_probes < GQLE_MAX_PROBES)
		gqle_registry->probes[gqle_registry->n_probes++] = dboid;
	else
		gqle_registry->probe_all = true;
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
	gqle_registry_wake_launcher();
}

void
gqle_registry_wake_launcher(void)
{
	Latch	   *latch = gqle_registry->launcher_latch;

	if (latch != NULL)
		SetLatch(latch);
}

bool
gqle_registry_pause(Oid dboid)
{
	bool		done = false;

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	for (int i = 0; i < GQLE_MAX_PAUSES && !done; i++)
	{
		GqlePause  *pause = &gqle_registry->pauses[i];

		if (OidIsValid(pause->dboid))
			continue;
		pause->dboid = dboid;
		pause->pid = MyProcPid;
		done = true;
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));

	for (int i = 0; done && i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];

		if (s->state != GQLE_WORKER_FREE && s->dboid == dboid)
			gqle_registry_terminate(i, true);
	}
	return done;
}

void
gqle_registry_resume(Oid dboid)
{
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	for (int i = 0; i < GQLE_MAX_PAUSES; i++)
	{
		GqlePause  *pause = &gqle_registry->pauses[i];

		if (pause->dboid == dboid && pause->pid == MyProcPid)
		{
			pause->dboid = InvalidOid;
			break;
		}
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
	gqle_registry_wake_launcher();
}

bool
gqle_registry_is_paused(Oid dboid)
{
	if (!OidIsValid(dboid))
		return false;
	for (int i = 0; i < GQLE_MAX_PAUSES; i++)
	{
		if (gqle_registry->pauses[i].dboid == dboid)
			return true;
	}
	return false;
}

int
gqle_registry_count_connected(Oid dboid)
{
	int			n = 0;

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_SHARED);
	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];

		if (s->dboid == dboid && s->pid != 0)
			n++;
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
	return n;
}
