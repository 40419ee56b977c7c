/*
 * test_sdl.c
 *		Type systems: documents that are accepted or refused and where, answers to
 *		introspection, and bounds of both.
 */
#include "gqle/gqle.h"

#include "gqle/lang/sdl.h"
#include "tap.h"

static const char *const good_documents[] = {
	"type Q { a: Int }",
	"\"d\" type Q implements A & B @x(y: 1) { \"\"\"d\"\"\" a(b: [Int!]! = [1] @z, c: T): [T!] @w }",
	"type Q implements & A { a: Int }",
	"interface I @x { a: Int }",
	"union U = A | B",
	"union U @x = | A | B",
	"scalar S @x",
	"enum E { A \"d\" B @x }",
	"input I { a: Int = 1 b: I = {a: [null]} @x }",
	"schema { query: Q } type Q { a: Int }",
	"schema @x { query: Q mutation: M subscription: S }",
	"type type { type: type } enum enum { enum }"};

static const char *const bad_documents[] = {"",
											"type",
											"type Q",
											"type Q {}",
											"type Q { a }",
											"type Q { a: }",
											"type Q { a(): Int }",
											"type Q { a(b: Int = $c): Int }",
											"enum E {}",
											"union U",
											"union U =",
											"input I {}",
											"schema {}",
											"schema { other: Q }",
											"extend type Q { a: Int }",
											"directive @x on FIELD",
											"{ a }",
											"type Q { a: Int } x",
											"\"a\" \"b\" type Q { a: Int }"};

static void
test_documents(void)
{
	GqleParseError error;
	int i;

	for (i = 0; i < (int) lengthof(good_documents); i++)
		ok(gqle_sdl_parse(good_documents[i], (int) strlen(good_documents[i]),
						  &error) != NULL,
		   "accepted: %s", good_documents[i]);
	for (i = 0; i < (int) lengthof(bad_documents); i++)
		ok(gqle_sdl_parse(bad_documents[i], (int) strlen(bad_documents[i]),
						  &error) == NULL &&
			   error.message != NULL,
		   "refused: %s", bad_documents[i]);
}

static void
test_tree(void)
{
	GqleParseError error;
	const char *text =
		"schema { mutation: M } \"d\" type Q implements A & B { \"f\" a(x: [Int!]! = 3): T @p(v: 1) } union U = A | B";
	GqleTypeSystemNode *system = gqle_sdl_parse(text, (int) strlen(text),
												&error);
	const GqleTypeDefNode *type = &system->types[0];

	ok(system->n_types == 2 && system->n_schemas == 1,
	   "two types and a schema");
	ok(system->roots[GQLE_OPERATION_QUERY] == NULL &&
		   strcmp(system->roots[GQLE_OPERATION_MUTATION], "M") == 0,
	   "roots");
	ok(type->kind == GQLE_DEF_OBJECT && strcmp(type->description, "d") == 0 &&
		   type->n_names == 2 && strcmp(type->names[1], "B") == 0,
	   "an object and its interfaces");
	ok(type->n_fields == 1 && strcmp(type->fields[0].description, "f") == 0 &&
		   type->fields[0].n_directives == 1 &&
		   strcmp(gqle_sdl_base_name(type->fields[0].args[0].type), "Int") ==
			   0 &&
		   strcmp(type->fields[0].args[0].default_value->text, "3") == 0,
	   "its field");
}

/* A list type of that many levels. */
static char *
nested_type(int depth)
{
	StringInfoData out;
	int i;

	initStringInfo(&out);
	appendStringInfoString(&out, "type Q { a: ");
	for (i = 0; i < depth; i++)
		appendStringInfoChar(&out, '[');
	appendStringInfoString(&out, "Int");
	for (i = 0; i < depth; i++)
		appendStringInfoChar(&out, ']');
	appendStringInfoString(&out, " }");
	return out.data;
}

static void
test_bounds(void)
{
	GqleParseError error;
	char *text = nested_type(100000);

	ok(gqle_sdl_parse(text, (int) strlen(text), &error) == NULL &&
		   error.limit_exceeded,
	   "types nested too deep are refused");
	text = nested_type(50);
	ok(gqle_sdl_parse(text, (int) strlen(text), &error) != NULL,
	   "others are not");
}

typedef struct Answer
{
	const char *text;
	const char *message; /* NULL: read */
} Answer;

#define SCHEMA(types) \
	"{\"data\":{\"__schema\":{\"queryType\":{\"name\":\"Q\"},\"types\":[" types \
	"]}}}"

static const Answer answers[] = {
	{SCHEMA(""), NULL},
	{SCHEMA("{\"kind\":\"SCALAR\",\"name\":\"S\",\"description\":null}"), NULL},
	{SCHEMA(
		 "{\"kind\":\"OBJECT\",\"name\":\"Q\",\"fields\":null,\"interfaces\":null}"),
	 NULL},
	{SCHEMA(
		 "{\"kind\":\"ENUM\",\"name\":\"E\",\"enumValues\":[{\"name\":\"A\"}]}"),
	 NULL},
	{"", "Error in $: unexpected end of input"},
	{"[]",
	 "Error in $: parsing SchemaDocument failed, expected Object, but encountered Array"},
	{"{}", "Error in $: key \"data\" not found"},
	{"{\"data\":{}}", "Error in $: key \"__schema\" not found"},
	{"{\"data\":{\"__schema\":{}}}", "Error in $: key \"types\" not found"},
	{"{\"data\":{\"__schema\":{\"types\":[]}}}",
	 "Error in $: key \"queryType\" not found"},
	{"{\"data\":{\"__schema\":{\"types\":[],\"queryType\":{}}}}",
	 "Error in $: key \"name\" not found"},
	{SCHEMA("1"),
	 "Error in $.types[0]: parsing TypeDefinition failed, expected Object, but encountered Number"},
	{SCHEMA("{\"kind\":1,\"name\":\"S\"}"),
	 "Error in $.types[0].kind: parsing Text failed, expected String, but encountered Number"},
	{SCHEMA("{\"kind\":\"SCALAR\",\"name\":null}"),
	 "Error in $.types[0].name: parsing Name failed, expected String, but encountered Null"},
	{SCHEMA("{\"kind\":\"SCALAR\",\"name\":\"1\"}"),
	 "Error in $.types[0].name: 1 is not valid GraphQL name"},
	{SCHEMA("{\"kind\":\"UNION\",\"name\":\"U\"}"),
	 "Error in $.types[0]: key \"possibleTypes\" not found"},
	{SCHEMA(
		 "{\"kind\":\"UNION\",\"name\":\"U\",\"possibleTypes\":[{\"kind\":\"SCALAR\",\"name\":\"S\"}]}"),
	 "Error in $.types[0]: Error: union type U can only be implemented by objects"},
	{SCHEMA(
		 "{\"kind\":\"OBJECT\",\"name\":\"Q\",\"fields\":[{\"name\":\"a\",\"type\":{}}]}"),
	 "Error in $.types[0].fields[0]: key \"args\" not found"},
	{SCHEMA(
		 "{\"kind\":\"OBJECT\",\"name\":\"Q\",\"fields\":[{\"name\":\"a\",\"args\":[],\"type\":{\"kind\":\"LIST\"}}]}"),
	 "Error in $.types[0].fields[0].type: LIST should have `ofType`"}};

static void
test_introspection(void)
{
	int i;

	for (i = 0; i < (int) lengthof(answers); i++)
	{
		const char *message = NULL;
		GqleTypeSystemNode *system;

		system = gqle_introspection_read(answers[i].text,
										 (int) strlen(answers[i].text),
										 &message);
		if (answers[i].message == NULL)
			ok(system != NULL, "read: %s", answers[i].text);
		else
			ok(system == NULL && strcmp(message, answers[i].message) == 0,
			   "%s: %s", answers[i].text, message);
	}
}

int
main(void)
{
	test_documents();
	test_tree();
	test_bounds();
	test_introspection();
	return done_testing();
}
