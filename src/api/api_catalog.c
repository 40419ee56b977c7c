/*
 * api_catalog.c
 *		Triggers of the metadata tables.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "gqle/catalog/metadata.h"

PG_FUNCTION_INFO_V1(gqle_sql_note_metadata_change);
PG_FUNCTION_INFO_V1(gqle_sql_replace_initial);

/* The trigger data of a call, or an error. */
static TriggerData *
get_trigger_data(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function can only be called as a trigger")));
	return (TriggerData *) fcinfo->context;
}

Datum
gqle_sql_note_metadata_change(PG_FUNCTION_ARGS)
{
	(void) get_trigger_data(fcinfo);
	gqle_metadata_note_change();
	PG_RETURN_POINTER(NULL);
}

Datum
gqle_sql_replace_initial(PG_FUNCTION_ARGS)
{
	TriggerData *data = get_trigger_data(fcinfo);
	TupleDesc	desc = RelationGetDescr(data->tg_relation);
	char	   *name = "";
	bool		is_null;
	Datum		key;

	if (!TRIGGER_FIRED_BEFORE(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger must fire before insert for each row")));
	key = heap_getattr(data->tg_trigtuple, 1, desc, &is_null);
	if (!is_null && TupleDescAttr(desc, 0)->atttypid == TEXTOID)
		name = TextDatumGetCString(key);
	gqle_metadata_replace_initial(RelationGetRelid(data->tg_relation), name);
	PG_RETURN_POINTER(data->tg_trigtuple);
}
