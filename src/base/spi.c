/*
 * spi.c
 *		Running SQL inside the server: the only SPI_ calls in the tree.
 *
 * The engine's own statements run in a frame (own_frame_*): bootstrap superuser
 * as current user, because metadata must be readable whichever role a request
 * runs under; search_path of pg_catalog only, so that nobody's operators are
 * picked up; and for queries a snapshot newer than the transaction's own, since
 * what they load is cached beyond the transaction.  An error inside leaves the
 * frame through transaction abort, which restores all three.
 *
 * A user's statements run as they would have without us.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/queryenvironment.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "gqle/base/plan_reads.h"
#include "gqle/base/spi.h"

struct GqleSpiPlan
{
	SPIPlanPtr	plan;
	int			n_args;
	Oid		   *arg_types;
};

/* What own_frame_begin changed. */
typedef struct OwnFrame
{
	Oid			user;
	int			sec_context;
	int			guc_level;
	bool		has_snapshot;
} OwnFrame;

/* ------------------------------------------------------------------------
 * Parameters
 * ------------------------------------------------------------------------ */

void
gqle_spi_add(GqleSpiArgs *args, Oid type, Datum value, bool is_null)
{
	Ensure(args->n < GQLE_SPI_MAX_ARGS, "too many arguments for a statement");
	args->types[args->n] = type;
	args->values[args->n] = is_null ? (Datum) 0 : value;
	args->nulls[args->n] = is_null ? 'n' : ' ';
	args->n++;
}

void
gqle_spi_add_text(GqleSpiArgs *args, const char *value)
{
	gqle_spi_add(args, TEXTOID,
				 value ? CStringGetTextDatum(value) : (Datum) 0, value == NULL);
}

/* The text must be valid JSON; json is stored as text. */
void
gqle_spi_add_json(GqleSpiArgs *args, const char *value)
{
	gqle_spi_add(args, JSONOID,
				 value ? CStringGetTextDatum(value) : (Datum) 0, value == NULL);
}

void
gqle_spi_add_bool(GqleSpiArgs *args, bool value)
{
	gqle_spi_add(args, BOOLOID, BoolGetDatum(value), false);
}

void
gqle_spi_add_int4(GqleSpiArgs *args, int32 value)
{
	gqle_spi_add(args, INT4OID, Int32GetDatum(value), false);
}

void
gqle_spi_add_int8(GqleSpiArgs *args, int64 value)
{
	gqle_spi_add(args, INT8OID, Int64GetDatum(value), false);
}

void
gqle_spi_add_oid(GqleSpiArgs *args, Oid value)
{
	gqle_spi_add(args, OIDOID, ObjectIdGetDatum(value), false);
}

void
gqle_spi_add_text_array(GqleSpiArgs *args, const char **values, int n)
{
	Datum	   *items = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		items[i] = CStringGetTextDatum(values[i]);
	gqle_spi_add(args, TEXTARRAYOID,
				 PointerGetDatum(construct_array(items, n, TEXTOID, -1, false,
												 TYPALIGN_INT)), false);
}

/* ------------------------------------------------------------------------
 * Rows
 * ------------------------------------------------------------------------ */

Datum
gqle_rows_datum(const GqleRows *rows, int row, int column, bool *is_null)
{
	Ensure(row >= 0 && row < rows->n, "row number out of range");
	Ensure(column >= 0 && column < rows->desc->natts, "column number out of range");
	return heap_getattr(rows->tuples[row], column + 1, rows->desc, is_null);
}

bool
gqle_rows_is_null(const GqleRows *rows, int row, int column)
{
	bool		is_null;

	(void) gqle_rows_datum(rows, row, column, &is_null);
	return is_null;
}

char *
gqle_rows_text(const GqleRows *rows, int row, int column)
{
	Oid			type = TupleDescAttr(rows->desc, column)->atttypid;
	Oid			output;
	bool		is_varlena;
	bool		is_null;
	Datum		value = gqle_rows_datum(rows, row, column, &is_null);

	if (is_null)
		return NULL;
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
		case JSONOID:
			return TextDatumGetCString(value);
		case NAMEOID:
			return pstrdup(NameStr(*DatumGetName(value)));
		default:
			getTypeOutputInfo(type, &output, &is_varlena);
			return OidOutputFunctionCall(output, value);
	}
}

/* The value of a column that must have the type; false if it is null. */
static bool
get_typed(const GqleRows *rows, int row, int column, Oid type, Datum *value)
{
	bool		is_null;

	*value = gqle_rows_datum(rows, row, column, &is_null);
	Ensure(TupleDescAttr(rows->desc, column)->atttypid == type,
		   "column of a result has an unexpected type");
	return !is_null;
}

bool
gqle_rows_bool(const GqleRows *rows, int row, int column)
{
	Datum		value;

	return get_typed(rows, row, column, BOOLOID, &value) && DatumGetBool(value);
}

int16
gqle_rows_int2(const GqleRows *rows, int row, int column)
{
	Datum		value;

	return get_typed(rows, row, column, INT2OID, &value) ? DatumGetInt16(value) : 0;
}

int32
gqle_rows_int4(const GqleRows *rows, int row, int column)
{
	Datum		value;

	return get_typed(rows, row, column, INT4OID, &value) ? DatumGetInt32(value) : 0;
}

int64
gqle_rows_int8(const GqleRows *rows, int row, int column)
{
	Datum		value;

	return get_typed(rows, row, column, INT8OID, &value) ? DatumGetInt64(value) : 0;
}

Oid
gqle_rows_oid(const GqleRows *rows, int row, int column)
{
	Datum		value;

	return get_typed(rows, row, column, OIDOID, &value) ? DatumGetObjectId(value) : InvalidOid;
}

char
gqle_rows_char(const GqleRows *rows, int row, int column)
{
	Datum		value;

	return get_typed(rows, row, column, CHAROID, &value) ? DatumGetChar(value) : '\0';
}

/* ------------------------------------------------------------------------
 * Connecting and copying
 * ------------------------------------------------------------------------ */

static void
connect_spi(void)
{
	int			code = SPI_connect();

	if (code != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI: %s", SPI_result_code_string(code));
}

static void
finish_spi(void)
{
	int			code = SPI_finish();

	if (code != SPI_OK_FINISH)
		elog(ERROR, "could not finish SPI: %s", SPI_result_code_string(code));
}

static void
check_executed(int code)
{
	if (code == SPI_ERROR_COPY)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("COPY from and to the client is not supported")));
	if (code < 0)
		elog(ERROR, "could not execute a statement: %s", SPI_result_code_string(code));
}

/*
 * The result of the statement just executed, copied to the context.  Must be
 * called before finish_spi.
 */
static GqleRows *
copy_rows(MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleRows   *rows = palloc0(sizeof(GqleRows));

	rows->processed = SPI_processed;
	if (SPI_tuptable != NULL)
	{
		if (SPI_tuptable->numvals > INT_MAX / (int) sizeof(HeapTuple))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("result of a statement has too many rows")));
		rows->n = (int) SPI_tuptable->numvals;
		rows->desc = CreateTupleDescCopy(SPI_tuptable->tupdesc);
		rows->tuples = palloc(sizeof(HeapTuple) * Max(rows->n, 1));
		for (int i = 0; i < rows->n; i++)
			rows->tuples[i] = heap_copytuple(SPI_tuptable->vals[i]);
	}
	MemoryContextSwitchTo(old);
	return rows;
}

/* ------------------------------------------------------------------------
 * The engine's own statements
 * ------------------------------------------------------------------------ */

/* Set something until the frame ends. */
static void
set_locally(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
}

static void
own_frame_begin(OwnFrame *frame, bool latest_snapshot)
{
	GetUserIdAndSecContext(&frame->user, &frame->sec_context);
	frame->guc_level = NewGUCNestLevel();
	set_locally("search_path", "pg_catalog, pg_temp");
	SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID,
						   frame->sec_context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	frame->has_snapshot = latest_snapshot;
	if (latest_snapshot)
		PushActiveSnapshot(GetLatestSnapshot());
}

static void
own_frame_end(const OwnFrame *frame)
{
	if (frame->has_snapshot)
		PopActiveSnapshot();
	SetUserIdAndSecContext(frame->user, frame->sec_context);
	AtEOXact_GUC(false, frame->guc_level);
}

static GqleRows *
run_own(const char *sql, const GqleSpiArgs *args, bool read_only)
{
	MemoryContext context = CurrentMemoryContext;
	GqleSpiArgs none = GQLE_SPI_NO_ARGS;
	OwnFrame	frame;
	GqleRows   *rows;

	if (args == NULL)
		args = &none;
	own_frame_begin(&frame, read_only);
	connect_spi();
	check_executed(SPI_execute_with_args(sql, args->n, (Oid *) args->types,
										 (Datum *) args->values, args->nulls,
										 read_only, 0));
	rows = copy_rows(context);
	finish_spi();
	own_frame_end(&frame);
	return rows;
}

GqleRows *
gqle_spi_query(const char *sql, const GqleSpiArgs *args)
{
	return run_own(sql, args, true);
}

GqleRows *
gqle_spi_execute(const char *sql, const GqleSpiArgs *args)
{
	return run_own(sql, args, false);
}

void
gqle_spi_execute_in_trigger(const char *sql, TriggerData *data)
{
	OwnFrame	frame;

	own_frame_begin(&frame, false);
	connect_spi();
	check_executed(SPI_register_trigger_data(data));
	check_executed(SPI_execute(sql, false, 0));
	finish_spi();
	own_frame_end(&frame);
}

/*
 * Run a statement that keeps its plan.  Tables are reached by their keys even if
 * they were empty when it was planned: they may have grown since.
 */
static GqleRows *
run_own_kept(GqleSpiStatement *statement, const GqleSpiArgs *args, bool read_only)
{
	MemoryContext context = CurrentMemoryContext;
	GqleSpiArgs none = GQLE_SPI_NO_ARGS;
	OwnFrame	frame;
	GqleRows   *rows;

	if (args == NULL)
		args = &none;
	own_frame_begin(&frame, read_only);
	set_locally("enable_seqscan", "off");
	set_locally("jit", "off");	/* a scan that must be has a huge cost now */
	connect_spi();
	if (statement->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare_cursor(statement->sql, args->n,
											  (Oid *) args->types,
											  CURSOR_OPT_GENERIC_PLAN);

		if (plan == NULL)
			elog(ERROR, "could not prepare a statement: %s",
				 SPI_result_code_string(SPI_result));
		check_executed(SPI_keepplan(plan));
		statement->plan = plan;
	}
	check_executed(SPI_execute_plan(statement->plan, (Datum *) args->values,
									args->nulls, read_only, 0));
	rows = copy_rows(context);
	finish_spi();
	own_frame_end(&frame);
	return rows;
}

GqleRows *
gqle_spi_query_kept(GqleSpiStatement *statement, const GqleSpiArgs *args)
{
	return run_own_kept(statement, args, true);
}

GqleRows *
gqle_spi_execute_kept(GqleSpiStatement *statement, const GqleSpiArgs *args)
{
	return run_own_kept(statement, args, false);
}

/* ------------------------------------------------------------------------
 * Statements of users
 * ------------------------------------------------------------------------ */

GqleRows *
gqle_spi_run(const char *sql, bool read_only)
{
	MemoryContext context = CurrentMemoryContext;
	GqleRows   *rows;

	connect_spi();
	check_executed(SPI_execute(sql, read_only, 0));
	rows = copy_rows(context);
	finish_spi();
	return rows;
}

/* Keep what SPI_prepare_* returned; ends the SPI connection. */
static GqleSpiPlan *
keep_plan(SPIPlanPtr plan)
{
	GqleSpiPlan *kept;
	int			n_args;

	if (plan == NULL)
		elog(ERROR, "could not prepare a statement: %s",
			 SPI_result_code_string(SPI_result));
	n_args = SPI_getargcount(plan);
	kept = MemoryContextAllocZero(CacheMemoryContext,
								  sizeof(GqleSpiPlan) + n_args * sizeof(Oid));
	kept->n_args = n_args;
	kept->arg_types = (Oid *) (kept + 1);
	for (int i = 0; i < n_args; i++)
		kept->arg_types[i] = SPI_getargtypeid(plan, i);
	check_executed(SPI_keepplan(plan));
	kept->plan = plan;
	finish_spi();
	return kept;
}

GqleSpiPlan *
gqle_spi_plan_prepare(const char *sql, int n_args, Oid *arg_types, int options)
{
	connect_spi();
	return keep_plan(SPI_prepare_cursor(sql, n_args, arg_types, options));
}

GqleSpiPlan *
gqle_spi_plan_prepare_hook(const char *sql, ParserSetupHook setup, void *setup_arg,
						   int options)
{
	connect_spi();
	return keep_plan(SPI_prepare_params(sql, setup, setup_arg, options));
}

/* Let the statements of the SPI connection read a relation. */
static void
register_relation(GqleSpiRelation *relation)
{
	EphemeralNamedRelation enr = palloc0(sizeof(EphemeralNamedRelationData));

	enr->md.name = pstrdup(relation->name);
	enr->md.reliddesc = InvalidOid;
	enr->md.tupdesc = relation->desc;
	enr->md.enrtype = ENR_NAMED_TUPLESTORE;
	enr->md.enrtuples = relation->n_expected;
	enr->reldata = relation->rows;
	check_executed(SPI_register_relation(enr));
}

GqleSpiPlan *
gqle_spi_plan_prepare_over(const char *sql, GqleSpiRelation *relation)
{
	connect_spi();
	register_relation(relation);
	return keep_plan(SPI_prepare_cursor(sql, 0, NULL, CURSOR_OPT_GENERIC_PLAN));
}

void
gqle_spi_plan_execute_over(GqleSpiPlan *plan, GqleSpiRelation *relation,
						   DestReceiver *receiver)
{
	SPIExecuteOptions options = {.read_only = true,.dest = receiver};

	connect_spi();
	register_relation(relation);
	check_executed(SPI_execute_plan_extended(plan->plan, &options));
	finish_spi();
}

/* Cancellation is not the statement's mistake. */
static bool
is_cancellation(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
		error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN;
}

GqleSpiPlan *
gqle_spi_plan_try(const char *sql, int n_args, Oid *arg_types, ErrorData **error)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	GqleSpiPlan *volatile plan = NULL;
	Oid			user;
	int			sec_context;
	int			guc_level;

	*error = NULL;
	GetUserIdAndSecContext(&user, &sec_context);
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID,
							   sec_context | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_RESTRICTED_OPERATION);
		guc_level = NewGUCNestLevel();
		(void) set_config_option("search_path", GetConfigOptionResetString("search_path"),
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
								 false);
		plan = gqle_spi_plan_prepare(sql, n_args, arg_types, 0);
		AtEOXact_GUC(false, guc_level);
		SetUserIdAndSecContext(user, sec_context);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		*error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (is_cancellation(*error))
			ReThrowError(*error);
	}
	PG_END_TRY();
	return plan;
}

/* The plan's one statement. */
static CachedPlanSource *
get_source(const GqleSpiPlan *plan)
{
	return linitial(SPI_plan_get_plan_sources(plan->plan));
}

TupleDesc
gqle_spi_plan_desc(const GqleSpiPlan *plan)
{
	return get_source(plan)->resultDesc;
}

int
gqle_spi_plan_generation(const GqleSpiPlan *plan)
{
	return get_source(plan)->generation;
}

void
gqle_spi_plan_reads(GqleSpiPlan *plan, GqlePlanReads *reads)
{
	gqle_plan_reads(get_source(plan), reads);
}

bool
gqle_spi_plan_is_modifying(const GqleSpiPlan *plan)
{
	ListCell   *lc;

	foreach(lc, get_source(plan)->query_list)
	{
		const Query *query = lfirst_node(Query, lc);

		if (query->commandType != CMD_SELECT || query->hasModifyingCTE)
			return true;
	}
	return false;
}

uint64
gqle_spi_plan_execute(GqleSpiPlan *plan, const Datum *values, const bool *nulls,
					  bool read_only, uint64 max_rows, DestReceiver *receiver)
{
	ParamListInfo params = NULL;

	if (plan->n_args > 0)
	{
		params = makeParamList(plan->n_args);
		for (int i = 0; i < plan->n_args; i++)
		{
			ParamExternData *param = &params->params[i];

			param->value = values[i];
			param->isnull = nulls[i];
			param->pflags = PARAM_FLAG_CONST;
			param->ptype = plan->arg_types[i];
		}
	}
	return gqle_spi_plan_execute_params(plan, params, read_only, max_rows, receiver);
}

uint64
gqle_spi_plan_execute_params(GqleSpiPlan *plan, ParamListInfo params, bool read_only,
							 uint64 max_rows, DestReceiver *receiver)
{
	SPIExecuteOptions options;
	uint64		processed;

	memset(&options, 0, sizeof(options));
	options.params = params;
	options.read_only = read_only;
	options.tcount = max_rows;
	options.dest = receiver;

	connect_spi();
	check_executed(SPI_execute_plan_extended(plan->plan, &options));
	processed = SPI_processed;
	finish_spi();
	return processed;
}

void
gqle_spi_plan_estimate(GqleSpiPlan *plan, double *cost, double *rows)
{
	CachedPlan *cached;

	*cost = 0;
	*rows = 0;
	connect_spi();
	cached = SPI_plan_get_cached_plan(plan->plan);
	if (cached != NULL)
	{
		PlannedStmt *statement = linitial_node(PlannedStmt, cached->stmt_list);

		if (statement->planTree != NULL)
		{
			*cost = statement->planTree->total_cost;
			*rows = statement->planTree->plan_rows;
		}
		ReleaseCachedPlan(cached, CurrentResourceOwner);
	}
	finish_spi();
}

Size
gqle_spi_plan_size(GqleSpiPlan *plan)
{
	Size		size = 0;
	ListCell   *lc;

	foreach(lc, SPI_plan_get_plan_sources(plan->plan))
	{
		CachedPlanSource *source = lfirst(lc);

		size += MemoryContextMemAllocated(source->context, true);
		if (source->gplan != NULL)
			size += MemoryContextMemAllocated(source->gplan->context, true);
	}
	return size;
}

void
gqle_spi_plan_lock(GqleSpiPlan *plan)
{
	ListCell   *source_cell;
	ListCell   *relation_cell;

	foreach(source_cell, SPI_plan_get_plan_sources(plan->plan))
	{
		CachedPlanSource *source = lfirst(source_cell);

		foreach(relation_cell, source->relationOids)
			LockRelationOid(lfirst_oid(relation_cell), AccessShareLock);
	}
}

bool
gqle_spi_plan_is_valid(GqleSpiPlan *plan)
{
	return SPI_plan_is_valid(plan->plan);
}

int
gqle_spi_plan_n_args(const GqleSpiPlan *plan)
{
	return plan->n_args;
}

Oid
gqle_spi_plan_arg_type(const GqleSpiPlan *plan, int index)
{
	Ensure(index >= 0 && index < plan->n_args, "argument number out of range");
	return plan->arg_types[index];
}

void
gqle_spi_plan_free(GqleSpiPlan *plan)
{
	SPI_freeplan(plan->plan);
	pfree(plan);
}
