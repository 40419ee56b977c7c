/*
 * build_enum.c
 *		Enum tables: tables whose rows are the values of a GraphQL enum.
 *
 * Columns that refer to an enum table take its values only.  The enum is there
 * for every role that sees such a column, whatever it may do with the table.
 */
#include "postgres.h"

#include "gqle/schema/build.h"

/* The rows, in the order of their values. */
static void
fill_enum_table(GqleSchema *schema, GqleType *type)
{
	GqleTable  *table = type->table;
	int			i;

	gqle_catalog_load_table(schema->catalog, table);
	for (i = 0; i < table->n_enum_rows; i++)
	{
		const GqleEnumRow *row = &table->enum_rows[i];
		char	   *name = pstrdup(row->value);
		char	   *p;

		if (table->customization->graphql_default)
		{
			for (p = name; *p != '\0'; p++)
				*p = pg_ascii_toupper((unsigned char) *p);
		}
		gqle_build_value(type, name, row->description)->text = row->value;
	}
}

GqleType *
gqle_build_enum_table(GqleSchema *schema, const GqleTable *table)
{
	return gqle_build_type(schema, GQLE_TYPE_ENUM, gqle_naming_type(table, "enum"),
						   fill_enum_table, (GqleTable *) table);
}
