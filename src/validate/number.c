/*
 * number.c
 *		Decimal numbers as text: exact integers, money, and Hasura's way to print
 *		them.
 *
 * JSON and GraphQL write numbers alike: sign, digits, fraction, exponent.  None
 * of them passes through a double here.
 */
#include "gqle/gqle.h"

#include "gqle/validate/coerce.h"
#include "gqle/validate/number.h"

/*
 * A number as 0.d1d2d3... * 10^exponent, without leading and trailing zeros; no
 * digits mean zero.  The digits are those of the text, with the decimal point
 * possibly among them.
 */
typedef struct Decimal
{
	bool		is_negative;
	const char *first;			/* first significant digit */
	const char *last;			/* last one */
	int			n_digits;
	int64		exponent;
} Decimal;

/* Beyond this no type of ours reaches; exponents are not added up further. */
#define MAX_EXPONENT INT64CONST(1000000000000)

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int64
scan_exponent(const char *c)
{
	bool		is_negative = *c == '-';
	int64		exponent = 0;

	if (*c == '-' || *c == '+')
		c++;
	for (; is_digit(*c); c++)
	{
		if (exponent < MAX_EXPONENT)
			exponent = exponent * 10 + (*c - '0');
	}
	return is_negative ? -exponent : exponent;
}

static void
scan_decimal(const char *text, Decimal *decimal)
{
	const char *c = text;
	bool		in_fraction = false;
	int			n_pending = 0;	/* zeros that count if a digit follows */

	memset(decimal, 0, sizeof(*decimal));
	if (*c == '-')
	{
		decimal->is_negative = true;
		c++;
	}
	for (; is_digit(*c) || *c == '.'; c++)
	{
		if (*c == '.')
		{
			in_fraction = true;
			continue;
		}
		if (*c == '0' && decimal->n_digits == 0)
		{
			if (in_fraction)
				decimal->exponent--;
			continue;
		}
		if (!in_fraction)
			decimal->exponent++;
		if (*c == '0')
		{
			n_pending++;
			continue;
		}
		if (decimal->n_digits == 0)
			decimal->first = c;
		decimal->last = c;
		decimal->n_digits += n_pending + 1;
		n_pending = 0;
	}
	if (*c == 'e' || *c == 'E')
		decimal->exponent += scan_exponent(c + 1);
	if (decimal->n_digits == 0)
		decimal->exponent = 0;
}

/* Bare digits, as nearly all integers come. */
static bool
scan_plain_integer(const char *text, int64 *result)
{
	const char *c = text;
	int64		value = 0;

	if (*c == '-')
		c++;
	if (!is_digit(*c))
		return false;
	for (; is_digit(*c); c++)
	{
		if (c - text > 17)
			return false;
		value = value * 10 + (*c - '0');
	}
	if (*c != '\0')
		return false;
	*result = *text == '-' ? -value : value;
	return true;
}

bool
gqle_coerce_integer(const char *text, int64 min, int64 max, int64 *result)
{
	Decimal		decimal;
	const char *c;
	uint64		value = 0;
	int			i;

	if (!scan_plain_integer(text, result))
	{
		scan_decimal(text, &decimal);
		if (decimal.exponent < decimal.n_digits || decimal.exponent > 19)
			return false;
		for (c = decimal.first; decimal.n_digits > 0 && c <= decimal.last; c++)
		{
			if (*c != '.')
				value = value * 10 + (*c - '0');
		}
		for (i = decimal.n_digits; i < decimal.exponent; i++)
			value *= 10;
		if (value > (uint64) PG_INT64_MAX + (decimal.is_negative ? 1 : 0))
			return false;
		*result = (int64) (decimal.is_negative ? 0 - value : value);
	}
	return *result >= min && *result <= max;
}

/* compat: as Haskell shows a Scientific: 1.0, 2.147483648e9, 1.0e-2 */
void
gqle_coerce_append_number(StringInfo out, const char *text)
{
	Decimal		decimal;
	StringInfoData digits;
	const char *c;
	int			i;

	scan_decimal(text, &decimal);
	if (decimal.n_digits == 0)
	{
		appendStringInfoString(out, "0.0");
		return;
	}
	initStringInfo(&digits);
	for (c = decimal.first; c <= decimal.last; c++)
	{
		if (*c != '.')
			appendStringInfoChar(&digits, *c);
	}

	if (decimal.is_negative)
		appendStringInfoChar(out, '-');
	if (decimal.exponent < 0 || decimal.exponent > 7)
	{
		appendStringInfo(out, "%c.%se" INT64_FORMAT, digits.data[0],
						 digits.len > 1 ? digits.data + 1 : "0",
						 decimal.exponent - 1);
		return;
	}
	if (decimal.exponent == 0)
		appendStringInfoChar(out, '0');
	for (i = 0; i < decimal.exponent; i++)
		appendStringInfoChar(out, i < digits.len ? digits.data[i] : '0');
	appendStringInfo(out, ".%s",
					 digits.len > decimal.exponent ? digits.data + decimal.exponent : "0");
}

/*
 * compat: money is written with two decimals, since its input function knows no
 * exponents; halves are rounded away from zero.
 */
char *
gqle_number_to_money(const char *text)
{
	Decimal		decimal;
	StringInfoData out;
	const char *c;
	int			n_cents;		/* digits of the amount in cents */
	int			i;

	scan_decimal(text, &decimal);
	if (decimal.exponent > 40)
		return pstrdup(text);	/* out of range in any form */
	initStringInfo(&out);
	appendStringInfoChar(&out, '0');

	n_cents = (int) Max(decimal.exponent + 2, -1);
	c = decimal.first;
	for (i = 0; i <= n_cents && n_cents >= 0; i++)
	{
		char		digit = '0';

		if (i < decimal.n_digits)
		{
			if (*c == '.')
				c++;
			digit = *c++;
		}
		if (i < n_cents)
			appendStringInfoChar(&out, digit);
		else if (digit >= '5')
		{
			int			at = out.len - 1;

			/* the leading zero takes the last carry */
			while (out.data[at] == '9')
				out.data[at--] = '0';
			out.data[at]++;
		}
	}
	while (out.len < 3)
	{
		appendStringInfoChar(&out, '0');
		memmove(out.data + 1, out.data, out.len - 1);
		out.data[0] = '0';
	}
	i = out.data[0] == '0' && out.len > 3 ? 1 : 0;
	return psprintf("%s%.*s.%s", decimal.is_negative ? "-" : "",
					out.len - 2 - i, out.data + i, out.data + out.len - 2);
}

char *
gqle_number_show(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_coerce_append_number(&out, text);
	return out.data;
}

char *
gqle_number_widen(const char *text)
{
	int			mantissa = strcspn(text, "eE");
	const char *point = memchr(text, '.', mantissa);
	int64		scale = point != NULL ? text + mantissa - point - 1 : 0;

	if (text[mantissa] != '\0')
		scale -= scan_exponent(text + mantissa + 1);
	if (scale <= 0 || scale % 4 == 0)
		return pstrdup(text);
	return psprintf("%.*s%s%.*s%s", mantissa, text, point != NULL ? "" : ".",
					(int) (4 - scale % 4), "000", text + mantissa);
}

bool
gqle_number_is_zero(const char *text)
{
	Decimal		decimal;

	scan_decimal(text, &decimal);
	return decimal.n_digits == 0;
}
