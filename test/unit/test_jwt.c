/*
 * test_jwt.c
 *		Tokens that must be taken, and those that must not.
 *
 * Keys are made anew in each run, and tokens are signed here with OpenSSL
 * directly; some are signed by libjwt, which shares no code with us.
 */
#include "gqle/gqle.h"

#include <jwt.h>
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

static void
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

static void
free_keys(void)
{
	EVP_PKEY *keys[] = {rsa,  other_rsa, small_rsa, p256,
						p384, p521,		 k256,		ed25519};

	for (size_t i = 0; i < lengthof(keys); i++)
		EVP_PKEY_free(keys[i]);
}

static char *
take_bio(BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);
	char *copy = pnstrdup(data, len);

	BIO_free(bio);
	return copy;
}

static char *
public_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PUBKEY(bio, key);
	return take_bio(bio);
}

static char *
private_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	return take_bio(bio);
}

static char *
pkcs1_pem(EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_PublicKey(key, &der);
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio(bio, "RSA PUBLIC KEY", "", der, len);
	OPENSSL_free(der);
	return take_bio(bio);
}

static char *
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

static char *
base64url(const void *bytes, int len)
{
	StringInfoData text;

	initStringInfo(&text);
	gqle_base64url_append(&text, bytes, len);
	return text.data;
}

static char *
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
static int
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

static int
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
static char *
sign_with(const char *alg, EVP_PKEY *key, const char *header,
		  const char *payload)
{
	char *text = psprintf("%s.%s", base64url_text(header),
						  base64url_text(payload));
	unsigned char signature[1024];
	int len = sign_bytes(alg, key, text, signature);

	return psprintf("%s.%s", text, base64url(signature, len));
}

static char *
sign(const char *alg, EVP_PKEY *key, const char *payload)
{
	return sign_with(alg, key,
					 psprintf("{\"alg\":\"%s\",\"typ\":\"JWT\"}", alg),
					 payload);
}

static char *
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

static char *
hmac_with(const char *header, const char *payload)
{
	return hmac_raw("HS256", SECRET, strlen(SECRET), header, payload);
}

static char *
hmac(const char *alg, const char *secret, const char *payload)
{
	return hmac_raw(alg, secret, strlen(secret),
					psprintf("{\"alg\":\"%s\",\"typ\":\"JWT\"}", alg), payload);
}

/* ------------------------------------------------------------------------
 * Configurations and the check
 * ------------------------------------------------------------------------ */

static char *
config_text(const char *type, const char *key, const char *more)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "{\"type\":\"%s\",\"key\":", type);
	gqle_json_write_cstring(&text, key);
	appendStringInfo(&text, "%s}", more);
	return text.data;
}

static char *
hs_config(const char *more)
{
	return config_text("HS256", SECRET, more);
}

static char *
key_config(const char *type, EVP_PKEY *key)
{
	return config_text(type, public_pem(key), "");
}

static GqleJwtClaims last;

/* Verify; true if it went as expected: NULL for accepted, else part of the error. */
static void
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

static void
check(const char *name, const char *config_json, const char *token,
	  const char *expected)
{
	check_keys(name, config_json, NULL, token, NOW * INT64CONST(1000000),
			   expected);
}

static void
check_at(const char *name, const char *config_json, const char *payload,
		 double now, const char *expected)
{
	check_keys(name, config_json, NULL, hmac("HS256", SECRET, payload),
			   (int64) (now * 1000000), expected);
}

/* A payload under the secret's configuration. */
static void
check_payload(const char *name, const char *more, const char *payload,
			  const char *expected)
{
	check(name, hs_config(more), hmac("HS256", SECRET, payload), expected);
}

static void
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

/* ------------------------------------------------------------------------
 * Algorithms and keys
 * ------------------------------------------------------------------------ */

static const char *const all_algs[] = {"HS256", "HS384", "HS512", "RS256",
									   "RS384", "RS512", "PS256", "PS384",
									   "PS512", "ES256", "ES384", "ES512",
									   "EdDSA"};

static EVP_PKEY *
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

static char *
token_of(const char *alg)
{
	return alg[0] == 'H' ? hmac(alg, SECRET, GOOD)
						 : sign(alg, key_of(alg), GOOD);
}

/* Every kind of token against every kind of configuration. */
static void
test_matrix(void)
{
	static const char *const types[] = {"HS256", "HS512", "RS256",
										"RS512", "PS256", "ES256",
										"ES384", "ES512", "Ed25519"};

	for (size_t t = 0; t < lengthof(types); t++)
	{
		const char *type = types[t];
		const char *of = strcmp(type, "Ed25519") == 0 ? "EdDSA" : type;
		char *config = type[0] == 'H' ? config_text(type, SECRET, "")
									  : key_config(type, key_of(of));

		for (size_t a = 0; a < lengthof(all_algs); a++)
		{
			const char *alg = all_algs[a];
			bool fits = type[0] == 'E' ? strcmp(of, alg) == 0
									   : type[0] == alg[0];

			check(psprintf("%s token, %s configuration", alg, type), config,
				  token_of(alg), fits ? NULL : NOT_SIGNED);
		}
	}
}

static void
test_confusion(void)
{
	char *pem = public_pem(rsa);
	char *config = key_config("RS256", rsa);
	char *ec_config = key_config("ES256", p256);
	int len = strlen(pem);
	static const char *const hs = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

	check("HS256 with the RSA key's text", config,
		  hmac_raw("HS256", pem, len, hs, GOOD), NOT_SIGNED);
	check("HS256 with the text without its last newline", config,
		  hmac_raw("HS256", pem, len - 1, hs, GOOD), NOT_SIGNED);
	check("HS256 with a blank before the text", config,
		  hmac_raw("HS256", psprintf(" %s", pem), len + 1, hs, GOOD),
		  NOT_SIGNED);
	check("HS256 with the EC key's text", ec_config,
		  hmac_raw("HS256", public_pem(p256), strlen(public_pem(p256)), hs,
				   GOOD),
		  NOT_SIGNED);
	check("HS256 with an empty secret", config,
		  hmac_raw("HS256", "", 0, hs, GOOD), NOT_SIGNED);
	check("HS256 with an empty secret, secret configured", hs_config(""),
		  hmac_raw("HS256", "", 0, hs, GOOD), NOT_SIGNED);
	check("HS256 with a part of the secret", hs_config(""),
		  hmac_raw("HS256", SECRET, 63, hs, GOOD), NOT_SIGNED);
	check("another RSA key", config, sign("RS256", other_rsa, GOOD),
		  NOT_SIGNED);
	check("header says RS384, signed with SHA-256", config,
		  sign_with("RS256", rsa, "{\"alg\":\"RS384\"}", GOOD), NOT_SIGNED);
	check("header says PS256, signed as RS256", config,
		  sign_with("RS256", rsa, "{\"alg\":\"PS256\"}", GOOD), NOT_SIGNED);
	check("header says RS256, signed as PS256", config,
		  sign_with("PS256", rsa, "{\"alg\":\"RS256\"}", GOOD), NOT_SIGNED);
	check("header says RS256, signed by HMAC", config,
		  hmac_raw("HS256", pem, len, "{\"alg\":\"RS256\"}", GOOD), NOT_SIGNED);
	check("a short secret is not used with a longer hash",
		  config_text("HS256", "0123456789abcdef0123456789abcdef", ""),
		  hmac("HS512", "0123456789abcdef0123456789abcdef", GOOD), NOT_SIGNED);
	check("a short secret with its hash",
		  config_text("HS256", "0123456789abcdef0123456789abcdef", ""),
		  hmac("HS256", "0123456789abcdef0123456789abcdef", GOOD), NULL);
}

static void
test_none(void)
{
	static const char *const names[] = {"None",	 "NONE",   "nOnE",	   "",
										"none ", " none",  "nul",	   "HS256 ",
										"hs256", "ES256K", "Ed25519",  "RS1",
										"HS1",	 "dir",	   "A128GCMKW"};
	char *rs = key_config("RS256", rsa);
	char *body = base64url_text(GOOD);
	static const char *const none = "{\"alg\":\"none\"}";

	check("alg none without a signature", rs,
		  psprintf("%s.%s.", base64url_text(none), body), "JWSNoSignatures");
	check("alg none with a signature", rs, sign_with("RS256", rsa, none, GOOD),
		  "JWSNoSignatures");
	check("alg none, secret configured", hs_config(""), hmac_with(none, GOOD),
		  "JWSNoSignatures");
	for (size_t i = 0; i < lengthof(names); i++)
		check(psprintf("alg \"%s\"", names[i]), hs_config(""),
			  hmac_with(psprintf("{\"alg\":\"%s\"}", names[i]), GOOD),
			  "$.alg: unrecognised");
	check("no alg", hs_config(""), hmac_with("{\"typ\":\"JWT\"}", GOOD),
		  "\"alg\" not found");
	check("alg null", hs_config(""), hmac_with("{\"alg\":null}", GOOD),
		  "encountered Null");
	check("alg a list", hs_config(""), hmac_with("{\"alg\":[\"HS256\"]}", GOOD),
		  "encountered Array");
	check("alg a number", hs_config(""), hmac_with("{\"alg\":256}", GOOD),
		  "encountered Number");
	check("RS256 without a signature", rs,
		  psprintf("%s.%s.", base64url_text("{\"alg\":\"RS256\"}"), body),
		  NOT_SIGNED);
	check("HS256 without a signature", hs_config(""),
		  psprintf("%s.%s.", base64url_text("{\"alg\":\"HS256\"}"), body),
		  NOT_SIGNED);
}

static void
test_headers(void)
{
	char *config = hs_config("");
	static const char *const harmless[] = {
		"\"kid\":\"x\"",
		"\"kid\":\"'; DROP TABLE users; --\"",
		"\"kid\":\"../../dev/null\"",
		"\"kid\":17",
		"\"kid\":null",
		"\"kid\":\"a\\u0001b\"",
		"\"jku\":\"https://evil.example/keys\"",
		"\"x5u\":\"https://evil.example/cert\"",
		"\"x5c\":[\"AAAA\"]",
		"\"b64\":true",
		"\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}",
		"\"typ\":\"at+jwt\"",
		"\"cty\":\"JWT\"",
		"\"x5t\":\"abc\"",
		"\"typ\":17"};
	static const char *const refused[][2] = {
		{"\"crit\":[\"exp\"]", "in crit"},
		{"\"crit\":[]", "in crit"},
		{"\"crit\":[\"b64\"],\"b64\":false", "in crit"},
		{"\"crit\":null", "in crit"},
		{"\"b64\":false", "b64"},
		{"\"b64\":\"true\"", "b64"},
		{"\"b64\":0", "b64"},
		{"\"enc\":\"A128GCM\"", "encrypted"},
		{"\"zip\":\"DEF\"", "encrypted"},
		{"\"alg\":\"none\"", "twice"},
		{"\"alg\":\"HS256\"", "twice"},
		{"\"kid\":\"a\",\"kid\":\"b\"", "twice"},
		{"\"kid\":\"a\\u0000b\"", "JSONDecodeError"},
		{"\"x\":{\"y\":1,\"y\":2}", "twice"}};
	char *long_kid = palloc(70000);
	char *token;

	for (size_t i = 0; i < lengthof(harmless); i++)
		check(psprintf("header with %s", harmless[i]), config,
			  hmac_with(psprintf("{\"alg\":\"HS256\",%s}", harmless[i]), GOOD),
			  NULL);
	for (size_t i = 0; i < lengthof(refused); i++)
		check(psprintf("header with %s", refused[i][0]), config,
			  hmac_with(psprintf("{\"alg\":\"HS256\",%s}", refused[i][0]),
						GOOD),
			  refused[i][1]);
	memset(long_kid, 'k', 65536);
	long_kid[65536] = '\0';
	check("a kid of 64 kB", config,
		  hmac_with(psprintf("{\"alg\":\"HS256\",\"kid\":\"%s\"}", long_kid),
					GOOD),
		  "too long");
	check("header no JSON", config, hmac_with("alg:HS256", GOOD),
		  "JSONDecodeError");
	check("header a list", config, hmac_with("[\"HS256\"]", GOOD),
		  "encountered Array");
	check("header empty", config, hmac_with("", GOOD), "JSONDecodeError");
	check("header with bytes after it", config,
		  hmac_with("{\"alg\":\"HS256\"} x", GOOD), "JSONDecodeError");
	check("header not UTF-8", config,
		  hmac_with("{\"alg\":\"HS256\",\"kid\":\"\xff\xfe\"}", GOOD),
		  "JSONDecodeError");
	/* an embedded key that did sign it must not count */
	token = sign_with("RS256", other_rsa,
					  "{\"alg\":\"RS256\",\"jwk\":{\"kty\":\"RSA\"}}", GOOD);
	check("signed by the embedded key", key_config("RS256", rsa), token,
		  NOT_SIGNED);
}

/* ------------------------------------------------------------------------
 * Shapes
 * ------------------------------------------------------------------------ */

static char *
replaced(const char *text, int at, char c)
{
	char *copy = pstrdup(text);

	copy[at] = c;
	return copy;
}

static void
test_shapes(void)
{
	char *config = hs_config("");
	char *good = hmac("HS256", SECRET, GOOD);
	int len = strlen(good);
	int dot1 = strchr(good, '.') - good;
	int dot2 = strrchr(good, '.') - good;
	char *longer;
	static const int sizes[] = {8192, 65536, 131072};
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	check("a good one", config, good, NULL);
	check("nothing", config, "", "got 1");
	check("one part", config, "abc", "got 1");
	check("two parts", config, pnstrdup(good, dot2), "got 2");
	check("four parts", config, psprintf("%s.x", good), "got 4");
	check("a dot after it", config, psprintf("%s.", good), "got 4");
	check("a dot before it", config, psprintf(".%s", good), "got 4");
	check("five parts", config, "a.b.c.d.e", "got 5");
	check("only dots", config, "..", "JSONDecodeError");
	check("no header", config, good + dot1, "JSONDecodeError");
	check("no payload", config,
		  psprintf("%.*s..%s", dot1, good, good + dot2 + 1), NOT_SIGNED);
	check("signed without a payload", config,
		  hmac_with("{\"alg\":\"HS256\"}", ""), "JWTClaimsSetDecodeError");
	check("padding", config, psprintf("%s=", good), "base64url");
	check("padding of the header", config,
		  psprintf("%.*s==%s", dot1, good, good + dot1), "base64url");
	check("a blank before it", config, psprintf(" %s", good), "base64url");
	check("a blank after it", config, psprintf("%s ", good), "base64url");
	check("a line feed after it", config, psprintf("%s\n", good), "base64url");
	check("a blank inside", config, replaced(good, dot1 - 2, ' '), "base64url");
	check("the ordinary alphabet", config, replaced(good, len - 2, '+'),
		  "base64url");
	check("a slash", config, replaced(good, len - 2, '/'), "base64url");
	check("a byte of the signature changed", config,
		  replaced(good, len - 5, good[len - 5] == 'A' ? 'B' : 'A'),
		  NOT_SIGNED);
	check("a byte of the payload changed", config,
		  replaced(good, dot1 + 5, good[dot1 + 5] == 'A' ? 'B' : 'A'),
		  NOT_SIGNED);
	check("the signature cut", config, pnstrdup(good, len - 4), NOT_SIGNED);
	check("the signature longer", config, psprintf("%sAAAA", good), NOT_SIGNED);
	check("an impossible length", config, psprintf("%sAA", good), "base64url");
	/* 256 bits leave two bits of the last character: three other spellings */
	for (int bits = 1; bits <= 3; bits++)
		check(psprintf("stray bits in the last character, %d", bits), config,
			  replaced(
				  good, len - 1,
				  alphabet[(strchr(alphabet, good[len - 1]) - alphabet) | bits]),
			  "base64url");
	for (size_t i = 0; i < lengthof(sizes); i++)
	{
		longer = palloc(sizes[i] + 1);
		memset(longer, 'x', sizes[i]);
		longer[sizes[i]] = '\0';
		check(psprintf("a token of %d bytes", sizes[i]), config,
			  hmac("HS256", SECRET, psprintf(WITH("\"x\":\"%s\""), longer)),
			  NULL);
	}
	longer = palloc(1048577);
	memset(longer, 'x', 1048576);
	longer[1048576] = '\0';
	check("a token of 1 MiB", config,
		  hmac("HS256", SECRET, psprintf(WITH("\"x\":\"%s\""), longer)),
		  "too long");
}

static void
test_ecdsa_shapes(void)
{
	char *config = key_config("ES256", p256);
	char *text = psprintf("%s.%s", base64url_text("{\"alg\":\"ES256\"}"),
						  base64url_text(GOOD));
	unsigned char good[64];
	unsigned char bad[160];
	BIGNUM *order = NULL;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t der_len = sizeof(bad);

#define TOKEN(bytes, len) psprintf("%s.%s", text, base64url(bytes, len))
	sign_bytes("ES256", p256, text, good);
	check("ES256", config, TOKEN(good, 64), NULL);
	memset(bad, 0, sizeof(bad));
	check("r and s zero", config, TOKEN(bad, 64), NOT_SIGNED);
	memcpy(bad, good, 32);
	check("s zero", config, TOKEN(bad, 64), NOT_SIGNED);
	memset(bad, 0, 32);
	memcpy(bad + 32, good + 32, 32);
	check("r zero", config, TOKEN(bad, 64), NOT_SIGNED);
	memset(bad, 0xff, 64);
	check("r and s beyond the order", config, TOKEN(bad, 64), NOT_SIGNED);
	EVP_PKEY_get_bn_param(p256, OSSL_PKEY_PARAM_EC_ORDER, &order);
	BN_bn2binpad(order, bad, 32);
	BN_bn2binpad(order, bad + 32, 32);
	BN_free(order);
	check("r and s the order", config, TOKEN(bad, 64), NOT_SIGNED);
	memset(bad, 0, sizeof(bad));
	bad[31] = bad[63] = 1;
	check("r and s one", config, TOKEN(bad, 64), NOT_SIGNED);
	check("cut", config, TOKEN(good, 63), NOT_SIGNED);
	memcpy(bad, good, 64);
	bad[64] = 0;
	check("a byte more", config, TOKEN(bad, 65), NOT_SIGNED);
	memset(bad, 0, sizeof(bad));
	memcpy(bad + 16, good, 32);
	memcpy(bad + 64, good + 32, 32);
	check("of the size of another curve", config, TOKEN(bad, 96), NOT_SIGNED);
	memcpy(bad, good + 32, 32);
	memcpy(bad + 32, good, 32);
	check("r and s exchanged", config, TOKEN(bad, 64), NOT_SIGNED);
	EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, p256);
	EVP_DigestSign(context, bad, &der_len, (unsigned char *) text,
				   strlen(text));
	EVP_MD_CTX_free(context);
	check("DER instead of r and s", config, TOKEN(bad, der_len), NOT_SIGNED);
	check("signed with another curve", config,
		  sign_with("ES256", p384, "{\"alg\":\"ES256\"}", GOOD), NOT_SIGNED);
	check("signed with secp256k1", config,
		  sign_with("ES256", k256, "{\"alg\":\"ES256\"}", GOOD), NOT_SIGNED);
#undef TOKEN
}

/* ------------------------------------------------------------------------
 * Claims
 * ------------------------------------------------------------------------ */

static void
test_dates(void)
{
	static const struct
	{
		const char *claim;
		const char *expected;
	} cases[] = {{"\"exp\":1700000001", NULL},
				 {"\"exp\":1700000000", "JWTExpired"},
				 {"\"exp\":1699999999", "JWTExpired"},
				 {"\"exp\":0", "JWTExpired"},
				 {"\"exp\":-1", "JWTExpired"},
				 {"\"exp\":-1e308", "JWTExpired"},
				 {"\"exp\":1e308", NULL},
				 {"\"exp\":1e400", NULL},
				 {"\"exp\":1700000000.5", NULL},
				 {"\"exp\":1699999999.9", "JWTExpired"},
				 {"\"exp\":17e8", "JWTExpired"},
				 {"\"exp\":1.8e9", NULL},
				 {"\"exp\":99999999999999999999", NULL},
				 {"\"exp\":\"1800000000\"", "$.exp"},
				 {"\"exp\":true", "$.exp"},
				 {"\"exp\":null", "$.exp"},
				 {"\"exp\":[1800000000]", "$.exp"},
				 {"\"exp\":{}", "$.exp"},
				 {"\"nbf\":1700000000", NULL},
				 {"\"nbf\":1700000001", "JWTNotYetValid"},
				 {"\"nbf\":1e308", "JWTNotYetValid"},
				 {"\"nbf\":-5", NULL},
				 {"\"nbf\":\"0\"", "$.nbf"},
				 {"\"iat\":1700000000", NULL},
				 {"\"iat\":1700000001", "JWTIssuedAtFuture"},
				 {"\"iat\":1e308", "JWTIssuedAtFuture"},
				 {"\"iat\":0", NULL},
				 {"\"iat\":\"now\"", "$.iat"},
				 {"\"exp\":1600000000,\"nbf\":1800000000", "JWTExpired"},
				 {"\"exp\":1800000000,\"exp\":1800000001", "twice"},
				 {"\"sub\":17", "$.sub"},
				 {"\"jti\":17", "$.jti"},
				 {"\"sub\":\"17\"", NULL}};
	static const struct
	{
		const char *claim;
		double now;
		const char *expected;
	} skewed[] = {{"\"exp\":1700000000", NOW + 59.999, NULL},
				  {"\"exp\":1700000000", NOW + 60, "JWTExpired"},
				  {"\"exp\":1700000000", NOW + 61, "JWTExpired"},
				  {"\"exp\":1700000000", NOW + 59, NULL},
				  {"\"nbf\":1700000000", NOW - 60, NULL},
				  {"\"nbf\":1700000000", NOW - 61, "JWTNotYetValid"},
				  {"\"iat\":1700000000", NOW - 60, NULL},
				  {"\"iat\":1700000000", NOW - 61, "JWTIssuedAtFuture"},
				  {"\"exp\":1700000000", NOW + 3600, "JWTExpired"},
				  {"\"nbf\":1700000000", NOW - 3600, "JWTNotYetValid"}};

	for (size_t i = 0; i < lengthof(cases); i++)
		check_payload(cases[i].claim, "", psprintf(WITH("%s"), cases[i].claim),
					  cases[i].expected);
	for (size_t i = 0; i < lengthof(skewed); i++)
		check_at(psprintf("%s with a skew, at %+.3f", skewed[i].claim,
						  skewed[i].now - NOW),
				 hs_config(",\"allowed_skew\":60"),
				 psprintf(WITH("%s"), skewed[i].claim), skewed[i].now,
				 skewed[i].expected);
	check_payload("no dates", "", GOOD, NULL);
	ok(!last.expires, "a token without exp never expires");
	check_payload("an exp", "", WITH("\"exp\":1700000001.25"), NULL);
	ok(last.expires && last.expires_at == INT64CONST(1700000001250000),
	   "the time of expiry comes back");
}

static void
test_parties(void)
{
	static const struct
	{
		const char *config;
		const char *claim;
		const char *expected;
	} cases[] = {
		{",\"audience\":\"a\"", "\"aud\":\"a\"", NULL},
		{",\"audience\":\"a\"", "\"aud\":[\"b\",\"a\"]", NULL},
		{",\"audience\":[\"b\",\"a\"]", "\"aud\":\"a\"", NULL},
		{",\"audience\":[\"b\",\"a\"]", "\"aud\":[\"c\",\"a\"]", NULL},
		{",\"audience\":\"a\"", "\"aud\":\"A\"", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":\"ab\"", "JWTNotInAudience"},
		{",\"audience\":\"ab\"", "\"aud\":\"a\"", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":\"\"", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":[]", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"x\":1", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":[[\"a\"]]", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":[1]", "JWTNotInAudience"},
		{",\"audience\":\"a\"", "\"aud\":{\"a\":1}", "$.aud"},
		{",\"audience\":\"a\"", "\"aud\":null", "$.aud"},
		{",\"audience\":\"a\"", "\"aud\":\"a b\"", "JWTNotInAudience"},
		{"", "\"aud\":\"anything\"", NULL},
		{"", "\"aud\":17", "$.aud"},
		{",\"issuer\":\"https://i\"", "\"iss\":\"https://i\"", NULL},
		{",\"issuer\":\"https://i\"", "\"iss\":\"https://i/\"",
		 "JWTNotInIssuer"},
		{",\"issuer\":\"https://i\"", "\"iss\":\"HTTPS://I\"",
		 "JWTNotInIssuer"},
		{",\"issuer\":\"https://i\"", "\"iss\":\"\"", "JWTNotInIssuer"},
		{",\"issuer\":\"https://i\"", "\"x\":1", "JWTNotInIssuer"},
		{",\"issuer\":\"https://i\"", "\"iss\":[\"https://i\"]", "$.iss"},
		{",\"issuer\":\"https://i\"", "\"iss\":null", "$.iss"},
		{"", "\"iss\":\"anything\"", NULL},
		{",\"issuer\":\"i\",\"audience\":\"a\"", "\"iss\":\"j\",\"aud\":\"b\"",
		 "JWTNotInIssuer"}};

	for (size_t i = 0; i < lengthof(cases); i++)
		check_payload(psprintf("%s with %s", cases[i].claim, cases[i].config),
					  cases[i].config, psprintf(WITH("%s"), cases[i].claim),
					  cases[i].expected);
	ok(gqle_jwt_peek_issuer("a.b.c", 5) == NULL, "no issuer in nonsense");
	{
		char *token = hmac("HS256", SECRET, WITH("\"iss\":\"j\""));

		is_text(gqle_jwt_peek_issuer(token, strlen(token)), "j",
				"an issuer before verification");
	}
}

static void
test_roles(void)
{
	static const struct
	{
		const char *claims;
		const char *expected;
	} cases[] = {
		{"{" ROLES "}", NULL},
		{"{\"x-hasura-default-role\":\"user\"}",
		 "JWT claim does not contain x-hasura-allowed-roles"},
		{"{\"x-hasura-allowed-roles\":[\"user\"]}",
		 "JWT claim does not contain x-hasura-default-role"},
		{"{\"x-hasura-allowed-roles\":\"user\",\"x-hasura-default-role\":\"user\"}",
		 "invalid x-hasura-allowed-roles; should be a list of roles: parsing [] failed, expected Array, but encountered String"},
		{"{\"x-hasura-allowed-roles\":[1],\"x-hasura-default-role\":\"user\"}",
		 "should be a list of roles: parsing Text failed"},
		{"{\"x-hasura-allowed-roles\":[\"\"],\"x-hasura-default-role\":\"user\"}",
		 "should be a list of roles"},
		{"{\"x-hasura-allowed-roles\":null,\"x-hasura-default-role\":\"user\"}",
		 "encountered Null"},
		{"{\"x-hasura-allowed-roles\":[\"user\"],\"x-hasura-default-role\":[\"user\"]}",
		 "invalid x-hasura-default-role; should be a single role name: parsing Text failed, expected String, but encountered Array"},
		{"{\"x-hasura-allowed-roles\":[\"user\"],\"x-hasura-default-role\":\"\"}",
		 "should be a single role name"},
		{"{\"x-hasura-allowed-roles\":[\"user\"],\"x-hasura-default-role\":null}",
		 "encountered Null"},
		{"{\"X-Hasura-Allowed-Roles\":[\"user\"],\"X-HASURA-DEFAULT-ROLE\":\"user\"}",
		 NULL},
		{"{" ROLES ",\"X-Hasura-Default-Role\":\"admin\"}", "twice"},
		{"{" ROLES ",\"x-hasura-user-id\":1}",
		 "x-hasura-* claims: parsing Text failed, expected String, but encountered Number"},
		{"{" ROLES ",\"x-hasura-user-id\":null}", "x-hasura-* claims"},
		{"{" ROLES ",\"x-hasura-user-id\":true}", "x-hasura-* claims"},
		{"{" ROLES ",\"x-hasura-user-id\":[\"1\"]}", "x-hasura-* claims"},
		{"{" ROLES ",\"x-hasura-user-id\":{}}", "x-hasura-* claims"},
		{"{" ROLES ",\"x-hasura-ids\":\"}{,\"}", NULL},
		{"{" ROLES ",\"x-hasura-ids\":\"{1,2}\"}", NULL},
		{"{" ROLES ",\"x-hasura-a\":\"1\",\"x-hasura-a\":\"2\"}", "twice"},
		{"{" ROLES ",\"other\":17}", NULL},
		{"\"{}\"", "expecting a json object when claims_format is json"},
		{"[]", "expecting a json object"},
		{"null", "expecting a json object"},
		{"{}", "does not contain"}};

	for (size_t i = 0; i < lengthof(cases); i++)
		check_payload(cases[i].claims, "",
					  psprintf("{" HASURA("%s") "}", cases[i].claims),
					  cases[i].expected);
	check_payload("no claims", "", "{}",
				  "claims key: 'https://hasura.io/jwt/claims' not found");
	check_payload("roles outside the namespace", "", "{" ROLES "}",
				  "claims key:");
	check_payload("payload a list", "", "[]", "JWTClaimsSetDecodeError");
	check_payload("payload no JSON", "", "exp=1", "JWTClaimsSetDecodeError");
	check_payload("claims twice", "",
				  "{" HASURA("{" ROLES "}") "," HASURA("{}") "}", "twice");

	check_payload(
		"role admin", "",
		"{" HASURA(
			"{\"x-hasura-allowed-roles\":[\"admin\"],\"x-hasura-default-role\":\"admin\"}") "}",
		NULL);
	is_text(last.default_role, "admin", "a token may say admin");
	check_payload("variables", "",
				  "{" HASURA("{" ROLES
							 ",\"X-Hasura-Org\":\"7\",\"x-y\":\"z\"}") "}",
				  NULL);
	ok(last.n_roles == 2 && strcmp(last.roles[1], "editor") == 0,
	   "allowed roles come back");
	ok(last.n_variables == 1 &&
		   strcmp(last.variables[0].name, "x-hasura-org") == 0 &&
		   strcmp(last.variables[0].value, "7") == 0,
	   "variables come back, lower case, without roles and others");
}

static void
test_namespaces(void)
{
#define PATH(x) ",\"claims_namespace_path\":\"" x "\""
	check_payload("another namespace", ",\"claims_namespace\":\"mine\"",
				  "{\"mine\":{" ROLES "}}", NULL);
	check_payload("another namespace, old claims",
				  ",\"claims_namespace\":\"mine\"", GOOD,
				  "claims key: 'mine' not found");
	check_payload("a registered claim as namespace",
				  ",\"claims_namespace\":\"sub\"", GOOD,
				  "claims key: 'sub' not found");
	check_payload("a path of one", PATH("$.hasura"), "{\"hasura\":{" ROLES "}}",
				  NULL);
	check_payload("a path of two", PATH("$.hasura.claims"),
				  "{\"hasura\":{\"claims\":{" ROLES "}}}", NULL);
	check_payload("a path without $", PATH("hasura.claims"),
				  "{\"hasura\":{\"claims\":{" ROLES "}}}", NULL);
	check_payload("a quoted path", PATH("$.hasura['claims%']"),
				  "{\"hasura\":{\"claims%\":{" ROLES "}}}", NULL);
	check_payload("a path with a quote in a name", PATH("$['a\\\\'b']"),
				  "{\"a'b\":{" ROLES "}}", NULL);
	check_payload("a path with an index", PATH("$.a[1]"),
				  "{\"a\":[0,{" ROLES "}]}", NULL);
	check_payload("a path beyond a list", PATH("$.a[2]"),
				  "{\"a\":[0,{" ROLES "}]}",
				  "claims not found at claims_namespace_path: '$.a[2]'");
	check_payload("the root", PATH("$"), "{" ROLES ",\"sub\":\"1\"}", NULL);
	check_payload("the root without roles", PATH("$"), GOOD,
				  "does not contain");
	check_payload("a path to nowhere", PATH("$.a.b"), GOOD,
				  "claims not found at claims_namespace_path: '$.a.b'");
	check_payload("a path through a text", PATH("$.a.b"), "{\"a\":\"b\"}",
				  "claims not found");
	check_payload("a path through a registered claim", PATH("$.aud"),
				  "{\"aud\":{" ROLES "}}", "$.aud");
	check_payload(
		"stringified", ",\"claims_format\":\"stringified_json\"",
		"{" HASURA(
			"\"{\\\"x-hasura-allowed-roles\\\":[\\\"user\\\"],\\\"x-hasura-default-role\\\":\\\"user\\\"}\"") "}",
		NULL);
	check_payload(
		"stringified at a path",
		",\"claims_format\":\"stringified_json\"" PATH("$.a"),
		"{\"a\":\"{\\\"x-hasura-allowed-roles\\\":[\\\"user\\\"],\\\"x-hasura-default-role\\\":\\\"user\\\"}\"}",
		NULL);
	check_payload("stringified, but an object",
				  ",\"claims_format\":\"stringified_json\"", GOOD,
				  "expecting a string when claims_format is stringified_json");
	check_payload(
		"stringified, but no JSON", ",\"claims_format\":\"stringified_json\"",
		"{" HASURA("\"x\"") "}",
		"expecting stringified json at: 'claims_namespace https://hasura.io/jwt/claims', but found: x");
	check_payload(
		"stringified at a path, but no JSON",
		",\"claims_format\":\"stringified_json\"" PATH("$.a"), "{\"a\":\"[]\"}",
		"expecting stringified json at: 'claims_namespace_path $.a', but found: []");
	check_payload(
		"stringified with a key twice",
		",\"claims_format\":\"stringified_json\"",
		"{" HASURA(
			"\"{\\\"x-hasura-default-role\\\":\\\"a\\\",\\\"x-hasura-default-role\\\":\\\"b\\\"}\"") "}",
		"expecting stringified json");
#undef PATH
}

static void
test_claims_map(void)
{
#define MAP(x) ",\"claims_map\":{" x "}"
#define AT(name, path) "\"" name "\":{\"path\":\"" path "\"}"
	static const char *const map = MAP(
		AT("x-hasura-allowed-roles", "$.roles.all") "," AT(
			"x-hasura-default-role",
			"$.roles.first") "," AT("X-Hasura-User-Id",
									"$.['https://my.app/claims'].user.id"));
	static const char *const defaults = MAP(
		"\"x-hasura-allowed-roles\":{\"path\":\"$.r\",\"default\":[\"user\"]},"
		"\"x-hasura-default-role\":{\"path\":\"$.d\",\"default\":\"user\"},"
		"\"x-hasura-user-id\":{\"path\":\"$.u\",\"default\":\"0\"}");
	static const char *const fixed = MAP(
		"\"x-hasura-allowed-roles\":[\"user\"],\"x-hasura-default-role\":\"user\",\"x-hasura-x\":\"y\"," AT(
			"x-hasura-user-id", "$.sub"));

	check_payload(
		"claims_map", map,
		"{\"roles\":{\"all\":[\"user\"],\"first\":\"user\"},\"https://my.app/claims\":{\"user\":{\"id\":\"7\"}}}",
		NULL);
	ok(last.n_variables == 1 &&
		   strcmp(last.variables[0].name, "x-hasura-user-id") == 0 &&
		   strcmp(last.variables[0].value, "7") == 0,
	   "a mapped variable");
	check_payload("claims_map, a variable missing", map,
				  "{\"roles\":{\"all\":[\"user\"],\"first\":\"user\"}}",
				  "JWT claim from claims_map, x-hasura-user-id not found");
	check_payload(
		"claims_map, a variable of a wrong type", map,
		"{\"roles\":{\"all\":[\"user\"],\"first\":\"user\"},\"https://my.app/claims\":{\"user\":{\"id\":7}}}",
		"x-hasura-* claims: parsing Text failed");
	check_payload("claims_map, roles missing", map,
				  "{\"roles\":{\"first\":\"user\"}}",
				  "does not contain x-hasura-allowed-roles");
	check_payload("claims_map, default role missing", map,
				  "{\"roles\":{\"all\":[\"user\"]}}",
				  "does not contain x-hasura-default-role");
	check_payload("claims_map, roles of a wrong type", map,
				  "{\"roles\":{\"all\":\"user\",\"first\":\"user\"}}",
				  "should be a list of roles: parsing [] failed");
	check_payload(
		"claims_map, default role of a wrong type", map,
		"{\"roles\":{\"all\":[\"user\"],\"first\":[]}}",
		"invalid x-hasura-default-role; should be a role: parsing Text failed, expected String, but encountered Array");
	check_payload("defaults", defaults, "{}", NULL);
	ok(strcmp(last.default_role, "user") == 0 &&
		   strcmp(last.variables[0].value, "0") == 0,
	   "defaults come back");
	check_payload("a claim beats its default", defaults,
				  "{\"d\":\"admin\",\"r\":[\"admin\"],\"u\":\"5\"}", NULL);
	ok(strcmp(last.default_role, "admin") == 0 &&
		   strcmp(last.variables[0].value, "5") == 0,
	   "the claims come back");
	check_payload("a claim of a wrong type is no reason for a default",
				  defaults, "{\"r\":\"user\"}", "should be a list");
	check_payload("null is a claim, too", defaults, "{\"u\":null}",
				  "x-hasura-* claims");
	check_payload("fixed values", fixed, "{\"sub\":\"9\"}", NULL);
	ok(last.n_variables == 2, "registered claims can be mapped");
	check_payload("fixed values ignore the namespace", fixed,
				  WITH("\"sub\":\"9\""), NULL);
	ok(last.n_roles == 1, "only the map's roles");
#undef MAP
#undef AT
}

/* ------------------------------------------------------------------------
 * Configurations, PEM, key sets, providers
 * ------------------------------------------------------------------------ */

static void
test_configs(void)
{
#define KEY "\"type\":\"HS256\",\"key\":\"" SECRET "\""
	static const char *const cases[][2] = {
		{"", "Error in $"},
		{"x", "Error in $"},
		{"[]", "expected Object, but encountered Array"},
		{"{}", "key and jwk_url both cannot be empty"},
		{"{\"type\":\"HS256\"}", "key and jwk_url both cannot be empty"},
		{"{" KEY ",\"jwk_url\":\"https://x\"}",
		 "key, jwk_url both cannot be present"},
		{"{\"key\":\"x\"}", "\"type\" not found"},
		{"{\"type\":\"HS128\",\"key\":\"x\"}",
		 "Invalid JWK: Key type: HS128 is not supported"},
		{"{\"type\":\"none\",\"key\":\"x\"}", "not supported"},
		{"{\"type\":\"EdDSA\",\"key\":\"x\"}", "not supported"},
		{"{\"type\":\"HS256\",\"key\":\"short\"}",
		 "Key size too small; should be atleast 32 characters"},
		{"{\"type\":\"HS384\",\"key\":\"0123456789abcdef0123456789abcdef\"}",
		 "should be atleast 48 characters"},
		{"{\"type\":\"HS512\",\"key\":\"0123456789abcdef0123456789abcdef\"}",
		 "should be atleast 64 characters"},
		{"{\"type\":\"HS256\",\"key\":\"\"}", "Key size too small"},
		{"{\"type\":\"RS256\",\"key\":\"x\"}",
		 "Could not decode PEM: No pem found"},
		{"{\"type\":\"RS256\",\"key\":\"-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----\"}",
		 "Could not decode PEM: "},
		{"{" KEY ",\"claims_namespace\":\"a\",\"claims_namespace_path\":\"$\"}",
		 "claims_namespace and claims_namespace_path both cannot be set"},
		{"{" KEY ",\"claims_namespace_path\":\"$..x\"}",
		 "claims_namespace_path error"},
		{"{" KEY ",\"claims_namespace_path\":\"$.a[\"}", "error"},
		{"{" KEY ",\"claims_namespace_path\":\"\"}", "error"},
		{"{" KEY ",\"claims_namespace_path\":\"$x\"}", "error"},
		{"{" KEY ",\"claims_namespace_path\":\"$['a\"}", "error"},
		{"{" KEY ",\"claims_namespace_path\":\"a]b\"}", "error"},
		{"{" KEY ",\"claims_namespace_path\":\"$[123456789]\"}", "error"},
		{"{" KEY ",\"claims_format\":\"xml\"}", "claims_format"},
		{"{" KEY ",\"claims_map\":{}}",
		 "x-hasura-allowed-roles is expected but not found"},
		{"{" KEY ",\"claims_map\":{\"x-hasura-allowed-roles\":[\"a\"]}}",
		 "x-hasura-default-role is expected but not found"},
		{"{" KEY
		 ",\"claims_map\":{\"x-hasura-allowed-roles\":\"a\",\"x-hasura-default-role\":\"a\"}}",
		 "parsing [] failed"},
		{"{" KEY
		 ",\"claims_map\":{\"x-hasura-allowed-roles\":{\"path\":\"$\",\"default\":\"a\"},\"x-hasura-default-role\":\"a\"}}",
		 "parsing [] failed"},
		{"{" KEY
		 ",\"claims_map\":{\"x-hasura-allowed-roles\":{},\"x-hasura-default-role\":\"a\"}}",
		 "\"path\" not found"},
		{"{" KEY
		 ",\"claims_map\":{\"x-hasura-allowed-roles\":[\"a\"],\"x-hasura-default-role\":\"a\",\"X-Hasura-Default-Role\":\"b\"}}",
		 "twice"},
		{"{" KEY
		 ",\"claims_map\":{\"x-hasura-allowed-roles\":[\"a\"],\"x-hasura-default-role\":\"a\",\"user\":\"b\"}}",
		 "no session variable"},
		{"{" KEY ",\"claims_map\":[]}", "expected Object"},
		{"{" KEY ",\"audience\":17}", "audience"},
		{"{" KEY ",\"audience\":[]}", "audience"},
		{"{" KEY ",\"audience\":[17]}", "audience"},
		{"{" KEY ",\"issuer\":17}", "issuer"},
		{"{" KEY ",\"allowed_skew\":-1}", "allowed_skew"},
		{"{" KEY ",\"allowed_skew\":\"60\"}", "allowed_skew"},
		{"{" KEY ",\"allowed_skew\":1e300}", "allowed_skew"},
		{"{" KEY ",\"header\":\"Cookie\"}", "JWTHeader"},
		{"{" KEY ",\"header\":{\"type\":\"Basic\"}}",
		 "expected 'type' is 'Authorization' or 'Cookie' or 'CustomHeader'"},
		{"{" KEY ",\"header\":{\"type\":\"Cookie\"}}", "\"name\" not found"},
		{"{" KEY ",\"header\":{}}", "expected 'type'"},
		{"{\"jwk_url\":\"file:///etc/passwd\"}", "http"},
		{"{\"jwk_url\":\"ftp://x\"}", "http"},
		{"{\"jwk_url\":17}", "jwk_url"},
		{"{\"jwk_url\":\"https://x/keys\"}", NULL},
		{"{\"type\":\"RS256\",\"jwk_url\":\"https://x/keys\"}", NULL},
		{"{" KEY "}", NULL},
		{"{" KEY
		 ",\"audience\":null,\"issuer\":null,\"header\":null,\"claims_map\":null,\"claims_format\":null}",
		 NULL},
		{"{" KEY ",\"header\":{\"type\":\"authorization\"}}", NULL},
		{"{" KEY
		 ",\"header\":{\"type\":\"CustomHeader\",\"name\":\"X-Token\"}}",
		 NULL},
		{"{" KEY ",\"allowed_skew\":0.5,\"unknown\":1}", NULL}};
	const char *error;
	GqleJwtConfig *config;

	for (size_t i = 0; i < lengthof(cases); i++)
		check_config(cases[i][0], cases[i][0], cases[i][1]);
	config = gqle_jwt_parse_config("{" KEY ",\"audiance\":\"a\"}",
								   strlen("{" KEY ",\"audiance\":\"a\"}"),
								   &error);
	is_text(config->warning, "members without a meaning: \"audiance\"",
			"a misspelt member is told");
	is_text(
		gqle_json_to_text(config->shown),
		"{\"claims_namespace\":\"https://hasura.io/jwt/claims\",\"claims_format\":\"json\"}",
		"what may be shown of a configuration");
	gqle_jwk_free(config->keys);
#undef KEY
}

static void
test_pem(void)
{
	EVP_PKEY *keys[] = {rsa, p256, p384, p521, ed25519};
	static const char *const types[] = {"RS256", "ES256", "ES384", "ES512",
										"Ed25519"};
	static const char *const algs[] = {"RS256", "ES256", "ES384", "ES512",
									   "EdDSA"};

	for (size_t i = 0; i < lengthof(keys); i++)
	{
		check(psprintf("%s with a certificate, even one that is over", algs[i]),
			  config_text(types[i], certificate_pem(keys[i]), ""),
			  sign(algs[i], keys[i], GOOD), NULL);
		check_config(psprintf("a private key as %s", types[i]),
					 config_text(types[i], private_pem(keys[i]), ""),
					 "private key");
		for (size_t k = 0; k < lengthof(types); k++)
		{
			bool fits = i == k || (types[i][1] == 'S' && types[k][1] == 'S' &&
								   types[i][0] == types[k][0]);

			check_config(psprintf("a key for %s as %s", types[i], types[k]),
						 key_config(types[k], keys[i]),
						 fits ? NULL : "of another kind");
		}
	}
	check("PKCS #1", config_text("RS256", pkcs1_pem(rsa), ""),
		  sign("RS256", rsa, GOOD), NULL);
	check("PEM with blanks around it",
		  config_text("RS256", psprintf("\n  %s\n\n", public_pem(rsa)), ""),
		  sign("RS256", rsa, GOOD), NULL);
	check_config("an RSA key of 1024 bits", key_config("RS256", small_rsa),
				 "too small");
	check_config("secp256k1", key_config("ES256", k256), "not supported");
	check_config("a PEM of something else",
				 config_text("RS256",
							 "-----BEGIN X-----\nAAAA\n-----END X-----\n", ""),
				 "neither");
}

static char *
bn_member(EVP_PKEY *key, const char *name, int size)
{
	BIGNUM *number = NULL;
	unsigned char bytes[1024];
	int len;

	EVP_PKEY_get_bn_param(key, name, &number);
	len = size > 0 ? size : BN_num_bytes(number);
	BN_bn2binpad(number, bytes, len);
	BN_free(number);
	return base64url(bytes, len);
}

static char *
rsa_jwk(EVP_PKEY *key, const char *more)
{
	return psprintf("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s}",
					bn_member(key, "n", 0), bn_member(key, "e", 0), more);
}

static char *
ec_jwk(EVP_PKEY *key, const char *crv, int size, const char *more)
{
	return psprintf(
		"{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"%s}", crv,
		bn_member(key, OSSL_PKEY_PARAM_EC_PUB_X, size),
		bn_member(key, OSSL_PKEY_PARAM_EC_PUB_Y, size), more);
}

static char *
ed_jwk(void)
{
	unsigned char raw[32];
	size_t len = sizeof(raw);

	EVP_PKEY_get_raw_public_key(ed25519, raw, &len);
	return psprintf("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}",
					base64url(raw, len));
}

/* A text as JSON. */
static char *
json_text(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_json_write_cstring(&out, text);
	return out.data;
}

/* Check a token with a key set; if the set has no use, the error is part of expected. */
static void
check_set_text(const char *name, const char *text, const char *token,
			   const char *expected)
{
	const char *error = NULL;
	GqleJwtKeySet *set = gqle_jwk_parse_set(text, strlen(text), &error);

	if (set == NULL)
	{
		if (!ok(expected != NULL && strstr(error, expected) != NULL, "%s",
				name))
			printf("# got %s\n", error);
		return;
	}
	check_keys(name, "{\"jwk_url\":\"https://x\"}", set, token,
			   NOW * INT64CONST(1000000), expected);
	gqle_jwk_free(set);
}

/* The same with a list of keys. */
static void
check_set(const char *name, const char *keys, const char *token,
		  const char *expected)
{
	check_set_text(name, psprintf("{\"keys\":[%s]}", keys), token, expected);
}

static void
test_key_sets(void)
{
	char *rs = sign("RS256", rsa, GOOD);
	char *kid = sign_with("RS256", rsa, "{\"alg\":\"RS256\",\"kid\":\"b\"}",
						  GOOD);
	char *one = rsa_jwk(rsa, "");
	static const char *const none = "no key that could verify";
	static const char *const broken[] = {
		"",
		"x",
		"[]",
		"{}",
		"{\"keys\":{}}",
		"{\"keys\":null}",
		"{\"keys\":[]}",
		"{\"keys\":[17]}",
		"{\"keys\":[{}]}",
		"{\"keys\":[{\"kty\":\"RSA\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"}]}",
		"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
		"{\"keys\":[{\"kty\":\"oct\",\"k\":\"\"}]}",
		"<html>"};
	const char *error;

	for (size_t i = 0; i < lengthof(broken); i++)
		ok(gqle_jwk_parse_set(broken[i], strlen(broken[i]), &error) == NULL,
		   "no key set: %s", broken[i]);
	check_set("RSA", one, rs, NULL);
	check_set("RSA, PS256", one, sign("PS256", rsa, GOOD), NULL);
	check_set("RSA without alg, HS256 with n", one,
			  hmac("HS256", bn_member(rsa, "n", 0), GOOD), NOT_SIGNED);
	check_set("RSA without alg, HS256 with its PEM", one,
			  hmac("HS256", public_pem(rsa), GOOD), NOT_SIGNED);
	check_set("RSA for RS256",
			  rsa_jwk(rsa, ",\"alg\":\"RS256\",\"use\":\"sig\",\"kid\":\"a\""),
			  rs, NULL);
	check_set("RSA for RS256, RS512", rsa_jwk(rsa, ",\"alg\":\"RS256\""),
			  sign("RS512", rsa, GOOD), NOT_SIGNED);
	check_set("RSA for HS256", rsa_jwk(rsa, ",\"alg\":\"HS256\""), rs, none);
	check_set("RSA for encryption", rsa_jwk(rsa, ",\"use\":\"enc\""), rs, none);
	check_set("RSA-OAEP", rsa_jwk(rsa, ",\"alg\":\"RSA-OAEP\""), rs, none);
	check_set("key_ops verify", rsa_jwk(rsa, ",\"key_ops\":[\"verify\"]"), rs,
			  NULL);
	check_set("key_ops encrypt", rsa_jwk(rsa, ",\"key_ops\":[\"encrypt\"]"), rs,
			  none);
	check_set("use of a wrong type", rsa_jwk(rsa, ",\"use\":[\"sig\"]"), rs,
			  none);
	check_set("another key before it",
			  psprintf("%s,%s", rsa_jwk(other_rsa, ""), one), rs, NULL);
	check_set("kid of the right key",
			  psprintf("%s,%s", rsa_jwk(other_rsa, ",\"kid\":\"a\""),
					   rsa_jwk(rsa, ",\"kid\":\"b\"")),
			  kid, NULL);
	check_set("kid of the wrong key",
			  psprintf("%s,%s", rsa_jwk(other_rsa, ",\"kid\":\"b\""),
					   rsa_jwk(rsa, ",\"kid\":\"a\"")),
			  kid, NULL);
	check_set("kid twice",
			  psprintf("%s,%s", rsa_jwk(other_rsa, ",\"kid\":\"b\""),
					   rsa_jwk(rsa, ",\"kid\":\"b\"")),
			  kid, NULL);
	check_set("kid unknown", rsa_jwk(rsa, ",\"kid\":\"z\""), kid, NULL);
	check_set("only another key", rsa_jwk(other_rsa, ""), rs, NOT_SIGNED);
	check_set("a small key is left out",
			  psprintf("%s,%s", rsa_jwk(small_rsa, ""), one),
			  sign("RS256", small_rsa, GOOD), NOT_SIGNED);
	check_set(
		"unknown kinds are left out",
		psprintf(
			"{\"kty\":\"AKP\"},{\"kty\":\"EC\",\"crv\":\"P-999\",\"x\":\"AA\",\"y\":\"AA\"},17,%s",
			one),
		rs, NULL);
	check_set("padded numbers",
			  psprintf("{\"kty\":\"RSA\",\"n\":\"%s==\",\"e\":\"%s=\"}",
					   bn_member(rsa, "n", 0), bn_member(rsa, "e", 0)),
			  rs, NULL);
	check_set("a leading zero byte",
			  psprintf("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AAEAAQ\"}",
					   bn_member(rsa, "n", 257)),
			  rs, NULL);
	check_set("exponent 1",
			  psprintf("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQ\"}",
					   bn_member(rsa, "n", 0)),
			  rs, none);
	check_set("exponent 0",
			  psprintf("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AA\"}",
					   bn_member(rsa, "n", 0)),
			  rs, none);
	check_set("P-256", ec_jwk(p256, "P-256", 32, ""), sign("ES256", p256, GOOD),
			  NULL);
	check_set("P-384", ec_jwk(p384, "P-384", 48, ""), sign("ES384", p384, GOOD),
			  NULL);
	check_set("P-521", ec_jwk(p521, "P-521", 66, ",\"alg\":\"ES512\""),
			  sign("ES512", p521, GOOD), NULL);
	check_set("P-256 called P-384", ec_jwk(p256, "P-384", 32, ""),
			  sign("ES256", p256, GOOD), none);
	check_set(
		"P-256 off the curve",
		psprintf("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}",
				 bn_member(p256, OSSL_PKEY_PARAM_EC_PUB_X, 32),
				 bn_member(p256, OSSL_PKEY_PARAM_EC_PUB_X, 32)),
		sign("ES256", p256, GOOD), none);
	check_set("P-256 and ES384",
			  ec_jwk(p256, "P-256", 32, ",\"alg\":\"ES384\""),
			  sign("ES256", p256, GOOD), none);
	check_set("Ed25519", ed_jwk(), sign("EdDSA", ed25519, GOOD), NULL);
	check_set("Ed25519 cut",
			  "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
			  sign("EdDSA", ed25519, GOOD), none);
	check_set("a secret",
			  psprintf("{\"kty\":\"oct\",\"k\":\"%s\"}",
					   base64url_text(SECRET)),
			  hmac("HS256", SECRET, GOOD), NULL);
	check_set("a secret for HS512",
			  psprintf("{\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":\"%s\"}",
					   base64url_text(SECRET)),
			  hmac("HS256", SECRET, GOOD), NOT_SIGNED);
	check_set_text("certificates with names",
				   psprintf("{\"b\":%s,\"a\":%s}",
							json_text(certificate_pem(other_rsa)),
							json_text(certificate_pem(rsa))),
				   kid, NULL);
	check_set_text("a certificate of another key",
				   psprintf("{\"b\":%s}", json_text(certificate_pem(other_rsa))),
				   kid, NOT_SIGNED);
	check_set_text("a certificate that is a secret",
				   psprintf("{\"b\":%s}", json_text(certificate_pem(rsa))),
				   hmac("HS256", certificate_pem(rsa), GOOD), NOT_SIGNED);
	check_set_text("a certificate of a small key",
				   psprintf("{\"b\":%s}", json_text(certificate_pem(small_rsa))),
				   kid, none);
	check_set_text("a certificate that is none",
				   "{\"b\":\"-----BEGIN CERTIFICATE-----\\nAAAA\\n\"}", kid, none);
	check_set_text("certificates and something else",
				   psprintf("{\"b\":%s,\"a\":1}",
							json_text(certificate_pem(rsa))),
				   kid, "no list");
	check_set("a private key's numbers are ignored",
			  rsa_jwk(rsa, ",\"d\":\"AAAA\",\"p\":\"AAAA\""), rs, NULL);
}

/* Tokens of the shapes that well-known providers make. */
static void
test_providers(void)
{
	static const struct
	{
		const char *name;
		const char *config;
		const char *header;
		const char *payload;
	} cases[] = {
		{"Auth0",
		 ",\"audience\":\"https://api.example.com\",\"issuer\":\"https://t.eu.auth0.com/\"",
		 "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"NEU\"}",
		 "\"iss\":\"https://t.eu.auth0.com/\",\"sub\":\"auth0|5f7\",\"aud\":[\"https://api.example.com\",\"https://t.eu.auth0.com/userinfo\"],\"iat\":1699999000,\"exp\":1700086400,\"azp\":\"abc\",\"scope\":\"openid\"," HASURA(
			 "{" ROLES ",\"x-hasura-user-id\":\"auth0|5f7\"}")},
		{"Firebase",
		 ",\"audience\":\"my-project\",\"issuer\":\"https://securetoken.google.com/my-project\"",
		 "{\"alg\":\"RS256\",\"kid\":\"1e9\",\"typ\":\"JWT\"}",
		 HASURA(
			 "{" ROLES
			 ",\"x-hasura-user-id\":\"u\"}") ",\"iss\":\"https://securetoken.google.com/my-project\",\"aud\":\"my-project\",\"auth_time\":1699999000,\"user_id\":\"u\",\"sub\":\"u\",\"iat\":1699999000,\"exp\":1700002600,\"email_verified\":true,\"firebase\":{\"identities\":{\"email\":[\"a@b\"]},\"sign_in_provider\":\"password\"}"},
		{"Cognito",
		 ",\"claims_format\":\"stringified_json\",\"issuer\":\"https://cognito-idp.eu-west-1.amazonaws.com/eu\"",
		 "{\"kid\":\"1\",\"alg\":\"RS256\"}",
		 "\"sub\":\"s\",\"aud\":\"client\",\"email_verified\":true,\"event_id\":\"e\",\"token_use\":\"id\",\"iss\":\"https://cognito-idp.eu-west-1.amazonaws.com/eu\",\"cognito:username\":\"s\",\"exp\":1700003600,\"iat\":1699999000," HASURA(
			 "\"{\\\"x-hasura-allowed-roles\\\":[\\\"user\\\"],\\\"x-hasura-default-role\\\":\\\"user\\\",\\\"x-hasura-user-id\\\":\\\"s\\\"}\"")},
		{"Supabase", ",\"claims_namespace_path\":\"$.app_metadata.hasura\"",
		 "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
		 "\"aud\":\"authenticated\",\"exp\":1700003600,\"sub\":\"s\",\"email\":\"a@b\",\"app_metadata\":{\"provider\":\"email\",\"hasura\":{" ROLES
		 "}},\"user_metadata\":{},\"role\":\"authenticated\""},
		{"Keycloak",
		 ",\"claims_map\":{\"x-hasura-allowed-roles\":{\"path\":\"$.realm_access.roles\"},\"x-hasura-default-role\":{\"path\":\"$.azp\",\"default\":\"user\"},\"x-hasura-user-id\":{\"path\":\"$.sub\"}}",
		 "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"FJ86\"}",
		 "\"exp\":1700003600,\"iat\":1699999000,\"auth_time\":0,\"jti\":\"j\",\"iss\":\"https://kc/realms/r\",\"aud\":\"account\",\"sub\":\"s\",\"typ\":\"Bearer\",\"azp\":\"web\",\"acr\":\"1\",\"realm_access\":{\"roles\":[\"web\",\"offline_access\"]},\"resource_access\":{\"account\":{\"roles\":[\"view-profile\"]}}"},
		{"Clerk", "",
		 "{\"alg\":\"RS256\",\"cat\":\"cl_B7d4PD222AAA\",\"kid\":\"ins_2\",\"typ\":\"JWT\"}",
		 "\"azp\":\"https://app\",\"exp\":1700000060,\"nbf\":1699999990,\"iat\":1700000000,\"iss\":\"https://clerk.app\",\"sub\":\"user_1\"," HASURA(
			 "{" ROLES ",\"x-hasura-user-id\":\"user_1\"}")},
		{"Entra",
		 ",\"claims_map\":{\"x-hasura-allowed-roles\":{\"path\":\"$.roles\"},\"x-hasura-default-role\":{\"path\":\"$.roles[0]\"},\"x-hasura-user-id\":{\"path\":\"$.oid\"}}",
		 "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5t\":\"nOo\",\"kid\":\"nOo\"}",
		 "\"aud\":\"api://x\",\"iss\":\"https://sts.windows.net/t/\",\"iat\":1699999000,\"nbf\":1699999000,\"exp\":1700003600,\"aio\":\"E2\",\"oid\":\"o\",\"roles\":[\"editor\"],\"ver\":\"1.0\""},
		{"nhost", "", "{\"alg\":\"RS256\"}",
		 HASURA(
			 "{\"x-hasura-allowed-roles\":[\"me\",\"user\"],\"x-hasura-default-role\":\"user\",\"x-hasura-user-id\":\"n\",\"x-hasura-user-is-anonymous\":\"false\"}") ",\"sub\":\"n\",\"iat\":1699999000,\"exp\":1700000900,\"iss\":\"hasura-auth\""}};

	for (size_t i = 0; i < lengthof(cases); i++)
		check(cases[i].name,
			  config_text("RS512", certificate_pem(rsa), cases[i].config),
			  sign_with("RS256", rsa, cases[i].header,
						psprintf("{%s}", cases[i].payload)),
			  NULL);
}

/* Tokens made by another library. */
static void
test_libjwt(void)
{
	static const jwt_alg_t algs[] = {JWT_ALG_HS256, JWT_ALG_HS384,
									 JWT_ALG_HS512, JWT_ALG_RS256,
									 JWT_ALG_RS384, JWT_ALG_RS512,
									 JWT_ALG_ES256, JWT_ALG_ES384,
									 JWT_ALG_ES512};

	for (size_t i = 0; i < lengthof(algs); i++)
	{
		const char *alg = jwt_alg_str(algs[i]);
		const char *key = alg[0] == 'H' ? SECRET : private_pem(key_of(alg));
		jwt_t *jwt = NULL;
		char *token;

		jwt_new(&jwt);
		jwt_add_grants_json(jwt, WITH("\"exp\":1700000100"));
		jwt_set_alg(jwt, algs[i], (const unsigned char *) key, strlen(key));
		token = jwt_encode_str(jwt);
		check(psprintf("%s made by libjwt", alg),
			  alg[0] == 'H' ? config_text(alg, SECRET, "")
							: key_config(alg, key_of(alg)),
			  token, NULL);
		free(token);
		jwt_free(jwt);
	}
}

int
main(void)
{
	make_keys();
	test_matrix();
	test_confusion();
	test_none();
	test_headers();
	test_shapes();
	test_ecdsa_shapes();
	test_dates();
	test_parties();
	test_roles();
	test_namespaces();
	test_claims_map();
	test_configs();
	test_pem();
	test_key_sets();
	test_providers();
	test_libjwt();
	free_keys();
	return done_testing();
}
