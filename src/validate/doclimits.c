/*
 * doclimits.c
 *		Depth and node limits on validated operations.
 *
 * These are the limits an administrator sets per role; those that protect us
 * from documents in general are in limits.h and hold while validating.
 *
 * Depth counts levels of fields below the root fields, nodes count fields with a
 * selection set; __schema, __type and __typename count for neither.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"

#include "gqle/validate/doclimits.h"

static void
measure(GqleSelection **selections, int n, int level, int *depth, int *n_nodes)
{
	int			i;
	int			j;

	check_stack_depth();
	for (i = 0; i < n; i++)
	{
		const GqleSelection *selection = selections[i];

		switch (selection->field->kind)
		{
			case GQLE_FIELD_TYPENAME:
			case GQLE_FIELD_SCHEMA:
			case GQLE_FIELD_TYPE:
				continue;
			default:
				break;
		}
		*depth = Max(*depth, level);
		if (selection->n_children == 0 && selection->n_types == 0)
			continue;
		(*n_nodes)++;
		measure(selection->children, selection->n_children, level + 1, depth, n_nodes);
		for (j = 0; j < selection->n_types; j++)
			measure(selection->types[j].children, selection->types[j].n_children,
					level + 1, depth, n_nodes);
	}
}

void
gqle_doclimits_measure(const GqleOperation *operation, int *depth, int *n_nodes)
{
	*depth = 0;
	*n_nodes = 0;
	measure(operation->roots, operation->n_roots, 0, depth, n_nodes);
}

bool
gqle_doclimits_check(const GqleOperation *operation, const GqleDocLimits *limits,
					 GqleErrorSink *sink)
{
	GqleError  *error = &sink->error;
	int			depth;
	int			n_nodes;

	if (limits->max_depth < 0 && limits->max_nodes < 0)
		return true;
	gqle_doclimits_measure(operation, &depth, &n_nodes);
	if (limits->max_depth >= 0 && depth > limits->max_depth)
	{
		gqle_error_report(sink, GQLE_ERR_CUSTOM, NULL,
						  "the operation is %d levels deep, more than the limit of %d",
						  depth, limits->max_depth);
		error->custom_code = "depth-limit-exceeded";
		return false;
	}
	if (limits->max_nodes >= 0 && n_nodes > limits->max_nodes)
	{
		gqle_error_report(sink, GQLE_ERR_CUSTOM, NULL,
						  "the operation has %d nodes, more than the limit of %d",
						  n_nodes, limits->max_nodes);
		error->custom_code = "node-limit-exceeded";
		return false;
	}
	return true;
}
