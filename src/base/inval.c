/*
 * inval.c
 *		The one set of invalidation callbacks of the process.
 *
 * Callbacks run in the middle of invalidation processing, possibly with no
 * transaction or an aborted one: they only move counters and call hooks that
 * only set flags.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/catcache.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "gqle/base/inval.h"

#define MAX_RELATION_HOOKS 4
#define TRIM_AFTER		5000	/* relation messages: hundreds of tables */

static uint64 counters[GQLE_N_INVAL_KINDS];
static GqleInvalRelationHook relation_hooks[MAX_RELATION_HOOKS];
static int	n_relation_hooks = 0;
static bool is_registered = false;

static void
relation_callback(Datum arg, Oid relid)
{
	counters[GQLE_INVAL_RELATION]++;
	for (int i = 0; i < n_relation_hooks; i++)
		relation_hooks[i] (relid);
}

static void
syscache_callback(Datum arg, int cache_id, uint32 hash_value)
{
	counters[DatumGetInt32(arg)]++;
}

void
gqle_inval_init(void)
{
	static const struct
	{
		int			cache_id;
		GqleInvalKind kind;
	}			watched[] = {
		{PROCOID, GQLE_INVAL_FUNCTION},
		{TYPEOID, GQLE_INVAL_TYPE},
		{ENUMOID, GQLE_INVAL_TYPE},
		{NAMESPACEOID, GQLE_INVAL_NAMESPACE},
		{AUTHOID, GQLE_INVAL_ROLE},
		{AUTHMEMROLEMEM, GQLE_INVAL_ROLE},
	};

	if (is_registered)
		return;
	is_registered = true;
	CacheRegisterRelcacheCallback(relation_callback, (Datum) 0);
	for (size_t i = 0; i < lengthof(watched); i++)
		CacheRegisterSyscacheCallback(watched[i].cache_id, syscache_callback,
									  Int32GetDatum(watched[i].kind));
}

uint64
gqle_inval_counter(GqleInvalKind kind)
{
	return counters[kind];
}

void
gqle_inval_trim(void)
{
	static uint64 trimmed_at = 0;

	if (counters[GQLE_INVAL_RELATION] - trimmed_at < TRIM_AFTER || IsTransactionState())
		return;
	trimmed_at = counters[GQLE_INVAL_RELATION];
	ResetCatalogCaches();
}

void
gqle_inval_register_relation(GqleInvalRelationHook hook)
{
	gqle_inval_init();
	for (int i = 0; i < n_relation_hooks; i++)
	{
		if (relation_hooks[i] == hook)
			return;
	}
	Ensure(n_relation_hooks < MAX_RELATION_HOOKS, "too many relation hooks");
	relation_hooks[n_relation_hooks++] = hook;
}
