/*
 * fuzz_sdl.c
 *		Documents in the schema definition language: parsed, or refused with a reason.
 */
#include "gqle/gqle.h"

#include "gqle/lang/printer.h"
#include "gqle/lang/sdl.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
print_inputs(StringInfo out, const GqleInputDefNode *inputs, int n)
{
	int i;

	for (i = 0; i < n; i++)
	{
		gqle_printer_append_type(out, inputs[i].type);
		if (inputs[i].default_value != NULL)
			gqle_printer_append_value(out, inputs[i].default_value);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GqleParseError error = {0};
	GqleTypeSystemNode *system = gqle_sdl_parse((const char *) data, (int) size,
												&error);
	StringInfoData out;
	int i;
	int j;

	initStringInfo(&out);
	if (system == NULL &&
		(error.message == NULL || error.line < 1 || error.column < 1))
		gqle_standalone_abort("the error says nothing");
	for (i = 0; system != NULL && i < system->n_types; i++)
	{
		const GqleTypeDefNode *type = &system->types[i];

		print_inputs(&out, type->inputs, type->n_inputs);
		for (j = 0; j < type->n_fields; j++)
		{
			gqle_printer_append_type(&out, type->fields[j].type);
			print_inputs(&out, type->fields[j].args, type->fields[j].n_args);
		}
	}
	gqle_standalone_reset();
	return 0;
}
