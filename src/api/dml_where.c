/*
 * dml_where.c
 *		Conditions of the commands on rows as those of the role's schema.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/api/dml.h"
#include "gqle/catalog/boolexp.h"

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
find_input(GqleDml *dml, GqleType *type, const GqleColumn *column,
		   const GqleRelationship *relationship)
{
	int i;

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
convert_comparison(GqleDml *dml, GqleType *type, const GqleJson *value,
				   const GqleDmlPlace *place)
{
	GqleJson *result = gqle_json_make_object();
	int i;

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
		GqleJson *operand = value->members[i].value;
		const GqleOperator *op = gqle_operator_lookup(key);
		const GqleInputField *field = NULL;

		if (op != NULL)
			field = gqle_schema_lookup_input_field(dml->schema, type, op->name);
		if (field == NULL && op != NULL && op->camel_name != NULL)
			field = gqle_schema_lookup_input_field(dml->schema, type,
												   op->camel_name);
		if (field == NULL)
		{
			gqle_dml_fail_at(dml, place, GQLE_ERR_NOT_SUPPORTED,
							 psprintf("operator \"%s\" cannot be used here",
									  key));
			return NULL;
		}
		if (op->operand == GQLE_OPERAND_CAST &&
			operand->kind == GQLE_JSON_OBJECT)
		{
			GqleJson *cast = gqle_json_make_object();
			int j;

			for (j = 0; j < operand->n; j++)
			{
				const GqleInputField *target = gqle_schema_lookup_input_field(
					dml->schema, field->type.type, operand->members[j].key);
				GqleJson *inner;

				if (target == NULL)
				{
					gqle_dml_fail_at(dml, place, GQLE_ERR_UNEXPECTED_PAYLOAD,
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
convert_all(GqleDml *dml, GqleType *type, const GqleTable *table,
			const GqleJson *list, const GqleDmlPlace *place)
{
	GqleJson *result = gqle_json_make_array();
	int i;

	for (i = 0; i < list->n; i++)
	{
		GqleJson *item = gqle_dml_convert_where(dml, type, table,
												list->items[i], place);

		if (item == NULL)
			return NULL;
		gqle_json_array_add(result, item);
	}
	return result;
}

/* convert_field converts the condition on a column or relationship. */
static GqleJson *
convert_field(GqleDml *dml, GqleType *type, const GqleTable *table,
			  const char *key, const GqleJson *value, const GqleDmlPlace *place,
			  const char **name)
{
	const GqleColumn *column = gqle_table_lookup_column(table, key);
	const GqleRelationship *relationship = column != NULL
											   ? NULL
											   : gqle_table_lookup_relationship(
													 table, key);
	const GqleInputField *field = NULL;

	if (column == NULL && relationship == NULL)
	{
		gqle_dml_fail_at(dml, place, GQLE_ERR_NOT_SUPPORTED,
						 psprintf("\"%s\" cannot be used here", key));
		return NULL;
	}
	field = find_input(dml, type, column, relationship);
	if (field == NULL && column != NULL)
	{
		gqle_dml_fail_column(dml, place, "select", key);
		return NULL;
	}
	if (field == NULL)
	{
		gqle_dml_fail_unreadable(dml, place, relationship);
		return NULL;
	}
	*name = field->name;
	if (column != NULL)
		return convert_comparison(dml, field->type.type, value, place);
	gqle_catalog_load_table(dml->call->request->catalog, relationship->target);
	return gqle_dml_convert_where(dml, field->type.type, relationship->target,
								  value, place);
}

/*
 * gqle_dml_check_where sees that a condition is one, by the rules that conditions of
 * permissions have, too.
 */
bool
gqle_dml_check_where(GqleDml *dml, const GqleTable *table,
					 const GqleJson *where, const GqleDmlPlace *place)
{
	StringInfoData path;

	initStringInfo(&path);
	appendStringInfoString(&path, dml->call->path);
	gqle_dml_append_place(&path, place);
	return gqle_boolexp_parse(dml->call->request->catalog, table, where,
							  path.data, dml->call->sink) != NULL;
}

/*
 * gqle_dml_convert_where converts a boolean expression over the rows of a table, that has been
 * checked.  compat: what a role must not see is told without its place in it.
 */
GqleJson *
gqle_dml_convert_where(GqleDml *dml, GqleType *type, const GqleTable *table,
					   const GqleJson *where, const GqleDmlPlace *place)
{
	GqleJson *result = gqle_json_make_object();
	int i;

	check_stack_depth();
	for (i = 0; i < where->n; i++)
	{
		const char *key = where->members[i].key;
		const GqleJson *value = where->members[i].value;
		GqleJson *converted;

		if (is_word(key, "and") || is_word(key, "or"))
		{
			converted = convert_all(dml, type, table, value, place);
			key = psprintf("_%s", key + 1);
		}
		else if (is_word(key, "not"))
		{
			converted = gqle_dml_convert_where(dml, type, table, value, place);
			key = "_not";
		}
		else
			converted = convert_field(dml, type, table, key, value, place,
									  &key);
		if (converted == NULL)
			return NULL;
		gqle_json_object_set(result, key, converted);
	}
	return result;
}
