/*
 * nativetype.h
 *		Types as logical models and arguments of native queries name them.
 */
#ifndef GQLE_CATALOG_NATIVETYPE_H
#define GQLE_CATALOG_NATIVETYPE_H

#include "gqle/catalog/scalar.h"

/*
 * The spelling that metadata keep of a type ("int4" is "integer", "varchar(20)"
 * is "varchar"), or NULL if it is none that may be named.  In the current
 * context.
 */
extern const char *gqle_nativetype_canonical(const char *name);

/*
 * The type of a canonical name, or InvalidOid if the extension that makes it is
 * not there.
 */
extern Oid	gqle_nativetype_oid(const char *canonical);

/*
 * Could a column of that type be of the type named?  Types that Hasura doesn't
 * compare are not compared.
 */
extern bool gqle_nativetype_matches(const char *canonical, Oid type_oid);

/* The name of a type in messages, or NULL if there is none for it. */
extern const char *gqle_nativetype_name(Oid type_oid);

#endif							/* GQLE_CATALOG_NATIVETYPE_H */
