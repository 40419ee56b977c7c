/*
 * api_metadata.c
 *		The table of metadata commands, and the /v1/metadata endpoint.
 *
 * What a command does is in the file of its family.
 */
#include "postgres.h"

#include "gqle/api/meta.h"

static const GqleMetaCommand *const families[] = {
	gqle_meta_action_commands,
	gqle_meta_bulk_commands,
	gqle_meta_collection_commands,
	gqle_meta_computed_field_commands,
	gqle_meta_cron_commands,
	gqle_meta_endpoint_commands,
	gqle_meta_event_commands,
	gqle_meta_event_log_commands,
	gqle_meta_function_commands,
	gqle_meta_manage_commands,
	gqle_meta_native_commands,
	gqle_meta_permission_commands,
	gqle_meta_relationship_commands,
	gqle_meta_remote_commands,
	gqle_meta_role_commands,
	gqle_meta_scheduled_commands,
	gqle_meta_settings_commands,
	gqle_meta_source_commands,
	gqle_meta_table_commands,
	gqle_dml_commands,
	gqle_sql_commands,
};

static const char *strip_prefix(const char *name);

/*
 * gqle_meta_lookup_command returns the command that a name means at an
 * endpoint, or NULL.  /v1/metadata wants a backend's prefix where a command
 * belongs to a backend, /v1/query knows none, /v2/query takes both.
 */
const GqleMetaCommand *
gqle_meta_lookup_command(GqleEndpoint endpoint, const char *name)
{
	const char *stripped = strip_prefix(name);
	int			i;

	for (i = 0; i < (int) lengthof(families); i++)
	{
		const GqleMetaCommand *command;

		for (command = families[i]; command->name != NULL; command++)
		{
			bool		is_plain = strcmp(command->name, name) == 0;
			bool		is_prefixed = stripped != NULL &&
				strcmp(command->name, stripped) == 0;

			if ((endpoint == GQLE_ENDPOINT_METADATA &&
				 ((is_plain && (command->flags & GQLE_META_ENGINE)) ||
				  (is_prefixed && (command->flags & GQLE_META_BACKEND)))) ||
				(endpoint == GQLE_ENDPOINT_V1_QUERY && is_plain &&
				 (command->flags & GQLE_META_V1)) ||
				(endpoint == GQLE_ENDPOINT_V2_QUERY &&
				 (is_plain ||
				  (is_prefixed && (command->flags & GQLE_META_V2_PREFIX))) &&
				 (command->flags & GQLE_META_V2)))
				return command;
		}
	}
	return NULL;
}

/* strip_prefix returns the name behind a prefix that means Postgres, or NULL. */
static const char *
strip_prefix(const char *name)
{
	if (strncmp(name, "pg_", 3) == 0)
		return name + 3;
	if (strncmp(name, "postgres_", 9) == 0)
		return name + 9;
	return NULL;
}

/* gqle_api_metadata answers /v1/metadata; always in the lane. */
void
gqle_api_metadata(GqleCall *call)
{
	if (call->place == GQLE_PLACE_INLINE)
	{
		call->to_lane = true;
		return;
	}
	call->status = gqle_meta_run(call->session, call->endpoint, call->body,
								 call->body_len, true, call->outcalls, call->out);
	if (call->status == GQLE_META_PENDING)
	{
		call->status = 200;
		call->needs_http = true;
	}
}
