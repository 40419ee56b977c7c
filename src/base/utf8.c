/*
 * utf8.c
 *		UTF-8 checking and making.
 *
 * The server has the same for its own encodings, but throws; what arrives from
 * clients must be refused with a position and without an error.
 */
#include "gqle/gqle.h"

#include "gqle/base/utf8.h"

#define HIGH_BITS	UINT64CONST(0x8080808080808080)

static inline bool
is_continuation(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

/* Unicode 15, table 3-7. */
int
gqle_utf8_char_len(const unsigned char *text, int len)
{
	unsigned char first;

	if (len < 1)
		return 0;
	first = text[0];
	if (first < 0x80)
		return 1;
	if (first < 0xC2)
		return 0;
	if (first < 0xE0)
		return len >= 2 && is_continuation(text[1]) ? 2 : 0;
	if (first < 0xF0)
	{
		if (len < 3 || !is_continuation(text[1]) || !is_continuation(text[2]))
			return 0;
		if ((first == 0xE0 && text[1] < 0xA0) ||
			(first == 0xED && text[1] > 0x9F))
			return 0;
		return 3;
	}
	if (first < 0xF5)
	{
		if (len < 4 || !is_continuation(text[1]) ||
			!is_continuation(text[2]) || !is_continuation(text[3]))
			return 0;
		if ((first == 0xF0 && text[1] < 0x90) ||
			(first == 0xF4 && text[1] > 0x8F))
			return 0;
		return 4;
	}
	return 0;
}

int
gqle_utf8_check(const char *text, int len)
{
	int			pos = 0;

	while (pos < len)
	{
		int			char_len;

		while (len - pos >= 8)
		{
			uint64		word;

			memcpy(&word, text + pos, 8);
			if (word & HIGH_BITS)
				break;
			pos += 8;
		}
		if (pos >= len)
			break;
		char_len = gqle_utf8_char_len((const unsigned char *) text + pos,
									  len - pos);
		if (char_len == 0)
			return pos;
		pos += char_len;
	}
	return len;
}

int
gqle_utf8_encode(uint32 code, char *out)
{
	if (code < 0x80)
	{
		out[0] = (char) code;
		return 1;
	}
	if (code < 0x800)
	{
		out[0] = (char) (0xC0 | (code >> 6));
		out[1] = (char) (0x80 | (code & 0x3F));
		return 2;
	}
	if (code < 0x10000)
	{
		out[0] = (char) (0xE0 | (code >> 12));
		out[1] = (char) (0x80 | ((code >> 6) & 0x3F));
		out[2] = (char) (0x80 | (code & 0x3F));
		return 3;
	}
	out[0] = (char) (0xF0 | (code >> 18));
	out[1] = (char) (0x80 | ((code >> 12) & 0x3F));
	out[2] = (char) (0x80 | ((code >> 6) & 0x3F));
	out[3] = (char) (0x80 | (code & 0x3F));
	return 4;
}

int
gqle_utf8_hex4(const char *digits)
{
	int			value = 0;
	int			i;

	for (i = 0; i < 4; i++)
	{
		char		c = digits[i];

		value <<= 4;
		if (c >= '0' && c <= '9')
			value |= c - '0';
		else if (c >= 'a' && c <= 'f')
			value |= c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			value |= c - 'A' + 10;
		else
			return -1;
	}
	return value;
}
