/*
 * plan_federation.c
 *		Entities that an Apollo gateway asks for by key (graphql-schema.md §21).
 *
 * A representation is an object with "__typename" and the columns of the primary
 * key, known when compiling.  Each becomes a statement of its own; their answers
 * are the items of the list, in the gateway's order.
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"
#include "gqle/validate/coerce.h"

static bool
report(GqleErrorSink *sink, const GqleSelection *selection, const char *key,
	   const char *message)
{
	return gqle_error_report(sink, GQLE_ERR_VALIDATION_FAILED,
							 psprintf("%s.%s", selection->path, key), "%s", message);
}

/* The entity that a representation is of; NULL after reporting. */
static GqleTable *
find_entity(const GqleSelection *selection, const GqleJson *representation,
			GqleErrorSink *sink)
{
	const GqleJson *name;
	int			i;

	if (representation->kind != GQLE_JSON_OBJECT)
	{
		report(sink, selection, "representations",
			   "representations is expecting a list of objects only");
		return NULL;
	}
	name = gqle_json_lookup(representation, "__typename");
	if (name == NULL)
	{
		report(sink, selection, "__typename", "__typename key not found");
		return NULL;
	}
	if (name->kind != GQLE_JSON_STRING)
	{
		report(sink, selection, "__typename", "__typename can only be a string value");
		return NULL;
	}
	for (i = 0; i < selection->n_types; i++)
	{
		if (strcmp(selection->types[i].type->name, name->text) == 0)
			return selection->types[i].type->table;
	}
	report(sink, selection, "__typename",
		   psprintf("%s is not found in selection set or apollo federation is not enabled for the type",
					name->text));
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
		GqleLeaf   *leaf;

		if (value == NULL)
		{
			report(ctx->sink, selection, "representations",
				   psprintf("cannot find %s in _Any type", column->graphql_name));
			return NIL;
		}
		leaf = gqle_leaf_const(column->scalar, false, value,
							   psprintf("%s.representations", selection->path));
		if (!gqle_coerce_check_leaf(leaf, NULL, ctx->sink))
			return NIL;
		values = lappend(values, gqle_params_add(ctx->params, leaf));
	}
	return values;
}

static bool
plan_entity(GqleSchema *schema, const GqleSelection *selection,
			const GqleJson *representation, GqleRootPlan *root, GqleErrorSink *sink)
{
	GqlePlanContext ctx;
	GqleTable  *table;
	List	   *values;

	table = find_entity(selection, representation, sink);
	if (table == NULL)
		return false;
	gqle_plan_context_init(&ctx, schema, sink);
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
	return !sink->has_error;
}

/* See build.h. */
bool
gqle_plan_entities(GqleSchema *schema, const GqleSelection *selection, GqleRootPlan *root,
				   GqleErrorSink *sink)
{
	const GqleInput *list = gqle_selection_arg(selection, GQLE_INPUT_REPRESENTATIONS);
	int			i;

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
