/*
 * meta_relationship.c
 *		Commands on relationships within a source (reference §7).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_deps.h"
#include "gqle/api/meta_rename.h"
#include "gqle/api/meta_shapes.h"

static bool run_create_object(GqleMetaCall *call, const GqleJson *args);
static bool run_create_array(GqleMetaCall *call, const GqleJson *args);
static bool run_drop(GqleMetaCall *call, const GqleJson *args);
static bool run_rename(GqleMetaCall *call, const GqleJson *args);
static bool run_set_comment(GqleMetaCall *call, const GqleJson *args);
static bool run_suggest(GqleMetaCall *call, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

#define TABLE_OF_SOURCE \
	{"source", GQLE_META_NAME}, \
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED | GQLE_META_OUTER}

static const GqleMetaField create_object_fields[] = {
	TABLE_OF_SOURCE,
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"using", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_object_using},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape create_object_shape = {"CreateObjRel", create_object_fields,
.generic = "Hasura.RQL.Types.Relationships.Local.RelDef(RelDef)",
.wrapper = "expecting an Object with key 'table'"};

static const GqleMetaField create_array_fields[] = {
	TABLE_OF_SOURCE,
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"using", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_array_using},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape create_array_shape = {"CreateArrayRel", create_array_fields,
.generic = "Hasura.RQL.Types.Relationships.Local.RelDef(RelDef)",
.wrapper = "expecting an Object with key 'table'"};

static const GqleMetaField drop_fields[] = {
	TABLE_OF_SOURCE,
	{"relationship", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"cascade", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape drop_shape = {"DropRel", drop_fields};

static const GqleMetaField rename_fields[] = {
	TABLE_OF_SOURCE,
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"new_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape rename_shape = {"RenameRel", rename_fields};

static const GqleMetaField comment_fields[] = {
	TABLE_OF_SOURCE,
	{"relationship", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"comment", GQLE_META_TEXT},
	{NULL}
};
static const GqleMetaShape comment_shape = {"SetRelComment", comment_fields};

static const GqleMetaField suggest_fields[] = {
	{"source", GQLE_META_NAME},
	{"tables", GQLE_META_TABLE, GQLE_META_LIST},
	{"omit_tracked", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape suggest_shape = {"SuggestRels", suggest_fields};

#define BOTH (GQLE_META_BACKEND | GQLE_META_V1)

const GqleMetaCommand gqle_meta_relationship_commands[] = {
	{"create_object_relationship", BOTH | GQLE_META_ATOMIC | GQLE_META_OWN_TABLE,
	&create_object_shape, run_create_object},
	{"create_array_relationship", BOTH | GQLE_META_ATOMIC | GQLE_META_OWN_TABLE,
	&create_array_shape, run_create_array},
	{"drop_relationship", BOTH | GQLE_META_ATOMIC | GQLE_META_OWN_TABLE | GQLE_META_NEAR,
	&drop_shape, run_drop},
	{"rename_relationship", BOTH | GQLE_META_NEAR, &rename_shape, run_rename},
	{"set_relationship_comment", BOTH | GQLE_META_UNSTORED_V1 | GQLE_META_OWN_TABLE,
	&comment_shape, run_set_comment},
	{"suggest_relationships", GQLE_META_BACKEND | GQLE_META_READS, &suggest_shape,
	run_suggest},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Create
 * ------------------------------------------------------------------------ */

/*
 * gqle_meta_need_free_field refuses a name that a column, relationship or
 * computed field of the table has already.
 */
bool
gqle_meta_need_free_field(GqleMetaCall *call, const GqleMetaName *name, const char *field)
{
	GqleTable  *table;

	if (!gqle_meta_need_table(call, name))
		return false;
	table = gqle_meta_lookup_table(call->request, name);
	if (table == NULL)
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "table \"%s\" does not exist in source: %s",
							  gqle_meta_display(name), name->source);
	if (gqle_table_lookup_column(table, field) != NULL ||
		gqle_meta_store_exists("relationships", "source schema_name table_name name",
							   name->source, name->schema, name->name, field) ||
		gqle_meta_store_exists("computed_fields", "source schema_name table_name name",
							   name->source, name->schema, name->name, field))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "field with name \"%s\" already exists in table \"%s\"",
							  field, gqle_meta_display(name));
	return true;
}

/* create adds a relationship of a kind. */
static bool
create(GqleMetaCall *call, const GqleJson *args, const char *kind)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row;

	if (!gqle_meta_need_free_field(call, &table, name))
		return false;
	row = gqle_meta_row_of_table(&table);
	gqle_meta_row_set_text(row, "kind", kind);
	gqle_meta_row_set_text(row, "name", name);
	gqle_json_object_set(row, "using_definition", gqle_json_lookup(args, "using"));
	gqle_meta_row_set_text(row, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_insert_one("relationships", row);
	return gqle_meta_check_target(call, psprintf("%s_relation", kind),
								  psprintf("%s_relation %s in table %s in source %s",
										   kind, name, gqle_meta_display(&table),
										   table.source));
}

/* run_create_object adds an object relationship. */
static bool
run_create_object(GqleMetaCall *call, const GqleJson *args)
{
	return create(call, args, "object");
}

/* run_create_array adds an array relationship. */
static bool
run_create_array(GqleMetaCall *call, const GqleJson *args)
{
	return create(call, args, "array");
}

/* ------------------------------------------------------------------------
 * Drop, rename, comment
 * ------------------------------------------------------------------------ */

/* need_relationship refuses a name that is no relationship of the table. */
static bool
need_relationship(GqleMetaCall *call, const GqleMetaName *name, const char *relationship)
{
	GqleTable  *table;

	if (!gqle_meta_need_table(call, name))
		return false;
	if (gqle_meta_store_exists("relationships", "source schema_name table_name name",
							   name->source, name->schema, name->name, relationship))
		return true;
	table = gqle_meta_lookup_table(call->request, name);
	/* compat: whatever else it is, it is called a column */
	if ((table != NULL && gqle_table_lookup_column(table, relationship) != NULL) ||
		gqle_meta_store_exists("computed_fields", "source schema_name table_name name",
							   name->source, name->schema, name->name, relationship) ||
		gqle_meta_store_exists("remote_relationships", "source schema_name table_name name",
							   name->source, name->schema, name->name, relationship))
		return gqle_meta_fail(call, GQLE_ERR_UNEXPECTED_PAYLOAD,
							  "expecting a relationship; but, \"%s\" is a postgres column; ",
							  relationship);
	return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS, "relationship \"%s\" does not exist",
						  relationship);
}

/*
 * check_cascade refuses to drop a relationship that something other than a
 * permission depends on.
 */
static bool
check_cascade(GqleMetaCall *call, GqleMetaDeps *deps)
{
	GqleJson   *marked = gqle_meta_deps_marked(deps);
	int			i;

	for (i = 0; i < marked->n; i++)
		if (strncmp(marked->items[i]->text, "permission ", 11) != 0)
			return gqle_meta_fail_status(call, 500, GQLE_ERR_UNEXPECTED,
										 "unexpected dependency of relationship: %s",
										 marked->items[i]->text);
	return true;
}

/* run_drop drops a relationship. */
static bool
run_drop(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *name = gqle_meta_text(args, "relationship");
	GqleMetaDeps *deps;

	if (!need_relationship(call, &table, name))
		return false;
	deps = gqle_meta_deps_load_field(call->request, name);
	gqle_meta_deps_mark(deps, gqle_meta_deps_key_member("relationship", &table, name));
	if (gqle_meta_bool(args, "cascade", false) ? !check_cascade(call, deps) :
		!gqle_meta_deps_check(call, deps))
		return false;
	gqle_meta_deps_purge(deps);
	gqle_meta_store_delete("relationships", "source schema_name table_name name",
						   table.source, table.schema, table.name, name);
	return gqle_meta_check_others(call);
}

/* run_rename renames a relationship and what mentions it. */
static bool
run_rename(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *name = gqle_meta_text(args, "name");
	const char *new_name = gqle_meta_text(args, "new_name");
	GqleMetaRename rename = {GQLE_META_RENAME_RELATIONSHIP};
	GqleTable  *loaded;

	if (!need_relationship(call, &table, name))
		return false;
	loaded = gqle_meta_lookup_table(call->request, &table);
	if ((loaded != NULL && gqle_table_lookup_column(loaded, new_name) != NULL) ||
		gqle_meta_store_exists("relationships", "source schema_name table_name name",
							   table.source, table.schema, table.name, new_name) ||
		gqle_meta_store_exists("computed_fields", "source schema_name table_name name",
							   table.source, table.schema, table.name, new_name))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "cannot rename relationship \"%s\" to \"%s\" in table \"%s\" as a column/relationship with the name already exists",
							  name, new_name, gqle_meta_display(&table));
	rename.table = table;
	rename.from = name;
	rename.to = new_name;
	gqle_meta_rename_apply(call->request->catalog, call->request->near, &rename, 1);
	return gqle_meta_check_others(call);
}

/* run_set_comment sets or removes the comment of a relationship. */
static bool
run_set_comment(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	const char *name = gqle_meta_text(args, "relationship");
	GqleJson   *set = gqle_json_make_object();

	if (!need_relationship(call, &table, name))
		return false;
	gqle_meta_row_set_text(set, "comment", gqle_meta_text(args, "comment"));
	gqle_meta_store_update("relationships", set, "source schema_name table_name name",
						   table.source, table.schema, table.name, name);
	return true;
}

/* ------------------------------------------------------------------------
 * Suggest
 * ------------------------------------------------------------------------ */

/* is_wanted tells whether a table is among those asked for. */
static bool
is_wanted(const GqleJson *tables, const GqleTable *table)
{
	GqleMetaName name = {table->source, table->schema, table->name};
	int			i;

	if (tables == NULL)
		return true;
	for (i = 0; i < tables->n; i++)
	{
		GqleMetaName other = gqle_meta_make_name(table->source, tables->items[i]);

		if (gqle_meta_same_name(&name, &other))
			return true;
	}
	return false;
}

/* is_unique tells whether the key's columns are those of a unique constraint. */
static bool
is_unique(const GqleTable *table, const GqleForeignKey *key)
{
	int			i;
	int			j;
	int			k;

	for (i = 0; i < table->n_unique_keys; i++)
	{
		const GqleUniqueKey *unique = &table->unique_keys[i];
		bool		all = unique->n_columns == key->n_columns && !unique->is_primary &&
			unique->is_constraint;

		for (j = 0; all && j < key->n_columns; j++)
		{
			for (k = 0; k < unique->n_columns; k++)
				if (unique->columns[k] == key->columns[j])
					break;
			all = k < unique->n_columns;
		}
		if (all)
			return true;
	}
	return false;
}

/* is_tracked tells whether a relationship over these columns exists. */
static bool
is_tracked(const GqleTable *from, const GqleTable *to, int n, const char **from_columns,
		   const char **to_columns)
{
	int			i;
	int			j;
	int			k;

	for (i = 0; i < from->n_relationships; i++)
	{
		const GqleRelationship *relationship = from->relationships[i];
		int			n_same = 0;

		if (relationship->target->relid != to->relid || relationship->n_columns != n)
			continue;
		for (j = 0; j < n; j++)
			for (k = 0; k < n; k++)
				if (strcmp(relationship->columns[j]->name, from_columns[k]) == 0 &&
					strcmp(relationship->target_columns[j], to_columns[k]) == 0)
					n_same++;
		if (n_same == n)
			return true;
	}
	return false;
}

/* side returns one end of a suggestion. */
static GqleJson *
side(const GqleTable *table, int n, const char **columns, const char *constraint)
{
	GqleJson   *result = gqle_json_make_object();
	GqleJson   *list = gqle_json_make_array();
	int			i;

	for (i = 0; i < n; i++)
		gqle_json_array_add(list, gqle_json_make_string(columns[i]));
	gqle_json_object_set(result, "columns", list);
	if (constraint != NULL)
		gqle_json_object_set(result, "constraint_name", gqle_json_make_string(constraint));
	gqle_json_object_set(result, "table", gqle_meta_name_json(table->schema, table->name));
	return result;
}

/* suggest adds both directions of a foreign key to the list. */
static void
suggest(GqleJson *list, const GqleTable *table, const GqleTable *target,
		const GqleForeignKey *key, bool omit_tracked)
{
	const char **columns = palloc(sizeof(char *) * key->n_columns);
	GqleJson   *suggestion;
	int			i;

	for (i = 0; i < key->n_columns; i++)
		columns[i] = key->columns[i]->name;
	if (!omit_tracked ||
		!is_tracked(table, target, key->n_columns, columns, key->foreign_columns))
	{
		suggestion = gqle_json_make_object();
		gqle_json_object_set(suggestion, "type", gqle_json_make_string("object"));
		gqle_json_object_set(suggestion, "from",
							 side(table, key->n_columns, columns, key->name));
		gqle_json_object_set(suggestion, "to",
							 side(target, key->n_columns, key->foreign_columns, NULL));
		gqle_json_array_add(list, suggestion);
	}
	if (!omit_tracked ||
		!is_tracked(target, table, key->n_columns, key->foreign_columns, columns))
	{
		suggestion = gqle_json_make_object();
		gqle_json_object_set(suggestion, "type",
							 gqle_json_make_string(is_unique(table, key) ? "object" :
												   "array"));
		gqle_json_object_set(suggestion, "from",
							 side(target, key->n_columns, key->foreign_columns, NULL));
		gqle_json_object_set(suggestion, "to",
							 side(table, key->n_columns, columns, key->name));
		gqle_json_array_add(list, suggestion);
	}
}

/*
 * run_suggest lists relationships that foreign keys of the wanted tables, or to
 * them, make possible.
 */
static bool
run_suggest(GqleMetaCall *call, const GqleJson *args)
{
	const GqleJson *wanted = gqle_json_lookup(args, "tables");
	bool		omit_tracked = gqle_meta_bool(args, "omit_tracked", false);
	GqleCatalog *catalog = gqle_meta_catalog(call->request);
	GqleJson   *list = gqle_json_make_array();
	GqleTable **tables;
	int			n;
	int			i;
	int			j;

	if (!gqle_meta_store_exists("sources", "name", gqle_meta_source(args)))
		return gqle_meta_fail_status(call, 500, GQLE_ERR_UNEXPECTED,
									 "Couldn't find any schema source information");
	tables = gqle_catalog_tables(catalog, &n);
	for (i = 0; i < n; i++)
	{
		gqle_catalog_load_table(catalog, tables[i]);
		for (j = 0; j < tables[i]->n_foreign_keys; j++)
		{
			const GqleForeignKey *key = &tables[i]->foreign_keys[j];
			GqleTable  *target = gqle_catalog_lookup_relid(catalog, key->foreign_relid);

			if (target != NULL &&
				(is_wanted(wanted, tables[i]) || is_wanted(wanted, target)))
				suggest(list, tables[i], target, key, omit_tracked);
		}
	}
	appendStringInfoString(call->out, "{\"relationships\":");
	gqle_json_append(call->out, list);
	appendStringInfoChar(call->out, '}');
	return true;
}
