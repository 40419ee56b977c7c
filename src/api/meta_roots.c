/*
 * meta_roots.c
 *		Do the root fields of all objects have distinct names?
 *
 * compat: Hasura refuses a command that makes two objects define one root field
 * with status 500 and the names of both, where other mistakes make one object
 * inconsistent.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/base/spi.h"
#include "gqle/base/strhash.h"

/* One root field and who defines it. */
typedef struct RootOwner
{
	const char *name;
	GqleTable  *table;			/* or NULL */
	GqleTableRoot root;
	const char *label;			/* "action insert_user" */
} RootOwner;

/* A clash to report. */
typedef struct RootClash
{
	const char *name;
	const char *first;
	const char *second;
} RootClash;

typedef struct RootScan
{
	GqleCatalog *catalog;
	GqleStrHash *seen;			/* name -> RootOwner */
	List	   *clashes;		/* of RootClash */
} RootScan;

/* The three root types, in the order in which Hasura looks at them. */
typedef enum RootType
{
	ROOT_MUTATION,
	ROOT_SUBSCRIPTION,
	ROOT_QUERY
} RootType;

static List *find_clashes(GqleMetaRequest *request, RootType type);
static void add_tables(RootScan *scan, RootType type);
static void add_functions(RootScan *scan, RootType type);
static void add_natives(RootScan *scan, RootType type);
static void add_actions(RootScan *scan, RootType type);
static void add_root(RootScan *scan, const char *name, GqleTable *table,
					 GqleTableRoot root, const char *label);
static bool is_real(RootScan *scan, const RootOwner *owner);

/* gqle_meta_check_roots refuses a change after which root fields or types clash. */
bool
gqle_meta_check_roots(GqleMetaCall *call)
{
	static const char *const type_names[] = {"mutation_root", "subscription_root",
	"query_root"};
	int			type;

	if (call->request->defers_checks)
		return true;
	for (type = ROOT_MUTATION; type <= ROOT_QUERY; type++)
	{
		List	   *clashes = find_clashes(call->request, type);
		StringInfoData list;
		ListCell   *cell;

		if (clashes == NIL)
			continue;
		initStringInfo(&list);
		foreach(cell, clashes)
		{
			const RootClash *clash = lfirst(cell);
			bool		in_order = strcmp(clash->first, clash->second) <= 0;

			appendStringInfo(&list, "%s'%s' defined in [%s, %s]",
							 list_length(clashes) == 1 ? "" :
							 list.len > 0 ? ",\n  " : "\n  ", clash->name,
							 in_order ? clash->first : clash->second,
							 in_order ? clash->second : clash->first);
		}
		return gqle_meta_fail_status(call, 500, GQLE_ERR_UNEXPECTED,
									 list_length(clashes) == 1 ?
									 "Encountered conflicting definitions in the selection set for '%s' for field %s. Fields must not be defined more than once across all sources." :
									 "Encountered conflicting definitions in the selection set for '%s' for fields: [%s\n]. Fields must not be defined more than once across all sources.",
									 type_names[type], list.data);
	}
	gqle_meta_check_types(call, NULL);
	return true;
}

/*
 * gqle_meta_check_roots_of does so after a table was added: its names are
 * compared with those of all others, without looking at each in full.
 */
bool
gqle_meta_check_roots_of(GqleMetaCall *call, GqleTable *table)
{
	GqleTable **tables;
	const char *mine[GQLE_N_TABLE_ROOTS];
	int			n;
	int			n_mine = 0;
	int			i;
	int			j;
	int			k;

	if (gqle_meta_store_exists("actions", "") || gqle_meta_store_exists("functions", "") ||
		gqle_meta_store_exists("native_queries", ""))
		return gqle_meta_check_roots(call);
	for (i = 0; i < GQLE_N_TABLE_ROOTS; i++)
		if (table->roots[i].name != NULL)
			mine[n_mine++] = table->roots[i].name;
	tables = gqle_catalog_tables(call->request->catalog, &n);
	for (i = 0; i < n; i++)
	{
		if (tables[i] == table)
			continue;
		for (j = 0; j < GQLE_N_TABLE_ROOTS; j++)
			for (k = 0; tables[i]->roots[j].name != NULL && k < n_mine; k++)
				if (strcmp(tables[i]->roots[j].name, mine[k]) == 0)
					return gqle_meta_check_roots(call);
	}
	gqle_meta_check_types(call, table);
	return true;
}

/* find_clashes returns the clashes in one root type. */
static List *
find_clashes(GqleMetaRequest *request, RootType type)
{
	RootScan	scan = {gqle_meta_catalog(request), NULL, NIL};

	scan.seen = gqle_strhash_make(CurrentMemoryContext, 256);
	add_actions(&scan, type);
	add_functions(&scan, type);
	add_natives(&scan, type);
	add_tables(&scan, type);
	return scan.clashes;
}

/* add_tables adds the root fields of tables, last ones first. */
static void
add_tables(RootScan *scan, RootType type)
{
	GqleTable **tables;
	int			n;
	int			i;
	int			root;

	tables = gqle_catalog_tables(scan->catalog, &n);
	for (i = 0; i < n; i++)
	{
		const char *label = NULL;

		for (root = GQLE_N_TABLE_ROOTS - 1; root >= 0; root--)
		{
			bool		is_mutation = root >= GQLE_ROOT_INSERT;

			if (is_mutation != (type == ROOT_MUTATION) ||
				(root == GQLE_ROOT_SELECT_STREAM && type != ROOT_SUBSCRIPTION))
				continue;
			if (label == NULL)
			{
				GqleMetaName name = {tables[i]->source, tables[i]->schema,
				tables[i]->name};

				label = psprintf("table %s in source %s", gqle_meta_display(&name),
								 name.source);
			}
			add_root(scan, tables[i]->roots[root].name, tables[i], root, label);
		}
	}
}

/* add_functions adds the root fields of tracked functions. */
static void
add_functions(RootScan *scan, RootType type)
{
	const char *source = gqle_meta_local_source();
	const GqleRootFunction **functions;
	int			n;
	int			i;

	functions = gqle_catalog_functions(scan->catalog, &n);
	for (i = 0; i < n; i++)
	{
		GqleMetaName name = {source, functions[i]->function->schema,
		functions[i]->function->name};
		const char *label;

		if (functions[i]->is_mutation != (type == ROOT_MUTATION))
			continue;
		label = psprintf("function %s in source %s", gqle_meta_display(&name), source);
		add_root(scan, functions[i]->root_name, NULL, 0, label);
		if (!functions[i]->is_mutation && functions[i]->aggregate_name != NULL)
			add_root(scan, functions[i]->aggregate_name, NULL, 0, label);
	}
}

/* add_natives adds the root fields of native queries. */
static void
add_natives(RootScan *scan, RootType type)
{
	GqleTable **tables;
	int			n;
	int			i;

	if (type == ROOT_MUTATION)
		return;
	tables = gqle_catalog_natives(scan->catalog, &n);
	for (i = 0; i < n; i++)
		add_root(scan, tables[i]->name, NULL, 0,
				 psprintf("native_query %s in source %s", tables[i]->name,
						  tables[i]->source));
}

/* add_actions adds the root fields of actions. */
static void
add_actions(RootScan *scan, RootType type)
{
	GqleRows   *rows = gqle_spi_query("SELECT name, definition->>'type', definition->>'kind' "
									  "FROM gqle.actions", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		const char *name = gqle_rows_text(rows, i, 0);
		const char *action_type = gqle_rows_text(rows, i, 1);
		const char *kind = gqle_rows_text(rows, i, 2);
		bool		is_mutation = action_type == NULL || strcmp(action_type, "query") != 0;
		bool		is_async = kind != NULL && strcmp(kind, "asynchronous") == 0;

		if ((type == ROOT_MUTATION && is_mutation) ||
			(type == ROOT_QUERY && (!is_mutation || is_async)) ||
			(type == ROOT_SUBSCRIPTION && is_mutation && is_async))
			add_root(scan, name, NULL, 0, psprintf("action %s", name));
	}
}

/* add_root adds one root field and notes a clash with an earlier one. */
static void
add_root(RootScan *scan, const char *name, GqleTable *table, GqleTableRoot root,
		 const char *label)
{
	RootOwner  *owner;
	RootOwner  *other;
	RootClash  *clash;

	if (name == NULL)
		return;
	owner = palloc(sizeof(RootOwner));
	owner->name = name;
	owner->table = table;
	owner->root = root;
	owner->label = label;
	other = gqle_strhash_lookup(scan->seen, name);
	if (other == NULL || !is_real(scan, other))
	{
		gqle_strhash_set(scan->seen, name, owner);
		return;
	}
	if (!is_real(scan, owner))
		return;
	clash = palloc(sizeof(RootClash));
	clash->name = name;
	clash->first = other->label;
	clash->second = label;
	scan->clashes = lappend(scan->clashes, clash);
}

/* is_real tells whether a table really has the root field. */
static bool
is_real(RootScan *scan, const RootOwner *owner)
{
	GqleTable  *table = owner->table;

	if (table == NULL)
		return true;
	gqle_catalog_load_table(scan->catalog, table);
	switch (owner->root)
	{
		case GQLE_ROOT_SELECT:
		case GQLE_ROOT_SELECT_AGGREGATE:
		case GQLE_ROOT_SELECT_STREAM:
			return true;
		case GQLE_ROOT_SELECT_BY_PK:
			return table->primary_key != NULL;
		case GQLE_ROOT_INSERT:
		case GQLE_ROOT_INSERT_ONE:
			return table->is_insertable;
		case GQLE_ROOT_UPDATE:
		case GQLE_ROOT_UPDATE_MANY:
			return table->is_updatable;
		case GQLE_ROOT_UPDATE_BY_PK:
			return table->is_updatable && table->primary_key != NULL;
		case GQLE_ROOT_DELETE:
			return table->is_deletable;
		case GQLE_ROOT_DELETE_BY_PK:
			return table->is_deletable && table->primary_key != NULL;
	}
	pg_unreachable();
}
