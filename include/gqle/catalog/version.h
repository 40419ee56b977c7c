/*
 * version.h
 *		The version of the extension's objects in this database.
 */
#ifndef GQLE_CATALOG_VERSION_H
#define GQLE_CATALOG_VERSION_H

#include "gqle/gqle.h"

/* That of CREATE EXTENSION or of its last update; NULL without the extension. */
extern char *gqle_version_installed(void);

/* Throw unless it is the one that this library was made for. */
extern void gqle_version_require(void);

#endif							/* GQLE_CATALOG_VERSION_H */
