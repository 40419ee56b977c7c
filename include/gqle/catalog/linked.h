/*
 * linked.h
 *		Linked sources: other databases, which gqle serves from this one.
 *
 * A linked database has the extension, too.  Its tables, permissions and all other
 * metadata of the source are kept there, and it enforces them: what a role sees of it
 * is what it answers that role.  Here it is served like a remote schema that is asked
 * by SQL.  Its types are read for each role when a request of that role first needs
 * them, and again with every new catalog.
 */
#ifndef GQLE_CATALOG_LINKED_H
#define GQLE_CATALOG_LINKED_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include "gqle/base/pglink.h"
#include "gqle/catalog/remote.h"
#include "gqle/catalog/session.h"

typedef struct GqleLinkedSource
{
	const char *name;
	const char *url;			/* NULL: reason */
	const char *reason;
	GqleRemoteSchema schema;	/* its graph is empty; see gqle_linked_graph */
	List	   *graphs;			/* of roles */
	TimestampTz retry_at;		/* when to ask again after it could not be asked */
} GqleLinkedSource;

/* Those of a catalog, by name. */
extern GqleLinkedSource *gqle_catalog_linked(GqleCatalog *catalog, int *n);

/* Is there any source that may have to be asked?  Reads nothing. */
extern bool gqle_catalog_has_linked(const GqleCatalog *catalog);

/* What a role sees of it; NULL: nothing, or it can't be asked. */
extern const GqleRemoteGraph *gqle_linked_graph(GqleCatalog *catalog,
												GqleLinkedSource *source, const char *role,
												bool backend_only);

/*
 * A session as JSON for the other database, which takes a variable for what only the
 * holder of an admin secret can say here: that backend_only permissions count.
 */
extern void gqle_linked_append_session(StringInfo out, const GqleSession *session);

/*
 * The URL that the configuration of a source gives, in the current context; NULL with
 * the reason if there is none.
 */
extern char *gqle_linked_url(const GqleJson *configuration, char **reason);

/* As gqle_link_query; NULL also if it can't be reached, or could not a moment ago. */
extern char **gqle_linked_query(GqleLinkedSource *source, const char *sql, int n,
								const char *const *values);

/* A connection whose database has the extension; NULL with the reason. */
extern GqleLink *gqle_linked_connect(const char *url, char **reason);

#endif							/* GQLE_CATALOG_LINKED_H */
