/*
 * log.h
 *		Log lines as JSON, of Hasura's types and shapes.
 *
 * A line is begun, its "detail" is appended to the buffer that is returned, and
 * it is ended; nothing else may be logged in between.  Lines are kept until the
 * buffer is full or flushed, which every worker does before it waits; a server
 * worker keeps them for a moment, so that a busy one writes many at once.  Only workers log; in other processes nothing is wanted.
 */
#ifndef GQLE_BASE_LOG_H
#define GQLE_BASE_LOG_H

#include "gqle/gqle.h"

/* Those up to the last one that gqle.enabled_log_types knows, then the others. */
typedef enum GqleLogType
{
	GQLE_LOG_ACTION_HANDLER,
	GQLE_LOG_DATA_CONNECTOR,
	GQLE_LOG_EXECUTION,
	GQLE_LOG_HTTP,
	GQLE_LOG_JWK_REFRESH,
	GQLE_LOG_LIVEQUERY_POLLER,
	GQLE_LOG_QUERY,
	GQLE_LOG_STARTUP,
	GQLE_LOG_VALIDATE_INSERT_INPUT,
	GQLE_LOG_WEBHOOK,
	GQLE_LOG_WEBSOCKET,
	GQLE_N_SELECTABLE_LOGS,
	GQLE_LOG_CRON_EVENT_GENERATOR = GQLE_N_SELECTABLE_LOGS,
	GQLE_LOG_EVENT_TRIGGER,
	GQLE_LOG_EVENT_TRIGGER_PROCESS,
	GQLE_LOG_METADATA,
	GQLE_LOG_SCHEDULED_TRIGGER,
	GQLE_LOG_SCHEDULED_TRIGGER_PROCESS,
	GQLE_LOG_SLOW_QUERY,
	GQLE_LOG_UNSTRUCTURED,
	GQLE_LOG_WS_SERVER,
	GQLE_N_LOGS
} GqleLogType;

typedef enum GqleLogLevel
{
	GQLE_LOG_LEVEL_DEBUG,
	GQLE_LOG_LEVEL_INFO,
	GQLE_LOG_LEVEL_WARN,
	GQLE_LOG_LEVEL_ERROR,
	GQLE_LOG_LEVEL_CRITICAL		/* of lines, not of gqle.log_level */
} GqleLogLevel;

typedef enum GqleLogDestination
{
	GQLE_LOG_TO_SERVER,			/* PostgreSQL's own log */
	GQLE_LOG_TO_FILE			/* gqle.log_file */
} GqleLogDestination;

/* The type's name, "http-log". */
extern const char *gqle_log_type_name(GqleLogType type);

/* Have this process log from now on; what is left is written at its end. */
extern void gqle_log_start(void);

/* Is a line of that type and level to be written? */
extern bool gqle_log_wants(GqleLogType type, GqleLogLevel level);

/* Only if wanted: begin a line, append the detail, end it. */
extern StringInfo gqle_log_begin(GqleLogType type, GqleLogLevel level);
extern void gqle_log_end(void);

/*
 * Told each line that was ended, without its line end, and the ids of its trace and
 * span or NULL; may itself log.  Set by the worker layer; NULL: nobody.
 */
extern void (*gqle_log_hook) (GqleLogLevel level, const char *line, int len,
							  const char *trace_id, const char *span_id);

/* Write what is kept. */
extern void gqle_log_flush(void);

/*
 * Write what is kept for long enough.  Returns after how many ms to look again, or
 * a long time if nothing is kept.
 */
extern long gqle_log_flush_due(void);

/* A line whose whole detail is a text. */
extern void gqle_log_message(GqleLogType type, GqleLogLevel level,
							 const char *message);

/* A URL as a JSON string, without what may be secret: user, password, query. */
extern void gqle_log_append_url(StringInfo out, const char *url);

/*
 * What the lines of a request have in common: its id, and the ids of its trace
 * and span, which may be NULL.  Texts must live until they are unset with NULL.
 */
extern void gqle_log_set_request(const char *request_id, const char *trace_id,
								 const char *span_id);
extern const char *gqle_log_request_id(void);

#endif							/* GQLE_BASE_LOG_H */
