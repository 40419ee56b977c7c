/*
 * schema.h
 *		The schema of a role: lookup of types and fields, made on demand.
 */
#ifndef GQLE_SCHEMA_SCHEMA_H
#define GQLE_SCHEMA_SCHEMA_H

#include "gqle/base/arena.h"
#include "gqle/lang/ast.h"
#include "gqle/schema/types.h"

struct GqleSchema
{
	GqleCatalog *catalog;
	MemoryContext context;
	const char *role;			/* "" for roles that appear nowhere in metadata */
	bool		is_admin;
	bool		backend_only;	/* shows backend_only mutations */
	bool		is_relay;		/* nodes and connections instead of selects */
	bool		is_subgraph;	/* has _service and _entities */
	bool		hides_introspection;	/* the metadata says so for this role */
	bool		has_descriptions;	/* else those that must be put together are
									 * left out: only introspection shows them */
	GqleArena	arena;			/* of types, fields and input fields */
	GqleType   *query;			/* never NULL */
	GqleType   *mutation;		/* NULL if it would have no field */
	GqleType   *subscription;	/* likewise */
	const GqleField *typename_field;	/* __typename, of every type */
	struct GqleStrHash *types;	/* by name: those made so far */
	struct GqleStrHash *remote_types;	/* of remote schemas, or NULL: none yet */
};

/*
 * The schema of a role and backend flag, made or found.  It is good until the
 * next call of this function, which may throw away schemas that have grown too
 * large together: what outlives a request (plans) points into the catalog, never
 * into a schema.
 */
extern GqleSchema *gqle_schema_get(GqleCatalog *catalog, const char *role,
								   bool backend_only);

/* The same, or the Relay schema of that role. */
extern GqleSchema *gqle_schema_get_variant(GqleCatalog *catalog, const char *role,
										   bool backend_only, bool is_relay);

/*
 * The object type of that name if values of an interface or union can be of it,
 * or NULL.
 */
extern GqleType *gqle_schema_possible_type(GqleSchema *schema, const GqleType *type,
										   const char *name);

/* A field of an object or interface type (filled if need be), or NULL.  Knows
 * __typename everywhere, and __schema and __type on the query root. */
extern const GqleField *gqle_schema_lookup_field(GqleSchema *schema, GqleType *type,
												 const char *name);

extern const GqleInputField *gqle_schema_lookup_input_field(GqleSchema *schema,
															GqleType *type,
															const char *name);
extern const GqleEnumValue *gqle_schema_lookup_enum_value(GqleSchema *schema,
														  GqleType *type,
														  const char *name);

/* An argument of a field, or NULL. */
extern const GqleInputField *gqle_field_lookup_arg(const GqleField *field, const char *name,
												   int *index);

/*
 * Could a type of that name be in the schema?  For types that nothing has referred
 * to yet: their names are looked at, so the answer may be yes where it should be no.
 */
extern bool gqle_schema_may_have_type(GqleSchema *schema, const char *name);

/* Make a type's members; no-op if done.  Roots get all their fields. */
extern void gqle_type_fill(GqleSchema *schema, GqleType *type);

/* ------------------------------------------------------------------------
 * Introspection
 * ------------------------------------------------------------------------ */

struct GqleSelection;

/*
 * Append the JSON value of a validated __schema or __type root selection.  The
 * full schema is made in a scratch schema and thrown away afterwards.
 */
extern void gqle_introspect_append(StringInfo out, GqleSchema *schema,
								   const struct GqleSelection *selection);

/* The role's schema as an Apollo gateway reads it: entities have keys. */
extern void gqle_sdl_append_subgraph(StringInfo out, GqleSchema *schema);

/* The role's schema in SDL. */
extern void gqle_sdl_append(StringInfo out, GqleSchema *schema);

#endif							/* GQLE_SCHEMA_SCHEMA_H */
