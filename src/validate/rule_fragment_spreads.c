/*
 * rule_fragment_spreads.c
 *		Every spread names a defined fragment, and none spreads itself.
 *
 * GraphQL §5.5.2.1 Fragment Spread Target Defined, §5.5.2.2 Fragment Spreads
 * Must Not Form Cycles.
 *
 * compat: only what the chosen operation reaches is looked at, each fragment
 * where it is first reached.  The path tells the way down, with the names of
 * fragments as steps; inline fragments are no step.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"

#include "gqle/limits.h"
#include "gqle/validate/rules.h"

static bool check_set(GqleValidator *v, const GqleSelectionSetNode *set,
					  GqleFragment *within, int depth, int *height);
static bool check_spread(GqleValidator *v, const GqleSelectionNode *spread,
						 GqleFragment *within, int depth, int *height);
static bool report_cycle(GqleValidator *v, const GqleFragment *fragment,
						 const GqleFragment *within);

bool
gqle_rule_fragment_spreads(GqleValidator *v)
{
	int			height;

	return check_set(v, v->operation->set, NULL, 0, &height);
}

static bool
fail_depth(GqleValidator *v)
{
	return gqle_validator_fail(v, "the operation is nested deeper than %d levels once its "
							   "fragments are expanded",
							   GQLE_MAX_FRAGMENT_DEPTH);
}

/*
 * depth is how many sets enclose this one, *height becomes how many it holds
 * below one another, itself included.
 */
static bool
check_set(GqleValidator *v, const GqleSelectionSetNode *set, GqleFragment *within,
		  int depth, int *height)
{
	int			i;

	check_stack_depth();
	if (depth >= GQLE_MAX_FRAGMENT_DEPTH)
		return fail_depth(v);
	*height = 1;
	for (i = 0; i < set->n; i++)
	{
		const GqleSelectionNode *node = set->items[i];
		int			mark = v->path.len;
		int			below = 0;
		bool		ok = true;

		CHECK_FOR_INTERRUPTS();
		switch (node->kind)
		{
			case GQLE_SELECTION_FIELD:
				if (node->set == NULL)
					break;
				gqle_validator_enter_key(v, "selectionSet");
				gqle_validator_enter_key(v, node->name);
				ok = check_set(v, node->set, within, depth + 1, &below);
				break;
			case GQLE_SELECTION_INLINE:
				ok = check_set(v, node->set, within, depth + 1, &below);
				break;
			case GQLE_SELECTION_SPREAD:
				gqle_validator_enter_key(v, "selectionSet");
				ok = check_spread(v, node, within, depth + 1, &below);
				break;
		}
		if (!ok)
			return false;
		*height = Max(*height, below + 1);
		gqle_validator_leave(v, mark);
	}
	return true;
}

static bool
check_spread(GqleValidator *v, const GqleSelectionNode *spread, GqleFragment *within,
			 int depth, int *height)
{
	GqleFragment *fragment = gqle_validator_lookup_fragment(v, spread->name);

	if (fragment == NULL)
		return gqle_validator_fail(v, "reference to undefined fragment \"%s\"",
								   spread->name);
	if (fragment->spreads == GQLE_FRAGMENT_DONE)
	{
		*height = fragment->height;
		return depth + fragment->height <= GQLE_MAX_FRAGMENT_DEPTH || fail_depth(v);
	}
	if (fragment->spreads == GQLE_FRAGMENT_OPEN)
		return report_cycle(v, fragment, within);

	gqle_validator_enter_key(v, spread->name);
	fragment->spreads = GQLE_FRAGMENT_OPEN;
	fragment->spread_by = within;
	if (!check_set(v, fragment->node->set, fragment, depth, height))
		return false;
	fragment->spreads = GQLE_FRAGMENT_DONE;
	fragment->height = *height;
	return true;
}

/* "a", "a and b" or "a, b, and c", from the repeated fragment on down. */
static bool
report_cycle(GqleValidator *v, const GqleFragment *fragment,
			 const GqleFragment *within)
{
	List	   *names = NIL;
	const GqleFragment *open;
	StringInfoData text;
	int			i;

	for (open = within; open != fragment; open = open->spread_by)
		names = lappend(names, (void *) open->node->name);
	names = lappend(names, (void *) fragment->node->name);

	initStringInfo(&text);
	for (i = list_length(names) - 1; i >= 0; i--)
	{
		appendStringInfoString(&text, list_nth(names, i));
		if (i == 0)
			break;
		if (list_length(names) > 2)
			appendStringInfoString(&text, ", ");
		else
			appendStringInfoChar(&text, ' ');
		if (i == 1)
			appendStringInfoString(&text, "and ");
	}
	return gqle_validator_fail(v, "the fragment definition(s) %s form a cycle",
							   text.data);
}
