/*
 * shmem.c
 *		The one shared-memory request and startup hook.
 *
 * Parts say what they need (gqle_shmem_register) while _PG_init runs in the
 * postmaster; the request hook asks for the sum, the startup hook creates each
 * area or finds it.  After a crash of a backend the postmaster lays memory out
 * anew and the startup hook runs again, so areas are found zeroed then, too.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"

#include "gqle/base/shmem.h"

#define MAX_AREAS 16
#define TRANCHE_NAME "gqle"

typedef struct Area
{
	const char *name;
	Size		size;
	void	  **area;
	GqleShmemCreate create;
} Area;

static Area areas[MAX_AREAS];
static int	n_areas = 0;
static LWLockPadded *locks = NULL;

#if GQLE_HAVE_SHMEM_REQUEST_HOOK
static shmem_request_hook_type prev_request_hook = NULL;
#endif
static shmem_startup_hook_type prev_startup_hook = NULL;

static void request_shmem(void);
static void startup_shmem(void);

void
gqle_shmem_register(const char *name, Size size, void **area,
					GqleShmemCreate create)
{
	Ensure(n_areas < MAX_AREAS, "too many shared areas");

	areas[n_areas].name = name;
	areas[n_areas].size = size;
	areas[n_areas].area = area;
	areas[n_areas].create = create;
	n_areas++;
}

void
gqle_shmem_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;

#if GQLE_HAVE_SHMEM_REQUEST_HOOK
	prev_request_hook = shmem_request_hook;
	shmem_request_hook = request_shmem;
#else
	request_shmem();
#endif
	prev_startup_hook = shmem_startup_hook;
	shmem_startup_hook = startup_shmem;
}

bool
gqle_shmem_is_ready(void)
{
	return locks != NULL;
}

LWLock *
gqle_shmem_lock(GqleLockId id)
{
	Ensure(locks != NULL, "shared memory of gqle is not there");
	return &locks[id].lock;
}

static void
request_shmem(void)
{
#if GQLE_HAVE_SHMEM_REQUEST_HOOK
	if (prev_request_hook)
		prev_request_hook();
#endif
	for (int i = 0; i < n_areas; i++)
		RequestAddinShmemSpace(MAXALIGN(areas[i].size));
	RequestNamedLWLockTranche(TRANCHE_NAME, GQLE_N_LOCKS);
}

static void
startup_shmem(void)
{
	if (prev_startup_hook)
		prev_startup_hook();

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	locks = GetNamedLWLockTranche(TRANCHE_NAME);
	for (int i = 0; i < n_areas; i++)
	{
		bool		found;

		*areas[i].area = ShmemInitStruct(areas[i].name, areas[i].size, &found);
		if (found)
			continue;
		memset(*areas[i].area, 0, areas[i].size);
		if (areas[i].create)
			areas[i].create(*areas[i].area);
	}
	LWLockRelease(AddinShmemInitLock);
}
