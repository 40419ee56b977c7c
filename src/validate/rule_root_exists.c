/*
 * rule_root_exists.c
 *		The role's schema has a root for this kind of operation.
 *
 * GraphQL §3.3.1 Root Operation Types.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

bool
gqle_rule_root_exists(GqleValidator *v)
{
	switch (v->operation->type)
	{
		case GQLE_OPERATION_QUERY:
			v->root = v->schema->query;
			break;
		case GQLE_OPERATION_MUTATION:
			v->root = v->schema->mutation;
			if (v->root == NULL)
				return gqle_validator_fail(v, "no mutations exist");
			break;
		case GQLE_OPERATION_SUBSCRIPTION:
			v->root = v->schema->subscription;
			if (v->root == NULL)
				return gqle_validator_fail(v, "no subscriptions exist");
			break;
	}
	return true;
}
