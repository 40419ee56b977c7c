/*
 * jwk.h
 *		Keys that verify tokens: from secrets, PEM and JSON Web Key sets.
 *
 * A key knows which algorithms it may be used with.  The token only chooses
 * among those; it can never make an RSA key's text into an HMAC secret.
 */
#ifndef GQLE_NET_JWK_H
#define GQLE_NET_JWK_H

#include "gqle/base/json_read.h"

/* Signature algorithms (RFC 7518 §3.1, RFC 8037), as bits of a mask. */
typedef enum GqleJwtAlg
{
	GQLE_JWT_HS256 = 1 << 0,
	GQLE_JWT_HS384 = 1 << 1,
	GQLE_JWT_HS512 = 1 << 2,
	GQLE_JWT_RS256 = 1 << 3,
	GQLE_JWT_RS384 = 1 << 4,
	GQLE_JWT_RS512 = 1 << 5,
	GQLE_JWT_PS256 = 1 << 6,
	GQLE_JWT_PS384 = 1 << 7,
	GQLE_JWT_PS512 = 1 << 8,
	GQLE_JWT_ES256 = 1 << 9,
	GQLE_JWT_ES384 = 1 << 10,
	GQLE_JWT_ES512 = 1 << 11,
	GQLE_JWT_EDDSA = 1 << 12
} GqleJwtAlg;

typedef struct GqleJwtKey
{
	int algs;			   /* mask of GqleJwtAlg */
	const char *kid;	   /* or NULL */
	unsigned char *secret; /* of HMAC keys */
	int secret_len;
	struct evp_pkey_st *pkey; /* of all others */
	int coordinate_len;		  /* of EC keys: bytes of r and of s */
} GqleJwtKey;

typedef struct GqleJwtKeySet
{
	int n;
	GqleJwtKey *keys;
} GqleJwtKeySet;

/* The algorithm of that name, or 0. */
extern GqleJwtAlg gqle_jwk_alg_by_name(const char *name);

/*
 * The key of a configuration with members "type" and "key", as a set of one.
 * It is allocated in the current memory context, and partly by OpenSSL: free it
 * with gqle_jwk_free.  NULL and *error (Hasura's words) if it can't be used.
 */
extern GqleJwtKeySet *gqle_jwk_from_config(const char *type, const char *key,
										   int key_len, const char **error);

/*
 * The usable keys of a set (jwk_set.c).  Keys of other kinds or for other
 * purposes are left out; NULL and *error if it is no set, or none is left.
 */
extern GqleJwtKeySet *gqle_jwk_parse_set(const char *text, int len,
										 const char **error);

/* Free a set; NULL is allowed. */
extern void gqle_jwk_free(GqleJwtKeySet *set);

/* Is this the signature of these bytes by this key with this algorithm? */
extern bool gqle_jwk_verify(const GqleJwtKey *key, GqleJwtAlg alg,
							const char *text, int len,
							const unsigned char *signature, int signature_len);

/*
 * Making keys, for jwk_set.c: a set with room for some; a secret; a public key,
 * which the key owns from then on, with NULL or why it can't be used; and the
 * public key of a certificate, or NULL.
 */
extern GqleJwtKeySet *gqle_jwk_make_set(int room);
extern void gqle_jwk_set_secret(GqleJwtKey *key, const void *secret, int len);
extern const char *gqle_jwk_set_pkey(GqleJwtKey *key,
									 struct evp_pkey_st *pkey);
extern struct evp_pkey_st *gqle_jwk_read_certificate(const char *pem, int len);

#endif /* GQLE_NET_JWK_H */
