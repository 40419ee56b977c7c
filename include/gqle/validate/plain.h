/*
 * plain.h
 *		Values of GraphQL's own scalars, and of those that somebody made up.
 */
#ifndef GQLE_VALIDATE_PLAIN_H
#define GQLE_VALIDATE_PLAIN_H

#include "gqle/base/error.h"
#include "gqle/catalog/leaf.h"

/* "Int" and what its values are called in messages: "a 32-bit integer". */
extern const char *gqle_plain_name(GqlePlainType plain);
extern const char *gqle_plain_words(GqlePlainType plain);

/* Is the literal of a kind that the type takes? */
extern bool gqle_plain_takes_literal(GqlePlainType plain, GqleValueKind kind);

/*
 * Is it a value of the type, null aside?  False after reporting at the path.
 * Literals have been looked at before they became JSON.
 */
extern bool gqle_plain_check(GqlePlainType plain, const GqleJson *value,
							 const char *path, GqleErrorSink *sink);

/* The value as it is passed on. */
extern const GqleJson *gqle_plain_value(GqlePlainType plain, const GqleJson *value);

#endif							/* GQLE_VALIDATE_PLAIN_H */
