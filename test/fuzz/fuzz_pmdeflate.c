/*
 * fuzz_pmdeflate.c
 *		Compressed WebSocket messages: what is expanded is bounded, what was
 *		compressed comes back, and offers are read to their end.
 */
#include "gqle/gqle.h"

#include "gqle/net/pmdeflate.h"

#define MAX_EXPANDED 100000

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	StringInfoData packed;
	StringInfoData plain;
	char	   *text = pnstrdup((const char *) data, size);

	initStringInfo(&packed);
	initStringInfo(&plain);
	(void) gqle_pmdeflate_is_offered(text);
	if (gqle_pmdeflate_expand(&plain, (const char *) data, (int) size,
							  MAX_EXPANDED) == GQLE_INFLATED &&
		plain.len > MAX_EXPANDED)
		gqle_standalone_abort("a message is larger than allowed");
	resetStringInfo(&plain);
	if (!gqle_pmdeflate_compress(&packed, (const char *) data, (int) size) ||
		gqle_pmdeflate_expand(&plain, packed.data, packed.len, (int) size) != GQLE_INFLATED ||
		plain.len != (int) size || memcmp(plain.data, data, size) != 0)
		gqle_standalone_abort("a message doesn't come back");
	gqle_standalone_reset();
	return 0;
}
