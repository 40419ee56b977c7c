/*
 * build.h
 *		How the files of the schema make types; nobody else includes this.
 *
 * A type is made unfilled, by name, when something first refers to it; its
 * members are made by its fill function.  So the graph of types, full of cycles,
 * grows only as far as requests reach.  Everything is allocated in the current
 * memory context, which the public entries set to the schema's.
 */
#ifndef GQLE_SCHEMA_BUILD_H
#define GQLE_SCHEMA_BUILD_H

#include "gqle/catalog/action.h"
#include "gqle/schema/schema.h"

/* ------------------------------------------------------------------------
 * Making types and members (build.c)
 * ------------------------------------------------------------------------ */

typedef void (*GqleTypeFill) (GqleSchema *schema, GqleType *type);

/*
 * The type of that name, made unfilled if there is none yet.  Takes over the
 * palloc'd name.  Throws if the name is taken by a type made from something
 * else.  Callers set detail and variant afterwards; doing so again is harmless.
 */
extern GqleType *gqle_build_type(GqleSchema *schema, GqleTypeKind kind, char *name,
								 GqleTypeFill fill, GqleTable *table);

/* Make a field without adding it to a type. */
extern GqleField *gqle_build_loose_field(GqleSchema *schema, GqleFieldKind kind, const char *name,
										 const char *description, GqleTypeRef ref);

/* Add members; the result is to be completed by the caller. */
extern void gqle_build_add_field(GqleType *type, GqleField *field);
extern GqleField *gqle_build_field(GqleSchema *schema, GqleType *type, GqleFieldKind kind, const char *name,
								   const char *description, GqleTypeRef ref);
extern GqleInputField *gqle_build_input(GqleSchema *schema, GqleType *type, GqleInputRole role,
										const char *name, const char *description,
										GqleTypeRef ref);
extern GqleInputField *gqle_build_arg(GqleSchema *schema, GqleField *field, GqleInputRole role,
									  const char *name, const char *description,
									  GqleTypeRef ref);
extern GqleEnumValue *gqle_build_value(GqleType *type, const char *name,
									   const char *description);

/* String, Int, Float, Boolean. */
extern GqleType *gqle_build_builtin(GqleSchema *schema, const char *name);

/*
 * A scalar that only has a name; one of Postgres of that name is taken.  NULL if the
 * name is that of another type.
 */
extern GqleType *gqle_build_shared_scalar(GqleSchema *schema, const char *name,
										  const char *description);

/* The type of a Postgres scalar; of an array, of its elements. */
extern GqleType *gqle_build_scalar(GqleSchema *schema, const GqleScalar *scalar,
								   const GqleCustomization *custom);

/* The nullable type of values of a scalar: "X", or "[X!]" of arrays. */
extern GqleTypeRef gqle_build_scalar_ref(GqleSchema *schema, const GqleScalar *scalar,
										 const GqleCustomization *custom);

/* The nullable type of a column: its scalar, list, or enum table. */
extern GqleTypeRef gqle_build_column_ref(GqleSchema *schema, const GqleColumn *column);

/*
 * Make an input field or argument a place for a scalar's value: its nullable
 * type and how the value is taken.
 */
extern GqleTypeRef gqle_build_leaf(GqleSchema *schema, GqleInputField *input,
								   const GqleScalar *scalar,
								   const GqleCustomization *custom);

/* The same for a value of a column. */
extern void gqle_build_column_value(GqleSchema *schema, GqleInputField *input,
									const GqleColumn *column);

/* Input field for a value of a column: name, description and value. */
extern GqleInputField *gqle_build_column_input(GqleSchema *schema, GqleType *type,
											   GqleInputRole role,
											   const GqleColumn *column);

/* Required arguments for the columns of the primary key. */
extern void gqle_build_pk_args(GqleSchema *schema, GqleField *field,
							   const GqleTable *table);

extern const GqleTablePerms *gqle_build_perms(GqleSchema *schema, GqleTable *table);

/* What fields for array relationships are, told wherever they are. */
#define GQLE_TEXT_ARRAY_REL "An array relationship"
#define GQLE_TEXT_ARRAY_REL_AGGREGATE "An aggregate relationship"
#define GQLE_TEXT_ARRAY_REL_CONNECTION "An array relationship connection"

/* The target of a relationship, loaded. */
extern GqleTable *gqle_build_target(GqleSchema *schema, const GqleRelationship *rel);

extern bool gqle_build_can_select(const GqleSelectPerm *perm, const GqleColumn *column);
extern bool gqle_build_can_select_pk(const GqleTable *table, const GqleSelectPerm *perm);

/* A description; NULL in schemas that nobody will see whole. */
extern const char *gqle_build_text(GqleSchema *schema, const char *format,...)
			pg_attribute_printf(2, 3);

/* ------------------------------------------------------------------------
 * Names (naming.c)
 * ------------------------------------------------------------------------ */

/*
 * Name of a type derived from a table: its stem and words given in
 * hasura-default spelling ("aggregate_fields"), with the source's affixes.
 */
extern char *gqle_naming_type(const GqleTable *table, const char *words);

/* The same with one more word, whose inside is not changed. */
extern char *gqle_naming_type_word(const GqleTable *table, const char *words,
								   const char *word);

/* Type names of aggregate predicates, which take no affixes (§6.3); words may be
 * NULL. */
extern char *gqle_naming_predicate_type(const GqleTable *table);
extern char *gqle_naming_predicate_field(const GqleTable *table, const char *function,
										 const char *words);

/* "<table>Connection", "<table>Edge" */
extern char *gqle_naming_relay_type(const GqleTable *table, const char *word);

/* "<table>_connection" at a root; "<rel>_connection" as a field of rows */
extern char *gqle_naming_connection_root(const GqleTable *table);
extern char *gqle_naming_connection_field(const char *name);

/* "<computed field>_<table>_args" */
extern char *gqle_naming_computed_args(const GqleTable *table, const char *computed_name);

/* A unique key as a value of T_constraint. */
extern const char *gqle_naming_constraint(const GqleTable *table, const char *name);

/* A type that belongs to the source rather than to a table: affixes applied. */
extern char *gqle_naming_source_type(const GqleCustomization *custom, const char *words);

/* The type that holds the fields of a namespace: "ns_query". */
extern char *gqle_naming_namespace_type(const GqleCustomization *custom,
										const char *suffix);

/* A type that takes the naming convention but no affixes. */
extern char *gqle_naming_plain_type(const GqleCustomization *custom, const char *words);

/* A field or argument name in hasura-default spelling under the convention; a
 * constant under hasura-default. */
extern const char *gqle_naming_field(const GqleCustomization *custom, const char *snake);

/*
 * "<rel>_aggregate" as a field of rows, in where and in order_by.  compat: under
 * graphql-default the words of a relationship's name are cased in the first, its
 * first letter in the last.
 */
extern char *gqle_naming_aggregate_field(const GqleCustomization *custom, const char *name);
extern char *gqle_naming_aggregate_predicate(const GqleCustomization *custom,
											 const char *name);
extern char *gqle_naming_aggregate_order(const GqleCustomization *custom, const char *name);

/* ------------------------------------------------------------------------
 * Types by what they stand for; each made on first use
 * ------------------------------------------------------------------------ */

/* build_select.c */
extern GqleType *gqle_build_object(GqleSchema *schema, GqleTable *table);
extern void gqle_build_select_args(GqleSchema *schema, GqleField *field, GqleTable *table);
extern GqleType *gqle_build_select_column_enum(GqleSchema *schema, GqleTable *table);

/* The argument that picks a part of a json value. */
extern void gqle_build_path_arg(GqleSchema *schema, GqleField *field);
extern GqleField *gqle_build_select_root(GqleSchema *schema, GqleTable *table,
										 GqleTableRoot root, GqleOperationType operation);

/*
 * build_native.c: the root field of a native query, or NULL if the role has none;
 * its arguments as those of a field over its rows.
 */
extern GqleField *gqle_build_native_root(GqleSchema *schema, GqleTable *table);
extern void gqle_build_native_args(GqleSchema *schema, GqleField *field, GqleTable *table);

/* The table that input types over a table's rows are named after and made from. */
static inline GqleTable *
gqle_build_input_table(GqleTable *table)
{
	return table->model != NULL ? table->model : table;
}

/* Can conditions be put on rows of the table without arguments of the client? */
static inline bool
gqle_build_is_conditional(const GqleTable *table)
{
	return table->native == NULL || !table->native->needs_arguments;
}

/*
 * build_join.c: add the fields of a join to an object type, as far as the role
 * may see what it leads to.
 */
extern void gqle_build_join_fields(GqleSchema *schema, GqleType *type,
								   const GqleJoin *join);

/* build_aggregate.c */
extern GqleType *gqle_build_aggregate(GqleSchema *schema, GqleTable *table);

/* Aggregate functions over columns; ends with name == NULL. */
typedef struct GqleAggregateOp
{
	const char *name;			/* SQL function and hasura-default spelling */
	bool		numeric;		/* over numeric columns, else comparable ones */
	bool		keeps_type;		/* result has the column's scalar, else Float */
} GqleAggregateOp;

extern const GqleAggregateOp gqle_aggregate_ops[];

/* Does the operator take values of this scalar? */
extern bool gqle_build_op_takes(const GqleAggregateOp *op, const GqleScalar *scalar);

/* build_boolexp.c */
extern GqleType *gqle_build_bool_exp(GqleSchema *schema, GqleTable *table);
extern GqleType *gqle_build_comparison(GqleSchema *schema, const GqleScalar *scalar,
									   const GqleCustomization *custom);

/* build_aggpredicate.c; NULL if no predicate is possible */
extern GqleType *gqle_build_aggregate_bool_exp(GqleSchema *schema, GqleTable *table);

/* build_orderby.c */
extern GqleType *gqle_build_order_by(GqleSchema *schema, GqleTable *table);

/* build_enum.c */
extern GqleType *gqle_build_enum_table(GqleSchema *schema, const GqleTable *table);

/* build_function.c */
extern bool gqle_build_sees_computed(GqleSchema *schema,
									 const GqleSelectPerm *perm,
									 const GqleComputedField *computed);

/* Arguments a client gives: neither the row nor the session. */
extern int	gqle_build_n_user_args(const GqleFunction *function);
extern void gqle_build_computed_args(GqleSchema *schema, GqleField *field,
									 const GqleComputedField *computed);
extern GqleField *gqle_build_function_root(GqleSchema *schema,
										   const GqleRootFunction *function,
										   bool aggregate, GqleOperationType operation);
extern GqleField *gqle_build_function_connection(GqleSchema *schema,
												 const GqleRootFunction *function);

/* build_insert.c */
extern GqleField *gqle_build_insert_root(GqleSchema *schema, GqleTable *table,
										 GqleTableRoot root);
extern GqleType *gqle_build_mutation_response(GqleSchema *schema, GqleTable *table);

/* build_update.c */
extern GqleType *gqle_build_update_column_enum(GqleSchema *schema, GqleTable *table);
extern GqleField *gqle_build_update_root(GqleSchema *schema, GqleTable *table,
										 GqleTableRoot root);

/* build_delete.c */
extern GqleField *gqle_build_delete_root(GqleSchema *schema, GqleTable *table,
										 GqleTableRoot root);

/* build_stream.c */
extern GqleField *gqle_build_stream_root(GqleSchema *schema, GqleTable *table);

/* build_relay.c */

/* Is the table a node in this schema? */
extern bool gqle_build_is_node(const GqleSchema *schema, const GqleTable *table);
extern GqleType *gqle_build_node(GqleSchema *schema);

/* Add the id and the interface to the object type of a node. */
extern void gqle_build_node_members(GqleSchema *schema, GqleType *type);

/* Make a field a connection to rows of a table; arguments of its own come first. */
extern void gqle_build_connection(GqleSchema *schema, GqleField *field, GqleTable *table);
extern GqleField *gqle_build_node_field(GqleSchema *schema);

/* A table's connection at the root of an operation, or NULL. */
extern GqleField *gqle_build_connection_root(GqleSchema *schema, GqleTable *table,
											 GqleOperationType operation);
extern GqleField *gqle_build_named_connection(GqleSchema *schema, const char *name,
											  GqleOperationType operation);

/* build_action.c: root fields of actions; NULL if the role has none of that name */
extern GqleField *gqle_build_action_root(GqleSchema *schema, const GqleAction *action,
										 GqleOperationType operation);
extern GqleField *gqle_build_action_field(GqleSchema *schema, const char *name,
										  GqleOperationType operation);

/* build_federation.c */

/* Is the table an entity that the role can select? */
extern bool gqle_build_is_entity(GqleSchema *schema, GqleTable *table);

/* _service or _entities of the query root, or NULL. */
extern GqleField *gqle_build_federation_field(GqleSchema *schema, const char *name);

/* build_remote.c */
struct GqleRemoteField;

/* A type or a field of a graph that the role sees. */
extern GqleType *gqle_build_remote_type(GqleSchema *schema,
										const struct GqleRemoteType *remote);
extern GqleField *gqle_build_remote_field(GqleSchema *schema,
										  const struct GqleRemoteField *remote);

/* Root fields of remote schemas: one by its name, or NULL; whether there are any; all. */
extern GqleField *gqle_build_remote_root(GqleSchema *schema, GqleOperationType operation,
										 const char *name);
extern bool gqle_build_has_remote_root(GqleSchema *schema, GqleOperationType operation);
extern void gqle_build_visit_remote_roots(GqleSchema *schema, GqleType *type,
										  GqleOperationType operation,
										  void (*visit) (GqleSchema *schema, GqleType *type,
														 GqleField *field));

/* ------------------------------------------------------------------------
 * Roots (build_root.c)
 * ------------------------------------------------------------------------ */

/* A root field of a table: its name, description, table and permissions. */
extern GqleField *gqle_build_table_root(GqleSchema *schema, GqleTable *table,
										GqleTableRoot root, GqleTypeRef ref);

/* Make the root types of a new schema; mutation and subscription only if they
 * would have a field. */
extern void gqle_build_roots(GqleSchema *schema);

/* A field of a root, or NULL. */
extern GqleField *gqle_build_root_field(GqleSchema *schema, GqleType *type,
										const char *name);

/* ------------------------------------------------------------------------
 * Whole schemas (schema_cache.c, walk.c)
 * ------------------------------------------------------------------------ */

/* A schema of its own in the context, with descriptions, for what needs all
 * types. */
extern GqleSchema *gqle_schema_make_scratch(const GqleSchema *schema,
											MemoryContext context);

/*
 * Fill everything reachable from the roots and the introspection types; the
 * types sorted by name.  Members are sorted by name, too.
 */
extern GqleType **gqle_schema_complete(GqleSchema *schema, int *n);

/*
 * clash.c: could types of two tables, or of a table and none, bear one name?  If
 * not, gqle_schema_complete would find none that do; if so, it raises what
 * gqle_schema_report_clash does.  Either table may be NULL there.
 */
extern bool gqle_schema_may_clash(GqleTable **tables, int n);
pg_noreturn extern void gqle_schema_report_clash(const char *type_name,
												 const GqleTable *former,
												 const GqleTable *table);

/* introspect.c: __Schema, and all it reaches */
extern GqleType *gqle_introspect_schema_type(GqleSchema *schema);
extern GqleType *gqle_introspect_type_type(GqleSchema *schema);

/* Directives as introspection and SDL show them. */
typedef struct GqleDirectiveDef
{
	const char *name;
	const char *description;
	const char *locations[4];	/* ends with NULL */
	int			n_args;
	GqleInputField *args;
} GqleDirectiveDef;

extern GqleDirectiveDef *gqle_directives_make(GqleSchema *schema, int *n);

#endif							/* GQLE_SCHEMA_BUILD_H */
