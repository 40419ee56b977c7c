/*
 * event_capture.c
 *		Capturing changes of rows for event triggers.
 *
 *		gqle_internal.capture_event()	the triggers of tables
 *		gqle.insert_event_log(...)		the same by hand
 *
 * An event is a row of gqle.event_log, written in the transaction that changed
 * the row, so that it exists exactly if the change does.  Its payload is what
 * Hasura's triggers write: the operation, the old and the new row, the session
 * that asked, and the trace it belongs to.
 *
 * A trigger carries all it needs as arguments (see event_triggers.c): firing it
 * reads no metadata.  The writer needs no rights on the queue.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "gqle/api/event.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_read.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/base/wake.h"
#include "gqle/catalog/scalar.h"
#include "gqle/exec/json_value.h"
#include "gqle/plan/sqltree.h"

PG_FUNCTION_INFO_V1(gqle_sql_capture_event);
PG_FUNCTION_INFO_V1(gqle_sql_insert_event_log);

/* Arguments of a trigger. */
enum
{
	ARG_TRIGGER,
	ARG_SCHEMA,
	ARG_TABLE,
	ARG_DELIVERED,				/* columns in the payload */
	ARG_LISTENED,				/* columns of which an update must change one */
	N_ARGS
};

/* A column of the table, and how it is written. */
typedef struct CapturedColumn
{
	int			attnum;
	const char *name;
	bool		is_delivered;
	bool		is_listened;
	bool		is_text;		/* a number written as a string */
	FmgrInfo	output;			/* is_text: of the type */
	FmgrInfo   *as_geojson;		/* of geometries, else NULL */
	GqleJsonFormat *format;
	TypeCacheEntry *type;
} CapturedColumn;

/* What a trigger captures; kept in fn_extra, that is for one statement. */
typedef struct Capture
{
	int			n;
	CapturedColumn *columns;
} Capture;

/* ------------------------------------------------------------------------
 * The queue
 * ------------------------------------------------------------------------ */

/*
 * Append a setting that holds JSON, or null if it has no value; what is no JSON
 * was set by somebody who must not be able to stop writes.
 */
static void
append_setting(StringInfo out, const char *setting)
{
	const char *value = GetConfigOption(setting, true, false);
	GqleJsonError error;
	GqleJson   *json = NULL;

	if (value != NULL && value[0] != '\0')
		json = gqle_json_parse(value, strlen(value), &error);
	if (json != NULL)
		gqle_json_append(out, json);
	else
		appendStringInfoString(out, "null");
}

/* See event.h. */
char *
gqle_event_enqueue(const char *trigger, const char *schema, const char *table,
				   const char *operation, const char *data)
{
	static GqleSpiStatement statement = {
		"INSERT INTO gqle.event_log (trigger_name, schema_name, table_name, payload) "
		"VALUES ($1, $2, $3, $4::jsonb) RETURNING id"
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	StringInfoData payload;
	GqleRows   *rows;

	initStringInfo(&payload);
	appendStringInfoString(&payload, "{\"op\":");
	gqle_json_write_cstring(&payload, operation);
	appendStringInfo(&payload, ",\"data\":%s,\"session_variables\":", data);
	append_setting(&payload, "hasura.user");
	appendStringInfoString(&payload, ",\"trace_context\":");
	append_setting(&payload, "hasura.tracecontext");
	appendStringInfoChar(&payload, '}');

	gqle_spi_add_text(&args, trigger);
	gqle_spi_add_text(&args, schema);
	gqle_spi_add_text(&args, table);
	gqle_spi_add_text(&args, payload.data);
	rows = gqle_spi_execute_kept(&statement, &args);
	gqle_wake_at_commit(GQLE_WAKE_DELIVERY);
	return gqle_rows_text(rows, 0, 0);
}

Datum
gqle_sql_insert_event_log(PG_FUNCTION_ARGS)
{
	int			i;

	for (i = 0; i < 5; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("arguments of insert_event_log must not be null")));
	PG_RETURN_TEXT_P(cstring_to_text(gqle_event_enqueue(text_to_cstring(PG_GETARG_TEXT_PP(2)),
														text_to_cstring(PG_GETARG_TEXT_PP(0)),
														text_to_cstring(PG_GETARG_TEXT_PP(1)),
														text_to_cstring(PG_GETARG_TEXT_PP(3)),
														text_to_cstring(PG_GETARG_TEXT_PP(4)))));
}

/* ------------------------------------------------------------------------
 * What a trigger captures
 * ------------------------------------------------------------------------ */

/* Parse a list of columns; NULL stands for all. */
static GqleJson *
parse_columns(const char *text)
{
	GqleJsonError error;
	GqleJson   *list;

	if (strcmp(text, "*") == 0)
		return NULL;
	list = gqle_json_parse(text, strlen(text), &error);
	if (list == NULL || list->kind != GQLE_JSON_ARRAY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid list of columns for an event trigger: \"%s\"", text)));
	return list;
}

static bool
names_column(const GqleJson *list, const char *name)
{
	int			i;

	if (list == NULL)
		return true;
	for (i = 0; i < list->n; i++)
		if (list->items[i]->kind == GQLE_JSON_STRING &&
			strcmp(list->items[i]->text, name) == 0)
			return true;
	return false;
}

/* ST_AsGeoJSON of a geometric type's extension. */
static FmgrInfo *
find_as_geojson(Oid type_oid, MemoryContext context)
{
	const char *schema = gqle_sql_type_schema(type_oid);
	Oid			types[] = {type_oid, INT4OID, INT4OID};
	Oid			function_oid = LookupFuncName(list_make2(makeString(pstrdup(schema)),
														 makeString("st_asgeojson")),
											  lengthof(types), types, false);
	FmgrInfo   *function = palloc(sizeof(FmgrInfo));

	fmgr_info_cxt(function_oid, function, context);
	return function;
}

/* How a column is written; in the current memory context, which is the given. */
static void
prepare_column(CapturedColumn *column, Oid type_oid, MemoryContext context)
{
	const GqleScalar *scalar = gqle_scalar_get(type_oid);
	Oid			output_oid;
	bool		is_varlena;

	if (scalar->is_geo)
		column->as_geojson = find_as_geojson(getBaseType(type_oid), context);
	else if (scalar->stringify && gqle_guc_stringify_numeric_types)
	{
		column->is_text = true;
		getTypeOutputInfo(type_oid, &output_oid, &is_varlena);
		fmgr_info_cxt(output_oid, &column->output, context);
	}
	else
		column->format = gqle_json_format_make(type_oid, context);
}

/* Work out what a trigger captures of a table. */
static Capture *
make_capture(const TriggerData *data, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	TupleDesc	desc = RelationGetDescr(data->tg_relation);
	GqleJson   *delivered = parse_columns(data->tg_trigger->tgargs[ARG_DELIVERED]);
	GqleJson   *listened = parse_columns(data->tg_trigger->tgargs[ARG_LISTENED]);
	Capture    *capture = palloc0(sizeof(Capture));
	int			i;

	capture->columns = palloc0(sizeof(CapturedColumn) * Max(desc->natts, 1));
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		CapturedColumn *column = &capture->columns[capture->n];
		const char *name = NameStr(attribute->attname);

		if (attribute->attisdropped)
			continue;
		column->is_delivered = names_column(delivered, name);
		column->is_listened = names_column(listened, name);
		if (!column->is_delivered && !column->is_listened)
			continue;
		column->attnum = attribute->attnum;
		column->name = pstrdup(name);
		column->type = lookup_type_cache(attribute->atttypid, TYPECACHE_EQ_OPR_FINFO);
		if (column->is_delivered)
			prepare_column(column, attribute->atttypid, context);
		capture->n++;
	}
	MemoryContextSwitchTo(old);
	return capture;
}

/*
 * Did an update change a column that is listened to?  Types without an equality
 * are compared by their bytes.
 */
static bool
has_changed(const Capture *capture, TupleDesc desc, HeapTuple before, HeapTuple after)
{
	int			i;

	for (i = 0; i < capture->n; i++)
	{
		CapturedColumn *column = &capture->columns[i];
		Form_pg_attribute attribute = TupleDescAttr(desc, column->attnum - 1);
		bool		nulls[2];
		Datum		values[2];
		bool		is_equal;

		if (!column->is_listened)
			continue;
		values[0] = heap_getattr(before, column->attnum, desc, &nulls[0]);
		values[1] = heap_getattr(after, column->attnum, desc, &nulls[1]);
		if (nulls[0] || nulls[1])
			is_equal = nulls[0] && nulls[1];
		else if (OidIsValid(column->type->eq_opr_finfo.fn_oid))
			is_equal = DatumGetBool(FunctionCall2Coll(&column->type->eq_opr_finfo,
													  attribute->attcollation,
													  values[0], values[1]));
		else
			is_equal = datum_image_eq(values[0], values[1], attribute->attbyval,
									  attribute->attlen);
		if (!is_equal)
			return true;
	}
	return false;
}

static void
append_value(StringInfo out, CapturedColumn *column, Datum value)
{
	if (column->as_geojson != NULL)
		appendStringInfoString(out,
							   TextDatumGetCString(FunctionCall3(column->as_geojson, value,
																 Int32GetDatum(15),
																 Int32GetDatum(4))));
	else if (column->is_text)
		gqle_json_write_cstring(out, OutputFunctionCall(&column->output, value));
	else
		gqle_json_value_append(out, column->format, value);
}

/* Append the delivered columns of a row, or null without one. */
static void
append_row(StringInfo out, const Capture *capture, TupleDesc desc, HeapTuple row)
{
	bool		first = true;
	int			i;

	if (row == NULL)
	{
		appendStringInfoString(out, "null");
		return;
	}
	appendStringInfoChar(out, '{');
	for (i = 0; i < capture->n; i++)
	{
		CapturedColumn *column = &capture->columns[i];
		bool		is_null;
		Datum		value;

		if (!column->is_delivered)
			continue;
		value = heap_getattr(row, column->attnum, desc, &is_null);
		gqle_json_write_key(out, column->name, &first);
		if (is_null)
			appendStringInfoString(out, "null");
		else
			append_value(out, column, value);
	}
	appendStringInfoChar(out, '}');
}

/* Capture a change; before or after is NULL. */
static void
capture_change(const Capture *capture, const TriggerData *data, const char *operation,
			   HeapTuple before, HeapTuple after)
{
	TupleDesc	desc = RelationGetDescr(data->tg_relation);
	char	  **args = data->tg_trigger->tgargs;
	StringInfoData rows;

	initStringInfo(&rows);
	appendStringInfoString(&rows, "{\"old\":");
	append_row(&rows, capture, desc, before);
	appendStringInfoString(&rows, ",\"new\":");
	append_row(&rows, capture, desc, after);
	appendStringInfoChar(&rows, '}');
	(void) gqle_event_enqueue(args[ARG_TRIGGER], args[ARG_SCHEMA], args[ARG_TABLE],
							  operation, rows.data);
}

Datum
gqle_sql_capture_event(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Capture    *capture;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(data->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(data->tg_event) || data->tg_trigger->tgnargs != N_ARGS)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("capture_event can only be called by triggers that gqle makes")));
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = make_capture(data, fcinfo->flinfo->fn_mcxt);
	capture = fcinfo->flinfo->fn_extra;

	if (TRIGGER_FIRED_BY_INSERT(data->tg_event))
		capture_change(capture, data, "INSERT", NULL, data->tg_trigtuple);
	else if (TRIGGER_FIRED_BY_DELETE(data->tg_event))
		capture_change(capture, data, "DELETE", data->tg_trigtuple, NULL);
	else if (has_changed(capture, RelationGetDescr(data->tg_relation),
						 data->tg_trigtuple, data->tg_newtuple))
		capture_change(capture, data, "UPDATE", data->tg_trigtuple, data->tg_newtuple);
	return PointerGetDatum(NULL);
}
