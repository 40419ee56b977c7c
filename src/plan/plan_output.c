/*
 * plan_output.c
 *		How values leave a statement: the JSON path argument, GeoJSON, strings
 *		for numbers that JavaScript can't hold.
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/base/guc.h"
#include "gqle/plan/build.h"

/* A JSON path while it is parsed. */
typedef struct PathParser
{
	const char *p;
	StringInfoData array;		/* text of the text[] literal */
	bool		has_step;
} PathParser;

static bool
is_key_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_key_char(char c)
{
	return is_key_start(c) || (c >= '0' && c <= '9') || c == '-';
}

/* Append a step, quoted as an element of an array literal. */
static void
append_step(PathParser *parser, const char *text, int len)
{
	int			i;

	appendStringInfoString(&parser->array, parser->has_step ? ",\"" : "\"");
	for (i = 0; i < len; i++)
	{
		if (text[i] == '"' || text[i] == '\\')
			appendStringInfoChar(&parser->array, '\\');
		appendStringInfoChar(&parser->array, text[i]);
	}
	appendStringInfoChar(&parser->array, '"');
	parser->has_step = true;
}

/* key: letters, digits, underscore, hyphen */
static bool
parse_key(PathParser *parser)
{
	const char *start = parser->p;

	if (!is_key_start(*parser->p))
		return false;
	while (is_key_char(*parser->p))
		parser->p++;
	append_step(parser, start, parser->p - start);
	return true;
}

/* [0], ["key"] or ['key']; p is at the bracket */
static bool
parse_bracket(PathParser *parser)
{
	const char *start = ++parser->p;
	char		quote = *start;

	if (quote == '"' || quote == '\'')
	{
		start++;
		for (parser->p++; *parser->p != '\0' && *parser->p != quote; parser->p++)
			;
		if (*parser->p != quote)
			return false;
		append_step(parser, start, parser->p - start);
		parser->p++;
	}
	else
	{
		while (*parser->p >= '0' && *parser->p <= '9')
			parser->p++;
		if (parser->p == start)
			return false;
		append_step(parser, start, parser->p - start);
	}
	if (*parser->p != ']')
		return false;
	parser->p++;
	return true;
}

/*
 * A JSON path ("$.a.b[0]['c d']") as the text of a text[]; NULL if it is not
 * one.  "$" alone gives the empty array: the whole value.
 */
static char *
parse_path(const char *text)
{
	PathParser	parser = {text, {0}, false};
	bool		at_start = true;

	initStringInfo(&parser.array);
	appendStringInfoChar(&parser.array, '{');
	if (*parser.p == '$')
	{
		parser.p++;
		at_start = false;
	}
	while (*parser.p != '\0')
	{
		bool		had_dot = *parser.p == '.';

		if (had_dot)
			parser.p++;
		if (*parser.p == '[')
		{
			if (!parse_bracket(&parser))
				return NULL;
		}
		else if ((!had_dot && !at_start) || !parse_key(&parser))
			return NULL;
		at_start = false;
	}
	appendStringInfoChar(&parser.array, '}');
	return parser.array.data;
}

/* The part of a JSON value that the path argument asks for. */
static GqleSqlExpr *
apply_path(GqlePlanContext *ctx, const GqleSelection *selection, GqleSqlExpr *value)
{
	const GqleInput *path = gqle_selection_arg(selection, GQLE_INPUT_JSON_PATH);
	char	   *array;

	if (path == NULL || path->kind != GQLE_IN_CONST)
		return value;
	array = parse_path(path->text);
	if (array == NULL)
	{
		gqle_error_report(ctx->sink, GQLE_ERR_VALIDATION_FAILED,
						  psprintf("%s.args", selection->path),
						  "parse json path error: %s. Accept letters, digits, underscore (_) or hyphen (-) only. Use quotes enclosed in bracket ([\"...\"]) if there is any special character",
						  path->text);
		return value;
	}
	if (strcmp(array, "{}") == 0)
		return value;
	return gqle_sql_operator("#>", value,
							 gqle_sql_cast(gqle_sql_string(array), "text[]"));
}

/* See build.h. */
GqleSqlExpr *
gqle_plan_output(GqlePlanContext *ctx, const GqleSelection *selection,
				 const GqleScalar *scalar, GqleSqlExpr *value)
{
	const GqleColumn *column = selection ? selection->field->column : NULL;

	if (scalar == NULL)
		return value;
	if (scalar->is_geo)
		return gqle_sql_cast(gqle_sql_function(gqle_sql_type_schema(scalar->type_oid),
											   "st_asgeojson",
											   list_make3(value, gqle_sql_integer(15),
														  gqle_sql_integer(4))),
							 "json");
	if (scalar->is_json && selection)
		return apply_path(ctx, selection, value);
	if (scalar->stringify && gqle_guc_stringify_numeric_types)
		return gqle_sql_cast(value, "text");
	if (column && column->enum_table && column->enum_table->customization->graphql_default)
		return gqle_sql_function("pg_catalog", "upper", list_make1(value));
	return value;
}
