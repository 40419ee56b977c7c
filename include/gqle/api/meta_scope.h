/*
 * meta_scope.h
 *		What may depend on a few tables.
 *
 * With thousands of tables and hundreds of thousands of permissions it takes
 * seconds to look at all of them.  A scope is what a change of some tables, its
 * core, can affect: they themselves, tables that refer to them, and permissions
 * whose texts have a name that leads into them.  It may hold more than that,
 * never less.
 */
#ifndef GQLE_API_META_SCOPE_H
#define GQLE_API_META_SCOPE_H

#include "nodes/pg_list.h"

#include "gqle/api/meta.h"
#include "gqle/base/spi.h"

struct GqleMetaScope
{
	const char *source;
	List	   *core;			/* of GqleMetaName */
	List	   *tables;			/* of GqleMetaName: the core, and what refers to it */
	struct GqleStrHash *in_core;
	struct GqleStrHash *in_tables;
	GqleRows   *permissions;	/* those of the core, and those that lead into it:
								 * source, schema_name, table_name, role, operation,
								 * definition */
};

/*
 * The scope of tables of this database, as the metadata and the database are now;
 * NULL if it could not be made, or would be so large that everything may as well be
 * looked at.
 */
extern GqleMetaScope *gqle_meta_scope_make(const List *core);

/* The scope of a call's argument "table", or of those in "tables". */
extern GqleMetaScope *gqle_meta_scope_of_call(const GqleMetaCall *call);

/* Is a table in the core, or anywhere in the scope? */
extern bool gqle_meta_scope_has_core(const GqleMetaScope *scope, const GqleMetaName *table);
extern bool gqle_meta_scope_has_table(const GqleMetaScope *scope, const GqleMetaName *table);

/* Add a table that refers to the core, or a core's new name. */
extern void gqle_meta_scope_add(GqleMetaScope *scope, const GqleMetaName *table);

#endif							/* GQLE_API_META_SCOPE_H */
