/*
 * linked.c
 *		Linked sources of a catalog: where they are, and what roles see of them.
 *
 * A database that can't be asked is not asked again by the same catalog for a while:
 * requests for what is here must not wait for it each time.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/cache.h"
#include "gqle/catalog/linked.h"
#include "gqle/catalog/remote_parts.h"
#include "gqle/net/envtext.h"

#define RETRY_MS	5000
#define POSTGRES	"postgres"	/* the kind of a source that can be linked */
#define NO_QUERIES_FIELD "no_queries_available"

#define BACKEND_VARIABLE "x-hasura-use-backend-only-permissions"

typedef struct RoleGraph
{
	const char *role;
	bool		backend_only;
	const GqleRemoteGraph *graph;	/* or NULL */
} RoleGraph;

struct GqleLinkedList
{
	int			n;
	GqleLinkedSource *sources;
};

/* ------------------------------------------------------------------------
 * Where it is
 * ------------------------------------------------------------------------ */

/* host='..' of a connection string. */
static void
append_parameter(StringInfo out, const char *name, const char *value)
{
	appendStringInfo(out, "%s%s='", out->len > 0 ? " " : "", name);
	for (; *value != '\0'; value++)
	{
		if (*value == '\'' || *value == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, *value);
	}
	appendStringInfoChar(out, '\'');
}

static char *
url_of_parameters(const GqleJson *parameters)
{
	static const struct
	{
		const char *key;
		const char *name;
	}			known[] = {
		{"host", "host"}, {"port", "port"}, {"username", "user"},
		{"password", "password"}, {"database", "dbname"}
	};
	StringInfoData out;

	initStringInfo(&out);
	for (size_t i = 0; i < lengthof(known); i++)
	{
		const GqleJson *value = gqle_json_lookup(parameters, known[i].key);

		if (value != NULL &&
			(value->kind == GQLE_JSON_STRING || value->kind == GQLE_JSON_NUMBER))
			append_parameter(&out, known[i].name, value->text);
	}
	return out.data;
}

/* See linked.h. */
char *
gqle_linked_url(const GqleJson *configuration, char **reason)
{
	const GqleJson *info = gqle_json_is_null(configuration) ? NULL :
		gqle_json_lookup(configuration, "connection_info");
	const GqleJson *url = gqle_json_is_null(info) ? NULL :
		gqle_json_lookup(info, "database_url");
	const char *variable = gqle_catalog_json_string(url, "from_env");
	const GqleJson *parameters;

	if (gqle_json_is_null(url))
		*reason = pstrdup("its configuration has no database_url");
	else if (url->kind == GQLE_JSON_STRING)
		return pstrdup(url->text);
	else if (variable != NULL)
	{
		const char *value = gqle_env_lookup(NULL, variable);

		if (value != NULL)
			return pstrdup(value);
		*reason = psprintf("environment variable '%s' not set", variable);
	}
	else
	{
		parameters = gqle_json_lookup(url, "connection_parameters");
		if (!gqle_json_is_null(parameters))
			return url_of_parameters(parameters);
		*reason = pstrdup("a database_url from a file is not supported");
	}
	return NULL;
}

/* See linked.h. */
GqleLink *
gqle_linked_connect(const char *url, char **reason)
{
	GqleLink   *link = gqle_link_get(url, reason);
	char	  **version;

	if (link == NULL || gqle_link_is_checked(link))
		return link;
	/* the setting of the database counts for connections made after it */
	version = gqle_link_query(link, "SELECT extversion, pg_catalog.set_config('gqle.linked', 'on', false) "
							  "FROM pg_catalog.pg_extension WHERE extname = 'gqle'", 0, NULL,
							  reason);
	if (version == NULL)
		return NULL;
	if (version[0] == NULL)
		*reason = pstrdup("the extension \"gqle\" is not installed there");
	else if (strcmp(version[0], GQLE_VERSION) != 0)
		*reason = psprintf("the extension \"gqle\" has version %s there, and " GQLE_VERSION " here",
						   version[0]);
	else
	{
		gqle_link_set_checked(link);
		return link;
	}
	return NULL;
}

/* Ask a source, unless it could not be asked a moment ago; NULL with the reason. */
static char **
ask(GqleLinkedSource *source, const char *sql, int n, const char *const *values,
	char **reason)
{
	GqleLink   *link;
	char	  **answer;

	if (source->url == NULL || GetCurrentTimestamp() < source->retry_at)
	{
		*reason = source->url == NULL ? unconstify(char *, source->reason) :
			pstrdup("it could not be asked a moment ago");
		return NULL;
	}
	link = gqle_linked_connect(source->url, reason);
	answer = link != NULL ? gqle_link_query(link, sql, n, values, reason) : NULL;
	if (answer == NULL)
		source->retry_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), RETRY_MS);
	return answer;
}

/* See linked.h. */
char **
gqle_linked_query(GqleLinkedSource *source, const char *sql, int n,
				  const char *const *values)
{
	char	   *reason;

	return ask(source, sql, n, values, &reason);
}

/* ------------------------------------------------------------------------
 * The list of a catalog
 * ------------------------------------------------------------------------ */

static void
load_source(GqleLinkedSource *linked, const GqleSource *source)
{
	static GqleSpiStatement statement = {
		"SELECT configuration FROM gqle.sources WHERE name = $1", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRemoteGraph *graph = palloc0(sizeof(GqleRemoteGraph));
	GqleRows   *rows;

	gqle_spi_add_text(&args, source->name);
	rows = gqle_spi_query_kept(&statement, &args);
	linked->name = source->name;
	if (strcmp(source->kind, POSTGRES) != 0)
		linked->reason = psprintf("sources of kind \"%s\" are not supported", source->kind);
	else if (rows->n > 0)
		linked->url = gqle_linked_url(gqle_catalog_row_json(CurrentMemoryContext, rows, 0, 0),
									  (char **) &linked->reason);
	/* no remote schema has a name with a line break */
	linked->schema.name = linked->schema.url_name = psprintf("source\n%s", source->name);
	linked->schema.linked = linked;
	graph->schema = &linked->schema;
	graph->by_name = gqle_strhash_make(CurrentMemoryContext, 1);
	graph->by_public = graph->by_name;
	linked->schema.graph = graph;
}

/* See linked.h. */
GqleLinkedSource *
gqle_catalog_linked(GqleCatalog *catalog, int *n)
{
	if (catalog->linked == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(catalog->context);
		struct GqleLinkedList *list = palloc0(sizeof(struct GqleLinkedList));

		list->sources = palloc0(sizeof(GqleLinkedSource) * Max(catalog->n_sources, 1));
		for (int i = 0; i < catalog->n_sources; i++)
			if (!catalog->sources[i].is_local)
				load_source(&list->sources[list->n++], &catalog->sources[i]);
		catalog->linked = list;
		MemoryContextSwitchTo(old);
	}
	*n = catalog->linked->n;
	return catalog->linked->sources;
}

/* See linked.h. */
bool
gqle_catalog_has_linked(const GqleCatalog *catalog)
{
	for (int i = 0; i < catalog->n_sources; i++)
		if (!catalog->sources[i].is_local && strcmp(catalog->sources[i].kind, POSTGRES) == 0)
			return true;
	return false;
}

/* ------------------------------------------------------------------------
 * What roles see
 * ------------------------------------------------------------------------ */

/* A field that tells where to go on is that of a stream. */
static bool
is_stream(const GqleRemoteField *field)
{
	for (int i = 0; i < field->n_args; i++)
		if (strcmp(field->args[i].name, "cursor") == 0)
			return true;
	return false;
}

/*
 * Take away root fields that say there are none, and streams, whose place is not kept
 * for a database elsewhere.
 */
static void
remove_roots(GqleRemoteType *root)
{
	int			n = 0;

	for (int i = 0; root != NULL && i < root->n_fields; i++)
		if (strcmp(root->fields[i].name, NO_QUERIES_FIELD) != 0 &&
			!is_stream(&root->fields[i]))
			root->fields[n++] = root->fields[i];
	if (root != NULL && n < root->n_fields)
	{
		root->n_fields = n;
		root->by_name = NULL;
	}
}

static const GqleRemoteGraph *
make_graph(const GqleLinkedSource *source, const char *answer, char **reason)
{
	MemoryContext context = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(context, "gqle introspection",
												  ALLOCSET_DEFAULT_SIZES);
	const char *message = NULL;
	GqleErrorSink sink = {0};
	GqleTypeSystemNode *system;
	GqleRemoteGraph *graph = NULL;

	MemoryContextSwitchTo(scratch);
	system = gqle_introspection_read(answer, strlen(answer), &message);
	MemoryContextSwitchTo(context);
	if (system != NULL)
		graph = gqle_remote_graph_make(&source->schema, system);
	else
		*reason = pstrdup(message);
	MemoryContextDelete(scratch);
	if (graph == NULL)
		return NULL;
	gqle_remote_graph_link(graph);
	if (!gqle_remote_customize(graph, NULL, &sink))
	{
		*reason = unconstify(char *, sink.error.message);
		return NULL;
	}
	remove_roots(graph->query);
	remove_roots(graph->mutation);
	remove_roots(graph->subscription);
	return graph;
}

static RoleGraph *
find_graph(const GqleLinkedSource *source, const char *role, bool backend_only)
{
	ListCell   *cell;

	foreach(cell, source->graphs)
	{
		RoleGraph  *graph = lfirst(cell);

		if (strcmp(graph->role, role) == 0 && graph->backend_only == backend_only)
			return graph;
	}
	return NULL;
}

/* Ask for the types that a role sees. */
static void
load_graph(GqleLinkedSource *source, RoleGraph *graph)
{
	GqleSessionVariable variables[] = {{"x-hasura-role", graph->role}};
	GqleSession session = {.role = graph->role,.backend_only = graph->backend_only,
	.n_variables = 1,.variables = variables};
	StringInfoData json;
	const char *values[2];
	char	   *reason = NULL;
	char	  **answer;

	initStringInfo(&json);
	gqle_linked_append_session(&json, &session);
	values[0] = json.data;
	values[1] = gqle_remote_introspection_query;
	answer = ask(source, "SELECT graphql.execute($1::jsonb, $2)", lengthof(values), values,
				 &reason);
	if (answer != NULL && answer[0] != NULL)
		graph->graph = make_graph(source, answer[0], &reason);
	if (graph->graph == NULL)
		ereport(LOG,
				(errmsg("source \"%s\" cannot be asked for its types: %s", source->name,
						reason != NULL ? reason : "no answer")));
}

/* See linked.h. */
const GqleRemoteGraph *
gqle_linked_graph(GqleCatalog *catalog, GqleLinkedSource *source, const char *role,
				  bool backend_only)
{
	MemoryContext old = MemoryContextSwitchTo(catalog->context);
	RoleGraph  *graph = find_graph(source, role, backend_only);

	if (graph == NULL)
	{
		graph = palloc0(sizeof(RoleGraph));
		graph->role = pstrdup(role);
		graph->backend_only = backend_only;
		source->graphs = lappend(source->graphs, graph);
	}
	if (graph->graph == NULL && GetCurrentTimestamp() >= source->retry_at)
		load_graph(source, graph);
	MemoryContextSwitchTo(old);
	return graph->graph;
}

/* See linked.h. */
void
gqle_linked_append_session(StringInfo out, const GqleSession *session)
{
	bool		first = true;

	appendStringInfoChar(out, '{');
	for (int i = 0; i < session->n_variables; i++)
	{
		if (strcmp(session->variables[i].name, BACKEND_VARIABLE) == 0)
			continue;
		gqle_json_write_key(out, session->variables[i].name, &first);
		gqle_json_write_cstring(out, session->variables[i].value);
	}
	if (session->backend_only)
	{
		gqle_json_write_key(out, BACKEND_VARIABLE, &first);
		appendStringInfoString(out, "\"true\"");
	}
	appendStringInfoChar(out, '}');
}
