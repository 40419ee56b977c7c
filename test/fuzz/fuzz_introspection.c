/*
 * fuzz_introspection.c
 *		Answers to introspection queries, from servers that cannot be trusted: every
 *		one is read, or refused with a reason.
 */
#include "gqle/gqle.h"

#include "gqle/lang/sdl.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Touch what a reader of the tree touches. */
static void
check_inputs(const GqleInputDefNode *inputs, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (inputs[i].name == NULL ||
			gqle_sdl_base_name(inputs[i].type) == NULL)
			gqle_standalone_abort("an input has no name or type");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *message = NULL;
	GqleTypeSystemNode *system;
	int i;
	int j;

	system = gqle_introspection_read((const char *) data, (int) size, &message);
	if (system == NULL && message == NULL)
		gqle_standalone_abort("the error says nothing");
	for (i = 0; system != NULL && i < system->n_types; i++)
	{
		const GqleTypeDefNode *type = &system->types[i];

		if (type->name == NULL)
			gqle_standalone_abort("a type has no name");
		check_inputs(type->inputs, type->n_inputs);
		for (j = 0; j < type->n_fields; j++)
		{
			if (gqle_sdl_base_name(type->fields[j].type) == NULL)
				gqle_standalone_abort("a field has no type");
			check_inputs(type->fields[j].args, type->fields[j].n_args);
		}
		for (j = 0; j < type->n_names; j++)
			if (type->names[j] == NULL)
				gqle_standalone_abort("a name is missing");
	}
	if (system != NULL && system->roots[GQLE_OPERATION_QUERY] == NULL)
		gqle_standalone_abort("there is no query root");
	gqle_standalone_reset();
	return 0;
}
