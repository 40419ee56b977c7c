/*
 * join_parts.h
 *		How the files of the catalog make joins; nobody else includes this.
 */
#ifndef GQLE_CATALOG_JOIN_PARTS_H
#define GQLE_CATALOG_JOIN_PARTS_H

#include "gqle/catalog/cache.h"
#include "gqle/catalog/join.h"

/* Find a field of the left side that can take part; false if there is none. */
typedef bool (*GqleJoinFieldFinder) (const void *find_in, const char *name,
									 GqleJoinField *field);

/*
 * Read a definition's to_remote_schema (or the older form) into a join whose name is
 * set; owner is what it is defined on, allowed are the names of fields that could take
 * part.  False after reporting.
 */
extern bool gqle_join_read_remote(GqleCatalog *catalog, GqleJoin *join, const GqleJson *json,
								  const char *owner, GqleJoinFieldFinder find,
								  const void *find_in, List *allowed, GqleErrorSink *sink);

/* The same for to_source, or the table it names; see join.c. */
extern bool gqle_join_read_source(GqleCatalog *catalog, GqleJoin *join, const GqleJson *json,
								  const GqleTable *table, GqleJoinFieldFinder find,
								  const void *find_in, GqleErrorSink *sink);

#endif							/* GQLE_CATALOG_JOIN_PARTS_H */
