/*
 * ptrsort.h
 *		Stable sorting of pointers in O(n log n) whatever the input.
 *
 * The server's qsort() is quadratic for input made to hurt it, so what clients
 * send is sorted with this.
 */
#ifndef GQLE_BASE_PTRSORT_H
#define GQLE_BASE_PTRSORT_H

#include "gqle/gqle.h"

typedef int (*GqleCompare) (const void *a, const void *b);

/* cmp is given the pointers themselves, not their addresses. */
extern void gqle_ptrsort(const void **items, int n, GqleCompare cmp);

#endif							/* GQLE_BASE_PTRSORT_H */
