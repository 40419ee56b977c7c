/*
 * spans.c
 *		What a call does, as spans of the trace that it is part of.
 *
 * A process runs one call at a time, so what a call notes is kept here until the
 * one who ran it takes it: to the collector (worker/otlp.c), or first through the
 * channel to the server worker that waits.  A call that does a great deal notes
 * only the beginning of it.
 */
#include "gqle/gqle.h"

#include <time.h>

#include "utils/memutils.h"

#include "gqle/base/random_id.h"
#include "gqle/exec/spans.h"

#define MAX_BYTES	(128 * 1024)
#define KEEP_BYTES	(16 * 1024)

static GqleTraceContext trace;	/* empty: none */
static bool are_wanted = false;
static StringInfoData attributes;
static StringInfoData spans;
static int	n_spans = 0;

static void
empty_buffer(StringInfo buffer)
{
	if (buffer->data != NULL && buffer->maxlen <= KEEP_BYTES)
	{
		resetStringInfo(buffer);
		return;
	}
	if (buffer->data != NULL)
		pfree(buffer->data);
	buffer->data = NULL;
	buffer->len = 0;
}

/* A buffer to append to, which outlives the call. */
static StringInfo
prepare_buffer(StringInfo buffer)
{
	MemoryContext old;

	if (buffer->data != NULL)
		return buffer;
	old = MemoryContextSwitchTo(TopMemoryContext);
	initStringInfo(buffer);
	MemoryContextSwitchTo(old);
	return buffer;
}

void
gqle_spans_begin(const GqleTraceContext *context, bool wanted)
{
	trace.trace_id[0] = '\0';
	if (context != NULL)
		trace = *context;
	are_wanted = wanted && trace.trace_id[0] != '\0';
	empty_buffer(&attributes);
	empty_buffer(&spans);
	n_spans = 0;
}

void
gqle_spans_end(void)
{
	trace.trace_id[0] = '\0';
	are_wanted = false;
}

const GqleTraceContext *
gqle_spans_trace(void)
{
	return trace.trace_id[0] != '\0' ? &trace : NULL;
}

bool
gqle_spans_are_wanted(void)
{
	return are_wanted;
}

uint64
gqle_spans_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

void
gqle_spans_add_attribute(const char *name, const char *value)
{
	if (are_wanted && attributes.len < MAX_BYTES)
		gqle_otlp_append_span_attribute(prepare_buffer(&attributes), name, value);
}

void
gqle_spans_add(const char *name, GqleSpanKind kind, uint64 start, bool is_error,
			   const char *const *attribute_list, int n_attributes)
{
	char		id[GQLE_SPAN_ID_LEN + 1];
	GqleSpan	span = {.trace_id = trace.trace_id,.span_id = id,
		.parent_id = trace.span_id,.name = name,.kind = kind,.start = start,
		.end = gqle_spans_now(),.is_error = is_error,.attributes = attribute_list,
	.n_attributes = n_attributes};

	if (!are_wanted || spans.len >= MAX_BYTES)
		return;
	gqle_random_hex(id, GQLE_SPAN_ID_LEN / 2);
	gqle_otlp_append_span(prepare_buffer(&spans), &span);
	n_spans++;
}

void
gqle_spans_noted(GqleSpans *noted)
{
	noted->n = n_spans;
	noted->attributes = attributes.data;
	noted->attributes_len = attributes.len;
	noted->spans = spans.data;
	noted->spans_len = spans.len;
}

/* ------------------------------------------------------------------------
 * As bytes: the three numbers, then attributes and spans
 * ------------------------------------------------------------------------ */

#define HEAD_LEN ((int) (3 * sizeof(int)))

int
gqle_spans_packed_len(const GqleSpans *noted)
{
	return noted->n == 0 && noted->attributes_len == 0 ? 0 :
		HEAD_LEN + noted->attributes_len + noted->spans_len;
}

void
gqle_spans_pack(char *place, const GqleSpans *noted)
{
	int			head[] = {noted->n, noted->attributes_len, noted->spans_len};

	memcpy(place, head, HEAD_LEN);
	if (noted->attributes_len > 0)
		memcpy(place + HEAD_LEN, noted->attributes, noted->attributes_len);
	if (noted->spans_len > 0)
		memcpy(place + HEAD_LEN + noted->attributes_len, noted->spans, noted->spans_len);
}

void
gqle_spans_unpack(const char *bytes, GqleSpans *noted)
{
	int			head[3];

	memcpy(head, bytes, HEAD_LEN);
	noted->n = head[0];
	noted->attributes = bytes + HEAD_LEN;
	noted->attributes_len = head[1];
	noted->spans = bytes + HEAD_LEN + head[1];
	noted->spans_len = head[2];
}
