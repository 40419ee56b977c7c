/*
 * tap.h
 *		What every unit test uses: numbered "ok" and "not ok" lines.
 *
 * A test program calls these and ends with "return done_testing();".
 */
#ifndef GQLE_TEST_TAP_H
#define GQLE_TEST_TAP_H

#include <time.h>

#include "gqle/gqle.h"

#define MAYBE_UNUSED __attribute__((unused))

static int	tap_count;
static int	tap_failed;

/* Print one result; the text, which is cut to one line, says what must hold. */
static MAYBE_UNUSED bool
pg_attribute_printf(2, 3)
ok(bool passed, const char *fmt,...)
{
	char		name[100];
	char	   *c;
	va_list		args;

	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	for (c = name; *c != '\0'; c++)
	{
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	}
	printf("%sok %d - %s\n", passed ? "" : "not ", ++tap_count, name);
	tap_failed += !passed;
	return passed;
}

/* The same for two texts, either of which may be NULL. */
static MAYBE_UNUSED bool
is_text(const char *got, const char *expected, const char *name)
{
	bool		same = got != NULL && expected != NULL ?
		strcmp(got, expected) == 0 : got == expected;

	ok(same, "%s", name);
	if (!same)
		printf("# got:      %s\n# expected: %s\n", got ? got : "(null)",
			   expected ? expected : "(null)");
	return same;
}

static MAYBE_UNUSED bool
is_int(long got, long expected, const char *name)
{
	if (!ok(got == expected, "%s", name))
	{
		printf("# got %ld, expected %ld\n", got, expected);
		return false;
	}
	return true;
}

/* Seconds of processor time used so far. */
static MAYBE_UNUSED double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static MAYBE_UNUSED int
done_testing(void)
{
	gqle_standalone_reset();
	printf("1..%d\n", tap_count);
	return tap_failed == 0 ? 0 : 1;
}

#endif							/* GQLE_TEST_TAP_H */
