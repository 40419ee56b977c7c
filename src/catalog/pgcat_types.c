/*
 * pgcat_types.c
 *		Scalar and operator facts: what a Postgres type is in GraphQL.
 *
 * compat: the rules are Hasura's, quirks included.  A type is known by its bare
 * name, whatever its schema; domains resolve one level, so that a domain over a
 * domain or over an array is unknown; enums and composites are opaque; an array
 * of them, or of a domain, has elements of an unknown type.
 *
 * Scalars are interned below CacheMemoryContext under (type OID, how it is looked
 * at) and live as long as the process.  A type message makes us look again; a
 * type that was renamed, or an OID that came to mean another type, gets a new
 * scalar, and the old one stays for those who still point to it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "gqle/base/guc.h"
#include "gqle/base/inval.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/scalar.h"

/* What is known of a type by its name. */
typedef struct KnownType
{
	const char *typname;
	const char *name;			/* GraphQL */
	const char *aeson_name;
	const char *mapped_name;	/* Hasura's own spelling */
	GqleCoercion coercion;
	uint32		ops;
	bool		is_numeric;
	bool		is_comparable;
	bool		stringify;
} KnownType;

/* How a type is looked at. */
typedef enum ScalarView
{
	VIEW_COLUMN,
	VIEW_COLUMN_NO_ARRAYS,		/* experimental feature disable_postgres_arrays */
	VIEW_ELEMENT,				/* of an array */
	VIEW_ARGUMENT				/* of a function */
} ScalarView;

typedef struct ScalarKey
{
	Oid			type_oid;
	int			view;
} ScalarKey;

typedef struct ScalarEntry
{
	ScalarKey	key;
	uint64		checked;		/* type counter when last looked at */
	const GqleScalar *scalar;
} ScalarEntry;

#define ORDER GQLE_OPS_ORDER
#define STRING (GQLE_OPS_ORDER | GQLE_OPS_TEXT)

static const KnownType known_types[] = {
	{"bool", "Boolean", "PGBoolean", "boolean", GQLE_COERCE_BOOLEAN, ORDER, false, false, false},
	{"bpchar", "bpchar", "PGChar", "bpchar", GQLE_COERCE_CHAR, STRING, false, true, false},
	{"char", "bpchar", "PGChar", "bpchar", GQLE_COERCE_CHAR, STRING, false, true, false},
	{"citext", "citext", "PGCitext", "citext", GQLE_COERCE_TEXT, STRING, false, true, false},
	{"date", "date", "PGDate", "date", GQLE_COERCE_STRING, ORDER, false, true, false},
	{"float4", "Float", "PGFloat", "real", GQLE_COERCE_FLOAT, ORDER, true, true, false},
	{"float8", "float8", "PGDouble", "float8", GQLE_COERCE_FLOAT, ORDER, true, true, true},
	{"geography", "geography", "PGGeography", "geography", GQLE_COERCE_GEO,
	ORDER | GQLE_OPS_GEOGRAPHY | GQLE_OPS_CAST, false, false, false},
	{"geometry", "geometry", "PGGeometry", "geometry", GQLE_COERCE_GEO,
	ORDER | GQLE_OPS_GEOMETRY | GQLE_OPS_CAST, false, false, false},
	{"int2", "smallint", "PGSmallInt", "smallint", GQLE_COERCE_INT2, ORDER, true, true, false},
	{"int4", "Int", "PGInteger", "integer", GQLE_COERCE_INT4, ORDER, true, true, false},
	{"int8", "bigint", "PGBigInt", "bigint", GQLE_COERCE_INT8, ORDER, true, true, true},
	{"json", "json", "PGJSON", "json", GQLE_COERCE_JSON, ORDER, false, false, false},
	{"jsonb", "jsonb", "PGJSONB", "jsonb", GQLE_COERCE_JSON,
	ORDER | GQLE_OPS_JSONB | GQLE_OPS_CAST, false, false, false},
	{"lquery", "lquery", "PGLquery", "lquery", GQLE_COERCE_STRING, ORDER, false, true, false},
	{"ltree", "ltree", "PGLtree", "ltree", GQLE_COERCE_LTREE,
	ORDER | GQLE_OPS_LTREE, false, true, false},
	{"ltxtquery", "ltxtquery", "PGLtxtquery", "ltxtquery", GQLE_COERCE_STRING, ORDER, false, true, false},
	{"money", "money", "PGMoney", "money", GQLE_COERCE_MONEY, ORDER, true, true, true},
	{"numeric", "numeric", "PGNumeric", "numeric", GQLE_COERCE_NUMERIC, ORDER, true, true, true},
	{"raster", "raster", "PGRaster", "raster", GQLE_COERCE_RASTER, GQLE_OPS_RASTER, false, true, false},
	{"text", "String", "PGText", "text", GQLE_COERCE_TEXT, STRING, false, true, false},
	{"timestamp", "timestamp", "PGTimeStamp", "timestamp", GQLE_COERCE_STRING, ORDER, false, true, false},
	{"timestamptz", "timestamptz", "PGTimeStampTZ", "timestamptz", GQLE_COERCE_STRING, ORDER, false, true, false},
	{"timetz", "timetz", "PGTimeTZ", "timetz", GQLE_COERCE_STRING, ORDER, false, true, false},
	{"uuid", "uuid", "PGUUID", "uuid", GQLE_COERCE_STRING, ORDER, false, true, false},
	{"varchar", "String", "PGVarchar", "varchar", GQLE_COERCE_TEXT, STRING, false, true, false},
};

#undef ORDER
#undef STRING

static HTAB *scalars = NULL;
static uint64 scalar_generation = 1;
static uint64 generation_checked = 0;	/* type counter at the last check of all */

static const GqleScalar *get_scalar(Oid type_oid, ScalarView view);

/* ------------------------------------------------------------------------
 * Scalars
 * ------------------------------------------------------------------------ */

static int
compare_known(const void *key, const void *entry)
{
	return strcmp(key, ((const KnownType *) entry)->typname);
}

static const KnownType *
lookup_known(const char *typname)
{
	char		lower[NAMEDATALEN];

	strlcpy(lower, typname, sizeof(lower));
	for (char *c = lower; *c; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	return bsearch(lower, known_types, lengthof(known_types), sizeof(KnownType),
				   compare_known);
}

/* A pg_type row, copied. */
static void
get_type_row(Oid type_oid, FormData_pg_type *row)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type_oid));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type_oid);
	memcpy(row, GETSTRUCT(tuple), sizeof(FormData_pg_type));
	ReleaseSysCache(tuple);
}

/* Name to use in SQL; built-in types stay short where the path allows it. */
static char *
format_type_name(Oid type_oid, Oid namespace_oid)
{
	return format_type_extended(type_oid, -1,
								namespace_oid == PG_CATALOG_NAMESPACE ? 0 :
								FORMAT_TYPE_FORCE_QUALIFY);
}

/* Fill in what a name tells, or that it tells nothing. */
static void
describe_base(GqleScalar *scalar, const char *typname, char typtype)
{
	const KnownType *known = NULL;

	if (typtype != TYPTYPE_ENUM && typtype != TYPTYPE_COMPOSITE)
		known = lookup_known(typname);
	if (known != NULL)
	{
		scalar->name = known->name;
		scalar->aeson_name = known->aeson_name;
		scalar->mapped_name = known->mapped_name;
		scalar->coercion = known->coercion;
		scalar->ops = known->ops;
		scalar->is_numeric = known->is_numeric;
		scalar->is_comparable = known->is_comparable;
		scalar->stringify = known->stringify;
		scalar->is_json = known->coercion == GQLE_COERCE_JSON;
		scalar->is_geo = known->coercion == GQLE_COERCE_GEO;
		scalar->is_known = true;
		return;
	}
	scalar->name = typtype == TYPTYPE_COMPOSITE ? psprintf("%s_scalar", typname) :
		pstrdup(typname);
	scalar->aeson_name = scalar->name;
	scalar->mapped_name = pstrdup(typname);
	scalar->coercion = GQLE_COERCE_UNKNOWN;
	scalar->ops = GQLE_OPS_ORDER;
	scalar->is_comparable = typtype == TYPTYPE_ENUM || typtype == TYPTYPE_COMPOSITE;
}

static bool
is_array_type(const FormData_pg_type *row)
{
	return row->typcategory == TYPCATEGORY_ARRAY && OidIsValid(row->typelem);
}

/* What all arrays have. */
static void
describe_array(GqleScalar *scalar, const FormData_pg_type *row)
{
	const GqleScalar *element = get_scalar(row->typelem, VIEW_ELEMENT);

	scalar->coercion = GQLE_COERCE_ARRAY;
	scalar->element = element;
	scalar->aeson_name = element->aeson_name;
	scalar->mapped_name = psprintf("%s[]", element->mapped_name);
	scalar->ops = GQLE_OPS_ORDER | GQLE_OPS_ARRAY;
	scalar->is_comparable = true;
	scalar->is_known = element->is_known;
}

/* An array seen as a list of its elements. */
static void
describe_list(GqleScalar *scalar, const FormData_pg_type *row)
{
	describe_array(scalar, row);
	scalar->name = scalar->element->name;
	scalar->comparison_name = psprintf("%s_array", scalar->name);
}

/*
 * An array seen as one opaque scalar, named after Hasura's own spelling of its
 * elements' type.  compat: its values and operators are those of the list.
 */
static void
describe_opaque_array(GqleScalar *scalar, const FormData_pg_type *row)
{
	FormData_pg_type element;
	const KnownType *known;

	describe_array(scalar, row);
	get_type_row(row->typelem, &element);
	known = lookup_known(NameStr(element.typname));
	scalar->name = psprintf("_%s", known ? known->mapped_name : NameStr(element.typname));
	scalar->is_opaque = true;
}

static GqleScalar *
make_scalar(Oid type_oid, ScalarView view)
{
	GqleScalar *scalar = palloc0(sizeof(GqleScalar));
	FormData_pg_type row;
	char		typtype;

	get_type_row(type_oid, &row);
	typtype = row.typtype;
	scalar->type_oid = type_oid;
	if (typtype == TYPTYPE_DOMAIN &&
		(view == VIEW_COLUMN || view == VIEW_COLUMN_NO_ARRAYS))
	{
		scalar->type_oid = row.typbasetype;
		get_type_row(row.typbasetype, &row);
		/* compat: the domain's kind stays, so that a base enum is unknown */
		describe_base(scalar, NameStr(row.typname), TYPTYPE_DOMAIN);
	}
	else if (view == VIEW_COLUMN_NO_ARRAYS && is_array_type(&row))
		describe_opaque_array(scalar, &row);
	else if (view != VIEW_ARGUMENT && is_array_type(&row))
		describe_list(scalar, &row);
	else if (view == VIEW_ELEMENT &&
			 (typtype == TYPTYPE_ENUM || typtype == TYPTYPE_COMPOSITE))
		describe_base(scalar, NameStr(row.typname), TYPTYPE_DOMAIN);
	else
		describe_base(scalar, NameStr(row.typname), typtype);
	scalar->typtype = typtype;
	scalar->array_oid = get_array_type(scalar->type_oid);
	scalar->sql_name = format_type_name(scalar->type_oid, row.typnamespace);
	if (scalar->comparison_name == NULL)
		scalar->comparison_name = scalar->name;
	return scalar;
}

static bool
scalars_equal(const GqleScalar *a, const GqleScalar *b)
{
	return a->type_oid == b->type_oid && a->array_oid == b->array_oid &&
		a->element == b->element && a->coercion == b->coercion &&
		a->typtype == b->typtype && strcmp(a->name, b->name) == 0 &&
		strcmp(a->sql_name, b->sql_name) == 0;
}

static const GqleScalar *
get_scalar(Oid type_oid, ScalarView view)
{
	uint64		counter = gqle_inval_counter(GQLE_INVAL_TYPE);
	ScalarKey	key;
	ScalarEntry *entry;
	GqleScalar *scalar;
	MemoryContext context;
	MemoryContext old;
	bool		found;

	if (scalars == NULL)
	{
		HASHCTL		control;

		memset(&control, 0, sizeof(control));
		control.keysize = sizeof(ScalarKey);
		control.entrysize = sizeof(ScalarEntry);
		control.hcxt = CacheMemoryContext;
		gqle_inval_init();
		scalars = hash_create("gqle scalars", 64, &control,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
		counter = gqle_inval_counter(GQLE_INVAL_TYPE);
	}
	memset(&key, 0, sizeof(key));
	key.type_oid = type_oid;
	key.view = view;
	entry = hash_search(scalars, &key, HASH_FIND, NULL);
	if (entry != NULL && entry->checked == counter)
		return entry->scalar;

	context = AllocSetContextCreate(CurrentMemoryContext, "gqle scalar",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	scalar = make_scalar(type_oid, view);
	MemoryContextSwitchTo(old);

	entry = hash_search(scalars, &key, HASH_ENTER, &found);
	if (!found || !scalars_equal(entry->scalar, scalar))
	{
		if (found)
			scalar_generation++;
		MemoryContextSetParent(context, CacheMemoryContext);
		entry->scalar = scalar;
	}
	else
		MemoryContextDelete(context);
	entry->checked = counter;
	return entry->scalar;
}

uint64
gqle_scalar_generation(void)
{
	uint64		counter = gqle_inval_counter(GQLE_INVAL_TYPE);
	HASH_SEQ_STATUS status;
	ScalarEntry *entry;
	ScalarKey  *keys;
	int			n = 0;

	if (scalars == NULL || generation_checked == counter)
		return scalar_generation;

	/* looking may add entries, so first note which there are */
	keys = palloc(sizeof(ScalarKey) * Max(hash_get_num_entries(scalars), 1));
	hash_seq_init(&status, scalars);
	while ((entry = hash_seq_search(&status)) != NULL)
		keys[n++] = entry->key;
	for (int i = 0; i < n; i++)
	{
		if (SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(keys[i].type_oid)))
			get_scalar(keys[i].type_oid, keys[i].view);
		else
		{
			hash_search(scalars, &keys[i], HASH_REMOVE, NULL);
			scalar_generation++;
		}
	}
	pfree(keys);
	generation_checked = counter;
	return scalar_generation;
}

const GqleScalar *
gqle_scalar_get(Oid type_oid)
{
	return get_scalar(type_oid,
					  gqle_guc_has_feature(GQLE_FEATURE_DISABLE_POSTGRES_ARRAYS) ?
					  VIEW_COLUMN_NO_ARRAYS : VIEW_COLUMN);
}

const GqleScalar *
gqle_scalar_get_argument(Oid type_oid)
{
	return get_scalar(type_oid, VIEW_ARGUMENT);
}

/* The type of that name which an extension made, wherever that is; or InvalidOid. */
static Oid
find_extension_type(const char *typname)
{
	static GqleSpiStatement statement = {
		"SELECT t.oid FROM pg_catalog.pg_type AS t "
		"WHERE t.typname OPERATOR(pg_catalog.=) $1::pg_catalog.name AND t.typtype = 'b' "
		"ORDER BY t.oid LIMIT 1", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;
	Oid			oid = TypenameGetTypid(typname);

	if (OidIsValid(oid))
		return oid;
	gqle_spi_add_text(&args, typname);
	rows = gqle_spi_query_kept(&statement, &args);
	return rows->n > 0 ? gqle_rows_oid(rows, 0, 0) : InvalidOid;
}

bool
gqle_scalar_is_type_name(const char *name)
{
	static GqleSpiStatement statement = {
		"SELECT FROM pg_catalog.pg_type AS t "
		"WHERE t.typname OPERATOR(pg_catalog.=) ANY (ARRAY[$1::pg_catalog.name, pg_catalog.lower($1)::pg_catalog.name]) "
		"AND t.typtype <> 'c' LIMIT 1",
		NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	if (gqle_scalar_lookup_by_name(name) != NULL)
		return true;
	gqle_spi_add_text(&args, name);
	return gqle_spi_query_kept(&statement, &args)->n > 0;
}

const GqleScalar *
gqle_scalar_lookup_by_name(const char *name)
{
	static const struct
	{
		const char *name;
		Oid			type_oid;
	}			builtin[] = {
		{"Boolean", BOOLOID}, {"Float", FLOAT4OID}, {"Int", INT4OID}, {"String", TEXTOID},
		{"bigint", INT8OID}, {"bpchar", BPCHAROID}, {"date", DATEOID},
		{"float8", FLOAT8OID}, {"json", JSONOID}, {"jsonb", JSONBOID}, {"money", MONEYOID},
		{"numeric", NUMERICOID}, {"smallint", INT2OID}, {"timestamp", TIMESTAMPOID},
		{"timestamptz", TIMESTAMPTZOID}, {"timetz", TIMETZOID}, {"uuid", UUIDOID},
	};
	const KnownType *known;
	Oid			oid;

	for (size_t i = 0; i < lengthof(builtin); i++)
	{
		if (strcmp(builtin[i].name, name) == 0)
			return get_scalar(builtin[i].type_oid, VIEW_COLUMN);
	}
	if (strlen(name) >= NAMEDATALEN)
		return NULL;
	known = lookup_known(name);
	if (known == NULL || strcmp(known->name, name) != 0)
		return NULL;
	oid = find_extension_type(known->typname);
	return OidIsValid(oid) ? get_scalar(oid, VIEW_COLUMN) : NULL;
}

/* ------------------------------------------------------------------------
 * Operators
 * ------------------------------------------------------------------------ */

#define OP(name, camel, sql, form, operand, family, description) \
	{name, camel, sql, GQLE_FORM_##form, GQLE_OPERAND_##operand, family, false, false, description}
#define COLUMN_OP(name, sql) \
	{name, name, sql, GQLE_FORM_INFIX, GQLE_OPERAND_SAME, 0, true, true, NULL}

const GqleOperator gqle_operators[] = {
	OP("_cast", "_cast", NULL, CAST, CAST, GQLE_OPS_CAST, NULL),

	OP("_is_null", "_isNull", NULL, IS_NULL, BOOLEAN, 0, NULL),
	OP("_eq", "_eq", "=", INFIX, SAME, 0, NULL),
	OP("_neq", "_neq", "<>", INFIX, SAME, 0, NULL),
	OP("_in", "_in", "=", ANY, LIST, 0, NULL),
	OP("_nin", "_nin", "=", NOT_ANY, LIST, 0, NULL),

	OP("_gt", "_gt", ">", INFIX, SAME, GQLE_OPS_ORDER, NULL),
	OP("_lt", "_lt", "<", INFIX, SAME, GQLE_OPS_ORDER, NULL),
	OP("_gte", "_gte", ">=", INFIX, SAME, GQLE_OPS_ORDER, NULL),
	OP("_lte", "_lte", "<=", INFIX, SAME, GQLE_OPS_ORDER, NULL),

	OP("_st_intersects_rast", "_stIntersectsRast", "st_intersects", FUNCTION, SAME, GQLE_OPS_RASTER, NULL),
	OP("_st_intersects_nband_geom", "_stIntersectsNbandGeom", "st_intersects", FUNCTION, NBAND_GEOM,
	   GQLE_OPS_RASTER, NULL),
	OP("_st_intersects_geom_nband", "_stIntersectsGeomNband", "st_intersects", FUNCTION, GEOM_NBAND,
	   GQLE_OPS_RASTER, NULL),

	OP("_like", "_like", "LIKE", INFIX, SAME, GQLE_OPS_TEXT,
	   "does the column match the given pattern"),
	OP("_nlike", "_nlike", "NOT LIKE", INFIX, SAME, GQLE_OPS_TEXT,
	   "does the column NOT match the given pattern"),
	OP("_ilike", "_ilike", "ILIKE", INFIX, SAME, GQLE_OPS_TEXT,
	   "does the column match the given case-insensitive pattern"),
	OP("_nilike", "_nilike", "NOT ILIKE", INFIX, SAME, GQLE_OPS_TEXT,
	   "does the column NOT match the given case-insensitive pattern"),
	OP("_similar", "_similar", "SIMILAR TO", INFIX, SAME, GQLE_OPS_TEXT,
	   "does the column match the given SQL regular expression"),
	OP("_nsimilar", "_nsimilar", "NOT SIMILAR TO", INFIX, SAME, GQLE_OPS_TEXT,
	   "does the column NOT match the given SQL regular expression"),
	OP("_regex", "_regex", "~", INFIX, SAME, GQLE_OPS_TEXT,
	   "does the column match the given POSIX regular expression, case sensitive"),
	OP("_iregex", "_iregex", "~*", INFIX, SAME, GQLE_OPS_TEXT,
	   "does the column match the given POSIX regular expression, case insensitive"),
	OP("_nregex", "_nregex", "!~", INFIX, SAME, GQLE_OPS_TEXT,
	   "does the column NOT match the given POSIX regular expression, case sensitive"),
	OP("_niregex", "_niregex", "!~*", INFIX, SAME, GQLE_OPS_TEXT,
	   "does the column NOT match the given POSIX regular expression, case insensitive"),

	OP("_contains", "_contains", "@>", INFIX, SAME, GQLE_OPS_ARRAY,
	   "does the array contain the given value"),
	OP("_contained_in", "_containedIn", "<@", INFIX, SAME, GQLE_OPS_ARRAY,
	   "is the array contained in the given array value"),

	OP("_contains", "_contains", "@>", INFIX, SAME, GQLE_OPS_JSONB,
	   "does the column contain the given json value at the top level"),
	OP("_contained_in", "_containedIn", "<@", INFIX, SAME, GQLE_OPS_JSONB,
	   "is the column contained in the given json value"),
	OP("_has_key", "_hasKey", "?", INFIX, TEXT, GQLE_OPS_JSONB,
	   "does the string exist as a top-level key in the column"),
	OP("_has_keys_any", "_hasKeysAny", "?|", INFIX, TEXT_LIST, GQLE_OPS_JSONB,
	   "do any of these strings exist as top-level keys in the column"),
	OP("_has_keys_all", "_hasKeysAll", "?&", INFIX, TEXT_LIST, GQLE_OPS_JSONB,
	   "do all of these strings exist as top-level keys in the column"),

	OP("_st_intersects", "_stIntersects", "st_intersects", FUNCTION, SAME, GQLE_OPS_GEOGRAPHY,
	   "does the column spatially intersect the given geography value"),
	OP("_st_d_within", "_stDWithin", "st_dwithin", FUNCTION, D_WITHIN_GEOGRAPHY, GQLE_OPS_GEOGRAPHY,
	   "is the column within a given distance from the given geography value"),

	OP("_st_contains", "_stContains", "st_contains", FUNCTION, SAME, GQLE_OPS_GEOMETRY,
	   "does the column contain the given geometry value"),
	OP("_st_crosses", "_stCrosses", "st_crosses", FUNCTION, SAME, GQLE_OPS_GEOMETRY,
	   "does the column cross the given geometry value"),
	OP("_st_equals", "_stEquals", "st_equals", FUNCTION, SAME, GQLE_OPS_GEOMETRY,
	   "is the column equal to given geometry value (directionality is ignored)"),
	OP("_st_overlaps", "_stOverlaps", "st_overlaps", FUNCTION, SAME, GQLE_OPS_GEOMETRY,
	   "does the column 'spatially overlap' (intersect but not completely contain) the given geometry value"),
	OP("_st_touches", "_stTouches", "st_touches", FUNCTION, SAME, GQLE_OPS_GEOMETRY,
	   "does the column have atleast one point in common with the given geometry value"),
	OP("_st_within", "_stWithin", "st_within", FUNCTION, SAME, GQLE_OPS_GEOMETRY,
	   "is the column contained in the given geometry value"),
	OP("_st_intersects", "_stIntersects", "st_intersects", FUNCTION, SAME, GQLE_OPS_GEOMETRY,
	   "does the column spatially intersect the given geometry value"),
	OP("_st_3d_intersects", "_st3dIntersects", "st_3dintersects", FUNCTION, SAME, GQLE_OPS_GEOMETRY,
	   "does the column spatially intersect the given geometry value in 3D"),
	OP("_st_d_within", "_stDWithin", "st_dwithin", FUNCTION, D_WITHIN, GQLE_OPS_GEOMETRY,
	   "is the column within a given distance from the given geometry value"),
	OP("_st_3d_d_within", "_st3dDWithin", "st_3ddwithin", FUNCTION, D_WITHIN, GQLE_OPS_GEOMETRY,
	   "is the column within a given 3D distance from the given geometry value"),

	OP("_ancestor", "_ancestor", "@>", INFIX, SAME, GQLE_OPS_LTREE,
	   "is the left argument an ancestor of right (or equal)?"),
	OP("_ancestor_any", "_ancestorAny", "@>", INFIX, LTREE_LIST, GQLE_OPS_LTREE,
	   "does array contain an ancestor of `ltree`?"),
	OP("_descendant", "_descendant", "<@", INFIX, SAME, GQLE_OPS_LTREE,
	   "is the left argument a descendant of right (or equal)?"),
	OP("_descendant_any", "_descendantAny", "<@", INFIX, LTREE_LIST, GQLE_OPS_LTREE,
	   "does array contain a descendant of `ltree`?"),
	OP("_matches", "_matches", "~", INFIX, LQUERY, GQLE_OPS_LTREE,
	   "does `ltree` match `lquery`?"),
	OP("_matches_any", "_matchesAny", "?", INFIX, LQUERY_LIST, GQLE_OPS_LTREE,
	   "does `ltree` match any `lquery` in array?"),
	OP("_matches_fulltext", "_matchesFulltext", "@", INFIX, LTXTQUERY, GQLE_OPS_LTREE,
	   "does `ltree` match `ltxtquery`?"),

	COLUMN_OP("_ceq", "="),
	COLUMN_OP("_cne", "<>"),
	COLUMN_OP("_cgt", ">"),
	COLUMN_OP("_clt", "<"),
	COLUMN_OP("_cgte", ">="),
	COLUMN_OP("_clte", "<="),

	{NULL, NULL, NULL, GQLE_FORM_INFIX, GQLE_OPERAND_SAME, 0, false, false, NULL}
};

/* The canonical spelling without its first character, or NULL. */
static const char *
operator_stem(const char *name)
{
	if (name[0] != '_' && name[0] != '$')
		return NULL;
	if (strcmp(name + 1, "ne") == 0)
		return "neq";
	if (strcmp(name + 1, "cneq") == 0)
		return "cne";
	return name + 1;
}

const GqleOperator *
gqle_operator_lookup(const char *name)
{
	const char *stem = operator_stem(name);

	if (stem == NULL)
		return NULL;
	for (const GqleOperator *op = gqle_operators; op->name != NULL; op++)
	{
		if (strcmp(op->name + 1, stem) == 0)
			return op;
	}
	return NULL;
}

const GqleOperator *
gqle_operator_lookup_for(const GqleScalar *scalar, const char *name)
{
	const char *stem = operator_stem(name);

	if (stem == NULL)
		return NULL;
	for (const GqleOperator *op = gqle_operators; op->name != NULL; op++)
	{
		if (strcmp(op->name + 1, stem) == 0 && gqle_operator_applies(op, scalar))
			return op;
	}
	return NULL;
}
