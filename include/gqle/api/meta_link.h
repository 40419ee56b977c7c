/*
 * meta_link.h
 *		Metadata of linked sources: kept in their own databases.
 *
 * A command about a linked source is run there, within our transaction, and what it
 * answers is the answer here.
 */
#ifndef GQLE_API_META_LINK_H
#define GQLE_API_META_LINK_H

#include "gqle/api/meta.h"

/* The linked source that a call is about, or NULL. */
extern const char *gqle_meta_linked_source(const GqleMetaCall *call);

/* Run a call in that source's database. */
extern bool gqle_meta_link_forward(GqleMetaCall *call, const char *source);

/* Is a source another database of PostgreSQL, whether it can be reached or not? */
extern bool gqle_meta_is_linked(const char *source);

/*
 * Take a database into service as the source of that name, with the configuration that
 * is stored: creates the extension there if need be.  Reports what is in the way.
 */
extern bool gqle_meta_link_attach(GqleMetaCall *call, const char *source);

/* Remove all metadata there; a database that can't be reached is left alone. */
extern void gqle_meta_link_clear(GqleMetaCall *call, const char *source);

extern bool gqle_meta_link_rename(GqleMetaCall *call, const char *source,
								  const char *new_name);

/* Replace all metadata there by those of a source in a document of version 3. */
extern bool gqle_meta_link_replace(GqleMetaCall *call, const GqleJson *source);

/* Drop what is inconsistent there. */
extern void gqle_meta_link_drop_inconsistent(GqleMetaCall *call, const char *source);

/* The metadata there as a source of a document, or NULL if it can't be reached. */
extern GqleJson *gqle_meta_link_export(const char *source);

/*
 * Have the inherited roles of here in all linked databases that can be reached; and
 * what is stored here of a source that could not be, until now.
 */
extern void gqle_meta_link_sync(GqleMetaCall *call);

/* Names of all linked sources, C strings. */
extern List *gqle_meta_linked_sources(void);

/* Can its database be reached, and would it be taken into service? */
extern bool gqle_meta_link_is_reachable(const GqleJson *source);

#endif							/* GQLE_API_META_LINK_H */
