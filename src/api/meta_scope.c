/*
 * meta_scope.c
 *		What may depend on a few tables: see meta_scope.h.
 *
 * A permission of another table can name a column of the core only behind the name
 * of a relationship or computed field that leads into the core, or behind the
 * core's own name in an _exists.  So the texts of permissions are searched for
 * these names, in double quotes; nothing is parsed.
 */
#include "postgres.h"

#include "gqle/api/meta_scope.h"
#include "gqle/base/strhash.h"

/* With more tables in the core, or more names to search for, look at everything. */
#define MAX_CORE 40
#define MAX_NAMES 200

/* With more names than this one search for all of them is faster. */
#define FEW_NAMES 2

/* key_of returns a text that stands for a table of the source. */
static const char *
key_of(const GqleMetaName *table)
{
	return psprintf("%s\n%s", table->schema, table->name);
}

/* is_plain tells whether JSON has but one spelling of a name. */
static bool
is_plain(const char *name)
{
	return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
		strlen(name);
}

void
gqle_meta_scope_add(GqleMetaScope *scope, const GqleMetaName *table)
{
	GqleMetaName *copy;
	const char *key = key_of(table);

	if (gqle_strhash_lookup(scope->in_tables, key) != NULL)
		return;
	copy = palloc(sizeof(GqleMetaName));
	copy->source = scope->source;
	copy->schema = pstrdup(table->schema);
	copy->name = pstrdup(table->name);
	scope->tables = lappend(scope->tables, copy);
	gqle_strhash_add(scope->in_tables, key, copy);
}

bool
gqle_meta_scope_has_core(const GqleMetaScope *scope, const GqleMetaName *table)
{
	return gqle_strhash_lookup(scope->in_core, key_of(table)) != NULL;
}

bool
gqle_meta_scope_has_table(const GqleMetaScope *scope, const GqleMetaName *table)
{
	return gqle_strhash_lookup(scope->in_tables, key_of(table)) != NULL;
}

/* add_core_args adds the source and two arrays: schemas and names of the core. */
static void
add_core_args(const GqleMetaScope *scope, GqleSpiArgs *args)
{
	int			n = list_length(scope->core);
	const char **schemas = palloc(sizeof(char *) * (n + 1));
	const char **names = palloc(sizeof(char *) * (n + 1));
	ListCell   *cell;
	int			i = 0;

	foreach(cell, scope->core)
	{
		const GqleMetaName *table = lfirst(cell);

		schemas[i] = table->schema;
		names[i++] = table->name;
	}
	gqle_spi_add_text(args, scope->source);
	gqle_spi_add_text_array(args, schemas, n);
	gqle_spi_add_text_array(args, names, n);
}

/*
 * add_found adds the tables of a statement's rows to the scope, and the names in
 * the third column, if not null, to *names.
 */
static void
add_found(GqleMetaScope *scope, GqleSpiStatement *statement, GqleStrHash *names)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;
	int			i;

	add_core_args(scope, &args);
	rows = gqle_spi_query_kept(statement, &args);
	for (i = 0; i < rows->n; i++)
	{
		GqleMetaName table = {scope->source, gqle_rows_text(rows, i, 0),
		gqle_rows_text(rows, i, 1)};
		char	   *name = gqle_rows_text(rows, i, 2);

		gqle_meta_scope_add(scope, &table);
		if (name != NULL)
			gqle_strhash_set(names, name, name);
	}
}

/* Tables with foreign keys to the core, and their relationships made of keys. */
static GqleSpiStatement key_holders = {
	"SELECT DISTINCT t.schema_name, t.table_name, r.name "
	"FROM unnest($2, $3) AS core (s, n) "
	"JOIN pg_namespace AS cn ON cn.nspname = core.s::name "
	"JOIN pg_class AS c ON c.relnamespace = cn.oid AND c.relname = core.n::name "
	"JOIN pg_constraint AS k ON k.confrelid = c.oid AND k.contype = 'f' "
	"JOIN pg_class AS h ON h.oid = k.conrelid "
	"JOIN pg_namespace AS hn ON hn.oid = h.relnamespace "
	"JOIN gqle.tables AS t ON t.source = $1 AND t.schema_name = hn.nspname::text "
	"AND t.table_name = h.relname::text "
	"LEFT JOIN gqle.relationships AS r ON r.source = t.source "
	"AND r.schema_name = t.schema_name AND r.table_name = t.table_name "
	"AND json_typeof(r.using_definition->'foreign_key_constraint_on') IN ('string', 'array')",
	NULL
};

/* Relationships whose definitions have the name of a table of the core. */
static GqleSpiStatement mentioning = {
	"SELECT r.schema_name, r.table_name, r.name FROM gqle.relationships AS r, "
	"(SELECT array_agg(DISTINCT '\"' || n || '\"') AS quoted FROM unnest($2, $3) AS core (s, n)) AS q "
	"WHERE r.source = $1 AND EXISTS (SELECT FROM unnest(q.quoted) AS word "
	"WHERE position(word IN r.using_definition::text) > 0)", NULL
};

/* Relationships to other sources that may be this one. */
static GqleSpiStatement mentioning_remotely = {
	"SELECT r.schema_name, r.table_name, NULL FROM gqle.remote_relationships AS r, "
	"(SELECT array_agg(DISTINCT '\"' || n || '\"') AS quoted FROM unnest($2, $3) AS core (s, n)) AS q "
	"WHERE r.source = $1 AND EXISTS (SELECT FROM unnest(q.quoted) AS word "
	"WHERE position(word IN r.definition::text) > 0)", NULL
};

/* Computed fields whose functions return rows of the core. */
static GqleSpiStatement returning = {
	"SELECT f.schema_name, f.table_name, f.name FROM gqle.computed_fields AS f "
	"WHERE f.source = $1 AND COALESCE(f.definition->'function'->>'name', f.definition->>'function') IN "
	"(SELECT p.proname::text FROM unnest($2, $3) AS core (s, n) "
	"JOIN pg_namespace AS cn ON cn.nspname = core.s::name "
	"JOIN pg_class AS c ON c.relnamespace = cn.oid AND c.relname = core.n::name "
	"JOIN pg_proc AS p ON p.prorettype = c.reltype)", NULL
};

typedef struct NameList
{
	const char **names;
	int			n;
	bool		all_plain;
} NameList;

static void
collect_name(const char *key, void *value, void *arg)
{
	NameList   *list = arg;

	list->all_plain = list->all_plain && is_plain(key);
	list->names[list->n++] = key;
}

/* append_search appends a condition on texts that have one of the names. */
static void
append_search(StringInfo sql, GqleSpiArgs *args, const NameList *list)
{
	StringInfoData pattern;
	int			i;

	if (list->n <= FEW_NAMES)
	{
		for (i = 0; i < list->n; i++)
		{
			gqle_spi_add_text(args, psprintf("\"%s\"", list->names[i]));
			appendStringInfo(sql, "%sposition($%d IN p.definition::text) > 0",
							 i > 0 ? " OR " : "", args->n);
		}
		return;
	}
	initStringInfo(&pattern);
	appendStringInfoString(&pattern, "\"(");
	for (i = 0; i < list->n; i++)
		appendStringInfo(&pattern, "%s%s", i > 0 ? "|" : "", list->names[i]);
	appendStringInfoString(&pattern, ")\"");
	gqle_spi_add_text(args, pattern.data);
	appendStringInfo(sql, "p.definition::text ~ $%d", args->n);
}

/*
 * load_permissions finds the permissions of the core and those whose texts have one
 * of the names, and adds their tables; false if a name is not plain, or if there are
 * too many.
 */
static bool
load_permissions(GqleMetaScope *scope, GqleStrHash *names)
{
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	NameList	list = {NULL, 0, true};
	StringInfoData sql;
	int			i;

	list.names = palloc(sizeof(char *) * (gqle_strhash_size(names) + 1));
	gqle_strhash_visit(names, collect_name, &list);
	if (!list.all_plain || list.n > MAX_NAMES)
		return false;
	add_core_args(scope, &args);
	initStringInfo(&sql);
	appendStringInfoString(&sql,
						   "SELECT p.source, p.schema_name, p.table_name, p.role, p.operation, p.definition "
						   "FROM gqle.permissions AS p JOIN unnest($2, $3) AS core (s, n) "
						   "ON p.schema_name = core.s AND p.table_name = core.n WHERE p.source = $1 "
						   "UNION ALL "
						   "SELECT p.source, p.schema_name, p.table_name, p.role, p.operation, p.definition "
						   "FROM gqle.permissions AS p WHERE p.source = $1 AND (");
	append_search(&sql, &args, &list);
	appendStringInfoString(&sql, ") AND NOT EXISTS (SELECT FROM unnest($2, $3) AS core (s, n) "
						   "WHERE p.schema_name = core.s AND p.table_name = core.n)");
	scope->permissions = gqle_spi_query(sql.data, &args);
	for (i = 0; i < scope->permissions->n; i++)
	{
		GqleMetaName table = {scope->source, gqle_rows_text(scope->permissions, i, 1),
		gqle_rows_text(scope->permissions, i, 2)};

		gqle_meta_scope_add(scope, &table);
	}
	return true;
}

GqleMetaScope *
gqle_meta_scope_make(const List *core)
{
	GqleMetaScope *scope = palloc0(sizeof(GqleMetaScope));
	GqleStrHash *names = gqle_strhash_make(CurrentMemoryContext, 64);
	const ListCell *cell;

	if (list_length(core) > MAX_CORE)
		return NULL;
	scope->source = gqle_meta_local_source();
	scope->in_core = gqle_strhash_make(CurrentMemoryContext, 8);
	scope->in_tables = gqle_strhash_make(CurrentMemoryContext, 64);
	foreach(cell, core)
	{
		const GqleMetaName *table = lfirst(cell);

		if (strcmp(table->source, scope->source) != 0)
			return NULL;
		gqle_meta_scope_add(scope, table);
		gqle_strhash_set(names, table->name, unconstify(char *, table->name));
	}
	scope->core = list_copy(scope->tables);
	foreach(cell, scope->core)
		gqle_strhash_add(scope->in_core, key_of(lfirst(cell)), lfirst(cell));
	if (scope->core == NIL)
	{
		scope->permissions = palloc0(sizeof(GqleRows));
		return scope;
	}
	add_found(scope, &key_holders, names);
	add_found(scope, &mentioning, names);
	add_found(scope, &mentioning_remotely, names);
	add_found(scope, &returning, names);
	return load_permissions(scope, names) ? scope : NULL;
}

GqleMetaScope *
gqle_meta_scope_of_call(const GqleMetaCall *call)
{
	const GqleJson *tables = gqle_json_lookup(call->args, "tables");
	GqleMetaName table;
	List	   *core = NIL;
	int			i;

	if (tables == NULL)
	{
		table = gqle_meta_name(call->args, "table");
		return gqle_meta_scope_make(list_make1(&table));
	}
	for (i = 0; i < tables->n; i++)
	{
		GqleMetaName *listed = palloc(sizeof(GqleMetaName));

		*listed = gqle_meta_name(tables->items[i], "table");
		core = lappend(core, listed);
	}
	return gqle_meta_scope_make(core);
}
