/*
 * json_value.c
 *		Values of Postgres types as JSON text.
 *
 * The text is what row_to_json gives (numbers as numbers unless they are NaN or
 * infinite, dates in ISO form, arrays and composites nested, casts to json
 * honoured, everything else as a string), but written straight into the
 * answer: the kind of a type is looked up once, and the common types need
 * neither an output function nor a copy.
 */
#include "gqle/gqle.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "gqle/base/json_write.h"
#include "gqle/exec/json_value.h"

typedef enum JsonFormatKind
{
	FORMAT_BOOL,
	FORMAT_INT2,
	FORMAT_INT4,
	FORMAT_INT8,
	FORMAT_NUMBER,				/* by output function; quoted if not finite */
	FORMAT_TEXT,				/* text, varchar, bpchar: the bytes */
	FORMAT_UUID,
	FORMAT_DATETIME,			/* date, timestamp, timestamptz */
	FORMAT_JSON,
	FORMAT_JSONB,
	FORMAT_ARRAY,
	FORMAT_COMPOSITE,
	FORMAT_CAST,				/* through a cast function to json */
	FORMAT_STRING				/* by output function */
} JsonFormatKind;

struct GqleJsonFormat
{
	Oid			type_oid;		/* as asked for */
	Oid			base_oid;		/* domains resolved */
	JsonFormatKind kind;
	MemoryContext context;
	FmgrInfo	function;		/* output or cast function */

	/* ARRAY */
	GqleJsonFormat *element;
	int16		element_len;
	bool		element_byval;
	char		element_align;

	/* COMPOSITE: the row type last seen and its attributes' formats */
	Oid			row_type;
	int32		row_typmod;
	int			n_attributes;
	GqleJsonFormat **attributes;
};

/*
 * How a base type is written, and the function that is needed for it.  The
 * order of the tests is that of PostgreSQL's json_categorize_type.
 */
static JsonFormatKind
find_kind(Oid type_oid, Oid *function_oid)
{
	bool		is_varlena;

	switch (type_oid)
	{
		case BOOLOID:
			return FORMAT_BOOL;
		case INT2OID:
			return FORMAT_INT2;
		case INT4OID:
			return FORMAT_INT4;
		case INT8OID:
			return FORMAT_INT8;
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			getTypeOutputInfo(type_oid, function_oid, &is_varlena);
			return FORMAT_NUMBER;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return FORMAT_TEXT;
		case UUIDOID:
			return FORMAT_UUID;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return FORMAT_DATETIME;
		case JSONOID:
			return FORMAT_JSON;
		case JSONBOID:
			return FORMAT_JSONB;
		default:
			break;
	}
	if (OidIsValid(get_element_type(type_oid)))
		return FORMAT_ARRAY;
	if (type_is_rowtype(type_oid))
		return FORMAT_COMPOSITE;
	if (type_oid >= FirstNormalObjectId &&
		find_coercion_pathway(JSONOID, type_oid, COERCION_EXPLICIT,
							  function_oid) == COERCION_PATH_FUNC)
		return FORMAT_CAST;
	getTypeOutputInfo(type_oid, function_oid, &is_varlena);
	return FORMAT_STRING;
}

/* See json_value.h. */
GqleJsonFormat *
gqle_json_format_make(Oid type_oid, MemoryContext context)
{
	GqleJsonFormat *format = MemoryContextAllocZero(context, sizeof(GqleJsonFormat));
	Oid			function_oid = InvalidOid;

	format->type_oid = type_oid;
	format->base_oid = getBaseType(type_oid);
	format->context = context;
	format->kind = find_kind(format->base_oid, &function_oid);
	if (OidIsValid(function_oid))
		fmgr_info_cxt(function_oid, &format->function, context);
	if (format->kind == FORMAT_ARRAY)
	{
		Oid			element_oid = get_element_type(format->base_oid);

		format->element = gqle_json_format_make(element_oid, context);
		get_typlenbyvalalign(element_oid, &format->element_len,
							 &format->element_byval, &format->element_align);
	}
	return format;
}

Oid
gqle_json_format_type(const GqleJsonFormat *format)
{
	return format->type_oid;
}

static inline void
make_room(StringInfo out, int len)
{
	if (unlikely(out->len + len >= out->maxlen))
		enlargeStringInfo(out, len);
}

/* Append text already in JSON form, as json columns hold it. */
static void
append_raw(StringInfo out, Datum value)
{
	text	   *packed = DatumGetTextPP(value);

	gqle_json_write_raw(out, VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
}

/* Append a uuid in its canonical form. */
static void
append_uuid(StringInfo out, Datum value)
{
	static const char digits[] = "0123456789abcdef";
	const pg_uuid_t *uuid = DatumGetUUIDP(value);
	char		buffer[2 * UUID_LEN + 6];
	char	   *p = buffer;
	int			i;

	*p++ = '"';
	for (i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[uuid->data[i] >> 4];
		*p++ = digits[uuid->data[i] & 0x0f];
	}
	*p++ = '"';
	gqle_json_write_raw(out, buffer, p - buffer);
}

/*
 * Append what a numeric type's output function says, in quotes unless it is a
 * number in JSON's eyes (it is not for NaN and infinities).
 */
static void
append_number(StringInfo out, GqleJsonFormat *format, Datum value)
{
	char	   *text = OutputFunctionCall(&format->function, value);
	char		first = text[0] == '-' ? text[1] : text[0];

	if (first >= '0' && first <= '9')
		gqle_json_write_raw(out, text, strlen(text));
	else
		gqle_json_write_cstring(out, text);
}

static void
append_datetime(StringInfo out, GqleJsonFormat *format, Datum value)
{
	char		buffer[MAXDATELEN + 1];

	JsonEncodeDateTime(buffer, value, format->base_oid, NULL);
	appendStringInfoCharMacro(out, '"');
	gqle_json_write_raw(out, buffer, strlen(buffer));
	appendStringInfoCharMacro(out, '"');
}

/* What append_dimension walks through. */
typedef struct ArrayWalk
{
	GqleJsonFormat *element;
	int			n_dimensions;
	const int  *lengths;
	Datum	   *values;
	bool	   *nulls;
	int			next;			/* element to write next */
} ArrayWalk;

/* Append one dimension of an array; arrays have at most MAXDIM of them. */
static void
append_dimension(StringInfo out, ArrayWalk *walk, int dimension)
{
	int			i;

	appendStringInfoCharMacro(out, '[');
	for (i = 0; i < walk->lengths[dimension]; i++)
	{
		if (i > 0)
			appendStringInfoCharMacro(out, ',');
		if (dimension + 1 < walk->n_dimensions)
			append_dimension(out, walk, dimension + 1);
		else
		{
			if (walk->nulls[walk->next])
				gqle_json_write_raw(out, "null", 4);
			else
				gqle_json_value_append(out, walk->element, walk->values[walk->next]);
			walk->next++;
		}
	}
	appendStringInfoCharMacro(out, ']');
}

static void
append_array(StringInfo out, GqleJsonFormat *format, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	ArrayWalk	walk = {0};
	int			n;

	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) <= 0)
	{
		gqle_json_write_raw(out, "[]", 2);
		return;
	}
	walk.element = format->element;
	walk.n_dimensions = ARR_NDIM(array);
	walk.lengths = ARR_DIMS(array);
	deconstruct_array(array, ARR_ELEMTYPE(array), format->element_len,
					  format->element_byval, format->element_align,
					  &walk.values, &walk.nulls, &n);
	append_dimension(out, &walk, 0);
}

/* Formats of a row type's attributes, made anew when the row type changes. */
static void
prepare_attributes(GqleJsonFormat *format, HeapTupleHeader row, TupleDesc desc)
{
	int			i;

	if (format->attributes == NULL ||
		format->row_type != HeapTupleHeaderGetTypeId(row) ||
		format->row_typmod != HeapTupleHeaderGetTypMod(row) ||
		format->n_attributes != desc->natts)
	{
		format->row_type = HeapTupleHeaderGetTypeId(row);
		format->row_typmod = HeapTupleHeaderGetTypMod(row);
		format->n_attributes = desc->natts;
		format->attributes = MemoryContextAllocZero(format->context,
													desc->natts * sizeof(GqleJsonFormat *));
	}
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (!attribute->attisdropped &&
			(format->attributes[i] == NULL ||
			 format->attributes[i]->type_oid != attribute->atttypid))
			format->attributes[i] =
				gqle_json_format_make(attribute->atttypid, format->context);
	}
}

static void
append_composite(StringInfo out, GqleJsonFormat *format, Datum value)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(value);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row),
											  HeapTupleHeaderGetTypMod(row));
	HeapTupleData tuple = {0};
	bool		first = true;
	int			i;

	prepare_attributes(format, row, desc);
	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	tuple.t_data = row;
	appendStringInfoCharMacro(out, '{');
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		bool		is_null;
		Datum		datum;

		if (attribute->attisdropped)
			continue;
		gqle_json_write_key(out, NameStr(attribute->attname), &first);
		datum = heap_getattr(&tuple, i + 1, desc, &is_null);
		if (is_null)
			gqle_json_write_raw(out, "null", 4);
		else
			gqle_json_value_append(out, format->attributes[i], datum);
	}
	appendStringInfoCharMacro(out, '}');
	ReleaseTupleDesc(desc);
}

/* See json_value.h. */
void
gqle_json_value_append(StringInfo out, GqleJsonFormat *format, Datum value)
{
	switch (format->kind)
	{
		case FORMAT_BOOL:
			if (DatumGetBool(value))
				gqle_json_write_raw(out, "true", 4);
			else
				gqle_json_write_raw(out, "false", 5);
			return;
		case FORMAT_INT2:
			make_room(out, 12);
			out->len += pg_ltoa(DatumGetInt16(value), out->data + out->len);
			return;
		case FORMAT_INT4:
			make_room(out, 12);
			out->len += pg_ltoa(DatumGetInt32(value), out->data + out->len);
			return;
		case FORMAT_INT8:
			make_room(out, MAXINT8LEN + 1);
			out->len += pg_lltoa(DatumGetInt64(value), out->data + out->len);
			return;
		case FORMAT_NUMBER:
			append_number(out, format, value);
			return;
		case FORMAT_TEXT:
			{
				text	   *packed = DatumGetTextPP(value);

				gqle_json_write_string(out, VARDATA_ANY(packed),
									   VARSIZE_ANY_EXHDR(packed));
			}
			return;
		case FORMAT_UUID:
			append_uuid(out, value);
			return;
		case FORMAT_DATETIME:
			append_datetime(out, format, value);
			return;
		case FORMAT_JSON:
			append_raw(out, value);
			return;
		case FORMAT_JSONB:
			{
				Jsonb	   *jsonb = DatumGetJsonbP(value);

				JsonbToCString(out, &jsonb->root, VARSIZE(jsonb));
			}
			return;
		case FORMAT_ARRAY:
			append_array(out, format, value);
			return;
		case FORMAT_COMPOSITE:
			check_stack_depth();
			append_composite(out, format, value);
			return;
		case FORMAT_CAST:
			append_raw(out, FunctionCall1(&format->function, value));
			return;
		case FORMAT_STRING:
			gqle_json_write_cstring(out, OutputFunctionCall(&format->function, value));
			return;
	}
}
