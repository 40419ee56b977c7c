/*
 * fuzz_cronexpr.c
 *		Cron expressions: what is taken fires on the minute and after the time
 *		asked for, or never.
 */
#include "gqle/gqle.h"

#include "gqle/base/cronexpr.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char		text[256];
	GqleCron	cron;
	int64		at = INT64CONST(1700000000);

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!gqle_cron_parse(text, &cron))
		return 0;
	for (int i = 0; i < 3; i++)
	{
		int64		next = gqle_cron_next(&cron, at);

		if (next == -1)
			break;
		if (next <= at || next % 60 != 0)
			gqle_standalone_abort("not the next minute");
		at = next;
	}
	return 0;
}
