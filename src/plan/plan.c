/*
 * plan.c
 *		A validated operation to SQL statements: the driver.
 *
 * Each root field becomes one statement; __typename, introspection and the
 * placeholder are answered right away, and the root fields of a namespace stay
 * together as a group.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "gqle/gqle.h"
#include "gqle/base/json_write.h"
#include "gqle/base/strhash.h"
#include "gqle/plan/build.h"
#include "gqle/plan/joins.h"
#include "gqle/plan/plan_action.h"
#include "gqle/plan/plan_mutation.h"
#include "gqle/plan/plan_remote.h"

#define NO_QUERIES_TEXT \
	"There are no queries available to the current role. Either there are no sources or remote schemas configured, or the current role doesn't have the required permissions."

static bool plan_roots(GqleSchema *schema, GqleSelection **selections, int n,
					   GqleRootPlan *roots, GqleErrorSink *sink);

/* ------------------------------------------------------------------------
 * Statements
 * ------------------------------------------------------------------------ */

/* See build.h. */
void
gqle_plan_context_init(GqlePlanContext *ctx, GqleSchema *schema, GqleErrorSink *sink)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->schema = schema;
	ctx->sink = sink;
	ctx->params = gqle_params_make();
	ctx->aliases = gqle_strhash_make(CurrentMemoryContext, 16);
	ctx->remark = psprintf("perm: %s", schema->role);
	(void) gqle_plan_alias(ctx, NULL, GQLE_SQL_MEMBER);
}

/*
 * See build.h.  Names are cut to what Postgres keeps and numbered if taken; the
 * table of names remembers each name's next number.
 */
const char *
gqle_plan_alias(GqlePlanContext *ctx, const char *prefix, const char *name)
{
	char	   *wanted = prefix ? psprintf("%s_%s", prefix, name) : pstrdup(name);
	char	   *alias;
	int		   *next;

	wanted[pg_mbcliplen(wanted, strlen(wanted), NAMEDATALEN - 8)] = '\0';
	next = gqle_strhash_lookup(ctx->aliases, wanted);
	if (next == NULL)
	{
		next = palloc(sizeof(int));
		*next = 2;
		gqle_strhash_add(ctx->aliases, wanted, next);
		return wanted;
	}
	do
		alias = psprintf("%s_%d", wanted, (*next)++);
	while (!gqle_strhash_add(ctx->aliases, alias, next));
	return alias;
}

/* See build.h. */
GqleStatement *
gqle_plan_finish(GqlePlanContext *ctx, GqleSqlStatement *tree, GqleResultForm form,
				 const char *template)
{
	GqleStatement *statement = palloc0(sizeof(GqleStatement));
	StringInfoData sql;

	initStringInfo(&sql);
	gqle_sql_print(&sql, tree, false);
	statement->sql = sql.data;
	statement->tree = tree;
	statement->form = form;
	statement->template = template;
	gqle_params_finish(ctx->params, statement, ctx->sink);
	return statement;
}

/* See plan.h. */
char *
gqle_plan_multiplexed_sql(const GqleStatement *statement)
{
	StringInfoData sql;

	initStringInfo(&sql);
	gqle_sql_print_multiplexed(&sql, statement->tree, statement->form == GQLE_RESULT_ROW);
	return sql.data;
}

/* See plan.h. */
char *
gqle_plan_pretty_sql(const GqleStatement *statement)
{
	StringInfoData sql;

	initStringInfo(&sql);
	gqle_sql_print(&sql, statement->tree, true);
	return sql.data;
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

/* A string as JSON text. */
static char *
quote_json(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_json_write_cstring(&out, text);
	return out.data;
}

/* The statement of a query's root field; *could_group: see GqlePlanContext. */
static GqleStatement *
make_statement(GqleSchema *schema, const GqleSelection *selection, bool grouped,
			   bool *could_group, GqleErrorSink *sink)
{
	GqlePlanContext ctx;
	GqleStatement *statement;
	GqleFieldKind kind = selection->field->kind;

	gqle_plan_context_init(&ctx, schema, sink);
	ctx.grouped = grouped;
	if (kind == GQLE_FIELD_FUNCTION || kind == GQLE_FIELD_FUNCTION_AGGREGATE)
		statement = gqle_plan_function(&ctx, selection);
	else if (kind == GQLE_FIELD_CONNECTION)
		statement = gqle_plan_connection_root(&ctx, selection);
	else if (kind == GQLE_FIELD_NODE)
		statement = gqle_plan_node(&ctx, selection);
	else
		statement = gqle_plan_select(&ctx, selection);
	*could_group = ctx.could_group;
	return statement;
}

static bool
plan_text(GqleRootPlan *root, const char *text)
{
	root->kind = GQLE_ROOTPLAN_TEXT;
	root->text = text;
	root->text_len = strlen(text);
	return true;
}

static bool
plan_statement(GqleSchema *schema, const GqleSelection *selection, GqleRootPlan *root,
			   GqleErrorSink *sink)
{
	bool		could_group;

	root->kind = GQLE_ROOTPLAN_STATEMENT;
	root->statement = make_statement(schema, selection, false, &could_group, sink);
	if (root->statement == NULL && !sink->has_error)
		return plan_text(root, "null");
	if (could_group && !sink->has_error)
		root->statement->grouped = make_statement(schema, selection, true, &could_group, sink);
	return !sink->has_error;
}

static bool
plan_mutation(GqleSchema *schema, const GqleSelection *selection, GqleRootPlan *root,
			  GqleErrorSink *sink)
{
	root->kind = GQLE_ROOTPLAN_MUTATION;
	root->mutation = gqle_plan_mutation(schema, selection, sink);
	return root->mutation != NULL && !sink->has_error;
}

static bool
plan_introspection(GqleSchema *schema, const GqleSelection *selection, GqleRootPlan *root)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_introspect_append(&out, schema, selection);
	return plan_text(root, out.data);
}

/* _service: the schema as gateways read it */
static bool
plan_service(GqleSchema *schema, const GqleSelection *selection, GqleRootPlan *root)
{
	StringInfoData out;
	StringInfoData sdl;
	bool		first = true;
	int			i;

	initStringInfo(&sdl);
	gqle_sdl_append_subgraph(&sdl, schema);
	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (i = 0; i < selection->n_children; i++)
	{
		const GqleSelection *child = selection->children[i];

		gqle_json_write_key(&out, child->response_key, &first);
		gqle_json_write_cstring(&out, child->field->kind == GQLE_FIELD_TYPENAME ?
								child->parent->name : sdl.data);
	}
	appendStringInfoChar(&out, '}');
	return plan_text(root, out.data);
}

static bool
plan_group(GqleSchema *schema, const GqleSelection *selection, GqleRootPlan *root,
		   GqleErrorSink *sink)
{
	root->kind = GQLE_ROOTPLAN_GROUP;
	root->n_children = selection->n_children;
	root->children = palloc0(Max(selection->n_children, 1) * sizeof(GqleRootPlan));
	return plan_roots(schema, selection->children, selection->n_children, root->children,
					  sink);
}

/* Is the field of a mutation root? */
static bool
is_mutation(const GqleSelection *selection)
{
	const GqleField *field = selection->field;

	return (field->kind >= GQLE_FIELD_INSERT && field->kind <= GQLE_FIELD_DELETE_BY_PK) ||
		(field->kind == GQLE_FIELD_FUNCTION && field->function->is_mutation);
}

static bool
plan_value(GqleSchema *schema, const GqleSelection *selection, GqleRootPlan *root,
		   GqleErrorSink *sink)
{
	root->response_key = selection->response_key;
	root->field_name = pstrdup(selection->field->name);
	root->error_path = "$";
	switch (selection->field->kind)
	{
		case GQLE_FIELD_TYPENAME:
			return plan_text(root, quote_json(selection->parent->name));
		case GQLE_FIELD_PLACEHOLDER:
			return plan_text(root, quote_json(NO_QUERIES_TEXT));
		case GQLE_FIELD_SCHEMA:
		case GQLE_FIELD_TYPE:
			return plan_introspection(schema, selection, root);
		case GQLE_FIELD_SERVICE:
			return plan_service(schema, selection, root);
		case GQLE_FIELD_ENTITIES:
			return gqle_plan_entities(schema, selection, root, sink);
		case GQLE_FIELD_NAMESPACE:
			return plan_group(schema, selection, root, sink);
		case GQLE_FIELD_ACTION:
		case GQLE_FIELD_ACTION_ASYNC:
		case GQLE_FIELD_ACTION_RESULT:
			root->kind = GQLE_ROOTPLAN_ACTION;
			root->action = gqle_plan_action(selection);
			return true;
		case GQLE_FIELD_REMOTE:
			root->kind = GQLE_ROOTPLAN_REMOTE;
			root->remote = gqle_plan_remote(selection);
			return true;
		default:
			if (is_mutation(selection))
				return plan_mutation(schema, selection, root, sink);
			return plan_statement(schema, selection, root, sink);
	}
}

/* A root field and what is joined to its answer; those of a group have joins
 * themselves. */
static bool
plan_root(GqleSchema *schema, const GqleSelection *selection, GqleRootPlan *root,
		  GqleErrorSink *sink)
{
	if (!plan_value(schema, selection, root, sink))
		return false;
	if (root->kind != GQLE_ROOTPLAN_GROUP)
		root->joins = gqle_plan_joins(schema, selection, sink);
	return !sink->has_error;
}

static bool
plan_roots(GqleSchema *schema, GqleSelection **selections, int n, GqleRootPlan *roots,
		   GqleErrorSink *sink)
{
	int			i;

	for (i = 0; i < n; i++)
		if (!plan_root(schema, selections[i], &roots[i], sink))
			return false;
	return true;
}

/* Has a root to ask the network, or to wait for its answer before it goes on? */
static bool
has_steps(const GqleRootPlan *roots, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (roots[i].kind == GQLE_ROOTPLAN_ACTION || roots[i].kind == GQLE_ROOTPLAN_REMOTE ||
			roots[i].joins != NULL ||
			has_steps(roots[i].children, roots[i].n_children))
			return true;
	return false;
}

static bool
is_listed(const List *names, const char *name)
{
	const ListCell *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

/* Add the session variables that the statements of mutations take. */
static List *
add_session_names(List *names, const GqleRootPlan *roots, int n)
{
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		List	   *statements = NIL;
		ListCell   *lc;

		if (roots[i].kind == GQLE_ROOTPLAN_MUTATION)
			statements = gqle_plan_mutation_statements(roots[i].mutation);
		foreach(lc, statements)
		{
			const GqleStatement *statement = lfirst(lc);

			for (j = 0; j < statement->n_params; j++)
			{
				const GqleLeaf *leaf = statement->params[j].leaf;

				if (leaf != NULL && leaf->source == GQLE_LEAF_SESSION &&
					!is_listed(names, leaf->session_name))
					names = lappend(names, unconstify(char *, leaf->session_name));
			}
		}
		names = add_session_names(names, roots[i].children, roots[i].n_children);
	}
	return names;
}

/* Is a root field, or one in a namespace, that of a remote schema?  Not a linked source. */
static bool
is_remote(const GqleSelection *selection)
{
	int			i;

	if (selection->field->kind == GQLE_FIELD_NAMESPACE)
	{
		for (i = 0; i < selection->n_children; i++)
			if (is_remote(selection->children[i]))
				return true;
	}
	return selection->field->kind == GQLE_FIELD_REMOTE &&
		((const GqleRemoteField *) selection->field->detail)->parent->graph->schema->linked == NULL;
}

/* compat: a subscription has no remote relationships, wherever they lead. */
static bool
check_remote(const GqleOperation *operation, GqleErrorSink *sink)
{
	int			i;

	if (operation->type != GQLE_OPERATION_SUBSCRIPTION)
		return true;
	for (i = 0; i < operation->n_roots; i++)
	{
		if (is_remote(operation->roots[i]))
			return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, NULL,
									 "subscription to remote server is not supported");
		if (gqle_plan_has_remote_relationship(operation->roots[i]))
			return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, NULL,
									 "Remote relationships are not allowed in subscriptions");
	}
	return true;
}

/* What a subscription is made of. */
typedef struct Parts
{
	int			n_streams;		/* statements that go on from a cursor */
	int			n_others;		/* that read all */
	int			n_outcomes;		/* of actions, which no statement reads */
} Parts;

static void
count_parts(const GqleRootPlan *roots, int n, Parts *parts)
{
	for (int i = 0; i < n; i++)
	{
		const GqleRootPlan *root = &roots[i];

		switch (root->kind)
		{
			case GQLE_ROOTPLAN_GROUP:
				count_parts(root->children, root->n_children, parts);
				break;
			case GQLE_ROOTPLAN_STATEMENT:
				if (root->statement->cursor_param > 0)
					parts->n_streams++;
				else
					parts->n_others++;
				break;
			case GQLE_ROOTPLAN_ACTION:
				if (root->action->action->output.type->n_joins > 0)
					parts->n_others++;
				else
					parts->n_outcomes++;
				break;
			default:
				break;
		}
	}
}

/* A stream stands alone: there is one cursor to go on from.  So do outcomes. */
static bool
check_parts(const GqlePlan *plan, GqleErrorSink *sink)
{
	Parts		parts = {0};

	if (plan->type != GQLE_OPERATION_SUBSCRIPTION)
		return true;
	count_parts(plan->roots, plan->n_roots, &parts);
	if (parts.n_outcomes > 0 && parts.n_streams + parts.n_others > 0)
		return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, NULL,
								 "async action queries with no relationships aren't "
								 "expected to mix with normal source database queries");
	if (parts.n_streams > 0 && parts.n_others > 0)
		return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, NULL,
								 "streaming and livequery subscriptions cannot be executed in the same subscription");
	if (parts.n_streams > 1)
		return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, NULL,
								 "exactly one root field is allowed for streaming subscriptions");
	return true;
}

/* See plan.h. */
GqlePlan *
gqle_plan_build(GqleSchema *schema, const GqleOperation *operation, GqleErrorSink *sink)
{
	GqlePlan   *plan = palloc0(sizeof(GqlePlan));

	plan->type = operation->type;
	plan->n_roots = operation->n_roots;
	plan->roots = palloc0(Max(operation->n_roots, 1) * sizeof(GqleRootPlan));
	if (!check_remote(operation, sink) ||
		!plan_roots(schema, operation->roots, operation->n_roots, plan->roots, sink) ||
		!check_parts(plan, sink))
		return NULL;
	plan->has_steps = has_steps(plan->roots, plan->n_roots);
	plan->session_names = add_session_names(NIL, plan->roots, plan->n_roots);
	return plan;
}
