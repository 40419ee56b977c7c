/*
 * execute.c
 *		Running operations.
 *
 * One way for everything: pin the catalog, get the compiled operation, bind the
 * values of all root fields (so that a bad one shows before anything is done),
 * make the session known, then run the root fields in order, each writing its
 * part of the answer into the same buffer.  Root fields of a query share the
 * active snapshot.
 */
#include "gqle/gqle.h"

#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/catalog/linked.h"
#include "gqle/exec/bind.h"
#include "gqle/exec/execute.h"
#include "gqle/exec/identity.h"
#include "gqle/exec/input_hook.h"
#include "gqle/exec/op_cache.h"
#include "gqle/exec/query_log.h"
#include "gqle/exec/reads.h"
#include "gqle/exec/run_action.h"
#include "gqle/exec/run_joins.h"
#include "gqle/exec/run_mutation.h"
#include "gqle/exec/run_remote.h"
#include "gqle/exec/spans.h"
#include "gqle/exec/steps.h"
#include "gqle/validate/coerce.h"

/* One execution; also what run_roots and its kin pass around. */
typedef struct Execution
{
	const GqleSession *session;
	const GqleRequest *request;
	GqleCompiled *compiled;
	GqleOutcalls *outcalls;
	uint64		n_rows;			/* of query roots */
	StringInfo	out;
	GqleErrorSink *sink;
} Execution;

static const char *position_path = NULL;
static const char *position_statement = NULL;
static bool is_subscription = false;
static bool has_begun = false;
static GqleMetricOperation operation_kind = GQLE_METRIC_UNKNOWN;
static bool is_stream = false;
static bool is_empty = false;
static bool is_final = false;
static int	n_ended = 0;			/* roots that will not answer anything else */
static bool has_cursor = false;
static StringInfoData shown_statement = {NULL, 0, 0, 0};
static GqleReads reads;
static StringInfoData cursor = {NULL, 0, 0, 0};

/* While a mutation's root field runs: for the log, what and on whose behalf. */
static const GqleRequest *mutation_request = NULL;
static const char *mutation_field = NULL;

/* While a root field runs whose span is wanted. */
static const GqleRootPlan *span_root = NULL;
static uint64 span_start;

static bool run_root(Execution *execution, const GqleRootPlan *root);
static GqleStepResult run_steps(Execution *execution, const GqleRootPlan *roots, int n,
								const char *prefix);
static GqleStepResult run_noted_step(Execution *execution, const GqleRootPlan *root,
									 const char *key, bool is_last);
static bool run_roots(Execution *execution, const GqleRootPlan *roots, int n);

const char *
gqle_execute_error_path(void)
{
	return position_path;
}

const char *
gqle_execute_error_statement(void)
{
	return position_statement;
}

void
gqle_execute_reset(void)
{
	position_path = position_statement = NULL;
	mutation_request = NULL;
	span_root = NULL;
	shown_statement.len = 0;
	is_subscription = has_begun = is_stream = is_empty = is_final = has_cursor = false;
	n_ended = 0;
	operation_kind = GQLE_METRIC_UNKNOWN;
	reads.is_opaque = true;
	reads.n = 0;
}

const GqleReads *
gqle_execute_reads(void)
{
	return &reads;
}

GqleMetricOperation
gqle_execute_operation(void)
{
	return operation_kind;
}

bool
gqle_execute_is_subscription(void)
{
	return is_subscription;
}

bool
gqle_execute_has_begun(void)
{
	return has_begun;
}

bool
gqle_execute_is_stream(void)
{
	return is_stream;
}

const char *
gqle_execute_cursor(void)
{
	return has_cursor ? cursor.data : NULL;
}

bool
gqle_execute_is_empty(void)
{
	return is_empty;
}

bool
gqle_execute_is_final(void)
{
	return is_final;
}

void
gqle_execute_note_end(void)
{
	n_ended++;
}

/* Keep where a stream has come to, beyond the request's memory. */
static void
keep_cursor(const GqlePrepared *prepared)
{
	const char *text = gqle_receiver_watched(prepared->receiver);

	is_stream = true;
	if (text == NULL)
		return;
	if (cursor.data == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		initStringInfo(&cursor);
		MemoryContextSwitchTo(old);
	}
	resetStringInfo(&cursor);
	appendStringInfoString(&cursor, text);
	has_cursor = true;
}

/* Keep a statement beyond the request's memory. */
static void
keep_statement(const char *sql)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	if (shown_statement.data == NULL)
		initStringInfo(&shown_statement);
	resetStringInfo(&shown_statement);
	appendStringInfoString(&shown_statement, sql);
	MemoryContextSwitchTo(old);
}

const char *
gqle_execute_shown_statement(void)
{
	return shown_statement.len > 0 ? shown_statement.data : NULL;
}

void
gqle_execute_set_position(const char *path, const char *statement)
{
	position_path = path;
	position_statement = statement;
	if (mutation_request != NULL && statement != NULL && gqle_query_log_is_wanted())
		gqle_query_log_statement(mutation_request, mutation_field, statement, NULL);
}

/* See execute.h: the inline rule (DESIGN §4). */
bool
gqle_execute_is_cheap(const GqleCompiled *compiled)
{
	return compiled->plan->type != GQLE_OPERATION_MUTATION && !compiled->is_slow &&
		!compiled->plan->has_steps &&
		compiled->cost <= gqle_guc_inline_cost_limit;
}

/*
 * Bind every parameter of a query; of a mutation, whose statements take what
 * others return, see that session variables are there.
 */
static bool
bind_all(Execution *execution)
{
	GqleCompiled *compiled = execution->compiled;
	const ListCell *lc;
	int			i;

	foreach(lc, compiled->plan->session_names)
		if (gqle_coerce_require_session(execution->session, lfirst(lc),
										execution->sink) == NULL)
			return false;
	for (i = 0; i < compiled->n_prepared; i++)
		if (!gqle_bind_values(&compiled->prepared[i], execution->request,
							  execution->session, execution->sink))
			return false;
	return true;
}

/* ------------------------------------------------------------------------
 * Spans; attributes and names are Hasura's
 * ------------------------------------------------------------------------ */

/* What the request's own span says of its operation; of a batch, the first one. */
static void
note_operation(const Execution *execution)
{
	static const char *const kinds[] = {"unknown", "query", "mutation", "subscription"};
	GqleMetricOperation kind = gqle_op_cache_kind(execution->compiled);
	GqleSpans	noted;

	gqle_spans_noted(&noted);
	if (noted.attributes_len > 0)
		return;
	gqle_spans_add_attribute("graphql.operation.type", kinds[kind]);
	if (execution->compiled->name != NULL)
		gqle_spans_add_attribute("graphql.operation.name", execution->compiled->name);
	if (gqle_guc_enable_query_tracing)
		gqle_spans_add_attribute("graphql.query",
								 pnstrdup(execution->request->query,
										  execution->request->query_len));
}

static void
begin_span(const GqleRootPlan *root)
{
	span_root = root;
	span_start = gqle_spans_now();
}

/* The root field that runs has come to its end. */
static void
end_span(bool is_error)
{
	bool		is_mutation = span_root->kind == GQLE_ROOTPLAN_MUTATION;
	const char *attributes[] = {"db.system", "postgresql", "db.query", position_statement};

	gqle_spans_add(psprintf("Postgres %s for root field \"%s\"",
							is_mutation ? "Mutation" : "Query", span_root->response_key),
				   GQLE_SPAN_INTERNAL, span_start, is_error, attributes,
				   gqle_guc_enable_query_tracing && position_statement != NULL ? 2 : 1);
	span_root = NULL;
}

/* Run a query root's statement and append its JSON value. */
static void
run_statement(Execution *execution, const GqleRootPlan *root)
{
	GqlePrepared *prepared =
		&execution->compiled->prepared[root->prepared];
	bool		is_list = prepared->statement->form == GQLE_RESULT_LIST;
	uint64		max_rows = is_list ? 0 : 1;
	StringInfo	out = execution->out;

	gqle_execute_set_position(root->error_path, prepared->statement->sql);
	if (unlikely(is_subscription && gqle_log_wants(GQLE_LOG_LIVEQUERY_POLLER,
												   GQLE_LOG_LEVEL_INFO)))
		keep_statement(prepared->statement->sql);
	if (unlikely(gqle_query_log_is_wanted()))
		gqle_query_log_statement(execution->request, root->response_key,
								 prepared->statement->sql, prepared);
	if (is_list)
		appendStringInfoCharMacro(out, '[');
	gqle_receiver_set_output(prepared->receiver, out);
	gqle_spi_plan_execute(prepared->plan, prepared->values, prepared->nulls, true,
						  max_rows, prepared->receiver);
	execution->n_rows += gqle_receiver_n_rows(prepared->receiver);
	if (is_list)
		appendStringInfoCharMacro(out, ']');
	else if (gqle_receiver_n_rows(prepared->receiver) == 0)
		appendBinaryStringInfo(out, "null", 4);
	if (unlikely(prepared->statement->cursor_param > 0))
		keep_cursor(prepared);
}

/*
 * Run a mutation root; later ones and relationships in its answer see what it
 * did.
 */
static bool
run_mutation(Execution *execution, const GqleRootPlan *root)
{
	bool		done;

	gqle_execute_set_position(root->error_path, NULL);
	mutation_request = execution->request;
	mutation_field = root->response_key;
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	done = gqle_run_mutation(root, execution->compiled->context, execution->request,
							 execution->session, execution->out, execution->sink);
	PopActiveSnapshot();
	mutation_request = NULL;
	return done;
}

/* Append a list of what the children of a root answer. */
static bool
run_list(Execution *execution, const GqleRootPlan *root)
{
	int			i;

	appendStringInfoCharMacro(execution->out, '[');
	for (i = 0; i < root->n_children; i++)
	{
		if (i > 0)
			appendStringInfoCharMacro(execution->out, ',');
		if (!run_root(execution, &root->children[i]))
			return false;
	}
	appendStringInfoCharMacro(execution->out, ']');
	return true;
}

static bool
run_root(Execution *execution, const GqleRootPlan *root)
{
	bool		done;

	switch (root->kind)
	{
		case GQLE_ROOTPLAN_STATEMENT:
			if (unlikely(gqle_spans_are_wanted()))
				begin_span(root);
			run_statement(execution, root);
			if (unlikely(span_root != NULL))
				end_span(false);
			return true;
		case GQLE_ROOTPLAN_MUTATION:
			if (unlikely(gqle_spans_are_wanted()))
				begin_span(root);
			done = run_mutation(execution, root);
			if (unlikely(span_root != NULL))
				end_span(!done);
			return done;
		case GQLE_ROOTPLAN_TEXT:
			appendBinaryStringInfo(execution->out, root->text, root->text_len);
			if (unlikely(gqle_query_log_is_wanted()))
				gqle_query_log_introspection(execution->request);
			return true;
		case GQLE_ROOTPLAN_GROUP:
			if (root->is_list)
				return run_list(execution, root);
			return run_roots(execution, root->children, root->n_children);
		case GQLE_ROOTPLAN_ACTION:
			Ensure(false, "an action is run as a step");
			break;
		case GQLE_ROOTPLAN_REMOTE:
			Ensure(false, "a remote schema is asked in a step of its own");
			break;
	}
	return false;
}

/* See execute.h. */
bool
gqle_execute_is_empty_value(const char *text, int len)
{
	return (len == 4 && memcmp(text, "null", 4) == 0) ||
		(len == 2 && memcmp(text, "[]", 2) == 0);
}

/* Append an object of root fields. */
static bool
run_roots(Execution *execution, const GqleRootPlan *roots, int n)
{
	bool		first = true;
	bool		empty = true;
	int			i;

	appendStringInfoCharMacro(execution->out, '{');
	for (i = 0; i < n; i++)
	{
		int			start;

		gqle_json_write_key(execution->out, roots[i].response_key, &first);
		start = execution->out->len;
		if (!run_root(execution, &roots[i]))
			return false;
		empty = empty && gqle_execute_is_empty_value(execution->out->data + start,
													 execution->out->len - start);
	}
	appendStringInfoCharMacro(execution->out, '}');
	is_empty = empty;
	return true;
}

/* ------------------------------------------------------------------------
 * Operations of steps
 * ------------------------------------------------------------------------ */

/* Does a root touch the database, so that it has to wait for its turn? */
static bool
needs_database(const GqleRootPlan *root)
{
	int			i;

	for (i = 0; i < root->n_children; i++)
		if (needs_database(&root->children[i]))
			return true;
	return root->kind == GQLE_ROOTPLAN_STATEMENT || root->kind == GQLE_ROOTPLAN_MUTATION;
}

/* Does a root change the database, so that what it did is to be kept? */
static bool
changes_database(const GqleRootPlan *root)
{
	return root->kind == GQLE_ROOTPLAN_MUTATION ||
		(root->kind == GQLE_ROOTPLAN_ACTION &&
		 root->action->kind == GQLE_ACTION_ENQUEUE);
}

/* What a root field's step works with. */
static GqleStep
make_step(Execution *execution, const char *key)
{
	GqleStep	step = {execution->session, execution->request,
	execution->compiled->plan->type, execution->compiled->context, execution->outcalls, key,
	execution->out, execution->sink};

	return step;
}

/* Append a list of what the children of a root answer. */
static GqleStepResult
run_step_list(Execution *execution, const GqleRootPlan *root, const char *key)
{
	bool		is_pending = false;
	int			i;

	appendStringInfoCharMacro(execution->out, '[');
	for (i = 0; i < root->n_children; i++)
	{
		GqleStepResult result;

		if (i > 0)
			appendStringInfoCharMacro(execution->out, ',');
		result = run_noted_step(execution, &root->children[i], psprintf("%s.%d", key, i),
								true);
		if (result == GQLE_STEP_FAILED && !is_pending)
			return result;
		execution->sink->has_error = false;
		is_pending = is_pending || result == GQLE_STEP_PENDING;
	}
	appendStringInfoCharMacro(execution->out, ']');
	return is_pending ? GQLE_STEP_PENDING : GQLE_STEP_DONE;
}

/* Run one root field, as far as it goes without joins, and append its value. */
static GqleStepResult
run_left_side(Execution *execution, const GqleRootPlan *root, const char *key)
{
	GqleStep	step = make_step(execution, key);

	if (root->kind == GQLE_ROOTPLAN_GROUP && root->is_list)
		return run_step_list(execution, root, key);
	if (root->kind == GQLE_ROOTPLAN_GROUP)
		return run_steps(execution, root->children, root->n_children, key);
	if (root->kind == GQLE_ROOTPLAN_ACTION)
		return gqle_run_action(&step, root->action);
	if (root->kind == GQLE_ROOTPLAN_REMOTE)
		return gqle_run_remote(&step, root->remote);
	return run_root(execution, root) ? GQLE_STEP_DONE : GQLE_STEP_FAILED;
}

/*
 * Run a root field that is not done yet, and append its value with all that is
 * joined to it.  What a mutation did is kept before anything is joined to it.
 */
static GqleStepResult
run_step(Execution *execution, const GqleRootPlan *root, const char *key)
{
	StringInfo	out = execution->out;
	GqleStep	step = make_step(execution, key);
	const char *left_key = psprintf("%s.left", key);
	const GqleNote *left;
	int			start = out->len;
	GqleStepResult result;

	if (root->joins == NULL)
		return run_left_side(execution, root, key);
	left = gqle_outcalls_recall(execution->outcalls, left_key);
	if (left == NULL)
	{
		result = run_left_side(execution, root, left_key);
		if (result != GQLE_STEP_DONE)
			return result;
		gqle_outcalls_note(execution->outcalls, left_key, out->data + start,
						   out->len - start);
		out->len = start;
		out->data[start] = '\0';
		if (root->kind == GQLE_ROOTPLAN_MUTATION)
			return GQLE_STEP_PENDING;
		left = gqle_outcalls_recall(execution->outcalls, left_key);
	}
	return gqle_run_joins(&step, root->joins, left->text, left->len);
}

/*
 * Run a root field unless an earlier run did.  One that changed something ends the
 * run, so that what it did is kept whatever becomes of those after it.
 */
static GqleStepResult
run_noted_step(Execution *execution, const GqleRootPlan *root, const char *key,
			   bool is_last)
{
	StringInfo	out = execution->out;
	const GqleNote *note = gqle_outcalls_recall(execution->outcalls, key);
	int			start = out->len;
	GqleStepResult result;

	if (note != NULL)
	{
		appendBinaryStringInfo(out, note->text, note->len);
		return GQLE_STEP_DONE;
	}
	result = run_step(execution, root, key);
	if (result != GQLE_STEP_DONE || root->kind == GQLE_ROOTPLAN_TEXT)
		return result;
	gqle_outcalls_note(execution->outcalls, key, out->data + start, out->len - start);
	return changes_database(root) && !is_last ?
		GQLE_STEP_PENDING : GQLE_STEP_DONE;
}

/*
 * Append an object of root fields, step by step.  While one waits for the
 * network the following ones of a query may ask it, too; but whose error comes
 * first in the document is the operation's.
 */
static GqleStepResult
run_steps(Execution *execution, const GqleRootPlan *roots, int n, const char *prefix)
{
	bool		is_mutation = execution->compiled->plan->type == GQLE_OPERATION_MUTATION;
	bool		first = true;
	bool		is_pending = false;
	int			i;

	appendStringInfoCharMacro(execution->out, '{');
	for (i = 0; i < n; i++)
	{
		GqleStepResult result;

		if (is_pending && needs_database(&roots[i]))
			continue;
		gqle_json_write_key(execution->out, roots[i].response_key, &first);
		result = run_noted_step(execution, &roots[i], psprintf("%s.%d", prefix, i),
								i == n - 1);
		if (result == GQLE_STEP_FAILED && !is_pending)
			return result;
		if (result == GQLE_STEP_PENDING && is_mutation)
			return result;
		execution->sink->has_error = false;
		is_pending = is_pending || result == GQLE_STEP_PENDING;
	}
	appendStringInfoCharMacro(execution->out, '}');
	return is_pending ? GQLE_STEP_PENDING : GQLE_STEP_DONE;
}

/* ------------------------------------------------------------------------
 * Operations
 * ------------------------------------------------------------------------ */

/* Run the root fields, in one go or in steps. */
static GqleStepResult
run_plan(Execution *execution)
{
	const GqlePlan *plan = execution->compiled->plan;

	if (plan->has_steps)
	{
		GqleStepResult result;

		n_ended = 0;
		result = run_steps(execution, plan->roots, plan->n_roots, "root");
		is_final = result == GQLE_STEP_DONE && n_ended == plan->n_roots;
		return result;
	}
	return run_roots(execution, plan->roots, plan->n_roots) ?
		GQLE_STEP_DONE : GQLE_STEP_FAILED;
}

/* Lock the tables of all query roots, then take the snapshot they share. */
static void
begin_snapshot(const GqleCompiled *compiled)
{
	int			i;

	for (i = 0; i < compiled->n_prepared; i++)
		gqle_spi_plan_lock(compiled->prepared[i].plan);
	PushActiveSnapshot(GetTransactionSnapshot());
}

/* Bind and run a compiled operation. */
static GqleStepResult
run_compiled(Execution *execution)
{
	int			start = execution->out->len;
	int			nest_level;
	GqleStepResult result;

	if (!bind_all(execution))
		return GQLE_STEP_FAILED;
	has_begun = true;
	nest_level = gqle_identity_begin(execution->session);
	begin_snapshot(execution->compiled);
	appendStringInfoString(execution->out, "{\"data\":");
	result = run_plan(execution);
	PopActiveSnapshot();
	appendStringInfoCharMacro(execution->out, '}');
	gqle_identity_end(nest_level);
	if (result != GQLE_STEP_DONE)
	{
		execution->out->len = start;
		execution->out->data[start] = '\0';
	}
	return result;
}

/* Count an execution and log it. */
static void
count(const Execution *execution, instr_time start, uint64 bytes, bool is_inline,
	  bool failed)
{
	instr_time	elapsed;

	INSTR_TIME_SET_CURRENT(elapsed);
	INSTR_TIME_SUBTRACT(elapsed, start);
	gqle_stat_operations_count(execution->compiled->stat,
							   INSTR_TIME_GET_MICROSEC(elapsed), bytes,
							   execution->n_rows, is_inline, failed);
	gqle_query_log_end(execution->session, execution->request, execution->compiled,
					   INSTR_TIME_GET_MICROSEC(elapsed), bytes, failed);
}

/* Run a compiled operation and count it, however it ends. */
static GqleStepResult
run_counted(Execution *execution, int flags)
{
	int			bytes_before = execution->out->len;
	bool		is_inline = (flags & GQLE_EXECUTE_CHEAP_ONLY) != 0;
	volatile GqleStepResult result;
	instr_time	start;

	/* workers show what they run; a session's own statement stays as it is */
	if (execution->compiled->activity != NULL && IsBackgroundWorker)
		pgstat_report_activity(STATE_RUNNING, execution->compiled->activity);
	if (unlikely(gqle_spans_are_wanted()))
		note_operation(execution);
	INSTR_TIME_SET_CURRENT(start);
	PG_TRY();
	{
		result = run_compiled(execution);
	}
	PG_CATCH();
	{
		if (span_root != NULL)
			end_span(true);
		/* one whose inline budget ended runs again in the lane */
		if (!is_inline || geterrcode() != ERRCODE_QUERY_CANCELED)
			count(execution, start, 0, is_inline, true);
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (result != GQLE_STEP_PENDING)
		count(execution, start, execution->out->len - bytes_before, is_inline,
			  result == GQLE_STEP_FAILED);
	return result;
}

/* The planner cost that a role's queries may have; 0: any. */
static double
cost_limit_of(const char *role)
{
	const char *at = gqle_guc_cost_limit_roles;

	while (at != NULL && *at != '\0')
	{
		const char *name;
		int			len;
		double		cost;

		at = gqle_guc_next_cost_limit(at, &name, &len, &cost);
		if (at != NULL && (int) strlen(role) == len && memcmp(role, name, len) == 0)
			return cost;
	}
	return gqle_guc_cost_limit;
}

/* See execute.h. */
bool
gqle_execute_check_cost(const GqleSession *session, const GqleCompiled *compiled,
						GqleErrorSink *sink)
{
	double		limit = session->is_admin ? 0 : cost_limit_of(session->role);

	if (limit <= 0 || compiled->cost <= limit)
		return true;
	gqle_error_report(sink, GQLE_ERR_CUSTOM, NULL,
					  "the operation is expected to cost %.0f, more than the limit of %.0f",
					  compiled->cost, limit);
	sink->error.custom_code = "cost-limit-exceeded";
	return false;
}

/* Ask the network what it has to be asked, then run a compiled operation. */
static GqleStepResult
ask_and_run(Execution *execution, int flags)
{
	switch (gqle_input_hooks_ask(execution->compiled->plan, execution->request,
								 execution->session, execution->outcalls,
								 execution->sink))
	{
		case GQLE_HOOK_PASSED:
			return run_counted(execution, flags);
		case GQLE_HOOK_PENDING:
			return GQLE_STEP_PENDING;
		case GQLE_HOOK_FAILED:
			break;
	}
	return GQLE_STEP_FAILED;
}

/* An operation of steps where nobody makes calls. */
static bool
check_network(const Execution *execution)
{
	return !execution->compiled->plan->has_steps || execution->outcalls != NULL ||
		gqle_error_report(execution->sink, GQLE_ERR_NOT_SUPPORTED, NULL,
						  "actions and remote schemas cannot be called from here");
}

static GqleExecuteResult
run_operation(Execution *execution, int flags)
{
	if (!check_network(execution))
		return GQLE_EXECUTE_ERROR;
	switch (ask_and_run(execution, flags))
	{
		case GQLE_STEP_DONE:
			if (is_subscription)
				gqle_reads_of(execution->compiled, &reads);
			return GQLE_EXECUTE_OK;
		case GQLE_STEP_PENDING:
			gqle_outcalls_keep(execution->outcalls);
			return GQLE_EXECUTE_NEEDS_HTTP;
		case GQLE_STEP_FAILED:
			break;
	}
	return GQLE_EXECUTE_ERROR;
}

/* See execute.h. */
GqleExecuteResult
gqle_execute(const GqleSession *session, const GqleRequest *request, int flags,
			 GqleOutcalls *outcalls, StringInfo out, GqleErrorSink *sink)
{
	Execution	execution = {.session = session,.request = request,
	.outcalls = outcalls,.out = out,.sink = sink};
	GqleExecuteResult result = GQLE_EXECUTE_ERROR;
	GqleCatalog *catalog;
	GqleCompiled *compiled;

	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("GraphQL requires a database with encoding UTF8")));
	gqle_execute_reset();
	if (outcalls != NULL)
		gqle_outcalls_rewind(outcalls);
	catalog = gqle_catalog_pin();
	/* whoever serves connections must not wait for another database */
	if ((flags & GQLE_EXECUTE_CHEAP_ONLY) && gqle_catalog_has_linked(catalog))
	{
		gqle_catalog_release(catalog);
		return GQLE_EXECUTE_TOO_HEAVY;
	}
	compiled = execution.compiled = gqle_op_cache_get(catalog, session, request, sink);
	if (compiled != NULL)
	{
		is_subscription = compiled->plan->type == GQLE_OPERATION_SUBSCRIPTION;
		operation_kind = gqle_op_cache_kind(compiled);
		if (compiled->plan->type == GQLE_OPERATION_SUBSCRIPTION &&
			!(flags & GQLE_EXECUTE_SUBSCRIPTION))
			gqle_error_report(sink, GQLE_ERR_UNEXPECTED_PAYLOAD, NULL,
							  "subscriptions are not supported over HTTP, use websockets instead");
		else if (compiled->plan->type == GQLE_OPERATION_MUTATION &&
				 gqle_guc_enable_read_only_mode)
			gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, "$",
							  "Mutations are not allowed when read-only mode is enabled");
		else if (!gqle_execute_check_cost(session, compiled, sink))
			;
		else if ((flags & GQLE_EXECUTE_CHEAP_ONLY) && !gqle_execute_is_cheap(compiled))
			result = GQLE_EXECUTE_TOO_HEAVY;
		else
			result = run_operation(&execution, flags);
		gqle_op_cache_release(compiled);
	}
	gqle_catalog_release(catalog);
	return result;
}
