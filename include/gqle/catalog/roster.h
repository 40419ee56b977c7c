/*
 * roster.h
 *		The names of all tracked tables, kept from one catalog to the next.
 *
 * A roster is what was made of the rows of gqle.tables: parsed configurations and
 * the names of tables and of their root fields.  Catalogs share one as long as
 * the sources and settings that bear on names stay the same; it only grows, and
 * goes with the last catalog that uses it.
 *
 * Only for the catalog's own files, like cache.h.
 */
#ifndef GQLE_CATALOG_ROSTER_H
#define GQLE_CATALOG_ROSTER_H

#include "gqle/catalog/cache.h"

/*
 * Fill in a new catalog's sources and entries, in its context, which is current.
 * Rows that base, an earlier catalog or NULL, has as well are taken over from it;
 * its dirty entries are looked up again.  Throws what reading throws.
 */
extern void gqle_roster_fill(GqleCatalog *catalog, const GqleCatalog *base);

#endif							/* GQLE_CATALOG_ROSTER_H */
