/*
 * errcodes.h
 *		SQLSTATEs of our own, class QL.
 *
 * The standard leaves classes that begin with I to Z to implementations.  A
 * code is for conditions that SQL callers may want to tell apart; a client's
 * mistakes in a GraphQL document are answers, not errors (error.h).
 */
#ifndef GQLE_ERRCODES_H
#define GQLE_ERRCODES_H

/* an API command refused by the metadata API, raised at a SQL door */
#define ERRCODE_GQLE_METADATA_ERROR		MAKE_SQLSTATE('Q', 'L', '0', '0', '1')
/* the session given to a SQL door is not a session */
#define ERRCODE_GQLE_INVALID_SESSION	MAKE_SQLSTATE('Q', 'L', '0', '0', '2')
/* an environment variable holds a value its setting does not take */
#define ERRCODE_GQLE_INVALID_ENVIRONMENT MAKE_SQLSTATE('Q', 'L', '0', '0', '3')
/* the library must be in shared_preload_libraries for this */
#define ERRCODE_GQLE_NOT_PRELOADED		MAKE_SQLSTATE('Q', 'L', '0', '0', '4')
/* a check of a permission failed inside a generated statement */
#define ERRCODE_GQLE_CHECK_VIOLATION	MAKE_SQLSTATE('Q', 'L', '0', '0', '5')
/* two objects define GraphQL types of one name */
#define ERRCODE_GQLE_TYPE_CLASH MAKE_SQLSTATE('Q', 'L', '0', '0', '6')
/* the extension's objects are of another version than the library */
#define ERRCODE_GQLE_OTHER_VERSION		MAKE_SQLSTATE('Q', 'L', '0', '0', '7')

#endif							/* GQLE_ERRCODES_H */
