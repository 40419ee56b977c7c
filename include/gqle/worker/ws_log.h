/*
 * ws_log.h
 *		Lines of websocket-log.
 */
#ifndef GQLE_WORKER_WS_LOG_H
#define GQLE_WORKER_WS_LOG_H

#include "gqle/base/random_id.h"
#include "gqle/catalog/session.h"

/* Whose event it is; session is NULL before connection_init. */
typedef struct GqleWsLogger
{
	const char *websocket_id;
	const GqleSession *session;
} GqleWsLogger;

typedef struct GqleWsOperation
{
	const char *id;
	const char *request_id;		/* NULL: not started */
	const char *name;			/* NULL if the client gave none */
	const char *body;			/* the request, shown with query-log; or NULL */
	int			body_len;
} GqleWsOperation;

/* Events of a connection. */
extern void gqle_ws_log_accepted(const GqleWsLogger *logger);
extern void gqle_ws_log_closed(const GqleWsLogger *logger);
extern void gqle_ws_log_rejected(const GqleWsLogger *logger, const GqleError *error);
extern void gqle_ws_log_conn_err(const GqleWsLogger *logger, const char *message);

/* Events of an operation. */
extern void gqle_ws_log_started(const GqleWsLogger *logger, const GqleWsOperation *op);
extern void gqle_ws_log_completed(const GqleWsLogger *logger, const GqleWsOperation *op);
extern void gqle_ws_log_stopped(const GqleWsLogger *logger, const GqleWsOperation *op);
extern void gqle_ws_log_proto_err(const GqleWsLogger *logger, const GqleWsOperation *op,
								  const char *message);

/* answer is {"errors":[...]} */
extern void gqle_ws_log_query_err(const GqleWsLogger *logger, const GqleWsOperation *op,
								  const char *answer, int len);

#endif							/* GQLE_WORKER_WS_LOG_H */
