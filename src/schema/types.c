/*
 * types.c
 *		Looking things up in a schema's types.
 *
 * The entries of schema.h that others call.  They set the memory context to the
 * schema's, because looking up makes what is not there yet.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/base/strhash.h"
#include "gqle/schema/build.h"

/* Types with fewer members are searched one by one. */
#define INDEX_THRESHOLD 9

/* ------------------------------------------------------------------------
 * Type references
 * ------------------------------------------------------------------------ */

void
gqle_typeref_append(StringInfo out, GqleTypeRef ref)
{
	if (gqle_typeref_is_non_null(ref))
	{
		gqle_typeref_append(out, gqle_typeref_unwrap(ref));
		appendStringInfoChar(out, '!');
	}
	else if (gqle_typeref_is_list(ref))
	{
		appendStringInfoChar(out, '[');
		gqle_typeref_append(out, gqle_typeref_unwrap(ref));
		appendStringInfoChar(out, ']');
	}
	else
		appendStringInfoString(out, ref.type->name);
}

/* ------------------------------------------------------------------------
 * Filling
 * ------------------------------------------------------------------------ */

/* Is no field of that name among the first n?  Enters it in the index, if any. */
static bool
is_new_field(GqleStrHash *index, const GqleType *type, int n, GqleField *field)
{
	int			i;

	if (index != NULL)
		return gqle_strhash_add(index, field->name, field);
	for (i = 0; i < n; i++)
	{
		if (strcmp(type->fields[i]->name, field->name) == 0)
			return false;
	}
	return true;
}

/* The same for input fields. */
static bool
is_new_input(GqleStrHash *index, const GqleType *type, int n, GqleInputField *input)
{
	int			i;

	if (index != NULL)
		return gqle_strhash_add(index, input->name, input);
	for (i = 0; i < n; i++)
	{
		if (strcmp(type->input_fields[i]->name, input->name) == 0)
			return false;
	}
	return true;
}

/*
 * Make the index of a type with many members, and keep the first of those with
 * one name: a column "posts_aggregate" hides the aggregate of a relationship
 * "posts".
 */
static void
index_members(GqleSchema *schema, GqleType *type)
{
	int			total = type->n_fields + type->n_input_fields + type->n_values;
	GqleStrHash *index = NULL;
	int			n = 0;
	int			i;

	if (total >= INDEX_THRESHOLD)
		index = gqle_strhash_make(schema->context, total);
	for (i = 0; i < type->n_fields; i++)
	{
		if (is_new_field(index, type, n, type->fields[i]))
			type->fields[n++] = type->fields[i];
	}
	type->n_fields = n;
	n = 0;
	for (i = 0; i < type->n_input_fields; i++)
	{
		if (is_new_input(index, type, n, type->input_fields[i]))
			type->input_fields[n++] = type->input_fields[i];
	}
	type->n_input_fields = n;
	for (i = 0; i < type->n_values && index != NULL; i++)
		gqle_strhash_add(index, type->values[i].name, &type->values[i]);
	type->by_name = index;
}

void
gqle_type_fill(GqleSchema *schema, GqleType *type)
{
	MemoryContext old_context;

	if (type->is_filled)
		return;
	check_stack_depth();
	old_context = MemoryContextSwitchTo(schema->context);

	/*
	 * An error halfway through leaves members behind that a second try would
	 * add again.
	 */
	type->n_fields = 0;
	type->n_input_fields = 0;
	type->n_values = 0;
	type->n_interfaces = 0;
	type->n_possible = 0;
	type->fill(schema, type);
	if (!type->is_root)
		index_members(schema, type);
	type->is_filled = true;
	MemoryContextSwitchTo(old_context);
}

/* ------------------------------------------------------------------------
 * Members by name
 * ------------------------------------------------------------------------ */

/* A root's field: made when first asked for, and kept. */
static const GqleField *
lookup_root_field(GqleSchema *schema, GqleType *type, const char *name)
{
	GqleField  *field;
	MemoryContext old_context;

	if (type->by_name != NULL)
	{
		field = gqle_strhash_lookup(type->by_name, name);
		if (field != NULL)
			return field;
	}
	old_context = MemoryContextSwitchTo(schema->context);
	field = gqle_build_root_field(schema, type, name);
	MemoryContextSwitchTo(old_context);
	return field;
}

const GqleField *
gqle_schema_lookup_field(GqleSchema *schema, GqleType *type, const char *name)
{
	int			i;

	if (strcmp(name, "__typename") == 0)
		return schema->typename_field;
	if (type->is_root)
		return lookup_root_field(schema, type, name);
	gqle_type_fill(schema, type);
	if (type->by_name != NULL)
		return gqle_strhash_lookup(type->by_name, name);
	for (i = 0; i < type->n_fields; i++)
	{
		if (strcmp(type->fields[i]->name, name) == 0)
			return type->fields[i];
	}
	return NULL;
}

const GqleInputField *
gqle_schema_lookup_input_field(GqleSchema *schema, GqleType *type, const char *name)
{
	int			i;

	gqle_type_fill(schema, type);
	if (type->by_name != NULL)
		return gqle_strhash_lookup(type->by_name, name);
	for (i = 0; i < type->n_input_fields; i++)
	{
		if (strcmp(type->input_fields[i]->name, name) == 0)
			return type->input_fields[i];
	}
	return NULL;
}

const GqleEnumValue *
gqle_schema_lookup_enum_value(GqleSchema *schema, GqleType *type, const char *name)
{
	int			i;

	gqle_type_fill(schema, type);
	if (type->by_name != NULL)
		return gqle_strhash_lookup(type->by_name, name);
	for (i = 0; i < type->n_values; i++)
	{
		if (strcmp(type->values[i].name, name) == 0)
			return &type->values[i];
	}
	return NULL;
}

const GqleInputField *
gqle_field_lookup_arg(const GqleField *field, const char *name, int *index)
{
	int			i;

	for (i = 0; i < field->n_args; i++)
	{
		if (strcmp(field->args[i]->name, name) == 0)
		{
			if (index != NULL)
				*index = i;
			return field->args[i];
		}
	}
	return NULL;
}
