/*
 * cleanup.c
 *		Cleaning up the logs of event triggers by their schedules.
 *
 * Once a minute, or when something has happened, the times ahead are filled up and
 * those that have come are taken up, one after another.  A turn deletes one batch, so that events are delivered
 * meanwhile; the cleanup ends when a batch finds nothing, or after its timeout.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/api/event_cleanup.h"
#include "gqle/api/meta.h"
#include "gqle/worker/delivery.h"

#define LOOK_MS		60000
#define SOONEST_MS	5000		/* between two looks, if something woke us */

/* What is being done; in a context of its own. */
static MemoryContext due_context = NULL;
static GqleEventCleanup *due = NULL;
static int	n_due = 0;
static int	current = 0;
static int64 n_events;
static int64 n_logs;
static TimestampTz began;
static TimestampTz next_look = 0;

/* Take up what is due. */
static void
look(void)
{
	MemoryContext old;

	if (due_context == NULL)
		due_context = AllocSetContextCreate(TopMemoryContext, "gqle cleanups",
											ALLOCSET_SMALL_SIZES);
	MemoryContextReset(due_context);
	gqle_delivery_begin("gqle: clean up event logs");
	old = MemoryContextSwitchTo(due_context);
	gqle_event_cleanups_follow();
	n_due = gqle_event_cleanups_due(&due);
	MemoryContextSwitchTo(old);
	gqle_delivery_commit();
	current = 0;
	n_events = n_logs = 0;
	began = GetCurrentTimestamp();
	next_look = TimestampTzPlusMilliseconds(began, LOOK_MS);
}

/* Delete one batch of the current cleanup. */
static void
step(void)
{
	const GqleEventCleanup *cleanup = &due[current];
	int64		timeout = gqle_meta_int(cleanup->config, "timeout", 60);
	int			n_logs_gone;
	int			n;

	gqle_delivery_begin("gqle: clean up event logs");
	n = gqle_event_cleanup_batch(cleanup->trigger, cleanup->config, &n_logs_gone);
	n_events += n;
	n_logs += n_logs_gone;
	if (n == 0 || TimestampDifferenceExceeds(began, GetCurrentTimestamp(),
											 (int) Min(Max(timeout, 0), 86400) * 1000))
	{
		gqle_event_cleanup_end(cleanup->id, n_events, n_logs);
		current++;
		n_events = n_logs = 0;
		began = GetCurrentTimestamp();
	}
	gqle_delivery_commit();
}

/* See delivery.h. */
void
gqle_cleanup_turn(bool is_woken, bool is_draining)
{
	if (is_draining)
		return;
	if (current < n_due)
		step();
	else if (gqle_delivery_ms_until(next_look) == 0 ||
			 (is_woken && gqle_delivery_ms_until(next_look) < LOOK_MS - SOONEST_MS))
		look();
}

/* See delivery.h. */
long
gqle_cleanup_timeout(void)
{
	return current < n_due ? 0 : gqle_delivery_ms_until(next_look);
}
