/*
 * persisted.c
 *		Automatic persisted queries: a client sends the hash of a query it has
 *		sent before.
 *
 * A table of fixed size in shared memory knows the queries of all processes by
 * their SHA-256; the texts lie in an area of bounded size.  A query that nobody
 * asked for within gqle.persisted_queries_ttl is forgotten, and when there is no
 * room the one that was asked for longest ago.  A query is only kept under the
 * hash that it has, so nobody can put his own in another's place; that a client
 * may run it is decided as for any query.
 */
#include "gqle/base/percent.h"
#include "gqle/gqle.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "utils/dsa.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/base/guc.h"
#include "gqle/base/shmem.h"
#include "gqle/exec/persisted.h"

#define N_SLOTS		1024
#define AREA_SIZE	(256 * 1024)	/* what fits needs no DSM segment */
#define MAX_BYTES	(32 * 1024 * 1024)
#define MAX_QUERY	(1024 * 1024)
#define MAX_EVICTIONS	16
#define HEX_LEN		(2 * PG_SHA256_DIGEST_LENGTH)

typedef struct Slot
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	TimestampTz used_at;
	int			len;
	dsa_pointer text;			/* invalid: free */
} Slot;

/* Guarded by GQLE_LOCK_PERSISTED. */
typedef struct Table
{
	int			tranche;
	Slot		slots[N_SLOTS];
	char		area[AREA_SIZE];
} Table;

static Table *table = NULL;
static dsa_area *area = NULL;

static void
create_table(void *place)
{
	Table	   *t = place;
	dsa_area   *created;
	int			i;

	for (i = 0; i < N_SLOTS; i++)
		t->slots[i].text = InvalidDsaPointer;
	t->tranche = LWLockNewTrancheId();
	created = dsa_create_in_place(t->area, AREA_SIZE, t->tranche, NULL);
	dsa_set_size_limit(created, MAX_BYTES);
	dsa_pin(created);
	dsa_detach(created);
}

void
gqle_persisted_init(void)
{
	gqle_shmem_register("gqle persisted queries", sizeof(Table), (void **) &table,
						create_table);
}

/* Attach to the area, once for the life of the process. */
static bool
join(void)
{
	MemoryContext old;

	if (table == NULL || area != NULL)
		return area != NULL;
	old = MemoryContextSwitchTo(TopMemoryContext);
	LWLockRegisterTranche(table->tranche, "gqle persisted queries");
	area = dsa_attach_in_place(table->area, NULL);
	dsa_pin_mapping(area);
	MemoryContextSwitchTo(old);
	return true;
}

static void
free_slot(Slot *slot)
{
	dsa_free(area, slot->text);
	slot->text = InvalidDsaPointer;
}

/* Forget what is too old; returns the slot of a digest, else NULL. */
static Slot *
find_slot(const uint8 *digest, TimestampTz now)
{
	Slot	   *found = NULL;
	int			i;

	for (i = 0; i < N_SLOTS; i++)
	{
		Slot	   *slot = &table->slots[i];

		if (!DsaPointerIsValid(slot->text))
			continue;
		if (TimestampDifferenceExceeds(slot->used_at, now,
									   gqle_guc_persisted_queries_ttl * 1000))
			free_slot(slot);
		else if (memcmp(slot->digest, digest, PG_SHA256_DIGEST_LENGTH) == 0)
			found = slot;
	}
	return found;
}

static void
free_oldest(void)
{
	Slot	   *oldest = NULL;
	int			i;

	for (i = 0; i < N_SLOTS; i++)
	{
		Slot	   *slot = &table->slots[i];

		if (DsaPointerIsValid(slot->text) &&
			(oldest == NULL || slot->used_at < oldest->used_at))
			oldest = slot;
	}
	if (oldest != NULL)
		free_slot(oldest);
}

/* A free slot, or NULL. */
static Slot *
look_for_room(void)
{
	int			i;

	for (i = 0; i < N_SLOTS; i++)
		if (!DsaPointerIsValid(table->slots[i].text))
			return &table->slots[i];
	return NULL;
}

/* Keep a query; for want of memory it isn't. */
static void
keep(const uint8 *digest, const char *query, int len)
{
	TimestampTz now = GetCurrentTimestamp();
	Slot	   *slot;

	if (len > MAX_QUERY || !join())
		return;
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_PERSISTED), LW_EXCLUSIVE);
	slot = find_slot(digest, now);
	if (slot == NULL)
	{
		slot = look_for_room();
		if (slot == NULL)
		{
			free_oldest();
			slot = look_for_room();
		}
		for (int i = 0; i < MAX_EVICTIONS && !DsaPointerIsValid(slot->text); i++)
		{
			slot->text = dsa_allocate_extended(area, len + 1, DSA_ALLOC_NO_OOM);
			if (!DsaPointerIsValid(slot->text))
				free_oldest();
		}
		if (DsaPointerIsValid(slot->text))
		{
			memcpy(dsa_get_address(area, slot->text), query, len + 1);
			memcpy(slot->digest, digest, PG_SHA256_DIGEST_LENGTH);
			slot->len = len;
		}
	}
	slot->used_at = now;
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_PERSISTED));
}

/* A copy of the query that has a digest, or NULL. */
static char *
recall(const uint8 *digest)
{
	TimestampTz now = GetCurrentTimestamp();
	char	   *buffer = NULL;
	char	   *copy = NULL;
	int			size = 0;

	if (!join())
		return NULL;
	/* memory is got before the lock is taken, so its size has to be asked for */
	for (;;)
	{
		Slot	   *slot;
		int			needed = 0;

		if (size > 0)
			buffer = palloc(size);
		LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_PERSISTED), LW_EXCLUSIVE);
		slot = find_slot(digest, now);
		if (slot != NULL)
		{
			needed = slot->len + 1;
			slot->used_at = now;
			if (needed <= size)
				copy = memcpy(buffer, dsa_get_address(area, slot->text), needed);
		}
		LWLockRelease(gqle_shmem_lock(GQLE_LOCK_PERSISTED));
		if (needed <= size)
			return copy;
		size = needed;
	}
}

static bool
make_digest(const char *text, int len, uint8 *digest)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
	bool		is_made = context != NULL && pg_cryptohash_init(context) == 0 &&
		pg_cryptohash_update(context, (const uint8 *) text, len) == 0 &&
		pg_cryptohash_final(context, digest, PG_SHA256_DIGEST_LENGTH) == 0;

	pg_cryptohash_free(context);
	return is_made;
}

/* The digest that a request names; false if it is none. */
static bool
read_digest(const GqleJson *persisted, uint8 *digest)
{
	const GqleJson *version = gqle_json_lookup(persisted, "version");
	const GqleJson *hash = gqle_json_lookup(persisted, "sha256Hash");
	int			i;

	if (version == NULL || version->kind != GQLE_JSON_NUMBER ||
		strcmp(version->text, "1") != 0 || hash == NULL ||
		hash->kind != GQLE_JSON_STRING || hash->len != HEX_LEN)
		return false;
	for (i = 0; i < PG_SHA256_DIGEST_LENGTH; i++)
	{
		int			high = gqle_percent_hex_value(hash->text[2 * i]);
		int			low = gqle_percent_hex_value(hash->text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		digest[i] = high * 16 + low;
	}
	return true;
}

static bool
fail(GqleErrorSink *sink, const char *message, const char *code)
{
	gqle_error_report(sink, GQLE_ERR_CUSTOM, NULL, "%s", message);
	sink->error.custom_code = code;
	return false;
}

bool
gqle_persisted_resolve(GqleJson *body, GqleErrorSink *sink)
{
	GqleJson   *extensions = gqle_json_lookup(body, "extensions");
	GqleJson   *persisted = extensions != NULL ?
		gqle_json_lookup(extensions, "persistedQuery") : NULL;
	const GqleJson *query = gqle_json_lookup(body, "query");
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	uint8		own[PG_SHA256_DIGEST_LENGTH];
	char	   *text;

	if (!gqle_guc_enable_persisted_queries || gqle_json_is_null(persisted))
		return true;
	if (!read_digest(persisted, digest))
		return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED,
								 "$.extensions.persistedQuery",
								 "a persisted query has version 1 and a sha256Hash of %d hexadecimal digits",
								 HEX_LEN);
	gqle_json_object_set(body, "extensions", gqle_json_make_null());
	if (query != NULL && query->kind == GQLE_JSON_STRING)
	{
		if (!make_digest(query->text, query->len, own) ||
			memcmp(own, digest, sizeof(own)) != 0)
			return fail(sink, "provided sha does not match query",
						"PERSISTED_QUERY_HASH_MISMATCH");
		keep(digest, query->text, query->len);
		return true;
	}
	text = recall(digest);
	if (text == NULL)
		return fail(sink, "PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND");
	gqle_json_object_set(body, "query", gqle_json_make_string(text));
	return true;
}
