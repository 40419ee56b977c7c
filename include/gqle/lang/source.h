/*
 * source.h
 *		Places in a source text.
 */
#ifndef GQLE_LANG_SOURCE_H
#define GQLE_LANG_SOURCE_H

#include "gqle/gqle.h"

/*
 * Line and column (in bytes) of an offset, both from 1.  Lines end with LF,
 * CR or CR LF (GraphQL §2.1.3).
 */
extern void gqle_source_locate(const char *text, int len, int offset,
							   int *line, int *column);

#endif							/* GQLE_LANG_SOURCE_H */
