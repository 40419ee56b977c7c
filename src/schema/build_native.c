/*
 * build_native.c
 *		Root fields of native queries and their arguments (§19).
 *
 * Everything else of a native query is that of a table: its rows have an object
 * type, its logical model the inputs of selects.  compat: an object type is the
 * logical model's unless the query has relationships, and neither names of
 * types nor of root fields follow a naming convention.
 */
#include "postgres.h"

#include "gqle/schema/build.h"

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

/* Q_arguments: what may be null may be left out */
static void
fill_native_args(GqleSchema *schema, GqleType *type)
{
	const GqleNativeQuery *query = type->table->native;
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);
	int			i;

	for (i = 0; i < query->n_arguments; i++)
	{
		const GqleArgument *argument = &query->arguments[i];
		GqleInputField *input;

		input = gqle_build_input(schema, type, GQLE_INPUT_FUNCTION_ARG,
								 argument->graphql_name,
								 argument->description != NULL ? argument->description :
								 gqle_build_text(schema, "Native Query argument %s",
												 argument->name),
								 gqle_typeref(NULL));
		gqle_build_leaf(schema, input, argument->scalar, custom);
		input->leaf_nullable = argument->has_default;
		if (!argument->has_default)
			input->type = gqle_typeref_non_null(input->type);
		input->argument = argument;
	}
}

/* compat: named after the field, which may be a relationship */
void
gqle_build_native_args(GqleSchema *schema, GqleField *field, GqleTable *table)
{
	const char *description;
	GqleType   *type;

	if (table->native->n_arguments == 0)
		return;
	description = gqle_build_text(schema, "%sNative Query Arguments", field->name);
	type = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
						   psprintf("%s_arguments", field->name), fill_native_args, table);
	type->description = description;
	gqle_build_arg(schema, field, GQLE_INPUT_ARGS, "args", description,
				   gqle_typeref_non_null(gqle_typeref(type)));
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

GqleField *
gqle_build_native_root(GqleSchema *schema, GqleTable *table)
{
	const GqleTablePerms *perms;
	GqleTypeRef ref;
	GqleField  *field;

	gqle_catalog_load_table(schema->catalog, table);
	perms = gqle_build_perms(schema, table);
	if (perms->select == NULL || bms_is_empty(perms->select->columns))
		return NULL;
	ref = gqle_typeref_non_null(gqle_typeref(gqle_build_object(schema, table)));
	field = gqle_build_loose_field(schema, GQLE_FIELD_SELECT, table->name,
								   table->native->description,
								   gqle_typeref_non_null(gqle_typeref_list(ref)));
	field->table = table;
	field->perms = perms;
	gqle_build_native_args(schema, field, table);
	gqle_build_select_args(schema, field, table);
	return field;
}
