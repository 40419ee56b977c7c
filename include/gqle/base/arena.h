/*
 * arena.h
 *		Small pieces cut from palloc'd blocks, for trees that are built once and
 *		die with their memory context.
 *
 * Nothing is freed singly.  Compared with palloc per node this saves the chunk
 * header and the rounding to a power of two, which for parse trees is half of
 * the memory and most of the time.
 */
#ifndef GQLE_BASE_ARENA_H
#define GQLE_BASE_ARENA_H

#include "gqle/gqle.h"

/*
 * Builds under the address sanitizer set this so low that every piece gets an
 * allocation of its own (it is larger than a quarter of a block), whose end the
 * sanitizer knows.
 */
#ifndef GQLE_ARENA_MAX_BLOCK
#define GQLE_ARENA_MAX_BLOCK	(256 * 1024)
#endif

typedef struct GqleArena
{
	char	   *next;
	Size		left;
	Size		block_size;		/* of the next block */
} GqleArena;

/* Start an arena in the current memory context; expected is a first guess. */
static inline void
gqle_arena_init(GqleArena *arena, Size expected)
{
	arena->next = NULL;
	arena->left = 0;
	arena->block_size = Min(Max(expected, 1024), 8192);
}

/* The slow path: a new block, or a chunk of its own for a large piece. */
extern void *gqle_arena_alloc_block(GqleArena *arena, Size size);

/* Memory aligned for anything we keep in trees; not cleared. */
static inline void *
gqle_arena_alloc(GqleArena *arena, Size size)
{
	char	   *piece = arena->next;

	size = (size + 7) & ~(Size) 7;
	if (unlikely(size > arena->left))
		return gqle_arena_alloc_block(arena, size);
	arena->next += size;
	arena->left -= size;
	return piece;
}

static inline void *
gqle_arena_alloc0(GqleArena *arena, Size size)
{
	return memset(gqle_arena_alloc(arena, size), 0, size);
}

/*
 * A stack on which a parser gathers children while their number is unknown.
 * Entries of different kinds may lie on it, each a multiple of 8 bytes.
 */
typedef struct GqleScratch
{
	char	   *data;
	Size		used;
	Size		size;
} GqleScratch;

extern void gqle_scratch_init(GqleScratch *scratch);
extern void gqle_scratch_grow(GqleScratch *scratch, Size more);

static inline void
gqle_scratch_push(GqleScratch *scratch, const void *entry, Size size)
{
	if (unlikely(scratch->used + size > scratch->size))
		gqle_scratch_grow(scratch, size);
	memcpy(scratch->data + scratch->used, entry, size);
	scratch->used += size;
}

/* Take everything above mark off the stack, as an array in the arena. */
extern void *gqle_scratch_take(GqleScratch *scratch, Size mark,
							   GqleArena *arena);

extern void gqle_scratch_free(GqleScratch *scratch);

#endif							/* GQLE_BASE_ARENA_H */
