/*
 * test_jwt_keys.c
 *		Configurations, PEM, sets of keys, and tokens that others make; libjwt
 *		shares no code with us.
 */
#include "gqle/gqle.h"

#include <jwt.h>

#include "jwt_tools.h"

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
	test_configs();
	test_pem();
	test_key_sets();
	test_providers();
	test_libjwt();
	free_keys();
	return done_testing();
}
