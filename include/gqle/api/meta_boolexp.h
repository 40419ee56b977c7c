/*
 * meta_boolexp.h
 *		Walking over permission expressions as JSON.
 *
 * The walk visits every name in an expression, with the table it belongs to,
 * and returns a copy in which the visitor may have replaced names.  Names that
 * mean nothing are left as they are: whether an expression is right is
 * gqle_boolexp_parse's business.
 */
#ifndef GQLE_API_META_BOOLEXP_H
#define GQLE_API_META_BOOLEXP_H

#include "gqle/api/meta.h"

typedef enum GqleMetaNameKind
{
	GQLE_META_NAMES_COLUMN,
	GQLE_META_NAMES_RELATIONSHIP,
	GQLE_META_NAMES_COMPUTED_FIELD
} GqleMetaNameKind;

typedef struct GqleMetaVisitor
{
	GqleCatalog *catalog;
	void	   *arg;

	/* A field of a table; returns its name in the copy. */
	const char *(*field) (void *arg, const GqleTable *table, GqleMetaNameKind kind,
						  const char *name, bool has_static_value);

	/* The table of an _exists; returns its name in the copy. */
	const GqleJson *(*table) (void *arg, const GqleJson *name);
} GqleMetaVisitor;

extern GqleJson *gqle_meta_boolexp_visit(const GqleMetaVisitor *visitor,
										 const GqleTable *table, const GqleJson *exp);

#endif							/* GQLE_API_META_BOOLEXP_H */
