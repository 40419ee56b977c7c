/*
 * introspect.c
 *		__schema and __type: their types, and their answers.
 *
 * The types are ordinary types of the schema whose fields carry in "variant"
 * which property they are, so that answering compares no names.  The answer is
 * taken from a complete schema of its own; selections come from the role's.
 *
 * Beyond Hasura there is what newer clients ask for: specifiedByURL, and
 * deprecation of input values.  Nothing is ever deprecated.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/base/json_write.h"
#include "gqle/schema/build.h"
#include "gqle/schema/selection.h"

/* ------------------------------------------------------------------------
 * The types
 * ------------------------------------------------------------------------ */

typedef enum Property
{
	PROP_ARGS,
	PROP_DEFAULT_VALUE,
	PROP_DEPRECATION_REASON,
	PROP_DESCRIPTION,
	PROP_DIRECTIVES,
	PROP_ENUM_VALUES,
	PROP_FIELDS,
	PROP_INPUT_FIELDS,
	PROP_INTERFACES,
	PROP_IS_DEPRECATED,
	PROP_IS_REPEATABLE,
	PROP_KIND,
	PROP_LOCATIONS,
	PROP_MUTATION_TYPE,
	PROP_NAME,
	PROP_OF_TYPE,
	PROP_POSSIBLE_TYPES,
	PROP_QUERY_TYPE,
	PROP_SPECIFIED_BY_URL,
	PROP_SUBSCRIPTION_TYPE,
	PROP_TYPE,
	PROP_TYPES
} Property;

/* How a field's type is wrapped. */
typedef enum Wrapping
{
	WRAP_NONE,					/* X */
	WRAP_REQUIRED,				/* X! */
	WRAP_LIST,					/* [X!] */
	WRAP_REQUIRED_LIST			/* [X!]! */
} Wrapping;

typedef struct MetaField
{
	const char *parent;
	const char *name;
	Property	property;
	const char *type;
	Wrapping	wrapping;
	bool		include_deprecated; /* has that argument */
} MetaField;

static const MetaField meta_fields[] = {
	{"__Schema", "description", PROP_DESCRIPTION, "String", WRAP_NONE, false},
	{"__Schema", "directives", PROP_DIRECTIVES, "__Directive", WRAP_REQUIRED_LIST, false},
	{"__Schema", "mutationType", PROP_MUTATION_TYPE, "__Type", WRAP_NONE, false},
	{"__Schema", "queryType", PROP_QUERY_TYPE, "__Type", WRAP_REQUIRED, false},
	{"__Schema", "subscriptionType", PROP_SUBSCRIPTION_TYPE, "__Type", WRAP_NONE, false},
	{"__Schema", "types", PROP_TYPES, "__Type", WRAP_REQUIRED_LIST, false},
	{"__Type", "description", PROP_DESCRIPTION, "String", WRAP_NONE, false},
	{"__Type", "enumValues", PROP_ENUM_VALUES, "__EnumValue", WRAP_LIST, true},
	{"__Type", "fields", PROP_FIELDS, "__Field", WRAP_LIST, true},
	{"__Type", "inputFields", PROP_INPUT_FIELDS, "__InputValue", WRAP_LIST, true},
	{"__Type", "interfaces", PROP_INTERFACES, "__Type", WRAP_LIST, false},
	{"__Type", "kind", PROP_KIND, "__TypeKind", WRAP_REQUIRED, false},
	{"__Type", "name", PROP_NAME, "String", WRAP_NONE, false},
	{"__Type", "ofType", PROP_OF_TYPE, "__Type", WRAP_NONE, false},
	{"__Type", "possibleTypes", PROP_POSSIBLE_TYPES, "__Type", WRAP_LIST, false},
	{"__Type", "specifiedByURL", PROP_SPECIFIED_BY_URL, "String", WRAP_NONE, false},
	{"__Field", "args", PROP_ARGS, "__InputValue", WRAP_REQUIRED_LIST, true},
	{"__Field", "deprecationReason", PROP_DEPRECATION_REASON, "String", WRAP_NONE, false},
	{"__Field", "description", PROP_DESCRIPTION, "String", WRAP_NONE, false},
	{"__Field", "isDeprecated", PROP_IS_DEPRECATED, "Boolean", WRAP_REQUIRED, false},
	{"__Field", "name", PROP_NAME, "String", WRAP_REQUIRED, false},
	{"__Field", "type", PROP_TYPE, "__Type", WRAP_REQUIRED, false},
	{"__InputValue", "defaultValue", PROP_DEFAULT_VALUE, "String", WRAP_NONE, false},
	{"__InputValue", "deprecationReason", PROP_DEPRECATION_REASON, "String", WRAP_NONE, false},
	{"__InputValue", "description", PROP_DESCRIPTION, "String", WRAP_NONE, false},
	{"__InputValue", "isDeprecated", PROP_IS_DEPRECATED, "Boolean", WRAP_REQUIRED, false},
	{"__InputValue", "name", PROP_NAME, "String", WRAP_REQUIRED, false},
	{"__InputValue", "type", PROP_TYPE, "__Type", WRAP_REQUIRED, false},
	{"__EnumValue", "deprecationReason", PROP_DEPRECATION_REASON, "String", WRAP_NONE, false},
	{"__EnumValue", "description", PROP_DESCRIPTION, "String", WRAP_NONE, false},
	{"__EnumValue", "isDeprecated", PROP_IS_DEPRECATED, "Boolean", WRAP_REQUIRED, false},
	{"__EnumValue", "name", PROP_NAME, "String", WRAP_REQUIRED, false},
	{"__Directive", "args", PROP_ARGS, "__InputValue", WRAP_REQUIRED_LIST, true},
	{"__Directive", "description", PROP_DESCRIPTION, "String", WRAP_NONE, false},
	{"__Directive", "isRepeatable", PROP_IS_REPEATABLE, "Boolean", WRAP_REQUIRED, false},
	{"__Directive", "locations", PROP_LOCATIONS, "__DirectiveLocation", WRAP_REQUIRED_LIST, false},
	{"__Directive", "name", PROP_NAME, "String", WRAP_REQUIRED, false}
};

static const char *const type_kinds[] = {
	"ENUM", "INPUT_OBJECT", "INTERFACE", "LIST", "NON_NULL", "OBJECT", "SCALAR", "UNION",
	NULL
};

static const char *const directive_locations[] = {
	"ARGUMENT_DEFINITION", "ENUM", "ENUM_VALUE", "FIELD", "FIELD_DEFINITION",
	"FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
	"INPUT_FIELD_DEFINITION", "INPUT_OBJECT", "INTERFACE", "MUTATION", "OBJECT",
	"QUERY", "SCALAR", "SCHEMA", "SUBSCRIPTION", "UNION", "VARIABLE_DEFINITION",
	NULL
};

/* __TypeKind and __DirectiveLocation */
static void
fill_meta_enum(GqleSchema *schema, GqleType *type)
{
	const char *const *names = strcmp(type->name, "__TypeKind") == 0 ?
		type_kinds : directive_locations;

	for (; *names != NULL; names++)
		gqle_build_value(type, *names, NULL);
}

static void fill_meta_object(GqleSchema *schema, GqleType *type);

/* A type of the introspection schema, or a built-in scalar, by name. */
static GqleType *
build_meta_type(GqleSchema *schema, const char *name)
{
	if (strcmp(name, "__TypeKind") == 0 || strcmp(name, "__DirectiveLocation") == 0)
		return gqle_build_type(schema, GQLE_TYPE_ENUM, pstrdup(name), fill_meta_enum,
							   NULL);
	if (name[0] == '_')
		return gqle_build_type(schema, GQLE_TYPE_OBJECT, pstrdup(name),
							   fill_meta_object, NULL);
	return gqle_build_builtin(schema, name);
}

static GqleTypeRef
meta_ref(GqleSchema *schema, const MetaField *meta)
{
	GqleTypeRef ref = gqle_typeref(build_meta_type(schema, meta->type));

	if (meta->wrapping == WRAP_NONE)
		return ref;
	ref = gqle_typeref_non_null(ref);
	if (meta->wrapping == WRAP_REQUIRED)
		return ref;
	ref = gqle_typeref_list(ref);
	return meta->wrapping == WRAP_LIST ? ref : gqle_typeref_non_null(ref);
}

static void
fill_meta_object(GqleSchema *schema, GqleType *type)
{
	int			i;

	for (i = 0; i < (int) lengthof(meta_fields); i++)
	{
		const MetaField *meta = &meta_fields[i];
		GqleField  *field;
		GqleInputField *arg;

		if (strcmp(meta->parent, type->name) != 0)
			continue;
		field = gqle_build_field(schema, type, GQLE_FIELD_INTROSPECTION, meta->name, NULL,
								 meta_ref(schema, meta));
		field->variant = meta->property;
		if (!meta->include_deprecated)
			continue;
		arg = gqle_build_arg(schema, field, GQLE_INPUT_OTHER, "includeDeprecated", NULL,
							 gqle_typeref(gqle_build_builtin(schema, "Boolean")));
		arg->default_text = "false";
		arg->null_is_absent = true;
		arg->value_class = GQLE_CLASS_BOOLEAN;
	}
}

GqleType *
gqle_introspect_schema_type(GqleSchema *schema)
{
	return build_meta_type(schema, "__Schema");
}

GqleType *
gqle_introspect_type_type(GqleSchema *schema)
{
	return build_meta_type(schema, "__Type");
}

/* ------------------------------------------------------------------------
 * Directives
 * ------------------------------------------------------------------------ */

/* An argument of a directive. */
static GqleInputField
make_directive_arg(GqleSchema *schema, const char *name, const char *description,
				   const char *type, const char *default_text)
{
	GqleTypeRef ref = gqle_typeref(gqle_build_builtin(schema, type));
	GqleInputField arg;

	memset(&arg, 0, sizeof(arg));
	arg.role = GQLE_INPUT_OTHER;
	arg.name = name;
	arg.description = description;
	arg.type = gqle_typeref_non_null(ref);
	arg.default_text = default_text;
	return arg;
}

GqleDirectiveDef *
gqle_directives_make(GqleSchema *schema, int *n)
{
	GqleDirectiveDef *directives = palloc0(3 * sizeof(GqleDirectiveDef));
	int			i;

	directives[0].name = "include";
	directives[0].description = "whether this query should be included";
	directives[1].name = "skip";
	directives[1].description = "whether this query should be skipped";
	for (i = 0; i < 2; i++)
	{
		directives[i].locations[0] = "FIELD";
		directives[i].locations[1] = "FRAGMENT_SPREAD";
		directives[i].locations[2] = "INLINE_FRAGMENT";
		directives[i].n_args = 1;
		directives[i].args = palloc(sizeof(GqleInputField));
		directives[i].args[0] = make_directive_arg(schema, "if", NULL, "Boolean", NULL);
	}
	directives[2].name = "cached";
	directives[2].description = "whether this query should be cached (Hasura Cloud only)";
	directives[2].locations[0] = "QUERY";
	directives[2].n_args = 2;
	directives[2].args = palloc(2 * sizeof(GqleInputField));
	directives[2].args[0] = make_directive_arg(schema, "refresh", "refresh the cache entry",
											   "Boolean", "false");
	directives[2].args[1] = make_directive_arg(schema, "ttl", "measured in seconds",
											   "Int", "60");
	*n = 3;
	return directives;
}

/* ------------------------------------------------------------------------
 * Answers
 * ------------------------------------------------------------------------ */

/* What answers are made from. */
typedef struct Answer
{
	StringInfo	out;
	GqleSchema *schema;			/* complete */
	GqleType  **types;
	int			n_types;
	GqleDirectiveDef *directives;
	int			n_directives;
} Answer;

/* Appends the value of one property of an object. */
typedef void (*PropertyWriter) (Answer *answer, const GqleSelection *selection,
								const void *object);

/* An object with the properties selected. */
static void
append_object(Answer *answer, const GqleSelection *selection, const void *object,
			  PropertyWriter writer)
{
	bool		first = true;
	int			i;

	check_stack_depth();
	appendStringInfoChar(answer->out, '{');
	for (i = 0; i < selection->n_children; i++)
	{
		const GqleSelection *child = selection->children[i];

		gqle_json_write_key(answer->out, child->response_key, &first);
		if (child->field->kind == GQLE_FIELD_TYPENAME)
			gqle_json_write_cstring(answer->out, child->parent->name);
		else
			writer(answer, child, object);
	}
	appendStringInfoChar(answer->out, '}');
}

static void
append_text(Answer *answer, const char *text)
{
	if (text == NULL)
		appendStringInfoString(answer->out, "null");
	else
		gqle_json_write_cstring(answer->out, text);
}

/* Separate elements of a list. */
static void
append_separator(Answer *answer, int i)
{
	if (i > 0)
		appendStringInfoChar(answer->out, ',');
}

/* A property no object of this kind has: our mistake. */
static void
report_bad_property(const GqleSelection *selection)
{
	elog(ERROR, "unexpected introspection field \"%s\"", selection->field->name);
}

static void append_type_ref(Answer *answer, const GqleSelection *selection,
							GqleTypeRef ref);

/* __InputValue */
static void
write_input(Answer *answer, const GqleSelection *selection, const void *object)
{
	const GqleInputField *input = object;

	switch ((Property) selection->field->variant)
	{
		case PROP_NAME:
			append_text(answer, input->name);
			break;
		case PROP_DESCRIPTION:
			append_text(answer, input->description);
			break;
		case PROP_TYPE:
			append_type_ref(answer, selection, input->type);
			break;
		case PROP_DEFAULT_VALUE:
			append_text(answer, input->default_text);
			break;
		case PROP_IS_DEPRECATED:
			appendStringInfoString(answer->out, "false");
			break;
		case PROP_DEPRECATION_REASON:
			append_text(answer, NULL);
			break;
		default:
			report_bad_property(selection);
	}
}

static void
append_inputs(Answer *answer, const GqleSelection *selection,
			  GqleInputField **inputs, int n)
{
	int			n_shown = 0;
	int			i;

	appendStringInfoChar(answer->out, '[');
	for (i = 0; i < n; i++)
	{
		if (inputs[i]->is_hidden)
			continue;
		append_separator(answer, n_shown++);
		append_object(answer, selection, inputs[i], write_input);
	}
	appendStringInfoChar(answer->out, ']');
}

/* __Field */
static void
write_field(Answer *answer, const GqleSelection *selection, const void *object)
{
	const GqleField *field = object;

	switch ((Property) selection->field->variant)
	{
		case PROP_NAME:
			append_text(answer, field->name);
			break;
		case PROP_DESCRIPTION:
			append_text(answer, field->description);
			break;
		case PROP_ARGS:
			append_inputs(answer, selection, field->args, field->n_args);
			break;
		case PROP_TYPE:
			append_type_ref(answer, selection, field->type);
			break;
		case PROP_IS_DEPRECATED:
			appendStringInfoString(answer->out, "false");
			break;
		case PROP_DEPRECATION_REASON:
			append_text(answer, NULL);
			break;
		default:
			report_bad_property(selection);
	}
}

/* __EnumValue */
static void
write_enum_value(Answer *answer, const GqleSelection *selection, const void *object)
{
	const GqleEnumValue *value = object;

	switch ((Property) selection->field->variant)
	{
		case PROP_NAME:
			append_text(answer, value->name);
			break;
		case PROP_DESCRIPTION:
			append_text(answer, value->description);
			break;
		case PROP_IS_DEPRECATED:
			appendStringInfoString(answer->out, "false");
			break;
		case PROP_DEPRECATION_REASON:
			append_text(answer, NULL);
			break;
		default:
			report_bad_property(selection);
	}
}

/* Fields of an object or interface; null of anything else. */
static void
append_fields(Answer *answer, const GqleSelection *selection, const GqleType *type)
{
	int			i;

	if (type->kind != GQLE_TYPE_OBJECT && type->kind != GQLE_TYPE_INTERFACE)
	{
		append_text(answer, NULL);
		return;
	}
	appendStringInfoChar(answer->out, '[');
	for (i = 0; i < type->n_fields; i++)
	{
		append_separator(answer, i);
		append_object(answer, selection, type->fields[i], write_field);
	}
	appendStringInfoChar(answer->out, ']');
}

/* Values of an enum; null of anything else. */
static void
append_enum_values(Answer *answer, const GqleSelection *selection, const GqleType *type)
{
	int			i;

	if (type->kind != GQLE_TYPE_ENUM)
	{
		append_text(answer, NULL);
		return;
	}
	appendStringInfoChar(answer->out, '[');
	for (i = 0; i < type->n_values; i++)
	{
		append_separator(answer, i);
		append_object(answer, selection, &type->values[i], write_enum_value);
	}
	appendStringInfoChar(answer->out, ']');
}

/* A list of named types; null if there cannot be one. */
static void
append_types(Answer *answer, const GqleSelection *selection, GqleType **types, int n,
			 bool applies)
{
	int			i;

	if (!applies)
	{
		append_text(answer, NULL);
		return;
	}
	appendStringInfoChar(answer->out, '[');
	for (i = 0; i < n; i++)
	{
		append_separator(answer, i);
		append_type_ref(answer, selection, gqle_typeref(types[i]));
	}
	appendStringInfoChar(answer->out, ']');
}

static const char *
kind_name(GqleTypeKind kind)
{
	switch (kind)
	{
		case GQLE_TYPE_SCALAR:
			return "SCALAR";
		case GQLE_TYPE_OBJECT:
			return "OBJECT";
		case GQLE_TYPE_INTERFACE:
			return "INTERFACE";
		case GQLE_TYPE_UNION:
			return "UNION";
		case GQLE_TYPE_ENUM:
			return "ENUM";
		case GQLE_TYPE_INPUT_OBJECT:
			return "INPUT_OBJECT";
	}
	return NULL;
}

/* __Type of a named type */
static void
write_named_type(Answer *answer, const GqleSelection *selection, const GqleType *type)
{
	switch ((Property) selection->field->variant)
	{
		case PROP_KIND:
			append_text(answer, kind_name(type->kind));
			break;
		case PROP_NAME:
			append_text(answer, type->name);
			break;
		case PROP_DESCRIPTION:
			append_text(answer, type->description);
			break;
		case PROP_FIELDS:
			append_fields(answer, selection, type);
			break;
		case PROP_INTERFACES:
			append_types(answer, selection, type->interfaces, type->n_interfaces,
						 type->kind == GQLE_TYPE_OBJECT);
			break;
		case PROP_POSSIBLE_TYPES:
			append_types(answer, selection, type->possible, type->n_possible,
						 type->kind == GQLE_TYPE_INTERFACE ||
						 type->kind == GQLE_TYPE_UNION);
			break;
		case PROP_ENUM_VALUES:
			append_enum_values(answer, selection, type);
			break;
		case PROP_INPUT_FIELDS:
			if (type->kind == GQLE_TYPE_INPUT_OBJECT)
				append_inputs(answer, selection, type->input_fields,
							  type->n_input_fields);
			else
				append_text(answer, NULL);
			break;
		case PROP_OF_TYPE:
		case PROP_SPECIFIED_BY_URL:
			append_text(answer, NULL);
			break;
		default:
			report_bad_property(selection);
	}
}

/*
 * __Type.  Of a wrapper everything but kind and ofType is null; the description
 * of a non-null type is that of what it wraps, as in Hasura.
 */
static void
write_type_ref(Answer *answer, const GqleSelection *selection, const void *object)
{
	GqleTypeRef ref = *(const GqleTypeRef *) object;

	if (ref.wraps == 0)
	{
		write_named_type(answer, selection, ref.type);
		return;
	}
	switch ((Property) selection->field->variant)
	{
		case PROP_KIND:
			append_text(answer, gqle_typeref_is_list(ref) ? "LIST" : "NON_NULL");
			break;
		case PROP_OF_TYPE:
			append_type_ref(answer, selection, gqle_typeref_unwrap(ref));
			break;
		case PROP_DESCRIPTION:
			if (gqle_typeref_is_list(ref) ||
				gqle_typeref_is_list(gqle_typeref_unwrap(ref)))
				append_text(answer, NULL);
			else
				append_text(answer, ref.type->description);
			break;
		default:
			append_text(answer, NULL);
	}
}

static void
append_type_ref(Answer *answer, const GqleSelection *selection, GqleTypeRef ref)
{
	if (ref.type == NULL)
		append_text(answer, NULL);
	else
		append_object(answer, selection, &ref, write_type_ref);
}

/* __Directive */
static void
write_directive(Answer *answer, const GqleSelection *selection, const void *object)
{
	const GqleDirectiveDef *directive = object;
	int			i;

	switch ((Property) selection->field->variant)
	{
		case PROP_NAME:
			append_text(answer, directive->name);
			break;
		case PROP_DESCRIPTION:
			append_text(answer, directive->description);
			break;
		case PROP_IS_REPEATABLE:
			appendStringInfoString(answer->out, "false");
			break;
		case PROP_LOCATIONS:
			appendStringInfoChar(answer->out, '[');
			for (i = 0; directive->locations[i] != NULL; i++)
			{
				append_separator(answer, i);
				append_text(answer, directive->locations[i]);
			}
			appendStringInfoChar(answer->out, ']');
			break;
		case PROP_ARGS:
			appendStringInfoChar(answer->out, '[');
			for (i = 0; i < directive->n_args; i++)
			{
				append_separator(answer, i);
				append_object(answer, selection, &directive->args[i], write_input);
			}
			appendStringInfoChar(answer->out, ']');
			break;
		default:
			report_bad_property(selection);
	}
}

/* __Schema; the object is not used */
static void
write_schema(Answer *answer, const GqleSelection *selection, const void *object)
{
	int			i;

	switch ((Property) selection->field->variant)
	{
		case PROP_DESCRIPTION:
			append_text(answer, NULL);
			break;
		case PROP_TYPES:
			append_types(answer, selection, answer->types, answer->n_types, true);
			break;
		case PROP_QUERY_TYPE:
			append_type_ref(answer, selection, gqle_typeref(answer->schema->query));
			break;
		case PROP_MUTATION_TYPE:
			append_type_ref(answer, selection, gqle_typeref(answer->schema->mutation));
			break;
		case PROP_SUBSCRIPTION_TYPE:
			append_type_ref(answer, selection, gqle_typeref(answer->schema->subscription));
			break;
		case PROP_DIRECTIVES:
			appendStringInfoChar(answer->out, '[');
			for (i = 0; i < answer->n_directives; i++)
			{
				append_separator(answer, i);
				append_object(answer, selection, &answer->directives[i], write_directive);
			}
			appendStringInfoChar(answer->out, ']');
			break;
		default:
			report_bad_property(selection);
	}
}

/* The type that __type asks for, or NULL. */
static GqleType *
find_type(const Answer *answer, const GqleSelection *selection)
{
	const GqleInput *name = gqle_selection_arg(selection, GQLE_INPUT_TYPE_NAME);
	int			low = 0;
	int			high = answer->n_types - 1;

	Ensure(name != NULL && name->text != NULL, "__type without a name");
	while (low <= high)
	{
		int			middle = (low + high) / 2;
		int			order = strcmp(name->text, answer->types[middle]->name);

		if (order == 0)
			return answer->types[middle];
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return NULL;
}

void
gqle_introspect_append(StringInfo out, GqleSchema *schema,
					   const GqleSelection *selection)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "gqle introspection",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	Answer		answer;

	answer.out = out;
	answer.schema = gqle_schema_make_scratch(schema, context);
	answer.types = gqle_schema_complete(answer.schema, &answer.n_types);
	answer.directives = gqle_directives_make(answer.schema, &answer.n_directives);
	if (selection->field->kind == GQLE_FIELD_SCHEMA)
		append_object(&answer, selection, NULL, write_schema);
	else
		append_type_ref(&answer, selection, gqle_typeref(find_type(&answer, selection)));
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(context);
}
