/*
 * table_load.c
 *		Filling a table of the catalog: columns, keys, enum values.
 *
 * What can make a whole table inconsistent (configured columns that don't exist,
 * columns mapped to one name, an unfit enum table) is checked for every table
 * when the catalog is made, and costs nothing for a table that has no
 * configuration.  The rest is read when the table is first touched.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/nodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "gqle/base/ident.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/cache.h"

GqleRelationFacts *
gqle_table_get_facts(GqleCatalog *catalog, GqleTableEntry *entry)
{
	MemoryContext old;

	if (entry->facts == NULL && OidIsValid(entry->table.relid))
	{
		old = MemoryContextSwitchTo(catalog->context);
		entry->facts = gqle_pgcat_load_relation(entry->table.relid);
		MemoryContextSwitchTo(old);
	}
	return entry->facts;
}

/* ------------------------------------------------------------------------
 * Configuration
 * ------------------------------------------------------------------------ */

const GqleJson *
gqle_table_column_config(const GqleJson *configuration, const char *column)
{
	const GqleJson *columns;

	if (gqle_json_is_null(configuration))
		return NULL;
	columns = gqle_json_lookup(configuration, "column_config");
	if (gqle_json_is_null(columns) || columns->kind != GQLE_JSON_OBJECT)
		return NULL;
	return gqle_json_lookup(columns, column);
}

/* compat: column_config wins over the older custom_column_names. */
static const char *
custom_column_name(const GqleJson *configuration, const char *column)
{
	const char *name = gqle_catalog_json_string(gqle_table_column_config(configuration, column),
												"custom_name");

	if (name == NULL && !gqle_json_is_null(configuration))
	{
		const GqleJson *names = gqle_json_lookup(configuration, "custom_column_names");

		name = gqle_catalog_json_string(names, column);
	}
	return name;
}

/*
 * A configured comment, three-valued.  compat: absent means the database's own
 * (fallback); null or empty means none.
 */
static const char *
configured_comment(const GqleJson *object, const char *fallback)
{
	const GqleJson *comment;

	if (gqle_json_is_null(object) || object->kind != GQLE_JSON_OBJECT)
		return fallback;
	comment = gqle_json_lookup(object, "comment");
	if (comment == NULL)
		return fallback;
	return comment->kind == GQLE_JSON_STRING && comment->text[0] != '\0' ? comment->text : NULL;
}

/* ------------------------------------------------------------------------
 * Checks of whole tables
 * ------------------------------------------------------------------------ */

static void
mark_broken(GqleCatalog *catalog, GqleTableEntry *entry, const char *reason)
{
	entry->state = GQLE_ENTRY_BROKEN;
	gqle_problem_add_table(catalog, entry, reason);
}

/*
 * Check the keys of one configuration object against the columns; false after
 * reporting the first that is none.
 */
static bool
check_configured_columns(GqleCatalog *catalog, GqleTableEntry *entry, const char *key)
{
	const GqleJson *columns = gqle_json_lookup(entry->configuration, key);

	if (gqle_json_is_null(columns) || columns->kind != GQLE_JSON_OBJECT)
		return true;
	for (int i = 0; i < columns->n; i++)
	{
		const char *name = columns->members[i].key;
		const char *custom = custom_column_name(entry->configuration, name);
		const char *other = NULL;

		if (get_attnum(entry->table.relid, name) <= 0)
		{
			mark_broken(catalog, entry,
						psprintf("configuration was given for the column \"%s\", but no such column exists",
								 name));
			return false;
		}
		if (custom == NULL)
			continue;
		for (int j = 0; j < i && other == NULL; j++)
		{
			const char *rival = custom_column_name(entry->configuration, columns->members[j].key);

			if (rival != NULL && strcmp(rival, custom) == 0 &&
				strcmp(columns->members[j].key, name) != 0)
				other = columns->members[j].key;
		}
		if (other == NULL && strcmp(custom, name) != 0 &&
			get_attnum(entry->table.relid, custom) > 0 &&
			custom_column_name(entry->configuration, custom) == NULL)
			other = custom;
		if (other != NULL)
		{
			bool		swap = strcmp(other, name) > 0;

			mark_broken(catalog, entry,
						psprintf("the definitions of columns \"%s\" and \"%s\" are in conflict: "
								 "they are mapped to the same field name, \"%s\"",
								 swap ? name : other, swap ? other : name, custom));
			return false;
		}
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Enum tables
 * ------------------------------------------------------------------------ */

/* NULL if the column is text, or a domain of text; else what is wrong with it. */
static char *
check_is_text(const GqleColumnFact *column, const char *what)
{
	const GqleScalar *scalar = gqle_scalar_get(column->type_oid);

	if (scalar->type_oid == TEXTOID)
		return NULL;
	return psprintf(
		"the table\xe2\x80\x99s %s (\"%s\") must have type \"text\", not type \"%s\"",
		what, column->name, scalar->mapped_name);
}

/* Reasons why the columns of a table don't make an enum; fills both columns. */
static List *
check_enum_columns(const GqleRelationFacts *facts, const GqleColumnFact **value,
				   const GqleColumnFact **comment)
{
	const GqleKeyFact *key = NULL;
	List	   *reasons = NIL;
	const char **names = palloc(sizeof(char *) * Max(facts->n_columns, 1));
	char *mismatch;
	int			n = 0;

	*value = *comment = NULL;
	for (int i = 0; i < facts->n_keys; i++)
	{
		if (facts->keys[i].is_primary)
			key = &facts->keys[i];
	}
	if (key == NULL)
		reasons = lappend(reasons, "the table must have a primary key");
	else if (key->n_columns != 1)
	{
		StringInfoData list;

		initStringInfo(&list);
		for (int i = 0; i < key->n_columns; i++)
			appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "",
							 gqle_pgcat_lookup_column(facts, key->attnums[i])->name);
		reasons = lappend(reasons,
						  psprintf("the table\xe2\x80\x99s primary key must not span multiple columns (%s)",
								   list.data));
	}
	else
	{
		*value = gqle_pgcat_lookup_column(facts, key->attnums[0]);
		mismatch = check_is_text(*value, "primary key");
		if (mismatch != NULL)
			reasons = lappend(reasons, mismatch);
	}
	if (facts->n_columns > 2)
	{
		StringInfoData list;

		for (int i = 0; i < facts->n_columns; i++)
			names[n++] = facts->columns[i].name;
		qsort(names, n, sizeof(char *), pg_qsort_strcmp);
		initStringInfo(&list);
		for (int i = 0; i < n; i++)
			appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", names[i]);
		reasons = lappend(reasons,
						  psprintf("the table must have exactly one primary key and optionally one comment column, not %d columns (%s)",
								   n, list.data));
	}
	else if (*value != NULL)
	{
		for (int i = 0; i < facts->n_columns; i++)
		{
			if (&facts->columns[i] != *value)
				*comment = &facts->columns[i];
		}
		mismatch = *comment != NULL ? check_is_text(*comment, "comment column")
									: NULL;
		if (mismatch != NULL)
			reasons = lappend(reasons, mismatch);
	}
	return reasons;
}

static bool
is_enum_value(const char *value)
{
	return gqle_ident_is_name(value) && strcmp(value, "true") != 0 &&
		strcmp(value, "false") != 0 && strcmp(value, "null") != 0;
}

/* Read the values; returns reasons why they are unfit. */
static List *
load_enum_rows(GqleTableEntry *entry, const GqleColumnFact *value,
			   const GqleColumnFact *comment)
{
	GqleTable  *table = &entry->table;
	StringInfoData sql;
	GqleRows   *rows;
	const char **bad;
	int			n_bad = 0;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s, ", quote_identifier(value->name));
	appendStringInfoString(&sql, comment ? quote_identifier(comment->name) : "NULL::text");
	appendStringInfo(&sql, " FROM %s", quote_qualified_identifier(table->schema, table->name));
	appendStringInfo(&sql, " ORDER BY %s COLLATE \"C\"", quote_identifier(value->name));
	rows = gqle_spi_query(sql.data, NULL);

	if (rows->n == 0)
		return list_make1("the table must have at least one row");
	table->enum_rows = palloc0(sizeof(GqleEnumRow) * rows->n);
	bad = palloc(sizeof(char *) * rows->n);
	for (int i = 0; i < rows->n; i++)
	{
		GqleEnumRow *row = &table->enum_rows[i];

		row->value = gqle_rows_text(rows, i, 0);
		row->description = gqle_rows_text(rows, i, 1);
		if (!is_enum_value(row->value))
			bad[n_bad++] = row->value;
	}
	table->n_enum_rows = rows->n;
	if (n_bad == 0)
		return NIL;
	return list_make1(psprintf(n_bad == 1 ? "the value %s is not a valid GraphQL enum value name" :
							   "the values %s are not valid GraphQL enum value names",
							   gqle_catalog_english_list(bad, n_bad)));
}

static void
check_enum(GqleCatalog *catalog, GqleTableEntry *entry)
{
	GqleRelationFacts *facts = gqle_table_get_facts(catalog, entry);
	const GqleColumnFact *value;
	const GqleColumnFact *comment;
	List	   *reasons;

	if (facts == NULL)
		return;
	reasons = check_enum_columns(facts, &value, &comment);
	if (reasons == NIL)
		reasons = load_enum_rows(entry, value, comment);
	if (reasons != NIL)
		mark_broken(catalog, entry,
					gqle_catalog_join_reasons(psprintf("the table \"%s\" cannot be used as an enum",
													   entry->table.display), reasons));
}

/* The catalog's context is current. */
void
gqle_table_check_entry(GqleCatalog *catalog, GqleTableEntry *entry)
{
	const GqleTable *table = &entry->table;

	if (entry->state == GQLE_ENTRY_MISSING)
	{
		/* a source that is elsewhere is inconsistent as a whole */
		if (entry->source->is_local)
			gqle_problem_add_table(catalog, entry,
								   psprintf("no such table/view exists in source: \"%s\"",
											table->display));
		return;
	}
	if (entry->configuration != NULL && entry->configuration->kind == GQLE_JSON_OBJECT &&
		(!check_configured_columns(catalog, entry, "column_config") ||
		 !check_configured_columns(catalog, entry, "custom_column_names")))
		return;
	if (table->is_enum)
		check_enum(catalog, entry);
}

/* ------------------------------------------------------------------------
 * Columns and keys
 * ------------------------------------------------------------------------ */

/*
 * Columns without a valid GraphQL name are left out, and those of types without
 * one.  compat: a type's bad name makes Hasura refuse the whole schema.
 */
static void
load_columns(GqleTableEntry *entry, const GqleRelationFacts *facts)
{
	GqleTable  *table = &entry->table;
	bool		is_view = facts->relkind == RELKIND_VIEW || facts->relkind == RELKIND_MATVIEW;

	table->columns = palloc(sizeof(GqleColumn *) * Max(facts->n_columns, 1));
	for (int i = 0; i < facts->n_columns; i++)
	{
		const GqleColumnFact *fact = &facts->columns[i];
		const char *custom = custom_column_name(entry->configuration, fact->name);
		const char *graphql_name = gqle_tablenames_column(fact->name, custom,
														  table->customization);
		const GqleScalar *scalar = gqle_scalar_get(fact->type_oid);
		GqleColumn *column;

		if (graphql_name == NULL || !gqle_ident_is_name(scalar->name))
			continue;
		column = palloc0(sizeof(GqleColumn));
		column->index = table->n_columns;
		column->attnum = fact->attnum;
		column->name = fact->name;
		column->graphql_name = graphql_name;
		column->description =
			configured_comment(gqle_table_column_config(entry->configuration, fact->name),
							   fact->comment);
		column->scalar = scalar;
		column->type_oid = fact->type_oid;
		column->not_null = fact->not_null && !is_view;
		column->has_default = fact->has_default;
		column->insertable = !fact->is_generated && fact->identity != 'a';
		column->updatable = column->insertable;
		table->columns[table->n_columns++] = column;
	}
}

/* The column of a number, or NULL if it has none that is exposed. */
static const GqleColumn *
find_column(const GqleTable *table, AttrNumber attnum)
{
	for (int i = 0; i < table->n_columns; i++)
	{
		if (table->columns[i]->attnum == attnum)
			return table->columns[i];
	}
	return NULL;
}

/* Columns of numbers; NULL if one of them is not exposed. */
static const GqleColumn **
find_columns(const GqleTable *table, const AttrNumber *attnums, int n)
{
	const GqleColumn **columns = palloc(sizeof(GqleColumn *) * Max(n, 1));

	for (int i = 0; i < n; i++)
	{
		columns[i] = find_column(table, attnums[i]);
		if (columns[i] == NULL)
			return NULL;
	}
	return columns;
}

static void
load_keys(GqleTable *table, const GqleRelationFacts *facts)
{
	table->unique_keys = palloc0(sizeof(GqleUniqueKey) * Max(facts->n_keys, 1));
	for (int i = 0; i < facts->n_keys; i++)
	{
		const GqleKeyFact *fact = &facts->keys[i];
		GqleUniqueKey *key = &table->unique_keys[table->n_unique_keys];

		key->columns = find_columns(table, fact->attnums, fact->n_columns);
		if (key->columns == NULL)
			continue;
		key->name = fact->name;
		key->is_primary = fact->is_primary;
		key->is_constraint = fact->is_constraint;
		key->is_plain = fact->is_plain;
		key->n_columns = fact->n_columns;
		if (key->is_primary)
			table->primary_key = key;
		table->n_unique_keys++;
	}
}

static void
load_foreign_keys(GqleTable *table, const GqleRelationFacts *facts)
{
	table->foreign_keys = palloc0(sizeof(GqleForeignKey) * Max(facts->n_foreign_keys, 1));
	for (int i = 0; i < facts->n_foreign_keys; i++)
	{
		const GqleForeignKeyFact *fact = &facts->foreign_keys[i];
		GqleForeignKey *key = &table->foreign_keys[table->n_foreign_keys];

		key->columns = find_columns(table, fact->attnums, fact->n_columns);
		if (key->columns == NULL)
			continue;
		key->name = fact->name;
		key->foreign_relid = fact->foreign_relid;
		key->n_columns = fact->n_columns;
		key->foreign_columns = fact->foreign_columns;
		table->n_foreign_keys++;
	}
}

/* Let columns that refer to an enum table take their values from it. */
static void
load_enum_references(GqleCatalog *catalog, GqleTableEntry *entry)
{
	GqleTable  *table = &entry->table;

	for (int i = 0; i < table->n_foreign_keys; i++)
	{
		const GqleForeignKey *key = &table->foreign_keys[i];
		GqleColumn *column;
		GqleTableEntry *target;

		if (key->n_columns != 1)
			continue;
		target = gqle_catalog_lookup_entry_relid(catalog, key->foreign_relid);
		if (target == NULL || !target->table.is_visible || !target->table.is_enum)
			continue;
		column = table->columns[key->columns[0]->index];
		if (column->enum_table != NULL && column->enum_table != &target->table)
			gqle_problem_add_table(catalog, entry,
								   psprintf("column \"%s\" in table \"%s\" references multiple enum tables (\"%s\", \"%s\")",
											column->name, table->display,
											column->enum_table->display, target->table.display));
		else
			column->enum_table = &target->table;
	}
}

void
gqle_catalog_load_table(GqleCatalog *catalog, GqleTable *table)
{
	GqleTableEntry *entry = gqle_entry(table);
	GqleRelationFacts *facts;
	MemoryContext scratch;
	MemoryContext old;

	if (table->is_loaded || entry->is_filling)
		return;
	if (table->is_model || table->native != NULL)
	{
		gqle_native_load(catalog, entry);
		return;
	}
	scratch = AllocSetContextCreate(CurrentMemoryContext, "gqle table load",
									ALLOCSET_DEFAULT_SIZES);
	facts = gqle_table_get_facts(catalog, entry);
	old = MemoryContextSwitchTo(catalog->context);
	table->n_columns = table->n_unique_keys = table->n_foreign_keys = 0;
	table->n_relationships = table->n_computed_fields = table->n_joins = 0;
	table->joins = NULL;
	table->primary_key = NULL;
	if (facts != NULL)
	{
		table->description =
			configured_comment(entry->configuration, facts->comment ? facts->comment :
							   psprintf("columns and relationships of \"%s\"", table->display));
		table->is_insertable = (facts->updatable & (1 << CMD_INSERT)) != 0;
		table->is_updatable = (facts->updatable & (1 << CMD_UPDATE)) != 0;
		table->is_deletable = (facts->updatable & (1 << CMD_DELETE)) != 0;
		table->row_estimate = facts->row_estimate;
		load_columns(entry, facts);
		load_keys(table, facts);
		load_foreign_keys(table, facts);

		/* from here on others may be looked at, and look back at the columns */
		entry->is_filling = true;
		PG_TRY();
		{
			load_enum_references(catalog, entry);
			gqle_relationship_load(catalog, entry, scratch);
			gqle_function_load_computed_fields(catalog, entry, scratch);
		}
		PG_FINALLY();
		{
			entry->is_filling = false;
		}
		PG_END_TRY();
	}
	table->is_loaded = true;
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}
