/*
 * test_parser.c
 *		Documents, types and values: what is accepted, what is refused and
 *		where, and that parsing is linear and bounded.
 */
#include "gqle/gqle.h"

#include "gqle/lang/parser.h"
#include "gqle/lang/printer.h"
#include "gqle/limits.h"
#include "tap.h"

typedef struct GoodCase
{
	const char *input;
	const char *printed;		/* NULL: as the input */
} GoodCase;

static const GoodCase good_documents[] = {
	{"{ a }", NULL},
	{"query { a }", "{ a }"},
	{"query Q { a }", NULL},
	{"mutation { a }", NULL},
	{"subscription S { a }", NULL},
	{"{a b}", "{ a b }"},
	{",,{a,,b,},", "{ a b }"},
	{" \t\r\n{a#c}\n#x\r b}#", "{ a b }"},
	{"{ a: b }", NULL},
	{"{ query mutation fragment on true null subscription }", NULL},
	{"query query { a }", NULL},
	{"{ on: true }", NULL},
	{"{ __typename _ _1 A9z }", NULL},
	{"{ a { b { c } } }", NULL},
	{"{ a(x: 1) }", NULL},
	{"{ a(x: 1, y: $v) @d { b } }", NULL},
	{"{ a(x: $on) }", NULL},
	{"query($a: Int) { a }", NULL},
	{"query Q($a: Int = 1, $b: [T!]! = [{x: [1]}]) @d(x: $a) { a }", NULL},
	{"query($a:Int$b:Int){a}", "query($a: Int, $b: Int) { a }"},
	{"query @a @b(x: 1) @a { a }", NULL},
	{"mutation M @d { a }", NULL},
	{"{ ...F }\nfragment F on T { a }", NULL},
	{"fragment F on T { a } { b }", "{ b }\nfragment F on T { a }"},
	{"fragment F on T @d { a }", NULL},
	{"fragment query on on { a }", NULL},
	{"fragment fragment on fragment { a }", NULL},
	{"{ ... on T { a } }", NULL},
	{"{ ...on T@d{a} }", "{ ... on T @d { a } }"},
	{"{ ... { a } }", NULL},
	{"{ ... @d { a } }", NULL},
	{"{ ...one }", NULL},
	{"{ a } { b } query C { c }", "{ a }\n{ b }\nquery C { c }"},
	{"{ a(x: []) }", NULL},
	{"{ a(x: {}) }", NULL},
	{"{ a(x: [[], [1, [2]]]) }", NULL},
	{"{ a(x: {a: {b: {}}, c: 1}) }", NULL},
	{"{ a(x: [1 2,3,]) }", "{ a(x: [1, 2, 3]) }"},
	{"{ a(x: {a:1 b:2}) }", "{ a(x: {a: 1, b: 2}) }"},
	{"{ a(a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, k: 1, "
	"l: 1, m: 1, n: 1) }", NULL}
};

static const GoodCase good_values[] = {
	{"0", NULL},
	{"-0", NULL},
	{"123456789012345678901234567890", NULL},
	{"-1.5", NULL},
	{"1e10", NULL},
	{"1E+10", NULL},
	{"0.0e-0", NULL},
	{"true", NULL},
	{"false", NULL},
	{"null", NULL},
	{"nullColumn", NULL},
	{"TRUE", NULL},
	{"\"\"", NULL},
	{"\"a\"", NULL},
	{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
	{"\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"",
	"\"A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
	{"\"\t#,{\"", "\"\\t#,{\""},
	{"\"\x7f\xC3\xA9\xF0\x9F\x98\x80\"", NULL},
	{"\"\\u0001\"", NULL},
	{"[\"a\" \"b\"\"c\"]", "[\"a\", \"b\", \"c\"]"},
	{"[a,1,1.0,\"s\",null,true,{k:v}]",
	"[a, 1, 1.0, \"s\", null, true, {k: v}]"},
	/* block strings */
	{"\"\"\"\"\"\"", "\"\""},
	{"\"\"\"a\"\"\"", "\"a\""},
	{"\"\"\"a\\n\\u0041\"\"\"", "\"a\\\\n\\\\u0041\""},
	{"\"\"\" a \"\"\"", "\" a \""},
	{"\"\"\"  a\"\"\"", "\"  a\""},
	{"\"\"\"\n    a\n      b\n\n    c\n  \"\"\"", "\"a\\n  b\\n\\nc\""},
	{"\"\"\"x\n    a\n      b\"\"\"", "\"x\\na\\n  b\""},
	{"\"\"\"\r\n  a\r  b\r\n\"\"\"", "\"a\\nb\""},
	{"\"\"\"\n\n\n\"\"\"", "\"\""},
	{"\"\"\"\n \t a\n \t  b\"\"\"", "\"a\\n b\""},
	{"\"\"\"\n  a\n \n  b\"\"\"", "\"a\\n\\nb\""},
	{"\"\"\"\n  a\n     \n  b\"\"\"", "\"a\\n   \\nb\""},
	{"\"\"\"a\\\"\"\"b\"\"\"", "\"a\\\"\\\"\\\"b\""},
	{"\"\"\"a\"b\"\"c\"\"\"", "\"a\\\"b\\\"\\\"c\""},
	{"\"\"\"\\\\\"\"\"\"\"\"", "\"\\\\\\\"\\\"\\\"\""},
	{"\"\"\"\xE2\x82\xAC\"\"\"", "\"\xE2\x82\xAC\""}
};

static const GoodCase good_types[] = {
	{"Int", NULL},
	{"Int!", NULL},
	{"[Int]", NULL},
	{"[Int!]!", NULL},
	{" [ [ a ! ] , ] ! ", "[[a!]]!"}
};

typedef struct BadCase
{
	const char *input;
	int			line;
	int			column;
	const char *message;
} BadCase;

static const BadCase bad_documents[] = {
	{"", 1, 1, "expected an operation or a fragment, found end of input"},
	{"#c", 1, 3, "expected an operation or a fragment, found end of input"},
	{"{", 1, 2, "expected a name, found end of input"},
	{"{}", 1, 2, "expected a name, found \"}\""},
	{"{ a", 1, 4, "expected a name, found end of input"},
	{"{ a {} }", 1, 6, "expected a name, found \"}\""},
	{"{ a }}", 1, 6, "expected an operation or a fragment, found \"}\""},
	{"{ a } x", 1, 7, "expected an operation or a fragment, found \"x\""},
	{"{\n\n  a:\n}", 4, 1, "expected a name, found \"}\""},
	{"{\r\n\r  a:\r\n}", 4, 1, "expected a name, found \"}\""},
	{"{ a: 1 }", 1, 6, "expected a name, found an integer"},
	{"{ a() }", 1, 5, "expected an argument, found \")\""},
	{"{ a(x) }", 1, 6, "expected \":\", found \")\""},
	{"{ a(x:) }", 1, 7, "expected a value, found \")\""},
	{"{ a(x: 1 }", 1, 10, "expected a name, found \"}\""},
	{"{ a(1) }", 1, 5, "expected a name, found an integer"},
	{"{ a(x: 1, x: 1) }", 1, 11, "\"x\" is given more than once"},
	{"{ a(a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, k: 1, "
	"l: 1, k: 1, a: 1) }", 1, 77, "\"k\" is given more than once"},
	{"{ a(x: {y: 1, z: 2, y: 1}) }", 1, 21, "\"y\" is given more than once"},
	{"{ a @d(x: 1, x: 1) }", 1, 14, "\"x\" is given more than once"},
	{"{ a(x: {y}) }", 1, 10, "expected \":\", found \"}\""},
	{"{ a(x: [) }", 1, 9, "expected a value, found \")\""},
	{"{ a(x: [1}) }", 1, 10, "expected a value, found \"}\""},
	{"{ a(x: $) }", 1, 9, "expected a name, found \")\""},
	{"{ a(x: @) }", 1, 8, "expected a value, found \"@\""},
	{"{ a @ }", 1, 7, "expected a name, found \"}\""},
	{"{ ... }", 1, 7, "expected \"{\", found \"}\""},
	{"{ ... on }", 1, 10, "expected a name, found \"}\""},
	{"{ ...on @d }", 1, 9, "expected a name, found \"@\""},
	{"{ ...on T }", 1, 11, "expected \"{\", found \"}\""},
	{"{ .. a }", 1, 3, "unexpected character"},
	{"{ a ? }", 1, 5, "unexpected character"},
	{"{ a } ;", 1, 7, "unexpected character"},
	{"\xEF\xBB\xBF{ a }", 1, 1, "unexpected character"},
	{"{ a\xC2\xA0}", 1, 4, "unexpected character"},
	{"{ \xC3\xA9 }", 1, 3, "unexpected character"},
	{"{ a } # \x01", 1, 9, "unexpected character"},
	{"{ a\x0c }", 1, 4, "unexpected character"},
	{"{ a } # \xFF", 1, 9, "invalid UTF-8"},
	{"{ a(x: \"\xED\xA0\x80\") }", 1, 9, "invalid UTF-8"},
	{"query", 1, 6, "expected \"{\", found end of input"},
	{"query Q", 1, 8, "expected \"{\", found end of input"},
	{"Query { a }", 1, 1,
	"expected an operation or a fragment, found \"Query\""},
	{"query Q() { a }", 1, 9, "expected \"$\", found \")\""},
	{"query Q(a: Int) { a }", 1, 9, "expected \"$\", found \"a\""},
	{"query Q($a) { a }", 1, 11, "expected \":\", found \")\""},
	{"query Q($a:) { a }", 1, 12, "expected a name, found \")\""},
	{"query Q($a: Int = $b) { a }", 1, 19,
	"expected a constant value, found \"$\""},
	{"query Q($a: Int = [{x: $b}]) { a }", 1, 24,
	"expected a constant value, found \"$\""},
	{"query Q($a: Int @d) { a }", 1, 17, "expected \"$\", found \"@\""},
	{"query Q($a: [Int) { a }", 1, 17, "expected \"]\", found \")\""},
	{"query Q($a: Int!!) { a }", 1, 17, "expected \"$\", found \"!\""},
	{"fragment on on T { a }", 1, 10, "expected a fragment name, found \"on\""},
	{"fragment F { a }", 1, 12, "expected \"on\", found \"{\""},
	{"fragment F T { a }", 1, 12, "expected \"on\", found \"T\""},
	{"fragment F on { a }", 1, 15, "expected a name, found \"{\""},
	{"fragment F on T", 1, 16, "expected \"{\", found end of input"},
	{"fragment F($a: Int) on T { a }", 1, 11, "expected \"on\", found \"(\""},
	{"type T { a: Int }", 1, 1,
	"expected an operation or a fragment, found \"type\""},
	{"\"d\" query { a }", 1, 1,
	"expected an operation or a fragment, found a string"},
	{"{ a | b }", 1, 5, "expected a name, found \"|\""},
	{"{ a & b }", 1, 5, "expected a name, found \"&\""},
	{"{ a aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: ! }", 1, 58,
	"expected a name, found \"!\""},
	{"{ a } aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1, 7,
	"expected an operation or a fragment, found "
	"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""}
};

static const BadCase bad_values[] = {
	{"", 1, 1, "expected a value, found end of input"},
	{"1 2", 1, 3, "expected end of input, found an integer"},
	{"$v", 1, 1, "expected a constant value, found \"$\""},
	{"[$v]", 1, 2, "expected a constant value, found \"$\""},
	{"01", 1, 1, "number with a leading zero"},
	{"-01", 1, 2, "number with a leading zero"},
	{"-", 1, 2, "expected a digit"},
	{"-a", 1, 2, "expected a digit"},
	{"+1", 1, 1, "unexpected character"},
	{".5", 1, 1, "unexpected character"},
	{"1.", 1, 3, "expected a digit"},
	{"1.e1", 1, 3, "expected a digit"},
	{"1e", 1, 3, "expected a digit"},
	{"1e+", 1, 4, "expected a digit"},
	{"1a", 1, 2, "unexpected character after a number"},
	{"1_", 1, 2, "unexpected character after a number"},
	{"1.0.0", 1, 4, "unexpected character after a number"},
	{"1e1e1", 1, 4, "unexpected character after a number"},
	{"0x1", 1, 2, "unexpected character after a number"},
	{"'a'", 1, 1, "unexpected character"},
	{"\"", 1, 2, "unterminated string"},
	{"\"a\nb\"", 1, 3, "unterminated string"},
	{"\"a\rb\"", 1, 3, "unterminated string"},
	{"\"a\\", 1, 4, "unterminated string"},
	{"\"a\\\"", 1, 5, "unterminated string"},
	{"\"a\\\n\"", 1, 4, "unterminated string"},
	{"\"\x01\"", 1, 2, "control character in a string"},
	{"\"a\\x\"", 1, 3, "invalid escape sequence"},
	{"\"\\\t\"", 1, 2, "invalid escape sequence"},
	{"\"\\u12\"", 1, 2, "invalid escape sequence"},
	{"\"\\uD83D\\u12\"", 1, 2, "unpaired surrogate"},
	{"\"\\u{41}\"", 1, 2, "invalid escape sequence"},
	{"\"\\u0000\"", 1, 2, "\\u0000 cannot be stored as text"},
	{"\"\\uD83D\"", 1, 2, "unpaired surrogate"},
	{"\"\\uDE00\\uD83D\"", 1, 2, "unpaired surrogate"},
	{"\"\\uD83D\\uD83D\"", 1, 2, "unpaired surrogate"},
	{"\"\"\"a", 1, 5, "unterminated string"},
	{"\"\"\"\na\"\"", 2, 4, "unterminated string"},
	{"\"\"\"\\\"\"\"", 1, 8, "unterminated string"},
	{"\"\"\"\x01\"\"\"", 1, 4, "control character in a string"},
	{"{a: 1", 1, 6, "expected a name, found end of input"},
	{"{a: 1, a: 1}", 1, 8, "\"a\" is given more than once"},
	{"[1", 1, 3, "expected a value, found end of input"}
};

static const BadCase bad_types[] = {
	{"", 1, 1, "expected a name, found end of input"},
	{"!", 1, 1, "expected a name, found \"!\""},
	{"[]", 1, 2, "expected a name, found \"]\""},
	{"[Int", 1, 5, "expected \"]\", found end of input"},
	{"Int!!", 1, 5, "expected end of input, found \"!\""},
	{"Int Int", 1, 5, "expected end of input, found \"Int\""}
};

typedef enum Subject
{
	DOCUMENT,
	VALUE,
	TYPE
} Subject;

/*
 * Parse a copy that ends where the text does, so that overruns are seen.
 * Returns the printed tree, or NULL.
 */
static const char *
print_parsed(Subject subject, const char *text, int len,
			 const GqleParseLimits *limits, GqleParseError *error)
{
	char	   *copy = malloc(len > 0 ? len : 1);
	GqleDocumentNode *document = NULL;
	GqleValueNode *value = NULL;
	GqleTypeNode *type = NULL;
	StringInfoData out;

	memcpy(copy, text, len);
	if (subject == DOCUMENT)
		document = gqle_parser_parse_document(copy, len, limits, error);
	else if (subject == VALUE)
		value = gqle_parser_parse_value(copy, len, error);
	else
		type = gqle_parser_parse_type(copy, len, error);
	free(copy);

	initStringInfo(&out);
	if (document != NULL)
		gqle_printer_append_document(&out, document);
	else if (value != NULL)
		gqle_printer_append_value(&out, value);
	else if (type != NULL)
		gqle_printer_append_type(&out, type);
	else
		return NULL;
	return out.data;
}

static void
test_good(Subject subject, const GoodCase *cases, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		GqleParseError error;
		const char *expected = cases[i].printed;
		const char *printed;
		const char *again;

		printed = print_parsed(subject, cases[i].input,
							   (int) strlen(cases[i].input), NULL, &error);
		if (expected == NULL)
			expected = cases[i].input;
		if (!is_text(printed, expected, expected))
			continue;
		again = print_parsed(subject, printed, (int) strlen(printed), NULL,
							 &error);
		if (again == NULL || strcmp(again, printed) != 0)
			ok(false, "%s prints the same again", printed);
	}
}

static void
test_bad(Subject subject, const BadCase *cases, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		const BadCase *c = &cases[i];
		GqleParseError error = {0};
		const char *printed;

		printed = print_parsed(subject, c->input, (int) strlen(c->input), NULL,
							   &error);
		if (!ok(printed == NULL && error.line == c->line &&
				error.column == c->column && !error.limit_exceeded &&
				strcmp(error.message, c->message) == 0,
				"refused: %s", c->message))
			printf("# input %d: %s\n# got %d:%d %s\n", i, c->input, error.line,
				   error.column, printed != NULL ? printed : error.message);
	}
}

static void
test_tree(void)
{
	const char *text = "query Q($v: [Int!] = 3) @c { x: f(a: $v) @skip(if: true)"
		" { ...F ... on T { g } } }\nfragment F on T { h }\nmutation { m }";
	GqleParseError error;
	GqleDocumentNode *document;
	GqleOperationNode *query;
	GqleSelectionNode *field;
	GqleSelectionNode *spread;
	GqleSelectionNode *inline_node;

	document = gqle_parser_parse_document(text, (int) strlen(text), NULL,
										  &error);
	is_int(document->n_operations, 2, "operations");
	is_int(document->n_fragments, 1, "fragments");
	query = &document->operations[0];
	is_text(query->name, "Q", "operation name");
	ok(query->type == GQLE_OPERATION_QUERY &&
	   document->operations[1].type == GQLE_OPERATION_MUTATION &&
	   document->operations[1].name == NULL, "operation types");
	is_int(query->variables[0].offset, 8, "variable offset");
	is_text(query->variables[0].name, "v", "variable name");
	ok(query->variables[0].type->of->non_null &&
	   !query->variables[0].type->non_null, "variable type");
	is_text(query->variables[0].default_value->text, "3", "variable default");
	is_text(query->directives[0].name, "c", "operation directive");
	is_int(query->set->offset, 27, "selection set offset");

	field = query->set->items[0];
	ok(field->kind == GQLE_SELECTION_FIELD, "field");
	is_text(field->alias, "x", "alias");
	is_text(field->name, "f", "field name");
	is_int(field->offset, 29, "field offset");
	is_int(field->args[0].offset, 34, "argument offset");
	ok(field->args[0].value->kind == GQLE_VALUE_VARIABLE, "argument kind");
	is_text(field->args[0].value->text, "v", "argument value");
	is_int(field->args[0].value->offset, 37, "value offset");
	ok(field->directives[0].args[0].value->boolean, "directive argument");

	spread = field->set->items[0];
	ok(spread->kind == GQLE_SELECTION_SPREAD && spread->set == NULL, "spread");
	is_text(spread->name, "F", "spread name");
	inline_node = field->set->items[1];
	ok(inline_node->kind == GQLE_SELECTION_INLINE && inline_node->set->n == 1,
	   "inline fragment");
	is_text(inline_node->name, "T", "type condition");
	is_text(document->fragments[0].type_condition, "T",
			"fragment type condition");
}

static void
test_values(void)
{
	GqleParseError error;
	GqleValueNode *value;
	const char *text = "{a: [1, 1.0, \"\"\"x\"\"\", \"y\", E, null, false], b: {}}";
	GqleValueNode *list;

	value = gqle_parser_parse_value(text, (int) strlen(text), &error);
	ok(value->kind == GQLE_VALUE_OBJECT && value->n == 2, "object");
	is_text(value->fields[0].name, "a", "key");
	is_int(value->fields[1].offset, 44, "key offset");
	list = value->fields[0].value;
	ok(list->kind == GQLE_VALUE_LIST && list->n == 7, "list");
	ok(list->items[0]->kind == GQLE_VALUE_INT && list->items[0]->len == 1,
	   "integer");
	ok(list->items[1]->kind == GQLE_VALUE_FLOAT && list->items[1]->len == 3,
	   "float");
	ok(list->items[2]->kind == GQLE_VALUE_STRING && list->items[2]->block,
	   "block string");
	ok(list->items[3]->kind == GQLE_VALUE_STRING && !list->items[3]->block &&
	   list->items[3]->len == 1, "string");
	ok(list->items[4]->kind == GQLE_VALUE_ENUM, "enum");
	ok(list->items[5]->kind == GQLE_VALUE_NULL, "null");
	ok(list->items[6]->kind == GQLE_VALUE_BOOLEAN && !list->items[6]->boolean,
	   "boolean");
	ok(value->fields[1].value->n == 0, "empty object");
	ok(gqle_parser_parse_value("\"a\0b\"", 5, &error) == NULL &&
	   error.offset == 2, "NUL in a string is refused");
	ok(gqle_parser_parse_document("{a}\0", 4, NULL, &error) == NULL &&
	   error.offset == 3, "NUL in a document is refused");
}

/* A text made of a head, n times the middle (which may hold %d) and a tail. */
static char *
repeat(const char *head, const char *middle, int n, const char *tail)
{
	StringInfoData out;
	char	   *text;
	int			i;

	initStringInfo(&out);
	appendStringInfoString(&out, head);
	for (i = 0; i < n; i++)
		appendStringInfo(&out, middle, i);
	appendStringInfoString(&out, tail);
	text = strdup(out.data);
	gqle_standalone_reset();
	return text;
}

typedef struct ScaleCase
{
	const char *name;
	const char *head;
	const char *middle;
	const char *tail;
	const char *message;		/* NULL: accepted */
} ScaleCase;

static const ScaleCase scale_cases[] = {
	{"aliases", "{", "a%d: b ", "}", NULL},
	{"full aliases", "{", "a%d:f(x:1){id}", "}", NULL},
	{"arguments", "{ f(", "a%d:1 ", ") }", NULL},
	{"equal arguments", "{ f(", "a:1 ", ") }", "\"a\" is given more than once"},
	{"object keys", "{ f(x:{", "a%d:1 ", "}) }", NULL},
	{"list items", "{ f(x:[", "%d ", "]) }", NULL},
	{"directives", "{ f ", "@d ", "}", NULL},
	{"variables", "query(", "$a%d:Int ", ") { f }", NULL},
	{"fragments", "{ f }", "fragment F%d on T{...F%1$d}", "", NULL},
	{"operations", "", "query Q%d{f}", "", NULL},
	{"comments", "{ f }", "#\n", "", NULL},
	{"commas", "{ f }", ",", "", NULL},
	{"string", "{ f(x:\"", "\\n", "\") }", NULL},
	{"block string lines", "{ f(x:\"\"\"", "\n   a", "\"\"\") }", NULL},
	{"block string blanks", "{ f(x:\"\"\"", "\n ", "\"\"\") }", NULL},
	{"escaped quotes", "{ f(x:\"\"\"", "\\\"\"\"", "", "unterminated string"},
	{"strings", "{ f(x:[", "\"\"\"\"\"\"", "]) }", NULL},
	{"digits", "{ f(x:", "1", ") }", NULL},
	{"selection depth", "", "{a", "",
	"document is nested deeper than 200 levels"},
	{"list depth", "{ f(x:", "[", "", "document is nested deeper than 200 levels"},
	{"object depth", "{ f(x:", "{a:", "",
	"document is nested deeper than 200 levels"},
	{"type depth", "query($a:", "[", "",
	"document is nested deeper than 200 levels"},
	{"inline fragment depth", "{", "...{", "",
	"document is nested deeper than 200 levels"}
};

/* Processor time of parsing; the bytes it left allocated go to *bytes. */
static double
time_parsing(const char *text, GqleParseError *error, bool *accepted,
			 Size *bytes)
{
	double		start;

	gqle_standalone_reset();
	start = cpu_seconds();
	*accepted = gqle_parser_parse_document(text, (int) strlen(text), NULL,
										   error) != NULL;
	*bytes = gqle_standalone_allocated();
	return cpu_seconds() - start;
}

/*
 * Twice the input may cost little more than twice the time.  Sanitizers slow
 * everything down several times, so the bound on the time itself is loose, and
 * short times are not compared.  The best of a few runs counts, because the
 * machine may be busy with something else.
 */
static bool
is_linear(double half, double full)
{
	return full < 0.5 && (full < 0.1 || full < 3.0 * half);
}

static void
test_scale(void)
{
	size_t		i;

	for (i = 0; i < lengthof(scale_cases); i++)
	{
		const ScaleCase *c = &scale_cases[i];
		char	   *half = repeat(c->head, c->middle, 50000, c->tail);
		char	   *full = repeat(c->head, c->middle, 100000, c->tail);
		GqleParseError error;
		bool		accepted;
		Size		bytes;
		double		t1 = time_parsing(half, &error, &accepted, &bytes);
		double		t2 = time_parsing(full, &error, &accepted, &bytes);
		int			tries;

		for (tries = 0; tries < 10 && !is_linear(t1, t2); tries++)
		{
			double		again1 = time_parsing(half, &error, &accepted, &bytes);
			double		again2 = time_parsing(full, &error, &accepted, &bytes);

			t1 = Min(t1, again1);
			t2 = Min(t2, again2);
		}
		ok(c->message == NULL ? accepted : !accepted &&
		   strcmp(error.message, c->message) == 0, "10^5 %s: %s", c->name,
		   c->message != NULL ? c->message : "accepted");
		printf("# %s: %.4f s, %.4f s, %zu bytes\n", c->name, t1, t2, bytes);
		ok(is_linear(t1, t2) && bytes < 32 * 1024 * 1024,
		   "10^5 %s: linear in time, below 32 MiB", c->name);
		free(half);
		free(full);
	}
}

static void
test_limits(void)
{
	GqleParseLimits limits = {20, 5, 2};
	GqleParseError error;

	ok(print_parsed(DOCUMENT, "{ a b c }", 9, &limits, &error) != NULL,
	   "five tokens of five");
	ok(print_parsed(DOCUMENT, "{ a b c d }", 11, &limits, &error) == NULL &&
	   error.limit_exceeded, "a sixth token");
	is_text(error.message, "document has more than 5 tokens",
			"message of the token limit");
	ok(print_parsed(DOCUMENT, "{ a                  }", 22, &limits,
					&error) == NULL && error.limit_exceeded, "bytes");
	is_text(error.message, "document is larger than 20 bytes",
			"message of the byte limit");
	limits.max_tokens = 0;
	ok(print_parsed(DOCUMENT, "{ a(x:[]) }", 11, &limits, &error) == NULL &&
	   error.limit_exceeded, "depth of three");
	ok(print_parsed(DOCUMENT, "{ a(x:1) { b } }", 16, &limits,
					&error) != NULL, "depth of two, twice");
}

int
main(void)
{
	test_good(DOCUMENT, good_documents, lengthof(good_documents));
	test_good(VALUE, good_values, lengthof(good_values));
	test_good(TYPE, good_types, lengthof(good_types));
	gqle_standalone_reset();
	test_bad(DOCUMENT, bad_documents, lengthof(bad_documents));
	test_bad(VALUE, bad_values, lengthof(bad_values));
	test_bad(TYPE, bad_types, lengthof(bad_types));
	gqle_standalone_reset();
	test_tree();
	test_values();
	gqle_standalone_reset();
	test_limits();
	test_scale();
	return done_testing();
}
