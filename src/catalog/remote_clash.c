/*
 * remote_clash.c
 *		Names of a remote schema that something else has already.
 *
 * Root fields must have names of their own.  Types may share a name if they are told
 * in the same words.
 */
#include "postgres.h"

#include "gqle/catalog/cache.h"
#include "gqle/catalog/remote_parts.h"

/* The remote schemas that came before. */
typedef struct Served
{
	int			n;
	const GqleRemoteSchema **schemas;
	GqleStrHash *actions;		/* names of actions; "mutation" or "query" */
} Served;

#define QUERY_ROOTS \
	(1U << GQLE_ROOT_SELECT | 1U << GQLE_ROOT_SELECT_BY_PK | 1U << GQLE_ROOT_SELECT_AGGREGATE)
#define MUTATION_ROOTS \
	(((1U << GQLE_N_TABLE_ROOTS) - 1) & ~(QUERY_ROOTS | 1U << GQLE_ROOT_SELECT_STREAM))

/* Is a root field of that name made from something in the database? */
static bool
is_local_field(GqleCatalog *catalog, const char *name, bool is_mutation)
{
	const char *namespace = gqle_catalog_customization(catalog)->root_namespace;
	const GqleRootFunction **functions;
	int			n;

	if (namespace != NULL)
		return strcmp(namespace, name) == 0;
	if (gqle_catalog_has_root(catalog, name, is_mutation ? MUTATION_ROOTS : QUERY_ROOTS))
		return true;
	functions = gqle_catalog_functions(catalog, &n);
	for (int i = 0; i < n; i++)
		if (functions[i]->is_mutation == is_mutation &&
			(strcmp(functions[i]->root_name, name) == 0 ||
			 strcmp(functions[i]->aggregate_name, name) == 0))
			return true;
	return !is_mutation && gqle_native_lookup_entry(catalog, name) != NULL;
}

/* The names of all actions: those that are inconsistent may not remain so. */
static GqleStrHash *
load_actions(void)
{
	static GqleSpiStatement statement = {
		"SELECT name, COALESCE(definition->>'type', 'mutation') FROM gqle.actions", NULL
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	GqleStrHash *names = gqle_strhash_make(CurrentMemoryContext, Max(rows->n, 1));

	for (int i = 0; i < rows->n; i++)
		gqle_strhash_set(names, gqle_rows_text(rows, i, 0), gqle_rows_text(rows, i, 1));
	return names;
}

static bool
is_action(const Served *served, const char *name, bool is_mutation)
{
	const char *type = gqle_strhash_lookup(served->actions, name);

	return type != NULL && is_mutation == (strcmp(type, "mutation") == 0);
}

static const GqleRemoteType *
root_of(const GqleRemoteGraph *graph, bool is_mutation)
{
	return is_mutation ? graph->mutation : graph->query;
}

/* Has a graph that root field? */
static bool
has_root_field(const GqleRemoteGraph *graph, const char *name, bool is_mutation)
{
	const GqleRemoteType *root = root_of(graph, is_mutation);

	if (root == NULL)
		return false;
	if (graph->namespace != NULL)
		return strcmp(graph->namespace, name) == 0;
	for (int i = 0; i < root->n_fields; i++)
		if (strcmp(root->fields[i].public_name, name) == 0)
			return true;
	return false;
}

/* See remote.h. */
bool
gqle_remote_has_query(const GqleRemoteGraph *graph, const char *name)
{
	return has_root_field(graph, name, false);
}

static const char *
find_field_clash(GqleCatalog *catalog, const Served *served, const char *name,
				 bool is_mutation)
{
	for (int i = 0; i < served->n; i++)
		if (has_root_field(served->schemas[i]->graph, name, is_mutation))
			return psprintf("Duplicate remote field '%s'", name);
	if (is_local_field(catalog, name, is_mutation) ||
		is_action(served, name, is_mutation))
		return psprintf("Field cannot be overwritten by remote field '%s'", name);
	return NULL;
}

static const char *
find_root_clash(GqleCatalog *catalog, const Served *served,
				const GqleRemoteGraph *graph, bool is_mutation)
{
	const GqleRemoteType *root = root_of(graph, is_mutation);
	const char *reason = NULL;

	if (root == NULL)
		return NULL;
	if (graph->namespace != NULL)
		return find_field_clash(catalog, served, graph->namespace, is_mutation);
	for (int i = 0; reason == NULL && i < root->n_fields; i++)
		reason = find_field_clash(catalog, served, root->fields[i].public_name, is_mutation);
	return reason;
}

static bool
same_public_ref(GqleRemoteRef a, GqleRemoteRef b)
{
	return a.wraps == b.wraps && a.type != NULL && b.type != NULL &&
		strcmp(a.type->public_name, b.type->public_name) == 0;
}

static bool
same_inputs(const GqleRemoteInput *a, int n_a, const GqleRemoteInput *b, int n_b)
{
	if (n_a != n_b)
		return false;
	for (int i = 0; i < n_a; i++)
		if (strcmp(a[i].name, b[i].name) != 0 || !same_public_ref(a[i].ref, b[i].ref) ||
			(a[i].default_text == NULL) != (b[i].default_text == NULL) ||
			(a[i].default_text != NULL && strcmp(a[i].default_text, b[i].default_text) != 0))
			return false;
	return true;
}

static bool
same_fields(const GqleRemoteType *a, const GqleRemoteType *b)
{
	if (a->n_fields != b->n_fields)
		return false;
	for (int i = 0; i < a->n_fields; i++)
		if (strcmp(a->fields[i].public_name, b->fields[i].public_name) != 0 ||
			!same_public_ref(a->fields[i].ref, b->fields[i].ref) ||
			!same_inputs(a->fields[i].args, a->fields[i].n_args, b->fields[i].args,
						 b->fields[i].n_args))
			return false;
	return true;
}

/* Are two types of one name told in the same words? */
static bool
same_type(const GqleRemoteType *a, const GqleRemoteType *b)
{
	if (a->kind != b->kind || !same_fields(a, b) ||
		!same_inputs(a->inputs, a->n_inputs, b->inputs, b->n_inputs) ||
		a->n_values != b->n_values || a->n_possible != b->n_possible)
		return false;
	for (int i = 0; i < a->n_values; i++)
		if (strcmp(a->values[i].name, b->values[i].name) != 0)
			return false;
	return true;
}

/*
 * Is a table's type told in the same words as a remote one?  That takes a table of
 * plain columns only.
 */
static bool
is_like_table(const GqleRemoteType *type, const GqleTable *table)
{
	if (type->kind != GQLE_REMOTE_OBJECT_TYPE || type->n_interfaces > 0 ||
		type->n_fields != table->n_columns ||
		table->n_relationships + table->n_computed_fields > 0)
		return false;
	for (int i = 0; i < type->n_fields; i++)
	{
		const GqleRemoteField *field = &type->fields[i];
		const GqleColumn *column = gqle_table_lookup_graphql_column(table, field->public_name);

		if (column == NULL || field->n_args > 0 || field->ref.type == NULL ||
			column->enum_table != NULL || column->scalar->is_json ||
			gqle_scalar_is_list(column->scalar) ||
			strcmp(column->scalar->name, field->ref.type->public_name) != 0 ||
			field->ref.wraps != (column->not_null ? GQLE_REMOTE_NON_NULL : 0))
			return false;
	}
	return true;
}

/* Can a client get to see a type?  (The mark is that of remote_check.c.) */
static bool
is_shown(const GqleRemoteType *type)
{
	return type->mark != 0 && type->kind != GQLE_REMOTE_SCALAR &&
		strncmp(type->name, "__", 2) != 0;
}

/* Is a type in the way of one that is not remote? */
static bool
clashes_locally(GqleCatalog *catalog, const GqleRemoteType *type)
{
	return (gqle_catalog_has_type(catalog, type->public_name) &&
			!is_like_table(type, gqle_catalog_lookup_type(catalog, type->public_name))) ||
		strcmp(type->public_name, "query_root") == 0 ||
		strcmp(type->public_name, "mutation_root") == 0 ||
		strcmp(type->public_name, "subscription_root") == 0;
}

/* Is a type in the way of one of another remote schema? */
static bool
clashes_with_remote(const Served *served, const GqleRemoteType *type)
{
	for (int i = 0; i < served->n; i++)
	{
		const GqleRemoteType *other;

		other = gqle_remote_lookup_public(served->schemas[i]->graph, type->public_name);
		if (other != NULL && is_shown(other) && !same_type(type, other))
			return true;
	}
	return false;
}

static const char *
find_type_clash(GqleCatalog *catalog, const Served *served,
				const GqleRemoteGraph *graph, bool *is_among_remotes)
{
	for (int i = 0; i < graph->n_types; i++)
	{
		const GqleRemoteType *type = graph->types[i];
		bool		is_local;

		if (!is_shown(type))
			continue;
		is_local = clashes_locally(catalog, type);
		*is_among_remotes = !is_local && clashes_with_remote(served, type);
		if (is_local || *is_among_remotes)
			return psprintf("Found conflicting definitions for GraphQL type '%s'.",
							type->public_name);
	}
	return NULL;
}

/* See remote_parts.h. */
const char *
gqle_remote_find_clash(GqleCatalog *catalog, const GqleRemoteSchema **schemas, int n,
					   const GqleRemoteGraph *graph, bool *is_among_remotes)
{
	Served		served = {n, schemas, load_actions()};
	const char *reason = find_root_clash(catalog, &served, graph, false);

	if (reason == NULL)
		reason = find_root_clash(catalog, &served, graph, true);
	if (reason == NULL)
		reason = find_type_clash(catalog, &served, graph, is_among_remotes);
	return reason;
}
