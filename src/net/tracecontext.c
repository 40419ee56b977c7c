/*
 * tracecontext.c
 *		Whose part a request is: trace contexts of W3C and of B3.
 *
 * What comes from a client goes into logs, settings and other requests, so it is
 * taken only if it is exactly what it should be.
 */
#include "gqle/gqle.h"

#include "gqle/net/tracecontext.h"

#define SHORT_TRACE_LEN 16		/* of B3: the lower half */

/* Copy that many hexadecimal digits in lower case; false if they aren't, or all 0. */
static bool
copy_id(char *to, const char *text, int len)
{
	bool		is_zero = true;
	int			i;

	for (i = 0; i < len; i++)
	{
		char		c = text[i];

		if (c >= 'A' && c <= 'F')
			c += 'a' - 'A';
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		is_zero &= c == '0';
		to[i] = c;
	}
	to[len] = '\0';
	return !is_zero;
}

/* 00-<trace>-<span>-<flags>; versions to come may have more after that. */
bool
gqle_trace_read_parent(const char *text, GqleTraceContext *context)
{
	GqleTraceContext read;
	char		version[3];
	char		flags[3];
	int			len = strlen(text);

	if (len < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-' ||
		(len > 55 && text[55] != '-'))
		return false;
	(void) copy_id(version, text, 2);
	if (strncmp(text, "ff", 2) == 0 ||
		(strncmp(text, "00", 2) == 0 ? len != 55 : !copy_id(version, text, 2)) ||
		!copy_id(read.trace_id, text + 3, GQLE_TRACE_ID_LEN) ||
		!copy_id(read.span_id, text + 36, GQLE_SPAN_ID_LEN) ||
		(strncmp(text + 53, "00", 2) != 0 && !copy_id(flags, text + 53, 2)))
		return false;
	/* the lowest bit of a hexadecimal digit: odd ones, and b, d, f */
	read.is_sampled = strchr("13579bdfBDF", text[54]) != NULL;
	*context = read;
	return true;
}

bool
gqle_trace_read_b3(const char *trace_id, const char *span_id, const char *sampled,
				   GqleTraceContext *context)
{
	GqleTraceContext read;
	int			len = trace_id != NULL ? strlen(trace_id) : 0;
	int			pad = GQLE_TRACE_ID_LEN - len;

	if ((len != GQLE_TRACE_ID_LEN && len != SHORT_TRACE_LEN) || span_id == NULL ||
		strlen(span_id) != GQLE_SPAN_ID_LEN ||
		!copy_id(read.trace_id + pad, trace_id, len) ||
		!copy_id(read.span_id, span_id, GQLE_SPAN_ID_LEN))
		return false;
	memset(read.trace_id, '0', pad);
	read.is_sampled = sampled == NULL || strcmp(sampled, "1") == 0 ||
		strcmp(sampled, "true") == 0;
	*context = read;
	return true;
}

char *
gqle_trace_parent_text(const GqleTraceContext *context)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "00-%s-%s-%s", context->trace_id, context->span_id,
					 context->is_sampled ? "01" : "00");
	return out.data;
}
