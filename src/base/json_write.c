/*
 * json_write.c
 *		Appending JSON text to a buffer.
 *
 * Only what RFC 8259 requires is escaped, in the forms PostgreSQL's own
 * escape_json() uses.  Text is taken to be valid UTF-8 and is not checked.
 */
#include "gqle/gqle.h"

#include "gqle/base/json_write.h"

#define ONES		UINT64CONST(0x0101010101010101)
#define HIGH_BITS	UINT64CONST(0x8080808080808080)

/* Longest form of one byte: \u001f */
#define MAX_ESCAPE	6

/* Is any byte of the word zero? */
#define HAS_ZERO(w)	(((w) - ONES) & ~(w) & HIGH_BITS)

/* Is any byte of the word below 0x20, a quote or a backslash? */
static inline bool
word_needs_escape(uint64 word)
{
	uint64		control = (word - ONES * 0x20) & ~word & HIGH_BITS;
	uint64		quote = word ^ (ONES * '"');
	uint64		backslash = word ^ (ONES * '\\');

	return (control | HAS_ZERO(quote) | HAS_ZERO(backslash)) != 0;
}

static inline bool
byte_needs_escape(unsigned char byte)
{
	return byte < 0x20 || byte == '"' || byte == '\\';
}

int
gqle_json_plain_len(const char *text, int len)
{
	int			pos = 0;

	while (len - pos >= 8)
	{
		uint64		word;

		memcpy(&word, text + pos, 8);
		if (word_needs_escape(word))
			break;
		pos += 8;
	}
	while (pos < len && !byte_needs_escape((unsigned char) text[pos]))
		pos++;
	return pos;
}

static int
escape_byte(unsigned char byte, char *out)
{
	static const char hex[] = "0123456789abcdef";

	out[0] = '\\';
	switch (byte)
	{
		case '"':
		case '\\':
			out[1] = (char) byte;
			return 2;
		case '\b':
			out[1] = 'b';
			return 2;
		case '\f':
			out[1] = 'f';
			return 2;
		case '\n':
			out[1] = 'n';
			return 2;
		case '\r':
			out[1] = 'r';
			return 2;
		case '\t':
			out[1] = 't';
			return 2;
		default:
			memcpy(out + 1, "u00", 3);
			out[4] = hex[byte >> 4];
			out[5] = hex[byte & 0x0F];
			return 6;
	}
}

/*
 * Each turn copies a run of plain bytes and one escaped byte.  Space for the
 * rest of the text unescaped is always reserved, so that texts without escapes
 * ask for memory once.
 */
void
gqle_json_write_string(StringInfo out, const char *text, int len)
{
	const char *end = text + len;

	if (unlikely(out->len + len + 2 >= out->maxlen))
		enlargeStringInfo(out, len + 2);
	out->data[out->len++] = '"';
	while (text < end)
	{
		int			run = gqle_json_plain_len(text, (int) (end - text));

		memcpy(out->data + out->len, text, run);
		out->len += run;
		text += run;
		if (text == end)
			break;
		enlargeStringInfo(out, (int) (end - text) + 1 + MAX_ESCAPE);
		out->len += escape_byte((unsigned char) *text++,
								out->data + out->len);
	}
	out->data[out->len++] = '"';
	out->data[out->len] = '\0';
}

void
gqle_json_write_cstring(StringInfo out, const char *text)
{
	gqle_json_write_string(out, text, (int) strlen(text));
}

void
gqle_json_write_key(StringInfo out, const char *key, bool *first)
{
	if (!*first)
		appendStringInfoCharMacro(out, ',');
	*first = false;
	gqle_json_write_cstring(out, key);
	appendStringInfoCharMacro(out, ':');
}
