/*
 * kriti_parse.c
 *		Kriti templates: text to tree.
 *
 * Two passes, as in the original: all text becomes tokens first, so that a mistake
 * of the lexer's wins over one of the grammar's.  The lexer has modes, in a
 * stack: outside of everything, in an expression between {{ and }}, in a string,
 * and in a key in single quotes.  The grammar is parsed by descent; it has no
 * precedences, since operators do not chain.
 *
 * compat: an error of the grammar names the token that cannot be, but its place is
 * that of the last piece of text.  A token begins where the one before it, or the
 * blanks between them, ended.
 */
#include "gqle/gqle.h"

#ifndef GQLE_STANDALONE
#include "miscadmin.h"
#endif

#include "gqle/base/utf8.h"
#include "gqle/lang/kriti_tree.h"
#include "gqle/limits.h"

typedef enum TokenKind
{
	TOKEN_END,
	TOKEN_IDENT,				/* keywords, too */
	TOKEN_NUMBER,
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_TEXT,					/* a piece of a string */
	TOKEN_STRING_BEGIN,
	TOKEN_STRING_END,
	TOKEN_SYMBOL
} TokenKind;

typedef struct Token
{
	TokenKind	kind;
	GqleKritiSpan span;
	const char *text;			/* decoded TEXT; else as written */
} Token;

typedef enum LexMode
{
	MODE_PLAIN,
	MODE_EXPR,					/* }} ends it */
	MODE_STRING,
	MODE_KEY					/* in single quotes */
} LexMode;

typedef struct Parser
{
	const char *source;
	int			source_len;
	GqleKritiError *error;
	bool		failed;

	/* lexer */
	const char *next;
	const char *end;
	GqleKritiSpan span;			/* of the last piece of text */
	StringInfoData modes;		/* a byte each */
	int			n_tokens;
	int			allocated;
	Token	   *tokens;

	/* grammar */
	int			at;				/* the next token */
	int			depth;
} Parser;

/* ------------------------------------------------------------------------
 * Lexer
 * ------------------------------------------------------------------------ */

/* The place after some bytes; a character of more than one byte counts nothing. */
static GqleKritiPosition
move(GqleKritiPosition position, const char *text, int len)
{
	int			i;

	for (i = 0; i < len; i++)
	{
		if (text[i] == '\n')
		{
			position.line++;
			position.column = 1;
		}
		else if ((unsigned char) text[i] < 0x80)
			position.column++;
	}
	return position;
}

static void
advance(Parser *p, int len)
{
	p->span.start = p->span.end;
	p->span.end = move(p->span.end, p->next, len);
	p->next += len;
}

/* Report text that is no token; partial bytes of it could begin one. */
static bool
fail_lexeme(Parser *p, int partial)
{
	GqleKritiPosition place = move(p->span.end, p->next, partial);

	p->failed = true;
	p->error->code = "Lex Error";
	p->error->message = psprintf("Invalid Lexeme: '%s'", p->source);
	p->error->span.start = p->error->span.end = place;
	p->error->span.end.column += p->source_len;
	return false;
}

static void
add_token(Parser *p, TokenKind kind, const char *text)
{
	if (p->n_tokens == p->allocated)
	{
		p->allocated = Max(p->allocated * 2, 64);
		p->tokens = p->tokens == NULL ? palloc(sizeof(Token) * p->allocated) :
			repalloc(p->tokens, sizeof(Token) * p->allocated);
	}
	p->tokens[p->n_tokens].kind = kind;
	p->tokens[p->n_tokens].span = p->span;
	p->tokens[p->n_tokens++].text = text;
}

/* Take some bytes as a token. */
static bool
take(Parser *p, TokenKind kind, int len)
{
	const char *text = pnstrdup(p->next, len);

	advance(p, len);
	add_token(p, kind, text);
	return true;
}

static LexMode
mode(const Parser *p)
{
	return p->modes.len == 0 ? MODE_PLAIN : (LexMode) p->modes.data[p->modes.len - 1];
}

static void
push_mode(Parser *p, LexMode mode)
{
	appendStringInfoChar(&p->modes, (char) mode);
}

static void
pop_mode(Parser *p)
{
	if (p->modes.len > 0)
		p->modes.len--;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Bytes of a number's first digits, sign and leading zeros included. */
static int
digits_len(const char *text)
{
	int			n = 0;

	while (is_digit(text[n]))
		n++;
	return n;
}

/* Bytes of the number at text; 0 if there is none. */
static int
number_len(const char *text)
{
	int			sign = *text == '-';
	int			whole = digits_len(text + sign);
	int			n = sign + whole;
	int			exponent;

	if (whole == 0)
		return 0;
	/* digits with a zero before them are an integer and nothing else */
	if (whole > 1 && text[sign] == '0')
		return n;
	if (text[n] == '.' && is_digit(text[n + 1]))
		n += 1 + digits_len(text + n + 1);
	exponent = n;
	if (text[exponent] == 'e' || text[exponent] == 'E')
	{
		exponent++;
		if (text[exponent] == '+' || text[exponent] == '-')
			exponent++;
		if (is_digit(text[exponent]))
			n = exponent + digits_len(text + exponent);
	}
	return n;
}

static int
ident_len(const char *text)
{
	int			n = text[0] == '$';

	if (!is_alpha(text[n]))
		return n;
	while (is_alpha(text[n]) || is_digit(text[n]) || text[n] == '$' || text[n] == '_' ||
		   text[n] == '-')
		n++;
	return n;
}

/* A symbol outside of strings; false after reporting. */
static bool
lex_symbol(Parser *p)
{
	static const char *const doubles[] = {"??", "==", "!=", ">=", "<=", "&&", "||", ":="};
	size_t		i;

	for (i = 0; i < lengthof(doubles); i++)
		if (strncmp(p->next, doubles[i], 2) == 0)
			return take(p, TOKEN_SYMBOL, 2);
	if (strncmp(p->next, "{{", 2) == 0)
	{
		push_mode(p, MODE_EXPR);
		return take(p, TOKEN_SYMBOL, 2);
	}
	if (strncmp(p->next, "}}", 2) == 0 && mode(p) == MODE_EXPR)
	{
		pop_mode(p);
		return take(p, TOKEN_SYMBOL, 2);
	}
	if (*p->next == '\'')
	{
		push_mode(p, MODE_KEY);
		return take(p, TOKEN_SYMBOL, 1);
	}
	if (*p->next != '\0' && strchr(":.,?><_{}[]()", *p->next) != NULL)
		return take(p, TOKEN_SYMBOL, 1);
	return fail_lexeme(p, *p->next != '\0' && strchr("=!&|-", *p->next) != NULL);
}

/* Outside of strings; false after reporting. */
static bool
lex_plain(Parser *p)
{
	int			n = 0;

	while (p->next + n < p->end && is_blank(p->next[n]))
		n++;
	if (n > 0)
	{
		advance(p, n);
		return true;
	}
	if (*p->next == '#')
	{
		advance(p, (int) strcspn(p->next, "\n"));
		return true;
	}
	if (*p->next == '"')
	{
		push_mode(p, MODE_STRING);
		return take(p, TOKEN_STRING_BEGIN, 1);
	}
	n = number_len(p->next);
	if (n > 0)
		return take(p, TOKEN_NUMBER, n);
	n = ident_len(p->next);
	if (n == 0)
		return lex_symbol(p);
	if (n == 4 && strncmp(p->next, "true", 4) == 0)
		return take(p, TOKEN_TRUE, n);
	if (n == 5 && strncmp(p->next, "false", 5) == 0)
		return take(p, TOKEN_FALSE, n);
	return take(p, TOKEN_IDENT, n);
}

/* The character of \uXXXX; what has none becomes U+FFFD. */
static bool
lex_hex(Parser *p)
{
	char		text[8];
	int			code = 0;
	int			n;

	for (n = 2; n < 6; n++)
	{
		char		c = p->next[n];
		int			value = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (value < 0)
			return fail_lexeme(p, n);
		code = code * 16 + value;
	}
	if (code == 0)
		return fail_lexeme(p, 0);
	if (code >= 0xD800 && code <= 0xDFFF)
		code = 0xFFFD;
	n = gqle_utf8_encode((uint32) code, text);
	advance(p, 6);
	add_token(p, TOKEN_TEXT, pnstrdup(text, n));
	return true;
}

/* In a string; false after reporting. */
static bool
lex_string(Parser *p)
{
	static const char escapes[][2] = {{'{', '{'}, {'"', '"'}, {'\\', '\\'}, {'b', '\b'},
	{'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}};
	size_t		i;

	if (*p->next == '"')
	{
		pop_mode(p);
		return take(p, TOKEN_STRING_END, 1);
	}
	if (*p->next == '{')
	{
		if (p->next[1] != '{')
			return take(p, TOKEN_TEXT, 1);
		push_mode(p, MODE_EXPR);
		return take(p, TOKEN_SYMBOL, 2);
	}
	if (*p->next != '\\')
		return take(p, TOKEN_TEXT, (int) strcspn(p->next, "\\\"{"));
	for (i = 0; i < lengthof(escapes); i++)
		if (p->next[1] == escapes[i][0])
		{
			advance(p, 2);
			add_token(p, TOKEN_TEXT, pnstrdup(&escapes[i][1], 1));
			return true;
		}
	if (p->next[1] == '/')
		return take(p, TOKEN_TEXT, 2);
	return p->next[1] == 'u' ? lex_hex(p) : fail_lexeme(p, 1);
}

/* In single quotes, where nothing is decoded; false after reporting. */
static bool
lex_key(Parser *p)
{
	int			n = (int) strcspn(p->next, "'{");

	if (n > 0)
		return take(p, TOKEN_TEXT, n);
	if (*p->next != '\'')
		return fail_lexeme(p, 0);
	pop_mode(p);
	return take(p, TOKEN_SYMBOL, 1);
}

/* All text to tokens; false after reporting. */
static bool
lex(Parser *p)
{
	bool		done = true;

	while (done && p->next < p->end)
	{
		switch (mode(p))
		{
			case MODE_PLAIN:
			case MODE_EXPR:
				done = lex_plain(p);
				break;
			case MODE_STRING:
				done = lex_string(p);
				break;
			case MODE_KEY:
				done = lex_key(p);
				break;
		}
	}
	add_token(p, TOKEN_END, "");
	return done;
}

/* ------------------------------------------------------------------------
 * Grammar: functions return NULL after reporting
 * ------------------------------------------------------------------------ */

static GqleKritiNode *parse_expr(Parser *p);
static GqleKritiNode *parse_atom(Parser *p);

static const Token *
peek(const Parser *p)
{
	return &p->tokens[p->at];
}

static bool
is_symbol(const Token *token, const char *symbol)
{
	return token->kind == TOKEN_SYMBOL && strcmp(token->text, symbol) == 0;
}

static bool
is_word(const Token *token, const char *word)
{
	return token->kind == TOKEN_IDENT && strcmp(token->text, word) == 0;
}

static bool
is_keyword(const char *word)
{
	static const char *const keywords[] = {"if", "elif", "else", "end", "null", "range",
	"in", "not"};
	size_t		i;

	for (i = 0; i < lengthof(keywords); i++)
		if (strcmp(keywords[i], word) == 0)
			return true;
	return false;
}

static bool
is_ident(const Token *token)
{
	return token->kind == TOKEN_IDENT && !is_keyword(token->text);
}

/* Report the next token, which cannot be. */
static void *
fail_token(Parser *p)
{
	const Token *token = peek(p);

	if (p->failed)
		return NULL;
	p->failed = true;
	p->error->code = "Parse Error";
	p->error->span = p->span;
	if (token->kind == TOKEN_END)
		p->error->message = "ParseError: Empty token stream.";
	else if (token->kind == TOKEN_TEXT)
		p->error->message = psprintf("Unexpected token '\"%s\"'.", token->text);
	else
		p->error->message = psprintf("Unexpected token '%s'.", token->text);
	return NULL;
}

static bool
expect_symbol(Parser *p, const char *symbol)
{
	if (!is_symbol(peek(p), symbol))
		return fail_token(p) != NULL;
	p->at++;
	return true;
}

/* Take a symbol if it is there. */
static bool
accept_symbol(Parser *p, const char *symbol)
{
	if (!is_symbol(peek(p), symbol))
		return false;
	p->at++;
	return true;
}

static bool
expect_word(Parser *p, const char *word)
{
	if (!is_word(peek(p), word))
		return fail_token(p) != NULL;
	p->at++;
	return true;
}

static bool
enter(Parser *p)
{
	if (++p->depth <= GQLE_MAX_KRITI_DEPTH)
		return true;
	if (!p->failed)
	{
		p->failed = true;
		p->error->code = "Parse Error";
		p->error->message = "The template is nested too deeply.";
		p->error->span = p->span;
	}
	return false;
}

static GqleKritiSpan
join(GqleKritiSpan a, GqleKritiSpan b)
{
	GqleKritiSpan span = {a.start, b.end};

	if (b.start.line < a.start.line ||
		(b.start.line == a.start.line && b.start.column < a.start.column))
		span.start = b.start;
	if (b.end.line < a.end.line ||
		(b.end.line == a.end.line && b.end.column < a.end.column))
		span.end = a.end;
	return span;
}

static GqleKritiNode *
make_node(GqleKritiKind kind, GqleKritiSpan span)
{
	GqleKritiNode *node = palloc0(sizeof(GqleKritiNode));

	node->kind = kind;
	node->span = span;
	return node;
}

/* Add a child, which may be NULL; false then. */
static bool
add_child(GqleKritiNode *node, GqleKritiNode *child, const char *key)
{
	if (child == NULL)
		return false;
	if (node->n == node->allocated)
	{
		node->allocated = Max(node->allocated * 2, 4);
		if (node->children == NULL)
		{
			node->children = palloc(sizeof(GqleKritiNode *) * node->allocated);
			node->keys = palloc(sizeof(char *) * node->allocated);
		}
		else
		{
			node->children = repalloc(node->children,
									  sizeof(GqleKritiNode *) * node->allocated);
			node->keys = repalloc(node->keys, sizeof(char *) * node->allocated);
		}
	}
	node->keys[node->n] = key;
	node->children[node->n++] = child;
	return true;
}

static GqleKritiNode *
make_literal(const Token *token, GqleJson *json)
{
	GqleKritiNode *node = make_node(GQLE_KRITI_LITERAL, token->span);

	node->json = json;
	return node;
}

/* An integer with zeros before it has none in JSON. */
static const char *
clean_number(const char *text)
{
	bool		is_negative = *text == '-';
	const char *digits = text + is_negative;

	if (*digits != '0' || !is_digit(digits[1]))
		return strcmp(text, "-0") == 0 ? "0" : text;
	while (*digits == '0' && is_digit(digits[1]))
		digits++;
	return is_negative && *digits != '0' ? psprintf("-%s", digits) : digits;
}

/* "text {{ expr }} text" */
static GqleKritiNode *
parse_string(Parser *p)
{
	GqleKritiNode *node = make_node(GQLE_KRITI_STRING, peek(p)->span);

	p->at++;
	while (peek(p)->kind != TOKEN_STRING_END)
	{
		if (peek(p)->kind == TOKEN_TEXT)
		{
			add_child(node, make_literal(peek(p), gqle_json_make_string(peek(p)->text)),
					  NULL);
			p->at++;
		}
		else if (!expect_symbol(p, "{{") || !add_child(node, parse_expr(p), NULL) ||
				 !expect_symbol(p, "}}"))
			return NULL;
	}
	node->span = join(node->span, peek(p)->span);
	p->at++;
	return node;
}

/* [expr, ...] */
static GqleKritiNode *
parse_array(Parser *p)
{
	GqleKritiNode *node = make_node(GQLE_KRITI_ARRAY, peek(p)->span);

	p->at++;
	if (!is_symbol(peek(p), "]"))
	{
		do
		{
			if (!add_child(node, parse_expr(p), NULL))
				return NULL;
		} while (accept_symbol(p, ","));
	}
	node->span = join(node->span, peek(p)->span);
	return expect_symbol(p, "]") ? node : NULL;
}

/* "key": a string without templates */
static const char *
parse_key(Parser *p)
{
	StringInfoData key;

	if (peek(p)->kind != TOKEN_STRING_BEGIN)
		return fail_token(p);
	initStringInfo(&key);
	for (p->at++; peek(p)->kind == TOKEN_TEXT; p->at++)
		appendStringInfoString(&key, peek(p)->text);
	if (peek(p)->kind != TOKEN_STRING_END)
		return fail_token(p);
	p->at++;
	return key.data;
}

/* {"key": expr, ...} */
static GqleKritiNode *
parse_object(Parser *p)
{
	GqleKritiNode *node = make_node(GQLE_KRITI_OBJECT, peek(p)->span);

	p->at++;
	if (!is_symbol(peek(p), "}"))
	{
		do
		{
			const char *key = parse_key(p);

			if (key == NULL || !expect_symbol(p, ":") ||
				!add_child(node, parse_expr(p), key))
				return NULL;
		} while (accept_symbol(p, ","));
	}
	node->span = join(node->span, peek(p)->span);
	return expect_symbol(p, "}") ? node : NULL;
}

/* {{ elif condition }} value */
static GqleKritiNode *
parse_elif(Parser *p)
{
	GqleKritiNode *node = make_node(GQLE_KRITI_ELIF, p->tokens[p->at + 1].span);

	p->at += 2;
	if (!add_child(node, parse_expr(p), NULL))
		return NULL;
	node->span = join(node->span, node->children[0]->span);
	if (!expect_symbol(p, "}}") || !add_child(node, parse_expr(p), NULL))
		return NULL;
	return node;
}

/* {{ if condition }} value {{ elif ... }} ... {{ else }} value {{ end }} */
static GqleKritiNode *
parse_if(Parser *p)
{
	GqleKritiNode *node = make_node(GQLE_KRITI_IF, peek(p)->span);

	p->at += 2;
	if (!add_child(node, parse_expr(p), NULL) || !expect_symbol(p, "}}") ||
		!add_child(node, parse_expr(p), NULL))
		return NULL;
	while (is_symbol(peek(p), "{{") && is_word(&p->tokens[p->at + 1], "elif"))
		if (!add_child(node, parse_elif(p), NULL))
			return NULL;
	if (!expect_symbol(p, "{{") || !expect_word(p, "else") || !expect_symbol(p, "}}") ||
		!add_child(node, parse_expr(p), NULL) || !expect_symbol(p, "{{") ||
		!expect_word(p, "end"))
		return NULL;
	node->span = join(node->span, peek(p)->span);
	return expect_symbol(p, "}}") ? node : NULL;
}

/* {{ range index, item := list }} body {{ end }} */
static GqleKritiNode *
parse_range(Parser *p)
{
	GqleKritiNode *node = make_node(GQLE_KRITI_RANGE, peek(p)->span);

	p->at += 2;
	if (is_ident(peek(p)))
		node->index_name = peek(p)->text;
	else if (!is_symbol(peek(p), "_"))
		return fail_token(p);
	p->at++;
	if (!expect_symbol(p, ","))
		return NULL;
	if (!is_ident(peek(p)))
		return fail_token(p);
	node->name = peek(p)->text;
	p->at++;
	if (!expect_symbol(p, ":=") || !add_child(node, parse_expr(p), NULL) ||
		!expect_symbol(p, "}}") || !add_child(node, parse_expr(p), NULL) ||
		!expect_symbol(p, "{{") || !expect_word(p, "end"))
		return NULL;
	node->span = join(node->span, peek(p)->span);
	return expect_symbol(p, "}}") ? node : NULL;
}

/* An atom without what may follow it. */
static GqleKritiNode *
parse_primary(Parser *p)
{
	const Token *token = peek(p);
	GqleKritiNode *node;

	if (is_symbol(token, "{{"))
	{
		if (is_word(token + 1, "if"))
			return parse_if(p);
		if (is_word(token + 1, "range"))
			return parse_range(p);
		p->at++;
		return fail_token(p);
	}
	if (is_symbol(token, "["))
		return parse_array(p);
	if (is_symbol(token, "{"))
		return parse_object(p);
	if (token->kind == TOKEN_STRING_BEGIN)
		return parse_string(p);
	if (is_symbol(token, "("))
	{
		p->at++;
		node = parse_expr(p);
		return node != NULL && expect_symbol(p, ")") ? node : NULL;
	}
	p->at++;
	if (token->kind == TOKEN_NUMBER)
		return make_literal(token, gqle_json_make_number(clean_number(token->text)));
	if (token->kind == TOKEN_TRUE || token->kind == TOKEN_FALSE)
		return make_literal(token, gqle_json_make_bool(token->kind == TOKEN_TRUE));
	if (is_word(token, "null"))
		return make_literal(token, gqle_json_make_null());
	if (is_ident(token))
	{
		node = make_node(GQLE_KRITI_VARIABLE, token->span);
		node->name = token->text;
		return node;
	}
	p->at--;
	return fail_token(p);
}

/* ['key'] or [atom]: what is between the brackets; *end is the last one. */
static GqleKritiNode *
parse_index(Parser *p, GqleKritiSpan *end)
{
	GqleKritiNode *node;

	p->at++;
	if (is_symbol(peek(p), "'"))
	{
		p->at++;
		if (peek(p)->kind != TOKEN_TEXT)
			return fail_token(p);
		node = make_literal(peek(p), gqle_json_make_string(peek(p)->text));
		p->at++;
		if (!expect_symbol(p, "'"))
			return NULL;
	}
	else
		node = parse_atom(p);
	*end = peek(p)->span;
	return node != NULL && expect_symbol(p, "]") ? node : NULL;
}

/* ?.a['b'][c]: all that follows is optional */
static GqleKritiNode *
parse_optional(Parser *p, GqleKritiNode *base)
{
	GqleKritiNode *node = make_node(GQLE_KRITI_OPTIONAL, base->span);
	GqleKritiSpan end;

	add_child(node, base, NULL);
	p->at++;
	for (;;)
	{
		if (is_symbol(peek(p), "["))
		{
			if (!add_child(node, parse_index(p, &end), NULL))
				return NULL;
		}
		else if (is_symbol(peek(p), "."))
		{
			p->at++;
			if (!is_ident(peek(p)))
				return fail_token(p);
			add_child(node, make_literal(peek(p), gqle_json_make_string(peek(p)->text)),
					  NULL);
			p->at++;
		}
		else
			return node;
	}
}

/* base.name or base[index] */
static GqleKritiNode *
parse_field(Parser *p, GqleKritiNode *base)
{
	GqleKritiNode *node = make_node(GQLE_KRITI_FIELD, base->span);
	GqleKritiSpan end;

	add_child(node, base, NULL);
	if (is_symbol(peek(p), "["))
	{
		if (!add_child(node, parse_index(p, &end), NULL))
			return NULL;
	}
	else
	{
		p->at++;
		if (!is_ident(peek(p)))
			return fail_token(p);
		node->name = peek(p)->text;
		end = peek(p)->span;
		p->at++;
	}
	node->span = join(base->span, end);
	return node;
}

static GqleKritiNode *
parse_atom(Parser *p)
{
	GqleKritiNode *node = NULL;
	int			n_postfix = 0;

	check_stack_depth();
	if (enter(p))
		node = parse_primary(p);
	while (node != NULL)
	{
		if (is_symbol(peek(p), "?"))
			node = parse_optional(p, node);
		else if (is_symbol(peek(p), ".") || is_symbol(peek(p), "["))
			node = parse_field(p, node);
		else
			break;
		/* evaluating recurses into the base */
		n_postfix++;
		if (!enter(p))
			node = NULL;
	}
	p->depth -= 1 + n_postfix;
	return node;
}

/* The kind of a binary operator. */
static bool
is_operator(const Token *token, GqleKritiKind *kind)
{
	static const struct
	{
		const char *symbol;
		GqleKritiKind kind;
	}			operators[] = {
		{"==", GQLE_KRITI_EQ}, {"!=", GQLE_KRITI_NOT_EQ}, {"<", GQLE_KRITI_LT},
		{">", GQLE_KRITI_GT}, {"<=", GQLE_KRITI_LTE}, {">=", GQLE_KRITI_GTE},
		{"&&", GQLE_KRITI_AND}, {"||", GQLE_KRITI_OR}, {"??", GQLE_KRITI_DEFAULT},
	};
	size_t		i;

	for (i = 0; i < lengthof(operators); i++)
		if (is_symbol(token, operators[i].symbol))
		{
			*kind = operators[i].kind;
			return true;
		}
	*kind = GQLE_KRITI_IN;
	return is_word(token, "in");
}

/* name(expr) or not expr */
static GqleKritiNode *
parse_call(Parser *p)
{
	GqleKritiNode *node = make_node(GQLE_KRITI_CALL, peek(p)->span);
	bool		is_not = is_word(peek(p), "not");

	node->name = peek(p)->text;
	p->at += is_not ? 1 : 2;
	if (!add_child(node, parse_expr(p), NULL))
		return NULL;
	node->span = join(node->span, is_not ? node->children[0]->span : peek(p)->span);
	return is_not || expect_symbol(p, ")") ? node : NULL;
}

static GqleKritiNode *
parse_any(Parser *p)
{
	const Token *token = peek(p);
	GqleKritiNode *node;
	GqleKritiNode *left;
	GqleKritiKind kind;

	if (is_symbol(token, "{{") && !is_word(token + 1, "if") && !is_word(token + 1, "range"))
	{
		p->at++;
		node = parse_expr(p);
		return node != NULL && expect_symbol(p, "}}") ? node : NULL;
	}
	if (is_word(token, "not") || (is_ident(token) && is_symbol(token + 1, "(")))
		return parse_call(p);
	left = parse_atom(p);
	if (left == NULL || !is_operator(peek(p), &kind))
		return left;
	node = make_node(kind, left->span);
	add_child(node, left, NULL);
	p->at++;
	if (!add_child(node, parse_atom(p), NULL))
		return NULL;
	node->span = join(left->span, node->children[1]->span);
	return node;
}

static GqleKritiNode *
parse_expr(Parser *p)
{
	GqleKritiNode *node = NULL;

	check_stack_depth();
	if (enter(p))
		node = parse_any(p);
	p->depth--;
	return node;
}

/* See kriti.h. */
GqleKritiNode *
gqle_kriti_parse(const char *text, int len, GqleKritiError *error)
{
	Parser		p = {0};
	GqleKritiNode *node;

	memset(error, 0, sizeof(*error));
	p.span.start.column = p.span.end.column = 1;
	p.error = error;
	p.source_len = len;
	if (len > GQLE_MAX_KRITI_BYTES || memchr(text, '\0', len) != NULL ||
		gqle_utf8_check(text, len) != len)
	{
		error->code = "Lex Error";
		error->message = len > GQLE_MAX_KRITI_BYTES ? "The template is too long." :
			"The template is not UTF-8.";
		error->span = p.span;
		return NULL;
	}
	p.source = p.next = pnstrdup(text, len);
	p.end = p.next + len;
	initStringInfo(&p.modes);
	if (!lex(&p))
		return NULL;
	node = parse_expr(&p);
	if (node != NULL && peek(&p)->kind != TOKEN_END)
		return fail_token(&p);
	return node;
}
