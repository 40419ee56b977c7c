/*
 * build_action.c
 *		Root fields of actions and the types made for them
 *		(events-and-actions.md, 3).
 *
 * compat: neither names of root fields nor of types follow a naming convention or
 * take affixes.  A result that is a scalar is shown as not null and as no list,
 * whatever the action says.
 */
#include "postgres.h"

#include "gqle/base/strhash.h"
#include "gqle/schema/build.h"

static void fill_object(GqleSchema *schema, GqleType *type);
static void fill_input(GqleSchema *schema, GqleType *type);
static void fill_enum(GqleSchema *schema, GqleType *type);
static void fill_result(GqleSchema *schema, GqleType *type);

/* ------------------------------------------------------------------------
 * Types
 * ------------------------------------------------------------------------ */

/* A scalar of the metadata; one that columns have by that name is the same. */
static GqleType *
build_scalar(GqleSchema *schema, const GqleCustomType *custom)
{
	GqleType   *type = gqle_strhash_lookup(schema->types, custom->name);

	if (type != NULL && type->kind == GQLE_TYPE_SCALAR)
		return type;
	type = gqle_build_type(schema, GQLE_TYPE_SCALAR, pstrdup(custom->name), NULL, NULL);
	type->description = custom->description;
	return type;
}

static GqleType *
build_named(GqleSchema *schema, const GqleCustomType *custom, GqleTypeKind kind,
			GqleTypeFill fill)
{
	GqleType   *type = gqle_build_type(schema, kind, pstrdup(custom->name), fill, NULL);

	type->description = custom->description;
	type->detail = custom;
	return type;
}

static GqleType *
build_type(GqleSchema *schema, const GqleCustomType *custom)
{
	switch (custom->kind)
	{
		case GQLE_CUSTOM_BUILTIN:
			return gqle_build_builtin(schema, custom->name);
		case GQLE_CUSTOM_POSTGRES:
			return gqle_build_scalar(schema, custom->scalar,
									 gqle_catalog_customization(schema->catalog));
		case GQLE_CUSTOM_SCALAR:
			return build_scalar(schema, custom);
		case GQLE_CUSTOM_ENUM:
			return build_named(schema, custom, GQLE_TYPE_ENUM, fill_enum);
		case GQLE_CUSTOM_INPUT:
			return build_named(schema, custom, GQLE_TYPE_INPUT_OBJECT, fill_input);
		case GQLE_CUSTOM_OBJECT:
			return build_named(schema, custom, GQLE_TYPE_OBJECT, fill_object);
	}
	pg_unreachable();
}

/* The type with its wrappers as they were written. */
static GqleTypeRef
wrap(const GqleTypeNode *node, GqleType *type)
{
	GqleTypeRef ref = node->of != NULL ? gqle_typeref_list(wrap(node->of, type)) :
		gqle_typeref(type);

	return node->non_null ? gqle_typeref_non_null(ref) : ref;
}

static void
fill_enum(GqleSchema *schema, GqleType *type)
{
	const GqleCustomType *custom = type->detail;

	for (int i = 0; i < custom->n_values; i++)
		(void) gqle_build_value(type, custom->values[i].name,
								custom->values[i].description);
}

static void
fill_object(GqleSchema *schema, GqleType *type)
{
	const GqleCustomType *custom = type->detail;

	for (int i = 0; i < custom->n_fields; i++)
	{
		const GqleCustomField *field = &custom->fields[i];

		gqle_build_field(schema, type, GQLE_FIELD_ACTION_OUTPUT, field->name,
						 field->description,
						 wrap(field->wraps, build_type(schema, field->type)))->detail = field;
	}
	for (int i = 0; i < custom->n_joins; i++)
		gqle_build_join_fields(schema, type, custom->joins[i]);
}

/* ------------------------------------------------------------------------
 * Values for the webhook
 * ------------------------------------------------------------------------ */

/* How a value of that type is taken. */
static GqlePlainType
plain_type(const GqleCustomType *custom)
{
	static const struct
	{
		const char *name;
		GqlePlainType plain;
	}			builtin[] = {
		{"Int", GQLE_PLAIN_INT}, {"Float", GQLE_PLAIN_FLOAT}, {"String", GQLE_PLAIN_STRING},
		{"Boolean", GQLE_PLAIN_BOOLEAN}, {"ID", GQLE_PLAIN_ID}
	};

	if (custom->kind == GQLE_CUSTOM_SCALAR)
		return GQLE_PLAIN_ANY;
	if (custom->kind != GQLE_CUSTOM_BUILTIN)
		return GQLE_PLAIN_NONE;
	for (size_t i = 0; i < lengthof(builtin); i++)
		if (strcmp(builtin[i].name, custom->name) == 0)
			return builtin[i].plain;
	return GQLE_PLAIN_ANY;
}

/* Complete an argument or input field. */
static void
complete_input(GqleInputField *input, const GqleCustomField *field)
{
	input->value_class = GQLE_CLASS_LEAF;
	input->scalar = field->type->scalar;
	input->plain = plain_type(field->type);
	input->leaf_nullable = !gqle_typeref_is_non_null(input->type);
}

static void
fill_input(GqleSchema *schema, GqleType *type)
{
	const GqleCustomType *custom = type->detail;

	for (int i = 0; i < custom->n_fields; i++)
	{
		const GqleCustomField *field = &custom->fields[i];

		complete_input(gqle_build_input(schema, type, GQLE_INPUT_ACTION, field->name,
										field->description,
										wrap(field->wraps, build_type(schema, field->type))),
					   field);
	}
}

static void
build_arguments(GqleSchema *schema, GqleField *field, const GqleAction *action)
{
	for (int i = 0; i < action->n_arguments; i++)
	{
		const GqleCustomField *argument = &action->arguments[i];

		complete_input(gqle_build_arg(schema, field, GQLE_INPUT_ACTION, argument->name,
									  argument->description,
									  wrap(argument->wraps,
										   build_type(schema, argument->type))),
					   argument);
	}
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

static GqleTypeRef
postgres_ref(GqleSchema *schema, const char *name)
{
	return gqle_typeref(gqle_build_scalar(schema, gqle_scalar_lookup_by_name(name),
										  gqle_catalog_customization(schema->catalog)));
}

static GqleTypeRef
output_ref(GqleSchema *schema, const GqleAction *action)
{
	const GqleCustomField *output = &action->output;
	GqleType   *type = build_type(schema, output->type);

	return output->type->kind == GQLE_CUSTOM_OBJECT ? wrap(output->wraps, type) :
		gqle_typeref_non_null(gqle_typeref(type));
}

/* What is known of a call, by its id. */
static void
fill_result(GqleSchema *schema, GqleType *type)
{
	const GqleAction *action = type->detail;

	gqle_build_field(schema, type, GQLE_FIELD_ACTION_ID, "id", "the unique id of an action",
					 gqle_typeref_non_null(postgres_ref(schema, "uuid")));
	gqle_build_field(schema, type, GQLE_FIELD_ACTION_CREATED_AT, "created_at",
					 "the time at which this action was created",
					 gqle_typeref_non_null(postgres_ref(schema, "timestamptz")));
	gqle_build_field(schema, type, GQLE_FIELD_ACTION_ERRORS, "errors",
					 "errors related to the invocation", postgres_ref(schema, "json"));
	gqle_build_field(schema, type, GQLE_FIELD_ACTION_RESULT_OUTPUT, "output",
					 "the output fields of this action", output_ref(schema, action));
}

static GqleField *
build_result_root(GqleSchema *schema, const GqleAction *action)
{
	GqleTypeRef ref = output_ref(schema, action);
	GqleInputField *arg;
	GqleField  *field;
	GqleType   *type;

	if (action->output.type->kind == GQLE_CUSTOM_OBJECT)
	{
		type = gqle_build_type(schema, GQLE_TYPE_OBJECT, pstrdup(action->name),
							   fill_result, NULL);
		type->detail = action;
		type->description = gqle_build_text(schema, "fields of action: \"%s\"", action->name);
		ref = gqle_typeref(type);
	}
	field = gqle_build_loose_field(schema, GQLE_FIELD_ACTION_RESULT, action->name,
								   action->comment, ref);
	arg = gqle_build_arg(schema, field, GQLE_INPUT_ACTION_ID, "id",
						 "the unique id of an action",
						 gqle_typeref_non_null(postgres_ref(schema, "uuid")));
	arg->value_class = GQLE_CLASS_LEAF;
	arg->scalar = gqle_scalar_lookup_by_name("uuid");
	return field;
}

/* See build.h. */
GqleField *
gqle_build_action_root(GqleSchema *schema, const GqleAction *action,
					   GqleOperationType operation)
{
	bool		is_mutation = operation == GQLE_OPERATION_MUTATION;
	GqleField  *field;

	/* compat: the Relay schema has mutations only */
	if ((schema->is_relay && !is_mutation) ||
		!gqle_action_allows(schema->catalog, action, schema->role))
		return NULL;
	if (action->is_async && !is_mutation)
	{
		field = build_result_root(schema, action);
		field->detail = action;
		return field;
	}
	if (is_mutation == action->is_query || operation == GQLE_OPERATION_SUBSCRIPTION)
		return NULL;
	field = gqle_build_loose_field(schema, action->is_async ? GQLE_FIELD_ACTION_ASYNC :
								   GQLE_FIELD_ACTION, action->name, action->comment,
								   action->is_async ?
								   gqle_typeref_non_null(postgres_ref(schema, "uuid")) :
								   output_ref(schema, action));
	field->detail = action;
	build_arguments(schema, field, action);
	return field;
}

/* See build.h. */
GqleField *
gqle_build_action_field(GqleSchema *schema, const char *name, GqleOperationType operation)
{
	const GqleAction *action = gqle_catalog_lookup_action(schema->catalog, name);

	return action != NULL ? gqle_build_action_root(schema, action, operation) : NULL;
}
