/*
 * random_id.h
 *		Random identifiers: UUIDs of version 4, and hexadecimal ones.
 */
#ifndef GQLE_BASE_RANDOM_ID_H
#define GQLE_BASE_RANDOM_ID_H

#include "gqle/gqle.h"

#define GQLE_UUID_TEXT_LEN	36

/* Write a UUID with its NUL; an empty text if there is no randomness. */
extern void gqle_random_uuid(char *place);

/* Write n_bytes random bytes as hexadecimal digits, likewise. */
extern void gqle_random_hex(char *place, int n_bytes);

#endif							/* GQLE_BASE_RANDOM_ID_H */
