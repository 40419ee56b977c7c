/*
 * build_federation.c
 *		What a schema shows to an Apollo gateway (§21): _service and _entities.
 *
 * An entity is a table that the metadata mark, with a primary key.  A gateway
 * reads the schema from _service, where types of entities carry their keys, and
 * asks for entities by key.
 */
#include "postgres.h"

#include "gqle/schema/build.h"

/* ------------------------------------------------------------------------
 * Entities
 * ------------------------------------------------------------------------ */

bool
gqle_build_is_entity(GqleSchema *schema, GqleTable *table)
{
	if (!table->apollo_federation)
		return false;
	gqle_catalog_load_table(schema->catalog, table);
	return table->primary_key != NULL && gqle_build_perms(schema, table)->select != NULL;
}

/* The entities of the role; with types NULL only whether there are any. */
static int
find_entities(GqleSchema *schema, GqleType *type)
{
	GqleTable **tables;
	int			n;
	int			i;

	tables = gqle_permission_tables(schema->catalog, schema->role, GQLE_PERM_SELECT, &n);
	if (type != NULL)
		type->possible = palloc(Max(n, 1) * sizeof(GqleType *));
	for (i = 0; i < n; i++)
	{
		if (!gqle_build_is_entity(schema, tables[i]))
			continue;
		if (type == NULL)
			return 1;
		type->possible[type->n_possible++] = gqle_build_object(schema, tables[i]);
	}
	return type != NULL ? type->n_possible : 0;
}

static void
fill_entity(GqleSchema *schema, GqleType *type)
{
	type->description = "A union of all types that use the @key directive";
	find_entities(schema, type);
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

static void
fill_service(GqleSchema *schema, GqleType *type)
{
	GqleTypeRef string = gqle_typeref(gqle_build_builtin(schema, "String"));

	gqle_build_field(schema, type, GQLE_FIELD_SERVICE_SDL, "sdl",
					 "SDL representation of schema", gqle_typeref_non_null(string));
}

static GqleField *
make_service_field(GqleSchema *schema)
{
	GqleType   *type = gqle_build_type(schema, GQLE_TYPE_OBJECT, pstrdup("_Service"),
									   fill_service, NULL);

	return gqle_build_loose_field(schema, GQLE_FIELD_SERVICE, "_service", NULL,
								  gqle_typeref_non_null(gqle_typeref(type)));
}

static GqleField *
make_entities_field(GqleSchema *schema)
{
	GqleType   *entity;
	GqleType   *any;
	GqleTypeRef ref;
	GqleField  *field;
	GqleInputField *arg;

	entity = gqle_build_type(schema, GQLE_TYPE_UNION, pstrdup("_Entity"), fill_entity, NULL);
	any = gqle_build_type(schema, GQLE_TYPE_SCALAR, pstrdup("_Any"), NULL, NULL);
	any->description = "Scalar _Any";

	/* compat: the type is that of one entity, though the answer is a list */
	field = gqle_build_loose_field(schema, GQLE_FIELD_ENTITIES, "_entities",
								   "query _Entity union", gqle_typeref(entity));
	ref = gqle_typeref_list(gqle_typeref_non_null(gqle_typeref(any)));
	arg = gqle_build_arg(schema, field, GQLE_INPUT_REPRESENTATIONS, "representations", NULL,
						 gqle_typeref_non_null(ref));
	arg->value_class = GQLE_CLASS_JSON;
	return field;
}

GqleField *
gqle_build_federation_field(GqleSchema *schema, const char *name)
{
	if (!schema->is_subgraph)
		return NULL;
	if (strcmp(name, "_service") == 0)
		return make_service_field(schema);
	if (strcmp(name, "_entities") == 0 && find_entities(schema, NULL) > 0)
		return make_entities_field(schema);
	return NULL;
}
