/*
 * rules.c
 *		The list of rules about a document as a whole, in Hasura's order.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

typedef bool (*DocumentRule) (GqleValidator *v);

static const DocumentRule document_rules[] = {
	gqle_rule_operation_choice,
	gqle_rule_fragment_names,
	gqle_rule_fragment_spreads,
	gqle_rule_root_exists,
	gqle_rule_variable_values,
	gqle_rule_variable_names,
	gqle_rule_variables_defined,
	gqle_rule_variables_expected
};

bool
gqle_rules_check_document(GqleValidator *v)
{
	Size		i;

	for (i = 0; i < lengthof(document_rules); i++)
	{
		if (!document_rules[i] (v))
			return false;
	}
	return true;
}

bool
gqle_rules_is_name(const char *text)
{
	const char *c;

	if (*text == '\0' || (*text >= '0' && *text <= '9'))
		return false;
	for (c = text; *c != '\0'; c++)
	{
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			  (*c >= '0' && *c <= '9') || *c == '_'))
			return false;
	}
	return true;
}
