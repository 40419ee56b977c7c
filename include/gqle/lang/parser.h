/*
 * parser.h
 *		GraphQL text to tree.
 */
#ifndef GQLE_LANG_PARSER_H
#define GQLE_LANG_PARSER_H

#include "gqle/lang/ast.h"

typedef struct GqleParseError
{
	int			offset;
	int			line;			/* from 1 */
	int			column;			/* in bytes, from 1 */
	const char *message;		/* static or allocated in the current context */
	bool		limit_exceeded;	/* refused for its size, not its syntax */
} GqleParseError;

/* Bounds on one document; zero means the default of limits.h. */
typedef struct GqleParseLimits
{
	int			max_bytes;
	int			max_tokens;
	int			max_depth;
} GqleParseLimits;

/*
 * Parse an executable document.  Returns NULL and fills *error on a syntax
 * error, bad UTF-8, NUL, or when a limit is exceeded.  limits may be NULL.
 */
extern GqleDocumentNode *gqle_parser_parse_document(const char *text, int len,
													const GqleParseLimits *limits,
													GqleParseError *error);

/* A single type reference such as "[Int!]!" (for metadata). */
extern GqleTypeNode *gqle_parser_parse_type(const char *text, int len,
											GqleParseError *error);

/* A single constant value (for defaults). */
extern GqleValueNode *gqle_parser_parse_value(const char *text, int len,
											  GqleParseError *error);

#endif							/* GQLE_LANG_PARSER_H */
