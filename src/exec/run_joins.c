/*
 * run_joins.c
 *		Joining to what a root field answered (plan/joins.h).
 *
 * Values of one *level* - the left side's answer, or all that one right side
 * answered - are walked together.  Each join that is met notes its *places* and
 * which *argument* belongs to each: arguments are distinct tuples of the join's
 * fields.  A place one of whose fields is null stays null and needs no argument.
 * Then the joins run, in the order in which they were met, each once for all its
 * arguments; their values are the next level.  So the number of calls follows from
 * the request, not from the number of rows.
 *
 * compat: mistakes are reported in Hasura's words.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "gqle/base/json_write.h"
#include "gqle/base/strhash.h"
#include "gqle/exec/bind.h"
#include "gqle/exec/execute.h"
#include "gqle/exec/query_log.h"
#include "gqle/exec/run_joins_parts.h"

/* Where a join's value goes. */
typedef struct Place
{
	GqleJson  **value;
	int			argument;
} Place;

/* A join on its level. */
struct GqleJoinRun
{
	GqleJoinStep *step;
	GqleStrHash *numbers;		/* text of an argument -> its number + 1 */
	int			n_places;
	int			allocated_places;
	Place	   *places;
	GqleJoinArguments arguments;
	GqleJson  **values;			/* of the right side, by argument */
};

/* All of it. */
typedef struct JoinRuns
{
	const GqleStep *step;
	struct GqleJoinRun *runs;	/* by number of the step */
	bool		is_pending;
	int			n_arguments;	/* of all joins of the level being walked */
	StringInfoData buffer;		/* text of the argument being read */
} JoinRuns;

/* Joins met on a level, in that order. */
typedef struct Level
{
	JoinRuns   *all;
	List	   *met;			/* struct GqleJoinRun */
} Level;

static bool run_level(JoinRuns *all, const GqleJoinTree *tree, GqleJson **values, int n);

/* See run_joins_parts.h. */
bool
gqle_join_fail(const GqleStep *step, const char *fmt,...)
{
	StringInfoData message;
	int			needed;

	initStringInfo(&message);
	do
	{
		va_list		args;

		va_start(args, fmt);
		needed = appendStringInfoVA(&message, fmt, args);
		va_end(args);
		if (needed > 0)
			enlargeStringInfo(&message, needed);
	} while (needed > 0);
	gqle_error_report(step->sink, GQLE_ERR_UNEXPECTED, NULL, "%s", message.data);
	step->sink->error.http_status = 500;
	return false;
}

/* ------------------------------------------------------------------------
 * Walking a level
 * ------------------------------------------------------------------------ */

/* Note an argument, known by its text, unless it is there; returns its number. */
static int
add_argument(JoinRuns *all, struct GqleJoinRun *run, const char *text,
			 GqleJson *const *fields)
{
	GqleJoinArguments *arguments = &run->arguments;
	uintptr_t	number = (uintptr_t) gqle_strhash_lookup(run->numbers, text);
	int			n = run->step->join->n_fields;

	if (number > 0)
		return (int) number - 1;
	if (arguments->n == arguments->allocated)
	{
		arguments->allocated = Max(arguments->allocated * 2, 8);
		if (arguments->fields == NULL)
		{
			arguments->fields = palloc(sizeof(GqleJson **) * arguments->allocated);
			arguments->ids = palloc(sizeof(int) * arguments->allocated);
		}
		else
		{
			arguments->fields = repalloc(arguments->fields,
										 sizeof(GqleJson **) * arguments->allocated);
			arguments->ids = repalloc(arguments->ids, sizeof(int) * arguments->allocated);
		}
	}
	arguments->ids[arguments->n] = all->n_arguments++;
	arguments->fields[arguments->n] = palloc(sizeof(GqleJson *) * Max(n, 1));
	memcpy(arguments->fields[arguments->n++], fields, sizeof(GqleJson *) * n);
	gqle_strhash_add(run->numbers, pstrdup(text), (void *) (uintptr_t) arguments->n);
	return arguments->n - 1;
}

/*
 * The argument an object has for a join: its number, -1 if one of its fields is
 * null, -2 after reporting one that is missing.
 */
static int
read_argument(JoinRuns *all, struct GqleJoinRun *run, const GqleJson *object)
{
	const GqleJoinStep *join_step = run->step;
	int			n = join_step->join->n_fields;
	GqleJson  **fields = palloc(sizeof(GqleJson *) * Max(n, 1));
	bool		has_null = false;
	int			argument = -1;
	int			i;

	resetStringInfo(&all->buffer);
	for (i = 0; i < n; i++)
	{
		fields[i] = gqle_json_lookup(object, join_step->keys[i]);
		if (fields[i] == NULL)
		{
			gqle_join_fail(all->step, "a join column is missing from the response: %s",
						   join_step->keys[i]);
			return -2;
		}
		has_null = has_null || fields[i]->kind == GQLE_JSON_NULL;
		appendStringInfoChar(&all->buffer, ',');
		gqle_json_append(&all->buffer, fields[i]);
	}
	if (!has_null)
		argument = add_argument(all, run, all->buffer.data, fields);
	pfree(fields);
	return argument;
}

static void
add_place(Level *level, struct GqleJoinRun *run, GqleJson **value, int argument)
{
	if (run->n_places == 0)
		level->met = lappend(level->met, run);
	if (run->n_places == run->allocated_places)
	{
		run->allocated_places = Max(run->allocated_places * 2, 8);
		run->places = run->places == NULL ?
			palloc(sizeof(Place) * run->allocated_places) :
			repalloc(run->places, sizeof(Place) * run->allocated_places);
	}
	run->places[run->n_places].value = value;
	run->places[run->n_places++].argument = argument;
}

static bool
is_phantom(const GqleJoinBranch *branch, const char *key)
{
	int			i;

	if (strcmp(key, GQLE_JOIN_TYPENAME_KEY) == 0)
		return true;
	for (i = 0; i < branch->n_phantoms; i++)
		if (strcmp(branch->phantoms[i], key) == 0)
			return true;
	return false;
}

/* Take phantoms out of an object. */
static void
remove_phantoms(GqleJson *object, const GqleJoinBranch *branch)
{
	int			n = 0;
	int			i;

	for (i = 0; i < object->n; i++)
		if (!is_phantom(branch, object->members[i].key))
			object->members[n++] = object->members[i];
	object->n = n;
}

/* The place of an object's member, or NULL. */
static GqleJson **
find_place(GqleJson *object, const char *key)
{
	int			i;

	for (i = 0; i < object->n; i++)
		if (strcmp(object->members[i].key, key) == 0)
			return &object->members[i].value;
	return NULL;
}

/* The branch of an object by what it says of its type. */
static const GqleJoinBranch *
choose_branch(const GqleJoinTree *tree, const GqleJson *object)
{
	const GqleJson *type = tree->n_branches == 1 ? NULL :
		gqle_json_lookup(object, GQLE_JOIN_TYPENAME_KEY);
	int			i;

	for (i = 0; i < tree->n_branches - 1; i++)
		if (type != NULL && type->kind == GQLE_JSON_STRING &&
			strcmp(tree->branches[i].type_name, type->text) == 0)
			break;
	return &tree->branches[i];
}

static bool walk(Level *level, const GqleJoinTree *tree, GqleJson *value);

/* Note what is joined to an object, and walk on to what is joined below it. */
static bool
walk_object(Level *level, const GqleJoinTree *tree, GqleJson *object)
{
	const GqleJoinBranch *branch = choose_branch(tree, object);
	int		   *arguments = palloc(sizeof(int) * Max(branch->n_nodes, 1));
	int			i;

	for (i = 0; i < branch->n_nodes; i++)
	{
		const GqleJoinNode *node = &branch->nodes[i];

		if (node->step == NULL || find_place(object, node->key) == NULL)
			continue;
		arguments[i] = read_argument(level->all, &level->all->runs[node->step->number], object);
		if (arguments[i] == -2)
			return false;
	}
	remove_phantoms(object, branch);
	for (i = 0; i < branch->n_nodes; i++)
	{
		const GqleJoinNode *node = &branch->nodes[i];
		GqleJson  **place = find_place(object, node->key);

		if (place == NULL)
			continue;
		if (node->step == NULL)
		{
			if (!walk(level, node->tree, *place))
				return false;
		}
		else if (arguments[i] >= 0)
			add_place(level, &level->all->runs[node->step->number], place, arguments[i]);
		else
			*place = gqle_json_make_null();
	}
	pfree(arguments);
	return true;
}

static bool
walk(Level *level, const GqleJoinTree *tree, GqleJson *value)
{
	int			i;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch (value->kind)
	{
		case GQLE_JSON_NULL:
			return true;
		case GQLE_JSON_OBJECT:
			return walk_object(level, tree, value);
		case GQLE_JSON_ARRAY:
			for (i = 0; i < value->n; i++)
				if (!walk(level, tree, value->items[i]))
					return false;
			return true;
		default:
			return gqle_join_fail(level->all->step,
								  "found a scalar value when traversing with a non-empty join tree");
	}
}

/* ------------------------------------------------------------------------
 * Right sides: rows of a table
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

/* The statement of a step, ready to run; NULL after reporting. */
static GqlePrepared *
prepare(const GqleStep *step, GqleJoinStep *join_step)
{
	GqlePrepared *prepared = join_step->prepared;
	MemoryContextCallback *callback;

	if (prepared != NULL)
		return prepared;
	prepared = MemoryContextAllocZero(step->plan_context, sizeof(GqlePrepared));
	callback = MemoryContextAllocZero(step->plan_context, sizeof(MemoryContextCallback));
	callback->func = free_plan;
	callback->arg = prepared;
	MemoryContextRegisterResetCallback(step->plan_context, callback);
	if (!gqle_bind_prepare(prepared, join_step->statement, step->plan_context, step->sink))
		return NULL;
	join_step->prepared = prepared;
	return prepared;
}

/* [{"argument":0,"key_1":..}, ...] */
static Datum
make_arguments(const GqleJoinStep *join_step, const GqleJoinArguments *arguments)
{
	const GqleRelationship *relationship = join_step->join->relationship;
	StringInfoData text;
	int			i;
	int			j;

	initStringInfo(&text);
	appendStringInfoChar(&text, '[');
	for (i = 0; i < arguments->n; i++)
	{
		bool		first = false;

		appendStringInfo(&text, "%s{\"argument\":%d", i > 0 ? "," : "", i);
		for (j = 0; j < relationship->n_columns; j++)
		{
			gqle_json_write_key(&text, relationship->columns[j]->name, &first);
			gqle_json_append(&text, arguments->fields[i][j]);
		}
		appendStringInfoChar(&text, '}');
	}
	appendStringInfoChar(&text, ']');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(text.data));
}

/* Ask the database; appends [argument, value], ... */
static bool
ask_database(const GqleStep *step, GqleJoinStep *join_step,
			 const GqleJoinArguments *arguments, StringInfo out)
{
	GqlePrepared *prepared = prepare(step, join_step);
	int			i;

	if (prepared == NULL ||
		!gqle_bind_values(prepared, step->request, step->session, step->sink))
		return false;
	for (i = 0; i < prepared->n_bindings; i++)
		if (prepared->bindings[i].leaf == NULL)
		{
			prepared->values[i] = make_arguments(join_step, arguments);
			prepared->nulls[i] = false;
		}
	gqle_execute_set_position("$", prepared->statement->sql);
	if (unlikely(gqle_query_log_is_wanted()))
		gqle_query_log_statement(step->request, join_step->field_name,
								 prepared->statement->sql, NULL);
	gqle_receiver_set_output(prepared->receiver, out);
	gqle_spi_plan_execute(prepared->plan, prepared->values, prepared->nulls, true, 0,
						  prepared->receiver);
	return true;
}

/* Put the values of [[argument, value], ...] where they belong. */
static bool
read_rows(const GqleStep *step, struct GqleJoinRun *run, const char *text, int len)
{
	GqleJsonError error;
	GqleJson   *rows = gqle_json_parse(text, len, &error);
	int			i;

	if (rows == NULL)
		return gqle_join_fail(step, "failed to decode JSON response from the source: %s",
							  error.message);
	for (i = 0; i < rows->n; i++)
	{
		int			argument = pg_strtoint32(rows->items[i]->items[0]->text);

		Ensure(argument >= 0 && argument < run->arguments.n, "argument that was not asked for");
		run->values[argument] = rows->items[i]->items[1];
	}
	return true;
}

/* Run the right side of a join to rows of a table, or recall what it came to. */
static bool
run_rows(JoinRuns *all, struct GqleJoinRun *run)
{
	const GqleStep *step = all->step;
	const char *key = psprintf("%s.join.%d", step->key, run->step->number);
	const GqleNote *note = gqle_outcalls_recall(step->outcalls, key);
	StringInfoData out;

	if (note != NULL)
		return read_rows(step, run, note->text, note->len);
	initStringInfo(&out);
	appendStringInfoChar(&out, '[');
	if (!ask_database(step, run->step, &run->arguments, &out))
		return false;
	appendStringInfoChar(&out, ']');
	gqle_outcalls_note(step->outcalls, key, out.data, out.len);
	return read_rows(step, run, out.data, out.len);
}

/* Run the right side of a join to a remote schema. */
static bool
run_remote(JoinRuns *all, struct GqleJoinRun *run)
{
	switch (gqle_join_ask_remote(all->step, run->step->remote, &run->arguments, run->values))
	{
		case GQLE_STEP_DONE:
			return true;
		case GQLE_STEP_PENDING:
			all->is_pending = true;
			return true;
		case GQLE_STEP_FAILED:
			break;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * Levels
 * ------------------------------------------------------------------------ */

/* Run a join's right side and all that is joined to it; false after reporting. */
static bool
run_right_side(JoinRuns *all, struct GqleJoinRun *run)
{
	bool		was_pending = all->is_pending;
	bool		done;

	run->values = palloc0(sizeof(GqleJson *) * Max(run->arguments.n, 1));
	all->is_pending = false;
	if (run->arguments.n == 0)
		done = true;
	else if (run->step->remote != NULL)
		done = run_remote(all, run);
	else
		done = run_rows(all, run);
	if (done && !all->is_pending && run->step->tree != NULL)
		done = run_level(all, run->step->tree, run->values, run->arguments.n);
	all->is_pending = all->is_pending || was_pending;
	return done;
}

/* Put the values of a join in place. */
static bool
fill_places(const GqleStep *step, struct GqleJoinRun *run)
{
	int			i;

	for (i = 0; i < run->n_places; i++)
	{
		GqleJson   *value = run->values[run->places[i].argument];

		if (value == NULL)
			return gqle_join_fail(step, "couldn't find a value for argument id in the join results: %d",
								  run->places[i].argument);
		*run->places[i].value = value;
	}
	return true;
}

/*
 * Join everything to the values of a level.  While one join waits for the network
 * the others on its level may ask it, too; whose error comes first is the
 * operation's.
 */
static bool
run_level(JoinRuns *all, const GqleJoinTree *tree, GqleJson **values, int n)
{
	Level		level = {all, NIL};
	ListCell   *lc;
	int			i;

	all->n_arguments = 0;
	for (i = 0; i < n; i++)
		if (values[i] != NULL && !walk(&level, tree, values[i]))
			return false;
	foreach(lc, level.met)
	{
		struct GqleJoinRun *run = lfirst(lc);

		if (all->is_pending && run->step->statement != NULL)
			continue;
		if (!run_right_side(all, run))
		{
			if (!all->is_pending)
				return false;
			all->step->sink->has_error = false;
		}
	}
	foreach(lc, level.met)
		if (!all->is_pending && !fill_places(all->step, lfirst(lc)))
			return false;
	return true;
}

/* See run_joins.h. */
GqleStepResult
gqle_run_joins(const GqleStep *step, GqleJoins *joins, const char *text, int len)
{
	JoinRuns	all = {step};
	GqleJsonError error;
	GqleJson   *value = gqle_json_parse(text, len, &error);
	int			i;

	if (value == NULL)
	{
		gqle_join_fail(step, "%s", error.message);
		return GQLE_STEP_FAILED;
	}
	initStringInfo(&all.buffer);
	all.runs = palloc0(sizeof(struct GqleJoinRun) * joins->n_steps);
	for (i = 0; i < joins->n_steps; i++)
	{
		all.runs[i].step = joins->steps[i];
		all.runs[i].numbers = gqle_strhash_make(CurrentMemoryContext, 16);
	}
	if (!run_level(&all, joins->tree, &value, 1))
		return GQLE_STEP_FAILED;
	if (all.is_pending)
		return GQLE_STEP_PENDING;
	gqle_json_append(step->out, value);
	return GQLE_STEP_DONE;
}
