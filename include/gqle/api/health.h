/*
 * health.h
 *		What a server worker knows of its database's health.
 *
 * Whether metadata are consistent is worked out by an executor, which may take
 * its time, once per generation of the catalog; server workers learn it from the
 * answers that pass through them, and tell it by themselves from then on.
 */
#ifndef GQLE_API_HEALTH_H
#define GQLE_API_HEALTH_H

#include "gqle/gqle.h"

/* The generation for which the last inline check sent its client to the lane. */
extern uint64 gqle_health_asked(void);

/* Learn from the answer of the lane to a check of that generation. */
extern void gqle_health_learn(uint64 asked, const char *answer, int len);

#endif							/* GQLE_API_HEALTH_H */
