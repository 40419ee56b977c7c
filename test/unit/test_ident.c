/*
 * test_ident.c
 *		Names, naming conventions, error values and places in a source.
 */
#include "gqle/gqle.h"

#include "gqle/base/error.h"
#include "gqle/base/ident.h"
#include "gqle/base/ptrsort.h"
#include "gqle/lang/source.h"
#include "tap.h"

static void
test_names(void)
{
	static const char *const names[] = {"a", "_", "__", "A9", "_0", "aZ_09"};
	static const char *const others[] = {"", "0", "0a", "a-b", "a b", "a.b",
	"\xC3\xA9", "a\n", "a$"};
	size_t		i;

	for (i = 0; i < lengthof(names); i++)
		ok(gqle_ident_is_name(names[i]), "\"%s\" is a name", names[i]);
	for (i = 0; i < lengthof(others); i++)
		ok(!gqle_ident_is_name(others[i]), "\"%s\" is not a name", others[i]);
	ok(gqle_ident_is_name_len("ab-c", 2), "only the given length counts");
	ok(!gqle_ident_is_name_len("a\0b", 3), "NUL is not part of a name");
}

static void
test_convention(void)
{
	static const struct
	{
		const char *name;
		const char *camel;
		const char *pascal;
	}			cases[] = {
		{"author", "author", "Author"},
		{"author_local", "authorLocal", "AuthorLocal"},
		{"Author_Local", "authorLocal", "AuthorLocal"},
		{"_hello_world_foo", "_helloWorldFoo", "_helloWorldFoo"},
		{"__a_b", "_AB", "_AB"},
		{"a__b", "aB", "AB"},
		{"a_", "a", "A"},
		{"_", "_", "_"},
		{"stddev_pop", "stddevPop", "StddevPop"},
		{"_st_3d_d_within", "_st3dDWithin", "_st3dDWithin"},
		{"UPPER_case", "uPPERCase", "UPPERCase"}
	};
	GqleIdent  *custom = gqle_ident_custom("table_one");
	GqleIdent  *local = gqle_ident_split("author_local");
	GqleIdent  *by_pk = gqle_ident_split("by_pk");
	GqleIdent  *insert = gqle_ident_split("insert");
	GqleIdent  *one = gqle_ident_split("one");
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
	{
		is_text(gqle_ident_snake_to_camel(cases[i].name), cases[i].camel,
				cases[i].name);
		is_text(gqle_ident_snake_to_pascal(cases[i].name), cases[i].pascal,
				cases[i].name);
		is_text(gqle_ident_to_snake(gqle_ident_split(cases[i].name)),
				cases[i].name, "words joined again");
	}

	is_text(gqle_ident_to_snake(gqle_ident_concat(local, by_pk)),
			"author_local_by_pk", "words, snake");
	is_text(gqle_ident_to_camel(gqle_ident_concat(local, by_pk)),
			"authorLocalByPk", "words, camel");
	is_text(gqle_ident_to_camel(gqle_ident_concat(custom, by_pk)),
			"table_oneByPk", "a custom word in first place stays");
	is_text(gqle_ident_to_pascal(custom), "table_one",
			"also where its first character would be upper case");
	is_text(gqle_ident_to_camel(gqle_ident_concat(insert,
												  gqle_ident_concat(custom, one))),
			"insertTable_oneOne", "elsewhere it does not");
	is_text(gqle_ident_to_snake(gqle_ident_concat(insert, custom)),
			"insert_table_one", "a custom word, snake");
	is_text(gqle_ident_upper_first("a_b"), "A_b", "upper first");
	is_text(gqle_ident_lower_first("ABC"), "aBC", "lower first");
	is_text(gqle_ident_upper_first(""), "", "upper first of nothing");
	is_text(gqle_ident_upper_first("\xC3\xA9"), "\xC3\xA9", "ASCII only");
}

static void
test_errors(void)
{
	GqleErrorSink sink = {0};
	StringInfoData out;
	char		long_text[3000];

	ok(!gqle_error_report(&sink, GQLE_ERR_VALIDATION_FAILED, "$.a",
						  "field '%s' not found in type: '%s'", "x\"", "T"),
	   "reporting returns false");
	ok(!gqle_error_report(&sink, GQLE_ERR_UNEXPECTED, NULL, "second"),
	   "reporting again returns false");
	initStringInfo(&out);
	gqle_error_append_graphql(&out, &sink.error, true);
	is_text(out.data, "{\"errors\":[{\"message\":\"field 'x\\\"' not found in "
			"type: 'T'\",\"extensions\":{\"path\":\"$.a\","
			"\"code\":\"validation-failed\"}}]}", "the first error wins");
	is_int(sink.error.http_status, 400, "status");

	memset(&sink, 0, sizeof(sink));
	gqle_error_report(&sink, GQLE_ERR_CUSTOM, NULL, "100%%");
	sink.error.custom_code = "my-code";
	sink.error.internal = "{\"a\":1}";
	resetStringInfo(&out);
	gqle_error_append_plain(&out, &sink.error, true);
	is_text(out.data, "{\"error\":\"100%\",\"path\":\"$\",\"code\":\"my-code\","
			"\"internal\":{\"a\":1}}", "plain form with internal");
	resetStringInfo(&out);
	gqle_error_append_plain(&out, &sink.error, false);
	is_text(out.data, "{\"error\":\"100%\",\"path\":\"$\",\"code\":\"my-code\"}",
			"plain form without internal");
	resetStringInfo(&out);
	gqle_error_append_graphql(&out, &sink.error, true);
	is_text(out.data, "{\"errors\":[{\"message\":\"100%\",\"extensions\":{"
			"\"path\":\"$\",\"code\":\"my-code\",\"internal\":{\"a\":1}}}]}",
			"GraphQL form with internal");

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	memset(&sink, 0, sizeof(sink));
	gqle_error_report(&sink, GQLE_ERR_TIMEOUT, NULL, "%s", long_text);
	is_text(sink.error.message, long_text, "a long message");
	is_text(gqle_error_code_text(&sink.error), "timeout", "code text");
	sink.error.code = GQLE_ERR_JWT_MISSING_ROLE_CLAIMS;
	is_text(gqle_error_code_text(&sink.error), "jwt-missing-role-claims",
			"another code text");
}

static void
test_paths(void)
{
	StringInfoData path;

	initStringInfo(&path);
	appendStringInfoChar(&path, '$');
	gqle_error_append_path_key(&path, "selectionSet");
	gqle_error_append_path_key(&path, "_a-1");
	gqle_error_append_path_index(&path, 12);
	gqle_error_append_path_key(&path, "a b");
	gqle_error_append_path_key(&path, "1a");
	gqle_error_append_path_key(&path, "-a");
	gqle_error_append_path_key(&path, "");
	gqle_error_append_path_key(&path, "\"\xC3\xA9");
	is_text(path.data, "$.selectionSet._a-1[12][\"a b\"][\"1a\"][\"-a\"]"
			"[\"\"][\"\\\"\xC3\xA9\"]", "path");
}

static void
test_source(void)
{
	const char *text = "a\nb\r\nc\rd";
	static const int expected[][2] = {{1, 1}, {1, 2}, {2, 1}, {2, 2}, {2, 3},
	{3, 1}, {3, 2}, {4, 1}, {4, 2}, {4, 2}};
	int			i;

	for (i = 0; i < (int) lengthof(expected); i++)
	{
		int			line;
		int			column;

		gqle_source_locate(text, (int) strlen(text), i, &line, &column);
		ok(line == expected[i][0] && column == expected[i][1],
		   "offset %d is %d:%d (%d:%d)", i, expected[i][0], expected[i][1],
		   line, column);
	}
}

static int
compare_tens(const void *a, const void *b)
{
	return *(const int *) a / 10 - *(const int *) b / 10;
}

static void
test_sort(void)
{
	int			n;

	for (n = 0; n < 40; n++)
	{
		int			values[40];
		const void *items[40];
		bool		sorted = true;
		int			i;

		for (i = 0; i < n; i++)
		{
			values[i] = (i * 7919 + n) % 50;
			items[i] = &values[i];
		}
		gqle_ptrsort(items, n, compare_tens);
		for (i = 1; i < n; i++)
		{
			int			order = compare_tens(items[i - 1], items[i]);

			sorted = sorted && (order < 0 ||
								(order == 0 && items[i - 1] < items[i]));
		}
		ok(sorted, "%d pointers are sorted, equal ones in order", n);
	}
}

int
main(void)
{
	test_names();
	test_convention();
	test_errors();
	test_paths();
	test_source();
	test_sort();
	return done_testing();
}
