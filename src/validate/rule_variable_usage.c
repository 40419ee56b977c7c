/*
 * rule_variable_usage.c
 *		A variable's type fits where the variable is used.
 *
 * GraphQL §5.8.5 All Variable Usages Are Allowed.
 *
 * compat: types are compared by name, so that Int does not fit bigint; only the
 * outermost nullability counts: [json] fits [json!].
 */
#include "gqle/gqle.h"

#include "gqle/base/guc.h"
#include "gqle/lang/printer.h"
#include "gqle/validate/rules.h"

/* Same named type under the same lists? */
static bool
types_agree(const GqleTypeNode *declared, GqleTypeRef location)
{
	for (;;)
	{
		if (gqle_typeref_is_non_null(location))
			location = gqle_typeref_unwrap(location);
		if (declared->name != NULL)
			return !gqle_typeref_is_list(location) &&
				strcmp(declared->name, location.type->name) == 0;
		if (!gqle_typeref_is_list(location))
			return false;
		location = gqle_typeref_unwrap(location);
		declared = declared->of;
	}
}

/*
 * compat: where variables without a value are removed from the query, a missing
 * default counts as one that isn't null.
 */
static bool
has_non_null_default(const GqleVariableDefNode *node)
{
	if (node->default_value == NULL)
		return gqle_guc_has_feature(GQLE_FEATURE_NO_NULL_UNBOUND_VARIABLE_DEFAULT);
	return node->default_value->kind != GQLE_VALUE_NULL;
}

bool
gqle_rule_variable_usage(GqleValidator *v, const GqleVariable *variable,
						 GqleTypeRef location, bool location_has_default)
{
	const GqleVariableDefNode *node = variable->node;
	StringInfoData declared;
	StringInfoData expected;

	if ((!gqle_typeref_is_non_null(location) || node->type->non_null ||
		 location_has_default || has_non_null_default(node)) &&
		types_agree(node->type, location))
		return true;

	initStringInfo(&declared);
	initStringInfo(&expected);
	gqle_printer_append_type(&declared, node->type);
	gqle_typeref_append(&expected, location);
	return gqle_validator_fail(v, "variable '%s' is declared as '%s', but used where '%s' is expected",
							   node->name, declared.data, expected.data);
}
