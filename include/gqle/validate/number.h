/*
 * number.h
 *		Decimal numbers as text.
 */
#ifndef GQLE_VALIDATE_NUMBER_H
#define GQLE_VALIDATE_NUMBER_H

#include "gqle/gqle.h"

/* "1.5" -> "1.50" */
extern char *gqle_number_to_money(const char *text);

extern bool gqle_number_is_zero(const char *text);

#endif							/* GQLE_VALIDATE_NUMBER_H */
