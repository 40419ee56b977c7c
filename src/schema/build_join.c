/*
 * build_join.c
 *		Fields of joins: remote relationships as a role sees them.
 */
#include "postgres.h"

#include "gqle/catalog/join.h"
#include "gqle/catalog/remote.h"
#include "gqle/schema/build.h"

/* A field of a join to rows of a table. */
static GqleField *
add_field(GqleSchema *schema, GqleType *type, const GqleJoin *join, GqleFieldKind kind,
		  const char *name, GqleTypeRef ref)
{
	const GqleRelationship *rel = join->relationship;
	GqleField  *field = gqle_build_field(schema, type, kind, name, NULL, ref);

	field->join = join;
	field->relationship = rel;
	field->table = rel->target;
	field->perms = gqle_build_perms(schema, rel->target);
	if (rel->kind == GQLE_REL_ARRAY)
		gqle_build_select_args(schema, field, rel->target);
	return field;
}

/*
 * A join to rows of a table.  That of a table is one of its relationships; what
 * has no rows of its own (of an action, of a remote schema) is joined afterwards.
 */
static void
add_to_table(GqleSchema *schema, GqleType *type, const GqleJoin *join)
{
	bool		has_rows = type->table != NULL;
	GqleTable  *target = gqle_build_target(schema, join->relationship);
	const GqleSelectPerm *perm = gqle_build_perms(schema, target)->select;
	GqleTypeRef ref;

	if (perm == NULL)
		return;
	ref = gqle_typeref(gqle_build_object(schema, target));
	if (join->relationship->kind == GQLE_REL_OBJECT)
	{
		add_field(schema, type, join,
				  has_rows ? GQLE_FIELD_OBJECT_REL : GQLE_FIELD_JOIN_OBJECT,
				  join->name, ref);
		return;
	}
	ref = gqle_typeref_non_null(gqle_typeref_list(gqle_typeref_non_null(ref)));
	add_field(schema, type, join, has_rows ? GQLE_FIELD_ARRAY_REL : GQLE_FIELD_JOIN_ARRAY,
			  join->name, ref);
	if (!perm->allow_aggregations)
		return;
	ref = gqle_typeref_non_null(gqle_typeref(gqle_build_aggregate(schema, target)));
	add_field(schema, type, join,
			  has_rows ? GQLE_FIELD_ARRAY_REL_AGGREGATE : GQLE_FIELD_JOIN_AGGREGATE,
			  gqle_naming_aggregate_field(target->customization, join->name), ref);
}

/*
 * A join to a field of a remote schema, with those of its arguments that the join does
 * not give; if it leads somewhere in what the role sees.
 */
static void
add_to_remote(GqleSchema *schema, GqleType *type, const GqleJoin *join)
{
	const GqleRemoteSchema *remote = gqle_catalog_lookup_remote(schema->catalog,
																join->remote_schema);
	const GqleRemoteGraph *graph = remote == NULL ? NULL :
		gqle_remote_graph_of(schema->catalog, remote, schema->role, schema->backend_only);
	const GqleRemoteField *leaf = graph == NULL ? NULL :
		gqle_join_remote_field(schema->catalog, join, graph);
	GqleField  *field;

	if (leaf == NULL)
		return;
	field = gqle_build_remote_field(schema, leaf);
	field->kind = GQLE_FIELD_JOIN_REMOTE;
	field->name = join->name;
	field->join = join;
	/* compat: it is described as what it leads to */
	field->description = leaf->ref.type->description;
	gqle_build_add_field(type, field);
}

/* See build.h. */
void
gqle_build_join_fields(GqleSchema *schema, GqleType *type, const GqleJoin *join)
{
	/* compat: they are no part of the Relay schema */
	if (schema->is_relay)
		return;
	if (join->relationship != NULL)
		add_to_table(schema, type, join);
	else
		add_to_remote(schema, type, join);
}
