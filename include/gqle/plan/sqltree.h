/*
 * sqltree.h
 *		SQL as a tree: what the planner builds and one printer prints.
 *
 * Only the SQL that the planner needs.  Nodes are made once, may be shared
 * between places, and are printed by gqle_sql_print in one of two styles; no
 * other code makes SQL text.  Makers of boolean expressions fold TRUE and FALSE.
 *
 * Names are quoted only where they must be.  Tables and functions of users are
 * qualified with their schema.  Operators and aggregates are not: they are
 * found along the search_path of the database, where the operators of extension
 * types live, too.
 */
#ifndef GQLE_PLAN_SQLTREE_H
#define GQLE_PLAN_SQLTREE_H

#include "gqle/gqle.h"

#include "nodes/pg_list.h"

#include "gqle/catalog/scalar.h"

typedef struct GqleSqlExpr GqleSqlExpr;
typedef struct GqleSqlSelect GqleSqlSelect;
typedef struct GqleSqlWrite GqleSqlWrite;
typedef struct GqleSqlStatement GqleSqlStatement;

/* ------------------------------------------------------------------------
 * Expressions
 * ------------------------------------------------------------------------ */

typedef enum GqleSqlExprKind
{
	GQLE_SQL_COLUMN,			/* qualifier.name */
	GQLE_SQL_WHOLE_ROW,			/* qualifier: a table's row as a composite */
	GQLE_SQL_PARAM,				/* $number::type */
	GQLE_SQL_KEYWORD,			/* name: TRUE, FALSE, NULL, DEFAULT, * */
	GQLE_SQL_INTEGER,			/* number */
	GQLE_SQL_STRING,			/* 'name' */
	GQLE_SQL_OPERATOR,			/* args[0] name args[1] */
	GQLE_SQL_ANY,				/* args[0] name ANY (args[1]) */
	GQLE_SQL_IS_NULL,			/* args[0] IS NULL */
	GQLE_SQL_IS_NOT_NULL,
	GQLE_SQL_AND,
	GQLE_SQL_OR,
	GQLE_SQL_NOT,
	GQLE_SQL_CASE,				/* CASE WHEN args[0] THEN args[1] ELSE args[2] END */
	GQLE_SQL_CAST,				/* args[0]::type */
	GQLE_SQL_ROW,				/* ROW(args) */
	GQLE_SQL_FIELD,				/* (args[0]).name */
	GQLE_SQL_FUNCTION,			/* schema.name(args) */
	GQLE_SQL_NAMED_ARG,			/* name => args[0] */
	GQLE_SQL_EXISTS,			/* EXISTS (select) */
	GQLE_SQL_SUBQUERY,			/* (select) */
	GQLE_SQL_MARKED,			/* args[0], with a remark in pretty style */
	GQLE_SQL_CODE				/* name, as it is: of a native query */
} GqleSqlExprKind;

struct GqleSqlExpr
{
	GqleSqlExprKind kind;
	const char *qualifier;		/* alias or schema, or NULL */
	const char *name;
	int64		number;
	int			n_args;
	GqleSqlExpr **args;
	GqleSqlSelect *select;
	const char *type;			/* PARAM, CAST: printed as it is */
	/* FUNCTION: aggregates and windows */
	bool		distinct;
	bool		over;			/* OVER (ORDER BY order_by) */
	List	   *order_by;		/* GqleSqlOrder */
	GqleSqlExpr *filter;		/* or NULL */
};

typedef struct GqleSqlOrder
{
	GqleSqlExpr *expr;
	bool		descending;
	bool		nulls_first;
} GqleSqlOrder;

extern GqleSqlExpr *gqle_sql_column(const char *qualifier, const char *name);
extern GqleSqlExpr *gqle_sql_whole_row(const char *qualifier);
extern GqleSqlExpr *gqle_sql_param(int number, const char *type);
extern GqleSqlExpr *gqle_sql_keyword(const char *word);
extern GqleSqlExpr *gqle_sql_integer(int64 number);
extern GqleSqlExpr *gqle_sql_string(const char *text);
extern GqleSqlExpr *gqle_sql_code(const char *text);
extern GqleSqlExpr *gqle_sql_operator(const char *op, GqleSqlExpr *left,
									  GqleSqlExpr *right);
extern GqleSqlExpr *gqle_sql_any(const char *op, GqleSqlExpr *left, GqleSqlExpr *array);
extern GqleSqlExpr *gqle_sql_is_null(GqleSqlExpr *arg, bool is_null);
extern GqleSqlExpr *gqle_sql_case(GqleSqlExpr *condition, GqleSqlExpr *value,
								  GqleSqlExpr *otherwise);
extern GqleSqlExpr *gqle_sql_cast(GqleSqlExpr *arg, const char *type);
extern GqleSqlExpr *gqle_sql_field(GqleSqlExpr *row, const char *name);

/* Lists of arguments are Lists of GqleSqlExpr, copied. */
extern GqleSqlExpr *gqle_sql_row(List *args);
extern GqleSqlExpr *gqle_sql_function(const char *schema, const char *name, List *args);
extern GqleSqlExpr *gqle_sql_named_arg(const char *name, GqleSqlExpr *arg);
extern GqleSqlExpr *gqle_sql_exists(GqleSqlSelect *select);
extern GqleSqlExpr *gqle_sql_subquery(GqleSqlSelect *select);
extern GqleSqlExpr *gqle_sql_marked(const char *remark, GqleSqlExpr *arg);

/* Boolean expressions; these fold constants. */
extern GqleSqlExpr *gqle_sql_bool(bool value);
extern GqleSqlExpr *gqle_sql_and(List *args);
extern GqleSqlExpr *gqle_sql_or(List *args);
extern GqleSqlExpr *gqle_sql_not(GqleSqlExpr *arg);
extern bool gqle_sql_is_true(const GqleSqlExpr *expr);
extern bool gqle_sql_is_false(const GqleSqlExpr *expr);

/* The name of a scalar's type as casts have it: never one that truncates. */
extern const char *gqle_sql_type_name(const GqleScalar *scalar);

/* Schema of a type, for functions that live beside it (PostGIS). */
extern const char *gqle_sql_type_schema(Oid type_oid);

/* ------------------------------------------------------------------------
 * Queries
 * ------------------------------------------------------------------------ */

typedef struct GqleSqlTarget
{
	GqleSqlExpr *expr;
	const char *name;			/* or NULL */
} GqleSqlTarget;

typedef enum GqleSqlJoin
{
	GQLE_SQL_JOIN_FIRST,
	GQLE_SQL_JOIN_LEFT,
	GQLE_SQL_JOIN_INNER,
	GQLE_SQL_JOIN_CROSS
} GqleSqlJoin;

/* An item of FROM: a table, a function's rows, a subquery or a native query. */
typedef struct GqleSqlFrom
{
	GqleSqlJoin join;
	bool		lateral;
	const char *schema;			/* table; NULL: name is that of a CTE */
	const char *name;
	GqleSqlExpr *function;
	GqleSqlSelect *select;
	List	   *code;			/* GqleSqlExpr: pieces of text, and values between */
	const char *alias;
	List	   *columns;		/* aliases of a function's columns, with
								 * types: GqleSqlColumnDef */
	bool		ordinality;		/* function WITH ORDINALITY */
	GqleSqlExpr *on;
} GqleSqlFrom;

/* A column alias, with a type where a function needs it. */
typedef struct GqleSqlColumnDef
{
	const char *name;
	const char *type;			/* or NULL */
} GqleSqlColumnDef;

struct GqleSqlSelect
{
	bool		distinct;		/* DISTINCT, if distinct_on is empty */
	List	   *distinct_on;	/* GqleSqlExpr */
	List	   *targets;		/* GqleSqlTarget */
	List	   *from;			/* GqleSqlFrom */
	GqleSqlExpr *where;			/* or NULL */
	List	   *group_by;		/* GqleSqlExpr */
	GqleSqlExpr *having;		/* or NULL */
	List	   *order_by;		/* GqleSqlOrder */
	bool		has_limit;
	int64		limit;
	bool		with_ties;
	bool		has_offset;
	int64		offset;
	GqleSqlSelect *union_all;	/* this UNION ALL that, or NULL */
};

extern GqleSqlSelect *gqle_sql_select(void);
extern GqleSqlFrom *gqle_sql_from_table(const char *schema, const char *name,
										const char *alias);
extern GqleSqlFrom *gqle_sql_from_function(GqleSqlExpr *function, const char *alias);
extern GqleSqlFrom *gqle_sql_from_select(GqleSqlSelect *select, const char *alias);
extern GqleSqlFrom *gqle_sql_from_code(List *code, const char *alias);
extern void gqle_sql_add_from(GqleSqlSelect *select, GqleSqlFrom *from, GqleSqlJoin join,
							  GqleSqlExpr *on);
extern void gqle_sql_add_where(GqleSqlSelect *select, GqleSqlExpr *condition);
extern void gqle_sql_add_target(GqleSqlSelect *select, GqleSqlExpr *expr,
								const char *name);
extern void gqle_sql_set_limit(GqleSqlSelect *select, int64 limit);
extern GqleSqlOrder *gqle_sql_order(GqleSqlExpr *expr, bool descending, bool nulls_first);

/*
 * The name under which an expression is an output of a subquery; it becomes
 * one, named as wanted if that name is free.
 */
extern const char *gqle_sql_output_name(GqleSqlSelect *select, GqleSqlExpr *expr,
										const char *wanted);

/* ------------------------------------------------------------------------
 * Data-changing statements
 * ------------------------------------------------------------------------ */

typedef enum GqleSqlWriteKind
{
	GQLE_SQL_INSERT,
	GQLE_SQL_UPDATE,
	GQLE_SQL_DELETE
} GqleSqlWriteKind;

typedef struct GqleSqlAssignment
{
	const char *column;
	GqleSqlExpr *value;
} GqleSqlAssignment;

struct GqleSqlWrite
{
	GqleSqlWriteKind kind;
	const char *schema;
	const char *table;
	const char *alias;
	List	   *columns;		/* INSERT: const char * */
	List	   *values;			/* INSERT: Lists of GqleSqlExpr, or NIL */
	GqleSqlSelect *source;		/* INSERT: or NULL; neither: DEFAULT VALUES */
	bool		overriding;		/* INSERT: OVERRIDING SYSTEM VALUE */
	bool		on_conflict;
	const char *constraint;		/* or NULL: any */
	List	   *set;			/* UPDATE, ON CONFLICT DO UPDATE; NIL: DO NOTHING */
	GqleSqlFrom *from;			/* UPDATE FROM, DELETE USING; or NULL */
	GqleSqlExpr *where;			/* UPDATE, DELETE, ON CONFLICT; or NULL */
	List	   *returning;		/* GqleSqlTarget */
};

extern GqleSqlWrite *gqle_sql_write(GqleSqlWriteKind kind, const char *schema,
									const char *table, const char *alias);
extern GqleSqlAssignment *gqle_sql_assignment(const char *column, GqleSqlExpr *value);

/* One of both; in a list of CTEs with its name. */
struct GqleSqlStatement
{
	const char *name;			/* as a CTE */
	bool		materialized;	/* as a CTE */
	List	   *ctes;			/* GqleSqlStatement */
	GqleSqlSelect *select;
	GqleSqlWrite *write;
};

extern GqleSqlStatement *gqle_sql_statement(GqleSqlSelect *select, GqleSqlWrite *write);

/* ------------------------------------------------------------------------
 * Printing
 * ------------------------------------------------------------------------ */

/* Pretty: one clause a line, indented, permissions marked. */
extern void gqle_sql_print(StringInfo out, const GqleSqlStatement *statement, bool pretty);

/*
 * For the members of a relation at once: see gqle_plan_multiplexed_sql.  The alias
 * is reserved, so nothing inside the statement hides it.
 */
#define GQLE_SQL_MEMBERS	"gqle_members"
#define GQLE_SQL_MEMBER		"gqle_member"

extern void gqle_sql_print_multiplexed(StringInfo out, const GqleSqlStatement *statement,
									   bool is_first_only);

#endif							/* GQLE_PLAN_SQLTREE_H */
