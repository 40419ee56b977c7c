/*
 * build_boolexp.c
 *		T_bool_exp and the comparison types of scalars.
 *
 * Comparison types belong to scalars, not to tables: one for each scalar name
 * serves all columns.  Their operators come from the catalog's operator table.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "gqle/base/guc.h"
#include "gqle/schema/build.h"

/* ------------------------------------------------------------------------
 * Inputs of operators with several operands
 * ------------------------------------------------------------------------ */

/* One operand in such an input. */
static GqleInputField *
add_part(GqleSchema *schema, GqleType *type, const char *name, const char *scalar_name,
		 bool required)
{
	const GqleScalar *scalar = gqle_scalar_lookup_by_name(scalar_name);
	GqleInputField *input;

	if (scalar == NULL)			/* PostGIS was dropped under us */
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("type \"%s\" does not exist", scalar_name)));
	input = gqle_build_input(schema, type, GQLE_INPUT_GEO_PART, name, NULL, gqle_typeref(NULL));
	gqle_build_leaf(schema, input, scalar, gqle_catalog_customization(schema->catalog));
	if (required)
		input->type = gqle_typeref_non_null(input->type);
	return input;
}

static void
fill_d_within(GqleSchema *schema, GqleType *type)
{
	add_part(schema, type, "distance", "Float", true);
	add_part(schema, type, "from", "geometry", true);
}

static void
fill_d_within_geography(GqleSchema *schema, GqleType *type)
{
	GqleInputField *input;

	add_part(schema, type, "distance", "Float", true);
	add_part(schema, type, "from", "geography", true);
	input = add_part(schema, type, "use_spheroid", "Boolean", false);
	input->default_text = "true";
	input->leaf_nullable = true;
}

static void
fill_nband_geom(GqleSchema *schema, GqleType *type)
{
	add_part(schema, type, "nband", "Int", true);
	add_part(schema, type, "geommin", "geometry", true);
}

static void
fill_geom_nband(GqleSchema *schema, GqleType *type)
{
	add_part(schema, type, "geommin", "geometry", true);
	add_part(schema, type, "nband", "Int", false);
}

/* A parts input by name. */
static GqleTypeRef
parts_ref(GqleSchema *schema, const char *name, GqleTypeFill fill)
{
	return gqle_typeref(gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT, pstrdup(name),
										fill, NULL));
}

/* ------------------------------------------------------------------------
 * _cast
 * ------------------------------------------------------------------------ */

/* Which casts there are: from a scalar to one other. */
typedef struct CastRule
{
	uint32		family;			/* of the scalar cast */
	const char *to;
} CastRule;

static const CastRule cast_rules[] = {
	{GQLE_OPS_JSONB, "String"},
	{GQLE_OPS_GEOMETRY, "geography"},
	{GQLE_OPS_GEOGRAPHY, "geometry"}
};

/* The scalar a scalar can be cast to, or NULL. */
static const GqleScalar *
cast_target(const GqleScalar *scalar)
{
	int			i;

	for (i = 0; i < (int) lengthof(cast_rules); i++)
	{
		if (scalar->ops & cast_rules[i].family)
			return gqle_scalar_lookup_by_name(cast_rules[i].to);
	}
	return NULL;
}

/* jsonb_cast_exp and its kin: one comparison, named like the target type. */
static void
fill_cast(GqleSchema *schema, GqleType *type)
{
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);
	const GqleScalar *target = cast_target(type->scalar);
	GqleType   *target_type = gqle_build_scalar(schema, target, custom);
	GqleInputField *input;

	input = gqle_build_input(schema, type, GQLE_INPUT_CAST_TYPE, target_type->name, NULL,
							 gqle_typeref(gqle_build_comparison(schema, target, custom)));
	input->scalar = target;
}

static GqleTypeRef
cast_ref(GqleSchema *schema, const GqleScalar *scalar)
{
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);
	char	   *words = psprintf("%s_cast_exp", scalar->name);
	GqleType   *type;

	type = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
						   gqle_naming_plain_type(custom, words), fill_cast, NULL);
	type->scalar = scalar;
	pfree(words);
	return gqle_typeref(type);
}

/* ------------------------------------------------------------------------
 * Comparison types
 * ------------------------------------------------------------------------ */

/* Make the input a list of values of a scalar that is bound as one array. */
static void
set_leaf_list(GqleSchema *schema, GqleInputField *input, const GqleScalar *scalar,
			  const GqleScalar *shown)
{
	GqleTypeRef ref;

	ref = gqle_build_leaf(schema, input, shown,
						  gqle_catalog_customization(schema->catalog));
	input->type = gqle_typeref_list(gqle_typeref_non_null(ref));
	input->is_leaf_list = true;
	input->scalar = scalar;
}

/* A scalar that an operator's operand needs; its extension is there, since the
 * column's type is. */
static const GqleScalar *
operand_scalar(const char *name)
{
	const GqleScalar *scalar = gqle_scalar_lookup_by_name(name);

	Ensure(scalar != NULL, "scalar of an operand does not exist");
	return scalar;
}

/* What the right-hand side of an operator takes, and its type. */
static void
set_operand(GqleSchema *schema, GqleInputField *input, const GqleScalar *scalar)
{
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);
	const GqleScalar *text = gqle_scalar_lookup_by_name("String");

	switch (input->op->operand)
	{
		case GQLE_OPERAND_SAME:
			gqle_build_leaf(schema, input, scalar, custom);
			break;
		case GQLE_OPERAND_LIST:
		case GQLE_OPERAND_LTREE_LIST:
			set_leaf_list(schema, input, scalar, scalar);
			break;
		case GQLE_OPERAND_BOOLEAN:
			input->type = gqle_typeref(gqle_build_builtin(schema, "Boolean"));
			input->value_class = GQLE_CLASS_BOOLEAN;
			break;
		case GQLE_OPERAND_TEXT:
			gqle_build_leaf(schema, input, text, custom);
			input->leaf_nullable = true;
			break;
		case GQLE_OPERAND_TEXT_LIST:
			set_leaf_list(schema, input, text, text);
			break;
		case GQLE_OPERAND_LQUERY:
			gqle_build_leaf(schema, input, operand_scalar("lquery"), custom);
			break;
		case GQLE_OPERAND_LQUERY_LIST:
			set_leaf_list(schema, input, operand_scalar("lquery"), text);
			break;
		case GQLE_OPERAND_LTXTQUERY:
			gqle_build_leaf(schema, input, operand_scalar("ltxtquery"), custom);
			break;
		case GQLE_OPERAND_D_WITHIN:
			input->type = parts_ref(schema, "st_d_within_input", fill_d_within);
			break;
		case GQLE_OPERAND_D_WITHIN_GEOGRAPHY:
			input->type = parts_ref(schema, "st_d_within_geography_input",
									fill_d_within_geography);
			break;
		case GQLE_OPERAND_NBAND_GEOM:
			input->type = parts_ref(schema, "st_intersects_nband_geom_input",
									fill_nband_geom);
			break;
		case GQLE_OPERAND_GEOM_NBAND:
			input->type = parts_ref(schema, "st_intersects_geom_nband_input",
									fill_geom_nband);
			break;
		case GQLE_OPERAND_CAST:
			input->type = cast_ref(schema, scalar);
			input->scalar = cast_target(scalar);
			break;
	}
}

/* Add one operator to a comparison type. */
static void
add_operator(GqleSchema *schema, GqleType *type, const GqleOperator *op)
{
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);
	const char *name = op->name;
	GqleInputField *input;

	if (custom->graphql_default && op->camel_name != NULL)
		name = op->camel_name;
	input = gqle_build_input(schema, type, GQLE_INPUT_OPERATOR, name, op->description,
							 gqle_typeref(NULL));
	input->op = op;
	if (gqle_guc_boolean_null_collapse && op->operand != GQLE_OPERAND_CAST)
		input->null_is_absent = true;
	set_operand(schema, input, type->scalar);
}

/* Does a scalar have this operator in a client's where? */
static bool
scalar_has_operator(const GqleScalar *scalar, const GqleOperator *op)
{
	if (op->permission_only || op->compares_column)
		return false;
	if (op->operand == GQLE_OPERAND_CAST)
		return cast_target(scalar) != NULL;
	return op->family == 0 || (scalar->ops & op->family) != 0;
}

/* "All fields are combined": of every comparison type. */
static const char *
comparison_description(GqleSchema *schema, const char *type_name)
{
	return gqle_build_text(schema, "Boolean expression to compare columns of type \"%s\". "
						   "All fields are combined with logical 'AND'.", type_name);
}

static void
fill_comparison(GqleSchema *schema, GqleType *type)
{
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);
	const GqleOperator *op;

	type->description =
		comparison_description(schema, gqle_build_scalar(schema, type->scalar, custom)->name);
	for (op = gqle_operators; op->name != NULL; op++)
	{
		if (scalar_has_operator(type->scalar, op))
			add_operator(schema, type, op);
	}
}

GqleType *
gqle_build_comparison(GqleSchema *schema, const GqleScalar *scalar,
					  const GqleCustomization *custom)
{
	char	   *words = psprintf("%s_comparison_exp", scalar->comparison_name);
	GqleType   *type;

	type = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
						   gqle_naming_plain_type(custom, words), fill_comparison, NULL);
	pfree(words);
	if (type->scalar == NULL)
		type->scalar = scalar;
	return type;
}

/* Comparison of values of an enum table: equality and null only. */
static void
fill_enum_comparison(GqleSchema *schema, GqleType *type)
{
	GqleType   *enum_type = gqle_build_enum_table(schema, type->table);
	const GqleOperator *op;

	type->description = comparison_description(schema, enum_type->name);
	for (op = gqle_operators; op->name != NULL; op++)
	{
		GqleInputField *input;

		if (op->family != 0 || !scalar_has_operator(type->scalar, op) ||
			op->operand == GQLE_OPERAND_CAST)
			continue;
		add_operator(schema, type, op);
		input = type->input_fields[type->n_input_fields - 1];
		if (op->operand == GQLE_OPERAND_SAME)
			input->type = gqle_typeref(enum_type);
		else if (op->operand == GQLE_OPERAND_LIST)
		{
			input->type = gqle_typeref_non_null(gqle_typeref(enum_type));
			input->type = gqle_typeref_list(input->type);
			input->is_leaf_list = false;
		}
	}
}

static GqleType *
build_enum_comparison(GqleSchema *schema, const GqleColumn *column)
{
	const GqleTable *table = column->enum_table;
	char	   *enum_name = gqle_naming_type(table, "enum");
	char	   *words = psprintf("%s_comparison_exp", enum_name);
	GqleType   *type;

	/* compat: words in the enum's own name are cased with the rest */
	type = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
						   gqle_naming_plain_type(table->customization, words),
						   fill_enum_comparison, (GqleTable *) table);
	if (type->scalar == NULL)
		type->scalar = column->scalar;
	pfree(words);
	pfree(enum_name);
	return type;
}

/* ------------------------------------------------------------------------
 * T_bool_exp
 * ------------------------------------------------------------------------ */

/* _or, _and, _not */
static void
add_connectives(GqleSchema *schema, GqleType *type)
{
	GqleTypeRef self = gqle_typeref(type);
	GqleTypeRef list = gqle_typeref_list(gqle_typeref_non_null(self));

	gqle_build_input(schema, type, GQLE_INPUT_OR, "_or", NULL, list);
	gqle_build_input(schema, type, GQLE_INPUT_AND, "_and", NULL, list);
	gqle_build_input(schema, type, GQLE_INPUT_NOT, "_not", NULL, self);
}

/* A field for conditions on related rows. */
static void
add_related(GqleSchema *schema, GqleType *type, const GqleRelationship *rel,
			GqleInputRole role, const char *name, GqleType *exp)
{
	GqleInputField *input = gqle_build_input(schema, type, role, name, NULL,
											 gqle_typeref(exp));

	input->relationship = rel;
	input->table = gqle_build_target(schema, rel);
	input->perms = gqle_build_perms(schema, input->table);
}

static void
add_relationship(GqleSchema *schema, GqleType *type, const GqleRelationship *rel)
{
	GqleTable  *target = gqle_build_target(schema, rel);

	if (gqle_build_perms(schema, target)->select != NULL &&
		gqle_build_is_conditional(target))
		add_related(schema, type, rel, GQLE_INPUT_RELATIONSHIP, rel->name,
					gqle_build_bool_exp(schema, target));
}

/*
 * The aggregate predicates of an array relationship.  compat: they depend on the
 * permission on the related rows alone, so that a role that can't select the
 * table itself has them, too.
 */
static void
add_aggregate(GqleSchema *schema, GqleType *type, const GqleRelationship *rel)
{
	GqleTable  *target = gqle_build_target(schema, rel);
	const GqleSelectPerm *perm = gqle_build_perms(schema, target)->select;
	GqleType   *aggregate;

	if (rel->kind != GQLE_REL_ARRAY || perm == NULL || !perm->allow_aggregations ||
		gqle_guc_has_feature(GQLE_FEATURE_HIDE_AGGREGATION_PREDICATES))
		return;
	aggregate = gqle_build_aggregate_bool_exp(schema, target);
	if (aggregate != NULL)
		add_related(schema, type, rel, GQLE_INPUT_RELATIONSHIP_AGGREGATE,
					gqle_naming_aggregate_predicate(type->table->customization, rel->name),
					aggregate);
}

/* A computed field without arguments of the client. */
static void
add_computed(GqleSchema *schema, GqleType *type, const GqleComputedField *computed)
{
	const GqleFunction *function = computed->function;
	GqleInputField *input;

	if (!gqle_build_sees_computed(schema, type->select, computed) ||
		gqle_build_n_user_args(function) > 0)
		return;
	input = gqle_build_input(schema, type, GQLE_INPUT_COMPUTED_FIELD, computed->name, NULL,
							 gqle_typeref(NULL));
	input->computed_field = computed;
	if (function->table == NULL)
	{
		input->type = gqle_typeref(gqle_build_comparison(schema, function->scalar,
														 type->table->customization));
		input->scalar = function->scalar;
	}
	else
	{
		input->type = gqle_typeref(gqle_build_bool_exp(schema, function->table));
		input->table = function->table;
		input->perms = gqle_build_perms(schema, function->table);
	}
}

static void
add_columns(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int			i;

	for (i = 0; i < table->n_columns; i++)
	{
		const GqleColumn *column = table->columns[i];
		GqleInputField *input;
		GqleType   *comparison;

		if (!gqle_build_can_select(type->select, column))
			continue;
		comparison = column->enum_table != NULL ?
			build_enum_comparison(schema, column) :
			gqle_build_comparison(schema, column->scalar, table->customization);
		input = gqle_build_input(schema, type, GQLE_INPUT_COLUMN, column->graphql_name, NULL,
								 gqle_typeref(comparison));
		input->column = column;
		input->scalar = column->scalar;
	}
}

/* In the order in which they are checked. */
static void
fill_bool_exp(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int			i;

	type->description =
		gqle_build_text(schema, "Boolean expression to filter rows from the %s \"%s\". "
						"All fields are combined with a logical 'AND'.",
						table->is_model ? "logical model for" : "table", table->display);
	if (type->select != NULL)
	{
		add_columns(schema, type);
		for (i = 0; i < table->n_relationships; i++)
			add_relationship(schema, type, table->relationships[i]);
		for (i = 0; i < table->n_computed_fields; i++)
			add_computed(schema, type, table->computed_fields[i]);
	}
	add_connectives(schema, type);
	for (i = 0; i < table->n_relationships; i++)
		add_aggregate(schema, type, table->relationships[i]);
}

/* compat: Hasura says it twice for logical models. */
GqleType *
gqle_build_bool_exp(GqleSchema *schema, GqleTable *table)
{
	GqleType   *type;

	table = gqle_build_input_table(table);
	type = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
						   gqle_naming_type(table, table->is_model ?
											"bool_exp_bool_exp" : "bool_exp"),
						   fill_bool_exp, table);
	type->select = gqle_build_perms(schema, table)->select;
	return type;
}
