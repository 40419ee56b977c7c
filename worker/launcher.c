/*
 * launcher.c
 *		Decides which workers there should be, and sees to it.
 *
 * Nouns: a *database* is known by its oid; a *probe* is a short-lived worker
 * that connects to one and finds the extension or not; a *served* database has
 * a slot in the registry, a port, server workers and executors.
 *
 * Each turn the launcher compares what is wanted with what is there and starts
 * or ends workers; nothing is remembered as "already requested" beyond the
 * slots, so a lost signal or a failed fork heals at the next turn.  Turns come
 * when a worker starts or ends, at SIGHUP, when somebody creates or drops the
 * extension (its hooks ask for a probe at commit), when calls wait for an
 * executor, and every few seconds anyway.
 *
 * Which databases are served: those of gqle.database in its order, each at its
 * own port or else gqle.port; if the setting is empty, the oldest database that
 * has the extension.  Two databases cannot share a port: the first one has it,
 * the others are reported and left alone.  Template databases are never served.
 *
 * A worker that ends without having been asked is started again: at once if it
 * lived for a while, else after a delay that doubles with each failure.
 *
 * The launcher has no database of its own; it reads pg_database and nothing
 * else.  It ends with status 1, so that the postmaster starts it again.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "gqle/base/environment.h"
#include "gqle/base/guc.h"
#include "gqle/base/memory.h"
#include "gqle/base/shmem.h"
#include "gqle/worker/channel.h"
#include "gqle/worker/launcher.h"
#include "gqle/worker/listen.h"
#include "gqle/worker/worker_main.h"

#define TURN_MS				5000	/* longest time between two turns */
#define REPROBE_STANDBY_MS	30000	/* on a standby nobody tells us */
#define LIVED_WELL_MS		10000	/* a worker that lived so long is no failure */
#define FIRST_DELAY_MS		500
#define LONGEST_DELAY_MS	60000
#define START_TIMEOUT_MS	30000	/* a start nobody can ask about any more */

/* A database of this cluster, as far as the launcher knows it. */
typedef struct Database
{
	Oid			dboid;
	NameData	name;
	bool		seen;			/* in the scan of this turn */
	bool		is_probing;
	GqleFinding finding;
	TimestampTz probed_at;
} Database;

/* A wish of gqle.database, or the choice made without one. */
typedef struct Wish
{
	Oid			dboid;
	int			port;
} Wish;

/* How often a certain worker failed to live, and when it may try again. */
typedef struct Failure
{
	GqleWorkerKind kind;
	Oid			dboid;
	int			number;
	int			n_failures;
	TimestampTz not_before;
} Failure;

static List *databases = NIL;	/* of Database, by oid; in TopMemoryContext */
static List *failures = NIL;	/* of Failure; in TopMemoryContext */
static BackgroundWorkerHandle *handles[GQLE_MAX_WORKERS];
static char *listening[GQLE_MAX_DATABASES]; /* what its servers were told */
static bool no_slot_reported = false;
static Oid	crowd_reported = InvalidOid;
static MemoryContext turn_context;

static void launcher_exit(int code, Datum arg);
static long take_turn(void);
static void take_probe_requests(void);
static void scan_databases(void);
static void reap_workers(void);
static List *choose_databases(void);
static void serve_databases(List *wishes);
static long next_deadline(void);

void
gqle_launcher_init(void)
{
	BackgroundWorker worker;

	/* pg_upgrade wants its databases for itself */
	if (IsBinaryUpgrade)
		return;
	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS |
		BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = 1;
	strlcpy(worker.bgw_library_name, "gqle", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "gqle_launcher_main",
			sizeof(worker.bgw_function_name));
	strlcpy(worker.bgw_name, "gqle launcher", sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, "gqle launcher", sizeof(worker.bgw_type));
	RegisterBackgroundWorker(&worker);
}

void
gqle_launcher_main(Datum main_arg)
{
	uint32		wait_event = WaitEventExtensionNew("GqleLauncherMain");

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();

	on_shmem_exit(launcher_exit, (Datum) 0);
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	pgstat_report_appname("gqle launcher");
	turn_context = gqle_memory_make_loop();

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	gqle_registry->launcher_pid = MyProcPid;
	gqle_registry->launcher_latch = MyLatch;
	gqle_registry->launcher_started_at = GetCurrentTimestamp();
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
	gqle_environment_report();

	for (;;)
	{
		long		timeout;

		QueryCancelPending = false;
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
			no_slot_reported = false;
		}

		MemoryContextSwitchTo(turn_context);
		timeout = take_turn();
		MemoryContextReset(turn_context);

		(void) WaitLatch(MyLatch,
						 WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 timeout, wait_event);
		ResetLatch(MyLatch);
	}
}

/* A probe has nothing to do after the prologue, which never returns to it. */
void
gqle_probe_main(Datum main_arg)
{
	gqle_worker_begin(main_arg, die);
	proc_exit(0);
}

static void
launcher_exit(int code, Datum arg)
{
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	gqle_registry->launcher_pid = 0;
	gqle_registry->launcher_latch = NULL;
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
}

/* One comparison of wanted and actual; returns how long to wait, in ms. */
static long
take_turn(void)
{
	take_probe_requests();
	scan_databases();
	reap_workers();
	serve_databases(choose_databases());
	return next_deadline();
}

/* Forget findings that somebody says are out of date. */
static void
take_probe_requests(void)
{
	Oid			probes[GQLE_MAX_PROBES];
	int			n_probes;
	bool		probe_all;
	ListCell   *lc;

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	n_probes = gqle_registry->n_probes;
	memcpy(probes, gqle_registry->probes, n_probes * sizeof(Oid));
	probe_all = gqle_registry->probe_all;
	gqle_registry->n_probes = 0;
	gqle_registry->probe_all = false;
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));

	foreach(lc, databases)
	{
		Database   *db = lfirst(lc);
		bool		forget = probe_all;

		for (int i = 0; i < n_probes; i++)
			forget |= probes[i] == db->dboid;
		if (RecoveryInProgress() && db->finding == GQLE_FINDING_ABSENT &&
			TimestampDifferenceExceeds(db->probed_at, GetCurrentTimestamp(),
									   REPROBE_STANDBY_MS))
			forget = true;
		if (forget)
			db->finding = GQLE_FINDING_NONE;
	}
}

static Database *
lookup_database(Oid dboid)
{
	ListCell   *lc;

	foreach(lc, databases)
	{
		Database   *db = lfirst(lc);

		if (db->dboid == dboid)
			return db;
	}
	return NULL;
}

static int
compare_databases(const ListCell *a, const ListCell *b)
{
	Oid			left = ((Database *) lfirst(a))->dboid;
	Oid			right = ((Database *) lfirst(b))->dboid;

	return left < right ? -1 : left > right;
}

/* Add, rename and forget databases so that the list matches pg_database. */
static void
scan_databases(void)
{
	Relation	rel;
	TableScanDesc scan;
	HeapTuple	tuple;
	ListCell   *lc;
	bool		added = false;

	foreach(lc, databases)
		((Database *) lfirst(lc))->seen = false;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	rel = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(rel, 0, NULL);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_database form = (Form_pg_database) GETSTRUCT(tuple);
		Database   *db;

		/* a limit below -1 marks the remains of an interrupted DROP */
		if (form->datistemplate || !form->datallowconn ||
			form->datconnlimit < -1)
			continue;
		db = lookup_database(form->oid);
		if (db == NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

			db = palloc0(sizeof(*db));
			db->dboid = form->oid;
			databases = lappend(databases, db);
			added = true;
			MemoryContextSwitchTo(old);
		}
		db->name = form->datname;
		db->seen = true;
	}
	table_endscan(scan);
	table_close(rel, AccessShareLock);
	CommitTransactionCommand();
	MemoryContextSwitchTo(turn_context);
	pgstat_report_activity(STATE_IDLE, NULL);

	foreach(lc, databases)
	{
		Database   *db = lfirst(lc);

		if (!db->seen)
		{
			databases = foreach_delete_current(databases, lc);
			pfree(db);
		}
	}
	if (added)
		list_sort(databases, compare_databases);
}

/* Back-off: one entry per worker that failed; NULL if there is none. */
static Failure *
lookup_failure(GqleWorkerKind kind, Oid dboid, int number)
{
	ListCell   *lc;

	foreach(lc, failures)
	{
		Failure    *f = lfirst(lc);

		if (f->kind == kind && f->dboid == dboid && f->number == number)
			return f;
	}
	return NULL;
}

static void
record_failure(GqleWorkerKind kind, Oid dboid, int number)
{
	Failure    *f = lookup_failure(kind, dboid, number);
	long		delay;

	if (f == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		f = palloc0(sizeof(*f));
		f->kind = kind;
		f->dboid = dboid;
		f->number = number;
		failures = lappend(failures, f);
		MemoryContextSwitchTo(old);
	}
	delay = Min(LONGEST_DELAY_MS, FIRST_DELAY_MS << Min(f->n_failures, 7));
	f->n_failures++;
	f->not_before = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), delay);
}

static void
forget_failure(GqleWorkerKind kind, Oid dboid, int number)
{
	Failure    *f = lookup_failure(kind, dboid, number);

	if (f != NULL)
	{
		failures = list_delete_ptr(failures, f);
		pfree(f);
	}
}

static bool
must_wait(GqleWorkerKind kind, Oid dboid, int number)
{
	Failure    *f = lookup_failure(kind, dboid, number);

	return f != NULL && f->not_before > GetCurrentTimestamp();
}

/* Learn from a worker's end, then free its slot. */
static void
bury(int i, GqleWorkerSlot *s)
{
	Database   *db = lookup_database(s->dboid);
	bool		lived = TimestampDifferenceExceeds(s->started_at,
												   GetCurrentTimestamp(),
												   LIVED_WELL_MS);

	if (s->kind == GQLE_WORKER_PROBE && db != NULL)
		db->is_probing = false;
	if (s->finding != GQLE_FINDING_NONE && db != NULL)
	{
		if (s->kind == GQLE_WORKER_PROBE || s->finding == GQLE_FINDING_ABSENT)
			db->finding = s->finding;
		db->probed_at = GetCurrentTimestamp();
	}
	if (s->was_asked || lived)
		forget_failure(s->kind, s->dboid, s->number);
	else
		record_failure(s->kind, s->dboid, s->number);
	gqle_registry_release(i, s->generation);
	if (handles[i] != NULL)
		pfree(handles[i]);
	handles[i] = NULL;
}

/* Find workers that ended, or never began. */
static void
reap_workers(void)
{
	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];
		pid_t		pid;

		if (s->state == GQLE_WORKER_FREE)
			continue;
		if (s->state == GQLE_WORKER_GONE)
			bury(i, s);
		else if (s->state == GQLE_WORKER_STARTING && handles[i] != NULL)
		{
			if (GetBackgroundWorkerPid(handles[i], &pid) == BGWH_STOPPED &&
				s->state == GQLE_WORKER_STARTING)
				bury(i, s);
		}
		else if (s->state == GQLE_WORKER_STARTING &&
				 TimestampDifferenceExceeds(s->started_at,
											GetCurrentTimestamp(),
											START_TIMEOUT_MS))
			bury(i, s);
	}
}

/* Take a slot and register its worker; false if that can't be done now. */
static bool
start_worker(GqleWorkerKind kind, Oid dboid, int database, int number)
{
	MemoryContext old;
	int			slot;

	if (must_wait(kind, dboid, number))
		return false;
	slot = gqle_registry_claim(kind, dboid, database, number);
	if (slot < 0)
		return false;

	old = MemoryContextSwitchTo(TopMemoryContext);
	handles[slot] = gqle_worker_launch(slot);
	MemoryContextSwitchTo(old);
	if (handles[slot] != NULL)
		return true;

	record_failure(kind, dboid, number);
	gqle_registry_release(slot, gqle_registry->workers[slot].generation);
	if (!no_slot_reported)
		ereport(LOG,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("gqle could not start a worker: out of background worker slots"),
				 errhint("Raise max_worker_processes.")));
	no_slot_reported = true;
	return false;
}

/* Start a probe unless one is on its way; one at a time in the cluster. */
static void
probe(Database *db)
{
	ListCell   *lc;

	foreach(lc, databases)
	{
		if (((Database *) lfirst(lc))->is_probing)
			return;
	}
	if (gqle_registry_is_paused(db->dboid))
		return;
	db->is_probing = start_worker(GQLE_WORKER_PROBE, db->dboid, -1, 0);
}

/* Add a wish, unless its port is taken by one before it. */
static List *
add_wish(List *wishes, Database *db, int port)
{
	Wish	   *wish;
	ListCell   *lc;

	foreach(lc, wishes)
	{
		Wish	   *other = lfirst(lc);

		if (other->dboid == db->dboid)
			return wishes;
		if (other->port == port && (port != 0 || gqle_listen_has_unix(port)))
		{
			if (crowd_reported != db->dboid)
				ereport(LOG,
						(errmsg("gqle does not serve database \"%s\": port %d is taken by another database",
								NameStr(db->name), port),
						 errhint("Name the databases to serve in gqle.database, with a port each.")));
			crowd_reported = db->dboid;
			return wishes;
		}
	}
	wish = palloc(sizeof(*wish));
	wish->dboid = db->dboid;
	wish->port = port;
	return lappend(wishes, wish);
}

/* One item of gqle.database: name or name:port. */
static List *
choose_named(List *wishes, const char *item)
{
	char	   *name = pstrdup(item);
	char	   *colon = strrchr(name, ':');
	int			port = gqle_guc_port;
	ListCell   *lc;

	if (colon != NULL && strspn(colon + 1, "0123456789") == strlen(colon + 1) &&
		colon[1] != '\0')
	{
		port = atoi(colon + 1);
		*colon = '\0';
	}
	foreach(lc, databases)
	{
		Database   *db = lfirst(lc);

		if (strcmp(NameStr(db->name), name) != 0)
			continue;
		if (db->finding == GQLE_FINDING_NONE)
			probe(db);
		else if (db->finding == GQLE_FINDING_PRESENT)
			wishes = add_wish(wishes, db, port);
	}
	return wishes;
}

/*
 * Without gqle.database: the oldest database that has the extension.  Younger
 * ones are probed too, so that the log can say who is left out.
 */
static List *
choose_oldest(void)
{
	List	   *wishes = NIL;
	ListCell   *lc;

	foreach(lc, databases)
	{
		Database   *db = lfirst(lc);

		if (db->finding == GQLE_FINDING_NONE)
		{
			probe(db);
			/* an older one may have it: wait, but keep what is served */
			if (wishes == NIL)
			{
				for (int i = 0; i < GQLE_MAX_DATABASES; i++)
				{
					Database   *served;

					served = lookup_database(gqle_registry->databases[i].dboid);
					if (served != NULL &&
						served->finding != GQLE_FINDING_ABSENT)
						wishes = add_wish(wishes, served, gqle_guc_port);
				}
				return wishes;
			}
		}
		else if (db->finding == GQLE_FINDING_PRESENT)
			wishes = add_wish(wishes, db, gqle_guc_port);
	}
	return wishes;
}

/* List of Wish, in order of precedence. */
static List *
choose_databases(void)
{
	List	   *wishes = NIL;
	char	   *list = pstrdup(gqle_guc_database);
	char	   *saved;
	char	   *item;

	if (strspn(list, " ,") == strlen(list))
		return choose_oldest();
	for (item = strtok_r(list, " ,", &saved); item != NULL;
		 item = strtok_r(NULL, " ,", &saved))
		wishes = choose_named(wishes, item);
	return wishes;
}

/* The registry's index of a served database, or -1. */
static int
served_index(Oid dboid)
{
	for (int i = 0; i < GQLE_MAX_DATABASES; i++)
	{
		if (gqle_registry->databases[i].dboid == dboid)
			return i;
	}
	return -1;
}

static void
set_served(int i, Oid dboid, int port)
{
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_EXCLUSIVE);
	gqle_registry->databases[i].dboid = dboid;
	gqle_registry->databases[i].port = port;
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
}

/* Is the worker there to stay, and of that kind and database? */
static bool
counts(GqleWorkerSlot *s, GqleWorkerKind kind, Oid dboid)
{
	return s->kind == kind && s->dboid == dboid && !s->was_asked &&
		(s->state == GQLE_WORKER_STARTING ||
		 s->state == GQLE_WORKER_CONNECTING ||
		 s->state == GQLE_WORKER_IDLE || s->state == GQLE_WORKER_BUSY);
}

static int
count_workers(GqleWorkerKind kind, Oid dboid)
{
	int			n = 0;

	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
		n += counts(&gqle_registry->workers[i], kind, dboid);
	return n;
}

static bool
has_worker(GqleWorkerKind kind, Oid dboid, int number)
{
	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];

		if (counts(s, kind, dboid) && s->number == number)
			return true;
	}
	return false;
}

/* Is there a worker of a kind and database in any state, one that ends too? */
static bool
has_any(GqleWorkerKind kind, Oid dboid)
{
	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];

		if (s->kind == kind && s->dboid == dboid &&
			s->state != GQLE_WORKER_FREE && s->state != GQLE_WORKER_GONE)
			return true;
	}
	return false;
}

/* End workers of a kind whose number is above max. */
static void
end_workers_above(GqleWorkerKind kind, Oid dboid, int max)
{
	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];

		if (counts(s, kind, dboid) && s->number > max)
			gqle_registry_terminate(i, false);
	}
}

static int
wanted_servers(int port)
{
	int			n = gqle_guc_server_workers;

	if (port == 0 && !gqle_listen_has_unix(port))
		return 0;
	if (n < 0)
		n = Max(1, Min(4, (int) sysconf(_SC_NPROCESSORS_ONLN)));
	return n;
}

/*
 * Keep the server workers of a database.  What they listen on, and some limits,
 * are fixed when they start: after a change they are ended (they drain) and new
 * ones take over the port.  The first one is started only if nobody else has the
 * port, since SO_REUSEPORT would silently share it with another cluster.
 */
static void
keep_servers(int index, Oid dboid, int port)
{
	int			n = wanted_servers(port);
	char	   *told = psprintf("%s|%d|%d|%d|%d|%d|%d", gqle_listen_addresses(),
								port, gqle_listen_tls_port(port),
								gqle_guc_max_total_header_length,
								gqle_guc_idle_timeout, gqle_guc_max_connections,
								gqle_guc_max_connections_per_address);

	if (listening[index] != NULL && strcmp(listening[index], told) != 0)
		end_workers_above(GQLE_WORKER_SERVER, dboid, 0);
	if (listening[index] == NULL || strcmp(listening[index], told) != 0)
	{
		if (listening[index] != NULL)
			pfree(listening[index]);
		listening[index] = MemoryContextStrdup(TopMemoryContext, told);
	}
	end_workers_above(GQLE_WORKER_SERVER, dboid, n);

	for (int number = 1; number <= n; number++)
	{
		if (has_worker(GQLE_WORKER_SERVER, dboid, number) ||
			must_wait(GQLE_WORKER_SERVER, dboid, number))
			continue;
		if (!has_any(GQLE_WORKER_SERVER, dboid) && !gqle_listen_is_free(port))
		{
			record_failure(GQLE_WORKER_SERVER, dboid, number);
			return;
		}
		if (!start_worker(GQLE_WORKER_SERVER, dboid, index, number))
			return;
	}
}

/*
 * Keep the executors: the minimum, and one more for each call that waits and
 * has no executor free or coming up.  Those above the minimum leave by
 * themselves when they are idle for long.
 */
static void
keep_executors(int index, Oid dboid, int port)
{
	int			max = wanted_servers(port) == 0 ? 0 :
		Max(gqle_guc_executors_max, gqle_guc_executors_min);
	int			there = count_workers(GQLE_WORKER_EXECUTOR, dboid);
	int			unserved = gqle_channel_take_demand(index);
	int			wanted;

	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];

		if (counts(s, GQLE_WORKER_EXECUTOR, dboid) &&
			s->state != GQLE_WORKER_BUSY)
			unserved--;
	}
	wanted = Max(there + Max(unserved, 0), gqle_guc_executors_min);
	wanted = Min(wanted, max);
	end_workers_above(GQLE_WORKER_EXECUTOR, dboid, max);

	for (int number = 1; there < wanted; number++)
	{
		if (number > GQLE_MAX_WORKERS)
			break;
		if (has_worker(GQLE_WORKER_EXECUTOR, dboid, number))
			continue;
		if (!start_worker(GQLE_WORKER_EXECUTOR, dboid, index, number))
			return;
		there++;
	}
}

/*
 * Keep the worker that delivers events, on a primary.  The next one waits until
 * the one before has given back what it had claimed.
 */
static void
keep_delivery(int index, Oid dboid, int port)
{
	if (port != 0 && !RecoveryInProgress() && !has_any(GQLE_WORKER_DELIVERY, dboid))
		(void) start_worker(GQLE_WORKER_DELIVERY, dboid, index, 1);
}

static bool
is_wished(List *wishes, Oid dboid)
{
	ListCell   *lc;

	foreach(lc, wishes)
	{
		if (((Wish *) lfirst(lc))->dboid == dboid)
			return true;
	}
	return false;
}

/* Make the served databases those of the list, and keep their workers. */
static void
serve_databases(List *wishes)
{
	ListCell   *lc;

	for (int i = 0; i < GQLE_MAX_DATABASES; i++)
	{
		Oid			dboid = gqle_registry->databases[i].dboid;

		if (!OidIsValid(dboid) || is_wished(wishes, dboid))
			continue;
		end_workers_above(GQLE_WORKER_SERVER, dboid, 0);
		end_workers_above(GQLE_WORKER_EXECUTOR, dboid, 0);
		end_workers_above(GQLE_WORKER_DELIVERY, dboid, 0);
		if (gqle_registry_count_connected(dboid) == 0)
			set_served(i, InvalidOid, 0);
	}

	foreach(lc, wishes)
	{
		Wish	   *wish = lfirst(lc);
		int			index = served_index(wish->dboid);

		if (index < 0)
			index = served_index(InvalidOid);
		if (index < 0)
			continue;			/* full: one that leaves makes room */
		set_served(index, wish->dboid, wish->port);
		if (gqle_registry_is_paused(wish->dboid))
			continue;
		keep_servers(index, wish->dboid, wish->port);
		keep_executors(index, wish->dboid, wish->port);
		keep_delivery(index, wish->dboid, wish->port);
	}
}

/* Time to the next turn that something waits for. */
static long
next_deadline(void)
{
	TimestampTz now = GetCurrentTimestamp();
	long		timeout = TURN_MS;
	ListCell   *lc;

	foreach(lc, failures)
	{
		Failure    *f = lfirst(lc);

		if (f->not_before > now)
			timeout = Min(timeout,
						  TimestampDifferenceMilliseconds(now, f->not_before) + 1);
	}
	return timeout;
}
