/*
 * call.c
 *		Runs one endpoint call: transaction, snapshot, budget, catch, answer.
 *
 * This is the only place where an error of PostgreSQL ends: handlers may throw
 * anything, and the frames below a worker's event loop belong to a library that
 * no longjmp may cross.  So gqle_call_run returns whatever happens, outside a
 * transaction, with timers off and no cancel pending; only the end of the
 * process (FATAL) leaves through it.
 *
 * In a server worker (PLACE_INLINE) the transaction is read-only and runs under
 * gqle.inline_budget.  When the budget ends, or the statement turns out to
 * write, nothing has happened that matters: the call is handed to the lane.
 * There statement_timeout applies, as in an ordinary backend.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/elog.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"

#include "gqle/api/call.h"
#include "gqle/api/limits.h"
#include "gqle/base/guc.h"
#include "gqle/base/log.h"
#include "gqle/base/memory.h"
#include "gqle/base/metrics.h"
#include "gqle/exec/errmap.h"
#include "gqle/exec/execute.h"
#include "gqle/exec/op_cache.h"
#include "gqle/exec/spans.h"

typedef struct Endpoint
{
	const char *activity;		/* what pg_stat_activity shows */
	GqleCallHandler handler;
	bool		is_graphql;		/* {"errors":[...]} instead of {"error":...} */
	bool		makes_transactions; /* the handler begins and ends its own */
	bool		is_limited;		/* by the limits of rate and time */
} Endpoint;

/* In the order of GqleEndpoint. */
static const Endpoint endpoints[] = {
	{"POST /v1/graphql", gqle_api_graphql, true, false, true},
	{"POST /v1alpha1/graphql", gqle_api_graphql, true, false, true},
	{"POST /v1/graphql/explain", gqle_api_explain, false},
	{"POST /v1/metadata", gqle_api_metadata, false},
	{"POST /v1/query", gqle_api_query, false},
	{"POST /v2/query", gqle_api_query, false},
	{"POST /v1beta1/relay", gqle_api_graphql, true, false, true},
	{"GET /healthz", gqle_api_health, false},
	{"/api/rest", gqle_api_rest, false, false, true},
	{"GET /api/swagger/json", gqle_api_openapi, false},
	{"POST /v1alpha1/pg_dump", gqle_api_pg_dump, false, true},
	{"gqle: look at metadata", gqle_api_worker_settings, false},
	{"GET /healthz/sources", gqle_api_sources, false},
	{"gqle: run subscriptions", gqle_api_live, true},
};

static MemoryContext request_context = NULL;
static TimeoutId budget_timeout = MAX_TIMEOUTS;
static volatile sig_atomic_t budget_ended = false;
static TimeoutId limit_timeout = MAX_TIMEOUTS;
static volatile sig_atomic_t limit_ended = false;
static int	time_limit;			/* in force, in seconds */

/* What follows from an error. */
typedef enum Recovery
{
	RECOVERY_ANSWERED,			/* the answer is an error */
	RECOVERY_TO_LANE,			/* nothing was done: the lane should try */
	RECOVERY_RETRY				/* nothing was done: try again here */
} Recovery;

static bool run_once(GqleCall *call, bool may_retry, bool *to_lane);
static void prepare_process(void);
static void begin_call(GqleCall *call);
static bool apply_limits(GqleCall *call);
static void end_call(const GqleCall *call);
static Recovery recover_call(GqleCall *call, bool may_retry);
static void answer_with(GqleCall *call, const GqleError *error);
static void answer_error(GqleCall *call, const ErrorData *edata);

GqleCallOutcome
gqle_call_run(GqleCall *call)
{
	MemoryContext old = CurrentMemoryContext;
	bool		to_lane = false;

	prepare_process();
	gqle_log_set_request(call->request_id,
						 call->origin.trace.trace_id[0] != '\0' ?
						 call->origin.trace.trace_id : NULL,
						 call->origin.trace.span_id);
	if (!run_once(call, true, &to_lane))
		(void) run_once(call, false, &to_lane);
	QueryCancelPending = false;
	gqle_log_set_request(NULL, NULL, NULL);
	gqle_spans_end();
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(old);
	MemoryContextReset(request_context);

	if (to_lane)
		return GQLE_CALL_TO_LANE;
	if (call->needs_http)
		return GQLE_CALL_NEEDS_HTTP;
	call->is_error = call->status >= 400;
	call->is_live = gqle_execute_is_subscription();
	if (call->operation != GQLE_METRIC_BATCH)
		call->operation = gqle_execute_operation();
	call->is_executed = gqle_execute_has_begun();
	call->is_stream = gqle_execute_is_stream();
	call->is_empty = gqle_execute_is_empty();
	call->is_final = gqle_execute_is_final();
	call->next_cursor = gqle_execute_cursor();
	if (call->is_live)
	{
		GqleMoment	moment = call->reads.moment;

		call->reads = *gqle_execute_reads();
		call->reads.moment = moment;
	}
	return GQLE_CALL_DONE;
}

/* One try; false if it should be made again. */
static bool
run_once(GqleCall *call, bool may_retry, bool *to_lane)
{
	int			out_start = call->out->len;
	volatile Recovery recovery = RECOVERY_ANSWERED;

	call->status = 200;
	call->operation = GQLE_METRIC_UNKNOWN;
	call->batch_times = NULL;
	time_limit = 0;
	call->to_lane = call->needs_http = call->rollback = call->is_error = false;
	gqle_execute_reset();
	gqle_spans_begin(&call->origin.trace, call->origin.wants_spans);
	PG_TRY();
	{
		begin_call(call);
		if (!endpoints[call->endpoint].is_limited || apply_limits(call))
			endpoints[call->endpoint].handler(call);
		end_call(call);
		if (call->to_lane)
			recovery = RECOVERY_TO_LANE;
	}
	PG_CATCH();
	{
		call->out->len = out_start;
		call->out->data[out_start] = '\0';
		call->needs_http = false;
		recovery = recover_call(call, may_retry);
	}
	PG_END_TRY();
	*to_lane = recovery == RECOVERY_TO_LANE;
	return recovery != RECOVERY_RETRY;
}

/*
 * The budget has a timer of its own, so that its end can be told from a cancel
 * sent by somebody else: both arrive as 57014.
 */
static void
end_budget(void)
{
	budget_ended = true;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

/* The time that the role has for an operation has its own, too. */
static void
end_limit(void)
{
	limit_ended = true;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

static void
prepare_process(void)
{
	if (request_context != NULL)
		return;
	request_context = gqle_memory_make_request();
	budget_timeout = RegisterTimeout(USER_TIMEOUT, end_budget);
	limit_timeout = RegisterTimeout(USER_TIMEOUT, end_limit);
}

/*
 * Tell the transaction whose part it is, as Hasura does: event triggers pass it
 * on.  Only in the lane, where everything is that writes.
 */
static void
set_trace_context(const GqleCall *call)
{
	const GqleTraceContext *trace = &call->origin.trace;
	char		json[128];

	if (call->place != GQLE_PLACE_LANE || trace->trace_id[0] == '\0')
		return;
	snprintf(json, sizeof(json),
			 "{\"trace_id\":\"%s\",\"span_id\":\"%s\",\"sampling_state\":\"%d\"}",
			 trace->trace_id, trace->span_id, trace->is_sampled);
	(void) set_config_option("hasura.tracecontext", json, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

static void
begin_call(GqleCall *call)
{
	bool		is_inline = call->place == GQLE_PLACE_INLINE;

	QueryCancelPending = false;
	call->reads.moment = gqle_changes_now();
	SetCurrentStatementStartTimestamp();
	pgstat_report_activity(STATE_RUNNING, endpoints[call->endpoint].activity);
	if (!endpoints[call->endpoint].makes_transactions)
		StartTransactionCommand();
	if (endpoints[call->endpoint].is_graphql)
		XactIsoLevel = gqle_guc_tx_isolation;
	if (is_inline)
	{
		XactReadOnly = true;
		budget_ended = false;
		enable_timeout_after(budget_timeout, gqle_guc_inline_budget);
	}
	else if (StatementTimeout > 0)
		enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
	if (!endpoints[call->endpoint].makes_transactions)
	{
		set_trace_context(call);
		PushActiveSnapshot(GetTransactionSnapshot());
	}
	MemoryContextSwitchTo(request_context);
}

/*
 * Count the call against its role's limit of rate, once wherever it runs, and
 * set the clock of the limit of time.  False after answering that it may not run.
 */
static bool
apply_limits(GqleCall *call)
{
	GqleErrorSink sink = {0};

	if (!call->origin.is_admitted && !gqle_limits_admit(call, 1, &sink))
	{
		answer_with(call, &sink.error);
		call->rollback = true;
		return false;
	}
	call->origin.is_admitted = true;
	time_limit = call->place == GQLE_PLACE_LANE ? gqle_limits_time(call->session) : 0;
	limit_ended = false;
	if (time_limit > 0)
		enable_timeout_after(limit_timeout, Min(time_limit, INT_MAX / 1000) * 1000);
	return true;
}

/* The call came to its end: keep or undo what it did. */
static void
end_call(const GqleCall *call)
{
	/*
	 * The budget must not end a transaction that has its answer; when it ended
	 * a moment ago, the pending cancel is dropped with it.
	 */
	if (call->place == GQLE_PLACE_INLINE)
	{
		disable_timeout(budget_timeout, false);
		QueryCancelPending = false;
	}
	if (call->place == GQLE_PLACE_LANE && time_limit > 0)
	{
		disable_timeout(limit_timeout, false);
		QueryCancelPending = false;
	}
	if (call->rollback || call->to_lane || call->status >= 400)
		AbortCurrentTransaction();
	else if (!endpoints[call->endpoint].makes_transactions)
	{
		PopActiveSnapshot();
		CommitTransactionCommand();
	}
	if (call->place == GQLE_PLACE_LANE && StatementTimeout > 0)
		disable_timeout(STATEMENT_TIMEOUT, false);
}

/*
 * Should a call that failed be tried again?  A table may change between our look
 * at the catalog and the lock on it; by now there is a new generation.  What the
 * call had done is rolled back.
 */
static bool
deserves_retry(const GqleCall *call, const ErrorData *edata)
{
	return endpoints[call->endpoint].is_graphql &&
		ERRCODE_TO_CATEGORY(edata->sqlerrcode) ==
		ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION;
}

/* Where an inline call that failed goes: to the lane, or nowhere. */
static Recovery
recover_inline(const GqleCall *call, const ErrorData *edata)
{
	/* whose error it is shows when each of them runs alone */
	if (call->endpoint == GQLE_ENDPOINT_LIVE)
		return RECOVERY_TO_LANE;
	if (edata->sqlerrcode == ERRCODE_QUERY_CANCELED && budget_ended)
	{
		gqle_op_cache_mark_slow();
		gqle_metrics_add(GQLE_METRIC_OVERRAN, 1);
		return RECOVERY_TO_LANE;
	}
	return edata->sqlerrcode == ERRCODE_READ_ONLY_SQL_TRANSACTION ||
		deserves_retry(call, edata) ? RECOVERY_TO_LANE : RECOVERY_ANSWERED;
}

/*
 * Leave an error state: roll back, and say who should try again or answer with
 * the error.
 */
static Recovery
recover_call(GqleCall *call, bool may_retry)
{
	ErrorData  *edata;
	Recovery	recovery = RECOVERY_ANSWERED;
	int			category;

	HOLD_INTERRUPTS();
	disable_all_timeouts(false);
	QueryCancelPending = false;
	MemoryContextSwitchTo(request_context);
	edata = CopyErrorData();
	category = ERRCODE_TO_CATEGORY(edata->sqlerrcode);
	if (call->place == GQLE_PLACE_INLINE)
		recovery = recover_inline(call, edata);
	else if (may_retry && deserves_retry(call, edata))
		recovery = RECOVERY_RETRY;

	/* what the client can't have caused belongs in the server's log */
	if (recovery == RECOVERY_ANSWERED && (category == ERRCODE_INTERNAL_ERROR ||
					 category == ERRCODE_INSUFFICIENT_RESOURCES ||
					 category == ERRCODE_SYSTEM_ERROR))
		EmitErrorReport();
	FlushErrorState();
	AbortCurrentTransaction();
	MemoryContextSwitchTo(request_context);
	if (recovery == RECOVERY_ANSWERED)
		answer_error(call, edata);
	RESUME_INTERRUPTS();
	return recovery;
}

/* Append the envelope of an error, and set the status. */
static void
answer_with(GqleCall *call, const GqleError *error)
{
	bool		with_internal = gqle_guc_dev_mode ||
		(call->session->is_admin && gqle_guc_admin_internal_errors);

	call->status = error->http_status != 0 ? error->http_status : 500;
	if (endpoints[call->endpoint].is_graphql)
		gqle_error_append_graphql(call->out, error, with_internal);
	else
		gqle_error_append_plain(call->out, error, with_internal);
}

/* Answer with an error that was thrown. */
static void
answer_error(GqleCall *call, const ErrorData *edata)
{
	GqleErrorSink sink;

	memset(&sink, 0, sizeof(sink));
	if (edata->sqlerrcode == ERRCODE_QUERY_CANCELED && time_limit > 0 && limit_ended)
	{
		gqle_error_report(&sink, GQLE_ERR_CUSTOM, NULL,
						  "the operation took longer than the limit of %d seconds",
						  time_limit);
		sink.error.custom_code = "time-limit-exceeded";
	}
	else
		gqle_errmap_report(edata, gqle_execute_error_path(), &sink);
	answer_with(call, &sink.error);
}
