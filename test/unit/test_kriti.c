/*
 * test_kriti.c
 *		Kriti: what templates make, and how mistakes are told.
 */
#include "gqle/gqle.h"

#include "gqle/lang/kriti.h"
#include "gqle/limits.h"
#include "tap.h"

static const char body[] =
	"{\"name\":\"Ann\",\"n\":3,\"price\":1.50,\"list\":[1,2,3],\"people\":[{\"id\":1,\"tags\":[\"a\"]},"
	"{\"id\":2,\"tags\":[]}],\"deep\":{\"a\":{\"b\":true}},\"nothing\":null,\"_set\":1,\"b c\":\"\xc3\xa9\"}";

typedef struct Case
{
	const char *template;
	const char *expected;		/* JSON, or "code: message @ l:c-l:c" */
} Case;

static const Case values[] = {
	/* JSON is a template of itself */
	{"null", "null"}, {" true ", "true"}, {"-12.5e3", "-12.5e3"}, {"007", "7"}, {"-0", "0"},
	{"12345678901234567890", "12345678901234567890"},
	{"{\"b\": 1, \"a\": [], \"\": {}}", "{\"\":{},\"a\":[],\"b\":1}"},
	{"{\"a\": 1, \"a\": 2}", "{\"a\":1}"},
	{"# a comment\n[1, # another\n2]", "[1,2]"},
	/* strings */
	{"\"\"", "\"\""}, {"\"a{b}c\"", "\"a{b}c\""}, {"\"\\{{ x\"", "\"{{ x\""},
	{"\"\\\"\\\\\\/\\n\\u00e9\\ud83d\"", "\"\\\"\\\\\\\\/\\n\xc3\xa9\xef\xbf\xbd\""},
	{"\"x{{$body.name}}y{{$body.n}}{{$body.nothing}}{{$body.list}}\"", "\"xAnny3null[1,2,3]\""},
	{"\"{{ {\"b\": 1, \"a\": \"x\"} }}\"", "\"{\\\"a\\\":\\\"x\\\",\\\"b\\\":1}\""},
	{"\"{{ \"in{{ $body.n }}ner\" }}\"", "\"in3ner\""},
	/* paths */
	{"$body.deep.a.b", "true"}, {"$body['_set']", "1"}, {"$body['b c']", "\"\xc3\xa9\""},
	{"$body[\"na{{\"me\"}}\"]", "\"Ann\""}, {"$body.list[0]", "1"}, {"$body.list[1.0]", "2"},
	{"$body.people[1].id", "2"}, {"{{ $body.n }}", "3"}, {"($body).n", "3"},
	{"$body?.nope.a[1]['x']", "null"}, {"$body?.deep.a.b", "true"}, {"$nope?.a", "null"},
	{"$body.nope?.a", "null"}, {"$body.list?[7]", "null"}, {"$body.people?[0].tags[0]", "\"a\""},
	{"$body?", "$body"}, {"$body.nothing?.x", "null"},
	/* conditions */
	{"{{ if $body.n == 3 }} \"three\" {{ else }} 0 {{ end }}", "\"three\""},
	{"{{ if false }} 1 {{ elif $body.n > 9 }} 2 {{ elif true }} 3 {{ else }} 4 {{ end }}", "3"},
	{"{{ if false }} $nope {{ else }} [1] {{ end }}", "[1]"},
	{"1 == 1.0", "true"}, {"100 == 1e2", "true"}, {"0.10 != 0.1", "false"}, {"-0.0 == 0", "true"},
	{"2 < 10", "true"}, {"-2 < -10", "false"}, {"1e400 > 1e399", "true"}, {"0.001 < 0.01", "true"},
	{"\"b\" > \"a\"", "true"}, {"[1,2] < [1,3]", "true"}, {"[] < [0]", "true"},
	{"{\"a\": 1} == {\"a\": 1.0}", "true"}, {"{\"a\": 1} < {\"b\": 0}", "true"},
	{"{} < []", "true"}, {"[] < \"\"", "true"}, {"\"z\" < 1", "true"}, {"9 < false", "true"},
	{"false < true", "true"}, {"true < null", "true"}, {"null <= null", "true"}, {"null >= 1", "true"},
	{"true && false", "false"}, {"true || false", "true"}, {"(1 == 1) && (2 == 2)", "true"},
	{"\"name\" in $body", "true"}, {"\"x\" in $body", "false"}, {"2.0 in $body.list", "true"},
	{"null in [1]", "false"}, {"$body.nothing ?? 1", "1"}, {"$body.n ?? 1", "3"},
	{"not true", "false"}, {"not 1 == 2", "true"}, {"not not true", "true"},
	/* ranges */
	{"{{ range i, x := $body.list }} {\"i\": i, \"x\": x} {{ end }}",
	"[{\"i\":0,\"x\":1},{\"i\":1,\"x\":2},{\"i\":2,\"x\":3}]"},
	{"{{ range _, p := $body.people }} {{ range _, t := p.tags }} \"{{t}}{{p.id}}\" {{ end }} {{ end }}",
	"[[\"a1\"],[]]"},
	{"{{ range _, $body := [1] }} $body {{ end }}", "[1]"},
	/* functions */
	{"empty({})", "true"}, {"empty([0])", "false"}, {"empty(\" \\n\")", "true"}, {"empty(0.0)", "true"},
	{"empty(null)", "true"}, {"size($body.list)", "3"}, {"size(\"h\xc3\xa9\")", "2"},
	{"size(true)", "1"}, {"size({\"a\": 1})", "1"}, {"size(7)", "7"}, {"size(null)", "0"},
	{"inverse([1,2])", "[2,1]"}, {"inverse(\"h\xc3\xa9\")", "\"\xc3\xa9h\""}, {"inverse(4)", "0.25"},
	{"inverse(true)", "false"}, {"inverse(null)", "null"}, {"head([5,6])", "5"},
	{"head(\"\xc3\xa9h\")", "\"\xc3\xa9\""}, {"tail([5,6])", "[6]"}, {"tail(\"\xc3\xa9h\")", "\"h\""},
	{"toLower(\"\xc3\x84 B\xce\xa3\xd0\x96\")", "\"\xc3\xa4 b\xcf\x83\xd0\xb6\""},
	{"toUpper(\"\xc3\xa4 \xc3\x9f\xcf\x82\xc3\xbf\")", "\"\xc3\x84 SS\xce\xa3\xc5\xb8\""},
	{"toTitle(\"heLLO it's a-b \xc3\xa9t\xc3\xa9\")", "\"Hello It's A-B \xc3\x89t\xc3\xa9\""},
	{"toCaseFold(\"\xc3\x9f\xcf\x82\")", "\"ss\xcf\x83\""},
	{"escapeUri(\"a b/\xc3\xa9~\")", "\"a%20b%2F%C3%A9~\""},
	{"toPairs({\"b\": 1, \"a\": 2})", "[[\"a\",2],[\"b\",1]]"},
	{"fromPairs([[\"b\", 1], [\"a\", 2], [\"b\", 3]])", "{\"a\":2,\"b\":3}"},
	{"removeNulls([null, 1, null])", "[1]"}, {"concat([[1],[2,3]])", "[1,2,3]"},
	{"concat([\"a\", \"b\"])", "\"ab\""}, {"concat([])", "[]"},
	{"concat([{\"a\": 1, \"b\": 2}, {\"b\": 3}])", "{\"a\":1,\"b\":3}"},
	{"not(true)", "false"}, {"double(4)", "[4,4]"},
};

static const Case mistakes[] = {
	{"", "Parse Error: ParseError: Empty token stream. @ 0:1-0:1"},
	{"{\"a\": 1", "Parse Error: ParseError: Empty token stream. @ 0:7-0:8"},
	{"[1, ]", "Parse Error: Unexpected token ']'. @ 0:5-0:6"},
	{"[1, ] ", "Parse Error: Unexpected token ']'. @ 0:6-0:7"},
	{"1 2", "Parse Error: Unexpected token '2'. @ 0:3-0:4"},
	{"{\"a{{1}}\": 1}", "Parse Error: Unexpected token '{{'. @ 0:13-0:14"},
	{"$body._set", "Parse Error: Unexpected token '_'. @ 0:8-0:11"},
	{"$body.end", "Parse Error: Unexpected token 'end'. @ 0:7-0:10"},
	{"true && true && true", "Parse Error: Unexpected token '&&'. @ 0:17-0:21"},
	{"size(1) == 1", "Parse Error: Unexpected token '=='. @ 0:12-0:13"},
	{"{{ if true }} 1 {{ end }}", "Parse Error: Unexpected token 'end'. @ 0:24-0:26"},
	{"1 == {{ 2 }}", "Parse Error: Unexpected token '2'. @ 0:11-0:13"},
	{"'a'", "Parse Error: Unexpected token '''. @ 0:3-0:4"},
	{"a['']", "Parse Error: Unexpected token '''. @ 0:5-0:6"},
	{"\"a", "Parse Error: ParseError: Empty token stream. @ 0:2-0:3"},
	{"\"a\"b", "Parse Error: Unexpected token 'b'. @ 0:4-0:5"},
	{"@", "Lex Error: Invalid Lexeme: '@' @ 0:1-0:2"},
	{"1 & 2", "Lex Error: Invalid Lexeme: '1 & 2' @ 0:4-0:9"},
	{"\n \"\\x\"", "Lex Error: Invalid Lexeme: '\n \"\\x\"' @ 1:4-1:10"},
	{"\"\\u00g0\"", "Lex Error: Invalid Lexeme: '\"\\u00g0\"' @ 0:6-0:14"},
	{"\"\\u0000\"", "Lex Error: Invalid Lexeme: '\"\\u0000\"' @ 0:2-0:10"},
	{"a['b{']", "Lex Error: Invalid Lexeme: 'a['b{']' @ 0:5-0:12"},
	{"$nope", "Name Error: Variable '$nope' not in scope @ 0:1-0:6"},
	{"nope(1)", "Name Error: Variable 'nope' not in scope @ 0:1-0:8"},
	{"$body.nope", "Attribute Error: 'Object' has no attritubte 'nope'. @ 0:1-0:11"},
	{"\n  $body['x y']", "Attribute Error: 'Object' has no attritubte 'x y'. @ 1:3-1:15"},
	{"$body.n.x", "Type Error: Couldn't match expected type 'Object' with actual type 'Number' @ 0:1-0:8"},
	{"$body.name?.x", "Type Error: Couldn't match expected type 'Object' with actual type 'String' @ 0:1-0:11"},
	{"$body[1]", "Type Error: Couldn't match expected type 'String' with actual type 'Number' @ 0:1-0:6"},
	{"$body.list['0']", "Type Error: Couldn't match expected type 'Integer' with actual type 'String' @ 0:1-0:16"},
	{"$body.list[0.5]", "Type Error: Couldn't match expected type 'Integer' with actual type 'Number' @ 0:1-0:16"},
	{"$body.list[3]", "Index Error: Can only range over an array @ 0:1-0:14"},
	{"$body.list[-1]", "Index Error: Can only range over an array @ 0:1-0:15"},
	{"{{ if null }} 1 {{ else }} 2 {{ end }}",
	"Type Error: Couldn't match expected type 'Boolean' with actual type 'Null' @ 0:1-0:39"},
	{"{{ if false }} 1 {{ elif 1 }} 1 {{ else }} 2 {{ end }}",
	"Type Error: Couldn't match expected type 'Boolean' with actual type 'Number' @ 0:21-0:27"},
	{"1 && true", "Type Error: Couldn't match expected type 'Boolean' with actual type 'Number' @ 0:1-0:10"},
	{"1 || null", "Type Error: Couldn't match expected type 'Boolean' with actual type 'Null' @ 0:1-0:10"},
	{"1 in {}", "Type Error: Couldn't match expected type 'String' with actual type 'Number' @ 0:1-0:8"},
	{"1 in 2", "Type Error: Couldn't match expected type 'Array' with actual type 'Number' @ 0:1-0:7"},
	{"{{ range _, x := {} }} x {{ end }}",
	"Type Error: Couldn't match expected type 'Array' with actual type 'Object' @ 0:1-0:35"},
	{"$body?[$nope]", "Name Error: Variable '$nope' not in scope @ 0:8-0:13"},
	{"empty(true)", "Function Error: Cannot define emptiness for a boolean @ 0:7-0:11"},
	{"inverse(0)", "Function Error: Division by zero @ 0:9-0:10"},
	{"head([])", "Function Error: Empty array @ 0:6-0:8"},
	{"tail(\"\")", "Function Error: Empty string @ 0:6-0:8"},
	{"head(1)", "Function Error: Expected an array or string @ 0:6-0:7"},
	{"toLower(1)", "Function Error: parsing String failed, expected String, but encountered Number @ 0:9-0:10"},
	{"not 1", "Function Error: parsing Bool failed, expected Boolean, but encountered Number @ 0:5-0:6"},
	{"fromPairs([1])", "Function Error: parsing Array of Pair failed, expected Array, but encountered Number @ 0:11-0:14"},
	{"fromPairs([[1]])", "Function Error: Expected an array of shape [ [k1,v1], [k2,v2] ... ] - With String keys. @ 0:11-0:16"},
	{"fromPairs([[1,2]])", "Function Error: parsing Key failed, expected String, but encountered Number @ 0:11-0:18"},
	{"toPairs([])", "Function Error: parsing Object failed, expected Object, but encountered Array @ 0:9-0:11"},
	{"concat([[], \"\"])", "Function Error: parsing Nested Object failed, expected Object, but encountered Array @ 0:8-0:16"},
	{"double(\"x\")", "Function Error: no number @ 0:8-0:11"},
	{"\"\xc3\xa9\xc3\xa9\" + 1", "Lex Error: Invalid Lexeme: '\"\xc3\xa9\xc3\xa9\" + 1' @ 0:4-0:14"},
};

static const GqleJson *
call_double(void *arg, const GqleJson *value, const char **message)
{
	GqleJson   *pair = gqle_json_make_array();

	*message = "no number";
	if (value->kind != GQLE_JSON_NUMBER)
		return NULL;
	gqle_json_array_add(pair, (GqleJson *) value);
	gqle_json_array_add(pair, (GqleJson *) value);
	return pair;
}

/* What a template makes, or how its mistake is told. */
static char *
run(const char *template, int len)
{
	static const GqleKritiFunction functions[] = {{"double", call_double, NULL}};
	GqleJsonError json_error;
	GqleJson   *variables = gqle_json_make_object();
	GqleKritiContext context = {variables, lengthof(functions), functions};
	GqleKritiError error;
	GqleKritiNode *parsed;
	const GqleJson *result = NULL;
	StringInfoData out;

	gqle_json_object_set(variables, "$body",
						 gqle_json_parse(body, (int) strlen(body), &json_error));
	parsed = gqle_kriti_parse(template, len, &error);
	if (parsed != NULL)
		result = gqle_kriti_eval(parsed, &context, &error);
	if (result == NULL)
		return psprintf("%s: %s @ %d:%d-%d:%d", error.code, error.message,
						error.span.start.line, error.span.start.column,
						error.span.end.line, error.span.end.column);
	initStringInfo(&out);
	gqle_kriti_append_json(&out, result);
	return strcmp(template, "$body?") == 0 ? pstrdup("$body") : out.data;
}

static void
check(const Case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		char	   *got = run(cases[i].template, (int) strlen(cases[i].template));

		ok(strcmp(got, cases[i].expected) == 0, "%s gives %s", cases[i].template, got);
	}
}

/* n times a text, between two others. */
static char *
repeat(const char *before, const char *text, int n, const char *after)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, before);
	while (n-- > 0)
		appendStringInfoString(&out, text);
	appendStringInfoString(&out, after);
	return out.data;
}

static void
test_limits(void)
{
	char	   *text = repeat("", "[", 100000, "");
	StringInfoData doubled;

	ok(strstr(run(text, (int) strlen(text)), "nested too deeply") != NULL, "many brackets");
	text = repeat("$body", ".a", 100000, "");
	ok(strstr(run(text, (int) strlen(text)), "nested too deeply") != NULL, "a long path");
	text = repeat("", "not ", 60000, "true");
	ok(strstr(run(text, (int) strlen(text)), "nested too deeply") != NULL, "many negations");
	text = repeat("", "x", GQLE_MAX_KRITI_BYTES + 1, "");
	ok(strstr(run(text, (int) strlen(text)), "too long") != NULL, "a long template");
	ok(strstr(run("\"\xff\"", 3), "not UTF-8") != NULL, "bytes that are no text");
	ok(strstr(run("\"a\0b\"", 5), "not UTF-8") != NULL, "a NUL");

	/* shared twice at each of 30 levels: small until it is written down */
	text = repeat("", "{{ range _, x := [[x, x]] }} ", 30, "x");
	text = repeat(text, " {{ end }}", 30, "");
	initStringInfo(&doubled);
	appendStringInfo(&doubled, "{{ range _, x := [1] }} %s {{ end }}", text);
	ok(strstr(run(doubled.data, doubled.len), "too many steps") != NULL, "a result that doubles");
	text = repeat("", "{{ range _, x := concat([$body.list, $body.list]) }} ", 12, "\"{{$body}}\"");
	text = repeat(text, " {{ end }}", 12, "");
	ok(strstr(run(text, (int) strlen(text)), "too many steps") != NULL, "many rounds");
}

int
main(void)
{
	check(values, lengthof(values));
	check(mistakes, lengthof(mistakes));
	test_limits();
	return done_testing();
}
