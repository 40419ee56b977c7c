/*
 * json_template.c
 *		Running JSON templates over rows.
 *
 * A template (see plan.h) is parsed once into a flat program of three
 * instructions: copy a piece of text, write a column, and test a column for
 * null, which writes "null" and jumps behind the object it guards.  Running it
 * over a row is one pass without recursion or allocation.
 */
#include "gqle/gqle.h"

#include "access/htup_details.h"
#include "miscadmin.h"

#include "gqle/base/json_write.h"
#include "gqle/exec/json_template.h"

#define MAX_GUARDS 128			/* open at once: bounded by the depth of requests */

typedef enum InstructionKind
{
	INSTRUCTION_TEXT,
	INSTRUCTION_VALUE,
	INSTRUCTION_GUARD
} InstructionKind;

typedef struct Instruction
{
	InstructionKind kind;
	int			column;			/* VALUE, GUARD: from 0 */
	int			next;			/* GUARD: where to go on if null */
	const char *text;			/* TEXT: in the template's own copy */
	int			len;
} Instruction;

struct GqleJsonTemplate
{
	MemoryContext context;
	int			n_instructions;
	int			capacity;
	Instruction *instructions;
	int			n_columns;
	GqleJsonFormat **formats;	/* per column; NULL until its type is known */
};

/* State while parsing. */
typedef struct TemplateParser
{
	GqleJsonTemplate *template;
	const char *p;
	const char *end;
	const char *piece;			/* start of text not yet made an instruction */
	int			depth;			/* of braces */
	int			n_guards;		/* open guards */
	int			guards[MAX_GUARDS]; /* their instructions */
	int			guard_depths[MAX_GUARDS];
} TemplateParser;

/* Templates reach us through SQL functions, too: a bad one is an ordinary error. */
static void
check_template(bool ok, const char *what)
{
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid JSON template: %s", what)));
}

static Instruction *
add_instruction(GqleJsonTemplate *template, InstructionKind kind)
{
	Instruction *instruction;

	if (template->n_instructions == template->capacity)
	{
		template->capacity *= 2;
		template->instructions = repalloc(template->instructions,
										  template->capacity * sizeof(Instruction));
	}
	instruction = &template->instructions[template->n_instructions++];
	memset(instruction, 0, sizeof(*instruction));
	instruction->kind = kind;
	return instruction;
}

/* Make an instruction of the text from piece up to p. */
static void
flush_text(TemplateParser *parser)
{
	if (parser->p > parser->piece)
	{
		Instruction *instruction = add_instruction(parser->template, INSTRUCTION_TEXT);

		instruction->text = parser->piece;
		instruction->len = parser->p - parser->piece;
	}
	parser->piece = parser->p;
}

/* Skip a string; p is at its opening quote. */
static void
skip_string(TemplateParser *parser)
{
	for (parser->p++; parser->p < parser->end && *parser->p != '"'; parser->p++)
		if (*parser->p == '\\')
			parser->p++;
	parser->p++;
}

/* A reference; p is at its dollar sign. */
static void
parse_reference(TemplateParser *parser)
{
	GqleJsonTemplate *template = parser->template;
	Instruction *instruction;
	int			number = 0;

	flush_text(parser);
	parser->p++;
	while (parser->p < parser->end && *parser->p >= '0' && *parser->p <= '9')
	{
		number = number * 10 + (*parser->p++ - '0');
		check_template(number <= MaxTupleAttributeNumber, "bad column number");
	}
	check_template(number > 0, "bad column number");
	if (number > template->n_columns)
		template->n_columns = number;
	if (parser->p < parser->end && *parser->p == '?')
	{
		parser->p++;
		check_template(parser->n_guards < MAX_GUARDS, "nested too deeply");
		parser->guards[parser->n_guards] = template->n_instructions;
		parser->guard_depths[parser->n_guards++] = parser->depth;
		instruction = add_instruction(template, INSTRUCTION_GUARD);
	}
	else
		instruction = add_instruction(template, INSTRUCTION_VALUE);
	instruction->column = number - 1;
	parser->piece = parser->p;
}

/* A closing brace; it may end a guarded object. */
static void
close_brace(TemplateParser *parser)
{
	parser->p++;
	parser->depth--;
	while (parser->n_guards > 0 &&
		   parser->guard_depths[parser->n_guards - 1] == parser->depth)
	{
		flush_text(parser);
		parser->n_guards--;
		parser->template->instructions[parser->guards[parser->n_guards]].next =
			parser->template->n_instructions;
	}
}

/* See json_template.h. */
GqleJsonTemplate *
gqle_json_template_make(const char *text, int len, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	TemplateParser parser = {0};

	parser.template = palloc0(sizeof(GqleJsonTemplate));
	parser.template->context = context;
	parser.template->capacity = 16;
	parser.template->instructions = palloc(16 * sizeof(Instruction));
	parser.p = parser.piece = pnstrdup(text, len);
	parser.end = parser.p + len;
	while (parser.p < parser.end)
	{
		switch (*parser.p)
		{
			case '"':
				skip_string(&parser);
				break;
			case '$':
				parse_reference(&parser);
				break;
			case '{':
				parser.p++;
				parser.depth++;
				break;
			case '}':
				close_brace(&parser);
				break;
			default:
				parser.p++;
				break;
		}
	}
	check_template(parser.depth == 0 && parser.n_guards == 0 && parser.p == parser.end,
				   "unbalanced braces or quotes");
	flush_text(&parser);
	parser.template->formats = palloc0(Max(parser.template->n_columns, 1) *
									   sizeof(GqleJsonFormat *));
	MemoryContextSwitchTo(old);
	return parser.template;
}

int
gqle_json_template_n_columns(const GqleJsonTemplate *template)
{
	return template->n_columns;
}

/* See json_template.h. */
void
gqle_json_template_set_type(GqleJsonTemplate *template, int column, Oid type_oid)
{
	Ensure(column < template->n_columns, "JSON template lacks a column");
	if (template->formats[column] == NULL ||
		gqle_json_format_type(template->formats[column]) != type_oid)
		template->formats[column] = gqle_json_format_make(type_oid, template->context);
}

/* See json_template.h. */
void
gqle_json_template_append(StringInfo out, GqleJsonTemplate *template,
					 const Datum *values, const bool *nulls)
{
	int			i = 0;

	/* a row may hold megabytes made by rows below it */
	CHECK_FOR_INTERRUPTS();
	while (i < template->n_instructions)
	{
		const Instruction *instruction = &template->instructions[i++];

		switch (instruction->kind)
		{
			case INSTRUCTION_TEXT:
				gqle_json_write_raw(out, instruction->text, instruction->len);
				break;
			case INSTRUCTION_VALUE:
				if (nulls[instruction->column])
					gqle_json_write_raw(out, "null", 4);
				else
					gqle_json_value_append(out, template->formats[instruction->column],
										   values[instruction->column]);
				break;
			case INSTRUCTION_GUARD:
				if (nulls[instruction->column])
				{
					gqle_json_write_raw(out, "null", 4);
					i = instruction->next;
				}
				break;
		}
	}
}
