/*
 * remote_preset.c
 *		Presets: what is sent to a remote schema in a role's place.
 *
 * The directive @preset(value:, static:) on an argument or input field hides it from
 * the role and says what is sent instead: a literal of its type, or a session variable.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/catalog/remote_parts.h"
#include "gqle/lang/printer.h"

#define complain gqle_remote_role_complain

static GqleRemoteValue *parse_value(GqleRemoteRole *role, const GqleTypeNode *type,
									const char *name, bool is_static,
									const GqleValueNode *value);
static GqleRemoteValue *parse_named(GqleRemoteRole *role, const char *type, bool is_static,
									const GqleValueNode *value);

/* See remote_parts.h. */
char *
gqle_remote_print_value(const GqleValueNode *value)
{
	StringInfoData out;

	initStringInfo(&out);
	if (value != NULL)
		gqle_printer_append_value(&out, value);
	return out.data;
}

/* See remote_parts.h. */
const GqleTypeDefNode *
gqle_remote_role_definition(const GqleRemoteRole *role, const char *name)
{
	for (int i = 0; i < role->system->n_types; i++)
		if (strcmp(role->system->types[i].name, name) == 0)
			return &role->system->types[i];
	return NULL;
}

static const GqleValueNode *
find_argument(const GqleDirectiveNode *directive, const char *name)
{
	for (int i = 0; i < directive->n_args; i++)
		if (strcmp(directive->args[i].name, name) == 0)
			return directive->args[i].value;
	return NULL;
}

/* See remote_parts.h. */
const GqleRemoteValue *
gqle_remote_preset_parse(GqleRemoteRole *role, const GqleInputDefNode *input,
						 const GqleDirectiveNode *directive)
{
	const GqleValueNode *value = find_argument(directive, "value");
	const GqleValueNode *is_static = find_argument(directive, "static");

	if (directive->n_args == 0)
		complain(role, "no arguments found in the preset directive");
	else if (value == NULL)
		complain(role, "preset argument \"value\" not found at \"%s\"", input->name);
	else if (is_static != NULL && is_static->kind != GQLE_VALUE_BOOLEAN)
		complain(role, "expected preset static value to be a Boolean value");
	else
		return parse_value(role, input->type, input->name,
						   is_static != NULL && is_static->boolean, value);
	return NULL;
}

static bool
is_session_variable(const char *text)
{
	return pg_strncasecmp(text, "x-hasura-", strlen("x-hasura-")) == 0;
}

static GqleRemoteValue *
make_value(GqleRemoteValueKind kind, int n)
{
	GqleRemoteValue *result = palloc0(sizeof(GqleRemoteValue));

	result->kind = kind;
	if (n > 0)
	{
		result->items = palloc0(sizeof(GqleRemoteValue *) * n);
		result->keys = palloc0(sizeof(char *) * n);
	}
	return result;
}

static GqleRemoteValue *
make_literal(const GqleValueNode *value)
{
	GqleRemoteValue *result = make_value(GQLE_REMOTE_LITERAL, 0);

	result->text = gqle_remote_print_value(value);
	return result;
}

/* A value for a type; NULL after complaining. */
static GqleRemoteValue *
parse_value(GqleRemoteRole *role, const GqleTypeNode *type, const char *name, bool is_static,
			const GqleValueNode *value)
{
	GqleRemoteValue *list;

	check_stack_depth();
	if (type->name != NULL)
		return parse_named(role, type->name, is_static, value);
	if (value->kind == GQLE_VALUE_STRING && is_session_variable(value->text))
	{
		complain(role, "illegal preset value at \"%s\". Session arguments can only be set for singleton values",
				 name);
		return NULL;
	}
	/* a single value stands for a list of one */
	if (value->kind != GQLE_VALUE_LIST)
		return parse_value(role, type->of, name, is_static, value);
	list = make_value(GQLE_REMOTE_LIST, value->n);
	for (int i = 0; i < value->n; i++)
		list->items[i] = parse_value(role, type->of, name, is_static, value->items[i]);
	list->n = value->n;
	return list;
}

/* A session variable as a value of a scalar or enum. */
static GqleRemoteValue *
make_session(GqleRemoteRole *role, const char *type, const char *text)
{
	GqleRemoteValue *result = make_value(GQLE_REMOTE_SESSION, 0);
	char	   *name = pstrdup(text);

	for (char *c = name; *c != '\0'; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	result->text = name;
	result->type = psprintf("%s!", type);
	result->named = gqle_remote_lookup_type(role->graph, type);
	return result;
}

static GqleRemoteValue *
parse_scalar(GqleRemoteRole *role, const char *type, bool is_static, const GqleValueNode *value)
{
	switch (value->kind)
	{
		case GQLE_VALUE_ENUM:
		case GQLE_VALUE_LIST:
		case GQLE_VALUE_OBJECT:
			complain(role, "expected preset value \"%s\" of type \"%s\" to be a scalar value",
					 gqle_remote_print_value(value), type);
			return NULL;
		case GQLE_VALUE_STRING:
			if (!is_static && is_session_variable(value->text))
				return make_session(role, type, value->text);
			return make_literal(value);
		default:
			return make_literal(value);
	}
}

/* compat: "static" does not count for enums. */
static GqleRemoteValue *
parse_enum(GqleRemoteRole *role, const GqleTypeDefNode *definition, const GqleValueNode *value)
{
	if (value->kind == GQLE_VALUE_STRING && is_session_variable(value->text))
		return make_session(role, definition->name, value->text);
	if (value->kind != GQLE_VALUE_ENUM)
	{
		complain(role, "expected preset value \"%s\" of type \"%s\" to be an enum value",
				 gqle_remote_print_value(value), definition->name);
		return NULL;
	}
	for (int i = 0; i < definition->n_values; i++)
		if (strcmp(definition->values[i].name, value->text) == 0)
			return make_literal(value);
	complain(role, "\"%s\" not found in the enum: \"%s\"", value->text, definition->name);
	return NULL;
}

static GqleRemoteValue *
parse_object(GqleRemoteRole *role, const GqleTypeDefNode *definition, bool is_static,
			 const GqleValueNode *value)
{
	GqleRemoteValue *object;

	if (value->kind != GQLE_VALUE_OBJECT)
	{
		complain(role, "expected preset value \"%s\" of type \"%s\" to be an input object value",
				 gqle_remote_print_value(value), definition->name);
		return NULL;
	}
	object = make_value(GQLE_REMOTE_OBJECT, value->n);
	for (int i = 0; i < value->n; i++)
	{
		const GqleObjectFieldNode *field = &value->fields[i];
		const GqleInputDefNode *input = NULL;

		for (int j = 0; input == NULL && j < definition->n_inputs; j++)
			if (strcmp(definition->inputs[j].name, field->name) == 0)
				input = &definition->inputs[j];
		if (input == NULL)
		{
			complain(role, "\"%s\" does not exist in the input object \"%s\"", field->name,
					 definition->name);
			continue;
		}
		object->keys[object->n] = pstrdup(field->name);
		object->items[object->n] = parse_value(role, input->type, field->name, is_static,
											   field->value);
		object->n++;
	}
	return object;
}

static GqleRemoteValue *
parse_named(GqleRemoteRole *role, const char *type, bool is_static, const GqleValueNode *value)
{
	const GqleTypeDefNode *definition = gqle_remote_role_definition(role, type);

	if (definition != NULL && definition->kind == GQLE_DEF_SCALAR)
		return parse_scalar(role, type, is_static, value);
	if (definition != NULL && definition->kind == GQLE_DEF_ENUM)
		return parse_enum(role, definition, value);
	if (definition != NULL && definition->kind == GQLE_DEF_INPUT_OBJECT)
		return parse_object(role, definition, is_static, value);
	complain(role, "expected \"%s\" to be an input type, but it's an output type", type);
	return NULL;
}
