/*
 * memory.c
 *		Constructors of memory contexts.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/base/memory.h"

MemoryContext
gqle_memory_make_loop(void)
{
	return AllocSetContextCreate(TopMemoryContext, "gqle worker loop",
								 ALLOCSET_DEFAULT_SIZES);
}

/*
 * The first block is large enough for an ordinary request and survives resets,
 * so that such a request never calls malloc.
 */
MemoryContext
gqle_memory_make_request(void)
{
	return AllocSetContextCreate(TopMemoryContext, "gqle request",
								 64 * 1024, 64 * 1024,
								 ALLOCSET_DEFAULT_MAXSIZE);
}
