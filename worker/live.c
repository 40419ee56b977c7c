/*
 * live.c
 *		Live queries and streams by polling.
 *
 * A *live* is an operation with everything that its answer depends on: who asks
 * and what.  Subscribers that agree in all of it share one.  It is run, like any
 * call, inline or in the lane, and once more when the refetch interval has
 * passed since its end; each subscriber is told an answer whose bytes differ
 * from what it was told last.  So a subscriber that takes nothing misses
 * intermediate states and sees the newest when it does.
 *
 *		WAITING		in a list by the time when it is due
 *		RUNNING		in the lane
 *
 * A *stream* is a live that also has a cursor: it asks for the rows after it.
 * Once they were told, its subscribers belong to the stream whose cursor is that
 * of the last row, made if there is none; who could not take them stays where he
 * is and will be asked again, so that no row is lost.  Streams that meet at a
 * cursor become one.  No rows are no news.
 *
 * Errors are answers, too.  An operation that can't be run for want of room in
 * the lane is left for the next time.
 */
#include "postgres.h"

#include <time.h>

#include "common/hashfn.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/metrics.h"
#include "gqle/base/random_id.h"
#include "gqle/exec/execute.h"
#include "gqle/worker/lane.h"
#include "gqle/worker/live.h"
#include "gqle/worker/live_log.h"

#define TURN_MS			10		/* others want to be served, too */
#define KEEP_OUT_BYTES	(1024 * 1024)

/* Lives of one kind have one interval, so each kind's list is in order of time. */
typedef enum LiveKind
{
	LIVE_QUERY,
	LIVE_STREAM
} LiveKind;

#define N_KINDS			(LIVE_STREAM + 1)

struct GqleLive
{
	LiveKind	kind;
	dlist_node	node;			/* in due, if waiting */
	GqleLive   *next;			/* of the same hash */
	uint64		hash;			/* of key */
	dlist_head	subscribers;
	int			n_subscribers;
	bool		is_running;
	bool		is_telling;		/* not to be freed meanwhile */
	bool		is_in_error;	/* its last run failed */
	int64		began;			/* the last run, us */
	char		id[GQLE_UUID_TEXT_LEN + 1]; /* for the log */
	GqleTicket	ticket;
	int64		due;			/* ms */
	GqleCall	call;
	GqleSession session;
	int			key_len;
	char	   *key;			/* follows; texts of call and session are in it */
};

typedef struct Bucket
{
	uint64		hash;
	GqleLive   *first;
} Bucket;

static MemoryContext live_context;
static HTAB *lives;
static dlist_head due[N_KINDS];
static StringInfoData out;		/* answers of inline runs */
static StringInfoData key;		/* being made */
static GqleSubscriber *being_told;	/* NULL once it has left */

static void take_answer(void *owner, const GqleAnswer *answer);

static int64
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64
clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static uint64
hash_text(const char *text, int len)
{
	return hash_bytes_extended((const unsigned char *) text, len, 0);
}

void
gqle_live_start(void)
{
	HASHCTL		info = {0};
	MemoryContext old;

	live_context = AllocSetContextCreate(TopMemoryContext, "gqle live",
										 ALLOCSET_DEFAULT_SIZES);
	info.keysize = sizeof(uint64);
	info.entrysize = sizeof(Bucket);
	info.hcxt = live_context;
	lives = hash_create("gqle live", 256, &info,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (int kind = 0; kind < N_KINDS; kind++)
		dlist_init(&due[kind]);
	old = MemoryContextSwitchTo(live_context);
	initStringInfo(&out);
	initStringInfo(&key);
	MemoryContextSwitchTo(old);
}

/* ------------------------------------------------------------------------
 * Who asks what
 * ------------------------------------------------------------------------ */

static void
append_text(StringInfo to, const char *text, int len)
{
	appendBinaryStringInfo(to, text, len);
	appendStringInfoChar(to, '\0');
}

/* Everything that an answer depends on, one text after the other. */
static void
make_key(const GqleCall *call, const char *cursor)
{
	const GqleSession *session = call->session;

	resetStringInfo(&key);
	append_text(&key, call->body, call->body_len);
	append_text(&key, session->role, strlen(session->role));
	for (int i = 0; i < session->n_variables; i++)
	{
		const GqleSessionVariable *v = &session->variables[i];

		append_text(&key, v->name, strlen(v->name));
		append_text(&key, v->value, strlen(v->value));
	}
	appendStringInfoChar(&key, 'a' + call->endpoint);
	appendStringInfoChar(&key, session->is_admin ? 'a' : '-');
	appendStringInfoChar(&key, session->backend_only ? 'b' : '-');
	appendStringInfoChar(&key, cursor != NULL ? 'c' : '-');
	if (cursor != NULL)
		append_text(&key, cursor, strlen(cursor));
}

/* A call made of the key of a live, as call is. */
static void
point_into_key(GqleLive *live, const GqleCall *call, bool has_cursor)
{
	const char *place = live->key;
	GqleSession *session = &live->session;

	live->call.endpoint = call->endpoint;
	live->call.over_socket = true;
	live->call.origin.is_admitted = true;	/* counted when it began */
	live->call.session = session;
	live->call.body = place;
	live->call.body_len = call->body_len;
	place += call->body_len + 1;

	*session = *call->session;
	session->variables = MemoryContextAlloc(live_context,
											sizeof(GqleSessionVariable) *
											Max(session->n_variables, 1));
	session->role = place;
	place += strlen(place) + 1;
	for (int i = 0; i < session->n_variables; i++)
	{
		session->variables[i].name = place;
		place += strlen(place) + 1;
		session->variables[i].value = place;
		place += strlen(place) + 1;
	}
	/* endpoint and three flags lie before it */
	live->call.cursor = has_cursor ? place + 4 : NULL;
}

static int
interval_ms(LiveKind kind)
{
	return kind == LIVE_STREAM ?
		gqle_guc_streaming_queries_multiplexed_refetch_interval :
		gqle_guc_live_queries_multiplexed_refetch_interval;
}

static void
wait_until_due(GqleLive *live)
{
	live->is_running = false;
	live->due = clock_ms() + interval_ms(live->kind);
	dlist_push_tail(&due[live->kind], &live->node);
}

/*
 * The live of a call, made if there is none; of a stream, the one that goes on
 * from the cursor, or from its initial value.
 */
static GqleLive *
get_live(const GqleCall *call, LiveKind kind, const char *cursor)
{
	uint64		hash;
	Bucket	   *bucket;
	GqleLive   *live;
	bool		found;

	make_key(call, cursor);
	hash = hash_text(key.data, key.len);
	bucket = hash_search(lives, &hash, HASH_ENTER, &found);
	if (!found)
		bucket->first = NULL;
	for (live = bucket->first; live != NULL; live = live->next)
	{
		if (live->key_len == key.len && memcmp(live->key, key.data, key.len) == 0)
			return live;
	}

	live = MemoryContextAllocZero(live_context, sizeof(*live));
	live->key = MemoryContextAllocHuge(live_context, key.len);
	memcpy(live->key, key.data, key.len);
	live->key_len = key.len;
	live->hash = hash;
	live->next = bucket->first;
	bucket->first = live;
	dlist_init(&live->subscribers);
	live->kind = kind;
	gqle_random_uuid(live->id);
	gqle_metrics_add(GQLE_METRIC_POLLERS + kind, 1);
	point_into_key(live, call, cursor != NULL);
	wait_until_due(live);
	return live;
}

/* Did the last run fail? */
static void
note_error(GqleLive *live, bool is_error)
{
	if (live->is_in_error != is_error)
		gqle_metrics_add(GQLE_METRIC_POLLERS_IN_ERROR + live->kind, is_error ? 1 : -1);
	live->is_in_error = is_error;
}

static void
free_live(GqleLive *live)
{
	Bucket	   *bucket = hash_search(lives, &live->hash, HASH_FIND, NULL);
	GqleLive  **link = &bucket->first;

	while (*link != live)
		link = &(*link)->next;
	*link = live->next;
	if (bucket->first == NULL)
		(void) hash_search(lives, &live->hash, HASH_REMOVE, NULL);

	note_error(live, false);
	gqle_metrics_add(GQLE_METRIC_POLLERS + live->kind, -1);
	if (live->is_running)
		gqle_lane_cancel(live->ticket);
	else
		dlist_delete(&live->node);
	pfree(live->session.variables);
	pfree(live->key);
	pfree(live);
}

static void
add_subscriber(GqleLive *live, GqleSubscriber *subscriber)
{
	subscriber->live = live;
	dlist_push_tail(&live->subscribers, &subscriber->node);
	live->n_subscribers++;
	gqle_metrics_add(GQLE_METRIC_SUBSCRIPTIONS + live->kind, 1);
}

static void
take_subscriber(GqleLive *live, GqleSubscriber *subscriber)
{
	subscriber->live = NULL;
	dlist_delete(&subscriber->node);
	live->n_subscribers--;
	gqle_metrics_add(GQLE_METRIC_SUBSCRIPTIONS + live->kind, -1);
}

/* No rows of a stream; or nothing at all, where that is asked for. */
bool
gqle_live_is_silent(const GqleCall *call)
{
	if (call->is_error)
		return false;
	if (call->is_stream)
		return call->next_cursor == NULL;
	return call->is_empty &&
		gqle_guc_has_feature(GQLE_FEATURE_REMOVE_EMPTY_SUBSCRIPTION_RESPONSES);
}

void
gqle_live_join(GqleSubscriber *subscriber, GqleLiveHandler handler,
			   const GqleCall *call, const char *body, int len)
{
	subscriber->handler = handler;
	subscriber->hash = gqle_live_is_silent(call) ? 0 : hash_text(body, len);
	add_subscriber(get_live(call, call->is_stream ? LIVE_STREAM : LIVE_QUERY,
							call->next_cursor), subscriber);
}

void
gqle_live_leave(GqleSubscriber *subscriber)
{
	GqleLive   *live = subscriber->live;

	if (live == NULL)
		return;
	if (subscriber == being_told)
		being_told = NULL;
	take_subscriber(live, subscriber);
	if (live->n_subscribers == 0 && !live->is_telling)
		free_live(live);
}

/* ------------------------------------------------------------------------
 * Running
 * ------------------------------------------------------------------------ */

/*
 * Tell an answer to those who don't know it.  Who was told the next rows of a
 * stream goes on where they end.
 */
static void
tell_each(GqleLive *live, GqleLive *next, const char *body, int len)
{
	uint64		hash = hash_text(body, len);
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &live->subscribers)
	{
		GqleSubscriber *s = dlist_container(GqleSubscriber, node, iter.cur);

		if (next == NULL && s->hash == hash)
			continue;
		being_told = s;
		if (!s->handler(s, live->call.is_error, body, len) || being_told == NULL)
			continue;
		s->hash = hash;
		if (next == NULL)
			continue;
		take_subscriber(live, s);
		add_subscriber(next, s);
	}
	being_told = NULL;
}

/* Count a run that was told, and log it. */
static void
account_for(const GqleLive *live, int64 ran_at, int n_subscribers, const char *body, int len)
{
	int64		now = clock_us();
	GqleLiveRun run = {.id = live->id,.is_stream = live->kind == LIVE_STREAM,
		.role = live->session.role,.n_subscribers = n_subscribers,
		.run_us = ran_at - live->began,.push_us = now - ran_at,
		.is_error = live->is_in_error,.answer = body,.answer_len = len,
	.sql = body == out.data ? gqle_execute_shown_statement() : NULL};

	gqle_metrics_observe(GQLE_HISTOGRAM_SUBSCRIPTION + live->kind, now - live->began);
	gqle_metrics_observe(GQLE_HISTOGRAM_SUBSCRIPTION_RUN + live->kind, run.run_us);
	if (gqle_live_log_is_wanted())
		gqle_live_log_write(&run);
}

/* Pass on the answer that a live's call has got; the live may be gone after. */
static void
tell_subscribers(GqleLive *live, const char *body, int len)
{
	GqleCall   *call = &live->call;
	GqleLive   *next = NULL;
	int64		ran_at = clock_us();
	int			n_subscribers = live->n_subscribers;

	note_error(live, call->is_error);
	if (gqle_live_is_silent(call))
	{
		account_for(live, ran_at, n_subscribers, body, len);
		return;
	}
	if (live->kind == LIVE_STREAM && !call->is_error)
		next = get_live(call, LIVE_STREAM, call->next_cursor);
	live->is_telling = true;
	tell_each(live, next, body, len);
	live->is_telling = false;
	account_for(live, ran_at, n_subscribers, body, len);
	if (live->n_subscribers == 0)
		free_live(live);
	if (next != NULL && next->n_subscribers == 0)
		free_live(next);
}

/* Let go of a buffer that grew too large. */
static void
trim_out(void)
{
	if (out.maxlen <= KEEP_OUT_BYTES)
		return;
	pfree(out.data);
	out.data = MemoryContextAlloc(live_context, 1024);
	out.maxlen = 1024;
	resetStringInfo(&out);
}

/* Run a live that is due and in no list. */
static void
run_live(GqleLive *live)
{
	GqleCall   *call = &live->call;

	resetStringInfo(&out);
	call->out = &out;
	live->began = clock_us();
	if (gqle_guc_inline_cost_limit > 0)
	{
		call->place = GQLE_PLACE_INLINE;
		if (gqle_call_run(call) == GQLE_CALL_DONE)
		{
			gqle_metrics_add(GQLE_METRIC_INLINE, 1);
			wait_until_due(live);
			tell_subscribers(live, out.data, out.len);
			trim_out();
			return;
		}
	}
	call->place = GQLE_PLACE_LANE;
	if (gqle_lane_submit(call, take_answer, live, &live->ticket))
		live->is_running = true;
	else
		wait_until_due(live);
}

/* The answer of an executor; GqleLaneHandler. */
static void
take_answer(void *owner, const GqleAnswer *answer)
{
	GqleLive   *live = owner;

	wait_until_due(live);
	if (answer->is_lost)
		return;
	gqle_lane_take_answer(answer, &live->call);
	tell_subscribers(live, answer->body, answer->body_len);
	gqle_channel_free_answer(answer);
}

long
gqle_live_timeout(void)
{
	int64		now = clock_ms();
	int64		first = now + 10000;

	for (int kind = 0; kind < N_KINDS; kind++)
	{
		if (!dlist_is_empty(&due[kind]))
			first = Min(first, dlist_head_element(GqleLive, node, &due[kind])->due);
	}
	return Max(0, first - now + 1);
}

/* Run what is due of one kind. */
static void
run_due(LiveKind kind)
{
	int64		began = clock_ms();

	while (!dlist_is_empty(&due[kind]))
	{
		GqleLive   *live = dlist_head_element(GqleLive, node, &due[kind]);
		int64		now = clock_ms();

		/* the interval may have been made shorter meanwhile */
		live->due = Min(live->due, now + interval_ms(kind));
		if (live->due > now || now - began >= TURN_MS)
			break;
		dlist_delete(&live->node);
		run_live(live);
	}
}

void
gqle_live_turn(void)
{
	for (int kind = 0; kind < N_KINDS; kind++)
	{
		if (!dlist_is_empty(&due[kind]))
			run_due(kind);
	}
}
