/*
 * channel.c
 *		Calls in shared memory.
 *
 * Nouns: an *entry* is a call in flight, in a fixed array; its request and its
 * answer are pieces of one DSA area.  A *queue* per served database holds
 * entries nobody has taken; an *idle list* per database holds executors that
 * wait; a *done list* per server worker holds entries that are answered.
 *
 *		FREE --submit--> QUEUED --take--> RUNNING --finish--> DONE --collect--> FREE
 *							^										 |
 *							+--------resume-------- CALLING <-collect+
 *
 * An executor may finish a call with requests to the network instead of an
 * answer (exec/outcall.h).  Then the entry stays CALLING with its server worker,
 * which makes them and resumes: the call is queued once more, with the replies.
 *
 * cancel frees a QUEUED, CALLING or DONE entry at once.  A RUNNING one becomes an
 * orphan: its executor gets SIGINT, and frees it instead of answering.  An
 * entry's generation grows when it is freed, so a ticket of the past matches
 * nothing.
 *
 * The signal is sent under the lock and only while the entry is RUNNING; a
 * process that has moved on holds no entry in that state.  The signal may still
 * be pending when the executor finishes, so the executor forgets a pending
 * cancel before each call and before it waits.
 *
 * Whoever ends while it owns entries gives them back in its exit callback: an
 * executor answers "lost", a server worker cancels.  All links are indexes and
 * all of this is guarded by GQLE_LOCK_CHANNEL, held for a few instructions;
 * texts are copied outside of it.
 */
#include "postgres.h"

#include <signal.h>

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "utils/dsa.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/shmem.h"
#include "gqle/exec/spans.h"
#include "gqle/worker/channel.h"
#include "gqle/worker/worker_main.h"

#define MAX_ENTRIES		1024
#define AREA_SIZE		(1024 * 1024)	/* what fits needs no DSM segment */
#define NONE			(-1)

typedef enum EntryState
{
	ENTRY_FREE,
	ENTRY_QUEUED,
	ENTRY_RUNNING,
	ENTRY_DONE,
	ENTRY_CALLING
} EntryState;

typedef struct Entry
{
	EntryState	state;
	uint32		generation;
	int			next;			/* in the free list, a queue or a done list */
	int			database;
	int			server;			/* worker slots */
	int			executor;
	bool		is_orphan;		/* nobody waits for the answer */
	bool		is_lost;
	bool		is_error;
	bool		is_live;
	bool		is_executed;
	bool		needs_http;		/* answer holds packed outcalls */
	GqleMetricOperation operation;
	bool		is_stream;
	bool		is_empty;
	bool		is_final;
	bool		has_cursor;
	bool		has_spans;
	GqleReads	reads;			/* if is_live */
	int			status;
	int			answer_len;
	dsa_pointer request;
	dsa_pointer answer;			/* QUEUED again: packed outcalls with replies */
} Entry;

typedef struct IndexList
{
	int			head;
	int			tail;
	int			n;
} IndexList;

/* Guarded by GQLE_LOCK_CHANNEL, save for the area, which guards itself. */
typedef struct Channel
{
	int			tranche;
	int			free_head;
	IndexList	queues[GQLE_MAX_DATABASES];
	int			idle_heads[GQLE_MAX_DATABASES]; /* of worker slots */
	bool		launcher_knows[GQLE_MAX_DATABASES]; /* that calls wait */
	IndexList	done[GQLE_MAX_WORKERS];
	int			idle_next[GQLE_MAX_WORKERS];
	bool		is_idle[GQLE_MAX_WORKERS];
	Entry		entries[MAX_ENTRIES];
	char		area[AREA_SIZE];
} Channel;

/* A call as it lies in the area: this head, then the texts, each with a NUL. */
typedef struct Shipped
{
	GqleEndpoint endpoint;
	bool		is_admin;
	bool		backend_only;
	bool		over_socket;
	GqleCallOrigin origin;
	bool		has_cursor;
	int			n_variables;
	int			n_headers;
	int			body_len;
	/* body, request id, cursor, role, then name and value of each variable and
	 * header */
} Shipped;

static Channel *channel = NULL;
static dsa_area *area = NULL;
static int	my_database = NONE;
static int	my_entry = NONE;	/* an executor's RUNNING entry */
static dsa_pointer my_request = InvalidDsaPointer;
static dsa_pointer my_replies = InvalidDsaPointer;
static int	my_replies_len = 0;

static void create_channel(void *place);
static void leave_channel(int code, Datum arg);

void
gqle_channel_init(void)
{
	gqle_shmem_register("gqle channel", sizeof(Channel), (void **) &channel,
						create_channel);
}

/* The area is made here, as the statistics system does with its own. */
static void
create_channel(void *place)
{
	Channel    *c = place;
	dsa_area   *created;

	for (int i = 0; i < GQLE_MAX_DATABASES; i++)
	{
		c->queues[i].head = c->queues[i].tail = NONE;
		c->idle_heads[i] = NONE;
	}
	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
		c->done[i].head = c->done[i].tail = NONE;
	for (int i = 0; i < MAX_ENTRIES; i++)
		c->entries[i].next = i + 1 < MAX_ENTRIES ? i + 1 : NONE;
	c->free_head = 0;

	c->tranche = LWLockNewTrancheId();
	created = dsa_create_in_place(c->area, AREA_SIZE, c->tranche, NULL);
	dsa_pin(created);
	dsa_detach(created);
}

void
gqle_channel_join(void)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	LWLockRegisterTranche(channel->tranche, "gqle channel");
	area = dsa_attach_in_place(channel->area, NULL);
	dsa_pin_mapping(area);
	MemoryContextSwitchTo(old);

	my_database = gqle_registry->workers[gqle_worker_slot].database;
	before_shmem_exit(leave_channel, (Datum) 0);
}

/* Lists; the caller holds the lock. */

static void
list_append(IndexList *list, int i)
{
	channel->entries[i].next = NONE;
	if (list->tail == NONE)
		list->head = i;
	else
		channel->entries[list->tail].next = i;
	list->tail = i;
	list->n++;
}

static int
list_pop(IndexList *list)
{
	int			i = list->head;

	if (i == NONE)
		return NONE;
	list->head = channel->entries[i].next;
	if (list->head == NONE)
		list->tail = NONE;
	list->n--;
	return i;
}

static void
list_remove(IndexList *list, int wanted)
{
	int			before = NONE;

	for (int i = list->head; i != NONE; i = channel->entries[i].next)
	{
		if (i != wanted)
		{
			before = i;
			continue;
		}
		if (before == NONE)
			list->head = channel->entries[i].next;
		else
			channel->entries[before].next = channel->entries[i].next;
		if (list->tail == i)
			list->tail = before;
		list->n--;
		return;
	}
}

/* Give an entry back; returns the memory that its owner must free. */
static void
free_entry(int i, dsa_pointer *request, dsa_pointer *answer)
{
	Entry	   *e = &channel->entries[i];

	*request = e->request;
	*answer = e->answer;
	e->request = e->answer = InvalidDsaPointer;
	e->state = ENTRY_FREE;
	e->generation++;
	e->next = channel->free_head;
	channel->free_head = i;
}

static void
free_memory(dsa_pointer request, dsa_pointer answer)
{
	if (DsaPointerIsValid(request))
		dsa_free(area, request);
	if (DsaPointerIsValid(answer))
		dsa_free(area, answer);
}

/* Take an executor off the idle list; NONE if there is none. */
static int
pop_idle(int database)
{
	int			slot = channel->idle_heads[database];

	if (slot == NONE)
		return NONE;
	channel->idle_heads[database] = channel->idle_next[slot];
	channel->is_idle[slot] = false;
	return slot;
}

static void
remove_idle(int database, int slot)
{
	int		   *link = &channel->idle_heads[database];

	while (*link != NONE && *link != slot)
		link = &channel->idle_next[*link];
	if (*link == slot)
		*link = channel->idle_next[slot];
	channel->is_idle[slot] = false;
}

static void
wake_worker(int slot)
{
	Latch	   *latch = gqle_registry->workers[slot].latch;

	if (latch != NULL)
		SetLatch(latch);
}

/* Server's side */

static char *
put_text(char *place, const char *text, Size len)
{
	memcpy(place, text, len);
	place[len] = '\0';
	return place + len + 1;
}

/* Copy a call into the area; InvalidDsaPointer if there is no room. */
static dsa_pointer
ship(const GqleCall *call)
{
	const GqleSession *session = call->session;
	const char *request_id = call->request_id != NULL ? call->request_id : "";
	const char *cursor = call->cursor != NULL ? call->cursor : "";
	Size		size = sizeof(Shipped) + call->body_len + 1 +
		strlen(request_id) + 1 + strlen(cursor) + 1 + strlen(session->role) + 1;
	dsa_pointer pointer;
	Shipped    *shipped;
	char	   *place;

	for (int i = 0; i < session->n_variables; i++)
		size += strlen(session->variables[i].name) +
			strlen(session->variables[i].value) + 2;
	for (int i = 0; i < call->n_headers; i++)
		size += strlen(call->headers[i].name) + strlen(call->headers[i].value) + 2;
	pointer = dsa_allocate_extended(area, size, DSA_ALLOC_NO_OOM);
	if (!DsaPointerIsValid(pointer))
		return pointer;

	shipped = dsa_get_address(area, pointer);
	shipped->endpoint = call->endpoint;
	shipped->is_admin = session->is_admin;
	shipped->backend_only = session->backend_only;
	shipped->over_socket = call->over_socket;
	shipped->origin = call->origin;
	shipped->has_cursor = call->cursor != NULL;
	shipped->n_variables = session->n_variables;
	shipped->n_headers = call->n_headers;
	shipped->body_len = call->body_len;
	place = put_text((char *) (shipped + 1), call->body, call->body_len);
	place = put_text(place, request_id, strlen(request_id));
	place = put_text(place, cursor, strlen(cursor));
	place = put_text(place, session->role, strlen(session->role));
	for (int i = 0; i < session->n_variables; i++)
	{
		const GqleSessionVariable *v = &session->variables[i];

		place = put_text(place, v->name, strlen(v->name));
		place = put_text(place, v->value, strlen(v->value));
	}
	for (int i = 0; i < call->n_headers; i++)
	{
		const GqleHttpHeader *h = &call->headers[i];

		place = put_text(place, h->name, strlen(h->name));
		place = put_text(place, h->value, strlen(h->value));
	}
	return pointer;
}

/* Put an entry at the end of its queue; returns the executor to wake, or NONE. */
static int
enqueue(int i, bool *wake_launcher)
{
	int			executor;

	channel->entries[i].state = ENTRY_QUEUED;
	channel->entries[i].executor = NONE;
	list_append(&channel->queues[my_database], i);
	executor = pop_idle(my_database);
	if (executor == NONE && !channel->launcher_knows[my_database])
		channel->launcher_knows[my_database] = *wake_launcher = true;
	return executor;
}

/* Wake whoever is to take what was queued. */
static void
wake_taker(int executor, bool wake_launcher)
{
	if (executor != NONE)
		wake_worker(executor);
	if (wake_launcher)
		gqle_registry_wake_launcher();
}

bool
gqle_channel_submit(const GqleCall *call, GqleTicket *ticket)
{
	dsa_pointer request = ship(call);
	LWLock	   *lock = gqle_shmem_lock(GQLE_LOCK_CHANNEL);
	IndexList  *queue = &channel->queues[my_database];
	int			executor = NONE;
	bool		wake_launcher = false;
	int			i = NONE;

	if (!DsaPointerIsValid(request))
		return false;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	if (queue->n < gqle_guc_max_queued_calls && channel->free_head != NONE)
	{
		Entry	   *e;

		i = channel->free_head;
		e = &channel->entries[i];
		channel->free_head = e->next;
		e->database = my_database;
		e->server = gqle_worker_slot;
		e->is_orphan = e->is_lost = e->is_error = e->needs_http = false;
		e->request = request;
		e->answer = InvalidDsaPointer;
		ticket->index = i;
		ticket->generation = e->generation;
		executor = enqueue(i, &wake_launcher);
	}
	LWLockRelease(lock);

	if (i == NONE)
	{
		dsa_free(area, request);
		return false;
	}
	wake_taker(executor, wake_launcher);
	return true;
}

bool
gqle_channel_resume(GqleTicket ticket, const char *replies, int len)
{
	LWLock	   *lock = gqle_shmem_lock(GQLE_LOCK_CHANNEL);
	Entry	   *e = &channel->entries[ticket.index];
	dsa_pointer memory = dsa_allocate_extended(area, len + 1, DSA_ALLOC_NO_OOM);
	int			executor;
	bool		wake_launcher = false;

	if (!DsaPointerIsValid(memory))
		return false;
	put_text(dsa_get_address(area, memory), replies, len);

	LWLockAcquire(lock, LW_EXCLUSIVE);
	Assert(e->state == ENTRY_CALLING && e->generation == ticket.generation);
	e->answer = memory;
	e->answer_len = len;
	executor = enqueue(ticket.index, &wake_launcher);
	LWLockRelease(lock);
	wake_taker(executor, wake_launcher);
	return true;
}

/* Forget an entry of ours; the caller holds the lock and frees the memory. */
static void
cancel_entry(int i, dsa_pointer *request, dsa_pointer *answer)
{
	Entry	   *e = &channel->entries[i];

	*request = *answer = InvalidDsaPointer;
	switch (e->state)
	{
		case ENTRY_FREE:
			break;
		case ENTRY_QUEUED:
			list_remove(&channel->queues[e->database], i);
			free_entry(i, request, answer);
			break;
		case ENTRY_CALLING:
			free_entry(i, request, answer);
			break;
		case ENTRY_RUNNING:
			e->is_orphan = true;
			if (gqle_registry->workers[e->executor].pid != 0)
				kill(gqle_registry->workers[e->executor].pid, SIGINT);
			break;
		case ENTRY_DONE:
			list_remove(&channel->done[e->server], i);
			free_entry(i, request, answer);
			break;
	}
}

void
gqle_channel_cancel(GqleTicket ticket)
{
	LWLock	   *lock = gqle_shmem_lock(GQLE_LOCK_CHANNEL);
	dsa_pointer request = InvalidDsaPointer;
	dsa_pointer answer = InvalidDsaPointer;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	if (channel->entries[ticket.index].generation == ticket.generation)
		cancel_entry(ticket.index, &request, &answer);
	LWLockRelease(lock);
	free_memory(request, answer);
}

bool
gqle_channel_collect(GqleAnswer *answer)
{
	LWLock	   *lock = gqle_shmem_lock(GQLE_LOCK_CHANNEL);
	IndexList  *done = &channel->done[gqle_worker_slot];
	dsa_pointer request = InvalidDsaPointer;
	dsa_pointer memory = InvalidDsaPointer;
	bool		has_cursor = false;
	bool		has_spans = false;
	int			i;

	/* only this process takes from the list, so a look without lock will do */
	if (done->head == NONE)
		return false;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	i = list_pop(done);
	if (i != NONE)
	{
		Entry	   *e = &channel->entries[i];

		answer->ticket.index = i;
		answer->ticket.generation = e->generation;
		answer->is_lost = e->is_lost;
		answer->is_error = e->is_error;
		answer->is_live = e->is_live;
		answer->is_executed = e->is_executed;
		answer->needs_http = e->needs_http;
		answer->operation = e->operation;
		answer->is_stream = e->is_stream;
		answer->is_empty = e->is_empty;
		answer->is_final = e->is_final;
		has_cursor = e->has_cursor;
		has_spans = e->has_spans;
		if (e->is_live)
			answer->reads = e->reads;
		answer->status = e->status;
		answer->body_len = e->answer_len;
		if (e->needs_http)
		{
			memory = e->answer;
			e->answer = InvalidDsaPointer;
			e->state = ENTRY_CALLING;
		}
		else
			free_entry(i, &request, &memory);
	}
	LWLockRelease(lock);
	if (i == NONE)
		return false;

	free_memory(request, InvalidDsaPointer);
	answer->memory = memory;
	answer->body = DsaPointerIsValid(memory) ?
		dsa_get_address(area, memory) : NULL;
	answer->next_cursor = has_cursor && answer->body != NULL ?
		answer->body + answer->body_len + 1 : NULL;
	/* after the body, each with a NUL: cursor, cookies, times of a batch; then spans */
	answer->cookies = answer->batch_times = answer->spans = NULL;
	if (answer->body != NULL)
	{
		const char *cursor = answer->body + answer->body_len + 1;

		answer->cookies = cursor + strlen(cursor) + 1;
		answer->batch_times = answer->cookies + strlen(answer->cookies) + 1;
		if (has_spans)
			answer->spans = answer->batch_times + strlen(answer->batch_times) + 1;
	}
	return true;
}

void
gqle_channel_free_answer(const GqleAnswer *answer)
{
	free_memory(InvalidDsaPointer, answer->memory);
}

/* Executor's side */

static void
unship_headers(const Shipped *shipped, const char *place, GqleCall *call)
{
	GqleHttpHeader *headers = palloc0(sizeof(GqleHttpHeader) * Max(shipped->n_headers, 1));

	for (int i = 0; i < shipped->n_headers; i++)
	{
		headers[i].name = place;
		place += strlen(place) + 1;
		headers[i].value = place;
		place += strlen(place) + 1;
	}
	call->headers = headers;
	call->n_headers = shipped->n_headers;
}

/* Make a call of what lies in the area; texts stay where they are. */
static void
unship(const Shipped *shipped, GqleCall *call)
{
	GqleSession *session = palloc0(sizeof(*session));
	const char *place = (const char *) (shipped + 1);

	memset(call, 0, sizeof(*call));
	call->endpoint = shipped->endpoint;
	call->place = GQLE_PLACE_LANE;
	call->over_socket = shipped->over_socket;
	call->origin = shipped->origin;
	call->body = place;
	call->body_len = shipped->body_len;
	call->session = session;
	place += shipped->body_len + 1;
	call->request_id = *place != '\0' ? place : NULL;
	place += strlen(place) + 1;
	call->cursor = shipped->has_cursor ? place : NULL;
	place += strlen(place) + 1;

	session->is_admin = shipped->is_admin;
	session->backend_only = shipped->backend_only;
	session->n_variables = shipped->n_variables;
	session->variables = palloc(sizeof(GqleSessionVariable) *
								Max(shipped->n_variables, 1));
	session->role = place;
	place += strlen(place) + 1;
	for (int i = 0; i < shipped->n_variables; i++)
	{
		session->variables[i].name = place;
		place += strlen(place) + 1;
		session->variables[i].value = place;
		place += strlen(place) + 1;
	}
	unship_headers(shipped, place, call);
}

/* The replies to what the call asked the network before; they are let go. */
static GqleOutcalls *
take_replies(void)
{
	GqleOutcalls *outcalls;

	if (!DsaPointerIsValid(my_replies))
		return gqle_outcalls_make(CurrentMemoryContext);
	outcalls = gqle_outcalls_unpack(dsa_get_address(area, my_replies), my_replies_len,
									CurrentMemoryContext);
	dsa_free(area, my_replies);
	my_replies = InvalidDsaPointer;
	return outcalls;
}

bool
gqle_channel_take(GqleCall *call)
{
	LWLock	   *lock = gqle_shmem_lock(GQLE_LOCK_CHANNEL);
	int			i;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	i = list_pop(&channel->queues[my_database]);
	if (i != NONE)
	{
		Entry	   *e = &channel->entries[i];

		e->state = ENTRY_RUNNING;
		e->executor = gqle_worker_slot;
		my_entry = i;
		my_request = e->request;
		my_replies = e->answer;
		my_replies_len = e->answer_len;
		e->answer = InvalidDsaPointer;
		if (channel->is_idle[gqle_worker_slot])
			remove_idle(my_database, gqle_worker_slot);
	}
	else if (!channel->is_idle[gqle_worker_slot])
	{
		channel->is_idle[gqle_worker_slot] = true;
		channel->idle_next[gqle_worker_slot] = channel->idle_heads[my_database];
		channel->idle_heads[my_database] = gqle_worker_slot;
	}
	LWLockRelease(lock);

	if (i == NONE)
		return false;
	unship(dsa_get_address(area, my_request), call);
	call->outcalls = take_replies();
	call->outcalls->client_headers = call->headers;
	call->outcalls->n_client_headers = call->n_headers;
	return true;
}

/* Give up our RUNNING entry: to its server's done list, or free an orphan. */
static void
end_entry(const GqleCall *call, int answer_len, dsa_pointer answer, bool has_spans)
{
	LWLock	   *lock = gqle_shmem_lock(GQLE_LOCK_CHANNEL);
	dsa_pointer request = InvalidDsaPointer;
	Entry	   *e = &channel->entries[my_entry];
	int			server = NONE;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	e->answer = answer;
	if (e->is_orphan)
		free_entry(my_entry, &request, &answer);
	else
	{
		e->state = ENTRY_DONE;
		e->is_lost = !DsaPointerIsValid(answer);
		e->answer_len = answer_len;
		e->needs_http = call != NULL && call->needs_http && !e->is_lost;
		e->status = call != NULL ? call->status : 0;
		e->is_error = call != NULL && call->is_error;
		e->is_live = call != NULL && call->is_live;
		e->is_executed = call != NULL && call->is_executed;
		e->operation = call != NULL ? call->operation : GQLE_METRIC_UNKNOWN;
		e->is_stream = call != NULL && call->is_stream;
		e->is_empty = call != NULL && call->is_empty;
		e->is_final = call != NULL && call->is_final;
		e->has_cursor = call != NULL && call->next_cursor != NULL;
		e->has_spans = has_spans;
		if (e->is_live)
			e->reads = call->reads;
		if (!e->needs_http)
		{
			request = e->request;
			e->request = InvalidDsaPointer;
		}
		answer = InvalidDsaPointer;
		server = e->server;
		list_append(&channel->done[server], my_entry);
	}
	my_entry = NONE;
	LWLockRelease(lock);

	if (server != NONE)
		wake_worker(server);
	free_memory(request, answer);
}

/* The cookies that a call sets, a line each. */
static void
append_cookies(StringInfo lines, const GqleCall *call)
{
	const char *cookie;

	if (call->is_error || call->needs_http)
		return;
	for (int i = 0; (cookie = gqle_outcalls_cookie(call->outcalls, i)) != NULL; i++)
		appendStringInfo(lines, "%s\n", cookie);
}

void
gqle_channel_finish(const GqleCall *call)
{
	StringInfoData packed;
	StringInfoData cookies;
	StringInfo	out = call->out;
	const char *cursor = call->next_cursor != NULL ? call->next_cursor : "";
	const char *times = call->batch_times != NULL ? call->batch_times : "";
	GqleSpans	spans;
	int			spans_len;
	dsa_pointer answer;
	char	   *place;

	initStringInfo(&cookies);
	append_cookies(&cookies, call);
	gqle_spans_noted(&spans);
	spans_len = gqle_spans_packed_len(&spans);
	if (call->needs_http)
	{
		initStringInfo(&packed);
		gqle_outcalls_pack(&packed, call->outcalls);
		out = &packed;
	}
	answer = dsa_allocate_extended(area, out->len + 1 + strlen(cursor) + 1 +
								   cookies.len + 1 + strlen(times) + 1 + spans_len,
								   DSA_ALLOC_NO_OOM);
	if (DsaPointerIsValid(answer))
	{
		place = put_text(dsa_get_address(area, answer), out->data, out->len);
		place = put_text(place, cursor, strlen(cursor));
		place = put_text(place, cookies.data, cookies.len);
		place = put_text(place, times, strlen(times));
		if (spans_len > 0)
			gqle_spans_pack(place, &spans);
	}
	end_entry(call, out->len, answer, spans_len > 0);
}

/*
 * An executor that was idle for long may go if enough stay.  The decision is
 * taken under the lock, so that two don't leave for each other's sake and no
 * call is on its way to one that leaves.
 */
bool
gqle_channel_retire(int n_to_stay)
{
	LWLock	   *lock = gqle_shmem_lock(GQLE_LOCK_CHANNEL);
	int			n = 0;
	bool		may_go;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];

		if (s->kind == GQLE_WORKER_EXECUTOR && s->database == my_database &&
			(s->state == GQLE_WORKER_IDLE || s->state == GQLE_WORKER_BUSY))
			n++;
	}
	may_go = n > n_to_stay && channel->queues[my_database].n == 0 &&
		channel->is_idle[gqle_worker_slot];
	if (may_go)
	{
		remove_idle(my_database, gqle_worker_slot);
		gqle_registry_set_state(gqle_worker_slot, GQLE_WORKER_DRAINING);
	}
	LWLockRelease(lock);
	return may_go;
}

int
gqle_channel_take_demand(int database)
{
	LWLock	   *lock = gqle_shmem_lock(GQLE_LOCK_CHANNEL);
	int			n;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	n = channel->queues[database].n;
	channel->launcher_knows[database] = false;
	LWLockRelease(lock);
	return n;
}

/* However a process ends, nobody waits for it in vain. */
static void
leave_channel(int code, Datum arg)
{
	LWLock	   *lock = gqle_shmem_lock(GQLE_LOCK_CHANNEL);
	int			wake = NONE;

	if (DsaPointerIsValid(my_replies))
		dsa_free(area, my_replies);
	if (my_entry != NONE)
		end_entry(NULL, 0, InvalidDsaPointer, false);

	LWLockAcquire(lock, LW_EXCLUSIVE);
	if (channel->is_idle[gqle_worker_slot])
		remove_idle(my_database, gqle_worker_slot);
	else if (channel->queues[my_database].n > 0)
		wake = pop_idle(my_database);	/* a wake-up may have been ours */
	LWLockRelease(lock);
	if (wake != NONE)
		wake_worker(wake);

	for (int i = 0; i < MAX_ENTRIES; i++)
	{
		dsa_pointer request = InvalidDsaPointer;
		dsa_pointer answer = InvalidDsaPointer;

		LWLockAcquire(lock, LW_EXCLUSIVE);
		if (channel->entries[i].state != ENTRY_FREE &&
			channel->entries[i].server == gqle_worker_slot)
			cancel_entry(i, &request, &answer);
		LWLockRelease(lock);
		free_memory(request, answer);
	}
}
