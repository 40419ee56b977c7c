/*
 * naming.c
 *		Names of what the schema derives from tables.
 *
 * Two conventions.  Under hasura-default words are joined with underscores:
 * "author_aggregate_fields".  Under graphql-default a type is its words with
 * their first letters raised ("AuthorAggregateFields"), a field the same with
 * the first word's first letter lowered.  Only first letters ever change.
 *
 * A custom table name is one word that stays as it is when it comes first.
 * Words are split at underscores; a leading one stays with the first word.
 *
 * Names of tables, columns and root fields themselves come resolved from the
 * catalog.
 */
#include "postgres.h"

#include "gqle/schema/build.h"

/* How a word's first letter is treated. */
typedef enum WordCase
{
	WORD_AS_IS,
	WORD_LOWER,
	WORD_UPPER
} WordCase;

/* Append len bytes of one word. */
static void
append_word(StringInfo out, const char *word, int len, WordCase word_case)
{
	char		first;

	if (len == 0)
		return;
	first = word[0];
	if (word_case == WORD_UPPER)
		first = pg_ascii_toupper((unsigned char) first);
	else if (word_case == WORD_LOWER)
		first = pg_ascii_tolower((unsigned char) first);
	appendStringInfoChar(out, first);
	appendBinaryStringInfo(out, word + 1, len - 1);
}

/*
 * Append snake-case words as camel or Pascal case: the first in first_case, the
 * others raised.
 */
static void
append_words(StringInfo out, const char *words, WordCase first_case)
{
	WordCase	word_case = first_case;
	const char *start = words;

	while (*start != '\0')
	{
		/* a leading underscore belongs to the first word */
		const char *end = strchr(start + (start == words && *start == '_'), '_');

		if (end == NULL)
			end = start + strlen(start);
		append_word(out, start, end - start, word_case);
		if (end > start)
			word_case = WORD_UPPER;
		start = *end == '_' ? end + 1 : end;
	}
}

/* The stem of a table's names under graphql-default. */
static void
append_stem(StringInfo out, const GqleTable *table, WordCase first_case)
{
	if (table->has_custom_name)
		append_word(out, table->plain_name, strlen(table->plain_name), WORD_AS_IS);
	else
		append_words(out, table->plain_name, first_case);
}

/*
 * Put the source's prefix and suffix around the name in the buffer.  Under
 * graphql-default what follows a prefix starts with a capital, and so does a
 * suffix; without a prefix the name keeps its own start.
 */
static char *
add_affixes(const GqleCustomization *custom, StringInfo name)
{
	StringInfoData out;
	WordCase	word_case = custom->graphql_default ? WORD_UPPER : WORD_AS_IS;

	if (custom->type_prefix == NULL && custom->type_suffix == NULL)
		return name->data;
	initStringInfo(&out);
	if (custom->type_prefix != NULL)
	{
		appendStringInfoString(&out, custom->type_prefix);
		append_word(&out, name->data, name->len, word_case);
	}
	else
		appendBinaryStringInfo(&out, name->data, name->len);
	if (custom->type_suffix != NULL)
		append_word(&out, custom->type_suffix, strlen(custom->type_suffix), word_case);
	pfree(name->data);
	return out.data;
}

char *
gqle_naming_type(const GqleTable *table, const char *words)
{
	return gqle_naming_type_word(table, words, NULL);
}

char *
gqle_naming_type_word(const GqleTable *table, const char *words, const char *word)
{
	StringInfoData name;

	initStringInfo(&name);
	if (table->customization->graphql_default)
	{
		append_stem(&name, table, WORD_UPPER);
		append_words(&name, words, WORD_UPPER);
		if (word != NULL)
			append_word(&name, word, strlen(word), WORD_UPPER);
	}
	else
	{
		appendStringInfo(&name, "%s_%s", table->plain_name, words);
		if (word != NULL)
			appendStringInfo(&name, "_%s", word);
	}
	return add_affixes(table->customization, &name);
}

char *
gqle_naming_predicate_type(const GqleTable *table)
{
	StringInfoData name;

	initStringInfo(&name);
	if (table->customization->graphql_default)
	{
		append_stem(&name, table, WORD_UPPER);
		append_words(&name, "aggregate_bool_exp", WORD_UPPER);
	}
	else
		appendStringInfo(&name, "%s_aggregate_bool_exp", table->plain_name);
	return name.data;
}

/*
 * Under graphql-default these type names are spelled as fields are, and the
 * function is one word: "authorAggregateBoolExpBool_and".
 */
char *
gqle_naming_predicate_field(const GqleTable *table, const char *function,
							const char *words)
{
	StringInfoData name;

	initStringInfo(&name);
	if (table->customization->graphql_default)
	{
		append_stem(&name, table, WORD_LOWER);
		append_words(&name, "aggregate_bool_exp", WORD_UPPER);
		append_word(&name, function, strlen(function), WORD_UPPER);
		append_words(&name, words, WORD_UPPER);
	}
	else
		appendStringInfo(&name, "%s_aggregate_bool_exp_%s%s%s", table->plain_name,
						 function, words[0] != '\0' ? "_" : "", words);
	return name.data;
}

/* Keeps the database's spelling unless scalars are cased, too (§2.2). */
char *
gqle_naming_computed_args(const GqleTable *table, const char *computed_name)
{
	StringInfoData name;

	initStringInfo(&name);
	if (table->customization->graphql_default && table->customization->case_scalars)
	{
		append_word(&name, computed_name, strlen(computed_name), WORD_UPPER);
		append_words(&name, table->plain_name, WORD_UPPER);
		append_words(&name, "args", WORD_UPPER);
	}
	else
		appendStringInfo(&name, "%s_%s_args", computed_name, table->plain_name);
	return add_affixes(table->customization, &name);
}

const char *
gqle_naming_constraint(const GqleTable *table, const char *name)
{
	if (!table->customization->case_scalars)
		return name;
	return gqle_naming_field(table->customization, name);
}

char *
gqle_naming_plain_type(const GqleCustomization *custom, const char *words)
{
	StringInfoData name;

	if (!custom->graphql_default)
		return pstrdup(words);
	initStringInfo(&name);
	append_words(&name, words, WORD_UPPER);
	return name.data;
}

char *
gqle_naming_source_type(const GqleCustomization *custom, const char *words)
{
	StringInfoData name;

	initStringInfo(&name);
	if (custom->graphql_default)
		append_words(&name, words, WORD_UPPER);
	else
		appendStringInfoString(&name, words);
	return add_affixes(custom, &name);
}

char *
gqle_naming_namespace_type(const GqleCustomization *custom, const char *suffix)
{
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfo(&name, "%s%s", custom->root_namespace, suffix);
	return add_affixes(custom, &name);
}

const char *
gqle_naming_field(const GqleCustomization *custom, const char *snake)
{
	StringInfoData name;

	if (!custom->graphql_default || strchr(snake + 1, '_') == NULL)
		return snake;
	initStringInfo(&name);
	append_words(&name, snake, WORD_LOWER);
	return name.data;
}

char *
gqle_naming_aggregate_field(const GqleCustomization *custom, const char *name)
{
	StringInfoData out;

	initStringInfo(&out);
	if (custom->graphql_default)
	{
		append_words(&out, name, WORD_LOWER);
		append_words(&out, "aggregate", WORD_UPPER);
	}
	else
		appendStringInfo(&out, "%s_aggregate", name);
	return out.data;
}

char *
gqle_naming_aggregate_input(const GqleCustomization *custom, const char *name)
{
	return psprintf("%s%s", name,
					custom->graphql_default ? "Aggregate" : "_aggregate");
}

bool
gqle_naming_is_valid(const char *name)
{
	const char *p;

	if (name[0] == '\0' || (name[0] >= '0' && name[0] <= '9'))
		return false;
	for (p = name; *p != '\0'; p++)
	{
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			  (*p >= '0' && *p <= '9') || *p == '_'))
			return false;
	}
	return true;
}
