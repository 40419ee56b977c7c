/*
 * roster.c
 *		Reading gqle.tables: all of it once, then what has changed.
 *
 * A row of a table is identified by its place, its xmin and the table's file: an
 * update makes a new row elsewhere, and a place is used again only by a later
 * transaction.  So a catalog that follows another scans gqle.tables without
 * looking into the rows that the other has seen, copies their entries, and names
 * only the rest: with thousands of tables a change of one costs little more than
 * the scan.
 *
 * Which relation a name means is taken over as well, unless a message came about
 * it (the entry is dirty).
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "gqle/base/guc.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/metadata.h"
#include "gqle/catalog/roster.h"

#define MAX_NEW_ROWS	256		/* more are read all together, joined */

/* Columns of the statements that read rows. */
#define ROW_COLUMNS \
	"t.source, t.schema_name, t.table_name, t.is_enum, t.configuration, " \
	"t.apollo_federation_config, t.ctid, t.xmin"

enum
{
	ROW_SOURCE,
	ROW_SCHEMA,
	ROW_NAME,
	ROW_IS_ENUM,
	ROW_CONFIGURATION,
	ROW_FEDERATION,
	ROW_PLACE,
	ROW_XMIN,
	ROW_RELID,					/* of read_all_rows only, like the next */
	ROW_RELKIND
};

typedef struct GqleRoster
{
	MemoryContext context;
	int			n_users;		/* catalogs */
	int			n_named;		/* tables named in it, gone ones too */

	/* What all names in it depend on. */
	Oid			tables_file;	/* relfilenode of gqle.tables */
	bool		naming_feature;
	int			default_naming;
	const char *customizations; /* text of all sources */

	int			n_sources;
	GqleSource *sources;
	const GqleSource *local;	/* or NULL */
} GqleRoster;

/* A row that was read, by the names that order it. */
typedef struct NamedRow
{
	const char *source;
	const char *schema;
	const char *name;
	int			row;
} NamedRow;

/* ------------------------------------------------------------------------
 * Sources
 * ------------------------------------------------------------------------ */

/* A non-empty string of an object's member that is an object. */
static const char *
nested_string(const GqleJson *object, const char *key, const char *name)
{
	const char *text;

	if (object == NULL || object->kind != GQLE_JSON_OBJECT)
		return NULL;
	text = gqle_catalog_json_string(gqle_json_lookup(object, key), name);
	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* compat: without the experimental feature a convention is not looked at. */
static void
load_customization(const GqleRoster *roster, GqleCustomization *customization,
				   const GqleJson *json)
{
	const char *convention = gqle_catalog_json_string(json, "naming_convention");
	const char *flag = getenv("HASURA_FF_NAMING_CONVENTION_SEP_2023");

	if (roster->naming_feature)
	{
		if (convention != NULL)
			customization->graphql_default = strcmp(convention, "graphql-default") == 0;
		else
			customization->graphql_default =
				roster->default_naming == GQLE_NAMING_GRAPHQL_DEFAULT;
	}
	customization->case_scalars = flag != NULL && pg_strcasecmp(flag, "true") == 0;
	customization->root_namespace = nested_string(json, "root_fields", "namespace");
	customization->root_prefix = nested_string(json, "root_fields", "prefix");
	customization->root_suffix = nested_string(json, "root_fields", "suffix");
	customization->type_prefix = nested_string(json, "type_names", "prefix");
	customization->type_suffix = nested_string(json, "type_names", "suffix");
}

/*
 * Which source is this database: the one called "default", or the only one.
 */
static void
load_sources(GqleRoster *roster, const GqleRows *rows)
{
	roster->n_sources = rows->n;
	roster->sources = palloc0(sizeof(GqleSource) * Max(rows->n, 1));
	for (int i = 0; i < rows->n; i++)
	{
		GqleSource *source = &roster->sources[i];

		source->name = gqle_rows_text(rows, i, 0);
		source->kind = gqle_rows_text(rows, i, 1);
		source->is_local = rows->n == 1 || strcmp(source->name, "default") == 0;
		load_customization(roster, &source->customization,
						   gqle_catalog_parse_json(gqle_rows_text(rows, i, 2)));
		if (source->is_local)
			roster->local = source;
	}
}

/* All that a source is, as one text to compare. */
static const char *
describe_sources(const GqleRows *rows)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < rows->n; i++)
	{
		const char *customization = gqle_rows_text(rows, i, 2);

		appendStringInfo(&text, "%s\n%s\n%s\n", gqle_rows_text(rows, i, 0),
						 gqle_rows_text(rows, i, 1), customization ? customization : "");
	}
	return text.data;
}

static const GqleSource *
find_source(const GqleRoster *roster, const char *name)
{
	for (int i = 0; i < roster->n_sources; i++)
	{
		if (strcmp(roster->sources[i].name, name) == 0)
			return &roster->sources[i];
	}
	elog(ERROR, "table of unknown source \"%s\"", name);
}

/* ------------------------------------------------------------------------
 * Rosters
 * ------------------------------------------------------------------------ */

static void
leave_roster(void *arg)
{
	GqleRoster *roster = arg;

	if (--roster->n_users == 0)
		MemoryContextDelete(roster->context);
}

/* The catalog uses the roster as long as its context is there. */
static void
use_roster(GqleCatalog *catalog, GqleRoster *roster)
{
	MemoryContextCallback *callback = MemoryContextAlloc(catalog->context,
														 sizeof(MemoryContextCallback));

	callback->func = leave_roster;
	callback->arg = roster;
	MemoryContextRegisterResetCallback(catalog->context, callback);
	roster->n_users++;
	catalog->roster = roster;
	catalog->n_sources = roster->n_sources;
	catalog->sources = roster->sources;
	catalog->local = roster->local;
}

static void
begin_roster(GqleCatalog *catalog, Oid tables_file, const GqleRows *sources)
{
	MemoryContext context = AllocSetContextCreate(catalog->context, "gqle table names",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleRoster *roster = palloc0(sizeof(GqleRoster));

	roster->context = context;
	roster->tables_file = tables_file;
	roster->naming_feature = catalog->naming_feature;
	roster->default_naming = catalog->default_naming;
	roster->customizations = describe_sources(sources);
	load_sources(roster, sources);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, CacheMemoryContext);
	use_roster(catalog, roster);
}

/*
 * Would the same rows be named the same in a new roster?  One that consists of
 * names long gone for the greater part is not used any more either.
 */
static bool
is_usable(const GqleRoster *roster, const GqleCatalog *catalog, const GqleCatalog *base,
		  Oid tables_file, const GqleRows *sources)
{
	return roster->tables_file == tables_file &&
		roster->naming_feature == catalog->naming_feature &&
		roster->default_naming == catalog->default_naming &&
		roster->n_named <= 2 * base->n_entries + MAX_NEW_ROWS &&
		strcmp(roster->customizations, describe_sources(sources)) == 0;
}

/* ------------------------------------------------------------------------
 * Entries
 * ------------------------------------------------------------------------ */

static int
compare_named_rows(const void *a, const void *b)
{
	const NamedRow *x = a;
	const NamedRow *y = b;

	return gqle_catalog_compare_names(x->source, x->schema, x->name,
									  y->source, y->schema, y->name);
}

static int
compare_places(const void *a, const void *b)
{
	return ItemPointerCompare(&((GqleTableRow *) a)->place, &((GqleTableRow *) b)->place);
}

static int
compare_relids(const void *a, const void *b)
{
	Oid			x = ((const GqleRelidEntry *) a)->relid;
	Oid			y = ((const GqleRelidEntry *) b)->relid;

	return x < y ? -1 : x > y ? 1 : 0;
}

/* Thousands of rows are sorted here several times faster than in SQL. */
static NamedRow *
order_rows(const GqleRows *rows)
{
	NamedRow   *ordered = palloc(sizeof(NamedRow) * Max(rows->n, 1));

	for (int i = 0; i < rows->n; i++)
	{
		ordered[i].source = gqle_rows_text(rows, i, ROW_SOURCE);
		ordered[i].schema = gqle_rows_text(rows, i, ROW_SCHEMA);
		ordered[i].name = gqle_rows_text(rows, i, ROW_NAME);
		ordered[i].row = i;
	}
	qsort(ordered, rows->n, sizeof(NamedRow), compare_named_rows);
	return ordered;
}

static void
make_entries(GqleCatalog *catalog, int n)
{
	catalog->n_entries = n;
	catalog->entries = MemoryContextAllocExtended(catalog->context,
												  sizeof(GqleTableEntry) * Max(n, 1),
												  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	catalog->rows = MemoryContextAlloc(catalog->context, sizeof(GqleTableRow) * Max(n, 1));
}

/* Which relation does the name mean now? */
static void
find_relation(GqleTableEntry *entry)
{
	GqleTable  *table = &entry->table;

	table->relid = InvalidOid;
	table->relkind = '\0';
	if (entry->source->is_local)
		table->relid = gqle_pgcat_lookup_relid(table->schema, table->name);
	if (OidIsValid(table->relid))
		table->relkind = get_rel_relkind(table->relid);
}

static void
begin_state(GqleTableEntry *entry)
{
	entry->state = OidIsValid(entry->table.relid) ? GQLE_ENTRY_OK : GQLE_ENTRY_MISSING;
	entry->table.is_visible = entry->has_name && entry->state == GQLE_ENTRY_OK;
}

/* Fill in an entry from a row, but for its relation; the names belong to the roster. */
static void
name_entry(GqleRoster *roster, GqleTableEntry *entry, const GqleRows *rows,
		   const NamedRow *names)
{
	MemoryContext old = MemoryContextSwitchTo(roster->context);
	GqleTable  *table = &entry->table;
	int			row = names->row;

	entry->source = find_source(roster, names->source);
	entry->configuration = gqle_catalog_parse_json(gqle_rows_text(rows, row, ROW_CONFIGURATION));
	table->source = entry->source->name;
	table->customization = &entry->source->customization;
	table->schema = pstrdup(names->schema);
	table->name = pstrdup(names->name);
	table->is_enum = gqle_rows_bool(rows, row, ROW_IS_ENUM);
	table->apollo_federation = !gqle_rows_is_null(rows, row, ROW_FEDERATION);
	entry->has_name = gqle_tablenames_fill(table, entry->configuration);
	roster->n_named++;
	MemoryContextSwitchTo(old);
}

/* The same table in the next catalog, as it was before it was loaded. */
static void
copy_entry(GqleTableEntry *entry, const GqleTableEntry *from)
{
	memcpy(&entry->table, &from->table, offsetof(GqleTable, description));
	entry->table.is_loaded = false;
	entry->source = from->source;
	entry->configuration = from->configuration;
	entry->has_name = from->has_name;
	if (from->is_dirty)
		find_relation(entry);
	begin_state(entry);
}

static GqleTableRow
locate_row(const GqleRows *rows, int row, int entry)
{
	GqleTableRow result;
	bool		is_null;

	result.place = *(ItemPointer) DatumGetPointer(gqle_rows_datum(rows, row, ROW_PLACE, &is_null));
	result.xmin = DatumGetTransactionId(gqle_rows_datum(rows, row, ROW_XMIN, &is_null));
	result.entry = entry;
	return result;
}

/* What remains to be done once all entries are there. */
static void
index_entries(GqleCatalog *catalog)
{
	qsort(catalog->rows, catalog->n_entries, sizeof(GqleTableRow), compare_places);
	catalog->relids = MemoryContextAlloc(catalog->context,
										 sizeof(GqleRelidEntry) * Max(catalog->n_entries, 1));
	for (int i = 0; i < catalog->n_entries; i++)
	{
		GqleTableEntry *entry = &catalog->entries[i];

		if (OidIsValid(entry->table.relid))
		{
			catalog->relids[catalog->n_relids].relid = entry->table.relid;
			catalog->relids[catalog->n_relids].entry = entry;
			catalog->n_relids++;
		}
		else
			catalog->n_missing++;
	}
	qsort(catalog->relids, catalog->n_relids, sizeof(GqleRelidEntry), compare_relids);
}

/* ------------------------------------------------------------------------
 * All rows
 * ------------------------------------------------------------------------ */

static void
fill_from_all(GqleCatalog *catalog)
{
	GqleRows   *rows = gqle_spi_query(
		"SELECT " ROW_COLUMNS ", c.oid, c.relkind "
		"FROM gqle.tables AS t "
		"LEFT JOIN pg_namespace AS n ON n.nspname::text = t.schema_name COLLATE \"C\" "
		"LEFT JOIN pg_class AS c ON c.relnamespace = n.oid "
		"AND c.relname::text = t.table_name COLLATE \"C\" "
		"AND c.relkind IN ('r', 'p', 'v', 'm', 'f')", NULL);
	NamedRow   *ordered = order_rows(rows);

	make_entries(catalog, rows->n);
	for (int i = 0; i < rows->n; i++)
	{
		GqleTableEntry *entry = &catalog->entries[i];

		name_entry(catalog->roster, entry, rows, &ordered[i]);
		if (entry->source->is_local)
		{
			entry->table.relid = gqle_rows_oid(rows, ordered[i].row, ROW_RELID);
			entry->table.relkind = gqle_rows_char(rows, ordered[i].row, ROW_RELKIND);
		}
		begin_state(entry);
		catalog->rows[i] = locate_row(rows, ordered[i].row, i);
	}
	index_entries(catalog);
}

/* ------------------------------------------------------------------------
 * What has changed
 * ------------------------------------------------------------------------ */

/* gqle.tables compared with what base has of it. */
typedef struct Difference
{
	int			n_kept;
	GqleTableRow *kept;			/* by place; entry: base's */
	int			n_new;
	Datum		new_places[MAX_NEW_ROWS];
	bool		is_large;		/* there are more new rows than that */
} Difference;

static Difference *
compare_with(const GqleCatalog *base, Relation relation)
{
	Difference *difference = palloc0(sizeof(Difference));
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan_strat(relation, snapshot, 0, NULL, true, false);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	int			next = 0;		/* row of base */

	difference->kept = palloc(sizeof(GqleTableRow) * Max(base->n_entries, 1));
	while (!difference->is_large && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		is_null;
		TransactionId xmin = DatumGetTransactionId(
			slot_getsysattr(slot, MinTransactionIdAttributeNumber, &is_null));

		while (next < base->n_entries &&
			   ItemPointerCompare(&base->rows[next].place, &slot->tts_tid) < 0)
			next++;
		if (next < base->n_entries && base->rows[next].xmin == xmin &&
			ItemPointerEquals(&base->rows[next].place, &slot->tts_tid))
			difference->kept[difference->n_kept++] = base->rows[next];
		else if (difference->n_new == MAX_NEW_ROWS)
			difference->is_large = true;
		else
		{
			ItemPointer place = palloc(sizeof(ItemPointerData));

			*place = slot->tts_tid;
			difference->new_places[difference->n_new++] = PointerGetDatum(place);
		}
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	return difference;
}

static GqleRows *
read_new_rows(Difference *difference)
{
	static GqleSpiStatement statement = {
		"SELECT " ROW_COLUMNS " FROM gqle.tables AS t WHERE t.ctid = ANY ($1)", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	ArrayType  *places = construct_array(difference->new_places, difference->n_new, TIDOID,
										 sizeof(ItemPointerData), false, TYPALIGN_SHORT);

	gqle_spi_add(&args, TIDARRAYOID, PointerGetDatum(places), false);
	return gqle_spi_query_kept(&statement, &args);
}

/* Base's entries that are kept and the new ones, merged in the order of their names. */
static void
merge_entries(GqleCatalog *catalog, const GqleCatalog *base, Difference *difference,
			  const GqleRows *rows)
{
	NamedRow   *ordered = order_rows(rows);
	bool	   *is_kept = palloc0(sizeof(bool) * Max(base->n_entries, 1));
	int		   *moved = palloc(sizeof(int) * Max(base->n_entries, 1));
	int			n = 0;
	int			next = 0;

	make_entries(catalog, difference->n_kept + rows->n);
	for (int i = 0; i < difference->n_kept; i++)
		is_kept[difference->kept[i].entry] = true;
	for (int i = 0; i <= base->n_entries; i++)
	{
		const GqleTable *table = i < base->n_entries ? &base->entries[i].table : NULL;

		while (next < rows->n &&
			   (table == NULL ||
				gqle_catalog_compare_names(ordered[next].source, ordered[next].schema,
										   ordered[next].name, table->source,
										   table->schema, table->name) <= 0))
		{
			GqleTableEntry *entry = &catalog->entries[n];

			name_entry(catalog->roster, entry, rows, &ordered[next]);
			find_relation(entry);
			begin_state(entry);
			catalog->rows[difference->n_kept + next] = locate_row(rows, ordered[next].row, n);
			next++;
			n++;
		}
		if (table != NULL && is_kept[i])
		{
			copy_entry(&catalog->entries[n], &base->entries[i]);
			moved[i] = n++;
		}
	}
	for (int i = 0; i < difference->n_kept; i++)
	{
		catalog->rows[i] = difference->kept[i];
		catalog->rows[i].entry = moved[difference->kept[i].entry];
	}
	index_entries(catalog);
}

/* False if it is better, or necessary, to read everything. */
static bool
fill_from_base(GqleCatalog *catalog, const GqleCatalog *base, Relation relation)
{
	Difference *difference = compare_with(base, relation);
	GqleRows   *rows;

	if (difference->is_large)
		return false;
	rows = read_new_rows(difference);
	if (rows->n != difference->n_new)
		return false;			/* replaced by others since */
	use_roster(catalog, base->roster);
	merge_entries(catalog, base, difference, rows);
	return true;
}

void
gqle_roster_fill(GqleCatalog *catalog, const GqleCatalog *base)
{
	MemoryContext context = AllocSetContextCreate(catalog->context, "gqle metadata rows",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleRows   *sources = gqle_spi_query("SELECT name, kind, customization "
										 "FROM gqle.sources ORDER BY name", NULL);
	Relation	relation = table_open(gqle_metadata_table_relid("tables"), AccessShareLock);
	Oid			tables_file = relation->rd_rel->relfilenode;

	if (base == NULL || !is_usable(base->roster, catalog, base, tables_file, sources) ||
		!fill_from_base(catalog, base, relation))
	{
		begin_roster(catalog, tables_file, sources);
		fill_from_all(catalog);
	}
	/* keeps the lock: the file that rows lie in stays the same until then */
	table_close(relation, NoLock);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
