/*
 * build_aggpredicate.c
 *		R_aggregate_bool_exp: conditions on aggregates over related rows.
 *
 * One field a function whose argument columns the role can select.  As in
 * Hasura the numeric functions take float8 columns only, and these types ignore
 * the source's type affixes.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "gqle/schema/build.h"

/* An aggregate function in predicates. */
typedef struct PredicateFunction
{
	const char *name;
	Oid			argument_oid;	/* of columns; InvalidOid: any number of any */
	bool		two_arguments;	/* X and Y */
	const char *result;			/* GraphQL name of the result's scalar */
} PredicateFunction;

static const PredicateFunction predicate_functions[] = {
	{"avg", FLOAT8OID, false, "float8"},
	{"bool_and", BOOLOID, false, "Boolean"},
	{"bool_or", BOOLOID, false, "Boolean"},
	{"count", InvalidOid, false, "Int"},
	{"max", FLOAT8OID, false, "float8"},
	{"min", FLOAT8OID, false, "float8"},
	{"sum", FLOAT8OID, false, "float8"},
	{"corr", FLOAT8OID, true, "float8"},
	{"covar_samp", FLOAT8OID, true, "float8"},
	{"stddev_samp", FLOAT8OID, false, "float8"},
	{"var_samp", FLOAT8OID, false, "float8"}
};

/* Can the function take this column? */
static bool
takes_column(const PredicateFunction *function, const GqleSelectPerm *perm,
			 const GqleColumn *column)
{
	if (!gqle_build_can_select(perm, column))
		return false;
	if (function->argument_oid == InvalidOid)
		return true;
	return column->enum_table == NULL &&
		column->scalar->type_oid == function->argument_oid;
}

/* Is there a column the function can take? */
static bool
has_column(const PredicateFunction *function, const GqleTable *table,
		   const GqleSelectPerm *perm)
{
	int			i;

	for (i = 0; i < table->n_columns; i++)
	{
		if (takes_column(function, perm, table->columns[i]))
			return true;
	}
	return false;
}

/* Enum of the columns the function can take. */
static void
fill_columns(GqleSchema *schema, GqleType *type)
{
	const PredicateFunction *function = &predicate_functions[type->variant];
	GqleTable  *table = type->table;
	int			i;

	type->description =
		gqle_build_text(schema, "select \"%s\" columns of table \"%s\"",
						gqle_naming_predicate_field(table, function->name, "arguments_columns"),
						table->display);
	for (i = 0; i < table->n_columns; i++)
	{
		const GqleColumn *column = table->columns[i];

		if (takes_column(function, type->select, column))
			gqle_build_value(type, column->graphql_name, "column name")->column = column;
	}
}

/* X and Y */
static void
fill_arguments(GqleSchema *schema, GqleType *type)
{
	const GqleType *columns = type->detail;
	GqleTypeRef ref = gqle_typeref_non_null(gqle_typeref((GqleType *) columns));

	gqle_build_input(schema, type, GQLE_INPUT_AGG_X, "X", NULL, ref);
	gqle_build_input(schema, type, GQLE_INPUT_AGG_Y, "Y", NULL, ref);
}

/* The type of a function's "arguments". */
static GqleTypeRef
arguments_ref(GqleSchema *schema, const GqleType *predicate)
{
	const PredicateFunction *function = &predicate_functions[predicate->variant];
	GqleTable  *table = predicate->table;
	GqleType   *columns;
	GqleType   *pair;
	char	   *word;

	if (function->argument_oid == InvalidOid)
	{
		columns = gqle_build_select_column_enum(schema, table);
		return gqle_typeref_list(gqle_typeref_non_null(gqle_typeref(columns)));
	}
	word = gqle_naming_predicate_field(table, function->name, "arguments_columns");
	columns = gqle_build_type(schema, GQLE_TYPE_ENUM,
							  gqle_naming_type_word(table, "select_column", word),
							  fill_columns, table);
	columns->select = predicate->select;
	columns->variant = predicate->variant;
	if (!function->two_arguments)
		return gqle_typeref_non_null(gqle_typeref(columns));
	pair = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
						   gqle_naming_predicate_field(table, function->name, "arguments"),
						   fill_arguments, table);
	pair->detail = columns;
	return gqle_typeref_non_null(gqle_typeref(pair));
}

/* R_aggregate_bool_exp_<fn> */
static void
fill_predicate(GqleSchema *schema, GqleType *type)
{
	const PredicateFunction *function = &predicate_functions[type->variant];
	const GqleScalar *result = gqle_scalar_lookup_by_name(function->result);
	GqleTable  *table = type->table;
	GqleInputField *input;
	GqleType   *comparison;

	gqle_build_input(schema, type, GQLE_INPUT_AGG_ARGUMENTS, "arguments", NULL,
					 arguments_ref(schema, type));
	input = gqle_build_input(schema, type, GQLE_INPUT_AGG_DISTINCT, "distinct", NULL,
							 gqle_typeref(gqle_build_builtin(schema, "Boolean")));
	input->value_class = GQLE_CLASS_BOOLEAN;
	input = gqle_build_input(schema, type, GQLE_INPUT_AGG_FILTER, "filter", NULL,
							 gqle_typeref(gqle_build_bool_exp(schema, table)));
	input->table = table;
	input->perms = gqle_build_perms(schema, table);
	comparison = gqle_build_comparison(schema, result, table->customization);
	input = gqle_build_input(schema, type, GQLE_INPUT_AGG_PREDICATE, "predicate", NULL,
							 gqle_typeref_non_null(gqle_typeref(comparison)));
	input->scalar = result;
}

/* R_aggregate_bool_exp */
static void
fill_aggregate_bool_exp(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int			i;

	for (i = 0; i < (int) lengthof(predicate_functions); i++)
	{
		const PredicateFunction *function = &predicate_functions[i];
		GqleType   *predicate;
		GqleInputField *input;

		if (!has_column(function, table, type->select))
			continue;
		predicate = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
									gqle_naming_predicate_field(table, function->name, NULL),
									fill_predicate, table);
		predicate->select = type->select;
		predicate->variant = i;
		input = gqle_build_input(schema, type, GQLE_INPUT_AGG_FUNCTION, function->name, NULL,
								 gqle_typeref(predicate));
		input->sql_function = function->name;
		input->scalar = gqle_scalar_lookup_by_name(function->result);
		input->table = table;
	}
}

GqleType *
gqle_build_aggregate_bool_exp(GqleSchema *schema, GqleTable *table)
{
	const GqleSelectPerm *perm = gqle_build_perms(schema, table)->select;
	GqleType   *type;

	if (bms_is_empty(perm->columns))
		return NULL;
	type = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
						   gqle_naming_predicate_type(table),
						   fill_aggregate_bool_exp, table);
	type->select = perm;
	return type;
}
