/*
 * live_run.c
 *		Lives that are due: running them, and telling their subscribers.
 *
 * A *group* is the lives of one operation and role, of whatever variables and
 * session.  Those of a group that are ready run in batches, multiplexed
 * (run_members.h): in this process, and as many at once as take a few
 * milliseconds by what they took before.  So the others on this worker wait no
 * longer for thousands of subscribers than for a few.
 *
 * Alone runs what is in no group, what got left out of a batch, and, if the batch
 * failed, each of it: an error is told to the one whose it is.  Who has got an
 * error runs alone until that is over, and the next batch goes on without.  Of a
 * group in which batches don't work all run alone for a while.
 *
 * A live that runs alone does so inline or, if it is too much for that, in the lane;
 * all lives together leave room there for requests.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_read.h"
#include "gqle/base/metrics.h"
#include "gqle/exec/execute.h"
#include "gqle/exec/persisted.h"
#include "gqle/exec/run_members.h"
#include "gqle/worker/lane.h"
#include "gqle/worker/live_log.h"
#include "gqle/worker/live_parts.h"

#define KEEP_OUT_BYTES	(1024 * 1024)
#define MAX_MEMBERS		1000	/* of a batch */
#define BATCH_NS		3000000 /* that a batch should take, so that others are served */
#define BATCH_BYTES		KEEP_OUT_BYTES	/* of answers, likewise */
#define FIRST_COST_NS	30000	/* of a run, as long as there was none */
#define UNFIT_US		10000000	/* so long a group goes without batches */

struct GqleLiveGroup
{
	GqleLiveGroup *next;		/* of the same hash */
	uint64		hash;			/* of key */
	int			n_lives;
	int			n_holds;		/* not to be freed meanwhile */
	dlist_head	ready;
	bool		is_busy;		/* in busy: some are ready */
	dlist_node	busy_node;
	int64		cost_ns;		/* of one in a batch, on average */
	int64		answer_len;		/* likewise */
	bool		has_failed;		/* its last batch */
	int64		unfit_until;	/* us */
	GqleRequest request;		/* without variables and cursor */
	int			key_len;
	char	   *key;			/* texts of request are in it */
};

typedef struct Bucket
{
	uint64		hash;
	GqleLiveGroup *first;
} Bucket;

static HTAB *groups;
static GqleLiveGroup alone;		/* no group, but a list of those that run alone */
static dlist_head busy;			/* groups in which some are ready */
static dlist_head queue;		/* for the lane */
static int	n_in_lane = 0;
static StringInfoData out;		/* answers of runs here */
static StringInfoData key;		/* being made */
static MemoryContext batch_memory;	/* of a batch's variables */
static MemoryContext join_memory;	/* of a request that is looked at */
static GqleLive *batch[MAX_MEMBERS];	/* NULL once it is gone */
static const char *statement;	/* that ran last, if it is known and wanted */
static const GqleSubscriber *being_told;	/* NULL once it has left */

static void take_answer(void *owner, const GqleAnswer *answer);

void
gqle_live_run_start(void)
{
	HASHCTL		info = {0};
	MemoryContext old = MemoryContextSwitchTo(gqle_live_memory);

	info.keysize = sizeof(uint64);
	info.entrysize = sizeof(Bucket);
	info.hcxt = gqle_live_memory;
	groups = hash_create("gqle live groups", 64, &info,
						 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	batch_memory = AllocSetContextCreate(gqle_live_memory, "gqle live batch",
										 ALLOCSET_DEFAULT_SIZES);
	join_memory = AllocSetContextCreate(gqle_live_memory, "gqle live request",
										ALLOCSET_DEFAULT_SIZES);
	initStringInfo(&out);
	initStringInfo(&key);
	MemoryContextSwitchTo(old);
	dlist_init(&busy);
	dlist_init(&queue);
	dlist_init(&alone.ready);
}

/* ------------------------------------------------------------------------
 * Groups
 * ------------------------------------------------------------------------ */

static void
append_text(const char *text, int len)
{
	appendBinaryStringInfo(&key, text, len);
	appendStringInfoChar(&key, '\0');
}

/* What the lives of a group have in common. */
static void
make_key(const GqleLive *live, const GqleRequest *request)
{
	resetStringInfo(&key);
	append_text(request->query, request->query_len);
	append_text(live->session.role, strlen(live->session.role));
	appendStringInfoChar(&key, 'a' + live->call.endpoint);
	appendStringInfoChar(&key, 'a' + live->kind);
	appendStringInfoChar(&key, live->session.is_admin ? 'a' : '-');
	appendStringInfoChar(&key, live->session.backend_only ? 'b' : '-');
	if (request->operation_name != NULL)
		append_text(request->operation_name, strlen(request->operation_name));
}

static GqleLiveGroup *
make_group(const GqleRequest *request, uint64 hash, GqleLiveGroup *next)
{
	GqleLiveGroup *group = MemoryContextAllocZero(gqle_live_memory, sizeof(*group));

	group->key = MemoryContextAllocHuge(gqle_live_memory, key.len);
	memcpy(group->key, key.data, key.len);
	group->key_len = key.len;
	group->hash = hash;
	group->next = next;
	group->cost_ns = FIRST_COST_NS;
	dlist_init(&group->ready);
	group->request = *request;
	group->request.variables = NULL;
	group->request.query = group->key;
	if (request->operation_name != NULL)
		group->request.operation_name = group->key + key.len -
			strlen(request->operation_name) - 1;
	return group;
}

/* The group of a live's operation, made if there is none. */
static GqleLiveGroup *
get_group(const GqleLive *live, const GqleRequest *request)
{
	GqleLiveGroup *group;
	Bucket	   *bucket;
	uint64		hash;
	bool		found;

	make_key(live, request);
	hash = hash_bytes_extended((const unsigned char *) key.data, key.len, 0);
	bucket = hash_search(groups, &hash, HASH_ENTER, &found);
	if (!found)
		bucket->first = NULL;
	for (group = bucket->first; group != NULL; group = group->next)
		if (group->key_len == key.len && memcmp(group->key, key.data, key.len) == 0)
			return group;
	bucket->first = make_group(request, hash, bucket->first);
	return bucket->first;
}

static void
free_group_if_unused(GqleLiveGroup *group)
{
	Bucket	   *bucket;
	GqleLiveGroup **link;

	if (group->n_lives > 0 || group->n_holds > 0)
		return;
	if (group->is_busy)
		dlist_delete(&group->busy_node);
	bucket = hash_search(groups, &group->hash, HASH_FIND, NULL);
	for (link = &bucket->first; *link != group; link = &(*link)->next)
		;
	*link = group->next;
	if (bucket->first == NULL)
		(void) hash_search(groups, &group->hash, HASH_REMOVE, NULL);
	pfree(group->key);
	pfree(group);
}

/* Keep a live's variables as text. */
static void
keep_variables(GqleLive *live, const char *text, int len)
{
	live->variables = MemoryContextAllocHuge(gqle_live_memory, len + 1);
	memcpy(live->variables, text, len + 1);
	live->variables_len = len;
}

/* Find the group of a live by what its request says; none, if that can't be read. */
static void
join_group_of_request(GqleLive *live)
{
	GqleErrorSink sink = {0};
	GqleJsonError error;
	GqleJson   *body = gqle_json_parse(live->call.body, live->call.body_len, &error);
	GqleRequest *request;

	if (body == NULL || !gqle_persisted_resolve(body, &sink))
		return;
	request = gqle_request_from_json(body, &sink);
	if (request == NULL)
		return;
	request->is_relay = live->call.endpoint == GQLE_ENDPOINT_RELAY;
	live->group = get_group(live, request);
	if (request->variables != NULL)
	{
		char	   *text = gqle_json_to_text(request->variables);

		keep_variables(live, text, strlen(text));
	}
}

void
gqle_live_join_group(GqleLive *live, const GqleLive *like)
{
	if (like != NULL)
	{
		live->group = like->group;
		if (like->variables != NULL)
			keep_variables(live, like->variables, like->variables_len);
	}
	else
	{
		MemoryContext old = MemoryContextSwitchTo(join_memory);

		join_group_of_request(live);
		MemoryContextSwitchTo(old);
		MemoryContextReset(join_memory);
	}
	if (live->group != NULL)
		live->group->n_lives++;
}

void
gqle_live_leave_group(GqleLive *live)
{
	if (live->variables != NULL)
		pfree(live->variables);
	live->variables = NULL;
	if (live->group == NULL)
		return;
	live->group->n_lives--;
	free_group_if_unused(live->group);
	live->group = NULL;
}

/* ------------------------------------------------------------------------
 * Telling
 * ------------------------------------------------------------------------ */

void
gqle_live_note_leaving(const GqleSubscriber *subscriber)
{
	if (subscriber == being_told)
		being_told = NULL;
}

/*
 * Tell an answer to those who don't know it; false if some could not take it.
 * Who was told the next rows of a stream goes on where they end.
 */
static bool
tell_each(GqleLive *live, GqleLive *next, const char *body, int len, uint64 hash)
{
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
		gqle_live_take_subscriber(live, s);
		gqle_live_add_subscriber(next, s);
	}
	being_told = NULL;
	return all_told;
}

/* Count a run that has been told until now, and log it. */
static void
account_for(const GqleLive *live, int64 ran_at, int64 now, int n_subscribers,
			const char *body, int len)
{
	GqleLiveRun run = {.id = live->id,.is_stream = live->kind == GQLE_LIVE_STREAM,
		.role = live->session.role,.n_subscribers = n_subscribers,
		.run_us = ran_at - live->began,.push_us = now - ran_at,
		.is_error = live->is_in_error,.answer = body,.answer_len = len,
	.sql = statement};

	gqle_metrics_observe(GQLE_HISTOGRAM_SUBSCRIPTION + live->kind, now - live->began);
	gqle_metrics_observe(GQLE_HISTOGRAM_SUBSCRIPTION_RUN + live->kind, run.run_us);
	if (gqle_live_log_is_wanted())
		gqle_live_log_write(&run);
}

/* Pass on the answer that a live's call has got; the live may be gone after. */
static void
tell_subscribers(GqleLive *live, const char *body, int len, uint64 hash, int64 ran_at)
{
	GqleCall   *call = &live->call;
	GqleLive   *next = NULL;
	int			n_subscribers = live->n_subscribers;
	bool		is_news;

	gqle_live_note_error(live, call->is_error);
	if (gqle_live_is_silent(call))
	{
		account_for(live, ran_at, ran_at, n_subscribers, body, len);
		return;
	}
	if (live->kind == GQLE_LIVE_STREAM && !call->is_error)
	{
		next = gqle_live_get(call, GQLE_LIVE_STREAM, call->next_cursor, live);
		gqle_live_advance(next, gqle_live_clock() + gqle_live_min_interval());
	}
	is_news = next != NULL || live->is_owing || live->answer_hash != hash;
	live->is_telling = true;
	live->is_owing = !tell_each(live, next, body, len, hash);
	live->is_telling = false;
	account_for(live, ran_at, is_news ? gqle_live_clock() : ran_at, n_subscribers, body, len);
	if (live->n_subscribers == 0)
		gqle_live_free(live);
	else if (live->is_owing)
		gqle_live_advance(live, live->ended + gqle_live_interval(live->kind));
	if (next != NULL && next->n_subscribers == 0)
		gqle_live_free(next);
}

/* ------------------------------------------------------------------------
 * Alone
 * ------------------------------------------------------------------------ */

/* Let go of a buffer that grew too large. */
static void
trim_out(void)
{
	if (out.maxlen <= KEEP_OUT_BYTES)
		return;
	pfree(out.data);
	out.data = MemoryContextAlloc(gqle_live_memory, 1024);
	out.maxlen = 1024;
	resetStringInfo(&out);
}

/* A live has been run alone: take notice of what came of it. */
static void
end_alone(GqleLive *live, const char *body, int len)
{
	int64		now = gqle_live_clock();

	gqle_live_end_run(live, (now - live->began) * 1000, now);
	tell_subscribers(live, body, len, gqle_live_hash(body, len), now);
}

/* Send those that were queued to the lane, as far as there is room for lives. */
static void
run_queue(void)
{
	while (!dlist_is_empty(&queue) && n_in_lane < Max(gqle_guc_executors_max / 2, 1))
	{
		GqleLive   *live = dlist_container(GqleLive, list_node, dlist_pop_head_node(&queue));

		live->began = gqle_live_clock();
		live->call.place = GQLE_PLACE_LANE;
		if (gqle_lane_submit(&live->call, take_answer, live, &live->ticket))
		{
			live->state = GQLE_LIVE_RUNNING;
			n_in_lane++;
		}
		else
			gqle_live_wait_for_another_try(live);
	}
}

/* Run a live that is in no list. */
static void
run_alone(GqleLive *live)
{
	GqleCall   *call = &live->call;

	resetStringInfo(&out);
	call->out = &out;
	live->began = gqle_live_clock();
	if (gqle_guc_inline_cost_limit > 0)
	{
		call->place = GQLE_PLACE_INLINE;
		if (gqle_call_run(call) == GQLE_CALL_DONE)
		{
			gqle_metrics_add(GQLE_METRIC_INLINE, 1);
			statement = gqle_execute_shown_statement();
			end_alone(live, out.data, out.len);
			trim_out();
			return;
		}
	}
	live->state = GQLE_LIVE_QUEUED;
	dlist_push_tail(&queue, &live->list_node);
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
		gqle_live_wait_for_another_try(live);
		run_queue();
		return;
	}
	gqle_lane_take_answer(answer, &live->call);
	statement = NULL;
	end_alone(live, answer->body, answer->body_len);
	gqle_channel_free_answer(answer);
	run_queue();
}

/* ------------------------------------------------------------------------
 * In batches
 * ------------------------------------------------------------------------ */

static int
batch_size(GqleLiveKind kind)
{
	return kind == GQLE_LIVE_STREAM ? gqle_guc_streaming_queries_multiplexed_batch_size :
		gqle_guc_live_queries_multiplexed_batch_size;
}

/* How many lives of a group are run at once. */
static int
members_at_once(const GqleLiveGroup *group)
{
	int64		n = Min(BATCH_NS / Max(group->cost_ns, 1),
						BATCH_BYTES / Max(group->answer_len, 1));

	return Max(Min(n, MAX_MEMBERS), 2);
}

/* Take lives that are ready out of a group's list and make members of them. */
static int
take_members(GqleLiveGroup *group, GqleMember *members)
{
	int			wanted = members_at_once(group);
	int			n = 0;

	while (n < wanted && !dlist_is_empty(&group->ready))
	{
		GqleLive   *live = dlist_container(GqleLive, list_node,
										   dlist_pop_head_node(&group->ready));
		GqleMember *member = &members[n];
		GqleJsonError error;

		live->state = GQLE_LIVE_BATCHED;
		live->batch_index = n;
		batch[n++] = live;
		member->session = &live->session;
		member->request = group->request;
		member->request.cursor = live->call.cursor;
		if (live->variables != NULL)
			member->request.variables = gqle_json_parse(live->variables,
														live->variables_len, &error);
	}
	return n;
}

static void
add_ready(GqleLiveGroup *group, GqleLive *live)
{
	live->state = GQLE_LIVE_READY;
	dlist_push_tail(&group->ready, &live->list_node);
	if (!group->is_busy)
		dlist_push_tail(&busy, &group->busy_node);
	group->is_busy = true;
}

/* The batch has run: what a live's call says of its own part of it. */
static void
take_member(GqleLive *live, const GqleMembers *all, const GqleMember *member)
{
	GqleCall   *call = &live->call;

	call->status = 200;
	call->is_error = false;
	call->is_live = call->is_executed = true;
	call->is_stream = all->is_stream;
	call->is_empty = member->is_empty;
	call->is_final = false;
	call->next_cursor = member->cursor >= 0 ? out.data + member->cursor : NULL;
	call->reads = all->reads[member->reads];
}

/* Tell the answers of a batch; who has none runs alone. */
static void
tell_members(const GqleMembers *all, int64 began, int64 ended)
{
	int64		cost_ns = (ended - began) * 1000 / all->n;
	uint64	   *hashes = palloc(all->n * sizeof(uint64));

	for (int i = 0; i < all->n; i++)
	{
		const GqleMember *member = &all->members[i];
		GqleLive   *live = batch[i];
		const char *answer = out.data + member->answer;

		if (member->is_done)
			hashes[i] = member->first == i ? gqle_live_hash(answer, member->answer_len) :
				hashes[member->first];
		if (live == NULL)
			continue;
		if (!member->is_done)
		{
			add_ready(&alone, live);
			continue;
		}
		live->began = began;
		take_member(live, all, member);
		gqle_live_end_run(live, cost_ns, ended);
		tell_subscribers(live, answer, member->answer_len, hashes[i], ended);
	}
}

/* Learn from a batch how large the next one should be, and whether there should be. */
static void
learn(GqleLiveGroup *group, const GqleMembers *all, bool has_run, int64 cost_ns)
{
	int			n_done = 0;

	if (has_run)
	{
		for (int i = 0; i < all->n; i++)
			n_done += all->members[i].is_done ? 1 : 0;
		group->cost_ns += (cost_ns - group->cost_ns) / 4;
		group->answer_len += (out.len / all->n - group->answer_len) / 4;
	}
	else
		group->cost_ns *= 4;	/* perhaps it ran out of time */
	if (has_run ? n_done < (all->n + 1) / 2 : group->has_failed)
		group->unfit_until = gqle_live_clock() + UNFIT_US;
	group->has_failed = !has_run;
}

/* Run some of a group's lives that are ready. */
static void
run_batch(GqleLiveGroup *group)
{
	MemoryContext old = MemoryContextSwitchTo(batch_memory);
	GqleMember *members = palloc0(MAX_MEMBERS * sizeof(GqleMember));
	GqleMembers all = {.members = members};
	GqleCall	call = {.endpoint = GQLE_ENDPOINT_LIVE,.place = GQLE_PLACE_INLINE,
	.members = &all,.out = &out};
	int64		began;
	int64		ended;
	bool		has_run;

	resetStringInfo(&out);
	began = gqle_live_clock();
	all.n = take_members(group, members);
	all.batch_size = batch_size(batch[0]->kind);
	all.shows_statement = gqle_live_log_is_wanted();
	call.session = members[0].session;
	has_run = gqle_call_run(&call) == GQLE_CALL_DONE && !call.is_error;
	gqle_metrics_add(GQLE_METRIC_INLINE, 1);
	ended = gqle_live_clock();
	learn(group, &all, has_run, (ended - began) * 1000 / all.n);
	statement = has_run && all.statement >= 0 ? out.data + all.statement : NULL;
	for (int i = 0; i < all.n && !has_run; i++)
		members[i].is_done = false;
	tell_members(&all, began, ended);
	trim_out();
	MemoryContextSwitchTo(old);
	MemoryContextReset(batch_memory);
}

/* ------------------------------------------------------------------------
 * What is ready
 * ------------------------------------------------------------------------ */

/* May a live be run in a batch? */
static bool
is_batchable(const GqleLive *live)
{
	return live->group != NULL && !live->is_in_error &&
		gqle_guc_inline_cost_limit > 0 && batch_size(live->kind) > 1 &&
		live->group->unfit_until <= gqle_live_clock();
}

void
gqle_live_make_ready(GqleLive *live)
{
	add_ready(is_batchable(live) ? live->group : &alone, live);
}

bool
gqle_live_is_any_ready(void)
{
	return !dlist_is_empty(&busy);
}

/*
 * Run some of the lives that are ready in a group.  A group's only one runs alone;
 * one of several does not even if no other is ready, or rows without an order
 * might come in another one from time to time.
 */
static void
run_some(GqleLiveGroup *group)
{
	if (group != &alone && group->n_lives > 1)
		run_batch(group);
	else
		run_alone(dlist_container(GqleLive, list_node, dlist_pop_head_node(&group->ready)));
}

void
gqle_live_run_ready(int64 until)
{
	while (!dlist_is_empty(&busy) && gqle_live_clock() < until)
	{
		GqleLiveGroup *group = dlist_container(GqleLiveGroup, busy_node,
											   dlist_pop_head_node(&busy));

		group->is_busy = false;
		if (dlist_is_empty(&group->ready))
			continue;
		group->n_holds++;
		run_some(group);
		group->n_holds--;
		if (!dlist_is_empty(&group->ready) && !group->is_busy)
		{
			dlist_push_tail(&busy, &group->busy_node);
			group->is_busy = true;
		}
		if (group != &alone)
			free_group_if_unused(group);
	}
}

void
gqle_live_stop_run(GqleLive *live)
{
	switch (live->state)
	{
		case GQLE_LIVE_WAITING:
			break;
		case GQLE_LIVE_READY:
		case GQLE_LIVE_QUEUED:
			dlist_delete(&live->list_node);
			break;
		case GQLE_LIVE_BATCHED:
			batch[live->batch_index] = NULL;
			break;
		case GQLE_LIVE_RUNNING:
			gqle_lane_cancel(live->ticket);
			n_in_lane--;
			break;
	}
}
