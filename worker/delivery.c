/*
 * delivery.c
 *		The worker that delivers events and makes the calls of asynchronous actions:
 *		its loop, and its end.
 *
 * There is one for a served database, so whatever is claimed when it starts was
 * left behind by one that ended: it is free again at once.  It wakes when an
 * event commits (base/wake.h), when a webhook answers, and when something is
 * due.  An event is delivered at least once: its claim commits before the call,
 * its outcome after it, and a worker that ends between the two leaves it to be
 * called again, with the same id.
 *
 * At SIGTERM it claims nothing more and waits for the calls in flight, for
 * gqle.graceful_shutdown_timeout at most, then gives back the rest.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "gqle/base/guc.h"
#include "gqle/base/log.h"
#include "gqle/base/memory.h"
#include "gqle/base/wake.h"
#include "gqle/pgcompat.h"
#include "gqle/worker/delivery.h"
#include "gqle/worker/httpc.h"
#include "gqle/worker/launcher.h"
#include "gqle/worker/otlp.h"
#include "gqle/worker/worker_main.h"

#define N_EVENTS			3
#define LEAVE_NOW_MS		250
#define SHUTDOWN_STEP_MS	50
#define TELEMETRY_MS		2000	/* that it may take to be sent */

static TimestampTz shutdown_began = 0;
static bool has_stopped = false;

static void handle_shutdown(void);

void
gqle_delivery_main(Datum main_arg)
{
	WaitEventSet *set;
	WaitEvent	events[N_EVENTS];
	uint32		wait_event = WaitEventExtensionNew("GqleDeliveryMain");
	MemoryContext loop_context;
	bool		look = true;

	gqle_worker_begin(main_arg, SignalHandlerForShutdownRequest);

	/*
	 * Plans are kept, and may have been made when the queue was empty: rows are
	 * always to be found by an index.
	 */
	SetConfigOption("enable_seqscan", "off", PGC_USERSET, PGC_S_OVERRIDE);
	gqle_httpc_start();
	gqle_otlp_start(false);
	gqle_wake_register(GQLE_WAKE_DELIVERY);
	set = gqle_create_wait_event_set(N_EVENTS);
	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	gqle_httpc_add_to_set(set);
	loop_context = gqle_memory_make_loop();
	MemoryContextSwitchTo(loop_context);
	gqle_events_start();
	gqle_schedule_start();
	gqle_actions_start();
	gqle_registry_set_state(gqle_worker_slot, GQLE_WORKER_IDLE);

	for (;;)
	{
		long		timeout;
		int			n;

		gqle_worker_handle_interrupts();
		gqle_httpc_turn();
		gqle_events_turn(look, ShutdownRequestPending);
		gqle_schedule_turn(look, ShutdownRequestPending);
		gqle_actions_turn(look, ShutdownRequestPending);
		gqle_remotes_turn(ShutdownRequestPending);
		gqle_cleanup_turn(look, ShutdownRequestPending);
		gqle_otlp_turn();
		if (ShutdownRequestPending)
			handle_shutdown();
		MemoryContextReset(loop_context);

		timeout = Min(gqle_httpc_timeout(),
					  Min(gqle_events_timeout(), gqle_schedule_timeout()));
		timeout = Min(timeout,
					  Min(gqle_actions_timeout(),
						  Min(gqle_remotes_timeout(), gqle_otlp_timeout())));
		timeout = Min(timeout, gqle_cleanup_timeout());
		if (ShutdownRequestPending)
			timeout = Min(timeout, SHUTDOWN_STEP_MS);
		if (timeout > 0)
		{
			gqle_log_flush();
			pgstat_report_stat(false);
		}
		n = WaitEventSetWait(set, timeout, events, N_EVENTS, wait_event);
		look = false;
		for (int i = 0; i < n; i++)
			if ((events[i].events & WL_LATCH_SET) != 0)
			{
				ResetLatch(MyLatch);
				look = true;
			}
	}
}

/* One step of the end; ends the process when there is nothing left to wait for. */
static void
handle_shutdown(void)
{
	long		limit = gqle_worker_must_leave_now() ? LEAVE_NOW_MS :
		gqle_guc_graceful_shutdown_timeout * 1000L;

	if (shutdown_began == 0)
	{
		shutdown_began = GetCurrentTimestamp();
		gqle_registry_set_state(gqle_worker_slot, GQLE_WORKER_DRAINING);
	}
	if (gqle_events_count() + gqle_schedule_count() + gqle_actions_count() > 0 &&
		!TimestampDifferenceExceeds(shutdown_began, GetCurrentTimestamp(), limit))
		return;
	if (!has_stopped)
	{
		gqle_events_stop();
		gqle_schedule_stop();
		gqle_actions_stop();
		gqle_remotes_stop();
		has_stopped = true;
	}
	if (!gqle_otlp_drain() &&
		!TimestampDifferenceExceeds(shutdown_began, GetCurrentTimestamp(),
									Min(limit, TELEMETRY_MS)))
		return;
	proc_exit(gqle_registry->workers[gqle_worker_slot].was_asked ? 0 : 1);
}

/* See delivery.h. */
void
gqle_delivery_begin(const char *activity)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, activity);
}

/* See delivery.h. */
void
gqle_delivery_commit(void)
{
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_activity(STATE_IDLE, NULL);
}

/* See delivery.h. */
long
gqle_delivery_ms_until(TimestampTz at)
{
	return at == 0 ? 0 : TimestampDifferenceMilliseconds(GetCurrentTimestamp(), at);
}
