/*
 * rule_operation_choice.c
 *		The request says which one operation of the document to run.
 *
 * GraphQL §5.2.1.1 Operation Name Uniqueness, §5.2.2.1 Lone Anonymous
 * Operation, §6.1 Executing Requests.
 *
 * compat: names may be defined twice, the first one counts.  "{ ... }" counts
 * as anonymous where an operationName is given, "query { ... }" does not.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

static bool
has_shorthand(const GqleValidator *v)
{
	int			i;

	for (i = 0; i < v->document->n_operations; i++)
	{
		const GqleOperationNode *operation = &v->document->operations[i];

		if (operation->name == NULL && v->request->query[operation->offset] == '{')
			return true;
	}
	return false;
}

bool
gqle_rule_operation_choice(GqleValidator *v)
{
	const char *name = v->request->operation_name;
	int			i;

	if (name == NULL)
	{
		if (v->document->n_operations != 1)
			return gqle_validator_fail(v, "exactly one operation has to be present in the document "
									   "when operationName is not specified");
		v->operation = &v->document->operations[0];
		return true;
	}

	if (has_shorthand(v))
		return gqle_validator_fail(v, "operationName cannot be used when an anonymous operation "
								   "exists in the document");
	for (i = 0; i < v->document->n_operations; i++)
	{
		const GqleOperationNode *operation = &v->document->operations[i];

		if (operation->name != NULL && strcmp(operation->name, name) == 0)
		{
			v->operation = operation;
			return true;
		}
	}
	return gqle_validator_fail(v, "no such operation found in the document: \"%s\"",
							   name);
}
