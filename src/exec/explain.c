/*
 * explain.c
 *		How an operation would run.
 *
 * The plan shown is the one that is used: generic, with the parameters' places
 * instead of their values.  Statements get their request's values all the same,
 * since EXPLAIN ANALYZE runs them.
 */
#include "gqle/gqle.h"

#include "executor/tuptable.h"
#include "tcop/dest.h"
#include "utils/builtins.h"

#include "gqle/base/json_write.h"
#include "gqle/exec/bind.h"
#include "gqle/exec/execute.h"
#include "gqle/exec/explain.h"
#include "gqle/exec/identity.h"
#include "gqle/exec/op_cache.h"
#include "gqle/plan/joins.h"
#include "gqle/plan/plan_mutation.h"

typedef struct Explanation
{
	const GqleSession *session;
	const GqleRequest *request;
	GqleExplainFormat format;
	GqleCompiled *compiled;
	int			next_prepared;
	int			n_written;		/* root fields */
	StringInfo	out;
	GqleErrorSink *sink;
} Explanation;

/* Receives EXPLAIN's lines. */
typedef struct LineReceiver
{
	DestReceiver pub;
	StringInfo	out;
	bool		as_json;
	bool		first;
} LineReceiver;

static void
start_lines(DestReceiver *self, int operation, TupleDesc desc)
{
}

static bool
receive_line(TupleTableSlot *slot, DestReceiver *self)
{
	LineReceiver *receiver = (LineReceiver *) self;
	bool		is_null;
	char	   *line = TextDatumGetCString(slot_getattr(slot, 1, &is_null));

	if (receiver->as_json)
	{
		if (!receiver->first)
			appendStringInfoChar(receiver->out, ',');
		gqle_json_write_cstring(receiver->out, line);
	}
	else
		appendStringInfo(receiver->out, "%s\n", line);
	receiver->first = false;
	return true;
}

static void
end_lines(DestReceiver *self)
{
}

/* Append the plan of a bound statement. */
static void
append_plan(Explanation *explanation, const GqlePrepared *prepared)
{
	LineReceiver receiver = {{receive_line, start_lines, end_lines, end_lines, DestNone},
	explanation->out, explanation->format == GQLE_EXPLAIN_JSON, true};
	StringInfoData sql;
	GqleSpiPlan *plan;
	Oid		   *types = palloc(Max(prepared->n_bindings, 1) * sizeof(Oid));
	int			i;

	for (i = 0; i < prepared->n_bindings; i++)
		types[i] = prepared->bindings[i].type_oid;
	initStringInfo(&sql);
	appendStringInfo(&sql, "EXPLAIN (%s) %s",
					 explanation->format == GQLE_EXPLAIN_ANALYZE ? "ANALYZE, BUFFERS" : "COSTS",
					 prepared->statement->sql);
	plan = gqle_spi_plan_prepare(sql.data, prepared->n_bindings, types, 0);
	/* Postgres refuses EXPLAIN where only reading is allowed */
	gqle_spi_plan_execute(plan, prepared->values, prepared->nulls, false, 0, &receiver.pub);
	gqle_spi_plan_free(plan);
}

/* Append one root field's part. */
static void
append_root(Explanation *explanation, const char *field, const GqlePrepared *prepared)
{
	StringInfo	out = explanation->out;

	if (explanation->format == GQLE_EXPLAIN_JSON)
	{
		appendStringInfoString(out, explanation->n_written++ > 0 ? ",{\"field\":" : "{\"field\":");
		gqle_json_write_cstring(out, field);
		if (prepared == NULL)
		{
			appendStringInfoString(out, ",\"sql\":null,\"plan\":null}");
			return;
		}
		appendStringInfoString(out, ",\"sql\":");
		gqle_json_write_cstring(out, prepared->statement->sql);
		appendStringInfoString(out, ",\"plan\":[");
		append_plan(explanation, prepared);
		appendStringInfoString(out, "]}");
		return;
	}
	if (explanation->n_written++ > 0)
		appendStringInfoChar(out, '\n');
	appendStringInfo(out, "-- %s\n", field);
	if (prepared == NULL)
		return;
	appendStringInfo(out, "%s\n", gqle_plan_pretty_sql(prepared->statement));
	if (explanation->format != GQLE_EXPLAIN_SQL)
	{
		appendStringInfoChar(out, '\n');
		append_plan(explanation, prepared);
	}
}

/* Append the statements of a mutation, which are only shown. */
static void
append_mutation(Explanation *explanation, const char *field, const GqleRootPlan *root)
{
	StringInfo	out = explanation->out;
	ListCell   *lc;

	if (explanation->n_written++ > 0)
		appendStringInfoChar(out, '\n');
	appendStringInfo(out, "-- %s\n", field);
	foreach(lc, gqle_plan_mutation_statements(root->mutation))
		appendStringInfo(out, "%s;\n", gqle_plan_pretty_sql(lfirst(lc)));
}

/* Append what is joined to the answer of a root; Hasura does not explain it. */
static bool
append_joins(Explanation *explanation, const char *field, const GqleJoins *joins)
{
	StringInfo	out = explanation->out;
	int			i;

	if (explanation->format == GQLE_EXPLAIN_JSON)
		return gqle_error_report(explanation->sink, GQLE_ERR_INVALID_PARAMS, NULL,
								 "queries with remote relationships cannot be explained");
	for (i = 0; i < joins->n_steps; i++)
	{
		const GqleJoinStep *step = joins->steps[i];

		appendStringInfo(out, "\n-- %s: %s\n", field, step->field_name);
		if (step->statement != NULL)
			appendStringInfo(out, "%s\n", gqle_plan_pretty_sql(step->statement));
		else
			appendStringInfo(out, "-- asks remote schema \"%s\"\n",
							 step->join->remote_schema);
	}
	return true;
}

/* Bind and show root fields; those in a namespace are named "ns.field". */
static bool
explain_roots(Explanation *explanation, const GqleRootPlan *roots, int n, const char *prefix)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		const GqleRootPlan *root = &roots[i];
		const char *field = psprintf("%s%s", prefix, root->field_name);
		GqlePrepared *prepared;

		switch (root->kind)
		{
			case GQLE_ROOTPLAN_STATEMENT:
				prepared = &explanation->compiled->prepared[explanation->next_prepared++];
				gqle_execute_set_position(root->error_path, prepared->statement->sql);
				if (!gqle_bind_values(prepared, explanation->request,
									  explanation->session, explanation->sink))
					return false;
				append_root(explanation, field, prepared);
				break;
			case GQLE_ROOTPLAN_TEXT:
				append_root(explanation, field, NULL);
				break;
			case GQLE_ROOTPLAN_GROUP:
				if (!explain_roots(explanation, root->children, root->n_children,
								   root->is_list ? prefix : psprintf("%s.", field)))
					return false;
				break;
			case GQLE_ROOTPLAN_MUTATION:
				append_mutation(explanation, field, root);
				break;
			case GQLE_ROOTPLAN_ACTION:
				return gqle_error_report(explanation->sink, GQLE_ERR_INVALID_PARAMS, NULL,
										 "query actions cannot be explained");
			case GQLE_ROOTPLAN_REMOTE:
				return gqle_error_report(explanation->sink, GQLE_ERR_INVALID_PARAMS, NULL,
										 "only hasura queries can be explained");
		}
		if (root->joins != NULL && !append_joins(explanation, field, root->joins))
			return false;
	}
	return true;
}

static bool
explain_compiled(Explanation *explanation)
{
	const GqlePlan *plan = explanation->compiled->plan;
	bool		is_json = explanation->format == GQLE_EXPLAIN_JSON;
	int			nest_level;
	bool		done;

	/* the SQL alone can be shown without doing it */
	if (plan->type == GQLE_OPERATION_MUTATION &&
		explanation->format != GQLE_EXPLAIN_SQL)
		return gqle_error_report(explanation->sink, GQLE_ERR_INVALID_PARAMS, NULL,
								 "only queries can be explained");
	nest_level = gqle_identity_begin(explanation->session);
	if (is_json)
		appendStringInfoChar(explanation->out, '[');
	done = explain_roots(explanation, plan->roots, plan->n_roots, "");
	if (is_json)
		appendStringInfoChar(explanation->out, ']');
	gqle_identity_end(nest_level);
	return done;
}

/* See explain.h. */
bool
gqle_explain(const GqleSession *session, const GqleRequest *request,
			 GqleExplainFormat format, StringInfo out, GqleErrorSink *sink)
{
	Explanation explanation = {session, request, format, NULL, 0, 0, out, sink};
	GqleCatalog *catalog;
	bool		done = false;
	int			start = out->len;

	gqle_execute_set_position(NULL, NULL);
	catalog = gqle_catalog_pin();
	explanation.compiled = gqle_op_cache_get(catalog, session, request, sink);
	if (explanation.compiled != NULL)
	{
		done = explain_compiled(&explanation);
		gqle_op_cache_release(explanation.compiled);
	}
	gqle_catalog_release(catalog);
	if (!done)
	{
		out->len = start;
		out->data[start] = '\0';
	}
	return done;
}
