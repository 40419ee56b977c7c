/*
 * dml_order.c
 *		order_by of the commands on rows as that of the role's schema.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/api/dml.h"

/* ------------------------------------------------------------------------
 * order_by
 * ------------------------------------------------------------------------ */

/* fail_order reports what order_by names that no order can be made of. */
static void
fail_order(GqleDml *dml, const GqleDmlPlace *place, const GqleTable *table,
		   const char *name, bool is_chained)
{
	const GqleRelationship *relationship = gqle_table_lookup_relationship(table,
																		  name);
	const char *mistake = NULL;

	if (gqle_table_lookup_column(table, name) != NULL)
		mistake = "is a Postgres column and cannot be chained further";
	else if (relationship != NULL && is_chained)
		mistake = "is an array relationship and can't be used in 'order_by'";
	else if (relationship != NULL)
		mistake = "is a relationship and should be expanded";
	if (mistake == NULL)
		gqle_dml_fail_missing(dml, place, "", name);
	else
		gqle_dml_fail_at(dml, place, GQLE_ERR_UNEXPECTED_PAYLOAD,
						 psprintf("\"%s\" %s", name, mistake));
}

/*
 * order_path returns {rel: {rel: {col: direction}}} for "rel.rel.col", with the
 * names of the schema.
 */
static GqleJson *
order_path(GqleDml *dml, const GqleTable *table, const char *path,
		   const char *direction, const GqleDmlPlace *place)
{
	const char *dot = strchr(path, '.');
	const char *name = dot != NULL ? pnstrdup(path, dot - path) : path;
	GqleJson *result = gqle_json_make_object();
	const GqleRelationship *relationship;
	const GqleColumn *column;
	GqleJson *inner;

	check_stack_depth();
	if (dot == NULL)
	{
		const GqleSelectPerm *perm = gqle_permission_get(
										 dml->call->request->catalog,
										 unconstify(GqleTable *, table),
										 dml->role)
										 ->select;

		column = gqle_table_lookup_column(table, name);
		if (column == NULL)
		{
			fail_order(dml, place, table, name, false);
			return NULL;
		}
		if (perm == NULL || !bms_is_member(column->index, perm->columns))
		{
			gqle_dml_fail_column(dml, place, "select", name);
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
							dml->role)
			->select == NULL)
	{
		gqle_dml_fail_unreadable(dml, place, relationship);
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
order_item(GqleDml *dml, const GqleTable *table, const GqleJson *item,
		   const GqleDmlPlace *place)
{
	const char *column;
	const char *type;
	const char *nulls;

	if (item->kind == GQLE_JSON_STRING)
	{
		bool descends = item->text[0] == '-';

		return order_path(dml, table,
						  item->text[0] == '-' || item->text[0] == '+'
							  ? item->text + 1
							  : item->text,
						  descends ? "desc" : "asc", place);
	}
	column = gqle_meta_text(item, "column");
	type = gqle_meta_text(item, "type");
	nulls = gqle_meta_text(item, "nulls");
	if (column == NULL)
	{
		gqle_dml_fail_at(dml, place, GQLE_ERR_PARSE_FAILED,
						 "key \"column\" not found");
		return NULL;
	}
	if ((type != NULL && strcmp(type, "asc") != 0 &&
		 strcmp(type, "desc") != 0) ||
		(nulls != NULL && strcmp(nulls, "first") != 0 &&
		 strcmp(nulls, "last") != 0))
	{
		gqle_dml_fail_at(
			dml, place, GQLE_ERR_PARSE_FAILED,
			"expected \"asc\" or \"desc\", and nulls \"first\" or \"last\"");
		return NULL;
	}
	if (type == NULL)
		type = "asc";
	return order_path(dml, table, column,
					  nulls == NULL ? type
									: psprintf("%s_nulls_%s", type, nulls),
					  place);
}

/* gqle_dml_convert_order converts order_by: one element, or a list of them. */
GqleJson *
gqle_dml_convert_order(GqleDml *dml, const GqleTable *table,
					   const GqleJson *order, const GqleDmlPlace *place)
{
	GqleJson *result = gqle_json_make_array();
	int i;

	for (i = 0; i < (order->kind == GQLE_JSON_ARRAY ? order->n : 1); i++)
	{
		GqleDmlPlace below = {place, NULL, i};
		GqleJson *item = order_item(dml, table,
									order->kind == GQLE_JSON_ARRAY
										? order->items[i]
										: order,
									&below);

		if (item == NULL)
			return NULL;
		gqle_json_array_add(result, item);
	}
	return result;
}
