/*
 * live_log.h
 *		Lines of livequery-poller-log.
 */
#ifndef GQLE_WORKER_LIVE_LOG_H
#define GQLE_WORKER_LIVE_LOG_H

#include "gqle/gqle.h"

/* One run of an operation for its subscribers. */
typedef struct GqleLiveRun
{
	const char *id;
	bool		is_stream;
	const char *role;
	int			n_subscribers;
	int64		run_us;
	int64		push_us;
	bool		is_error;
	const char *answer;
	int			answer_len;
	const char *sql;			/* or NULL: it ran in another process */
} GqleLiveRun;

/* Is such a line to be written? */
extern bool gqle_live_log_is_wanted(void);

/* Only if wanted. */
extern void gqle_live_log_write(const GqleLiveRun *run);

#endif							/* GQLE_WORKER_LIVE_LOG_H */
