/*
 * rule_field_merge.c
 *		Fields that answer under one response key are the same field with the
 *		same arguments.
 *
 * GraphQL §5.3.2 Field Selection Merging.
 *
 * compat: arguments are equal if they are written alike, in whatever order; a
 * variable equals only itself, not the literal it stands for.  What is selected
 * below is merged when the walk gets there.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"

#include "gqle/base/ptrsort.h"
#include "gqle/validate/rules.h"

static bool arguments_equal(const GqleSelectionNode *a, const GqleSelectionNode *b);
static bool values_equal(const GqleValueNode *a, const GqleValueNode *b);
static bool objects_equal(const GqleValueNode *a, const GqleValueNode *b);

bool
gqle_rule_field_merge(GqleValidator *v, const GqleSelectionNode *first,
					  const GqleSelectionNode *other, const char *response_key)
{
	MemoryContext old;
	bool		equal;

	if (strcmp(first->name, other->name) != 0)
		return gqle_validator_fail(v, "selection of both '%s' and '%s' specify the same "
								   "response name, '%s'",
								   first->name, other->name, response_key);
	old = MemoryContextSwitchTo(v->scratch);
	equal = arguments_equal(first, other);
	MemoryContextSwitchTo(old);
	if (!equal)
		return gqle_validator_fail(v, "inconsistent arguments between multiple selections of "
								   "field '%s'",
								   first->name);
	return true;
}

static int
compare_arguments(const void *a, const void *b)
{
	return strcmp(((const GqleArgumentNode *) a)->name,
				  ((const GqleArgumentNode *) b)->name);
}

static int
compare_fields(const void *a, const void *b)
{
	return strcmp(((const GqleObjectFieldNode *) a)->name,
				  ((const GqleObjectFieldNode *) b)->name);
}

/* Pointers to the n entries of an array, sorted. */
static const void **
sort_entries(const void *entries, int n, Size size, GqleCompare compare)
{
	const void **sorted = palloc(sizeof(void *) * n);
	int			i;

	for (i = 0; i < n; i++)
		sorted[i] = (const char *) entries + i * size;
	gqle_ptrsort(sorted, n, compare);
	return sorted;
}

static bool
arguments_equal(const GqleSelectionNode *a, const GqleSelectionNode *b)
{
	const void **a_sorted;
	const void **b_sorted;
	int			i;

	if (a->n_args != b->n_args)
		return false;
	if (a->n_args == 0)
		return true;

	a_sorted = sort_entries(a->args, a->n_args, sizeof(a->args[0]), compare_arguments);
	b_sorted = sort_entries(b->args, b->n_args, sizeof(b->args[0]), compare_arguments);
	for (i = 0; i < a->n_args; i++)
	{
		const GqleArgumentNode *a_arg = a_sorted[i];
		const GqleArgumentNode *b_arg = b_sorted[i];

		if (strcmp(a_arg->name, b_arg->name) != 0 ||
			!values_equal(a_arg->value, b_arg->value))
			return false;
	}
	return true;
}

static bool
values_equal(const GqleValueNode *a, const GqleValueNode *b)
{
	int			i;

	if (a->kind != b->kind)
		return false;
	switch (a->kind)
	{
		case GQLE_VALUE_NULL:
			return true;
		case GQLE_VALUE_BOOLEAN:
			return a->boolean == b->boolean;
		case GQLE_VALUE_VARIABLE:
		case GQLE_VALUE_INT:
		case GQLE_VALUE_FLOAT:
		case GQLE_VALUE_STRING:
		case GQLE_VALUE_ENUM:
			return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
		case GQLE_VALUE_LIST:
			check_stack_depth();
			if (a->n != b->n)
				return false;
			for (i = 0; i < a->n; i++)
			{
				if (!values_equal(a->items[i], b->items[i]))
					return false;
			}
			return true;
		case GQLE_VALUE_OBJECT:
			return objects_equal(a, b);
	}
	pg_unreachable();
}

static bool
objects_equal(const GqleValueNode *a, const GqleValueNode *b)
{
	const void **a_sorted;
	const void **b_sorted;
	int			i;

	check_stack_depth();
	if (a->n != b->n)
		return false;
	if (a->n == 0)
		return true;

	a_sorted = sort_entries(a->fields, a->n, sizeof(a->fields[0]), compare_fields);
	b_sorted = sort_entries(b->fields, b->n, sizeof(b->fields[0]), compare_fields);
	for (i = 0; i < a->n; i++)
	{
		const GqleObjectFieldNode *a_field = a_sorted[i];
		const GqleObjectFieldNode *b_field = b_sorted[i];

		if (strcmp(a_field->name, b_field->name) != 0 ||
			!values_equal(a_field->value, b_field->value))
			return false;
	}
	return true;
}
