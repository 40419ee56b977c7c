/*
 * ident.h
 *		GraphQL names and their spelling under a naming convention.
 *
 * A GqleIdent is a name as a list of words, so that it can be joined with
 * others before it is spelt: "author_local" + "by_pk" becomes
 * author_local_by_pk or authorLocalByPk.  A name that somebody chose is one
 * custom word, whatever it contains.  Words are never changed; everything is
 * allocated in the current memory context.
 */
#ifndef GQLE_BASE_IDENT_H
#define GQLE_BASE_IDENT_H

#include "gqle/gqle.h"

typedef struct GqleIdentWord
{
	const char *text;
	bool		is_custom;		/* chosen by a person, see gqle_ident_to_camel */
} GqleIdentWord;

typedef struct GqleIdent
{
	int			n;
	GqleIdentWord *words;
} GqleIdent;

/* Is it a GraphQL name: letters, digits and "_", not starting with a digit? */
extern bool gqle_ident_is_name(const char *text);
extern bool gqle_ident_is_name_len(const char *text, int len);

/*
 * Makers.  split cuts at each "_", but leaves the first one with its word if
 * the name begins with it; custom takes the name as one custom word.  The text
 * given to custom is not copied.
 */
extern GqleIdent *gqle_ident_split(const char *name);
extern GqleIdent *gqle_ident_custom(const char *name);
extern GqleIdent *gqle_ident_concat(const GqleIdent *a, const GqleIdent *b);

/*
 * Spelling: first_second, firstSecond, FirstSecond.  Changing case touches only
 * the first character of a word, and never that of a custom word in first
 * place.
 */
extern char *gqle_ident_to_snake(const GqleIdent *ident);
extern char *gqle_ident_to_camel(const GqleIdent *ident);
extern char *gqle_ident_to_pascal(const GqleIdent *ident);

/* The same for a name that is all words: split, then spell. */
extern char *gqle_ident_snake_to_camel(const char *name);
extern char *gqle_ident_snake_to_pascal(const char *name);

/* A copy with the first character in the other case; ASCII only. */
extern char *gqle_ident_lower_first(const char *text);
extern char *gqle_ident_upper_first(const char *text);

#endif							/* GQLE_BASE_IDENT_H */
