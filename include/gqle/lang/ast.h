/*
 * ast.h
 *		Executable GraphQL documents as trees.
 *
 * Nodes are allocated in the context that was current while parsing and are
 * never changed afterwards.  Names and texts are NUL-terminated copies.
 * Offsets are bytes from the start of the source.
 */
#ifndef GQLE_LANG_AST_H
#define GQLE_LANG_AST_H

#include "gqle/gqle.h"

typedef enum GqleValueKind
{
	GQLE_VALUE_VARIABLE,
	GQLE_VALUE_INT,
	GQLE_VALUE_FLOAT,
	GQLE_VALUE_STRING,
	GQLE_VALUE_BOOLEAN,
	GQLE_VALUE_NULL,
	GQLE_VALUE_ENUM,
	GQLE_VALUE_LIST,
	GQLE_VALUE_OBJECT
} GqleValueKind;

typedef struct GqleValueNode GqleValueNode;

typedef struct GqleObjectFieldNode
{
	const char *name;
	int			offset;
	GqleValueNode *value;
} GqleObjectFieldNode;

struct GqleValueNode
{
	GqleValueKind kind;
	int			offset;
	bool		boolean;		/* BOOLEAN */
	bool		block;			/* STRING: written as a block string */
	int			len;			/* bytes of text */
	const char *text;			/* VARIABLE: name without $; INT, FLOAT: as
								 * written; STRING: decoded; ENUM: name */
	int			n;				/* LIST, OBJECT: number of children */
	GqleValueNode **items;		/* LIST */
	GqleObjectFieldNode *fields;	/* OBJECT, in source order */
};

typedef struct GqleArgumentNode
{
	const char *name;
	int			offset;
	GqleValueNode *value;
} GqleArgumentNode;

typedef struct GqleDirectiveNode
{
	const char *name;
	int			offset;
	int			n_args;
	GqleArgumentNode *args;
} GqleDirectiveNode;

typedef struct GqleSelectionNode GqleSelectionNode;

typedef struct GqleSelectionSetNode
{
	int			offset;
	int			n;
	GqleSelectionNode **items;
} GqleSelectionSetNode;

typedef enum GqleSelectionKind
{
	GQLE_SELECTION_FIELD,
	GQLE_SELECTION_SPREAD,
	GQLE_SELECTION_INLINE
} GqleSelectionKind;

struct GqleSelectionNode
{
	GqleSelectionKind kind;
	int			offset;
	const char *alias;			/* FIELD: or NULL */
	const char *name;			/* FIELD: field name; SPREAD: fragment name;
								 * INLINE: type condition or NULL */
	int			n_args;
	GqleArgumentNode *args;
	int			n_directives;
	GqleDirectiveNode *directives;
	GqleSelectionSetNode *set;	/* FIELD: or NULL; INLINE: always */
};

typedef struct GqleTypeNode GqleTypeNode;

struct GqleTypeNode
{
	const char *name;			/* named type, or NULL for a list */
	GqleTypeNode *of;			/* element type of a list */
	bool		non_null;
	int			offset;
};

typedef struct GqleVariableDefNode
{
	const char *name;			/* without $ */
	int			offset;
	GqleTypeNode *type;
	GqleValueNode *default_value;	/* or NULL */
} GqleVariableDefNode;

typedef enum GqleOperationType
{
	GQLE_OPERATION_QUERY,
	GQLE_OPERATION_MUTATION,
	GQLE_OPERATION_SUBSCRIPTION
} GqleOperationType;

typedef struct GqleOperationNode
{
	GqleOperationType type;
	const char *name;			/* NULL if anonymous */
	int			offset;
	int			n_variables;
	GqleVariableDefNode *variables;
	int			n_directives;
	GqleDirectiveNode *directives;
	GqleSelectionSetNode *set;
} GqleOperationNode;

typedef struct GqleFragmentNode
{
	const char *name;
	const char *type_condition;
	int			offset;
	int			n_directives;
	GqleDirectiveNode *directives;
	GqleSelectionSetNode *set;
} GqleFragmentNode;

typedef struct GqleDocumentNode
{
	int			n_operations;
	GqleOperationNode *operations;
	int			n_fragments;
	GqleFragmentNode *fragments;
} GqleDocumentNode;

#endif							/* GQLE_LANG_AST_H */
