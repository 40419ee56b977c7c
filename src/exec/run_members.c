/*
 * run_members.c
 *		One operation for many at once.
 *
 * An operation's statement is *multiplexed* by reading its parameters from the
 * columns of a relation, a row for each *member*, instead of from $1, $2, ...; what is
 * planned for one member is what is planned for a statement with parameters, so
 * permissions, order and slices are what they are for one.  A member's values are
 * bound as for a statement of its own.  Members with the same values are one.
 *
 * If something in the statement may look at the session's settings, it is run once for
 * each session that differs.  What cannot be multiplexed is left undone: operations
 * of more than one root field or of steps, and statements that call volatile functions.
 */
#include "gqle/gqle.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "portability/instr_time.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/catalog/linked.h"
#include "gqle/exec/bind.h"
#include "gqle/exec/execute.h"
#include "gqle/exec/identity.h"
#include "gqle/exec/op_cache.h"
#include "gqle/exec/query_log.h"
#include "gqle/exec/run_members.h"
#include "gqle/plan/sqltree.h"

#define MAX_VALUES		100		/* of a member; more than that many is unusual */
#define N_EXPECTED		100		/* members, for the planner */

/* Kept with the compiled operation. */
typedef struct GqleMultiplexed
{
	bool		is_ready;		/* false: it can't be multiplexed */
	const GqleRootPlan *root;	/* the one with the statement */
	const GqleStatement *statement;
	bool		is_nested;		/* the root is in a namespace */
	bool		asks_session;
	StringInfoData before;		/* of the answer, around the value */
	StringInfoData after;
	char	   *sql;
	TupleDesc	desc;
	DestReceiver *receiver;
	GqleReads	reads;
	int			reads_planning; /* of which they are */
} GqleMultiplexed;

/* A run of members. */
typedef struct Run
{
	GqleMembers *all;
	GqleCompiled *compiled;
	GqleMultiplexed *multiplexed;
	GqlePrepared *prepared;		/* of the statement for one */
	StringInfo	out;
	bool	   *is_tried;		/* by member: it is done, or can't be */
	bool	   *is_due;			/* it has the compiled operation, and is next */
	uint32	   *sessions;		/* hashes, by member, if they matter */
	const GqleSession *session; /* of those that run now */
	int		   *different;		/* members with values of their own, of these */
	int			n_different;
	Datum	   *values;			/* of these, one after the other */
	bool	   *nulls;
	int		   *table;			/* of different, by hash of their values; -1: free */
	uint32		table_mask;
	int16	   *lengths;		/* of the types of values */
	bool	   *by_value;
	GqleMember *current;		/* whose rows are being received */
} Run;

/* ------------------------------------------------------------------------
 * Multiplexed statements
 * ------------------------------------------------------------------------ */

/* Find the one root that has a statement, and what is around its value. */
static bool
find_root(const GqlePlan *plan, GqleMultiplexed *m)
{
	const GqleRootPlan *root = plan->roots;
	bool		first = true;

	if (plan->type != GQLE_OPERATION_SUBSCRIPTION || plan->has_steps || plan->n_roots != 1)
		return false;
	appendStringInfoString(&m->before, "{\"data\":{");
	appendStringInfoString(&m->after, "}}");
	gqle_json_write_key(&m->before, root->response_key, &first);
	while (root->kind == GQLE_ROOTPLAN_GROUP && !root->is_list && root->n_children == 1)
	{
		root = root->children;
		first = true;
		m->is_nested = true;
		appendStringInfoChar(&m->before, '{');
		appendStringInfoChar(&m->after, '}');
		gqle_json_write_key(&m->before, root->response_key, &first);
	}
	m->root = root;
	return root->kind == GQLE_ROOTPLAN_STATEMENT && root->joins == NULL;
}

/* The relation of members: their number, and a value for each parameter. */
static TupleDesc
make_desc(const GqleStatement *statement)
{
	TupleDesc	desc = CreateTemplateTupleDesc(statement->n_params + 1);

	TupleDescInitEntry(desc, 1, "n", INT4OID, -1, 0);
	for (int i = 0; i < statement->n_params; i++)
		TupleDescInitEntry(desc, i + 2, psprintf("v%d", i + 1),
						   statement->params[i].type_oid, -1, 0);
	return desc;
}

/* Prepare the statement for many of a compiled operation, in its context. */
static void
prepare(GqleCompiled *compiled, GqleMultiplexed *m)
{
	GqleSpiRelation relation = {.name = GQLE_SQL_MEMBERS,.n_expected = N_EXPECTED};
	GqlePlanReads reads;

	if (!find_root(compiled->plan, m))
		return;
	/* that of the plan chosen for one */
	m->statement = compiled->prepared[m->root->prepared].statement;
	if (m->statement->template == NULL || m->statement->n_params > MAX_VALUES)
		return;
	m->desc = relation.desc = make_desc(m->statement);
	m->sql = gqle_plan_multiplexed_sql(m->statement);
	compiled->multiplexed_plan = gqle_spi_plan_prepare_over(m->sql, &relation);
	gqle_op_cache_note_growth(compiled, gqle_spi_plan_size(compiled->multiplexed_plan));
	gqle_spi_plan_reads(compiled->multiplexed_plan, &reads);
	m->asks_session = reads.asks_session;
	m->receiver = gqle_receiver_make(gqle_json_template_make(m->statement->template,
															 strlen(m->statement->template),
															 compiled->context),
									 compiled->context);
	if (m->statement->cursor_column > 0)
		gqle_receiver_watch_column(m->receiver, m->statement->cursor_column);
	m->is_ready = !reads.is_volatile;
}

/*
 * The multiplexed form of an operation, or NULL if it has none.  One that throws
 * while it is prepared is not tried again.
 */
static GqleMultiplexed *
get_multiplexed(GqleCompiled *compiled)
{
	if (compiled->multiplexed == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(compiled->context);

		compiled->multiplexed = palloc0(sizeof(GqleMultiplexed));
		initStringInfo(&compiled->multiplexed->before);
		initStringInfo(&compiled->multiplexed->after);
		prepare(compiled, compiled->multiplexed);
		MemoryContextSwitchTo(old);
	}
	return compiled->multiplexed->is_ready ? compiled->multiplexed : NULL;
}

/* ------------------------------------------------------------------------
 * Values
 * ------------------------------------------------------------------------ */

static void
begin_values(Run *run)
{
	int			n = run->all->n;
	int			n_params = run->multiplexed->statement->n_params;
	int			size = 16;

	while (size < 2 * n)
		size *= 2;
	run->different = palloc(n * sizeof(int));
	run->values = palloc(Max(n * n_params, 1) * sizeof(Datum));
	run->nulls = palloc(Max(n * n_params, 1) * sizeof(bool));
	run->table = palloc(size * sizeof(int));
	run->table_mask = size - 1;
	run->lengths = palloc(Max(n_params, 1) * sizeof(int16));
	run->by_value = palloc(Max(n_params, 1) * sizeof(bool));
	for (int i = 0; i < n_params; i++)
		get_typlenbyval(run->multiplexed->statement->params[i].type_oid,
						&run->lengths[i], &run->by_value[i]);
}

/* A hash of the values that were bound last. */
static uint32
hash_values(const Run *run)
{
	uint32		hash = 0;

	for (int i = 0; i < run->prepared->n_bindings; i++)
	{
		hash = pg_rotate_left32(hash, 5);
		if (!run->prepared->bindings[i].is_fixed && !run->prepared->nulls[i])
			hash ^= datum_image_hash(run->prepared->values[i], run->by_value[i],
									 run->lengths[i]);
	}
	return hash;
}

/* Are the values that were bound last those of a different one so far? */
static bool
has_values(const Run *run, int number)
{
	int			n_params = run->prepared->n_bindings;
	const Datum *values = run->values + number * n_params;
	const bool *nulls = run->nulls + number * n_params;

	for (int i = 0; i < n_params; i++)
	{
		if (run->prepared->bindings[i].is_fixed)
			continue;
		if (nulls[i] != run->prepared->nulls[i] ||
			(!nulls[i] && !datum_image_eq(values[i], run->prepared->values[i],
										  run->by_value[i], run->lengths[i])))
			return false;
	}
	return true;
}

/* Take a member, whose values were bound last, into the run. */
static void
add_member(Run *run, int index)
{
	int			n_params = run->prepared->n_bindings;
	GqleMember *member = &run->all->members[index];
	uint32		place = hash_values(run) & run->table_mask;

	member->is_done = true;
	for (; run->table[place] >= 0; place = (place + 1) & run->table_mask)
	{
		if (has_values(run, run->table[place]))
		{
			member->first = run->different[run->table[place]];
			return;
		}
	}
	run->table[place] = run->n_different;
	if (n_params > 0)
	{
		memcpy(run->values + run->n_different * n_params, run->prepared->values,
			   n_params * sizeof(Datum));
		memcpy(run->nulls + run->n_different * n_params, run->prepared->nulls,
			   n_params * sizeof(bool));
	}
	run->different[run->n_different++] = member->first = index;
}

static uint32
hash_session(const GqleSession *session)
{
	uint32		hash = 0;

	for (int i = 0; i < session->n_variables; i++)
	{
		const GqleSessionVariable *v = &session->variables[i];

		hash = hash_combine(hash, hash_bytes((const unsigned char *) v->name,
											 strlen(v->name)));
		hash = hash_combine(hash, hash_bytes((const unsigned char *) v->value,
											 strlen(v->value)));
	}
	return hash;
}

static void
hash_sessions(Run *run)
{
	run->sessions = palloc(run->all->n * sizeof(uint32));
	for (int i = 0; i < run->all->n; i++)
		run->sessions[i] = hash_session(run->all->members[i].session);
}

static bool
is_same_session(const GqleSession *a, const GqleSession *b)
{
	if (a->n_variables != b->n_variables)
		return false;
	for (int i = 0; i < a->n_variables; i++)
		if (strcmp(a->variables[i].name, b->variables[i].name) != 0 ||
			strcmp(a->variables[i].value, b->variables[i].value) != 0)
			return false;
	return true;
}

/* Has a member's session the variables that the operation needs? */
static bool
has_variables(const Run *run, const GqleSession *session)
{
	const ListCell *lc;

	foreach(lc, run->compiled->plan->session_names)
		if (gqle_session_lookup(session, lfirst(lc)) == NULL)
			return false;
	return true;
}

/* Can a member be run together with the first of them? */
static bool
is_together(const Run *run, int index, int first)
{
	return !run->multiplexed->asks_session ||
		(run->sessions[index] == run->sessions[first] &&
		 is_same_session(run->all->members[index].session, run->session));
}

/* Bind the values of a member and all others that can be run together with it. */
static void
bind_members(Run *run, int first)
{
	run->session = run->all->members[first].session;
	run->n_different = 0;
	memset(run->table, -1, (run->table_mask + 1) * sizeof(int));
	for (int i = first; i < run->all->n; i++)
	{
		GqleMember *member = &run->all->members[i];
		GqleErrorSink sink = {0};

		CHECK_FOR_INTERRUPTS();
		if (!run->is_due[i] || !is_together(run, i, first))
			continue;
		run->is_due[i] = false;
		member->reads = run->all->n_reads;
		if (has_variables(run, member->session) &&
			gqle_bind_values(run->prepared, &member->request, member->session, &sink))
			add_member(run, i);
	}
}

/* ------------------------------------------------------------------------
 * Answers
 * ------------------------------------------------------------------------ */

static bool
is_list(const Run *run)
{
	return run->multiplexed->statement->form == GQLE_RESULT_LIST;
}

/* Append what is before a member's rows. */
static void
begin_answer(Run *run, GqleMember *member)
{
	const StringInfoData *before = &run->multiplexed->before;

	run->current = member;
	member->answer = run->out->len;
	appendBinaryStringInfo(run->out, before->data, before->len);
	if (is_list(run))
		appendStringInfoCharMacro(run->out, '[');
}

/* Append what is after them. */
static void
end_answer(Run *run)
{
	const StringInfoData *after = &run->multiplexed->after;
	GqleMember *member = run->current;
	StringInfo	out = run->out;
	int			value;

	if (member == NULL)
		return;
	run->current = NULL;
	if (is_list(run))
		appendStringInfoCharMacro(out, ']');
	value = member->answer + run->multiplexed->before.len;
	member->is_empty = !run->multiplexed->is_nested &&
		gqle_execute_is_empty_value(out->data + value, out->len - value);
	appendBinaryStringInfo(out, after->data, after->len);
	member->answer_len = out->len - member->answer;
}

/* The same after rows: a stream goes on after the last of them. */
static void
end_rows(Run *run)
{
	GqleMember *member = run->current;

	end_answer(run);
	if (member == NULL || !run->all->is_stream)
		return;
	member->cursor = run->out->len;
	appendStringInfoString(run->out, gqle_receiver_watched(run->multiplexed->receiver));
	appendStringInfoCharMacro(run->out, '\0');
}

/* The next rows are those of another member; GqleReceiverSwitch. */
static void
switch_member(void *arg, int owner)
{
	Run		   *run = arg;
	GqleMember *member = &run->all->members[owner];

	Ensure(member->answer < 0, "rows of a member are apart");
	end_rows(run);
	begin_answer(run, member);
}

/* The answer of a member that got no rows. */
static void
append_empty_answer(Run *run, GqleMember *member)
{
	begin_answer(run, member);
	if (!is_list(run))
		appendBinaryStringInfo(run->out, "null", 4);
	end_answer(run);
}

/* Run the statement for some of those that are different. */
static void
run_batch(Run *run, int from, int to)
{
	int			n_params = run->prepared->n_bindings;
	GqleSpiRelation relation = {.name = GQLE_SQL_MEMBERS,.desc = run->multiplexed->desc,
	.n_expected = N_EXPECTED};
	Datum		values[MAX_VALUES + 1];
	bool		nulls[MAX_VALUES + 1] = {false};

	relation.rows = tuplestore_begin_heap(false, false, work_mem);
	for (int i = from; i < to; i++)
	{
		values[0] = Int32GetDatum(run->different[i]);
		memcpy(values + 1, run->values + i * n_params, n_params * sizeof(Datum));
		memcpy(nulls + 1, run->nulls + i * n_params, n_params * sizeof(bool));
		tuplestore_putvalues(relation.rows, relation.desc, values, nulls);
	}
	gqle_receiver_set_output(run->multiplexed->receiver, run->out);
	gqle_receiver_split(run->multiplexed->receiver, switch_member, run);
	gqle_spi_plan_execute_over(run->compiled->multiplexed_plan, &relation,
							   run->multiplexed->receiver);
	end_rows(run);
	tuplestore_end(relation.rows);
	for (int i = from; i < to; i++)
	{
		GqleMember *member = &run->all->members[run->different[i]];

		if (member->answer < 0)
			append_empty_answer(run, member);
	}
}

/* Run the statement for all of them. */
static void
run_different(Run *run)
{
	int			batch_size = Max(run->all->batch_size, 1);
	int			nest_level = gqle_identity_begin(run->session);

	gqle_execute_set_position(run->multiplexed->root->error_path, run->multiplexed->sql);
	gqle_spi_plan_lock(run->compiled->multiplexed_plan);
	PushActiveSnapshot(GetTransactionSnapshot());
	for (int i = 0; i < run->n_different; i += batch_size)
		run_batch(run, i, Min(i + batch_size, run->n_different));
	PopActiveSnapshot();
	gqle_identity_end(nest_level);
}

/* Note what the answers of the operation depend on. */
static void
note_reads(Run *run)
{
	GqleMembers *all = run->all;
	GqleMultiplexed *m = run->multiplexed;
	int			planning = gqle_spi_plan_generation(run->compiled->multiplexed_plan);

	if (m->reads_planning != planning)
	{
		gqle_reads_find(&run->compiled->multiplexed_plan, 1, &m->reads);
		m->reads_planning = planning;
	}
	gqle_reads_now(&m->reads, &all->reads[all->n_reads]);
	all->reads[all->n_reads].moment = all->moment;
	all->n_reads++;
}

/* Members with values that others have, too, get the answer of the first of these. */
static void
share_answers(GqleMembers *all)
{
	for (int i = 0; i < all->n; i++)
	{
		GqleMember *member = &all->members[i];
		const GqleMember *first = &all->members[member->first];

		if (!member->is_done)
			continue;
		member->answer = first->answer;
		member->answer_len = first->answer_len;
		member->cursor = first->cursor;
		member->is_empty = first->is_empty;
	}
}

/* ------------------------------------------------------------------------
 * Running
 * ------------------------------------------------------------------------ */

/* Count runs of the operation, each with its share of the time. */
static void
count_members(const Run *run, instr_time start)
{
	const GqleMembers *all = run->all;
	const GqleMember *one = NULL;
	instr_time	elapsed;
	uint64		share;
	int			n = 0;

	INSTR_TIME_SET_CURRENT(elapsed);
	INSTR_TIME_SUBTRACT(elapsed, start);
	for (int i = 0; i < all->n; i++)
	{
		if (!all->members[i].is_done || all->members[i].reads != all->n_reads - 1)
			continue;
		one = &all->members[i];
		n++;
	}
	if (one == NULL)
		return;
	share = INSTR_TIME_GET_MICROSEC(elapsed) / n;
	for (int i = 0; i < all->n; i++)
	{
		const GqleMember *member = &all->members[i];

		if (member->is_done && member->reads == all->n_reads - 1)
			gqle_stat_operations_count(run->compiled->stat, share,
									   all->members[member->first].answer_len,
									   all->members[member->first].is_empty ? 0 : 1,
									   true, false);
	}
	gqle_query_log_end(one->session, &one->request, run->compiled, share, run->out->len,
					   false);
}

/* Append the statement that ran, for the log. */
static void
show_statement(Run *run)
{
	run->all->statement = run->out->len;
	appendBinaryStringInfo(run->out, run->multiplexed->sql,
						   strlen(run->multiplexed->sql) + 1);
}

/* Find the members whose operation is the compiled one, as that of the first is. */
static void
find_due(Run *run, int first)
{
	for (int i = first; i < run->all->n; i++)
	{
		run->is_due[i] = i == first ||
			(!run->is_tried[i] &&
			 gqle_op_cache_fits(run->compiled, run->all->members[i].request.variables));
		run->is_tried[i] = run->is_tried[i] || run->is_due[i];
	}
}

/* Run those members whose operation is the compiled one. */
static void
run_compiled(Run *run, int first)
{
	instr_time	start;

	INSTR_TIME_SET_CURRENT(start);
	run->multiplexed = get_multiplexed(run->compiled);
	if (run->multiplexed == NULL)
		return;
	if (run->compiled->activity != NULL)
		pgstat_report_activity(STATE_RUNNING, run->compiled->activity);
	run->prepared = &run->compiled->prepared[run->multiplexed->root->prepared];
	run->all->is_stream = run->multiplexed->statement->cursor_param > 0;
	begin_values(run);
	if (run->multiplexed->asks_session)
		hash_sessions(run);
	for (int i = first; i < run->all->n; i++)
	{
		if (!run->is_due[i])
			continue;
		bind_members(run, i);
		if (run->n_different > 0)
			run_different(run);
	}
	note_reads(run);
	count_members(run, start);
	if (run->all->shows_statement)
		show_statement(run);
}

/* Run those members whose operation is that of one of them. */
static void
run_operation(Run *run, GqleCatalog *catalog, int first)
{
	const GqleMember *member = &run->all->members[first];
	GqleErrorSink sink = {0};

	run->is_tried[first] = true;
	run->compiled = gqle_op_cache_get(catalog, member->session, &member->request, &sink);
	if (run->compiled == NULL)
		return;
	find_due(run, first);
	if (gqle_execute_is_cheap(run->compiled) &&
		gqle_execute_check_cost(member->session, run->compiled, &sink))
		run_compiled(run, first);
	gqle_op_cache_release(run->compiled);
}

/* Are runs to be told of one by one, statements and all? */
static bool
is_logged_singly(void)
{
	return gqle_query_log_is_wanted() ||
		gqle_log_wants(GQLE_LOG_EXECUTION, GQLE_LOG_LEVEL_INFO);
}

/* See run_members.h. */
void
gqle_run_members(GqleMembers *members, StringInfo out)
{
	Run			run = {.all = members,.out = out};
	GqleCatalog *catalog;

	members->n_reads = 0;
	members->is_stream = false;
	members->statement = -1;
	for (int i = 0; i < members->n; i++)
	{
		members->members[i].is_done = false;
		members->members[i].answer = members->members[i].cursor = -1;
	}
	if (is_logged_singly())
		return;
	catalog = gqle_catalog_pin();
	/* as in gqle_execute: compiling may wait for another database */
	if (gqle_catalog_has_linked(catalog))
	{
		gqle_catalog_release(catalog);
		return;
	}
	run.is_tried = palloc0(members->n * sizeof(bool));
	run.is_due = palloc0(members->n * sizeof(bool));
	for (int i = 0; i < members->n && members->n_reads < GQLE_MAX_MEMBER_SHAPES; i++)
		if (!run.is_tried[i])
			run_operation(&run, catalog, i);
	gqle_catalog_release(catalog);
	share_answers(members);
}
