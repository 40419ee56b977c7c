/*
 * build_update.c
 *		update_T, update_T_by_pk, update_T_many, and T_update_column.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "gqle/base/guc.h"
#include "gqle/schema/build.h"

/* Can the role give a value to this column? */
static bool
can_update(const GqleUpdatePerm *perm, const GqleColumn *column)
{
	return perm != NULL && column->updatable &&
		bms_is_member(column->index, perm->columns);
}

/* ------------------------------------------------------------------------
 * T_update_column
 * ------------------------------------------------------------------------ */

static void
fill_update_column_enum(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	const GqleUpdatePerm *perm = gqle_build_perms(schema, table)->update;
	int			i;

	for (i = 0; i < table->n_columns; i++)
	{
		const GqleColumn *column = table->columns[i];

		if (can_update(perm, column))
			gqle_build_value(type, column->graphql_name, "column name")->column = column;
	}
	if (type->n_values > 0)
	{
		type->description = gqle_build_text(schema, "update columns of table \"%s\"",
											table->display);
		return;
	}

	/* an enum without values would not be valid */
	type->description =
		gqle_build_text(schema, "placeholder for update columns of table \"%s\" "
						"(current role has no relevant permissions)", table->display);
	gqle_build_value(type, "_PLACEHOLDER",
					 "placeholder (do not use)")->is_placeholder = true;
}

GqleType *
gqle_build_update_column_enum(GqleSchema *schema, GqleTable *table)
{
	return gqle_build_type(schema, GQLE_TYPE_ENUM,
						   gqle_naming_type(table, "update_column"),
						   fill_update_column_enum, table);
}

/* ------------------------------------------------------------------------
 * Operators
 * ------------------------------------------------------------------------ */

/* What an operator takes for a column. */
typedef enum OperandKind
{
	OPERAND_COLUMN,				/* a value of the column */
	OPERAND_KEY,				/* String */
	OPERAND_INDEX,				/* Int */
	OPERAND_PATH,				/* [String!] */
	OPERAND_FLAG				/* Boolean */
} OperandKind;

typedef struct UpdateOperator
{
	const char *name;			/* "_set" */
	const char *type_words;		/* of the input type's name */
	bool		numeric;		/* columns it applies to */
	bool		jsonb;
	OperandKind operand;
	const char *description;
	const char *type_description;	/* NULL: the same */
	bool		is_hidden;		/* for /v1/query, which knows more operators */
} UpdateOperator;

static const UpdateOperator update_operators[] = {
	{"_set", "set_input", false, false, OPERAND_COLUMN,
		"sets the columns of the filtered rows to the given values",
	"input type for updating data in table \"%s\""},
	{"_inc", "inc_input", true, false, OPERAND_COLUMN,
		"increments the numeric columns with given value of the filtered values",
	"input type for incrementing numeric columns in table \"%s\""},
	{"_prepend", "prepend_input", false, true, OPERAND_COLUMN,
	"prepend existing jsonb value of filtered columns with new jsonb value", NULL},
	{"_append", "append_input", false, true, OPERAND_COLUMN,
	"append existing jsonb value of filtered columns with new jsonb value", NULL},
	{"_delete_key", "delete_key_input", false, true, OPERAND_KEY,
		"delete key/value pair or string element. key/value pairs are matched "
	"based on their key value", NULL},
	{"_delete_elem", "delete_elem_input", false, true, OPERAND_INDEX,
		"delete the array element with specified index (negative integers count "
		"from the end). throws an error if top level container is not an array",
	NULL},
	{"_delete_at_path", "delete_at_path_input", false, true, OPERAND_PATH,
		"delete the field or element with specified path (for JSON arrays, "
	"negative integers count from the end)", NULL},
	{"_mul", "mul_input", true, false, OPERAND_COLUMN,
		"multiplies the numeric columns with the given values", NULL,
	.is_hidden = true},
	{"_default", "default_input", false, false, OPERAND_FLAG,
		"sets the named columns to their default", NULL,
	.is_hidden = true}
};

/* Does the operator apply to the column? */
static bool
takes_column(const UpdateOperator *op, const GqleUpdatePerm *perm,
			 const GqleColumn *column)
{
	if (!can_update(perm, column))
		return false;
	if (op->numeric)
		return column->scalar->is_numeric && column->enum_table == NULL;
	if (op->jsonb)
		return column->scalar->type_oid == JSONBOID;
	return true;
}

/* Give an operator's field for a column its type. */
static void
set_operand(GqleSchema *schema, GqleInputField *input, const UpdateOperator *op)
{
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);
	GqleTypeRef ref;

	switch (op->operand)
	{
		case OPERAND_COLUMN:
			break;				/* as gqle_build_column_input made it */
		case OPERAND_KEY:
			gqle_build_leaf(schema, input, gqle_scalar_lookup_by_name("String"), custom);
			input->leaf_nullable = true;
			break;
		case OPERAND_INDEX:
			gqle_build_leaf(schema, input, gqle_scalar_lookup_by_name("Int"), custom);
			input->leaf_nullable = false;
			break;
		case OPERAND_PATH:
			ref = gqle_build_leaf(schema, input, gqle_scalar_lookup_by_name("String"),
								  custom);
			input->type = gqle_typeref_list(gqle_typeref_non_null(ref));
			input->is_leaf_list = true;
			input->leaf_nullable = false;
			break;
		case OPERAND_FLAG:
			gqle_build_leaf(schema, input, gqle_scalar_lookup_by_name("Boolean"), custom);
			input->leaf_nullable = false;
			break;
	}
}

/* T_set_input and its kin; variant: index of the operator */
static void
fill_operator_input(GqleSchema *schema, GqleType *type)
{
	const UpdateOperator *op = &update_operators[type->variant];
	GqleTable  *table = type->table;
	const GqleUpdatePerm *perm = gqle_build_perms(schema, table)->update;
	int			i;

	type->description = op->type_description == NULL ? op->description :
		gqle_build_text(schema, op->type_description, table->display);
	for (i = 0; i < table->n_columns; i++)
	{
		GqleInputField *input;

		if (!takes_column(op, perm, table->columns[i]))
			continue;
		input = gqle_build_column_input(schema, type, GQLE_INPUT_COLUMN,
										table->columns[i]);
		set_operand(schema, input, op);
	}
}

/* Does the operator apply to any column? */
static bool
has_column(const UpdateOperator *op, const GqleUpdatePerm *perm, const GqleTable *table)
{
	int			i;

	for (i = 0; i < table->n_columns; i++)
	{
		if (takes_column(op, perm, table->columns[i]))
			return true;
	}
	return false;
}

/* The input type of operator number i, or NULL if it applies to no column. */
static GqleType *
build_operator_input(GqleSchema *schema, GqleTable *table, int i)
{
	const UpdateOperator *op = &update_operators[i];
	GqleType   *type;

	if (!has_column(op, gqle_build_perms(schema, table)->update, table))
		return NULL;
	type = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
						   gqle_naming_type(table, op->type_words),
						   fill_operator_input, table);
	type->variant = i;
	return type;
}

/* Complete an argument or input field for an operator. */
static void
set_operator(GqleInputField *input, GqleTable *table, const UpdateOperator *op)
{
	input->update_op = op->name;
	input->table = table;
	input->is_hidden = op->is_hidden;
}

/* The operators as arguments of a field. */
static void
add_operator_args(GqleSchema *schema, GqleField *field, GqleTable *table)
{
	int			i;

	for (i = 0; i < (int) lengthof(update_operators); i++)
	{
		const UpdateOperator *op = &update_operators[i];
		GqleType   *type = build_operator_input(schema, table, i);

		if (type != NULL)
			set_operator(gqle_build_arg(schema, field, GQLE_INPUT_UPDATE_OP,
										gqle_naming_field(table->customization, op->name),
										op->description, gqle_typeref(type)),
						 table, op);
	}
}

/* ------------------------------------------------------------------------
 * T_updates, T_pk_columns_input
 * ------------------------------------------------------------------------ */

/* T_updates: one update of update_T_many */
static void
fill_updates(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	GqleTypeRef ref = gqle_typeref(gqle_build_bool_exp(schema, table));
	GqleInputField *input;
	int			i;

	for (i = 0; i < (int) lengthof(update_operators); i++)
	{
		const UpdateOperator *op = &update_operators[i];
		GqleType   *op_type = op->is_hidden ? NULL :
			build_operator_input(schema, table, i);

		if (op_type != NULL)
			set_operator(gqle_build_input(schema, type, GQLE_INPUT_UPDATE_OP,
										  gqle_naming_field(table->customization, op->name),
										  op->description, gqle_typeref(op_type)),
						 table, op);
	}
	input = gqle_build_input(schema, type, GQLE_INPUT_WHERE, "where",
							 "filter the rows which have to be updated",
							 gqle_typeref_non_null(ref));
	input->table = table;
	input->perms = gqle_build_perms(schema, table);
}

/* T_pk_columns_input */
static void
fill_pk_columns(GqleSchema *schema, GqleType *type)
{
	const GqleUniqueKey *key = type->table->primary_key;
	int			i;

	type->description = gqle_build_text(schema, "primary key columns input for table: %s",
										type->table->display);
	for (i = 0; i < key->n_columns; i++)
	{
		GqleInputField *input;

		input = gqle_build_column_input(schema, type, GQLE_INPUT_PK_COLUMN,
										key->columns[i]);
		input->type = gqle_typeref_non_null(input->type);
		input->leaf_nullable = false;
	}
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

/* update_T(operators, where), in the order in which Hasura checks them */
static GqleField *
make_update(GqleSchema *schema, GqleTable *table, const GqleTablePerms *perms)
{
	GqleTypeRef where = gqle_typeref(gqle_build_bool_exp(schema, table));
	GqleField  *field;
	GqleInputField *arg;

	field = gqle_build_table_root(schema, table, GQLE_ROOT_UPDATE,
								  gqle_typeref(gqle_build_mutation_response(schema, table)));
	add_operator_args(schema, field, table);
	arg = gqle_build_arg(schema, field, GQLE_INPUT_WHERE, "where",
						 "filter the rows which have to be updated",
						 gqle_typeref_non_null(where));
	arg->table = table;
	arg->perms = perms;
	return field;
}

/* update_T_by_pk(operators, pk_columns), for whoever can select the key */
static GqleField *
make_by_pk(GqleSchema *schema, GqleTable *table, const GqleTablePerms *perms)
{
	GqleTypeRef key;
	GqleField  *field;
	GqleInputField *arg;

	if (!gqle_build_can_select_pk(table, perms->select))
		return NULL;
	key = gqle_typeref(gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
									   gqle_naming_type(table, "pk_columns_input"),
									   fill_pk_columns, table));
	field = gqle_build_table_root(schema, table, GQLE_ROOT_UPDATE_BY_PK,
								  gqle_typeref(gqle_build_object(schema, table)));
	add_operator_args(schema, field, table);
	arg = gqle_build_arg(schema, field, GQLE_INPUT_PK_COLUMNS,
						 gqle_naming_field(table->customization, "pk_columns"),
						 NULL, gqle_typeref_non_null(key));
	arg->table = table;
	return field;
}

/* update_T_many(updates) */
static GqleField *
make_many(GqleSchema *schema, GqleTable *table, const GqleTablePerms *perms)
{
	GqleTypeRef ref = gqle_typeref(gqle_build_mutation_response(schema, table));
	GqleField  *field;
	GqleInputField *arg;

	if (gqle_guc_has_feature(GQLE_FEATURE_HIDE_UPDATE_MANY_FIELDS))
		return NULL;
	field = gqle_build_table_root(schema, table, GQLE_ROOT_UPDATE_MANY, gqle_typeref_list(ref));
	ref = gqle_typeref(gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
									   gqle_naming_type(table, "updates"),
									   fill_updates, table));
	ref = gqle_typeref_list(gqle_typeref_non_null(ref));
	arg = gqle_build_arg(schema, field, GQLE_INPUT_UPDATES, "updates",
						 "updates to execute, in order", gqle_typeref_non_null(ref));
	arg->table = table;
	arg->perms = perms;
	return field;
}

GqleField *
gqle_build_update_root(GqleSchema *schema, GqleTable *table, GqleTableRoot root)
{
	const GqleTablePerms *perms = gqle_build_perms(schema, table);

	if (perms->update == NULL || !table->is_updatable ||
		(perms->update->backend_only && !schema->backend_only))
		return NULL;
	if (root == GQLE_ROOT_UPDATE)
		return make_update(schema, table, perms);
	if (root == GQLE_ROOT_UPDATE_BY_PK)
		return make_by_pk(schema, table, perms);
	return make_many(schema, table, perms);
}
