/*
 * meta_boolexp.c
 *		Walking over permission expressions; see meta_boolexp.h.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/api/meta_boolexp.h"
#include "gqle/catalog/session.h"

static GqleJson *visit_list(const GqleMetaVisitor *visitor, const GqleTable *table,
							const GqleJson *list);
static GqleJson *visit_exists(const GqleMetaVisitor *visitor, const GqleJson *exists);
static const char *visit_field(const GqleMetaVisitor *visitor, const GqleTable *table,
							   const char *name, GqleJson **value);
static GqleJson *visit_comparisons(const GqleMetaVisitor *visitor,
								   const GqleTable *table, GqleJson *value);
static bool is_static(const GqleJson *value);
static bool is_key(const char *key, const char *word);

/* gqle_meta_boolexp_visit walks over an expression on a table. */
GqleJson *
gqle_meta_boolexp_visit(const GqleMetaVisitor *visitor, const GqleTable *table,
						const GqleJson *exp)
{
	GqleJson   *result;
	int			i;

	check_stack_depth();
	if (exp == NULL || exp->kind != GQLE_JSON_OBJECT)
		return unconstify(GqleJson *, exp);
	result = gqle_json_make_object();
	for (i = 0; i < exp->n; i++)
	{
		const char *key = exp->members[i].key;
		GqleJson   *value = exp->members[i].value;

		if (is_key(key, "and") || is_key(key, "or"))
			value = visit_list(visitor, table, value);
		else if (is_key(key, "not"))
			value = gqle_meta_boolexp_visit(visitor, table, value);
		else if (is_key(key, "exists"))
			value = visit_exists(visitor, value);
		else
			key = visit_field(visitor, table, key, &value);
		gqle_json_object_set(result, key, value);
	}
	return result;
}

/* is_key tells whether a key is a word with either of its two prefixes. */
static bool
is_key(const char *key, const char *word)
{
	return (key[0] == '_' || key[0] == '$') && strcmp(key + 1, word) == 0;
}

/* visit_list walks over the operands of "and" and "or". */
static GqleJson *
visit_list(const GqleMetaVisitor *visitor, const GqleTable *table, const GqleJson *list)
{
	GqleJson   *result;
	int			i;

	if (list->kind != GQLE_JSON_ARRAY)
		return gqle_meta_boolexp_visit(visitor, table, list);
	result = gqle_json_make_array();
	for (i = 0; i < list->n; i++)
		gqle_json_array_add(result, gqle_meta_boolexp_visit(visitor, table,
															 list->items[i]));
	return result;
}

/* visit_exists walks over {"_table","_where"}. */
static GqleJson *
visit_exists(const GqleMetaVisitor *visitor, const GqleJson *exists)
{
	GqleJson   *result;
	const GqleTable *table = NULL;
	int			i;

	if (exists->kind != GQLE_JSON_OBJECT)
		return unconstify(GqleJson *, exists);
	for (i = 0; i < exists->n; i++)
		if (is_key(exists->members[i].key, "table"))
		{
			GqleMetaName name = gqle_meta_make_name("default", exists->members[i].value);

			table = gqle_catalog_lookup_table(visitor->catalog, name.schema, name.name);
		}
	result = gqle_json_make_object();
	for (i = 0; i < exists->n; i++)
	{
		const char *key = exists->members[i].key;
		GqleJson   *value = exists->members[i].value;

		if (is_key(key, "table") && visitor->table != NULL)
			value = unconstify(GqleJson *, visitor->table(visitor->arg, value));
		else if (is_key(key, "where") && table != NULL)
			value = gqle_meta_boolexp_visit(visitor, table, value);
		gqle_json_object_set(result, key, value);
	}
	return result;
}

/*
 * visit_field visits a column, relationship or computed field and what is below
 * it; returns the field's name in the copy.
 */
static const char *
visit_field(const GqleMetaVisitor *visitor, const GqleTable *table, const char *name,
			GqleJson **value)
{
	const GqleRelationship *relationship;
	const GqleComputedField *computed;

	if (gqle_table_lookup_column(table, name) != NULL)
	{
		bool		has_static = is_static(*value);

		*value = visit_comparisons(visitor, table, *value);
		return visitor->field(visitor->arg, table, GQLE_META_NAMES_COLUMN, name,
							  has_static);
	}
	relationship = gqle_table_lookup_relationship(table, name);
	if (relationship != NULL)
	{
		gqle_catalog_load_table(visitor->catalog, relationship->target);
		*value = gqle_meta_boolexp_visit(visitor, relationship->target, *value);
		return visitor->field(visitor->arg, table, GQLE_META_NAMES_RELATIONSHIP, name,
							  false);
	}
	computed = gqle_table_lookup_computed_field(table, name);
	if (computed != NULL)
	{
		if (computed->function->table != NULL)
		{
			gqle_catalog_load_table(visitor->catalog, computed->function->table);
			*value = gqle_meta_boolexp_visit(visitor, computed->function->table, *value);
		}
		return visitor->field(visitor->arg, table, GQLE_META_NAMES_COMPUTED_FIELD, name,
							  false);
	}
	return name;
}

/*
 * visit_comparisons walks over the operators on a column, for those that
 * compare with a column: its name, or a list ["$", name] for the root table.
 * The root of an expression is not known here below relationships, so lists
 * that start with "$" are left alone unless the name is one of this table.
 */
static GqleJson *
visit_comparisons(const GqleMetaVisitor *visitor, const GqleTable *table, GqleJson *value)
{
	GqleJson   *result;
	int			i;

	if (value->kind != GQLE_JSON_OBJECT)
		return value;
	result = gqle_json_make_object();
	for (i = 0; i < value->n; i++)
	{
		const GqleOperator *op = gqle_operator_lookup(value->members[i].key);
		GqleJson   *operand = value->members[i].value;

		if (op != NULL && op->compares_column)
		{
			GqleJson   *last = operand;

			if (operand->kind == GQLE_JSON_ARRAY && operand->n > 0)
				last = operand->items[operand->n - 1];
			if (last->kind == GQLE_JSON_STRING &&
				gqle_table_lookup_column(table, last->text) != NULL)
			{
				const char *name = visitor->field(visitor->arg, table,
												  GQLE_META_NAMES_COLUMN, last->text,
												  false);

				if (operand == last)
					operand = gqle_json_make_string(name);
				else
				{
					GqleJson   *copy = gqle_json_make_array();
					int			j;

					for (j = 0; j + 1 < operand->n; j++)
						gqle_json_array_add(copy, operand->items[j]);
					gqle_json_array_add(copy, gqle_json_make_string(name));
					operand = copy;
				}
			}
		}
		gqle_json_object_set(result, value->members[i].key, operand);
	}
	return result;
}

/*
 * is_static tells whether a comparison has a literal value, i.e. anything but
 * session variables, other columns and tests for null.
 */
static bool
is_static(const GqleJson *value)
{
	int			i;

	switch (value->kind)
	{
		case GQLE_JSON_NULL:
			return false;
		case GQLE_JSON_BOOL:
		case GQLE_JSON_NUMBER:
			return true;
		case GQLE_JSON_STRING:
			return !gqle_session_is_reference(value->text);
		case GQLE_JSON_ARRAY:
			for (i = 0; i < value->n; i++)
				if (is_static(value->items[i]))
					return true;
			return false;
		case GQLE_JSON_OBJECT:
			for (i = 0; i < value->n; i++)
			{
				const GqleOperator *op = gqle_operator_lookup(value->members[i].key);

				if (op != NULL && !op->compares_column &&
					op->operand != GQLE_OPERAND_BOOLEAN &&
					is_static(value->members[i].value))
					return true;
			}
			return false;
	}
	pg_unreachable();
}
