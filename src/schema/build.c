/*
 * build.c
 *		Making types and their members: what all build_*.c share.
 *
 * Nothing here knows a feature of the schema.  Member arrays grow by doubling;
 * their capacity is the next power of two, so it need not be stored.
 */
#include "postgres.h"

#include "gqle/base/strhash.h"
#include "gqle/schema/build.h"

/* ------------------------------------------------------------------------
 * Types
 * ------------------------------------------------------------------------ */

GqleType *
gqle_build_type(GqleSchema *schema, GqleTypeKind kind, char *name,
				GqleTypeFill fill, GqleTable *table)
{
	GqleType   *type = gqle_strhash_lookup(schema->types, name);
	Size		len;

	if (type != NULL)
	{
		if (type->kind != kind || type->fill != fill || type->table != table)
			gqle_schema_report_clash(type->name, type->table, table);
		pfree(name);
		return type;
	}
	type = gqle_arena_alloc0(&schema->arena, sizeof(GqleType));
	type->kind = kind;
	len = strlen(name) + 1;
	type->name = memcpy(gqle_arena_alloc(&schema->arena, len), name, len);
	pfree(name);
	type->fill = fill;
	type->table = table;
	type->is_filled = fill == NULL;
	gqle_strhash_add(schema->types, type->name, type);
	return type;
}

/* Append an element to an array of pointers that holds n. */
static void *
grow(void *array, int n, size_t size)
{
	if (n == 0)
		return palloc(size);
	if ((n & (n - 1)) == 0)
		return repalloc(array, 2 * n * size);
	return array;
}

GqleField *
gqle_build_loose_field(GqleSchema *schema, GqleFieldKind kind, const char *name, const char *description,
					   GqleTypeRef ref)
{
	GqleField  *field = gqle_arena_alloc0(&schema->arena, sizeof(GqleField));

	field->kind = kind;
	field->name = name;
	field->description = description;
	field->type = ref;
	return field;
}

void
gqle_build_add_field(GqleType *type, GqleField *field)
{
	type->fields = grow(type->fields, type->n_fields, sizeof(GqleField *));
	type->fields[type->n_fields++] = field;
}

GqleField *
gqle_build_field(GqleSchema *schema, GqleType *type, GqleFieldKind kind, const char *name,
				 const char *description, GqleTypeRef ref)
{
	GqleField  *field = gqle_build_loose_field(schema, kind, name, description, ref);

	gqle_build_add_field(type, field);
	return field;
}

static GqleInputField *
make_input(GqleSchema *schema, GqleInputRole role, const char *name, const char *description,
		   GqleTypeRef ref)
{
	GqleInputField *input = gqle_arena_alloc0(&schema->arena, sizeof(GqleInputField));

	input->role = role;
	input->name = name;
	input->description = description;
	input->type = ref;
	return input;
}

GqleInputField *
gqle_build_input(GqleSchema *schema, GqleType *type, GqleInputRole role, const char *name,
				 const char *description, GqleTypeRef ref)
{
	GqleInputField *input = make_input(schema, role, name, description, ref);

	type->input_fields = grow(type->input_fields, type->n_input_fields,
							  sizeof(GqleInputField *));
	type->input_fields[type->n_input_fields++] = input;
	return input;
}

GqleInputField *
gqle_build_arg(GqleSchema *schema, GqleField *field, GqleInputRole role, const char *name,
			   const char *description, GqleTypeRef ref)
{
	GqleInputField *input = make_input(schema, role, name, description, ref);

	field->args = grow(field->args, field->n_args, sizeof(GqleInputField *));
	field->args[field->n_args++] = input;
	return input;
}

GqleEnumValue *
gqle_build_value(GqleType *type, const char *name, const char *description)
{
	GqleEnumValue *value;

	type->values = grow(type->values, type->n_values, sizeof(GqleEnumValue));
	value = &type->values[type->n_values++];
	memset(value, 0, sizeof(*value));
	value->name = name;
	value->description = description;
	return value;
}

/* ------------------------------------------------------------------------
 * Scalars and columns
 * ------------------------------------------------------------------------ */

/* Scalars are shared by name: the first Postgres type of a name stands for all. */
static GqleType *
make_scalar(GqleSchema *schema, const char *name, const GqleScalar *scalar)
{
	GqleType   *type = gqle_strhash_lookup(schema->types, name);

	if (type != NULL)
	{
		if (type->kind != GQLE_TYPE_SCALAR)
			gqle_schema_report_clash(type->name, type->table, NULL);
		if (type->scalar == NULL)
			type->scalar = scalar;
		return type;
	}
	type = gqle_build_type(schema, GQLE_TYPE_SCALAR, pstrdup(name), NULL, NULL);
	type->scalar = scalar;
	return type;
}

GqleType *
gqle_build_shared_scalar(GqleSchema *schema, const char *name, const char *description)
{
	GqleType   *type = gqle_strhash_lookup(schema->types, name);

	if (type != NULL)
		return type->kind == GQLE_TYPE_SCALAR ? type : NULL;
	type = make_scalar(schema, name, gqle_scalar_lookup_by_name(name));
	if (type->description == NULL)
		type->description = description;
	return type;
}

GqleType *
gqle_build_builtin(GqleSchema *schema, const char *name)
{
	return make_scalar(schema, name, gqle_scalar_lookup_by_name(name));
}

GqleType *
gqle_build_scalar(GqleSchema *schema, const GqleScalar *scalar,
				  const GqleCustomization *custom)
{
	const GqleScalar *named = gqle_scalar_is_list(scalar) ? scalar->element : scalar;
	GqleType   *type;
	char	   *name;

	if (!custom->graphql_default || !custom->case_scalars)
		return make_scalar(schema, named->name, named);
	name = gqle_naming_plain_type(custom, named->name);
	type = make_scalar(schema, name, named);
	pfree(name);
	return type;
}

GqleTypeRef
gqle_build_scalar_ref(GqleSchema *schema, const GqleScalar *scalar,
					  const GqleCustomization *custom)
{
	GqleTypeRef ref = gqle_typeref(gqle_build_scalar(schema, scalar, custom));

	if (gqle_scalar_is_list(scalar))
		ref = gqle_typeref_list(gqle_typeref_non_null(ref));
	return ref;
}

GqleTypeRef
gqle_build_column_ref(GqleSchema *schema, const GqleColumn *column)
{
	if (column->enum_table != NULL)
		return gqle_typeref(gqle_build_enum_table(schema, column->enum_table));
	return gqle_build_scalar_ref(schema, column->scalar,
								 gqle_catalog_customization(schema->catalog));
}

GqleTypeRef
gqle_build_leaf(GqleSchema *schema, GqleInputField *input, const GqleScalar *scalar,
				const GqleCustomization *custom)
{
	input->value_class = GQLE_CLASS_LEAF;
	input->is_leaf_list = false;
	input->scalar = scalar;
	input->type = gqle_build_scalar_ref(schema, scalar, custom);
	return input->type;
}

void
gqle_build_column_value(GqleSchema *schema, GqleInputField *input,
						const GqleColumn *column)
{
	gqle_build_leaf(schema, input, column->scalar,
					gqle_catalog_customization(schema->catalog));
	input->type = gqle_build_column_ref(schema, column);
	input->column = column;
	input->leaf_nullable = !column->not_null;
}

GqleInputField *
gqle_build_column_input(GqleSchema *schema, GqleType *type, GqleInputRole role,
						const GqleColumn *column)
{
	GqleInputField *input;

	input = gqle_build_input(schema, type, role, column->graphql_name, column->description,
							 gqle_typeref(NULL));
	gqle_build_column_value(schema, input, column);
	return input;
}

void
gqle_build_pk_args(GqleSchema *schema, GqleField *field, const GqleTable *table)
{
	const GqleUniqueKey *key = table->primary_key;
	int			i;

	for (i = 0; i < key->n_columns; i++)
	{
		const GqleColumn *column = key->columns[i];
		GqleInputField *arg;

		arg = gqle_build_arg(schema, field, GQLE_INPUT_PK_COLUMN, column->graphql_name,
							 column->description, gqle_typeref(NULL));
		gqle_build_column_value(schema, arg, column);
		arg->type = gqle_typeref_non_null(arg->type);
		arg->leaf_nullable = false;
	}
}

/* ------------------------------------------------------------------------
 * What the role sees
 * ------------------------------------------------------------------------ */

const GqleTablePerms *
gqle_build_perms(GqleSchema *schema, GqleTable *table)
{
	return gqle_permission_get(schema->catalog, table, schema->role);
}

GqleTable *
gqle_build_target(GqleSchema *schema, const GqleRelationship *rel)
{
	gqle_catalog_load_table(schema->catalog, rel->target);
	return rel->target;
}

bool
gqle_build_can_select(const GqleSelectPerm *perm, const GqleColumn *column)
{
	return perm != NULL && bms_is_member(column->index, perm->columns);
}

bool
gqle_build_can_select_pk(const GqleTable *table, const GqleSelectPerm *perm)
{
	const GqleUniqueKey *key = table->primary_key;
	int			i;

	if (key == NULL || perm == NULL)
		return false;
	for (i = 0; i < key->n_columns; i++)
	{
		if (!gqle_build_can_select(perm, key->columns[i]))
			return false;
	}
	return true;
}

const char *
gqle_build_text(GqleSchema *schema, const char *format,...)
{
	StringInfoData text;
	int			needed;

	if (!schema->has_descriptions)
		return NULL;
	initStringInfo(&text);
	do
	{
		va_list		args;

		va_start(args, format);
		needed = appendStringInfoVA(&text, format, args);
		va_end(args);
		if (needed > 0)
			enlargeStringInfo(&text, needed);
	} while (needed > 0);
	return text.data;
}
