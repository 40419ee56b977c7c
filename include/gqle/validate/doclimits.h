/*
 * doclimits.h
 *		How large an operation is, against what a role may ask for.
 */
#ifndef GQLE_VALIDATE_DOCLIMITS_H
#define GQLE_VALIDATE_DOCLIMITS_H

#include "gqle/base/error.h"
#include "gqle/schema/selection.h"

/* Negative means no limit. */
typedef struct GqleDocLimits
{
	int			max_depth;		/* levels of fields below the root fields */
	int			max_nodes;		/* fields that have a selection set */
} GqleDocLimits;

/*
 * Depth and nodes of an operation, as the limits count them: introspection is
 * free.
 */
extern void gqle_doclimits_measure(const GqleOperation *operation, int *depth,
								   int *n_nodes);

/* False after reporting. */
extern bool gqle_doclimits_check(const GqleOperation *operation,
								 const GqleDocLimits *limits, GqleErrorSink *sink);

#endif							/* GQLE_VALIDATE_DOCLIMITS_H */
