/*
 * op_cache.c
 *		Compiled operations, kept per process.
 *
 * Two levels.  An *entry* stands for a query text, operation name, role and
 * backend flag; it holds the marks that say which parts of the variables decide
 * what is compiled (shape.h).  A *variant* of it is the operation compiled for
 * one shape, found by the hash of the request's variables under the entry's
 * marks.  When a compilation adds marks the entry's other variants no longer
 * have a meaningful hash and are dropped; marks only grow, so this settles
 * after the first few requests.
 *
 * Everything is valid for one catalog generation and one set of the settings
 * that influence compiling; when either moves, the whole cache is emptied.
 * Variants are in one list ordered by last use, and the oldest go when all
 * together take more memory than gqle.operation_cache_size.  One that is being executed is only marked dead and freed by
 * its last user; uses are counted per transaction so that an abort gives them up.
 */
#include "gqle/gqle.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "lib/ilist.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/exec/allowlist.h"
#include "gqle/exec/bind.h"
#include "gqle/exec/identity.h"
#include "gqle/exec/op_cache.h"
#include "gqle/schema/schema.h"
#include "gqle/validate/doclimits.h"

#define N_BUCKETS 1024			/* of entries; a power of two */
#define MAX_VARIANTS_PER_ENTRY 200

typedef struct Entry Entry;

typedef struct Variant
{
	GqleCompiled compiled;		/* first: GqleCompiled * is Variant * */
	Entry	   *entry;			/* NULL when dead */
	uint64		shape_hash;
	Size		bytes;			/* with its plans, when it was made */
	dlist_node	lru;			/* in variants */
	struct Variant *next;		/* in entry */
} Variant;

struct Entry
{
	uint32		hash;
	const char *query;
	int			query_len;
	const char *operation_name;
	const char *role;
	bool		backend_only;
	bool		is_relay;
	GqleShape  *shape;
	int			n_variants;
	Variant    *variants;
	Entry	   *next;			/* in bucket */
	MemoryContext context;
};

/* As pg_stat_activity shows them; in the order of GqleOperationType. */
static const char *const operation_words[] = {"query", "mutation", "subscription"};

/* Settings that influence what is compiled. */
typedef struct CompileSettings
{
	bool		stringify_numeric_types;
	bool		boolean_null_collapse;
	bool		null_in_nonnullable;
	bool		infer_function_permissions;
	bool		remote_schema_permissions;
	bool		remote_schema_skip_nulls;
	bool		enable_allowlist;
	bool		allowlist_role_scopes;
	int			naming_convention;
	uint32		features;
} CompileSettings;

static Entry *buckets[N_BUCKETS];
static dlist_head variants = DLIST_STATIC_INIT(variants);
static int	n_variants = 0;
static Size n_bytes = 0;
static uint64 cache_generation = 0;
static CompileSettings cache_settings;
static bool callback_registered = false;
static GqleCompiled *last_used = NULL;	/* by gqle_op_cache_get */

static void
read_settings(CompileSettings *settings)
{
	int			i;

	memset(settings, 0, sizeof(*settings));
	settings->stringify_numeric_types = gqle_guc_stringify_numeric_types;
	settings->boolean_null_collapse = gqle_guc_boolean_null_collapse;
	settings->null_in_nonnullable = gqle_guc_backwards_compat_null_in_nonnullable_variables;
	settings->infer_function_permissions = gqle_guc_infer_function_permissions;
	settings->remote_schema_permissions = gqle_guc_enable_remote_schema_permissions;
	settings->remote_schema_skip_nulls = gqle_guc_remote_schema_skip_nulls;
	settings->enable_allowlist = gqle_guc_enable_allowlist;
	settings->allowlist_role_scopes = gqle_guc_allowlist_role_scopes;
	settings->naming_convention = gqle_guc_default_naming_convention;
	for (i = 0; i < 32; i++)
		if (gqle_guc_has_feature(1U << i))
			settings->features |= 1U << i;
}

/* ------------------------------------------------------------------------
 * Dropping
 * ------------------------------------------------------------------------ */

/* Kept plans outlive every memory context and are freed by hand. */
static void
free_plans(GqleCompiled *compiled)
{
	int			i;

	for (i = 0; i < compiled->n_prepared; i++)
		if (compiled->prepared[i].plan != NULL)
			gqle_spi_plan_free(compiled->prepared[i].plan);
	compiled->n_prepared = 0;
	if (compiled->multiplexed_plan != NULL)
		gqle_spi_plan_free(compiled->multiplexed_plan);
	compiled->multiplexed_plan = NULL;
}

static void
free_variant(Variant *variant)
{
	if (last_used == &variant->compiled)
		last_used = NULL;
	free_plans(&variant->compiled);
	MemoryContextDelete(variant->compiled.context);
}

/* Take a variant out of the cache; it is freed now or by its last user. */
static void
drop_variant(Variant *variant)
{
	Variant   **link = &variant->entry->variants;

	while (*link != variant)
		link = &(*link)->next;
	*link = variant->next;
	variant->entry->n_variants--;
	variant->entry = NULL;
	dlist_delete(&variant->lru);
	n_variants--;
	n_bytes -= variant->bytes;
	variant->compiled.is_dead = true;
	if (variant->compiled.n_users == 0)
		free_variant(variant);
}

static void
drop_variants(Entry *entry)
{
	while (entry->variants != NULL)
		drop_variant(entry->variants);
}

static void
drop_entry(Entry *entry)
{
	Entry	  **link = &buckets[entry->hash & (N_BUCKETS - 1)];

	drop_variants(entry);
	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	MemoryContextDelete(entry->context);
}

/* See op_cache.h. */
void
gqle_op_cache_reset(void)
{
	int			i;

	for (i = 0; i < N_BUCKETS; i++)
		while (buckets[i] != NULL)
			drop_entry(buckets[i]);
}

/*
 * Drop the variants used longest ago, and entries left without any.  Operations
 * with thousands of values in their text are large; the newest stays all the same.
 */
static void
evict(void)
{
	while (n_bytes > (Size) gqle_guc_operation_cache_size * 1024 && n_variants > 1)
	{
		Variant    *oldest = dlist_tail_element(Variant, lru, &variants);
		Entry	   *entry = oldest->entry;

		drop_variant(oldest);
		if (entry->n_variants == 0)
			drop_entry(entry);
	}
}

/* ------------------------------------------------------------------------
 * Uses
 * ------------------------------------------------------------------------ */

/* Compiled operations in use by this transaction. */
#define MAX_USES 64
static GqleCompiled *uses[MAX_USES];
static int	n_uses = 0;

static void
end_use(GqleCompiled *compiled)
{
	if (--compiled->n_users == 0 && compiled->is_dead)
		free_variant((Variant *) compiled);
}

/* The transaction ends: an error may have left uses behind. */
static void
release_all(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT ||
		event == XACT_EVENT_PREPARE)
		while (n_uses > 0)
			end_use(uses[--n_uses]);
}

static void
begin_use(GqleCompiled *compiled)
{
	if (!callback_registered)
	{
		RegisterXactCallback(release_all, NULL);
		callback_registered = true;
	}
	if (n_uses == MAX_USES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("GraphQL operations are nested too deeply")));
	uses[n_uses++] = compiled;
	compiled->n_users++;
}

/* See op_cache.h. */
void
gqle_op_cache_release(GqleCompiled *compiled)
{
	int			i;

	for (i = n_uses - 1; i >= 0; i--)
		if (uses[i] == compiled)
		{
			uses[i] = uses[--n_uses];
			end_use(compiled);
			return;
		}
}

/* ------------------------------------------------------------------------
 * Lookup
 * ------------------------------------------------------------------------ */

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static uint32
hash_text(uint32 hash, const char *text, int len)
{
	return hash_combine(hash, hash_bytes((const unsigned char *) text, len));
}

static Entry *
find_entry(const GqleSession *session, const GqleRequest *request, uint32 hash)
{
	Entry	   *entry;

	for (entry = buckets[hash & (N_BUCKETS - 1)]; entry != NULL; entry = entry->next)
		if (entry->hash == hash &&
			entry->query_len == request->query_len &&
			entry->backend_only == session->backend_only &&
			entry->is_relay == request->is_relay &&
			memcmp(entry->query, request->query, request->query_len) == 0 &&
			strcmp(entry->role, session->role) == 0 &&
			same_text(entry->operation_name, request->operation_name))
			return entry;
	return NULL;
}

static Entry *
make_entry(const GqleSession *session, const GqleRequest *request, uint32 hash)
{
	MemoryContext context = AllocSetContextCreate(CacheMemoryContext, "gqle operation",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Entry	   *entry = palloc0(sizeof(Entry));

	entry->context = context;
	entry->hash = hash;
	entry->query = pnstrdup(request->query, request->query_len);
	entry->query_len = request->query_len;
	entry->operation_name = request->operation_name ? pstrdup(request->operation_name) : NULL;
	entry->role = pstrdup(session->role);
	entry->backend_only = session->backend_only;
	entry->is_relay = request->is_relay;
	entry->shape = gqle_shape_make(context);
	MemoryContextSwitchTo(old);
	entry->next = buckets[hash & (N_BUCKETS - 1)];
	buckets[hash & (N_BUCKETS - 1)] = entry;
	return entry;
}

static Variant *
find_variant(Entry *entry, uint64 shape_hash)
{
	Variant    *variant;

	for (variant = entry->variants; variant != NULL; variant = variant->next)
		if (variant->shape_hash == shape_hash)
			return variant;
	return NULL;
}

/* ------------------------------------------------------------------------
 * Compiling
 * ------------------------------------------------------------------------ */

/* Count the statements of query roots, namespaces included. */
static int
count_statements(const GqleRootPlan *roots, int n)
{
	int			count = 0;
	int			i;

	for (i = 0; i < n; i++)
		if (roots[i].kind == GQLE_ROOTPLAN_STATEMENT)
			count++;
		else if (roots[i].kind == GQLE_ROOTPLAN_GROUP)
			count += count_statements(roots[i].children, roots[i].n_children);
	return count;
}

/* Prepare the statements of query roots, in order. */
static bool
prepare_statements(GqleCompiled *compiled, GqleRootPlan *roots, int n,
				   GqleErrorSink *sink)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (roots[i].kind == GQLE_ROOTPLAN_STATEMENT)
		{
			GqlePrepared *prepared = &compiled->prepared[compiled->n_prepared];
			double		cost;
			double		rows;

			roots[i].prepared = compiled->n_prepared++;
			if (!gqle_bind_prepare(prepared, roots[i].statement, compiled->context, sink))
				return false;
			gqle_spi_plan_estimate(prepared->plan, &cost, &rows);
			compiled->cost += cost;
		}
		else if (roots[i].kind == GQLE_ROOTPLAN_GROUP &&
				 !prepare_statements(compiled, roots[i].children, roots[i].n_children, sink))
			return false;
	}
	return true;
}

/* The limits that the metadata set for roles other than admin. */
static bool
check_limits(const GqleSession *session, const GqleOperation *operation,
			 GqleErrorSink *sink)
{
	GqleDocLimits limits;

	if (session->is_admin)
		return true;
	limits.max_depth = gqle_catalog_api_limit("depth_limit", session->role);
	limits.max_nodes = gqle_catalog_api_limit("node_limit", session->role);
	return gqle_doclimits_check(operation, &limits, sink);
}

/* Validate, plan and prepare in the current context; false after reporting. */
static bool
fill_compiled(GqleCompiled *compiled, GqleCatalog *catalog, const GqleSession *session,
			  const GqleRequest *request, GqleShape *shape, GqleErrorSink *sink)
{
	GqleSchema *schema = gqle_schema_get_variant(catalog, session->role,
												 session->backend_only, request->is_relay);
	GqleOperation *operation;
	GqlePlan   *plan;

	compiled->role = pstrdup(session->role);
	if (!gqle_allowlist_check(catalog, session, request, sink))
		return false;
	operation = gqle_validate(schema, request, shape, sink);
	if (operation == NULL || !check_limits(session, operation, sink))
		return false;
	compiled->name = operation->name ? pstrdup(operation->name) : NULL;
	plan = compiled->plan = gqle_plan_build(schema, operation, sink);
	if (plan == NULL)
		return false;
	if (compiled->name != NULL)
		compiled->activity = psprintf("%s %s", operation_words[plan->type], compiled->name);
	compiled->prepared = palloc0((1 + count_statements(plan->roots, plan->n_roots)) *
								 sizeof(GqlePrepared));
	return prepare_statements(compiled, plan->roots, plan->n_roots, sink);
}

/* A new variant, not in the cache yet; NULL after reporting. */
static Variant *
compile(GqleCatalog *catalog, const GqleSession *session, const GqleRequest *request,
		GqleShape *shape, GqleErrorSink *sink)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "gqle plan cache entry",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Variant    *variant = palloc0(sizeof(Variant));
	volatile bool done = false;
	int			nest_level;

	variant->compiled.context = context;
	/* the planner estimates by what stable functions answer, who may ask for it */
	nest_level = gqle_identity_begin(session);
	PG_TRY();
	{
		done = fill_compiled(&variant->compiled, catalog, session, request, shape, sink);
		gqle_identity_end(nest_level);
	}
	PG_FINALLY();
	{
		/* the context goes with the request: the sink's texts are in it */
		MemoryContextSwitchTo(old);
		if (!done)
			free_plans(&variant->compiled);
	}
	PG_END_TRY();
	return done ? variant : NULL;
}

/* Memory of an operation with its plans; those of mutations come later. */
static Size
measure(const GqleCompiled *compiled)
{
	Size		size = MemoryContextMemAllocated(compiled->context, true);
	int			i;

	for (i = 0; i < compiled->n_prepared; i++)
		size += gqle_spi_plan_size(compiled->prepared[i].plan);
	return size;
}

/*
 * Put a variant into the cache.  Its marks join those of its entry; if they are
 * new the other variants' hashes mean nothing any more.
 */
static void
keep_variant(const GqleSession *session, const GqleRequest *request, uint32 hash,
			 Variant *variant, const GqleShape *shape)
{
	Entry	   *entry = find_entry(session, request, hash);

	if (entry == NULL)
		entry = make_entry(session, request, hash);
	if (gqle_shape_merge(entry->shape, shape) ||
		entry->n_variants >= MAX_VARIANTS_PER_ENTRY)
		drop_variants(entry);
	variant->shape_hash = gqle_shape_hash(entry->shape, request->variables);
	variant->entry = entry;
	variant->next = entry->variants;
	entry->variants = variant;
	entry->n_variants++;
	dlist_push_head(&variants, &variant->lru);
	n_variants++;
	variant->bytes = measure(&variant->compiled) + request->query_len;
	n_bytes += variant->bytes;
	MemoryContextSetParent(variant->compiled.context, CacheMemoryContext);
	evict();
}

/* See op_cache.h. */
GqleCompiled *
gqle_op_cache_get(GqleCatalog *catalog, const GqleSession *session,
				  const GqleRequest *request, GqleErrorSink *sink)
{
	uint32		hash = hash_text(hash_text(0, request->query, request->query_len),
								 session->role, strlen(session->role));
	CompileSettings settings;
	Variant    *variant = NULL;
	Entry	   *entry;

	read_settings(&settings);
	if (cache_generation != gqle_catalog_generation(catalog) ||
		memcmp(&settings, &cache_settings, sizeof(settings)) != 0)
	{
		gqle_op_cache_reset();
		cache_generation = gqle_catalog_generation(catalog);
		cache_settings = settings;
	}
	entry = find_entry(session, request, hash);
	if (entry != NULL)
		variant = find_variant(entry, gqle_shape_hash(entry->shape, request->variables));
	if (variant != NULL)
		dlist_move_head(&variants, &variant->lru);
	else
	{
		GqleShape  *shape = gqle_shape_make(CurrentMemoryContext);

		variant = compile(catalog, session, request, shape, sink);
		if (variant == NULL)
			return NULL;
		variant->compiled.stat =
			gqle_stat_operations_attach(session, request, variant->compiled.name,
										gqle_op_cache_kind(&variant->compiled),
										variant->compiled.cost);
		keep_variant(session, request, hash, variant, shape);
	}
	begin_use(&variant->compiled);
	last_used = &variant->compiled;
	return &variant->compiled;
}

/* See op_cache.h. */
bool
gqle_op_cache_fits(const GqleCompiled *compiled, const GqleJson *variables)
{
	const Variant *variant = (const Variant *) compiled;

	return !compiled->is_dead &&
		gqle_shape_hash(variant->entry->shape, variables) == variant->shape_hash;
}

/* See op_cache.h. */
void
gqle_op_cache_note_growth(GqleCompiled *compiled, Size bytes)
{
	if (compiled->is_dead)
		return;
	((Variant *) compiled)->bytes += bytes;
	n_bytes += bytes;
}

GqleMetricOperation
gqle_op_cache_kind(const GqleCompiled *compiled)
{
	switch (compiled->plan->type)
	{
		case GQLE_OPERATION_QUERY:
			return GQLE_METRIC_QUERY;
		case GQLE_OPERATION_MUTATION:
			return GQLE_METRIC_MUTATION;
		case GQLE_OPERATION_SUBSCRIPTION:
			return GQLE_METRIC_SUBSCRIPTION;
	}
	return GQLE_METRIC_UNKNOWN;
}

/* See op_cache.h. */
void
gqle_op_cache_mark_slow(void)
{
	if (last_used != NULL)
		last_used->is_slow = true;
}
