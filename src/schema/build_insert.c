/*
 * build_insert.c
 *		insert_T, insert_T_one, their inputs, and T_mutation_response.
 */
#include "postgres.h"

#include "gqle/base/ident.h"
#include "gqle/schema/build.h"

/* ------------------------------------------------------------------------
 * T_mutation_response
 * ------------------------------------------------------------------------ */

static void
fill_mutation_response(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	GqleTypeRef ref = gqle_typeref(gqle_build_builtin(schema, "Int"));
	GqleField  *field;

	type->description = gqle_build_text(schema, "response of any mutation on the table \"%s\"",
										table->display);
	gqle_build_field(schema, type, GQLE_FIELD_AFFECTED_ROWS,
					 gqle_naming_field(table->customization, "affected_rows"),
					 "number of rows affected by the mutation",
					 gqle_typeref_non_null(ref));
	if (type->select == NULL)
		return;
	ref = gqle_typeref_non_null(gqle_typeref(gqle_build_object(schema, table)));
	field = gqle_build_field(schema, type, GQLE_FIELD_RETURNING, "returning",
							 "data from the rows affected by the mutation",
							 gqle_typeref_non_null(gqle_typeref_list(ref)));
	field->table = table;
	field->perms = gqle_build_perms(schema, table);
}

GqleType *
gqle_build_mutation_response(GqleSchema *schema, GqleTable *table)
{
	GqleType   *type;

	type = gqle_build_type(schema, GQLE_TYPE_OBJECT,
						   gqle_naming_type(table, "mutation_response"),
						   fill_mutation_response, table);
	type->select = gqle_build_perms(schema, table)->select;
	return type;
}

/* ------------------------------------------------------------------------
 * on_conflict
 * ------------------------------------------------------------------------ */

/* Can the key be a value of T_constraint? */
static bool
is_usable_key(const GqleUniqueKey *key)
{
	return gqle_ident_is_name(key->name);
}

/* The hash of a name in Hasura's sets: FNV-1, after the length. */
static uint64
hash_name(const char *name)
{
	const uint64 prime = UINT64CONST(1099511628211);
	uint64 hash = (UINT64CONST(14695981039346656037) * prime) ^ strlen(name);

	for (; *name != '\0'; name++)
		hash = (hash * prime) ^ (unsigned char) *name;
	return hash;
}

/* The order of Hasura's sets: that of the hashes' digits, the lowest five bits first. */
static int
compare_columns(const void *a, const void *b)
{
	uint64 x = hash_name((*(const GqleColumn *const *) a)->name);
	uint64 y = hash_name((*(const GqleColumn *const *) b)->name);

	while (x != y && (x & 31) == (y & 31))
	{
		x >>= 5;
		y >>= 5;
	}
	return (int) (x & 31) - (int) (y & 31);
}

/* What a value of T_constraint is; compat: names of columns as in a set of Hasura's. */
static char *
describe_key(const GqleUniqueKey *key)
{
	const GqleColumn **columns = palloc(key->n_columns * sizeof(*columns));
	StringInfoData text;
	int i;

	memcpy(columns, key->columns, key->n_columns * sizeof(*columns));
	qsort(columns, key->n_columns, sizeof(*columns), compare_columns);
	initStringInfo(&text);
	appendStringInfoString(&text,
						   "unique or primary key constraint on columns ");
	for (i = 0; i < key->n_columns; i++)
		appendStringInfo(&text, "%s\"%s\"", i > 0 ? ", " : "",
						 columns[i]->name);
	pfree(columns);
	return text.data;
}

/* T_constraint: all unique indexes, constraint or not (§27.2). */
static void
fill_constraint(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int i;

	type->description =
		gqle_build_text(schema, "unique or primary key constraints on table \"%s\"",
						table->display);
	for (i = 0; i < table->n_unique_keys; i++)
	{
		const GqleUniqueKey *key = &table->unique_keys[i];

		if (!is_usable_key(key))
			continue;
		gqle_build_value(type, gqle_naming_constraint(table, key->name),
						 describe_key(key))
			->unique_key = key;
	}
}

/* T_on_conflict */
static void
fill_on_conflict(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	GqleInputField *input;
	GqleTypeRef ref;

	type->description = gqle_build_text(schema, "on_conflict condition type for table \"%s\"",
										table->display);
	ref = gqle_typeref(gqle_build_type(schema, GQLE_TYPE_ENUM,
									   gqle_naming_type(table, "constraint"),
									   fill_constraint, table));
	gqle_build_input(schema, type, GQLE_INPUT_CONSTRAINT, "constraint", NULL,
					 gqle_typeref_non_null(ref));
	input = gqle_build_input(schema, type, GQLE_INPUT_WHERE, "where", NULL,
							 gqle_typeref(gqle_build_bool_exp(schema, table)));
	input->table = table;
	input->perms = gqle_build_perms(schema, table);
	ref = gqle_typeref(gqle_build_update_column_enum(schema, table));
	ref = gqle_typeref_list(gqle_typeref_non_null(ref));
	input = gqle_build_input(schema, type, GQLE_INPUT_UPDATE_COLUMNS,
							 gqle_naming_field(table->customization, "update_columns"),
							 NULL, gqle_typeref_non_null(ref));
	input->default_text = "[]";
}

/* The type of on_conflict, or no type if nothing can conflict. */
static GqleTypeRef
on_conflict_ref(GqleSchema *schema, GqleTable *table)
{
	int			i;

	for (i = 0; i < table->n_unique_keys; i++)
	{
		if (is_usable_key(&table->unique_keys[i]))
			return gqle_typeref(gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
												gqle_naming_type(table, "on_conflict"),
												fill_on_conflict, table));
	}
	return gqle_typeref(NULL);
}

/* ------------------------------------------------------------------------
 * T_insert_input
 * ------------------------------------------------------------------------ */

static GqleType *build_insert_input(GqleSchema *schema, GqleTable *table);

/* R_obj_rel_insert_input, R_arr_rel_insert_input; variant: relationship kind */
static void
fill_rel_insert(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	GqleTypeRef ref = gqle_typeref_non_null(gqle_typeref(build_insert_input(schema, table)));
	GqleTypeRef on_conflict = on_conflict_ref(schema, table);
	bool		is_array = type->variant == GQLE_REL_ARRAY;
	GqleInputField *input;

	type->description =
		gqle_build_text(schema,
						"input type for inserting %s relation for remote table \"%s\"",
						is_array ? "array" : "object", table->display);
	if (is_array)
		ref = gqle_typeref_non_null(gqle_typeref_list(ref));
	if (on_conflict.type != NULL)
		gqle_build_input(schema, type, GQLE_INPUT_ON_CONFLICT,
						 gqle_naming_field(table->customization, "on_conflict"),
						 "upsert condition", on_conflict);
	input = gqle_build_input(schema, type, GQLE_INPUT_DATA, "data", NULL, ref);
	input->table = table;
	input->perms = gqle_build_perms(schema, table);
}

/*
 * A relationship whose target the role can insert.  Neither backend_only nor
 * the mutability of views is asked for here, as in Hasura.
 */
static void
add_relationship(GqleSchema *schema, GqleType *type, const GqleRelationship *rel)
{
	GqleTable  *target = gqle_build_target(schema, rel);
	const GqleTablePerms *perms = gqle_build_perms(schema, target);
	GqleInputField *input;
	GqleType   *nested;

	if (perms->insert == NULL)
		return;
	nested = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
							 gqle_naming_type(target, rel->kind == GQLE_REL_ARRAY ?
											  "arr_rel_insert_input" :
											  "obj_rel_insert_input"),
							 fill_rel_insert, target);
	nested->variant = rel->kind;
	input = gqle_build_input(schema, type, GQLE_INPUT_RELATIONSHIP, rel->name, NULL,
							 gqle_typeref(nested));
	input->null_is_absent = true;
	input->relationship = rel;
	input->table = target;
	input->perms = perms;
}

static void
fill_insert_input(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	const GqleInsertPerm *perm = gqle_build_perms(schema, table)->insert;
	int			i;

	type->description = gqle_build_text(schema, "input type for inserting data into table \"%s\"",
										table->display);
	for (i = 0; i < table->n_columns; i++)
	{
		const GqleColumn *column = table->columns[i];

		if (column->insertable && bms_is_member(column->index, perm->columns))
			gqle_build_column_input(schema, type, GQLE_INPUT_COLUMN, column);
	}
	for (i = 0; i < table->n_relationships; i++)
		add_relationship(schema, type, table->relationships[i]);
}

static GqleType *
build_insert_input(GqleSchema *schema, GqleTable *table)
{
	return gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
						   gqle_naming_type(table, "insert_input"),
						   fill_insert_input, table);
}

/* ------------------------------------------------------------------------
 * Root fields
 * ------------------------------------------------------------------------ */

GqleField *
gqle_build_insert_root(GqleSchema *schema, GqleTable *table, GqleTableRoot root)
{
	const GqleTablePerms *perms = gqle_build_perms(schema, table);
	bool		one = root == GQLE_ROOT_INSERT_ONE;
	GqleTypeRef ref;
	GqleField  *field;
	GqleInputField *arg;

	if (perms->insert == NULL || !table->is_insertable ||
		(perms->insert->backend_only && !schema->backend_only) ||
		(one && perms->select == NULL))
		return NULL;
	ref = gqle_typeref(one ? gqle_build_object(schema, table) :
					   gqle_build_mutation_response(schema, table));
	field = gqle_build_table_root(schema, table, root, ref);
	ref = on_conflict_ref(schema, table);
	if (ref.type != NULL)
		gqle_build_arg(schema, field, GQLE_INPUT_ON_CONFLICT,
					   gqle_naming_field(table->customization, "on_conflict"),
					   "upsert condition", ref);
	ref = gqle_typeref_non_null(gqle_typeref(build_insert_input(schema, table)));
	if (one)
		arg = gqle_build_arg(schema, field, GQLE_INPUT_OBJECT, "object",
							 "the row to be inserted", ref);
	else
		arg = gqle_build_arg(schema, field, GQLE_INPUT_OBJECTS, "objects",
							 "the rows to be inserted",
							 gqle_typeref_non_null(gqle_typeref_list(ref)));
	arg->table = table;
	arg->perms = perms;
	return field;
}
