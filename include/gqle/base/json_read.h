/*
 * json_read.h
 *		An order-keeping JSON tree.
 *
 * Numbers stay text, so nothing passes through a double.  Object members keep
 * their order and duplicates (lookup finds the last).  Everything a client
 * sends is read with this; bytes, depth and node count are bounded while
 * reading, and reading is iterative.
 */
#ifndef GQLE_BASE_JSON_READ_H
#define GQLE_BASE_JSON_READ_H

#include "gqle/gqle.h"

typedef enum GqleJsonKind
{
	GQLE_JSON_NULL,
	GQLE_JSON_BOOL,
	GQLE_JSON_NUMBER,
	GQLE_JSON_STRING,
	GQLE_JSON_ARRAY,
	GQLE_JSON_OBJECT
} GqleJsonKind;

typedef struct GqleJson GqleJson;

typedef struct GqleJsonMember
{
	const char *key;			/* decoded, NUL-terminated */
	int			key_len;
	GqleJson   *value;
} GqleJsonMember;

struct GqleJson
{
	GqleJsonKind kind;
	bool		boolean;		/* BOOL */
	int			len;			/* bytes of text */
	const char *text;			/* NUMBER: as written; STRING: decoded UTF-8;
								 * both NUL-terminated */
	int			n;				/* ARRAY, OBJECT: number of children */
	int			cap;			/* room for children; private to json_read.c */
	GqleJson  **items;			/* ARRAY */
	GqleJsonMember *members;	/* OBJECT */
};

typedef struct GqleJsonError
{
	int			offset;			/* byte at which reading stopped */
	const char *message;		/* static text, e.g. "unexpected end of input" */
} GqleJsonError;

/*
 * Parse text of the given length; the tree is allocated in the current memory
 * context.  Returns NULL and fills *error if it is not exactly one JSON value,
 * not UTF-8, holds \u0000, or exceeds the limits of limits.h.
 */
extern GqleJson *gqle_json_parse(const char *text, int len, GqleJsonError *error);

/* The value of the last member with that key, or NULL. */
extern GqleJson *gqle_json_lookup(const GqleJson *object, const char *key);

/* Compact text, member order kept; numbers exactly as read. */
extern void gqle_json_append(StringInfo out, const GqleJson *value);
extern char *gqle_json_to_text(const GqleJson *value);

/* Equal as JSON values: member order ignored, numbers by text. */
extern bool gqle_json_equal(const GqleJson *a, const GqleJson *b);

/* "Null", "Boolean", "Number", "String", "Array", "Object" as Aeson says it. */
extern const char *gqle_json_kind_name(const GqleJson *value);

/* Makers, in the current memory context; texts are not copied. */
extern GqleJson *gqle_json_make_null(void);
extern GqleJson *gqle_json_make_bool(bool value);
extern GqleJson *gqle_json_make_number(const char *text);
extern GqleJson *gqle_json_make_string(const char *text);
extern GqleJson *gqle_json_make_array(void);
extern GqleJson *gqle_json_make_object(void);
extern void gqle_json_array_add(GqleJson *array, GqleJson *item);

/* Replace the value of the last member with that key, or add one at the end. */
extern void gqle_json_object_set(GqleJson *object, const char *key, GqleJson *value);

/* Add a member at the end, without a look for one of that key. */
extern void gqle_json_object_add(GqleJson *object, const char *key, GqleJson *value);

static inline bool
gqle_json_is_null(const GqleJson *value)
{
	return value == NULL || value->kind == GQLE_JSON_NULL;
}

#endif							/* GQLE_BASE_JSON_READ_H */
