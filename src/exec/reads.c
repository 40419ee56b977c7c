/*
 * reads.c
 *		What the answer of an operation depends on.
 */
#include "gqle/gqle.h"

#include "gqle/catalog/metadata.h"
#include "gqle/exec/op_cache.h"
#include "gqle/exec/reads.h"

static void
add_slot(GqleReads *reads, int slot)
{
	for (int i = 0; i < reads->n; i++)
		if (reads->slots[i] == slot)
			return;
	if (reads->n == GQLE_MAX_READS)
		reads->is_opaque = true;
	else
		reads->slots[reads->n++] = slot;
}

/* See reads.h.  Whatever else, an operation depends on the metadata: they come first. */
void
gqle_reads_find(GqleSpiPlan *const *plans, int n, GqleReads *reads)
{
	reads->n = 0;
	reads->is_opaque = false;
	add_slot(reads, gqle_changes_slot(gqle_metadata_version_relid()));
	for (int i = 0; i < n; i++)
	{
		GqlePlanReads of_plan;
		ListCell   *lc;

		gqle_spi_plan_reads(plans[i], &of_plan);
		foreach(lc, of_plan.relations)
			add_slot(reads, gqle_changes_slot(lfirst_oid(lc)));
		reads->is_opaque = reads->is_opaque || of_plan.is_opaque;
	}
}

/* See reads.h. */
void
gqle_reads_now(const GqleReads *kept, GqleReads *reads)
{
	*reads = *kept;
	reads->is_opaque = reads->is_opaque || !gqle_changes_are_told();
	for (int i = 0; i < reads->n; i++)
		if (gqle_changes_is_unreliable(reads->slots[i]))
			reads->is_opaque = true;
}

/* How often the operation's statements were planned. */
static int
count_plannings(const GqleCompiled *compiled)
{
	int			n = 0;

	for (int i = 0; i < compiled->n_prepared; i++)
		n += gqle_spi_plan_generation(compiled->prepared[i].plan);
	return n;
}

static void
find_reads(const GqleCompiled *compiled, GqleReads *reads)
{
	GqleSpiPlan **plans = palloc(Max(compiled->n_prepared, 1) * sizeof(GqleSpiPlan *));

	for (int i = 0; i < compiled->n_prepared; i++)
		plans[i] = compiled->prepared[i].plan;
	gqle_reads_find(plans, compiled->n_prepared, reads);
	reads->is_opaque = reads->is_opaque || compiled->plan->has_steps;
}

/* See reads.h. */
void
gqle_reads_of(GqleCompiled *compiled, GqleReads *reads)
{
	int			n_plannings = count_plannings(compiled);

	if (compiled->reads == NULL || compiled->reads_plannings != n_plannings)
	{
		if (compiled->reads == NULL)
			compiled->reads = MemoryContextAllocZero(compiled->context, sizeof(GqleReads));
		find_reads(compiled, compiled->reads);
		compiled->reads_plannings = n_plannings;
	}
	gqle_reads_now(compiled->reads, reads);
}
