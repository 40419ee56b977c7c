/*
 * plan_function.c
 *		Calls of tracked functions and computed fields, and native queries.
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"

/* The client's value for an argument, or NULL if it was not given. */
static const GqleInput *
lookup_value(const GqleInput *args, const GqleArgument *argument)
{
	int			i;

	if (args == NULL || args->kind != GQLE_IN_OBJECT)
		return NULL;
	for (i = 0; i < args->n; i++)
	{
		if (args->entries[i].field->argument == argument)
			return args->entries[i].value;
	}
	return NULL;
}

/* See build.h.  An explicit null is passed: it does not mean the default. */
GqleSqlExpr *
gqle_plan_value(GqlePlanContext *ctx, const GqleInput *input, const GqleScalar *scalar)
{
	if (input->kind == GQLE_IN_LEAF)
		return gqle_params_add(ctx->params, input->leaf);
	if (input->kind == GQLE_IN_ENUM)
		return gqle_params_add(ctx->params,
							   gqle_leaf_const(scalar, false,
											   gqle_json_make_string(input->value->text),
											   input->path));
	return gqle_sql_cast(gqle_sql_keyword("NULL"), gqle_sql_type_name(scalar));
}

/*
 * Arguments are passed by position up to the first one left to its default, and
 * by name after it.
 */
GqleSqlExpr *
gqle_plan_call(GqlePlanContext *ctx, const GqleFunction *function, GqlePlanRow *row,
			   const GqleInput *args)
{
	List	   *values = NIL;
	bool		by_name = false;
	const char *path = args ? args->path : NULL;
	int			i;

	for (i = 0; i < function->n_arguments; i++)
	{
		const GqleArgument *argument = &function->arguments[i];
		const GqleInput *input = NULL;
		GqleSqlExpr *value;

		if (i == function->table_argument)
			value = gqle_row_whole(ctx, row);
		else if (i == function->session_argument)
			value = gqle_params_add(ctx->params, gqle_leaf_session_json(argument->scalar));
		else
		{
			input = lookup_value(args, argument);
			if (input == NULL)
			{
				if (!argument->has_default)
					gqle_error_report(ctx->sink, GQLE_ERR_NOT_SUPPORTED, path,
									  "Non default arguments cannot be omitted");
				by_name = true;
				continue;
			}
			value = gqle_plan_value(ctx, input, argument->scalar);
		}

		if (by_name && argument->name == NULL)
			gqle_error_report(ctx->sink, GQLE_ERR_NOT_SUPPORTED, path,
							  "Only last set of positional arguments can be omitted");
		else if (by_name)
			value = gqle_sql_named_arg(argument->name, value);
		values = lappend(values, value);
	}
	return gqle_sql_function(function->schema, function->name, values);
}

/* See build.h.  The text is the metadata's; what the client gives is never part of it. */
GqleSqlFrom *
gqle_plan_native_from(GqlePlanContext *ctx, const GqleNativeQuery *query,
					  const GqleInput *args, const char *alias)
{
	List	   *code = NIL;
	int			i;

	for (i = 0; i < query->n_uses; i++)
	{
		const GqleArgument *argument = query->uses[i];
		const GqleInput *input = lookup_value(args, argument);

		Ensure(input != NULL || argument->has_default,
			   "required argument of a native query is missing");
		code = lappend(code, gqle_sql_code(query->pieces[i]));
		code = lappend(code, input != NULL ? gqle_plan_value(ctx, input, argument->scalar) :
					   gqle_sql_cast(gqle_sql_keyword("NULL"),
									 gqle_sql_type_name(argument->scalar)));
	}
	code = lappend(code, gqle_sql_code(query->pieces[i]));
	return gqle_sql_from_code(code, alias);
}

GqleStatement *
gqle_plan_function(GqlePlanContext *ctx, const GqleSelection *selection)
{
	const GqleField *field = selection->field;
	const GqleFunction *function = field->function->function;
	GqleRowsSpec spec = {0};

	spec.selection = spec.objects = selection;
	spec.table = field->table;
	spec.perm = field->perms->select;
	spec.alias = gqle_plan_alias(ctx, NULL, selection->response_key);
	spec.from = gqle_sql_from_function(gqle_plan_call(ctx, function, NULL,
													  gqle_selection_arg(selection, GQLE_INPUT_ARGS)),
									   spec.alias);

	if (field->kind == GQLE_FIELD_FUNCTION_AGGREGATE)
		return gqle_plan_aggregate_statement(ctx, &spec);
	return gqle_plan_rows_statement(ctx, &spec,
									function->returns_set ? GQLE_RESULT_LIST : GQLE_RESULT_ROW);
}
