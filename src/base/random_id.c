/*
 * random_id.c
 *		Random identifiers.
 *
 * Random bytes are got in bulk, since each request to the generator costs about
 * as much as parsing a request's head.
 */
#include "postgres.h"

#include "gqle/base/random_id.h"

#define POOL_BYTES 4096
#define UUID_BYTES 16

static const char digits[] = "0123456789abcdef";

/* That many fresh bytes, or NULL. */
static unsigned char *
take_bytes(int n)
{
	static unsigned char pool[POOL_BYTES];
	static int	used = POOL_BYTES;

	if (used + n > POOL_BYTES)
	{
		if (!pg_strong_random(pool, sizeof(pool)))
			return NULL;
		used = 0;
	}
	used += n;
	return &pool[used - n];
}

void
gqle_random_uuid(char *place)
{
	unsigned char *bytes = take_bytes(UUID_BYTES);

	*place = '\0';
	if (bytes == NULL)
		return;
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	for (int i = 0; i < UUID_BYTES; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*place++ = '-';
		*place++ = digits[bytes[i] >> 4];
		*place++ = digits[bytes[i] & 15];
	}
	*place = '\0';
}

void
gqle_random_hex(char *place, int n_bytes)
{
	unsigned char *bytes = take_bytes(n_bytes);

	for (int i = 0; bytes != NULL && i < n_bytes; i++)
	{
		*place++ = digits[bytes[i] >> 4];
		*place++ = digits[bytes[i] & 15];
	}
	*place = '\0';
}
