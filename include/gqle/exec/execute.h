/*
 * execute.h
 *		Running operations: compile or find in the cache, bind, execute, answer.
 */
#ifndef GQLE_EXEC_EXECUTE_H
#define GQLE_EXEC_EXECUTE_H

#include "gqle/base/metrics.h"
#include "gqle/catalog/session.h"
#include "gqle/exec/outcall.h"
#include "gqle/validate/validate.h"

/* Flags of gqle_execute. */
#define GQLE_EXECUTE_CHEAP_ONLY		0x01	/* refuse what does not fit the inline rule */
#define GQLE_EXECUTE_SUBSCRIPTION	0x02	/* run subscriptions once, as queries */

typedef enum GqleExecuteResult
{
	GQLE_EXECUTE_OK,			/* {"data":...} was appended */
	GQLE_EXECUTE_ERROR,			/* sink has the error, nothing was appended */
	GQLE_EXECUTE_TOO_HEAVY,		/* CHEAP_ONLY: nothing was done */
	GQLE_EXECUTE_NEEDS_HTTP		/* keep what was done, make the pending calls (there
								 * may be none), then run it again */
} GqleExecuteResult;

/*
 * Execute one request in the current transaction under the active snapshot and
 * append {"data":...} to out.  The client's mistakes end up in the sink; errors
 * of Postgres are thrown, and gqle_execute_error_path tells where the operation
 * was.  The transaction is to be rolled back after any error.
 *
 * outcalls holds what the network has answered so far; NULL means that it can't
 * be asked.
 */
extern GqleExecuteResult gqle_execute(const GqleSession *session,
									  const GqleRequest *request, int flags,
									  GqleOutcalls *outcalls, StringInfo out,
									  GqleErrorSink *sink);

/*
 * Where the operation was when an error was thrown: path of the root field, and
 * the statement; NULL if it had not come that far.
 */
extern const char *gqle_execute_error_path(void);
extern const char *gqle_execute_error_statement(void);

/*
 * How far the last operation came: reset before a call, then whether a
 * subscription was compiled, and whether an operation began to run.
 */
extern void gqle_execute_reset(void);
extern bool gqle_execute_is_subscription(void);
extern bool gqle_execute_has_begun(void);

/*
 * May a compiled operation run in a server worker?  May the session run it, for what
 * it is expected to cost?  (The second one reports.)
 */
struct GqleCompiled;
extern bool gqle_execute_is_cheap(const struct GqleCompiled *compiled);
extern bool gqle_execute_check_cost(const GqleSession *session,
									const struct GqleCompiled *compiled,
									GqleErrorSink *sink);

/* What the last operation is, as far as it came. */
extern GqleMetricOperation gqle_execute_operation(void);

/* What the answer of the last subscription depends on; is_opaque if unknown. */
extern const struct GqleReads *gqle_execute_reads(void);

/*
 * What the last operation answered: was it a stream, the cursor of its last row
 * or NULL if it had none, and were all its root fields null or []?
 */
extern bool gqle_execute_is_stream(void);
extern const char *gqle_execute_cursor(void);
extern bool gqle_execute_is_empty(void);

/* Is a root field's value null or []? */
extern bool gqle_execute_is_empty_value(const char *text, int len);

/* Will a subscription have no other answer than the last?  And: a root says so. */
extern bool gqle_execute_is_final(void);
extern void gqle_execute_note_end(void);

/* Say where the operation is; for the parts of exec.  Texts are not copied. */
extern void gqle_execute_set_position(const char *path, const char *statement);

/*
 * The statement that ran last, for livequery-poller-log; NULL if that isn't wanted.
 * Valid until the next operation.
 */
extern const char *gqle_execute_shown_statement(void);

#endif							/* GQLE_EXEC_EXECUTE_H */
