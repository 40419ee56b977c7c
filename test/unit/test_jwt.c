/*
 * test_jwt.c
 *		Tokens that must be taken, and those that must not: signatures and shapes.
 */
#include "jwt_tools.h"

/* ------------------------------------------------------------------------
 * Algorithms and keys
 * ------------------------------------------------------------------------ */

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
	free_keys();
	return done_testing();
}
