/*
 * kriti.h
 *		Kriti, the language of templates that make JSON of JSON.
 *
 * Language and messages are those of hasura/kriti-lang.  A template is parsed
 * once and evaluated under a budget.  Trees and results live in the memory
 * context that was current; a result shares what it was given.
 */
#ifndef GQLE_LANG_KRITI_H
#define GQLE_LANG_KRITI_H

#include "gqle/base/json_read.h"

/* Lines from 0, columns from 1; only one-byte characters count: compat. */
typedef struct GqleKritiPosition
{
	int			line;
	int			column;
} GqleKritiPosition;

typedef struct GqleKritiSpan
{
	GqleKritiPosition start;
	GqleKritiPosition end;
} GqleKritiSpan;

typedef struct GqleKritiError
{
	const char *code;			/* "Parse Error", "Type Error", ... */
	const char *message;
	GqleKritiSpan span;
} GqleKritiError;

typedef struct GqleKritiNode GqleKritiNode;

/* A function besides the language's own: the result, or NULL and *message. */
typedef struct GqleKritiFunction
{
	const char *name;
	const GqleJson *(*call) (void *arg, const GqleJson *value, const char **message);
	void	   *arg;
} GqleKritiFunction;

/* What a template is evaluated with. */
typedef struct GqleKritiContext
{
	const GqleJson *variables;	/* an object: "$body" and the like */
	int			n_functions;
	const GqleKritiFunction *functions;
} GqleKritiContext;

/* NULL and *error filled if it is no template. */
extern GqleKritiNode *gqle_kriti_parse(const char *text, int len, GqleKritiError *error);

/* NULL and *error filled if it can't be evaluated. */
extern const GqleJson *gqle_kriti_eval(const GqleKritiNode *template,
									   const GqleKritiContext *context,
									   GqleKritiError *error);

/* {"error_code":..,"message":..,"source_position":{..}} */
extern void gqle_kriti_append_error(StringInfo out, const GqleKritiError *error);

/* A value's text as Kriti writes it: compact, keys of objects in byte order. */
extern void gqle_kriti_append_json(StringInfo out, const GqleJson *value);

#endif							/* GQLE_LANG_KRITI_H */
