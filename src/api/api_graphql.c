/*
 * api_graphql.c
 *		GraphQL requests: POST /v1/graphql and its kin, and graphql.execute.
 *
 * A body is one request or an array of them.  Requests of a batch run one after
 * the other, each in a subtransaction of its own, so that a failing one takes
 * back only its own effects; a single request is the transaction's whole work
 * and its errors are left to gqle_call_run.
 */
#include "gqle/gqle.h"

#include "access/xact.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "portability/instr_time.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "gqle/api/api_graphql.h"
#include "gqle/api/call.h"
#include "gqle/api/limits.h"
#include "gqle/base/guc.h"
#include "gqle/errcodes.h"
#include "gqle/exec/errmap.h"
#include "gqle/exec/execute.h"
#include "gqle/exec/persisted.h"
#include "gqle/exec/run_members.h"

PG_FUNCTION_INFO_V1(gqle_sql_execute);
PG_FUNCTION_INFO_V1(gqle_sql_execute_relay);

/* Does this session see the internal part of errors? */
static bool
shows_internal(const GqleSession *session)
{
	return gqle_guc_dev_mode || (gqle_guc_admin_internal_errors && session->is_admin);
}

/* What became of a request in a subtransaction. */
typedef enum Isolated
{
	ISOLATED_DONE,				/* its answer was appended */
	ISOLATED_AGAIN,				/* nothing was done, another try may go better */
	ISOLATED_NEEDS_HTTP			/* nothing was done, calls have to be made */
} Isolated;

/*
 * Run a request in a subtransaction and append {"data":..} or {"errors":..};
 * every error but a cancel or shutdown ends here.  Another try may go better if a
 * table changed between our look at the catalog and the lock on it.
 */
static Isolated
try_isolated(const GqleSession *session, const GqleRequest *request, int flags,
			 bool may_retry, GqleOutcalls *outcalls, StringInfo out)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	GqleErrorSink sink = {0};
	int			start = out->len;
	volatile bool retry = false;
	volatile bool needs_http = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		needs_http = gqle_execute(session, request, flags, outcalls, out, &sink) ==
			GQLE_EXECUTE_NEEDS_HTTP;
		PopActiveSnapshot();
		if (sink.has_error)
			RollbackAndReleaseCurrentSubTransaction();
		else
			ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(context);
		edata = CopyErrorData();
		if (edata->sqlerrcode == ERRCODE_QUERY_CANCELED ||
			edata->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN)
			PG_RE_THROW();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		retry = may_retry && ERRCODE_TO_CATEGORY(edata->sqlerrcode) ==
			ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION;
		sink.has_error = false;
		gqle_errmap_report(edata, gqle_execute_error_path(), &sink);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;

	if (needs_http)
		return ISOLATED_NEEDS_HTTP;
	if (!sink.has_error)
		return ISOLATED_DONE;
	out->len = start;
	if (retry)
		return ISOLATED_AGAIN;
	gqle_error_append_graphql(out, &sink.error, shows_internal(session));
	return ISOLATED_DONE;
}

/*
 * Run a request in a subtransaction, a second time if DDL got in its way.  False
 * if calls have to be made first.
 */
static bool
execute_isolated(const GqleSession *session, const GqleRequest *request, int flags,
				 GqleOutcalls *outcalls, StringInfo out)
{
	int			start = out->len;
	Isolated	result;
	instr_time	began;
	instr_time	elapsed;

	INSTR_TIME_SET_CURRENT(began);
	result = try_isolated(session, request, flags, true, outcalls, out);
	if (result == ISOLATED_AGAIN)
		result = try_isolated(session, request, flags, false, outcalls, out);
	if (result == ISOLATED_NEEDS_HTTP)
		return false;
	INSTR_TIME_SET_CURRENT(elapsed);
	INSTR_TIME_SUBTRACT(elapsed, began);
	gqle_metrics_count_request(gqle_execute_operation(),
							   strncmp(out->data + start, "{\"errors\"", 9) == 0,
							   INSTR_TIME_GET_MICROSEC(elapsed));
	return true;
}

/* ------------------------------------------------------------------------
 * HTTP
 * ------------------------------------------------------------------------ */

/* Answer a call with an error. */
static void
answer_error(GqleCall *call, const GqleErrorSink *sink)
{
	gqle_error_append_graphql(call->out, &sink->error, shows_internal(call->session));
	call->status = sink->error.http_status;
	call->rollback = true;
}

/* May this session send so many requests at once? */
static bool
check_batch(const GqleSession *session, int n, GqleErrorSink *sink)
{
	int			limit = session->is_admin ? -1 :
		gqle_catalog_api_limit("batch_limit", session->role);

	if (limit < 0 || n <= limit)
		return true;
	gqle_error_report(sink, GQLE_ERR_CUSTOM, NULL,
					  "the batch has %d operations, more than the limit of %d", n, limit);
	sink->error.custom_code = "batch-limit-exceeded";
	return false;
}

/* Where a batch has come to: as bytes, then the times, then the answers. */
typedef struct BatchProgress
{
	int			next;			/* request to go on with */
	int			times_len;
} BatchProgress;

/* For the log, how long each request took, in microseconds. */
static StringInfoData batch_times = {NULL, 0, 0, 0};

static void
begin_times(void)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	if (batch_times.data == NULL)
		initStringInfo(&batch_times);
	resetStringInfo(&batch_times);
	MemoryContextSwitchTo(old);
}

static void
add_time(instr_time start)
{
	instr_time	elapsed;

	INSTR_TIME_SET_CURRENT(elapsed);
	INSTR_TIME_SUBTRACT(elapsed, start);
	appendStringInfo(&batch_times, "%s" UINT64_FORMAT, batch_times.len > 0 ? "," : "",
					 (uint64) INSTR_TIME_GET_MICROSEC(elapsed));
}

/*
 * A request of a batch waits for the network: those before it are done for good.
 * What is to go on from is its number and the answers so far.
 */
static void
suspend_batch(GqleCall *call, int next, int answered)
{
	StringInfo	progress = call->outcalls->progress;
	BatchProgress head = {next, batch_times.len};

	resetStringInfo(progress);
	appendBinaryStringInfo(progress, (const char *) &head, sizeof(head));
	appendBinaryStringInfo(progress, batch_times.data, batch_times.len);
	appendBinaryStringInfo(progress, call->out->data, answered);
	resetStringInfo(call->out);
	call->needs_http = true;
}

/* The number of the first request of a batch that is not done yet. */
static int
resume_batch(GqleCall *call)
{
	const StringInfoData *progress = call->outcalls != NULL ?
		call->outcalls->progress : NULL;
	BatchProgress head;
	int			head_len = sizeof(head);

	begin_times();
	if (progress == NULL || progress->len == 0)
		return 0;
	memcpy(&head, progress->data, sizeof(head));
	appendBinaryStringInfo(&batch_times, progress->data + head_len, head.times_len);
	head_len += head.times_len;
	appendBinaryStringInfo(call->out, progress->data + head_len, progress->len - head_len);
	return head.next;
}

/* An array of requests: an array of answers, always with status 200. */
static void
answer_batch(GqleCall *call, const GqleJson *body)
{
	GqleRequest **requests = palloc(Max(body->n, 1) * sizeof(GqleRequest *));
	GqleErrorSink sink = {0};
	int			i;

	call->operation = GQLE_METRIC_BATCH;
	if (call->place == GQLE_PLACE_INLINE)
	{
		call->to_lane = true;
		return;
	}
	if (!check_batch(call->session, body->n, &sink) ||
		!gqle_limits_admit(call, Max(body->n - 1, 0), &sink))
	{
		call->operation = GQLE_METRIC_UNKNOWN;
		answer_error(call, &sink);
		return;
	}
	for (i = 0; i < body->n; i++)
	{
		requests[i] = gqle_persisted_resolve(body->items[i], &sink) ?
			gqle_request_from_json(body->items[i], &sink) : NULL;
		if (requests[i] == NULL)
		{
			call->operation = GQLE_METRIC_UNKNOWN;
			answer_error(call, &sink);
			return;
		}
		requests[i]->is_relay = call->endpoint == GQLE_ENDPOINT_RELAY;
	}
	for (i = resume_batch(call); i < body->n; i++)
	{
		int			start = call->out->len;
		instr_time	began;

		INSTR_TIME_SET_CURRENT(began);
		appendStringInfoChar(call->out, i > 0 ? ',' : '[');
		if (!execute_isolated(call->session, requests[i], 0, call->outcalls, call->out))
		{
			suspend_batch(call, i, start);
			return;
		}
		if (call->outcalls != NULL)
			gqle_outcalls_forget(call->outcalls);
		add_time(began);
	}
	call->batch_times = batch_times.data;
	appendStringInfoString(call->out, body->n > 0 ? "]" : "[]");
	call->status = 200;
}

/* A query by GET may be known by its hash only, so it is looked at here. */
static bool
check_get(const GqleRequest *request, GqleErrorSink *sink)
{
	GqleErrorSink ignored = {0};
	GqleOperationType type;

	if (!gqle_validate_operation_type(request, &type, &ignored) ||
		type != GQLE_OPERATION_MUTATION)
		return true;
	return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, NULL,
							 "mutations are not possible by GET");
}

/* See call.h. */
void
gqle_api_graphql(GqleCall *call)
{
	GqleErrorSink sink = {0};
	GqleJsonError json_error;
	GqleJson   *body = gqle_json_parse(call->body, call->body_len, &json_error);
	GqleRequest *request;
	int			flags = 0;

	if (body == NULL)
	{
		gqle_error_report(&sink, GQLE_ERR_INVALID_JSON, NULL, "%s", json_error.message);
		answer_error(call, &sink);
		return;
	}
	if (body->kind == GQLE_JSON_ARRAY && !call->over_socket)
	{
		answer_batch(call, body);
		return;
	}
	request = gqle_persisted_resolve(body, &sink) ?
		gqle_request_from_json(body, &sink) : NULL;
	if (request == NULL || (call->origin.is_get && !check_get(request, &sink)))
	{
		answer_error(call, &sink);
		return;
	}
	request->is_relay = call->endpoint == GQLE_ENDPOINT_RELAY;
	if (call->place == GQLE_PLACE_INLINE)
		flags |= GQLE_EXECUTE_CHEAP_ONLY;
	if (call->over_socket)
		flags |= GQLE_EXECUTE_SUBSCRIPTION;
	request->cursor = call->cursor;
	switch (gqle_execute(call->session, request, flags, call->outcalls, call->out, &sink))
	{
		case GQLE_EXECUTE_OK:
			call->status = 200;
			return;
		case GQLE_EXECUTE_ERROR:
			answer_error(call, &sink);
			return;
		case GQLE_EXECUTE_TOO_HEAVY:
			call->to_lane = true;
			return;
		case GQLE_EXECUTE_NEEDS_HTTP:
			call->needs_http = true;
			return;
	}
}

/* See call.h. */
void
gqle_api_live(GqleCall *call)
{
	call->members->moment = call->reads.moment;
	gqle_run_members(call->members, call->out);
}

/* ------------------------------------------------------------------------
 * SQL
 * ------------------------------------------------------------------------ */

/* A jsonb argument as our own tree; NULL argument gives NULL. */
static GqleJson *
json_argument(Jsonb *jsonb)
{
	GqleJsonError error;
	char	   *text = JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb));
	GqleJson   *json = gqle_json_parse(text, strlen(text), &error);

	if (json == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("JSON argument could not be read: %s", error.message)));
	return json;
}

/* See api_graphql.h. */
void
gqle_api_session_arguments(FunctionCallInfo fcinfo, GqleSession **session,
						   GqleRequest *request)
{
	GqleErrorSink sink = {0};
	const char *backend_only;
	text	   *query;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("session and query must not be null")));
	*session = gqle_session_from_json(json_argument(PG_GETARG_JSONB_P(0)), &sink);
	if (*session == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_GQLE_INVALID_SESSION),
				 errmsg("invalid session: %s", sink.error.message),
				 errhint("A session is an object of strings, such as {\"x-hasura-role\": \"user\", \"x-hasura-user-id\": \"1\"}.")));
	backend_only = gqle_session_lookup(*session, "x-hasura-use-backend-only-permissions");
	(*session)->backend_only = backend_only != NULL &&
		(pg_strcasecmp(backend_only, "true") == 0 || pg_strcasecmp(backend_only, "t") == 0 ||
		 pg_strcasecmp(backend_only, "yes") == 0 || pg_strcasecmp(backend_only, "y") == 0);
	query = PG_GETARG_TEXT_PP(1);
	request->query = text_to_cstring(query);
	request->query_len = VARSIZE_ANY_EXHDR(query);
	request->variables = PG_ARGISNULL(2) ? NULL : json_argument(PG_GETARG_JSONB_P(2));
	request->operation_name = PG_ARGISNULL(3) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(3));
	if (request->variables != NULL && request->variables->kind == GQLE_JSON_NULL)
		request->variables = NULL;
	if (request->variables != NULL && request->variables->kind != GQLE_JSON_OBJECT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("variables must be a JSON object")));
}

/* Run the request of an SQL function's arguments. */
static Datum
execute_arguments(FunctionCallInfo fcinfo, bool is_relay)
{
	GqleOutcalls *outcalls = gqle_outcalls_make(CurrentMemoryContext);
	GqleSession *session;
	GqleRequest request = {0};
	StringInfoData out;

	gqle_api_session_arguments(fcinfo, &session, &request);
	request.is_relay = is_relay;
	initStringInfo(&out);
	while (!execute_isolated(session, &request, GQLE_EXECUTE_SUBSCRIPTION, outcalls, &out))
		gqle_outcalls_perform(outcalls);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/*
 * graphql.execute(session jsonb, query text, variables jsonb, operation_name text)
 * returns json
 */
Datum
gqle_sql_execute(PG_FUNCTION_ARGS)
{
	return execute_arguments(fcinfo, false);
}

/* graphql.execute_relay: the same on the Relay schema */
Datum
gqle_sql_execute_relay(PG_FUNCTION_ARGS)
{
	return execute_arguments(fcinfo, true);
}
