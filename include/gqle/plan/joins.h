/*
 * joins.h
 *		What is joined to a root field's answer once it is there.
 *
 * The left side answers with the *placeholder* null where something is to be
 * joined, which keeps the order of keys, and with *phantoms*: values of the
 * join's fields that nobody selected, under keys of their own.  exec walks the
 * answer along a *tree* that says where joins are, collects the values of each
 * join, runs its right side once for all of them, joins to that what belongs to
 * it in turn, and puts the results in place.  Phantoms are gone then.
 */
#ifndef GQLE_PLAN_JOINS_H
#define GQLE_PLAN_JOINS_H

#include "gqle/catalog/join.h"
#include "gqle/plan/plan.h"
#include "gqle/plan/plan_remote.h"

/*
 * The key under which objects tell their type, where joins depend on it: those
 * of an interface or union whose selection set has a join at any depth.
 */
#define GQLE_JOIN_TYPENAME_KEY "__hasura_internal_typename"

typedef struct GqleJoinTree GqleJoinTree;

/* What is sent for an argument of a remote field. */
typedef enum GqleJoinValueKind
{
	GQLE_JOIN_VALUE_TEXT,		/* a literal in GraphQL */
	GQLE_JOIN_VALUE_FIELD,		/* of the left side: number field of the join's */
	GQLE_JOIN_VALUE_REMOTE,		/* what the client gave, or a preset */
	GQLE_JOIN_VALUE_LIST,
	GQLE_JOIN_VALUE_OBJECT
} GqleJoinValueKind;

typedef struct GqleJoinValue GqleJoinValue;

struct GqleJoinValue
{
	GqleJoinValueKind kind;
	const char *text;
	int			field;
	const GqleRemoteText *remote;
	int			n;
	GqleJoinValue **items;
	const char **keys;			/* OBJECT */
};

/* A right side that is a field of a remote schema. */
typedef struct GqleJoinRemote
{
	const GqleRemoteSchema *schema;
	int			n_calls;		/* fields on the way, the last being the one joined */
	const char **fields;
	GqleJoinValue **arguments;	/* OBJECT, of each call */
	const GqleRemoteText *set;	/* the last one's selection set */
	const GqleRemoteShape *shape;	/* of its values, or NULL */
} GqleJoinRemote;

/* A join as it is selected in one place: its right side. */
typedef struct GqleJoinStep
{
	const GqleJoin *join;
	const char *field_name;
	int			number;			/* among those of the root */
	const char **keys;			/* of join->fields[i] in objects of the left side */
	GqleStatement *statement;	/* its rows are [argument's number, value] */
	void	   *prepared;		/* of exec; NULL until the first run */
	GqleJoinRemote *remote;		/* or this */
	GqleJoinTree *tree;			/* of what is joined to its values, or NULL */
} GqleJoinStep;

/* A field with a join, or with joins below it. */
typedef struct GqleJoinNode
{
	const char *key;			/* response key */
	GqleJoinStep *step;			/* or NULL */
	GqleJoinTree *tree;			/* if there is no step */
} GqleJoinNode;

/* Objects of one type, or of all types without a branch of their own. */
typedef struct GqleJoinBranch
{
	const char *type_name;		/* NULL: the others */
	int			n_nodes;
	GqleJoinNode *nodes;
	int			n_phantoms;
	const char **phantoms;
} GqleJoinBranch;

struct GqleJoinTree
{
	int			n_branches;
	GqleJoinBranch *branches;	/* the last is that of the others */
};

typedef struct GqleJoins
{
	int			n_steps;
	GqleJoinStep **steps;
	GqleJoinTree *tree;
} GqleJoins;

/* What the left side has to answer although nobody selected it. */
typedef struct GqleJoinPhantom
{
	const char *key;
	const GqleJoinField *field;
} GqleJoinPhantom;

/* Is the field one that is joined afterwards? */
extern bool gqle_join_is_placeholder(const GqleField *field);

/* The phantoms (GqleJoinPhantom) of a selection set; NIL if it has no joins. */
extern List *gqle_join_phantoms(GqleSelection **children, int n);

/* Is anything joined to values of a selection, at any depth? */
extern bool gqle_join_is_below(const GqleSelection *selection);

/*
 * The joins below a root field, or NULL if there are none.  Mistakes are
 * reported.
 */
extern GqleJoins *gqle_plan_joins(GqleSchema *schema, const GqleSelection *root,
								  GqleErrorSink *sink);

/* The right side of a join to a remote schema (plan_join_remote.c); NULL after
 * reporting. */
extern GqleJoinRemote *gqle_plan_join_remote(GqleSchema *schema,
											 const GqleSelection *selection,
											 GqleErrorSink *sink);

/* Do two joins, or two trees, ask for the same (plan_join_same.c)?  NULLs are alike. */
extern bool gqle_join_same_step(const GqleJoinStep *a, const GqleJoinStep *b);
extern bool gqle_join_same_tree(const GqleJoinTree *a, const GqleJoinTree *b);

/* Is a remote relationship selected anywhere? */
extern bool gqle_plan_has_remote_relationship(const GqleSelection *selection);

#endif							/* GQLE_PLAN_JOINS_H */
