/*
 * meta_shape.c
 *		Applying shapes to JSON values; see meta_shape.h.
 *
 * Messages and paths are those of Aeson, the JSON library Hasura reads with:
 * a missing key is reported at the object, a wrong type at the value.  compat:
 * null and absent are the same for optional keys, unknown keys are ignored
 * unless the shape is strict.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/api/meta_shape.h"
#include "gqle/base/strhash.h"

static GqleJson *apply_type(GqleMetaReader *reader, const GqleMetaPath *path,
							const GqleMetaField *field, const GqleJson *value);
static GqleJson *apply_text(GqleMetaReader *reader, const GqleMetaPath *path,
							GqleMetaType type, const GqleJson *value);
static GqleJson *apply_integer(GqleMetaReader *reader, const GqleMetaPath *path,
							   GqleMetaType type, const GqleJson *value);
static GqleJson *apply_name_object(GqleMetaReader *reader, const GqleMetaPath *path,
								   bool is_table, const GqleJson *value);
static GqleJson *apply_map(GqleMetaReader *reader, const GqleMetaPath *path,
						   const GqleMetaField *field, const GqleJson *value);
static bool check_unknown_keys(GqleMetaReader *reader, const GqleMetaPath *path,
							   const GqleMetaShape *shape, const GqleJson *value);
static bool check_unique(GqleMetaReader *reader, const GqleMetaPath *path,
						 const GqleMetaField *field, const GqleJson *list);
static GqleJson *keep_last(const GqleJson *list, const char *key);
static GqleJson *parse_default(const char *text);
static bool is_left_out(const GqleMetaField *field, const GqleJson *value);
static void append_path(StringInfo out, const GqleMetaPath *path);
static bool is_identifier(const char *text);

/*
 * gqle_meta_shape_apply returns the canonical form of an object, or NULL after
 * reporting what is wrong with it.
 */
GqleJson *
gqle_meta_shape_apply(GqleMetaReader *reader, const GqleMetaPath *path,
					  const GqleMetaShape *shape, const GqleJson *value)
{
	GqleJson   *object;
	const GqleMetaField *field;

	check_stack_depth();
	if (value->kind != GQLE_JSON_OBJECT && shape->wrapper != NULL)
		return gqle_meta_reader_fail(reader, path, shape->wrapper,
									 gqle_json_kind_name(value));
	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path,
										 shape->generic != NULL ? shape->generic :
										 shape->name, "Object", value);
	if (shape->is_strict && !check_unknown_keys(reader, path, shape, value))
		return NULL;

	object = gqle_json_make_object();
	for (field = shape->fields; field->key != NULL; field++)
	{
		GqleMetaPath below = {path, field->key, 0, NULL};
		const GqleJson *member = gqle_json_lookup(value, field->key);
		GqleJson   *canonical;

		if (member == NULL && (field->flags & GQLE_META_REQUIRED))
			return gqle_meta_reader_fail(reader, path,
										 shape->generic == NULL ||
										 (field->flags & GQLE_META_OUTER) ?
										 "key \"%s\" not found" :
										 "parsing %2$s failed, key \"%1$s\" not found",
										 field->key, shape->generic);
		if (member == NULL || (member->kind == GQLE_JSON_NULL &&
							   !(field->flags & GQLE_META_REQUIRED)))
		{
			if (field->flags & GQLE_META_FILL)
				gqle_json_object_set(object, field->key,
									 parse_default(field->default_text));
			else if ((field->flags & GQLE_META_WRITE_NULL) ||
					 (member != NULL && (field->flags & GQLE_META_KEEP_NULL)))
				gqle_json_object_set(object, field->key, gqle_json_make_null());
			continue;
		}
		canonical = gqle_meta_shape_apply_field(reader, &below, field, member);
		if (canonical == NULL)
			return NULL;
		if (!is_left_out(field, canonical))
			gqle_json_object_set(object, field->key, canonical);
	}
	if (shape->finish != NULL)
		return shape->finish(reader, path, object);
	return object;
}

/* gqle_meta_shape_apply_field does the same for one value of a field. */
GqleJson *
gqle_meta_shape_apply_field(GqleMetaReader *reader, const GqleMetaPath *path,
							const GqleMetaField *field, const GqleJson *value)
{
	GqleJson   *list;
	int			i;

	if (!(field->flags & GQLE_META_LIST))
		return apply_type(reader, path, field, value);

	if (value->kind != GQLE_JSON_ARRAY)
		return gqle_meta_reader_mismatch(reader, path, "[]", "Array", value);
	if (value->n == 0 && (field->flags & GQLE_META_NONEMPTY))
		return gqle_meta_reader_fail(reader, path,
									 "parsing NonEmpty failed, unexpected empty list");
	list = gqle_json_make_array();
	for (i = 0; i < value->n; i++)
	{
		GqleMetaPath below = {path, NULL, i, NULL};
		GqleJson   *item = apply_type(reader, &below, field, value->items[i]);

		if (item == NULL)
			return NULL;
		gqle_json_array_add(list, item);
	}
	if (field->unique_key == NULL)
		return list;
	if (field->unique_label == NULL)
		return keep_last(list, field->unique_key);
	return check_unique(reader, path, field, list) ? list : NULL;
}

/* apply_type checks one value against the type of a field. */
static GqleJson *
apply_type(GqleMetaReader *reader, const GqleMetaPath *path,
		   const GqleMetaField *field, const GqleJson *value)
{
	switch (field->type)
	{
		case GQLE_META_TEXT:
		case GQLE_META_NAME:
		case GQLE_META_GRAPHQL_NAME:
			return apply_text(reader, path, field->type, value);
		case GQLE_META_BOOL:
			if (value->kind != GQLE_JSON_BOOL)
				return gqle_meta_reader_mismatch(reader, path, "Bool", "Boolean", value);
			return unconstify(GqleJson *, value);
		case GQLE_META_INT:
		case GQLE_META_NATURAL:
			return apply_integer(reader, path, field->type, value);
		case GQLE_META_NUMBER:
			if (value->kind != GQLE_JSON_NUMBER)
				return gqle_meta_reader_mismatch(reader, path, "Scientific", "Number",
												 value);
			return unconstify(GqleJson *, value);
		case GQLE_META_ANY:
			return gqle_meta_sort(value);
		case GQLE_META_OBJECT:
			if (value->kind != GQLE_JSON_OBJECT)
				return gqle_meta_reader_mismatch(reader, path,
												 field->data ? field->data : "HashMap ~Text",
												 "Object", value);
			return gqle_meta_sort(value);
		case GQLE_META_TABLE:
			return apply_name_object(reader, path, true, value);
		case GQLE_META_FUNCTION:
			return apply_name_object(reader, path, false, value);
		case GQLE_META_SHAPE:
			return gqle_meta_shape_apply(reader, path, field->shape, value);
		case GQLE_META_MAP:
			return apply_map(reader, path, field, value);
		case GQLE_META_CUSTOM:
			return field->custom(reader, path, value, field->data);
	}
	pg_unreachable();
}

/* apply_text checks a string. */
static GqleJson *
apply_text(GqleMetaReader *reader, const GqleMetaPath *path, GqleMetaType type,
		   const GqleJson *value)
{
	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_mismatch(reader, path,
										 type == GQLE_META_NAME ? "String" : "Text",
										 "String", value);
	if (type == GQLE_META_NAME && value->len == 0)
		return gqle_meta_reader_fail(reader, path, "empty string not allowed");
	if (type == GQLE_META_GRAPHQL_NAME && !gqle_meta_is_graphql_name(value->text))
		return gqle_meta_reader_fail(reader, path,
									 "%s is not valid GraphQL name", value->text);
	return unconstify(GqleJson *, value);
}

/* apply_integer checks a whole number that fits 64 bits. */
static GqleJson *
apply_integer(GqleMetaReader *reader, const GqleMetaPath *path, GqleMetaType type,
			  const GqleJson *value)
{
	char	   *end;

	if (value->kind != GQLE_JSON_NUMBER)
		return gqle_meta_reader_mismatch(reader, path, "Int", "Number", value);
	errno = 0;
	(void) strtoll(value->text, &end, 10);
	if (*end != '\0')
		return gqle_meta_reader_fail(reader, path,
									 "parsing Int failed, unexpected floating number %s",
									 value->text);
	if (errno != 0)
		return gqle_meta_reader_fail(reader, path,
									 "parsing Int failed, value is either too large or too small");
	if (type == GQLE_META_NATURAL && value->text[0] == '-')
		return gqle_meta_reader_fail(reader, path, "unexpected negative value");
	return unconstify(GqleJson *, value);
}

/*
 * apply_name_object reads the name of a table or function: a string, or an
 * object whose schema defaults to public.
 */
static GqleJson *
apply_name_object(GqleMetaReader *reader, const GqleMetaPath *path, bool is_table,
				  const GqleJson *value)
{
	GqleJson   *result = gqle_json_make_object();
	GqleJson   *name;
	GqleJson   *schema = NULL;

	if (value->kind == GQLE_JSON_STRING)
	{
		name = apply_text(reader, path, GQLE_META_NAME, value);
		if (name == NULL)
			return NULL;
	}
	else if (value->kind == GQLE_JSON_OBJECT)
	{
		GqleMetaPath below = {path, "schema", 0, NULL};

		schema = gqle_json_lookup(value, "schema");
		if (gqle_json_is_null(schema))
			schema = NULL;
		else if (apply_text(reader, &below, GQLE_META_NAME, schema) == NULL)
			return NULL;
		name = gqle_json_lookup(value, "name");
		if (name == NULL)
			return gqle_meta_reader_fail(reader, path, "key \"name\" not found");
		below.key = "name";
		if (apply_text(reader, &below, GQLE_META_NAME, name) == NULL)
			return NULL;
	}
	else
		return gqle_meta_reader_fail(reader, path,
									 "expecting a string/object for QualifiedObject");
	gqle_json_object_set(result, "name", name);
	gqle_json_object_set(result, "schema",
						 schema ? schema : gqle_json_make_string("public"));
	return result;
}

/* apply_map checks every value of an object; keys come out sorted. */
static GqleJson *
apply_map(GqleMetaReader *reader, const GqleMetaPath *path, const GqleMetaField *field,
		  const GqleJson *value)
{
	GqleMetaField element = *field;
	GqleJson   *object;
	int			i;

	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path, "HashMap ~Text", "Object", value);
	if (field->shape != NULL)
		element.type = GQLE_META_SHAPE;
	else if (field->custom != NULL)
		element.type = GQLE_META_CUSTOM;
	else
		element.type = GQLE_META_TEXT;
	object = gqle_json_make_object();
	for (i = 0; i < value->n; i++)
	{
		GqleMetaPath below = {path, value->members[i].key, 0, NULL};
		GqleJson   *item = apply_type(reader, &below, &element, value->members[i].value);

		if (item == NULL)
			return NULL;
		gqle_json_object_set(object, value->members[i].key, item);
	}
	return gqle_meta_sort(object);
}

/* check_unknown_keys refuses members that a strict shape does not know. */
static bool
check_unknown_keys(GqleMetaReader *reader, const GqleMetaPath *path,
				   const GqleMetaShape *shape, const GqleJson *value)
{
	StringInfoData unknown;
	int			i;

	initStringInfo(&unknown);
	for (i = 0; i < value->n; i++)
	{
		const GqleMetaField *field = shape->fields;

		while (field->key != NULL && strcmp(field->key, value->members[i].key) != 0)
			field++;
		if (field->key == NULL)
			appendStringInfo(&unknown, "%s\"%s\"", unknown.len > 0 ? "," : "",
							 value->members[i].key);
	}
	if (unknown.len == 0)
		return true;
	gqle_meta_reader_fail(reader, path, "unexpected keys when parsing %s: [%s]",
						  shape->name, unknown.data);
	return false;
}

/* compare_strings orders C strings for qsort. */
static int
compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* name_of returns an element's name as text, or NULL. */
static const char *
name_of(const GqleJson *element, const char *key)
{
	const GqleJson *name = gqle_json_lookup(element, key);

	if (name == NULL)
		return NULL;
	return name->kind == GQLE_JSON_STRING ? name->text : gqle_json_to_text(name);
}

/* keep_last returns a list with only the last of elements with one name. */
static GqleJson *
keep_last(const GqleJson *list, const char *key)
{
	GqleStrHash *last = gqle_strhash_make(CurrentMemoryContext, list->n);
	GqleJson   *result = gqle_json_make_array();
	int			i;

	for (i = 0; i < list->n; i++)
	{
		const char *name = name_of(list->items[i], key);

		if (name != NULL)
			gqle_strhash_set(last, name, list->items[i]);
	}
	for (i = 0; i < list->n; i++)
	{
		const char *name = name_of(list->items[i], key);

		if (name == NULL || gqle_strhash_lookup(last, name) == list->items[i])
			gqle_json_array_add(result, list->items[i]);
	}
	return result;
}

/* check_unique refuses two elements with the same name. */
static bool
check_unique(GqleMetaReader *reader, const GqleMetaPath *path,
			 const GqleMetaField *field, const GqleJson *list)
{
	GqleStrHash *seen = gqle_strhash_make(CurrentMemoryContext, list->n);
	const char **twice = palloc(sizeof(char *) * (list->n + 1));
	int			n_twice = 0;
	StringInfoData names;
	int			i;

	for (i = 0; i < list->n; i++)
	{
		const char *text = name_of(list->items[i], field->unique_key);

		if (text == NULL)
			continue;
		if (!gqle_strhash_add(seen, text, unconstify(char *, text)))
			twice[n_twice++] = text;
	}
	if (n_twice == 0)
		return true;
	qsort(twice, n_twice, sizeof(char *), compare_strings);
	initStringInfo(&names);
	for (i = 0; i < n_twice; i++)
		if (i == 0 || strcmp(twice[i], twice[i - 1]) != 0)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", twice[i]);
	/* compat: the place is the object that has the list */
	gqle_meta_reader_fail(reader, path->parent != NULL ? path->parent : path,
						  "multiple declarations exist for the following %s: %s",
						  field->unique_label, names.data);
	return false;
}

/* parse_default parses the default of a field, which is our own text. */
static GqleJson *
parse_default(const char *text)
{
	GqleJsonError error;
	GqleJson   *result = gqle_json_parse(text, strlen(text), &error);

	Ensure(result != NULL, "a shape has a default that is not JSON");
	return result;
}

/* is_left_out tells whether a value is the default that is not written. */
static bool
is_left_out(const GqleMetaField *field, const GqleJson *value)
{
	if (field->flags & GQLE_META_HIDDEN)
		return true;
	if (field->flags & GQLE_META_FILL)
		return false;
	if ((field->flags & GQLE_META_OMIT_EMPTY) &&
		(value->kind == GQLE_JSON_ARRAY || value->kind == GQLE_JSON_OBJECT) &&
		value->n == 0)
		return true;
	if (field->default_text != NULL)
	{
		if (value->kind == GQLE_JSON_STRING)
			return field->default_text[0] == '"' &&
				(int) strlen(field->default_text) == value->len + 2 &&
				strncmp(field->default_text + 1, value->text, value->len) == 0;
		return strcmp(field->default_text, gqle_json_to_text(value)) == 0;
	}
	return false;
}

/* gqle_meta_path_text renders a path. */
char *
gqle_meta_path_text(const GqleMetaPath *path)
{
	StringInfoData out;

	initStringInfo(&out);
	append_path(&out, path);
	return out.data;
}

/* append_path renders a path from its root on. */
static void
append_path(StringInfo out, const GqleMetaPath *path)
{
	check_stack_depth();
	if (path->parent == NULL)
	{
		appendStringInfoString(out, path->text);
		return;
	}
	append_path(out, path->parent);
	if (path->key == NULL)
		appendStringInfo(out, "[%d]", path->index);
	else
		gqle_error_append_path_key(out, path->key);
}

/* is_identifier tells whether a key prints bare in a path. */
static bool
is_identifier(const char *text)
{
	const char *c;

	if (*text == '\0' || (*text >= '0' && *text <= '9'))
		return false;
	for (c = text; *c != '\0'; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			  (*c >= '0' && *c <= '9') || *c == '_'))
			return false;
	return true;
}

/* gqle_meta_is_graphql_name tells whether text is a GraphQL name. */
bool
gqle_meta_is_graphql_name(const char *text)
{
	return is_identifier(text);
}

/*
 * gqle_meta_reader_fail reports a parse error.  compat: commands that belong
 * to a backend wrap the reason in three lines.
 */
GqleJson *
gqle_meta_reader_fail(GqleMetaReader *reader, const GqleMetaPath *path,
					  const char *fmt,...)
{
	StringInfoData message;
	va_list		args;
	int			needed;

	initStringInfo(&message);
	for (;;)
	{
		va_start(args, fmt);
		needed = appendStringInfoVA(&message, fmt, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}
	if (reader->command != NULL)
		gqle_error_report(reader->sink, GQLE_ERR_PARSE_FAILED,
						  gqle_meta_path_text(path),
						  "Error when parsing command %s.\n"
						  "See our documentation at https://hasura.io/docs/latest/graphql/core/api-reference/metadata-api/index.html#metadata-apis.\n"
						  "Internal error message: %s",
						  reader->command, message.data);
	else
		gqle_error_report(reader->sink, GQLE_ERR_PARSE_FAILED,
						  gqle_meta_path_text(path), "%s", message.data);
	return NULL;
}

/* gqle_meta_reader_mismatch reports a value of the wrong kind. */
GqleJson *
gqle_meta_reader_mismatch(GqleMetaReader *reader, const GqleMetaPath *path,
						  const char *what, const char *expected, const GqleJson *value)
{
	return gqle_meta_reader_fail(reader, path,
								 "parsing %s failed, expected %s, but encountered %s",
								 what, expected, gqle_json_kind_name(value));
}

/* compare_members orders members by key, keeping equal keys in their order. */
static int
compare_members(const void *a, const void *b)
{
	const GqleJsonMember *x = *(const GqleJsonMember *const *) a;
	const GqleJsonMember *y = *(const GqleJsonMember *const *) b;
	int			order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	return x < y ? -1 : 1;
}

/*
 * gqle_meta_sort returns the value with the keys of all objects sorted and of
 * repeated keys only the last kept; scalars are shared with the original.
 */
GqleJson *
gqle_meta_sort(const GqleJson *value)
{
	GqleJson   *result;
	const GqleJsonMember **members;
	int			i;

	check_stack_depth();
	if (value->kind == GQLE_JSON_ARRAY)
	{
		result = gqle_json_make_array();
		for (i = 0; i < value->n; i++)
			gqle_json_array_add(result, gqle_meta_sort(value->items[i]));
		return result;
	}
	if (value->kind != GQLE_JSON_OBJECT)
		return unconstify(GqleJson *, value);

	members = palloc(sizeof(GqleJsonMember *) * (value->n + 1));
	for (i = 0; i < value->n; i++)
		members[i] = &value->members[i];
	qsort(members, value->n, sizeof(GqleJsonMember *), compare_members);
	result = gqle_json_make_object();
	for (i = 0; i < value->n; i++)
		if (i + 1 == value->n || strcmp(members[i]->key, members[i + 1]->key) != 0)
			gqle_json_object_set(result, members[i]->key,
								 gqle_meta_sort(members[i]->value));
	pfree(members);
	return result;
}

/* gqle_meta_finish_sorted does so with what a shape made. */
GqleJson *
gqle_meta_finish_sorted(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	return gqle_meta_sort(object);
}
