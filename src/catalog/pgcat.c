/*
 * pgcat.c
 *		Raw facts about relations and functions.
 *
 * Relations are read through the relation cache under AccessShareLock, which
 * the statements that use them need anyway; the lock is given back at once, so
 * that DDL isn't kept waiting by whoever holds a catalog.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_description.h"
#include "catalog/pg_index.h"
#include "catalog/pg_proc.h"
#include "commands/comment.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "nodes/nodes.h"
#include "rewrite/rewriteHandler.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "gqle/catalog/pgcat.h"

/* ------------------------------------------------------------------------
 * Relations
 * ------------------------------------------------------------------------ */

bool
gqle_pgcat_is_trackable(char relkind)
{
	return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE ||
		relkind == RELKIND_VIEW || relkind == RELKIND_MATVIEW ||
		relkind == RELKIND_FOREIGN_TABLE;
}

Oid
gqle_pgcat_lookup_relid(const char *schema, const char *name)
{
	Oid			namespace_oid;
	Oid			relid;

	/* catalog lookups would cut off what no identifier can have */
	if (strlen(schema) >= NAMEDATALEN || strlen(name) >= NAMEDATALEN)
		return InvalidOid;
	namespace_oid = get_namespace_oid(schema, true);
	if (!OidIsValid(namespace_oid))
		return InvalidOid;
	relid = get_relname_relid(name, namespace_oid);
	if (!OidIsValid(relid) || !gqle_pgcat_is_trackable(get_rel_relkind(relid)))
		return InvalidOid;
	return relid;
}

bool
gqle_pgcat_relation_name(Oid relid, char **schema, char **name)
{
	*name = get_rel_name(relid);
	if (*name == NULL)
		return false;
	*schema = get_namespace_name(get_rel_namespace(relid));
	return *schema != NULL;
}

static void
load_columns(GqleRelationFacts *facts, TupleDesc desc)
{
	facts->columns = palloc0(sizeof(GqleColumnFact) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		GqleColumnFact *column = &facts->columns[facts->n_columns];

		if (attribute->attisdropped)
			continue;
		column->attnum = attribute->attnum;
		column->name = pstrdup(NameStr(attribute->attname));
		column->type_oid = attribute->atttypid;
		column->not_null = attribute->attnotnull;
		column->identity = attribute->attidentity;
		column->is_generated = attribute->attgenerated != '\0';
		column->has_default = attribute->atthasdef || attribute->attidentity != '\0';
		facts->n_columns++;
	}
}

const GqleColumnFact *
gqle_pgcat_lookup_column(const GqleRelationFacts *facts, AttrNumber attnum)
{
	for (int i = 0; i < facts->n_columns; i++)
	{
		if (facts->columns[i].attnum == attnum)
			return &facts->columns[i];
	}
	return NULL;
}

/* Comments of the relation and its columns, in one scan. */
static void
load_comments(GqleRelationFacts *facts)
{
	Relation	description = table_open(DescriptionRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_description_objoid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(facts->relid));
	ScanKeyInit(&keys[1], Anum_pg_description_classoid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
	scan = systable_beginscan(description, DescriptionObjIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		int			subid = ((Form_pg_description) GETSTRUCT(tuple))->objsubid;
		bool		is_null;
		Datum		value = heap_getattr(tuple, Anum_pg_description_description,
										RelationGetDescr(description), &is_null);

		if (is_null)
			continue;
		if (subid == 0)
			facts->comment = TextDatumGetCString(value);
		for (int i = 0; subid > 0 && i < facts->n_columns; i++)
		{
			if (facts->columns[i].attnum == subid)
				facts->columns[i].comment = TextDatumGetCString(value);
		}
	}
	systable_endscan(scan);
	table_close(description, AccessShareLock);
}

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(((const GqleKeyFact *) a)->name, ((const GqleKeyFact *) b)->name);
}

static int
compare_attnums(const void *a, const void *b)
{
	return (int) *(const AttrNumber *) a - (int) *(const AttrNumber *) b;
}

/*
 * Fill in one index; returns false if it is no usable unique index.  compat: the
 * columns of a key are in the order of the table's columns, not of the index:
 * node ids and cursors show it.
 */
static bool
load_key(GqleKeyFact *key, Oid index_oid)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index_oid));
	Form_pg_index index;
	bool		usable;

	if (!HeapTupleIsValid(tuple))
		return false;
	index = (Form_pg_index) GETSTRUCT(tuple);
	usable = index->indisunique && index->indisvalid;
	if (usable)
	{
		memset(key, 0, sizeof(*key));
		key->is_primary = index->indisprimary;
		key->is_plain = heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
			heap_attisnull(tuple, Anum_pg_index_indexprs, NULL);
		key->attnums = palloc(sizeof(AttrNumber) * index->indnkeyatts);
		for (int i = 0; i < index->indnkeyatts; i++)
		{
			if (index->indkey.values[i] > 0)
				key->attnums[key->n_columns++] = index->indkey.values[i];
		}
		qsort(key->attnums, key->n_columns, sizeof(AttrNumber), compare_attnums);
	}
	ReleaseSysCache(tuple);
	if (!usable)
		return false;
	key->name = get_rel_name(index_oid);
	key->is_constraint = OidIsValid(get_index_constraint(index_oid));
	return key->name != NULL;
}

static void
load_keys(GqleRelationFacts *facts, Relation relation)
{
	List	   *indexes = RelationGetIndexList(relation);
	ListCell   *cell;

	facts->keys = palloc0(sizeof(GqleKeyFact) * Max(list_length(indexes), 1));
	foreach(cell, indexes)
	{
		if (load_key(&facts->keys[facts->n_keys], lfirst_oid(cell)))
			facts->n_keys++;
	}
	list_free(indexes);
	qsort(facts->keys, facts->n_keys, sizeof(GqleKeyFact), compare_keys);
}

static int
compare_foreign_keys(const void *a, const void *b)
{
	return strcmp(((const GqleForeignKeyFact *) a)->name,
				  ((const GqleForeignKeyFact *) b)->name);
}

/*
 * A foreign key to a partitioned table has further rows of its own table, one
 * for each partition: not keys of their own.
 */
static bool
is_partition_action(Oid constraint_oid, Oid relid)
{
	Oid			parent = InvalidOid;
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint_oid));
	bool		result = false;

	if (!HeapTupleIsValid(tuple))
		return true;
	parent = ((Form_pg_constraint) GETSTRUCT(tuple))->conparentid;
	ReleaseSysCache(tuple);
	if (!OidIsValid(parent))
		return false;
	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(parent));
	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_constraint) GETSTRUCT(tuple))->conrelid == relid;
		ReleaseSysCache(tuple);
	}
	return result;
}

static void
load_foreign_keys(GqleRelationFacts *facts, Relation relation)
{
	List	   *keys = RelationGetFKeyList(relation);
	ListCell   *cell;

	facts->foreign_keys = palloc0(sizeof(GqleForeignKeyFact) * Max(list_length(keys), 1));
	foreach(cell, keys)
	{
		ForeignKeyCacheInfo *info = lfirst_node(ForeignKeyCacheInfo, cell);
		GqleForeignKeyFact *key = &facts->foreign_keys[facts->n_foreign_keys];
		bool		complete = true;

		if (is_partition_action(info->conoid, facts->relid))
			continue;
		key->name = get_constraint_name(info->conoid);
		key->foreign_relid = info->confrelid;
		key->n_columns = info->nkeys;
		key->attnums = palloc(sizeof(AttrNumber) * info->nkeys);
		key->foreign_columns = palloc(sizeof(char *) * info->nkeys);
		for (int i = 0; i < info->nkeys; i++)
		{
			key->attnums[i] = info->conkey[i];
			key->foreign_columns[i] = get_attname(info->confrelid, info->confkey[i], true);
			complete = complete && key->foreign_columns[i] != NULL;
		}
		if (complete && key->name != NULL)
			facts->n_foreign_keys++;
	}
	qsort(facts->foreign_keys, facts->n_foreign_keys, sizeof(GqleForeignKeyFact),
		  compare_foreign_keys);
}

/* Hash over everything but comments and estimates. */
static uint64
make_fingerprint(const GqleRelationFacts *facts)
{
	StringInfoData text;
	uint64		hash;

	initStringInfo(&text);
	appendStringInfo(&text, "%c%d;", facts->relkind, facts->updatable);
	for (int i = 0; i < facts->n_columns; i++)
	{
		const GqleColumnFact *c = &facts->columns[i];

		appendStringInfo(&text, "%d:%s:%u:%d%d%d%d;", c->attnum, c->name, c->type_oid,
						 c->not_null, c->has_default, c->identity, c->is_generated);
	}
	for (int i = 0; i < facts->n_keys; i++)
	{
		const GqleKeyFact *k = &facts->keys[i];

		appendStringInfo(&text, "k%s:%d%d%d", k->name, k->is_primary, k->is_constraint,
						 k->is_plain);
		for (int j = 0; j < k->n_columns; j++)
			appendStringInfo(&text, ",%d", k->attnums[j]);
	}
	for (int i = 0; i < facts->n_foreign_keys; i++)
	{
		const GqleForeignKeyFact *f = &facts->foreign_keys[i];

		appendStringInfo(&text, "f%s:%u", f->name, f->foreign_relid);
		for (int j = 0; j < f->n_columns; j++)
			appendStringInfo(&text, ",%d=%s", f->attnums[j], f->foreign_columns[j]);
	}
	hash = DatumGetUInt64(hash_any_extended((unsigned char *) text.data, text.len, 0));
	pfree(text.data);
	return hash;
}

GqleRelationFacts *
gqle_pgcat_load_relation(Oid relid)
{
	Relation	relation = try_relation_open(relid, AccessShareLock);
	GqleRelationFacts *facts;

	if (relation == NULL)
		return NULL;
	if (!gqle_pgcat_is_trackable(relation->rd_rel->relkind))
	{
		relation_close(relation, AccessShareLock);
		return NULL;
	}
	facts = palloc0(sizeof(GqleRelationFacts));
	facts->relid = relid;
	facts->relkind = relation->rd_rel->relkind;
	facts->row_estimate = relation->rd_rel->reltuples;
	load_columns(facts, RelationGetDescr(relation));
	load_comments(facts);
	load_keys(facts, relation);
	load_foreign_keys(facts, relation);

	/* compat: tables of any kind are taken to be writable */
	facts->updatable = (1 << CMD_UPDATE) | (1 << CMD_INSERT) | (1 << CMD_DELETE);
	if (facts->relkind == RELKIND_VIEW || facts->relkind == RELKIND_MATVIEW)
		facts->updatable = relation_is_updatable(relid, NIL, true, NULL);
	facts->fingerprint = make_fingerprint(facts);
	relation_close(relation, AccessShareLock);
	return facts;
}

/* ------------------------------------------------------------------------
 * Functions
 * ------------------------------------------------------------------------ */

static bool
is_input_mode(char mode)
{
	return mode == FUNC_PARAM_IN || mode == FUNC_PARAM_INOUT ||
		mode == FUNC_PARAM_VARIADIC;
}

static GqleFunctionFacts *
make_function_facts(HeapTuple tuple)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	GqleFunctionFacts *facts = palloc0(sizeof(GqleFunctionFacts));
	Oid		   *types;
	char	  **names;
	char	   *modes;
	int			n = get_func_arg_info(tuple, &types, &names, &modes);

	facts->function_oid = proc->oid;
	facts->volatility = proc->provolatile;
	facts->returns_set = proc->proretset;
	facts->is_variadic = OidIsValid(proc->provariadic);
	facts->result_type = proc->prorettype;
	facts->comment = GetComment(proc->oid, ProcedureRelationId, 0);
	facts->arguments = palloc0(sizeof(GqleArgumentFact) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		GqleArgumentFact *argument = &facts->arguments[facts->n_arguments];

		if (modes != NULL && !is_input_mode(modes[i]))
			continue;
		argument->type_oid = types[i];
		argument->name = names != NULL && names[i][0] != '\0' ? names[i] : NULL;
		argument->has_default = facts->n_arguments >= proc->pronargs - proc->pronargdefaults;
		facts->n_arguments++;
	}
	return facts;
}

int
gqle_pgcat_load_function(const char *schema, const char *name, GqleFunctionFacts **facts)
{
	Oid			namespace_oid;
	CatCList   *candidates;
	HeapTuple	only = NULL;
	int			n_found = 0;

	*facts = NULL;
	if (strlen(schema) >= NAMEDATALEN || strlen(name) >= NAMEDATALEN)
		return 0;
	namespace_oid = get_namespace_oid(schema, true);
	if (!OidIsValid(namespace_oid))
		return 0;
	candidates = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	for (int i = 0; i < candidates->n_members; i++)
	{
		HeapTuple	tuple = &candidates->members[i]->tuple;
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);

		if (proc->pronamespace != namespace_oid ||
			(proc->prokind != PROKIND_FUNCTION && proc->prokind != PROKIND_WINDOW))
			continue;
		only = tuple;
		n_found++;
	}
	if (n_found == 1)
		*facts = make_function_facts(only);
	ReleaseSysCacheList(candidates);
	return n_found;
}

uint64
gqle_pgcat_function_fingerprint(int n_found, const GqleFunctionFacts *facts)
{
	StringInfoData text;
	uint64		hash;

	initStringInfo(&text);
	appendStringInfo(&text, "%d", n_found);
	if (facts != NULL)
	{
		appendStringInfo(&text, ":%u:%c:%d%d:%u", facts->function_oid, facts->volatility,
						 facts->returns_set, facts->is_variadic, facts->result_type);
		for (int i = 0; i < facts->n_arguments; i++)
			appendStringInfo(&text, ",%s:%u:%d",
							 facts->arguments[i].name ? facts->arguments[i].name : "",
							 facts->arguments[i].type_oid, facts->arguments[i].has_default);
	}
	hash = DatumGetUInt64(hash_any_extended((unsigned char *) text.data, text.len, 0));
	pfree(text.data);
	return hash;
}
