/*
 * child.h
 *		Another program, run to its end.
 */
#ifndef GQLE_BASE_CHILD_H
#define GQLE_BASE_CHILD_H

#include "gqle/gqle.h"

#include "lib/stringinfo.h"

typedef struct GqleChild
{
	/* what to run; argv and env end with NULL, and env is all it gets */
	const char *path;
	const char *const *argv;
	const char *const *env;
	int			max_output;		/* bytes of out; at most MaxAllocSize - 1 */

	/* what came of it */
	int			spawn_errno;	/* it could not be started */
	bool		is_too_long;	/* it wrote more than max_output and was ended */
	int			exit_status;	/* as of waitpid */
	StringInfoData out;			/* its standard output */
	StringInfoData err;			/* its standard error, or the beginning of it */
} GqleChild;

/*
 * Run the program and wait for it, reading what it writes; its standard input is
 * empty.  An interrupt is thrown and the end of this process is obeyed as
 * anywhere else, the program being ended first.  Must not be called in a
 * transaction: nobody knows how long it takes.
 */
extern void gqle_child_run(GqleChild *child);

#endif							/* GQLE_BASE_CHILD_H */
