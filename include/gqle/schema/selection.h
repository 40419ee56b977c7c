/*
 * selection.h
 *		A validated operation: fields, not names.
 *
 * validate makes it, plan and introspection read it.  Fragments are gone,
 * fields of the same response key are merged, excluded ones removed, arguments
 * coerced to the input tree below.  Scalar values of the client are leaves,
 * except those that decide the shape of the answer, which are constants.
 */
#ifndef GQLE_SCHEMA_SELECTION_H
#define GQLE_SCHEMA_SELECTION_H

#include "gqle/schema/types.h"
#include "gqle/catalog/leaf.h"

typedef enum GqleInputKind
{
	GQLE_IN_NULL,				/* explicit null that is not "absent" */
	GQLE_IN_LEAF,
	GQLE_IN_CONST,				/* classes other than LEAF */
	GQLE_IN_ENUM,
	GQLE_IN_LIST,
	GQLE_IN_OBJECT
} GqleInputKind;

typedef struct GqleInput GqleInput;

typedef struct GqleInputEntry
{
	const GqleInputField *field;
	GqleInput  *value;
} GqleInputEntry;

struct GqleInput
{
	GqleInputKind kind;
	const char *path;			/* "$.selectionSet.author.args.where.id" */
	GqleLeaf   *leaf;			/* LEAF */
	bool		boolean;		/* CONST */
	int64		integer;		/* CONST */
	const char *text;			/* CONST: strings */
	const GqleJson *json;		/* CONST: JSON */
	const GqleEnumValue *value; /* ENUM */
	int			n;				/* LIST, OBJECT */
	GqleInput **items;			/* LIST */
	GqleInputEntry *entries;	/* OBJECT, in the order of the request */
};

typedef struct GqleSelection GqleSelection;

/* What is selected of values of one type, where others are possible. */
typedef struct GqleTypeSelection
{
	const GqleType *type;		/* an object type */
	int			n_children;
	GqleSelection **children;
} GqleTypeSelection;

struct GqleSelection
{
	const char *response_key;
	const GqleField *field;
	const GqleType *parent;		/* __typename answers its name */
	const char *path;			/* "$.selectionSet.author" */
	GqleInput **args;			/* as field->args; NULL where absent */
	const GqleValueNode *given; /* the arguments as written, an object, where a
								 * webhook wants them; else NULL */
	const struct GqleRemoteValue *remote;	/* of fields of remote schemas: the
											 * arguments that are sent, an object, or NULL */
	int			n_children;
	GqleSelection **children;
	/* of interfaces and unions: the types that fragments name; children holds what
	 * is selected of all others.  In remote schemas: all possible types, no children */
	int			n_types;
	GqleTypeSelection *types;
};

typedef struct GqleOperation
{
	GqleOperationType type;
	const char *name;			/* or NULL */
	int			n_roots;
	GqleSelection **roots;
} GqleOperation;

/* The argument with a role, or NULL if absent. */
extern const GqleInput *gqle_selection_arg(const GqleSelection *selection,
										   GqleInputRole role);

/* The entry of an object value with a role, or NULL. */
extern const GqleInput *gqle_input_entry(const GqleInput *object, GqleInputRole role);

#endif							/* GQLE_SCHEMA_SELECTION_H */
