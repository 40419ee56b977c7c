/*
 * rule_fragment_names.c
 *		No two fragments have the same name.
 *
 * GraphQL §5.5.1.1 Fragment Name Uniqueness.
 *
 * compat: code parse-failed; fragments nobody uses count, too.
 */
#include "gqle/gqle.h"

#include "gqle/validate/rules.h"

bool
gqle_rule_fragment_names(GqleValidator *v)
{
	int			n = v->document->n_fragments;
	GqleFragment *fragments;
	int			i;

	if (n == 0)
		return true;
	fragments = MemoryContextAllocExtended(v->scratch, sizeof(GqleFragment) * n,
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	v->fragments = gqle_strhash_make(v->scratch, n);
	for (i = 0; i < n; i++)
	{
		const GqleFragmentNode *node = &v->document->fragments[i];

		fragments[i].node = node;
		if (!gqle_strhash_add(v->fragments, node->name, &fragments[i]))
			return gqle_validator_report(v, GQLE_ERR_PARSE_FAILED,
										 "multiple definitions for fragment \"%s\"",
										 node->name);
	}
	return true;
}
