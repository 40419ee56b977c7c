/*
 * dml_insert.c
 *		insert of /v1/query and /v2/query.
 */
#include "postgres.h"

#include "gqle/api/dml.h"
#include "gqle/validate/number.h"

/* gqle_dml_is_preset tells whether the engine itself sets a column. */
bool
gqle_dml_is_preset(const GqlePreset *presets, int n, const GqleColumn *column)
{
	int i;

	for (i = 0; i < n; i++)
		if (presets[i].column->index == column->index)
			return true;
	return false;
}

/* gqle_dml_stored_value returns a column's value as the schema takes it. */
GqleJson *
gqle_dml_stored_value(const GqleColumn *column, GqleJson *value)
{
	if (column->scalar->coercion != GQLE_COERCE_NUMERIC ||
		value->kind != GQLE_JSON_NUMBER)
		return value;
	return gqle_json_make_string(gqle_number_widen(value->text));
}

/* convert_object renames the members of a row to insert. */
static GqleJson *
convert_object(GqleDml *dml, const GqleJson *object, GqleJson *given,
			   const GqleDmlPlace *place)
{
	const GqleInsertPerm *perm = dml->perms->insert;
	GqleJson *result = gqle_json_make_object();
	int i;

	for (i = 0; i < object->n; i++)
	{
		const char *key = object->members[i].key;
		const GqleColumn *column = gqle_table_lookup_column(dml->table, key);

		if (column != NULL &&
			gqle_dml_is_preset(perm->presets, perm->n_presets, column))
		{
			gqle_dml_fail_at(
				dml, place, GQLE_ERR_NOT_SUPPORTED,
				psprintf("column \"%s\" is not insertable for role \"%s\"", key,
						 dml->role));
			return NULL;
		}
		if (column == NULL)
		{
			if (gqle_table_lookup_relationship(dml->table, key) != NULL)
				gqle_dml_fail_at(
					dml, place, GQLE_ERR_UNEXPECTED_PAYLOAD,
					psprintf(
						"expecting a database column; but, \"%s\" is a relationship; relationships can't be inserted",
						key));
			else
				gqle_dml_fail_missing(dml, place, "column ", key);
			return NULL;
		}
		if (!bms_is_member(column->index, perm->columns))
		{
			gqle_dml_fail_column(dml, place, "insert", key);
			return NULL;
		}
		gqle_json_object_set(result, column->graphql_name,
							 gqle_dml_stored_value(column,
												   object->members[i].value));
		gqle_json_object_set(given, column->graphql_name,
							 gqle_json_make_null());
	}
	return result;
}

/* find_constraint returns the constraint over some columns, or NULL. */
static const char *
find_constraint(const GqleTable *table, const GqleJson *columns)
{
	int i;
	int j;
	int k;

	for (i = 0; i < table->n_unique_keys; i++)
	{
		const GqleUniqueKey *key = &table->unique_keys[i];
		bool all = key->n_columns == columns->n;

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
check_target(GqleDml *dml, const GqleJson *columns, const GqleDmlPlace *place)
{
	GqleDmlPlace columns_place = {place, "constraint_on", 0};
	int i;

	for (i = 0; i < columns->n; i++)
	{
		GqleDmlPlace below = {&columns_place, NULL, i};

		if (gqle_table_lookup_column(dml->table, columns->items[i]->text) ==
			NULL)
			return gqle_dml_fail_missing(dml, &below, "column ",
										 columns->items[i]->text);
	}
	return true;
}

/* check_updated sees that the role may update the columns that rows give. */
static bool
check_updated(GqleDml *dml, const GqleJson *given, const GqleDmlPlace *place)
{
	const GqleUpdatePerm *perm = dml->perms->update;
	int i;
	int j;

	for (i = 0; i < given->n; i++)
	{
		for (j = 0; j < dml->table->n_columns; j++)
		{
			const GqleColumn *column = dml->table->columns[j];

			if (strcmp(column->graphql_name, given->members[i].key) == 0 &&
				!bms_is_member(column->index, perm->columns))
				return gqle_dml_fail_at(
					dml, place, GQLE_ERR_VALIDATION_FAILED,
					psprintf("column \"%s\" is not updatable", column->name));
		}
	}
	return true;
}

/* convert_conflict turns on_conflict into that of the schema. */
static GqleJson *
convert_conflict(GqleDml *dml, const GqleJson *conflict, const GqleJson *given)
{
	GqleDmlPlace place = {NULL, "on_conflict", 0};
	GqleDmlPlace constraint_place = {&place, "constraint", 0};
	const char *action = gqle_meta_text(conflict, "action");
	const char *constraint = gqle_meta_text(conflict, "constraint");
	const GqleJson *columns = gqle_json_lookup(conflict, "constraint_on");
	bool ignores = action != NULL && strcmp(action, "ignore") == 0;
	GqleJson *result = gqle_json_make_object();
	GqleJson *updated = gqle_json_make_array();
	int i;

	if (constraint != NULL && columns != NULL)
	{
		gqle_dml_fail_at(
			dml, &place, GQLE_ERR_UNEXPECTED_PAYLOAD,
			"'constraint' and 'constraint_on' cannot be set at a time");
		return NULL;
	}
	if (dml->perms->update == NULL)
	{
		gqle_dml_fail_at(
			dml, &place, GQLE_ERR_PERMISSION_DENIED,
			psprintf(
				"upsert is not allowed for role \"%s\" since update permissions are not defined",
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
			gqle_meta_fail(
				dml->call, GQLE_ERR_CONSTRAINT_ERROR,
				"there is no unique or exclusion constraint on target column(s)");
			return NULL;
		}
	}
	if (constraint == NULL)
	{
		gqle_dml_fail_at(
			dml, &place, GQLE_ERR_UNEXPECTED_PAYLOAD,
			ignores
				? "'constraint' or 'constraint_on' is needed"
				: "Expecting 'constraint' or 'constraint_on' when the 'action' is 'update'");
		return NULL;
	}
	for (i = 0; i < dml->table->n_unique_keys; i++)
		if (strcmp(dml->table->unique_keys[i].name, constraint) == 0)
			break;
	if (i == dml->table->n_unique_keys)
	{
		gqle_dml_fail_at(
			dml, &constraint_place, GQLE_ERR_UNEXPECTED,
			psprintf("constraint \"%s\" for table \"%s\" does not exist",
					 constraint, gqle_dml_display(dml->table)));
		return NULL;
	}
	if (!ignores && !check_updated(dml, given, &place))
		return NULL;
	for (i = 0; !ignores && i < given->n; i++)
		gqle_json_array_add(updated,
							gqle_json_make_string(given->members[i].key));
	gqle_json_object_set(result, "constraint",
						 gqle_json_make_string(constraint));
	gqle_json_object_set(result, "update_columns", updated);
	return result;
}

/* check_objects refuses what is no list of rows. */
static bool
check_objects(GqleDml *dml, const GqleJson *objects, const GqleDmlPlace *place)
{
	int i;

	if (objects->kind != GQLE_JSON_ARRAY)
		return gqle_dml_fail_at(
			dml, place, GQLE_ERR_PARSE_FAILED,
			psprintf("parsing [] failed, expected Array, but encountered %s",
					 gqle_json_kind_name(objects)));
	for (i = 0; i < objects->n; i++)
	{
		GqleDmlPlace below = {place, NULL, i};

		if (objects->items[i]->kind != GQLE_JSON_OBJECT)
			return gqle_dml_fail_at(
				dml, &below, GQLE_ERR_PARSE_FAILED,
				psprintf(
					"parsing HashMap ~Text failed, expected Object, but encountered %s",
					gqle_json_kind_name(objects->items[i])));
	}
	if (objects->n == 0)
		return gqle_dml_fail_at(dml, place, GQLE_ERR_UNEXPECTED_PAYLOAD,
								"objects should not be empty");
	return true;
}

/* gqle_dml_run_insert inserts rows. */
bool
gqle_dml_run_insert(GqleMetaCall *call, const GqleJson *args)
{
	GqleDml dml;
	GqleDmlPlace objects_place = {NULL, "objects", 0};
	const GqleJson *objects = gqle_json_lookup(args, "objects");
	const GqleJson *conflict = gqle_json_lookup(args, "on_conflict");
	GqleJson *converted = gqle_json_make_array();
	GqleJson *given = gqle_json_make_object();
	const GqleField *root;
	bool first = true;
	int i;

	dml.call = call;
	/* compat: here it is not said where the table is named */
	if (!check_objects(&dml, objects, &objects_place) ||
		!gqle_dml_begin(&dml, call, args, NULL))
		return false;
	if (dml.perms->insert == NULL)
		return gqle_meta_fail(
			call, GQLE_ERR_PERMISSION_DENIED,
			"insert on \"%s\" for role \"%s\" is not allowed. ",
			gqle_dml_display(dml.table), dml.role);
	root = gqle_dml_find_root(&dml, true, GQLE_ROOT_INSERT);
	if (root == NULL)
		return false;
	for (i = 0; i < objects->n; i++)
	{
		GqleDmlPlace below = {&objects_place, NULL, i};
		GqleJson *object = convert_object(&dml, objects->items[i], given,
										  &below);

		if (object == NULL)
			return false;
		gqle_json_array_add(converted, object);
	}
	if (!gqle_dml_add_argument(&dml, root, GQLE_INPUT_OBJECTS, converted,
							   &first))
		return false;
	if (conflict != NULL)
	{
		GqleJson *clause = convert_conflict(&dml, conflict, given);

		if (clause == NULL ||
			!gqle_dml_add_argument(&dml, root, GQLE_INPUT_ON_CONFLICT, clause,
								   &first))
			return false;
	}
	appendStringInfoChar(&dml.body, ')');
	return gqle_dml_add_answer(&dml, root, gqle_json_lookup(args, "returning"),
							   "insert") &&
		   gqle_dml_execute(&dml, true, call->out);
}
