/*
 * meta_computed_field.c
 *		Commands on computed fields (reference §8).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_deps.h"
#include "gqle/api/meta_shapes.h"

static bool run_add(GqleMetaCall *call, const GqleJson *args);
static bool run_drop(GqleMetaCall *call, const GqleJson *args);

static const GqleMetaField add_fields[] = {
	{"source", GQLE_META_NAME},
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED},
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"definition", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_computed_definition},
	{"comment", GQLE_META_TEXT, GQLE_META_KEEP_NULL},
	{NULL}
};
static const GqleMetaShape add_shape = {"AddComputedField", add_fields};

static const GqleMetaField drop_fields[] = {
	{"source", GQLE_META_NAME},
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED},
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"cascade", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape drop_shape = {"DropComputedField", drop_fields};

const GqleMetaCommand gqle_meta_computed_field_commands[] = {
	{"add_computed_field", GQLE_META_BACKEND | GQLE_META_V1, &add_shape, run_add},
	{"drop_computed_field", GQLE_META_BACKEND | GQLE_META_V1 | GQLE_META_OWN_TABLE,
	&drop_shape, run_drop},
	{NULL}
};

/* need_table refuses a table that is not tracked. */
static bool
need_table(GqleMetaCall *call, const GqleMetaName *table)
{
	if (gqle_meta_is_tracked_table(table))
		return true;
	return gqle_meta_fail_at(call, "table", GQLE_ERR_NOT_EXISTS,
							 "table \"%s\" does not exist in source: %s",
							 gqle_meta_display(table), table->source);
}

/* run_add adds a computed field; compat: or replaces one. */
static bool
run_add(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *name = gqle_meta_text(args, "name");
	const char *comment = gqle_meta_text(args, "comment");
	GqleJson   *row;

	if (!need_table(call, &table))
		return false;
	row = gqle_meta_row_of_table(&table);
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "definition", gqle_json_lookup(args, "definition"));
	gqle_meta_row_set_bool(row, "has_comment", gqle_json_lookup(args, "comment") != NULL);
	gqle_meta_row_set_text(row, "comment",
						   comment != NULL && *comment != '\0' ? comment : NULL);
	gqle_meta_store_upsert("computed_fields", row);
	return gqle_meta_check_target(call, "computed_field",
								  psprintf("computed_field %s in table %s in source %s",
										   name, gqle_meta_display(&table),
										   table.source));
}

/* need_field refuses a name that is no computed field of the table. */
static bool
need_field(GqleMetaCall *call, const GqleMetaName *name, const char *field)
{
	GqleTable  *table;

	if (!need_table(call, name))
		return false;
	if (gqle_meta_store_exists("computed_fields", "source schema_name table_name name",
							   name->source, name->schema, name->name, field))
		return true;
	table = gqle_meta_lookup_table(call->request, name);
	if (table != NULL && gqle_table_lookup_column(table, field) != NULL)
		return gqle_meta_fail_at(call, "name", GQLE_ERR_UNEXPECTED_PAYLOAD,
							  "expecting a computed field; but, \"%s\" is a column", field);
	if (gqle_meta_store_exists("relationships", "source schema_name table_name name",
							   name->source, name->schema, name->name, field))
		return gqle_meta_fail_at(call, "name", GQLE_ERR_UNEXPECTED_PAYLOAD,
							  "expecting a computed field; but, \"%s\" is a relationship",
							  field);
	if (gqle_meta_store_exists("remote_relationships", "source schema_name table_name name",
							   name->source, name->schema, name->name, field))
		return gqle_meta_fail_at(call, "name", GQLE_ERR_UNEXPECTED_PAYLOAD,
							  "expecting a computed field; but, \"%s\" is a remote relationship",
							  field);
	return gqle_meta_fail_at(call, "name", GQLE_ERR_NOT_EXISTS,
							 "computed field \"%s\" does not exist", field);
}

/* run_drop drops a computed field. */
static bool
run_drop(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *name = gqle_meta_text(args, "name");
	GqleMetaDeps *deps;

	if (!need_field(call, &table, name))
		return false;
	deps = gqle_meta_deps_load_field(call->request, name);
	gqle_meta_deps_mark(deps, gqle_meta_deps_key_member("computed field", &table, name));
	if (!gqle_meta_bool(args, "cascade", false) && !gqle_meta_deps_check(call, deps))
		return false;
	gqle_meta_deps_purge(deps);
	gqle_meta_store_delete("computed_fields", "source schema_name table_name name",
						   table.source, table.schema, table.name, name);
	return gqle_meta_check_others(call);
}
