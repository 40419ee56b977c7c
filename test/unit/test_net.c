/*
 * test_net.c
 *		Values of HTTP headers, URLs, base64url and gzip.
 */
#include "gqle/gqle.h"

#include <zlib.h>

#include "gqle/base/percent.h"
#include "gqle/net/base64url.h"
#include "gqle/net/envtext.h"
#include "gqle/net/gzip.h"
#include "gqle/net/http.h"
#include "gqle/net/httphdr.h"
#include "gqle/net/url.h"
#include "tap.h"

static void
test_base64url(void)
{
	unsigned char bytes[64];
	unsigned char back[64];
	static const char *const bad[] = {"A", "AB=", "AA==", "A+==", "AB", "AAB",
	"A/AA", "A AA", "AAAA\n", "AAAAA", "\xc3\xa9" "AA"};

	for (int len = 0; len < 64; len++)
	{
		StringInfoData text;

		for (int i = 0; i < len; i++)
			bytes[i] = (unsigned char) (i * 37 + len * 11);
		initStringInfo(&text);
		gqle_base64url_append(&text, bytes, len);
		ok(gqle_base64url_decode(text.data, text.len, back) == len &&
		   memcmp(bytes, back, len) == 0, "%d bytes there and back", len);
	}
	for (size_t i = 0; i < lengthof(bad); i++)
		ok(gqle_base64url_decode(bad[i], strlen(bad[i]), back) < 0,
		   "\"%s\" is not strict base64url", bad[i]);
	ok(gqle_base64url_decode_lenient("AA==", 4, back) == 1, "padding is forgiven");
	ok(gqle_base64url_decode_lenient("+/+/", 4, back) == 3, "so is the other alphabet");
	ok(gqle_base64url_decode_lenient("A*AA", 4, back) < 0, "other characters are not");
}

static void
test_dates(void)
{
	static const struct
	{
		const char *text;
		long		seconds;		/* -1: no date */
	}			cases[] = {
		{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Thu, 29 Feb 2024 12:00:00 GMT", 1709208000},
		{"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
		{"Sun, 06 Nov 1994 08:49:37", -1}, {"Sun, 06 Nov 1994 08:49:37 UTC", -1},
		{"Sunday, 06-Nov-94 08:49:37 GMT", -1}, {"Sun Nov  6 08:49:37 1994", -1},
		{"Sun, 6 Nov 1994 08:49:37 GMT", -1}, {"Sun, 06 Xyz 1994 08:49:37 GMT", -1},
		{"Sun, 06 anF 1994 08:49:37 GMT", -1}, {"Sun, 06 Nov 1994 24:49:37 GMT", -1},
		{"Sun, 32 Nov 1994 08:49:37 GMT", -1}, {"Sun, 00 Nov 1994 08:49:37 GMT", -1},
		{"in three seconds", -1}, {"", -1}, {"0", -1}, {",", -1},
	};

	for (size_t i = 0; i < lengthof(cases); i++)
	{
		int64		seconds = -1;
		bool		is_date = gqle_httphdr_parse_date(cases[i].text, &seconds);

		ok(is_date == (cases[i].seconds >= 0) && (!is_date || seconds == cases[i].seconds),
		   "date \"%s\"", cases[i].text);
	}
}

static void
test_cache_control(void)
{
	static const struct
	{
		const char *text;
		long		max_age;		/* -1: none */
		bool		no_cache;
		bool		must_revalidate;
	}			cases[] = {
		{"max-age=10", 10, false, false}, {"Max-Age=10", 10, false, false},
		{"public, max-age=19845, must-revalidate, no-transform", 19845, false, true},
		{"no-cache", -1, true, false}, {"no-store, max-age=5", 5, true, false},
		{"s-maxage=7", 7, false, false}, {"s-maxage=7,max-age=9", 9, false, false},
		{"max-age=9,s-maxage=7", 9, false, false}, {"max-age=\"11\"", 11, false, false},
		{"maxage=3", -1, false, false}, {"max-age", -1, false, false},
		{"max-age=", -1, false, false}, {"max-age=-1", -1, false, false},
		{"max-age=x", -1, false, false}, {"max-age=1x", -1, false, false},
		{"max-age=99999999999999999999", 1000000000, false, false},
		{"", -1, false, false}, {" , ,", -1, false, false},
	};

	for (size_t i = 0; i < lengthof(cases); i++)
	{
		GqleCacheControl parsed;

		gqle_httphdr_parse_cache_control(cases[i].text, &parsed);
		ok(parsed.has_max_age == (cases[i].max_age >= 0) &&
		   (!parsed.has_max_age || parsed.max_age == cases[i].max_age) &&
		   parsed.no_cache == cases[i].no_cache &&
		   parsed.must_revalidate == cases[i].must_revalidate,
		   "cache control \"%s\"", cases[i].text);
	}
}

static void
test_codings(void)
{
	static const struct
	{
		const char *text;
		bool		gzip;
		bool		identity;
	}			cases[] = {
		{NULL, false, true}, {"", false, true}, {"*", false, true},
		{"gzip", true, true}, {"GZIP", true, true}, {"gzip, deflate, br", true, true},
		{"deflate, gzip;q=1.0, *;q=0.5", true, true}, {"gzip;q=0", false, true},
		{"gzip;q=0.000", false, true}, {"gzip ; q=0", false, true},
		{"gzip;q=0.001", true, true}, {"gzip;q=0.5", true, true},
		{"gzip, identity;q=0", true, false}, {"gzip, *;q=0", true, false},
		{"gzip, identity, *;q=0", true, true}, {"identity;q=0", false, false},
		{"*;q=0", false, false}, {"gzipped", false, true}, {"x-gzip", false, true},
		{"br", false, true}, {"gzip;q=", true, true}, {"gzip;level=0", true, true},
	};

	for (size_t i = 0; i < lengthof(cases); i++)
	{
		GqleCodings codings = gqle_httphdr_accepted_codings(cases[i].text);

		ok(codings.gzip == cases[i].gzip && codings.identity == cases[i].identity,
		   "codings \"%s\"", cases[i].text != NULL ? cases[i].text : "(none)");
	}
}

static void
test_origins(void)
{
	static const char *const list = "http://*.localhost, http://localhost:3000, https://*.foo.bar.com,HTTPS://Example.com";
	static const struct
	{
		const char *origin;
		bool		allowed;
	}			cases[] = {
		{"http://app.localhost", true}, {"http://localhost:3000", true},
		{"https://app.foo.bar.com", true}, {"https://example.com", true},
		{"HTTPS://EXAMPLE.COM", true}, {"http://localhost", false},
		{"http://localhost:30000", false}, {"http://app.localhost:80", false},
		{"https://foo.bar.com", false}, {"https://a.b.foo.bar.com", false},
		{"https://.foo.bar.com", false}, {"https://foo.bar.com.evil.com", false},
		{"https://appxfoo.bar.com", false}, {"https://app.foo.bar.comx", false},
		{"http://example.com", false}, {"https://example.com/", false},
		{"https://xexample.com", false}, {"https://example.com.evil", false},
		{"null", false}, {"", false}, {"*", false}, {"https://", false},
		{"https://evil.com#.foo.bar.com", false}, {"https://a@b.foo.bar.com", false},
	};
	static const char *const bad[] = {"example.com", "http://", "http://*", "http://a.*.com",
		"http://*a.com", "http://a.com/", "http://a.com:", "http://a.com:x", "://a.com",
	"http://a..com", "http://.a.com", "http://a.com,b.com", "http://a b.com"};
	const char *error;
	GqleCorsPolicy *policy = gqle_cors_parse_policy(list, &error);
	GqleCorsPolicy *all = gqle_cors_parse_policy("*", &error);
	GqleCorsPolicy *none = gqle_cors_parse_policy("", &error);

	for (size_t i = 0; i < lengthof(cases); i++)
		ok(gqle_cors_is_allowed(policy, cases[i].origin) == cases[i].allowed,
		   "origin \"%s\"", cases[i].origin);
	ok(gqle_cors_is_allowed(all, "https://anything"), "* allows all");
	ok(!gqle_cors_is_allowed(none, "https://anything"), "an empty list allows none");
	for (size_t i = 0; i < lengthof(bad); i++)
		ok(gqle_cors_parse_policy(bad[i], &error) == NULL, "no list of origins: %s", bad[i]);
	gqle_cors_parse_policy("https://a.com, x", &error);
	is_text(error, "invalid domain: 'x'. All domains should have scheme + (optional wildcard) host + (optional port)",
			"the words for that");
}

/* Compress, expand with zlib's other half, compare. */
static void
check_gzip(int len)
{
	char	   *text = palloc(len + 1);
	char	   *back = palloc(len + 1);
	StringInfoData out;
	z_stream	stream = {0};

	for (int i = 0; i < len; i++)
		text[i] = (char) ('a' + (i * 7 + i / 13) % 26);
	initStringInfo(&out);
	appendStringInfoString(&out, "kept");
	ok(gqle_gzip_append(&out, text, len), "%d bytes can be compressed", len);
	inflateInit2(&stream, 15 + 16);
	stream.next_in = (Bytef *) out.data + 4;
	stream.avail_in = out.len - 4;
	stream.next_out = (Bytef *) back;
	stream.avail_out = len + 1;
	ok(inflate(&stream, Z_FINISH) == Z_STREAM_END && (int) stream.total_out == len &&
	   memcmp(text, back, len) == 0 && stream.avail_in == 0 && memcmp(out.data, "kept", 4) == 0,
	   "%d bytes there and back", len);
	inflateEnd(&stream);
}

static void
test_urls(void)
{
	static const char *const bad[] = {"", "x", "/path", "http:/a", "http://", "ftp://a", "http://a b",
	"http://a:b", "http://a:65536", "http://[::1", "http://a/%4", "http://a/\"", "http://a#b#c", "http:///p",
	"http://a[b]"};
	GqleUrl		url;
	StringInfoData out;
	char	   *text;
	int			len;

	ok(gqle_url_parse("https://u:p@example.com:8443/a/b?c=d&e#f", &url) && url.is_secure &&
	   strcmp(url.user, "u:p") == 0 && strcmp(url.host, "example.com") == 0 && url.port == 8443 &&
	   strcmp(url.path, "/a/b") == 0 && strcmp(url.query, "?c=d&e") == 0 &&
	   strcmp(url.fragment, "#f") == 0, "a URL with everything");
	ok(strcmp(gqle_url_with_query(&url, ""), "https://u:p@example.com:8443/a/b#f") == 0,
	   "its query can be taken away");
	ok(strcmp(gqle_url_with_query(&url, "?x"), "https://u:p@example.com:8443/a/b?x#f") == 0,
	   "and another be given");
	ok(gqle_url_parse("HTTP://[::1]", &url) && !url.is_secure && url.port == 80 && !url.has_port &&
	   strcmp(url.host, "[::1]") == 0 && *url.path == '\0', "a URL with next to nothing");
	ok(gqle_url_parse("http://a:?q", &url) && url.port == 80 && strcmp(url.query, "?q") == 0,
	   "an empty port");
	for (size_t i = 0; i < lengthof(bad); i++)
		ok(!gqle_url_parse(bad[i], &url), "\"%s\" is no URL", bad[i]);

	ok(strcmp(gqle_url_clean("http://a/b c%20{\xc3\xa9}"), "http://a/b%20c%20%7B%C3%A9%7D") == 0,
	   "what a URL can't have is encoded");
	initStringInfo(&out);
	gqle_percent_append(&out, "a b&\xc3\xa9~_-.", 10);
	ok(strcmp(out.data, "a%20b%26%C3%A9~_-.") == 0, "escaped: %s", out.data);
	text = gqle_percent_decode("a%20b+c%2", 9, true, &len);
	ok(strcmp(text, "a b c%2") == 0 && len == 7, "unescaped: %s", text);
}

static const char *
lookup_a(void *arg, const char *name)
{
	return strcmp(name, "A") == 0 ? (const char *) arg : NULL;
}

static void
test_envtext(void)
{
	static char value[] = "{{B}}";
	const char *missing;

	ok(strcmp(gqle_envtext_render("x{{A}}y{{A}}", lookup_a, value, &missing), "x{{B}}y{{B}}") == 0,
	   "variables are replaced once");
	ok(gqle_envtext_render("{{A}}{{B}}-{{ A }}", lookup_a, value, &missing) == NULL &&
	   strcmp(missing, "B,  A ") == 0, "missing: %s", missing);
	ok(strcmp(gqle_envtext_render("}}{{A", lookup_a, value, &missing), "}}{{A") == 0,
	   "braces that are not closed are text");
	ok(strcmp(gqle_envtext_render("", lookup_a, value, &missing), "") == 0, "nothing is nothing");
}

static void
test_http(void)
{
	GqleHttpReply reply = {.head = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie:  b=2 \r\nX:\r\n\r\n"};

	ok(strcmp(gqle_http_reply_header(&reply, "set-cookie", 0), "a=1") == 0, "the first header");
	ok(strcmp(gqle_http_reply_header(&reply, "Set-Cookie", 1), "b=2") == 0, "the second of that name");
	ok(gqle_http_reply_header(&reply, "set-cookie", 2) == NULL, "no third");
	ok(strcmp(gqle_http_reply_header(&reply, "x", 0), "") == 0, "an empty one");
	ok(gqle_http_is_header("x-a", "b c"), "a header");
	ok(!gqle_http_is_header("", "b") && !gqle_http_is_header("x a", "b") &&
	   !gqle_http_is_header("x:", "b") && !gqle_http_is_header("x", "b\r\nc: d"), "no headers");
}

int
main(void)
{
	static const int sizes[] = {0, 1, 699, 20000, 20001, 1000000, 5};

	test_base64url();
	test_dates();
	test_cache_control();
	test_codings();
	test_origins();
	test_urls();
	test_envtext();
	test_http();
	for (size_t i = 0; i < lengthof(sizes); i++)
		check_gzip(sizes[i]);
	return done_testing();
}
