/*
 * plan.h
 *		A validated operation to SQL statements.
 *
 * A plan holds no values: parameters are leaves, bound for every request.  The
 * same role, metadata and shape of request give byte-identical SQL.
 *
 * How a row becomes JSON is said by a *template*: JSON text in which $n stands
 * for column n of the row (from 1), and "$n?{...}" for an object that is null
 * when column n is null:
 *
 *		{"id":$1,"title":$2,"artist":$3?{"name":$4}}
 *
 * Columns of type json are spliced as they are; all others are written as
 * row_to_json would.  Strings within a template are copied verbatim.  The same
 * templates drive the receiver of a statement's rows and, inside statements,
 *		gqle_internal.json_row(template text, VARIADIC "any") json
 *		gqle_internal.json_list(template text, VARIADIC "any") json	-- aggregate;
 *			keeps input order, [] for no rows
 * which also take one ROW(...) holding all values, since a call cannot have
 * more than 100 arguments.
 */
#ifndef GQLE_PLAN_PLAN_H
#define GQLE_PLAN_PLAN_H

#include "nodes/pg_list.h"

#include "gqle/schema/schema.h"
#include "gqle/schema/selection.h"

/* What a statement's rows become in the answer. */
typedef enum GqleResultForm
{
	GQLE_RESULT_LIST,			/* [row, row, ...] */
	GQLE_RESULT_ROW				/* the first row, or null */
} GqleResultForm;

typedef struct GqleParam
{
	Oid			type_oid;
	const GqleLeaf *leaf;		/* NULL: given by whoever runs the statement */
} GqleParam;

typedef struct GqleStatement GqleStatement;

struct GqleStatement
{
	const char *sql;			/* compact */
	const struct GqleSqlStatement *tree;	/* for gqle_plan_pretty_sql */
	int			n_params;
	GqleParam  *params;
	GqleResultForm form;
	const char *template;
	const struct GqleStatement *grouped;	/* or NULL: the same answer, with the
											 * lists of all parents made at once */
	int			cursor_param;	/* streams: $n of where to go on, else 0 */
	int			cursor_column;	/* streams: column with that of each row, as text;
								 * rows come in its order */
};

typedef enum GqleRootPlanKind
{
	GQLE_ROOTPLAN_STATEMENT,	/* a query */
	GQLE_ROOTPLAN_MUTATION,
	GQLE_ROOTPLAN_TEXT,			/* JSON known when planning: introspection, ... */
	GQLE_ROOTPLAN_GROUP,		/* namespace: an object of root fields */
	GQLE_ROOTPLAN_ACTION,
	GQLE_ROOTPLAN_REMOTE		/* of a remote schema */
} GqleRootPlanKind;

/*
 * Roots that have to ask the network before they have an answer make their
 * operation one of *steps*: each root runs to its end, in a transaction of its own
 * if it changes anything, before the next one touches the database.
 */

struct GqleMutationPlan;
struct GqleJoins;
struct GqleActionPlan;
struct GqleRemotePlan;

typedef struct GqleRootPlan GqleRootPlan;

struct GqleRootPlan
{
	GqleRootPlanKind kind;
	const char *response_key;
	const char *field_name;		/* never the alias */
	const char *error_path;		/* of errors while executing */
	GqleStatement *statement;	/* STATEMENT */
	int			prepared;		/* STATEMENT: its number among those of the plan */
	struct GqleMutationPlan *mutation;	/* MUTATION: plan_mutation.h */
	struct GqleActionPlan *action;	/* ACTION: plan_action.h */
	const char *text;			/* TEXT */
	int			text_len;
	struct GqleRemotePlan *remote;	/* REMOTE: plan_remote.h */
	bool		is_list;		/* GROUP: answers a list of its children */
	int			n_children;		/* GROUP */
	GqleRootPlan *children;
	struct GqleJoins *joins;	/* to its answer (joins.h), or NULL */
};

typedef struct GqlePlan
{
	GqleOperationType type;
	int			n_roots;
	GqleRootPlan *roots;
	bool		has_steps;

	/* variables that the session must have, whether a mutation gets to the
	 * statement that names them or not; queries bind everything before they run */
	List	   *session_names;	/* char * */
} GqlePlan;

/*
 * Plan an operation.  Allocates in the current memory context.  Returns NULL
 * after reporting.
 */
extern GqlePlan *gqle_plan_build(GqleSchema *schema, const GqleOperation *operation,
								 GqleErrorSink *sink);

/*
 * The statement's SQL for many at once: it reads the relation GQLE_SQL_MEMBERS with
 * the columns n, an integer, and v1, v2, ... of the parameters' types, and answers
 * n before the columns of the statement, the rows of one member after another.
 */
extern char *gqle_plan_multiplexed_sql(const GqleStatement *statement);

/* The statement's SQL printed for people: one clause a line, indented. */
extern char *gqle_plan_pretty_sql(const GqleStatement *statement);

typedef enum GqlePermissionKind
{
	GQLE_PERMISSION_SELECT,
	GQLE_PERMISSION_INSERT,
	GQLE_PERMISSION_UPDATE,
	GQLE_PERMISSION_DELETE
} GqlePermissionKind;

/*
 * Append what the schema's role may do with a loaded table, as SQL for people;
 * false if it may not.
 */
extern bool gqle_plan_append_permission(StringInfo out, GqleSchema *schema,
										GqleTable *table, GqlePermissionKind kind);

#endif							/* GQLE_PLAN_PLAN_H */
