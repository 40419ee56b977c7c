/*
 * lane.h
 *		A server worker's calls that executors run, and who waits for them.
 */
#ifndef GQLE_WORKER_LANE_H
#define GQLE_WORKER_LANE_H

#include "gqle/worker/channel.h"

/*
 * Gets the answer of a call.  Unless the answer is lost, it frees it with
 * gqle_channel_free_answer, now or later.  Must not throw.
 */
typedef void (*GqleLaneHandler) (void *owner, const GqleAnswer *answer);

/*
 * Have an executor run a call; the handler is called with the answer.  False
 * means that too many calls wait, and nothing was kept.
 */
extern bool gqle_lane_submit(const GqleCall *call, GqleLaneHandler handler,
							 void *owner, GqleTicket *ticket);

/* Put what an answer says about an operation where its call says it. */
extern void gqle_lane_take_answer(const GqleAnswer *answer, GqleCall *call);

/* Forget a call: its handler will not be called. */
extern void gqle_lane_cancel(GqleTicket ticket);

/* Hand out the answers that have come. */
extern void gqle_lane_collect(void);

/* Calls without an answer. */
extern int	gqle_lane_count(void);

#endif							/* GQLE_WORKER_LANE_H */
