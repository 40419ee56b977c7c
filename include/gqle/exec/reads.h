/*
 * reads.h
 *		What the answer of an operation depends on, as slots of changes.h.
 */
#ifndef GQLE_EXEC_READS_H
#define GQLE_EXEC_READS_H

#include "gqle/base/changes.h"

#define GQLE_MAX_READS 64

struct GqleCompiled;

typedef struct GqleReads
{
	GqleMoment	moment;			/* before the snapshot that was read */
	bool		is_opaque;		/* on more than the slots say: it has to be asked */
	int			n;
	uint16		slots[GQLE_MAX_READS];	/* the first is that of the metadata */
} GqleReads;

/*
 * Those of a compiled operation that has been run; the moment is not set.  Kept with the
 * operation until one of its statements is planned anew.
 */
extern void gqle_reads_of(struct GqleCompiled *compiled, GqleReads *reads);

#endif							/* GQLE_EXEC_READS_H */
