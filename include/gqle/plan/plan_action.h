/*
 * plan_action.h
 *		Root fields of actions: what the webhook is shown, and what of its answer
 *		was asked for.
 *
 * Everything points into the catalog or lives with the plan.
 */
#ifndef GQLE_PLAN_PLAN_ACTION_H
#define GQLE_PLAN_PLAN_ACTION_H

#include "gqle/catalog/action.h"
#include "gqle/plan/plan.h"

typedef enum GqleActionInputKind
{
	GQLE_ACTION_IN_LEAF,
	GQLE_ACTION_IN_TEXT,		/* JSON text: null, a value of an enum */
	GQLE_ACTION_IN_LIST,
	GQLE_ACTION_IN_OBJECT
} GqleActionInputKind;

typedef struct GqleActionInput GqleActionInput;

struct GqleActionInput
{
	GqleActionInputKind kind;
	const GqleLeaf *leaf;
	const char *text;
	int			n;				/* LIST, OBJECT */
	GqleActionInput **items;
	const char **keys;			/* OBJECT: of items */
};

typedef enum GqleActionOutputKind
{
	GQLE_ACTION_OUT_TYPENAME,	/* name is the type's */
	GQLE_ACTION_OUT_VALUE,		/* of the field name, as it is */
	GQLE_ACTION_OUT_NULL,		/* the place of what is joined */
	GQLE_ACTION_OUT_OBJECT,		/* of the field name: an object or a list */
	/* of what is known of a call */
	GQLE_ACTION_OUT_ID,
	GQLE_ACTION_OUT_CREATED_AT,
	GQLE_ACTION_OUT_ERRORS,
	GQLE_ACTION_OUT_RESULT		/* the answer */
} GqleActionOutputKind;

typedef struct GqleActionOutput GqleActionOutput;

struct GqleActionOutput
{
	GqleActionOutputKind kind;
	const char *response_key;
	const char *name;
	int			n_children;		/* OBJECT, RESULT */
	GqleActionOutput *children;
};

typedef enum GqleActionPlanKind
{
	GQLE_ACTION_CALL,			/* ask the webhook now */
	GQLE_ACTION_ENQUEUE,		/* or later, and answer an id */
	GQLE_ACTION_RESULT			/* what is known by that id */
} GqleActionPlanKind;

typedef struct GqleActionPlan
{
	GqleActionPlanKind kind;
	const GqleAction *action;
	GqleActionInput *input;		/* CALL, ENQUEUE: the arguments; RESULT: the id */
	int			n_fields;		/* selected; none if the result is a scalar */
	GqleActionOutput *fields;
} GqleActionPlan;

/* NULL after reporting. */
extern GqleActionPlan *gqle_plan_action(const GqleSelection *selection);

#endif							/* GQLE_PLAN_PLAN_ACTION_H */
