/*
 * remote_parts.h
 *		How the files of the catalog make remote schemas; nobody else includes this.
 */
#ifndef GQLE_CATALOG_REMOTE_PARTS_H
#define GQLE_CATALOG_REMOTE_PARTS_H

#include "gqle/catalog/remote.h"
#include "gqle/lang/sdl.h"

/* ------------------------------------------------------------------------
 * remote_graph.c
 * ------------------------------------------------------------------------ */

/*
 * A graph of the types in a tree, all copied into the current context; names are
 * public as they are, nothing is checked.  Of types with one name the last counts.
 */
extern GqleRemoteGraph *gqle_remote_graph_make(const GqleRemoteSchema *schema,
											   const GqleTypeSystemNode *system);

/* Types of objects that implement an interface, where the tree does not say. */
extern void gqle_remote_graph_find_possible(GqleRemoteGraph *graph);

/* Resolve roots and references once all types are there. */
extern void gqle_remote_graph_link(GqleRemoteGraph *graph);

extern bool gqle_remote_same_ref(GqleRemoteRef a, GqleRemoteRef b);

/* ------------------------------------------------------------------------
 * remote_custom.c
 * ------------------------------------------------------------------------ */

/*
 * Give the types and fields of a graph public names, as the definition's
 * customization says; false after reporting names that collide.
 */
extern bool gqle_remote_customize(GqleRemoteGraph *graph, const GqleJson *customization,
								  GqleErrorSink *sink);

/* Take over the public names of another graph, of which this one is a part. */
extern void gqle_remote_customize_like(GqleRemoteGraph *graph,
									   const GqleRemoteGraph *upstream);

/* ------------------------------------------------------------------------
 * remote_check.c
 * ------------------------------------------------------------------------ */

/* Do the types that can be reached from the roots fit together?  Reports if not. */
extern bool gqle_remote_check(GqleRemoteGraph *graph, GqleErrorSink *sink);

/* ------------------------------------------------------------------------
 * remote_clash.c
 * ------------------------------------------------------------------------ */

/* Why a graph cannot be served beside others, and the database, or NULL. */
extern const char *gqle_remote_find_clash(GqleCatalog *catalog,
										  const GqleRemoteSchema **schemas, int n,
										  const GqleRemoteGraph *graph);

/* ------------------------------------------------------------------------
 * remote_role.c
 * ------------------------------------------------------------------------ */

/*
 * The part of a graph that a document describes, with its presets; NULL after
 * reporting why it is none.
 */
extern GqleRemoteGraph *gqle_remote_role_make(const GqleRemoteGraph *upstream,
											  const char *role, const char *sdl,
											  GqleErrorSink *sink);

#endif							/* GQLE_CATALOG_REMOTE_PARTS_H */
