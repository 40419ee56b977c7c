/*
 * gzip.h
 *		Compressing answers.
 */
#ifndef GQLE_NET_GZIP_H
#define GQLE_NET_GZIP_H

#include "gqle/gqle.h"

/*
 * Append the gzip form of some bytes to out.  False, with out as it was, if the
 * library fails or the bytes are too many.
 */
extern bool gqle_gzip_append(StringInfo out, const char *bytes, int len);

#endif							/* GQLE_NET_GZIP_H */
