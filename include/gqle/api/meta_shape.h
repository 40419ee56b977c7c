/*
 * meta_shape.h
 *		What the JSON of metadata looks like, as tables.
 *
 * A shape describes a JSON object: its keys in the order in which Hasura writes
 * them, their types, and what is left out because it is the default.  Applying
 * a shape to a value checks it with the messages and paths of Hasura's parser
 * and returns it in canonical form: keys ordered, defaults omitted, free-form
 * parts with their keys sorted.  So one table serves the arguments of a
 * command, the import and the export of an object.
 */
#ifndef GQLE_API_META_SHAPE_H
#define GQLE_API_META_SHAPE_H

#include "gqle/base/error.h"
#include "gqle/base/json_read.h"

/* A place in a document; lives on the stack and is rendered when needed. */
typedef struct GqleMetaPath
{
	const struct GqleMetaPath *parent;	/* NULL: the root */
	const char *key;			/* NULL: an index, or with the root, its text */
	int			index;
	const char *text;			/* root: "$.args" */
} GqleMetaPath;

/* What applying shapes needs to know. */
typedef struct GqleMetaReader
{
	GqleErrorSink *sink;
	const char *command;		/* messages are wrapped for it, or NULL */
} GqleMetaReader;

typedef enum GqleMetaType
{
	GQLE_META_TEXT,				/* a string */
	GQLE_META_NAME,				/* a non-empty string */
	GQLE_META_GRAPHQL_NAME,		/* a string that is a GraphQL name */
	GQLE_META_BOOL,
	GQLE_META_INT,
	GQLE_META_NATURAL,			/* an integer that is not negative */
	GQLE_META_NUMBER,
	GQLE_META_ANY,				/* any value; keys of objects sorted */
	GQLE_META_OBJECT,			/* any object; keys sorted */
	GQLE_META_TABLE,			/* a table name: {"name","schema"} */
	GQLE_META_FUNCTION,			/* a function name, likewise */
	GQLE_META_SHAPE,			/* an object of a shape */
	GQLE_META_MAP,				/* an object whose values have one type */
	GQLE_META_CUSTOM			/* the field's function decides */
} GqleMetaType;

/* Flags of a field. */
#define GQLE_META_REQUIRED		0x01	/* the key must be there */
#define GQLE_META_LIST			0x02	/* a list of the type */
#define GQLE_META_KEEP_NULL		0x04	/* null differs from absent */
#define GQLE_META_WRITE_NULL	0x08	/* written as null if absent */
#define GQLE_META_OMIT_EMPTY	0x10	/* an empty list or object is left out */
#define GQLE_META_NONEMPTY		0x20	/* LIST: at least one element */
#define GQLE_META_HIDDEN		0x40	/* known, checked, never written */
#define GQLE_META_FILL			0x80	/* the default is written, never left out */
#define GQLE_META_OUTER			0x100	/* belongs to what wraps the generic type */

typedef struct GqleMetaShape GqleMetaShape;

/*
 * Check a value and return its canonical form, or NULL after reporting.  data
 * is the field's.
 */
typedef GqleJson *(*GqleMetaCustom) (GqleMetaReader *reader, const GqleMetaPath *path,
									 const GqleJson *value, const void *data);

typedef struct GqleMetaField
{
	const char *key;
	GqleMetaType type;
	int			flags;
	const char *default_text;	/* JSON; a value equal to it is left out */
	const GqleMetaShape *shape; /* SHAPE, and MAP of a shape */
	GqleMetaCustom custom;		/* CUSTOM */
	const void *data;
	const char *unique_key;		/* LIST: elements differ in this member ... */
	const char *unique_label;	/* ... else "multiple declarations exist for ..";
								 * NULL: else the last counts */
} GqleMetaField;

struct GqleMetaShape
{
	const char *name;			/* in "parsing NAME failed, expected Object" */
	const GqleMetaField *fields;	/* up to a NULL key */
	bool		is_strict;		/* unknown keys are errors */
	const char *generic;		/* "TYPE(MAKER)" of those whose missing keys are
								 * told with it, or NULL */
	const char *wrapper;		/* what is said of what is no object, NULL: the usual */
	const char *write_default;	/* the whole object if equal is left out */

	/* A look at the whole canonical object; may replace it. */
	GqleJson   *(*finish) (GqleMetaReader *reader, const GqleMetaPath *path,
						   GqleJson *object);
};

extern GqleJson *gqle_meta_shape_apply(GqleMetaReader *reader, const GqleMetaPath *path,
									   const GqleMetaShape *shape, const GqleJson *value);

/* The same for a single value as a field would hold it. */
extern GqleJson *gqle_meta_shape_apply_field(GqleMetaReader *reader,
											 const GqleMetaPath *path,
											 const GqleMetaField *field,
											 const GqleJson *value);

/* "$.args.table"; keys that are no identifiers as ['key'] */
extern char *gqle_meta_path_text(const GqleMetaPath *path);

/* Report a parse-failed error at a path; always returns NULL. */
extern GqleJson *gqle_meta_reader_fail(GqleMetaReader *reader, const GqleMetaPath *path,
									   const char *fmt,...)
			pg_attribute_printf(3, 4);

/* "parsing Int failed, expected Number, but encountered String" */
extern GqleJson *gqle_meta_reader_mismatch(GqleMetaReader *reader,
										   const GqleMetaPath *path, const char *what,
										   const char *expected, const GqleJson *value);

/* A copy with the keys of all objects in byte order. */
extern GqleJson *gqle_meta_sort(const GqleJson *value);

/* A shape's finish that does so: where keys are not read in the order of exports. */
extern GqleJson *gqle_meta_finish_sorted(GqleMetaReader *reader, const GqleMetaPath *path,
										 GqleJson *object);

/* Is text a GraphQL name? */
extern bool gqle_meta_is_graphql_name(const char *text);

#endif							/* GQLE_API_META_SHAPE_H */
