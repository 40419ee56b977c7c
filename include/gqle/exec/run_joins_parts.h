/*
 * run_joins_parts.h
 *		What the files that run joins share (run_joins.c).
 */
#ifndef GQLE_EXEC_RUN_JOINS_PARTS_H
#define GQLE_EXEC_RUN_JOINS_PARTS_H

#include "gqle/exec/run_joins.h"

/*
 * Distinct values of a join's fields: fields[argument][i].  compat: ids count through
 * all joins of a level.
 */
typedef struct GqleJoinArguments
{
	int			n;
	int			allocated;
	GqleJson ***fields;
	int		   *ids;
} GqleJoinArguments;

/*
 * Ask a remote schema for the values of all arguments, in one request
 * (run_joins_remote.c).
 */
extern GqleStepResult gqle_join_ask_remote(const GqleStep *step, const GqleJoinRemote *remote,
										   const GqleJoinArguments *arguments,
										   GqleJson **values);

/* Report what went wrong on our side of things; returns false. */
extern bool gqle_join_fail(const GqleStep *step, const char *fmt,...) pg_attribute_printf(2, 3);

#endif							/* GQLE_EXEC_RUN_JOINS_PARTS_H */
