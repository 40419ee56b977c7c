/*
 * base64url.c
 *		Base64 in the alphabet of JSON Web Tokens.
 *
 * Decoding is strict, so that a token has one spelling only: who keeps a list
 * of revoked tokens, or caches verified ones, must not be evaded by a different
 * text for the same bytes.
 */
#include "gqle/gqle.h"

#include "gqle/net/base64url.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The six bits of a character, or -1. */
static int
value_of(unsigned char c, bool is_lenient)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-' || (is_lenient && c == '+'))
		return 62;
	if (c == '_' || (is_lenient && c == '/'))
		return 63;
	return -1;
}

static int
decode(const char *text, int len, unsigned char *out, bool is_lenient)
{
	uint32 bits = 0;
	int n_bits = 0;
	int n = 0;

	if (len % 4 == 1)
		return -1;
	for (int i = 0; i < len; i++)
	{
		int value = value_of((unsigned char) text[i], is_lenient);

		if (value < 0)
			return -1;
		bits = (bits << 6) | (uint32) value;
		n_bits += 6;
		if (n_bits >= 8)
		{
			n_bits -= 8;
			out[n++] = (bits >> n_bits) & 0xff;
			bits &= ((uint32) 1 << n_bits) - 1;
		}
	}
	if (bits != 0 && !is_lenient)
		return -1;
	return n;
}

int
gqle_base64url_decode(const char *text, int len, unsigned char *out)
{
	return decode(text, len, out, false);
}

int
gqle_base64url_decode_lenient(const char *text, int len, unsigned char *out)
{
	while (len > 0 && text[len - 1] == '=')
		len--;
	return decode(text, len, out, true);
}

void
gqle_base64url_append(StringInfo out, const unsigned char *bytes, int len)
{
	for (int i = 0; i < len; i += 3)
	{
		int left = Min(len - i, 3);
		uint32 bits = (uint32) bytes[i] << 16;

		if (left > 1)
			bits |= (uint32) bytes[i + 1] << 8;
		if (left > 2)
			bits |= bytes[i + 2];
		for (int k = 0; k <= left; k++)
			appendStringInfoChar(out, alphabet[(bits >> (18 - 6 * k)) & 63]);
	}
}
