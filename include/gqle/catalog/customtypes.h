/*
 * customtypes.h
 *		Names of types in metadata of actions; for the files that read them.
 */
#ifndef GQLE_CATALOG_CUSTOMTYPES_H
#define GQLE_CATALOG_CUSTOMTYPES_H

#include "gqle/catalog/action.h"

/* The Postgres scalar that bears this GraphQL name, or NULL. */
extern const GqleCustomType *gqle_custom_types_postgres(GqleCustomTypes *types,
														const char *name);

/* The type of the metadata or of GraphQL itself with that name, or NULL. */
extern const GqleCustomType *gqle_custom_types_own(GqleCustomTypes *types,
												   const char *name);

/*
 * Read name, description and type of a field or argument; returns the name of the
 * innermost type, which is still to be looked up.
 */
extern const char *gqle_custom_field_parse(GqleCustomField *field,
										   const GqleJson *definition,
										   const char *type_key);

#endif							/* GQLE_CATALOG_CUSTOMTYPES_H */
