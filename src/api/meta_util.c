/*
 * meta_util.c
 *		What handlers of metadata commands share: reporting, arguments, names.
 */
#include "postgres.h"

#include "utils/guc.h"

#include "gqle/api/meta.h"
#include "gqle/base/spi.h"

static char *format_message(const char *fmt, va_list args, int *needed);

/* FORMAT expands a message with its arguments in the current context. */
#define FORMAT(message, fmt) \
	do { \
		int			needed = 256; \
		(message) = NULL; \
		while ((message) == NULL) \
		{ \
			va_list		ap; \
			va_start(ap, fmt); \
			(message) = format_message(fmt, ap, &needed); \
			va_end(ap); \
		} \
	} while (0)

/*
 * format_message formats into a buffer of *needed bytes; returns NULL and a
 * better size if that is too small.
 */
static char *
format_message(const char *fmt, va_list args, int *needed)
{
	char	   *buffer = palloc(*needed);
	int			len = vsnprintf(buffer, *needed, fmt, args);

	if (len >= 0 && len < *needed)
		return buffer;
	*needed = len + 1;
	pfree(buffer);
	return NULL;
}

/* gqle_meta_fail reports a mistake at the call's path. */
bool
gqle_meta_fail(GqleMetaCall *call, GqleErrorCode code, const char *fmt,...)
{
	char	   *message;

	FORMAT(message, fmt);
	return gqle_error_report(call->sink, code, call->path, "%s", message);
}

/* gqle_meta_fail_at does so at a member of the arguments. */
bool
gqle_meta_fail_at(GqleMetaCall *call, const char *member, GqleErrorCode code,
				  const char *fmt,...)
{
	char	   *message;

	FORMAT(message, fmt);
	return gqle_error_report(call->sink, code, psprintf("%s.%s", call->path, member),
							 "%s", message);
}

/* gqle_meta_fail_status does so with another HTTP status than 400. */
bool
gqle_meta_fail_status(GqleMetaCall *call, int http_status, GqleErrorCode code,
					  const char *fmt,...)
{
	char	   *message;

	FORMAT(message, fmt);
	gqle_error_report(call->sink, code, call->path, "%s", message);
	call->sink->error.http_status = http_status;
	return false;
}

/* gqle_meta_fail_internal does so with details in JSON. */
bool
gqle_meta_fail_internal(GqleMetaCall *call, int http_status, GqleErrorCode code,
						const char *internal, const char *fmt,...)
{
	char	   *message;

	FORMAT(message, fmt);
	gqle_error_report(call->sink, code, call->path, "%s", message);
	call->sink->error.http_status = http_status;
	call->sink->error.internal = internal;
	return false;
}

/* gqle_meta_warn adds a warning to the answer of a call; the newest comes first. */
void
gqle_meta_warn(GqleMetaCall *call, const char *code, const char *type,
			   const char *name, const char *fmt,...)
{
	GqleJson   *warning = gqle_json_make_object();
	GqleJson   *before = call->warnings;
	char	   *message;
	int			i;

	FORMAT(message, fmt);
	gqle_json_object_set(warning, "message", gqle_json_make_string(message));
	gqle_json_object_set(warning, "type", gqle_json_make_string(type));
	gqle_json_object_set(warning, "name", gqle_json_make_string(name));
	gqle_json_object_set(warning, "code", gqle_json_make_string(code));
	call->warnings = gqle_json_make_array();
	gqle_json_array_add(call->warnings, warning);
	for (i = 0; before != NULL && i < before->n; i++)
		gqle_json_array_add(call->warnings, before->items[i]);
}

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

/* gqle_meta_text returns a string member, or NULL. */
const char *
gqle_meta_text(const GqleJson *args, const char *key)
{
	const GqleJson *value = gqle_json_lookup(args, key);

	return value != NULL && value->kind == GQLE_JSON_STRING ? value->text : NULL;
}

/* gqle_meta_bool returns a boolean member. */
bool
gqle_meta_bool(const GqleJson *args, const char *key, bool absent)
{
	const GqleJson *value = gqle_json_lookup(args, key);

	return value != NULL && value->kind == GQLE_JSON_BOOL ? value->boolean : absent;
}

/* gqle_meta_int returns an integer member. */
int64
gqle_meta_int(const GqleJson *args, const char *key, int64 absent)
{
	const GqleJson *value = gqle_json_lookup(args, key);

	return value != NULL && value->kind == GQLE_JSON_NUMBER ?
		strtoll(value->text, NULL, 10) : absent;
}

/* gqle_meta_source returns the source that arguments name. */
const char *
gqle_meta_source(const GqleJson *args)
{
	const char *source = gqle_meta_text(args, "source");

	return source != NULL ? source : "default";
}

/* ------------------------------------------------------------------------
 * Names of tables and functions
 * ------------------------------------------------------------------------ */

/* gqle_meta_name reads the name under a key, in the arguments' source. */
GqleMetaName
gqle_meta_name(const GqleJson *args, const char *key)
{
	return gqle_meta_make_name(gqle_meta_source(args), gqle_json_lookup(args, key));
}

/* gqle_meta_make_name reads a name; a mere string is in schema public. */
GqleMetaName
gqle_meta_make_name(const char *source, const GqleJson *name)
{
	GqleMetaName result = {source, "public", ""};

	if (name == NULL)
		return result;
	if (name->kind == GQLE_JSON_STRING)
		result.name = name->text;
	else
	{
		const char *schema = gqle_meta_text(name, "schema");
		const char *text = gqle_meta_text(name, "name");

		result.schema = schema != NULL ? schema : "public";
		result.name = text != NULL ? text : "";
	}
	return result;
}

/* gqle_meta_name_json returns {"name","schema"}. */
GqleJson *
gqle_meta_name_json(const char *schema, const char *name)
{
	GqleJson   *result = gqle_json_make_object();

	gqle_json_object_set(result, "name", gqle_json_make_string(name));
	gqle_json_object_set(result, "schema", gqle_json_make_string(schema));
	return result;
}

/* gqle_meta_display returns a name as messages print it. */
const char *
gqle_meta_display(const GqleMetaName *name)
{
	if (strcmp(name->schema, "public") == 0)
		return name->name;
	return psprintf("%s.%s", name->schema, name->name);
}

/* gqle_meta_same_name compares two names. */
bool
gqle_meta_same_name(const GqleMetaName *a, const GqleMetaName *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->schema, b->schema) == 0 &&
		strcmp(a->source, b->source) == 0;
}

/* ------------------------------------------------------------------------
 * Lookups
 * ------------------------------------------------------------------------ */

/* gqle_meta_need_source reports an unknown source. */
bool
gqle_meta_need_source(GqleMetaCall *call, const char *source)
{
	if (gqle_meta_store_exists("sources", "name", source))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
						  "source with name \"%s\" does not exist", source);
}

/*
 * gqle_meta_local_source returns the name of the source that is this database:
 * the only one, or "default".
 */
const char *
gqle_meta_local_source(void)
{
	GqleRows   *rows = gqle_spi_query("SELECT name FROM gqle.sources LIMIT 2", NULL);

	return rows->n == 1 ? gqle_rows_text(rows, 0, 0) : "default";
}

/* gqle_meta_is_tracked_table looks a table up in the metadata. */
bool
gqle_meta_is_tracked_table(const GqleMetaName *table)
{
	return gqle_meta_store_exists("tables", "source schema_name table_name",
								  table->source, table->schema, table->name);
}

/* gqle_meta_is_tracked_function looks a function up in the metadata. */
bool
gqle_meta_is_tracked_function(const GqleMetaName *function)
{
	return gqle_meta_store_exists("functions", "source schema_name function_name",
								  function->source, function->schema, function->name);
}

/*
 * gqle_meta_need_table reports a table that is not tracked.  compat: also if
 * there is no such source.
 */
bool
gqle_meta_need_table(GqleMetaCall *call, const GqleMetaName *table)
{
	if (gqle_meta_is_tracked_table(table))
		return true;
	return gqle_meta_fail(call, GQLE_ERR_NOT_EXISTS,
						  "table \"%s\" does not exist in source: %s",
						  gqle_meta_display(table), table->source);
}

/*
 * gqle_meta_catalog returns the newest catalog, this transaction's changes
 * included.  It stays pinned for the request until the next call of this.  What may
 * be done while checks are deferred changes no tables, so then one serves all.
 */
GqleCatalog *
gqle_meta_catalog(GqleMetaRequest *request)
{
	GqleCatalog *catalog;

	if (request->defers_checks && request->catalog != NULL)
		return request->catalog;
	catalog = gqle_catalog_pin();
	if (request->catalog != NULL)
		gqle_catalog_release(request->catalog);
	request->catalog = catalog;
	return catalog;
}

/* gqle_meta_lookup_table returns a consistent table, loaded, or NULL. */
GqleTable *
gqle_meta_lookup_table(GqleMetaRequest *request, const GqleMetaName *table)
{
	GqleTable  *found = gqle_catalog_lookup_table(gqle_meta_catalog(request),
												  table->schema, table->name);

	return found != NULL && strcmp(found->source, table->source) == 0 ? found : NULL;
}

/*
 * gqle_meta_is_legal_event_name tells whether an event trigger may have a name:
 * a letter, then letters, digits, underscores and hyphens.
 */
bool
gqle_meta_is_legal_event_name(const char *name)
{
	const char *c;

	if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z')))
		return false;
	for (c = name; *c != '\0'; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			  (*c >= '0' && *c <= '9') || *c == '_' || *c == '-'))
			return false;
	return true;
}

/* gqle_meta_setting returns the value of a setting that may not be defined. */
const char *
gqle_meta_setting(const char *name)
{
	const char *value = GetConfigOption(psprintf("gqle.%s", name), true, false);
	char	   *variable = psprintf("HASURA_GRAPHQL_%s", name);
	char	   *c;

	if (value != NULL)
		return value;
	for (c = variable; *c != '\0'; c++)
		*c = pg_ascii_toupper((unsigned char) *c);
	return getenv(variable);
}
