/*
 * number.h
 *		Decimal numbers as text.
 */
#ifndef GQLE_VALIDATE_NUMBER_H
#define GQLE_VALIDATE_NUMBER_H

#include "gqle/gqle.h"

/* "1.5" -> "1.50" */
extern char *gqle_number_to_money(const char *text);

/*
 * The scale of a numeric is visible once it is stored.  compat: a mutation passes
 * what Haskell shows of a Scientific, 1.0 for 1 and for 1.00; the queries of
 * /v1/query pass one that is a multiple of four, 1.1000 for 1.1.
 */
extern char *gqle_number_show(const char *text);
extern char *gqle_number_widen(const char *text);

extern bool gqle_number_is_zero(const char *text);

#endif							/* GQLE_VALIDATE_NUMBER_H */
