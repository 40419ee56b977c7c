/*
 * meta_rename.h
 *		Following renames through the metadata.
 */
#ifndef GQLE_API_META_RENAME_H
#define GQLE_API_META_RENAME_H

#include "gqle/api/meta.h"

typedef enum GqleMetaRenameKind
{
	GQLE_META_RENAME_TABLE,
	GQLE_META_RENAME_COLUMN,
	GQLE_META_RENAME_RELATIONSHIP
} GqleMetaRenameKind;

/* One renamed thing; for a table, to_schema and to are its new name. */
typedef struct GqleMetaRename
{
	GqleMetaRenameKind kind;
	Oid			relid;			/* of the table, or of the column's table */
	GqleMetaName table;			/* as it was */
	const char *from;			/* column or relationship */
	const char *to_schema;
	const char *to;
} GqleMetaRename;

/*
 * Rewrite the stored metadata.  catalog is how things were before: its tables
 * must be loaded already if the database has changed since.  scope, if not NULL, is
 * where to look: its core has all the tables of the renames.
 */
extern void gqle_meta_rename_apply(GqleCatalog *catalog, const GqleMetaScope *scope,
								   const GqleMetaRename *renames, int n);

#endif							/* GQLE_API_META_RENAME_H */
