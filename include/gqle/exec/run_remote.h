/*
 * run_remote.h
 *		Asking remote schemas.
 */
#ifndef GQLE_EXEC_RUN_REMOTE_H
#define GQLE_EXEC_RUN_REMOTE_H

#include "gqle/exec/steps.h"
#include "gqle/plan/plan_remote.h"

/* A root field: ask for it, and append its value. */
extern GqleStepResult gqle_run_remote(const GqleStep *step, const GqleRemotePlan *plan);

/* ------------------------------------------------------------------------
 * Parts, for joins
 * ------------------------------------------------------------------------ */

/* The names and values of an operation's variables, while it is put together. */
typedef struct GqleRemoteVariables
{
	int			n;
	int			n_json;			/* of our own */
	int			allocated;
	struct GqleRemoteVariable *items;
} GqleRemoteVariables;

/* Append a text with its variables named; false after reporting one without value. */
extern bool gqle_remote_append_text(const GqleStep *step, StringInfo out,
									const GqleRemoteText *text,
									GqleRemoteVariables *variables);

/*
 * Append a value that isn't known before this run, as a variable; it is shared with
 * others of the same type and value.
 */
extern void gqle_remote_append_json(StringInfo out, const char *type, const char *json,
									GqleRemoteVariables *variables);

/*
 * Send an operation of that type with this selection set, under a name or none.  DONE:
 * *reply is there; FAILED: that there is none is reported.
 */
extern GqleStepResult gqle_remote_send(const GqleStep *step, const GqleRemoteSchema *schema,
									   GqleOperationType type, const char *name,
									   const char *selection_set,
									   const GqleRemoteVariables *variables,
									   const GqleHttpReply **reply);

/* Append a value of an answer with what has to be changed in it; shape may be NULL. */
extern void gqle_remote_append_answer(StringInfo out, const GqleRemoteSchema *schema,
									  const GqleRemoteShape *shape, const GqleJson *value);

#endif							/* GQLE_EXEC_RUN_REMOTE_H */
