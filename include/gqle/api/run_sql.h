/*
 * run_sql.h
 *		Parts of run_sql.
 */
#ifndef GQLE_API_RUN_SQL_H
#define GQLE_API_RUN_SQL_H

#include "nodes/pg_list.h"

#include "gqle/api/meta.h"

/* ------------------------------------------------------------------------
 * Which tables a text is about (run_sql_scope.c)
 * ------------------------------------------------------------------------ */

typedef struct GqleSqlGuess
{
	GqleMetaScope *near;		/* tables that the text names, and what refers to them */
	struct GqleStrHash *words;	/* all words of the text */
} GqleSqlGuess;

/* What the words of a text are about; NULL if everything must be looked at. */
extern GqleSqlGuess *gqle_sql_guess(const char *sql);

/* How the tables of a catalog and the functions that metadata name look now. */
typedef struct GqleSqlPrints GqleSqlPrints;

extern GqleSqlPrints *gqle_sql_prints_load(GqleCatalog *catalog);

/* Tables of the catalog that are gone or changed, and those with other foreign keys. */
extern void gqle_sql_prints_compare(const GqleSqlPrints *before,
									const GqleSqlPrints *after, GqleCatalog *catalog,
									List **changed, List **rekeyed);

/* Was all that changed guessed? */
extern bool gqle_sql_guess_covers(const GqleSqlGuess *guess, const GqleSqlPrints *before,
								  const GqleSqlPrints *after, const List *changed,
								  const List *rekeyed);

/* ------------------------------------------------------------------------
 * Following what the text did (run_sql_check.c)
 * ------------------------------------------------------------------------ */

/* What the metadata and the database agreed on before the SQL ran. */
typedef struct GqleSqlState GqleSqlState;

/* Note the state before the SQL runs: of what was guessed, or everything. */
extern GqleSqlState *gqle_sql_state_load(GqleMetaRequest *request,
										 const GqleSqlGuess *guess);

/*
 * Compare with how things are now; false if the guess was wrong.
 */
extern bool gqle_sql_state_compare(GqleSqlState *state);

/*
 * Bring the metadata in line: follow renames, drop what was dropped.  Refuses,
 * unless cascade is given, if something depends on what was dropped.
 */
extern bool gqle_sql_state_follow(GqleMetaCall *call, GqleSqlState *state, bool cascade);

extern void gqle_sql_state_free(GqleSqlState *state);

/* Does a run_sql with these arguments compare? */
extern bool gqle_sql_needs_check(const GqleJson *args);

/*
 * Run a run_sql with no_transaction; ends and begins transactions of the
 * process, which must be a worker's own.
 */
extern bool gqle_sql_run_alone(GqleMetaCall *call);
extern bool gqle_sql_is_alone(const GqleMetaCall *call);

#endif							/* GQLE_API_RUN_SQL_H */
