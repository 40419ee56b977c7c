/*
 * strhash.c
 *		A hash table from C strings to pointers, over lib/simplehash.h.
 *
 * Keys may be chosen by clients (response keys, aliases), so hashes are seeded
 * per process: nobody can prepare keys that collide.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "gqle/base/strhash.h"

typedef struct StrEntry
{
	const char *key;
	void	   *value;
	uint32		hash;
	char		status;
} StrEntry;

static uint64 seed = 0;

static inline uint32
hash_key(const char *key)
{
	return (uint32) hash_bytes_extended((const unsigned char *) key, (int) strlen(key),
										seed);
}

#define SH_PREFIX str
#define SH_ELEMENT_TYPE StrEntry
#define SH_KEY_TYPE const char *
#define SH_KEY key
#define SH_HASH_KEY(tb, k) hash_key(k)
#define SH_EQUAL(tb, a, b) (strcmp((a), (b)) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) ((a)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct GqleStrHash
{
	str_hash   *table;
};

GqleStrHash *
gqle_strhash_make(MemoryContext context, uint32 expected)
{
	GqleStrHash *hash = MemoryContextAlloc(context, sizeof(GqleStrHash));

	/* a table made before a fork keeps the seed it was filled with */
	if (seed == 0 && !pg_strong_random(&seed, sizeof(seed)))
		seed = (uint64) GetCurrentTimestamp() ^ MyProcPid;
	seed |= 1;
	hash->table = str_create(context, expected, NULL);
	return hash;
}

void *
gqle_strhash_lookup(const GqleStrHash *hash, const char *key)
{
	StrEntry   *entry = str_lookup(hash->table, key);

	return entry ? entry->value : NULL;
}

bool
gqle_strhash_add(GqleStrHash *hash, const char *key, void *value)
{
	bool		found;
	StrEntry   *entry = str_insert(hash->table, key, &found);

	if (found)
		return false;
	entry->value = value;
	return true;
}

void
gqle_strhash_set(GqleStrHash *hash, const char *key, void *value)
{
	bool		found;
	StrEntry   *entry = str_insert(hash->table, key, &found);

	entry->key = key;
	entry->value = value;
}

bool
gqle_strhash_remove(GqleStrHash *hash, const char *key)
{
	return str_delete(hash->table, key);
}

uint32
gqle_strhash_size(const GqleStrHash *hash)
{
	return hash->table->members;
}

void
gqle_strhash_visit(const GqleStrHash *hash, GqleStrHashVisitor visitor, void *arg)
{
	str_iterator iterator;
	StrEntry   *entry;

	str_start_iterate(hash->table, &iterator);
	while ((entry = str_iterate(hash->table, &iterator)) != NULL)
		visitor(entry->key, entry->value, arg);
}
