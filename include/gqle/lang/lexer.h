/*
 * lexer.h
 *		GraphQL text to tokens.
 *
 * A token is a kind and a range of the source; nothing is allocated or copied.
 * The lexer stands on one token and moves forward only.  A lexical error is a
 * token of kind GQLE_TOKEN_ERROR, which stays; error_offset and error_message
 * say what was wrong.
 */
#ifndef GQLE_LANG_LEXER_H
#define GQLE_LANG_LEXER_H

#include "gqle/gqle.h"

typedef enum GqleTokenKind
{
	GQLE_TOKEN_EOF,
	GQLE_TOKEN_ERROR,
	GQLE_TOKEN_BANG,
	GQLE_TOKEN_DOLLAR,
	GQLE_TOKEN_AMP,
	GQLE_TOKEN_PAREN_L,
	GQLE_TOKEN_PAREN_R,
	GQLE_TOKEN_SPREAD,
	GQLE_TOKEN_COLON,
	GQLE_TOKEN_EQUALS,
	GQLE_TOKEN_AT,
	GQLE_TOKEN_BRACKET_L,
	GQLE_TOKEN_BRACKET_R,
	GQLE_TOKEN_BRACE_L,
	GQLE_TOKEN_PIPE,
	GQLE_TOKEN_BRACE_R,
	GQLE_TOKEN_NAME,
	GQLE_TOKEN_INT,
	GQLE_TOKEN_FLOAT,
	GQLE_TOKEN_STRING,
	GQLE_TOKEN_BLOCK_STRING
} GqleTokenKind;

typedef struct GqleLexer
{
	const char *text;
	int			len;
	GqleTokenKind kind;			/* the current token */
	int			start;			/* its range, quotes included */
	int			end;
	bool		has_escape;		/* STRING, BLOCK_STRING: holds a backslash */
	int			n_tokens;		/* so far, the current one included */
	int			error_offset;
	const char *error_message;	/* static */
} GqleLexer;

/* Start before the first token.  The text must be valid UTF-8. */
extern void gqle_lexer_init(GqleLexer *lexer, const char *text, int len);

/* Move to the next token; stays at the end and at an error. */
extern void gqle_lexer_next(GqleLexer *lexer);

/* "name", "\"{\"", "end of input" and so on, for messages. */
extern const char *gqle_lexer_describe(GqleTokenKind kind);

/*
 * Write the value of the current string token to out, which must have room for
 * end - start bytes, NUL included.  Returns its length, or -1 after turning
 * the token into an error.
 */
extern int	gqle_lexer_decode_string(GqleLexer *lexer, char *out);

#endif							/* GQLE_LANG_LEXER_H */
