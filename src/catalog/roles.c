/*
 * roles.c
 *		GraphQL roles and inheritance among them.
 *
 * A role exists if a permission or an inherited role mentions it.  Inherited
 * roles that are their own ancestors are inconsistent and have no parents, so
 * walks along parents end.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/cache.h"
#include "gqle/catalog/linked.h"
#include "gqle/catalog/roles.h"

#define ADMIN_ROLE "admin"

/* All places of the metadata that mention a role, as rows of one column. */
#define MENTIONED_ROLES \
	"SELECT role FROM gqle.permissions " \
	"UNION SELECT role FROM gqle.logical_model_permissions " \
	"UNION SELECT p->>'role' FROM gqle.native_queries, " \
	"json_array_elements(definition->'returns'->'select_permissions') AS p " \
	"UNION SELECT role FROM gqle.function_permissions " \
	"UNION SELECT role FROM gqle.remote_schema_permissions " \
	"UNION SELECT role FROM gqle.action_permissions " \
	"UNION SELECT role_name FROM gqle.inherited_roles " \
	"UNION SELECT unnest(role_set) FROM gqle.inherited_roles"

/* Is $1 among them? */
#define IS_MENTIONED \
	"SELECT EXISTS (SELECT FROM gqle.permissions WHERE role = $1) " \
	"OR EXISTS (SELECT FROM gqle.inherited_roles WHERE role_name = $1 OR $1 = ANY (role_set)) " \
	"OR EXISTS (SELECT FROM gqle.logical_model_permissions WHERE role = $1) " \
	"OR EXISTS (SELECT FROM gqle.native_queries, " \
	"json_array_elements(definition->'returns'->'select_permissions') AS p " \
	"WHERE p->>'role' = $1) " \
	"OR EXISTS (SELECT FROM gqle.function_permissions WHERE role = $1) " \
	"OR EXISTS (SELECT FROM gqle.remote_schema_permissions WHERE role = $1) " \
	"OR EXISTS (SELECT FROM gqle.action_permissions WHERE role = $1)"

static bool is_mentioned_elsewhere(GqleCatalog *catalog, const char *role);

const GqleInheritedRole *
gqle_role_lookup(GqleCatalog *catalog, const char *role)
{
	for (int i = 0; i < catalog->n_inherited; i++)
	{
		if (strcmp(catalog->inherited[i].name, role) == 0)
			return &catalog->inherited[i];
	}
	return NULL;
}

/*
 * Can the walk along parents from one role come to another?  seen marks the
 * inherited roles already walked through.
 */
static bool
reaches(GqleCatalog *catalog, const char *from, const char *to, bool *seen)
{
	const GqleInheritedRole *role = gqle_role_lookup(catalog, from);

	check_stack_depth();
	if (role == NULL || seen[role - catalog->inherited])
		return false;
	seen[role - catalog->inherited] = true;
	for (int i = 0; i < role->n_parents; i++)
	{
		if (strcmp(role->parents[i], to) == 0 ||
			reaches(catalog, role->parents[i], to, seen))
			return true;
	}
	return false;
}

static void
read_parents(GqleInheritedRole *role, Datum value)
{
	Datum	   *items;
	bool	   *nulls;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &items, &nulls, &n);
	role->parents = palloc(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			role->parents[role->n_parents++] = TextDatumGetCString(items[i]);
	}
}

/* Record what is wrong with a role, and let it inherit nothing. */
static void
report_role(GqleCatalog *catalog, GqleInheritedRole *role, const char *reason)
{
	GqleJson   *definition = gqle_json_make_object();
	GqleJson   *set = gqle_json_make_array();

	for (int i = 0; i < role->n_parents; i++)
		gqle_json_array_add(set, gqle_json_make_string(role->parents[i]));
	gqle_json_object_set(definition, "role_name", gqle_json_make_string(role->name));
	gqle_json_object_set(definition, "role_set", set);
	gqle_problem_add(catalog, "inherited_role",
					 psprintf("inherited_role inherited role %s", role->name),
					 definition, "%s", reason);
	role->n_parents = 0;
}

/* Is there a permission or an inherited role that makes a role exist? */
static bool
is_role(GqleCatalog *catalog, const char *name)
{
	static GqleSpiStatement statement = {
		"SELECT 1 FROM gqle.inherited_roles WHERE role_name = $1 "
		"UNION ALL (SELECT 1 FROM gqle.permissions WHERE role = $1 LIMIT 1) "
		"UNION ALL (SELECT 1 FROM gqle.logical_model_permissions WHERE role = $1 LIMIT 1) "
		"UNION ALL (SELECT 1 FROM gqle.action_permissions WHERE role = $1 LIMIT 1) "
		"UNION ALL (SELECT 1 FROM gqle.remote_schema_permissions WHERE role = $1 LIMIT 1) "
		"LIMIT 1", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, name);
	return gqle_spi_query_kept(&statement, &args)->n > 0 || is_mentioned_elsewhere(catalog, name);
}

/*
 * What of a role's parents does not exist, or NULL.  A linked database is told of all
 * roles, and needn't know them.
 */
static const char *
find_missing_parents(GqleCatalog *catalog, const GqleInheritedRole *role)
{
	StringInfoData missing;

	if (gqle_guc_linked)
		return NULL;
	initStringInfo(&missing);
	for (int i = 0; i < role->n_parents; i++)
		if (!is_role(catalog, role->parents[i]))
			appendStringInfo(&missing, "%s%s", missing.len > 0 ? ", " : "",
							 role->parents[i]);
	return missing.len > 0 ? missing.data : NULL;
}

/* Record a role that inherits from itself or from roles that don't exist. */
static void
check_role(GqleCatalog *catalog, GqleInheritedRole *role)
{
	const char *missing = find_missing_parents(catalog, role);

	if (role->in_cycle)
		report_role(catalog, role,
					psprintf("found cycle(s) in roles: [\"%s\"]", role->name));
	else if (missing != NULL)
		report_role(catalog, role,
					psprintf("in inherited role %s: the following parent role(s) are not found: %s "
							 "which are required to construct the inherited role: \"%s\"",
							 role->name, missing, role->name));
}

/* The catalog's context is current. */
void
gqle_role_load(GqleCatalog *catalog)
{
	GqleRows   *rows = gqle_spi_query("SELECT role_name, role_set FROM gqle.inherited_roles "
									  "ORDER BY role_name", NULL);

	catalog->inherited = palloc0(sizeof(GqleInheritedRole) * Max(rows->n, 1));
	for (int i = 0; i < rows->n; i++)
	{
		GqleInheritedRole *role = &catalog->inherited[i];
		bool		is_null;
		Datum		parents = gqle_rows_datum(rows, i, 1, &is_null);

		role->name = gqle_rows_text(rows, i, 0);
		read_parents(role, parents);
	}
	catalog->n_inherited = rows->n;
	for (int i = 0; i < rows->n; i++)
	{
		bool	   *seen = palloc0(sizeof(bool) * rows->n);

		catalog->inherited[i].in_cycle = reaches(catalog, catalog->inherited[i].name,
												 catalog->inherited[i].name, seen);
		pfree(seen);
	}
	for (int i = 0; i < rows->n; i++)
		check_role(catalog, &catalog->inherited[i]);
}

int
gqle_role_parents(GqleCatalog *catalog, const char *role, const char ***parents)
{
	const GqleInheritedRole *inherited = gqle_role_lookup(catalog, role);

	*parents = inherited ? inherited->parents : NULL;
	return inherited ? inherited->n_parents : 0;
}

const char **
gqle_catalog_roles(GqleCatalog *catalog, int *n)
{
	GqleRows   *rows = gqle_spi_query("SELECT role FROM (" MENTIONED_ROLES ") AS r(role) "
									  "WHERE role <> '" ADMIN_ROLE "' ORDER BY role COLLATE \"C\"",
									  NULL);
	const char **roles = palloc(sizeof(char *) * Max(rows->n, 1));

	for (int i = 0; i < rows->n; i++)
		roles[i] = gqle_rows_text(rows, i, 0);
	*n = rows->n;
	return roles;
}

/* Do the metadata of a linked source mention a role? */
static bool
is_mentioned_elsewhere(GqleCatalog *catalog, const char *role)
{
	int			n;
	GqleLinkedSource *sources = gqle_catalog_linked(catalog, &n);

	for (int i = 0; i < n; i++)
	{
		char	  **answer = gqle_linked_query(&sources[i], IS_MENTIONED, 1, &role);

		if (answer != NULL && answer[0] != NULL && strcmp(answer[0], "t") == 0)
			return true;
	}
	return false;
}

/*
 * Roles that exist are remembered; those that don't are asked for again, so
 * that made-up names cannot fill memory.
 */
bool
gqle_catalog_has_role(GqleCatalog *catalog, const char *role)
{
	static GqleSpiStatement statement = {IS_MENTIONED, NULL};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	MemoryContext old;
	GqleRows   *rows;
	bool		exists;

	if (strcmp(role, ADMIN_ROLE) == 0)
		return true;
	if (catalog->roles != NULL && gqle_strhash_lookup(catalog->roles, role) != NULL)
		return true;
	gqle_spi_add_text(&args, role);
	rows = gqle_spi_query_kept(&statement, &args);
	exists = gqle_rows_bool(rows, 0, 0) || is_mentioned_elsewhere(catalog, role);
	if (exists)
	{
		char	   *name;

		old = MemoryContextSwitchTo(catalog->context);
		if (catalog->roles == NULL)
			catalog->roles = gqle_strhash_make(catalog->context, 16);
		name = pstrdup(role);
		gqle_strhash_add(catalog->roles, name, name);
		MemoryContextSwitchTo(old);
	}
	return exists;
}
