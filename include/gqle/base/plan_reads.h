/*
 * plan_reads.h
 *		What the answer of a kept plan depends on; for spi.c.
 */
#ifndef GQLE_BASE_PLAN_READS_H
#define GQLE_BASE_PLAN_READS_H

#include "gqle/gqle.h"

#include "nodes/pg_list.h"

struct CachedPlanSource;

typedef struct GqlePlanReads
{
	List	   *relations;		/* OIDs; views and policies are seen through */
	bool		is_opaque;		/* there is more to it that nobody can follow: a
								 * clock, a function that may read anything, a
								 * table kept elsewhere */
	bool		is_volatile;	/* it may be another one at every call */
	bool		asks_session;	/* something in it may look at settings */
} GqlePlanReads;

/* See gqle_spi_plan_reads. */
extern void gqle_plan_reads(struct CachedPlanSource *source, GqlePlanReads *reads);

#endif							/* GQLE_BASE_PLAN_READS_H */
