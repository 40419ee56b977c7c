/*
 * collect.c
 *		The fields of a selection set: fragments flattened, excluded parts left
 *		out, fields of one response key merged.
 *
 * GraphQL §6.3.2 Field Collection; the merging rule itself is in
 * rule_field_merge.c.
 *
 * A fragment is gone through at most once per collection: spread a second time
 * it would add fields that are there already.  So fragments that spread each
 * other twice at every level cost no more than their text, unless aliases make
 * answers of different keys out of them; those are counted.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"

#include "gqle/limits.h"
#include "gqle/validate/rules.h"

/* Below this many fields a look through them is faster than hashing. */
#define FEW_FIELDS 12

typedef struct Collection
{
	GqleValidator *v;
	const GqleType *type;
	int			number;			/* of this collection */
	int			n;
	int			max;
	GqleCollectedField **fields;
	GqleStrHash *by_key;		/* once there are more than a few */
	List	   *conditions;		/* names of types, of interfaces and unions */
	List	   *repeated;		/* fields that came again, and the nodes of */
	List	   *repeated_nodes; /* their repetitions */
} Collection;

static bool check_merges(Collection *c);
static bool flatten_set(Collection *c, const GqleSelectionSetNode *set);
static bool flatten_field(Collection *c, const GqleSelectionNode *node);
static bool flatten_fragment(Collection *c, const GqleSelectionNode *node);
static void note_condition(Collection *c, const char *condition);
static bool applies_to(const GqleType *type, const char *condition);
static GqleCollectedField *lookup_field(Collection *c, const char *key);
static GqleCollectedField *add_field(Collection *c, const char *key,
									 const GqleSelectionNode *node);
static void add_set(GqleSelectionSets *sets, const GqleSelectionSetNode *set);

bool
gqle_collect_fields(GqleValidator *v, const GqleType *type, const GqleSelectionSets *sets,
					GqleCollectedField ***fields, int *n_fields, List **conditions)
{
	Collection	c = {0};
	int			i;

	c.v = v;
	c.type = type;
	c.number = ++v->n_collections;
	for (i = 0; i < sets->n; i++)
	{
		if (!flatten_set(&c, sets->items[i]))
			return false;
	}
	*fields = c.fields;
	*n_fields = c.n;
	if (conditions != NULL)
		*conditions = c.conditions;
	return check_merges(&c);
}

/*
 * compat: Hasura flattens a set before it merges any of its fields, so mistakes
 * in directives come before those in merging.
 */
static bool
check_merges(Collection *c)
{
	ListCell   *field_cell;
	ListCell   *node_cell;

	forboth(field_cell, c->repeated, node_cell, c->repeated_nodes)
	{
		const GqleCollectedField *field = lfirst(field_cell);

		if (!gqle_rule_field_merge(c->v, field->node, lfirst(node_cell),
								   field->response_key))
			return false;
	}
	return true;
}

static bool
flatten_set(Collection *c, const GqleSelectionSetNode *set)
{
	int			i;

	check_stack_depth();
	for (i = 0; i < set->n; i++)
	{
		const GqleSelectionNode *node = set->items[i];
		bool		ok;

		CHECK_FOR_INTERRUPTS();
		if (++c->v->n_selections > GQLE_MAX_SELECTIONS)
			return gqle_validator_fail(c->v, "the operation selects more than %d fields once "
									   "its fragments are expanded",
									   GQLE_MAX_SELECTIONS);
		if (node->kind == GQLE_SELECTION_FIELD)
			ok = flatten_field(c, node);
		else
			ok = flatten_fragment(c, node);
		if (!ok)
			return false;
	}
	return true;
}

static bool
flatten_field(Collection *c, const GqleSelectionNode *node)
{
	const char *key = node->alias != NULL ? node->alias : node->name;
	GqleDirectives directives;
	GqleCollectedField *field;
	MemoryContext old;

	if (!gqle_rule_directives(c->v, node->directives, node->n_directives,
							  GQLE_LOCATION_FIELD, &directives))
		return false;
	if (directives.is_excluded)
		return true;

	old = MemoryContextSwitchTo(c->v->scratch);
	field = lookup_field(c, key);
	if (field == NULL)
		field = add_field(c, key, node);
	else
	{
		c->repeated = lappend(c->repeated, field);
		c->repeated_nodes = lappend(c->repeated_nodes, unconstify(GqleSelectionNode *, node));
	}
	if (node->set != NULL)
		add_set(&field->sets, node->set);
	MemoryContextSwitchTo(old);
	return true;
}

static bool
flatten_fragment(Collection *c, const GqleSelectionNode *node)
{
	bool		is_spread = node->kind == GQLE_SELECTION_SPREAD;
	const char *condition = node->name;
	const GqleSelectionSetNode *set = node->set;
	GqleFragment *fragment = NULL;
	GqleDirectives directives;

	if (!gqle_rule_directives(c->v, node->directives, node->n_directives,
							  is_spread ? GQLE_LOCATION_FRAGMENT_SPREAD :
							  GQLE_LOCATION_INLINE_FRAGMENT, &directives))
		return false;
	if (is_spread)
	{
		fragment = gqle_validator_lookup_fragment(c->v, node->name);
		condition = fragment->node->type_condition;
		set = fragment->node->set;
	}

	/* compat: a fragment on another type is no mistake, it does not apply */
	if (directives.is_excluded)
		return true;
	if (!applies_to(c->type, condition))
	{
		note_condition(c, condition);
		return true;
	}
	if (fragment != NULL)
	{
		if (fragment->collected == c->number)
			return true;
		fragment->collected = c->number;
	}
	return flatten_set(c, set);
}

/* Remember the types that fragments on an interface or union name. */
static void
note_condition(Collection *c, const char *condition)
{
	MemoryContext old;
	ListCell   *lc;

	if (c->type->kind == GQLE_TYPE_OBJECT || condition == NULL)
		return;
	foreach(lc, c->conditions)
	{
		if (strcmp(lfirst(lc), condition) == 0)
			return;
	}
	old = MemoryContextSwitchTo(c->v->scratch);
	c->conditions = lappend(c->conditions, unconstify(char *, condition));
	MemoryContextSwitchTo(old);
}

static bool
applies_to(const GqleType *type, const char *condition)
{
	int			i;

	if (condition == NULL || strcmp(condition, type->name) == 0)
		return true;
	for (i = 0; i < type->n_interfaces; i++)
	{
		if (strcmp(condition, type->interfaces[i]->name) == 0)
			return true;
	}
	return false;
}

static GqleCollectedField *
lookup_field(Collection *c, const char *key)
{
	int			i;

	if (c->by_key != NULL)
		return gqle_strhash_lookup(c->by_key, key);
	for (i = 0; i < c->n; i++)
	{
		if (strcmp(c->fields[i]->response_key, key) == 0)
			return c->fields[i];
	}
	return NULL;
}

static GqleCollectedField *
add_field(Collection *c, const char *key, const GqleSelectionNode *node)
{
	GqleCollectedField *field = palloc0(sizeof(GqleCollectedField));
	int			i;

	field->response_key = key;
	field->node = node;
	if (c->n == c->max)
	{
		c->max = c->max > 0 ? c->max * 2 : 8;
		if (c->fields == NULL)
			c->fields = palloc(sizeof(c->fields[0]) * c->max);
		else
			c->fields = repalloc(c->fields, sizeof(c->fields[0]) * c->max);
	}
	c->fields[c->n++] = field;

	if (c->by_key != NULL)
		gqle_strhash_add(c->by_key, key, field);
	else if (c->n > FEW_FIELDS)
	{
		c->by_key = gqle_strhash_make(c->v->scratch, c->n * 2);
		for (i = 0; i < c->n; i++)
			gqle_strhash_add(c->by_key, c->fields[i]->response_key, c->fields[i]);
	}
	return field;
}

static void
add_set(GqleSelectionSets *sets, const GqleSelectionSetNode *set)
{
	if (sets->n == sets->max)
	{
		sets->max = sets->max > 0 ? sets->max * 2 : 1;
		if (sets->items == NULL)
			sets->items = palloc(sizeof(sets->items[0]) * sets->max);
		else
			sets->items = repalloc(sets->items, sizeof(sets->items[0]) * sets->max);
	}
	sets->items[sets->n++] = set;
}
