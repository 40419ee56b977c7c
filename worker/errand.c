/*
 * errand.c
 *		Making the calls that an operation has asked for.
 *
 * An *errand* is the pending calls of one operation on their way.  Its memory goes
 * with the context of the outcalls.  In a server
 * worker it is one of many, moved on by gqle_httpc_turn; an ordinary backend
 * has nothing else to do and waits for it.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/worker/errand.h"
#include "gqle/worker/http_span.h"
#include "gqle/worker/httpc.h"

typedef struct Leg
{
	GqleErrand *errand;
	GqleOutcall *outcall;
	GqleHttpcCall *call;		/* NULL: over */
	GqleHttpSpan span;
} Leg;

struct GqleErrand
{
	GqleOutcalls *outcalls;
	GqleErrandDone done;
	void	   *arg;
	int			n_open;
	int			n_legs;
	Leg			legs[FLEXIBLE_ARRAY_MEMBER];
};

/* One call has ended; GqleHttpcDone. */
static void
take_reply(void *arg, const GqleHttpReply *reply)
{
	Leg		   *leg = arg;
	GqleErrand *errand = leg->errand;

	leg->call = NULL;
	gqle_http_span_end(&leg->span, &leg->outcall->request, reply);
	gqle_outcalls_answer(errand->outcalls, leg->outcall, reply);
	if (--errand->n_open > 0)
		return;
	errand->done(errand->arg);
}

/* A call that can't be begun has failed. */
static void
fail_call(GqleOutcalls *outcalls, GqleOutcall *outcall)
{
	GqleHttpReply reply = {.failure = GQLE_HTTP_INTERNAL,.body = "",.head = ""};
	const GqleHttpRequest *request = &outcall->request;

	for (int i = 0; i < request->n_headers; i++)
		if (!gqle_http_is_header(request->headers[i].name, request->headers[i].value))
			reply.failure = GQLE_HTTP_BAD_HEADER;
	reply.reason = gqle_http_failure_text(reply.failure);
	gqle_outcalls_answer(outcalls, outcall, &reply);
}

/* Begin a call, as a span of its own if it is part of a trace. */
static GqleHttpcCall *
begin_call(Leg *leg)
{
	GqleHttpRequest request = leg->outcall->request;

	gqle_http_span_begin(&leg->span, &request);
	return gqle_httpc_begin(&request, take_reply, leg);
}

/* See errand.h. */
GqleErrand *
gqle_errand_begin(GqleOutcalls *outcalls, GqleErrandDone done, void *arg)
{
	GqleErrand *errand = MemoryContextAllocZero(outcalls->context,
												offsetof(GqleErrand, legs) +
												sizeof(Leg) * Max(outcalls->n, 1));

	errand->outcalls = outcalls;
	errand->done = done;
	errand->arg = arg;
	outcalls->n_turns++;
	for (int i = 0; i < outcalls->n; i++)
	{
		Leg		   *leg = &errand->legs[errand->n_legs];

		if (outcalls->calls[i].is_done)
			continue;
		leg->errand = errand;
		leg->outcall = &outcalls->calls[i];
		leg->call = begin_call(leg);
		if (leg->call == NULL)
		{
			fail_call(outcalls, leg->outcall);
			continue;
		}
		errand->n_legs++;
		errand->n_open++;
	}
	return errand->n_open > 0 ? errand : NULL;
}

/* See errand.h. */
void
gqle_errand_cancel(GqleErrand *errand)
{
	for (int i = 0; i < errand->n_legs; i++)
		if (errand->legs[i].call != NULL)
			gqle_httpc_cancel(errand->legs[i].call);
}

/* ------------------------------------------------------------------------
 * Ordinary backends
 * ------------------------------------------------------------------------ */

static void
note_end(void *arg)
{
	*(volatile bool *) arg = true;
}

/* See gqle_outcalls_perform. */
static void
perform(GqleOutcalls *outcalls)
{
	volatile bool is_over = false;
	GqleErrand *errand;

	gqle_httpc_start();
	errand = gqle_errand_begin(outcalls, note_end, unvolatize(bool *, &is_over));
	if (errand == NULL)
		return;
	PG_TRY();
	{
		gqle_httpc_wait_for(&is_over);
	}
	PG_CATCH();
	{
		if (!is_over)
			gqle_errand_cancel(errand);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/* See errand.h. */
void
gqle_errand_init(void)
{
	gqle_outcalls_perform = perform;
}
