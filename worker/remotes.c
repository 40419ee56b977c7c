/*
 * remotes.c
 *		The part of the delivery worker that asks remote schemas for their types.
 *
 * Metadata commands ask by themselves.  What is left: metadata that came another way (a
 * restored dump, rows written by hand), and servers that could not be reached, which are
 * tried again, less and less often.  Until there is an answer a remote schema is
 * inconsistent, or served by an older answer.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/api/remote_fetch.h"
#include "gqle/base/spi.h"
#include "gqle/worker/delivery.h"
#include "gqle/worker/httpc.h"

#define LOOK_MS 15000

/* One remote schema that is being asked. */
typedef struct Asking
{
	dlist_node node; /* in called or ended */
	MemoryContext context;
	const char *name;
	GqleJson *definition;
	GqleHttpRequest request;
	GqleHttpcCall *call;
	const char *answer; /* or NULL: sink has the reason */
	GqleErrorSink sink;
} Asking;

static dlist_head called = DLIST_STATIC_INIT(called);
static dlist_head ended = DLIST_STATIC_INIT(ended);
static int n_called = 0;
static TimestampTz next_look = 0;

/* The server has answered, or not; GqleHttpcDone. */
static void
take_reply(void *arg, const GqleHttpReply *reply)
{
	Asking *asking = arg;
	MemoryContext old = MemoryContextSwitchTo(asking->context);

	asking->call = NULL;
	asking->answer = gqle_remote_fetch_read(asking->definition,
											&asking->request, reply,
											&asking->sink);
	if (asking->answer != NULL)
		asking->answer = pstrdup(asking->answer);
	MemoryContextSwitchTo(old);
	dlist_delete(&asking->node);
	n_called--;
	dlist_push_tail(&ended, &asking->node);
}

/* Ask the remote schema of a row. */
static void
begin_asking(const GqleRows *rows, int row)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext,
												  "gqle remote schema",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Asking *asking = palloc0(sizeof(Asking));
	GqleJsonError error;
	const char *definition = gqle_rows_text(rows, row, 1);

	asking->context = context;
	asking->name = gqle_rows_text(rows, row, 0);
	asking->definition = gqle_json_parse(definition, (int) strlen(definition),
										 &error);
	if (gqle_remote_fetch_request(asking->definition, NULL, &asking->request,
								  &asking->sink))
	{
		asking->call = gqle_httpc_begin(&asking->request, take_reply, asking);
		if (asking->call == NULL)
			gqle_error_report(&asking->sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL,
							  "the request cannot be made");
	}
	MemoryContextSwitchTo(old);
	dlist_push_tail(asking->call != NULL ? &called : &ended, &asking->node);
	n_called += asking->call != NULL;
}

/*
 * Ask those that were never asked under their definition, and those that failed some
 * time ago: after one minute, two, four, up to two hours.
 */
static void
look_for_missing(void)
{
	static GqleSpiStatement statement = {
		"SELECT r.name, r.definition FROM gqle.remote_schemas AS r "
		"LEFT JOIN gqle.remote_introspections AS i ON i.remote_schema = r.name "
		"AND i.request = gqle_internal.remote_request(r.definition) "
		"WHERE i.remote_schema IS NULL OR (i.failure IS NOT NULL AND i.fetched_at "
		"< now() - interval '30 seconds' "
		"* power(2, least(i.tries, 8)))",
		NULL};
	GqleRows *rows;

	gqle_delivery_begin("gqle: looking for remote schemas");
	rows = gqle_spi_query_kept(&statement, NULL);
	for (int i = 0; i < rows->n; i++)
		begin_asking(rows, i);
	gqle_delivery_commit();
}

/* Is that what the metadata still say?  They don't change until we have committed. */
static bool
is_current(const Asking *asking)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, asking->name);
	gqle_spi_add_json(&args, gqle_json_to_text(asking->definition));
	return gqle_spi_execute("SELECT FROM gqle.remote_schemas AS r "
							"WHERE r.name = $1 "
							"AND gqle_internal.remote_request(r.definition) "
							"= gqle_internal.remote_request($2) "
							"FOR SHARE OF r",
							&args)
			   ->n > 0;
}

/* Record what came of asking. */
static void
record_ended(void)
{
	dlist_mutable_iter iter;

	if (dlist_is_empty(&ended))
		return;
	gqle_delivery_begin("gqle: recording remote schemas");
	dlist_foreach_modify (iter, &ended)
	{
		Asking *asking = dlist_container(Asking, node, iter.cur);

		if (is_current(asking) && asking->answer != NULL)
			gqle_remote_fetch_store(asking->name, asking->definition, asking->answer);
		else if (is_current(asking))
			gqle_remote_fetch_store_failure(asking->name, asking->definition,
											&asking->sink.error);
		dlist_delete(&asking->node);
		MemoryContextDelete(asking->context);
	}
	gqle_delivery_commit();
}

/* See delivery.h. */
void
gqle_remotes_turn(bool is_draining)
{
	record_ended();
	if (is_draining || n_called > 0 || gqle_delivery_ms_until(next_look) > 0)
		return;
	next_look = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), LOOK_MS);
	look_for_missing();
	record_ended();
}

/* See delivery.h. */
long
gqle_remotes_timeout(void)
{
	return !dlist_is_empty(&ended) ? 0
		   : n_called > 0		   ? LOOK_MS
								   : gqle_delivery_ms_until(next_look);
}

/* See delivery.h. */
void
gqle_remotes_stop(void)
{
	dlist_iter iter;

	dlist_foreach (iter, &called)
		gqle_httpc_cancel(dlist_container(Asking, node, iter.cur)->call);
}
