/*
 * jwt_tools.h
 *		Keys, tokens and the check that the tests of tokens share.
 *
 * Keys are made anew in each run, and tokens are signed here with OpenSSL
 * directly.
 */
#ifndef GQLE_TEST_JWT_TOOLS_H
#define GQLE_TEST_JWT_TOOLS_H

#include "gqle/gqle.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "gqle/base/json_write.h"
#include "gqle/net/base64url.h"
#include "gqle/net/jwt.h"
#include "tap.h"

#define NOW 1700000000
#define SECRET \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASURA(x) "\"https://hasura.io/jwt/claims\":" x
#define ROLES \
	"\"x-hasura-allowed-roles\":[\"user\",\"editor\"],\"x-hasura-default-role\":\"user\""
#define GOOD "{" HASURA("{" ROLES ",\"x-hasura-user-id\":\"1\"}") "}"
#define WITH(x) "{" x "," HASURA("{" ROLES ",\"x-hasura-user-id\":\"1\"}") "}"
#define NOT_SIGNED "JWSError JWSInvalidSignature"

static EVP_PKEY *rsa;
static EVP_PKEY *other_rsa;
static EVP_PKEY *small_rsa;
static EVP_PKEY *p256;
static EVP_PKEY *p384;
static EVP_PKEY *p521;
static EVP_PKEY *k256;
static EVP_PKEY *ed25519;

/* ------------------------------------------------------------------------
 * Keys and signing
 * ------------------------------------------------------------------------ */

static MAYBE_UNUSED void
make_keys(void)
{
	rsa = EVP_RSA_gen(2048);
	other_rsa = EVP_RSA_gen(2048);
	small_rsa = EVP_RSA_gen(1024);
	p256 = EVP_EC_gen("P-256");
	p384 = EVP_EC_gen("P-384");
	p521 = EVP_EC_gen("P-521");
	k256 = EVP_EC_gen("secp256k1");
	ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static MAYBE_UNUSED void
free_keys(void)
{
	EVP_PKEY *keys[] = {rsa,  other_rsa, small_rsa, p256,
						p384, p521,		 k256,		ed25519};

	for (size_t i = 0; i < lengthof(keys); i++)
		EVP_PKEY_free(keys[i]);
}

static MAYBE_UNUSED char *
take_bio(BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);
	char *copy = pnstrdup(data, len);

	BIO_free(bio);
	return copy;
}

static MAYBE_UNUSED char *
public_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PUBKEY(bio, key);
	return take_bio(bio);
}

static MAYBE_UNUSED char *
private_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	return take_bio(bio);
}

static MAYBE_UNUSED char *
pkcs1_pem(EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_PublicKey(key, &der);
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio(bio, "RSA PUBLIC KEY", "", der, len);
	OPENSSL_free(der);
	return take_bio(bio);
}

static MAYBE_UNUSED char *
certificate_pem(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *name;
	BIO *bio = BIO_new(BIO_s_mem());

	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -7200);
	X509_gmtime_adj(X509_getm_notAfter(cert), -3600);
	X509_set_pubkey(cert, key);
	name = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
							   (const unsigned char *) "test", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_sign(cert, key,
			  EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL
															: EVP_sha256());
	PEM_write_bio_X509(bio, cert);
	X509_free(cert);
	return take_bio(bio);
}

static MAYBE_UNUSED char *
base64url(const void *bytes, int len)
{
	StringInfoData text;

	initStringInfo(&text);
	gqle_base64url_append(&text, bytes, len);
	return text.data;
}

static MAYBE_UNUSED char *
base64url_text(const char *text)
{
	return base64url(text, strlen(text));
}

static const EVP_MD *
hash_of(const char *alg)
{
	return strstr(alg, "256")	? EVP_sha256()
		   : strstr(alg, "384") ? EVP_sha384()
		   : strstr(alg, "512") ? EVP_sha512()
								: NULL;
}

/* r and s of a DER signature, each of that size. */
static MAYBE_UNUSED int
raw_signature(const unsigned char *der, int len, int size, unsigned char *raw)
{
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, len);
	const BIGNUM *r;
	const BIGNUM *s;

	ECDSA_SIG_get0(pair, &r, &s);
	BN_bn2binpad(r, raw, size);
	BN_bn2binpad(s, raw + size, size);
	ECDSA_SIG_free(pair);
	return 2 * size;
}

static MAYBE_UNUSED int
sign_bytes(const char *alg, EVP_PKEY *key, const char *text, unsigned char *out)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_context;
	unsigned char der[1024];
	size_t len = sizeof(der);

	EVP_DigestSignInit(context, &pkey_context, hash_of(alg), NULL, key);
	if (alg[0] == 'P')
	{
		EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, RSA_PSS_SALTLEN_DIGEST);
	}
	EVP_DigestSign(context, der, &len, (const unsigned char *) text,
				   strlen(text));
	EVP_MD_CTX_free(context);
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		return raw_signature(der, len, (EVP_PKEY_get_bits(key) + 7) / 8, out);
	memcpy(out, der, len);
	return len;
}

/* A token of that header and payload, each given as text. */
static MAYBE_UNUSED char *
sign_with(const char *alg, EVP_PKEY *key, const char *header,
		  const char *payload)
{
	char *text = psprintf("%s.%s", base64url_text(header),
						  base64url_text(payload));
	unsigned char signature[1024];
	int len = sign_bytes(alg, key, text, signature);

	return psprintf("%s.%s", text, base64url(signature, len));
}

static MAYBE_UNUSED char *
sign(const char *alg, EVP_PKEY *key, const char *payload)
{
	return sign_with(alg, key,
					 psprintf("{\"alg\":\"%s\",\"typ\":\"JWT\"}", alg),
					 payload);
}

static MAYBE_UNUSED char *
hmac_raw(const char *alg, const char *secret, int secret_len,
		 const char *header, const char *payload)
{
	char *text = psprintf("%s.%s", base64url_text(header),
						  base64url_text(payload));
	unsigned char signature[64];
	unsigned int len;

	HMAC(hash_of(alg), secret, secret_len, (const unsigned char *) text,
		 strlen(text), signature, &len);
	return psprintf("%s.%s", text, base64url(signature, len));
}

static MAYBE_UNUSED char *
hmac_with(const char *header, const char *payload)
{
	return hmac_raw("HS256", SECRET, strlen(SECRET), header, payload);
}

static MAYBE_UNUSED char *
hmac(const char *alg, const char *secret, const char *payload)
{
	return hmac_raw(alg, secret, strlen(secret),
					psprintf("{\"alg\":\"%s\",\"typ\":\"JWT\"}", alg), payload);
}

/* ------------------------------------------------------------------------
 * Configurations and the check
 * ------------------------------------------------------------------------ */

static MAYBE_UNUSED char *
config_text(const char *type, const char *key, const char *more)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "{\"type\":\"%s\",\"key\":", type);
	gqle_json_write_cstring(&text, key);
	appendStringInfo(&text, "%s}", more);
	return text.data;
}

static MAYBE_UNUSED char *
hs_config(const char *more)
{
	return config_text("HS256", SECRET, more);
}

static MAYBE_UNUSED char *
key_config(const char *type, EVP_PKEY *key)
{
	return config_text(type, public_pem(key), "");
}

static GqleJwtClaims last;

/* Verify; true if it went as expected: NULL for accepted, else part of the error. */
static MAYBE_UNUSED void
check_keys(const char *name, const char *config_json, const GqleJwtKeySet *keys,
		   const char *token, int64 now, const char *expected)
{
	const char *error;
	GqleErrorSink sink = {0};
	GqleJwtConfig *config = gqle_jwt_parse_config(config_json,
												  strlen(config_json), &error);
	bool is_valid;

	if (config == NULL)
	{
		ok(false, "%s: %s", name, error);
		return;
	}
	is_valid = gqle_jwt_verify(config, keys != NULL ? keys : config->keys,
							   token, strlen(token), now, &last, &sink);
	if (!ok(expected == NULL
				? is_valid
				: !is_valid && strstr(sink.error.message, expected) != NULL,
			"%s", name))
		printf("# got %s\n", is_valid ? "accepted" : sink.error.message);
	ok(is_valid == !sink.has_error &&
		   (is_valid || sink.error.http_status == 400),
	   "%s: an error, or none", name);
	gqle_jwk_free(config->keys);
}

static MAYBE_UNUSED void
check(const char *name, const char *config_json, const char *token,
	  const char *expected)
{
	check_keys(name, config_json, NULL, token, NOW * INT64CONST(1000000),
			   expected);
}

static MAYBE_UNUSED void
check_at(const char *name, const char *config_json, const char *payload,
		 double now, const char *expected)
{
	check_keys(name, config_json, NULL, hmac("HS256", SECRET, payload),
			   (int64) (now * 1000000), expected);
}

/* A payload under the secret's configuration. */
static MAYBE_UNUSED void
check_payload(const char *name, const char *more, const char *payload,
			  const char *expected)
{
	check(name, hs_config(more), hmac("HS256", SECRET, payload), expected);
}

static MAYBE_UNUSED void
check_config(const char *name, const char *text, const char *expected)
{
	const char *error = NULL;
	GqleJwtConfig *config = gqle_jwt_parse_config(text, strlen(text), &error);

	if (!ok(expected == NULL
				? config != NULL
				: config == NULL && strstr(error, expected) != NULL,
			"configuration: %s", name))
		printf("# got %s\n", config != NULL ? "accepted" : error);
	if (config != NULL)
		gqle_jwk_free(config->keys);
}

static MAYBE_UNUSED const char *const all_algs[] = {"HS256", "HS384", "HS512", "RS256",
									   "RS384", "RS512", "PS256", "PS384",
									   "PS512", "ES256", "ES384", "ES512",
									   "EdDSA"};

static MAYBE_UNUSED EVP_PKEY *
key_of(const char *alg)
{
	switch (alg[0])
	{
		case 'R':
		case 'P':
			return rsa;
		case 'E':
			return strcmp(alg, "EdDSA") == 0 ? ed25519
				   : alg[2] == '2'			 ? p256
				   : alg[2] == '3'			 ? p384
											 : p521;
		default:
			return NULL;
	}
}

static MAYBE_UNUSED char *
token_of(const char *alg)
{
	return alg[0] == 'H' ? hmac(alg, SECRET, GOOD)
						 : sign(alg, key_of(alg), GOOD);
}

#endif							/* GQLE_TEST_JWT_TOOLS_H */
