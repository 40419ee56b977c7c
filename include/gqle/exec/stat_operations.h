/*
 * stat_operations.h
 *		What operations were run how often, over all processes.
 */
#ifndef GQLE_EXEC_STAT_OPERATIONS_H
#define GQLE_EXEC_STAT_OPERATIONS_H

#include "gqle/base/metrics.h"
#include "gqle/catalog/session.h"
#include "gqle/validate/validate.h"

/* Where an operation is counted; kept with its compiled form. */
typedef struct GqleStatHandle
{
	int			slot;			/* -1: not counted (no shared memory) */
	uint64		id;				/* the slot is ours only while it has this id */
} GqleStatHandle;

extern void gqle_stat_operations_init(void);

/* Find or make the slot of an operation; not for the hot path. */
extern GqleStatHandle gqle_stat_operations_attach(const GqleSession *session,
												  const GqleRequest *request,
												  const char *operation_name,
												  GqleMetricOperation operation,
												  double cost);

/* Count one execution. */
extern void gqle_stat_operations_count(GqleStatHandle handle, uint64 elapsed_us,
									   uint64 bytes, uint64 rows, bool is_inline,
									   bool failed);

/* An operation of this database, over all roles that have run it. */
typedef struct GqleStatCounts
{
	GqleMetricOperation operation;
	const char *name;			/* empty if it has none */
	char		hash[17];		/* of its text */
	uint64		calls;
	uint64		errors;
} GqleStatCounts;

/* Call a function for each; what it gets is gone when it returns. */
extern void gqle_stat_operations_walk(void (*visit) (const GqleStatCounts *counts, void *arg),
									  void *arg);

#endif							/* GQLE_EXEC_STAT_OPERATIONS_H */
