/*
 * error.h
 *		The client's mistakes as values.
 *
 * A GqleError is what a client did wrong: it is recorded, never thrown.  The
 * first error wins, as in Hasura, so a sink holds exactly one.  Functions that
 * can find a client's mistake take a GqleErrorSink and return false or NULL
 * after reporting; callers return at once.
 *
 * All strings live in the memory context of the sink's owner (the request).
 */
#ifndef GQLE_BASE_ERROR_H
#define GQLE_BASE_ERROR_H

#include "gqle/gqle.h"

/* Values of "extensions.code"; texts in error.c.  Kept sorted. */
typedef enum GqleErrorCode
{
	GQLE_ERR_NONE = 0,
	GQLE_ERR_ACCESS_DENIED,
	GQLE_ERR_ALREADY_EXISTS,
	GQLE_ERR_ALREADY_TRACKED,
	GQLE_ERR_ALREADY_UNTRACKED,
	GQLE_ERR_BAD_REQUEST,
	GQLE_ERR_BUSY,
	GQLE_ERR_COERCION_ERROR,
	GQLE_ERR_CONCURRENT_UPDATE,
	GQLE_ERR_CONFLICT,
	GQLE_ERR_CONSTRAINT_ERROR,
	GQLE_ERR_CONSTRAINT_VIOLATION,
	GQLE_ERR_CUSTOM,
	GQLE_ERR_CYCLIC_DEPENDENCY,
	GQLE_ERR_DATA_EXCEPTION,
	GQLE_ERR_DEPENDENCY_ERROR,
	GQLE_ERR_INVALID_CONFIGURATION,
	GQLE_ERR_INVALID_HEADERS,
	GQLE_ERR_INVALID_JSON,
	GQLE_ERR_INVALID_JWT,
	GQLE_ERR_INVALID_PARAMS,
	GQLE_ERR_JWT_INVALID_CLAIMS,
	GQLE_ERR_JWT_MISSING_ROLE_CLAIMS,
	GQLE_ERR_METADATA_WARNINGS,
	GQLE_ERR_METHOD_NOT_ALLOWED,
	GQLE_ERR_NOT_EXISTS,
	GQLE_ERR_NOT_FOUND,
	GQLE_ERR_NOT_SUPPORTED,
	GQLE_ERR_PARSE_FAILED,
	GQLE_ERR_PERMISSION_DENIED,
	GQLE_ERR_PERMISSION_ERROR,
	GQLE_ERR_POSTGRES_ERROR,
	GQLE_ERR_REMOTE_SCHEMA_CONFLICTS,
	GQLE_ERR_REMOTE_SCHEMA_ERROR,
	GQLE_ERR_TIMEOUT,
	GQLE_ERR_UNEXPECTED,
	GQLE_ERR_UNEXPECTED_PAYLOAD,
	GQLE_ERR_VALIDATION_FAILED
} GqleErrorCode;

typedef struct GqleError
{
	GqleErrorCode code;
	const char *custom_code;	/* with GQLE_ERR_CUSTOM: the code's text */
	const char *message;
	const char *path;			/* "$.selectionSet.author"; NULL means "$" */
	const char *internal;		/* JSON text, or NULL */
	int			http_status;	/* of endpoints that show it; 400 by default */

	/* what others answered and we pass on as it is; JSON texts, or NULL */
	const char *extensions;		/* instead of path, code and internal */
	const char *errors;			/* a list: instead of everything, with "data": null */
} GqleError;

typedef struct GqleErrorSink
{
	bool		has_error;
	GqleError	error;
} GqleErrorSink;

extern const char *gqle_error_code_text(const GqleError *error);

/*
 * Record an error unless one is recorded already.  Always returns false, so
 * that callers can write "return gqle_error_report(...)".  path may be NULL.
 */
extern bool gqle_error_report(GqleErrorSink *sink, GqleErrorCode code,
							  const char *path, const char *fmt,...)
			pg_attribute_printf(4, 5);

/*
 * {"errors":[{"message":..,"extensions":{"path":..,"code":..[,"internal":..]}}]}
 * or {"data":null,"errors":[..]} as others answered
 */
extern void gqle_error_append_graphql(StringInfo out, const GqleError *error,
									  bool with_internal);

/*
 * {"error":..,"path":..,"code":..[,"internal":..]} in metadata API key order, or the
 * list of errors that others answered
 */
extern void gqle_error_append_plain(StringInfo out, const GqleError *error,
									bool with_internal);

/*
 * The first error of a GraphQL answer in the plain form, with all its
 * extensions; any other answer as it is.  Allocates garbage.
 */
extern void gqle_error_append_flat(StringInfo out, const char *answer, int len);

/*
 * Paths: start with "$", then one call per step.  Keys that are not letters,
 * digits, "_" and "-" are written as ["a b"].
 */
extern void gqle_error_append_path_key(StringInfo path, const char *key);
extern void gqle_error_append_path_index(StringInfo path, int index);

#endif							/* GQLE_BASE_ERROR_H */
