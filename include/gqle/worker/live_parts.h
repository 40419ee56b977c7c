/*
 * live_parts.h
 *		The parts of live queries, among themselves; others use live.h.
 *
 *		live.c			lives: who asks what, when they are due, what has changed
 *		live_run.c		runs those that are due, and tells the subscribers
 */
#ifndef GQLE_WORKER_LIVE_PARTS_H
#define GQLE_WORKER_LIVE_PARTS_H

#include "gqle/gqle.h"

#include "lib/ilist.h"
#include "lib/pairingheap.h"

#include "gqle/base/random_id.h"
#include "gqle/validate/validate.h"
#include "gqle/worker/channel.h"
#include "gqle/worker/live.h"

typedef enum GqleLiveState
{
	GQLE_LIVE_WAITING,
	GQLE_LIVE_READY,
	GQLE_LIVE_BATCHED,
	GQLE_LIVE_QUEUED,
	GQLE_LIVE_RUNNING
} GqleLiveState;

typedef enum GqleLiveKind
{
	GQLE_LIVE_QUERY,
	GQLE_LIVE_STREAM
} GqleLiveKind;

/* Of a live in the list of a slot. */
typedef struct GqleLiveLink
{
	dlist_node	node;
	GqleLive   *live;
} GqleLiveLink;

typedef struct GqleLiveGroup GqleLiveGroup;

/* See live.c. */
struct GqleLive
{
	GqleLiveKind kind;
	GqleLiveState state;
	pairingheap_node node;		/* WAITING: in waiting */
	dlist_node	list_node;		/* READY: in its group's, or that of those that run
								 * alone; QUEUED: in queue */
	int			batch_index;	/* BATCHED */
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
	int64		cost_ns;		/* of a run, on average */
	int64		spacing;		/* us, to the next one if there are changes */
	int64		ended;
	int64		due;			/* us */
	GqleReads	reads;
	uint64		answer_hash;	/* of its last answer */
	int			n_links;
	GqleLiveLink *links;		/* in the lists of its slots */
	GqleLiveGroup *group;		/* or NULL: runs alone */
	char	   *variables;		/* JSON, or NULL */
	int			variables_len;
	GqleCall	call;
	GqleSession session;
	int			key_len;
	char	   *key;			/* follows; texts of call and session are in it */
};

/* live.c */
extern MemoryContext gqle_live_memory;

extern int64 gqle_live_clock(void);	/* us */
extern uint64 gqle_live_hash(const char *text, int len);
extern int64 gqle_live_interval(GqleLiveKind kind); /* us */
extern int64 gqle_live_min_interval(void); /* us */

/*
 * The live of a call, made if there is none; of a stream, the one that goes on
 * from the cursor, or from its initial value.  like differs in the cursor only, or is
 * NULL.
 */
extern GqleLive *gqle_live_get(const GqleCall *call, GqleLiveKind kind, const char *cursor,
							   const GqleLive *like);
extern void gqle_live_free(GqleLive *live);
extern void gqle_live_add_subscriber(GqleLive *live, GqleSubscriber *subscriber);
extern void gqle_live_take_subscriber(GqleLive *live, GqleSubscriber *subscriber);

/* Make a waiting live due at a time, if it would be later. */
extern void gqle_live_advance(GqleLive *live, int64 due);

/*
 * A live that has been run, as its call says, waits for its turn from now on, as what
 * it cost and what it depends on ask for; or after something that tells nothing about
 * its answer.
 */
extern void gqle_live_end_run(GqleLive *live, int64 duration_ns, int64 now);
extern void gqle_live_wait_for_another_try(GqleLive *live);

/* Did the last run fail? */
extern void gqle_live_note_error(GqleLive *live, bool is_error);

/* live_run.c */
extern void gqle_live_run_start(void);

/* Join the group of a call's operation, or none; and leave it. */
extern void gqle_live_join_group(GqleLive *live, const GqleLive *like);
extern void gqle_live_leave_group(GqleLive *live);

/* A live, out of the heap, is to be run as soon as possible. */
extern void gqle_live_make_ready(GqleLive *live);
extern bool gqle_live_is_any_ready(void);

/* Run what is ready until a time. */
extern void gqle_live_run_ready(int64 until);

/* A live that isn't waiting goes away: stop whatever is done for it. */
extern void gqle_live_stop_run(GqleLive *live);

/* A subscriber leaves, perhaps while it is being told something. */
extern void gqle_live_note_leaving(const GqleSubscriber *subscriber);

#endif							/* GQLE_WORKER_LIVE_PARTS_H */
