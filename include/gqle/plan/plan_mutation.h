/*
 * plan_mutation.h
 *		What a mutation's root field does, step by step.
 *
 * Every change is one write: an INSERT, UPDATE or DELETE whose RETURNING clause
 * gives what the engine needs to go on, in this order: whether the permission's
 * check holds, the row as a value of the table's type, keys for other rows,
 * and the values of the answer's templates.  There is no CTE around it: rows are
 * judged and written as JSON while they come.
 *
 * Rows to be inserted are given as $1, an array of records with one field for
 * every cell (unnest in FROM), so that the text does not depend on how many
 * there are, or, if there is but one or their columns differ, in VALUES.
 *
 * Nested inserts are levels: all rows of one table that one path of
 * relationships leads to.  The rows of a level are inserted together, those
 * that need other columns or another conflict rule by another write.
 *
 * Relationships in the answer show the state after the change, so the rows then
 * come back as $1 of a second statement, "reread".
 */
#ifndef GQLE_PLAN_PLAN_MUTATION_H
#define GQLE_PLAN_PLAN_MUTATION_H

#include "nodes/pg_list.h"

#include "gqle/plan/plan.h"

/* Private to exec: a write made ready to run. */
struct GqlePreparedWrite;
struct GqlePrepared;

typedef struct GqleMutationWrite
{
	GqleStatement *statement;	/* NULL: nothing to change */
	bool		has_rows;		/* $1 is an array of records */
	int			n_cells;		/* fields of a record */
	Oid		   *cell_types;

	/* columns of RETURNING, from 0; -1: not there */
	bool		has_returning;
	int			check_column;
	int			row_column;
	int			first_key;
	int			n_templates;	/* of the plan's lists */
	const char **templates;

	struct GqlePreparedWrite *prepared;
} GqleMutationWrite;

/* ------------------------------------------------------------------------
 * Inserts
 * ------------------------------------------------------------------------ */

typedef struct GqleInsertLevel GqleInsertLevel;

typedef enum GqleCellSource
{
	GQLE_CELL_LEAF,				/* the client's value */
	GQLE_CELL_PARENT,			/* a key of the parent's row */
	GQLE_CELL_BEFORE			/* a key of a row inserted before */
} GqleCellSource;

/* A field of a record. */
typedef struct GqleInsertCell
{
	GqleCellSource source;
	int			level;			/* BEFORE: index in level->before */
	int			key;			/* of that level, or of the parent */
} GqleInsertCell;

typedef struct GqleInsertRow
{
	int			write;			/* index in level->writes */
	int			parent;			/* row of the parent's level */
	const char *path;			/* of errors */
	const GqleLeaf **leaves;	/* as cells; NULL: null, or from elsewhere */
} GqleInsertRow;

struct GqleInsertLevel
{
	Oid			relid;
	const char *table;			/* as messages call it */
	const char *relationship;	/* that leads here, or NULL */
	bool		one_by_one;		/* every row by its own statement */
	int			n_writes;
	GqleMutationWrite *writes;
	GqleInsertCell **cells;		/* of each write */
	int			n_rows;
	GqleInsertRow *rows;
	int			n_keys;			/* other levels need of these rows */
	Oid		   *key_types;
	const GqleInsertLevel *parent;
	int			n_before;		/* object relationships whose keys rows hold */
	GqleInsertLevel **before;
	int			n_after;		/* relationships that hold keys of these rows */
	GqleInsertLevel **after;
};

/* ------------------------------------------------------------------------
 * Webhooks
 * ------------------------------------------------------------------------ */

typedef enum GqleHookForm
{
	GQLE_HOOK_ROWS,				/* rows to be inserted */
	GQLE_HOOK_ARGUMENTS,		/* a list of the arguments */
	GQLE_HOOK_UPDATES,			/* the argument "updates", which is a list */
	GQLE_HOOK_KEY				/* a list of the arguments as "pk_columns" */
} GqleHookForm;

/* A webhook that is asked before anything is written. */
typedef struct GqleInputHook
{
	const GqleWebhook *webhook;
	GqleHookForm form;
	int			n_rows;			/* ROWS */
	GqleInput **rows;
	const GqleValueNode *given; /* others: see GqleSelection */
} GqleInputHook;

/* ------------------------------------------------------------------------
 * The answer
 * ------------------------------------------------------------------------ */

typedef enum GqleMutationForm
{
	GQLE_MUTATION_ROW,			/* the first row's object, or null */
	GQLE_MUTATION_RESPONSE,		/* affected_rows, returning of all writes */
	GQLE_MUTATION_RESPONSES,	/* a list: one for every write */
	GQLE_MUTATION_CALL,			/* the answer of a function */
	GQLE_MUTATION_TEXT			/* nothing is done */
} GqleMutationForm;

typedef enum GqlePartKind
{
	GQLE_PART_TEXT,
	GQLE_PART_AFFECTED_ROWS,
	GQLE_PART_LIST
} GqlePartKind;

/* A field of a response. */
typedef struct GqleResponsePart
{
	GqlePartKind kind;
	const char *key;
	const char *text;			/* TEXT: JSON */
	int			list;			/* LIST: number of the list of rows */
} GqleResponsePart;

typedef struct GqleMutationPlan
{
	GqleMutationForm form;
	const char *error_path;
	int			n_hooks;
	GqleInputHook *hooks;
	int			n_parts;		/* RESPONSE, RESPONSES */
	GqleResponsePart *parts;
	int			n_lists;		/* lists of rows in the answer; ROW: 1 */

	int			n_writes;		/* in order; none for levels */
	GqleMutationWrite *writes;
	GqleInsertLevel *level;		/* or NULL */

	GqleMutationWrite *reread;	/* makes the lists from rows in $1, or NULL */
	Oid			row_type;		/* of these rows */

	GqleStatement *call;		/* CALL */
	struct GqlePrepared *prepared_call;
	const char *text;			/* TEXT */
} GqleMutationPlan;

/* The statements of a plan, List of GqleStatement, as they may come to run. */
extern List *gqle_plan_mutation_statements(const GqleMutationPlan *plan);

#endif							/* GQLE_PLAN_PLAN_MUTATION_H */
