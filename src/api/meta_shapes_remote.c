/*
 * meta_shapes_remote.c
 *		What remote relationships look like in metadata.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/base/ident.h"

#define FIELDS_TEXT "Remote fields are represented by an object that maps each field name to its arguments."
#define ARGUMENTS_TEXT "Remote arguments are represented by an object that maps each argument name to its value."

static bool check_remote_arguments(GqleMetaReader *reader, const GqleMetaPath *path,
								   const GqleJson *arguments);

/* check_remote_value refuses what cannot be a value of a remote field's argument. */
static bool
check_remote_value(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value)
{
	int			i;

	if (value->kind == GQLE_JSON_OBJECT)
		return check_remote_arguments(reader, path, value);
	for (i = 0; value->kind == GQLE_JSON_ARRAY && i < value->n; i++)
		if (!check_remote_value(reader, path, value->items[i]))
			return false;
	if (value->kind != GQLE_JSON_STRING || value->text[0] != '$')
		return true;
	if (value->text[1] == '\0')
		(void) gqle_meta_reader_fail(reader, path, FIELDS_TEXT ARGUMENTS_TEXT "Empty variable name");
	else if (!gqle_ident_is_name(value->text + 1))
		(void) gqle_meta_reader_fail(reader, path,
									 FIELDS_TEXT ARGUMENTS_TEXT "Invalid variable name '%s'",
									 value->text + 1);
	else
		return true;
	return false;
}

/* check_remote_arguments does the same with all of them. */
static bool
check_remote_arguments(GqleMetaReader *reader, const GqleMetaPath *path,
					   const GqleJson *arguments)
{
	int			i;

	check_stack_depth();
	for (i = 0; i < arguments->n; i++)
	{
		if (!gqle_ident_is_name(arguments->members[i].key))
		{
			(void) gqle_meta_reader_fail(reader, path,
										 FIELDS_TEXT ARGUMENTS_TEXT "%s is an invalid key name",
										 arguments->members[i].key);
			return false;
		}
		if (!check_remote_value(reader, path, arguments->members[i].value))
			return false;
	}
	return true;
}

/* read_remote_fields accepts {"field": {"arguments": {}, "field"?: the same}}. */
static GqleJson *
read_remote_fields(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
				   const void *data)
{
	const GqleMetaPath below = {path, "arguments", 0, NULL};
	const GqleJson *level = value;

	while (!gqle_json_is_null(level))
	{
		const GqleJson *call;
		const GqleJson *arguments;

		if (level->kind != GQLE_JSON_OBJECT)
			return gqle_meta_reader_fail(reader, path,
										 FIELDS_TEXT "parsing RemoteFields failed, expected Object, but encountered %s",
										 gqle_json_kind_name(level));
		if (level->n != 1)
			return gqle_meta_reader_fail(reader, path,
										 FIELDS_TEXT "Expecting one single mapping, received %s.",
										 level->n == 0 ? "none" : "too many");
		call = level->members[0].value;
		if (call->kind != GQLE_JSON_OBJECT)
			return gqle_meta_reader_fail(reader, path,
										 FIELDS_TEXT "parsing KeyMap failed, expected Object, but encountered %s",
										 gqle_json_kind_name(call));
		if (!gqle_ident_is_name(level->members[0].key))
			return gqle_meta_reader_fail(reader, path, FIELDS_TEXT "%s is not valid GraphQL name",
										 level->members[0].key);
		arguments = gqle_json_lookup(call, "arguments");
		if (arguments == NULL)
			return gqle_meta_reader_fail(reader, path, FIELDS_TEXT "key \"arguments\" not found");
		if (arguments->kind != GQLE_JSON_OBJECT)
			return gqle_meta_reader_fail(reader, &below,
										 FIELDS_TEXT ARGUMENTS_TEXT "parsing RemoteArguments failed, expected Object, but encountered %s",
										 gqle_json_kind_name(arguments));
		if (!check_remote_arguments(reader, &below, arguments))
			return NULL;
		level = gqle_json_lookup(call, "field");
	}
	return (GqleJson *) value;
}

/*
 * gqle_meta_remote_definition accepts the definition of a remote relationship:
 * to_source, to_remote_schema, or the old flat form with hasura_fields.
 */
GqleJson *
gqle_meta_remote_definition(GqleMetaReader *reader, const GqleMetaPath *path,
							const GqleJson *value, const void *data)
{
	static const char *const type_list[] = {"object", "array", NULL};
	static const GqleMetaWords types = {type_list, "RelType",
	"expecting either 'object' or 'array' for rel_type", true};
	static const GqleMetaField source_fields[] = {
		{"field_mapping", GQLE_META_MAP, GQLE_META_REQUIRED},
		{"relationship_type", GQLE_META_CUSTOM, GQLE_META_REQUIRED,
		.custom = gqle_meta_one_of, .data = &types},
		{"source", GQLE_META_NAME, GQLE_META_REQUIRED},
		{"table", GQLE_META_TABLE, GQLE_META_REQUIRED},
		{NULL}
	};
	static const GqleMetaShape source_shape = {"ToSourceRelationshipDef", source_fields,
.generic = "Hasura.RQL.Types.Relationships.ToSource.ToSourceRelationshipDef(ToSourceRelationshipDef)"};
	static const GqleMetaField schema_fields[] = {
		{"lhs_fields", GQLE_META_TEXT, GQLE_META_REQUIRED | GQLE_META_LIST},
		{"remote_field", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = read_remote_fields},
		{"remote_schema", GQLE_META_NAME, GQLE_META_REQUIRED},
		{NULL}
	};
	static const GqleMetaShape schema_shape = {"ToSchemaRelationshipDef", schema_fields};
	static const GqleMetaField old_fields[] = {
		{"hasura_fields", GQLE_META_TEXT, GQLE_META_REQUIRED | GQLE_META_LIST},
		{"remote_field", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = read_remote_fields},
		{"remote_schema", GQLE_META_NAME, GQLE_META_REQUIRED},
		{NULL}
	};
	static const GqleMetaShape old_shape = {"ToSchemaRelationshipDef", old_fields};
	GqleJson   *result = gqle_json_make_object();
	GqleJson   *part;
	const char *key;
	GqleMetaPath below = {path, NULL, 0, NULL};

	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path, "RemoteRelationshipDefinition",
										 "Object", value);
	if (gqle_json_lookup(value, "hasura_fields") != NULL)
		return gqle_meta_shape_apply(reader, path, &old_shape, value);
	if ((gqle_json_lookup(value, "to_source") != NULL) ==
		(gqle_json_lookup(value, "to_remote_schema") != NULL))
		return gqle_meta_reader_fail(reader, path,
									 "remote relationship definition (%s) expects exactly one of: %s",
									 data != NULL ? "lenient format" : "strict format",
									 data != NULL ? "remote_schema, to_source, to_remote_schema" :
									 "to_source, to_remote_schema");
	key = gqle_json_lookup(value, "to_source") != NULL ? "to_source" : "to_remote_schema";
	below.key = key;
	part = gqle_meta_shape_apply(reader, &below,
								 strcmp(key, "to_source") == 0 ? &source_shape : &schema_shape,
								 gqle_json_lookup(value, key));
	if (part == NULL)
		return NULL;
	gqle_json_object_set(result, key, part);
	return result;
}

static const GqleMetaField remote_relationship_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED},
	{"definition", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_remote_definition},
	{NULL}
};
const GqleMetaShape gqle_meta_remote_relationship = {"RemoteRelationship",
	remote_relationship_fields, .finish = gqle_meta_finish_sorted};
