/*
 * meta_deps.h
 *		Which objects of the metadata depend on which.
 *
 * The graph is built from the stored metadata when a command wants to drop
 * something.  Objects are known by the text with which messages name them, e.g.
 * relationship article.author in source "default".
 */
#ifndef GQLE_API_META_DEPS_H
#define GQLE_API_META_DEPS_H

#include "gqle/api/meta.h"
#include "gqle/base/strhash.h"

typedef struct GqleMetaDeps GqleMetaDeps;

/* Keys of objects. */
extern const char *gqle_meta_deps_key_table(const GqleMetaName *table);
extern const char *gqle_meta_deps_key_function(const GqleMetaName *function);

/* kind: "column", "relationship", "computed field", "remote relationship",
 * "event-trigger", "constraint" */
extern const char *gqle_meta_deps_key_member(const char *kind, const GqleMetaName *table,
											 const char *member);
extern const char *gqle_meta_deps_key_permission(const GqleMetaName *table,
												 const char *role, const char *operation);
extern const char *gqle_meta_deps_key_remote_schema(const char *name);

/* The graph of all consistent objects. */
extern GqleMetaDeps *gqle_meta_deps_load(GqleMetaRequest *request);

/* Only what may depend on the core of a scope; all, if the scope is NULL. */
extern GqleMetaDeps *gqle_meta_deps_load_near(GqleMetaRequest *request,
											  const GqleMetaScope *scope);

/* Only what may depend on a relationship or computed field of that name. */
extern GqleMetaDeps *gqle_meta_deps_load_field(GqleMetaRequest *request, const char *name);

/* Mark everything that depends on an object, directly or not. */
extern void gqle_meta_deps_mark(GqleMetaDeps *deps, const char *key);

/* Mark the object itself, too. */
extern void gqle_meta_deps_mark_object(GqleMetaDeps *deps, const char *key);

/* Take back the marks of an object, or of all that belongs to a table. */
extern void gqle_meta_deps_ignore(GqleMetaDeps *deps, const char *key);
extern void gqle_meta_deps_ignore_table(GqleMetaDeps *deps, const GqleMetaName *table);
extern void gqle_meta_deps_ignore_owned(GqleMetaDeps *deps, const char *owner_key);

/* The same for all whose keys are those of a hash. */
extern void gqle_meta_deps_ignore_owned_by(GqleMetaDeps *deps, GqleStrHash *owners);

/* Take back all marks; what is ignored stays so. */
extern void gqle_meta_deps_unmark(GqleMetaDeps *deps);

/* Keys of marked objects, sorted, as a list of strings. */
extern GqleJson *gqle_meta_deps_marked(GqleMetaDeps *deps);

/* Refuse a drop if anything is marked. */
extern bool gqle_meta_deps_check(GqleMetaCall *call, GqleMetaDeps *deps);

/* Remove marked objects from the metadata. */
extern void gqle_meta_deps_purge(GqleMetaDeps *deps);

/* Permissions with a literal value for a column: sorted keys. */
extern GqleJson *gqle_meta_deps_static_uses(GqleMetaDeps *deps, const char *column_key);

#endif							/* GQLE_API_META_DEPS_H */
