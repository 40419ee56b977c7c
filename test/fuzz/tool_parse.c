/*
 * tool_parse.c
 *		A filter for differential.mjs: documents in, printed documents out.
 *
 * Each document on standard input is preceded by its length in bytes, in
 * decimal on a line of its own.  Each is answered by a line that holds the
 * printed tree as a JSON string, or null if the document was refused.
 */
#include "gqle/gqle.h"

#include "gqle/base/json_write.h"
#include "gqle/lang/parser.h"
#include "gqle/lang/printer.h"

static void
answer(const char *text, int len)
{
	GqleParseError error;
	GqleDocumentNode *document;
	StringInfoData printed;
	StringInfoData line;

	document = gqle_parser_parse_document(text, len, NULL, &error);
	initStringInfo(&line);
	if (document == NULL)
		appendStringInfoString(&line, "null");
	else
	{
		initStringInfo(&printed);
		gqle_printer_append_document(&printed, document);
		gqle_json_write_string(&line, printed.data, printed.len);
	}
	puts(line.data);
}

int
main(void)
{
	int			len;

	while (scanf("%d", &len) == 1)
	{
		char	   *text = palloc(len);

		if (getchar() != '\n' || fread(text, 1, len, stdin) != (size_t) len)
			gqle_standalone_abort("input ends within a document");
		answer(text, len);
		gqle_standalone_reset();
	}
	return 0;
}
