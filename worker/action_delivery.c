/*
 * action_delivery.c
 *		The calls of asynchronous actions.
 *
 *		created -> processing -> completed or error
 *
 * A call is claimed (it is "processing", and that commits), made, and recorded
 * with what the webhook answered.  At most gqle.async_actions_fetch_batch_size are
 * on their way.  This worker alone claims, so what is "processing" when it starts
 * was left behind by one that ended, and is made again: a webhook is called at
 * least once.  (Hasura's are never called again then, nor ever answered.)  Calls
 * of actions that are not there, or are inconsistent, wait.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/exec/action_call.h"
#include "gqle/worker/delivery.h"
#include "gqle/worker/httpc.h"
#include "gqle/worker/invocation.h"

/* A call that was claimed; all of it is in the context. */
typedef struct Pending
{
	dlist_node	node;			/* in claimed, called or ended */
	MemoryContext context;
	const char *id;
	GqleCatalog *catalog;		/* retained, since the action is in it */
	GqleActionCall call;
	GqleHttpcCall *http;
	const char *response;		/* JSON text, or NULL: there was an error */
	const char *errors;
} Pending;

static dlist_head claimed = DLIST_STATIC_INIT(claimed);
static dlist_head called = DLIST_STATIC_INIT(called);
static dlist_head ended = DLIST_STATIC_INIT(ended);
static int	n_called = 0;
static TimestampTz next_look = 0;
static bool may_have_more = true;

/* ------------------------------------------------------------------------
 * Outcomes
 * ------------------------------------------------------------------------ */

static void
take_error(Pending *pending, const GqleErrorSink *sink)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"path\":");
	gqle_json_write_cstring(&out, sink->error.path != NULL ? sink->error.path : "$");
	appendStringInfoString(&out, ",\"error\":");
	gqle_json_write_cstring(&out, sink->error.message);
	appendStringInfoString(&out, ",\"code\":");
	gqle_json_write_cstring(&out, gqle_error_code_text(&sink->error));
	if (sink->error.internal != NULL)
		appendStringInfo(&out, ",\"internal\":%s", sink->error.internal);
	appendStringInfoChar(&out, '}');
	pending->errors = out.data;
}

static void
judge(Pending *pending, const GqleHttpReply *reply)
{
	GqleErrorSink sink = {0};
	GqleJson   *answer;

	gqle_action_call_log(&pending->call, reply);
	answer = gqle_action_call_read(&pending->call, reply, &sink);
	if (answer != NULL)
		pending->response = gqle_json_to_text(answer);
	else
		take_error(pending, &sink);
}

static void
end_call(Pending *pending)
{
	dlist_push_tail(&ended, &pending->node);
}

/* The webhook has answered, or not; GqleHttpcDone. */
static void
take_reply(void *arg, const GqleHttpReply *reply)
{
	Pending    *pending = arg;
	MemoryContext old = MemoryContextSwitchTo(pending->context);

	pending->http = NULL;
	judge(pending, reply);
	MemoryContextSwitchTo(old);
	dlist_delete(&pending->node);
	n_called--;
	end_call(pending);
}

/* ------------------------------------------------------------------------
 * Claiming
 * ------------------------------------------------------------------------ */

enum
{
	CLAIM_ID,
	CLAIM_ACTION,
	CLAIM_INPUT,
	CLAIM_HEADERS,
	CLAIM_SESSION
};

/* Materialized, or else the limit may hold for each row instead of all. */
static GqleSpiStatement claim = {
	"WITH c AS MATERIALIZED ("
	" SELECT id FROM gqle.action_log"
	" WHERE status IN ('created', 'processing') AND status = 'created' AND action_name = ANY ($2)"
	" ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED) "
	"UPDATE gqle.action_log AS l SET status = 'processing' FROM c WHERE l.id = c.id "
	"RETURNING l.id::text, l.action_name, l.input_payload::text, l.request_headers::text,"
	" l.session_variables::text"
};

/* The names of actions whose calls can be made; returns how many. */
static int
list_actions(GqleCatalog *catalog, const char ***names)
{
	int			n_actions;
	int			n = 0;
	const GqleAction **actions = gqle_catalog_actions(catalog, &n_actions);

	*names = palloc(sizeof(char *) * Max(n_actions, 1));
	for (int i = 0; i < n_actions; i++)
		if (actions[i]->is_async)
			(*names)[n++] = actions[i]->name;
	return n;
}

/* Headers of the client as the log keeps them. */
static void
read_headers(const char *text, GqleOutcalls *client)
{
	GqleJsonError error;
	GqleJson   *json = gqle_json_parse(text, strlen(text), &error);
	GqleHttpHeader *headers;

	memset(client, 0, sizeof(*client));
	if (json == NULL || json->kind != GQLE_JSON_OBJECT)
		return;
	headers = palloc0(sizeof(GqleHttpHeader) * Max(json->n, 1));
	for (int i = 0; i < json->n; i++)
	{
		const GqleJson *value = json->members[i].value;

		if (value->kind != GQLE_JSON_STRING)
			continue;
		headers[client->n_client_headers].name = json->members[i].key;
		headers[client->n_client_headers++].value = value->text;
	}
	client->client_headers = headers;
}

/* A call of a claimed row; one that can't be made has ended. */
static void
add_pending(GqleCatalog *catalog, const GqleRows *rows, int row)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "gqle action call",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Pending    *pending = palloc0(sizeof(Pending));
	GqleErrorSink sink = {0};
	GqleOutcalls client;

	pending->context = context;
	pending->id = pstrdup(gqle_rows_text(rows, row, CLAIM_ID));
	pending->catalog = catalog;
	gqle_catalog_retain(catalog);
	pending->call.action =
		gqle_catalog_lookup_action(catalog, gqle_rows_text(rows, row, CLAIM_ACTION));
	pending->call.is_later = true;
	pending->call.input = pstrdup(gqle_rows_text(rows, row, CLAIM_INPUT));
	pending->call.session = pstrdup(gqle_rows_text(rows, row, CLAIM_SESSION));
	read_headers(pstrdup(gqle_rows_text(rows, row, CLAIM_HEADERS)), &client);
	if (gqle_action_call_make(&pending->call, &client, &sink))
		dlist_push_tail(&claimed, &pending->node);
	else
	{
		take_error(pending, &sink);
		end_call(pending);
	}
	MemoryContextSwitchTo(old);
}

/* Claim what there is room for; call within a transaction. */
static void
claim_calls(void)
{
	int			room = gqle_guc_async_actions_fetch_batch_size - n_called;
	GqleCatalog *catalog = gqle_catalog_pin();
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	const char **names;
	int			n = list_actions(catalog, &names);

	may_have_more = false;
	if (n > 0)
	{
		GqleRows   *rows;

		gqle_spi_add_int8(&args, room);
		gqle_spi_add_text_array(&args, names, n);
		rows = gqle_spi_execute_kept(&claim, &args);
		for (int i = 0; i < rows->n; i++)
			add_pending(catalog, rows, i);
		may_have_more = rows->n == room;
	}
	gqle_catalog_release(catalog);
}

/* Make the calls that were claimed, after the commit. */
static void
make_calls(void)
{
	while (!dlist_is_empty(&claimed))
	{
		Pending    *pending = dlist_container(Pending, node, dlist_pop_head_node(&claimed));
		MemoryContext old = MemoryContextSwitchTo(pending->context);

		pending->http = gqle_httpc_begin(&pending->call.request, take_reply, pending);
		if (pending->http != NULL)
		{
			dlist_push_tail(&called, &pending->node);
			n_called++;
		}
		else
		{
			judge(pending, &gqle_invocation_bad_url);
			end_call(pending);
		}
		MemoryContextSwitchTo(old);
	}
}

/* ------------------------------------------------------------------------
 * Recording
 * ------------------------------------------------------------------------ */

static GqleSpiStatement record = {
	"UPDATE gqle.action_log SET status = CASE WHEN $2 = '' THEN 'error' ELSE 'completed' END,"
	" response_payload = nullif($2, '')::jsonb, errors = nullif($3, '')::jsonb,"
	" response_received_at = now() WHERE id = $1::uuid"
};

/* Record what has ended; call within a transaction. */
static void
record_ended(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, &ended)
	{
		const Pending *pending = dlist_container(Pending, node, iter.cur);
		GqleSpiArgs args = GQLE_SPI_NO_ARGS;

		gqle_spi_add_text(&args, pending->id);
		gqle_spi_add_text(&args, pending->response != NULL ? pending->response : "");
		gqle_spi_add_text(&args, pending->response != NULL ? "" : pending->errors);
		gqle_spi_execute_kept(&record, &args);
	}
}

/* Forget those of a list. */
static void
forget(dlist_head *list)
{
	while (!dlist_is_empty(list))
	{
		Pending    *pending = dlist_container(Pending, node, dlist_pop_head_node(list));

		gqle_catalog_unretain(pending->catalog);
		MemoryContextDelete(pending->context);
	}
}

/* ------------------------------------------------------------------------
 * Turns
 * ------------------------------------------------------------------------ */

static bool
is_off(void)
{
	return gqle_guc_async_actions_fetch_interval == 0 ||
		gqle_guc_async_actions_fetch_batch_size == 0;
}

static bool
must_claim(bool look)
{
	if (is_off() || n_called >= gqle_guc_async_actions_fetch_batch_size)
		return false;
	return look || may_have_more || gqle_delivery_ms_until(next_look) == 0;
}

/* See delivery.h. */
void
gqle_actions_turn(bool look, bool is_draining)
{
	bool		claims = !is_draining && must_claim(look);
	dlist_head	recorded;

	dlist_init(&recorded);
	if (look && !claims)
		may_have_more = true;	/* to be found when there is room */
	if (claims || !dlist_is_empty(&ended))
	{
		gqle_delivery_begin("gqle: call actions");
		record_ended();
		while (!dlist_is_empty(&ended))
			dlist_push_tail(&recorded, dlist_pop_head_node(&ended));
		if (claims)
			claim_calls();
		gqle_delivery_commit();
		forget(&recorded);
		if (claims)
			next_look = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													gqle_guc_async_actions_fetch_interval);
	}
	make_calls();
}

/* See delivery.h. */
long
gqle_actions_timeout(void)
{
	if (!dlist_is_empty(&ended) || (may_have_more && must_claim(false)))
		return 0;
	if (is_off())
		return 60000;
	return Max(gqle_delivery_ms_until(next_look), 1);
}

int
gqle_actions_count(void)
{
	return n_called;
}

/* See delivery.h. */
void
gqle_actions_start(void)
{
	gqle_delivery_begin("gqle: free calls of actions");
	gqle_spi_execute("UPDATE gqle.action_log SET status = 'created' "
					 "WHERE status IN ('created', 'processing') AND status = 'processing'",
					 NULL);
	gqle_delivery_commit();
}

/* See delivery.h. */
void
gqle_actions_stop(void)
{
	dlist_iter	iter;

	gqle_delivery_begin("gqle: free calls of actions");
	record_ended();
	dlist_foreach(iter, &called)
	{
		GqleSpiArgs args = GQLE_SPI_NO_ARGS;

		gqle_spi_add_text(&args, dlist_container(Pending, node, iter.cur)->id);
		gqle_spi_execute("UPDATE gqle.action_log SET status = 'created' WHERE id = $1::uuid",
						 &args);
	}
	gqle_delivery_commit();
}
