/*
 * join.c
 *		Remote relationships of a table (join.h).
 *
 * compat: the wording of what may be wrong is Hasura's, spaces and all.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/spi.h"
#include "gqle/catalog/join_parts.h"

/* ------------------------------------------------------------------------
 * To rows of a table
 * ------------------------------------------------------------------------ */

static GqleRelationship *
make_relationship(const char *name, GqleRelationshipKind kind, const GqleTable *table,
				  GqleTable *target, int n)
{
	GqleRelationship *rel = palloc0(sizeof(GqleRelationship));

	rel->name = name;
	rel->kind = kind;
	rel->table = table;
	rel->target = target;
	rel->n_columns = n;
	rel->columns = palloc0(sizeof(GqleColumn *) * Max(n, 1));
	rel->target_columns = palloc0(sizeof(char *) * Max(n, 1));
	rel->is_nullable = true;
	rel->is_join = true;
	return rel;
}

/* What stands for a field of a left side that is no table. */
static GqleColumn *
make_key(int index)
{
	GqleColumn *key = palloc0(sizeof(GqleColumn));

	key->name = psprintf("key_%d", index + 1);
	key->not_null = true;
	return key;
}

/* See join.h. */
GqleJoin *
gqle_join_make(const char *name, GqleRelationshipKind kind, GqleTable *target,
			   int n_fields, const char **fields, const char **columns)
{
	GqleJoin   *join = palloc0(sizeof(GqleJoin));
	GqleRelationship *rel = make_relationship(name, kind, NULL, target, n_fields);

	join->name = name;
	join->n_fields = n_fields;
	join->fields = palloc0(sizeof(GqleJoinField) * Max(n_fields, 1));
	join->relationship = rel;
	for (int i = 0; i < n_fields; i++)
	{
		join->fields[i].name = fields[i];
		rel->columns[i] = make_key(i);
		rel->target_columns[i] = columns[i];
	}
	return join;
}

/* Takes the column its values from an enum table? */
static bool
is_enum(GqleCatalog *catalog, const GqleRelationFacts *facts, AttrNumber attnum)
{
	for (int i = 0; i < facts->n_foreign_keys; i++)
	{
		const GqleForeignKeyFact *key = &facts->foreign_keys[i];
		const GqleTableEntry *target;

		if (key->n_columns != 1 || key->attnums[0] != attnum)
			continue;
		target = gqle_catalog_lookup_entry_relid(catalog, key->foreign_relid);
		if (target != NULL && target->state == GQLE_ENTRY_OK && target->table.is_enum)
			return true;
	}
	return false;
}

/* May values of a column of the target pick its rows? */
static bool
check_target_column(GqleCatalog *catalog, GqleTableEntry *target, const char *name,
					GqleErrorSink *sink)
{
	const GqleRelationFacts *facts = gqle_table_get_facts(catalog, target);

	for (int i = 0; facts != NULL && i < facts->n_columns; i++)
	{
		if (strcmp(facts->columns[i].name, name) != 0)
			continue;
		if (!is_enum(catalog, facts, facts->columns[i].attnum))
			return true;
		return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, NULL,
								 "relationships to enum fields are not supported yet");
	}
	return gqle_error_report(sink, GQLE_ERR_NOT_EXISTS, NULL, "\"%s\" does not exist", name);
}

/* The tracked table that a definition names, or NULL after reporting. */
static GqleTableEntry *
find_target(GqleCatalog *catalog, const GqleJson *json, GqleErrorSink *sink)
{
	const char *source = gqle_catalog_json_string(json, "source");
	const char *schema;
	const char *name;
	GqleTableEntry *target = NULL;

	if (source == NULL || catalog->local == NULL ||
		strcmp(source, catalog->local->name) != 0)
	{
		gqle_error_report(sink, GQLE_ERR_NOT_FOUND, NULL, "source not found: \"%s\"",
						  source ? source : "");
		return NULL;
	}
	if (!gqle_catalog_parse_name(gqle_json_lookup(json, "table"), &schema, &name))
	{
		gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL, "expecting a table name");
		return NULL;
	}
	target = gqle_catalog_lookup_entry(catalog, schema, name);
	if (target != NULL && target->state == GQLE_ENTRY_OK)
		return target;
	gqle_error_report(sink, GQLE_ERR_NOT_EXISTS, NULL,
					  "table \"%s\" does not exist in source: %s",
					  gqle_tablenames_display(schema, name), source);
	return NULL;
}

/* Pair a field of the left side with a column of the target. */
static void
set_pair(GqleJoin *join, GqleRelationship *rel, int index, const char *target_column)
{
	const GqleJoinField *field = &join->fields[index];

	rel->target_columns[index] = pstrdup(target_column);
	rel->columns[index] = rel->table != NULL ? field->column : make_key(index);
	if (field->computed_field == NULL)
		return;
	if (rel->computed == NULL)
		rel->computed = palloc0(sizeof(GqleComputedField *) * join->n_fields);
	rel->computed[index] = field->computed_field;
}

/* See join_parts.h.  {"source","table","relationship_type","field_mapping"} */
bool
gqle_join_read_source(GqleCatalog *catalog, GqleJoin *join, const GqleJson *json,
					  const GqleTable *table, GqleJoinFieldFinder find,
					  const void *find_in, GqleErrorSink *sink)
{
	const GqleJson *mapping = gqle_json_lookup(json, "field_mapping");
	const char *type = gqle_catalog_json_string(json, "relationship_type");
	GqleTableEntry *target = find_target(catalog, json, sink);
	GqleRelationship *rel;

	if (target == NULL)
		return false;
	join->n_fields = mapping ? mapping->n : 0;
	join->fields = palloc0(sizeof(GqleJoinField) * Max(join->n_fields, 1));
	rel = make_relationship(join->name, type != NULL && strcmp(type, "object") == 0 ?
							GQLE_REL_OBJECT : GQLE_REL_ARRAY,
							table, &target->table, join->n_fields);
	join->relationship = rel;
	for (int i = 0; i < join->n_fields; i++)
	{
		const char *ours = mapping->members[i].key;
		const GqleJson *theirs = mapping->members[i].value;

		if (!find(find_in, ours, &join->fields[i]))
			return gqle_error_report(sink, GQLE_ERR_NOT_EXISTS, NULL,
									 "\"%s\" does not exist", ours);
		if (theirs->kind != GQLE_JSON_STRING)
			return gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
									 "field_mapping should map names to names");
		if (!check_target_column(catalog, target, theirs->text, sink))
			return false;
		set_pair(join, rel, i, theirs->text);
	}
	return true;
}

/* ------------------------------------------------------------------------
 * The left side
 * ------------------------------------------------------------------------ */

/* Is a computed field one whose values can take part: a scalar without arguments? */
static bool
is_joinable(const GqleComputedField *computed)
{
	const GqleFunction *function = computed->function;

	return function->table == NULL &&
		function->n_arguments == (function->table_argument >= 0) +
		(function->session_argument >= 0);
}

/* A GqleJoinFieldFinder in a table. */
static bool
find_in_table(const void *find_in, const char *name, GqleJoinField *field)
{
	const GqleTable *table = find_in;
	const GqleComputedField *computed = gqle_table_lookup_computed_field(table, name);

	field->column = gqle_table_lookup_column(table, name);
	if (field->column == NULL && computed != NULL && is_joinable(computed))
		field->computed_field = computed;
	if (field->column == NULL && field->computed_field == NULL)
		return false;
	field->name = field->column ? field->column->name : computed->name;
	return true;
}

/* The names of all fields that can take part. */
static List *
list_fields(const GqleTable *table)
{
	List	   *names = NIL;

	for (int i = 0; i < table->n_columns; i++)
		names = lappend(names, unconstify(char *, table->columns[i]->name));
	for (int i = 0; i < table->n_computed_fields; i++)
		if (is_joinable(table->computed_fields[i]))
			names = lappend(names, unconstify(char *, table->computed_fields[i]->name));
	return names;
}

/* ------------------------------------------------------------------------
 * Loading
 * ------------------------------------------------------------------------ */

/* Reports a name that other fields of the table have; not prefixed (compat). */
static const char *
check_name(const GqleTable *table, const GqleJoin *join)
{
	const GqleColumn *column;

	if (gqle_table_lookup_relationship(table, join->name) != NULL ||
		gqle_table_lookup_computed_field(table, join->name) != NULL)
		return psprintf("conflicting definitions for field \"%s\"", join->name);
	if (gqle_table_lookup_column(table, join->name) != NULL)
		return "field definition conflicts with postgres column";
	column = gqle_table_lookup_graphql_column(table, join->name);
	if (column != NULL)
		return psprintf("field definition conflicts with custom field name for postgres column \"%s\"",
						column->name);
	return NULL;
}

/* The metadata of a join that is inconsistent, as the command had them. */
static GqleJson *
make_definition(const GqleTable *table, const char *name, const GqleJson *definition)
{
	GqleJson   *json = gqle_json_make_object();
	bool		is_old = gqle_json_lookup(definition, "remote_schema") != NULL;

	if (!is_old)
		gqle_json_object_set(json, "definition", (GqleJson *) definition);
	else
		gqle_json_object_set(json, "hasura_fields",
							 gqle_json_lookup(definition, "hasura_fields"));
	gqle_json_object_set(json, "name", gqle_json_make_string(name));
	if (is_old)
	{
		gqle_json_object_set(json, "remote_field",
							 gqle_json_lookup(definition, "remote_field"));
		gqle_json_object_set(json, "remote_schema",
							 gqle_json_lookup(definition, "remote_schema"));
	}
	gqle_json_object_set(json, "source", gqle_json_make_string(table->source));
	gqle_json_object_set(json, "table", gqle_problem_table_name(table->schema, table->name));
	return json;
}

/* Read a join's definition; false after reporting. */
static bool
read_definition(GqleCatalog *catalog, const GqleTable *table, GqleJoin *join,
				const GqleJson *definition, GqleErrorSink *sink)
{
	const GqleJson *to_source = gqle_json_lookup(definition, "to_source");
	const GqleJson *to_schema = gqle_json_lookup(definition, "to_remote_schema");

	if (to_source != NULL)
		return gqle_join_read_source(catalog, join, to_source, table, find_in_table, table,
									 sink);
	return gqle_join_read_remote(catalog, join, to_schema ? to_schema : definition,
								 table->display, find_in_table, table, list_fields(table),
								 sink);
}

/* Make one join; NULL after recording why it is not served. */
static GqleJoin *
load_join(GqleCatalog *catalog, GqleTableEntry *entry, MemoryContext scratch,
		  const GqleRows *rows, int row)
{
	GqleTable  *table = &entry->table;
	GqleJson   *definition = gqle_catalog_row_json(scratch, rows, row, 1);
	GqleJoin   *join = palloc0(sizeof(GqleJoin));
	GqleErrorSink sink = {0};
	const char *reason;

	join->name = gqle_rows_text(rows, row, 0);
	reason = check_name(table, join);
	if (reason == NULL && !read_definition(catalog, table, join, definition, &sink))
		reason = psprintf("in table \"%s\": in remote relationship \"%s\": %s",
						  table->display, join->name, sink.error.message);
	if (reason == NULL)
		return join;
	gqle_problem_add_member(catalog, entry, "remote_relationship", join->name,
							make_definition(table, join->name, definition), reason);
	return NULL;
}

/* Has any table a remote relationship?  Mostly none has, and thousands are asked. */
static bool
has_joins(GqleCatalog *catalog)
{
	static GqleSpiStatement statement = {
		"SELECT EXISTS (SELECT FROM gqle.remote_relationships)", NULL
	};

	if (!catalog->knows_joins)
	{
		catalog->has_joins = gqle_rows_bool(gqle_spi_query_kept(&statement, NULL), 0, 0);
		catalog->knows_joins = true;
	}
	return catalog->has_joins;
}

/* See join.h. */
const GqleJoin **
gqle_table_joins(GqleCatalog *catalog, GqleTable *table, int *n)
{
	static GqleSpiStatement statement = {
		"SELECT name, definition FROM gqle.remote_relationships "
		"WHERE source = $1 AND schema_name = $2 AND table_name = $3 ORDER BY name", NULL
	};

	*n = 0;
	if (table->joins == NULL && !has_joins(catalog))
		return NULL;
	if (table->joins == NULL)
	{
		MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "gqle joins load",
													  ALLOCSET_DEFAULT_SIZES);
		GqleRows   *rows = gqle_catalog_query_table(scratch, &statement, table);
		MemoryContext old = MemoryContextSwitchTo(catalog->context);
		const GqleJoin **joins = palloc(sizeof(GqleJoin *) * Max(rows->n, 1));
		int			n_joins = 0;

		for (int i = 0; i < rows->n; i++)
		{
			GqleJoin   *join = load_join(catalog, gqle_entry(table), scratch, rows, i);

			if (join != NULL)
				joins[n_joins++] = join;
		}
		table->joins = joins;
		table->n_joins = n_joins;
		MemoryContextSwitchTo(old);
		MemoryContextDelete(scratch);
	}
	*n = table->n_joins;
	return table->joins;
}
