/*
 * percent.h
 *		Percent-encoding (RFC 3986, 2.1).
 */
#ifndef GQLE_BASE_PERCENT_H
#define GQLE_BASE_PERCENT_H

#include "gqle/gqle.h"

/* Encode all but letters, digits and -_.~ */
extern void gqle_percent_append(StringInfo out, const char *text, int len);

/*
 * Decode; a percent sign without two digits stays.  Allocated; *len is without
 * the NUL.  The outcome may be anything, a NUL or bytes that are no UTF-8.
 */
extern char *gqle_percent_decode(const char *text, int text_len, bool plus_is_blank,
								 int *len);

/* The value of a hexadecimal digit, or -1. */
extern int	gqle_percent_hex_value(char c);

/* Letters, digits and -_.~ */
extern bool gqle_percent_is_unreserved(char c);

#endif							/* GQLE_BASE_PERCENT_H */
