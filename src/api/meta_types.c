/*
 * meta_types.c
 *		Do the types that all objects define in GraphQL have distinct names?
 *
 * compat: Hasura refuses a command after which two definitions of one type
 * differ, with status 500 and the name of the type.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/api/meta.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/action.h"
#include "gqle/schema/build.h"

/* What stands for a type, as if it were a table's. */
static GqleTable *
make_owner(const char *name)
{
	GqleTable *owner = palloc0(sizeof(GqleTable));

	owner->type_name = owner->base_name = owner->display = name;
	return owner;
}

/*
 * Visible tables, native queries, custom types and asynchronous actions: whatever
 * has types of its own.
 */
static GqleTable **
collect_owners(GqleCatalog *catalog, int *n)
{
	const GqleCustomTypes *types = gqle_catalog_custom_types(catalog);
	const GqleAction **actions;
	int n_types = types != NULL ? types->n : 0;
	int n_actions;
	GqleTable **tables;
	GqleTable **natives;
	GqleTable **owners;
	int n_tables;
	int n_natives;
	int i;

	tables = gqle_catalog_tables(catalog, &n_tables);
	natives = gqle_catalog_natives(catalog, &n_natives);
	actions = gqle_catalog_actions(catalog, &n_actions);
	owners = palloc(Max(n_tables + n_natives + n_types + n_actions, 1) *
					sizeof(GqleTable *));
	*n = 0;
	for (i = 0; i < n_tables; i++)
	{
		if (tables[i]->is_visible)
			owners[(*n)++] = tables[i];
	}
	for (i = 0; i < n_natives; i++)
		owners[(*n)++] = natives[i];
	for (i = 0; i < n_types; i++)
		owners[(*n)++] = make_owner(types->types[i]->name);
	for (i = 0; i < n_actions; i++)
	{
		if (actions[i]->is_async)
			owners[(*n)++] = make_owner(actions[i]->name);
	}
	return owners;
}

/*
 * Is there a Postgres type called like the GraphQL type of one of these?  The
 * type of a relation's rows is none: as a scalar it has another name.
 */
static bool
has_scalar(GqleTable **owners, int n)
{
	static GqleSpiStatement statement = {
		"SELECT FROM pg_catalog.unnest($1) AS w (name) "
		"JOIN pg_catalog.pg_type AS t ON t.typname OPERATOR(pg_catalog.=) w.name::pg_catalog.name "
		"AND t.typtype OPERATOR(pg_catalog.<>) 'c' LIMIT 1",
		NULL};
	const char **names = palloc(Max(n, 1) * sizeof(char *));
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	int i;

	for (i = 0; i < n; i++)
		names[i] = owners[i]->type_name;
	gqle_spi_add_text_array(&args, names, n);
	return gqle_spi_query_kept(&statement, &args)->n > 0;
}

/*
 * gqle_meta_check_types raises an error if two types clash; with a table only if
 * scalars are called like it, or it like types of others, or others like its own.
 */
void
gqle_meta_check_types(GqleMetaCall *call, GqleTable *table)
{
	GqleCatalog *catalog = gqle_meta_catalog(call->request);
	GqleTable **owners;
	MemoryContext context;
	int n;
	int n_types;

	owners = collect_owners(catalog, &n);
	if (!gqle_schema_may_clash(owners, n) &&
		!(table != NULL ? has_scalar(&table, 1) : has_scalar(owners, n)))
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "gqle types",
									ALLOCSET_DEFAULT_SIZES);
	gqle_schema_complete(gqle_schema_make_scratch(
							 gqle_schema_get(catalog, "admin", true), context),
						 &n_types);
	MemoryContextDelete(context);
}
