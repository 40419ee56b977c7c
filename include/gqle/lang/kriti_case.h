/*
 * kriti_case.h
 *		Case of letters, the same in every locale.
 */
#ifndef GQLE_LANG_KRITI_CASE_H
#define GQLE_LANG_KRITI_CASE_H

#include "gqle/gqle.h"

typedef enum GqleKritiCase
{
	GQLE_KRITI_CASE_LOWER,
	GQLE_KRITI_CASE_UPPER,
	GQLE_KRITI_CASE_TITLE,		/* the first letter of each word */
	GQLE_KRITI_CASE_FOLD		/* for comparisons */
} GqleKritiCase;

/* Append UTF-8 text in another case. */
extern void gqle_kriti_append_case(StringInfo out, const char *text, GqleKritiCase to);

#endif							/* GQLE_LANG_KRITI_CASE_H */
