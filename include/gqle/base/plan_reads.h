/*
 * plan_reads.h
 *		What the answer of a kept plan depends on; for spi.c.
 */
#ifndef GQLE_BASE_PLAN_READS_H
#define GQLE_BASE_PLAN_READS_H

#include "gqle/gqle.h"

#include "nodes/pg_list.h"

struct CachedPlanSource;

/* See gqle_spi_plan_reads. */
extern List *gqle_plan_reads(struct CachedPlanSource *source, bool *is_opaque);

#endif							/* GQLE_BASE_PLAN_READS_H */
