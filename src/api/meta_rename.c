/*
 * meta_rename.c
 *		Rewriting metadata after tables, columns or relationships were renamed.
 *
 * Everything that can mention a name is looked at once, with all renames in
 * hand; rows whose JSON came out different are stored.  Tables are renamed
 * last: their rows are the keys of all that was rewritten before.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/api/meta_boolexp.h"
#include "gqle/api/meta_rename.h"
#include "gqle/api/meta_scope.h"
#include "gqle/base/spi.h"

typedef struct RenameScan
{
	GqleCatalog *catalog;
	const GqleMetaScope *scope; /* where to look, or NULL: everywhere */
	const GqleMetaRename *renames;
	int			n;
	const char *source;			/* the local one */
} RenameScan;

static void rename_permissions(RenameScan *scan);
static void rename_relationships(RenameScan *scan);
static void rename_configurations(RenameScan *scan);
static void rename_event_triggers(RenameScan *scan);
static void rename_remote_relationships(RenameScan *scan);
static void rename_custom_types(RenameScan *scan);
static void rename_tables(RenameScan *scan);

/* gqle_meta_rename_apply rewrites the metadata. */
void
gqle_meta_rename_apply(GqleCatalog *catalog, const GqleMetaScope *scope,
					   const GqleMetaRename *renames, int n)
{
	RenameScan	scan = {catalog, scope, renames, n, gqle_meta_local_source()};
	int			i;

	if (n == 0)
		return;
	rename_permissions(&scan);
	rename_relationships(&scan);
	rename_configurations(&scan);
	rename_event_triggers(&scan);
	rename_remote_relationships(&scan);
	rename_custom_types(&scan);
	for (i = 0; i < n; i++)
		if (renames[i].kind == GQLE_META_RENAME_RELATIONSHIP)
		{
			GqleJson   *set = gqle_json_make_object();

			gqle_meta_row_set_text(set, "name", renames[i].to);
			gqle_meta_store_update("relationships", set,
								   "source schema_name table_name name",
								   renames[i].table.source, renames[i].table.schema,
								   renames[i].table.name, renames[i].from);
		}
	rename_tables(&scan);
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

/* new_field returns what a column or relationship of a table is called now. */
static const char *
new_field(RenameScan *scan, const GqleMetaName *table, GqleMetaRenameKind kind,
		  const char *name)
{
	int			i;

	for (i = 0; i < scan->n; i++)
		if (scan->renames[i].kind == kind &&
			gqle_meta_same_name(&scan->renames[i].table, table) &&
			strcmp(scan->renames[i].from, name) == 0)
			return scan->renames[i].to;
	return name;
}

/* new_column returns what a column is called now, as JSON. */
static GqleJson *
new_column(RenameScan *scan, const GqleMetaName *table, const GqleJson *name)
{
	const char *text;

	if (name->kind != GQLE_JSON_STRING)
		return unconstify(GqleJson *, name);
	text = new_field(scan, table, GQLE_META_RENAME_COLUMN, name->text);
	return text == name->text ? unconstify(GqleJson *, name) :
		gqle_json_make_string(text);
}

/* new_columns does so for "*", a name or a list of names. */
static GqleJson *
new_columns(RenameScan *scan, const GqleMetaName *table, const GqleJson *columns)
{
	GqleJson   *result;
	int			i;

	if (columns == NULL)
		return NULL;
	if (columns->kind != GQLE_JSON_ARRAY)
		return new_column(scan, table, columns);
	result = gqle_json_make_array();
	for (i = 0; i < columns->n; i++)
		gqle_json_array_add(result, new_column(scan, table, columns->items[i]));
	return result;
}

/*
 * new_mapping renames the keys of an object by one table and its values by
 * another; either may be NULL.
 */
static GqleJson *
new_mapping(RenameScan *scan, const GqleMetaName *keys, const GqleMetaName *values,
			const GqleJson *mapping)
{
	GqleJson   *result = gqle_json_make_object();
	int			i;

	for (i = 0; i < mapping->n; i++)
		gqle_json_object_set(result,
							 keys == NULL ? mapping->members[i].key :
							 new_field(scan, keys, GQLE_META_RENAME_COLUMN,
									   mapping->members[i].key),
							 values == NULL ? mapping->members[i].value :
							 new_column(scan, values, mapping->members[i].value));
	return gqle_meta_sort(result);
}

/* new_table returns what a table is called now, as JSON. */
static GqleJson *
new_table(RenameScan *scan, const char *source, const GqleJson *table)
{
	GqleMetaName name = gqle_meta_make_name(source, table);
	int			i;

	for (i = 0; i < scan->n; i++)
		if (scan->renames[i].kind == GQLE_META_RENAME_TABLE &&
			gqle_meta_same_name(&scan->renames[i].table, &name))
			return gqle_meta_name_json(scan->renames[i].to_schema, scan->renames[i].to);
	return unconstify(GqleJson *, table);
}

/* replaced returns an object with one member replaced, in its place. */
static GqleJson *
replaced(const GqleJson *object, const char *key, GqleJson *value)
{
	GqleJson   *result = gqle_json_make_object();
	int			i;

	for (i = 0; i < object->n; i++)
		gqle_json_object_set(result, object->members[i].key,
							 strcmp(object->members[i].key, key) == 0 ? value :
							 object->members[i].value);
	return result;
}

/* is_changed compares two texts of JSON. */
static bool
is_changed(const GqleJson *before, const GqleJson *after)
{
	return strcmp(gqle_json_to_text(before), gqle_json_to_text(after)) != 0;
}

/* row_table returns the table that the first three columns of a row name. */
static GqleMetaName
row_table(const GqleRows *rows, int row)
{
	GqleMetaName name = {gqle_rows_text(rows, row, 0), gqle_rows_text(rows, row, 1),
	gqle_rows_text(rows, row, 2)};

	return name;
}

/* set_of makes an object of one json column. */
static GqleJson *
set_of(const char *column, GqleJson *value)
{
	GqleJson   *set = gqle_json_make_object();

	gqle_json_object_set(set, column, value);
	return set;
}

/* ------------------------------------------------------------------------
 * Permissions
 * ------------------------------------------------------------------------ */

/* Renames a field in an expression. */
static const char *
visit_field(void *arg, const GqleTable *table, GqleMetaNameKind kind, const char *name,
			bool has_static_value)
{
	GqleMetaName table_name = {table->source, table->schema, table->name};

	if (kind == GQLE_META_NAMES_COMPUTED_FIELD)
		return name;
	return new_field(arg, &table_name,
					 kind == GQLE_META_NAMES_COLUMN ? GQLE_META_RENAME_COLUMN :
					 GQLE_META_RENAME_RELATIONSHIP, name);
}

/* Renames the table of an _exists. */
static const GqleJson *
visit_table(void *arg, const GqleJson *name)
{
	return new_table(arg, ((RenameScan *) arg)->source, name);
}

/* new_permission returns a permission with names as they are now. */
static GqleJson *
new_permission(RenameScan *scan, const GqleMetaName *name, const GqleTable *table,
			   const GqleJson *definition)
{
	GqleMetaVisitor visitor = {scan->catalog, scan, visit_field, visit_table};
	GqleJson   *result = gqle_json_make_object();
	int			i;

	for (i = 0; i < definition->n; i++)
	{
		const char *key = definition->members[i].key;
		GqleJson   *value = definition->members[i].value;

		if (strcmp(key, "filter") == 0 || strcmp(key, "check") == 0)
			value = gqle_meta_sort(gqle_meta_boolexp_visit(&visitor, table, value));
		else if (strcmp(key, "columns") == 0)
			value = new_columns(scan, name, value);
		else if (strcmp(key, "set") == 0)
			value = new_mapping(scan, name, NULL, value);
		gqle_json_object_set(result, key, value);
	}
	return result;
}

/* rename_permissions rewrites permissions. */
static void
rename_permissions(RenameScan *scan)
{
	const GqleRows *rows;
	int			i;

	if (scan->scope != NULL)
		rows = scan->scope->permissions;
	else
		rows = gqle_spi_query("SELECT source, schema_name, table_name, role, operation, "
							  "definition FROM gqle.permissions", NULL);
	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName name = row_table(rows, i);
		GqleTable  *table = gqle_catalog_lookup_table(scan->catalog, name.schema, name.name);
		GqleJson   *before;
		GqleJson   *after;

		if (table == NULL)
			continue;
		before = gqle_meta_parse_stored(gqle_rows_text(rows, i, 5));
		after = new_permission(scan, &name, table, before);
		if (is_changed(before, after))
			gqle_meta_store_update("permissions", set_of("definition", after),
								   "source schema_name table_name role operation",
								   name.source, name.schema, name.name,
								   gqle_rows_text(rows, i, 3), gqle_rows_text(rows, i, 4));
	}
}

/* ------------------------------------------------------------------------
 * Relationships
 * ------------------------------------------------------------------------ */

/* new_using returns "using" of a relationship with names as they are now. */
static GqleJson *
new_using(RenameScan *scan, const GqleMetaName *name, const GqleJson *using)
{
	GqleJson   *key = gqle_json_lookup(using, "foreign_key_constraint_on");
	GqleJson   *manual = gqle_json_lookup(using, "manual_configuration");
	GqleJson   *table;
	GqleMetaName target;

	if (key != NULL && key->kind != GQLE_JSON_OBJECT)
		return replaced(using, "foreign_key_constraint_on", new_columns(scan, name, key));
	if (key != NULL)
	{
		table = gqle_json_lookup(key, "table");
		target = gqle_meta_make_name(name->source, table);
		if (gqle_json_lookup(key, "column") != NULL)
			key = replaced(key, "column",
						   new_columns(scan, &target, gqle_json_lookup(key, "column")));
		if (gqle_json_lookup(key, "columns") != NULL)
			key = replaced(key, "columns",
						   new_columns(scan, &target, gqle_json_lookup(key, "columns")));
		return replaced(using, "foreign_key_constraint_on",
						replaced(key, "table", new_table(scan, name->source, table)));
	}
	table = manual != NULL ? gqle_json_lookup(manual, "remote_table") : NULL;
	if (table == NULL)
		return unconstify(GqleJson *, using);
	target = gqle_meta_make_name(name->source, table);
	manual = replaced(manual, "column_mapping",
					  new_mapping(scan, name, &target,
								  gqle_json_lookup(manual, "column_mapping")));
	return replaced(using, "manual_configuration",
					replaced(manual, "remote_table",
							 new_table(scan, name->source, table)));
}

/* rename_relationships rewrites relationships. */
static void
rename_relationships(RenameScan *scan)
{
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, table_name, name, "
									  "using_definition FROM gqle.relationships", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName name = row_table(rows, i);
		GqleJson   *before;
		GqleJson   *after;

		if (scan->scope != NULL && !gqle_meta_scope_has_table(scan->scope, &name))
			continue;
		before = gqle_meta_parse_stored(gqle_rows_text(rows, i, 4));
		after = new_using(scan, &name, before);
		if (is_changed(before, after))
			gqle_meta_store_update("relationships", set_of("using_definition", after),
								   "source schema_name table_name name", name.source,
								   name.schema, name.name, gqle_rows_text(rows, i, 3));
	}
}

/* new_template renames the columns that "$column" stands for in arguments. */
static GqleJson *
new_template(RenameScan *scan, const GqleMetaName *name, const GqleJson *value)
{
	GqleJson   *result;
	int			i;

	check_stack_depth();
	if (value->kind == GQLE_JSON_STRING && value->text[0] == '$')
		return gqle_json_make_string(psprintf("$%s",
											  new_column(scan, name,
														 gqle_json_make_string(value->text + 1))->text));
	if (value->kind == GQLE_JSON_ARRAY)
	{
		result = gqle_json_make_array();
		for (i = 0; i < value->n; i++)
			gqle_json_array_add(result, new_template(scan, name, value->items[i]));
		return result;
	}
	if (value->kind != GQLE_JSON_OBJECT)
		return unconstify(GqleJson *, value);
	result = gqle_json_make_object();
	for (i = 0; i < value->n; i++)
		gqle_json_object_set(result, value->members[i].key,
							 new_template(scan, name, value->members[i].value));
	return result;
}

/* new_remote returns a remote relationship with names as they are now. */
static GqleJson *
new_remote(RenameScan *scan, const GqleMetaName *name, const GqleJson *definition)
{
	static const char *const lists[] = {"lhs_fields", "hasura_fields"};
	GqleJson   *to_source = gqle_json_lookup(definition, "to_source");
	GqleJson   *to_schema = gqle_json_lookup(definition, "to_remote_schema");
	const GqleJson *part = to_schema != NULL ? to_schema : definition;
	int			i;

	if (to_source != NULL)
	{
		GqleJson   *table = gqle_json_lookup(to_source, "table");
		const char *source = gqle_meta_source(to_source);
		GqleMetaName target = gqle_meta_make_name(source, table);

		to_source = replaced(to_source, "field_mapping",
							 new_mapping(scan, name, &target,
										 gqle_json_lookup(to_source, "field_mapping")));
		to_source = replaced(to_source, "table", new_table(scan, source, table));
		return replaced(definition, "to_source", to_source);
	}
	if (name == NULL)
		return unconstify(GqleJson *, definition);
	for (i = 0; i < (int) lengthof(lists); i++)
		if (gqle_json_lookup(part, lists[i]) != NULL)
			part = replaced(part, lists[i],
							new_columns(scan, name, gqle_json_lookup(part, lists[i])));
	if (gqle_json_lookup(part, "remote_field") != NULL)
		part = replaced(part, "remote_field",
						new_template(scan, name, gqle_json_lookup(part, "remote_field")));
	return to_schema == NULL ? unconstify(GqleJson *, part) :
		replaced(definition, "to_remote_schema", unconstify(GqleJson *, part));
}

/* rename_remote_relationships rewrites relationships that leave their source. */
static void
rename_remote_relationships(RenameScan *scan)
{
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, table_name, name, definition "
									  "FROM gqle.remote_relationships", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName name = row_table(rows, i);
		GqleJson   *before = gqle_meta_parse_stored(gqle_rows_text(rows, i, 4));
		GqleJson   *after = new_remote(scan, &name, before);

		if (is_changed(before, after))
			gqle_meta_store_update("remote_relationships", set_of("definition", after),
								   "source schema_name table_name name", name.source,
								   name.schema, name.name, gqle_rows_text(rows, i, 3));
	}
	rows = gqle_spi_query("SELECT remote_schema, type_name, name, definition "
						  "FROM gqle.remote_schema_relationships", NULL);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *before = gqle_meta_parse_stored(gqle_rows_text(rows, i, 3));
		GqleJson   *after = new_remote(scan, NULL, before);

		if (is_changed(before, after))
			gqle_meta_store_update("remote_schema_relationships",
								   set_of("definition", after),
								   "remote_schema type_name name",
								   gqle_rows_text(rows, i, 0), gqle_rows_text(rows, i, 1),
								   gqle_rows_text(rows, i, 2));
	}
}

/* ------------------------------------------------------------------------
 * The rest
 * ------------------------------------------------------------------------ */

/* rename_configurations rewrites the configurations of tables. */
static void
rename_configurations(RenameScan *scan)
{
	static const char *const maps[] = {"column_config", "custom_column_names"};
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, table_name, configuration "
									  "FROM gqle.tables WHERE configuration IS NOT NULL", NULL);
	int			i;
	int			j;

	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName name = row_table(rows, i);
		GqleJson   *before;
		GqleJson   *after;

		if (scan->scope != NULL && !gqle_meta_scope_has_core(scan->scope, &name))
			continue;
		before = gqle_meta_parse_stored(gqle_rows_text(rows, i, 3));
		after = before;
		for (j = 0; j < (int) lengthof(maps); j++)
			if (gqle_json_lookup(before, maps[j]) != NULL)
				after = replaced(after, maps[j],
								 new_mapping(scan, &name, NULL,
											 gqle_json_lookup(before, maps[j])));
		if (is_changed(before, after))
			gqle_meta_store_update("tables", set_of("configuration", after),
								   "source schema_name table_name", name.source,
								   name.schema, name.name);
	}
}

/* rename_event_triggers rewrites the columns that event triggers name. */
static void
rename_event_triggers(RenameScan *scan)
{
	static const char *const operations[] = {"insert", "update", "delete"};
	static const char *const lists[] = {"columns", "payload"};
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, table_name, name, definition "
									  "FROM gqle.event_triggers", NULL);
	int			i;
	int			j;
	int			k;

	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName name = row_table(rows, i);
		GqleJson   *before = gqle_meta_parse_stored(gqle_rows_text(rows, i, 4));
		GqleJson   *definition = gqle_json_lookup(before, "definition");
		GqleJson   *after;

		for (j = 0; j < (int) lengthof(operations); j++)
		{
			GqleJson   *operation = gqle_json_lookup(definition, operations[j]);

			if (operation == NULL)
				continue;
			for (k = 0; k < (int) lengthof(lists); k++)
				if (gqle_json_lookup(operation, lists[k]) != NULL)
					operation = replaced(operation, lists[k],
										 new_columns(scan, &name,
													 gqle_json_lookup(operation,
																	  lists[k])));
			definition = replaced(definition, operations[j], operation);
		}
		after = replaced(before, "definition", definition);
		if (is_changed(before, after))
			gqle_meta_store_update("event_triggers", set_of("definition", after),
								   "source name", name.source, gqle_rows_text(rows, i, 3));
	}
}

/* rename_custom_types rewrites the relationships of custom object types. */
static void
rename_custom_types(RenameScan *scan)
{
	GqleJson   *before = gqle_meta_store_get("settings", "value", "key", "custom_types");
	GqleJson   *objects;
	GqleJson   *new_objects;
	GqleJson   *after;
	int			i;
	int			j;

	objects = before != NULL ? gqle_json_lookup(before, "objects") : NULL;
	if (objects == NULL)
		return;
	new_objects = gqle_json_make_array();
	for (i = 0; i < objects->n; i++)
	{
		GqleJson   *relationships = gqle_json_lookup(objects->items[i], "relationships");
		GqleJson   *renewed;

		if (relationships == NULL)
		{
			gqle_json_array_add(new_objects, objects->items[i]);
			continue;
		}
		renewed = gqle_json_make_array();
		for (j = 0; j < relationships->n; j++)
		{
			GqleJson   *relationship = relationships->items[j];
			GqleJson   *table = gqle_json_lookup(relationship, "remote_table");

			if (table != NULL)
			{
				const char *source = gqle_meta_source(relationship);
				GqleMetaName target = gqle_meta_make_name(source, table);

				relationship = replaced(relationship, "field_mapping",
										new_mapping(scan, NULL, &target,
													gqle_json_lookup(relationship,
																	 "field_mapping")));
				relationship = replaced(relationship, "remote_table",
										new_table(scan, source, table));
			}
			gqle_json_array_add(renewed, relationship);
		}
		gqle_json_array_add(new_objects,
							replaced(objects->items[i], "relationships", renewed));
	}
	after = replaced(before, "objects", new_objects);
	if (is_changed(before, after))
		gqle_meta_store_update("settings", set_of("value", after), "key", "custom_types");
}

/*
 * rename_tables renames the rows of tables.  First all get names that nothing
 * else has, so that two tables may swap their names.
 */
static void
rename_tables(RenameScan *scan)
{
	int			pass;
	int			i;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < scan->n; i++)
		{
			const GqleMetaRename *rename = &scan->renames[i];
			const char *between = psprintf("%s\001%d", rename->to, i);
			GqleJson   *set = gqle_json_make_object();

			if (rename->kind != GQLE_META_RENAME_TABLE)
				continue;
			gqle_meta_row_set_text(set, "schema_name", rename->to_schema);
			gqle_meta_row_set_text(set, "table_name", pass == 0 ? between : rename->to);
			gqle_meta_store_update("tables", set, "source schema_name table_name",
								   rename->table.source,
								   pass == 0 ? rename->table.schema : rename->to_schema,
								   pass == 0 ? rename->table.name : between);
		}
}
