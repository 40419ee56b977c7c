/*
 * cronexpr.c
 *		Cron expressions: reading them, and when they fire next.
 *
 * A field becomes a set of bits.  If both the day of the month and the weekday
 * are restricted, a day on which either fits is one that fits, as cron has it
 * since ever.  Looking for the next time goes day by day, then takes the first
 * hour and minute left on that day.
 */
#include "gqle/gqle.h"

#include "gqle/base/cronexpr.h"

#define SECONDS_PER_DAY	86400
#define MAX_DAYS		(9 * 366)	/* 29 February may be eight years away */

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
"aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri",
"sat", NULL};

/* What the values of a field may be. */
typedef struct Field
{
	int			min;
	int			max;
	const char *const *names;	/* of the values from min on, or NULL */
} Field;

static const Field fields[] = {
	{0, 59, NULL},
	{0, 23, NULL},
	{1, 31, NULL},
	{1, 12, month_names},
	{0, 7, weekday_names},
};

static const char *const macros[][2] = {
	{"@yearly", "0 0 1 1 *"},
	{"@monthly", "0 0 1 * *"},
	{"@weekly", "0 0 * * 0"},
	{"@daily", "0 0 * * *"},
	{"@hourly", "0 * * * *"},
};

/* ------------------------------------------------------------------------
 * Reading
 * ------------------------------------------------------------------------ */

/* A number of at most four digits. */
static bool
parse_number(const char **p, int *number)
{
	const char *start = *p;

	*number = 0;
	while (**p >= '0' && **p <= '9' && *p - start < 4)
		*number = *number * 10 + (*(*p)++ - '0');
	return *p > start;
}

/* A value of a field: a number or a name. */
static bool
parse_value(const char **p, const Field *field, int *value)
{
	if (parse_number(p, value))
		return *value >= field->min && *value <= field->max;
	for (int i = 0; field->names != NULL && field->names[i] != NULL; i++)
	{
		if (strncasecmp(*p, field->names[i], 3) != 0)
			continue;
		*p += 3;
		*value = field->min + i;
		return true;
	}
	return false;
}

/* What a step or a list goes through: "*", a value, or a range. */
static bool
parse_base(const char **p, const Field *field, int *first, int *last, bool *is_value)
{
	*is_value = false;
	if (**p == '*')
	{
		(*p)++;
		*first = field->min;
		*last = field->max;
		return true;
	}
	if (!parse_value(p, field, first))
		return false;
	*last = *first;
	*is_value = **p != '-';
	if (*is_value)
		return true;
	(*p)++;
	return parse_value(p, field, last) && *first <= *last;
}

static uint64
make_bits(int first, int last, int step)
{
	uint64		bits = 0;

	for (int i = first; i <= last; i += step)
		bits |= UINT64CONST(1) << i;
	return bits;
}

/* A field, up to the blank or the end behind it. */
static bool
parse_field(const char **p, const Field *field, uint64 *bits)
{
	int			first;
	int			last;
	int			step;
	bool		is_value;

	if (!parse_base(p, field, &first, &last, &is_value))
		return false;
	if (**p == '/')
	{
		(*p)++;
		if (!parse_number(p, &step) || step == 0)
			return false;
		*bits = make_bits(first, is_value ? field->max : last, step);
		return **p == ' ' || **p == '\0';
	}
	*bits = make_bits(first, last, 1);
	while (**p == ',')
	{
		(*p)++;
		if (!parse_base(p, field, &first, &last, &is_value))
			return false;
		*bits |= make_bits(first, last, 1);
	}
	return **p == ' ' || **p == '\0';
}

/* What a macro stands for; another text as it is. */
static const char *
expanded(const char *text)
{
	for (size_t i = 0; i < lengthof(macros); i++)
		if (strcasecmp(text, macros[i][0]) == 0)
			return macros[i][1];
	return text;
}

/* See cronexpr.h. */
bool
gqle_cron_parse(const char *text, GqleCron *cron)
{
	uint64		bits[lengthof(fields)];
	bool		is_star[lengthof(fields)];

	text = expanded(text);
	for (size_t i = 0; i < lengthof(fields); i++)
	{
		is_star[i] = text[0] == '*' && (text[1] == ' ' || text[1] == '\0');
		if (!parse_field(&text, &fields[i], &bits[i]))
			return false;
		if (i + 1 < lengthof(fields) && *text++ != ' ')
			return false;
	}
	if (*text != '\0')
		return false;
	cron->minutes = bits[0];
	cron->hours = (uint32) bits[1];
	cron->days = (uint32) bits[2];
	cron->months = (uint32) bits[3];
	cron->weekdays = (uint32) ((bits[4] | bits[4] >> 7) & 0x7f);
	cron->any_day = is_star[2];
	cron->any_weekday = is_star[4];
	return true;
}

/* See cronexpr.h. */
char *
gqle_cron_canonical(const char *text)
{
	const Field *field = fields;
	StringInfoData out;
	int			number;

	initStringInfo(&out);
	for (text = expanded(text); *text != '\0';)
	{
		if (parse_number(&text, &number) || parse_value(&text, field, &number))
		{
			appendStringInfo(&out, "%d", number);
			continue;
		}
		field += *text == ' ';
		appendStringInfoChar(&out, *text++);
	}
	return out.data;
}

/* ------------------------------------------------------------------------
 * Next time
 * ------------------------------------------------------------------------ */

/* Day of the month and month of a day since 1970-01-01, proleptic Gregorian. */
static void
split_day(int64 day, int *day_of_month, int *month)
{
	int64		shifted = day + 719468; /* since 0000-03-01 */
	int64		era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int			day_of_era = (int) (shifted - era * 146097);
	int			year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
						day_of_era / 146096) / 365;
	int			day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	int			march_month = (5 * day_of_year + 2) / 153;

	*day_of_month = day_of_year - (153 * march_month + 2) / 5 + 1;
	*month = march_month < 10 ? march_month + 3 : march_month - 9;
}

static bool
fits_day(const GqleCron *cron, int64 day)
{
	int			weekday = (int) (((day + 4) % 7 + 7) % 7);	/* 1970-01-01 was a Thursday */
	int			day_of_month;
	int			month;
	bool		fits;
	bool		fits_weekday = (cron->weekdays >> weekday & 1) != 0;

	split_day(day, &day_of_month, &month);
	if ((cron->months >> month & 1) == 0)
		return false;
	fits = (cron->days >> day_of_month & 1) != 0;
	if (cron->any_day || cron->any_weekday)
		return fits && fits_weekday;
	return fits || fits_weekday;
}

/* The first minute of a day from a given one on at which it fires, or -1. */
static int
next_minute(const GqleCron *cron, int from)
{
	for (int minute = from; minute < 24 * 60; minute++)
		if ((cron->hours >> (minute / 60) & 1) != 0 &&
			(cron->minutes >> (minute % 60) & 1) != 0)
			return minute;
	return -1;
}

/* See cronexpr.h. */
int64
gqle_cron_next(const GqleCron *cron, int64 after)
{
	int64		day = after / SECONDS_PER_DAY - (after % SECONDS_PER_DAY < 0);
	int			from = (int) ((after - day * SECONDS_PER_DAY) / 60) + 1;

	for (int i = 0; i < MAX_DAYS; i++)
	{
		int			minute = fits_day(cron, day) ? next_minute(cron, from) : -1;

		if (minute >= 0)
			return day * SECONDS_PER_DAY + minute * 60;
		day++;
		from = 0;
	}
	return -1;
}
