/*
 * relationship.c
 *		Object and array relationships of a table.
 *
 * A relationship says by which columns rows of two tables belong together,
 * taken from a foreign key (of this table, or of the other one) or written down
 * by hand.  compat: foreign keys are found by their columns, not by their names,
 * and the wording of what may be wrong is Hasura's.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/ident.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/cache.h"

/* One relationship being made. */
typedef struct RelBuild
{
	GqleCatalog *catalog;
	GqleTableEntry *entry;
	GqleRelationship *rel;
	const GqleJson *using_definition;
	bool		lacks_dependency;	/* the reason tells what is not there */
	GqleErrorSink sink;
} RelBuild;

/* ------------------------------------------------------------------------
 * Reading "using"
 * ------------------------------------------------------------------------ */

static bool
fail(RelBuild *build, const char *message)
{
	return gqle_error_report(&build->sink, GQLE_ERR_INVALID_CONFIGURATION, NULL, "%s", message);
}

/*
 * Report something that a well-formed relationship needs and that is not there.  compat:
 * the reason does not say of which relationship.
 */
static bool
fail_dependency(RelBuild *build, const char *message)
{
	build->lacks_dependency = true;
	return gqle_error_report(&build->sink, GQLE_ERR_NOT_EXISTS, NULL, "%s", message);
}

/*
 * Column names from "col" or ["c1", "c2"]; NULL if it is neither.
 */
static const char **
parse_columns(const GqleJson *json, int *n)
{
	const char **columns;

	if (gqle_json_is_null(json))
		return NULL;
	if (json->kind == GQLE_JSON_STRING)
	{
		columns = palloc(sizeof(char *));
		columns[0] = json->text;
		*n = 1;
		return columns;
	}
	if (json->kind != GQLE_JSON_ARRAY || json->n == 0)
		return NULL;
	columns = palloc(sizeof(char *) * json->n);
	for (int i = 0; i < json->n; i++)
	{
		if (json->items[i]->kind != GQLE_JSON_STRING)
			return NULL;
		columns[i] = json->items[i]->text;
	}
	*n = json->n;
	return columns;
}

/*
 * The tracked table that a definition names, or NULL after reporting; a foreign key of
 * it is needed, or only the table.
 */
static GqleTableEntry *
find_target(RelBuild *build, const GqleJson *json, bool needs_key)
{
	const char *schema;
	const char *name;
	GqleTableEntry *target;

	if (!gqle_catalog_parse_name(json, &schema, &name))
	{
		fail(build, "expecting a table name");
		return NULL;
	}
	target = gqle_catalog_lookup_entry(build->catalog, schema, name);
	if (target != NULL && target->state == GQLE_ENTRY_OK)
		return target;
	if (needs_key)
		gqle_error_report(&build->sink, GQLE_ERR_NOT_FOUND, NULL,
						  "table \"%s\" does not exist in source: %s",
						  gqle_tablenames_display(schema, name), build->entry->source->name);
	else
		fail_dependency(build, psprintf("table \"%s\" is not tracked",
										gqle_tablenames_display(schema, name)));
	return NULL;
}

/* Does a foreign key cover exactly these columns, in any order? */
static bool
covers(const GqleRelationFacts *facts, const GqleForeignKeyFact *key,
	   const char **columns, int n)
{
	if (key->n_columns != n)
		return false;
	for (int i = 0; i < key->n_columns; i++)
	{
		const GqleColumnFact *fact = gqle_pgcat_lookup_column(facts, key->attnums[i]);
		bool		found = false;

		for (int j = 0; j < n && !found; j++)
			found = strcmp(fact->name, columns[j]) == 0;
		if (!found)
			return false;
	}
	return true;
}

/*
 * The one foreign key over these columns, to a certain relation if one is
 * given; NULL after reporting that there is none or more than one.
 */
static const GqleForeignKeyFact *
find_foreign_key(RelBuild *build, const GqleRelationFacts *facts, const char **columns,
				 int n, Oid foreign_relid)
{
	const GqleForeignKeyFact *found = NULL;

	for (int i = 0; facts != NULL && i < facts->n_foreign_keys; i++)
	{
		const GqleForeignKeyFact *key = &facts->foreign_keys[i];

		if ((OidIsValid(foreign_relid) && key->foreign_relid != foreign_relid) ||
			!covers(facts, key, columns, n))
			continue;
		if (found != NULL)
		{
			fail(build, "more than one foreign key constraint exists on the given column(s)");
			return NULL;
		}
		found = key;
	}
	if (found == NULL)
		fail(build, "no foreign constraint exists on the given column(s)");
	return found;
}

/* ------------------------------------------------------------------------
 * Making a relationship
 * ------------------------------------------------------------------------ */

static void
set_target(RelBuild *build, GqleTableEntry *target, int n_columns)
{
	build->rel->target = &target->table;
	build->rel->n_columns = n_columns;
	build->rel->columns = palloc(sizeof(GqleColumn *) * Max(n_columns, 1));
	build->rel->target_columns = palloc(sizeof(char *) * Max(n_columns, 1));
}

/* Report a column that neither a table nor a native query has. */
static bool
report_column(RelBuild *build, const GqleTable *table, const char *name)
{
	return fail_dependency(build, psprintf("%s \"%s\" has no field named \"%s\"",
										   table->native ? "native query" : "table",
										   table->native ? table->name : table->display,
										   name));
}

/* Pair a column of this table with one of the target, both by name. */
static bool
set_pair(RelBuild *build, int index, const char *column, const char *target_column)
{
	GqleRelationship *rel = build->rel;

	rel->columns[index] = gqle_table_lookup_column(&build->entry->table, column);
	rel->target_columns[index] = pstrdup(target_column);
	return rel->columns[index] != NULL || report_column(build, &build->entry->table, column);
}

/* The foreign key is this table's. */
static bool
build_forward(RelBuild *build, const char **columns, int n)
{
	const GqleRelationFacts *facts = build->entry->facts;
	const GqleForeignKeyFact *key = find_foreign_key(build, facts, columns, n, InvalidOid);
	GqleTableEntry *target;

	if (key == NULL)
		return false;
	target = gqle_catalog_lookup_entry_relid(build->catalog, key->foreign_relid);
	if (target == NULL || target->state != GQLE_ENTRY_OK)
	{
		char	   *schema;
		char	   *name;

		if (!gqle_pgcat_relation_name(key->foreign_relid, &schema, &name))
			return fail(build, "no foreign constraint exists on the given column(s)");
		return fail_dependency(build, psprintf("table \"%s\" is not tracked",
											   gqle_tablenames_display(schema, name)));
	}
	set_target(build, target, key->n_columns);
	build->rel->is_forward_fk = true;
	build->rel->is_nullable = false;
	for (int i = 0; i < key->n_columns; i++)
	{
		const GqleColumnFact *fact = gqle_pgcat_lookup_column(facts, key->attnums[i]);

		if (!set_pair(build, i, fact->name, key->foreign_columns[i]))
			return false;
		if (!fact->not_null)
			build->rel->is_nullable = true;
	}
	return true;
}

/* The foreign key is the other table's: {"table", "column" or "columns"}. */
static bool
build_reverse(RelBuild *build, const GqleJson *json)
{
	const GqleJson *column = gqle_json_lookup(json, "column");
	const GqleJson *list = gqle_json_lookup(json, "columns");
	GqleTableEntry *target;
	const GqleRelationFacts *facts;
	const GqleForeignKeyFact *key;
	const char **columns;
	int			n;

	if (gqle_json_is_null(column) == gqle_json_is_null(list))
		return fail(build, "expected exactly one of 'column' or 'columns'");
	columns = parse_columns(gqle_json_is_null(column) ? list : column, &n);
	if (columns == NULL)
		return fail(build, "Expecting object { table, columns }.");
	target = find_target(build, gqle_json_lookup(json, "table"), true);
	if (target == NULL)
		return false;
	facts = gqle_table_get_facts(build->catalog, target);
	key = find_foreign_key(build, facts, columns, n, build->entry->table.relid);
	if (key == NULL)
		return false;
	set_target(build, target, key->n_columns);
	for (int i = 0; i < key->n_columns; i++)
	{
		const GqleColumnFact *fact = gqle_pgcat_lookup_column(facts, key->attnums[i]);

		if (!set_pair(build, i, key->foreign_columns[i], fact->name))
			return false;
	}
	build->rel->after_parent = true;
	return true;
}

/* The native query that a definition names, or NULL after reporting. */
static GqleTableEntry *
find_native(RelBuild *build, const GqleJson *json)
{
	GqleTableEntry *target = json->kind == GQLE_JSON_STRING ?
		gqle_native_lookup_entry(build->catalog, json->text) : NULL;

	if (target == NULL)
		fail_dependency(build, psprintf("native query \"%s\" is not tracked",
										json->kind == GQLE_JSON_STRING ? json->text : ""));
	return target;
}

/* Does the target of a relationship by hand have a column of that name? */
static bool
has_column(GqleCatalog *catalog, GqleTableEntry *target, const char *name)
{
	const GqleRelationFacts *facts;

	if (target->table.native != NULL)
		return gqle_native_has_column(catalog, target, name);
	facts = gqle_table_get_facts(catalog, target);
	for (int i = 0; facts != NULL && i < facts->n_columns; i++)
	{
		if (strcmp(facts->columns[i].name, name) == 0)
			return true;
	}
	return false;
}

/* {"remote_table" or "remote_native_query", "column_mapping", "insertion_order"} */
static bool
build_manual(RelBuild *build, const GqleJson *json)
{
	const GqleJson *mapping;
	const GqleJson *native;
	GqleTableEntry *target;
	const char *order = gqle_catalog_json_string(json, "insertion_order");

	if (json == NULL || json->kind != GQLE_JSON_OBJECT)
		return fail(build, "manual_configuration should be an object");
	native = gqle_json_lookup(json, "remote_native_query");
	target = gqle_json_is_null(native) ?
		find_target(build, gqle_json_lookup(json, "remote_table"), false) :
		find_native(build, native);
	if (target == NULL)
		return false;
	mapping = gqle_json_lookup(json, "column_mapping");
	if (gqle_json_is_null(mapping) || mapping->kind != GQLE_JSON_OBJECT)
		return fail(build, "key \"column_mapping\" not found");
	set_target(build, target, mapping->n);
	for (int i = 0; i < mapping->n; i++)
	{
		const GqleJson *remote = mapping->members[i].value;

		if (remote->kind != GQLE_JSON_STRING)
			return fail(build, "column_mapping should map column names to column names");
		if (!set_pair(build, i, mapping->members[i].key, remote->text))
			return false;
		if (!has_column(build->catalog, target, remote->text))
			return report_column(build, &target->table, remote->text);
	}
	build->rel->after_parent = build->rel->kind == GQLE_REL_ARRAY ||
		(order != NULL && strcmp(order, "after_parent") == 0);
	return true;
}

static bool
build_using(RelBuild *build)
{
	const GqleJson *json = build->using_definition;
	const GqleJson *key;
	const GqleJson *manual;
	const char **columns;
	int			n;

	if (gqle_json_is_null(json) || json->kind != GQLE_JSON_OBJECT)
		return fail(build, "using should be an object");
	key = gqle_json_lookup(json, "foreign_key_constraint_on");
	manual = gqle_json_lookup(json, "manual_configuration");
	if (gqle_json_is_null(key) && gqle_json_is_null(manual))
		return fail(build, "atleast one of foreign_key_constraint_on/manual_configuration should be present");
	if (!gqle_json_is_null(key) && !gqle_json_is_null(manual))
		return fail(build, "only one of foreign_key_constraint_on/manual_configuration should be present");

	build->rel->is_nullable = true;
	if (!gqle_json_is_null(manual))
		return build_manual(build, manual);
	if (key->kind == GQLE_JSON_OBJECT)
		return build_reverse(build, key);
	columns = parse_columns(key, &n);
	if (columns == NULL || build->rel->kind == GQLE_REL_ARRAY)
		return fail(build, "Expecting object { table, columns }.");
	return build_forward(build, columns, n);
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

/* A column whose GraphQL name is one the relationship takes, or NULL. */
static const GqleColumn *
find_name_conflict(const GqleTable *table, const GqleRelationship *rel)
{
	const GqleColumn *column = gqle_table_lookup_graphql_column(table, rel->name);

	if (column == NULL && rel->kind == GQLE_REL_ARRAY)
		column = gqle_table_lookup_graphql_column(table,
												  gqle_catalog_join(rel->name, "_aggregate", NULL));
	return column;
}

/* Reports a name that other fields of the table have; not prefixed (compat). */
static const char *
check_name(const GqleTable *table, const GqleRelationship *rel)
{
	const GqleColumn *column;

	if (!gqle_ident_is_name(rel->name))
		return psprintf("cannot include \"%s\" in the GraphQL schema because "
						" it is not a valid GraphQL identifier",
						rel->name);
	if (gqle_table_lookup_column(table, rel->name) != NULL)
		return "field definition conflicts with postgres column";
	column = find_name_conflict(table, rel);
	if (column != NULL)
		return psprintf("field definition conflicts with custom field name for postgres column \"%s\"",
						column->name);
	return NULL;
}

/* ------------------------------------------------------------------------
 * Loading
 * ------------------------------------------------------------------------ */

/* A copy of "using" with table names as objects, as Hasura prints it. */
static GqleJson *
normalise_using(const GqleJson *json)
{
	GqleJson   *copy;

	if (gqle_json_is_null(json) || json->kind != GQLE_JSON_OBJECT)
		return (GqleJson *) json;
	copy = gqle_json_make_object();
	for (int i = 0; i < json->n; i++)
	{
		const char *key = json->members[i].key;
		GqleJson   *value = json->members[i].value;
		const char *schema;
		const char *name;

		if ((strcmp(key, "table") == 0 || strcmp(key, "remote_table") == 0) &&
			gqle_catalog_parse_name(value, &schema, &name))
			value = gqle_problem_table_name(schema, name);
		else if (strcmp(key, "column_mapping") != 0)
			value = normalise_using(value);
		gqle_json_object_set(copy, key, value);
	}
	return copy;
}

static GqleJson *
make_definition(const RelBuild *build, const char *comment)
{
	const GqleTable *table = &build->entry->table;
	GqleJson   *json = gqle_json_make_object();

	gqle_json_object_set(json, "comment", comment ? gqle_json_make_string(comment) :
						 gqle_json_make_null());
	gqle_json_object_set(json, "name", gqle_json_make_string(build->rel->name));
	gqle_json_object_set(json, "source", gqle_json_make_string(table->source));
	gqle_json_object_set(json, "table", gqle_problem_table_name(table->schema, table->name));
	gqle_json_object_set(json, "using", normalise_using(build->using_definition));
	return json;
}

/*
 * Make one relationship; NULL after recording why it is inconsistent.
 */
static GqleRelationship *
load_relationship(GqleCatalog *catalog, GqleTableEntry *entry, MemoryContext scratch,
				  const GqleRows *rows, int row)
{
	GqleTable  *table = &entry->table;
	GqleRelationship *rel = palloc0(sizeof(GqleRelationship));
	const char *comment = gqle_rows_text(rows, row, 3);
	const char *reason;
	RelBuild	build;

	memset(&build, 0, sizeof(build));
	build.catalog = catalog;
	build.entry = entry;
	build.rel = rel;
	build.using_definition = gqle_catalog_row_json(scratch, rows, row, 2);
	rel->kind = gqle_rows_text(rows, row, 0)[0] == 'o' ?
		GQLE_REL_OBJECT : GQLE_REL_ARRAY;
	rel->name = gqle_rows_text(rows, row, 1);
	rel->table = table;

	reason = check_name(table, rel);
	if (reason == NULL && !build_using(&build))
		reason = build.lacks_dependency ? build.sink.error.message :
			psprintf("in table \"%s\": in relationship \"%s\": %s", table->display,
					 rel->name, build.sink.error.message);
	if (reason == NULL)
		return rel;
	gqle_problem_add_member(catalog, entry, rel->kind == GQLE_REL_OBJECT ?
							"object_relation" : "array_relation", rel->name,
							make_definition(&build, comment), reason);
	return NULL;
}

/*
 * Is there an object relationship of the name already?  compat: then an array
 * relationship is not served, and nobody is told.
 */
static bool
is_hidden(const GqleTable *table, const GqleRelationship *rel)
{
	return table->n_relationships > 0 &&
		strcmp(table->relationships[table->n_relationships - 1]->name, rel->name) == 0;
}

/* The catalog's context is current. */
void
gqle_relationship_load(GqleCatalog *catalog, GqleTableEntry *entry, MemoryContext scratch)
{
	static GqleSpiStatement statement = {
		"SELECT kind, name, using_definition, comment FROM gqle.relationships "
		"WHERE source = $1 AND schema_name = $2 AND table_name = $3 "
		"ORDER BY name, kind DESC", NULL
	};
	GqleTable  *table = &entry->table;
	GqleRows   *rows = gqle_catalog_query_table(scratch, &statement, table);

	table->relationships = palloc(sizeof(GqleRelationship *) * Max(rows->n, 1));
	for (int i = 0; i < rows->n; i++)
	{
		GqleRelationship *rel = load_relationship(catalog, entry, scratch, rows, i);

		if (rel == NULL || is_hidden(table, rel))
			continue;
		rel->index = table->n_relationships;
		table->relationships[table->n_relationships++] = rel;
	}
}

/* A relationship as an inconsistent object shows it. */
GqleJson *
gqle_relationship_describe(const GqleRelationship *rel)
{
	static GqleSpiStatement statement = {
		"SELECT using_definition, comment FROM gqle.relationships WHERE source = $1 "
		"AND schema_name = $2 AND table_name = $3 AND kind = $4 AND name = $5", NULL
	};
	const GqleTable *table = rel->table;
	const char *kind = rel->kind == GQLE_REL_OBJECT ? "object" : "array";
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleJson   *json = gqle_json_make_object();
	GqleRows   *rows;
	GqleRelationship copy = *rel;
	RelBuild	build;

	gqle_spi_add_text(&args, table->source);
	gqle_spi_add_text(&args, table->schema);
	gqle_spi_add_text(&args, table->name);
	gqle_spi_add_text(&args, kind);
	gqle_spi_add_text(&args, rel->name);
	rows = gqle_spi_query_kept(&statement, &args);
	if (rows->n > 0)
	{
		memset(&build, 0, sizeof(build));
		build.entry = gqle_entry(table);
		build.rel = &copy;
		build.using_definition = gqle_catalog_parse_json(gqle_rows_text(rows, 0, 0));
		gqle_json_object_set(json, "definition",
							 make_definition(&build, gqle_rows_text(rows, 0, 1)));
	}
	gqle_json_object_set(json, "name",
						 gqle_json_make_string(psprintf("%s_relation %s in table %s in source %s",
														kind, rel->name, table->display,
														table->source)));
	gqle_json_object_set(json, "type",
						 gqle_json_make_string(psprintf("%s_relation", kind)));
	return json;
}

/* Serve a relationship no more. */
void
gqle_relationship_remove(GqleTable *table, int index)
{
	table->n_relationships--;
	for (int i = index; i < table->n_relationships; i++)
	{
		table->relationships[i] = table->relationships[i + 1];
		table->relationships[i]->index = i;
	}
}

/* ------------------------------------------------------------------------
 * Native queries
 * ------------------------------------------------------------------------ */

/* Add the relationships of one list of a native query; returns a mistake. */
static const char *
load_native_list(GqleCatalog *catalog, GqleTableEntry *entry, const GqleJson *list,
				 GqleRelationshipKind kind)
{
	GqleTable  *table = &entry->table;

	for (int i = 0; !gqle_json_is_null(list) && i < list->n; i++)
	{
		const GqleJson *json = list->items[i];
		GqleRelationship *rel = palloc0(sizeof(GqleRelationship));
		RelBuild	build;

		memset(&build, 0, sizeof(build));
		build.catalog = catalog;
		build.entry = entry;
		build.rel = rel;
		rel->kind = kind;
		rel->name = gqle_catalog_json_string(json, "name");
		rel->table = table;
		rel->is_nullable = true;
		if (gqle_table_lookup_relationship(table, rel->name) != NULL)
			return psprintf("The native query '%s' has duplicate relationships: %s",
							table->name, rel->name);
		if (!gqle_ident_is_name(rel->name))
			return psprintf("\"%s\" is not a valid GraphQL name", rel->name);
		if (gqle_table_lookup_column(table, rel->name) != NULL)
			return psprintf("conflicting definitions for field \"%s\"", rel->name);
		if (!build_manual(&build, gqle_json_lookup(json, "using")))
			return build.sink.error.message;
		rel->index = table->n_relationships;
		table->relationships[table->n_relationships++] = rel;
	}
	return NULL;
}

/* Returns why one is wrong, or NULL; the catalog's context is current. */
const char *
gqle_relationship_load_native(GqleCatalog *catalog, GqleTableEntry *entry)
{
	const GqleJson *arrays = gqle_json_lookup(entry->definition, "array_relationships");
	const GqleJson *objects = gqle_json_lookup(entry->definition, "object_relationships");
	int			n = (arrays ? arrays->n : 0) + (objects ? objects->n : 0);
	const char *reason;

	entry->table.n_relationships = 0;
	entry->table.relationships = palloc(sizeof(GqleRelationship *) * Max(n, 1));
	reason = load_native_list(catalog, entry, arrays, GQLE_REL_ARRAY);
	if (reason == NULL)
		reason = load_native_list(catalog, entry, objects, GQLE_REL_OBJECT);
	return reason;
}
