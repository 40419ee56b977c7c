/*
 * receiver.c
 *		A DestReceiver that writes rows as JSON into a buffer.
 *
 * The executor hands each row over as a slot; its columns go through the
 * template straight into the answer.  Whatever output functions allocate sits in
 * a context that is reset for every row.
 */
#include "gqle/gqle.h"

#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "gqle/exec/receiver.h"

typedef struct JsonReceiver
{
	DestReceiver pub;
	GqleJsonTemplate *template;
	StringInfo	out;
	MemoryContext row_context;
	uint64		n_rows;
	int			watched_column; /* or 0: none */
	StringInfoData watched;		/* its text in the last row */
	GqleReceiverSwitch on_switch;	/* or NULL: all rows belong together */
	void	   *switch_arg;
	int			owner;			/* of the last row; -1: none */
} JsonReceiver;

/* Columns before those of the template. */
static int
n_extra(const JsonReceiver *receiver)
{
	return receiver->on_switch != NULL ? 1 : 0;
}

/* Bind the template to the row type of this execution. */
static void
start_rows(DestReceiver *self, int operation, TupleDesc desc)
{
	JsonReceiver *receiver = (JsonReceiver *) self;
	int			n = gqle_json_template_n_columns(receiver->template);
	int			extra = n_extra(receiver);
	int			i;

	Ensure(desc->natts >= n + extra, "statement has fewer columns than its JSON template");
	for (i = 0; i < n; i++)
		gqle_json_template_set_type(receiver->template, i,
									TupleDescAttr(desc, i + extra)->atttypid);
	receiver->n_rows = 0;
	receiver->owner = -1;
}

/* Keep the watched column of a row. */
static void
watch_row(JsonReceiver *receiver, const TupleTableSlot *slot)
{
	int			i = receiver->watched_column - 1 + n_extra(receiver);
	char	   *value;

	resetStringInfo(&receiver->watched);
	if (slot->tts_isnull[i])
		return;
	value = TextDatumGetCString(slot->tts_values[i]);
	appendStringInfoString(&receiver->watched, value);
}

/* A row of another one than the last. */
static void
switch_owner(JsonReceiver *receiver, int owner)
{
	if (owner == receiver->owner)
		return;
	receiver->on_switch(receiver->switch_arg, owner);
	receiver->owner = owner;
	receiver->n_rows = 0;
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	JsonReceiver *receiver = (JsonReceiver *) self;
	int			extra = n_extra(receiver);
	MemoryContext old;

	slot_getallattrs(slot);
	if (receiver->on_switch != NULL)
		switch_owner(receiver, DatumGetInt32(slot->tts_values[0]));
	if (receiver->n_rows++ > 0)
		appendStringInfoCharMacro(receiver->out, ',');
	old = MemoryContextSwitchTo(receiver->row_context);
	gqle_json_template_append(receiver->out, receiver->template,
							  slot->tts_values + extra, slot->tts_isnull + extra);
	if (receiver->watched_column > 0)
		watch_row(receiver, slot);
	MemoryContextSwitchTo(old);
	MemoryContextReset(receiver->row_context);
	return true;
}

static void
end_rows(DestReceiver *self)
{
}

/* The receiver lives as long as its context: see gqle_receiver_make. */
static void
destroy_receiver(DestReceiver *self)
{
}

/* See receiver.h. */
DestReceiver *
gqle_receiver_make(GqleJsonTemplate *template, MemoryContext context)
{
	JsonReceiver *receiver = MemoryContextAllocZero(context, sizeof(JsonReceiver));

	receiver->pub.receiveSlot = receive_row;
	receiver->pub.rStartup = start_rows;
	receiver->pub.rShutdown = end_rows;
	receiver->pub.rDestroy = destroy_receiver;
	receiver->pub.mydest = DestNone;
	receiver->template = template;
	receiver->row_context = AllocSetContextCreate(context, "gqle row",
												  ALLOCSET_SMALL_SIZES);
	return &receiver->pub;
}

void
gqle_receiver_set_output(DestReceiver *self, StringInfo out)
{
	((JsonReceiver *) self)->out = out;
}

uint64
gqle_receiver_n_rows(const DestReceiver *self)
{
	return ((const JsonReceiver *) self)->n_rows;
}

/* See receiver.h. */
void
gqle_receiver_watch_column(DestReceiver *self, int column)
{
	JsonReceiver *receiver = (JsonReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(receiver));

	receiver->watched_column = column;
	initStringInfo(&receiver->watched);
	MemoryContextSwitchTo(old);
}

/* See receiver.h. */
const char *
gqle_receiver_watched(const DestReceiver *self)
{
	const JsonReceiver *receiver = (const JsonReceiver *) self;

	return receiver->n_rows > 0 ? receiver->watched.data : NULL;
}

/* See receiver.h. */
void
gqle_receiver_split(DestReceiver *self, GqleReceiverSwitch on_switch, void *arg)
{
	JsonReceiver *receiver = (JsonReceiver *) self;

	receiver->on_switch = on_switch;
	receiver->switch_arg = arg;
}
