/*
 * run_mutation.c
 *		Running the steps of a mutation's root field.
 *
 * Rows that a write returns go through one receiver while they come: it looks
 * at the permission's check, keeps what later steps need, and writes rows of the
 * answer as JSON.  A failed check is reported when the write is done, so that
 * errors of Postgres come first, as they do in Hasura.
 *
 * While the rows of a nested insert's level come back, the position of errors
 * follows them: a row is returned before the next one is inserted.
 */
#include "gqle/gqle.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "gqle/base/json_write.h"
#include "gqle/exec/bind.h"
#include "gqle/exec/execute.h"
#include "gqle/exec/run_mutation.h"
#include "gqle/plan/plan_mutation.h"
#include "gqle/validate/coerce.h"

/* A write ready to run; kept with the plan. */
typedef struct GqlePreparedWrite
{
	GqlePrepared prepared;
	GqleJsonTemplate **templates;
	TupleDesc	record;			/* of rows in $1 */
	FmgrInfo   *inputs;			/* of its fields */
	Oid		   *io_params;
} GqlePreparedWrite;

/* One execution of a root field. */
typedef struct Run
{
	GqleMutationPlan *plan;
	MemoryContext plan_context; /* lives as long as the plan */
	MemoryContext context;		/* of this execution */
	MemoryContext row_context;
	const GqleRequest *request;
	const GqleSession *session;
	GqleErrorSink *sink;
	uint64		n_affected;
	StringInfoData *lists;		/* of rows as JSON, one for each of the plan */
	int			n_rows;			/* kept for the reread */
	int			max_rows;
	Datum	   *rows;
} Run;

/* Rows of a level that have been inserted. */
typedef struct LevelResult
{
	bool	   *is_done;
	Datum	   *keys;			/* n_keys of each row */
	bool	   *nulls;
} LevelResult;

/* Receives what a write returns. */
typedef struct WriteReceiver
{
	DestReceiver pub;
	Run		   *run;
	const GqleMutationWrite *write;
	uint64		n_rows;
	bool		check_failed;
	const char *failed_path;
	/* of levels, else NULL */
	const GqleInsertLevel *level;
	LevelResult *result;
	int			first_row;
	int			n_expected;
	int16	   *key_lens;
	bool	   *key_byvals;
} WriteReceiver;

static bool run_level(Run *run, const GqleInsertLevel *level,
					  const LevelResult *parent, LevelResult *result);

/* ------------------------------------------------------------------------
 * Preparing
 * ------------------------------------------------------------------------ */

/* Kept plans outlive every memory context: free one with its operation. */
static void
free_plan(void *arg)
{
	GqlePrepared *prepared = arg;

	if (prepared->plan)
		gqle_spi_plan_free(prepared->plan);
	prepared->plan = NULL;
}

static bool
prepare_statement(Run *run, GqlePrepared *prepared, const GqleStatement *statement)
{
	MemoryContextCallback *callback;

	callback = MemoryContextAllocZero(run->plan_context, sizeof(MemoryContextCallback));
	callback->func = free_plan;
	callback->arg = prepared;
	MemoryContextRegisterResetCallback(run->plan_context, callback);
	return gqle_bind_prepare(prepared, statement, run->plan_context, run->sink);
}

/* The type of the records in $1, and how values of their fields are made. */
static void
prepare_record(GqlePreparedWrite *prepared, const GqleMutationWrite *write,
			   MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	int			i;

	prepared->record = CreateTemplateTupleDesc(write->n_cells);
	prepared->inputs = palloc0(write->n_cells * sizeof(FmgrInfo));
	prepared->io_params = palloc0(write->n_cells * sizeof(Oid));
	for (i = 0; i < write->n_cells; i++)
	{
		Oid			input_oid;

		TupleDescInitEntry(prepared->record, i + 1, NULL, write->cell_types[i], -1, 0);
		getTypeInputInfo(write->cell_types[i], &input_oid, &prepared->io_params[i]);
		fmgr_info_cxt(input_oid, &prepared->inputs[i], context);
	}
	prepared->record = BlessTupleDesc(prepared->record);
	MemoryContextSwitchTo(old);
}

/* Prepare a write at its first run; false after reporting. */
static bool
prepare_write(Run *run, GqleMutationWrite *write)
{
	GqlePreparedWrite *prepared;
	int			i;

	if (write->prepared)
		return true;
	prepared = MemoryContextAllocZero(run->plan_context, sizeof(GqlePreparedWrite));
	if (!prepare_statement(run, &prepared->prepared, write->statement))
		return false;
	prepared->templates = MemoryContextAlloc(run->plan_context,
											 Max(write->n_templates, 1) *
											 sizeof(GqleJsonTemplate *));
	for (i = 0; i < write->n_templates; i++)
		prepared->templates[i] = gqle_json_template_make(write->templates[i],
														 strlen(write->templates[i]),
														 run->plan_context);
	if (write->has_rows)
		prepare_record(prepared, write, run->plan_context);
	write->prepared = prepared;
	return true;
}

/* ------------------------------------------------------------------------
 * Receiving rows
 * ------------------------------------------------------------------------ */

static void
start_rows(DestReceiver *self, int operation, TupleDesc desc)
{
	WriteReceiver *receiver = (WriteReceiver *) self;
	const GqleMutationWrite *write = receiver->write;
	int			i,
				j;

	for (i = 0; i < write->n_templates; i++)
	{
		GqleJsonTemplate *template = write->prepared->templates[i];
		int			n = gqle_json_template_n_columns(template);

		Ensure(desc->natts >= n, "statement has fewer columns than its JSON template");
		for (j = 0; j < n; j++)
			gqle_json_template_set_type(template, j, TupleDescAttr(desc, j)->atttypid);
	}
}

/* Keep a row as a whole for the reread. */
static void
keep_row(Run *run, Datum row)
{
	MemoryContext old = MemoryContextSwitchTo(run->context);

	if (run->n_rows == run->max_rows)
	{
		run->max_rows = Max(run->max_rows * 2, 16);
		run->rows = run->rows == NULL ? palloc(run->max_rows * sizeof(Datum)) :
			repalloc_huge(run->rows, run->max_rows * sizeof(Datum));
	}
	run->rows[run->n_rows++] = datumCopy(row, false, -1);
	MemoryContextSwitchTo(old);
}

/* Keep what rows of other levels need of this one. */
static void
keep_keys(WriteReceiver *receiver, TupleTableSlot *slot, int row)
{
	int			n = receiver->level->n_keys;
	MemoryContext old = MemoryContextSwitchTo(receiver->run->context);
	int			i;

	for (i = 0; i < n; i++)
	{
		int			column = receiver->write->first_key + i;
		bool		is_null = slot->tts_isnull[column];

		receiver->result->nulls[row * n + i] = is_null;
		if (!is_null)
			receiver->result->keys[row * n + i] =
				datumCopy(slot->tts_values[column], receiver->key_byvals[i],
						  receiver->key_lens[i]);
	}
	MemoryContextSwitchTo(old);
}

/* Note that a row of a level has come, and where the next error will be. */
static void
receive_level_row(WriteReceiver *receiver, TupleTableSlot *slot)
{
	int			row = receiver->first_row + (int) receiver->n_rows;

	if ((int) receiver->n_rows >= receiver->n_expected)
		return;
	if (receiver->result)
	{
		receiver->result->is_done[row] = true;
		keep_keys(receiver, slot, row);
	}
	if ((int) receiver->n_rows + 1 < receiver->n_expected)
		gqle_execute_set_position(receiver->level->rows[row + 1].path,
								  receiver->write->statement->sql);
}

/* Where errors about the row that just came are. */
static const char *
row_path(const WriteReceiver *receiver)
{
	const GqleInsertLevel *level = receiver->level;

	if (level == NULL || (int) receiver->n_rows >= receiver->n_expected)
		return receiver->run->plan->error_path;
	return level->rows[receiver->first_row + receiver->n_rows].path;
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	WriteReceiver *receiver = (WriteReceiver *) self;
	const GqleMutationWrite *write = receiver->write;
	Run		   *run = receiver->run;
	MemoryContext old;
	int			i;

	slot_getallattrs(slot);
	/* NULL passes: compat, execution.md §10.9 */
	if (write->check_column >= 0 && !receiver->check_failed &&
		!slot->tts_isnull[write->check_column] &&
		!DatumGetBool(slot->tts_values[write->check_column]))
	{
		receiver->check_failed = true;
		receiver->failed_path = row_path(receiver);
	}
	if (write->row_column >= 0)
		keep_row(run, slot->tts_values[write->row_column]);
	if (receiver->level)
		receive_level_row(receiver, slot);

	old = MemoryContextSwitchTo(run->row_context);
	for (i = 0; i < write->n_templates; i++)
	{
		if (run->lists[i].len > 0)
			appendStringInfoCharMacro(&run->lists[i], ',');
		gqle_json_template_append(&run->lists[i], write->prepared->templates[i],
								  slot->tts_values, slot->tts_isnull);
	}
	MemoryContextSwitchTo(old);
	if (write->n_templates > 0)
		MemoryContextReset(run->row_context);
	receiver->n_rows++;
	return true;
}

static void
end_rows(DestReceiver *self)
{
}

static WriteReceiver
make_receiver(Run *run, const GqleMutationWrite *write)
{
	WriteReceiver receiver;

	memset(&receiver, 0, sizeof(receiver));
	receiver.pub.receiveSlot = receive_row;
	receiver.pub.rStartup = start_rows;
	receiver.pub.rShutdown = end_rows;
	receiver.pub.rDestroy = end_rows;
	receiver.pub.mydest = DestNone;
	receiver.run = run;
	receiver.write = write;
	return receiver;
}

/* Execute a write whose values are bound; false after reporting. */
static bool
execute_write(Run *run, GqleMutationWrite *write, WriteReceiver *receiver)
{
	GqlePrepared *prepared = &write->prepared->prepared;

	run->n_affected += gqle_spi_plan_execute(prepared->plan, prepared->values,
											 prepared->nulls, false, 0,
											 &receiver->pub);
	if (!receiver->check_failed)
		return true;
	return gqle_error_report(run->sink, GQLE_ERR_PERMISSION_ERROR, receiver->failed_path,
							 "check constraint of an insert/update permission has failed");
}

/* Prepare, bind and execute a write without rows of our own. */
static bool
run_write(Run *run, GqleMutationWrite *write)
{
	WriteReceiver receiver = make_receiver(run, write);

	gqle_execute_set_position(run->plan->error_path, write->statement->sql);
	if (!prepare_write(run, write) ||
		!gqle_bind_values(&write->prepared->prepared, run->request, run->session,
						  run->sink))
		return false;
	return execute_write(run, write, &receiver);
}

/* ------------------------------------------------------------------------
 * Levels of inserts
 * ------------------------------------------------------------------------ */

/* What rows of a level are inserted from. */
typedef struct LevelInput
{
	const GqleInsertLevel *level;
	const LevelResult *parent;
	LevelResult *before;		/* of level->before */
	int		  **before_rows;	/* which row of it belongs to a row of ours */
} LevelInput;

/* The value of one cell of a row; false after reporting. */
static bool
cell_value(Run *run, const LevelInput *input, const GqleMutationWrite *write, int row,
		   int cell, Datum *value, bool *is_null)
{
	const GqleInsertLevel *level = input->level;
	const GqleInsertRow *source = &level->rows[row];
	const GqleInsertCell *from = &level->cells[source->write][cell];
	const LevelResult *keys = input->parent;
	int			key_row = source->parent;
	int			n_keys;
	bool		is_direct;
	const char *text;

	if (from->source == GQLE_CELL_LEAF)
	{
		*is_null = source->leaves[cell] == NULL;
		*value = (Datum) 0;
		is_direct = false;
		if (*is_null)
			return true;
		if (!gqle_coerce_leaf(source->leaves[cell], run->request->variables, run->session,
							  run->sink, is_null, &is_direct, value, &text))
			return false;
		if (!*is_null && !is_direct)
			*value = InputFunctionCall(&write->prepared->inputs[cell],
									   unconstify(char *, text),
									   write->prepared->io_params[cell], -1);
		return true;
	}
	if (from->source == GQLE_CELL_BEFORE)
	{
		keys = &input->before[from->level];
		key_row = input->before_rows[from->level][row];
		n_keys = level->before[from->level]->n_keys;
	}
	else
		n_keys = level->parent->n_keys;
	*is_null = keys->nulls[key_row * n_keys + from->key];
	*value = keys->keys[key_row * n_keys + from->key];
	return true;
}

/* The records of some rows as an array; false after reporting. */
static bool
make_records(Run *run, const LevelInput *input, const GqleMutationWrite *write,
			 int first, int n, Datum *array)
{
	Datum	   *records = palloc(n * sizeof(Datum));
	Datum	   *values = palloc0(write->n_cells * sizeof(Datum));
	bool	   *nulls = palloc0(write->n_cells * sizeof(bool));
	int			i,
				cell;

	for (i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		gqle_execute_set_position(input->level->rows[first + i].path,
								  write->statement->sql);
		for (cell = 0; cell < write->n_cells; cell++)
			if (!cell_value(run, input, write, first + i, cell, &values[cell],
							&nulls[cell]))
				return false;
		records[i] = HeapTupleGetDatum(heap_form_tuple(write->prepared->record,
													   values, nulls));
	}
	*array = PointerGetDatum(construct_array(records, n, RECORDOID, -1, false,
											 TYPALIGN_DOUBLE));
	return true;
}

/* Run a write for some rows of a level, which all are of its shape. */
static bool
run_rows(Run *run, const LevelInput *input, GqleMutationWrite *write, int first, int n,
		 WriteReceiver *receiver)
{
	GqlePrepared *prepared = &write->prepared->prepared;
	const char *path = input->level->rows[first].path;

	receiver->write = write;
	receiver->first_row = first;
	receiver->n_expected = n;
	receiver->n_rows = 0;
	if (write->has_rows)
	{
		if (!make_records(run, input, write, first, n, &prepared->values[0]))
			return false;
		prepared->nulls[0] = false;
	}
	gqle_execute_set_position(path, write->statement->sql);
	return execute_write(run, write, receiver);
}

/* May triggers swallow rows, so that it can't be told which have come? */
static bool
may_lose_rows(const GqleInsertLevel *level)
{
	Relation	relation = table_open(level->relid, AccessShareLock);
	bool		result = relation->trigdesc != NULL &&
		(relation->trigdesc->trig_insert_before_row ||
		 relation->trigdesc->trig_insert_instead_row);

	result |= relation->rd_rel->relkind != RELKIND_RELATION;
	table_close(relation, NoLock);
	return result;
}

/* Insert the rows of a level, those in a row that have the same shape together. */
static bool
insert_rows(Run *run, const LevelInput *input, LevelResult *result)
{
	const GqleInsertLevel *level = input->level;
	WriteReceiver receiver = make_receiver(run, NULL);
	bool		is_mapped = level->n_after > 0 || level->n_keys > 0;
	bool		one_by_one = level->one_by_one ||
		(is_mapped && level->n_rows > 1 && may_lose_rows(level));
	int			first = 0;
	int			i;

	receiver.level = level;
	receiver.result = result;
	receiver.key_lens = palloc(Max(level->n_keys, 1) * sizeof(int16));
	receiver.key_byvals = palloc(Max(level->n_keys, 1) * sizeof(bool));
	for (i = 0; i < level->n_keys; i++)
		get_typlenbyval(level->key_types[i], &receiver.key_lens[i],
						&receiver.key_byvals[i]);
	while (first < level->n_rows)
	{
		GqleMutationWrite *write = &level->writes[level->rows[first].write];
		int			n = 1;

		gqle_execute_set_position(level->rows[first].path, write->statement->sql);
		if (!prepare_write(run, write) ||
			!gqle_bind_values(&write->prepared->prepared, run->request, run->session,
							  run->sink))
			return false;
		if (!one_by_one && write->has_rows)
			while (first + n < level->n_rows &&
				   level->rows[first + n].write == level->rows[first].write)
				n++;
		if (!run_rows(run, input, write, first, n, &receiver))
			return false;
		first += n;
	}
	return true;
}

/* Run the levels of object relationships that rows hold the keys of. */
static bool
run_before(Run *run, LevelInput *input)
{
	const GqleInsertLevel *level = input->level;
	int			i,
				row;

	input->before = palloc0(Max(level->n_before, 1) * sizeof(LevelResult));
	input->before_rows = palloc0(Max(level->n_before, 1) * sizeof(int *));
	for (i = 0; i < level->n_before; i++)
	{
		const GqleInsertLevel *before = level->before[i];

		if (!run_level(run, before, NULL, &input->before[i]))
			return false;
		input->before_rows[i] = palloc0(level->n_rows * sizeof(int));
		for (row = 0; row < before->n_rows; row++)
		{
			int			parent = before->rows[row].parent;

			if (!input->before[i].is_done[row])
				return gqle_error_report(run->sink, GQLE_ERR_NOT_SUPPORTED,
										 psprintf("%s.%s", level->rows[parent].path,
												  before->relationship),
										 "cannot proceed to insert object relation \"%s\" since insert to table \"%s\" affects zero rows",
										 before->relationship, before->table);
			input->before_rows[i][parent] = row;
		}
	}
	return true;
}

/* Run the levels whose rows hold keys of ours. */
static bool
run_after(Run *run, const GqleInsertLevel *level, const LevelResult *result)
{
	LevelResult ignored;
	int			i,
				row;

	for (i = 0; i < level->n_after; i++)
	{
		const GqleInsertLevel *after = level->after[i];

		for (row = 0; row < after->n_rows; row++)
		{
			int			parent = after->rows[row].parent;

			if (!result->is_done[parent])
				return gqle_error_report(run->sink, GQLE_ERR_NOT_SUPPORTED,
										 level->rows[parent].path,
										 "cannot proceed to insert array relations since insert to table \"%s\" affects zero rows",
										 level->table);
		}
		if (!run_level(run, after, result, &ignored))
			return false;
	}
	return true;
}

/* Insert the rows of a level and of all levels below it; false after reporting. */
static bool
run_level(Run *run, const GqleInsertLevel *level, const LevelResult *parent,
		  LevelResult *result)
{
	LevelInput	input = {level, parent, NULL, NULL};
	Size		n_keys = (Size) level->n_rows * level->n_keys;

	check_stack_depth();
	result->is_done = palloc0(Max(level->n_rows, 1) * sizeof(bool));
	result->keys = palloc0(Max(n_keys, 1) * sizeof(Datum));
	result->nulls = palloc0(Max(n_keys, 1) * sizeof(bool));
	return run_before(run, &input) && insert_rows(run, &input, result) &&
		run_after(run, level, result);
}

/* ------------------------------------------------------------------------
 * The answer
 * ------------------------------------------------------------------------ */

/* Make the lists of the answer from the rows that were kept. */
static bool
reread_rows(Run *run)
{
	GqleMutationWrite *reread = run->plan->reread;
	WriteReceiver receiver = make_receiver(run, reread);
	GqlePrepared *prepared;

	if (reread == NULL || run->n_rows == 0)
		return true;
	gqle_execute_set_position(run->plan->error_path, reread->statement->sql);
	if (!prepare_write(run, reread) ||
		!gqle_bind_values(&reread->prepared->prepared, run->request, run->session,
						  run->sink))
		return false;
	prepared = &reread->prepared->prepared;
	prepared->values[0] = PointerGetDatum(construct_array(run->rows, run->n_rows,
														  run->plan->row_type, -1, false,
														  TYPALIGN_DOUBLE));
	prepared->nulls[0] = false;
	gqle_spi_plan_execute(prepared->plan, prepared->values, prepared->nulls, false, 0,
						  &receiver.pub);
	return true;
}

/* {"affected_rows":1,"returning":[...]} */
static void
append_response(Run *run, StringInfo out)
{
	const GqleMutationPlan *plan = run->plan;
	bool		first = true;
	int			i;

	appendStringInfoCharMacro(out, '{');
	for (i = 0; i < plan->n_parts; i++)
	{
		const GqleResponsePart *part = &plan->parts[i];

		gqle_json_write_key(out, part->key, &first);
		switch (part->kind)
		{
			case GQLE_PART_TEXT:
				appendStringInfoString(out, part->text);
				break;
			case GQLE_PART_AFFECTED_ROWS:
				appendStringInfo(out, UINT64_FORMAT, run->n_affected);
				break;
			case GQLE_PART_LIST:
				appendStringInfoCharMacro(out, '[');
				appendBinaryStringInfo(out, run->lists[part->list].data,
									   run->lists[part->list].len);
				appendStringInfoCharMacro(out, ']');
				break;
		}
	}
	appendStringInfoCharMacro(out, '}');
}

static void
reset_answer(Run *run)
{
	int			i;

	run->n_affected = 0;
	run->n_rows = 0;
	for (i = 0; i < run->plan->n_lists; i++)
		resetStringInfo(&run->lists[i]);
}

/* update_T_many: a response for every write. */
static bool
run_many(Run *run, StringInfo out)
{
	int			i;

	appendStringInfoCharMacro(out, '[');
	for (i = 0; i < run->plan->n_writes; i++)
	{
		reset_answer(run);
		if (run->plan->writes[i].statement && !run_write(run, &run->plan->writes[i]))
			return false;
		if (!reread_rows(run))
			return false;
		if (i > 0)
			appendStringInfoCharMacro(out, ',');
		append_response(run, out);
	}
	appendStringInfoCharMacro(out, ']');
	return true;
}

/* A response, or one row. */
static bool
run_writes(Run *run, StringInfo out)
{
	GqleMutationPlan *plan = run->plan;
	LevelResult ignored;
	int			i;

	if (plan->level && !run_level(run, plan->level, NULL, &ignored))
		return false;
	for (i = 0; i < plan->n_writes; i++)
		if (plan->writes[i].statement && !run_write(run, &plan->writes[i]))
			return false;
	if (!reread_rows(run))
		return false;
	if (plan->form == GQLE_MUTATION_RESPONSE)
		append_response(run, out);
	else if (run->lists[0].len == 0)
		appendBinaryStringInfo(out, "null", 4);
	else
		appendBinaryStringInfo(out, run->lists[0].data, run->lists[0].len);
	return true;
}

/* A function: its select runs as it would in a query, but may write. */
static bool
run_call(Run *run, StringInfo out)
{
	GqleMutationPlan *plan = run->plan;
	bool		is_list = plan->call->form == GQLE_RESULT_LIST;
	GqlePrepared *prepared = plan->prepared_call;

	gqle_execute_set_position(plan->error_path, plan->call->sql);
	if (prepared == NULL)
	{
		prepared = MemoryContextAllocZero(run->plan_context, sizeof(GqlePrepared));
		if (!prepare_statement(run, prepared, plan->call))
			return false;
		plan->prepared_call = prepared;
	}
	if (!gqle_bind_values(prepared, run->request, run->session, run->sink))
		return false;
	if (is_list)
		appendStringInfoCharMacro(out, '[');
	gqle_receiver_set_output(prepared->receiver, out);
	gqle_spi_plan_execute(prepared->plan, prepared->values, prepared->nulls, false,
						  is_list ? 0 : 1, prepared->receiver);
	if (is_list)
		appendStringInfoCharMacro(out, ']');
	else if (gqle_receiver_n_rows(prepared->receiver) == 0)
		appendBinaryStringInfo(out, "null", 4);
	return true;
}

/* See run_mutation.h. */
bool
gqle_run_mutation(const GqleRootPlan *root, MemoryContext context,
				  const GqleRequest *request, const GqleSession *session,
				  StringInfo out, GqleErrorSink *sink)
{
	Run			run = {root->mutation, context, CurrentMemoryContext, NULL, request,
	session, sink, 0, NULL, 0, 0, NULL};
	GqleMutationPlan *plan = root->mutation;
	bool		done = true;
	int			i;

	gqle_execute_set_position(plan->error_path, NULL);
	if (plan->form == GQLE_MUTATION_TEXT)
	{
		appendStringInfoString(out, plan->text);
		return true;
	}
	if (plan->form == GQLE_MUTATION_CALL)
		return run_call(&run, out);

	run.row_context = AllocSetContextCreate(CurrentMemoryContext, "gqle row",
											ALLOCSET_SMALL_SIZES);
	run.lists = palloc(Max(plan->n_lists, 1) * sizeof(StringInfoData));
	for (i = 0; i < plan->n_lists; i++)
		initStringInfo(&run.lists[i]);
	done = plan->form == GQLE_MUTATION_RESPONSES ? run_many(&run, out) :
		run_writes(&run, out);
	MemoryContextDelete(run.row_context);
	return done;
}
