/*
 * plan_remote.c
 *		Root fields of remote schemas: what is asked, and what of the answer changes.
 *
 * The operation is made anew from the validated selection: fragments are gone, and what
 * @skip and @include exclude.  Fields go out under the server's own names, with an alias
 * wherever the answer has another key.
 *
 * compat: of an interface or union, the fields that the selections of all its types begin
 * with are asked once, as far as the interface has them; what is left of each type comes
 * after them as a fragment.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"

#include "gqle/plan/joins.h"
#include "gqle/plan/plan_remote.h"

static void append_children(GqleRemoteText *text, GqleSelection **children, int first, int n,
							bool *is_first);
static void append_types(GqleRemoteText *text, const GqleSelection *selection,
						 bool *is_first);

/* ------------------------------------------------------------------------
 * Texts
 * ------------------------------------------------------------------------ */

/* See plan_remote.h. */
GqleRemoteText *
gqle_remote_text_make(void)
{
	GqleRemoteText *text = palloc0(sizeof(GqleRemoteText));

	initStringInfo(&text->piece);
	return text;
}

/* See plan_remote.h. */
void
gqle_remote_text_append(GqleRemoteText *text, const char *string)
{
	appendStringInfoString(&text->piece, string);
}

/* Put a variable after what is there. */
static void
append_variable(GqleRemoteText *text, const GqleRemoteValue *value)
{
	if (text->n == text->allocated)
	{
		text->allocated = Max(text->allocated * 2, 4);
		if (text->values == NULL)
		{
			text->pieces = palloc(sizeof(char *) * text->allocated);
			text->values = palloc(sizeof(GqleRemoteValue *) * text->allocated);
		}
		else
		{
			text->pieces = repalloc(text->pieces, sizeof(char *) * text->allocated);
			text->values = repalloc(text->values,
									sizeof(GqleRemoteValue *) * text->allocated);
		}
	}
	text->pieces[text->n] = pstrdup(text->piece.data);
	text->values[text->n++] = value;
	resetStringInfo(&text->piece);
}

/* See plan_remote.h. */
void
gqle_remote_text_append_value(GqleRemoteText *text, const GqleRemoteValue *value)
{
	bool		is_object = value->kind == GQLE_REMOTE_OBJECT;
	int			i;

	check_stack_depth();
	switch (value->kind)
	{
		case GQLE_REMOTE_LITERAL:
			gqle_remote_text_append(text, value->text);
			break;
		case GQLE_REMOTE_VARIABLE:
		case GQLE_REMOTE_JSON:
		case GQLE_REMOTE_SESSION:
			append_variable(text, value);
			break;
		case GQLE_REMOTE_LIST:
		case GQLE_REMOTE_OBJECT:
			gqle_remote_text_append(text, is_object ? "{" : "[");
			for (i = 0; i < value->n; i++)
			{
				if (i > 0)
					gqle_remote_text_append(text, ", ");
				if (is_object)
				{
					gqle_remote_text_append(text, value->keys[i]);
					gqle_remote_text_append(text, ": ");
				}
				gqle_remote_text_append_value(text, value->items[i]);
			}
			gqle_remote_text_append(text, is_object ? "}" : "]");
			break;
	}
}

/* See plan_remote.h. */
void
gqle_remote_text_append_arguments(GqleRemoteText *text, const GqleRemoteValue *arguments)
{
	int			i;

	if (arguments == NULL || arguments->n == 0)
		return;
	gqle_remote_text_append(text, "(");
	for (i = 0; i < arguments->n; i++)
	{
		if (i > 0)
			gqle_remote_text_append(text, ", ");
		gqle_remote_text_append(text, arguments->keys[i]);
		gqle_remote_text_append(text, ": ");
		gqle_remote_text_append_value(text, arguments->items[i]);
	}
	gqle_remote_text_append(text, ")");
}

/* ------------------------------------------------------------------------
 * Selections
 * ------------------------------------------------------------------------ */

static void
append_name(GqleRemoteText *text, const char *key, const char *name)
{
	if (strcmp(key, name) != 0)
	{
		gqle_remote_text_append(text, key);
		gqle_remote_text_append(text, ": ");
	}
	gqle_remote_text_append(text, name);
}

static void
append_field(GqleRemoteText *text, const GqleSelection *selection)
{
	const GqleRemoteField *remote = selection->field->detail;

	append_name(text, selection->response_key, remote->name);
	gqle_remote_text_append_arguments(text, selection->remote);
	gqle_remote_text_append_set(text, selection);
}

static void
append_space(GqleRemoteText *text, bool *is_first)
{
	if (!*is_first)
		gqle_remote_text_append(text, " ");
	*is_first = false;
}

/* One entry of a selection set; what is joined afterwards is not asked. */
static void
append_child(GqleRemoteText *text, const GqleSelection *child, bool *is_first)
{
	if (child->field->kind == GQLE_FIELD_TYPENAME)
	{
		append_space(text, is_first);
		append_name(text, child->response_key, "__typename");
		gqle_remote_text_append(text, " ");
	}
	else if (child->field->kind == GQLE_FIELD_REMOTE)
	{
		append_space(text, is_first);
		append_field(text, child);
	}
}

/* Entries from first on, and what joins want besides. */
static void
append_children(GqleRemoteText *text, GqleSelection **children, int first, int n,
				bool *is_first)
{
	List	   *phantoms = gqle_join_phantoms(children, n);
	ListCell   *lc;
	int			i;

	for (i = first; i < n; i++)
		append_child(text, children[i], is_first);
	foreach(lc, phantoms)
	{
		const GqleJoinPhantom *phantom = lfirst(lc);

		append_space(text, is_first);
		append_name(text, phantom->key, phantom->field->name);
		gqle_remote_text_append(text, " ");
	}
}

/* See plan_remote.h. */
void
gqle_remote_text_append_set(GqleRemoteText *text, const GqleSelection *selection)
{
	bool		is_first = true;

	check_stack_depth();
	/* compat: what has no fields is followed by a space, too */
	gqle_remote_text_append(text, " ");
	if (selection->n_children == 0 && selection->n_types == 0)
		return;
	gqle_remote_text_append(text, "{ ");
	if (selection->n_types > 0)
		append_types(text, selection, &is_first);
	else
		append_children(text, selection->children, 0, selection->n_children, &is_first);
	gqle_remote_text_append(text, " }");
}

/* ------------------------------------------------------------------------
 * Interfaces and unions
 * ------------------------------------------------------------------------ */

/* May the entry be asked of an interface? */
static bool
is_common(const GqleType *type, const GqleSelection *child)
{
	const GqleRemoteField *remote = child->field->detail;

	if (child->field->kind == GQLE_FIELD_TYPENAME)
		return type->kind == GQLE_TYPE_INTERFACE || type->kind == GQLE_TYPE_UNION;
	return child->field->kind == GQLE_FIELD_REMOTE && type->kind == GQLE_TYPE_INTERFACE &&
		gqle_remote_lookup_field(type->remote, remote->name) != NULL;
}

static bool
same_value(const GqleRemoteValue *a, const GqleRemoteValue *b)
{
	int			i;

	check_stack_depth();
	if (a == b)
		return true;
	if (a == NULL || b == NULL || a->kind != b->kind || a->n != b->n)
		return false;
	if ((a->text == NULL) != (b->text == NULL) ||
		(a->text != NULL && strcmp(a->text, b->text) != 0))
		return false;
	if (a->kind == GQLE_REMOTE_JSON)
	{
		if (strcmp(a->leaf->variable, b->leaf->variable) != 0 ||
			a->leaf->n_steps != b->leaf->n_steps)
			return false;
		for (i = 0; i < a->leaf->n_steps; i++)
			if (a->leaf->steps[i].index != b->leaf->steps[i].index)
				return false;
	}
	for (i = 0; i < a->n; i++)
		if (!same_value(a->items[i], b->items[i]) ||
			(a->keys != NULL && strcmp(a->keys[i], b->keys[i]) != 0))
			return false;
	return true;
}

static bool same_selection(const GqleSelection *a, const GqleSelection *b);

static bool
same_sets(GqleSelection **a, int n_a, GqleSelection **b, int n_b)
{
	int			i;

	if (n_a != n_b)
		return false;
	for (i = 0; i < n_a; i++)
		if (!same_selection(a[i], b[i]))
			return false;
	return true;
}

/* Do two entries ask for the same? */
static bool
same_selection(const GqleSelection *a, const GqleSelection *b)
{
	int			i;

	check_stack_depth();
	if (a->field->kind != b->field->kind || strcmp(a->response_key, b->response_key) != 0)
		return false;
	if (a->field->kind == GQLE_FIELD_TYPENAME)
		return true;
	if (a->field->kind != GQLE_FIELD_REMOTE ||
		strcmp(((const GqleRemoteField *) a->field->detail)->name,
			   ((const GqleRemoteField *) b->field->detail)->name) != 0 ||
		!same_value(a->remote, b->remote) || a->n_types != b->n_types ||
		!same_sets(a->children, a->n_children, b->children, b->n_children))
		return false;
	for (i = 0; i < a->n_types; i++)
		if (strcmp(a->types[i].type->name, b->types[i].type->name) != 0 ||
			!same_sets(a->types[i].children, a->types[i].n_children, b->types[i].children,
					   b->types[i].n_children))
			return false;
	return true;
}

/* How many entries all types begin with, that the interface has. */
static int
count_common(const GqleSelection *selection)
{
	const GqleTypeSelection *types = selection->types;
	int			n = 0;
	int			i;

	for (;; n++)
	{
		if (n == types[0].n_children ||
			!is_common(selection->field->type.type, types[0].children[n]))
			return n;
		for (i = 1; i < selection->n_types; i++)
			if (n == types[i].n_children ||
				!same_selection(types[0].children[n], types[i].children[n]))
				return n;
	}
}

static void
append_types(GqleRemoteText *text, const GqleSelection *selection, bool *is_first)
{
	int			n_common = count_common(selection);
	int			i;

	if (gqle_join_is_below(selection))
	{
		append_space(text, is_first);
		append_name(text, GQLE_JOIN_TYPENAME_KEY, "__typename");
		gqle_remote_text_append(text, " ");
	}
	for (i = 0; i < n_common; i++)
		append_child(text, selection->types[0].children[i], is_first);
	for (i = 0; i < selection->n_types; i++)
	{
		const GqleTypeSelection *of_type = &selection->types[i];
		bool		is_first_of_type = true;

		if (of_type->n_children == n_common)
			continue;
		append_space(text, is_first);
		gqle_remote_text_append(text, "... on ");
		gqle_remote_text_append(text, of_type->type->remote->name);
		gqle_remote_text_append(text, " { ");
		append_children(text, of_type->children, n_common, of_type->n_children,
						&is_first_of_type);
		gqle_remote_text_append(text, " }");
	}
}

/* ------------------------------------------------------------------------
 * Answers
 * ------------------------------------------------------------------------ */

static bool
fill_branch(GqleRemoteBranch *branch, GqleSelection **children, int n, bool renames)
{
	bool		changes = false;
	int			i;

	branch->keys = palloc0(sizeof(GqleRemoteKey) * (n + 1));
	for (i = 0; i < n; i++)
	{
		GqleRemoteKey *key = &branch->keys[branch->n_keys++];

		key->key = pstrdup(children[i]->response_key);
		key->is_typename = renames && children[i]->field->kind == GQLE_FIELD_TYPENAME;
		key->is_placeholder = gqle_join_is_placeholder(children[i]->field);
		if (children[i]->field->kind == GQLE_FIELD_REMOTE)
			key->below = gqle_plan_remote_shape(children[i]);
		changes = changes || key->is_typename || key->is_placeholder || key->below != NULL;
	}
	return changes;
}

/* See plan_remote.h. */
GqleRemoteShape *
gqle_plan_remote_shape(const GqleSelection *selection)
{
	const GqleRemoteField *field = selection->field->detail;
	bool		renames = field->parent->graph->renames_types;
	GqleRemoteShape *shape;
	bool		changes = false;
	int			i;

	check_stack_depth();
	if (selection->n_children == 0 && selection->n_types == 0)
		return NULL;
	shape = palloc0(sizeof(GqleRemoteShape));
	shape->n_branches = Max(selection->n_types, 1);
	shape->branches = palloc0(sizeof(GqleRemoteBranch) * shape->n_branches);
	if (selection->n_types == 0)
		changes = fill_branch(&shape->branches[0], selection->children,
							  selection->n_children, renames);
	for (i = 0; i < selection->n_types; i++)
	{
		const GqleTypeSelection *of_type = &selection->types[i];

		shape->branches[i].type_name = of_type->type->remote->name;
		if (fill_branch(&shape->branches[i], of_type->children, of_type->n_children,
						renames))
			changes = true;
	}
	return changes ? shape : NULL;
}

/* See plan_remote.h. */
GqleRemotePlan *
gqle_plan_remote(const GqleSelection *selection)
{
	const GqleRemoteField *field = selection->field->detail;
	GqleRemotePlan *plan = palloc0(sizeof(GqleRemotePlan));
	GqleRemoteText *text = gqle_remote_text_make();

	append_field(text, selection);
	plan->schema = field->parent->graph->schema;
	plan->response_key = pstrdup(selection->response_key);
	plan->field = text;
	plan->shape = gqle_plan_remote_shape(selection);
	return plan;
}
