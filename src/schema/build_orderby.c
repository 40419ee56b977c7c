/*
 * build_orderby.c
 *		T_order_by, T_aggregate_order_by and the enum order_by.
 *
 * Every value may be null, which means not given.
 */
#include "postgres.h"

#include "gqle/schema/build.h"

/* ------------------------------------------------------------------------
 * order_by
 * ------------------------------------------------------------------------ */

typedef struct OrderValue
{
	const char *name;
	const char *upper_name;		/* under graphql-default */
	const char *description;
	bool		descending;
	bool		nulls_first;
} OrderValue;

static const OrderValue order_values[] = {
	{"asc", "ASC", "in ascending order, nulls last", false, false},
	{"asc_nulls_first", "ASC_NULLS_FIRST", "in ascending order, nulls first", false, true},
	{"asc_nulls_last", "ASC_NULLS_LAST", "in ascending order, nulls last", false, false},
	{"desc", "DESC", "in descending order, nulls first", true, true},
	{"desc_nulls_first", "DESC_NULLS_FIRST", "in descending order, nulls first", true, true},
	{"desc_nulls_last", "DESC_NULLS_LAST", "in descending order, nulls last", true, false}
};

static void
fill_order(GqleSchema *schema, GqleType *type)
{
	bool		upper = gqle_catalog_customization(schema->catalog)->graphql_default;
	int			i;

	type->description = "column ordering options";
	for (i = 0; i < (int) lengthof(order_values); i++)
	{
		const OrderValue *order = &order_values[i];
		GqleEnumValue *value;

		value = gqle_build_value(type, upper ? order->upper_name : order->name,
								 order->description);
		value->descending = order->descending;
		value->nulls_first = order->nulls_first;
	}
}

/* The enum order_by, which belongs to no table and takes no affixes. */
static GqleTypeRef
order_ref(GqleSchema *schema)
{
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);

	return gqle_typeref(gqle_build_type(schema, GQLE_TYPE_ENUM,
										gqle_naming_plain_type(custom, "order_by"),
										fill_order, NULL));
}

/* Add something to order by; null is as if it were not there. */
static GqleInputField *
add_order(GqleSchema *schema, GqleType *type, GqleInputRole role, const char *name, GqleTypeRef ref)
{
	GqleInputField *input = gqle_build_input(schema, type, role, name, NULL, ref);

	input->null_is_absent = true;
	return input;
}

/* ------------------------------------------------------------------------
 * Aggregates
 * ------------------------------------------------------------------------ */

/* Can the role order by this aggregate of the column? */
static bool
takes_column(const GqleAggregateOp *op, const GqleSelectPerm *perm,
			 const GqleColumn *column)
{
	return gqle_build_can_select(perm, column) && column->enum_table == NULL &&
		gqle_build_op_takes(op, column->scalar);
}

/* R_<op>_order_by */
static void
fill_op_order_by(GqleSchema *schema, GqleType *type)
{
	const GqleAggregateOp *op = &gqle_aggregate_ops[type->variant];
	GqleTable  *table = type->table;
	int			i;

	type->description = gqle_build_text(schema, "order by %s() on columns of table \"%s\"",
										gqle_naming_field(table->customization, op->name),
										table->display);
	for (i = 0; i < table->n_columns; i++)
	{
		const GqleColumn *column = table->columns[i];
		GqleInputField *input;

		if (!takes_column(op, type->select, column))
			continue;
		input = add_order(schema, type, GQLE_INPUT_COLUMN, column->graphql_name,
						  order_ref(schema));
		input->description = column->description;
		input->column = column;
	}
}

/* Would R_<op>_order_by have a field? */
static bool
has_op_fields(const GqleAggregateOp *op, const GqleType *type)
{
	int			i;

	for (i = 0; i < type->table->n_columns; i++)
	{
		if (takes_column(op, type->select, type->table->columns[i]))
			return true;
	}
	return false;
}

/* R_aggregate_order_by */
static void
fill_aggregate_order_by(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int			i;

	type->description = gqle_build_text(schema, "order by aggregate values of table \"%s\"",
										table->display);
	add_order(schema, type, GQLE_INPUT_ORDER_COUNT, "count", order_ref(schema));
	for (i = 0; gqle_aggregate_ops[i].name != NULL; i++)
	{
		const GqleAggregateOp *op = &gqle_aggregate_ops[i];
		GqleInputField *input;
		GqleType   *op_type;
		char		words[32];

		if (!has_op_fields(op, type))
			continue;
		snprintf(words, sizeof(words), "%s_order_by", op->name);
		op_type = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
								  gqle_naming_type(table, words),
								  fill_op_order_by, table);
		op_type->select = type->select;
		op_type->variant = i;
		/* compat: null is an error here */
		input = gqle_build_input(schema, type, GQLE_INPUT_ORDER_OP,
								 gqle_naming_field(table->customization, op->name), NULL,
								 gqle_typeref(op_type));
		input->sql_function = op->name;
		input->table = table;
	}
}

/* Add "<name>_aggregate": order by aggregates over related rows. */
static GqleInputField *
add_aggregate(GqleSchema *schema, GqleType *type, GqleInputRole role,
			  const char *name, GqleTable *target)
{
	const GqleTablePerms *perms = gqle_build_perms(schema, target);
	GqleInputField *input;
	GqleType   *aggregate;

	aggregate = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
								gqle_naming_type(target, "aggregate_order_by"),
								fill_aggregate_order_by, target);
	aggregate->select = perms->select;
	input = add_order(schema, type, role,
					  gqle_naming_aggregate_order(type->table->customization, name),
					  gqle_typeref(aggregate));
	input->table = target;
	input->perms = perms;
	return input;
}

/* ------------------------------------------------------------------------
 * T_order_by
 * ------------------------------------------------------------------------ */

static void
add_relationship(GqleSchema *schema, GqleType *type, const GqleRelationship *rel)
{
	GqleTable  *target = gqle_build_target(schema, rel);
	const GqleTablePerms *perms = gqle_build_perms(schema, target);
	GqleInputField *input;

	/* compat: rows of native queries order nothing */
	if (perms->select == NULL || target->native != NULL)
		return;
	if (rel->kind == GQLE_REL_ARRAY)
		input = add_aggregate(schema, type, GQLE_INPUT_RELATIONSHIP_AGGREGATE,
							  rel->name, target);
	else
	{
		input = add_order(schema, type, GQLE_INPUT_RELATIONSHIP, rel->name,
						  gqle_typeref(gqle_build_order_by(schema, target)));
		input->table = target;
		input->perms = perms;
	}
	input->relationship = rel;
}

static void
add_computed(GqleSchema *schema, GqleType *type, const GqleComputedField *computed)
{
	GqleInputField *input;

	if (!gqle_build_sees_computed(schema, type->select, computed) ||
		gqle_build_n_user_args(computed->function) > 0)
		return;
	if (computed->function->table == NULL)
		input = add_order(schema, type, GQLE_INPUT_COMPUTED_FIELD, computed->name,
						  order_ref(schema));
	else
		input = add_aggregate(schema, type, GQLE_INPUT_COMPUTED_AGGREGATE,
							  computed->name, computed->function->table);
	input->computed_field = computed;
}

static void
fill_order_by(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int			i;

	type->description = gqle_build_text(schema, "Ordering options when selecting data from \"%s\".",
										table->display);
	if (type->select == NULL)
		return;
	for (i = 0; i < table->n_columns; i++)
	{
		const GqleColumn *column = table->columns[i];

		if (gqle_build_can_select(type->select, column))
			add_order(schema, type, GQLE_INPUT_COLUMN, column->graphql_name,
					  order_ref(schema))->column = column;
	}
	for (i = 0; i < table->n_relationships; i++)
		add_relationship(schema, type, table->relationships[i]);
	for (i = 0; i < table->n_computed_fields; i++)
		add_computed(schema, type, table->computed_fields[i]);
}

GqleType *
gqle_build_order_by(GqleSchema *schema, GqleTable *table)
{
	GqleType   *type;

	table = gqle_build_input_table(table);
	type = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
						   gqle_naming_type(table, "order_by"), fill_order_by, table);
	type->select = gqle_build_perms(schema, table)->select;
	return type;
}
