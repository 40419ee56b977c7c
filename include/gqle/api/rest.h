/*
 * rest.h
 *		REST endpoints: stored queries behind URLs of their own.
 */
#ifndef GQLE_API_REST_H
#define GQLE_API_REST_H

#include "gqle/catalog/catalog.h"
#include "gqle/lang/ast.h"

typedef struct GqleRestEndpoint
{
	const char *name;
	const char *url;
	const char *comment;		/* or NULL */
	int			n_methods;
	const char **methods;
	int			n_segments;
	const char **segments;		/* ":x" is a variable */
	const char *query;			/* text */
	const GqleOperationNode *operation; /* the query's only one */
	const GqleDocumentNode *document;
} GqleRestEndpoint;

/*
 * The endpoints that can be served, ordered by URL and name.  They live as long
 * as the catalog's generation is the current one of this process.
 */
extern GqleRestEndpoint **gqle_rest_endpoints(GqleCatalog *catalog, int *n);

/*
 * Why no endpoint can run a query with that name and text, or NULL.  compat: one
 * operation without fragments it must be, and in short form ("{ ... }") it is told
 * to be several.
 */
extern const char *gqle_rest_problem(const char *name, const char *query,
									 const GqleDocumentNode *document);

#endif							/* GQLE_API_REST_H */
