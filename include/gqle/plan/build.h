/*
 * build.h
 *		What the files of the planner share: the statement being made, rows and
 *		templates.
 *
 * Mistakes of the client found while building are reported to the sink, and
 * building goes on with a placeholder; gqle_plan_build looks at the sink once at
 * the end.
 */
#ifndef GQLE_PLAN_BUILD_H
#define GQLE_PLAN_BUILD_H

#include "gqle/plan/plan.h"
#include "gqle/plan/sqltree.h"

/* ------------------------------------------------------------------------
 * Parameters (params.c)
 * ------------------------------------------------------------------------ */

typedef struct GqleParams GqleParams;

extern GqleParams *gqle_params_make(void);

/* The parameter of a leaf as an expression; equal leaves share one. */
extern GqleSqlExpr *gqle_params_add(GqleParams *params, const GqleLeaf *leaf);

/* The parameter of a stream's cursor: there is one, and nothing shares it. */
extern GqleSqlExpr *gqle_params_add_unshared(GqleParams *params, const GqleLeaf *leaf);

/* A parameter whose value whoever runs the statement gives; its leaf is NULL. */
extern GqleSqlExpr *gqle_params_add_given(GqleParams *params, Oid type_oid,
										  const char *type);

/* The value of a geometry or geography from GeoJSON, which is a text. */
extern GqleSqlExpr *gqle_params_from_geojson(const GqleScalar *scalar, GqleSqlExpr *text);

/* Copies them into the statement; returns false after reporting too many. */
extern bool gqle_params_finish(GqleParams *params, GqleStatement *statement,
							   GqleErrorSink *sink);

/* Do leaves have the same value in every request? */
extern bool gqle_leaf_equal(const GqleLeaf *a, const GqleLeaf *b);

/* Leaves made by the planner: constants that should not be part of the text. */
extern GqleLeaf *gqle_leaf_const(const GqleScalar *scalar, bool is_list,
								 const GqleJson *value, const char *path);
extern GqleLeaf *gqle_leaf_session_json(const GqleScalar *scalar);

/* ------------------------------------------------------------------------
 * A statement being built
 * ------------------------------------------------------------------------ */

typedef struct GqlePlanContext
{
	GqleSchema *schema;
	GqleErrorSink *sink;
	GqleParams *params;
	void	   *aliases;		/* those taken, by name */
	const char *remark;			/* of permission predicates: "perm: role" */
	bool		grouped;		/* make lists of all parents at once where possible */
	bool		could_group;	/* was it possible anywhere? */
	int			n_correlated;	/* subqueries around us that run once per row */
	int			n_exists;		/* conditions on other tables so far */
} GqlePlanContext;

extern void gqle_plan_context_init(GqlePlanContext *ctx, GqleSchema *schema,
								   GqleErrorSink *sink);

/* A name no other table of the statement has: prefix_name, prefix may be NULL. */
extern const char *gqle_plan_alias(GqlePlanContext *ctx, const char *prefix,
								   const char *name);

/* The finished statement. */
extern GqleStatement *gqle_plan_finish(GqlePlanContext *ctx, GqleSqlStatement *tree,
									   GqleResultForm form, const char *template);

/* ------------------------------------------------------------------------
 * Templates (template.c)
 * ------------------------------------------------------------------------ */

/* JSON text with $n, and the values that n counts. */
typedef struct GqleTemplate
{
	StringInfoData text;
	List	   *values;			/* GqleSqlExpr */
} GqleTemplate;

extern GqleTemplate *gqle_template_make(void);

/* Add a value without mentioning it; returns its number. */
extern int	gqle_template_add_value(GqleTemplate *template, GqleSqlExpr *value);

/* "$n" */
extern void gqle_template_append_number(GqleTemplate *template, int number);
extern void gqle_template_append_value(GqleTemplate *template, GqleSqlExpr *value);
extern void gqle_template_append_guard(GqleTemplate *template);
extern void gqle_template_append_string(GqleTemplate *template, const char *text);

/* "{", then "key": each, then "}" */
extern void gqle_template_begin_object(GqleTemplate *template);
extern void gqle_template_append_key(GqleTemplate *template, const char *key);
extern void gqle_template_end_object(GqleTemplate *template);

/*
 * Are there more values than Postgres allows in a row?  Reports at that path and
 * returns false then.
 */
extern bool gqle_template_check(const GqleTemplate *template, GqleErrorSink *sink,
								const char *path);

/* gqle_internal.json_row(template, values...) and json_list */
extern GqleSqlExpr *gqle_template_row(const GqleTemplate *template);
extern GqleSqlExpr *gqle_template_list(const GqleTemplate *template);

/* ------------------------------------------------------------------------
 * Rows (plan_row.c)
 * ------------------------------------------------------------------------ */

/* How object relationships of a row become part of its statement. */
typedef enum GqleJoinMode
{
	GQLE_JOIN_HERE,				/* LEFT JOIN beside the row */
	GQLE_JOIN_IN_ORIGIN,		/* LEFT JOIN in the subquery the row comes from */
	GQLE_JOIN_NEVER				/* a subquery per row */
} GqleJoinMode;

typedef struct GqlePlanRow GqlePlanRow;

/*
 * An item of FROM whose columns expressions refer to.  A row with an origin is
 * that row seen from outside the subquery it is in: its columns become outputs
 * of the subquery as they are asked for.
 */
struct GqlePlanRow
{
	const GqleTable *table;
	const GqleSelectPerm *mask; /* hides cells, or NULL: shows all */
	const char *alias;
	GqleSqlSelect *select;		/* has it in FROM; NULL: not a select */
	GqlePlanRow *origin;
	GqleJoinMode join_mode;
	const GqleRelationship *relationship;	/* by which it was joined */
	bool		is_stored;		/* a row of the table, not of something like it */
	GqlePlanRow *owner;			/* the row around us that this one belongs to by */
	const GqleRelationship *owned_by;	/* this relationship of the owner's, or NULL */
	List	   *joins;			/* GqlePlanRow: object relationships joined */

	/* made so far, by column index */
	GqleSqlExpr **columns;
	GqleSqlExpr **cells;
	GqleSqlExpr *whole;
	const GqleTemplate *numbers_of; /* template that numbers is about */
	int		   *numbers;		/* of cells; 0: not there */
};

extern GqlePlanRow *gqle_row_make(const GqleTable *table, const GqleSelectPerm *mask,
								  const char *alias, GqleSqlSelect *select);

/* The row as seen from select, in whose FROM its subquery is under alias. */
extern GqlePlanRow *gqle_row_through(GqlePlanRow *origin, const char *alias,
									 GqleSqlSelect *select);

/* FROM the row's table; the alias is the row's.  A native query gets no arguments. */
extern GqleSqlFrom *gqle_row_from(GqlePlanContext *ctx, const GqlePlanRow *row);

/* A column whatever the role may see; a cell as the role may see it. */
extern GqleSqlExpr *gqle_row_column(GqlePlanContext *ctx, GqlePlanRow *row,
									const GqleColumn *column);
extern GqleSqlExpr *gqle_row_column_named(GqlePlanContext *ctx, GqlePlanRow *row,
										  const char *name);
extern GqleSqlExpr *gqle_row_cell(GqlePlanContext *ctx, GqlePlanRow *row,
								  const GqleColumn *column);

/*
 * Numbers of values in a template: of a cell, which is added at the first call,
 * and of a column that is not null if the row was found by this relationship.
 */
extern int	gqle_row_cell_number(GqlePlanRow *row, const GqleColumn *column,
								 GqleTemplate *template, GqleSqlExpr *cell);
extern int	gqle_row_key_number(GqlePlanContext *ctx, GqlePlanRow *row,
								const GqleRelationship *relationship,
								GqleTemplate *template);

/* The row as a value of the table's type. */
extern GqleSqlExpr *gqle_row_whole(GqlePlanContext *ctx, GqlePlanRow *row);

/* A scalar computed field as the role may see it; args: GQLE_INPUT_ARGS or NULL. */
extern GqleSqlExpr *gqle_row_computed(GqlePlanContext *ctx, GqlePlanRow *row,
									  const GqleComputedField *field,
									  const GqleInput *args);

/* What is made of a row, but null if it was joined and is not there. */
extern GqleSqlExpr *gqle_row_null_if_absent(GqlePlanContext *ctx, GqlePlanRow *row,
											GqleSqlExpr *value);

/*
 * The value of a row that picks related ones; of joins one of the type of the
 * target's column.  And what is made of related rows, but null where a join has no
 * key.
 */
extern GqleSqlExpr *gqle_row_join_key(GqlePlanContext *ctx, GqlePlanRow *row,
									  const GqleRelationship *relationship, int index);
extern GqleSqlExpr *gqle_row_null_without_key(GqlePlanContext *ctx, GqlePlanRow *row,
											  const GqleRelationship *relationship,
											  GqleSqlExpr *value);

/* List of target.column = row.column. */
extern List *gqle_row_join_conditions(GqlePlanContext *ctx, GqlePlanRow *row,
									  const GqleRelationship *relationship,
									  GqlePlanRow *target);

/* Does a row have at most one related row, as unique keys say? */
extern bool gqle_relationship_is_unique(GqlePlanContext *ctx,
										const GqleRelationship *relationship);

/*
 * The row's LEFT JOINed object relationship as far as the role may see it;
 * joined at the first call.  NULL if it cannot be joined here.
 */
extern GqlePlanRow *gqle_row_join(GqlePlanContext *ctx, GqlePlanRow *row,
								  const GqleRelationship *relationship,
								  const GqleSelectPerm *perm);

/* ------------------------------------------------------------------------
 * Conditions (plan_boolexp.c, plan_perm.c)
 * ------------------------------------------------------------------------ */

/* A where argument, already validated, as an expression; NULL input is TRUE. */
extern const GqleBoolExp *gqle_boolexp_from_input(GqlePlanContext *ctx,
												  const GqleInput *where);

/* SQL of an expression over a row.  That of a permission sees columns as they
 * are, that of a user sees cells. */
extern GqleSqlExpr *gqle_boolexp_to_sql(GqlePlanContext *ctx, const GqleBoolExp *exp,
										GqlePlanRow *row, bool is_permission);

/* Add a user's condition to the WHERE of the select that a row is in; related
 * rows may be joined to it. */
extern void gqle_boolexp_add_where(GqlePlanContext *ctx, const GqleBoolExp *exp,
								   GqlePlanRow *row);

/* A permission's filter or check over a row, marked as such. */
extern GqleSqlExpr *gqle_perm_filter(GqlePlanContext *ctx, const GqleBoolExp *filter,
									 GqlePlanRow *row);

/* The least of a permission's limit and another; -1 means none. */
extern int64 gqle_perm_limit(const GqleSelectPerm *perm, int64 limit);

/* ------------------------------------------------------------------------
 * Order (plan_orderby.c)
 * ------------------------------------------------------------------------ */

/* List of GqleSqlOrder.  plain_columns gets the columns of the leading items that
 * are columns of the row itself. */
extern List *gqle_plan_order_by(GqlePlanContext *ctx, GqlePlanRow *row,
								const GqleInput *order_by, List **plain_columns);

/* What an item of an order is: cursors name and compare its values. */
typedef struct GqlePlanOrderKey
{
	List	   *path;			/* const char *: {"author": {"name": ..}} */
	const GqleScalar *scalar;
	bool		not_null;
} GqlePlanOrderKey;

/* The same, and a GqlePlanOrderKey for every item. */
extern List *gqle_plan_order_keys(GqlePlanContext *ctx, GqlePlanRow *row,
								  const GqleInput *order_by, List **plain_columns,
								  List **keys);

/* An aggregate of Postgres, over rows if args is empty; and one of a value. */
extern GqleSqlExpr *gqle_plan_aggregate_call(const char *function, List *args);
extern GqleSqlExpr *gqle_plan_aggregate_of(const char *function, const GqleScalar *scalar,
										   GqleSqlExpr *value);

/* ------------------------------------------------------------------------
 * Function calls (plan_function.c)
 * ------------------------------------------------------------------------ */

/* A client's value of a scalar or enum as an expression. */
extern GqleSqlExpr *gqle_plan_value(GqlePlanContext *ctx, const GqleInput *input,
									const GqleScalar *scalar);

/*
 * The rows of a native query as an item of FROM; args: GQLE_INPUT_ARGS, or NULL
 * if all arguments may be left out.
 */
extern GqleSqlFrom *gqle_plan_native_from(GqlePlanContext *ctx, const GqleNativeQuery *query,
										  const GqleInput *args, const char *alias);

/* row: for the table argument, or NULL; args: GQLE_INPUT_ARGS or NULL. */
extern GqleSqlExpr *gqle_plan_call(GqlePlanContext *ctx, const GqleFunction *function,
								   GqlePlanRow *row, const GqleInput *args);

/* ------------------------------------------------------------------------
 * Lists of rows and objects (plan_select.c, plan_aggregate.c)
 * ------------------------------------------------------------------------ */

/* Where the rows of a list come from, and what limits them. */
typedef struct GqleRowsSpec
{
	const GqleSelection *selection; /* its arguments: where, order_by, ... */
	const GqleTable *table;
	const GqleSelectPerm *perm;
	const char *alias;
	GqleSqlFrom *from;			/* instead of the table, or NULL; alias is set */
	GqlePlanRow *parent;		/* related rows of that row, or NULL */
	const GqleRelationship *relationship;
	bool		by_key;			/* at most one row */
	bool		is_stream;		/* sliced by a cursor */
	bool		is_aggregated;	/* an aggregate is made of the rows */
	bool		is_unordered;	/* nothing made of them depends on their order */
	bool		no_permission_limit;
	bool		is_numbered;	/* needs row numbers: see GqleRowsPlan */
	const GqleSelection *objects;	/* whose children are made of each row */
} GqleRowsSpec;

typedef struct GqleRowsPlan
{
	GqleSqlSelect *base;		/* filters, orders, slices */
	GqleSqlSelect *top;			/* base, or a select from it */
	GqlePlanRow *row;			/* in top */
	GqleSqlExpr *row_number;	/* of is_numbered, else NULL */
} GqleRowsPlan;

extern void gqle_plan_rows(GqlePlanContext *ctx, const GqleRowsSpec *spec,
						   GqleRowsPlan *plan);

/* The parts of it: FROM and conditions in an empty select, and the columns of
 * distinct_on. */
extern GqlePlanRow *gqle_plan_rows_begin(GqlePlanContext *ctx, const GqleRowsSpec *spec,
										 GqleSqlSelect *base);
extern List *gqle_plan_distinct_columns(GqlePlanContext *ctx, const GqleRowsSpec *spec,
										List *order_by, List *plain_columns);

/* To be called when everything has been made of the rows. */
extern void gqle_plan_rows_finish(GqlePlanContext *ctx, const GqleRowsSpec *spec,
								  GqleRowsPlan *plan);

/* Append the value of a field of a row, and the object a selection makes of it. */
extern void gqle_plan_field(GqlePlanContext *ctx, GqleTemplate *template,
							GqlePlanRow *row, const GqleSelection *selection);
extern void gqle_plan_object(GqlePlanContext *ctx, GqleTemplate *template,
							 GqlePlanRow *row, const GqleSelection *selection);

/* Output of a column or computed field: path, GeoJSON, strings for numbers;
 * selection is NULL where there is no path argument. */
extern GqleSqlExpr *gqle_plan_output(GqlePlanContext *ctx, const GqleSelection *selection,
									 const GqleScalar *scalar, GqleSqlExpr *value);

/*
 * The aggregates a selection asks for, as one row of values in the returned
 * select; the template says how they become JSON.  Changes spec.
 */
extern GqleSqlSelect *gqle_plan_aggregate(GqlePlanContext *ctx, GqleRowsSpec *spec,
										  GqleTemplate *template);

/* Whole statements of rows, and of an aggregate over rows. */
extern GqleStatement *gqle_plan_rows_statement(GqlePlanContext *ctx,
											   const GqleRowsSpec *spec,
											   GqleResultForm form);
extern GqleStatement *gqle_plan_aggregate_statement(GqlePlanContext *ctx,
													GqleRowsSpec *spec);

/* ------------------------------------------------------------------------
 * Streams (plan_stream.c)
 * ------------------------------------------------------------------------ */

/* The rows after the cursor: condition, order and batch size. */
extern void gqle_plan_stream_slice(GqlePlanContext *ctx, const GqleRowsSpec *spec,
								   GqlePlanRow *row, GqleSqlSelect *base);

/* The cursor's column as text. */
extern GqleSqlExpr *gqle_plan_stream_cursor(GqlePlanContext *ctx,
											const GqleSelection *selection,
											GqlePlanRow *row);

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

extern GqleStatement *gqle_plan_select(GqlePlanContext *ctx,
									   const GqleSelection *selection);
extern GqleStatement *gqle_plan_function(GqlePlanContext *ctx,
										 const GqleSelection *selection);

/*
 * A page of rows and what is asked about it (plan_connection.c): one row of
 * values in the returned select; the template says how they become JSON.
 */
extern GqleSqlSelect *gqle_plan_connection(GqlePlanContext *ctx, GqleRowsSpec *spec,
										   GqleTemplate *template);
extern GqleStatement *gqle_plan_connection_root(GqlePlanContext *ctx,
												const GqleSelection *selection);

/* Global ids (plan_node.c): of a row, and the row of one; NULL after reporting,
 * or if there can be no such row. */
extern GqleSqlExpr *gqle_plan_node_id(GqlePlanContext *ctx, GqlePlanRow *row);
extern GqleStatement *gqle_plan_node(GqlePlanContext *ctx, const GqleSelection *selection);

/* What a selection of several types says of a table's. */
extern GqleSelection gqle_plan_narrow(const GqleSelection *selection,
									  const GqleTable *table);

/* The row of a table whose primary key has these values, as the selection says of
 * its type. */
extern GqleStatement *gqle_plan_by_values(GqlePlanContext *ctx,
										  const GqleSelection *selection,
										  const GqleTable *table,
										  const GqleSelectPerm *perm, List *values);

/* Fill a root with one statement for each representation (plan_federation.c);
 * false after reporting. */
extern bool gqle_plan_entities(GqleSchema *schema, const GqleSelection *selection,
							   GqleRootPlan *root, GqleErrorSink *sink);

/* JSON that a client got as base64: an expression made so, and read again; NULL
 * if it is none. */
extern GqleSqlExpr *gqle_plan_base64(GqleSqlExpr *json);
extern GqleJson *gqle_plan_read_base64(const char *text, const char **rest);

/* A mutation's root field; NULL after reporting (plan_mutation.c). */
extern struct GqleMutationPlan *gqle_plan_mutation(GqleSchema *schema,
												   const GqleSelection *selection,
												   GqleErrorSink *sink);

#endif							/* GQLE_PLAN_BUILD_H */
