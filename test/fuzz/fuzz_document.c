/*
 * fuzz_document.c
 *		Documents, values and types: what parses must print so that it parses
 *		to what prints the same.
 */
#include "gqle/gqle.h"

#include "gqle/lang/parser.h"
#include "gqle/lang/printer.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Print what the text parses to as each kind; NULL where it does not parse. */
static void
print_parsed(const char *text, int len, char *printed[3])
{
	GqleParseError error;
	GqleDocumentNode *document;
	GqleValueNode *value;
	GqleTypeNode *type;
	StringInfoData out[3];
	int			i;

	for (i = 0; i < 3; i++)
		initStringInfo(&out[i]);
	document = gqle_parser_parse_document(text, len, NULL, &error);
	if (document != NULL)
		gqle_printer_append_document(&out[0], document);
	else if (error.offset < 0 || error.offset > len || error.line < 1 ||
			 error.column < 1 || error.message == NULL)
		gqle_standalone_abort("the error says nothing");
	value = gqle_parser_parse_value(text, len, &error);
	if (value != NULL)
		gqle_printer_append_value(&out[1], value);
	type = gqle_parser_parse_type(text, len, &error);
	if (type != NULL)
		gqle_printer_append_type(&out[2], type);

	printed[0] = document != NULL ? out[0].data : NULL;
	printed[1] = value != NULL ? out[1].data : NULL;
	printed[2] = type != NULL ? out[2].data : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *printed[3];
	int			i;

	print_parsed((const char *) data, (int) size, printed);
	for (i = 0; i < 3; i++)
	{
		char	   *again[3];

		if (printed[i] == NULL)
			continue;
		print_parsed(printed[i], (int) strlen(printed[i]), again);
		if (again[i] == NULL || strcmp(again[i], printed[i]) != 0)
			gqle_standalone_abort("printed text parses to something else");
	}
	gqle_standalone_reset();
	return 0;
}
