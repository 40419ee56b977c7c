/*
 * meta_link.c
 *		Commands about linked sources, run in their databases.
 *
 * Here a linked source is a row of gqle.sources and nothing else; there it is the
 * source that the database itself is, under the same name.
 */
#include "postgres.h"

#include "gqle/api/meta_link.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/linked.h"
#include "gqle/catalog/metadata.h"

#define CALL_SQL "SELECT status::text, answer FROM gqle_internal.call_api($1, $2, $3::jsonb)"

/* What a database answered. */
typedef struct Answer
{
	int			status;
	char	   *text;
} Answer;

/* ------------------------------------------------------------------------
 * Asking
 * ------------------------------------------------------------------------ */

/* gqle_meta_is_linked tells whether a source is another database of PostgreSQL. */
bool
gqle_meta_is_linked(const char *source)
{
	return strcmp(source, gqle_meta_local_source()) != 0 &&
		gqle_meta_store_exists("sources", "name kind", source, "postgres");
}

/* gqle_meta_linked_sources returns the names of all linked sources. */
List *
gqle_meta_linked_sources(void)
{
	GqleRows   *rows = gqle_spi_query("SELECT name FROM gqle.sources WHERE kind = 'postgres' "
									  "ORDER BY name", NULL);
	const char *local = gqle_meta_local_source();
	List	   *names = NIL;
	int			i;

	for (i = 0; i < rows->n; i++)
		if (strcmp(gqle_rows_text(rows, i, 0), local) != 0)
			names = lappend(names, gqle_rows_text(rows, i, 0));
	return names;
}

/* connect_to returns the connection to a source, or NULL with the reason. */
static GqleLink *
connect_to(const char *source, char **reason)
{
	char	   *url = gqle_linked_url(gqle_meta_store_get("sources", "configuration", "name",
														  source), reason);

	return url != NULL ? gqle_linked_connect(url, reason) : NULL;
}

/* ask_api has a body answered by an endpoint of the other database, in our transaction. */
static bool
ask_api(GqleLink *link, const char *endpoint, const char *body, const char *session,
		Answer *answer, char **reason)
{
	const char *values[] = {endpoint, body, session};
	char	  **columns;

	if (!gqle_link_join_transaction(link, reason))
		return false;
	columns = gqle_link_query(link, CALL_SQL, lengthof(values), values, reason);
	if (columns == NULL)
		return false;
	answer->status = atoi(columns[0]);
	answer->text = columns[1];
	return true;
}

/* make_body returns the text of a command. */
static char *
make_body(const char *type, int version, const GqleJson *args)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"type\":");
	gqle_json_write_cstring(&out, type);
	if (version > 1)
		appendStringInfo(&out, ",\"version\":%d", version);
	appendStringInfoString(&out, ",\"args\":");
	gqle_json_append(&out, args);
	appendStringInfoChar(&out, '}');
	return out.data;
}

/* ------------------------------------------------------------------------
 * Reporting
 * ------------------------------------------------------------------------ */

/* fail_to_reach reports that nothing can be done with a source for now. */
static bool
fail_to_reach(GqleMetaCall *call, const char *source, const char *reason)
{
	StringInfoData internal;

	initStringInfo(&internal);
	gqle_json_write_cstring(&internal, reason);
	return gqle_meta_fail_internal(call, 400, GQLE_ERR_UNEXPECTED, internal.data,
								   "source with name \"%s\" is inconsistent", source);
}

/* fail_to_attach reports why a database can't be a source. */
static bool
fail_to_attach(GqleMetaCall *call, const char *source, const char *reason)
{
	const char *message = psprintf("Inconsistent object: %s", reason);
	GqleJson   *list = gqle_json_make_array();
	GqleJson   *object = gqle_json_make_object();

	gqle_json_object_set(object, "definition", gqle_json_make_string(source));
	gqle_json_object_set(object, "name", gqle_json_make_string(psprintf("source %s", source)));
	gqle_json_object_set(object, "reason", gqle_json_make_string(message));
	gqle_json_object_set(object, "type", gqle_json_make_string("source"));
	gqle_json_array_add(list, object);
	return gqle_meta_fail_internal(call, 400, GQLE_ERR_INVALID_CONFIGURATION,
								   gqle_json_to_text(list), "%s", message);
}

/* report_answer takes over the error that the other database reported. */
static bool
report_answer(GqleMetaCall *call, const Answer *answer)
{
	GqleJson   *json = gqle_meta_parse_stored(answer->text);
	const char *path = gqle_meta_text(json, "path");
	const char *code = gqle_meta_text(json, "code");
	const char *message = gqle_meta_text(json, "error");
	const GqleJson *internal = gqle_json_lookup(json, "internal");

	if (path == NULL || strncmp(path, "$.args", 6) != 0)
		path = "$.args";
	gqle_error_report(call->sink, GQLE_ERR_CUSTOM, psprintf("%s%s", call->path, path + 6), "%s",
					  message != NULL ? message : answer->text);
	call->sink->error.custom_code = code != NULL ? code : "unexpected";
	call->sink->error.http_status = answer->status;
	if (internal != NULL)
		call->sink->error.internal = gqle_json_to_text(internal);
	return false;
}

/* run_on runs an admin's command in the database that a link leads to. */
static bool
run_on(GqleMetaCall *call, GqleLink *link, const char *source, const char *type,
	   int version, const GqleJson *args)
{
	char	   *reason = NULL;
	Answer		answer;

	if (!ask_api(link, "/v1/metadata", make_body(type, version, args), "{}", &answer, &reason))
		return fail_to_reach(call, source, reason);
	return answer.status == 200 || report_answer(call, &answer);
}

/* run_there runs an admin's command in a stored source's database. */
static bool
run_there(GqleMetaCall *call, const char *source, const char *type, int version,
		  const GqleJson *args)
{
	char	   *reason = NULL;
	GqleLink   *link = connect_to(source, &reason);

	return link != NULL ? run_on(call, link, source, type, version, args) :
		fail_to_reach(call, source, reason);
}

/* ------------------------------------------------------------------------
 * Commands about a source
 * ------------------------------------------------------------------------ */

/* gqle_meta_linked_source returns the linked source that a call is about, or NULL. */
const char *
gqle_meta_linked_source(const GqleMetaCall *call)
{
	const char *source;

	if (!(call->command->flags & (GQLE_META_BACKEND | GQLE_META_V1 | GQLE_META_V2)) ||
		(call->command->flags & GQLE_META_BULK) || gqle_json_is_null(call->args) ||
		call->args->kind != GQLE_JSON_OBJECT)
		return NULL;
	source = gqle_meta_text(call->args, "source");
	return source != NULL && strcmp(source, "default") != 0 && gqle_meta_is_linked(source) ?
		source : NULL;
}

/* endpoint_of returns the path of the endpoint that a call came by. */
static const char *
endpoint_of(const GqleMetaCall *call)
{
	switch (call->request->endpoint)
	{
		case GQLE_ENDPOINT_V1_QUERY:
			return "/v1/query";
		case GQLE_ENDPOINT_V2_QUERY:
			return "/v2/query";
		default:
			return "/v1/metadata";
	}
}

/* type_of returns the name under which the endpoint knows a command. */
static const char *
type_of(const GqleMetaCall *call)
{
	return call->request->endpoint == GQLE_ENDPOINT_METADATA &&
		(call->command->flags & GQLE_META_BACKEND) ?
		psprintf("pg_%s", call->command->name) : call->command->name;
}

/* gqle_meta_link_forward runs a call in a linked source's database. */
bool
gqle_meta_link_forward(GqleMetaCall *call, const char *source)
{
	bool		is_data = (call->command->flags & GQLE_META_ANY_ROLE) != 0;
	StringInfoData session;
	char	   *reason = NULL;
	GqleLink   *link = connect_to(source, &reason);
	Answer		answer;

	if (strcmp(call->command->name, "create_event_trigger") == 0)
		return gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
							  "event triggers of source \"%s\" would not be delivered: it is another database than the one that is served",
							  source);
	initStringInfo(&session);
	gqle_linked_append_session(&session, call->request->session);
	if (link == NULL ||
		!ask_api(link, endpoint_of(call),
				 make_body(type_of(call), call->version, call->args), session.data, &answer,
				 &reason))
		return fail_to_reach(call, source, reason);
	if (answer.status != 200)
		return report_answer(call, &answer);
	appendStringInfoString(call->out, answer.text);
	if (!is_data && !(call->command->flags & GQLE_META_READS))
	{
		gqle_metadata_note_change();
		call->request->is_changed = true;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Sources as a whole
 * ------------------------------------------------------------------------ */

#define WHERE_AM_I "SELECT system_identifier || ' ' || pg_catalog.current_database() " \
	"FROM pg_catalog.pg_control_system()"

/*
 * mark marks the other database, which is then not served on its own, not even when it
 * is no source any more: whoever wants that says so.
 */
static bool
mark(GqleLink *link, char **reason)
{
	char	  **name = gqle_link_query(link, "SELECT pg_catalog.quote_ident(pg_catalog.current_database())",
									   0, NULL, reason);

	return name != NULL &&
		gqle_link_query(link, psprintf("ALTER DATABASE %s SET gqle.linked = on", name[0]), 0,
						NULL, reason) != NULL;
}

/*
 * install sees that the other database is one, and has the extension; NULL after
 * reporting.
 */
static GqleLink *
install(GqleMetaCall *call, const char *source, const GqleJson *configuration)
{
	char	   *reason = NULL;
	char	   *url = gqle_linked_url(configuration, &reason);
	GqleLink   *link = url != NULL ? gqle_link_get(url, &reason) : NULL;
	char	  **place;

	place = link != NULL && gqle_link_join_transaction(link, &reason) ?
		gqle_link_query(link, WHERE_AM_I, 0, NULL, &reason) : NULL;
	if (place == NULL)
		fail_to_attach(call, source, reason);
	else if (strcmp(place[0], gqle_rows_text(gqle_spi_query(WHERE_AM_I, NULL), 0, 0)) == 0)
		gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
					   "source \"%s\" is the database that serves, which is a source already",
					   source);
	else if (!mark(link, &reason) ||
			 gqle_link_query(link, "CREATE EXTENSION IF NOT EXISTS gqle", 0, NULL, &reason) == NULL ||
			 gqle_linked_connect(url, &reason) == NULL)
		fail_to_attach(call, source, reason);
	else
		return link;
	return NULL;
}

/*
 * find_own_name returns what the other database calls itself, "" if it has no source;
 * NULL after reporting.
 */
static char *
find_own_name(GqleMetaCall *call, const char *source)
{
	char	   *reason = NULL;
	GqleLink   *link = connect_to(source, &reason);
	char	  **columns = link == NULL ? NULL :
		gqle_link_query(link, "SELECT COALESCE(pg_catalog.min(name), ''), pg_catalog.count(*) "
						"FROM gqle.sources", 0, NULL, &reason);

	if (columns == NULL)
		fail_to_reach(call, source, reason);
	else if (atoi(columns[1]) > 1)
		gqle_meta_fail(call, GQLE_ERR_NOT_SUPPORTED,
					   "the database of source \"%s\" has several sources itself", source);
	else
		return columns[0];
	return NULL;
}

/* source_document returns the metadata of one source. */
static GqleJson *
source_document(const GqleJson *source)
{
	GqleJson   *document = gqle_json_make_object();
	GqleJson   *sources = gqle_json_make_array();

	gqle_json_array_add(sources, unconstify(GqleJson *, source));
	gqle_json_object_set(document, "version", gqle_json_make_number("3"));
	gqle_json_object_set(document, "sources", sources);
	return document;
}

/* stored_source returns a source as it is stored here. */
static GqleJson *
stored_source(const char *name)
{
	static const char *const parts[] = {"configuration", "customization"};
	GqleJson   *source = gqle_json_make_object();
	int			i;

	gqle_json_object_set(source, "name", gqle_json_make_string(name));
	for (i = 0; i < (int) lengthof(parts); i++)
	{
		GqleJson   *value = gqle_meta_store_get("sources", parts[i], "name", name);

		gqle_json_object_set(source, parts[i],
							 gqle_json_is_null(value) ? gqle_json_make_object() : value);
	}
	return source;
}

/* gqle_meta_link_attach takes a database into service. */
bool
gqle_meta_link_attach(GqleMetaCall *call, const char *name)
{
	GqleJson   *source = stored_source(name);
	const char *own_name;

	if (install(call, name, gqle_json_lookup(source, "configuration")) == NULL)
		return false;
	own_name = find_own_name(call, name);
	if (own_name == NULL)
		return false;
	if (own_name[0] == '\0')
	{
		gqle_json_object_set(source, "kind", gqle_json_make_string("postgres"));
		gqle_json_object_set(source, "tables", gqle_json_make_array());
		if (!gqle_meta_link_replace(call, source))
			return false;
	}
	else if ((strcmp(own_name, name) != 0 && !gqle_meta_link_rename(call, name, name)) ||
			 !run_there(call, name, "pg_update_source", 1, source))
		return false;
	gqle_meta_link_sync(call);
	return true;
}

/* gqle_meta_link_rename renames the source in its own database. */
bool
gqle_meta_link_rename(GqleMetaCall *call, const char *source, const char *new_name)
{
	GqleJson   *args = gqle_json_make_object();
	char	   *own_name = find_own_name(call, source);

	if (own_name == NULL)
		return false;
	gqle_json_object_set(args, "name", gqle_json_make_string(own_name));
	gqle_json_object_set(args, "new_name", gqle_json_make_string(new_name));
	return run_there(call, source, "rename_source", 1, args);
}

/* gqle_meta_link_replace replaces all metadata of a linked source. */
bool
gqle_meta_link_replace(GqleMetaCall *call, const GqleJson *source)
{
	GqleJson   *args = gqle_json_make_object();
	const char *name = gqle_meta_text(source, "name");
	GqleLink   *link = install(call, name, gqle_json_lookup(source, "configuration"));

	if (link == NULL)
		return false;
	gqle_json_object_set(args, "allow_inconsistent_metadata", gqle_json_make_bool(true));
	gqle_json_object_set(args, "metadata", source_document(source));
	return run_on(call, link, name, "replace_metadata", 2, args);
}

/* forget_error lets a call go on after something that is allowed to fail. */
static void
forget_error(GqleMetaCall *call)
{
	memset(call->sink, 0, sizeof(GqleErrorSink));
}

/* gqle_meta_link_clear removes all metadata of a linked source. */
void
gqle_meta_link_clear(GqleMetaCall *call, const char *source)
{
	if (!run_there(call, source, "clear_metadata", 1, gqle_json_make_object()))
		forget_error(call);
}

/* gqle_meta_link_drop_inconsistent drops what is inconsistent in a linked source. */
void
gqle_meta_link_drop_inconsistent(GqleMetaCall *call, const char *source)
{
	if (!run_there(call, source, "drop_inconsistent_metadata", 1, gqle_json_make_object()))
		forget_error(call);
}

/*
 * push_stored gives a source its metadata that are stored here, from a time when it
 * could not be reached.
 */
static void
push_stored(GqleMetaCall *call, const char *name)
{
	GqleJson   *document;
	const GqleJson *sources;
	GqleJson   *row;
	int			i;

	if (!gqle_meta_store_exists("tables", "source", name))
		return;
	document = gqle_meta_export_stored();
	sources = gqle_json_lookup(document, "sources");
	for (i = 0; i < sources->n; i++)
		if (strcmp(gqle_meta_text(sources->items[i], "name"), name) == 0)
			break;
	if (i == sources->n || !gqle_meta_link_replace(call, sources->items[i]))
	{
		forget_error(call);
		return;
	}
	row = stored_source(name);
	gqle_meta_row_set_text(row, "kind", "postgres");
	gqle_meta_row_set_bool(row, "is_initial", false);
	gqle_meta_store_delete("sources", "name", name);
	gqle_meta_store_insert_one("sources", row);
}

/* gqle_meta_link_sync brings linked databases up to date with what is stored here. */
void
gqle_meta_link_sync(GqleMetaCall *call)
{
	List	   *sources = gqle_meta_linked_sources();
	const char *roles;
	ListCell   *cell;

	if (sources == NIL)
		return;
	roles = gqle_rows_text(gqle_spi_query("SELECT COALESCE(json_agg(r), '[]')::text "
										  "FROM gqle.inherited_roles AS r", NULL), 0, 0);
	foreach(cell, sources)
	{
		char	   *reason = NULL;
		GqleLink   *link = connect_to(lfirst(cell), &reason);

		if (link == NULL || !gqle_link_join_transaction(link, &reason))
			continue;
		push_stored(call, lfirst(cell));
		if (gqle_link_query(link, "DELETE FROM gqle.inherited_roles", 0, NULL, &reason) == NULL ||
			gqle_link_query(link, "INSERT INTO gqle.inherited_roles SELECT r.* FROM "
							"pg_catalog.json_populate_recordset(NULL::gqle.inherited_roles, $1::json) AS r",
							1, &roles, &reason) == NULL)
			ereport(WARNING,
					(errmsg("inherited roles are not known to source \"%s\": %s",
							(char *) lfirst(cell), reason)));
	}
}

/* gqle_meta_link_is_reachable tells whether a source's database can be reached. */
bool
gqle_meta_link_is_reachable(const GqleJson *source)
{
	char	   *reason = NULL;
	char	   *url = gqle_linked_url(gqle_json_lookup(source, "configuration"), &reason);

	return url != NULL && gqle_link_get(url, &reason) != NULL;
}

/* gqle_meta_link_export returns the metadata of a linked source, or NULL. */
GqleJson *
gqle_meta_link_export(const char *source)
{
	char	   *reason = NULL;
	GqleLink   *link = connect_to(source, &reason);
	Answer		answer;
	const GqleJson *sources;

	if (link == NULL ||
		!ask_api(link, "/v1/metadata", "{\"type\":\"export_metadata\",\"args\":{}}", "{}",
				 &answer, &reason) || answer.status != 200)
		return NULL;
	sources = gqle_json_lookup(gqle_meta_parse_stored(answer.text), "sources");
	return sources != NULL && sources->n == 1 ? sources->items[0] : NULL;
}
