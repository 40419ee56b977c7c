/*
 * kriti_tree.h
 *		The tree of a Kriti template; shared by the files that make Kriti.
 */
#ifndef GQLE_LANG_KRITI_TREE_H
#define GQLE_LANG_KRITI_TREE_H

#include "gqle/lang/kriti.h"

typedef enum GqleKritiKind
{
	GQLE_KRITI_LITERAL,			/* json: a number, boolean, null or text */
	GQLE_KRITI_OBJECT,			/* children of the keys */
	GQLE_KRITI_ARRAY,
	GQLE_KRITI_STRING,			/* children are put together */
	GQLE_KRITI_VARIABLE,		/* name */
	GQLE_KRITI_FIELD,			/* of child 0: name, or else child 1 */
	GQLE_KRITI_OPTIONAL,		/* of child 0: the chain of the other children */
	GQLE_KRITI_IF,				/* condition, value, ELIFs, else */
	GQLE_KRITI_ELIF,			/* condition, value */
	GQLE_KRITI_RANGE,			/* list, body; name, and index_name or NULL */
	GQLE_KRITI_CALL,			/* name, child 0 */
	GQLE_KRITI_EQ,				/* of child 0 and child 1, as all below */
	GQLE_KRITI_NOT_EQ,
	GQLE_KRITI_LT,
	GQLE_KRITI_GT,
	GQLE_KRITI_LTE,
	GQLE_KRITI_GTE,
	GQLE_KRITI_AND,
	GQLE_KRITI_OR,
	GQLE_KRITI_IN,
	GQLE_KRITI_DEFAULT
} GqleKritiKind;

struct GqleKritiNode
{
	GqleKritiKind kind;
	GqleKritiSpan span;
	const GqleJson *json;
	const char *name;
	const char *index_name;
	int			n;
	int			allocated;
	GqleKritiNode **children;
	const char **keys;			/* OBJECT */
};

/* ------------------------------------------------------------------------
 * Evaluation, shared with the functions
 * ------------------------------------------------------------------------ */

/* What may still be spent. */
typedef struct GqleKritiBudget
{
	int64		left;
} GqleKritiBudget;

/* Spend; false when there is nothing left. */
static inline bool
gqle_kriti_spend(GqleKritiBudget *budget, int64 steps)
{
	budget->left -= steps;
	return budget->left >= 0;
}

/*
 * Call one of the language's functions.  *found tells whether there is one of
 * that name; NULL and *message if the value is none for it, *message NULL if the
 * budget is spent.
 */
extern const GqleJson *gqle_kriti_call(const char *name, const GqleJson *value,
									   GqleKritiBudget *budget, bool *found,
									   const char **message);

/*
 * Order of any two values: objects, arrays, strings, numbers, booleans, null.
 * Spends; meaningless when the budget is spent.
 */
extern int	gqle_kriti_compare(const GqleJson *a, const GqleJson *b,
							   GqleKritiBudget *budget);

/* The members of an object by key, in byte order; the last of equal ones. */
extern GqleJsonMember *gqle_kriti_sorted_members(const GqleJson *object, int *n);

#endif							/* GQLE_LANG_KRITI_TREE_H */
