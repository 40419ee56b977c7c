/*
 * lane.c
 *		Who waits for which call in the channel.
 *
 * The ticket's index finds the one who waits when the answer comes; the
 * generation tells whether it is still the same call.
 *
 * A call that asks for the network instead of answering goes on an errand here and
 * then back into the channel; who waits for it needs not know.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/metrics.h"
#include "gqle/worker/errand.h"
#include "gqle/worker/lane.h"
#include "gqle/worker/otlp.h"

#define FIRST_SIZE		64

/* A call that is away on an errand; all of it is in the context. */
typedef struct Trip
{
	MemoryContext context;
	GqleTicket	ticket;
	GqleOutcalls *outcalls;
	GqleErrand *errand;
} Trip;

/* By index of the ticket. */
typedef struct Waiting
{
	uint32		generation;
	GqleLaneHandler handler;	/* NULL: nobody */
	void	   *owner;
	Trip	   *trip;			/* NULL: it is in the channel */
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
	w->trip = NULL;
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
	if (w->trip != NULL)
	{
		gqle_errand_cancel(w->trip->errand);
		MemoryContextDelete(w->trip->context);
		w->trip = NULL;
	}
	gqle_channel_cancel(ticket);
	gqle_metrics_add(GQLE_METRIC_CANCELLED, 1);
	w->handler = NULL;
	n_waiting--;
}

/* A call is back with its replies: into the channel again, or else it is lost. */
static void
end_trip(void *arg)
{
	Trip	   *trip = arg;
	GqleTicket	ticket = trip->ticket;
	Waiting    *w = &waiting[ticket.index];
	MemoryContext old = MemoryContextSwitchTo(trip->context);
	StringInfoData packed;
	bool		is_back;

	initStringInfo(&packed);
	gqle_outcalls_pack(&packed, trip->outcalls);
	is_back = gqle_channel_resume(ticket, packed.data, packed.len);
	MemoryContextSwitchTo(old);
	w->trip = NULL;
	if (!is_back)
	{
		GqleAnswer	lost = {.ticket = ticket,.is_lost = true};
		GqleLaneHandler handler = w->handler;

		gqle_channel_cancel(ticket);
		w->handler = NULL;
		n_waiting--;
		handler(w->owner, &lost);
	}
	MemoryContextDelete(trip->context);
}

/* What a call has done so far is told now: it is going to run again. */
static void
keep_spans(const GqleAnswer *answer)
{
	GqleSpans	noted;

	if (answer->spans == NULL)
		return;
	gqle_spans_unpack(answer->spans, &noted);
	gqle_otlp_add_noted(&noted);
}

/* A call asks for the network. */
static void
begin_trip(Waiting *w, const GqleAnswer *answer)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "gqle errand",
												  ALLOCSET_SMALL_SIZES);
	Trip	   *trip = MemoryContextAllocZero(context, sizeof(Trip));

	trip->context = context;
	trip->ticket = answer->ticket;
	trip->outcalls = gqle_outcalls_unpack(answer->body, answer->body_len, context);
	gqle_channel_free_answer(answer);
	w->trip = trip;
	trip->errand = gqle_errand_begin(trip->outcalls, end_trip, trip);
	if (trip->errand == NULL)
		end_trip(trip);
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
		if (answer.needs_http)
		{
			keep_spans(&answer);
			begin_trip(w, &answer);
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

void
gqle_lane_take_answer(const GqleAnswer *answer, GqleCall *call)
{
	call->status = answer->status;
	call->is_error = answer->is_error;
	call->is_live = answer->is_live;
	call->is_executed = answer->is_executed;
	call->operation = answer->operation;
	call->is_stream = answer->is_stream;
	call->is_empty = answer->is_empty;
	call->is_final = answer->is_final;
	call->next_cursor = answer->next_cursor;
	call->reads = answer->reads;
}
