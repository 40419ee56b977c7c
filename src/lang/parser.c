/*
 * parser.c
 *		GraphQL text to tree: a recursive descent over one token of lookahead.
 *
 * The grammar is the executable part of GraphQL October 2021.
 *
 * compat: as in Hasura, a repeated argument or input object key is a syntax
 * error, and variable definitions take no directives.
 *
 * Everything is linear in the source.  Recursion is bounded by the depth limit,
 * which every opening bracket counts against; memory by the token limit.
 * Children gather on a scratch stack and are copied into an array of the right
 * size when their parent is complete.  All is allocated in the current memory
 * context; the whole tree dies with it.
 *
 * Functions return false or NULL after recording the first error in the
 * parser, and leave the scratch stack as it is, since nobody goes on after an
 * error.
 */
#include "gqle/gqle.h"

#ifndef GQLE_STANDALONE
#include "miscadmin.h"
#endif

#include "gqle/base/ptrsort.h"
#include "gqle/base/utf8.h"
#include "gqle/lang/parser_parts.h"
#include "gqle/lang/source.h"
#include "gqle/limits.h"

/* Below this many names, comparing all pairs is cheaper than sorting. */
#define FEW_NAMES	12

static bool parse_definitions(GqleParser *parser, GqleDocumentNode *document);
static bool parse_operation(GqleParser *parser, GqleOperationNode *operation);
static bool parse_fragment(GqleParser *parser, GqleFragmentNode *fragment);
static bool parse_variables(GqleParser *parser, int *n,
							GqleVariableDefNode **variables);
static GqleSelectionSetNode *parse_selection_set(GqleParser *parser);
static GqleSelectionNode *parse_selection(GqleParser *parser);
static bool parse_field(GqleParser *parser, GqleSelectionNode *node);
static bool parse_spread(GqleParser *parser, GqleSelectionNode *node);
static bool parse_arguments(GqleParser *parser, bool is_const, int *n,
							GqleArgumentNode **args);
static bool parse_list(GqleParser *parser, bool is_const, GqleValueNode *node);
static bool parse_object(GqleParser *parser, bool is_const, GqleValueNode *node);

/*
 * Errors and tokens
 */

/* Record an error unless there is one; always returns false. */
bool
gqle_parser_fail(GqleParser *parser, int offset, const char *message)
{
	GqleParseError *error = parser->error;

	if (!parser->failed)
	{
		parser->failed = true;
		error->offset = offset;
		error->message = message;
		gqle_source_locate(parser->lexer.text, parser->lexer.len, offset,
						   &error->line, &error->column);
	}
	return false;
}

/* The document is too large in the way the format says. */
static bool
fail_limit(GqleParser *parser, const char *format, int limit)
{
	parser->error->limit_exceeded = true;
	return gqle_parser_fail(parser, parser->lexer.start, psprintf(format, limit));
}

/* The current token is not what the grammar wants. */
bool
gqle_parser_fail_expected(GqleParser *parser, const char *what)
{
	GqleLexer  *lexer = &parser->lexer;
	const int	max_shown = 40;

	if (lexer->kind == GQLE_TOKEN_ERROR)
		return gqle_parser_fail(parser, lexer->error_offset, lexer->error_message);
	if (lexer->kind == GQLE_TOKEN_NAME)
		return gqle_parser_fail(parser, lexer->start,
					psprintf("expected %s, found \"%.*s\"", what,
							 Min(lexer->end - lexer->start, max_shown),
							 lexer->text + lexer->start));
	return gqle_parser_fail(parser, lexer->start,
				psprintf("expected %s, found %s", what,
						 gqle_lexer_describe(lexer->kind)));
}

void
gqle_parser_advance(GqleParser *parser)
{
	gqle_lexer_next(&parser->lexer);
	if (unlikely(parser->lexer.n_tokens > parser->max_tokens))
	{
		fail_limit(parser, "document has more than %d tokens",
				   parser->max_tokens);
		/* An error token matches nothing, so every rule ends here. */
		parser->lexer.kind = GQLE_TOKEN_ERROR;
	}
}

/* A NUL-terminated copy of the current token. */
static const char *
copy_token(GqleParser *parser)
{
	const GqleLexer *lexer = &parser->lexer;
	int			len = lexer->end - lexer->start;
	char	   *copy = gqle_arena_alloc(&parser->arena, (Size) len + 1);

	memcpy(copy, lexer->text + lexer->start, len);
	copy[len] = '\0';
	return copy;
}

const char *
gqle_parser_name(GqleParser *parser)
{
	const char *name;

	if (!gqle_parser_is(parser, GQLE_TOKEN_NAME))
	{
		gqle_parser_fail_expected(parser, "a name");
		return NULL;
	}
	name = copy_token(parser);
	gqle_parser_advance(parser);
	return name;
}

/* Enter one level of nesting; gqle_parser_leave() undoes it. */
bool
gqle_parser_enter(GqleParser *parser)
{
	check_stack_depth();
	if (++parser->depth > parser->max_depth)
		return fail_limit(parser, "document is nested deeper than %d levels",
						  parser->max_depth);
	return true;
}

void
gqle_parser_leave(GqleParser *parser)
{
	parser->depth--;
}

/*
 * Entry points
 */

static int
limit_or_default(int limit, int default_limit)
{
	return limit > 0 ? limit : default_limit;
}

/*
 * Set up a parser on its first token.  Returns false, with the error set, for
 * a text that is too large or not UTF-8.
 */
bool
gqle_parser_begin(GqleParser *parser, const char *text, int len,
			  const GqleParseLimits *limits, GqleParseError *error)
{
	static const GqleParseLimits defaults = {0};
	int			max_bytes;
	int			valid_len;

	if (limits == NULL)
		limits = &defaults;
	memset(parser, 0, sizeof(*parser));
	memset(error, 0, sizeof(*error));
	parser->error = error;
	parser->max_tokens = limit_or_default(limits->max_tokens,
										  GQLE_MAX_DOCUMENT_TOKENS);
	parser->max_depth = limit_or_default(limits->max_depth,
										 GQLE_MAX_DOCUMENT_DEPTH);
	max_bytes = limit_or_default(limits->max_bytes, GQLE_MAX_DOCUMENT_BYTES);
	gqle_lexer_init(&parser->lexer, text, len);

	if (len > max_bytes)
		return fail_limit(parser, "document is larger than %d bytes",
						  max_bytes);
	valid_len = gqle_utf8_check(text, len);
	if (valid_len < len)
		return gqle_parser_fail(parser, valid_len, "invalid UTF-8");

	gqle_arena_init(&parser->arena, (Size) len * 16);
	gqle_scratch_init(&parser->scratch);
	gqle_parser_advance(parser);
	return true;
}

/* Check that nothing follows, and release what is not part of the tree. */
bool
gqle_parser_end(GqleParser *parser)
{
	if (!parser->failed && !gqle_parser_is(parser, GQLE_TOKEN_EOF))
		gqle_parser_fail_expected(parser, gqle_lexer_describe(GQLE_TOKEN_EOF));
	if (parser->scratch.data != NULL)
		gqle_scratch_free(&parser->scratch);
	return !parser->failed;
}

GqleDocumentNode *
gqle_parser_parse_document(const char *text, int len,
						   const GqleParseLimits *limits,
						   GqleParseError *error)
{
	GqleParser		parser;
	GqleDocumentNode *document = NULL;

	if (gqle_parser_begin(&parser, text, len, limits, error))
	{
		document = gqle_arena_alloc0(&parser.arena, sizeof(*document));
		parse_definitions(&parser, document);
	}
	return gqle_parser_end(&parser) ? document : NULL;
}

GqleTypeNode *
gqle_parser_parse_type(const char *text, int len, GqleParseError *error)
{
	GqleParser		parser;
	GqleTypeNode *type = NULL;

	if (gqle_parser_begin(&parser, text, len, NULL, error))
		type = gqle_parser_type(&parser);
	return gqle_parser_end(&parser) ? type : NULL;
}

GqleValueNode *
gqle_parser_parse_value(const char *text, int len, GqleParseError *error)
{
	GqleParser		parser;
	GqleValueNode *value = NULL;

	if (gqle_parser_begin(&parser, text, len, NULL, error))
		value = gqle_parser_value(&parser, true);
	return gqle_parser_end(&parser) ? value : NULL;
}

/*
 * Definitions
 */

/*
 * Operations and fragments may come in any order but end up in two arrays, so
 * each kind has a scratch stack of its own; the common one is in use below.
 */
static bool
parse_definitions(GqleParser *parser, GqleDocumentNode *document)
{
	GqleScratch operations;
	GqleScratch fragments;

	gqle_scratch_init(&operations);
	gqle_scratch_init(&fragments);
	do
	{
		if (gqle_parser_is_keyword(parser, "fragment"))
		{
			GqleFragmentNode fragment = {0};

			if (!parse_fragment(parser, &fragment))
				break;
			gqle_scratch_push(&fragments, &fragment, sizeof(fragment));
			document->n_fragments++;
		}
		else
		{
			GqleOperationNode operation = {0};

			if (!parse_operation(parser, &operation))
				break;
			gqle_scratch_push(&operations, &operation, sizeof(operation));
			document->n_operations++;
		}
	} while (!gqle_parser_is(parser, GQLE_TOKEN_EOF));

	document->operations = gqle_scratch_take(&operations, 0, &parser->arena);
	document->fragments = gqle_scratch_take(&fragments, 0, &parser->arena);
	gqle_scratch_free(&operations);
	gqle_scratch_free(&fragments);
	return !parser->failed;
}

/* GraphQL §2.3 */
static bool
parse_operation(GqleParser *parser, GqleOperationNode *operation)
{
	operation->offset = parser->lexer.start;
	operation->type = GQLE_OPERATION_QUERY;
	if (!gqle_parser_is(parser, GQLE_TOKEN_BRACE_L))
	{
		if (gqle_parser_is_keyword(parser, "mutation"))
			operation->type = GQLE_OPERATION_MUTATION;
		else if (gqle_parser_is_keyword(parser, "subscription"))
			operation->type = GQLE_OPERATION_SUBSCRIPTION;
		else if (!gqle_parser_is_keyword(parser, "query"))
			return gqle_parser_fail_expected(parser, "an operation or a fragment");
		gqle_parser_advance(parser);

		if (gqle_parser_is(parser, GQLE_TOKEN_NAME))
			operation->name = gqle_parser_name(parser);
		if (!parse_variables(parser, &operation->n_variables,
							 &operation->variables))
			return false;
		if (!gqle_parser_directives(parser, false, &operation->n_directives,
							  &operation->directives))
			return false;
	}
	operation->set = parse_selection_set(parser);
	return operation->set != NULL;
}

/* GraphQL §2.8 */
static bool
parse_fragment(GqleParser *parser, GqleFragmentNode *fragment)
{
	fragment->offset = parser->lexer.start;
	gqle_parser_advance(parser);
	if (gqle_parser_is_keyword(parser, "on"))
		return gqle_parser_fail_expected(parser, "a fragment name");
	fragment->name = gqle_parser_name(parser);
	if (fragment->name == NULL)
		return false;
	if (!gqle_parser_is_keyword(parser, "on"))
		return gqle_parser_fail_expected(parser, "\"on\"");
	gqle_parser_advance(parser);
	fragment->type_condition = gqle_parser_name(parser);
	if (fragment->type_condition == NULL)
		return false;
	if (!gqle_parser_directives(parser, false, &fragment->n_directives,
						  &fragment->directives))
		return false;
	fragment->set = parse_selection_set(parser);
	return fragment->set != NULL;
}

/* Variable definitions, if any (GraphQL §2.10). */
static bool
parse_variables(GqleParser *parser, int *n, GqleVariableDefNode **variables)
{
	Size		mark = parser->scratch.used;

	if (!gqle_parser_accept(parser, GQLE_TOKEN_PAREN_L))
		return true;
	do
	{
		GqleVariableDefNode variable = {0};

		variable.offset = parser->lexer.start;
		if (!gqle_parser_expect(parser, GQLE_TOKEN_DOLLAR))
			return false;
		variable.name = gqle_parser_name(parser);
		if (variable.name == NULL || !gqle_parser_expect(parser, GQLE_TOKEN_COLON))
			return false;
		variable.type = gqle_parser_type(parser);
		if (variable.type == NULL)
			return false;
		if (gqle_parser_accept(parser, GQLE_TOKEN_EQUALS))
		{
			variable.default_value = gqle_parser_value(parser, true);
			if (variable.default_value == NULL)
				return false;
		}
		gqle_scratch_push(&parser->scratch, &variable, sizeof(variable));
		(*n)++;
	} while (!gqle_parser_is(parser, GQLE_TOKEN_PAREN_R));
	gqle_parser_advance(parser);
	*variables = gqle_scratch_take(&parser->scratch, mark, &parser->arena);
	return true;
}

/* GraphQL §2.11 */
GqleTypeNode *
gqle_parser_type(GqleParser *parser)
{
	GqleTypeNode *type = gqle_arena_alloc0(&parser->arena, sizeof(*type));

	type->offset = parser->lexer.start;
	if (gqle_parser_accept(parser, GQLE_TOKEN_BRACKET_L))
	{
		if (!gqle_parser_enter(parser))
			return NULL;
		type->of = gqle_parser_type(parser);
		if (type->of == NULL || !gqle_parser_expect(parser, GQLE_TOKEN_BRACKET_R))
			return NULL;
		gqle_parser_leave(parser);
	}
	else
	{
		type->name = gqle_parser_name(parser);
		if (type->name == NULL)
			return NULL;
	}
	type->non_null = gqle_parser_accept(parser, GQLE_TOKEN_BANG);
	return type;
}

/*
 * Selections
 */

/* GraphQL §2.4; never empty. */
static GqleSelectionSetNode *
parse_selection_set(GqleParser *parser)
{
	GqleSelectionSetNode *set;
	Size		mark = parser->scratch.used;

	set = gqle_arena_alloc0(&parser->arena, sizeof(*set));
	set->offset = parser->lexer.start;
	if (!gqle_parser_expect(parser, GQLE_TOKEN_BRACE_L) || !gqle_parser_enter(parser))
		return NULL;
	do
	{
		GqleSelectionNode *selection = parse_selection(parser);

		if (selection == NULL)
			return NULL;
		gqle_scratch_push(&parser->scratch, &selection, sizeof(selection));
		set->n++;
	} while (!gqle_parser_is(parser, GQLE_TOKEN_BRACE_R));
	gqle_parser_leave(parser);
	gqle_parser_advance(parser);
	set->items = gqle_scratch_take(&parser->scratch, mark, &parser->arena);
	return set;
}

static GqleSelectionNode *
parse_selection(GqleParser *parser)
{
	GqleSelectionNode *node;
	bool		ok;

	node = gqle_arena_alloc0(&parser->arena, sizeof(*node));
	node->offset = parser->lexer.start;
	if (gqle_parser_accept(parser, GQLE_TOKEN_SPREAD))
		ok = parse_spread(parser, node);
	else
		ok = parse_field(parser, node);
	return ok ? node : NULL;
}

/* GraphQL §2.5, §2.7 */
static bool
parse_field(GqleParser *parser, GqleSelectionNode *node)
{
	node->kind = GQLE_SELECTION_FIELD;
	node->name = gqle_parser_name(parser);
	if (node->name == NULL)
		return false;
	if (gqle_parser_accept(parser, GQLE_TOKEN_COLON))
	{
		node->alias = node->name;
		node->name = gqle_parser_name(parser);
		if (node->name == NULL)
			return false;
	}
	if (!parse_arguments(parser, false, &node->n_args, &node->args) ||
		!gqle_parser_directives(parser, false, &node->n_directives,
						  &node->directives))
		return false;
	if (gqle_parser_is(parser, GQLE_TOKEN_BRACE_L))
	{
		node->set = parse_selection_set(parser);
		if (node->set == NULL)
			return false;
	}
	return true;
}

/* What follows "...": a fragment's name or an inline fragment. */
static bool
parse_spread(GqleParser *parser, GqleSelectionNode *node)
{
	bool		has_condition = gqle_parser_is_keyword(parser, "on");

	if (has_condition)
		gqle_parser_advance(parser);
	node->kind = GQLE_SELECTION_INLINE;
	if (gqle_parser_is(parser, GQLE_TOKEN_NAME) || has_condition)
	{
		node->name = gqle_parser_name(parser);
		if (node->name == NULL)
			return false;
		if (!has_condition)
			node->kind = GQLE_SELECTION_SPREAD;
	}
	if (!gqle_parser_directives(parser, false, &node->n_directives,
						  &node->directives))
		return false;
	if (node->kind == GQLE_SELECTION_SPREAD)
		return true;
	node->set = parse_selection_set(parser);
	return node->set != NULL;
}

/* GraphQL §2.12 */
bool
gqle_parser_directives(GqleParser *parser, bool is_const, int *n,
				 GqleDirectiveNode **directives)
{
	Size		mark = parser->scratch.used;

	while (gqle_parser_is(parser, GQLE_TOKEN_AT))
	{
		GqleDirectiveNode directive = {0};

		directive.offset = parser->lexer.start;
		gqle_parser_advance(parser);
		directive.name = gqle_parser_name(parser);
		if (directive.name == NULL ||
			!parse_arguments(parser, is_const, &directive.n_args,
							 &directive.args))
			return false;
		gqle_scratch_push(&parser->scratch, &directive, sizeof(directive));
		(*n)++;
	}
	*directives = gqle_scratch_take(&parser->scratch, mark, &parser->arena);
	return true;
}

/*
 * Arguments and values
 */

/*
 * A name with a value.  Arguments and input object fields are read as this,
 * since the same rules hold for both.
 */
typedef GqleArgumentNode NamedValue;

StaticAssertDecl(sizeof(GqleArgumentNode) == sizeof(GqleObjectFieldNode) &&
				 offsetof(GqleArgumentNode, value) ==
				 offsetof(GqleObjectFieldNode, value),
				 "arguments and object fields must look alike");

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const NamedValue *) a)->name,
				  ((const NamedValue *) b)->name);
}

/* The first entry that has the name of an earlier one, or NULL. */
static const NamedValue *
find_repeated_name(const NamedValue *entries, int n)
{
	const NamedValue *repeated = NULL;
	const void **sorted;
	int			i;
	int			j;

	if (n <= FEW_NAMES)
	{
		for (i = 1; i < n; i++)
		{
			for (j = 0; j < i; j++)
			{
				if (strcmp(entries[i].name, entries[j].name) == 0)
					return &entries[i];
			}
		}
		return NULL;
	}

	sorted = palloc(sizeof(*sorted) * n);
	for (i = 0; i < n; i++)
		sorted[i] = &entries[i];
	gqle_ptrsort(sorted, n, compare_names);
	for (i = 1; i < n; i++)
	{
		const NamedValue *entry = sorted[i];

		if (compare_names(sorted[i - 1], entry) == 0 &&
			(repeated == NULL || entry < repeated))
			repeated = entry;
	}
	pfree(sorted);
	return repeated;
}

/* Entries up to and including the closing bracket. */
static bool
parse_named_values(GqleParser *parser, bool is_const, GqleTokenKind close,
				   int *n, NamedValue **entries)
{
	Size		mark = parser->scratch.used;
	const NamedValue *repeated;

	if (!gqle_parser_enter(parser))
		return false;
	while (!gqle_parser_is(parser, close))
	{
		NamedValue	entry = {0};

		entry.offset = parser->lexer.start;
		entry.name = gqle_parser_name(parser);
		if (entry.name == NULL || !gqle_parser_expect(parser, GQLE_TOKEN_COLON))
			return false;
		entry.value = gqle_parser_value(parser, is_const);
		if (entry.value == NULL)
			return false;
		gqle_scratch_push(&parser->scratch, &entry, sizeof(entry));
		(*n)++;
	}
	gqle_parser_leave(parser);
	gqle_parser_advance(parser);
	*entries = gqle_scratch_take(&parser->scratch, mark, &parser->arena);

	repeated = find_repeated_name(*entries, *n);
	if (repeated != NULL)
		return gqle_parser_fail(parser, repeated->offset,
					psprintf("\"%s\" is given more than once",
							 repeated->name));
	return true;
}

/* Arguments, if any; never empty (GraphQL §2.6). */
static bool
parse_arguments(GqleParser *parser, bool is_const, int *n, GqleArgumentNode **args)
{
	if (!gqle_parser_accept(parser, GQLE_TOKEN_PAREN_L))
		return true;
	if (gqle_parser_is(parser, GQLE_TOKEN_PAREN_R))
		return gqle_parser_fail_expected(parser, "an argument");
	return parse_named_values(parser, is_const, GQLE_TOKEN_PAREN_R, n, args);
}

/* A value that is one token: its kind is set, the text is a copy. */
static bool
parse_token_value(GqleParser *parser, GqleValueNode *node, GqleValueKind kind)
{
	node->kind = kind;
	node->text = copy_token(parser);
	node->len = parser->lexer.end - parser->lexer.start;
	gqle_parser_advance(parser);
	return true;
}

bool
gqle_parser_string(GqleParser *parser, GqleValueNode *node)
{
	GqleLexer  *lexer = &parser->lexer;
	char	   *text = gqle_arena_alloc(&parser->arena,
										lexer->end - lexer->start);

	node->kind = GQLE_VALUE_STRING;
	node->block = lexer->kind == GQLE_TOKEN_BLOCK_STRING;
	node->len = gqle_lexer_decode_string(lexer, text);
	node->text = text;
	if (node->len < 0)
		return gqle_parser_fail_expected(parser, "a string");
	gqle_parser_advance(parser);
	return true;
}

/* null, true, false or an enum value. */
static bool
parse_word(GqleParser *parser, GqleValueNode *node)
{
	if (gqle_parser_is_keyword(parser, "null"))
		node->kind = GQLE_VALUE_NULL;
	else if (gqle_parser_is_keyword(parser, "true"))
	{
		node->kind = GQLE_VALUE_BOOLEAN;
		node->boolean = true;
	}
	else if (gqle_parser_is_keyword(parser, "false"))
		node->kind = GQLE_VALUE_BOOLEAN;
	else
		return parse_token_value(parser, node, GQLE_VALUE_ENUM);
	gqle_parser_advance(parser);
	return true;
}

static bool
parse_variable(GqleParser *parser, bool is_const, GqleValueNode *node)
{
	if (is_const)
		return gqle_parser_fail_expected(parser, "a constant value");
	gqle_parser_advance(parser);
	if (!gqle_parser_is(parser, GQLE_TOKEN_NAME))
		return gqle_parser_fail_expected(parser, "a name");
	return parse_token_value(parser, node, GQLE_VALUE_VARIABLE);
}

/* GraphQL §2.9; variables are not allowed in constants. */
GqleValueNode *
gqle_parser_value(GqleParser *parser, bool is_const)
{
	GqleValueNode *node;
	bool		ok;

	node = gqle_arena_alloc0(&parser->arena, sizeof(*node));
	node->offset = parser->lexer.start;
	switch (parser->lexer.kind)
	{
		case GQLE_TOKEN_DOLLAR:
			ok = parse_variable(parser, is_const, node);
			break;
		case GQLE_TOKEN_INT:
			ok = parse_token_value(parser, node, GQLE_VALUE_INT);
			break;
		case GQLE_TOKEN_FLOAT:
			ok = parse_token_value(parser, node, GQLE_VALUE_FLOAT);
			break;
		case GQLE_TOKEN_STRING:
		case GQLE_TOKEN_BLOCK_STRING:
			ok = gqle_parser_string(parser, node);
			break;
		case GQLE_TOKEN_NAME:
			ok = parse_word(parser, node);
			break;
		case GQLE_TOKEN_BRACKET_L:
			ok = parse_list(parser, is_const, node);
			break;
		case GQLE_TOKEN_BRACE_L:
			ok = parse_object(parser, is_const, node);
			break;
		default:
			ok = gqle_parser_fail_expected(parser, "a value");
			break;
	}
	return ok ? node : NULL;
}

static bool
parse_list(GqleParser *parser, bool is_const, GqleValueNode *node)
{
	Size		mark = parser->scratch.used;

	node->kind = GQLE_VALUE_LIST;
	gqle_parser_advance(parser);
	if (!gqle_parser_enter(parser))
		return false;
	while (!gqle_parser_is(parser, GQLE_TOKEN_BRACKET_R))
	{
		GqleValueNode *item = gqle_parser_value(parser, is_const);

		if (item == NULL)
			return false;
		gqle_scratch_push(&parser->scratch, &item, sizeof(item));
		node->n++;
	}
	gqle_parser_leave(parser);
	gqle_parser_advance(parser);
	node->items = gqle_scratch_take(&parser->scratch, mark, &parser->arena);
	return true;
}

static bool
parse_object(GqleParser *parser, bool is_const, GqleValueNode *node)
{
	NamedValue *entries = NULL;

	node->kind = GQLE_VALUE_OBJECT;
	gqle_parser_advance(parser);
	if (!parse_named_values(parser, is_const, GQLE_TOKEN_BRACE_R,
							&node->n, &entries))
		return false;
	node->fields = (GqleObjectFieldNode *) entries;
	return true;
}
