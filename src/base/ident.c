/*
 * ident.c
 *		GraphQL names and their spelling under a naming convention.
 *
 * compat: words are cut and cased exactly as Hasura's do, oddities included:
 * "a__b" has an empty word in the middle, and a custom word that is not the
 * first gets an upper-case first character.
 */
#include "gqle/gqle.h"

#include "gqle/base/ident.h"

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

static inline char
ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char) (c - ('a' - 'A')) : c;
}

bool
gqle_ident_is_name_len(const char *text, int len)
{
	int			i;

	if (len <= 0 || (text[0] >= '0' && text[0] <= '9'))
		return false;
	for (i = 0; i < len; i++)
	{
		char		c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			  (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

bool
gqle_ident_is_name(const char *text)
{
	return gqle_ident_is_name_len(text, (int) strlen(text));
}

static GqleIdent *
make_ident(int n)
{
	GqleIdent  *ident = palloc(sizeof(GqleIdent));

	ident->n = n;
	ident->words = palloc0(sizeof(GqleIdentWord) * n);
	return ident;
}

GqleIdent *
gqle_ident_split(const char *name)
{
	char	   *copy = pstrdup(name);
	char	   *word = copy;
	char	   *c = copy[0] == '_' ? copy + 1 : copy;
	GqleIdent  *ident;
	int			n = 1;
	int			i;

	for (; *c != '\0'; c++)
	{
		if (*c == '_')
		{
			*c = '\0';
			n++;
		}
	}

	ident = make_ident(n);
	for (i = 0; i < n; i++)
	{
		ident->words[i].text = word;
		word += strlen(word) + 1;
	}
	return ident;
}

GqleIdent *
gqle_ident_custom(const char *name)
{
	GqleIdent  *ident = make_ident(1);

	ident->words[0].text = name;
	ident->words[0].is_custom = true;
	return ident;
}

GqleIdent *
gqle_ident_concat(const GqleIdent *a, const GqleIdent *b)
{
	GqleIdent  *ident = make_ident(a->n + b->n);

	memcpy(ident->words, a->words, sizeof(GqleIdentWord) * a->n);
	memcpy(ident->words + a->n, b->words, sizeof(GqleIdentWord) * b->n);
	return ident;
}

char *
gqle_ident_to_snake(const GqleIdent *ident)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	for (i = 0; i < ident->n; i++)
	{
		if (i > 0)
			appendStringInfoChar(&out, '_');
		appendStringInfoString(&out, ident->words[i].text);
	}
	return out.data;
}

/* Words joined, the first one starting as given by change_first. */
static char *
join_cased(const GqleIdent *ident, char (*change_first) (char))
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	for (i = 0; i < ident->n; i++)
	{
		int			start = out.len;

		appendStringInfoString(&out, ident->words[i].text);
		if (out.len == start)
			continue;
		if (i > 0)
			out.data[start] = ascii_upper(out.data[start]);
		else if (!ident->words[i].is_custom)
			out.data[start] = change_first(out.data[start]);
	}
	return out.data;
}

char *
gqle_ident_to_camel(const GqleIdent *ident)
{
	return join_cased(ident, ascii_lower);
}

char *
gqle_ident_to_pascal(const GqleIdent *ident)
{
	return join_cased(ident, ascii_upper);
}

char *
gqle_ident_snake_to_camel(const char *name)
{
	return gqle_ident_to_camel(gqle_ident_split(name));
}

char *
gqle_ident_snake_to_pascal(const char *name)
{
	return gqle_ident_to_pascal(gqle_ident_split(name));
}

char *
gqle_ident_lower_first(const char *text)
{
	char	   *copy = pstrdup(text);

	copy[0] = ascii_lower(copy[0]);
	return copy;
}

char *
gqle_ident_upper_first(const char *text)
{
	char	   *copy = pstrdup(text);

	copy[0] = ascii_upper(copy[0]);
	return copy;
}
