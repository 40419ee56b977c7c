/*
 * meta_manage.c
 *		Commands on the metadata as a whole (reference §16, §17).
 */
#include "postgres.h"

#include "gqle/api/event.h"
#include "gqle/api/meta_link.h"
#include "gqle/api/meta_problems.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/base/strhash.h"
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

/* What to reload: everything, nothing, or a list of names. */
static GqleJson *
read_reload(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			const void *data)
{
	static const GqleMetaField names = {"names", GQLE_META_NAME, GQLE_META_LIST};

	if (value->kind == GQLE_JSON_BOOL)
		return unconstify(GqleJson *, value);
	return gqle_meta_shape_apply_field(reader, path, &names, value);
}

static const GqleMetaField reload_fields[] = {
	{"reload_remote_schemas", GQLE_META_CUSTOM, .custom = read_reload},
	{"reload_sources", GQLE_META_CUSTOM, .custom = read_reload},
	{"recreate_event_triggers", GQLE_META_CUSTOM, .custom = read_reload},
	{"reload_data_connectors", GQLE_META_CUSTOM, .custom = read_reload},
	{NULL}
};
static const GqleMetaShape reload_shape = {"ReloadMetadata", reload_fields};

static const char *const state_type_list[] = {"cli", "console", NULL};
static const GqleMetaWords state_types = {state_type_list,
"Hasura.RQL.Types.Metadata.Common.CatalogStateType"};

static const GqleMetaField state_fields[] = {
	{"type", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_one_of,
	.data = &state_types},
	{"state", GQLE_META_ANY, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape state_shape = {"SetCatalogState", state_fields,
.generic = "Hasura.RQL.Types.Metadata.Common.SetCatalogState(SetCatalogState)"};

#define BOTH (GQLE_META_ENGINE | GQLE_META_V1)

const GqleMetaCommand gqle_meta_manage_commands[] = {
	{"export_metadata", BOTH | GQLE_META_READS | GQLE_META_VERSION_2, NULL, run_export},
	{"replace_metadata", BOTH | GQLE_META_VERSION_2 | GQLE_META_V1_VERSION_2 |
	GQLE_META_WRITES_DATA, NULL, run_replace, prepare_replace},
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
		return gqle_meta_reader_mismatch(reader, path, "ReplaceMetadataV1", "Object",
										 document);
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
		{"allow_inconsistent_metadata", GQLE_META_BOOL},
		{"allow_warnings", GQLE_META_BOOL},
		{"metadata", GQLE_META_ANY, GQLE_META_REQUIRED | GQLE_META_HIDDEN},
		{NULL}
	};
	static const GqleMetaShape shape = {"ReplaceMetadataV2", fields};
	GqleMetaPath below = {path, "metadata", 0, NULL};
	GqleJson   *result;
	GqleJson   *document;

	if (args->kind != GQLE_JSON_OBJECT && call->version == 1)
		return gqle_meta_reader_mismatch(reader, path, "ReplaceMetadata", "Object", args);
	if (gqle_json_lookup(args, "metadata") != NULL)
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

/* lookup_source returns the entry of a source in a document, or NULL. */
static GqleJson *
lookup_source(const GqleJson *document, const char *name)
{
	const GqleJson *sources = gqle_json_lookup(document, "sources");
	int			i;

	for (i = 0; i < sources->n; i++)
		if (strcmp(gqle_meta_text(sources->items[i], "name"), name) == 0)
			return sources->items[i];
	return NULL;
}

/*
 * with_sources makes a version 3 document of one without sources; REST
 * endpoints, which such a document can't tell, stay as they are.
 */
static GqleJson *
with_sources(GqleMetaCall *call, GqleJson *document, const GqleJson *stored)
{
	GqleJson   *result;
	GqleJson   *sources;
	GqleJson   *source;
	GqleJson   *functions = gqle_json_lookup(document, "functions");
	GqleJson   *endpoints = gqle_json_lookup(stored, "rest_endpoints");
	int			i;

	if (gqle_json_lookup(document, "sources") != NULL)
		return document;
	source = lookup_source(stored, "default");
	if (source == NULL)
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
	if (endpoints != NULL)
		gqle_json_object_set(result, "rest_endpoints", endpoints);
	for (i = 0; i < document->n; i++)
		if (strcmp(document->members[i].key, "tables") != 0 &&
			strcmp(document->members[i].key, "functions") != 0)
			gqle_json_object_set(result, document->members[i].key,
								 document->members[i].value);
	return result;
}

/* An event trigger as a walk over a document meets it. */
typedef void (*TriggerVisit) (void *arg, const GqleJson *table, const char *name);

/* visit_triggers visits the event triggers of a source in a document. */
static void
visit_triggers(const GqleJson *source, TriggerVisit visit, void *arg)
{
	const GqleJson *tables = gqle_json_lookup(source, "tables");
	int			i;
	int			j;

	for (i = 0; i < tables->n; i++)
	{
		const GqleJson *triggers = gqle_json_lookup(tables->items[i], "event_triggers");

		for (j = 0; triggers != NULL && j < triggers->n; j++)
			visit(arg, gqle_json_lookup(tables->items[i], "table"),
				  gqle_meta_text(triggers->items[j], "name"));
	}
}

/* What is known of the names of a source's event triggers. */
typedef struct TriggerNames
{
	GqleMetaCall *call;
	const char *source;
	GqleStrHash *stored;		/* names of before, or NULL: just collect */
	GqleStrHash *seen;
	StringInfoData twice;
} TriggerNames;

/* Notes a name; finds repeated ones, and warns of new ones that break the rule. */
static void
visit_name(void *arg, const GqleJson *table_json, const char *name)
{
	TriggerNames *names = arg;
	GqleMetaName table = gqle_meta_make_name(names->source, table_json);

	if (!gqle_strhash_add(names->seen, name, unconstify(char *, name)))
		appendStringInfo(&names->twice, "%s\"%s\"", names->twice.len > 0 ? ", " : "",
						 name);
	if (names->stored == NULL || gqle_strhash_lookup(names->stored, name) != NULL ||
		gqle_meta_is_legal_event_name(name))
		return;
	gqle_meta_warn(names->call, "illegal-event-trigger-name", "event_trigger",
				   psprintf("event_trigger %s in table %s in source %s", name,
							gqle_meta_display(&table), names->source),
				   "The event trigger with name \"%s\" may not work as expected, hasura suggests to use only alphanumeric, underscore and hyphens in an event trigger name",
				   name);
}

/*
 * check_event_names refuses a document with two event triggers of one name in a
 * source, and warns of new names that break the rule.  compat: sources that are
 * new are not looked at.
 */
static bool
check_event_names(GqleMetaCall *call, const GqleJson *document, const GqleJson *stored)
{
	const GqleJson *sources = gqle_json_lookup(document, "sources");
	int			i;

	for (i = 0; i < sources->n; i++)
	{
		TriggerNames before = {call, gqle_meta_text(sources->items[i], "name")};
		TriggerNames after = {call, before.source};
		const GqleJson *old = lookup_source(stored, before.source);

		if (old == NULL)
			continue;
		before.seen = gqle_strhash_make(CurrentMemoryContext, 16);
		after.seen = gqle_strhash_make(CurrentMemoryContext, 16);
		after.stored = before.seen;
		initStringInfo(&before.twice);
		initStringInfo(&after.twice);
		visit_triggers(old, visit_name, &before);
		visit_triggers(sources->items[i], visit_name, &after);
		if (after.twice.len > 0)
			return gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
								  "Event trigger with duplicate names not allowed: %s",
								  after.twice.data);
	}
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

/* is_linked tells of the sources of a document, as gqle_meta_is_linked of stored ones. */
static bool
is_linked(const GqleJson *document, const GqleJson *source)
{
	const char *kind = gqle_meta_text(source, "kind");

	return gqle_json_lookup(document, "sources")->n > 1 &&
		strcmp(gqle_meta_text(source, "name"), "default") != 0 &&
		(strcmp(kind, "postgres") == 0 || strcmp(kind, "pg") == 0);
}

/* without_tables returns of a source what is stored here if it is linked. */
static GqleJson *
without_tables(const GqleJson *source)
{
	static const char *const kept[] = {"name", "kind", "configuration", "customization",
	"query_tags", "health_check"};
	GqleJson   *result = gqle_json_make_object();
	int			i;

	for (i = 0; i < (int) lengthof(kept); i++)
	{
		GqleJson   *value = gqle_json_lookup(source, kept[i]);

		if (value != NULL)
			gqle_json_object_set(result, kept[i], value);
	}
	gqle_json_object_set(result, "tables", gqle_json_make_array());
	return result;
}

/*
 * replace_linked gives linked sources their parts of a document, and returns what is
 * to be stored here; NULL after reporting.  What can't be reached is stored here until
 * it can, and is inconsistent.
 */
static GqleJson *
replace_linked(GqleMetaCall *call, const GqleJson *document)
{
	const GqleJson *sources = gqle_json_lookup(document, "sources");
	GqleJson   *stored = gqle_json_make_array();
	GqleJson   *result = gqle_json_make_object();
	ListCell   *cell;
	int			i;

	foreach(cell, gqle_meta_linked_sources())
		if (lookup_source(document, lfirst(cell)) == NULL)
			gqle_meta_link_clear(call, lfirst(cell));
	for (i = 0; i < sources->n; i++)
	{
		GqleJson   *source = sources->items[i];

		if (is_linked(document, source) && gqle_meta_link_is_reachable(source))
		{
			if (!gqle_meta_link_replace(call, source))
				return NULL;
			source = without_tables(source);
		}
		gqle_json_array_add(stored, source);
	}
	for (i = 0; i < document->n; i++)
		gqle_json_object_set(result, document->members[i].key, document->members[i].value);
	gqle_json_object_set(result, "sources", stored);
	return result;
}

/*
 * replace replaces all metadata by a document of version 3; *list gets what is
 * inconsistent afterwards.
 */
static bool
replace(GqleMetaCall *call, const GqleJson *document, bool allow_inconsistent,
		GqleJson **list)
{
	document = replace_linked(call, document);
	if (document == NULL)
		return false;
	gqle_meta_import(document);
	gqle_meta_link_sync(call);
	gqle_meta_remote_fetch(call, NULL);
	if (gqle_meta_remote_pends(call))
		return false;
	if (!gqle_meta_check_role_cycles(call) || !gqle_meta_check_roots(call) ||
		!gqle_meta_check_remote_types(call))
		return false;
	(void) gqle_meta_check_new(call->request);
	*list = call->request->inconsistent;
	if ((*list)->n > 0 && !allow_inconsistent)
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_UNEXPECTED,
									   gqle_json_to_text(*list),
									   "cannot continue due to inconsistent metadata");
	return true;
}

/* run_replace replaces all metadata. */
static bool
run_replace(GqleMetaCall *call, const GqleJson *args)
{
	const GqleJson *stored = gqle_meta_export();
	GqleJson   *document = with_sources(call, gqle_json_lookup(args, "metadata"), stored);
	GqleJson   *list;

	if (document == NULL || !check_cron_names(call, document) ||
		!check_event_names(call, document, stored) ||
		!replace(call, document, gqle_meta_bool(args, "allow_inconsistent_metadata", false),
				 &list))
		return false;
	if (call->warnings != NULL && !gqle_meta_bool(args, "allow_warnings", true))
		return gqle_meta_fail_internal(call, 400, GQLE_ERR_METADATA_WARNINGS,
									   gqle_json_to_text(call->warnings),
									   "failed due to metadata warnings");
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

/*
 * run_clear replaces all metadata by none, save for the configuration of the
 * default source.
 */
static bool
run_clear(GqleMetaCall *call, const GqleJson *args)
{
	static const char *const kept[] = {"name", "kind", "tables", "configuration"};
	GqleJson   *source = lookup_source(gqle_meta_export(), "default");
	GqleJson   *sources = gqle_json_make_array();
	GqleJson   *document = gqle_json_make_object();
	GqleJson   *list;
	int			i;

	if (source != NULL)
	{
		GqleJson   *empty = gqle_json_make_object();

		gqle_json_object_set(source, "tables", gqle_json_make_array());
		for (i = 0; i < (int) lengthof(kept); i++)
			gqle_json_object_set(empty, kept[i], gqle_json_lookup(source, kept[i]));
		gqle_json_array_add(sources, empty);
	}
	gqle_json_object_set(document, "version", gqle_json_make_number("3"));
	gqle_json_object_set(document, "sources", sources);
	gqle_event_catalog_hide();
	return replace(call, document, false, &list);
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
		if (!gqle_meta_store_exists(table, "name", names->items[i]->text))
			return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
								  "%s with name \"%s\" not found in metadata", what,
								  names->items[i]->text);
	return true;
}

/* check_connectors refuses a list with a name that is no data connector. */
static bool
check_connectors(GqleMetaCall *call, const GqleJson *names)
{
	const GqleJson *configs = gqle_meta_store_get("settings", "value", "key",
												  "backend_configs");
	const GqleJson *known = gqle_json_lookup(configs, "dataconnector");
	int			i;

	for (i = 0; names != NULL && names->kind == GQLE_JSON_ARRAY && i < names->n; i++)
		if (gqle_json_lookup(known, names->items[i]->text) == NULL)
			return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
								  "Data connector with name \"%s\" not found in metadata",
								  names->items[i]->text);
	return true;
}

/* reload_remote_schemas asks remote schemas anew: by default all of them. */
static void
reload_remote_schemas(GqleMetaCall *call, const GqleJson *which)
{
	if (which != NULL && which->kind == GQLE_JSON_BOOL && !which->boolean)
		return;
	gqle_meta_remote_fetch(call, which != NULL && which->kind == GQLE_JSON_ARRAY ? which :
						   gqle_meta_remote_names());
}

/* run_reload makes every process read everything anew. */
static bool
run_reload(GqleMetaCall *call, const GqleJson *args)
{
	if (!check_names(call, gqle_json_lookup(args, "reload_remote_schemas"),
					 "remote_schemas", "Remote schema") ||
		!check_names(call, gqle_json_lookup(args, "reload_sources"), "sources", "Source") ||
		!check_names(call, gqle_json_lookup(args, "recreate_event_triggers"), "sources",
					 "Source") ||
		!check_connectors(call, gqle_json_lookup(args, "reload_data_connectors")))
		return false;
	reload_remote_schemas(call, gqle_json_lookup(args, "reload_remote_schemas"));
	if (gqle_meta_remote_pends(call))
		return false;
	gqle_meta_link_sync(call);
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
 * run_drop_inconsistent removes inconsistent objects until none is left that
 * can be removed.
 */
static bool
run_drop_inconsistent(GqleMetaCall *call, const GqleJson *args)
{
	GqleJson   *list = gqle_meta_check_list(call->request);
	bool		dropped = list->n > 0;
	ListCell   *cell;
	int			i;

	foreach(cell, gqle_meta_linked_sources())
		gqle_meta_link_drop_inconsistent(call, lfirst(cell));
	while (dropped)
	{
		dropped = false;
		for (i = 0; i < list->n; i++)
			dropped = gqle_meta_drop_inconsistent(list->items[i]) || dropped;
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
