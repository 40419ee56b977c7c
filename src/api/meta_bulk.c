/*
 * meta_bulk.c
 *		Requests made of requests: bulk and its kin (reference §15).
 *
 * The request as a whole is one subtransaction, so a failing item undoes all.
 * compat: Hasura commits the SQL of earlier run_sql items; we undo it, too.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/run_sql.h"

static bool run_bulk(GqleMetaCall *call, const GqleJson *args);
static bool run_keep_going(GqleMetaCall *call, const GqleJson *args);
static bool run_atomic(GqleMetaCall *call, const GqleJson *args);
static bool run_concurrent(GqleMetaCall *call, const GqleJson *args);
static bool looks_at_schema(const GqleMetaCall *call);

const GqleMetaCommand gqle_meta_bulk_commands[] = {
	{"bulk", GQLE_META_ENGINE | GQLE_META_V1 | GQLE_META_V2 | GQLE_META_BULK |
	GQLE_META_ANY_ROLE, NULL, run_bulk},
	{"bulk_atomic", GQLE_META_ENGINE | GQLE_META_BULK, NULL, run_atomic},
	{"bulk_keep_going", GQLE_META_ENGINE | GQLE_META_BULK, NULL, run_keep_going},
	{"concurrent_bulk", GQLE_META_V2 | GQLE_META_BULK, NULL, run_concurrent},
	{NULL}
};

/* run_bulk runs items in order up to the first failure. */
static bool
run_bulk(GqleMetaCall *call, const GqleJson *args)
{
	int			i;

	appendStringInfoChar(call->out, '[');
	for (i = 0; i < call->n_items; i++)
	{
		if (i > 0)
			appendStringInfoChar(call->out, ',');
		call->items[i].out = call->out;
		if (!gqle_meta_run_call(&call->items[i]))
			return false;
	}
	appendStringInfoChar(call->out, ']');
	return true;
}

/* run_keep_going runs all items; the answer of a failing one is its error. */
static bool
run_keep_going(GqleMetaCall *call, const GqleJson *args)
{
	int			i;

	appendStringInfoChar(call->out, '[');
	for (i = 0; i < call->n_items; i++)
	{
		GqleMetaCall *item = &call->items[i];
		GqleErrorSink sink = {0};

		if (i > 0)
			appendStringInfoChar(call->out, ',');
		item->out = call->out;
		item->sink = &sink;
		if (!gqle_meta_run_atomically(item, gqle_meta_run_call))
			gqle_error_append_plain(call->out, &sink.error, true);
	}
	appendStringInfoChar(call->out, ']');
	return true;
}

/*
 * run_atomic runs items that only edit metadata, and looks at consistency once,
 * when all are done; the answer is one success.  compat: mistakes are told
 * without the item they are in.
 */
static bool
run_atomic(GqleMetaCall *call, const GqleJson *args)
{
	StringInfoData scratch;
	int			i;

	initStringInfo(&scratch);
	for (i = 0; i < call->n_items; i++)
		if (!(call->items[i].command->flags & GQLE_META_ATOMIC))
			return gqle_meta_fail_status(call, 500, GQLE_ERR_UNEXPECTED,
										 "Bulk atomic does not support this command");
	gqle_meta_check_begin(call->request);
	call->request->defers_checks = true;
	for (i = 0; i < call->n_items; i++)
	{
		call->items[i].out = &scratch;
		call->items[i].path = call->path;
		if (!gqle_meta_run_call(&call->items[i]))
			return false;
	}
	return gqle_meta_check_deferred(call);
}

/* looks_at_schema tells whether a call, or one below it, may change the schema. */
static bool
looks_at_schema(const GqleMetaCall *call)
{
	int			i;

	if (call->command->shape != NULL && call->command->shape == gqle_sql_commands[0].shape)
		return gqle_sql_needs_check(call->args);
	for (i = 0; i < call->n_items; i++)
		if (looks_at_schema(&call->items[i]))
			return true;
	return false;
}

/*
 * run_concurrent runs items that read; one snapshot serves all.  compat: what
 * may change the schema is refused, writing data is not.
 */
static bool
run_concurrent(GqleMetaCall *call, const GqleJson *args)
{
	if (looks_at_schema(call))
		return gqle_meta_fail_status(call, 500, GQLE_ERR_UNEXPECTED,
									 "Only read-only queries are allowed in a concurrent_bulk");
	return run_bulk(call, args);
}
