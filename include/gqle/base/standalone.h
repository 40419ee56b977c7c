/*
 * standalone.h
 *		The few parts of the server that pure files use, over malloc.
 *
 * Seen only under GQLE_STANDALONE, through gqle.h, so that fuzzers and unit
 * tests link without a server.  Names and behaviour are the server's; what
 * would throw there prints a message and aborts.  There is one memory context:
 * gqle_standalone_reset() frees everything in it.
 */
#ifndef GQLE_BASE_STANDALONE_H
#define GQLE_BASE_STANDALONE_H

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef int8_t int8;
typedef int16_t int16;
typedef int32_t int32;
typedef int64_t int64;
typedef uint8_t uint8;
typedef uint16_t uint16;
typedef uint32_t uint32;
typedef uint64_t uint64;
typedef size_t Size;

#define INT64CONST(x)	INT64_C(x)
#define UINT64CONST(x)	UINT64_C(x)
#define INT64_FORMAT	"%lld"
#define UINT64_FORMAT	"%llu"

#define Min(x, y)		((x) < (y) ? (x) : (y))
#define Max(x, y)		((x) > (y) ? (x) : (y))
#define lengthof(array) (sizeof(array) / sizeof((array)[0]))
#define likely(x)		__builtin_expect((x) != 0, 1)
#define unlikely(x)		__builtin_expect((x) != 0, 0)
#define pg_attribute_printf(f, a) __attribute__((format(printf, f, a)))
#define pg_attribute_noreturn() __attribute__((noreturn))
#define PG_USED_FOR_ASSERTS_ONLY __attribute__((unused))
#define Assert(cond)	assert(cond)
#define StaticAssertDecl(cond, msg) \
	extern void gqle_static_assert(int held[(cond) ? 1 : -1])

/* Depth is bounded by limits.h; the sanitizers watch the stack. */
#define check_stack_depth()	((void) 0)
#define CHECK_FOR_INTERRUPTS()	((void) 0)

#define unconstify(type, expr)	((type) (expr))

#define MaxAllocSize	((Size) 0x3fffffff)

extern void *palloc(Size size);
extern void *palloc0(Size size);
extern void *repalloc(void *pointer, Size size);
extern void pfree(void *pointer);
extern char *pstrdup(const char *text);
extern char *pnstrdup(const char *text, Size len);
extern char *psprintf(const char *fmt,...) pg_attribute_printf(1, 2);

#define pg_strcasecmp	strcasecmp
#define pg_strncasecmp	strncasecmp

typedef struct StringInfoData
{
	char	   *data;
	int			len;
	int			maxlen;
	int			cursor;
} StringInfoData;

typedef StringInfoData *StringInfo;

extern StringInfo makeStringInfo(void);
extern void initStringInfo(StringInfo str);
extern void resetStringInfo(StringInfo str);
extern void enlargeStringInfo(StringInfo str, int needed);
extern void appendStringInfo(StringInfo str, const char *fmt,...)
			pg_attribute_printf(2, 3);
extern int	appendStringInfoVA(StringInfo str, const char *fmt, va_list args)
			pg_attribute_printf(2, 0);
extern void appendStringInfoString(StringInfo str, const char *text);
extern void appendStringInfoChar(StringInfo str, char c);
extern void appendStringInfoSpaces(StringInfo str, int count);
extern void appendBinaryStringInfo(StringInfo str, const char *data, int len);

#define appendStringInfoCharMacro(str, c)	appendStringInfoChar(str, c)

/* Free all that was allocated. */
extern void gqle_standalone_reset(void);

/* Bytes asked for and not freed since the last reset. */
extern Size gqle_standalone_allocated(void);

extern void gqle_standalone_abort(const char *message)
			pg_attribute_noreturn();

#endif							/* GQLE_BASE_STANDALONE_H */
