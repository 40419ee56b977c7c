/*
 * otlp.c
 *		Spans, metrics and log lines to an OpenTelemetry collector, as the metadata
 *		say (otlp_config.c).
 *
 * Each *signal* has a list of items in the form in which they are sent, protobuf
 * over HTTP (net/otlp_proto.c).  They are sent when there are enough for a batch or after
 * a second, one batch of a signal at a time, from the worker's event loop; no
 * request waits for it.  What comes while too many wait is dropped and counted, and
 * so is a batch that the collector doesn't take; the log says so, but not each time.
 *
 * Metrics are those of /v1/metrics, sent by one worker of a database at an interval
 * of their own.  Log lines are exported by the processes that have an event loop and
 * write them, server workers and the delivery worker.
 */
#include "postgres.h"

#include <time.h>

#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/log.h"
#include "gqle/base/metrics.h"
#include "gqle/worker/httpc.h"
#include "gqle/worker/metadata_watch.h"
#include "gqle/worker/metrics_otlp.h"
#include "gqle/worker/otlp.h"
#include "gqle/worker/otlp_config.h"

#define SEND_MS			1000
#define TIMEOUT_MS		10000
#define MAX_ITEMS		4096
#define MAX_BYTES		(4 * 1024 * 1024)
#define KEEP_BYTES		(256 * 1024)
#define MAX_ANSWER		(64 * 1024)
#define MAX_IDLE_MS		10000
#define COMPLAIN_MS		10000

typedef struct Signal
{
	const char *what;			/* its items are */
	StringInfoData items;		/* encoded, each a member of its list */
	int			n;
	int64		first_at;		/* when the oldest was kept */
	int			n_sent;			/* in the call under way */
	GqleHttpcCall *call;
	int64		complained_at;
	bool		is_complaining;
} Signal;

/* In the order of GqleSignal. */
static Signal signals[] = {{"spans"}, {"metrics"}, {"log lines"}};
static bool exports_metrics = false;
static int64 metrics_due = 0;

static void keep_line(GqleLogLevel level, const char *line, int len, const char *trace_id,
					  const char *span_id);

static int64
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
gqle_otlp_start(bool with_metrics)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	for (int i = 0; i < GQLE_N_SIGNALS; i++)
		initStringInfo(&signals[i].items);
	MemoryContextSwitchTo(old);
	exports_metrics = with_metrics;
	gqle_log_hook = keep_line;
}

bool
gqle_otlp_wants_spans(void)
{
	gqle_metadata_watch_look();
	return gqle_otlp_config()->urls[GQLE_SIGNAL_SPANS] != NULL;
}

/* ------------------------------------------------------------------------
 * Keeping
 * ------------------------------------------------------------------------ */

/* Say that telemetry is lost, at most once in a while. */
static void
complain(Signal *signal, const char *why)
{
	int64		now = clock_ms();

	if (signal->is_complaining ||
		(signal->complained_at != 0 && now - signal->complained_at < COMPLAIN_MS))
		return;
	signal->complained_at = now;
	signal->is_complaining = true;	/* a complaint is a line of the log, too */
	gqle_log_message(GQLE_LOG_UNSTRUCTURED, GQLE_LOG_LEVEL_WARN,
					 psprintf("%s for the OpenTelemetry collector are lost: %s",
							  signal->what, why));
	signal->is_complaining = false;
}

/* Spans and log lines are counted, by what became of them. */
static void
count_items(const Signal *signal, GqleMetric fate, int n)
{
	if (signal == &signals[GQLE_SIGNAL_SPANS])
		gqle_metrics_add(fate, n);
	else if (signal == &signals[GQLE_SIGNAL_LOGS])
		gqle_metrics_add(fate - GQLE_METRIC_SPANS_SENT + GQLE_METRIC_LOGS_SENT, n);
}

/* Is there room for that many more items? */
static bool
has_room(Signal *signal, int n)
{
	if (signal->items.data != NULL && signal->n + n <= MAX_ITEMS &&
		signal->items.len < MAX_BYTES)
		return true;
	count_items(signal, GQLE_METRIC_SPANS_BUFFER_FULL, n);
	complain(signal, "too many are waiting");
	return false;
}

static void
note_kept(Signal *signal, int n)
{
	if (signal->n == 0)
		signal->first_at = clock_ms();
	signal->n += n;
}

void
gqle_otlp_add_span(const GqleSpan *span)
{
	Signal	   *signal = &signals[GQLE_SIGNAL_SPANS];

	if (!has_room(signal, 1))
		return;
	gqle_otlp_append_span(&signal->items, span);
	note_kept(signal, 1);
}

void
gqle_otlp_add_noted(const GqleSpans *noted)
{
	Signal	   *signal = &signals[GQLE_SIGNAL_SPANS];

	if (noted->n == 0 || !has_room(signal, noted->n))
		return;
	appendBinaryStringInfo(&signal->items, noted->spans, noted->spans_len);
	note_kept(signal, noted->n);
}

/* A line of the log; gqle_log_hook. */
static void
keep_line(GqleLogLevel level, const char *line, int len, const char *trace_id,
		  const char *span_id)
{
	/* SeverityNumber of debug, info, warn, error and fatal */
	static const int numbers[] = {5, 9, 13, 17, 21};
	static const char *const names[] = {"DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
	Signal	   *signal = &signals[GQLE_SIGNAL_LOGS];

	if (gqle_otlp_config()->urls[GQLE_SIGNAL_LOGS] == NULL || !has_room(signal, 1))
		return;
	gqle_otlp_append_log(&signal->items, gqle_spans_now(), numbers[level], names[level],
						 line, len, trace_id, span_id);
	note_kept(signal, 1);
}

/* ------------------------------------------------------------------------
 * Sending
 * ------------------------------------------------------------------------ */

/* The end of a batch; GqleHttpcDone. */
static void
take_reply(void *arg, const GqleHttpReply *reply)
{
	Signal	   *signal = arg;
	bool		is_taken = reply->failure == GQLE_HTTP_OK && reply->status >= 200 &&
		reply->status < 300;

	signal->call = NULL;
	if (is_taken)
	{
		count_items(signal, GQLE_METRIC_SPANS_SENT, signal->n_sent);
		return;
	}
	count_items(signal, GQLE_METRIC_SPANS_SEND_FAILED, signal->n_sent);
	if (reply->failure != GQLE_HTTP_OK)
		complain(signal, gqle_http_failure_text(reply->failure));
	else
	{
		char	   *why = psprintf("it answered with status %d", reply->status);

		complain(signal, why);
		pfree(why);
	}
}

static void
forget_items(Signal *signal)
{
	signal->n = 0;
	if (signal->items.maxlen > KEEP_BYTES)
	{
		signal->items.data = repalloc(signal->items.data, KEEP_BYTES);
		signal->items.maxlen = KEEP_BYTES;
	}
	resetStringInfo(&signal->items);
}

static void
send_batch(Signal *signal, const char *url)
{
	const GqleOtlpConfig *config = gqle_otlp_config();
	StringInfoData body;
	GqleHttpRequest request = {.url = url,.headers = config->headers,
		.n_headers = config->n_headers,.timeout = TIMEOUT_MS,.max_body = MAX_ANSWER};

	initStringInfo(&body);
	gqle_otlp_append_request(&body, config->resource.data, config->resource.len,
							 signal->items.data, signal->items.len);
	request.body = body.data;
	request.body_len = body.len;
	signal->n_sent = signal->n;
	forget_items(signal);
	signal->call = gqle_httpc_begin(&request, take_reply, signal);
	if (signal->call == NULL)
	{
		count_items(signal, GQLE_METRIC_SPANS_SEND_FAILED, signal->n_sent);
		complain(signal, "the request can't be made");
	}
	pfree(body.data);
}

/* Is something to be sent now?  What nobody wants any more is forgotten. */
static bool
is_due(Signal *signal, const char *url, bool ends)
{
	if (signal->n == 0 || signal->call != NULL)
		return false;
	if (url != NULL)
		return ends || signal->n >= gqle_otlp_config()->batch_size ||
			clock_ms() - signal->first_at >= SEND_MS;
	count_items(signal, GQLE_METRIC_SPANS_SEND_FAILED, signal->n);
	forget_items(signal);
	return false;
}

static void
send_due(bool ends)
{
	for (int i = 0; i < GQLE_N_SIGNALS; i++)
	{
		const char *url = gqle_otlp_config()->urls[i];

		if (is_due(&signals[i], url, ends))
			send_batch(&signals[i], url);
	}
}

/* Make items of the metrics if it is time. */
static void
take_metrics(void)
{
	Signal	   *signal = &signals[GQLE_SIGNAL_METRICS];
	int64		now = clock_ms();

	if (!exports_metrics || now < metrics_due)
		return;
	if (gqle_otlp_config()->urls[GQLE_SIGNAL_METRICS] == NULL)
	{
		metrics_due = now + SEND_MS;
		return;
	}
	metrics_due = now + gqle_guc_otlp_metrics_interval * 1000L;
	if (!has_room(signal, 1))
		return;
	note_kept(signal, gqle_metrics_append_otlp(&signal->items));
	signal->first_at = now - SEND_MS;	/* whole already */
}

long
gqle_otlp_timeout(void)
{
	int64		now = clock_ms();
	int64		timeout = MAX_IDLE_MS;

	if (exports_metrics)
		timeout = Max(metrics_due - now, 0);
	for (int i = 0; i < GQLE_N_SIGNALS; i++)
	{
		if (signals[i].n > 0 && signals[i].call == NULL)
			timeout = Min(timeout, Max(signals[i].first_at + SEND_MS - now, 0));
	}
	return Min(timeout, MAX_IDLE_MS);
}

void
gqle_otlp_turn(void)
{
	gqle_metadata_watch_look();
	take_metrics();
	send_due(false);
}

bool
gqle_otlp_drain(void)
{
	send_due(true);
	for (int i = 0; i < GQLE_N_SIGNALS; i++)
		if (signals[i].call != NULL || signals[i].n > 0)
			return false;
	return true;
}
