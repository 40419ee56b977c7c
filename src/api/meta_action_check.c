/*
 * meta_action_check.c
 *		Inconsistent custom types and actions (reference §10).
 */
#include "postgres.h"

#include "gqle/api/meta_problems.h"
#include "gqle/base/spi.h"
#include "gqle/base/strhash.h"
#include "gqle/catalog/scalar.h"

/* What a name of the custom types stands for. */
typedef enum CustomKind
{
	CUSTOM_NONE,
	CUSTOM_SCALAR,				/* also those of GraphQL and of Postgres */
	CUSTOM_ENUM,
	CUSTOM_INPUT,
	CUSTOM_OBJECT
} CustomKind;

typedef struct TypeScan
{
	const GqleJson *types;		/* or NULL */
	GqleStrHash *kinds;			/* name -> CustomKind as a pointer */
	GqleJson   *reasons;		/* list of texts */
} TypeScan;

static void note_types(TypeScan *scan, const char *key, CustomKind kind);
static CustomKind kind_of(TypeScan *scan, const char *name);
static const char *base_type(const char *text);
static void check_inputs(TypeScan *scan);
static void check_objects(TypeScan *scan);
static void check_relationships(TypeScan *scan, const GqleJson *object);
static void check_enums(TypeScan *scan);
static void add_reason(TypeScan *scan, const char *fmt,...) pg_attribute_printf(2, 3);
static void add_types_problem(TypeScan *scan, GqleJson *list);
static void check_action(TypeScan *scan, GqleJson *list, const char *name,
						 GqleJson *definition, const char *comment);

/* gqle_meta_action_problems adds inconsistent custom types and actions. */
void
gqle_meta_action_problems(GqleJson *list)
{
	TypeScan	scan = {0};
	static GqleSpiStatement statement = {"SELECT name, definition, comment FROM gqle.actions "
									  "ORDER BY name COLLATE \"C\""};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	int			i;

	scan.types = gqle_meta_store_get("settings", "value", "key", "custom_types");
	if (rows->n == 0 && scan.types == NULL)
		return;
	scan.kinds = gqle_strhash_make(CurrentMemoryContext, 32);
	scan.reasons = gqle_json_make_array();
	note_types(&scan, "scalars", CUSTOM_SCALAR);
	note_types(&scan, "enums", CUSTOM_ENUM);
	note_types(&scan, "input_objects", CUSTOM_INPUT);
	note_types(&scan, "objects", CUSTOM_OBJECT);
	check_inputs(&scan);
	check_objects(&scan);
	check_enums(&scan);
	add_types_problem(&scan, list);
	for (i = 0; i < rows->n; i++)
		check_action(&scan, list, gqle_rows_text(rows, i, 0),
					 gqle_meta_parse_stored(gqle_rows_text(rows, i, 1)),
					 gqle_rows_text(rows, i, 2));
}

/* ------------------------------------------------------------------------
 * Types
 * ------------------------------------------------------------------------ */

/* list_of returns a list of the custom types, or an empty one. */
static const GqleJson *
list_of(const GqleJson *object, const char *key)
{
	const GqleJson *list = gqle_json_lookup(object, key);

	return list != NULL ? list : gqle_json_make_array();
}

/* note_types notes the names of one kind of type. */
static void
note_types(TypeScan *scan, const char *key, CustomKind kind)
{
	const GqleJson *list = list_of(scan->types, key);
	int			i;

	for (i = 0; i < list->n; i++)
	{
		const char *name = gqle_meta_text(list->items[i], "name");

		if (!gqle_strhash_add(scan->kinds, name, (void *) (uintptr_t) kind))
			add_reason(scan, "duplicate type names: \"%s\"", name);
	}
}

/* kind_of returns what a name stands for. */
static CustomKind
kind_of(TypeScan *scan, const char *name)
{
	static const char *const builtin[] = {"Int", "Float", "String", "Boolean", "ID"};
	CustomKind	kind = (CustomKind) (uintptr_t) gqle_strhash_lookup(scan->kinds, name);
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	int			i;

	if (kind != CUSTOM_NONE)
		return kind;
	for (i = 0; i < (int) lengthof(builtin); i++)
		if (strcmp(builtin[i], name) == 0)
			return CUSTOM_SCALAR;
	if (gqle_scalar_lookup_by_name(name) != NULL)
		return CUSTOM_SCALAR;
	gqle_spi_add_text(&args, name);
	return gqle_spi_query("SELECT 1 FROM pg_type WHERE typname = $1 AND typtype IN ('b', 'd', 'e', 'r') "
						  "LIMIT 1", &args)->n > 0 ? CUSTOM_SCALAR : CUSTOM_NONE;
}

/* base_type returns the named type of "[T!]!". */
static const char *
base_type(const char *text)
{
	int			len;

	while (*text == '[' || *text == ' ')
		text++;
	len = strcspn(text, "]! ");
	return pnstrdup(text, len);
}

/* add_reason adds a reason why the custom types are wrong. */
static void
add_reason(TypeScan *scan, const char *fmt,...)
{
	StringInfoData text;
	va_list		args;
	int			needed;

	initStringInfo(&text);
	for (;;)
	{
		va_start(args, fmt);
		needed = appendStringInfoVA(&text, fmt, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	gqle_json_array_add(scan->reasons, gqle_json_make_string(text.data));
}

/* add_repeated complains of members of a list with one name. */
static void
add_repeated(TypeScan *scan, const GqleJson *list, const char *key, const char *fmt,
			 const char *owner)
{
	int			i;
	int			j;

	for (i = 0; i < list->n; i++)
		for (j = 0; j < i; j++)
			if (strcmp(gqle_meta_text(list->items[i], key),
					   gqle_meta_text(list->items[j], key)) == 0)
			{
				add_reason(scan, fmt, owner, gqle_meta_text(list->items[i], key));
				break;
			}
}

/* check_inputs checks input objects. */
static void
check_inputs(TypeScan *scan)
{
	const GqleJson *list = list_of(scan->types, "input_objects");
	int			i;
	int			j;

	for (i = 0; i < list->n; i++)
	{
		const char *name = gqle_meta_text(list->items[i], "name");
		const GqleJson *fields = gqle_json_lookup(list->items[i], "fields");

		add_repeated(scan, fields, "name", "the input object \"%s\" has duplicate fields: \"%s\"",
					 name);
		for (j = 0; j < fields->n; j++)
		{
			const char *type = base_type(gqle_meta_text(fields->items[j], "type"));
			CustomKind	kind = kind_of(scan, type);

			if (kind == CUSTOM_NONE || kind == CUSTOM_OBJECT)
				add_reason(scan, "the type \"%s\" for field \"%s\" in  input object type \"%s\" does not exist",
						   type, gqle_meta_text(fields->items[j], "name"), name);
		}
	}
}

/* check_objects checks object types. */
static void
check_objects(TypeScan *scan)
{
	const GqleJson *list = list_of(scan->types, "objects");
	int			i;
	int			j;

	for (i = 0; i < list->n; i++)
	{
		const char *name = gqle_meta_text(list->items[i], "name");
		const GqleJson *fields = gqle_json_lookup(list->items[i], "fields");

		add_repeated(scan, fields, "name", "the object \"%s\" has duplicate fields: \"%s\"",
					 name);
		for (j = 0; j < fields->n; j++)
		{
			const char *type = base_type(gqle_meta_text(fields->items[j], "type"));
			CustomKind	kind = kind_of(scan, type);
			const GqleJson *arguments = gqle_json_lookup(fields->items[j], "arguments");

			if (kind == CUSTOM_NONE || kind == CUSTOM_INPUT)
				add_reason(scan, "the type \"%s\" for field \"%s\" in  object type \"%s\" does not exist",
						   type, gqle_meta_text(fields->items[j], "name"), name);
			if (arguments != NULL && arguments->n > 0)
				add_reason(scan, "the object \"%s\" can't have arguments", name);
		}
		check_relationships(scan, list->items[i]);
	}
}

/* check_relationships checks the relationships of an object type to tables. */
static void
check_relationships(TypeScan *scan, const GqleJson *object)
{
	const char *name = gqle_meta_text(object, "name");
	const GqleJson *fields = gqle_json_lookup(object, "fields");
	const GqleJson *list = list_of(object, "relationships");
	int			i;
	int			j;
	int			k;

	for (i = 0; i < list->n; i++)
	{
		const char *relationship = gqle_meta_text(list->items[i], "name");
		const GqleJson *table_json = gqle_json_lookup(list->items[i], "remote_table");
		const GqleJson *mapping = gqle_json_lookup(list->items[i], "field_mapping");
		GqleMetaName table;

		if (table_json == NULL || mapping == NULL)
			continue;
		table = gqle_meta_make_name(gqle_meta_source(list->items[i]), table_json);
		if (!gqle_meta_is_tracked_table(&table))
			add_reason(scan, "the remote table \"%s\" for relationship \"%s\" of object type \"%s\" does not exist",
					   gqle_meta_display(&table), relationship, name);
		for (j = 0; j < mapping->n; j++)
		{
			for (k = 0; k < fields->n; k++)
				if (strcmp(gqle_meta_text(fields->items[k], "name"),
						   mapping->members[j].key) == 0)
					break;
			if (k == fields->n)
				add_reason(scan, "the field \"%s\" for relationship \"%s\" in object type \"%s\" does not exist",
						   mapping->members[j].key, relationship, name);
			else if (gqle_meta_text(fields->items[k], "type")[0] == '[')
				add_reason(scan, "the type of the field \"%s\" for relationship \"%s\" in object type \"%s\" is a list type",
						   mapping->members[j].key, relationship, name);
		}
	}
}

/* check_enums checks enum types. */
static void
check_enums(TypeScan *scan)
{
	const GqleJson *list = list_of(scan->types, "enums");
	int			i;

	for (i = 0; i < list->n; i++)
		add_repeated(scan, gqle_json_lookup(list->items[i], "values"), "value",
					 "the enum type \"%s\" has duplicate values: \"%s\"",
					 gqle_meta_text(list->items[i], "name"));
}

/* add_types_problem adds the custom types if there is a reason to. */
static void
add_types_problem(TypeScan *scan, GqleJson *list)
{
	StringInfoData reason;
	int			i;

	if (scan->reasons->n == 0)
		return;
	initStringInfo(&reason);
	appendStringInfoString(&reason,
						   "Inconsistent object: validation for the given custom types failed ");
	if (scan->reasons->n == 1)
		appendStringInfo(&reason, "because %s", scan->reasons->items[0]->text);
	else
	{
		appendStringInfoString(&reason, "for the following reasons:\n");
		for (i = 0; i < scan->reasons->n; i++)
			appendStringInfo(&reason, "  • %s\n", scan->reasons->items[i]->text);
	}
	gqle_meta_problem_add(list, "custom_types", "custom_types custom_types",
						  unconstify(GqleJson *, scan->types), reason.data);
}

/* ------------------------------------------------------------------------
 * Actions
 * ------------------------------------------------------------------------ */

/* action_reason returns what is wrong with an action, or NULL. */
static const char *
action_reason(TypeScan *scan, const GqleJson *definition)
{
	const GqleJson *arguments = list_of(definition, "arguments");
	const char *output = base_type(gqle_meta_text(definition, "output_type"));
	CustomKind	kind;
	const char *missing;
	int			i;

	for (i = 0; i < arguments->n; i++)
	{
		const char *type = base_type(gqle_meta_text(arguments->items[i], "type"));

		kind = kind_of(scan, type);
		if (kind == CUSTOM_NONE || kind == CUSTOM_OBJECT)
			return psprintf("the type: \"%s\" is not defined in custom types or it is not a scalar/enum/input_object",
							type);
	}
	kind = kind_of(scan, output);
	if (kind != CUSTOM_OBJECT && kind != CUSTOM_SCALAR)
		return psprintf("the type: \"%s\" is not an object or scalar type defined in custom types",
						output);
	missing = gqle_meta_missing_variables(gqle_meta_text(definition, "handler"));
	if (missing != NULL)
		return psprintf("Value for environment variables not found: %s", missing);
	return NULL;
}

/* check_action adds an action if something is wrong with it. */
static void
check_action(TypeScan *scan, GqleJson *list, const char *name, GqleJson *definition,
			 const char *comment)
{
	const char *reason = action_reason(scan, definition);
	GqleJson   *object;

	if (reason == NULL)
		return;
	object = gqle_json_make_object();
	gqle_json_object_set(object, "comment", comment != NULL ?
						 gqle_json_make_string(comment) : gqle_json_make_null());
	gqle_json_object_set(object, "definition", definition);
	gqle_json_object_set(object, "name", gqle_json_make_string(name));
	gqle_meta_problem_add(list, "action", psprintf("action %s", name), object,
						  psprintf("Inconsistent object: in action \"%s\"; %s", name,
								   reason));
}
