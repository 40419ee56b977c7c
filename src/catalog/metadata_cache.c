/*
 * metadata_cache.c
 *		Generations of the catalog: making, checking, pinning.
 *
 * One catalog is current in a process.  A pin looks at what invalidation
 * messages have come since the last one and decides between three answers:
 *
 *	- nothing that concerns us: the usual case costs a few comparisons;
 *	- something that might: only that is looked at again.  A tracked relation is
 *	  resolved by name and, if its facts were read, they are read anew and their
 *	  fingerprint compared (ANALYZE, VACUUM and CREATE TRIGGER end here); names
 *	  that were missing are looked up; functions and types likewise;
 *	- something has changed: the catalog is retired, and a new one is made.
 *
 * A retired catalog lives until its last pin goes.  It may still be filled on
 * demand, then with facts newer than its other parts: readers treat whatever
 * does not fit together as absent, and the next pin gets a new catalog anyway.
 *
 * Making a catalog takes the names of tracked tables over from the one that is
 * no longer true, as far as they hold (roster.c), and reads the rest; so the old
 * one stays current (is_outdated) until the new one is complete.  Messages that
 * come meanwhile (is_making) are not lost: they make the next pin check everything.
 *
 * Callbacks only set flags, see inval.h.  The flags are cleared before a check
 * reads anything, and is_checking tells the next pin that a check was cut short
 * by an error.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/inval.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/cache.h"
#include "gqle/catalog/metadata.h"
#include "gqle/catalog/roster.h"
#include "gqle/catalog/version.h"

/* One pin of the running transaction. */
typedef struct Pin
{
	GqleCatalog *catalog;
	int			nest_level;
} Pin;

static GqleCatalog *current = NULL;
static uint64 last_generation = 0;
static Oid	known_version_relid = InvalidOid;

/* Set by messages, cleared by checks. */
static bool metadata_dirty = false;
static bool tables_dirty = false;	/* some entries are */
static bool missing_dirty = false;	/* a missing table may have appeared */
static bool natives_dirty = false;	/* a relation that no table is, but perhaps read */
static bool all_dirty = false;

static bool is_making = false;
static bool is_checking = false;
static bool is_outdated = false;	/* current is only good to make another from */

/* Counters at the last check. */
static uint64 checked_namespaces = 0;
static uint64 checked_functions = 0;
static uint64 checked_types = 0;

static Pin *pins = NULL;
static int	n_pins = 0;
static int	max_pins = 0;

static GqleCatalog *make_catalog(void);

/* ------------------------------------------------------------------------
 * Messages
 * ------------------------------------------------------------------------ */

/* Runs inside invalidation processing: flags only. */
static void
relation_hook(Oid relid)
{
	GqleTableEntry *entry;

	if (!OidIsValid(relid))
	{
		metadata_dirty = true;
		all_dirty = true;
		return;
	}
	if (relid < FirstNormalObjectId)
		return;
	if (relid == known_version_relid)
		metadata_dirty = true;
	if (is_making)
		all_dirty = true;
	if (current == NULL)
		return;
	entry = gqle_catalog_lookup_entry_relid(current, relid);
	if (entry != NULL)
	{
		entry->is_dirty = true;
		tables_dirty = true;
	}
	else if (current->n_missing > 0)
		missing_dirty = true;
	if (gqle_native_any_loaded(current))
		natives_dirty = true;
}

/* ------------------------------------------------------------------------
 * Pins
 * ------------------------------------------------------------------------ */

static void
unref_catalog(GqleCatalog *catalog)
{
	Assert(catalog->n_pins > 0);
	if (--catalog->n_pins == 0 && !catalog->is_current)
		MemoryContextDelete(catalog->context);
}

static void
drop_pin(int index)
{
	GqleCatalog *catalog = pins[index].catalog;

	memmove(&pins[index], &pins[index + 1], sizeof(Pin) * (n_pins - index - 1));
	n_pins--;
	unref_catalog(catalog);
}

static void
xact_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
			if (n_pins > 0)
				elog(WARNING, "%d catalog pins were not released", n_pins);
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
			break;
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
			return;
	}
	while (n_pins > 0)
		drop_pin(n_pins - 1);
}

static void
subxact_callback(SubXactEvent event, SubTransactionId subid, SubTransactionId parent,
				 void *arg)
{
	int			level = GetCurrentTransactionNestLevel();

	switch (event)
	{
		case SUBXACT_EVENT_ABORT_SUB:
			while (n_pins > 0 && pins[n_pins - 1].nest_level >= level)
				drop_pin(n_pins - 1);
			break;
		case SUBXACT_EVENT_COMMIT_SUB:
			for (int i = n_pins - 1; i >= 0 && pins[i].nest_level >= level; i--)
				pins[i].nest_level = level - 1;
			break;
		case SUBXACT_EVENT_START_SUB:
		case SUBXACT_EVENT_PRE_COMMIT_SUB:
			break;
	}
}

/* First use in this process. */
static void
init_module(void)
{
	static bool is_done = false;

	if (is_done)
		return;
	max_pins = 16;
	pins = MemoryContextAlloc(TopMemoryContext, sizeof(Pin) * max_pins);
	gqle_inval_register_relation(relation_hook);
	RegisterXactCallback(xact_callback, NULL);
	RegisterSubXactCallback(subxact_callback, NULL);
	is_done = true;
}

/* ------------------------------------------------------------------------
 * Is the current catalog still true?
 * ------------------------------------------------------------------------ */

static void
get_settings(bool *naming_feature, int *default_naming, bool *opaque_arrays)
{
	*naming_feature = gqle_guc_has_feature(GQLE_FEATURE_NAMING_CONVENTION);
	*default_naming = gqle_guc_default_naming_convention;
	*opaque_arrays = gqle_guc_has_feature(GQLE_FEATURE_DISABLE_POSTGRES_ARRAYS);
}

static bool
settings_hold(const GqleCatalog *catalog)
{
	bool		naming_feature;
	int			default_naming;
	bool		opaque_arrays;

	get_settings(&naming_feature, &default_naming, &opaque_arrays);
	return catalog->naming_feature == naming_feature &&
		catalog->default_naming == default_naming &&
		catalog->opaque_arrays == opaque_arrays;
}

/* The version row: what identifies a state of the metadata. */
static void
get_version(int64 *resource_version, int64 *change, TransactionId *xmin)
{
	static GqleSpiStatement statement = {
		"SELECT resource_version, change, xmin::text FROM gqle.metadata_version", NULL
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);

	if (rows->n != 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("gqle.metadata_version must hold exactly one row")));
	*resource_version = gqle_rows_int8(rows, 0, 0);
	*change = gqle_rows_int8(rows, 0, 1);
	*xmin = (TransactionId) strtoul(gqle_rows_text(rows, 0, 2), NULL, 10);
}

static bool
metadata_holds(const GqleCatalog *catalog)
{
	int64		resource_version;
	int64		change;
	TransactionId xmin;

	if (gqle_metadata_version_relid() != catalog->version_relid)
		return false;
	get_version(&resource_version, &change, &xmin);
	return change == catalog->change && xmin == catalog->change_xmin &&
		resource_version == catalog->resource_version;
}

/* Does the name still mean the same relation, with the same facts? */
static bool
entry_holds(GqleTableEntry *entry)
{
	const GqleTable *table = &entry->table;
	GqleRelationFacts *facts;

	if (!entry->source->is_local)
		return true;
	if (gqle_pgcat_lookup_relid(table->schema, table->name) != table->relid)
		return false;
	if (!OidIsValid(table->relid))
		return true;
	if (get_rel_relkind(table->relid) != table->relkind)
		return false;
	if (entry->facts == NULL)
		return true;
	facts = gqle_pgcat_load_relation(table->relid);
	return facts != NULL && facts->fingerprint == entry->facts->fingerprint;
}

/* Have more entries looked at again than those that messages have named. */
static void
mark_dirty(GqleCatalog *catalog, bool all, bool missing)
{
	for (int i = 0; (all || missing) && i < catalog->n_entries; i++)
	{
		if (all || catalog->entries[i].state == GQLE_ENTRY_MISSING)
			catalog->entries[i].is_dirty = true;
	}
}

/* Those that don't hold, or that were not looked at, are still dirty afterwards. */
static bool
entries_hold(GqleCatalog *catalog)
{
	for (int i = 0; i < catalog->n_entries; i++)
	{
		GqleTableEntry *entry = &catalog->entries[i];

		if (!entry->is_dirty)
			continue;
		entry->is_dirty = false;
		if (!entry_holds(entry))
		{
			entry->is_dirty = true;
			return false;
		}
	}
	return true;
}

/*
 * Look again at whatever messages have named.  May read catalogs and throw; the
 * flags are taken first, see the head of the file.
 */
static bool
catalog_holds(GqleCatalog *catalog)
{
	bool		check_metadata = metadata_dirty;
	bool		check_tables = tables_dirty;
	bool		check_missing = missing_dirty;
	bool		check_natives = natives_dirty;
	bool		check_all = all_dirty;
	uint64		namespaces = gqle_inval_counter(GQLE_INVAL_NAMESPACE);
	uint64		functions = gqle_inval_counter(GQLE_INVAL_FUNCTION);
	uint64		types = gqle_inval_counter(GQLE_INVAL_TYPE);
	MemoryContext context;
	MemoryContext old;
	bool		holds;

	if (is_checking)
		check_metadata = check_all = true;
	if (namespaces != checked_namespaces)
		check_all = true;
	is_checking = true;
	metadata_dirty = tables_dirty = missing_dirty = natives_dirty = all_dirty = false;

	context = AllocSetContextCreate(CurrentMemoryContext, "gqle catalog check",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	mark_dirty(catalog, check_all, check_missing);
	holds = !check_metadata || metadata_holds(catalog);
	if (holds && (check_all || check_tables || check_missing))
		holds = entries_hold(catalog);
	if (holds && (check_all || functions != checked_functions))
		holds = gqle_function_entries_hold(catalog);
	if (holds && (check_all || types != checked_types))
		holds = gqle_scalar_generation() == catalog->scalar_generation;
	if (holds && (check_all || check_natives || functions != checked_functions ||
				  types != checked_types))
		holds = gqle_native_entries_hold(catalog);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);

	checked_namespaces = namespaces;
	checked_functions = functions;
	checked_types = types;
	is_checking = false;
	return holds;
}

static bool
needs_check(void)
{
	return metadata_dirty || tables_dirty || missing_dirty || natives_dirty ||
		all_dirty || is_checking ||
		gqle_inval_counter(GQLE_INVAL_NAMESPACE) != checked_namespaces ||
		gqle_inval_counter(GQLE_INVAL_FUNCTION) != checked_functions ||
		gqle_inval_counter(GQLE_INVAL_TYPE) != checked_types;
}

static void
replace_current(GqleCatalog *catalog)
{
	GqleCatalog *old = current;

	current = catalog;
	is_outdated = false;
	if (old == NULL)
		return;
	old->is_current = false;
	if (old->n_pins == 0)
		MemoryContextDelete(old->context);
}

GqleCatalog *
gqle_catalog_pin(void)
{
	Ensure(IsTransactionState(), "catalog pinned outside a transaction");
	init_module();

	if (current != NULL &&
		(!settings_hold(current) || (needs_check() && !catalog_holds(current))))
		is_outdated = true;
	if (current == NULL || is_outdated)
		replace_current(make_catalog());

	if (n_pins == max_pins)
	{
		max_pins *= 2;
		pins = repalloc(pins, sizeof(Pin) * max_pins);
	}
	pins[n_pins].catalog = current;
	pins[n_pins].nest_level = GetCurrentTransactionNestLevel();
	n_pins++;
	current->n_pins++;
	return current;
}

void
gqle_catalog_release(GqleCatalog *catalog)
{
	for (int i = n_pins - 1; i >= 0; i--)
	{
		if (pins[i].catalog == catalog)
		{
			drop_pin(i);
			return;
		}
	}
	elog(WARNING, "catalog is not pinned");
}

void
gqle_catalog_retain(GqleCatalog *catalog)
{
	catalog->n_pins++;
}

void
gqle_catalog_unretain(GqleCatalog *catalog)
{
	unref_catalog(catalog);
}

bool
gqle_catalog_is_current(const GqleCatalog *catalog)
{
	return catalog->is_current;
}

/* ------------------------------------------------------------------------
 * Making a catalog
 * ------------------------------------------------------------------------ */

/* Find broken entries and collect the others. */
static void
check_entries(GqleCatalog *catalog)
{
	catalog->tables = palloc(sizeof(GqleTable *) * Max(catalog->n_entries, 1));
	for (int i = 0; i < catalog->n_entries; i++)
	{
		GqleTableEntry *entry = &catalog->entries[i];

		gqle_table_check_entry(catalog, entry);
		if (entry->state != GQLE_ENTRY_OK)
			entry->table.is_visible = false;
		else
			catalog->tables[catalog->n_tables++] = &entry->table;
	}
}

/* What the flags say of the current catalog's entries, as marks of the entries. */
static void
mark_pending(void)
{
	bool		all = all_dirty || is_checking ||
		gqle_inval_counter(GQLE_INVAL_NAMESPACE) != checked_namespaces;

	if (current != NULL)
		mark_dirty(current, all, missing_dirty);
}

/*
 * A catalog of what is there now, in a context of its own below the caller's;
 * neither current nor pinned.  What messages say of the current one is left for
 * the next pin.
 */
GqleCatalog *
gqle_catalog_make_scratch(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "gqle metadata",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleCatalog *catalog = palloc0(sizeof(GqleCatalog));

	catalog->context = context;
	catalog->version_relid = known_version_relid;
	catalog->scalar_generation = gqle_scalar_generation();
	get_settings(&catalog->naming_feature, &catalog->default_naming,
				 &catalog->opaque_arrays);
	get_version(&catalog->resource_version, &catalog->change, &catalog->change_xmin);
	mark_pending();
	gqle_roster_fill(catalog, current);
	gqle_role_load(catalog);
	check_entries(catalog);
	gqle_native_load_names(catalog);
	MemoryContextSwitchTo(old);
	return catalog;
}

/*
 * The new current catalog.  It hangs below the caller's context until it is
 * complete, so that an error leaves nothing behind.
 */
static GqleCatalog *
make_catalog(void)
{
	GqleCatalog *catalog;

	known_version_relid = gqle_metadata_version_relid();
	if (!OidIsValid(known_version_relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension \"gqle\" is not installed in this database"),
				 errhint("Run CREATE EXTENSION gqle.")));
	gqle_version_require();

	is_making = true;
	mark_pending();
	is_checking = false;
	metadata_dirty = tables_dirty = missing_dirty = natives_dirty = all_dirty = false;
	checked_namespaces = gqle_inval_counter(GQLE_INVAL_NAMESPACE);
	checked_functions = gqle_inval_counter(GQLE_INVAL_FUNCTION);
	checked_types = gqle_inval_counter(GQLE_INVAL_TYPE);

	catalog = gqle_catalog_make_scratch();
	catalog->generation = ++last_generation;
	catalog->is_current = true;
	is_making = false;
	MemoryContextSetParent(catalog->context, CacheMemoryContext);
	gqle_metadata_mark_loaded();
	return catalog;
}
