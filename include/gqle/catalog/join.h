/*
 * join.h
 *		Relationships that lead out of what they are defined on: from the rows of a
 *		table, or the objects of another type, to rows of a table or to a field of a
 *		remote schema.
 *
 * Values of *fields* on the left pick what belongs together on the right.  A join
 * of two tables of this database is also an ordinary relationship, whose SQL is
 * part of its parent's; all others are made by looking at the left side's answer
 * (exec/run_joins.c).
 */
#ifndef GQLE_CATALOG_JOIN_H
#define GQLE_CATALOG_JOIN_H

#include "gqle/catalog/catalog.h"

/* A field of the left side whose values take part. */
typedef struct GqleJoinField
{
	const char *name;			/* of a column, or of a field of a type */
	/* where the left side is a table, one of these: */
	const GqleColumn *column;
	const GqleComputedField *computed_field;
} GqleJoinField;

struct GqleJoin
{
	const char *name;
	int			n_fields;
	GqleJoinField *fields;

	/*
	 * To rows of a table: how they belong to the left side's, field by field, or
	 * NULL.  Where the left side is no table, its columns stand for the fields.
	 */
	const GqleRelationship *relationship;
};

/*
 * A join to rows of a tracked table for a left side that is no table: values of
 * fields[i] are those of the target's column columns[i].  Made in the current
 * context; names are not copied.
 */
extern GqleJoin *gqle_join_make(const char *name, GqleRelationshipKind kind,
								GqleTable *target, int n_fields, const char **fields,
								const char **columns);

/* The join of a table of that name, or NULL. */
extern const GqleJoin *gqle_table_lookup_join(const GqleTable *table, const char *name);

#endif							/* GQLE_CATALOG_JOIN_H */
