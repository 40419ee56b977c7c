/*
 * meta_import.c
 *		Replacing all metadata by a document.
 *
 * Rows are collected per metadata table and inserted with one statement each,
 * tables that others refer to first.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/base/spi.h"

/* Metadata tables in the order in which they can be filled. */
typedef enum Store
{
	STORE_SOURCES,
	STORE_TABLES,
	STORE_RELATIONSHIPS,
	STORE_REMOTE_RELATIONSHIPS,
	STORE_COMPUTED_FIELDS,
	STORE_PERMISSIONS,
	STORE_EVENT_TRIGGERS,
	STORE_FUNCTIONS,
	STORE_FUNCTION_PERMISSIONS,
	STORE_LOGICAL_MODELS,
	STORE_LOGICAL_MODEL_PERMISSIONS,
	STORE_NATIVE_QUERIES,
	STORE_INHERITED_ROLES,
	STORE_REMOTE_SCHEMAS,
	STORE_REMOTE_SCHEMA_PERMISSIONS,
	STORE_REMOTE_SCHEMA_RELATIONSHIPS,
	STORE_ACTIONS,
	STORE_ACTION_PERMISSIONS,
	STORE_CRON_TRIGGERS,
	STORE_QUERY_COLLECTIONS,
	STORE_ALLOWLIST,
	STORE_REST_ENDPOINTS,
	STORE_SETTINGS
} Store;

#define N_STORES (STORE_SETTINGS + 1)

static const char *const store_names[N_STORES] = {
	"sources", "tables", "relationships", "remote_relationships", "computed_fields",
	"permissions", "event_triggers", "functions", "function_permissions",
	"logical_models", "logical_model_permissions", "native_queries",
	"inherited_roles", "remote_schemas", "remote_schema_permissions",
	"remote_schema_relationships", "actions", "action_permissions", "cron_triggers",
	"query_collections", "allowlist", "rest_endpoints", "settings"
};

/* Rows waiting to be inserted. */
typedef struct Import
{
	GqleJson   *rows[N_STORES];
} Import;

static void import_source(Import *import, const GqleJson *source);
static void import_table(Import *import, const char *source, const GqleJson *entry);
static void import_permissions(Import *import, const GqleMetaName *table,
							   const GqleJson *entry);
static void import_function(Import *import, const char *source, const GqleJson *entry);
static void import_models(Import *import, const GqleJson *source);
static void import_remote_schemas(Import *import, const GqleJson *document);
static void import_actions(Import *import, const GqleJson *document);
static void import_rest(Import *import, const GqleJson *document);
static void import_settings(Import *import, const GqleJson *document);

/* gqle_meta_import replaces all metadata. */
void
gqle_meta_import(const GqleJson *document)
{
	const GqleJson *sources = gqle_json_lookup(document, "sources");
	Import		import;
	int			i;

	for (i = 0; i < N_STORES; i++)
		import.rows[i] = gqle_json_make_array();
	for (i = 0; i < sources->n; i++)
		import_source(&import, sources->items[i]);
	import_remote_schemas(&import, document);
	import_actions(&import, document);
	import_rest(&import, document);
	import_settings(&import, document);

	gqle_meta_clear();
	for (i = 0; i < N_STORES; i++)
		gqle_meta_store_insert(store_names[i], import.rows[i]);
}

/* gqle_meta_clear removes all metadata; what belongs to others goes with them. */
void
gqle_meta_clear(void)
{
	gqle_spi_execute("DELETE FROM gqle.sources", NULL);
	gqle_meta_clear_engine();
}

/* gqle_meta_clear_engine removes what is not part of a source. */
void
gqle_meta_clear_engine(void)
{
	gqle_spi_execute("DELETE FROM gqle.inherited_roles", NULL);
	gqle_spi_execute("DELETE FROM gqle.remote_schemas", NULL);
	gqle_spi_execute("DELETE FROM gqle.actions", NULL);
	gqle_spi_execute("DELETE FROM gqle.cron_triggers WHERE include_in_metadata", NULL);
	gqle_spi_execute("DELETE FROM gqle.query_collections", NULL);
	gqle_spi_execute("DELETE FROM gqle.allowlist", NULL);
	gqle_spi_execute("DELETE FROM gqle.rest_endpoints", NULL);
	gqle_spi_execute("DELETE FROM gqle.settings", NULL);
}

/* ------------------------------------------------------------------------
 * Helpers
 * ------------------------------------------------------------------------ */

/* set_member copies a member into a column; absent is null. */
static void
set_member(GqleJson *row, const char *column, const GqleJson *object, const char *key)
{
	GqleJson   *value = gqle_json_lookup(object, key);

	gqle_json_object_set(row, column, value != NULL ? value : gqle_json_make_null());
}

/* without returns an object without one of its members. */
static GqleJson *
without(const GqleJson *object, const char *key)
{
	GqleJson   *result = gqle_json_make_object();
	int			i;

	for (i = 0; i < object->n; i++)
		if (strcmp(object->members[i].key, key) != 0)
			gqle_json_object_set(result, object->members[i].key,
								 object->members[i].value);
	return result;
}

/* add_row adds a row to those of a metadata table. */
static void
add_row(Import *import, Store store, GqleJson *row)
{
	gqle_json_array_add(import->rows[store], row);
}

/* length returns the length of a list that may be absent. */
static int
length(const GqleJson *list)
{
	return list != NULL ? list->n : 0;
}

/* ------------------------------------------------------------------------
 * Sources
 * ------------------------------------------------------------------------ */

/* import_source collects the rows of a source. */
static void
import_source(Import *import, const GqleJson *source)
{
	const char *name = gqle_meta_text(source, "name");
	const GqleJson *tables = gqle_json_lookup(source, "tables");
	const GqleJson *functions = gqle_json_lookup(source, "functions");
	GqleJson   *row = gqle_json_make_object();
	int			i;

	gqle_meta_row_set_text(row, "name", name);
	gqle_meta_row_set_bool(row, "is_initial", false);
	set_member(row, "kind", source, "kind");
	set_member(row, "configuration", source, "configuration");
	set_member(row, "customization", source, "customization");
	set_member(row, "query_tags", source, "query_tags");
	set_member(row, "health_check", source, "health_check");
	add_row(import, STORE_SOURCES, row);
	for (i = 0; i < length(tables); i++)
		import_table(import, name, tables->items[i]);
	for (i = 0; i < length(functions); i++)
		import_function(import, name, functions->items[i]);
	import_models(import, source);
}

/* import_relationships collects relationships of one kind. */
static void
import_relationships(Import *import, const GqleMetaName *table, const char *kind,
					 const GqleJson *list)
{
	int			i;

	for (i = 0; i < length(list); i++)
	{
		GqleJson   *row = gqle_meta_row_of_table(table);

		gqle_meta_row_set_text(row, "kind", kind);
		set_member(row, "name", list->items[i], "name");
		set_member(row, "using_definition", list->items[i], "using");
		set_member(row, "comment", list->items[i], "comment");
		add_row(import, STORE_RELATIONSHIPS, row);
	}
}

/* import_table collects the rows of a table. */
static void
import_table(Import *import, const char *source, const GqleJson *entry)
{
	GqleMetaName table = gqle_meta_make_name(source, gqle_json_lookup(entry, "table"));
	const GqleJson *list;
	GqleJson   *row = gqle_meta_row_of_table(&table);
	int			i;

	gqle_meta_row_set_bool(row, "is_enum", gqle_meta_bool(entry, "is_enum", false));
	set_member(row, "configuration", entry, "configuration");
	set_member(row, "apollo_federation_config", entry, "apollo_federation_config");
	set_member(row, "logical_model", entry, "logical_model");
	add_row(import, STORE_TABLES, row);

	import_relationships(import, &table, "object",
						 gqle_json_lookup(entry, "object_relationships"));
	import_relationships(import, &table, "array",
						 gqle_json_lookup(entry, "array_relationships"));
	list = gqle_json_lookup(entry, "computed_fields");
	for (i = 0; i < length(list); i++)
	{
		const char *comment = gqle_meta_text(list->items[i], "comment");

		row = gqle_meta_row_of_table(&table);
		set_member(row, "name", list->items[i], "name");
		set_member(row, "definition", list->items[i], "definition");
		gqle_meta_row_set_bool(row, "has_comment",
							   gqle_json_lookup(list->items[i], "comment") != NULL);
		gqle_meta_row_set_text(row, "comment",
							   comment != NULL && *comment != '\0' ? comment : NULL);
		add_row(import, STORE_COMPUTED_FIELDS, row);
	}
	list = gqle_json_lookup(entry, "remote_relationships");
	for (i = 0; i < length(list); i++)
	{
		row = gqle_meta_row_of_table(&table);
		set_member(row, "name", list->items[i], "name");
		set_member(row, "definition", list->items[i], "definition");
		add_row(import, STORE_REMOTE_RELATIONSHIPS, row);
	}
	list = gqle_json_lookup(entry, "event_triggers");
	for (i = 0; i < length(list); i++)
	{
		row = gqle_meta_row_of_table(&table);
		set_member(row, "name", list->items[i], "name");
		gqle_json_object_set(row, "definition", list->items[i]);
		add_row(import, STORE_EVENT_TRIGGERS, row);
	}
	import_permissions(import, &table, entry);
}

/* import_permissions collects the permissions of a table. */
static void
import_permissions(Import *import, const GqleMetaName *table, const GqleJson *entry)
{
	static const char *const operations[] = {"insert", "select", "update", "delete"};
	int			i;
	int			j;

	for (i = 0; i < (int) lengthof(operations); i++)
	{
		const GqleJson *list = gqle_json_lookup(entry, psprintf("%s_permissions",
																operations[i]));

		for (j = 0; j < length(list); j++)
		{
			GqleJson   *row = gqle_meta_row_of_table(table);

			set_member(row, "role", list->items[j], "role");
			gqle_meta_row_set_text(row, "operation", operations[i]);
			set_member(row, "definition", list->items[j], "permission");
			set_member(row, "comment", list->items[j], "comment");
			add_row(import, STORE_PERMISSIONS, row);
		}
	}
}

/* function_row starts a row of something that belongs to a function. */
static GqleJson *
function_row(const GqleMetaName *function)
{
	GqleJson   *row = gqle_json_make_object();

	gqle_meta_row_set_text(row, "source", function->source);
	gqle_meta_row_set_text(row, "schema_name", function->schema);
	gqle_meta_row_set_text(row, "function_name", function->name);
	return row;
}

/* set_position keeps where in its list an object was. */
static void
set_position(GqleJson *row, int index)
{
	gqle_json_object_set(row, "position", gqle_json_make_number(psprintf("%d", index + 1)));
}

/* import_function collects the rows of a function. */
static void
import_function(Import *import, const char *source, const GqleJson *entry)
{
	GqleMetaName name = gqle_meta_make_name(source, gqle_json_lookup(entry, "function"));
	const GqleJson *permissions = gqle_json_lookup(entry, "permissions");
	GqleJson   *row = function_row(&name);
	int			i;

	set_member(row, "configuration", entry, "configuration");
	set_member(row, "comment", entry, "comment");
	add_row(import, STORE_FUNCTIONS, row);
	for (i = 0; i < length(permissions); i++)
	{
		row = function_row(&name);
		set_member(row, "role", permissions->items[i], "role");
		set_position(row, i);
		add_row(import, STORE_FUNCTION_PERMISSIONS, row);
	}
}

/* import_models collects native queries and logical models of a source. */
static void
import_models(Import *import, const GqleJson *source)
{
	const GqleJson *queries = gqle_json_lookup(source, "native_queries");
	const GqleJson *models = gqle_json_lookup(source, "logical_models");
	GqleJson   *row;
	int			i;
	int			j;

	for (i = 0; i < length(queries); i++)
	{
		row = gqle_json_make_object();
		set_member(row, "source", source, "name");
		set_member(row, "root_field_name", queries->items[i], "root_field_name");
		gqle_json_object_set(row, "definition", queries->items[i]);
		add_row(import, STORE_NATIVE_QUERIES, row);
	}
	for (i = 0; i < length(models); i++)
	{
		const GqleJson *model = models->items[i];
		const GqleJson *permissions = gqle_json_lookup(model, "select_permissions");

		row = gqle_json_make_object();
		set_member(row, "source", source, "name");
		set_member(row, "name", model, "name");
		gqle_json_object_set(row, "definition", without(model, "select_permissions"));
		add_row(import, STORE_LOGICAL_MODELS, row);
		for (j = 0; j < length(permissions); j++)
		{
			row = gqle_json_make_object();
			set_member(row, "source", source, "name");
			set_member(row, "name", model, "name");
			set_member(row, "role", permissions->items[j], "role");
			set_member(row, "definition", permissions->items[j], "permission");
			set_member(row, "comment", permissions->items[j], "comment");
			add_row(import, STORE_LOGICAL_MODEL_PERMISSIONS, row);
		}
	}
}

/* ------------------------------------------------------------------------
 * The rest
 * ------------------------------------------------------------------------ */

/* import_remote_schemas collects remote schemas and what belongs to them. */
static void
import_remote_schemas(Import *import, const GqleJson *document)
{
	const GqleJson *schemas = gqle_json_lookup(document, "remote_schemas");
	GqleJson   *row;
	int			i;
	int			j;
	int			k;

	for (i = 0; i < length(schemas); i++)
	{
		const GqleJson *schema = schemas->items[i];
		const GqleJson *permissions = gqle_json_lookup(schema, "permissions");
		const GqleJson *types = gqle_json_lookup(schema, "remote_relationships");
		int			n_relationships = 0;

		row = gqle_json_make_object();
		set_member(row, "name", schema, "name");
		set_member(row, "definition", schema, "definition");
		set_member(row, "comment", schema, "comment");
		add_row(import, STORE_REMOTE_SCHEMAS, row);
		for (j = 0; j < length(permissions); j++)
		{
			row = gqle_json_make_object();
			set_member(row, "remote_schema", schema, "name");
			set_member(row, "role", permissions->items[j], "role");
			set_member(row, "definition", permissions->items[j], "definition");
			set_member(row, "comment", permissions->items[j], "comment");
			set_position(row, j);
			add_row(import, STORE_REMOTE_SCHEMA_PERMISSIONS, row);
		}
		for (j = 0; j < length(types); j++)
		{
			const GqleJson *list = gqle_json_lookup(types->items[j], "relationships");

			for (k = 0; k < length(list); k++)
			{
				row = gqle_json_make_object();
				set_member(row, "remote_schema", schema, "name");
				set_member(row, "type_name", types->items[j], "type_name");
				set_member(row, "name", list->items[k], "name");
				set_member(row, "definition", list->items[k], "definition");
				set_position(row, n_relationships++);
				add_row(import, STORE_REMOTE_SCHEMA_RELATIONSHIPS, row);
			}
		}
	}
}

/* import_actions collects actions with their permissions. */
static void
import_actions(Import *import, const GqleJson *document)
{
	const GqleJson *actions = gqle_json_lookup(document, "actions");
	GqleJson   *row;
	int			i;
	int			j;

	for (i = 0; i < length(actions); i++)
	{
		const GqleJson *action = actions->items[i];
		const GqleJson *permissions = gqle_json_lookup(action, "permissions");

		row = gqle_json_make_object();
		set_member(row, "name", action, "name");
		set_member(row, "definition", action, "definition");
		set_member(row, "comment", action, "comment");
		add_row(import, STORE_ACTIONS, row);
		for (j = 0; j < length(permissions); j++)
		{
			row = gqle_json_make_object();
			set_member(row, "action", action, "name");
			set_member(row, "role", permissions->items[j], "role");
			set_member(row, "comment", permissions->items[j], "comment");
			set_position(row, j);
			add_row(import, STORE_ACTION_PERMISSIONS, row);
		}
	}
}

/* Lists whose elements are rows: key, table, columns. */
typedef struct PlainList
{
	const char *key;
	Store		store;
	const char *columns[6];		/* members; "=column": the element as a whole */
} PlainList;

static const PlainList plain_lists[] = {
	{"query_collections", STORE_QUERY_COLLECTIONS, {"name", "definition", "comment"}},
	{"allowlist", STORE_ALLOWLIST, {"collection", "scope"}},
	{"rest_endpoints", STORE_REST_ENDPOINTS, {"name", "url", "methods", "definition",
	"comment"}},
	{"inherited_roles", STORE_INHERITED_ROLES, {"role_name", "role_set"}},
	{"cron_triggers", STORE_CRON_TRIGGERS, {"name", "include_in_metadata", "=definition"}},
};

/* import_rest collects what is stored much as the document has it. */
static void
import_rest(Import *import, const GqleJson *document)
{
	int			i;
	int			j;
	int			k;

	for (i = 0; i < (int) lengthof(plain_lists); i++)
	{
		const PlainList *plain = &plain_lists[i];
		const GqleJson *list = gqle_json_lookup(document, plain->key);

		for (j = 0; j < length(list); j++)
		{
			GqleJson   *row = gqle_json_make_object();

			for (k = 0; k < (int) lengthof(plain->columns) && plain->columns[k] != NULL; k++)
				if (plain->columns[k][0] == '=')
					gqle_json_object_set(row, plain->columns[k] + 1, list->items[j]);
				else
					set_member(row, plain->columns[k], list->items[j], plain->columns[k]);
			add_row(import, plain->store, row);
		}
	}
}

/* import_settings collects the objects of which there is one each. */
static void
import_settings(Import *import, const GqleJson *document)
{
	static const char *const keys[] = {"api_limits", "backend_configs", "custom_types",
		"graphql_schema_introspection", "metrics_config", "network", "opentelemetry"};
	int			i;

	for (i = 0; i < (int) lengthof(keys); i++)
	{
		GqleJson   *value = gqle_json_lookup(document, keys[i]);
		GqleJson   *row;

		if (value == NULL)
			continue;
		row = gqle_json_make_object();
		gqle_meta_row_set_text(row, "key", keys[i]);
		gqle_json_object_set(row, "value", value);
		add_row(import, STORE_SETTINGS, row);
	}
}
