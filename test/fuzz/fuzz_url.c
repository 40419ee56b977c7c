/*
 * fuzz_url.c
 *		URLs, percent signs, variables in texts, and heads of answers: the input is
 *		each of them, its first line the URL.
 */
#include "gqle/gqle.h"

#include "gqle/base/percent.h"
#include "gqle/net/envtext.h"
#include "gqle/net/http.h"
#include "gqle/net/url.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is put together of a URL's parts is the URL, but for an empty port. */
static void
read_url(const char *text)
{
	GqleUrl		url;
	GqleUrl		again;
	char	   *whole;

	if (!gqle_url_parse(text, &url))
		return;
	if (url.port < 0 || url.port > 65535 || url.host[0] == '\0')
		gqle_standalone_abort("a URL without host or port");
	whole = gqle_url_with_query(&url, url.query);
	if (!gqle_url_parse(whole, &again) || strcmp(again.host, url.host) != 0 ||
		again.port != url.port || strcmp(again.path, url.path) != 0 ||
		strcmp(again.query, url.query) != 0 ||
		strcmp(again.fragment, url.fragment) != 0 || again.is_secure != url.is_secure)
		gqle_standalone_abort("a URL's parts are not the URL");
}

/* What is encoded comes back; what is decoded is never longer. */
static void
read_percents(const char *text, int len)
{
	StringInfoData out;
	char	   *back;
	int			n;

	initStringInfo(&out);
	gqle_percent_append(&out, text, len);
	back = gqle_percent_decode(out.data, out.len, false, &n);
	if (n != len || memcmp(back, text, len) != 0)
		gqle_standalone_abort("what is encoded doesn't come back");
	back = gqle_percent_decode(text, len, true, &n);
	if (n > len || back[n] != '\0')
		gqle_standalone_abort("decoding makes longer");
}

/* Some variables are set, others not. */
static const char *
lookup(void *arg, const char *name)
{
	return name[0] == 'A' ? name + 1 : NULL;
}

static void
read_variables(const char *text)
{
	const char *missing = NULL;
	char	   *out = gqle_envtext_render(text, lookup, NULL, &missing);

	if (missing == NULL || (out == NULL) != (missing[0] != '\0'))
		gqle_standalone_abort("missing variables without a name");
}

static void
read_head(const char *head)
{
	GqleHttpReply reply = {.head = head};
	char	   *value;

	for (int i = 0; (value = gqle_http_reply_header(&reply, "x", i)) != NULL; i++)
	{
		if (strpbrk(value, "\r\n") != NULL || !gqle_http_is_header("x", value))
			gqle_standalone_abort("a value of several lines");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = pnstrdup((const char *) data, size);
	char	   *second = strchr(text, '\n');

	read_percents((const char *) data, (int) size);
	read_head(text);
	read_variables(text);
	if (second != NULL)
		*second = '\0';
	read_url(text);
	read_url(gqle_url_clean(text));
	gqle_standalone_reset();
	return 0;
}
