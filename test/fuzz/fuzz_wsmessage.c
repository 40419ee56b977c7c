/*
 * fuzz_wsmessage.c
 *		GraphQL over WebSocket: a message that is read has all that its kind
 *		promises, and one that is not says why.
 */
#include "gqle/gqle.h"

#include "gqle/net/wsmessage.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Look at every byte, for the sanitizer's sake. */
static void
check_line(const char *text)
{
	for (; *text != '\0'; text++)
	{
		if (*text == '\r' || *text == '\n')
			gqle_standalone_abort("a header has more than one line");
	}
}

static void
check_message(const GqleWsMessage *message)
{
	bool		has_id = message->kind == GQLE_WS_START ||
		message->kind == GQLE_WS_STOP;
	int			i;

	if (has_id && (message->id == NULL || strlen(message->id) > 1024))
		gqle_standalone_abort("an operation without an id");
	if (message->kind == GQLE_WS_START &&
		(message->payload == NULL ||
		 gqle_json_lookup(message->payload, "query") == NULL))
		gqle_standalone_abort("an operation without a query");
	if (message->payload != NULL)
		gqle_json_to_text(message->payload);
	for (i = 0; i < message->n_headers; i++)
	{
		if (message->headers[i].name[0] == '\0')
			gqle_standalone_abort("a header without a name");
		check_line(message->headers[i].name);
		check_line(message->headers[i].value);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *error = NULL;
	GqleWsMessage *message = gqle_wsmessage_parse((const char *) data, (int) size,
												  &error);

	if (message != NULL)
		check_message(message);
	else if (error == NULL || error[0] == '\0')
		gqle_standalone_abort("the error says nothing");
	gqle_standalone_reset();
	return 0;
}
