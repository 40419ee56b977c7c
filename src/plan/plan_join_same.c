/*
 * plan_join_same.c
 *		Do two joins on one level ask for the same?  Then one call does for both.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "gqle/gqle.h"
#include "gqle/catalog/remote.h"
#include "gqle/plan/build.h"
#include "gqle/plan/joins.h"

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_leaf(const GqleLeaf *a, const GqleLeaf *b)
{
	return a == b || (a != NULL && b != NULL && gqle_leaf_equal(a, b));
}

static bool
same_remote_text(const GqleRemoteText *a, const GqleRemoteText *b)
{
	int			i;

	if (a == NULL || b == NULL)
		return a == b;
	if (a->n != b->n || strcmp(a->piece.data, b->piece.data) != 0)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->pieces[i], b->pieces[i]) != 0 ||
			a->values[i]->kind != b->values[i]->kind ||
			!same_text(a->values[i]->text, b->values[i]->text) ||
			!same_text(a->values[i]->type, b->values[i]->type) ||
			!same_leaf(a->values[i]->leaf, b->values[i]->leaf))
			return false;
	return true;
}

static bool
same_value(const GqleJoinValue *a, const GqleJoinValue *b)
{
	int			i;

	check_stack_depth();
	if (a->kind != b->kind || a->field != b->field || a->n != b->n ||
		!same_text(a->text, b->text) || !same_remote_text(a->remote, b->remote))
		return false;
	for (i = 0; i < a->n; i++)
		if (!same_value(a->items[i], b->items[i]) ||
			(a->keys != NULL && strcmp(a->keys[i], b->keys[i]) != 0))
			return false;
	return true;
}

static bool
same_remote(const GqleJoinRemote *a, const GqleJoinRemote *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->n_calls == b->n_calls && same_remote_text(a->set, b->set) &&
		same_value(a->arguments[a->n_calls - 1], b->arguments[b->n_calls - 1]);
}

static bool
same_statement(const GqleStatement *a, const GqleStatement *b)
{
	int			i;

	if (a == NULL || b == NULL)
		return a == b;
	if (strcmp(a->sql, b->sql) != 0 || strcmp(a->template, b->template) != 0 ||
		a->n_params != b->n_params)
		return false;
	for (i = 0; i < a->n_params; i++)
		if (!same_leaf(a->params[i].leaf, b->params[i].leaf))
			return false;
	return true;
}

static bool
same_branch(const GqleJoinBranch *a, const GqleJoinBranch *b)
{
	int			i;

	if (!same_text(a->type_name, b->type_name) || a->n_nodes != b->n_nodes)
		return false;
	for (i = 0; i < a->n_nodes; i++)
		if (strcmp(a->nodes[i].key, b->nodes[i].key) != 0 ||
			!gqle_join_same_step(a->nodes[i].step, b->nodes[i].step) ||
			!gqle_join_same_tree(a->nodes[i].tree, b->nodes[i].tree))
			return false;
	return true;
}

/* See joins.h. */
bool
gqle_join_same_tree(const GqleJoinTree *a, const GqleJoinTree *b)
{
	int			i;

	check_stack_depth();
	if (a == NULL || b == NULL)
		return a == b;
	if (a->n_branches != b->n_branches)
		return false;
	for (i = 0; i < a->n_branches; i++)
		if (!same_branch(&a->branches[i], &b->branches[i]))
			return false;
	return true;
}

/* See joins.h. */
bool
gqle_join_same_step(const GqleJoinStep *a, const GqleJoinStep *b)
{
	int			i;

	if (a == NULL || b == NULL || a == b)
		return a == b;
	if (a->join != b->join)
		return false;
	for (i = 0; i < a->join->n_fields; i++)
		if (strcmp(a->keys[i], b->keys[i]) != 0)
			return false;
	return same_statement(a->statement, b->statement) && same_remote(a->remote, b->remote) &&
		gqle_join_same_tree(a->tree, b->tree);
}
