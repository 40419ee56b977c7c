/*
 * clash.c
 *		Could types of two objects bear one name?  Could any have a name?
 *
 * Whoever changes the metadata wants to know before somebody introspects the
 * schema, but filling a whole schema takes seconds with thousands of tables.  So
 * names are looked at first: a table called like another one with the words of
 * a derived type after it, or like a type that is always there.  That is rare,
 * and then the schema itself is made, which finds two types of one name or none.
 *
 * Spelling is that of neither naming convention: letter case and underscores
 * don't count here, so that a name chosen by a person is not missed.
 */
#include "postgres.h"

#include "gqle/base/strhash.h"
#include "gqle/errcodes.h"
#include "gqle/schema/build.h"

/*
 * What comes after a table's name in the names of its types, and what is left
 * when two of these ends are taken from each other: a table "post_max" has a
 * "post_max_order_by", which may be that of "post", too.
 */
static const char *const type_ends[] = {"aggregate",
										"aggregateboolexp",
										"aggregatefields",
										"aggregateorderby",
										"appendinput",
										"arrrel",
										"arrrelinsertinput",
										"avg",
										"avgfields",
										"avgorderby",
										"boolexp",
										"constraint",
										"deleteatpathinput",
										"deleteeleminput",
										"deletekeyinput",
										"enum",
										"incinput",
										"insertinput",
										"max",
										"maxfields",
										"maxorderby",
										"min",
										"minfields",
										"minorderby",
										"mutationresponse",
										"objrel",
										"objrelinsertinput",
										"onconflict",
										"orderby",
										"pkcolumnsinput",
										"prependinput",
										"selectcolumn",
										"setinput",
										"stddev",
										"stddevfields",
										"stddevorderby",
										"stddevpop",
										"stddevpopfields",
										"stddevpoporderby",
										"stddevsamp",
										"stddevsampfields",
										"stddevsamporderby",
										"streamcursorinput",
										"streamcursorvalueinput",
										"sum",
										"sumfields",
										"sumorderby",
										"updatecolumn",
										"updates",
										"varpop",
										"varpopfields",
										"varpoporderby",
										"varsamp",
										"varsampfields",
										"varsamporderby",
										"variance",
										"variancefields",
										"varianceorderby"};

/* Types that belong to no table. */
static const char *const fixed_names[] = {"boolean",
										  "cursorordering",
										  "float",
										  "id",
										  "int",
										  "mutationroot",
										  "orderby",
										  "queryroot",
										  "stdwithingeographyinput",
										  "stdwithininput",
										  "stintersectsgeomnbandinput",
										  "stintersectsnbandgeominput",
										  "string",
										  "subscriptionroot"};

/* Ends of types that belong to scalars. */
static const char *const scalar_ends[] = {"castexp", "comparisonexp", "scalar"};

/* The name in lower case, without underscores; returns its length. */
static int
plain(const char *name, char *out, int size)
{
	int len = 0;

	for (; *name != '\0' && len < size - 1; name++)
	{
		if (*name != '_')
			out[len++] = pg_ascii_tolower((unsigned char) *name);
	}
	out[len] = '\0';
	return len;
}

static bool
ends_with(const char *name, int len, const char *end)
{
	int end_len = strlen(end);

	return len > end_len && memcmp(name + len - end_len, end, end_len) == 0;
}

/* Is it a name of a type that is no table's? */
static bool
is_fixed(const char *name, int len)
{
	int i;

	for (i = 0; i < (int) lengthof(fixed_names); i++)
	{
		if (strcmp(name, fixed_names[i]) == 0)
			return true;
	}
	for (i = 0; i < (int) lengthof(scalar_ends); i++)
	{
		if (ends_with(name, len, scalar_ends[i]))
			return true;
	}
	return false;
}

/* Is it the name of a known table with the end of a type behind? */
static bool
is_derived(GqleStrHash *known, const char *name, int len)
{
	char stem[2 * NAMEDATALEN];
	int i;

	for (i = 0; i < (int) lengthof(type_ends); i++)
	{
		if (!ends_with(name, len, type_ends[i]))
			continue;
		strlcpy(stem, name, len - strlen(type_ends[i]) + 1);
		if (gqle_strhash_lookup(known, stem) != NULL)
			return true;
	}
	return false;
}

bool
gqle_schema_may_clash(GqleTable **tables, int n)
{
	GqleStrHash *known = gqle_strhash_make(CurrentMemoryContext, Max(n, 1));
	char name[2 * NAMEDATALEN];
	int i;

	for (i = 0; i < n; i++)
	{
		plain(tables[i]->base_name, name, sizeof(name));
		if (!gqle_strhash_add(known, pstrdup(name), tables[i]))
			return true;
	}
	for (i = 0; i < n; i++)
	{
		int len = plain(tables[i]->type_name, name, sizeof(name));

		if (is_fixed(name, len))
			return true;
		len = plain(tables[i]->base_name, name, sizeof(name));
		if (is_derived(known, name, len))
			return true;
	}
	return false;
}

/* The rest of a plain name without the source's affixes, in place. */
static void
strip_affixes(const GqleCustomization *custom, char *name)
{
	char affix[2 * NAMEDATALEN];
	int affix_len;

	if (custom->type_prefix != NULL)
	{
		affix_len = plain(custom->type_prefix, affix, sizeof(affix));
		if (strncmp(name, affix, affix_len) == 0)
			memmove(name, name + affix_len, strlen(name + affix_len) + 1);
	}
	if (custom->type_suffix != NULL)
	{
		affix_len = plain(custom->type_suffix, affix, sizeof(affix));
		if (ends_with(name, strlen(name), affix))
			name[strlen(name) - affix_len] = '\0';
	}
}

/* Ends of types that belong to functions and native queries. */
static const char *const argument_ends[] = {"args", "arguments"};

bool
gqle_schema_may_have_type(GqleSchema *schema, const char *name)
{
	const GqleCustomization *custom = gqle_catalog_customization(schema->catalog);
	const GqleCustomTypes *types = gqle_catalog_custom_types(schema->catalog);
	GqleStrHash *known;
	GqleTable **tables;
	char stripped[2 * NAMEDATALEN];
	char base[2 * NAMEDATALEN];
	int len;
	int n;
	int i;

	if (types != NULL && gqle_strhash_lookup(types->by_name, name) != NULL)
		return true;
	(void) plain(name, stripped, sizeof(stripped));
	strip_affixes(custom, stripped);
	len = strlen(stripped);
	if (is_fixed(stripped, len) || gqle_scalar_is_type_name(name))
		return true;
	for (i = 0; i < (int) lengthof(argument_ends); i++)
	{
		if (ends_with(stripped, len, argument_ends[i]))
			return true;
	}
	tables = gqle_catalog_tables(schema->catalog, &n);
	known = gqle_strhash_make(CurrentMemoryContext, Max(n, 1));
	for (i = 0; i < n; i++)
	{
		plain(tables[i]->base_name, base, sizeof(base));
		(void) gqle_strhash_add(known, pstrdup(base), tables[i]);
	}
	return is_derived(known, stripped, len);
}

void
gqle_schema_report_clash(const char *type_name, const GqleTable *former,
						 const GqleTable *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_GQLE_TYPE_CLASH),
			 errmsg("Found conflicting definitions for GraphQL type '%s'.",
					type_name),
			 former != NULL && table != NULL
				 ? errdetail("Both \"%s\" and \"%s\" define it.",
							 former->display, table->display)
				 : 0,
			 errhint("Give one of the objects that define it a custom_name.")));
}
