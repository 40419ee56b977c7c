/*
 * schema_cache.c
 *		Schemas by role, kept in their catalog.
 *
 * A schema lives in a child context of its catalog's and dies with it.  The
 * current catalog's schemas are found through one small table per process, keyed
 * by role and backend flag.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/strhash.h"
#include "gqle/schema/build.h"

/* Schemas of one catalog; allocated in its context. */
typedef struct SchemaCache
{
	GqleStrHash *by_key;		/* "role" or "role<LF>" with backend_only */
	MemoryContextCallback on_reset;
} SchemaCache;

/* Caches of the last few catalogs in use; usually one. */
typedef struct CacheSlot
{
	GqleCatalog *catalog;
	SchemaCache *cache;
} CacheSlot;

#define N_SLOTS 4

static CacheSlot slots[N_SLOTS];

/* The catalog's memory goes: forget what was in it. */
static void
forget_cache(void *arg)
{
	int			i;

	for (i = 0; i < N_SLOTS; i++)
	{
		if (slots[i].cache == arg)
		{
			slots[i].catalog = NULL;
			slots[i].cache = NULL;
		}
	}
}

/* The cache of a catalog, made if need be. */
static SchemaCache *
get_cache(GqleCatalog *catalog)
{
	static int	next = 0;
	SchemaCache *cache;
	MemoryContext context = gqle_catalog_context(catalog);
	int			i;

	for (i = 0; i < N_SLOTS; i++)
	{
		if (slots[i].catalog == catalog)
			return slots[i].cache;
	}
	cache = MemoryContextAllocZero(context, sizeof(SchemaCache));
	cache->by_key = gqle_strhash_make(context, 8);
	cache->on_reset.func = forget_cache;
	cache->on_reset.arg = cache;
	MemoryContextRegisterResetCallback(context, &cache->on_reset);

	/* more than a few catalogs at once only cost sharing, not correctness */
	slots[next].catalog = catalog;
	slots[next].cache = cache;
	next = (next + 1) % N_SLOTS;
	return cache;
}

/* __typename, which every composite type has. */
static GqleField *
make_typename_field(GqleSchema *schema)
{
	GqleTypeRef string = gqle_typeref(gqle_build_builtin(schema, "String"));

	return gqle_build_loose_field(GQLE_FIELD_TYPENAME, "__typename", NULL,
								  gqle_typeref_non_null(string));
}

GqleSchema *
gqle_schema_make(GqleCatalog *catalog, const char *role, bool backend_only,
				 MemoryContext context)
{
	MemoryContext old_context = MemoryContextSwitchTo(context);
	GqleSchema *schema = palloc0(sizeof(GqleSchema));

	schema->catalog = catalog;
	schema->context = context;
	schema->role = pstrdup(role);
	schema->is_admin = strcmp(role, "admin") == 0;
	schema->backend_only = backend_only;
	schema->types = gqle_strhash_make(context, 64);
	schema->typename_field = make_typename_field(schema);
	gqle_build_roots(schema);
	MemoryContextSwitchTo(old_context);
	return schema;
}

GqleSchema *
gqle_schema_get(GqleCatalog *catalog, const char *role, bool backend_only)
{
	SchemaCache *cache = get_cache(catalog);
	GqleSchema *schema;
	MemoryContext context;
	char	   *key;

	/* all roles without any permission see the same; the cache stays bounded */
	if (strcmp(role, "admin") != 0 && !gqle_catalog_has_role(catalog, role))
		role = "";
	key = psprintf("%s%s", role, backend_only ? "\n" : "");
	schema = gqle_strhash_lookup(cache->by_key, key);
	if (schema == NULL)
	{
		/* made apart, so that an error leaves nothing in the catalog */
		context = AllocSetContextCreate(CurrentMemoryContext, "gqle schema",
										ALLOCSET_SMALL_SIZES);
		schema = gqle_schema_make(catalog, role, backend_only, context);
		MemoryContextSetParent(context, gqle_catalog_context(catalog));
		gqle_strhash_add(cache->by_key, MemoryContextStrdup(context, key), schema);
	}
	pfree(key);
	return schema;
}
