/*
 * build_stream.c
 *		T_stream: streaming subscriptions.
 */
#include "postgres.h"

#include "gqle/base/guc.h"
#include "gqle/schema/build.h"

static void
fill_cursor_ordering(GqleSchema *schema, GqleType *type)
{
	type->description = "ordering argument of a cursor";
	gqle_build_value(type, "ASC", "ascending ordering of the cursor");
	gqle_build_value(type, "DESC", "descending ordering of the cursor")->descending = true;
}

/* T_stream_cursor_value_input: a column and where to start */
static void
fill_cursor_value(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int			i;

	type->description =
		"Initial value of the column from where the streaming should start";
	for (i = 0; i < table->n_columns; i++)
	{
		if (gqle_build_can_select(type->select, table->columns[i]))
			gqle_build_column_input(schema, type, GQLE_INPUT_COLUMN, table->columns[i]);
	}
}

/* T_stream_cursor_input */
static void
fill_cursor(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	GqleType   *member;

	type->description = gqle_build_text(schema, "Streaming cursor of the table \"%s\"",
										table->plain_name);
	member = gqle_build_type(schema, GQLE_TYPE_ENUM,
							 gqle_naming_source_type(table->customization,
													 "cursor_ordering"),
							 fill_cursor_ordering, NULL);
	gqle_build_input(schema, type, GQLE_INPUT_ORDERING, "ordering", "cursor ordering",
					 gqle_typeref(member));
	member = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
							 gqle_naming_type(table, "stream_cursor_value_input"),
							 fill_cursor_value, table);
	member->select = type->select;
	gqle_build_input(schema, type, GQLE_INPUT_INITIAL_VALUE,
					 gqle_naming_field(table->customization, "initial_value"),
					 "Stream column input with initial value",
					 gqle_typeref_non_null(gqle_typeref(member)));
}

/* Add batch_size, cursor and where. */
static void
add_stream_args(GqleSchema *schema, GqleField *field, const GqleTablePerms *perms)
{
	GqleTable  *table = field->table;
	GqleTypeRef ref = gqle_typeref(gqle_build_builtin(schema, "Int"));
	GqleInputField *arg;
	GqleType   *cursor;

	arg = gqle_build_arg(schema, field, GQLE_INPUT_WHERE, "where", "filter the rows returned",
						 gqle_typeref(gqle_build_bool_exp(schema, table)));
	arg->null_is_absent = true;
	arg->table = table;
	arg->perms = perms;
	cursor = gqle_build_type(schema, GQLE_TYPE_INPUT_OBJECT,
							 gqle_naming_type(table, "stream_cursor_input"),
							 fill_cursor, table);
	cursor->select = perms->select;
	gqle_build_arg(schema, field, GQLE_INPUT_CURSOR, "cursor",
				   "cursor to stream the results returned by the query",
				   gqle_typeref_non_null(gqle_typeref_list(gqle_typeref(cursor))));
	arg = gqle_build_arg(schema, field, GQLE_INPUT_BATCH_SIZE,
						 gqle_naming_field(table->customization, "batch_size"),
						 "maximum number of rows returned in a single batch",
						 gqle_typeref_non_null(ref));
	arg->value_class = GQLE_CLASS_NON_NEGATIVE_INT;
}

GqleField *
gqle_build_stream_root(GqleSchema *schema, GqleTable *table)
{
	const GqleTablePerms *perms = gqle_build_perms(schema, table);
	GqleTypeRef ref;
	GqleField  *field;

	if (perms->select == NULL || bms_is_empty(perms->select->columns) ||
		(perms->select->subscription_roots & (1U << GQLE_ROOT_SELECT_STREAM)) == 0 ||
		gqle_guc_has_feature(GQLE_FEATURE_HIDE_STREAM_FIELDS))
		return NULL;
	ref = gqle_typeref_non_null(gqle_typeref(gqle_build_object(schema, table)));
	field = gqle_build_table_root(schema, table, GQLE_ROOT_SELECT_STREAM,
								  gqle_typeref_non_null(gqle_typeref_list(ref)));
	add_stream_args(schema, field, perms);
	return field;
}
