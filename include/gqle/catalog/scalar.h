/*
 * scalar.h
 *		What a Postgres type is in GraphQL: its scalar, how JSON becomes a value
 *		of it, and which comparison operators it has.
 *
 * GqleScalars are interned per type OID for the life of the process and shared
 * by all generations and roles.
 */
#ifndef GQLE_CATALOG_SCALAR_H
#define GQLE_CATALOG_SCALAR_H

#include "gqle/gqle.h"

/* How a JSON value becomes a value of the type (execution.md §5). */
typedef enum GqleCoercion
{
	GQLE_COERCE_INT2,
	GQLE_COERCE_INT4,
	GQLE_COERCE_INT8,
	GQLE_COERCE_FLOAT,			/* real and double precision */
	GQLE_COERCE_NUMERIC,
	GQLE_COERCE_MONEY,
	GQLE_COERCE_BOOLEAN,
	GQLE_COERCE_TEXT,
	GQLE_COERCE_CHAR,
	GQLE_COERCE_STRING,			/* uuid, dates: a string, checked by Postgres */
	GQLE_COERCE_JSON,			/* json and jsonb: any value */
	GQLE_COERCE_GEO,			/* geometry and geography: GeoJSON or text */
	GQLE_COERCE_RASTER,
	GQLE_COERCE_LTREE,
	GQLE_COERCE_UNKNOWN,		/* a string only: "A string is expected for type: inet" */
	GQLE_COERCE_ARRAY			/* a list, or an array literal in a string */
} GqleCoercion;

/* Families of comparison operators beyond those every scalar has. */
#define GQLE_OPS_ORDER		0x0001	/* _gt _lt _gte _lte */
#define GQLE_OPS_TEXT		0x0002
#define GQLE_OPS_JSONB		0x0004
#define GQLE_OPS_ARRAY		0x0008
#define GQLE_OPS_GEOMETRY	0x0010
#define GQLE_OPS_GEOGRAPHY	0x0020
#define GQLE_OPS_RASTER		0x0040
#define GQLE_OPS_LTREE		0x0080
#define GQLE_OPS_CAST		0x0100	/* _cast */

typedef struct GqleScalar
{
	Oid			type_oid;		/* parameters are declared with this type */
	Oid			array_oid;		/* its array type, or InvalidOid */
	const char *name;			/* "Int", "timestamptz"; of a list, of its element */
	const char *comparison_name;	/* "Int", "Int_array": prefix of _comparison_exp */
	const char *aeson_name;		/* "PGInteger" in coercion errors */
	const char *mapped_name; /* "integer", "integer[]" in errors of metadata */
	const char *sql_name;		/* quoted as needed: integer, "public"."citext" */
	GqleCoercion coercion;
	uint32		ops;			/* GQLE_OPS_* */
	bool		is_numeric;		/* sum, avg, ..., _inc */
	bool		is_comparable;	/* min, max */
	bool		stringify;		/* a string under stringify_numeric_types */
	bool		is_json;		/* json or jsonb: has the path argument */
	bool		is_geo;			/* printed by ST_AsGeoJSON */
	bool		is_known;		/* in the table of known types, arrays of them too */
	char		typtype;		/* of pg_type: 'b', 'e', 'c', 'd', ... */
	const struct GqleScalar *element;	/* ARRAY: element scalar, else NULL */
	bool		is_opaque;		/* ARRAY: a scalar of its own, not a list of elements */
} GqleScalar;

/* Is it shown as a list of its elements' scalar? */
static inline bool
gqle_scalar_is_list(const GqleScalar *scalar)
{
	return scalar->element != NULL && !scalar->is_opaque;
}

/*
 * The scalar of a column or argument type; domains resolve one level.  Never
 * NULL for an existing type.
 */
extern const GqleScalar *gqle_scalar_get(Oid type_oid);

/*
 * The scalar of a function's argument: neither domains nor arrays are looked
 * into ("_text" is an opaque scalar of that name).
 */
extern const GqleScalar *gqle_scalar_get_argument(Oid type_oid);

/*
 * Moves when a type that somebody asked for has become another: renamed,
 * dropped, its OID used again.
 */
extern uint64 gqle_scalar_generation(void);

/* A scalar by GraphQL name of a built-in type ("Int", "String", "Boolean",
 * "Float", "jsonb", ...), or NULL. */
extern const GqleScalar *gqle_scalar_lookup_by_name(const char *name);

/* Is it the name of a type of the database, as it is or in lower case? */
extern bool gqle_scalar_is_type_name(const char *name);

/* ------------------------------------------------------------------------
 * Comparison operators
 * ------------------------------------------------------------------------ */

/* What the right-hand side of an operator is. */
typedef enum GqleOperandType
{
	GQLE_OPERAND_SAME,			/* the column's own scalar */
	GQLE_OPERAND_LIST,			/* a list of the column's scalar: one array */
	GQLE_OPERAND_BOOLEAN,		/* _is_null: decides the SQL text */
	GQLE_OPERAND_TEXT,			/* String */
	GQLE_OPERAND_TEXT_LIST,		/* [String!] */
	GQLE_OPERAND_LTREE_LIST,	/* [ltree!] */
	GQLE_OPERAND_LQUERY,
	GQLE_OPERAND_LQUERY_LIST,	/* typed [String!] in GraphQL */
	GQLE_OPERAND_LTXTQUERY,
	GQLE_OPERAND_D_WITHIN,		/* st_d_within_input */
	GQLE_OPERAND_D_WITHIN_GEOGRAPHY,
	GQLE_OPERAND_NBAND_GEOM,
	GQLE_OPERAND_GEOM_NBAND,
	GQLE_OPERAND_CAST			/* _cast: an object of comparisons */
} GqleOperandType;

/* How an operator prints. */
typedef enum GqleOperatorForm
{
	GQLE_FORM_INFIX,			/* col <sql> operand */
	GQLE_FORM_NOT_INFIX,		/* NOT (col <sql> operand) */
	GQLE_FORM_ANY,				/* col = ANY (operand) */
	GQLE_FORM_NOT_ANY,			/* NOT (col = ANY (operand)), i.e. <> ALL */
	GQLE_FORM_IS_NULL,
	GQLE_FORM_FUNCTION,			/* sql(col, operand...) */
	GQLE_FORM_CAST
} GqleOperatorForm;

typedef struct GqleOperator
{
	const char *name;			/* "_eq" */
	const char *camel_name;		/* under graphql-default: "_isNull" */
	const char *sql;			/* "=", "LIKE", "st_contains" */
	GqleOperatorForm form;
	GqleOperandType operand;
	uint32		family;			/* GQLE_OPS_* needed, 0 = every scalar */
	bool		permission_only;	/* _ceq and its kin */
	bool		compares_column;	/* right-hand side is a column name */
	const char *description;	/* or NULL */
} GqleOperator;

/* All operators in Hasura's definition order; ends with name == NULL. */
extern const GqleOperator gqle_operators[];

/*
 * By any spelling permissions allow ("_eq", "$eq", "_ne", "$ne"); or NULL.  Of
 * several of one name the first.
 */
extern const GqleOperator *gqle_operator_lookup(const char *name);

/* The one that applies to columns of the scalar, or NULL. */
extern const GqleOperator *gqle_operator_lookup_for(const GqleScalar *scalar,
													const char *name);

static inline bool
gqle_operator_applies(const GqleOperator *op, const GqleScalar *scalar)
{
	return op->family == 0 || (op->family & scalar->ops) != 0;
}

#endif							/* GQLE_CATALOG_SCALAR_H */
