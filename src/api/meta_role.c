/*
 * meta_role.c
 *		Commands on inherited roles (reference §13).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/base/spi.h"

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

/* reaches tells whether a role inherits from another, over any number of steps. */
static bool
reaches(const char *role, const char *other)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, role);
	gqle_spi_add_text(&args, other);
	return gqle_spi_query("WITH RECURSIVE parents (name) AS ("
						  "SELECT unnest(role_set) FROM gqle.inherited_roles WHERE role_name = $1 "
						  "UNION SELECT unnest(r.role_set) FROM parents p "
						  "JOIN gqle.inherited_roles r ON r.role_name = p.name) "
						  "SELECT 1 FROM parents WHERE name = $2", &args)->n > 0;
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
	if (reaches(name, name))
		return gqle_meta_fail(call, GQLE_ERR_CYCLIC_DEPENDENCY,
							  "found cycle(s) in roles: [\"%s\"]", name);
	return gqle_meta_check_target(call, "inherited_role",
								  psprintf("inherited role %s", name));
}

/* run_drop drops an inherited role. */
static bool
run_drop(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "role_name");

	if (gqle_meta_store_delete("inherited_roles", "role_name", name) == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "\"%s\" inherited role doesn't exist", name);
	return gqle_meta_check_others(call);
}
