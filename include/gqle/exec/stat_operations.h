/*
 * stat_operations.h
 *		What operations were run how often, over all processes.
 */
#ifndef GQLE_EXEC_STAT_OPERATIONS_H
#define GQLE_EXEC_STAT_OPERATIONS_H

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
												  const char *operation_name, double cost);

/* Count one execution. */
extern void gqle_stat_operations_count(GqleStatHandle handle, uint64 elapsed_us,
									   uint64 bytes, bool is_inline, bool failed);

#endif							/* GQLE_EXEC_STAT_OPERATIONS_H */
