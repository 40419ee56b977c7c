/*
 * remote.c
 *		The remote schemas of a catalog: which there are, which are served, and why
 *		others are not.
 *
 * A catalog lists them when something first asks.  Graphs are dear to make, and most
 * changes of the metadata leave them alone, so a process keeps them beyond a catalog:
 * an *upstream* is what became of one answer of a server under one definition.  It
 * stays while a catalog uses it, or while it is still what the metadata say.
 *
 * compat: root fields must have names of their own.  Remote schemas are looked at from
 * the last name to the first, each against all that is not remote and against those
 * that came before.  One that clashes is inconsistent.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/catalog/cache.h"
#include "gqle/catalog/remote_parts.h"
#include "gqle/catalog/roles.h"
#include "gqle/net/envtext.h"

#define DEFAULT_TIMEOUT_SECONDS	60
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* What a document makes of an upstream, for roles. */
typedef struct RolePart
{
	const char *sdl;
	const GqleRemoteGraph *graph;	/* or NULL: message */
	const char *message;
} RolePart;

typedef struct Upstream
{
	dlist_node	node;
	MemoryContext context;
	int			n_users;		/* catalogs */
	const char *definition;
	const char *digest;			/* of the answer */
	GqleRemoteSchema schema;	/* graph is NULL if there is a message */
	const char *message;
	List	   *parts;			/* of RolePart */
} Upstream;

/* The permission of a role, as stored. */
typedef struct RemotePermission
{
	const char *role;
	const char *sdl;
	const char *definition;
} RemotePermission;

typedef struct RemoteEntry
{
	const char *name;
	const char *definition;
	const char *digest;			/* NULL: no answer that is good for the definition */
	const char *failure;		/* of the last try: JSON, or NULL */
	Upstream   *upstream;		/* NULL: no answer */
	const char *reason;			/* why it is not served, or NULL */
	const char *message;		/* JSON, or NULL */
	int			n_permissions;
	RemotePermission *permissions;
} RemoteEntry;

struct GqleRemoteList
{
	int			n_entries;
	RemoteEntry *entries;		/* by name */
	int			n_served;
	const GqleRemoteSchema **served;	/* by name, descending */
	MemoryContextCallback on_delete;
};

static dlist_head upstreams = DLIST_STATIC_INIT(upstreams);

static struct GqleRemoteList *get_list(GqleCatalog *catalog);
static void load_entries(struct GqleRemoteList *list);
static void load_permissions(struct GqleRemoteList *list);
static void load_upstream(RemoteEntry *entry);
static void forget_unused(const struct GqleRemoteList *list);
static void serve(GqleCatalog *catalog, struct GqleRemoteList *list, RemoteEntry *entry);
static void release_list(void *arg);

/* ------------------------------------------------------------------------
 * The list of a catalog
 * ------------------------------------------------------------------------ */

static struct GqleRemoteList *
get_list(GqleCatalog *catalog)
{
	MemoryContext old;
	struct GqleRemoteList *list;

	if (catalog->remotes != NULL)
		return catalog->remotes;
	old = MemoryContextSwitchTo(catalog->context);
	list = palloc0(sizeof(struct GqleRemoteList));
	load_entries(list);
	load_permissions(list);
	list->served = palloc(sizeof(GqleRemoteSchema *) * Max(list->n_entries, 1));
	list->on_delete.func = release_list;
	list->on_delete.arg = list;
	MemoryContextRegisterResetCallback(catalog->context, &list->on_delete);
	for (int i = 0; i < list->n_entries; i++)
		load_upstream(&list->entries[i]);
	forget_unused(list);
	/* whoever is asked for names meanwhile sees what is served already */
	catalog->remotes = list;
	PG_TRY();
	{
		for (int i = list->n_entries - 1; i >= 0; i--)
			serve(catalog, list, &list->entries[i]);
	}
	PG_CATCH();
	{
		catalog->remotes = NULL;
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	return list;
}

static void
load_entries(struct GqleRemoteList *list)
{
	static GqleSpiStatement statement = {
		"SELECT r.name, r.definition, CASE WHEN i.answer IS NOT NULL THEN i.digest END, i.failure "
		"FROM gqle.remote_schemas AS r LEFT JOIN gqle.remote_introspections AS i "
		"ON i.remote_schema = r.name "
		"AND i.request OPERATOR(pg_catalog.=) gqle_internal.remote_request(r.definition) "
		"ORDER BY r.name", NULL
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);

	list->n_entries = rows->n;
	list->entries = palloc0(sizeof(RemoteEntry) * Max(rows->n, 1));
	for (int i = 0; i < rows->n; i++)
	{
		list->entries[i].name = gqle_rows_text(rows, i, 0);
		list->entries[i].definition = gqle_rows_text(rows, i, 1);
		list->entries[i].digest = gqle_rows_text(rows, i, 2);
		list->entries[i].failure = gqle_rows_text(rows, i, 3);
	}
}

static RemoteEntry *
find_entry(const struct GqleRemoteList *list, const char *name)
{
	for (int i = 0; i < list->n_entries; i++)
		if (strcmp(list->entries[i].name, name) == 0)
			return &list->entries[i];
	return NULL;
}

static void
load_permissions(struct GqleRemoteList *list)
{
	static GqleSpiStatement statement = {
		"SELECT remote_schema, role, definition FROM gqle.remote_schema_permissions "
		"ORDER BY remote_schema, role", NULL
	};
	GqleRows   *rows;

	if (list->n_entries == 0)
		return;
	rows = gqle_spi_query_kept(&statement, NULL);
	for (int i = 0; i < rows->n; i++)
	{
		RemoteEntry *entry = find_entry(list, gqle_rows_text(rows, i, 0));
		RemotePermission *permission;
		const char *sdl;

		if (entry == NULL)
			continue;
		if (entry->permissions == NULL)
			entry->permissions = palloc(sizeof(RemotePermission) * rows->n);
		permission = &entry->permissions[entry->n_permissions++];
		permission->role = gqle_rows_text(rows, i, 1);
		permission->definition = gqle_rows_text(rows, i, 2);
		sdl = gqle_catalog_json_string(gqle_catalog_parse_json(permission->definition),
									   "schema");
		permission->sdl = sdl != NULL ? sdl : "";
	}
}

/* The catalog goes, and with it its hold on upstreams. */
static void
release_list(void *arg)
{
	struct GqleRemoteList *list = arg;

	for (int i = 0; i < list->n_entries; i++)
		if (list->entries[i].upstream != NULL)
			list->entries[i].upstream->n_users--;
}

/* ------------------------------------------------------------------------
 * Upstreams
 * ------------------------------------------------------------------------ */

static bool
is_entry_of(const Upstream *upstream, const RemoteEntry *entry)
{
	return entry->digest != NULL && strcmp(upstream->schema.name, entry->name) == 0 &&
		strcmp(upstream->digest, entry->digest) == 0 &&
		strcmp(upstream->definition, entry->definition) == 0;
}

/* Drop what no catalog uses and the metadata no longer say. */
static void
forget_unused(const struct GqleRemoteList *list)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &upstreams)
	{
		Upstream   *upstream = dlist_container(Upstream, node, iter.cur);
		const RemoteEntry *entry = find_entry(list, upstream->schema.name);

		if (upstream->n_users > 0 || (entry != NULL && is_entry_of(upstream, entry)))
			continue;
		dlist_delete(&upstream->node);
		MemoryContextDelete(upstream->context);
	}
}

/* See remote.h. */
char *
gqle_remote_stored_answer(const char *name)
{
	static GqleSpiStatement statement = {
		"SELECT i.answer FROM gqle.remote_schemas AS r JOIN gqle.remote_introspections AS i "
		"ON i.remote_schema = r.name "
		"AND i.request OPERATOR(pg_catalog.=) gqle_internal.remote_request(r.definition) "
		"WHERE r.name = $1", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	gqle_spi_add_text(&args, name);
	rows = gqle_spi_query_kept(&statement, &args);
	return rows->n > 0 ? gqle_rows_text(rows, 0, 0) : NULL;
}

/*
 * Make the types of an answer, in the current context but for what is needed only
 * meanwhile.  NULL after reporting.
 */
static GqleRemoteGraph *
make_graph(const GqleRemoteSchema *schema, const GqleJson *definition, const char *answer,
		   int len, GqleErrorSink *sink)
{
	MemoryContext context = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(context, "gqle introspection",
												  ALLOCSET_DEFAULT_SIZES);
	const char *message = NULL;
	GqleTypeSystemNode *system;
	GqleRemoteGraph *graph = NULL;

	MemoryContextSwitchTo(scratch);
	system = gqle_introspection_read(answer, len, &message);
	MemoryContextSwitchTo(context);
	if (system == NULL)
		gqle_error_report(sink, GQLE_ERR_REMOTE_SCHEMA_ERROR, NULL, "%s", message);
	else
		graph = gqle_remote_graph_make(schema, system);
	MemoryContextDelete(scratch);
	if (graph == NULL)
		return NULL;
	gqle_remote_graph_link(graph);
	return gqle_remote_customize(graph, gqle_json_lookup(definition, "customization"), sink) &&
		gqle_remote_check(graph, sink) ? graph : NULL;
}

/* What becomes of the stored answer; NULL if it is gone. */
static Upstream *
make_upstream(const RemoteEntry *entry)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "gqle remote schema",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Upstream   *upstream = palloc0(sizeof(Upstream));
	GqleErrorSink sink = {0};
	GqleJson   *definition;
	char	   *answer = gqle_remote_stored_answer(entry->name);

	if (answer == NULL)
	{
		MemoryContextSwitchTo(old);
		MemoryContextDelete(context);
		return NULL;
	}
	upstream->context = context;
	upstream->definition = pstrdup(entry->definition);
	upstream->digest = pstrdup(entry->digest);
	upstream->schema.name = pstrdup(entry->name);
	definition = gqle_catalog_parse_json(upstream->definition);
	upstream->schema.webhook = gqle_remote_parse_definition(definition,
															&upstream->schema.url_name,
															&sink);
	if (upstream->schema.webhook != NULL)
		upstream->schema.graph = make_graph(&upstream->schema, definition, answer,
											(int) strlen(answer), &sink);
	if (upstream->schema.graph == NULL)
		upstream->message = sink.error.message;
	pfree(answer);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, CacheMemoryContext);
	dlist_push_head(&upstreams, &upstream->node);
	return upstream;
}

static void
load_upstream(RemoteEntry *entry)
{
	dlist_iter	iter;

	if (entry->digest == NULL)
		return;
	dlist_foreach(iter, &upstreams)
	{
		Upstream   *upstream = dlist_container(Upstream, node, iter.cur);

		if (is_entry_of(upstream, entry))
		{
			entry->upstream = upstream;
			break;
		}
	}
	if (entry->upstream == NULL)
		entry->upstream = make_upstream(entry);
	if (entry->upstream != NULL)
		entry->upstream->n_users++;
}

/* See remote.h. */
bool
gqle_remote_check_answer(const char *name, const GqleJson *definition, const char *answer,
						 int len, GqleErrorSink *sink)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "gqle remote schema",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleRemoteSchema schema = {.name = name};
	GqleErrorSink own = {0};
	bool		done;

	done = make_graph(&schema, definition, answer, len, &own) != NULL;
	MemoryContextSwitchTo(old);
	if (!done)
		gqle_error_report(sink, own.error.code, NULL, "%s", own.error.message);
	MemoryContextDelete(context);
	return done;
}

/* ------------------------------------------------------------------------
 * Definitions
 * ------------------------------------------------------------------------ */

/* A scheme, a colon, and nothing that may not be in a URI. */
static bool
is_uri(const char *text)
{
	const char *c = text + strspn(text, LETTERS "0123456789+-.");

	if (strspn(text, LETTERS) == 0 || *c != ':')
		return false;
	for (; *c != '\0'; c++)
		if ((unsigned char) *c <= ' ' || strchr("\"<>\\^`{|}", *c) != NULL ||
			(unsigned char) *c >= 0x7f)
			return false;
	return true;
}

/* What webhook.h wants, of a remote schema's definition. */
static GqleJson *
webhook_definition(const GqleJson *definition, const char *url)
{
	GqleJson   *json = gqle_json_make_object();
	const GqleJson *timeout = gqle_json_lookup(definition, "timeout_seconds");
	const GqleJson *headers = gqle_json_lookup(definition, "headers");
	const GqleJson *forward = gqle_json_lookup(definition, "forward_client_headers");

	gqle_json_object_set(json, "url", gqle_json_make_string(url));
	if (!gqle_json_is_null(timeout))
		gqle_json_object_set(json, "timeout", unconstify(GqleJson *, timeout));
	if (headers != NULL)
		gqle_json_object_set(json, "headers", unconstify(GqleJson *, headers));
	if (forward != NULL)
		gqle_json_object_set(json, "forward_client_headers", unconstify(GqleJson *, forward));
	return json;
}

/* See remote.h. */
GqleWebhook *
gqle_remote_parse_definition(const GqleJson *definition, const char **url_name,
							 GqleErrorSink *sink)
{
	const char *variable = gqle_catalog_json_string(definition, "url_from_env");
	const char *url = gqle_catalog_json_string(definition, "url");
	GqleWebhook *webhook;

	*url_name = variable != NULL ? variable : url;
	if (variable != NULL)
		url = gqle_env_lookup(NULL, variable);
	if (url == NULL)
	{
		gqle_error_report(sink, GQLE_ERR_INVALID_PARAMS, NULL,
						  "environment variable '%s' not set",
						  variable != NULL ? variable : "");
		return NULL;
	}
	webhook = gqle_webhook_parse(webhook_definition(definition, url),
								 DEFAULT_TIMEOUT_SECONDS, sink);
	if (webhook == NULL || is_uri(webhook->url))
		return webhook;
	gqle_error_report(sink, GQLE_ERR_INVALID_PARAMS, NULL,
					  variable != NULL ? "not a valid URI in environment variable: %s" :
					  "not a valid URI generated from the template: %s", *url_name);
	return NULL;
}

/* ------------------------------------------------------------------------
 * Serving
 * ------------------------------------------------------------------------ */

/* Why an entry without types has none. */
static void
explain_absence(RemoteEntry *entry)
{
	GqleErrorSink sink = {0};
	const char *url_name;

	if (gqle_remote_parse_definition(gqle_catalog_parse_json(entry->definition), &url_name,
									 &sink) == NULL)
		entry->reason = sink.error.message;
	else if (entry->failure != NULL)
	{
		const GqleJson *failure = gqle_catalog_parse_json(entry->failure);
		const GqleJson *internal = gqle_json_lookup(failure, "internal");

		entry->reason = gqle_catalog_json_string(failure, "message");
		if (!gqle_json_is_null(internal))
			entry->message = gqle_json_to_text(internal);
	}
	if (entry->reason == NULL)
		entry->reason = psprintf("remote schema \"%s\" has not been asked for its types yet",
								 entry->name);
}

static void
serve(GqleCatalog *catalog, struct GqleRemoteList *list, RemoteEntry *entry)
{
	if (entry->upstream == NULL)
		explain_absence(entry);
	else if (entry->upstream->schema.graph == NULL)
		entry->reason = entry->upstream->message;
	else
		entry->reason = gqle_remote_find_clash(catalog, list->served, list->n_served,
											   entry->upstream->schema.graph);
	if (entry->reason == NULL)
		list->served[list->n_served++] = &entry->upstream->schema;
}

/* See remote.h. */
const GqleRemoteSchema **
gqle_catalog_remotes(GqleCatalog *catalog, int *n)
{
	struct GqleRemoteList *list = get_list(catalog);

	*n = list->n_served;
	return list->served;
}

/* See remote.h. */
const GqleRemoteSchema *
gqle_catalog_lookup_remote(GqleCatalog *catalog, const char *name)
{
	struct GqleRemoteList *list = get_list(catalog);

	for (int i = 0; i < list->n_served; i++)
		if (strcmp(list->served[i]->name, name) == 0)
			return list->served[i];
	return NULL;
}

/* ------------------------------------------------------------------------
 * Permissions
 * ------------------------------------------------------------------------ */

/* The part of an upstream that a document describes; made once. */
static const RolePart *
get_part(Upstream *upstream, const char *role, const char *sdl)
{
	MemoryContext old;
	GqleErrorSink sink = {0};
	RolePart   *part;
	ListCell   *cell;

	foreach(cell, upstream->parts)
	{
		part = lfirst(cell);
		if (strcmp(part->sdl, sdl) == 0)
			return part;
	}
	old = MemoryContextSwitchTo(upstream->context);
	part = palloc0(sizeof(RolePart));
	part->sdl = pstrdup(sdl);
	part->graph = gqle_remote_role_make(upstream->schema.graph, role, sdl, &sink);
	if (part->graph == NULL)
		part->message = sink.error.message;
	upstream->parts = lappend(upstream->parts, part);
	MemoryContextSwitchTo(old);
	return part;
}

static const char *
find_own_sdl(const RemoteEntry *entry, const char *role)
{
	for (int i = 0; i < entry->n_permissions; i++)
		if (strcmp(entry->permissions[i].role, role) == 0)
			return entry->permissions[i].sdl;
	return NULL;
}

/*
 * The document of a role, its own or the one that all of its parents agree on; NULL if
 * there is none.  *conflicts: they don't agree.
 */
static const char *
find_sdl(GqleCatalog *catalog, const RemoteEntry *entry, const char *role, bool *conflicts)
{
	const char *sdl = find_own_sdl(entry, role);
	const GqleInheritedRole *inherited;

	check_stack_depth();
	if (sdl != NULL)
		return sdl;
	inherited = gqle_role_lookup(catalog, role);
	if (inherited == NULL || inherited->in_cycle)
		return NULL;
	for (int i = 0; i < inherited->n_parents; i++)
	{
		const char *other = find_sdl(catalog, entry, inherited->parents[i], conflicts);

		if (other != NULL && sdl != NULL && strcmp(other, sdl) != 0)
			*conflicts = true;
		if (other != NULL)
			sdl = other;
	}
	return *conflicts ? NULL : sdl;
}

/* See remote.h. */
const GqleRemoteGraph *
gqle_remote_graph_of(GqleCatalog *catalog, const GqleRemoteSchema *schema, const char *role)
{
	RemoteEntry *entry;
	const char *sdl;
	bool		conflicts = false;

	if (!gqle_guc_enable_remote_schema_permissions || strcmp(role, "admin") == 0)
		return schema->graph;
	entry = find_entry(get_list(catalog), schema->name);
	sdl = entry != NULL ? find_sdl(catalog, entry, role, &conflicts) : NULL;
	return sdl != NULL ? get_part(entry->upstream, role, sdl)->graph : NULL;
}

/* See remote.h. */
bool
gqle_remote_check_permission(GqleCatalog *catalog, const GqleRemoteSchema *schema,
							 const char *role, const char *sdl, GqleErrorSink *sink)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "gqle permission",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleErrorSink own = {0};
	bool		done;

	done = gqle_remote_role_make(schema->graph, role, sdl, &own) != NULL;
	MemoryContextSwitchTo(old);
	if (!done)
		gqle_error_report(sink, own.error.code, NULL, "%s", own.error.message);
	MemoryContextDelete(context);
	return done;
}

/* ------------------------------------------------------------------------
 * Inconsistent objects
 * ------------------------------------------------------------------------ */

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
record(GqleCatalog *catalog, const RemoteEntry *entry, const char *reason, const char *message)
{
	gqle_problem_add_message(catalog, "remote_schema",
							 psprintf("remote_schema %s", entry->name),
							 get_object(entry->name), reason,
							 message != NULL ? gqle_catalog_parse_json(message) : NULL);
}

/* It is served, by what it answered before it could no longer be asked. */
static void
record_stale(GqleCatalog *catalog, const RemoteEntry *entry)
{
	const GqleJson *failure = gqle_catalog_parse_json(entry->failure);
	const GqleJson *internal = gqle_json_lookup(failure, "internal");

	record(catalog, entry,
		   psprintf("remote schema \"%s\"  is inconsistent because of stale remote schema introspection is used. The remote schema couldn't be reached for a fresh introspection because we got error: %s",
					entry->name, gqle_catalog_json_string(failure, "message")),
		   gqle_json_is_null(internal) ? NULL : gqle_json_to_text(internal));
}

static void
check_permission(GqleCatalog *catalog, const RemoteEntry *entry,
				 const RemotePermission *permission)
{
	const RolePart *part = get_part(entry->upstream, permission->role, permission->sdl);

	if (part->graph == NULL)
		gqle_problem_add(catalog, "remote_schema_permission",
						 psprintf("remote_schema_permission %s permission in remote schema %s",
								  permission->role, entry->name),
						 gqle_catalog_parse_json(permission->definition),
						 "in remote schema permission for role \"%s\": %s", permission->role,
						 part->message);
}

static void
check_inherited(GqleCatalog *catalog, const RemoteEntry *entry, const char *role)
{
	bool		conflicts = false;
	GqleJson   *json;
	GqleJson   *entity;

	(void) find_sdl(catalog, entry, role, &conflicts);
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
	struct GqleRemoteList *list = get_list(catalog);

	for (int i = 0; i < list->n_entries; i++)
	{
		RemoteEntry *entry = &list->entries[i];

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
