/*
 * customtypes.c
 *		The types that metadata make for actions, and what may be wrong with them.
 *
 * compat: mistakes are found in Hasura's order.  Some are noted and the search
 * goes on, others end it for the object at hand; if input objects have one of
 * these, objects are not looked at.
 */
#include "postgres.h"

#include "gqle/catalog/cache.h"
#include "gqle/catalog/customtypes.h"
#include "gqle/lang/parser.h"

#define MAX_LISTS	7			/* in lists: what a GqleTypeRef holds */

static const char *const builtin_names[] = {"Boolean", "Float", "ID", "Int", "String"};

static void add_reason(GqleCustomTypes *types, const char *fmt,...) pg_attribute_printf(2, 3);
static void declare_types(GqleCustomTypes *types, const GqleJson *definition,
						  const char *key, GqleCustomKind kind);
static void report_duplicates(GqleCustomTypes *types, const GqleJson *definition);
static void fill_enum(GqleCustomTypes *types, GqleCustomType *type,
					  const GqleJson *definition);
static bool fill_input(GqleCustomTypes *types, GqleCustomType *type,
					   const GqleJson *definition);
static void fill_object(GqleCustomTypes *types, GqleCustomType *type,
						const GqleJson *definition);
static GqleJoin *make_join(GqleCustomTypes *types, const GqleCustomType *type,
						   const GqleJson *definition);

/* A list of the definition, perhaps empty; never NULL. */
static const GqleJson *
list_of(const GqleJson *object, const char *key)
{
	static const GqleJson none = {.kind = GQLE_JSON_ARRAY};
	const GqleJson *list = object != NULL && object->kind == GQLE_JSON_OBJECT ?
		gqle_json_lookup(object, key) : NULL;

	return list != NULL && list->kind == GQLE_JSON_ARRAY ? list : &none;
}

/* A name, which is never NULL. */
static const char *
name_of(const GqleJson *object, const char *key)
{
	const char *name = gqle_catalog_json_string(object, key);

	return name != NULL ? name : "";
}

static void
add_reason(GqleCustomTypes *types, const char *fmt,...)
{
	StringInfoData text;
	int			needed;

	initStringInfo(&text);
	do
	{
		va_list		args;

		va_start(args, fmt);
		needed = appendStringInfoVA(&text, fmt, args);
		va_end(args);
		if (needed > 0)
			enlargeStringInfo(&text, needed);
	} while (needed > 0);
	types->reasons = lappend(types->reasons, text.data);
}

/* See action.h. */
GqleCustomTypes *
gqle_custom_types_parse(GqleCatalog *catalog, const GqleJson *definition)
{
	GqleCustomTypes *types = palloc0(sizeof(GqleCustomTypes));
	const GqleJson *enums = list_of(definition, "enums");
	const GqleJson *inputs = list_of(definition, "input_objects");
	const GqleJson *objects = list_of(definition, "objects");
	bool		is_complete = true;
	int			first;

	types->catalog = catalog;
	types->by_name = gqle_strhash_make(CurrentMemoryContext, 32);
	types->reused = gqle_strhash_make(CurrentMemoryContext, 8);
	types->types = palloc(sizeof(GqleCustomType *) *
						  (list_of(definition, "scalars")->n + enums->n + inputs->n +
						   objects->n + 1));
	report_duplicates(types, definition);
	declare_types(types, definition, "scalars", GQLE_CUSTOM_SCALAR);
	first = types->n;
	declare_types(types, definition, "enums", GQLE_CUSTOM_ENUM);
	declare_types(types, definition, "input_objects", GQLE_CUSTOM_INPUT);
	declare_types(types, definition, "objects", GQLE_CUSTOM_OBJECT);
	for (int i = 0; i < enums->n; i++)
		fill_enum(types, types->types[first++], enums->items[i]);
	for (int i = 0; i < inputs->n; i++)
		is_complete = fill_input(types, types->types[first++], inputs->items[i]) &&
			is_complete;
	for (int i = 0; is_complete && i < objects->n; i++)
		fill_object(types, types->types[first++], objects->items[i]);
	return types;
}

/* See action.h. */
const char *
gqle_custom_types_problem(const GqleCustomTypes *types)
{
	return types->reasons == NIL ? NULL :
		gqle_catalog_join_reasons("validation for the given custom types failed",
								  types->reasons);
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

/* Make the types of one kind, empty; of two with one name the first is found. */
static void
declare_types(GqleCustomTypes *types, const GqleJson *definition, const char *key,
			  GqleCustomKind kind)
{
	const GqleJson *list = list_of(definition, key);

	for (int i = 0; i < list->n; i++)
	{
		GqleCustomType *type = palloc0(sizeof(GqleCustomType));

		type->kind = kind;
		type->name = name_of(list->items[i], "name");
		type->description = gqle_catalog_json_string(list->items[i], "description");
		types->types[types->n++] = type;
		gqle_strhash_add(types->by_name, type->name, type);
	}
}

/* Names that are not new, as a list of quoted ones: each once. */
typedef struct Repeated
{
	GqleStrHash *seen;
	GqleStrHash *told;
	StringInfoData names;
} Repeated;

static void
begin_repeated(Repeated *repeated)
{
	repeated->seen = gqle_strhash_make(CurrentMemoryContext, 16);
	repeated->told = gqle_strhash_make(CurrentMemoryContext, 4);
	initStringInfo(&repeated->names);
}

static void
note_names(Repeated *repeated, const GqleJson *list, const char *key)
{
	for (int i = 0; i < list->n; i++)
	{
		const char *name = name_of(list->items[i], key);

		if (!gqle_strhash_add(repeated->seen, name, repeated) &&
			gqle_strhash_add(repeated->told, name, repeated))
			appendStringInfo(&repeated->names, "%s\"%s\"",
							 repeated->names.len > 0 ? ", " : "", name);
	}
}

static void
report_duplicates(GqleCustomTypes *types, const GqleJson *definition)
{
	static const char *const keys[] = {"scalars", "enums", "input_objects", "objects"};
	Repeated	repeated;

	begin_repeated(&repeated);
	for (size_t i = 0; i < lengthof(keys); i++)
		note_names(&repeated, list_of(definition, keys[i]), "name");
	if (repeated.names.len > 0)
		add_reason(types, "duplicate type names: %s", repeated.names.data);
}

/* See customtypes.h. */
const GqleCustomType *
gqle_custom_types_postgres(GqleCustomTypes *types, const char *name)
{
	static GqleSpiStatement statement = {
		"SELECT oid FROM pg_catalog.pg_type WHERE typname = $1::name AND typtype = 'b' "
		"ORDER BY oid LIMIT 1", NULL
	};
	GqleCustomType *type = gqle_strhash_lookup(types->reused, name);
	const GqleScalar *scalar;

	if (type != NULL || types->catalog->local == NULL)
		return type;
	scalar = gqle_scalar_lookup_by_name(name);
	if (scalar == NULL && strlen(name) < NAMEDATALEN)
	{
		GqleSpiArgs args = GQLE_SPI_NO_ARGS;
		GqleRows   *rows;

		gqle_spi_add_text(&args, name);
		rows = gqle_spi_query_kept(&statement, &args);
		if (rows->n > 0)
			scalar = gqle_scalar_get_argument(gqle_rows_oid(rows, 0, 0));
	}
	/* types are known by their GraphQL names only: there is no int4 */
	if (scalar == NULL || gqle_scalar_is_list(scalar) || strcmp(scalar->name, name) != 0)
		return NULL;
	type = palloc0(sizeof(GqleCustomType));
	type->kind = GQLE_CUSTOM_POSTGRES;
	type->name = pstrdup(name);
	type->scalar = scalar;
	gqle_strhash_add(types->reused, type->name, type);
	return type;
}

/* See customtypes.h. */
const GqleCustomType *
gqle_custom_types_own(GqleCustomTypes *types, const char *name)
{
	GqleCustomType *type = gqle_strhash_lookup(types->by_name, name);

	for (size_t i = 0; type == NULL && i < lengthof(builtin_names); i++)
	{
		if (strcmp(builtin_names[i], name) != 0)
			continue;
		type = palloc0(sizeof(GqleCustomType));
		type->kind = GQLE_CUSTOM_BUILTIN;
		type->name = builtin_names[i];
		gqle_strhash_add(types->by_name, type->name, type);
	}
	return type;
}

/* See customtypes.h. */
const char *
gqle_custom_field_parse(GqleCustomField *field, const GqleJson *definition,
						const char *type_key)
{
	const char *text = name_of(definition, type_key);
	const GqleTypeNode *node;
	GqleParseError error;
	int			depth = 0;

	field->name = name_of(definition, "name");
	field->description = gqle_catalog_json_string(definition, "description");
	node = field->wraps = gqle_parser_parse_type(text, strlen(text), &error);
	while (node != NULL && node->of != NULL && ++depth <= MAX_LISTS)
		node = node->of;
	return node != NULL && node->name != NULL ? node->name : text;
}

/* ------------------------------------------------------------------------
 * Members
 * ------------------------------------------------------------------------ */

static void
fill_enum(GqleCustomTypes *types, GqleCustomType *type, const GqleJson *definition)
{
	const GqleJson *values = list_of(definition, "values");
	Repeated	repeated;

	type->values = palloc0(sizeof(GqleCustomValue) * Max(values->n, 1));
	for (int i = 0; i < values->n; i++)
	{
		GqleCustomValue *value = &type->values[type->n_values++];

		value->name = name_of(values->items[i], "value");
		value->description = gqle_catalog_json_string(values->items[i], "description");
	}
	begin_repeated(&repeated);
	note_names(&repeated, values, "value");
	if (repeated.names.len > 0)
		add_reason(types, "the enum type \"%s\" has duplicate values: %s", type->name,
				   repeated.names.data);
}

/* False if a type of a field is none. */
static bool
fill_input(GqleCustomTypes *types, GqleCustomType *type, const GqleJson *definition)
{
	const GqleJson *fields = list_of(definition, "fields");
	bool		is_complete = true;
	Repeated	repeated;

	begin_repeated(&repeated);
	note_names(&repeated, fields, "name");
	if (repeated.names.len > 0)
		add_reason(types, "the input object \"%s\" has duplicate fields: %s", type->name,
				   repeated.names.data);
	type->fields = palloc0(sizeof(GqleCustomField) * Max(fields->n, 1));
	for (int i = 0; i < fields->n; i++)
	{
		GqleCustomField *field = &type->fields[type->n_fields++];
		const char *base = gqle_custom_field_parse(field, fields->items[i], "type");

		field->type = gqle_custom_types_own(types, base);
		if (field->type != NULL && field->type->kind == GQLE_CUSTOM_OBJECT)
			field->type = NULL;
		if (field->type == NULL)
			field->type = gqle_custom_types_postgres(types, base);
		if (field->type != NULL)
			continue;
		is_complete = false;
		add_reason(types, "the type \"%s\" for field \"%s\" in  input object type \"%s\" does not exist",
				   base, field->name, type->name);
	}
	return is_complete;
}

/* False if it can't be made sense of: a type is none. */
static bool
fill_output_field(GqleCustomTypes *types, const GqleCustomType *type,
				  GqleCustomField *field, const GqleJson *definition)
{
	const char *base = gqle_custom_field_parse(field, definition, "type");

	if (!gqle_json_is_null(gqle_json_lookup(definition, "arguments")))
		add_reason(types, "the object \"%s\" can't have arguments", type->name);
	field->type = gqle_custom_types_own(types, base);
	if (field->type != NULL && field->type->kind == GQLE_CUSTOM_INPUT)
		field->type = NULL;
	if (field->type == NULL)
		field->type = gqle_custom_types_postgres(types, base);
	if (field->type == NULL)
		add_reason(types, "the type \"%s\" for field \"%s\" in  object type \"%s\" does not exist",
				   base, field->name, type->name);
	return field->type != NULL;
}

/* Are the relationships of an object of more than one source? */
static bool
has_many_sources(const GqleJson *list)
{
	for (int i = 1; i < list->n; i++)
	{
		const char *first = gqle_catalog_json_string(list->items[0], "source");
		const char *other = gqle_catalog_json_string(list->items[i], "source");

		if (strcmp(first != NULL ? first : "default", other != NULL ? other : "default") != 0)
			return true;
	}
	return false;
}

static void
fill_object(GqleCustomTypes *types, GqleCustomType *type, const GqleJson *definition)
{
	const GqleJson *fields = list_of(definition, "fields");
	const GqleJson *relationships = list_of(definition, "relationships");
	bool		is_complete = true;
	Repeated	repeated;

	begin_repeated(&repeated);
	note_names(&repeated, fields, "name");
	note_names(&repeated, relationships, "name");
	if (repeated.names.len > 0)
		add_reason(types, "the object \"%s\" has duplicate fields: %s", type->name,
				   repeated.names.data);
	type->fields = palloc0(sizeof(GqleCustomField) * Max(fields->n, 1));
	for (int i = 0; i < fields->n; i++)
		is_complete = fill_output_field(types, type, &type->fields[type->n_fields++],
										fields->items[i]) && is_complete;
	if (!is_complete)
		return;
	if (has_many_sources(relationships))
	{
		add_reason(types, "the object \"%s\" has relationships refers to tables in multiple sources",
				   type->name);
		return;
	}
	type->joins = palloc(sizeof(GqleJoin *) * Max(relationships->n, 1));
	for (int i = 0; i < relationships->n; i++)
	{
		GqleJoin   *join = make_join(types, type, relationships->items[i]);

		if (join != NULL)
			type->joins[type->n_joins++] = join;
	}
}

/* ------------------------------------------------------------------------
 * Relationships
 * ------------------------------------------------------------------------ */

static const GqleCustomField *
find_field(const GqleCustomType *type, const char *name)
{
	for (int i = 0; i < type->n_fields; i++)
		if (strcmp(type->fields[i].name, name) == 0)
			return &type->fields[i];
	return NULL;
}

/* The table of a relationship, or NULL; *display is how messages name it. */
static GqleTable *
find_target(GqleCustomTypes *types, const GqleJson *definition, const char **display)
{
	const char *source = gqle_catalog_json_string(definition, "source");
	const char *schema = "public";
	const char *name = "";

	(void) gqle_catalog_parse_name(gqle_json_lookup(definition, "remote_table"), &schema,
								   &name);
	*display = gqle_tablenames_display(schema, name);
	if (types->catalog->local == NULL ||
		strcmp(source != NULL ? source : "default", types->catalog->local->name) != 0)
		return NULL;
	return gqle_catalog_lookup_table(types->catalog, schema, name);
}

/* False after a reason. */
static bool
check_mapping(GqleCustomTypes *types, const GqleCustomType *type,
			  const char *relationship, const char *field_name)
{
	const GqleCustomField *field = find_field(type, field_name);

	if (field == NULL)
		add_reason(types, "the field \"%s\" for relationship \"%s\" in object type \"%s\" does not exist",
				   field_name, relationship, type->name);
	else if (field->wraps != NULL && field->wraps->of != NULL)
		add_reason(types, "the type of the field \"%s\" for relationship \"%s\" in object type \"%s\" is a list type",
				   field_name, relationship, type->name);
	else
		return true;
	return false;
}

/* NULL if there is nothing to be served, for reasons that were added. */
static GqleJoin *
make_join(GqleCustomTypes *types, const GqleCustomType *type, const GqleJson *definition)
{
	const GqleJson *mapping = gqle_json_lookup(definition, "field_mapping");
	const char *name = name_of(definition, "name");
	const char *kind = name_of(definition, "type");
	const char *display;
	GqleTable  *target = find_target(types, definition, &display);
	const char **fields;
	const char **columns;
	bool		is_right = true;

	if (target == NULL)
	{
		add_reason(types, "the remote table \"%s\" for relationship \"%s\" of object type \"%s\" does not exist",
				   display, name, type->name);
		return NULL;
	}
	if (mapping == NULL || mapping->kind != GQLE_JSON_OBJECT)
		return NULL;
	fields = palloc(sizeof(char *) * Max(mapping->n, 1));
	columns = palloc(sizeof(char *) * Max(mapping->n, 1));
	for (int i = 0; i < mapping->n; i++)
	{
		const GqleJson *column = mapping->members[i].value;

		fields[i] = mapping->members[i].key;
		columns[i] = column->kind == GQLE_JSON_STRING ? column->text : "";
		is_right = check_mapping(types, type, name, fields[i]) && is_right;
		if (gqle_table_lookup_column(target, columns[i]) != NULL)
			continue;
		add_reason(types, "the column \"%s\" of remote table \"%s\" for relationship \"%s\" of object type \"%s\" does not exist",
				   columns[i], display, name, type->name);
		return NULL;
	}
	return !is_right ? NULL :
		gqle_join_make(name, strcmp(kind, "array") == 0 ? GQLE_REL_ARRAY : GQLE_REL_OBJECT,
					   target, mapping->n, fields, columns);
}
