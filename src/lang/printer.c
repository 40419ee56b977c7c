/*
 * printer.c
 *		Tree to GraphQL text.
 *
 * Output is compact and on one line for each definition: operations first,
 * then fragments.  Parsing it gives an equal tree except for offsets and that
 * block strings have become plain ones.  The tree must be one the parser could
 * have made.
 */
#include "gqle/gqle.h"

#ifndef GQLE_STANDALONE
#include "miscadmin.h"
#endif

#include "gqle/base/json_write.h"
#include "gqle/lang/printer.h"

static void append_operation(StringInfo out, const GqleOperationNode *operation);
static void append_fragment(StringInfo out, const GqleFragmentNode *fragment);
static void append_variables(StringInfo out, const GqleOperationNode *operation);
static void append_selection_set(StringInfo out,
								 const GqleSelectionSetNode *set);
static void append_selection(StringInfo out, const GqleSelectionNode *node);
static void append_directives(StringInfo out, int n,
							  const GqleDirectiveNode *directives);
static void append_arguments(StringInfo out, int n,
							 const GqleArgumentNode *args);

void
gqle_printer_append_document(StringInfo out, const GqleDocumentNode *document)
{
	int			i;

	for (i = 0; i < document->n_operations; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, '\n');
		append_operation(out, &document->operations[i]);
	}
	for (i = 0; i < document->n_fragments; i++)
	{
		if (i > 0 || document->n_operations > 0)
			appendStringInfoChar(out, '\n');
		append_fragment(out, &document->fragments[i]);
	}
}

static const char *
operation_keyword(GqleOperationType type)
{
	switch (type)
	{
		case GQLE_OPERATION_QUERY:
			return "query";
		case GQLE_OPERATION_MUTATION:
			return "mutation";
		case GQLE_OPERATION_SUBSCRIPTION:
			return "subscription";
	}
	return "";
}

/* Anonymous queries without variables and directives take the short form. */
static void
append_operation(StringInfo out, const GqleOperationNode *operation)
{
	if (operation->type != GQLE_OPERATION_QUERY || operation->name != NULL ||
		operation->n_variables > 0 || operation->n_directives > 0)
	{
		appendStringInfoString(out, operation_keyword(operation->type));
		if (operation->name != NULL)
		{
			appendStringInfoChar(out, ' ');
			appendStringInfoString(out, operation->name);
		}
		append_variables(out, operation);
		append_directives(out, operation->n_directives, operation->directives);
		appendStringInfoChar(out, ' ');
	}
	append_selection_set(out, operation->set);
}

static void
append_variables(StringInfo out, const GqleOperationNode *operation)
{
	int			i;

	if (operation->n_variables == 0)
		return;
	for (i = 0; i < operation->n_variables; i++)
	{
		const GqleVariableDefNode *variable = &operation->variables[i];

		appendStringInfoString(out, i == 0 ? "($" : ", $");
		appendStringInfoString(out, variable->name);
		appendStringInfoString(out, ": ");
		gqle_printer_append_type(out, variable->type);
		if (variable->default_value != NULL)
		{
			appendStringInfoString(out, " = ");
			gqle_printer_append_value(out, variable->default_value);
		}
	}
	appendStringInfoChar(out, ')');
}

static void
append_fragment(StringInfo out, const GqleFragmentNode *fragment)
{
	appendStringInfoString(out, "fragment ");
	appendStringInfoString(out, fragment->name);
	appendStringInfoString(out, " on ");
	appendStringInfoString(out, fragment->type_condition);
	append_directives(out, fragment->n_directives, fragment->directives);
	appendStringInfoChar(out, ' ');
	append_selection_set(out, fragment->set);
}

static void
append_selection_set(StringInfo out, const GqleSelectionSetNode *set)
{
	int			i;

	check_stack_depth();
	appendStringInfoChar(out, '{');
	for (i = 0; i < set->n; i++)
	{
		appendStringInfoChar(out, ' ');
		append_selection(out, set->items[i]);
	}
	appendStringInfoString(out, " }");
}

static void
append_selection(StringInfo out, const GqleSelectionNode *node)
{
	switch (node->kind)
	{
		case GQLE_SELECTION_FIELD:
			if (node->alias != NULL)
			{
				appendStringInfoString(out, node->alias);
				appendStringInfoString(out, ": ");
			}
			appendStringInfoString(out, node->name);
			break;
		case GQLE_SELECTION_SPREAD:
			appendStringInfoString(out, "...");
			appendStringInfoString(out, node->name);
			break;
		case GQLE_SELECTION_INLINE:
			appendStringInfoString(out, "...");
			if (node->name != NULL)
			{
				appendStringInfoString(out, " on ");
				appendStringInfoString(out, node->name);
			}
			break;
	}
	append_arguments(out, node->n_args, node->args);
	append_directives(out, node->n_directives, node->directives);
	if (node->set != NULL)
	{
		appendStringInfoChar(out, ' ');
		append_selection_set(out, node->set);
	}
}

static void
append_directives(StringInfo out, int n, const GqleDirectiveNode *directives)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		appendStringInfoString(out, " @");
		appendStringInfoString(out, directives[i].name);
		append_arguments(out, directives[i].n_args, directives[i].args);
	}
}

static void
append_arguments(StringInfo out, int n, const GqleArgumentNode *args)
{
	int			i;

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
	{
		appendStringInfoString(out, i == 0 ? "(" : ", ");
		appendStringInfoString(out, args[i].name);
		appendStringInfoString(out, ": ");
		gqle_printer_append_value(out, args[i].value);
	}
	appendStringInfoChar(out, ')');
}

static void
append_list(StringInfo out, const GqleValueNode *list)
{
	int			i;

	appendStringInfoChar(out, '[');
	for (i = 0; i < list->n; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		gqle_printer_append_value(out, list->items[i]);
	}
	appendStringInfoChar(out, ']');
}

static void
append_object(StringInfo out, const GqleValueNode *object)
{
	int			i;

	appendStringInfoChar(out, '{');
	for (i = 0; i < object->n; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		appendStringInfoString(out, object->fields[i].name);
		appendStringInfoString(out, ": ");
		gqle_printer_append_value(out, object->fields[i].value);
	}
	appendStringInfoChar(out, '}');
}

/* JSON's string escapes are GraphQL's, so strings are written as JSON. */
void
gqle_printer_append_value(StringInfo out, const GqleValueNode *value)
{
	check_stack_depth();
	switch (value->kind)
	{
		case GQLE_VALUE_VARIABLE:
			appendStringInfoChar(out, '$');
			appendStringInfoString(out, value->text);
			break;
		case GQLE_VALUE_INT:
		case GQLE_VALUE_FLOAT:
		case GQLE_VALUE_ENUM:
			appendStringInfoString(out, value->text);
			break;
		case GQLE_VALUE_STRING:
			gqle_json_write_string(out, value->text, value->len);
			break;
		case GQLE_VALUE_BOOLEAN:
			appendStringInfoString(out, value->boolean ? "true" : "false");
			break;
		case GQLE_VALUE_NULL:
			appendStringInfoString(out, "null");
			break;
		case GQLE_VALUE_LIST:
			append_list(out, value);
			break;
		case GQLE_VALUE_OBJECT:
			append_object(out, value);
			break;
	}
}

void
gqle_printer_append_type(StringInfo out, const GqleTypeNode *type)
{
	check_stack_depth();
	if (type->name != NULL)
		appendStringInfoString(out, type->name);
	else
	{
		appendStringInfoChar(out, '[');
		gqle_printer_append_type(out, type->of);
		appendStringInfoChar(out, ']');
	}
	if (type->non_null)
		appendStringInfoChar(out, '!');
}
