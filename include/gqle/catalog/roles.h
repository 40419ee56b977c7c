/*
 * roles.h
 *		GraphQL roles: who there is, and who inherits from whom.
 */
#ifndef GQLE_CATALOG_ROLES_H
#define GQLE_CATALOG_ROLES_H

#include "gqle/catalog/catalog.h"

/* Names of all roles that metadata mentions, admin left out; sorted. */
extern const char **gqle_catalog_roles(GqleCatalog *catalog, int *n);

/* Direct parents of an inherited role; 0 for any other. */
extern int	gqle_role_parents(GqleCatalog *catalog, const char *role,
							  const char ***parents);

#endif							/* GQLE_CATALOG_ROLES_H */
