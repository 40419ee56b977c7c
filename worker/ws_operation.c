/*
 * ws_operation.c
 *		Operations of a WebSocket.
 *
 * An *operation* is what a client started and has not seen the end of, found by
 * the client's id.  Operations run as calls do over HTTP: here, if cheap, else in
 * the lane.  A query in the lane doesn't hold up others, but what follows a
 * mutation on the same connection may rely on its effect and waits for its end.  A
 * subscription is run once, like a query, and if that went well it becomes a
 * subscriber (live.c).
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/metrics.h"
#include "gqle/worker/graphql_http.h"
#include "gqle/worker/lane.h"
#include "gqle/worker/live.h"
#include "gqle/worker/request_trace.h"
#include "gqle/worker/ws_parts.h"

typedef enum OperationState
{
	OPERATION_WAITING,			/* for the end of a mutation */
	OPERATION_IN_LANE,
	OPERATION_LIVE
} OperationState;

typedef struct Operation
{
	dlist_node	node;
	OperationState state;
	GqleWsConnection *conn;
	GqleTicket	ticket;
	char	   *body;			/* until it has been run for the first time */
	int			body_len;
	GqleSession *session;		/* the connection's at the start, likewise */
	GqleSubscriber subscriber;
	int64		started_at;		/* microseconds since 1970 */
	GqleRequestTrace trace;
	const char *name;			/* after the id; NULL if the client gave none */
	char		request_id[GQLE_UUID_TEXT_LEN + 1];
	char		id[FLEXIBLE_ARRAY_MEMBER];
} Operation;

static StringInfoData out;		/* answers of calls run here */

static void run_operation(Operation *op);
static void take_answer(void *owner, const GqleAnswer *answer);
static bool tell_change(GqleSubscriber *subscriber, bool is_error,
						const char *body, int len);

void
gqle_ws_operation_init(void)
{
	MemoryContext old = MemoryContextSwitchTo(gqle_ws_memory);

	initStringInfo(&out);
	MemoryContextSwitchTo(old);
}

static GqleWsOperation
described(const Operation *op)
{
	GqleWsOperation description = {op->id, op->request_id, op->name, op->body,
	op->body_len};

	return description;
}

/* What befell an operation. */
static void
log_operation(const Operation *op,
			  void (*log) (const GqleWsLogger *logger, const GqleWsOperation *op))
{
	GqleWsLogger logger = gqle_ws_logger(op->conn);
	GqleWsOperation description = described(op);

	log(&logger, &description);
}

static Operation *
find_operation(GqleWsConnection *conn, const char *id)
{
	dlist_iter	iter;

	dlist_foreach(iter, &conn->operations)
	{
		Operation  *op = dlist_container(Operation, node, iter.cur);

		if (strcmp(op->id, id) == 0)
			return op;
	}
	return NULL;
}

static void
count_in_lane(GqleWsConnection *conn, int change)
{
	conn->n_in_lane += change;
	gqle_ws_hold_or_not(conn);
}

/* What only the first run needs. */
static void
free_request(Operation *op)
{
	if (op->body != NULL)
		pfree(op->body);
	if (op->session != NULL)
		pfree(op->session);
	op->body = NULL;
	op->session = NULL;
}

/* Run what waited for a mutation, until there is another one. */
static void
run_waiting(GqleWsConnection *conn)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &conn->operations)
	{
		Operation  *op = dlist_container(Operation, node, iter.cur);

		if (conn->mutation != NULL || conn->state == GQLE_WS_CLOSED)
			return;
		if (op->state == OPERATION_WAITING)
			run_operation(op);
	}
}

/* Forget an operation, whatever it does. */
static void
end_operation(Operation *op)
{
	GqleWsConnection *conn = op->conn;
	bool		is_mutation = conn->mutation == op;

	switch (op->state)
	{
		case OPERATION_IN_LANE:
			gqle_lane_cancel(op->ticket);
			count_in_lane(conn, -1);
			break;
		case OPERATION_LIVE:
			gqle_live_leave(&op->subscriber);
			break;
		case OPERATION_WAITING:
			count_in_lane(conn, -1);
			break;
	}
	dlist_delete(&op->node);
	conn->n_operations--;
	free_request(op);
	pfree(op);
	if (is_mutation)
	{
		conn->mutation = NULL;
		run_waiting(conn);
	}
}

void
gqle_ws_operation_end_all(GqleWsConnection *conn)
{
	conn->mutation = NULL;		/* nobody waits any more */
	while (!dlist_is_empty(&conn->operations))
		end_operation(dlist_head_element(Operation, node, &conn->operations));
}

void
gqle_ws_operation_stop(GqleWsConnection *conn, const char *id)
{
	Operation  *op = find_operation(conn, id);

	if (op == NULL)
		return;
	log_operation(op, gqle_ws_log_stopped);
	end_operation(op);
}

void
gqle_ws_operation_start(GqleWsConnection *conn, const GqleWsMessage *message)
{
	Size		id_size = strlen(message->id) + 1;
	const GqleJson *name = gqle_json_lookup(message->payload, "operationName");
	bool		has_name = name != NULL && name->kind == GQLE_JSON_STRING;
	Operation  *op;
	char	   *body;

	if (conn->state != GQLE_WS_READY)
	{
		gqle_ws_send_start_failed(conn, message->id,
				   "start received before the connection is initialised");
		return;
	}
	if (find_operation(conn, message->id) != NULL)
	{
		gqle_ws_send_start_failed(conn, message->id,
				   psprintf("an operation already exists with this id: %s",
							message->id));
		return;
	}
	if (conn->n_operations >= gqle_guc_websocket_max_operations)
	{
		gqle_ws_send_trouble(conn, message->id, GQLE_ERR_BUSY,
					 "too many operations on this connection");
		return;
	}
	body = gqle_json_to_text(message->payload);
	op = MemoryContextAllocZero(gqle_ws_memory, offsetof(Operation, id) + id_size +
								(has_name ? name->len + 1 : 0));
	op->conn = conn;
	memcpy(op->id, message->id, id_size);
	if (has_name)
		op->name = memcpy(op->id + id_size, name->text, name->len + 1);
	gqle_random_uuid(op->request_id);
	op->body_len = strlen(body);
	op->body = MemoryContextAllocHuge(gqle_ws_memory, op->body_len + 1);
	memcpy(op->body, body, op->body_len + 1);
	op->session = gqle_session_copy(conn->session, gqle_ws_memory);
	op->started_at = gqle_auth_now();
	gqle_request_trace_begin(&op->trace, NULL);
	op->state = OPERATION_WAITING;
	dlist_push_tail(&conn->operations, &op->node);
	conn->n_operations++;
	count_in_lane(conn, 1);
	log_operation(op, gqle_ws_log_started);
	if (conn->mutation == NULL)
		run_operation(op);
}

/* The operation's span ends with its first answer: compat. */
static void
end_trace(const Operation *op, bool is_error, int len, bool ran_here, const char *noted)
{
	GqleRequestOutcome outcome = {.name = "websocket",.request_id = op->request_id,
	.session = op->session,.length = len,.is_error = is_error,.noted = noted};

	gqle_request_trace_end(&op->trace, &outcome, ran_here);
}

/* The first answer of an operation: pass it on, and see what comes next. */
static void
answer_operation(Operation *op, const GqleCall *call, const char *body, int len)
{
	GqleWsConnection *conn = op->conn;
	bool		is_error = call->is_error;
	bool		is_live = call->is_live;

	gqle_metrics_count_request(call->operation, is_error,
							   Max(gqle_auth_now() - op->started_at, 0));

	if (is_error)
	{
		GqleWsLogger logger = gqle_ws_logger(conn);
		GqleWsOperation description = described(op);

		gqle_ws_log_query_err(&logger, &description, body, len);
		gqle_ws_send_failure(conn, op->id, call->is_executed && !is_live, body, len);
	}
	else if (!is_live || !gqle_live_is_silent(call))
		gqle_ws_send_data(conn, op->id, body, len);
	if (is_live && !is_error && !call->is_final)
	{
		gqle_live_join(&op->subscriber, tell_change, call, body, len);
		count_in_lane(conn, -1);
		op->state = OPERATION_LIVE;
		free_request(op);
		return;
	}
	if (is_error)
		gqle_ws_send_failed(conn, op->id);
	else
	{
		log_operation(op, gqle_ws_log_completed);
		gqle_ws_send_complete(conn, op->id);
	}
	end_operation(op);
}

/* Run an operation that waits: here, or in the lane. */
static void
run_operation(Operation *op)
{
	GqleWsConnection *conn = op->conn;
	GqleCall	call = {.endpoint = conn->endpoint,.over_socket = true,
		.session = op->session,.body = op->body,.body_len = op->body_len,
		.headers = conn->client_headers,.n_headers = conn->n_client_headers,
	.request_id = op->request_id,.origin = conn->origin,.out = &out};

	gqle_request_trace_pass(&op->trace, &call.origin);
	resetStringInfo(&out);
	if (gqle_guc_inline_cost_limit > 0)
	{
		call.place = GQLE_PLACE_INLINE;
		if (gqle_call_run(&call) == GQLE_CALL_DONE)
		{
			gqle_metrics_add(GQLE_METRIC_INLINE, 1);
			end_trace(op, call.is_error, out.len, true, NULL);
			answer_operation(op, &call, out.data, out.len);
			gqle_ws_trim_buffer(&out);
			return;
		}
	}
	call.place = GQLE_PLACE_LANE;
	if (!gqle_lane_submit(&call, take_answer, op, &op->ticket))
	{
		gqle_ws_send_trouble(conn, op->id, GQLE_ERR_BUSY,
					 "too many requests are waiting, try again later");
		end_operation(op);
		return;
	}
	op->state = OPERATION_IN_LANE;
	if (gqle_graphql_http_is_mutation(call.body, call.body_len))
		conn->mutation = op;
}

/* The answer of an executor; GqleLaneHandler. */
static void
take_answer(void *owner, const GqleAnswer *answer)
{
	Operation  *op = owner;
	MemoryContext old = MemoryContextSwitchTo(gqle_ws_message_memory);
	GqleCall	call = {.endpoint = op->conn->endpoint,.over_socket = true,
		.session = op->session,.body = op->body,.body_len = op->body_len,
	.request_id = op->request_id,.operation = answer->operation};

	op->state = OPERATION_WAITING;	/* not in the lane any more */
	if (answer->is_lost)
	{
		gqle_ws_send_trouble(op->conn, op->id, GQLE_ERR_UNEXPECTED,
					 "the server process that ran the request has ended");
		end_operation(op);
	}
	else
	{
		gqle_lane_take_answer(answer, &call);
		end_trace(op, call.is_error, answer->body_len, false, answer->spans);
		answer_operation(op, &call, answer->body, answer->body_len);
		gqle_channel_free_answer(answer);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(gqle_ws_message_memory);
}

/* A subscription's answer has changed; GqleLiveHandler. */
static bool
tell_change(GqleSubscriber *subscriber, bool is_error, const char *body, int len)
{
	Operation  *op = (Operation *) ((char *) subscriber -
									offsetof(Operation, subscriber));
	GqleWsConnection *conn = op->conn;

	if (gqle_wsock_is_congested(conn->socket))
		return false;
	if (!is_error)
	{
		bool		is_final = gqle_live_is_final(subscriber);

		gqle_ws_send_data(conn, op->id, body, len);
		if (is_final)
		{
			log_operation(op, gqle_ws_log_completed);
			gqle_ws_send_complete(conn, op->id);
			end_operation(op);
		}
	}
	else
	{
		gqle_ws_send_failure(conn, op->id, true, body, len);
		/* the newer protocol knows no results after an error */
		if (conn->is_modern)
			end_operation(op);
	}
	return true;
}
