/*
 * jwk_set.c
 *		Sets of keys as servers publish them: JSON Web Keys (RFC 7517 §5), or
 *		names with certificates.
 *
 * Keys of other kinds or for other purposes are left out.  The second form is
 * what Google publishes for Firebase at a URL of its own, beside the first;
 * Hasura takes the first only.
 */
#include "gqle/gqle.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "gqle/net/base64url.h"
#include "gqle/net/jwk.h"

#define MAX_SET_KEYS 256
#define MAX_KEY_BYTES 65536
#define CERTIFICATE "-----BEGIN CERTIFICATE-----"

/* An elliptic curve: its name in JSON Web Keys, and OpenSSL's. */
typedef struct NamedCurve
{
	const char *crv;
	const char *group;
	int coordinate_len;
} NamedCurve;

static const NamedCurve named_curves[] = {
	{"P-256", "prime256v1", 32},
	{"P-384", "secp384r1", 48},
	{"P-521", "secp521r1", 66},
};

/* The text of a member, or NULL. */
static const char *
member_text(const GqleJson *object, const char *name)
{
	GqleJson *value = gqle_json_lookup(object, name);

	return value != NULL && value->kind == GQLE_JSON_STRING ? value->text
															: NULL;
}

/* The bytes of a member in base64url, or NULL. */
static unsigned char *
member_bytes(const GqleJson *object, const char *name, int *len)
{
	GqleJson *value = gqle_json_lookup(object, name);
	unsigned char *bytes;

	if (value == NULL || value->kind != GQLE_JSON_STRING ||
		value->len > MAX_KEY_BYTES)
		return NULL;
	bytes = palloc(GQLE_BASE64URL_MAX(value->len));
	*len = gqle_base64url_decode_lenient(value->text, value->len, bytes);
	return *len > 0 ? bytes : NULL;
}

/* A public key of a kind from its parameters, which are freed; or NULL. */
static EVP_PKEY *
make_pkey(const char *kind, OSSL_PARAM_BLD *builder)
{
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);

	if (params == NULL || context == NULL ||
		EVP_PKEY_fromdata_init(context) <= 0 ||
		EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		pkey = NULL;
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	return pkey;
}

static EVP_PKEY *
make_rsa_key(const GqleJson *jwk)
{
	int n_len;
	int e_len;
	unsigned char *n_bytes = member_bytes(jwk, "n", &n_len);
	unsigned char *e_bytes = member_bytes(jwk, "e", &e_len);
	BIGNUM *n;
	BIGNUM *e;
	OSSL_PARAM_BLD *builder;
	EVP_PKEY *pkey = NULL;

	if (n_bytes == NULL || e_bytes == NULL || n_len > 2049 || e_len > 8)
		return NULL;
	n = BN_bin2bn(n_bytes, n_len, NULL);
	e = BN_bin2bn(e_bytes, e_len, NULL);
	builder = OSSL_PARAM_BLD_new();
	/* with an exponent of 1 anything would be its own signature */
	if (n != NULL && e != NULL && builder != NULL && BN_is_odd(e) &&
		BN_is_odd(n) && !BN_is_one(e) &&
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
		pkey = make_pkey("RSA", builder);
	OSSL_PARAM_BLD_free(builder);
	BN_free(n);
	BN_free(e);
	return pkey;
}

static EVP_PKEY *
make_ec_key(const GqleJson *jwk, const NamedCurve *curve)
{
	int size = curve->coordinate_len;
	int x_len;
	int y_len;
	unsigned char *x = member_bytes(jwk, "x", &x_len);
	unsigned char *y = member_bytes(jwk, "y", &y_len);
	unsigned char point[1 + 2 * 66];
	OSSL_PARAM_BLD *builder;
	EVP_PKEY *pkey = NULL;

	if (x == NULL || y == NULL || x_len > size || y_len > size)
		return NULL;
	memset(point, 0, sizeof(point));
	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	memcpy(point + 1 + size - x_len, x, x_len);
	memcpy(point + 1 + 2 * size - y_len, y, y_len);
	builder = OSSL_PARAM_BLD_new();
	/* OpenSSL refuses a point that isn't on the curve */
	if (builder != NULL &&
		OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME,
										curve->group, 0) &&
		OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY,
										 point, 1 + 2 * size))
		pkey = make_pkey("EC", builder);
	OSSL_PARAM_BLD_free(builder);
	return pkey;
}

static EVP_PKEY *
make_ed25519_key(const GqleJson *jwk)
{
	int len;
	unsigned char *x = member_bytes(jwk, "x", &len);

	if (x == NULL || len != 32)
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, len);
}

/* The public key of a JSON Web Key that isn't a secret, or NULL. */
static EVP_PKEY *
make_public_key(const GqleJson *jwk, const char *kty)
{
	const char *crv = member_text(jwk, "crv");

	if (strcmp(kty, "RSA") == 0)
		return make_rsa_key(jwk);
	if (crv == NULL)
		return NULL;
	if (strcmp(kty, "OKP") == 0 && strcmp(crv, "Ed25519") == 0)
		return make_ed25519_key(jwk);
	if (strcmp(kty, "EC") != 0)
		return NULL;
	for (size_t i = 0; i < lengthof(named_curves); i++)
	{
		if (strcmp(named_curves[i].crv, crv) == 0)
			return make_ec_key(jwk, &named_curves[i]);
	}
	return NULL;
}

/* Is the key meant for verifying signatures? */
static bool
is_for_signatures(const GqleJson *jwk)
{
	GqleJson *use = gqle_json_lookup(jwk, "use");
	GqleJson *ops = gqle_json_lookup(jwk, "key_ops");

	if (use != NULL &&
		(use->kind != GQLE_JSON_STRING || strcmp(use->text, "sig") != 0))
		return false;
	if (ops == NULL)
		return true;
	if (ops->kind != GQLE_JSON_ARRAY)
		return false;
	for (int i = 0; i < ops->n; i++)
	{
		if (ops->items[i]->kind == GQLE_JSON_STRING &&
			strcmp(ops->items[i]->text, "verify") == 0)
			return true;
	}
	return false;
}

/* Make a key of a JSON Web Key; false if it is of no use to us. */
static bool
set_jwk(GqleJwtKey *key, const GqleJson *jwk)
{
	const char *kty;
	GqleJson *alg;
	GqleJson *kid;

	if (jwk->kind != GQLE_JSON_OBJECT || !is_for_signatures(jwk))
		return false;
	kty = member_text(jwk, "kty");
	if (kty == NULL)
		return false;
	if (strcmp(kty, "oct") == 0)
	{
		int len;
		unsigned char *secret = member_bytes(jwk, "k", &len);

		if (secret == NULL)
			return false;
		gqle_jwk_set_secret(key, secret, len);
	}
	else
	{
		EVP_PKEY *pkey = make_public_key(jwk, kty);

		if (pkey == NULL || gqle_jwk_set_pkey(key, pkey) != NULL)
			return false;
	}
	alg = gqle_json_lookup(jwk, "alg");
	if (alg != NULL)
		key->algs &= alg->kind == GQLE_JSON_STRING
						 ? (int) gqle_jwk_alg_by_name(alg->text)
						 : 0;
	kid = gqle_json_lookup(jwk, "kid");
	if (kid != NULL && kid->kind == GQLE_JSON_STRING)
		key->kid = pstrdup(kid->text);
	return key->algs != 0;
}

/* Give back what a key that can't be used holds already. */
static void
clear_key(GqleJwtKey *key)
{
	EVP_PKEY_free(key->pkey);
	memset(key, 0, sizeof(*key));
}

/* The keys of a list; *error if there are too many. */
static GqleJwtKeySet *
read_list(const GqleJson *list, const char **error)
{
	GqleJwtKeySet *set;

	if (list->n > MAX_SET_KEYS)
	{
		*error = "it has too many keys";
		return NULL;
	}
	set = gqle_jwk_make_set(list->n);
	for (int i = 0; i < list->n; i++)
	{
		if (set_jwk(&set->keys[set->n], list->items[i]))
			set->n++;
		else
			clear_key(&set->keys[set->n]);
	}
	return set;
}

/* Is it an object of certificates? */
static bool
has_certificates(const GqleJson *object)
{
	for (int i = 0; i < object->n; i++)
	{
		const GqleJson *value = object->members[i].value;

		if (value->kind != GQLE_JSON_STRING || value->len > MAX_KEY_BYTES ||
			strncmp(value->text, CERTIFICATE, strlen(CERTIFICATE)) != 0)
			return false;
	}
	return object->n > 0 && object->n <= MAX_SET_KEYS;
}

/* The keys of certificates, each with its name. */
static GqleJwtKeySet *
read_certificates(const GqleJson *object)
{
	GqleJwtKeySet *set = gqle_jwk_make_set(object->n);

	for (int i = 0; i < object->n; i++)
	{
		const GqleJsonMember *member = &object->members[i];
		GqleJwtKey *key = &set->keys[set->n];
		EVP_PKEY *pkey = gqle_jwk_read_certificate(member->value->text,
												   member->value->len);

		if (pkey == NULL)
			continue;
		if (gqle_jwk_set_pkey(key, pkey) != NULL)
		{
			clear_key(key);
			continue;
		}
		key->kid = pstrdup(member->key);
		set->n++;
	}
	return set;
}

GqleJwtKeySet *
gqle_jwk_parse_set(const char *text, int len, const char **error)
{
	GqleJsonError json_error;
	GqleJson *json = gqle_json_parse(text, len, &json_error);
	GqleJson *list = NULL;
	GqleJwtKeySet *set;

	if (json == NULL)
	{
		*error = psprintf("it is not JSON: %s", json_error.message);
		return NULL;
	}
	if (json->kind == GQLE_JSON_OBJECT)
		list = gqle_json_lookup(json, "keys");
	if (list != NULL && list->kind == GQLE_JSON_ARRAY)
		set = read_list(list, error);
	else if (json->kind == GQLE_JSON_OBJECT && has_certificates(json))
		set = read_certificates(json);
	else
	{
		*error = "it has no list \"keys\"";
		return NULL;
	}
	ERR_clear_error();
	if (set == NULL || set->n > 0)
		return set;
	gqle_jwk_free(set);
	*error = "it has no key that could verify a token";
	return NULL;
}
