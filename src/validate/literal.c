/*
 * literal.c
 *		GraphQL literals as JSON.
 *
 * compat: an enum value becomes a string; a variable its value, or null.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"

#include "gqle/validate/coerce.h"

static char *
copy_text(const GqleValueNode *node)
{
	char	   *text = MemoryContextAllocHuge(CurrentMemoryContext, (Size) node->len + 1);

	memcpy(text, node->text, node->len);
	text[node->len] = '\0';
	return text;
}

GqleJson *
gqle_coerce_literal_to_json(const GqleValueNode *node, const GqleJson *variables)
{
	GqleJson   *json;
	int			i;

	switch (node->kind)
	{
		case GQLE_VALUE_VARIABLE:
			json = gqle_json_lookup(variables, node->text);
			return json != NULL ? json : gqle_json_make_null();
		case GQLE_VALUE_INT:
		case GQLE_VALUE_FLOAT:
			return gqle_json_make_number(copy_text(node));
		case GQLE_VALUE_STRING:
		case GQLE_VALUE_ENUM:
			return gqle_json_make_string(copy_text(node));
		case GQLE_VALUE_BOOLEAN:
			return gqle_json_make_bool(node->boolean);
		case GQLE_VALUE_NULL:
			return gqle_json_make_null();
		case GQLE_VALUE_LIST:
			check_stack_depth();
			json = gqle_json_make_array();
			for (i = 0; i < node->n; i++)
				gqle_json_array_add(json, gqle_coerce_literal_to_json(node->items[i], variables));
			return json;
		case GQLE_VALUE_OBJECT:
			check_stack_depth();
			json = gqle_json_make_object();
			for (i = 0; i < node->n; i++)
				gqle_json_object_add(json, pstrdup(node->fields[i].name),
									 gqle_coerce_literal_to_json(node->fields[i].value,
																 variables));
			return json;
	}
	pg_unreachable();
}
