/*
 * fuzz_jwt.c
 *		Tokens: the input is one that nobody signed, which is never valid; and it
 *		is the payload of one that is signed, whose claims may be anything.
 */
#include "gqle/gqle.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "gqle/net/base64url.h"
#include "gqle/net/jwt.h"

#define SECRET	"a secret of thirty-two bytes ..."
#define CONFIG	"{\"type\":\"HS256\",\"key\":\"" SECRET "\"," \
	"\"claims_format\":\"json\",\"audience\":[\"a\",\"b\"],\"allowed_skew\":10}"
#define MAPPED	"{\"type\":\"HS256\",\"key\":\"" SECRET "\",\"claims_map\":{" \
	"\"x-hasura-allowed-roles\":{\"path\":\"$.r\",\"default\":[\"user\"]}," \
	"\"x-hasura-default-role\":\"user\",\"x-hasura-id\":{\"path\":\"$.a['b c'][0]\"}}}"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A token with this payload and a good signature. */
static void
sign(StringInfo token, const uint8_t *data, size_t size)
{
	static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_len = 0;

	gqle_base64url_append(token, (const unsigned char *) header, sizeof(header) - 1);
	appendStringInfoChar(token, '.');
	gqle_base64url_append(token, data, (int) size);
	HMAC(EVP_sha256(), SECRET, sizeof(SECRET) - 1,
		 (const unsigned char *) token->data, token->len, digest, &digest_len);
	appendStringInfoChar(token, '.');
	gqle_base64url_append(token, digest, (int) digest_len);
}

static void
verify(const char *config_text, const uint8_t *data, size_t size)
{
	const char *error = NULL;
	GqleJwtConfig *config = gqle_jwt_parse_config(config_text, strlen(config_text), &error);
	GqleJwtClaims claims = {0};
	GqleErrorSink sink = {0};
	StringInfoData token;

	if (config == NULL)
		gqle_standalone_abort(error);
	if (gqle_jwt_verify(config, config->keys, (const char *) data, (int) size,
						0, &claims, &sink))
		gqle_standalone_abort("a token that nobody signed is valid");
	if (!sink.has_error)
		gqle_standalone_abort("no error");

	initStringInfo(&token);
	sign(&token, data, size);
	memset(&sink, 0, sizeof(sink));
	if (gqle_jwt_verify(config, config->keys, token.data, token.len, 0,
						&claims, &sink))
	{
		if (claims.n_roles == 0 || claims.default_role == NULL)
			gqle_standalone_abort("claims without a role");
		for (int i = 0; i < claims.n_variables; i++)
		{
			if (strncmp(claims.variables[i].name, "x-hasura-", 9) != 0)
				gqle_standalone_abort("a claim that is no variable");
		}
	}
	gqle_jwk_free(config->keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	verify(CONFIG, data, size);
	verify(MAPPED, data, size);
	(void) gqle_jwt_peek_issuer((const char *) data, (int) size);
	gqle_standalone_reset();
	return 0;
}
