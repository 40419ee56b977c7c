/*
 * httpd_head.c
 *		Looks at the heads of requests: what is not exactly right is refused.
 *
 * Why so strictly is told in httpd.c.
 */
#include "postgres.h"

#include "gqle/base/guc.h"
#include "gqle/worker/httpd_inside.h"

#define MAX_BLANKS	64			/* between a header's colon and its value */

/* What the walk over a head finds. */
typedef struct HeadWalk
{
	GqleHttpdExchange *x;
	bool		is_bad;
	Size		size;			/* of the head; cookies count twice */
	int			n_hosts;
	int			n_lengths;
	int			n_codings;
	bool		is_coding_unknown;
} HeadWalk;

/* A token of HTTP: name of a header, method. */
static bool
is_token(const char *text, int len)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	static bool is_token_char[256];

	if (!is_token_char['a'])
	{
		for (int c = 1; c < 256; c++)
			is_token_char[c] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
				(c >= 'A' && c <= 'Z') || strchr(marks, c) != NULL;
	}
	for (int i = 0; i < len; i++)
	{
		if (!is_token_char[(unsigned char) text[i]])
			return false;
	}
	return len > 0;
}

/*
 * No control characters: a carriage return alone is a line end to some.  (One
 * loop without a way out, which the compiler makes a fast one.)
 */
static bool
is_text(const char *value, int len)
{
	bool		is_bad = false;

	for (int i = 0; i < len; i++)
	{
		unsigned char c = value[i];

		is_bad |= (c < ' ' && c != '\t') || c == 0x7f;
	}
	return !is_bad;
}

/* Only what the library's buffer shows of an honest "Name: value". */
static bool
is_header_sound(const GqleHttpHeader *h)
{
	const char *gap = h->name + h->name_len + 1;

	if (!is_token(h->name, h->name_len))
		return false;
	/* the value follows its name, with the colon and blanks between */
	if (h->value < gap || h->value - gap > MAX_BLANKS)
		return false;
	for (; gap < h->value; gap++)
	{
		if (*gap != ' ' && *gap != '\t')
			return false;
	}
	return is_text(h->value, h->value_len);
}

/*
 * Do the texts that the library hands out make up the whole head?  From the
 * method to the end of the head, each must follow the one before, with a single
 * space in the request line and CR LF between lines.
 */
static bool
is_head_gapless(const GqleHttpdExchange *x, struct MHD_Connection *mhd,
				const char *version)
{
	const char *place = x->pub.method;
	const union MHD_ConnectionInfo *info;

	if (x->uri != place + strlen(place) + 1 ||
		version != x->uri + x->uri_len + 1)
		return false;
	place = version + strlen(version) + 2;
	for (int i = 0; i < x->pub.n_headers; i++)
	{
		if (x->headers[i].name != place)
			return false;
		place = x->headers[i].value + x->headers[i].value_len + 2;
	}
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	return info != NULL && place + 2 == x->pub.method + info->header_size;
}

/* A target of visible ASCII; anything else has to be percent-encoded. */
static bool
is_target_sound(const GqleHttpdExchange *x)
{
	for (int i = 0; i < x->pub.target_len; i++)
	{
		unsigned char c = x->pub.target[i];

		if (c <= ' ' || c >= 0x7f)
			return false;
	}
	return x->pub.target[0] == '/' || strcmp(x->pub.target, "*") == 0;
}

/* Content-Length as the library will read it: digits only. */
static bool
parse_length(const GqleHttpHeader *h, int64 *length)
{
	*length = 0;
	if (h->value_len == 0 || h->value_len > 18)
		return false;
	for (int i = 0; i < h->value_len; i++)
	{
		if (h->value[i] < '0' || h->value[i] > '9')
			return false;
		*length = *length * 10 + (h->value[i] - '0');
	}
	return true;
}

/* One header, in the order sent. */
static enum MHD_Result
walk_header(void *cls, enum MHD_ValueKind kind, const char *name,
			size_t name_len, const char *value, size_t value_len)
{
	HeadWalk   *walk = cls;
	GqleHttpdExchange *x = walk->x;
	GqleHttpHeader *h;

	if (x->pub.n_headers >= GQLE_HTTPD_MAX_HEADERS)
	{
		walk->is_bad = true;
		return MHD_NO;
	}
	h = &x->headers[x->pub.n_headers];
	h->name = name;
	h->name_len = name_len;
	h->value = value != NULL ? value : "";
	h->value_len = value != NULL ? value_len : 0;
	if (!is_header_sound(h))
	{
		walk->is_bad = true;
		return MHD_NO;
	}
	x->pub.n_headers++;
	walk->size += name_len + h->value_len + strlen(": \r\n");

	switch (name_len)
	{
		case 4:
			if (pg_strcasecmp(name, "host") == 0)
				walk->n_hosts++;
			break;
		case 6:
			/* of which the library keeps a copy, in pieces */
			if (pg_strcasecmp(name, "cookie") == 0)
				walk->size += h->value_len;
			break;
		case 14:
			if (pg_strcasecmp(name, "content-length") == 0)
			{
				walk->n_lengths++;
				walk->is_bad |= !parse_length(h, &x->pub.content_length);
			}
			break;
		case 17:
			if (pg_strcasecmp(name, "transfer-encoding") == 0)
			{
				walk->n_codings++;
				walk->is_coding_unknown |= pg_strcasecmp(value, "chunked") != 0;
			}
			break;
		default:
			break;
	}
	return MHD_YES;
}

int
gqle_httpd_check_head(GqleHttpdExchange *x, struct MHD_Connection *mhd, const char *version)
{
	HeadWalk	walk = {.x = x};

	x->pub.is_http_1_0 = strcmp(version, MHD_HTTP_VERSION_1_0) == 0;
	MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, walk_header, &walk);
	if (walk.is_bad || walk.n_hosts > 1 || walk.n_lengths > 1 ||
		walk.n_codings > 1 || (walk.n_lengths > 0 && walk.n_codings > 0) ||
		(walk.n_hosts == 0 && !x->pub.is_http_1_0) ||
		(walk.n_codings > 0 && x->pub.is_http_1_0) ||
		!is_token(x->pub.method, strlen(x->pub.method)) ||
		!is_target_sound(x) || !is_head_gapless(x, mhd, version))
		return MHD_HTTP_BAD_REQUEST;
	walk.size += x->uri_len + strlen(x->pub.method) + strlen("  HTTP/1.1\r\n\r\n");
	if (walk.size > (Size) gqle_guc_max_total_header_length)
		return MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
	if (walk.is_coding_unknown)
		return MHD_HTTP_NOT_IMPLEMENTED;
	x->pub.is_chunked = walk.n_codings > 0;
	return 0;
}
