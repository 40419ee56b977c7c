/*
 * sqltext.c
 *		The printer of SQL trees: the only place where SQL of requests becomes
 *		text.
 *
 * Compact style is what is sent: one line, no remarks.  Pretty style is what is
 * shown: one clause a line, subqueries indented, permission predicates marked.
 * Both are the same statement.
 *
 * append_<node> prints one kind of node, append_<clause> one clause.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "gqle/gqle.h"
#include "gqle/plan/sqltree.h"

typedef struct Printer
{
	StringInfo	out;
	bool		pretty;
	int			indent;
	bool		multiplexed;	/* parameters are columns of a member */
} Printer;

static void append_statement(Printer *p, const GqleSqlStatement *statement);
static void append_select(Printer *p, const GqleSqlSelect *select);
static void append_write(Printer *p, const GqleSqlWrite *write);
static void append_expr(Printer *p, const GqleSqlExpr *expr);

void
gqle_sql_print(StringInfo out, const GqleSqlStatement *statement, bool pretty)
{
	Printer		p = {out, pretty, 0};

	append_statement(&p, statement);
}

/*
 * The statement runs once for each member, as it would with its values as
 * parameters: what bounds the subquery keeps the planner from taking it apart.
 */
void
gqle_sql_print_multiplexed(StringInfo out, const GqleSqlStatement *statement,
						   bool is_first_only)
{
	Printer		p = {out, false, 0, true};

	appendStringInfoString(out, "SELECT " GQLE_SQL_MEMBER ".n, " GQLE_SQL_MEMBER "_row.* FROM "
						   GQLE_SQL_MEMBERS " AS " GQLE_SQL_MEMBER
						   " CROSS JOIN LATERAL (SELECT * FROM (");
	append_statement(&p, statement);
	appendStringInfo(out, ") AS answer %s) AS " GQLE_SQL_MEMBER "_row",
					 is_first_only ? "LIMIT 1" : "OFFSET 0");
}

/* ------------------------------------------------------------------------
 * Layout and names
 * ------------------------------------------------------------------------ */

static void
append_text(Printer *p, const char *text)
{
	appendStringInfoString(p->out, text);
}

/* A space, or a new line in pretty style. */
static void
append_break(Printer *p)
{
	if (p->pretty)
	{
		appendStringInfoChar(p->out, '\n');
		appendStringInfoSpaces(p->out, 2 * p->indent);
	}
	else
		appendStringInfoChar(p->out, ' ');
}

/* As append_break, but nothing in compact style: after and before parentheses. */
static void
append_soft_break(Printer *p)
{
	if (p->pretty)
		append_break(p);
}

static void
append_name(Printer *p, const char *name)
{
	append_text(p, quote_identifier(name));
}

static void
append_qualified(Printer *p, const char *qualifier, const char *name)
{
	if (qualifier)
	{
		append_name(p, qualifier);
		appendStringInfoChar(p->out, '.');
	}
	append_name(p, name);
}

static void
append_literal(Printer *p, const char *text)
{
	append_text(p, quote_literal_cstr(text));
}

static void
append_subselect(Printer *p, const GqleSqlSelect *select)
{
	appendStringInfoChar(p->out, '(');
	p->indent++;
	append_soft_break(p);
	append_select(p, select);
	p->indent--;
	append_soft_break(p);
	appendStringInfoChar(p->out, ')');
}

/* ------------------------------------------------------------------------
 * Expressions
 * ------------------------------------------------------------------------ */

/* Does it need parentheses as an operand of an operator or a cast? */
static bool
is_compound(const GqleSqlExpr *expr)
{
	switch (expr->kind)
	{
		case GQLE_SQL_OPERATOR:
		case GQLE_SQL_ANY:
		case GQLE_SQL_IS_NULL:
		case GQLE_SQL_IS_NOT_NULL:
		case GQLE_SQL_AND:
		case GQLE_SQL_OR:
		case GQLE_SQL_NOT:
		case GQLE_SQL_EXISTS:
		case GQLE_SQL_MARKED:
			return true;
		case GQLE_SQL_INTEGER:
			return expr->number < 0;
		case GQLE_SQL_COLUMN:
		case GQLE_SQL_WHOLE_ROW:
		case GQLE_SQL_PARAM:
		case GQLE_SQL_KEYWORD:
		case GQLE_SQL_STRING:
		case GQLE_SQL_CASE:
		case GQLE_SQL_CAST:
		case GQLE_SQL_ROW:
		case GQLE_SQL_FIELD:
		case GQLE_SQL_FUNCTION:
		case GQLE_SQL_NAMED_ARG:
		case GQLE_SQL_SUBQUERY:
		case GQLE_SQL_CODE:
			break;
	}
	return false;
}

static void
append_in_parens(Printer *p, const GqleSqlExpr *expr)
{
	appendStringInfoChar(p->out, '(');
	append_expr(p, expr);
	appendStringInfoChar(p->out, ')');
}

static void
append_operand(Printer *p, const GqleSqlExpr *expr)
{
	if (is_compound(expr))
		append_in_parens(p, expr);
	else
		append_expr(p, expr);
}

static void
append_args(Printer *p, const GqleSqlExpr *expr)
{
	int			i;

	for (i = 0; i < expr->n_args; i++)
	{
		if (i > 0)
			append_text(p, ", ");
		append_expr(p, expr->args[i]);
	}
}

/*
 * AND binds tighter than OR, and nothing that is_compound counts is looser than
 * OR, so only a junction within a junction needs parentheses.
 */
static void
append_junction(Printer *p, const GqleSqlExpr *expr, const char *word)
{
	int			i;

	for (i = 0; i < expr->n_args; i++)
	{
		const GqleSqlExpr *arg = expr->args[i];
		const GqleSqlExpr *inner = arg;

		if (i > 0)
		{
			appendStringInfoChar(p->out, ' ');
			append_text(p, word);
			appendStringInfoChar(p->out, ' ');
		}
		while (inner->kind == GQLE_SQL_MARKED)
			inner = inner->args[0];
		if (inner != arg && p->pretty)
			appendStringInfo(p->out, "/* %s */ ", arg->name);
		if (inner->kind == GQLE_SQL_AND || inner->kind == GQLE_SQL_OR)
			append_in_parens(p, inner);
		else
			append_expr(p, inner);
	}
}

static void
append_order_list(Printer *p, List *order_by)
{
	ListCell   *lc;

	foreach(lc, order_by)
	{
		const GqleSqlOrder *order = lfirst(lc);

		if (foreach_current_index(lc) > 0)
			append_text(p, ", ");
		append_expr(p, order->expr);
		if (order->descending)
			append_text(p, " DESC");
		/* the defaults of Postgres: nulls are larger than anything */
		if (order->nulls_first != order->descending)
			append_text(p, order->nulls_first ? " NULLS FIRST" : " NULLS LAST");
	}
}

static void
append_function(Printer *p, const GqleSqlExpr *expr)
{
	append_qualified(p, expr->qualifier, expr->name);
	appendStringInfoChar(p->out, '(');
	if (expr->distinct)
		append_text(p, "DISTINCT ");
	append_args(p, expr);
	if (expr->order_by && !expr->over)
	{
		append_text(p, " ORDER BY ");
		append_order_list(p, expr->order_by);
	}
	appendStringInfoChar(p->out, ')');
	if (expr->filter)
	{
		append_text(p, " FILTER (WHERE ");
		append_expr(p, expr->filter);
		appendStringInfoChar(p->out, ')');
	}
	if (!expr->over)
		return;
	append_text(p, " OVER (");
	if (expr->order_by)
	{
		append_text(p, "ORDER BY ");
		append_order_list(p, expr->order_by);
	}
	appendStringInfoChar(p->out, ')');
}

static void
append_case(Printer *p, const GqleSqlExpr *expr)
{
	append_text(p, "CASE WHEN ");
	append_expr(p, expr->args[0]);
	append_text(p, " THEN ");
	append_expr(p, expr->args[1]);
	if (expr->n_args > 2)
	{
		append_text(p, " ELSE ");
		append_expr(p, expr->args[2]);
	}
	append_text(p, " END");
}

static void
append_infix(Printer *p, const GqleSqlExpr *expr)
{
	append_operand(p, expr->args[0]);
	appendStringInfo(p->out, " %s ", expr->name);
	if (expr->kind == GQLE_SQL_ANY)
	{
		append_text(p, "ANY ");
		append_in_parens(p, expr->args[1]);
	}
	else
		append_operand(p, expr->args[1]);
}

/* One row as a value: a name alone could be taken for a column. */
static void
append_whole_row(Printer *p, const GqleSqlExpr *expr)
{
	append_name(p, expr->qualifier);
	append_text(p, ".*");
}

static void
append_expr(Printer *p, const GqleSqlExpr *expr)
{
	check_stack_depth();

	switch (expr->kind)
	{
		case GQLE_SQL_COLUMN:
			append_qualified(p, expr->qualifier, expr->name);
			break;
		case GQLE_SQL_WHOLE_ROW:
			append_whole_row(p, expr);
			break;
		case GQLE_SQL_PARAM:
			appendStringInfo(p->out, "%s%d::%s", p->multiplexed ? GQLE_SQL_MEMBER ".v" : "$",
							 (int) expr->number, expr->type);
			break;
		case GQLE_SQL_KEYWORD:
			append_text(p, expr->name);
			break;
		case GQLE_SQL_INTEGER:
			appendStringInfo(p->out, INT64_FORMAT, expr->number);
			break;
		case GQLE_SQL_STRING:
			append_literal(p, expr->name);
			break;
		case GQLE_SQL_OPERATOR:
		case GQLE_SQL_ANY:
			append_infix(p, expr);
			break;
		case GQLE_SQL_IS_NULL:
			append_operand(p, expr->args[0]);
			append_text(p, " IS NULL");
			break;
		case GQLE_SQL_IS_NOT_NULL:
			append_operand(p, expr->args[0]);
			append_text(p, " IS NOT NULL");
			break;
		case GQLE_SQL_AND:
			append_junction(p, expr, "AND");
			break;
		case GQLE_SQL_OR:
			append_junction(p, expr, "OR");
			break;
		case GQLE_SQL_NOT:
			append_text(p, "NOT ");
			if (expr->args[0]->kind == GQLE_SQL_EXISTS)
				append_expr(p, expr->args[0]);
			else
				append_in_parens(p, expr->args[0]);
			break;
		case GQLE_SQL_CASE:
			append_case(p, expr);
			break;
		case GQLE_SQL_CAST:
			append_operand(p, expr->args[0]);
			appendStringInfo(p->out, "::%s", expr->type);
			break;
		case GQLE_SQL_ROW:
			append_text(p, "ROW(");
			append_args(p, expr);
			appendStringInfoChar(p->out, ')');
			break;
		case GQLE_SQL_FIELD:
			append_in_parens(p, expr->args[0]);
			appendStringInfoChar(p->out, '.');
			append_name(p, expr->name);
			break;
		case GQLE_SQL_FUNCTION:
			append_function(p, expr);
			break;
		case GQLE_SQL_NAMED_ARG:
			append_name(p, expr->name);
			append_text(p, " => ");
			append_expr(p, expr->args[0]);
			break;
		case GQLE_SQL_EXISTS:
			append_text(p, "EXISTS ");
			append_subselect(p, expr->select);
			break;
		case GQLE_SQL_SUBQUERY:
			append_subselect(p, expr->select);
			break;
		case GQLE_SQL_MARKED:
			if (p->pretty)
				appendStringInfo(p->out, "/* %s */ ", expr->name);
			append_expr(p, expr->args[0]);
			break;
		case GQLE_SQL_CODE:
			append_text(p, expr->name);
			break;
	}
}

/* ------------------------------------------------------------------------
 * SELECT
 * ------------------------------------------------------------------------ */

/* Conditions one a line in pretty style. */
static void
append_condition(Printer *p, const char *clause, const GqleSqlExpr *condition)
{
	int			i;

	append_break(p);
	append_text(p, clause);
	appendStringInfoChar(p->out, ' ');
	if (!p->pretty || condition->kind != GQLE_SQL_AND)
	{
		append_expr(p, condition);
		return;
	}

	p->indent++;
	for (i = 0; i < condition->n_args; i++)
	{
		GqleSqlExpr one = *condition;

		/* one argument prints as it would within the whole */
		one.n_args = 1;
		one.args = &condition->args[i];
		if (i > 0)
		{
			append_break(p);
			append_text(p, "AND ");
		}
		append_junction(p, &one, "AND");
	}
	p->indent--;
}

static void
append_targets(Printer *p, List *targets)
{
	ListCell   *lc;

	p->indent++;
	foreach(lc, targets)
	{
		const GqleSqlTarget *target = lfirst(lc);
		const GqleSqlExpr *expr = target->expr;

		if (foreach_current_index(lc) > 0)
		{
			append_text(p, ",");
			append_break(p);
		}
		append_expr(p, expr);
		if (target->name &&
			(expr->kind != GQLE_SQL_COLUMN || strcmp(expr->name, target->name) != 0))
		{
			append_text(p, " AS ");
			append_name(p, target->name);
		}
	}
	p->indent--;
}

/* AS alias(column type, ...) */
static void
append_from_alias(Printer *p, const GqleSqlFrom *from)
{
	ListCell   *lc;

	if (from->alias == NULL)
		return;
	append_text(p, " AS ");
	append_name(p, from->alias);
	if (from->columns == NIL)
		return;

	appendStringInfoChar(p->out, '(');
	foreach(lc, from->columns)
	{
		const GqleSqlColumnDef *column = lfirst(lc);

		if (foreach_current_index(lc) > 0)
			append_text(p, ", ");
		append_name(p, column->name);
		if (column->type)
			appendStringInfo(p->out, " %s", column->type);
	}
	appendStringInfoChar(p->out, ')');
}

/* A native query: its pieces as they are, values in parentheses between. */
static void
append_code(Printer *p, List *code)
{
	ListCell   *lc;

	appendStringInfoChar(p->out, '(');
	foreach(lc, code)
	{
		const GqleSqlExpr *expr = lfirst(lc);

		if (expr->kind != GQLE_SQL_CODE)
			appendStringInfoChar(p->out, '(');
		append_expr(p, expr);
		if (expr->kind != GQLE_SQL_CODE)
			appendStringInfoChar(p->out, ')');
	}
	appendStringInfoChar(p->out, ')');
}

static void
append_from_item(Printer *p, const GqleSqlFrom *from)
{
	if (from->lateral)
		append_text(p, "LATERAL ");
	if (from->select)
		append_subselect(p, from->select);
	else if (from->code)
		append_code(p, from->code);
	else if (from->function)
	{
		append_expr(p, from->function);
		if (from->ordinality)
			append_text(p, " WITH ORDINALITY");
	}
	else
		append_qualified(p, from->schema, from->name);
	append_from_alias(p, from);
}

static void
append_from_list(Printer *p, List *items, const char *clause)
{
	ListCell   *lc;

	if (items == NIL)
		return;
	append_break(p);
	append_text(p, clause);
	appendStringInfoChar(p->out, ' ');
	p->indent++;
	foreach(lc, items)
	{
		const GqleSqlFrom *from = lfirst(lc);

		if (foreach_current_index(lc) > 0)
		{
			append_break(p);
			switch (from->join)
			{
				case GQLE_SQL_JOIN_FIRST:
				case GQLE_SQL_JOIN_CROSS:
					append_text(p, "CROSS JOIN ");
					break;
				case GQLE_SQL_JOIN_LEFT:
					append_text(p, "LEFT JOIN ");
					break;
				case GQLE_SQL_JOIN_INNER:
					append_text(p, "JOIN ");
					break;
			}
		}
		append_from_item(p, from);
		if (from->on)
		{
			p->indent++;
			append_condition(p, "ON", from->on);
			p->indent--;
		}
	}
	p->indent--;
}

static void
append_expr_list(Printer *p, List *exprs)
{
	ListCell   *lc;

	foreach(lc, exprs)
	{
		if (foreach_current_index(lc) > 0)
			append_text(p, ", ");
		append_expr(p, lfirst(lc));
	}
}

static void
append_slice(Printer *p, const GqleSqlSelect *select)
{
	if (select->has_offset)
	{
		append_break(p);
		appendStringInfo(p->out, "OFFSET " INT64_FORMAT, select->offset);
	}
	if (!select->has_limit)
		return;
	append_break(p);
	if (select->with_ties)
		appendStringInfo(p->out, "FETCH FIRST " INT64_FORMAT " ROWS WITH TIES",
						 select->limit);
	else
		appendStringInfo(p->out, "LIMIT " INT64_FORMAT, select->limit);
}

static void
append_select(Printer *p, const GqleSqlSelect *select)
{
	check_stack_depth();

	append_text(p, "SELECT ");
	if (select->distinct_on)
	{
		append_text(p, "DISTINCT ON (");
		append_expr_list(p, select->distinct_on);
		append_text(p, ") ");
	}
	else if (select->distinct)
		append_text(p, "DISTINCT ");
	/* an empty list is allowed only where nothing stands before it */
	if (select->targets == NIL && (select->distinct_on || select->distinct))
		append_text(p, "1");
	append_targets(p, select->targets);
	append_from_list(p, select->from, "FROM");
	if (select->where && !gqle_sql_is_true(select->where))
		append_condition(p, "WHERE", select->where);
	if (select->group_by)
	{
		append_break(p);
		append_text(p, "GROUP BY ");
		append_expr_list(p, select->group_by);
	}
	if (select->having)
		append_condition(p, "HAVING", select->having);
	if (select->union_all)
	{
		append_break(p);
		append_text(p, "UNION ALL");
		append_break(p);
		append_select(p, select->union_all);
	}
	if (select->order_by)
	{
		append_break(p);
		append_text(p, "ORDER BY ");
		append_order_list(p, select->order_by);
	}
	append_slice(p, select);
}

/* ------------------------------------------------------------------------
 * INSERT, UPDATE, DELETE
 * ------------------------------------------------------------------------ */

static void
append_assignments(Printer *p, List *set)
{
	ListCell   *lc;

	append_text(p, "SET ");
	p->indent++;
	foreach(lc, set)
	{
		const GqleSqlAssignment *assignment = lfirst(lc);

		if (foreach_current_index(lc) > 0)
		{
			append_text(p, ",");
			append_break(p);
		}
		append_name(p, assignment->column);
		append_text(p, " = ");
		append_expr(p, assignment->value);
	}
	p->indent--;
}

static void
append_where(Printer *p, const GqleSqlExpr *where)
{
	if (where && !gqle_sql_is_true(where))
		append_condition(p, "WHERE", where);
}

static void
append_conflict(Printer *p, const GqleSqlWrite *write)
{
	append_break(p);
	append_text(p, "ON CONFLICT");
	if (write->constraint)
	{
		append_text(p, " ON CONSTRAINT ");
		append_name(p, write->constraint);
	}
	if (write->set == NIL)
	{
		append_text(p, " DO NOTHING");
		return;
	}
	append_text(p, " DO UPDATE");
	append_break(p);
	append_assignments(p, write->set);
	append_where(p, write->where);
}

static void
append_insert_columns(Printer *p, List *columns)
{
	ListCell   *lc;

	append_text(p, " (");
	foreach(lc, columns)
	{
		if (foreach_current_index(lc) > 0)
			append_text(p, ", ");
		append_name(p, lfirst(lc));
	}
	append_text(p, ")");
}

static void
append_insert_source(Printer *p, const GqleSqlWrite *write)
{
	ListCell   *lc;

	append_break(p);
	if (write->overriding)
		append_text(p, "OVERRIDING SYSTEM VALUE ");
	if (write->source)
		append_select(p, write->source);
	else if (write->values == NIL)
		append_text(p, "DEFAULT VALUES");
	else
	{
		append_text(p, "VALUES ");
		foreach(lc, write->values)
		{
			if (foreach_current_index(lc) > 0)
				append_text(p, ", ");
			appendStringInfoChar(p->out, '(');
			append_expr_list(p, lfirst(lc));
			appendStringInfoChar(p->out, ')');
		}
	}
}

static void
append_write(Printer *p, const GqleSqlWrite *write)
{
	switch (write->kind)
	{
		case GQLE_SQL_INSERT:
			append_text(p, "INSERT INTO ");
			break;
		case GQLE_SQL_UPDATE:
			append_text(p, "UPDATE ");
			break;
		case GQLE_SQL_DELETE:
			append_text(p, "DELETE FROM ");
			break;
	}
	append_qualified(p, write->schema, write->table);
	append_text(p, " AS ");
	append_name(p, write->alias);

	switch (write->kind)
	{
		case GQLE_SQL_INSERT:
			if (write->columns)
				append_insert_columns(p, write->columns);
			append_insert_source(p, write);
			if (write->on_conflict)
				append_conflict(p, write);
			break;
		case GQLE_SQL_UPDATE:
			append_break(p);
			append_assignments(p, write->set);
			if (write->from)
				append_from_list(p, list_make1(write->from), "FROM");
			append_where(p, write->where);
			break;
		case GQLE_SQL_DELETE:
			if (write->from)
				append_from_list(p, list_make1(write->from), "USING");
			append_where(p, write->where);
			break;
	}
	if (write->returning)
	{
		append_break(p);
		append_text(p, "RETURNING ");
		append_targets(p, write->returning);
	}
}

static void
append_ctes(Printer *p, List *ctes)
{
	ListCell   *lc;

	append_text(p, "WITH ");
	foreach(lc, ctes)
	{
		const GqleSqlStatement *cte = lfirst(lc);

		if (foreach_current_index(lc) > 0)
			append_text(p, ", ");
		append_name(p, cte->name);
		append_text(p, cte->materialized ? " AS MATERIALIZED (" : " AS (");
		p->indent++;
		append_soft_break(p);
		append_statement(p, cte);
		p->indent--;
		append_soft_break(p);
		append_text(p, ")");
	}
	append_break(p);
}

static void
append_statement(Printer *p, const GqleSqlStatement *statement)
{
	if (statement->ctes)
		append_ctes(p, statement->ctes);
	if (statement->write)
		append_write(p, statement->write);
	else
		append_select(p, statement->select);
}
