/*
 * http.c
 *		Requests of ours and their answers: what can be told of them.
 */
#include "gqle/gqle.h"

#include "gqle/net/http.h"

/* In the order of GqleHttpFailure. */
static const char *const failure_texts[] = {
	"",
	"invalid url",
	"Invalid request header",
	"Connection failure",
	"Connection timeout",
	"Response timeout",
	"Too many redirects",
	"No response data received",
	"the answer is too large",
	"Internal Exception"
};

StaticAssertDecl(lengthof(failure_texts) == GQLE_HTTP_INTERNAL + 1,
				 "every failure has a text");

/* See http.h. */
const char *
gqle_http_failure_text(GqleHttpFailure failure)
{
	return failure_texts[failure];
}

/* See http.h. */
bool
gqle_http_is_header(const char *name, const char *value)
{
	if (*name == '\0')
		return false;
	for (; *name != '\0'; name++)
	{
		unsigned char c = (unsigned char) *name;

		if (c <= ' ' || c >= 127 || strchr("()<>@,;:\\\"/[]?={}", c) != NULL)
			return false;
	}
	return strpbrk(value, "\r\n") == NULL;
}

/* The value in a header line if it is of that name. */
static char *
value_of_line(const char *line, int len, const char *name)
{
	int			name_len = (int) strlen(name);
	const char *value = line + name_len + 1;
	const char *end = line + len;

	if (len <= name_len || line[name_len] != ':' ||
		pg_strncasecmp(line, name, name_len) != 0)
		return NULL;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return pnstrdup(value, end - value);
}

/* See http.h. */
char *
gqle_http_reply_header(const GqleHttpReply *reply, const char *name, int n)
{
	const char *line = reply->head;

	while (*line != '\0')
	{
		int			len = (int) strcspn(line, "\r\n");
		char	   *value = value_of_line(line, len, name);

		if (value != NULL && n-- == 0)
			return value;
		line += len;
		line += strspn(line, "\r\n");
	}
	return NULL;
}
