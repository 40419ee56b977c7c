/*
 * run_joins_parts.h
 *		What the files that run joins share (run_joins.c).
 */
#ifndef GQLE_EXEC_RUN_JOINS_PARTS_H
#define GQLE_EXEC_RUN_JOINS_PARTS_H

#include "gqle/exec/run_joins.h"

/* Distinct values of a join's fields: fields[argument][i]. */
typedef struct GqleJoinArguments
{
	int			n;
	int			allocated;
	GqleJson ***fields;
} GqleJoinArguments;

/* Report what went wrong on our side of things; returns false. */
extern bool gqle_join_fail(const GqleStep *step, const char *fmt,...) pg_attribute_printf(2, 3);

#endif							/* GQLE_EXEC_RUN_JOINS_PARTS_H */
