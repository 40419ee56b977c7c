/*
 * lexer.c
 *		GraphQL text to tokens (GraphQL §2.1).
 *
 * compat: as in Hasura, a byte order mark is not white space, strings know
 * JSON's escapes (surrogate pairs included) and integers have any size.  \u0000
 * is refused because PostgreSQL text cannot hold it.
 */
#include "gqle/gqle.h"

#include "gqle/base/utf8.h"
#include "gqle/lang/lexer.h"

/* What a byte may be part of. */
#define NAME_START	1
#define DIGIT		2
#define SPACE		4			/* insignificant: white space and commas */

static const unsigned char byte_class[256] = {
	['\t'] = SPACE,['\n'] = SPACE,['\r'] = SPACE,[' '] = SPACE,[','] = SPACE,
	['0'] = DIGIT,['1'] = DIGIT,['2'] = DIGIT,['3'] = DIGIT,['4'] = DIGIT,
	['5'] = DIGIT,['6'] = DIGIT,['7'] = DIGIT,['8'] = DIGIT,['9'] = DIGIT,
	['A'] = NAME_START,['B'] = NAME_START,['C'] = NAME_START,['D'] = NAME_START,
	['E'] = NAME_START,['F'] = NAME_START,['G'] = NAME_START,['H'] = NAME_START,
	['I'] = NAME_START,['J'] = NAME_START,['K'] = NAME_START,['L'] = NAME_START,
	['M'] = NAME_START,['N'] = NAME_START,['O'] = NAME_START,['P'] = NAME_START,
	['Q'] = NAME_START,['R'] = NAME_START,['S'] = NAME_START,['T'] = NAME_START,
	['U'] = NAME_START,['V'] = NAME_START,['W'] = NAME_START,['X'] = NAME_START,
	['Y'] = NAME_START,['Z'] = NAME_START,['_'] = NAME_START,
	['a'] = NAME_START,['b'] = NAME_START,['c'] = NAME_START,['d'] = NAME_START,
	['e'] = NAME_START,['f'] = NAME_START,['g'] = NAME_START,['h'] = NAME_START,
	['i'] = NAME_START,['j'] = NAME_START,['k'] = NAME_START,['l'] = NAME_START,
	['m'] = NAME_START,['n'] = NAME_START,['o'] = NAME_START,['p'] = NAME_START,
	['q'] = NAME_START,['r'] = NAME_START,['s'] = NAME_START,['t'] = NAME_START,
	['u'] = NAME_START,['v'] = NAME_START,['w'] = NAME_START,['x'] = NAME_START,
	['y'] = NAME_START,['z'] = NAME_START
};

static const unsigned char punctuators[256] = {
	['!'] = GQLE_TOKEN_BANG,['$'] = GQLE_TOKEN_DOLLAR,['&'] = GQLE_TOKEN_AMP,
	['('] = GQLE_TOKEN_PAREN_L,[')'] = GQLE_TOKEN_PAREN_R,
	[':'] = GQLE_TOKEN_COLON,['='] = GQLE_TOKEN_EQUALS,['@'] = GQLE_TOKEN_AT,
	['['] = GQLE_TOKEN_BRACKET_L,[']'] = GQLE_TOKEN_BRACKET_R,
	['{'] = GQLE_TOKEN_BRACE_L,['|'] = GQLE_TOKEN_PIPE,
	['}'] = GQLE_TOKEN_BRACE_R
};

static void lex_name(GqleLexer *lexer);
static void lex_number(GqleLexer *lexer);
static void lex_string(GqleLexer *lexer);
static void lex_block_string(GqleLexer *lexer);
static int	decode_plain_string(GqleLexer *lexer, char *out);
static int	decode_block_string(GqleLexer *lexer, char *out);

void
gqle_lexer_init(GqleLexer *lexer, const char *text, int len)
{
	memset(lexer, 0, sizeof(*lexer));
	lexer->text = text;
	lexer->len = len;
	lexer->kind = GQLE_TOKEN_BANG;	/* anything but the two that stay */
}

/* The byte at pos, or NUL at the end.  A NUL in the text is an error anyway. */
static inline unsigned char
byte_at(const GqleLexer *lexer, int pos)
{
	return pos < lexer->len ? (unsigned char) lexer->text[pos] : '\0';
}

static inline bool
is_class(const GqleLexer *lexer, int pos, int class)
{
	return (byte_class[byte_at(lexer, pos)] & class) != 0;
}

/* Is the byte there, and not part of GraphQL's SourceCharacter? */
static inline bool
is_forbidden(const GqleLexer *lexer, int pos)
{
	unsigned char byte = byte_at(lexer, pos);

	return byte < 0x20 && pos < lexer->len && !is_class(lexer, pos, SPACE);
}

static void
set_error(GqleLexer *lexer, int offset, const char *message)
{
	lexer->kind = GQLE_TOKEN_ERROR;
	lexer->error_offset = offset;
	lexer->error_message = message;
}

/* First byte at or after pos that is not white space, comma or comment. */
static int
skip_ignored(const GqleLexer *lexer, int pos)
{
	for (;;)
	{
		while (is_class(lexer, pos, SPACE))
			pos++;
		if (byte_at(lexer, pos) != '#')
			return pos;
		while (pos < lexer->len && lexer->text[pos] != '\n' &&
			   lexer->text[pos] != '\r')
		{
			if (is_forbidden(lexer, pos))
				return pos;
			pos++;
		}
	}
}

void
gqle_lexer_next(GqleLexer *lexer)
{
	unsigned char first;
	int			pos;

	if (lexer->kind == GQLE_TOKEN_EOF || lexer->kind == GQLE_TOKEN_ERROR)
		return;

	pos = skip_ignored(lexer, lexer->end);
	lexer->start = pos;
	if (pos >= lexer->len)
	{
		lexer->kind = GQLE_TOKEN_EOF;
		lexer->end = pos;
		return;
	}

	lexer->n_tokens++;
	first = byte_at(lexer, pos);
	if (punctuators[first] != 0)
	{
		lexer->kind = (GqleTokenKind) punctuators[first];
		lexer->end = pos + 1;
	}
	else if (byte_class[first] & NAME_START)
		lex_name(lexer);
	else if ((byte_class[first] & DIGIT) || first == '-')
		lex_number(lexer);
	else if (first == '"')
	{
		if (byte_at(lexer, pos + 1) == '"' && byte_at(lexer, pos + 2) == '"')
			lex_block_string(lexer);
		else
			lex_string(lexer);
	}
	else if (first == '.' && byte_at(lexer, pos + 1) == '.' &&
			 byte_at(lexer, pos + 2) == '.')
	{
		lexer->kind = GQLE_TOKEN_SPREAD;
		lexer->end = pos + 3;
	}
	else
		set_error(lexer, pos, "unexpected character");
}

static void
lex_name(GqleLexer *lexer)
{
	int			pos = lexer->start + 1;

	while (is_class(lexer, pos, NAME_START | DIGIT))
		pos++;
	lexer->kind = GQLE_TOKEN_NAME;
	lexer->end = pos;
}

/* Position after the digits at pos; pos itself if there are none. */
static int
skip_digits(const GqleLexer *lexer, int pos)
{
	while (is_class(lexer, pos, DIGIT))
		pos++;
	return pos;
}

/* GraphQL §2.9.1, §2.9.2: no leading zeros, and no name or dot may follow. */
static void
lex_number(GqleLexer *lexer)
{
	int			pos = lexer->start;
	int			digits;

	lexer->kind = GQLE_TOKEN_INT;
	if (byte_at(lexer, pos) == '-')
		pos++;
	digits = pos;
	pos = skip_digits(lexer, pos);
	if (pos == digits)
	{
		set_error(lexer, pos, "expected a digit");
		return;
	}
	if (byte_at(lexer, digits) == '0' && pos > digits + 1)
	{
		set_error(lexer, digits, "number with a leading zero");
		return;
	}

	if (byte_at(lexer, pos) == '.')
	{
		lexer->kind = GQLE_TOKEN_FLOAT;
		digits = pos + 1;
		pos = skip_digits(lexer, digits);
		if (pos == digits)
		{
			set_error(lexer, pos, "expected a digit");
			return;
		}
	}
	if (byte_at(lexer, pos) == 'e' || byte_at(lexer, pos) == 'E')
	{
		lexer->kind = GQLE_TOKEN_FLOAT;
		digits = pos + 1;
		if (byte_at(lexer, digits) == '+' || byte_at(lexer, digits) == '-')
			digits++;
		pos = skip_digits(lexer, digits);
		if (pos == digits)
		{
			set_error(lexer, pos, "expected a digit");
			return;
		}
	}
	if (is_class(lexer, pos, NAME_START) || byte_at(lexer, pos) == '.')
	{
		set_error(lexer, pos, "unexpected character after a number");
		return;
	}
	lexer->end = pos;
}

/* Find the end of a quoted string; escapes are checked when it is decoded. */
static void
lex_string(GqleLexer *lexer)
{
	int			pos = lexer->start + 1;

	lexer->has_escape = false;
	for (;;)
	{
		unsigned char byte = byte_at(lexer, pos);

		if (byte == '"')
			break;
		if (byte < 0x20 && byte != '\t')
		{
			set_error(lexer, pos, pos >= lexer->len ||
					  byte == '\n' || byte == '\r' ?
					  "unterminated string" : "control character in a string");
			return;
		}
		if (byte == '\\')
		{
			lexer->has_escape = true;
			/* The next byte cannot end the string, whatever it is. */
			if (byte_at(lexer, pos + 1) >= 0x20)
				pos++;
		}
		pos++;
	}
	lexer->kind = GQLE_TOKEN_STRING;
	lexer->end = pos + 1;
}

static bool
is_triple_quote(const GqleLexer *lexer, int pos)
{
	return byte_at(lexer, pos) == '"' && byte_at(lexer, pos + 1) == '"' &&
		byte_at(lexer, pos + 2) == '"';
}

static void
lex_block_string(GqleLexer *lexer)
{
	int			pos = lexer->start + 3;

	lexer->has_escape = false;
	while (!is_triple_quote(lexer, pos))
	{
		if (pos >= lexer->len)
		{
			set_error(lexer, pos, "unterminated string");
			return;
		}
		if (is_forbidden(lexer, pos))
		{
			set_error(lexer, pos, "control character in a string");
			return;
		}
		if (lexer->text[pos] == '\\' && is_triple_quote(lexer, pos + 1))
		{
			lexer->has_escape = true;
			pos += 4;
		}
		else
			pos++;
	}
	lexer->kind = GQLE_TOKEN_BLOCK_STRING;
	lexer->end = pos + 3;
}

int
gqle_lexer_decode_string(GqleLexer *lexer, char *out)
{
	int			len;

	if (lexer->kind == GQLE_TOKEN_BLOCK_STRING)
		len = decode_block_string(lexer, out);
	else if (lexer->has_escape)
		len = decode_plain_string(lexer, out);
	else
	{
		len = lexer->end - lexer->start - 2;
		memcpy(out, lexer->text + lexer->start + 1, len);
	}
	if (len >= 0)
		out[len] = '\0';
	return len;
}

/*
 * The code point of the \uXXXX at pos, which lies before the token's closing
 * quote, or -1.
 */
static int
decode_unicode_escape(const GqleLexer *lexer, int pos)
{
	if (lexer->end - 1 - pos < 6 ||
		lexer->text[pos] != '\\' || lexer->text[pos + 1] != 'u')
		return -1;
	return gqle_utf8_hex4(lexer->text + pos + 2);
}

/* Decode \uXXXX or a pair of them; moves *pos past it, or sets the error. */
static int
decode_unicode(GqleLexer *lexer, int *pos, char *out)
{
	int			start = *pos;
	int			code = decode_unicode_escape(lexer, start);

	*pos += 6;
	if (code < 0)
	{
		set_error(lexer, start, "invalid escape sequence");
		return -1;
	}
	if (code == 0)
	{
		set_error(lexer, start, "\\u0000 cannot be stored as text");
		return -1;
	}
	if (code >= 0xD800 && code <= 0xDFFF)
	{
		int			low = code < 0xDC00 ?
			decode_unicode_escape(lexer, *pos) : -1;

		if (low < 0xDC00 || low > 0xDFFF)
		{
			set_error(lexer, start, "unpaired surrogate");
			return -1;
		}
		*pos += 6;
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	}
	return gqle_utf8_encode((uint32) code, out);
}

static int
decode_plain_string(GqleLexer *lexer, char *out)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *text = lexer->text;
	char	   *next = out;
	int			pos = lexer->start + 1;
	int			end = lexer->end - 1;

	while (pos < end)
	{
		const char *simple;

		if (text[pos] != '\\')
		{
			*next++ = text[pos++];
			continue;
		}
		simple = memchr(from, text[pos + 1], sizeof(from) - 1);
		if (simple != NULL)
		{
			*next++ = to[simple - from];
			pos += 2;
		}
		else
		{
			int			len = decode_unicode(lexer, &pos, next);

			if (len < 0)
				return -1;
			next += len;
		}
	}
	return (int) (next - out);
}

/* Position of the line terminator that ends the line at pos, or end. */
static int
find_line_end(const char *text, int pos, int end)
{
	while (pos < end && text[pos] != '\n' && text[pos] != '\r')
		pos++;
	return pos;
}

/* Position after the line terminator at pos, or end. */
static int
skip_line_end(const char *text, int pos, int end)
{
	if (pos < end)
		pos += text[pos] == '\r' && pos + 1 < end && text[pos + 1] == '\n' ?
			2 : 1;
	return pos;
}

/* Number of spaces and tabs from pos on. */
static int
indent_of(const char *text, int pos, int end)
{
	int			start = pos;

	while (pos < end && (text[pos] == ' ' || text[pos] == '\t'))
		pos++;
	return pos - start;
}

/*
 * What all lines have in common, the first and blank ones not counted.
 * *first and *last are set to the positions of the first and the last line
 * that are not blank, both -1 if there is none.
 */
static int
measure_block(const char *text, int start, int end, int *first, int *last)
{
	int			common = -1;
	int			pos = start;

	*first = *last = -1;
	for (;;)
	{
		int			line_end = find_line_end(text, pos, end);
		int			indent = indent_of(text, pos, line_end);

		if (pos + indent < line_end)
		{
			if (pos != start && (common < 0 || indent < common))
				common = indent;
			if (*first < 0)
				*first = pos;
			*last = pos;
		}
		if (line_end >= end)
			break;
		pos = skip_line_end(text, line_end, end);
	}
	return Max(common, 0);
}

/* Copy one line of a block string; returns the number of bytes written. */
static int
copy_block_line(const char *text, int pos, int end, char *out)
{
	char	   *next = out;

	while (pos < end)
	{
		if (text[pos] == '\\' && end - pos >= 4 &&
			memcmp(text + pos + 1, "\"\"\"", 3) == 0)
		{
			memcpy(next, "\"\"\"", 3);
			next += 3;
			pos += 4;
		}
		else
			*next++ = text[pos++];
	}
	return (int) (next - out);
}

/* GraphQL §2.9.4, BlockStringValue(). */
static int
decode_block_string(GqleLexer *lexer, char *out)
{
	const char *text = lexer->text;
	char	   *next = out;
	int			start = lexer->start + 3;
	int			end = lexer->end - 3;
	int			first;
	int			last;
	int			common = measure_block(text, start, end, &first, &last);
	int			pos = first;

	while (pos >= 0 && pos <= last)
	{
		int			line_end = find_line_end(text, pos, end);
		int			from = pos == start ? pos : Min(pos + common, line_end);

		next += copy_block_line(text, from, line_end, next);
		if (pos < last)
			*next++ = '\n';
		pos = skip_line_end(text, line_end, end);
	}
	return (int) (next - out);
}

const char *
gqle_lexer_describe(GqleTokenKind kind)
{
	static const char *const names[] = {
		[GQLE_TOKEN_EOF] = "end of input",
		[GQLE_TOKEN_ERROR] = "an error",
		[GQLE_TOKEN_BANG] = "\"!\"",
		[GQLE_TOKEN_DOLLAR] = "\"$\"",
		[GQLE_TOKEN_AMP] = "\"&\"",
		[GQLE_TOKEN_PAREN_L] = "\"(\"",
		[GQLE_TOKEN_PAREN_R] = "\")\"",
		[GQLE_TOKEN_SPREAD] = "\"...\"",
		[GQLE_TOKEN_COLON] = "\":\"",
		[GQLE_TOKEN_EQUALS] = "\"=\"",
		[GQLE_TOKEN_AT] = "\"@\"",
		[GQLE_TOKEN_BRACKET_L] = "\"[\"",
		[GQLE_TOKEN_BRACKET_R] = "\"]\"",
		[GQLE_TOKEN_BRACE_L] = "\"{\"",
		[GQLE_TOKEN_PIPE] = "\"|\"",
		[GQLE_TOKEN_BRACE_R] = "\"}\"",
		[GQLE_TOKEN_NAME] = "a name",
		[GQLE_TOKEN_INT] = "an integer",
		[GQLE_TOKEN_FLOAT] = "a float",
		[GQLE_TOKEN_STRING] = "a string",
		[GQLE_TOKEN_BLOCK_STRING] = "a block string"
	};

	return names[kind];
}
