/*
 * nativetype.c
 *		Types as logical models and arguments of native queries name them.
 *
 * compat: only the types that Hasura documents may be named, in any of their
 * spellings, and only some of them are compared with what a query returns.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "gqle/catalog/nativetype.h"

/* A type under the name that metadata keep. */
typedef struct NamedType
{
	const char *canonical;
	Oid			type_oid;		/* InvalidOid: an extension makes it */
	Oid			returned;		/* what a query must return; InvalidOid: anything */
} NamedType;

static const NamedType types[] = {
	{"smallint", INT2OID, INT2OID},
	{"integer", INT4OID, INT4OID},
	{"bigint", INT8OID, INT8OID},
	{"serial", INT4OID, INT4OID},
	{"bigserial", INT8OID, INT8OID},
	{"real", FLOAT4OID, FLOAT4OID},
	{"float8", FLOAT8OID, FLOAT8OID},
	{"numeric", NUMERICOID, NUMERICOID},
	{"money", MONEYOID, MONEYOID},
	{"boolean", BOOLOID, BOOLOID},
	{"bpchar", BPCHAROID, BPCHAROID},
	{"varchar", VARCHAROID, VARCHAROID},
	{"text", TEXTOID, TEXTOID},
	{"citext", InvalidOid, InvalidOid},
	{"date", DATEOID, DATEOID},
	{"timestamp", TIMESTAMPOID, TIMESTAMPOID},
	{"timestamptz", TIMESTAMPTZOID, TIMESTAMPTZOID},
	{"timetz", TIMETZOID, TIMETZOID},
	{"json", JSONOID, JSONOID},
	{"jsonb", JSONBOID, JSONBOID},
	{"geometry", InvalidOid, InvalidOid},
	{"geography", InvalidOid, InvalidOid},
	{"raster", InvalidOid, InvalidOid},
	{"uuid", UUIDOID, UUIDOID},
	{"ltree", InvalidOid, InvalidOid},
	{"lquery", InvalidOid, InvalidOid},
	{"ltxtquery", InvalidOid, InvalidOid},
	{"bit varying", VARBITOID, InvalidOid},
	{"bit", BITOID, InvalidOid},
	{"box", BOXOID, InvalidOid},
	{"bytea", BYTEAOID, InvalidOid},
	{"cidr", CIDROID, InvalidOid},
	{"circle", CIRCLEOID, InvalidOid},
	{"inet", INETOID, InvalidOid},
	{"interval", INTERVALOID, InvalidOid},
	{"line", LINEOID, InvalidOid},
	{"lseg", LSEGOID, InvalidOid},
	{"macaddr", MACADDROID, InvalidOid},
	{"macaddr8", MACADDR8OID, InvalidOid},
	{"path", PATHOID, InvalidOid},
	{"pg_lsn", PG_LSNOID, InvalidOid},
	{"point", POINTOID, InvalidOid},
	{"polygon", POLYGONOID, InvalidOid},
	{"serial2", INT2OID, InvalidOid},
	{"serial4", INT4OID, InvalidOid},
	{"smallserial", INT2OID, InvalidOid},
	{"time without time zone", TIMEOID, InvalidOid},
	{"time", TIMEOID, InvalidOid},
	{"tsquery", TSQUERYOID, InvalidOid},
	{"tsvector", TSVECTOROID, InvalidOid},
	{"txid_snapshot", TXID_SNAPSHOTOID, InvalidOid},
	{"varbit", VARBITOID, InvalidOid},
	{"xml", XMLOID, InvalidOid},
};

/* Other spellings. */
static const struct
{
	const char *name;
	const char *canonical;
}			spellings[] = {
	{"int2", "smallint"},
	{"int", "integer"},
	{"int4", "integer"},
	{"int8", "bigint"},
	{"float4", "real"},
	{"double precision", "float8"},
	{"decimal", "numeric"},
	{"bool", "boolean"},
	{"char", "bpchar"},
	{"character", "bpchar"},
	{"character varying", "varchar"},
	{"timestamp without time zone", "timestamp"},
	{"timestamp with time zone", "timestamptz"},
	{"time with time zone", "timetz"},
};

/* Types that may be followed by "(n)", and by "(n, m)". */
static const char *const with_length[] = {
	"bit", "bit varying", "varbit", "char", "character", "varchar", "character varying"
};
static const char *const with_scale[] = {"numeric", "decimal"};

static const NamedType *
lookup_type(const char *canonical)
{
	for (size_t i = 0; i < lengthof(types); i++)
	{
		if (strcmp(types[i].canonical, canonical) == 0)
			return &types[i];
	}
	return NULL;
}

/* Step over spaces and digits; is there a digit? */
static bool
skip_number(const char **text)
{
	const char *start;

	while (**text == ' ')
		(*text)++;
	start = *text;
	while (**text >= '0' && **text <= '9')
		(*text)++;
	return *text > start;
}

/* Is text "(n)", or "(n, m)" if that is wanted, after spaces? */
static bool
is_precision(const char *text, bool has_scale)
{
	while (*text == ' ')
		text++;
	if (*text++ != '(' || *text == ' ' || !skip_number(&text))
		return false;
	if (has_scale)
	{
		while (*text == ' ')
			text++;
		if (*text++ != ',' || !skip_number(&text))
			return false;
	}
	return strcmp(text, ")") == 0;
}

/* Cut a precision off the name of a type that may have one. */
static void
strip_precision(char *name)
{
	for (size_t i = 0; i < lengthof(with_length) + lengthof(with_scale); i++)
	{
		bool		has_scale = i >= lengthof(with_length);
		const char *type = has_scale ? with_scale[i - lengthof(with_length)] : with_length[i];
		size_t		len = strlen(type);

		if (strncmp(name, type, len) == 0 && is_precision(name + len, has_scale))
		{
			name[len] = '\0';
			return;
		}
	}
}

const char *
gqle_nativetype_canonical(const char *name)
{
	char	   *copy = pstrdup(name);
	const NamedType *type;

	for (char *c = copy; *c; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	strip_precision(copy);
	for (size_t i = 0; i < lengthof(spellings); i++)
	{
		if (strcmp(spellings[i].name, copy) == 0)
			return spellings[i].canonical;
	}
	type = lookup_type(copy);
	return type != NULL ? type->canonical : NULL;
}

Oid
gqle_nativetype_oid(const char *canonical)
{
	const NamedType *type = lookup_type(canonical);
	const GqleScalar *scalar;

	if (type == NULL)
		return InvalidOid;
	if (OidIsValid(type->type_oid))
		return type->type_oid;
	scalar = gqle_scalar_lookup_by_name(canonical);
	return scalar != NULL ? scalar->type_oid : InvalidOid;
}

/* compat: Hasura takes numeric where money is named; so do we, and money, too. */
bool
gqle_nativetype_matches(const char *canonical, Oid type_oid)
{
	const NamedType *type = lookup_type(canonical);

	if (type == NULL || !OidIsValid(type->returned) || type->returned == type_oid)
		return true;
	return type->returned == MONEYOID && type_oid == NUMERICOID;
}

/* compat: of several names of one type the last one. */
const char *
gqle_nativetype_name(Oid type_oid)
{
	const char *name = NULL;

	for (size_t i = 0; i < lengthof(types); i++)
	{
		if (types[i].returned == type_oid && strstr(types[i].canonical, "serial") == NULL)
			name = types[i].canonical;
	}
	return name;
}
