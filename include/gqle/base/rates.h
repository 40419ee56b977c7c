/*
 * rates.h
 *		How many requests somebody made in the last minute, over all processes.
 */
#ifndef GQLE_BASE_RATES_H
#define GQLE_BASE_RATES_H

#include "gqle/gqle.h"

extern void gqle_rates_init(void);

/*
 * Count n requests of whoever the key stands for, unless they would be more than
 * max in the last minute.  Without shared memory nobody is limited.
 */
extern bool gqle_rates_admit(uint64 key, int n, int max);

#endif							/* GQLE_BASE_RATES_H */
