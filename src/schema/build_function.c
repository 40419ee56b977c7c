/*
 * build_function.c
 *		Tracked functions at the roots, and the arguments of functions.
 */
#include "postgres.h"

#include "gqle/schema/build.h"

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

/* Is this an argument the client gives? */
static bool
is_user_arg(const GqleFunction *function, int index)
{
	return index != function->table_argument && index != function->session_argument;
}

int
gqle_build_n_user_args(const GqleFunction *function)
{
	return function->n_arguments - (function->table_argument >= 0) -
		(function->session_argument >= 0);
}

/* Fields for the arguments the client gives; all nullable, null is SQL NULL. */
static void
add_function_args(GqleSchema *schema, GqleType *type, const GqleFunction *function)
{
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);
	int			i;

	for (i = 0; i < function->n_arguments; i++)
	{
		const GqleArgument *argument = &function->arguments[i];
		const char *name = argument->graphql_name;
		GqleInputField *input;

		if (!is_user_arg(function, i))
			continue;
		if (custom->case_scalars)
			name = gqle_naming_field(custom, name);
		input = gqle_build_input(schema, type, GQLE_INPUT_FUNCTION_ARG, name, NULL,
								 gqle_typeref(NULL));
		gqle_build_leaf(schema, input, argument->scalar, custom);
		input->leaf_nullable = true;
		input->argument = argument;
	}
}

/* f_args; detail: the function */
static void
fill_function_args(GqleSchema *schema, GqleType *type)
{
	add_function_args(schema, type, type->detail);
}

/* The type of the arguments a client gives, by name. */
static GqleType *
build_args_type(GqleSchema *schema, char *name, const GqleFunction *function,
				const GqleTable *table)
{
	GqleType   *type;

	type = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT, name, fill_function_args,
						   (GqleTable *) table);
	if (type->detail != NULL && type->detail != function)
		gqle_schema_report_clash(type->name, table, NULL);
	type->detail = function;
	return type;
}

/*
 * Add "args" of the given type, required unless every argument of the client
 * has a default.
 */
static void
add_args(GqleSchema *schema, GqleField *field, GqleType *type, const GqleFunction *function,
		 const char *description)
{
	GqleTypeRef ref = gqle_typeref(type);
	int			i;

	for (i = 0; i < function->n_arguments; i++)
	{
		if (is_user_arg(function, i) && !function->arguments[i].has_default)
		{
			ref = gqle_typeref_non_null(ref);
			break;
		}
	}
	gqle_build_arg(schema, field, GQLE_INPUT_ARGS, "args", description, ref);
}

void
gqle_build_computed_args(GqleSchema *schema, GqleField *field,
						 const GqleComputedField *computed)
{
	const GqleFunction *function = computed->function;
	const GqleTable *table = computed->table;
	GqleType   *type;

	if (gqle_build_n_user_args(function) == 0)
		return;
	type = build_args_type(schema, gqle_naming_computed_args(table, computed->name),
						   function, table);
	add_args(schema, field, type, function,
			 gqle_build_text(schema,
							 "input parameters for computed field \"%s\" "
							 "defined on table \"%s\"",
							 computed->name, table->display));
}

/* ------------------------------------------------------------------------
 * Computed fields
 * ------------------------------------------------------------------------ */

/*
 * Scalar computed fields are permitted one by one; those that return rows follow
 * the permission on the table returned.
 */
bool
gqle_build_sees_computed(GqleSchema *schema, const GqleSelectPerm *perm,
						 const GqleComputedField *computed)
{
	const GqleFunction *function = computed->function;

	if (perm == NULL)
		return false;
	if (function->table == NULL)
		return bms_is_member(computed->index, perm->computed_fields);
	gqle_catalog_load_table(schema->catalog, function->table);
	return gqle_build_perms(schema, function->table)->select != NULL;
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

/* What the field does, in a pattern of the function's and its table's names. */
static const char *
describe_root(GqleSchema *schema, const GqleRootFunction *root, const char *pattern)
{
	return gqle_build_text(schema, pattern, root->function->qualified,
						   root->function->table->display);
}

/* compat: the configured comment counts for query_root's plain field only */
static const char *
root_description(GqleSchema *schema, const GqleRootFunction *root, bool aggregate)
{
	if (aggregate)
		return describe_root(schema, root, "execute function \"%s\" and query aggregates "
							 "on result of table type \"%s\"");
	if (root->is_mutation)
		return describe_root(schema, root,
							 "execute VOLATILE function \"%s\" which returns \"%s\"");
	if (root->description != NULL)
		return root->description;
	return describe_root(schema, root, "execute function \"%s\" which returns \"%s\"");
}

/* Type of the field: T, [T!]! or T_aggregate!. */
static GqleTypeRef
root_ref(GqleSchema *schema, const GqleFunction *function, bool aggregate)
{
	GqleTypeRef ref;

	if (aggregate)
		return gqle_typeref_non_null(gqle_typeref(gqle_build_aggregate(schema,
																	   function->table)));
	ref = gqle_typeref(gqle_build_object(schema, function->table));
	if (!function->returns_set)
		return ref;
	return gqle_typeref_non_null(gqle_typeref_list(gqle_typeref_non_null(ref)));
}

/* The function's own arguments; name is that of the field. */
static void
add_root_args(GqleSchema *schema, GqleField *field, const GqleRootFunction *root,
			  const char *name)
{
	const GqleFunction *function = root->function;
	GqleType   *type;

	if (gqle_build_n_user_args(function) == 0)
		return;
	type = build_args_type(schema, pstrdup(root->args_type_name), function, NULL);
	add_args(schema, field, type, function,
			 gqle_build_text(schema, "input parameters for function \"%s\"", name));
}

GqleField *
gqle_build_function_root(GqleSchema *schema, const GqleRootFunction *root,
						 bool aggregate, GqleOperationType operation)
{
	const GqleFunction *function = root->function;
	const GqleTablePerms *perms;
	GqleField  *field;

	if (root->is_mutation != (operation == GQLE_OPERATION_MUTATION) ||
		(aggregate && root->is_mutation))
		return NULL;
	gqle_catalog_load_table(schema->catalog, function->table);
	perms = gqle_build_perms(schema, function->table);
	if (perms->select == NULL || (aggregate && !perms->select->allow_aggregations) ||
		!gqle_permission_allows_function(schema->catalog, root, schema->role))
		return NULL;
	field = gqle_build_loose_field(schema, aggregate ? GQLE_FIELD_FUNCTION_AGGREGATE :
								   GQLE_FIELD_FUNCTION,
								   aggregate ? root->aggregate_name : root->root_name,
								   root_description(schema, root, aggregate),
								   root_ref(schema, function, aggregate));
	field->table = function->table;
	field->perms = perms;
	field->function = root;
	add_root_args(schema, field, root,
				  aggregate ? root->plain_aggregate_name : root->plain_root_name);
	gqle_build_select_args(schema, field, function->table);
	return field;
}

/* f_connection: pages of the rows a function returns, in the Relay schema */
GqleField *
gqle_build_function_connection(GqleSchema *schema, const GqleRootFunction *root)
{
	const GqleFunction *function = root->function;
	GqleField  *field;

	if (root->is_mutation)
		return NULL;
	gqle_catalog_load_table(schema->catalog, function->table);
	if (!gqle_build_is_node(schema, function->table) ||
		gqle_build_perms(schema, function->table)->select == NULL ||
		!gqle_permission_allows_function(schema->catalog, root, schema->role))
		return NULL;
	field = gqle_build_loose_field(schema, GQLE_FIELD_CONNECTION, root->connection_name,
								   describe_root(schema, root,
												 "execute function \"%s\" which returns \"%s\""),
								   gqle_typeref(NULL));
	field->function = root;
	add_root_args(schema, field, root, root->plain_root_name);
	gqle_build_connection(schema, field, function->table);
	return field;
}
