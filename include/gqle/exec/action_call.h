/*
 * action_call.h
 *		Calling the webhook of an action, now or later: the request that is made
 *		and what its answer means (events-and-actions.md, 3.3 and 3.4).
 */
#ifndef GQLE_EXEC_ACTION_CALL_H
#define GQLE_EXEC_ACTION_CALL_H

#include "gqle/catalog/action.h"
#include "gqle/exec/outcall.h"

typedef struct GqleActionCall
{
	/* given */
	const GqleAction *action;
	const char *input;			/* JSON text */
	const char *query;			/* text of the operation, or NULL */
	int			query_len;
	const char *session;		/* JSON text of the variables */
	bool		is_later;		/* errors tell nothing internal but what is wrong with a
								 * transform */

	/* made */
	GqleHttpRequest request;
	int			body_len;		/* before it was transformed */
	GqleJson   *session_variables;
	const GqleJson *context;	/* what templates saw of the request, or NULL */
} GqleActionCall;

/*
 * Make the request; client has the headers of the client.  False after reporting.
 * All is allocated in the current memory context.
 */
extern bool gqle_action_call_make(GqleActionCall *call, const GqleOutcalls *client,
								  GqleErrorSink *sink);

/* The answer, found right, as the webhook gave it; NULL after reporting. */
extern GqleJson *gqle_action_call_read(const GqleActionCall *call,
									   const GqleHttpReply *reply, GqleErrorSink *sink);

/* A line of the log about a call that was answered. */
extern void gqle_action_call_log(const GqleActionCall *call, const GqleHttpReply *reply);

#endif							/* GQLE_EXEC_ACTION_CALL_H */
