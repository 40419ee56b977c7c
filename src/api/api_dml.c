/*
 * api_dml.c
 *		select, insert, update, delete and count of /v1/query and /v2/query
 *		(reference §19.2).
 *
 * A request is translated to a GraphQL operation of the same role and executed
 * as such, so these commands have no way of their own to SQL and see exactly
 * what the role's schema lets them see.  Names are looked up here, because the
 * commands use names of the database and have error messages of their own;
 * values travel as variables, declared with the types of the role's schema.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "gqle/api/meta.h"
#include "gqle/api/meta_shapes.h"
#include "gqle/catalog/boolexp.h"
#include "gqle/exec/errmap.h"
#include "gqle/exec/execute.h"
#include "gqle/schema/schema.h"
#include "gqle/validate/number.h"

/* An operation under construction. */
typedef struct Dml
{
	GqleMetaCall *call;
	GqleSchema *schema;
	GqleTable  *table;
	const GqleTablePerms *perms;
	const char *role;
	StringInfoData declarations;	/* "$v1: author_bool_exp!, ..." */
	StringInfoData body;		/* the root field */
	GqleJson   *variables;
	int			n_variables;
	bool		is_mutation;
} Dml;

/* Where in the arguments something stands; rendered for messages. */
typedef struct Place
{
	const struct Place *parent;
	const char *key;			/* NULL: index */
	int			index;
} Place;

static bool run_select(GqleMetaCall *call, const GqleJson *args);
static bool run_count(GqleMetaCall *call, const GqleJson *args);
static bool run_insert(GqleMetaCall *call, const GqleJson *args);
static bool run_update(GqleMetaCall *call, const GqleJson *args);
static bool run_delete(GqleMetaCall *call, const GqleJson *args);

static bool begin(Dml *dml, GqleMetaCall *call, const GqleJson *args, const Place *place);
static bool need_select(Dml *dml, const char *command, const char *hint);
static const GqleField *find_root(Dml *dml, bool is_mutation, GqleTableRoot root);
static bool add_argument(Dml *dml, const GqleField *field, GqleInputRole role,
						 GqleJson *value, bool *first);
static bool add_columns(Dml *dml, GqleType *type, GqleTable *table, const GqleJson *columns,
						const Place *place, int depth);
static const GqleField *find_column_field(Dml *dml, GqleType *type,
										  const GqleColumn *column);
static bool add_select_arguments(Dml *dml, const GqleField *field, const GqleJson *args,
								 const Place *place);
static bool check_where(Dml *dml, const GqleTable *table, const GqleJson *where,
						const Place *place);
static GqleJson *convert_where(Dml *dml, GqleType *type, const GqleTable *table,
							   const GqleJson *where, const Place *place);
static GqleJson *convert_order(Dml *dml, const GqleTable *table, const GqleJson *order,
							   const Place *place);
static bool execute(Dml *dml, bool is_mutation, StringInfo out);

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

#define TABLE_OF_SOURCE \
	{"source", GQLE_META_NAME}, \
	{"table", GQLE_META_TABLE, GQLE_META_REQUIRED | GQLE_META_OUTER}

/* A value that is taken as it is, keys in their order. */
static GqleJson *
read_as_is(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
		   const void *data)
{
	if (data != NULL && value->kind != GQLE_JSON_OBJECT)
		return gqle_meta_reader_mismatch(reader, path, data, "Object", value);
	return unconstify(GqleJson *, value);
}

#define AS_IS(key, flags) {key, GQLE_META_CUSTOM, flags, .custom = read_as_is}
#define OBJECT(key, flags, what) \
	{key, GQLE_META_CUSTOM, flags, .custom = read_as_is, .data = what}

static GqleJson *read_column(GqleMetaReader *reader, const GqleMetaPath *path,
							 const GqleJson *value, const void *data);

/* A relationship among columns: what a select has, and names. */
static const GqleMetaField relationship_fields[] = {
	{"name", GQLE_META_NAME, GQLE_META_REQUIRED | GQLE_META_OUTER},
	{"alias", GQLE_META_NAME},
	{"columns", GQLE_META_CUSTOM, GQLE_META_REQUIRED | GQLE_META_LIST, .custom = read_column},
	{"where", GQLE_META_CUSTOM, 0, .custom = gqle_meta_boolexp},
	AS_IS("order_by", 0),
	{"limit", GQLE_META_INT},
	{"offset", GQLE_META_INT},
	{NULL}
};
static const GqleMetaShape relationship_shape = {"SelCol", relationship_fields,
.generic = "Hasura.RQL.DML.Types.SelectG(SelectG)"};

/* A column's name, or a relationship with columns of its own. */
static GqleJson *
read_column(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			const void *data)
{
	if (value->kind == GQLE_JSON_STRING)
		return unconstify(GqleJson *, value);
	if (value->kind == GQLE_JSON_OBJECT)
		return gqle_meta_shape_apply(reader, path, &relationship_shape, value);
	return gqle_meta_reader_fail(reader, path,
								 "A column should either be a string or an object (relationship)");
}

static const GqleMetaField select_fields[] = {
	TABLE_OF_SOURCE,
	{"columns", GQLE_META_CUSTOM, GQLE_META_REQUIRED | GQLE_META_LIST, .custom = read_column},
	{"where", GQLE_META_CUSTOM, 0, .custom = gqle_meta_boolexp},
	AS_IS("order_by", 0),
	{"limit", GQLE_META_INT},
	{"offset", GQLE_META_INT},
	{NULL}
};
static const GqleMetaShape select_shape = {"query", select_fields,
.generic = "Hasura.RQL.DML.Types.SelectG(SelectG)",
.wrapper = "parsing query failed, expected Object, but encountered %s"};

static const GqleMetaField count_fields[] = {
	TABLE_OF_SOURCE,
	{"where", GQLE_META_CUSTOM, 0, .custom = gqle_meta_boolexp},
	{"distinct", GQLE_META_TEXT, GQLE_META_LIST},
	{NULL}
};
static const GqleMetaShape count_shape = {"count query", count_fields};

/* What to do about a conflict. */
static GqleJson *
read_action(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			const void *data)
{
	if (value->kind == GQLE_JSON_STRING && (strcmp(value->text, "ignore") == 0 ||
											strcmp(value->text, "update") == 0))
		return unconstify(GqleJson *, value);
	return gqle_meta_reader_fail(reader, path, "Expecting 'ignore' or 'update'");
}

/* A column, or a list of them. */
static GqleJson *
read_target(GqleMetaReader *reader, const GqleMetaPath *path, const GqleJson *value,
			const void *data)
{
	static const GqleMetaField columns = {"constraint_on", GQLE_META_TEXT, GQLE_META_LIST};
	GqleJson   *list;

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
	{NULL}
};
static const GqleMetaShape conflict_shape = {"OnConflict", conflict_fields,
.generic = "Hasura.RQL.DML.Types.OnConflict(OnConflict)"};

static const GqleMetaField insert_fields[] = {
	TABLE_OF_SOURCE,
	AS_IS("objects", GQLE_META_REQUIRED),
	{"on_conflict", GQLE_META_SHAPE, .shape = &conflict_shape},
	{"returning", GQLE_META_TEXT, GQLE_META_LIST},
	{NULL}
};
static const GqleMetaShape insert_shape = {"insert query", insert_fields};

static const GqleMetaField update_fields[] = {
	TABLE_OF_SOURCE,
	{"where", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_boolexp},
	OBJECT("$set", 0, "HashMap ~Text"),
	OBJECT("values", 0, "HashMap ~Text"),
	OBJECT("$inc", 0, "HashMap ~Text"),
	OBJECT("$mul", 0, "HashMap ~Text"),
	{"$default", GQLE_META_TEXT, GQLE_META_LIST},
	{"returning", GQLE_META_TEXT, GQLE_META_LIST},
	{NULL}
};
static const GqleMetaShape update_shape = {"update query", update_fields};

static const GqleMetaField delete_fields[] = {
	TABLE_OF_SOURCE,
	{"where", GQLE_META_CUSTOM, GQLE_META_REQUIRED, .custom = gqle_meta_boolexp},
	{"returning", GQLE_META_TEXT, GQLE_META_LIST},
	{NULL}
};
static const GqleMetaShape delete_shape = {"delete query", delete_fields};

#define DML_FLAGS (GQLE_META_V1 | GQLE_META_V2 | GQLE_META_V2_PREFIX | \
	GQLE_META_READS | GQLE_META_ANY_ROLE)

const GqleMetaCommand gqle_dml_commands[] = {
	{"select", DML_FLAGS, &select_shape, run_select},
	{"insert", DML_FLAGS | GQLE_META_WRITES_DATA, &insert_shape, run_insert},
	{"update", DML_FLAGS | GQLE_META_WRITES_DATA, &update_shape, run_update},
	{"delete", DML_FLAGS | GQLE_META_WRITES_DATA, &delete_shape, run_delete},
	{"count", DML_FLAGS, &count_shape, run_count},
	{NULL}
};

/* ------------------------------------------------------------------------
 * Messages
 * ------------------------------------------------------------------------ */

/* append_place renders a place below the path of the call. */
static void
append_place(StringInfo out, const Place *place)
{
	if (place == NULL)
		return;
	append_place(out, place->parent);
	if (place->key == NULL)
	{
		appendStringInfo(out, "[%d]", place->index);
		return;
	}
	gqle_error_append_path_key(out, place->key);
}

/* fail_at reports a mistake at a place; always false. */
static bool
fail_at(Dml *dml, const Place *place, GqleErrorCode code, const char *message)
{
	StringInfoData path;

	initStringInfo(&path);
	appendStringInfoString(&path, dml->call->path);
	append_place(&path, place);
	return gqle_error_report(dml->call->sink, code, path.data, "%s", message);
}

/*
 * fail_column reports a column that does not exist, or that the role must not
 * use; which of the two, only admin is told.
 */
static bool
fail_column(Dml *dml, const Place *place, const char *verb, const char *column)
{
	return fail_at(dml, place, GQLE_ERR_PERMISSION_DENIED,
				   dml->schema->is_admin ?
				   psprintf("no such column exists: \"%s\"", column) :
				   psprintf("role \"%s\" does not have permission to %s column \"%s\"",
							dml->role, verb, column));
}

/* fail_missing reports a name that nothing of the table has; always false. */
static bool
fail_missing(Dml *dml, const Place *place, const char *what, const char *name)
{
	return fail_at(dml, place, GQLE_ERR_NOT_EXISTS,
				   psprintf("%s\"%s\" does not exist", what, name));
}

/* display returns how messages print the table. */
static const char *
display(const GqleTable *table)
{
	GqleMetaName name = {table->source, table->schema, table->name};

	return gqle_meta_display(&name);
}

/* fail_unreadable reports a relationship whose target the role cannot select. */
static bool
fail_unreadable(Dml *dml, const Place *place, const GqleRelationship *relationship)
{
	return fail_at(dml, place, GQLE_ERR_PERMISSION_DENIED,
				   psprintf("role \"%s\" does not have permission to read relationship \"%s\"; no permission on table \"%s\"",
							dml->role, relationship->name, display(relationship->target)));
}

/* ------------------------------------------------------------------------
 * Commands
 * ------------------------------------------------------------------------ */

static const Place table_place = {NULL, "table", 0};

/* run_select answers with rows. */
static bool
run_select(GqleMetaCall *call, const GqleJson *args)
{
	Dml			dml;
	const GqleField *root;
	Place		columns = {NULL, "columns", 0};

	if (!begin(&dml, call, args, &table_place) || !need_select(&dml, "select", ""))
		return false;
	root = find_root(&dml, false, GQLE_ROOT_SELECT);
	if (root == NULL || !add_select_arguments(&dml, root, args, NULL))
		return false;
	return add_columns(&dml, root->type.type, dml.table, gqle_json_lookup(args, "columns"),
					   &columns, 0) &&
		execute(&dml, false, call->out);
}

/* Count the elements of a JSON list of objects without nesting. */
static int
count_objects(const char *text)
{
	GqleJson   *list = gqle_meta_parse_stored(text);

	return list->n;
}

/* graphql_columns turns names of columns into those of the schema, as a list. */
static GqleJson *
graphql_columns(Dml *dml, const GqleJson *names, const Place *place)
{
	GqleJson   *result = gqle_json_make_array();
	int			i;

	for (i = 0; i < names->n; i++)
	{
		Place		below = {place, NULL, i};
		const GqleColumn *column = gqle_table_lookup_column(dml->table,
															names->items[i]->text);

		if (column == NULL || !bms_is_member(column->index, dml->perms->select->columns))
		{
			fail_column(dml, &below, "select", names->items[i]->text);
			return NULL;
		}
		gqle_json_array_add(result, gqle_json_make_string(column->graphql_name));
	}
	return result;
}

/*
 * run_count counts rows, or distinct values.  A role that must not aggregate
 * may still count here, as in Hasura: the rows are fetched and counted.
 */
static bool
run_count(GqleMetaCall *call, const GqleJson *args)
{
	Dml			dml;
	Place		where_place = {NULL, "where", 0};
	Place		distinct_place = {NULL, "distinct", 0};
	const GqleField *root;
	GqleJson   *where = gqle_json_lookup(args, "where");
	GqleJson   *distinct = gqle_json_lookup(args, "distinct");
	bool		aggregates;
	bool		first = true;
	StringInfoData out;

	if (!begin(&dml, call, args, &table_place) ||
		!need_select(&dml, "count",
					 "; \"count\" is only allowed if the role has \"select\" permissions on the table"))
		return false;
	aggregates = dml.perms->select->allow_aggregations;
	root = find_root(&dml, false,
					 aggregates ? GQLE_ROOT_SELECT_AGGREGATE : GQLE_ROOT_SELECT);
	if (root == NULL)
		return false;
	if (where != NULL)
	{
		const GqleInputField *arg = gqle_field_lookup_arg(root, "where", NULL);

		if (!check_where(&dml, dml.table, where, &where_place))
			return false;
		where = convert_where(&dml, arg->type.type, dml.table, where, &where_place);
		if (where == NULL || !add_argument(&dml, root, GQLE_INPUT_WHERE, where, &first))
			return false;
	}
	if (distinct != NULL && distinct->n > 0)
	{
		distinct = graphql_columns(&dml, distinct, &distinct_place);
		if (distinct == NULL ||
			!add_argument(&dml, root, GQLE_INPUT_DISTINCT_ON, distinct, &first))
			return false;
	}
	appendStringInfoString(&dml.body, first ? "" : ")");
	appendStringInfoString(&dml.body, aggregates ? " { aggregate { count } }" :
						   " { __typename }");
	initStringInfo(&out);
	if (!execute(&dml, false, &out))
		return false;
	if (aggregates)
		appendBinaryStringInfo(call->out, out.data + strlen("{\"aggregate\":"),
							   out.len - strlen("{\"aggregate\":") - 1);
	else
		appendStringInfo(call->out, "{\"count\":%d}", count_objects(out.data));
	return true;
}

/* add_returned adds the columns of rows that a mutation changed. */
static bool
add_returned(Dml *dml, GqleType *type, const GqleJson *columns, const Place *place)
{
	int			i;

	gqle_catalog_load_table(dml->call->request->catalog, dml->table);
	appendStringInfoString(&dml->body, " {");
	for (i = 0; i < columns->n; i++)
	{
		const GqleColumn *column = gqle_table_lookup_column(dml->table,
															columns->items[i]->text);
		const GqleField *field = column != NULL ? find_column_field(dml, type, column) : NULL;

		if (field == NULL)
			return fail_column(dml, place, "select", columns->items[i]->text);
		appendStringInfo(&dml->body, " %s: %s", column->name, field->name);
	}
	appendStringInfoString(&dml->body, " }");
	return true;
}

/* add_answer adds what a mutation answers with. */
static bool
add_answer(Dml *dml, const GqleField *root, const GqleJson *returning, const char *command)
{
	Place		place = {NULL, "returning", 0};
	const GqleField *field;

	appendStringInfoString(&dml->body, " { affected_rows");
	if (returning != NULL && returning->n > 0)
	{
		if (!need_select(dml, command,
						 "; \"returning\" can only be used if the role has \"select\" permission on the table"))
			return false;
		field = gqle_schema_lookup_field(dml->schema, root->type.type, "returning");
		Ensure(field != NULL, "a mutation of a role that may select returns no rows");
		appendStringInfoString(&dml->body, " returning");
		if (!add_returned(dml, field->type.type, returning, &place))
			return false;
	}
	appendStringInfoString(&dml->body, " }");
	return true;
}

/* is_preset tells whether the engine itself sets a column. */
static bool
is_preset(const GqlePreset *presets, int n, const GqleColumn *column)
{
	int			i;

	for (i = 0; i < n; i++)
		if (presets[i].column->index == column->index)
			return true;
	return false;
}

/* stored_value returns a column's value as the schema takes it. */
static GqleJson *
stored_value(const GqleColumn *column, GqleJson *value)
{
	if (column->scalar->coercion != GQLE_COERCE_NUMERIC || value->kind != GQLE_JSON_NUMBER)
		return value;
	return gqle_json_make_string(gqle_number_widen(value->text));
}

/* convert_object renames the members of a row to insert. */
static GqleJson *
convert_object(Dml *dml, const GqleJson *object, GqleJson *given, const Place *place)
{
	const GqleInsertPerm *perm = dml->perms->insert;
	GqleJson   *result = gqle_json_make_object();
	int			i;

	for (i = 0; i < object->n; i++)
	{
		const char *key = object->members[i].key;
		const GqleColumn *column = gqle_table_lookup_column(dml->table, key);

		if (column != NULL && is_preset(perm->presets, perm->n_presets, column))
		{
			fail_at(dml, place, GQLE_ERR_NOT_SUPPORTED,
					psprintf("column \"%s\" is not insertable for role \"%s\"", key,
							 dml->role));
			return NULL;
		}
		if (column == NULL)
		{
			if (gqle_table_lookup_relationship(dml->table, key) != NULL)
				fail_at(dml, place, GQLE_ERR_UNEXPECTED_PAYLOAD,
						psprintf("expecting a database column; but, \"%s\" is a relationship; relationships can't be inserted",
								 key));
			else
				fail_missing(dml, place, "column ", key);
			return NULL;
		}
		if (!bms_is_member(column->index, perm->columns))
		{
			fail_column(dml, place, "insert", key);
			return NULL;
		}
		gqle_json_object_set(result, column->graphql_name,
							 stored_value(column, object->members[i].value));
		gqle_json_object_set(given, column->graphql_name, gqle_json_make_null());
	}
	return result;
}

/* find_constraint returns the constraint over some columns, or NULL. */
static const char *
find_constraint(const GqleTable *table, const GqleJson *columns)
{
	int			i;
	int			j;
	int			k;

	for (i = 0; i < table->n_unique_keys; i++)
	{
		const GqleUniqueKey *key = &table->unique_keys[i];
		bool		all = key->n_columns == columns->n;

		for (j = 0; all && j < key->n_columns; j++)
		{
			for (k = 0; k < columns->n; k++)
				if (strcmp(columns->items[k]->text, key->columns[j]->name) == 0)
					break;
			all = k < columns->n;
		}
		if (all)
			return key->name;
	}
	return NULL;
}

/* check_target looks for the columns of constraint_on. */
static bool
check_target(Dml *dml, const GqleJson *columns, const Place *place)
{
	Place		columns_place = {place, "constraint_on", 0};
	int			i;

	for (i = 0; i < columns->n; i++)
	{
		Place		below = {&columns_place, NULL, i};

		if (gqle_table_lookup_column(dml->table, columns->items[i]->text) == NULL)
			return fail_missing(dml, &below, "column ", columns->items[i]->text);
	}
	return true;
}

/* check_updated sees that the role may update the columns that rows give. */
static bool
check_updated(Dml *dml, const GqleJson *given, const Place *place)
{
	const GqleUpdatePerm *perm = dml->perms->update;
	int			i;
	int			j;

	for (i = 0; i < given->n; i++)
	{
		for (j = 0; j < dml->table->n_columns; j++)
		{
			const GqleColumn *column = dml->table->columns[j];

			if (strcmp(column->graphql_name, given->members[i].key) == 0 &&
				!bms_is_member(column->index, perm->columns))
				return fail_at(dml, place, GQLE_ERR_VALIDATION_FAILED,
							   psprintf("column \"%s\" is not updatable", column->name));
		}
	}
	return true;
}

/* convert_conflict turns on_conflict into that of the schema. */
static GqleJson *
convert_conflict(Dml *dml, const GqleJson *conflict, const GqleJson *given)
{
	Place		place = {NULL, "on_conflict", 0};
	Place		constraint_place = {&place, "constraint", 0};
	const char *action = gqle_meta_text(conflict, "action");
	const char *constraint = gqle_meta_text(conflict, "constraint");
	const GqleJson *columns = gqle_json_lookup(conflict, "constraint_on");
	bool		ignores = action != NULL && strcmp(action, "ignore") == 0;
	GqleJson   *result = gqle_json_make_object();
	GqleJson   *updated = gqle_json_make_array();
	int			i;

	if (constraint != NULL && columns != NULL)
	{
		fail_at(dml, &place, GQLE_ERR_UNEXPECTED_PAYLOAD,
				"'constraint' and 'constraint_on' cannot be set at a time");
		return NULL;
	}
	if (dml->perms->update == NULL)
	{
		fail_at(dml, &place, GQLE_ERR_PERMISSION_DENIED,
				psprintf("upsert is not allowed for role \"%s\" since update permissions are not defined",
						 dml->role));
		return NULL;
	}
	if (columns != NULL)
	{
		if (!check_target(dml, columns, &place))
			return NULL;
		constraint = find_constraint(dml->table, columns);
		if (constraint == NULL)
		{
			/* as Postgres says it */
			gqle_meta_fail(dml->call, GQLE_ERR_CONSTRAINT_ERROR,
						   "there is no unique or exclusion constraint on target column(s)");
			return NULL;
		}
	}
	if (constraint == NULL)
	{
		fail_at(dml, &place, GQLE_ERR_UNEXPECTED_PAYLOAD,
				ignores ? "'constraint' or 'constraint_on' is needed" :
				"Expecting 'constraint' or 'constraint_on' when the 'action' is 'update'");
		return NULL;
	}
	for (i = 0; i < dml->table->n_unique_keys; i++)
		if (strcmp(dml->table->unique_keys[i].name, constraint) == 0)
			break;
	if (i == dml->table->n_unique_keys)
	{
		fail_at(dml, &constraint_place, GQLE_ERR_UNEXPECTED,
				psprintf("constraint \"%s\" for table \"%s\" does not exist", constraint,
						 display(dml->table)));
		return NULL;
	}
	if (!ignores && !check_updated(dml, given, &place))
		return NULL;
	for (i = 0; !ignores && i < given->n; i++)
		gqle_json_array_add(updated, gqle_json_make_string(given->members[i].key));
	gqle_json_object_set(result, "constraint", gqle_json_make_string(constraint));
	gqle_json_object_set(result, "update_columns", updated);
	return result;
}

/* check_objects refuses what is no list of rows. */
static bool
check_objects(Dml *dml, const GqleJson *objects, const Place *place)
{
	int			i;

	if (objects->kind != GQLE_JSON_ARRAY)
		return fail_at(dml, place, GQLE_ERR_PARSE_FAILED,
					   psprintf("parsing [] failed, expected Array, but encountered %s",
								gqle_json_kind_name(objects)));
	for (i = 0; i < objects->n; i++)
	{
		Place		below = {place, NULL, i};

		if (objects->items[i]->kind != GQLE_JSON_OBJECT)
			return fail_at(dml, &below, GQLE_ERR_PARSE_FAILED,
						   psprintf("parsing HashMap ~Text failed, expected Object, but encountered %s",
									gqle_json_kind_name(objects->items[i])));
	}
	if (objects->n == 0)
		return fail_at(dml, place, GQLE_ERR_UNEXPECTED_PAYLOAD, "objects should not be empty");
	return true;
}

/* run_insert inserts rows. */
static bool
run_insert(GqleMetaCall *call, const GqleJson *args)
{
	Dml			dml;
	Place		objects_place = {NULL, "objects", 0};
	const GqleJson *objects = gqle_json_lookup(args, "objects");
	const GqleJson *conflict = gqle_json_lookup(args, "on_conflict");
	GqleJson   *converted = gqle_json_make_array();
	GqleJson   *given = gqle_json_make_object();
	const GqleField *root;
	bool		first = true;
	int			i;

	dml.call = call;
	/* compat: here it is not said where the table is named */
	if (!check_objects(&dml, objects, &objects_place) || !begin(&dml, call, args, NULL))
		return false;
	if (dml.perms->insert == NULL)
		return gqle_meta_fail(call, GQLE_ERR_PERMISSION_DENIED,
							  "insert on \"%s\" for role \"%s\" is not allowed. ",
							  display(dml.table), dml.role);
	root = find_root(&dml, true, GQLE_ROOT_INSERT);
	if (root == NULL)
		return false;
	for (i = 0; i < objects->n; i++)
	{
		Place		below = {&objects_place, NULL, i};
		GqleJson   *object = convert_object(&dml, objects->items[i], given, &below);

		if (object == NULL)
			return false;
		gqle_json_array_add(converted, object);
	}
	if (!add_argument(&dml, root, GQLE_INPUT_OBJECTS, converted, &first))
		return false;
	if (conflict != NULL)
	{
		GqleJson   *clause = convert_conflict(&dml, conflict, given);

		if (clause == NULL ||
			!add_argument(&dml, root, GQLE_INPUT_ON_CONFLICT, clause, &first))
			return false;
	}
	appendStringInfoChar(&dml.body, ')');
	return add_answer(&dml, root, gqle_json_lookup(args, "returning"), "insert") &&
		execute(&dml, true, call->out);
}

/* convert_changes renames the members of an update operator's value. */
static GqleJson *
convert_changes(Dml *dml, const GqleJson *changes, const char *operator)
{
	const GqleUpdatePerm *perm = dml->perms->update;
	Place		place = {NULL, operator, 0};
	GqleJson   *result = gqle_json_make_object();
	int			i;

	for (i = 0; i < changes->n; i++)
	{
		const char *key = changes->members[i].key;
		const GqleColumn *column = gqle_table_lookup_column(dml->table, key);

		if (column != NULL && is_preset(perm->presets, perm->n_presets, column))
		{
			fail_at(dml, &place, GQLE_ERR_NOT_SUPPORTED,
					psprintf("column \"%s\" is not updatable for role \"%s\"; its value is predefined in permission",
							 key, dml->role));
			return NULL;
		}
		if (column == NULL || !bms_is_member(column->index, perm->columns))
		{
			fail_column(dml, &place, "update", key);
			return NULL;
		}
		gqle_json_object_set(result, column->graphql_name,
							 stored_value(column, changes->members[i].value));
	}
	return result;
}

/* add_named_argument adds an argument by its name in the schema. */
static bool
add_named_argument(Dml *dml, const GqleField *field, const char *name, GqleJson *value,
				   bool *first)
{
	const GqleInputField *arg = gqle_field_lookup_arg(field, name, NULL);
	char	   *variable;

	if (arg == NULL)
		return gqle_meta_fail(dml->call, GQLE_ERR_NOT_SUPPORTED,
							  "\"%s\" cannot be used on table \"%s\"", name,
							  display(dml->table));
	variable = psprintf("v%d", ++dml->n_variables);
	appendStringInfo(&dml->declarations, "%s$%s: ",
					 dml->declarations.len > 0 ? ", " : "", variable);
	gqle_typeref_append(&dml->declarations, arg->type);
	appendStringInfo(&dml->body, "%s%s: $%s", *first ? "(" : ", ", arg->name, variable);
	*first = false;
	gqle_json_object_set(dml->variables, variable, value);
	return true;
}

/* add_argument adds an argument by what it is for. */
static bool
add_argument(Dml *dml, const GqleField *field, GqleInputRole role, GqleJson *value,
			 bool *first)
{
	int			i;

	for (i = 0; i < field->n_args; i++)
		if (field->args[i]->role == role)
			return add_named_argument(dml, field, field->args[i]->name, value, first);
	return gqle_meta_fail(dml->call, GQLE_ERR_NOT_SUPPORTED,
						  "an argument cannot be used on table \"%s\"", display(dml->table));
}

/* add_where adds the condition of an update or delete. */
static bool
add_where(Dml *dml, const GqleField *root, const GqleJson *args, bool *first)
{
	Place		place = {NULL, "where", 0};
	const GqleInputField *arg = gqle_field_lookup_arg(root, "where", NULL);
	GqleJson   *where = gqle_json_lookup(args, "where");

	if (!check_where(dml, dml->table, where, &place))
		return false;
	where = convert_where(dml, arg->type.type, dml->table, where, &place);
	return where != NULL && add_argument(dml, root, GQLE_INPUT_WHERE, where, first);
}

/* flags_of returns an object with a true member for each name of a list. */
static GqleJson *
flags_of(const GqleJson *names)
{
	GqleJson   *result = gqle_json_make_object();
	int			i;

	for (i = 0; i < names->n; i++)
		gqle_json_object_set(result, names->items[i]->text, gqle_json_make_bool(true));
	return result;
}

/* run_update changes rows. */
static bool
run_update(GqleMetaCall *call, const GqleJson *args)
{
	static const char *const operators[][2] = {{"$set", "_set"}, {"values", "_set"},
	{"$inc", "_inc"}, {"$mul", "_mul"}};
	Dml			dml;
	const GqleField *root;
	const GqleJson *defaults = gqle_json_lookup(args, "$default");
	bool		first = true;
	int			n_changes = 0;
	int			i;

	if (!begin(&dml, call, args, &table_place))
		return false;
	if (dml.perms->update == NULL)
		return gqle_meta_fail(call, GQLE_ERR_PERMISSION_DENIED,
							  "update on \"%s\" for role \"%s\" is not allowed. ",
							  display(dml.table), dml.role);
	if (!need_select(&dml, "update",
					 "; \"update\" is only allowed if the role has \"select\" permission as \"where\" can't be used without \"select\" permission on the table"))
		return false;
	root = find_root(&dml, true, GQLE_ROOT_UPDATE);
	if (root == NULL || !add_where(&dml, root, args, &first))
		return false;
	for (i = 0; i < (int) lengthof(operators); i++)
	{
		const GqleJson *changes = gqle_json_lookup(args, operators[i][0]);
		GqleJson   *converted;

		if (changes == NULL || changes->n == 0)
			continue;
		converted = convert_changes(&dml, changes, operators[i][0]);
		if (converted == NULL ||
			!add_named_argument(&dml, root, operators[i][1], converted, &first))
			return false;
		n_changes += changes->n;
	}
	if (defaults != NULL && defaults->n > 0)
	{
		GqleJson   *converted = convert_changes(&dml, flags_of(defaults), "$default");

		if (converted == NULL ||
			!add_named_argument(&dml, root, "_default", converted, &first))
			return false;
		n_changes += defaults->n;
	}
	if (n_changes == 0 && dml.perms->update->n_presets == 0)
		return gqle_meta_fail(call, GQLE_ERR_UNEXPECTED_PAYLOAD,
							  "atleast one of $set, $inc, $mul has to be present");
	appendStringInfoChar(&dml.body, ')');
	return add_answer(&dml, root, gqle_json_lookup(args, "returning"), "update") &&
		execute(&dml, true, call->out);
}

/* run_delete deletes rows. */
static bool
run_delete(GqleMetaCall *call, const GqleJson *args)
{
	Dml			dml;
	const GqleField *root;
	bool		first = true;

	if (!begin(&dml, call, args, &table_place))
		return false;
	if (dml.perms->del == NULL)
		return gqle_meta_fail(call, GQLE_ERR_PERMISSION_DENIED,
							  "delete on \"%s\" for role \"%s\" is not allowed. ",
							  display(dml.table), dml.role);
	if (!need_select(&dml, "delete",
					 "; \"delete\" is only allowed if the role has \"select\" permission as \"where\" can't be used without \"select\" permission on the table"))
		return false;
	root = find_root(&dml, true, GQLE_ROOT_DELETE);
	if (root == NULL || !add_where(&dml, root, args, &first))
		return false;
	appendStringInfoChar(&dml.body, ')');
	return add_answer(&dml, root, gqle_json_lookup(args, "returning"), "delete") &&
		execute(&dml, true, call->out);
}

/* ------------------------------------------------------------------------
 * Table, schema, roots
 * ------------------------------------------------------------------------ */

/* begin looks the table up, that is said to be at a place, and prepares an empty operation. */
static bool
begin(Dml *dml, GqleMetaCall *call, const GqleJson *args, const Place *place)
{
	GqleMetaName name = gqle_meta_name(args, "table");
	const GqleSession *session = call->request->session;

	memset(dml, 0, sizeof(Dml));
	dml->call = call;
	dml->role = session->role;
	if (!gqle_meta_need_source(call, name.source))
		return false;
	dml->table = gqle_meta_lookup_table(call->request, &name);
	if (dml->table == NULL)
		return fail_at(dml, place, GQLE_ERR_NOT_EXISTS,
					   psprintf("table \"%s\" does not exist", gqle_meta_display(&name)));
	dml->schema = gqle_schema_get(call->request->catalog, session->role,
								  session->backend_only);
	dml->perms = gqle_permission_get(call->request->catalog, dml->table, session->role);
	dml->variables = gqle_json_make_object();
	initStringInfo(&dml->declarations);
	initStringInfo(&dml->body);
	return true;
}

/* need_select refuses a role that must not select from the table. */
static bool
need_select(Dml *dml, const char *command, const char *hint)
{
	if (dml->perms->select != NULL)
		return true;
	return gqle_meta_fail(dml->call, GQLE_ERR_PERMISSION_DENIED,
						  "%s on \"%s\" for role \"%s\" is not allowed. %s", command,
						  display(dml->table), dml->role, hint);
}

/* find_root returns a root field of the table, starting the operation with it. */
static const GqleField *
find_root(Dml *dml, bool is_mutation, GqleTableRoot root)
{
	GqleType   *type = is_mutation ? dml->schema->mutation : dml->schema->query;
	const char *name = dml->table->roots[root].name;
	const GqleField *field = type != NULL && name != NULL ?
		gqle_schema_lookup_field(dml->schema, type, name) : NULL;

	if (field == NULL || field->table != dml->table)
	{
		static const char *const verbs[] = {"selectable", "insertable", "updatable",
		"deletable"};
		int			verb = root >= GQLE_ROOT_DELETE ? 3 : root >= GQLE_ROOT_UPDATE ? 2 :
			root >= GQLE_ROOT_INSERT ? 1 : 0;

		gqle_meta_fail(dml->call, GQLE_ERR_NOT_SUPPORTED, "%s \"%s\" is not %s",
					   dml->table->relkind == RELKIND_VIEW ? "view" : "table",
					   display(dml->table), verbs[verb]);
		return NULL;
	}
	resetStringInfo(&dml->body);
	appendStringInfo(&dml->body, "r: %s", name);
	return field;
}

/* ------------------------------------------------------------------------
 * Columns
 * ------------------------------------------------------------------------ */

/* find_column_field returns the field of a type that shows a column, or NULL. */
static const GqleField *
find_column_field(Dml *dml, GqleType *type, const GqleColumn *column)
{
	int			i;

	gqle_type_fill(dml->schema, type);
	for (i = 0; i < type->n_fields; i++)
		if (type->fields[i]->kind == GQLE_FIELD_COLUMN &&
			type->fields[i]->column->index == column->index)
			return type->fields[i];
	return NULL;
}

/* find_relationship_field does so for a relationship. */
static const GqleField *
find_relationship_field(Dml *dml, GqleType *type, const GqleRelationship *relationship)
{
	int			i;

	gqle_type_fill(dml->schema, type);
	for (i = 0; i < type->n_fields; i++)
		if ((type->fields[i]->kind == GQLE_FIELD_OBJECT_REL ||
			 type->fields[i]->kind == GQLE_FIELD_ARRAY_REL) &&
			type->fields[i]->relationship->index == relationship->index)
			return type->fields[i];
	return NULL;
}

/* add_all_columns adds what "*" stands for, and "*.*" with relationships. */
static void
add_all_columns(Dml *dml, GqleType *type, bool with_relationships)
{
	int			i;

	gqle_type_fill(dml->schema, type);
	for (i = 0; i < type->n_fields; i++)
	{
		const GqleField *field = type->fields[i];

		if (field->kind == GQLE_FIELD_COLUMN)
			appendStringInfo(&dml->body, " %s: %s", field->column->name, field->name);
		else if (with_relationships && (field->kind == GQLE_FIELD_OBJECT_REL ||
										field->kind == GQLE_FIELD_ARRAY_REL))
		{
			appendStringInfo(&dml->body, " %s: %s {", field->relationship->name,
							 field->name);
			add_all_columns(dml, field->type.type, false);
			appendStringInfoString(&dml->body, " }");
		}
	}
}

/* has_list_arguments tells whether a select has what only lists have. */
static bool
has_list_arguments(const GqleJson *select)
{
	return !gqle_json_is_null(gqle_json_lookup(select, "where")) ||
		!gqle_json_is_null(gqle_json_lookup(select, "order_by")) ||
		!gqle_json_is_null(gqle_json_lookup(select, "limit")) ||
		!gqle_json_is_null(gqle_json_lookup(select, "offset"));
}

/* add_relationship adds a relationship that the columns name with its own. */
static bool
add_relationship(Dml *dml, GqleType *type, GqleTable *table, const GqleJson *item,
				 const Place *place, int depth)
{
	const char *name = gqle_meta_text(item, "name");
	const char *alias = gqle_meta_text(item, "alias");
	const GqleJson *columns = gqle_json_lookup(item, "columns");
	const GqleRelationship *relationship;
	const GqleField *field;
	Place		columns_place = {place, "columns", 0};
	Place		name_place = {place, "name", 0};

	relationship = gqle_table_lookup_relationship(table, name);
	if (relationship == NULL && gqle_table_lookup_column(table, name) != NULL)
		return fail_at(dml, &name_place, GQLE_ERR_UNEXPECTED_PAYLOAD,
					   psprintf("expecting a relationship; but, \"%s\" is a postgres column; only relationships can be expanded",
								name));
	if (relationship == NULL)
		return fail_missing(dml, &name_place, "relationship ", name);
	field = find_relationship_field(dml, type, relationship);
	if (field == NULL)
		return fail_unreadable(dml, place, relationship);
	if (relationship->kind == GQLE_REL_OBJECT && has_list_arguments(item))
		return fail_at(dml, place, GQLE_ERR_UNEXPECTED_PAYLOAD,
					   "when selecting an 'obj_relationship' 'where', 'order_by', 'limit' and 'offset'  can't be used");
	if (alias != NULL && !gqle_meta_is_graphql_name(alias))
		return fail_at(dml, place, GQLE_ERR_NOT_SUPPORTED,
					   psprintf("\"%s\" cannot be used as an alias", alias));
	appendStringInfo(&dml->body, " %s: %s", alias != NULL ? alias : name, field->name);
	return add_select_arguments(dml, field, item, place) &&
		add_columns(dml, field->type.type, relationship->target, columns, &columns_place,
					depth + 1);
}

/* add_columns adds a selection set. */
static bool
add_columns(Dml *dml, GqleType *type, GqleTable *table, const GqleJson *columns,
			const Place *place, int depth)
{
	int			i;

	check_stack_depth();
	gqle_catalog_load_table(dml->call->request->catalog, table);
	appendStringInfoString(&dml->body, columns->n == 0 ? " { __typename @skip(if: true)" :
						   " {");
	for (i = 0; i < columns->n; i++)
	{
		Place		below = {place, NULL, i};
		const GqleJson *item = columns->items[i];
		const GqleColumn *column;
		const GqleField *field;

		if (item->kind == GQLE_JSON_OBJECT)
		{
			if (!add_relationship(dml, type, table, item, &below, depth))
				return false;
			continue;
		}
		if (strcmp(item->text, "*") == 0 || strcmp(item->text, "*.*") == 0)
		{
			add_all_columns(dml, type, item->text[1] != '\0');
			continue;
		}
		column = gqle_table_lookup_column(table, item->text);
		field = column != NULL ? find_column_field(dml, type, column) : NULL;
		if (field == NULL)
			return fail_column(dml, &below, "select", item->text);
		appendStringInfo(&dml->body, " %s: %s", column->name, field->name);
	}
	appendStringInfoString(&dml->body, " }");
	return true;
}

/* add_number adds limit or offset. */
static bool
add_number(Dml *dml, const GqleField *field, const GqleJson *args, const char *key,
		   GqleInputRole role, const Place *place, bool *first)
{
	Place		below = {place, key, 0};
	GqleJson   *value = gqle_json_lookup(args, key);

	if (gqle_json_is_null(value))
		return true;
	if (value->kind != GQLE_JSON_NUMBER)
		return fail_at(dml, &below, GQLE_ERR_PARSE_FAILED,
					   psprintf("parsing Int failed, expected Number, but encountered %s",
								gqle_json_kind_name(value)));
	if (value->text[0] == '-')
		return fail_at(dml, &below, GQLE_ERR_NOT_SUPPORTED, "unexpected negative value");
	return add_argument(dml, field, role, value, first);
}

/* add_select_arguments adds where, order_by, limit and offset. */
static bool
add_select_arguments(Dml *dml, const GqleField *field, const GqleJson *args,
					 const Place *place)
{
	Place		where_place = {place, "where", 0};
	Place		order_place = {place, "order_by", 0};
	GqleJson   *where = gqle_json_lookup(args, "where");
	GqleJson   *order = gqle_json_lookup(args, "order_by");
	bool		first = true;

	if (!gqle_json_is_null(where))
	{
		const GqleInputField *arg = gqle_field_lookup_arg(field, "where", NULL);

		if (arg == NULL)
			return fail_at(dml, &where_place, GQLE_ERR_NOT_SUPPORTED,
						   "where can be used on rows and array relationships only");
		if (!check_where(dml, field->table, where, &where_place))
			return false;
		where = convert_where(dml, arg->type.type, field->table, where, &where_place);
		if (where == NULL || !add_argument(dml, field, GQLE_INPUT_WHERE, where, &first))
			return false;
	}
	if (!gqle_json_is_null(order))
	{
		order = convert_order(dml, field->table, order, &order_place);
		if (order == NULL || !add_argument(dml, field, GQLE_INPUT_ORDER_BY, order, &first))
			return false;
	}
	if (!add_number(dml, field, args, "limit", GQLE_INPUT_LIMIT, place, &first) ||
		!add_number(dml, field, args, "offset", GQLE_INPUT_OFFSET, place, &first))
		return false;
	if (!first)
		appendStringInfoChar(&dml->body, ')');
	return true;
}

/* ------------------------------------------------------------------------
 * where
 * ------------------------------------------------------------------------ */

/* is_word tells whether a key is a word behind "_" or "$". */
static bool
is_word(const char *key, const char *word)
{
	return (key[0] == '_' || key[0] == '$') && strcmp(key + 1, word) == 0;
}

/* find_input returns the input field that stands for a column or relationship. */
static const GqleInputField *
find_input(Dml *dml, GqleType *type, const GqleColumn *column,
		   const GqleRelationship *relationship)
{
	int			i;

	gqle_type_fill(dml->schema, type);
	for (i = 0; i < type->n_input_fields; i++)
	{
		const GqleInputField *field = type->input_fields[i];

		if ((column != NULL && field->role == GQLE_INPUT_COLUMN &&
			 field->column->index == column->index) ||
			(relationship != NULL && field->role == GQLE_INPUT_RELATIONSHIP &&
			 field->relationship->index == relationship->index))
			return field;
	}
	return NULL;
}

/* convert_comparison converts the operators on a column. */
static GqleJson *
convert_comparison(Dml *dml, GqleType *type, const GqleJson *value, const Place *place)
{
	GqleJson   *result = gqle_json_make_object();
	int			i;

	check_stack_depth();
	if (value->kind == GQLE_JSON_NULL)
		gqle_json_object_set(result, "_is_null", gqle_json_make_bool(true));
	else if (value->kind != GQLE_JSON_OBJECT)
		gqle_json_object_set(result, "_eq", unconstify(GqleJson *, value));
	if (value->kind != GQLE_JSON_OBJECT)
		return result;
	for (i = 0; i < value->n; i++)
	{
		const char *key = value->members[i].key;
		GqleJson   *operand = value->members[i].value;
		const GqleOperator *op = gqle_operator_lookup(key);
		const GqleInputField *field = NULL;

		if (op != NULL)
			field = gqle_schema_lookup_input_field(dml->schema, type, op->name);
		if (field == NULL && op != NULL && op->camel_name != NULL)
			field = gqle_schema_lookup_input_field(dml->schema, type, op->camel_name);
		if (field == NULL)
		{
			fail_at(dml, place, GQLE_ERR_NOT_SUPPORTED,
					psprintf("operator \"%s\" cannot be used here", key));
			return NULL;
		}
		if (op->operand == GQLE_OPERAND_CAST && operand->kind == GQLE_JSON_OBJECT)
		{
			GqleJson   *cast = gqle_json_make_object();
			int			j;

			for (j = 0; j < operand->n; j++)
			{
				const GqleInputField *target =
					gqle_schema_lookup_input_field(dml->schema, field->type.type,
												   operand->members[j].key);
				GqleJson   *inner;

				if (target == NULL)
				{
					fail_at(dml, place, GQLE_ERR_UNEXPECTED_PAYLOAD,
							psprintf("cannot cast to type \"%s\"",
									 operand->members[j].key));
					return NULL;
				}
				inner = convert_comparison(dml, target->type.type,
										   operand->members[j].value, place);
				if (inner == NULL)
					return NULL;
				gqle_json_object_set(cast, target->name, inner);
			}
			operand = cast;
		}
		gqle_json_object_set(result, field->name, operand);
	}
	return result;
}

/* convert_all converts the operands of "and" and "or". */
static GqleJson *
convert_all(Dml *dml, GqleType *type, const GqleTable *table, const GqleJson *list,
			const Place *place)
{
	GqleJson   *result = gqle_json_make_array();
	int			i;

	for (i = 0; i < list->n; i++)
	{
		GqleJson   *item = convert_where(dml, type, table, list->items[i], place);

		if (item == NULL)
			return NULL;
		gqle_json_array_add(result, item);
	}
	return result;
}

/* convert_field converts the condition on a column or relationship. */
static GqleJson *
convert_field(Dml *dml, GqleType *type, const GqleTable *table, const char *key,
			  const GqleJson *value, const Place *place, const char **name)
{
	const GqleColumn *column = gqle_table_lookup_column(table, key);
	const GqleRelationship *relationship = column != NULL ? NULL :
		gqle_table_lookup_relationship(table, key);
	const GqleInputField *field = NULL;

	if (column == NULL && relationship == NULL)
	{
		fail_at(dml, place, GQLE_ERR_NOT_SUPPORTED,
				psprintf("\"%s\" cannot be used here", key));
		return NULL;
	}
	field = find_input(dml, type, column, relationship);
	if (field == NULL && column != NULL)
	{
		fail_column(dml, place, "select", key);
		return NULL;
	}
	if (field == NULL)
	{
		fail_unreadable(dml, place, relationship);
		return NULL;
	}
	*name = field->name;
	if (column != NULL)
		return convert_comparison(dml, field->type.type, value, place);
	gqle_catalog_load_table(dml->call->request->catalog, relationship->target);
	return convert_where(dml, field->type.type, relationship->target, value, place);
}

/*
 * check_where sees that a condition is one, by the rules that conditions of
 * permissions have, too.
 */
static bool
check_where(Dml *dml, const GqleTable *table, const GqleJson *where, const Place *place)
{
	StringInfoData path;

	initStringInfo(&path);
	appendStringInfoString(&path, dml->call->path);
	append_place(&path, place);
	return gqle_boolexp_parse(dml->call->request->catalog, table, where, path.data,
							  dml->call->sink) != NULL;
}

/*
 * convert_where converts a boolean expression over the rows of a table, that has been
 * checked.  compat: what a role must not see is told without its place in it.
 */
static GqleJson *
convert_where(Dml *dml, GqleType *type, const GqleTable *table, const GqleJson *where,
			  const Place *place)
{
	GqleJson   *result = gqle_json_make_object();
	int			i;

	check_stack_depth();
	for (i = 0; i < where->n; i++)
	{
		const char *key = where->members[i].key;
		const GqleJson *value = where->members[i].value;
		GqleJson   *converted;

		if (is_word(key, "and") || is_word(key, "or"))
		{
			converted = convert_all(dml, type, table, value, place);
			key = psprintf("_%s", key + 1);
		}
		else if (is_word(key, "not"))
		{
			converted = convert_where(dml, type, table, value, place);
			key = "_not";
		}
		else
			converted = convert_field(dml, type, table, key, value, place, &key);
		if (converted == NULL)
			return NULL;
		gqle_json_object_set(result, key, converted);
	}
	return result;
}

/* ------------------------------------------------------------------------
 * order_by
 * ------------------------------------------------------------------------ */

/* fail_order reports what order_by names that no order can be made of. */
static void
fail_order(Dml *dml, const Place *place, const GqleTable *table, const char *name,
		   bool is_chained)
{
	const GqleRelationship *relationship = gqle_table_lookup_relationship(table, name);
	const char *mistake = NULL;

	if (gqle_table_lookup_column(table, name) != NULL)
		mistake = "is a Postgres column and cannot be chained further";
	else if (relationship != NULL && is_chained)
		mistake = "is an array relationship and can't be used in 'order_by'";
	else if (relationship != NULL)
		mistake = "is a relationship and should be expanded";
	if (mistake == NULL)
		fail_missing(dml, place, "", name);
	else
		fail_at(dml, place, GQLE_ERR_UNEXPECTED_PAYLOAD,
				psprintf("\"%s\" %s", name, mistake));
}

/*
 * order_path returns {rel: {rel: {col: direction}}} for "rel.rel.col", with the
 * names of the schema.
 */
static GqleJson *
order_path(Dml *dml, const GqleTable *table, const char *path, const char *direction,
		   const Place *place)
{
	const char *dot = strchr(path, '.');
	const char *name = dot != NULL ? pnstrdup(path, dot - path) : path;
	GqleJson   *result = gqle_json_make_object();
	const GqleRelationship *relationship;
	const GqleColumn *column;
	GqleJson   *inner;

	check_stack_depth();
	if (dot == NULL)
	{
		const GqleSelectPerm *perm = gqle_permission_get(dml->call->request->catalog,
														 unconstify(GqleTable *, table),
														 dml->role)->select;

		column = gqle_table_lookup_column(table, name);
		if (column == NULL)
		{
			fail_order(dml, place, table, name, false);
			return NULL;
		}
		if (perm == NULL || !bms_is_member(column->index, perm->columns))
		{
			fail_column(dml, place, "select", name);
			return NULL;
		}
		gqle_json_object_set(result, column->graphql_name,
							 gqle_json_make_string(direction));
		return result;
	}
	relationship = gqle_table_lookup_relationship(table, name);
	if (relationship == NULL || relationship->kind == GQLE_REL_ARRAY)
	{
		fail_order(dml, place, table, name, true);
		return NULL;
	}
	gqle_catalog_load_table(dml->call->request->catalog, relationship->target);
	if (gqle_permission_get(dml->call->request->catalog, relationship->target,
							dml->role)->select == NULL)
	{
		fail_unreadable(dml, place, relationship);
		return NULL;
	}
	inner = order_path(dml, relationship->target, dot + 1, direction, place);
	if (inner == NULL)
		return NULL;
	gqle_json_object_set(result, relationship->name, inner);
	return result;
}

/* order_item converts one element of order_by. */
static GqleJson *
order_item(Dml *dml, const GqleTable *table, const GqleJson *item, const Place *place)
{
	const char *column;
	const char *type;
	const char *nulls;

	if (item->kind == GQLE_JSON_STRING)
	{
		bool		descends = item->text[0] == '-';

		return order_path(dml, table,
						  item->text[0] == '-' || item->text[0] == '+' ? item->text + 1 :
						  item->text, descends ? "desc" : "asc", place);
	}
	column = gqle_meta_text(item, "column");
	type = gqle_meta_text(item, "type");
	nulls = gqle_meta_text(item, "nulls");
	if (column == NULL)
	{
		fail_at(dml, place, GQLE_ERR_PARSE_FAILED, "key \"column\" not found");
		return NULL;
	}
	if ((type != NULL && strcmp(type, "asc") != 0 && strcmp(type, "desc") != 0) ||
		(nulls != NULL && strcmp(nulls, "first") != 0 && strcmp(nulls, "last") != 0))
	{
		fail_at(dml, place, GQLE_ERR_PARSE_FAILED,
				"expected \"asc\" or \"desc\", and nulls \"first\" or \"last\"");
		return NULL;
	}
	if (type == NULL)
		type = "asc";
	return order_path(dml, table, column,
					  nulls == NULL ? type : psprintf("%s_nulls_%s", type, nulls), place);
}

/* convert_order converts order_by: one element, or a list of them. */
static GqleJson *
convert_order(Dml *dml, const GqleTable *table, const GqleJson *order, const Place *place)
{
	GqleJson   *result = gqle_json_make_array();
	int			i;

	for (i = 0; i < (order->kind == GQLE_JSON_ARRAY ? order->n : 1); i++)
	{
		Place		below = {place, NULL, i};
		GqleJson   *item = order_item(dml, table,
									  order->kind == GQLE_JSON_ARRAY ? order->items[i] :
									  order, &below);

		if (item == NULL)
			return NULL;
		gqle_json_array_add(result, item);
	}
	return result;
}

/* ------------------------------------------------------------------------
 * Executing
 * ------------------------------------------------------------------------ */

/* report_operation reports what the operation threw, at the call's path. */
static void
report_operation(GqleMetaCall *call, const ErrorData *edata)
{
	gqle_errmap_report(edata, call->path, call->sink);
}

/*
 * run_operation executes the operation; the call's answer is the value of its
 * only root field.
 */
static bool
run_operation(GqleMetaCall *call)
{
	static const char before[] = "{\"data\":{\"r\":";
	Dml		   *dml = call->data;
	StringInfoData text;
	StringInfoData answer;
	GqleRequest request = {0};
	GqleErrorSink sink = {0};
	GqleExecuteResult result;

	initStringInfo(&text);
	initStringInfo(&answer);
	appendStringInfoString(&text, dml->is_mutation ? "mutation" : "query");
	if (dml->declarations.len > 0)
		appendStringInfo(&text, "(%s)", dml->declarations.data);
	appendStringInfo(&text, " { %s }", dml->body.data);
	request.query = text.data;
	request.query_len = text.len;
	request.variables = dml->variables;
	/* see what earlier items of a bulk did */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	result = gqle_execute(call->request->session, &request, 0, NULL, &answer, &sink);
	PopActiveSnapshot();
	if (result != GQLE_EXECUTE_OK)
	{
		*call->sink = sink;
		call->sink->error.path = call->path;
		return false;
	}
	Ensure(answer.len > (int) sizeof(before) + 1, "an operation has no answer");
	appendBinaryStringInfo(call->out, answer.data + sizeof(before) - 1,
						   answer.len - (sizeof(before) - 1) - 2);
	return true;
}

/* execute runs the operation and appends its answer to out. */
static bool
execute(Dml *dml, bool is_mutation, StringInfo out)
{
	GqleMetaCall *call = dml->call;
	StringInfo	call_out = call->out;
	bool		done;

	dml->is_mutation = is_mutation;
	call->data = dml;
	call->out = out;
	done = gqle_meta_run_reporting(call, run_operation, report_operation);
	call->out = call_out;
	return done;
}
