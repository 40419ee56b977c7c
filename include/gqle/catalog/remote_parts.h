/*
 * remote_parts.h
 *		How the files of the catalog make remote schemas; nobody else includes this.
 */
#ifndef GQLE_CATALOG_REMOTE_PARTS_H
#define GQLE_CATALOG_REMOTE_PARTS_H

#include "lib/ilist.h"
#include "nodes/pg_list.h"

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

/*
 * Why a graph cannot be served beside others, and the database, or NULL; is it for
 * types of others?
 */
extern const char *gqle_remote_find_clash(GqleCatalog *catalog,
										  const GqleRemoteSchema **schemas, int n,
										  const GqleRemoteGraph *graph,
										  bool *is_among_remotes);

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

/* That part while it is made. */
typedef struct GqleRemoteRole
{
	const GqleRemoteGraph *upstream;
	const GqleTypeSystemNode *system;
	GqleRemoteGraph *graph;		/* being made */
	List	   *mistakes;		/* char * */
} GqleRemoteRole;

/* Add a mistake. */
extern void gqle_remote_role_complain(GqleRemoteRole *role, const char *fmt,...)
			pg_attribute_printf(2, 3);

/* ------------------------------------------------------------------------
 * remote_preset.c
 * ------------------------------------------------------------------------ */

/* What the document says of a type, or NULL. */
extern const GqleTypeDefNode *gqle_remote_role_definition(const GqleRemoteRole *role,
														  const char *name);

/* A value as it is written; "" for none. */
extern char *gqle_remote_print_value(const GqleValueNode *value);

/* What is sent for an argument or input field; NULL after complaining. */
extern const GqleRemoteValue *gqle_remote_preset_parse(GqleRemoteRole *role,
													   const GqleInputDefNode *input,
													   const GqleDirectiveNode *directive);

/* ------------------------------------------------------------------------
 * remote.c
 * ------------------------------------------------------------------------ */

/* What a document makes of an upstream, for roles. */
typedef struct GqleRemotePart
{
	const char *sdl;
	const GqleRemoteGraph *graph;	/* or NULL: message */
	const char *message;
} GqleRemotePart;

typedef struct GqleRemoteUpstream
{
	dlist_node	node;
	MemoryContext context;
	int			n_users;		/* catalogs */
	const char *definition;
	const char *digest;			/* of the answer */
	GqleRemoteSchema schema;	/* graph is NULL if there is a message */
	const char *message;
	List	   *parts;			/* of GqleRemotePart */
} GqleRemoteUpstream;

/* The permission of a role, as stored. */
typedef struct GqleRemotePermission
{
	const char *role;
	const char *sdl;
	const char *definition;
} GqleRemotePermission;

typedef struct GqleRemoteEntry
{
	const char *name;
	const char *definition;
	const char *digest;			/* NULL: no answer that is good for the definition */
	const char *failure;		/* of the last try: JSON, or NULL */
	GqleRemoteUpstream *upstream;	/* NULL: no answer */
	const char *reason;			/* why it is not served, or NULL */
	const char *message;		/* JSON, or NULL */
	bool		is_among_remotes;	/* the reason is a type of another remote schema */
	int			n_permissions;
	GqleRemotePermission *permissions;
} GqleRemoteEntry;

struct GqleRemoteList
{
	int			n_entries;
	GqleRemoteEntry *entries;	/* by name */
	int			n_served;
	const GqleRemoteSchema **served;	/* by name, descending */
	MemoryContextCallback on_delete;
};

/* The remote schemas of a catalog, whether served or not; made when first asked for. */
extern struct GqleRemoteList *gqle_remote_list(GqleCatalog *catalog);

/* The part of an upstream that a document describes; made once. */
extern const GqleRemotePart *gqle_remote_part_get(GqleRemoteUpstream *upstream,
												  const char *role, const char *sdl);

/*
 * The document of a role, its own or the one that all of its parents agree on; NULL if
 * there is none.  *conflicts: they don't agree.
 */
extern const char *gqle_remote_find_sdl(GqleCatalog *catalog, const GqleRemoteEntry *entry,
										const char *role, bool *conflicts);

#endif							/* GQLE_CATALOG_REMOTE_PARTS_H */
