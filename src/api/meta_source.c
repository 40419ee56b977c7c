/*
 * meta_source.c
 *		Commands on sources (reference §3).
 *
 * This server lives in a database, and a source is taken to be that database if it is
 * the only one or is called "default".  Any other is linked: see meta_link.h.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_link.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/guc.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"

static bool run_add(GqleMetaCall *call, const GqleJson *args);
static bool run_update(GqleMetaCall *call, const GqleJson *args);
static bool run_drop(GqleMetaCall *call, const GqleJson *args);
static bool run_rename(GqleMetaCall *call, const GqleJson *args);
static bool run_list_kinds(GqleMetaCall *call, const GqleJson *args);
static bool run_capabilities(GqleMetaCall *call, const GqleJson *args);
static bool run_list_tables(GqleMetaCall *call, const GqleJson *args);
static bool run_table_info(GqleMetaCall *call, const GqleJson *args);
static bool run_plain_table_info(GqleMetaCall *call, const GqleJson *args);
static bool run_query_tags(GqleMetaCall *call, const GqleJson *args);
static bool run_test_template(GqleMetaCall *call, const GqleJson *args);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

static const GqleMetaField add_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"configuration", GQLE_META_SHAPE, GQLE_META_REQUIRED,
	.shape = &gqle_meta_source_configuration},
	{"replace_configuration", GQLE_META_BOOL},
	{"customization", GQLE_META_SHAPE, .shape = &gqle_meta_source_customization},
	{"health_check", GQLE_META_SHAPE, .shape = &gqle_meta_health_check},
	{NULL}
};
static const GqleMetaShape add_shape = {"AddSource", add_fields};

static const GqleMetaField update_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"configuration", GQLE_META_SHAPE, .shape = &gqle_meta_source_configuration},
	{"customization", GQLE_META_SHAPE, .shape = &gqle_meta_source_customization},
	{"health_check", GQLE_META_SHAPE, .shape = &gqle_meta_health_check},
	{NULL}
};
static const GqleMetaShape update_shape = {"UpdateSource", update_fields};

static const GqleMetaField drop_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"cascade", GQLE_META_BOOL},
	{NULL}
};
static const GqleMetaShape drop_shape = {"DropSource", drop_fields};

static const GqleMetaField rename_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"new_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape rename_shape = {"RenameSource", rename_fields,
.generic = "Hasura.RQL.DDL.Schema.Source.RenameSource(RenameSource)"};

static const GqleMetaField kind_fields[] = {
	{"name", GQLE_META_TEXT, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape kind_shape = {"GetSourceKindCapabilities", kind_fields};

static const GqleMetaField source_fields[] = {
	{"source", GQLE_META_NAME, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape source_shape = {"GetSourceTables", source_fields};

static const GqleMetaField table_fields[] = {
	{"source", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED},
	{NULL}
};
static const GqleMetaShape table_shape = {"GetTableInfo", table_fields};

static const GqleMetaField query_tags_fields[] = {
	{"source_name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"disabled", GQLE_META_BOOL, GQLE_META_FILL, "false"},
	{"format", GQLE_META_CUSTOM, GQLE_META_FILL, "\"standard\"",
	.custom = gqle_meta_one_of, .data = &gqle_meta_tag_formats},
	{"omit_request_id", GQLE_META_BOOL, GQLE_META_FILL, "true"},
	{NULL}
};
static const GqleMetaShape query_tags_shape = {"SetQueryTagsConfig", query_tags_fields};

static const GqleMetaField template_fields[] = {
	{"source_name", GQLE_META_NAME},
	{"request_context", GQLE_META_OBJECT, GQLE_META_REQUIRED},
	{"connection_template", GQLE_META_OBJECT},
	{NULL}
};
static const GqleMetaShape template_shape = {"TestConnectionTemplate", template_fields};

const GqleMetaCommand gqle_meta_source_commands[] = {
	{"add_source", GQLE_META_BACKEND, &add_shape, run_add},
	{"update_source", GQLE_META_BACKEND, &update_shape, run_update},
	{"drop_source", GQLE_META_BACKEND, &drop_shape, run_drop},
	{"rename_source", GQLE_META_ENGINE, &rename_shape, run_rename},
	{"list_source_kinds", GQLE_META_ENGINE | GQLE_META_READS, NULL, run_list_kinds},
	{"get_source_kind_capabilities", GQLE_META_ENGINE | GQLE_META_READS, &kind_shape,
	run_capabilities},
	{"get_source_tables", GQLE_META_BACKEND | GQLE_META_READS, &source_shape,
	run_list_tables},
	{"get_table_info", GQLE_META_BACKEND | GQLE_META_READS, &table_shape,
	run_table_info},
	{"get_table_info", GQLE_META_ENGINE | GQLE_META_READS, &table_shape,
	run_plain_table_info},
	{"set_query_tags", GQLE_META_ENGINE, &query_tags_shape, run_query_tags},
	{"test_connection_template", GQLE_META_BACKEND | GQLE_META_READS, &template_shape,
	run_test_template},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Sources
 * ------------------------------------------------------------------------ */

/* set_parts copies what args say of a source into a row. */
static void
set_parts(GqleJson *row, const GqleJson *args, bool keep_absent)
{
	static const char *const keys[] = {"configuration", "customization", "health_check"};
	int			i;

	for (i = 0; i < (int) lengthof(keys); i++)
	{
		GqleJson   *value = gqle_json_lookup(args, keys[i]);

		if (value != NULL)
			gqle_json_object_set(row, keys[i],
								 value->n == 0 ? gqle_json_make_null() : value);
		else if (!keep_absent)
			gqle_json_object_set(row, keys[i], gqle_json_make_null());
	}
}

/* run_add adds a source, or replaces the configuration of one. */
static bool
run_add(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row = gqle_json_make_object();

	if (gqle_meta_store_exists("sources", "name", name))
	{
		GqleJson   *customization = gqle_json_lookup(args, "customization");

		if (!gqle_meta_bool(args, "replace_configuration", false))
			return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
								  "source with name \"%s\" already exists", name);
		gqle_json_object_set(row, "configuration", gqle_json_lookup(args, "configuration"));
		gqle_json_object_set(row, "customization",
							 customization != NULL && customization->n > 0 ?
							 customization : gqle_json_make_null());
		gqle_meta_store_update("sources", row, "name", name);
	}
	else
	{
		gqle_meta_row_set_text(row, "name", name);
		gqle_meta_row_set_bool(row, "is_initial", false);
		gqle_meta_row_set_text(row, "kind", "postgres");
		set_parts(row, args, false);
		gqle_meta_store_insert_one("sources", row);
	}
	if (gqle_meta_is_linked(name) && !gqle_meta_link_attach(call, name))
		return false;
	return gqle_meta_check_roots(call) &&
		gqle_meta_check_target(call, "source", psprintf("source %s", name));
}

/* run_update changes what is given of a source. */
static bool
run_update(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	GqleJson   *row = gqle_json_make_object();

	if (!gqle_meta_need_source(call, name))
		return false;
	set_parts(row, args, true);
	if (row->n > 0)
		gqle_meta_store_update("sources", row, "name", name);
	if (gqle_meta_is_linked(name) && !gqle_meta_link_attach(call, name))
		return false;
	return gqle_meta_check_roots(call) &&
		gqle_meta_check_target(call, "source", psprintf("source %s", name));
}

/* remote_users returns what in other sources or elsewhere refers to a source. */
static const char *
remote_users(const char *name)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, name);
	return gqle_rows_text(gqle_spi_query(
										 "SELECT string_agg(u, ', ' ORDER BY u COLLATE \"C\") FROM ("
										 "SELECT format('remote relationship %s.%s in source \"%s\"', "
										 "CASE schema_name WHEN 'public' THEN table_name "
										 "ELSE schema_name || '.' || table_name END, name, source) "
										 "FROM gqle.remote_relationships WHERE source <> $1 "
										 "AND definition->'to_source'->>'source' = $1 "
										 "UNION ALL SELECT format('remote_relationship %s on type %s in remote schema %s', "
										 "name, type_name, remote_schema) "
										 "FROM gqle.remote_schema_relationships "
										 "WHERE definition->'to_source'->>'source' = $1) AS x (u)",
										 &args), 0, 0);
}

/* run_drop drops a source with all that is in it. */
static bool
run_drop(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	const char *users;
	GqleSpiArgs spi_args = GQLE_SPI_NO_ARGS;

	if (!gqle_meta_need_source(call, name))
		return false;
	users = remote_users(name);
	if (users != NULL && !gqle_meta_bool(args, "cascade", false))
		return gqle_meta_fail(call, GQLE_ERR_DEPENDENCY_ERROR,
							  "cannot drop due to the following dependent objects: %s",
							  users);
	gqle_spi_add_text(&spi_args, name);
	gqle_spi_execute("DELETE FROM gqle.remote_relationships "
					 "WHERE definition->'to_source'->>'source' = $1", &spi_args);
	gqle_spi_execute("DELETE FROM gqle.remote_schema_relationships "
					 "WHERE definition->'to_source'->>'source' = $1", &spi_args);
	if (gqle_meta_is_linked(name))
		gqle_meta_link_clear(call, name);
	gqle_meta_store_delete("sources", "name", name);
	return gqle_meta_check_target(call, "source", psprintf("source %s", name));
}

/* run_rename renames a source. */
static bool
run_rename(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");
	const char *new_name = gqle_meta_text(args, "new_name");
	GqleJson   *set = gqle_json_make_object();

	if (!gqle_meta_store_exists("sources", "name", name))
		return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
							  "Could not find source with name \"%s\"", name);
	if (gqle_meta_store_exists("sources", "name", new_name))
		return gqle_meta_fail(call, GQLE_ERR_ALREADY_EXISTS,
							  "Source with name \"%s\" already exists", new_name);
	if (gqle_meta_is_linked(name) && !gqle_meta_link_rename(call, name, new_name))
		return false;
	gqle_meta_row_set_text(set, "name", new_name);
	gqle_meta_store_update("sources", set, "name", name);
	return gqle_meta_check_target(call, "source", psprintf("source %s", new_name));
}

/* run_query_tags stores how statements are to be tagged. */
static bool
run_query_tags(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "source_name");
	GqleJson   *set = gqle_json_make_object();
	GqleJson   *tags = gqle_json_make_object();
	int			i;

	if (!gqle_meta_need_source(call, name))
		return false;
	for (i = 0; i < args->n; i++)
		if (strcmp(args->members[i].key, "source_name") != 0)
			gqle_json_object_set(tags, args->members[i].key, args->members[i].value);
	gqle_json_object_set(set, "query_tags", tags);
	gqle_meta_store_update("sources", set, "name", name);
	return true;
}

/* run_test_template: routing between databases does not exist here. */
static bool
run_test_template(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "source_name");

	if (!gqle_meta_need_source(call, name != NULL ? name : "default"))
		return false;
	return gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
						  "connection templates are not supported: the source is the database that serves");
}

/* ------------------------------------------------------------------------
 * Kinds
 * ------------------------------------------------------------------------ */

/* default_configs returns the configurations that the server's settings give. */
static const GqleJson *
default_configs(void)
{
	if (gqle_guc_metadata_defaults[0] == '\0')
		return NULL;
	return gqle_json_lookup(gqle_meta_parse_stored(gqle_guc_metadata_defaults),
							"backend_configs");
}

/* append_agents lists data connectors but those in "without"; none is spoken to. */
static void
append_agents(StringInfo out, const GqleJson *configs, const GqleJson *without)
{
	const GqleJson *agents = gqle_json_lookup(configs, "dataconnector");
	int			i;

	for (i = 0; agents != NULL && i < agents->n; i++)
	{
		const char *kind = agents->members[i].key;
		const char *display = gqle_meta_text(agents->members[i].value, "display_name");

		if (gqle_json_lookup(without, kind) != NULL)
			continue;
		appendStringInfoString(out, ",{\"available\":false,\"builtin\":false,\"display_name\":");
		gqle_json_write_cstring(out, display != NULL ? display : kind);
		appendStringInfoString(out, ",\"kind\":");
		gqle_json_write_cstring(out, kind);
		appendStringInfoChar(out, '}');
	}
}

/* run_list_kinds lists the kinds of source: Postgres, and data connectors. */
static bool
run_list_kinds(GqleMetaCall *call, const GqleJson *args)
{
	const GqleJson *stored = gqle_meta_store_get("settings", "value", "key",
												 "backend_configs");

	appendStringInfoString(call->out,
						   "{\"sources\":[{\"available\":true,\"builtin\":true,\"display_name\":\"pg\",\"kind\":\"pg\"}");
	append_agents(call->out, stored, NULL);
	append_agents(call->out, default_configs(), gqle_json_lookup(stored, "dataconnector"));
	appendStringInfoString(call->out, "]}");
	return true;
}

/* run_capabilities has nothing to tell of Postgres, as in Hasura. */
static bool
run_capabilities(GqleMetaCall *call, const GqleJson *args)
{
	const char *name = gqle_meta_text(args, "name");

	gqle_error_report(call->sink, GQLE_ERR_CUSTOM, call->path,
					  strcmp(name, "pg") == 0 || strcmp(name, "postgres") == 0 ?
					  "%s does not support Capabilities" :
					  "Source Kind %s was not found", name);
	call->sink->error.custom_code = "data-connector-error";
	return false;
}

/* ------------------------------------------------------------------------
 * What is in a source
 * ------------------------------------------------------------------------ */

/* run_list_tables lists the tables of the database, tracked or not. */
static bool
run_list_tables(GqleMetaCall *call, const GqleJson *args)
{
	GqleRows   *rows;

	if (!gqle_meta_need_source(call, gqle_meta_source(args)))
		return false;
	rows = gqle_spi_query("SELECT COALESCE(json_agg(json_build_object('name', table_name, 'schema', table_schema) "
						  "ORDER BY table_schema::text COLLATE \"C\", table_name::text COLLATE \"C\"), '[]') "
						  "FROM information_schema.tables "
						  "WHERE table_schema NOT IN ('information_schema', 'pg_catalog', 'hdb_catalog', "
						  "'_timescaledb_internal', 'gqle', 'gqle_internal') "
						  "AND table_name NOT IN (SELECT c.relname FROM pg_inherits i "
						  "JOIN pg_class c ON c.oid = i.inhrelid)", NULL);
	gqle_json_append(call->out, gqle_meta_parse_stored(gqle_rows_text(rows, 0, 0)));
	return true;
}

/* One query tells all; JSON is made there, too. */
static const char table_info_sql[] =
"SELECT json_strip_nulls(json_build_object("
" 'columns', (SELECT json_agg(json_build_object("
"   'insertable', a.attgenerated = '' AND a.attidentity <> 'a', 'name', a.attname,"
"   'nullable', NOT a.attnotnull, 'type', format_type(a.atttypid, NULL),"
"   'updatable', a.attgenerated = '' AND a.attidentity <> 'a') ORDER BY a.attnum)"
"  FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),"
" 'deletable', pg_relation_is_updatable(c.oid, true) & 16 = 16,"
" 'foreign_keys', (SELECT json_object_agg(k.conname, json_build_object("
"   'column_mapping', (SELECT json_object_agg(a.attname, f.attname)"
"     FROM unnest(k.conkey, k.confkey) AS m (own, other)"
"     JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = m.own"
"     JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = m.other),"
"   'foreign_table', (SELECT json_build_object('name', o.relname, 'schema', s.nspname)"
"     FROM pg_class o JOIN pg_namespace s ON s.oid = o.relnamespace WHERE o.oid = k.confrelid))"
"   ORDER BY k.conname) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'),"
" 'insertable', pg_relation_is_updatable(c.oid, true) & 8 = 8,"
" 'name', json_build_object('name', c.relname, 'schema', n.nspname),"
" 'primary_key', (SELECT json_agg(a.attname ORDER BY m.position)"
"   FROM pg_constraint k, unnest(k.conkey) WITH ORDINALITY AS m (own, position)"
"   JOIN pg_attribute a ON a.attnum = m.own"
"   WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attrelid = c.oid),"
" 'type', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'"
"   WHEN 'f' THEN 'foreign table' ELSE 'table' END,"
" 'updatable', pg_relation_is_updatable(c.oid, true) & 4 = 4))"
" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
" WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";

/* run_table_info describes a table of the database. */
static bool
run_table_info(GqleMetaCall *call, const GqleJson *args)
{
	GqleMetaName table = gqle_meta_name(args, "table");
	GqleSpiArgs spi_args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;
	GqleJson   *info;
	GqleJson   *columns;
	int			i;

	if (!gqle_meta_need_source(call, table.source))
		return false;
	gqle_spi_add_text(&spi_args, table.schema);
	gqle_spi_add_text(&spi_args, table.name);
	rows = gqle_spi_query(table_info_sql, &spi_args);
	if (rows->n == 0)
	{
		appendStringInfoString(call->out, "null");
		return true;
	}
	info = gqle_meta_sort(gqle_meta_parse_stored(gqle_rows_text(rows, 0, 0)));
	columns = gqle_json_lookup(info, "columns");
	for (i = 0; columns != NULL && i < columns->n; i++)
	{
		gqle_json_object_set(columns->items[i], "description", gqle_json_make_null());
		gqle_json_object_set(columns->items[i], "value_generated", gqle_json_make_null());
	}
	gqle_json_object_set(info, "description", gqle_json_make_null());
	gqle_json_append(call->out, gqle_meta_sort(info));
	return true;
}

/* run_plain_table_info is for data connectors only, as in Hasura. */
static bool
run_plain_table_info(GqleMetaCall *call, const GqleJson *args)
{
	return gqle_meta_fail_status(call, 500, GQLE_ERR_UNEXPECTED,
								 "Schema fetching is not supported for 'postgres'");
}
