/*
 * template.c
 *		Templates: what rows look like as JSON (see plan.h).
 */
#include "postgres.h"

#include "gqle/gqle.h"
#include "gqle/base/json_write.h"
#include "gqle/plan/build.h"

/*
 * More values than this go to json_row and json_list as one ROW(...): functions
 * take at most 100 arguments.
 */
#define MAX_VALUE_ARGS	90

/* Columns of a select and fields of a ROW(...); Postgres takes 1,664. */
#define MAX_VALUES	1600

GqleTemplate *
gqle_template_make(void)
{
	GqleTemplate *template = palloc(sizeof(GqleTemplate));

	initStringInfo(&template->text);
	template->values = NIL;
	return template;
}

int
gqle_template_add_value(GqleTemplate *template, GqleSqlExpr *value)
{
	template->values = lappend(template->values, value);
	return list_length(template->values);
}

void
gqle_template_append_number(GqleTemplate *template, int number)
{
	appendStringInfo(&template->text, "$%d", number);
}

void
gqle_template_append_value(GqleTemplate *template, GqleSqlExpr *value)
{
	gqle_template_append_number(template, gqle_template_add_value(template, value));
}

/* What follows, an object, is null when the value just appended is. */
void
gqle_template_append_guard(GqleTemplate *template)
{
	appendStringInfoChar(&template->text, '?');
}

void
gqle_template_append_string(GqleTemplate *template, const char *text)
{
	gqle_json_write_cstring(&template->text, text);
}

void
gqle_template_begin_object(GqleTemplate *template)
{
	appendStringInfoChar(&template->text, '{');
}

/* Anything but "{" before it means that a member went before. */
void
gqle_template_append_key(GqleTemplate *template, const char *key)
{
	StringInfo	text = &template->text;

	if (text->data[text->len - 1] != '{')
		appendStringInfoChar(text, ',');
	gqle_json_write_cstring(text, key);
	appendStringInfoChar(text, ':');
}

void
gqle_template_end_object(GqleTemplate *template)
{
	appendStringInfoChar(&template->text, '}');
}

/* See build.h. */
bool
gqle_template_check(const GqleTemplate *template, GqleErrorSink *sink, const char *path)
{
	if (list_length(template->values) <= MAX_VALUES)
		return true;
	return gqle_error_report(sink, GQLE_ERR_VALIDATION_FAILED, path,
							 "a selection set cannot have more than %d values", MAX_VALUES);
}

static GqleSqlExpr *
make_call(const GqleTemplate *template, const char *function)
{
	List	   *args = list_make1(gqle_sql_string(pstrdup(template->text.data)));

	if (template->values == NIL)
		args = lappend(args, gqle_sql_bool(true));
	else if (list_length(template->values) > MAX_VALUE_ARGS)
		args = lappend(args, gqle_sql_row(template->values));
	else
		args = list_concat(args, template->values);
	return gqle_sql_function("gqle_internal", function, args);
}

GqleSqlExpr *
gqle_template_row(const GqleTemplate *template)
{
	return make_call(template, "json_row");
}

GqleSqlExpr *
gqle_template_list(const GqleTemplate *template)
{
	return make_call(template, "json_list");
}
