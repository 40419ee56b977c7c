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
#include "gqle/catalog/linked.h"
#include "gqle/catalog/remote_parts.h"
#include "gqle/catalog/roles.h"

static dlist_head upstreams = DLIST_STATIC_INIT(upstreams);

static void load_entries(struct GqleRemoteList *list);
static void load_permissions(struct GqleRemoteList *list);
static void load_upstream(GqleRemoteEntry *entry);
static void forget_unused(const struct GqleRemoteList *list);
static void serve(GqleCatalog *catalog, struct GqleRemoteList *list, GqleRemoteEntry *entry);
static void release_list(void *arg);

/* ------------------------------------------------------------------------
 * The list of a catalog
 * ------------------------------------------------------------------------ */

/* See remote_parts.h. */
struct GqleRemoteList *
gqle_remote_list(GqleCatalog *catalog)
{
	MemoryContext old;
	struct GqleRemoteList *list;
	GqleLinkedSource *linked;
	int			n_linked;

	if (catalog->remotes != NULL)
		return catalog->remotes;
	old = MemoryContextSwitchTo(catalog->context);
	list = palloc0(sizeof(struct GqleRemoteList));
	load_entries(list);
	load_permissions(list);
	linked = gqle_catalog_linked(catalog, &n_linked);
	list->served = palloc(sizeof(GqleRemoteSchema *) * Max(list->n_entries + n_linked, 1));
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
	for (int i = 0; i < n_linked; i++)
		list->served[list->n_served++] = &linked[i].schema;
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
	list->entries = palloc0(sizeof(GqleRemoteEntry) * Max(rows->n, 1));
	for (int i = 0; i < rows->n; i++)
	{
		list->entries[i].name = gqle_rows_text(rows, i, 0);
		list->entries[i].definition = gqle_rows_text(rows, i, 1);
		list->entries[i].digest = gqle_rows_text(rows, i, 2);
		list->entries[i].failure = gqle_rows_text(rows, i, 3);
	}
}

static GqleRemoteEntry *
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
		GqleRemoteEntry *entry = find_entry(list, gqle_rows_text(rows, i, 0));
		GqleRemotePermission *permission;
		const char *sdl;

		if (entry == NULL)
			continue;
		if (entry->permissions == NULL)
			entry->permissions = palloc(sizeof(GqleRemotePermission) * rows->n);
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
is_entry_of(const GqleRemoteUpstream *upstream, const GqleRemoteEntry *entry)
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
		GqleRemoteUpstream *upstream = dlist_container(GqleRemoteUpstream, node, iter.cur);
		const GqleRemoteEntry *entry = find_entry(list, upstream->schema.name);

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
static GqleRemoteUpstream *
make_upstream(const GqleRemoteEntry *entry)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "gqle remote schema",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleRemoteUpstream *upstream = palloc0(sizeof(GqleRemoteUpstream));
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
load_upstream(GqleRemoteEntry *entry)
{
	dlist_iter	iter;

	if (entry->digest == NULL)
		return;
	dlist_foreach(iter, &upstreams)
	{
		GqleRemoteUpstream *upstream = dlist_container(GqleRemoteUpstream, node, iter.cur);

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
 * Serving
 * ------------------------------------------------------------------------ */

/* Why an entry without types has none. */
static void
explain_absence(GqleRemoteEntry *entry)
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
serve(GqleCatalog *catalog, struct GqleRemoteList *list, GqleRemoteEntry *entry)
{
	if (entry->upstream == NULL)
		explain_absence(entry);
	else if (entry->upstream->schema.graph == NULL)
		entry->reason = entry->upstream->message;
	else
		entry->reason = gqle_remote_find_clash(catalog, list->served, list->n_served,
											   entry->upstream->schema.graph,
											   &entry->is_among_remotes);
	if (entry->reason == NULL)
		list->served[list->n_served++] = &entry->upstream->schema;
}

/* See remote.h. */
const GqleRemoteSchema **
gqle_catalog_remotes(GqleCatalog *catalog, int *n)
{
	struct GqleRemoteList *list = gqle_remote_list(catalog);

	*n = list->n_served;
	return list->served;
}

/* See remote.h. */
const char *
gqle_remote_type_clash(GqleCatalog *catalog)
{
	struct GqleRemoteList *list = gqle_remote_list(catalog);

	for (int i = 0; i < list->n_entries; i++)
		if (list->entries[i].is_among_remotes)
			return list->entries[i].reason;
	return NULL;
}

/* See remote.h. */
const GqleRemoteSchema *
gqle_catalog_lookup_remote(GqleCatalog *catalog, const char *name)
{
	struct GqleRemoteList *list = gqle_remote_list(catalog);

	for (int i = 0; i < list->n_served; i++)
		if (strcmp(list->served[i]->name, name) == 0)
			return list->served[i];
	return NULL;
}

/* ------------------------------------------------------------------------
 * Permissions
 * ------------------------------------------------------------------------ */

/* See remote_parts.h. */
const GqleRemotePart *
gqle_remote_part_get(GqleRemoteUpstream *upstream, const char *role, const char *sdl)
{
	MemoryContext old;
	GqleErrorSink sink = {0};
	GqleRemotePart *part;
	ListCell   *cell;

	foreach(cell, upstream->parts)
	{
		part = lfirst(cell);
		if (strcmp(part->sdl, sdl) == 0)
			return part;
	}
	old = MemoryContextSwitchTo(upstream->context);
	part = palloc0(sizeof(GqleRemotePart));
	part->sdl = pstrdup(sdl);
	part->graph = gqle_remote_role_make(upstream->schema.graph, role, sdl, &sink);
	if (part->graph == NULL)
		part->message = sink.error.message;
	upstream->parts = lappend(upstream->parts, part);
	MemoryContextSwitchTo(old);
	return part;
}

static const char *
find_own_sdl(const GqleRemoteEntry *entry, const char *role)
{
	for (int i = 0; i < entry->n_permissions; i++)
		if (strcmp(entry->permissions[i].role, role) == 0)
			return entry->permissions[i].sdl;
	return NULL;
}

/* See remote_parts.h. */
const char *
gqle_remote_find_sdl(GqleCatalog *catalog, const GqleRemoteEntry *entry, const char *role,
					 bool *conflicts)
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
		const char *other = gqle_remote_find_sdl(catalog, entry, inherited->parents[i],
												 conflicts);

		if (other != NULL && sdl != NULL && strcmp(other, sdl) != 0)
			*conflicts = true;
		if (other != NULL)
			sdl = other;
	}
	return *conflicts ? NULL : sdl;
}

/* See remote.h. */
const GqleRemoteGraph *
gqle_remote_graph_of(GqleCatalog *catalog, const GqleRemoteSchema *schema, const char *role,
					 bool backend_only)
{
	GqleRemoteEntry *entry;
	const char *sdl;
	bool		conflicts = false;

	if (schema->linked != NULL)
		return gqle_linked_graph(catalog, schema->linked, role, backend_only);
	if (!gqle_guc_enable_remote_schema_permissions || strcmp(role, "admin") == 0)
		return schema->graph;
	entry = find_entry(gqle_remote_list(catalog), schema->name);
	sdl = entry != NULL ? gqle_remote_find_sdl(catalog, entry, role, &conflicts) : NULL;
	return sdl != NULL ? gqle_remote_part_get(entry->upstream, role, sdl)->graph : NULL;
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
