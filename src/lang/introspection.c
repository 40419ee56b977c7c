/*
 * introspection.c
 *		The answer to an introspection query to the tree of a type system.
 *
 * What a server answers is not to be trusted: the JSON reader bounds its size and
 * depth, wrappers of types are bounded here, and nothing recurses into what the
 * answer nests.  Whether the types fit together is not looked at.
 *
 * compat: the words and paths of messages are those of Hasura's decoder, which reads
 * "types" and the roots as if they were at the top.
 */
#include "gqle/gqle.h"

#ifndef GQLE_STANDALONE
#include "miscadmin.h"
#endif

#include "gqle/base/ident.h"
#include "gqle/base/json_read.h"
#include "gqle/lang/sdl.h"

/* Types nest wrappers no deeper than this; the query asks for 7. */
#define MAX_WRAPPERS	15

/* Where in the answer the reader is. */
typedef struct Place
{
	const struct Place *outer;	/* NULL: "$" */
	const char *key;			/* or NULL: index */
	int			index;
} Place;

typedef struct Reader
{
	const char *message;		/* the first mistake */
} Reader;

static bool read_type(Reader *reader, const Place *place, const GqleJson *json,
					  GqleTypeDefNode *type);

/* ------------------------------------------------------------------------
 * Mistakes
 * ------------------------------------------------------------------------ */

static void
append_place(StringInfo out, const Place *place)
{
	const Place *places[16];
	int			n = 0;

	for (; place != NULL && n < (int) lengthof(places); place = place->outer)
		places[n++] = place;
	appendStringInfoChar(out, '$');
	while (n-- > 0)
	{
		if (places[n]->key != NULL)
			appendStringInfo(out, ".%s", places[n]->key);
		else
			appendStringInfo(out, "[%d]", places[n]->index);
	}
}

/* Note a mistake unless there is one; always false. */
static bool
fail(Reader *reader, const Place *place, const char *text)
{
	StringInfoData out;

	if (reader->message != NULL)
		return false;
	initStringInfo(&out);
	appendStringInfoString(&out, "Error in ");
	append_place(&out, place);
	appendStringInfo(&out, ": %s", text);
	reader->message = out.data;
	return false;
}

static bool
fail_kind(Reader *reader, const Place *place, const char *what, const char *expected,
		  const GqleJson *json)
{
	return fail(reader, place, psprintf("parsing %s failed, expected %s, but encountered %s",
										what, expected, gqle_json_kind_name(json)));
}

/* ------------------------------------------------------------------------
 * Members
 * ------------------------------------------------------------------------ */

static bool
need_object(Reader *reader, const Place *place, const char *what, const GqleJson *json)
{
	return json->kind == GQLE_JSON_OBJECT ||
		fail_kind(reader, place, what, "Object", json);
}

/* A member that must be there; NULL after noting that it isn't. */
static const GqleJson *
need_member(Reader *reader, const Place *place, const GqleJson *object, const char *key)
{
	const GqleJson *value = gqle_json_lookup(object, key);

	if (value == NULL)
		fail(reader, place, psprintf("key \"%s\" not found", key));
	return value;
}

/* The name in a member, NULL after noting that there is none. */
static const char *
read_name(Reader *reader, const Place *place, const GqleJson *object)
{
	const GqleJson *value = need_member(reader, place, object, "name");
	Place		below = {place, "name", 0};

	if (value == NULL)
		return NULL;
	if (value->kind != GQLE_JSON_STRING)
		fail_kind(reader, &below, "Name", "String", value);
	else if (!gqle_ident_is_name(value->text))
		fail(reader, &below, psprintf("%s is not valid GraphQL name", value->text));
	else
		return value->text;
	return NULL;
}

/* The text in a member that may be absent or null; false after noting a mistake. */
static bool
read_text(Reader *reader, const Place *place, const GqleJson *object, const char *key,
		  const char **text)
{
	const GqleJson *value = gqle_json_lookup(object, key);
	Place		below = {place, key, 0};

	*text = NULL;
	if (gqle_json_is_null(value))
		return true;
	if (value->kind != GQLE_JSON_STRING)
		return fail_kind(reader, &below, "Text", "String", value);
	*text = value->text;
	return true;
}

/*
 * The list in a member; *list is NULL if it is absent or null where that may be.
 * False after noting a mistake.
 */
static bool
read_list(Reader *reader, const Place *place, const GqleJson *object, const char *key,
		  bool is_optional, const GqleJson **list)
{
	const GqleJson *value = gqle_json_lookup(object, key);
	Place		below = {place, key, 0};

	*list = NULL;
	if (is_optional && gqle_json_is_null(value))
		return true;
	if (value == NULL)
		return need_member(reader, place, object, key) != NULL;
	if (value->kind != GQLE_JSON_ARRAY)
		return fail_kind(reader, &below, "[]", "Array", value);
	*list = value;
	return true;
}

static int
length(const GqleJson *list)
{
	return list != NULL ? list->n : 0;
}

/* ------------------------------------------------------------------------
 * References, values, inputs, fields
 * ------------------------------------------------------------------------ */

/* A reference to a type; NULL after noting a mistake. */
static GqleTypeNode *
read_reference(Reader *reader, const Place *place, const GqleJson *json)
{
	GqleTypeNode *result = NULL;
	GqleTypeNode **hole = &result;
	bool		non_null = false;
	int			depth;

	for (depth = 0;; depth++)
	{
		const GqleJson *kind;
		const GqleJson *of;
		GqleTypeNode *node;

		if (depth > MAX_WRAPPERS)
		{
			fail(reader, place, "the type is wrapped too often");
			return NULL;
		}
		if (!need_object(reader, place, "GType", json))
			return NULL;
		kind = need_member(reader, place, json, "kind");
		if (kind == NULL)
			return NULL;
		if (kind->kind != GQLE_JSON_STRING)
		{
			Place		below = {place, "kind", 0};

			fail_kind(reader, &below, "Text", "String", kind);
			return NULL;
		}
		of = gqle_json_lookup(json, "ofType");
		if (strcmp(kind->text, "NON_NULL") == 0)
		{
			if (gqle_json_is_null(of))
			{
				fail(reader, place, "NON_NULL should have `ofType`");
				return NULL;
			}
			non_null = true;
			json = of;
			continue;
		}
		node = palloc0(sizeof(GqleTypeNode));
		node->non_null = non_null;
		non_null = false;
		*hole = node;
		if (strcmp(kind->text, "LIST") != 0)
		{
			if (gqle_json_is_null(gqle_json_lookup(json, "name")))
				fail(reader, place, psprintf("kind: %s should have name", kind->text));
			else
				node->name = read_name(reader, place, json);
			return node->name != NULL ? result : NULL;
		}
		if (gqle_json_is_null(of))
		{
			fail(reader, place, "LIST should have `ofType`");
			return NULL;
		}
		hole = &node->of;
		json = of;
	}
}

/* The type in a member. */
static bool
read_type_of(Reader *reader, const Place *place, const GqleJson *object,
			 GqleTypeNode **type)
{
	const GqleJson *value = need_member(reader, place, object, "type");
	Place		below = {place, "type", 0};

	*type = value != NULL ? read_reference(reader, &below, value) : NULL;
	return *type != NULL;
}

/* The default value of an input, a text in GraphQL. */
static bool
read_default(Reader *reader, const Place *place, const GqleJson *object,
			 GqleValueNode **value)
{
	GqleParseError error;
	const char *text;
	Place		below = {place, "defaultValue", 0};

	if (!read_text(reader, place, object, "defaultValue", &text))
		return false;
	if (text == NULL)
		return true;
	*value = gqle_parser_parse_value(text, (int) strlen(text), &error);
	return *value != NULL || fail(reader, &below, error.message);
}

static bool
read_inputs(Reader *reader, const Place *place, const GqleJson *list, int *n,
			GqleInputDefNode **inputs)
{
	int			i;

	*inputs = palloc0(sizeof(GqleInputDefNode) * Max(length(list), 1));
	for (i = 0; i < length(list); i++)
	{
		GqleInputDefNode *input = &(*inputs)[i];
		const GqleJson *json = list->items[i];
		Place		at = {place, NULL, i};

		if (!need_object(reader, &at, "InputValueDefinition", json))
			return false;
		input->name = read_name(reader, &at, json);
		if (input->name == NULL ||
			!read_text(reader, &at, json, "description", &input->description) ||
			!read_type_of(reader, &at, json, &input->type) ||
			!read_default(reader, &at, json, &input->default_value))
			return false;
	}
	*n = length(list);
	return true;
}

static bool
read_fields(Reader *reader, const Place *place, const GqleJson *list, int *n,
			GqleFieldDefNode **fields)
{
	int			i;

	*fields = palloc0(sizeof(GqleFieldDefNode) * Max(length(list), 1));
	for (i = 0; i < length(list); i++)
	{
		GqleFieldDefNode *field = &(*fields)[i];
		const GqleJson *json = list->items[i];
		const GqleJson *args;
		Place		at = {place, NULL, i};
		Place		at_args = {&at, "args", 0};

		if (!need_object(reader, &at, "FieldDefinition", json))
			return false;
		field->name = read_name(reader, &at, json);
		if (field->name == NULL ||
			!read_text(reader, &at, json, "description", &field->description) ||
			!read_list(reader, &at, json, "args", false, &args) ||
			!read_inputs(reader, &at_args, args, &field->n_args, &field->args) ||
			!read_type_of(reader, &at, json, &field->type))
			return false;
	}
	*n = length(list);
	return true;
}

static bool
read_values(Reader *reader, const Place *place, const GqleJson *list, int *n,
			GqleEnumValueDefNode **values)
{
	int			i;

	*values = palloc0(sizeof(GqleEnumValueDefNode) * Max(length(list), 1));
	for (i = 0; i < length(list); i++)
	{
		GqleEnumValueDefNode *value = &(*values)[i];
		const GqleJson *json = list->items[i];
		Place		at = {place, NULL, i};

		if (!need_object(reader, &at, "EnumValueDefinition", json))
			return false;
		value->name = read_name(reader, &at, json);
		if (value->name == NULL ||
			!read_text(reader, &at, json, "description", &value->description))
			return false;
	}
	*n = length(list);
	return true;
}

/* ------------------------------------------------------------------------
 * Types
 * ------------------------------------------------------------------------ */

static const char *const kinds[] = {"SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM",
"INPUT_OBJECT"};

/* Kind and name of a type; false after noting a mistake. */
static bool
read_head(Reader *reader, const Place *place, const GqleJson *json, GqleTypeDefNode *type)
{
	const GqleJson *kind;
	int			i;

	if (!need_object(reader, place, "TypeDefinition", json))
		return false;
	kind = need_member(reader, place, json, "kind");
	if (kind == NULL)
		return false;
	if (kind->kind != GQLE_JSON_STRING)
	{
		Place		below = {place, "kind", 0};

		return fail_kind(reader, &below, "Text", "String", kind);
	}
	type->name = read_name(reader, place, json);
	if (type->name == NULL ||
		!read_text(reader, place, json, "description", &type->description))
		return false;
	for (i = 0; i < (int) lengthof(kinds); i++)
	{
		if (strcmp(kinds[i], kind->text) == 0)
		{
			type->kind = i;
			return true;
		}
	}
	return fail(reader, place, psprintf("unknown kind: %s", kind->text));
}

/* Names of types of one kind: interfaces, members or possible types. */
static bool
read_names(Reader *reader, const Place *place, const GqleJson *list, GqleTypeDefKind kind,
		   const char *complaint, GqleTypeDefNode *type)
{
	int			i;

	type->names = palloc(sizeof(char *) * Max(length(list), 1));
	for (i = 0; i < length(list); i++)
	{
		GqleTypeDefNode other = {0};
		Place		at = {place, NULL, i};

		if (!read_head(reader, &at, list->items[i], &other))
			return false;
		if (other.kind != kind)
			return fail(reader, place->outer, psprintf(complaint, type->name));
		type->names[i] = other.name;
	}
	type->n_names = length(list);
	return true;
}

static bool
read_object(Reader *reader, const Place *place, const GqleJson *json, GqleTypeDefNode *type)
{
	const GqleJson *fields;
	const GqleJson *interfaces;
	Place		at_fields = {place, "fields", 0};
	Place		at_interfaces = {place, "interfaces", 0};

	return read_list(reader, place, json, "fields", true, &fields) &&
		read_fields(reader, &at_fields, fields, &type->n_fields, &type->fields) &&
		read_list(reader, place, json, "interfaces", true, &interfaces) &&
		read_names(reader, &at_interfaces, interfaces, GQLE_DEF_INTERFACE,
				   "Error: object type %s can only implement interfaces", type);
}

static bool
read_interface(Reader *reader, const Place *place, const GqleJson *json,
			   GqleTypeDefNode *type)
{
	const GqleJson *fields;
	const GqleJson *possible;
	Place		at_fields = {place, "fields", 0};
	Place		at_possible = {place, "possibleTypes", 0};

	return read_list(reader, place, json, "fields", true, &fields) &&
		read_fields(reader, &at_fields, fields, &type->n_fields, &type->fields) &&
		read_list(reader, place, json, "possibleTypes", true, &possible) &&
		read_names(reader, &at_possible, possible, GQLE_DEF_OBJECT,
				   "Error: interface type %s can only be implemented by objects", type);
}

static bool
read_union(Reader *reader, const Place *place, const GqleJson *json, GqleTypeDefNode *type)
{
	const GqleJson *possible;
	Place		at_possible = {place, "possibleTypes", 0};

	return read_list(reader, place, json, "possibleTypes", false, &possible) &&
		read_names(reader, &at_possible, possible, GQLE_DEF_OBJECT,
				   "Error: union type %s can only be implemented by objects", type);
}

static bool
read_enum(Reader *reader, const Place *place, const GqleJson *json, GqleTypeDefNode *type)
{
	const GqleJson *values;
	Place		at_values = {place, "enumValues", 0};

	return read_list(reader, place, json, "enumValues", false, &values) &&
		read_values(reader, &at_values, values, &type->n_values, &type->values);
}

static bool
read_input_object(Reader *reader, const Place *place, const GqleJson *json,
				  GqleTypeDefNode *type)
{
	const GqleJson *inputs;
	Place		at_inputs = {place, "inputFields", 0};

	return read_list(reader, place, json, "inputFields", true, &inputs) &&
		read_inputs(reader, &at_inputs, inputs, &type->n_inputs, &type->inputs);
}

static bool
read_type(Reader *reader, const Place *place, const GqleJson *json, GqleTypeDefNode *type)
{
	if (!read_head(reader, place, json, type))
		return false;
	switch (type->kind)
	{
		case GQLE_DEF_SCALAR:
			return true;
		case GQLE_DEF_OBJECT:
			return read_object(reader, place, json, type);
		case GQLE_DEF_INTERFACE:
			return read_interface(reader, place, json, type);
		case GQLE_DEF_UNION:
			return read_union(reader, place, json, type);
		case GQLE_DEF_ENUM:
			return read_enum(reader, place, json, type);
		case GQLE_DEF_INPUT_OBJECT:
			return read_input_object(reader, place, json, type);
	}
	return false;
}

/* ------------------------------------------------------------------------
 * The answer
 * ------------------------------------------------------------------------ */

/* The name of a root type; *name is NULL where there may be none. */
static bool
read_root(Reader *reader, const GqleJson *schema, const char *key, bool is_optional,
		  const char **name)
{
	const GqleJson *root = gqle_json_lookup(schema, key);
	Place		at = {NULL, key, 0};

	if (is_optional && gqle_json_is_null(root))
		return true;
	if (root == NULL)
		return need_member(reader, NULL, schema, key) != NULL;
	if (!need_object(reader, &at, "KeyMap", root))
		return false;
	*name = read_name(reader, NULL, root);
	return *name != NULL;
}

static bool
read_schema(Reader *reader, const GqleJson *schema, GqleTypeSystemNode *system)
{
	const GqleJson *types;
	Place		at_types = {NULL, "types", 0};
	int			i;

	if (!read_list(reader, NULL, schema, "types", false, &types))
		return false;
	system->types = palloc0(sizeof(GqleTypeDefNode) * Max(types->n, 1));
	for (i = 0; i < types->n; i++)
	{
		Place		at = {&at_types, NULL, i};

		CHECK_FOR_INTERRUPTS();
		if (!read_type(reader, &at, types->items[i], &system->types[i]))
			return false;
	}
	system->n_types = types->n;
	return read_root(reader, schema, "queryType", false,
					 &system->roots[GQLE_OPERATION_QUERY]) &&
		read_root(reader, schema, "mutationType", true,
				  &system->roots[GQLE_OPERATION_MUTATION]) &&
		read_root(reader, schema, "subscriptionType", true,
				  &system->roots[GQLE_OPERATION_SUBSCRIPTION]);
}

/* See sdl.h. */
GqleTypeSystemNode *
gqle_introspection_read(const char *text, int len, const char **message)
{
	GqleTypeSystemNode *system = palloc0(sizeof(GqleTypeSystemNode));
	GqleJsonError error;
	GqleJson   *json = gqle_json_parse(text, len, &error);
	Reader		reader = {NULL};
	Place		at_data = {NULL, "data", 0};
	Place		at_schema = {NULL, "__schema", 0};
	const GqleJson *data = NULL;
	const GqleJson *schema = NULL;

	if (json == NULL)
	{
		*message = psprintf("Error in $: %s", error.message);
		return NULL;
	}
	if (need_object(&reader, NULL, "SchemaDocument", json))
		data = need_member(&reader, NULL, json, "data");
	if (data != NULL && need_object(&reader, &at_data, "KeyMap", data))
		schema = need_member(&reader, NULL, data, "__schema");
	if (schema != NULL && need_object(&reader, &at_schema, "KeyMap", schema) &&
		read_schema(&reader, schema, system))
		return system;
	*message = reader.message;
	return NULL;
}
