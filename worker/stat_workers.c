/*
 * stat_workers.c
 *		Rows of gqle.stat_workers.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "gqle/base/metrics.h"
#include "gqle/base/shmem.h"
#include "gqle/worker/worker_main.h"

/* Columns before the counters. */
enum
{
	COLUMN_KIND,
	COLUMN_NUMBER,
	COLUMN_DATABASE,
	COLUMN_PID,
	COLUMN_STATE,
	COLUMN_STARTED_AT,
	COLUMN_PORT,
	COLUMN_FIRST_COUNTER
};

#define N_COLUMNS (COLUMN_FIRST_COUNTER + GQLE_N_WORKER_METRICS)

/* One row, copied out of shared memory. */
typedef struct WorkerRow
{
	GqleWorkerSlot slot;
	int			port;
	int			cell;			/* of counters; 0: none */
} WorkerRow;

PG_FUNCTION_INFO_V1(gqle_sql_stat_workers);

static const char *
state_name(GqleWorkerState state)
{
	switch (state)
	{
		case GQLE_WORKER_FREE:
			return "free";
		case GQLE_WORKER_STARTING:
			return "starting";
		case GQLE_WORKER_CONNECTING:
			return "connecting";
		case GQLE_WORKER_IDLE:
			return "idle";
		case GQLE_WORKER_BUSY:
			return "busy";
		case GQLE_WORKER_DRAINING:
			return "draining";
		case GQLE_WORKER_GONE:
			return "gone";
	}
	return "unknown";
}

/* Copy all workers, the launcher first; returns how many. */
static int
copy_workers(WorkerRow *rows)
{
	int			n = 0;

	if (!gqle_shmem_is_ready())
		return 0;
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_REGISTRY), LW_SHARED);
	if (gqle_registry->launcher_pid != 0)
	{
		memset(&rows[n], 0, sizeof(WorkerRow));
		rows[n].slot.kind = GQLE_WORKER_LAUNCHER;
		rows[n].slot.state = GQLE_WORKER_IDLE;
		rows[n].slot.pid = gqle_registry->launcher_pid;
		rows[n].slot.started_at = gqle_registry->launcher_started_at;
		n++;
	}
	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];

		if (s->state == GQLE_WORKER_FREE || s->state == GQLE_WORKER_GONE)
			continue;
		rows[n].slot = *s;
		rows[n].cell = s->pid != 0 ? i + 1 : 0;
		rows[n].port = s->kind == GQLE_WORKER_SERVER && s->database >= 0 ?
			gqle_registry->databases[s->database].port : 0;
		n++;
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_REGISTRY));
	return n;
}

static HeapTuple
make_row(const WorkerRow *row, TupleDesc desc)
{
	Datum		values[N_COLUMNS];
	bool		nulls[N_COLUMNS] = {false};
	const GqleWorkerSlot *s = &row->slot;

	values[COLUMN_KIND] = CStringGetTextDatum(gqle_worker_kind_name(s->kind));
	values[COLUMN_NUMBER] = Int32GetDatum(s->number);
	nulls[COLUMN_NUMBER] = s->number == 0;
	values[COLUMN_DATABASE] = ObjectIdGetDatum(s->dboid);
	nulls[COLUMN_DATABASE] = !OidIsValid(s->dboid);
	values[COLUMN_PID] = Int32GetDatum(s->pid);
	nulls[COLUMN_PID] = s->pid == 0;
	values[COLUMN_STATE] = CStringGetTextDatum(state_name(s->state));
	values[COLUMN_STARTED_AT] = TimestampTzGetDatum(s->started_at);
	values[COLUMN_PORT] = Int32GetDatum(row->port);
	nulls[COLUMN_PORT] = row->port == 0;
	for (int m = 0; m < GQLE_N_WORKER_METRICS; m++)
	{
		values[COLUMN_FIRST_COUNTER + m] = row->cell == 0 ? (Datum) 0 :
			Int64GetDatum((int64) gqle_metrics_read(row->cell, m));
		nulls[COLUMN_FIRST_COUNTER + m] = row->cell == 0;
	}
	return heap_form_tuple(desc, values, nulls);
}

/* gqle_internal.stat_workers() returns setof record */
Datum
gqle_sql_stat_workers(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	WorkerRow  *rows;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;
		TupleDesc	desc;

		context = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		Ensure(desc->natts == N_COLUMNS, "stat_workers has other columns in SQL");
		context->tuple_desc = BlessTupleDesc(desc);
		rows = palloc(sizeof(WorkerRow) * (GQLE_MAX_WORKERS + 1));
		context->max_calls = copy_workers(rows);
		context->user_fctx = rows;
		MemoryContextSwitchTo(old);
	}
	context = SRF_PERCALL_SETUP();
	rows = context->user_fctx;
	if (context->call_cntr < context->max_calls)
		SRF_RETURN_NEXT(context,
						HeapTupleGetDatum(make_row(&rows[context->call_cntr],
												   context->tuple_desc)));
	SRF_RETURN_DONE(context);
}
