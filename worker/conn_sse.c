/*
 * conn_sse.c
 *		Operations whose results are server-sent events.
 *
 * A client asks as for any answer, but accepts text/event-stream; it gets an
 * event "next" for each result and "complete" after the last one.  So errors are
 * results, too, whatever their kind.  Queries and mutations have one result;
 * subscriptions go on (live.c) until the client leaves, its session expires, or
 * the server has reasons to have it ask again: then the stream is cut off, which
 * its clients take as trouble of the network, and they come back.
 *
 *		OPENED		the operation runs for the first time
 *		LIVE		in the lists of streams; subscribed
 *		OVER		nothing more is written
 */
#include "postgres.h"

#include <time.h>

#include "lib/ilist.h"
#include "lib/pairingheap.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/worker/auth.h"
#include "gqle/worker/conn_sse.h"
#include "gqle/worker/live.h"

#define KEEP_FRAME_BYTES	(1024 * 1024)
#define KEEPALIVE			":\n\n"

typedef enum EventsState
{
	EVENTS_OPENED,
	EVENTS_LIVE,
	EVENTS_OVER
} EventsState;

struct GqleEvents
{
	EventsState state;
	GqleExchange *x;
	GqleEndpoint endpoint;
	GqleSession *session;
	GqleSubscriber subscriber;
	dlist_node	node;			/* in streams, if LIVE */
	int64		told_at;		/* last keep-alive, ms */
	pairingheap_node expiry_node;	/* in expiries, if LIVE and it expires */
};

static MemoryContext events_context;
static StringInfoData frame;	/* an event to be sent */
static dlist_head streams;		/* by told_at */
static pairingheap *expiries;

static bool tell_change(GqleSubscriber *subscriber, bool is_error,
						const char *body, int len);
static int	compare_expiries(const pairingheap_node *a,
							 const pairingheap_node *b, void *arg);

static int64
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64
keepalive_ms(void)
{
	return (int64) gqle_guc_websocket_keepalive * 1000;
}

void
gqle_conn_sse_start(void)
{
	MemoryContext old;

	events_context = AllocSetContextCreate(TopMemoryContext, "gqle events",
										   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(events_context);
	initStringInfo(&frame);
	expiries = pairingheap_allocate(compare_expiries, NULL);
	MemoryContextSwitchTo(old);
	dlist_init(&streams);
}

/* The heap has its largest on top: the one that expires first. */
static int
compare_expiries(const pairingheap_node *a, const pairingheap_node *b, void *arg)
{
	int64		first = pairingheap_const_container(GqleEvents, expiry_node, a)->session->expires_at;
	int64		second = pairingheap_const_container(GqleEvents, expiry_node, b)->session->expires_at;

	return first < second ? 1 : first > second ? -1 : 0;
}

GqleEvents *
gqle_conn_sse_open(GqleExchange *x, GqleEndpoint endpoint,
				   const GqleSession *session)
{
	GqleEvents *events = MemoryContextAllocZero(events_context, sizeof(*events));

	events->x = x;
	events->endpoint = endpoint;
	events->session = gqle_session_copy(session, events_context);
	return events;
}

/* Nothing more is written. */
static void
leave(GqleEvents *events)
{
	if (events->state == EVENTS_LIVE)
	{
		gqle_live_leave(&events->subscriber);
		dlist_delete(&events->node);
		if (events->session->expires_at != 0)
			pairingheap_remove(expiries, &events->expiry_node);
	}
	events->state = EVENTS_OVER;
}

void
gqle_conn_sse_close(GqleEvents *events)
{
	leave(events);
	pfree(events->session);
	pfree(events);
}

/* ------------------------------------------------------------------------
 * Events
 * ------------------------------------------------------------------------ */

/*
 * Make an event of a result, in the frame buffer: JSON may hold line ends,
 * between its parts, and each line of an event's data has a name of its own.
 */
static void
make_next(const char *body, int len)
{
	const char *end = body + len;

	resetStringInfo(&frame);
	appendStringInfoString(&frame, "event: next\n");
	while (body < end)
	{
		const char *stop = body;

		while (stop < end && *stop != '\n' && *stop != '\r')
			stop++;
		appendStringInfoString(&frame, "data: ");
		appendBinaryStringInfo(&frame, body, stop - body);
		appendStringInfoChar(&frame, '\n');
		body = stop + 1;
	}
	appendStringInfoChar(&frame, '\n');
}

static void
send_frame(GqleEvents *events)
{
	gqle_httpd_stream_write(events->x, frame.data, frame.len);
	if (frame.maxlen <= KEEP_FRAME_BYTES)
		return;
	pfree(frame.data);
	frame.data = MemoryContextAlloc(events_context, 1024);
	frame.maxlen = 1024;
	resetStringInfo(&frame);
}

static void
complete(GqleEvents *events)
{
	static const char text[] = "event: complete\ndata: \n\n";

	leave(events);
	gqle_httpd_stream_write(events->x, text, sizeof(text) - 1);
	gqle_httpd_stream_end(events->x, true);
}

static void
cut_off(GqleEvents *events)
{
	leave(events);
	gqle_httpd_stream_end(events->x, false);
}

void
gqle_conn_sse_answer(GqleEvents *events, const GqleReply *reply,
					 const GqleCall *outcome, const char *body, int len)
{
	GqleExchange *x = events->x;
	GqleCall	call = *outcome;
	bool		is_silent = outcome->is_live && gqle_live_is_silent(outcome);

	call.endpoint = events->endpoint;
	call.over_socket = true;
	call.session = events->session;
	call.body = x->body;
	call.body_len = x->body_len;

	/* the answer may lie in x->out, which is the stream's once it begins */
	make_next(body, len);
	if (call.is_live && !call.is_error && !call.is_final)
	{
		gqle_live_join(&events->subscriber, tell_change, &call, body, len);
		events->state = EVENTS_LIVE;
		events->told_at = clock_ms();
		dlist_push_tail(&streams, &events->node);
		if (events->session->expires_at != 0)
			pairingheap_add(expiries, &events->expiry_node);
	}
	gqle_httpd_stream_begin(x, reply);
	if (!is_silent)
		send_frame(events);
	if (events->state != EVENTS_LIVE)
		complete(events);
}

/* A subscription's answer has changed; GqleLiveHandler. */
static bool
tell_change(GqleSubscriber *subscriber, bool is_error, const char *body, int len)
{
	GqleEvents *events = (GqleEvents *) ((char *) subscriber -
										 offsetof(GqleEvents, subscriber));

	if (gqle_httpd_stream_is_congested(events->x))
		return false;
	make_next(body, len);
	send_frame(events);
	if (is_error || gqle_live_is_final(subscriber))
		complete(events);
	return true;
}

/* ------------------------------------------------------------------------
 * Time and change
 * ------------------------------------------------------------------------ */

void
gqle_conn_sse_end_all(void)
{
	while (!dlist_is_empty(&streams))
		cut_off(dlist_head_element(GqleEvents, node, &streams));
}

static GqleEvents *
first_to_expire(void)
{
	return pairingheap_container(GqleEvents, expiry_node,
								 pairingheap_first(expiries));
}

long
gqle_conn_sse_timeout(void)
{
	int64		timeout = 10000;

	if (!dlist_is_empty(&streams) && keepalive_ms() > 0)
		timeout = dlist_head_element(GqleEvents, node, &streams)->told_at +
			keepalive_ms() - clock_ms() + 5;
	if (!pairingheap_is_empty(expiries))
		timeout = Min(timeout, (first_to_expire()->session->expires_at -
								gqle_auth_now()) / 1000 + 1);
	return Max(timeout, 0);
}

/* All have the same interval, so the list stays in order of time. */
static void
send_keepalives(void)
{
	int64		now = clock_ms();

	while (!dlist_is_empty(&streams) && keepalive_ms() > 0)
	{
		GqleEvents *events = dlist_head_element(GqleEvents, node, &streams);

		if (now - events->told_at < keepalive_ms())
			break;
		dlist_delete(&events->node);
		dlist_push_tail(&streams, &events->node);
		events->told_at = now;
		if (!gqle_httpd_stream_is_congested(events->x))
			gqle_httpd_stream_write(events->x, KEEPALIVE, strlen(KEEPALIVE));
	}
}

void
gqle_conn_sse_turn(void)
{
	if (dlist_is_empty(&streams))
		return;
	send_keepalives();
	while (!pairingheap_is_empty(expiries) &&
		   first_to_expire()->session->expires_at <= gqle_auth_now())
		cut_off(first_to_expire());
}
