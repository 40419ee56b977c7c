/*
 * envtext.c
 *		Texts with {{NAMES}} of environment variables in them.
 *
 * compat: a name is whatever stands between the braces, blanks included; braces
 * that are not closed are text.
 */
#include "gqle/gqle.h"

#include <stdlib.h>

#include "gqle/net/envtext.h"

/* See envtext.h. */
const char *
gqle_env_lookup(void *arg, const char *name)
{
	return getenv(name);
}

/* See envtext.h. */
char *
gqle_envtext_render(const char *text, GqleEnvLookup lookup, void *arg,
					const char **missing)
{
	StringInfoData out;
	StringInfoData names;
	const char *open;
	const char *close;

	initStringInfo(&out);
	initStringInfo(&names);
	while ((open = strstr(text, "{{")) != NULL &&
		   (close = strstr(open + 2, "}}")) != NULL)
	{
		char	   *name = pnstrdup(open + 2, close - open - 2);
		const char *value = lookup(arg, name);

		appendBinaryStringInfo(&out, text, (int) (open - text));
		if (value != NULL)
			appendStringInfoString(&out, value);
		else
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", name);
		text = close + 2;
	}
	appendStringInfoString(&out, text);
	*missing = names.data;
	return names.len == 0 ? out.data : NULL;
}
