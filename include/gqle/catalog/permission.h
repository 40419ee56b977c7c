/*
 * permission.h
 *		What a role may do with a table.
 *
 * No SQL is generated without one of these objects in hand: planner functions
 * take a rule, not a table.  The admin role has rules, too, that allow all.
 */
#ifndef GQLE_CATALOG_PERMISSION_H
#define GQLE_CATALOG_PERMISSION_H

#include "gqle/catalog/boolexp.h"
#include "gqle/catalog/webhook.h"

typedef struct GqleSelectPerm
{
	const GqleTable *table;
	bool		is_admin;
	Bitmapset  *columns;		/* of column indexes */
	Bitmapset  *computed_fields;	/* scalar ones, of their indexes */
	const GqleBoolExp *filter;	/* never NULL */
	const GqleBoolExp **column_masks;	/* inherited roles: by column index, NULL or
										 * the condition that shows the cell; NULL
										 * if there is no mask at all */
	const GqleBoolExp **computed_masks;
	int64		limit;			/* -1: none */
	bool		allow_aggregations;
	uint32		query_roots;	/* bits 1 << GqleTableRoot */
	uint32		subscription_roots;
} GqleSelectPerm;

/* A column that is always set by the engine. */
typedef struct GqlePreset
{
	const GqleColumn *column;
	GqleLeaf   *leaf;
} GqlePreset;

typedef struct GqleInsertPerm
{
	const GqleTable *table;
	bool		is_admin;
	Bitmapset  *columns;		/* that may be given: presets left out */
	const GqleBoolExp *check;	/* never NULL */
	int			n_presets;
	GqlePreset *presets;
	bool		backend_only;
	const GqleWebhook *hook;	/* validates what is written, or NULL */
} GqleInsertPerm;

typedef struct GqleUpdatePerm
{
	const GqleTable *table;
	bool		is_admin;
	Bitmapset  *columns;
	const GqleBoolExp *filter;	/* never NULL */
	const GqleBoolExp *check;	/* NULL: none given */
	int			n_presets;
	GqlePreset *presets;
	bool		backend_only;
	const GqleWebhook *hook;
} GqleUpdatePerm;

typedef struct GqleDeletePerm
{
	const GqleTable *table;
	bool		is_admin;
	const GqleBoolExp *filter;	/* never NULL */
	bool		backend_only;
	const GqleWebhook *hook;
} GqleDeletePerm;

/* Rules of one role on one table; NULL where there is none. */
typedef struct GqleTablePerms
{
	const GqleSelectPerm *select;
	const GqleInsertPerm *insert;
	const GqleUpdatePerm *update;
	const GqleDeletePerm *del;
} GqleTablePerms;

/*
 * Rules of a role on a loaded table, computed once per generation and combined
 * from the parents of an inherited role.  Never NULL.
 */
extern const GqleTablePerms *gqle_permission_get(GqleCatalog *catalog, GqleTable *table,
												 const char *role);

/* Kinds of permission, as a mask. */
#define GQLE_PERM_SELECT	0x01
#define GQLE_PERM_INSERT	0x02
#define GQLE_PERM_UPDATE	0x04
#define GQLE_PERM_DELETE	0x08

/*
 * The tables on which a role has a permission of one of these kinds, itself or
 * from a parent, in the order of gqle_catalog_tables; for admin all of them.
 * Neither loads tables nor computes rules, so that it costs what the role has
 * and not what the catalog holds.  Allocated in the current memory context.
 */
extern GqleTable **gqle_permission_tables(GqleCatalog *catalog, const char *role,
										  uint32 kinds, int *n);

/*
 * Up to max of them in no order, a table with several kinds perhaps several
 * times; *is_all if there are no more.
 */
extern GqleTable **gqle_permission_some_tables(GqleCatalog *catalog, const char *role,
											   uint32 kinds, int max, int *n,
											   bool *is_all);

/* May the role call this tracked function (graphql-schema.md §16)? */
extern bool gqle_permission_allows_function(GqleCatalog *catalog,
											const GqleRootFunction *function,
											const char *role);

#endif							/* GQLE_CATALOG_PERMISSION_H */
