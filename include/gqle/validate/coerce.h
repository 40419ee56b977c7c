/*
 * coerce.h
 *		From what a client wrote to a value of a Postgres type.
 */
#ifndef GQLE_VALIDATE_COERCE_H
#define GQLE_VALIDATE_COERCE_H

#include "gqle/catalog/leaf.h"
#include "gqle/catalog/session.h"

/*
 * The value of a leaf in a request: text for the type's input function, or
 * NULL for SQL NULL (*is_null).  For common types *datum is filled instead and
 * *has_datum set, sparing the input function.  Client mistakes are reported
 * with Hasura's text at the leaf's path; returns false then.  A bad string is
 * not a mistake here: Postgres says so when the text is converted.
 */
extern bool gqle_coerce_leaf(const GqleLeaf *leaf, const GqleJson *variables,
							 const GqleSession *session, GqleErrorSink *sink,
							 bool *is_null, bool *has_datum, Datum *datum,
							 const char **text);

/*
 * Would the leaf's value be taken?  As above, without making anything of it;
 * session leaves are always fine.
 */
extern bool gqle_coerce_check_leaf(const GqleLeaf *leaf, const GqleJson *variables,
								   GqleErrorSink *sink);

/* Let permissions be checked this way, too; once per process. */
extern void gqle_coerce_init(void);

/* The text of a session variable, or NULL after reporting that it is missing. */
extern const char *gqle_coerce_require_session(const GqleSession *session, const char *name,
											   GqleErrorSink *sink);

/* The value of a leaf as the client wrote it; null where there is none. */
extern const GqleJson *gqle_coerce_leaf_to_json(const GqleLeaf *leaf,
												const GqleJson *variables);

/*
 * An integer from a JSON number or GraphQL literal, 1.0 and 1e3 included; false
 * if it is none or out of bounds.  The message for that takes the number as
 * gqle_coerce_append_number writes it.
 */
extern bool gqle_coerce_integer(const char *text, int64 min, int64 max, int64 *result);
extern void gqle_coerce_append_number(StringInfo out, const char *text);

#define GQLE_COERCE_INTEGER_MESSAGE \
	"The value %s lies outside the bounds or is not an integer. " \
	"Maybe it is a float, or is there integer overflow?"

/* JSON of a literal in which variables have been replaced by their values. */
extern GqleJson *gqle_coerce_literal_to_json(const GqleValueNode *node,
											 const GqleJson *variables);

#endif							/* GQLE_VALIDATE_COERCE_H */
