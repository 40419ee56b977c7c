/*
 * meta_manage.c
 *		Commands on the metadata as a whole (reference §16, §17).
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/metadata.h"

static bool run_export(GqleMetaCall *call, const GqleJson *args);
static bool run_replace(GqleMetaCall *call, const GqleJson *args);
static bool run_clear(GqleMetaCall *call, const GqleJson *args);
static bool run_reload(GqleMetaCall *call, const GqleJson *args);
static bool run_get_inconsistent(GqleMetaCall *call, const GqleJson *args);
static bool run_drop_inconsistent(GqleMetaCall *call, const GqleJson *args);
static bool run_get_state(GqleMetaCall *call, const GqleJson *args);
static bool run_set_state(GqleMetaCall *call, const GqleJson *args);
static bool run_dump_state(GqleMetaCall *call, const GqleJson *args);
static const GqleJson *prepare_replace(GqleMetaCall *call, GqleMetaReader *reader,
									   const GqleMetaPath *path, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

static const GqleMetaField reload_fields[] = {
	{"reload_remote_schemas", GQLE_META_ANY},
	{"reload_sources", GQLE_META_ANY},
	{"recreate_event_triggers", GQLE_META_ANY},
	{"reload_data_connectors", GQLE_META_ANY},
	{NULL}
};
static const GqleMetaShape reload_shape = {"ReloadMetadata", reload_fields};

static const char *const state_types[] = {"cli", "console", NULL};

static const GqleMetaField state_fields[] = {
	{"type", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_one_of,
	.data = state_types},
	{"state", GQLE_META_ANY, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape state_shape = {"SetCatalogState", state_fields};

#define BOTH (GQLE_META_ENGINE | GQLE_META_V1)

const GqleMetaCommand gqle_meta_manage_commands[] = {
	{"export_metadata", BOTH | GQLE_META_READS | GQLE_META_VERSION_2, NULL, run_export},
	{"replace_metadata", BOTH | GQLE_META_VERSION_2 | GQLE_META_V1_VERSION_2, NULL,
	run_replace, prepare_replace},
	{"clear_metadata", BOTH, NULL, run_clear},
	{"reload_metadata", BOTH, &reload_shape, run_reload},
	{"get_inconsistent_metadata", BOTH | GQLE_META_READS, NULL, run_get_inconsistent},
	{"drop_inconsistent_metadata", BOTH, NULL, run_drop_inconsistent},
	{"get_catalog_state", GQLE_META_ENGINE | GQLE_META_READS, NULL, run_get_state},
	{"set_catalog_state", GQLE_META_ENGINE | GQLE_META_READS, &state_shape, run_set_state},
	{"dump_internal_state", BOTH | GQLE_META_READS, NULL, run_dump_state},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Export
 * ------------------------------------------------------------------------ */

/* run_export writes the metadata; version 2 with its resource_version. */
static bool
run_export(GqleMetaCall *call, const GqleJson *args)
{
	if (call->version == 2)
		appendStringInfo(call->out, "{\"resource_version\":%lld,\"metadata\":",
						 (long long) gqle_metadata_resource_version(false));
	gqle_json_append(call->out, gqle_meta_export());
	if (call->version == 2)
		appendStringInfoChar(call->out, '}');
	return true;
}

/* ------------------------------------------------------------------------
 * Replace
 * ------------------------------------------------------------------------ */

/*
 * parse_document brings a document of any version into canonical form; those
 * without sources keep their own, to be put into a source when it runs.
 */
static GqleJson *
parse_document(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *document)
{
	GqleMetaPath version_path = {path, "version", 0, NULL};
	const GqleJson *version;

	if (document->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path, "Object", "Object", document);
	version = gqle_json_lookup(document, "version");
	if (gqle_json_is_null(version))
		return gqle_meta_shape_apply(reader, path, &gqle_meta_document_v1, document);
	if (version->kind != GQLE_JSON_NUMBER)
		return gqle_meta_reader_mismatch(reader, &version_path, "Int", "Number", version);
	if (strcmp(version->text, "3") == 0)
		return gqle_meta_shape_apply(reader, path, &gqle_meta_document_v3, document);
	if (strcmp(version->text, "1") == 0 || strcmp(version->text, "2") == 0)
		return gqle_meta_shape_apply(reader, path, &gqle_meta_document_v1, document);
	return gqle_meta_reader_fail(reader, &version_path,
								 "expected 1, 2 or 3, encountered %s", version->text);
}

/*
 * prepare_replace reads either form of arguments: the document itself, or an
 * object that holds it.  The latter counts as version 2, whatever was said.
 */
static const GqleJson *
prepare_replace(GqleMetaCall *call, GqleMetaReader *reader, const GqleMetaPath *path,
				const GqleJson *args)
{
	static const GqleMetaField fields[] = {
		{"metadata", GQLE_META_OBJECT, GQLE_META_REQUIRED | GQLE_META_HIDDEN},
		{"allow_inconsistent_metadata", GQLE_META_BOOL},
		{"allow_warnings", GQLE_META_BOOL},
		{NULL}
	};
	static const GqleMetaShape shape = {"ReplaceMetadataV2", fields};
	GqleMetaPath below = {path, "metadata", 0, NULL};
	GqleJson   *result;
	GqleJson   *document;

	if (args->kind == GQLE_JSON_OBJECT && gqle_json_lookup(args, "metadata") != NULL)
		call->version = 2;
	if (call->version == 2)
	{
		result = gqle_meta_shape_apply(reader, path, &shape, args);
		if (result == NULL)
			return NULL;
		document = parse_document(reader, &below, gqle_json_lookup(args, "metadata"));
	}
	else
	{
		result = gqle_json_make_object();
		document = parse_document(reader, path, args);
	}
	if (document == NULL)
		return NULL;
	gqle_json_object_set(result, "metadata", document);
	return result;
}

/* with_sources makes a version 3 document of one without sources. */
static GqleJson *
with_sources(GqleMetaCall *call, GqleJson *document)
{
	GqleJson   *result;
	GqleJson   *sources;
	GqleJson   *source;
	GqleJson   *functions = gqle_json_lookup(document, "functions");
	int			i;

	if (gqle_json_lookup(document, "sources") != NULL)
		return document;
	source = gqle_json_lookup(gqle_meta_export(), "sources");
	source = source->n > 0 ? source->items[0] : NULL;
	if (source == NULL || strcmp(gqle_meta_text(source, "name"), "default") != 0)
	{
		gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
					   "cannot import metadata without sources since no default source is defined");
		return NULL;
	}
	gqle_json_object_set(source, "tables", gqle_json_lookup(document, "tables"));
	gqle_json_object_set(source, "functions",
						 functions != NULL ? functions : gqle_json_make_array());
	sources = gqle_json_make_array();
	gqle_json_array_add(sources, source);
	result = gqle_json_make_object();
	gqle_json_object_set(result, "version", gqle_json_make_number("3"));
	gqle_json_object_set(result, "sources", sources);
	for (i = 0; i < document->n; i++)
		if (strcmp(document->members[i].key, "tables") != 0 &&
			strcmp(document->members[i].key, "functions") != 0)
			gqle_json_object_set(result, document->members[i].key,
								 document->members[i].value);
	return result;
}

/*
 * check_event_names refuses a document with two event triggers of one name, and
 * warns of names that break the rule.
 */
static bool
check_event_names(GqleMetaCall *call, const GqleJson *document)
{
	const GqleJson *sources = gqle_json_lookup(document, "sources");
	GqleJson   *seen = gqle_json_make_object();
	StringInfoData twice;
	int			i;
	int			j;
	int			k;

	initStringInfo(&twice);
	for (i = 0; i < sources->n; i++)
	{
		const GqleJson *tables = gqle_json_lookup(sources->items[i], "tables");

		for (j = 0; j < tables->n; j++)
		{
			const GqleJson *triggers = gqle_json_lookup(tables->items[j],
														"event_triggers");

			for (k = 0; triggers != NULL && k < triggers->n; k++)
			{
				const char *name = gqle_meta_text(triggers->items[k], "name");

				if (gqle_json_lookup(seen, name) != NULL)
					appendStringInfo(&twice, "%s%s", twice.len > 0 ? ", " : "", name);
				gqle_json_object_set(seen, name, gqle_json_make_bool(true));
				if (!gqle_meta_is_event_name(name))
					gqle_meta_warn(call, "illegal-event-trigger-name", "event_trigger",
								   name,
								   "The event trigger with name \"%s\" may not work as expected, hasura suggests to use only alphanumeric, underscore and hyphens in an event trigger name",
								   name);
			}
		}
	}
	if (twice.len > 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
							  "Event trigger with duplicate names not allowed: %s",
							  twice.data);
	return true;
}

/* check_cron_names refuses triggers that clash with those outside the metadata. */
static bool
check_cron_names(GqleMetaCall *call, const GqleJson *document)
{
	const GqleJson *triggers = gqle_json_lookup(document, "cron_triggers");
	int			i;

	for (i = 0; triggers != NULL && i < triggers->n; i++)
	{
		const char *name = gqle_meta_text(triggers->items[i], "name");

		if (gqle_meta_store_exists("cron_triggers", "name include_in_metadata::text",
								   name, "false"))
			return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
								  "cron trigger with name \"%s\" already exists as a cron trigger with \"included_in_metadata\" as false",
								  name);
	}
	return true;
}

/* append_consistency appends the members that tell what is inconsistent. */
static void
append_consistency(GqleMetaCall *call, const GqleJson *list, bool always)
{
	appendStringInfo(call->out, "\"is_consistent\":%s", list->n == 0 ? "true" : "false");
	if (list->n > 0 || always)
	{
		appendStringInfoString(call->out, ",\"inconsistent_objects\":");
		gqle_json_append(call->out, list);
	}
}

/* run_replace replaces all metadata. */
static bool
run_replace(GqleMetaCall *call, const GqleJson *args)
{
	GqleJson   *document = with_sources(call, gqle_json_lookup(args, "metadata"));
	GqleJson   *list;

	if (document == NULL || !check_event_names(call, document) ||
		!check_cron_names(call, document) ||
		!gqle_meta_check_protection(call, gqle_json_lookup(document, "api_limits")))
		return false;
	if (call->warnings != NULL && !gqle_meta_bool(args, "allow_warnings", true))
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_METADATA_WARNINGS,
									   gqle_json_to_text(call->warnings),
									   "failed due to metadata warnings");
	gqle_meta_import(document);
	if (!gqle_meta_check_roots(call))
		return false;
	(void) gqle_meta_check_new(call->request);
	list = call->request->inconsistent;
	if (list->n > 0 && !gqle_meta_bool(args, "allow_inconsistent_metadata", false))
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_UNEXPECTED,
									   gqle_json_to_text(list),
									   "cannot continue due to inconsistent metadata");
	if (call->version == 1)
		return true;
	appendStringInfoChar(call->out, '{');
	append_consistency(call, list, true);
	if (call->warnings != NULL)
	{
		appendStringInfoString(call->out, ",\"warnings\":");
		gqle_json_append(call->out, call->warnings);
	}
	appendStringInfoChar(call->out, '}');
	return true;
}

/* run_clear removes all metadata but the configuration of the default source. */
static bool
run_clear(GqleMetaCall *call, const GqleJson *args)
{
	gqle_spi_execute("DELETE FROM gqle.sources WHERE name <> 'default'", NULL);
	gqle_spi_execute("DELETE FROM gqle.tables", NULL);
	gqle_spi_execute("DELETE FROM gqle.functions", NULL);
	gqle_spi_execute("DELETE FROM gqle.native_queries", NULL);
	gqle_spi_execute("DELETE FROM gqle.logical_models", NULL);
	gqle_meta_clear_engine();
	gqle_spi_execute("DELETE FROM gqle.cron_triggers", NULL);
	(void) gqle_meta_check_new(call->request);
	return true;
}

/* ------------------------------------------------------------------------
 * Reload, inconsistencies
 * ------------------------------------------------------------------------ */

/* check_names refuses a list with a name that is not in a metadata table. */
static bool
check_names(GqleMetaCall *call, const GqleJson *names, const char *table, const char *what)
{
	int			i;

	if (names == NULL || names->kind != GQLE_JSON_ARRAY)
		return true;
	for (i = 0; i < names->n; i++)
		if (names->items[i]->kind != GQLE_JSON_STRING ||
			!gqle_meta_store_exists(table, "name", names->items[i]->text))
			return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
								  "%s with name \"%s\" not found in metadata", what,
								  names->items[i]->kind == GQLE_JSON_STRING ?
								  names->items[i]->text : "");
	return true;
}

/* run_reload makes every process read everything anew. */
static bool
run_reload(GqleMetaCall *call, const GqleJson *args)
{
	if (!check_names(call, gqle_json_lookup(args, "reload_remote_schemas"),
					 "remote_schemas", "Remote schema") ||
		!check_names(call, gqle_json_lookup(args, "reload_sources"), "sources", "Source") ||
		!check_names(call, gqle_json_lookup(args, "recreate_event_triggers"), "sources",
					 "Source"))
		return false;
	gqle_metadata_note_change();
	(void) gqle_meta_check_new(call->request);
	appendStringInfoString(call->out, "{\"message\":\"success\",");
	append_consistency(call, call->request->inconsistent, false);
	appendStringInfoChar(call->out, '}');
	return true;
}

/* run_get_inconsistent lists what is inconsistent. */
static bool
run_get_inconsistent(GqleMetaCall *call, const GqleJson *args)
{
	appendStringInfoChar(call->out, '{');
	append_consistency(call, gqle_meta_check_list(call->request), true);
	appendStringInfoChar(call->out, '}');
	return true;
}

/*
 * drop_object removes one inconsistent object from the metadata; returns false
 * if it is none that can be dropped.
 */
static bool
drop_object(const GqleJson *object)
{
	const char *type = gqle_meta_text(object, "type");
	const char *name = gqle_meta_text(object, "name");
	const GqleJson *definition = gqle_json_lookup(object, "definition");
	const char *member = gqle_meta_text(definition, "name");
	const char *role = gqle_meta_text(definition, "role");
	const char *source;
	GqleMetaName table;

	if (type == NULL || name == NULL)
		return false;
	source = strstr(name, " in source ");
	source = source != NULL ? source + strlen(" in source ") : "default";
	table = gqle_meta_make_name(source, gqle_json_lookup(definition, "table"));

	if (strcmp(type, "source") == 0)
		return gqle_meta_store_delete("sources", "name",
									  name + strlen("source ")) > 0;
	if (strcmp(type, "table") == 0)
	{
		table = gqle_meta_make_name(source, definition);
		return gqle_meta_store_delete("tables", "source schema_name table_name", source,
									  table.schema, table.name) > 0;
	}
	if (strcmp(type, "function") == 0 || strcmp(type, "function_permission") == 0)
	{
		const GqleJson *function = gqle_json_lookup(definition, "function");

		table = gqle_meta_make_name(source, function != NULL ? function : definition);
		if (role != NULL)
			return gqle_meta_store_delete("function_permissions",
										  "source schema_name function_name role", source,
										  table.schema, table.name, role) > 0;
		return gqle_meta_store_delete("functions", "source schema_name function_name",
									  source, table.schema, table.name) > 0;
	}
	if (strcmp(type, "object_relation") == 0 || strcmp(type, "array_relation") == 0)
		return gqle_meta_store_delete("relationships",
									  "source schema_name table_name name", source,
									  table.schema, table.name, member) > 0;
	if (strcmp(type, "remote_relationship") == 0)
		return gqle_meta_store_delete("remote_relationships",
									  "source schema_name table_name name", source,
									  table.schema, table.name, member) > 0;
	if (strcmp(type, "computed_field") == 0)
		return gqle_meta_store_delete("computed_fields",
									  "source schema_name table_name name", source,
									  table.schema, table.name, member) > 0;
	if (strcmp(type, "event_trigger") == 0)
		return gqle_meta_store_delete("event_triggers", "source name", source, member) > 0;
	if (strlen(type) == strlen("select_permission") &&
		strcmp(type + strlen("select"), "_permission") == 0)
		return gqle_meta_store_delete("permissions",
									  "source schema_name table_name role operation",
									  source, table.schema, table.name, role,
									  pnstrdup(type, strlen("select"))) > 0;
	if (strcmp(type, "remote_schema") == 0)
		return gqle_meta_store_delete("remote_schemas", "name",
									  name + strlen("remote_schema ")) > 0;
	if (strcmp(type, "remote_schema_permission") == 0)
		return gqle_meta_store_delete("remote_schema_permissions", "remote_schema role",
									  gqle_meta_text(definition, "remote_schema"),
									  role) > 0;
	if (strcmp(type, "action") == 0)
		return gqle_meta_store_delete("actions", "name", name + strlen("action ")) > 0;
	if (strcmp(type, "cron_trigger") == 0)
		return gqle_meta_store_delete("cron_triggers", "name", member) > 0;
	if (strcmp(type, "rest_endpoint") == 0)
		return gqle_meta_store_delete("rest_endpoints", "name",
									  name + strlen("rest_endpoint ")) > 0;
	if (strcmp(type, "inherited_role") == 0)
		return gqle_meta_store_delete("inherited_roles", "role_name",
									  gqle_meta_text(definition, "role_name")) > 0;
	if (strcmp(type, "custom_types") == 0 || strcmp(type, "open_telemetry") == 0)
		return gqle_meta_store_delete("settings", "key",
									  strcmp(type, "custom_types") == 0 ?
									  "custom_types" : "opentelemetry") > 0;
	return false;
}

/*
 * run_drop_inconsistent removes inconsistent objects until none is left that
 * can be removed.
 */
static bool
run_drop_inconsistent(GqleMetaCall *call, const GqleJson *args)
{
	GqleJson   *list = gqle_meta_check_list(call->request);
	bool		dropped = list->n > 0;
	int			i;

	while (dropped)
	{
		dropped = false;
		for (i = 0; i < list->n; i++)
			dropped = drop_object(list->items[i]) || dropped;
		list = gqle_meta_check_list(call->request);
	}
	call->request->inconsistent = list;
	for (i = 0; i < list->n; i++)
	{
		const char *type = gqle_meta_text(list->items[i], "type");

		if (type == NULL ||
			strcmp(type, "inherited role permission inconsistency") != 0)
			return gqle_meta_fail_internal(call, 400, GQLE_ERR_UNEXPECTED,
										   gqle_json_to_text(list),
										   "cannot continue due to new inconsistent metadata");
	}
	return true;
}

/* ------------------------------------------------------------------------
 * State of tools
 * ------------------------------------------------------------------------ */

/* run_get_state returns what the CLI and the console keep here. */
static bool
run_get_state(GqleMetaCall *call, const GqleJson *args)
{
	GqleRows   *rows = gqle_spi_query("SELECT metadata_id::text, "
									  "COALESCE(catalog_state->'cli', '{}'), "
									  "COALESCE(catalog_state->'console', '{}') "
									  "FROM gqle.metadata_version", NULL);

	appendStringInfo(call->out, "{\"id\":\"%s\",\"cli_state\":%s,\"console_state\":%s}",
					 gqle_rows_text(rows, 0, 0), gqle_rows_text(rows, 0, 1),
					 gqle_rows_text(rows, 0, 2));
	return true;
}

/* run_set_state replaces the state of one tool. */
static bool
run_set_state(GqleMetaCall *call, const GqleJson *args)
{
	GqleSpiArgs spi_args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows = gqle_spi_query("SELECT catalog_state FROM gqle.metadata_version", NULL);
	GqleJson   *state = gqle_meta_parse_stored(gqle_rows_text(rows, 0, 0));
	GqleJson   *copy = gqle_json_make_object();
	const char *type = gqle_meta_text(args, "type");
	int			i;

	for (i = 0; i < state->n; i++)
		gqle_json_object_set(copy, state->members[i].key, state->members[i].value);
	gqle_json_object_set(copy, type, gqle_json_lookup(args, "state"));
	gqle_spi_add_json(&spi_args, gqle_json_to_text(copy));
	gqle_spi_execute("UPDATE gqle.metadata_version SET catalog_state = $1", &spi_args);
	return true;
}

/* run_dump_state shows what the engine knows; its form is nobody's contract. */
static bool
run_dump_state(GqleMetaCall *call, const GqleJson *args)
{
	appendStringInfo(call->out, "{\"resource_version\":%lld,\"metadata\":",
					 (long long) gqle_metadata_resource_version(false));
	gqle_json_append(call->out, gqle_meta_export());
	appendStringInfoString(call->out, ",\"inconsistent_objects\":");
	gqle_json_append(call->out, gqle_meta_check_list(call->request));
	appendStringInfoChar(call->out, '}');
	return true;
}
