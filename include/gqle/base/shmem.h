/*
 * shmem.h
 *		Shared memory of gqle: parts register what they need, before the
 *		postmaster lays it out.
 *
 * Works only when the library is in shared_preload_libraries; otherwise
 * nothing is created, every area stays NULL and gqle_shmem_is_ready says no.
 */
#ifndef GQLE_BASE_SHMEM_H
#define GQLE_BASE_SHMEM_H

#include "gqle/gqle.h"

#include "storage/lwlock.h"

/*
 * One lock per structure.  A process that needs two takes them in this order.
 */
typedef enum GqleLockId
{
	GQLE_LOCK_REGISTRY,			/* workers and databases: worker/registry.c */
	GQLE_LOCK_CHANNEL,			/* calls in flight: worker/channel.c */
	GQLE_LOCK_CHANNEL_AREA,		/* making and attaching the channel's DSA */
	GQLE_LOCK_LIVE,				/* live queries */
	GQLE_LOCK_OPERATIONS,		/* statistics of operations */
	GQLE_LOCK_METRICS,			/* owners of cells, and the past: base/metrics.c */
	GQLE_LOCK_WAKE,				/* who is woken for what: base/wake.c */
	GQLE_LOCK_RATES,			/* requests per minute: base/rates.c */
	GQLE_LOCK_PERSISTED,		/* persisted queries: exec/persisted.c */
	GQLE_LOCK_TICKETS,			/* keys of TLS tickets: worker/tlsticket.c */
	GQLE_N_LOCKS
} GqleLockId;

/* Fill a fresh area; runs once, in the postmaster, with the area zeroed. */
typedef void (*GqleShmemCreate) (void *area);

/*
 * Ask for an area.  To be called by a part's init function; *area is set when
 * shared memory exists, in the postmaster and so in every process it starts.
 * create may be NULL when zeroes will do.
 */
extern void gqle_shmem_register(const char *name, Size size, void **area,
								GqleShmemCreate create);

/* Install the hooks; called by _PG_init after all parts have registered. */
extern void gqle_shmem_init(void);

/* Does this process have the shared areas? */
extern bool gqle_shmem_is_ready(void);

/* The lock of a structure; only when ready. */
extern LWLock *gqle_shmem_lock(GqleLockId id);

#endif							/* GQLE_BASE_SHMEM_H */
