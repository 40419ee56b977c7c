/*
 * meta_endpoint_check.c
 *		Inconsistent REST endpoints (reference §12, §21).
 *
 * Three kinds: a path that is malformed, a query that is missing or of the
 * wrong kind, and paths that a request could not be told apart by.
 */
#include "postgres.h"

#include "gqle/api/meta_problems.h"
#include "gqle/api/rest.h"
#include "gqle/base/spi.h"
#include "gqle/lang/parser.h"

/* An endpoint under examination. */
typedef struct Endpoint
{
	const char *name;
	const char *url;
	const GqleJson *methods;
	GqleJson   *object;			/* as the metadata have it */
	const char *query;			/* text, or NULL if it can't be run */
	int			n_segments;
	char	  **segments;
	int			group;			/* of those that are ambiguous together */
} Endpoint;

static Endpoint *load_endpoints(int *n);
static void add_path_problems(GqleJson *list, const Endpoint *endpoint);
static const char *query_problem(Endpoint *endpoint, const GqleJson *collections);
static void add_ambiguous(GqleJson *list, Endpoint *endpoints, int n);
static bool is_ambiguous(const Endpoint *a, const Endpoint *b);

/* add_problem adds an endpoint to a list. */
static void
add_problem(GqleJson *list, const Endpoint *endpoint, const char *reason)
{
	gqle_meta_problem_add(list, "rest_endpoint",
						  psprintf("rest_endpoint %s", endpoint->name),
						  endpoint->object, reason);
}

/*
 * gqle_meta_endpoint_problems adds inconsistent endpoints to a list.  compat: of one
 * whose query can't be run nothing else is looked at.
 */
void
gqle_meta_endpoint_problems(GqleJson *list)
{
	Endpoint   *endpoints;
	GqleJson   *collections;
	int			n;
	int			i;
	GqleRows   *rows;

	endpoints = load_endpoints(&n);
	if (n == 0)
		return;
	rows = gqle_spi_query("SELECT name, definition FROM gqle.query_collections", NULL);
	collections = gqle_json_make_object();
	for (i = 0; i < rows->n; i++)
		gqle_json_object_set(collections, gqle_rows_text(rows, i, 0),
							 gqle_meta_parse_stored(gqle_rows_text(rows, i, 1)));
	for (i = 0; i < n; i++)
	{
		const char *reason = query_problem(&endpoints[i], collections);

		if (reason != NULL)
			add_problem(list, &endpoints[i],
						psprintf("Inconsistent object: in endpoint %s: %s",
								 endpoints[i].name, reason));
		else
			add_path_problems(list, &endpoints[i]);
	}
	add_ambiguous(list, endpoints, n);
}

/*
 * load_endpoints returns the stored endpoints, ordered by name, as those that are
 * ambiguous are listed.
 */
static Endpoint *
load_endpoints(int *n)
{
	static GqleSpiStatement statement = {"SELECT name, url, to_json(methods), definition, comment "
									  "FROM gqle.rest_endpoints ORDER BY name COLLATE \"C\""};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	Endpoint   *endpoints = palloc0(sizeof(Endpoint) * (rows->n + 1));
	int			i;

	*n = rows->n;
	for (i = 0; i < rows->n; i++)
	{
		Endpoint   *endpoint = &endpoints[i];
		const char *comment = gqle_rows_text(rows, i, 4);
		char	   *rest;
		char	   *slash;

		endpoint->name = gqle_rows_text(rows, i, 0);
		endpoint->url = gqle_rows_text(rows, i, 1);
		endpoint->methods = gqle_meta_parse_stored(gqle_rows_text(rows, i, 2));
		endpoint->object = gqle_json_make_object();
		gqle_json_object_set(endpoint->object, "comment", comment != NULL ?
							 gqle_json_make_string(comment) : gqle_json_make_null());
		gqle_json_object_set(endpoint->object, "definition",
							 gqle_meta_parse_stored(gqle_rows_text(rows, i, 3)));
		gqle_json_object_set(endpoint->object, "methods",
							 unconstify(GqleJson *, endpoint->methods));
		gqle_json_object_set(endpoint->object, "name",
							 gqle_json_make_string(endpoint->name));
		gqle_json_object_set(endpoint->object, "url", gqle_json_make_string(endpoint->url));
		endpoint->segments = palloc(sizeof(char *) * (strlen(endpoint->url) + 1));
		rest = pstrdup(endpoint->url);
		for (;;)
		{
			slash = strchr(rest, '/');
			if (slash != NULL)
				*slash = '\0';
			endpoint->segments[endpoint->n_segments++] = rest;
			if (slash == NULL)
				break;
			rest = slash + 1;
		}
		endpoint->group = i;
	}
	return endpoints;
}

/* add_path_problems adds an endpoint with what is wrong with its path. */
static void
add_path_problems(GqleJson *list, const Endpoint *endpoint)
{
	bool		has_unnamed = false;
	bool		has_twice = false;
	int			i;
	int			j;

	for (i = 0; i < endpoint->n_segments; i++)
	{
		const char *segment = endpoint->segments[i];

		if (*segment == '\0' || strcmp(segment, ":") == 0)
			has_unnamed = true;
		for (j = 0; j < i; j++)
			if (*segment == ':' && strcmp(segment, endpoint->segments[j]) == 0)
				has_twice = true;
	}
	if (has_twice)
		add_problem(list, endpoint,
					psprintf("Duplicate variables found in endpoint path: %s",
							 endpoint->url));
	if (has_unnamed)
		add_problem(list, endpoint,
					psprintf("Empty segments or unnamed variables are not allowed: %s",
							 endpoint->url));
}

/* query_problem returns what is wrong with the query, or NULL. */
static const char *
query_problem(Endpoint *endpoint, const GqleJson *collections)
{
	const GqleJson *definition = gqle_json_lookup(endpoint->object, "definition");
	const GqleJson *reference = gqle_json_lookup(definition, "query");
	const char *collection_name = gqle_meta_text(reference, "collection_name");
	const char *query_name = gqle_meta_text(reference, "query_name");
	const GqleJson *collection = gqle_json_lookup(collections, collection_name);
	const GqleJson *queries = gqle_json_lookup(collection, "queries");
	GqleParseError error = {0};
	const GqleDocumentNode *document;
	const char *query;
	const char *reason = NULL;
	int			i;

	if (collection == NULL)
		return psprintf("collection with name %s does not exist", collection_name);
	for (i = 0; queries != NULL && i < queries->n; i++)
		if (strcmp(gqle_meta_text(queries->items[i], "name"), query_name) == 0)
			break;
	if (queries == NULL || i == queries->n)
		return psprintf("query with name %s does not exist in collection %s", query_name,
						collection_name);
	query = gqle_meta_text(queries->items[i], "query");
	document = gqle_parser_parse_document(query, strlen(query), NULL, &error);
	if (document != NULL)
		reason = gqle_rest_problem(query_name, query, document);
	if (reason == NULL)
		endpoint->query = query;
	return reason;
}

/* ------------------------------------------------------------------------
 * Ambiguity
 * ------------------------------------------------------------------------ */

/* is_ambiguous tells whether one request could mean both endpoints. */
static bool
is_ambiguous(const Endpoint *a, const Endpoint *b)
{
	bool		shares_method = false;
	int			i;
	int			j;

	if (a->query == NULL || b->query == NULL || a->n_segments != b->n_segments)
		return false;
	for (i = 0; i < a->methods->n; i++)
		for (j = 0; j < b->methods->n; j++)
			if (strcmp(a->methods->items[i]->text, b->methods->items[j]->text) == 0)
				shares_method = true;
	if (!shares_method)
		return false;
	for (i = 0; i < a->n_segments; i++)
		if (a->segments[i][0] != ':' && b->segments[i][0] != ':' &&
			strcmp(a->segments[i], b->segments[i]) != 0)
			return false;
	return true;
}

/* conflict returns an endpoint as the list of conflicts shows it. */
static GqleJson *
conflict(const Endpoint *endpoint)
{
	GqleJson   *result = gqle_json_make_object();
	GqleJson   *definition = gqle_json_make_object();
	int			i;

	gqle_json_object_set(definition, "query",
						 gqle_json_make_string(endpoint->query));
	for (i = 0; i < endpoint->object->n; i++)
		gqle_json_object_set(result, endpoint->object->members[i].key,
							 strcmp(endpoint->object->members[i].key, "definition") == 0 ?
							 definition : endpoint->object->members[i].value);
	return result;
}

/* add_ambiguous adds one object for each group of ambiguous endpoints. */
static void
add_ambiguous(GqleJson *list, Endpoint *endpoints, int n)
{
	int			i;
	int			j;
	int			k;

	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			if (endpoints[i].group != endpoints[j].group &&
				is_ambiguous(&endpoints[i], &endpoints[j]))
			{
				int			from = Max(endpoints[i].group, endpoints[j].group);
				int			to = Min(endpoints[i].group, endpoints[j].group);

				for (k = 0; k < n; k++)
					if (endpoints[k].group == from)
						endpoints[k].group = to;
			}
	for (i = 0; i < n; i++)
	{
		GqleJson   *conflicts = gqle_json_make_array();
		GqleJson   *object;
		StringInfoData reason;

		initStringInfo(&reason);
		appendStringInfoString(&reason, "Ambiguous URL paths: ");
		for (j = 0; j < n; j++)
			if (endpoints[j].query != NULL && endpoints[j].group == i)
			{
				appendStringInfo(&reason, "%s%s", conflicts->n > 0 ? ", " : "",
								 endpoints[j].url);
				gqle_json_array_add(conflicts, conflict(&endpoints[j]));
			}
		if (conflicts->n < 2)
			continue;
		object = gqle_json_make_object();
		gqle_json_object_set(object, "conflicts", conflicts);
		gqle_json_object_set(object, "reason", gqle_json_make_string(reason.data));
		gqle_json_array_add(list, object);
	}
}
