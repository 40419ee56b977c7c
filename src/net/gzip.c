/*
 * gzip.c
 *		Compressing answers with zlib.
 *
 * The state of a compressor is a quarter of a megabyte, so one for each level is
 * kept and reset.
 */
#include "gqle/gqle.h"

#include <zlib.h>

#include "gqle/net/gzip.h"

#define LARGE_BYTES		20000
#define MAX_BYTES		(256 * 1024 * 1024)
#define FAST_LEVEL		1
#define GOOD_LEVEL		6
#define GZIP_WINDOW		(15 + 16)	/* 16: with gzip's header and trailer */
#define MEMORY_LEVEL	8

typedef struct Compressor
{
	z_stream	stream;
	bool		is_ready;
} Compressor;

static Compressor compressors[2];

/* A compressor without a trace of what it did before, or NULL. */
static z_stream *
take_compressor(bool is_large)
{
	Compressor *c = &compressors[is_large];

	if (c->is_ready && deflateReset(&c->stream) == Z_OK)
		return &c->stream;
	if (c->is_ready)
		(void) deflateEnd(&c->stream);
	memset(c, 0, sizeof(*c));
	c->is_ready = deflateInit2(&c->stream, is_large ? GOOD_LEVEL : FAST_LEVEL,
							   Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
							   Z_DEFAULT_STRATEGY) == Z_OK;
	return c->is_ready ? &c->stream : NULL;
}

bool
gqle_gzip_append(StringInfo out, const char *bytes, int len)
{
	z_stream   *stream = take_compressor(len > LARGE_BYTES);
	uLong		bound;

	if (stream == NULL)
		return false;
	bound = deflateBound(stream, len);
	if (bound > MAX_BYTES)
		return false;
	enlargeStringInfo(out, (int) bound);
	stream->next_in = (Bytef *) bytes;
	stream->avail_in = len;
	stream->next_out = (Bytef *) out->data + out->len;
	stream->avail_out = bound;
	if (deflate(stream, Z_FINISH) != Z_STREAM_END)
		return false;
	out->len += bound - stream->avail_out;
	out->data[out->len] = '\0';
	return true;
}
