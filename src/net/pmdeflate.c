/*
 * pmdeflate.c
 *		Compressed WebSocket messages, by zlib.
 *
 * Neither side keeps its window from one message to the next: a connection that
 * is idle then costs nothing, since one compressor and one expander serve all.
 * What a message expands to is bounded while it is expanded, so a few bytes
 * can't become many.
 */
#include "gqle/gqle.h"

#include <zlib.h>

#include "gqle/net/pmdeflate.h"

#define RAW_WINDOW		(-15)	/* no header, no trailer */
#define LEVEL			1
#define MEMORY_LEVEL	8
#define PIECE			4096
#define MAX_BYTES		(256 * 1024 * 1024)

/* The end of each message, which is not sent (RFC 7692 §7.2.1). */
static const char tail[4] = {0x00, 0x00, (char) 0xff, (char) 0xff};

/* ------------------------------------------------------------------------
 * Offers
 * ------------------------------------------------------------------------ */

static void
skip_blanks(const char **at)
{
	*at += strspn(*at, " \t");
}

/* A token, or the empty text; *at goes on behind it and blanks. */
static int
read_token(const char **at, const char **token)
{
	int			len;

	skip_blanks(at);
	*token = *at;
	len = strcspn(*at, " \t;,=\"");
	*at += len;
	skip_blanks(at);
	return len;
}

/* The value of a parameter, perhaps in quotes; 0 if there is none. */
static int
read_value(const char **at, const char **value)
{
	int			len;

	if (**at != '=')
		return 0;
	(*at)++;
	skip_blanks(at);
	if (**at != '"')
		return read_token(at, value);
	*value = ++(*at);
	len = strcspn(*at, "\"");
	*at += len;
	if (**at == '"')
		(*at)++;
	skip_blanks(at);
	return len;
}

static bool
is_token(const char *token, int len, const char *word)
{
	return len == (int) strlen(word) && strncmp(token, word, len) == 0;
}

/* A size of window, 8 to 15 without a leading zero, or 0. */
static int
read_bits(const char *value, int len)
{
	if (len == 1 && (value[0] == '8' || value[0] == '9'))
		return value[0] - '0';
	if (len == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5')
		return 10 + value[1] - '0';
	return 0;
}

/*
 * One parameter of an offer: each at most once.  A smaller window of ours isn't
 * worth another compressor.
 */
static bool
is_param_fine(const char *name, int name_len, const char *value, int value_len,
			  bool has_value, int *seen)
{
	static const char *const names[] = {"server_no_context_takeover",
		"client_no_context_takeover", "server_max_window_bits",
	"client_max_window_bits"};
	int			bits = read_bits(value, value_len);

	for (int i = 0; i < 4; i++)
	{
		if (!is_token(name, name_len, names[i]))
			continue;
		if ((*seen & (1 << i)) != 0)
			return false;
		*seen |= 1 << i;
		if (i < 2)
			return !has_value;
		return i == 2 ? bits == 15 : !has_value || bits != 0;
	}
	return false;
}

/* One offer; *at goes on to the comma behind it, or the end. */
static bool
is_offer_fine(const char **at)
{
	const char *name;
	int			name_len = read_token(at, &name);
	bool		is_fine = is_token(name, name_len, "permessage-deflate");
	int			seen = 0;

	while (**at == ';')
	{
		const char *value = "";
		bool		has_value;
		int			value_len;

		(*at)++;
		name_len = read_token(at, &name);
		has_value = **at == '=';
		value_len = read_value(at, &value);
		is_fine &= is_param_fine(name, name_len, value, value_len, has_value,
								 &seen);
	}
	if (**at != ',' && **at != '\0')
	{
		*at += strcspn(*at, ",");
		return false;
	}
	return is_fine;
}

bool
gqle_pmdeflate_is_offered(const char *extensions)
{
	while (extensions != NULL && *extensions != '\0')
	{
		if (is_offer_fine(&extensions))
			return true;
		extensions += *extensions == ',';
	}
	return false;
}

/* ------------------------------------------------------------------------
 * Messages
 * ------------------------------------------------------------------------ */

bool
gqle_pmdeflate_compress(StringInfo out, const char *bytes, int len)
{
	static z_stream stream;
	static bool is_ready = false;
	int			start = out->len;
	uLong		bound;

	if (is_ready && deflateReset(&stream) != Z_OK)
		return false;
	if (!is_ready)
		is_ready = deflateInit2(&stream, LEVEL, Z_DEFLATED, RAW_WINDOW,
								MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
	if (!is_ready)
		return false;
	bound = deflateBound(&stream, len) + 16;
	if (bound > MAX_BYTES)
		return false;
	enlargeStringInfo(out, (int) bound);
	stream.next_in = (Bytef *) bytes;
	stream.avail_in = len;
	stream.next_out = (Bytef *) out->data + start;
	stream.avail_out = bound;
	if (deflate(&stream, Z_SYNC_FLUSH) != Z_OK || stream.avail_in > 0 ||
		stream.avail_out == 0)
	{
		out->data[start] = '\0';
		return false;
	}
	out->len += bound - stream.avail_out;
	if (out->len - start >= 4 && memcmp(out->data + out->len - 4, tail, 4) == 0)
		out->len -= 4;
	out->data[out->len] = '\0';
	return true;
}

/*
 * Expand some bytes.  A block that is marked as the last one doesn't end the
 * message (§7.2.3.4).
 */
static GqleInflated
expand_some(z_stream *stream, StringInfo out, int limit)
{
	for (;;)
	{
		int			rc;
		int			room;

		if (out->len > limit)
			return GQLE_INFLATED_TOO_LARGE;
		enlargeStringInfo(out, PIECE);
		room = Min(out->maxlen - 1 - out->len, limit + 1 - out->len);
		stream->next_out = (Bytef *) out->data + out->len;
		stream->avail_out = room;
		rc = inflate(stream, Z_SYNC_FLUSH);
		out->len += room - stream->avail_out;
		out->data[out->len] = '\0';
		if (rc == Z_STREAM_END)
		{
			if (inflateReset(stream) != Z_OK)
				return GQLE_INFLATED_BAD;
			if (stream->avail_in == 0)
				return out->len > limit ? GQLE_INFLATED_TOO_LARGE : GQLE_INFLATED;
			continue;
		}
		if (rc != Z_OK && rc != Z_BUF_ERROR)
			return GQLE_INFLATED_BAD;
		if (stream->avail_in == 0 && stream->avail_out > 0)
			return out->len > limit ? GQLE_INFLATED_TOO_LARGE : GQLE_INFLATED;
		if (rc == Z_BUF_ERROR && stream->avail_out > 0)
			return GQLE_INFLATED_BAD;
	}
}

GqleInflated
gqle_pmdeflate_expand(StringInfo out, const char *bytes, int len, int max)
{
	static z_stream stream;
	static bool is_ready = false;
	int			start = out->len;
	GqleInflated result;

	if (is_ready && inflateReset(&stream) != Z_OK)
		return GQLE_INFLATED_BAD;
	if (!is_ready)
		is_ready = inflateInit2(&stream, RAW_WINDOW) == Z_OK;
	if (!is_ready)
		return GQLE_INFLATED_BAD;
	max = Min(max, MAX_BYTES);
	stream.next_in = (Bytef *) bytes;
	stream.avail_in = len;
	result = expand_some(&stream, out, start + max);
	if (result == GQLE_INFLATED)
	{
		stream.next_in = (Bytef *) tail;
		stream.avail_in = sizeof(tail);
		result = expand_some(&stream, out, start + max);
	}
	/* a message ends between two blocks */
	if (result == GQLE_INFLATED && (stream.data_type & 128) == 0)
		result = GQLE_INFLATED_BAD;
	return result;
}
