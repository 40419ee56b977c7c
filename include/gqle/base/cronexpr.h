/*
 * cronexpr.h
 *		Cron expressions: five fields, minute resolution, UTC.
 *
 * The language is that of the library Hasura uses: fields "*", numbers, names of
 * months and weekdays, ranges, steps, lists of those without steps, and the
 * macros @yearly, @monthly, @weekly, @daily and @hourly.
 */
#ifndef GQLE_BASE_CRONEXPR_H
#define GQLE_BASE_CRONEXPR_H

#include "gqle/gqle.h"

/* When it fires: bit n of a field stands for its value n. */
typedef struct GqleCron
{
	uint64		minutes;
	uint32		hours;
	uint32		days;			/* of the month, 1 to 31 */
	uint32		months;			/* 1 to 12 */
	uint32		weekdays;		/* 0 is Sunday */
	bool		any_day;		/* "*": only weekdays decide */
	bool		any_weekday;	/* "*": only days decide */
} GqleCron;

/* Returns false if the text is no cron expression. */
extern bool gqle_cron_parse(const char *text, GqleCron *cron);

/*
 * The text of a cron expression without macros, names and leading zeros, as that
 * library writes it; palloc'd.
 */
extern char *gqle_cron_canonical(const char *text);

/*
 * The first time after another at which it fires, both in seconds since
 * 1970-01-01 UTC; -1 if there is none within the next nine years, that is never.
 */
extern int64 gqle_cron_next(const GqleCron *cron, int64 after);

#endif							/* GQLE_BASE_CRONEXPR_H */
