/*
 * utf8.h
 *		UTF-8 checking and making, without a server.
 */
#ifndef GQLE_BASE_UTF8_H
#define GQLE_BASE_UTF8_H

#include "gqle/gqle.h"

/*
 * Offset of the first byte that does not begin a well-formed character
 * (overlong forms, surrogates and code points above U+10FFFF are not), or len.
 */
extern int	gqle_utf8_check(const char *text, int len);

/* Length of the well-formed character at text, or 0. */
extern int	gqle_utf8_char_len(const unsigned char *text, int len);

/* Write one code point, at most 4 bytes; returns how many. */
extern int	gqle_utf8_encode(uint32 code, char *out);

/* The value of exactly four hexadecimal digits, or -1. */
extern int	gqle_utf8_hex4(const char *digits);

#endif							/* GQLE_BASE_UTF8_H */
