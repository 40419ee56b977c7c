/*
 * types.h
 *		The GraphQL types of one role.
 *
 * A schema is a view of a catalog through the eyes of a role.  Its types are
 * made when a request first touches them: a type's fields when gqle_type_fill
 * runs, a root's fields one by one as they are asked for.  Every field and input
 * field says what it stands for (kind or role, and pointers into the catalog),
 * so that the planner never looks at names.
 *
 * A schema lives in its catalog's memory context and dies with it.
 */
#ifndef GQLE_SCHEMA_TYPES_H
#define GQLE_SCHEMA_TYPES_H

#include "gqle/catalog/permission.h"

struct GqleRemoteInput;
struct GqleRemoteType;

typedef struct GqleSchema GqleSchema;
typedef struct GqleType GqleType;
typedef struct GqleField GqleField;
typedef struct GqleInputField GqleInputField;

/* ------------------------------------------------------------------------
 * Type references
 * ------------------------------------------------------------------------ */

/*
 * A named type with its wrappers, two bits each from the outermost inwards:
 * "[T!]!" is non-null, list, non-null.
 */
typedef struct GqleTypeRef
{
	GqleType   *type;
	uint32		wraps;
} GqleTypeRef;

#define GQLE_WRAP_NON_NULL	1
#define GQLE_WRAP_LIST		2

static inline GqleTypeRef
gqle_typeref(GqleType *type)
{
	GqleTypeRef ref = {type, 0};

	return ref;
}

static inline GqleTypeRef
gqle_typeref_non_null(GqleTypeRef of)
{
	of.wraps = (of.wraps << 2) | GQLE_WRAP_NON_NULL;
	return of;
}

static inline GqleTypeRef
gqle_typeref_list(GqleTypeRef of)
{
	of.wraps = (of.wraps << 2) | GQLE_WRAP_LIST;
	return of;
}

static inline bool
gqle_typeref_is_non_null(GqleTypeRef ref)
{
	return (ref.wraps & 3) == GQLE_WRAP_NON_NULL;
}

static inline bool
gqle_typeref_is_list(GqleTypeRef ref)
{
	return (ref.wraps & 3) == GQLE_WRAP_LIST;
}

/* Without the outermost wrapper. */
static inline GqleTypeRef
gqle_typeref_unwrap(GqleTypeRef ref)
{
	ref.wraps >>= 2;
	return ref;
}

/* "[author!]!" */
extern void gqle_typeref_append(StringInfo out, GqleTypeRef ref);

/* ------------------------------------------------------------------------
 * Types
 * ------------------------------------------------------------------------ */

typedef enum GqleTypeKind
{
	GQLE_TYPE_SCALAR,
	GQLE_TYPE_OBJECT,
	GQLE_TYPE_INTERFACE,
	GQLE_TYPE_UNION,
	GQLE_TYPE_ENUM,
	GQLE_TYPE_INPUT_OBJECT
} GqleTypeKind;

typedef struct GqleEnumValue
{
	const char *name;
	const char *description;
	/* what it stands for; which one is set follows from the enum's use */
	const GqleColumn *column;	/* select_column, update_column */
	const GqleUniqueKey *unique_key;	/* constraint */
	const char *text;			/* enum table: the stored value */
	bool		descending;		/* order_by, cursor_ordering */
	bool		nulls_first;	/* order_by */
	bool		is_placeholder; /* _PLACEHOLDER */
} GqleEnumValue;

struct GqleType
{
	GqleTypeKind kind;
	const char *name;
	const char *description;	/* or NULL */
	bool		is_filled;
	bool		is_root;		/* query_root and its kin: fields come one by one */
	void		(*fill) (GqleSchema *schema, GqleType *type);

	int			n_fields;		/* OBJECT, INTERFACE; definition order */
	GqleField **fields;
	int			n_input_fields; /* INPUT_OBJECT; definition order */
	GqleInputField **input_fields;
	int			n_values;		/* ENUM; definition order */
	GqleEnumValue *values;
	int			n_interfaces;	/* OBJECT */
	GqleType  **interfaces;
	int			n_possible;		/* INTERFACE, UNION */
	GqleType  **possible;
	void	   *by_name;		/* index of fields, input fields or values */

	/* what it was made from */
	GqleTable  *table;
	const GqleSelectPerm *select;	/* of table, if the type shows rows or their
									 * columns */
	const GqleScalar *scalar;	/* SCALAR standing for a Postgres type */
	const struct GqleRemoteType *remote;	/* of a remote schema, or NULL */
	const void *detail;			/* private to the file that makes the type */
	int			variant;		/* likewise: an aggregate operation, ... */
};

/* ------------------------------------------------------------------------
 * Fields
 * ------------------------------------------------------------------------ */

typedef enum GqleFieldKind
{
	/* root fields of tables */
	GQLE_FIELD_SELECT,
	GQLE_FIELD_SELECT_BY_PK,
	GQLE_FIELD_SELECT_AGGREGATE,
	GQLE_FIELD_SELECT_STREAM,
	GQLE_FIELD_INSERT,
	GQLE_FIELD_INSERT_ONE,
	GQLE_FIELD_UPDATE,
	GQLE_FIELD_UPDATE_BY_PK,
	GQLE_FIELD_UPDATE_MANY,
	GQLE_FIELD_DELETE,
	GQLE_FIELD_DELETE_BY_PK,
	/* root fields of functions */
	GQLE_FIELD_FUNCTION,
	GQLE_FIELD_FUNCTION_AGGREGATE,
	/* other root fields */
	GQLE_FIELD_NAMESPACE,		/* source customization: an object of root fields */
	GQLE_FIELD_PLACEHOLDER,		/* no_queries_available */
	GQLE_FIELD_SCHEMA,			/* __schema */
	GQLE_FIELD_TYPE,			/* __type */
	/* fields of rows */
	GQLE_FIELD_COLUMN,
	GQLE_FIELD_COMPUTED_SCALAR,
	GQLE_FIELD_COMPUTED_TABLE,
	GQLE_FIELD_OBJECT_REL,
	GQLE_FIELD_ARRAY_REL,
	GQLE_FIELD_ARRAY_REL_AGGREGATE,
	/* of objects that are no rows: rows of a table joined to them */
	GQLE_FIELD_JOIN_OBJECT,
	GQLE_FIELD_JOIN_ARRAY,
	GQLE_FIELD_JOIN_AGGREGATE,
	/* of any object: a field of a remote schema joined to it; detail: GqleRemoteField */
	GQLE_FIELD_JOIN_REMOTE,
	/* fields of T_aggregate and below */
	GQLE_FIELD_AGGREGATE,		/* aggregate */
	GQLE_FIELD_NODES,
	GQLE_FIELD_COUNT,
	GQLE_FIELD_AGGREGATE_OP,	/* sum, avg, ...: name is the SQL function */
	/* fields of T_mutation_response */
	GQLE_FIELD_AFFECTED_ROWS,
	GQLE_FIELD_RETURNING,
	/* for Apollo gateways: root fields, and the field of _Service */
	GQLE_FIELD_SERVICE,
	GQLE_FIELD_ENTITIES,
	GQLE_FIELD_SERVICE_SDL,
	/* actions: root fields, and fields of their results */
	GQLE_FIELD_ACTION,
	GQLE_FIELD_ACTION_ASYNC,	/* of mutation_root: answers an id */
	GQLE_FIELD_ACTION_RESULT,	/* of that id */
	GQLE_FIELD_ACTION_OUTPUT,	/* of a custom object type: detail */
	GQLE_FIELD_ACTION_ID,
	GQLE_FIELD_ACTION_CREATED_AT,
	GQLE_FIELD_ACTION_ERRORS,
	GQLE_FIELD_ACTION_RESULT_OUTPUT,
	/* of the Relay schema */
	GQLE_FIELD_NODE,			/* node(id): a root field */
	GQLE_FIELD_CONNECTION,		/* of a table, function or relationship */
	GQLE_FIELD_NODE_ID,			/* id of rows */
	GQLE_FIELD_EDGES,
	GQLE_FIELD_PAGE_INFO,
	GQLE_FIELD_CURSOR,
	GQLE_FIELD_EDGE_NODE,
	GQLE_FIELD_START_CURSOR,
	GQLE_FIELD_END_CURSOR,
	GQLE_FIELD_HAS_NEXT_PAGE,
	GQLE_FIELD_HAS_PREVIOUS_PAGE,
	/* of a remote schema, at the root or below; detail: GqleRemoteField */
	GQLE_FIELD_REMOTE,
	/* anywhere */
	GQLE_FIELD_TYPENAME,
	GQLE_FIELD_INTROSPECTION	/* of __Schema, __Type, ... */
} GqleFieldKind;

struct GqleField
{
	GqleFieldKind kind;
	const char *name;
	const char *description;
	GqleTypeRef type;
	int			n_args;
	GqleInputField **args;		/* definition order */

	/* what it stands for */
	GqleTable  *table;			/* whose rows it reads or writes: of a
								 * relationship, the target */
	const GqleTablePerms *perms;	/* of the role on table */
	const GqleColumn *column;
	const GqleRelationship *relationship;
	const GqleComputedField *computed_field;
	const GqleJoin *join;		/* of a remote relationship: also those that are
								 * relationships of rows */
	const GqleRootFunction *function;
	const char *sql_function;	/* AGGREGATE_OP: "sum", "stddev_pop" */
	const void *detail;			/* in the catalog: a GqleAction, a GqleCustomField */
	int			variant;		/* INTROSPECTION: private to introspect.c */
};

/* ------------------------------------------------------------------------
 * Arguments and input fields
 * ------------------------------------------------------------------------ */

/* What a value is for; the planner reads arguments by role. */
typedef enum GqleInputRole
{
	/* arguments of selects */
	GQLE_INPUT_WHERE,
	GQLE_INPUT_ORDER_BY,
	GQLE_INPUT_LIMIT,
	GQLE_INPUT_OFFSET,
	GQLE_INPUT_DISTINCT_ON,
	GQLE_INPUT_PK_COLUMN,		/* column */
	GQLE_INPUT_ARGS,			/* of functions: an object of FUNCTION_ARG */
	GQLE_INPUT_FUNCTION_ARG,	/* argument */
	GQLE_INPUT_COUNT_COLUMNS,
	GQLE_INPUT_COUNT_DISTINCT,
	GQLE_INPUT_JSON_PATH,
	GQLE_INPUT_BATCH_SIZE,
	GQLE_INPUT_CURSOR,
	GQLE_INPUT_INITIAL_VALUE,
	GQLE_INPUT_ORDERING,
	GQLE_INPUT_FIRST,
	GQLE_INPUT_LAST,
	GQLE_INPUT_AFTER,
	GQLE_INPUT_BEFORE,
	GQLE_INPUT_NODE_ID,
	GQLE_INPUT_REPRESENTATIONS,
	/* arguments of mutations */
	GQLE_INPUT_OBJECTS,
	GQLE_INPUT_OBJECT,
	GQLE_INPUT_ON_CONFLICT,
	GQLE_INPUT_PK_COLUMNS,
	GQLE_INPUT_UPDATES,
	GQLE_INPUT_UPDATE_OP,		/* _set, _inc, ...: name tells (update_op) */
	GQLE_INPUT_DATA,			/* of nested inserts */
	GQLE_INPUT_CONSTRAINT,
	GQLE_INPUT_UPDATE_COLUMNS,
	/* fields of bool_exp */
	GQLE_INPUT_AND,
	GQLE_INPUT_OR,
	GQLE_INPUT_NOT,
	GQLE_INPUT_OPERATOR,		/* op */
	GQLE_INPUT_CAST_TYPE,		/* of _cast: scalar is the type cast to */
	GQLE_INPUT_GEO_PART,		/* from, distance, use_spheroid, nband, geommin */
	/* of aggregate predicates */
	GQLE_INPUT_AGG_FUNCTION,	/* count, bool_and, ...: sql_function */
	GQLE_INPUT_AGG_ARGUMENTS,
	GQLE_INPUT_AGG_X,
	GQLE_INPUT_AGG_Y,
	GQLE_INPUT_AGG_PREDICATE,
	GQLE_INPUT_AGG_FILTER,
	GQLE_INPUT_AGG_DISTINCT,
	/* of bool_exp, order_by, set, insert: what is named */
	GQLE_INPUT_COLUMN,			/* column */
	GQLE_INPUT_RELATIONSHIP,	/* relationship */
	GQLE_INPUT_RELATIONSHIP_AGGREGATE,
	GQLE_INPUT_COMPUTED_FIELD,	/* computed_field */
	GQLE_INPUT_COMPUTED_AGGREGATE,
	GQLE_INPUT_ORDER_COUNT,		/* of aggregate order_by */
	GQLE_INPUT_ORDER_OP,		/* sum, max, ...: sql_function */
	/* of actions */
	GQLE_INPUT_ACTION,			/* shown to the webhook under its name */
	GQLE_INPUT_ACTION_ID,
	/* directives and introspection */
	GQLE_INPUT_IF,
	GQLE_INPUT_TYPE_NAME,
	GQLE_INPUT_REMOTE,			/* of a remote schema: remote */
	GQLE_INPUT_OTHER
} GqleInputRole;

/* How a scalar position takes its value. */
typedef enum GqleValueClass
{
	GQLE_CLASS_LEAF,			/* a value of a Postgres type: bound per request */
	/* known when compiling, and part of the shape if from a variable: */
	GQLE_CLASS_BOOLEAN,
	GQLE_CLASS_INT,
	GQLE_CLASS_NON_NEGATIVE_INT,
	GQLE_CLASS_OFFSET,			/* 64-bit, digits in a string allowed */
	GQLE_CLASS_STRING,
	GQLE_CLASS_ID,
	GQLE_CLASS_JSON				/* anything, as JSON */
} GqleValueClass;

/*
 * Columns whose values come from an enum table have a type of kind ENUM: their
 * values are GQLE_IN_ENUM (or GQLE_IN_NULL where leaf_nullable), and is_leaf_list
 * is false for _in and _nin over them.
 *
 * Comparison types are shared by all columns whose scalars have the same name
 * (text and varchar), so of an operand that is "the column's own" (operator->
 * operand SAME or LIST) the scalar here is only that of the first such column.
 * Whoever knows the column takes the column's.
 *
 * The value of an array type is no leaf list, though its type is a list: the
 * scalar is that of the array, and an array literal in a string is taken, too.  A
 * leaf list takes a single value as a list of one.
 */
struct GqleInputField
{
	GqleInputRole role;
	const char *name;
	const char *description;
	GqleTypeRef type;
	const char *default_text;	/* GraphQL literal, or NULL */
	bool		null_is_absent; /* explicit null means not given */
	bool		is_hidden;		/* accepted, but not shown by introspection */
	GqleValueClass value_class; /* of a scalar type */
	const GqleScalar *scalar;	/* LEAF: of the value, or of the list's elements if
								 * is_leaf_list */
	GqlePlainType plain;		/* LEAF: instead of scalar */
	bool		is_leaf_list;	/* the whole list is one leaf (_in) */
	bool		leaf_nullable;	/* null becomes SQL NULL */

	/* what it stands for */
	const GqleColumn *column;
	GqleTable  *table;			/* relationships: the target */
	const GqleTablePerms *perms;	/* of the role on table */
	const GqleRelationship *relationship;
	const GqleComputedField *computed_field;
	const GqleArgument *argument;
	const GqleOperator *op;
	const char *sql_function;
	const char *update_op;		/* "_set", "_inc", ... */
	const struct GqleRemoteInput *remote;
};

#endif							/* GQLE_SCHEMA_TYPES_H */
