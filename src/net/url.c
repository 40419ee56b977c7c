/*
 * url.c
 *		Absolute URLs of http and https, taken apart (RFC 3986).
 */
#include "gqle/gqle.h"

#include "gqle/base/percent.h"
#include "gqle/net/url.h"

#define RESERVED	":/?#[]@!$&'()*+,;="

/* Only characters that may stand in a URL, percent signs with two digits? */
static bool
is_clean(const char *text)
{
	for (; *text != '\0'; text++)
	{
		if (*text == '%')
		{
			if (gqle_percent_hex_value(text[1]) < 0 || gqle_percent_hex_value(text[2]) < 0)
				return false;
		}
		else if (!gqle_percent_is_unreserved(*text) && strchr(RESERVED, *text) == NULL)
			return false;
	}
	return true;
}

/* ":8080" after a host; nothing, or a colon alone, is the scheme's own port. */
static bool
parse_port(const char *text, GqleUrl *url)
{
	int			port = 0;

	if (*text != ':')
		return *text == '\0';
	if (*++text == '\0')
		return true;
	for (; *text != '\0'; text++)
	{
		if (*text < '0' || *text > '9')
			return false;
		port = port * 10 + (*text - '0');
		if (port > 65535)
			return false;
	}
	url->port = port;
	url->has_port = true;
	return true;
}

/* user@host:port, or user@[address]:port */
static bool
parse_authority(char *authority, GqleUrl *url)
{
	char	   *at = strrchr(authority, '@');
	char	   *host = at != NULL ? at + 1 : authority;
	char	   *end;

	if (at != NULL)
		url->user = pnstrdup(authority, at - authority);
	if (*host == '[')
	{
		end = strchr(host, ']');
		if (end == NULL)
			return false;
		end++;
	}
	else
		end = host + strcspn(host, ":");
	if (strpbrk(host + (*host == '['), "[") != NULL)
		return false;
	url->host = pnstrdup(host, end - host);
	return end > host && parse_port(end, url);
}

/* See url.h. */
bool
gqle_url_parse(const char *text, GqleUrl *url)
{
	size_t		authority_len;
	size_t		path_len;
	size_t		query_len;

	memset(url, 0, sizeof(*url));
	if (!is_clean(text))
		return false;
	if (pg_strncasecmp(text, "https://", 8) == 0)
		url->is_secure = true;
	else if (pg_strncasecmp(text, "http://", 7) != 0)
		return false;
	text += url->is_secure ? 8 : 7;
	url->port = url->is_secure ? 443 : 80;

	authority_len = strcspn(text, "/?#");
	if (!parse_authority(pnstrdup(text, authority_len), url))
		return false;
	text += authority_len;
	path_len = strcspn(text, "?#");
	url->path = pnstrdup(text, path_len);
	text += path_len;
	query_len = strcspn(text, "#");
	url->query = pnstrdup(text, query_len);
	url->fragment = pstrdup(text + query_len);
	return strchr(*url->fragment != '\0' ? url->fragment + 1 : "", '#') == NULL;
}

/* See url.h. */
char *
gqle_url_clean(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	for (; *text != '\0'; text++)
	{
		if (*text == '%' || gqle_percent_is_unreserved(*text) ||
			strchr(RESERVED, *text) != NULL)
			appendStringInfoChar(&out, *text);
		else
			gqle_percent_append(&out, text, 1);
	}
	return out.data;
}

/* See url.h. */
char *
gqle_url_with_query(const GqleUrl *url, const char *query)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, url->is_secure ? "https://" : "http://");
	if (url->user != NULL)
		appendStringInfo(&out, "%s@", url->user);
	appendStringInfoString(&out, url->host);
	if (url->has_port)
		appendStringInfo(&out, ":%d", url->port);
	appendStringInfo(&out, "%s%s%s", url->path, query, url->fragment);
	return out.data;
}
