/*
 * log.c
 *		Log lines as JSON, of Hasura's types and shapes.
 *
 * Where they go: to the server's log, beside PostgreSQL's own lines and without
 * their prefix, or to a file.  Into the server's log they are written as
 * PostgreSQL does it: to standard error, in its collector's chunks if there is
 * a collector.  If PostgreSQL logs to neither, for instance to syslog only, each
 * line becomes a message of PostgreSQL's.
 *
 * A file is opened for appending by each process, and whole lines are written
 * at once, so those of several processes don't mix.  It is opened anew after a
 * reload: whoever rotates it renames it and reloads.
 *
 * The hot path is one line per request, so it formats nothing with printf.
 */
#include "postgres.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "miscadmin.h"
#include "postmaster/syslogger.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "utils/elog.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/pgcompat.h"

#define FULL_BYTES		(32 * 1024)
#define KEEP_BYTES		(256 * 1024)
#define KEEP_MS			50		/* of a line in a server worker */
#define NOTHING_KEPT_MS	60000
#define COMPLAIN_MS		60000	/* between two complaints about a file */
#define DATE_LEN		20		/* 2024-01-01T00:00:00. */

/* Does the collector of PostgreSQL's log read our standard error? */
extern bool redirection_done;

/* In the order of GqleLogType. */
static const char *const type_names[] = {
	"action-handler-log",
	"data-connector-log",
	"execution-log",
	"http-log",
	"jwk-refresh-log",
	"livequery-poller-log",
	"query-log",
	"startup",
	"validate-insert-input-log",
	"webhook-log",
	"websocket-log",
	"cron-event-generator-process",
	"event-trigger",
	"event-trigger-process",
	"metadata",
	"scheduled-trigger",
	"scheduled-trigger-process",
	"slow-query-log",
	"unstructured",
	"ws-server",
};

/* In the order of GqleLogLevel. */
static const char *const level_names[] = {"debug", "info", "warn", "error",
"critical"};

void		(*gqle_log_hook) (GqleLogLevel level, const char *line, int len,
							  const char *trace_id, const char *span_id) = NULL;

static bool is_started = false;
static StringInfoData buffer;
static int	line_start;			/* of the line being made */
static GqleLogLevel line_level;
static int64 kept_since = 0;	/* ms; of the first line in the buffer */
static int	file = -1;
static TimestampTz opened_at;	/* PgReloadTime then */
static TimestampTz complained_at = 0;
static const char *current_request = NULL;
static const char *current_trace = NULL;
static const char *current_span = NULL;

static void flush_at_exit(int code, Datum arg);

const char *
gqle_log_type_name(GqleLogType type)
{
	StaticAssertStmt(lengthof(type_names) == GQLE_N_LOGS,
					 "a type of log lines has no name");
	return type_names[type];
}

void
gqle_log_start(void)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	initStringInfo(&buffer);
	MemoryContextSwitchTo(old);
	is_started = true;
	before_shmem_exit(flush_at_exit, (Datum) 0);
}

bool
gqle_log_wants(GqleLogType type, GqleLogLevel level)
{
	return is_started && (int) level >= gqle_guc_log_level &&
		(type >= GQLE_N_SELECTABLE_LOGS || gqle_guc_has_log(type));
}

/* ------------------------------------------------------------------------
 * Writing
 * ------------------------------------------------------------------------ */

/* Complain in PostgreSQL's log, but not for every line. */
static void
complain(const char *what)
{
	TimestampTz now = GetCurrentTimestamp();

	if (complained_at != 0 &&
		!TimestampDifferenceExceeds(complained_at, now, COMPLAIN_MS))
		return;
	complained_at = now;
	ereport(LOG,
			(errcode_for_file_access(),
			 errmsg("gqle could not %s its log file \"%s\": %m", what,
					gqle_guc_log_file)));
}

static void
write_all(int fd, const char *bytes, int len)
{
	while (len > 0)
	{
		ssize_t		n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
		{
			if (fd == file)
				complain("write to");
			return;
		}
		bytes += n;
		len -= n;
	}
}

/*
 * Write to a pipe, where only short writes are whole: as many lines at once as
 * are.
 */
static void
write_to_pipe(int fd, const char *bytes, int len)
{
	while (len > 0)
	{
		int			n = Min(len, PIPE_BUF);

		while (n > 0 && bytes[n - 1] != '\n')
			n--;
		if (n == 0)				/* a line that is longer */
			n = (const char *) memchr(bytes, '\n', len) - bytes + 1;
		write_all(fd, bytes, n);
		bytes += n;
		len -= n;
	}
}

/* The collector puts the chunks of a process together until one is the last. */
static void
write_to_collector(const char *bytes, int len)
{
	PipeProtoChunk chunk;

	chunk.proto.nuls[0] = chunk.proto.nuls[1] = '\0';
	chunk.proto.pid = MyProcPid;
	while (len > 0)
	{
		int			n = Min(len, PIPE_MAX_PAYLOAD);

		gqle_pipe_chunk_mark(&chunk.proto, n == len);
		chunk.proto.len = n;
		memcpy(chunk.proto.data, bytes, n);
		write_all(STDERR_FILENO, (char *) &chunk, PIPE_HEADER_SIZE + n);
		bytes += n;
		len -= n;
	}
}

static void
write_to_server(void)
{
	struct stat status;

	if ((Log_destination & LOG_DESTINATION_STDERR) == 0)
	{
		char	   *line = buffer.data;
		char	   *end;

		while ((end = strchr(line, '\n')) != NULL)
		{
			*end = '\0';
			ereport(LOG, (errmsg_internal("%s", line), errhidestmt(true),
						  errhidecontext(true)));
			line = end + 1;
		}
	}
	else if (redirection_done)
		write_to_collector(buffer.data, buffer.len);
	else if (fstat(STDERR_FILENO, &status) == 0 && S_ISREG(status.st_mode))
		write_all(STDERR_FILENO, buffer.data, buffer.len);
	else
		write_to_pipe(STDERR_FILENO, buffer.data, buffer.len);
}

static void
write_to_file(void)
{
	if (file >= 0 && opened_at != PgReloadTime)
	{
		close(file);
		ReleaseExternalFD();
		file = -1;
	}
	if (file < 0)
	{
		opened_at = PgReloadTime;
		file = open(gqle_guc_log_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
					S_IRUSR | S_IWUSR);
		if (file < 0)
		{
			complain("open");
			return;
		}
		ReserveExternalFD();
	}
	write_all(file, buffer.data, buffer.len);
}

void
gqle_log_flush(void)
{
	if (!is_started || buffer.len == 0)
		return;
	if (gqle_guc_log_destination == GQLE_LOG_TO_FILE)
		write_to_file();
	else
		write_to_server();
	if (buffer.maxlen > KEEP_BYTES)
	{
		buffer.data = repalloc(buffer.data, FULL_BYTES);
		buffer.maxlen = FULL_BYTES;
	}
	resetStringInfo(&buffer);
}

/* Milliseconds of a clock that costs next to nothing to read. */
static int64
coarse_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

long
gqle_log_flush_due(void)
{
	int64		left;

	if (buffer.len == 0)
		return NOTHING_KEPT_MS;
	left = kept_since + KEEP_MS - coarse_ms();
	if (left > 0)
		return (long) left;
	gqle_log_flush();
	return NOTHING_KEPT_MS;
}

static void
flush_at_exit(int code, Datum arg)
{
	gqle_log_flush();
}

/* ------------------------------------------------------------------------
 * Lines
 * ------------------------------------------------------------------------ */

/* The time in UTC; its date and seconds are formatted once per second. */
static void
append_time(StringInfo out)
{
	static char text[DATE_LEN + sizeof("000+0000")];
	static time_t formatted = 0;
	struct timespec now;
	int			ms;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec != formatted)
	{
		struct tm	utc;

		gmtime_r(&now.tv_sec, &utc);
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000+0000", &utc);
		formatted = now.tv_sec;
	}
	ms = now.tv_nsec / 1000000;
	text[DATE_LEN] = '0' + ms / 100;
	text[DATE_LEN + 1] = '0' + ms / 10 % 10;
	text[DATE_LEN + 2] = '0' + ms % 10;
	gqle_json_write_raw(out, text, sizeof(text) - 1);
}

static void
append_text(StringInfo out, const char *text)
{
	gqle_json_write_raw(out, text, strlen(text));
}

StringInfo
gqle_log_begin(GqleLogType type, GqleLogLevel level)
{
	if (buffer.len == 0)
		kept_since = coarse_ms();
	line_start = buffer.len;
	line_level = level;
	append_text(&buffer, "{\"timestamp\":\"");
	append_time(&buffer);
	append_text(&buffer, "\",\"level\":\"");
	append_text(&buffer, level_names[level]);
	append_text(&buffer, "\",\"type\":\"");
	append_text(&buffer, gqle_log_type_name(type));
	append_text(&buffer, "\",\"detail\":");
	return &buffer;
}

void
gqle_log_end(void)
{
	if (current_trace != NULL)
	{
		append_text(&buffer, ",\"trace_id\":\"");
		append_text(&buffer, current_trace);
		append_text(&buffer, "\",\"span_id\":\"");
		append_text(&buffer, current_span);
		append_text(&buffer, "\"");
	}
	append_text(&buffer, "}\n");
	if (gqle_log_hook != NULL)
		gqle_log_hook(line_level, buffer.data + line_start, buffer.len - line_start - 1,
					  current_trace, current_span);
	if (buffer.len >= FULL_BYTES)
		gqle_log_flush();
}

void
gqle_log_message(GqleLogType type, GqleLogLevel level, const char *message)
{
	StringInfo	out;

	if (!gqle_log_wants(type, level))
		return;
	out = gqle_log_begin(type, level);
	gqle_json_write_cstring(out, message);
	gqle_log_end();
}

void
gqle_log_append_url(StringInfo out, const char *url)
{
	const char *authority = strstr(url, "://");
	int			len = strcspn(url, "?#");
	int			prefix = 0;
	int			user = 0;
	char	   *shown;

	if (authority != NULL && authority - url < len)
	{
		const char *end;

		prefix = authority + 3 - url;
		end = url + prefix + strcspn(url + prefix, "/?#");
		for (const char *c = url + prefix; c < end; c++)
		{
			if (*c == '@')
				user = c + 1 - (url + prefix);
		}
	}
	shown = psprintf("%.*s%.*s", prefix, url, len - prefix - user,
					 url + prefix + user);
	gqle_json_write_cstring(out, shown);
	pfree(shown);
}

void
gqle_log_set_request(const char *request_id, const char *trace_id,
					 const char *span_id)
{
	current_request = request_id;
	current_trace = trace_id;
	current_span = span_id;
}

const char *
gqle_log_request_id(void)
{
	return current_request;
}
