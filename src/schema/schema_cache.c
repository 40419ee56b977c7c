/*
 * schema_cache.c
 *		Schemas by role, as long as their catalog lives and memory allows.
 *
 * A schema lives in a child context of its catalog's and dies with it, or before
 * when all schemas of the process have grown beyond GQLE_MAX_SCHEMA_BYTES: then
 * those used longest ago go.  That happens only when a schema is asked for, so
 * whoever got one may use it until asking again.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/strhash.h"
#include "gqle/limits.h"
#include "gqle/schema/build.h"

/* Settings that decide what is in a schema, as bits. */
#define SETTING_HIDE_UPDATE_MANY			0x01
#define SETTING_HIDE_AGGREGATION_PREDICATES 0x02
#define SETTING_HIDE_STREAM					0x04
#define SETTING_INFER_FUNCTION_PERMISSIONS	0x08
#define SETTING_BOOLEAN_NULL_COLLAPSE		0x10
#define SETTING_APOLLO_FEDERATION			0x20
#define SETTING_REMOTE_PERMISSIONS			0x40

/* A schema in the cache; allocated in the schema's context. */
typedef struct CachedSchema
{
	dlist_node	node;
	GqleSchema *schema;
	uint32		settings;		/* under which it was made */
	MemoryContextCallback on_delete;
} CachedSchema;

/* Most recently used first. */
static dlist_head cached_schemas = DLIST_STATIC_INIT(cached_schemas);

/* ------------------------------------------------------------------------
 * Making schemas
 * ------------------------------------------------------------------------ */

/* __typename, which every composite type has. */
static GqleField *
make_typename_field(GqleSchema *schema)
{
	GqleTypeRef string = gqle_typeref(gqle_build_builtin(schema, "String"));

	return gqle_build_loose_field(schema, GQLE_FIELD_TYPENAME, "__typename", NULL,
								  gqle_typeref_non_null(string));
}

/* An empty schema but for its roots, in the context. */
static GqleSchema *
make_schema(GqleCatalog *catalog, const char *role, bool backend_only, bool is_relay,
			bool has_descriptions, MemoryContext context)
{
	MemoryContext old_context = MemoryContextSwitchTo(context);
	GqleSchema *schema = palloc0(sizeof(GqleSchema));

	schema->catalog = catalog;
	schema->context = context;
	schema->role = pstrdup(role);
	schema->is_admin = strcmp(role, "admin") == 0;
	schema->backend_only = backend_only;
	schema->is_relay = is_relay;
	schema->is_subgraph = !is_relay &&
		gqle_guc_has_feature(GQLE_FEATURE_APOLLO_FEDERATION);
	schema->has_descriptions = has_descriptions;
	gqle_arena_init(&schema->arena, 4096);
	schema->types = gqle_strhash_make(context, 64);
	schema->typename_field = make_typename_field(schema);
	gqle_build_roots(schema);
	MemoryContextSwitchTo(old_context);
	return schema;
}

GqleSchema *
gqle_schema_make_scratch(const GqleSchema *schema, MemoryContext context)
{
	return make_schema(schema->catalog, schema->role, schema->backend_only,
					   schema->is_relay, true, context);
}

/* ------------------------------------------------------------------------
 * The cache
 * ------------------------------------------------------------------------ */

/* The schema's memory goes, with its catalog's or alone. */
static void
forget_schema(void *arg)
{
	dlist_delete(&((CachedSchema *) arg)->node);
}

/* Throw away schemas, those used longest ago first, until the rest fits. */
static void
evict_schemas(void)
{
	Size		total = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &cached_schemas)
	{
		CachedSchema *cached = dlist_container(CachedSchema, node, iter.cur);

		total += MemoryContextMemAllocated(cached->schema->context, true);
	}
	while (total > GQLE_MAX_SCHEMA_BYTES)
	{
		CachedSchema *cached = dlist_tail_element(CachedSchema, node, &cached_schemas);

		total -= MemoryContextMemAllocated(cached->schema->context, true);
		MemoryContextDelete(cached->schema->context);
	}
}

/* The settings as they are now; SET may change them between two requests. */
static uint32
current_settings(void)
{
	uint32		settings = 0;

	if (gqle_guc_has_feature(GQLE_FEATURE_HIDE_UPDATE_MANY_FIELDS))
		settings |= SETTING_HIDE_UPDATE_MANY;
	if (gqle_guc_has_feature(GQLE_FEATURE_HIDE_AGGREGATION_PREDICATES))
		settings |= SETTING_HIDE_AGGREGATION_PREDICATES;
	if (gqle_guc_has_feature(GQLE_FEATURE_HIDE_STREAM_FIELDS))
		settings |= SETTING_HIDE_STREAM;
	if (gqle_guc_has_feature(GQLE_FEATURE_APOLLO_FEDERATION))
		settings |= SETTING_APOLLO_FEDERATION;
	if (gqle_guc_infer_function_permissions)
		settings |= SETTING_INFER_FUNCTION_PERMISSIONS;
	if (gqle_guc_boolean_null_collapse)
		settings |= SETTING_BOOLEAN_NULL_COLLAPSE;
	if (gqle_guc_enable_remote_schema_permissions)
		settings |= SETTING_REMOTE_PERMISSIONS;
	return settings;
}

/* The schema if there is one; then it is the most recently used. */
static GqleSchema *
find_schema(const GqleCatalog *catalog, const char *role, bool backend_only,
			bool is_relay, uint32 settings)
{
	dlist_iter	iter;

	dlist_foreach(iter, &cached_schemas)
	{
		CachedSchema *cached = dlist_container(CachedSchema, node, iter.cur);
		GqleSchema *schema = cached->schema;

		if (schema->catalog == catalog && schema->backend_only == backend_only &&
			schema->is_relay == is_relay && cached->settings == settings && strcmp(schema->role, role) == 0)
		{
			dlist_move_head(&cached_schemas, &cached->node);
			return schema;
		}
	}
	return NULL;
}

GqleSchema *
gqle_schema_get(GqleCatalog *catalog, const char *role, bool backend_only)
{
	return gqle_schema_get_variant(catalog, role, backend_only, false);
}

GqleSchema *
gqle_schema_get_variant(GqleCatalog *catalog, const char *role, bool backend_only,
						bool is_relay)
{
	GqleSchema *schema;
	CachedSchema *cached;
	MemoryContext context;
	uint32		settings = current_settings();

	/* all roles that metadata never name see the same; the cache stays bounded */
	if (strcmp(role, "admin") != 0 && !gqle_catalog_has_role(catalog, role) &&
		!gqle_catalog_hides_introspection(role))
		role = "";
	evict_schemas();
	schema = find_schema(catalog, role, backend_only, is_relay, settings);
	if (schema != NULL)
		return schema;

	/* made apart, so that an error leaves nothing in the catalog */
	context = AllocSetContextCreate(CurrentMemoryContext, "gqle schema",
									ALLOCSET_SMALL_SIZES);
	schema = make_schema(catalog, role, backend_only, is_relay, false, context);
	schema->hides_introspection = gqle_catalog_hides_introspection(role);
	cached = MemoryContextAllocZero(context, sizeof(CachedSchema));
	cached->schema = schema;
	cached->settings = settings;
	cached->on_delete.func = forget_schema;
	cached->on_delete.arg = cached;
	dlist_push_head(&cached_schemas, &cached->node);
	MemoryContextRegisterResetCallback(context, &cached->on_delete);
	MemoryContextSetParent(context, gqle_catalog_context(catalog));
	return schema;
}
