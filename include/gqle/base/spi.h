/*
 * spi.h
 *		Running SQL inside the server: the only door to SPI.
 *
 * Two kinds of caller, two kinds of identity:
 *
 *	- the engine's own statements (gqle_spi_query, gqle_spi_execute): metadata
 *	  tables and pg_catalog.  They run as the bootstrap superuser, whoever asks,
 *	  with search_path pg_catalog, and queries see the newest committed state
 *	  plus this transaction's own changes, whatever its isolation level;
 *	- statements of users and those compiled from their requests
 *	  (gqle_spi_run, gqle_spi_plan_*): the current user, search_path and
 *	  snapshot stay as they are.
 *
 * Results are copied into the memory context that was current at the call.
 * All functions throw on failure and leave no SPI connection behind.
 */
#ifndef GQLE_BASE_SPI_H
#define GQLE_BASE_SPI_H

#include "gqle/gqle.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "commands/trigger.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "parser/parse_node.h"
#include "tcop/dest.h"
#include "utils/tuplestore.h"

#include "gqle/base/plan_reads.h"

/* ------------------------------------------------------------------------
 * Parameters
 * ------------------------------------------------------------------------ */

#define GQLE_SPI_MAX_ARGS 16

/* Values of $1, $2, ...; start from GQLE_SPI_NO_ARGS and add in order. */
typedef struct GqleSpiArgs
{
	int			n;
	Oid			types[GQLE_SPI_MAX_ARGS];
	Datum		values[GQLE_SPI_MAX_ARGS];
	char		nulls[GQLE_SPI_MAX_ARGS];	/* 'n' or ' ' */
} GqleSpiArgs;

#define GQLE_SPI_NO_ARGS {0, {0}, {0}, {0}}

extern void gqle_spi_add(GqleSpiArgs *args, Oid type, Datum value, bool is_null);
extern void gqle_spi_add_text(GqleSpiArgs *args, const char *value);	/* NULL: null */
extern void gqle_spi_add_json(GqleSpiArgs *args, const char *value);	/* NULL: null */
extern void gqle_spi_add_bool(GqleSpiArgs *args, bool value);
extern void gqle_spi_add_int4(GqleSpiArgs *args, int32 value);
extern void gqle_spi_add_int8(GqleSpiArgs *args, int64 value);
extern void gqle_spi_add_oid(GqleSpiArgs *args, Oid value);

/* text[]; n may be 0 */
extern void gqle_spi_add_text_array(GqleSpiArgs *args, const char **values, int n);

/* ------------------------------------------------------------------------
 * Rows
 * ------------------------------------------------------------------------ */

typedef struct GqleRows
{
	int			n;				/* rows */
	uint64		processed;		/* rows affected, for commands */
	TupleDesc	desc;			/* NULL if the statement returns nothing */
	HeapTuple  *tuples;
} GqleRows;

/* Columns are counted from 0. */
extern bool gqle_rows_is_null(const GqleRows *rows, int row, int column);
extern Datum gqle_rows_datum(const GqleRows *rows, int row, int column, bool *is_null);

/* Text form in the current context; NULL for null. */
extern char *gqle_rows_text(const GqleRows *rows, int row, int column);

/* For columns of exactly that type; zero or false for null. */
extern bool gqle_rows_bool(const GqleRows *rows, int row, int column);
extern int16 gqle_rows_int2(const GqleRows *rows, int row, int column);
extern int32 gqle_rows_int4(const GqleRows *rows, int row, int column);
extern int64 gqle_rows_int8(const GqleRows *rows, int row, int column);
extern Oid	gqle_rows_oid(const GqleRows *rows, int row, int column);
extern char gqle_rows_char(const GqleRows *rows, int row, int column);

/* ------------------------------------------------------------------------
 * The engine's own statements
 * ------------------------------------------------------------------------ */

/* A statement that keeps its plan: static GqleSpiStatement s = {"SELECT ..", NULL}; */
typedef struct GqleSpiStatement
{
	const char *sql;
	void	   *plan;			/* NULL; filled by the first use */
} GqleSpiStatement;

/* args may be NULL. */
extern GqleRows *gqle_spi_query(const char *sql, const GqleSpiArgs *args);
extern GqleRows *gqle_spi_query_kept(GqleSpiStatement *statement, const GqleSpiArgs *args);

/* A command, also with RETURNING; its effects are visible afterwards. */
extern GqleRows *gqle_spi_execute(const char *sql, const GqleSpiArgs *args);

/* The same in a trigger, whose transition tables the command can name. */
extern void gqle_spi_execute_in_trigger(const char *sql, TriggerData *data);
extern GqleRows *gqle_spi_execute_kept(GqleSpiStatement *statement, const GqleSpiArgs *args);

/* ------------------------------------------------------------------------
 * Statements of users
 * ------------------------------------------------------------------------ */

/*
 * Run any number of statements; rows are those of the last one that is not
 * followed by another, as psql -c would print them.  Transaction control is
 * refused by PostgreSQL.
 */
extern GqleRows *gqle_spi_run(const char *sql, bool read_only);

typedef struct GqleSpiPlan GqleSpiPlan;

/*
 * Prepare one statement and keep its plan until gqle_spi_plan_free.  options
 * are CURSOR_OPT_* bits (CURSOR_OPT_GENERIC_PLAN, CURSOR_OPT_CUSTOM_PLAN).
 */
extern GqleSpiPlan *gqle_spi_plan_prepare(const char *sql, int n_args, Oid *arg_types,
										  int options);

/* As above; the hook resolves parameters while parsing. */
extern GqleSpiPlan *gqle_spi_plan_prepare_hook(const char *sql, ParserSetupHook setup,
											   void *setup_arg, int options);

/* Rows that a statement reads as a relation of that name, before any other. */
typedef struct GqleSpiRelation
{
	const char *name;
	TupleDesc	desc;
	double		n_expected;		/* rows, for the planner */
	Tuplestorestate *rows;
} GqleSpiRelation;

/*
 * A statement without parameters over such a relation, whose rows don't matter
 * yet; it is executed with one of the same name and columns.
 */
extern GqleSpiPlan *gqle_spi_plan_prepare_over(const char *sql, GqleSpiRelation *relation);
extern void gqle_spi_plan_execute_over(GqleSpiPlan *plan, GqleSpiRelation *relation,
									   DestReceiver *receiver);

/*
 * The same as gqle_spi_plan_prepare in a subtransaction, as superuser, and with
 * the search_path that the session began with: NULL with the error, in the
 * current context, if Postgres refuses the statement.  Only good for looking at
 * what it returns.
 */
extern GqleSpiPlan *gqle_spi_plan_try(const char *sql, int n_args, Oid *arg_types,
									  ErrorData **error);

/* What a plan's rows are, or NULL; lives as long as the plan. */
extern TupleDesc gqle_spi_plan_desc(const GqleSpiPlan *plan);

/*
 * What a plan's answer depends on; the list is in the current context.  The number
 * tells, at little cost, whether it was planned anew meanwhile.
 */
extern void gqle_spi_plan_reads(GqleSpiPlan *plan, GqlePlanReads *reads);
extern int	gqle_spi_plan_generation(const GqleSpiPlan *plan);

/* Does it hold an INSERT, UPDATE or DELETE? */
extern bool gqle_spi_plan_is_modifying(const GqleSpiPlan *plan);

/*
 * Execute a kept plan into a receiver; returns the number of rows.  nulls has
 * one flag per argument.  With read_only the active snapshot is used as it is.
 * max_rows 0 means all.
 */
extern uint64 gqle_spi_plan_execute(GqleSpiPlan *plan, const Datum *values,
									const bool *nulls, bool read_only,
									uint64 max_rows, DestReceiver *receiver);

/* The same with parameters in a list made by the caller. */
extern uint64 gqle_spi_plan_execute_params(GqleSpiPlan *plan, ParamListInfo params,
										   bool read_only, uint64 max_rows,
										   DestReceiver *receiver);

/* Cost and rows the planner expects of the generic plan. */
extern void gqle_spi_plan_estimate(GqleSpiPlan *plan, double *cost, double *rows);

/* Memory that a kept plan holds, in bytes. */
extern Size gqle_spi_plan_size(GqleSpiPlan *plan);

/*
 * Lock the tables of a plan for reading, as executing it will.  A snapshot taken
 * afterwards sees what those had done for whom we waited: without that, a table
 * rewritten meanwhile looks empty.
 */
extern void gqle_spi_plan_lock(GqleSpiPlan *plan);

/* Is the plan still valid, i.e. would executing it not plan anew? */
extern bool gqle_spi_plan_is_valid(GqleSpiPlan *plan);

extern int	gqle_spi_plan_n_args(const GqleSpiPlan *plan);
extern Oid	gqle_spi_plan_arg_type(const GqleSpiPlan *plan, int index);

extern void gqle_spi_plan_free(GqleSpiPlan *plan);

#endif							/* GQLE_BASE_SPI_H */
