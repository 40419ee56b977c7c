/*
 * xactcb.c
 *		One transaction callback for all parts: wake at commit, clean up at
 *		abort.
 *
 * Registrations are kept with the nesting level of their subtransaction: a
 * released subtransaction hands them to its parent, a rolled-back one runs them
 * with "not committed".  PREPARE TRANSACTION counts as a commit, because the
 * callbacks only wake somebody who looks for himself.
 */
#include "postgres.h"

#include "access/xact.h"
#include "lib/ilist.h"
#include "utils/memutils.h"

#include "gqle/base/xactcb.h"

typedef struct Registration
{
	slist_node	node;
	int			level;			/* nesting level, 1 is the transaction itself */
	GqleXactCallback fn;
	void	   *arg;
} Registration;

static slist_head registrations = SLIST_STATIC_INIT(registrations);

static void xact_ended(XactEvent event, void *arg);
static void subxact_ended(SubXactEvent event, SubTransactionId my_subid,
						  SubTransactionId parent_subid, void *arg);

void
gqle_xactcb_init(void)
{
	RegisterXactCallback(xact_ended, NULL);
	RegisterSubXactCallback(subxact_ended, NULL);
}

void
gqle_xactcb_at_end(GqleXactCallback fn, void *arg)
{
	Registration *r = MemoryContextAlloc(TopTransactionContext, sizeof(*r));

	r->level = GetCurrentTransactionNestLevel();
	r->fn = fn;
	r->arg = arg;
	slist_push_head(&registrations, &r->node);
}

/*
 * Run what is registered.  The list is emptied first, so that a callback may
 * not see itself again.
 */
static void
xact_ended(XactEvent event, void *arg)
{
	slist_head	ended;
	slist_iter	iter;
	bool		committed = event == XACT_EVENT_COMMIT ||
		event == XACT_EVENT_PREPARE;

	if (!committed && event != XACT_EVENT_ABORT)
		return;
	if (slist_is_empty(&registrations))
		return;

	ended = registrations;
	slist_init(&registrations);
	slist_foreach(iter, &ended)
	{
		Registration *r = slist_container(Registration, node, iter.cur);

		r->fn(committed, r->arg);
	}
}

static void
subxact_ended(SubXactEvent event, SubTransactionId my_subid,
			  SubTransactionId parent_subid, void *arg)
{
	slist_mutable_iter iter;
	int			level;

	if (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB)
		return;

	level = GetCurrentTransactionNestLevel();
	slist_foreach_modify(iter, &registrations)
	{
		Registration *r = slist_container(Registration, node, iter.cur);

		if (r->level < level)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			r->level = level - 1;
		else
		{
			slist_delete_current(&iter);
			r->fn(false, r->arg);
		}
	}
}
