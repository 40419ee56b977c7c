/*
 * error.c
 *		The client's mistakes as values: recording and showing them.
 */
#include "gqle/gqle.h"

#include "gqle/base/error.h"
#include "gqle/base/json_read.h"
#include "gqle/base/json_write.h"

static const char *const code_texts[] = {
	[GQLE_ERR_NONE] = "",
	[GQLE_ERR_ACCESS_DENIED] = "access-denied",
	[GQLE_ERR_ALREADY_EXISTS] = "already-exists",
	[GQLE_ERR_ALREADY_TRACKED] = "already-tracked",
	[GQLE_ERR_ALREADY_UNTRACKED] = "already-untracked",
	[GQLE_ERR_BAD_REQUEST] = "bad-request",
	[GQLE_ERR_BUSY] = "busy",
	[GQLE_ERR_COERCION_ERROR] = "coercion-error",
	[GQLE_ERR_CONCURRENT_UPDATE] = "concurrent-update",
	[GQLE_ERR_CONFLICT] = "conflict",
	[GQLE_ERR_CONSTRAINT_ERROR] = "constraint-error",
	[GQLE_ERR_CONSTRAINT_VIOLATION] = "constraint-violation",
	[GQLE_ERR_CUSTOM] = "custom-error",
	[GQLE_ERR_CYCLIC_DEPENDENCY] = "cyclic-dependency",
	[GQLE_ERR_DATA_EXCEPTION] = "data-exception",
	[GQLE_ERR_DEPENDENCY_ERROR] = "dependency-error",
	[GQLE_ERR_INVALID_CONFIGURATION] = "invalid-configuration",
	[GQLE_ERR_INVALID_HEADERS] = "invalid-headers",
	[GQLE_ERR_INVALID_JSON] = "invalid-json",
	[GQLE_ERR_INVALID_JWT] = "invalid-jwt",
	[GQLE_ERR_INVALID_PARAMS] = "invalid-params",
	[GQLE_ERR_JWT_INVALID_CLAIMS] = "jwt-invalid-claims",
	[GQLE_ERR_JWT_MISSING_ROLE_CLAIMS] = "jwt-missing-role-claims",
	[GQLE_ERR_METADATA_WARNINGS] = "metadata-warnings",
	[GQLE_ERR_METHOD_NOT_ALLOWED] = "method-not-allowed",
	[GQLE_ERR_NOT_EXISTS] = "not-exists",
	[GQLE_ERR_NOT_FOUND] = "not-found",
	[GQLE_ERR_NOT_SUPPORTED] = "not-supported",
	[GQLE_ERR_PARSE_FAILED] = "parse-failed",
	[GQLE_ERR_PERMISSION_DENIED] = "permission-denied",
	[GQLE_ERR_PERMISSION_ERROR] = "permission-error",
	[GQLE_ERR_POSTGRES_ERROR] = "postgres-error",
	[GQLE_ERR_REMOTE_SCHEMA_CONFLICTS] = "remote-schema-conflicts",
	[GQLE_ERR_REMOTE_SCHEMA_ERROR] = "remote-schema-error",
	[GQLE_ERR_TIMEOUT] = "timeout",
	[GQLE_ERR_UNEXPECTED] = "unexpected",
	[GQLE_ERR_UNEXPECTED_PAYLOAD] = "unexpected-payload",
	[GQLE_ERR_VALIDATION_FAILED] = "validation-failed"
};

const char *
gqle_error_code_text(const GqleError *error)
{
	if (error->code == GQLE_ERR_CUSTOM && error->custom_code != NULL)
		return error->custom_code;
	Ensure((unsigned) error->code < lengthof(code_texts),
		   "error code without a text");
	return code_texts[error->code];
}

bool
gqle_error_report(GqleErrorSink *sink, GqleErrorCode code,
				  const char *path, const char *fmt,...)
{
	StringInfoData message;

	if (sink->has_error)
		return false;

	initStringInfo(&message);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, fmt);
		needed = appendStringInfoVA(&message, fmt, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}

	memset(&sink->error, 0, sizeof(sink->error));
	sink->error.code = code;
	sink->error.message = message.data;
	sink->error.path = path != NULL ? pstrdup(path) : NULL;
	sink->error.http_status = 400;
	sink->has_error = true;
	return false;
}

static void
append_path_and_code(StringInfo out, const GqleError *error)
{
	appendStringInfoString(out, "\"path\":");
	gqle_json_write_cstring(out, error->path != NULL ? error->path : "$");
	appendStringInfoString(out, ",\"code\":");
	gqle_json_write_cstring(out, gqle_error_code_text(error));
}

static void
append_internal(StringInfo out, const GqleError *error, bool with_internal)
{
	if (!with_internal || error->internal == NULL)
		return;
	appendStringInfoString(out, ",\"internal\":");
	appendStringInfoString(out, error->internal);
}

void
gqle_error_append_graphql(StringInfo out, const GqleError *error,
						  bool with_internal)
{
	if (error->errors != NULL)
	{
		appendStringInfo(out, "{\"data\":null,\"errors\":%s}", error->errors);
		return;
	}
	appendStringInfoString(out, "{\"errors\":[{\"message\":");
	gqle_json_write_cstring(out, error->message);
	appendStringInfoString(out, ",\"extensions\":");
	if (error->extensions != NULL)
		appendStringInfoString(out, error->extensions);
	else
	{
		appendStringInfoChar(out, '{');
		append_path_and_code(out, error);
		append_internal(out, error, with_internal);
		appendStringInfoChar(out, '}');
	}
	appendStringInfoString(out, "}]}");
}

void
gqle_error_append_plain(StringInfo out, const GqleError *error,
						bool with_internal)
{
	if (error->errors != NULL)
	{
		appendStringInfoString(out, error->errors);
		return;
	}
	appendStringInfoString(out, "{\"error\":");
	gqle_json_write_cstring(out, error->message);
	appendStringInfoChar(out, ',');
	append_path_and_code(out, error);
	append_internal(out, error, with_internal);
	appendStringInfoChar(out, '}');
}

void
gqle_error_append_flat(StringInfo out, const char *answer, int len)
{
	GqleJsonError json_error;
	GqleJson   *tree = gqle_json_parse(answer, len, &json_error);
	GqleJson   *errors = tree != NULL ? gqle_json_lookup(tree, "errors") : NULL;
	GqleJson   *error = errors != NULL && errors->kind == GQLE_JSON_ARRAY &&
		errors->n > 0 ? errors->items[0] : NULL;
	GqleJson   *extensions = error != NULL ?
		gqle_json_lookup(error, "extensions") : NULL;
	GqleJson   *flat;
	int			i;

	if (tree == NULL)
	{
		gqle_json_write_string(out, answer, len);
		return;
	}
	if (extensions == NULL || extensions->kind != GQLE_JSON_OBJECT)
	{
		gqle_json_append(out, tree);
		return;
	}
	flat = gqle_json_make_object();
	gqle_json_object_add(flat, "error", gqle_json_lookup(error, "message"));
	for (i = 0; i < extensions->n; i++)
		gqle_json_object_add(flat, extensions->members[i].key,
							 extensions->members[i].value);
	gqle_json_append(out, flat);
}

/* May the key stand after a dot in a path? */
static bool
is_plain_key(const char *key)
{
	const char *c;

	if (*key == '\0' || *key == '-' || (*key >= '0' && *key <= '9'))
		return false;
	for (c = key; *c != '\0'; c++)
	{
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			  (*c >= '0' && *c <= '9') || *c == '_' || *c == '-'))
			return false;
	}
	return true;
}

void
gqle_error_append_path_key(StringInfo path, const char *key)
{
	if (is_plain_key(key))
	{
		appendStringInfoChar(path, '.');
		appendStringInfoString(path, key);
		return;
	}
	appendStringInfoChar(path, '[');
	gqle_json_write_cstring(path, key);
	appendStringInfoChar(path, ']');
}

void
gqle_error_append_path_index(StringInfo path, int index)
{
	appendStringInfo(path, "[%d]", index);
}
