/*
 * memory.h
 *		Memory contexts by purpose, so that lifetimes have one name each.
 */
#ifndef GQLE_BASE_MEMORY_H
#define GQLE_BASE_MEMORY_H

#include "gqle/gqle.h"

/* Lives as long as the process, reset each turn of a worker's loop. */
extern MemoryContext gqle_memory_make_loop(void);

/* Lives as long as the process, reset after each request. */
extern MemoryContext gqle_memory_make_request(void);

#endif							/* GQLE_BASE_MEMORY_H */
