/*
 * json_value.h
 *		Values of Postgres types as JSON text, as row_to_json writes them.
 */
#ifndef GQLE_EXEC_JSON_VALUE_H
#define GQLE_EXEC_JSON_VALUE_H

#include "gqle/gqle.h"

/* How values of one type are written; see json_value.c. */
typedef struct GqleJsonFormat GqleJsonFormat;

/* The format of a type, allocated in the given context with all it caches. */
extern GqleJsonFormat *gqle_json_format_make(Oid type_oid, MemoryContext context);

extern Oid	gqle_json_format_type(const GqleJsonFormat *format);

/*
 * Append a value, which must not be null.  May leave garbage in the current
 * memory context: callers reset it per row.
 */
extern void gqle_json_value_append(StringInfo out, GqleJsonFormat *format, Datum value);

#endif							/* GQLE_EXEC_JSON_VALUE_H */
