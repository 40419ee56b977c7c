/*
 * fuzz_tracecontext.c
 *		Trace contexts: what is taken has nothing but hexadecimal digits, since it
 *		goes into JSON and into headers of other requests.
 */
#include "gqle/gqle.h"

#include "gqle/net/tracecontext.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const GqleTraceContext *context)
{
	if (strlen(context->trace_id) != GQLE_TRACE_ID_LEN ||
		strspn(context->trace_id, "0123456789abcdef") != GQLE_TRACE_ID_LEN ||
		strlen(context->span_id) != GQLE_SPAN_ID_LEN ||
		strspn(context->span_id, "0123456789abcdef") != GQLE_SPAN_ID_LEN)
		gqle_standalone_abort("a trace context is not what it should be");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = malloc(size + 1);
	char	   *span;
	GqleTraceContext context;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (gqle_trace_read_parent(text, &context))
		check(&context);
	span = strchr(text, ',');
	if (span != NULL)
	{
		*span++ = '\0';
		if (gqle_trace_read_b3(text, span, NULL, &context))
			check(&context);
	}
	free(text);
	return 0;
}
