/*
 * meta_export.c
 *		The stored metadata as a document of version 3.
 *
 * Rows are read in the order in which Hasura exports objects (names compared
 * byte by byte) and put together loosely; the document's shape then gives every
 * object its keys in order and leaves defaults out.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_link.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/spi.h"
#include "gqle/base/strhash.h"

/* Entries of the document under construction, by name. */
typedef struct Export
{
	GqleStrHash *sources;		/* name -> source */
	GqleStrHash *tables;		/* names -> table entry */
	GqleStrHash *functions;		/* names -> function entry */
	GqleStrHash *models;		/* names -> logical model */
	GqleStrHash *remote_schemas;
	GqleStrHash *remote_types;	/* remote schema and type -> relationships */
	GqleStrHash *actions;
} Export;

static GqleJson *make_document(bool with_linked);
static void add_sources(Export *export, GqleJson *document);
static void add_tables(Export *export);
static void add_relationships(Export *export);
static void add_table_parts(Export *export);
static void add_permissions(Export *export);
static void add_functions(Export *export);
static void add_models(Export *export);
static void add_linked(Export *export);
static void add_remote_schemas(Export *export, GqleJson *document);
static void add_remote_parts(Export *export);
static void add_collections(GqleJson *document);
static void add_actions(Export *export, GqleJson *document);
static void add_rest(GqleJson *document);
static void add_settings(GqleJson *document);

/* gqle_meta_export returns the document of all metadata. */
GqleJson *
gqle_meta_export(void)
{
	return make_document(true);
}

/* gqle_meta_export_stored leaves out what linked sources keep themselves. */
GqleJson *
gqle_meta_export_stored(void)
{
	return make_document(false);
}

/* make_document makes the document, with what linked sources keep or without. */
static GqleJson *
make_document(bool with_linked)
{
	Export		export;
	GqleJson   *document = gqle_json_make_object();
	GqleErrorSink sink = {0};
	GqleMetaReader reader = {&sink, NULL};
	GqleMetaPath root = {NULL, NULL, 0, "$"};
	GqleJson   *canonical;

	export.sources = gqle_strhash_make(CurrentMemoryContext, 4);
	export.tables = gqle_strhash_make(CurrentMemoryContext, 64);
	export.functions = gqle_strhash_make(CurrentMemoryContext, 16);
	export.models = gqle_strhash_make(CurrentMemoryContext, 4);
	export.remote_schemas = gqle_strhash_make(CurrentMemoryContext, 4);
	export.remote_types = gqle_strhash_make(CurrentMemoryContext, 4);
	export.actions = gqle_strhash_make(CurrentMemoryContext, 16);

	gqle_json_object_set(document, "version", gqle_json_make_number("3"));
	add_sources(&export, document);
	add_tables(&export);
	add_relationships(&export);
	add_table_parts(&export);
	add_permissions(&export);
	add_functions(&export);
	add_models(&export);
	if (with_linked)
		add_linked(&export);
	add_remote_schemas(&export, document);
	add_remote_parts(&export);
	add_collections(document);
	add_actions(&export, document);
	add_rest(document);
	add_settings(document);

	canonical = gqle_meta_shape_apply(&reader, &root, &gqle_meta_document_v3, document);
	if (canonical == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the stored metadata is malformed at %s: %s", sink.error.path,
						sink.error.message)));
	return canonical;
}

/* ------------------------------------------------------------------------
 * Helpers
 * ------------------------------------------------------------------------ */

/* join returns a key for a hash from names, of which later ones may be NULL. */
static char *
join(const char *a, const char *b, const char *c)
{
	return psprintf("%s\001%s\001%s", a, b != NULL ? b : "", c != NULL ? c : "");
}

/* set_json sets a member from a json column, if that is not null. */
static void
set_json(GqleJson *object, const char *key, const GqleRows *rows, int row, int column)
{
	char	   *text = gqle_rows_text(rows, row, column);

	if (text != NULL)
		gqle_json_object_set(object, key, gqle_meta_parse_stored(text));
}

/* set_text sets a member from a text column, if that is not null. */
static void
set_text(GqleJson *object, const char *key, const GqleRows *rows, int row, int column)
{
	char	   *text = gqle_rows_text(rows, row, column);

	if (text != NULL)
		gqle_json_object_set(object, key, gqle_json_make_string(text));
}

/* list_of returns the list under a key, made on first use. */
static GqleJson *
list_of(GqleJson *object, const char *key)
{
	GqleJson   *list = gqle_json_lookup(object, key);

	if (list == NULL)
	{
		list = gqle_json_make_array();
		gqle_json_object_set(object, key, list);
	}
	return list;
}

/* name_of returns a name from two text columns. */
static GqleJson *
name_of(const GqleRows *rows, int row, int schema_column)
{
	return gqle_meta_name_json(gqle_rows_text(rows, row, schema_column),
							   gqle_rows_text(rows, row, schema_column + 1));
}

/*
 * owned_by returns the entry of that name; for a row without an owner one that
 * nobody sees.
 */
static GqleJson *
owned_by(GqleStrHash *entries, const char *name)
{
	GqleJson   *entry = gqle_strhash_lookup(entries, name);

	return entry != NULL ? entry : gqle_json_make_object();
}

/* owner returns the table entry that the first three columns name, likewise. */
static GqleJson *
owner(GqleStrHash *entries, const GqleRows *rows, int row)
{
	return owned_by(entries, join(gqle_rows_text(rows, row, 0),
								  gqle_rows_text(rows, row, 1),
								  gqle_rows_text(rows, row, 2)));
}

/* ------------------------------------------------------------------------
 * Sources
 * ------------------------------------------------------------------------ */

/* add_sources adds the sources; "default" comes first, as in Hasura. */
static void
add_sources(Export *export, GqleJson *document)
{
	GqleRows   *rows = gqle_spi_query("SELECT name, kind, configuration, customization, query_tags, "
									  "health_check FROM gqle.sources "
									  "ORDER BY name <> 'default', name COLLATE \"C\"", NULL);
	GqleJson   *list = gqle_json_make_array();
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *source = gqle_json_make_object();

		set_text(source, "name", rows, i, 0);
		set_text(source, "kind", rows, i, 1);
		gqle_json_object_set(source, "tables", gqle_json_make_array());
		set_json(source, "configuration", rows, i, 2);
		set_json(source, "customization", rows, i, 3);
		set_json(source, "query_tags", rows, i, 4);
		set_json(source, "health_check", rows, i, 5);
		gqle_strhash_add(export->sources, gqle_rows_text(rows, i, 0), source);
		gqle_json_array_add(list, source);
	}
	gqle_json_object_set(document, "sources", list);
}

/*
 * add_linked adds what linked sources keep themselves.  Of one that can't be reached
 * there is only what is stored here.
 */
static void
add_linked(Export *export)
{
	ListCell   *cell;
	int			i;

	foreach(cell, gqle_meta_linked_sources())
	{
		GqleJson   *source = owned_by(export->sources, lfirst(cell));
		const GqleJson *there = gqle_meta_link_export(lfirst(cell));

		for (i = 0; there != NULL && i < there->n; i++)
			if (strcmp(there->members[i].key, "name") != 0 &&
				strcmp(there->members[i].key, "configuration") != 0)
				gqle_json_object_set(source, there->members[i].key,
									 there->members[i].value);
	}
}

/* add_tables adds the tables of all sources. */
static void
add_tables(Export *export)
{
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, table_name, is_enum, "
									  "configuration, apollo_federation_config, logical_model "
									  "FROM gqle.tables "
									  "ORDER BY source, schema_name COLLATE \"C\", "
									  "table_name COLLATE \"C\"", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		const char *source = gqle_rows_text(rows, i, 0);
		GqleJson   *table = gqle_json_make_object();

		gqle_json_object_set(table, "table", name_of(rows, i, 1));
		gqle_json_object_set(table, "is_enum",
							 gqle_json_make_bool(gqle_rows_bool(rows, i, 3)));
		set_json(table, "configuration", rows, i, 4);
		set_json(table, "apollo_federation_config", rows, i, 5);
		set_text(table, "logical_model", rows, i, 6);
		gqle_strhash_add(export->tables,
						 join(source, gqle_rows_text(rows, i, 1),
							  gqle_rows_text(rows, i, 2)), table);
		gqle_json_array_add(list_of(owned_by(export->sources, source), "tables"),
							table);
	}
}

/* add_relationships adds object and array relationships. */
static void
add_relationships(Export *export)
{
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, table_name, kind, name, "
									  "using_definition, comment FROM gqle.relationships "
									  "ORDER BY name COLLATE \"C\"", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *table = owner(export->tables, rows, i);
		GqleJson   *relationship = gqle_json_make_object();
		bool		is_object = strcmp(gqle_rows_text(rows, i, 3), "object") == 0;

		set_text(relationship, "name", rows, i, 4);
		set_json(relationship, "using", rows, i, 5);
		set_text(relationship, "comment", rows, i, 6);
		gqle_json_array_add(list_of(table, is_object ? "object_relationships" :
									"array_relationships"), relationship);
	}
}

/* add_table_parts adds computed fields, remote relationships, event triggers. */
static void
add_table_parts(Export *export)
{
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, table_name, name, definition, "
									  "has_comment, comment FROM gqle.computed_fields "
									  "ORDER BY name COLLATE \"C\"", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *field = gqle_json_make_object();

		set_text(field, "name", rows, i, 3);
		set_json(field, "definition", rows, i, 4);
		if (gqle_rows_bool(rows, i, 5))
			gqle_json_object_set(field, "comment", gqle_json_make_string(""));
		set_text(field, "comment", rows, i, 6);
		gqle_json_array_add(list_of(owner(export->tables, rows, i), "computed_fields"),
							field);
	}
	rows = gqle_spi_query("SELECT source, schema_name, table_name, name, definition "
						  "FROM gqle.remote_relationships ORDER BY name COLLATE \"C\"", NULL);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *relationship = gqle_json_make_object();

		set_text(relationship, "name", rows, i, 3);
		set_json(relationship, "definition", rows, i, 4);
		gqle_json_array_add(list_of(owner(export->tables, rows, i), "remote_relationships"),
							relationship);
	}
	rows = gqle_spi_query("SELECT source, schema_name, table_name, definition "
						  "FROM gqle.event_triggers ORDER BY name COLLATE \"C\"", NULL);
	for (i = 0; i < rows->n; i++)
		gqle_json_array_add(list_of(owner(export->tables, rows, i), "event_triggers"),
							gqle_meta_parse_stored(gqle_rows_text(rows, i, 3)));
}

/* add_permissions adds the permissions of tables. */
static void
add_permissions(Export *export)
{
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, table_name, operation, role, "
									  "definition, comment FROM gqle.permissions "
									  "ORDER BY role COLLATE \"C\"", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *permission = gqle_json_make_object();

		set_text(permission, "role", rows, i, 4);
		set_json(permission, "permission", rows, i, 5);
		set_text(permission, "comment", rows, i, 6);
		gqle_json_array_add(list_of(owner(export->tables, rows, i),
									psprintf("%s_permissions",
											 gqle_rows_text(rows, i, 3))),
							permission);
	}
}

/* add_functions adds tracked functions with their permissions. */
static void
add_functions(Export *export)
{
	GqleRows   *rows = gqle_spi_query("SELECT source, schema_name, function_name, configuration, "
									  "comment FROM gqle.functions "
									  "ORDER BY source, schema_name COLLATE \"C\", "
									  "function_name COLLATE \"C\"", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		const char *source = gqle_rows_text(rows, i, 0);
		GqleJson   *function = gqle_json_make_object();

		gqle_json_object_set(function, "function", name_of(rows, i, 1));
		set_json(function, "configuration", rows, i, 3);
		set_text(function, "comment", rows, i, 4);
		gqle_strhash_add(export->functions,
						 join(source, gqle_rows_text(rows, i, 1),
							  gqle_rows_text(rows, i, 2)), function);
		gqle_json_array_add(list_of(owned_by(export->sources, source),
									"functions"), function);
	}
	rows = gqle_spi_query("SELECT source, schema_name, function_name, role "
						  "FROM gqle.function_permissions ORDER BY position, role COLLATE \"C\"", NULL);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *permission = gqle_json_make_object();

		set_text(permission, "role", rows, i, 3);
		gqle_json_array_add(list_of(owner(export->functions, rows, i), "permissions"),
							permission);
	}
}

/* add_models adds native queries and logical models. */
static void
add_models(Export *export)
{
	GqleRows   *rows = gqle_spi_query("SELECT source, definition FROM gqle.native_queries "
									  "ORDER BY root_field_name COLLATE \"C\"", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
		gqle_json_array_add(list_of(owned_by(export->sources, gqle_rows_text(rows, i, 0)),
									"native_queries"),
							gqle_meta_parse_stored(gqle_rows_text(rows, i, 1)));
	rows = gqle_spi_query("SELECT source, name, definition FROM gqle.logical_models "
						  "ORDER BY name COLLATE \"C\"", NULL);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *model = gqle_meta_parse_stored(gqle_rows_text(rows, i, 2));

		gqle_strhash_add(export->models,
						 join(gqle_rows_text(rows, i, 0), gqle_rows_text(rows, i, 1), NULL),
						 model);
		gqle_json_array_add(list_of(owned_by(export->sources, gqle_rows_text(rows, i, 0)),
									"logical_models"), model);
	}
	rows = gqle_spi_query("SELECT source, name, role, definition, comment "
						  "FROM gqle.logical_model_permissions ORDER BY role COLLATE \"C\"",
						  NULL);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *model = owned_by(export->models,
												join(gqle_rows_text(rows, i, 0),
													 gqle_rows_text(rows, i, 1), NULL));
		GqleJson   *permission = gqle_json_make_object();

		set_text(permission, "role", rows, i, 2);
		set_json(permission, "permission", rows, i, 3);
		set_text(permission, "comment", rows, i, 4);
		gqle_json_array_add(list_of(model, "select_permissions"), permission);
	}
}

/* ------------------------------------------------------------------------
 * The rest
 * ------------------------------------------------------------------------ */

/* add_remote_schemas adds remote schemas. */
static void
add_remote_schemas(Export *export, GqleJson *document)
{
	GqleRows   *rows = gqle_spi_query("SELECT name, definition, comment FROM gqle.remote_schemas "
									  "ORDER BY name COLLATE \"C\"", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *schema = gqle_json_make_object();

		set_text(schema, "name", rows, i, 0);
		set_json(schema, "definition", rows, i, 1);
		set_text(schema, "comment", rows, i, 2);
		gqle_strhash_add(export->remote_schemas, gqle_rows_text(rows, i, 0), schema);
		gqle_json_array_add(list_of(document, "remote_schemas"), schema);
	}
}

/* add_remote_parts adds permissions and relationships of remote schemas. */
static void
add_remote_parts(Export *export)
{
	GqleRows   *rows = gqle_spi_query("SELECT remote_schema, role, definition, comment "
									  "FROM gqle.remote_schema_permissions "
									  "ORDER BY position, role COLLATE \"C\"", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *permission = gqle_json_make_object();

		set_text(permission, "role", rows, i, 1);
		set_json(permission, "definition", rows, i, 2);
		set_text(permission, "comment", rows, i, 3);
		gqle_json_array_add(list_of(owned_by(export->remote_schemas, gqle_rows_text(rows, i, 0)),
									"permissions"), permission);
	}
	rows = gqle_spi_query("SELECT remote_schema, type_name, name, definition "
						  "FROM gqle.remote_schema_relationships "
						  "ORDER BY position, type_name COLLATE \"C\", name COLLATE \"C\"", NULL);
	for (i = 0; i < rows->n; i++)
	{
		const char *schema = gqle_rows_text(rows, i, 0);
		const char *type = gqle_rows_text(rows, i, 1);
		GqleJson   *entry = gqle_strhash_lookup(export->remote_types,
												join(schema, type, NULL));
		GqleJson   *relationship = gqle_json_make_object();

		if (entry == NULL)
		{
			entry = gqle_json_make_object();
			gqle_json_object_set(entry, "type_name", gqle_json_make_string(type));
			gqle_json_array_add(list_of(owned_by(export->remote_schemas, schema),
										"remote_relationships"), entry);
			gqle_strhash_add(export->remote_types, join(schema, type, NULL), entry);
		}
		set_text(relationship, "name", rows, i, 2);
		set_json(relationship, "definition", rows, i, 3);
		gqle_json_array_add(list_of(entry, "relationships"), relationship);
	}
}

/* add_collections adds query collections and the allow list. */
static void
add_collections(GqleJson *document)
{
	GqleRows   *rows = gqle_spi_query("SELECT name, definition, comment FROM gqle.query_collections "
									  "ORDER BY name COLLATE \"C\"", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *collection = gqle_json_make_object();

		set_text(collection, "name", rows, i, 0);
		set_json(collection, "definition", rows, i, 1);
		set_text(collection, "comment", rows, i, 2);
		gqle_json_array_add(list_of(document, "query_collections"), collection);
	}
	rows = gqle_spi_query("SELECT collection, scope FROM gqle.allowlist "
						  "ORDER BY collection COLLATE \"C\"", NULL);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *entry = gqle_json_make_object();

		set_text(entry, "collection", rows, i, 0);
		set_json(entry, "scope", rows, i, 1);
		gqle_json_array_add(list_of(document, "allowlist"), entry);
	}
}

/* add_actions adds actions with their permissions. */
static void
add_actions(Export *export, GqleJson *document)
{
	GqleRows   *rows = gqle_spi_query("SELECT name, definition, comment FROM gqle.actions "
									  "ORDER BY name COLLATE \"C\"", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *action = gqle_json_make_object();

		set_text(action, "name", rows, i, 0);
		set_json(action, "definition", rows, i, 1);
		set_text(action, "comment", rows, i, 2);
		gqle_strhash_add(export->actions, gqle_rows_text(rows, i, 0), action);
		gqle_json_array_add(list_of(document, "actions"), action);
	}
	rows = gqle_spi_query("SELECT action, role, comment FROM gqle.action_permissions "
						  "ORDER BY position, role COLLATE \"C\"", NULL);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *permission = gqle_json_make_object();

		set_text(permission, "role", rows, i, 1);
		set_text(permission, "comment", rows, i, 2);
		gqle_json_array_add(list_of(owned_by(export->actions, gqle_rows_text(rows, i, 0)),
									"permissions"), permission);
	}
}

/* add_rest adds cron triggers, REST endpoints and inherited roles. */
static void
add_rest(GqleJson *document)
{
	GqleRows   *rows = gqle_spi_query("SELECT definition FROM gqle.cron_triggers "
									  "WHERE include_in_metadata ORDER BY name COLLATE \"C\"",
									  NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
		gqle_json_array_add(list_of(document, "cron_triggers"),
							gqle_meta_parse_stored(gqle_rows_text(rows, i, 0)));
	rows = gqle_spi_query("SELECT name, url, to_json(methods), definition, comment "
						  "FROM gqle.rest_endpoints ORDER BY url COLLATE \"C\", name COLLATE \"C\"",
						  NULL);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *endpoint = gqle_json_make_object();

		set_text(endpoint, "name", rows, i, 0);
		set_text(endpoint, "url", rows, i, 1);
		set_json(endpoint, "methods", rows, i, 2);
		set_json(endpoint, "definition", rows, i, 3);
		set_text(endpoint, "comment", rows, i, 4);
		gqle_json_array_add(list_of(document, "rest_endpoints"), endpoint);
	}
	rows = gqle_spi_query("SELECT role_name, to_json(role_set) FROM gqle.inherited_roles "
						  "ORDER BY role_name COLLATE \"C\"", NULL);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *role = gqle_json_make_object();

		set_text(role, "role_name", rows, i, 0);
		set_json(role, "role_set", rows, i, 1);
		gqle_json_array_add(list_of(document, "inherited_roles"), role);
	}
}

/* add_settings adds the objects of which there is one each. */
static void
add_settings(GqleJson *document)
{
	GqleRows   *rows = gqle_spi_query("SELECT key, value FROM gqle.settings", NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
		set_json(document, gqle_rows_text(rows, i, 0), rows, i, 1);
}
