/*
 * arena.c
 *		Small pieces cut from palloc'd blocks.  See arena.h.
 */
#include "gqle/gqle.h"

#include "gqle/base/arena.h"

/*
 * Pieces above a quarter of the block size get a chunk of their own, so that
 * no more than a quarter of a block is ever left behind.
 */
void *
gqle_arena_alloc_block(GqleArena *arena, Size size)
{
	Size		block_size = Min(arena->block_size, GQLE_ARENA_MAX_BLOCK);
	char	   *block;

	if (size > block_size / 4)
		return palloc(size);

	block = palloc(block_size);
	arena->next = block + size;
	arena->left = block_size - size;
	arena->block_size = Min(block_size * 2, GQLE_ARENA_MAX_BLOCK);
	return block;
}

void
gqle_scratch_init(GqleScratch *scratch)
{
	scratch->size = 1024;
	scratch->used = 0;
	scratch->data = palloc(scratch->size);
}

void
gqle_scratch_grow(GqleScratch *scratch, Size more)
{
	while (scratch->size < scratch->used + more)
		scratch->size *= 2;
	scratch->data = repalloc(scratch->data, scratch->size);
}

/* Returns NULL if nothing lies above mark. */
void *
gqle_scratch_take(GqleScratch *scratch, Size mark, GqleArena *arena)
{
	Size		size = scratch->used - mark;
	void	   *array;

	if (size == 0)
		return NULL;
	array = gqle_arena_alloc(arena, size);
	memcpy(array, scratch->data + mark, size);
	scratch->used = mark;
	return array;
}

void
gqle_scratch_free(GqleScratch *scratch)
{
	pfree(scratch->data);
	scratch->data = NULL;
}
