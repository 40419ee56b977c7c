/*
 * parser_parts.h
 *		What the parsers of src/lang share; nobody else includes this.
 *
 * A parser stands on one token.  Functions return false or NULL after recording the
 * first error in the parser.
 */
#ifndef GQLE_LANG_PARSER_PARTS_H
#define GQLE_LANG_PARSER_PARTS_H

#include "gqle/base/arena.h"
#include "gqle/lang/lexer.h"
#include "gqle/lang/parser.h"

typedef struct GqleParser
{
	GqleLexer	lexer;
	GqleArena	arena;			/* of the tree */
	GqleScratch scratch;		/* children that are not complete */
	int			depth;
	int			max_tokens;
	int			max_depth;
	bool		failed;			/* error is set */
	GqleParseError *error;
} GqleParser;

/*
 * Set up a parser on its first token; false, with the error set, for a text that is
 * too large or not UTF-8.
 */
extern bool gqle_parser_begin(GqleParser *parser, const char *text, int len,
							  const GqleParseLimits *limits, GqleParseError *error);

/* Check that nothing follows, and release what is not part of the tree. */
extern bool gqle_parser_end(GqleParser *parser);

/* Record an error unless there is one; both return false. */
extern bool gqle_parser_fail(GqleParser *parser, int offset, const char *message);
extern bool gqle_parser_fail_expected(GqleParser *parser, const char *what);

extern void gqle_parser_advance(GqleParser *parser);

/* Enter one level of nesting, if there may be one; leave undoes it. */
extern bool gqle_parser_enter(GqleParser *parser);
extern void gqle_parser_leave(GqleParser *parser);

static inline bool
gqle_parser_is(const GqleParser *parser, GqleTokenKind kind)
{
	return parser->lexer.kind == kind;
}

/* Move past the token if it is of that kind. */
static inline bool
gqle_parser_accept(GqleParser *parser, GqleTokenKind kind)
{
	if (!gqle_parser_is(parser, kind))
		return false;
	gqle_parser_advance(parser);
	return true;
}

static inline bool
gqle_parser_expect(GqleParser *parser, GqleTokenKind kind)
{
	if (!gqle_parser_is(parser, kind))
		return gqle_parser_fail_expected(parser, gqle_lexer_describe(kind));
	gqle_parser_advance(parser);
	return true;
}

static inline bool
gqle_parser_is_keyword(const GqleParser *parser, const char *word)
{
	const GqleLexer *lexer = &parser->lexer;
	int			len = lexer->end - lexer->start;

	return lexer->kind == GQLE_TOKEN_NAME && (int) strlen(word) == len &&
		memcmp(lexer->text + lexer->start, word, len) == 0;
}

/* Parts of the grammar that documents of both kinds have. */
extern const char *gqle_parser_name(GqleParser *parser);
extern GqleTypeNode *gqle_parser_type(GqleParser *parser);
extern bool gqle_parser_directives(GqleParser *parser, bool is_const, int *n,
								   GqleDirectiveNode **directives);
extern GqleValueNode *gqle_parser_value(GqleParser *parser, bool is_const);
extern bool gqle_parser_string(GqleParser *parser, GqleValueNode *node);

#endif							/* GQLE_LANG_PARSER_PARTS_H */
