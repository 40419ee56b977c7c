/*
 * jsonpath.h
 *		The small JSONPath of JWT configurations: keys and indexes.
 */
#ifndef GQLE_NET_JSONPATH_H
#define GQLE_NET_JSONPATH_H

#include "gqle/base/json_read.h"

typedef struct GqleJsonPathStep
{
	const char *key; /* NULL: an index */
	int index;
} GqleJsonPathStep;

typedef struct GqleJsonPath
{
	int n; /* none: the whole value */
	GqleJsonPathStep *steps;
} GqleJsonPath;

/*
 * Parse "$.a.b", "$.a['b c'][0]", "a.b" or "$".  The path is allocated in the
 * current memory context; NULL and *error if the text is none.
 */
extern GqleJsonPath *gqle_jsonpath_parse(const char *text, const char **error);

/* What the path leads to, or NULL. */
extern GqleJson *gqle_jsonpath_get(const GqleJsonPath *path, GqleJson *root);

/* Append the path as Hasura shows it: $.a['b c'][0]. */
extern void gqle_jsonpath_append(StringInfo out, const GqleJsonPath *path);

#endif /* GQLE_NET_JSONPATH_H */
