/*
 * meta_unknown.c
 *		What is said to a request whose type is no command.
 *
 * compat: in three places Hasura reads the type as the tag of a sum, and then
 * lists all tags there are, in the order of its source.
 */
#include "postgres.h"

#include "gqle/api/meta.h"

/* The tags of one sum. */
typedef struct TagList
{
	const char *type;			/* of Hasura's, as messages name it */
	const char *const *tags;	/* up to NULL */
} TagList;

static const char *const v1_tags[] = {
	"add_existing_table_or_view", "track_table", "untrack_table", "set_table_is_enum",
	"set_table_customization", "track_function", "untrack_function",
	"create_object_relationship", "create_array_relationship", "drop_relationship",
	"set_relationship_comment", "rename_relationship", "add_computed_field",
	"drop_computed_field", "create_remote_relationship", "update_remote_relationship",
	"delete_remote_relationship", "create_insert_permission",
	"create_select_permission", "create_update_permission",
	"create_delete_permission", "drop_insert_permission", "drop_select_permission",
	"drop_update_permission", "drop_delete_permission", "set_permission_comment",
	"get_inconsistent_metadata", "drop_inconsistent_metadata", "insert", "select",
	"update", "delete", "count", "bulk", "add_remote_schema", "update_remote_schema",
	"remove_remote_schema", "reload_remote_schema", "introspect_remote_schema",
	"create_event_trigger", "delete_event_trigger", "redeliver_event",
	"invoke_event_trigger", "create_cron_trigger", "delete_cron_trigger",
	"create_scheduled_event", "create_query_collection", "rename_query_collection",
	"drop_query_collection", "add_query_to_collection", "drop_query_from_collection",
	"add_collection_to_allowlist", "drop_collection_from_allowlist", "run_sql",
	"replace_metadata", "export_metadata", "clear_metadata", "reload_metadata",
	"create_action", "drop_action", "update_action", "create_action_permission",
	"drop_action_permission", "create_rest_endpoint", "drop_rest_endpoint",
	"dump_internal_state", "set_custom_types", NULL
};
static const char *const v1_tags_of_version_2[] = {
	"track_table", "set_table_custom_fields", "track_function", "replace_metadata", NULL
};
static const char *const metadata_tags_of_version_2[] = {
	"replace_metadata", "export_metadata", NULL
};

static const TagList *tags_of(GqleEndpoint endpoint, int version);
static const char *join_tags(const TagList *list);

/* gqle_meta_report_unknown reports a type that is no command at an endpoint. */
bool
gqle_meta_report_unknown(GqleMetaReader *reader, GqleEndpoint endpoint, int version,
						 const char *type, const GqleMetaPath *path)
{
	static const char *const backends[][2] = {
		{"pg", "postgres"}, {"postgres", "postgres"}, {"citus", "citus"},
		{"cockroach", "cockroach"}, {"mssql", "mssql"}, {"bigquery", "bigquery"},
		{"dataconnector", "dataconnector"}
	};
	const TagList *list = tags_of(endpoint, version);
	const char *rest = strchr(type, '_');
	int			prefix_len = rest != NULL ? (int) (rest - type) : (int) strlen(type);
	int			i;

	if (list != NULL)
	{
		GqleMetaPath type_path = {path, "type", 0, NULL};

		gqle_meta_reader_fail(reader, &type_path,
							  "parsing %s failed, expected tag field \"type\" to be one of %s, but found tag \"%s\"",
							  list->type, join_tags(list), type);
		return false;
	}
	if (endpoint == GQLE_ENDPOINT_V2_QUERY)
	{
		gqle_meta_reader_fail(reader, path, "Unrecognised RQLQuery type: %s", type);
		return false;
	}
	for (i = 0; i < (int) lengthof(backends); i++)
		if ((int) strlen(backends[i][0]) == prefix_len &&
			strncmp(type, backends[i][0], prefix_len) == 0)
		{
			gqle_meta_reader_fail(reader, path,
								  "unknown metadata command \"%s\" for backend %s",
								  rest != NULL ? rest + 1 : "", backends[i][1]);
			return false;
		}
	gqle_meta_reader_fail(reader, path,
						  "unknown metadata command \"%s\"; \"%.*s\" was not recognized as a valid backend name",
						  type, prefix_len, type);
	return false;
}

/* gqle_meta_tag_prefix returns what comes before a complaint about the type. */
const char *
gqle_meta_tag_prefix(GqleEndpoint endpoint, int version)
{
	const TagList *list = tags_of(endpoint, version);

	if (list == NULL)
		return "";
	return psprintf("parsing %s failed, expected Object with key \"type\" containing one of %s, ",
					list->type, join_tags(list));
}

/* tags_of returns the tags that a type is read as, or NULL. */
static const TagList *
tags_of(GqleEndpoint endpoint, int version)
{
	static const TagList v1 = {"Hasura.Server.API.Query.RQLQueryV1", v1_tags};
	static const TagList v1_version_2 = {"Hasura.Server.API.Query.RQLQueryV2",
	v1_tags_of_version_2};
	static const TagList metadata_version_2 = {"Hasura.Server.API.Metadata.Types.RQLMetadataV2",
	metadata_tags_of_version_2};

	if (endpoint == GQLE_ENDPOINT_V1_QUERY)
		return version == 2 ? &v1_version_2 : &v1;
	if (endpoint == GQLE_ENDPOINT_METADATA && version == 2)
		return &metadata_version_2;
	return NULL;
}

/* join_tags prints the tags as a list of strings. */
static const char *
join_tags(const TagList *list)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	for (i = 0; list->tags[i] != NULL; i++)
		appendStringInfo(&out, "%s\"%s\"", i > 0 ? "," : "[", list->tags[i]);
	appendStringInfoChar(&out, ']');
	return out.data;
}
