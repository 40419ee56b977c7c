/*
 * action.h
 *		Actions, root fields that webhooks answer, and the types made for them
 *		(events-and-actions.md, 3).
 *
 * All of it is read when a catalog is first asked for it, and lives as long.
 * Custom types that contradict themselves make no action consistent.
 */
#ifndef GQLE_CATALOG_ACTION_H
#define GQLE_CATALOG_ACTION_H

#include "nodes/pg_list.h"

#include "gqle/base/strhash.h"
#include "gqle/catalog/join.h"
#include "gqle/catalog/webhook.h"
#include "gqle/lang/ast.h"

typedef enum GqleCustomKind
{
	GQLE_CUSTOM_BUILTIN,		/* Int, Float, String, Boolean, ID */
	GQLE_CUSTOM_POSTGRES,		/* a scalar that stands for a Postgres type */
	GQLE_CUSTOM_SCALAR,
	GQLE_CUSTOM_ENUM,
	GQLE_CUSTOM_INPUT,
	GQLE_CUSTOM_OBJECT
} GqleCustomKind;

typedef struct GqleCustomType GqleCustomType;
typedef struct GqleAction GqleAction;
typedef struct GqleCustomTypes GqleCustomTypes;

/* A field of an object or input object, or an argument of an action. */
typedef struct GqleCustomField
{
	const char *name;
	const char *description;	/* or NULL */
	const GqleTypeNode *wraps;	/* the type as written: "[T!]!" */
	const GqleCustomType *type; /* the innermost type of it */
} GqleCustomField;

typedef struct GqleCustomValue
{
	const char *name;
	const char *description;	/* or NULL */
} GqleCustomValue;

struct GqleCustomType
{
	GqleCustomKind kind;
	const char *name;
	const char *description;	/* or NULL */
	const GqleScalar *scalar;	/* POSTGRES */
	int			n_fields;		/* INPUT, OBJECT */
	GqleCustomField *fields;
	int			n_values;		/* ENUM */
	GqleCustomValue *values;
	int			n_joins;		/* OBJECT: relationships to tables */
	GqleJoin  **joins;
};

struct GqleCustomTypes
{
	GqleCatalog *catalog;
	int			n;
	GqleCustomType **types;		/* of the metadata, as defined */
	GqleStrHash *by_name;		/* and those of GraphQL and Postgres met so far */
	GqleStrHash *reused;		/* Postgres scalars by name */
	List	   *reasons;		/* C strings: why they contradict themselves */
};

struct GqleAction
{
	const char *name;
	const char *comment;		/* or NULL */
	bool		is_query;
	bool		is_async;		/* a mutation whose answer comes later */
	int			n_arguments;
	GqleCustomField *arguments;
	GqleCustomField output;		/* its name is the action's */
	const char *handler;		/* as written, with {{VARIABLES}} */
	GqleWebhook *webhook;
	const GqleJson *request_transform;	/* or NULL */
	const GqleJson *response_transform;
	GqleStrHash *roles;			/* those with a permission, or NULL */
};

/* ------------------------------------------------------------------------
 * What a catalog serves
 * ------------------------------------------------------------------------ */

/* The consistent actions, ordered by name. */
extern const GqleAction **gqle_catalog_actions(GqleCatalog *catalog, int *n);

extern const GqleAction *gqle_catalog_lookup_action(GqleCatalog *catalog, const char *name);

/* The types that actions may use, or NULL if there is no action. */
extern const GqleCustomTypes *gqle_catalog_custom_types(GqleCatalog *catalog);

/* May the role, or one that it inherits from, call it? */
extern bool gqle_action_allows(GqleCatalog *catalog, const GqleAction *action,
							   const char *role);

/* ------------------------------------------------------------------------
 * Reading metadata; all is allocated in the current memory context
 * ------------------------------------------------------------------------ */

/* The custom types of the metadata (NULL for none), with what is wrong with them. */
extern GqleCustomTypes *gqle_custom_types_parse(GqleCatalog *catalog,
												const GqleJson *definition);

/*
 * The text of all reasons: "validation for the given custom types failed because
 * ..."; NULL if there are none.
 */
extern const char *gqle_custom_types_problem(const GqleCustomTypes *types);

/* Why an action cannot be served, or NULL; then *action holds it. */
extern const char *gqle_action_parse(GqleCustomTypes *types, const char *name,
									 const GqleJson *definition, GqleAction *action);

#endif							/* GQLE_CATALOG_ACTION_H */
