/*
 * ptrsort.c
 *		Stable sorting of pointers: a bottom-up merge sort.
 */
#include "gqle/gqle.h"

#include "gqle/base/ptrsort.h"

/* Merge the sorted runs [0, half) and [half, n) of from into to. */
static void
merge_runs(const void **from, const void **to, int half, int n,
		   GqleCompare cmp)
{
	int			left = 0;
	int			right = half;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (left < half &&
			(right >= n || cmp(from[left], from[right]) <= 0))
			to[i] = from[left++];
		else
			to[i] = from[right++];
	}
}

void
gqle_ptrsort(const void **items, int n, GqleCompare cmp)
{
	const void **from = items;
	const void **to;
	const void **spare;
	int64		width;

	if (n < 2)
		return;
	spare = palloc(sizeof(void *) * n);
	to = spare;
	for (width = 1; width < n; width *= 2)
	{
		const void **swap = from;
		int64		start;

		for (start = 0; start < n; start += 2 * width)
			merge_runs(from + start, to + start,
					   (int) Min(width, n - start),
					   (int) Min(2 * width, n - start), cmp);
		from = to;
		to = swap;
	}
	if (from != items)
		memcpy(items, from, sizeof(void *) * n);
	pfree(spare);
}
