/*
 * dml_shapes.c
 *		What arguments the commands of /v1/query on rows take (reference §19.2).
 */
#include "postgres.h"

#include "gqle/api/dml.h"
#include "gqle/api/meta_shapes.h"

#define TABLE_OF_SOURCE \
	{"source", GQLE_META_NAME}, \
	{ \
		"table", GQLE_META_TABLE, GQLE_META_REQUIRED | GQLE_META_OUTER \
	}

/* A value that is taken as it is, keys in their order. */
static GqleJson *
read_as_is(GqleMetaReader *reader, const GqleMetaPath *path,
		   const GqleJson *value, const void *data)
{
	if (data != NULL && value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path, data, "Object", value);
	return unconstify(GqleJson *, value);
}

#define AS_IS(key, flags) \
	{ \
		key, GQLE_META_CUSTOM, flags, .custom = read_as_is \
	}
#define OBJECT(key, flags, what) \
	{ \
		key, GQLE_META_CUSTOM, flags, .custom = read_as_is, .data = what \
	}

static GqleJson *read_column(GqleMetaReader *reader, const GqleMetaPath *path,
							 const GqleJson *value, const void *data);

/* What a select has, of a table as of a relationship. */
#define SELECT_FIELDS \
	{"columns", GQLE_META_CUSTOM, GQLE_META_REQUIRED | GQLE_META_LIST, \
	 .custom = read_column}, \
	{"where", GQLE_META_CUSTOM, 0, .custom = gqle_meta_boolexp}, \
	AS_IS("order_by", 0), \
	{"limit", GQLE_META_INT}, \
	{"offset", GQLE_META_INT}

/* A relationship among columns: that, and names. */
static const GqleMetaField relationship_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED | GQLE_META_OUTER},
	{"alias", GQLE_META_NAME},
	SELECT_FIELDS,
	{NULL}};
static const GqleMetaShape relationship_shape = {
	"SelCol", relationship_fields,
	.generic = "Hasura.RQL.DML.Types.SelectG(SelectG)"};

/* A column's name, or a relationship with columns of its own. */
static GqleJson *
read_column(GqleMetaReader *reader, const GqleMetaPath *path,
			const GqleJson *value, const void *data)
{
	if (value->kind == GQLE_JSON_STRING)
		return unconstify(GqleJson *, value);
	if (value->kind == GQLE_JSON_OBJECT)
		return gqle_meta_shape_apply(reader, path, &relationship_shape, value);
	return gqle_meta_reader_fail(
		reader, path,
		"A column should either be a string or an object (relationship)");
}

static const GqleMetaField select_fields[] = {
	TABLE_OF_SOURCE,
	SELECT_FIELDS,
	{NULL}};
const GqleMetaShape gqle_dml_select_shape = {
	"query", select_fields, .generic = "Hasura.RQL.DML.Types.SelectG(SelectG)",
	.wrapper = "parsing query failed, expected Object, but encountered %s"};

static const GqleMetaField count_fields[] = {TABLE_OF_SOURCE,
											 {"where", GQLE_META_CUSTOM, 0,
											  .custom = gqle_meta_boolexp},
											 {"distinct", GQLE_META_TEXT,
											  GQLE_META_LIST},
											 {NULL}};
const GqleMetaShape gqle_dml_count_shape = {"count query", count_fields};

/* What to do about a conflict. */
static GqleJson *
read_action(GqleMetaReader *reader, const GqleMetaPath *path,
			const GqleJson *value, const void *data)
{
	if (value->kind == GQLE_JSON_STRING &&
		(strcmp(value->text, "ignore") == 0 ||
		 strcmp(value->text, "update") == 0))
		return unconstify(GqleJson *, value);
	return gqle_meta_reader_fail(reader, path,
								 "Expecting 'ignore' or 'update'");
}

/* A column, or a list of them. */
static GqleJson *
read_target(GqleMetaReader *reader, const GqleMetaPath *path,
			const GqleJson *value, const void *data)
{
	static const GqleMetaField columns = {"constraint_on", GQLE_META_TEXT,
										  GQLE_META_LIST};
	GqleJson *list;

	if (value->kind == GQLE_JSON_ARRAY)
		return gqle_meta_shape_apply_field(reader, path, &columns, value);
	if (value->kind != GQLE_JSON_STRING)
		return gqle_meta_reader_fail(reader, path, "Expecting String or Array");
	list = gqle_json_make_array();
	gqle_json_array_add(list, unconstify(GqleJson *, value));
	return list;
}

static const GqleMetaField conflict_fields[] = {
	{"constraint_on", GQLE_META_CUSTOM, .custom = read_target},
	{"constraint", GQLE_META_TEXT},
	{"action", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = read_action},
	{NULL}};
static const GqleMetaShape conflict_shape = {
	"OnConflict", conflict_fields,
	.generic = "Hasura.RQL.DML.Types.OnConflict(OnConflict)"};

static const GqleMetaField insert_fields[] = {
	TABLE_OF_SOURCE,
	AS_IS("objects", GQLE_META_REQUIRED),
	{"on_conflict", GQLE_META_SHAPE, .shape = &conflict_shape},
	{"returning", GQLE_META_TEXT, GQLE_META_LIST},
	{NULL}};
const GqleMetaShape gqle_dml_insert_shape = {"insert query", insert_fields};

static const GqleMetaField update_fields[] = {
	TABLE_OF_SOURCE,
	{"where", GQLE_META_CUSTOM, GQLE_META_REQUIRED,
	 .custom = gqle_meta_boolexp},
	OBJECT("$set", 0, "HashMap ~Text"),
	OBJECT("values", 0, "HashMap ~Text"),
	OBJECT("$inc", 0, "HashMap ~Text"),
	OBJECT("$mul", 0, "HashMap ~Text"),
	{"$default", GQLE_META_TEXT, GQLE_META_LIST},
	{"returning", GQLE_META_TEXT, GQLE_META_LIST},
	{NULL}};
const GqleMetaShape gqle_dml_update_shape = {"update query", update_fields};

static const GqleMetaField delete_fields[] = {TABLE_OF_SOURCE,
											  {"where", GQLE_META_CUSTOM,
											   GQLE_META_REQUIRED,
											   .custom = gqle_meta_boolexp},
											  {"returning", GQLE_META_TEXT,
											   GQLE_META_LIST},
											  {NULL}};
const GqleMetaShape gqle_dml_delete_shape = {"delete query", delete_fields};
