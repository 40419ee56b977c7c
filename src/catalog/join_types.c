/*
 * join_types.c
 *		Remote relationships of the object types of remote schemas.
 *
 * A catalog makes those of one remote schema when somebody first asks for any.
 */
#include "postgres.h"

#include "gqle/base/spi.h"
#include "gqle/catalog/join_parts.h"
#include "gqle/catalog/remote.h"

/* The joins of one type. */
typedef struct TypeJoins
{
	const char *type_name;
	int			n;
	const GqleJoin **joins;
} TypeJoins;

/* Those of one remote schema. */
typedef struct SchemaJoins
{
	List	   *types;			/* TypeJoins */
} SchemaJoins;

/* A GqleJoinFieldFinder in an object type: fields without arguments. */
static bool
find_in_type(const void *find_in, const char *name, GqleJoinField *field)
{
	const GqleRemoteField *found = gqle_remote_lookup_field(find_in, name);

	if (found == NULL || found->n_args > 0)
		return false;
	field->name = found->name;
	return true;
}

static List *
list_fields(const GqleRemoteType *type)
{
	List	   *names = NIL;

	for (int i = 0; i < type->n_fields; i++)
		if (type->fields[i].n_args == 0)
			names = lappend(names, unconstify(char *, type->fields[i].name));
	return names;
}

/* Read a join's definition; false after reporting. */
static bool
read_definition(GqleCatalog *catalog, const GqleRemoteSchema *schema, const char *type_name,
				GqleJoin *join, const GqleJson *definition, GqleErrorSink *sink)
{
	const GqleRemoteType *type = gqle_remote_lookup_type(schema->graph, type_name);
	const GqleJson *to_source = gqle_json_lookup(definition, "to_source");

	if (type == NULL)
		return gqle_error_report(sink, GQLE_ERR_NOT_FOUND, NULL,
								 "no type named \"%s\" defined in remote schema \"%s\"",
								 type_name, schema->name);
	if (type->kind != GQLE_REMOTE_OBJECT_TYPE)
		return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED, NULL,
								 "remote relationships on a remote schema can only be defined on object types");
	if (to_source != NULL)
		return gqle_join_read_source(catalog, join, to_source, NULL, find_in_type, type, sink);
	return gqle_join_read_remote(catalog, join,
								 gqle_json_lookup(definition, "to_remote_schema"),
								 schema->name, find_in_type, type, list_fields(type), sink);
}

/* Record why a join is not served. */
static void
report(GqleCatalog *catalog, const char *schema, const char *type, const char *name,
	   GqleJson *definition, const char *reason)
{
	GqleJson   *json = gqle_json_make_object();

	gqle_json_object_set(json, "definition", definition);
	gqle_json_object_set(json, "name", gqle_json_make_string(name));
	gqle_json_object_set(json, "remote_schema", gqle_json_make_string(schema));
	gqle_json_object_set(json, "type_name", gqle_json_make_string(type));
	gqle_problem_add(catalog, "remote_schema_remote_relationship",
					 psprintf("remote_schema_remote_relationship remote_relationship %s on type %s in remote schema %s",
							  name, type, schema),
					 json, "in remote relationship \"%s\": %s", name, reason);
}

static void
add_join(SchemaJoins *found, const char *type_name, const GqleJoin *join)
{
	TypeJoins  *type = found->types != NIL ? llast(found->types) : NULL;

	if (type == NULL || strcmp(type->type_name, type_name) != 0)
	{
		type = palloc0(sizeof(TypeJoins));
		type->type_name = type_name;
		found->types = lappend(found->types, type);
	}
	type->joins = type->n == 0 ? palloc(sizeof(GqleJoin *)) :
		repalloc(type->joins, sizeof(GqleJoin *) * (type->n + 1));
	type->joins[type->n++] = join;
}

/* Make the joins of a remote schema, which may not be served: then all are wrong. */
static SchemaJoins *
load(GqleCatalog *catalog, const char *name)
{
	static GqleSpiStatement statement = {
		"SELECT type_name, name, definition FROM gqle.remote_schema_relationships "
		"WHERE remote_schema = $1 ORDER BY type_name, name", NULL
	};
	const GqleRemoteSchema *schema = gqle_catalog_lookup_remote(catalog, name);
	SchemaJoins *found = palloc0(sizeof(SchemaJoins));
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	if (schema == NULL)
		return found;
	gqle_spi_add_text(&args, name);
	rows = gqle_spi_query_kept(&statement, &args);
	for (int i = 0; i < rows->n; i++)
	{
		GqleJoin   *join = palloc0(sizeof(GqleJoin));
		const char *type = gqle_rows_text(rows, i, 0);
		GqleJson   *definition = gqle_catalog_parse_json(gqle_rows_text(rows, i, 2));
		GqleErrorSink sink = {0};

		join->name = gqle_rows_text(rows, i, 1);
		if (read_definition(catalog, schema, type, join, definition, &sink))
			add_join(found, type, join);
		else
			report(catalog, name, type, join->name, definition, sink.error.message);
	}
	return found;
}

/* See join.h. */
const GqleJoin **
gqle_catalog_remote_joins(GqleCatalog *catalog, const char *remote_schema,
						  const char *type_name, int *n)
{
	SchemaJoins *found;
	const ListCell *lc;
	MemoryContext old;

	*n = 0;
	if (catalog->type_joins == NULL)
		catalog->type_joins = gqle_strhash_make(catalog->context, 4);
	found = gqle_strhash_lookup(catalog->type_joins, remote_schema);
	if (found == NULL)
	{
		old = MemoryContextSwitchTo(catalog->context);
		found = load(catalog, remote_schema);
		gqle_strhash_add(catalog->type_joins, pstrdup(remote_schema), found);
		MemoryContextSwitchTo(old);
	}
	foreach(lc, found->types)
	{
		const TypeJoins *type = lfirst(lc);

		if (type_name != NULL && strcmp(type->type_name, type_name) == 0)
		{
			*n = type->n;
			return type->joins;
		}
	}
	return NULL;
}

/* See cache.h. */
void
gqle_join_check_types(GqleCatalog *catalog)
{
	GqleRows   *rows = gqle_spi_query("SELECT DISTINCT remote_schema "
									  "FROM gqle.remote_schema_relationships ORDER BY 1",
									  NULL);
	int			n;

	for (int i = 0; i < rows->n; i++)
		(void) gqle_catalog_remote_joins(catalog, gqle_rows_text(rows, i, 0), NULL, &n);
}
