/*
 * remote_problems.c
 *		What is inconsistent of remote schemas and of their permissions.
 */
#include "postgres.h"

#include "gqle/catalog/cache.h"
#include "gqle/catalog/remote_parts.h"

static const char *const stored_object =
"SELECT json_build_object('comment', comment, 'definition', definition, 'name', name, "
"'permissions', COALESCE((SELECT json_agg(json_build_object('role', p.role, "
"'definition', p.definition, 'comment', p.comment) ORDER BY p.position, p.role) "
"FROM gqle.remote_schema_permissions AS p WHERE p.remote_schema = r.name), '[]'), "
"'remote_relationships', COALESCE((SELECT json_agg(json_build_object('type_name', t.type_name, "
"'relationships', t.list) ORDER BY t.first, t.type_name) FROM (SELECT type_name, min(position) AS first, "
"json_agg(json_build_object('name', s.name, 'definition', s.definition) ORDER BY s.position, s.name) AS list "
"FROM gqle.remote_schema_relationships AS s WHERE s.remote_schema = r.name GROUP BY type_name) AS t), '[]')) "
"FROM gqle.remote_schemas AS r WHERE name = $1";

/* A remote schema as metadata show it. */
static GqleJson *
get_object(const char *name)
{
	static GqleSpiStatement statement;
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	statement.sql = stored_object;
	gqle_spi_add_text(&args, name);
	rows = gqle_spi_query_kept(&statement, &args);
	return rows->n > 0 ? gqle_catalog_parse_json(gqle_rows_text(rows, 0, 0)) :
		gqle_json_make_null();
}

static void
record(GqleCatalog *catalog, const GqleRemoteEntry *entry, const char *reason, const char *message)
{
	gqle_problem_add_message(catalog, "remote_schema",
							 psprintf("remote_schema %s", entry->name),
							 get_object(entry->name), reason,
							 message != NULL ? gqle_catalog_parse_json(message) : NULL);
}

/* It is served, by what it answered before it could no longer be asked. */
static void
record_stale(GqleCatalog *catalog, const GqleRemoteEntry *entry)
{
	const GqleJson *failure = gqle_catalog_parse_json(entry->failure);
	const GqleJson *internal = gqle_json_lookup(failure, "internal");

	record(catalog, entry,
		   psprintf("remote schema \"%s\"  is inconsistent because of stale remote schema introspection is used. The remote schema couldn't be reached for a fresh introspection because we got error: %s",
					entry->name, gqle_catalog_json_string(failure, "message")),
		   gqle_json_is_null(internal) ? NULL : gqle_json_to_text(internal));
}

static void
check_permission(GqleCatalog *catalog, const GqleRemoteEntry *entry,
				 const GqleRemotePermission *permission)
{
	const GqleRemotePart *part = gqle_remote_part_get(entry->upstream, permission->role,
													  permission->sdl);

	if (part->graph == NULL)
		gqle_problem_add(catalog, "remote_schema_permission",
						 psprintf("remote_schema_permission %s permission in remote schema %s",
								  permission->role, entry->name),
						 gqle_catalog_parse_json(permission->definition),
						 "in remote schema permission for role \"%s\": %s", permission->role,
						 part->message);
}

static void
check_inherited(GqleCatalog *catalog, const GqleRemoteEntry *entry, const char *role)
{
	bool		conflicts = false;
	GqleJson   *json;
	GqleJson   *entity;

	(void) gqle_remote_find_sdl(catalog, entry, role, &conflicts);
	if (!conflicts)
		return;
	json = gqle_json_make_object();
	entity = gqle_json_make_object();
	gqle_json_object_set(entity, "remote_schema", gqle_json_make_string(entry->name));
	gqle_json_object_set(json, "entity", entity);
	gqle_json_object_set(json, "name", gqle_json_make_string(role));
	gqle_json_object_set(json, "reason",
						 gqle_json_make_string(psprintf("Could not inherit permission for the role '%s' for the entity: 'remote schema: '%s''",
														role, entry->name)));
	gqle_json_object_set(json, "type",
						 gqle_json_make_string("inherited role permission inconsistency"));
	gqle_problem_add_whole(catalog, NULL, "inherited role permission inconsistency",
						   psprintf("%s remote schema %s", role, entry->name), json);
}

/* See cache.h. */
void
gqle_remote_check_all(GqleCatalog *catalog)
{
	struct GqleRemoteList *list = gqle_remote_list(catalog);

	for (int i = 0; i < list->n_entries; i++)
	{
		GqleRemoteEntry *entry = &list->entries[i];

		if (entry->reason != NULL)
			record(catalog, entry, entry->reason, entry->message);
		else if (entry->failure != NULL)
			record_stale(catalog, entry);
		if (entry->upstream == NULL || entry->upstream->schema.graph == NULL)
			continue;
		for (int j = 0; j < entry->n_permissions; j++)
			check_permission(catalog, entry, &entry->permissions[j]);
		for (int j = 0; j < catalog->n_inherited && entry->n_permissions > 0; j++)
			check_inherited(catalog, entry, catalog->inherited[j].name);
	}
}
