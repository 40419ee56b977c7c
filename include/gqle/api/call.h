/*
 * call.h
 *		One call of one endpoint, the same for every transport and process.
 *
 * A server worker builds a GqleCall from an authenticated HTTP request and runs
 * it inline, or ships it through the channel to an executor that runs it there;
 * the SQL functions build one, too.  gqle_call_run owns the transaction, the
 * snapshot, the time budget and the catch of PostgreSQL errors; handlers only
 * do the work and may throw.
 */
#ifndef GQLE_API_CALL_H
#define GQLE_API_CALL_H

#include "gqle/base/metrics.h"
#include "gqle/catalog/session.h"
#include "gqle/net/tracecontext.h"
#include "gqle/exec/outcall.h"
#include "gqle/exec/reads.h"

typedef enum GqleEndpoint
{
	GQLE_ENDPOINT_V1_GRAPHQL,	/* which status a client sees, the route says */
	GQLE_ENDPOINT_V1ALPHA1_GRAPHQL,
	GQLE_ENDPOINT_EXPLAIN,
	GQLE_ENDPOINT_METADATA,
	GQLE_ENDPOINT_V1_QUERY,
	GQLE_ENDPOINT_V2_QUERY,
	GQLE_ENDPOINT_RELAY,		/* as V1_GRAPHQL, on the Relay schema */
	GQLE_ENDPOINT_HEALTH,		/* plain text, not JSON */
	GQLE_ENDPOINT_REST,			/* body: see api_rest.c */
	GQLE_ENDPOINT_OPENAPI,
	GQLE_ENDPOINT_PG_DUMP,		/* errors are JSON, the answer is not */
	GQLE_ENDPOINT_WORKER_SETTINGS,	/* our own: what workers need to know */
	GQLE_ENDPOINT_SOURCES,		/* how the sources are */
	GQLE_ENDPOINT_LIVE			/* our own: subscriptions, many at once */
} GqleEndpoint;

typedef enum GqleCallPlace
{
	GQLE_PLACE_INLINE,			/* in a server worker: cheap reads only */
	GQLE_PLACE_LANE				/* in an executor or an ordinary backend */
} GqleCallPlace;

typedef enum GqleCallOutcome
{
	GQLE_CALL_DONE,				/* status and out are the answer */
	GQLE_CALL_TO_LANE,			/* nothing done: run it again in the lane */
	GQLE_CALL_NEEDS_HTTP		/* make the pending calls in outcalls, then run
								 * it again with them */
} GqleCallOutcome;

/* Where a call comes from, and what has been done about it. */
typedef struct GqleCallOrigin
{
	char		address[48];	/* of the client; may be empty */
	GqleTraceContext trace;		/* empty: none */
	bool		wants_spans;	/* of that trace */
	bool		is_get;			/* mutations are not possible */
	bool		is_admitted;	/* counted against the limit of rate */
} GqleCallOrigin;

typedef struct GqleCall
{
	/* request */
	GqleEndpoint endpoint;
	GqleCallPlace place;
	const GqleSession *session;
	const char *body;
	int			body_len;
	const char *request_id;		/* for log lines; may be NULL */
	GqleCallOrigin origin;
	bool		over_socket;	/* a single request; subscriptions are run,
								 * once, as queries */
	int			n_headers;		/* of the client, for webhooks */
	const GqleHttpHeader *headers;
	GqleOutcalls *outcalls;		/* in PLACE_LANE; NULL: no network */
	const char *cursor;			/* of a stream: see GqleRequest */
	struct GqleMembers *members;	/* of ENDPOINT_LIVE, who get their answers there;
									 * in PLACE_INLINE only */

	/* answer */
	int			status;			/* HTTP status that the answer deserves */
	StringInfo	out;			/* JSON text is appended here */
	bool		to_lane;		/* set by a handler under PLACE_INLINE, before
								 * it changed anything or appended an answer */
	bool		needs_http;		/* set by a handler under PLACE_LANE: what it did
								 * is kept, it will be run again */
	bool		rollback;		/* set by a handler: undo the transaction; so
								 * does a status of 400 or more */
	bool		is_error;		/* set by gqle_call_run: the answer is an error
								 * envelope, whatever the status */

	/* set by gqle_call_run for GraphQL endpoints */
	bool		is_live;		/* the operation is a subscription */
	bool		is_executed;	/* it was found valid and began to run */
	GqleMetricOperation operation;	/* what it is */
	bool		is_stream;		/* a streaming subscription */
	bool		is_empty;		/* all root fields answered null or [] */
	bool		is_final;		/* a subscription that will have no other answer */
	GqleReads	reads;			/* of a subscription: what its answer depends on */
	const char *batch_times;	/* of a batch: us of each, commas between; or NULL */
	const char *next_cursor;	/* of a stream: where to go on, or NULL: no rows.
								 * Valid until the next call */
} GqleCall;

/*
 * Run one call to its end and never throw, save for termination of the process.
 * Must be called outside a transaction (worker) with nothing pushed.
 */
extern GqleCallOutcome gqle_call_run(GqleCall *call);

/*
 * Handlers, one per endpoint; each runs inside a transaction with an active
 * snapshot, appends the answer to call->out and sets call->status.  (That of
 * pg_dump runs outside of one.)
 */
typedef void (*GqleCallHandler) (GqleCall *call);

extern void gqle_api_graphql(GqleCall *call);	/* api_graphql.c; also batches */
extern void gqle_api_explain(GqleCall *call);	/* api_explain.c */
extern void gqle_api_metadata(GqleCall *call);	/* api_metadata.c */
extern void gqle_api_query(GqleCall *call); /* api_sql.c: /v1/query and /v2/query */
extern void gqle_api_health(GqleCall *call);	/* health.c */
extern void gqle_api_rest(GqleCall *call);	/* api_rest.c */
extern void gqle_api_openapi(GqleCall *call);	/* openapi.c */
extern void gqle_api_pg_dump(GqleCall *call);	/* api_pg_dump.c */
extern void gqle_api_worker_settings(GqleCall *call);	/* api_config.c */
extern void gqle_api_sources(GqleCall *call);	/* health.c */
extern void gqle_api_live(GqleCall *call);	/* api_graphql.c */

#endif							/* GQLE_API_CALL_H */
