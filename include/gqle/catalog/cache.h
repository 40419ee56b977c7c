/*
 * cache.h
 *		Inside of the catalog: what its files share and nobody else includes.
 *
 * Nouns: a catalog (one generation) has sources, of which one is this database,
 * and entries, one for each row of gqle.tables.  An entry is a GqleTable with
 * what is needed to fill and to check it.  A problem is why an object of the
 * metadata is inconsistent, recorded when it is found.
 */
#ifndef GQLE_CATALOG_CACHE_H
#define GQLE_CATALOG_CACHE_H

#include "nodes/pg_list.h"
#include "storage/itemptr.h"

#include "gqle/base/spi.h"
#include "gqle/base/strhash.h"
#include "gqle/catalog/catalog.h"
#include "gqle/catalog/permission.h"
#include "gqle/catalog/pgcat.h"

typedef struct GqleSource
{
	const char *name;
	const char *kind;
	bool		is_local;		/* this database */
	GqleCustomization customization;
} GqleSource;

typedef enum GqleEntryState
{
	GQLE_ENTRY_OK,
	GQLE_ENTRY_MISSING,			/* no such relation */
	GQLE_ENTRY_BROKEN			/* inconsistent for another reason */
} GqleEntryState;

typedef struct GqleTableEntry
{
	GqleTable	table;			/* first, see gqle_entry */
	const GqleSource *source;
	GqleEntryState state;
	bool		has_name;		/* one that is valid in GraphQL */
	bool		is_dirty;		/* a relation message has come */
	bool		is_filling;		/* gqle_catalog_load_table is at work */
	const GqleJson *configuration;	/* of the metadata, or NULL */
	GqleRelationFacts *facts;	/* or NULL: not yet read */
	GqleStrHash *perms;			/* role -> its rules, or NULL */
	GqleStrHash *shared_rules;	/* operation and text -> rule, or NULL */
	GqleJson   *definition;		/* of logical models and native queries */
} GqleTableEntry;

/* A native query and how it was found to be right. */
typedef struct GqleNativeEntry
{
	GqleTableEntry entry;		/* first */
	GqleNativeQuery query;
	GqleSpiPlan *plan;			/* NULL: not loaded, or inconsistent */
} GqleNativeEntry;

typedef struct GqleInheritedRole
{
	const char *name;
	int			n_parents;
	const char **parents;
	bool		in_cycle;		/* has itself as a parent in the end: unused */
} GqleInheritedRole;

/* A function that was looked for, found or not. */
typedef struct GqleFunctionEntry
{
	const char *schema;
	const char *name;
	int			n_found;
	const GqleFunctionFacts *facts; /* or NULL */
	uint64		fingerprint;
} GqleFunctionEntry;

/* Why an object is inconsistent. */
typedef struct GqleProblem
{
	const GqleTableEntry *entry;	/* whose member, or NULL */
	const char *type;			/* "table", "object_relation", ... */
	const char *name;			/* "table article in source default" */
	const char *reason;			/* without "Inconsistent object: " */
	GqleJson   *definition;
	GqleJson   *message;		/* more about the reason, or NULL */
	GqleJson   *whole;			/* the object to answer, instead of all above */
} GqleProblem;

/* A row of gqle.tables, see roster.c. */
typedef struct GqleTableRow
{
	ItemPointerData place;
	TransactionId xmin;
	int			entry;			/* its index */
} GqleTableRow;

typedef struct GqleRelidEntry
{
	Oid			relid;
	GqleTableEntry *entry;
} GqleRelidEntry;

struct GqleCatalog
{
	MemoryContext context;
	uint64		generation;
	int			n_pins;			/* pins and retains */
	bool		is_current;

	/* State of the metadata and settings it was made from. */
	Oid			version_relid;
	int64		resource_version;
	int64		change;
	TransactionId change_xmin;
	bool		naming_feature;
	int			default_naming;
	bool		opaque_arrays;
	uint64		scalar_generation;

	/* Filled when the catalog is made. */
	int			n_sources;
	const GqleSource *sources;
	const GqleSource *local;	/* or NULL */
	struct GqleRoster *roster;	/* owns sources, and the names of entries */
	int			n_entries;
	GqleTableEntry *entries;	/* by source, schema, name */
	GqleTableRow *rows;			/* as many, by place */
	int			n_relids;
	GqleRelidEntry *relids;		/* by relid */
	int			n_tables;
	GqleTable **tables;			/* consistent ones, in entry order */
	int			n_missing;
	int			n_models;
	GqleTableEntry *models;		/* logical models with a name of their own, by name */
	int			n_natives;
	GqleNativeEntry *natives;	/* by name */
	GqleTable **native_tables;	/* the same as tables */
	int			n_inherited;
	GqleInheritedRole *inherited;
	List	   *problems;		/* of GqleProblem */
	GqleStrHash *problem_names; /* type and name of each, or NULL */
	GqleJson   *all_problems;	/* once everything was checked, or NULL */

	/* Filled on demand. */
	GqleStrHash *roots;			/* name -> chain of root entries */
	int			n_root_scans;	/* before there were roots */
	GqleStrHash *types;			/* type name -> GqleTable */
	GqleStrHash *roles;			/* role -> itself if known, else "" */
	GqleStrHash *function_entries;	/* "schema.name" -> GqleFunctionEntry */
	bool		has_root_functions;
	int			n_root_functions;
	const GqleRootFunction **root_functions;
	GqleStrHash *join_fields;	/* join_strip.c's, or NULL */
	bool		knows_joins;	/* has_joins is known */
	bool		has_joins;		/* has any table a remote relationship? */
	GqleStrHash *type_joins;	/* remote schema -> joins of its types, or NULL */
	GqleStrHash *function_roles;	/* "schema.name" -> GqleStrHash of roles */
	bool		has_actions;
	int			n_actions;
	const struct GqleAction **actions;	/* consistent ones, by name */
	const struct GqleCustomTypes *custom_types; /* that they may use */
	struct GqleRemoteList *remotes; /* or NULL */
	struct GqleLinkedList *linked;	/* or NULL: not asked for yet */
};

static inline GqleTableEntry *
gqle_entry(const GqleTable *table)
{
	return (GqleTableEntry *) table;
}

/* metadata_cache.c */

/* A catalog for the moment, to be thrown away with its context. */
extern GqleCatalog *gqle_catalog_make_scratch(void);

/* metadata_lookup.c */

/* By source, schema and name; as strcmp. */
extern int	gqle_catalog_compare_names(const char *source, const char *schema,
									   const char *name, const char *other_source,
									   const char *other_schema, const char *other_name);

/*
 * Does a table have a root field in the mask, or an object type, of that name?  Nothing
 * is loaded.
 */
extern bool gqle_catalog_has_root(GqleCatalog *catalog, const char *name, uint32 roots);
extern bool gqle_catalog_has_type(GqleCatalog *catalog, const char *type_name);

/* The entry of a table of the local source, whatever its state, or NULL. */
extern GqleTableEntry *gqle_catalog_lookup_entry(GqleCatalog *catalog, const char *schema,
												 const char *name);
extern GqleTableEntry *gqle_catalog_lookup_entry_relid(const GqleCatalog *catalog, Oid relid);

/* metadata_json.c */

/* Parse metadata JSON in the current context; NULL for NULL. */
extern GqleJson *gqle_catalog_parse_json(const char *text);

/* A deep copy in the current context. */
extern GqleJson *gqle_catalog_copy_json(const GqleJson *json);

/*
 * A statement of the engine's own about one table: $1 source, $2 schema, $3
 * name.  Rows are allocated in the given context.
 */
extern GqleRows *gqle_catalog_query_table(MemoryContext context, GqleSpiStatement *statement,
										  const GqleTable *table);

/* A JSON value of a row, parsed in the given context; NULL for null. */
extern GqleJson *gqle_catalog_row_json(MemoryContext context, const GqleRows *rows,
									   int row, int column);

/* The text of a member that is a string, or NULL. */
extern const char *gqle_catalog_json_string(const GqleJson *object, const char *key);
extern bool gqle_catalog_json_bool(const GqleJson *object, const char *key, bool fallback);

/* Strings put together in an allocation of exactly their size; NULL is empty. */
extern char *gqle_catalog_join(const char *a, const char *b, const char *c);

/* "a"; "a" and "b"; "a", "b", and "c" */
extern char *gqle_catalog_english_list(const char **items, int n);

/*
 * "<start> because <reason>", or all reasons as a list of bullets.  reasons are
 * C strings.
 */
extern char *gqle_catalog_join_reasons(const char *start, List *reasons);

/*
 * The table or function named by metadata JSON: "t" or {"schema","name"}; false
 * if it is neither.
 */
extern bool gqle_catalog_parse_name(const GqleJson *json, const char **schema,
									const char **name);

/* tablenames.c: names and root names; false if there is no valid GraphQL name */
extern bool gqle_tablenames_fill(GqleTable *table, const GqleJson *configuration);
extern char *gqle_tablenames_display(const char *schema, const char *name);
extern void gqle_tablenames_function(GqleRootFunction *function,
									 const GqleCustomization *customization,
									 const GqleJson *configuration);
extern char *gqle_tablenames_column(const char *name, const char *custom_name,
									const GqleCustomization *customization);

/* table_load.c */

/* Facts of a table's relation, read now if need be; NULL if it vanished. */
extern GqleRelationFacts *gqle_table_get_facts(GqleCatalog *catalog, GqleTableEntry *entry);

/* The configured custom name and comment of a column, or NULL. */
extern const GqleJson *gqle_table_column_config(const GqleJson *configuration,
												const char *column);

/*
 * Check what can make a whole table inconsistent; marks the entry broken and
 * records the problem.
 */
extern void gqle_table_check_entry(GqleCatalog *catalog, GqleTableEntry *entry);

/* relationship.c: fills table->relationships */
extern void gqle_relationship_load(GqleCatalog *catalog, GqleTableEntry *entry,
								   MemoryContext scratch);

/* join_types.c: record all that is wrong with joins of types of remote schemas */
extern void gqle_join_check_types(GqleCatalog *catalog);

/* functions.c */
extern void gqle_function_load_computed_fields(GqleCatalog *catalog, GqleTableEntry *entry,
											   MemoryContext scratch);
extern void gqle_function_load_roots(GqleCatalog *catalog);

/* Are all functions looked at still what they were? */
extern bool gqle_function_entries_hold(GqleCatalog *catalog);

/* native.c */

/* Names of logical models and native queries of the local source. */
extern void gqle_native_load_names(GqleCatalog *catalog);

/* Fill the second part of one of them. */
extern void gqle_native_load(GqleCatalog *catalog, GqleTableEntry *entry);

extern GqleTableEntry *gqle_native_lookup_entry(GqleCatalog *catalog, const char *name);

/* Has it a column of that name, whether it is right or not? */
extern bool gqle_native_has_column(GqleCatalog *catalog, GqleTableEntry *entry,
								   const char *name);

/* Are all native queries looked at still what they were? */
extern bool gqle_native_entries_hold(GqleCatalog *catalog);

/* Has any been looked at, so that changes in the database may concern it? */
extern bool gqle_native_any_loaded(const GqleCatalog *catalog);

/* Record all that is wrong with any of them. */
extern void gqle_native_check_all(GqleCatalog *catalog);

/* relationship.c: those a native query's definition lists */
extern GqleJson *gqle_relationship_describe(const GqleRelationship *rel);
extern void gqle_relationship_remove(GqleTable *table, int index);
extern const char *gqle_relationship_load_native(GqleCatalog *catalog, GqleTableEntry *entry);

/* remote.c: record all that is wrong with any remote schema */
extern void gqle_remote_check_all(GqleCatalog *catalog);

/* roles.c */
extern void gqle_role_load(GqleCatalog *catalog);
extern const GqleInheritedRole *gqle_role_lookup(GqleCatalog *catalog, const char *role);

/* permission.c: record problems of all permissions of a table */
extern void gqle_permission_check_table(GqleCatalog *catalog, GqleTableEntry *entry);

/* metadata_deps.c */

/* {"name":..,"schema":..} */
extern GqleJson *gqle_problem_table_name(const char *schema, const char *name);

/*
 * Record why an object is inconsistent, once: later reasons of the same object
 * are dropped.  Everything but type is copied.
 */
extern void gqle_problem_add(GqleCatalog *catalog, const char *type, const char *name,
							 GqleJson *definition, const char *fmt,...)
			pg_attribute_printf(5, 6);

/* The same with a message that says more; owned by the catalog's context. */
extern void gqle_problem_add_message(GqleCatalog *catalog, const char *type,
									 const char *name, GqleJson *definition,
									 const char *reason, GqleJson *message);

/* The same for an answer of another shape. */
extern void gqle_problem_add_whole(GqleCatalog *catalog, const GqleTableEntry *entry,
								   const char *type, const char *name, GqleJson *whole);

/* The same for a table as a whole. */
extern void gqle_problem_add_table(GqleCatalog *catalog, const GqleTableEntry *entry,
								   const char *reason);

/* The same for an object of a table: "<what> <name> in table T in source S". */
extern void gqle_problem_add_member(GqleCatalog *catalog, const GqleTableEntry *entry,
									const char *type, const char *name,
									GqleJson *definition, const char *reason);

#endif							/* GQLE_CATALOG_CACHE_H */
