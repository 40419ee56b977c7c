/*
 * percent.c
 *		Percent-encoding (RFC 3986, 2.1).
 */
#include "gqle/gqle.h"

#include "gqle/base/percent.h"

static const char hex_digits[] = "0123456789ABCDEF";

/* See percent.h. */
bool
gqle_percent_is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '-' || c == '_' || c == '.' || c == '~';
}

/* See percent.h. */
int
gqle_percent_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* See percent.h. */
void
gqle_percent_append(StringInfo out, const char *text, int len)
{
	int			i;

	for (i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (gqle_percent_is_unreserved(text[i]))
			appendStringInfoChar(out, text[i]);
		else
		{
			appendStringInfoChar(out, '%');
			appendStringInfoChar(out, hex_digits[c >> 4]);
			appendStringInfoChar(out, hex_digits[c & 15]);
		}
	}
}

/* See percent.h. */
char *
gqle_percent_decode(const char *text, int text_len, bool plus_is_blank, int *len)
{
	char	   *out = palloc((Size) text_len + 1);
	int			i;

	*len = 0;
	for (i = 0; i < text_len; i++)
	{
		char		c = text[i];

		if (plus_is_blank && c == '+')
			c = ' ';
		else if (c == '%' && i + 2 < text_len && gqle_percent_hex_value(text[i + 1]) >= 0 &&
				 gqle_percent_hex_value(text[i + 2]) >= 0)
		{
			c = (char) (gqle_percent_hex_value(text[i + 1]) * 16 +
						gqle_percent_hex_value(text[i + 2]));
			i += 2;
		}
		out[(*len)++] = c;
	}
	out[*len] = '\0';
	return out;
}
