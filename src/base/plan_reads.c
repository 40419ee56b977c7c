/*
 * plan_reads.c
 *		What the answer of a kept plan depends on.
 *
 * Relations come from the rewritten query, in which views and row security are
 * seen through, and from the plan, which knows what inlined functions brought.
 * Tables that others inherit from stand for all their heirs: rows are counted
 * where they lie.
 *
 * A function makes a plan opaque unless it is immutable, or one of Postgres' own
 * that is only stable because of settings.  Those of the engine's inner schema are
 * looked through: they work on their arguments.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

#include "gqle/base/plan_reads.h"

#define ENGINE_SCHEMA	"gqle_internal"

/* Stable functions of Postgres that read a clock or the server's state. */
static const char *const stateful[] = {
	"age", "col_description", "current_database", "current_schema", "current_schemas",
	"currval", "format_type", "inet_client_addr", "inet_client_port", "inet_server_addr",
	"inet_server_port", "lastval", "now", "obj_description", "row_security_active",
	"shobj_description", "statement_timestamp", "transaction_timestamp", "version"
};

/* And families of them. */
static const char *const stateful_prefixes[] = {
	"cursor_to_xml", "database_to_xml", "has_", "pg_", "query_to_xml", "schema_to_xml",
	"table_to_xml", "to_reg", "ts_", "txid_"
};

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Is a stable function of Postgres one whose answer changes by itself? */
static bool
is_stateful(Oid function)
{
	char	   *name = get_func_name(function);

	if (name == NULL ||
		bsearch(&name, stateful, lengthof(stateful), sizeof(char *), compare_names) != NULL)
		return true;
	for (int i = 0; i < (int) lengthof(stateful_prefixes); i++)
		if (strncmp(name, stateful_prefixes[i], strlen(stateful_prefixes[i])) == 0)
			return true;
	return false;
}

/* Note what a function's answer depends on beside its arguments; true stops. */
static bool
note_function(Oid function, void *context)
{
	GqlePlanReads *reads = context;
	char		volatility = func_volatile(function);
	bool		is_own;

	if (volatility == PROVOLATILE_IMMUTABLE)
		return false;
	if (volatility == PROVOLATILE_VOLATILE)
		reads->is_volatile = reads->is_opaque = true;
	else if (function == F_CURRENT_SETTING_TEXT || function == F_CURRENT_SETTING_TEXT_BOOL)
		reads->asks_session = true;
	else if (function < FirstNormalObjectId)
		reads->is_opaque = reads->is_opaque || is_stateful(function);
	else
	{
		is_own = get_func_namespace(function) == get_namespace_oid(ENGINE_SCHEMA, true);
		reads->is_opaque = reads->is_opaque || !is_own;
		reads->asks_session = reads->asks_session || !is_own;
	}
	return reads->is_volatile;
}

/* Does a value read a clock? */
static bool
is_clock(const SQLValueFunction *value)
{
	return value->op <= SVFOP_LOCALTIMESTAMP_N;
}

/* Look at all expressions of a query; true stops. */
static bool
find_opaque(Node *node, GqlePlanReads *reads)
{
	if (node == NULL)
		return false;
	if (IsA(node, SQLValueFunction) && is_clock((SQLValueFunction *) node))
		reads->is_opaque = true;
	if (IsA(node, NextValueExpr) ||
		(IsA(node, RangeTblEntry) && ((RangeTblEntry *) node)->tablesample != NULL))
		reads->is_opaque = reads->is_volatile = true;
	if (reads->is_volatile || check_functions_in_node(node, note_function, reads))
		return true;
	if (IsA(node, RangeTblEntry))
		return false;			/* what is in it comes next */
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_opaque, reads,
								 QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, find_opaque, reads);
}

/* A relation that is read, and its heirs. */
static void
add_relation(GqlePlanReads *reads, Oid relid)
{
	char		kind = get_rel_relkind(relid);

	if (kind == RELKIND_VIEW)
		return;
	if (kind == RELKIND_PARTITIONED_TABLE ||
		(kind == RELKIND_RELATION && has_subclass(relid)))
		reads->relations =
			list_concat_unique_oid(reads->relations,
								   find_all_inheritors(relid, NoLock, NULL));
	else if (kind == RELKIND_RELATION)
		reads->relations = list_append_unique_oid(reads->relations, relid);
	else
		reads->is_opaque = true;	/* nobody counts the rows of other kinds */
}

static void
add_relations(GqlePlanReads *reads, const List *relids)
{
	ListCell   *lc;

	foreach(lc, relids)
		add_relation(reads, lfirst_oid(lc));
}

void
gqle_plan_reads(CachedPlanSource *source, GqlePlanReads *reads)
{
	ListCell   *lc;

	memset(reads, 0, sizeof(*reads));
	add_relations(reads, source->relationOids);
	foreach(lc, source->query_list)
	{
		Node	   *query = lfirst(lc);

		if (find_opaque(query, reads))
			break;
	}
	if (source->gplan != NULL)
	{
		foreach(lc, source->gplan->stmt_list)
			add_relations(reads, lfirst_node(PlannedStmt, lc)->relationOids);
	}
}
