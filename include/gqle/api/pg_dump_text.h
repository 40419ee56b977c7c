/*
 * pg_dump_text.h
 *		What may be asked of pg_dump, and what of its answer is wanted.
 */
#ifndef GQLE_API_PG_DUMP_TEXT_H
#define GQLE_API_PG_DUMP_TEXT_H

#include "gqle/base/error.h"
#include "gqle/base/json_read.h"

/*
 * May these options, an array of strings, be given to pg_dump?  Reports the
 * first that may not.
 */
extern bool gqle_pg_dump_check_options(const GqleJson *options, GqleErrorSink *sink);

/* Append a dump without what migrations have no use for. */
extern void gqle_pg_dump_append_clean(StringInfo out, const char *dump, int len);

/*
 * The SQL of a dump: if the text begins with psql's \restrict, it and all lines
 * of its key are made blank, in a copy.  Any other text is returned as it is.
 */
extern const char *gqle_pg_dump_unrestrict(const char *text);

#endif							/* GQLE_API_PG_DUMP_TEXT_H */
