/*
 * version.c
 *		The version of the extension's objects in this database.
 *
 * The library and the SQL objects change together but not at one time: a new
 * package brings the library, ALTER EXTENSION the objects.  In between, nothing
 * is done that would meet tables of another version.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "gqle/catalog/version.h"
#include "gqle/errcodes.h"

char *
gqle_version_installed(void)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	char	   *version = NULL;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("gqle"));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		is_null;
		Datum		value = heap_getattr(tuple, Anum_pg_extension_extversion,
										 RelationGetDescr(rel), &is_null);

		if (!is_null)
			version = TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return version;
}

void
gqle_version_require(void)
{
	char	   *version = gqle_version_installed();

	/* without the extension other errors come, or its script is running */
	if (version != NULL && strcmp(version, GQLE_VERSION) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_GQLE_OTHER_VERSION),
				 errmsg("extension \"gqle\" is of version %s in this database, and the library of version %s",
						version, GQLE_VERSION),
				 errhint("Run ALTER EXTENSION gqle UPDATE, or restart the server if its library is the older one.")));
}
