/*
 * build_aggregate.c
 *		T_aggregate, T_aggregate_fields and T_<op>_fields.
 */
#include "postgres.h"

#include "gqle/schema/build.h"

const GqleAggregateOp gqle_aggregate_ops[] = {
	{"sum", true, true},
	{"avg", true, false},
	{"stddev", true, false},
	{"stddev_samp", true, false},
	{"stddev_pop", true, false},
	{"variance", true, false},
	{"var_samp", true, false},
	{"var_pop", true, false},
	{"max", false, true},
	{"min", false, true},
	{NULL, false, false}
};

bool
gqle_build_op_takes(const GqleAggregateOp *op, const GqleScalar *scalar)
{
	return op->numeric ? scalar->is_numeric : scalar->is_comparable;
}

/* Can the aggregate take this column?  Values of enum tables are no numbers. */
static bool
takes_column(const GqleAggregateOp *op, const GqleColumn *column)
{
	if (column->enum_table != NULL)
		return false;
	return gqle_build_op_takes(op, column->scalar);
}

/* Does the aggregate take this computed field? */
static bool
takes_computed(GqleSchema *schema, const GqleAggregateOp *op,
			   const GqleSelectPerm *perm, const GqleComputedField *computed)
{
	return computed->function->table == NULL &&
		gqle_build_sees_computed(schema, perm, computed) &&
		gqle_build_op_takes(op, computed->function->scalar);
}

/* Type of an aggregate over values of a type. */
static GqleTypeRef
result_ref(GqleSchema *schema, const GqleAggregateOp *op, GqleTypeRef of)
{
	if (op->keeps_type)
		return of;
	return gqle_typeref(gqle_build_builtin(schema, "Float"));
}

/* T_<op>_fields: a field a column. */
static void
fill_op_fields(GqleSchema *schema, GqleType *type)
{
	const GqleAggregateOp *op = &gqle_aggregate_ops[type->variant];
	GqleTable  *table = type->table;
	GqleField  *field;
	GqleTypeRef ref;
	int			i;

	type->description = gqle_build_text(schema, "aggregate %s on columns",
										gqle_naming_field(table->customization, op->name));
	for (i = 0; i < table->n_columns; i++)
	{
		const GqleColumn *column = table->columns[i];

		if (!gqle_build_can_select(type->select, column) || !takes_column(op, column))
			continue;
		ref = result_ref(schema, op, gqle_build_column_ref(schema, column));
		field = gqle_build_field(schema, type, GQLE_FIELD_COLUMN, column->graphql_name,
								 column->description, ref);
		field->column = column;
		field->table = table;
	}
	for (i = 0; i < table->n_computed_fields; i++)
	{
		const GqleComputedField *computed = table->computed_fields[i];
		const GqleFunction *function = computed->function;

		if (!takes_computed(schema, op, type->select, computed))
			continue;
		/* compat: its own type, whatever the aggregate makes of it */
		ref = gqle_build_scalar_ref(schema, function->scalar, table->customization);
		field = gqle_build_field(schema, type, GQLE_FIELD_COMPUTED_SCALAR,
								 computed->name, computed->description, ref);
		field->table = table;
		field->computed_field = computed;
		gqle_build_computed_args(schema, field, computed);
	}
}

/* Would T_<op>_fields have a field? */
static bool
has_op_fields(GqleSchema *schema, const GqleAggregateOp *op, const GqleType *type)
{
	const GqleTable *table = type->table;
	int			i;

	for (i = 0; i < table->n_columns; i++)
	{
		if (gqle_build_can_select(type->select, table->columns[i]) &&
			takes_column(op, table->columns[i]))
			return true;
	}
	for (i = 0; i < table->n_computed_fields; i++)
	{
		if (takes_computed(schema, op, type->select, table->computed_fields[i]))
			return true;
	}
	return false;
}

/* count(columns, distinct) */
static void
add_count(GqleSchema *schema, GqleType *type)
{
	GqleTypeRef int_ref = gqle_typeref(gqle_build_builtin(schema, "Int"));
	GqleField  *field;
	GqleInputField *arg;

	field = gqle_build_field(schema, type, GQLE_FIELD_COUNT, "count", NULL,
							 gqle_typeref_non_null(int_ref));
	field->table = type->table;
	if (!bms_is_empty(type->select->columns))
	{
		GqleTypeRef column;

		column = gqle_typeref(gqle_build_select_column_enum(schema, type->table));
		gqle_build_arg(schema, field, GQLE_INPUT_COUNT_COLUMNS, "columns", NULL,
					   gqle_typeref_list(gqle_typeref_non_null(column)));
	}
	arg = gqle_build_arg(schema, field, GQLE_INPUT_COUNT_DISTINCT, "distinct", NULL,
						 gqle_typeref(gqle_build_builtin(schema, "Boolean")));
	arg->value_class = GQLE_CLASS_BOOLEAN;
}

/* T_aggregate_fields */
static void
fill_aggregate_fields(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int			i;

	type->description = gqle_build_text(schema, "aggregate fields of \"%s\"", table->display);
	add_count(schema, type);
	for (i = 0; gqle_aggregate_ops[i].name != NULL; i++)
	{
		const GqleAggregateOp *op = &gqle_aggregate_ops[i];
		GqleType   *op_type;
		GqleField  *field;
		char		words[32];

		if (!has_op_fields(schema, op, type))
			continue;
		snprintf(words, sizeof(words), "%s_fields", op->name);
		op_type = gqle_build_type(schema, GQLE_TYPE_OBJECT,
								  gqle_naming_type(table, words),
								  fill_op_fields, table);
		op_type->select = type->select;
		op_type->variant = i;
		field = gqle_build_field(schema, type, GQLE_FIELD_AGGREGATE_OP,
								 gqle_naming_field(table->customization, op->name),
								 NULL, gqle_typeref(op_type));
		field->table = table;
		field->sql_function = op->name;
	}
}

/* T_aggregate */
static void
fill_aggregate(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	GqleType   *fields;
	GqleField  *field;
	GqleTypeRef ref;

	type->description = gqle_build_text(schema, "aggregated selection of \"%s\"",
										table->display);
	fields = gqle_build_type(schema, GQLE_TYPE_OBJECT,
							 gqle_naming_type(table, "aggregate_fields"),
							 fill_aggregate_fields, table);
	fields->select = type->select;
	field = gqle_build_field(schema, type, GQLE_FIELD_AGGREGATE, "aggregate", NULL,
							 gqle_typeref(fields));
	field->table = table;
	ref = gqle_typeref_non_null(gqle_typeref(gqle_build_object(schema, table)));
	field = gqle_build_field(schema, type, GQLE_FIELD_NODES, "nodes", NULL,
							 gqle_typeref_non_null(gqle_typeref_list(ref)));
	field->table = table;
	field->perms = gqle_build_perms(schema, table);
}

GqleType *
gqle_build_aggregate(GqleSchema *schema, GqleTable *table)
{
	GqleType   *type;

	type = gqle_build_type(schema, GQLE_TYPE_OBJECT,
						   gqle_naming_type(table, "aggregate"), fill_aggregate, table);
	type->select = gqle_build_perms(schema, table)->select;
	return type;
}
