/*
 * rule_variables_defined.c
 *		Every variable that is used is defined.
 *
 * GraphQL §5.8.3 All Variable Uses Defined.
 *
 * Looked at are the directives of the operation and all it reaches, excluded
 * parts included; a fragment once, since it uses the same variables wherever it
 * is spread.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"

#include "gqle/validate/rules.h"

static bool check_directives(GqleValidator *v, const GqleDirectiveNode *nodes, int n);
static bool check_arguments(GqleValidator *v, const GqleArgumentNode *nodes, int n);
static bool check_set(GqleValidator *v, const GqleSelectionSetNode *set);
static bool check_fragment(GqleValidator *v, const char *name);
static bool check_value(GqleValidator *v, const GqleValueNode *value);

bool
gqle_rule_variables_defined(GqleValidator *v)
{
	return check_directives(v, v->operation->directives, v->operation->n_directives) &&
		check_set(v, v->operation->set);
}

static bool
check_directives(GqleValidator *v, const GqleDirectiveNode *nodes, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (!check_arguments(v, nodes[i].args, nodes[i].n_args))
			return false;
	}
	return true;
}

static bool
check_arguments(GqleValidator *v, const GqleArgumentNode *nodes, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (!check_value(v, nodes[i].value))
			return false;
	}
	return true;
}

static bool
check_set(GqleValidator *v, const GqleSelectionSetNode *set)
{
	int			i;

	check_stack_depth();
	for (i = 0; i < set->n; i++)
	{
		const GqleSelectionNode *node = set->items[i];

		CHECK_FOR_INTERRUPTS();
		if (!check_arguments(v, node->args, node->n_args) ||
			!check_directives(v, node->directives, node->n_directives))
			return false;
		if (node->kind == GQLE_SELECTION_SPREAD)
		{
			if (!check_fragment(v, node->name))
				return false;
		}
		else if (node->set != NULL && !check_set(v, node->set))
			return false;
	}
	return true;
}

static bool
check_fragment(GqleValidator *v, const char *name)
{
	GqleFragment *fragment = gqle_validator_lookup_fragment(v, name);

	if (fragment->variables == GQLE_FRAGMENT_DONE)
		return true;
	fragment->variables = GQLE_FRAGMENT_DONE;
	return check_set(v, fragment->node->set);
}

static bool
check_value(GqleValidator *v, const GqleValueNode *value)
{
	GqleVariable *variable;
	int			i;

	switch (value->kind)
	{
		case GQLE_VALUE_VARIABLE:
			variable = gqle_validator_lookup_variable(v, value->text);
			if (variable == NULL)
				return gqle_validator_fail(v, "unbound variable \"%s\"", value->text);
			variable->is_used = true;
			break;
		case GQLE_VALUE_LIST:
			check_stack_depth();
			for (i = 0; i < value->n; i++)
			{
				if (!check_value(v, value->items[i]))
					return false;
			}
			break;
		case GQLE_VALUE_OBJECT:
			check_stack_depth();
			for (i = 0; i < value->n; i++)
			{
				if (!check_value(v, value->fields[i].value))
					return false;
			}
			break;
		case GQLE_VALUE_INT:
		case GQLE_VALUE_FLOAT:
		case GQLE_VALUE_STRING:
		case GQLE_VALUE_BOOLEAN:
		case GQLE_VALUE_NULL:
		case GQLE_VALUE_ENUM:
			break;
	}
	return true;
}
