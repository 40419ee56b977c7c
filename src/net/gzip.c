/*
 * gzip.c
 *		Compressing answers with libdeflate (docs/adr/006-gzip-by-libdeflate.md).
 *
 * An answer is all there when it is compressed, which is what makes libdeflate
 * fast; what is compressed piece by piece (pmdeflate.c) stays with zlib.  The
 * compressor has no state between answers, so one is made and kept.
 */
#include "gqle/gqle.h"

#include <libdeflate.h>

#include "gqle/net/gzip.h"

#define LEVEL		1
#define MAX_BYTES	(256 * 1024 * 1024)

static struct libdeflate_compressor *compressor = NULL;

bool
gqle_gzip_append(StringInfo out, const char *bytes, int len)
{
	size_t		bound;
	size_t		n;

	if (compressor == NULL)
		compressor = libdeflate_alloc_compressor(LEVEL);
	if (compressor == NULL)
		return false;
	bound = libdeflate_gzip_compress_bound(compressor, len);
	if (bound > MAX_BYTES)
		return false;
	enlargeStringInfo(out, (int) bound);
	n = libdeflate_gzip_compress(compressor, bytes, len, out->data + out->len, bound);
	if (n == 0)
		return false;
	out->len += (int) n;
	out->data[out->len] = '\0';
	return true;
}
