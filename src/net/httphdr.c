/*
 * httphdr.c
 *		Values of HTTP headers.
 *
 * Everything here comes from clients or from servers that we call; malformed
 * values mean as much as missing ones.
 */
#include "gqle/gqle.h"

#include "gqle/net/httphdr.h"

#define MAX_ORIGINS		1000
#define BLANKS			" \t"
#define MAX_SECONDS		INT64CONST(1000000000)

/* ------------------------------------------------------------------------
 * Credentials
 * ------------------------------------------------------------------------ */

const char *
gqle_httphdr_bearer(const char *value, int *len)
{
	const char *word = value + strspn(value, BLANKS);

	if (strncmp(word, "Bearer", 6) != 0)
		return NULL;
	word += 6;
	if (*word != ' ' && *word != '\t')
		return NULL;
	word += strspn(word, BLANKS);
	*len = (int) strcspn(word, BLANKS);
	return *len > 0 && word[*len + strspn(word + *len, BLANKS)] == '\0' ? word : NULL;
}

const char *
gqle_httphdr_next_cookie(const char **text, const char *name, int *len)
{
	int			name_len = (int) strlen(name);

	while (**text != '\0')
	{
		const char *cookie = *text + strspn(*text, BLANKS ";");
		int			cookie_len = (int) strcspn(cookie, ";");

		*text = cookie + cookie_len;
		*len = cookie_len - name_len - 1;
		if (*len < 0 || strncmp(cookie, name, name_len) != 0 || cookie[name_len] != '=')
			continue;
		cookie += name_len + 1;
		while (*len > 0 && (cookie[*len - 1] == ' ' || cookie[*len - 1] == '\t'))
			(*len)--;
		return cookie;
	}
	return NULL;
}

/* ------------------------------------------------------------------------
 * Times
 * ------------------------------------------------------------------------ */

/* Exactly n digits, or -1. */
static int
digits(const char *text, int n)
{
	int			value = 0;

	for (int i = 0; i < n; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar; month from 1. */
static int64
days_from_civil(int64 year, int month, int day)
{
	int64		shifted = month <= 2 ? year - 1 : year;
	int64		era = shifted / 400;
	int64		year_of_era = shifted - era * 400;
	int64		day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 -
		year_of_era / 100 + day_of_year - 719468;
}

bool
gqle_httphdr_parse_date(const char *text, int64 *seconds)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *at = strchr(text, ',');
	const char *month;
	int			day;
	int			year;
	int			hour;
	int			minute;
	int			second;
	char		name[4];

	/* ", 06 Nov 1994 08:49:37 GMT" */
	if (at == NULL || at - text != 3 || strlen(at) != 26 ||
		strcmp(at + 22, " GMT") != 0 || at[1] != ' ' || at[4] != ' ' ||
		at[8] != ' ' || at[13] != ' ' || at[16] != ':' || at[19] != ':')
		return false;
	memcpy(name, at + 5, 3);
	name[3] = '\0';
	month = strstr(months, name);
	day = digits(at + 2, 2);
	year = digits(at + 9, 4);
	hour = digits(at + 14, 2);
	minute = digits(at + 17, 2);
	second = digits(at + 20, 2);
	if (month == NULL || (month - months) % 3 != 0 || day < 1 || day > 31 ||
		year < 1970 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
		second < 0 || second > 60)
		return false;
	*seconds = days_from_civil(year, (month - months) / 3 + 1, day) * 86400 +
		hour * 3600 + minute * 60 + second;
	return true;
}

/* A number of seconds, perhaps in quotes; false if it is none. */
static bool
parse_seconds(const char *text, int len, int64 *seconds)
{
	if (len >= 2 && text[0] == '"' && text[len - 1] == '"')
	{
		text++;
		len -= 2;
	}
	*seconds = 0;
	for (int i = 0; i < len; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		*seconds = Min(*seconds * 10 + (text[i] - '0'), MAX_SECONDS);
	}
	return len > 0;
}

/* Is this the item of a list, as far as its name goes? */
static bool
is_word(const char *item, int len, const char *word)
{
	return len == (int) strlen(word) && pg_strncasecmp(item, word, len) == 0;
}

/*
 * The next item of a list with commas, without blanks around it; false at its
 * end.  *cursor goes on behind it.
 */
static bool
next_item(const char **cursor, const char **item, int *len)
{
	*cursor += strspn(*cursor, " \t,");
	if (**cursor == '\0')
		return false;
	*item = *cursor;
	*len = strcspn(*item, ",");
	*cursor += *len;
	while (*len > 0 && ((*item)[*len - 1] == ' ' || (*item)[*len - 1] == '\t'))
		(*len)--;
	return true;
}

void
gqle_httphdr_parse_cache_control(const char *text, GqleCacheControl *parsed)
{
	const char *item;
	int			len;
	bool		has_own = false;

	memset(parsed, 0, sizeof(*parsed));
	while (next_item(&text, &item, &len))
	{
		const char *equals = memchr(item, '=', len);
		int			name_len = equals != NULL ? equals - item : len;
		int64		seconds;

		if (is_word(item, name_len, "no-cache") ||
			is_word(item, name_len, "no-store"))
			parsed->no_cache = true;
		else if (is_word(item, name_len, "must-revalidate"))
			parsed->must_revalidate = true;
		else if (equals != NULL && (is_word(item, name_len, "max-age") ||
									is_word(item, name_len, "s-maxage")) &&
				 parse_seconds(equals + 1, len - name_len - 1, &seconds))
		{
			bool		is_own = is_word(item, name_len, "max-age");

			if (has_own && !is_own)
				continue;
			parsed->has_max_age = true;
			parsed->max_age = seconds;
			has_own |= is_own;
		}
	}
}

/* ------------------------------------------------------------------------
 * Codings
 * ------------------------------------------------------------------------ */

/* Is the weight after a coding zero?  ";q=0.000" is, malformed ones are not. */
static bool
is_excluded(const char *params, int len)
{
	const char *end = params + len;

	while (params < end && (*params == ' ' || *params == '\t' || *params == ';'))
		params++;
	if (end - params < 3 || (params[0] != 'q' && params[0] != 'Q') ||
		params[1] != '=' || params[2] != '0')
		return false;
	for (params += 3; params < end; params++)
	{
		if (*params != '.' && *params != '0')
			return false;
	}
	return true;
}

/*
 * compat: a coding is acceptable by its name only, "*" allows none; but "*;q=0"
 * excludes identity if that isn't named.
 */
GqleCodings
gqle_httphdr_accepted_codings(const char *text)
{
	GqleCodings codings = {.gzip = false,.identity = true};
	bool		names_identity = false;
	bool		excludes_others = false;
	const char *item;
	int			len;

	if (text == NULL)
		return codings;
	while (next_item(&text, &item, &len))
	{
		const char *semicolon = memchr(item, ';', len);
		int			name_len = semicolon != NULL ? semicolon - item : len;
		bool		excluded = semicolon != NULL &&
			is_excluded(semicolon, len - name_len);

		while (name_len > 0 && (item[name_len - 1] == ' ' ||
								item[name_len - 1] == '\t'))
			name_len--;
		if (is_word(item, name_len, "gzip"))
			codings.gzip = !excluded;
		else if (is_word(item, name_len, "identity"))
		{
			names_identity = true;
			codings.identity = !excluded;
		}
		else if (is_word(item, name_len, "*"))
			excludes_others |= excluded;
	}
	if (excludes_others && !names_identity)
		codings.identity = false;
	return codings;
}

/* ------------------------------------------------------------------------
 * Media types
 * ------------------------------------------------------------------------ */

/*
 * The next parameter of a media type, "; name=value" with a value that may be
 * quoted; false at the end.  A malformed one ends them.
 */
static bool
next_param(const char **cursor, const char *end, const char **name,
		   int *name_len, const char **value, int *value_len)
{
	const char *p = *cursor;

	while (p < end && (*p == ' ' || *p == '\t' || *p == ';'))
		p++;
	*name = p;
	while (p < end && *p != '=' && *p != ';')
		p++;
	*name_len = p - *name;
	if (p >= end || *p != '=')
		return false;
	*value = ++p;
	while (p < end && *p != ';')
		p++;
	*value_len = p - *value;
	*cursor = p;
	while (*value_len > 0 && ((*value)[*value_len - 1] == ' ' ||
							  (*value)[*value_len - 1] == '\t'))
		(*value_len)--;
	if (*value_len >= 2 && **value == '"' && (*value)[*value_len - 1] == '"')
	{
		(*value)++;
		*value_len -= 2;
	}
	return true;
}

/* A weight in thousandths; a malformed one counts as whole. */
static int
parse_weight(const char *text, int len)
{
	int			weight = 0;
	int			unit = 100;

	if (len < 1 || len > 5 || text[0] != '0' || (len > 1 && text[1] != '.'))
		return 1000;
	for (int i = 2; i < len; i++, unit /= 10)
	{
		if (text[i] < '0' || text[i] > '9')
			return 1000;
		weight += (text[i] - '0') * unit;
	}
	return weight;
}

/* What an item of Accept says: weight, and whether our charset will do. */
static int
read_accepted(const char *params, const char *end, bool *is_utf8)
{
	const char *name;
	const char *value;
	int			name_len;
	int			value_len;
	int			weight = 1000;

	*is_utf8 = true;
	while (next_param(&params, end, &name, &name_len, &value, &value_len))
	{
		if (is_word(name, name_len, "q"))
			weight = parse_weight(value, value_len);
		else if (is_word(name, name_len, "charset"))
			*is_utf8 = is_word(value, value_len, "utf-8");
	}
	return weight;
}

GqleAnswerType
gqle_httphdr_answer_type(const char *accept)
{
	static const char *const names[] = {
		[GQLE_ANSWER_JSON] = "application/json",
		[GQLE_ANSWER_GRAPHQL] = "application/graphql-response+json",
		[GQLE_ANSWER_EVENTS] = "text/event-stream"
	};
	int			weights[lengthof(names)] = {-1, -1, -1};
	int			any = -1;		/* of what a wildcard lets JSON be */
	bool		is_ours = false;	/* it names a type that only we give */
	GqleAnswerType best = GQLE_ANSWER_JSON;
	const char *item;
	int			len;

	if (accept == NULL)
		return GQLE_ANSWER_JSON;
	while (next_item(&accept, &item, &len))
	{
		const char *semicolon = memchr(item, ';', len);
		int			name_len = semicolon != NULL ? semicolon - item : len;
		bool		is_utf8;
		int			weight = read_accepted(item + name_len, item + len, &is_utf8);

		while (name_len > 0 && (item[name_len - 1] == ' ' ||
								item[name_len - 1] == '\t'))
			name_len--;
		for (size_t i = 0; i < lengthof(names); i++)
		{
			if (!is_word(item, name_len, names[i]))
				continue;
			is_ours |= i != GQLE_ANSWER_JSON;
			weights[i] = Max(weights[i], is_utf8 ? weight : 0);
		}
		if (is_word(item, name_len, "*/*") || is_word(item, name_len, "application/*"))
			any = Max(any, weight);
	}
	if (!is_ours)
		return GQLE_ANSWER_JSON;
	if (weights[GQLE_ANSWER_JSON] < 0)
		weights[GQLE_ANSWER_JSON] = any;
	for (size_t i = 1; i < lengthof(names); i++)
	{
		if (weights[i] > weights[best])
			best = i;
	}
	return weights[best] > 0 ? best : GQLE_ANSWER_NONE;
}

bool
gqle_httphdr_is_json(const char *content_type)
{
	const char *end;
	const char *params;
	const char *name;
	const char *value;
	int			name_len;
	int			value_len;
	int			len;

	if (content_type == NULL)
		return false;
	end = content_type + strlen(content_type);
	len = strcspn(content_type, ";");
	params = content_type + len;
	while (len > 0 && (content_type[len - 1] == ' ' ||
					   content_type[len - 1] == '\t'))
		len--;
	if (!is_word(content_type, len, "application/json"))
		return false;
	while (next_param(&params, end, &name, &name_len, &value, &value_len))
	{
		if (is_word(name, name_len, "charset") &&
			!is_word(value, value_len, "utf-8"))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Origins
 * ------------------------------------------------------------------------ */

typedef struct Origin
{
	const char *prefix;			/* scheme with "://" */
	bool		has_wildcard;	/* one label before the rest */
	const char *rest;			/* host and port, or what follows "*" */
} Origin;

struct GqleCorsPolicy
{
	bool		allows_all;
	int			n;
	Origin	   *origins;
};

static bool
is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* "host", "a.host" or "host:port", to the end of the text. */
static bool
is_host(const char *text)
{
	const char *c = text;

	for (; *c != '\0' && *c != ':'; c++)
	{
		if (!is_host_char(*c) && !(*c == '.' && c > text && c[1] != '.'))
			return false;
	}
	if (c == text || c[-1] == '.')
		return false;
	if (*c == '\0')
		return true;
	c++;
	return *c != '\0' && strspn(c, "0123456789") == strlen(c) && strlen(c) <= 5;
}

static char *
lower_copy(const char *text, int len)
{
	char	   *copy = pnstrdup(text, len);

	for (char *c = copy; *c != '\0'; c++)
	{
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	}
	return copy;
}

static bool
parse_origin(const char *text, int len, Origin *origin)
{
	char	   *copy = lower_copy(text, len);
	char	   *host = strstr(copy, "://");

	if (host == NULL || host == copy)
		return false;
	for (char *c = copy; c < host; c++)
	{
		if (!is_host_char(*c) && *c != '+' && *c != '.')
			return false;
	}
	host += 3;
	origin->prefix = pnstrdup(copy, host - copy);
	origin->has_wildcard = strncmp(host, "*.", 2) == 0;
	origin->rest = origin->has_wildcard ? host + 1 : host;
	return is_host(origin->has_wildcard ? host + 2 : host);
}

GqleCorsPolicy *
gqle_cors_parse_policy(const char *text, const char **error)
{
	GqleCorsPolicy *policy = palloc0(sizeof(GqleCorsPolicy));
	const char *item;
	int			len;
	int			room = 1;

	for (const char *c = text; *c != '\0'; c++)
		room += *c == ',';
	policy->origins = palloc(sizeof(Origin) * Min(room, MAX_ORIGINS));
	while (next_item(&text, &item, &len))
	{
		if (len == 1 && *item == '*')
		{
			policy->allows_all = true;
			continue;
		}
		if (policy->n == MAX_ORIGINS)
		{
			*error = "there are too many domains";
			return NULL;
		}
		if (!parse_origin(item, len, &policy->origins[policy->n]))
		{
			*error = psprintf("invalid domain: '%.*s'. All domains should have scheme + (optional wildcard) host + (optional port)",
							  len, item);
			return NULL;
		}
		policy->n++;
	}
	return policy;
}

bool
gqle_cors_is_allowed(const GqleCorsPolicy *policy, const char *origin)
{
	if (policy->allows_all)
		return true;
	for (int i = 0; i < policy->n; i++)
	{
		const Origin *o = &policy->origins[i];
		size_t		prefix_len = strlen(o->prefix);
		const char *host = origin + prefix_len;

		if (pg_strncasecmp(origin, o->prefix, prefix_len) != 0)
			continue;
		if (o->has_wildcard)
		{
			const char *label = host;

			while (is_host_char(*host))
				host++;
			if (host == label)
				continue;
		}
		if (pg_strcasecmp(host, o->rest) == 0)
			return true;
	}
	return false;
}
