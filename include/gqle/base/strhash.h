/*
 * strhash.h
 *		A hash table from C strings to pointers.
 *
 * Keys are not copied: they must live as long as the table.  The table grows
 * in the memory context it was made in.
 */
#ifndef GQLE_BASE_STRHASH_H
#define GQLE_BASE_STRHASH_H

#include "gqle/gqle.h"

typedef struct GqleStrHash GqleStrHash;

extern GqleStrHash *gqle_strhash_make(MemoryContext context, uint32 expected);

/* The value of the key, or NULL. */
extern void *gqle_strhash_lookup(const GqleStrHash *table, const char *key);

/* Returns false and changes nothing if the key is there already. */
extern bool gqle_strhash_add(GqleStrHash *table, const char *key, void *value);

/* Adds or replaces. */
extern void gqle_strhash_set(GqleStrHash *table, const char *key, void *value);

extern bool gqle_strhash_remove(GqleStrHash *table, const char *key);

extern uint32 gqle_strhash_size(const GqleStrHash *table);

/*
 * Visit every entry in no particular order; the function must not change the
 * table.
 */
typedef void (*GqleStrHashVisitor) (const char *key, void *value, void *arg);

extern void gqle_strhash_visit(const GqleStrHash *table, GqleStrHashVisitor visitor,
							   void *arg);

#endif							/* GQLE_BASE_STRHASH_H */
