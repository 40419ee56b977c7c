/*
 * api_json.c
 *		SQL functions that make JSON from rows, for the engine's own statements.
 *
 *		gqle_internal.json_row(template text, VARIADIC "any") json
 *		gqle_internal.json_list(template text, VARIADIC "any") json -- aggregate
 *
 * The template (plan.h) says where each value goes.  It is parsed once per call
 * site, together with the formats of the arguments' types.  All values may also
 * be given as one ROW(...), since a call cannot have more than 100 arguments.
 */
#include "gqle/gqle.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "gqle/exec/json_template.h"

PG_FUNCTION_INFO_V1(gqle_sql_json_row);
PG_FUNCTION_INFO_V1(gqle_sql_json_list_step);
PG_FUNCTION_INFO_V1(gqle_sql_json_list_final);

/* Kept in fn_extra: one per call site. */
typedef struct CallSite
{
	GqleJsonTemplate *template;
	int			template_len;	/* to notice another template */
	char	   *template_text;
	bool		is_record;		/* values come as one ROW(...) */
	int			n;				/* values */
	Datum	   *values;
	bool	   *nulls;
	MemoryContext row_context;
} CallSite;

/* State of the aggregate: a varlena under construction. */
typedef struct ListState
{
	StringInfoData text;		/* begins with room for the length word */
} ListState;

/* Types of the values, unless they come as a record. */
static void
set_argument_types(CallSite *site, FunctionCallInfo fcinfo, int first)
{
	int			i;

	for (i = 0; i < gqle_json_template_n_columns(site->template); i++)
	{
		Oid			type_oid = get_fn_expr_argtype(fcinfo->flinfo, first + i);

		if (!OidIsValid(type_oid))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("could not determine the type of argument %d", first + i + 1)));
		gqle_json_template_set_type(site->template, i,
							   type_oid == UNKNOWNOID ? TEXTOID : type_oid);
	}
}

/*
 * The call site's state, made at the first call.  first is the index of the
 * first value among the arguments, right after the template.
 */
static CallSite *
get_call_site(FunctionCallInfo fcinfo, int first)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;
	text	   *template = PG_GETARG_TEXT_PP(first - 1);
	int			len = VARSIZE_ANY_EXHDR(template);
	MemoryContext context;
	int			n_arguments = PG_NARGS() - first;

	if (site != NULL && site->template_len == len &&
		memcmp(site->template_text, VARDATA_ANY(template), len) == 0)
		return site;

	context = fcinfo->flinfo->fn_mcxt;
	site = MemoryContextAllocZero(context, sizeof(CallSite));
	site->template = gqle_json_template_make(VARDATA_ANY(template), len, context);
	site->template_len = len;
	site->template_text = MemoryContextAlloc(context, len + 1);
	memcpy(site->template_text, VARDATA_ANY(template), len);
	site->row_context = AllocSetContextCreate(context, "gqle row", ALLOCSET_SMALL_SIZES);
	site->n = gqle_json_template_n_columns(site->template);
	site->is_record = n_arguments == 1 &&
		get_fn_expr_argtype(fcinfo->flinfo, first) == RECORDOID;
	if (!site->is_record)
	{
		if (site->n > n_arguments)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("template refers to value %d, but there are only %d",
							site->n, n_arguments)));
		set_argument_types(site, fcinfo, first);
	}
	site->values = MemoryContextAlloc(context, Max(site->n, 1) * sizeof(Datum));
	site->nulls = MemoryContextAlloc(context, Max(site->n, 1) * sizeof(bool));
	fcinfo->flinfo->fn_extra = site;
	return site;
}

/* Take a record apart into the site's values. */
static void
deform_record(CallSite *site, Datum value)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(value);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row),
											  HeapTupleHeaderGetTypMod(row));
	HeapTupleData tuple = {0};
	int			i;

	if (desc->natts < site->n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("template refers to value %d, but the row has only %d",
						site->n, desc->natts)));
	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	tuple.t_data = row;
	for (i = 0; i < site->n; i++)
	{
		site->values[i] = heap_getattr(&tuple, i + 1, desc, &site->nulls[i]);
		gqle_json_template_set_type(site->template, i, TupleDescAttr(desc, i)->atttypid);
	}
	ReleaseTupleDesc(desc);
}

/* Append the JSON of one call's values. */
static void
append_call(StringInfo out, FunctionCallInfo fcinfo, int first)
{
	CallSite   *site = get_call_site(fcinfo, first);
	MemoryContext old = MemoryContextSwitchTo(site->row_context);
	int			i;

	if (site->is_record)
	{
		if (PG_ARGISNULL(first))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("row of values must not be null")));
		deform_record(site, PG_GETARG_DATUM(first));
	}
	else
	{
		for (i = 0; i < site->n; i++)
		{
			site->values[i] = PG_GETARG_DATUM(first + i);
			site->nulls[i] = PG_ARGISNULL(first + i);
		}
	}
	gqle_json_template_append(out, site->template, site->values, site->nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(site->row_context);
}

/* A text buffer that begins with room for a varlena's length word. */
static void
init_varlena(StringInfo text)
{
	initStringInfo(text);
	text->len = VARHDRSZ;
}

/*
 * gqle_internal.json_row(template text, VARIADIC "any") returns json
 */
Datum
gqle_sql_json_row(PG_FUNCTION_ARGS)
{
	StringInfoData text;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	init_varlena(&text);
	append_call(&text, fcinfo, 1);
	SET_VARSIZE(text.data, text.len);
	PG_RETURN_POINTER(text.data);
}

/*
 * Transition of json_list: (internal, template text, VARIADIC "any")
 */
Datum
gqle_sql_json_list_step(PG_FUNCTION_ARGS)
{
	MemoryContext aggregate_context;
	ListState  *state;

	if (!AggCheckCallContext(fcinfo, &aggregate_context))
		elog(ERROR, "gqle_sql_json_list_step called in non-aggregate context");
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("template must not be null")));
	if (PG_ARGISNULL(0))
	{
		MemoryContext old = MemoryContextSwitchTo(aggregate_context);

		state = palloc(sizeof(ListState));
		init_varlena(&state->text);
		MemoryContextSwitchTo(old);
		appendStringInfoCharMacro(&state->text, '[');
	}
	else
	{
		state = (ListState *) PG_GETARG_POINTER(0);
		appendStringInfoCharMacro(&state->text, ',');
	}
	append_call(&state->text, fcinfo, 2);
	PG_RETURN_POINTER(state);
}

/*
 * Final function of json_list.  Its result is the state's own buffer: a state
 * is finished only once, the aggregate being marked FINALFUNC_MODIFY = READ_WRITE.
 */
Datum
gqle_sql_json_list_final(PG_FUNCTION_ARGS)
{
	ListState  *state;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "gqle_sql_json_list_final called in non-aggregate context");
	if (PG_ARGISNULL(0))
		PG_RETURN_TEXT_P(cstring_to_text_with_len("[]", 2));
	state = (ListState *) PG_GETARG_POINTER(0);
	appendStringInfoCharMacro(&state->text, ']');
	SET_VARSIZE(state->text.data, state->text.len);
	PG_RETURN_POINTER(state->text.data);
}
