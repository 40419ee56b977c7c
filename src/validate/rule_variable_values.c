/*
 * rule_variable_values.c
 *		A variable that must have a value has one.
 *
 * GraphQL §6.1.2 Coercing Variable Values.
 *
 * compat: a value given as null is refused for a non-null type even if there is
 * a default.  Values are checked no further here, but where they are used; the
 * types of variables need not exist.
 */
#include "gqle/gqle.h"

#include "gqle/base/guc.h"
#include "gqle/lang/printer.h"
#include "gqle/validate/rules.h"

static bool
check_value(GqleValidator *v, const GqleVariable *variable)
{
	const GqleVariableDefNode *node = variable->node;
	StringInfoData type;

	if (!node->type->non_null)
		return true;
	if (variable->value == NULL)
	{
		if (node->default_value != NULL)
			return true;
		return gqle_validator_fail(v, "expecting a value for non-nullable variable: \"%s\"",
								   node->name);
	}
	if (!gqle_json_is_null(variable->value) ||
		gqle_guc_backwards_compat_null_in_nonnullable_variables)
		return true;

	initStringInfo(&type);
	gqle_printer_append_type(&type, node->type);
	return gqle_validator_fail(v, "null value found for non-nullable type: \"%s\"",
							   type.data);
}

/*
 * Many variables among many values would make a look for each quadratic: go
 * through the values once and hand them to the variables, the last of a key
 * winning.
 */
static void
assign_values(GqleValidator *v)
{
	const GqleJson *values = v->request->variables;
	int			i;

	if (values == NULL)
		return;
	for (i = 0; i < values->n; i++)
	{
		GqleVariable *variable;

		variable = gqle_validator_lookup_variable(v, values->members[i].key);
		if (variable == NULL)
			continue;
		variable->value = values->members[i].value;
		variable->index = i;
	}
}

bool
gqle_rule_variable_values(GqleValidator *v)
{
	bool		removes = gqle_guc_has_feature(GQLE_FEATURE_NO_NULL_UNBOUND_VARIABLE_DEFAULT);
	int			i;

	v->n_variables = v->operation->n_variables;
	if (v->n_variables == 0)
		return true;
	v->variables = MemoryContextAllocExtended(v->scratch, sizeof(GqleVariable) * v->n_variables,
											  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	v->variables_by_name = gqle_strhash_make(v->scratch, v->n_variables);
	for (i = 0; i < v->n_variables; i++)
	{
		GqleVariable *variable = &v->variables[i];

		variable->node = &v->operation->variables[i];
		if (!gqle_strhash_add(v->variables_by_name, variable->node->name, variable))
			variable->is_duplicate = true;
	}

	assign_values(v);
	for (i = 0; i < v->n_variables; i++)
	{
		GqleVariable *variable = &v->variables[i];

		if (variable->is_duplicate)
			variable->value = gqle_json_lookup(v->request->variables,
											   variable->node->name);
		if (!check_value(v, variable))
			return false;
		variable->is_removed = removes && variable->value == NULL &&
			variable->node->default_value == NULL;
	}
	return true;
}
