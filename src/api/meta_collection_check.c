/*
 * meta_collection_check.c
 *		Queries of collections that do not fit the schema (reference §12, §21).
 *
 * What admin could not run is inconsistent: it is listed, and a change that makes
 * it so is refused as for any object.  Nothing else depends on it: REST endpoints
 * and the allow list go on using the query as it is.
 *
 * The list is made once per generation of the catalog, since most commands look at
 * it twice.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/api/meta_problems.h"
#include "gqle/base/json_write.h"
#include "gqle/base/spi.h"
#include "gqle/exec/allowlist.h"
#include "gqle/validate/diagnose.h"

static char *kept_list = NULL;	/* JSON text in TopMemoryContext; NULL: none */
static uint64 kept_generation;

/* append_names appends names in double quotes, separated by commas. */
static void
append_names(StringInfo out, const List *names)
{
	const char *separator = "";
	ListCell   *cell;

	foreach(cell, names)
	{
		appendStringInfo(out, "%s\"%s\"", separator, (const char *) lfirst(cell));
		separator = ", ";
	}
}

/*
 * endpoints_of returns the names of endpoints whose query has that text, once for
 * each of their methods (compat), in reverse order of the names.
 */
static List *
endpoints_of(const char *query)
{
	static GqleSpiStatement statement = {
		"SELECT e.name FROM gqle.rest_endpoints AS e "
		"JOIN gqle.query_collections AS c ON c.name = e.definition->'query'->>'collection_name', "
		"json_array_elements(c.definition->'queries') AS q, unnest(e.methods) "
		"WHERE q->>'name' = e.definition->'query'->>'query_name' AND q->>'query' = $1 "
		"ORDER BY e.name DESC", NULL
	};
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;
	List	   *result = NIL;
	int			i;

	gqle_spi_add_text(&args, query);
	rows = gqle_spi_query_kept(&statement, &args);
	for (i = 0; i < rows->n; i++)
		result = lappend(result, gqle_rows_text(rows, i, 0));
	return result;
}

/* reason_of puts what is wrong with a query into one sentence, or three. */
static char *
reason_of(GqleCatalog *catalog, const char *collection, const char *name,
		  const char *query, List *errors)
{
	List	   *endpoints = endpoints_of(query);
	List	   *last_first = NIL;
	StringInfoData reason;
	ListCell   *cell;

	/* compat: the last mistake comes first */
	foreach(cell, errors)
		last_first = lcons(lfirst(cell), last_first);
	initStringInfo(&reason);
	appendStringInfo(&reason, "Inconsistent object: In query collection \"%s\" the query \"%s\" "
					 "is invalid with the following error(s): ", collection, name);
	append_names(&reason, last_first);
	if (endpoints != NIL)
	{
		appendStringInfoString(&reason, ". This query is being used in the following "
							   "REST endpoint(s): ");
		append_names(&reason, endpoints);
	}
	if (gqle_allowlist_allows_all(catalog, query, strlen(query)))
		appendStringInfoString(&reason, ". This query is in allowlist.");
	return reason.data;
}

/* check_query adds a query to the list if it does not fit. */
static void
check_query(GqleJson *list, GqleCatalog *catalog, GqleSchema *schema,
			const char *collection, GqleJson *listed)
{
	const char *name = gqle_meta_text(listed, "name");
	const char *query = gqle_meta_text(listed, "query");
	List	   *errors = gqle_diagnose_document(schema, query, strlen(query));

	if (errors != NIL)
		gqle_meta_problem_add(list, "query_collections",
							  psprintf("query_collections %s in %s", name, collection),
							  listed, reason_of(catalog, collection, name, query, errors));
}

/* make_list looks at all queries. */
static GqleJson *
make_list(GqleCatalog *catalog)
{
	static GqleSpiStatement statement = {"SELECT name, definition FROM gqle.query_collections "
									  "ORDER BY name"};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	GqleJson   *list = gqle_json_make_array();
	GqleSchema *schema;
	int			i;
	int			j;

	if (rows->n == 0)
		return list;
	schema = gqle_schema_get(catalog, "admin", true);
	for (i = 0; i < rows->n; i++)
	{
		GqleJson   *definition = gqle_meta_parse_stored(gqle_rows_text(rows, i, 1));
		const GqleJson *queries = gqle_json_lookup(definition, "queries");

		for (j = 0; queries != NULL && j < queries->n; j++)
			check_query(list, catalog, schema, gqle_rows_text(rows, i, 0),
						queries->items[j]);
	}
	return list;
}

/* gqle_meta_collection_problems adds queries of collections that do not fit. */
void
gqle_meta_collection_problems(GqleJson *list, GqleCatalog *catalog)
{
	uint64		generation = gqle_catalog_generation(catalog);
	GqleJson   *found;
	int			i;

	if (kept_list != NULL && kept_generation == generation)
		found = gqle_meta_parse_stored(kept_list);
	else
	{
		if (kept_list != NULL)
			pfree(kept_list);
		kept_list = NULL;
		found = make_list(catalog);
		kept_list = MemoryContextStrdup(TopMemoryContext, gqle_json_to_text(found));
		kept_generation = generation;
	}
	for (i = 0; i < found->n; i++)
		gqle_json_array_add(list, found->items[i]);
}
