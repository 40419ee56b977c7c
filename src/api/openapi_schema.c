/*
 * openapi_schema.c
 *		Schemas of the OpenAPI document: of what a query answers, and of types.
 *
 * Types that are not built in are described once in components.schemas, under their
 * name, with "!" if they are non-null.  What does not fit the schema is left out.
 *
 * compat: scalars that JSON has not are described by their names alone.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"

#include "gqle/api/openapi.h"
#include "gqle/schema/build.h"

#define UUID_PATTERN \
	"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89aAbB][a-f0-9]{3}-[a-f0-9]{12}"

/* See openapi.h. */
void
gqle_openapi_set_text(GqleJson *object, const char *key, const char *text)
{
	gqle_json_object_set(object, key, gqle_json_make_string(text));
}

/* ------------------------------------------------------------------------
 * What is wrong with a query
 * ------------------------------------------------------------------------ */

/* See openapi.h. */
void
gqle_openapi_add_problem(GqleOpenapi *doc, const char *format,...)
{
	va_list		args;

	appendStringInfo(&doc->problems, "\n- \xe2\x9a\xa0\xef\xb8\x8f %s: ", doc->path.data);
	for (;;)
	{
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&doc->problems, format, args);
		va_end(args);
		if (needed == 0)
			return;
		enlargeStringInfo(&doc->problems, needed);
	}
}

/* See openapi.h. */
int
gqle_openapi_enter(GqleOpenapi *doc, const char *name)
{
	int			len = doc->path.len;

	appendStringInfo(&doc->path, ".%s", name);
	return len;
}

/* See openapi.h. */
void
gqle_openapi_leave(GqleOpenapi *doc, int len)
{
	doc->path.len = len;
	doc->path.data[len] = '\0';
}

/* ------------------------------------------------------------------------
 * Scalars
 * ------------------------------------------------------------------------ */

/* The type of JSON that stands for a scalar, or NULL: nothing is known of it. */
static const char *
json_type(const char *scalar)
{
	static const struct
	{
		const char *scalar;
		const char *type;
	}			known[] = {
		{"int", "integer"}, {"float", "number"}, {"double", "number"},
		{"uuid", "string"}, {"bool", "boolean"}, {"boolean", "boolean"},
		{"string", "string"}, {"id", "string"}
	};
	size_t		i;

	for (i = 0; i < lengthof(known); i++)
		if (pg_strcasecmp(scalar, known[i].scalar) == 0)
			return known[i].type;
	return NULL;
}

static bool
is_uuid(const char *scalar)
{
	return pg_strcasecmp(scalar, "uuid") == 0;
}

/* See openapi.h. */
bool
gqle_openapi_knows_scalar(const char *scalar)
{
	return json_type(scalar) != NULL;
}

/* See openapi.h. */
void
gqle_openapi_set_scalar(GqleJson *schema, const char *scalar)
{
	gqle_openapi_set_text(schema, "type", json_type(scalar));
	if (is_uuid(scalar))
		gqle_openapi_set_text(schema, "pattern", UUID_PATTERN);
}

/* ------------------------------------------------------------------------
 * Selections
 * ------------------------------------------------------------------------ */

/* The schema of the objects that a field has, in lists or not. */
static GqleJson *
object_schema(GqleJson *schema)
{
	GqleJson   *items;

	while ((items = gqle_json_lookup(schema, "items")) != NULL)
		schema = items;
	return schema;
}

/* A leaf's schema, or NULL after adding what is wrong. */
static GqleJson *
make_leaf(GqleOpenapi *doc, const GqleField *field, const GqleSelectionNode *node)
{
	const GqleType *type = field->type.type;

	if (node->set == NULL)
		return gqle_openapi_make_schema(doc, field->type, false);
	gqle_openapi_add_problem(doc, "%s '%s' does not accept a selection set",
							 type->kind == GQLE_TYPE_SCALAR ? "scalar" : "enum", type->name);
	return NULL;
}

/*
 * The schema of a field that answers objects, or NULL after adding what is wrong;
 * properties are those found under the same key before.
 */
static GqleJson *
make_nested(GqleOpenapi *doc, const GqleField *field, const GqleSelectionNode *node,
			GqleJson *properties)
{
	GqleJson   *schema;

	if (node->set == NULL)
	{
		gqle_openapi_add_problem(doc, "object of type '%s' must have a selection set",
								 field->type.type->name);
		return NULL;
	}
	if (!gqle_openapi_add_selections(doc, field->type.type, node->set, properties))
		return NULL;
	schema = gqle_openapi_make_schema(doc, field->type, false);
	if (properties->n > 0)
		gqle_json_object_set(object_schema(schema), "properties", properties);
	return schema;
}

/* The schema of a field, or NULL: there is none of it to be told. */
static GqleJson *
make_field(GqleOpenapi *doc, GqleType *type, const GqleSelectionNode *node,
		   GqleJson *before)
{
	const GqleField *field = gqle_schema_lookup_field(doc->schema, type, node->name);
	GqleJson   *properties = NULL;

	if (field == NULL)
	{
		gqle_openapi_add_problem(doc, "field '%s' not found in object '%s'", node->name,
								 type->name);
		return NULL;
	}
	switch (field->type.type->kind)
	{
		case GQLE_TYPE_SCALAR:
		case GQLE_TYPE_ENUM:
			return make_leaf(doc, field, node);
		case GQLE_TYPE_OBJECT:
			if (before != NULL)
				properties = gqle_json_lookup(object_schema(before), "properties");
			return make_nested(doc, field, node,
							   properties != NULL ? properties : gqle_json_make_object());
		default:
			return NULL;		/* compat: interfaces and unions are not described */
	}
}

/* Are two fields of one key of one type?  Of objects only the properties differ. */
static bool
are_alike(const GqleJson *before, const GqleJson *after)
{
	const GqleJson *title = gqle_json_lookup(before, "title");
	const GqleJson *other_title = gqle_json_lookup(after, "title");
	const GqleJson *reference = gqle_json_lookup(before, "$ref");
	const GqleJson *other_reference = gqle_json_lookup(after, "$ref");
	const GqleJson *nullable = gqle_json_lookup(before, "nullable");
	const GqleJson *other_nullable = gqle_json_lookup(after, "nullable");
	const GqleJson *items = gqle_json_lookup(before, "items");
	const GqleJson *other_items = gqle_json_lookup(after, "items");

	if ((items == NULL) != (other_items == NULL) ||
		(title == NULL) != (other_title == NULL) ||
		(reference == NULL) != (other_reference == NULL))
		return false;
	if (reference != NULL)
		return strcmp(reference->text, other_reference->text) == 0;
	return nullable->boolean == other_nullable->boolean &&
		(title == NULL || strcmp(title->text, other_title->text) == 0) &&
		(items == NULL || are_alike(items, other_items));
}

/* Add what one field answers; false after adding that it is two different things. */
static bool
add_field(GqleOpenapi *doc, GqleType *type, const GqleSelectionNode *node,
		  GqleJson *properties)
{
	const char *key = node->alias != NULL ? node->alias : node->name;
	GqleJson   *before = gqle_json_lookup(properties, key);
	int			len = gqle_openapi_enter(doc, node->name);
	GqleJson   *schema = make_field(doc, type, node, before);

	gqle_openapi_leave(doc, len);
	if (schema == NULL)
		return true;
	if (before != NULL && !are_alike(before, schema))
	{
		gqle_openapi_add_problem(doc, "field '%s' seen with two different types", key);
		return false;
	}
	gqle_json_object_set(properties, key, schema);
	return true;
}

/* See openapi.h. */
bool
gqle_openapi_add_selections(GqleOpenapi *doc, GqleType *type, const GqleSelectionSetNode *set,
							GqleJson *properties)
{
	int			i;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	for (i = 0; i < set->n; i++)
	{
		const GqleSelectionNode *node = set->items[i];

		if (node->kind == GQLE_SELECTION_FIELD && !add_field(doc, type, node, properties))
			return false;
		if (node->kind == GQLE_SELECTION_INLINE &&
			!gqle_openapi_add_selections(doc, type, node->set, properties))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Types
 * ------------------------------------------------------------------------ */

/* Title, type, description and nullability of a named type. */
static GqleJson *
make_named(const GqleType *type, bool non_null)
{
	bool		is_known = type->kind == GQLE_TYPE_SCALAR &&
		gqle_openapi_knows_scalar(type->name);
	GqleJson   *schema = gqle_json_make_object();

	gqle_openapi_set_text(schema, "title", type->name);
	if (is_known)
		gqle_openapi_set_scalar(schema, type->name);
	else if (type->kind != GQLE_TYPE_SCALAR && type->kind != GQLE_TYPE_ENUM)
		gqle_openapi_set_text(schema, "type", "object");
	if (!is_known && type->description != NULL)
		gqle_openapi_set_text(schema, "description", type->description);
	gqle_json_object_set(schema, "nullable", gqle_json_make_bool(!non_null));
	return schema;
}

/* Describe a type in the components unless that is done; refer to it. */
static GqleJson *
make_reference(GqleOpenapi *doc, GqleType *type, bool non_null)
{
	char	   *name = psprintf("%s%s", type->name, non_null ? "!" : "");
	GqleJson   *reference = gqle_json_make_object();
	int			i;

	gqle_openapi_set_text(reference, "$ref", psprintf(GQLE_OPENAPI_COMPONENTS "%s", name));
	if (gqle_json_lookup(doc->components, name) == NULL)
	{
		GqleJson   *schema;

		check_stack_depth();
		gqle_type_fill(doc->schema, type);
		schema = make_named(type, non_null);
		gqle_json_object_set(doc->components, name, schema);
		if (type->kind == GQLE_TYPE_ENUM)
		{
			GqleJson   *values = gqle_json_make_array();

			for (i = 0; i < type->n_values; i++)
				gqle_json_array_add(values, gqle_json_make_string(type->values[i].name));
			gqle_json_object_set(schema, "enum", values);
		}
		else if (type->kind == GQLE_TYPE_INPUT_OBJECT)
		{
			GqleJson   *properties = gqle_json_make_object();

			gqle_json_object_set(schema, "properties", properties);
			for (i = 0; i < type->n_input_fields; i++)
				if (!type->input_fields[i]->is_hidden)
					gqle_json_object_set(properties, type->input_fields[i]->name,
										 gqle_openapi_make_schema(doc, type->input_fields[i]->type,
																  true));
		}
	}
	return reference;
}

/* See openapi.h. */
GqleJson *
gqle_openapi_make_schema(GqleOpenapi *doc, GqleTypeRef ref, bool is_input)
{
	bool		non_null = gqle_typeref_is_non_null(ref);
	GqleType   *type = ref.type;
	GqleJson   *schema;

	if (non_null)
		ref = gqle_typeref_unwrap(ref);
	if (gqle_typeref_is_list(ref))
	{
		schema = gqle_json_make_object();
		gqle_json_object_set(schema, "items",
							 gqle_openapi_make_schema(doc, gqle_typeref_unwrap(ref), is_input));
		gqle_openapi_set_text(schema, "type", "array");
		gqle_json_object_set(schema, "nullable", gqle_json_make_bool(!non_null));
		return schema;
	}
	if (type->kind == GQLE_TYPE_SCALAR && gqle_openapi_knows_scalar(type->name) &&
		!is_uuid(type->name))
		return make_named(type, non_null);
	if (is_input || type->kind == GQLE_TYPE_SCALAR || type->kind == GQLE_TYPE_ENUM)
		return make_reference(doc, type, non_null);
	gqle_type_fill(doc->schema, type);
	return make_named(type, non_null);
}
