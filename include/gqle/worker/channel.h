/*
 * channel.h
 *		Calls from server workers to executors, and the answers back.
 */
#ifndef GQLE_WORKER_CHANNEL_H
#define GQLE_WORKER_CHANNEL_H

#include "gqle/api/call.h"

/* A call in flight, as its server worker knows it. */
typedef struct GqleTicket
{
	int			index;
	uint32		generation;
} GqleTicket;

typedef struct GqleAnswer
{
	GqleTicket	ticket;
	bool		is_lost;		/* the executor ended before it answered */
	int			status;
	bool		is_error;
	bool		is_live;		/* see GqleCall */
	bool		is_executed;
	bool		needs_http;		/* no answer yet: body is packed outcalls */
	GqleMetricOperation operation;
	bool		is_stream;
	bool		is_empty;
	bool		is_final;
	GqleReads	reads;			/* if is_live */
	const char *next_cursor;	/* in shared memory, or NULL */
	const char *cookies;		/* for the client, a line each; in shared memory, or NULL */
	const char *batch_times;	/* in shared memory; may be empty; NULL if lost */
	const char *spans;			/* what the call noted, packed, in shared memory;
								 * or NULL */
	const char *body;			/* in shared memory; NULL if lost */
	int			body_len;
	uint64		memory;			/* for gqle_channel_free_answer */
} GqleAnswer;

extern void gqle_channel_init(void);

/* A server worker or an executor enters the channel, after its connection. */
extern void gqle_channel_join(void);

/*
 * Server's side.  submit copies the call and wakes an executor; false means
 * that too many calls wait or memory is short, and nothing was kept.  cancel
 * forgets a call; its answer will never be collected.  collect returns false
 * when no answer is there.  A call that needs_http keeps its ticket until it is
 * resumed with the packed replies, or cancelled; false means that memory is
 * short, and nothing has changed.
 */
extern bool gqle_channel_submit(const GqleCall *call, GqleTicket *ticket);
extern void gqle_channel_cancel(GqleTicket ticket);
extern bool gqle_channel_resume(GqleTicket ticket, const char *replies, int len);
extern bool gqle_channel_collect(GqleAnswer *answer);
extern void gqle_channel_free_answer(const GqleAnswer *answer);

/*
 * Executor's side.  take fills a call (session and outcalls in the current memory
 * context, other texts in shared memory) or returns false when none waits; the executor is
 * then listed as idle and its latch will be set.  finish sends the answer.
 */
extern bool gqle_channel_take(GqleCall *call);
extern void gqle_channel_finish(const GqleCall *call);

/* Executor's side: may this idle executor go?  True takes it off the list. */
extern bool gqle_channel_retire(int n_to_stay);

/* Launcher's side: calls that wait for an executor of a served database. */
extern int	gqle_channel_take_demand(int database);

#endif							/* GQLE_WORKER_CHANNEL_H */
