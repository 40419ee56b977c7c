/*
 * base64url.h
 *		The alphabet of JSON Web Tokens (RFC 4648 §5), without padding.
 */
#ifndef GQLE_NET_BASE64URL_H
#define GQLE_NET_BASE64URL_H

#include "gqle/gqle.h"

/* An upper bound for the bytes that len characters stand for. */
#define GQLE_BASE64URL_MAX(len) ((len) / 4 * 3 + 3)

/*
 * Decode into out, which has room for GQLE_BASE64URL_MAX(len).  Returns the
 * number of bytes, or -1 if the text is not the one way to write them: foreign
 * characters, padding, an impossible length, or bits after the last byte.
 */
extern int gqle_base64url_decode(const char *text, int len, unsigned char *out);

/*
 * The same for numbers in key sets, where Hasura is lenient: padding, the
 * ordinary alphabet and stray bits at the end are forgiven.
 */
extern int gqle_base64url_decode_lenient(const char *text, int len,
										 unsigned char *out);

/* Append the text for some bytes. */
extern void gqle_base64url_append(StringInfo out, const unsigned char *bytes,
								  int len);

#endif /* GQLE_NET_BASE64URL_H */
