/*
 * fuzz_json.c
 *		JSON: what is read must be written so that it reads back equal.
 */
#include "gqle/gqle.h"

#include "gqle/base/json_read.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GqleJsonError error = {-1, NULL};
	GqleJson   *value = gqle_json_parse((const char *) data, (int) size, &error);

	if (value == NULL)
	{
		if (error.offset < 0 || error.offset > (int) size ||
			error.message == NULL)
			gqle_standalone_abort("the error says nothing");
	}
	else
	{
		char	   *text = gqle_json_to_text(value);
		GqleJson   *again = gqle_json_parse(text, (int) strlen(text), &error);

		if (again == NULL || !gqle_json_equal(value, again) ||
			strcmp(gqle_json_to_text(again), text) != 0)
			gqle_standalone_abort("written text reads as something else");
	}
	gqle_standalone_reset();
	return 0;
}
