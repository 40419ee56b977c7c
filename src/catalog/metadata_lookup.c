/*
 * metadata_lookup.c
 *		Finding what a catalog has: tables, root fields, types, and their parts.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/strhash.h"
#include "gqle/catalog/cache.h"

#define MAX_ROOT_SCANS	16		/* lookups of root fields without a hash */

/* A root field name's meaning; several tables may want one name. */
typedef struct RootEntry
{
	GqleTable  *table;
	GqleTableRoot root;
	struct RootEntry *next;
} RootEntry;

static const GqleCustomization no_customization;

uint64
gqle_catalog_generation(const GqleCatalog *catalog)
{
	return catalog->generation;
}

MemoryContext
gqle_catalog_context(const GqleCatalog *catalog)
{
	return catalog->context;
}

int64
gqle_catalog_resource_version(const GqleCatalog *catalog)
{
	return catalog->resource_version;
}

const GqleCustomization *
gqle_catalog_customization(GqleCatalog *catalog)
{
	return catalog->local ? &catalog->local->customization : &no_customization;
}

GqleTable **
gqle_catalog_tables(GqleCatalog *catalog, int *n)
{
	*n = catalog->n_tables;
	return catalog->tables;
}

int
gqle_catalog_compare_names(const char *source, const char *schema, const char *name,
						   const char *other_source, const char *other_schema,
						   const char *other_name)
{
	int			result = strcmp(source, other_source);

	if (result == 0)
		result = strcmp(schema, other_schema);
	if (result == 0)
		result = strcmp(name, other_name);
	return result;
}

GqleTableEntry *
gqle_catalog_lookup_entry(GqleCatalog *catalog, const char *schema, const char *name)
{
	int			low = 0;
	int			high = catalog->n_entries - 1;

	if (catalog->local == NULL)
		return NULL;
	while (low <= high)
	{
		int			middle = (low + high) / 2;
		GqleTableEntry *entry = &catalog->entries[middle];
		int			order = gqle_catalog_compare_names(catalog->local->name, schema, name,
													   entry->table.source,
													   entry->table.schema,
													   entry->table.name);

		if (order == 0)
			return entry;
		if (order > 0)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return NULL;
}

GqleTableEntry *
gqle_catalog_lookup_entry_relid(const GqleCatalog *catalog, Oid relid)
{
	int			low = 0;
	int			high = catalog->n_relids - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;

		if (catalog->relids[middle].relid == relid)
			return catalog->relids[middle].entry;
		if (catalog->relids[middle].relid < relid)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return NULL;
}

/* A loaded table, if the entry is consistent. */
static GqleTable *
load_entry_table(GqleCatalog *catalog, GqleTableEntry *entry)
{
	if (entry == NULL || entry->state != GQLE_ENTRY_OK)
		return NULL;
	gqle_catalog_load_table(catalog, &entry->table);
	return &entry->table;
}

GqleTable *
gqle_catalog_lookup_table(GqleCatalog *catalog, const char *schema, const char *name)
{
	return load_entry_table(catalog, gqle_catalog_lookup_entry(catalog, schema, name));
}

GqleTable *
gqle_catalog_lookup_relid(GqleCatalog *catalog, Oid relid)
{
	return load_entry_table(catalog, gqle_catalog_lookup_entry_relid(catalog, relid));
}

/* Make the hash of all root names; the first table of a name comes first. */
static GqleStrHash *
make_roots(GqleCatalog *catalog)
{
	GqleStrHash *roots = gqle_strhash_make(catalog->context,
										   catalog->n_tables * GQLE_N_TABLE_ROOTS);
	RootEntry  *entries = MemoryContextAllocExtended(catalog->context,
													 sizeof(RootEntry) * GQLE_N_TABLE_ROOTS *
													 Max(catalog->n_tables, 1),
													 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = catalog->n_tables - 1; i >= 0; i--)
	{
		GqleTable  *table = catalog->tables[i];

		for (int root = 0; table->is_visible && root < GQLE_N_TABLE_ROOTS; root++)
		{
			const char *name = table->roots[root].name;
			RootEntry  *entry = entries++;

			entry->table = table;
			entry->root = root;
			entry->next = gqle_strhash_lookup(roots, name);
			gqle_strhash_set(roots, name, entry);
		}
	}
	return roots;
}

bool
gqle_catalog_has_root(GqleCatalog *catalog, const char *name, uint32 roots)
{
	RootEntry  *entry;

	if (catalog->roots == NULL)
		catalog->roots = make_roots(catalog);
	for (entry = gqle_strhash_lookup(catalog->roots, name); entry; entry = entry->next)
	{
		if (roots & ((uint32) 1 << entry->root))
			return true;
	}
	return false;
}

/* The same as looking into the hash, without having it. */
static GqleTable *
scan_roots(GqleCatalog *catalog, const char *name, uint32 roots, GqleTableRoot *root)
{
	for (int i = 0; i < catalog->n_tables; i++)
	{
		GqleTable  *table = catalog->tables[i];

		for (int k = GQLE_N_TABLE_ROOTS - 1; table->is_visible && k >= 0; k--)
		{
			if ((roots & ((uint32) 1 << k)) && strcmp(table->roots[k].name, name) == 0)
			{
				*root = k;
				return table;
			}
		}
	}
	return NULL;
}

/*
 * The hash is only made for those who ask often: until then all names are looked
 * through, so that the first request after a change doesn't pay for thousands.
 */
bool
gqle_catalog_lookup_root(GqleCatalog *catalog, const char *name, uint32 roots,
						 GqleTable **table, GqleTableRoot *root)
{
	RootEntry  *entry;

	if (catalog->roots == NULL && catalog->n_root_scans++ < MAX_ROOT_SCANS)
	{
		*table = scan_roots(catalog, name, roots, root);
		if (*table != NULL)
			gqle_catalog_load_table(catalog, *table);
		return *table != NULL;
	}
	if (catalog->roots == NULL)
		catalog->roots = make_roots(catalog);
	for (entry = gqle_strhash_lookup(catalog->roots, name); entry; entry = entry->next)
	{
		if (roots & ((uint32) 1 << entry->root))
		{
			gqle_catalog_load_table(catalog, entry->table);
			*table = entry->table;
			*root = entry->root;
			return true;
		}
	}
	return false;
}

/* The table with this GraphQL object type name, not loaded, or NULL. */
static GqleTable *
find_type(GqleCatalog *catalog, const char *type_name)
{
	if (catalog->types == NULL)
	{
		GqleStrHash *types = gqle_strhash_make(catalog->context, catalog->n_tables);

		for (int i = 0; i < catalog->n_tables; i++)
		{
			if (catalog->tables[i]->is_visible)
				gqle_strhash_add(types, catalog->tables[i]->type_name, catalog->tables[i]);
		}
		catalog->types = types;
	}
	return gqle_strhash_lookup(catalog->types, type_name);
}

bool
gqle_catalog_has_type(GqleCatalog *catalog, const char *type_name)
{
	return find_type(catalog, type_name) != NULL;
}

GqleTable *
gqle_catalog_lookup_type(GqleCatalog *catalog, const char *type_name)
{
	GqleTable  *table = find_type(catalog, type_name);

	if (table != NULL)
		gqle_catalog_load_table(catalog, table);
	return table;
}

const GqleColumn *
gqle_table_lookup_column(const GqleTable *table, const char *name)
{
	for (int i = 0; i < table->n_columns; i++)
	{
		if (strcmp(table->columns[i]->name, name) == 0)
			return table->columns[i];
	}
	return NULL;
}

const GqleColumn *
gqle_table_lookup_graphql_column(const GqleTable *table, const char *graphql_name)
{
	for (int i = 0; i < table->n_columns; i++)
	{
		if (strcmp(table->columns[i]->graphql_name, graphql_name) == 0)
			return table->columns[i];
	}
	return NULL;
}

const GqleRelationship *
gqle_table_lookup_relationship(const GqleTable *table, const char *name)
{
	for (int i = 0; i < table->n_relationships; i++)
	{
		if (strcmp(table->relationships[i]->name, name) == 0)
			return table->relationships[i];
	}
	return NULL;
}

const GqleComputedField *
gqle_table_lookup_computed_field(const GqleTable *table, const char *name)
{
	for (int i = 0; i < table->n_computed_fields; i++)
	{
		if (strcmp(table->computed_fields[i]->name, name) == 0)
			return table->computed_fields[i];
	}
	return NULL;
}
