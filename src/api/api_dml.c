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

#include "gqle/api/dml.h"

static bool run_select(GqleMetaCall *call, const GqleJson *args);
static bool run_count(GqleMetaCall *call, const GqleJson *args);
static bool run_update(GqleMetaCall *call, const GqleJson *args);
static bool run_delete(GqleMetaCall *call, const GqleJson *args);

#define DML_FLAGS (GQLE_META_V1 | GQLE_META_V2 | GQLE_META_V2_PREFIX | \
	GQLE_META_READS | GQLE_META_ANY_ROLE)

const GqleMetaCommand gqle_dml_commands[] = {
	{"select", DML_FLAGS, &gqle_dml_select_shape, run_select},
	{"insert", DML_FLAGS | GQLE_META_WRITES_DATA, &gqle_dml_insert_shape,
	 gqle_dml_run_insert},
	{"update", DML_FLAGS | GQLE_META_WRITES_DATA, &gqle_dml_update_shape,
	 run_update},
	{"delete", DML_FLAGS | GQLE_META_WRITES_DATA, &gqle_dml_delete_shape,
	 run_delete},
	{"count", DML_FLAGS, &gqle_dml_count_shape, run_count},
	{NULL}};

/* ------------------------------------------------------------------------
 * Commands
 * ------------------------------------------------------------------------ */

static const GqleDmlPlace table_place = {NULL, "table", 0};

/* run_select answers with rows. */
static bool
run_select(GqleMetaCall *call, const GqleJson *args)
{
	GqleDml dml;
	const GqleField *root;
	GqleDmlPlace columns = {NULL, "columns", 0};

	if (!gqle_dml_begin(&dml, call, args, &table_place) ||
		!gqle_dml_need_select(&dml, "select", ""))
		return false;
	root = gqle_dml_find_root(&dml, false, GQLE_ROOT_SELECT);
	if (root == NULL || !gqle_dml_add_select_arguments(&dml, root, args, NULL))
		return false;
	return gqle_dml_add_columns(&dml, root->type.type, dml.table,
								gqle_json_lookup(args, "columns"), &columns,
								0) &&
		   gqle_dml_execute(&dml, false, call->out);
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
graphql_columns(GqleDml *dml, const GqleJson *names, const GqleDmlPlace *place)
{
	GqleJson   *result = gqle_json_make_array();
	int			i;

	for (i = 0; i < names->n; i++)
	{
		GqleDmlPlace below = {place, NULL, i};
		const GqleColumn *column = gqle_table_lookup_column(dml->table,
															names->items[i]->text);

		if (column == NULL || !bms_is_member(column->index, dml->perms->select->columns))
		{
			gqle_dml_fail_column(dml, &below, "select", names->items[i]->text);
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
	GqleDml dml;
	GqleDmlPlace where_place = {NULL, "where", 0};
	GqleDmlPlace distinct_place = {NULL, "distinct", 0};
	const GqleField *root;
	GqleJson   *where = gqle_json_lookup(args, "where");
	GqleJson   *distinct = gqle_json_lookup(args, "distinct");
	bool		aggregates;
	bool		first = true;
	StringInfoData out;

	if (!gqle_dml_begin(&dml, call, args, &table_place) ||
		!gqle_dml_need_select(
			&dml, "count",
			"; \"count\" is only allowed if the role has \"select\" permissions on the table"))
		return false;
	aggregates = dml.perms->select->allow_aggregations;
	root = gqle_dml_find_root(&dml, false,
							  aggregates ? GQLE_ROOT_SELECT_AGGREGATE
										 : GQLE_ROOT_SELECT);
	if (root == NULL)
		return false;
	if (where != NULL)
	{
		const GqleInputField *arg = gqle_field_lookup_arg(root, "where", NULL);

		if (!gqle_dml_check_where(&dml, dml.table, where, &where_place))
			return false;
		where = gqle_dml_convert_where(&dml, arg->type.type, dml.table, where,
									   &where_place);
		if (where == NULL ||
			!gqle_dml_add_argument(&dml, root, GQLE_INPUT_WHERE, where, &first))
			return false;
	}
	if (distinct != NULL && distinct->n > 0)
	{
		distinct = graphql_columns(&dml, distinct, &distinct_place);
		if (distinct == NULL ||
			!gqle_dml_add_argument(&dml, root, GQLE_INPUT_DISTINCT_ON, distinct,
								   &first))
			return false;
	}
	appendStringInfoString(&dml.body, first ? "" : ")");
	appendStringInfoString(&dml.body, aggregates ? " { aggregate { count } }" :
						   " { __typename }");
	initStringInfo(&out);
	if (!gqle_dml_execute(&dml, false, &out))
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
add_returned(GqleDml *dml, GqleType *type, const GqleJson *columns,
			 const GqleDmlPlace *place)
{
	int			i;

	gqle_catalog_load_table(dml->call->request->catalog, dml->table);
	appendStringInfoString(&dml->body, " {");
	for (i = 0; i < columns->n; i++)
	{
		const GqleColumn *column = gqle_table_lookup_column(dml->table,
															columns->items[i]->text);
		const GqleField *field = column != NULL
									 ? gqle_dml_find_column_field(dml, type,
																  column)
									 : NULL;

		if (field == NULL)
			return gqle_dml_fail_column(dml, place, "select",
										columns->items[i]->text);
		appendStringInfo(&dml->body, " %s: %s", column->name, field->name);
	}
	appendStringInfoString(&dml->body, " }");
	return true;
}

/* gqle_dml_add_answer adds what a mutation answers with. */
bool
gqle_dml_add_answer(GqleDml *dml, const GqleField *root,
					const GqleJson *returning, const char *command)
{
	GqleDmlPlace place = {NULL, "returning", 0};
	const GqleField *field;

	appendStringInfoString(&dml->body, " { affected_rows");
	if (returning != NULL && returning->n > 0)
	{
		if (!gqle_dml_need_select(
				dml, command,
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

/* convert_changes renames the members of an update operator's value. */
static GqleJson *
convert_changes(GqleDml *dml, const GqleJson *changes, const char *operator)
{
	const GqleUpdatePerm *perm = dml->perms->update;
	GqleDmlPlace place = {NULL, operator, 0 };
	GqleJson   *result = gqle_json_make_object();
	int			i;

	for (i = 0; i < changes->n; i++)
	{
		const char *key = changes->members[i].key;
		const GqleColumn *column = gqle_table_lookup_column(dml->table, key);

		if (column != NULL &&
			gqle_dml_is_preset(perm->presets, perm->n_presets, column))
		{
			gqle_dml_fail_at(
				dml, &place, GQLE_ERR_NOT_SUPPORTED,
				psprintf(
					"column \"%s\" is not updatable for role \"%s\"; its value is predefined in permission",
					key, dml->role));
			return NULL;
		}
		if (column == NULL || !bms_is_member(column->index, perm->columns))
		{
			gqle_dml_fail_column(dml, &place, "update", key);
			return NULL;
		}
		gqle_json_object_set(result, column->graphql_name,
							 gqle_dml_stored_value(column,
												   changes->members[i].value));
	}
	return result;
}

/* add_where adds the condition of an update or delete. */
static bool
add_where(GqleDml *dml, const GqleField *root, const GqleJson *args,
		  bool *first)
{
	GqleDmlPlace place = {NULL, "where", 0};
	const GqleInputField *arg = gqle_field_lookup_arg(root, "where", NULL);
	GqleJson   *where = gqle_json_lookup(args, "where");

	if (!gqle_dml_check_where(dml, dml->table, where, &place))
		return false;
	where = gqle_dml_convert_where(dml, arg->type.type, dml->table, where,
								   &place);
	return where != NULL &&
		   gqle_dml_add_argument(dml, root, GQLE_INPUT_WHERE, where, first);
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
	GqleDml dml;
	const GqleField *root;
	const GqleJson *defaults = gqle_json_lookup(args, "$default");
	bool		first = true;
	int			n_changes = 0;
	int			i;

	if (!gqle_dml_begin(&dml, call, args, &table_place))
		return false;
	if (dml.perms->update == NULL)
		return gqle_meta_fail(
			call, GQLE_ERR_PERMISSION_DENIED,
			"update on \"%s\" for role \"%s\" is not allowed. ",
			gqle_dml_display(dml.table), dml.role);
	if (!gqle_dml_need_select(
			&dml, "update",
			"; \"update\" is only allowed if the role has \"select\" permission as \"where\" can't be used without \"select\" permission on the table"))
		return false;
	root = gqle_dml_find_root(&dml, true, GQLE_ROOT_UPDATE);
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
			!gqle_dml_add_named_argument(&dml, root, operators[i][1], converted,
										 &first))
			return false;
		n_changes += changes->n;
	}
	if (defaults != NULL && defaults->n > 0)
	{
		GqleJson   *converted = convert_changes(&dml, flags_of(defaults), "$default");

		if (converted == NULL ||
			!gqle_dml_add_named_argument(&dml, root, "_default", converted,
										 &first))
			return false;
		n_changes += defaults->n;
	}
	if (n_changes == 0 && dml.perms->update->n_presets == 0)
		return gqle_meta_fail(call, GQLE_ERR_UNEXPECTED_PAYLOAD,
							  "atleast one of $set, $inc, $mul has to be present");
	appendStringInfoChar(&dml.body, ')');
	return gqle_dml_add_answer(&dml, root, gqle_json_lookup(args, "returning"),
							   "update") &&
		   gqle_dml_execute(&dml, true, call->out);
}

/* run_delete deletes rows. */
static bool
run_delete(GqleMetaCall *call, const GqleJson *args)
{
	GqleDml dml;
	const GqleField *root;
	bool		first = true;

	if (!gqle_dml_begin(&dml, call, args, &table_place))
		return false;
	if (dml.perms->del == NULL)
		return gqle_meta_fail(
			call, GQLE_ERR_PERMISSION_DENIED,
			"delete on \"%s\" for role \"%s\" is not allowed. ",
			gqle_dml_display(dml.table), dml.role);
	if (!gqle_dml_need_select(
			&dml, "delete",
			"; \"delete\" is only allowed if the role has \"select\" permission as \"where\" can't be used without \"select\" permission on the table"))
		return false;
	root = gqle_dml_find_root(&dml, true, GQLE_ROOT_DELETE);
	if (root == NULL || !add_where(&dml, root, args, &first))
		return false;
	appendStringInfoChar(&dml.body, ')');
	return gqle_dml_add_answer(&dml, root, gqle_json_lookup(args, "returning"),
							   "delete") &&
		   gqle_dml_execute(&dml, true, call->out);
}
