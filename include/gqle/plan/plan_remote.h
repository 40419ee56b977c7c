/*
 * plan_remote.h
 *		What is asked of a remote schema: selections printed with the server's own
 *		names, and what has to be changed in its answer.
 */
#ifndef GQLE_PLAN_PLAN_REMOTE_H
#define GQLE_PLAN_PLAN_REMOTE_H

#include "gqle/catalog/remote.h"
#include "gqle/schema/selection.h"

/*
 * A text with variables between its pieces: of each value the name, whose number may
 * only be known when it is sent.
 */
typedef struct GqleRemoteText
{
	StringInfoData piece;		/* the last one */
	int			n;
	int			allocated;
	const char **pieces;		/* before values[i] */
	const GqleRemoteValue **values; /* VARIABLE, JSON or SESSION */
} GqleRemoteText;

typedef struct GqleRemoteShape GqleRemoteShape;

/* A field of an answer in which something has to be changed. */
typedef struct GqleRemoteKey
{
	const char *key;			/* response key */
	bool		is_typename;	/* a type's name, which is to be the public one */
	bool		is_placeholder; /* something is joined here: null is put in */
	const GqleRemoteShape *below;	/* or NULL */
} GqleRemoteKey;

/* The fields selected of objects of one type, or of all. */
typedef struct GqleRemoteBranch
{
	const char *type_name;		/* the server's name; NULL: any */
	int			n_keys;
	GqleRemoteKey *keys;		/* all of them, in order */
} GqleRemoteBranch;

struct GqleRemoteShape
{
	int			n_branches;
	GqleRemoteBranch *branches;
};

typedef struct GqleRemotePlan
{
	const GqleRemoteSchema *schema;
	const char *response_key;
	const GqleRemoteText *field;	/* of the operation sent */
	const GqleRemoteShape *shape;	/* or NULL: the answer is passed on as it is */
} GqleRemotePlan;

/* A root field of a remote schema. */
extern GqleRemotePlan *gqle_plan_remote(const GqleSelection *selection);

/* ------------------------------------------------------------------------
 * Parts, for what asks remote schemas in another way
 * ------------------------------------------------------------------------ */

extern GqleRemoteText *gqle_remote_text_make(void);
extern void gqle_remote_text_append(GqleRemoteText *text, const char *string);

/* A value, with its variables as such. */
extern void gqle_remote_text_append_value(GqleRemoteText *text,
										  const GqleRemoteValue *value);

/* "(a: 1, b: $b)", or nothing. */
extern void gqle_remote_text_append_arguments(GqleRemoteText *text,
											  const GqleRemoteValue *arguments);

/* "{ a b: c(d: 1) { e } }" of a field of a remote schema, or nothing. */
extern void gqle_remote_text_append_set(GqleRemoteText *text, const GqleSelection *selection);

/* What has to be changed in the values of a field, or NULL: nothing. */
extern GqleRemoteShape *gqle_plan_remote_shape(const GqleSelection *selection);

#endif							/* GQLE_PLAN_PLAN_REMOTE_H */
