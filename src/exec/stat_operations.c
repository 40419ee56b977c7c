/*
 * stat_operations.c
 *		What operations were run how often, over all processes.
 *
 * A table of fixed size in shared memory, one slot per operation (role, name and
 * text of the query), searched only when an operation is compiled; executions
 * count with atomic additions into the slot their compiled form remembers.  When
 * the table is full the slot used longest ago is given to the newcomer; a
 * handle to the old operation notices by the id and counts no more.
 *
 * Query texts are cut to a length that tells operations apart by eye.  Values of
 * variables are not here, but literals in the text are.
 */
#include "gqle/gqle.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/lwlock.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "gqle/base/shmem.h"
#include "gqle/exec/stat_operations.h"

#define N_SLOTS 1000
#define QUERY_SIZE 1000
#define N_RESULT_COLUMNS 14
#define N_BUCKETS 8

/* Upper bounds of the buckets of times, in microseconds; the last has none. */
static const uint64 bucket_bounds[N_BUCKETS - 1] = {1000, 3000, 10000, 30000, 100000,
300000, 1000000};

PG_FUNCTION_INFO_V1(gqle_sql_stat_operations);

typedef struct OperationSlot
{
	/* Written under GQLE_LOCK_OPERATIONS, exclusively. */
	uint64		id;				/* 0: free */
	Oid			database_oid;
	char		role[NAMEDATALEN];
	char		name[NAMEDATALEN];
	char		query[QUERY_SIZE];
	uint64		query_hash;
	GqleMetricOperation operation;
	double		cost;

	pg_atomic_uint64 last_used; /* TimestampTz */
	pg_atomic_uint64 calls;
	pg_atomic_uint64 errors;
	pg_atomic_uint64 inline_calls;
	pg_atomic_uint64 bytes;
	pg_atomic_uint64 total_us;
	pg_atomic_uint64 max_us;
	pg_atomic_uint64 rows;
	pg_atomic_uint64 buckets[N_BUCKETS];
} OperationSlot;

typedef struct OperationTable
{
	OperationSlot slots[N_SLOTS];
} OperationTable;

static OperationTable *table = NULL;

static void
clear_slot(OperationSlot *slot)
{
	slot->id = 0;
	pg_atomic_init_u64(&slot->last_used, 0);
	pg_atomic_init_u64(&slot->calls, 0);
	pg_atomic_init_u64(&slot->errors, 0);
	pg_atomic_init_u64(&slot->inline_calls, 0);
	pg_atomic_init_u64(&slot->bytes, 0);
	pg_atomic_init_u64(&slot->total_us, 0);
	pg_atomic_init_u64(&slot->max_us, 0);
	pg_atomic_init_u64(&slot->rows, 0);
	for (int i = 0; i < N_BUCKETS; i++)
		pg_atomic_init_u64(&slot->buckets[i], 0);
}

static void
create_table(void *area)
{
	int			i;

	for (i = 0; i < N_SLOTS; i++)
		clear_slot(&((OperationTable *) area)->slots[i]);
}

/* See stat_operations.h. */
void
gqle_stat_operations_init(void)
{
	gqle_shmem_register("gqle operations", sizeof(OperationTable), (void **) &table,
						create_table);
}

/* Copy text, cut to size at a character's start. */
static void
copy_cut(char *to, const char *from, int len, int size)
{
	if (from == NULL)
		len = 0;
	if (len >= size)
		for (len = size - 1; len > 0 && (from[len] & 0xC0) == 0x80; len--)
			;
	memcpy(to, from ? from : "", len);
	to[len] = '\0';
}

/* The slot with an id, else a free one, else the one used longest ago. */
static int
choose_slot(uint64 id)
{
	uint64		oldest_use = PG_UINT64_MAX;
	int			oldest = 0;
	int			i;

	for (i = 0; i < N_SLOTS; i++)
	{
		uint64		used;

		if (table->slots[i].id == id)
			return i;
		used = table->slots[i].id == 0 ? 0 : pg_atomic_read_u64(&table->slots[i].last_used) + 1;
		if (used < oldest_use)
		{
			oldest_use = used;
			oldest = i;
		}
	}
	return oldest;
}

/* See stat_operations.h. */
GqleStatHandle
gqle_stat_operations_attach(const GqleSession *session, const GqleRequest *request,
							const char *operation_name, GqleMetricOperation operation,
							double cost)
{
	GqleStatHandle handle = {-1, 0};
	OperationSlot *slot;
	uint64		query_hash;

	if (table == NULL)
		return handle;
	query_hash = hash_bytes_extended((const unsigned char *) request->query,
									 request->query_len, 0);
	handle.id = hash_combine64(query_hash, MyDatabaseId);
	handle.id = hash_bytes_extended((const unsigned char *) session->role,
									strlen(session->role), handle.id);
	if (operation_name != NULL)
		handle.id = hash_bytes_extended((const unsigned char *) operation_name,
										strlen(operation_name), handle.id);
	handle.id |= 1;				/* never 0 */

	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_OPERATIONS), LW_EXCLUSIVE);
	handle.slot = choose_slot(handle.id);
	slot = &table->slots[handle.slot];
	if (slot->id != handle.id)
	{
		clear_slot(slot);
		slot->id = handle.id;
		slot->database_oid = MyDatabaseId;
		copy_cut(slot->role, session->role, strlen(session->role), NAMEDATALEN);
		copy_cut(slot->name, operation_name,
				 operation_name ? strlen(operation_name) : 0, NAMEDATALEN);
		copy_cut(slot->query, request->query, request->query_len, QUERY_SIZE);
		slot->query_hash = query_hash;
		slot->operation = operation;
	}
	slot->cost = cost;
	pg_atomic_write_u64(&slot->last_used, GetCurrentTimestamp());
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_OPERATIONS));
	return handle;
}

/* See stat_operations.h. */
void
gqle_stat_operations_count(GqleStatHandle handle, uint64 elapsed, uint64 bytes,
						   uint64 rows, bool is_inline, bool failed)
{
	OperationSlot *slot;
	uint64		longest;
	int			bucket = 0;

	if (handle.slot < 0 || table->slots[handle.slot].id != handle.id)
		return;
	slot = &table->slots[handle.slot];
	pg_atomic_fetch_add_u64(&slot->calls, 1);
	pg_atomic_fetch_add_u64(&slot->total_us, elapsed);
	pg_atomic_fetch_add_u64(&slot->bytes, bytes);
	pg_atomic_fetch_add_u64(&slot->rows, rows);
	while (bucket < N_BUCKETS - 1 && elapsed > bucket_bounds[bucket])
		bucket++;
	pg_atomic_fetch_add_u64(&slot->buckets[bucket], 1);
	if (is_inline)
		pg_atomic_fetch_add_u64(&slot->inline_calls, 1);
	if (failed)
		pg_atomic_fetch_add_u64(&slot->errors, 1);
	longest = pg_atomic_read_u64(&slot->max_us);
	while (elapsed > longest &&
		   !pg_atomic_compare_exchange_u64(&slot->max_us, &longest, elapsed))
		;
	pg_atomic_write_u64(&slot->last_used, GetCurrentStatementStartTimestamp());
}

/* Numbers of executions by their time. */
static Datum
bucket_array(OperationSlot *slot)
{
	Datum		counts[N_BUCKETS];

	for (int i = 0; i < N_BUCKETS; i++)
		counts[i] = Int64GetDatum(pg_atomic_read_u64(&slot->buckets[i]));
	return PointerGetDatum(construct_array(counts, N_BUCKETS, INT8OID, 8,
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* One row of gqle.stat_operations. */
static void
put_slot(ReturnSetInfo *rsinfo, OperationSlot *slot)
{
	Datum		values[N_RESULT_COLUMNS] = {0};
	bool		nulls[N_RESULT_COLUMNS] = {0};
	uint64		calls = pg_atomic_read_u64(&slot->calls);
	uint64		total = pg_atomic_read_u64(&slot->total_us);

	values[0] = CStringGetTextDatum(slot->role);
	values[1] = CStringGetTextDatum(slot->name);
	nulls[1] = slot->name[0] == '\0';
	values[2] = CStringGetTextDatum(slot->query);
	values[3] = Int64GetDatum(calls);
	values[4] = Int64GetDatum(pg_atomic_read_u64(&slot->errors));
	values[5] = Int64GetDatum(pg_atomic_read_u64(&slot->inline_calls));
	values[6] = Int64GetDatum(pg_atomic_read_u64(&slot->bytes));
	values[7] = Float8GetDatum(total / 1000.0);
	values[8] = Float8GetDatum(calls > 0 ? total / 1000.0 / calls : 0);
	values[9] = Float8GetDatum(pg_atomic_read_u64(&slot->max_us) / 1000.0);
	values[10] = Float8GetDatum(slot->cost);
	values[11] = TimestampTzGetDatum(pg_atomic_read_u64(&slot->last_used));
	values[12] = Int64GetDatum(pg_atomic_read_u64(&slot->rows));
	values[13] = bucket_array(slot);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* Is it the same operation, for maybe another role? */
static bool
is_same(const OperationSlot *a, const OperationSlot *b)
{
	return b->id != 0 && a->query_hash == b->query_hash &&
		a->database_oid == b->database_oid && a->operation == b->operation &&
		strcmp(a->name, b->name) == 0;
}

/* Was an earlier slot visited for this operation? */
static bool
is_visited(int i)
{
	for (int k = 0; k < i; k++)
		if (is_same(&table->slots[i], &table->slots[k]))
			return true;
	return false;
}

void
gqle_stat_operations_walk(void (*visit) (const GqleStatCounts *counts, void *arg),
						  void *arg)
{
	if (table == NULL)
		return;
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_OPERATIONS), LW_SHARED);
	for (int i = 0; i < N_SLOTS; i++)
	{
		const OperationSlot *slot = &table->slots[i];
		GqleStatCounts counts = {.operation = slot->operation,.name = slot->name};

		if (slot->id == 0 || slot->database_oid != MyDatabaseId || is_visited(i))
			continue;
		for (int k = i; k < N_SLOTS; k++)
		{
			OperationSlot *same = &table->slots[k];

			if (!is_same(slot, same))
				continue;
			counts.calls += pg_atomic_read_u64(&same->calls);
			counts.errors += pg_atomic_read_u64(&same->errors);
		}
		counts.errors = Min(counts.errors, counts.calls);
		snprintf(counts.hash, sizeof(counts.hash), "%016" INT64_MODIFIER "x",
				 slot->query_hash);
		visit(&counts, arg);
	}
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_OPERATIONS));
}

/*
 * gqle_internal.stat_operations() returns setof record: this database's operations
 */
Datum
gqle_sql_stat_operations(PG_FUNCTION_ARGS)
{
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	if (table == NULL)
		return (Datum) 0;
	LWLockAcquire(gqle_shmem_lock(GQLE_LOCK_OPERATIONS), LW_SHARED);
	for (i = 0; i < N_SLOTS; i++)
		if (table->slots[i].id != 0 && table->slots[i].database_oid == MyDatabaseId)
			put_slot((ReturnSetInfo *) fcinfo->resultinfo, &table->slots[i]);
	LWLockRelease(gqle_shmem_lock(GQLE_LOCK_OPERATIONS));
	return (Datum) 0;
}
