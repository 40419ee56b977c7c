/*
 * plan_boolexp.c
 *		Boolean expressions: from where arguments, and to SQL.
 *
 * Permissions and where arguments share one tree (catalog/boolexp.h) and one
 * way to SQL.  They differ in what the tree holds: where arguments carry the
 * role's rule of every related table, and show its masks; permissions do not,
 * and compare null-safely.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/gqle.h"
#include "gqle/base/guc.h"
#include "gqle/limits.h"
#include "gqle/plan/build.h"

static GqleBoolExp *build_object(GqlePlanContext *ctx, const GqleInput *object);

/* ------------------------------------------------------------------------
 * From where arguments
 * ------------------------------------------------------------------------ */

/* The tree of a list of conditions. */
static GqleBoolExp *
make_junction(GqleBoolKind kind, List *children)
{
	const GqleBoolExp **array = palloc(Max(list_length(children), 1) * sizeof(*array));
	ListCell   *lc;

	foreach(lc, children)
		array[foreach_current_index(lc)] = lfirst(lc);
	return gqle_boolexp_make(kind, list_length(children), array);
}

static GqleBoolExp *
make_with_child(GqleBoolKind kind, GqleBoolExp *child)
{
	return make_junction(kind, list_make1(child));
}

/* Values of enum tables are known while compiling, but values all the same. */
static GqleLeaf *
make_enum_leaf(const GqleScalar *scalar, const GqleInput *value)
{
	GqleJson   *json;
	int			i;

	if (value->kind == GQLE_IN_ENUM)
		return gqle_leaf_const(scalar, false, gqle_json_make_string(value->value->text),
							   value->path);

	json = gqle_json_make_array();
	for (i = 0; i < value->n; i++)
		gqle_json_array_add(json, gqle_json_make_string(value->items[i]->value->text));
	return gqle_leaf_const(scalar, true, json, value->path);
}

/* An input that stands for one value. */
static GqleLeaf *
input_leaf(const GqleScalar *scalar, const GqleInput *value)
{
	switch (value->kind)
	{
		case GQLE_IN_LEAF:
			return value->leaf;
		case GQLE_IN_ENUM:
		case GQLE_IN_LIST:
			return make_enum_leaf(scalar, value);
		case GQLE_IN_NULL:
			return gqle_leaf_const(scalar, false, gqle_json_make_null(), value->path);
		case GQLE_IN_CONST:
			if (value->text)
				return gqle_leaf_const(scalar, false, gqle_json_make_string(value->text),
									   value->path);
			return gqle_leaf_const(scalar, false, gqle_json_make_bool(value->boolean),
								   value->path);
		case GQLE_IN_OBJECT:
			break;
	}
	elog(ERROR, "comparison operand is not a value");
	return NULL;
}

static const GqleInput *
lookup_named(const GqleInput *object, const char *name)
{
	int			i;

	for (i = 0; i < object->n; i++)
	{
		if (strcmp(object->entries[i].field->name, name) == 0)
			return object->entries[i].value;
	}
	return NULL;
}

/* The parts of geometric operands, in the order their functions take them. */
static const char *const operand_parts[][4] = {
	[GQLE_OPERAND_D_WITHIN] = {"from", "distance"},
	[GQLE_OPERAND_D_WITHIN_GEOGRAPHY] = {"from", "distance", "use_spheroid"},
	[GQLE_OPERAND_NBAND_GEOM] = {"nband", "geommin"},
	[GQLE_OPERAND_GEOM_NBAND] = {"geommin", "nband"},
	[GQLE_OPERAND_CAST] = {NULL},
};

static void
set_operand_parts(GqleBoolExp *exp, const GqleInput *object)
{
	const char *const *names = operand_parts[exp->op->operand];
	GqleLeaf   *leaves[4];
	int			n = 0;
	int			i;

	for (i = 0; i < 4 && names[i]; i++)
	{
		const GqleInput *part = lookup_named(object, names[i]);

		if (part && part->kind != GQLE_IN_NULL)
			leaves[n++] = input_leaf(gqle_scalar_lookup_by_name("Boolean"), part);
	}
	Ensure(n > 0, "geometric operand has no parts");
	exp->rhs = leaves[0];
	exp->n_more = n - 1;
	exp->more = palloc(n * sizeof(GqleLeaf *));
	memcpy(exp->more, &leaves[1], (n - 1) * sizeof(GqleLeaf *));
}

/*
 * The operand of a comparison of values of one scalar with another value of it.
 * Comparison types are shared by all scalars of a name, so that of text[] is that
 * of varchar[], too, and enums of two schemas may have one; but between such
 * types Postgres knows no operators.
 */
static GqleLeaf *
operand_leaf(const GqleScalar *lhs, const GqleOperator *op, const GqleInput *value)
{
	GqleLeaf   *leaf = input_leaf(lhs, value);
	GqleLeaf   *copy;

	if ((op->operand != GQLE_OPERAND_SAME && op->operand != GQLE_OPERAND_LIST) ||
		(lhs->element == NULL && lhs->coercion != GQLE_COERCE_UNKNOWN) ||
		leaf->scalar->type_oid == lhs->type_oid)
		return leaf;
	copy = palloc(sizeof(GqleLeaf));
	*copy = *leaf;
	copy->scalar = lhs;
	return copy;
}

/* One operator applied to what like compares; NULL if it is to be left out. */
static GqleBoolExp *
build_operator(GqlePlanContext *ctx, const GqleBoolExp *like, const GqleInputEntry *entry)
{
	const GqleInput *value = entry->value;
	GqleBoolExp *exp = palloc(sizeof(GqleBoolExp));

	if (value->kind == GQLE_IN_NULL && gqle_guc_boolean_null_collapse)
		return NULL;

	*exp = *like;
	exp->op = entry->field->op;
	exp->rhs_kind = GQLE_RHS_LEAF;
	if (exp->op->form == GQLE_FORM_IS_NULL)
	{
		exp->rhs_kind = GQLE_RHS_NONE;
		exp->boolean = value->boolean;
	}
	else if (value->kind == GQLE_IN_OBJECT)
		set_operand_parts(exp, value);
	else
		exp->rhs = operand_leaf(like->lhs_scalar, exp->op, value);
	return exp;
}

/* { _eq: .., _cast: {..} } of a column, computed field or aggregate. */
static List *
build_comparisons(GqlePlanContext *ctx, const GqleBoolExp *like, const GqleInput *object)
{
	List	   *children = NIL;
	int			i;

	for (i = 0; i < object->n; i++)
	{
		const GqleInputEntry *entry = &object->entries[i];

		if (entry->field->op && entry->field->op->form == GQLE_FORM_CAST)
			children = list_concat(children,
								   build_comparisons(ctx, like, entry->value));
		else if (entry->field->role == GQLE_INPUT_CAST_TYPE)
		{
			GqleBoolExp cast = *like;

			cast.lhs_scalar = entry->field->scalar;
			cast.cast_sql_name = gqle_sql_type_name(cast.lhs_scalar);
			children = list_concat(children,
								   build_comparisons(ctx, &cast, entry->value));
		}
		else
		{
			GqleBoolExp *child = build_operator(ctx, like, entry);

			if (child)
				children = lappend(children, child);
		}
	}
	return children;
}

static GqleBoolExp *
build_column(GqlePlanContext *ctx, const GqleInputEntry *entry)
{
	GqleBoolExp *like = gqle_boolexp_make(GQLE_BOOL_COMPARE, 0, NULL);

	like->column = entry->field->column;
	like->lhs_scalar = entry->field->column->scalar;
	return make_junction(GQLE_BOOL_AND, build_comparisons(ctx, like, entry->value));
}

static GqleBoolExp *
build_computed(GqlePlanContext *ctx, const GqleInputEntry *entry)
{
	const GqleComputedField *field = entry->field->computed_field;
	GqleBoolExp *exp;

	if (field->function->table == NULL)
	{
		GqleBoolExp *like = gqle_boolexp_make(GQLE_BOOL_COMPARE, 0, NULL);

		like->computed_field = field;
		like->lhs_scalar = field->function->scalar;
		return make_junction(GQLE_BOOL_AND, build_comparisons(ctx, like, entry->value));
	}

	exp = make_with_child(GQLE_BOOL_COMPUTED_TABLE, build_object(ctx, entry->value));
	exp->computed_field = field;
	exp->table = field->function->table;
	return exp;
}

static GqleBoolExp *
build_relationship(GqlePlanContext *ctx, const GqleInputEntry *entry)
{
	GqleBoolExp *exp = make_with_child(GQLE_BOOL_RELATIONSHIP,
									   build_object(ctx, entry->value));

	exp->relationship = entry->field->relationship;
	exp->table = entry->field->relationship->target;
	exp->perm = entry->field->perms->select;
	return exp;
}

static void
add_aggregate_column(GqleAggregatePredicate *aggregate, const GqleInput *value)
{
	Ensure(value->kind == GQLE_IN_ENUM && value->value->column,
		   "aggregate argument is not a column");
	aggregate->columns[aggregate->n_columns++] = value->value->column;
}

/* count: [columns], bool_and: column, corr: {X: column, Y: column} */
static void
set_aggregate_arguments(GqleAggregatePredicate *aggregate, const GqleInput *arguments)
{
	int			i;

	aggregate->columns = palloc(Max(arguments->n, 1) * sizeof(GqleColumn *));
	switch (arguments->kind)
	{
		case GQLE_IN_ENUM:
			add_aggregate_column(aggregate, arguments);
			break;
		case GQLE_IN_LIST:
			for (i = 0; i < arguments->n; i++)
				add_aggregate_column(aggregate, arguments->items[i]);
			break;
		case GQLE_IN_OBJECT:
			/* X, then Y, whatever their order in the request */
			add_aggregate_column(aggregate, gqle_input_entry(arguments, GQLE_INPUT_AGG_X));
			add_aggregate_column(aggregate, gqle_input_entry(arguments, GQLE_INPUT_AGG_Y));
			break;
		case GQLE_IN_NULL:
		case GQLE_IN_LEAF:
		case GQLE_IN_CONST:
			break;
	}
}

/* {count: {arguments, distinct, filter, predicate}}; distinct has no effect (compat) */
static GqleBoolExp *
build_aggregate(GqlePlanContext *ctx, const GqleInputEntry *entry)
{
	const GqleInput *object = entry->value;
	const GqleInput *call;
	const GqleInput *arguments;
	const GqleInput *filter;
	const GqleInput *predicate;
	GqleAggregatePredicate *aggregate = palloc0(sizeof(GqleAggregatePredicate));
	GqleBoolExp *like = gqle_boolexp_make(GQLE_BOOL_COMPARE, 0, NULL);
	GqleBoolExp *exp;

	if (object->n != 1)
	{
		gqle_error_report(ctx->sink, GQLE_ERR_VALIDATION_FAILED, object->path,
						  "exactly one predicate should be specified");
		return make_junction(GQLE_BOOL_AND, NIL);
	}
	call = object->entries[0].value;
	arguments = gqle_input_entry(call, GQLE_INPUT_AGG_ARGUMENTS);
	filter = gqle_input_entry(call, GQLE_INPUT_AGG_FILTER);
	predicate = gqle_input_entry(call, GQLE_INPUT_AGG_PREDICATE);

	aggregate->function = object->entries[0].field->sql_function;
	if (arguments)
		set_aggregate_arguments(aggregate, arguments);
	if (filter && filter->kind == GQLE_IN_OBJECT)
		aggregate->filter = build_object(ctx, filter);
	if (strcmp(aggregate->function, "count") == 0)
		aggregate->scalar = gqle_scalar_lookup_by_name("Int");
	else
		aggregate->scalar = aggregate->columns[0]->scalar;

	like->lhs_scalar = aggregate->scalar;
	exp = make_junction(GQLE_BOOL_AGGREGATE, build_comparisons(ctx, like, predicate));
	exp->relationship = entry->field->relationship;
	exp->table = entry->field->relationship->target;
	exp->perm = entry->field->perms->select;
	exp->aggregate = aggregate;
	return exp;
}

static GqleBoolExp *
build_list(GqlePlanContext *ctx, GqleBoolKind kind, const GqleInput *list)
{
	List	   *children = NIL;
	int			i;

	for (i = 0; i < list->n; i++)
		children = lappend(children, build_object(ctx, list->items[i]));
	return make_junction(kind, children);
}

static GqleBoolExp *
build_entry(GqlePlanContext *ctx, const GqleInputEntry *entry)
{
	switch (entry->field->role)
	{
		case GQLE_INPUT_AND:
			return build_list(ctx, GQLE_BOOL_AND, entry->value);
		case GQLE_INPUT_OR:
			return build_list(ctx, GQLE_BOOL_OR, entry->value);
		case GQLE_INPUT_NOT:
			return make_with_child(GQLE_BOOL_NOT, build_object(ctx, entry->value));
		case GQLE_INPUT_COLUMN:
			return build_column(ctx, entry);
		case GQLE_INPUT_COMPUTED_FIELD:
			return build_computed(ctx, entry);
		case GQLE_INPUT_RELATIONSHIP:
			return build_relationship(ctx, entry);
		case GQLE_INPUT_RELATIONSHIP_AGGREGATE:
			return build_aggregate(ctx, entry);
		default:
			elog(ERROR, "field \"%s\" of a boolean expression has no meaning",
				 entry->field->name);
	}
	return NULL;
}

static GqleBoolExp *
build_object(GqlePlanContext *ctx, const GqleInput *object)
{
	List	   *children = NIL;
	int			i;

	check_stack_depth();

	for (i = 0; i < object->n; i++)
		children = lappend(children, build_entry(ctx, &object->entries[i]));
	return make_junction(GQLE_BOOL_AND, children);
}

const GqleBoolExp *
gqle_boolexp_from_input(GqlePlanContext *ctx, const GqleInput *where)
{
	if (where == NULL || where->kind != GQLE_IN_OBJECT)
		return make_junction(GQLE_BOOL_AND, NIL);
	return build_object(ctx, where);
}

/* ------------------------------------------------------------------------
 * To SQL
 * ------------------------------------------------------------------------ */

/* What names in an expression refer to at some point. */
typedef struct BoolScope
{
	GqlePlanContext *ctx;
	GqlePlanRow *row;
	GqlePlanRow *root;			/* of "$" */
	bool		is_permission;	/* sees what the role does not */
	bool		is_conjunct;	/* false and null are the same: rows are left out */
	bool		is_below_or;	/* between the EXISTS around us, if any, and here */
	int			n_alternatives; /* EXISTS around us that are below OR */
	GqleSqlExpr *aggregate;		/* compared when there is no column */
} BoolScope;

/*
 * Joins beyond this number in one FROM are not made for conditions: Postgres
 * stops looking for the best order at eight (join_collapse_limit).
 */
#define MAX_CONDITION_JOINS	5

/*
 * Beyond this number of EXISTS in a statement, and this number inside each other
 * below OR, Postgres is given no choice how to evaluate them: the time it takes to
 * look for the best way grows exponentially with either.
 */
#define MAX_FREE_EXISTS		12
#define MAX_FREE_NESTING	2

static GqleSqlExpr *exp_to_sql(const BoolScope *scope, const GqleBoolExp *exp);

static GqleSqlExpr *
scope_column(const BoolScope *scope, GqlePlanRow *row, const GqleColumn *column)
{
	if (scope->is_permission)
		return gqle_row_column(scope->ctx, row, column);
	return gqle_row_cell(scope->ctx, row, column);
}

static GqleSqlExpr *
compare_lhs(const BoolScope *scope, const GqleBoolExp *exp)
{
	GqleSqlExpr *lhs;

	if (exp->column)
		lhs = scope_column(scope, scope->row, exp->column);
	else if (exp->computed_field && scope->is_permission)
		lhs = gqle_plan_call(scope->ctx, exp->computed_field->function, scope->row, NULL);
	else if (exp->computed_field)
		lhs = gqle_row_computed(scope->ctx, scope->row, exp->computed_field, NULL);
	else
	{
		Ensure(scope->aggregate, "comparison of nothing");
		lhs = scope->aggregate;
	}
	return exp->cast_sql_name ? gqle_sql_cast(lhs, exp->cast_sql_name) : lhs;
}

static GqleSqlExpr *
compare_rhs(const BoolScope *scope, const GqleBoolExp *exp)
{
	GqlePlanRow *row;

	if (exp->rhs_kind == GQLE_RHS_LEAF)
		return gqle_params_add(scope->ctx->params, exp->rhs);
	row = exp->rhs_scope == GQLE_SCOPE_ROOT ? scope->root : scope->row;
	return scope_column(scope, row, exp->rhs_column);
}

/*
 * Null-safe comparison: whether the right side is null is known here, so one of
 * the two halves of (c = v OR (c IS NULL AND v IS NULL)) always remains; where it
 * does not hold, the other half is null, which NOT and checks tell from false.
 */
static bool
compares_with_null(const GqleBoolExp *exp)
{
	return exp->null_safe && exp->rhs_kind == GQLE_RHS_LEAF &&
		exp->rhs->source == GQLE_LEAF_CONST && gqle_json_is_null(exp->rhs->value) &&
		exp->op->form == GQLE_FORM_INFIX &&
		(strcmp(exp->op->sql, "=") == 0 || strcmp(exp->op->sql, "<>") == 0);
}

static GqleSqlExpr *
compare_with_function(const BoolScope *scope, const GqleBoolExp *exp, GqleSqlExpr *lhs)
{
	List	   *args = list_make2(lhs, compare_rhs(scope, exp));
	int			i;

	for (i = 0; i < exp->n_more; i++)
		args = lappend(args, gqle_params_add(scope->ctx->params, exp->more[i]));
	return gqle_sql_function(gqle_sql_type_schema(exp->lhs_scalar->type_oid),
							 exp->op->sql, args);
}

static GqleSqlExpr *
compare_to_sql(const BoolScope *scope, const GqleBoolExp *exp)
{
	GqleSqlExpr *lhs = compare_lhs(scope, exp);

	if (compares_with_null(exp))
		return gqle_sql_or(list_make2(gqle_sql_is_null(lhs, strcmp(exp->op->sql, "=") == 0),
									  gqle_sql_keyword("NULL")));
	switch (exp->op->form)
	{
		case GQLE_FORM_INFIX:
			return gqle_sql_operator(exp->op->sql, lhs, compare_rhs(scope, exp));
		case GQLE_FORM_NOT_INFIX:
			return gqle_sql_not(gqle_sql_operator(exp->op->sql, lhs,
												  compare_rhs(scope, exp)));
		case GQLE_FORM_ANY:
			return gqle_sql_any(exp->op->sql, lhs, compare_rhs(scope, exp));
		case GQLE_FORM_NOT_ANY:
			return gqle_sql_not(gqle_sql_any(exp->op->sql, lhs, compare_rhs(scope, exp)));
		case GQLE_FORM_IS_NULL:
			return gqle_sql_is_null(lhs, exp->boolean);
		case GQLE_FORM_FUNCTION:
			return compare_with_function(scope, exp, lhs);
		case GQLE_FORM_CAST:
			break;
	}
	elog(ERROR, "operator \"%s\" cannot be printed", exp->op->name);
	return NULL;
}

/* SELECT .. FROM the table of an expression; its row is in *row. */
static GqleSqlSelect *
select_from(const BoolScope *scope, const GqleBoolExp *exp, const char *name,
			GqlePlanRow **row)
{
	GqleSqlSelect *select = gqle_sql_select();

	*row = gqle_row_make(exp->table, exp->perm,
						 gqle_plan_alias(scope->ctx, scope->row->alias, name), select);
	(*row)->is_stored = true;
	gqle_sql_add_from(select, gqle_row_from(scope->ctx, *row), GQLE_SQL_JOIN_FIRST, NULL);
	return select;
}

/* The part of the conditions on related rows that relationships have in common. */
static GqleSqlSelect *
select_related(const BoolScope *scope, const GqleBoolExp *exp, BoolScope *inner)
{
	GqleSqlSelect *select;
	List	   *conditions;

	*inner = *scope;
	inner->is_conjunct = true;
	select = select_from(scope, exp, exp->relationship->name, &inner->row);
	conditions = gqle_row_join_conditions(scope->ctx, scope->row, exp->relationship,
										  inner->row);
	inner->row->owner = scope->row;
	inner->row->owned_by = exp->relationship;
	if (exp->perm)
	{
		/* a user's condition: the related row stands on its own */
		inner->root = inner->row;
		conditions = lappend(conditions,
							 gqle_perm_filter(scope->ctx, exp->perm->filter, inner->row));
	}
	gqle_sql_add_where(select, gqle_sql_and(conditions));
	return select;
}

/*
 * Begin an EXISTS: inner is the scope of its conditions.  One that Postgres must
 * not choose for gets an offset, which makes it plan the subquery by itself.
 */
static void
begin_exists(const BoolScope *scope, GqleSqlSelect *select, BoolScope *inner)
{
	inner->n_alternatives = scope->n_alternatives + (scope->is_below_or ? 1 : 0);
	inner->is_below_or = false;
	if (scope->ctx->n_exists++ < MAX_FREE_EXISTS &&
		inner->n_alternatives <= MAX_FREE_NESTING)
		return;
	select->has_offset = true;
	select->offset = 0;
}

static GqleSqlExpr *
exists(GqleSqlSelect *select)
{
	gqle_sql_add_target(select, gqle_sql_integer(1), NULL);
	return gqle_sql_exists(select);
}

/*
 * A condition on an object relationship of which there is at most one row, as a
 * condition on that row joined beside this one: the same join serves selecting
 * and ordering, and the planner may start from whichever side is smaller.  Only
 * where false and null mean the same, since a missing row makes nulls.  Returns
 * NULL if it can't be done.
 */
static GqleSqlExpr *
joined_to_sql(const BoolScope *scope, const GqleBoolExp *exp)
{
	const GqleRelationship *relationship = exp->relationship;
	BoolScope	inner = *scope;
	GqleSqlExpr *condition;
	GqleSqlExpr *key;

	if (!scope->is_conjunct || scope->is_permission || exp->perm == NULL ||
		relationship->kind != GQLE_REL_OBJECT || scope->row->select == NULL ||
		list_length(scope->row->select->from) > MAX_CONDITION_JOINS)
		return NULL;
	inner.row = gqle_row_join(scope->ctx, scope->row, relationship, exp->perm);
	if (inner.row == NULL)
		return NULL;
	inner.root = inner.row;
	condition = exp_to_sql(&inner, exp->children[0]);
	key = gqle_row_column_named(scope->ctx, inner.row, relationship->target_columns[0]);
	return gqle_sql_and(list_make2(gqle_sql_is_null(key, false), condition));
}

/* Does a relationship lead back along another, column by column? */
static bool
leads_back(const GqleRelationship *back, const GqleRelationship *forth)
{
	int			i;
	int			j;

	if (back->n_columns != forth->n_columns)
		return false;
	for (i = 0; i < back->n_columns; i++)
	{
		for (j = 0; j < forth->n_columns; j++)
		{
			if (strcmp(back->columns[i]->name, forth->target_columns[j]) == 0 &&
				strcmp(back->target_columns[i], forth->columns[j]->name) == 0)
				break;
		}
		if (j == forth->n_columns)
			return false;
	}
	return true;
}

/*
 * A condition on the row to which the rows of a list belong: if the relationship
 * leads back to it, and to no other, the row is at hand, and what it must be like
 * is found out once for the list and not for each of its rows.  NULL if it is
 * another row, or may be several, or shows cells that the condition must not see.
 */
static GqleSqlExpr *
owner_to_sql(const BoolScope *scope, const GqleBoolExp *exp)
{
	GqlePlanRow *owner = scope->row->owner;
	BoolScope	inner = *scope;
	GqleSqlExpr *condition;

	if (owner == NULL || !owner->is_stored || exp->relationship->target != owner->table ||
		(exp->perm != NULL && owner->mask != exp->perm) ||
		!leads_back(exp->relationship, scope->row->owned_by) ||
		!gqle_relationship_is_unique(scope->ctx, exp->relationship))
		return NULL;
	inner.row = owner;
	inner.is_conjunct = false;	/* joins here would be of the owner's select */
	if (exp->perm)
		inner.root = owner;
	condition = exp_to_sql(&inner, exp->children[0]);
	if (exp->perm)
		condition = gqle_sql_and(list_make2(gqle_perm_filter(scope->ctx, exp->perm->filter,
															 owner),
											condition));
	/* the EXISTS it stands for is never null */
	if (scope->is_conjunct || gqle_sql_is_true(condition) || gqle_sql_is_false(condition))
		return condition;
	return gqle_sql_case(condition, gqle_sql_bool(true), gqle_sql_bool(false));
}

static GqleSqlExpr *
relationship_to_sql(const BoolScope *scope, const GqleBoolExp *exp)
{
	GqleSqlExpr *condition = owner_to_sql(scope, exp);
	GqleSqlSelect *select;
	BoolScope	inner;

	if (condition == NULL)
		condition = joined_to_sql(scope, exp);
	if (condition)
		return condition;
	select = select_related(scope, exp, &inner);
	begin_exists(scope, select, &inner);
	condition = exp_to_sql(&inner, exp->children[0]);
	if (gqle_sql_is_false(condition))
		return condition;
	gqle_sql_add_where(select, condition);
	return exists(select);
}

static GqleSqlExpr *
exists_to_sql(const BoolScope *scope, const GqleBoolExp *exp)
{
	BoolScope	inner = *scope;
	GqleSqlSelect *select = select_from(scope, exp, exp->table->name, &inner.row);

	begin_exists(scope, select, &inner);
	inner.is_conjunct = true;
	gqle_sql_add_where(select, exp_to_sql(&inner, exp->children[0]));
	return exists(select);
}

/* The returned table's own filter is not added (compat). */
static GqleSqlExpr *
computed_table_to_sql(const BoolScope *scope, const GqleBoolExp *exp)
{
	BoolScope	inner = *scope;
	GqleSqlSelect *select = gqle_sql_select();
	GqleSqlExpr *call = gqle_plan_call(scope->ctx, exp->computed_field->function,
									   scope->row, NULL);

	begin_exists(scope, select, &inner);
	inner.row = gqle_row_make(exp->table, exp->perm,
							  gqle_plan_alias(scope->ctx, scope->row->alias,
											  exp->computed_field->name),
							  select);
	inner.root = inner.row;
	inner.is_conjunct = true;
	gqle_sql_add_from(select, gqle_sql_from_function(call, inner.row->alias),
					  GQLE_SQL_JOIN_FIRST, NULL);
	gqle_sql_add_where(select, exp_to_sql(&inner, exp->children[0]));
	return exists(select);
}

/*
 * EXISTS (SELECT 1 FROM related WHERE .. HAVING count(*) > $1): without GROUP BY
 * there is one row or none, and each aggregate is computed once.
 */
static GqleSqlExpr *
aggregate_to_sql(const BoolScope *scope, const GqleBoolExp *exp)
{
	const GqleAggregatePredicate *aggregate = exp->aggregate;
	BoolScope	inner;
	GqleSqlSelect *select = select_related(scope, exp, &inner);
	List	   *args = NIL;
	List	   *conditions = NIL;
	int			i;

	if (aggregate->filter)
		gqle_sql_add_where(select, exp_to_sql(&inner, aggregate->filter));
	for (i = 0; i < aggregate->n_columns; i++)
		args = lappend(args, scope_column(scope, inner.row, aggregate->columns[i]));
	inner.aggregate = gqle_plan_aggregate_call(aggregate->function, args);
	for (i = 0; i < exp->n_children; i++)
		conditions = lappend(conditions, exp_to_sql(&inner, exp->children[i]));
	select->having = gqle_sql_and(conditions);
	return exists(select);
}

/* Refuse more conditions that must all hold than Postgres plans in good time. */
static GqleSqlExpr *
limit_conjuncts(const BoolScope *scope, GqleSqlExpr *junction, GqleSqlExprKind kind)
{
	if (junction->kind == kind && junction->n_args > GQLE_MAX_CONJUNCTS)
		gqle_error_report(scope->ctx->sink, GQLE_ERR_VALIDATION_FAILED, NULL,
						  "no more than %d conditions can be required at once",
						  GQLE_MAX_CONJUNCTS);
	return junction;
}

static GqleSqlExpr *
junction_to_sql(const BoolScope *scope, const GqleBoolExp *exp)
{
	BoolScope	inner = *scope;
	List	   *args = NIL;
	int			i;

	inner.is_conjunct = scope->is_conjunct && exp->kind == GQLE_BOOL_AND;
	inner.is_below_or = scope->is_below_or || exp->kind == GQLE_BOOL_OR;
	for (i = 0; i < exp->n_children; i++)
		args = lappend(args, exp_to_sql(&inner, exp->children[i]));
	if (exp->kind == GQLE_BOOL_OR)
		return gqle_sql_or(args);
	return limit_conjuncts(scope, gqle_sql_and(args), GQLE_SQL_AND);
}

/* NOT of one of many is the same as all of their opposites. */
static GqleSqlExpr *
not_to_sql(const BoolScope *scope, const GqleBoolExp *exp)
{
	BoolScope	negated = *scope;

	negated.is_conjunct = false;
	/* NOT EXISTS is joined as EXISTS is; NOT of AND is OR */
	negated.is_below_or |= exp->children[0]->kind == GQLE_BOOL_AND;
	return gqle_sql_not(limit_conjuncts(scope, exp_to_sql(&negated, exp->children[0]),
										GQLE_SQL_OR));
}

static GqleSqlExpr *
exp_to_sql(const BoolScope *scope, const GqleBoolExp *exp)
{
	check_stack_depth();

	switch (exp->kind)
	{
		case GQLE_BOOL_AND:
		case GQLE_BOOL_OR:
			return junction_to_sql(scope, exp);
		case GQLE_BOOL_NOT:
			return not_to_sql(scope, exp);
		case GQLE_BOOL_COMPARE:
			return compare_to_sql(scope, exp);
		case GQLE_BOOL_RELATIONSHIP:
			return relationship_to_sql(scope, exp);
		case GQLE_BOOL_EXISTS:
			return exists_to_sql(scope, exp);
		case GQLE_BOOL_COMPUTED_TABLE:
			return computed_table_to_sql(scope, exp);
		case GQLE_BOOL_AGGREGATE:
			return aggregate_to_sql(scope, exp);
	}
	return NULL;
}

GqleSqlExpr *
gqle_boolexp_to_sql(GqlePlanContext *ctx, const GqleBoolExp *exp, GqlePlanRow *row,
					bool is_permission)
{
	BoolScope	scope = {ctx, row, row, is_permission, false, false, 0, NULL};

	return exp_to_sql(&scope, exp);
}

void
gqle_boolexp_add_where(GqlePlanContext *ctx, const GqleBoolExp *exp, GqlePlanRow *row)
{
	BoolScope	scope = {ctx, row, row, false, true, false, 0, NULL};

	gqle_sql_add_where(row->select, exp_to_sql(&scope, exp));
}
