/*
 * remote.h
 *		Remote schemas: GraphQL servers whose types and root fields are served here.
 *
 * A *graph* is the types of a remote schema: all of them as the server told, or the
 * part of them that a role may see.  Every type and field has two names, its own and
 * the public one that the schema's customization gives it; requests say the public
 * names, the server is asked by its own.
 *
 * Graphs are read from gqle.remote_introspections when something first needs them,
 * and shared by the catalogs of a process as long as the answer of the server and the
 * definition stay what they are.  They are never changed.  A catalog holds on to what
 * it handed out, so pointers are as good as pointers into the catalog.
 */
#ifndef GQLE_CATALOG_REMOTE_H
#define GQLE_CATALOG_REMOTE_H

#include "gqle/base/strhash.h"
#include "gqle/catalog/catalog.h"
#include "gqle/catalog/leaf.h"
#include "gqle/catalog/webhook.h"
#include "gqle/lang/ast.h"

typedef struct GqleRemoteGraph GqleRemoteGraph;
typedef struct GqleRemoteType GqleRemoteType;
typedef struct GqleRemoteField GqleRemoteField;
typedef struct GqleRemoteInput GqleRemoteInput;
typedef struct GqleRemoteSchema GqleRemoteSchema;

/* ------------------------------------------------------------------------
 * Values that are sent
 * ------------------------------------------------------------------------ */

typedef enum GqleRemoteValueKind
{
	GQLE_REMOTE_LITERAL,		/* text, in GraphQL */
	GQLE_REMOTE_VARIABLE,		/* a variable of the request, under its name */
	GQLE_REMOTE_JSON,			/* JSON, as a variable of our own */
	GQLE_REMOTE_SESSION,		/* a session variable, as a variable of our own */
	GQLE_REMOTE_LIST,
	GQLE_REMOTE_OBJECT
} GqleRemoteValueKind;

typedef struct GqleRemoteValue GqleRemoteValue;

struct GqleRemoteValue
{
	GqleRemoteValueKind kind;
	const char *text;			/* LITERAL; VARIABLE: its name; SESSION: name in lower
								 * case */
	const char *type;			/* VARIABLE, JSON, SESSION: its type, "Int!" */
	const char *default_text;	/* VARIABLE: of its definition, or NULL */
	const GqleLeaf *leaf;		/* VARIABLE, JSON: where its value is */
	const GqleRemoteType *named;	/* SESSION: the scalar or enum */
	int			n;				/* LIST, OBJECT */
	GqleRemoteValue **items;
	const char **keys;			/* OBJECT */
};

/* ------------------------------------------------------------------------
 * Graphs
 * ------------------------------------------------------------------------ */

typedef enum GqleRemoteKind
{
	GQLE_REMOTE_SCALAR,
	GQLE_REMOTE_OBJECT_TYPE,
	GQLE_REMOTE_INTERFACE,
	GQLE_REMOTE_UNION,
	GQLE_REMOTE_ENUM,
	GQLE_REMOTE_INPUT_OBJECT
} GqleRemoteKind;

/* A named type with its wrappers, encoded as in GqleTypeRef. */
typedef struct GqleRemoteRef
{
	const char *name;
	GqleRemoteType *type;		/* NULL: the server named a type that isn't there; only in
								 * what cannot be reached from the roots */
	uint32		wraps;
} GqleRemoteRef;

#define GQLE_REMOTE_NON_NULL	1
#define GQLE_REMOTE_LIST_OF		2
#define GQLE_REMOTE_MAX_WRAPS	15

static inline bool
gqle_remote_ref_is_non_null(GqleRemoteRef ref)
{
	return (ref.wraps & 3) == GQLE_REMOTE_NON_NULL;
}

/* An argument or a field of an input object. */
struct GqleRemoteInput
{
	const char *name;
	const char *description;
	GqleRemoteRef ref;
	const GqleValueNode *default_value; /* or NULL */
	const char *default_text;	/* the same printed */
	const GqleRemoteValue *preset;	/* of a role: the field is hidden, and this is sent */
};

struct GqleRemoteField
{
	const char *name;
	const char *public_name;
	const char *description;
	const GqleRemoteType *parent;
	GqleRemoteRef ref;
	int			n_args;
	GqleRemoteInput *args;
};

typedef struct GqleRemoteEnumValue
{
	const char *name;
	const char *description;
} GqleRemoteEnumValue;

struct GqleRemoteType
{
	GqleRemoteKind kind;
	const char *name;
	const char *public_name;
	const char *description;
	const GqleRemoteGraph *graph;
	int			n_fields;		/* OBJECT, INTERFACE */
	GqleRemoteField *fields;
	int			n_inputs;		/* INPUT_OBJECT */
	GqleRemoteInput *inputs;
	int			n_values;		/* ENUM */
	GqleRemoteEnumValue *values;
	int			n_interfaces;	/* OBJECT: names, and the types where they exist */
	GqleRemoteRef *interfaces;
	int			n_possible;		/* INTERFACE, UNION */
	GqleRemoteRef *possible;
	GqleStrHash *by_name;		/* fields by their own name, of large types */
	int			mark;			/* private to whoever makes the graph */
};

struct GqleRemoteGraph
{
	const GqleRemoteSchema *schema;
	int			n_types;
	GqleRemoteType **types;		/* in the order of the document */
	GqleStrHash *by_name;
	GqleStrHash *by_public;
	const char *query_name;
	const char *mutation_name;	/* or NULL */
	const char *subscription_name;
	GqleRemoteType *query;		/* NULL if it is no object */
	GqleRemoteType *mutation;
	GqleRemoteType *subscription;
	const char *namespace;		/* of root fields, or NULL */
	bool		renames_types;
};

/* A remote schema: where it is, and its types. */
struct GqleRemoteSchema
{
	const char *name;
	const char *url_name;		/* the template or variable, as errors show it */
	GqleWebhook *webhook;		/* NULL if a variable is missing */
	const GqleRemoteGraph *graph;	/* of all types; NULL until asked for */
	struct GqleLinkedSource *linked;	/* NULL: it is asked by HTTP */
};

/* ------------------------------------------------------------------------
 * Lookup
 * ------------------------------------------------------------------------ */

/* The remote schemas that are served, in order; loaded. */
extern const GqleRemoteSchema **gqle_catalog_remotes(GqleCatalog *catalog, int *n);

/* What a server is asked for its types. */
extern const char *const gqle_remote_introspection_query;

/* Why one is not served for a type that another has, too, or NULL: none is. */
extern const char *gqle_remote_type_clash(GqleCatalog *catalog);

/* One that is served, or NULL. */
extern const GqleRemoteSchema *gqle_catalog_lookup_remote(GqleCatalog *catalog,
														  const char *name);

/* What a role sees of a remote schema, or NULL: nothing. */
extern const GqleRemoteGraph *gqle_remote_graph_of(GqleCatalog *catalog,
												   const GqleRemoteSchema *schema,
												   const char *role, bool backend_only);

extern GqleRemoteType *gqle_remote_lookup_type(const GqleRemoteGraph *graph,
											   const char *name);

/* By the public name. */
extern GqleRemoteType *gqle_remote_lookup_public(const GqleRemoteGraph *graph,
												 const char *name);

/* Has a graph that root field for queries? */
extern bool gqle_remote_has_query(const GqleRemoteGraph *graph, const char *name);

/* A field of an object or interface by its own name, or NULL. */
extern GqleRemoteField *gqle_remote_lookup_field(const GqleRemoteType *type,
												 const char *name);

/* An input object all of whose fields have presets takes nothing from clients. */
extern bool gqle_remote_is_all_preset(const GqleRemoteType *type);

/* "[Int!]!" in the server's own names. */
extern void gqle_remote_append_ref(StringInfo out, GqleRemoteRef ref);
extern char *gqle_remote_ref_text(GqleRemoteRef ref);

/*
 * The text of the raw answer to the introspection query that is in use for a remote
 * schema, in the current context, or NULL.
 */
extern char *gqle_remote_stored_answer(const char *name);

/*
 * Is this an answer that can be served under this definition?  False after reporting
 * in the words of add_remote_schema.
 */
extern bool gqle_remote_check_answer(const char *name, const GqleJson *definition,
									 const char *answer, int len, GqleErrorSink *sink);

/*
 * Where a remote schema is: its webhook; reports what is wrong with the definition and
 * returns NULL.  *url_name: see GqleRemoteSchema.
 */
extern GqleWebhook *gqle_remote_parse_definition(const GqleJson *definition,
												 const char **url_name,
												 GqleErrorSink *sink);

/*
 * Is this a part of a remote schema that a role can have?  False after reporting in
 * the words of add_remote_schema_permissions.
 */
extern bool gqle_remote_check_permission(GqleCatalog *catalog,
										 const GqleRemoteSchema *schema, const char *role,
										 const char *sdl, GqleErrorSink *sink);

#endif							/* GQLE_CATALOG_REMOTE_H */
