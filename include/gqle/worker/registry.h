/*
 * registry.h
 *		Which databases are served and which workers there are: the part of
 *		shared memory that the launcher, the workers and DROP DATABASE share.
 */
#ifndef GQLE_WORKER_REGISTRY_H
#define GQLE_WORKER_REGISTRY_H

#include "gqle/gqle.h"

#include "datatype/timestamp.h"
#include "storage/latch.h"

#define GQLE_MAX_DATABASES	16
#define GQLE_MAX_WORKERS	128
#define GQLE_MAX_PAUSES		16
#define GQLE_MAX_PROBES		64

typedef enum GqleWorkerKind
{
	GQLE_WORKER_LAUNCHER,
	GQLE_WORKER_PROBE,			/* looks whether a database has the extension */
	GQLE_WORKER_SERVER,
	GQLE_WORKER_EXECUTOR,
	GQLE_WORKER_DELIVERY		/* delivers events */
} GqleWorkerKind;

/*
 * A slot's life.  Only the launcher takes FREE to STARTING and GONE to FREE;
 * the worker does the rest, or the launcher for one that never came up.
 */
typedef enum GqleWorkerState
{
	GQLE_WORKER_FREE,
	GQLE_WORKER_STARTING,		/* registered, has not attached yet */
	GQLE_WORKER_CONNECTING,		/* attached, connecting to its database */
	GQLE_WORKER_IDLE,
	GQLE_WORKER_BUSY,
	GQLE_WORKER_DRAINING,		/* finishes what it has, takes no more */
	GQLE_WORKER_GONE			/* ended; the launcher has not looked yet */
} GqleWorkerState;

/* What a probe, or any worker that looked, found. */
typedef enum GqleFinding
{
	GQLE_FINDING_NONE,
	GQLE_FINDING_ABSENT,
	GQLE_FINDING_PRESENT
} GqleFinding;

typedef struct GqleWorkerSlot
{
	GqleWorkerState state;
	GqleWorkerKind kind;
	uint32		generation;		/* grows each time the slot is taken */
	int			number;			/* "gqle server <number>" */
	Oid			dboid;
	int			database;		/* index into databases, -1 for a probe */
	pid_t		pid;			/* 0 until attached */
	Latch	   *latch;			/* in a PGPROC; NULL until attached */
	TimestampTz started_at;
	bool		leave_now;		/* do not drain: the database must be free */
	bool		was_asked;		/* its end was wanted: no back-off */
	GqleFinding finding;
} GqleWorkerSlot;

/* A database that is served; written by the launcher. */
typedef struct GqleDatabaseSlot
{
	Oid			dboid;			/* InvalidOid: free */
	int			port;
	uint64		metadata_changes;	/* made by /v1/metadata */
} GqleDatabaseSlot;

typedef struct GqlePause
{
	Oid			dboid;			/* InvalidOid: free */
	pid_t		pid;			/* backend that wants the database for itself */
} GqlePause;

/* Guarded by GQLE_LOCK_REGISTRY. */
typedef struct GqleRegistry
{
	pid_t		launcher_pid;
	Latch	   *launcher_latch;
	TimestampTz launcher_started_at;

	bool		probe_all;		/* probes ran over */
	int			n_probes;
	Oid			probes[GQLE_MAX_PROBES];	/* look again at these databases */

	GqlePause	pauses[GQLE_MAX_PAUSES];
	GqleDatabaseSlot databases[GQLE_MAX_DATABASES];
	GqleWorkerSlot workers[GQLE_MAX_WORKERS];
} GqleRegistry;

extern GqleRegistry *gqle_registry;

extern void gqle_registry_init(void);

/* Launcher's side; claim returns -1 when all slots are taken. */
extern int	gqle_registry_claim(GqleWorkerKind kind, Oid dboid, int database,
								int number);
extern void gqle_registry_release(int slot, uint32 generation);

/* Worker's side. */
extern bool gqle_registry_attach(int slot, uint32 generation);
extern void gqle_registry_detach(int slot);
extern void gqle_registry_set_state(int slot, GqleWorkerState state);

/* Worker's side: metadata were changed; server workers of the database look. */
extern void gqle_registry_note_metadata_change(int database);

/* Ask a worker to end; leave_now says that it must not drain. */
extern void gqle_registry_terminate(int slot, bool leave_now);

/* Have the launcher look whether a database has the extension. */
extern void gqle_registry_request_probe(Oid dboid);
extern void gqle_registry_wake_launcher(void);

/*
 * Keep workers out of a database: pause ends them and no new ones start until
 * resume is called by the same backend.  Returns false if too many are paused.
 */
extern bool gqle_registry_pause(Oid dboid);
extern void gqle_registry_resume(Oid dboid);
extern bool gqle_registry_is_paused(Oid dboid);	/* lock held */

/* Number of workers that are, or may get, connected to a database. */
extern int	gqle_registry_count_connected(Oid dboid);

#endif							/* GQLE_WORKER_REGISTRY_H */
