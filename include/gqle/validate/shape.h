/*
 * shape.h
 *		What of a request's variables decides the compiled operation.
 *
 * The operation cache must not be keyed by values (an id) but by what the
 * compiler looked at: which keys are there, which are null, enum values, a
 * limit.  While compiling, validate marks parts of the variables: a *pinned*
 * part belongs to the key with its value, of an *opaque* part (a leaf) only
 * null-ness counts, of everything else the structure counts: kinds and keys in
 * order, and lengths of lists.
 *
 * A part may be marked more than once, if a variable is used at two places: what
 * tells more wins, pinned before structure before opaque.  So whoever looks at
 * the structure of a part says so, or else a mark as opaque would hide it.
 */
#ifndef GQLE_VALIDATE_SHAPE_H
#define GQLE_VALIDATE_SHAPE_H

#include "gqle/base/json_read.h"
#include "gqle/catalog/leaf.h"

typedef struct GqleShape GqleShape;

/* An empty set of marks in the given context. */
extern GqleShape *gqle_shape_make(MemoryContext context);

/* Mark a variable (n_steps = 0) or a part of one; indexes match any index. */
extern void gqle_shape_pin(GqleShape *shape, const char *variable, int n_steps,
						   const GqleLeafStep *steps);
extern void gqle_shape_opaque(GqleShape *shape, const char *variable, int n_steps,
							  const GqleLeafStep *steps);

extern void gqle_shape_structure(GqleShape *shape, const char *variable, int n_steps,
								 const GqleLeafStep *steps);

/* Merge the marks of one compilation into another's; were any new? */
extern bool gqle_shape_merge(GqleShape *into, const GqleShape *from);

/*
 * Hash of what counts in these variables (object or NULL) under the marks.  It
 * is keyed by a secret of the process, so that nobody can make two requests
 * share an operation, and means nothing elsewhere.
 */
extern uint64 gqle_shape_hash(const GqleShape *shape, const GqleJson *variables);

#endif							/* GQLE_VALIDATE_SHAPE_H */
