/*
 * sqltree.c
 *		Makers of SQL nodes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "gqle/gqle.h"
#include "gqle/plan/sqltree.h"

/* ------------------------------------------------------------------------
 * Expressions
 * ------------------------------------------------------------------------ */

static GqleSqlExpr *
make_expr(GqleSqlExprKind kind, int n_args)
{
	GqleSqlExpr *expr = palloc0(sizeof(GqleSqlExpr));

	expr->kind = kind;
	expr->n_args = n_args;
	if (n_args > 0)
		expr->args = palloc0(n_args * sizeof(GqleSqlExpr *));
	return expr;
}

static GqleSqlExpr *
make_expr_list(GqleSqlExprKind kind, List *args)
{
	GqleSqlExpr *expr = make_expr(kind, list_length(args));
	ListCell   *lc;

	foreach(lc, args)
		expr->args[foreach_current_index(lc)] = lfirst(lc);
	return expr;
}

static GqleSqlExpr *
make_unary(GqleSqlExprKind kind, GqleSqlExpr *arg)
{
	GqleSqlExpr *expr = make_expr(kind, 1);

	expr->args[0] = arg;
	return expr;
}

static GqleSqlExpr *
make_binary(GqleSqlExprKind kind, const char *op, GqleSqlExpr *left, GqleSqlExpr *right)
{
	GqleSqlExpr *expr = make_expr(kind, 2);

	expr->name = op;
	expr->args[0] = left;
	expr->args[1] = right;
	return expr;
}

GqleSqlExpr *
gqle_sql_column(const char *qualifier, const char *name)
{
	GqleSqlExpr *expr = make_expr(GQLE_SQL_COLUMN, 0);

	expr->qualifier = qualifier;
	expr->name = name;
	return expr;
}

GqleSqlExpr *
gqle_sql_whole_row(const char *qualifier)
{
	GqleSqlExpr *expr = make_expr(GQLE_SQL_WHOLE_ROW, 0);

	expr->qualifier = qualifier;
	return expr;
}

GqleSqlExpr *
gqle_sql_param(int number, const char *type)
{
	GqleSqlExpr *expr = make_expr(GQLE_SQL_PARAM, 0);

	expr->number = number;
	expr->type = type;
	return expr;
}

GqleSqlExpr *
gqle_sql_keyword(const char *word)
{
	GqleSqlExpr *expr = make_expr(GQLE_SQL_KEYWORD, 0);

	expr->name = word;
	return expr;
}

GqleSqlExpr *
gqle_sql_integer(int64 number)
{
	GqleSqlExpr *expr = make_expr(GQLE_SQL_INTEGER, 0);

	expr->number = number;
	return expr;
}

GqleSqlExpr *
gqle_sql_string(const char *text)
{
	GqleSqlExpr *expr = make_expr(GQLE_SQL_STRING, 0);

	expr->name = text;
	return expr;
}

GqleSqlExpr *
gqle_sql_code(const char *text)
{
	GqleSqlExpr *expr = make_expr(GQLE_SQL_CODE, 0);

	expr->name = text;
	return expr;
}

GqleSqlExpr *
gqle_sql_operator(const char *op, GqleSqlExpr *left, GqleSqlExpr *right)
{
	return make_binary(GQLE_SQL_OPERATOR, op, left, right);
}

GqleSqlExpr *
gqle_sql_any(const char *op, GqleSqlExpr *left, GqleSqlExpr *array)
{
	return make_binary(GQLE_SQL_ANY, op, left, array);
}

GqleSqlExpr *
gqle_sql_is_null(GqleSqlExpr *arg, bool is_null)
{
	return make_unary(is_null ? GQLE_SQL_IS_NULL : GQLE_SQL_IS_NOT_NULL, arg);
}

/* otherwise may be NULL. */
GqleSqlExpr *
gqle_sql_case(GqleSqlExpr *condition, GqleSqlExpr *value, GqleSqlExpr *otherwise)
{
	GqleSqlExpr *expr = make_expr(GQLE_SQL_CASE, otherwise ? 3 : 2);

	expr->args[0] = condition;
	expr->args[1] = value;
	if (otherwise)
		expr->args[2] = otherwise;
	return expr;
}

GqleSqlExpr *
gqle_sql_cast(GqleSqlExpr *arg, const char *type)
{
	GqleSqlExpr *expr = make_unary(GQLE_SQL_CAST, arg);

	expr->type = type;
	return expr;
}

GqleSqlExpr *
gqle_sql_field(GqleSqlExpr *row, const char *name)
{
	GqleSqlExpr *expr = make_unary(GQLE_SQL_FIELD, row);

	expr->name = name;
	return expr;
}

GqleSqlExpr *
gqle_sql_row(List *args)
{
	return make_expr_list(GQLE_SQL_ROW, args);
}

GqleSqlExpr *
gqle_sql_function(const char *schema, const char *name, List *args)
{
	GqleSqlExpr *expr = make_expr_list(GQLE_SQL_FUNCTION, args);

	expr->qualifier = schema;
	expr->name = name;
	return expr;
}

GqleSqlExpr *
gqle_sql_named_arg(const char *name, GqleSqlExpr *arg)
{
	GqleSqlExpr *expr = make_unary(GQLE_SQL_NAMED_ARG, arg);

	expr->name = name;
	return expr;
}

GqleSqlExpr *
gqle_sql_exists(GqleSqlSelect *select)
{
	GqleSqlExpr *expr = make_expr(GQLE_SQL_EXISTS, 0);

	expr->select = select;
	return expr;
}

GqleSqlExpr *
gqle_sql_subquery(GqleSqlSelect *select)
{
	GqleSqlExpr *expr = make_expr(GQLE_SQL_SUBQUERY, 0);

	expr->select = select;
	return expr;
}

/* Constants are not worth a remark. */
GqleSqlExpr *
gqle_sql_marked(const char *remark, GqleSqlExpr *arg)
{
	GqleSqlExpr *expr;

	if (gqle_sql_is_true(arg) || gqle_sql_is_false(arg))
		return arg;
	expr = make_unary(GQLE_SQL_MARKED, arg);
	expr->name = remark;
	return expr;
}

/* ------------------------------------------------------------------------
 * Boolean expressions
 * ------------------------------------------------------------------------ */

GqleSqlExpr *
gqle_sql_bool(bool value)
{
	return gqle_sql_keyword(value ? "TRUE" : "FALSE");
}

bool
gqle_sql_is_true(const GqleSqlExpr *expr)
{
	return expr->kind == GQLE_SQL_KEYWORD && strcmp(expr->name, "TRUE") == 0;
}

bool
gqle_sql_is_false(const GqleSqlExpr *expr)
{
	return expr->kind == GQLE_SQL_KEYWORD && strcmp(expr->name, "FALSE") == 0;
}

/* AND or OR: drop the neutral constant, stop at the other, flatten. */
static GqleSqlExpr *
make_junction(GqleSqlExprKind kind, List *args)
{
	bool		neutral = (kind == GQLE_SQL_AND);
	List	   *kept = NIL;
	ListCell   *lc;

	foreach(lc, args)
	{
		GqleSqlExpr *arg = lfirst(lc);

		if (neutral ? gqle_sql_is_true(arg) : gqle_sql_is_false(arg))
			continue;
		if (neutral ? gqle_sql_is_false(arg) : gqle_sql_is_true(arg))
			return arg;
		if (arg->kind == kind)
		{
			int			i;

			for (i = 0; i < arg->n_args; i++)
				kept = lappend(kept, arg->args[i]);
		}
		else
			kept = lappend(kept, arg);
	}

	if (kept == NIL)
		return gqle_sql_bool(neutral);
	if (list_length(kept) == 1)
		return linitial(kept);
	return make_expr_list(kind, kept);
}

GqleSqlExpr *
gqle_sql_and(List *args)
{
	return make_junction(GQLE_SQL_AND, args);
}

GqleSqlExpr *
gqle_sql_or(List *args)
{
	return make_junction(GQLE_SQL_OR, args);
}

GqleSqlExpr *
gqle_sql_not(GqleSqlExpr *arg)
{
	if (gqle_sql_is_true(arg))
		return gqle_sql_bool(false);
	if (gqle_sql_is_false(arg))
		return gqle_sql_bool(true);
	return make_unary(GQLE_SQL_NOT, arg);
}

/* ------------------------------------------------------------------------
 * Types
 * ------------------------------------------------------------------------ */

/*
 * "character" and "bit" without a length mean length 1 in a cast; their
 * internal names mean any length.
 */
const char *
gqle_sql_type_name(const GqleScalar *scalar)
{
	switch (scalar->type_oid)
	{
		case BPCHAROID:
			return "bpchar";
		case BPCHARARRAYOID:
			return "bpchar[]";
		case BITOID:
			return "\"bit\"";
		case BITARRAYOID:
			return "\"bit\"[]";
		default:
			return scalar->sql_name;
	}
}

const char *
gqle_sql_type_schema(Oid type_oid)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type_oid));
	const char *schema = NULL;

	if (HeapTupleIsValid(tuple))
	{
		schema = get_namespace_name(((Form_pg_type) GETSTRUCT(tuple))->typnamespace);
		ReleaseSysCache(tuple);
	}
	return schema;
}

/* ------------------------------------------------------------------------
 * Queries
 * ------------------------------------------------------------------------ */

GqleSqlSelect *
gqle_sql_select(void)
{
	return palloc0(sizeof(GqleSqlSelect));
}

GqleSqlFrom *
gqle_sql_from_table(const char *schema, const char *name, const char *alias)
{
	GqleSqlFrom *from = palloc0(sizeof(GqleSqlFrom));

	from->schema = schema;
	from->name = name;
	from->alias = alias;
	return from;
}

GqleSqlFrom *
gqle_sql_from_function(GqleSqlExpr *function, const char *alias)
{
	GqleSqlFrom *from = palloc0(sizeof(GqleSqlFrom));

	from->function = function;
	from->alias = alias;
	return from;
}

GqleSqlFrom *
gqle_sql_from_select(GqleSqlSelect *select, const char *alias)
{
	GqleSqlFrom *from = palloc0(sizeof(GqleSqlFrom));

	from->select = select;
	from->alias = alias;
	return from;
}

GqleSqlFrom *
gqle_sql_from_code(List *code, const char *alias)
{
	GqleSqlFrom *from = palloc0(sizeof(GqleSqlFrom));

	from->code = code;
	from->alias = alias;
	return from;
}

void
gqle_sql_add_from(GqleSqlSelect *select, GqleSqlFrom *from, GqleSqlJoin join,
				  GqleSqlExpr *on)
{
	from->join = join;
	from->on = on;
	select->from = lappend(select->from, from);
}

void
gqle_sql_add_where(GqleSqlSelect *select, GqleSqlExpr *condition)
{
	if (select->where == NULL)
		select->where = condition;
	else
		select->where = gqle_sql_and(list_make2(select->where, condition));
}

void
gqle_sql_add_target(GqleSqlSelect *select, GqleSqlExpr *expr, const char *name)
{
	GqleSqlTarget *target = palloc(sizeof(GqleSqlTarget));

	target->expr = expr;
	target->name = name;
	select->targets = lappend(select->targets, target);
}

void
gqle_sql_set_limit(GqleSqlSelect *select, int64 limit)
{
	select->has_limit = true;
	select->limit = limit;
}

GqleSqlOrder *
gqle_sql_order(GqleSqlExpr *expr, bool descending, bool nulls_first)
{
	GqleSqlOrder *order = palloc(sizeof(GqleSqlOrder));

	order->expr = expr;
	order->descending = descending;
	order->nulls_first = nulls_first;
	return order;
}

static bool
is_same_column(const GqleSqlExpr *a, const GqleSqlExpr *b)
{
	return a == b ||
		(a->kind == GQLE_SQL_COLUMN && b->kind == GQLE_SQL_COLUMN &&
		 strcmp(a->qualifier, b->qualifier) == 0 && strcmp(a->name, b->name) == 0);
}

static bool
has_output(const GqleSqlSelect *select, const char *name)
{
	ListCell   *lc;

	foreach(lc, select->targets)
	{
		const char *taken = ((GqleSqlTarget *) lfirst(lc))->name;

		if (taken && strcmp(taken, name) == 0)
			return true;
	}
	return false;
}

const char *
gqle_sql_output_name(GqleSqlSelect *select, GqleSqlExpr *expr, const char *wanted)
{
	const char *name = wanted;
	ListCell   *lc;
	int			i;

	foreach(lc, select->targets)
	{
		GqleSqlTarget *target = lfirst(lc);

		if (is_same_column(target->expr, expr))
			return target->name;
	}

	for (i = 2; has_output(select, name); i++)
		name = psprintf("%.*s_%d", pg_mbcliplen(wanted, strlen(wanted), NAMEDATALEN - 8),
						wanted, i);
	gqle_sql_add_target(select, expr, name);
	return name;
}

/* ------------------------------------------------------------------------
 * Data-changing statements
 * ------------------------------------------------------------------------ */

GqleSqlWrite *
gqle_sql_write(GqleSqlWriteKind kind, const char *schema, const char *table,
			   const char *alias)
{
	GqleSqlWrite *write = palloc0(sizeof(GqleSqlWrite));

	write->kind = kind;
	write->schema = schema;
	write->table = table;
	write->alias = alias;
	return write;
}

GqleSqlAssignment *
gqle_sql_assignment(const char *column, GqleSqlExpr *value)
{
	GqleSqlAssignment *assignment = palloc(sizeof(GqleSqlAssignment));

	assignment->column = column;
	assignment->value = value;
	return assignment;
}

GqleSqlStatement *
gqle_sql_statement(GqleSqlSelect *select, GqleSqlWrite *write)
{
	GqleSqlStatement *statement = palloc0(sizeof(GqleSqlStatement));

	statement->select = select;
	statement->write = write;
	return statement;
}
