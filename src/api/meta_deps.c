/*
 * meta_deps.c
 *		The dependency graph of the metadata; see meta_deps.h.
 *
 * Objects that are inconsistent have no place in the graph, as in Hasura: they
 * neither block a drop nor are dropped by a cascade.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "gqle/api/meta_boolexp.h"
#include "gqle/api/meta_deps.h"
#include "gqle/api/meta_scope.h"
#include "gqle/base/spi.h"
#include "gqle/base/strhash.h"

/* An object and, while marking, what is known of it. */
typedef struct DepObject
{
	const char *key;
	const char *table_key;		/* of the table it belongs to, or NULL */
	const char *store;			/* metadata table, or NULL: nothing to delete */
	int			n_values;
	const char *columns;		/* key columns, separated by spaces */
	const char *values[6];
	List	   *dependents;		/* DepObjects that depend on it */
	bool		is_marked;
	bool		is_ignored;
} DepObject;

struct GqleMetaDeps
{
	GqleMetaRequest *request;
	GqleCatalog *catalog;
	const char *source;			/* the local one */
	GqleStrHash *objects;
	List	   *order;
	List	   *static_uses;	/* pairs: column key, permission's DepObject */
	List	   *marked;			/* DepObjects that are marked */
};

/* Where a visitor of expressions notes what it sees. */
typedef struct DepScan
{
	GqleMetaDeps *deps;
	DepObject  *object;
} DepScan;

static DepObject *get_object(GqleMetaDeps *deps, const char *key);
static DepObject *add_owned(GqleMetaDeps *deps, const char *key, const GqleMetaName *table);
static void add_edge(GqleMetaDeps *deps, DepObject *object, const char *on_key);
static void load_tables(GqleMetaDeps *deps);
static void load_table(GqleMetaDeps *deps, GqleTable *table);
static void load_relationships(GqleMetaDeps *deps, GqleTable *table,
							   const GqleMetaName *name);
static void load_computed_fields(GqleMetaDeps *deps, GqleTable *table,
								 const GqleMetaName *name);
static void load_permissions(GqleMetaDeps *deps, const char *text);
static void load_permission_rows(GqleMetaDeps *deps, const GqleRows *rows);
static void scan_permission(DepScan *scan, GqleTable *table, const GqleMetaName *name,
							const char *operation, const GqleJson *definition);
static void load_event_triggers(GqleMetaDeps *deps);
static void load_remote_relationships(GqleMetaDeps *deps);
static void load_functions(GqleMetaDeps *deps);
static void load_remote_schemas(GqleMetaDeps *deps);

/* ------------------------------------------------------------------------
 * Keys
 * ------------------------------------------------------------------------ */

/* gqle_meta_deps_key_table returns the key of a table. */
const char *
gqle_meta_deps_key_table(const GqleMetaName *table)
{
	return psprintf("table %s in source \"%s\"", gqle_meta_display(table), table->source);
}

/* gqle_meta_deps_key_function returns the key of a tracked function. */
const char *
gqle_meta_deps_key_function(const GqleMetaName *function)
{
	return psprintf("function %s in source \"%s\"", gqle_meta_display(function),
					function->source);
}

/* gqle_meta_deps_key_member returns the key of something named in a table. */
const char *
gqle_meta_deps_key_member(const char *kind, const GqleMetaName *table, const char *member)
{
	return psprintf("%s %s.%s in source \"%s\"", kind, gqle_meta_display(table), member,
					table->source);
}

/* gqle_meta_deps_key_permission returns the key of a permission. */
const char *
gqle_meta_deps_key_permission(const GqleMetaName *table, const char *role,
							  const char *operation)
{
	return psprintf("permission %s.%s.%s in source \"%s\"", gqle_meta_display(table), role,
					operation, table->source);
}

/* gqle_meta_deps_key_remote_schema returns the key of a remote schema. */
const char *
gqle_meta_deps_key_remote_schema(const char *name)
{
	return psprintf("remote schema %s", name);
}

/* name_of returns the name of a table of the catalog. */
static GqleMetaName
name_of(const GqleTable *table)
{
	GqleMetaName name = {table->source, table->schema, table->name};

	return name;
}

/* ------------------------------------------------------------------------
 * Building
 * ------------------------------------------------------------------------ */

/* make_deps returns a graph without objects. */
static GqleMetaDeps *
make_deps(GqleMetaRequest *request)
{
	GqleMetaDeps *deps = palloc0(sizeof(GqleMetaDeps));

	deps->request = request;
	deps->catalog = gqle_meta_catalog(request);
	deps->source = gqle_meta_local_source();
	deps->objects = gqle_strhash_make(CurrentMemoryContext, 256);
	return deps;
}

/* gqle_meta_deps_load builds the graph of what is stored now. */
GqleMetaDeps *
gqle_meta_deps_load(GqleMetaRequest *request)
{
	GqleMetaDeps *deps = make_deps(request);

	load_tables(deps);
	load_permissions(deps, "");
	load_event_triggers(deps);
	load_functions(deps);
	load_remote_schemas(deps);
	load_remote_relationships(deps);
	return deps;
}

/* gqle_meta_deps_load_near builds the part of it that a scope's core is in. */
GqleMetaDeps *
gqle_meta_deps_load_near(GqleMetaRequest *request, const GqleMetaScope *scope)
{
	GqleMetaDeps *deps;
	ListCell   *cell;

	if (scope == NULL)
		return gqle_meta_deps_load(request);
	deps = make_deps(request);
	foreach(cell, scope->tables)
	{
		const GqleMetaName *name = lfirst(cell);
		GqleTable  *table = gqle_catalog_lookup_table(deps->catalog, name->schema, name->name);

		if (table != NULL && strcmp(table->source, name->source) == 0)
			load_table(deps, table);
	}
	load_permission_rows(deps, scope->permissions);
	load_event_triggers(deps);
	load_functions(deps);
	load_remote_schemas(deps);
	load_remote_relationships(deps);
	return deps;
}

/*
 * gqle_meta_deps_load_field builds the part of it that may depend on a
 * relationship or computed field: permissions whose text has the name.  A name
 * that JSON may write in several ways is looked for in all.
 */
GqleMetaDeps *
gqle_meta_deps_load_field(GqleMetaRequest *request, const char *name)
{
	GqleMetaDeps *deps = make_deps(request);
	bool		is_plain = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
								  "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);

	load_permissions(deps, is_plain ? psprintf("\"%s\"", name) : "");
	return deps;
}

/* get_object returns the object with a key, made on first use. */
static DepObject *
get_object(GqleMetaDeps *deps, const char *key)
{
	DepObject  *object = gqle_strhash_lookup(deps->objects, key);

	if (object == NULL)
	{
		object = palloc0(sizeof(DepObject));
		object->key = key;
		gqle_strhash_add(deps->objects, key, object);
		deps->order = lappend(deps->order, object);
	}
	return object;
}

/* add_owned adds an object that belongs to a table and depends on it. */
static DepObject *
add_owned(GqleMetaDeps *deps, const char *key, const GqleMetaName *table)
{
	DepObject  *object = get_object(deps, key);

	object->table_key = gqle_meta_deps_key_table(table);
	add_edge(deps, object, object->table_key);
	return object;
}

/* add_edge notes that an object depends on another. */
static void
add_edge(GqleMetaDeps *deps, DepObject *object, const char *on_key)
{
	DepObject  *on = get_object(deps, on_key);

	if (on != object)
		on->dependents = list_append_unique_ptr(on->dependents, object);
}

/* set_row says which row of the metadata an object is: columns, then values. */
static void
set_row(DepObject *object, const char *store, const char *columns, const char *a,
		const char *b, const char *c, const char *d, const char *e)
{
	object->store = store;
	object->columns = columns;
	object->values[0] = a;
	object->values[1] = b;
	object->values[2] = c;
	object->values[3] = d;
	object->values[4] = e;
}

/* load_tables adds all tables. */
static void
load_tables(GqleMetaDeps *deps)
{
	GqleTable **tables;
	int			n;
	int			i;

	tables = gqle_catalog_tables(deps->catalog, &n);
	for (i = 0; i < n; i++)
		load_table(deps, tables[i]);
}

/* load_table adds a table with its columns, relationships, computed fields. */
static void
load_table(GqleMetaDeps *deps, GqleTable *table)
{
	GqleMetaName name = name_of(table);
	DepObject  *object = get_object(deps, gqle_meta_deps_key_table(&name));
	int			i;

	object->table_key = object->key;
	set_row(object, "tables", "source schema_name table_name", name.source,
			name.schema, name.name, NULL, NULL);
	gqle_catalog_load_table(deps->catalog, table);
	for (i = 0; i < table->n_columns; i++)
		add_owned(deps, gqle_meta_deps_key_member("column", &name, table->columns[i]->name),
				  &name);
	for (i = 0; i < table->n_foreign_keys; i++)
		add_owned(deps, gqle_meta_deps_key_member("constraint", &name,
												  table->foreign_keys[i].name),
				  &name);
	load_relationships(deps, table, &name);
	load_computed_fields(deps, table, &name);
}

/* load_relationships adds the relationships of a table. */
static void
load_relationships(GqleMetaDeps *deps, GqleTable *table, const GqleMetaName *name)
{
	int			i;
	int			j;

	for (i = 0; i < table->n_relationships; i++)
	{
		const GqleRelationship *relationship = table->relationships[i];
		GqleMetaName target = name_of(relationship->target);
		DepObject  *object = add_owned(deps,
									   gqle_meta_deps_key_member("relationship", name,
																 relationship->name),
									   name);

		set_row(object, "relationships", "source schema_name table_name name",
				name->source, name->schema, name->name, relationship->name, NULL);
		add_edge(deps, object, gqle_meta_deps_key_table(&target));
		for (j = 0; j < relationship->n_columns; j++)
		{
			add_edge(deps, object,
					 gqle_meta_deps_key_member("column", name,
											   relationship->columns[j]->name));
			add_edge(deps, object,
					 gqle_meta_deps_key_member("column", &target,
											   relationship->target_columns[j]));
		}
	}
}

/* load_computed_fields adds the computed fields of a table. */
static void
load_computed_fields(GqleMetaDeps *deps, GqleTable *table, const GqleMetaName *name)
{
	int			i;

	for (i = 0; i < table->n_computed_fields; i++)
	{
		const GqleComputedField *field = table->computed_fields[i];
		DepObject  *object = add_owned(deps,
									   gqle_meta_deps_key_member("computed field", name,
																 field->name),
									   name);

		set_row(object, "computed_fields", "source schema_name table_name name",
				name->source, name->schema, name->name, field->name, NULL);
		if (field->function->table != NULL)
		{
			GqleMetaName returned = name_of(field->function->table);

			add_edge(deps, object, gqle_meta_deps_key_table(&returned));
		}
	}
}

/* Notes a field that an expression mentions. */
static const char *
scan_field(void *arg, const GqleTable *table, GqleMetaNameKind kind, const char *name,
		   bool has_static_value)
{
	DepScan    *scan = arg;
	GqleMetaName table_name = name_of(table);
	const char *kind_name = kind == GQLE_META_NAMES_COLUMN ? "column" :
		kind == GQLE_META_NAMES_RELATIONSHIP ? "relationship" : "computed field";
	const char *key = gqle_meta_deps_key_member(kind_name, &table_name, name);

	add_edge(scan->deps, scan->object, key);
	if (has_static_value)
		scan->deps->static_uses = lappend(lappend(scan->deps->static_uses,
												  unconstify(char *, key)),
										  scan->object);
	return name;
}

/* Notes the table of an _exists. */
static const GqleJson *
scan_table(void *arg, const GqleJson *json)
{
	DepScan    *scan = arg;
	GqleMetaName name = gqle_meta_make_name(scan->deps->source, json);

	add_edge(scan->deps, scan->object, gqle_meta_deps_key_table(&name));
	return json;
}

/* load_permissions adds the permissions whose definition has a text in it. */
static void
load_permissions(GqleMetaDeps *deps, const char *text)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, text);
	load_permission_rows(deps, gqle_spi_query("SELECT source, schema_name, table_name, role, operation, definition "
											  "FROM gqle.permissions WHERE position($1 IN definition::text) > 0",
											  &args));
}

/* load_permission_rows adds permissions that were read already. */
static void
load_permission_rows(GqleMetaDeps *deps, const GqleRows *rows)
{
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName name = {gqle_rows_text(rows, i, 0), gqle_rows_text(rows, i, 1),
		gqle_rows_text(rows, i, 2)};
		const char *role = gqle_rows_text(rows, i, 3);
		const char *operation = gqle_rows_text(rows, i, 4);
		GqleTable  *table = gqle_catalog_lookup_table(deps->catalog, name.schema, name.name);
		DepScan		scan = {deps, NULL};

		if (table == NULL)
			continue;
		scan.object = add_owned(deps, gqle_meta_deps_key_permission(&name, role, operation),
								&name);
		set_row(scan.object, "permissions", "source schema_name table_name role operation",
				name.source, name.schema, name.name, role, operation);
		scan_permission(&scan, table, &name, operation,
						gqle_meta_parse_stored(gqle_rows_text(rows, i, 5)));
	}
}

/* scan_permission adds what one permission depends on. */
static void
scan_permission(DepScan *scan, GqleTable *table, const GqleMetaName *name,
				const char *operation, const GqleJson *definition)
{
	GqleMetaVisitor visitor = {scan->deps->catalog, scan, scan_field, scan_table};
	const GqleJson *columns = gqle_json_lookup(definition, "columns");
	const GqleJson *computed = gqle_json_lookup(definition, "computed_fields");
	const GqleJson *set = gqle_json_lookup(definition, "set");
	int			i;

	(void) gqle_meta_boolexp_visit(&visitor, table, gqle_json_lookup(definition, "filter"));
	(void) gqle_meta_boolexp_visit(&visitor, table, gqle_json_lookup(definition, "check"));
	if (columns != NULL && columns->kind == GQLE_JSON_ARRAY)
		for (i = 0; i < columns->n; i++)
			(void) scan_field(scan, table, GQLE_META_NAMES_COLUMN, columns->items[i]->text,
							  false);
	if (computed != NULL)
		for (i = 0; i < computed->n; i++)
			(void) scan_field(scan, table, GQLE_META_NAMES_COMPUTED_FIELD,
							  computed->items[i]->text, false);
	if (set != NULL)
		for (i = 0; i < set->n; i++)
		{
			const GqleJson *value = set->members[i].value;

			(void) scan_field(scan, table, GQLE_META_NAMES_COLUMN, set->members[i].key,
							  !(value->kind == GQLE_JSON_STRING &&
								gqle_session_is_reference(value->text)));
		}
}

/* load_event_triggers adds event triggers and the columns they listen to. */
static void
load_event_triggers(GqleMetaDeps *deps)
{
	static const char *const operations[] = {"insert", "update", "delete"};
	static const char *const lists[] = {"columns", "payload"};
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, table_name, name, definition "
									  "FROM gqle.event_triggers", NULL);
	int			i;
	int			j;
	int			k;
	int			l;

	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName name = {gqle_rows_text(rows, i, 0), gqle_rows_text(rows, i, 1),
		gqle_rows_text(rows, i, 2)};
		const char *trigger = gqle_rows_text(rows, i, 3);
		const GqleJson *stored = gqle_meta_parse_stored(gqle_rows_text(rows, i, 4));
		const GqleJson *definition = gqle_json_lookup(stored, "definition");
		DepObject  *object = add_owned(deps,
									   gqle_meta_deps_key_member("event-trigger", &name,
																 trigger),
									   &name);

		set_row(object, "event_triggers", "source name", name.source, trigger, NULL, NULL,
				NULL);
		for (j = 0; j < (int) lengthof(operations); j++)
			for (k = 0; k < (int) lengthof(lists); k++)
			{
				const GqleJson *columns =
					gqle_json_lookup(gqle_json_lookup(definition, operations[j]), lists[k]);

				for (l = 0; columns != NULL && columns->kind == GQLE_JSON_ARRAY &&
					 l < columns->n; l++)
					add_edge(deps, object,
							 gqle_meta_deps_key_member("column", &name,
													   columns->items[l]->text));
			}
	}
}

/* load_functions adds tracked functions, which depend on the table they return. */
static void
load_functions(GqleMetaDeps *deps)
{
	const char *source = gqle_meta_local_source();
	const GqleRootFunction **functions;
	int			n;
	int			i;

	functions = gqle_catalog_functions(deps->catalog, &n);
	for (i = 0; i < n; i++)
	{
		const GqleFunction *function = functions[i]->function;
		GqleMetaName name = {source, function->schema, function->name};
		DepObject  *object = get_object(deps, gqle_meta_deps_key_function(&name));

		set_row(object, "functions", "source schema_name function_name", name.source,
				name.schema, name.name, NULL, NULL);
		if (function->table != NULL)
		{
			GqleMetaName returned = name_of(function->table);

			add_edge(deps, object, gqle_meta_deps_key_table(&returned));
		}
	}
}

/* load_remote_schemas adds remote schemas and what belongs to them. */
static void
load_remote_schemas(GqleMetaDeps *deps)
{
	GqleRows   *rows = gqle_spi_query("SELECT remote_schema, type_name, name, definition "
									  "FROM gqle.remote_schema_relationships", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		const char *schema = gqle_rows_text(rows, i, 0);
		const char *type = gqle_rows_text(rows, i, 1);
		const char *name = gqle_rows_text(rows, i, 2);
		const GqleJson *definition = gqle_meta_parse_stored(gqle_rows_text(rows, i, 3));
		const GqleJson *to_schema = gqle_json_lookup(definition, "to_remote_schema");
		const GqleJson *to_source = gqle_json_lookup(definition, "to_source");
		DepObject  *object = get_object(deps,
										psprintf("remote_relationship %s on type %s in remote schema %s",
												 name, type, schema));

		set_row(object, "remote_schema_relationships", "remote_schema type_name name",
				schema, type, name, NULL, NULL);
		object->table_key = gqle_meta_deps_key_remote_schema(schema);
		add_edge(deps, object, object->table_key);
		if (to_schema != NULL)
			add_edge(deps, object,
					 gqle_meta_deps_key_remote_schema(gqle_meta_text(to_schema,
																	 "remote_schema")));
		if (to_source != NULL)
		{
			GqleMetaName table = gqle_meta_make_name(gqle_meta_source(to_source),
													 gqle_json_lookup(to_source, "table"));

			add_edge(deps, object, gqle_meta_deps_key_table(&table));
		}
	}
}

/* load_remote_relationships adds relationships that lead out of a source. */
static void
load_remote_relationships(GqleMetaDeps *deps)
{
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, table_name, name, definition "
									  "FROM gqle.remote_relationships", NULL);
	int			i;
	int			j;

	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName table = {gqle_rows_text(rows, i, 0), gqle_rows_text(rows, i, 1),
		gqle_rows_text(rows, i, 2)};
		const char *name = gqle_rows_text(rows, i, 3);
		const GqleJson *definition = gqle_meta_parse_stored(gqle_rows_text(rows, i, 4));
		const GqleJson *to_source = gqle_json_lookup(definition, "to_source");
		const GqleJson *to_schema = gqle_json_lookup(definition, "to_remote_schema");
		const GqleJson *fields;
		DepObject  *object = add_owned(deps,
									   gqle_meta_deps_key_member("remote relationship",
																 &table, name),
									   &table);

		set_row(object, "remote_relationships", "source schema_name table_name name",
				table.source, table.schema, table.name, name, NULL);
		if (to_source != NULL)
		{
			GqleMetaName target = gqle_meta_make_name(gqle_meta_source(to_source),
													  gqle_json_lookup(to_source, "table"));

			add_edge(deps, object, gqle_meta_deps_key_table(&target));
			fields = gqle_json_lookup(to_source, "field_mapping");
			for (j = 0; j < fields->n; j++)
			{
				add_edge(deps, object,
						 gqle_meta_deps_key_member("column", &table,
												   fields->members[j].key));
				add_edge(deps, object,
						 gqle_meta_deps_key_member("column", &target,
												   fields->members[j].value->text));
			}
			continue;
		}
		if (to_schema == NULL)
			to_schema = definition;
		add_edge(deps, object,
				 gqle_meta_deps_key_remote_schema(gqle_meta_text(to_schema,
																 "remote_schema")));
		fields = gqle_json_lookup(to_schema, "lhs_fields");
		if (fields == NULL)
			fields = gqle_json_lookup(to_schema, "hasura_fields");
		for (j = 0; fields != NULL && j < fields->n; j++)
			add_edge(deps, object,
					 gqle_meta_deps_key_member("column", &table, fields->items[j]->text));
	}
}

/* ------------------------------------------------------------------------
 * Using
 * ------------------------------------------------------------------------ */

/* set_mark marks one object; returns false if it is marked already. */
static bool
set_mark(GqleMetaDeps *deps, DepObject *object)
{
	if (object->is_marked)
		return false;
	object->is_marked = true;
	deps->marked = lappend(deps->marked, object);
	return true;
}

/* mark marks an object's dependents and theirs. */
static void
mark(GqleMetaDeps *deps, DepObject *object)
{
	List	   *todo = list_make1(object);

	while (todo != NIL)
	{
		DepObject  *current = llast(todo);
		ListCell   *cell;

		todo = list_delete_last(todo);
		foreach(cell, current->dependents)
		{
			DepObject  *dependent = lfirst(cell);

			if (set_mark(deps, dependent))
				todo = lappend(todo, dependent);
		}
	}
}

/* gqle_meta_deps_mark marks everything that depends on an object. */
void
gqle_meta_deps_mark(GqleMetaDeps *deps, const char *key)
{
	mark(deps, get_object(deps, key));
}

/* gqle_meta_deps_mark_object marks an object and everything that depends on it. */
void
gqle_meta_deps_mark_object(GqleMetaDeps *deps, const char *key)
{
	DepObject  *object = get_object(deps, key);

	(void) set_mark(deps, object);
	mark(deps, object);
}

/* gqle_meta_deps_ignore takes back the mark of one object. */
void
gqle_meta_deps_ignore(GqleMetaDeps *deps, const char *key)
{
	get_object(deps, key)->is_ignored = true;
}

/* gqle_meta_deps_ignore_table takes back the marks of all that a table owns. */
void
gqle_meta_deps_ignore_table(GqleMetaDeps *deps, const GqleMetaName *table)
{
	gqle_meta_deps_ignore_owned(deps, gqle_meta_deps_key_table(table));
}

/* gqle_meta_deps_ignore_owned does so for an owner of any kind. */
void
gqle_meta_deps_ignore_owned(GqleMetaDeps *deps, const char *key)
{
	GqleStrHash *owners = gqle_strhash_make(CurrentMemoryContext, 1);

	gqle_strhash_set(owners, key, unconstify(char *, key));
	gqle_meta_deps_ignore_owned_by(deps, owners);
}

/* gqle_meta_deps_ignore_owned_by does so for many; the keys of the hash are theirs. */
void
gqle_meta_deps_ignore_owned_by(GqleMetaDeps *deps, GqleStrHash *owners)
{
	ListCell   *cell;

	foreach(cell, deps->order)
	{
		DepObject  *object = lfirst(cell);

		if (object->table_key != NULL &&
			gqle_strhash_lookup(owners, object->table_key) != NULL)
			object->is_ignored = true;
	}
}

/* gqle_meta_deps_unmark takes back all marks. */
void
gqle_meta_deps_unmark(GqleMetaDeps *deps)
{
	ListCell   *cell;

	foreach(cell, deps->marked)
		((DepObject *) lfirst(cell))->is_marked = false;
	deps->marked = NIL;
}

/* compare_texts orders JSON strings. */
static int
compare_texts(const void *a, const void *b)
{
	return strcmp((*(GqleJson *const *) a)->text, (*(GqleJson *const *) b)->text);
}

/* gqle_meta_deps_marked returns the keys of marked objects, sorted. */
GqleJson *
gqle_meta_deps_marked(GqleMetaDeps *deps)
{
	GqleJson   *result = gqle_json_make_array();
	ListCell   *cell;

	foreach(cell, deps->marked)
	{
		DepObject  *object = lfirst(cell);

		if (!object->is_ignored && object->store != NULL)
			gqle_json_array_add(result, gqle_json_make_string(object->key));
	}
	qsort(result->items, result->n, sizeof(GqleJson *), compare_texts);
	return result;
}

/* gqle_meta_deps_check refuses to drop what others depend on. */
bool
gqle_meta_deps_check(GqleMetaCall *call, GqleMetaDeps *deps)
{
	GqleJson   *marked = gqle_meta_deps_marked(deps);
	StringInfoData list;
	int			i;

	if (marked->n == 0)
		return true;
	initStringInfo(&list);
	for (i = 0; i < marked->n; i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", marked->items[i]->text);
	return gqle_meta_fail(call, GQLE_ERR_DEPENDENCY_ERROR,
						  "cannot drop due to the following dependent objects: %s",
						  list.data);
}

/* gqle_meta_deps_purge removes marked objects from the metadata. */
void
gqle_meta_deps_purge(GqleMetaDeps *deps)
{
	ListCell   *cell;

	foreach(cell, deps->marked)
	{
		DepObject  *object = lfirst(cell);

		if (!object->is_ignored && object->store != NULL)
			gqle_meta_store_delete(object->store, object->columns, object->values[0],
								   object->values[1], object->values[2],
								   object->values[3], object->values[4]);
	}
}

/* gqle_meta_deps_static_uses returns permissions that compare a column with a literal. */
GqleJson *
gqle_meta_deps_static_uses(GqleMetaDeps *deps, const char *column_key)
{
	GqleJson   *result = gqle_json_make_array();
	int			i;
	int			j;

	for (i = 0; i + 1 < list_length(deps->static_uses); i += 2)
	{
		const char *key = list_nth(deps->static_uses, i);
		DepObject  *object = list_nth(deps->static_uses, i + 1);

		if (strcmp(key, column_key) != 0)
			continue;
		for (j = 0; j < result->n; j++)
			if (strcmp(result->items[j]->text, object->key) == 0)
				break;
		if (j == result->n)
			gqle_json_array_add(result, gqle_json_make_string(object->key));
	}
	qsort(result->items, result->n, sizeof(GqleJson *), compare_texts);
	return result;
}
