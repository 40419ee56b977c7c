/*
 * rest.c
 *		The REST endpoints of the metadata, ready to be matched and shown.
 *
 * Read once per generation of the catalog.  What get_inconsistent_metadata
 * lists is left out: malformed paths, queries that are missing or can't be run.
 */
#include "gqle/gqle.h"

#include "utils/memutils.h"

#include "gqle/api/rest.h"
#include "gqle/base/json_read.h"
#include "gqle/base/spi.h"
#include "gqle/lang/parser.h"

static MemoryContext endpoint_context = NULL;
static GqleRestEndpoint **endpoints = NULL;
static int	n_endpoints;
static uint64 endpoints_generation;

static void load_endpoints(void);
static bool split_url(GqleRestEndpoint *endpoint);
static bool find_query(GqleRestEndpoint *endpoint, const char *definition,
					   const char *collection);

GqleRestEndpoint **
gqle_rest_endpoints(GqleCatalog *catalog, int *n)
{
	uint64		generation = gqle_catalog_generation(catalog);

	if (endpoints == NULL || endpoints_generation != generation)
	{
		load_endpoints();
		endpoints_generation = generation;
	}
	*n = n_endpoints;
	return endpoints;
}

/* See rest.h. */
const char *
gqle_rest_problem(const char *name, const char *query, const GqleDocumentNode *document)
{
	const GqleOperationNode *operation = document->operations;

	if (document->n_operations + document->n_fragments == 0)
		return psprintf("query with name %s has no definitions.", name);
	if (document->n_operations != 1 || document->n_fragments > 0 ||
		query[operation->offset] == '{')
		return psprintf("query with name %s has multiple definitions.", name);
	if (operation->type == GQLE_OPERATION_SUBSCRIPTION)
		return psprintf("query with name %s is a subscription", name);
	return NULL;
}

static void
load_endpoints(void)
{
	static GqleSpiStatement statement = {
		"SELECT e.name, e.url, to_json(e.methods), e.definition, e.comment, c.definition "
		"FROM gqle.rest_endpoints AS e JOIN gqle.query_collections AS c "
		"ON c.name = e.definition->'query'->>'collection_name' "
		"ORDER BY e.url COLLATE \"C\", e.name COLLATE \"C\"", NULL
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	GqleRestEndpoint **loaded;
	MemoryContext old;
	int			n = 0;
	int			i;
	int			j;

	endpoints = NULL;
	if (endpoint_context == NULL)
		endpoint_context = AllocSetContextCreate(CacheMemoryContext, "gqle REST endpoints",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(endpoint_context);
	old = MemoryContextSwitchTo(endpoint_context);
	loaded = palloc((rows->n + 1) * sizeof(GqleRestEndpoint *));
	for (i = 0; i < rows->n; i++)
	{
		GqleRestEndpoint *endpoint = palloc0(sizeof(GqleRestEndpoint));
		char	   *methods = gqle_rows_text(rows, i, 2);
		GqleJsonError error;
		GqleJson   *list = gqle_json_parse(methods, strlen(methods), &error);

		endpoint->name = gqle_rows_text(rows, i, 0);
		endpoint->url = gqle_rows_text(rows, i, 1);
		endpoint->comment = gqle_rows_text(rows, i, 4);
		endpoint->methods = palloc((list->n + 1) * sizeof(char *));
		for (j = 0; j < list->n; j++)
			endpoint->methods[endpoint->n_methods++] = list->items[j]->text;
		if (split_url(endpoint) &&
			find_query(endpoint, gqle_rows_text(rows, i, 3), gqle_rows_text(rows, i, 5)))
			loaded[n++] = endpoint;
	}
	MemoryContextSwitchTo(old);
	n_endpoints = n;
	endpoints = loaded;
}

/* Fill the segments; false if the path is malformed. */
static bool
split_url(GqleRestEndpoint *endpoint)
{
	char	   *rest = pstrdup(endpoint->url);
	int			i;

	endpoint->segments = palloc((strlen(rest) + 1) * sizeof(char *));
	for (;;)
	{
		char	   *slash = strchr(rest, '/');

		if (slash != NULL)
			*slash = '\0';
		if (*rest == '\0' || strcmp(rest, ":") == 0)
			return false;
		for (i = 0; i < endpoint->n_segments; i++)
			if (rest[0] == ':' && strcmp(rest, endpoint->segments[i]) == 0)
				return false;
		endpoint->segments[endpoint->n_segments++] = rest;
		if (slash == NULL)
			return true;
		rest = slash + 1;
	}
}

/* Find and parse the endpoint's query; false if it can't be served. */
static bool
find_query(GqleRestEndpoint *endpoint, const char *definition, const char *collection)
{
	GqleJsonError error;
	const GqleJson *reference = gqle_json_parse(definition, strlen(definition), &error);
	const GqleJson *queries = gqle_json_parse(collection, strlen(collection), &error);
	const GqleJson *name;
	GqleParseError parse_error;
	int			i;

	if (reference == NULL || queries == NULL)
		return false;
	reference = gqle_json_lookup(reference, "query");
	name = reference == NULL ? NULL : gqle_json_lookup(reference, "query_name");
	queries = gqle_json_lookup(queries, "queries");
	if (name == NULL || queries == NULL)
		return false;
	for (i = 0; i < queries->n; i++)
	{
		const GqleJson *found = gqle_json_lookup(queries->items[i], "name");
		const GqleJson *query = gqle_json_lookup(queries->items[i], "query");

		if (found == NULL || query == NULL || strcmp(found->text, name->text) != 0)
			continue;
		endpoint->query = query->text;
		endpoint->document = gqle_parser_parse_document(query->text, query->len, NULL,
														&parse_error);
		if (endpoint->document == NULL ||
			gqle_rest_problem(name->text, query->text, endpoint->document) != NULL)
			return false;
		endpoint->operation = &endpoint->document->operations[0];
		return true;
	}
	return false;
}
