/*
 * test_json.c
 *		Reading, writing, making and comparing JSON.
 */
#include "gqle/gqle.h"

#include "gqle/base/json_read.h"
#include "gqle/base/json_write.h"
#include "gqle/limits.h"
#include "tap.h"

typedef struct GoodCase
{
	const char *input;
	const char *output;			/* NULL: as the input */
} GoodCase;

static const GoodCase good_cases[] = {
	{"null", NULL},
	{" \t\r\n true \n", "true"},
	{"false", NULL},
	{"0", NULL},
	{"-0", NULL},
	{"-0.0e-0", NULL},
	{"12345678901234567890123456789012345678901234567890", NULL},
	{"9007199254740993", NULL},
	{"1.10", NULL},
	{"1E+400", NULL},
	{"\"\"", NULL},
	{"\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"a\\\"\\\\/\\b\\f\\n\\r\\t\""},
	{"\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"",
	"\"A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
	{"\"\\u001f\\u007f\"", "\"\\u001f\x7f\""},
	{"\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEE\x80\x80\"", NULL},
	{"[]", NULL},
	{"[ ]", "[]"},
	{"{}", NULL},
	{"{ }", "{}"},
	{"[1,[2,[3]],{\"a\":[]}]", NULL},
	{"{\"b\":1,\"a\":2,\"b\":3}", NULL},
	{" { \"a\" : [ 1 , 2 ] } ", "{\"a\":[1,2]}"},
	{"{\"\":\"\"}", NULL},
	{"{\"a\\nb\":1}", NULL},
	{"\"01234567\\u000189abcdef\\\\\"", NULL}
};

typedef struct BadCase
{
	const char *input;
	int			offset;
	const char *message;
} BadCase;

static const BadCase bad_cases[] = {
	{"", 0, "unexpected end of input"},
	{" ", 1, "unexpected end of input"},
	{"nul", 3, "unexpected end of input"},
	{"nulL", 3, "unexpected character"},
	{"True", 0, "unexpected character"},
	{"truex", 4, "unexpected text after the value"},
	{"1 2", 2, "unexpected text after the value"},
	{"01", 1, "unexpected text after the value"},
	{"+1", 0, "unexpected character"},
	{"-", 1, "unexpected end of input"},
	{"-a", 1, "unexpected character"},
	{".5", 0, "unexpected character"},
	{"1.", 2, "unexpected end of input"},
	{"1.e1", 2, "unexpected character"},
	{"1e", 2, "unexpected end of input"},
	{"1e+", 3, "unexpected end of input"},
	{"0x10", 1, "unexpected text after the value"},
	{"NaN", 0, "unexpected character"},
	{"Infinity", 0, "unexpected character"},
	{"[", 1, "unexpected end of input"},
	{"[1", 2, "unexpected end of input"},
	{"[1,", 3, "unexpected end of input"},
	{"[1,]", 3, "unexpected character"},
	{"[,1]", 1, "unexpected character"},
	{"[1 2]", 3, "unexpected character"},
	{"[1}", 2, "unexpected character"},
	{"]", 0, "unexpected character"},
	{"[]]", 2, "unexpected text after the value"},
	{"{", 1, "unexpected end of input"},
	{"{\"a\"", 4, "unexpected end of input"},
	{"{\"a\":", 5, "unexpected end of input"},
	{"{\"a\":1", 6, "unexpected end of input"},
	{"{\"a\":1,", 7, "unexpected end of input"},
	{"{\"a\":1,}", 7, "unexpected character"},
	{"{\"a\" 1}", 5, "unexpected character"},
	{"{a:1}", 1, "unexpected character"},
	{"{1:1}", 1, "unexpected character"},
	{"{\"a\":1]", 6, "unexpected character"},
	{"{,}", 1, "unexpected character"},
	{"'a'", 0, "unexpected character"},
	{"// c\n1", 0, "unexpected character"},
	{"\"", 1, "unexpected end of input"},
	{"\"a", 2, "unexpected end of input"},
	{"\"a\\", 3, "unexpected end of input"},
	{"\"\\\"", 3, "unexpected end of input"},
	{"\"\n\"", 1, "control character in a string"},
	{"\"12345678\t\"", 9, "control character in a string"},
	{"\"\\x\"", 1, "invalid escape sequence"},
	{"\"\\u12\"", 1, "invalid escape sequence"},
	{"\"\\u12g4\"", 1, "invalid escape sequence"},
	{"\"\\u0000\"", 7, "\\u0000 cannot be stored as text"},
	{"\"\\ud800\"", 7, "unpaired surrogate"},
	{"\"\\udc00\"", 7, "unpaired surrogate"},
	{"\"\\ud800\\ud800\"", 13, "unpaired surrogate"},
	{"\"\\ud800\\n\"", 7, "unpaired surrogate"},
	{"\xEF\xBB\xBF{}", 0, "unexpected character"},
	{"\"\xFF\"", 1, "invalid UTF-8"},
	{"\"\xC0\x80\"", 1, "invalid UTF-8"},
	{"\"\xC1\xBF\"", 1, "invalid UTF-8"},
	{"\"\xE0\x9F\xBF\"", 1, "invalid UTF-8"},
	{"\"\xED\xA0\x80\"", 1, "invalid UTF-8"},
	{"\"\xF0\x8F\xBF\xBF\"", 1, "invalid UTF-8"},
	{"\"\xF4\x90\x80\x80\"", 1, "invalid UTF-8"},
	{"\"\xF5\x80\x80\x80\"", 1, "invalid UTF-8"},
	{"\"\xE2\x82\"", 1, "invalid UTF-8"},
	{"12345678\xC3", 8, "invalid UTF-8"},
	{"\x01", 0, "unexpected character"}
};

/* Parse a copy that ends where the text does, so that overruns are seen. */
static GqleJson *
parse_len(const char *text, int len, GqleJsonError *error)
{
	char	   *copy = malloc(len > 0 ? len : 1);
	GqleJson   *value;

	memcpy(copy, text, len);
	value = gqle_json_parse(copy, len, error);
	free(copy);
	return value;
}

static GqleJson *
parse(const char *text)
{
	GqleJsonError error;

	return parse_len(text, (int) strlen(text), &error);
}

static void
test_good(void)
{
	size_t		i;

	for (i = 0; i < lengthof(good_cases); i++)
	{
		const GoodCase *c = &good_cases[i];
		GqleJson   *value = parse(c->input);
		const char *expected = c->output != NULL ? c->output : c->input;

		is_text(value != NULL ? gqle_json_to_text(value) : NULL, expected,
				expected);
	}
}

static void
test_bad(void)
{
	size_t		i;

	for (i = 0; i < lengthof(bad_cases); i++)
	{
		const BadCase *c = &bad_cases[i];
		GqleJsonError error = {0};
		GqleJson   *value = parse_len(c->input, (int) strlen(c->input), &error);

		ok(value == NULL && error.offset == c->offset &&
		   strcmp(error.message, c->message) == 0,
		   "bad input %d: %s at %d (%s at %d)", (int) i, c->message, c->offset,
		   value == NULL ? error.message : "accepted", error.offset);
	}
	{
		GqleJsonError error = {0};

		ok(parse_len("1\0", 2, &error) == NULL && error.offset == 1,
		   "NUL after a value is refused");
		ok(parse_len("\"a\0b\"", 5, &error) == NULL && error.offset == 2,
		   "NUL in a string is refused");
	}
}

static void
test_tree(void)
{
	GqleJson   *value = parse("{\"a\":1,\"b\":[true,\"x\"],\"a\":2}");
	GqleJson   *b = gqle_json_lookup(value, "b");

	is_int(value->n, 3, "members keep duplicates");
	is_text(value->members[0].key, "a", "members keep their order");
	is_int(value->members[0].key_len, 1, "key length");
	is_text(gqle_json_lookup(value, "a")->text, "2", "the last of a key wins");
	ok(gqle_json_lookup(value, "c") == NULL, "unknown key");
	ok(gqle_json_lookup(b, "a") == NULL, "lookup in an array finds nothing");
	ok(b->kind == GQLE_JSON_ARRAY && b->n == 2 && b->items[0]->boolean,
	   "array items");
	is_int(b->items[1]->len, 1, "string length");
	ok(gqle_json_is_null(parse("null")) && gqle_json_is_null(NULL) &&
	   !gqle_json_is_null(b), "null test");
	is_text(gqle_json_kind_name(b), "Array", "kind of an array");
	is_text(gqle_json_kind_name(value), "Object", "kind of an object");
	is_text(gqle_json_kind_name(parse("1")), "Number", "kind of a number");
	is_text(gqle_json_kind_name(parse("\"\"")), "String", "kind of a string");
	is_text(gqle_json_kind_name(parse("true")), "Boolean", "kind of a boolean");
	is_text(gqle_json_kind_name(parse("null")), "Null", "kind of null");
}

static void
test_equal(void)
{
	static const struct
	{
		const char *a;
		const char *b;
		bool		equal;
	}			cases[] = {
		{"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
		{"{\"a\":1,\"a\":2}", "{\"a\":2}", true},
		{"{\"a\":1}", "{\"a\":1,\"b\":null}", false},
		{"{\"a\":1}", "{\"b\":1}", false},
		{"[1,2]", "[1,2]", true},
		{"[1,2]", "[2,1]", false},
		{"[1]", "[1,1]", false},
		{"1", "1.0", false},
		{"1", "\"1\"", false},
		{"true", "false", false},
		{"null", "null", true},
		{"\"a\"", "\"\\u0061\"", true},
		{"[{\"x\":{\"y\":[{}]}}]", "[{\"x\":{\"y\":[{}]}}]", true}
	};
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
		ok(gqle_json_equal(parse(cases[i].a), parse(cases[i].b)) ==
		   cases[i].equal, "%s %s %s", cases[i].a,
		   cases[i].equal ? "equals" : "differs from", cases[i].b);
}

static void
test_make(void)
{
	GqleJson   *object = gqle_json_make_object();
	GqleJson   *array = gqle_json_make_array();
	GqleJson   *parsed = parse("{\"a\":[1,2,3]}");
	int			i;

	gqle_json_object_set(object, "n", gqle_json_make_null());
	gqle_json_object_set(object, "t", gqle_json_make_bool(true));
	gqle_json_object_set(object, "x", gqle_json_make_number("1.50"));
	gqle_json_object_set(object, "s", gqle_json_make_string("a\"b"));
	gqle_json_object_set(object, "t", gqle_json_make_bool(false));
	gqle_json_object_set(object, "l", array);
	for (i = 0; i < 9; i++)
		gqle_json_array_add(array, gqle_json_make_number("7"));
	is_text(gqle_json_to_text(object),
			"{\"n\":null,\"t\":false,\"x\":1.50,\"s\":\"a\\\"b\","
			"\"l\":[7,7,7,7,7,7,7,7,7]}", "a made tree");

	gqle_json_array_add(gqle_json_lookup(parsed, "a"), gqle_json_make_null());
	for (i = 0; i < 3; i++)
		gqle_json_object_add(parsed, "b", gqle_json_make_null());
	gqle_json_object_set(parsed, "b", gqle_json_make_bool(true));
	is_text(gqle_json_to_text(parsed),
			"{\"a\":[1,2,3,null],\"b\":null,\"b\":null,\"b\":true}",
			"a tree that was read can grow");
}

/* Every byte at every place of a word, against a byte at a time. */
static void
test_write(void)
{
	bool		all_right = true;
	int			byte;
	int			pos;
	StringInfoData out;
	bool		first = true;

	for (byte = 1; byte < 0x80; byte++)
	{
		for (pos = 0; pos < 19; pos++)
		{
			char		text[20];
			GqleJsonError error;
			GqleJson   *value;

			memset(text, 'x', 19);
			text[pos] = (char) byte;
			initStringInfo(&out);
			gqle_json_write_string(&out, text, 19);
			value = parse_len(out.data, out.len, &error);
			if (value == NULL || value->len != 19 ||
				memcmp(value->text, text, 19) != 0 ||
				strlen(out.data) != (size_t) out.len)
				all_right = false;
		}
	}
	ok(all_right, "every byte at every place is written so that it reads back");

	initStringInfo(&out);
	gqle_json_write_string(&out, "\0a\x1f\x7f\xC3\xA9", 6);
	is_text(out.data, "\"\\u0000a\\u001f\x7f\xC3\xA9\"",
			"only what must be escaped is escaped");

	initStringInfo(&out);
	gqle_json_write_key(&out, "a", &first);
	gqle_json_write_cstring(&out, "");
	gqle_json_write_key(&out, "b\n", &first);
	is_text(out.data, "\"a\":\"\",\"b\\n\":", "keys and commas");

	initStringInfo(&out);
	for (pos = 0; pos < 5000; pos++)
		appendStringInfoChar(&out, pos % 3 == 0 ? '\n' : 'a');
	{
		StringInfoData written;

		initStringInfo(&written);
		gqle_json_write_string(&written, out.data, out.len);
		is_int(written.len, 5002 + 1667, "a long string with many escapes");
	}
}

static void
test_limits(void)
{
	char	   *text = malloc(2 * 100000 + 1);
	GqleJsonError error;
	double		start;

	memset(text, '[', 100000);
	start = cpu_seconds();
	ok(gqle_json_parse(text, 100000, &error) == NULL &&
	   strcmp(error.message, "nested too deeply") == 0,
	   "depth of 10^5 is refused");
	ok(cpu_seconds() - start < 0.05, "and costs next to nothing");

	memset(text, '[', GQLE_MAX_JSON_DEPTH);
	memset(text + GQLE_MAX_JSON_DEPTH, ']', GQLE_MAX_JSON_DEPTH);
	ok(gqle_json_parse(text, 2 * GQLE_MAX_JSON_DEPTH, &error) != NULL,
	   "the greatest depth is accepted");
	free(text);
}

int
main(void)
{
	test_good();
	gqle_standalone_reset();
	test_bad();
	test_tree();
	test_equal();
	test_make();
	gqle_standalone_reset();
	test_write();
	test_limits();
	return done_testing();
}
