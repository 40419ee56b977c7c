/*
 * meta_shapes_native.c
 *		The shapes of native queries and logical models.
 *
 * compat: the type of a field may be written in two ways, and is exported in the
 * newer one; names of types are exported in Hasura's spelling of each.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shape_words.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/catalog/nativetype.h"

static GqleJson *read_type(GqleMetaReader *reader, const GqleMetaPath *path,
						   const GqleJson *value, const void *data);

/* ------------------------------------------------------------------------
 * Types
 * ------------------------------------------------------------------------ */

/* read_scalar accepts the name of a type and returns its one spelling. */
static GqleJson *
read_scalar(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			const void *data)
{
	const char *name;

	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_mismatch(reader, path, "Text", "String", value);
	name = gqle_nativetype_canonical(value->text);
	if (name == NULL)
		return gqle_meta_reader_fail(reader, path, "Did not recognize scalar type '%s'",
									 value->text);
	return gqle_json_make_string(name);
}

static const GqleMetaField scalar_type_fields[] = {
	{"nullable", BOOL, FILL, "false"},
	{"scalar", CUSTOM, REQ, .custom = read_scalar},
	{NULL}
};
static const GqleMetaShape scalar_type = {"LogicalModelTypeScalar", scalar_type_fields};

static const GqleMetaField array_type_fields[] = {
	{"array", CUSTOM, REQ, .custom = read_type},
	{"nullable", BOOL, FILL, "false"},
	{NULL}
};
static const GqleMetaShape array_type = {"LogicalModelTypeArray", array_type_fields};

static const GqleMetaField reference_type_fields[] = {
	{"logical_model", GNAME, REQ},
	{"nullable", BOOL, FILL, "false"},
	{NULL}
};
static const GqleMetaShape reference_type = {"LogicalModelTypeReference",
	reference_type_fields};

/* read_type accepts a scalar, an array of a type or another logical model. */
static GqleJson *
read_type(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
		  const void *data)
{
	const GqleMetaShape *shape = &reference_type;

	check_stack_depth();
	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path, "Text", "String", value);
	if (gqle_json_lookup(value, "scalar") != NULL)
		shape = &scalar_type;
	else if (gqle_json_lookup(value, "array") != NULL)
		shape = &array_type;
	return gqle_meta_shape_apply(reader, path, shape, value);
}

/* ------------------------------------------------------------------------
 * Fields
 * ------------------------------------------------------------------------ */

static const GqleMetaField field_fields[] = {
	{"description", TEXT},
	{"name", NAME, REQ},
	{"type", CUSTOM, REQ, .custom = read_type},
	{NULL}
};
static const GqleMetaShape field_shape = {"LogicalModelField", field_fields};

/* The older form, of scalars only. */
static const GqleMetaField simple_field_fields[] = {
	{"description", TEXT},
	{"name", NAME, REQ},
	{"nullable", BOOL, FILL, "false"},
	{"type", CUSTOM, REQ, .custom = read_scalar},
	{NULL}
};
static const GqleMetaShape simple_field_shape = {"LogicalModelField", simple_field_fields};

/* read_field accepts a field in both forms and returns the newer one. */
static GqleJson *
read_field(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
		   const void *data)
{
	const GqleJson *type = value->kind == GQLE_JSON_OBJECT ?
		gqle_json_lookup(value, "type") : NULL;
	GqleJson   *simple;
	GqleJson   *result;
	GqleJson   *scalar;

	if (type != NULL && type->kind == GQLE_JSON_OBJECT)
		return gqle_meta_shape_apply(reader, path, &field_shape, value);
	simple = gqle_meta_shape_apply(reader, path, &simple_field_shape, value);
	if (simple == NULL)
		return NULL;
	scalar = gqle_json_make_object();
	gqle_json_object_set(scalar, "nullable", gqle_json_lookup(simple, "nullable"));
	gqle_json_object_set(scalar, "scalar", gqle_json_lookup(simple, "type"));
	result = gqle_json_make_object();
	if (gqle_json_lookup(simple, "description") != NULL)
		gqle_json_object_set(result, "description", gqle_json_lookup(simple, "description"));
	gqle_json_object_set(result, "name", gqle_json_lookup(simple, "name"));
	gqle_json_object_set(result, "type", scalar);
	return result;
}

#define FIELDS \
	{"fields", CUSTOM, REQ | LIST, .custom = read_field, \
	.unique_key = "name", .unique_label = "fields"}

#define SELECT_PERMISSIONS \
	{"select_permissions", SHAPE, LIST | OMIT, .shape = &gqle_meta_select_entry, \
	.unique_key = "role", .unique_label = "select permissions"}

/* finish_sorted sorts the keys of parts that have an order elsewhere, too. */
static GqleJson *
finish_sorted(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	return gqle_meta_sort(object);
}

static const GqleMetaField logical_model_fields[] = {
	{"description", TEXT},
	FIELDS,
	{"name", GNAME, REQ},
	SELECT_PERMISSIONS,
	{NULL}
};
const GqleMetaShape gqle_meta_logical_model = {"LogicalModelMetadata", logical_model_fields,
.finish = finish_sorted};

static const GqleMetaField track_model_fields[] = {
	{"source", NAME, REQ},
	{"name", GNAME, REQ},
	FIELDS,
	{"description", TEXT},
	{NULL}
};
const GqleMetaShape gqle_meta_track_logical_model = {"TrackLogicalModel", track_model_fields};

/* ------------------------------------------------------------------------
 * Native queries
 * ------------------------------------------------------------------------ */

static const GqleMetaField argument_fields[] = {
	{"description", TEXT},
	{"nullable", BOOL, FILL, "false"},
	{"type", CUSTOM, REQ, .custom = read_scalar},
	{NULL}
};
static const GqleMetaShape argument_shape = {"NullableScalarType", argument_fields};

static const GqleMetaField inline_model_fields[] = {
	FIELDS,
	SELECT_PERMISSIONS,
	{NULL}
};
static const GqleMetaShape inline_model = {"InlineLogicalModelMetadata", inline_model_fields};

/* read_returns accepts the name of a logical model, or one without a name. */
static GqleJson *
read_returns(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			 const void *data)
{
	static const GqleMetaField name = {"returns", GQLE_META_GRAPHQL_NAME};

	if (value->kind == GQLE_JSON_OBJECT)
		return gqle_meta_shape_apply(reader, path, &inline_model, value);
	return gqle_meta_shape_apply_field(reader, path, &name, value);
}

/* read_code accepts SQL in which every "{{" is closed. */
static GqleJson *
read_code(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
		  const void *data)
{
	const char *open;

	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_mismatch(reader, path, "Text", "String", value);
	for (open = strstr(value->text, "{{"); open != NULL; open = strstr(open, "{{"))
	{
		open = strstr(open, "}}");
		if (open == NULL)
			return gqle_meta_reader_fail(reader, path->parent != NULL ? path->parent : path,
										 "Found '{{' without a matching closing '}}'");
	}
	return unconstify(GqleJson *, value);
}

/* read_using accepts "using" of a relationship of native queries. */
static GqleJson *
read_using(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
		   const void *data)
{
	GqleJson   *result = gqle_meta_shape_apply(reader, path, &gqle_meta_manual_using, value);

	if (result != NULL && gqle_json_lookup(result, "remote_table") == NULL &&
		gqle_json_lookup(result, "remote_native_query") == NULL)
		return gqle_meta_reader_fail(reader, path, "key \"remote_table\" not found");
	return result;
}

static const GqleMetaField relationship_fields[] = {
	{"comment", TEXT},
	{"name", NAME, REQ},
	{"using", CUSTOM, REQ, .custom = read_using},
	{NULL}
};
static const GqleMetaShape relationship_shape = {"RelDef", relationship_fields};

#define RELATIONSHIPS(key, label) \
	{key, SHAPE, LIST | OMIT, .shape = &relationship_shape, \
	.unique_key = "name", .unique_label = label}

static const GqleMetaField native_query_fields[] = {
	{"arguments", MAP, FILL, "{}", .shape = &argument_shape},
	RELATIONSHIPS("array_relationships", "array relationships"),
	{"code", CUSTOM, REQ, .custom = read_code},
	{"description", TEXT},
	RELATIONSHIPS("object_relationships", "object relationships"),
	{"returns", CUSTOM, REQ, .custom = read_returns},
	{"root_field_name", GNAME, REQ},
	{NULL}
};
const GqleMetaShape gqle_meta_native_query = {"NativeQueryMetadata", native_query_fields,
.finish = finish_sorted};

static const GqleMetaField track_query_fields[] = {
	{"source", NAME, REQ},
	{"root_field_name", GNAME, REQ},
	{"code", CUSTOM, REQ, .custom = read_code},
	{"arguments", MAP, FILL, "{}", .shape = &argument_shape},
	RELATIONSHIPS("array_relationships", "array relationships"),
	RELATIONSHIPS("object_relationships", "object relationships"),
	{"description", TEXT},
	{"returns", CUSTOM, REQ, .custom = read_returns},
	{NULL}
};
const GqleMetaShape gqle_meta_track_native_query = {"TrackNativeQuery", track_query_fields};
