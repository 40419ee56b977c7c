/*
 * run_linked.c
 *		Operations in a linked database.
 *
 * Every root field is an operation of its own there, in a transaction of its own, as
 * it would be at a remote schema.
 */
#include "postgres.h"

#include "gqle/base/json_write.h"
#include "gqle/exec/run_linked.h"

/* compat: a source that can't be reached is an error of the database. */
static char *
fail(const GqleStep *step, const GqleLinkedSource *source, const char *reason)
{
	StringInfoData internal;

	initStringInfo(&internal);
	appendStringInfoString(&internal, "{\"source\":");
	gqle_json_write_cstring(&internal, source->name);
	appendStringInfoString(&internal, ",\"message\":");
	gqle_json_write_cstring(&internal, reason);
	appendStringInfoChar(&internal, '}');
	(void) gqle_error_report(step->sink, GQLE_ERR_POSTGRES_ERROR, NULL, "connection error");
	step->sink->error.internal = internal.data;
	step->sink->error.http_status = 500;
	return NULL;
}

/* Is it an error?  Then it is that of the operation, as if it had happened here. */
static bool
take_over_error(const GqleStep *step, const char *answer)
{
	GqleJsonError parse_error;
	const GqleJson *json;
	const GqleJson *errors;
	const GqleJson *message;
	const GqleJson *extensions;

	/* what succeeds begins with its data, and is parsed later */
	if (strncmp(answer, "{\"errors\"", 9) != 0)
		return false;
	json = gqle_json_parse(answer, strlen(answer), &parse_error);
	errors = json != NULL ? gqle_json_lookup(json, "errors") : NULL;
	if (errors == NULL || errors->kind != GQLE_JSON_ARRAY || errors->n == 0)
		return false;
	message = gqle_json_lookup(errors->items[0], "message");
	extensions = gqle_json_lookup(errors->items[0], "extensions");
	(void) gqle_error_report(step->sink, GQLE_ERR_UNEXPECTED, NULL, "%s",
							 message != NULL && message->text != NULL ? message->text : answer);
	if (extensions != NULL)
		step->sink->error.extensions = gqle_json_to_text(extensions);
	return true;
}

/* See run_linked.h. */
char *
gqle_run_linked(const GqleStep *step, const GqleLinkedSource *source, const char *query,
				const char *variables, const char *name)
{
	StringInfoData session;
	const char *values[4];
	char	   *reason = NULL;
	GqleLink   *link = gqle_linked_connect(source->url, &reason);
	char	  **answer;

	if (link == NULL)
		return fail(step, source, reason);
	initStringInfo(&session);
	gqle_linked_append_session(&session, step->session);
	values[0] = session.data;
	values[1] = query;
	values[2] = variables;
	values[3] = name;
	answer = gqle_link_query(link, "SELECT graphql.execute($1::jsonb, $2, $3::jsonb, $4)", 4,
							 values, &reason);
	if (answer == NULL || answer[0] == NULL)
		return fail(step, source, reason != NULL ? reason : "no answer");
	return take_over_error(step, answer[0]) ? NULL : answer[0];
}
