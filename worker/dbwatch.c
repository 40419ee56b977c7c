/*
 * dbwatch.c
 *		Hooks of every backend that keep the workers out of the way.
 *
 * A worker connected to a database blocks DROP DATABASE, ALTER DATABASE RENAME
 * and SET TABLESPACE, and CREATE DATABASE with it as the template, as any
 * session does.  Nobody started our workers by hand, so nobody should have to
 * end them by hand: before such a command its backend pauses the database (the
 * workers leave, the launcher starts none) and resumes it when the transaction
 * is over, whatever came of it.  Only who may do the command can do that.
 *
 * Creating or dropping the extension, by whatever means, is seen through the
 * object access hook; at commit the launcher is asked to look again.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "gqle/base/shmem.h"
#include "gqle/base/xactcb.h"
#include "gqle/worker/dbwatch.h"
#include "gqle/worker/registry.h"

#define LEAVE_MS 5000			/* as long as DROP DATABASE itself would wait */

static ProcessUtility_hook_type prev_utility_hook = NULL;
static object_access_hook_type prev_access_hook = NULL;

static void watch_utility(PlannedStmt *pstmt, const char *query_string,
						  bool read_only_tree, ProcessUtilityContext context,
						  ParamListInfo params, QueryEnvironment *query_env,
						  DestReceiver *dest, QueryCompletion *qc);
static void watch_access(ObjectAccessType access, Oid class_oid, Oid object_oid,
						 int sub_id, void *arg);
static const char *needed_database(Node *statement);
static void clear_database(Oid dboid);

void
gqle_dbwatch_init(void)
{
	prev_utility_hook = ProcessUtility_hook;
	ProcessUtility_hook = watch_utility;
	prev_access_hook = object_access_hook;
	object_access_hook = watch_access;
}

static void
watch_utility(PlannedStmt *pstmt, const char *query_string,
			  bool read_only_tree, ProcessUtilityContext context,
			  ParamListInfo params, QueryEnvironment *query_env,
			  DestReceiver *dest, QueryCompletion *qc)
{
	const char *name = needed_database(pstmt->utilityStmt);

	if (name != NULL && gqle_shmem_is_ready())
	{
		Oid			dboid = get_database_oid(name, true);

		if (OidIsValid(dboid) && dboid != MyDatabaseId &&
			gqle_database_ownercheck(dboid, GetUserId()))
			clear_database(dboid);
	}

	if (prev_utility_hook)
		prev_utility_hook(pstmt, query_string, read_only_tree, context, params,
						  query_env, dest, qc);
	else
		standard_ProcessUtility(pstmt, query_string, read_only_tree, context,
								params, query_env, dest, qc);
}

/* Name of the database that a statement needs for itself, or NULL. */
static const char *
needed_database(Node *statement)
{
	ListCell   *lc;

	switch (nodeTag(statement))
	{
		case T_DropdbStmt:
			return ((DropdbStmt *) statement)->dbname;
		case T_RenameStmt:
			if (((RenameStmt *) statement)->renameType == OBJECT_DATABASE)
				return ((RenameStmt *) statement)->subname;
			return NULL;
		case T_AlterDatabaseStmt:
			foreach(lc, ((AlterDatabaseStmt *) statement)->options)
			{
				if (strcmp(((DefElem *) lfirst(lc))->defname, "tablespace") == 0)
					return ((AlterDatabaseStmt *) statement)->dbname;
			}
			return NULL;
		case T_CreatedbStmt:
			foreach(lc, ((CreatedbStmt *) statement)->options)
			{
				DefElem    *option = lfirst(lc);

				if (strcmp(option->defname, "template") == 0 &&
					option->arg != NULL)
					return defGetString(option);
			}
			return NULL;
		default:
			return NULL;
	}
}

static void
resume_database(bool committed, void *arg)
{
	gqle_registry_resume(*(Oid *) arg);
}

/*
 * Pause a database and wait until our workers have left it.  If one doesn't in
 * time, the statement itself will say that the database is being accessed.
 */
static void
clear_database(Oid dboid)
{
	Oid		   *arg = MemoryContextAlloc(TopTransactionContext, sizeof(Oid));

	if (!gqle_registry_pause(dboid))
		return;
	*arg = dboid;
	gqle_xactcb_at_end(resume_database, arg);

	for (int waited = 0; waited < LEAVE_MS; waited += 10)
	{
		if (gqle_registry_count_connected(dboid) == 0)
			break;
		CHECK_FOR_INTERRUPTS();
		(void) WaitLatch(MyLatch,
						 WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 10,
						 WaitEventExtensionNew("GqleClearDatabase"));
		ResetLatch(MyLatch);
	}
}

static void
report_extension(bool committed, void *arg)
{
	if (committed)
		gqle_registry_request_probe(MyDatabaseId);
}

/* Is it gqle?  One that is being created is visible to SnapshotSelf only. */
static bool
is_our_extension(Oid extension)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		is_ours = false;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan = systable_beginscan(rel, ExtensionOidIndexId, true, SnapshotSelf, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		is_ours = strcmp(NameStr(((Form_pg_extension) GETSTRUCT(tuple))->extname),
						 "gqle") == 0;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return is_ours;
}

static void
watch_access(ObjectAccessType access, Oid class_oid, Oid object_oid, int sub_id,
			 void *arg)
{
	if (prev_access_hook)
		prev_access_hook(access, class_oid, object_oid, sub_id, arg);

	if (class_oid == ExtensionRelationId && gqle_shmem_is_ready() &&
		(access == OAT_POST_CREATE || access == OAT_POST_ALTER ||
		 access == OAT_DROP) &&
		is_our_extension(object_oid))
		gqle_xactcb_at_end(report_extension, NULL);
}
