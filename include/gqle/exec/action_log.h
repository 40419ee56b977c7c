/*
 * action_log.h
 *		The log of asynchronous actions: calls that wait, and what came of them.
 */
#ifndef GQLE_EXEC_ACTION_LOG_H
#define GQLE_EXEC_ACTION_LOG_H

#include "gqle/catalog/action.h"
#include "gqle/exec/outcall.h"

/* What is known of a call. */
typedef struct GqleActionRecord
{
	const char *created_at;		/* as JSON text */
	const GqleJson *response;	/* or NULL */
	const GqleJson *errors;		/* or NULL */
	bool		is_owned;		/* the session is the one that made it */
} GqleActionRecord;

/*
 * Put a call into the log; the delivery worker makes it after the commit.  Input
 * and session are JSON texts.  Returns the id.
 */
extern const char *gqle_action_log_add(const GqleAction *action, const char *input,
									   const char *session, const GqleOutcalls *client);

/* What is known of a call of that action; false if there is none of that id. */
extern bool gqle_action_log_find(const GqleAction *action, const char *id,
								 const char *session, GqleActionRecord *record);

#endif							/* GQLE_EXEC_ACTION_LOG_H */
