/*
 * tablenames.c
 *		GraphQL names of tables, columns, functions and their root fields.
 *
 * A name comes from the database or from metadata (custom), is spelt under the
 * naming convention of its source, and gets the source's prefix and suffix.
 * hasura-default only joins with "_", and thousands of tables must be named
 * when a catalog is made, so that case goes without GqleIdent.
 */
#include "postgres.h"

#include "gqle/base/ident.h"
#include "gqle/catalog/cache.h"

/* A root field's own words around the table's name. */
typedef struct RootWords
{
	const char *key;			/* in custom_root_fields */
	const char *before;			/* "insert_" */
	const char *after;			/* "_by_pk" */
} RootWords;

static const RootWords root_words[GQLE_N_TABLE_ROOTS] = {
	[GQLE_ROOT_SELECT] = {"select", "", ""},
	[GQLE_ROOT_SELECT_BY_PK] = {"select_by_pk", "", "_by_pk"},
	[GQLE_ROOT_SELECT_AGGREGATE] = {"select_aggregate", "", "_aggregate"},
	[GQLE_ROOT_SELECT_STREAM] = {"select_stream", "", "_stream"},
	[GQLE_ROOT_INSERT] = {"insert", "insert_", ""},
	[GQLE_ROOT_INSERT_ONE] = {"insert_one", "insert_", "_one"},
	[GQLE_ROOT_UPDATE] = {"update", "update_", ""},
	[GQLE_ROOT_UPDATE_BY_PK] = {"update_by_pk", "update_", "_by_pk"},
	[GQLE_ROOT_UPDATE_MANY] = {"update_many", "update_", "_many"},
	[GQLE_ROOT_DELETE] = {"delete", "delete_", ""},
	[GQLE_ROOT_DELETE_BY_PK] = {"delete_by_pk", "delete_", "_by_pk"},
};

char *
gqle_catalog_join(const char *a, const char *b, const char *c)
{
	size_t		a_len = a ? strlen(a) : 0;
	size_t		b_len = b ? strlen(b) : 0;
	size_t		c_len = c ? strlen(c) : 0;
	char	   *result = palloc(a_len + b_len + c_len + 1);

	if (a_len > 0)
		memcpy(result, a, a_len);
	if (b_len > 0)
		memcpy(result + a_len, b, b_len);
	if (c_len > 0)
		memcpy(result + a_len + b_len, c, c_len);
	result[a_len + b_len + c_len] = '\0';
	return result;
}

char *
gqle_tablenames_display(const char *schema, const char *name)
{
	if (strcmp(schema, "public") == 0)
		return pstrdup(name);
	return gqle_catalog_join(schema, ".", name);
}

/*
 * Put a prefix and a suffix around a name.  Under graphql-default what follows
 * a prefix starts with a capital, and so does a suffix.
 */
static const char *
add_affixes(const char *name, const char *prefix, const char *suffix, bool graphql_default)
{
	if (prefix == NULL && suffix == NULL)
		return name;
	if (graphql_default)
	{
		if (prefix != NULL)
			name = gqle_ident_upper_first(name);
		if (suffix != NULL)
			suffix = gqle_ident_upper_first(suffix);
	}
	return gqle_catalog_join(prefix, name, suffix);
}

static const char *
add_root_affixes(const char *name, const GqleCustomization *custom)
{
	return add_affixes(name, custom->root_prefix, custom->root_suffix,
					   custom->graphql_default);
}

GqleIdent *
gqle_table_ident(const GqleTable *table)
{
	GqleIdent  *ident;

	if (table->has_custom_name)
		return gqle_ident_custom(table->plain_name);
	ident = gqle_ident_split(table->name);
	if (strcmp(table->schema, "public") == 0)
		return ident;
	return gqle_ident_concat(gqle_ident_split(table->schema), ident);
}

/* The words of "insert_" or "_by_pk". */
static GqleIdent *
words_ident(const char *words)
{
	char	   *copy = pstrdup(words + (words[0] == '_'));
	size_t		len = strlen(copy);

	if (len > 0 && copy[len - 1] == '_')
		copy[len - 1] = '\0';
	return gqle_ident_split(copy);
}

/* Name of a root field without custom name, before affixes. */
static const char *
default_root_name(const GqleTable *table, const RootWords *words)
{
	GqleIdent  *ident;

	if (!table->customization->graphql_default)
	{
		if (words->before[0] == '\0' && words->after[0] == '\0')
			return table->plain_name;
		return gqle_catalog_join(words->before, table->plain_name, words->after);
	}
	ident = gqle_table_ident(table);
	if (words->before[0] != '\0')
		ident = gqle_ident_concat(words_ident(words->before), ident);
	if (words->after[0] != '\0')
		ident = gqle_ident_concat(ident, words_ident(words->after));
	return gqle_ident_to_camel(ident);
}

/*
 * Fill in one root name.  compat: a custom root field is a name, or an object
 * of name and comment; an empty comment means none.
 */
static void
fill_root(GqleTable *table, const RootWords *words, const GqleJson *custom_roots,
		  GqleRootName *root)
{
	const GqleJson *custom = custom_roots ? gqle_json_lookup(custom_roots, words->key) : NULL;
	const char *name = NULL;

	if (custom != NULL && custom->kind == GQLE_JSON_STRING)
		name = custom->text;
	else if (custom != NULL && custom->kind == GQLE_JSON_OBJECT)
	{
		const char *comment = gqle_catalog_json_string(custom, "comment");

		name = gqle_catalog_json_string(custom, "name");
		root->has_comment = comment != NULL;
		root->comment = comment != NULL && comment[0] != '\0' ? comment : NULL;
	}
	if (name == NULL)
		name = default_root_name(table, words);
	root->name = add_root_affixes(name, table->customization);
}

bool
gqle_tablenames_fill(GqleTable *table, const GqleJson *configuration)
{
	const GqleCustomization *custom = table->customization;
	const char *custom_name = gqle_catalog_json_string(configuration, "custom_name");
	const GqleJson *custom_roots = NULL;
	GqleRootName *roots = palloc0(sizeof(GqleRootName) * GQLE_N_TABLE_ROOTS);

	table->display = gqle_tablenames_display(table->schema, table->name);
	table->has_custom_name = custom_name != NULL && custom_name[0] != '\0';
	if (table->has_custom_name)
		table->plain_name = custom_name;
	else if (strcmp(table->schema, "public") == 0)
		table->plain_name = table->name;
	else
		table->plain_name = gqle_catalog_join(table->schema, "_", table->name);

	table->base_name = table->plain_name;
	if (custom->graphql_default && gqle_ident_is_name(table->plain_name))
		table->base_name = gqle_ident_to_pascal(gqle_table_ident(table));
	table->type_name = add_affixes(table->base_name, custom->type_prefix,
								   custom->type_suffix, custom->graphql_default);

	if (configuration != NULL)
		custom_roots = gqle_json_lookup(configuration, "custom_root_fields");
	if (gqle_json_is_null(custom_roots) || custom_roots->kind != GQLE_JSON_OBJECT)
		custom_roots = NULL;
	for (int i = 0; i < GQLE_N_TABLE_ROOTS; i++)
		fill_root(table, &root_words[i], custom_roots, &roots[i]);
	table->roots = roots;
	return gqle_ident_is_name(table->plain_name);
}

/*
 * GraphQL name of a column, or NULL if it has no valid one.  compat: a custom
 * name is used as it is.
 */
char *
gqle_tablenames_column(const char *name, const char *custom_name,
					   const GqleCustomization *customization)
{
	if (custom_name != NULL && custom_name[0] != '\0')
		return gqle_ident_is_name(custom_name) ? pstrdup(custom_name) : NULL;
	if (!gqle_ident_is_name(name))
		return NULL;
	if (customization->graphql_default)
		return gqle_ident_snake_to_camel(name);
	return pstrdup(name);
}

/*
 * Names of a tracked function; its function must be set.  compat: a custom name
 * is not cased, but the name of the arguments' type is, whatever it is made of.
 */
void
gqle_tablenames_function(GqleRootFunction *root, const GqleCustomization *customization,
						 const GqleJson *configuration)
{
	const GqleFunction *function = root->function;
	const char *custom_name = gqle_catalog_json_string(configuration, "custom_name");
	const GqleJson *custom_roots = NULL;
	const char *name = NULL;
	const char *aggregate = NULL;
	const char *args;
	bool		has_custom = custom_name != NULL && custom_name[0] != '\0';
	bool		is_cased = customization->graphql_default;

	root->name = has_custom ? custom_name :
		strcmp(function->schema, "public") == 0 ? function->name :
		gqle_catalog_join(function->schema, "_", function->name);

	if (configuration != NULL)
		custom_roots = gqle_json_lookup(configuration, "custom_root_fields");
	if (!gqle_json_is_null(custom_roots) && custom_roots->kind == GQLE_JSON_OBJECT)
	{
		name = gqle_catalog_json_string(custom_roots, "function");
		aggregate = gqle_catalog_json_string(custom_roots, "function_aggregate");
	}
	if (name == NULL)
		name = is_cased && !has_custom ? gqle_ident_snake_to_camel(root->name) : root->name;
	if (aggregate == NULL)
	{
		aggregate = gqle_catalog_join(root->name, "_aggregate", NULL);
		if (is_cased && !has_custom)
			aggregate = gqle_ident_snake_to_camel(aggregate);
	}
	args = gqle_catalog_join(root->name, "_args", NULL);
	if (is_cased)
		args = gqle_ident_snake_to_camel(args);
	if (is_cased && customization->case_scalars)
		args = gqle_ident_upper_first(args);

	root->plain_root_name = name;
	root->plain_aggregate_name = aggregate;
	root->root_name = add_root_affixes(name, customization);
	root->aggregate_name = add_root_affixes(aggregate, customization);
	root->connection_name =
		add_root_affixes(gqle_catalog_join(name, "_connection", NULL), customization);
	root->args_type_name = add_affixes(args, customization->type_prefix,
									   customization->type_suffix, is_cased);
}
