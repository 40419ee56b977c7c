/*
 * executor.c
 *		The lane: a worker that runs whatever a server worker should not.
 *
 * It takes calls from its database's queue until none is left, then waits for
 * its latch.  SIGINT cancels the call that it runs (its client went away);
 * SIGTERM ends the process at once, in a query too: the transaction is rolled
 * back and the channel tells the waiting server worker.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/log.h"
#include "gqle/base/memory.h"
#include "gqle/base/metrics.h"
#include "gqle/catalog/metadata.h"
#include "gqle/worker/channel.h"
#include "gqle/worker/launcher.h"
#include "gqle/worker/worker_main.h"

#define IDLE_MS				60000	/* then an executor above the minimum goes */
#define KEEP_OUT_BYTES		(1024 * 1024)	/* larger buffers are not kept */

static MemoryContext loop_context;
static StringInfoData out;

static void run_calls(void);
static void reset_out(void);

void
gqle_executor_main(Datum main_arg)
{
	uint32		wait_event = WaitEventExtensionNew("GqleExecutorMain");

	gqle_worker_begin(main_arg, die);
	gqle_channel_join();
	loop_context = gqle_memory_make_loop();
	initStringInfo(&out);

	for (;;)
	{
		int			events;

		gqle_worker_handle_interrupts();
		run_calls();
		pgstat_report_stat(false);

		events = WaitLatch(MyLatch,
						   WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						   IDLE_MS, wait_event);
		ResetLatch(MyLatch);
		if ((events & WL_TIMEOUT) != 0)
		{
			pgstat_report_stat(true);
			if (gqle_channel_retire(gqle_guc_executors_min))
			{
				gqle_registry->workers[gqle_worker_slot].was_asked = true;
				proc_exit(0);
			}
		}
	}
}

/* Run calls until the queue is empty. */
static void
run_calls(void)
{
	MemoryContext old = MemoryContextSwitchTo(loop_context);
	GqleCall	call;
	uint64		changes;

	while (gqle_channel_take(&call))
	{
		gqle_registry_set_state(gqle_worker_slot, GQLE_WORKER_BUSY);
		reset_out();
		call.out = &out;
		changes = gqle_metadata_n_bumps();
		(void) gqle_call_run(&call);
		if (call.endpoint == GQLE_ENDPOINT_METADATA && !call.is_error &&
			gqle_metadata_n_bumps() != changes)
			gqle_registry_note_metadata_change(
											   gqle_registry->workers[gqle_worker_slot].database);
		gqle_metrics_add(GQLE_METRIC_LANE, 1);
		gqle_metrics_add(GQLE_METRIC_BYTES_OUT, out.len);
		gqle_channel_finish(&call);
		gqle_log_flush();

		MemoryContextReset(loop_context);
		gqle_worker_handle_interrupts();
	}
	gqle_registry_set_state(gqle_worker_slot, GQLE_WORKER_IDLE);
	MemoryContextSwitchTo(old);
}

/* Empty the answer's buffer, and let go of one that grew too large. */
static void
reset_out(void)
{
	if (out.maxlen > KEEP_OUT_BYTES)
	{
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		pfree(out.data);
		initStringInfo(&out);
		MemoryContextSwitchTo(old);
	}
	else
		resetStringInfo(&out);
}
