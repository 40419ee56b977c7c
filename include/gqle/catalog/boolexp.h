/*
 * boolexp.h
 *		Boolean expressions over the rows of a table, type-checked.
 *
 * The same tree serves permission rules (parsed from metadata JSON here) and
 * the where arguments of requests (built in validate), so one printer makes the
 * SQL of both.  Trees are immutable.
 */
#ifndef GQLE_CATALOG_BOOLEXP_H
#define GQLE_CATALOG_BOOLEXP_H

#include "gqle/catalog/catalog.h"
#include "gqle/catalog/leaf.h"

typedef enum GqleBoolKind
{
	GQLE_BOOL_AND,				/* no children: TRUE */
	GQLE_BOOL_OR,				/* no children: FALSE */
	GQLE_BOOL_NOT,				/* one child */
	GQLE_BOOL_COMPARE,			/* a column or computed field and an operator */
	GQLE_BOOL_RELATIONSHIP,		/* EXISTS related row with child */
	GQLE_BOOL_EXISTS,			/* EXISTS row of any table with child */
	GQLE_BOOL_COMPUTED_TABLE,	/* EXISTS row of a computed field with child */
	GQLE_BOOL_AGGREGATE			/* aggregate over related rows and comparisons */
} GqleBoolKind;

/* Which row a column belongs to. */
typedef enum GqleColumnScope
{
	GQLE_SCOPE_CURRENT,			/* the table the expression is over at this point */
	GQLE_SCOPE_ROOT				/* "$": the table the permission is defined on */
} GqleColumnScope;

typedef enum GqleRhsKind
{
	GQLE_RHS_NONE,				/* _is_null: see boolean */
	GQLE_RHS_LEAF,
	GQLE_RHS_COLUMN				/* _ceq and its kin */
} GqleRhsKind;

typedef struct GqleBoolExp GqleBoolExp;

/* An aggregate over the rows of an array relationship (6.3 of graphql-schema). */
typedef struct GqleAggregatePredicate
{
	const char *function;		/* "count", "bool_and", ... */
	int			n_columns;		/* none: count(*) */
	const GqleColumn **columns;
	bool		distinct;
	const GqleBoolExp *filter;	/* or NULL */
	const GqleScalar *scalar;	/* of the result */
} GqleAggregatePredicate;

struct GqleBoolExp
{
	GqleBoolKind kind;
	int			n_children;
	const GqleBoolExp **children;	/* AND, OR, NOT; RELATIONSHIP, EXISTS,
									 * COMPUTED_TABLE: one; AGGREGATE: comparisons
									 * of the result (column == NULL) */

	/* COMPARE */
	const GqleColumn *column;	/* or NULL: computed field, or aggregate result */
	const GqleComputedField *computed_field;
	const char *cast_sql_name;	/* (col)::type before comparing, or NULL */
	const GqleScalar *lhs_scalar;	/* after the cast */
	const GqleOperator *op;
	bool		null_safe;		/* permissions: _eq/_neq on nullable columns */
	bool		boolean;		/* _is_null */
	GqleRhsKind rhs_kind;
	GqleLeaf   *rhs;			/* LEAF: first operand */
	int			n_more;			/* further operands of function forms */
	GqleLeaf  **more;
	const GqleColumn *rhs_column;	/* COLUMN */
	GqleColumnScope rhs_scope;

	/* RELATIONSHIP and AGGREGATE: relationship; EXISTS: table */
	const GqleRelationship *relationship;
	const GqleTable *table;		/* over whose rows the child is */
	const struct GqleSelectPerm *perm;	/* user where: the role's rule on table is
										 * ANDed; NULL inside permissions */
	const GqleAggregatePredicate *aggregate;
};

/*
 * Parse a permission expression on a table that stands at that path.  Returns NULL after
 * reporting to the sink; messages are Hasura's without the "Inconsistent object: " prefixes.
 * An expression that is always true gives an AND without children.  The result is
 * allocated in the current context and does not point into json.
 */
extern const GqleBoolExp *gqle_boolexp_parse(GqleCatalog *catalog, const GqleTable *table,
											 const GqleJson *json, const char *path,
											 GqleErrorSink *sink);

/*
 * Is what a permission writes a value of its type?  False after reporting.  Values are
 * understood a layer above, which sets this when the library is loaded.
 */
extern bool (*gqle_boolexp_check_value) (const GqleLeaf *leaf, const GqleJson *variables,
										 GqleErrorSink *sink);

/*
 * Is a literal for a column one of the values of its enum table, if it has one?  False
 * after reporting at the path.
 */
extern bool gqle_boolexp_check_enum(const GqleColumn *column, const GqleJson *json,
									const char *path, GqleErrorSink *sink);

/*
 * The column of that name, or NULL after reporting; the hint is said of what is no
 * column.
 */
extern const GqleColumn *gqle_boolexp_require_column(const GqleTable *table, const char *name,
													 const char *hint, const char *path,
													 GqleErrorSink *sink);

extern bool gqle_boolexp_is_true(const GqleBoolExp *exp);

/* Makers used by validate; children are not copied. */
extern GqleBoolExp *gqle_boolexp_make(GqleBoolKind kind, int n_children,
									  const GqleBoolExp **children);

#endif							/* GQLE_CATALOG_BOOLEXP_H */
