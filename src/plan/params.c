/*
 * params.c
 *		Numbering of parameters.
 *
 * Every leaf of a statement becomes $n::type.  Leaves that will always have the
 * same value share one parameter; a hash keeps that cheap for requests with
 * thousands of values.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"

#include "gqle/gqle.h"
#include "gqle/plan/build.h"

/*
 * Values of one field.  SPI knows no limit; what Postgres makes of each while
 * planning takes about a kilobyte.
 */
#define MAX_PARAMS	250000

#define N_BUCKETS	64

typedef struct ParamEntry
{
	uint32		hash;
	int			next;			/* in its bucket, or -1 */
	GqleSqlExpr *expr;
} ParamEntry;

struct GqleParams
{
	int			n;
	int			allocated;
	GqleParam  *params;
	ParamEntry *entries;		/* as params */
	int			n_buckets;
	int		   *buckets;
	int			unshared;		/* number of the cursor, or 0 */
	bool		is_full;		/* more were asked for */
};

static void
reset_buckets(GqleParams *params, int n_buckets)
{
	int			i;

	params->n_buckets = n_buckets;
	params->buckets = palloc(n_buckets * sizeof(int));
	for (i = 0; i < n_buckets; i++)
		params->buckets[i] = -1;
}

GqleParams *
gqle_params_make(void)
{
	GqleParams *params = palloc0(sizeof(GqleParams));

	params->allocated = 16;
	params->params = palloc(params->allocated * sizeof(GqleParam));
	params->entries = palloc(params->allocated * sizeof(ParamEntry));
	reset_buckets(params, N_BUCKETS);
	return params;
}

/* ------------------------------------------------------------------------
 * Equality of leaves
 * ------------------------------------------------------------------------ */

static uint32
hash_string(const char *text)
{
	return text ? hash_bytes((const unsigned char *) text, strlen(text)) : 0;
}

static uint32
hash_leaf(const GqleLeaf *leaf)
{
	uint32		hash = hash_bytes_uint32(leaf->source);
	int			i;

	if (leaf->scalar)
		hash = hash_combine(hash, leaf->scalar->type_oid);
	switch (leaf->source)
	{
		case GQLE_LEAF_CONST:
			/* other kinds of JSON meet in one bucket, which is fine */
			if (leaf->value)
				hash = hash_combine(hash, hash_string(leaf->value->text));
			break;
		case GQLE_LEAF_VARIABLE:
			hash = hash_combine(hash, hash_string(leaf->variable));
			for (i = 0; i < leaf->n_steps; i++)
			{
				hash = hash_combine(hash, hash_string(leaf->steps[i].key));
				hash = hash_combine(hash, (uint32) leaf->steps[i].index);
			}
			break;
		case GQLE_LEAF_TEMPLATE:
			hash = hash_combine(hash, (uint32) leaf->node->offset);
			break;
		case GQLE_LEAF_SESSION:
			hash = hash_combine(hash, hash_string(leaf->session_name));
			break;
		case GQLE_LEAF_SESSION_JSON:
			break;
	}
	return hash;
}

static bool
is_same_step(const GqleLeafStep *a, const GqleLeafStep *b)
{
	if (a->key == NULL || b->key == NULL)
		return a->key == b->key && a->index == b->index;
	return strcmp(a->key, b->key) == 0;
}

static bool
is_same_json(const GqleJson *a, const GqleJson *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return gqle_json_equal(a, b);
}

/* See build.h. */
bool
gqle_leaf_equal(const GqleLeaf *a, const GqleLeaf *b)
{
	int			i;

	if (a->source != b->source || a->scalar != b->scalar ||
		a->is_list != b->is_list || a->nullable != b->nullable)
		return false;
	switch (a->source)
	{
		case GQLE_LEAF_CONST:
			return is_same_json(a->value, b->value);
		case GQLE_LEAF_VARIABLE:
			if (strcmp(a->variable, b->variable) != 0 || a->n_steps != b->n_steps)
				return false;
			for (i = 0; i < a->n_steps; i++)
			{
				if (!is_same_step(&a->steps[i], &b->steps[i]))
					return false;
			}
			return is_same_json(a->default_value, b->default_value);
		case GQLE_LEAF_TEMPLATE:
			return a->node == b->node;
		case GQLE_LEAF_SESSION:
			return strcmp(a->session_name, b->session_name) == 0;
		case GQLE_LEAF_SESSION_JSON:
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * Numbering
 * ------------------------------------------------------------------------ */

static void
grow(GqleParams *params)
{
	int			i;

	params->allocated *= 2;
	params->params = repalloc(params->params, params->allocated * sizeof(GqleParam));
	params->entries = repalloc(params->entries, params->allocated * sizeof(ParamEntry));

	pfree(params->buckets);
	reset_buckets(params, params->n_buckets * 2);
	for (i = 0; i < params->n; i++)
	{
		int		   *head = &params->buckets[params->entries[i].hash % params->n_buckets];

		params->entries[i].next = *head;
		*head = i;
	}
}

static Oid
leaf_type_oid(const GqleLeaf *leaf)
{
	Oid			oid = leaf->is_list ? leaf->scalar->array_oid : leaf->scalar->type_oid;

	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("type %s has no array type", leaf->scalar->sql_name)));
	return oid;
}

/*
 * Is the value GeoJSON?  Then the parameter is its text, and PostGIS makes the
 * value; compat: of session variables too.
 */
static bool
is_geojson(const GqleLeaf *leaf)
{
	return leaf->scalar->is_geo && !leaf->is_list;
}

/* See build.h. */
GqleSqlExpr *
gqle_params_from_geojson(const GqleScalar *scalar, GqleSqlExpr *text)
{
	return gqle_sql_cast(gqle_sql_function(gqle_sql_type_schema(scalar->type_oid),
										   "st_geomfromgeojson", list_make1(text)),
						 gqle_sql_type_name(scalar));
}

/* Number a parameter; leaf may be NULL.  Returns its number. */
static int
add_param(GqleParams *params, uint32 hash, const GqleLeaf *leaf, Oid type_oid)
{
	ParamEntry *entry;

	/* the statement will be refused; any number will do */
	if (params->n >= MAX_PARAMS)
	{
		params->is_full = true;
		return params->n;
	}
	if (params->n == params->allocated)
		grow(params);

	params->params[params->n].type_oid = type_oid;
	params->params[params->n].leaf = leaf;
	entry = &params->entries[params->n];
	entry->hash = hash;
	entry->next = params->buckets[hash % params->n_buckets];
	params->buckets[hash % params->n_buckets] = params->n;
	return ++params->n;
}

/* $number::type, or what makes the value of the parameter's text. */
static GqleSqlExpr *
make_param(int number, const GqleLeaf *leaf)
{
	const char *type = gqle_sql_type_name(leaf->scalar);

	if (is_geojson(leaf))
		return gqle_params_from_geojson(leaf->scalar, gqle_sql_param(number, "text"));
	return gqle_sql_param(number, leaf->is_list ? psprintf("%s[]", type) : type);
}

GqleSqlExpr *
gqle_params_add(GqleParams *params, const GqleLeaf *leaf)
{
	uint32		hash = hash_leaf(leaf);
	int			number;
	int			i;

	for (i = params->buckets[hash % params->n_buckets]; i >= 0; i = params->entries[i].next)
	{
		if (params->entries[i].hash == hash && params->params[i].leaf &&
			gqle_leaf_equal(params->params[i].leaf, leaf))
			return params->entries[i].expr;
	}

	number = add_param(params, hash, leaf,
					   is_geojson(leaf) ? TEXTOID : leaf_type_oid(leaf));
	params->entries[number - 1].expr = make_param(number, leaf);
	return params->entries[number - 1].expr;
}

/* See build.h.  Its hash is nobody's. */
GqleSqlExpr *
gqle_params_add_unshared(GqleParams *params, const GqleLeaf *leaf)
{
	int			number = add_param(params, 0, leaf,
								   is_geojson(leaf) ? TEXTOID : leaf_type_oid(leaf));

	params->entries[number - 1].expr = make_param(number, leaf);
	params->unshared = number;
	return params->entries[number - 1].expr;
}

/* See build.h. */
GqleSqlExpr *
gqle_params_add_given(GqleParams *params, Oid type_oid, const char *type)
{
	return gqle_sql_param(add_param(params, 0, NULL, type_oid), type);
}

/* See build.h. */
bool
gqle_params_finish(GqleParams *params, GqleStatement *statement, GqleErrorSink *sink)
{
	if (params->is_full)
		return gqle_error_report(sink, GQLE_ERR_VALIDATION_FAILED, NULL,
								 "a field cannot have more than %d values", MAX_PARAMS);
	statement->n_params = params->n;
	statement->cursor_param = params->unshared;
	statement->params = palloc(Max(params->n, 1) * sizeof(GqleParam));
	memcpy(statement->params, params->params, params->n * sizeof(GqleParam));
	return true;
}

/* ------------------------------------------------------------------------
 * Leaves of our own
 * ------------------------------------------------------------------------ */

GqleLeaf *
gqle_leaf_const(const GqleScalar *scalar, bool is_list, const GqleJson *value,
				const char *path)
{
	GqleLeaf   *leaf = palloc0(sizeof(GqleLeaf));

	leaf->source = GQLE_LEAF_CONST;
	leaf->scalar = scalar;
	leaf->is_list = is_list;
	leaf->nullable = gqle_json_is_null(value);
	leaf->value = value;
	leaf->path = path;
	return leaf;
}

GqleLeaf *
gqle_leaf_session_json(const GqleScalar *scalar)
{
	GqleLeaf   *leaf = palloc0(sizeof(GqleLeaf));

	leaf->source = GQLE_LEAF_SESSION_JSON;
	leaf->scalar = scalar;
	return leaf;
}
