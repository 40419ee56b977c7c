/*
 * plan_action.c
 *		Root fields of actions.
 *
 * A selection refers to the schema, which plans outlive, so what is needed of it
 * is taken over: names in the catalog, leaves, keys of the answer.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/gqle.h"
#include "gqle/base/json_write.h"
#include "gqle/plan/joins.h"
#include "gqle/plan/plan_action.h"

static char *
quote_json(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_json_write_cstring(&out, text);
	return out.data;
}

/* ------------------------------------------------------------------------
 * What the webhook is shown
 * ------------------------------------------------------------------------ */

static GqleActionInput *
plan_input(const GqleInput *value)
{
	GqleActionInput *input = palloc0(sizeof(GqleActionInput));

	check_stack_depth();
	switch (value->kind)
	{
		case GQLE_IN_NULL:
			input->kind = GQLE_ACTION_IN_TEXT;
			input->text = "null";
			break;
		case GQLE_IN_ENUM:
			input->kind = GQLE_ACTION_IN_TEXT;
			input->text = quote_json(value->value->name);
			break;
		case GQLE_IN_LEAF:
			input->kind = GQLE_ACTION_IN_LEAF;
			input->leaf = value->leaf;
			break;
		case GQLE_IN_CONST:
			Ensure(false, "an argument of an action is a constant");
			break;
		case GQLE_IN_LIST:
			input->kind = GQLE_ACTION_IN_LIST;
			input->n = value->n;
			input->items = palloc_extended(sizeof(GqleActionInput *) * Max(value->n, 1),
										   MCXT_ALLOC_HUGE);
			for (int i = 0; i < value->n; i++)
				input->items[i] = plan_input(value->items[i]);
			break;
		case GQLE_IN_OBJECT:
			input->kind = GQLE_ACTION_IN_OBJECT;
			input->n = value->n;
			input->items = palloc(sizeof(GqleActionInput *) * Max(value->n, 1));
			input->keys = palloc(sizeof(char *) * Max(value->n, 1));
			for (int i = 0; i < value->n; i++)
			{
				input->keys[i] = value->entries[i].field->name;
				input->items[i] = plan_input(value->entries[i].value);
			}
			break;
	}
	return input;
}

/* The arguments as an object: those that are not given are left out. */
static GqleActionInput *
plan_arguments(const GqleSelection *selection)
{
	const GqleField *field = selection->field;
	GqleActionInput *input = palloc0(sizeof(GqleActionInput));

	input->kind = GQLE_ACTION_IN_OBJECT;
	input->items = palloc(sizeof(GqleActionInput *) * Max(field->n_args, 1));
	input->keys = palloc(sizeof(char *) * Max(field->n_args, 1));
	for (int i = 0; i < field->n_args; i++)
	{
		if (selection->args[i] == NULL)
			continue;
		input->keys[input->n] = field->args[i]->name;
		input->items[input->n++] = plan_input(selection->args[i]);
	}
	return input;
}

/* ------------------------------------------------------------------------
 * What was asked for
 * ------------------------------------------------------------------------ */

static GqleActionOutput *
plan_fields(const GqleSelection *selection, int *n)
{
	List	   *phantoms = gqle_join_phantoms(selection->children, selection->n_children);
	GqleActionOutput *fields = palloc0(sizeof(GqleActionOutput) *
									   (selection->n_children + list_length(phantoms) + 1));
	ListCell   *lc;

	check_stack_depth();
	*n = selection->n_children;
	foreach(lc, phantoms)
	{
		const GqleJoinPhantom *phantom = lfirst(lc);
		GqleActionOutput *field = &fields[(*n)++];

		field->kind = GQLE_ACTION_OUT_VALUE;
		field->response_key = phantom->key;
		field->name = phantom->field->name;
	}
	for (int i = 0; i < selection->n_children; i++)
	{
		const GqleSelection *child = selection->children[i];
		GqleActionOutput *field = &fields[i];

		field->response_key = child->response_key;
		if (gqle_join_is_placeholder(child->field))
		{
			field->kind = GQLE_ACTION_OUT_NULL;
			continue;
		}
		switch (child->field->kind)
		{
			case GQLE_FIELD_TYPENAME:
				field->kind = GQLE_ACTION_OUT_TYPENAME;
				field->name = pstrdup(child->parent->name);
				continue;
			case GQLE_FIELD_ACTION_ID:
				field->kind = GQLE_ACTION_OUT_ID;
				continue;
			case GQLE_FIELD_ACTION_CREATED_AT:
				field->kind = GQLE_ACTION_OUT_CREATED_AT;
				continue;
			case GQLE_FIELD_ACTION_ERRORS:
				field->kind = GQLE_ACTION_OUT_ERRORS;
				continue;
			case GQLE_FIELD_ACTION_RESULT_OUTPUT:
				field->kind = GQLE_ACTION_OUT_RESULT;
				break;
			default:
				field->kind = child->field->type.type->kind == GQLE_TYPE_OBJECT ?
					GQLE_ACTION_OUT_OBJECT : GQLE_ACTION_OUT_VALUE;
				field->name = child->field->name;
				break;
		}
		field->children = plan_fields(child, &field->n_children);
	}
	return fields;
}

/* See plan_action.h. */
GqleActionPlan *
gqle_plan_action(const GqleSelection *selection)
{
	GqleActionPlan *plan = palloc0(sizeof(GqleActionPlan));
	const GqleField *field = selection->field;

	plan->action = field->detail;
	if (field->kind == GQLE_FIELD_ACTION_RESULT)
	{
		plan->kind = GQLE_ACTION_RESULT;
		plan->input = plan_input(gqle_selection_arg(selection, GQLE_INPUT_ACTION_ID));
	}
	else
	{
		plan->kind = field->kind == GQLE_FIELD_ACTION ? GQLE_ACTION_CALL :
			GQLE_ACTION_ENQUEUE;
		plan->input = plan_arguments(selection);
	}
	plan->fields = plan_fields(selection, &plan->n_fields);
	return plan;
}
