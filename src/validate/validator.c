/*
 * validator.c
 *		The state of a validation: the path of the walk, names of the document.
 */
#include "gqle/gqle.h"

#include "gqle/limits.h"
#include "gqle/validate/validator.h"

int
gqle_validator_enter_key(GqleValidator *v, const char *key)
{
	int			mark = v->path.len;

	gqle_error_append_path_key(&v->path, key);
	return mark;
}

int
gqle_validator_enter_index(GqleValidator *v, int index)
{
	int			mark = v->path.len;

	gqle_error_append_path_index(&v->path, index);
	return mark;
}

const char *
gqle_validator_copy_path(GqleValidator *v)
{
	v->path_bytes += v->path.len + 1;
	if (v->path_bytes > GQLE_MAX_PATH_BYTES)
	{
		gqle_validator_fail(v, "the operation has too many deeply nested fields and values");
		return NULL;
	}
	return pnstrdup(v->path.data, v->path.len);
}

GqleVariable *
gqle_validator_lookup_variable(const GqleValidator *v, const char *name)
{
	return v->variables_by_name == NULL ? NULL :
		gqle_strhash_lookup(v->variables_by_name, name);
}

GqleFragment *
gqle_validator_lookup_fragment(const GqleValidator *v, const char *name)
{
	return v->fragments == NULL ? NULL : gqle_strhash_lookup(v->fragments, name);
}

void
gqle_validator_pin(GqleValidator *v)
{
	if (v->in_variable != NULL)
		gqle_shape_pin(v->shape, v->in_variable->node->name, v->n_steps, v->steps);
}

void
gqle_validator_mark_structure(GqleValidator *v)
{
	if (v->in_variable != NULL)
		gqle_shape_structure(v->shape, v->in_variable->node->name, v->n_steps, v->steps);
}

void
gqle_validator_push_step(GqleValidator *v, const char *key, int index)
{
	if (v->n_steps == v->max_steps)
	{
		v->max_steps = v->max_steps > 0 ? v->max_steps * 2 : 16;
		if (v->steps == NULL)
			v->steps = MemoryContextAlloc(v->scratch, sizeof(GqleLeafStep) * v->max_steps);
		else
			v->steps = repalloc(v->steps, sizeof(GqleLeafStep) * v->max_steps);
	}
	v->steps[v->n_steps].key = key;
	v->steps[v->n_steps].index = index;
	v->n_steps++;
}

void
gqle_validator_make_leaf(GqleValidator *v, GqleLeaf *leaf)
{
	int			i;

	gqle_shape_opaque(v->shape, v->in_variable->node->name, v->n_steps, v->steps);
	leaf->source = GQLE_LEAF_VARIABLE;
	leaf->variable = pstrdup(v->in_variable->node->name);
	leaf->variable_index = v->in_variable->index;
	leaf->n_steps = v->n_steps;
	if (v->n_steps == 0)
		return;
	leaf->steps = palloc(sizeof(GqleLeafStep) * v->n_steps);
	for (i = 0; i < v->n_steps; i++)
	{
		leaf->steps[i] = v->steps[i];
		if (leaf->steps[i].key != NULL)
			leaf->steps[i].key = pstrdup(leaf->steps[i].key);
	}
}
