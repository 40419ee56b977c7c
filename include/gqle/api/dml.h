/*
 * dml.h
 *		Commands of /v1/query on rows, while they become a GraphQL operation; only for
 *		the files that do that.
 */
#ifndef GQLE_API_DML_H
#define GQLE_API_DML_H

#include "gqle/api/meta.h"
#include "gqle/schema/schema.h"

/* An operation under construction. */
typedef struct GqleDml
{
	GqleMetaCall *call;
	GqleSchema *schema;
	GqleTable *table;
	const GqleTablePerms *perms;
	const char *role;
	StringInfoData declarations; /* "$v1: author_bool_exp!, ..." */
	StringInfoData body;		 /* the root field */
	GqleJson *variables;
	int n_variables;
	bool is_mutation;
} GqleDml;

/* Where in the arguments something stands; rendered for messages. */
typedef struct GqleDmlPlace
{
	const struct GqleDmlPlace *parent;
	const char *key; /* NULL: index */
	int index;
} GqleDmlPlace;

/* Arguments (dml_shapes.c) */
extern const GqleMetaShape gqle_dml_select_shape;
extern const GqleMetaShape gqle_dml_count_shape;
extern const GqleMetaShape gqle_dml_insert_shape;
extern const GqleMetaShape gqle_dml_update_shape;
extern const GqleMetaShape gqle_dml_delete_shape;

/* Append a place to the path of a call. */
extern void gqle_dml_append_place(StringInfo out, const GqleDmlPlace *place);

/* Report a mistake at a place; always false, like the next three. */
extern bool gqle_dml_fail_at(GqleDml *dml, const GqleDmlPlace *place,
							 GqleErrorCode code, const char *message);

/* A column that does not exist, or that the role must not use; which, only admin is told. */
extern bool gqle_dml_fail_column(GqleDml *dml, const GqleDmlPlace *place,
								 const char *verb, const char *column);

/* A name that nothing of the table has. */
extern bool gqle_dml_fail_missing(GqleDml *dml, const GqleDmlPlace *place,
								  const char *what, const char *name);

/* How messages print the table. */
extern const char *gqle_dml_display(const GqleTable *table);

/* A relationship whose target the role cannot select. */
extern bool gqle_dml_fail_unreadable(GqleDml *dml, const GqleDmlPlace *place,
									 const GqleRelationship *relationship);

/* Look the table up and prepare an empty operation; false after reporting. */
extern bool gqle_dml_begin(GqleDml *dml, GqleMetaCall *call,
						   const GqleJson *args, const GqleDmlPlace *place);

/* Refuse a role that must not select from the table. */
extern bool gqle_dml_need_select(GqleDml *dml, const char *command,
								 const char *hint);

/* A root field of the table, with which the operation starts; NULL after reporting. */
extern const GqleField *gqle_dml_find_root(GqleDml *dml, bool is_mutation,
										   GqleTableRoot root);

/* Add an argument of a field by its name; *first: none has been added yet. */
extern bool gqle_dml_add_named_argument(GqleDml *dml, const GqleField *field,
										const char *name, GqleJson *value,
										bool *first);

/* The same by what the argument is for. */
extern bool gqle_dml_add_argument(GqleDml *dml, const GqleField *field,
								  GqleInputRole role, GqleJson *value,
								  bool *first);

/* Run the operation and append its answer. */
extern bool gqle_dml_execute(GqleDml *dml, bool is_mutation, StringInfo out);

/* The field of a type that shows a column, or NULL. */
extern const GqleField *gqle_dml_find_column_field(GqleDml *dml, GqleType *type,
												   const GqleColumn *column);

/* Add a selection set of the columns of a select. */
extern bool gqle_dml_add_columns(GqleDml *dml, GqleType *type, GqleTable *table,
								 const GqleJson *columns,
								 const GqleDmlPlace *place, int depth);

/* Add where, order_by, limit and offset of a select. */
extern bool gqle_dml_add_select_arguments(GqleDml *dml, const GqleField *field,
										  const GqleJson *args,
										  const GqleDmlPlace *place);

/* Is a condition right?  Reports if not. */
extern bool gqle_dml_check_where(GqleDml *dml, const GqleTable *table,
								 const GqleJson *where,
								 const GqleDmlPlace *place);

/* A condition as an object of its type in the schema; NULL after reporting. */
extern GqleJson *gqle_dml_convert_where(GqleDml *dml, GqleType *type,
										const GqleTable *table,
										const GqleJson *where,
										const GqleDmlPlace *place);

/* order_by as a list of the schema; NULL after reporting. */
extern GqleJson *gqle_dml_convert_order(GqleDml *dml, const GqleTable *table,
										const GqleJson *order,
										const GqleDmlPlace *place);

/* Does the engine itself set a column? */
extern bool gqle_dml_is_preset(const GqlePreset *presets, int n,
							   const GqleColumn *column);

/* A column's value as the schema takes it. */
extern GqleJson *gqle_dml_stored_value(const GqleColumn *column,
									   GqleJson *value);

/* The command insert. */
extern bool gqle_dml_run_insert(GqleMetaCall *call, const GqleJson *args);

/* Add what a mutation answers with. */
extern bool gqle_dml_add_answer(GqleDml *dml, const GqleField *root,
								const GqleJson *returning, const char *command);

#endif /* GQLE_API_DML_H */
