/*
 * jwk.c
 *		Keys that verify tokens, and verifying with them.
 *
 * OpenSSL does the cryptography and reads PEM.  (libjwt takes the algorithm
 * from the token and parses the key again for each one, and has neither
 * Ed25519 nor key sets; unit tests use it as a signer of its own.)
 *
 * What a key may be used with follows from its kind, not from the token:
 *
 *		secret		HS*, as far as the secret is as long as the hash (RFC 7518
 *					§3.2)
 *		RSA			RS* or PS*; at least 2048 bits (§3.3)
 *		EC			the one ES* of its curve
 *		Ed25519		EdDSA
 *
 * and "alg" of a JSON Web Key narrows it to that one.  compat: "type" of a
 * configuration names the kind of key, not the hash: what Hasura's generator of
 * configurations writes for providers that sign with RS256 says RS512.
 */
#include "gqle/gqle.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "gqle/net/base64url.h"
#include "gqle/net/jwk.h"

#define MIN_RSA_BITS 2048
#define MAX_KEY_BYTES 65536

#define HS_ALL (GQLE_JWT_HS256 | GQLE_JWT_HS384 | GQLE_JWT_HS512)
#define RS_ALL (GQLE_JWT_RS256 | GQLE_JWT_RS384 | GQLE_JWT_RS512)
#define PS_ALL (GQLE_JWT_PS256 | GQLE_JWT_PS384 | GQLE_JWT_PS512)
#define ES_ALL (GQLE_JWT_ES256 | GQLE_JWT_ES384 | GQLE_JWT_ES512)

/* All about an algorithm. */
typedef struct AlgFacts
{
	const char *name;
	GqleJwtAlg alg;
	int hash_bits;
} AlgFacts;

static const AlgFacts alg_facts[] = {
	{"HS256", GQLE_JWT_HS256, 256}, {"HS384", GQLE_JWT_HS384, 384},
	{"HS512", GQLE_JWT_HS512, 512}, {"RS256", GQLE_JWT_RS256, 256},
	{"RS384", GQLE_JWT_RS384, 384}, {"RS512", GQLE_JWT_RS512, 512},
	{"PS256", GQLE_JWT_PS256, 256}, {"PS384", GQLE_JWT_PS384, 384},
	{"PS512", GQLE_JWT_PS512, 512}, {"ES256", GQLE_JWT_ES256, 256},
	{"ES384", GQLE_JWT_ES384, 384}, {"ES512", GQLE_JWT_ES512, 512},
	{"EdDSA", GQLE_JWT_EDDSA, 0},
};

/* An elliptic curve: OpenSSL's name, and its algorithm. */
typedef struct CurveFacts
{
	const char *group;
	GqleJwtAlg alg;
	int coordinate_len;
} CurveFacts;

static const CurveFacts curve_facts[] = {
	{"prime256v1", GQLE_JWT_ES256, 32},
	{"secp384r1", GQLE_JWT_ES384, 48},
	{"secp521r1", GQLE_JWT_ES512, 66},
};

static const AlgFacts *
find_alg(const char *name)
{
	for (size_t i = 0; i < lengthof(alg_facts); i++)
	{
		if (strcmp(alg_facts[i].name, name) == 0)
			return &alg_facts[i];
	}
	return NULL;
}

GqleJwtAlg
gqle_jwk_alg_by_name(const char *name)
{
	const AlgFacts *facts = find_alg(name);

	return facts != NULL ? facts->alg : 0;
}

GqleJwtKeySet *
gqle_jwk_make_set(int room)
{
	GqleJwtKeySet *set = palloc0(sizeof(GqleJwtKeySet));

	set->keys = palloc0(sizeof(GqleJwtKey) * Max(room, 1));
	return set;
}

void
gqle_jwk_free(GqleJwtKeySet *set)
{
	if (set == NULL)
		return;
	for (int i = 0; i < set->n; i++)
	{
		GqleJwtKey *key = &set->keys[i];

		EVP_PKEY_free(key->pkey);
		if (key->secret != NULL)
		{
			OPENSSL_cleanse(key->secret, key->secret_len);
			pfree(key->secret);
		}
	}
	pfree(set->keys);
	pfree(set);
}

/* ------------------------------------------------------------------------
 * Kinds of keys
 * ------------------------------------------------------------------------ */

/* The HMAC algorithms that a secret of this length is good for. */
static int
secret_algs(int len)
{
	return (len >= 32 ? GQLE_JWT_HS256 : 0) | (len >= 48 ? GQLE_JWT_HS384 : 0) |
		   (len >= 64 ? GQLE_JWT_HS512 : 0);
}

void
gqle_jwk_set_secret(GqleJwtKey *key, const void *secret, int len)
{
	key->secret = palloc(len + 1);
	memcpy(key->secret, secret, len);
	key->secret_len = len;
	key->algs = secret_algs(len);
}

/* Fill in what a curve decides; false if it is not one of ours. */
static bool
set_curve(GqleJwtKey *key, const char *group)
{
	for (size_t i = 0; i < lengthof(curve_facts); i++)
	{
		if (strcmp(curve_facts[i].group, group) != 0)
			continue;
		key->algs = curve_facts[i].alg;
		key->coordinate_len = curve_facts[i].coordinate_len;
		return true;
	}
	return false;
}

const char *
gqle_jwk_set_pkey(GqleJwtKey *key, EVP_PKEY *pkey)
{
	char group[64];
	size_t group_len;

	key->pkey = pkey;
	switch (EVP_PKEY_get_base_id(pkey))
	{
		case EVP_PKEY_RSA:
			key->algs = RS_ALL | PS_ALL;
			break;
		case EVP_PKEY_RSA_PSS:
			key->algs = PS_ALL;
			break;
		case EVP_PKEY_EC:
			if (!EVP_PKEY_get_utf8_string_param(pkey,
												OSSL_PKEY_PARAM_GROUP_NAME,
												group, sizeof(group),
												&group_len) ||
				!set_curve(key, group))
				return "the curve of the key is not supported";
			return NULL;
		case EVP_PKEY_ED25519:
			key->algs = GQLE_JWT_EDDSA;
			return NULL;
		default:
			return "This key type is not supported";
	}
	if (EVP_PKEY_get_bits(pkey) < MIN_RSA_BITS)
		return "the RSA key is too small; should be at least 2048 bits";
	return NULL;
}

/* ------------------------------------------------------------------------
 * PEM
 * ------------------------------------------------------------------------ */

/* Never ask for a passphrase: there is nobody at the terminal. */
static int
refuse_passphrase(char *buffer, int size, int is_writing, void *arg)
{
	return -1;
}

/* A public key in any of its PEM forms, or NULL. */
static EVP_PKEY *
read_public_key(const char *pem, int len)
{
	EVP_PKEY *pkey = NULL;
	BIO *bio = BIO_new_mem_buf(pem, len);
	OSSL_DECODER_CTX *decoder;

	decoder = OSSL_DECODER_CTX_new_for_pkey(&pkey, "PEM", NULL, NULL,
											OSSL_KEYMGMT_SELECT_PUBLIC_KEY,
											NULL, NULL);
	if (bio != NULL && decoder != NULL)
	{
		(void) OSSL_DECODER_CTX_set_pem_password_cb(decoder, refuse_passphrase,
													NULL);
		(void) OSSL_DECODER_from_bio(decoder, bio);
	}
	OSSL_DECODER_CTX_free(decoder);
	BIO_free(bio);
	return pkey;
}

/* See jwk.h: its dates and issuer are of no interest. */
EVP_PKEY *
gqle_jwk_read_certificate(const char *pem, int len)
{
	EVP_PKEY *pkey = NULL;
	BIO *bio = BIO_new_mem_buf(pem, len);
	X509 *cert = NULL;

	if (bio != NULL)
		cert = PEM_read_bio_X509(bio, NULL, refuse_passphrase, NULL);
	if (cert != NULL)
		pkey = X509_get_pubkey(cert);
	X509_free(cert);
	BIO_free(bio);
	return pkey;
}

/* NULL, or why the text is not a key for these algorithms. */
static const char *
set_pem(GqleJwtKey *key, const char *pem, int len, int algs)
{
	const char *begin = strstr(pem, "-----BEGIN ");
	EVP_PKEY *pkey;
	const char *error;

	if (len > MAX_KEY_BYTES)
		return "it is too long";
	/* the words are compared before parsing: a private key holds a public one */
	if (strstr(pem, "PRIVATE KEY-----") != NULL)
		return "it is a private key; only the public key is needed";
	if (begin == NULL)
		return "No pem found";
	len -= begin - pem;
	pkey = read_public_key(begin, len);
	if (pkey == NULL)
		pkey = gqle_jwk_read_certificate(begin, len);
	ERR_clear_error();
	if (pkey == NULL)
		return "it holds neither a public key nor a certificate";
	error = gqle_jwk_set_pkey(key, pkey);
	if (error == NULL && (key->algs & algs) == 0)
		error = "the key is of another kind than \"type\" says";
	key->algs &= algs;
	return error;
}

/* ------------------------------------------------------------------------
 * Configurations
 * ------------------------------------------------------------------------ */

/* What a key of this "type" may verify; 0 if there is no such type. */
static int
algs_of_type(const char *type)
{
	GqleJwtAlg alg = gqle_jwk_alg_by_name(type);

	if (strcmp(type, "Ed25519") == 0)
		return GQLE_JWT_EDDSA;
	if (alg == GQLE_JWT_EDDSA)
		return 0;
	if ((alg & HS_ALL) != 0)
		return HS_ALL;
	if ((alg & RS_ALL) != 0)
		return RS_ALL;
	if ((alg & PS_ALL) != 0)
		return PS_ALL;
	return (alg & ES_ALL) != 0 ? ES_ALL : 0;
}

GqleJwtKeySet *
gqle_jwk_from_config(const char *type, const char *key, int key_len,
					 const char **error)
{
	int algs = algs_of_type(type);
	GqleJwtKeySet *set;
	const char *reason;

	if (algs == 0)
	{
		*error = psprintf("Invalid JWK: Key type: %s is not supported", type);
		return NULL;
	}
	set = gqle_jwk_make_set(1);
	if (algs == HS_ALL)
	{
		int min_len = find_alg(type)->hash_bits / 8;

		if (key_len < min_len)
		{
			gqle_jwk_free(set);
			*error = psprintf(
				"Invalid JWK: Key size too small; should be atleast %d characters",
				min_len);
			return NULL;
		}
		gqle_jwk_set_secret(&set->keys[0], key, key_len);
		set->n = 1;
		return set;
	}
	reason = set_pem(&set->keys[0], key, key_len, algs);
	set->n = 1;
	if (reason == NULL)
		return set;
	gqle_jwk_free(set);
	*error = psprintf("Invalid JWK: Could not decode PEM: %s", reason);
	return NULL;
}

/* ------------------------------------------------------------------------
 * Verifying
 * ------------------------------------------------------------------------ */

static const EVP_MD *
hash_of(GqleJwtAlg alg)
{
	for (size_t i = 0; i < lengthof(alg_facts); i++)
	{
		if (alg_facts[i].alg != alg)
			continue;
		switch (alg_facts[i].hash_bits)
		{
			case 256:
				return EVP_sha256();
			case 384:
				return EVP_sha384();
			case 512:
				return EVP_sha512();
			default:
				return NULL;
		}
	}
	return NULL;
}

static bool
verify_hmac(const GqleJwtKey *key, const EVP_MD *md, const char *text, int len,
			const unsigned char *signature, int signature_len)
{
	unsigned char expected[EVP_MAX_MD_SIZE];
	unsigned int expected_len = 0;

	if (HMAC(md, key->secret, key->secret_len, (const unsigned char *) text,
			 len, expected, &expected_len) == NULL)
		return false;
	return (int) expected_len == signature_len &&
		   CRYPTO_memcmp(expected, signature, expected_len) == 0;
}

/*
 * Turn r and s, one after the other, into the DER form that OpenSSL takes.
 * Returns its length, or 0; *der is freed by OPENSSL_free.
 */
static int
make_der_signature(const GqleJwtKey *key, const unsigned char *signature,
				   int signature_len, unsigned char **der)
{
	int size = key->coordinate_len;
	ECDSA_SIG *pair;
	BIGNUM *r;
	BIGNUM *s;
	int len;

	if (signature_len != 2 * size)
		return 0;
	pair = ECDSA_SIG_new();
	r = BN_bin2bn(signature, size, NULL);
	s = BN_bin2bn(signature + size, size, NULL);
	if (pair == NULL || r == NULL || s == NULL || !ECDSA_SIG_set0(pair, r, s))
	{
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(pair);
		return 0;
	}
	*der = NULL;
	len = i2d_ECDSA_SIG(pair, der);
	ECDSA_SIG_free(pair);
	return Max(len, 0);
}

static bool
verify_pkey(const GqleJwtKey *key, GqleJwtAlg alg, const char *text, int len,
			const unsigned char *signature, int signature_len)
{
	const EVP_MD *md = hash_of(alg);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_context = NULL;
	bool is_valid;

	is_valid = context != NULL &&
			   EVP_DigestVerifyInit(context, &pkey_context, md, NULL,
									key->pkey) == 1;
	if (is_valid && (alg & PS_ALL) != 0)
		is_valid = EVP_PKEY_CTX_set_rsa_padding(pkey_context,
												RSA_PKCS1_PSS_PADDING) == 1 &&
				   EVP_PKEY_CTX_set_rsa_mgf1_md(pkey_context, md) == 1 &&
				   EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context,
													RSA_PSS_SALTLEN_DIGEST) ==
					   1;
	is_valid = is_valid &&
			   EVP_DigestVerify(context, signature, signature_len,
								(const unsigned char *) text, len) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return is_valid;
}

bool
gqle_jwk_verify(const GqleJwtKey *key, GqleJwtAlg alg, const char *text,
				int len, const unsigned char *signature, int signature_len)
{
	unsigned char *der;
	int der_len;
	bool is_valid;

	if ((key->algs & alg) == 0 || signature_len <= 0)
		return false;
	if ((alg & HS_ALL) != 0)
		return verify_hmac(key, hash_of(alg), text, len, signature,
						   signature_len);
	if ((alg & ES_ALL) == 0)
		return verify_pkey(key, alg, text, len, signature, signature_len);
	der_len = make_der_signature(key, signature, signature_len, &der);
	if (der_len == 0)
		return false;
	is_valid = verify_pkey(key, alg, text, len, der, der_len);
	OPENSSL_free(der);
	return is_valid;
}
