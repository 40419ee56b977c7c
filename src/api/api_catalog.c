/*
 * api_catalog.c
 *		Triggers of the metadata tables.
 */
#include "gqle/gqle.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "gqle/base/spi.h"
#include "gqle/catalog/metadata.h"

PG_FUNCTION_INFO_V1(gqle_sql_follow_owner);
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

/* The text of a key column of a trigger's row. */
static const char *
column_text(const TriggerData *data, HeapTuple tuple, const char *name)
{
	AttrNumber	number = get_attnum(RelationGetRelid(data->tg_relation), name);
	bool		is_null;
	Datum		value;

	Ensure(AttributeNumberIsValid(number), "a trigger names no column");
	value = heap_getattr(tuple, number, RelationGetDescr(data->tg_relation), &is_null);
	return is_null ? "" : TextDatumGetCString(value);
}

/*
 * A row got another key: so do the rows that belong to it.  args are the
 * trigger's.
 */
static void
rename_children(const TriggerData *data, char **args, int n_args)
{
	GqleSpiArgs values = GQLE_SPI_NO_ARGS;
	StringInfoData set;
	StringInfoData where;
	bool		is_renamed = false;

	initStringInfo(&set);
	initStringInfo(&where);
	for (int i = 1; i < n_args; i += 2)
	{
		const char *old = column_text(data, data->tg_trigtuple, args[i + 1]);
		const char *new = column_text(data, data->tg_newtuple, args[i + 1]);
		const char *column = quote_identifier(args[i]);

		is_renamed = is_renamed || strcmp(old, new) != 0;
		gqle_spi_add_text(&values, new);
		appendStringInfo(&set, "%s%s = $%d", i > 1 ? ", " : "", column, values.n);
		gqle_spi_add_text(&values, old);
		appendStringInfo(&where, "%s%s = $%d", i > 1 ? " AND " : "", column, values.n);
	}
	if (is_renamed)
		gqle_spi_execute(psprintf("UPDATE gqle.%s SET %s WHERE %s",
								  quote_identifier(args[0]), set.data, where.data),
						 &values);
}

/* Rows are gone: so are those that belong to them. */
static void
delete_children(TriggerData *data, char **args, int n_args)
{
	StringInfoData sql;

	if (gqle_metadata_is_replacing())
		return;
	initStringInfo(&sql);
	appendStringInfo(&sql, "DELETE FROM gqle.%s AS c USING %s AS o WHERE ",
					 quote_identifier(args[0]),
					 quote_identifier(data->tg_trigger->tgoldtable));
	for (int i = 1; i < n_args; i += 2)
		appendStringInfo(&sql, "%sc.%s = o.%s", i > 1 ? " AND " : "",
						 quote_identifier(args[i]), quote_identifier(args[i + 1]));
	gqle_spi_execute_in_trigger(sql.data, data);
}

/* See 10_metadata.sql, "owners". */
Datum
gqle_sql_follow_owner(PG_FUNCTION_ARGS)
{
	TriggerData *data = get_trigger_data(fcinfo);
	char	  **args = data->tg_trigger->tgargs;
	int			n_args = data->tg_trigger->tgnargs;

	if (TRIGGER_FIRED_BY_UPDATE(data->tg_event) && TRIGGER_FIRED_FOR_ROW(data->tg_event) &&
		n_args % 2 == 1)
		rename_children(data, args, n_args);
	else if (TRIGGER_FIRED_BY_DELETE(data->tg_event) && data->tg_trigger->tgoldtable != NULL &&
			 n_args % 2 == 1)
		delete_children(data, args, n_args);
	else
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger must fire after update for each row, or after delete with a table of old rows")));
	PG_RETURN_POINTER(NULL);
}
