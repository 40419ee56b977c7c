/*
 * live.c
 *		Live queries and streams: run when what they read has changed.
 *
 * A *live* is an operation with everything that its answer depends on: who asks
 * and what.  Subscribers that agree in all of it share one.  It is run, like any
 * call, inline or in the lane; each subscriber is told an answer whose bytes differ
 * from what it was told last.  So a subscriber that takes nothing misses
 * intermediate states and sees the newest when it does.
 *
 *		WAITING		in a heap by the time when it is due
 *		QUEUED		due, and to be run in the lane when others have come back: all
 *					lives together leave room there for requests
 *		RUNNING		in the lane
 *
 * Every run says what its answer depends on (reads.h).  A commit that changes any
 * of it makes the live due at once, or, if it has just been run, after a while
 * that grows with what a run costs: gqle.live_min_interval at least, the refetch
 * interval at most.  Otherwise it rests, until gqle.live_safety_interval has passed.
 * One that depends on more than can be watched, and one that failed, is run at
 * the refetch interval.  So is everything after changes of system catalogs: a
 * function or a view may mean something else now.
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

#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "common/hashfn.h"
#include "lib/pairingheap.h"
#include "port/pg_bitutils.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "gqle/base/changes.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_read.h"
#include "gqle/base/json_write.h"
#include "gqle/base/metrics.h"
#include "gqle/base/random_id.h"
#include "gqle/exec/execute.h"
#include "gqle/worker/lane.h"
#include "gqle/worker/live.h"
#include "gqle/worker/live_log.h"

#define TURN_US			10000	/* others want to be served, too */
#define KEEP_OUT_BYTES	(1024 * 1024)
#define COST_FACTOR		10		/* rest that many times the length of a run */
#define CROWD_FACTOR	4		/* and the length of all runs for one change */
#define WORD_BITS		32

typedef enum LiveState
{
	LIVE_WAITING,
	LIVE_QUEUED,
	LIVE_RUNNING
} LiveState;

typedef enum LiveKind
{
	LIVE_QUERY,
	LIVE_STREAM
} LiveKind;

/* Of a live in the list of a slot. */
typedef struct Link
{
	dlist_node	node;
	GqleLive   *live;
} Link;

/* Of the changes, as far as this process cares. */
typedef struct Slot
{
	dlist_head	links;
	int			n_links;
	GqleMoment	seen;			/* the moment last found there */
} Slot;

struct GqleLive
{
	LiveKind	kind;
	LiveState	state;
	pairingheap_node node;		/* WAITING: in waiting */
	dlist_node	queue_node;		/* QUEUED: in queue */
	GqleLive   *next;			/* of the same hash */
	uint64		hash;			/* of key */
	dlist_head	subscribers;
	int			n_subscribers;
	bool		is_telling;		/* not to be freed meanwhile */
	bool		is_owing;		/* somebody could not be told */
	bool		is_in_error;	/* its last run failed */
	char		id[GQLE_UUID_TEXT_LEN + 1]; /* for the log */
	GqleTicket	ticket;
	int64		began;			/* us, its last run */
	int64		spacing;		/* us, to the next one if there are changes */
	int64		ended;
	int64		due;			/* us */
	uint64		answer_hash;	/* of its last answer */
	GqleReads	reads;
	int			n_links;
	Link	   *links;			/* in the lists of its slots */
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
static pairingheap *waiting;	/* earliest first */
static dlist_head queue;		/* for the lane */
static int	n_in_lane = 0;
static Slot *slots;
static uint32 watched[GQLE_N_CHANGE_SLOTS / WORD_BITS];	/* slots with links */
static double run_us;			/* what a run takes, on average */
static int64 next_look;			/* us; slots are not looked at before then */
static int	catalog_slots[3];
static int	known_intervals[4];	/* settings, as they were in the last turn */
static StringInfoData out;		/* answers of inline runs */
static StringInfoData key;		/* being made */
static GqleSubscriber *being_told;	/* NULL once it has left */

static void take_answer(void *owner, const GqleAnswer *answer);
static void watch(int slot, bool on);

static int64
clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* The live that is due first, or NULL. */
static GqleLive *
first_waiting(void)
{
	return pairingheap_is_empty(waiting) ? NULL :
		pairingheap_container(GqleLive, node, pairingheap_first(waiting));
}

static int
compare_due(const pairingheap_node *a, const pairingheap_node *b, void *arg)
{
	int64		x = pairingheap_const_container(GqleLive, node, a)->due;
	int64		y = pairingheap_const_container(GqleLive, node, b)->due;

	return x < y ? 1 : x > y ? -1 : 0;
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
	old = MemoryContextSwitchTo(live_context);
	waiting = pairingheap_allocate(compare_due, NULL);
	dlist_init(&queue);
	slots = palloc0(sizeof(Slot) * GQLE_N_CHANGE_SLOTS);
	for (int i = 0; i < GQLE_N_CHANGE_SLOTS; i++)
		dlist_init(&slots[i].links);
	initStringInfo(&out);
	initStringInfo(&key);
	MemoryContextSwitchTo(old);
	gqle_changes_register();
	catalog_slots[0] = gqle_changes_slot(RelationRelationId);
	catalog_slots[1] = gqle_changes_slot(AttributeRelationId);
	catalog_slots[2] = gqle_changes_slot(ProcedureRelationId);
	for (int i = 0; i < (int) lengthof(catalog_slots); i++)
		watch(catalog_slots[i], true);
}

/* ------------------------------------------------------------------------
 * When a live is due
 * ------------------------------------------------------------------------ */

static int64
interval_us(LiveKind kind)
{
	return (int64) 1000 * (kind == LIVE_STREAM ?
						   gqle_guc_streaming_queries_multiplexed_refetch_interval :
						   gqle_guc_live_queries_multiplexed_refetch_interval);
}

static int64
min_interval_us(void)
{
	return (int64) gqle_guc_live_min_interval * 1000;
}

/* Is it run by the clock only? */
static bool
is_polled(const GqleLive *live)
{
	return live->reads.is_opaque || live->call.is_error;
}

/* Has something that it read changed since? */
static bool
is_stale(const GqleLive *live)
{
	for (int i = 0; i < live->reads.n; i++)
		if (gqle_changes_last(live->reads.slots[i]) > live->reads.moment)
			return true;
	return false;
}

/* Make a waiting live due at a time, if it would be later. */
static void
advance(GqleLive *live, int64 due)
{
	if (live->state != LIVE_WAITING || live->due <= due)
		return;
	pairingheap_remove(waiting, &live->node);
	live->due = due;
	pairingheap_add(waiting, &live->node);
}

/* A live waits for its turn. */
static void
wait_for_turn(GqleLive *live)
{
	int64		now = clock_us();
	int64		interval = interval_us(live->kind);

	live->state = LIVE_WAITING;
	live->ended = now;
	if (is_polled(live))
		live->due = now + interval;
	else if (is_stale(live))
		live->due = now + live->spacing;
	else
		live->due = now + (int64) gqle_guc_live_safety_interval * 1000000;
	if (live->is_owing)
		live->due = Min(live->due, now + interval);
	pairingheap_add(waiting, &live->node);
}

/* The same after something went wrong that tells nothing about its answer. */
static void
wait_for_another_try(GqleLive *live)
{
	wait_for_turn(live);
	advance(live, live->ended + interval_us(live->kind));
}

static bool
is_catalog_slot(int slot)
{
	for (int i = 0; i < (int) lengthof(catalog_slots); i++)
		if (catalog_slots[i] == slot)
			return true;
	return false;
}

/* Watch a slot or no longer; those of system catalogs are never let go. */
static void
watch(int slot, bool on)
{
	uint32		bit = (uint32) 1 << (slot % WORD_BITS);

	if (on)
		watched[slot / WORD_BITS] |= bit;
	else
		watched[slot / WORD_BITS] &= ~bit;
	gqle_changes_watch(slot, on);
}

/* Leave the lists of the slots that a live reads. */
static void
unlink_reads(GqleLive *live)
{
	for (int i = 0; i < live->n_links; i++)
	{
		int			slot = live->reads.slots[i];

		dlist_delete(&live->links[i].node);
		if (--slots[slot].n_links == 0 && !is_catalog_slot(slot))
			watch(slot, false);
	}
	if (live->links != NULL)
		pfree(live->links);
	live->links = NULL;
	live->n_links = 0;
}

/* Take over what the answer of a call depends on. */
static void
link_reads(GqleLive *live, const GqleReads *reads)
{
	if (live->n_links == reads->n &&
		memcmp(live->reads.slots, reads->slots, sizeof(reads->slots[0]) * reads->n) == 0)
	{
		live->reads = *reads;
		return;
	}
	unlink_reads(live);
	live->reads = *reads;
	live->n_links = reads->n;
	live->links = MemoryContextAlloc(live_context, sizeof(Link) * Max(reads->n, 1));
	for (int i = 0; i < reads->n; i++)
	{
		Slot	   *slot = &slots[reads->slots[i]];

		live->links[i].live = live;
		dlist_push_tail(&slot->links, &live->links[i].node);
		if (slot->n_links++ == 0)
			watch(reads->slots[i], true);
	}
}

/*
 * How long a live rests before it is run again for changes.  Those that are many
 * rest as long as all of them together deserve.
 */
static int64
spacing_us(const GqleLive *live, int64 duration)
{
	int64		spacing = Max(duration * COST_FACTOR, min_interval_us());

	/* the first is that of the metadata, which everything reads */
	for (int i = 1; i < live->reads.n; i++)
	{
		int64		of_all = run_us * slots[live->reads.slots[i]].n_links * CROWD_FACTOR;

		spacing = Max(spacing, of_all);
	}
	return Min(spacing, interval_us(live->kind));
}

/* A live has been run: note what it cost, and what its answer depends on. */
static void
end_run(GqleLive *live)
{
	int64		duration = clock_us() - live->began;

	run_us += (duration - run_us) / 16;
	link_reads(live, &live->call.reads);
	live->spacing = spacing_us(live, duration);
	wait_for_turn(live);
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
	link_reads(live, &call->reads);
	live->spacing = min_interval_us();
	wait_for_turn(live);
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
	switch (live->state)
	{
		case LIVE_WAITING:
			pairingheap_remove(waiting, &live->node);
			break;
		case LIVE_QUEUED:
			dlist_delete(&live->queue_node);
			break;
		case LIVE_RUNNING:
			gqle_lane_cancel(live->ticket);
			n_in_lane--;
			break;
	}
	unlink_reads(live);
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
	GqleLive   *live = get_live(call, call->is_stream ? LIVE_STREAM : LIVE_QUERY,
								call->next_cursor);

	subscriber->handler = handler;
	subscriber->hash = gqle_live_is_silent(call) ? 0 : hash_text(body, len);
	add_subscriber(live, subscriber);
	if (live->kind == LIVE_STREAM)
	{
		/* there may be more rows than those of the first batch */
		if (call->next_cursor != NULL)
			advance(live, clock_us() + min_interval_us());
	}
	else if (live->n_subscribers == 1)
		live->answer_hash = subscriber->hash;
	else if (live->answer_hash != subscriber->hash)
		advance(live, live->ended + live->spacing);
}

bool
gqle_live_is_final(const GqleSubscriber *subscriber)
{
	return subscriber->live->call.is_final;
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
 * Tell an answer to those who don't know it; false if some could not take it.
 * Who was told the next rows of a stream goes on where they end.
 */
static bool
tell_each(GqleLive *live, GqleLive *next, const char *body, int len)
{
	uint64		hash = hash_text(body, len);
	bool		all_told = true;
	dlist_mutable_iter iter;

	live->answer_hash = hash;

	dlist_foreach_modify(iter, &live->subscribers)
	{
		GqleSubscriber *s = dlist_container(GqleSubscriber, node, iter.cur);

		if (next == NULL && s->hash == hash)
			continue;
		being_told = s;
		if (!s->handler(s, live->call.is_error, body, len))
		{
			all_told = false;
			continue;
		}
		if (being_told == NULL)
			continue;
		s->hash = hash;
		if (next == NULL)
			continue;
		take_subscriber(live, s);
		add_subscriber(next, s);
	}
	being_told = NULL;
	return all_told;
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
	{
		next = get_live(call, LIVE_STREAM, call->next_cursor);
		advance(next, clock_us() + min_interval_us());
	}
	live->is_telling = true;
	live->is_owing = !tell_each(live, next, body, len);
	live->is_telling = false;
	account_for(live, ran_at, n_subscribers, body, len);
	if (live->n_subscribers == 0)
		free_live(live);
	else if (live->is_owing)
		advance(live, live->ended + interval_us(live->kind));
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

/* Send those that were queued to the lane, as far as there is room for lives. */
static void
run_queue(void)
{
	while (!dlist_is_empty(&queue) && n_in_lane < Max(gqle_guc_executors_max / 2, 1))
	{
		GqleLive   *live = dlist_container(GqleLive, queue_node, dlist_pop_head_node(&queue));

		live->began = clock_us();
		live->call.place = GQLE_PLACE_LANE;
		if (gqle_lane_submit(&live->call, take_answer, live, &live->ticket))
		{
			live->state = LIVE_RUNNING;
			n_in_lane++;
		}
		else
			wait_for_another_try(live);
	}
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
			end_run(live);
			tell_subscribers(live, out.data, out.len);
			trim_out();
			return;
		}
	}
	live->state = LIVE_QUEUED;
	dlist_push_tail(&queue, &live->queue_node);
	run_queue();
}

/* The answer of an executor; GqleLaneHandler. */
static void
take_answer(void *owner, const GqleAnswer *answer)
{
	GqleLive   *live = owner;

	n_in_lane--;
	if (answer->is_lost)
	{
		wait_for_another_try(live);
		run_queue();
		return;
	}
	gqle_lane_take_answer(answer, &live->call);
	end_run(live);
	tell_subscribers(live, answer->body, answer->body_len);
	gqle_channel_free_answer(answer);
	run_queue();
}

/* ------------------------------------------------------------------------
 * Time and change
 * ------------------------------------------------------------------------ */

/* Make every live due by a time from now at the latest. */
static void
advance_all(void)
{
	HASH_SEQ_STATUS status;
	Bucket	   *bucket;
	int64		now = clock_us();

	hash_seq_init(&status, lives);
	while ((bucket = hash_seq_search(&status)) != NULL)
	{
		for (GqleLive *live = bucket->first; live != NULL; live = live->next)
			advance(live, now + interval_us(live->kind));
	}
}

/* Those that read what is in a slot have to look again, if it changed since. */
static void
look_at_slot(int number, int64 now)
{
	Slot	   *slot = &slots[number];
	GqleMoment	last = gqle_changes_last(number);
	dlist_iter	iter;

	if (last == slot->seen)
		return;
	slot->seen = last;
	dlist_foreach(iter, &slot->links)
	{
		GqleLive   *live = dlist_container(Link, node, iter.cur)->live;

		if (last > live->reads.moment)
			advance(live, Max(now, live->ended + live->spacing));
	}
}

/* See what has changed, if there is news and the last look is some time ago. */
static void
look_at_changes(void)
{
	int64		now = clock_us();
	bool		is_catalog = false;

	if (!gqle_changes_are_due() || now < next_look)
		return;
	gqle_changes_listen();
	next_look = now + min_interval_us();
	for (int i = 0; i < (int) lengthof(catalog_slots); i++)
		is_catalog = is_catalog ||
			gqle_changes_last(catalog_slots[i]) != slots[catalog_slots[i]].seen;
	for (int word = 0; word < (int) lengthof(watched); word++)
	{
		uint32		bits = watched[word];

		while (bits != 0)
		{
			int			bit = pg_rightmost_one_pos32(bits);

			look_at_slot(word * WORD_BITS + bit, now);
			bits &= bits - 1;
		}
	}
	if (is_catalog)
		advance_all();
}

/* Settings of time hold at once, for those that wait, too. */
static void
follow_settings(void)
{
	int			intervals[4] = {
		gqle_guc_live_queries_multiplexed_refetch_interval,
		gqle_guc_streaming_queries_multiplexed_refetch_interval,
		gqle_guc_live_min_interval, gqle_guc_live_safety_interval
	};

	if (memcmp(intervals, known_intervals, sizeof(intervals)) == 0)
		return;
	memcpy(known_intervals, intervals, sizeof(intervals));
	advance_all();
}

long
gqle_live_timeout(void)
{
	int64		now = clock_us();
	int64		first = now + 10000000;

	if (!pairingheap_is_empty(waiting))
		first = Min(first, first_waiting()->due);
	if (gqle_changes_are_due())
		first = Min(first, next_look);
	return Max(0, (first - now + 999) / 1000);
}

void
gqle_live_turn(void)
{
	int64		began = clock_us();
	GqleLive   *live;

	follow_settings();
	look_at_changes();
	while ((live = first_waiting()) != NULL)
	{
		int64		now = clock_us();

		if (live->due > now || now - began >= TURN_US)
			break;
		pairingheap_remove(waiting, &live->node);
		run_live(live);
	}
}

/* ------------------------------------------------------------------------
 * For developers
 * ------------------------------------------------------------------------ */

/* What a live is run for: the operation's text, and for whom. */
static void
append_live(StringInfo to, const GqleLive *live, bool is_extended)
{
	GqleJsonError error;
	GqleJson   *request = gqle_json_parse(live->call.body, live->call.body_len, &error);
	GqleJson   *query = gqle_json_lookup(request, "query");

	appendStringInfoString(to, "{\"source\":\"default\",\"role\":");
	gqle_json_write_cstring(to, live->session.role);
	appendStringInfo(to, ",\"poller_id\":\"%s\",\"multiplexed_query\":", live->id);
	gqle_json_write_cstring(to, query != NULL && query->kind == GQLE_JSON_STRING ?
							query->text : "");
	appendStringInfo(to, ",\"is_in_error\":%s,\"cohorts\":",
					 live->is_in_error ? "true" : "false");
	if (is_extended)
	{
		appendStringInfoString(to, "[{\"variables\":{\"session\":");
		gqle_session_append_json(to, &live->session);
		appendStringInfoString(to, ",\"query\":");
		query = gqle_json_lookup(request, "variables");
		if (query != NULL)
			gqle_json_append(to, query);
		else
			appendStringInfoString(to, "null");
		appendStringInfo(to, "},\"cohort\":{\"subscribers\":%d}}]", live->n_subscribers);
	}
	else
		appendStringInfoString(to, "null");
	appendStringInfoChar(to, '}');
}

static void
append_kind(StringInfo to, LiveKind kind, bool is_extended)
{
	HASH_SEQ_STATUS seq;
	Bucket	   *bucket;
	bool		first = true;

	appendStringInfoChar(to, '[');
	hash_seq_init(&seq, lives);
	while ((bucket = hash_seq_search(&seq)) != NULL)
	{
		for (const GqleLive *live = bucket->first; live != NULL; live = live->next)
		{
			if (live->kind != kind)
				continue;
			if (!first)
				appendStringInfoChar(to, ',');
			first = false;
			append_live(to, live, is_extended);
		}
	}
	appendStringInfoChar(to, ']');
}

void
gqle_live_append(StringInfo to, bool is_extended)
{
	appendStringInfo(to, "{\"options\":{\"batch_size\":1,\"refetch_delay\":%g},\"live_queries_map\":",
					 interval_us(LIVE_QUERY) / 1e6);
	append_kind(to, LIVE_QUERY, is_extended);
	appendStringInfoString(to, ",\"stream_queries_map\":");
	append_kind(to, LIVE_STREAM, is_extended);
	appendStringInfo(to, ",\"stream_queries_options\":{\"batch_size\":1,\"refetch_delay\":%g}}",
					 interval_us(LIVE_STREAM) / 1e6);
}
