/*
 * rule_subscription_root.c
 *		A subscription selects one root field, and not __typename.
 *
 * GraphQL §5.2.3.1 Single Root Field.
 *
 * compat: counted are the entries of the selection set as written, a fragment
 * being one, excluded fields included.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

bool
gqle_rule_subscription_root(GqleValidator *v, const GqleOperation *operation)
{
	GqleDirectives directives;
	int			i;

	if (!gqle_rule_directives(v, v->operation->directives, v->operation->n_directives,
							  GQLE_LOCATION_SUBSCRIPTION, &directives))
		return false;
	if (v->operation->set->n > 1 && !directives.many_roots)
		return gqle_validator_fail(v, "subscriptions must select one top level field");

	for (i = 0; i < operation->n_roots; i++)
	{
		switch (operation->roots[i]->field->kind)
		{
			case GQLE_FIELD_TYPENAME:
			case GQLE_FIELD_SCHEMA:
			case GQLE_FIELD_TYPE:
				return gqle_validator_report(v, GQLE_ERR_NOT_SUPPORTED,
											 "Introspection at root field level is not "
											 "supported over subscriptions");
			default:
				break;
		}
	}
	return true;
}
