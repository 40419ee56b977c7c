/*
 * validator.h
 *		The state of one validation, shared by the files of src/validate.
 *
 * A validation goes through a document once.  Where it stands is a path that
 * grows and shrinks with the walk, as Hasura prints it: a key for every field,
 * argument and input field, an index for every item of a list.
 *
 * What the operation is made of is allocated in the current memory context; the
 * document and all that is needed only meanwhile in the scratch context.  So the
 * operation holds copies of texts.
 *
 * Everything that makes work or memory out of little text (fragments spread in
 * fragments, a short list in a variable) is counted against limits.h.
 */
#ifndef GQLE_VALIDATE_VALIDATOR_H
#define GQLE_VALIDATE_VALIDATOR_H

#include "nodes/pg_list.h"

#include "gqle/base/error.h"
#include "gqle/base/strhash.h"
#include "gqle/catalog/remote.h"
#include "gqle/lang/ast.h"
#include "gqle/validate/validate.h"

/* A variable the operation declares. */
typedef struct GqleVariable
{
	const GqleVariableDefNode *node;
	const GqleJson *value;		/* as given in the request, or NULL */
	int			index;			/* of its member in the request */
	bool		is_removed;		/* nowhere given: uses of it vanish
								 * (no_null_unbound_variable_default) */
	bool		is_used;
	bool		is_duplicate;	/* defined more than once */
} GqleVariable;

typedef enum GqleFragmentState
{
	GQLE_FRAGMENT_UNSEEN,
	GQLE_FRAGMENT_OPEN,			/* on the stack of spreads */
	GQLE_FRAGMENT_DONE
} GqleFragmentState;

/* A fragment definition; equal ones are found by name. */
typedef struct GqleFragment
{
	const GqleFragmentNode *node;
	GqleFragmentState spreads;	/* of rule_fragment_spreads.c */
	int			height;			/* DONE: levels of braces in it, expanded */
	GqleFragmentState variables;	/* of rule_variables_defined.c */
	struct GqleFragment *spread_by; /* OPEN: the next outer open one */
	int			collected;		/* number of the last field collection that
								 * has gone through it */
} GqleFragment;

typedef struct GqleValidator
{
	GqleSchema *schema;
	const GqleRequest *request;
	GqleShape  *shape;
	GqleErrorSink *sink;
	MemoryContext scratch;

	/* The document */
	const GqleDocumentNode *document;
	const GqleOperationNode *operation;
	GqleType   *root;			/* of the operation */
	GqleStrHash *fragments;		/* GqleFragment by name, or NULL if none */
	int			n_variables;
	GqleVariable *variables;	/* as defined */
	GqleStrHash *variables_by_name;

	/* Where the walk is */
	StringInfoData path;
	int			depth;			/* of selection sets */
	int			input_depth;	/* of lists and objects in arguments */
	int			n_collections;	/* field collections begun */
	const GqleVariable *in_variable;	/* while inside of its value */
	int			n_steps;		/* from there to the current value */
	int			max_steps;
	GqleLeafStep *steps;

	/*
	 * Hasura looks at the members of an input object in the order of their
	 * definition.  That decides nothing but which of two mistakes is reported,
	 * so valid requests are spared the search: only after an error that may
	 * depend on it, the walk is repeated in that order.
	 */
	bool		definition_order;
	bool		order_matters;	/* more than one member was before us */

	/* Spent of limits.h */
	int			n_selections;
	int			n_inputs;
	Size		path_bytes;
} GqleValidator;

/* Report at the place where the walk is; false, as gqle_error_report. */
#define gqle_validator_report(v, code, ...) \
	gqle_error_report((v)->sink, (code), (v)->path.data, __VA_ARGS__)

#define gqle_validator_fail(v, ...) \
	gqle_validator_report(v, GQLE_ERR_VALIDATION_FAILED, __VA_ARGS__)

/* Go one step down; returns what leave takes to come back. */
extern int	gqle_validator_enter_key(GqleValidator *v, const char *key);
extern int	gqle_validator_enter_index(GqleValidator *v, int index);

static inline void
gqle_validator_leave(GqleValidator *v, int mark)
{
	v->path.len = mark;
	v->path.data[mark] = '\0';
}

/* A copy of the path; NULL after reporting that paths grow out of bounds. */
extern const char *gqle_validator_copy_path(GqleValidator *v);

/* NULL if not defined. */
extern GqleVariable *gqle_validator_lookup_variable(const GqleValidator *v,
													const char *name);
extern GqleFragment *gqle_validator_lookup_fragment(const GqleValidator *v,
													const char *name);

/* ------------------------------------------------------------------------
 * Values within variables; no-ops outside of one
 * ------------------------------------------------------------------------ */

/* The current part counts with its value; or with its structure. */
extern void gqle_validator_pin(GqleValidator *v);
extern void gqle_validator_mark_structure(GqleValidator *v);

/* Enter a part; the caller takes the step back. */
extern void gqle_validator_push_step(GqleValidator *v, const char *key, int index);

/* Make a leaf of the current part: only whether it is null counts. */
extern void gqle_validator_make_leaf(GqleValidator *v, GqleLeaf *leaf);

/* ------------------------------------------------------------------------
 * Steps of the walk
 * ------------------------------------------------------------------------ */

/* The selection sets that a field gathered from all its occurrences. */
typedef struct GqleSelectionSets
{
	int			n;
	int			max;
	const GqleSelectionSetNode **items;
} GqleSelectionSets;

/* A response key with all fields of that key merged. */
typedef struct GqleCollectedField
{
	const char *response_key;
	const GqleSelectionNode *node;	/* the first one */
	GqleSelectionSets sets;
} GqleCollectedField;

/*
 * Flatten fragments, apply @skip and @include and merge fields of one response
 * key (collect.c).  *fields is in order of first occurrence.
 * *conditions, unless NULL, gets the names of types that fragments on an
 * interface or union are for.
 */
extern bool gqle_collect_fields(GqleValidator *v, const GqleType *type,
								const GqleSelectionSets *sets,
								GqleCollectedField ***fields, int *n_fields,
								List **conditions);

/* Coerce the arguments of a field or directive; *args is as long as defs. */
extern bool gqle_input_coerce_arguments(GqleValidator *v, GqleInputField **defs,
										int n_defs, const GqleArgumentNode *nodes,
										int n_nodes, GqleInput ***args);

/*
 * The arguments of a field as they were written, as one object: a copy, in which
 * variables that are given stay.
 */
extern bool gqle_input_copy_arguments(GqleValidator *v, const GqleArgumentNode *nodes,
									  int n_nodes, const GqleValueNode **given);

/*
 * The arguments of a field of a remote schema, checked and as they are to be sent
 * (remote_input.c): an object, or NULL for none.
 */
extern bool gqle_remote_input_coerce(GqleValidator *v, const GqleField *field,
									 const GqleArgumentNode *nodes, int n_nodes,
									 GqleRemoteValue **result);

#endif							/* GQLE_VALIDATE_VALIDATOR_H */
