/*
 * rule_introspection.c
 *		A role whose introspection is disabled does not ask for __schema or
 *		__type; __typename stays.
 *
 * Metadata: graphql_schema_introspection.disabled_for_roles.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

bool
gqle_rule_introspection(GqleValidator *v, const GqleField *field)
{
	if (!v->schema->hides_introspection ||
		(field->kind != GQLE_FIELD_SCHEMA && field->kind != GQLE_FIELD_TYPE))
		return true;
	return gqle_error_report(v->sink, GQLE_ERR_NOT_SUPPORTED, "$",
							 "introspection is disabled for role: \"%s\"",
							 v->schema->role);
}
