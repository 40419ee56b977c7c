/*
 * metadata.c
 *		Version counters of the metadata tables.
 *
 * gqle.metadata_version.change moves with every change of metadata; together
 * with the row's xmin it identifies a state of the metadata, also inside a
 * transaction and after a rollback.  Its relcache message, sent for the version
 * table, makes other processes look at it.
 *
 * Many statements of one transaction need only one move, as long as nothing has
 * been loaded in between and no savepoint was rolled back: otherwise an import
 * of thousands of rows would leave thousands of dead versions of one row.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "storage/proc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "gqle/base/spi.h"
#include "gqle/catalog/metadata.h"

/* in gqle_metadata_replace_initial */
static bool is_replacing = false;

/* Where the change was last noted. */
static LocalTransactionId noted_lxid = InvalidLocalTransactionId;
static SubTransactionId noted_subid = InvalidSubTransactionId;

Oid
gqle_metadata_table_relid(const char *name)
{
	Oid			namespace_oid = get_namespace_oid(GQLE_METADATA_SCHEMA, true);

	if (!OidIsValid(namespace_oid))
		return InvalidOid;
	return get_relname_relid(name, namespace_oid);
}

Oid
gqle_metadata_version_relid(void)
{
	return gqle_metadata_table_relid(GQLE_METADATA_VERSION_TABLE);
}

void
gqle_metadata_mark_loaded(void)
{
	noted_lxid = InvalidLocalTransactionId;
}

void
gqle_metadata_note_change(void)
{
	Oid			relid;

	if (noted_lxid == gqle_my_lxid() &&
		noted_subid == GetCurrentSubTransactionId())
		return;
	relid = gqle_metadata_version_relid();
	if (!OidIsValid(relid))
		return;
	gqle_spi_execute("UPDATE gqle.metadata_version SET change = change + 1", NULL);
	CacheInvalidateRelcacheByRelid(relid);
	CommandCounterIncrement();
	noted_lxid = gqle_my_lxid();
	noted_subid = GetCurrentSubTransactionId();
}

static uint64 n_bumps = 0;

int64
gqle_metadata_bump(void)
{
	GqleRows   *rows;
	Oid			relid = gqle_metadata_version_relid();

	Ensure(OidIsValid(relid), "gqle.metadata_version does not exist");
	rows = gqle_spi_execute("UPDATE gqle.metadata_version "
							"SET resource_version = resource_version + 1, "
							"change = change + 1 RETURNING resource_version", NULL);
	Ensure(rows->n == 1, "gqle.metadata_version does not hold one row");
	CacheInvalidateRelcacheByRelid(relid);
	CommandCounterIncrement();
	n_bumps++;
	return gqle_rows_int8(rows, 0, 0);
}

uint64
gqle_metadata_n_bumps(void)
{
	return n_bumps;
}

int64
gqle_metadata_resource_version(bool lock)
{
	GqleRows   *rows;

	if (lock)
		rows = gqle_spi_execute("SELECT resource_version FROM gqle.metadata_version FOR UPDATE",
								NULL);
	else
		rows = gqle_spi_query("SELECT resource_version FROM gqle.metadata_version", NULL);
	Ensure(rows->n == 1, "gqle.metadata_version does not hold one row");
	return gqle_rows_int8(rows, 0, 0);
}

/* The row is replaced, not removed: what belongs to it stays. */
void
gqle_metadata_replace_initial(Oid relid, const char *name)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;

	gqle_spi_add_text(&args, name);
	is_replacing = true;
	PG_TRY();
	{
		if (strcmp(get_rel_name(relid), GQLE_METADATA_VERSION_TABLE) == 0)
			gqle_spi_execute("DELETE FROM gqle.metadata_version WHERE is_initial", NULL);
		else
			gqle_spi_execute("DELETE FROM gqle.sources WHERE is_initial AND name = $1", &args);
	}
	PG_FINALLY();
	{
		is_replacing = false;
	}
	PG_END_TRY();
}

bool
gqle_metadata_is_replacing(void)
{
	return is_replacing;
}
