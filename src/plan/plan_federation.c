/*
 * plan_federation.c
 *		Entities that an Apollo gateway asks for by key (graphql-schema.md §21).
 *
 * A representation is an object with "__typename" and the columns of the primary
 * key, known when compiling.  Each becomes a statement of its own; their answers
 * are the items of the list, in the gateway's order.
 */
#include "postgres.h"

#include "gqle/base/ident.h"
#include "gqle/gqle.h"
#include "gqle/plan/build.h"
#include "gqle/plan/joins.h"
#include "gqle/validate/coerce.h"

static bool
report(GqleErrorSink *sink, const char *path, const char *message)
{
	return gqle_error_report(sink, GQLE_ERR_VALIDATION_FAILED, path, "%s",
							 message);
}

/* What is wrong with the form of a representation, or NULL. */
static const char *
check_form(const GqleJson *representation)
{
	const GqleJson *name;

	if (representation->kind != GQLE_JSON_OBJECT)
		return "representations is expecting a list of objects only";
	name = gqle_json_lookup(representation, "__typename");
	if (name == NULL)
		return "__typename key not found";
	if (name->kind != GQLE_JSON_STRING)
		return "__typename can only be a string value";
	if (!gqle_ident_is_name(name->text))
		return psprintf("%s is not a valid graphql name", name->text);
	return NULL;
}

/* The table that a representation names a row of; NULL after reporting. */
static GqleTable *
find_entity(GqlePlanContext *ctx, const GqleSelection *selection,
			const GqleJson *representation)
{
	const char *name = gqle_json_lookup(representation, "__typename")->text;
	GqleType *type = gqle_schema_possible_type(ctx->schema,
											   selection->field->type.type,
											   name);

	if (type != NULL)
		return type->table;
	report(
		ctx->sink, selection->path,
		psprintf(
			"%s is not found in selection set or apollo federation is not enabled for the type",
			name));
	return NULL;
}

/* The values of the key as parameters; NIL after reporting. */
static List *
key_values(GqlePlanContext *ctx, const GqleSelection *selection, const GqleTable *table,
		   const GqleJson *representation)
{
	List	   *values = NIL;
	int			i;

	for (i = 0; i < table->primary_key->n_columns; i++)
	{
		const GqleColumn *column = table->primary_key->columns[i];
		const GqleJson *value = gqle_json_lookup(representation, column->graphql_name);
		GqleErrorSink mistake = {0};
		GqleLeaf   *leaf;

		if (value == NULL)
		{
			report(ctx->sink, selection->path,
				   psprintf("cannot find %s in _Any type",
							column->graphql_name));
			return NIL;
		}
		leaf = gqle_leaf_const(column->scalar, false, value, selection->path);
		if (!gqle_coerce_check_leaf(leaf, NULL, &mistake))
		{
			report(ctx->sink, selection->path, mistake.error.message);
			return NIL;
		}
		values = lappend(values, gqle_params_add(ctx->params, leaf));
	}
	return values;
}

static bool
plan_entity(GqleSchema *schema, const GqleSelection *selection,
			const GqleJson *representation, GqleRootPlan *root, GqleErrorSink *sink)
{
	GqlePlanContext ctx;
	GqleSelection narrow;
	GqleTable  *table;
	List	   *values;

	gqle_plan_context_init(&ctx, schema, sink);
	table = find_entity(&ctx, selection, representation);
	if (table == NULL)
		return false;
	values = key_values(&ctx, selection, table, representation);
	if (values == NIL)
		return false;
	root->kind = GQLE_ROOTPLAN_STATEMENT;
	root->response_key = selection->response_key;
	root->field_name = pstrdup(selection->field->name);
	root->error_path = "$";
	root->statement =
		gqle_plan_by_values(&ctx, selection, table,
							gqle_permission_get(schema->catalog, table, schema->role)->select,
							values);
	narrow = gqle_plan_narrow(selection, table);
	root->joins = gqle_plan_joins(schema, &narrow, sink);
	return !sink->has_error;
}

/* Have all representations the form of one? */
static bool
check_forms(const GqleInput *list, const GqleSelection *selection,
			GqleErrorSink *sink)
{
	for (int i = 0; i < list->n; i++)
	{
		const char *problem = check_form(list->items[i]->json);

		if (problem != NULL)
			return report(sink,
						  psprintf("%s.args.representations[%d]",
								   selection->path, i),
						  problem);
	}
	return true;
}

/* See build.h. */
bool
gqle_plan_entities(GqleSchema *schema, const GqleSelection *selection, GqleRootPlan *root,
				   GqleErrorSink *sink)
{
	const GqleInput *list = gqle_selection_arg(selection, GQLE_INPUT_REPRESENTATIONS);
	int			i;

	if (!check_forms(list, selection, sink))
		return false;
	root->kind = GQLE_ROOTPLAN_GROUP;
	root->is_list = true;
	root->n_children = list->n;
	root->children = palloc0(Max(list->n, 1) * sizeof(GqleRootPlan));
	for (i = 0; i < list->n; i++)
	{
		if (!plan_entity(schema, selection, list->items[i]->json, &root->children[i], sink))
			return false;
	}
	return true;
}
