/*
 * fuzz_base64url.c
 *		Texts of base64url: there is one way to write bytes, and they come back.
 */
#include "gqle/gqle.h"

#include "gqle/net/base64url.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *bytes = palloc(GQLE_BASE64URL_MAX(size) + 3);
	StringInfoData text;
	int			n = gqle_base64url_decode((const char *) data, (int) size, bytes);

	initStringInfo(&text);
	if (n >= 0)
	{
		gqle_base64url_append(&text, bytes, n);
		if (text.len != (int) size || memcmp(text.data, data, size) != 0)
			gqle_standalone_abort("bytes have two texts");
	}
	(void) gqle_base64url_decode_lenient((const char *) data, (int) size, bytes);

	resetStringInfo(&text);
	gqle_base64url_append(&text, data, (int) size);
	bytes = palloc(GQLE_BASE64URL_MAX(text.len));
	if (gqle_base64url_decode(text.data, text.len, bytes) != (int) size ||
		memcmp(bytes, data, size) != 0)
		gqle_standalone_abort("bytes don't come back");
	gqle_standalone_reset();
	return 0;
}
