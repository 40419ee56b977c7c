/*
 * json_write.h
 *		Appending JSON text to a buffer.
 */
#ifndef GQLE_BASE_JSON_WRITE_H
#define GQLE_BASE_JSON_WRITE_H

#include "gqle/gqle.h"

/* Text that is JSON already; inline because answers are made of small pieces. */
static inline void
gqle_json_write_raw(StringInfo out, const char *text, int len)
{
	if (unlikely(out->len + len >= out->maxlen))
		enlargeStringInfo(out, len);
	memcpy(out->data + out->len, text, len);
	out->len += len;
	out->data[out->len] = '\0';
}

/* A JSON string with quotes; scans a word at a time for bytes to escape. */
extern void gqle_json_write_string(StringInfo out, const char *text, int len);
extern void gqle_json_write_cstring(StringInfo out, const char *text);

/* The string followed by a colon, with a comma before it unless it is first. */
extern void gqle_json_write_key(StringInfo out, const char *key, bool *first);

/* How many bytes from the start of text stand for themselves in a string. */
extern int	gqle_json_plain_len(const char *text, int len);

#endif							/* GQLE_BASE_JSON_WRITE_H */
