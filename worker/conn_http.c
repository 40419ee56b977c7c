/*
 * conn_http.c
 *		What happens to a request: route, authenticate, run or ship, answer.
 *
 * The way of a call: gqle_call_run here, if the route allows it and the engine
 * finds it cheap; else through the channel to an executor, the exchange being
 * suspended meanwhile; if the client leaves before the answer comes, the call is
 * cancelled.  A request for a WebSocket is conn_ws.c's business.
 *
 * Bodies are small as a rule, and then everything is decided when the body is
 * there: the connection can be kept even after a refusal.  A large body is only
 * let in for a request that would be accepted.
 */
#include "postgres.h"

#include <time.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/api/api_config.h"
#include "gqle/api/health.h"
#include "gqle/base/guc.h"
#include "gqle/base/log.h"
#include "gqle/base/memory.h"
#include "gqle/base/metrics.h"
#include "gqle/base/random_id.h"
#include "gqle/exec/spans.h"
#include "gqle/net/gzip.h"
#include "gqle/net/httphdr.h"
#include "gqle/worker/auth.h"
#include "gqle/worker/conn_http.h"
#include "gqle/worker/conn_sse.h"
#include "gqle/worker/conn_ws.h"
#include "gqle/worker/console.h"
#include "gqle/worker/cors.h"
#include "gqle/worker/graphql_http.h"
#include "gqle/worker/http_log.h"
#include "gqle/worker/lane.h"
#include "gqle/worker/live.h"
#include "gqle/worker/metrics_json.h"
#include "gqle/worker/metrics_text.h"
#include "gqle/worker/request_trace.h"
#include "gqle/worker/route.h"

#define JSON_TYPE		"application/json; charset=utf-8"
#define GRAPHQL_TYPE	"application/graphql-response+json; charset=utf-8"
#define EVENTS_TYPE		"text/event-stream; charset=utf-8"
#define TEXT_TYPE		"text/plain; charset=utf-8"
#define SMALL_BODY		(64 * 1024)
#define MAX_COOKIES		20		/* of the authentication webhook */
#define SMALL_ANSWER	700		/* is not worth compressing */

/* What kind of answer it is. */
typedef enum AnswerKind
{
	ANSWER_DATA,				/* compressed if the client wants that */
	ANSWER_PLAIN,				/* never */
	ANSWER_ERROR				/* neither */
} AnswerKind;

/* What is done for somebody who is known. */
typedef void (*Serve) (GqleExchange *x, GqleSession *session);

/* A request in the hands of this module: GqleExchange.service. */
typedef struct Service
{
	const GqleRoute *route;
	GqleAnswerType type;		/* of answers of GraphQL routes */
	GqleEvents *events;			/* if that is EVENTS and somebody is known */
	bool		is_waiting;		/* for an executor */
	uint64		health_asked;	/* see gqle_health_learn; 0: not asked */
	GqleTicket	ticket;
	bool		has_answer;
	GqleAnswer	answer;
	char		request_id[GQLE_UUID_TEXT_LEN + 1];	/* if we made it */
	const char *id;				/* that, or the client's; NULL until asked for */
	int64		head_at;		/* when the head was there, ns */
	int64		run_at;			/* and the body */
	const GqleSession *session; /* who asks, for the log; while not suspended */
	char	   *user_vars;		/* its variables, from then on */
	GqleMetricOperation operation;	/* what it asked for, when that is known */
	GqleRequestTrace trace;
	const char *noted;			/* see GqleRequestOutcome; while it is answered */
	const char *batch_times;	/* see GqleCall; likewise */
	bool		ran_here;		/* the call, just now */
	Serve		serve;			/* when question is answered */
	GqleAuthQuestion *question; /* to the webhook, or NULL */
	int			n_cookies;
	char	   *cookies[MAX_COOKIES];	/* for the client */
	char	   *compressed;		/* the answer's body, or NULL */
	GqleHttpHeader headers[GQLE_CORS_MAX_HEADERS + MAX_COOKIES + 1];
} Service;

static MemoryContext exchange_context;	/* what deciding about one needs */

static bool on_head(GqleExchange *x);
static void on_request(GqleExchange *x);
static void on_gone(GqleExchange *x);
static void on_end(GqleExchange *x);
static const char *request_id(GqleExchange *x);
static void authenticate(GqleExchange *x, Serve serve);
static void serve_call(GqleExchange *x, GqleSession *session);
static void take_answer(void *owner, const GqleAnswer *answer);
static void serve_handshake(GqleExchange *x);
static void serve_health(GqleExchange *x);
static void serve_sources(GqleExchange *x);
static void serve_config(GqleExchange *x, GqleSession *session);
static void serve_metrics(GqleExchange *x);
static void serve_console(GqleExchange *x);
static void lead_to_console(GqleExchange *x);

static const GqleHttpdHandlers handlers = {
	.on_head = on_head,
	.on_request = on_request,
	.on_gone = on_gone,
	.on_end = on_end
};

void
gqle_conn_http_start(const GqleListener *listeners,
					 int n_listeners)
{
	exchange_context = gqle_memory_make_request();
	gqle_httpd_start(&handlers, sizeof(Service), listeners, n_listeners);
}

/* ------------------------------------------------------------------------
 * Answers
 * ------------------------------------------------------------------------ */

/*
 * Compress the body of an answer if the client wants that: always if it takes
 * nothing else, or if the body is large enough.
 */
static void
compress_reply(GqleExchange *x, GqleReply *reply)
{
	Service    *service = x->service;
	GqleCodings codings = gqle_httphdr_accepted_codings(gqle_httpd_header(x, "accept-encoding"));
	StringInfoData compressed;
	MemoryContext old;

	if (!codings.gzip || (codings.identity && reply->body_len < SMALL_ANSWER))
		return;
	old = MemoryContextSwitchTo(TopMemoryContext);
	initStringInfo(&compressed);
	if (gqle_gzip_append(&compressed, reply->body, reply->body_len))
	{
		GqleHttpHeader *header = &service->headers[reply->n_headers++];

		header->name = "Content-Encoding";
		header->value = "gzip";
		service->compressed = compressed.data;
		reply->body = compressed.data;
		reply->body_len = compressed.len;
	}
	else
		pfree(compressed.data);
	MemoryContextSwitchTo(old);
}

/* Fill service->headers with what every answer gets; how many these are. */
static int
common_headers(GqleExchange *x)
{
	Service    *service = x->service;
	int			n = gqle_cors_headers(x, false, service->headers);

	for (int i = 0; i < service->n_cookies; i++)
	{
		service->headers[n].name = "Set-Cookie";
		service->headers[n++].value = service->cookies[i];
	}
	return n;
}

/* Nanoseconds of a clock that never goes back. */
static int64
clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Count an answer that took so long. */
static void
count_reply(const GqleExchange *x, const GqleReply *reply, bool is_error, int64 ns)
{
	const Service *service = x->service;
	const GqleRoute *route = service->route;

	if (route != NULL && route->is_graphql)
		gqle_metrics_count_request(service->operation, is_error, ns / 1000);
	if (route == NULL || route->kind != GQLE_ROUTE_HEALTH)
	{
		gqle_metrics_add(GQLE_METRIC_HTTP_BYTES_IN, x->body_len);
		gqle_metrics_add(GQLE_METRIC_HTTP_BYTES_OUT, reply->body_len);
	}
}

static void
log_reply(GqleExchange *x, const GqleReply *reply, bool is_error,
		  const char *body, int body_len, int64 ns)
{
	Service    *service = x->service;
	const GqleRoute *route = service->route;
	GqleHttpLog log = {
		.request_id = request_id(x),
		.session = service->session,
		.user_vars = service->user_vars,
		.is_graphql = route != NULL && route->is_graphql,
		.status = reply->status,
		.is_error = is_error,
		.body = body,
		.body_len = body_len,
		.sent_len = reply->body_len,
		.is_compressed = reply->body != body,
		.read_ns = service->run_at - service->head_at,
		.run_ns = ns,
		.batch_times = service->batch_times
	};

	gqle_http_log_write(x, &log);
}

/* The request's span has ended. */
static void
end_trace(GqleExchange *x, const GqleReply *reply, bool is_error)
{
	Service    *service = x->service;
	GqleRequestOutcome outcome = {.request_id = request_id(x),
		.session = service->session,.session_json = service->user_vars,
		.method = x->method,.status = reply->status,.length = reply->body_len,
	.is_error = is_error,.noted = service->noted};

	if (!service->trace.is_wanted)
		return;
	outcome.name = pnstrdup(x->target, x->path_len);
	gqle_request_trace_end(&service->trace, &outcome, service->ran_here);
}

/* Count and log an answer; body is what it was before it was compressed. */
static void
account_for(GqleExchange *x, const GqleReply *reply, bool is_error,
			const char *body, int body_len)
{
	Service    *service = x->service;
	int64		now = clock_ns();

	if (service->run_at == 0)
		service->run_at = now;	/* the request's body isn't there yet */
	count_reply(x, reply, is_error, now - service->run_at);
	if (service->trace.trace.trace_id[0] != '\0')
	{
		end_trace(x, reply, is_error);
		gqle_log_set_request(NULL, service->trace.trace.trace_id,
							 service->trace.trace.span_id);
	}
	if (gqle_http_log_is_wanted(is_error))
		log_reply(x, reply, is_error, body, body_len, now - service->run_at);
	gqle_log_set_request(NULL, NULL, NULL);
}

/* Send an answer with what every answer gets. */
static void
send_reply(GqleExchange *x, GqleReply *reply, AnswerKind kind)
{
	Service    *service = x->service;
	const char *body = reply->body;
	int			body_len = reply->body_len;

	reply->headers = service->headers;
	reply->n_headers = common_headers(x);
	if (kind == ANSWER_DATA)
		compress_reply(x, reply);
	account_for(x, reply, kind == ANSWER_ERROR, body, body_len);
	gqle_httpd_reply(x, reply);
}

static void
reply_with(GqleExchange *x, int status, const char *content_type,
		   const char *body, int body_len, const char *request_id,
		   AnswerKind kind)
{
	GqleReply	reply = {.status = status,.content_type = content_type,
		.body = body,.body_len = body_len,.request_id = request_id,
	.retry_after = -1};

	send_reply(x, &reply, kind);
}

/* Answer with what is in x->out. */
static void
reply_out(GqleExchange *x, int status, const char *content_type, AnswerKind kind)
{
	reply_with(x, status, content_type, x->out->data, x->out->len, NULL, kind);
}

/*
 * The status that a client sees: Hasura's endpoints hide errors behind 200, but
 * not from those who ask for what means something.
 */
static int
shown_status(const GqleExchange *x, const GqleRoute *route, int status)
{
	const Service *service = x->service;

	if (route == NULL || !route->is_always_200 ||
		service->type != GQLE_ANSWER_JSON)
		return status;
	return status == 401 && gqle_guc_preserve_401_errors ? status : 200;
}

/* The media type of an answer that is JSON of some kind. */
static const char *
json_type(const GqleExchange *x)
{
	const Service *service = x->service;

	return service->type == GQLE_ANSWER_GRAPHQL ? GRAPHQL_TYPE : JSON_TYPE;
}

/* Answer with an error in the envelope of the route (plain without one). */
static void
reply_error(GqleExchange *x, const GqleRoute *route, const GqleError *error)
{
	resetStringInfo(x->out);
	if (route != NULL && route->is_graphql)
		gqle_error_append_graphql(x->out, error, false);
	else
		gqle_error_append_plain(x->out, error, false);
	reply_out(x, shown_status(x, route, error->http_status), json_type(x),
			  ANSWER_ERROR);
}

/* An error of ours that keeps its status whatever the route. */
static void
reply_trouble(GqleExchange *x, const GqleRoute *route, int status,
			  GqleErrorCode code, const char *message)
{
	GqleErrorSink sink = {0};
	GqleReply	reply = {.status = status,.content_type = json_type(x),
	.retry_after = status == 503 ? 1 : -1};

	resetStringInfo(x->out);
	gqle_error_report(&sink, code, NULL, "%s", message);
	if (route->is_graphql)
		gqle_error_append_graphql(x->out, &sink.error, false);
	else
		gqle_error_append_plain(x->out, &sink.error, false);
	reply.body = x->out->data;
	reply.body_len = x->out->len;
	send_reply(x, &reply, ANSWER_ERROR);
}

/* The request's id: the client's, or a new random one. */
static const char *
request_id(GqleExchange *x)
{
	Service    *service = x->service;

	if (service->id == NULL)
		service->id = gqle_httpd_header(x, "x-request-id");
	if (service->id == NULL)
	{
		gqle_random_uuid(service->request_id);
		service->id = service->request_id;
	}
	return service->id;
}

/* Send the answer of a call; errors carry no request id. */
static void
reply_call(GqleExchange *x, int status, bool is_error, const char *body,
		   int body_len)
{
	Service    *service = x->service;

	if (service->route->kind == GQLE_ROUTE_HEALTH)
	{
		if (service->health_asked != 0)
			gqle_health_learn(service->health_asked, body, body_len);
		/* a health check has no use for an error's text */
		if (is_error && body_len > 0 && body[0] == '{')
			reply_with(x, 500, TEXT_TYPE, "ERROR", 5, NULL, ANSWER_ERROR);
		else
			reply_with(x, status, TEXT_TYPE, body, body_len, NULL,
					   status >= 400 ? ANSWER_ERROR : ANSWER_PLAIN);
		return;
	}
	reply_with(x, shown_status(x, service->route, status),
			   is_error || service->route->answer_type == NULL ?
			   json_type(x) : service->route->answer_type,
			   body, body_len, is_error ? NULL : request_id(x),
			   is_error ? ANSWER_ERROR : ANSWER_DATA);
}

/* The answer of a call is the beginning, or all, of a stream of events. */
static void
begin_events(GqleExchange *x, const GqleCall *outcome, const char *body, int body_len)
{
	Service    *service = x->service;
	GqleReply	reply = {.status = 200,.content_type = EVENTS_TYPE,
		.request_id = request_id(x),.retry_after = -1,
	.headers = service->headers};

	reply.n_headers = common_headers(x);
	reply.body = body;
	reply.body_len = body_len;
	account_for(x, &reply, outcome->is_error, body, body_len);
	gqle_conn_sse_answer(service->events, &reply, outcome, body, body_len);
}

/* ------------------------------------------------------------------------
 * Requests
 * ------------------------------------------------------------------------ */

static void
reply_not_found(GqleExchange *x)
{
	GqleErrorSink sink = {0};

	gqle_error_report(&sink, GQLE_ERR_NOT_FOUND, NULL, "resource does not exist");
	sink.error.http_status = 404;
	reply_error(x, NULL, &sink.error);
}

static void
reply_preflight(GqleExchange *x)
{
	Service    *service = x->service;
	GqleReply	reply = {.status = 204,.body = "",.retry_after = -1,
		.content_type = "text/plain charset=UTF-8",
	.headers = service->headers};

	reply.n_headers = gqle_cors_headers(x, true, service->headers);
	gqle_httpd_reply(x, &reply);
}

/* Refuse what is bound to be refused before a large body is sent. */
static bool
on_head(GqleExchange *x)
{
	Service    *service = x->service;
	MemoryContext old;
	GqleSession *session;
	GqleErrorSink sink = {0};
	bool		goes_on = true;

	service->route = gqle_route_lookup(x->method, x->target, x->path_len);
	service->head_at = clock_ns();
	if (service->route != NULL && service->route->is_graphql)
		service->type = gqle_httphdr_answer_type(gqle_httpd_header(x, "accept"));
	if (x->content_length >= 0 && x->content_length <= SMALL_BODY)
		return true;
	if (x->content_length < 0 && gqle_httpd_header(x, "transfer-encoding") == NULL)
		return true;

	old = MemoryContextSwitchTo(exchange_context);
	if (service->route == NULL)
	{
		reply_not_found(x);
		goes_on = false;
	}
	else if (gqle_auth_authenticate(x, &session, &sink) == GQLE_AUTH_REFUSED)
	{
		reply_error(x, service->route, &sink.error);
		goes_on = false;
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(exchange_context);
	return goes_on;
}

/* Answers requests that break the rules of GraphQL over HTTP. */
static bool
is_strictly_sound(GqleExchange *x)
{
	Service    *service = x->service;
	GqleErrorSink sink = {0};
	GqleReply	reply = {.content_type = json_type(x),.retry_after = -1};

	if (gqle_graphql_http_check(x, service->type, &reply.status, &reply.allow,
								&sink))
		return true;
	resetStringInfo(x->out);
	gqle_error_append_graphql(x->out, &sink.error, false);
	reply.body = x->out->data;
	reply.body_len = x->out->len;
	send_reply(x, &reply, ANSWER_ERROR);
	return false;
}

/* Does a GET name a persisted query?  It has the body of a POST then. */
static bool
reads_persisted(GqleExchange *x)
{
	GqleErrorSink sink = {0};
	int			status;

	return gqle_graphql_http_read(x, &status, &sink);
}

static void
on_request(GqleExchange *x)
{
	Service    *service = x->service;
	const GqleRoute *route = service->route;
	MemoryContext old = MemoryContextSwitchTo(exchange_context);

	service->run_at = clock_ns();
	if (gqle_cors_is_preflight(x))
		reply_preflight(x);
	else if (gqle_conn_ws_is_handshake(x))
		serve_handshake(x);
	else if (route == NULL)
		reply_not_found(x);
	else if (service->type == GQLE_ANSWER_JSON || is_strictly_sound(x))
	{
		switch (route->kind)
		{
			case GQLE_ROUTE_CALL:
			case GQLE_ROUTE_REST:
				authenticate(x, serve_call);
				break;
			case GQLE_ROUTE_CONFIG:
			case GQLE_ROUTE_EKG:
			case GQLE_ROUTE_SUBSCRIPTIONS:
			case GQLE_ROUTE_TEXT:
				authenticate(x, serve_config);
				break;
			case GQLE_ROUTE_METRICS:
				if (gqle_metrics_text_is_allowed(x))
					serve_metrics(x);
				else
					authenticate(x, serve_config);
				break;
			case GQLE_ROUTE_CONSOLE:
			case GQLE_ROUTE_CONSOLE_ASSET:
				serve_console(x);
				break;
			case GQLE_ROUTE_ROOT:
				lead_to_console(x);
				break;
			case GQLE_ROUTE_LIVE:
				appendStringInfoString(x->out, "OK");
				reply_out(x, 200, TEXT_TYPE, ANSWER_PLAIN);
				break;
			case GQLE_ROUTE_HEALTH:
				serve_health(x);
				break;
			case GQLE_ROUTE_SOURCES:
				serve_sources(x);
				break;
			case GQLE_ROUTE_NO_PERSISTED:
				if (service->type != GQLE_ANSWER_JSON ||
					(gqle_guc_enable_persisted_queries && reads_persisted(x)))
					authenticate(x, serve_call);
				else
				{
					GqleErrorSink sink = {0};

					gqle_error_report(&sink, GQLE_ERR_NOT_SUPPORTED, NULL,
									  "PersistedQueryNotSupported");
					reply_error(x, route, &sink.error);
				}
				break;
			case GQLE_ROUTE_VERSION:
				gqle_api_append_version(x->out);
				reply_out(x, 200, JSON_TYPE, ANSWER_PLAIN);
				break;
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(exchange_context);
}

/* Wait for something; what is known of the session doesn't live so long. */
static void
suspend(GqleExchange *x)
{
	Service    *service = x->service;
	StringInfoData vars;
	MemoryContext old;

	if (service->session != NULL)
	{
		old = MemoryContextSwitchTo(TopMemoryContext);
		initStringInfo(&vars);
		gqle_session_append_json(&vars, service->session);
		MemoryContextSwitchTo(old);
		service->user_vars = vars.data;
		service->session = NULL;
	}
	gqle_httpd_suspend(x);
}

/* Have an executor run a call. */
static void
ship_call(GqleExchange *x, const GqleCall *call)
{
	Service    *service = x->service;

	if (service->route->kind == GQLE_ROUTE_HEALTH)
		service->health_asked = gqle_health_asked();
	if (!gqle_lane_submit(call, take_answer, x, &service->ticket))
	{
		reply_trouble(x, service->route, 503, GQLE_ERR_BUSY,
					  "too many requests are waiting, try again later");
		return;
	}
	service->is_waiting = true;
	suspend(x);
}

/* Run a call inline if that is allowed, else or if it is too heavy, ship it. */
static void
run_call(GqleExchange *x, GqleCall *call, bool may_run_inline)
{
	call->out = x->out;
	call->request_id = request_id(x);
	strlcpy(call->origin.address, gqle_auth_address(x), sizeof(call->origin.address));
	gqle_request_trace_pass(&((Service *) x->service)->trace, &call->origin);
	call->origin.is_get = strcmp(x->method, "GET") == 0 &&
		((Service *) x->service)->route->is_graphql;
	if (may_run_inline && gqle_guc_inline_cost_limit > 0)
	{
		call->place = GQLE_PLACE_INLINE;
		if (gqle_call_run(call) == GQLE_CALL_DONE)
		{
			gqle_metrics_add(GQLE_METRIC_INLINE, 1);
			((Service *) x->service)->operation = call->operation;
			((Service *) x->service)->ran_here = true;
			if (call->over_socket)
				begin_events(x, call, x->out->data, x->out->len);
			else
				reply_call(x, call->status, call->is_error, x->out->data,
						   x->out->len);
			return;
		}
	}
	call->place = GQLE_PLACE_LANE;
	ship_call(x, call);
}

/* The webhook has answered. */
static void
take_hook_answer(void *arg, const GqleHttpReply *reply)
{
	GqleExchange *x = arg;
	Service    *service = x->service;
	MemoryContext old = MemoryContextSwitchTo(exchange_context);
	GqleErrorSink sink = {0};
	GqleSession *session = gqle_auth_webhook_read(reply, &sink);
	char	   *cookie;

	service->question = NULL;
	if (session == NULL)
		reply_error(x, service->route, &sink.error);
	else
	{
		while (service->n_cookies < MAX_COOKIES &&
			   (cookie = gqle_http_reply_header(reply, "set-cookie",
										   service->n_cookies)) != NULL)
			service->cookies[service->n_cookies++] =
				MemoryContextStrdup(TopMemoryContext, cookie);
		service->serve(x, session);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(exchange_context);
}

/* Find out who it is, and serve him: now, or when the webhook has told. */
static void
authenticate(GqleExchange *x, Serve serve)
{
	Service    *service = x->service;
	GqleErrorSink sink = {0};
	GqleSession *session;

	if (serve == serve_call)
		gqle_request_trace_begin(&service->trace, x);
	switch (gqle_auth_authenticate(x, &session, &sink))
	{
		case GQLE_AUTH_OK:
			serve(x, session);
			return;
		case GQLE_AUTH_REFUSED:
			break;
		case GQLE_AUTH_PENDING:
			service->serve = serve;
			gqle_spans_begin(&service->trace.trace, false);
			service->question = gqle_auth_webhook_ask(x, service->route->is_graphql,
													  take_hook_answer, x);
			gqle_spans_end();
			if (service->question != NULL)
			{
				suspend(x);
				return;
			}
			gqle_auth_webhook_fail(&sink);
			break;
	}
	reply_error(x, service->route, &sink.error);
}

/* The whole request as a call's body (api_rest.c). */
static void
pack_request(const GqleExchange *x, GqleCall *call)
{
	const char *content_type = gqle_httpd_header(x, "content-type");
	StringInfoData packed;

	initStringInfo(&packed);
	appendStringInfo(&packed, "%s\n%s\n%s\n", x->method, x->target,
					 content_type != NULL ? content_type : "");
	appendBinaryStringInfo(&packed, x->body, x->body_len);
	call->body = packed.data;
	call->body_len = packed.len;
}

static void
serve_call(GqleExchange *x, GqleSession *session)
{
	Service    *service = x->service;
	const GqleRoute *route = service->route;
	GqleCall	call = {0};

	service->session = session;
	call.endpoint = route->endpoint;
	call.session = session;
	call.headers = x->headers;
	call.n_headers = x->n_headers;
	if (route->kind == GQLE_ROUTE_REST)
		pack_request(x, &call);
	else
	{
		call.body = x->body;
		call.body_len = x->body_len;
	}
	if (service->type == GQLE_ANSWER_EVENTS)
	{
		call.over_socket = true;
		service->events = gqle_conn_sse_open(x, call.endpoint, session);
	}
	run_call(x, &call, route->may_run_inline);
}

/* A request for a WebSocket: it is one from now on, or refused. */
static void
serve_handshake(GqleExchange *x)
{
	Service    *service = x->service;
	GqleErrorSink sink = {0};
	GqleReply	reply = {.content_type = JSON_TYPE,.retry_after = -1,
	.headers = service->headers};

	if (gqle_conn_ws_accept(x, &reply.status, &sink))
		return;
	gqle_conn_ws_log_rejected(&sink.error);
	resetStringInfo(x->out);
	gqle_error_append_plain(x->out, &sink.error, false);
	reply.body = x->out->data;
	reply.body_len = x->out->len;
	if (reply.status == 426)
	{
		service->headers[reply.n_headers].name = "Sec-WebSocket-Version";
		service->headers[reply.n_headers++].value = "13";
	}
	if (reply.status == 503)
		reply.retry_after = 0;
	gqle_httpd_reply(x, &reply);
}

/* Health is told to anybody; the session is only a form. */
static void
serve_health(GqleExchange *x)
{
	GqleSession session = {.role = "admin",.is_admin = true};
	GqleCall	call = {0};
	const char *query = x->target + x->path_len;

	if (*query == '?')
		query++;
	call.endpoint = GQLE_ENDPOINT_HEALTH;
	call.session = &session;
	call.body = query;
	call.body_len = strlen(query);
	run_call(x, &call, true);
}

/* So is that of the sources. */
static void
serve_sources(GqleExchange *x)
{
	Service    *service = x->service;
	GqleSession session = {.role = "admin",.is_admin = true};
	GqleCall	call = {.endpoint = service->route->endpoint,.session = &session,.body = ""};

	run_call(x, &call, true);
}

/* Counters, in the form that Prometheus reads. */
static void
serve_metrics(GqleExchange *x)
{
	gqle_metrics_text_append(x->out);
	reply_out(x, 200, "text/plain; version=0.0.4; charset=utf-8", ANSWER_DATA);
}

/* What only admins may see and needs no database. */
static void
serve_config(GqleExchange *x, GqleSession *session)
{
	Service    *service = x->service;
	GqleErrorSink sink = {0};

	service->session = session;
	if (!session->is_admin)
	{
		gqle_error_report(&sink, GQLE_ERR_ACCESS_DENIED, NULL,
						  "You have to be an admin to access this endpoint");
		reply_error(x, service->route, &sink.error);
		return;
	}
	if (service->route->kind == GQLE_ROUTE_METRICS)
	{
		serve_metrics(x);
		return;
	}
	if (service->route->kind == GQLE_ROUTE_TEXT)
		appendStringInfoString(x->out, service->route->text);
	else if (service->route->kind == GQLE_ROUTE_SUBSCRIPTIONS)
		gqle_live_append(x->out, service->route->text != NULL);
	else if (service->route->kind == GQLE_ROUTE_EKG)
		gqle_metrics_append_json(x->out);
	else
		gqle_api_append_config(x->out);
	reply_with(x, 200, JSON_TYPE, x->out->data, x->out->len, request_id(x),
			   ANSWER_DATA);
}

static void
lead_to_console(GqleExchange *x)
{
	Service    *service = x->service;
	GqleReply	reply = {.status = 302,.body = "",.retry_after = -1,
	.headers = service->headers,.n_headers = 1};

	service->headers[0].name = "Location";
	service->headers[0].value = "/console";
	gqle_httpd_reply(x, &reply);
}

/* No such file of the console, or no console at all. */
static void
reply_no_console(GqleExchange *x, const char *name, int name_len)
{
	GqleErrorSink sink = {0};

	if (gqle_console_is_installed())
		gqle_error_report(&sink, GQLE_ERR_NOT_FOUND, NULL,
						  "Couldn't find console asset %.*s", name_len, name);
	else
		gqle_error_report(&sink, GQLE_ERR_NOT_FOUND, NULL,
						  "the console is not installed: run \"make console\" where gqle was built, and install it again");
	sink.error.http_status = 404;
	reply_error(x, NULL, &sink.error);
}

/*
 * The console: its page at every path, or a file that the page needs.  Scripts
 * come from here only, and nobody may show the page in a frame.
 */
static void
serve_console(GqleExchange *x)
{
	static const GqleHttpHeader guards[] = {
		{.name = "Content-Security-Policy",.value =
			"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
			"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
		{.name = "Referrer-Policy",.value = "no-referrer"},
		{.name = "Vary",.value = "Accept-Encoding"},
		{.name = "X-Content-Type-Options",.value = "nosniff"},
		{.name = "X-Frame-Options",.value = "DENY"},
	};
	Service    *service = x->service;
	bool		is_asset = service->route->kind == GQLE_ROUTE_CONSOLE_ASSET;
	int			prefix_len = strlen(service->route->path);
	const char *name = "index.html";
	int			name_len = strlen(name);
	GqleCodings codings = gqle_httphdr_accepted_codings(gqle_httpd_header(x, "accept-encoding"));
	GqleReply	reply = {.status = 200,.retry_after = -1,.headers = service->headers};
	GqleConsoleFile file;

	if (is_asset)
	{
		name = x->target + Min(prefix_len, x->path_len);
		name_len = Max(x->path_len - prefix_len, 0);
	}
	if (!gqle_console_lookup(name, name_len, codings.gzip, &file))
	{
		reply_no_console(x, name, name_len);
		return;
	}
	reply.content_type = file.content_type;
	reply.body = file.body;
	reply.body_len = file.body_len;
	memcpy(service->headers, guards, sizeof(guards));
	reply.n_headers = lengthof(guards);
	service->headers[reply.n_headers].name = "Cache-Control";
	service->headers[reply.n_headers++].value = is_asset ?
		"public, max-age=31536000, immutable" : "no-cache";
	if (file.is_gzip)
	{
		service->headers[reply.n_headers].name = "Content-Encoding";
		service->headers[reply.n_headers++].value = "gzip";
	}
	gqle_httpd_reply(x, &reply);
}

/* ------------------------------------------------------------------------
 * Answers of executors
 * ------------------------------------------------------------------------ */

/* Cookies that an operation sets, a line each. */
static void
take_cookies(Service *service, const char *lines)
{
	while (lines != NULL && *lines != '\0')
	{
		int			len = strcspn(lines, "\n");

		if (service->n_cookies < MAX_COOKIES)
		{
			char	   *cookie = MemoryContextAlloc(TopMemoryContext, len + 1);

			memcpy(cookie, lines, len);
			cookie[len] = '\0';
			service->cookies[service->n_cookies++] = cookie;
		}
		lines += len;
		lines += *lines == '\n';
	}
}

/* The answer of an executor; GqleLaneHandler. */
static void
take_answer(void *owner, const GqleAnswer *answer)
{
	GqleExchange *x = owner;
	Service    *service = x->service;
	MemoryContext old = MemoryContextSwitchTo(exchange_context);

	service->is_waiting = false;
	service->operation = answer->operation;
	service->noted = answer->spans;
	service->batch_times = answer->batch_times;
	if (answer->is_lost)
		reply_trouble(x, service->route, 503, GQLE_ERR_UNEXPECTED,
					  "the server process that ran the request has ended");
	else if (service->type == GQLE_ANSWER_EVENTS)
	{
		GqleCall	outcome = {0};

		gqle_lane_take_answer(answer, &outcome);
		begin_events(x, &outcome, answer->body, answer->body_len);
		gqle_channel_free_answer(answer);
	}
	else
	{
		service->answer = *answer;
		service->has_answer = true;
		take_cookies(service, answer->cookies);
		reply_call(x, answer->status, answer->is_error, answer->body,
				   answer->body_len);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(exchange_context);
}

/* The client left: nobody will read the answer. */
static void
on_gone(GqleExchange *x)
{
	Service    *service = x->service;

	if (service->question != NULL)
	{
		gqle_auth_webhook_cancel(service->question);
		service->question = NULL;
	}
	if (service->events != NULL)
		gqle_conn_sse_close(service->events);
	service->events = NULL;
	if (!service->is_waiting)
		return;
	gqle_lane_cancel(service->ticket);
	service->is_waiting = false;
}

static void
on_end(GqleExchange *x)
{
	Service    *service = x->service;

	if (service->has_answer)
		gqle_channel_free_answer(&service->answer);
	service->has_answer = false;
	if (service->events != NULL)
		gqle_conn_sse_close(service->events);
	service->events = NULL;
	for (int i = 0; i < service->n_cookies; i++)
		pfree(service->cookies[i]);
	service->n_cookies = 0;
	if (service->user_vars != NULL)
		pfree(service->user_vars);
	service->user_vars = NULL;
	if (service->compressed != NULL)
		pfree(service->compressed);
	service->compressed = NULL;
}
