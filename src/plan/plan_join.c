/*
 * plan_join.c
 *		Joins to what a root field answers (joins.h).
 *
 * compat: keys of phantoms are Hasura's, since remote schemas see them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "gqle/gqle.h"
#include "gqle/catalog/remote.h"
#include "gqle/plan/build.h"
#include "gqle/plan/joins.h"

/* A root's joins while they are planned. */
typedef struct JoinPlanner
{
	GqleSchema *schema;
	GqleErrorSink *sink;
	List	   *steps;			/* GqleJoinStep */
	List	   *level;			/* those of the level being planned */
} JoinPlanner;

static GqleJoinTree *plan_tree(JoinPlanner *planner, const GqleSelection *selection);

/* ------------------------------------------------------------------------
 * Phantoms
 * ------------------------------------------------------------------------ */

/* See joins.h. */
bool
gqle_join_is_placeholder(const GqleField *field)
{
	switch (field->kind)
	{
		case GQLE_FIELD_JOIN_OBJECT:
		case GQLE_FIELD_JOIN_ARRAY:
		case GQLE_FIELD_JOIN_AGGREGATE:
		case GQLE_FIELD_JOIN_REMOTE:
			return true;
		default:
			return false;
	}
}

/* Does a selected field answer the very value that a join takes? */
static bool
answers(const GqleSelection *selection, const GqleJoinField *wanted)
{
	const GqleField *field = selection->field;
	const GqleSelectPerm *perm = selection->parent->select;
	int			i;

	if (field->kind == GQLE_FIELD_REMOTE)
		return strcmp(((const GqleRemoteField *) field->detail)->name, wanted->name) == 0;
	for (i = 0; i < field->n_args; i++)
		if (selection->args != NULL && selection->args[i] != NULL)
			return false;
	/* joins see cells that the role may not */
	if (wanted->column != NULL)
		return field->kind == GQLE_FIELD_COLUMN && field->column == wanted->column &&
			wanted->column->enum_table == NULL &&
			(perm == NULL || perm->column_masks == NULL);
	if (wanted->computed_field != NULL)
		return field->kind == GQLE_FIELD_COMPUTED_SCALAR &&
			field->computed_field == wanted->computed_field &&
			(perm == NULL || perm->computed_masks == NULL);
	return field->join == NULL && field->kind != GQLE_FIELD_TYPENAME &&
		strcmp(field->name, wanted->name) == 0;
}

/* The key of a join's field in objects of a selection set; *is_phantom if nobody
 * selected it. */
static const char *
key_of_field(GqleSelection **children, int n, const GqleJoinField *field, bool *is_phantom)
{
	StringInfoData key;
	int			longest = 0;
	int			i;

	for (i = 0; i < n; i++)
	{
		*is_phantom = false;
		if (answers(children[i], field))
			return children[i]->response_key;
		longest = Max(longest, (int) strlen(children[i]->response_key));
	}
	*is_phantom = true;
	initStringInfo(&key);
	appendStringInfo(&key, "%s_join_column", field->name);
	while (key.len <= longest)
		appendStringInfoChar(&key, '_');
	return key.data;
}

/* Is there a phantom of that key? */
static bool
has_phantom(List *phantoms, const char *key)
{
	const ListCell *lc;

	foreach(lc, phantoms)
		if (strcmp(((const GqleJoinPhantom *) lfirst(lc))->key, key) == 0)
			return true;
	return false;
}

/* See joins.h. */
List *
gqle_join_phantoms(GqleSelection **children, int n)
{
	List	   *phantoms = NIL;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		const GqleJoin *join = children[i]->field->join;

		if (!gqle_join_is_placeholder(children[i]->field))
			continue;
		for (j = 0; j < join->n_fields; j++)
		{
			bool		is_phantom;
			const char *key = key_of_field(children, n, &join->fields[j], &is_phantom);

			if (is_phantom && !has_phantom(phantoms, key))
			{
				GqleJoinPhantom *phantom = palloc(sizeof(GqleJoinPhantom));

				phantom->key = key;
				phantom->field = &join->fields[j];
				phantoms = lappend(phantoms, phantom);
			}
		}
	}
	return phantoms;
}

/* Is anything joined in a selection set or below it? */
static bool
is_below(GqleSelection **children, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (gqle_join_is_placeholder(children[i]->field) || gqle_join_is_below(children[i]))
			return true;
	return false;
}

/* See joins.h. */
bool
gqle_join_is_below(const GqleSelection *selection)
{
	int			i;

	check_stack_depth();
	for (i = 0; i < selection->n_types; i++)
		if (is_below(selection->types[i].children, selection->types[i].n_children))
			return true;
	return is_below(selection->children, selection->n_children);
}

/* See joins.h. */
bool
gqle_plan_has_remote_relationship(const GqleSelection *selection)
{
	int			i;
	int			j;

	check_stack_depth();
	if (selection->field->join != NULL)
		return true;
	for (i = 0; i < selection->n_children; i++)
		if (gqle_plan_has_remote_relationship(selection->children[i]))
			return true;
	for (i = 0; i < selection->n_types; i++)
		for (j = 0; j < selection->types[i].n_children; j++)
			if (gqle_plan_has_remote_relationship(selection->types[i].children[j]))
				return true;
	return false;
}

/* ------------------------------------------------------------------------
 * Right sides: rows of a table
 * ------------------------------------------------------------------------ */

#define ARGUMENTS_ALIAS "arguments"
#define ARGUMENT_NUMBER "argument"

/* jsonb_to_recordset($1) AS arguments(argument integer, key_1 type, ...) */
static GqleSqlFrom *
make_arguments(GqlePlanContext *ctx, const GqleRelationship *relationship, const char *alias)
{
	GqleSqlExpr *json = gqle_params_add_given(ctx->params, JSONBOID, "jsonb");
	GqleSqlFrom *from =
		gqle_sql_from_function(gqle_sql_function("pg_catalog", "jsonb_to_recordset",
												 list_make1(json)), alias);
	GqleSqlColumnDef *def = palloc0(sizeof(GqleSqlColumnDef));
	int			i;

	def->name = ARGUMENT_NUMBER;
	def->type = "integer";
	from->columns = list_make1(def);
	gqle_catalog_load_table(ctx->schema->catalog, relationship->target);
	for (i = 0; i < relationship->n_columns; i++)
	{
		const GqleColumn *column =
			gqle_table_lookup_column(relationship->target, relationship->target_columns[i]);

		def = palloc0(sizeof(GqleSqlColumnDef));
		def->name = relationship->columns[i]->name;
		def->type = column ? gqle_sql_type_name(column->scalar) : "text";
		from->columns = lappend(from->columns, def);
	}
	return from;
}

/* The statement of a join's right side, whose rows are [argument, value]. */
static GqleStatement *
make_statement(JoinPlanner *planner, const GqleSelection *selection, bool grouped,
			   bool *could_group)
{
	static const GqleTable arguments;	/* a table of nothing but keys */
	GqleSqlSelect *select = gqle_sql_select();
	GqleTemplate *template = gqle_template_make();
	GqlePlanContext ctx;
	GqlePlanRow *row;
	ListCell   *lc;
	const char *alias;

	gqle_plan_context_init(&ctx, planner->schema, planner->sink);
	ctx.grouped = grouped;
	alias = gqle_plan_alias(&ctx, NULL, ARGUMENTS_ALIAS);
	gqle_sql_add_from(select, make_arguments(&ctx, selection->field->relationship, alias),
					  GQLE_SQL_JOIN_FIRST, NULL);
	row = gqle_row_make(&arguments, NULL, alias, select);
	appendStringInfoChar(&template->text, '[');
	gqle_template_append_value(template, gqle_sql_column(alias, ARGUMENT_NUMBER));
	appendStringInfoChar(&template->text, ',');
	gqle_plan_field(&ctx, template, row, selection);
	appendStringInfoChar(&template->text, ']');
	gqle_template_check(template, planner->sink, selection->path);
	foreach(lc, template->values)
		gqle_sql_add_target(select, lfirst(lc), NULL);
	*could_group = ctx.could_group;
	return gqle_plan_finish(&ctx, gqle_sql_statement(select, NULL), GQLE_RESULT_LIST,
							template->text.data);
}

static void
plan_rows(JoinPlanner *planner, const GqleSelection *selection, GqleJoinStep *step)
{
	bool		could_group;

	step->statement = make_statement(planner, selection, false, &could_group);
	if (could_group)
		step->statement->grouped = make_statement(planner, selection, true, &could_group);
}

/* ------------------------------------------------------------------------
 * Trees
 * ------------------------------------------------------------------------ */

/* What is joined to a step's values: a level of its own. */
static GqleJoinTree *
plan_below(JoinPlanner *planner, const GqleSelection *selection)
{
	List	   *level = planner->level;
	GqleJoinTree *tree;

	planner->level = NIL;
	tree = plan_tree(planner, selection);
	planner->level = level;
	return tree;
}

/* How many steps of a level are looked at for one that asks for the same. */
#define MAX_COMPARED	100

/* A step that asks for the same on this level, or this one, numbered. */
static GqleJoinStep *
share_step(JoinPlanner *planner, GqleJoinStep *step)
{
	int			n = Min(list_length(planner->level), MAX_COMPARED);
	int			i;

	for (i = 0; i < n; i++)
		if (gqle_join_same_step(list_nth(planner->level, i), step))
			return list_nth(planner->level, i);
	step->number = list_length(planner->steps);
	planner->steps = lappend(planner->steps, step);
	planner->level = lappend(planner->level, step);
	return step;
}

static GqleJoinStep *
plan_step(JoinPlanner *planner, const GqleSelection *selection, GqleSelection **siblings,
		  int n_siblings)
{
	GqleJoinStep *step = palloc0(sizeof(GqleJoinStep));
	const GqleJoin *join = selection->field->join;
	int			i;

	step->join = join;
	step->field_name = pstrdup(selection->field->name);
	step->keys = palloc(sizeof(char *) * Max(join->n_fields, 1));
	for (i = 0; i < join->n_fields; i++)
	{
		bool		is_phantom;

		step->keys[i] = key_of_field(siblings, n_siblings, &join->fields[i], &is_phantom);
	}
	if (join->relationship != NULL)
		plan_rows(planner, selection, step);
	else
		step->remote = gqle_plan_join_remote(planner->schema, selection, planner->sink);
	step->tree = plan_below(planner, selection);
	return share_step(planner, step);
}

/* The joins of a selection set; false if there are none. */
static bool
plan_branch(JoinPlanner *planner, GqleSelection **children, int n, GqleJoinBranch *branch)
{
	List	   *phantoms = gqle_join_phantoms(children, n);
	ListCell   *lc;
	int			i;

	branch->nodes = palloc0(sizeof(GqleJoinNode) * Max(n, 1));
	for (i = 0; i < n; i++)
	{
		GqleJoinNode *node = &branch->nodes[branch->n_nodes];

		if (gqle_join_is_placeholder(children[i]->field))
			node->step = plan_step(planner, children[i], children, n);
		else
			node->tree = plan_tree(planner, children[i]);
		if (node->step == NULL && node->tree == NULL)
			continue;
		node->key = children[i]->response_key;
		branch->n_nodes++;
	}
	branch->phantoms = palloc(sizeof(char *) * Max(list_length(phantoms), 1));
	foreach(lc, phantoms)
		branch->phantoms[branch->n_phantoms++] = ((GqleJoinPhantom *) lfirst(lc))->key;
	return branch->n_nodes > 0;
}

/* The joins below a selection, or NULL. */
static GqleJoinTree *
plan_tree(JoinPlanner *planner, const GqleSelection *selection)
{
	GqleJoinTree *tree;
	int			i;

	if (!gqle_join_is_below(selection))
		return NULL;
	tree = palloc(sizeof(GqleJoinTree));
	tree->n_branches = selection->n_types + 1;
	tree->branches = palloc0(sizeof(GqleJoinBranch) * tree->n_branches);
	for (i = 0; i < selection->n_types; i++)
	{
		const GqleTypeSelection *types = &selection->types[i];

		tree->branches[i].type_name = pstrdup(types->type->name);
		plan_branch(planner, types->children, types->n_children, &tree->branches[i]);
	}
	plan_branch(planner, selection->children, selection->n_children, &tree->branches[i]);
	return tree;
}

/* See joins.h. */
GqleJoins *
gqle_plan_joins(GqleSchema *schema, const GqleSelection *root, GqleErrorSink *sink)
{
	JoinPlanner planner = {schema, sink, NIL, NIL};
	GqleJoinTree *tree = plan_tree(&planner, root);
	GqleJoins  *joins;
	ListCell   *lc;

	if (tree == NULL)
		return NULL;
	joins = palloc0(sizeof(GqleJoins));
	joins->tree = tree;
	joins->steps = palloc(sizeof(GqleJoinStep *) * list_length(planner.steps));
	foreach(lc, planner.steps)
		joins->steps[joins->n_steps++] = lfirst(lc);
	return joins;
}
