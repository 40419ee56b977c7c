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

/* A field on the way into a remote schema. */
typedef struct GqleJoinCall
{
	const char *field;			/* the server's own name */
	const GqleJson *arguments;	/* an object; strings "$x" stand for fields */
} GqleJoinCall;

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

	/* To a field of a remote schema, or NULL: the way there, the last call being that
	 * of the field. */
	const char *remote_schema;
	const char *owner;			/* what it is defined on, as a part of type names */
	int			n_calls;
	GqleJoinCall *calls;
};

/*
 * A join to rows of a tracked table for a left side that is no table: values of
 * fields[i] are those of the target's column columns[i].  Made in the current
 * context; names are not copied.
 */
extern GqleJoin *gqle_join_make(const char *name, GqleRelationshipKind kind,
								GqleTable *target, int n_fields, const char **fields,
								const char **columns);

struct GqleRemoteField;
struct GqleRemoteGraph;

/*
 * The field that a join to a remote schema leads to, in the graph of all or of what a
 * role sees; NULL after reporting why it leads nowhere.
 */
extern const struct GqleRemoteField *gqle_join_find_field(const GqleJoin *join,
														  const struct GqleRemoteGraph *graph,
														  GqleErrorSink *sink);

/*
 * That field with those arguments that are left to clients, as long as the catalog;
 * NULL if the graph does not have it.
 */
extern const struct GqleRemoteField *gqle_join_remote_field(GqleCatalog *catalog,
															const GqleJoin *join,
															const struct GqleRemoteGraph *graph);

/*
 * The joins of an object type of a remote schema, by its own name, loaded when first
 * asked for.
 */
extern const GqleJoin **gqle_catalog_remote_joins(GqleCatalog *catalog,
												  const char *remote_schema,
												  const char *type_name, int *n);

/*
 * The joins of a loaded table, by name.  They are made when somebody first asks, and
 * not with the table: what they lead to may in turn look at tables.
 */
extern const GqleJoin **gqle_table_joins(GqleCatalog *catalog, GqleTable *table, int *n);

#endif							/* GQLE_CATALOG_JOIN_H */
