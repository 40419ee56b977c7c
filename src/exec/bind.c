/*
 * bind.c
 *		Values of a request into the parameters of a statement.
 *
 * A binding knows the leaf a parameter comes from and the input function of its
 * type.  Constants of types whose text means the same in every session are
 * converted once, when the statement is prepared.
 */
#include "gqle/gqle.h"

#include "fmgr.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "gqle/exec/bind.h"
#include "gqle/validate/coerce.h"

/*
 * Generic plans: planning costs far more than a custom plan gains on requests
 * of the usual kind (DESIGN §5).
 */
#define STATEMENT_OPTIONS (CURSOR_OPT_GENERIC_PLAN | CURSOR_OPT_PARALLEL_OK)

/*
 * From which ratio of the planner's costs on the grouped form is faster.  A
 * subquery that runs once per parent is charged for page reads at
 * random_page_cost, which cached pages do not cost, and a unit of its cost takes
 * so much less time than one of the grouped form's (measured at 1.1 and 4 with
 * one and ten children a parent: docs/adr/002).
 */
static double
grouping_factor(void)
{
	return 12 + 8 * random_page_cost;
}

/* Convert a leaf's value; used for constants once and for the rest per request. */
static bool
bind_value(GqleBinding *binding, const GqleJson *variables, const GqleSession *session,
		   GqleErrorSink *sink, Datum *value, bool *is_null, bool *is_direct)
{
	const char *text = NULL;

	*is_null = false;
	*is_direct = false;
	if (!gqle_coerce_leaf(binding->leaf, variables, session, sink,
						  is_null, is_direct, value, &text))
		return false;
	if (*is_null)
		*value = (Datum) 0;
	else if (!*is_direct)
		*value = InputFunctionCall(&binding->input, unconstify(char *, text),
								   binding->io_param, -1);
	return true;
}

/* Look up a parameter's input function and fix its value if it is constant. */
static bool
prepare_binding(GqleBinding *binding, const GqleParam *param, MemoryContext context,
				GqleErrorSink *sink)
{
	Oid			input_oid;
	bool		is_direct;

	binding->leaf = param->leaf;
	binding->type_oid = param->type_oid;
	if (param->leaf == NULL)
		return true;
	getTypeInputInfo(param->type_oid, &input_oid, &binding->io_param);
	fmgr_info_cxt(input_oid, &binding->input, context);

	if (param->leaf->source != GQLE_LEAF_CONST)
		return true;
	if (!bind_value(binding, NULL, NULL, sink, &binding->datum, &binding->is_null,
					&is_direct))
		return false;
	/* text of dates and the like depends on settings: convert it every time */
	binding->is_fixed = is_direct || binding->is_null;
	if (is_direct && !binding->is_null)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		binding->datum = datumCopy(binding->datum, get_typbyval(param->type_oid),
								   get_typlen(param->type_oid));
		MemoryContextSwitchTo(old);
	}
	return true;
}

/*
 * Below this estimate, that of a hundred index scans, a statement takes less time
 * than planning its grouped form.
 */
#define MIN_GROUPED_COST	1000.0

/* The plan of a statement, kept. */
static GqleSpiPlan *
prepare_plan(const GqleStatement *statement)
{
	Oid		   *types = palloc(Max(statement->n_params, 1) * sizeof(Oid));
	int			i;

	for (i = 0; i < statement->n_params; i++)
		types[i] = statement->params[i].type_oid;
	return gqle_spi_plan_prepare(statement->sql, statement->n_params, types,
								 STATEMENT_OPTIONS);
}

/*
 * Choose between running list subqueries once per parent and making the lists
 * of all parents at once, by the planner's estimates of both; the plan of the
 * other is given up.
 */
static const GqleStatement *
choose_statement(const GqleStatement *statement, GqleSpiPlan **plan)
{
	GqleSpiPlan *grouped_plan;
	double		cost;
	double		grouped_cost;
	double		rows;

	*plan = prepare_plan(statement);
	if (statement->grouped == NULL)
		return statement;
	gqle_spi_plan_estimate(*plan, &cost, &rows);
	if (cost < MIN_GROUPED_COST)
		return statement;
	grouped_plan = prepare_plan(statement->grouped);
	gqle_spi_plan_estimate(grouped_plan, &grouped_cost, &rows);
	if (cost < grouped_cost * grouping_factor())
	{
		gqle_spi_plan_free(grouped_plan);
		return statement;
	}
	gqle_spi_plan_free(*plan);
	*plan = grouped_plan;
	return statement->grouped;
}

/* See bind.h. */
bool
gqle_bind_prepare(GqlePrepared *prepared, const GqleStatement *statement,
				  MemoryContext context, GqleErrorSink *sink)
{
	int			n;
	int			i;

	statement = choose_statement(statement, &prepared->plan);
	n = statement->n_params;
	prepared->statement = statement;
	prepared->n_bindings = n;
	prepared->bindings = MemoryContextAllocZero(context, Max(n, 1) * sizeof(GqleBinding));
	prepared->values = MemoryContextAllocZero(context, Max(n, 1) * sizeof(Datum));
	prepared->nulls = MemoryContextAllocZero(context, Max(n, 1) * sizeof(bool));
	for (i = 0; i < n; i++)
		if (!prepare_binding(&prepared->bindings[i], &statement->params[i], context, sink))
			return false;
	if (statement->template != NULL)
		prepared->receiver =
			gqle_receiver_make(gqle_json_template_make(statement->template,
												  strlen(statement->template), context),
							   context);
	if (statement->cursor_column > 0)
		gqle_receiver_watch_column(prepared->receiver, statement->cursor_column);
	return true;
}

/* Let a stream go on after a row, instead of from its initial value. */
static void
bind_cursor(GqlePrepared *prepared, const char *cursor)
{
	int			i = prepared->statement->cursor_param - 1;
	GqleBinding *binding = &prepared->bindings[i];

	prepared->values[i] = InputFunctionCall(&binding->input, unconstify(char *, cursor),
											binding->io_param, -1);
	prepared->nulls[i] = false;
}

/* See bind.h. */
bool
gqle_bind_values(GqlePrepared *prepared, const GqleRequest *request,
				 const GqleSession *session, GqleErrorSink *sink)
{
	int			i;

	for (i = 0; i < prepared->n_bindings; i++)
	{
		GqleBinding *binding = &prepared->bindings[i];
		bool		is_direct;

		if (binding->leaf == NULL)
			continue;			/* the caller's */
		if (binding->is_fixed)
		{
			prepared->values[i] = binding->datum;
			prepared->nulls[i] = binding->is_null;
		}
		else if (!bind_value(binding, request->variables, session, sink,
							 &prepared->values[i], &prepared->nulls[i], &is_direct))
			return false;
	}
	if (request->cursor != NULL && prepared->statement->cursor_param > 0)
		bind_cursor(prepared, request->cursor);
	return true;
}
