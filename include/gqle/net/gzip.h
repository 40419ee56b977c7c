/*
 * gzip.h
 *		Compressing answers.
 */
#ifndef GQLE_NET_GZIP_H
#define GQLE_NET_GZIP_H

#include "gqle/gqle.h"

/*
 * Append the gzip form of some bytes to out, at level 1 up to 20,000 bytes and
 * 6 above.  False, with out as it was, if the library fails.
 */
extern bool gqle_gzip_append(StringInfo out, const char *bytes, int len);

#endif							/* GQLE_NET_GZIP_H */
