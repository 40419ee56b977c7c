/*
 * standalone.c
 *		The few parts of the server that pure files use, over malloc.
 *
 * Empty in the extension.  Each allocation is one of malloc's, with a list
 * entry before it, so that the address sanitizer sees every overrun.
 */
#include "gqle/gqle.h"

#ifdef GQLE_STANDALONE

typedef struct Chunk
{
	struct Chunk *prev;
	struct Chunk *next;
	Size		size;
	Size		unused;			/* keeps what follows aligned to 16 */
} Chunk;

/* A ring, with this as its fixed point. */
static Chunk chunks = {&chunks, &chunks, 0, 0};
static Size allocated;

void
gqle_standalone_abort(const char *message)
{
	fprintf(stderr, "%s\n", message);
	abort();
}

static void
link_chunk(Chunk *chunk, Size size)
{
	chunk->size = size;
	chunk->prev = &chunks;
	chunk->next = chunks.next;
	chunks.next->prev = chunk;
	chunks.next = chunk;
	allocated += size;
}

static void
unlink_chunk(Chunk *chunk)
{
	chunk->prev->next = chunk->next;
	chunk->next->prev = chunk->prev;
	allocated -= chunk->size;
}

static void
check_size(Size size)
{
	if (size > MaxAllocSize)
		gqle_standalone_abort("invalid memory alloc request size");
}

void *
palloc(Size size)
{
	Chunk	   *chunk;

	check_size(size);
	chunk = malloc(sizeof(Chunk) + size);
	if (chunk == NULL)
		gqle_standalone_abort("out of memory");
	link_chunk(chunk, size);
	return chunk + 1;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
repalloc(void *pointer, Size size)
{
	Chunk	   *chunk = (Chunk *) pointer - 1;

	check_size(size);
	unlink_chunk(chunk);
	chunk = realloc(chunk, sizeof(Chunk) + size);
	if (chunk == NULL)
		gqle_standalone_abort("out of memory");
	link_chunk(chunk, size);
	return chunk + 1;
}

void
pfree(void *pointer)
{
	Chunk	   *chunk = (Chunk *) pointer - 1;

	unlink_chunk(chunk);
	free(chunk);
}

void
gqle_standalone_reset(void)
{
	while (chunks.next != &chunks)
		pfree(chunks.next + 1);
}

Size
gqle_standalone_allocated(void)
{
	return allocated;
}

char *
pstrdup(const char *text)
{
	return pnstrdup(text, strlen(text));
}

char *
pnstrdup(const char *text, Size len)
{
	char	   *copy;

	len = strnlen(text, len);
	copy = palloc(len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
psprintf(const char *fmt,...)
{
	StringInfoData str;

	initStringInfo(&str);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, fmt);
		needed = appendStringInfoVA(&str, fmt, args);
		va_end(args);
		if (needed == 0)
			return str.data;
		enlargeStringInfo(&str, needed);
	}
}

StringInfo
makeStringInfo(void)
{
	StringInfo	str = palloc(sizeof(StringInfoData));

	initStringInfo(str);
	return str;
}

void
initStringInfo(StringInfo str)
{
	str->maxlen = 1024;
	str->data = palloc(str->maxlen);
	resetStringInfo(str);
}

void
resetStringInfo(StringInfo str)
{
	str->data[0] = '\0';
	str->len = 0;
	str->cursor = 0;
}

void
enlargeStringInfo(StringInfo str, int needed)
{
	Size		wanted = (Size) str->len + needed + 1;
	Size		size = str->maxlen;

	if (needed < 0 || wanted > MaxAllocSize)
		gqle_standalone_abort("string buffer is too large");
	if (wanted <= size)
		return;
	while (size < wanted)
		size *= 2;
	str->maxlen = (int) Min(size, MaxAllocSize);
	str->data = repalloc(str->data, str->maxlen);
}

int
appendStringInfoVA(StringInfo str, const char *fmt, va_list args)
{
	int			room = str->maxlen - str->len;
	int			len = vsnprintf(str->data + str->len, room, fmt, args);

	if (len < 0)
		gqle_standalone_abort("vsnprintf failed");
	if (len < room)
	{
		str->len += len;
		return 0;
	}
	str->data[str->len] = '\0';
	return len + 1;
}

void
appendStringInfo(StringInfo str, const char *fmt,...)
{
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, fmt);
		needed = appendStringInfoVA(str, fmt, args);
		va_end(args);
		if (needed == 0)
			return;
		enlargeStringInfo(str, needed);
	}
}

void
appendBinaryStringInfo(StringInfo str, const char *data, int len)
{
	enlargeStringInfo(str, len);
	memcpy(str->data + str->len, data, len);
	str->len += len;
	str->data[str->len] = '\0';
}

void
appendStringInfoString(StringInfo str, const char *text)
{
	appendBinaryStringInfo(str, text, (int) strlen(text));
}

void
appendStringInfoChar(StringInfo str, char c)
{
	appendBinaryStringInfo(str, &c, 1);
}

void
appendStringInfoSpaces(StringInfo str, int count)
{
	while (count-- > 0)
		appendStringInfoChar(str, ' ');
}

#endif							/* GQLE_STANDALONE */
