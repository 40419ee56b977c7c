/*
 * run_sql.h
 *		Parts of run_sql.
 */
#ifndef GQLE_API_RUN_SQL_H
#define GQLE_API_RUN_SQL_H

#include "gqle/api/meta.h"

/* What the metadata and the database agreed on before the SQL ran. */
typedef struct GqleSqlState GqleSqlState;

/* Note the state before the SQL runs. */
extern GqleSqlState *gqle_sql_state_load(GqleMetaRequest *request);

/*
 * Compare with how things are now and bring the metadata in line: follow
 * renames, drop what was dropped.  Refuses, unless cascade is given, if
 * something depends on what was dropped.
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
