/*
 * meta_shapes.c
 *		The shapes of sources and what is in them.
 *
 * Keys stand in the order in which Hasura exports them; objects it builds
 * without an order of their own come out alphabetically, so they stand that way
 * here.
 */
#include "postgres.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shape_words.h"
#include "gqle/api/meta_shapes.h"

/* ------------------------------------------------------------------------
 * Values that need a function
 * ------------------------------------------------------------------------ */

static GqleJson *read_columns_list(GqleMetaReader *reader, const GqleMetaPath *path,
								   const GqleJson *value, bool is_scalar_ok);
static GqleJson *read_remote_key(GqleMetaReader *reader, const GqleMetaPath *path,
								 const GqleJson *value);
static GqleJson *read_using(GqleMetaReader *reader, const GqleMetaPath *path,
							const GqleJson *value, bool is_object);

/* gqle_meta_one_of accepts one of some words; data is a GqleMetaWords. */
GqleJson *
gqle_meta_one_of(GqleMetaReader *reader, const GqleMetaPath *path,
				 const GqleJson *value, const void *data)
{
	const GqleMetaWords *words = data;
	const char *const *word;
	StringInfoData list;

	if (value->kind != GQLE_JSON_STRING && !words->is_loose)
		return gqle_meta_reader_mismatch(reader, path, words->type, "String", value);
	initStringInfo(&list);
	for (word = words->words; *word != NULL; word++)
	{
		if (value->kind == GQLE_JSON_STRING && strcmp(*word, value->text) == 0)
			return unconstify(GqleJson *, value);
		appendStringInfo(&list, "%s\"%s\"", word > words->words ? "," : "", *word);
	}
	if (words->complaint != NULL)
		return gqle_meta_reader_fail(reader, path, words->complaint, value->text);
	return gqle_meta_reader_fail(reader, path,
								 "parsing %s failed, expected one of the tags [%s], but found tag \"%s\"",
								 words->type, list.data, value->text);
}

/* gqle_meta_columns accepts "*" or a list of column names. */
GqleJson *
gqle_meta_columns(GqleMetaReader *reader, const GqleMetaPath *path,
				  const GqleJson *value, const void *data)
{
	if (value->kind == GQLE_JSON_STRING && strcmp(value->text, "*") == 0)
		return unconstify(GqleJson *, value);
	return read_columns_list(reader, path, value, false);
}

/* gqle_meta_subscribed_columns does so for event triggers. */
GqleJson *
gqle_meta_subscribed_columns(GqleMetaReader *reader, const GqleMetaPath *path,
							 const GqleJson *value, const void *data)
{
	if (value->kind == GQLE_JSON_STRING && strcmp(value->text, "*") != 0)
		return gqle_meta_reader_fail(reader, path, "only * or [] allowed");
	if (value->kind != GQLE_JSON_STRING && value->kind != GQLE_JSON_ARRAY)
		return gqle_meta_reader_fail(reader, path, "unexpected columns");
	return gqle_meta_columns(reader, path, value, data);
}

/*
 * read_columns_list accepts a list of names; of a key, not an empty one, or a
 * single name.
 */
static GqleJson *
read_columns_list(GqleMetaReader *reader, const GqleMetaPath *path,
				  const GqleJson *value, bool is_scalar_ok)
{
	static const GqleMetaField field = {"columns", GQLE_META_TEXT, GQLE_META_LIST};
	static const GqleMetaField some = {"columns", GQLE_META_TEXT,
	GQLE_META_LIST | GQLE_META_NONEMPTY};

	if (!is_scalar_ok)
		return gqle_meta_shape_apply_field(reader, path, &field, value);
	if (value->kind == GQLE_JSON_STRING)
		return unconstify(GqleJson *, value);
	if (value->kind != GQLE_JSON_ARRAY)
		return gqle_meta_reader_fail(reader, path, "Expected string or array");
	return gqle_meta_shape_apply_field(reader, path, &some, value);
}

/* gqle_meta_object_using accepts "using" of an object relationship. */
GqleJson *
gqle_meta_object_using(GqleMetaReader *reader, const GqleMetaPath *path,
					   const GqleJson *value, const void *data)
{
	return read_using(reader, path, value, true);
}

/* gqle_meta_array_using accepts "using" of an array relationship. */
GqleJson *
gqle_meta_array_using(GqleMetaReader *reader, const GqleMetaPath *path,
					  const GqleJson *value, const void *data)
{
	return read_using(reader, path, value, false);
}

/* Checks insertion_order. */
static GqleJson *
read_insertion_order(GqleMetaReader *reader, const GqleMetaPath *path,
					 const GqleJson *value, const void *data)
{
	if (value->kind == GQLE_JSON_STRING &&
		(strcmp(value->text, "before_parent") == 0 ||
		 strcmp(value->text, "after_parent") == 0))
		return unconstify(GqleJson *, value);
	return gqle_meta_reader_fail(reader, path,
								 "insertion_order should be 'before_parent' or 'after_parent'");
}

static const GqleMetaField manual_fields[] = {
	{"column_mapping", MAP, REQ},
	{"insertion_order", CUSTOM, WRITENULL, .custom = read_insertion_order},
	{"remote_native_query", NAME},
	{"remote_table", TABLE},
	{NULL}
};
const GqleMetaShape gqle_meta_manual_using = {"RelManualConfig", manual_fields};

/* read_using accepts "using" of a relationship. */
static GqleJson *
read_using(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
		   bool is_object)
{
	GqleJson   *result = gqle_json_make_object();
	const GqleJson *key;
	const GqleJson *manual;
	GqleJson   *canonical;

	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_fail(reader, path, "using should be an object");
	key = gqle_json_lookup(value, "foreign_key_constraint_on");
	manual = gqle_json_lookup(value, "manual_configuration");
	if (key == NULL && manual == NULL)
		return gqle_meta_reader_fail(reader, path,
									 "atleast one of foreign_key_constraint_on/manual_configuration should be present");
	if (key != NULL && manual != NULL)
		return gqle_meta_reader_fail(reader, path,
									 "only one of foreign_key_constraint_on/manual_configuration should be present");
	if (key != NULL)
	{
		GqleMetaPath below = {path, "foreign_key_constraint_on", 0, NULL};

		if (is_object && key->kind != GQLE_JSON_OBJECT)
		{
			canonical = read_columns_list(reader, &below, key, true);
			if (canonical != NULL && canonical->kind == GQLE_JSON_ARRAY &&
				canonical->n == 1)
				canonical = canonical->items[0];
		}
		else
			canonical = read_remote_key(reader, &below, key);
		if (canonical == NULL)
			return NULL;
		gqle_json_object_set(result, "foreign_key_constraint_on", canonical);
	}
	else
	{
		GqleMetaPath below = {path, "manual_configuration", 0, NULL};

		canonical = gqle_meta_shape_apply(reader, &below, &gqle_meta_manual_using, manual);
		if (canonical == NULL)
			return NULL;
		if (gqle_json_lookup(canonical, "remote_table") == NULL &&
			gqle_json_lookup(canonical, "remote_native_query") == NULL)
			return gqle_meta_reader_fail(reader, &below, "key \"remote_table\" not found");
		gqle_json_object_set(result, "manual_configuration", canonical);
	}
	return result;
}

/* read_remote_key accepts {"table", "column" or "columns"}. */
static GqleJson *
read_remote_key(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value)
{
	static const GqleMetaField table_field = {"table", GQLE_META_TABLE, 0};
	GqleMetaPath below = {path, "table", 0, NULL};
	GqleJson   *result = gqle_json_make_object();
	const GqleJson *table;
	const GqleJson *column;
	const GqleJson *columns;
	GqleJson   *canonical;

	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_fail(reader, path, "Expecting object { table, columns }.");
	table = gqle_json_lookup(value, "table");
	column = gqle_json_lookup(value, "column");
	columns = gqle_json_lookup(value, "columns");
	if (table == NULL)
		return gqle_meta_reader_fail(reader, path, "key \"table\" not found");
	table = gqle_meta_shape_apply_field(reader, &below, &table_field, table);
	if (table == NULL)
		return NULL;
	if ((column == NULL) == (columns == NULL))
		return gqle_meta_reader_fail(reader, path,
									 "expected exactly one of 'column' or 'columns'");
	below.key = column != NULL ? "column" : "columns";
	canonical = read_columns_list(reader, &below, column != NULL ? column : columns, true);
	if (canonical == NULL)
		return NULL;
	if (canonical->kind == GQLE_JSON_ARRAY && canonical->n == 1)
		canonical = canonical->items[0];
	gqle_json_object_set(result, canonical->kind == GQLE_JSON_STRING ? "column" : "columns",
						 canonical);
	gqle_json_object_set(result, "table", unconstify(GqleJson *, table));
	return result;
}

/* gqle_meta_webhook_value accepts a string or {"from_env"}. */
GqleJson *
gqle_meta_webhook_value(GqleMetaReader *reader, const GqleMetaPath *path,
						const GqleJson *value, const void *data)
{
	static const GqleMetaField fields[] = {{"from_env", GQLE_META_TEXT, GQLE_META_REQUIRED},
										   {NULL}};
	static const GqleMetaShape shape = {"InputWebhook", fields};

	if (value->kind == GQLE_JSON_STRING)
		return unconstify(GqleJson *, value);
	if (value->kind == GQLE_JSON_OBJECT)
		return gqle_meta_shape_apply(reader, path, &shape, value);
	return gqle_meta_reader_fail(reader, path,
								 "one of string or object must be provided for webhook");
}

/* ------------------------------------------------------------------------
 * Headers
 * ------------------------------------------------------------------------ */

/* finish_header wants exactly one kind of value. */
static GqleJson *
finish_header(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	const GqleJson *value = gqle_json_lookup(object, "value");
	const GqleJson *from_env = gqle_json_lookup(object, "value_from_env");

	if (value == NULL && from_env == NULL)
		return gqle_meta_reader_fail(reader, path,
									 "expecting value or value_from_env keys");
	if (value != NULL && from_env != NULL)
		return gqle_meta_reader_fail(reader, path,
									 "expecting only one of value or value_from_env keys");
	if (from_env != NULL && strncmp(from_env->text, "HASURA_GRAPHQL_", 15) == 0)
		return gqle_meta_reader_fail(reader, path,
									 "env variables starting with \"HASURA_GRAPHQL_\" are not allowed in value_from_env: %s",
									 from_env->text);
	return object;
}

static const GqleMetaField header_fields[] = {
	{"name", TEXT, REQ},
	{"value", TEXT},
	{"value_from_env", TEXT},
	{NULL}
};
const GqleMetaShape gqle_meta_header = {"HeaderConf", header_fields, .finish = finish_header};

/* ------------------------------------------------------------------------
 * Tables
 * ------------------------------------------------------------------------ */

static const GqleMetaField column_config_fields[] = {
	{"comment", TEXT},
	{"custom_name", GNAME},
	{NULL}
};
static const GqleMetaShape column_config = {"ColumnConfig", column_config_fields};

/* Names and comments of a root field: a string or {"comment","name"}. */
static GqleJson *
read_root_field(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
				const void *data)
{
	static const GqleMetaField fields[] = {
		{"comment", GQLE_META_TEXT, GQLE_META_KEEP_NULL},
		{"name", GQLE_META_GRAPHQL_NAME, GQLE_META_WRITE_NULL},
		{NULL}
	};
	static const GqleMetaShape shape = {"CustomRootField", fields};
	static const GqleMetaField name = {"name", GQLE_META_GRAPHQL_NAME, 0};
	GqleJson   *result;
	GqleJson   *comment;

	if (value->kind == GQLE_JSON_STRING)
		return gqle_meta_shape_apply_field(reader, path, &name, value);
	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path, "CustomRootField", "Object", value);
	result = gqle_meta_shape_apply(reader, path, &shape, value);
	if (result == NULL)
		return NULL;
	comment = gqle_json_lookup(result, "comment");
	if (comment == NULL)
		return gqle_json_lookup(result, "name");
	if (comment->kind == GQLE_JSON_NULL)
		gqle_json_object_set(result, "comment", gqle_json_make_string(""));
	return result;
}

#define ROOT_FIELD(name) {name, CUSTOM, 0, "null", .custom = read_root_field}

/* finish_root_fields refuses two root fields of one name. */
static GqleJson *
finish_root_fields(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	StringInfoData twice;
	int			i;
	int			j;

	initStringInfo(&twice);
	for (i = 0; i < object->n; i++)
		for (j = 0; j < i; j++)
		{
			const GqleJson *a = object->members[i].value;
			const GqleJson *b = object->members[j].value;

			if (a->kind == GQLE_JSON_OBJECT)
				a = gqle_json_lookup(a, "name");
			if (b->kind == GQLE_JSON_OBJECT)
				b = gqle_json_lookup(b, "name");
			if (a->kind == GQLE_JSON_STRING && b->kind == GQLE_JSON_STRING &&
				strcmp(a->text, b->text) == 0)
			{
				appendStringInfo(&twice, "%s%s", twice.len > 0 ? ", " : "", a->text);
				break;
			}
		}
	if (twice.len > 0)
		return gqle_meta_reader_fail(reader, path,
									 "the following custom root field names are duplicated: %s",
									 twice.data);
	return object;
}

static const GqleMetaField root_field_fields[] = {
	ROOT_FIELD("delete"),
	ROOT_FIELD("delete_by_pk"),
	ROOT_FIELD("insert"),
	ROOT_FIELD("insert_one"),
	ROOT_FIELD("select"),
	ROOT_FIELD("select_aggregate"),
	ROOT_FIELD("select_by_pk"),
	ROOT_FIELD("select_stream"),
	ROOT_FIELD("update"),
	ROOT_FIELD("update_by_pk"),
	ROOT_FIELD("update_many"),
	{NULL}
};
static const GqleMetaShape table_root_fields = {"Object", root_field_fields,
.finish = finish_root_fields};

/*
 * finish_table_configuration writes the maps as Hasura does: column_config
 * takes over what custom_column_names says and has no empty entries, and the
 * old map mirrors the custom names.
 */
static GqleJson *
finish_table_configuration(GqleMetaReader *reader, const GqleMetaPath *path,
						   GqleJson *object)
{
	GqleJson   *result = gqle_json_make_object();
	GqleJson   *columns = gqle_json_make_object();
	GqleJson   *names = gqle_json_make_object();
	const GqleJson *config = gqle_json_lookup(object, "column_config");
	const GqleJson *old = gqle_json_lookup(object, "custom_column_names");
	GqleJson   *comment = gqle_json_lookup(object, "comment");
	GqleJson   *custom_name = gqle_json_lookup(object, "custom_name");
	GqleJson   *roots = gqle_json_lookup(object, "custom_root_fields");
	int			i;

	for (i = 0; config != NULL && i < config->n; i++)
		if (config->members[i].value->n > 0)
			gqle_json_object_set(columns, config->members[i].key,
								 config->members[i].value);
	for (i = 0; old != NULL && i < old->n; i++)
	{
		GqleJson   *entry = gqle_json_lookup(columns, old->members[i].key);
		GqleJson   *renewed;

		if (!gqle_meta_is_graphql_name(old->members[i].value->text))
			return gqle_meta_reader_fail(reader, path, "%s is not valid GraphQL name",
										 old->members[i].value->text);
		if (entry != NULL && gqle_json_lookup(entry, "custom_name") != NULL)
			continue;
		renewed = gqle_json_make_object();
		if (entry != NULL)
			gqle_json_object_set(renewed, "comment", gqle_json_lookup(entry, "comment"));
		gqle_json_object_set(renewed, "custom_name", old->members[i].value);
		gqle_json_object_set(columns, old->members[i].key, renewed);
	}
	columns = gqle_meta_sort(columns);
	for (i = 0; i < columns->n; i++)
	{
		GqleJson   *name = gqle_json_lookup(columns->members[i].value, "custom_name");

		if (name != NULL)
			gqle_json_object_set(names, columns->members[i].key, name);
	}
	if (roots == NULL)
		roots = gqle_json_make_object();

	if (columns->n == 0 && names->n == 0 && roots->n == 0 && comment == NULL &&
		custom_name == NULL)
		return result;
	gqle_json_object_set(result, "column_config", columns);
	if (comment != NULL)
		gqle_json_object_set(result, "comment", comment->kind == GQLE_JSON_NULL ?
							 gqle_json_make_string("") : comment);
	gqle_json_object_set(result, "custom_column_names", names);
	if (custom_name != NULL)
		gqle_json_object_set(result, "custom_name", custom_name);
	gqle_json_object_set(result, "custom_root_fields", roots);
	return result;
}

static const GqleMetaField table_configuration_fields[] = {
	{"column_config", MAP, .shape = &column_config},
	{"comment", TEXT, KEEPNULL},
	{"custom_column_names", MAP},
	{"custom_name", GNAME},
	{"custom_root_fields", SHAPE, .shape = &table_root_fields},
	{NULL}
};
const GqleMetaShape gqle_meta_table_configuration = {"TableConfig",
	table_configuration_fields, .finish = finish_table_configuration};

/* Seconds that are not negative. */
static GqleJson *
read_timeout(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			 const void *data)
{
	static const GqleMetaField number = {"timeout", GQLE_META_INT};
	GqleJson   *timeout = gqle_meta_shape_apply_field(reader, path, &number, value);

	if (timeout != NULL && timeout->text[0] == '-')
		return gqle_meta_reader_fail(reader, path, "timeout value cannot be negative");
	return timeout;
}

static const GqleMetaField input_hook_fields[] = {
	{"forward_client_headers", BOOL, FILL, "false"},
	{"headers", SHAPE, LIST | FILL, "[]", .shape = &gqle_meta_header},
	{"timeout", CUSTOM, FILL, "10", .custom = read_timeout},
	{"url", TEXT, REQ},
	{NULL}
};
static const GqleMetaShape input_hook = {"ValidateInputHttpDefinition", input_hook_fields};

static const GqleMetaField validate_input_fields[] = {
	{"definition", SHAPE, REQ, .shape = &input_hook},
	{"type", TEXT, REQ},
	{NULL}
};
static const GqleMetaShape validate_input = {"ValidateInput", validate_input_fields};

/* validate_input: the webhook that validates what is written. */
static GqleJson *
read_validate_input(GqleMetaReader *reader, const GqleMetaPath *path,
					const GqleJson *value, const void *data)
{
	static const GqleMetaField type_field = {"type", TEXT, 0};
	GqleMetaPath below = {path, "type", 0, NULL};
	const GqleJson *type;

	if (value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_shape_apply(reader, path, &validate_input, value);
	type = gqle_json_lookup(value, "type");
	if (type == NULL)
		return gqle_meta_reader_fail(reader, path, "key \"type\" not found");
	if (gqle_meta_shape_apply_field(reader, &below, &type_field, type) == NULL)
		return NULL;
	if (strcmp(type->text, "http") != 0)
		return gqle_meta_reader_fail(reader, path,
									 "expecting only 'http' for 'type' but got %s",
									 type->text);
	return gqle_meta_shape_apply(reader, path, &validate_input, value);
}

#define PERMISSION_TAIL \
	{"backend_only", BOOL, 0, "false"}, \
	{"validate_input", CUSTOM, .custom = read_validate_input}, \
	{NULL}

static const GqleMetaField insert_permission_fields[] = {
	{"check", CUSTOM, REQ, .custom = gqle_meta_boolexp},
	{"set", OBJECT, OMIT},
	{"columns", CUSTOM, .custom = gqle_meta_columns},
	PERMISSION_TAIL
};
const GqleMetaShape gqle_meta_insert_permission = {"InsPerm", insert_permission_fields};

static const char *const query_roots_list[] = {"select", "select_by_pk", "select_aggregate", NULL};
static const GqleMetaWords query_roots = {query_roots_list, "Hasura.RQL.Types.Permission.QueryRootFieldType"};
static const char *const subscription_roots_list[] = {"select", "select_by_pk",
"select_aggregate", "select_stream", NULL};
static const GqleMetaWords subscription_roots = {subscription_roots_list, "Hasura.RQL.Types.Permission.SubscriptionRootFieldType"};

static const GqleMetaField select_permission_fields[] = {
	{"columns", CUSTOM, REQ, .custom = gqle_meta_columns},
	{"computed_fields", TEXT, LIST | OMIT},
	{"filter", CUSTOM, REQ, .custom = gqle_meta_boolexp},
	{"limit", INT},
	{"allow_aggregations", BOOL, 0, "false"},
	{"query_root_fields", CUSTOM, LIST, .custom = gqle_meta_one_of, .data = &query_roots},
	{"subscription_root_fields", CUSTOM, LIST, .custom = gqle_meta_one_of,
	.data = &subscription_roots},
	{NULL}
};
const GqleMetaShape gqle_meta_select_permission = {"SelPerm", select_permission_fields};

static const GqleMetaField update_permission_fields[] = {
	{"columns", CUSTOM, REQ, .custom = gqle_meta_columns},
	{"filter", CUSTOM, REQ, .custom = gqle_meta_boolexp},
	{"check", CUSTOM, WRITENULL, .custom = gqle_meta_boolexp},
	{"set", OBJECT, OMIT},
	PERMISSION_TAIL
};
const GqleMetaShape gqle_meta_update_permission = {"UpdPerm", update_permission_fields};

static const GqleMetaField delete_permission_fields[] = {
	{"filter", CUSTOM, REQ, .custom = gqle_meta_boolexp},
	PERMISSION_TAIL
};
const GqleMetaShape gqle_meta_delete_permission = {"DelPerm", delete_permission_fields};

#define PERMISSION_ENTRY(storage, variable, permission_shape) \
static const GqleMetaField variable##_fields[] = { \
	{"role", NAME, REQ}, \
	{"permission", SHAPE, REQ, .shape = &permission_shape}, \
	{"comment", TEXT}, \
	{NULL} \
}; \
storage const GqleMetaShape variable = {"PermDef", variable##_fields, \
.generic = "Hasura.RQL.Types.Permission.PermDef(PermDef)"}

PERMISSION_ENTRY(static, insert_entry, gqle_meta_insert_permission);
PERMISSION_ENTRY(, gqle_meta_select_entry, gqle_meta_select_permission);
PERMISSION_ENTRY(static, update_entry, gqle_meta_update_permission);
PERMISSION_ENTRY(static, delete_entry, gqle_meta_delete_permission);

static const GqleMetaField object_relationship_fields[] = {
	{"name", NAME, REQ},
	{"using", CUSTOM, REQ, .custom = gqle_meta_object_using},
	{"comment", TEXT},
	{NULL}
};
static const GqleMetaShape object_relationship = {"RelDef", object_relationship_fields,
.generic = "Hasura.RQL.Types.Relationships.Local.RelDef(RelDef)"};

static const GqleMetaField array_relationship_fields[] = {
	{"name", NAME, REQ},
	{"using", CUSTOM, REQ, .custom = gqle_meta_array_using},
	{"comment", TEXT},
	{NULL}
};
static const GqleMetaShape array_relationship = {"RelDef", array_relationship_fields,
.generic = "Hasura.RQL.Types.Relationships.Local.RelDef(RelDef)"};

static const GqleMetaField computed_definition_fields[] = {
	{"function", FUNCTION, REQ},
	{"session_argument", NAME},
	{"table_argument", NAME},
	{NULL}
};
const GqleMetaShape gqle_meta_computed_definition = {"ComputedFieldDefinition",
	computed_definition_fields,
.generic = "Hasura.Backends.Postgres.Types.ComputedField.ComputedFieldDefinition(ComputedFieldDefinition)"};

static const GqleMetaField computed_field_fields[] = {
	{"name", NAME, REQ},
	{"definition", SHAPE, REQ, .shape = &gqle_meta_computed_definition},
	{"comment", TEXT, KEEPNULL},
	{NULL}
};
static const GqleMetaShape computed_field = {"ComputedFieldMetadata", computed_field_fields};

static const GqleMetaField event_operation_fields[] = {
	{"columns", CUSTOM, REQ, .custom = gqle_meta_subscribed_columns},
	{"payload", CUSTOM, .custom = gqle_meta_subscribed_columns},
	{NULL}
};
const GqleMetaShape gqle_meta_event_operation = {"SubscribeOpSpec", event_operation_fields,
.generic = "Hasura.RQL.Types.EventTrigger.SubscribeOpSpec(SubscribeOpSpec)"};

static const GqleMetaField event_definition_fields[] = {
	{"delete", SHAPE, .shape = &gqle_meta_event_operation},
	{"enable_manual", BOOL, FILL, "false"},
	{"insert", SHAPE, .shape = &gqle_meta_event_operation},
	{"update", SHAPE, .shape = &gqle_meta_event_operation},
	{NULL}
};
static const GqleMetaShape event_definition = {"TriggerOpsDef", event_definition_fields};

static const GqleMetaField event_retry_fields[] = {
	{"interval_sec", INT, REQ},
	{"num_retries", INT, REQ},
	{"timeout_sec", INT},
	{NULL}
};
const GqleMetaShape gqle_meta_event_retry = {"RetryConf", event_retry_fields,
.generic = "Hasura.RQL.Types.EventTrigger.RetryConf(RetryConf)"};

static const GqleMetaField event_cleanup_fields[] = {
	{"batch_size", INT, FILL, "10000"},
	{"clean_invocation_logs", BOOL, FILL, "false"},
	{"clear_older_than", INT, REQ},
	{"paused", BOOL, FILL, "false"},
	{"schedule", TEXT, REQ},
	{"timeout", INT, FILL, "60"},
	{NULL}
};
const GqleMetaShape gqle_meta_event_cleanup = {"AutoTriggerLogCleanupConfig",
	event_cleanup_fields};

static const GqleMetaField event_trigger_fields[] = {
	{"name", NAME, REQ},
	{"definition", SHAPE, REQ, .shape = &event_definition},
	{"retry_conf", SHAPE, REQ, .shape = &gqle_meta_event_retry},
	{"webhook", TEXT},
	{"webhook_from_env", TEXT},
	{"headers", SHAPE, LIST | OMIT, .shape = &gqle_meta_header},
	TRANSFORMS,
	{"cleanup_config", SHAPE, .shape = &gqle_meta_event_cleanup},
	{"trigger_on_replication", BOOL, 0, "false"},
	{NULL}
};
const GqleMetaShape gqle_meta_event_trigger = {"EventTriggerConf", event_trigger_fields};

static const char *const apollo_versions_list[] = {"v1", NULL};
static const GqleMetaWords apollo_versions = {apollo_versions_list, "ApolloFederationVersion",
"enable takes the version of apollo federation. Supported value is v1 only."};
static const GqleMetaField apollo_fields[] = {
	{"enable", CUSTOM, REQ, .custom = gqle_meta_one_of, .data = &apollo_versions},
	{NULL}
};
const GqleMetaShape gqle_meta_apollo_config = {"ApolloFederationConfig", apollo_fields,
.generic = "Hasura.RQL.Types.Common.ApolloFederationConfig(ApolloFederationConfig)"};

static const GqleMetaField table_entry_fields[] = {
	{"table", TABLE, REQ},
	{"is_enum", BOOL, 0, "false"},
	{"configuration", SHAPE, OMIT, .shape = &gqle_meta_table_configuration},
	{"object_relationships", SHAPE, LIST | OMIT, .shape = &object_relationship,
	.unique_key = "name", .unique_label = "object relationships"},
	{"array_relationships", SHAPE, LIST | OMIT, .shape = &array_relationship,
	.unique_key = "name", .unique_label = "array relationships"},
	{"computed_fields", SHAPE, LIST | OMIT, .shape = &computed_field,
	.unique_key = "name", .unique_label = "computed fields"},
	{"remote_relationships", SHAPE, LIST | OMIT, .shape = &gqle_meta_remote_relationship,
	.unique_key = "name", .unique_label = "remote relationships"},
	{"insert_permissions", SHAPE, LIST | OMIT, .shape = &insert_entry,
	.unique_key = "role", .unique_label = "insert permissions"},
	{"select_permissions", SHAPE, LIST | OMIT, .shape = &gqle_meta_select_entry,
	.unique_key = "role", .unique_label = "select permissions"},
	{"update_permissions", SHAPE, LIST | OMIT, .shape = &update_entry,
	.unique_key = "role", .unique_label = "update permissions"},
	{"delete_permissions", SHAPE, LIST | OMIT, .shape = &delete_entry,
	.unique_key = "role", .unique_label = "delete permissions"},
	{"event_triggers", SHAPE, LIST | OMIT, .shape = &gqle_meta_event_trigger,
	.unique_key = "name", .unique_label = "event triggers"},
	{"apollo_federation_config", SHAPE, .shape = &gqle_meta_apollo_config},
	{"logical_model", NAME},
	{NULL}
};
const GqleMetaShape gqle_meta_table_entry = {"TableMetadata", table_entry_fields,
.is_strict = true};

/* ------------------------------------------------------------------------
 * Sources
 * ------------------------------------------------------------------------ */

static const GqleMetaField function_root_fields[] = {
	{"function", GNAME},
	{"function_aggregate", GNAME},
	{NULL}
};
static const GqleMetaShape function_roots = {"FunctionCustomRootFields", function_root_fields};

static const char *const exposed_as_list[] = {"mutation", "query", NULL};
static const GqleMetaWords exposed_as = {exposed_as_list, "Hasura.Function.Cache.FunctionExposedAs"};

/* finish_function_configuration makes an empty configuration of one that says nothing. */
static GqleJson *
finish_function_configuration(GqleMetaReader *reader, const GqleMetaPath *path,
							  GqleJson *object)
{
	const GqleJson *roots = gqle_json_lookup(object, "custom_root_fields");

	if (object->n == 1 && roots->n == 0)
		return gqle_json_make_object();
	return object;
}

static const GqleMetaField function_configuration_fields[] = {
	{"custom_name", GNAME},
	{"custom_root_fields", SHAPE, FILL, "{}", .shape = &function_roots},
	{"exposed_as", CUSTOM, .custom = gqle_meta_one_of, .data = &exposed_as},
	{"response", ANY},
	{"session_argument", NAME},
	{NULL}
};
const GqleMetaShape gqle_meta_function_configuration = {"FunctionConfig",
	function_configuration_fields, .finish = finish_function_configuration};

static const GqleMetaField role_fields[] = {{"role", NAME, REQ}, {NULL}};
static const GqleMetaShape function_permission = {"FunctionPermissionInfo", role_fields,
.generic = "Hasura.Function.Cache.FunctionPermissionInfo(FunctionPermissionInfo)"};

static const GqleMetaField function_entry_fields[] = {
	{"function", FUNCTION, REQ},
	{"configuration", SHAPE, OMIT, .shape = &gqle_meta_function_configuration},
	{"permissions", SHAPE, LIST | OMIT, .shape = &function_permission,
	.unique_key = "role", .unique_label = "function permissions"},
	{"comment", TEXT},
	{NULL}
};
const GqleMetaShape gqle_meta_function_entry = {"FunctionMetadata", function_entry_fields};

static const GqleMetaField connection_parameter_fields[] = {
	{"host", TEXT, REQ},
	{"username", TEXT, REQ},
	{"password", TEXT},
	{"port", INT, REQ},
	{"database", TEXT, REQ},
	{NULL}
};
static const GqleMetaShape connection_parameters = {"PGConnectionParams",
	connection_parameter_fields, .finish = gqle_meta_finish_sorted};

/* A database URL: text, from_env, dynamic_from_file or parameters. */
static GqleJson *
read_database_url(GqleMetaReader *reader, const GqleMetaPath *path,
				  const GqleJson *value, const void *data)
{
	static const GqleMetaField fields[] = {
		{"connection_parameters", SHAPE, .shape = &connection_parameters},
		{"dynamic_from_file", GQLE_META_TEXT},
		{"from_env", GQLE_META_TEXT},
		{NULL}
	};
	static const GqleMetaShape shape = {"UrlConf", fields};
	GqleJson   *result;

	if (value->kind == GQLE_JSON_STRING)
		return unconstify(GqleJson *, value);
	result = gqle_meta_shape_apply(reader, path, &shape, value);
	if (result == NULL)
		return NULL;
	if (result->n == 0)
		return gqle_meta_reader_fail(reader, path,
									 "Either \"from_env\" or \"connection_parameters\" should be provided");
	if (result->n > 1)
		return gqle_meta_reader_fail(reader, path,
									 "Only one of \"from_env\" or \"connection_parameters\" should be provided");
	return result;
}

static const char *const isolation_levels_list[] = {"read-committed", "repeatable-read",
"serializable", NULL};
static const GqleMetaWords isolation_levels = {isolation_levels_list, "Q.TxIsolation",
"Only expecting read-committed / repeatable-read / serializable"};

/*
 * finish_pool_settings takes the lifetime 0 for the default; compat: Hasura does
 * not store it, and fills in what it does not find.
 */
static GqleJson *
finish_pool_settings(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	if (strtod(gqle_json_lookup(object, "connection_lifetime")->text, NULL) == 0)
		gqle_json_object_set(object, "connection_lifetime", gqle_json_make_number("600"));
	return object;
}

static const GqleMetaField pool_settings_fields[] = {
	{"connection_lifetime", GQLE_META_NUMBER, FILL, "600"},
	{"idle_timeout", INT},
	{"max_connections", INT},
	{"pool_timeout", GQLE_META_NUMBER},
	{"retries", INT},
	{"total_max_connections", INT},
	{NULL}
};
static const GqleMetaShape pool_settings = {"PostgresPoolSettings", pool_settings_fields,
.finish = finish_pool_settings};

static const char *const ssl_modes_list[] = {"disable", "allow", "prefer", "require",
"verify-ca", "verify-full", NULL};
static const GqleMetaWords ssl_modes = {ssl_modes_list, "SSLMode", "Invalid SSL Mode %s"};

static const GqleMetaField certificate_fields[] = {{"from_env", TEXT, REQ}, {NULL}};
static const GqleMetaShape certificate = {"CertVar", certificate_fields};

static const GqleMetaField ssl_configuration_fields[] = {
	{"sslcert", SHAPE, .shape = &certificate},
	{"sslkey", SHAPE, .shape = &certificate},
	{"sslmode", CUSTOM, REQ, .custom = gqle_meta_one_of, .data = &ssl_modes},
	{"sslpassword", SHAPE, .shape = &certificate},
	{"sslrootcert", SHAPE, .shape = &certificate},
	{NULL}
};
static const GqleMetaShape ssl_configuration = {"PGClientCerts", ssl_configuration_fields,
.generic = "Hasura.Backends.Postgres.Connection.Settings.PGClientCerts(PGClientCerts)"};

static const GqleMetaField connection_info_fields[] = {
	{"database_url", CUSTOM, REQ, .custom = read_database_url},
	{"isolation_level", CUSTOM, FILL, "\"read-committed\"", .custom = gqle_meta_one_of,
	.data = &isolation_levels},
	{"pool_settings", SHAPE, .shape = &pool_settings},
	{"ssl_configuration", SHAPE, .shape = &ssl_configuration},
	{"use_prepared_statements", BOOL, FILL, "false"},
	{NULL}
};
static const GqleMetaShape connection_info = {"PostgresSourceConnInfo", connection_info_fields};

static const GqleMetaField connection_set_fields[] = {
	{"connection_info", SHAPE, REQ, .shape = &connection_info},
	{"name", TEXT, REQ},
	{NULL}
};
static const GqleMetaShape connection_set = {"PostgresConnectionSetMember",
	connection_set_fields};

/* finish_connection_template knows one version. */
static GqleJson *
finish_connection_template(GqleMetaReader *reader, const GqleMetaPath *path, GqleJson *object)
{
	if (strcmp(gqle_json_lookup(object, "version")->text, "1") != 0)
		return gqle_meta_reader_fail(reader, path, "Supported versions are [1]");
	return object;
}

static const GqleMetaField connection_template_fields[] = {
	{"template", TEXT, REQ},
	{"version", INT, FILL, "1"},
	{NULL}
};
static const GqleMetaShape connection_template = {"ConnectionTemplate",
connection_template_fields, .finish = finish_connection_template};

static const GqleMetaField source_configuration_fields[] = {
	{"connection_info", SHAPE, REQ, .shape = &connection_info},
	{"connection_set", SHAPE, LIST, .shape = &connection_set},
	{"connection_template", SHAPE, .shape = &connection_template},
	{"extensions_schema", TEXT, 0, "\"public\""},
	{"read_replicas", SHAPE, LIST | GQLE_META_NONEMPTY, .shape = &connection_info},
	{NULL}
};
const GqleMetaShape gqle_meta_source_configuration = {"PostgresConnConfiguration",
	source_configuration_fields};

static const GqleMetaField root_customization_fields[] = {
	{"namespace", GNAME},
	{"prefix", TEXT},
	{"suffix", TEXT},
	{NULL}
};
static const GqleMetaShape root_customization = {"RootFieldsCustomization",
	root_customization_fields};

static const GqleMetaField type_customization_fields[] = {
	{"prefix", TEXT},
	{"suffix", TEXT},
	{NULL}
};
static const GqleMetaShape type_customization = {"SourceTypeCustomization",
	type_customization_fields};

static const char *const conventions_list[] = {"hasura-default", "graphql-default", NULL};
static const GqleMetaWords conventions = {conventions_list, "NamingCase",
"naming_convention can either be \"hasura-default\" or \"graphql-default\""};

static const GqleMetaField customization_fields[] = {
	{"naming_convention", CUSTOM, .custom = gqle_meta_one_of, .data = &conventions},
	{"root_fields", SHAPE, .shape = &root_customization},
	{"type_names", SHAPE, .shape = &type_customization},
	{NULL}
};
const GqleMetaShape gqle_meta_source_customization = {"SourceCustomization",
	customization_fields};

static const GqleMetaField health_check_fields[] = {
	{"interval", INT, REQ},
	{"retries", INT, FILL, "3"},
	{"retry_interval", INT, FILL, "10"},
	{"test", OBJECT, FILL, "{\"sql\":\"SELECT 1\"}"},
	{"timeout", INT, FILL, "10"},
	{NULL}
};
const GqleMetaShape gqle_meta_health_check = {"HealthCheckConfig", health_check_fields};

static const char *const tag_formats_list[] = {"standard", "standard_prepended", "sqlcommenter",
NULL};
const GqleMetaWords gqle_meta_tag_formats = {tag_formats_list, "QueryTagsFormat",
"Not a valid query tags format value. Use either standard, sqlcommenter, or standard_prepended"};

static const GqleMetaField query_tags_fields[] = {
	{"disabled", BOOL, FILL, "false"},
	{"format", CUSTOM, FILL, "\"standard\"", .custom = gqle_meta_one_of, .data = &gqle_meta_tag_formats},
	{"omit_request_id", BOOL, FILL, "true"},
	{NULL}
};
const GqleMetaShape gqle_meta_query_tags = {"QueryTagsConfig", query_tags_fields};

static const GqleMetaField source_entry_fields[] = {
	{"name", NAME, REQ},
	{"kind", TEXT, FILL, "\"postgres\""},
	{"tables", SHAPE, REQ | LIST, .shape = &gqle_meta_table_entry,
	.unique_key = "table"},
	{"functions", SHAPE, LIST | OMIT, .shape = &gqle_meta_function_entry,
	.unique_key = "function"},
	{"native_queries", SHAPE, LIST | OMIT, .shape = &gqle_meta_native_query,
	.unique_key = "root_field_name"},
	{"stored_procedures", ANY, OMIT},
	{"logical_models", SHAPE, LIST | OMIT, .shape = &gqle_meta_logical_model,
	.unique_key = "name"},
	{"configuration", SHAPE, REQ, .shape = &gqle_meta_source_configuration},
	{"query_tags", SHAPE, .shape = &gqle_meta_query_tags},
	{"customization", SHAPE, OMIT, .shape = &gqle_meta_source_customization},
	{"health_check", SHAPE, .shape = &gqle_meta_health_check},
	{NULL}
};
const GqleMetaShape gqle_meta_source_entry = {"SourceMetadata", source_entry_fields};
