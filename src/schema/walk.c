/*
 * walk.c
 *		All types of a schema.
 *
 * What introspection and SDL show is what can be reached from the roots.  Only
 * here is a schema ever filled as a whole, so callers use one of their own and
 * throw it away.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/base/strhash.h"
#include "gqle/schema/build.h"

/* Types reached so far; those from next on are still to be visited. */
typedef struct Walk
{
	GqleSchema *schema;
	GqleStrHash *seen;
	GqleType  **types;
	int			n;
	int			allocated;
	int			next;
} Walk;

static void
reach(Walk *walk, GqleType *type)
{
	if (type == NULL || !gqle_strhash_add(walk->seen, type->name, type))
		return;
	if (walk->n == walk->allocated)
	{
		walk->allocated *= 2;
		walk->types = repalloc(walk->types, walk->allocated * sizeof(GqleType *));
	}
	walk->types[walk->n++] = type;
}

static void
reach_inputs(Walk *walk, GqleInputField **inputs, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (!inputs[i]->is_hidden)
			reach(walk, inputs[i]->type.type);
}

/* Fill a type and reach what it refers to. */
static void
visit(Walk *walk, GqleType *type)
{
	int			i;

	gqle_type_fill(walk->schema, type);
	for (i = 0; i < type->n_fields; i++)
	{
		reach(walk, type->fields[i]->type.type);
		reach_inputs(walk, type->fields[i]->args, type->fields[i]->n_args);
	}
	reach_inputs(walk, type->input_fields, type->n_input_fields);
	for (i = 0; i < type->n_interfaces; i++)
		reach(walk, type->interfaces[i]);
	for (i = 0; i < type->n_possible; i++)
		reach(walk, type->possible[i]);
}

/* ------------------------------------------------------------------------
 * Order
 * ------------------------------------------------------------------------ */

static int
compare_types(const void *a, const void *b)
{
	return strcmp((*(GqleType *const *) a)->name, (*(GqleType *const *) b)->name);
}

static int
compare_fields(const void *a, const void *b)
{
	return strcmp((*(GqleField *const *) a)->name, (*(GqleField *const *) b)->name);
}

static int
compare_inputs(const void *a, const void *b)
{
	return strcmp((*(GqleInputField *const *) a)->name,
				  (*(GqleInputField *const *) b)->name);
}

static int
compare_values(const void *a, const void *b)
{
	return strcmp(((const GqleEnumValue *) a)->name, ((const GqleEnumValue *) b)->name);
}

/* qsort, but without a null pointer for nothing */
static void
sort(void *base, int n, size_t size, int (*compare) (const void *, const void *))
{
	if (n > 1)
		qsort(base, n, size, compare);
}

static void
sort_members(GqleType *type)
{
	int			i;

	sort(type->fields, type->n_fields, sizeof(GqleField *), compare_fields);
	for (i = 0; i < type->n_fields; i++)
		sort(type->fields[i]->args, type->fields[i]->n_args, sizeof(GqleInputField *),
			 compare_inputs);
	sort(type->input_fields, type->n_input_fields, sizeof(GqleInputField *),
		 compare_inputs);
	sort(type->values, type->n_values, sizeof(GqleEnumValue), compare_values);
	sort(type->interfaces, type->n_interfaces, sizeof(GqleType *), compare_types);
	sort(type->possible, type->n_possible, sizeof(GqleType *), compare_types);
}

GqleType **
gqle_schema_complete(GqleSchema *schema, int *n)
{
	MemoryContext old_context = MemoryContextSwitchTo(schema->context);
	GqleDirectiveDef *directives;
	Walk		walk = {schema, NULL, NULL, 0, 64, 0};
	int			n_directives;
	int			i;
	int			j;

	walk.seen = gqle_strhash_make(schema->context, 256);
	walk.types = palloc(walk.allocated * sizeof(GqleType *));
	reach(&walk, schema->query);
	reach(&walk, schema->mutation);
	reach(&walk, schema->subscription);
	reach(&walk, gqle_introspect_schema_type(schema));
	directives = gqle_directives_make(schema, &n_directives);
	for (i = 0; i < n_directives; i++)
	{
		for (j = 0; j < directives[i].n_args; j++)
			reach(&walk, directives[i].args[j].type.type);
	}
	while (walk.next < walk.n)
	{
		CHECK_FOR_INTERRUPTS();
		visit(&walk, walk.types[walk.next++]);
	}
	for (i = 0; i < walk.n; i++)
		sort_members(walk.types[i]);
	sort(walk.types, walk.n, sizeof(GqleType *), compare_types);
	MemoryContextSwitchTo(old_context);
	*n = walk.n;
	return walk.types;
}
