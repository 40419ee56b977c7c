/*
 * meta_problems.c
 *		Inconsistent objects outside of tables: the list, and the environment.
 *
 * Metadata may name environment variables of the server, in three ways: as
 * value_from_env of a header, as url_from_env and webhook_from_env, and as
 * {{NAME}} within a URL.  What names one that is not set is inconsistent.
 */
#include "postgres.h"

#include "gqle/api/meta_problems.h"
#include "gqle/base/spi.h"

/* gqle_meta_problem_add adds an object to a list of inconsistent ones. */
void
gqle_meta_problem_add(GqleJson *list, const char *type, const char *name,
					  GqleJson *definition, const char *reason)
{
	GqleJson   *object = gqle_json_make_object();

	gqle_json_object_set(object, "definition", definition);
	gqle_json_object_set(object, "name", gqle_json_make_string(name));
	gqle_json_object_set(object, "reason", gqle_json_make_string(reason));
	gqle_json_object_set(object, "type", gqle_json_make_string(type));
	gqle_json_array_add(list, object);
}

/*
 * gqle_meta_missing_variables returns the environment variables that a template
 * names and that are not set, separated by commas, or NULL.
 */
const char *
gqle_meta_missing_variables(const char *template)
{
	const char *open = template;
	StringInfoData missing;

	initStringInfo(&missing);
	while (open != NULL && (open = strstr(open, "{{")) != NULL)
	{
		const char *close = strstr(open, "}}");
		const char *name = open + 2;
		int			len;

		if (close == NULL)
			break;
		while (*name == ' ')
			name++;
		len = close - name;
		while (len > 0 && name[len - 1] == ' ')
			len--;
		if (getenv(pnstrdup(name, len)) == NULL)
			appendStringInfo(&missing, "%s%.*s", missing.len > 0 ? ", " : "", len, name);
		open = close;
	}
	return missing.len > 0 ? missing.data : NULL;
}

/* missing_header returns a variable that headers name and that is not set. */
static const char *
missing_header(const GqleJson *headers)
{
	int			i;

	for (i = 0; headers != NULL && i < headers->n; i++)
	{
		const char *variable = gqle_meta_text(headers->items[i], "value_from_env");

		if (variable != NULL && getenv(variable) == NULL)
			return variable;
	}
	return NULL;
}

/* missing_of complains of variables that an object names and that are not set. */
static const char *
missing_of(const GqleJson *object, const char *variable_key, const char *url_key)
{
	const char *variable = gqle_meta_text(object, variable_key);
	const char *missing = gqle_meta_missing_variables(gqle_meta_text(object, url_key));

	if (missing != NULL)
		return psprintf("Value for environment variables not found: %s", missing);
	if (variable == NULL || getenv(variable) != NULL)
		variable = missing_header(gqle_json_lookup(object, "headers"));
	return variable == NULL ? NULL : psprintf("environment variable '%s' not set", variable);
}

/* add_event_triggers adds event triggers that lack a variable. */
static void
add_event_triggers(GqleJson *list)
{
	static GqleSpiStatement statement = {"SELECT source, schema_name, table_name, name, definition "
									  "FROM gqle.event_triggers"};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName table = {gqle_rows_text(rows, i, 0), gqle_rows_text(rows, i, 1),
		gqle_rows_text(rows, i, 2)};
		const char *name = gqle_rows_text(rows, i, 3);
		GqleJson   *definition = gqle_meta_parse_stored(gqle_rows_text(rows, i, 4));
		const char *missing = missing_of(definition, "webhook_from_env", "webhook");
		GqleJson   *object;

		if (missing == NULL)
			continue;
		object = gqle_json_make_object();
		gqle_json_object_set(object, "configuration", definition);
		gqle_json_object_set(object, "name", gqle_json_make_string(name));
		gqle_json_object_set(object, "source", gqle_json_make_string(table.source));
		gqle_json_object_set(object, "table", gqle_meta_name_json(table.schema, table.name));
		gqle_meta_problem_add(list, "event_trigger",
							  psprintf("event_trigger %s in table %s in source %s", name,
									   gqle_meta_display(&table), table.source),
							  object,
							  psprintf("Inconsistent object: in table \"%s\": in event trigger \"%s\": %s",
									   gqle_meta_display(&table), name, missing));
	}
}

/* add_cron_triggers adds cron triggers that lack a variable. */
static void
add_cron_triggers(GqleJson *list)
{
	static GqleSpiStatement statement = {"SELECT name, definition FROM gqle.cron_triggers"};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		const char *name = gqle_rows_text(rows, i, 0);
		GqleJson   *definition = gqle_meta_parse_stored(gqle_rows_text(rows, i, 1));
		const char *missing = missing_of(definition, "", "webhook");

		if (missing != NULL)
			gqle_meta_problem_add(list, "cron_trigger", psprintf("cron_trigger %s", name),
								  gqle_meta_sort(definition),
								  psprintf("Inconsistent object: in cron trigger %s: %s",
										   name, missing));
	}
}

/* gqle_meta_environment_problems adds objects that lack a variable. */
void
gqle_meta_environment_problems(GqleJson *list)
{
	add_event_triggers(list);
	add_cron_triggers(list);
}
