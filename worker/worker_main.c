/*
 * worker_main.c
 *		The prologue shared by all workers with a database connection.
 *
 * A worker is registered by the launcher for a slot; bgw_main_arg is the slot,
 * bgw_extra its generation.  Workers are never restarted by the postmaster:
 * the launcher sees the slot GONE and decides.  Workers connect as the
 * bootstrap superuser; the engine switches to what the permissions say.
 */
#include "postgres.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "access/xact.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procsignal.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/inval.h"
#include "gqle/base/log.h"
#include "gqle/base/metrics.h"
#include "gqle/base/shmem.h"
#include "gqle/catalog/version.h"
#include "gqle/worker/worker_main.h"

int			gqle_worker_slot = -1;

static void detach_from_slot(int code, Datum arg);
static GqleFinding look_for_extension(void);

const char *
gqle_worker_kind_name(GqleWorkerKind kind)
{
	switch (kind)
	{
		case GQLE_WORKER_LAUNCHER:
			return "launcher";
		case GQLE_WORKER_PROBE:
			return "probe";
		case GQLE_WORKER_SERVER:
			return "server";
		case GQLE_WORKER_EXECUTOR:
			return "executor";
		case GQLE_WORKER_DELIVERY:
			return "delivery";
	}
	return "unknown";
}

BackgroundWorkerHandle *
gqle_worker_launch(int slot)
{
	GqleWorkerSlot *s = &gqle_registry->workers[slot];
	const char *kind = gqle_worker_kind_name(s->kind);
	BackgroundWorkerHandle *handle;
	BackgroundWorker worker;

	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS |
		BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "gqle", sizeof(worker.bgw_library_name));
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name),
			 "gqle_%s_main", kind);
	if (s->kind == GQLE_WORKER_PROBE)
		strlcpy(worker.bgw_name, "gqle probe", sizeof(worker.bgw_name));
	else
		snprintf(worker.bgw_name, sizeof(worker.bgw_name), "gqle %s %d",
				 kind, s->number);
	snprintf(worker.bgw_type, sizeof(worker.bgw_type), "gqle %s", kind);
	worker.bgw_main_arg = Int32GetDatum(slot);
	memcpy(worker.bgw_extra, &s->generation, sizeof(s->generation));
	worker.bgw_notify_pid = MyProcPid;

	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		return NULL;
	return handle;
}

void
gqle_worker_begin(Datum main_arg, pqsigfunc sigterm)
{
	int			slot = DatumGetInt32(main_arg);
	GqleWorkerSlot *s;
	uint32		generation;

	memcpy(&generation, MyBgworkerEntry->bgw_extra, sizeof(generation));
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, sigterm);
	BackgroundWorkerUnblockSignals();

	if (!gqle_shmem_is_ready() || slot < 0 || slot >= GQLE_MAX_WORKERS ||
		!gqle_registry_attach(slot, generation))
		proc_exit(0);
	gqle_worker_slot = slot;
	s = &gqle_registry->workers[slot];

	/*
	 * Registered before the process enters the array of those connected to a
	 * database, so it runs after it has left it: whoever waits for the slot
	 * finds the database free.
	 */
	on_shmem_exit(detach_from_slot, Int32GetDatum(slot));
	gqle_metrics_attach(slot + 1, s->database);
	gqle_log_start();

	BackgroundWorkerInitializeConnectionByOid(s->dboid, InvalidOid, 0);
	pgstat_report_appname(MyBgworkerEntry->bgw_name);

	/*
	 * Answers of 100 kB and more would be mapped and unmapped one by one, each
	 * page faulted in anew; keep that memory in the heap (about 10 % of a list of
	 * a thousand rows).
	 */
#ifdef M_MMAP_THRESHOLD
	(void) mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
	(void) mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
#endif

	/*
	 * Defaults of our own for planning, below anything that is configured.  Plans
	 * are kept, but what JIT compiles for them is not: it never pays here.  And
	 * requests for a few rows find their pages cached: at PostgreSQL's default of
	 * 4 it joins an album to its artist by scanning all artists.
	 */
	SetConfigOption("jit", "off", PGC_USERSET, PGC_S_DYNAMIC_DEFAULT);
	SetConfigOption("random_page_cost", "1.1", PGC_USERSET, PGC_S_DYNAMIC_DEFAULT);

	s->finding = look_for_extension();
	if (s->finding != GQLE_FINDING_PRESENT || s->kind == GQLE_WORKER_PROBE)
	{
		s->was_asked = true;
		proc_exit(0);
	}
	pgstat_report_activity(STATE_IDLE, NULL);
}

void
gqle_worker_handle_interrupts(void)
{
	/*
	 * A cancel that arrives between calls is for a call that is over; left
	 * standing it would end the process at the next check.
	 */
	QueryCancelPending = false;
	if (ProcDiePending && gqle_registry->workers[gqle_worker_slot].was_asked)
		proc_exit(0);			/* asked by the launcher: nothing to report */
	CHECK_FOR_INTERRUPTS();

	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
	gqle_inval_trim();
}

bool
gqle_worker_must_leave_now(void)
{
	return gqle_registry->workers[gqle_worker_slot].leave_now;
}

/* Runs however the process ends, save for a crash. */
static void
detach_from_slot(int code, Datum arg)
{
	gqle_registry_detach(DatumGetInt32(arg));
}

/*
 * Does the database that we are connected to have the extension?  One of another
 * version is not served; its update asks for another look (dbwatch.c).
 */
static GqleFinding
look_for_extension(void)
{
	GqleFinding finding = GQLE_FINDING_ABSENT;
	char	   *version;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	version = gqle_guc_linked ? NULL : gqle_version_installed();
	if (version != NULL && strcmp(version, GQLE_VERSION) == 0)
		finding = GQLE_FINDING_PRESENT;
	else if (version != NULL)
		ereport(LOG,
				(errmsg("database \"%s\" is not served by gqle: its extension is of version %s, the library of version %s",
						get_database_name(MyDatabaseId), version, GQLE_VERSION),
				 errhint("Run ALTER EXTENSION gqle UPDATE in it, or restart the server if its library is the older one.")));
	CommitTransactionCommand();
	return finding;
}
