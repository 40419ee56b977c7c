/*
 * sdl.h
 *		Type systems as trees: from a document in the schema definition language, or
 *		from the answer to an introspection query.
 *
 * Nodes are allocated in the context that was current while reading and are never
 * changed afterwards.
 */
#ifndef GQLE_LANG_SDL_H
#define GQLE_LANG_SDL_H

#include "gqle/lang/ast.h"
#include "gqle/lang/parser.h"

/* An argument, or a field of an input object. */
typedef struct GqleInputDefNode
{
	const char *name;
	const char *description;	/* or NULL */
	GqleTypeNode *type;
	GqleValueNode *default_value;	/* or NULL */
	int			n_directives;
	GqleDirectiveNode *directives;
} GqleInputDefNode;

typedef struct GqleFieldDefNode
{
	const char *name;
	const char *description;
	int			n_args;
	GqleInputDefNode *args;
	GqleTypeNode *type;
	int			n_directives;
	GqleDirectiveNode *directives;
} GqleFieldDefNode;

typedef struct GqleEnumValueDefNode
{
	const char *name;
	const char *description;
	int			n_directives;
	GqleDirectiveNode *directives;
} GqleEnumValueDefNode;

typedef enum GqleTypeDefKind
{
	GQLE_DEF_SCALAR,
	GQLE_DEF_OBJECT,
	GQLE_DEF_INTERFACE,
	GQLE_DEF_UNION,
	GQLE_DEF_ENUM,
	GQLE_DEF_INPUT_OBJECT
} GqleTypeDefKind;

typedef struct GqleTypeDefNode
{
	GqleTypeDefKind kind;
	const char *name;
	const char *description;
	int			n_directives;
	GqleDirectiveNode *directives;
	int			n_fields;		/* OBJECT, INTERFACE */
	GqleFieldDefNode *fields;
	int			n_inputs;		/* INPUT_OBJECT */
	GqleInputDefNode *inputs;
	int			n_values;		/* ENUM */
	GqleEnumValueDefNode *values;
	int			n_names;		/* OBJECT: interfaces; UNION: members; INTERFACE, only
								 * introspected: possible types */
	const char **names;
} GqleTypeDefNode;

typedef struct GqleTypeSystemNode
{
	int			n_types;
	GqleTypeDefNode *types;
	int			n_schemas;		/* "schema { ... }": the first one counts */
	const char *roots[3];		/* by GqleOperationType; NULL: not said */
} GqleTypeSystemNode;

/* Parse a document of type definitions; NULL after filling *error. */
extern GqleTypeSystemNode *gqle_sdl_parse(const char *text, int len,
										  GqleParseError *error);

/*
 * Read the answer to an introspection query.  NULL with a message about what is wrong
 * with it, in the words of Hasura's decoder.
 */
extern GqleTypeSystemNode *gqle_introspection_read(const char *text, int len,
												   const char **message);

/* The name of a type without its wrappers. */
extern const char *gqle_sdl_base_name(const GqleTypeNode *type);

#endif							/* GQLE_LANG_SDL_H */
