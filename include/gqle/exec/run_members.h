/*
 * run_members.h
 *		One operation for many at once, who differ in their sessions and variables.
 */
#ifndef GQLE_EXEC_RUN_MEMBERS_H
#define GQLE_EXEC_RUN_MEMBERS_H

#include "gqle/catalog/session.h"
#include "gqle/exec/reads.h"
#include "gqle/validate/validate.h"

/* One of them: who asks, and what for. */
typedef struct GqleMember
{
	const GqleSession *session;
	GqleRequest request;

	/* set by gqle_run_members */
	bool		is_done;		/* false: this one has to be run alone */
	bool		is_empty;		/* its answer is null or [] */
	int			first;			/* the member that its answer was made for */
	int			answer;			/* where its answer is in out, and its length */
	int			answer_len;
	int			cursor;			/* of a stream: where the text is in out, or -1 */
	int			reads;			/* which of the reads are its own */
} GqleMember;

/* Variables give an operation several shapes: so many of them are run at once. */
#define GQLE_MAX_MEMBER_SHAPES	16

typedef struct GqleMembers
{
	int			n;
	GqleMember *members;
	int			batch_size;		/* of different ones that a statement is run for */
	bool		shows_statement;	/* its text is wanted, too */
	GqleMoment	moment;			/* before the snapshot that is active */

	/* set by gqle_run_members */
	bool		is_stream;
	int			statement;		/* where the last one's text is in out, or -1 */
	int			n_reads;
	GqleReads	reads[GQLE_MAX_MEMBER_SHAPES];
} GqleMembers;

/*
 * Run members whose requests differ in nothing but variables and cursor, and whose
 * sessions have one role, under the active snapshot; append their answers to out.
 * Those that get the same values share one.  Errors are thrown; then all of them
 * have to be run alone, each of whom will get the error that is his.
 */
extern void gqle_run_members(GqleMembers *members, StringInfo out);

#endif							/* GQLE_EXEC_RUN_MEMBERS_H */
