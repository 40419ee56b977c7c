/*
 * dml_columns.c
 *		The columns of a select, with relationships and their own arguments.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/api/dml.h"

/* gqle_dml_find_column_field returns the field of a type that shows a column, or NULL. */
const GqleField *
gqle_dml_find_column_field(GqleDml *dml, GqleType *type,
						   const GqleColumn *column)
{
	int i;

	gqle_type_fill(dml->schema, type);
	for (i = 0; i < type->n_fields; i++)
		if (type->fields[i]->kind == GQLE_FIELD_COLUMN &&
			type->fields[i]->column->index == column->index)
			return type->fields[i];
	return NULL;
}

/* find_relationship_field does so for a relationship. */
static const GqleField *
find_relationship_field(GqleDml *dml, GqleType *type,
						const GqleRelationship *relationship)
{
	int i;

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
add_all_columns(GqleDml *dml, GqleType *type, bool with_relationships)
{
	int i;

	gqle_type_fill(dml->schema, type);
	for (i = 0; i < type->n_fields; i++)
	{
		const GqleField *field = type->fields[i];

		if (field->kind == GQLE_FIELD_COLUMN)
			appendStringInfo(&dml->body, " %s: %s", field->column->name,
							 field->name);
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
add_relationship(GqleDml *dml, GqleType *type, GqleTable *table,
				 const GqleJson *item, const GqleDmlPlace *place, int depth)
{
	const char *name = gqle_meta_text(item, "name");
	const char *alias = gqle_meta_text(item, "alias");
	const GqleJson *columns = gqle_json_lookup(item, "columns");
	const GqleRelationship *relationship;
	const GqleField *field;
	GqleDmlPlace columns_place = {place, "columns", 0};
	GqleDmlPlace name_place = {place, "name", 0};

	relationship = gqle_table_lookup_relationship(table, name);
	if (relationship == NULL && gqle_table_lookup_column(table, name) != NULL)
		return gqle_dml_fail_at(
			dml, &name_place, GQLE_ERR_UNEXPECTED_PAYLOAD,
			psprintf(
				"expecting a relationship; but, \"%s\" is a postgres column; only relationships can be expanded",
				name));
	if (relationship == NULL)
		return gqle_dml_fail_missing(dml, &name_place, "relationship ", name);
	field = find_relationship_field(dml, type, relationship);
	if (field == NULL)
		return gqle_dml_fail_unreadable(dml, place, relationship);
	if (relationship->kind == GQLE_REL_OBJECT && has_list_arguments(item))
		return gqle_dml_fail_at(
			dml, place, GQLE_ERR_UNEXPECTED_PAYLOAD,
			"when selecting an 'obj_relationship' 'where', 'order_by', 'limit' and 'offset'  can't be used");
	if (alias != NULL && !gqle_meta_is_graphql_name(alias))
		return gqle_dml_fail_at(dml, place, GQLE_ERR_NOT_SUPPORTED,
								psprintf("\"%s\" cannot be used as an alias",
										 alias));
	appendStringInfo(&dml->body, " %s: %s", alias != NULL ? alias : name,
					 field->name);
	return gqle_dml_add_select_arguments(dml, field, item, place) &&
		   gqle_dml_add_columns(dml, field->type.type, relationship->target,
								columns, &columns_place, depth + 1);
}

/* gqle_dml_add_columns adds a selection set. */
bool
gqle_dml_add_columns(GqleDml *dml, GqleType *type, GqleTable *table,
					 const GqleJson *columns, const GqleDmlPlace *place,
					 int depth)
{
	int i;

	check_stack_depth();
	gqle_catalog_load_table(dml->call->request->catalog, table);
	appendStringInfoString(&dml->body, columns->n == 0
										   ? " { __typename @skip(if: true)"
										   : " {");
	for (i = 0; i < columns->n; i++)
	{
		GqleDmlPlace below = {place, NULL, i};
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
		field = column != NULL ? gqle_dml_find_column_field(dml, type, column)
							   : NULL;
		if (field == NULL)
			return gqle_dml_fail_column(dml, &below, "select", item->text);
		appendStringInfo(&dml->body, " %s: %s", column->name, field->name);
	}
	appendStringInfoString(&dml->body, " }");
	return true;
}

/* add_number adds limit or offset. */
static bool
add_number(GqleDml *dml, const GqleField *field, const GqleJson *args,
		   const char *key, GqleInputRole role, const GqleDmlPlace *place,
		   bool *first)
{
	GqleDmlPlace below = {place, key, 0};
	GqleJson *value = gqle_json_lookup(args, key);

	if (gqle_json_is_null(value))
		return true;
	if (value->kind != GQLE_JSON_NUMBER)
		return gqle_dml_fail_at(
			dml, &below, GQLE_ERR_PARSE_FAILED,
			psprintf("parsing Int failed, expected Number, but encountered %s",
					 gqle_json_kind_name(value)));
	if (value->text[0] == '-')
		return gqle_dml_fail_at(dml, &below, GQLE_ERR_NOT_SUPPORTED,
								"unexpected negative value");
	return gqle_dml_add_argument(dml, field, role, value, first);
}

/* gqle_dml_add_select_arguments adds where, order_by, limit and offset. */
bool
gqle_dml_add_select_arguments(GqleDml *dml, const GqleField *field,
							  const GqleJson *args, const GqleDmlPlace *place)
{
	GqleDmlPlace where_place = {place, "where", 0};
	GqleDmlPlace order_place = {place, "order_by", 0};
	GqleJson *where = gqle_json_lookup(args, "where");
	GqleJson *order = gqle_json_lookup(args, "order_by");
	bool first = true;

	if (!gqle_json_is_null(where))
	{
		const GqleInputField *arg = gqle_field_lookup_arg(field, "where", NULL);

		if (arg == NULL)
			return gqle_dml_fail_at(
				dml, &where_place, GQLE_ERR_NOT_SUPPORTED,
				"where can be used on rows and array relationships only");
		if (!gqle_dml_check_where(dml, field->table, where, &where_place))
			return false;
		where = gqle_dml_convert_where(dml, arg->type.type, field->table, where,
									   &where_place);
		if (where == NULL ||
			!gqle_dml_add_argument(dml, field, GQLE_INPUT_WHERE, where, &first))
			return false;
	}
	if (!gqle_json_is_null(order))
	{
		order = gqle_dml_convert_order(dml, field->table, order, &order_place);
		if (order == NULL ||
			!gqle_dml_add_argument(dml, field, GQLE_INPUT_ORDER_BY, order,
								   &first))
			return false;
	}
	if (!add_number(dml, field, args, "limit", GQLE_INPUT_LIMIT, place,
					&first) ||
		!add_number(dml, field, args, "offset", GQLE_INPUT_OFFSET, place,
					&first))
		return false;
	if (!first)
		appendStringInfoChar(&dml->body, ')');
	return true;
}
