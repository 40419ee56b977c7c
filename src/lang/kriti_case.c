/*
 * kriti_case.c
 *		Case of letters, the same in every locale.
 *
 * A table of ranges: Latin, Greek, Cyrillic, Armenian, and full-width letters, in
 * all that pairs up.  Letters of other scripts stay as they are.
 */
#include "gqle/gqle.h"

#include "gqle/base/utf8.h"
#include "gqle/lang/kriti_case.h"

/* Upper case letters from first to last, and how far the lower case is. */
typedef struct Range
{
	uint32		first;
	uint32		last;
	int			step;			/* 2: upper and lower case take turns */
	int			to_lower;
} Range;

static const Range ranges[] = {
	{'A', 'Z', 1, 32},
	{0xC0, 0xD6, 1, 32}, {0xD8, 0xDE, 1, 32},
	{0x100, 0x12E, 2, 1}, {0x132, 0x136, 2, 1}, {0x139, 0x147, 2, 1},
	{0x14A, 0x176, 2, 1}, {0x178, 0x178, 1, -121}, {0x179, 0x17D, 2, 1},
	{0x1CD, 0x1DB, 2, 1}, {0x1DE, 0x1EE, 2, 1}, {0x1F8, 0x21E, 2, 1}, {0x222, 0x232, 2, 1},
	{0x386, 0x386, 1, 38}, {0x388, 0x38A, 1, 37}, {0x38C, 0x38C, 1, 64},
	{0x38E, 0x38F, 1, 63}, {0x391, 0x3A1, 1, 32}, {0x3A3, 0x3AB, 1, 32},
	{0x400, 0x40F, 1, 80}, {0x410, 0x42F, 1, 32}, {0x460, 0x480, 2, 1},
	{0x48A, 0x4BE, 2, 1}, {0x4C1, 0x4CD, 2, 1}, {0x4D0, 0x52E, 2, 1},
	{0x531, 0x556, 1, 48},
	{0x1E00, 0x1E94, 2, 1}, {0x1EA0, 0x1EFE, 2, 1},
	{0xFF21, 0xFF3A, 1, 32},
};

#define SHARP_S		0xDF

static const Range *
upper_range(uint32 c)
{
	size_t		i;

	for (i = 0; i < lengthof(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last &&
			(c - ranges[i].first) % ranges[i].step == 0)
			return &ranges[i];
	return NULL;
}

static const Range *
lower_range(uint32 c)
{
	size_t		i;

	for (i = 0; i < lengthof(ranges); i++)
	{
		uint32		upper = c - ranges[i].to_lower;

		if (upper >= ranges[i].first && upper <= ranges[i].last &&
			(upper - ranges[i].first) % ranges[i].step == 0)
			return &ranges[i];
	}
	return NULL;
}

static uint32
to_lower(uint32 c)
{
	const Range *range = upper_range(c);

	return range != NULL ? c + range->to_lower : c;
}

static uint32
to_upper(uint32 c)
{
	const Range *range = lower_range(c);

	/* the final form of sigma */
	if (c == 0x3C2)
		return 0x3A3;
	return range != NULL ? c - range->to_lower : c;
}

/* Part of a word?  Letters of scripts without case are. */
static bool
is_letter(uint32 c)
{
	return c >= 0x250 || c == SHARP_S || upper_range(c) != NULL || lower_range(c) != NULL;
}

static void
append_char(StringInfo out, uint32 c)
{
	char		bytes[8];

	appendBinaryStringInfo(out, bytes, gqle_utf8_encode(c, bytes));
}

/* The code of a well-formed character. */
static uint32
decode(const unsigned char *text, int len)
{
	static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	uint32		code = text[0] & masks[len];
	int			i;

	for (i = 1; i < len; i++)
		code = code << 6 | (text[i] & 0x3F);
	return code;
}

static void
append_changed(StringInfo out, uint32 c, GqleKritiCase to, bool begins_word)
{
	bool		is_upper = to == GQLE_KRITI_CASE_UPPER ||
		(to == GQLE_KRITI_CASE_TITLE && begins_word);

	if (c == SHARP_S && (is_upper || to == GQLE_KRITI_CASE_FOLD))
		appendStringInfoString(out, to == GQLE_KRITI_CASE_UPPER ? "SS" :
							   to == GQLE_KRITI_CASE_TITLE ? "Ss" : "ss");
	else if (is_upper)
		append_char(out, to_upper(c));
	else if (to == GQLE_KRITI_CASE_FOLD && c == 0x3C2)
		append_char(out, 0x3C3);
	else
		append_char(out, to_lower(c));
}

/* See kriti_case.h. */
void
gqle_kriti_append_case(StringInfo out, const char *text, GqleKritiCase to)
{
	const unsigned char *c = (const unsigned char *) text;
	bool		in_word = false;
	int			left = (int) strlen(text);
	int			len;

	for (; left > 0; c += len, left -= len)
	{
		uint32		code;

		len = gqle_utf8_char_len(c, left);
		if (len == 0)
			break;
		code = decode(c, len);
		append_changed(out, code, to, !in_word);
		/* an apostrophe within a word begins no other */
		in_word = is_letter(code) || (in_word && (code == '\'' || code == 0x2019));
	}
}
