/*
 * parser_sdl.c
 *		The schema definition language to a tree: schemas and types.
 *
 * The grammar is that of Hasura's reader: types and schemas are defined, neither
 * extended nor are there definitions of directives, and interfaces implement none.
 * Names that are defined twice are found by whoever makes something of the tree.
 */
#include "gqle/gqle.h"

#include "gqle/lang/parser_parts.h"
#include "gqle/lang/sdl.h"

static bool parse_definitions(GqleParser *parser, GqleTypeSystemNode *system);
static bool parse_schema(GqleParser *parser, GqleTypeSystemNode *system);
static bool parse_type_definition(GqleParser *parser, GqleTypeDefNode *type);
static bool parse_body(GqleParser *parser, GqleTypeDefNode *type);
static bool parse_names(GqleParser *parser, GqleTokenKind separator, GqleTypeDefNode *type);
static bool parse_fields(GqleParser *parser, int *n, GqleFieldDefNode **fields);
static bool parse_values(GqleParser *parser, int *n, GqleEnumValueDefNode **values);
static bool parse_inputs(GqleParser *parser, GqleTokenKind open, GqleTokenKind close,
						 int *n, GqleInputDefNode **inputs);
static bool parse_input(GqleParser *parser, GqleInputDefNode *input);

/* Keywords in the order of GqleTypeDefKind. */
static const char *const keywords[] = {"scalar", "type", "interface", "union", "enum",
"input"};

/* See sdl.h. */
GqleTypeSystemNode *
gqle_sdl_parse(const char *text, int len, GqleParseError *error)
{
	GqleParser	parser;
	GqleTypeSystemNode *system = NULL;

	if (gqle_parser_begin(&parser, text, len, NULL, error))
	{
		system = gqle_arena_alloc0(&parser.arena, sizeof(*system));
		(void) parse_definitions(&parser, system);
	}
	return gqle_parser_end(&parser) ? system : NULL;
}

/* See sdl.h. */
const char *
gqle_sdl_base_name(const GqleTypeNode *type)
{
	while (type->name == NULL)
		type = type->of;
	return type->name;
}

/* A description, if any. */
static bool
parse_description(GqleParser *parser, const char **description)
{
	GqleValueNode node = {0};

	if (!gqle_parser_is(parser, GQLE_TOKEN_STRING) &&
		!gqle_parser_is(parser, GQLE_TOKEN_BLOCK_STRING))
		return true;
	if (!gqle_parser_string(parser, &node))
		return false;
	*description = node.text;
	return true;
}

/* GraphQL §3.1: at least one. */
static bool
parse_definitions(GqleParser *parser, GqleTypeSystemNode *system)
{
	Size		mark = parser->scratch.used;

	do
	{
		GqleTypeDefNode type = {0};

		if (gqle_parser_is_keyword(parser, "schema"))
		{
			if (!parse_schema(parser, system))
				return false;
			continue;
		}
		if (!parse_type_definition(parser, &type))
			return false;
		gqle_scratch_push(&parser->scratch, &type, sizeof(type));
		system->n_types++;
	} while (!gqle_parser_is(parser, GQLE_TOKEN_EOF));
	system->types = gqle_scratch_take(&parser->scratch, mark, &parser->arena);
	return true;
}

/* GraphQL §3.3; of several schemas the first one counts. */
static bool
parse_schema(GqleParser *parser, GqleTypeSystemNode *system)
{
	static const char *const operations[] = {"query", "mutation", "subscription"};
	GqleDirectiveNode *directives;
	int			n = 0;

	system->n_schemas++;
	gqle_parser_advance(parser);
	if (!gqle_parser_directives(parser, true, &n, &directives) ||
		!gqle_parser_expect(parser, GQLE_TOKEN_BRACE_L))
		return false;
	do
	{
		const char *name;
		int			i;

		for (i = 0; i < (int) lengthof(operations); i++)
		{
			if (gqle_parser_is_keyword(parser, operations[i]))
				break;
		}
		if (i == (int) lengthof(operations))
			return gqle_parser_fail_expected(parser, "an operation type");
		gqle_parser_advance(parser);
		if (!gqle_parser_expect(parser, GQLE_TOKEN_COLON))
			return false;
		name = gqle_parser_name(parser);
		if (name == NULL)
			return false;
		if (system->n_schemas == 1)
			system->roots[i] = name;
	} while (!gqle_parser_is(parser, GQLE_TOKEN_BRACE_R));
	gqle_parser_advance(parser);
	return true;
}

static bool
parse_type_definition(GqleParser *parser, GqleTypeDefNode *type)
{
	int			i;

	if (!parse_description(parser, &type->description))
		return false;
	for (i = 0; i < (int) lengthof(keywords); i++)
	{
		if (gqle_parser_is_keyword(parser, keywords[i]))
			break;
	}
	if (i == (int) lengthof(keywords))
		return gqle_parser_fail_expected(parser, "the definition of a type");
	gqle_parser_advance(parser);
	type->kind = i;
	type->name = gqle_parser_name(parser);
	return type->name != NULL && parse_body(parser, type);
}

/* What follows the name of a type. */
static bool
parse_body(GqleParser *parser, GqleTypeDefNode *type)
{
	if (type->kind == GQLE_DEF_OBJECT && gqle_parser_is_keyword(parser, "implements"))
	{
		gqle_parser_advance(parser);
		if (!parse_names(parser, GQLE_TOKEN_AMP, type))
			return false;
	}
	if (!gqle_parser_directives(parser, true, &type->n_directives, &type->directives))
		return false;
	switch (type->kind)
	{
		case GQLE_DEF_SCALAR:
			return true;
		case GQLE_DEF_OBJECT:
		case GQLE_DEF_INTERFACE:
			return parse_fields(parser, &type->n_fields, &type->fields);
		case GQLE_DEF_UNION:
			return gqle_parser_expect(parser, GQLE_TOKEN_EQUALS) &&
				parse_names(parser, GQLE_TOKEN_PIPE, type);
		case GQLE_DEF_ENUM:
			return parse_values(parser, &type->n_values, &type->values);
		case GQLE_DEF_INPUT_OBJECT:
			return parse_inputs(parser, GQLE_TOKEN_BRACE_L, GQLE_TOKEN_BRACE_R,
								&type->n_inputs, &type->inputs);
	}
	return false;
}

/* Names with a separator between them, and perhaps before the first. */
static bool
parse_names(GqleParser *parser, GqleTokenKind separator, GqleTypeDefNode *type)
{
	Size		mark = parser->scratch.used;

	(void) gqle_parser_accept(parser, separator);
	do
	{
		const char *name = gqle_parser_name(parser);

		if (name == NULL)
			return false;
		gqle_scratch_push(&parser->scratch, &name, sizeof(name));
		type->n_names++;
	} while (gqle_parser_accept(parser, separator));
	type->names = gqle_scratch_take(&parser->scratch, mark, &parser->arena);
	return true;
}

/* GraphQL §3.6: at least one. */
static bool
parse_fields(GqleParser *parser, int *n, GqleFieldDefNode **fields)
{
	Size		mark = parser->scratch.used;

	if (!gqle_parser_expect(parser, GQLE_TOKEN_BRACE_L))
		return false;
	do
	{
		GqleFieldDefNode field = {0};

		if (!parse_description(parser, &field.description))
			return false;
		field.name = gqle_parser_name(parser);
		if (field.name == NULL)
			return false;
		if (gqle_parser_is(parser, GQLE_TOKEN_PAREN_L) &&
			!parse_inputs(parser, GQLE_TOKEN_PAREN_L, GQLE_TOKEN_PAREN_R, &field.n_args,
						  &field.args))
			return false;
		if (!gqle_parser_expect(parser, GQLE_TOKEN_COLON))
			return false;
		field.type = gqle_parser_type(parser);
		if (field.type == NULL ||
			!gqle_parser_directives(parser, true, &field.n_directives, &field.directives))
			return false;
		gqle_scratch_push(&parser->scratch, &field, sizeof(field));
		(*n)++;
	} while (!gqle_parser_is(parser, GQLE_TOKEN_BRACE_R));
	gqle_parser_advance(parser);
	*fields = gqle_scratch_take(&parser->scratch, mark, &parser->arena);
	return true;
}

/* GraphQL §3.9: at least one. */
static bool
parse_values(GqleParser *parser, int *n, GqleEnumValueDefNode **values)
{
	Size		mark = parser->scratch.used;

	if (!gqle_parser_expect(parser, GQLE_TOKEN_BRACE_L))
		return false;
	do
	{
		GqleEnumValueDefNode value = {0};

		if (!parse_description(parser, &value.description))
			return false;
		value.name = gqle_parser_name(parser);
		if (value.name == NULL ||
			!gqle_parser_directives(parser, true, &value.n_directives, &value.directives))
			return false;
		gqle_scratch_push(&parser->scratch, &value, sizeof(value));
		(*n)++;
	} while (!gqle_parser_is(parser, GQLE_TOKEN_BRACE_R));
	gqle_parser_advance(parser);
	*values = gqle_scratch_take(&parser->scratch, mark, &parser->arena);
	return true;
}

/* Arguments in parentheses, or input fields in braces: at least one. */
static bool
parse_inputs(GqleParser *parser, GqleTokenKind open, GqleTokenKind close, int *n,
			 GqleInputDefNode **inputs)
{
	Size		mark = parser->scratch.used;

	if (!gqle_parser_expect(parser, open))
		return false;
	do
	{
		GqleInputDefNode input = {0};

		if (!parse_input(parser, &input))
			return false;
		gqle_scratch_push(&parser->scratch, &input, sizeof(input));
		(*n)++;
	} while (!gqle_parser_is(parser, close));
	gqle_parser_advance(parser);
	*inputs = gqle_scratch_take(&parser->scratch, mark, &parser->arena);
	return true;
}

static bool
parse_input(GqleParser *parser, GqleInputDefNode *input)
{
	if (!parse_description(parser, &input->description))
		return false;
	input->name = gqle_parser_name(parser);
	if (input->name == NULL || !gqle_parser_expect(parser, GQLE_TOKEN_COLON))
		return false;
	input->type = gqle_parser_type(parser);
	if (input->type == NULL)
		return false;
	if (gqle_parser_accept(parser, GQLE_TOKEN_EQUALS))
	{
		input->default_value = gqle_parser_value(parser, true);
		if (input->default_value == NULL)
			return false;
	}
	return gqle_parser_directives(parser, true, &input->n_directives, &input->directives);
}
