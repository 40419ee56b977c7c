/*
 * fuzz_kriti.c
 *		Kriti: the first line is JSON for $body, the rest a template.  What is made
 *		can be written and read again, and an error says where it is.
 */
#include "gqle/gqle.h"

#include "gqle/lang/kriti.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_error(const GqleKritiError *error)
{
	StringInfoData out;

	if (error->code == NULL || error->message == NULL || error->span.start.column < 1)
		gqle_standalone_abort("the error says nothing");
	initStringInfo(&out);
	gqle_kriti_append_error(&out, error);
}

static void
check_result(const GqleJson *result)
{
	StringInfoData out;
	GqleJsonError error;
	GqleJson   *again;

	initStringInfo(&out);
	gqle_kriti_append_json(&out, result);
	again = gqle_json_parse(out.data, out.len, &error);
	if (again == NULL && strcmp(error.message, "nested too deeply") != 0)
		gqle_standalone_abort("the result is no JSON");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;
	const char *line = memchr(text, '\n', size);
	GqleJson   *variables = gqle_json_make_object();
	GqleKritiContext context = {.variables = variables};
	GqleJsonError json_error;
	GqleKritiError error;
	GqleKritiNode *template;
	GqleJson   *body = NULL;

	if (line != NULL)
	{
		body = gqle_json_parse(text, (int) (line - text), &json_error);
		size -= line + 1 - text;
		text = line + 1;
	}
	gqle_json_object_set(variables, "$body", body != NULL ? body : gqle_json_make_null());
	gqle_json_object_set(variables, "$", variables->members[0].value);
	template = gqle_kriti_parse(text, (int) size, &error);
	if (template == NULL)
		check_error(&error);
	else
	{
		const GqleJson *result = gqle_kriti_eval(template, &context, &error);

		if (result == NULL)
			check_error(&error);
		else
			check_result(result);
	}
	gqle_standalone_reset();
	return 0;
}
