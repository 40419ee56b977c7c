/*
 * metadata_json.c
 *		Reading the JSON and the rows of the metadata, and words of messages.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/base/spi.h"
#include "gqle/catalog/cache.h"

GqleJson *
gqle_catalog_parse_json(const char *text)
{
	GqleJsonError error;
	GqleJson   *json;

	if (text == NULL)
		return NULL;
	json = gqle_json_parse(text, (int) strlen(text), &error);
	if (json == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("metadata holds JSON that cannot be read: %s", error.message),
				 errdetail("It is: %s", text)));
	return json;
}

GqleJson *
gqle_catalog_copy_json(const GqleJson *json)
{
	GqleJson   *copy = NULL;

	check_stack_depth();
	switch (json->kind)
	{
		case GQLE_JSON_NULL:
			return gqle_json_make_null();
		case GQLE_JSON_BOOL:
			return gqle_json_make_bool(json->boolean);
		case GQLE_JSON_NUMBER:
			return gqle_json_make_number(pstrdup(json->text));
		case GQLE_JSON_STRING:
			return gqle_json_make_string(pstrdup(json->text));
		case GQLE_JSON_ARRAY:
			copy = gqle_json_make_array();
			for (int i = 0; i < json->n; i++)
				gqle_json_array_add(copy, gqle_catalog_copy_json(json->items[i]));
			return copy;
		case GQLE_JSON_OBJECT:
			copy = gqle_json_make_object();
			for (int i = 0; i < json->n; i++)
				gqle_json_object_set(copy, pstrdup(json->members[i].key),
									 gqle_catalog_copy_json(json->members[i].value));
			return copy;
	}
	return copy;
}

GqleRows *
gqle_catalog_query_table(MemoryContext context, GqleSpiStatement *statement,
						 const GqleTable *table)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleSpiArgs args = GQLE_SPI_NO_ARGS;
	GqleRows   *rows;

	gqle_spi_add_text(&args, table->source);
	gqle_spi_add_text(&args, table->schema);
	gqle_spi_add_text(&args, table->name);
	rows = gqle_spi_query_kept(statement, &args);
	MemoryContextSwitchTo(old);
	return rows;
}

GqleJson *
gqle_catalog_row_json(MemoryContext context, const GqleRows *rows, int row, int column)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	GqleJson   *json = gqle_catalog_parse_json(gqle_rows_text(rows, row, column));

	MemoryContextSwitchTo(old);
	return json;
}

const char *
gqle_catalog_json_string(const GqleJson *object, const char *key)
{
	const GqleJson *value;

	if (object == NULL || object->kind != GQLE_JSON_OBJECT)
		return NULL;
	value = gqle_json_lookup(object, key);
	return value != NULL && value->kind == GQLE_JSON_STRING ? value->text : NULL;
}

bool
gqle_catalog_json_bool(const GqleJson *object, const char *key, bool fallback)
{
	const GqleJson *value;

	if (object == NULL || object->kind != GQLE_JSON_OBJECT)
		return fallback;
	value = gqle_json_lookup(object, key);
	return value != NULL && value->kind == GQLE_JSON_BOOL ? value->boolean : fallback;
}

char *
gqle_catalog_english_list(const char **items, int n)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(&out, n == 2 ? " and " : i == n - 1 ? ", and " : ", ");
		appendStringInfo(&out, "\"%s\"", items[i]);
	}
	return out.data;
}

char *
gqle_catalog_join_reasons(const char *start, List *reasons)
{
	StringInfoData out;
	ListCell   *cell;

	if (list_length(reasons) == 1)
		return psprintf("%s because %s", start, (char *) linitial(reasons));
	initStringInfo(&out);
	appendStringInfo(&out, "%s for the following reasons:\n", start);
	foreach(cell, reasons)
		appendStringInfo(&out, "  \xe2\x80\xa2 %s\n", (char *) lfirst(cell));
	return out.data;
}

bool
gqle_catalog_parse_name(const GqleJson *json, const char **schema, const char **name)
{
	*schema = "public";
	if (gqle_json_is_null(json))
		return false;
	if (json->kind == GQLE_JSON_STRING)
	{
		*name = json->text;
		return true;
	}
	*name = gqle_catalog_json_string(json, "name");
	if (gqle_catalog_json_string(json, "schema") != NULL)
		*schema = gqle_catalog_json_string(json, "schema");
	return *name != NULL;
}
