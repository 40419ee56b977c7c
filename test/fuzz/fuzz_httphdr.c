/*
 * fuzz_httphdr.c
 *		Values of HTTP headers, whatever they hold: two lines are an Origin and a
 *		policy, and each is all the others, too.
 */
#include "gqle/gqle.h"

#include "gqle/net/httphdr.h"
#include "gqle/net/pmdeflate.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is found of credentials lies in the header, and holds no blank around it. */
static void
read_credentials(const char *text)
{
	const char *end = text + strlen(text);
	const char *rest = text;
	const char *value;
	int			len = -1;

	value = gqle_httphdr_bearer(text, &len);
	if (value != NULL && (len <= 0 || value < text || value + len > end ||
						  memchr(value, ' ', len) != NULL))
		gqle_standalone_abort("a token that is no word");
	while ((value = gqle_httphdr_next_cookie(&rest, "token", &len)) != NULL)
	{
		if (len < 0 || value < text + 6 || value + len > end || rest > end ||
			memcmp(value - 6, "token=", 6) != 0 || memchr(value, ';', len) != NULL)
			gqle_standalone_abort("a cookie of another name");
	}
	if (*rest != '\0')
		gqle_standalone_abort("not all cookies were looked at");
}

static void
read_value(const char *text)
{
	GqleCacheControl control;
	GqleCorsPolicy *policy;
	const char *error = NULL;
	int64		seconds = 0;

	if (gqle_httphdr_parse_date(text, &seconds) &&
		(seconds < 0 || seconds > INT64CONST(253402300800)))
		gqle_standalone_abort("a date is beyond the calendar");
	gqle_httphdr_parse_cache_control(text, &control);
	if (control.has_max_age && control.max_age < 0)
		gqle_standalone_abort("an age is negative");
	(void) gqle_httphdr_accepted_codings(text);
	if (gqle_httphdr_answer_type(text) > GQLE_ANSWER_NONE)
		gqle_standalone_abort("no such type of answers");
	(void) gqle_httphdr_is_json(text);
	(void) gqle_pmdeflate_is_offered(text);
	read_credentials(text);
	policy = gqle_cors_parse_policy(text, &error);
	if (policy == NULL && error == NULL)
		gqle_standalone_abort("the error says nothing");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = pnstrdup((const char *) data, size);
	char	   *second = strchr(text, '\n');
	GqleCorsPolicy *policy;
	const char *error;

	read_value(text);
	if (second != NULL)
	{
		*second++ = '\0';
		read_value(second);
		policy = gqle_cors_parse_policy(second, &error);
		if (policy != NULL)
			(void) gqle_cors_is_allowed(policy, text);
	}
	gqle_standalone_reset();
	return 0;
}
