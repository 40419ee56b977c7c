/*
 * naming.c
 *		Names of what the schema derives from tables.
 *
 * Two conventions.  Under hasura-default words are joined with underscores:
 * "author_aggregate_fields".  Under graphql-default a type is its words with
 * their first letters raised ("AuthorAggregateFields"), a field the same with
 * the first word's first letter lowered; base/ident.h does the spelling.  A
 * custom table name is one word that stays as it is when it comes first.
 *
 * Names of tables, columns and root fields themselves come resolved from the
 * catalog.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/ident.h"
#include "gqle/schema/build.h"

/* ------------------------------------------------------------------------
 * graphql-default
 * ------------------------------------------------------------------------ */

/* What a name is put together from; absent parts are NULL. */
typedef struct NameParts
{
	const GqleTable *table;		/* its stem comes first */
	const char *words;			/* split at underscores */
	const char *word;			/* taken as one */
	const char *more_words;
} NameParts;

static GqleIdent *
concat(GqleIdent *ident, GqleIdent *more)
{
	return ident == NULL ? more : gqle_ident_concat(ident, more);
}

static GqleIdent *
make_ident(const NameParts *parts)
{
	const GqleTable *table = parts->table;
	GqleIdent  *ident = NULL;

	if (table != NULL)
		ident = gqle_table_ident(table);
	if (parts->words != NULL)
		ident = concat(ident, gqle_ident_split(parts->words));
	if (parts->word != NULL)
		ident = concat(ident, gqle_ident_custom(parts->word));
	if (parts->more_words != NULL)
		ident = concat(ident, gqle_ident_split(parts->more_words));
	return ident;
}

/*
 * Spell a name as a field or a type.  Names are derived again whenever a type is
 * referred to, so what is left over must not stay in the schema's context.
 */
static char *
spell(const NameParts *parts, bool is_type)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "gqle name",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(scratch);
	GqleIdent  *ident = make_ident(parts);
	char	   *name = is_type ? gqle_ident_to_pascal(ident) : gqle_ident_to_camel(ident);

	name = MemoryContextStrdup(old_context, name);
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(scratch);
	return name;
}

/* ------------------------------------------------------------------------
 * Affixes
 * ------------------------------------------------------------------------ */

/*
 * Put the source's prefix and suffix around a name, which is freed.  Under
 * graphql-default what follows a prefix starts with a capital, and so does a
 * suffix; without a prefix the name keeps its own start.
 */
static char *
add_affixes(const GqleCustomization *custom, char *name)
{
	const char *prefix = custom->type_prefix;
	const char *suffix = custom->type_suffix;
	char	   *inner = name;
	char	   *result;

	if (prefix == NULL && suffix == NULL)
		return name;
	if (custom->graphql_default && prefix != NULL)
		inner = gqle_ident_upper_first(name);
	if (custom->graphql_default && suffix != NULL)
		suffix = gqle_ident_upper_first(suffix);
	result = psprintf("%s%s%s", prefix != NULL ? prefix : "", inner,
					  suffix != NULL ? suffix : "");
	pfree(name);
	return result;
}

/* ------------------------------------------------------------------------
 * Names of types
 * ------------------------------------------------------------------------ */

char *
gqle_naming_type(const GqleTable *table, const char *words)
{
	return gqle_naming_type_word(table, words, NULL);
}

char *
gqle_naming_type_word(const GqleTable *table, const char *words, const char *word)
{
	NameParts	parts = {table, words, word, NULL};
	char	   *name;

	if (table->customization->graphql_default)
		name = spell(&parts, true);
	else
		name = psprintf("%s_%s%s%s", table->plain_name, words,
						word != NULL ? "_" : "", word != NULL ? word : "");
	return add_affixes(table->customization, name);
}

char *
gqle_naming_predicate_type(const GqleTable *table)
{
	NameParts	parts = {table, "aggregate_bool_exp", NULL, NULL};

	if (table->customization->graphql_default)
		return spell(&parts, true);
	return psprintf("%s_aggregate_bool_exp", table->plain_name);
}

/*
 * compat: under graphql-default these type names are spelled as fields are, and
 * the function is one word: "authorAggregateBoolExpBool_and".
 */
char *
gqle_naming_predicate_field(const GqleTable *table, const char *function,
							const char *words)
{
	NameParts	parts = {table, "aggregate_bool_exp", function, words};

	if (table->customization->graphql_default)
		return spell(&parts, false);
	return psprintf("%s_aggregate_bool_exp_%s%s%s", table->plain_name, function,
					words != NULL ? "_" : "", words != NULL ? words : "");
}

/* compat: joined without an underscore under either convention */
char *
gqle_naming_relay_type(const GqleTable *table, const char *word)
{
	return add_affixes(table->customization, psprintf("%s%s", table->base_name, word));
}

/* Affixes of root fields go around as those of types do. */
char *
gqle_naming_connection_root(const GqleTable *table)
{
	NameParts	parts = {table, "connection", NULL, NULL};
	GqleCustomization affixes = *table->customization;
	char	   *name;

	if (affixes.graphql_default)
		name = spell(&parts, false);
	else
		name = psprintf("%s_connection", table->plain_name);
	affixes.type_prefix = affixes.root_prefix;
	affixes.type_suffix = affixes.root_suffix;
	return add_affixes(&affixes, name);
}

/*
 * Keeps the database's spelling unless scalars are cased, too (§2.2).  compat:
 * the computed field's name is one word even then.
 */
char *
gqle_naming_computed_args(const GqleTable *table, const char *computed_name)
{
	const GqleCustomization *custom = table->customization;
	char	   *name;

	if (custom->graphql_default && custom->case_scalars)
		name = psprintf("%s%sArgs", gqle_ident_upper_first(computed_name),
						gqle_ident_upper_first(table->base_name));
	else
		name = psprintf("%s_%s_args", computed_name, table->plain_name);
	return add_affixes(custom, name);
}

char *
gqle_naming_plain_type(const GqleCustomization *custom, const char *words)
{
	NameParts	parts = {NULL, words, NULL, NULL};

	return custom->graphql_default ? spell(&parts, true) : pstrdup(words);
}

char *
gqle_naming_source_type(const GqleCustomization *custom, const char *words)
{
	return add_affixes(custom, gqle_naming_plain_type(custom, words));
}

char *
gqle_naming_namespace_type(const GqleCustomization *custom, const char *suffix)
{
	return add_affixes(custom, psprintf("%s%s", custom->root_namespace, suffix));
}

/* ------------------------------------------------------------------------
 * Names of fields and values
 * ------------------------------------------------------------------------ */

const char *
gqle_naming_field(const GqleCustomization *custom, const char *snake)
{
	NameParts	parts = {NULL, snake, NULL, NULL};

	if (!custom->graphql_default)
		return snake;
	return spell(&parts, false);
}

char *
gqle_naming_aggregate_field(const GqleCustomization *custom, const char *name)
{
	NameParts	parts = {NULL, name, NULL, "aggregate"};

	if (custom->graphql_default)
		return spell(&parts, false);
	return psprintf("%s_aggregate", name);
}

/* compat: no convention changes it */
char *
gqle_naming_connection_field(const char *name)
{
	return psprintf("%s_connection", name);
}

char *
gqle_naming_aggregate_predicate(const GqleCustomization *custom, const char *name)
{
	return psprintf("%s%s", name,
					custom->graphql_default ? "Aggregate" : "_aggregate");
}

char *
gqle_naming_aggregate_order(const GqleCustomization *custom, const char *name)
{
	if (!custom->graphql_default)
		return psprintf("%s_aggregate", name);
	return psprintf("%sAggregate", gqle_ident_lower_first(name));
}

const char *
gqle_naming_constraint(const GqleTable *table, const char *name)
{
	if (!table->customization->case_scalars)
		return name;
	return gqle_naming_field(table->customization, name);
}
