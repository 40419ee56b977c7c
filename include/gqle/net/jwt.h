/*
 * jwt.h
 *		JSON Web Tokens by Hasura's rules: configuration, verification, claims.
 *
 * Pure: the time is an argument, keys are given, nothing is fetched.  Times are
 * microseconds since 1970.
 */
#ifndef GQLE_NET_JWT_H
#define GQLE_NET_JWT_H

#include "gqle/base/error.h"
#include "gqle/net/jsonpath.h"
#include "gqle/net/jwk.h"

/* Where a request carries the token. */
typedef enum GqleJwtPlace
{
	GQLE_JWT_AUTHORIZATION,
	GQLE_JWT_COOKIE,
	GQLE_JWT_CUSTOM_HEADER
} GqleJwtPlace;

/* An entry of claims_map: a value, or a path with a value if it leads nowhere. */
typedef struct GqleJwtMapping
{
	const char *name;	/* lower case */
	GqleJsonPath *path; /* NULL: the value is what the claim is */
	GqleJson *value;	/* may be NULL with a path */
} GqleJwtMapping;

typedef struct GqleJwtConfig
{
	/* keys: one of these */
	GqleJwtKeySet *keys;
	const char *jwk_url;

	GqleJwtPlace place;
	const char *place_name; /* of the cookie, or of the header */

	/* checks */
	int n_audiences; /* none: not checked */
	const char **audiences;
	const char *issuer; /* NULL: not checked */
	int64 skew;

	/* claims: a mapping if there is one, else a path if there is one */
	GqleJwtMapping *roles_mapping;
	GqleJwtMapping *default_mapping;
	int n_mappings; /* others */
	GqleJwtMapping *mappings;
	GqleJsonPath *namespace_path;
	const char *namespace_key;
	bool is_stringified;

	GqleJson *shown;	 /* what /v1alpha1/config says about it */
	const char *warning; /* about members that mean nothing, or NULL */
} GqleJwtConfig;

typedef struct GqleJwtVariable
{
	const char *name; /* x-hasura-..., lower case */
	const char *value;
} GqleJwtVariable;

/* What a verified token says. */
typedef struct GqleJwtClaims
{
	int n_roles;
	const char **roles; /* that may be chosen */
	const char *default_role;
	int n_variables; /* without the roles */
	GqleJwtVariable *variables;
	bool expires;
	int64 expires_at;  /* the claim, without the skew */
	GqleJson *payload; /* all claims as they came */
} GqleJwtClaims;

#define GQLE_JWT_NEVER INT64CONST(0x7fffffffffffffff)

/*
 * Read a configuration, the value of HASURA_GRAPHQL_JWT_SECRET.  Allocated in
 * the current memory context, save for the keys (see gqle_jwk_free).  NULL and
 * *error, in Hasura's words where it has some.
 */
extern GqleJwtConfig *gqle_jwt_parse_config(const char *text, int len,
											const char **error);

/* The same for a value that is read already. */
extern GqleJwtConfig *gqle_jwt_read_config(const GqleJson *json,
										   const char **error);

/*
 * Verify a token and take its claims, in the current memory context.  False,
 * with the error in the sink, if it is not to be trusted or its claims are not
 * as the configuration expects.
 */
extern bool gqle_jwt_verify(const GqleJwtConfig *config,
							const GqleJwtKeySet *keys, const char *token,
							int len, int64 now, GqleJwtClaims *claims,
							GqleErrorSink *sink);

/* What a token that nobody has verified names as its issuer, or NULL. */
extern const char *gqle_jwt_peek_issuer(const char *token, int len);

#endif /* GQLE_NET_JWT_H */
