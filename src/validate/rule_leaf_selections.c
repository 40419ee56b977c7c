/*
 * rule_leaf_selections.c
 *		Fields of scalar types have no selection set, all others have one.
 *
 * GraphQL §5.3.3 Leaf Field Selections.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

bool
gqle_rule_leaf_has_no_selection(GqleValidator *v, bool has_selection)
{
	if (!has_selection)
		return true;
	return gqle_validator_fail(v, "unexpected subselection set for non-object field");
}

/* Called where the selection set would be: the path ends in "selectionSet". */
bool
gqle_rule_object_has_selection(GqleValidator *v, const GqleType *type,
							   bool has_selection)
{
	if (has_selection)
		return true;
	return gqle_validator_fail(v, "missing selection set for '%s'", type->name);
}
