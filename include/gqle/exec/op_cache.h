/*
 * op_cache.h
 *		Compiled operations, kept per process.
 */
#ifndef GQLE_EXEC_OP_CACHE_H
#define GQLE_EXEC_OP_CACHE_H

#include "fmgr.h"

#include "gqle/base/spi.h"
#include "gqle/catalog/session.h"
#include "gqle/exec/receiver.h"
#include "gqle/exec/stat_operations.h"
#include "gqle/plan/plan.h"
#include "gqle/validate/validate.h"

/* One parameter of a prepared statement. */
typedef struct GqleBinding
{
	const GqleLeaf *leaf;
	Oid			type_oid;
	bool		is_fixed;		/* datum and is_null hold for every request */
	bool		is_null;
	Datum		datum;
	Oid			io_param;
	FmgrInfo	input;			/* from text to a datum */
} GqleBinding;

/* A statement ready to run. */
typedef struct GqlePrepared
{
	const GqleStatement *statement;
	GqleSpiPlan *plan;
	int			n_bindings;
	GqleBinding *bindings;
	Datum	   *values;			/* of the current execution */
	bool	   *nulls;
	DestReceiver *receiver;
} GqlePrepared;

/* An operation ready to run for every request of one shape. */
typedef struct GqleCompiled
{
	MemoryContext context;
	GqlePlan   *plan;
	int			n_prepared;		/* statements of query roots, in order */
	GqlePrepared *prepared;
	const char *role;
	const char *name;			/* of the operation, or NULL */
	const char *activity;		/* "query NAME": for pg_stat_activity; or NULL */
	double		cost;			/* sum of the planner's estimates */
	bool		is_slow;		/* overran its inline budget before */
	int			n_users;		/* executions in progress */
	bool		is_dead;		/* out of the cache: free after last use */
	GqleStatHandle stat;
	struct GqleReads *reads;	/* for gqle_reads_of */
	int			reads_plannings;
	struct GqleMultiplexed *multiplexed;	/* run_members.c, or NULL: not asked for yet */
	GqleSpiPlan *multiplexed_plan;	/* or NULL */
} GqleCompiled;

/*
 * The compiled operation of a request, from the cache or made now; NULL after
 * reporting.  Take it with gqle_op_cache_release when done; an aborting
 * transaction gives up its uses.
 */
extern GqleCompiled *gqle_op_cache_get(GqleCatalog *catalog, const GqleSession *session,
									   const GqleRequest *request, GqleErrorSink *sink);
extern void gqle_op_cache_release(GqleCompiled *compiled);

/*
 * Is the compiled operation, in use, that of another request, too, which differs in
 * nothing but the variables?  No says only that it isn't known to be.
 */
extern bool gqle_op_cache_fits(const GqleCompiled *compiled, const GqleJson *variables);

/* A compiled operation has got another plan: mind its memory. */
extern void gqle_op_cache_note_growth(GqleCompiled *compiled, Size bytes);

/* What a compiled operation counts as. */
extern GqleMetricOperation gqle_op_cache_kind(const GqleCompiled *compiled);

/* The operation that was got last overran its inline budget: never again inline. */
extern void gqle_op_cache_mark_slow(void);

/* Forget everything; for settings that change what is compiled. */
extern void gqle_op_cache_reset(void);

#endif							/* GQLE_EXEC_OP_CACHE_H */
