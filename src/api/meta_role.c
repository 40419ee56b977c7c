/*
 * meta_role.c
 *		Commands on inherited roles (reference §13).
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_link.h"
#include "gqle/base/spi.h"
#include "gqle/base/strhash.h"

static bool run_add(GqleMetaCall *call, const GqleJson *args);
static bool run_drop(GqleMetaCall *call, const GqleJson *args);

static const GqleMetaField add_fields[] = {
	{"role_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"role_set", GQLE_META_NAME, GQLE_META_REQUIRED | GQLE_META_LIST},
	{NULL}
};
static const GqleMetaShape add_shape = {"Role", add_fields};

static const GqleMetaField drop_fields[] = {
	{"role_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape drop_shape = {"DropInheritedRole", drop_fields};

const GqleMetaCommand gqle_meta_role_commands[] = {
	{"add_inherited_role", GQLE_META_ENGINE, &add_shape, run_add},
	{"drop_inherited_role", GQLE_META_ENGINE, &drop_shape, run_drop},
	{NULL}
};

/* A role while a cycle is looked for. */
typedef struct RoleNode
{
	const char *name;
	GqleJson   *parents;
	bool		is_done;		/* leads into no cycle */
	bool		is_on_way;
	struct RoleNode *next;		/* on the way */
} RoleNode;

/* walk follows the parents of a role; returns where a cycle closes, or NULL. */
static RoleNode *
walk(GqleStrHash *nodes, RoleNode *node)
{
	int			i;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (node->is_done)
		return NULL;
	if (node->is_on_way)
		return node;
	node->is_on_way = true;
	for (i = 0; i < node->parents->n; i++)
	{
		RoleNode   *closing;

		node->next = gqle_strhash_lookup(nodes, node->parents->items[i]->text);
		closing = node->next != NULL ? walk(nodes, node->next) : NULL;
		if (closing != NULL)
			return closing;
	}
	node->is_on_way = false;
	node->is_done = true;
	return NULL;
}

/* print_cycle prints the names on a cycle, the first again at the end. */
static const char *
print_cycle(const RoleNode *start)
{
	GqleJson   *names = gqle_json_make_array();
	const RoleNode *node = start;

	do
	{
		gqle_json_array_add(names, gqle_json_make_string(node->name));
		node = node->next;
	} while (node != start);
	gqle_json_array_add(names, gqle_json_make_string(start->name));
	return gqle_json_to_text(names);
}

/* gqle_meta_check_role_cycles refuses inherited roles that inherit from themselves. */
bool
gqle_meta_check_role_cycles(GqleMetaCall *call)
{
	GqleRows   *rows = gqle_spi_query("SELECT role_name, to_json(role_set)::text "
									  "FROM gqle.inherited_roles ORDER BY role_name", NULL);
	GqleStrHash *nodes = gqle_strhash_make(CurrentMemoryContext, rows->n);
	RoleNode   *all = palloc0(sizeof(RoleNode) * (rows->n + 1));
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		all[i].name = gqle_rows_text(rows, i, 0);
		all[i].parents = gqle_meta_parse_stored(gqle_rows_text(rows, i, 1));
		gqle_strhash_set(nodes, all[i].name, &all[i]);
	}
	for (i = 0; i < rows->n; i++)
	{
		const RoleNode *closing = walk(nodes, &all[i]);

		if (closing != NULL)
			return gqle_meta_fail(call, GQLE_ERR_CYCLIC_DEPENDENCY,
								  "found cycle(s) in roles: %s", print_cycle(closing));
	}
	return true;
}

/* check refuses an inherited role that came out inconsistent. */
static bool
check(GqleMetaCall *call, const char *name)
{
	return gqle_meta_check_target(call, "inherited_role",
								  psprintf("inherited_role inherited role %s", name));
}

/* run_add adds an inherited role or replaces its set of parents. */
static bool
run_add(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "role_name");
	const GqleJson *parents = gqle_json_lookup(args, "role_set");
	GqleJson   *row = gqle_json_make_object();
	int			i;

	for (i = 0; i < parents->n; i++)
		if (strcmp(parents->items[i]->text, name) == 0)
			return gqle_meta_fail(call, GQLE_ERR_INVALID_PARAMS,
								  "an inherited role name cannot be in the role combination");
	gqle_meta_row_set_text(row, "role_name", name);
	gqle_json_object_set(row, "role_set", unconstify(GqleJson *, parents));
	gqle_meta_store_upsert("inherited_roles", row);
	if (!gqle_meta_check_role_cycles(call) || !check(call, name))
		return false;
	gqle_meta_link_sync(call);
	return true;
}

/* run_drop drops an inherited role. */
static bool
run_drop(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "role_name");

	if (gqle_meta_store_delete("inherited_roles", "role_name", name) == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "\"%s\" inherited role doesn't exist", name);
	gqle_meta_link_sync(call);
	return check(call, name);
}
