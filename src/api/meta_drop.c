/*
 * meta_drop.c
 *		Removing inconsistent objects from the metadata.
 *
 * Objects come as the list of inconsistent ones shows them (reference §21): a type,
 * a name that ends in the source, and a definition.  Each type has a function here
 * that finds the rows which stand for such an object.
 */
#include "postgres.h"

#include "gqle/api/meta_problems.h"
#include "gqle/base/spi.h"

/* An inconsistent object, taken apart. */
typedef struct Dropped
{
	const char *type;
	const char *name;			/* without the type */
	const GqleJson *definition;
	const char *member;			/* its name within its owner */
	const char *role;
	GqleMetaName table;
} Dropped;

static bool
drop_source(const Dropped *dropped)
{
	return gqle_meta_store_delete("sources", "name", dropped->name) > 0;
}

static bool
drop_table(const Dropped *dropped)
{
	GqleMetaName table = gqle_meta_make_name(dropped->table.source, dropped->definition);

	return gqle_meta_store_delete("tables", "source schema_name table_name", table.source,
								  table.schema, table.name) > 0;
}

/* A definition is the function's name, or has it as a member. */
static GqleMetaName
function_name(const Dropped *dropped)
{
	const GqleJson *function = gqle_json_lookup(dropped->definition, "function");

	return gqle_meta_make_name(dropped->table.source,
							   function != NULL ? function : dropped->definition);
}

static bool
drop_function(const Dropped *dropped)
{
	GqleMetaName function = function_name(dropped);

	return gqle_meta_store_delete("functions", "source schema_name function_name",
								  function.source, function.schema, function.name) > 0;
}

static bool
drop_function_permission(const Dropped *dropped)
{
	GqleMetaName function = function_name(dropped);

	return dropped->role != NULL &&
		gqle_meta_store_delete("function_permissions",
							   "source schema_name function_name role", function.source,
							   function.schema, function.name, dropped->role) > 0;
}

static bool
drop_native_query(const Dropped *dropped)
{
	return gqle_meta_store_delete("native_queries", "source root_field_name",
								  dropped->table.source,
								  gqle_meta_text(dropped->definition, "root_field_name")) > 0;
}

static bool
drop_logical_model(const Dropped *dropped)
{
	return gqle_meta_store_delete("logical_models", "source name", dropped->table.source,
								  dropped->member) > 0;
}

static bool
drop_relationship(const Dropped *dropped)
{
	return gqle_meta_store_delete("relationships",
								  "source schema_name table_name kind name",
								  dropped->table.source, dropped->table.schema,
								  dropped->table.name,
								  strcmp(dropped->type, "object_relation") == 0 ?
								  "object" : "array", dropped->member) > 0;
}

static bool
drop_remote_relationship(const Dropped *dropped)
{
	return gqle_meta_store_delete("remote_relationships",
								  "source schema_name table_name name",
								  dropped->table.source, dropped->table.schema,
								  dropped->table.name, dropped->member) > 0;
}

static bool
drop_computed_field(const Dropped *dropped)
{
	return gqle_meta_store_delete("computed_fields", "source schema_name table_name name",
								  dropped->table.source, dropped->table.schema,
								  dropped->table.name, dropped->member) > 0;
}

static bool
drop_event_trigger(const Dropped *dropped)
{
	return gqle_meta_store_delete("event_triggers", "source name", dropped->table.source,
								  dropped->member) > 0;
}

/* Remove a role's permission from the rows that a native query describes itself. */
static bool
drop_inline_permission(const Dropped *dropped)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, dropped->table.source);
	gqle_spi_add_text(&args, dropped->member);
	gqle_spi_add_text(&args, dropped->role);
	return gqle_spi_execute("UPDATE gqle.native_queries SET definition = "
							"jsonb_set(definition::jsonb, '{returns,select_permissions}', "
							"COALESCE((SELECT jsonb_agg(p ORDER BY n) FROM "
							"jsonb_array_elements(definition::jsonb->'returns'->'select_permissions') "
							"WITH ORDINALITY AS each(p, n) WHERE p->>'role' <> $3), '[]'))::json "
							"WHERE source = $1 AND root_field_name = $2 AND EXISTS (SELECT FROM "
							"json_array_elements(definition->'returns'->'select_permissions') AS p "
							"WHERE p->>'role' = $3)", &args)->processed > 0;
}

/* Permissions of tables have their operation in the type; models have but one. */
static bool
drop_permission(const Dropped *dropped)
{
	if (strstr(dropped->name, " in logical_model ") != NULL)
		return gqle_meta_store_delete("logical_model_permissions", "source name role",
									  dropped->table.source, dropped->member,
									  dropped->role) > 0;
	if (strstr(dropped->name, " in native_query ") != NULL)
		return drop_inline_permission(dropped);
	return gqle_meta_store_delete("permissions",
								  "source schema_name table_name role operation",
								  dropped->table.source, dropped->table.schema,
								  dropped->table.name, dropped->role,
								  pnstrdup(dropped->type, strlen("select"))) > 0;
}

static bool
drop_remote_schema(const Dropped *dropped)
{
	return gqle_meta_store_delete("remote_schemas", "name", dropped->name) > 0;
}

static bool
drop_remote_schema_permission(const Dropped *dropped)
{
	return gqle_meta_store_delete("remote_schema_permissions", "remote_schema role",
								  gqle_meta_text(dropped->definition, "remote_schema"),
								  dropped->role) > 0;
}

static bool
drop_remote_schema_relationship(const Dropped *dropped)
{
	return gqle_meta_store_delete("remote_schema_relationships",
								  "remote_schema type_name name",
								  gqle_meta_text(dropped->definition, "remote_schema"),
								  gqle_meta_text(dropped->definition, "type_name"),
								  dropped->member) > 0;
}

static bool
drop_action(const Dropped *dropped)
{
	return gqle_meta_store_delete("actions", "name", dropped->name) > 0;
}

static bool
drop_action_permission(const Dropped *dropped)
{
	return gqle_meta_store_delete("action_permissions", "action role",
								  gqle_meta_text(dropped->definition, "action"),
								  dropped->role) > 0;
}

static bool
drop_cron_trigger(const Dropped *dropped)
{
	return gqle_meta_store_delete("cron_triggers", "name", dropped->member) > 0;
}

static bool
drop_endpoint(const Dropped *dropped)
{
	return gqle_meta_store_delete("rest_endpoints", "name", dropped->name) > 0;
}

static bool
drop_inherited_role(const Dropped *dropped)
{
	return gqle_meta_store_delete("inherited_roles", "role_name",
								  gqle_meta_text(dropped->definition, "role_name")) > 0;
}

static bool
drop_custom_types(const Dropped *dropped)
{
	return gqle_meta_store_delete("settings", "key", "custom_types") > 0;
}

/* The whole setting, or the part of it that the name tells. */
static bool
drop_open_telemetry(const Dropped *dropped)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	if (strcmp(dropped->name, "all") == 0)
		return gqle_meta_store_delete("settings", "key", "opentelemetry") > 0;
	gqle_spi_add_text(&args, dropped->name);
	return gqle_spi_execute("UPDATE gqle.settings SET value = (SELECT json_object_agg(key, value) "
							"FROM json_each(value) WHERE key <> $1) "
							"WHERE key = 'opentelemetry' AND value->$1 IS NOT NULL",
							&args)->processed > 0;
}

/*
 * The query, endpoints that run it, and collections that are empty.  compat: if its
 * own was left empty, nothing remains on the allow list.
 */
static bool
drop_query(const Dropped *dropped)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	const char *collection = dropped->name + strlen(dropped->member) + strlen(" in ");

	gqle_spi_add_text(&args, collection);
	gqle_spi_add_text(&args, dropped->member);
	gqle_spi_execute("DELETE FROM gqle.rest_endpoints WHERE "
					 "definition->'query'->>'collection_name' = $1 AND "
					 "definition->'query'->>'query_name' = $2", &args);
	if (gqle_spi_execute("UPDATE gqle.query_collections SET definition = "
						 "json_build_object('queries', COALESCE((SELECT json_agg(q ORDER BY n) "
						 "FROM json_array_elements(definition->'queries') WITH ORDINALITY "
						 "AS each(q, n) WHERE q->>'name' <> $2), '[]')) "
						 "WHERE name = $1", &args)->processed == 0)
		return false;
	gqle_spi_execute("DELETE FROM gqle.query_collections WHERE "
					 "json_array_length(definition->'queries') = 0", NULL);
	if (!gqle_meta_store_exists("query_collections", "name", collection))
		gqle_spi_execute("DELETE FROM gqle.allowlist", NULL);
	return true;
}

static const struct
{
	const char *type;
	bool		(*drop) (const Dropped *dropped);
}			droppers[] = {
	{"action", drop_action},
	{"action_permission", drop_action_permission},
	{"array_relation", drop_relationship},
	{"computed_field", drop_computed_field},
	{"cron_trigger", drop_cron_trigger},
	{"custom_types", drop_custom_types},
	{"delete_permission", drop_permission},
	{"event_trigger", drop_event_trigger},
	{"function", drop_function},
	{"function_permission", drop_function_permission},
	{"inherited_role", drop_inherited_role},
	{"insert_permission", drop_permission},
	{"logical_model", drop_logical_model},
	{"native_query", drop_native_query},
	{"object_relation", drop_relationship},
	{"open_telemetry", drop_open_telemetry},
	{"query_collections", drop_query},
	{"remote_relationship", drop_remote_relationship},
	{"remote_schema", drop_remote_schema},
	{"remote_schema_permission", drop_remote_schema_permission},
	{"remote_schema_remote_relationship", drop_remote_schema_relationship},
	{"rest_endpoint", drop_endpoint},
	{"select_permission", drop_permission},
	{"source", drop_source},
	{"table", drop_table},
	{"update_permission", drop_permission}
};

/* drop_rivals removes objects that are in conflict. */
static bool
drop_rivals(const GqleJson *object)
{
	const GqleJson *objects = gqle_json_lookup(object, "objects");
	const GqleJson *endpoints = gqle_json_lookup(object, "conflicts");
	bool		result = false;
	int			i;

	for (i = 0; objects != NULL && i < objects->n; i++)
		result = gqle_meta_drop_inconsistent(objects->items[i]) || result;

	/* compat: of endpoints one is enough */
	if (endpoints != NULL)
		result = gqle_meta_store_delete("rest_endpoints", "name",
										gqle_meta_text(endpoints->items[0], "name")) > 0;
	return result;
}

/* gqle_meta_drop_inconsistent removes one inconsistent object. */
bool
gqle_meta_drop_inconsistent(const GqleJson *object)
{
	Dropped		dropped = {gqle_meta_text(object, "type"), gqle_meta_text(object, "name")};
	const char *source = "default";
	const char *at;
	Size		i;

	if (dropped.type == NULL || dropped.name == NULL)
		return drop_rivals(object);

	/* a name may have these words, too: the last ones count */
	for (at = dropped.name; (at = strstr(at, " in source ")) != NULL;)
	{
		at += strlen(" in source ");
		source = at;
	}
	dropped.definition = gqle_json_lookup(object, "definition");
	dropped.member = gqle_meta_text(dropped.definition, "name");
	dropped.role = gqle_meta_text(dropped.definition, "role");
	dropped.table = gqle_meta_make_name(source, gqle_json_lookup(dropped.definition, "table"));
	for (i = 0; i < lengthof(droppers); i++)
		if (strcmp(droppers[i].type, dropped.type) == 0)
		{
			dropped.name += Min(strlen(dropped.name), strlen(dropped.type) + 1);
			return droppers[i].drop(&dropped);
		}
	return false;
}
