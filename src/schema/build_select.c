/*
 * build_select.c
 *		Object types of tables, the arguments of selects, and their root fields.
 */
#include "postgres.h"

#include "gqle/catalog/join.h"
#include "gqle/schema/build.h"

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

/*
 * The arguments every select over a table takes.  All fields over the same
 * table share one array, kept with the table's bool_exp.
 */
typedef struct SelectArgs
{
	int			n;
	GqleInputField **args;
} SelectArgs;

/* limit and offset: known when compiling, since they go into the SQL text. */
static void
add_paging_args(GqleSchema *schema, GqleField *field)
{
	GqleType   *int_type = gqle_build_builtin(schema, "Int");
	GqleInputField *arg;

	arg = gqle_build_arg(schema, field, GQLE_INPUT_LIMIT, "limit",
						 "limit the number of rows returned", gqle_typeref(int_type));
	arg->value_class = GQLE_CLASS_NON_NEGATIVE_INT;
	arg->null_is_absent = true;
	arg = gqle_build_arg(schema, field, GQLE_INPUT_OFFSET, "offset",
						 "skip the first n rows. Use only with order_by",
						 gqle_typeref(int_type));
	arg->value_class = GQLE_CLASS_OFFSET;
	arg->null_is_absent = true;
}

/* [X!] */
static GqleTypeRef
list_of(GqleType *type)
{
	return gqle_typeref_list(gqle_typeref_non_null(gqle_typeref(type)));
}

/* Make the arguments on a scratch field, in the order in which Hasura checks them. */
static void
make_select_args(GqleSchema *schema, GqleField *field, GqleTable *table)
{
	const GqleCustomization *custom = table->customization;
	const GqleTablePerms *perms = gqle_build_perms(schema, table);
	GqleInputField *arg;

	arg = gqle_build_arg(schema, field, GQLE_INPUT_WHERE, "where", "filter the rows returned",
						 gqle_typeref(gqle_build_bool_exp(schema, table)));
	arg->null_is_absent = true;
	arg->table = table;
	arg->perms = perms;
	arg = gqle_build_arg(schema, field, GQLE_INPUT_ORDER_BY,
						 gqle_naming_field(custom, "order_by"),
						 "sort the rows by one or more columns",
						 list_of(gqle_build_order_by(schema, table)));
	arg->null_is_absent = true;
	arg->table = table;
	arg->perms = perms;
	add_paging_args(schema, field);
	if (perms->select != NULL && !bms_is_empty(perms->select->columns))
	{
		arg = gqle_build_arg(schema, field, GQLE_INPUT_DISTINCT_ON,
							 gqle_naming_field(custom, "distinct_on"),
							 "distinct select on columns",
							 list_of(gqle_build_select_column_enum(schema, table)));
		arg->null_is_absent = true;
	}
}

void
gqle_build_select_args(GqleSchema *schema, GqleField *field, GqleTable *table)
{
	GqleType   *bool_exp = gqle_build_bool_exp(schema, table);
	const SelectArgs *shared = bool_exp->detail;
	int			i;

	if (shared == NULL)
	{
		GqleField  *scratch;
		SelectArgs *made = palloc(sizeof(SelectArgs));

		scratch = gqle_build_loose_field(schema, GQLE_FIELD_SELECT, NULL, NULL,
										 gqle_typeref(NULL));
		make_select_args(schema, scratch, table);
		made->n = scratch->n_args;
		made->args = scratch->args;
		bool_exp->detail = shared = made;
	}
	if (field->n_args == 0)
	{
		field->n_args = shared->n;
		field->args = shared->args;
		return;
	}

	/* after arguments of its own: those of a function */
	field->args = repalloc(field->args,
						   (field->n_args + shared->n) * sizeof(GqleInputField *));
	for (i = 0; i < shared->n; i++)
		field->args[field->n_args++] = shared->args[i];
}

/* ------------------------------------------------------------------------
 * Object types
 * ------------------------------------------------------------------------ */

/* A column of a row; nullable if a role sees it only in some rows. */
static void
add_column(GqleSchema *schema, GqleType *type, const GqleColumn *column)
{
	const GqleSelectPerm *perm = type->select;
	GqleTypeRef ref = gqle_build_column_ref(schema, column);
	GqleField  *field;

	if (column->not_null &&
		(perm->column_masks == NULL || perm->column_masks[column->index] == NULL))
		ref = gqle_typeref_non_null(ref);
	field = gqle_build_field(schema, type, GQLE_FIELD_COLUMN, column->graphql_name,
							 column->description, ref);
	field->column = column;
	field->table = type->table;
	if (column->scalar->is_json)
		gqle_build_path_arg(schema, field);
}

void
gqle_build_path_arg(GqleSchema *schema, GqleField *field)
{
	GqleInputField *arg;

	arg = gqle_build_arg(schema, field, GQLE_INPUT_JSON_PATH, "path", "JSON select path",
						 gqle_typeref(gqle_build_builtin(schema, "String")));
	arg->value_class = GQLE_CLASS_STRING;
}

/* What fields of rows of another table have in common. */
static void
set_target(GqleField *field, GqleTable *target, const GqleTablePerms *perms)
{
	field->table = target;
	field->perms = perms;
}

/* An array relationship and its aggregate. */
static void
add_array_relationship(GqleSchema *schema, GqleType *type, const GqleRelationship *rel,
					   GqleTable *target, const GqleTablePerms *perms)
{
	GqleTypeRef ref = list_of(gqle_build_object(schema, target));
	GqleField  *field;

	if (target->native == NULL)
		ref = gqle_typeref_non_null(ref);
	field = gqle_build_field(schema, type, GQLE_FIELD_ARRAY_REL, rel->name,
							 GQLE_TEXT_ARRAY_REL, ref);
	field->relationship = rel;
	set_target(field, target, perms);
	if (target->native != NULL)
		gqle_build_native_args(schema, field, target);
	gqle_build_select_args(schema, field, target);
	if (gqle_build_is_node(schema, target))
	{
		field = gqle_build_field(schema, type, GQLE_FIELD_CONNECTION,
								 gqle_naming_connection_field(rel->name),
								 GQLE_TEXT_ARRAY_REL_CONNECTION,
								 gqle_typeref(NULL));
		field->relationship = rel;
		gqle_build_connection(schema, field, target);
	}
	/* compat: rows of native queries have no aggregates of what they relate to */
	if (!perms->select->allow_aggregations || type->table->native != NULL)
		return;
	ref = gqle_typeref(gqle_build_aggregate(schema, target));
	field = gqle_build_field(
		schema, type, GQLE_FIELD_ARRAY_REL_AGGREGATE,
		gqle_naming_aggregate_field(type->table->customization, rel->name),
		GQLE_TEXT_ARRAY_REL_AGGREGATE, gqle_typeref_non_null(ref));
	field->relationship = rel;
	set_target(field, target, perms);
	gqle_build_select_args(schema, field, target);
}

/* A relationship, if the role can select its target. */
static void
add_relationship(GqleSchema *schema, GqleType *type, const GqleRelationship *rel)
{
	GqleTable  *target = gqle_build_target(schema, rel);
	const GqleTablePerms *perms = gqle_build_perms(schema, target);
	GqleTypeRef ref;
	GqleField  *field;

	if (perms->select == NULL)
		return;
	if (rel->kind == GQLE_REL_ARRAY)
	{
		add_array_relationship(schema, type, rel, target, perms);
		return;
	}
	ref = gqle_typeref(gqle_build_object(schema, target));
	if (!rel->is_nullable)
		ref = gqle_typeref_non_null(ref);
	field = gqle_build_field(schema, type, GQLE_FIELD_OBJECT_REL, rel->name,
							 "An object relationship", ref);
	field->relationship = rel;
	set_target(field, target, perms);
	if (target->native != NULL)
		gqle_build_native_args(schema, field, target);
}

/* A computed field: a nullable scalar, or a nullable list of rows. */
static void
add_computed(GqleSchema *schema, GqleType *type, const GqleComputedField *computed)
{
	const GqleFunction *function = computed->function;
	GqleField  *field;

	if (!gqle_build_sees_computed(schema, type->select, computed))
		return;
	if (function->table == NULL)
	{
		GqleTypeRef ref = gqle_build_scalar_ref(schema, function->scalar,
												type->table->customization);

		field = gqle_build_field(schema, type, GQLE_FIELD_COMPUTED_SCALAR,
								 computed->name, computed->description, ref);
		field->table = type->table;
		gqle_build_computed_args(schema, field, computed);
		if (function->scalar->is_json)
			gqle_build_path_arg(schema, field);
	}
	else
	{
		GqleTypeRef ref = list_of(gqle_build_object(schema, function->table));

		field = gqle_build_field(schema, type, GQLE_FIELD_COMPUTED_TABLE,
								 computed->name, computed->description, ref);
		set_target(field, function->table, gqle_build_perms(schema, function->table));
		gqle_build_computed_args(schema, field, computed);
		gqle_build_select_args(schema, field, function->table);
	}
	field->computed_field = computed;
}

/* Remote relationships. */
static void
add_joins(GqleSchema *schema, GqleType *type)
{
	int			n;
	const GqleJoin **joins = gqle_table_joins(schema->catalog, type->table, &n);
	int			i;

	for (i = 0; i < n; i++)
		gqle_build_join_fields(schema, type, joins[i]);
}

/* Members of an object type. */
static void
fill_object(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int			i;

	type->description = table->description;
	if (gqle_build_is_node(schema, table))
		gqle_build_node_members(schema, type);
	for (i = 0; i < table->n_columns; i++)
	{
		/* compat: in the Relay schema "id" is the node's, or nothing */
		if (gqle_build_can_select(type->select, table->columns[i]) &&
			!(schema->is_relay && strcmp(table->columns[i]->graphql_name, "id") == 0))
			add_column(schema, type, table->columns[i]);
	}
	for (i = 0; i < table->n_relationships; i++)
		add_relationship(schema, type, table->relationships[i]);
	for (i = 0; i < table->n_computed_fields; i++)
		add_computed(schema, type, table->computed_fields[i]);
	if (table->native == NULL && !table->is_model)
		add_joins(schema, type);
}

GqleType *
gqle_build_object(GqleSchema *schema, GqleTable *table)
{
	GqleType   *type;

	if (table->native != NULL && table->n_relationships == 0)
		table = table->model;
	type = gqle_build_type(schema, GQLE_TYPE_OBJECT, pstrdup(table->type_name),
						   fill_object, table);
	type->select = gqle_build_perms(schema, table)->select;
	Ensure(type->select != NULL, "object type of a table the role cannot select");
	return type;
}

/* ------------------------------------------------------------------------
 * T_select_column
 * ------------------------------------------------------------------------ */

/* The columns the role can select. */
static void
fill_select_column_enum(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int			i;

	if (!table->is_model)
		type->description = gqle_build_text(schema, "select columns of table \"%s\"",
											table->display);
	for (i = 0; i < table->n_columns; i++)
	{
		const GqleColumn *column = table->columns[i];

		if (gqle_build_can_select(type->select, column))
			gqle_build_value(type, column->graphql_name, "column name")->column = column;
	}
}

GqleType *
gqle_build_select_column_enum(GqleSchema *schema, GqleTable *table)
{
	GqleType   *type;

	/* compat: of a logical model it has another name, without affixes */
	table = gqle_build_input_table(table);
	type = gqle_build_type(schema, GQLE_TYPE_ENUM,
						   table->is_model ? psprintf("%s_enum_name", table->name) :
						   gqle_naming_type(table, "select_column"),
						   fill_select_column_enum, table);
	type->select = gqle_build_perms(schema, table)->select;
	return type;
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

/* T_by_pk, for whoever can select the whole key. */
static GqleField *
make_by_pk(GqleSchema *schema, GqleTable *table, const GqleSelectPerm *perm)
{
	GqleField  *field;

	if (!gqle_build_can_select_pk(table, perm))
		return NULL;
	field = gqle_build_table_root(schema, table, GQLE_ROOT_SELECT_BY_PK,
								  gqle_typeref(gqle_build_object(schema, table)));
	gqle_build_pk_args(schema, field, table);
	return field;
}

GqleField *
gqle_build_select_root(GqleSchema *schema, GqleTable *table, GqleTableRoot root,
					   GqleOperationType operation)
{
	const GqleSelectPerm *perm = gqle_build_perms(schema, table)->select;
	GqleTypeRef ref;
	GqleField  *field;
	uint32		enabled;

	if (perm == NULL)
		return NULL;
	enabled = operation == GQLE_OPERATION_QUERY ? perm->query_roots :
		perm->subscription_roots;
	if ((enabled & (1U << root)) == 0)
		return NULL;
	if (root == GQLE_ROOT_SELECT_BY_PK)
		return make_by_pk(schema, table, perm);
	if (root == GQLE_ROOT_SELECT)
		ref = list_of(gqle_build_object(schema, table));
	else if (perm->allow_aggregations)
		ref = gqle_typeref(gqle_build_aggregate(schema, table));
	else
		return NULL;
	field = gqle_build_table_root(schema, table, root, gqle_typeref_non_null(ref));
	gqle_build_select_args(schema, field, table);
	return field;
}
