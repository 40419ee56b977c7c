/*
 * reads.h
 *		What the answer of an operation depends on, as slots of changes.h.
 */
#ifndef GQLE_EXEC_READS_H
#define GQLE_EXEC_READS_H

#include "gqle/base/changes.h"

#define GQLE_MAX_READS 64

struct GqleCompiled;
struct GqleSpiPlan;

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

/*
 * Those of plans that have been run, to be kept; reads_now makes of them what
 * holds at the moment.
 */
extern void gqle_reads_find(struct GqleSpiPlan *const *plans, int n, GqleReads *reads);
extern void gqle_reads_now(const GqleReads *kept, GqleReads *reads);

#endif							/* GQLE_EXEC_READS_H */
