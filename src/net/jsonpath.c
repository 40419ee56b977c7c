/*
 * jsonpath.c
 *		Paths into the claims of a token, as a JWT configuration writes them.
 *
 * compat: what Hasura takes, which is a small part of JSONPath: an optional "$",
 * then names after dots, and indexes or quoted names in brackets, with or
 * without a dot before the bracket.
 */
#include "gqle/gqle.h"

#include "gqle/net/jsonpath.h"

#define MAX_STEPS 100

static bool
is_name_start(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		   c >= 0x80;
}

static bool
is_name_char(unsigned char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9') || c == '-';
}

/* Digits up to a bracket; NULL if there are others, or too many. */
static const char *
parse_index(const char *cursor, int *index)
{
	const char *start = cursor;

	*index = 0;
	while (*cursor >= '0' && *cursor <= '9' && cursor - start <= 8)
	{
		*index = *index * 10 + (*cursor - '0');
		cursor++;
	}
	if (cursor == start || cursor - start > 8 || *cursor != ']')
		return NULL;
	return cursor + 1;
}

/* A quoted name up to the bracket after it; a backslash takes any character. */
static const char *
parse_quoted(const char *cursor, const char **key)
{
	char quote = *cursor++;
	StringInfoData name;

	initStringInfo(&name);
	for (; *cursor != quote; cursor++)
	{
		if (*cursor == '\\')
			cursor++;
		if (*cursor == '\0')
			return NULL;
		appendStringInfoChar(&name, *cursor);
	}
	*key = name.data;
	return cursor[1] == ']' ? cursor + 2 : NULL;
}

/* One step; NULL and *error if there is none. */
static const char *
parse_step(const char *cursor, GqleJsonPathStep *step, const char **error)
{
	const char *start;

	step->key = NULL;
	step->index = 0;
	if (*cursor == '.')
		cursor++;
	if (*cursor == '[')
	{
		cursor++;
		*error = "invalid array index or property name in brackets";
		if (*cursor == '\'' || *cursor == '"')
			return parse_quoted(cursor, &step->key);
		return parse_index(cursor, &step->index);
	}
	*error =
		"the first character of property name must be a letter or underscore";
	start = cursor;
	if (!is_name_start((unsigned char) *cursor))
		return NULL;
	while (is_name_char((unsigned char) *cursor))
		cursor++;
	step->key = pnstrdup(start, cursor - start);
	return cursor;
}

GqleJsonPath *
gqle_jsonpath_parse(const char *text, const char **error)
{
	GqleJsonPath *path = palloc(sizeof(GqleJsonPath));
	const char *cursor = text;

	path->n = 0;
	path->steps = palloc(sizeof(GqleJsonPathStep) * MAX_STEPS);
	if (*text == '\0')
	{
		*error = "it is empty";
		return NULL;
	}
	if (*cursor == '$')
		cursor++;
	if (strcmp(cursor, ".") == 0)
		cursor++;
	while (*cursor != '\0')
	{
		/* a name directly after another step would read as its tail */
		if (cursor != text && *cursor != '.' && *cursor != '[')
		{
			*error = "unexpected character after a step";
			return NULL;
		}
		if (path->n == MAX_STEPS)
		{
			*error = "too many steps";
			return NULL;
		}
		cursor = parse_step(cursor, &path->steps[path->n], error);
		if (cursor == NULL)
			return NULL;
		path->n++;
	}
	return path;
}

GqleJson *
gqle_jsonpath_get(const GqleJsonPath *path, GqleJson *root)
{
	GqleJson *value = root;

	for (int i = 0; i < path->n && value != NULL; i++)
	{
		const GqleJsonPathStep *step = &path->steps[i];

		if (step->key != NULL)
			value = value->kind == GQLE_JSON_OBJECT
						? gqle_json_lookup(value, step->key)
						: NULL;
		else
			value = value->kind == GQLE_JSON_ARRAY && step->index < value->n
						? value->items[step->index]
						: NULL;
	}
	return value;
}

void
gqle_jsonpath_append(StringInfo out, const GqleJsonPath *path)
{
	appendStringInfoChar(out, '$');
	for (int i = 0; i < path->n; i++)
	{
		const GqleJsonPathStep *step = &path->steps[i];
		bool is_plain = step->key != NULL &&
						is_name_start((unsigned char) step->key[0]);

		if (step->key == NULL)
		{
			appendStringInfo(out, "[%d]", step->index);
			continue;
		}
		for (const char *c = step->key; *c != '\0'; c++)
			is_plain = is_plain && is_name_char((unsigned char) *c);
		if (is_plain)
			appendStringInfo(out, ".%s", step->key);
		else
		{
			appendStringInfoString(out, "['");
			for (const char *c = step->key; *c != '\0'; c++)
			{
				if (*c == '\'' || *c == '\\')
					appendStringInfoChar(out, '\\');
				appendStringInfoChar(out, *c);
			}
			appendStringInfoString(out, "']");
		}
	}
}
