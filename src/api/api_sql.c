/*
 * api_sql.c
 *		/v1/query, /v2/query and run_sql (reference §18).
 *
 * run_sql runs a text of any number of statements in a subtransaction and
 * answers with the result of the last.  Where the text may change the schema,
 * the metadata follow (run_sql_check.c).  Settings that the text makes end with
 * it.  compat: BEGIN and COMMIT in the text are passed over, since everything
 * runs in one transaction anyway; other transaction control is refused.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

#include "gqle/api/pg_dump_text.h"
#include "gqle/api/run_sql.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/exec/identity.h"

static bool run_run_sql(GqleMetaCall *call, const GqleJson *args);
static bool run_checked(GqleMetaCall *call);
static bool run_text(GqleMetaCall *call);
static void report_statement(GqleMetaCall *call, const ErrorData *edata);
static GqleRows *run_statements(const char *sql);
static bool passes_over(const RawStmt *statement);
static void append_rows(StringInfo out, const GqleRows *rows);
static void run_statement_alone(const char *sql, RawStmt *statement, StringInfo out);

/* How a text is run whose effects are checked. */
typedef struct SqlRun
{
	GqleSqlGuess *guess;		/* what it is about, or NULL: anything */
	volatile bool was_wrong;	/* it was about something else, too */
} SqlRun;

static const GqleMetaField run_sql_fields[] = {
	{"sql", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{"source", GQLE_META_NAME},
	{"cascade", GQLE_META_BOOL},
	{"check_metadata_consistency", GQLE_META_BOOL},
	{"read_only", GQLE_META_BOOL},
	{"no_transaction", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape run_sql_shape = {"RunSQL", run_sql_fields};

const GqleMetaCommand gqle_sql_commands[] = {
	{"run_sql", GQLE_META_V1 | GQLE_META_V2 | GQLE_META_V2_PREFIX | GQLE_META_READS,
	&run_sql_shape, run_run_sql},
	{NULL}
};

/* gqle_api_query answers /v1/query and /v2/query; always in the lane. */
void
gqle_api_query(GqleCall *call)
{
	if (call->place == GQLE_PLACE_INLINE)
	{
		call->to_lane = true;
		return;
	}
	call->status = gqle_meta_run(call->session, call->endpoint, call->body,
								 call->body_len, true, call->outcalls, call->out);
	if (call->status == GQLE_META_PENDING)
	{
		call->status = 200;
		call->needs_http = true;
	}
}

/* ------------------------------------------------------------------------
 * Does the metadata need a look?
 * ------------------------------------------------------------------------ */

/* is_word_char tells whether a character is part of a word. */
static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_';
}

/* has_words finds words in a text, whatever their case, as whole words. */
static bool
has_words(const char *text, const char *words)
{
	int			len = strlen(words);
	const char *c;

	for (c = text; *c != '\0'; c++)
		if (pg_strncasecmp(c, words, len) == 0 &&
			(c == text || !is_word_char(c[-1])) && !is_word_char(c[len]))
			return true;
	return false;
}

/*
 * gqle_sql_needs_check tells whether the metadata must follow the SQL.  compat:
 * a guess from the text, unless the client says it.
 */
bool
gqle_sql_needs_check(const GqleJson *args)
{
	static const char *const words[] = {"alter", "drop", "replace", "create function",
	"comment on"};
	const char *sql = gqle_meta_text(args, "sql");
	int			i;

	if (gqle_meta_bool(args, "read_only", false))
		return false;
	if (gqle_json_lookup(args, "check_metadata_consistency") != NULL)
		return gqle_meta_bool(args, "check_metadata_consistency", false);
	for (i = 0; i < (int) lengthof(words); i++)
		if (has_words(sql, words[i]))
			return true;
	return false;
}

/* ------------------------------------------------------------------------
 * Running
 * ------------------------------------------------------------------------ */

/* run_run_sql runs a text of SQL. */
static bool
run_run_sql(GqleMetaCall *call, const GqleJson *args)
{
	bool		needs_check = gqle_sql_needs_check(args);

	if (!gqle_meta_need_source(call, gqle_meta_source(args)))
		return false;
	if (!needs_check)
		return gqle_meta_run_reporting(call, run_text, report_statement);
	gqle_meta_begin_change(call);
	if (!run_checked(call))
		return false;
	call->request->is_changed = true;
	return true;
}

/*
 * run_checked runs the text and looks at the metadata of the tables that it seems to
 * be about.  If it was about others, too, everything is undone and done once more,
 * with a look at all metadata.
 */
static bool
run_checked(GqleMetaCall *call)
{
	GqleMetaRequest *request = call->request;
	GqleJson   *inconsistent = request->inconsistent;
	SqlRun		run = {gqle_sql_guess(gqle_meta_text(call->args, "sql")), false};
	bool		done;

	call->data = &run;
	if (run.guess != NULL)
	{
		request->near = run.guess->near;
		request->inconsistent = NULL;
		gqle_meta_check_begin(request);
		done = gqle_meta_run_reporting(call, run_text, report_statement);
		request->near = NULL;
		request->inconsistent = inconsistent;
		if (!run.was_wrong)
			return done;
		run.guess = NULL;
	}
	gqle_meta_check_begin(request);
	return gqle_meta_run_reporting(call, run_text, report_statement);
}

/*
 * run_text runs the statements and, if needed, lets the metadata follow; all
 * within one subtransaction.
 */
static bool
run_text(GqleMetaCall *call)
{
	const GqleJson *args = call->args;
	const char *sql = gqle_pg_dump_unrestrict(gqle_meta_text(args, "sql"));
	bool		needs_check = gqle_sql_needs_check(args);
	SqlRun	   *run = call->data;
	GqleSqlState *state = needs_check ? gqle_sql_state_load(call->request, run->guess) : NULL;
	int			settings = NewGUCNestLevel();
	int			identity = gqle_identity_begin(call->request->session);
	GqleRows   *rows;
	bool		done = true;

	if (gqle_meta_bool(args, "read_only", false))
		XactReadOnly = true;
	rows = run_statements(sql);
	if (call->request->owns_transaction)
		(void) gqle_spi_run("SET CONSTRAINTS ALL IMMEDIATE", false);
	gqle_identity_end(identity);
	AtEOXact_GUC(false, settings);
	append_rows(call->out, rows);

	if (state != NULL)
	{
		run->was_wrong = !gqle_sql_state_compare(state);
		done = !run->was_wrong && gqle_sql_state_follow(call, state, gqle_meta_bool(args, "cascade", false)) &&
			gqle_meta_check_roots(call) && gqle_meta_check_others(call);
		gqle_sql_state_free(state);
	}
	return done;
}

/* run_statements runs the text and returns the rows of its last statement. */
static GqleRows *
run_statements(const char *sql)
{
	List	   *statements = raw_parser(sql, RAW_PARSE_DEFAULT);
	GqleRows   *rows = palloc0(sizeof(GqleRows));
	bool		in_pieces = false;
	ListCell   *cell;

	foreach(cell, statements)
		in_pieces = passes_over(lfirst(cell)) || in_pieces;
	if (statements == NIL)
		return rows;
	if (!in_pieces)
		return gqle_spi_run(sql, false);
	foreach(cell, statements)
	{
		const RawStmt *statement = lfirst(cell);
		const char *piece = sql + statement->stmt_location;

		rows = palloc0(sizeof(GqleRows));
		if (!passes_over(statement))
			rows = gqle_spi_run(statement->stmt_len > 0 ?
								pnstrdup(piece, statement->stmt_len) : piece, false);
	}
	return rows;
}

/* passes_over tells whether a statement is transaction control to pass over. */
static bool
passes_over(const RawStmt *statement)
{
	const TransactionStmt *control;

	if (!IsA(statement->stmt, TransactionStmt))
		return false;
	control = castNode(TransactionStmt, statement->stmt);
	if (control->kind == TRANS_STMT_BEGIN || control->kind == TRANS_STMT_START ||
		(control->kind == TRANS_STMT_COMMIT && !control->chain))
		return true;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("run_sql runs in one transaction and supports no other transaction control than BEGIN and COMMIT")));
}

/*
 * report_statement reports an error of the user's SQL.  compat: the same body
 * as Hasura's, which asks "prepared" and "arguments" of every statement.
 */
static void
report_statement(GqleMetaCall *call, const ErrorData *edata)
{
	StringInfoData internal;

	initStringInfo(&internal);
	appendStringInfoString(&internal, "{\"statement\":");
	gqle_json_write_cstring(&internal, gqle_meta_text(call->args, "sql"));
	appendStringInfoString(&internal,
						   ",\"prepared\":false,\"error\":{\"exec_status\":\"FatalError\",\"hint\":");
	if (edata->hint != NULL)
		gqle_json_write_cstring(&internal, edata->hint);
	else
		appendStringInfoString(&internal, "null");
	appendStringInfoString(&internal, ",\"message\":");
	gqle_json_write_cstring(&internal, edata->message);
	appendStringInfoString(&internal, ",\"status_code\":");
	gqle_json_write_cstring(&internal, unpack_sql_state(edata->sqlerrcode));
	appendStringInfoString(&internal, ",\"description\":");
	if (edata->detail != NULL)
		gqle_json_write_cstring(&internal, edata->detail);
	else
		appendStringInfoString(&internal, "null");
	appendStringInfoString(&internal, "},\"arguments\":[]}");
	gqle_meta_fail_internal(call, 400, GQLE_ERR_POSTGRES_ERROR, internal.data,
							"query execution failed");
}

/* append_rows appends the answer: all values as text, NULL as "NULL". */
static void
append_rows(StringInfo out, const GqleRows *rows)
{
	int			i;
	int			j;

	if (rows->desc == NULL)
	{
		appendStringInfoString(out, "{\"result_type\":\"CommandOk\",\"result\":null}");
		return;
	}
	appendStringInfoString(out, "{\"result_type\":\"TuplesOk\",\"result\":[[");
	for (j = 0; j < rows->desc->natts; j++)
	{
		if (j > 0)
			appendStringInfoChar(out, ',');
		gqle_json_write_cstring(out, NameStr(TupleDescAttr(rows->desc, j)->attname));
	}
	appendStringInfoChar(out, ']');
	for (i = 0; i < rows->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(out, ",[");
		for (j = 0; j < rows->desc->natts; j++)
		{
			char	   *text = gqle_rows_text(rows, i, j);

			if (j > 0)
				appendStringInfoChar(out, ',');
			gqle_json_write_cstring(out, text != NULL ? text : "NULL");
			if (text != NULL)
				pfree(text);
		}
		appendStringInfoChar(out, ']');
	}
	appendStringInfoString(out, "]}");
}

/* ------------------------------------------------------------------------
 * Without a transaction
 * ------------------------------------------------------------------------ */

/*
 * gqle_sql_is_alone tells whether a call is a run_sql that wants its statements
 * run on their own, and may have it so.
 */
bool
gqle_sql_is_alone(const GqleMetaCall *call)
{
	return call->request->owns_transaction && call->command->run == run_run_sql &&
		gqle_meta_bool(call->args, "no_transaction", false);
}

/*
 * gqle_sql_run_alone runs every statement in a transaction of its own, so that
 * those that refuse to run in a transaction block do.  What succeeded before a
 * failing statement stays.  The caller's transaction is ended first; afterwards
 * there is a new one with an active snapshot.
 */
bool
gqle_sql_run_alone(GqleMetaCall *call)
{
	MemoryContext context = CurrentMemoryContext;
	const char *sql = gqle_pg_dump_unrestrict(gqle_meta_text(call->args, "sql"));
	int			start = call->out->len;
	volatile bool done = true;

	if (!gqle_meta_need_source(call, gqle_meta_source(call->args)))
		return false;
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		List	   *statements = raw_parser(sql, RAW_PARSE_DEFAULT);
		ListCell   *cell;

		append_rows(call->out, palloc0(sizeof(GqleRows)));
		foreach(cell, statements)
		{
			call->out->len = start;
			StartTransactionCommand();
			MemoryContextSwitchTo(context);
			run_statement_alone(sql, lfirst(cell), call->out);
			CommitTransactionCommand();
			MemoryContextSwitchTo(context);
		}
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(context);
		edata = CopyErrorData();
		FlushErrorState();
		AbortCurrentTransaction();
		MemoryContextSwitchTo(context);
		if (edata->sqlerrcode == ERRCODE_QUERY_CANCELED ||
			edata->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN)
			ReThrowError(edata);
		call->out->len = start;
		call->out->data[start] = '\0';
		report_statement(call, edata);
		done = false;
	}
	PG_END_TRY();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	MemoryContextSwitchTo(context);
	return done;
}

/* Where the rows of a statement go. */
typedef struct RowsReceiver
{
	DestReceiver pub;
	GqleRows	rows;
	MemoryContext context;
	int			size;
} RowsReceiver;

/* Takes a row. */
static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowsReceiver *receiver = (RowsReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);

	if (receiver->rows.n == receiver->size)
	{
		receiver->size = Max(receiver->size * 2, 64);
		receiver->rows.tuples = receiver->rows.tuples == NULL ?
			palloc(sizeof(HeapTuple) * receiver->size) :
			repalloc_huge(receiver->rows.tuples, sizeof(HeapTuple) * receiver->size);
	}
	receiver->rows.tuples[receiver->rows.n++] = ExecCopySlotHeapTuple(slot);
	MemoryContextSwitchTo(old);
	return true;
}

/* Takes the form of the rows. */
static void
receive_start(DestReceiver *self, int operation, TupleDesc desc)
{
	RowsReceiver *receiver = (RowsReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);

	receiver->rows.desc = CreateTupleDescCopy(desc);
	MemoryContextSwitchTo(old);
}

/* Nothing is left to do at the end. */
static void
receive_nothing(DestReceiver *self)
{
}

/* run_statement_alone runs one statement as the main loop of a backend does. */
static void
run_statement_alone(const char *sql, RawStmt *statement, StringInfo out)
{
	RowsReceiver receiver = {{receive_row, receive_start, receive_nothing,
	receive_nothing, DestNone}};
	bool		needs_snapshot = analyze_requires_snapshot(statement);
	Portal		portal;
	List	   *queries;
	List	   *plans;
	QueryCompletion completion;

	receiver.context = CurrentMemoryContext;
	if (needs_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	queries = pg_analyze_and_rewrite_fixedparams(statement, sql, NULL, 0, NULL);
	plans = pg_plan_queries(queries, sql, CURSOR_OPT_PARALLEL_OK, NULL);
	if (needs_snapshot)
		PopActiveSnapshot();

	portal = CreatePortal("", true, true);
	portal->visible = false;
	PortalDefineQuery(portal, NULL, sql, CreateCommandTag(statement->stmt), plans, NULL);
	PortalStart(portal, NULL, 0, InvalidSnapshot);
	InitializeQueryCompletion(&completion);
	(void) PortalRun(portal, FETCH_ALL, true, &receiver.pub, &receiver.pub, &completion);
	PortalDrop(portal, false);

	PushActiveSnapshot(GetTransactionSnapshot());
	append_rows(out, &receiver.rows);
	PopActiveSnapshot();
}
