/*
 * live.h
 *		Live queries: operations that are run again and again, for those who
 *		want to know when their answer changes; and streams, which want the
 *		rows after a cursor.
 */
#ifndef GQLE_WORKER_LIVE_H
#define GQLE_WORKER_LIVE_H

#include "lib/ilist.h"

#include "gqle/api/call.h"

typedef struct GqleSubscriber GqleSubscriber;
typedef struct GqleLive GqleLive;

/*
 * Told an answer that differs from the one told before, or the next rows of a
 * stream.  False means that it can't be passed on now; then a later one will be
 * told, or these rows once more.  May call gqle_live_leave.  Must not throw.
 */
typedef bool (*GqleLiveHandler) (GqleSubscriber *subscriber, bool is_error,
								 const char *body, int len);

/* Part of what the user keeps about an operation. */
struct GqleSubscriber
{
	dlist_node	node;			/* private to live.c, as all below */
	GqleLive   *live;
	GqleLiveHandler handler;
	uint64		hash;			/* of the answer told last */
};

extern void gqle_live_start(void);

/* Is the answer of a subscription one that nobody is told? */
extern bool gqle_live_is_silent(const GqleCall *call);

/*
 * Subscribe to a call that has just been run: body is its answer, which the
 * subscriber knows.  What is needed of the call is copied.
 */
extern void gqle_live_join(GqleSubscriber *subscriber, GqleLiveHandler handler,
						   const GqleCall *call, const char *body, int len);
extern void gqle_live_leave(GqleSubscriber *subscriber);

/* Is what the subscriber is being told the last there will be? */
extern bool gqle_live_is_final(const GqleSubscriber *subscriber);

/* Longest time to wait before the next turn, in ms. */
extern long gqle_live_timeout(void);

/* Run what is due. */
extern void gqle_live_turn(void);

/* What this worker runs for subscribers, as JSON; extended: and for whom. */
extern void gqle_live_append(StringInfo to, bool is_extended);

#endif							/* GQLE_WORKER_LIVE_H */
