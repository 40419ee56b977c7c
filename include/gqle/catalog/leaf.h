/*
 * leaf.h
 *		Where a scalar value in a statement comes from.
 *
 * A compiled operation holds no values of the client: each is a leaf that says
 * where to find it in a request, of which scalar it is, and at which path to
 * complain.  exec binds leaves to parameters ($n) for every request.
 */
#ifndef GQLE_CATALOG_LEAF_H
#define GQLE_CATALOG_LEAF_H

#include "gqle/base/json_read.h"
#include "gqle/catalog/scalar.h"
#include "gqle/lang/ast.h"

typedef enum GqleLeafSource
{
	GQLE_LEAF_CONST,			/* a value known when compiling */
	GQLE_LEAF_VARIABLE,			/* a variable, or a part of one */
	GQLE_LEAF_TEMPLATE,			/* a literal with variables inside */
	GQLE_LEAF_SESSION,			/* a session variable */
	GQLE_LEAF_SESSION_JSON		/* all session variables, as json */
} GqleLeafSource;

/* Values of GraphQL's own types, which no Postgres type has to take. */
typedef enum GqlePlainType
{
	GQLE_PLAIN_NONE,			/* it is of a Postgres type */
	GQLE_PLAIN_INT,
	GQLE_PLAIN_FLOAT,
	GQLE_PLAIN_STRING,
	GQLE_PLAIN_BOOLEAN,
	GQLE_PLAIN_ID,
	GQLE_PLAIN_ANY				/* a scalar that somebody made up: anything */
} GqlePlainType;

/*
 * One step below a variable's value: a key or an index.  Requests that share an
 * operation have the same keys at the same places, so where the key was when
 * compiling is where to look first.
 */
typedef struct GqleLeafStep
{
	const char *key;			/* NULL: index */
	int			index;			/* of the item, or of the key's member */
} GqleLeafStep;

typedef struct GqleLeaf
{
	GqleLeafSource source;
	const GqleScalar *scalar;	/* with is_list: of the elements */
	GqlePlainType plain;		/* instead of scalar; for webhooks */
	bool		is_list;		/* a list that becomes one array parameter */
	bool		nullable;		/* null becomes SQL NULL, else it is an error */
	bool		shows_numeric;	/* in mutations, see gqle_number_show */
	const char *path;			/* of errors; NULL means "$" */

	const GqleJson *value;		/* CONST */
	const char *variable;		/* VARIABLE: name */
	int			variable_index; /* its member when compiling */
	int			n_steps;
	GqleLeafStep *steps;
	const GqleJson *default_value;	/* VARIABLE: if the variable is absent */
	const GqleValueNode *node;	/* TEMPLATE */
	const char *session_name;	/* SESSION: lower case */
} GqleLeaf;

#endif							/* GQLE_CATALOG_LEAF_H */
