/*
 * test_cronexpr.c
 *		Cron expressions: which are taken, and when they fire.
 */
#include "gqle/gqle.h"

#include "gqle/base/cronexpr.h"
#include "tap.h"

#include <time.h>

static void
test_language(void)
{
	static const char *const good[] = {"* * * * *", "0 0 1 1 0", "59 23 31 12 7",
		"*/5 * * * *", "1-5 * * * *", "1-50/7 0 * * *", "5/15 * * * *", "1,2,5-7 * * * *", "1,* * * * *",
		"0 0 * jan mon", "0 0 * JAN-Mar Sun-Tue", "0 0 * jan,3 mon,5", "@yearly", "@monthly", "@weekly",
	"@daily", "@hourly", "@Hourly", "*/100 * * * *"};
	static const char *const bad[] = {"", "*", "* * * *", "* * * * * *", " * * * * *", "* * * * * ",
		"*  * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 0 *", "* * * 13 *",
		"* * * * 8", "-1 * * * *", "5-1 * * * *", "1- * * * *", ", * * * *", "1, * * * *", "*/0 * * * *",
		"*/ * * * *", "1,*/2 * * * *", "*/2,1 * * * *", "jan * * * *", "* * * foo *", "* * * janx *",
	"99999999999999 * * * *", "@reboot", "@annually", "@midnight", "@daily x", "*\t* * * *", "* * * * *\n"};
	GqleCron	cron;

	for (size_t i = 0; i < lengthof(good); i++)
		ok(gqle_cron_parse(good[i], &cron), "\"%s\" is taken", good[i]);
	for (size_t i = 0; i < lengthof(bad); i++)
		ok(!gqle_cron_parse(bad[i], &cron), "\"%s\" is refused", bad[i]);
}

static void
test_canonical(void)
{
	static const char *const pairs[][2] = {
		{"*/5 * * * *", "*/5 * * * *"},
		{"05 00 01-07 JAN,feb,3 mon-Fri", "5 0 1-7 1,2,3 1-5"},
		{"000/015 0,00,* * * 7", "0/15 0,0,* * * 7"},
		{"@Daily", "0 0 * * *"},
	};

	for (size_t i = 0; i < lengthof(pairs); i++)
	{
		char	   *text = gqle_cron_canonical(pairs[i][0]);

		ok(strcmp(text, pairs[i][1]) == 0, "\"%s\" is \"%s\"", pairs[i][0], text);
		pfree(text);
	}
}

static int64
utc(int year, int month, int day, int hour, int minute, int second)
{
	struct tm	tm = {0};

	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = second;
	return timegm(&tm);
}

static void
check_next(const char *text, int64 after, int64 expected)
{
	GqleCron	cron;
	int64		next = gqle_cron_parse(text, &cron) ? gqle_cron_next(&cron, after) : -2;

	ok(next == expected, "\"%s\" after %lld: %lld, expected %lld", text,
	   (long long) after, (long long) next, (long long) expected);
}

static void
test_next(void)
{
	int64		start = utc(2024, 2, 28, 23, 59, 30);	/* a Wednesday */

	check_next("* * * * *", start, utc(2024, 2, 29, 0, 0, 0));
	check_next("* * * * *", utc(2024, 1, 1, 0, 0, 0), utc(2024, 1, 1, 0, 1, 0));
	check_next("* * * * *", utc(1969, 12, 31, 23, 59, 59), 0);
	check_next("30 12 * * *", start, utc(2024, 2, 29, 12, 30, 0));
	check_next("0 0 29 2 *", start, utc(2024, 2, 29, 0, 0, 0));
	check_next("0 0 29 2 *", utc(2024, 2, 29, 0, 0, 0), utc(2028, 2, 29, 0, 0, 0));
	check_next("0 0 29 2 *", utc(2096, 3, 1, 0, 0, 0), utc(2104, 2, 29, 0, 0, 0));
	check_next("0 0 30 2 *", start, -1);
	check_next("0 0 * * sun", start, utc(2024, 3, 3, 0, 0, 0));
	check_next("0 0 * * 7", start, utc(2024, 3, 3, 0, 0, 0));
	check_next("0 0 * * 5-7", start, utc(2024, 3, 1, 0, 0, 0));
	/* both days restricted: the earlier of the two */
	check_next("0 0 15 * mon", start, utc(2024, 3, 4, 0, 0, 0));
	check_next("0 0 1 * mon", start, utc(2024, 3, 1, 0, 0, 0));
	check_next("0 0 */31 * mon", start, utc(2024, 3, 1, 0, 0, 0));
	check_next("5/20 1 * * *", start, utc(2024, 2, 29, 1, 5, 0));
	check_next("5/20 1 * * *", utc(2024, 2, 29, 1, 45, 0), utc(2024, 3, 1, 1, 5, 0));
	check_next("10-20/7 1 * * *", utc(2024, 2, 29, 1, 10, 0), utc(2024, 2, 29, 1, 17, 0));
	check_next("10-20/7 1 * * *", utc(2024, 2, 29, 1, 17, 0), utc(2024, 3, 1, 1, 10, 0));
	check_next("@yearly", start, utc(2025, 1, 1, 0, 0, 0));
	check_next("@monthly", start, utc(2024, 3, 1, 0, 0, 0));
	check_next("@weekly", start, utc(2024, 3, 3, 0, 0, 0));
	check_next("@daily", start, utc(2024, 2, 29, 0, 0, 0));
	check_next("@hourly", start, utc(2024, 2, 29, 0, 0, 0));
}

/* Every minute of a year, against the C library's calendar. */
static void
test_calendar(void)
{
	GqleCron	cron;
	int64		at = utc(1999, 12, 31, 23, 59, 0);
	int64		end = utc(2001, 1, 2, 0, 0, 0);
	bool		agree = gqle_cron_parse("0 0 13 * fri", &cron);

	while (agree && at < end)
	{
		int64		next = gqle_cron_next(&cron, at);

		for (time_t t = at / 86400 * 86400 + 86400; t <= next && agree; t += 86400)
		{
			struct tm	tm;
			bool		fits = gmtime_r(&t, &tm)->tm_mday == 13 || tm.tm_wday == 5;

			agree = fits == (t == next);
		}
		at = next;
	}
	ok(agree, "days and weekdays agree with the C library");
}

int
main(void)
{
	test_language();
	test_canonical();
	test_next();
	test_calendar();
	return done_testing();
}
