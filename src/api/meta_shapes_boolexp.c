/*
 * meta_shapes_boolexp.c
 *		The shape of conditions in permissions.
 *
 * compat: only what joins conditions is looked at here; the values of fields are
 * whatever they are until a table is known.  The connectives are exported with
 * "_", and objects with a connective in both spellings as a list.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"

static GqleJson *read_exists(GqleMetaReader *reader, const GqleMetaPath *path,
							 const GqleJson *value, const void *data);
static GqleJson *join_members(int n, const GqleJsonMember *members);

/* The connectives, and what their operands are. */
static const GqleMetaField connectives[] = {
	{"_and", GQLE_META_CUSTOM, GQLE_META_LIST, .custom = gqle_meta_boolexp},
	{"_exists", GQLE_META_CUSTOM, .custom = read_exists},
	{"_not", GQLE_META_CUSTOM, .custom = gqle_meta_boolexp},
	{"_or", GQLE_META_CUSTOM, GQLE_META_LIST, .custom = gqle_meta_boolexp},
	{NULL}
};

static const GqleMetaField exists_fields[] = {
	{"_table", GQLE_META_TABLE, GQLE_META_REQUIRED},
	{"_where", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_boolexp},
	{NULL}
};
static const GqleMetaShape exists_shape = {"_exists", exists_fields};

static GqleJson *
read_exists(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			const void *data)
{
	return gqle_meta_shape_apply(reader, path, &exists_shape, value);
}

/* The connective that a key is, spelt with "_" or "$", or NULL. */
static const GqleMetaField *
find_connective(const char *key)
{
	const GqleMetaField *field;

	if (key[0] == '_' || key[0] == '$')
		for (field = connectives; field->key != NULL; field++)
			if (strcmp(field->key + 1, key + 1) == 0)
				return field;
	return NULL;
}

/* gqle_meta_boolexp accepts a condition. */
GqleJson *
gqle_meta_boolexp(GqleMetaReader *reader, const GqleMetaPath *path,
				  const GqleJson *value, const void *data)
{
	GqleJsonMember *members;
	int			i;

	check_stack_depth();
	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path, "boolean expression", "Object",
										 value);
	/* sorted, so that of several mistakes the same is told */
	value = gqle_meta_sort(value);
	members = palloc0(sizeof(GqleJsonMember) * (value->n + 1));
	for (i = 0; i < value->n; i++)
	{
		const GqleMetaField *connective = find_connective(value->members[i].key);
		GqleMetaPath below = {path, value->members[i].key, 0, NULL};

		members[i] = value->members[i];
		if (connective == NULL)
			continue;
		members[i].key = connective->key;
		members[i].value = gqle_meta_shape_apply_field(reader, &below, connective,
													   value->members[i].value);
		if (members[i].value == NULL)
			return NULL;
	}
	return join_members(value->n, members);
}

/* join_members makes an object of members, or a list of such if keys repeat. */
static GqleJson *
join_members(int n, const GqleJsonMember *members)
{
	GqleJson   *object = gqle_json_make_object();
	GqleJson   *list = gqle_json_make_array();
	int			i;

	for (i = 0; i < n; i++)
	{
		GqleJson   *alone = gqle_json_make_object();

		gqle_json_object_set(alone, members[i].key, members[i].value);
		gqle_json_array_add(list, alone);
		gqle_json_object_set(object, members[i].key, members[i].value);
	}
	if (object->n == n)
		return gqle_meta_sort(object);
	object = gqle_json_make_object();
	gqle_json_object_set(object, "_and", list);
	return object;
}
