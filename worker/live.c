/*
 * live.c
 *		Live queries and streams: run when what they read has changed.
 *
 * A *live* is an operation with everything that its answer depends on: who asks
 * and what.  Subscribers that agree in all of it share one.  Each subscriber is told
 * an answer whose bytes differ from what it was told last.  So a subscriber that
 * takes nothing misses intermediate states and sees the newest when it does.
 *
 *		WAITING		in a heap by the time when it is due
 *		READY		due; in a list of live_run.c, as in the other states
 *		BATCHED		being run here, with others
 *		QUEUED		to be run in the lane when others have come back
 *		RUNNING		in the lane
 *
 * Every run says what its answer depends on (reads.h).  A commit that changes any
 * of it makes the live due at once, or, if it has just been run, after a while
 * that grows with what a run costs, and with what all costs that read the same:
 * gqle.live_min_interval at least, the refetch interval at most.  Otherwise it rests,
 * until gqle.live_safety_interval has passed.
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
#include "gqle/worker/live_parts.h"

#define TURN_US			10000	/* others want to be served, too */
#define COST_FACTOR		10		/* rest that many times the length of a run */
#define CROWD_FACTOR	4		/* and the length of all runs for one change */
#define WORD_BITS		32

/* Of the changes, as far as this process cares. */
typedef struct Slot
{
	dlist_head	links;
	int			n_links;
	int64		cost_ns;		/* of a run of all that are linked */
	GqleMoment	seen;			/* the moment last found there */
} Slot;

typedef struct Bucket
{
	uint64		hash;
	GqleLive   *first;
} Bucket;

MemoryContext gqle_live_memory;

static HTAB *lives;
static pairingheap *waiting;	/* earliest first */
static Slot *slots;
static uint32 watched[GQLE_N_CHANGE_SLOTS / WORD_BITS];	/* slots with links */
static int64 next_look;			/* us; slots are not looked at before then */
static int	catalog_slots[3];
static int	known_intervals[4];	/* settings, as they were in the last turn */
static StringInfoData key;		/* being made */

static void watch(int slot, bool on);

int64
gqle_live_clock(void)
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

uint64
gqle_live_hash(const char *text, int len)
{
	return hash_bytes_extended((const unsigned char *) text, len, 0);
}

void
gqle_live_start(void)
{
	HASHCTL		info = {0};
	MemoryContext old;

	gqle_live_memory = AllocSetContextCreate(TopMemoryContext, "gqle live",
										 ALLOCSET_DEFAULT_SIZES);
	info.keysize = sizeof(uint64);
	info.entrysize = sizeof(Bucket);
	info.hcxt = gqle_live_memory;
	lives = hash_create("gqle live", 256, &info,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	old = MemoryContextSwitchTo(gqle_live_memory);
	waiting = pairingheap_allocate(compare_due, NULL);
	slots = palloc0(sizeof(Slot) * GQLE_N_CHANGE_SLOTS);
	for (int i = 0; i < GQLE_N_CHANGE_SLOTS; i++)
		dlist_init(&slots[i].links);
	initStringInfo(&key);
	MemoryContextSwitchTo(old);
	gqle_live_run_start();
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

int64
gqle_live_interval(GqleLiveKind kind)
{
	return (int64) 1000 * (kind == GQLE_LIVE_STREAM ?
						   gqle_guc_streaming_queries_multiplexed_refetch_interval :
						   gqle_guc_live_queries_multiplexed_refetch_interval);
}

int64
gqle_live_min_interval(void)
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

void
gqle_live_advance(GqleLive *live, int64 due)
{
	if (live->state != GQLE_LIVE_WAITING || live->due <= due)
		return;
	pairingheap_remove(waiting, &live->node);
	live->due = due;
	pairingheap_add(waiting, &live->node);
}

/* A live waits for its turn. */
static void
wait_for_turn(GqleLive *live, int64 now)
{
	int64		interval = gqle_live_interval(live->kind);

	live->state = GQLE_LIVE_WAITING;
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

void
gqle_live_wait_for_another_try(GqleLive *live)
{
	wait_for_turn(live, gqle_live_clock());
	gqle_live_advance(live, live->ended + gqle_live_interval(live->kind));
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
		slots[slot].cost_ns -= live->cost_ns;
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
	live->links = MemoryContextAlloc(gqle_live_memory, sizeof(GqleLiveLink) * Max(reads->n, 1));
	for (int i = 0; i < reads->n; i++)
	{
		Slot	   *slot = &slots[reads->slots[i]];

		live->links[i].live = live;
		slot->cost_ns += live->cost_ns;
		dlist_push_tail(&slot->links, &live->links[i].node);
		if (slot->n_links++ == 0)
			watch(reads->slots[i], true);
	}
}

/* Note what a run of a live has cost. */
static void
note_cost(GqleLive *live, int64 duration_ns)
{
	int64		cost = live->cost_ns == 0 ? duration_ns :
		live->cost_ns + (duration_ns - live->cost_ns) / 4;

	for (int i = 0; i < live->n_links; i++)
		slots[live->reads.slots[i]].cost_ns += cost - live->cost_ns;
	live->cost_ns = cost;
}

/*
 * How long a live rests before it is run again for changes.  Those that are many
 * rest as long as all of them together deserve.
 */
static int64
spacing_us(const GqleLive *live, int64 duration_ns)
{
	int64		spacing = Max(duration_ns / 1000 * COST_FACTOR, gqle_live_min_interval());

	/* the first is that of the metadata, which everything reads */
	for (int i = 1; i < live->reads.n; i++)
	{
		int64		of_all = slots[live->reads.slots[i]].cost_ns / 1000 * CROWD_FACTOR;

		spacing = Max(spacing, of_all);
	}
	return Min(spacing, gqle_live_interval(live->kind));
}

void
gqle_live_end_run(GqleLive *live, int64 duration_ns, int64 now)
{
	link_reads(live, &live->call.reads);
	note_cost(live, duration_ns);
	live->spacing = spacing_us(live, duration_ns);
	wait_for_turn(live, now);
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
	session->variables = MemoryContextAlloc(gqle_live_memory,
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

GqleLive *
gqle_live_get(const GqleCall *call, GqleLiveKind kind, const char *cursor,
			  const GqleLive *like)
{
	uint64		hash;
	Bucket	   *bucket;
	GqleLive   *live;
	bool		found;

	make_key(call, cursor);
	hash = gqle_live_hash(key.data, key.len);
	bucket = hash_search(lives, &hash, HASH_ENTER, &found);
	if (!found)
		bucket->first = NULL;
	for (live = bucket->first; live != NULL; live = live->next)
	{
		if (live->key_len == key.len && memcmp(live->key, key.data, key.len) == 0)
			return live;
	}

	live = MemoryContextAllocZero(gqle_live_memory, sizeof(*live));
	live->key = MemoryContextAllocHuge(gqle_live_memory, key.len);
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
	gqle_live_join_group(live, like);
	link_reads(live, &call->reads);
	live->spacing = gqle_live_min_interval();
	wait_for_turn(live, gqle_live_clock());
	return live;
}

void
gqle_live_note_error(GqleLive *live, bool is_error)
{
	if (live->is_in_error != is_error)
		gqle_metrics_add(GQLE_METRIC_POLLERS_IN_ERROR + live->kind, is_error ? 1 : -1);
	live->is_in_error = is_error;
}

void
gqle_live_free(GqleLive *live)
{
	Bucket	   *bucket = hash_search(lives, &live->hash, HASH_FIND, NULL);
	GqleLive  **link = &bucket->first;

	while (*link != live)
		link = &(*link)->next;
	*link = live->next;
	if (bucket->first == NULL)
		(void) hash_search(lives, &live->hash, HASH_REMOVE, NULL);

	gqle_live_note_error(live, false);
	gqle_metrics_add(GQLE_METRIC_POLLERS + live->kind, -1);
	if (live->state == GQLE_LIVE_WAITING)
		pairingheap_remove(waiting, &live->node);
	else
		gqle_live_stop_run(live);
	gqle_live_leave_group(live);
	unlink_reads(live);
	pfree(live->session.variables);
	pfree(live->key);
	pfree(live);
}

void
gqle_live_add_subscriber(GqleLive *live, GqleSubscriber *subscriber)
{
	subscriber->live = live;
	dlist_push_tail(&live->subscribers, &subscriber->node);
	live->n_subscribers++;
	gqle_metrics_add(GQLE_METRIC_SUBSCRIPTIONS + live->kind, 1);
}

void
gqle_live_take_subscriber(GqleLive *live, GqleSubscriber *subscriber)
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
	GqleLive   *live = gqle_live_get(call, call->is_stream ? GQLE_LIVE_STREAM : GQLE_LIVE_QUERY,
									 call->next_cursor, NULL);

	subscriber->handler = handler;
	subscriber->hash = gqle_live_is_silent(call) ? 0 : gqle_live_hash(body, len);
	gqle_live_add_subscriber(live, subscriber);
	if (live->kind == GQLE_LIVE_STREAM)
	{
		/* there may be more rows than those of the first batch */
		if (call->next_cursor != NULL)
			gqle_live_advance(live, gqle_live_clock() + gqle_live_min_interval());
	}
	else if (live->n_subscribers == 1)
		live->answer_hash = subscriber->hash;
	else if (live->answer_hash != subscriber->hash)
		gqle_live_advance(live, live->ended + live->spacing);
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
	gqle_live_note_leaving(subscriber);
	gqle_live_take_subscriber(live, subscriber);
	if (live->n_subscribers == 0 && !live->is_telling)
		gqle_live_free(live);
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
	int64		now = gqle_live_clock();

	hash_seq_init(&status, lives);
	while ((bucket = hash_seq_search(&status)) != NULL)
	{
		for (GqleLive *live = bucket->first; live != NULL; live = live->next)
			gqle_live_advance(live, now + gqle_live_interval(live->kind));
	}
}

/* Make a live ready. */
static void
call_up(GqleLive *live)
{
	pairingheap_remove(waiting, &live->node);
	gqle_live_make_ready(live);
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
		GqleLive   *live = dlist_container(GqleLiveLink, node, iter.cur)->live;

		if (last <= live->reads.moment || live->state != GQLE_LIVE_WAITING)
			continue;
		if (live->ended + live->spacing <= now)
			call_up(live);
		else
			gqle_live_advance(live, live->ended + live->spacing);
	}
}

/* See what has changed, if there is news and the last look is some time ago. */
static void
look_at_changes(void)
{
	int64		now = gqle_live_clock();
	bool		is_catalog = false;

	if (!gqle_changes_are_due() || now < next_look)
		return;
	gqle_changes_listen();
	next_look = now + gqle_live_min_interval();
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
	int64		now = gqle_live_clock();
	int64		first = now + 10000000;

	if (gqle_live_is_any_ready())
		return 0;
	if (!pairingheap_is_empty(waiting))
		first = Min(first, first_waiting()->due);
	if (gqle_changes_are_due())
		first = Min(first, next_look);
	return Max(0, (first - now + 999) / 1000);
}

void
gqle_live_turn(void)
{
	int64		now = gqle_live_clock();
	GqleLive   *live;

	follow_settings();
	look_at_changes();
	while ((live = first_waiting()) != NULL && live->due <= now)
		call_up(live);
	gqle_live_run_ready(now + TURN_US);
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
append_kind(StringInfo to, GqleLiveKind kind, bool is_extended)
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
	appendStringInfo(to, "{\"options\":{\"batch_size\":%d,\"refetch_delay\":%g},\"live_queries_map\":",
					 gqle_guc_live_queries_multiplexed_batch_size,
					 gqle_live_interval(GQLE_LIVE_QUERY) / 1e6);
	append_kind(to, GQLE_LIVE_QUERY, is_extended);
	appendStringInfoString(to, ",\"stream_queries_map\":");
	append_kind(to, GQLE_LIVE_STREAM, is_extended);
	appendStringInfo(to, ",\"stream_queries_options\":{\"batch_size\":%d,\"refetch_delay\":%g}}",
					 gqle_guc_streaming_queries_multiplexed_batch_size,
					 gqle_live_interval(GQLE_LIVE_STREAM) / 1e6);
}
