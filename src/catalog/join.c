/*
 * join.c
 *		Remote relationships of a table (join.h).
 *
 * compat: the wording of what may be wrong is Hasura's, spaces and all.
 */
#include "postgres.h"

#include "gqle/base/ident.h"
#include "gqle/base/spi.h"
#include "gqle/catalog/cache.h"
#include "gqle/catalog/join.h"

/* One join of a table being made. */
typedef struct JoinBuild
{
	GqleCatalog *catalog;
	GqleTableEntry *entry;
	GqleJoin   *join;
	GqleErrorSink sink;
} JoinBuild;

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
		GqleColumn *key = palloc0(sizeof(GqleColumn));

		key->name = psprintf("key_%d", i + 1);
		key->not_null = true;
		join->fields[i].name = fields[i];
		rel->columns[i] = key;
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
check_target_column(JoinBuild *build, GqleTableEntry *target, const char *name)
{
	const GqleRelationFacts *facts = gqle_table_get_facts(build->catalog, target);

	for (int i = 0; facts != NULL && i < facts->n_columns; i++)
	{
		if (strcmp(facts->columns[i].name, name) != 0)
			continue;
		if (!is_enum(build->catalog, facts, facts->columns[i].attnum))
			return true;
		return gqle_error_report(&build->sink, GQLE_ERR_NOT_SUPPORTED, NULL,
								 "relationships to enum fields are not supported yet");
	}
	return gqle_error_report(&build->sink, GQLE_ERR_NOT_EXISTS, NULL,
							 "\"%s\" does not exist", name);
}

/*
 * A field of the table that can take part: a column, or a scalar computed field
 * without arguments; NULL if there is none.
 */
static bool
find_field(const GqleTable *table, const char *name, GqleJoinField *field)
{
	const GqleComputedField *computed = gqle_table_lookup_computed_field(table, name);

	memset(field, 0, sizeof(*field));
	field->column = gqle_table_lookup_column(table, name);
	if (field->column == NULL && computed != NULL && computed->function->table == NULL)
	{
		const GqleFunction *function = computed->function;
		int			n_own = (function->table_argument >= 0) +
			(function->session_argument >= 0);

		if (function->n_arguments == n_own)
			field->computed_field = computed;
	}
	if (field->column == NULL && field->computed_field == NULL)
		return false;
	field->name = field->column ? field->column->name : computed->name;
	return true;
}

/* The tracked table that a definition names, or NULL after reporting. */
static GqleTableEntry *
find_target(JoinBuild *build, const GqleJson *json)
{
	const char *source = gqle_catalog_json_string(json, "source");
	const char *schema;
	const char *name;
	GqleTableEntry *target = NULL;

	if (source == NULL || build->catalog->local == NULL ||
		strcmp(source, build->catalog->local->name) != 0)
	{
		gqle_error_report(&build->sink, GQLE_ERR_NOT_FOUND, NULL,
						  "source not found: \"%s\"", source ? source : "");
		return NULL;
	}
	if (!gqle_catalog_parse_name(gqle_json_lookup(json, "table"), &schema, &name))
	{
		gqle_error_report(&build->sink, GQLE_ERR_PARSE_FAILED, NULL, "expecting a table name");
		return NULL;
	}
	target = gqle_catalog_lookup_entry(build->catalog, schema, name);
	if (target != NULL && target->state == GQLE_ENTRY_OK)
		return target;
	gqle_error_report(&build->sink, GQLE_ERR_NOT_EXISTS, NULL,
					  "table \"%s\" does not exist in source: %s",
					  gqle_tablenames_display(schema, name), source);
	return NULL;
}

/* {"source","table","relationship_type","field_mapping"} */
static bool
build_to_source(JoinBuild *build, const GqleJson *json)
{
	const GqleJson *mapping = gqle_json_lookup(json, "field_mapping");
	const char *type = gqle_catalog_json_string(json, "relationship_type");
	GqleTable  *table = &build->entry->table;
	GqleTableEntry *target = find_target(build, json);
	GqleJoin   *join = build->join;
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

		if (!find_field(table, ours, &join->fields[i]))
			return gqle_error_report(&build->sink, GQLE_ERR_NOT_EXISTS, NULL,
									 "\"%s\" does not exist", ours);
		if (theirs->kind != GQLE_JSON_STRING)
			return gqle_error_report(&build->sink, GQLE_ERR_PARSE_FAILED, NULL,
									 "field_mapping should map names to names");
		if (!check_target_column(build, target, theirs->text))
			return false;
		rel->columns[i] = join->fields[i].column;
		rel->target_columns[i] = pstrdup(theirs->text);
		if (join->fields[i].computed_field == NULL)
			continue;
		if (rel->computed == NULL)
			rel->computed = palloc0(sizeof(GqleComputedField *) * join->n_fields);
		rel->computed[i] = join->fields[i].computed_field;
	}
	return true;
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

/* Make one join; NULL if it is not served, after recording why. */
static GqleJoin *
load_join(GqleCatalog *catalog, GqleTableEntry *entry, MemoryContext scratch,
		  const GqleRows *rows, int row)
{
	GqleTable  *table = &entry->table;
	GqleJson   *definition = gqle_catalog_row_json(scratch, rows, row, 1);
	const GqleJson *to_source = gqle_json_lookup(definition, "to_source");
	JoinBuild	build = {catalog, entry};
	GqleJoin   *join = build.join = palloc0(sizeof(GqleJoin));
	const char *reason;

	if (to_source == NULL)
		return NULL;
	join->name = gqle_rows_text(rows, row, 0);
	reason = check_name(table, join);
	if (reason == NULL && !build_to_source(&build, to_source))
		reason = psprintf("in table \"%s\": in remote relationship \"%s\": %s",
						  table->display, join->name, build.sink.error.message);
	if (reason == NULL)
		return join;
	gqle_problem_add_member(catalog, entry, "remote_relationship", join->name,
							make_definition(table, join->name, definition), reason);
	return NULL;
}

/* The catalog's context is current. */
void
gqle_join_load(GqleCatalog *catalog, GqleTableEntry *entry, MemoryContext scratch)
{
	static GqleSpiStatement statement = {
		"SELECT name, definition FROM gqle.remote_relationships "
		"WHERE source = $1 AND schema_name = $2 AND table_name = $3 ORDER BY name", NULL
	};
	GqleTable  *table = &entry->table;
	GqleRows   *rows = gqle_catalog_query_table(scratch, &statement, table);

	table->joins = palloc(sizeof(GqleJoin *) * Max(rows->n, 1));
	for (int i = 0; i < rows->n; i++)
	{
		GqleJoin   *join = load_join(catalog, entry, scratch, rows, i);

		if (join != NULL)
			table->joins[table->n_joins++] = join;
	}
}

/* See join.h. */
const GqleJoin *
gqle_table_lookup_join(const GqleTable *table, const char *name)
{
	for (int i = 0; i < table->n_joins; i++)
		if (strcmp(table->joins[i]->name, name) == 0)
			return table->joins[i];
	return NULL;
}
