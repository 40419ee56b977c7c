/*
 * http_log.h
 *		A line of http-log for each request that is answered.
 */
#ifndef GQLE_WORKER_HTTP_LOG_H
#define GQLE_WORKER_HTTP_LOG_H

#include "gqle/catalog/session.h"
#include "gqle/worker/httpd.h"

typedef struct GqleHttpLog
{
	const char *request_id;
	const GqleSession *session; /* NULL if nobody is known, or see user_vars */
	const char *user_vars;		/* the session's variables as JSON, or NULL */
	bool		is_graphql;
	int			status;
	bool		is_error;
	const char *body;			/* of the answer, before compression */
	int			body_len;
	int			sent_len;		/* after it */
	bool		is_compressed;
	int64		read_ns;		/* time it took to read the request */
	int64		run_ns;			/* and then to answer */
	const char *batch_times;	/* see GqleCall; may be NULL or empty */
} GqleHttpLog;

/* Is a line wanted for an answer of that kind? */
extern bool gqle_http_log_is_wanted(bool is_error);

extern void gqle_http_log_write(const GqleExchange *x, const GqleHttpLog *log);

#endif							/* GQLE_WORKER_HTTP_LOG_H */
