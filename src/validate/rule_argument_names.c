/*
 * rule_argument_names.c
 *		Every argument given is one the field or directive has.
 *
 * GraphQL §5.4.1 Argument Names.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

bool
gqle_rule_argument_names(GqleValidator *v, const char *owner, GqleInputField **defs,
						 int n_defs, const GqleArgumentNode *nodes, int n_nodes)
{
	int			i;
	int			j;

	for (i = 0; i < n_nodes; i++)
	{
		for (j = 0; j < n_defs; j++)
		{
			if (strcmp(defs[j]->name, nodes[i].name) == 0)
				break;
		}
		if (j == n_defs)
			return gqle_validator_fail(v, "'%s' has no argument named '%s'",
									   owner, nodes[i].name);
	}
	return true;
}
