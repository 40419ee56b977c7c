/*
 * fuzz_jsonpath.c
 *		Paths into JSON: the first line is a path, the rest what it leads into.
 *		A path that is shown and read again is shown alike.
 */
#include "gqle/gqle.h"

#include "gqle/net/jsonpath.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = pnstrdup((const char *) data, size);
	char	   *json_text = strchr(text, '\n');
	const char *error = NULL;
	GqleJsonError json_error;
	GqleJsonPath *path;
	GqleJson   *json;

	if (json_text != NULL)
		*json_text++ = '\0';
	path = gqle_jsonpath_parse(text, &error);
	if (path == NULL && error == NULL)
		gqle_standalone_abort("the error says nothing");
	if (path != NULL)
	{
		StringInfoData shown;
		StringInfoData again;

		initStringInfo(&shown);
		initStringInfo(&again);
		gqle_jsonpath_append(&shown, path);
		gqle_jsonpath_append(&again, gqle_jsonpath_parse(shown.data, &error));
		if (strcmp(shown.data, again.data) != 0)
			gqle_standalone_abort("a path is shown in two ways");
		json = json_text == NULL ? NULL :
			gqle_json_parse(json_text, strlen(json_text), &json_error);
		if (json != NULL && (json = gqle_jsonpath_get(path, json)) != NULL)
			gqle_json_to_text(json);
	}
	gqle_standalone_reset();
	return 0;
}
