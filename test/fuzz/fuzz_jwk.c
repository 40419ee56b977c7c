/*
 * fuzz_jwk.c
 *		Sets of JSON Web Keys, as their servers send them, and configurations of
 *		tokens: a set has a key, and no key takes any signature.
 */
#include "gqle/gqle.h"

#include "gqle/net/jwt.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *error = NULL;
	GqleJwtKeySet *keys = gqle_jwk_parse_set((const char *) data, (int) size, &error);
	GqleJwtConfig *config;

	if (keys == NULL ? error == NULL : keys->n == 0)
		gqle_standalone_abort("neither keys nor an error");
	for (int i = 0; keys != NULL && i < keys->n; i++)
	{
		for (int alg = GQLE_JWT_HS256; alg <= GQLE_JWT_EDDSA; alg <<= 1)
		{
			if (gqle_jwk_verify(&keys->keys[i], alg, "text", 4,
								(const unsigned char *) "signature", 9))
				gqle_standalone_abort("a signature of nobody's is valid");
		}
	}
	gqle_jwk_free(keys);

	error = NULL;
	config = gqle_jwt_parse_config((const char *) data, (int) size, &error);
	if (config == NULL && error == NULL)
		gqle_standalone_abort("the error says nothing");
	if (config != NULL)
		gqle_jwk_free(config->keys);
	gqle_standalone_reset();
	return 0;
}
