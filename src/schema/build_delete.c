/*
 * build_delete.c
 *		delete_T and delete_T_by_pk.
 */
#include "postgres.h"

#include "gqle/schema/build.h"

/* delete_T(where) */
static GqleField *
make_delete(GqleSchema *schema, GqleTable *table, const GqleTablePerms *perms)
{
	GqleTypeRef where = gqle_typeref(gqle_build_bool_exp(schema, table));
	GqleField  *field;
	GqleInputField *arg;

	field = gqle_build_table_root(schema, table, GQLE_ROOT_DELETE,
								  gqle_typeref(gqle_build_mutation_response(schema, table)));
	arg = gqle_build_arg(schema, field, GQLE_INPUT_WHERE, "where",
						 "filter the rows which have to be deleted",
						 gqle_typeref_non_null(where));
	arg->table = table;
	arg->perms = perms;
	return field;
}

/* delete_T_by_pk(key), for whoever can select the key */
static GqleField *
make_by_pk(GqleSchema *schema, GqleTable *table, const GqleTablePerms *perms)
{
	GqleField  *field;

	if (!gqle_build_can_select_pk(table, perms->select))
		return NULL;
	field = gqle_build_table_root(schema, table, GQLE_ROOT_DELETE_BY_PK,
								  gqle_typeref(gqle_build_object(schema, table)));
	gqle_build_pk_args(schema, field, table);
	return field;
}

/* Views must be insertable for this, not deletable: compat, §27.3. */
GqleField *
gqle_build_delete_root(GqleSchema *schema, GqleTable *table, GqleTableRoot root)
{
	const GqleTablePerms *perms = gqle_build_perms(schema, table);

	if (perms->del == NULL || !table->is_insertable ||
		(perms->del->backend_only && !schema->backend_only))
		return NULL;
	if (root == GQLE_ROOT_DELETE)
		return make_delete(schema, table, perms);
	return make_by_pk(schema, table, perms);
}
