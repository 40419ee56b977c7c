/*
 * lane.c
 *		Who waits for which call in the channel.
 *
 * The ticket's index finds the one who waits when the answer comes; the
 * generation tells whether it is still the same call.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/metrics.h"
#include "gqle/worker/lane.h"

#define FIRST_SIZE		64

/* By index of the ticket. */
typedef struct Waiting
{
	uint32		generation;
	GqleLaneHandler handler;	/* NULL: nobody */
	void	   *owner;
} Waiting;

static Waiting *waiting = NULL;
static int	waiting_size = 0;
static int	n_waiting = 0;

static void
reserve(int index)
{
	int			size = Max(FIRST_SIZE, index * 2);
	Waiting    *larger;

	if (index < waiting_size)
		return;
	larger = MemoryContextAllocZero(TopMemoryContext, size * sizeof(Waiting));
	if (waiting != NULL)
	{
		memcpy(larger, waiting, waiting_size * sizeof(Waiting));
		pfree(waiting);
	}
	waiting = larger;
	waiting_size = size;
}

bool
gqle_lane_submit(const GqleCall *call, GqleLaneHandler handler, void *owner,
				 GqleTicket *ticket)
{
	Waiting    *w;

	if (!gqle_channel_submit(call, ticket))
	{
		gqle_metrics_add(GQLE_METRIC_BUSY, 1);
		return false;
	}
	reserve(ticket->index);
	w = &waiting[ticket->index];
	w->generation = ticket->generation;
	w->handler = handler;
	w->owner = owner;
	n_waiting++;
	gqle_metrics_add(GQLE_METRIC_LANE, 1);
	return true;
}

void
gqle_lane_cancel(GqleTicket ticket)
{
	Waiting    *w = &waiting[ticket.index];

	if (w->handler == NULL || w->generation != ticket.generation)
		return;
	gqle_channel_cancel(ticket);
	gqle_metrics_add(GQLE_METRIC_CANCELLED, 1);
	w->handler = NULL;
	n_waiting--;
}

void
gqle_lane_collect(void)
{
	GqleAnswer	answer;

	while (gqle_channel_collect(&answer))
	{
		Waiting    *w = &waiting[answer.ticket.index];
		GqleLaneHandler handler = w->handler;

		if (handler == NULL || w->generation != answer.ticket.generation)
		{
			gqle_channel_free_answer(&answer);
			continue;
		}
		/* the handler may submit, which may move the array */
		w->handler = NULL;
		n_waiting--;
		handler(w->owner, &answer);
	}
}

int
gqle_lane_count(void)
{
	return n_waiting;
}
