/*
 * catalog.h
 *		What the engine knows of the database and its metadata.
 *
 * A GqleCatalog is one generation of metadata and of the tables they name, in a
 * memory context of its own, immutable to its users and filled on demand: names
 * of all tracked tables at once, everything else of a table when it is first
 * touched.  Requests pin a catalog and release it; one whose generation has
 * passed lives until its last user lets go.
 *
 * Invalidation: metadata changes touch one version table whose relcache message
 * reaches every process at commit; DDL on a tracked table is noticed through
 * its relcache message.  gqle_catalog_pin compares counters and reloads what
 * changed; ANALYZE, VACUUM and DDL elsewhere change nothing.
 *
 * An object whose table, column or function is missing is inconsistent: it is
 * not part of the catalog, only of gqle_catalog_inconsistencies().
 */
#ifndef GQLE_CATALOG_CATALOG_H
#define GQLE_CATALOG_CATALOG_H

#include "gqle/gqle.h"

#include "access/attnum.h"
#include "nodes/bitmapset.h"

#include "gqle/base/error.h"
#include "gqle/base/ident.h"
#include "gqle/base/json_read.h"
#include "gqle/catalog/scalar.h"

typedef struct GqleCatalog GqleCatalog;
typedef struct GqleTable GqleTable;
typedef struct GqleColumn GqleColumn;
typedef struct GqleRelationship GqleRelationship;
typedef struct GqleComputedField GqleComputedField;
typedef struct GqleFunction GqleFunction;
typedef struct GqleJoin GqleJoin;

struct GqleColumn
{
	int			index;			/* in table->columns; bit number in column sets */
	AttrNumber	attnum;
	const char *name;			/* in the database */
	const char *graphql_name;	/* custom name or naming convention applied */
	const char *description;	/* configured comment, else the database's, or NULL */
	const GqleScalar *scalar;
	Oid			type_oid;		/* as declared (domain, array) */
	bool		not_null;
	bool		has_default;
	bool		insertable;		/* not GENERATED, not IDENTITY ALWAYS */
	bool		updatable;
	const GqleTable *enum_table;	/* values of this enum table only, or NULL */
};

/* A primary key or unique index. */
typedef struct GqleUniqueKey
{
	const char *name;
	bool		is_primary;
	bool		is_constraint;	/* usable as ON CONFLICT ON CONSTRAINT */
	bool		is_plain;		/* neither partial nor over expressions */
	int			n_columns;
	const GqleColumn **columns;
} GqleUniqueKey;

typedef struct GqleForeignKey
{
	const char *name;
	Oid			foreign_relid;
	int			n_columns;
	const GqleColumn **columns;
	const char **foreign_columns;
} GqleForeignKey;

typedef enum GqleRelationshipKind
{
	GQLE_REL_OBJECT,
	GQLE_REL_ARRAY
} GqleRelationshipKind;

struct GqleRelationship
{
	int			index;			/* in table->relationships */
	const char *name;
	GqleRelationshipKind kind;
	const GqleTable *table;		/* the table it is defined on */
	GqleTable  *target;			/* loaded on demand: gqle_catalog_load_table */
	int			n_columns;
	const GqleColumn **columns; /* of table */
	const char **target_columns;	/* names in target; pairs with columns */
	bool		is_forward_fk;	/* foreign key held by table itself */
	bool		is_nullable;	/* type of the field: R or R! */
	bool		after_parent;	/* object: inserted after this row */
	bool		is_join;		/* of a join (join.h): types of columns may differ, and
								 * without a key there is null */
	const GqleComputedField **computed; /* of joins: instead of column i where not
										 * NULL; or NULL */
};

typedef struct GqleArgument
{
	const char *name;			/* NULL if unnamed */
	const char *graphql_name;	/* "arg_1" if unnamed */
	const GqleScalar *scalar;	/* gqle_scalar_get_argument */
	bool		has_default;	/* of a native query: null is allowed, and the default */
	const char *description;	/* of a native query's, or NULL */
} GqleArgument;

/* A function as Postgres knows it, behind a tracked function or computed field. */
struct GqleFunction
{
	Oid			function_oid;
	const char *schema;
	const char *name;
	const char *qualified;		/* "f" or "schema.f" as messages print it */
	const char *description;
	bool		is_volatile;
	bool		returns_set;
	const GqleScalar *scalar;	/* returns a scalar, or NULL */
	GqleTable  *table;			/* returns rows of this tracked table, or NULL */
	int			n_arguments;	/* all input arguments, in order */
	GqleArgument *arguments;
	int			table_argument; /* index or -1 */
	int			session_argument;	/* index or -1 */
};

struct GqleComputedField
{
	int			index;
	const char *name;
	const char *description; /* or NULL if told to have none */
	const GqleTable *table;
	const GqleFunction *function;
};

/* A tracked function exposed at a root. */
typedef struct GqleRootFunction
{
	const GqleFunction *function;
	const char *name;			/* base: custom name or function name */
	const char *root_name;		/* names of the root fields */
	const char *aggregate_name;
	const char *connection_name;
	const char *plain_root_name;	/* without the source's affixes */
	const char *plain_aggregate_name;
	const char *args_type_name;
	const char *description;
	bool		is_mutation;
} GqleRootFunction;

/*
 * A native query: SQL of the metadata whose rows are read as those of a table.
 * Its text is pieces with an argument's value between each two.
 */
typedef struct GqleNativeQuery
{
	const char *description;	/* of the root field, or NULL */
	int			n_arguments;
	GqleArgument *arguments;	/* ordered by name */
	bool		needs_arguments;	/* one of them may not be left out */
	const char **pieces;		/* n_uses + 1 */
	int			n_uses;
	const GqleArgument **uses;
} GqleNativeQuery;

/* The root fields a table can have. */
typedef enum GqleTableRoot
{
	GQLE_ROOT_SELECT,
	GQLE_ROOT_SELECT_BY_PK,
	GQLE_ROOT_SELECT_AGGREGATE,
	GQLE_ROOT_SELECT_STREAM,
	GQLE_ROOT_INSERT,
	GQLE_ROOT_INSERT_ONE,
	GQLE_ROOT_UPDATE,
	GQLE_ROOT_UPDATE_BY_PK,
	GQLE_ROOT_UPDATE_MANY,
	GQLE_ROOT_DELETE,
	GQLE_ROOT_DELETE_BY_PK
} GqleTableRoot;

#define GQLE_N_TABLE_ROOTS (GQLE_ROOT_DELETE_BY_PK + 1)

typedef struct GqleRootName
{
	const char *name;			/* with source prefix and suffix */
	bool		has_comment;	/* comment replaces the default description */
	const char *comment;		/* NULL with has_comment: no description */
} GqleRootName;

/* What of a source's customization bears on names (graphql-schema.md §2). */
typedef struct GqleCustomization
{
	bool		graphql_default;	/* naming convention; else hasura-default */
	bool		case_scalars;	/* HASURA_FF_NAMING_CONVENTION_SEP_2023 */
	const char *root_prefix;	/* NULL where not set */
	const char *root_suffix;
	const char *root_namespace;
	const char *type_prefix;
	const char *type_suffix;
} GqleCustomization;

typedef struct GqleEnumRow
{
	const char *value;
	const char *description;	/* or NULL */
} GqleEnumRow;

struct GqleTable
{
	/* Valid for every tracked, existing table. */
	Oid			relid;
	char		relkind;
	bool		is_loaded;		/* the part below is filled */
	bool		is_visible;		/* has a GraphQL name: others are tracked, and may
								 * be named by rules, but no role sees them */
	const char *source;			/* "default" */
	const char *schema;
	const char *name;
	const char *display;		/* T: "t" or "schema.t" without quotes */
	const char *type_name;		/* GraphQL object type, prefix/suffix applied */
	const char *base_name;		/* without them: stem of derived names */
	const char *plain_name;		/* custom_name, or [schema_]name as in the
								 * database: before any naming convention */
	bool		has_custom_name;	/* is never changed in first position */
	const GqleCustomization *customization; /* never NULL */
	const GqleRootName *roots;	/* GQLE_N_TABLE_ROOTS; NULL for row types of the metadata */
	bool		is_enum;

	/*
	 * Row types of the metadata.  A native query shares the columns of its
	 * logical model, whose permissions and input types are its own.  Both have
	 * no relid, and neither is among gqle_catalog_tables.
	 */
	bool		is_model;		/* a logical model: has no rows */
	bool		is_inline;		/* one within the native query of its name */
	GqleTable  *model;			/* of a native query, else NULL */
	const GqleNativeQuery *native;	/* where rows come from, or NULL: relid */
	bool		apollo_federation;

	/* Filled by gqle_catalog_load_table. */
	const char *description;	/* of the object type, never empty-string */
	bool		is_insertable;	/* tables always; views as Postgres says */
	bool		is_updatable;
	bool		is_deletable;
	double		row_estimate;	/* pg_class.reltuples, -1 unknown */
	int			n_columns;
	GqleColumn **columns;		/* in attnum order, invalid GraphQL names left out */
	const GqleUniqueKey *primary_key;	/* or NULL */
	int			n_unique_keys;	/* primary key included; ordered by name */
	GqleUniqueKey *unique_keys;
	int			n_foreign_keys;
	GqleForeignKey *foreign_keys;
	int			n_relationships;
	GqleRelationship **relationships;	/* ordered by name */
	int			n_computed_fields;
	GqleComputedField **computed_fields;
	int			n_joins;		/* see gqle_table_joins */
	const GqleJoin **joins;		/* NULL: not asked for yet */
	int			n_enum_rows;	/* is_enum: ordered by value */
	GqleEnumRow *enum_rows;
};

/* ------------------------------------------------------------------------
 * Generations
 * ------------------------------------------------------------------------ */

/*
 * The current catalog of this database, pinned.  Must be called inside a
 * transaction; loads what is not there yet.  Every pin needs one release; an
 * aborting transaction releases its pins.
 */
extern GqleCatalog *gqle_catalog_pin(void);
extern void gqle_catalog_release(GqleCatalog *catalog);

/*
 * References that outlive transactions, for caches of what points into a
 * catalog: the catalog stays until it is given up, current or not.
 */
extern void gqle_catalog_retain(GqleCatalog *catalog);
extern void gqle_catalog_unretain(GqleCatalog *catalog);

/* Was it current at the last pin? */
extern bool gqle_catalog_is_current(const GqleCatalog *catalog);

/* Differs between any two catalogs that differ; for cache keys. */
extern uint64 gqle_catalog_generation(const GqleCatalog *catalog);

/* Context that lives as long as the catalog; for what is derived from it. */
extern MemoryContext gqle_catalog_context(const GqleCatalog *catalog);

/* metadata resource_version of this generation */
extern int64 gqle_catalog_resource_version(const GqleCatalog *catalog);

/* ------------------------------------------------------------------------
 * Lookup
 * ------------------------------------------------------------------------ */

/*
 * All tracked consistent tables of this database, visible or not, ordered by
 * schema and name; not loaded.
 */
extern GqleTable **gqle_catalog_tables(GqleCatalog *catalog, int *n);

/* Fill the second part of a table (no-op if done). */
extern void gqle_catalog_load_table(GqleCatalog *catalog, GqleTable *table);

/* Loaded table, or NULL if not tracked or inconsistent. */
extern GqleTable *gqle_catalog_lookup_table(GqleCatalog *catalog, const char *schema,
											const char *name);
extern GqleTable *gqle_catalog_lookup_relid(GqleCatalog *catalog, Oid relid);

/*
 * Which table and root a root field name means, by hash over all tables;
 * returns false if none does.  Only roots in the mask (bits 1 << GqleTableRoot)
 * are searched: queries and mutations may use the same name.  The table is
 * loaded.
 */
extern bool gqle_catalog_lookup_root(GqleCatalog *catalog, const char *name,
									 uint32 roots, GqleTable **table,
									 GqleTableRoot *root);

/* Which table has this GraphQL object type name; loaded, or NULL. */
extern GqleTable *gqle_catalog_lookup_type(GqleCatalog *catalog, const char *type_name);

extern const GqleRootFunction **gqle_catalog_functions(GqleCatalog *catalog, int *n);

/* All native queries, ordered by name; not loaded, so perhaps inconsistent. */
extern GqleTable **gqle_catalog_natives(GqleCatalog *catalog, int *n);

/* The loaded native query of that root field, or NULL if it is not served. */
extern GqleTable *gqle_catalog_lookup_native(GqleCatalog *catalog, const char *name);

/* How the source names its root fields and types; never NULL. */
extern const GqleCustomization *gqle_catalog_customization(GqleCatalog *catalog);

/* The words of the table's own name; compat: those of its schema come first. */
extern GqleIdent *gqle_table_ident(const GqleTable *table);

extern const GqleColumn *gqle_table_lookup_column(const GqleTable *table, const char *name);
extern const GqleColumn *gqle_table_lookup_graphql_column(const GqleTable *table,
														  const char *graphql_name);
extern const GqleRelationship *gqle_table_lookup_relationship(const GqleTable *table,
															  const char *name);
extern const GqleComputedField *gqle_table_lookup_computed_field(const GqleTable *table,
																 const char *name);

/* Does the role appear anywhere in metadata (permissions, inherited roles)? */
extern bool gqle_catalog_has_role(GqleCatalog *catalog, const char *role);

/* Does the metadata disable introspection for the role?  (Reads it.) */
extern bool gqle_catalog_hides_introspection(const char *role);

/*
 * The limit of that name ("depth_limit") that the metadata set for the role, or
 * for all, or -1.  (Reads it.)  Admins have none.
 */
/* A single object of the metadata as JSON text, in the current context, or NULL. */
extern char *gqle_catalog_setting(const char *key);

/* All limits as JSON text, in the current context; NULL if none are in force. */
extern char *gqle_catalog_api_limits(void);

extern int	gqle_catalog_api_limit(const char *name, const char *role);

/* Is a host, at a port, in the list of those that may have a certificate of their
 * own making?  (Reads it.) */
extern bool gqle_catalog_allows_self_signed(const char *host, int port);

/* ------------------------------------------------------------------------
 * Inconsistent objects
 * ------------------------------------------------------------------------ */

/*
 * Check every object of the metadata and return the JSON array that
 * get_inconsistent_metadata answers, in the current context.  Takes seconds for
 * hundreds of thousands of permissions; the answer is kept with the catalog,
 * what was loaded for it is not.
 */
extern GqleJson *gqle_catalog_inconsistencies(GqleCatalog *catalog);

/*
 * The part of it that concerns some tables and what belongs to them, and all that
 * concerns no table.
 */
extern GqleJson *gqle_catalog_some_inconsistencies(GqleCatalog *catalog,
												   const char **schemas,
												   const char **names, int n);

/*
 * The part of it that concerns one tracked table of this database and what
 * belongs to it, by checking only that.  Enough after a command that can only
 * break the object it makes.
 */
extern GqleJson *gqle_catalog_table_inconsistencies(GqleCatalog *catalog,
													const char *schema,
													const char *name);

#endif							/* GQLE_CATALOG_CATALOG_H */
