/*
 * selection.c
 *		Reading a validated operation.
 */
#include "postgres.h"

#include "gqle/schema/selection.h"

const GqleInput *
gqle_selection_arg(const GqleSelection *selection, GqleInputRole role)
{
	int			i;

	for (i = 0; i < selection->field->n_args; i++)
	{
		if (selection->field->args[i]->role == role)
			return selection->args[i];
	}
	return NULL;
}

const GqleInput *
gqle_input_entry(const GqleInput *object, GqleInputRole role)
{
	int			i;

	for (i = 0; i < object->n; i++)
	{
		if (object->entries[i].field->role == role)
			return object->entries[i].value;
	}
	return NULL;
}
